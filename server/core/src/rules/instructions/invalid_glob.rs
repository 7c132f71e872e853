//! `instructions/invalid-glob`.

use crate::instructions::APPLY_TO;
use crate::rules::{RuleContext, declare_rule};

declare_rule! {
    /// ## What it checks
    /// Every glob of `applyTo` can be read: brackets and braces are closed, ranges go upwards.
    ///
    /// ## Why it matters
    /// A glob that cannot be read matches nothing, so the instructions are never attached; the other globs of the
    /// same value are not affected, which hides the mistake.
    ///
    /// ## Example
    /// ```markdown
    /// ---
    /// applyTo: "src/**, **/*.{ts,tsx"
    /// ---
    /// ```
    ///
    /// ## Fix
    /// None. The message says what is wrong with the one glob that is underlined.
    ///
    /// ## References
    /// requirement 002, "Field Type Validation": "`applyTo`: Must be string or list of strings (glob patterns)".
    INVALID_GLOB = {
        code: "instructions/invalid-glob",
        summary: "a glob that cannot be read",
        severity: Error,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_>) {
    for item in &cx.file.apply_to.globs {
        let Err(error) = &item.glob else { continue };
        if item.pattern.is_empty() {
            continue; // empty-field says so.
        }
        let pattern = &item.pattern;
        cx.report(&INVALID_GLOB, item.range, format!("`{pattern}` is not a valid glob: {error}"))
            .field(APPLY_TO)
            .help("expected `*`, `?`, `**`, `[a-z]` or `{a,b}`, with every bracket closed; `\\` escapes")
            .done();
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::instructions::testing::check;
    use expect_test::expect;

    const RULE: &str = "instructions/invalid-glob";

    #[test]
    fn only_the_broken_segment_is_underlined() {
        check(
            "---\napplyTo: \"src/**, x[z-a], ok\"\n---\n",
            RULE,
            &expect![[r#"
            1:18-1:24 error instructions/invalid-glob "x[z-a]": `x[z-a]` is not a valid glob: invalid range; 'z' > 'a'
              field: applyTo
              help: expected `*`, `?`, `**`, `[a-z]` or `{a,b}`, with every bracket closed; `\` escapes
        "#]],
        );
        check(
            "---\r\napplyTo:\r\n  - 'a{b,c'\r\n  - d}\r\n  - 'e[f'\r\n---\r\n",
            RULE,
            &expect![[r#"
                2:5-2:8 error instructions/invalid-glob "a{b": `a{b` is not a valid glob: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
                  field: applyTo
                  help: expected `*`, `?`, `**`, `[a-z]` or `{a,b}`, with every bracket closed; `\` escapes
                3:4-3:6 error instructions/invalid-glob "d}": `d}` is not a valid glob: unopened alternate group; missing '{' (maybe escape '}' with '[}]'?)
                  field: applyTo
                  help: expected `*`, `?`, `**`, `[a-z]` or `{a,b}`, with every bracket closed; `\` escapes
                4:5-4:8 error instructions/invalid-glob "e[f": `e[f` is not a valid glob: unclosed character class; missing ']'
                  field: applyTo
                  help: expected `*`, `?`, `**`, `[a-z]` or `{a,b}`, with every bracket closed; `\` escapes
            "#]],
        );
        check(
            "---\napplyTo: 'a\\'\n---\n",
            RULE,
            &expect![[r#"
            1:10-1:12 error instructions/invalid-glob "a\\": `a\` is not a valid glob: dangling '\'
              field: applyTo
              help: expected `*`, `?`, `**`, `[a-z]` or `{a,b}`, with every bracket closed; `\` escapes
        "#]],
        );
    }

    #[test]
    fn an_unclosed_bracket_ends_at_the_next_comma() {
        check(
            "---\napplyTo: \"x[a, src/{b,c}/**, d{e, f\"\n---\n",
            RULE,
            &expect![[r#"
            1:10-1:13 error instructions/invalid-glob "x[a": `x[a` is not a valid glob: unclosed character class; missing ']'
              field: applyTo
              help: expected `*`, `?`, `**`, `[a-z]` or `{a,b}`, with every bracket closed; `\` escapes
            1:29-1:32 error instructions/invalid-glob "d{e": `d{e` is not a valid glob: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
              field: applyTo
              help: expected `*`, `?`, `**`, `[a-z]` or `{a,b}`, with every bracket closed; `\` escapes
        "#]],
        );
    }

    #[test]
    fn a_pattern_longer_than_any_path_is_refused() {
        let text = format!("---\napplyTo: {}\n---\n", "a/".repeat(3000));
        let findings = crate::instructions::diagnostics(
            crate::text::Source::Str(&text),
            "x.instructions.md",
            &crate::workspace::Root::default(),
        );
        let finding = findings.iter().find(|d| d.rule.code == RULE).unwrap();
        assert!(finding.message.ends_with("longer than 4096 bytes"), "{}", finding.message.len());
    }

    #[test]
    fn braces_classes_and_empty_segments_are_no_invalid_globs() {
        check("---\napplyTo: '**/*.{ts,tsx}, [ab]/[!c]*, .github/**, , {a,}b'\n---\n", RULE, &expect![[""]]);
    }
}
