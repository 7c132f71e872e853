//! Issues of what keeps a component from its next stage (requirement 001, "GitHub Issues").

use std::fmt::Write as _;

use super::{Issue, IssueKind, labels, one_line};
use crate::gates::{self, Finding, GateKind, GateName, GateStatus, Observed};
use crate::name;
use crate::plan::{Plan, Refusal, RefusalCode};
use crate::stage::Stage;
use crate::status::Column;
use crate::workspace::Root;

/// Most details of one blocker.
const MAX_DETAILS: usize = 10;

/// Most characters of one detail.
const MAX_DETAIL: usize = 200;

/// Returns an issue for each reason of a refused plan that people have to work on: gates, sign-offs, dependencies, missing
/// code or spec. What only concerns this machine or this moment (changes that are not committed, trust, another run) makes
/// none, nor does an issue that is there already.
#[must_use]
pub fn blockers(plan: &Plan, root: &Root) -> Vec<Issue> {
    let component =
        root.components.as_deref().and_then(|components| components.find_canonical(&plan.canonical));
    let statuses = component.map(|id| gates::status(root, id, plan.to)).unwrap_or_default();
    let mut issues: Vec<Issue> = Vec::new();
    for refusal in plan.refusals.iter().filter(|refusal| is_tracked(refusal.code)) {
        let status =
            refusal.gate.as_ref().and_then(|gate| statuses.iter().find(|status| status.name == *gate));
        let issue = blocker(plan, refusal, status);
        if !issues.iter().any(|known| known.key == issue.key) {
            issues.push(issue);
        }
    }
    issues
}

const fn is_tracked(code: RefusalCode) -> bool {
    matches!(
        code,
        RefusalCode::GateNotMet
            | RefusalCode::MissingSignOff
            | RefusalCode::DependencyBelowTarget
            | RefusalCode::MissingSpec
            | RefusalCode::MissingCode
    )
}

fn blocker(plan: &Plan, refusal: &Refusal, status: Option<&GateStatus>) -> Issue {
    let (name, to) = (&plan.component, plan.to);
    let what = headline(refusal, plan);
    let mut labels = vec![labels::component(name), labels::target(to), "blocker".to_owned()];
    labels.extend(kind_of(refusal).map(str::to_owned));
    labels.extend(refusal.gate.as_ref().map(|_| "quality-gate-failure".to_owned()));
    labels.push(format!("{}blocked", labels::PROMOTION));
    Issue {
        key: format!("blocker-{to}-{}", slug(refusal, &what)),
        kind: IssueKind::Blocker,
        component: name.clone(),
        canonical: plan.canonical.clone(),
        run: None,
        title: format!("[{name}] {} Promotion Blocker: {what}", to.title()),
        labels,
        column: plan.from.map_or(Column::Backlog, Column::Stage).title().to_owned(),
        body: body(plan, refusal, status, to),
    }
}

/// Says what is wrong, as the title of an issue.
fn headline(refusal: &Refusal, plan: &Plan) -> String {
    let quoted = || quoted(&refusal.message).find(|name| !name::same(name, &plan.component));
    let of_gate = |gate: &GateName| match gate.kind() {
        GateKind::Tests => "Failing Tests".to_owned(),
        GateKind::Coverage => "Low Test Coverage".to_owned(),
        GateKind::IntegrationTests => "Failing Integration Tests".to_owned(),
        GateKind::E2eTests => "Failing End-to-End Tests".to_owned(),
        GateKind::Lint => "Linter Issues".to_owned(),
        GateKind::Types => "Type Errors".to_owned(),
        GateKind::Secrets => "Secrets in the Code".to_owned(),
        GateKind::Vulnerabilities => "Vulnerabilities".to_owned(),
        GateKind::Complexity => "Code Too Complex".to_owned(),
        GateKind::Instructions => "Invalid Instruction Files".to_owned(),
        GateKind::Specification => "Incomplete Specification".to_owned(),
        GateKind::Documentation => "Incomplete Documentation".to_owned(),
        GateKind::Performance => "Poor Performance".to_owned(),
        GateKind::Dependencies => "Dependencies Below Target".to_owned(),
        GateKind::Flakiness => "Flaky Tests".to_owned(),
        GateKind::Custom => format!("Gate {gate} Not Met"),
    };
    match (&refusal.gate, refusal.code) {
        (Some(gate), _) => of_gate(gate),
        (None, RefusalCode::MissingSignOff) => {
            format!("Missing Sign-off: {}", quoted().unwrap_or("approval"))
        }
        (None, RefusalCode::DependencyBelowTarget) => match quoted() {
            Some(name) => format!("Dependency {name} Below Target"),
            None => "Dependency Below Target".to_owned(),
        },
        (None, RefusalCode::MissingSpec) => "Missing Specification".to_owned(),
        (None, RefusalCode::MissingCode) => "Missing Source or Tests".to_owned(),
        (None, _) => "Not Ready".to_owned(),
    }
}

