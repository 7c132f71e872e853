//! `instructions/unmatched-glob`.

use crate::instructions::APPLY_TO;
use crate::rules::{RuleContext, declare_rule};
use crate::workspace::FileIndex;

declare_rule! {
    /// ## What it checks
    /// Every glob of `applyTo` matches at least one file of the workspace that `.gitignore` does not hide.
    /// `*`, `**` and `**/*` are never reported, nor is anything before the first scan has ended.
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
    /// None, but the help names the nearest folder that exists.
    ///
    /// ## References
    /// requirement 002, "Field Type Validation".
    UNMATCHED_GLOB = {
        code: "instructions/unmatched-glob",
        summary: "a glob that matches no file",
        severity: Warning,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_>) {
    let Some(files) = &cx.root.files else { return };
    for item in &cx.file.apply_to.globs {
        let Ok(glob) = &item.glob else { continue };
        let pattern = &item.pattern;
        if pattern.is_empty() || pattern.starts_with('!') || glob.matches_all() {
            continue;
        }
        if files.matches(glob).count > 0 {
            continue;
        }
        let finding = cx
            .report(&UNMATCHED_GLOB, item.range, format!("`{pattern}` matches no file of the workspace"))
            .field(APPLY_TO);
        match nearest_folder(files, pattern) {
            Some((written, near)) => {
                finding.help(format!("there is no folder `{written}`; did you mean `{near}`?")).done();
            }
            None => finding.done(),
        }
    }
}

/// Returns the literal first folder of `pattern` and the nearest one that exists, where it does not.
fn nearest_folder<'a>(files: &'a FileIndex, pattern: &'a str) -> Option<(&'a str, &'a str)> {
    let relative = pattern.trim_start_matches("./").trim_start_matches('/');
    let (written, _) = relative.split_once('/')?;
    if written.is_empty() || written.contains(['*', '?', '[', ']', '{', '}', '\\']) {
        return None;
    }
    let mut nearest: Option<(usize, &str)> = None;
    // The paths are sorted, so each folder is one run of them: jump from run to run.
    let mut rest = files.paths();
    while let Some(path) = rest.first() {
        let Some((folder, _)) = path.split_once('/') else {
            rest = &rest[1..];
            continue;
        };
        if folder == written {
            return None;
        }
        let distance = strsim::damerau_levenshtein(folder, written);
        let allowed = (written.chars().count() / 3).max(1);
        if distance <= allowed && nearest.is_none_or(|(best, _)| distance < best) {
            nearest = Some((distance, folder));
        }
        let below = |path: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        rest = &rest[rest.partition_point(|path| below(path))..];
    }
    nearest.map(|(_, folder)| (written, folder))
}

#[cfg(test)]
mod tests {
    use crate::instructions;
    use crate::rules::instructions::testing::check;
    use crate::text::Source;
    use crate::workspace::Root;
    use expect_test::expect;

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
            1:24-1:37 warning instructions/unmatched-glob "elsewhere/x/*": `elsewhere/x/*` matches no file of the workspace
              field: applyTo
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
