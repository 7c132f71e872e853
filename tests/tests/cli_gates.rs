//! `stagegate gates` from outside, and what the other commands make of its evidence.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::{Command, Stdio};

use expect_test::{Expect, expect};
use serde_json::Value;
use stagegate_core::report::{Outcome as TestOutcome, ReadContext};
use stagegate_tests::binary;
use stagegate_tests::cli::{Outcome, Sandbox};

const SPEC: &str = "# Calc\n\n**Component Name:** calc\n**Status:** Development\n**Target Stage:** staging\n**Test Coverage:** 90%\n\n\
    ## Acceptance Criteria\n\n### Staging Stage\n- [x] Linting clean\n- [ ] All unit tests pass\n- [ ] Licences checked\n";

const CONFIG: &str = "\
rules: { \"spec/*\": off, \"maturity/*\": off }
gates:
  tests: { command: [sh, tools/copy.sh, tools/junit.txt, \"{report}\"], format: junit }
  coverage: { command: [sh, tools/copy.sh, tools/coverage.txt, \"{report}\"], format: coverage.py }
  lint: { command: [sh, tools/copy.sh, tools/sarif.txt, \"{report}\"], format: sarif }
  licences: { command: [sh, tools/licences.sh], required_for: [staging] }
";

const JUNIT: &str = r#"<testsuites><testsuite name="t" tests="1"><testcase classname="t" name="a"/></testsuite></testsuites>"#;

const COVERAGE: &str = r#"{"meta":{"format":3,"version":"7.0.0"},"files":{"src/calc/core.py":{"executed_lines":[1],"summary":{"covered_lines":1,"num_statements":2,"percent_covered":50.0,"missing_lines":1,"excluded_lines":0},"missing_lines":[2],"excluded_lines":[]}},"totals":{"covered_lines":1,"num_statements":2,"percent_covered":50.0,"missing_lines":1,"excluded_lines":0}}"#;

const SARIF: &str = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"linty","rules":[{"id":"L1"}]}},"results":[{"ruleId":"L1","level":"error","message":{"text":"no <good> \"name\""},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"src/calc/core.py"},"region":{"startLine":2,"startColumn":1,"endLine":2,"endColumn":2}}}]}]}]}"#;

/// A workspace with gates that cost nothing, trusted.
struct Fixture {
    sandbox: Sandbox,
    state: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Fixture {
        let fixture = Fixture::untrusted();
        assert_eq!(fixture.run(&["trust", "--yes"]).code, 0);
        fixture
    }

