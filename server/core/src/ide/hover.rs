//! Hover: what a key, a glob or a value means, who a component is, and why a rule complains there.

mod component;
mod config;
mod gate;
mod maturity;
pub(super) mod rules;
mod stage;
mod subject;

pub(super) use component::component_card;
pub(super) use gate::coverage_policy;
pub(super) use subject::glob as glob_markdown;

use text_size::TextRange;

use crate::component::ComponentFile;
use crate::files::FileKind;
use crate::instructions::InstructionFile;
use crate::text::{self, Source};
use crate::workspace::Root;

/// What to show about a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The text it is about.
    pub range: TextRange,
    /// What to show, in Markdown.
    pub markdown: String,
}

/// Between two parts of a hover.
pub(super) const SEPARATOR: &str = "\n\n---\n\n";

/// Returns what there is to say about the text at byte `offset`.
#[must_use]
pub fn hover(source: Source<'_>, path: &str, root: &Root, offset: usize) -> Option<Hover> {
    let file = root.may_state_facts(path).then(|| ComponentFile::of_path(source, path, root)).flatten();
    hover_in(source, path, root, file.as_ref(), offset)
}

/// Like [`hover`], for a caller that knows what the file says as a spec or MATURITY file.
#[must_use]
pub fn hover_in(
    source: Source<'_>,
    path: &str,
    root: &Root,
    file: Option<&ComponentFile>,
    offset: usize,
) -> Option<Hover> {
    let kind = root.analyses(path)?;
    let at = text::offset(super::place(source, offset));
    let subject = match kind {
        FileKind::Instructions => subject::at(&InstructionFile::read(source), path, root, at),
        FileKind::Config => config::at(source, at),
        FileKind::Code => maturity::in_code(source, path, root, at),
        FileKind::Spec | FileKind::Maturity | FileKind::Markdown => {
            file.and_then(|file| maturity::at(file, path, root, at))
        }
    };
    let mut findings = match file {
        Some(file) => file.diagnostics(source, path, root),
        None => crate::diagnostics(source, path, root),
    };
    findings.retain(|finding| finding.range.contains_inclusive(at));
    let range = match (&subject, findings.iter().map(|finding| finding.range).min_by_key(|r| r.len())) {
        (Some(subject), _) => subject.range,
        (None, Some(range)) => range,
        (None, None) => return None,
    };
    let mut parts: Vec<String> = subject.map(|subject| subject.markdown).into_iter().collect();
    parts.extend(rules::sections(&findings));
    Some(Hover { range, markdown: parts.join(SEPARATOR) })
}

