//! `stagegate runs`, `watch`, `resume`, `cancel` and `history`, with a journal of runs whose process is gone.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::Command;

use expect_test::{Expect, expect};
use serde_json::Value;
use stagegate_core::gates::{GateKind, Verdict};
use stagegate_core::plan::{Backoff, Plan, RunKind, Step, StepName};
use stagegate_core::run::{GateRecord, Person, RunEvent, RunState, StepFailure, StepState};
use stagegate_core::stage::Stage;
use stagegate_pipeline::runs::Request;
use stagegate_pipeline::runs::journal::{Change, Journal};
use stagegate_pipeline::trust::TrustStore;
use stagegate_tests::cli::{Outcome, Sandbox};

fn plan(reason: Option<&str>) -> Plan {
    let step = |name| Step {
        name,
        effects: Vec::new(),
        backoff: Backoff::NONE,
        timeout_ms: 1000,
        environment: None,
        is_undone: true,
    };
    Plan {
        kind: RunKind::Promotion,
        component: "calc".to_owned(),
        canonical: "calc".to_owned(),
        from: Some(Stage::Development),
        to: Stage::Staging,
        spec: None,
        version: None,
        head: None,
        undoes: None,
        reason: reason.map(str::to_owned),
        steps: [StepName::Testing, StepName::Deploy, StepName::Reports].map(step).to_vec(),
        refusals: Vec::new(),
        notes: Vec::new(),
    }
}

/// A workspace, and the state of the user whose runs are in its journal.
struct Bench {
    sandbox: Sandbox,
    state: tempfile::TempDir,
}

impl Bench {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.command(arguments);
        command.env("STAGEGATE_STATE_DIR", self.state.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        self.sandbox.outcome(&mut self.command(arguments))
    }
}

/// A workspace with a run that failed and one that was interrupted.
fn sandbox() -> Bench {
    let sandbox = Sandbox::new(&[("stagegate.yaml", ""), ("specs/calc.md", "**Component Name:** calc\n")]);
    let state = tempfile::tempdir().unwrap();
    let trust = TrustStore::at(state.path().canonicalize().unwrap()).unwrap();
    let mut journal = Journal::open_by(&sandbox.path(""), &trust).unwrap();
    let by = Some(Person { name: "Mara \u{1b}[31m".to_owned(), email: "mara@example.org".to_owned() });
    let request = Request { by, origin: "cli".to_owned(), program: None };
    let id = "20260101-000000-aaaaaa";
    let mut run = journal.create(id, &plan(Some("try it")), &request, 1000).unwrap().unwrap();
    let gate = GateRecord {
        gate: GateKind::Coverage.into(),
        step: StepName::Testing,
        need: None,
        verdict: Verdict::Fail,
        found: "61 %".to_owned(),
        wanted: "at least 70 %".to_owned(),
        next: None,
        value: Some(61.0),
        threshold: Some(70.0),
        cached: false,
        duration_ms: 10,
        evidence: None,
    };
    journal.write(id, Change { gate: Some(&gate), ..Change::default() }).unwrap();
    for at in [0, 2] {
        let step = &mut run.steps[at];
        (step.attempts, step.started_ms, step.ended_ms) = (1, Some(1000), Some(63_000));
        step.state = if at == 0 { StepState::Failed } else { StepState::Done };
        step.summary = (at == 2).then(|| "2 reports".to_owned());
        step.failure = (at == 0).then(|| StepFailure {
            message: "coverage is 61 %, expected at least 70 %".to_owned(),
            help: "write tests".to_owned(),
            transient: false,
        });
        let step = step.clone();
        journal.write(id, Change { step: Some((at, &step)), ..Change::default() }).unwrap();
    }
    (run.state, run.ended_ms) = (RunState::Failed, Some(64_000));
    let event = RunEvent::Ended { run: Box::new(run.clone()), summary: "promotion failed".to_owned() };
    journal.write(id, Change { run: Some(&run), event: Some(&event), ..Change::default() }).unwrap();
    let mut run =
        journal.create("20260102-000000-bbbbbb", &plan(None), &Request::default(), 99_000).unwrap().unwrap();
    (run.steps[0].state, run.steps[0].attempts) = (StepState::Started, 1);
    let change = Change { step: Some((0, &run.steps[0])), ..Change::default() };
    journal.write(&run.id, change).unwrap();
    Bench { sandbox, state }
}

fn check(arguments: &[&str], expected: &Expect) {
    expected.assert_eq(&sandbox().run(arguments).all());
}

