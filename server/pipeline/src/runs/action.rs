//! What a step can do, and what it works with.

use std::path::Path;

use stagegate_core::plan::{Plan, Step, StepName};
use stagegate_core::run::{GateRecord, Outputs, RunEvent, RunRecord, StepFailure};
use stagegate_core::workspace::Root;

use super::Clock;
use crate::process::Cancel;
use crate::redact::Redactor;

/// How a step ended well.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Done {
    /// What it came to, as a sentence without a final dot.
    pub summary: String,
    /// What it leaves behind for later steps, its undoing and the reports.
    pub outputs: Outputs,
}

/// One kind of step. Everything it does is idempotent: whoever takes up an interrupted run may do it again.
pub trait Action: Send + Sync {
    /// Looks whether the step had its effect already: after an interruption, nobody knows. What it remembered before its
    /// effect ([`Context::remember`]) is in [`Context::remembered`].
    ///
    /// # Errors
    /// Returns why that cannot be told.
    fn already_done(&self, _context: &mut Context<'_>) -> Result<Option<Done>, StepFailure> {
        Ok(None)
    }

    /// Does what the plan shows for the step, and verifies that it is so.
    ///
    /// # Errors
    /// Returns why it is not done; then it left nothing behind that [`Action::undo`] would not undo.
    fn perform(&self, context: &mut Context<'_>) -> Result<Done, StepFailure>;

    /// Undoes it, also where it was only begun; says what is as before. Doing it twice does no harm.
    ///
    /// # Errors
    /// Returns what a person has to put right.
    fn undo(&self, _context: &mut Context<'_>) -> Result<String, StepFailure> {
        Ok(String::new())
    }
}

/// Where a step writes down what it is about to do, and what watchers hear of it.
pub trait Journalled {
    /// Stores `outputs` as those of the step that runs, before the effect that they describe.
    ///
    /// # Errors
    /// Returns why it is not stored; then the effect must not happen.
    fn remember(&mut self, outputs: &Outputs) -> Result<(), StepFailure>;

    /// Stores an event, and tells watchers.
    ///
    /// # Errors
    /// Returns why it is not stored.
    fn event(&mut self, event: RunEvent) -> Result<(), StepFailure>;
}

/// What a step works with.
pub struct Context<'a> {
    /// The workspace, absolute and without links.
    pub folder: &'a Path,
    /// The workspace as it was read when the run, or its resuming, began.
    pub root: &'a Root,
    /// The plan.
    pub plan: &'a Plan,
    /// The step of the plan.
    pub step: &'a Step,
    /// The run as far as it got: outputs of earlier steps, verdicts, who asked for it.
    pub run: &'a RunRecord,
    /// Stops it.
    pub cancel: &'a Cancel,
    /// Takes secrets out of everything that is kept or shown.
    pub redactor: &'a Redactor,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Which attempt it is, from 1.
    pub attempt: u32,
    /// What the step left behind so far: what it remembered before its effect, and its outputs once it was done.
    pub remembered: Outputs,
    /// The journal.
    pub journal: &'a mut dyn Journalled,
}

impl Context<'_> {
    /// Returns the key by which the other side of an effect can tell that it had this attempt already:
    /// `<run>/<step>/<attempt>`.
    #[must_use]
    pub fn key(&self) -> String {
        super::journal::key(&self.run.id, self.step.name, self.attempt)
    }

    /// Returns what an earlier step left behind; empty where it was not run.
    #[must_use]
    pub fn outputs_of(&self, name: StepName) -> Outputs {
        let step = self.run.steps.iter().find(|step| step.name == name);
        step.map(|step| step.outputs.clone()).unwrap_or_default()
    }

    /// Stores what the step is about to do, before it does it.
    ///
    /// # Errors
    /// Returns why it is not stored; then the effect must not happen.
    pub fn remember(&mut self, key: &str, value: impl Into<serde_json::Value>) -> Result<(), StepFailure> {
        self.remembered.insert(key.to_owned(), value.into());
        self.journal.remember(&self.remembered)
    }

    /// Notes the verdict of a gate.
    ///
    /// # Errors
    /// Returns why it is not stored.
    pub fn gate(&mut self, gate: GateRecord) -> Result<(), StepFailure> {
        self.journal.event(RunEvent::Gate { gate: Box::new(gate) })
    }

    /// Shows a line that a tool printed. That it is not shown is no failure.
    pub fn output(&mut self, line: &str) {
        let line = self.redactor.redact(line);
        let _ = self.journal.event(RunEvent::Output { step: self.step.name, line: line.into() });
    }
}
