use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;
use crate::fixture::check as check_findings;

/// Checks what a spec says: metadata, and what it depends on.
fn check(text: &str, expected: &Expect) {
    let source = Source::Str(text);
    let file = ComponentFile::of_path(source, "specs/x.md", &Root::default()).unwrap();
    let mut out = String::new();
    for field in &file.fields {
        let at = &text[field.value_range];
        writeln!(out, "{}: {at:?}", field.key).unwrap();
    }
    let stage =
        |stated: &Stated| format!("{:?} {:?} placeholder {}", stated.text, stated.stage, stated.placeholder);
    writeln!(out, "target {:?}", file.target.as_ref().map(stage)).unwrap();
    writeln!(out, "component {:?} by {}", file.component.name, file.component.source.name()).unwrap();
    for dependency in &file.dependencies {
        let kind = if dependency.required { "required" } else { "optional" };
        let stage = dependency.stage.as_ref().map(|stage| (&text[stage.range], stage.stage));
        writeln!(out, "{kind} {:?} {stage:?}", &text[dependency.name_range]).unwrap();
    }
    expected.assert_eq(&out);
}

#[test]
fn html_in_metadata_is_part_of_the_value_and_comments_are_not() {
    check(
        "# X\n\n**Component Name:** <component>\n**Owner:** <b>Mara</b> <mara@x.test>\n**Target Stage:** staging <!-- why -->\n**Status:** <!-- later -->\n**Reviewer:** <name>\n",
        &expect![[r#"
            Component Name: "<component>"
            Owner: "<b>Mara</b> <mara@x.test>"
            Target Stage: "staging"
            Status: ""
            Reviewer: "<name>"
            target Some("\"staging\" Some(Staging) placeholder false")
            component "x" by file stem
        "#]],
    );
    check_findings(
        "//- specs/x.md\n# X\n\n**Component Name:** x\n**Owner:** <name>\n**Reviewer:** <b>Mara</b>\n",
        "spec/placeholder-left",
        &expect![[r#"
            specs/x.md 3:11-3:17 warning spec/placeholder-left "<name>": `<name>` is a placeholder of the template; expected a value
              field: Owner
              help: write the value, or delete the line
        "#]],
    );
}

#[test]
fn dependencies_stand_in_lists_of_every_kind_but_not_in_tables() {
    check(
        "# X\n\n## Dependencies\n\n### Required Components\n* `star` (staging)\n+ `plus` (staging)\n\n1. `numbered` (staging)\n2) `paren` (staging)\n\n- [ ] `open` (staging)\n- [x] `done` (dev) - it is\n- group\n  - `nested` (production)\n    1. `deep` (staging)\n\n| component | stage |\n| --- | --- |\n| `table` | staging |\n\n`prose` (staging)\n\n### Optional Components\n- \u{1f680} `behind` (staging)\n-   **`bold`** (_staging_)\n",
        &expect![[r#"
            target None
            component "x" by file stem
            required "star" Some(("staging", Some(Staging)))
            required "plus" Some(("staging", Some(Staging)))
            required "numbered" Some(("staging", Some(Staging)))
            required "paren" Some(("staging", Some(Staging)))
            required "open" Some(("staging", Some(Staging)))
            required "done" Some(("dev", Some(Development)))
            required "nested" Some(("production", Some(Production)))
            required "deep" Some(("staging", Some(Staging)))
            optional "behind" Some(("staging", Some(Staging)))
            optional "bold" Some(("staging", Some(Staging)))
        "#]],
    );
}

#[test]
fn comments_between_items_take_nothing_away() {
    check(
        "# X\n\n## Dependencies\n\n- `a` (staging)\n<!-- stagegate: ignore[maturity/unknown-dependency] -->\n- `b` (staging)\n  <!-- inside -->\n- `c` (staging) <!-- behind -->\n\n<!-- alone -->\n\n- `d` (staging)\n<!--\n- `hidden` (staging)\n-->\n- `e` (staging)\n",
        &expect![[r#"
            target None
            component "x" by file stem
            required "a" Some(("staging", Some(Staging)))
            required "b" Some(("staging", Some(Staging)))
            required "c" Some(("staging", Some(Staging)))
            required "d" Some(("staging", Some(Staging)))
            required "e" Some(("staging", Some(Staging)))
        "#]],
    );
}

#[test]
fn line_ends_and_a_byte_order_mark_change_nothing() {
    let text = "# X\n\n**Component Name:** x\n**Target Stage:** staging\n\n## Dependencies\n\n- `a` (staging)\n- `b` (dev)\n";
    let texts =
        [text.to_owned(), text.replace('\n', "\r\n"), text.replace('\n', "\r"), format!("\u{feff}{text}")];
    for text in texts {
        check(
            &text,
            &expect![[r#"
                Component Name: "x"
                Target Stage: "staging"
                target Some("\"staging\" Some(Staging) placeholder false")
                component "x" by Component Name
                required "a" Some(("staging", Some(Staging)))
                required "b" Some(("dev", Some(Development)))
            "#]],
        );
    }
}
