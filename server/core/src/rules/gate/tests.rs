use expect_test::expect;

use crate::fixture::{Fixture, check};
use crate::workspace::Root;

/// A component in development, on its way to staging.
const SPEC: &str = "\
//- stagegate.yaml
rules:
  \"spec/*\": off
  \"maturity/*\": off
//- specs/prices.md
# Prices

**Component Name:** prices
**Status:** Development
**Target Stage:** staging

## Overview
text

## Requirements
text

## API Design
```python
price()
```

## Acceptance Criteria

### Development Stage
- [x] All unit tests pass
- [x] Test coverage ≥60%

### Staging Stage
- [ ] All unit tests pass
- [ ] Test coverage ≥70%
- [x] Linting clean (ruff)
- [ ] No security issues (detect-secrets)

## Maturity Targets

### Staging
- Test coverage: ≥75%
//- src/prices/prices.py
//- src/prices/README.md
//- tests/test_prices.py
";

/// One evidence: the gate, what was seen, and what else is known.
fn evidence(gate: &str, observed: &str, rest: &str) -> String {
    let observed =
        if observed.starts_with("{\"Err") { observed.to_owned() } else { format!("{{\"Ok\": {observed}}}") };
    format!(
        "{{\"gate\": \"{gate}\", \"component\": \"prices\", \"origin\": \"run\", \"started_ms\": 0, \"ended_ms\": 1795222979000, \
         \"observed\": {observed}{rest}}}"
    )
}

fn board(entries: &[String]) -> String {
    format!("{SPEC}//- .stagegate/evidence.json\n{{\"evidence\": [{}]}}\n", entries.join(",\n"))
}

fn tests(passed: usize, failed: usize) -> String {
    format!(
        "{{\"kind\": \"tests\", \"passed\": {passed}, \"failed\": {failed}, \"errors\": 0, \"skipped\": 0}}"
    )
}

fn coverage(covered: usize) -> String {
    format!(
        "{{\"kind\": \"coverage\", \"covered\": {covered}, \"statements\": 200, \"files\": 1, \
         \"gaps\": [{{\"path\": \"src/prices/prices.py\", \"first\": 3, \"last\": 9}}, {{\"path\": \"src/prices/prices.py\", \"first\": 20, \"last\": 20}}]}}"
    )
}

const NO_ISSUE: &str = "{\"kind\": \"issues\", \"count\": 0, \"files\": 4}";
const NO_VULNERABILITY: &str =
    "{\"kind\": \"vulnerabilities\", \"critical\": 0, \"high\": 0, \"medium\": 0, \"low\": 0}";

/// Everything that staging asks for, as it should be.
fn good() -> Vec<String> {
    vec![
        evidence("tests", &tests(12, 0), ""),
        evidence("coverage", &coverage(160), ""),
        evidence("lint", NO_ISSUE, ""),
        evidence("types", NO_ISSUE, ""),
        evidence("secrets", NO_ISSUE, ""),
        evidence("vulnerabilities", NO_VULNERABILITY, ""),
    ]
}

#[test]
fn without_a_board_and_without_any_evidence_nothing_is_said() {
    assert_eq!(Fixture::new(SPEC).render("*"), "");
    check(&board(&[]), "*", &expect![""]);
}

