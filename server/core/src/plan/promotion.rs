//! The plan of a promotion (DESIGN.md section 7; requirement 000, "Step-by-Step Process").

use super::known::{Aim, Known};
use super::obstacles;
use super::{Backoff, Effect, GitRepository, GitState, Plan, PlanRequest, RunKind, Step, StepName};
use crate::gates::{self, GateKind, GateName, GateStatus, Verdict};
use crate::stage::Stage;

/// How long a step without a limit of its own may take, in milliseconds.
const USUAL_MS: u64 = 60_000;

/// Returns what a promotion of `aim` would do, and what stands in its way. Pure.
#[must_use]
pub fn promotion(aim: &Aim<'_>, request: &PlanRequest, known: &Known<'_>) -> Plan {
    let Aim { component, to, .. } = *aim;
    let gates = gates::status(known.root, aim.id, to);
    let steps = Steps { aim, known, gates: &gates }.all();
    let mut plan = Plan {
        kind: RunKind::Promotion,
        component: component.name.to_string(),
        canonical: component.canonical.to_string(),
        from: component.stage,
        to,
        spec: component.specs.first().map(|spec| spec.path.to_string()),
        version: known.version.clone(),
        head: match known.git {
            GitState::Repository(repository) => repository.head.clone(),
            GitState::NoGit { .. } => None,
        },
        undoes: None,
        reason: request.reason.clone(),
        steps,
        refusals: Vec::new(),
        notes: known.notes.clone(),
    };
    plan.refusals = obstacles::of_promotion(aim, known, &gates, &plan.committed());
    obstacles::notes(aim, known, &gates, &mut plan.notes);
    plan
}

/// Returns the message of the commit of a promotion. The run adds trailers.
fn message(component: &str, from: Option<Stage>, to: Stage) -> String {
    let from = from.map_or(String::new(), |from| format!("from {from} "));
    format!("Promote {component} {from}to {to}")
}

struct Steps<'a> {
    aim: &'a Aim<'a>,
    known: &'a Known<'a>,
    gates: &'a [GateStatus],
}

