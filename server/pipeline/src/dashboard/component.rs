//! Where components stand, as the dashboard shows it.

use stagegate_core::gates::{self, GateName, GateStatus, Need, Threshold, Verdict};
use stagegate_core::stage::Stage;
use stagegate_core::status::{self, ComponentStatus, Coverage, percent};
use stagegate_core::workspace::Root;

/// Where one component stands.
#[derive(Clone, Debug)]
pub struct ComponentState {
    /// The name, as its files write it.
    pub name: String,
    /// Its canonical name.
    pub canonical: String,
    /// The stage that it is in; `None` where no file states one.
    pub stage: Option<Stage>,
    /// The stage that it is to reach in the end.
    pub target: Option<Stage>,
    /// The stage that it works towards now; `None` where there is nothing to climb.
    pub aim: Option<Stage>,
    /// The coverage to go by, with what the aim asks for.
    pub coverage: Option<Coverage>,
    /// The gates of the aim, in the order in which they are run.
    pub gates: Vec<GateState>,
    /// What else stands in the way, each in one sentence without a final dot.
    pub blockers: Vec<String>,
}

/// Where one gate stands.
#[derive(Clone, Debug)]
pub struct GateState {
    /// The gate.
    pub name: GateName,
    /// Whether the stage waits for it.
    pub need: Need,
    /// The verdict; `None` where there is no evidence.
    pub verdict: Option<Verdict>,
    /// Whether inputs changed since the evidence.
    pub is_stale: bool,
    /// Whether it is open.
    pub opens: bool,
    /// What was found, in a few words; empty where there is no evidence.
    pub found: String,
    /// What the stage asks for, in a few words.
    pub wanted: String,
    /// What to do where it is not open.
    pub next: Option<String>,
}

/// Returns where every component stands, in the order of `stagegate status`; none before the components are known.
#[must_use]
pub fn components(root: &Root) -> Vec<ComponentState> {
    status::status_of_root(root).iter().map(|status| of(root, status)).collect()
}

fn of(root: &Root, status: &ComponentStatus<'_>) -> ComponentState {
    let component = status.component;
    let gates = status.aim.map(|aim| gates::status(root, status.id, aim)).unwrap_or_default();
    ComponentState {
        name: component.name.to_string(),
        canonical: component.canonical.to_string(),
        stage: component.stage,
        target: status.target,
        aim: status.aim,
        coverage: status.coverage(),
        gates: gates.iter().map(gate).collect(),
        blockers: blockers(root, status),
    }
}

fn gate(status: &GateStatus) -> GateState {
    let judgement = status.judgement.as_ref();
    let required = judgement.map(|judgement| judgement.required.clone()).filter(|text| !text.is_empty());
    let help = judgement.map(|judgement| judgement.help.clone()).filter(|help| !help.is_empty());
    let next = match (status.opens(), status.verdict()) {
        (true, _) => None,
        (_, None) => Some("run the gate".to_owned()),
        _ if status.is_stale() => Some("run the gate again: its inputs changed".to_owned()),
        _ => help,
    };
    GateState {
        name: status.name.clone(),
        need: status.need,
        verdict: status.verdict(),
        is_stale: status.is_stale(),
        opens: status.opens(),
        found: judgement.map(|judgement| judgement.found.clone()).unwrap_or_default(),
        wanted: required.unwrap_or_else(|| wanted(&status.threshold)),
        next,
    }
}

fn wanted(threshold: &Threshold) -> String {
    match threshold {
        Threshold::Coverage(least) => format!("at least {} %", percent(*least)),
        Threshold::PassRate(least) => format!("at least {} % pass", percent(*least)),
        Threshold::MaxIssues(0) => "none".to_owned(),
        Threshold::MaxIssues(most) => format!("at most {most}"),
        Threshold::MaxVulnerabilities(most) => {
            format!("at most {} critical, {} high, {} medium", most.critical, most.high, most.medium)
        }
        Threshold::MaxComplexity(most) => format!("at most {most}"),
        Threshold::Performance { response_time_ms, memory_mb, .. } => {
            format!("at most {} ms and {} MB", percent(*response_time_ms), percent(*memory_mb))
        }
        Threshold::Complete => "nothing missing".to_owned(),
        Threshold::Success => "the command succeeds".to_owned(),
    }
}

/// What hinders the component beside its gates: dependencies, files that are missing, open issues.
fn blockers(root: &Root, status: &ComponentStatus<'_>) -> Vec<String> {
    let mut blockers = Vec::new();
    for below in status.below.iter().filter(|below| below.required) {
        let stage = below.stage.map_or("in no stage", Stage::in_words);
        let through =
            if below.weakest == below.name { String::new() } else { format!(" (through {})", below.name) };
        blockers.push(format!("{}{through} is {stage}; needed is {}", below.weakest, below.needed));
    }
    let missing = [
        (status.component.specs.is_empty(), "no spec"),
        (!status.has_source, "no source"),
        (status.has_source && !status.has_tests, "no tests"),
    ];
    blockers
        .extend(missing.into_iter().filter(|(is_missing, _)| *is_missing).map(|(_, what)| what.to_owned()));
    if let Some(book) = root.issues.as_deref() {
        let issues = book.blockers(&status.component.name);
        blockers
            .extend(issues.into_iter().map(|(number, issue)| format!("issue #{number}: {}", issue.title)));
    }
    blockers
}
