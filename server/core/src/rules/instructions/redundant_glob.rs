//! `instructions/redundant-glob`.

use rustc_hash::FxHashMap;

use super::edit::{Removal, in_scalar, list_item, with_comma};
use crate::diagnostic::{Fix, TextEdit};
use crate::frontmatter::FrontMatter;
use crate::instructions::{APPLY_TO, GlobItem};
use crate::rules::{RuleContext, declare_rule};

/// Deepest folder that is looked at for a covering glob; real globs have fewer than ten.
const MAX_FOLDERS: usize = 32;

declare_rule! {
    /// ## What it checks
    /// No glob of `applyTo` is covered by another one: the same glob again, any glob beside `**`, `src/a/*.py` beside
    /// `src/**`, or `src/*.py` beside `*.py`. A glob matches the end of a path, so `*.py` and `**/*.py` are the same.
    ///
    /// ## Why it matters
    /// It has no effect, yet reads as if it had: who deletes it changes nothing, and who relies on it is misled.
    ///
    /// ## Example
    /// ```markdown
    /// ---
    /// applyTo: "src/**, src/api/*.py"
    /// ---
    /// ```
    ///
    /// ## Fix
    /// The glob is removed with its comma, or with its line in a list. Safe, unless a comment goes with it.
    ///
    /// ## References
    /// VS Code, "Custom instructions": the globs of `applyTo` are alternatives.
    REDUNDANT_GLOB = {
        code: "instructions/redundant-glob",
        summary: "a glob that another one covers",
        severity: Hint,
        fix: Safe,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_>) {
    let globs = &cx.file.apply_to.globs;
    if globs.len() < 2 {
        return;
    }
    let Some(front_matter) = cx.file.head.front_matter() else { return };
    let cover = Cover::of(globs);
    for (at, item) in globs.iter().enumerate().filter(|(_, item)| counts(item)) {
        let Some(by) = cover.find(at, &item.pattern) else { continue };
        let by = &globs[by];
        let message = if by.pattern == item.pattern {
            format!("`{}` is repeated", item.pattern)
        } else {
            format!("`{}` is covered by `{}`", item.pattern, by.pattern)
        };
        cx.report(&REDUNDANT_GLOB, item.range, message)
            .field(APPLY_TO)
            .related(by.range, "this one covers it")
            .unnecessary()
            .fix(fix(front_matter, globs, at))
            .done();
    }
}

/// Whether a glob takes part: it is valid, says something and does not negate.
fn counts(item: &GlobItem) -> bool {
    item.glob.is_ok() && !item.pattern.is_empty() && !item.pattern.starts_with('!')
}

/// Which glob covers what; the first of several that mean the same.
#[derive(Default)]
struct Cover<'a> {
    patterns: FxHashMap<&'a str, usize>,
    /// `py` of `*.py`.
    extensions: FxHashMap<&'a str, usize>,
    /// `src` of `src/**`.
    folders: FxHashMap<&'a str, usize>,
    everything: Option<usize>,
}