    fn untrusted() -> Fixture {
        let sandbox = Sandbox::new(&[
            ("stagegate.yaml", CONFIG),
            ("specs/calc.md", SPEC),
            ("src/calc/core.py", "A = 1\nB = 2\n"),
            ("tests/test_calc.py", "def test_a():\n    assert True\n"),
            ("tools/copy.sh", "cat \"$1\" > \"$2\"\n"),
            ("tools/licences.sh", "echo all licences are known\n"),
            ("tools/junit.txt", JUNIT),
            ("tools/coverage.txt", COVERAGE),
            ("tools/sarif.txt", SARIF),
        ]);
        Fixture { sandbox, state: tempfile::tempdir().unwrap() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.command(arguments);
        command.env("STAGEGATE_STATE_DIR", self.state.path()).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let Outcome { code, stdout, stderr } = self.sandbox.outcome(&mut self.command(arguments));
        Outcome { code, stdout: without_times(&stdout), stderr }
    }

    fn check(&self, arguments: &[&str], expected: &Expect) {
        expected.assert_eq(&self.run(arguments).all());
    }

    /// Runs the four gates of [`CONFIG`].
    fn gates(&self, more: &[&str]) -> Outcome {
        self.run(&[&["gates", "calc", "--only", "tests,coverage,lint,licences"], more].concat())
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let out = self.run(arguments);
        serde_json::from_str(&out.stdout).unwrap_or_else(|error| panic!("{error}: {}", out.all()))
    }
}

/// Replaces `2026-11-21 01:02 UTC` by `[TIME]`.
fn without_times(text: &str) -> String {
    const WRITTEN: &str = "2026-11-21 01:02 UTC";
    let mut out = String::new();
    let mut rest = text;
    while let Some(end) = rest.find(" UTC").map(|at| at + 4) {
        out.push_str(&rest[..end - WRITTEN.len()]);
        out.push_str("[TIME]");
        rest = &rest[end..];
    }
    out + rest
}

/// Takes out what differs from run to run.
fn steady(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (key, value) in object.iter_mut() {
                match (key.as_str(), &value) {
                    ("started_ms" | "ended_ms", Value::Number(_)) => *value = Value::from("[TIME]"),
                    ("inputs" | "at" | "root", Value::String(_)) => *value = Value::from("[...]"),
                    ("commands", Value::Array(commands)) => {
                        let program = |command: &Value| command[0].as_str().unwrap().ends_with("/sh");
                        assert!(commands.iter().all(program), "{commands:?}");
                        *value = commands.iter().map(|command| command[1].clone()).collect();
                    }
                    _ => steady(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(steady),
        _ => {}
    }
}

#[test]
fn verdicts_are_shown_with_what_to_do() {
    let f = Fixture::new();
    let mut out = f.gates(&[]);
    // Two tools run at a time: which ends first is not said.
    let mut lines: Vec<_> = out.stderr.lines().collect();
    lines.sort_unstable();
    out.stderr = lines.join("\n");
    expect![[r#"
        exit 1
        --- stdout
        calc → staging

           Gate      Found                               Required           Seen
        ✗  lint      1 issue                             no issue           now
        ✓  tests     1 passed                            every test passes  now
        ✗  coverage  50 % (1 of 2 statements in 1 file)  at least 70 %      now
        ✓  licences  the command succeeded               success            now

        lint: fail: 1 issue
          = help: mend what the linter finds
          = at: src/calc/core.py:2:1 L1 no <good> "name"
          = report: .stagegate/reports/calc/lint/lint.report

        coverage: fail: 50 % (1 of 2 statements in 1 file)
          = help: test what is not covered yet
          = at: src/calc/core.py:2 is not covered
          = report: .stagegate/reports/calc/coverage/coverage.report

        2 of 4 gates of staging are open
        --- stderr
        coverage: fail: 50 % (1 of 2 statements in 1 file)
        licences: pass: the command succeeded
        lint: fail: 1 issue
        running coverage
        running licences
        running lint
        running tests
        tests: pass: 1 passed"#]]
    .assert_eq(&out.all());
    // The second time nothing is run.
    let again = f.gates(&[]);
    assert_eq!(again.code, 1);
    assert!(again.stdout.contains("just now, same inputs"), "{}", again.all());
    assert_eq!(f.run(&["gates", "calc", "--only", "tests,licences"]).code, 0, "what was named is open");
    let anew = f.gates(&["--no-cache"]);
    assert!(!anew.stdout.contains("same inputs"), "{}", anew.all());
}

#[test]
fn what_cannot_be_answered_says_what_is_expected() {
    let f = Fixture::untrusted();
    for arguments in [
        &["gates", "nosuch"][..],
        &["gates", "clac"],
        &["gates", "calc", "--stage", "next"],
        &["gates", "calc", "--stage", "experimental"],
        &["gates", "calc", "--only", "nosuch"],
        &["gates", "calc", "--only", "No Gate"],
        &["gates"],
        &["gates", "calc", "--all"],
    ] {
        let out = f.run(arguments);
        assert_eq!((out.code, out.stdout.as_str()), (2, ""), "{arguments:?}: {}", out.all());
    }
    let said: String =
        [&["gates", "nosuch"][..], &["gates", "clac"], &["gates", "calc", "--stage", "next"], &["gates"]]
            .map(|arguments| f.run(arguments).stderr)
            .concat();
    expect![[r#"
        error: there is no component `nosuch`
          = help: `stagegate status` lists the components
        error: there is no component `clac`; did you mean `calc`?
          = help: `stagegate status` lists the components
        error: `next` is no stage; expected development, staging or production
        error: no component is named; expected at least one, or `--all`
          = help: components are `calc`
    "#]]
    .assert_eq(&said);
    assert!(!f.sandbox.path(".stagegate").exists(), "nothing was written");
}

#[test]
fn the_current_folder_names_the_component() {
    let f = Fixture::new();
    f.sandbox.write("src/calc/deep/more.py", "");
    for folder in ["src/calc", "src/calc/deep"] {
        let mut command = f.command(&["gates", "--only", "licences"]);
        command.current_dir(f.sandbox.path(folder));
        let out = f.sandbox.outcome(&mut command);
        assert_eq!(out.code, 0, "{}", out.all());
        assert!(out.stdout.starts_with("calc → staging\n"), "{}", out.all());
    }
    let out = f.run(&["gates", "--in", "src/calc", "--only", "licences"]);
    assert_eq!(out.code, 0, "{}", out.all());
    let empty = Sandbox::new(&[("stagegate.yaml", "")]).run(&["gates"]);
    expect![[r#"
        exit 2
        --- stderr
        error: no component is named; expected at least one, or `--all`
          = help: there is none yet: `stagegate new spec NAME` writes the spec of the first one
    "#]]
    .assert_eq(&empty.all());
}

#[test]
fn without_trust_what_is_known_is_served() {
    let f = Fixture::new();
    f.gates(&[]);
    assert_eq!(f.run(&["trust", "--revoke"]).code, 0);
    let out = f.gates(&[]);
    assert!(out.stdout.contains("same inputs"), "{}", out.all());
    assert!(out.stderr.contains("note: the workspace is not trusted"), "{}", out.all());
    f.sandbox.write("src/calc/core.py", "A = 1\nB = 3\n");
    let out = f.gates(&[]);
    assert!(!out.stdout.contains("same inputs"), "{}", out.all());
    assert_eq!(out.code, 1);
}

#[test]
fn verdicts_for_programs() {
    let f = Fixture::new();
    let mut all = f.json(&["gates", "calc", "--only", "tests,coverage,lint,licences", "--format", "json"]);
    steady(&mut all);
    expect![[r#"
        {
          "components": [
            {
              "cancelled": false,
              "component": "calc",
              "gates": [
                {
                  "cached": false,
                  "evidence": {
                    "commands": [
                      "tools/copy.sh"
                    ],
                    "component": "calc",
                    "ended_ms": "[TIME]",
                    "exit": {
                      "code": 0
                    },
                    "findings": [
                      {
                        "column": 1,
                        "end_column": 2,
                        "end_line": 2,
                        "line": 2,
                        "message": "no <good> \"name\"",
                        "path": "src/calc/core.py",
                        "rule": "L1"
                      }
                    ],
                    "gate": "lint",
                    "inputs": "[...]",
                    "observed": {
                      "Ok": {
                        "count": 1,
                        "kind": "issues"
                      }
                    },
                    "origin": "run",
                    "report": ".stagegate/reports/calc/lint/lint.report",
                    "started_ms": "[TIME]",
                    "tool": "linty"
                  },
                  "found": "1 issue",
                  "gate": "lint",
                  "help": "mend what the linter finds",
                  "need": "required",
                  "required": "no issue",
                  "threshold": {
                    "max": 0
                  },
                  "verdict": "fail"
                },
                {
                  "cached": false,
                  "evidence": {
                    "commands": [
                      "tools/copy.sh"
                    ],
                    "component": "calc",
                    "ended_ms": "[TIME]",
                    "exit": {
                      "code": 0
                    },
                    "gate": "tests",
                    "inputs": "[...]",
                    "observed": {
                      "Ok": {
                        "errors": 0,
                        "failed": 0,
                        "kind": "tests",
                        "passed": 1,
                        "skipped": 0
                      }
                    },
                    "origin": "run",
                    "report": ".stagegate/reports/calc/tests/tests.report",
                    "started_ms": "[TIME]",
                    "tool": "sh"
                  },
                  "found": "1 passed",
                  "gate": "tests",
                  "help": "",
                  "need": "required",
                  "required": "every test passes",
                  "threshold": {
                    "min_pass_percent": 100
                  },
                  "verdict": "pass"
                },
                {
                  "cached": false,
                  "evidence": {
                    "commands": [
                      "tools/copy.sh"
                    ],
                    "component": "calc",
                    "ended_ms": "[TIME]",
                    "exit": {
                      "code": 0
                    },
                    "gate": "coverage",
                    "inputs": "[...]",
                    "observed": {
                      "Ok": {
                        "covered": 1,
                        "files": 1,
                        "gaps": [
                          {
                            "first": 2,
                            "last": 2,
                            "path": "src/calc/core.py"
                          }
                        ],
                        "kind": "coverage",
                        "statements": 2
                      }
                    },
                    "origin": "run",
                    "report": ".stagegate/reports/calc/coverage/coverage.report",
                    "started_ms": "[TIME]",
                    "tool": "coverage.py",
                    "tool_version": "7.0.0"
                  },
                  "found": "50 % (1 of 2 statements in 1 file)",
                  "gate": "coverage",
                  "help": "test what is not covered yet",
                  "need": "required",
                  "required": "at least 70 %",
                  "threshold": {
                    "min_percent": 70
                  },
                  "verdict": "fail"
                },
                {
                  "cached": false,
                  "evidence": {
                    "commands": [
                      "tools/licences.sh"
                    ],
                    "component": "calc",
                    "ended_ms": "[TIME]",
                    "exit": {
                      "code": 0
                    },
                    "gate": "licences",
                    "inputs": "[...]",
                    "observed": {
                      "Ok": {
                        "kind": "exit_code",
                        "success": true
                      }
                    },
                    "origin": "run",
                    "started_ms": "[TIME]",
                    "tool": "sh"
                  },
                  "found": "the command succeeded",
                  "gate": "licences",
                  "help": "",
                  "need": "required",
                  "required": "success",
                  "threshold": null,
                  "verdict": "pass"
                }
              ],
              "passed": false,
              "stage": "staging"
            }
          ],
          "root": "[...]",
          "schema": "stagegate.gates/1"
        }
    "#]]
    .assert_eq(&format!("{all:#}\n"));
}

#[test]
fn every_key_is_documented() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/json.md")).unwrap();
    let section = page.split("\n## `gates`\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let f = Fixture::new();
    let all = f.json(&["gates", "calc", "--only", "tests,lint,licences,documentation", "--format", "json"]);
    let components = all["components"].as_array().unwrap();
    let gates = components.iter().flat_map(|component| component["gates"].as_array().unwrap());
    let evidence = gates.clone().map(|gate| &gate["evidence"]);
    let objects = [&all].into_iter().chain(components).chain(gates).chain(evidence);
    let keys = objects.filter_map(Value::as_object).flat_map(|object| object.keys());
    for key in keys {
        assert!(section.contains(&format!("`{key}`")), "`{key}` is written, but not documented");
    }
}

/// The constraints of the schema of SARIF 2.1.0 that concern what is written, and those that GitHub adds.
#[test]
fn sarif_is_valid() {
    let f = Fixture::new();
    let all = f.json(&["gates", "calc", "--only", "tests,coverage,lint,licences", "--format", "sarif"]);
    assert_eq!(all["version"], "2.1.0");
    let runs = all["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 1);
    let run = &runs[0];
    let driver = &run["tool"]["driver"];
    assert!(driver["name"].is_string() && driver["version"].is_string());
    assert!(["utf16CodeUnits", "unicodeCodePoints"].contains(&run["columnKind"].as_str().unwrap()));
    let rules: Vec<_> =
        driver["rules"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    let mut once = rules.clone();
    once.dedup();
    assert_eq!(rules, once, "ids of rules are unique");
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2, "{all:#}");
    for result in results {
        assert!(rules.contains(&result["ruleId"].as_str().unwrap()), "{result}");
        assert!(
            ["none", "note", "warning", "error"].contains(&result["level"].as_str().unwrap()),
            "{result}"
        );
        assert!(!result["message"]["text"].as_str().unwrap().is_empty(), "{result}");
        for location in result["locations"].as_array().into_iter().flatten() {
            let place = &location["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().unwrap();
            assert!(!uri.starts_with('/') && !uri.contains(' '), "{uri}");
            for (key, number) in place["region"].as_object().into_iter().flatten() {
                assert!(number.as_u64().unwrap() >= 1, "{key} of {place}");
            }
            assert!(place["region"].get("startLine").is_some() || place.get("region").is_none(), "{place}");
        }
    }
    // Our own reader understands it.
    let text = f.gates(&["--format", "sarif"]).stdout;
    let report = stagegate_core::report::read(
        stagegate_core::report::Format::Sarif,
        text.as_bytes(),
        &ReadContext::new("", ""),
    );
    assert!(report.is_ok(), "{report:?}");
}

#[test]
fn junit_is_read_back() {
    let f = Fixture::new();
    let text = f.gates(&["--format", "junit"]).stdout;
    let report = stagegate_core::report::read(
        stagegate_core::report::Format::Junit,
        text.as_bytes(),
        &ReadContext::new("", ""),
    )
    .unwrap();
    let cases: Vec<_> =
        report.tests().unwrap().cases.iter().map(|case| (case.full_name(), case.outcome)).collect();
    let outcome =
        |gate: &str| cases.iter().find(|(name, _)| name.ends_with(gate)).map(|(_, outcome)| *outcome);
    assert_eq!(outcome("tests"), Some(TestOutcome::Passed), "{cases:?}");
    assert_eq!(outcome("coverage"), Some(TestOutcome::Failed), "{cases:?}");
    assert_eq!(outcome("lint"), Some(TestOutcome::Failed), "{cases:?}");
    assert_eq!(outcome("licences"), Some(TestOutcome::Passed), "{cases:?}");
}

#[test]
fn evidence_shows_in_check_and_a_fix_ticks_nothing() {
    let f = Fixture::new();
    let quiet = f.run(&["check", "--verbose"]);
    assert!(!quiet.stdout.contains("gate/no-evidence"), "{}", quiet.all());
    f.gates(&[]);
    f.check(&["check", "specs"], &expect![[r#"
        exit 1
        --- stdout
        warning[gate/coverage-not-met]: test coverage for staging: 50 % (1 of 2 statements in 1 file); expected: at least 70 % (coverage.py 7.0.0, [TIME])
         --> specs/calc.md:5:19
          |
        5 | **Target Stage:** staging
          |                   ^^^^^^^
          |
         ::: src/calc/core.py:2:1: line 2 is not covered
          = help: test what is not covered yet; `stagegate gates calc --only coverage` looks again

        warning[gate/claim-not-supported]: 90 % is reported, but 50 % was measured (coverage.py 7.0.0, [TIME])
         --> specs/calc.md:6:20
          |
        6 | **Test Coverage:** 90%
          |                    ^^^
          |
          = help: write what was measured, or leave the line out: the editor shows it
          = fix, for review: Write the measured 50 %

        error[gate/claim-not-supported]: ticked, but the evidence says otherwise; linter: 1 issue; expected: no issue (linty, [TIME])
          --> specs/calc.md:11:7
           |
        11 | - [x] Linting clean
           |       ^^^^^^^^^^^^^
           |
          ::: src/calc/core.py:2:1: L1: no <good> "name"
           = help: mend what the linter finds, or take the tick away
           = fix, for review: Untick: the evidence says otherwise

        Found 1 error, 2 warnings in 1 of 1 file. 3 hints are not shown; see --verbose.
    "#]]);
    let before = f.sandbox.read("specs/calc.md");
    f.run(&["check", "--fix"]);
    assert_eq!(
        String::from_utf8(f.sandbox.read("specs/calc.md")),
        String::from_utf8(before),
        "nobody ticked or unticked"
    );
    let report = f.json(&["check", "specs", "--format", "json"]);
    let claim = report["diagnostics"].as_array().unwrap().iter();
    let claim = claim.filter(|finding| finding["code"] == "gate/claim-not-supported").collect::<Vec<_>>();
    let lint = claim.iter().find(|finding| finding["data"]["field"] == "lint").unwrap();
    assert_eq!(lint["fix"]["safe"], false);
    expect![[r#"
        [
          {
            "message": "L1: no <good> \"name\"",
            "path": "src/calc/core.py",
            "range": {
              "end": {
                "character": 1,
                "line": 1
              },
              "start": {
                "character": 0,
                "line": 1
              }
            }
          }
        ]
    "#]]
    .assert_eq(&format!("{:#}\n", lint["related"]));
    f.sandbox.write("src/calc/core.py", "A = 1\nB = 3\n");
    let stale = f.run(&["check", "--verbose"]);
    assert!(stale.stdout.contains("gate/stale-evidence"), "{}", stale.all());
}

#[test]
fn a_report_of_ci_is_evidence_without_trust_and_without_a_store() {
    let f = Fixture::untrusted();
    f.sandbox.write("coverage.json", COVERAGE);
    let status = f.json(&["status", "--format", "json"]);
    assert_eq!(status["components"][0]["coverage"]["source"], "measured", "{status:#}");
    assert_eq!(status["components"][0]["coverage"]["percent"], 50);
    assert!(!f.sandbox.path(".stagegate").exists(), "reading writes nothing");
}

#[test]
fn status_goes_by_what_was_measured() {
    let f = Fixture::new();
    let reported = f.run(&["status"]).stdout;
    assert!(reported.contains("coverage 90 of 70 % (reported)"), "{reported}");
    f.gates(&[]);
    let shown = |f: &Fixture| {
        let formats =
            ["text", "table", "markdown"].map(|format| f.run(&["status", "--format", format]).all());
        formats.join("\n")
    };
    expect![[r#"
        exit 0
        --- stdout
        Backlog (0)

        Development (1)
          calc  to staging · coverage 50 of 70 % (measured) · gates 4/10 · criteria 1/3 · no MATURITY.md
              error  specs/calc.md:11: ticked, but the evidence says otherwise; linter: 1 issue; expected: no issue (linty, [TIME]) [gate/claim-not-supported]
              gate   coverage: 50 % (1 of 2 statements in 1 file); expected: at least 70 %
              2 warnings

        Staging (0)

        Production (0)

        1 component: 1 is blocked; 2 warnings. `stagegate check` shows each on its line.

        exit 0
        --- stdout
        Component  Stage        Target   Coverage          Gates  Criteria  Findings             Missing and below target
        calc       development  staging  50/70 % measured  4/10   1/3       1 error, 2 warnings  no MATURITY.md

        1 component: 1 is blocked; 2 warnings. `stagegate check` shows each on its line.

        exit 0
        --- stdout
        | Component | Stage | Target | Coverage | Gates | Criteria | Findings | Missing and below target |
        | --- | --- | --- | --- | --- | --- | --- | --- |
        | `calc` | development | staging | 50/70 % measured | 4/10 | 1/3 | 1 error, 2 warnings | no MATURITY.md |

        1 component: 1 is blocked; 2 warnings. `stagegate check` shows each on its line.
    "#]].assert_eq(&shown(&f));
    let mut status = f.json(&["status", "--format", "json"]);
    steady(&mut status);
    let component = &status["components"][0];
    expect![[r#"
        {
          "measured": {
            "at": "[...]",
            "percent": 50,
            "stale": false
          },
          "percent": 50,
          "reported": 90,
          "required": 70,
          "source": "measured"
        }
        {
          "at": "[...]",
          "expected": "no issue",
          "found": "1 issue",
          "gate": "lint",
          "need": "required",
          "stale": false,
          "verdict": "fail"
        }
    "#]]
    .assert_eq(&format!("{:#}\n{:#}\n", component["coverage"], component["gates"]["list"][4]));
    f.sandbox.write("src/calc/core.py", "A = 1\nB = 3\n");
    expect![[r#"
        exit 0
        --- stdout
        Backlog (0)

        Development (1)
          calc  to staging · coverage 50 of 70 % (stale) · gates 1/10, 5 stale · criteria 1/3 · no MATURITY.md
              1 warning

        Staging (0)

        Production (0)

        1 component: none is blocked; 1 warning. `stagegate check` shows each on its line.

        exit 0
        --- stdout
        Component  Stage        Target   Coverage       Gates          Criteria  Findings   Missing and below target
        calc       development  staging  50/70 % stale  1/10, 5 stale  1/3       1 warning  no MATURITY.md

        1 component: none is blocked; 1 warning. `stagegate check` shows each on its line.

        exit 0
        --- stdout
        | Component | Stage | Target | Coverage | Gates | Criteria | Findings | Missing and below target |
        | --- | --- | --- | --- | --- | --- | --- | --- |
        | `calc` | development | staging | 50/70 % stale | 1/10, 5 stale | 1/3 | 1 warning | no MATURITY.md |

        1 component: none is blocked; 1 warning. `stagegate check` shows each on its line.
    "#]].assert_eq(&shown(&f));
}

#[test]
fn inspect_names_the_gates_of_criteria() {
    let f = Fixture::new();
    f.gates(&[]);
    let out = f.run(&["inspect", "specs/calc.md"]).stdout;
    assert!(out.contains("[x] Linting clean  (staging, lint)"), "{out}");
    assert!(out.contains("gate/claim-not-supported"), "{out}");
}

/// `script` gives the program a terminal of its own.
#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_lines_are_cut_and_coloured() {
    let f = Fixture::new();
    f.gates(&[]);
    let on_terminal = |columns: u32, no_color: bool| {
        let program = binary().to_str().unwrap();
        let line = format!(
            "stty cols {columns} rows 24; exec '{program}' gates calc --only tests,coverage,lint,licences"
        );
        let mut command = Command::new("script");
        command.args(["-qec", &line, "/dev/null"]).current_dir(f.sandbox.path("")).stdin(Stdio::null());
        command.env("STAGEGATE_STATE_DIR", f.state.path()).env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        if no_color {
            command.env("NO_COLOR", "1");
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let wide = on_terminal(200, false);
    assert!(wide.contains("\x1b[1;31m✗"), "{wide:?}");
    let narrow = on_terminal(60, true);
    assert!(!narrow.contains("\x1b[1;31m"), "{narrow:?}");
    let start = narrow.find("   Gate").unwrap();
    let table: Vec<_> = narrow[start..].lines().take(5).collect();
    assert!(table.iter().all(|line| line.trim_end().chars().count() <= 60), "{table:#?}");
    assert!(table.iter().any(|line| line.contains('…')), "{table:#?}");
}

#[test]
fn rules_of_gates_are_explained() {
    let f = Fixture::untrusted();
    let page = f.run(&["explain", "gate/coverage-not-met"]);
    assert_eq!(page.code, 0);
    assert!(page.stdout.starts_with("gate/coverage-not-met: "), "{}", page.all());
    for rule in ["gate/claim-not-supported", "claim-not-supported", "gate"] {
        assert_eq!(f.run(&["explain", rule]).code, 0, "{rule}");
    }
    let wrong = [&["explain", "maturity/nosuch"], &["explain", "nosuch/rule"]]
        .map(|arguments| f.run(arguments).all());
    expect![[r#"
        exit 2
        --- stderr
        error: there is no rule `maturity/nosuch`
          = help: `stagegate explain maturity` lists the rules of that family
        exit 2
        --- stderr
        error: there is no rule `nosuch/rule`
          = help: did you mean `instructions/not-portable`?
          = help: families are instructions, spec, maturity, gate, run, todo, config, file; `stagegate explain` lists all rules
    "#]].assert_eq(&wrong.concat());
}

/// A gate whose name is misspelt would not be there, and could not fail.
#[test]
fn a_wrong_configuration_is_refused() {
    let fixture = Fixture::new();
    let wrong =
        format!("{CONFIG}maturity_workflow: {{ staging: {{ required_gates: [linting, secruity] }} }}\n");
    fixture.sandbox.write("stagegate.yaml", wrong);
    let Outcome { code, stdout, stderr } = fixture.run(&["gates", "calc"]);
    assert_eq!((code, &*stdout), (2, ""), "{stderr}");
    assert!(stderr.contains("stagegate.yaml is wrong") && stderr.contains("secruity"), "{stderr}");
    assert!(stderr.contains("stagegate check stagegate.yaml"), "{stderr}");
}

/// Code may use what no spec names, so tools that follow imports see every component.
#[test]
fn a_change_of_a_component_that_no_spec_names_is_seen() {
    let fixture = Fixture::new();
    fixture.sandbox.write("specs/other.md", "**Component Name:** other\n**Target Stage:** staging\n");
    fixture.sandbox.write("src/other/helper.py", "C = 1\n");
    let cached = |gate: &str| {
        let only = ["gates", "calc", "--only", gate, "--format", "json"];
        fixture.json(&only)["components"][0]["gates"][0]["cached"].clone()
    };
    assert_eq!(cached("tests"), false);
    assert_eq!(cached("tests"), true);
    fixture.sandbox.write("src/other/helper.py", "C = 2\n");
    assert_eq!(cached("tests"), false);
}
