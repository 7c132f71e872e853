//! `instructions/unmatched-glob`.

use super::edit::in_scalar;
use crate::config::Consumer;
use crate::diagnostic::Fix;
use crate::glob::{self, Glob};
use crate::instructions::{APPLY_TO, GlobItem};
use crate::rules::{RuleContext, declare_rule};
use crate::workspace::FileIndex;

declare_rule! {
    /// ## What it checks
    /// Every glob of `applyTo` matches at least one file of the workspace that `.gitignore` does not hide.
    /// A negated glob is reported where no other one stands beside it. `*`, `**` and `**/*` are never reported, nor is anything before the first scan has ended.
    ///
    /// ## Why it matters
    /// A glob that matches nothing is nearly always a folder that was renamed or misspelt: the instructions are
    /// never attached, and nobody is told.
    ///
    /// ## Example
    /// ```markdown
    /// ---
    /// applyTo: "scr/**/*.py"
    /// ---
    /// ```
    ///
    /// ## Fix
    /// Where it can be told what was meant, it is offered for you to choose: `src/**` for the folder `src`, the nearest
    /// folder that exists, commas between globs, `{a,b}` for `+(a|b)`, `[[]id]` for a folder called `[id]`.
    ///
    /// ## References
    /// requirement 002, "Field Type Validation".
    UNMATCHED_GLOB = {
        code: "instructions/unmatched-glob",
        summary: "a glob that matches no file",
        severity: Warning,
        fix: Review,
        since: "0.1.0",
    }
}

/// Most globs of one file that are looked at for what was meant; the limit bounds what a hostile file can cost.
const MAX_ADVISED: usize = 50;

/// Most globs in place of one that are tried, for the same reason.
const MAX_PARTS: usize = 16;

pub(crate) fn check(cx: &mut RuleContext<'_>) {
    let Some(files) = &cx.root.files else { return };
    let globs = &cx.file.apply_to.globs;
    // Beside others a negated glob is only superfluous; where VS Code reads it too, not-portable speaks of it.
    let alone = globs.iter().all(|item| item.pattern.is_empty() || is_negated(&item.pattern));
    let negation = alone && !cx.root.config.consumers(cx.path).contains(&Consumer::VsCode);
    let mut advised = 0;
    for item in globs {
        let Ok(glob) = &item.glob else { continue };
        let pattern = &item.pattern;
        if pattern.is_empty() || glob.matches_all() {
            continue;
        }
        if is_negated(pattern) {
            if negation {
                let message = format!("`{pattern}` matches no file: negation is not supported");
                let finding = cx.report(&UNMATCHED_GLOB, item.range, message).field(APPLY_TO);
                finding.help("name the files that the instructions apply to, not the others").done();
            }
            continue;
        }
        if files.matches(glob).count > 0 {
            continue;
        }
        let advice = (advised < MAX_ADVISED).then(|| advise(files, pattern)).flatten();
        advised += 1;
        let fix = advice.as_ref().and_then(|advice| fix(cx, item, advice.write.as_deref()?));
        let finding = cx
            .report(&UNMATCHED_GLOB, item.range, format!("`{pattern}` matches no file of the workspace"))
            .field(APPLY_TO)
            .fix(fix);
        match advice {
            Some(advice) => finding.help(advice.help).done(),
            None => finding.done(),
        }
    }
}

/// Whether `pattern` says which files are not meant; `!(a|b)` is something else.
fn is_negated(pattern: &str) -> bool {
    pattern.starts_with('!') && !pattern.starts_with("!(")
}

fn fix(cx: &RuleContext<'_>, item: &GlobItem, write: &str) -> Option<Fix> {
    let edit = in_scalar(cx.file.head.front_matter()?, item, item.range, write)?;
    Some(Fix { title: format!("Write `{write}`"), safe: false, edits: vec![edit] })
}

/// What was probably meant.
struct Advice {
    help: String,
    /// The pattern to write instead, where one is known.
    write: Option<String>,
}

/// Characters with a meaning in a glob.
const SPECIAL: [char; 7] = ['*', '?', '[', ']', '{', '}', '\\'];

fn advise(files: &FileIndex, pattern: &str) -> Option<Advice> {
    extended(files, pattern)
        .or_else(|| folder(files, pattern))
        .or_else(|| separators(files, pattern))
        .or_else(|| brackets(files, pattern))
        .or_else(|| nearest_folder(files, pattern))
}

