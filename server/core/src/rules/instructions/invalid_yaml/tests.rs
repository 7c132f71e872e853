//! Tests of `instructions/invalid-yaml`.

use crate::rules::instructions::testing::{check, check_fixed};
use expect_test::expect;

const RULE: &str = "instructions/invalid-yaml";

#[test]
fn unquoted_globs_and_colons_are_quoted() {
    check(
        "---\r\napplyTo: **/*.py # all\r\ndescription: Use: colons\r\n---\r\n",
        RULE,
        &expect![[r#"
                1:9-1:16 error instructions/invalid-yaml "**/*.py": invalid YAML: text that starts with `*` needs quotes
                  field: frontmatter
                  safe fix: Quote the value: `"**/*.py"`
                    "---\r\napplyTo: \"**/*.py\" # all\r\ndescription: Use: colons\r\n---\r\n"
                2:16-2:24 error instructions/invalid-yaml ": colons": invalid YAML: `: ` inside the text needs quotes around it
                  field: frontmatter
                  safe fix: Quote the value: `"Use: colons"`
                    "---\r\napplyTo: **/*.py # all\r\ndescription: \"Use: colons\"\r\n---\r\n"
            "#]],
    );
    check(
        "---\napplyTo: *\n---\n",
        RULE,
        &expect![[r#"
                1:9-1:10 error instructions/invalid-yaml "*": invalid YAML: text that starts with `*` needs quotes
                  field: frontmatter
                  safe fix: Quote the value: `"*"`
                    "---\napplyTo: \"*\"\n---\n"
            "#]],
    );
    check(
        "---\napplyTo: {src,tests}/**\ndescription: @me: \"a\"\nx: 'y'\n---\n",
        RULE,
        &expect![[r#"
                1:20-1:23 error instructions/invalid-yaml "/**": invalid YAML: text that starts with `{` needs quotes
                  field: frontmatter
                  safe fix: Quote the value: `'{src,tests}/**'`
                    "---\napplyTo: '{src,tests}/**'\ndescription: @me: \"a\"\nx: 'y'\n---\n"
                2:13-2:21 error instructions/invalid-yaml "@me: \"a\"": invalid YAML: text that starts with `@` needs quotes
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
                2:4-2:11 error instructions/invalid-yaml "**/*.py": invalid YAML: text that starts with `*` needs quotes
                  field: frontmatter
                  safe fix: Quote 2 values
                    "---\napplyTo:\n  - \"**/*.py\" # a\n  - \"*.ts\"\n  - \"ok\"\n  - src/**\n---\n"
                3:4-3:8 error instructions/invalid-yaml "*.ts": invalid YAML: text that starts with `*` needs quotes
                  field: frontmatter
            "#]],
    );
    check(
        "---\napplyTo: [**/*.py, 'x', src/*.{ts,tsx}, *.ts] # b\ndescription: d\n---\n",
        RULE,
        &expect![[r#"
                1:30-1:49 error instructions/invalid-yaml "{ts,tsx}, *.ts] # b": invalid YAML: text that starts with `*` needs quotes
                  field: frontmatter
                  safe fix: Quote 3 values
                    "---\napplyTo: [\"**/*.py\", 'x', \"src/*.{ts,tsx}\", \"*.ts\"] # b\ndescription: d\n---\n"
            "#]],
    );
    check(
        "---\napplyTo: [\n  **/*.py,\n  \"a\"\n]\n---\n",
        RULE,
        &expect![[r#"
                2:2-2:9 error instructions/invalid-yaml "**/*.py": invalid YAML: text that starts with `*` needs quotes
                  field: frontmatter
                  safe fix: Quote the value: `"**/*.py"`
                    "---\napplyTo: [\n  \"**/*.py\",\n  \"a\"\n]\n---\n"
            "#]],
    );
    check(
        "---\napplyTo:\n  - pattern: **/*.py\n---\n",
        RULE,
        &expect![[r#"
                2:13-2:20 error instructions/invalid-yaml "**/*.py": invalid YAML: text that starts with `*` needs quotes
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
                1:6-1:19 error instructions/invalid-yaml "x\", \"y\"]\" # c": invalid YAML: quotes inside of the same quotes end the text early
                  field: frontmatter
                  review fix: Write the list: `["x", "y"]`
                    "---\na: [\"x\", \"y\"] # c\nb: 'don't'\nc: \"src\\**\"\n---\n"
                2:8-2:10 error instructions/invalid-yaml "t'": invalid YAML: quotes inside of the same quotes end the text early
                  field: frontmatter
                  safe fix: Quote the value: `"don't"`
                    "---\na: \"[\"x\", \"y\"]\" # c\nb: \"don't\"\nc: \"src\\**\"\n---\n"
                3:3-3:11 error instructions/invalid-yaml "\"src\\**\"": invalid YAML: a backslash in double quotes starts an escape, and this one is unknown
                  field: frontmatter
                  safe fix: Quote the value: `'src\**'`
                    "---\na: \"[\"x\", \"y\"]\" # c\nb: 'don't'\nc: 'src\\**'\n---\n"
            "#]],
    );
    check(
        "---\na: \"x\" and y\nb: 'say \"don't\"'\n---\n",
        RULE,
        &expect![[r#"
                1:7-1:12 error instructions/invalid-yaml "and y": invalid YAML: quotes inside of the same quotes end the text early
                  field: frontmatter
                  safe fix: Quote the value: `'"x" and y'`
                    "---\na: '\"x\" and y'\nb: 'say \"don't\"'\n---\n"
                2:13-2:16 error instructions/invalid-yaml "t\"'": invalid YAML: quotes inside of the same quotes end the text early
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
                2:9-2:16 error instructions/invalid-yaml "**/*.py": invalid YAML: text that starts with `*` needs quotes
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
                1:3-1:5 error instructions/invalid-yaml "[1": invalid YAML: `[` is never closed
                  field: frontmatter
                  review fix: Close the bracket
                    "---\na: [1]\nb: \"x\nc:\n\t- y\nd: {a\ne: \"a\\\\b\"c\"\n---\n"
                2:3-2:5 error instructions/invalid-yaml "\"x": invalid YAML: the quote is never closed
                  field: frontmatter
                  review fix: Close the quote
                    "---\na: [1\nb: \"x\"\nc:\n\t- y\nd: {a\ne: \"a\\\\b\"c\"\n---\n"
                4:0-4:1 error instructions/invalid-yaml "\t": invalid YAML: the line is indented with a tab; YAML takes blanks only
                  field: frontmatter
                  safe fix: Indent with blanks
                    "---\na: [1\nb: \"x\nc:\n  - y\nd: {a\ne: \"a\\\\b\"c\"\n---\n"
                5:3-5:5 error instructions/invalid-yaml "{a": invalid YAML: `{` is never closed
                  field: frontmatter
                  review fix: Close the bracket
                    "---\na: [1\nb: \"x\nc:\n\t- y\nd: {a}\ne: \"a\\\\b\"c\"\n---\n"
                6:9-6:11 error instructions/invalid-yaml "c\"": invalid YAML: text stands behind the closing quote
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
                2:2-2:6 error instructions/invalid-yaml "b: y": invalid YAML: the indentation differs from that of the line above; expected the same
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
                1:6-1:11 error instructions/invalid-yaml ", \"y\"": invalid YAML: several strings stand where one is expected
                  field: frontmatter
                2:7-2:10 error instructions/invalid-yaml "'y'": invalid YAML: several strings stand where one is expected
                  field: frontmatter
                4:7-4:8 error instructions/invalid-yaml ",": invalid YAML: a comma stands behind the closing quote
                  field: frontmatter
                  review fix: Remove the comma
                    "---\na: \"x\", \"y\"\nb: 'x' 'y'\nc:\n  - \"x\"\n  - \"y\"\n---\n"
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
fn quotes_of_the_author_are_kept() {
    let fixed = |value: &str, expected| {
        check(&format!("---\ndescription: {value}\n---\n"), RULE, expected);
    };
    fixed(
        r#""Foo" rules and "Bar""#,
        &expect![[r#"
            1:19-1:34 error instructions/invalid-yaml "rules and \"Bar\"": invalid YAML: quotes inside of the same quotes end the text early
              field: frontmatter
              safe fix: Quote the value: `'"Foo" rules and "Bar"'`
                "---\ndescription: '\"Foo\" rules and \"Bar\"'\n---\n"
        "#]],
    );
    fixed(
        r#""use "this" and that""#,
        &expect![[r#"
            1:19-1:34 error instructions/invalid-yaml "this\" and that\"": invalid YAML: quotes inside of the same quotes end the text early
              field: frontmatter
              safe fix: Quote the value: `'use "this" and that'`
                "---\ndescription: 'use \"this\" and that'\n---\n"
        "#]],
    );
    fixed(
        r#""use "this" and "that"""#,
        &expect![[r#"
            1:19-1:36 error instructions/invalid-yaml "this\" and \"that\"\"": invalid YAML: quotes inside of the same quotes end the text early
              field: frontmatter
              safe fix: Quote the value: `'use "this" and "that"'`
                "---\ndescription: 'use \"this\" and \"that\"'\n---\n"
        "#]],
    );
    fixed(
        "'Foo' rules and 'Bar'",
        &expect![[r#"
            1:19-1:34 error instructions/invalid-yaml "rules and 'Bar'": invalid YAML: quotes inside of the same quotes end the text early
              field: frontmatter
              safe fix: Quote the value: `"'Foo' rules and 'Bar'"`
                "---\ndescription: \"'Foo' rules and 'Bar'\"\n---\n"
        "#]],
    );
    fixed(
        "'the users' rules'",
        &expect![[r#"
            1:25-1:31 error instructions/invalid-yaml "rules'": invalid YAML: quotes inside of the same quotes end the text early
              field: frontmatter
              review fix: Quote the value: `"'the users' rules'"`
                "---\ndescription: \"'the users' rules'\"\n---\n"
        "#]],
    );
    fixed(
        r#""a"b"c""#,
        &expect![[r#"
            1:16-1:20 error instructions/invalid-yaml "b\"c\"": invalid YAML: quotes inside of the same quotes end the text early
              field: frontmatter
              review fix: Quote the value: `'a"b"c'`
                "---\ndescription: 'a\"b\"c'\n---\n"
        "#]],
    );
    fixed(
        r#""Foo" rules and Bar""#,
        &expect![[r#"
            1:19-1:33 error instructions/invalid-yaml "rules and Bar\"": invalid YAML: quotes inside of the same quotes end the text early
              field: frontmatter
              review fix: Quote the value: `'"Foo" rules and Bar"'`
                "---\ndescription: '\"Foo\" rules and Bar\"'\n---\n"
        "#]],
    );
}

#[test]
fn a_number_sign_in_prose_is_no_comment() {
    check_fixed(
        "---\r\ndescription: Fix: issue #12 and C# code # c\r\n---\r\n",
        &expect![[r#"
            ---\r
            description: "Fix: issue #12 and C# code" # c\r
            ---\r
        "#]],
    );
    check_fixed(
        "---\ndescription: \"use \"this\" #1 and that\" # c\n---\n",
        &expect![[r#"
            ---
            description: 'use "this" #1 and that' # c
            ---
        "#]],
    );
    check_fixed(
        "---\napplyTo: **/*.py #all\n---\n",
        &expect![[r#"
            ---
            applyTo: "**/*.py" #all
            ---
        "#]],
    );
}

#[test]
fn globs_in_quotes_of_their_own_become_one_string() {
    check(
        "---\napplyTo: **/*.py, \"src/**\", 'a' # c\n---\n",
        RULE,
        &expect![[r#"
            1:16-1:35 error instructions/invalid-yaml ", \"src/**\", 'a' # c": invalid YAML: text that starts with `*` needs quotes
              field: frontmatter
              safe fix: Quote the value: `"**/*.py, src/**, a"`
                "---\napplyTo: \"**/*.py, src/**, a\" # c\n---\n"
        "#]],
    );
    check(
        "---\napplyTo: \"src/**\", \"tests/**\" # c\n---\n",
        RULE,
        &expect![[r#"
            1:17-1:33 error instructions/invalid-yaml ", \"tests/**\" # c": invalid YAML: several strings stand where one is expected
              field: frontmatter
              review fix: Quote the value: `"src/**, tests/**"`
                "---\napplyTo: \"src/**, tests/**\" # c\n---\n"
        "#]],
    );
    check(
        "---\napplyTo: *.a, \"src,x\"\n---\n",
        RULE,
        &expect![[r#"
            1:12-1:21 error instructions/invalid-yaml ", \"src,x\"": invalid YAML: text that starts with `*` needs quotes
              field: frontmatter
              review fix: Quote the value: `'*.a, "src,x"'`
                "---\napplyTo: '*.a, \"src,x\"'\n---\n"
        "#]],
    );
    check(
        "---\napplyTo: \"src/**\",\n---\n",
        RULE,
        &expect![[r#"
            1:17-1:18 error instructions/invalid-yaml ",": invalid YAML: a comma stands behind the closing quote
              field: frontmatter
              review fix: Remove the comma
                "---\napplyTo: \"src/**\"\n---\n"
        "#]],
    );
}

#[test]
fn a_list_in_quotes_is_offered_as_a_list() {
    check(
        "---\r\napplyTo: \"[\"src/**\", \"tests/**\"]\" # c\r\n---\r\n",
        RULE,
        &expect![[r#"
            1:12-1:37 error instructions/invalid-yaml "src/**\", \"tests/**\"]\" # c": invalid YAML: quotes inside of the same quotes end the text early
              field: frontmatter
              review fix: Write the list: `["src/**", "tests/**"]`
                "---\r\napplyTo: [\"src/**\", \"tests/**\"] # c\r\n---\r\n"
        "#]],
    );
    check(
        "---\napplies_to: \"[\"uv\", \"x\"]\"\n---\n",
        RULE,
        &expect![[r#"
            1:15-1:25 error instructions/invalid-yaml "uv\", \"x\"]\"": invalid YAML: quotes inside of the same quotes end the text early
              field: frontmatter
              review fix: Write the list: `["uv", "x"]`
                "---\napplies_to: [\"uv\", \"x\"]\n---\n"
        "#]],
    );
    check(
        "---\napplyTo: \"[\"src/**\", oops: [\"\n---\n",
        RULE,
        &expect![[r#"
            1:12-1:29 error instructions/invalid-yaml "src/**\", oops: [\"": invalid YAML: quotes inside of the same quotes end the text early
              field: frontmatter
              review fix: Quote the value: `'["src/**", oops: ['`
                "---\napplyTo: '[\"src/**\", oops: ['\n---\n"
        "#]],
    );
}

#[test]
fn tags_and_anchors_that_are_text_are_quoted() {
    check(
        "---\napplyTo: !src/**\ndescription: !important use it\nx: !!str y\n---\n",
        "*",
        &expect![[r#"
                1:9-1:16 error instructions/invalid-yaml "!src/**": invalid YAML: text that starts with `!` needs quotes
                  field: frontmatter
                  safe fix: Quote the value: `"!src/**"`
                    "---\napplyTo: \"!src/**\"\ndescription: !important use it\nx: !!str y\n---\n"
                2:13-2:30 error instructions/invalid-yaml "!important use it": invalid YAML: text that starts with `!` needs quotes
                  field: frontmatter
                  safe fix: Quote the value: `"!important use it"`
                    "---\napplyTo: !src/**\ndescription: \"!important use it\"\nx: !!str y\n---\n"
                3:0-3:1 hint instructions/unknown-key "x": unknown key `x`; no consumer reads it
                  field: frontmatter
                  help: if it is yours, list it under `instructions.known_keys` in stagegate.yaml
                4:0-4:3 warning instructions/short-content "---": the body is empty; expected at least 100 characters
            "#]],
    );
    check_fixed(
        "---\napplyTo: &src/** # c\ndescription: d\nx: !tag\ny: &a b\n---\n",
        &expect![[r#"
            ---
            applyTo: "&src/**" # c
            description: d
            x: !tag
            y: &a b
            ---
        "#]],
    );
    check_fixed(
        "---\napplyTo:\n  - !src/api/**\n  - !src/{a,b}\n  - c\n---\n",
        &expect![[r#"
            ---
            applyTo:
              - "!src/api/**"
              - "!src/{a,b}"
              - c
            ---
        "#]],
    );
    check_fixed(
        "---\napplyTo: [!src/a, b]\n---\n",
        &expect![[r#"
            ---
            applyTo: ["!src/a", b]
            ---
        "#]],
    );
}

#[test]
fn what_is_wrong_is_said_in_plain_words() {
    check(
        "---\r\napplyTo: \"src/** # c\r\ndescription: `x` is\r\n---\r\n",
        RULE,
        &expect![[r#"
            1:9-1:16 error instructions/invalid-yaml "\"src/**": invalid YAML: the quote is never closed
              field: frontmatter
              review fix: Close the quote
                "---\r\napplyTo: \"src/**\" # c\r\ndescription: `x` is\r\n---\r\n"
            2:13-2:19 error instructions/invalid-yaml "`x` is": invalid YAML: text that starts with a backtick needs quotes
              field: frontmatter
              safe fix: Quote the value: `"`x` is"`
                "---\r\napplyTo: \"src/** # c\r\ndescription: \"`x` is\"\r\n---\r\n"
        "#]],
    );
    check(
        "---\napplyTo:\"src/**\"\ndescription:\"d\"\nNote:x\n---\n",
        RULE,
        &expect![[r#"
            1:0-1:16 error instructions/invalid-yaml "applyTo:\"src/**\"": invalid YAML: a blank is missing after `applyTo:`
              field: frontmatter
              safe fix: Add the blank
                "---\napplyTo: \"src/**\"\ndescription:\"d\"\nNote:x\n---\n"
            2:0-2:15 error instructions/invalid-yaml "description:\"d\"": invalid YAML: a blank is missing after `description:`
              field: frontmatter
              safe fix: Add the blank
                "---\napplyTo:\"src/**\"\ndescription: \"d\"\nNote:x\n---\n"
            3:0-3:6 error instructions/invalid-yaml "Note:x": invalid YAML: a blank is missing after `Note:`
              field: frontmatter
              review fix: Add the blank
                "---\napplyTo:\"src/**\"\ndescription:\"d\"\nNote: x\n---\n"
        "#]],
    );
    check(
        "---\napplyTo:**/*.py # c\n---\n",
        RULE,
        &expect![[r#"
            1:0-1:19 error instructions/invalid-yaml "applyTo:**/*.py # c": invalid YAML: a blank is missing after `applyTo:`
              field: frontmatter
              safe fix: Add the blank and quotes
                "---\napplyTo: \"**/*.py\" # c\n---\n"
        "#]],
    );
    check(
        "---\napplyTo:\u{a0}\"src/**\"\ndescription: d\n---\n",
        RULE,
        &expect![[r#"
            1:8-1:9 error instructions/invalid-yaml "\u{a0}": invalid YAML: a non-breaking space (U+00A0) stands here; expected a blank
              field: frontmatter
              safe fix: Replace it by a blank
                "---\napplyTo: \"src/**\"\ndescription: d\n---\n"
        "#]],
    );
    check(
        "---\r\napplyTo: - \"x\"\r\ndescription: d\r\n---\r\n",
        RULE,
        &expect![[r#"
            1:9-1:14 error instructions/invalid-yaml "- \"x\"": invalid YAML: a list starts on a new line
              field: frontmatter
              review fix: Start the list on a new line
                "---\r\napplyTo:\r\n  - \"x\"\r\ndescription: d\r\n---\r\n"
        "#]],
    );
    check(
        "---\napplyTo: - x\n  - \"y\"\n---\n",
        RULE,
        &expect![[r#"
            1:9-1:12 error instructions/invalid-yaml "- x": invalid YAML: a list starts on a new line
              field: frontmatter
              review fix: Start the list on a new line
                "---\napplyTo:\n  - x\n  - \"y\"\n---\n"
        "#]],
    );
    check(
        "---\napplyTo:\n\t- \"x\"\n\t- \"y\"\n---\n",
        RULE,
        &expect![[r#"
            2:0-2:1 error instructions/invalid-yaml "\t": invalid YAML: the line is indented with a tab; YAML takes blanks only
              field: frontmatter
              safe fix: Indent with blanks
                "---\napplyTo:\n  - \"x\"\n  - \"y\"\n---\n"
        "#]],
    );
    check(
        "---\n applyTo: x\ndescription: d\n---\n",
        RULE,
        &expect![[r#"
            2:0-2:14 error instructions/invalid-yaml "description: d": invalid YAML: the indentation differs from that of the line above; expected the same
              field: frontmatter
        "#]],
    );
    check(
        "---\napplyTo:\n  - a\n - b\n---\n",
        RULE,
        &expect![[r#"
            3:1-3:4 error instructions/invalid-yaml "- b": invalid YAML: the indentation differs from that of the line above; expected the same
              field: frontmatter
        "#]],
    );
    check(
        "---\napplyTo:\n  - \"say \\\"x\\\"\"\n - b\n---\n",
        RULE,
        &expect![[r#"
            3:1-3:4 error instructions/invalid-yaml "- b": invalid YAML: the indentation differs from that of the line above; expected the same
              field: frontmatter
        "#]],
    );
    check(
        "---\nsome words\napplyTo: \"x\"\n---\n",
        RULE,
        &expect![[r#"
            1:0-1:10 error instructions/invalid-yaml "some words": invalid YAML: expected `key: value` on this line
              field: frontmatter
        "#]],
    );
}

#[test]
fn lines_of_a_block_scalar_are_left_alone() {
    check(
        "---\na:\n  - |\n    *x: y: z\n  - *q\n---\n",
        RULE,
        &expect![[r#"
                4:4-4:6 error instructions/invalid-yaml "*q": invalid YAML: text that starts with `*` needs quotes
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
                3:8-3:10 error instructions/invalid-yaml "*y": invalid YAML: text that starts with `*` needs quotes
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