#[test]
fn what_is_not_met_stands_on_the_line_that_states_it() {
    let finding = ", \"tool\": \"pyright\", \"tool_version\": \"1.1.400\", \"findings\": [{\"path\": \"src/prices/prices.py\", \"line\": 7, \
                   \"column\": 3, \"end_line\": 7, \"end_column\": 9, \"rule\": \"reportCallIssue\", \"message\": \"no\"}, {\"message\": \"nowhere\"}]";
    check(
        &board(&[
            evidence("tests", &tests(12, 0), ""),
            evidence("coverage", &coverage(130), ", \"tool\": \"pytest\", \"tool_version\": \"9.0\""),
            evidence("types", "{\"kind\": \"issues\", \"count\": 1, \"files\": 4}", finding),
            evidence("secrets", NO_ISSUE, ""),
            evidence(
                "vulnerabilities",
                "{\"Err\": {\"kind\": \"tool_missing\", \"message\": \"bandit is not installed\", \"help\": \"install it with `pip install bandit`\"}}",
                "",
            ),
            evidence(
                "complexity",
                "{\"kind\": \"complexity\", \"functions\": 3, \"counts\": [[14, 1], [2, 2]]}",
                "",
            ),
        ]),
        "*",
        &expect![[r#"
            specs/prices.md 4:18-4:25 hint gate/complexity-not-met "staging": complexity for staging: 1 function above it; the most complex has 14; expected: at most 10 in every function (2026-11-21 01:02 UTC)
              field: complexity
              help: divide the functions that are named; `stagegate gates prices --only complexity` looks again
            specs/prices.md 4:18-4:25 hint gate/no-evidence "staging": no evidence for 4 of 14 gates of staging: `instructions`, `lint`, `integration_tests`, `performance`
              help: `stagegate gates prices --only instructions,lint,integration_tests,performance` runs them
            specs/prices.md 4:18-4:25 warning gate/types-not-met "staging": type checker for staging: 1 type error; expected: no type error (pyright 1.1.400, 2026-11-21 01:02 UTC)
              field: types
              help: mend the types; `stagegate gates prices --only types` looks again
              related src/prices/prices.py lines 7:3-7:9: reportCallIssue: no
            specs/prices.md 25:6-25:24 warning gate/coverage-not-met "Test coverage ≥70%": test coverage for staging: 65 % (130 of 200 statements in 1 file); expected: at least 75 % (pytest 9.0, 2026-11-21 01:02 UTC)
              field: coverage
              help: test what is not covered yet; `stagegate gates prices --only coverage` looks again
              related src/prices/prices.py lines 3:0-9:0: lines 3 to 9 are not covered
              related src/prices/prices.py lines 20:0-20:0: line 20 is not covered
            specs/prices.md 27:6-27:41 warning gate/vulnerabilities-not-met "No security issues (detect-secrets)": vulnerabilities for staging: bandit is not installed (2026-11-21 01:02 UTC)
              field: vulnerabilities
              help: install it with `pip install bandit`; `stagegate gates prices --only vulnerabilities` looks again
        "#]],
    );
}

#[test]
fn what_is_out_of_date_is_a_hint() {
    let mut all = good();
    all[3] = evidence(
        "types",
        "{\"kind\": \"issues\", \"count\": 1}",
        ", \"stale\": [\"src/prices/prices.py\", \"the version of pyright\"]",
    );
    all[4] = evidence("secrets", NO_ISSUE, ", \"stale\": [\"src/prices/prices.py\", \"a\", \"b\"]");
    check(
        &board(&all),
        "*",
        &expect![[r#"
            specs/prices.md 4:18-4:25 hint gate/no-evidence "staging": no evidence for 4 of 14 gates of staging: `instructions`, `complexity`, `integration_tests`, `performance`
              help: `stagegate gates prices --only instructions,complexity,integration_tests,performance` runs them
            specs/prices.md 4:18-4:25 hint gate/stale-evidence "staging": the evidence of 2 of 14 gates of staging is out of date: `types`, `secrets`; changed since: `src/prices/prices.py`, the version of pyright, a, 1 more
              help: `stagegate gates prices --only types,secrets` looks again
              related src/prices/prices.py 0:0-0:0 "": changed since
            specs/prices.md 4:18-4:25 hint gate/types-not-met "staging": type checker for staging: 1 type error; expected: no type error (2026-11-21 01:02 UTC); since then, src/prices/prices.py changed
              field: types
              help: mend the types; `stagegate gates prices --only types` looks again
        "#]],
    );
}

#[test]
fn ticks_that_the_evidence_contradicts_are_reported_wherever_they_stand() {
    let failed = [
        evidence(
            "tests",
            &tests(9, 1),
            ", \"findings\": [{\"path\": \"tests/test_prices.py\", \"line\": 4, \"rule\": \"test_one\", \"message\": \"assert 1 == 2\"}]",
        ),
        evidence("coverage", &coverage(130), ""),
        evidence("lint", "{\"kind\": \"issues\", \"count\": 2}", ", \"stale\": [\"ruff.toml\"]"),
    ];
    let maturity = "//- src/prices/MATURITY.md\n# Prices\n**Current Stage**: Development\n**Current Coverage**: ~81.25% (May)\n\n## Maturity Criteria\n\n\
        ### Development → Staging\n- ✅ All unit tests pass\n- [x] Reviewed\n- [x] Documentation complete\n- [ ] Unit tests passing (≥70% coverage)\n";
    let fixture = board(&failed).replace("//- .stagegate", &format!("{maturity}//- .stagegate"));
    check(
        &fixture,
        "gate/claim-not-supported",
        &expect![[r#"
        specs/prices.md 20:6-20:25 error gate/claim-not-supported "All unit tests pass": ticked, but the evidence says otherwise; tests: 9 passed, 1 failed; expected: every test passes (2026-11-21 01:02 UTC)
          field: tests
          help: mend the tests, or what they test, or take the tick away
          related tests/test_prices.py lines 4:0-0:0: test_one: assert 1 == 2
          review fix: Untick: the evidence says otherwise [("x", " ")]
        specs/prices.md 26:6-26:26 warning gate/claim-not-supported "Linting clean (ruff)": ticked, but the evidence says otherwise; linter: 2 issues; expected: no issue (2026-11-21 01:02 UTC)
          field: lint
          help: mend what the linter finds, or take the tick away; inputs changed since, `stagegate gates prices --only lint` looks again
          review fix: Untick: the evidence says otherwise [("x", " ")]
        src/prices/MATURITY.md 2:22-2:35 warning gate/claim-not-supported "~81.25% (May)": 81.2 % is reported, but 65 % was measured (2026-11-21 01:02 UTC)
          field: coverage
          help: write what was measured, or leave the line out: the editor shows it
          review fix: Write the measured 65 % [("81.25", "65")]
        src/prices/MATURITY.md 7:2-7:23 error gate/claim-not-supported "✅ All unit tests pass": ticked, but the evidence says otherwise; tests: 9 passed, 1 failed; expected: every test passes (2026-11-21 01:02 UTC)
          field: tests
          help: mend the tests, or what they test, or take the tick away
          related tests/test_prices.py lines 4:0-0:0: test_one: assert 1 == 2
    "#]],
    );
    // What the claim says is not said twice, unless nobody wants to hear of claims.
    let not_met = Fixture::new(&fixture);
    assert!(!not_met.render("*").contains("gate/lint-not-met"));
    let off = fixture.replace("\"spec/*\": off", "\"spec/*\": off\n  gate/claim-not-supported: off");
    assert!(Fixture::new(&off).render("gate/lint-not-met").contains("2 issues"));
}

#[test]
fn what_was_measured_may_differ_a_little() {
    let reported = |percent: &str| {
        let text =
            board(&good()).replace("**Status:**", &format!("**Test Coverage:** {percent}\n**Status:**"));
        Fixture::new(&text).render("gate/claim-not-supported")
    };
    assert_eq!(reported("80.5%"), "");
    assert_eq!(reported("79.5%"), "");
    assert!(reported("79.4%").contains("79.4 % is reported, but 80 % was measured"));
    let stale = board(&[evidence("coverage", &coverage(160), ", \"stale\": [\"a\"]")]);
    let stale = stale.replace("**Status:**", "**Test Coverage:** 20%\n**Status:**");
    assert_eq!(Fixture::new(&stale).render("gate/claim-not-supported"), "");
}

#[test]
fn a_component_is_ready_when_every_required_gate_is_open() {
    check(
        &board(&good()),
        "*",
        &expect![[r#"
            specs/prices.md 4:18-4:25 hint gate/no-evidence "staging": no evidence for 4 of 14 gates of staging: `instructions`, `complexity`, `integration_tests`, `performance`
              help: `stagegate gates prices --only instructions,complexity,integration_tests,performance` runs them
            specs/prices.md 4:18-4:25 information gate/ready "staging": `prices` is ready for staging: all 9 required gates are open; optional ones that are not: `instructions`, `complexity`, `integration_tests`, `performance`
              help: not ticked yet: 3 criteria of the stage
        "#]],
    );
    let reached = board(&good()).replace("**Status:** Development", "**Status:** Staging");
    assert_eq!(Fixture::new(&reached).render("gate/ready"), "", "what is reached is no news");
}

#[test]
fn the_maturity_file_speaks_where_there_is_no_spec() {
    let maturity = "//- src/prices/MATURITY.md\n# Prices\n**Current Stage**: Development → Staging\n\n### Development → Staging\n- [ ] All unit tests pass\n";
    let evidence = format!(
        "//- .stagegate/evidence.json\n{{\"evidence\": [{}]}}\n",
        evidence("tests", &tests(0, 0), "")
    );
    let quiet = "//- stagegate.yaml\nrules:\n  \"maturity/*\": off\n";
    check(
        &format!("{quiet}{maturity}{evidence}"),
        "*",
        &expect![[r#"
            src/prices/MATURITY.md 1:33-1:40 hint gate/documentation-not-met "Staging": documentation for staging: no README: expected `src/prices/README.md` or `docs/prices.md`; the API is not documented: expected text below `API Design` in the spec; no examples: expected code below `API Design` in the spec, or files in `src/prices/examples`
              field: documentation
              help: write what is missing
            src/prices/MATURITY.md 1:33-1:40 warning gate/flakiness-not-met "Staging": flaky tests for staging: no test ran; expected: no flaky test (2026-11-21 01:02 UTC)
              field: flakiness
              help: run tests, or stop skipping them; `stagegate gates prices --only tests` looks again
            src/prices/MATURITY.md 1:33-1:40 hint gate/no-evidence "Staging": no evidence for 9 of 14 gates of staging: `instructions`, `lint`, `types`, `secrets`, `vulnerabilities`, `complexity`, `coverage`, `integration_tests` and 1 more
              help: `stagegate gates prices --only instructions,lint,types,secrets,vulnerabilities,complexity,coverage,integration_tests,performance` runs them
            src/prices/MATURITY.md 1:33-1:40 hint gate/specification-not-met "Staging": specification for staging: there is no spec
              field: specification
              help: complete the spec; `stagegate check` shows the lines
            src/prices/MATURITY.md 4:6-4:25 warning gate/tests-not-met "All unit tests pass": tests for staging: no test ran; expected: every test passes (2026-11-21 01:02 UTC)
              field: tests
              help: write tests where the tool looks for them; `stagegate gates prices --only tests` looks again
        "#]],
    );
    let both = Fixture::new(&format!(
        "{quiet}{maturity}//- specs/prices.md\n# P\n**Component Name:** prices\n{evidence}"
    ));
    assert_eq!(both.render_file("src/prices/MATURITY.md", "*"), "");
}

#[test]
fn stages_without_gates_and_gates_that_are_switched_off_say_nothing() {
    let wrong = || board(&[evidence("types", "{\"kind\": \"issues\", \"count\": 1}", "")]);
    let target = "**Status:** Development\n**Target Stage:** staging";
    let experimental = wrong().replace(target, "**Target Stage:** experimental");
    assert!(Fixture::new(&wrong()).render("gate/types-not-met").contains("1 type error"));
    assert_eq!(Fixture::new(&experimental).render("gate/types-not-met"), "");
    let off = wrong().replace("rules:\n", "gates:\n  types:\n    enabled: false\nrules:\n");
    assert_eq!(Fixture::new(&off).render("gate/types-not-met"), "");
    let custom = board(&[evidence("licences", "{\"kind\": \"exit_code\", \"success\": false}", "")])
        .replace("rules:\n", "gates:\n  licences:\n    command: [x]\n    required_for: [staging]\nrules:\n");
    check(
        &custom,
        "gate/custom-not-met",
        &expect![[r#"
        specs/prices.md 4:18-4:25 warning gate/custom-not-met "staging": licences for staging: the command failed; expected: success (2026-11-21 01:02 UTC)
          field: licences
          help: see what the command printed; `stagegate gates prices --only licences` looks again
    "#]],
    );
}

#[test]
fn comments_silence_them() {
    let text = board(&[evidence("tests", &tests(9, 1), "")]).replace(
        "- [x] All unit tests pass",
        "- [x] All unit tests pass <!-- stagegate: ignore[claim-not-supported] -->",
    );
    assert_eq!(Fixture::new(&text).render("gate/claim-not-supported"), "");
}

#[test]
fn of_evidence_of_others_only_its_absence_is_said() {
    let fixture = Fixture::new(&board(&[]));
    let other =
        Fixture::new(&board(&good()).replace("\"component\": \"prices\"", "\"component\": \"other\""));
    let root = Root { gates: other.root.gates.clone(), ..fixture.root.clone() };
    let other = Fixture { files: fixture.files.clone(), root };
    expect![[r#"
        specs/prices.md 4:18-4:25 hint gate/no-evidence "staging": no evidence for 10 of 14 gates of staging: `instructions`, `lint`, `types`, `secrets`, `vulnerabilities`, `complexity`, `tests`, `coverage` and 2 more
          help: `stagegate gates prices` runs them
    "#]].assert_eq(&other.render("*"));
}
