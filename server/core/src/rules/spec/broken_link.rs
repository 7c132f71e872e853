//! `spec/broken-link`.

use rustc_hash::FxHashMap;

use crate::component::{ComponentFile, Standing};
use crate::config::shorten;
use crate::links::{self, Anchors, LinkTarget, WikiLink};
use crate::markdown::ElementKind;
use crate::rules::{MAX_FINDINGS_PER_RULE, RuleContext, declare_rule};
use crate::text::{Source, TextRange};
use crate::workspace::FileIndex;

declare_rule! {
    /// ## What it checks
    /// Links and images of a spec or MATURITY file lead somewhere in the workspace: a relative path to a file or a folder
    /// that holds one, `/path` to one from the root of the workspace folder, `#anchor` to a heading of the same file, as
    /// GitHub forms it, or to an `id` in HTML. `[[Page]]` is only looked at where another wikilink of the file leads to a
    /// page. Addresses with a scheme, links out of the workspace folder, anchors in other files, and placeholders such as
    /// `<name>.md` are not looked at.
    ///
    /// ## Why it matters
    /// Who follows it finds nothing. Most often a document has moved, or the path has a `..` too few.
    ///
    /// ## Example
    /// ```markdown
    /// See [the analysis](../../docs/analysis.md).
    /// ```
    ///
    /// ## Fix
    /// None; the message names a file of the same name, if there is one. What `.gitignore` hides counts as not there, since
    /// others do not have it: silence the rule at such a link.
    ///
    /// ## References
    /// GitHub, "Basic writing and formatting syntax", "Section links" and "Relative links".
    BROKEN_LINK = {
        code: "spec/broken-link",
        summary: "a link that leads nowhere",
        severity: Warning,
        fix: None,
        since: "0.1.0",
    }
}

/// Most broken links of one file for which a file of the same name is looked for.
const MAX_SEARCHES: usize = 20;

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let file = cx.file;
    if matches!(file.standing, Standing::Template | Standing::Moved) {
        return;
    }
    let Some(files) = cx.root.files.as_deref() else { return };
    let mut ordinary: Vec<(TextRange, &str)> = Vec::new();
    let mut wikilinks: Vec<(TextRange, &str)> = Vec::new();
    for placed in file.body.elements() {
        match &placed.element.kind {
            ElementKind::Link { destination, .. } if is_mail(cx.source, placed.range(), destination) => {}
            ElementKind::Link { destination, wiki: false } => ordinary.push((placed.range(), destination)),
            ElementKind::Link { destination, wiki: true } => wikilinks.push((placed.range(), destination)),
            _ => {}
        }
    }
    let mut anchors = None;
    let (mut searches, mut reported) = (0, 0);
    // One target is often linked many times.
    let mut judged: FxHashMap<&str, Option<(String, Option<String>)>> = FxHashMap::default();
    for (at, destination) in ordinary {
        let verdict = judged.entry(destination).or_insert_with(|| {
            let LinkTarget { path, anchor } = links::resolve(destination, cx.path)?;
            if destination.contains(['<', '>', '{', '}', '\\', '\n', '\0']) {
                return None;
            }
            if destination.trim_start().starts_with('#') {
                let anchors = anchors.get_or_insert_with(|| Anchors::linked(cx.source, &file.body));
                let anchor = anchor.filter(|anchor| anchors.find(cx.source, anchor).is_none())?;
                return Some((
                    format!("no heading of this file has the anchor `#{}`", shorten(&anchor)),
                    None,
                ));
            }
            if path == cx.path || exists(files, &path) {
                return None;
            }
            searches += 1;
            let help = match with_line(&path).filter(|(file, _)| files.contains(file)) {
                Some((file, line)) => Some(format!("`{file}` is; a line of it is written `#L{line}`")),
                None => {
                    let same = (searches <= MAX_SEARCHES).then(|| namesake(files, &path)).flatten();
                    same.map(|same| format!("a file of that name is `{same}`"))
                }
            };
            let shown = shorten(&path).replace('`', "'");
            Some((format!("`{shown}` is not in the workspace, or hidden by .gitignore"), help))
        });
        if let Some((message, help)) = verdict {
            reported += 1;
            if reported > MAX_FINDINGS_PER_RULE + 1 {
                break;
            }
            let finding = cx.report(&BROKEN_LINK, at, message.clone());
            match help {
                Some(help) => finding.help(help.clone()).done(),
                None => finding.done(),
            }
        }
    }
    if !wikilinks.is_empty() {
        check_wikilinks(cx, files, &wikilinks);
    }
}

