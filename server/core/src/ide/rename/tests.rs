use super::*;
use crate::diagnostic::apply_edits;
use crate::fixture::Fixture;
use expect_test::{Expect, expect};
use std::fmt::Write as _;

const ALL: CanRename = CanRename { files: true, asks: true };

fn mention(written: &str) -> Mention {
    Mention { range: range(0, 0), written: written.into(), kind: MentionKind::Dependency }
}

/// Renders what a rename does: paths, then every changed line.
fn check(fixture: &str, from: &str, to: &str, can: CanRename, expected: &Expect) {
    let fixture = Fixture::new(fixture);
    let mut out = String::new();
    match rename(&fixture.root, &mention(from), to, can) {
        Err(why) => writeln!(out, "refused: {why}").unwrap(),
        Ok(rename) => {
            for path in &rename.paths {
                let asks = if path.spec { "" } else { " (asks)" };
                writeln!(out, "{} -> {}{asks}", path.old, path.new).unwrap();
            }
            for path in &rename.left {
                writeln!(out, "left: {path}").unwrap();
            }
            for (path, text) in &fixture.files {
                let edits = rename.edits(Source::Str(text), path, &fixture.root);
                assert!(edits.is_empty() || mentions::may_mention(text, &rename.old), "{path}");
                let asks = edits.iter().filter(|edit| edit.with_folders).count();
                let edits: Vec<_> = edits.into_iter().map(|edit| edit.edit).collect();
                let after = apply_edits(text, &edits);
                for (old, new) in text.lines().zip(after.lines()).filter(|(old, new)| old != new) {
                    writeln!(out, "{path}: {old:?}\n  {new:?}").unwrap();
                }
                if asks > 0 {
                    writeln!(out, "  {asks} of {} with the folders", edits.len()).unwrap();
                }
            }
        }
    }
    expected.assert_eq(&out);
}

const WORKSPACE: &str = "\
//- specs/calc.md
# Component Specification: Calc

**Component Name:** calc
**Target Stage:** staging

