//! What is asked for, what is said meanwhile, and what came of it. All of it crosses a process boundary as JSON.

use serde::{Deserialize, Serialize};
use stagegate_core::gates::{Evidence, GateName, Judgement, Need, Threshold, Verdict};
use stagegate_core::stage::Stage;

/// Which gates of which component.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The component, by its name in any spelling.
    pub component: String,
    /// The stage whose gates are meant; the one that the component works towards where `None`.
    pub stage: Option<Stage>,
    /// Only these gates; all that the stage asks for where empty.
    pub only: Vec<GateName>,
    /// Whether everything is run anew, also what is known of the same inputs.
    pub no_cache: bool,
    /// Whether the tools give way to everything else, so that an editor stays quick.
    pub background: bool,
}

/// What happens while gates are run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// What will be answered, in order.
    Planned {
        /// The component, as it is shown.
        component: String,
        /// The stage.
        stage: String,
        /// The gates.
        gates: Vec<GateName>,
    },
    /// A tool is started.
    Started {
        /// The component, as it is shown.
        component: String,
        /// The gates that it answers for.
        gates: Vec<GateName>,
        /// The command, as people write it; secrets are taken out.
        command: String,
    },
    /// A tool printed a line; secrets are taken out.
    Output {
        /// The component, as it is shown.
        component: String,
        /// The gates that it answers for.
        gates: Vec<GateName>,
        /// The line.
        line: String,
    },
    /// The verdict of a gate is there.
    Finished {
        /// The component, as it is shown.
        component: String,
        /// The gate.
        gate: GateName,
        /// Its verdict: `pass`, `fail`, `inconclusive` or `error`.
        verdict: String,
        /// What was found.
        found: String,
        /// Whether it is known from a run on the same inputs.
        cached: bool,
        /// How many gates are answered.
        done: usize,
        /// How many there are.
        of: usize,
    },
}

/// What came of one gate.
#[derive(Clone, Debug)]
pub struct GateOutcome {
    /// The gate.
    pub gate: GateName,
    /// Whether the stage waits for it; `None` for a gate that the stage does not ask for, but that was named.
    pub need: Option<Need>,
    /// What the stage asks for.
    pub threshold: Threshold,
    /// What was seen.
    pub evidence: Evidence,
    /// What that says.
    pub judgement: Judgement,
    /// Whether it is known from a run on the same inputs.
    pub cached: bool,
}

/// What came of all gates.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The component, as it is shown.
    pub component: String,
    /// The stage.
    pub stage: Stage,
    /// The gates, in the order of the stage.
    pub gates: Vec<GateOutcome>,
    /// Whether it was stopped before its end.
    pub cancelled: bool,
}

impl Outcome {
    /// Whether every gate that the stage waits for is open, and every one that was named.
    #[must_use]
    pub fn passed(&self) -> bool {
        let counts = |gate: &&GateOutcome| gate.need != Some(Need::Optional);
        !self.cancelled
            && self.gates.iter().filter(counts).all(|gate| gate.judgement.verdict == Verdict::Pass)
    }
}