/// Whether the link at `at` is an address of mail in angle brackets: `<ann@example.com>`.
fn is_mail(source: Source<'_>, at: TextRange, destination: &str) -> bool {
    let start = usize::from(at.start());
    let before = source.slice(start.saturating_sub(2), start);
    // `(<` opens a destination with blanks.
    destination.contains('@') && before.ends_with('<') && !before.starts_with('(')
}

/// Returns the line of code that a path with `:3` or `:3-7` behind it speaks of, and the path.
fn with_line(path: &str) -> Option<(&str, &str)> {
    let (path, line) = path.rsplit_once(':')?;
    let first = line.split('-').next().unwrap_or_default();
    (!first.is_empty() && line.bytes().all(|b| b.is_ascii_digit() || b == b'-')).then_some((path, first))
}

fn exists(files: &FileIndex, path: &str) -> bool {
    // Generators of documentation leave `.md` away.
    path.is_empty()
        || files.contains(path)
        || !files.below(path).is_empty()
        || files.contains(&format!("{path}.md"))
}

/// Returns the only file with the same name elsewhere.
fn namesake<'a>(files: &'a FileIndex, path: &str) -> Option<&'a str> {
    let name = path.rsplit('/').next().unwrap_or(path).as_bytes();
    let same = |other: &&str| {
        let other = other.as_bytes();
        let Some(at) = other.len().checked_sub(name.len()) else { return false };
        (at == 0 || other[at - 1] == b'/') && other[at..].eq_ignore_ascii_case(name)
    };
    let mut found = files.paths().iter().map(|path| &**path).filter(same);
    found.next().filter(|_| found.next().is_none())
}

