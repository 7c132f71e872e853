//! What the server needs of an issue tracker. The binary gives one: this crate opens no connection, and writes nothing.

use std::path::Path;
use std::sync::Arc;

use stagegate_core::config::IssuesConfig;
use stagegate_core::issues::IssueBook;
use stagegate_core::todo::IssueId;

/// Opens the issues of workspace folders.
pub trait Tracker: Send + Sync {
    /// Returns the issues of the folder at `root`. Opens no connection and creates no file.
    fn open(&self, root: &Path, config: &IssuesConfig) -> Arc<dyn Issues>;
}

/// The issues of one workspace folder.
pub trait Issues: Send + Sync {
    /// Returns what is known, at once; `None` where there is no tracker.
    fn book(&self) -> Option<IssueBook>;

    /// Whether anything may be fetched, and created: `issues.fetch`.
    fn may_fetch(&self) -> bool;

    /// Fetches some of `issues` that are not known or old, and the list of open ones. May take long.
    fn refresh(&self, issues: &[IssueId]) -> Refreshed;

    /// Creates an issue, once. May take long.
    ///
    /// # Errors
    /// Returns why there is none, or why that is not known, as a sentence.
    fn create(&self, issue: &NewIssue) -> Result<Created, String>;
}

/// How a refresh ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Whether another refresh would fetch more.
    pub more: bool,
    /// What went wrong, as a sentence.
    pub failure: Option<String>,
}

/// An issue to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIssue {
    /// One line.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Their names.
    pub labels: Vec<String>,
}

/// An issue that was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// Its number.
    pub number: u64,
    /// Its page.
    pub url: String,
    /// Labels that it did not get.
    pub without_labels: Vec<String>,
}

/// No tracker: links need the binary's.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTracker;

impl Tracker for NoTracker {
    fn open(&self, _: &Path, _: &IssuesConfig) -> Arc<dyn Issues> {
        Arc::new(NoTracker)
    }
}

impl Issues for NoTracker {
    fn book(&self) -> Option<IssueBook> {
        None
    }

    fn may_fetch(&self) -> bool {
        false
    }

    fn refresh(&self, _: &[IssueId]) -> Refreshed {
        Refreshed::default()
    }

    fn create(&self, _: &NewIssue) -> Result<Created, String> {
        Err("this server knows no issue tracker".to_owned())
    }
}