`calc` in `src/calc`, tested in `tests/test_calc.py`; `src/calculator` is another. [code](../src/calc/a.py) [me](calc.md#x)
//- specs/calculator.md
# Calculator

**Component Name:** calculator
**Target Stage:** staging

See [calc](calc.md), [[calc]] and [[calculator]]. 🎉 `calc` 🎉 `calc`

## Dependencies

- `calc` (staging) - calc
- Calc (staging)
//- src/calc/MATURITY.md
# Calc Maturity Status

**Current Stage**: Staging
//- src/calc/__init__.py
__maturity__ = \"staging\"
//- src/calc/a.py
//- src/calculator/__init__.py
//- tests/test_calc.py
//- tests/test_calculator.py
//- .github/instructions/x.instructions.md
---
applyTo: \"src/calc/**/*.py, src/calculator/**\"
description: \"src/calc\"
---
# X
//- specs/templates/x.spec.template.md
# Component: calc

`calc`
//- README.md
`calc`
";

#[test]
fn every_mention_follows_and_nothing_else() {
    check(
        WORKSPACE,
        "calc",
        "sums",
        ALL,
        &expect![[r##"
            specs/calc.md -> specs/sums.md
            src/calc -> src/sums (asks)
            tests/test_calc.py -> tests/test_sums.py (asks)
            specs/calc.md: "# Component Specification: Calc"
              "# Component Specification: Sums"
            specs/calc.md: "**Component Name:** calc"
              "**Component Name:** sums"
            specs/calc.md: "`calc` in `src/calc`, tested in `tests/test_calc.py`; `src/calculator` is another. [code](../src/calc/a.py) [me](calc.md#x)"
              "`sums` in `src/sums`, tested in `tests/test_sums.py`; `src/calculator` is another. [code](../src/sums/a.py) [me](sums.md#x)"
              3 of 7 with the folders
            specs/calculator.md: "See [calc](calc.md), [[calc]] and [[calculator]]. 🎉 `calc` 🎉 `calc`"
              "See [calc](sums.md), [[sums]] and [[calculator]]. 🎉 `sums` 🎉 `sums`"
            specs/calculator.md: "- `calc` (staging) - calc"
              "- `sums` (staging) - calc"
            specs/calculator.md: "- Calc (staging)"
              "- Sums (staging)"
            src/calc/MATURITY.md: "# Calc Maturity Status"
              "# Sums Maturity Status"
            .github/instructions/x.instructions.md: "applyTo: \"src/calc/**/*.py, src/calculator/**\""
              "applyTo: \"src/sums/**/*.py, src/calculator/**\""
              1 of 1 with the folders
        "##]],
    );
}

#[test]
fn without_questions_code_stays_where_it_is() {
    check(
        WORKSPACE,
        "calc",
        "sums",
        CanRename { files: true, asks: false },
        &expect![[r##"
            specs/calc.md -> specs/sums.md
            left: src/calc
            left: tests/test_calc.py
            specs/calc.md: "# Component Specification: Calc"
              "# Component Specification: Sums"
            specs/calc.md: "**Component Name:** calc"
              "**Component Name:** sums"
            specs/calc.md: "`calc` in `src/calc`, tested in `tests/test_calc.py`; `src/calculator` is another. [code](../src/calc/a.py) [me](calc.md#x)"
              "`sums` in `src/calc`, tested in `tests/test_calc.py`; `src/calculator` is another. [code](../src/calc/a.py) [me](sums.md#x)"
            specs/calculator.md: "See [calc](calc.md), [[calc]] and [[calculator]]. 🎉 `calc` 🎉 `calc`"
              "See [calc](sums.md), [[sums]] and [[calculator]]. 🎉 `sums` 🎉 `sums`"
            specs/calculator.md: "- `calc` (staging) - calc"
              "- `sums` (staging) - calc"
            specs/calculator.md: "- Calc (staging)"
              "- Sums (staging)"
            src/calc/MATURITY.md: "# Calc Maturity Status"
              "# Sums Maturity Status"
        "##]],
    );
    check(
        WORKSPACE,
        "calc",
        "sums",
        CanRename::default(),
        &expect![[r##"
            left: specs/calc.md
            left: src/calc
            left: tests/test_calc.py
            specs/calc.md: "# Component Specification: Calc"
              "# Component Specification: Sums"
            specs/calc.md: "**Component Name:** calc"
              "**Component Name:** sums"
            specs/calc.md: "`calc` in `src/calc`, tested in `tests/test_calc.py`; `src/calculator` is another. [code](../src/calc/a.py) [me](calc.md#x)"
              "`sums` in `src/calc`, tested in `tests/test_calc.py`; `src/calculator` is another. [code](../src/calc/a.py) [me](calc.md#x)"
            specs/calculator.md: "See [calc](calc.md), [[calc]] and [[calculator]]. 🎉 `calc` 🎉 `calc`"
              "See [calc](calc.md), [[calc]] and [[calculator]]. 🎉 `sums` 🎉 `sums`"
            specs/calculator.md: "- `calc` (staging) - calc"
              "- `sums` (staging) - calc"
            specs/calculator.md: "- Calc (staging)"
              "- Sums (staging)"
            src/calc/MATURITY.md: "# Calc Maturity Status"
              "# Sums Maturity Status"
        "##]],
    );
}

#[test]
fn what_cannot_be_is_refused() {
    let fixture = Fixture::new(WORKSPACE);
    let refused = ["calculator", "Calculator", "../etc", "a b", "", "naïve"]
        .map(|to| rename(&fixture.root, &mention("calc"), to, ALL).unwrap_err() + "\n");
    expect![[r#"
        `calculator` (specs/calculator.md) is another component. Choose a name that is free.
        `calculator` (specs/calculator.md) is another component. Choose a name that is free.
        `../etc` cannot be the name of a component: it consists of letters, digits, `_` and `-`, at most 100 of them.
        `a b` cannot be the name of a component: it consists of letters, digits, `_` and `-`, at most 100 of them.
        `` cannot be the name of a component: it consists of letters, digits, `_` and `-`, at most 100 of them.
        `naïve` cannot be the name of a component: it consists of letters, digits, `_` and `-`, at most 100 of them.
    "#]].assert_eq(&refused.concat());
}

#[test]
fn what_is_missing_or_in_the_way_is_named() {
    check(
        WORKSPACE,
        "lost",
        "x",
        ALL,
        &expect![[r#"
        refused: No component is called `lost`, so there is nothing to rename.
    "#]],
    );
    let fixture = WORKSPACE.replace("//- README.md", "//- src/sums/notes.txt\n//- README.md");
    check(
        &fixture,
        "calc",
        "sums",
        CanRename::default(),
        &expect![[r#"
        refused: `src/sums` is the source of another component. Choose a name that is free.
    "#]],
    );
    check(
        &fixture,
        "calc",
        "sums",
        ALL,
        &expect![[r#"
        refused: `src/sums` is there already, so `src/calc` cannot be renamed to it. Choose another name.
    "#]],
    );
}

#[test]
fn a_name_that_only_a_path_gives_needs_that_path() {
    let fixture = "//- specs/calc.md\n# Calc\n\n**Target Stage:** dev\n//- src/other/MATURITY.md\n# O\n\n**Current Stage**: dev\n";
    check(
        fixture,
        "calc",
        "sums",
        CanRename::default(),
        &expect![[r#"
        refused: `calc` has its name from the path `specs/calc.md`, which this editor cannot rename as part of a rename. Rename it yourself, or write `**Component Name:** calc` into `specs/calc.md` first.
    "#]],
    );
    check(
        fixture,
        "calc",
        "sums",
        CanRename { files: true, asks: false },
        &expect![[r##"
            specs/calc.md -> specs/sums.md
            specs/calc.md: "# Calc"
              "# Sums"
        "##]],
    );
    check(
        fixture,
        "other",
        "more",
        CanRename { files: true, asks: false },
        &expect![[r#"
        refused: `other` has its name from the path `src/other`, which this editor cannot rename as part of a rename. Rename it yourself, or write `**Component:** other` into `src/other/MATURITY.md` first.
    "#]],
    );
    check(
        "//- specs/calc/requirements.md\n# Calc\n\n**Target Stage:** dev\n",
        "calc",
        "sums",
        ALL,
        &expect![[r##"
            specs/calc -> specs/sums
            specs/calc/requirements.md: "# Calc"
              "# Sums"
        "##]],
    );
}

#[test]
fn the_same_name_and_another_case() {
    check(WORKSPACE, "calc", "calc", ALL, &expect![[""]]);
    check(
        WORKSPACE,
        "calc",
        "Calc",
        ALL,
        &expect![[r#"
        specs/calc.md -> specs/Calc.md
        src/calc -> src/Calc (asks)
        tests/test_calc.py -> tests/test_Calc.py (asks)
        specs/calc.md: "**Component Name:** calc"
          "**Component Name:** Calc"
        specs/calc.md: "`calc` in `src/calc`, tested in `tests/test_calc.py`; `src/calculator` is another. [code](../src/calc/a.py) [me](calc.md#x)"
          "`Calc` in `src/Calc`, tested in `tests/test_Calc.py`; `src/calculator` is another. [code](../src/Calc/a.py) [me](Calc.md#x)"
          3 of 6 with the folders
        specs/calculator.md: "See [calc](calc.md), [[calc]] and [[calculator]]. 🎉 `calc` 🎉 `calc`"
          "See [calc](Calc.md), [[Calc]] and [[calculator]]. 🎉 `Calc` 🎉 `Calc`"
        specs/calculator.md: "- `calc` (staging) - calc"
          "- `Calc` (staging) - calc"
        .github/instructions/x.instructions.md: "applyTo: \"src/calc/**/*.py, src/calculator/**\""
          "applyTo: \"src/Calc/**/*.py, src/calculator/**\""
          1 of 1 with the folders
    "#]],
    );
}

#[test]
fn styles_are_kept() {
    check(
        "//- specs/price-list.md\r\n# P\r\n\r\n**Component Name:** price-list\r\n**Target Stage:** dev\r\n\r\n`price_list` 🎉 `price-list`\r\n//- src/price_list/MATURITY.md\n# P\n\n**Current Stage**: dev\n//- specs/shop.md\n# S\n\n**Component ID:** shop\n**Target Stage:** dev\n\n## Dependencies\n\n- Price List (dev)\n- **Price list** (dev)\n",
        "price-list",
        "sale_catalogue",
        ALL,
        &expect![[r#"
            specs/price-list.md -> specs/sale_catalogue.md
            src/price_list -> src/sale_catalogue (asks)
            specs/price-list.md: "**Component Name:** price-list"
              "**Component Name:** sale_catalogue"
            specs/price-list.md: "`price_list` 🎉 `price-list`"
              "`sale_catalogue` 🎉 `sale_catalogue`"
            specs/shop.md: "- Price List (dev)"
              "- Sale Catalogue (dev)"
            specs/shop.md: "- **Price list** (dev)"
              "- **Sale catalogue** (dev)"
        "#]],
    );
}

#[test]
fn front_matter_and_manifests_follow() {
    check(
        "//- specs/x.md\r\n---\r\ncomponent: 'calc' # it\r\n---\r\n# X\r\n\r\n**Target Stage:** dev\r\n//- src/calc/package.json\n{\"name\": \"calc\", \"stagegate\": {\"stage\": \"dev\", \"component\": \"calc\"}}\n",
        "calc",
        "sums",
        ALL,
        &expect![[r#"
            src/calc -> src/sums (asks)
            specs/x.md: "component: 'calc' # it"
              "component: 'sums' # it"
            src/calc/package.json: "{\"name\": \"calc\", \"stagegate\": {\"stage\": \"dev\", \"component\": \"calc\"}}"
              "{\"name\": \"calc\", \"stagegate\": {\"stage\": \"dev\", \"component\": \"sums\"}}"
        "#]],
    );
}

#[test]
fn the_title_follows_where_it_says_nothing_else() {
    check(
        "\
//- specs/out.md
# Component Specification: Out Box
**Component Name:** out_box
//- src/out_box/MATURITY.md
# Out Box Maturity Status
**Component:** out_box
//- specs/other.md
# Out Box
**Component Name:** other
//- specs/box.md
# The Out Box of Mail Component
**Component ID:** out_box
//- specs/templates/x.md
# Out Box
**Component ID:** out_box
",
        "out_box",
        "mail_room",
        CanRename::default(),
        &expect![[r##"
            left: src/out_box
            specs/out.md: "# Component Specification: Out Box"
              "# Component Specification: Mail Room"
            specs/out.md: "**Component Name:** out_box"
              "**Component Name:** mail_room"
            src/out_box/MATURITY.md: "# Out Box Maturity Status"
              "# Mail Room Maturity Status"
            src/out_box/MATURITY.md: "**Component:** out_box"
              "**Component:** mail_room"
            specs/box.md: "**Component ID:** out_box"
              "**Component ID:** mail_room"
        "##]],
    );
}

#[test]
fn a_spec_in_a_folder_that_is_renamed_is_renamed_as_well() {
    let fixture = "\
//- src/foo/specs/foo.md
# Foo

**Target Stage:** dev

[me](foo.md) `src/foo/specs/foo.md`
//- src/foo/a.py
//- specs/bar.md
# B

**Component Name:** bar
**Target Stage:** dev

[foo](../src/foo/specs/foo.md#x) `src/foo/specs/foo.md`
";
    check(
        fixture,
        "foo",
        "sums",
        ALL,
        &expect![[r##"
            src/foo/specs/foo.md -> src/foo/specs/sums.md
            src/foo -> src/sums (asks)
            src/foo/specs/foo.md: "# Foo"
              "# Sums"
            src/foo/specs/foo.md: "[me](foo.md) `src/foo/specs/foo.md`"
              "[me](sums.md) `src/sums/specs/sums.md`"
              1 of 4 with the folders
            specs/bar.md: "[foo](../src/foo/specs/foo.md#x) `src/foo/specs/foo.md`"
              "[foo](../src/sums/specs/sums.md#x) `src/sums/specs/sums.md`"
              2 of 4 with the folders
        "##]],
    );
    check(
        fixture,
        "foo",
        "sums",
        CanRename { files: true, asks: false },
        &expect![[r##"
            src/foo/specs/foo.md -> src/foo/specs/sums.md
            left: src/foo
            src/foo/specs/foo.md: "# Foo"
              "# Sums"
            src/foo/specs/foo.md: "[me](foo.md) `src/foo/specs/foo.md`"
              "[me](sums.md) `src/foo/specs/sums.md`"
            specs/bar.md: "[foo](../src/foo/specs/foo.md#x) `src/foo/specs/foo.md`"
              "[foo](../src/foo/specs/sums.md#x) `src/foo/specs/sums.md`"
        "##]],
    );
    check(
        fixture,
        "foo",
        "sums",
        CanRename::default(),
        &expect![[r#"
        refused: `foo` has its name from the path `src/foo/specs/foo.md`, which this editor cannot rename as part of a rename. Rename it yourself, or write `**Component Name:** foo` into `src/foo/specs/foo.md` first.
    "#]],
    );
}
