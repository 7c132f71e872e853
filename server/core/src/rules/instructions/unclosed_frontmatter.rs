//! `instructions/unclosed-frontmatter`.

use crate::diagnostic::{Fix, TextEdit};
use crate::frontmatter::yaml::{Entry, ScalarType};
use crate::frontmatter::{Head, MAX_FRONT_MATTER_BYTES, is_almost_fence};
use crate::instructions::{KNOWN_KEYS, near_miss};
use crate::rules::{RuleContext, declare_rule};
use crate::text::{Source, TextRange, offset};

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
    /// `---` is added behind the last line that reads as front matter: before the first blank line, unless a known key
    /// follows it. Safe where all that stands before it is a well-formed mapping of known keys; otherwise for you to
    /// review, as is `-----`, `...` or an indented `---` that becomes the fence.
    ///
    /// A `---` further down closes nothing where the text up to it is no YAML, but is up to the first heading.
    ///
    /// ## References
    /// Requirement 002, "Instruction Validation Gates": "Frontmatter must be present between `---` markers".
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
    let (_, next) = cx.source.line_at(at.into());
    let almost = next.trim_end_matches(['\n', '\r']);
    let almost = before.ends_with(['\n', '\r']).then_some(almost).filter(|line| is_almost_fence(line));
    let (title, edit) = if let Some(line) = almost {
        let range = TextRange::at(at, offset(line.len()));
        let title = format!("Replace `{}` by `---`", line.trim());
        (title, TextEdit { range, new_text: "---".to_owned() })
    } else {
        let lead = if before.ends_with(['\n', '\r']) { "" } else { line_end };
        let new_text = format!("{lead}---{line_end}");
        let title = "Close the front matter with `---`".to_owned();
        (title, TextEdit { range: TextRange::empty(at), new_text })
    };
    let known = &cx.root.config.instructions.known_keys;
    let certain = almost.is_none()
        && fences.stray.is_none()
        && !fences.truncated
        && front_matter.problems.is_empty()
        && !front_matter.entries().is_empty()
        && front_matter.entries().iter().all(|entry| is_expected(entry, known))
        && Source::Str(front_matter.text.trim()).lines_from(0).all(|(_, line)| !line.trim().is_empty());
    let message = if fences.truncated {
        let limit = MAX_FRONT_MATTER_BYTES / 1024;
        format!("no closing fence was found within {limit} KiB; expected `---` alone on a line")
    } else if let Some(stray) = fences.stray {
        let line = cx.source.lines_from(0).take_while(|(start, _)| *start <= stray.start().into()).count();
        format!(
            "the front matter is not closed before the text; the `---` on line {line} comes behind the text and closes nothing"
        )
    } else if let Some(line) = almost {
        format!("the front matter is not closed; expected `---` alone on a line where `{line}` stands")
    } else {
        "the front matter is not closed; expected `---` alone on a line".to_owned()
    };
    let fix = Fix { title, safe: certain, edits: vec![edit] };
    let finding = cx.report(&UNCLOSED_FRONTMATTER, fences.opening, message).field("frontmatter").fix(fix);
    match fences.stray {
        Some(stray) => finding.related(stray, "this `---` is read as part of the text").done(),
        None => finding.done(),
    }
}

/// Whether an entry certainly belongs to front matter: a key that is known, or nearly, with a value.
fn is_expected(entry: &Entry, known: &[String]) -> bool {
    let Some(key) = entry.key.as_str() else { return false };
    let named = KNOWN_KEYS.iter().any(|k| k.name == key)
        || known.iter().any(|k| k == key)
        || near_miss(key, known).is_some();
    named && entry.value.scalar_type() != Some(ScalarType::Null)
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
                1:9-1:11 error instructions/invalid-yaml "**": invalid YAML: text that starts with `*` needs quotes
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
    fn text_of_the_body_stays_in_the_body() {
        check(
            "---\napplyTo: \"src/**\"\ndescription: \"x\"\n\nNote: this is body\nWarning: also\n\n# Rules\n",
            RULE,
            &expect![[r#"
                0:0-0:3 error instructions/unclosed-frontmatter "---": the front matter is not closed; expected `---` alone on a line
                  field: frontmatter
                  safe fix: Close the front matter with `---`
                    "---\napplyTo: \"src/**\"\ndescription: \"x\"\n---\n\nNote: this is body\nWarning: also\n\n# Rules\n"
            "#]],
        );
        check(
            "---\napplyTo: \"src/**\"\nNote: this is body\n\n# Rules\n",
            RULE,
            &expect![[r#"
            0:0-0:3 error instructions/unclosed-frontmatter "---": the front matter is not closed; expected `---` alone on a line
              field: frontmatter
              review fix: Close the front matter with `---`
                "---\napplyTo: \"src/**\"\nNote: this is body\n---\n\n# Rules\n"
        "#]],
        );
        check(
            "---\napplyTo:\n\n# Rules\n",
            RULE,
            &expect![[r#"
            0:0-0:3 error instructions/unclosed-frontmatter "---": the front matter is not closed; expected `---` alone on a line
              field: frontmatter
              review fix: Close the front matter with `---`
                "---\napplyTo:\n---\n\n# Rules\n"
        "#]],
        );
        check(
            "---\napplyTo: a\n\ndescription: b\n",
            RULE,
            &expect![[r#"
            0:0-0:3 error instructions/unclosed-frontmatter "---": the front matter is not closed; expected `---` alone on a line
              field: frontmatter
              review fix: Close the front matter with `---`
                "---\napplyTo: a\n\ndescription: b\n---\n"
        "#]],
        );
    }

    #[test]
    fn a_line_that_is_almost_a_fence_becomes_one() {
        for line in ["-----", "----", "...", " ---", "--"] {
            let text = format!("---\r\napplyTo: \"src/**\"\r\ndescription: d\r\n{line}\r\n# Rules\r\n");
            let findings = instructions::diagnostics(Source::Str(&text), "x.instructions.md", &root());
            let finding = findings.iter().find(|d| d.rule.code == RULE).unwrap();
            let fix = finding.fix.as_ref().unwrap();
            assert!(!fix.safe);
            let fixed = crate::diagnostic::apply_edits(&text, &fix.edits);
            assert_eq!(fixed, text.replacen(&format!("\n{line}\r"), "\n---\r", 1));
            assert!(finding.message.contains(&format!("`{line}`")), "{}", finding.message);
        }
    }

    #[test]
    fn a_fence_behind_the_text_closes_nothing() {
        check(
            "---\napplyTo: \"src/**\"\ndescription: \"x\"\n\n# Rules\n\ntext\n\n---\n\nmore text\n",
            "*",
            &expect![[r##"
                0:0-0:3 error instructions/unclosed-frontmatter "---": the front matter is not closed before the text; the `---` on line 9 comes behind the text and closes nothing
                  field: frontmatter
                  related 8:0-8:3: this `---` is read as part of the text
                  review fix: Close the front matter with `---`
                    "---\napplyTo: \"src/**\"\ndescription: \"x\"\n---\n\n# Rules\n\ntext\n\n---\n\nmore text\n"
                4:0-4:7 warning instructions/short-content "# Rules": the body has 29 characters; expected at least 100
            "##]],
        );
        check(
            "---\napplyTo: \"src/**\"\n\n# all\n\ndescription: \"x\"\n---\n\nmore text\n",
            RULE,
            &expect![[""]],
        );
        check("---\napplyTo: \"src/**\"\n\n# all\n\nx: *y\n---\n\nmore text\n", RULE, &expect![[""]]);
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