/// Whether every glob of `text` is valid and one of them matches a file.
fn matches(files: &FileIndex, text: &str) -> bool {
    let globs: Result<Vec<_>, _> = glob::split(text).iter().map(|part| Glob::new(&part.text)).collect();
    globs.is_ok_and(|globs| globs.iter().any(|glob| files.matches(glob).count > 0))
}

/// `+(a|b)` of bash.
fn extended(files: &FileIndex, pattern: &str) -> Option<Advice> {
    let start = ["+(", "@(", "?(", "*(", "!("].iter().filter_map(|sign| pattern.find(sign)).min()?;
    let end = start + pattern[start..].find(')')? + 1;
    let written = &pattern[start..end];
    let inner = &written[2..written.len() - 1];
    let braces = format!("{{{}}}", inner.replace('|', ","));
    let write = format!("{}{braces}{}", &pattern[..start], &pattern[end..]);
    let same = !written.starts_with('!') && inner.contains('|');
    let help = match (same, written.starts_with('!')) {
        (true, _) => format!("`{written}` is not supported; `{braces}` is"),
        (false, true) => format!("`{written}` is not supported; name the files that are meant"),
        (false, false) => format!("`{written}` is not supported; `{{a,b}}` is"),
    };
    Some(Advice { help, write: (same && matches(files, &write)).then_some(write) })
}

/// A folder that exists: it is no file.
fn folder(files: &FileIndex, pattern: &str) -> Option<Advice> {
    let name = pattern.trim_end_matches('/');
    let write = match name.trim_start_matches("./").trim_start_matches('/') {
        "." | "" => "**".to_owned(),
        inner if !inner.contains(SPECIAL) && !files.below(inner).is_empty() => format!("{name}/**"),
        _ => return None,
    };
    Some(Advice { help: format!("`{pattern}` is a folder; write `{write}`"), write: Some(write) })
}

/// Several globs with something else than a comma between them.
fn separators(files: &FileIndex, pattern: &str) -> Option<Advice> {
    let parts: Vec<_> = pattern
        .split([';', '|', ' ', '\t'])
        .map(|part| part.trim_matches(','))
        .filter(|part| !part.is_empty())
        .collect();
    let is_glob = |part: &&str| part.contains(['*', '/', '.']);
    let write = parts.join(", ");
    ((2..=MAX_PARTS).contains(&parts.len()) && parts.iter().all(is_glob) && matches(files, &write))
        .then(|| Advice { help: "separate globs with commas".to_owned(), write: Some(write) })
}

/// A folder or file whose name holds brackets, which mean a class of characters.
fn brackets(files: &FileIndex, pattern: &str) -> Option<Advice> {
    let relative = pattern.trim_start_matches("./").trim_start_matches('/');
    let lead = pattern.len() - relative.len();
    let mut end = 0;
    let mut found = Vec::new();
    for name in relative.split('/') {
        end += name.len();
        if name.contains(['*', '?', '{', '}', '\\']) {
            break;
        }
        let path = &relative[..end];
        if name.contains('[') && (files.contains(path) || !files.below(path).is_empty()) {
            found.push(name);
        }
        end += 1;
    }
    let first = found.first()?;
    let mut write = relative.to_owned();
    for name in &found {
        write = write.replace(name, &name.replace('[', "[[]"));
    }
    let write = format!("{}{write}", &pattern[..lead]);
    Some(Advice {
        help: format!(
            "brackets mean one of their characters; for `{first}` itself write `{}`",
            first.replace('[', "[[]")
        ),
        write: matches(files, &write).then_some(write),
    })
}

/// The first literal folder of `pattern` that does not exist, and the nearest one that does.
fn nearest_folder(files: &FileIndex, pattern: &str) -> Option<Advice> {
    let relative = pattern.trim_start_matches("./").trim_start_matches('/');
    let (folders, _) = relative.rsplit_once('/')?;
    let mut parent = "";
    for name in folders.split('/') {
        if name.is_empty() || name.contains(SPECIAL) {
            return None;
        }
        let end = if parent.is_empty() { 0 } else { parent.len() + 1 } + name.len();
        let written = &relative[..end];
        if !files.below(written).is_empty() {
            parent = written;
            continue;
        }
        let near = nearest_in(files, parent, name)?;
        let near = if parent.is_empty() { near.to_owned() } else { format!("{parent}/{near}") };
        let lead = &pattern[..pattern.len() - relative.len()];
        let write = format!("{lead}{near}{}", &relative[end..]);
        return Some(Advice {
            help: format!("there is no folder `{written}`; did you mean `{near}`?"),
            write: matches(files, &write).then_some(write),
        });
    }
    None
}

