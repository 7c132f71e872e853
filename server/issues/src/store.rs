//! Issue states: answered from the cache, fetched when asked to.

mod refresh;

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::database::{Database, Key, Notice, Row, Subject, pause, put_pause};
use crate::endpoint::select;
use crate::failure::Failure;
use crate::git;
use crate::github::GitHub;
use crate::provider::{Created, Issue, NewIssue, Place, Provider, State};
use crate::remote::Repository;
use crate::settings::Settings;
use crate::time::Seconds;

pub use refresh::Refreshed;

/// What is known about a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing yet: it was never fetched, or too long ago.
    Nothing,
    /// The issue.
    Issue(Issue),
    /// The host has no such issue.
    Missing,
    /// The host had one.
    Deleted,
}

/// What is known about a number, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueState {
    /// The number that was asked for.
    pub number: u64,
    /// What is known.
    pub known: Known,
    /// When the host said so.
    pub fetched_at: Option<Seconds>,
    /// Whether a refresh would ask again.
    pub stale: bool,
}

/// The issues of a workspace.
///
/// Reading ([`states`](IssueStore::states), [`open_issues`](IssueStore::open_issues),
/// [`search`](IssueStore::search)) takes microseconds and never waits for the network. What starts with `refresh`,
/// and [`create`](IssueStore::create), may take as long as the limits allow: call them from a thread of their own.
#[derive(Debug)]
pub struct IssueStore {
    settings: Settings,
    /// None: why there is nothing to ask.
    tracker: Result<Tracker, Failure>,
    pub(crate) database: Database,
    /// Held by the one refresh that runs.
    session: Mutex<Session>,
    stopped: AtomicBool,
}

#[derive(Debug)]
struct Tracker {
    provider: Box<dyn Provider>,
    /// The repository that a bare number means.
    repository: Repository,
}

/// What is remembered as long as the program runs.
#[derive(Debug, Default)]
struct Session {
    /// A refusal that will not pass soon, and until when it is not tried again.
    refused: Option<(Failure, Seconds)>,
    /// Repositories that were seen to be there, and when.
    visible: HashMap<Key, Seconds>,
}

impl IssueStore {
    /// The issues of the workspace at `root`. Reads the git remote, but opens no connection and creates no file.
    #[must_use]
    pub fn open(root: &Path, settings: Settings) -> IssueStore {
        let tracker = match select(&settings, git::remote(root).as_ref()) {
            Ok((endpoint, repository)) => {
                let provider = Box::new(GitHub::new(endpoint, &settings, root));
                Ok(Tracker { provider, repository })
            }
            Err(reason) => Err(Failure::NoRepository(reason)),
        };
        IssueStore::new(root, settings, tracker)
    }

    /// The same with another tracker.
    #[must_use]
    pub fn with_provider(
        root: &Path,
        settings: Settings,
        repository: Repository,
        provider: Box<dyn Provider>,
    ) -> IssueStore {
        IssueStore::new(root, settings, Ok(Tracker { provider, repository }))
    }

    fn new(root: &Path, settings: Settings, tracker: Result<Tracker, Failure>) -> IssueStore {
        let database = Database::new(root);
        IssueStore { settings, tracker, database, session: Mutex::default(), stopped: AtomicBool::new(false) }
    }

    /// The repository that a bare number means.
    ///
    /// # Errors
    /// Returns why there is none.
    pub fn repository(&self) -> Result<&Repository, Failure> {
        Ok(&self.tracker()?.repository)
    }

