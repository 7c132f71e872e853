//! `stagegate spec-to-production` from outside: the command line of the workflow that teams use today, with true verdicts
//! (requirements 000, 001 and 002), and `stagegate report` of what it leaves behind.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::process::Stdio;

use serde_json::Value;
use stagegate_tests::cli::{Outcome, Sandbox};

const CONFIG: &str = "\
rules: { \"spec/*\": off }
quality_gates: { test_coverage: { staging_threshold: 75 } }
maturity_workflow:
  staging: { required_gates: [test_pass_rate, test_coverage, linting, type_checking, security], optional_gates: [] }
gates:
  tests: { command: [sh, tools/tests.sh, \"{report}\"], format: junit }
  coverage: { command: [sh, tools/copy.sh, tools/coverage.txt, \"{report}\"], format: coverage.py }
  lint: { command: [sh, tools/copy.sh, tools/clean.txt, \"{report}\"], format: sarif }
  types: { command: [sh, tools/copy.sh, tools/clean.txt, \"{report}\"], format: sarif }
  secrets: { command: [sh, tools/copy.sh, tools/secrets.txt, \"{report}\"], format: sarif }
  vulnerabilities: { command: [sh, tools/copy.sh, tools/clean.txt, \"{report}\"], format: sarif }
";

const JUNIT: &str = r#"<testsuites><testsuite name="t" tests="1"><testcase classname="t" name="a"/></testsuite></testsuites>"#;

/// 7 of 7 statements in the first file, 23 of 33 in the second: 75 % together.
const COVERAGE: &str = r#"{"meta":{"format":3,"version":"7.0.0"},"files":{"src/calc/__init__.py":{"executed_lines":[1],"summary":{"covered_lines":7,"num_statements":7,"percent_covered":100.0,"missing_lines":0,"excluded_lines":0},"missing_lines":[],"excluded_lines":[]},"src/calc/core.py":{"executed_lines":[1],"summary":{"covered_lines":23,"num_statements":33,"percent_covered":69.7,"missing_lines":10,"excluded_lines":0},"missing_lines":[2,3,4,5,6,7,8,9,10,11],"excluded_lines":[]}},"totals":{"covered_lines":30,"num_statements":40,"percent_covered":75.0,"missing_lines":10,"excluded_lines":0}}"#;

const CLEAN: &str =
    r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"linty","rules":[]}},"results":[]}]}"#;

const FOUND: &str = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"linty","rules":[{"id":"L1"}]}},"results":[{"ruleId":"L1","level":"error","message":{"text":"AWS Access Key"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"src/calc/core.py"},"region":{"startLine":2,"startColumn":1,"endLine":2,"endColumn":2}}}]}]}]}"#;

const SPEC: &str = "# Calc\n\n**Component Name:** calc\n\n## Overview\n\nSums.\n\n## Requirements\n\n- It sums.\n\n\
    ## Acceptance Criteria\n\n- [ ] It sums\n";

const MATURITY: &str = "# calc\n\n**Current Stage**: **Staging** 🎉\n";

/// A workspace whose component is in staging, with gates that cost nothing; trusted.
struct Fixture {
    sandbox: Sandbox,
    state: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Fixture {
        let files = [
            ("stagegate.yaml", CONFIG),
            ("specs/calc.md", SPEC),
            ("src/calc/__init__.py", "A = 1\n"),
            ("src/calc/core.py", "A = 1\nB = 2\n"),
            ("src/calc/MATURITY.md", MATURITY),
            ("tests/test_calc.py", "def test_a():\n    assert True\n"),
            ("tools/copy.sh", "cat \"$1\" > \"$2\"\n"),
            ("tools/tests.sh", "sleep 0.05; cat tools/junit.txt > \"$1\"\n"),
            ("tools/junit.txt", JUNIT),
            ("tools/coverage.txt", COVERAGE),
            ("tools/clean.txt", CLEAN),
            ("tools/secrets.txt", CLEAN),
        ];
        Fixture { sandbox: Sandbox::new(&files), state: tempfile::tempdir().unwrap() }
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.sandbox.command(arguments);
        command.env("STAGEGATE_STATE_DIR", self.state.path()).stdin(Stdio::null());
        self.sandbox.outcome(&mut command)
    }

