//! `stagegate runs`, `watch`, `resume`, `cancel` and `history`: what became of promotions, rollbacks and drills, and what
//! is under way.

mod follow;
mod json;
mod table;

use std::path::{Path, PathBuf};

use stagegate_core::name;
use stagegate_core::run::{RunRecord, RunState};
use stagegate_pipeline::runs::journal::{Journal, JournalError};
use stagegate_pipeline::runs::{Request, launch};

use super::print;
use crate::args::{Cancel, Following, History, Resume, Runs, RunsFormat, RunsPlace, Watch};
use crate::exit_code;
use crate::failure::{Failure, note};
use crate::report::Style;
use crate::target;

pub(super) fn list(args: &Runs) -> Result<u8, Failure> {
    let folder = folder(&args.place)?;
    let found = runs(&folder, args.component.as_deref(), args.limit)?;
    print(&match args.format {
        RunsFormat::Table if found.is_empty() => nothing(args.component.as_deref()),
        RunsFormat::Table => table::runs(&found, &Style::stdout()),
        RunsFormat::Json => json::render(&found, &folder),
    })?;
    Ok(exit_code::SUCCESS)
}

pub(super) fn history(args: &History) -> Result<u8, Failure> {
    let folder = folder(&args.place)?;
    let found = runs(&folder, Some(&args.component), args.limit)?;
    print(&match args.format {
        RunsFormat::Table if found.is_empty() => nothing(Some(&args.component)),
        RunsFormat::Table => table::history(&found, &Style::stdout()),
        RunsFormat::Json => json::render(&found, &folder),
    })?;
    Ok(exit_code::SUCCESS)
}

pub(super) fn watch(args: &Watch) -> Result<u8, Failure> {
    let folder = folder(&args.place)?;
    let run = match &args.run {
        Some(run) => run.clone(),
        None => {
            let open = open(&folder)?.into_iter().find(|run| run.state == RunState::Running);
            let newest = || runs(&folder, None, 1).map(|mut runs| runs.pop());
            let run = open.map_or_else(newest, |run| Ok(Some(run)))?;
            run.ok_or_else(|| Failure::new("there is no run yet").help("`stagegate promote` starts one"))?.id
        }
    };
    let watched = follow::watch(&folder, &run, args.from, args.events)?;
    Ok(watched.signal.unwrap_or_else(|| code(&watched.run)))
}

pub(super) fn resume(args: &Resume) -> Result<u8, Failure> {
    let folder = folder(&args.following.place)?;
    let is_interrupted = |run: &RunRecord| run.state == RunState::Interrupted;
    let run = named_or(args.run.as_deref(), &folder, is_interrupted, "no run was interrupted")?;
    let run = launch::resume(&folder, &run, &request()).map_err(|error| failure(&error))?;
    after(&folder, &run, &args.following, |run| run.state == RunState::Succeeded)
}

pub(super) fn cancel(args: &Cancel) -> Result<u8, Failure> {
    let folder = folder(&args.following.place)?;
    let run = named_or(args.run.as_deref(), &folder, |_| true, "no run is under way or was interrupted")?;
    launch::cancel(&folder, &run, &request()).map_err(|error| failure(&error))?;
    after(&folder, &run, &args.following, |run| run.state == RunState::Cancelled)
}

/// Follows a run that this command started: Ctrl-C asks it to stop. Returns it as it is when it has ended.
pub(super) fn follow(folder: &Path, run: &str, events: bool) -> Result<RunRecord, Failure> {
    follow::own(folder, run, events)
}

fn after(
    folder: &Path,
    run: &str,
    following: &Following,
    is_well: impl Fn(&RunRecord) -> bool,
) -> Result<u8, Failure> {
    if following.detach {
        note(format_args!("follow it with `stagegate watch {run}`"));
        return Ok(exit_code::SUCCESS);
    }
    let ended = follow(folder, run, following.events)?;
    Ok(if is_well(&ended) { exit_code::SUCCESS } else { exit_code::ERRORS_FOUND })
}

/// Returns the exit code of a run that has ended.
fn code(run: &RunRecord) -> u8 {
    if run.state == RunState::Succeeded { exit_code::SUCCESS } else { exit_code::ERRORS_FOUND }
}

fn request() -> Request {
    Request { origin: "cli".to_owned(), ..Request::default() }
}

/// Returns the root of the workspace.
fn folder(place: &RunsPlace) -> Result<PathBuf, Failure> {
    Ok(match (&place.root, &place.path) {
        (Some(root), _) => target::absolute(&target::current_folder()?, root)?,
        (None, Some(path)) => target::find(std::slice::from_ref(path))?.root,
        (None, None) => target::find(&[])?.root,
    })
}

/// Returns the newest runs, the newest first.
fn runs(folder: &Path, component: Option<&str>, limit: usize) -> Result<Vec<RunRecord>, Failure> {
    let canonical = component.map(name::canonical);
    match Journal::open_read(folder).map_err(unreadable)? {
        Some(journal) => journal.runs(canonical.as_deref(), None, limit).map_err(unreadable),
        None => Ok(Vec::new()),
    }
}

/// Returns the runs that have not ended, the newest first.
fn open(folder: &Path) -> Result<Vec<RunRecord>, Failure> {
    match Journal::open_read(folder).map_err(unreadable)? {
        Some(journal) => journal.open_runs().map_err(unreadable),
        None => Ok(Vec::new()),
    }
}

/// Returns the run that was named, else the newest open one of which `is_meant` is true.
fn named_or(
    run: Option<&str>,
    folder: &Path,
    is_meant: impl Fn(&RunRecord) -> bool,
    none: &str,
) -> Result<String, Failure> {
    if let Some(run) = run {
        return Ok(run.to_owned());
    }
    let open = open(folder)?.into_iter().find(is_meant);
    Ok(open.ok_or_else(|| Failure::new(none).help("`stagegate runs` lists all of them"))?.id)
}

fn nothing(component: Option<&str>) -> String {
    let of = component.map(|component| format!(" of `{component}`")).unwrap_or_default();
    format!("There is no run{of} yet; `stagegate promote` starts one.\n")
}

fn failure(error: &launch::LaunchError) -> Failure {
    let failure = Failure::new(error);
    let help = error.help();
    if help.is_empty() { failure } else { failure.help(help) }
}

fn unreadable(error: JournalError) -> Failure {
    Failure::new(error)
}
