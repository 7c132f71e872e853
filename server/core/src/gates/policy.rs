//! Which gates a stage asks for, and with which thresholds (DESIGN.md section 3; requirements 000 to 003).

use super::{
    Board, Evidence, Freshness, GateKind, GateName, Judgement, Known, Observed, Verdict, VulnerabilityCounts,
};
use super::{judge, reading};
use crate::components::{Component, Id};
use crate::config::Config;
use crate::stage::Stage;
use crate::workspace::Root;

/// Whether a gate has to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// The promotion waits for it.
    Required,
    /// It is run and reported, and blocks nothing.
    Optional,
}

impl Need {
    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Need::Required => "required",
            Need::Optional => "optional",
        }
    }
}

/// What a stage asks of a gate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// At least this share of the statements, in percent.
    Coverage(f64),
    /// At least this share of the tests passes, in percent.
    PassRate(f64),
    /// At most so many.
    MaxIssues(usize),
    /// At most so many of each severity; low ones are not limited.
    MaxVulnerabilities(VulnerabilityCounts),
    /// At most this complexity of any function.
    MaxComplexity(u32),
    /// Limits of time, memory and regression.
    Performance {
        /// Longest response time, in ms.
        response_time_ms: f64,
        /// Most memory, in MB.
        memory_mb: f64,
        /// How much slower than before, in percent.
        regression_percent: f64,
    },
    /// Nothing is missing.
    Complete,
    /// The command succeeds.
    Success,
}

/// What the stages ask of one component.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    config: &'a Config,
    component: Option<&'a Component>,
}

impl<'a> Policy<'a> {
    /// Returns the policy for a component: that of the configuration, and the coverage that its spec asks for where that
    /// is more.
    #[must_use]
    pub fn new(config: &'a Config, component: Option<&'a Component>) -> Policy<'a> {
        Policy { config, component }
    }

    /// Returns the gates of `stage` in the order in which they are run; none for a stage without gates. A gate that the
    /// configuration switches off is left out.
    #[must_use]
    pub fn gates(&self, stage: Stage) -> Vec<(GateName, Need)> {
        let Some(listed) = self.config.stage_gates.of(stage) else { return Vec::new() };
        let mut gates: Vec<(GateName, Need)> = Vec::new();
        let mut add = |name: &GateName, need: Need| {
            if !gates.iter().any(|(known, _)| known == name) {
                gates.push((name.clone(), need));
            }
        };
        listed.required.iter().for_each(|name| add(name, Need::Required));
        listed.optional.iter().for_each(|name| add(name, Need::Optional));
        for gate in &self.config.gates {
            if gate.required_for.contains(&stage) {
                add(&gate.name, Need::Required);
            } else if gate.optional_for.contains(&stage) {
                add(&gate.name, Need::Optional);
            }
        }
        for (kind, needs) in OURS {
            let need = match stage {
                Stage::Development => needs[0],
                Stage::Staging => needs[1],
                _ => needs[2],
            };
            if let Some(need) = need {
                add(&kind.into(), need);
            }
        }
        gates.retain(|(name, _)| self.config.gate(name).is_none_or(|gate| gate.enabled));
        let order = |name: &GateName| GateKind::ALL.iter().position(|kind| *kind == name.kind());
        gates.sort_by(|(a, _), (b, _)| {
            let rank = |name: &GateName| order(name).unwrap_or(GateKind::ALL.len());
            rank(a).cmp(&rank(b)).then_with(|| a.cmp(b))
        });
        gates
    }

    /// Returns whether `stage` asks for the gate.
    #[must_use]
    pub fn need(&self, gate: &GateName, stage: Stage) -> Option<Need> {
        self.gates(stage).into_iter().find(|(name, _)| name == gate).map(|(_, need)| need)
    }

    /// Returns what `stage` asks of the gate.
    #[must_use]
    pub fn threshold(&self, gate: &GateName, stage: Stage) -> Threshold {
        let limits = &self.config.quality_gates;
        match gate.kind() {
            GateKind::Tests | GateKind::IntegrationTests | GateKind::E2eTests => {
                Threshold::PassRate(limits.pass_rate)
            }
            GateKind::Coverage => Threshold::Coverage(self.coverage(stage)),
            GateKind::Lint => Threshold::MaxIssues(limits.max_lint_issues),
            GateKind::Types => Threshold::MaxIssues(limits.max_type_errors),
            GateKind::Secrets | GateKind::Flakiness => Threshold::MaxIssues(0),
            GateKind::Vulnerabilities => {
                let most = limits.max_vulnerabilities;
                let (critical, high, medium) = (most.critical, most.high, most.medium);
                Threshold::MaxVulnerabilities(VulnerabilityCounts { critical, high, medium, low: usize::MAX })
            }
            GateKind::Complexity => Threshold::MaxComplexity(limits.max_complexity),
            GateKind::Performance => Threshold::Performance {
                response_time_ms: limits.performance.max_response_time_ms,
                memory_mb: limits.performance.max_memory_mb,
                regression_percent: limits.performance.max_regression_percent,
            },
            GateKind::Specification
            | GateKind::Documentation
            | GateKind::Dependencies
            | GateKind::Instructions => Threshold::Complete,
            GateKind::Custom => match self.config.gate(gate).and_then(|gate| gate.max_findings) {
                Some(most) => Threshold::MaxIssues(most),
                None if self.config.gate(gate).is_some_and(|gate| gate.format.is_some()) => {
                    Threshold::MaxIssues(0)
                }
                None => Threshold::Success,
            },
        }
    }

    /// Returns the coverage that `stage` asks for, in percent: by the configuration, or by the spec where that asks for
    /// more.
    #[must_use]
    pub fn coverage(&self, stage: Stage) -> f64 {
        let policy = self.config.quality_gates.coverage.of(stage).unwrap_or_default();
        let specs = self.component.into_iter().flat_map(|component| &component.specs);
        let asked = specs.flat_map(|file| &file.facts.coverage_targets);
        asked.filter(|(of, _)| *of == stage).map(|(_, percent)| *percent).fold(policy, f64::max)
    }
}

