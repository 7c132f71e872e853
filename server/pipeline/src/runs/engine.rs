//! Carries out a plan: every step is announced in the journal before it has an effect, and confirmed after it. So a run can
//! be taken up again wherever its process was ended.

mod attempt;
mod backoff;
mod guard;
mod ink;
mod summary;
#[cfg(test)]
mod tests;
mod undo;

use std::path::Path;

use stagegate_core::plan::{Plan, StepName};
use stagegate_core::run::{RunEvent, RunRecord, RunState, StepFailure, StepRecord, StepState};
use stagegate_core::workspace::Root;

pub use backoff::delay;
pub use summary::of as summary;

use super::journal::{Change, Goal, Journal, JournalError};
use super::output::Output;
use super::{Action, Clock};
use crate::process::Cancel;
use crate::redact::Redactor;

/// What runs are carried out with.
pub struct Bench<'a> {
    /// The workspace, absolute and without links.
    pub folder: &'a Path,
    /// The workspace as it was read.
    pub root: &'a Root,
    /// Stops it. The first request has done steps undone; a second one ([`Cancel::kill`]) leaves the run as it is, to be
    /// taken up again.
    pub cancel: &'a Cancel,
    /// Takes secrets out of everything that is kept or shown.
    pub redactor: &'a Redactor,
    /// The time.
    pub clock: &'a dyn Clock,
    /// What each step does.
    pub actions: &'a dyn Fn(StepName) -> &'static dyn Action,
    /// A number between 0 and 1, by chance: what waits are varied by.
    pub chance: &'a dyn Fn() -> f64,
}

/// Why a run was left as it is. It can be resumed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The journal cannot be written, so nothing may be done.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Somebody asked twice for it to stop.
    #[error("the run was stopped twice, so it was left as it is")]
    Halted,
}

/// Whether a step is run at the end of every run, also of one that failed: so that a failed one has its report. That it
/// fails is a note, and no failure of the run.
#[must_use]
pub const fn runs_always(name: StepName) -> bool {
    matches!(name, StepName::Context | StepName::Reports)
}

/// Carries out the run `id` to its end, from wherever it is.
///
/// # Errors
/// Returns why it was left as it is.
pub fn execute(journal: &mut Journal, id: &str, bench: &Bench<'_>) -> Result<RunRecord, EngineError> {
    let unknown = || JournalError::UnknownRun(id.to_owned());
    let plan = journal.plan(id)?.ok_or_else(unknown)?;
    let mut run = journal.run(id)?.ok_or_else(unknown)?;
    if run.state.has_ended() {
        return Ok(run);
    }
    run.state = RunState::Running;
    let goal = journal.goal(id)?;
    journal.redact(bench.redactor);
    let output = Output::open(bench.folder, id);
    let mut engine = Engine { journal, bench, plan: &plan, run, goal, output, seq: 0 };
    engine.take_up()?;
    engine.forward()?;
    engine.undo()?;
    engine.end()
}

/// Ends the run `id` before anything was done, for this reason. Returns `false` where something was begun: then it is left
/// as it is.
///
/// # Errors
/// Returns why nothing is stored.
pub fn refuse(
    journal: &mut Journal,
    id: &str,
    why: StepFailure,
    clock: &dyn Clock,
) -> Result<bool, EngineError> {
    let mut run = journal.run(id)?.ok_or_else(|| JournalError::UnknownRun(id.to_owned()))?;
    if run.state.has_ended() {
        return Ok(true);
    }
    if run.steps.iter().any(|step| step.state != StepState::Pending) {
        return Ok(false);
    }
    let now = clock.now_ms();
    (run.state, run.ended_ms) = (RunState::Failed, Some(now));
    if let Some(step) = run.steps.first_mut() {
        (step.state, step.ended_ms, step.failure) = (StepState::Failed, Some(now), Some(why));
    }
    let event = RunEvent::Ended { run: Box::new(run.clone()), summary: summary::of(&run) };
    let step = run.steps.first().map(|step| (0, step));
    journal.write(id, Change { run: Some(&run), step, event: Some(&event), ..Change::default() })?;
    Ok(true)
}

/// One run while it is carried out.
struct Engine<'a> {
    journal: &'a mut Journal,
    bench: &'a Bench<'a>,
    plan: &'a Plan,
    run: RunRecord,
    goal: Goal,
    output: Output,
    /// The newest event.
    seq: i64,
}

/// How a step came out.
enum Came {
    Done,
    Failed,
    Cancelled,
}

