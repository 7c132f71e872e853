use super::*;
use crate::fixture::Fixture;
use crate::ide::testing::{WORKSPACE, both, quiet};
use crate::text::range;
use expect_test::{Expect, expect};
use std::fmt::Write as _;

fn of(fixture: &Fixture, path: &str, within: TextRange) -> Vec<Hint> {
    both(fixture.text(path), |source| {
        let file = ComponentFile::of_path(source, path, &fixture.root);
        hints(source, path, &fixture.root, file.as_ref(), within)
    })
}

/// Renders each line with a hint, the hint in `«»`.
fn render(fixture: &Fixture, path: &str, tooltips: bool) -> String {
    let text = fixture.text(path);
    let mut out = String::new();
    for hint in of(fixture, path, range(0, text.len())) {
        let at = usize::from(hint.at);
        let start = text[..at].rfind('\n').map_or(0, |i| i + 1);
        let end = text[at..].find(['\r', '\n']).map_or(text.len(), |i| at + i);
        writeln!(out, "{}«{}»{}", text[start..at].trim_start(), hint.label, &text[at..end]).unwrap();
        if let Some(tooltip) = hint.tooltip.filter(|_| tooltips) {
            writeln!(out, "{tooltip}\n").unwrap();
        }
    }
    out
}

fn check(fixture: &str, path: &str, expected: &Expect) {
    expected.assert_eq(&render(&quiet(fixture), path, false));
}

#[test]
fn a_spec_shows_what_the_workspace_knows() {
    let fixture = quiet(WORKSPACE);
    expect![[r#"
        **Target Stage:** staging«now: development»
        Component `reporting`

        - stage: development, stated in `src/reporting/MATURITY.md`, `src/reporting/__init__.py`, `specs/reporting.md`
        - target: staging
        - spec: `specs/reporting.md`
        - source: `src/reporting`
        - tests: `tests/test_reporting.py`
        - depends on: `notifications` (development), `pricing` (staging)
        - coverage: 59.5 %, reported in `src/reporting/MATURITY.md`
        - criteria in `specs/reporting.md`: development 1/1, staging 1/3
        - criteria in `src/reporting/MATURITY.md`: staging 1/2

        - `notifications` (staging)«now: development, below staging» - the outbox
        Component `notifications`

        - stage: development, stated in `src/notifications/__init__.py`, `specs/notifications.md`
        - target: production
        - spec: `specs/notifications.md`
        - source: `src/notifications`
        - needed by: `reporting`

        - `pricing`«now: staging» - the prices
        Component `pricing`

        - stage: staging, stated in `specs/pricing.md`
        - target: staging
        - spec: `specs/pricing.md`
        - needed by: `reporting`

        ## Acceptance Criteria«2/4»
        2 of 4 ticked; open:

        - `Test coverage ≥75%`
        - `Reviewed by sales`

        ### Development Stage«1/1»
        1 of 1 ticked

        ### Staging Stage«1/3»
        1 of 3 ticked; open:

        - `Test coverage ≥75%`
        - `Reviewed by sales`

        - [ ] Test coverage ≥75%«policy: 70 %»
        To reach staging, the policy asks for at least 70 % of coverage (`quality_gates.test_coverage.staging_threshold`).

        This document asks for 75 %, which is more, and counts.

        - Test coverage: ≥75%«policy: 70 %»
        To reach staging, the policy asks for at least 70 % of coverage (`quality_gates.test_coverage.staging_threshold`).

        This document asks for 75 %, which is more, and counts.

    "#]].assert_eq(&render(&fixture, "specs/reporting.md", true));
}

#[test]
fn a_maturity_file_shows_it_too() {
    check(
        WORKSPACE,
        "src/reporting/MATURITY.md",
        &expect![[r#"
        - Notifications (Current Stage: Development)«below staging»
        ## Maturity Criteria«1/2»
        ### Development → Staging«1/2»
    "#]],
    );
}

#[test]
fn templates_moved_documents_and_other_dialects_show_nothing() {
    let fixture = quiet(WORKSPACE);
    for path in [
        "specs/templates/component.template.md",
        "specs/moved.md",
        "specs/login/requirements.md",
        "README.md",
    ] {
        assert_eq!(render(&fixture, path, true), "", "{path}");
    }
}

#[test]
fn dependencies_are_marked_behind_what_is_written() {
    check(
        "//- specs/a.md\n# A\n**Component Name:** a\n**Target Stage:** staging\n## Dependencies\n### Required Components\n\
         - **b** (Current Stage: Staging, \u{1f680}) - needs c\n- `c`\n- c2 - unquoted\n- `a` (staging)\n- `nobody` (staging)\n- `d` (staging) (really)\n\
         //- specs/b.md\n# B\n**Component Name:** b\n**Status:** Staging\n## Dependencies\n### Required Components\n- `c` (staging)\n\
         //- specs/c.md\n# C\n**Component Name:** c\n**Status:** Development\n\
         //- specs/c2.md\n# C\n**Component Name:** c2\n**Target Stage:** staging\n\
         //- specs/d.md\n# D\n**Component Name:** d\n**Status:** Production\n",
        "specs/a.md",
        &expect![[r#"
            **Target Stage:** staging«now: backlog»
            - **b** (Current Stage: Staging, 🚀)«below staging through c» - needs c
            - `c`«now: development, below staging»
            - `d` (staging)«now: production» (really)
        "#]],
    );
}

#[test]
fn globs_show_how_many_files_they_match() {
    let files = "//- src/a.py\n//- src/b.py\n//- docs/c.md\n";
    let path = "x.instructions.md";
    let check = |head: &str, expected: Expect| check(&format!("{files}//- {path}\n{head}"), path, &expected);
    check(
        "---\napplyTo: \"src/*.py, docs/**, nowhere/**\"\n---\n",
        expect![[r#"
        applyTo: "src/*.py«2 files», docs/**, nowhere/**"
        applyTo: "src/*.py, docs/**«1 file», nowhere/**"
        applyTo: "src/*.py, docs/**, nowhere/**«no files»"
    "#]],
    );
    check(
        "---\r\napplyTo: \"src/*.py\"\r\n---\r\n",
        expect![[r#"
        applyTo: "src/*.py"«2 files»
    "#]],
    );
    check(
        "---\napplyTo:\n  - docs/*.md\n  - 'src/[z-a].py'\n  - \"src\\x2f*.py\"\n  - \"a\\x2c, b\"\n---\n",
        expect![[r#"
              - docs/*.md«1 file»
              - "src\x2f*.py"«2 files»
        "#]],
    );
}

#[test]
fn only_the_range_asked_for_is_answered() {
    let mut spec = "//- specs/a.md\n# A\n**Component Name:** a\n**Target Stage:** staging\n## Dependencies\n### Required Components\n".to_owned();
    for _ in 0..20_000 {
        spec.push_str("- `b` (staging) - a purpose that takes up room\n");
    }
    spec.push_str("//- specs/b.md\n# B\n**Component Name:** b\n**Status:** Development\n");
    let fixture = quiet(&spec);
    let text = fixture.text("specs/a.md");
    assert!(text.len() > 900_000);
    let item = text.find("- `b`").unwrap();
    let len = "- `b` (staging) - a purpose that takes up room\n".len();
    let within = range(item + 100 * len, item + 110 * len);
    let hints = of(&fixture, "specs/a.md", within);
    assert_eq!(hints.len(), 10);
    assert!(hints.iter().all(|hint| within.contains_inclusive(hint.at)));
    assert_eq!(of(&fixture, "specs/a.md", range(5, 5)), []);
}