/// The gates that the incumbent does not know, with what development, staging and production need.
const OURS: [(GateKind, [Option<Need>; 3]); 9] = {
    use Need::{Optional, Required};
    [
        (GateKind::Specification, [Some(Required), Some(Required), Some(Required)]),
        (GateKind::Dependencies, [Some(Required), Some(Required), Some(Required)]),
        (GateKind::Documentation, [None, Some(Optional), Some(Required)]),
        (GateKind::Instructions, [Some(Optional), Some(Optional), Some(Optional)]),
        (GateKind::Complexity, [None, Some(Optional), Some(Optional)]),
        (GateKind::IntegrationTests, [None, Some(Optional), Some(Required)]),
        (GateKind::E2eTests, [None, None, Some(Required)]),
        (GateKind::Performance, [None, Some(Optional), Some(Required)]),
        (GateKind::Flakiness, [Some(Optional), Some(Required), Some(Required)]),
    ]
};

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

    /// Whether the gate is open.
    #[must_use]
    pub fn opens(&self) -> bool {
        self.verdict() == Some(Verdict::Pass)
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

/// Returns where every gate that `stage` asks for stands, in the order in which gates are run; none where the components
/// are not known yet.
#[must_use]
pub fn status(root: &Root, id: Id, stage: Stage) -> Vec<GateStatus> {
    let Some(components) = root.components.as_deref() else { return Vec::new() };
    let component = components.get(id);
    let policy = Policy::new(&root.config, Some(component));
    let none = Board::default();
    let board = root.gates.as_ref().unwrap_or(&none);
    let gates = policy.gates(stage).into_iter().map(|(name, need)| {
        let threshold = policy.threshold(&name, stage);
        let read: Option<Observed> = reading::observe(name.kind(), root, id, stage);
        let known = if read.is_some() { None } else { board.known(&component.canonical, &name).cloned() };
        let judgement = match (&read, &known) {
            (Some(observed), _) => Some(judge(name.kind(), Ok(observed), &[], &threshold)),
            (None, Some(known)) => {
                let evidence = &*known.evidence;
                Some(judge(name.kind(), evidence.observed.as_ref(), &evidence.flaky, &threshold))
            }
            (None, None) => None,
        };
        GateStatus { name, need, threshold, known, judgement }
    });
    gates.collect()
}
