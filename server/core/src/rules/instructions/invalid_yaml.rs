//! `instructions/invalid-yaml`.

mod mend;

use rustc_hash::FxHashSet;

use super::edit::Quote;
use crate::diagnostic::Fix;
use crate::frontmatter::FrontMatter;
use crate::frontmatter::yaml::ProblemKind;
use crate::rules::{RuleContext, declare_rule};

declare_rule! {
    /// ## What it checks
    /// The front matter is YAML. Each entry is read on its own, so one broken entry hides no other.
    ///
    /// ## Why it matters
    /// Consumers give up on the whole block at the first error: neither `applyTo` nor `description` is seen.
    ///
    /// ## Example
    /// ```markdown
    /// ---
    /// applyTo: **/*.py
    /// description: Use: colons
    /// ---
    /// ```
    ///
    /// A leading `*` is a reference in YAML, and `: ` starts a mapping.
    ///
    /// ## Fix
    /// Where quotes mend it, the value (or each item that needs them) is quoted; comments stay outside. Safe,
    /// because it is offered only when the entry reads well afterwards. Where quotes break each other, the outer ones
    /// change: `"["a", "b"]"` becomes `'["a", "b"]'`.
    ///
    /// ## References
    /// 002, "YAML Frontmatter Validation": "Must be valid YAML syntax"; YAML 1.2.2, section 7.3.3 "Plain Style".
    INVALID_YAML = {
        code: "instructions/invalid-yaml",
        summary: "the front matter is not valid YAML",
        severity: Error,
        fix: Safe,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_>) {
    let Some(front_matter) = cx.file.head.front_matter() else { return };
    if front_matter.problems.is_empty() {
        return;
    }
    let anchors = anchors(&front_matter.text);
    let is_anchor = |name: &str| anchors.contains(name);
    let quote = Quote::of(front_matter);
    let mut last_entry = None;
    for problem in &front_matter.problems {
        if problem.kind != ProblemKind::Syntax {
            continue;
        }
        // When entries are read one by one, a reference to an anchor in another entry is no mistake.
        if front_matter.slice(problem.range).strip_prefix('*').is_some_and(is_anchor) {
            continue;
        }
        let fix = if last_entry == Some(problem.entry) {
            None
        } else {
            fix(front_matter, problem.entry, quote, &is_anchor)
        };
        last_entry = Some(problem.entry);
        cx.report(&INVALID_YAML, problem.range, format!("invalid YAML: {}", problem.message))
            .field("frontmatter")
            .fix(fix)
            .done();
    }
}

/// Returns the fix that quotes what needs quotes in one top-level entry.
fn fix(
    front_matter: &FrontMatter,
    entry: crate::text::TextRange,
    quote: Quote,
    is_anchor: &dyn Fn(&str) -> bool,
) -> Option<Fix> {
    let edits = mend::mend(front_matter.slice(entry), entry.start().into(), quote, is_anchor)?;
    let title = match &edits[..] {
        [edit] => format!("Quote the value: `{}`", edit.new_text),
        edits => format!("Quote {} values", edits.len()),
    };
    Some(Fix { title, safe: true, edits })
}

/// Returns the names of all anchors (`&name`) in `text`.
fn anchors(text: &str) -> FxHashSet<&str> {
    let names = text.split('&').skip(1);
    names
        .map(|rest| rest.split(|c: char| c.is_whitespace() || ",[]{}".contains(c)).next().unwrap_or_default())
        .filter(|name| !name.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::rules::instructions::testing::{check, check_fixed};
    use expect_test::expect;

    const RULE: &str = "instructions/invalid-yaml";

    #[test]
    fn unquoted_globs_and_colons_are_quoted() {
        check(
            "---\r\napplyTo: **/*.py # all\r\ndescription: Use: colons\r\n---\r\n",
            RULE,
            &expect![[r#"
            1:9-1:16 error instructions/invalid-yaml "**/*.py": invalid YAML: `**/*.py` refers to an anchor that does not exist; text that starts with `*` needs quotes
              field: frontmatter
              safe fix: Quote the value: `"**/*.py"`
                "---\r\napplyTo: \"**/*.py\" # all\r\ndescription: Use: colons\r\n---\r\n"
            2:16-2:24 error instructions/invalid-yaml ": colons": invalid YAML: mapping values are not allowed in this context
              field: frontmatter
              safe fix: Quote the value: `"Use: colons"`
                "---\r\napplyTo: **/*.py # all\r\ndescription: \"Use: colons\"\r\n---\r\n"
        "#]],
        );
        check(
            "---\napplyTo: *\n---\n",
            RULE,
            &expect![[r#"
            1:9-1:10 error instructions/invalid-yaml "*": invalid YAML: while scanning an anchor or alias, did not find expected alphabetic or numeric character
              field: frontmatter
              safe fix: Quote the value: `"*"`
                "---\napplyTo: \"*\"\n---\n"
        "#]],
        );
        check(
            "---\napplyTo: {src,tests}/**\ndescription: @me: \"a\"\nx: 'y'\n---\n",
            RULE,
            &expect![[r#"
            1:20-1:23 error instructions/invalid-yaml "/**": invalid YAML: while parsing a block mapping, did not find expected key
              field: frontmatter
              safe fix: Quote the value: `'{src,tests}/**'`
                "---\napplyTo: '{src,tests}/**'\ndescription: @me: \"a\"\nx: 'y'\n---\n"
            2:13-2:21 error instructions/invalid-yaml "@me: \"a\"": invalid YAML: unexpected character: `@'
              field: frontmatter
              safe fix: Quote the value: `'@me: "a"'`
                "---\napplyTo: {src,tests}/**\ndescription: '@me: \"a\"'\nx: 'y'\n---\n"
        "#]],
        );
    }

    #[test]
    fn lists_are_mended_as_a_whole() {
        check(
            "---\napplyTo:\n  - **/*.py # a\n  - *.ts\n  - \"ok\"\n  - src/**\n---\n",
            RULE,
            &expect![[r#"
                2:4-2:11 error instructions/invalid-yaml "**/*.py": invalid YAML: `**/*.py` refers to an anchor that does not exist; text that starts with `*` needs quotes
                  field: frontmatter
                  safe fix: Quote 2 values
                    "---\napplyTo:\n  - \"**/*.py\" # a\n  - \"*.ts\"\n  - \"ok\"\n  - src/**\n---\n"
                3:4-3:8 error instructions/invalid-yaml "*.ts": invalid YAML: `*.ts` refers to an anchor that does not exist; text that starts with `*` needs quotes
                  field: frontmatter
            "#]],
        );
        check(
            "---\napplyTo: [**/*.py, 'x', src/*.{ts,tsx}, *.ts] # b\ndescription: d\n---\n",
            RULE,
            &expect![[r#"
                1:30-1:49 error instructions/invalid-yaml "{ts,tsx}, *.ts] # b": invalid YAML: while parsing a flow sequence, expected ',' or ']'
                  field: frontmatter
                  safe fix: Quote 3 values
                    "---\napplyTo: [\"**/*.py\", 'x', \"src/*.{ts,tsx}\", \"*.ts\"] # b\ndescription: d\n---\n"
            "#]],
        );
        check(
            "---\napplyTo: [\n  **/*.py,\n  \"a\"\n]\n---\n",
            RULE,
            &expect![[r#"
            2:2-2:9 error instructions/invalid-yaml "**/*.py": invalid YAML: `**/*.py` refers to an anchor that does not exist; text that starts with `*` needs quotes
              field: frontmatter
              safe fix: Quote the value: `"**/*.py"`
                "---\napplyTo: [\n  \"**/*.py\",\n  \"a\"\n]\n---\n"
        "#]],
        );
        check(
            "---\napplyTo:\n  - pattern: **/*.py\n---\n",
            RULE,
            &expect![[r#"
            2:13-2:20 error instructions/invalid-yaml "**/*.py": invalid YAML: `**/*.py` refers to an anchor that does not exist; text that starts with `*` needs quotes
              field: frontmatter
              safe fix: Quote the value: `"**/*.py"`
                "---\napplyTo:\n  - pattern: \"**/*.py\"\n---\n"
        "#]],
        );
    }

    #[test]
    fn quotes_inside_of_quotes_change_the_outer_ones() {
        check(
            "---\na: \"[\"x\", \"y\"]\" # c\nb: 'don't'\nc: \"src\\**\"\n---\n",
            RULE,
            &expect![[r#"
            1:6-1:19 error instructions/invalid-yaml "x\", \"y\"]\" # c": invalid YAML: invalid trailing content after double-quoted scalar
              field: frontmatter
              safe fix: Quote the value: `'["x", "y"]'`
                "---\na: '[\"x\", \"y\"]' # c\nb: 'don't'\nc: \"src\\**\"\n---\n"
            2:8-2:10 error instructions/invalid-yaml "t'": invalid YAML: invalid trailing content after single-quoted scalar
              field: frontmatter
              safe fix: Quote the value: `"don't"`
                "---\na: \"[\"x\", \"y\"]\" # c\nb: \"don't\"\nc: \"src\\**\"\n---\n"
            3:3-3:11 error instructions/invalid-yaml "\"src\\**\"": invalid YAML: while parsing a quoted scalar, found unknown escape character
              field: frontmatter
              safe fix: Quote the value: `'src\**'`
                "---\na: \"[\"x\", \"y\"]\" # c\nb: 'don't'\nc: 'src\\**'\n---\n"
        "#]],
        );
        check(
            "---\na: \"x\" and y\nb: 'say \"don't\"'\n---\n",
            RULE,
            &expect![[r#"
            1:7-1:12 error instructions/invalid-yaml "and y": invalid YAML: invalid trailing content after double-quoted scalar
              field: frontmatter
              safe fix: Quote the value: `'"x" and y'`
                "---\na: '\"x\" and y'\nb: 'say \"don't\"'\n---\n"
            2:13-2:16 error instructions/invalid-yaml "t\"'": invalid YAML: invalid trailing content after single-quoted scalar
              field: frontmatter
              safe fix: Quote the value: `'say "don''t"'`
                "---\na: \"x\" and y\nb: 'say \"don''t\"'\n---\n"
        "#]],
        );
    }

    #[test]
    fn the_quotes_of_the_file_are_kept() {
        check(
            "---\nx: 'a'\napplyTo: **/*.py\n---\n",
            RULE,
            &expect![[r#"
            2:9-2:16 error instructions/invalid-yaml "**/*.py": invalid YAML: `**/*.py` refers to an anchor that does not exist; text that starts with `*` needs quotes
              field: frontmatter
              safe fix: Quote the value: `'**/*.py'`
                "---\nx: 'a'\napplyTo: '**/*.py'\n---\n"
        "#]],
        );
    }

    #[test]
    fn what_quotes_do_not_mend_has_no_fix() {
        check(
            "---\na: [1\nb: \"x\nc:\n\t- y\nd: {a\ne: \"a\\\\b\"c\"\n---\n",
            RULE,
            &expect![[r#"
            1:3-1:5 error instructions/invalid-yaml "[1": invalid YAML: unclosed bracket '['
              field: frontmatter
            2:4-2:5 error instructions/invalid-yaml "x": invalid YAML: invalid indentation in multiline quoted scalar
              field: frontmatter
            4:1-4:4 error instructions/invalid-yaml "- y": invalid YAML: tabs disallowed within this context (block indentation)
              field: frontmatter
            5:3-5:5 error instructions/invalid-yaml "{a": invalid YAML: unclosed bracket '{'
              field: frontmatter
            6:9-6:11 error instructions/invalid-yaml "c\"": invalid YAML: invalid trailing content after double-quoted scalar
              field: frontmatter
        "#]],
        );
        check(
            "---\na: 1\n--- b\n---\n",
            RULE,
            &expect![[r#"
            2:0-2:3 error instructions/invalid-yaml "---": invalid YAML: a second document starts here; expected one
              field: frontmatter
        "#]],
        );
        check(
            "---\na: x\n  b: y\n---\n",
            RULE,
            &expect![[r#"
            2:3-2:6 error instructions/invalid-yaml ": y": invalid YAML: mapping values are not allowed in this context
              field: frontmatter
        "#]],
        );
    }

    #[test]
    fn several_strings_are_not_made_one() {
        check(
            "---\na: \"x\", \"y\"\nb: 'x' 'y'\nc:\n  - \"x\",\n  - \"y\"\n---\n",
            RULE,
            &expect![[r#"
            1:6-1:11 error instructions/invalid-yaml ", \"y\"": invalid YAML: invalid trailing content after double-quoted scalar
              field: frontmatter
            2:7-2:10 error instructions/invalid-yaml "'y'": invalid YAML: invalid trailing content after single-quoted scalar
              field: frontmatter
            4:7-4:8 error instructions/invalid-yaml ",": invalid YAML: invalid trailing content after double-quoted scalar
              field: frontmatter
        "#]],
        );
    }

    #[test]
    fn common_forms() {
        check_fixed(
            "---\r\napplyTo: **/*.ts,**/*.tsx\r\ndescription: It's \"x\": y # z\r\n---\r\n",
            &expect![[r#"
                ---\r
                applyTo: "**/*.ts,**/*.tsx"\r
                description: 'It''s "x": y' # z\r
                ---\r
            "#]],
        );
        check_fixed(
            "---\napplyTo: *.py, *.ts # both\ndescription: `code` first\n---\n",
            &expect![[r#"
            ---
            applyTo: "*.py, *.ts" # both
            description: "`code` first"
            ---
        "#]],
        );
        check_fixed(
            "---\r\napplyTo:\r\n- *.py\r\n- src/**\r\ndescription: \"a\\d: b\"\r\n---\r\n",
            &expect![[r#"
                ---\r
                applyTo:\r
                - "*.py"\r
                - src/**\r
                description: 'a\d: b'\r
                ---\r
            "#]],
        );
    }

    #[test]
    fn lines_of_a_block_scalar_are_left_alone() {
        check(
            "---\na:\n  - |\n    *x: y: z\n  - *q\n---\n",
            RULE,
            &expect![[r#"
            4:4-4:6 error instructions/invalid-yaml "*q": invalid YAML: `*q` refers to an anchor that does not exist; text that starts with `*` needs quotes
              field: frontmatter
              safe fix: Quote the value: `"*q"`
                "---\na:\n  - |\n    *x: y: z\n  - \"*q\"\n---\n"
        "#]],
        );
    }

    #[test]
    fn a_reference_to_another_entry_is_no_mistake() {
        check(
            "---\na: &x hi\nb: *x\nc: [*x, *y]\n---\n",
            RULE,
            &expect![[r#"
            3:8-3:10 error instructions/invalid-yaml "*y": invalid YAML: `*y` refers to an anchor that does not exist; text that starts with `*` needs quotes
              field: frontmatter
        "#]],
        );
        check("---\na: &x hi\nb: *x\n---\n", RULE, &expect![[""]]);
        check_fixed(
            "---\r\na: &x hi\r\nb: *x\r\nc: p: q\r\n---\r\n",
            &expect![[r#"
            ---\r
            a: &x hi\r
            b: *x\r
            c: "p: q"\r
            ---\r
        "#]],
        );
    }
}
