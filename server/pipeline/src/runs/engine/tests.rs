//! Runs in virtual time, with steps that write down what they are asked.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use expect_test::{Expect, expect};
use stagegate_core::plan::{Backoff, Plan, RunKind, Step};
use stagegate_core::run::Outputs;
use stagegate_core::stage::Stage;

use super::*;
use crate::runs::{Context, Done, Request};

/// A clock that moves only by waiting.
#[derive(Default)]
struct Virtual {
    passed_ms: AtomicU64,
    /// By how much the clock on the wall is wrong.
    set_back_ms: AtomicU64,
}

impl Virtual {
    fn pass(&self, ms: u64) {
        self.passed_ms.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for Virtual {
    fn now_ms(&self) -> i64 {
        let passed = self.passed_ms.load(Ordering::SeqCst).cast_signed();
        1_000_000 + passed - self.set_back_ms.load(Ordering::SeqCst).cast_signed()
    }

    fn wait(&self, time: Duration, cancel: &Cancel) -> bool {
        self.pass(u64::try_from(time.as_millis()).unwrap());
        !cancel.is_cancelled()
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.passed_ms.load(Ordering::SeqCst))
    }

    fn since_boot(&self) -> Option<(String, i64)> {
        Some(("boot".to_owned(), self.passed_ms.load(Ordering::SeqCst).cast_signed()))
    }
}

/// What a step answers next.
#[derive(Clone, Debug)]
enum Say {
    Ok,
    Transient,
    Fatal,
    /// It was done all along.
    Found,
    /// Somebody cancels while it runs.
    Cancel,
    /// Somebody kills while it runs.
    Kill,
    /// It takes this long, in milliseconds, or until it is stopped.
    Hang(u64),
    Panic,
}

struct World {
    dir: tempfile::TempDir,
    root: Root,
    clock: Virtual,
    cancel: Cancel,
    redactor: Redactor,
    said: Mutex<Vec<String>>,
    next: Mutex<Vec<(String, VecDeque<Say>)>>,
}

impl World {
    fn new() -> &'static World {
        Box::leak(Box::new(World {
            dir: tempfile::tempdir().unwrap(),
            root: Root::default(),
            clock: Virtual::default(),
            cancel: Cancel::new(),
            redactor: Redactor::from_env([("A_TOKEN".into(), "canary-of-a-secret".into())]),
            said: Mutex::default(),
            next: Mutex::default(),
        }))
    }

    /// `deploy: ...` for what a step does, `undo deploy: ...` for its undoing, `look deploy: ...` for whether it is done.
    fn script(&self, of: &str, answers: &[Say]) {
        self.next.lock().unwrap().push((of.to_owned(), answers.iter().cloned().collect()));
    }

    fn answer(&self, of: &str, cancel: &Cancel) -> Result<Say, StepFailure> {
        let next = {
            let mut next = self.next.lock().unwrap();
            next.iter_mut().find(|(name, _)| name == of).and_then(|(_, answers)| answers.pop_front())
        };
        let next = next.unwrap_or(Say::Ok);
        self.said.lock().unwrap().push(format!("{} {of} {next:?}", self.clock.now_ms() - 1_000_000));
        let failed = |transient| {
            let message = format!("{of} said canary-of-a-secret");
            Err(StepFailure { message, help: "mend it".to_owned(), transient })
        };
        match next {
            Say::Ok | Say::Found => return Ok(next),
            Say::Transient => return failed(true),
            Say::Fatal => return failed(false),
            Say::Cancel => self.cancel.cancel(),
            Say::Kill => self.cancel.kill(),
            Say::Hang(ms) => self.clock.pass(ms),
            Say::Panic => panic!("a bug"),
        }
        // As a tool that is stopped.
        while !cancel.is_cancelled() {
            std::thread::sleep(Duration::from_millis(1));
        }
        failed(true)
    }