/// Reports wikilinks that lead to no page, if at least one of the file leads to one.
fn check_wikilinks(cx: &mut RuleContext<'_, ComponentFile>, files: &FileIndex, links: &[(TextRange, &str)]) {
    let leads = |link: &WikiLink<'_>| link.may_lead_somewhere(files);
    let pages = links.iter().map(|(at, destination)| (*at, *destination, WikiLink::read(destination)));
    if !pages.clone().any(|(_, _, link)| leads(&link)) {
        return;
    }
    for (at, destination, link) in pages {
        if !link.page.is_empty() && !leads(&link) {
            let message = format!("no page of the workspace is called `{}`", shorten(destination));
            cx.report(&BROKEN_LINK, at, message).done();
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::check;
    use expect_test::expect;

    #[test]
    fn what_a_link_holds_is_shown_on_one_short_line() {
        check(
            &format!("//- specs/a.md\n# A\n\n[1](x%0A%1B%60y.md) [2]({}.md)\n", "long/".repeat(40)),
            "spec/broken-link",
            &expect![[r#"
                specs/a.md 2:4-2:18 warning spec/broken-link "x%0A%1B%60y.md": `specs/x  'y.md` is not in the workspace, or hidden by .gitignore
                specs/a.md 2:24-2:227 warning spec/broken-link "long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/.md": `specs/long/long/long/long/long/long/long/long/long/long/long...` is not in the workspace, or hidden by .gitignore
            "#]],
        );
    }

    #[test]
    fn links_that_lead_nowhere_are_reported() {
        check(
            "//- docs/analysis.md\n//- src/a/MATURITY.md\n# A\n\nSee [it](../../doc/analysis.md), [its end](#th-end), ![x](img/x%20y.png?raw=1#f) and [[No page]].\n\n[nothing](/docs/no/), [twice](../../doc/analysis.md)\n",
            "spec/broken-link",
            &expect![[r##"
                src/a/MATURITY.md 2:9-2:30 warning spec/broken-link "../../doc/analysis.md": `doc/analysis.md` is not in the workspace, or hidden by .gitignore
                  help: a file of that name is `docs/analysis.md`
                src/a/MATURITY.md 2:43-2:50 warning spec/broken-link "#th-end": no heading of this file has the anchor `#th-end`
                src/a/MATURITY.md 2:58-2:79 warning spec/broken-link "img/x%20y.png?raw=1#f": `src/a/img/x y.png` is not in the workspace, or hidden by .gitignore
                src/a/MATURITY.md 4:10-4:19 warning spec/broken-link "/docs/no/": `docs/no` is not in the workspace, or hidden by .gitignore
                src/a/MATURITY.md 4:30-4:51 warning spec/broken-link "../../doc/analysis.md": `doc/analysis.md` is not in the workspace, or hidden by .gitignore
                  help: a file of that name is `docs/analysis.md`
            "##]],
        );
    }

    #[test]
    fn a_line_of_code_stands_behind_the_hash_and_mail_leads_out_of_the_workspace() {
        check(
            "//- src/a.py\n//- specs/a.md\n# A\n\n[1](../src/a.py:3) [2](../src/a.py#L3) [3](../src/b.py:3-7) <ann@example.com> [4](<b@c.md>) [5](../img@2x.png)\n",
            "spec/broken-link",
            &expect![[r#"
                specs/a.md 2:4-2:17 warning spec/broken-link "../src/a.py:3": `src/a.py:3` is not in the workspace, or hidden by .gitignore
                  help: `src/a.py` is; a line of it is written `#L3`
                specs/a.md 2:43-2:58 warning spec/broken-link "../src/b.py:3-7": `src/b.py:3-7` is not in the workspace, or hidden by .gitignore
                specs/a.md 2:83-2:89 warning spec/broken-link "b@c.md": `specs/b@c.md` is not in the workspace, or hidden by .gitignore
                specs/a.md 2:96-2:109 warning spec/broken-link "../img@2x.png": `img@2x.png` is not in the workspace, or hidden by .gitignore
            "#]],
        );
    }

    #[test]
    fn links_that_lead_somewhere_or_are_not_ours_are_fine() {
        check(
            "//- docs/a b.md\n//- docs/guide.md\n//- README.md\n//- specs/a.md\n# A & B\n\n[1](../docs/a%20b.md#x) [2](<../docs/a b.md>) [3](/docs/) [4](../docs) [5](guide.md:1) [6](../../elsewhere.md) [7](https://x.org/a) [8](mailto:a@b.c) [9](<name>.md) [10]({x}.md) [11](../docs/guide) [12](./../README.md?a#b) [13]() [14](..) [15](.)\n\n[a](#a--b) [b](#one) [c](#one-1) [d](#Two) [e](#top) [f](#here) [g](#user-content-one) [h](#) [i](#-done)\n\n## One\n## One\n## `Two`\n## ✅ Done\n<a id=\"here\"></a>\n\n`[x](no.md)` [[Logseq]]\n\n```\n[x](no.md)\n```\n\
             //- specs/templates/t.md\n[x](no.md)\n//- specs/old.md\nThis document has moved to [x](no.md).\n",
            "spec/broken-link",
            &expect![[r#""#]],
        );
    }

    #[test]
    fn wikilinks_count_where_one_of_them_leads_to_a_page() {
        check(
            "//- pages/TTA___Start Page.md\n//- specs/a.md\n# A\n\n[[tta/start page]] [[Start Page#x]] [[Sart Page|other]]\n",
            "spec/broken-link",
            &expect![[r#"
                specs/a.md 2:38-2:47 warning spec/broken-link "Sart Page": no page of the workspace is called `Sart Page`
            "#]],
        );
    }
}
