//! `instructions/no-headings`.

use crate::rules::{RuleContext, declare_rule};
use crate::text::range;

declare_rule! {
    /// ## What it checks
    /// The body has at least one heading.
    ///
    /// ## Why it matters
    /// Assistants find what they need by headings, and people read by them; one block of text is followed less.
    ///
    /// ## Example
    /// ```markdown
    /// ---
    /// applyTo: "src/**"
    /// description: "Rules"
    /// ---
    /// Use type hints. Write docstrings. ...
    /// ```
    ///
    /// ## Fix
    /// None. Give each topic a `##` heading.
    ///
    /// ## References
    /// requirement 002, "Content Structure Validation": "Markdown headers recommended (`##` sections)".
    NO_HEADINGS = {
        code: "instructions/no-headings",
        summary: "the body has no heading",
        severity: Warning,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_>) {
    let start = cx.file.body_start;
    if crate::markdown::headings(cx.source, start).next().is_some() {
        return;
    }
    let first = cx.source.lines_from(start).find(|(_, line)| !line.trim().is_empty());
    let Some((at, line)) = first else { return }; // short-content says it.
    let lead = line.len() - line.trim_start().len();
    let place = range(at + lead, at + line.trim_end().len());
    cx.report(&NO_HEADINGS, place, "the body has no heading; expected at least one, such as `## Rules`")
        .done();
}

#[cfg(test)]
mod tests {
    use crate::rules::instructions::testing::check;
    use expect_test::expect;

    const RULE: &str = "instructions/no-headings";

    #[test]
    fn the_first_line_with_text_is_underlined() {
        check(
            "---\r\na: 1\r\n---\r\n\r\n  text \r\nmore\r\n```\r\n# code\r\n```\r\n",
            RULE,
            &expect![[r#"
            4:2-4:6 warning instructions/no-headings "text": the body has no heading; expected at least one, such as `## Rules`
        "#]],
        );
        check(
            "text\n",
            RULE,
            &expect![[r#"
            0:0-0:4 warning instructions/no-headings "text": the body has no heading; expected at least one, such as `## Rules`
        "#]],
        );
    }

    #[test]
    fn any_heading_will_do_and_a_blank_body_is_for_another_rule() {
        check("---\na: 1\n---\ntext\n\n#### Deep\n", RULE, &expect![[""]]);
        check("---\na: 1\n---\nTitle\n===\n", RULE, &expect![[""]]);
        check("---\na: 1\n---\n \n\n", RULE, &expect![[""]]);
    }
}