/// Returns the folder in `parent` that is nearest to `name`; another case is nearer than any other letter.
fn nearest_in<'a>(files: &'a FileIndex, parent: &str, name: &str) -> Option<&'a str> {
    let skip = if parent.is_empty() { 0 } else { parent.len() + 1 };
    let mut nearest: Option<(usize, &str)> = None;
    // The paths are sorted, so each folder is one run of them: jump from run to run.
    let mut rest = files.below(parent);
    while let Some(path) = rest.first() {
        let Some((folder, _)) = path.get(skip..).and_then(|inner| inner.split_once('/')) else {
            rest = &rest[1..];
            continue;
        };
        let same = folder.to_lowercase() == name.to_lowercase();
        let distance = if same { 0 } else { strsim::damerau_levenshtein(folder, name) };
        let allowed = (name.chars().count() / 3).max(1);
        if distance <= allowed && nearest.is_none_or(|(best, _)| distance < best) {
            nearest = Some((distance, folder));
        }
        let run = &path[..skip + folder.len()];
        let below = |path: &str| path.strip_prefix(run).is_some_and(|rest| rest.starts_with('/'));
        rest = &rest[rest.partition_point(|path| below(path))..];
    }
    nearest.map(|(_, folder)| folder)
}

#[cfg(test)]
mod tests {
    use crate::instructions;
    use crate::rules::instructions::testing::check;
    use crate::text::Source;
    use crate::workspace::{FileIndex, Root};
    use expect_test::expect;
    use std::fmt::Write as _;

    const RULE: &str = "instructions/unmatched-glob";

