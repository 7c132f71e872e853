use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;
use crate::diagnostic::apply_edits;
use crate::fixture::Fixture;
use crate::ide::testing::{both, cursor};
use crate::text::range;

const SPEC: &str = "\
# Prices

**Component Name:** prices
**Status:** Development
**Target Stage:** staging

## Acceptance Criteria

### Development
- [x] All unit tests pass

### Staging
- [ ] All unit tests pass
- [ ] Unit tests passing (≥70% coverage)
- [ ] Test coverage ≥90%
- [x] Linting clean
- [ ] No security issues
- [ ] Integration tests pass, approved by QA
- [ ] Documentation complete
- [ ] Reviewed
";

fn evidence(gate: &str, observed: &str) -> String {
    format!(
        "{{\"gate\": \"{gate}\", \"component\": \"prices\", \"origin\": \"run\", \"started_ms\": 0, \"ended_ms\": 0, \"observed\": {{\"Ok\": {observed}}}}}"
    )
}

fn fixture(spec: &str) -> Fixture {
    let evidence = [
        evidence("tests", r#"{"kind": "tests", "passed": 12, "failed": 0, "errors": 0, "skipped": 0}"#),
        evidence(
            "integration_tests",
            r#"{"kind": "tests", "passed": 1, "failed": 0, "errors": 0, "skipped": 0}"#,
        ),
        evidence("coverage", r#"{"kind": "coverage", "covered": 95, "statements": 100, "files": 2}"#),
        evidence("lint", r#"{"kind": "issues", "count": 2}"#),
        evidence("types", r#"{"kind": "issues", "count": 1}"#),
        evidence("secrets", r#"{"kind": "issues", "count": 0}"#),
    ];
    Fixture::new(&format!(
        "//- stagegate.yaml\nrules:\n  \"spec/*\": off\n  \"maturity/*\": off\n//- specs/prices.md\n{spec}//- src/prices/README.md\n//- src/prices/prices.py\n//- .stagegate/evidence.json\n\
         {{\"evidence\": [{}], \"files\": {{\"src/prices/prices.py\": {{\"covered\": 1, \"statements\": 2, \"missing\": [[1, 1]]}}}}}}\n",
        evidence.join(",")
    ))
}

/// Renders the actions at `$0`, but not what silences findings.
fn check(marked: &str, expected: &Expect) {
    let (plain, at) = cursor(marked);
    let fixture = fixture(SPEC);
    let text = fixture.text("specs/prices.md");
    let at = text.find(&plain).expect("the text stands in the spec") + at;
    let found = both(text, |source| {
        super::super::actions(source, "specs/prices.md", &fixture.root, range(at, at), &ActionKind::ALL)
    });
    let mut out = String::new();
    for action in found.iter().filter(|action| !action.title.starts_with("Ignore")) {
        writeln!(out, "{:?}: {}", action.kind, action.title).unwrap();
        for finding in &action.diagnostics {
            writeln!(out, "  for {}", finding.rule.code).unwrap();
        }
        if let Some(command) = &action.command {
            writeln!(out, "  {} {}", command.name(), command.argument("file:///x")).unwrap();
        }
        let after = apply_edits(text, &action.edits);
        for (before, after) in text.lines().zip(after.lines()).filter(|(before, after)| before != after) {
            writeln!(out, "  {before} -> {after}").unwrap();
        }
    }
    expected.assert_eq(&out);
}

#[test]
fn a_criterion_offers_its_gates_and_those_of_its_stage() {
    check(
        "- [ ] No $0security issues",
        &expect![[r#"
        Gates: Run gates `secrets` and `vulnerabilities`
          stagegate.runGates {"component":"prices","only":["secrets","vulnerabilities"],"stage":"staging","uri":"file:///x"}
        Gates: Run all gates of staging
          stagegate.runGates {"component":"prices","stage":"staging","uri":"file:///x"}
        Gates: Tick 3 items of staging from evidence
          - [ ] All unit tests pass -> - [x] All unit tests pass
          - [ ] Unit tests passing (≥70% coverage) -> - [x] Unit tests passing (≥70% coverage)
          - [ ] Test coverage ≥90% -> - [x] Test coverage ≥90%
    "#]],
    );
    check(
        "### Development\n- [x] All $0unit",
        &expect![[r#"
        Gates: Run gate `tests`
          stagegate.runGates {"component":"prices","only":["tests"],"stage":"development","uri":"file:///x"}
        Gates: Run all gates of development
          stagegate.runGates {"component":"prices","stage":"development","uri":"file:///x"}
    "#]],
    );
    check(
        "- [x] Lin$0ting clean",
        &expect![[r#"
        QuickFix: Untick: the evidence says otherwise
          for gate/claim-not-supported
          - [x] Linting clean -> - [ ] Linting clean
        QuickFix: Run gate `lint`
          for gate/claim-not-supported
          stagegate.runGates {"component":"prices","only":["lint"],"stage":"staging","uri":"file:///x"}
        Gates: Run all gates of staging
          stagegate.runGates {"component":"prices","stage":"staging","uri":"file:///x"}
        Gates: Tick 3 items of staging from evidence
          - [ ] All unit tests pass -> - [x] All unit tests pass
          - [ ] Unit tests passing (≥70% coverage) -> - [x] Unit tests passing (≥70% coverage)
          - [ ] Test coverage ≥90% -> - [x] Test coverage ≥90%
    "#]],
    );
    check(
        "- [ ] Docu$0mentation complete",
        &expect![[r#"
        Gates: Run all gates of staging
          stagegate.runGates {"component":"prices","stage":"staging","uri":"file:///x"}
        Gates: Tick 3 items of staging from evidence
          - [ ] All unit tests pass -> - [x] All unit tests pass
          - [ ] Unit tests passing (≥70% coverage) -> - [x] Unit tests passing (≥70% coverage)
          - [ ] Test coverage ≥90% -> - [x] Test coverage ≥90%
    "#]],
    );
}

#[test]
fn title_target_and_headings_offer_all_gates_of_their_stage() {
    check(
        "# Pri$0ces",
        &expect![[r#"
        Gates: Run all gates of staging
          stagegate.runGates {"component":"prices","stage":"staging","uri":"file:///x"}
        Gates: Tick 3 items of staging from evidence
          - [ ] All unit tests pass -> - [x] All unit tests pass
          - [ ] Unit tests passing (≥70% coverage) -> - [x] Unit tests passing (≥70% coverage)
          - [ ] Test coverage ≥90% -> - [x] Test coverage ≥90%
    "#]],
    );
    check(
        "**Target Stage:** stag$0ing",
        &expect![[r#"
        QuickFix: Run gate `types`
          for gate/types-not-met
          stagegate.runGates {"component":"prices","only":["types"],"stage":"staging","uri":"file:///x"}
        QuickFix: Run all gates of staging
          for gate/no-evidence
          stagegate.runGates {"component":"prices","stage":"staging","uri":"file:///x"}
        Gates: Tick 3 items of staging from evidence
          - [ ] All unit tests pass -> - [x] All unit tests pass
          - [ ] Unit tests passing (≥70% coverage) -> - [x] Unit tests passing (≥70% coverage)
          - [ ] Test coverage ≥90% -> - [x] Test coverage ≥90%
    "#]],
    );
    check(
        "### Develop$0ment",
        &expect![[r#"
        Gates: Run all gates of development
          stagegate.runGates {"component":"prices","stage":"development","uri":"file:///x"}
    "#]],
    );
    check(
        "- [ ] Re$0viewed",
        &expect![[r#"
        Gates: Sign off "Reviewed" of prices...
          stagegate.signOff {"component":"prices","criterion":"Reviewed","uri":"file:///x"}
    "#]],
    );
}

#[test]
fn only_what_fresh_evidence_proves_is_ticked() {
    let ticked = |fixture: &Fixture, stage| {
        let (path, text) = ("specs/prices.md", fixture.text("specs/prices.md"));
        let file = ComponentFile::of_path(Source::Str(text), path, &fixture.root).unwrap();
        apply_edits(text, &tick_from_evidence(&file, path, &fixture.root, stage))
    };
    let all = fixture(SPEC);
    expect![[r#"
        # Prices

        **Component Name:** prices
        **Status:** Development
        **Target Stage:** staging

        ## Acceptance Criteria

        ### Development
        - [x] All unit tests pass

        ### Staging
        - [x] All unit tests pass
        - [x] Unit tests passing (≥70% coverage)
        - [x] Test coverage ≥90%
        - [x] Linting clean
        - [ ] No security issues
        - [ ] Integration tests pass, approved by QA
        - [ ] Documentation complete
        - [ ] Reviewed
    "#]]
    .assert_eq(&ticked(&all, None));
    assert_eq!(ticked(&all, Some(Stage::Production)), SPEC);
    // More than the policy asks for, and more than there is.
    let more = fixture(&SPEC.replace("≥90%", "≥96%"));
    assert!(ticked(&more, None).contains("- [ ] Test coverage ≥96%"));
    let mut nothing = fixture(SPEC);
    nothing.root.gates = None;
    assert_eq!(ticked(&nothing, None), SPEC);
}

#[test]
fn source_files_offer_to_show_what_is_not_covered() {
    let fixture = fixture(SPEC);
    let of = |path: &str| {
        let found =
            super::super::actions(Source::Str("x\n"), path, &fixture.root, range(0, 0), &ActionKind::ALL);
        found.into_iter().map(|action| (action.title, action.kind)).collect::<Vec<_>>()
    };
    assert_eq!(of("src/prices/prices.py"), [("Show uncovered lines".to_owned(), ActionKind::Gates)]);
    assert_eq!(of("src/prices/other.py"), []);
}
