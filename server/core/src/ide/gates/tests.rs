//! What hints, lenses and hovers show of gates.

use std::fmt::Write as _;

use expect_test::expect;

use crate::component::ComponentFile;
use crate::fixture::Fixture;
use crate::ide::testing::{WORKSPACE, both, cursor, quiet};
use crate::ide::{hints, hover, lenses};
use crate::text::range;

/// The evidence of `reporting`: tests pass, coverage is too low, the linter's is out of date, a tool is missing.
const EVIDENCE: &str = r#"//- src/reporting/csv.py
x = 1
y = 2
//- .stagegate/evidence.json
{"now_ms": 1795222979000, "evidence": [
  {"gate": "tests", "component": "reporting", "origin": "run", "started_ms": 0, "ended_ms": 1795222799000,
   "tool": "pytest", "tool_version": "9.0", "commit": "0123456789abcdef0123", "commands": [["pytest", "--junitxml", "a b.xml"]],
   "exit": {"code": 0}, "report": ".stagegate/runs/1/junit.xml",
   "observed": {"Ok": {"kind": "tests", "passed": 12, "failed": 0, "errors": 0, "skipped": 1}}},
  {"gate": "coverage", "component": "reporting", "origin": "report", "started_ms": 0, "ended_ms": 1795219379000,
   "report": "coverage.json", "observed": {"Ok": {"kind": "coverage", "covered": 119, "statements": 200, "files": 2}}},
  {"gate": "lint", "component": "reporting", "origin": "run", "started_ms": 0, "ended_ms": 1795222799000,
   "observed": {"Ok": {"kind": "issues", "count": 1}}, "stale": ["src/reporting/digest.py"],
   "findings": [{"path": "src/reporting/digest.py", "line": 3, "rule": "F401", "message": "`os` is *unused* | x"}, {"message": "more"}]},
  {"gate": "types", "component": "reporting", "origin": "run", "started_ms": 0, "ended_ms": 1795222799000,
   "observed": {"Err": {"kind": "tool_missing", "message": "pyright is not installed", "help": "install it with `pip install pyright`"}}}],
 "files": {"src/reporting/csv.py": {"covered": 1, "statements": 2, "missing": [[2, 2]], "measured_ms": 1795219379000},
           "src/reporting/__init__.py": {"covered": 1, "statements": 1, "measured_ms": 1795219379000, "is_stale": true}}}
"#;

fn fixture() -> Fixture {
    let criteria = "- [x] Linting clean (ruff)\n- [ ] All unit tests pass\n- [ ] Type checking clean\n- [ ] No security issues\n";
    let workspace = WORKSPACE.replace("- [x] Linting clean (ruff)\n", criteria);
    quiet(&format!("{workspace}{EVIDENCE}"))
}

fn hints_of(path: &str) -> String {
    let fixture = fixture();
    let text = fixture.text(path);
    let all = both(text, |source| {
        let file = ComponentFile::of_path(source, path, &fixture.root);
        hints(source, path, &fixture.root, file.as_ref(), range(0, text.len()))
    });
    let mut out = String::new();
    for hint in all {
        let at = usize::from(hint.at);
        let start = text[..at].rfind('\n').map_or(0, |i| i + 1);
        writeln!(out, "{}«{}»", text[start..at].trim_start(), hint.label).unwrap();
    }
    out
}

