//! What a step writes to the journal while it runs.

use stagegate_core::run::{GateRecord, Outputs, RunEvent, StepFailure, StepRecord};

use crate::redact::Redactor;
use crate::runs::Journalled;
use crate::runs::clean;
use crate::runs::journal::{Change, Journal, JournalError};
use crate::runs::output::Output;

/// The journal as one step sees it.
pub(super) struct Ink<'a> {
    pub(super) journal: &'a mut Journal,
    pub(super) output: &'a mut Output,
    pub(super) redactor: &'a Redactor,
    pub(super) id: &'a str,
    pub(super) at: usize,
    /// The step as it is stored.
    pub(super) step: StepRecord,
    /// What gates said.
    pub(super) gates: Vec<GateRecord>,
    /// The newest event.
    pub(super) seq: i64,
    /// Why something was not stored: the run must not go on.
    pub(super) broken: Option<JournalError>,
}

impl Ink<'_> {
    fn write(&mut self, change: Change<'_>) -> Result<(), StepFailure> {
        match self.journal.write(self.id, change) {
            Ok(seq) => {
                self.seq = seq.unwrap_or(self.seq);
                Ok(())
            }
            Err(error) => {
                let message = error.to_string();
                self.broken = Some(error);
                Err(StepFailure { message, help: String::new(), transient: false })
            }
        }
    }
}

impl Journalled for Ink<'_> {
    fn remember(&mut self, outputs: &Outputs) -> Result<(), StepFailure> {
        let mut outputs = outputs.clone();
        clean::object(&mut outputs, self.redactor);
        self.step.outputs = outputs;
        let step = self.step.clone();
        self.write(Change { step: Some((self.at, &step)), ..Change::default() })
    }

    fn event(&mut self, event: RunEvent) -> Result<(), StepFailure> {
        match event {
            RunEvent::Output { step, line } => {
                self.output.line(self.seq, step, &self.redactor.redact(&line));
                Ok(())
            }
            RunEvent::Gate { ref gate } => {
                self.write(Change { gate: Some(gate), event: Some(&event), ..Change::default() })?;
                self.gates.push((**gate).clone());
                Ok(())
            }
            event => self.write(Change { event: Some(&event), ..Change::default() }),
        }
    }
}
