//! Tests of `instructions/not-portable`.

use crate::rules::instructions::testing::{check, check_at, check_fixed_at};
use expect_test::expect;

const RULE: &str = "instructions/not-portable";
const PATH: &str = ".github/instructions/x.instructions.md";

#[test]
fn a_list_is_joined() {
    check_at(
        PATH,
        "---\r\napplyTo:\r\n  - \"src/**\"\r\n  - '**/*.{a,b}'\r\ndescription: d\r\n---\r\n",
        RULE,
        &expect![[r#"
                2:2-3:16 warning instructions/not-portable "- \"src/**\"\r\n  - '**/*.{a,b}'": `applyTo` is a list; VS Code and Copilot take one string only and silently ignore a list
                  field: applyTo
                  safe fix: Join the list into one string
                    "---\r\napplyTo: \"src/**,**/*.{a,b}\"\r\ndescription: d\r\n---\r\n"
            "#]],
    );
    check_at(
        PATH,
        "---\napplyTo: ['a', 'b'] # c\n---\n",
        RULE,
        &expect![[r#"
            1:9-1:19 warning instructions/not-portable "['a', 'b']": `applyTo` is a list; VS Code and Copilot take one string only and silently ignore a list
              field: applyTo
              safe fix: Join the list into one string
                "---\napplyTo: 'a,b' # c\n---\n"
        "#]],
    );
    check_at(
        PATH,
        "---\napplyTo:\n- x # c\n---\n",
        RULE,
        &expect![[r#"
                2:0-2:3 warning instructions/not-portable "- x": `applyTo` is a list; VS Code and Copilot take one string only and silently ignore a list
                  field: applyTo
                  safe fix: Join the list into one string
                    "---\napplyTo: \"x\" # c\n---\n"
            "#]],
    );
    check_at(
        PATH,
        "---\napplyTo: [\n  a,\n  \"b, c\",\n]\n---\n",
        RULE,
        &expect![[r#"
            1:9-4:1 warning instructions/not-portable "[\n  a,\n  \"b, c\",\n]": `applyTo` is a list; VS Code and Copilot take one string only and silently ignore a list
              field: applyTo
              safe fix: Join the list into one string
                "---\napplyTo: \"a,b, c\"\n---\n"
        "#]],
    );
}

#[test]
fn a_list_that_cannot_be_joined_without_loss_has_no_fix() {
    check_at(
        PATH,
        "---\napplyTo:\n  - a # one\n  - b\n---\n",
        RULE,
        &expect![[r#"
            2:2-3:5 warning instructions/not-portable "- a # one\n  - b": `applyTo` is a list; VS Code and Copilot take one string only and silently ignore a list
              field: applyTo
        "#]],
    );
    check_at(
        PATH,
        "---\napplyTo:\n  - a\n  - b # two\n---\n",
        RULE,
        &expect![[r#"
            2:2-3:5 warning instructions/not-portable "- a\n  - b": `applyTo` is a list; VS Code and Copilot take one string only and silently ignore a list
              field: applyTo
        "#]],
    );
    check_at(
        PATH,
        "---\napplyTo: [a, {pattern: b}]\n---\n",
        RULE,
        &expect![[r#"
            1:9-1:26 warning instructions/not-portable "[a, {pattern: b}]": `applyTo` is a list; VS Code and Copilot take one string only and silently ignore a list
              field: applyTo
        "#]],
    );
    check_at(
        PATH,
        "---\napplyTo: ['a{', 'b}']\n---\n",
        RULE,
        &expect![[r#"
            1:9-1:21 warning instructions/not-portable "['a{', 'b}']": `applyTo` is a list; VS Code and Copilot take one string only and silently ignore a list
              field: applyTo
        "#]],
    );
    check_at(
        PATH,
        "---\napplyTo: ['a', '']\n---\n",
        RULE,
        &expect![[r#"
            1:9-1:18 warning instructions/not-portable "['a', '']": `applyTo` is a list; VS Code and Copilot take one string only and silently ignore a list
              field: applyTo
        "#]],
    );
}

#[test]
fn globs_that_vs_code_reads_otherwise() {
    check_at(
        PATH,
        "---\napplyTo: '**.cs, src**, /a/**, ./b/*, !c, d\\e\\**, f***, g**h'\n---\n",
        RULE,
        &expect![[r#"
                1:10-1:15 warning instructions/not-portable "**.cs": `**.cs` has `**` beside other text; VS Code crosses folders only where `**` stands alone between `/`
                  field: applyTo
                  safe fix: Write `**/*.cs`
                    "---\napplyTo: '**/*.cs, src**, /a/**, ./b/*, !c, d\\e\\**, f***, g**h'\n---\n"
                1:17-1:22 warning instructions/not-portable "src**": `src**` has `**` beside other text; VS Code crosses folders only where `**` stands alone between `/`
                  field: applyTo
                  review fix: Write `src/**`
                    "---\napplyTo: '**.cs, src/**, /a/**, ./b/*, !c, d\\e\\**, f***, g**h'\n---\n"
                1:24-1:29 warning instructions/not-portable "/a/**": `/a/**` starts with `/`; VS Code matches it against the absolute path, expected a relative one
                  field: applyTo
                  review fix: Write `a/**`
                    "---\napplyTo: '**.cs, src**, a/**, ./b/*, !c, d\\e\\**, f***, g**h'\n---\n"
                1:31-1:36 warning instructions/not-portable "./b/*": `./b/*` starts with `./`; VS Code matches that text itself, expected a path without it
                  field: applyTo
                  review fix: Write `b/*`
                    "---\napplyTo: '**.cs, src**, /a/**, b/*, !c, d\\e\\**, f***, g**h'\n---\n"
                1:38-1:40 warning instructions/not-portable "!c": `!c` negates; VS Code and Copilot know no negation and match the `!` itself
                  field: applyTo
                1:42-1:48 warning instructions/not-portable "d\\e\\**": `d\e\**` has a backslash; expected `/` between folders
                  field: applyTo
                  safe fix: Write `d/e/**`
                    "---\napplyTo: '**.cs, src**, /a/**, ./b/*, !c, d/e/**, f***, g**h'\n---\n"
                1:50-1:54 warning instructions/not-portable "f***": `f***` has `**` beside other text; VS Code crosses folders only where `**` stands alone between `/`
                  field: applyTo
                  review fix: Write `f/**`
                    "---\napplyTo: '**.cs, src**, /a/**, ./b/*, !c, d\\e\\**, f/**, g**h'\n---\n"
                1:56-1:60 warning instructions/not-portable "g**h": `g**h` has `**` beside other text; VS Code crosses folders only where `**` stands alone between `/`
                  field: applyTo
            "#]],
    );
    check_at(
        PATH,
        "---\napplyTo: '{**.a,x/**.b}, /'\n---\n",
        RULE,
        &expect![[r#"
            1:10-1:23 warning instructions/not-portable "{**.a,x/**.b}": `{**.a,x/**.b}` has `**` beside other text; VS Code crosses folders only where `**` stands alone between `/`
              field: applyTo
              safe fix: Write `{**/*.a,x/**/*.b}`
                "---\napplyTo: '{**/*.a,x/**/*.b}, /'\n---\n"
            1:25-1:26 warning instructions/not-portable "/": `/` starts with `/`; VS Code matches it against the absolute path, expected a relative one
              field: applyTo
        "#]],
    );
}

#[test]
fn a_plain_scalar_gets_quotes_where_the_fix_needs_them() {
    check_fixed_at(
        PATH,
        "---\r\napplyTo: /**/*.py # c\r\ndescription: d\r\n---\r\n",
        &expect![[r#"
            ---\r
            applyTo: "**/*.py" # c\r
            description: d\r
            ---\r
        "#]],
    );
    check_fixed_at(
        PATH,
        "---\napplyTo: src\\**.py, ./b\ndescription: d\n---\n",
        &expect![[r#"
                ---
                applyTo: src/**/*.py, ./b
                description: d
                ---
            "#]],
    );
}

#[test]
fn a_leading_slash_goes_only_where_that_changes_nothing() {
    check_at(
        PATH,
        "---\napplyTo: '/src/**, /*.py, ./docs/*, /nowhere/**'\n---\n",
        RULE,
        &expect![[r#"
            1:10-1:17 warning instructions/not-portable "/src/**": `/src/**` starts with `/`; VS Code matches it against the absolute path, expected a relative one
              field: applyTo
              safe fix: Write `src/**`
                "---\napplyTo: 'src/**, /*.py, ./docs/*, /nowhere/**'\n---\n"
            1:19-1:24 warning instructions/not-portable "/*.py": `/*.py` starts with `/`; VS Code matches it against the absolute path, expected a relative one
              field: applyTo
              review fix: Write `*.py`
                "---\napplyTo: '/src/**, *.py, ./docs/*, /nowhere/**'\n---\n"
            1:26-1:34 warning instructions/not-portable "./docs/*": `./docs/*` starts with `./`; VS Code matches that text itself, expected a path without it
              field: applyTo
              safe fix: Write `docs/*`
                "---\napplyTo: '/src/**, /*.py, docs/*, /nowhere/**'\n---\n"
            1:36-1:47 warning instructions/not-portable "/nowhere/**": `/nowhere/**` starts with `/`; VS Code matches it against the absolute path, expected a relative one
              field: applyTo
              review fix: Write `nowhere/**`
                "---\napplyTo: '/src/**, /*.py, ./docs/*, nowhere/**'\n---\n"
        "#]],
    );
}

#[test]
fn typographic_quotes_are_named() {
    check_at(
        PATH,
        "---\napplyTo: \u{201c}src/**\u{201d} # c\n---\n",
        RULE,
        &expect![[r#"
            1:9-1:17 warning instructions/not-portable "“src/**”": `“src/**”` has typographic quotes, which are part of the glob; expected `"` around it
              field: applyTo
              help: YAML knows `"` and `'` only
              review fix: Write `"src/**"`
                "---\napplyTo: \"src/**\" # c\n---\n"
        "#]],
    );
    check_at(
        PATH,
        "---\napplyTo: \u{201c}src/**\u{201d}, \u{201c}a\u{201d}\n---\n",
        RULE,
        &expect![[r#"
            1:9-1:17 warning instructions/not-portable "“src/**”": `“src/**”` has typographic quotes, which are part of the glob; expected `"` around it
              field: applyTo
              help: YAML knows `"` and `'` only
            1:19-1:22 warning instructions/not-portable "“a”": `“a”` has typographic quotes, which are part of the glob; expected `"` around it
              field: applyTo
              help: YAML knows `"` and `'` only
        "#]],
    );
}

#[test]
fn portable_globs_and_files_that_vs_code_does_not_read_are_fine() {
    check_at(
        PATH,
        "---\napplyTo: '**, **/*.{ts,tsx}, src/**/x, {a/**,**/b}, [*][**]x, a\\[b'\n---\n",
        RULE,
        &expect![[""]],
    );
    check("---\napplyTo: ['/a', '**.cs']\n---\n", RULE, &expect![[""]]);
}
