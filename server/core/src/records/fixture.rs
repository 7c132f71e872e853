//! Runs, for tests.

use serde_json::{Value, json};

use super::About;
use crate::gates::{GateName, Need, Verdict};
use crate::plan::{RunKind, StepName};
use crate::run::{GateRecord, Person, RunRecord, RunState, StepFailure, StepRecord, StepState};
use crate::stage::Stage;

/// 2026-11-21 03:45:00 UTC.
pub(super) const START: i64 = 1_795_232_700_000;

/// A promotion of `calculator` to staging that ended well: each step took a second.
pub(super) fn promotion() -> RunRecord {
    let names = [
        StepName::Validate,
        StepName::Specification,
        StepName::AutoFix,
        StepName::Testing,
        StepName::Refactoring,
        StepName::Criteria,
        StepName::Metadata,
        StepName::Commit,
        StepName::Deploy,
        StepName::Verify,
        StepName::Context,
        StepName::Reports,
    ];
    let mut run = RunRecord {
        id: "20261121-034500-ab12cd".to_owned(),
        kind: RunKind::Promotion,
        component: "calculator".to_owned(),
        canonical: "calculator".to_owned(),
        from: Some(Stage::Development),
        to: Stage::Staging,
        state: RunState::Succeeded,
        reason: None,
        undoes: None,
        undone_by: None,
        by: Some(Person { name: "Mara".to_owned(), email: "mara@abacus.invalid".to_owned() }),
        started_ms: START,
        ended_ms: Some(START + 12_000),
        resumed: 0,
        version: Some("1.2.0".to_owned()),
        steps: (0..).zip(names).map(|(at, name)| step(name, START + at * 1000)).collect(),
        gates: vec![
            gate("tests", StepName::Testing, Verdict::Pass, "17 passed", "every test passes"),
            gate(
                "coverage",
                StepName::Testing,
                Verdict::Pass,
                "91.2 % (52 of 57 statements in 3 files)",
                "at least 70 %",
            ),
            gate("lint", StepName::Refactoring, Verdict::Pass, "no issue", "no issue"),
            gate("types", StepName::Refactoring, Verdict::Pass, "no type error", "no type error"),
            gate("secrets", StepName::Refactoring, Verdict::Pass, "no secret", "no secret"),
            gate(
                "vulnerabilities",
                StepName::Refactoring,
                Verdict::Pass,
                "0 critical, 0 high, 0 medium, 1 low",
                "at most 0 critical, 0 high, 5 medium",
            ),
        ],
    };
    run.gates[1].value = Some(52.0 * 100.0 / 57.0);
    run.gates[1].threshold = Some(70.0);
    observe(
        &mut run,
        "tests",
        &json!({ "kind": "tests", "passed": 17, "failed": 0, "errors": 0, "skipped": 0 }),
    );
    observe(
        &mut run,
        "coverage",
        &json!({ "kind": "coverage", "covered": 52, "statements": 57, "files": 3 }),
    );
    observe(&mut run, "lint", &json!({ "kind": "issues", "count": 0, "files": 3 }));
    observe(&mut run, "types", &json!({ "kind": "issues", "count": 0 }));
    set(&mut run, StepName::Commit, "commit", "0123456789abcdef0123456789abcdef01234567");
    set(&mut run, StepName::Deploy, "environment", "staging");
    set(&mut run, StepName::Deploy, "release", "20261121-034500-ab12cd");
    set(&mut run, StepName::Verify, "smoke_tests", "passed");
    set(&mut run, StepName::Verify, "health_checks", "passed");
    set(&mut run, StepName::Context, "session", "calculator-workflow-2026-11-21");
    run
}

/// One that failed in the tests: nothing was deployed.
pub(super) fn failed() -> RunRecord {
    let mut run = promotion();
    run.state = RunState::Failed;
    run.ended_ms = Some(START + 4000);
    run.gates.truncate(2);
    run.gates[1].verdict = Verdict::Fail;
    run.gates[1].found = "64.1 % (59 of 92 statements in 4 files)".to_owned();
    run.gates[1].value = Some(64.13);
    run.gates[1].next = Some("test what is not covered yet".to_owned());
    fail(&mut run, StepName::Testing, "1 of 2 gates of staging is shut: test coverage");
    run
}

/// Lets a step fail, and all after it not be reached.
pub(super) fn fail(run: &mut RunRecord, name: StepName, message: &str) {
    let at = run.steps.iter().position(|step| step.name == name).unwrap();
    run.steps[at].state = StepState::Failed;
    run.steps[at].failure =
        Some(StepFailure { message: message.to_owned(), help: "see the gates".to_owned(), transient: false });
    for step in &mut run.steps[at + 1..] {
        step.state = StepState::Pending;
        (step.started_ms, step.ended_ms, step.attempts) = (None, None, 0);
        step.outputs.clear();
    }
}

pub(super) fn step(name: StepName, started_ms: i64) -> StepRecord {
    StepRecord {
        name,
        state: StepState::Done,
        attempts: 1,
        started_ms: Some(started_ms),
        ended_ms: Some(started_ms + 1000),
        summary: None,
        failure: None,
        outputs: serde_json::Map::new(),
    }
}

pub(super) fn gate(name: &str, step: StepName, verdict: Verdict, found: &str, wanted: &str) -> GateRecord {
    GateRecord {
        gate: GateName::new(name).unwrap(),
        step,
        need: Some(Need::Required),
        verdict,
        found: found.to_owned(),
        wanted: wanted.to_owned(),
        next: None,
        value: None,
        threshold: None,
        cached: false,
        duration_ms: 400,
        evidence: None,
    }
}

/// Gives a gate evidence of a run.
pub(super) fn observe(run: &mut RunRecord, name: &str, observed: &Value) {
    let gate = run.gates.iter_mut().find(|gate| gate.gate.as_str() == name).unwrap();
    gate.evidence = Some(json!({
        "gate": name, "component": "calculator", "origin": "run", "started_ms": START + 3100, "ended_ms": START + 3500,
        "commands": [["python", "-m", "pytest"]], "exit": { "code": 0 }, "tool": "pytest", "tool_version": "9.0.1",
        "observed": { "Ok": observed },
    }));
}

pub(super) fn set(run: &mut RunRecord, name: StepName, key: &str, value: &str) {
    let step = run.steps.iter_mut().find(|step| step.name == name).unwrap();
    step.outputs.insert(key.to_owned(), value.into());
}

/// What reports say beside the record.
pub(super) fn about(run: &RunRecord) -> About {
    About {
        spec_file: Some("specs/calculator.md".to_owned()),
        content_length: Some(2048),
        component_path: Some("src/calculator".to_owned()),
        dashboard: Some(".stagegate/reports/calculator/workflow_dashboard_calculator.html".to_owned()),
        ..About::of(run, None, START + 12_000)
    }
}