    fn bench(&self) -> Bench<'_> {
        Bench {
            folder: self.dir.path(),
            root: &self.root,
            cancel: &self.cancel,
            redactor: &self.redactor,
            clock: &self.clock,
            actions: &|_| unreachable!(),
            chance: &|| 0.5,
        }
    }

    fn begin(&self, id: &str, plan: &Plan) -> Journal {
        let mut journal = Journal::open(self.dir.path()).unwrap();
        journal.create(id, plan, &Request::default(), self.clock.now_ms()).unwrap().unwrap();
        journal
    }
}

struct Scripted(&'static World);

impl Action for Scripted {
    fn already_done(&self, context: &mut Context<'_>) -> Result<Option<Done>, StepFailure> {
        let found = self.0.answer(&format!("look {}", context.step.name), context.cancel)?;
        Ok(matches!(found, Say::Found).then(|| Done { summary: "found".to_owned(), ..Done::default() }))
    }

    fn perform(&self, context: &mut Context<'_>) -> Result<Done, StepFailure> {
        let name = context.step.name;
        context.remember("key", context.key())?;
        context.output("a line with canary-of-a-secret");
        self.0.answer(name.name(), context.cancel)?;
        let mut outputs = Outputs::new();
        outputs.insert("state".to_owned(), context.run.state.name().into());
        Ok(Done { summary: format!("{name} done"), outputs })
    }

    fn undo(&self, context: &mut Context<'_>) -> Result<String, StepFailure> {
        self.0.answer(&format!("undo {}", context.step.name), context.cancel)?;
        Ok(format!("{} is as before", context.step.name))
    }
}

fn step(name: StepName, is_undone: bool) -> Step {
    let backoff = Backoff { retries: 3, base_ms: 1000, factor: 2.0, max_ms: 10_000, jitter: true };
    let environment = (name == StepName::Deploy).then(|| "staging".to_owned());
    Step { name, effects: Vec::new(), backoff, timeout_ms: 600_000, environment, is_undone }
}

fn plan() -> Plan {
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
        reason: None,
        steps: vec![
            step(StepName::Testing, false),
            step(StepName::Commit, true),
            step(StepName::Deploy, true),
            step(StepName::Verify, false),
            step(StepName::Reports, false),
        ],
        refusals: Vec::new(),
        notes: Vec::new(),
    }
}

fn carry_out(world: &'static World, journal: &mut Journal, id: &str) -> Result<RunRecord, EngineError> {
    let scripted: &'static Scripted = Box::leak(Box::new(Scripted(world)));
    let actions = |_: StepName| -> &'static dyn Action { scripted };
    execute(journal, id, &Bench { actions: &actions, ..world.bench() })
}

/// Everything that was asked, the steps as they ended, and how the run did.
fn story(world: &World, journal: &Journal, id: &str) -> String {
    let mut text = world.said.lock().unwrap().drain(..).map(|line| line + "\n").collect::<String>();
    let run = journal.run(id).unwrap().unwrap();
    for step in &run.steps {
        text.push_str(&format!("{}: {:?} after {}", step.name, step.state, step.attempts));
        if let Some(summary) = &step.summary {
            text.push_str(&format!(", {summary}"));
        }
        if let Some(failure) = &step.failure {
            text.push_str(&format!(", failed: {}", failure.message));
        }
        text.push('\n');
    }
    assert!(!format!("{run:?}").contains("canary"), "{run:?}");
    text + &format!("{}: {}\n", run.state.name(), summary(&run))
}

fn check(script: &[(&str, &[Say])], expected: &Expect) {
    let world = World::new();
    script.iter().for_each(|(of, answers)| world.script(of, answers));
    let mut journal = world.begin("r", &plan());
    if let Err(error) = carry_out(world, &mut journal, "r") {
        world.said.lock().unwrap().push(format!("left: {error}"));
    }
    expected.assert_eq(&story(world, &journal, "r"));
}

