//! What an issue tracker has to offer. GitHub is the first; GitLab or Jira can follow.

use std::fmt::Debug;

use crate::failure::Failure;
use crate::remote::Repository;
use crate::time::Seconds;

/// Open or closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There is something to do.
    Open,
    /// There is not.
    Closed,
}

/// An issue as the tracker describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Its number.
    pub number: u64,
    /// One line.
    pub title: String,
    /// Open or closed.
    pub state: State,
    /// The names of its labels.
    pub labels: Vec<String>,
    /// Who works on it.
    pub assignee: Option<String>,
    /// What it is planned for.
    pub milestone: Option<String>,
    /// Its page: always on the host of the tracker.
    pub url: String,
    /// Whether it is a pull request; GitHub numbers both alike.
    pub is_pull_request: bool,
    /// Where it was moved to, as `owner/name#number`.
    pub moved_to: Option<String>,
    /// When it was changed last.
    pub updated_at: Option<Seconds>,
}

/// A repository to ask about.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its name.
    pub repository: Repository,
    /// Where the provider found it last time ([`Answer::moved`]), if not under its name.
    pub moved: Option<String>,
}

/// What came with an earlier answer, so that the host can say "unchanged".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer<T> {
    /// What was asked for; none where it is as it was.
    pub content: Option<T>,
    /// To be sent next time.
    pub validators: Validators,
    /// When the host wrote it, by its own clock.
    pub as_of: Option<Seconds>,
    /// Where the repository has moved to; to be given in [`Place::moved`] from now on.
    pub moved: Option<String>,
    /// That no request may follow before this time.
    pub pause: Option<Seconds>,
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// The issues.
    pub issues: Vec<Issue>,
    /// Whether there is another page.
    pub more: bool,
}

/// Which issues to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Query {
    /// Open ones, the last changed first.
    Open,
    /// All that changed since then, the first changed first.
    Since(Seconds),
    /// All, the newest first.
    Newest,
}

/// An issue to be created.
#[derive(Clone, Debug)]
pub struct NewIssue {
    /// One line.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Labels; those that do not exist are created where the token allows.
    pub labels: Vec<String>,
}

/// What was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// The issue.
    pub issue: Issue,
    /// Labels that it did not get.
    pub without_labels: Vec<String>,
}

/// An issue tracker. Every method may take as long as the limits of the settings allow: call it in the background.
pub trait Provider: Debug + Send + Sync {
    /// The host, as people know it.
    fn host(&self) -> &str;

    /// The largest number that an issue can have; beyond it nothing is asked.
    fn largest_number(&self) -> u64;

    /// Whether requests go without a token.
    fn is_anonymous(&self) -> bool;

    /// The page of an issue, whether it exists or not.
    fn issue_url(&self, repository: &Repository, number: u64) -> String;

    /// Whether `url` is a page of the host, and so can be shown as a link.
    fn is_page(&self, url: &str) -> bool;

    /// Fetches one issue.
    ///
    /// # Errors
    /// [`Failure::Missing`] and [`Failure::Deleted`] are about the issue, the others about the host.
    fn issue(&self, place: &Place, number: u64, known: &Validators) -> Result<Answer<Issue>, Failure>;

    /// Fetches a page of a list; the first has the number 1.
    ///
    /// # Errors
    /// Returns why there is none.
    fn list(
        &self,
        place: &Place,
        query: Query,
        page: u32,
        known: &Validators,
    ) -> Result<Answer<Page>, Failure>;

    /// Makes sure that the repository is there and shown to us; where it is not, a missing issue says nothing.
    ///
    /// # Errors
    /// [`Failure::Hidden`], or why it cannot be known.
    fn repository(&self, place: &Place) -> Result<(), Failure>;

    /// Creates an issue, once: nothing is tried again unless the host said that nothing was created.
    ///
    /// # Errors
    /// Returns why there is none.
    fn create(&self, place: &Place, issue: &NewIssue) -> Result<Created, Failure>;
}