    /// Trusts the workspace, runs the command for staging, and returns how it ended and what the report says.
    fn workflow(&self, component: &str, more: &[&str]) -> (Outcome, Value) {
        assert_eq!(self.run(&["trust", "--yes"]).code, 0);
        let spec = format!("specs/{component}.md");
        let all = ["spec-to-production", "--spec", &spec, "--component", component];
        let outcome = self.run(&[&all[..], more].concat());
        let path = format!("workflow_report_{component}.json");
        let report = serde_json::from_slice(&self.sandbox.read(&path)).unwrap();
        (outcome, report)
    }

    /// Asserts that there is no success, and returns the report.
    #[track_caller]
    fn fails(&self, component: &str, stage: &str) -> Value {
        let (outcome, report) = self.workflow(component, &[]);
        assert_eq!((outcome.code, &report["success"]), (1, &Value::from(false)), "{}", outcome.all());
        assert!(report["stages_failed"].as_array().unwrap().contains(&stage.into()), "{report:#}");
        assert_eq!(report["stage_results"][stage]["success"], false);
        assert!(outcome.stdout.contains("Success: ✗ NO\n"), "{}", outcome.stdout);
        report
    }
}

fn gate<'a>(report: &'a Value, stage: &str, name: &str) -> &'a Value {
    &report["stage_results"][stage]["quality_gates"][name]
}

