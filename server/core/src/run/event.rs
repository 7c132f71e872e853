//! What watchers of a run are told. Every event is in the journal, so that who comes late hears all of it.

use serde::{Deserialize, Serialize};

use super::{GateRecord, RunRecord, StepRecord};
use crate::plan::StepName;

/// One thing that happened in a run; a line of JSON between processes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum RunEvent {
    /// The run as it is now: the first event that a watcher gets, and again after it was taken up again.
    Snapshot {
        /// The run.
        run: Box<RunRecord>,
    },
    /// A step changed.
    Step {
        /// The step as it is now.
        step: Box<StepRecord>,
        /// How much of the run is done, in percent.
        percent: u8,
    },
    /// The verdict of a gate is there.
    Gate {
        /// The verdict.
        gate: Box<GateRecord>,
    },
    /// A tool printed a line; secrets are taken out. Not kept in the journal.
    Output {
        /// The step that runs it.
        step: StepName,
        /// The line.
        line: String,
    },
    /// A step failed, and is tried again after a while.
    Retry {
        /// The step.
        step: StepName,
        /// Which attempt comes next, from 2.
        attempt: u32,
        /// How many there are at most.
        of: u32,
        /// How long is waited, in milliseconds.
        delay_ms: u64,
        /// Why it failed.
        message: String,
    },
    /// The run has ended.
    Ended {
        /// The run.
        run: Box<RunRecord>,
        /// How it ended, as a sentence for people.
        summary: String,
    },
}
