//! What is known of issues: a snapshot that whoever asks the tracker fills, and that rules and commands read.

use std::collections::{BTreeMap, BTreeSet};

use crate::name;
use crate::todo::{IssueId, ReferenceKind};

/// The label of an issue that blocks a component, also `blocker:tests` (FORMATS.md, "GitHub").
const BLOCKER: &str = "blocker";

/// What the label of a component begins with.
pub const COMPONENT_LABEL: &str = "component:";

/// Issues by repository and number, as of one moment.
///
/// An issue that is not in the book was not asked for; that says nothing about whether it exists.
#[derive(Clone, Debug, Default)]
pub struct IssueBook {
    /// The host of the tracker, as addresses of issues name it.
    host: Box<str>,
    /// `owner/repo` of the workspace, which `#123` is of.
    repo: Box<str>,
    /// What the addresses of its pages begin with, such as `https://github.com`.
    web: Box<str>,
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
        let web = format!("https://{host}").into();
        IssueBook { host: host.to_lowercase().into(), repo: repo.into(), web, answers: BTreeMap::new() }
    }

    /// Says what the addresses of the tracker's pages begin with, where that is not `https://` and its host.
    #[must_use]
    pub fn with_pages_at(self, web: &str) -> IssueBook {
        IssueBook { web: web.trim_end_matches('/').into(), ..self }
    }

    /// Returns the page of an issue, whether it exists or not.
    #[must_use]
    pub fn page(&self, issue: &IssueId) -> String {
        format!("{}/{}/issues/{}", self.web, issue.repo.as_deref().unwrap_or(&self.repo), issue.number)
    }

    /// Whether `url` is a page of the tracker.
    #[must_use]
    pub fn is_page(&self, url: &str) -> bool {
        url.strip_prefix(&*self.web).is_some_and(|rest| rest.starts_with('/'))
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

    /// Iterates over the issues of the workspace's own repository that are known, in order of their numbers.
    pub fn own(&self) -> impl DoubleEndedIterator<Item = (u64, &IssueState)> {
        let answers = self.answers.get(&*self.repo.to_lowercase());
        answers.into_iter().flatten().filter_map(|(number, answer)| match answer {
            Answer::Found(issue) => Some((*number, issue)),
            Answer::Missing => None,
        })
    }

    /// Returns the open issues that block the component `name`: labelled `blocker` or `blocker:*`, and
    /// `component:<name>`; in order of their numbers.
    #[must_use]
    pub fn blockers<'a>(&'a self, name: &str) -> Vec<(u64, &'a IssueState)> {
        let is_blocker = |label: &str| {
            let rest = strip_prefix(label, BLOCKER);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        };
        let is_of =
            |label: &str| strip_prefix(label, COMPONENT_LABEL).is_some_and(|of| name::same(of.trim(), name));
        let blocks = |issue: &IssueState| {
            issue.state == OpenState::Open
                && issue.labels.iter().any(|label| is_blocker(label))
                && issue.labels.iter().any(|label| is_of(label))
        };
        self.own().filter(|(_, issue)| blocks(issue)).collect()
    }

    /// Returns the issues about which this book says something else than `old`, its own ones without a repository;
    /// `None` where it is about another tracker or repository. Age alone is no news.
    #[must_use]
    pub fn news(&self, old: &IssueBook) -> Option<BTreeSet<IssueId>> {
        if (&self.host, &self.repo, &self.web) != (&old.host, &old.repo, &old.web) {
            return None;
        }
        let own = self.repo.to_lowercase();
        let id = |repo: &str, number| IssueId { repo: (*own != *repo).then(|| repo.into()), number };
        let at = |book: &'_ IssueBook, repo: &str, number: u64| {
            let issue = IssueId { repo: Some(repo.into()), number };
            book.get(&issue).map(|answer| match answer {
                Answer::Found(state) => Answer::Found(IssueState { fetched_at: None, ..state.clone() }),
                Answer::Missing => Answer::Missing,
            })
        };
        let all = self.iter().chain(old.iter()).map(|(repo, number, _)| (repo, number));
        let changed = all.filter(|(repo, number)| at(self, repo, *number) != at(old, repo, *number));
        Some(changed.map(|(repo, number)| id(repo, number)).collect())
    }

    /// Returns the issue with its repository in lowercase, or without where that is the workspace's own.
    #[must_use]
    pub fn plain(&self, issue: &IssueId) -> IssueId {
        let repo = issue.repo.as_deref().filter(|repo| !repo.eq_ignore_ascii_case(&self.repo));
        IssueId { repo: repo.map(|repo| repo.to_lowercase().into()), number: issue.number }
    }

    /// Iterates over all answers: repository in lowercase, number, answer.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64, &Answer)> {
        self.answers.iter().flat_map(|(repo, answers)| {
            answers.iter().map(move |(number, answer)| (&**repo, *number, answer))
        })
    }
}

