use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;
use crate::fixture::Fixture;
use crate::gates::{GateName, Verdict, status};
use crate::text::Source;

/// Renders what reading shows of one gate of component `a` for staging.
fn check(kind: GateKind, fixture: &str, expected: &Expect) {
    let fixture = Fixture::new(fixture);
    let id = fixture.components().find("a").unwrap();
    let gates = status(&fixture.root, id, Stage::Staging);
    let mut out = String::new();
    for gate in gates.iter().filter(|gate| gate.name == GateName::from(kind)) {
        match (gate.verdict(), &gate.judgement) {
            (Some(verdict), Some(judgement)) => {
                writeln!(out, "{}: {}", verdict.name(), judgement.found.replace("; ", "\n  ")).unwrap();
            }
            _ => out.push_str("no evidence\n"),
        }
    }
    expected.assert_eq(&out);
}

const COMPLETE: &str = "//- specs/a.md\n# A\n\n**Component Name:** a\n**Target Stage:** staging\n\n## Overview\ntext\n\n## Requirements\n\n### FR1: one\n\n## Acceptance Criteria\n- [ ] done\n";

#[test]
fn a_spec_is_complete_and_free_of_conflicts() {
    let kind = GateKind::Specification;
    check(
        kind,
        COMPLETE,
        &expect![[r#"
        pass: nothing is missing
    "#]],
    );
    check(
        kind,
        &COMPLETE
            .replace("## Overview", "## Over")
            .replace("**Target", "**Owner:** TBD\n**Reviewer:** [Name]\n**Status:** stagin\n**Target")
            .replace("### FR1: one", "### FR1: one\n### FR1: two"),
        &expect![[r#"
            fail: the section `Overview` is missing
              `specs/a.md`: a placeholder of the template that nobody has filled in (`spec/placeholder-left`, 2 times)
              `specs/a.md`: a spec asks for two things that contradict each other (`spec/conflicting-requirements`)
        "#]],
    );
    check(
        kind,
        &format!("{COMPLETE}//- specs/b.md\n# A\n**Component Name:** a\n"),
        &expect![[r#"
        fail: `specs/a.md` and `specs/b.md` both describe it
    "#]],
    );
    check(
        kind,
        "//- src/a/MATURITY.md\n# A\n**Current Stage**: Development\n",
        &expect![[r#"
        fail: there is no spec
    "#]],
    );
}

#[test]
fn what_is_silenced_is_no_mistake() {
    let spec =
        COMPLETE.replace("**Target", "**Owner:** TBD <!-- stagegate: ignore[placeholder-left] -->\n**Target");
    check(
        GateKind::Specification,
        &spec,
        &expect![[r#"
        pass: nothing is missing
    "#]],
    );
    let off = format!("//- stagegate.yaml\nrules:\n  spec/conflicting-requirements: off\n{COMPLETE}")
        .replace("### FR1: one", "### FR1: one\n### FR1: two");
    check(
        GateKind::Specification,
        &off,
        &expect![[r#"
        pass: nothing is missing
    "#]],
    );
}

#[test]
fn what_it_needs_has_reached_the_stage_and_does_not_need_it() {
    let needs = "## Dependencies\n### Required Components\n- `b` (staging)\n- `c` (staging)\n- `nobody` (staging)\n### Optional Components\n- `e` (staging)\n";
    let others = "//- specs/b.md\n# B\n**Component Name:** b\n**Status:** Staging\n## Dependencies\n### Required Components\n- `d` (staging)\n\
        //- specs/c.md\n# C\n**Component Name:** c\n**Status:** Staging\n## Dependencies\n### Required Components\n- `a` (staging)\n\
        //- specs/d.md\n# D\n**Component Name:** d\n**Status:** Development\n//- specs/e.md\n# E\n**Component Name:** e\n";
    check(
        GateKind::Dependencies,
        &format!("{COMPLETE}{needs}{others}"),
        &expect![[r#"
        fail: `d` is in development
          `c` needs it in turn
          `nobody` is unknown
    "#]],
    );
    check(
        GateKind::Dependencies,
        COMPLETE,
        &expect![[r#"
        pass: nothing is missing
    "#]],
    );
}

#[test]
fn documentation_is_looked_for_in_all_its_places() {
    let kind = GateKind::Documentation;
    check(
        kind,
        &format!("{COMPLETE}//- src/a/a.py\n//- src/a/deep/README.md\n//- docs/other.md\n"),
        &expect![[r#"
            fail: no README: expected `src/a/README.md` or `docs/a.md`
              the API is not documented: expected text below `API Design` in the spec
              no examples: expected code below `API Design` in the spec, or files in `src/a/examples`
        "#]],
    );
    check(
        kind,
        COMPLETE,
        &expect![[r#"
        fail: no README: expected `docs/a.md`
          the API is not documented: expected text below `API Design` in the spec
          no examples: expected code below `API Design` in the spec, or files in `examples/a`
    "#]],
    );
    let api = "## API Design\n\n### Functions\n\nOne.\n\n```python\nf()\n```\n\n## Else\n";
    check(
        kind,
        &format!("{COMPLETE}{api}//- src/a/a.py\n//- src/a/readme.rst\n"),
        &expect![[r#"
        pass: nothing is missing
    "#]],
    );
    // Empty sections, and code of another one.
    let api = "## API Design\n\n### Functions\n\n---\n\n## Else\n\n```python\nf()\n```\n";
    check(
        kind,
        &format!("{COMPLETE}{api}//- docs/a.md\n//- examples/a.py\n"),
        &expect![[r#"
        fail: the API is not documented: expected text below `API Design` in the spec
    "#]],
    );
    let api = "## API Design\n`f()`";
    check(
        kind,
        &format!("{COMPLETE}{api}\n//- docs/a/guide.md\n//- src/a/examples/one.py\n"),
        &expect![[r#"
            pass: nothing is missing
        "#]],
    );
}

#[test]
fn flaky_tests_are_those_of_every_kind() {
    let evidence = |gate: &str, rest: &str| {
        format!(
            r#"{{"gate": "{gate}", "component": "a", "origin": "run", "started_ms": 0, "ended_ms": 0{rest}}}"#
        )
    };
    let passed =
        r#", "observed": {"Ok": {"kind": "tests", "passed": 3, "failed": 0, "errors": 0, "skipped": 0}}"#;
    let board = |entries: &[String]| {
        format!("{COMPLETE}//- .stagegate/evidence.json\n{{\"evidence\": [{}]}}\n", entries.join(","))
    };
    let kind = GateKind::Flakiness;
    check(
        kind,
        &board(&[]),
        &expect![[r#"
        no evidence
    "#]],
    );
    check(
        kind,
        &board(&[evidence("tests", passed)]),
        &expect![[r#"
        pass: no flaky test
    "#]],
    );
    let flaky = format!(r#"{passed}, "flaky": ["test_one"]"#);
    check(
        kind,
        &board(&[
            evidence("tests", passed),
            evidence("e2e_tests", &flaky),
            evidence("integration_tests", &flaky),
        ]),
        &expect![[r#"
            fail: 2 flaky tests
        "#]],
    );
    let stale = format!(r#"{passed}, "stale": ["src/a.py"]"#);
    check(
        kind,
        &board(&[evidence("tests", &stale)]),
        &expect![[r#"
        inconclusive: no flaky test
    "#]],
    );
    let broken = r#", "observed": {"Err": {"kind": "tool_missing", "message": "pytest is not there", "help": "install it"}}"#;
    check(
        kind,
        &board(&[evidence("tests", broken)]),
        &expect![[r#"
        error: pytest is not there
    "#]],
    );
    check(
        kind,
        &board(&[evidence("e2e_tests", passed)]),
        &expect![[r#"
        no evidence
    "#]],
    );
}

#[test]
fn instruction_files_are_wrong_where_they_have_errors() {
    let path = "x.instructions.md";
    let root = Root::default();
    let found = |text: &str| crate::diagnostics(Source::Str(text), path, &root);
    let (bad, good) = (found("---\nx: [\n---\n"), found("---\napplyTo: '**'\ndescription: d\n---\n# T\n"));
    assert!(bad.iter().any(|finding| finding.severity == Severity::Error));
    let observed =
        instructions_observed([("a.md", Ok(&*good)), (path, Ok(&*bad)), ("c.md", Err("it is no UTF-8"))]);
    expect![[r#"
        Checklist { wanted: 3, missing: ["`x.instructions.md`: the required field `applyTo` is missing, and 2 more", "`c.md` cannot be read: it is no UTF-8"] }
    "#]].assert_eq(&format!("{observed:?}\n"));
    let none = instructions_observed([]);
    let judgement =
        crate::gates::judge(GateKind::Instructions, Ok(&none), &[], &crate::gates::Threshold::Complete);
    assert_eq!(judgement.verdict, Verdict::Pass);
}