#[test]
fn everything_is_done_in_order() {
    check(
        &[],
        &expect![[r#"
        0 testing Ok
        0 commit Ok
        0 deploy Ok
        0 verify Ok
        0 reports Ok
        testing: Done after 1, testing done
        commit: Done after 1, commit done
        deploy: Done after 1, deploy done
        verify: Done after 1, verify done
        reports: Done after 1, reports done
        succeeded: promotion of `calc` to staging succeeded
    "#]],
    );
}

#[test]
fn what_may_pass_is_tried_again_with_growing_waits() {
    check(
        &[("testing", &[Say::Transient, Say::Transient, Say::Transient])],
        &expect![[r#"
        0 testing Transient
        1000 look testing Ok
        1000 testing Transient
        3000 look testing Ok
        3000 testing Transient
        7000 look testing Ok
        7000 testing Ok
        7000 commit Ok
        7000 deploy Ok
        7000 verify Ok
        7000 reports Ok
        testing: Done after 4, testing done
        commit: Done after 1, commit done
        deploy: Done after 1, deploy done
        verify: Done after 1, verify done
        reports: Done after 1, reports done
        succeeded: promotion of `calc` to staging succeeded
    "#]],
    );
    check(
        &[("testing", &[Say::Transient, Say::Transient, Say::Transient, Say::Transient])],
        &expect![[r#"
        0 testing Transient
        1000 look testing Ok
        1000 testing Transient
        3000 look testing Ok
        3000 testing Transient
        7000 look testing Ok
        7000 testing Transient
        7000 reports Ok
        testing: Failed after 4, failed: testing said [redacted A_TOKEN]
        commit: Pending after 0
        deploy: Pending after 0
        verify: Pending after 0
        reports: Done after 1, reports done
        failed: promotion of `calc` to staging failed at step `testing`: testing said [redacted A_TOKEN]
    "#]],
    );
    check(
        &[("testing", &[Say::Fatal])],
        &expect![[r#"
        0 testing Fatal
        0 reports Ok
        testing: Failed after 1, failed: testing said [redacted A_TOKEN]
        commit: Pending after 0
        deploy: Pending after 0
        verify: Pending after 0
        reports: Done after 1, reports done
        failed: promotion of `calc` to staging failed at step `testing`: testing said [redacted A_TOKEN]
    "#]],
    );
}

#[test]
fn a_deployment_that_lost_its_answer_is_not_done_twice() {
    check(
        &[("deploy", &[Say::Transient]), ("look deploy", &[Say::Found])],
        &expect![[r#"
        0 testing Ok
        0 commit Ok
        0 deploy Transient
        1000 look deploy Found
        1000 verify Ok
        1000 reports Ok
        testing: Done after 1, testing done
        commit: Done after 1, commit done
        deploy: Done after 1, found
        verify: Done after 1, verify done
        reports: Done after 1, reports done
        succeeded: promotion of `calc` to staging succeeded
    "#]],
    );
}

#[test]
fn a_failure_undoes_what_was_done_in_reverse_and_is_reported() {
    check(
        &[("verify", &[Say::Fatal])],
        &expect![[r#"
        0 testing Ok
        0 commit Ok
        0 deploy Ok
        0 verify Fatal
        0 undo deploy Ok
        0 undo commit Ok
        0 reports Ok
        testing: Done after 1, testing done
        commit: Undone after 1, commit is as before
        deploy: Undone after 1, deploy is as before
        verify: Failed after 1, failed: verify said [redacted A_TOKEN]
        reports: Done after 1, reports done
        failed: promotion of `calc` to staging failed at step `verify`: verify said [redacted A_TOKEN]; undone: `deploy`, `commit`
    "#]],
    );
    // A step that fails is undone itself, for it may have left something behind.
    check(
        &[("deploy", &[Say::Fatal])],
        &expect![[r#"
        0 testing Ok
        0 commit Ok
        0 deploy Fatal
        0 undo deploy Ok
        0 undo commit Ok
        0 reports Ok
        testing: Done after 1, testing done
        commit: Undone after 1, commit is as before
        deploy: Failed after 1, deploy is as before, failed: deploy said [redacted A_TOKEN]
        verify: Pending after 0
        reports: Done after 1, reports done
        failed: promotion of `calc` to staging failed at step `deploy`: deploy said [redacted A_TOKEN]; undone: `commit`
    "#]],
    );
}

#[test]
fn what_cannot_be_undone_is_said_and_the_rest_is_undone() {
    check(
        &[("verify", &[Say::Fatal]), ("undo deploy", &[Say::Fatal])],
        &expect![[r#"
        0 testing Ok
        0 commit Ok
        0 deploy Ok
        0 verify Fatal
        0 undo deploy Fatal
        0 undo commit Ok
        0 reports Ok
        testing: Done after 1, testing done
        commit: Undone after 1, commit is as before
        deploy: UndoFailed after 1, deploy done, failed: undo deploy said [redacted A_TOKEN]
        verify: Failed after 1, failed: verify said [redacted A_TOKEN]
        reports: Done after 1, reports done
        stuck: promotion of `calc` to staging failed at step `verify`: verify said [redacted A_TOKEN]; undone: `commit`; `deploy` could not be undone: undo deploy said [redacted A_TOKEN] (mend it)
    "#]],
    );
    check(
        &[("verify", &[Say::Fatal]), ("undo deploy", &[Say::Transient, Say::Transient])],
        &expect![[r#"
        0 testing Ok
        0 commit Ok
        0 deploy Ok
        0 verify Fatal
        0 undo deploy Transient
        1000 undo deploy Transient
        3000 undo deploy Ok
        3000 undo commit Ok
        3000 reports Ok
        testing: Done after 1, testing done
        commit: Undone after 1, commit is as before
        deploy: Undone after 1, deploy is as before
        verify: Failed after 1, failed: verify said [redacted A_TOKEN]
        reports: Done after 1, reports done
        failed: promotion of `calc` to staging failed at step `verify`: verify said [redacted A_TOKEN]; undone: `deploy`, `commit`
    "#]],
    );
}

#[test]
fn that_a_report_fails_is_a_note() {
    check(
        &[("reports", &[Say::Fatal])],
        &expect![[r#"
        0 testing Ok
        0 commit Ok
        0 deploy Ok
        0 verify Ok
        0 reports Fatal
        testing: Done after 1, testing done
        commit: Done after 1, commit done
        deploy: Done after 1, deploy done
        verify: Done after 1, verify done
        reports: Failed after 1, failed: reports said [redacted A_TOKEN]
        succeeded: promotion of `calc` to staging succeeded; note: the step `reports` failed: reports said [redacted A_TOKEN]
    "#]],
    );
}

#[test]
fn a_step_that_takes_too_long_is_stopped() {
    check(
        &[("testing", &[Say::Transient, Say::Hang(600_000)])],
        &expect![[r#"
        0 testing Transient
        1000 look testing Ok
        1000 testing Hang(600000)
        601000 reports Ok
        testing: Failed after 2, failed: it was stopped because it took longer than 600s: testing said [redacted A_TOKEN]
        commit: Pending after 0
        deploy: Pending after 0
        verify: Pending after 0
        reports: Done after 1, reports done
        failed: promotion of `calc` to staging failed at step `testing`: it was stopped because it took longer than 600s: testing said [redacted A_TOKEN]
    "#]],
    );
}

#[test]
fn a_bug_in_a_step_is_a_failure() {
    check(
        &[("verify", &[Say::Panic])],
        &expect![[r#"
        0 testing Ok
        0 commit Ok
        0 deploy Ok
        0 verify Panic
        0 undo deploy Ok
        0 undo commit Ok
        0 reports Ok
        testing: Done after 1, testing done
        commit: Undone after 1, commit is as before
        deploy: Undone after 1, deploy is as before
        verify: Failed after 1, failed: the step `verify` failed inside
        reports: Done after 1, reports done
        failed: promotion of `calc` to staging failed at step `verify`: the step `verify` failed inside; undone: `deploy`, `commit`
    "#]],
    );
}

#[test]
fn who_cancels_has_everything_undone() {
    check(
        &[("verify", &[Say::Cancel])],
        &expect![[r#"
        0 testing Ok
        0 commit Ok
        0 deploy Ok
        0 verify Cancel
        0 undo deploy Ok
        0 undo commit Ok
        0 reports Ok
        testing: Done after 1, testing done
        commit: Undone after 1, commit is as before
        deploy: Undone after 1, deploy is as before
        verify: Failed after 1, failed: the run was cancelled
        reports: Done after 1, reports done
        cancelled: promotion of `calc` to staging was cancelled; undone: `deploy`, `commit`
    "#]],
    );
}

#[test]
fn who_cancels_twice_leaves_the_run_to_be_taken_up_again() {
    let world = World::new();
    world.script("verify", &[Say::Kill]);
    let mut journal = world.begin("r", &plan());
    let left = carry_out(world, &mut journal, "r").unwrap_err();
    expect![[r#"
        the run was stopped twice, so it was left as it is
        0 testing Ok
        0 commit Ok
        0 deploy Ok
        0 verify Kill
        testing: Done after 1, testing done
        commit: Done after 1, commit done
        deploy: Done after 1, deploy done
        verify: Started after 1
        reports: Pending after 0
        interrupted: promotion of `calc` to staging was interrupted
    "#]]
    .assert_eq(&format!("{left}\n{}", story(world, &journal, "r")));
    assert_eq!(journal.events_after("r", 0, 99).unwrap().len(), 7);
}

#[test]
fn the_report_of_a_failed_run_knows_that_it_failed() {
    let world = World::new();
    world.script("verify", &[Say::Fatal]);
    let mut journal = world.begin("r", &plan());
    let run = carry_out(world, &mut journal, "r").unwrap();
    assert_eq!(run.steps[4].outputs["state"], "failed");
    assert_eq!(run.steps[1].outputs["key"], "r/commit/1");
    assert_eq!(run, journal.run("r").unwrap().unwrap(), "what is returned is what is stored");
}

#[test]
fn five_failures_leave_the_environment_alone_for_a_minute() {
    let world = World::new();
    let mut journal = world.begin("a", &plan());
    world.script("deploy", &vec![Say::Transient; 5]);
    carry_out(world, &mut journal, "a").unwrap();
    let first = story(world, &journal, "a");
    journal.create("b", &plan(), &Request::default(), 0).unwrap().unwrap();
    carry_out(world, &mut journal, "b").unwrap();
    let second = story(world, &journal, "b");
    // The clock on the wall is set back by an hour: that is no reason to wait longer, or less.
    world.clock.set_back_ms.store(3_600_000, Ordering::SeqCst);
    world.clock.pass(58_999);
    journal.create("c", &plan(), &Request::default(), 0).unwrap().unwrap();
    carry_out(world, &mut journal, "c").unwrap();
    let third = story(world, &journal, "c");
    world.clock.pass(1001);
    journal.create("d", &plan(), &Request::default(), 0).unwrap().unwrap();
    carry_out(world, &mut journal, "d").unwrap();
    let fourth = story(world, &journal, "d");
    assert_eq!(journal.circuit("staging").unwrap(), crate::runs::Circuit::default());
    expect![[r#"
        0 testing Ok
        0 commit Ok
        0 deploy Transient
        1000 look deploy Ok
        1000 deploy Transient
        3000 look deploy Ok
        3000 deploy Transient
        7000 look deploy Ok
        7000 deploy Transient
        7000 undo deploy Ok
        7000 undo commit Ok
        7000 reports Ok
        testing: Done after 1, testing done
        commit: Undone after 1, commit is as before
        deploy: Failed after 4, deploy is as before, failed: deploy said [redacted A_TOKEN]
        verify: Pending after 0
        reports: Done after 1, reports done
        failed: promotion of `calc` to staging failed at step `deploy`: deploy said [redacted A_TOKEN]; undone: `commit`

        7000 testing Ok
        7000 commit Ok
        7000 deploy Transient
        8000 look deploy Ok
        8000 undo deploy Ok
        8000 undo commit Ok
        8000 reports Ok
        testing: Done after 1, testing done
        commit: Undone after 1, commit is as before
        deploy: Failed after 1, deploy is as before, failed: `staging` failed 5 times in a row, so the circuit breaker is open for 59 s more; last: deploy said [redacted A_TOKEN]
        verify: Pending after 0
        reports: Done after 1, reports done
        failed: promotion of `calc` to staging failed at step `deploy`: `staging` failed 5 times in a row, so the circuit breaker is open for 59 s more; last: deploy said [redacted A_TOKEN]; undone: `commit`

        -3533001 testing Ok
        -3533001 commit Ok
        -3533001 undo commit Ok
        -3533001 reports Ok
        testing: Done after 1, testing done
        commit: Undone after 1, commit is as before
        deploy: Failed after 0, failed: `staging` failed 5 times in a row, so the circuit breaker is open for 1 s more
        verify: Pending after 0
        reports: Done after 1, reports done
        failed: promotion of `calc` to staging failed at step `deploy`: `staging` failed 5 times in a row, so the circuit breaker is open for 1 s more; undone: `commit`

        -3532000 testing Ok
        -3532000 commit Ok
        -3532000 deploy Ok
        -3532000 verify Ok
        -3532000 reports Ok
        testing: Done after 1, testing done
        commit: Done after 1, commit done
        deploy: Done after 1, deploy done
        verify: Done after 1, verify done
        reports: Done after 1, reports done
        succeeded: promotion of `calc` to staging succeeded
    "#]].assert_eq(&[first, second, third, fourth].join("\n"));
}

#[test]
fn an_interrupted_run_goes_on_where_it_was() {
    // As SIGKILL would: the second transaction after the deployment began is never made.
    let world = World::new();
    let mut journal = world.begin("r", &plan());
    world.script("deploy", &[Say::Kill]);
    carry_out(world, &mut journal, "r").unwrap_err();
    story(world, &journal, "r");
    let again = World::new();
    again.script("look deploy", &[Say::Found]);
    let run = carry_out(again, &mut journal, "r").unwrap();
    assert_eq!(run.resumed, 1);
    expect![[r#"
        0 look deploy Found
        0 verify Ok
        0 reports Ok
        testing: Done after 1, testing done
        commit: Done after 1, commit done
        deploy: Done after 1, found
        verify: Done after 1, verify done
        reports: Done after 1, reports done
        succeeded: promotion of `calc` to staging succeeded
    "#]]
    .assert_eq(&story(again, &journal, "r"));
}

#[test]
fn the_time_of_a_step_is_that_of_doing_it() {
    let world = World::new();
    world.script("verify", &[Say::Fatal]);
    world.script("undo deploy", &[Say::Transient, Say::Transient]);
    let mut journal = world.begin("r", &plan());
    let run = carry_out(world, &mut journal, "r").unwrap();
    let took = |name| {
        let step = run.step(name).unwrap();
        step.ended_ms.zip(step.started_ms).map(|(ended, started)| ended - started)
    };
    assert_eq!((took(StepName::Deploy), took(StepName::Commit)), (Some(0), Some(0)));
    assert!(run.ended_ms.unwrap() - run.started_ms >= 3000, "the undoing took its time");
}

#[test]
fn a_step_that_was_interrupted_and_then_given_up_has_an_end() {
    let world = World::new();
    let mut journal = world.begin("r", &plan());
    world.script("verify", &[Say::Kill]);
    carry_out(world, &mut journal, "r").unwrap_err();
    let again = World::new();
    again.cancel.cancel();
    let run = carry_out(again, &mut journal, "r").unwrap();
    let verify = run.step(StepName::Verify).unwrap();
    assert_eq!(verify.state, StepState::Failed);
    assert!(verify.ended_ms.is_some());
}
