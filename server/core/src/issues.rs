//! What is known of issues: a snapshot that whoever asks the tracker fills, and that rules and commands read.

use std::collections::BTreeMap;

use crate::todo::{IssueId, ReferenceKind};

/// Issues by repository and number, as of one moment.
///
/// An issue that is not in the book was not asked for; that says nothing about whether it exists.
#[derive(Clone, Debug, Default)]
pub struct IssueBook {
    /// The host of the tracker, as addresses of issues name it.
    host: Box<str>,
    /// `owner/repo` of the workspace, which `#123` is of.
    repo: Box<str>,
    /// By the repository in lowercase.
    answers: BTreeMap<Box<str>, BTreeMap<u64, Answer>>,
}

/// What the tracker said about an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is there.
    Found(IssueState),
    /// There is none with this number, or it was deleted.
    Missing,
}

/// An issue. Times are seconds since 1970 in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueState {
    /// The title.
    pub title: Box<str>,
    /// Whether it is open.
    pub state: OpenState,
    /// The names of its labels.
    pub labels: Vec<Box<str>>,
    /// Who works on it.
    pub assignee: Option<Box<str>>,
    /// The title of its milestone.
    pub milestone: Option<Box<str>>,
    /// Where people read it.
    pub url: Box<str>,
    /// When it was changed last, where the tracker says so.
    pub updated_at: Option<i64>,
    /// When the tracker was asked; none where that is in doubt.
    pub fetched_at: Option<i64>,
}

/// Whether an issue is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpenState {
    /// To be done.
    Open,
    /// Done, or not to be done.
    Closed,
}

impl OpenState {
    /// The name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            OpenState::Open => "open",
            OpenState::Closed => "closed",
        }
    }
}

impl IssueBook {
    /// Returns an empty book for the workspace whose repository is `repo` (`owner/repo`) of the tracker at `host`, such
    /// as `github.com`.
    #[must_use]
    pub fn new(host: &str, repo: &str) -> IssueBook {
        IssueBook { host: host.to_lowercase().into(), repo: repo.into(), answers: BTreeMap::new() }
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// The repository of the workspace, `owner/repo`.
    #[must_use]
    pub fn repo(&self) -> &str {
        &self.repo
    }

    /// Adds an answer, in the place of an earlier one.
    pub fn insert(&mut self, repo: &str, number: u64, answer: Answer) {
        self.answers.entry(repo.to_lowercase().into()).or_default().insert(number, answer);
    }

    /// Returns the answer about an issue, if it was asked for.
    #[must_use]
    pub fn get(&self, issue: &IssueId) -> Option<&Answer> {
        let repo = issue.repo.as_deref().unwrap_or(&self.repo).to_lowercase();
        self.answers.get(&*repo)?.get(&issue.number)
    }

    /// Returns the issue that a TODO names, where it is one of the book's tracker: neither a key of another one, nor an
    /// address on another host.
    #[must_use]
    pub fn issue_of<'a>(&self, kind: &'a ReferenceKind) -> Option<&'a IssueId> {
        if let ReferenceKind::Url { url, .. } = kind {
            let rest = url.split_once("://")?.1;
            let host = rest.split('/').next()?.to_lowercase();
            if host.strip_prefix("www.").unwrap_or(&host) != &*self.host {
                return None;
            }
        }
        kind.issue()
    }

    /// Returns the answer about what a TODO names.
    #[must_use]
    pub fn of_reference(&self, kind: &ReferenceKind) -> Option<&Answer> {
        self.get(self.issue_of(kind)?)
    }

    /// Iterates over all answers: repository in lowercase, number, answer.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64, &Answer)> {
        self.answers.iter().flat_map(|(repo, answers)| {
            answers.iter().map(move |(number, answer)| (&**repo, *number, answer))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_alone_is_of_the_workspace_and_repositories_have_no_case() {
        let mut book = IssueBook::new("github.com", "Acme/Shop");
        book.insert("acme/shop", 12, Answer::Missing);
        let id = |repo: Option<&str>, number| IssueId { repo: repo.map(Box::from), number };
        assert_eq!(book.get(&id(None, 12)), Some(&Answer::Missing));
        assert_eq!(book.get(&id(Some("ACME/shop"), 12)), Some(&Answer::Missing));
        assert_eq!(book.get(&id(None, 13)), None);
        assert_eq!(book.get(&id(Some("acme/other"), 12)), None);
        assert_eq!(book.iter().count(), 1);
    }

    #[test]
    fn an_address_counts_on_the_host_of_the_tracker_alone() {
        let mut book = IssueBook::new("github.com", "acme/shop");
        book.insert("acme/shop", 5, Answer::Missing);
        let known = |url: &str| {
            let issue = Some(IssueId { repo: Some("acme/shop".into()), number: 5 });
            book.of_reference(&ReferenceKind::Url { url: url.into(), issue }).is_some()
        };
        assert!(known("https://github.com/acme/shop/issues/5"));
        assert!(known("https://www.GitHub.com/acme/shop/issues/5"));
        assert!(!known("https://gitlab.com/acme/shop/issues/5"));
        assert!(!known("https://github.com.evil.example/acme/shop/issues/5"));
    }
}
