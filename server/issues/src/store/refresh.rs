//! Fetching what is not known or too old, with as few requests as serve.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use super::{IssueStore, Known, Session, Tracker};
use crate::database::{Key, ListRow, Row, Subject};
use crate::failure::Failure;
use crate::provider::{Answer, Issue, Page, Place, Query, Validators};
use crate::remote::Repository;
use crate::time::Seconds;

/// From so many issues on a list is cheaper than asking one by one.
const MANY: usize = 10;

/// Clocks of the machines of one host differ a little.
const OVERLAP: Seconds = 60;

/// A list of what changed since then would be longer than the issues are worth.
const LONGEST_CHANGES: Seconds = 30 * 24 * 60 * 60;

/// How long a refused token or a hidden repository is not tried again.
const REFUSAL: Seconds = 10 * 60;

/// The same after a failure that may pass. Every save may ask for a refresh, and the machine may be offline.
const REST: Seconds = 30;

/// How long a repository that was there counts as there.
const VISIBLE: Seconds = 10 * 60;

/// What a refresh did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Numbers about which there is news.
    pub changed: BTreeSet<u64>,
    /// Numbers that were asked for and are still not known or old: the next refresh goes on with them.
    pub left: BTreeSet<u64>,
    /// Numbers whose answer could not be used, and why; the others were fetched all the same.
    pub failed: Vec<(u64, Failure)>,
    /// Why the refresh ended early.
    pub failure: Option<Failure>,
}

/// A refresh that runs.
struct Run<'s> {
    store: &'s IssueStore,
    tracker: &'s Tracker,
    session: &'s mut Session,
    repository: &'s Repository,
    key: Key,
    report: Refreshed,
}

impl IssueStore {
    /// Fetches those of `numbers` of the workspace's own repository that are not known or old.
    pub fn refresh(&self, numbers: &[u64]) -> Refreshed {
        match self.tracker() {
            Ok(tracker) => self.refresh_of(&tracker.repository, numbers),
            Err(failure) => Refreshed { failure: Some(failure), ..Refreshed::default() },
        }
    }

    /// Fetches those of `numbers` of `repository` that are not known or old.
    pub fn refresh_of(&self, repository: &Repository, numbers: &[u64]) -> Refreshed {
        let numbers: Vec<u64> = numbers.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let stale = || -> BTreeSet<u64> {
            let states = self.states_of(repository, &numbers).into_iter();
            states.filter(|state| state.stale).map(|state| state.number).collect()
        };
        self.run(repository, |run| {
            // Another refresh may have fetched them while this one waited.
            run.report.left = stale();
            if run.report.left.is_empty() {
                return Ok(());
            }
            run.ready()?;
            if run.report.left.len() > MANY {
                run.changes()?;
                run.newest()?;
            }
            run.singles()
        })
    }

    /// Fetches the list of open issues of the workspace's own repository, unless that was done just now.
    pub fn refresh_open(&self) -> Refreshed {
        match self.tracker() {
            Ok(tracker) => self.run(&tracker.repository, |run| {
                let first = run.store.database.read(|connection| run.key.list(connection, 1)).flatten();
                let now = run.store.now();
                let young = |list: &ListRow| {
                    list.fetched_at <= now + 60
                        && now.saturating_sub(list.fetched_at) <= run.store.settings.limits.issue_age
                };
                if first.as_ref().is_some_and(young) {
                    return Ok(());
                }
                run.ready()?;
                run.open()
            }),
            Err(failure) => Refreshed { failure: Some(failure), ..Refreshed::default() },
        }
    }

    fn run(
        &self,
        repository: &Repository,
        work: impl FnOnce(&mut Run<'_>) -> Result<(), Failure>,
    ) -> Refreshed {
        let failed = |failure| Refreshed { failure: Some(failure), ..Refreshed::default() };
        if !self.settings.fetch {
            return failed(Failure::Off);
        }
        let tracker = match self.tracker() {
            Ok(tracker) => tracker,
            Err(failure) => return failed(failure),
        };
        let mut session = self.session();
        let key = Key::new(tracker.provider.host(), repository);
        let report = Refreshed::default();
        let mut run = Run { store: self, tracker, session: &mut session, repository, key, report };
        if let Err(failure) = work(&mut run) {
            run.remember(&failure);
            run.report.failure = Some(failure);
        }
        run.report
    }
}

impl Run<'_> {
    /// Whether a request may be sent now.
    fn ready(&self) -> Result<(), Failure> {
        if self.store.stopped.load(Ordering::Relaxed) {
            return Err(Failure::Stopped);
        }
        match &self.session.refused {
            Some((failure, until)) if *until > self.store.now() && self.concerns(failure) => {
                return Err(failure.clone());
            }
            _ => {}
        }
        self.store.check_pause(self.tracker)
    }

