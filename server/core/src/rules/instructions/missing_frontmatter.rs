//! `instructions/missing-frontmatter`.

use super::edit::proposed_description;
use crate::diagnostic::{Fix, TextEdit};
use crate::frontmatter::Head;
use crate::rules::{RuleContext, declare_rule};
use crate::text::range;

/// How much of the file is looked at for its first line; a longer one is underlined up to here.
const FIRST_LOOK_BYTES: usize = 1024;

declare_rule! {
    /// ## What it checks
    /// The first line of the file is `---`: the file starts with front matter.
    ///
    /// ## Why it matters
    /// Without front matter nothing says which files the instructions are for, so no tool attaches them. The
    /// incumbent's gate fails. A `---` further down is a thematic break to every consumer.
    ///
    /// ## Example
    /// ```markdown
    /// # Testing rules
    ///
    /// Write tests first.
    /// ```
    ///
    /// ## Fix
    /// A front matter block is added at the start, with `applyTo` for all files and the first heading as
    /// `description`. Never applied on its own: only you know which files are meant.
    ///
    /// ## References
    /// 002, "Instruction Validation Gates": "Frontmatter must be present between `---` markers".
    MISSING_FRONTMATTER = {
        code: "instructions/missing-frontmatter",
        summary: "the file does not start with front matter",
        severity: Error,
        fix: Review,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_>) {
    if !matches!(cx.file.head, Head::Missing) {
        return;
    }
    let start = cx.file.body_start;
    let look = cx.source.slice(start, start + FIRST_LOOK_BYTES);
    let line = look.split(['\n', '\r']).next().unwrap_or_default();
    let line_end = match &look[line.len()..] {
        rest if rest.starts_with("\r\n") => "\r\n",
        rest if rest.starts_with('\r') => "\r",
        _ => "\n",
    };
    let mut lines = vec!["---".to_owned(), "applyTo: \"**\"".to_owned()];
    lines.extend(proposed_description(cx).map(|description| format!("description: {description}")));
    lines.extend(["---".to_owned(), String::new()]);
    let edit = TextEdit { range: range(start, start), new_text: lines.join(line_end) };
    let fix = Fix { title: "Add front matter".to_owned(), safe: false, edits: vec![edit] };
    cx.report(
        &MISSING_FRONTMATTER,
        range(start, start + line.len()),
        "the file has no front matter; expected `---` as its first line",
    )
    .field("frontmatter")
    .help("start the file with `---`, `applyTo: \"...\"`, `description: \"...\"`, `---`")
    .fix(fix)
    .done();
}

#[cfg(test)]
mod tests {
    use crate::rules::instructions::testing::check;
    use expect_test::expect;

    const RULE: &str = "instructions/missing-frontmatter";

    #[test]
    fn a_block_is_proposed_from_the_first_heading() {
        check(
            "text\n\n# A \"b\"\n",
            RULE,
            &expect![[r#"
            0:0-0:4 error instructions/missing-frontmatter "text": the file has no front matter; expected `---` as its first line
              field: frontmatter
              help: start the file with `---`, `applyTo: "..."`, `description: "..."`, `---`
              review fix: Add front matter
                "---\napplyTo: \"**\"\ndescription: \"A \\\"b\\\"\"\n---\ntext\n\n# A \"b\"\n"
        "#]],
        );
        check(
            "\u{feff}# T\r\n",
            RULE,
            &expect![[r##"
            0:1-0:4 error instructions/missing-frontmatter "# T": the file has no front matter; expected `---` as its first line
              field: frontmatter
              help: start the file with `---`, `applyTo: "..."`, `description: "..."`, `---`
              review fix: Add front matter
                "\u{feff}---\r\napplyTo: \"**\"\r\ndescription: \"T\"\r\n---\r\n# T\r\n"
        "##]],
        );
    }

    #[test]
    fn without_a_heading_the_description_is_left_to_the_author() {
        check(
            "",
            RULE,
            &expect![[r#"
            0:0-0:0 error instructions/missing-frontmatter "": the file has no front matter; expected `---` as its first line
              field: frontmatter
              help: start the file with `---`, `applyTo: "..."`, `description: "..."`, `---`
              review fix: Add front matter
                "---\napplyTo: \"**\"\n---\n"
        "#]],
        );
        check(
            "-----\n#\n",
            RULE,
            &expect![[r#"
            0:0-0:5 error instructions/missing-frontmatter "-----": the file has no front matter; expected `---` as its first line
              field: frontmatter
              help: start the file with `---`, `applyTo: "..."`, `description: "..."`, `---`
              review fix: Add front matter
                "---\napplyTo: \"**\"\n---\n-----\n#\n"
        "#]],
        );
    }

    #[test]
    fn front_matter_that_is_broken_or_empty_is_not_missing() {
        check("---\n---\n", RULE, &expect![[""]]);
        check("---\na: 1\n", RULE, &expect![[""]]);
    }
}
