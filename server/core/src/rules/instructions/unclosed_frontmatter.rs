//! `instructions/unclosed-frontmatter`.

use crate::diagnostic::{Fix, TextEdit};
use crate::frontmatter::{Head, MAX_FRONT_MATTER_BYTES};
use crate::rules::{RuleContext, declare_rule};
use crate::text::TextRange;

declare_rule! {
    /// ## What it checks
    /// The fence that opens the front matter is closed by another `---` alone on its line.
    ///
    /// ## Why it matters
    /// Without the second fence there is no front matter: every key is read as text of the body, and the
    /// instructions are attached to nothing.
    ///
    /// ## Example
    /// ```markdown
    /// ---
    /// applyTo: "src/**"
    /// description: "Rules for the sources"
    ///
    /// # Rules
    /// ```
    ///
    /// ## Fix
    /// `---` is added behind the last line that reads as front matter. Safe where everything before it is a
    /// well-formed mapping; otherwise for you to review.
    ///
    /// ## References
    /// 002, "Instruction Validation Gates": "Frontmatter must be present between `---` markers".
    UNCLOSED_FRONTMATTER = {
        code: "instructions/unclosed-frontmatter",
        summary: "the front matter is never closed",
        severity: Error,
        fix: Safe,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_>) {
    let Head::Unclosed(front_matter) = &cx.file.head else { return };
    let fences = &front_matter.fences;
    let at = fences.yaml.end();
    let before = cx.source.slice(usize::from(at) - 1, at.into());
    let line_end = front_matter.line_end();
    let lead = if before.ends_with(['\n', '\r']) { "" } else { line_end };
    let edit = TextEdit { range: TextRange::empty(at), new_text: format!("{lead}---{line_end}") };
    let readable = front_matter.problems.is_empty() && !front_matter.entries().is_empty();
    let safe = readable && !fences.truncated;
    let message = if fences.truncated {
        let limit = MAX_FRONT_MATTER_BYTES / 1024;
        format!("no closing fence was found within {limit} KiB; expected `---` alone on a line")
    } else {
        "the front matter is not closed; expected `---` alone on a line".to_owned()
    };
    let fix = Fix { title: "Close the front matter with `---`".to_owned(), safe, edits: vec![edit] };
    cx.report(&UNCLOSED_FRONTMATTER, fences.opening, message).field("frontmatter").fix(fix).done();
}

#[cfg(test)]
mod tests {
    use crate::instructions;
    use crate::rules::instructions::testing::{check, check_fixed, root};
    use crate::text::Source;
    use expect_test::expect;

    const RULE: &str = "instructions/unclosed-frontmatter";

    #[test]
    fn a_well_formed_mapping_is_closed_in_the_line_ends_of_the_file() {
        check(
            "---\r\napplyTo: a\r\n\r\n# T\r\n",
            RULE,
            &expect![[r#"
            0:0-0:3 error instructions/unclosed-frontmatter "---": the front matter is not closed; expected `---` alone on a line
              field: frontmatter
              safe fix: Close the front matter with `---`
                "---\r\napplyTo: a\r\n---\r\n\r\n# T\r\n"
        "#]],
        );
        check(
            "---\napplyTo: a",
            RULE,
            &expect![[r#"
            0:0-0:3 error instructions/unclosed-frontmatter "---": the front matter is not closed; expected `---` alone on a line
              field: frontmatter
              safe fix: Close the front matter with `---`
                "---\napplyTo: a\n---\n"
        "#]],
        );
    }

    #[test]
    fn what_does_not_read_well_is_left_to_review() {
        check(
            "---\n",
            RULE,
            &expect![[r#"
            0:0-0:3 error instructions/unclosed-frontmatter "---": the front matter is not closed; expected `---` alone on a line
              field: frontmatter
              review fix: Close the front matter with `---`
                "---\n---\n"
        "#]],
        );
        check(
            "---",
            RULE,
            &expect![[r#"
            0:0-0:3 error instructions/unclosed-frontmatter "---": the front matter is not closed; expected `---` alone on a line
              field: frontmatter
              review fix: Close the front matter with `---`
                "---\n---\n"
        "#]],
        );
        check(
            "---\napplyTo: [a\n\n# T\n",
            RULE,
            &expect![[r#"
            0:0-0:3 error instructions/unclosed-frontmatter "---": the front matter is not closed; expected `---` alone on a line
              field: frontmatter
              review fix: Close the front matter with `---`
                "---\napplyTo: [a\n---\n\n# T\n"
        "#]],
        );
    }

    #[test]
    fn other_rules_run_on_what_was_read() {
        check(
            "---\napplyto: **\n\n# T\n",
            "*",
            &expect![[r##"
                0:0-0:3 error instructions/missing-field "---": the required field `applyTo` is missing
                  field: applyTo
                  related 1:0-1:7: `applyto` stands here; `applyTo` was expected
                  safe fix: Rename `applyto` to `applyTo`
                    "---\napplyTo: **\n\n# T\n"
                0:0-0:3 error instructions/missing-field "---": the required field `description` is missing
                  field: description
                  help: say what it is about: `description: "..."`
                  review fix: Add `description: "T"`
                    "---\napplyto: **\ndescription: \"T\"\n\n# T\n"
                0:0-0:3 error instructions/unclosed-frontmatter "---": the front matter is not closed; expected `---` alone on a line
                  field: frontmatter
                  review fix: Close the front matter with `---`
                    "---\napplyto: **\n---\n\n# T\n"
                1:0-1:7 warning instructions/unknown-key "applyto": unknown key `applyto`; expected `applyTo`
                  field: applyTo
                  safe fix: Rename `applyto` to `applyTo`
                    "---\napplyTo: **\n\n# T\n"
                1:9-1:11 error instructions/invalid-yaml "**": invalid YAML: `**` refers to an anchor that does not exist; text that starts with `*` needs quotes
                  field: frontmatter
                  safe fix: Quote the value: `"**"`
                    "---\napplyto: \"**\"\n\n# T\n"
                3:0-3:3 warning instructions/short-content "# T": the body has 3 characters; expected at least 100
            "##]],
        );
        check_fixed(
            "---\napplyto: **\ndescription: b\n# T\n",
            &expect![[r#"
                ---
                applyTo: "**"
                description: b
                ---
                # T
            "#]],
        );
    }

    #[test]
    fn a_search_that_was_given_up_says_so() {
        let text = format!("---\napplyTo: a\nx: {}\n---\n", "x".repeat(70_000));
        let findings = instructions::diagnostics(Source::Str(&text), "x.instructions.md", &root());
        let finding = findings.iter().find(|d| d.rule.code == RULE).unwrap();
        assert!(finding.message.contains("within 64 KiB"), "{}", finding.message);
        assert!(!finding.fix.as_ref().unwrap().safe);
    }

    #[test]
    fn closed_front_matter_is_fine() {
        check("---\na: 1\n--- \n", RULE, &expect![[""]]);
        check("text\n", RULE, &expect![[""]]);
    }
}
