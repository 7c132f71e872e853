//! Reports of runs of every kind.

use expect_test::expect;
use serde_json::Value;

use super::fixture::{START, about, fail, failed, gate, observe, promotion, set};
use super::*;
use crate::gates::{Need, Verdict};
use crate::plan::{RunKind, StepName};
use crate::run::{RunState, StepState};
use crate::stage::Stage;

#[test]
fn a_promotion_is_reported_with_every_key_of_the_incumbent() {
    let run = promotion();
    let report = workflow_report(&run, &about(&run));
    expect![[r#"
        {
          "success": true,
          "component_name": "calculator",
          "target_stage": "staging",
          "stages_completed": [
            "specification",
            "testing",
            "refactoring",
            "staging_deployment"
          ],
          "stages_failed": [],
          "stage_results": {
            "specification": {
              "stage_name": "specification_parsing",
              "success": true,
              "outputs": {
                "content_length": 2048,
                "parsed_at": "2026-11-21T03:45:02.000000",
                "spec_file": "specs/calculator.md"
              },
              "errors": [],
              "warnings": [],
              "execution_time_ms": 2000,
              "quality_gates": {}
            },
            "testing": {
              "stage_name": "testing",
              "success": true,
              "outputs": {
                "component_path": "src/calculator",
                "gates_failed": [],
                "gates_not_required": [],
                "gates_passed": [
                  "test_pass_rate",
                  "test_coverage"
                ],
                "gates_run": [
                  "test_pass_rate",
                  "test_coverage"
                ]
              },
              "errors": [],
              "warnings": [],
              "execution_time_ms": 1000,
              "quality_gates": {
                "test_pass_rate": {
                  "passed": true,
                  "gate_name": "test_pass_rate",
                  "details": {
                    "commands": [
                      [
                        "python",
                        "-m",
                        "pytest"
                      ]
                    ],
                    "errors": 0,
                    "exit_code": 0,
                    "failed": 0,
                    "found": "17 passed",
                    "output_summary": [
                      "17 passed"
                    ],
                    "passed": 17,
                    "seen": "pytest 9.0.1, 2026-11-21 03:45 UTC",
                    "skipped": 0
                  },
                  "errors": [],
                  "warnings": [],
                  "execution_time_ms": 400,
                  "verdict": "pass",
                  "need": "required",
                  "cached": false
                },
                "test_coverage": {
                  "passed": true,
                  "gate_name": "test_coverage",
                  "details": {
                    "commands": [
                      [
                        "python",
                        "-m",
                        "pytest"
                      ]
                    ],
                    "coverage": 91.2280701754386,
                    "files": 3,
                    "found": "91.2 % (52 of 57 statements in 3 files)",
                    "lines_covered": 52,
                    "lines_total": 57,
                    "seen": "pytest 9.0.1, 2026-11-21 03:45 UTC",
                    "threshold": 70.0
                  },
                  "errors": [],
                  "warnings": [],
                  "execution_time_ms": 400,
                  "verdict": "pass",
                  "need": "required",
                  "cached": false
                }
              }
            },
            "refactoring": {
              "stage_name": "refactoring",
              "success": true,
              "outputs": {
                "auto_fix_applied": false,
                "component_path": "src/calculator",
                "gates_failed": [],
                "gates_not_required": [],
                "gates_passed": [
                  "linting",
                  "type_checking",
                  "security",
                  "secrets",
                  "vulnerabilities"
                ],
                "gates_run": [
                  "linting",
                  "type_checking",
                  "security",
                  "secrets",
                  "vulnerabilities"
                ]
              },
              "errors": [],
              "warnings": [],
              "execution_time_ms": 2000,
              "quality_gates": {
                "linting": {
                  "passed": true,
                  "gate_name": "linting",
                  "details": {
                    "commands": [
                      [
                        "python",
                        "-m",
                        "pytest"
                      ]
                    ],
                    "found": "no issue",
                    "issue_count": 0,
                    "issues": [],
                    "seen": "pytest 9.0.1, 2026-11-21 03:45 UTC"
                  },
                  "errors": [],
                  "warnings": [],
                  "execution_time_ms": 400,
                  "verdict": "pass",
                  "need": "required",
                  "cached": false
                },
                "type_checking": {
                  "passed": true,
                  "gate_name": "type_checking",
                  "details": {
                    "commands": [
                      [
                        "python",
                        "-m",
                        "pytest"
                      ]
                    ],
                    "error_count": 0,
                    "errors": [],
                    "found": "no type error",
                    "seen": "pytest 9.0.1, 2026-11-21 03:45 UTC"
                  },
                  "errors": [],
                  "warnings": [],
                  "execution_time_ms": 400,
                  "verdict": "pass",
                  "need": "required",
                  "cached": false
                },
                "security": {
                  "passed": true,
                  "gate_name": "security",
                  "details": {
                    "scan_output": "secrets: no secret\nvulnerabilities: 0 critical, 0 high, 0 medium, 1 low"
                  },
                  "errors": [],
                  "warnings": [],
                  "execution_time_ms": 800,
                  "verdict": "pass",
                  "need": "required",
                  "cached": false
                },
                "secrets": {
                  "passed": true,
                  "gate_name": "secrets",
                  "details": {
                    "found": "no secret"
                  },
                  "errors": [],
                  "warnings": [],
                  "execution_time_ms": 400,
                  "verdict": "pass",
                  "need": "required",
                  "cached": false
                },
                "vulnerabilities": {
                  "passed": true,
                  "gate_name": "vulnerabilities",
                  "details": {
                    "found": "0 critical, 0 high, 0 medium, 1 low"
                  },
                  "errors": [],
                  "warnings": [],
                  "execution_time_ms": 400,
                  "verdict": "pass",
                  "need": "required",
                  "cached": false
                }
              }
            },
            "staging_deployment": {
              "stage_name": "staging_deployment",
              "success": true,
              "outputs": {
                "commit": "0123456789abcdef0123456789abcdef01234567",
                "component": "calculator",
                "deployment_time": "2026-11-21T03:45:09.000000",
                "environment": "staging",
                "release": "20261121-034500-ab12cd",
                "success": true,
                "version": "1.2.0"
              },
              "errors": [],
              "warnings": [],
              "execution_time_ms": 5000,
              "quality_gates": {}
            }
          },
          "total_execution_time_ms": 12000,
          "context_session_id": "calculator-workflow-2026-11-21",
          "metrics_dashboard": ".stagegate/reports/calculator/workflow_dashboard_calculator.html",
          "run_id": "20261121-034500-ab12cd",
          "kind": "promotion",
          "state": "succeeded",
          "from_stage": "development",
          "commit": "0123456789abcdef0123456789abcdef01234567",
          "release": "20261121-034500-ab12cd",
          "reason": null,
          "undoes": null,
          "undone_by": null,
          "by": {
            "name": "Mara",
            "email": "mara@abacus.invalid"
          },
          "started_at": "2026-11-21T03:45:00.000000",
          "ended_at": "2026-11-21T03:45:12.000000",
          "resumed": 0,
          "steps": [
            {
              "name": "validate",
              "title": "Validate",
              "state": "done",
              "attempts": 1,
              "execution_time_ms": 1000,
              "summary": null,
              "error": null,
              "help": null
            },
            {
              "name": "specification",
              "title": "Specification",
              "state": "done",
              "attempts": 1,
              "execution_time_ms": 1000,
              "summary": null,
              "error": null,
              "help": null
            },
            {
              "name": "auto_fix",
              "title": "Auto-fix",
              "state": "done",
              "attempts": 1,
              "execution_time_ms": 1000,
              "summary": null,
              "error": null,
              "help": null
            },
            {
              "name": "testing",
              "title": "Testing",
              "state": "done",
              "attempts": 1,
              "execution_time_ms": 1000,
              "summary": null,
              "error": null,
              "help": null
            },
            {
              "name": "refactoring",
              "title": "Refactoring",
              "state": "done",
              "attempts": 1,
              "execution_time_ms": 1000,
              "summary": null,
              "error": null,
              "help": null
            },
            {
              "name": "criteria",
              "title": "Criteria and sign-offs",
              "state": "done",
              "attempts": 1,
              "execution_time_ms": 1000,
              "summary": null,
              "error": null,
              "help": null
            },
            {
              "name": "metadata",
              "title": "Metadata",
              "state": "done",
              "attempts": 1,
              "execution_time_ms": 1000,
              "summary": null,
              "error": null,
              "help": null
            },
            {
              "name": "commit",
              "title": "Commit",
              "state": "done",
              "attempts": 1,
              "execution_time_ms": 1000,
              "summary": null,
              "error": null,
              "help": null
            },
            {
              "name": "deploy",
              "title": "Deploy",
              "state": "done",
              "attempts": 1,
              "execution_time_ms": 1000,
              "summary": null,
              "error": null,
              "help": null
            },
            {
              "name": "verify",
              "title": "Verify",
              "state": "done",
              "attempts": 1,
              "execution_time_ms": 1000,
              "summary": null,
              "error": null,
              "help": null
            },
            {
              "name": "context",
              "title": "AI context",
              "state": "done",
              "attempts": 1,
              "execution_time_ms": 1000,
              "summary": null,
              "error": null,
              "help": null
            },
            {
              "name": "reports",
              "title": "Reports",
              "state": "done",
              "attempts": 1,
              "execution_time_ms": 1000,
              "summary": null,
              "error": null,
              "help": null
            }
          ]
        }
    "#]]
    .assert_eq(&report.to_json());
    assert_eq!(WorkflowReport::read(&report.to_json()).unwrap(), report);
}

#[test]
fn a_promotion_report_has_every_key_of_the_requirement() {
    let run = promotion();
    expect![[r#"
        {
          "component": "calculator",
          "from_stage": "development",
          "to_stage": "staging",
          "date": "2026-11-21",
          "quality_gates": {
            "coverage": "91.2%",
            "linting": "clean",
            "secrets": "pass: no secret",
            "security": "clean",
            "test_coverage": "pass: 91.2 % (52 of 57 statements in 3 files)",
            "test_pass_rate": "pass: 17 passed",
            "tests_passing": true,
            "type_checking": "clean",
            "vulnerabilities": "pass: 0 critical, 0 high, 0 medium, 1 low"
          },
          "promotion_criteria": {
            "all_met": true,
            "details": [
              {
                "criterion": "tests",
                "expected": "every test passes",
                "found": "17 passed",
                "met": true
              },
              {
                "criterion": "test coverage",
                "expected": "at least 70 %",
                "found": "91.2 % (52 of 57 statements in 3 files)",
                "met": true
              },
              {
                "criterion": "linter",
                "expected": "no issue",
                "found": "no issue",
                "met": true
              },
              {
                "criterion": "type checker",
                "expected": "no type error",
                "found": "no type error",
                "met": true
              },
              {
                "criterion": "secrets",
                "expected": "no secret",
                "found": "no secret",
                "met": true
              },
              {
                "criterion": "vulnerabilities",
                "expected": "at most 0 critical, 0 high, 5 medium",
                "found": "0 critical, 0 high, 0 medium, 1 low",
                "met": true
              }
            ]
          },
          "deployment": {
            "environment": "staging",
            "release": "20261121-034500-ab12cd",
            "state": "done",
            "success": true,
            "version": "1.2.0"
          },
          "validation": {
            "health_checks": "passed",
            "monitoring": "unknown",
            "smoke_tests": "passed"
          },
          "success": true,
          "kind": "promotion",
          "state": "succeeded",
          "run_id": "20261121-034500-ab12cd",
          "commit": "0123456789abcdef0123456789abcdef01234567",
          "reason": null,
          "undoes": null
        }
    "#]]
    .assert_eq(&promotion_report(&run, &about(&run)));
}

/// Failed stages were recorded as success, and durations as 0.
#[test]
fn a_stage_that_failed_is_no_success_and_took_its_time() {
    let run = failed();
    let report = workflow_report(&run, &about(&run));
    assert!(!report.success);
    assert_eq!(
        (report.stages_completed.join(" "), report.stages_failed.join(" ")),
        ("specification".into(), "testing".into())
    );
    expect![[r#"
        {
          "stage_name": "testing",
          "success": false,
          "outputs": {
            "component_path": "src/calculator",
            "gates_failed": [
              "test_coverage"
            ],
            "gates_not_required": [],
            "gates_passed": [
              "test_pass_rate"
            ],
            "gates_run": [
              "test_pass_rate",
              "test_coverage"
            ]
          },
          "errors": [
            "test coverage: 64.1 % (59 of 92 statements in 4 files); expected at least 70 %",
            "1 of 2 gates of staging is shut: test coverage"
          ],
          "warnings": [],
          "execution_time_ms": 1000,
          "quality_gates": {
            "test_pass_rate": {
              "passed": true,
              "gate_name": "test_pass_rate",
              "details": {
                "commands": [
                  [
                    "python",
                    "-m",
                    "pytest"
                  ]
                ],
                "errors": 0,
                "exit_code": 0,
                "failed": 0,
                "found": "17 passed",
                "output_summary": [
                  "17 passed"
                ],
                "passed": 17,
                "seen": "pytest 9.0.1, 2026-11-21 03:45 UTC",
                "skipped": 0
              },
              "errors": [],
              "warnings": [],
              "execution_time_ms": 400,
              "verdict": "pass",
              "need": "required",
              "cached": false
            },
            "test_coverage": {
              "passed": false,
              "gate_name": "test_coverage",
              "details": {
                "commands": [
                  [
                    "python",
                    "-m",
                    "pytest"
                  ]
                ],
                "coverage": 64.13,
                "files": 3,
                "found": "64.1 % (59 of 92 statements in 4 files)",
                "lines_covered": 52,
                "lines_total": 57,
                "seen": "pytest 9.0.1, 2026-11-21 03:45 UTC",
                "threshold": 70.0
              },
              "errors": [
                "test coverage: 64.1 % (59 of 92 statements in 4 files); expected at least 70 %"
              ],
              "warnings": [
                "test what is not covered yet"
              ],
              "execution_time_ms": 400,
              "verdict": "fail",
              "need": "required",
              "cached": false
            }
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(report.stage("testing").unwrap()).unwrap());
    assert_eq!(report.stage("specification").unwrap().execution_time_ms, 2000);
    assert_eq!(report.total_execution_time_ms, 4000);
    assert!(report.stage("staging_deployment").is_none(), "it was not reached");
    expect![[r#"
        {
          "component": "calculator",
          "from_stage": "development",
          "to_stage": "staging",
          "date": "2026-11-21",
          "quality_gates": {
            "coverage": "64.1%",
            "linting": "unknown",
            "security": "unknown",
            "test_coverage": "fail: 64.1 % (59 of 92 statements in 4 files)",
            "test_pass_rate": "pass: 17 passed",
            "tests_passing": true,
            "type_checking": "unknown"
          },
          "promotion_criteria": {
            "all_met": false,
            "details": [
              {
                "criterion": "tests",
                "expected": "every test passes",
                "found": "17 passed",
                "met": true
              },
              {
                "criterion": "test coverage",
                "expected": "at least 70 %",
                "found": "64.1 % (59 of 92 statements in 4 files)",
                "met": false
              }
            ]
          },
          "deployment": {
            "environment": "staging",
            "release": null,
            "state": "pending",
            "success": false,
            "version": "1.2.0"
          },
          "validation": {
            "health_checks": "unknown",
            "monitoring": "unknown",
            "smoke_tests": "unknown"
          },
          "success": false,
          "kind": "promotion",
          "state": "failed",
          "run_id": "20261121-034500-ab12cd",
          "commit": null,
          "reason": null,
          "undoes": null
        }
    "#]]
    .assert_eq(&promotion_report(&run, &about(&run)));
}

/// Coverage of a directory was that of its first file.
#[test]
fn coverage_is_that_of_all_statements_of_the_component() {
    let mut run = promotion();
    run.gates[1].value = None;
    let report = workflow_report(&run, &about(&run));
    let coverage = &report.stage("testing").unwrap().quality_gates[1].1.details;
    assert_eq!(coverage["lines_total"], 57);
    assert!((coverage["coverage"].as_f64().unwrap() - 91.228).abs() < 0.001);
}

#[test]
fn what_broke_or_proves_nothing_has_no_figures_and_opens_no_gate() {
    let mut run = promotion();
    let coverage = &mut run.gates[1];
    (coverage.verdict, coverage.value, coverage.evidence) = (Verdict::Error, None, None);
    coverage.found = "pytest ended with exit code 4".to_owned();
    coverage.wanted.clear();
    let report = workflow_report(&run, &about(&run));
    let testing = report.stage("testing").unwrap();
    assert!(!testing.success && !report.success);
    assert_eq!(testing.errors, ["test coverage: pytest ended with exit code 4"]);
    assert_eq!(testing.quality_gates[1].1.details.get("coverage"), None);
    // A report that somebody laid there.
    let mut run = promotion();
    run.gates[2].evidence.as_mut().unwrap()["origin"] = "report".into();
    let report = workflow_report(&run, &about(&run));
    assert!(!report.stage("refactoring").unwrap().success && !report.success);
}

#[test]
fn gates_of_a_later_stage_that_are_shut_as_well_are_named() {
    let mut run = failed();
    let lint = |verdict| gate("lint", StepName::Refactoring, verdict, "3 issues", "no issue");
    run.gates.push(lint(Verdict::Pass));
    let report = workflow_report(&run, &about(&run));
    assert_eq!(report.stages_failed, ["testing"]);
    run.gates[2] = lint(Verdict::Fail);
    let report = workflow_report(&run, &about(&run));
    assert_eq!(report.stages_failed, ["testing", "refactoring"]);
    let errors = ["linter: 3 issues; expected no issue", "Refactoring: not done, the run was failed"];
    assert_eq!(report.stage("refactoring").unwrap().errors, errors);
}

#[test]
fn an_optional_gate_that_is_shut_is_a_warning() {
    let mut run = promotion();
    let mut complexity =
        gate("complexity", StepName::Refactoring, Verdict::Fail, "1 function above it", "at most 10");
    complexity.need = Some(Need::Optional);
    run.gates.push(complexity);
    let report = workflow_report(&run, &about(&run));
    let refactoring = report.stage("refactoring").unwrap();
    assert!(refactoring.success && report.success && refactoring.errors.is_empty());
    assert_eq!(refactoring.warnings, ["complexity: 1 function above it; expected at most 10"]);
    assert_eq!(refactoring.outputs["gates_failed"], serde_json::json!([]));
    assert_eq!(refactoring.outputs["gates_not_required"], serde_json::json!(["complexity"]));
}

#[test]
fn secrets_and_vulnerabilities_are_also_one_gate() {
    let mut run = promotion();
    run.gates[4].verdict = Verdict::Fail;
    run.gates[4].found = "1 secret".to_owned();
    observe(&mut run, "secrets", &serde_json::json!({ "kind": "issues", "count": 1 }));
    run.gates[4].evidence.as_mut().unwrap()["findings"] = serde_json::json!([
        { "path": "src/calculator/keys.py", "line": 3, "message": "AWS Access Key" },
        { "path": "src/calculator/x.py", "line": 9, "message": "é".repeat(600) },
    ]);
    let report = workflow_report(&run, &about(&run));
    let gates = &report.stage("refactoring").unwrap().quality_gates;
    let security = &gates.iter().find(|(name, _)| name == "security").unwrap().1;
    assert!(!security.passed);
    let output = security.details["scan_output"].as_str().unwrap();
    assert!(output.starts_with("secrets: 1 secret\nsrc/calculator/keys.py:3 AWS Access Key\n"), "{output}");
    assert_eq!(output.chars().count(), 500);
    assert_eq!(security.errors, ["secrets: 1 secret; expected no secret"]);
}

#[test]
fn at_most_ten_findings_are_named() {
    let mut run = promotion();
    let findings: Vec<Value> = (1..=20)
        .map(|line| serde_json::json!({ "path": "src/a.py", "line": line, "column": 5, "end_line": line, "end_column": 9, "rule": "F401", "message": "unused" }))
        .collect();
    for (gate, name) in [(2, "lint"), (3, "types")] {
        observe(&mut run, name, &serde_json::json!({ "kind": "issues", "count": 20 }));
        run.gates[gate].verdict = Verdict::Fail;
        run.gates[gate].evidence.as_mut().unwrap()["findings"] = findings.clone().into();
    }
    let report = workflow_report(&run, &about(&run));
    let gates = &report.stage("refactoring").unwrap().quality_gates;
    let of = |name: &str| &gates.iter().find(|(known, _)| known == name).unwrap().1.details;
    assert_eq!(
        (&of("linting")["issue_count"], of("linting")["issues"].as_array().unwrap().len()),
        (&20.into(), 10)
    );
    assert_eq!(
        (&of("type_checking")["error_count"], of("type_checking")["errors"].as_array().unwrap().len()),
        (&20.into(), 10)
    );
    expect![[r#"
        {"code":"F401","end_location":{"column":9,"row":1},"filename":"src/a.py","location":{"column":5,"row":1},"message":"unused"}
        {"file":"src/a.py","message":"unused","range":{"end":{"character":8,"line":0},"start":{"character":4,"line":0}},"rule":"F401","severity":"error"}"#]].assert_eq(&format!("{}\n{}", of("linting")["issues"][0], of("type_checking")["errors"][0]));
}

#[test]
fn a_deployment_that_was_undone_is_no_success() {
    let mut run = promotion();
    fail(&mut run, StepName::Verify, "2 of 5 smoke tests fail");
    run.state = RunState::Failed;
    for step in run.steps.iter_mut().filter(|step| matches!(step.name, StepName::Deploy | StepName::Commit)) {
        step.state = StepState::Undone;
    }
    let report = workflow_report(&run, &about(&run));
    assert_eq!((report.success, report.stages_failed.join(" ")), (false, "staging_deployment".into()));
    let deployment = report.stage("staging_deployment").unwrap();
    assert_eq!(deployment.errors, ["2 of 5 smoke tests fail", "Commit: undone", "Deploy: undone"]);
    assert_eq!(
        (&deployment.outputs["success"], &deployment.outputs["deployment_time"]),
        (&false.into(), &Value::Null)
    );
}

#[test]
fn a_step_that_was_tried_again_is_a_warning() {
    let mut run = promotion();
    let deploy = run.steps.iter_mut().find(|step| step.name == StepName::Deploy).unwrap();
    deploy.attempts = 2;
    deploy.failure = Some(crate::run::StepFailure {
        message: "the host is away".into(),
        help: String::new(),
        transient: true,
    });
    let report = workflow_report(&run, &about(&run));
    let deployment = report.stage("staging_deployment").unwrap();
    assert!(report.success && deployment.errors.is_empty());
    assert_eq!(deployment.warnings, ["tried again: the host is away"]);
}

#[test]
fn a_run_that_writes_its_reports_counts_as_done_and_an_interrupted_one_does_not() {
    let mut run = promotion();
    let last = run.steps.len() - 1;
    (run.steps[last].state, run.ended_ms) = (StepState::Started, None);
    for state in [RunState::Running, RunState::Succeeded] {
        run.state = state;
        let report = workflow_report(&run, &about(&run));
        assert!(report.success && report.ended_at.is_none() && report.total_execution_time_ms == 12_000);
    }
    for state in [RunState::Interrupted, RunState::Cancelled, RunState::Stuck, RunState::Failed] {
        run.state = state;
        assert!(!workflow_report(&run, &about(&run)).success, "{state:?}");
    }
    // What the run leaves behind may fail.
    (run.state, run.steps[last].state) = (RunState::Succeeded, StepState::Failed);
    assert!(workflow_report(&run, &about(&run)).success);
    // A step in the middle that was not done.
    run.steps[4].state = StepState::Pending;
    assert!(!workflow_report(&run, &about(&run)).success);
}

#[test]
fn a_rollback_has_a_stage_of_its_own() {
    let mut run = promotion();
    (run.kind, run.from, run.to) = (RunKind::Rollback, Some(Stage::Staging), Stage::Development);
    (run.reason, run.undoes) = (Some("wrong totals".into()), Some("20261120-120000-aaaaaa".into()));
    run.gates.clear();
    let names = [
        StepName::Validate,
        StepName::Undeploy,
        StepName::Revert,
        StepName::Verify,
        StepName::Tracking,
        StepName::Reports,
    ];
    run.steps = (0..).zip(names).map(|(at, name)| fixture::step(name, START + at * 1000)).collect();
    set(&mut run, StepName::Undeploy, "release", "20261001-080000-bbbbbb");
    set(&mut run, StepName::Revert, "commit", "fedcba");
    let report = workflow_report(&run, &about(&run));
    assert_eq!((report.success, report.stages_completed.join(" ")), (true, "rollback".into()));
    assert_eq!(report.stage("rollback").unwrap().outputs["environment"], "staging");
    assert_eq!(
        (report.commit.as_deref(), report.undoes.as_deref()),
        (Some("fedcba"), Some("20261120-120000-aaaaaa"))
    );
    run.kind = RunKind::Drill;
    assert_eq!(workflow_report(&run, &about(&run)).stages_completed, ["drill"]);
}

#[test]
fn a_clock_that_jumped_back_takes_no_time() {
    let mut run = promotion();
    run.ended_ms = Some(START - 1);
    run.steps[1].ended_ms = Some(START - 1);
    let report = workflow_report(&run, &about(&run));
    assert_eq!((report.total_execution_time_ms, report.steps[1].execution_time_ms), (0, 0));
}

#[test]
fn a_report_of_the_incumbent_is_read() {
    let text = r#"{"success": false, "component_name": "calculator", "target_stage": "staging", "stages_completed": ["specification"],
        "stages_failed": ["testing"], "stage_results": {"testing": {"stage_name": "testing", "success": false, "outputs": {}, "errors": ["x"],
        "warnings": [], "execution_time_ms": 0, "quality_gates": {"test_coverage": {"passed": false, "gate_name": "test_coverage",
        "details": {"coverage": 8.3, "threshold": 80}, "errors": [], "warnings": [], "execution_time_ms": 0}}}}, "total_execution_time_ms": 0,
        "context_session_id": null, "metrics_dashboard": null, "new_key": 1}"#;
    let report = WorkflowReport::read(text).unwrap();
    assert_eq!(report.stage("testing").unwrap().quality_gates[0].1.details["threshold"], 80);
    for wrong in ["", "[]", "{\"success\": 1}"] {
        assert!(WorkflowReport::read(wrong).is_err(), "{wrong}");
    }
    assert!(WorkflowReport::read("{}").is_ok());
}

#[test]
fn the_summary_is_that_of_the_requirement() {
    let run = promotion();
    let report = workflow_report(&run, &about(&run));
    expect![[r#"
        ============================================================
        WORKFLOW SUMMARY
        ============================================================
        Component: calculator
        Target Stage: staging
        Success: ✓ YES
        Stages Completed: specification, testing, refactoring, staging_deployment
        Total Time: 12000ms
        Context Session: calculator-workflow-2026-11-21
        Metrics Dashboard: .stagegate/reports/calculator/workflow_dashboard_calculator.html
        Report Saved: workflow_report_calculator.json
        ============================================================
    "#]]
    .assert_eq(&summary_block(&report, "workflow_report_calculator.json"));
    let run = failed();
    let report = WorkflowReport {
        component_name: "x\nSuccess: ✓ YES".into(),
        ..workflow_report(&run, &about(&run))
    };
    expect![[r#"
        ============================================================
        WORKFLOW SUMMARY
        ============================================================
        Component: x Success: ✓ YES
        Target Stage: staging
        Success: ✗ NO
        Stages Completed: specification
        Stages Failed: testing
        Total Time: 4000ms
        Metrics Dashboard: .stagegate/reports/calculator/workflow_dashboard_calculator.html
        Report Saved: r.json
        ============================================================
    "#]]
    .assert_eq(&summary_block(&report, "r.json"));
}
