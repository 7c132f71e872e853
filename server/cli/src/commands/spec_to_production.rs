//! `stagegate spec-to-production`: the command line of the workflow that teams use today, with true verdicts
//! (requirements 000, 001 and 002).

mod output;
mod subject;

use std::env;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use stagegate_core::plan::{Plan, PlanRequest};
use stagegate_core::records::{WorkflowReport, summary_block, workflow_report};
use stagegate_core::run::{RunRecord, StepFailure};
use stagegate_core::stage::Stage;
use stagegate_pipeline::gates::{self, Session};
use stagegate_pipeline::process::Cancel;
use stagegate_pipeline::records::{self, Leaving};
use stagegate_pipeline::redact::Redactor;
use stagegate_pipeline::runs::verdicts::{self, Asked};
use stagegate_pipeline::runs::{Clock as _, SystemClock};
use stagegate_workspace::Workspace;

use self::output::Output;
use super::gates::Progress;
use super::{print, promote};
use crate::args::{SpecToProduction, TargetStage};
use crate::exit_code;
use crate::failure::{Failure, note};
use crate::report::{Style, escaped};
use crate::target;

pub(super) fn run(args: &SpecToProduction) -> Result<u8, Failure> {
    let output = Output::of(args)?;
    let root = target::find(&[])?.root;
    super::tell_misnamed(&root);
    let mut workspace = promote::workspace_at(&root);
    super::gates::refuse_wrong_configuration(&workspace)?;
    let redactor = Redactor::from_env(env::vars_os());
    let cancel = Cancel::on_signals()
        .map_err(|error| Failure::new(format_args!("cannot listen for Ctrl-C: {error}")))?;
    let spec = subject::spec(&workspace, args)?;
    let (name, stage) = stage(args.target);
    let asked = Asked {
        id: verdicts::number(SystemClock.now_ms())
            .map_err(|error| Failure::new(format_args!("the run gets no number: {error}")))?,
        component: args.component.clone(),
        stage,
        problem: spec.problem,
    };
    let ran = if asked.problem.is_none() && is_to_be_promoted(&workspace, &asked) {
        promotion(&mut workspace, &asked, &redactor, &cancel)?
    } else {
        validate(&workspace, &asked, &redactor, &cancel)
    };
    let leaving = Leaving {
        folder: &workspace.path,
        root: &workspace.root,
        plan: ran.plan.as_ref(),
        run: &ran.run,
        redactor: &redactor,
        now_ms: SystemClock.now_ms(),
    };
    let mut about = leaving.about();
    about.spec_file = Some(spec.shown);
    about.content_length = spec.characters;
    about.target = Some(name.to_owned());
    if ran.is_left {
        (about.session, about.dashboard) = leave(&leaving);
    }
    let report = workflow_report(&ran.run, &about);
    output.write(&records::to_json(&report, &redactor))?;
    tell(&report);
    print(&format!("\n{}", redactor.redact(&summary_block(&report, &output.shown))))?;
    if let Some(signal) = cancel.signal() {
        return Ok(super::gates::code_of_signal(signal));
    }
    Ok(if report.success { exit_code::SUCCESS } else { exit_code::ERRORS_FOUND })
}

/// What was done.
struct Ran {
    run: RunRecord,
    /// The plan, where there was one.
    plan: Option<Plan>,
    /// Whether what it leaves behind is still to be written.
    is_left: bool,
}

/// Whether the component is below the stage, and the stage is one that promotions lead to: in development nothing has to be
/// done but to pass the gates (requirement 001, "Implement Component").
fn is_to_be_promoted(workspace: &Workspace, asked: &Asked) -> bool {
    let components = workspace.root.components.as_deref();
    let component = components.and_then(|all| Some(all.get(all.find(&asked.component)?)));
    let rank = component.and_then(|component| component.stage).map(Stage::rank);
    asked.stage > Stage::Development && rank.is_none_or(|rank| rank < asked.stage.rank())
}

/// Promotes the component. Where that is refused, its gates are answered, so that the report says all that is to be done.
fn promotion(
    workspace: &mut Workspace,
    asked: &Asked,
    redactor: &Redactor,
    cancel: &Cancel,
) -> Result<Ran, Failure> {
    let request = PlanRequest { component: asked.component.clone(), to: Some(asked.stage), reason: None };
    if let (plan, Some(run)) = promote::promoted(workspace, &request)? {
        return Ok(Ran { run, plan: Some(plan), is_left: false });
    }
    let mut ran = validate(workspace, asked, redactor, cancel);
    if cancel.is_cancelled() {
        return Ok(ran);
    }
    // What broke before may be known now.
    crate::evidence::know_again(workspace);
    let (plan, run) = promote::promoted(workspace, &request)?;
    if let Some(run) = run {
        return Ok(Ran { run, plan: Some(plan), is_left: false });
    }
    verdicts::refuse(&mut ran.run, &plan.refusals, &SystemClock);
    ran.plan = Some(plan);
    Ok(ran)
}

/// Answers the gates of the stage; changes nothing.
fn validate(workspace: &Workspace, asked: &Asked, redactor: &Redactor, cancel: &Cancel) -> Ran {
    let permission = gates::permission(&workspace.path, &workspace.root);
    if let (Err(refused), None) = (&permission, &asked.problem) {
        note(format_args!("{}; {}", refused.message, refused.help));
    }
    let session =
        Session { folder: &workspace.path, root: &workspace.root, permission: permission.as_ref(), redactor };
    let mut progress = Progress::new(1);
    let run = verdicts::verdicts(&session, asked, &SystemClock, cancel, &mut |event| progress.event(event));
    progress.end();
    // Where nothing was run, nothing happened that anybody would want to measure.
    let is_left = permission.is_ok() && asked.problem.is_none();
    Ran { run, plan: None, is_left }
}

/// Writes metrics, session and reports; returns the session and the page. That one of them cannot be written changes no
/// verdict.
fn leave(leaving: &Leaving<'_>) -> (Option<String>, Option<String>) {
    let failed = |failure: StepFailure| {
        note(format_args!("{}; {}", failure.message, failure.help));
    };
    let session = records::session(leaving).map_err(failed).ok().flatten();
    if let Some(text) = session.as_ref().and_then(|session| session.note.as_ref()) {
        note(text);
    }
    let session = session.map(|session| session.id);
    let _ = records::metrics(leaving).map_err(failed);
    let page = records::pages(leaving).map_err(failed).ok().flatten();
    let _ = records::reports(leaving, session.as_deref(), page.as_deref()).map_err(failed);
    (session, page)
}

/// Says on stderr why there is no success: the report and the summary are for programs.
fn tell(report: &WorkflowReport) {
    let style = Style::stderr();
    let mut text = String::new();
    for (key, stage) in report.stage_results.iter().filter(|(_, stage)| !stage.success) {
        for error in &stage.errors {
            text.push_str(&format!("{}{key}{}: {}\n", style.error, style.reset, escaped(error)));
        }
    }
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Returns the stage as it was asked for, and the one that is meant.
const fn stage(target: TargetStage) -> (&'static str, Stage) {
    match target {
        TargetStage::Dev => ("dev", Stage::Development),
        TargetStage::Development => ("development", Stage::Development),
        TargetStage::Staging => ("staging", Stage::Staging),
        TargetStage::Production => ("production", Stage::Production),
    }
}

/// Returns the folder of a file that is to be written, and its name.
fn split(path: &Path) -> Result<(PathBuf, PathBuf), Failure> {
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => Ok((folder.to_owned(), name.into())),
        _ => Err(Failure::new(format_args!("`{}` names no file", path.display()))),
    }
}
