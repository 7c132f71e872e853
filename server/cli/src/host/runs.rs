//! Promotions and rollbacks for the language server. A run is started as a process of its own, which outlives the server.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::{env, fs};

use stagegate_core::plan::Plan;
use stagegate_core::run::{ComponentRuns, CurrentRun, EndedRun, RunEvent, RunRecord, Runs, Undoable};
use stagegate_lsp::host::{Ask, Declined, Failure, Planned, Watch};
use stagegate_pipeline::process::Cancel;
use stagegate_pipeline::records::run_folder;
use stagegate_pipeline::runs::journal::{Journal, JournalError};
use stagegate_pipeline::runs::launch::{self, LaunchError};
use stagegate_pipeline::runs::prepare::{digest, now_ms};
use stagegate_pipeline::runs::{Request, pages, watch};
use stagegate_workspace::Workspace;

use crate::commands::promote;

/// Most runs of each component that are looked at.
const EACH: usize = 8;

/// Most of those that have ended that are shown.
const MAX_ENDED: usize = 5;

/// Returns what a promotion or rollback would do, from what lies on disk.
pub(super) fn plan(folder: &Path, ask: &Ask) -> Planned {
    let workspace = promote::workspace_at(folder);
    let plan = promote::at(&workspace, |place| match ask {
        Ask::Promotion(request) => place.promotion(request),
        Ask::Rollback(request) => place.rollback(request),
    });
    Planned { digest: digest(&plan), plan }
}

pub(super) fn start(folder: &Path, plan: &Plan) -> Result<String, Declined> {
    launch::start(folder, plan, &request(folder)).map_err(|error| declined(&error))
}

pub(super) fn resume(folder: &Path, run: &str) -> Result<(), Declined> {
    launch::resume(folder, run, &request(folder)).map(drop).map_err(|error| declined(&error))
}

pub(super) fn cancel(folder: &Path, run: &str) -> Result<(), Failure> {
    match launch::cancel(folder, run, &request(folder)) {
        // It came to its end meanwhile.
        Ok(_) | Err(LaunchError::Ended { .. }) => Ok(()),
        Err(error) => Err(failure(&error)),
    }
}

fn request(folder: &Path) -> Request {
    // This very program, also where a newer one was installed in its place.
    Request { by: promote::who(folder), origin: "editor".to_owned(), program: Some(super::this_program()) }
}

fn failure(error: &LaunchError) -> Failure {
    Failure::new(error.to_string(), error.help())
}

fn declined(error: &LaunchError) -> Declined {
    Declined { failure: failure(error), refusal: error.refusal().map(Box::new) }
}

#[expect(clippy::needless_pass_by_value, reason = "so that it fits into map_err")]
fn unreadable(error: JournalError) -> Failure {
    Failure::new(error.to_string(), "")
}

/// A run that is watched.
pub(super) struct Watched {
    folder: PathBuf,
    run: String,
    stop: Cancel,
}

impl Watched {
    /// Watches the run of a folder with this number.
    pub(super) fn new(folder: &Path, run: &str) -> Watched {
        Watched { folder: folder.to_owned(), run: run.to_owned(), stop: Cancel::new() }
    }
}

impl Watch for Watched {
    fn follow(&self, on_event: &mut dyn FnMut(&RunEvent)) -> Result<RunRecord, Failure> {
        watch::watch(&self.folder, &self.run, watch::NOW, &mut |_, event| on_event(event), &self.stop)
            .map_err(unreadable)
    }

    fn stop(&self) {
        self.stop.cancel();
    }
}

/// Returns what is known of the runs of a folder.
pub(super) fn known(folder: &Path) -> Result<Runs, Failure> {
    let Some(journal) = Journal::open_read(folder).map_err(unreadable)? else { return Ok(Runs::default()) };
    let mut components: BTreeMap<String, ComponentRuns> = BTreeMap::new();
    let mut newest = journal.newest(EACH).map_err(unreadable)?;
    // One that has not ended is the newest of its component, but for runs of an older journal.
    newest.extend(journal.open_runs().map_err(unreadable)?);
    for run in newest {
        let of = components.entry(run.canonical.clone()).or_default();
        match (CurrentRun::of(&run), EndedRun::of(&run)) {
            (Some(current), _) => of.current = of.current.take().or(Some(current)),
            (None, Some(ended)) if of.ended.len() < MAX_ENDED => of.ended.push(ended),
            _ => {}
        }
    }
    for (canonical, of) in &mut components {
        let to_undo = journal.to_undo(canonical).map_err(unreadable)?;
        of.to_undo = to_undo.map(|run| Undoable { from: run.from, to: run.to, run: run.id });
    }
    Ok(Runs::new(components.into_iter().map(|(name, runs)| (Arc::from(name), runs))))
}

/// Returns the page of a run, else its report.
pub(super) fn report(folder: &Path, run: &str) -> Result<PathBuf, Failure> {
    let journal = Journal::open_read(folder).map_err(unreadable)?;
    let known = match &journal {
        Some(journal) => journal.run(run).map_err(unreadable)?,
        None => None,
    };
    let Some(record) = known else {
        return Err(Failure::new(format!("there is no run `{run}`"), "`stagegate runs` lists them"));
    };
    let config = Workspace::load(folder).root.config;
    let page = folder.join(&config.records.dashboard.folder).join(format!("runs/{}.html", record.id));
    let beside = folder.join(run_folder(&record.id));
    let report = beside.join(format!("workflow_report_{}.json", record.canonical));
    [page, report].into_iter().find(|path| path.is_file()).ok_or_else(|| {
        let help = if record.state.has_ended() { "run it again" } else { "wait until it has ended" };
        Failure::new(format!("the run {run} has left no report"), help)
    })
}

/// Writes the dashboard of a folder as it is now, and returns where.
pub(super) fn dashboard(folder: &Path) -> Result<PathBuf, Failure> {
    let now = now_ms();
    let workspace = pages::fresh(folder, now);
    let written = pages::write(folder, &workspace.root, None, now);
    let path = written.map_err(|failure| Failure::new(failure.message, failure.help))?;
    Ok(folder.join(path))
}

/// Writes a text that is to be shown to the temporary folder of the system, readable by the user alone.
pub(super) fn page(name: &str, text: &str) -> Result<PathBuf, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(
            format!("a text cannot be written to the temporary folder: {error}"),
            "see whether the disk is full",
        )
    };
    // One folder of this process, that nobody else can have made: the editor reads it later, the system clears it away.
    static FOLDER: Mutex<Option<PathBuf>> = Mutex::new(None);
    let mut folder = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = match folder.as_ref().filter(|folder| folder.is_dir()) {
        Some(folder) => folder.clone(),
        None => {
            let made = tempfile::Builder::new().prefix("stagegate-").tempdir_in(env::temp_dir());
            folder.insert(made.map_err(failed)?.keep()).clone()
        }
    };
    let path = folder.join(name);
    fs::write(&path, text).map_err(failed)?;
    Ok(path)
}
