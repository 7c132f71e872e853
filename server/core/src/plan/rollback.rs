//! The plan of a rollback: the procedure of each stage (requirement 001, "Rollback Procedures").

use super::known::Unfinished;
use super::obstacles::{self, busy};
use super::promotion::{plain, timed};
use super::{
    Effect, FileChange, GitRepository, GitState, Plan, Refusal, RefusalCode, RunKind, Step, StepName,
};
use crate::components::Component;
use crate::gates::Problem;
use crate::run::{RunRecord, RunState};
use crate::stage::Stage;
use crate::workspace::Root;

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RollbackRequest {
    /// The component, by any spelling of its name.
    pub component: String,
    /// The run to undo; the last promotion where `None`.
    pub run: Option<String>,
    /// Why, in the words of who asks.
    pub reason: String,
}

/// Everything that the plan of a rollback depends on.
pub struct KnownRollback<'a> {
    /// The workspace.
    pub root: &'a Root,
    /// The git repository.
    pub git: &'a GitState,
    /// The run that was named, or the newest promotion that is not undone.
    pub undone: Option<&'a RunRecord>,
    /// The newest promotion that is not undone: only that one can be.
    pub newest: Option<&'a str>,
    /// The commit that the promotion made; `None` where it made none.
    pub commit: Option<&'a str>,
    /// What undoing the commit would write, or why it cannot be undone.
    pub files: Result<Vec<FileChange>, Problem>,
    /// What is wrong with the configuration, as a sentence.
    pub wrong_configuration: Option<String>,
    /// Why nothing may be run here.
    pub untrusted: Option<Problem>,
    /// Telling who has to know.
    pub notify: Vec<Effect>,
    /// Bringing the release before back.
    pub undeploy: Vec<Effect>,
    /// Undoing the migration of the database.
    pub migration: Vec<Effect>,
    /// Clearing caches.
    pub caches: Vec<Effect>,
    /// Smoke tests and health checks.
    pub verify: Vec<Effect>,
    /// Looking at the component again.
    pub monitor: Vec<Effect>,
    /// The issue of the rollback.
    pub tracking: Vec<Effect>,
    /// The session that AI assistants read.
    pub context: Vec<Effect>,
    /// Reports, metrics and the dashboard.
    pub reports: Vec<Effect>,
    /// A run of the component that has not ended.
    pub unfinished: Option<Unfinished>,
    /// The version that the code states.
    pub version: Option<String>,
    /// What else is worth knowing: sentences.
    pub notes: Vec<String>,
}

/// Returns the component that a rollback or drill is about.
///
/// # Errors
/// Returns the plan that says that there is none.
pub fn component<'a>(root: &'a Root, asked: &str, kind: RunKind) -> Result<&'a Component, Box<Plan>> {
    obstacles::find(root, asked, kind).map(|(_, component)| component)
}

/// Returns what a rollback would do, and what stands in its way. Pure.
#[must_use]
pub fn rollback(component: &Component, request: &RollbackRequest, known: &KnownRollback<'_>) -> Plan {
    let at = component.stage.unwrap_or(Stage::Development);
    let (Some(undone), None) = (known.undone, unfit(component, request, known)) else {
        let refusal = unfit(component, request, known).unwrap_or_else(|| nothing_to_undo(component));
        return obstacles::nothing(RunKind::Rollback, component, at, refusal);
    };
    let mut plan = Plan {
        kind: RunKind::Rollback,
        component: component.name.to_string(),
        canonical: component.canonical.to_string(),
        from: Some(undone.to),
        to: undone.from.unwrap_or(Stage::Experimental),
        spec: component.specs.first().map(|spec| spec.path.to_string()),
        version: known.version.clone(),
        head: match known.git {
            GitState::Repository(repository) => repository.head.clone(),
            GitState::NoGit { .. } => None,
        },
        undoes: Some(undone.id.clone()),
        reason: Some(request.reason.clone()),
        steps: steps(undone, known),
        refusals: Vec::new(),
        notes: known.notes.clone(),
    };
    plan.refusals = refusals(component, known, &plan.committed());
    if component.stage != Some(undone.to) {
        let at = component.stage.map_or("in no stage", Stage::in_words);
        plan.notes.push(format!(
            "`{}` is {at} by its files, though the run {} brought it to {}",
            component.name, undone.id, undone.to
        ));
    }
    plan
}

