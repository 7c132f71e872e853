//! The plan of a drill: a rollback that is tried where nobody is served (requirement 001, "Rollback procedure tested").

use super::known::Unfinished;
use super::obstacles::busy;
use super::promotion::{plain, timed};
use super::{Effect, Plan, Refusal, RefusalCode, RunKind, Step, StepName};
use crate::components::Component;
use crate::gates::Problem;
use crate::stage::Stage;
use crate::workspace::Root;

/// Everything that the plan of a drill depends on.
pub struct KnownDrill<'a> {
    /// The workspace.
    pub root: &'a Root,
    /// The stage whose deployment is tried.
    pub to: Stage,
    /// Bringing one release and then the next to the scratch environment.
    pub rehearse: Vec<Effect>,
    /// Undoing the second, and verifying the first.
    pub restore: Vec<Effect>,
    /// Reports, metrics and the dashboard.
    pub reports: Vec<Effect>,
    /// Why it cannot be tried.
    pub refusal: Option<Refusal>,
    /// What is wrong with the configuration, as a sentence.
    pub wrong_configuration: Option<String>,
    /// Why nothing may be run here.
    pub untrusted: Option<Problem>,
    /// A run of the component that has not ended.
    pub unfinished: Option<Unfinished>,
    /// The commit that is checked out.
    pub head: Option<String>,
    /// The version that the code states.
    pub version: Option<String>,
    /// What else is worth knowing: sentences.
    pub notes: Vec<String>,
}

/// Returns what a drill would do, and what stands in its way. Pure.
#[must_use]
pub fn drill(component: &Component, known: &KnownDrill<'_>) -> Plan {
    let to = known.to;
    let timeout = known.root.config.runs.deployment(to).timeout_ms;
    let environment = Some(to.name().to_owned());
    let mut steps = vec![
        Step {
            environment: environment.clone(),
            is_undone: true,
            ..timed(StepName::Rehearse, known.rehearse.clone(), timeout)
        },
        Step { environment, ..timed(StepName::Restore, known.restore.clone(), timeout) },
        plain(StepName::Reports, known.reports.clone()),
    ];
    steps.retain(|step| !step.effects.is_empty());
    let mut refusals = Vec::new();
    if let Some(wrong) = &known.wrong_configuration {
        let help = "`stagegate check` shows the lines";
        refusals.push(Refusal::new(RefusalCode::WrongConfiguration, wrong.clone(), help));
    }
    refusals.extend(known.unfinished.as_ref().map(|unfinished| busy(&component.name, unfinished)));
    refusals.extend(known.refusal.clone());
    if known.refusal.is_none() && known.rehearse.is_empty() {
        refusals.push(Refusal::new(
            RefusalCode::WrongStage,
            format!("{to} has no environment, so there is nothing to try"),
            format!("name another stage with `--to`, or configure `environments.{to}`"),
        ));
    }
    if let Some(problem) = &known.untrusted {
        refusals.push(Refusal::new(RefusalCode::Untrusted, problem.message.clone(), problem.help.clone()));
    }
    Plan {
        kind: RunKind::Drill,
        component: component.name.to_string(),
        canonical: component.canonical.to_string(),
        from: component.stage,
        to,
        spec: component.specs.first().map(|spec| spec.path.to_string()),
        version: known.version.clone(),
        head: known.head.clone(),
        undoes: None,
        reason: None,
        steps,
        refusals,
        notes: known.notes.clone(),
    }
}