    /// Whether `failure` is about the host, or about this repository.
    fn concerns(&self, failure: &Failure) -> bool {
        match failure {
            Failure::Hidden { repository, .. } => repository == self.repository,
            _ => true,
        }
    }

    fn remember(&mut self, failure: &Failure) {
        self.store.remember_pause(self.tracker, failure);
        let rest = match failure {
            Failure::TokenRefused { .. } | Failure::Hidden { .. } => Some(REFUSAL),
            Failure::Stopped | Failure::RateLimited { .. } => None,
            _ => Some(REST),
        };
        // One that was only remembered does not begin anew.
        let remembered = self
            .session
            .refused
            .as_ref()
            .is_some_and(|(known, until)| known == failure && *until > self.store.now());
        if let Some(rest) = rest.filter(|_| !remembered) {
            self.session.refused = Some((failure.clone(), self.store.now() + rest));
        }
        if matches!(failure, Failure::Hidden { .. }) {
            // Perhaps it moved once more.
            self.store.database.write(|connection| self.key.put_moved(connection, None));
        }
    }

    fn place(&self) -> Place {
        self.store.place(&self.key, self.repository)
    }

    /// Keeps what every answer brings along.
    fn note<T>(&mut self, answer: &Answer<T>) {
        if let Some(until) = answer.pause {
            self.store.pause(self.tracker, until);
        }
        if let Some(path) = &answer.moved {
            tracing::info!(repository = %self.repository, "the repository has moved");
            self.store.database.write(|connection| self.key.put_moved(connection, Some(path)));
        }
        self.see();
    }

    /// Keeps that the repository is there and shown to us.
    fn see(&mut self) {
        self.session.visible.insert(self.key.clone(), self.store.now());
    }

    fn row(&self, number: u64, subject: Subject, validators: Validators, as_of: Option<Seconds>) -> Row {
        let now = self.store.now();
        Row { number, subject, validators, fetched_at: now, as_of: as_of.unwrap_or(now) }
    }

    fn put(&mut self, rows: &[Row]) {
        let key = &self.key;
        let news = self.store.database.write(|connection| {
            let mut news = Vec::new();
            for row in rows {
                if key.put(connection, row)? {
                    news.push(row.number);
                }
            }
            Ok(news)
        });
        self.report.changed.extend(news.unwrap_or_default());
        for row in rows {
            self.report.left.remove(&row.number);
        }
    }

    fn put_page(&mut self, issues: &[Issue], as_of: Option<Seconds>) {
        let rows: Vec<Row> = issues
            .iter()
            .map(|issue| {
                let mut issue = issue.clone();
                self.store.complete(self.repository, &mut issue);
                self.row(issue.number, Subject::Issue(issue), Validators::default(), as_of)
            })
            .collect();
        self.put(&rows);
    }

    fn confirm(&mut self, numbers: &[u64], as_of: Option<Seconds>) {
        let now = self.store.now();
        self.store.database.write(|connection| {
            numbers
                .iter()
                .try_for_each(|number| self.key.confirm(connection, *number, now, as_of.unwrap_or(now)))
        });
        for number in numbers {
            self.report.left.remove(number);
        }
    }

    /// Asks once what changed since the oldest of many known issues was fetched.
    fn changes(&mut self) -> Result<(), Failure> {
        let wanted: Vec<u64> = self.report.left.iter().copied().collect();
        let rows = self.store.database.read(|connection| self.key.get_all(connection, &wanted));
        let oldest = self.store.now().saturating_sub(LONGEST_CHANGES);
        let known: Vec<Row> = rows
            .into_iter()
            .flatten()
            .flatten()
            .filter(|row| matches!(row.subject, Subject::Issue(_)) && row.as_of > oldest)
            .collect();
        let Some(since) = known.iter().map(|row| row.as_of).min().filter(|_| known.len() > MANY) else {
            return Ok(());
        };
        let mut first_as_of = None;
        let mut seen = BTreeSet::new();
        for page in 1..=self.store.settings.limits.pages {
            let Some((content, as_of)) = self.page(Query::Since(since.saturating_sub(OVERLAP)), page)? else {
                break;
            };
            first_as_of = first_as_of.or(as_of);
            seen.extend(content.issues.iter().map(|issue| issue.number));
            self.put_page(&content.issues, as_of);
            if !content.more {
                let quiet: Vec<u64> =
                    known.iter().map(|row| row.number).filter(|number| !seen.contains(number)).collect();
                self.confirm(&quiet, first_as_of);
                break;
            }
        }
        Ok(())
    }