fn steps(undone: &RunRecord, known: &KnownRollback<'_>) -> Vec<Step> {
    let deployment = known.root.config.runs.deployment(undone.to);
    // The one that is left: the steps that deal with an environment go by it.
    let environment = Some(undone.to.name().to_owned());
    let usual = |name, effects: &[Effect]| Step {
        environment: environment.clone(),
        ..timed(name, effects.to_vec(), deployment.timeout_ms)
    };
    let what = format!(
        "the run {} brought `{}` to {}, and is not undone yet",
        undone.id, undone.component, undone.to
    );
    let undeploy = usual(StepName::Undeploy, &known.undeploy);
    let mut steps = vec![
        plain(StepName::Validate, vec![Effect::Check { what }]),
        usual(StepName::Notify, &known.notify),
        Step { backoff: deployment.backoff, ..undeploy },
        usual(StepName::Migration, &known.migration),
        usual(StepName::Caches, &known.caches),
        timed(StepName::Revert, revert(undone, known), deployment.timeout_ms),
        usual(StepName::Verify, &known.verify),
        usual(StepName::Monitor, &known.monitor),
        plain(StepName::Tracking, known.tracking.clone()),
        plain(StepName::Context, known.context.clone()),
        plain(StepName::Reports, known.reports.clone()),
    ];
    steps.retain(|step| !step.effects.is_empty());
    steps
}

fn revert(undone: &RunRecord, known: &KnownRollback<'_>) -> Vec<Effect> {
    let (Some(commit), Ok(files)) = (known.commit, &known.files) else { return Vec::new() };
    let mut effects: Vec<Effect> = files.iter().cloned().map(Effect::Edit).collect();
    let mut paths: Vec<String> = files.iter().map(|change| change.path.clone()).collect();
    if let GitState::Repository(GitRepository { ignored, .. }) = known.git {
        paths.retain(|path| !ignored.contains(path));
    }
    if !paths.is_empty() {
        let short = commit.get(..12).unwrap_or(commit);
        let message = format!("Roll {} back to {} (undoes {short})", undone.component, stage_before(undone));
        effects.push(Effect::Commit { message, paths });
    }
    effects
}

fn stage_before(undone: &RunRecord) -> String {
    undone.from.map_or("no stage".to_owned(), |stage| stage.to_string())
}

/// Why the run is none that can be undone.
fn unfit(component: &Component, request: &RollbackRequest, known: &KnownRollback<'_>) -> Option<Refusal> {
    let nothing =
        |message: String, help: String| Some(Refusal::new(RefusalCode::NothingToUndo, message, help));
    let list = || format!("`stagegate runs {}` lists the runs", component.name);
    let Some(run) = known.undone else {
        return match &request.run {
            Some(id) => nothing(format!("there is no run `{id}` of `{}`", component.name), list()),
            None => Some(nothing_to_undo(component)),
        };
    };
    let id = &run.id;
    if run.canonical != *component.canonical {
        return nothing(
            format!("the run {id} is one of `{}`, not of `{}`", run.component, component.name),
            list(),
        );
    }
    if run.kind != RunKind::Promotion {
        let what = run.kind.name();
        let help = "only promotions are undone; to go forward again, promote it again";
        return nothing(format!("the run {id} is a {what}, and those are never undone"), help.to_owned());
    }
    if let Some(by) = &run.undone_by {
        return nothing(format!("the run {id} was undone already, by the run {by}"), list());
    }
    match run.state {
        RunState::Succeeded | RunState::Stuck => {}
        RunState::Interrupted | RunState::Running => return None,
        RunState::Failed | RunState::Cancelled => {
            return nothing(
                format!("the run {id} {} and left nothing that could be undone", run.state.name()),
                list(),
            );
        }
    }
    match known.newest {
        Some(newest) if newest != id => nothing(
            format!("the run {newest} promoted `{}` after the run {id}", component.name),
            format!("undo that one first: `stagegate rollback {} --run {newest}`", component.name),
        ),
        _ => None,
    }
}

fn nothing_to_undo(component: &Component) -> Refusal {
    Refusal::new(
        RefusalCode::NothingToUndo,
        format!("no promotion of `{}` is known here that is not undone", component.name),
        "where it was promoted elsewhere, revert the commit of that promotion",
    )
}

fn refusals(component: &Component, known: &KnownRollback<'_>, committed: &[&str]) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if let Some(wrong) = &known.wrong_configuration {
        let help = "`stagegate check` shows the lines";
        refusals.push(Refusal::new(RefusalCode::WrongConfiguration, wrong.clone(), help));
    }
    refusals.extend(known.unfinished.as_ref().map(|unfinished| busy(&component.name, unfinished)));
    if known.commit.is_some() {
        refusals.extend(obstacles::git(known.git, committed, &[]));
    }
    if let Err(problem) = &known.files {
        refusals.push(Refusal::new(RefusalCode::DirtyFiles, problem.message.clone(), problem.help.clone()));
    }
    if let Some(problem) = &known.untrusted {
        refusals.push(Refusal::new(RefusalCode::Untrusted, problem.message.clone(), problem.help.clone()));
    }
    refusals
}