/// Returns what follows `prefix`, in any case.
fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
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

    fn issue(state: OpenState, labels: &[&str]) -> Answer {
        Answer::Found(IssueState {
            title: "t".into(),
            state,
            labels: labels.iter().map(|label| Box::from(*label)).collect(),
            assignee: None,
            milestone: None,
            url: "https://github.com/acme/shop/issues/1".into(),
            updated_at: None,
            fetched_at: Some(5),
        })
    }

    #[test]
    fn open_issues_with_both_labels_block_a_component() {
        let mut book = IssueBook::new("github.com", "acme/shop");
        let open = OpenState::Open;
        book.insert("acme/shop", 1, issue(open, &["blocker", "component:user-cart"]));
        book.insert("acme/shop", 2, issue(open, &["Blocker:Tests", "Component: User_Cart"]));
        book.insert("acme/shop", 3, issue(open, &["blocker"]));
        book.insert("acme/shop", 4, issue(open, &["blockers", "component:user_cart"]));
        book.insert("acme/shop", 5, issue(OpenState::Closed, &["blocker", "component:user_cart"]));
        book.insert("acme/shop", 6, issue(open, &["blocker", "component:user"]));
        book.insert("acme/other", 7, issue(open, &["blocker", "component:user_cart"]));
        let numbers: Vec<_> = book.blockers("user_cart").into_iter().map(|(number, _)| number).collect();
        assert_eq!(numbers, [1, 2]);
    }

    #[test]
    fn news_are_what_the_tracker_says_otherwise_and_no_ages() {
        let mut old = IssueBook::new("github.com", "Acme/shop");
        old.insert("acme/shop", 1, issue(OpenState::Open, &[]));
        old.insert("acme/shop", 2, issue(OpenState::Open, &[]));
        old.insert("acme/other", 3, Answer::Missing);
        let mut new = old.clone();
        assert_eq!(new.news(&old), Some(BTreeSet::new()));
        let Answer::Found(mut young) = issue(OpenState::Open, &[]) else { unreachable!() };
        young.fetched_at = Some(9);
        new.insert("acme/shop", 1, Answer::Found(young));
        assert_eq!(new.news(&old), Some(BTreeSet::new()));
        new.insert("acme/shop", 2, issue(OpenState::Closed, &[]));
        new.insert("acme/other", 4, Answer::Missing);
        let id = |repo: Option<&str>, number| IssueId { repo: repo.map(Box::from), number };
        assert_eq!(new.news(&old), Some([id(None, 2), id(Some("acme/other"), 4)].into()));
        assert_eq!(new.news(&IssueBook::new("github.com", "acme/other")), None);
    }

    #[test]
    fn pages() {
        let book = IssueBook::new("github.com", "acme/shop");
        let id = |repo: Option<&str>| IssueId { repo: repo.map(Box::from), number: 7 };
        assert_eq!(book.page(&id(None)), "https://github.com/acme/shop/issues/7");
        let book = book.with_pages_at("http://127.0.0.1:80/");
        assert_eq!(book.page(&id(Some("a/b"))), "http://127.0.0.1:80/a/b/issues/7");
        assert!(book.is_page("http://127.0.0.1:80/a") && !book.is_page("http://127.0.0.1:8080/a"));
    }
}
