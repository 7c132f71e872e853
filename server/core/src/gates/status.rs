//! Where the gates of a component stand: what a stage asks for, held against what was seen.

use super::{
    Board, Evidence, Freshness, GateKind, GateName, Judgement, Known, Need, Observed, Origin, Policy,
    Threshold, Verdict,
};
use super::{judge, reading};
use crate::components::{Component, Id};
use crate::stage::Stage;
use crate::workspace::Root;

/// Where one gate of a component stands for a stage.
#[derive(Clone, Debug)]
pub struct GateStatus {
    /// The gate.
    pub name: GateName,
    /// Whether the stage waits for it.
    pub need: Need,
    /// What the stage asks for.
    pub threshold: Threshold,
    /// The evidence; `None` where there is none, and for what is judged by reading at this moment.
    pub known: Option<Known>,
    /// What the evidence says about the threshold; `None` where there is no evidence.
    pub judgement: Option<Judgement>,
}

impl GateStatus {
    /// Returns the verdict: that of the judgement, but what is out of date has passed nothing. `None` without evidence.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        let judgement = self.judgement.as_ref()?;
        Some(if self.is_stale() { Verdict::Inconclusive } else { judgement.verdict })
    }

    /// Whether the gate is open: it passed, as seen by a run or by reading. A report that somebody laid there opens none,
    /// for nobody saw what was run, and on what.
    #[must_use]
    pub fn opens(&self) -> bool {
        let is_report = self.evidence().is_some_and(|evidence| evidence.origin == Origin::Report);
        self.verdict() == Some(Verdict::Pass) && !is_report
    }

    /// Whether the inputs changed since the evidence.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.known.as_ref().is_some_and(|known| known.freshness != Freshness::Fresh)
    }

    /// Returns the evidence.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        self.known.as_ref().map(|known| &*known.evidence)
    }

    /// Returns what the evidence says about another threshold; `None` where there is no evidence.
    #[must_use]
    pub fn judged_by(&self, threshold: &Threshold) -> Option<Judgement> {
        let evidence = self.evidence()?;
        Some(judge(self.name.kind(), evidence.observed.as_ref(), &evidence.flaky, threshold))
    }
}

/// How many gates of a stage are open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Required ones that are open.
    pub met: usize,
    /// Required ones.
    pub required: usize,
}

impl Summary {
    /// Counts the required gates.
    #[must_use]
    pub fn of(gates: &[GateStatus]) -> Summary {
        let required = gates.iter().filter(|gate| gate.need == Need::Required);
        required.fold(Summary::default(), |sum, gate| Summary {
            met: sum.met + usize::from(gate.opens()),
            required: sum.required + 1,
        })
    }
}

/// The gates of one component, each stage judged once.
pub struct Gates<'a> {
    root: &'a Root,
    id: Id,
    component: &'a Component,
    policy: Policy<'a>,
    /// The stages that were asked for.
    stages: Vec<(Stage, Vec<GateStatus>)>,
}

impl<'a> Gates<'a> {
    /// Returns the gates of a component; `None` where the components are not known yet.
    #[must_use]
    pub fn new(root: &'a Root, id: Id) -> Option<Gates<'a>> {
        let component = root.components.as_deref()?.get(id);
        let policy = Policy::new(&root.config, Some(component));
        Some(Gates { root, id, component, policy, stages: Vec::new() })
    }

    /// Returns where every gate that `stage` asks for stands, in the order in which gates are run.
    pub fn of_stage(&mut self, stage: Stage) -> &[GateStatus] {
        let at = match self.stages.iter().position(|(known, _)| *known == stage) {
            Some(at) => at,
            None => {
                let asked = self.policy.gates(stage).into_iter();
                let gates = asked.map(|(name, need)| self.judged(name, need, stage)).collect();
                self.stages.push((stage, gates));
                self.stages.len() - 1
            }
        };
        &self.stages[at].1
    }

    /// Returns where one gate stands for `stage`, also where that does not ask for it.
    #[must_use]
    pub fn gate(&mut self, kind: GateKind, stage: Stage) -> GateStatus {
        let known = self.of_stage(stage).iter().find(|gate| gate.name.kind() == kind).cloned();
        known.unwrap_or_else(|| self.judged(kind.into(), Need::Optional, stage))
    }

    fn judged(&self, name: GateName, need: Need, stage: Stage) -> GateStatus {
        let (kind, threshold) = (name.kind(), self.policy.threshold(&name, stage));
        let none = Board::default();
        let board = self.root.gates.as_ref().unwrap_or(&none);
        let known = board.known(&self.component.canonical, &name);
        let read: Option<Observed> = reading::observe(kind, self.root, self.id, stage);
        let (known, judgement) = match (read, known) {
            (Some(observed), _) => (None, Some(judge(kind, Ok(&observed), &[], &threshold))),
            (None, Some(known)) => {
                let evidence = &*known.evidence;
                let judgement = judge(kind, evidence.observed.as_ref(), &evidence.flaky, &threshold);
                (Some(known.clone()), Some(judgement))
            }
            (None, None) if kind == GateKind::Flakiness => {
                match reading::flaky(board, &self.component.canonical) {
                    Some((known, observed)) => {
                        let observed = observed.as_ref().map_err(|problem| *problem);
                        (Some(known.clone()), Some(judge(kind, observed, &[], &threshold)))
                    }
                    None => (None, None),
                }
            }
            (None, None) => (None, None),
        };
        GateStatus { name, need, threshold, known, judgement }
    }
}

/// Returns where every gate that `stage` asks for stands, in the order in which gates are run; none where the components
/// are not known yet.
#[must_use]
pub fn status(root: &Root, id: Id, stage: Stage) -> Vec<GateStatus> {
    Gates::new(root, id).map_or_else(Vec::new, |mut gates| gates.of_stage(stage).to_vec())
}

/// A coverage that was measured.
#[derive(Clone, Debug)]
pub struct Measured<'a> {
    /// In percent.
    pub percent: f64,
    /// The evidence.
    pub known: &'a Known,
}

impl Measured<'_> {
    /// Whether no input changed since.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.known.freshness == Freshness::Fresh
    }
}

/// Returns the coverage that was measured of the component with this canonical name.
#[must_use]
pub fn measured<'a>(board: &'a Board, component: &str) -> Option<Measured<'a>> {
    let known = board.known(component, &GateKind::Coverage.into())?;
    match known.evidence.observed {
        Ok(Observed::Coverage { covered, statements, .. }) if statements > 0 && covered <= statements => {
            #[allow(clippy::cast_precision_loss, reason = "statements are far below 2^53")]
            let percent = covered as f64 * 100.0 / statements as f64;
            Some(Measured { percent, known })
        }
        _ => None,
    }
}
