use super::*;
use crate::fixture::Fixture;
use crate::ide::testing::{WORKSPACE, both, place, quiet};
use expect_test::{Expect, expect};

/// Checks the hover at the `|` of `marked`, which stands once in the file at `path`.
fn check_in(fixture: &str, path: &str, marked: &str, expected: &Expect) {
    let fixture = if fixture.contains("stagegate.yaml") { Fixture::new(fixture) } else { quiet(fixture) };
    let text = fixture.text(path);
    let plain = marked.replacen('|', "", 1);
    let at =
        text.find(&plain).unwrap_or_else(|| panic!("{plain:?} is not in {path}")) + marked.find('|').unwrap();
    let shown = match both(text, |source| hover(source, path, &fixture.root, at)) {
        None => "nothing\n".to_owned(),
        Some(hover) => format!("{} {:?}\n{}\n", place(text, hover.range), &text[hover.range], hover.markdown),
    };
    expected.assert_eq(&shown);
}

fn check(path: &str, marked: &str, expected: &Expect) {
    check_in(WORKSPACE, path, marked, expected);
}

const SPEC: &str = "specs/reporting.md";

#[test]
fn a_component_has_a_card() {
    check(
        SPEC,
        "Name:** repor|ting",
        &expect![[r#"
            2:20-2:29 "reporting"
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
        "#]],
    );
    check(
        SPEC,
        "- `notif|ications`",
        &expect![[r#"
            15:3-15:16 "notifications"
            Component `notifications`

            - stage: development, stated in `src/notifications/__init__.py`, `specs/notifications.md`
            - target: production
            - spec: `specs/notifications.md`
            - source: `src/notifications`
            - needed by: `reporting`
        "#]],
    );
    check(
        SPEC,
        "what `pric|ing` says",
        &expect![[r#"
            7:12-7:19 "pricing"
            Component `pricing`

            - stage: staging, stated in `specs/pricing.md`
            - target: staging
            - spec: `specs/pricing.md`
            - needed by: `reporting`
        "#]],
    );
    check(
        SPEC,
        "[[pri|cing]]",
        &expect![[r#"
            7:81-7:88 "pricing"
            Component `pricing`

            - stage: staging, stated in `specs/pricing.md`
            - target: staging
            - spec: `specs/pricing.md`
            - needed by: `reporting`
        "#]],
    );
    check(
        SPEC,
        "`src/rep|orting/digest.py:12`",
        &expect![[r#"
        nothing
    "#]],
    );
    check(
        "src/reporting/__init__.py",
        "__matu|rity__",
        &expect![[r#"
            1:0-1:12 "__maturity__"
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
        "#]],
    );
}

#[test]
fn a_stage_says_what_it_is_for_and_what_it_asks_for() {
    check(
        SPEC,
        "Target Stage:** stag|ing",
        &expect![[r#"
            4:18-4:25 "staging"
            Stage **staging**: the component proves itself together with those that it works with.

            To enter it:

            - everything that development asks for
            - integration tests
            - its dependencies are connected, and in staging themselves

            Its gates:

            - integration_tests: all integration tests pass
            - coverage: at least 70 %
            - lint: no issues
            - types: no type errors
            - security: no secrets; no critical, no high and at most 5 medium vulnerabilities
            - performance: no slower than before
            - a week without critical bugs before it goes on
        "#]],
    );
    check(
        SPEC,
        "### Produc|tion",
        &expect![[r#"
            32:4-32:14 "Production"
            Stage **production**: people rely on the component.

            To enter it:

            - everything that staging asks for
            - end-to-end tests
            - a security review
            - monitoring
            - a rollback that was tried

            Its gates:

            - e2e_tests: all end-to-end tests pass
            - coverage: at least 80 %
            - lint: no issues
            - types: no type errors
            - security: no secrets; no critical, no high and at most 5 medium vulnerabilities
            - up for 99.5 % of the last seven days in staging
            - the sign-offs that the spec lists
        "#]],
    );
    check(
        SPEC,
        "(stag|ing)",
        &expect![[r#"
            15:19-15:26 "staging"
            Stage **staging**: the component proves itself together with those that it works with.

            To enter it:

            - everything that development asks for
            - integration tests
            - its dependencies are connected, and in staging themselves

            Its gates:

            - integration_tests: all integration tests pass
            - coverage: at least 70 %
            - lint: no issues
            - types: no type errors
            - security: no secrets; no critical, no high and at most 5 medium vulnerabilities
            - performance: no slower than before
            - a week without critical bugs before it goes on
        "#]],
    );
    check(
        "src/reporting/__init__.py",
        "\"devel|opment\"",
        &expect![[r#"
            1:16-1:27 "development"
            Stage **development**: the component is built, and its own behaviour is covered by unit tests.

            To enter it:

            - a spec
            - the start of an implementation
            - the first unit tests

            Its gates:

            - tests: all tests pass
            - coverage: at least 60 %
            - lint: no issues
            - types: no type errors
            - security: no secrets; no critical, no high and at most 5 medium vulnerabilities
        "#]],
    );
    check_in(
        "//- stagegate.yaml\nquality_gates:\n  test_coverage:\n    staging_threshold: 72.5\n  linting:\n    max_issues: 3\n  test_pass_rate:\n    required: 99\nrules:\n  \"spec/*\": off\n  \"maturity/*\": off\n\
         //- src/a/MATURITY.md\n**Current Stage**: Development \u{2192} Staging\n",
        "src/a/MATURITY.md",
        "Stag|ing",
        &expect![[r#"
            0:33-0:40 "Staging"
            Stage **staging**: the component proves itself together with those that it works with.

            To enter it:

            - everything that development asks for
            - integration tests
            - its dependencies are connected, and in staging themselves

            Its gates:

            - integration_tests: at least 99 % of the integration tests pass
            - coverage: at least 72.5 %
            - lint: at most 3 issues
            - types: no type errors
            - security: no secrets; no critical, no high and at most 5 medium vulnerabilities
            - performance: no slower than before
            - a week without critical bugs before it goes on
        "#]],
    );
    check_in(
        "//- specs/a.md\n# A\n**Component Name:** a\n**Status:** Experimental\n",
        "specs/a.md",
        "Experi|mental",
        &expect![[r#"
            2:12-2:24 "Experimental"
            Stage **experimental**: trying out whether an idea carries. It has no gates; only what is experimental itself may depend on it.
        "#]],
    );
}

#[test]
fn a_criterion_says_why_its_gate_is_there() {
    check(
        SPEC,
        "Linting cl|ean",
        &expect![[r#"
            24:6-24:26 "Linting clean (ruff)"
            Gate **lint**: known traps and differences of style are settled by a tool, so that reviews are about the rest.

            Asked for from development on: no issues.
        "#]],
    );
    check(
        SPEC,
        "Test cov|erage \u{2265}75%\n- [ ] Reviewed",
        &expect![[r#"
        25:6-25:24 "Test coverage ≥75%"
        Gate **coverage**: code that no test runs can break unseen. The higher the stage, the more people would notice, so the bar rises.

        - development: at least 60 %
        - staging: at least 70 % (this criterion)
        - production: at least 80 %
    "#]],
    );
    check(
        SPEC,
        "Reviewed by sa|les",
        &expect![[r#"
        nothing
    "#]],
    );
}

#[test]
fn a_coverage_is_compared_with_the_policy() {
    check(
        SPEC,
        "coverage: \u{2265}7|5%",
        &expect![[r#"
        31:17-31:21 "≥75%"
        To reach staging, the policy asks for at least 70 % of coverage (`quality_gates.test_coverage.staging_threshold`).

        This document asks for 75 %, which is more, and counts.
    "#]],
    );
    check(
        SPEC,
        "coverage: \u{2265}8|0%",
        &expect![[r#"
        33:17-33:21 "≥80%"
        To reach production, the policy asks for at least 80 % of coverage (`quality_gates.test_coverage.production_threshold`).

        This document asks for the same.
    "#]],
    );
    check_in(
        "//- specs/a.md\n# A\n**Component Name:** a\n## Maturity Targets\n### Development\nTest coverage >= 50 %\n",
        "specs/a.md",
        ">= 5|0 %",
        &expect![[r#"
            4:14-4:21 ">= 50 %"
            To reach development, the policy asks for at least 60 % of coverage (`quality_gates.test_coverage.dev_threshold`).

            This document asks for 50 %, which is less: the policy counts. A spec may ask for more, never for less.
        "#]],
    );
}

#[test]
fn a_reported_coverage_is_compared_with_each_stage() {
    check(
        "src/reporting/MATURITY.md",
        "Coverage**: 59|.5%",
        &expect![[r#"
        13:22-13:27 "59.5%"
        Reported coverage 59.5 %: what somebody measured. It opens no gate.

        - development: at least 60 %, not reached
        - staging: at least 75 %, not reached
        - production: at least 80 %, not reached
    "#]],
    );
}

#[test]
fn long_lists_are_cut_and_templates_are_left_alone() {
    let mut text = "//- specs/a.md\n# A\n**Component Name:** a\n**Target Stage:** staging\n## Dependencies\n### Required Components\n".to_owned();
    for i in 0..50 {
        text += &format!("- `c{i}` (staging)\n");
    }
    check_in(
        &text,
        "specs/a.md",
        "Name:** |a",
        &expect![[r#"
        1:20-1:21 "a"
        Component `a`

        - stage: backlog; no file states one
        - target: staging
        - spec: `specs/a.md`
        - depends on: `c0` (unknown), `c1` (unknown), `c2` (unknown), `c3` (unknown), `c4` (unknown), `c5` (unknown), `c6` (unknown), `c7` (unknown), `c8` (unknown), `c9` (unknown) and 40 more
    "#]],
    );
    check(
        "specs/templates/component.template.md",
        "Target Stage:** stag|ing",
        &expect![[r#"
        nothing
    "#]],
    );
    check(
        SPEC,
        "Sends wh|at",
        &expect![[r#"
        nothing
    "#]],
    );
}