#[test]
fn hints_show_verdicts_and_coverage_with_their_age() {
    expect![[r#"
        **Target Stage:** staging«now: development»
        - `notifications` (staging)«now: development, below staging»
        - `pricing`«now: staging»
        ## Acceptance Criteria«2/7»
        ### Development Stage«1/1»
        - [x] All unit tests pass«✓ 12 passed, 1 skipped, 3 min ago»
        ### Staging Stage«1/6»
        - [x] Linting clean (ruff)«stale: ✗ 1 issue»
        - [ ] All unit tests pass«✓ 12 passed, 1 skipped, 3 min ago»
        - [ ] Type checking clean«! pyright is not installed, 3 min ago»
        - [ ] No security issues«no evidence»
        - [ ] Test coverage ≥75%«✗ 59.5 %, 1 h ago»
        - [ ] Test coverage ≥75%«policy: 70 %»
        - Test coverage: ≥75%«measured 59.5 %, 1 h ago»
        - Test coverage: ≥75%«policy: 70 %»
        - Test coverage: ≥80%«measured 59.5 %, 1 h ago»
    "#]]
    .assert_eq(&hints_of("specs/reporting.md"));
    expect![[r#"
        - Notifications (Current Stage: Development)«below staging»
        ## Maturity Criteria«1/2»
        ### Development → Staging«1/2»
    "#]]
    .assert_eq(&hints_of("src/reporting/MATURITY.md"));
}

#[test]
fn source_files_show_their_coverage() {
    expect![[r#"
        x = 1«covered 1 of 2 statements (50 %), 1 h ago»
    "#]]
    .assert_eq(&hints_of("src/reporting/csv.py"));
    expect![[r#"
        """Reports."""«covered 1 of 1 statements (100 %), stale»
    "#]]
    .assert_eq(&hints_of("src/reporting/__init__.py"));
    assert_eq!(hints_of("src/reporting/digest.py"), "");
}

#[test]
fn lenses_count_open_gates_and_prefer_what_was_measured() {
    let fixture = fixture();
    let mut out = String::new();
    for path in ["specs/reporting.md", "src/reporting/__init__.py", "specs/pricing.md"] {
        let found = both(fixture.text(path), |source| {
            let file = ComponentFile::of_path(source, path, &fixture.root);
            lenses(source, path, &fixture.root, file.as_ref())
        });
        for lens in found.iter().filter(|lens| !lens.is_link) {
            let command = lens
                .command
                .as_ref()
                .map(|command| format!(" {} {}", command.name(), command.argument("file:///x")));
            writeln!(out, "{path}: {}{}", lens.title, command.unwrap_or_default()).unwrap();
        }
    }
    expect![[r#"
        specs/reporting.md: Development → Staging
        specs/reporting.md: criteria 1/6
        specs/reporting.md: gates 3/9
        specs/reporting.md: coverage 59.5 % of 75 %
        specs/reporting.md: 1 blocker
        specs/reporting.md: Run gates stagegate.runGates {"component":"reporting","stage":"staging","uri":"file:///x"}
        src/reporting/__init__.py: Development → Staging
        src/reporting/__init__.py: criteria 1/6
        src/reporting/__init__.py: gates 3/9
        src/reporting/__init__.py: coverage 59.5 % of 75 %
        src/reporting/__init__.py: 1 blocker
        src/reporting/__init__.py: Run gates stagegate.runGates {"component":"reporting","stage":"staging","uri":"file:///x"}
        specs/pricing.md: Staging (target reached)
        specs/pricing.md: gates 1/9
        specs/pricing.md: Run gates stagegate.runGates {"component":"pricing","stage":"staging","uri":"file:///x"}
    "#]].assert_eq(&out);
}

/// Hovers over the text in `specs/reporting.md` at `$0` in `marked`.
fn hover_at(marked: &str) -> String {
    let fixture = fixture();
    let path = "specs/reporting.md";
    let (plain, at) = cursor(marked);
    let text = fixture.text(path);
    let at = text.find(&plain).expect("the text stands in the spec") + at;
    both(text, |source| hover(source, path, &fixture.root, at))
        .map(|hover| hover.markdown)
        .unwrap_or_default()
}

#[test]
fn hovers_show_the_evidence_of_a_criterion() {
    expect![[r#"
        Gate **tests**: what worked still works, also after the next change.

        Asked for from development on: all tests pass.

        ✓ tests for staging: **pass**

        - found: 12 passed, 1 skipped
        - asked for: every test passes
        - run 3 min ago, 2026-11-21 00:59 UTC
        - tool: pytest 9.0
        - command: `pytest --junitxml a b.xml`
        - commit: `0123456789ab`
        - report: `.stagegate/runs/1/junit.xml`"#]]
    .assert_eq(&hover_at("All unit$0 tests pass\n- [ ] Type"));
    expect![[r#"
        Gate **lint**: known traps and differences of style are settled by a tool, so that reviews are about the rest.

        Asked for from development on: no issues.

        ? linter for staging: **out of date**

        - found: 1 issue
        - asked for: no issue
        - what to do: mend what the linter finds
        - run 3 min ago, 2026-11-21 00:59 UTC
        - out of date: `src/reporting/digest.py` changed since
        - `src/reporting/digest.py:3` F401: \`os\` is \*unused\* \| x
        - more

        ---

        **gate/claim-not-supported**: a ticked criterion or a reported coverage that the evidence contradicts

        Ticks are what reviewers and promotions go by. One that is wrong is worse than none.

        `stagegate explain gate/claim-not-supported` says more."#]].assert_eq(&hover_at("Linting$0 clean"));
    expect![[r#"
        Gate **types**: a call with the wrong kind of value is found before it runs.

        Asked for from development on: no type errors.

        ! type checker for staging: **error**

        - found: pyright is not installed
        - what to do: install it with \`pip install pyright\`
        - run 3 min ago, 2026-11-21 00:59 UTC

        ---

        **gate/types-not-met**: the type checker finds errors

        What does not fit its types fails at the moment it is used.

        `stagegate explain gate/types-not-met` says more."#]]
    .assert_eq(&hover_at("Type $0checking clean"));
    expect![[r#"
        Gate **security**: a secret in the repository is known to everybody who reads it, and a known hole is looked for by strangers.

        Asked for from development on: no secrets; no critical, no high and at most 5 medium vulnerabilities.

        No evidence for secrets: nothing was run, and no report was found.

        No evidence for vulnerabilities: nothing was run, and no report was found."#]].assert_eq(&hover_at("No secu$0rity"));
}

#[test]
fn hovers_show_the_measured_coverage_beside_a_target() {
    expect![[r#"
        To reach staging, the policy asks for at least 70 % of coverage (`quality_gates.test_coverage.staging_threshold`).

        This document asks for 75 %, which is more, and counts.

        ✗ test coverage for staging: **fail**

        - found: 59.5 \% \(119 of 200 statements in 2 files)
        - asked for: at least 75 \%
        - what to do: test what is not covered yet
        - report, written 1 h ago, 2026-11-21 00:02 UTC
        - report: `coverage.json`"#]].assert_eq(&hover_at("Test coverage: \u{2265}7$05%"));
}

#[test]
fn the_card_of_a_component_has_a_table_of_gates() {
    expect![[r#"
        Component `reporting`

        - stage: development, stated in `src/reporting/MATURITY.md`, `src/reporting/__init__.py`, `specs/reporting.md`
        - target: staging
        - spec: `specs/reporting.md`
        - source: `src/reporting`
        - tests: `tests/test_reporting.py`
        - depends on: `notifications` (development), `pricing` (staging)
        - coverage: 59.5 %, reported in `src/reporting/MATURITY.md`
        - criteria in `specs/reporting.md`: development 1/1, staging 1/6
        - criteria in `src/reporting/MATURITY.md`: staging 1/2
        - coverage: measured 59.5 %, 1 h ago
        - gates: 3 of 9 required ones are open

        | | gate for staging | found | asked for | |
        | --- | --- | --- | --- | --- |
        | ✓ | `specification` | nothing is missing | nothing missing |  |
        | ✗ | `dependencies` | \`notifications\` is in development | nothing missing |  |
        | ✗ | `documentation`, optional | no README: expected \`src/reporting/README.md\` or \`docs/reporting.md\`; the API is not documented: expected text below \`AP… | nothing missing |  |
        | · | `instructions`, optional | no evidence |  |  |
        | ? | `lint` | 1 issue | no issue | stale |
        | ! | `types` | pyright is not installed |  | 3 min ago |
        | · | `secrets` | no evidence |  |  |
        | · | `vulnerabilities` | no evidence |  |  |
        | · | `complexity`, optional | no evidence |  |  |
        | ✓ | `tests` | 12 passed, 1 skipped | every test passes | 3 min ago |
        | ✗ | `coverage` | 59.5 \% \(119 of 200 statements in 2 files) | at least 75 \% | 1 h ago |
        | · | `integration_tests`, optional | no evidence |  |  |
        | · | `performance`, optional | no evidence |  |  |
        | ✓ | `flakiness` | no flaky test | no flaky test | 3 min ago |"#]].assert_eq(&hover_at("**Component Name:** repor$0ting"));
}
