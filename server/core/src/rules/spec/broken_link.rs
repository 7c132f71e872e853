//! `spec/broken-link`.

mod anchors;

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use rustc_hash::{FxHashMap, FxHashSet};

use self::anchors::Anchors;
use crate::component::{ComponentFile, Standing};
use crate::config::shorten;
use crate::markdown::ElementKind;
use crate::rules::{MAX_FINDINGS_PER_RULE, RuleContext, declare_rule};
use crate::text::TextRange;
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
    let mut links: Vec<(TextRange, &str)> = Vec::new();
    let mut wikilinks: Vec<(TextRange, &str)> = Vec::new();
    for placed in file.body.elements() {
        match &placed.element.kind {
            ElementKind::Link { destination, wiki: false } => links.push((placed.range(), destination)),
            ElementKind::Link { destination, wiki: true } => wikilinks.push((placed.range(), destination)),
            _ => {}
        }
    }
    let mut anchors = None;
    let (mut searches, mut reported) = (0, 0);
    // One target is often linked many times.
    let mut judged: FxHashMap<&str, Option<(String, Option<String>)>> = FxHashMap::default();
    for (at, destination) in links {
        let verdict = judged.entry(destination).or_insert_with(|| match target(destination, cx.path)? {
            Target::Path(path) if exists(files, &path) => None,
            Target::Path(path) => {
                searches += 1;
                let same = (searches <= MAX_SEARCHES).then(|| namesake(files, &path)).flatten();
                let help = same.map(|same| format!("a file of that name is `{same}`"));
                Some((format!("`{path}` is not in the workspace"), help))
            }
            Target::Anchor(anchor) => {
                let anchors = anchors.get_or_insert_with(|| Anchors::of(cx.source, &file.body));
                if anchors.contains(cx.source, &anchor) {
                    return None;
                }
                Some((format!("no heading of this file has the anchor `#{}`", shorten(&anchor)), None))
            }
        });
        if let Some((message, help)) = verdict {
            reported += 1;
            if reported > MAX_FINDINGS_PER_RULE {
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

/// What a link leads to.
enum Target {
    /// A path from the root.
    Path(String),
    /// A heading of the same file.
    Anchor(String),
}

/// Returns what `destination` leads to in the file at `path`; `None` where that is not for us to say.
fn target(destination: &str, path: &str) -> Option<Target> {
    let destination = destination.trim();
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-');
    let scheme = destination.split_once(':').is_some_and(|(scheme, _)| scheme.chars().all(is_scheme));
    if scheme || destination.starts_with("//") || destination.contains(['<', '>', '{', '}', '\\', '\n', '\0'])
    {
        return None;
    }
    let (link, anchor) = destination.split_once('#').unwrap_or((destination, ""));
    let link = link.split('?').next().unwrap_or_default();
    if link.is_empty() {
        return (!anchor.is_empty() && !destination.starts_with('?'))
            .then(|| Target::Anchor(decode(anchor).into_owned()));
    }
    let link = decode(link);
    let mut parts: Vec<&str> = match link.starts_with('/') {
        true => Vec::new(),
        false => path.split('/').collect(),
    };
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            // Beyond the root nothing is known.
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(Target::Path(parts.join("/")))
}

fn decode(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8().unwrap_or(Cow::Borrowed(text))
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
    let page = |destination: &str| {
        let page = destination.split(['#', '|']).next().unwrap_or_default();
        // A page `a/b` may be the file `b.md` in a folder `a`, or `a___b.md`.
        page.trim().trim_end_matches(".md").rsplit('/').next().unwrap_or_default().to_lowercase()
    };
    let wanted: FxHashSet<String> = links.iter().map(|(_, destination)| page(destination)).collect();
    let mut found: FxHashSet<String> = FxHashSet::default();
    for path in files.paths() {
        let name = path.rsplit('/').next().unwrap_or(path);
        let Some(stem) = name.get(..name.len().saturating_sub(3)) else { continue };
        if !name.get(stem.len()..).is_some_and(|end| end.eq_ignore_ascii_case(".md")) {
            continue;
        }
        let stem = stem.rsplit("___").next().unwrap_or(stem).to_lowercase();
        if wanted.contains(&stem) {
            found.insert(stem);
        }
    }
    if found.is_empty() {
        return;
    }
    for (at, destination) in links {
        let page = page(destination);
        if !page.is_empty() && !found.contains(&page) {
            let message = format!("no page of the workspace is called `{}`", shorten(destination));
            cx.report(&BROKEN_LINK, *at, message).done();
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::check;
    use expect_test::expect;

    #[test]
    fn links_that_lead_nowhere_are_reported() {
        check(
            "//- docs/analysis.md\n//- src/a/MATURITY.md\n# A\n\nSee [it](../../doc/analysis.md), [its end](#th-end), ![x](img/x%20y.png?raw=1#f) and [[No page]].\n\n[nothing](/docs/no/), [twice](../../doc/analysis.md)\n",
            "spec/broken-link",
            &expect![[r##"
                src/a/MATURITY.md 2:9-2:30 warning spec/broken-link "../../doc/analysis.md": `doc/analysis.md` is not in the workspace
                  help: a file of that name is `docs/analysis.md`
                src/a/MATURITY.md 2:43-2:50 warning spec/broken-link "#th-end": no heading of this file has the anchor `#th-end`
                src/a/MATURITY.md 2:58-2:79 warning spec/broken-link "img/x%20y.png?raw=1#f": `src/a/img/x y.png` is not in the workspace
                src/a/MATURITY.md 4:10-4:19 warning spec/broken-link "/docs/no/": `docs/no` is not in the workspace
                src/a/MATURITY.md 4:30-4:51 warning spec/broken-link "../../doc/analysis.md": `doc/analysis.md` is not in the workspace
                  help: a file of that name is `docs/analysis.md`
            "##]],
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