/// Returns what stands in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2).filter(|name| !name.is_empty())
}

fn kind_of(refusal: &Refusal) -> Option<&'static str> {
    match (&refusal.gate, refusal.code) {
        (Some(gate), _) => labels::of_gate(gate.kind()),
        (None, RefusalCode::DependencyBelowTarget) => Some("blocker:dependencies"),
        (None, RefusalCode::MissingSpec) => Some("blocker:documentation"),
        (None, RefusalCode::MissingCode) => Some("blocker:tests"),
        (None, RefusalCode::MissingSignOff) => {
            let what = refusal.message.to_lowercase();
            match () {
                () if what.contains("security") => Some("blocker:security"),
                () if what.contains("documentation") => Some("blocker:documentation"),
                () => None,
            }
        }
        _ => None,
    }
}

/// Returns what tells one blocker of a stage from another, as a part of a file name.
fn slug(refusal: &Refusal, what: &str) -> String {
    let text = refusal.gate.as_ref().map_or(what, GateName::as_str).to_lowercase();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let slug: String = words.collect::<Vec<_>>().join("-").chars().take(60).collect();
    if slug.is_empty() { refusal.code.name().to_owned() } else { slug }
}

fn body(plan: &Plan, refusal: &Refusal, status: Option<&GateStatus>, to: Stage) -> String {
    let mut out = format!("Component: {}\nTarget Stage: {to}\n", plan.component);
    let judgement = status.and_then(|status| status.judgement.as_ref());
    if let (Some(status), Some(judgement)) = (status, judgement) {
        let figure = match status.name.kind() {
            GateKind::Coverage => "Coverage".to_owned(),
            _ => format!("Result ({})", status.name.title()),
        };
        let _ = writeln!(out, "Current {figure}: {}", one_line(&judgement.found));
        if !judgement.required.is_empty() {
            let _ = writeln!(out, "Required {figure}: {}", one_line(&judgement.required));
        }
    }
    let _ = write!(out, "\nBlocker Details:\n- {}\n", one_line(&refusal.message));
    if let Some(path) = &refusal.path {
        let _ = writeln!(out, "- Stated in `{}`", one_line(path));
    }
    for detail in status.map(details).unwrap_or_default() {
        let _ = writeln!(out, "- {detail}");
    }
    if let Some(evidence) = status.and_then(GateStatus::evidence) {
        let _ = writeln!(out, "- Seen: {}", one_line(&evidence.seen()));
    }
    let _ = write!(out, "\nAction Items:\n- [ ] {}\n", capital(&one_line(&refusal.help)));
    if refusal.gate.is_some() {
        let _ = writeln!(out, "- [ ] Look again: `stagegate gates {} --stage {to}`", plan.component);
    }
    let _ = writeln!(out, "- [ ] Promote: `stagegate promote {} --to {to}`", plan.component);
    out
}

/// Returns the places that evidence names.
fn details(status: &GateStatus) -> Vec<String> {
    let Some(evidence) = status.evidence() else { return Vec::new() };
    let finding = |finding: &Finding| {
        let place = match (&finding.path, finding.line) {
            (Some(path), 0) => format!("`{path}`: "),
            (Some(path), line) => format!("`{path}:{line}`: "),
            (None, _) => String::new(),
        };
        let message: String = one_line(&finding.message).chars().take(MAX_DETAIL).collect();
        format!("{place}{message}")
    };
    let mut all: Vec<String> = evidence.findings.iter().map(finding).collect();
    if let Ok(Observed::Coverage { gaps, .. }) = &evidence.observed {
        all.extend(gaps.iter().map(|gap| match gap.last.saturating_sub(gap.first) {
            0 => format!("`{}`: line {} is not covered", gap.path, gap.first),
            _ => format!("`{}`: lines {} to {} are not covered", gap.path, gap.first, gap.last),
        }));
    }
    let more = all.len().saturating_sub(MAX_DETAILS);
    all.truncate(MAX_DETAILS);
    if more > 0 {
        all.push(format!("and {more} more"));
    }
    all
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
