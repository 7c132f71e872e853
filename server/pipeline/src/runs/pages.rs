//! The dashboard and the page of a run, made from what the workspace and the journal say now.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use stagegate_core::records::metrics::Status;
use stagegate_core::run::{RunRecord, StepFailure};
use stagegate_core::workspace::Root;
use stagegate_workspace::{WalkOptions, Workspace};

use super::journal::Journal;
use crate::board::BoardLoader;
use crate::dashboard::{self, Dashboard, Made, MetricsDay, Sources};
use crate::gates::Definitions;
use crate::records;

/// Most runs that a dashboard counts: what is older says little about today, and reading it would take time.
const MAX_RUNS: usize = 500;

/// How far back metrics are read, in days.
const METRICS_DAYS: u32 = 30;

/// Reads the workspace at `folder` as it is now, with its components and evidence.
#[must_use]
pub fn fresh(folder: &Path, now_ms: i64) -> Workspace {
    let mut workspace = Workspace::load(folder);
    let options = WalkOptions::default();
    workspace.scan(&options);
    workspace.read_components(&options);
    let board = {
        let definitions = Definitions::new(&workspace.path, &workspace.root);
        BoardLoader::new(&workspace.path)
            .load(&workspace.root, &|component, gate| definitions.of(component, gate))
    };
    workspace.root.gates = Some(board.at(now_ms));
    workspace
}

/// Writes the dashboard, and the page of `run` where one is given, which the journal may know less of. Returns where the
/// dashboard lies, relative to the root.
///
/// # Errors
/// Returns why it was not written.
pub fn write(
    folder: &Path,
    root: &Root,
    run: Option<&RunRecord>,
    now_ms: i64,
) -> Result<String, StepFailure> {
    write_about(folder, root, run, None, now_ms)
}

/// Writes what [`write`] does; with the canonical name of a component in `only` the page about it alone.
///
/// # Errors
/// Returns why it was not written.
pub fn write_about(
    folder: &Path,
    root: &Root,
    run: Option<&RunRecord>,
    only: Option<&str>,
    now_ms: i64,
) -> Result<String, StepFailure> {
    let into = root.config.records.dashboard.folder.as_str();
    let project = folder.file_name().map_or(Cow::Borrowed("workspace"), |name| name.to_string_lossy());
    let made = Made { project: &project, version: env!("CARGO_PKG_VERSION"), now_ms };
    let journal = Journal::open_read(folder).ok().flatten();
    if let (Some(run), Some(journal)) = (run, &journal)
        && let Ok(Some(plan)) = journal.plan(&run.id)
    {
        dashboard::write_run(folder, into, run, &plan, &made)?;
    }
    let mut runs = journal.and_then(|journal| journal.runs(None, None, MAX_RUNS).ok()).unwrap_or_default();
    if let Some(run) = run {
        match runs.iter_mut().find(|known| known.id == run.id) {
            Some(known) => *known = run.clone(),
            None => runs.insert(0, run.clone()),
        }
    }
    let page_of = |id: &str| {
        let page = format!("runs/{id}.html");
        folder.join(into).join(&page).is_file().then_some(page)
    };
    let sources = Sources {
        made,
        only,
        components: dashboard::components(root),
        metrics: days(folder, root, now_ms),
        page_of: Some(&page_of),
    };
    let path = dashboard::write(folder, into, &Dashboard::new(sources, runs))?;
    Ok(path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned())
}

/// What the metrics files say of each day.
fn days(folder: &Path, root: &Root, now_ms: i64) -> Vec<MetricsDay> {
    let mut days: BTreeMap<String, MetricsDay> = BTreeMap::new();
    for metric in records::read_days(folder, &root.config.records.metrics, METRICS_DAYS, now_ms) {
        let Some(date) = metric.started_at.get(..10) else { continue };
        let day = days.entry(date.to_owned()).or_insert_with(|| MetricsDay {
            date: date.to_owned(),
            executions: 0,
            successes: 0,
            duration_ms: 0,
        });
        if metric.status == Status::Running {
            continue;
        }
        day.executions += 1;
        day.successes += u32::from(metric.status == Status::Success);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` clamps, as said")]
        let took = metric.duration_ms.unwrap_or_default() as u64;
        day.duration_ms = day.duration_ms.saturating_add(took);
    }
    days.into_values().collect()
}
