//! One step: its attempts, the waits between them, its time and the circuit breaker of its environment.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use stagegate_core::plan::{BreakerPolicy, Plan, RunKind, StepName};
use stagegate_core::run::{RunEvent, StepFailure, StepRecord, StepState};

use super::guard::Guard;
use super::ink::Ink;
use super::{Came, Engine, EngineError, delay};
use crate::runs::breaker::{BreakerState, Circuit, Moment};
use crate::runs::journal::{Change, Goal};
use crate::runs::{Action, Context, Done, clean};

/// How the work on a step ended, before it is written down.
enum Ended {
    Done(Done),
    Failed(StepFailure),
    Cancelled(StepFailure),
}

/// Returns the environment whose circuit breaker a step is held against: that of deployments. What takes one back is never
/// held up, and a drill deploys to an environment of its own.
fn counted(plan: &Plan, at: usize) -> Option<&String> {
    let step = &plan.steps[at];
    step.environment.as_ref().filter(|_| {
        plan.kind == RunKind::Promotion && matches!(step.name, StepName::Deploy | StepName::Verify)
    })
}

impl Engine<'_> {
    /// Does a step, trying again as its plan says. With `always` nothing but the end of its time stops it, and it is no
    /// matter for the run that it fails.
    pub(super) fn perform(&mut self, at: usize, always: bool) -> Result<Came, EngineError> {
        let (clock, outer) = (self.bench.clock, self.bench.cancel);
        let time = Duration::from_millis(self.plan.steps[at].timeout_ms);
        let ended = Guard::watch(clock, time, outer, !always, |guard| self.attempts(at, always, guard))?;
        let now = clock.now_ms();
        let step = &mut self.run.steps[at];
        let (came, goal) = match ended {
            Ended::Done(done) => {
                settle(step, done, self.bench.redactor);
                (Came::Done, None)
            }
            Ended::Failed(failure) => {
                step.failure = Some(failure);
                (Came::Failed, Some(Goal::Fail))
            }
            Ended::Cancelled(failure) => {
                step.failure = Some(failure);
                (Came::Cancelled, Some(Goal::Cancel))
            }
        };
        step.ended_ms = Some(now);
        // Nobody undoes these: one that was not begun, and one that is a note.
        if step.state == StepState::Pending || always && step.state != StepState::Done {
            step.state = StepState::Failed;
        }
        // That a step failed and that everything is undone from here on is one and the same.
        self.store(at, Change { goal: goal.filter(|_| !always), ..Change::default() })?;
        Ok(came)
    }

    fn attempts(&mut self, at: usize, always: bool, guard: &Guard<'_>) -> Result<Ended, EngineError> {
        let plan = &self.plan.steps[at];
        let of = plan.backoff.retries.saturating_add(1);
        // Whether an attempt began of which nobody knows whether it had its effect.
        let mut unknown = self.run.steps[at].state == StepState::Started;
        loop {
            if unknown
                && let Some(done) = match self.look(at, guard)? {
                    Ok(done) => done,
                    Err(failure) if !failure.transient => return Ok(Ended::Failed(failure)),
                    // Asked again with the next attempt, which is idempotent.
                    Err(_) => None,
                }
            {
                self.succeeded(at)?;
                return Ok(Ended::Done(done));
            }
            if let Some(failure) = self.refused(at)? {
                return Ok(Ended::Failed(failure));
            }
            let step = &mut self.run.steps[at];
            step.state = StepState::Started;
            step.attempts += 1;
            step.started_ms = step.started_ms.or(Some(self.bench.clock.now_ms()));
            (step.ended_ms, step.summary) = (None, None);
            let (attempt, name) = (step.attempts, step.name);
            self.run.gates.retain(|gate| gate.step != name);
            self.store(at, Change { forget_gates: true, ..Change::default() })?;
            unknown = true;

            let failure = match self.call(at, guard, |action, context| action.perform(context))? {
                Ok(done) => {
                    self.succeeded(at)?;
                    return Ok(Ended::Done(done));
                }
                Err(failure) => failure,
            };
            self.halt()?;
            if !always && self.bench.cancel.is_cancelled() {
                return Ok(Ended::Cancelled(cancelled()));
            }
            self.failed(at)?;
            if guard.is_over() {
                return Ok(Ended::Failed(over(plan.timeout_ms, &failure)));
            }
            let wait = delay(&plan.backoff, attempt.saturating_add(1), (self.bench.chance)());
            if !failure.transient || attempt >= of || wait >= guard.left() {
                return Ok(Ended::Failed(failure));
            }
            self.run.steps[at].failure = Some(failure.clone());
            let step = self.run.steps[at].clone();
            let event = RunEvent::Retry {
                step: step.name,
                attempt: attempt + 1,
                of,
                delay_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                message: failure.message.clone(),
            };
            self.write(Change { step: Some((at, &step)), event: Some(&event), ..Change::default() })?;
            if !self.bench.clock.wait(wait, &guard.cancel) {
                self.halt()?;
                return Ok(match !always && self.bench.cancel.is_cancelled() {
                    true => Ended::Cancelled(cancelled()),
                    false => Ended::Failed(over(plan.timeout_ms, &failure)),
                });
            }
        }
    }

    /// Asks a step that began whether it had its effect.
    fn look(
        &mut self,
        at: usize,
        guard: &Guard<'_>,
    ) -> Result<Result<Option<Done>, StepFailure>, EngineError> {
        self.call(at, guard, |action, context| action.already_done(context))
    }

    /// Calls one function of a step.
    pub(super) fn call<T>(
        &mut self,
        at: usize,
        guard: &Guard<'_>,
        call: impl FnOnce(&dyn Action, &mut Context<'_>) -> Result<T, StepFailure>,
    ) -> Result<Result<T, StepFailure>, EngineError> {
        let bench = self.bench;
        let step = &self.plan.steps[at];
        let record = self.run.steps[at].clone();
        let mut ink = Ink {
            journal: &mut *self.journal,
            output: &mut self.output,
            redactor: bench.redactor,
            id: &self.run.id,
            at,
            step: record.clone(),
            gates: Vec::new(),
            seq: self.seq,
            broken: None,
        };
        let mut context = Context {
            folder: bench.folder,
            root: bench.root,
            plan: self.plan,
            step,
            run: &self.run,
            cancel: &guard.cancel,
            redactor: bench.redactor,
            clock: bench.clock,
            attempt: record.attempts,
            remembered: record.outputs,
            journal: &mut ink,
        };
        let action = (bench.actions)(step.name);
        let called = catch_unwind(AssertUnwindSafe(|| call(action, &mut context)));
        let called = called.unwrap_or_else(|_| {
            Err(StepFailure {
                message: format!("the step `{}` failed inside", step.name),
                help: format!("please report it with `.stagegate/runs/{}/run.log`", self.run.id),
                transient: false,
            })
        });
        let Ink { step: record, gates, seq, broken, .. } = ink;
        self.seq = seq;
        self.run.gates.extend(gates);
        self.run.steps[at].outputs = record.outputs;
        match broken {
            Some(error) => Err(error.into()),
            None => Ok(called.map_err(|failure| self.clean(failure))),
        }
    }

    fn policy(&self) -> &BreakerPolicy {
        &self.bench.root.config.runs.breaker
    }

    /// Returns why the environment of a step is left alone, where it is.
    fn refused(&mut self, at: usize) -> Result<Option<StepFailure>, EngineError> {
        let Some(environment) = counted(self.plan, at) else { return Ok(None) };
        let (policy, now) = (*self.policy(), Moment::now(self.bench.clock));
        let state = self.journal.change_circuit(environment, |circuit| circuit.admit(&policy, &now))?;
        let BreakerState::Open { left } = state else { return Ok(None) };
        let seconds = left.as_millis().div_ceil(1000);
        let before = self.run.steps[at].failure.as_ref();
        let before = before.map(|failure| format!("; last: {}", failure.message)).unwrap_or_default();
        Ok(Some(StepFailure {
            message: format!(
                "`{environment}` failed {} times in a row, so the circuit breaker is open for {seconds} s more{before}",
                policy.threshold
            ),
            help: format!("see what is wrong with `{environment}`, and try again in {seconds} s"),
            transient: false,
        }))
    }

    fn succeeded(&mut self, at: usize) -> Result<(), EngineError> {
        let Some(environment) = counted(self.plan, at) else { return Ok(()) };
        Ok(self.journal.change_circuit(environment, Circuit::succeeded)?)
    }

    fn failed(&mut self, at: usize) -> Result<(), EngineError> {
        let Some(environment) = counted(self.plan, at) else { return Ok(()) };
        let (policy, now) = (*self.policy(), Moment::now(self.bench.clock));
        Ok(self.journal.change_circuit(environment, |circuit| circuit.failed(&policy, &now))?)
    }
}

fn settle(step: &mut StepRecord, done: Done, redactor: &crate::redact::Redactor) {
    step.state = StepState::Done;
    step.failure = None;
    step.summary = Some(redactor.redact(&done.summary).into_owned()).filter(|summary| !summary.is_empty());
    let mut outputs = done.outputs;
    clean::object(&mut outputs, redactor);
    // What it remembered before its effect stays, unless it says otherwise now.
    step.outputs.extend(outputs);
}

fn cancelled() -> StepFailure {
    StepFailure { message: "the run was cancelled".to_owned(), help: String::new(), transient: false }
}

fn over(timeout_ms: u64, failure: &StepFailure) -> StepFailure {
    let time = Duration::from_millis(timeout_ms);
    StepFailure {
        message: format!("it was stopped because it took longer than {time:?}: {}", failure.message),
        help: "see why it takes so long, or give it more time (`timeout_seconds` of its stage)".to_owned(),
        transient: false,
    }
}