/// A stage with emoji is read; where a component is at its target already, nothing is promoted; the configuration counts;
/// coverage is that of all files together.
#[test]
fn a_component_that_is_there_already_gets_its_verdicts() {
    let fixture = Fixture::new();
    let sources = fixture.sandbox.read("src/calc/core.py");
    let (outcome, report) = fixture.workflow("calc", &["--target", "staging"]);
    assert_eq!((outcome.code, &report["success"]), (0, &Value::from(true)), "{}\n{report:#}", outcome.all());
    assert_eq!((&report["from_stage"], &report["target_stage"]), (&"staging".into(), &"staging".into()));
    assert_eq!(report["stages_completed"], serde_json::json!(["specification", "testing", "refactoring"]));
    let coverage = &gate(&report, "testing", "test_coverage")["details"];
    assert_eq!((&coverage["lines_covered"], &coverage["lines_total"]), (&30.into(), &40.into()));
    assert_eq!((&coverage["coverage"], &coverage["threshold"]), (&75.0.into(), &75.0.into()));
    // Time passed, and the report says so.
    assert!(gate(&report, "testing", "test_pass_rate")["execution_time_ms"].as_u64() >= Some(50));
    assert!(report["stage_results"]["testing"]["execution_time_ms"].as_u64() >= Some(50));
    assert!(report["total_execution_time_ms"].as_u64() >= Some(50));
    assert_eq!(fixture.sandbox.read("src/calc/core.py"), sources);

    let summary = outcome.stdout.split_once("WORKFLOW SUMMARY").unwrap().1;
    for line in [
        "Component: calc",
        "Target Stage: staging",
        "Success: ✓ YES",
        "Report Saved: workflow_report_calc.json",
    ] {
        assert!(summary.contains(&format!("{line}\n")), "{summary}");
    }
    let session = report["context_session_id"].as_str().unwrap();
    assert!(summary.contains(&format!("Context Session: {session}\n")), "{summary}");
    let path = format!(".augment/context/sessions/{session}.json");
    let session: Value = serde_json::from_slice(&fixture.sandbox.read(&path)).unwrap();
    let last = session["messages"].as_array().unwrap().last().unwrap();
    assert_eq!(last["content"], "Every gate of staging that `calc` needs is open.");

    let shown = fixture.run(&["report", "calc"]);
    assert!(
        shown.code == 0 && shown.stdout.contains("validation of calc: staging → staging"),
        "{}",
        shown.all()
    );
    let json = fixture.run(&["report", report["run_id"].as_str().unwrap(), "--format", "json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["run_id"], report["run_id"]);
    assert_eq!(fixture.run(&["report"]).code, 0);
    assert_eq!(fixture.run(&["report", "other"]).code, 2);
    assert_eq!(fixture.run(&["report", "../calc"]).code, 2);
    assert_eq!(fixture.run(&["dashboard"]).code, 0);
}

/// The type checker is missing: the gate passed.
#[test]
fn a_missing_tool_is_no_pass() {
    let fixture = Fixture::new();
    let missing = "types: { command: [no-such-type-checker, \"{report}\"]";
    let config =
        CONFIG.replace("types: { command: [sh, tools/copy.sh, tools/clean.txt, \"{report}\"]", missing);
    fixture.sandbox.write("stagegate.yaml", &config);
    let report = fixture.fails("calc", "refactoring");
    let types = gate(&report, "refactoring", "type_checking");
    assert_eq!((&types["passed"], &types["verdict"]), (&false.into(), &"error".into()));
    assert!(types["errors"][0].as_str().unwrap().contains("no-such-type-checker"), "{types:#}");
}

/// The tests could not start and an old report lay there: coverage passed.
#[test]
fn an_old_report_proves_nothing() {
    let fixture = Fixture::new();
    fixture.sandbox.write("coverage.json", COVERAGE);
    fixture.sandbox.write("tools/tests.sh", "exit 4\n");
    fixture
        .sandbox
        .write("tools/copy.sh", "test \"$1\" = tools/coverage.txt && exit 4; cat \"$1\" > \"$2\"\n");
    let report = fixture.fails("calc", "testing");
    for name in ["test_pass_rate", "test_coverage"] {
        let gate = gate(&report, "testing", name);
        assert_eq!((&gate["passed"], &gate["verdict"]), (&false.into(), &"error".into()), "{gate:#}");
    }
    assert_eq!(gate(&report, "testing", "test_pass_rate")["details"]["exit_code"], 4);
    assert_eq!(gate(&report, "testing", "test_coverage")["details"].get("coverage"), None);
}

/// A committed secret: the gate passed, and wrote it into the baseline.
#[test]
fn a_secret_shuts_the_gate() {
    let fixture = Fixture::new();
    fixture.sandbox.write("tools/secrets.txt", FOUND);
    let report = fixture.fails("calc", "refactoring");
    let security = gate(&report, "refactoring", "security");
    assert_eq!(security["passed"], false);
    let output = security["details"]["scan_output"].as_str().unwrap();
    assert!(output.contains("src/calc/core.py:2 AWS Access Key"), "{output}");
    assert!(!fixture.sandbox.path(".secrets.baseline").exists());
}

/// Deployments were placeholders that succeed, also for a component that does not exist.
#[test]
fn what_does_not_exist_is_not_deployed() {
    let fixture = Fixture::new();
    fixture.sandbox.write("specs/ghost.md", "# Notes\n");
    let report = fixture.fails("ghost", "specification");
    assert_eq!(report["stages_completed"], serde_json::json!([]));
    assert_eq!(report["stage_results"].as_object().unwrap().len(), 1);
    let report = fixture.fails("nowhere", "specification");
    assert_eq!(report["stage_results"]["specification"]["errors"][0], "there is no spec `specs/nowhere.md`");
    // A stage that cannot be reached from here.
    fixture.sandbox.write("src/calc/MATURITY.md", MATURITY.replace("Staging", "Experimental"));
    let report = fixture.fails("calc", "staging_deployment");
    assert_eq!(report["stage_results"]["staging_deployment"]["outputs"]["success"], false);
}

/// The content of the spec, dependencies and the current stage were never looked at.
#[test]
fn the_spec_is_read() {
    let fixture = Fixture::new();
    fixture.sandbox.write("specs/calc.md", "# Calc\n\n**Component Name:** calc\n");
    let report = fixture.fails("calc", "specification");
    assert_eq!(report["stage_results"]["specification"]["stage_name"], "specification_parsing");

    let fixture = Fixture::new();
    fixture.sandbox.write("specs/base.md", "# Base\n\n**Component Name:** base\n**Status:** Development\n");
    let needs = "# Calc\n\n**Component Name:** calc\n\n## Dependencies\n\n### Required Components\n- `base` (staging) - sums\n";
    fixture.sandbox.write("specs/calc.md", needs);
    let report = fixture.fails("calc", "refactoring");
    let errors = report["stage_results"]["refactoring"]["errors"].to_string();
    assert!(errors.contains("`base` is in development"), "{errors}");
}

/// `orchestration` became `orchestrator` by cutting characters.
#[test]
fn a_name_is_never_cut() {
    let fixture = Fixture::new();
    for name in ["orchestration", "orchestrator"] {
        fixture.sandbox.write(&format!("specs/{name}.md"), format!("# X\n\n**Component Name:** {name}\n"));
        fixture.sandbox.write(&format!("src/{name}/core.py"), "A = 1\n");
    }
    let spec = ["spec-to-production", "--spec", "specs/orchestrator.md", "--component", "orchestration"];
    let outcome = fixture.run(&spec);
    assert_eq!(outcome.code, 1);
    assert!(
        outcome
            .stderr
            .contains("`specs/orchestrator.md` is the spec of `orchestrator`, not of `orchestration`"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn without_trust_nothing_is_run_and_nothing_passes() {
    let fixture = Fixture::new();
    let outcome = fixture.run(&["spec-to-production", "--spec", "specs/calc.md", "--component", "calc"]);
    assert_eq!(outcome.code, 1, "{}", outcome.all());
    assert!(outcome.stderr.contains("the workspace is not trusted"), "{}", outcome.stderr);
    let report: Value = serde_json::from_slice(&fixture.sandbox.read("workflow_report_calc.json")).unwrap();
    assert_eq!(
        (&report["success"], gate(&report, "testing", "test_pass_rate")["passed"].as_bool()),
        (&false.into(), Some(false))
    );
    for path in [".stagegate", ".metrics", ".augment"] {
        assert!(!fixture.sandbox.path(path).exists(), "{path}");
    }
}

#[test]
fn wrong_usage_is_told_apart_from_no_success() {
    let fixture = Fixture::new();
    let all: [&[&str]; 6] = [
        &[],
        &["--spec", "specs/calc.md"],
        &["--spec", "specs/calc.md", "--component", "calc", "--target", "nowhere"],
        &["--spec", "specs/calc.md", "--component", "../calc"],
        &["--spec", "specs/calc.md", "--component", "calc", "--output", "no/such/folder/r.json"],
        &["--spec", "specs/calc.md", "--component", "calc", "--output", "src"],
    ];
    for arguments in all {
        let outcome = fixture.run(&[&["spec-to-production"], arguments].concat());
        assert_eq!(outcome.code, 2, "{arguments:?}: {}", outcome.all());
    }
    assert!(!fixture.sandbox.path("workflow_report_calc.json").exists());
    assert_eq!(fixture.run(&["report"]).code, 2);
    // Both names of the first stage are taken, and the report repeats the one that was given.
    for target in ["dev", "development"] {
        let (outcome, report) = fixture.workflow("calc", &["--target", target]);
        assert!(outcome.code <= 1 && report["target_stage"] == target, "{}", outcome.all());
    }
    let more =
        ["spec-to-production", "--spec", "specs/calc.md", "--component", "calc", "--output", "tools/r.json"];
    let outcome = fixture.run(&more);
    assert!(outcome.stdout.contains("Report Saved: tools/r.json\n"), "{}", outcome.all());
    assert!(fs::read(fixture.sandbox.path("tools/r.json")).is_ok());
}