    /// The host of the tracker, as people know it.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        Some(self.tracker.as_ref().ok()?.provider.host())
    }

    /// The page of an issue, whether it is known or not; of `repository`, or of the workspace's own.
    #[must_use]
    pub fn issue_url(&self, repository: Option<&Repository>, number: u64) -> Option<String> {
        let tracker = self.tracker.as_ref().ok()?;
        Some(tracker.provider.issue_url(repository.unwrap_or(&tracker.repository), number))
    }

    /// What is known about `numbers` of the workspace's own repository, in their order.
    #[must_use]
    pub fn states(&self, numbers: &[u64]) -> Vec<IssueState> {
        match &self.tracker {
            Ok(tracker) => self.states_of(&tracker.repository, numbers),
            Err(_) => numbers.iter().map(|number| nothing(*number, false)).collect(),
        }
    }

    /// What is known about `numbers` of `repository`, in their order.
    #[must_use]
    pub fn states_of(&self, repository: &Repository, numbers: &[u64]) -> Vec<IssueState> {
        let rows = self
            .key(repository)
            .and_then(|key| self.database.read(|connection| key.get_all(connection, numbers)));
        let mut rows = rows.unwrap_or_default().into_iter();
        numbers.iter().map(|number| self.state(repository, *number, rows.next().flatten())).collect()
    }

    /// The open issues of the workspace's own repository that are known, the newest first.
    #[must_use]
    pub fn open_issues(&self) -> Vec<IssueState> {
        self.own_states(self.own(true))
    }

    /// At most `most` known issues whose number starts with the number in `words`, or whose title has every word.
    /// Open ones come first, then those whose number fits, then those changed last. Pull requests are left out.
    #[must_use]
    pub fn search(&self, words: &str, most: usize) -> Vec<IssueState> {
        let words = words.trim().trim_start_matches('#').to_lowercase();
        let is_number = !words.is_empty() && words.bytes().all(|b| b.is_ascii_digit());
        let mut found = Vec::new();
        for row in self.own(false) {
            let Subject::Issue(issue) = &row.subject else { continue };
            let by_number = is_number && issue.number.to_string().starts_with(&words);
            let title = issue.title.to_lowercase();
            if !issue.is_pull_request
                && (by_number || words.split_whitespace().all(|word| title.contains(word)))
            {
                let closed = issue.state == State::Closed;
                let exact = is_number && issue.number.to_string() == words;
                found.push(((closed, !exact, !by_number, std::cmp::Reverse(issue.updated_at)), row));
            }
        }
        found.sort_by_key(|(rank, _)| *rank);
        self.own_states(found.into_iter().take(most).map(|(_, row)| row))
    }

    /// Those of `numbers` that a refresh would ask for; empty where nothing is fetched at all.
    #[must_use]
    pub fn due(&self, numbers: &[u64]) -> Vec<u64> {
        let states = if self.settings.fetch { self.states(numbers) } else { Vec::new() };
        states.into_iter().filter(|state| state.stale).map(|state| state.number).collect()
    }

    /// Creates an issue in the workspace's own repository. Ask the user before, naming the repository.
    ///
    /// # Errors
    /// Returns why there is none. After [`Failure::Timeout`], [`Failure::Cut`] or [`Failure::Unreachable`] it may
    /// have been created all the same.
    pub fn create(&self, issue: &NewIssue) -> Result<Created, Failure> {
        if !self.settings.fetch {
            return Err(Failure::Off);
        }
        let tracker = self.tracker()?;
        self.check_pause(tracker)?;
        let key = Key::new(tracker.provider.host(), &tracker.repository);
        let created = tracker.provider.create(&self.place(&key, &tracker.repository), issue);
        let mut created = created.inspect_err(|failure| self.remember_pause(tracker, failure))?;
        self.complete(&tracker.repository, &mut created.issue);
        let now = self.now();
        let subject = Subject::Issue(created.issue.clone());
        let row = Row {
            number: created.issue.number,
            subject,
            validators: Default::default(),
            fetched_at: now,
            as_of: now,
        };
        self.database.write(|connection| key.put(connection, &row));
        Ok(created)
    }

    /// Takes what there is to say about the cache.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        self.database.notices()
    }

    /// Ends a refresh that runs, after its current request.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    fn tracker(&self) -> Result<&Tracker, Failure> {
        self.tracker.as_ref().map_err(Failure::clone)
    }

    fn key(&self, repository: &Repository) -> Option<Key> {
        Some(Key::new(self.tracker.as_ref().ok()?.provider.host(), repository))
    }

    fn now(&self) -> Seconds {
        self.settings.clock.now()
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every known issue of the workspace's own repository.
    fn own(&self, only_open: bool) -> Vec<Row> {
        let key = self.tracker.as_ref().ok().and_then(|tracker| self.key(&tracker.repository));
        let rows = key.and_then(|key| self.database.read(|connection| key.issues(connection, only_open)));
        rows.unwrap_or_default()
    }

    fn own_states(&self, rows: impl IntoIterator<Item = Row>) -> Vec<IssueState> {
        let Ok(tracker) = &self.tracker else { return Vec::new() };
        rows.into_iter().map(|row| self.state(&tracker.repository, row.number, Some(row))).collect()
    }

    fn place(&self, key: &Key, repository: &Repository) -> Place {
        let moved = self.database.read(|connection| key.moved(connection)).flatten();
        Place { repository: repository.clone(), moved }
    }

    pub(crate) fn state(&self, repository: &Repository, number: u64, row: Option<Row>) -> IssueState {
        let Ok(tracker) = &self.tracker else { return nothing(number, false) };
        if number == 0 || number > tracker.provider.largest_number() {
            // No host was asked, and none will be.
            return IssueState { known: Known::Missing, ..nothing(number, false) };
        }
        let Some(row) = row else { return nothing(number, true) };
        // A clock that was set back makes nothing young for ever.
        let now = self.now();
        let age = if row.fetched_at > now + 60 { Seconds::MAX } else { now.saturating_sub(row.fetched_at) };
        let limits = &self.settings.limits;
        let (known, oldest) = match row.subject {
            Subject::Issue(mut issue) => {
                self.complete(repository, &mut issue);
                (Known::Issue(issue), limits.issue_age)
            }
            Subject::Missing if age > limits.missing_life => return nothing(number, true),
            Subject::Missing => (Known::Missing, limits.missing_age),
            Subject::Deleted => (Known::Deleted, limits.missing_life),
        };
        // Zero means: in doubt since another answer.
        let fetched_at = (row.fetched_at > 0).then_some(row.fetched_at);
        IssueState { number, known, fetched_at, stale: age > oldest }
    }

    /// Gives an issue the page it has on the host, where the answer or the cache names none there.
    fn complete(&self, repository: &Repository, issue: &mut Issue) {
        if let Ok(tracker) = &self.tracker
            && !tracker.provider.is_page(&issue.url)
        {
            issue.url = tracker.provider.issue_url(repository, issue.number);
        }
    }

    fn check_pause(&self, tracker: &Tracker) -> Result<(), Failure> {
        let (host, anonymous) = (tracker.provider.host(), tracker.provider.is_anonymous());
        let until = self.database.read(|connection| pause(connection, host, anonymous)).flatten();
        // Longer than any host asks for: the row, or the clock, is wrong.
        match until.filter(|until| *until > self.now() && *until < self.now() + 24 * 60 * 60) {
            Some(until) => Err(Failure::RateLimited { host: host.to_owned(), until }),
            None => Ok(()),
        }
    }

    fn remember_pause(&self, tracker: &Tracker, failure: &Failure) {
        if let Failure::RateLimited { until, .. } = failure {
            self.pause(tracker, *until);
        }
    }

    fn pause(&self, tracker: &Tracker, until: Seconds) {
        let (host, anonymous) = (tracker.provider.host(), tracker.provider.is_anonymous());
        self.database.write(|connection| put_pause(connection, host, anonymous, until));
    }
}

fn nothing(number: u64, stale: bool) -> IssueState {
    IssueState { number, known: Known::Nothing, fetched_at: None, stale }
}