#[cfg(test)]
mod maturity_tests;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::testing::{GITHUB, PATH, both, cursor, place, root};
    use expect_test::{Expect, expect};

    fn check_in(path: &str, root: &Root, fixture: &str, expected: &Expect) {
        let (text, at) = cursor(fixture);
        let shown = match both(&text, |source| hover(source, path, root, at)) {
            None => "nothing\n".to_owned(),
            Some(hover) => {
                format!("{} {:?}\n{}\n", place(&text, hover.range), &text[hover.range], hover.markdown)
            }
        };
        expected.assert_eq(&shown);
    }

    fn check(fixture: &str, expected: &Expect) {
        check_in(PATH, &root(), fixture, expected);
    }

    #[test]
    fn a_key_says_what_it_means_and_who_reads_it() {
        check(
            "---\napply$0To: '**'\ndescription: b\n---\n# T\n",
            &expect![[r#"
                1:0-1:7 "applyTo"
                `applyTo`: Which files the instructions apply to: one glob, several separated by commas, or a list of globs. **Required.**
            "#]],
        );
        check_in(
            GITHUB,
            &root(),
            "---\r\nname$0: b\r\n---\r\n# T\r\n",
            &expect![[r#"
            1:0-1:4 "name"
            `name`: The name shown in the editor; the file name where absent (VS Code). Optional.

            Read here by VS Code with GitHub Copilot.
        "#]],
        );
        check(
            "---\n$0tags: [a]\n---\n# T\n",
            &expect![[r#"
                1:0-1:4 "tags"
                `tags`: A list of words to find the file by. Optional.
            "#]],
        );
        check_in(
            ".augment/rules/x.md",
            &root(),
            "---\ntype: man$0ual\n---\n# T\n",
            &expect![[r#"
            1:6-1:12 "manual"
            `manual`: Augment attaches the file only where somebody names it with `@`.
        "#]],
        );
    }

    #[test]
    fn a_glob_names_the_first_files_it_matches() {
        check(
            "---\napplyTo: \"src/**, **/*.$0py\"\n---\n",
            &expect![[r#"
            1:18-1:25 "**/*.py"
            `**/*.py` matches 7 files of this workspace; the first 5:

            - `setup.py`
            - `src/app/a.py`
            - `src/app/b.py`
            - `tests/test_a.py`
            - `tests/test_b.py`
        "#]],
        );
        check(
            "---\napplyTo:\n  - 'docs/*.md$0'\n---\n",
            &expect![[r#"
            2:5-2:14 "docs/*.md"
            `docs/*.md` matches one file of this workspace:

            - `docs/guide.md`
        "#]],
        );
        check(
            "---\napplyTo: \"nowhere/**$0\"\n---\n",
            &expect![[r#"
                1:10-1:20 "nowhere/**"
                `nowhere/**` matches no file of this workspace.

                ---

                **instructions/unmatched-glob**: a glob that matches no file

                A glob that matches nothing is nearly always a folder that was renamed or misspelt: the instructions are never attached, and nobody is told.

                `stagegate explain instructions/unmatched-glob` says more.
            "#]],
        );
        check(
            "---\napplyTo: \"$0**\"\n---\n",
            &expect![[r#"
            1:10-1:12 "**"
            `**` matches 13 files of this workspace; the first 5:

            - `.github/workflows/ci.yml`
            - `README.md`
            - `docs/guide.md`
            - `setup.py`
            - `src/app/a.py`
        "#]],
        );
    }

    #[test]
    fn a_glob_that_vs_code_reads_differently_says_so() {
        check_in(
            GITHUB,
            &root(),
            "---\napplyTo: \"src/*$0.rs\"\n---\n",
            &expect![[r#"
            1:10-1:18 "src/*.rs"
            `src/*.rs` matches one file of this workspace:

            - `src/lib.rs`

            VS Code reads it as `**/src/*.rs`: below any folder, not only at the root of the workspace.
        "#]],
        );
        check_in(
            GITHUB,
            &root(),
            "---\napplyTo: \"/src$0/*.rs\"\n---\n",
            &expect![[r#"
                1:10-1:19 "/src/*.rs"
                `/src/*.rs` matches one file of this workspace:

                - `src/lib.rs`

                VS Code does not read it from the root of the workspace: write `src/*.rs`.

                ---

                **instructions/not-portable**: a value that one of the file's consumers ignores

                VS Code and Copilot silently ignore a list, and a glob that they read otherwise matches nothing: the instructions work in one tool and not in the other.

                `stagegate explain instructions/not-portable` says more.
            "#]],
        );
    }

    #[test]
    fn a_glob_without_an_answer_says_why() {
        check(
            "---\napplyTo: \"src/[z-a$0].py\"\n---\n",
            &expect![[r#"
                1:10-1:22 "src/[z-a].py"
                `src/[z-a].py` is not a valid glob: invalid range; 'z' \> 'a'.

                ---

                **instructions/invalid-glob**: a glob that cannot be read

                A glob that cannot be read matches nothing, so the instructions are never attached; the other globs of the same value are not affected, which hides the mistake.

                `stagegate explain instructions/invalid-glob` says more.
            "#]],
        );
        let unscanned = Root::default();
        check_in(
            PATH,
            &unscanned,
            "---\napplyTo: \"src/$0**\"\n---\n",
            &expect![[r#"
            1:10-1:16 "src/**"
            `src/**`: the workspace is still being scanned; which files it matches is not known yet.
        "#]],
        );
    }

    #[test]
    fn the_rule_of_a_finding_is_explained() {
        check(
            "---\napply$0to: '**'\ndescription: b\n---\n# T\n",
            &expect![[r#"
                1:0-1:7 "applyto"
                **instructions/unknown-key**: a key that no consumer knows

                A misspelt key is silently ignored: `applyto` attaches the instructions to nothing.

                `stagegate explain instructions/unknown-key` says more.
            "#]],
        );
        check(
            "-$0--\napplyTo: '**'\n\n# T\n",
            &expect![[r#"
                0:0-0:3 "---"
                **instructions/missing-field**: a required field is missing

                Without `applyTo` the instructions are attached to no file; without `description` an assistant cannot tell when they are of use. The incumbent's gate fails on either.

                `stagegate explain instructions/missing-field` says more.

                ---

                **instructions/unclosed-frontmatter**: the front matter is never closed

                Without the second fence there is no front matter: every key is read as text of the body, and the instructions are attached to nothing.

                `stagegate explain instructions/unclosed-frontmatter` says more.
            "#]],
        );
    }

    #[test]
    fn keys_and_rules_of_the_configuration_are_explained() {
        let check = |fixture, expected| check_in("stagegate.yaml", &root(), fixture, expected);
        check(
            "instructions:\n  min_char$0acters: 50\n",
            &expect![[r#"
            1:2-1:16 "min_characters"
            **`min_characters`**: an integer (at least 0 characters)

            Fewest characters of a body: `instructions/short-content`.


            Default: `100`
        "#]],
        );
        check(
            "rules:\r\n  instructions/unknown-$0key: error\r\n",
            &expect![[r#"
                1:2-1:26 "instructions/unknown-key"
                **instructions/unknown-key**: a key that no consumer knows

                A misspelt key is silently ignored: `applyto` attaches the instructions to nothing.

                `stagegate explain instructions/unknown-key` says more.
            "#]],
        );
        check(
            "instructions:\n  min_characters: 5$00\n",
            &expect![[r#"
            nothing
        "#]],
        );
    }

    #[test]
    fn elsewhere_there_is_nothing() {
        check(
            "---\napplyTo: '**'\ndescription: $0b\n---\n# T\n",
            &expect![[r#"
            nothing
        "#]],
        );
        check_in(
            "README.md",
            &root(),
            "---\napply$0To: '**'\n---\n",
            &expect![[r#"
            nothing
        "#]],
        );
    }
}
