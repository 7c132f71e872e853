//! `stagegate promote`, `rollback` and `drill`: a plan, and the run that carries it out.

use std::env;
use std::path::Path;

use serde_json::json;
use stagegate_core::diagnostic::Severity;
use stagegate_core::plan::{GitState, Plan, PlanRequest, Refusal, RefusalCode, RollbackRequest};
use stagegate_core::run::{Person, RunRecord, RunState};
use stagegate_core::stage::Stage;
use stagegate_pipeline::gates::{self, Session};
use stagegate_pipeline::git::Git;
use stagegate_pipeline::process::Cancel;
use stagegate_pipeline::redact::Redactor;
use stagegate_pipeline::runs::prepare::{Workplace, digest, now_ms};
use stagegate_pipeline::runs::{Request, launch};
use stagegate_pipeline::tracking::{FileTracker, track_blockers};
use stagegate_workspace::{WalkOptions, Workspace};

use super::{print, runs};
use crate::args::{Drill, PlanFormat, Planned, Promote, Rollback};
use crate::exit_code;
use crate::failure::{Failure, note};
use crate::report::{Style, plan as report};
use crate::target;

pub(super) fn promote(args: &Promote) -> Result<u8, Failure> {
    let request = PlanRequest {
        component: args.component.clone(),
        to: stage(args.to.as_deref())?,
        reason: args.reason.clone(),
    };
    let mut workspace = load(&args.planned)?;
    let mut plan = at(&workspace, |place| place.promotion(&request));
    if !args.planned.dry_run && is_only_blocked(&plan) {
        // Who is refused wants to hear of everything at once.
        let unknown = at(&workspace, |place| place.unknown_gates(&request));
        if !unknown.is_empty() && ask_gates(&workspace, &plan, unknown) {
            crate::evidence::know_again(&mut workspace);
            plan = at(&workspace, |place| place.promotion(&request));
        }
    }
    let code = carry_out(&workspace, &plan, &args.planned)?;
    if args.track && !plan.is_possible() && !args.planned.dry_run {
        track(&workspace, &plan)?;
    }
    Ok(code)
}

pub(super) fn rollback(args: &Rollback) -> Result<u8, Failure> {
    let request = RollbackRequest {
        component: args.component.clone(),
        run: args.run.clone(),
        reason: args.reason.clone(),
    };
    if request.reason.trim().is_empty() {
        return Err(Failure::new("a rollback needs a reason").help("say it with `--reason TEXT`"));
    }
    let workspace = load(&args.planned)?;
    let plan = at(&workspace, |place| place.rollback(&request));
    carry_out(&workspace, &plan, &args.planned)
}

pub(super) fn drill(args: &Drill) -> Result<u8, Failure> {
    let to = stage(args.to.as_deref())?;
    let workspace = load(&args.planned)?;
    let plan = at(&workspace, |place| place.drill(&args.component, to));
    carry_out(&workspace, &plan, &args.planned)
}

/// Reads a stage that somebody wrote.
fn stage(word: Option<&str>) -> Result<Option<Stage>, Failure> {
    let Some(word) = word else { return Ok(None) };
    let stage = Stage::from_word(word).ok_or_else(|| {
        Failure::new(format_args!("`{word}` is no stage; expected development, staging or production"))
    })?;
    Ok(Some(stage))
}

fn load(planned: &Planned) -> Result<Workspace, Failure> {
    let root = match (&planned.root, &planned.path) {
        (Some(root), _) => target::absolute(&target::current_folder()?, root)?,
        (None, Some(path)) => target::find(std::slice::from_ref(path))?.root,
        (None, None) => target::find(&[])?.root,
    };
    super::tell_misnamed(&root);
    Ok(workspace_at(&root))
}

/// Reads all of a workspace that a plan depends on.
pub(crate) fn workspace_at(root: &Path) -> Workspace {
    let mut workspace = Workspace::load(root);
    let options = WalkOptions::default();
    workspace.scan(&options);
    workspace.read_components(&options);
    crate::issues::know_from_cache(&mut workspace);
    crate::evidence::know(&mut workspace);
    workspace
}