impl Steps<'_> {
    fn all(&self) -> Vec<Step> {
        let runs = &self.known.root.config.runs;
        let deployment = runs.deployment(self.aim.to);
        let stage = self.aim.to.name();
        let mut steps = vec![
            plain(StepName::Validate, self.validate()),
            timed(StepName::Specification, self.gates_of(StepName::Specification), runs.specification_ms),
        ];
        let fixes: Vec<Effect> = self.known.auto_fixes.iter().cloned().map(Effect::Edit).collect();
        steps.push(Step { is_undone: true, ..plain(StepName::AutoFix, fixes) });
        steps.push(Step {
            backoff: runs.testing,
            ..timed(StepName::Testing, self.gates_of(StepName::Testing), runs.testing_ms)
        });
        let refactoring = self.gates_of(StepName::Refactoring);
        steps.push(timed(StepName::Refactoring, refactoring, runs.refactoring_ms));
        steps.push(plain(StepName::Criteria, self.criteria()));
        steps.push(undone(StepName::Tracking, self.known.tracking.clone()));
        let edits: Vec<Effect> = self.known.metadata.iter().cloned().map(Effect::Edit).collect();
        steps.push(undone(StepName::Metadata, edits));
        steps.push(Step { timeout_ms: 10 * USUAL_MS, ..undone(StepName::Commit, self.commit()) });
        let environment = (!self.known.deploy.is_empty()).then(|| stage.to_owned());
        steps.push(Step {
            backoff: deployment.backoff,
            timeout_ms: deployment.timeout_ms,
            environment: environment.clone(),
            ..undone(StepName::Deploy, self.known.deploy.clone())
        });
        let verify = timed(StepName::Verify, self.known.verify.clone(), deployment.timeout_ms);
        steps.push(Step { environment, ..verify });
        steps.push(plain(StepName::Context, self.known.context.clone()));
        steps.push(plain(StepName::Reports, self.known.reports.clone()));
        steps.retain(|step| !step.effects.is_empty());
        steps
    }

    fn validate(&self) -> Vec<Effect> {
        let Aim { component, to, .. } = self.aim;
        let name = &component.name;
        let check = |what: String| Effect::Check { what };
        let mut effects = vec![check(match component.stage {
            Some(stage) => format!("`{name}` is {}", stage.in_words()),
            None => format!("no file states a stage of `{name}`"),
        })];
        if !component.dependencies.is_empty() {
            effects.push(check(format!("what `{name}` needs has reached {to}")));
        }
        if let GitState::Repository(GitRepository { branch: Some(branch), .. }) = self.known.git {
            effects.push(check(format!(
                "the branch `{branch}` is checked out, and nothing is changed in the files that would be committed"
            )));
        }
        effects
    }

    fn gates_of(&self, step: StepName) -> Vec<Effect> {
        let of_step = self.gates.iter().filter(|gate| step_of(&gate.name) == step);
        of_step
            .map(|gate| Effect::Gate {
                gate: gate.name.clone(),
                need: gate.need,
                known: holds(gate).then(|| gate.verdict()).flatten(),
                commands: self.commands(&gate.name),
            })
            .collect()
    }

    fn commands(&self, name: &GateName) -> Vec<Vec<String>> {
        let found = self.known.gates.iter().find(|gate| gate.gate == *name);
        found.and_then(|gate| gate.commands.clone().ok()).unwrap_or_default()
    }

    fn criteria(&self) -> Vec<Effect> {
        let what = format!("every gate that {} waits for is open", self.aim.to);
        let mut effects = vec![Effect::Check { what }];
        effects.extend(self.known.sign_offs.iter().cloned());
        effects
    }

    fn commit(&self) -> Vec<Effect> {
        let changes = self.known.auto_fixes.iter().chain(&self.known.metadata);
        let mut paths: Vec<String> = changes.map(|change| change.path.clone()).collect();
        if let GitState::Repository(GitRepository { ignored, .. }) = self.known.git {
            paths.retain(|path| !ignored.contains(path));
        }
        paths.sort();
        paths.dedup();
        if paths.is_empty() {
            return Vec::new();
        }
        let component = self.aim.component;
        let message = message(&component.name, component.stage, self.aim.to);
        vec![Effect::Commit { message, paths }]
    }
}

/// Whether evidence answers the gate without running it: what broke is tried again.
pub(super) fn holds(gate: &GateStatus) -> bool {
    let is_read = gate.known.is_none() && gate.judgement.is_some();
    let answered = matches!(gate.verdict(), Some(Verdict::Pass | Verdict::Fail));
    let is_report = gate.evidence().is_some_and(|evidence| evidence.origin == gates::Origin::Report);
    is_read || answered && !gate.is_stale() && !is_report
}

/// Returns the step in which a gate is answered.
#[must_use]
pub fn step_of(gate: &GateName) -> StepName {
    match gate.kind() {
        GateKind::Specification | GateKind::Instructions => StepName::Specification,
        GateKind::Tests
        | GateKind::Coverage
        | GateKind::IntegrationTests
        | GateKind::E2eTests
        | GateKind::Flakiness => StepName::Testing,
        _ => StepName::Refactoring,
    }
}

pub(super) fn plain(name: StepName, effects: Vec<Effect>) -> Step {
    timed(name, effects, USUAL_MS)
}

fn undone(name: StepName, effects: Vec<Effect>) -> Step {
    Step { is_undone: true, ..plain(name, effects) }
}

pub(super) fn timed(name: StepName, effects: Vec<Effect>, timeout_ms: u64) -> Step {
    Step { name, effects, backoff: Backoff::NONE, timeout_ms, environment: None, is_undone: false }
}
