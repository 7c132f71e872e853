//! Issues about promotions: what they are called, labelled and say. Where they are kept is a tracker's
//! (requirements 000, "Update Tracking", and 001, "Tracking Component Maturity").
//!
//! An issue is named by its key, so that doing it twice makes one issue.

mod blocker;
mod details;
mod labels;
mod promotion;
mod rollback;

use serde::{Deserialize, Serialize};

pub use blocker::blockers;
pub use details::{Details, rollback_plan};
pub use labels::ended;
pub use promotion::promotion;
pub use rollback::rollback;

use crate::plan::{Effect, RunKind};

/// The folder of the files that stand for issues, below the root.
pub const FOLDER: &str = ".stagegate/tracking";

/// What stands for the number of the run in a plan.
const RUN: &str = "<run>";

/// An issue, as it is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// What names it for good: letters, digits and `-`, so that it can be a file name. Of a run: `<run>-promotion`.
    pub key: String,
    /// What it is about.
    pub kind: IssueKind,
    /// The component, as it is shown.
    pub component: String,
    /// Its canonical name.
    pub canonical: String,
    /// The run; `None` for blockers, which no run belongs to.
    pub run: Option<String>,
    /// The title, on one line.
    pub title: String,
    /// Labels, some of which the tracker may not have yet.
    pub labels: Vec<String>,
    /// The column of the project board that the component stands in.
    pub column: String,
    /// Markdown.
    pub body: String,
}

/// What an issue is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssueKind {
    /// A component is promoted.
    Promotion,
    /// Something keeps a component from being promoted.
    Blocker,
    /// A promotion was taken back.
    Rollback,
}

impl IssueKind {
    /// The name in keys and files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            IssueKind::Promotion => "promotion",
            IssueKind::Blocker => "blocker",
            IssueKind::Rollback => "rollback",
        }
    }
}

/// Returns the key of the issue of a run; `None` for a run that has none.
#[must_use]
pub fn key_of(run: &str, kind: RunKind) -> Option<String> {
    let kind = match kind {
        RunKind::Promotion => IssueKind::Promotion,
        RunKind::Rollback => IssueKind::Rollback,
        RunKind::Drill => return None,
    };
    Some(format!("{run}-{}", kind.name()))
}

/// Returns what the step "Tracking" of a plan shows: the file that stands for the issue.
#[must_use]
pub fn effects(canonical: &str, kind: RunKind) -> Vec<Effect> {
    let what = match kind {
        RunKind::Promotion => "the issue of the promotion: gates, criteria, approvals, how it is taken back",
        RunKind::Rollback => "the issue of the rollback: reason, time, impact",
        RunKind::Drill => return Vec::new(),
    };
    let key = key_of(RUN, kind).unwrap_or_default();
    vec![Effect::Write { path: format!("{FOLDER}/{canonical}/{key}.md"), what: what.to_owned() }]
}

/// Returns a text on one line that neither opens HTML nor ends a comment.
fn one_line(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('<', "&lt;")
}

#[cfg(test)]
mod tests;
