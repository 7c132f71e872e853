//! Undoing one step.

use std::time::Duration;

use stagegate_core::run::{RunEvent, StepFailure, StepState};

use super::guard::Guard;
use super::{Engine, EngineError, delay};
use crate::runs::journal::Change;

impl Engine<'_> {
    /// Undoes a step, where it was begun and changes something; also one that failed, which may have left something behind.
    pub(super) fn undo_step(&mut self, at: usize) -> Result<(), EngineError> {
        let plan = &self.plan.steps[at];
        let now = self.bench.clock.now_ms();
        let step = &mut self.run.steps[at];
        match step.state {
            StepState::Started | StepState::Undoing if !plan.is_undone => {
                step.failure.get_or_insert_with(unfinished);
                step.state = StepState::Failed;
                step.ended_ms.get_or_insert(now);
                return self.store(at, Change::default());
            }
            StepState::Done if !plan.is_undone => return Ok(()),
            StepState::Started => {
                step.failure.get_or_insert_with(unfinished);
            }
            StepState::Done | StepState::Undoing => {}
            StepState::Pending | StepState::Failed | StepState::Undone | StepState::UndoFailed => {
                return Ok(());
            }
        }
        self.halt()?;
        let step = &mut self.run.steps[at];
        step.state = StepState::Undoing;
        // How long it took is how long doing it took, not what came between and its undoing as well.
        step.ended_ms.get_or_insert(now);
        self.store(at, Change::default())?;
        let (clock, outer) = (self.bench.clock, self.bench.cancel);
        let time = Duration::from_millis(plan.timeout_ms);
        let undone = Guard::watch(clock, time, outer, false, |guard| self.undo_attempts(at, guard))?;
        let redactor = self.bench.redactor;
        let step = &mut self.run.steps[at];
        match undone {
            Ok(said) => {
                step.state = if step.failure.is_some() { StepState::Failed } else { StepState::Undone };
                if !said.is_empty() {
                    step.summary = Some(redactor.redact(&said).into_owned());
                }
            }
            Err(failure) => {
                let why = step.failure.take();
                let why = why.map(|why| format!(" (it had failed: {})", why.message)).unwrap_or_default();
                step.state = StepState::UndoFailed;
                step.failure = Some(StepFailure { message: format!("{}{why}", failure.message), ..failure });
            }
        }
        self.store(at, Change::default())
    }

    fn undo_attempts(
        &mut self,
        at: usize,
        guard: &Guard<'_>,
    ) -> Result<Result<String, StepFailure>, EngineError> {
        let backoff = &self.plan.steps[at].backoff;
        let of = backoff.retries.saturating_add(1);
        let mut attempt = 1;
        loop {
            let failure = match self.call(at, guard, |action, context| action.undo(context))? {
                Ok(said) => return Ok(Ok(said)),
                Err(failure) => failure,
            };
            // It may have failed only because it was stopped.
            self.halt()?;
            attempt += 1;
            let wait = delay(backoff, attempt, (self.bench.chance)());
            if !failure.transient || attempt > of || wait >= guard.left() {
                return Ok(Err(failure));
            }
            let event = RunEvent::Retry {
                step: self.run.steps[at].name,
                attempt,
                of,
                delay_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                message: failure.message.clone(),
            };
            self.write(Change { event: Some(&event), ..Change::default() })?;
            if !self.bench.clock.wait(wait, &guard.cancel) {
                self.halt()?;
                return Ok(Err(failure));
            }
        }
    }
}

fn unfinished() -> StepFailure {
    StepFailure {
        message: "the run was cancelled before it had ended".to_owned(),
        help: String::new(),
        transient: false,
    }
}