impl<'a> Cover<'a> {
    fn of(globs: &'a [GlobItem]) -> Cover<'a> {
        let mut cover = Cover::default();
        for (at, item) in globs.iter().enumerate().filter(|(_, item)| counts(item)) {
            let pattern = &*item.pattern;
            let anywhere = anywhere(pattern);
            cover.patterns.entry(anywhere).or_insert(at);
            if let Some(extension) = extension_of(anywhere).filter(|_| !anywhere.contains('/')) {
                cover.extensions.entry(extension).or_insert(at);
            }
            if is_everything(pattern) {
                cover.everything.get_or_insert(at);
            } else if let Some(folder) = folder_of(pattern) {
                cover.folders.entry(folder).or_insert(at);
            }
        }
        cover
    }

    /// Returns the glob that covers glob `at`. Of several with one meaning the first stays.
    fn find(&self, at: usize, pattern: &str) -> Option<usize> {
        if let Some(&first) = self.patterns.get(anywhere(pattern))
            && first < at
        {
            return Some(first);
        }
        if let Some(everything) = self.everything
            && (everything < at || !is_everything(pattern))
            && everything != at
        {
            return Some(everything);
        }
        if pattern.contains("..") || is_everything(pattern) {
            return None;
        }
        if !self.extensions.is_empty()
            && anywhere(pattern).contains('/')
            && let Some(&by) = extension_of(pattern).and_then(|extension| self.extensions.get(extension))
        {
            return Some(by);
        }
        if self.folders.is_empty() {
            return None;
        }
        let own = folder_of(pattern);
        for (slash, _) in pattern.match_indices('/').take(MAX_FOLDERS) {
            let folder = &pattern[..slash];
            match self.folders.get(folder) {
                Some(&by) if by != at && (own != Some(folder) || by < at) => return Some(by),
                _ => {}
            }
        }
        None
    }
}

/// Whether every file is meant. `**/*.*` is not: it leaves out files without an extension.
fn is_everything(pattern: &str) -> bool {
    matches!(pattern, "*" | "**" | "**/*" | "**/**" | "/**" | "./**")
}

/// Returns `pattern` without the `**/` in front that says what holds anyway: a glob matches below any folder.
fn anywhere(pattern: &str) -> &str {
    let rest = pattern.trim_start_matches("**/");
    if rest.is_empty() { pattern } else { rest }
}

/// Returns `py` where the last part of `pattern` is `*.py`, whatever stands before it.
fn extension_of(pattern: &str) -> Option<&str> {
    let extension = pattern.rsplit('/').next()?.strip_prefix("*.")?;
    let literal = !extension.is_empty() && !extension.contains(['*', '?', '[', ']', '{', '}', '\\']);
    literal.then_some(extension)
}

/// Returns the literal folder all of whose files `pattern` means.
fn folder_of(pattern: &str) -> Option<&str> {
    let folder = pattern.strip_suffix("/**").or_else(|| pattern.strip_suffix("/**/*"))?;
    let literal = !folder.is_empty() && !folder.contains(['*', '?', '[', ']', '{', '}', '\\']);
    literal.then_some(folder)
}

fn fix(front_matter: &FrontMatter, globs: &[GlobItem], at: usize) -> Option<Fix> {
    let item = &globs[at];
    let title = format!("Remove `{}`", item.pattern);
    if let Some(range) = with_comma(front_matter, globs, at) {
        let edit = in_scalar(front_matter, item, range, "")?;
        return Some(Fix { title, safe: true, edits: vec![edit] });
    }
    let shared = |at: Option<usize>| at.and_then(|at| globs.get(at)).is_some_and(|g| g.scalar == item.scalar);
    if shared(at.checked_sub(1)) || shared(Some(at + 1)) {
        return None; // One of several in a scalar whose parts have no place of their own.
    }
    let list = &front_matter.entry(APPLY_TO)?.value;
    let Removal { range, comment } = list_item(front_matter, list, item.scalar)?;
    Some(Fix { title, safe: !comment, edits: vec![TextEdit { range, new_text: String::new() }] })
}

#[cfg(test)]
mod tests {
    use crate::rules::instructions::testing::{check, check_fixed};
    use expect_test::expect;

    const RULE: &str = "instructions/redundant-glob";

