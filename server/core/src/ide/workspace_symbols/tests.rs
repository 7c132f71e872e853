use super::*;
use crate::fixture::Fixture;
use crate::ide::testing::{WORKSPACE, both, quiet};
use expect_test::{Expect, expect};
use std::fmt::Write as _;

fn render(fixture: &Fixture, found: &[Found]) -> String {
    let mut out = String::new();
    for found in found {
        let (at, what) =
            (fixture.place(&found.path, found.range()), &fixture.text(&found.path)[found.range()]);
        writeln!(out, "{:?} {} [{}] {} {at} {what:?}", found.kind, found.name, found.container, found.path)
            .unwrap();
    }
    out
}

fn check(query: &str, expected: &Expect) {
    let fixture = quiet(WORKSPACE);
    expected.assert_eq(&render(&fixture, &components(&fixture.root, query)));
}

#[test]
fn components_are_found_by_letters_in_order() {
    check(
        "",
        &expect![[r#"
        Component notifications [Development] specs/notifications.md 0:2-0:15 "Notifications"
        Component pricing [Staging] specs/pricing.md 0:2-0:9 "Pricing"
        Component reporting [Development] specs/reporting.md 0:2-0:39 "Component Specification: Reporting 🚀"
    "#]],
    );
    check(
        "RPT",
        &expect![[r#"
        Component reporting [Development] specs/reporting.md 0:2-0:39 "Component Specification: Reporting 🚀"
    "#]],
    );
    check(
        "ing",
        &expect![[r#"
        Component pricing [Staging] specs/pricing.md 0:2-0:9 "Pricing"
        Component reporting [Development] specs/reporting.md 0:2-0:39 "Component Specification: Reporting 🚀"
    "#]],
    );
    check(
        "pricing",
        &expect![[r#"
        Component pricing [Staging] specs/pricing.md 0:2-0:9 "Pricing"
    "#]],
    );
    check("x", &expect![]);
}

#[test]
fn sections_are_found_by_title_or_behind_their_component() {
    let fixture = quiet(WORKSPACE);
    let path = "specs/reporting.md";
    let find = |query: &str| both(fixture.text(path), |source| sections(source, path, &fixture.root, query));
    expect![[r#"
        Section reporting: Acceptance Criteria [reporting] specs/reporting.md 18:3-18:22 "Acceptance Criteria"
    "#]]
    .assert_eq(&render(&fixture, &find("criteria")));
    expect![[r#"
        Section reporting: Overview [reporting] specs/reporting.md 6:3-6:11 "Overview"
    "#]]
    .assert_eq(&render(&fixture, &find("reporting over")));
    assert_eq!(find("xyz"), []);
    let template = "specs/templates/component.template.md";
    assert_eq!(sections(Source::Str(fixture.text(template)), template, &fixture.root, "a"), []);
    assert!(may_have_sections("rep", "reporting") && may_have_sections("reporting over", "reporting"));
    assert!(!may_have_sections("over", "reporting") && !may_have_sections("xy", "pricing"));
}

#[test]
fn thousands_of_components_give_the_first() {
    let mut text = String::new();
    for i in 0..5000 {
        write!(text, "//- specs/c{i}.md\n# C\n**Component Name:** c{i}\n**Target Stage:** staging\n")
            .unwrap();
    }
    let fixture = quiet(&text);
    assert_eq!(components(&fixture.root, "").len(), MAX_FOUND);
    let found = components(&fixture.root, "c4999");
    assert_eq!((found.len(), found[0].name.as_str()), (1, "c4999"));
}

#[test]
fn source_that_no_file_says_anything_about_is_a_name_and_no_symbol() {
    let fixture = Fixture::new(
        "//- src/plain/x.py\n//- specs/a.md\n**Component Name:** a\n\n## Dependencies\n\n- `plain` (staging)\n- `pl`\n",
    );
    assert!(fixture.components().find("plain").is_some());
    assert_eq!(components(&fixture.root, "plain"), []);
    let text = fixture.text("specs/a.md");
    let at = text.len() - "`\n".len();
    let offered = crate::ide::completion(Source::Str(text), "specs/a.md", &fixture.root, at);
    let plain = offered.iter().find(|offer| offer.label == "plain").expect("it is offered");
    assert_eq!(plain.detail.as_deref(), Some("no stage stated"));
}