    /// Fetches the newest issues until the oldest of many unknown ones is reached.
    fn newest(&mut self) -> Result<(), Failure> {
        let wanted: Vec<u64> = self.report.left.iter().copied().collect();
        let states = self.store.states_of(self.repository, &wanted);
        let unknown: Vec<u64> =
            states.iter().filter(|state| state.known == Known::Nothing).map(|state| state.number).collect();
        let Some(lowest) = unknown.first().copied().filter(|_| unknown.len() > MANY) else { return Ok(()) };
        for page in 1..=self.store.settings.limits.pages {
            let Some((content, as_of)) = self.page(Query::Newest, page)? else { break };
            self.put_page(&content.issues, as_of);
            let reached = content.issues.iter().map(|issue| issue.number).min();
            if !content.more || reached.is_none_or(|reached| reached <= lowest) {
                break;
            }
        }
        Ok(())
    }

    fn page(&mut self, query: Query, page: u32) -> Result<Option<(Page, Option<Seconds>)>, Failure> {
        self.ready()?;
        let answer = self.tracker.provider.list(&self.place(), query, page, &Validators::default())?;
        self.note(&answer);
        Ok(answer.content.map(|content| (content, answer.as_of)))
    }

    /// Asks for what is left one by one, each with the validators of its last answer.
    fn singles(&mut self) -> Result<(), Failure> {
        let wanted: Vec<u64> = self.report.left.iter().copied().collect();
        for number in wanted.into_iter().take(self.store.settings.limits.singles) {
            self.ready()?;
            match self.single(number) {
                Err(failure) if !failure.ends_refresh() => {
                    self.report.left.remove(&number);
                    self.report.failed.push((number, failure));
                }
                other => other?,
            }
        }
        Ok(())
    }

    fn single(&mut self, number: u64) -> Result<(), Failure> {
        let before = self.store.database.read(|connection| self.key.get(connection, number)).flatten();
        let known = before.map(|row| row.validators).unwrap_or_default();
        match self.tracker.provider.issue(&self.place(), number, &known) {
            Ok(answer) => {
                self.note(&answer);
                match answer.content {
                    Some(mut issue) => {
                        self.store.complete(self.repository, &mut issue);
                        let row = self.row(number, Subject::Issue(issue), answer.validators, answer.as_of);
                        self.put(&[row]);
                    }
                    None => self.confirm(&[number], answer.as_of),
                }
                Ok(())
            }
            Err(Failure::Missing) => {
                // A private repository hides its issues the same way.
                let seen = self.session.visible.get(&self.key);
                if seen.is_none_or(|seen| seen + VISIBLE < self.store.now()) {
                    self.ready()?;
                    self.tracker.provider.repository(&self.place())?;
                    self.see();
                }
                let row = self.row(number, Subject::Missing, Validators::default(), None);
                self.put(&[row]);
                Ok(())
            }
            Err(Failure::Deleted) => {
                let row = self.row(number, Subject::Deleted, Validators::default(), None);
                self.put(&[row]);
                Ok(())
            }
            Err(failure) => Err(failure),
        }
    }

    /// Fetches the list of open issues, page by page, each with the validators of its last answer.
    fn open(&mut self) -> Result<(), Failure> {
        let mut open = BTreeSet::new();
        for page in 1..=self.store.settings.limits.pages {
            self.ready()?;
            let before = self.store.database.read(|connection| self.key.list(connection, page)).flatten();
            let known = before.as_ref().map(|list| list.validators.clone()).unwrap_or_default();
            let answer = self.tracker.provider.list(&self.place(), Query::Open, page, &known)?;
            self.note(&answer);
            // An answer that says "unchanged" need not repeat them.
            let validators =
                if answer.validators == Validators::default() { known } else { answer.validators };
            let (numbers, more) = match (answer.content, before) {
                (Some(content), _) => {
                    self.put_page(&content.issues, answer.as_of);
                    (content.issues.iter().map(|issue| issue.number).collect(), content.more)
                }
                (None, Some(before)) => {
                    self.confirm(&before.numbers, answer.as_of);
                    (before.numbers, before.more)
                }
                (None, None) => break,
            };
            open.extend(numbers.iter().copied());
            let list = ListRow { validators, numbers, more, fetched_at: self.store.now() };
            self.store.database.write(|connection| self.key.put_list(connection, page, &list));
            if !more {
                // What is not in the whole list any more was closed, or went away.
                self.store.database.write(|connection| {
                    for row in self.key.issues(connection, true)? {
                        if !open.contains(&row.number) {
                            self.key.doubt(connection, row.number)?;
                        }
                    }
                    Ok(())
                });
                break;
            }
        }
        Ok(())
    }
}