impl Engine<'_> {
    /// Notes that an interrupted run goes on.
    fn take_up(&mut self) -> Result<(), EngineError> {
        let begun = self.run.steps.iter().any(|step| step.state != StepState::Pending);
        if begun || self.goal != Goal::Finish {
            self.run.resumed += 1;
            let run = self.run.clone();
            let event = RunEvent::Snapshot { run: Box::new(run.clone()) };
            self.write(Change { run: Some(&run), event: Some(&event), ..Change::default() })?;
        }
        Ok(())
    }

    /// Does the steps that are not done yet, until one fails or somebody cancels.
    fn forward(&mut self) -> Result<(), EngineError> {
        for at in 0..self.plan.steps.len() {
            if self.goal != Goal::Finish {
                return Ok(());
            }
            if runs_always(self.plan.steps[at].name) || self.run.steps[at].state == StepState::Done {
                continue;
            }
            if self.bench.cancel.is_cancelled() {
                self.goal = Goal::Cancel;
                return self.write(Change { goal: Some(Goal::Cancel), ..Change::default() });
            }
            self.halt()?;
            self.goal = match self.perform(at, false)? {
                Came::Done => Goal::Finish,
                Came::Failed => Goal::Fail,
                Came::Cancelled => Goal::Cancel,
            };
        }
        Ok(())
    }

    /// Undoes what was done, in reverse, unless everything was done.
    fn undo(&mut self) -> Result<(), EngineError> {
        if self.goal == Goal::Finish {
            return Ok(());
        }
        for at in (0..self.plan.steps.len()).rev() {
            if !runs_always(self.plan.steps[at].name) {
                self.undo_step(at)?;
            }
        }
        Ok(())
    }

    /// Runs the steps that are run at the end of every run, and ends it.
    fn end(mut self) -> Result<RunRecord, EngineError> {
        let state = self.outcome();
        for at in 0..self.plan.steps.len() {
            let open = matches!(self.run.steps[at].state, StepState::Pending | StepState::Started);
            if runs_always(self.plan.steps[at].name) && open {
                self.halt()?;
                // What they write says how the run ends.
                self.run.state = state;
                let came = self.perform(at, true);
                self.run.state = RunState::Running;
                came?;
            }
        }
        self.run.state = state;
        self.run.ended_ms = Some(self.bench.clock.now_ms());
        let summary = summary::of(&self.run);
        let event = RunEvent::Ended { run: Box::new(self.run.clone()), summary };
        let run = self.run.clone();
        self.write(Change { run: Some(&run), event: Some(&event), ..Change::default() })?;
        Ok(self.run)
    }

    /// How the run ends, now that all is done or undone.
    fn outcome(&self) -> RunState {
        let stuck = self.run.steps.iter().any(|step| step.state == StepState::UndoFailed);
        match self.goal {
            _ if stuck => RunState::Stuck,
            Goal::Finish => RunState::Succeeded,
            Goal::Fail => RunState::Failed,
            Goal::Cancel => RunState::Cancelled,
        }
    }

    /// Leaves the run as it is where somebody asked twice for it to stop.
    fn halt(&self) -> Result<(), EngineError> {
        if self.bench.cancel.kills() { Err(EngineError::Halted) } else { Ok(()) }
    }

    fn write(&mut self, change: Change<'_>) -> Result<(), EngineError> {
        let seq = self.journal.write(&self.run.id, change)?;
        self.seq = seq.unwrap_or(self.seq);
        Ok(())
    }

    /// Stores a step as it is now, and tells watchers.
    fn store(&mut self, at: usize, change: Change<'_>) -> Result<(), EngineError> {
        let step = self.run.steps[at].clone();
        let event = RunEvent::Step { step: Box::new(step.clone()), percent: self.percent() };
        self.write(Change { step: Some((at, &step)), event: Some(&event), ..change })
    }

    fn percent(&self) -> u8 {
        let settled = |step: &&StepRecord| {
            matches!(
                step.state,
                StepState::Done | StepState::Failed | StepState::Undone | StepState::UndoFailed
            )
        };
        let settled = self.run.steps.iter().filter(settled).count();
        u8::try_from(settled * 100 / self.run.steps.len().max(1)).unwrap_or(100)
    }

    fn clean(&self, mut failure: StepFailure) -> StepFailure {
        failure.message = self.bench.redactor.redact(&failure.message).into_owned();
        failure.help = self.bench.redactor.redact(&failure.help).into_owned();
        failure
    }
}
