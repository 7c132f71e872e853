//! Where issues about promotions are kept: a tracker. By default that is a folder of files.
//!
//! Every call is idempotent: an issue is named by its key, a comment by its own, so that a run that was interrupted can
//! do it again.

mod file;

use stagegate_core::plan::Plan;
use stagegate_core::run::{RunRecord, RunState, StepFailure};
use stagegate_core::tracking::{self, Issue};
use stagegate_core::workspace::Root;

pub use file::FileTracker;

/// A tracker of issues. It may lack labels and columns: then it makes them, or leaves them out.
pub trait Tracker: Send + Sync {
    /// Returns the issue of a component (by canonical name) with this key.
    ///
    /// # Errors
    /// Returns why that cannot be told.
    fn find(&self, canonical: &str, key: &str) -> Result<Option<Tracked>, StepFailure>;

    /// Makes an issue; one with its key is left as it is, and returned.
    ///
    /// # Errors
    /// Returns why there is none.
    fn create(&self, issue: &Issue) -> Result<Reference, StepFailure>;

    /// Changes an issue. Comments stay.
    ///
    /// # Errors
    /// Returns why it is as before.
    fn update(&self, reference: &Reference, update: &Update) -> Result<(), StepFailure>;

    /// Adds a comment; where one with this key is there, nothing.
    ///
    /// # Errors
    /// Returns why it is not there.
    fn comment(&self, reference: &Reference, key: &str, text: &str) -> Result<(), StepFailure>;

    /// Closes an issue.
    ///
    /// # Errors
    /// Returns why it is still open.
    fn close(&self, reference: &Reference, closing: Closing) -> Result<(), StepFailure>;
}

/// An issue in a tracker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What the tracker calls it: a number, or the path of a file.
    pub id: String,
    /// The file, relative to the root with `/`.
    pub path: Option<String>,
    /// The page.
    pub url: Option<String>,
}

impl Reference {
    /// Returns where people read it.
    #[must_use]
    pub fn place(&self) -> &str {
        self.url.as_deref().or(self.path.as_deref()).unwrap_or(&self.id)
    }
}

/// What a tracker knows of an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracked {
    /// The issue.
    pub reference: Reference,
    /// Whether it is open.
    pub is_open: bool,
    /// Its labels.
    pub labels: Vec<String>,
}

/// What is different in an issue; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// Whether it is opened where it was closed.
    pub reopen: bool,
    /// All its labels.
    pub labels: Option<Vec<String>>,
    /// The column of the project board.
    pub column: Option<String>,
    /// The title.
    pub title: Option<String>,
    /// Markdown, without comments.
    pub body: Option<String>,
}

/// Why an issue is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// What it is about is done.
    Completed,
    /// What it is about will not be done.
    Withdrawn,
}

/// Makes or renews an issue for each blocker of a refused plan; see [`tracking::blockers`].
///
/// # Errors
/// Returns why one of them is not there; those before it are.
pub fn track_blockers(
    tracker: &dyn Tracker,
    plan: &Plan,
    root: &Root,
) -> Result<Vec<Reference>, StepFailure> {
    let track = |issue: Issue| match tracker.find(&issue.canonical, &issue.key)? {
        Some(known) => {
            let update = Update {
                reopen: true,
                labels: Some(issue.labels),
                column: Some(issue.column),
                title: Some(issue.title),
                body: Some(issue.body),
            };
            tracker.update(&known.reference, &update)?;
            Ok(known.reference)
        }
        None => tracker.create(&issue),
    };
    tracking::blockers(plan, root).into_iter().map(track).collect()
}

/// Says in the issue of a run how the run ended: labels, column, and whether the issue is closed. An issue of a promotion
/// is closed with it; that of a rollback stays open, for the cause is still there. Nothing happens where the run has no
/// issue, or has not ended.
///
/// # Errors
/// Returns why it is not said.
pub fn finish(tracker: &dyn Tracker, run: &RunRecord) -> Result<(), StepFailure> {
    let Some(key) = tracking::key_of(&run.id, run.kind).filter(|_| run.state.has_ended()) else {
        return Ok(());
    };
    let Some(known) = tracker.find(&run.canonical, &key)? else { return Ok(()) };
    let is_done = run.state == RunState::Succeeded;
    let update = Update {
        labels: Some(tracking::ended(&known.labels, run.state)),
        column: is_done.then(|| run.to.title().to_owned()),
        ..Update::default()
    };
    tracker.update(&known.reference, &update)?;
    let text = match run.state {
        RunState::Succeeded => format!("The {} was carried out.", run.kind.name()),
        RunState::Cancelled => {
            format!("The {} was stopped, and what had been done is undone.", run.kind.name())
        }
        RunState::Stuck => {
            format!(
                "The {} failed, and not everything could be undone: somebody has to look.",
                run.kind.name()
            )
        }
        _ => format!("The {} failed, and what had been done is undone.", run.kind.name()),
    };
    let failures = run.steps.iter().filter_map(|step| Some((step, step.failure.as_ref()?)));
    let failures = failures.map(|(step, failure)| {
        let help = if failure.help.is_empty() { String::new() } else { format!("; {}", failure.help) };
        format!("\n- {}: {}{help}", step.name.title(), failure.message)
    });
    let failures: String = if is_done { String::new() } else { failures.collect() };
    tracker.comment(&known.reference, &format!("{}-ended", run.id), &(text + &failures))?;
    match (run.kind, run.state) {
        // Who undoes a failed rollback by hand needs its issue.
        (_, RunState::Stuck) => Ok(()),
        (stagegate_core::plan::RunKind::Promotion, RunState::Succeeded) => {
            tracker.close(&known.reference, Closing::Completed)
        }
        (stagegate_core::plan::RunKind::Promotion, _) => tracker.close(&known.reference, Closing::Withdrawn),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