    #[test]
    fn the_nearest_folder_is_named() {
        check(
            "---\r\napplyTo: 'scr/**, src/**/*.rs, src/**'\r\n---\r\n",
            RULE,
            &expect![[r#"
                1:10-1:16 warning instructions/unmatched-glob "scr/**": `scr/**` matches no file of the workspace
                  field: applyTo
                  help: there is no folder `scr`; did you mean `src`?
                  review fix: Write `src/**`
                    "---\r\napplyTo: 'src/**, src/**/*.rs, src/**'\r\n---\r\n"
                1:18-1:29 warning instructions/unmatched-glob "src/**/*.rs": `src/**/*.rs` matches no file of the workspace
                  field: applyTo
            "#]],
        );
        check(
            "---\napplyTo: ['./test/**', 'elsewhere/x/*']\n---\n",
            RULE,
            &expect![[r#"
                1:11-1:20 warning instructions/unmatched-glob "./test/**": `./test/**` matches no file of the workspace
                  field: applyTo
                  help: there is no folder `test`; did you mean `tests`?
                  review fix: Write `./tests/**`
                    "---\napplyTo: ['./tests/**', 'elsewhere/x/*']\n---\n"
                1:24-1:37 warning instructions/unmatched-glob "elsewhere/x/*": `elsewhere/x/*` matches no file of the workspace
                  field: applyTo
            "#]],
        );
    }

    /// Checks globs in a workspace of their own, each by itself: `pattern => help => fix`.
    fn advice(patterns: &[&str], expected: &expect_test::Expect) {
        let paths = ["src/api/v1/a.py", "src/[id]/page.tsx", "src/my docs/x.md", "Docs/b.md", "web/a.ts"];
        let files = FileIndex::new(paths.iter().map(|path| Box::from(*path)).collect());
        let root = Root { files: Some(files.into()), ..Root::default() };
        let mut out = String::new();
        for pattern in patterns {
            let text = format!("---\napplyTo: '{pattern}'\n---\n");
            let findings = instructions::diagnostics(Source::Str(&text), "x.instructions.md", &root);
            for d in findings.iter().filter(|d| d.rule.code == RULE) {
                let fix = d.fix.as_ref().map(|fix| {
                    assert!(!fix.safe);
                    let after = crate::diagnostic::apply_edits(&text, &fix.edits);
                    let left = instructions::diagnostics(Source::Str(&after), "x.instructions.md", &root);
                    assert!(left.iter().all(|d| d.rule.code != RULE), "{after}");
                    after.lines().nth(1).unwrap().to_owned()
                });
                let help = d.help.as_deref().unwrap_or("-");
                writeln!(out, "{} => {help} => {}", d.message, fix.as_deref().unwrap_or("-")).unwrap();
            }
        }
        expected.assert_eq(&out);
    }

    #[test]
    fn folders_are_no_files() {
        advice(
            &["src", "src/", "./src/api", ".", "./", "nowhere", "page.tsx"],
            &expect![[r#"
            `src` matches no file of the workspace => `src` is a folder; write `src/**` => applyTo: 'src/**'
            `src/` matches no file of the workspace => `src/` is a folder; write `src/**` => applyTo: 'src/**'
            `./src/api` matches no file of the workspace => `./src/api` is a folder; write `./src/api/**` => applyTo: './src/api/**'
            `.` matches no file of the workspace => `.` is a folder; write `**` => applyTo: '**'
            `./` matches no file of the workspace => `./` is a folder; write `**` => applyTo: '**'
            `nowhere` matches no file of the workspace => - => -
        "#]],
        );
    }

    #[test]
    fn every_folder_is_compared() {
        let globs =
            ["SRC/**", "docs/*.md", "src/ap/**", "/src/api/v2/*.py", "src/ap/v3/*.py", "src/*/vi/*.py"];
        advice(
            &globs,
            &expect![[r#"
            `SRC/**` matches no file of the workspace => there is no folder `SRC`; did you mean `src`? => applyTo: 'src/**'
            `docs/*.md` matches no file of the workspace => there is no folder `docs`; did you mean `Docs`? => applyTo: 'Docs/*.md'
            `src/ap/**` matches no file of the workspace => there is no folder `src/ap`; did you mean `src/api`? => applyTo: 'src/api/**'
            `/src/api/v2/*.py` matches no file of the workspace => there is no folder `src/api/v2`; did you mean `src/api/v1`? => applyTo: '/src/api/v1/*.py'
            `src/ap/v3/*.py` matches no file of the workspace => there is no folder `src/ap`; did you mean `src/api`? => -
            `src/*/vi/*.py` matches no file of the workspace => - => -
        "#]],
        );
    }

    #[test]
    fn brackets_can_be_a_name() {
        advice(
            &["src/[id]/*.tsx", "./src/[id]/page.tsx", "src/[ab]/*.tsx"],
            &expect![[r#"
            `src/[id]/*.tsx` matches no file of the workspace => brackets mean one of their characters; for `[id]` itself write `[[]id]` => applyTo: 'src/[[]id]/*.tsx'
            `./src/[id]/page.tsx` matches no file of the workspace => brackets mean one of their characters; for `[id]` itself write `[[]id]` => applyTo: './src/[[]id]/page.tsx'
            `src/[ab]/*.tsx` matches no file of the workspace => - => -
        "#]],
        );
    }

    #[test]
    fn globs_are_separated_by_commas() {
        let globs = [
            "src/**/*.py; web/**",
            "web/**|src/**",
            "web/** src/**",
            "src/my docs/*.txt",
            "nope/** nowhere/**",
        ];
        advice(
            &globs,
            &expect![[r#"
            `src/**/*.py; web/**` matches no file of the workspace => separate globs with commas => applyTo: 'src/**/*.py, web/**'
            `web/**|src/**` matches no file of the workspace => separate globs with commas => applyTo: 'web/**, src/**'
            `web/** src/**` matches no file of the workspace => separate globs with commas => applyTo: 'web/**, src/**'
            `src/my docs/*.txt` matches no file of the workspace => - => -
            `nope/** nowhere/**` matches no file of the workspace => - => -
        "#]],
        );
    }

    #[test]
    fn what_is_not_supported_is_said() {
        advice(
            &["web/*.+(ts|tsx)", "web/!(a).ts", "!src/**", "!src/**, !web/**", "!src/**, web/**"],
            &expect![[r#"
                `web/*.+(ts|tsx)` matches no file of the workspace => `+(ts|tsx)` is not supported; `{ts,tsx}` is => applyTo: 'web/*.{ts,tsx}'
                `web/!(a).ts` matches no file of the workspace => `!(a)` is not supported; name the files that are meant => -
                `!src/**` matches no file: negation is not supported => name the files that the instructions apply to, not the others => -
                `!src/**` matches no file: negation is not supported => name the files that the instructions apply to, not the others => -
                `!web/**` matches no file: negation is not supported => name the files that the instructions apply to, not the others => -
            "#]],
        );
    }

    #[test]
    fn globs_that_match_or_mean_everything_are_fine() {
        check(
            "---\napplyTo: '*, **, **/*, .github/*.yml, b.py, !nothing, {, , src/{a,z}.py'\n---\n",
            RULE,
            &expect![[""]],
        );
    }

    #[test]
    fn silent_until_the_files_are_known() {
        let text = "---\napplyTo: nowhere/**\n---\n";
        let findings = instructions::diagnostics(Source::Str(text), "x.instructions.md", &Root::default());
        assert!(findings.iter().all(|d| d.rule.code != RULE));
    }
}
