//! Starting runs: each in a process of its own, which holds the lock of the component as long as it lives.
//!
//! The lock is taken by who starts the run and handed over as the standard input of the run process: it belongs to the open
//! file, so nobody else gets it in between. The run process is started by a process in between that ends at once, in a
//! session of its own: neither Ctrl-C in a terminal nor the end of an editor reaches it.

mod error;
mod process;

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use stagegate_core::plan::Plan;
use stagegate_core::run::{RunRecord, RunState, StepState};
use stagegate_workspace::{WalkOptions, Workspace};

pub use error::LaunchError;
pub use process::{main, run_process};

use super::journal::Journal;
use super::request::{is_id, new_id};
use super::{Clock, Request, RunId, SystemClock, lock};
use crate::gates;

/// How long to try where the lock is held and no run says why: somebody may be asking who holds it.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a run was cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// Its process was asked to stop; it undoes what was done.
    Asked,
    /// It had been interrupted; a process was started that undoes what was done.
    Undoing,
}

/// Starts a run of `plan` in the workspace at `folder`, in a process of its own, and returns its number.
///
/// # Errors
/// Returns why nothing was started.
pub fn start(folder: &Path, plan: &Plan, request: &Request) -> Result<RunId, LaunchError> {
    if !plan.is_possible() {
        return Err(LaunchError::Refused(plan.refusals.clone()));
    }
    let newest = newest(folder, &plan.canonical)?;
    let held = take(folder, &plan.canonical)?;
    let mut journal = Journal::open(folder)?;
    // Who waited for the lock of another run made its plan before that run.
    if let Some(other) = journal.runs(Some(&plan.canonical), None, 1)?.pop()
        && newest.as_ref() != Some(&other.id)
        && other.state.has_ended()
    {
        return Err(LaunchError::Overtaken { run: other.id });
    }
    let now = SystemClock.now_ms();
    let id = new_id(now).map_err(|error| LaunchError::system("choose the number of the run", &error))?;
    match journal.create(&id, plan, request, now)? {
        Ok(run) => {
            // Without the connection: the run process opens its own.
            drop(journal);
            process::spawn(folder, &run.id, held, request)?;
            Ok(run.id)
        }
        Err(other) => Err(match journal.run(&other)? {
            Some(run) => LaunchError::Interrupted { run: run.id, component: run.component },
            None => LaunchError::UnknownRun(other),
        }),
    }
}

/// Lets an interrupted run go on, in a new process; one that was being undone goes on with that.
///
/// # Errors
/// Returns why nothing was started.
pub fn resume(folder: &Path, run: &str, request: &Request) -> Result<RunId, LaunchError> {
    let found = find(folder, run)?;
    allowed(folder)?;
    let held = take(folder, &found.canonical)?;
    let again = find(folder, run)?;
    if again.state.has_ended() {
        return Err(LaunchError::Ended { run: again.id, state: again.state });
    }
    process::spawn(folder, &found.id, held, request)?;
    Ok(found.id)
}

/// Stops a run, and has undone what it did: its process is asked to; where it was interrupted, a new one does it.
///
/// # Errors
/// Returns why that cannot be.
pub fn cancel(folder: &Path, run: &str, request: &Request) -> Result<Cancelled, LaunchError> {
    let found = find(folder, run)?;
    Journal::open(folder)?.set_unwanted(&found.id)?;
    if lock::is_held(folder, &found.canonical) {
        return Ok(Cancelled::Asked);
    }
    match resume(folder, run, request) {
        Ok(_) => Ok(Cancelled::Undoing),
        // Somebody else took it up meanwhile, and sees the wish.
        Err(LaunchError::InProgress { run: other, .. }) if other == found.id => Ok(Cancelled::Asked),
        Err(error) => Err(error),
    }
}

/// Returns a run that has not ended.
fn find(folder: &Path, run: &str) -> Result<RunRecord, LaunchError> {
    let unknown = || LaunchError::UnknownRun(run.to_owned());
    if !is_id(run) {
        return Err(unknown());
    }
    let found = Journal::open_read(folder)?.ok_or_else(unknown)?.run(run)?.ok_or_else(unknown)?;
    match found.state {
        RunState::Running | RunState::Interrupted => Ok(found),
        state => Err(LaunchError::Ended { run: found.id, state }),
    }
}

fn newest(folder: &Path, canonical: &str) -> Result<Option<RunId>, LaunchError> {
    let Some(journal) = Journal::open_read(folder)? else { return Ok(None) };
    Ok(journal.runs(Some(canonical), None, 1)?.pop().map(|run| run.id))
}

/// Takes the lock of a component, or says which run holds it.
fn take(folder: &Path, canonical: &str) -> Result<File, LaunchError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let taken = lock::take(folder, canonical);
        if let Some(held) = taken.map_err(|error| LaunchError::system("lock the component", &error))? {
            return Ok(held);
        }
        let open = match Journal::open_read(folder)? {
            Some(journal) => journal.open_run_of(canonical)?.map(|run| {
                let pid = journal.process(&run.id).map(|(pid, _)| pid).unwrap_or_default();
                (run, pid)
            }),
            None => None,
        };
        match open {
            Some((run, pid)) if run.state == RunState::Running => return Err(in_progress(run, pid)),
            _ if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(5)),
            Some((run, pid)) => return Err(in_progress(run, pid)),
            None => return Err(LaunchError::Held { component: canonical.to_owned() }),
        }
    }
}

fn in_progress(run: RunRecord, pid: Option<u32>) -> LaunchError {
    let step = run.steps.iter().rev().find(|step| !matches!(step.state, StepState::Pending));
    LaunchError::InProgress { step: step.map(|step| step.name), run: run.id, component: run.component, pid }
}

/// Asks whether anything may be executed in the workspace.
fn allowed(folder: &Path) -> Result<(), LaunchError> {
    let workspace = load(folder);
    gates::permission(&workspace.path, &workspace.root).map(drop).map_err(LaunchError::Untrusted)
}

/// Reads the workspace as the steps need it.
fn load(folder: &Path) -> Workspace {
    let mut workspace = Workspace::load(folder);
    let options = WalkOptions::default();
    workspace.scan(&options);
    workspace.read_components(&options);
    workspace
}