#[test]
fn where_there_is_no_run_that_is_said_and_nothing_is_written() {
    let sandbox = Sandbox::new(&[("stagegate.yaml", "")]);
    let mut all = String::new();
    for arguments in
        [&["runs"][..], &["history", "calc"], &["watch"], &["resume"], &["cancel"], &["cancel", "../x"]]
    {
        all.push_str(&sandbox.run(arguments).all());
    }
    expect![[r#"
        exit 0
        --- stdout
        There is no run yet; `stagegate promote` starts one.
        exit 0
        --- stdout
        There is no run of `calc` yet; `stagegate promote` starts one.
        exit 2
        --- stderr
        error: there is no run yet
          = help: `stagegate promote` starts one
        exit 2
        --- stderr
        error: no run was interrupted
          = help: `stagegate runs` lists all of them
        exit 2
        --- stderr
        error: no run is under way or was interrupted
          = help: `stagegate runs` lists all of them
        exit 2
        --- stderr
        error: there is no run `../x`
          = help: `stagegate runs` lists them
    "#]]
    .assert_eq(&all);
    assert!(!sandbox.path(".stagegate").exists());
}

#[test]
fn runs_are_listed_the_newest_first() {
    check(
        &["runs"],
        &expect![[r#"
        exit 0
        --- stdout
        Run                     Component  What                               State        Took        By          Where it is, or why it ended
        20260102-000000-bbbbbb  calc       promotion: development -> staging  interrupted  -           -           at step `testing`
        20260101-000000-aaaaaa  calc       promotion: development -> staging  failed       1 min 03 s  Mara ␛[31m  testing: coverage is 61 %, expected at least 70 %
    "#]],
    );
    check(
        &["runs", "other"],
        &expect![[r#"
        exit 0
        --- stdout
        There is no run of `other` yet; `stagegate promote` starts one.
    "#]],
    );
}

#[test]
fn the_history_of_a_component_has_steps_and_shut_gates() {
    check(
        &["history", "Calc"],
        &expect![[r#"
        exit 0
        --- stdout
        20260102-000000-bbbbbb  promotion: development -> staging: interrupted
          promotion of `calc` to staging was interrupted
          Step     State  Took  Tries  What it came to
          testing  begun  -     1      -

        20260101-000000-aaaaaa  promotion: development -> staging: failed, 1 min 03 s, by Mara ␛[31m
          promotion of `calc` to staging failed at step `testing`: coverage is 61 %, expected at least 70 %
          because: try it
          Step     State   Took        Tries  What it came to
          testing  failed  1 min 02 s  1      coverage is 61 %, expected at least 70 %
          reports  done    1 min 02 s  1      2 reports
          coverage: fail: 61 %, expected at least 70 %
    "#]],
    );
}

#[test]
fn who_watches_an_interrupted_run_is_told_what_to_do() {
    check(
        &["watch"],
        &expect![[r#"
        exit 1
        --- stderr
        run 20260102-000000-bbbbbb: promotion of calc to staging: interrupted
        note: it was interrupted; `stagegate resume 20260102-000000-bbbbbb` lets it go on, `stagegate cancel 20260102-000000-bbbbbb` undoes what it did
    "#]],
    );
    check(
        &["watch", "20260101-000000-aaaaaa"],
        &expect![[r#"
        exit 1
        --- stdout
        Promotion failed.
    "#]],
    );
    check(
        &["watch", "20260101-000000-cccccc"],
        &expect![[r#"
        exit 2
        --- stderr
        error: there is no run `20260101-000000-cccccc`; `stagegate runs` lists them
    "#]],
    );
}

#[test]
fn a_run_that_has_ended_is_not_taken_up_again() {
    check(
        &["resume", "20260101-000000-aaaaaa"],
        &expect![[r#"
        exit 2
        --- stderr
        error: run `20260101-000000-aaaaaa` has ended: it failed, and what it had done is undone
          = help: ask for a new one
    "#]],
    );
    check(
        &["cancel", "20260101-000000-aaaaaa"],
        &expect![[r#"
        exit 2
        --- stderr
        error: run `20260101-000000-aaaaaa` has ended: it failed, and what it had done is undone
          = help: ask for a new one
    "#]],
    );
}

#[test]
fn nothing_of_an_interrupted_run_goes_on_before_the_workspace_is_trusted() {
    let sandbox = sandbox();
    let resumed = sandbox.run(&["resume"]);
    expect![[r#"
        exit 2
        --- stderr
        error: the workspace is not trusted, so nothing is run
          = help: see what would be run, and trust it, with `stagegate trust`
    "#]]
    .assert_eq(&resumed.all());
}

#[test]
fn programs_get_json() {
    let sandbox = sandbox();
    let runs: Value = serde_json::from_str(&sandbox.run(&["runs", "--format", "json"]).stdout).unwrap();
    assert_eq!(runs["schema"], "stagegate.runs/1");
    assert_eq!(runs["runs"][0]["state"], "interrupted");
    assert_eq!(runs["runs"][1]["steps"][0]["failure"]["help"], "write tests");
    let events = sandbox.run(&["watch", "20260101-000000-aaaaaa", "--events"]).stdout;
    let events: Vec<Value> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events[0]["event"], "snapshot");
    assert_eq!(events.last().unwrap()["event"], "ended");
}
