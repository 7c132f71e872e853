//! A run and its steps.

use serde::{Deserialize, Serialize};

use crate::gates::{GateName, Need, Verdict};
use crate::plan::{RunKind, StepName};
use crate::stage::Stage;

/// What a step leaves behind for later steps, its undoing and the reports: a JSON object. Secrets are taken out before it is
/// stored.
pub type Outputs = serde_json::Map<String, serde_json::Value>;

/// One run, as far as it got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Its number: sorts by time, and is safe as a file name.
    pub id: String,
    /// What it is for.
    pub kind: RunKind,
    /// The component, as it is shown.
    pub component: String,
    /// Its canonical name.
    pub canonical: String,
    /// The stage before.
    pub from: Option<Stage>,
    /// The stage that it leads to.
    pub to: Stage,
    /// How far it is.
    pub state: RunState,
    /// Why, in the words of who asked for it.
    pub reason: Option<String>,
    /// The run that it undoes.
    pub undoes: Option<String>,
    /// The run that undid it.
    pub undone_by: Option<String>,
    /// Who asked for it, as git knows them.
    pub by: Option<Person>,
    /// When it was asked for, in milliseconds since 1970 UTC.
    pub started_ms: i64,
    /// When it ended, in milliseconds since 1970 UTC.
    pub ended_ms: Option<i64>,
    /// How often it was taken up again after an interruption.
    pub resumed: u32,
    /// The version that the code states.
    pub version: Option<String>,
    /// Its steps, in the order of the plan.
    pub steps: Vec<StepRecord>,
    /// The verdicts of gates, in the order in which they came.
    pub gates: Vec<GateRecord>,
}

impl RunRecord {
    /// Returns how much of it is done, in percent.
    #[must_use]
    pub fn percent(&self) -> u8 {
        use StepState::{Done, Failed, UndoFailed, Undone};
        let is_settled = |step: &&StepRecord| matches!(step.state, Done | Failed | Undone | UndoFailed);
        let settled = self.steps.iter().filter(is_settled).count();
        u8::try_from(settled * 100 / self.steps.len().max(1)).unwrap_or(100)
    }

    /// Returns the step of that name.
    #[must_use]
    pub fn step(&self, name: StepName) -> Option<&StepRecord> {
        self.steps.iter().find(|step| step.name == name)
    }

    /// Returns what a step left behind under `key`, where that is text.
    #[must_use]
    pub fn output(&self, step: StepName, key: &str) -> Option<&str> {
        self.step(step)?.outputs.get(key)?.as_str()
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// A process works on it.
    Running,
    /// No process works on it any more, and it has not ended: it can be resumed.
    Interrupted,
    /// Everything was done.
    Succeeded,
    /// A step failed, and what had been done is undone.
    Failed,
    /// A step failed, and not everything could be undone: a person has to look.
    Stuck,
    /// Somebody stopped it, and what had been done is undone.
    Cancelled,
}

impl RunState {
    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            RunState::Running => "running",
            RunState::Interrupted => "interrupted",
            RunState::Succeeded => "succeeded",
            RunState::Failed => "failed",
            RunState::Stuck => "stuck",
            RunState::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more will happen by itself or by resuming it.
    #[must_use]
    pub const fn has_ended(self) -> bool {
        !matches!(self, RunState::Running | RunState::Interrupted)
    }
}

/// A person, as git knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// `user.name`.
    pub name: String,
    /// `user.email`.
    pub email: String,
}

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Which step.
    pub name: StepName,
    /// How far it is.
    pub state: StepState,
    /// How many attempts were begun.
    pub attempts: u32,
    /// When the first attempt began, in milliseconds since 1970 UTC.
    pub started_ms: Option<i64>,
    /// When the last one ended, in milliseconds since 1970 UTC. Undoing the step does not change it.
    pub ended_ms: Option<i64>,
    /// What it came to, as a sentence without a final dot.
    pub summary: Option<String>,
    /// Why the last attempt failed.
    pub failure: Option<StepFailure>,
    /// What it left behind.
    pub outputs: Outputs,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Not begun.
    Pending,
    /// Begun. Whether it had its effect is not known before it is looked at.
    Started,
    /// Done.
    Done,
    /// Failed; it had no effect, or that is undone.
    Failed,
    /// Being undone.
    Undoing,
    /// Undone.
    Undone,
    /// It could not be undone.
    UndoFailed,
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepFailure {
    /// What was found and what was expected, in one sentence without a final dot.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Whether it may pass by itself, so that trying again makes sense.
    pub transient: bool,
}

/// The verdict of a gate in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateRecord {
    /// The gate.
    pub gate: GateName,
    /// The step that asked.
    pub step: StepName,
    /// Whether the stage waits for it.
    pub need: Option<Need>,
    /// The verdict.
    pub verdict: Verdict,
    /// What was found, in a few words.
    pub found: String,
    /// What the stage asks for, in a few words.
    pub wanted: String,
    /// What to do where it is not met.
    pub next: Option<String>,
    /// The figure, in percent or a number of issues, where the gate has one.
    pub value: Option<f64>,
    /// What it is held against, in the same unit.
    pub threshold: Option<f64>,
    /// Whether it is known from a run on the same inputs.
    pub cached: bool,
    /// How long it took, in milliseconds; what was served took none.
    pub duration_ms: u64,
    /// The evidence as it is stored, as JSON.
    pub evidence: Option<serde_json::Value>,
}
