//! What is asked for, what is said meanwhile, and what came of it. All of it crosses a process boundary as JSON.

use serde::{Deserialize, Serialize};
use stagegate_core::gates::{Evidence, GateName, Judgement, Need, Origin, Problem, Threshold, Verdict};
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
    /// Whether tests that failed are run again, each alone in a process of its own (pytest), so that those which pass then
    /// are known as flaky. What is known of failed tests is not served then.
    pub isolate: bool,
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
    /// Why nothing was run, where that is so: what is known is shown, and proves nothing.
    pub refused: Option<Problem>,
}

impl Outcome {
    /// Whether every gate that the stage waits for is open, or every one where it waits for none, as seen here: where
    /// nothing may be run, or there is no gate, nothing was proved.
    #[must_use]
    pub fn passed(&self) -> bool {
        let counts = |gate: &&GateOutcome| gate.need != Some(Need::Optional);
        let has_some = self.gates.iter().any(|gate| counts(&gate));
        let mut counted = self.gates.iter().filter(|gate| !has_some || counts(gate));
        !self.cancelled && self.refused.is_none() && !self.gates.is_empty() && counted.all(GateOutcome::opens)
    }
}

impl GateOutcome {
    /// Whether the gate is open. A report that somebody laid there opens none: nobody saw what was run, and on what.
    #[must_use]
    pub fn opens(&self) -> bool {
        self.judgement.verdict == Verdict::Pass && self.evidence.origin != Origin::Report
    }
}

#[cfg(test)]
mod tests {
    use stagegate_core::gates::{GateKind, Observed, judge};

    use super::*;
    use stagegate_core::gates::ProblemKind;

    #[test]
    fn only_what_was_run_or_read_here_passes() {
        let gate = |origin: Origin, need: Option<Need>| {
            let evidence = Evidence {
                gate: GateKind::Lint.into(),
                component: "calc".to_owned(),
                origin,
                started_ms: 0,
                ended_ms: 0,
                commit: None,
                inputs: String::new(),
                commands: Vec::new(),
                exit: None,
                tool: None,
                tool_version: None,
                report: None,
                observed: Ok(Observed::Issues { count: 0, files: Some(1) }),
                findings: Vec::new(),
                flaky: Vec::new(),
                output: String::new(),
                carried_by: None,
            };
            let threshold = Threshold::MaxIssues(0);
            let judgement = judge(GateKind::Lint, evidence.observed.as_ref(), &[], &threshold);
            GateOutcome { gate: GateKind::Lint.into(), need, threshold, evidence, judgement, cached: false }
        };
        let outcome = |gates: Vec<GateOutcome>| Outcome {
            component: "calc".to_owned(),
            stage: Stage::Staging,
            gates,
            cancelled: false,
            refused: None,
        };
        let required = Some(Need::Required);
        assert!(outcome(vec![gate(Origin::Run, required), gate(Origin::Reading, None)]).passed());
        assert!(!outcome(vec![gate(Origin::Run, required), gate(Origin::Report, required)]).passed());
        assert!(!outcome(Vec::new()).passed());
        let optional = Some(Need::Optional);
        assert!(outcome(vec![gate(Origin::Run, required), gate(Origin::Report, optional)]).passed());
        assert!(outcome(vec![gate(Origin::Run, optional)]).passed(), "it was named");
        assert!(!outcome(vec![gate(Origin::Report, optional)]).passed());
        let problem = Problem { kind: ProblemKind::NotTrusted, message: String::new(), help: String::new() };
        let refused = Outcome { refused: Some(problem), ..outcome(vec![gate(Origin::Run, required)]) };
        assert!(!refused.passed());
    }
}