/// Makes a plan in a workspace.
pub(crate) fn at<T>(workspace: &Workspace, make: impl FnOnce(&Workplace<'_>) -> T) -> T {
    let wrong = wrong_configuration(workspace);
    make(&Workplace {
        folder: &workspace.path,
        root: &workspace.root,
        wrong_configuration: wrong.as_deref(),
        now_ms: now_ms(),
    })
}

/// A gate whose name is misspelt in the configuration would not be there, and could not fail.
fn wrong_configuration(workspace: &Workspace) -> Option<String> {
    let findings = workspace.config_findings();
    let first = findings.iter().find(|finding| finding.severity == Severity::Error)?;
    let path = workspace.config_file.as_ref()?.path;
    Some(format!("{path} is wrong: {}", first.message))
}

/// Whether it is refused, and only for what keeps the component from its stage: not for where it would be run.
fn is_only_blocked(plan: &Plan) -> bool {
    use RefusalCode::{BlockerIssue, DependencyBelowTarget, GateNotMet, MissingSignOff};
    let is_blocker = |refusal: &Refusal| {
        matches!(refusal.code, BlockerIssue | DependencyBelowTarget | GateNotMet | MissingSignOff)
    };
    !plan.is_possible() && plan.refusals.iter().all(is_blocker)
}

/// Runs gates that nothing is known of; says whether they were run.
fn ask_gates(workspace: &Workspace, plan: &Plan, only: Vec<stagegate_core::gates::GateName>) -> bool {
    let (Ok(trusted), Ok(cancel)) =
        (gates::permission(&workspace.path, &workspace.root), Cancel::on_signals())
    else {
        return false;
    };
    let redactor = Redactor::from_env(env::vars_os());
    let session = Session {
        folder: &workspace.path,
        root: &workspace.root,
        permission: Ok(&trusted),
        redactor: &redactor,
    };
    let request = gates::Request {
        component: plan.component.clone(),
        stage: Some(plan.to),
        only,
        ..gates::Request::default()
    };
    let mut progress = super::gates::Progress::new(1);
    let ran = gates::run(&session, &[request], &cancel, &mut |event| progress.event(event));
    progress.end();
    ran.is_ok()
}

/// Shows the plan, or starts the run and follows it.
fn carry_out(workspace: &Workspace, plan: &Plan, planned: &Planned) -> Result<u8, Failure> {
    let digest = digest(plan);
    let stale = planned.plan.as_ref().filter(|shown| **shown != digest).map(|shown| {
        Refusal::new(
            RefusalCode::StalePlan,
            format!(
                "the plan {shown} was shown, and the one of now is {digest}: something changed meanwhile"
            ),
            "look at it again with `--dry-run`",
        )
    });
    let mut plan = plan.clone();
    plan.refusals.extend(stale);
    if planned.dry_run {
        show(&plan, &digest, planned.format)?;
        return Ok(if plan.is_possible() { exit_code::SUCCESS } else { exit_code::ERRORS_FOUND });
    }
    if !plan.is_possible() {
        refuse(&plan, planned)?;
        return Ok(exit_code::ERRORS_FOUND);
    }
    let request = Request { by: who(&workspace.path), origin: planned.origin.clone(), program: None };
    let run = match launch::start(&workspace.path, &plan, &request) {
        Ok(run) => run,
        Err(error) => match error.refusal() {
            Some(refusal) => {
                plan.refusals.push(refusal);
                refuse(&plan, planned)?;
                return Ok(exit_code::ERRORS_FOUND);
            }
            None => return Err(Failure::new(&error).help(error.help())),
        },
    };
    if planned.detach {
        print(&format!("{run}\n"))?;
        note(format_args!("follow it with `stagegate watch {run}`"));
        return Ok(exit_code::SUCCESS);
    }
    let record = runs::follow(&workspace.path, &run, planned.events)?;
    Ok(code_of(&record))
}

/// Promotes a component of a workspace that [`workspace_at`] read. Returns the plan, and the run as it has ended; `None` where
/// it was refused, for the reasons that the plan names.
pub(super) fn promoted(
    workspace: &Workspace,
    request: &PlanRequest,
) -> Result<(Plan, Option<RunRecord>), Failure> {
    let mut plan = at(workspace, |place| place.promotion(request));
    if !plan.is_possible() {
        return Ok((plan, None));
    }
    let asked = Request { by: who(&workspace.path), origin: "cli".to_owned(), program: None };
    match launch::start(&workspace.path, &plan, &asked) {
        Ok(run) => {
            let record = runs::follow(&workspace.path, &run, false)?;
            Ok((plan, Some(record)))
        }
        Err(error) => match error.refusal() {
            Some(refusal) => {
                plan.refusals.push(refusal);
                Ok((plan, None))
            }
            None => Err(Failure::new(&error).help(error.help())),
        },
    }
}

/// Returns the exit code of a run that has ended.
pub(super) fn code_of(record: &RunRecord) -> u8 {
    if record.state == RunState::Succeeded { exit_code::SUCCESS } else { exit_code::ERRORS_FOUND }
}

/// Returns who asks, as git knows them.
pub(crate) fn who(folder: &Path) -> Option<Person> {
    match Git::new(folder).state(&[]) {
        GitState::Repository(repository) => repository.identity,
        GitState::NoGit { .. } => None,
    }
}

fn show(plan: &Plan, digest: &str, format: PlanFormat) -> Result<(), Failure> {
    print(&match format {
        PlanFormat::Text => report::render(plan, digest, &Style::stdout()),
        PlanFormat::Markdown => plan.markdown(),
        PlanFormat::Json => json_of(plan, digest),
    })
}

/// The plan for programs: schema `stagegate.plan/1` (`docs/json.md`).
fn json_of(plan: &Plan, digest: &str) -> String {
    let all = json!({
        "schema": "stagegate.plan/1",
        "plan": plan,
        "digest": digest,
        "possible": plan.is_possible(),
        "title": plan.title(),
    });
    format!("{all:#}\n")
}

fn refuse(plan: &Plan, planned: &Planned) -> Result<(), Failure> {
    if planned.events {
        let line = json!({ "event": "refused", "plan": plan, "title": plan.title() });
        return print(&format!("{line}\n"));
    }
    match planned.format {
        PlanFormat::Json => print(&json_of(plan, &digest(plan))),
        PlanFormat::Markdown => print(&plan.markdown()),
        PlanFormat::Text => {
            let text = report::refusals(plan, &Style::stderr());
            std::io::Write::write_all(&mut std::io::stderr().lock(), text.as_bytes())
                .map_err(|error| Failure::output(&error))
        }
    }
}

/// Writes an issue for each blocker.
fn track(workspace: &Workspace, plan: &Plan) -> Result<(), Failure> {
    let tracker = FileTracker::new(&workspace.path, now_ms());
    let written = track_blockers(&tracker, plan, &workspace.root)
        .map_err(|failure| Failure::new(failure.message).help(failure.help))?;
    for reference in written {
        note(format_args!("written: {}", reference.path.unwrap_or(reference.id)));
    }
    Ok(())
}