    #[test]
    fn segments_go_with_their_comma() {
        check(
            "---\r\napplyTo: \"src/a/*.py, src/**, docs/**, src/**\"\r\n---\r\n",
            RULE,
            &expect![[r#"
            1:10-1:20 hint instructions/redundant-glob "src/a/*.py": `src/a/*.py` is covered by `src/**`
              field: applyTo
              related 1:22-1:28: this one covers it
              safe fix: Remove `src/a/*.py`
                "---\r\napplyTo: \"src/**, docs/**, src/**\"\r\n---\r\n"
            1:39-1:45 hint instructions/redundant-glob "src/**": `src/**` is repeated
              field: applyTo
              related 1:22-1:28: this one covers it
              safe fix: Remove `src/**`
                "---\r\napplyTo: \"src/a/*.py, src/**, docs/**\"\r\n---\r\n"
        "#]],
        );
        check_fixed(
            "---\napplyTo: src/**, *.py, **/*, src/b\ndescription: d\n---\n# T\n",
            &expect![[r#"
            ---
            applyTo: "**/*"
            description: d
            ---
            # T
        "#]],
        );
        check_fixed(
            "---\napplyTo: x/**/*, x/**, x/a\ndescription: d\n---\n",
            &expect![[r#"
            ---
            applyTo: x/**/*
            description: d
            ---
        "#]],
        );
    }

    #[test]
    fn items_go_with_their_line() {
        check_fixed(
            "---\r\napplyTo:\r\n  - \"src/a.py\"\r\n  # kept\r\n  - src/** # all\r\n  - 'src/a.py'\r\ndescription: d\r\n---\r\n",
            &expect![[r#"
                ---\r
                applyTo:\r
                  # kept\r
                  - src/** # all\r
                description: d\r
                ---\r
            "#]],
        );
        check_fixed(
            "---\napplyTo: ['a', \"a\", b, 'b,a'] # c\ndescription: d\n---\n",
            &expect![[r#"
            ---
            applyTo: ['a', b] # c
            description: d
            ---
        "#]],
        );
        check_fixed(
            "---\napplyTo:\n  - a, b\n  - '*'\ndescription: d\n---\n",
            &expect![[r#"
            ---
            applyTo:
              - '*'
            description: d
            ---
        "#]],
        );
    }

    #[test]
    fn a_comment_is_not_removed_without_asking() {
        check(
            "---\napplyTo:\n  - a\n  - a # again\n---\n",
            RULE,
            &expect![[r#"
            3:4-3:5 hint instructions/redundant-glob "a": `a` is repeated
              field: applyTo
              related 2:4-2:5: this one covers it
              review fix: Remove `a`
                "---\napplyTo:\n  - a\n---\n"
        "#]],
        );
    }

    #[test]
    fn a_glob_matches_below_any_folder() {
        check(
            "---\napplyTo: \"**/*.py, src/*.py, *.py\"\n---\n",
            RULE,
            &expect![[r#"
                1:19-1:27 hint instructions/redundant-glob "src/*.py": `src/*.py` is covered by `**/*.py`
                  field: applyTo
                  related 1:10-1:17: this one covers it
                  safe fix: Remove `src/*.py`
                    "---\napplyTo: \"**/*.py, *.py\"\n---\n"
                1:29-1:33 hint instructions/redundant-glob "*.py": `*.py` is covered by `**/*.py`
                  field: applyTo
                  related 1:10-1:17: this one covers it
                  safe fix: Remove `*.py`
                    "---\napplyTo: \"**/*.py, src/*.py\"\n---\n"
            "#]],
        );
        check_fixed(
            "---\napplyTo: \"src/**/*.py, {a,b}/*.py, /x/*.py, *.py\"\ndescription: d\n---\n",
            &expect![[r#"
                ---
                applyTo: "*.py"
                description: d
                ---
            "#]],
        );
        check(
            "---\napplyTo: '*.py, src/*.pyi, src/*.{py,rs}, src/a.py, ./*.py, *.test.py'\n---\n",
            RULE,
            &expect![[r#"
                1:52-1:58 hint instructions/redundant-glob "./*.py": `./*.py` is covered by `*.py`
                  field: applyTo
                  related 1:10-1:14: this one covers it
                  safe fix: Remove `./*.py`
                    "---\napplyTo: '*.py, src/*.pyi, src/*.{py,rs}, src/a.py, *.test.py'\n---\n"
            "#]],
        );
        check("---\napplyTo: 'src/*.py, /*.py, ./*.py, **/*.test.py'\n---\n", RULE, &expect![[r#""#]]);
    }

    #[test]
    fn globs_that_are_not_certainly_covered_stay() {
        check(
            "---\napplyTo: 'src/**, src, srcs/a, /src/a, x/src/**, */src/a, **/*.py, **/*.*, Makefile'\n---\n",
            RULE,
            &expect![[""]],
        );
        check("---\napplyTo: 'a{, a{, !b, !b, , , src/../x, src/**'\n---\n", RULE, &expect![[""]]);
        check("---\napplyTo: src/**\n---\n", RULE, &expect![[""]]);
    }
}
