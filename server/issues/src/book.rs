//! Between this crate and the analysis: its configuration becomes [`Settings`], what is known an [`IssueBook`].

use std::collections::{BTreeMap, BTreeSet};

use stagegate_core::config::IssuesConfig;
use stagegate_core::issues::{Answer, IssueBook, IssueState, OpenState};
use stagegate_core::todo::IssueId;

use crate::database::of_host;
use crate::failure::Failure;
use crate::provider::{Issue, State};
use crate::remote::Repository;
use crate::settings::Settings;
use crate::store::{IssueStore, Known};
use crate::time::Seconds;

impl From<&IssuesConfig> for Settings {
    /// What the workspace says; it is not trusted yet.
    fn from(config: &IssuesConfig) -> Settings {
        Settings {
            fetch: config.fetch,
            api_url: config.api_url.clone(),
            repository: config.repository.clone(),
            token_env: config.token_env.clone(),
            ..Settings::default()
        }
    }
}

/// Numbers by repository.
type Groups = Vec<(Repository, Vec<u64>)>;

impl IssueStore {
    /// Returns everything that is known of the tracker, of every repository. Reads the cache alone.
    ///
    /// # Errors
    /// Returns why there is no tracker.
    pub fn book(&self) -> Result<IssueBook, Failure> {
        let own = self.repository()?;
        let host = self.host().unwrap_or_default();
        let mut book = IssueBook::new(host, &own.to_string());
        if let Some(web) = self.web() {
            book = book.with_pages_at(&web);
        }
        for (name, row) in self.database.read(|connection| of_host(connection, host)).unwrap_or_default() {
            let Some(repository) = Repository::parse(&name) else { continue };
            let state = self.state(&repository, row.number, Some(row));
            let answer = match state.known {
                Known::Issue(issue) => Answer::Found(found(issue, state.fetched_at)),
                Known::Missing | Known::Deleted => Answer::Missing,
                Known::Nothing => continue,
            };
            book.insert(&name, state.number, answer);
        }
        Ok(book)
    }

    /// What the addresses of all pages begin with.
    fn web(&self) -> Option<String> {
        let own = self.repository().ok()?;
        let page = self.issue_url(Some(own), 1)?;
        Some(page.strip_suffix(&format!("/{own}/issues/1"))?.to_owned())
    }

    /// Fetches some of `issues` that are not known or old, as many as one refresh takes.
    /// May take long.
    ///
    /// # Errors
    /// Returns the first thing that went wrong.
    pub fn fetch_some(&self, issues: &[IssueId]) -> Result<(), Failure> {
        self.repository()?;
        let mut failure = None;
        for (repository, numbers) in self.groups(issues) {
            if !self.states_of(&repository, &numbers).iter().any(|state| state.stale) {
                continue;
            }
            let mut report = self.refresh_of(&repository, &numbers);
            let found = report.failure.or_else(|| Some(report.failed.pop()?.1));
            let Some(found) = found else { return Ok(()) };
            let goes_on = matches!(found, Failure::Hidden { .. }) || !found.ends_refresh();
            failure.get_or_insert(found);
            if !goes_on {
                break;
            }
        }
        failure.map_or(Ok(()), Err)
    }

    /// Counts those of `issues` that were never asked for.
    #[must_use]
    pub fn unknown(&self, issues: &[IssueId]) -> usize {
        let states = self.groups(issues).into_iter().flat_map(|(it, numbers)| self.states_of(&it, &numbers));
        states.filter(|state| state.known == Known::Nothing).count()
    }

    /// Fetches all of `issues` that are not known or old, the workspace's own repository first. May take long; another
    /// thread can [`stop`](IssueStore::stop) it.
    ///
    /// # Errors
    /// Returns the first thing that went wrong; [`left`](IssueStore::left) says how many that leaves.
    pub fn fetch(&self, issues: &[IssueId]) -> Result<(), Failure> {
        let mut failure = self.repository().err();
        for (repository, numbers) in self.groups(issues) {
            let Some(found) = self.fetch_group(&repository, &numbers) else { continue };
            // One that is about a single repository, or a single issue, says nothing about the others.
            let goes_on = matches!(found, Failure::Hidden { .. }) || !found.ends_refresh();
            failure.get_or_insert(found);
            if !goes_on {
                break;
            }
        }
        failure.map_or(Ok(()), Err)
    }

    /// Counts those of `issues` that a refresh would ask for.
    #[must_use]
    pub fn left(&self, issues: &[IssueId]) -> usize {
        let states = self.groups(issues).into_iter().flat_map(|(it, numbers)| self.states_of(&it, &numbers));
        states.filter(|state| state.stale).count()
    }

    /// One refresh leaves some for the next, lest others wait; here nobody does.
    fn fetch_group(&self, repository: &Repository, numbers: &[u64]) -> Option<Failure> {
        let mut before = usize::MAX;
        loop {
            let mut report = self.refresh_of(repository, numbers);
            let failure = report.failure.or_else(|| Some(report.failed.pop()?.1));
            if failure.is_some() || report.left.is_empty() || report.left.len() >= before {
                return failure;
            }
            before = report.left.len();
        }
    }

    fn groups(&self, issues: &[IssueId]) -> Groups {
        let Ok(own) = self.repository() else { return Vec::new() };
        let key = |repository: &Repository| {
            let name = repository.to_string().to_lowercase();
            (name != own.to_string().to_lowercase(), name)
        };
        let mut groups: BTreeMap<(bool, String), (Repository, BTreeSet<u64>)> = BTreeMap::new();
        for issue in issues {
            let repository = match issue.repo.as_deref() {
                Some(name) => Repository::parse(name),
                None => Some(own.clone()),
            };
            let Some(repository) = repository else { continue };
            let group = groups.entry(key(&repository)).or_insert_with(|| (repository, BTreeSet::new()));
            group.1.insert(issue.number);
        }
        groups
            .into_values()
            .map(|(repository, numbers)| (repository, numbers.into_iter().collect()))
            .collect()
    }
}

fn found(issue: Issue, fetched_at: Option<Seconds>) -> IssueState {
    let time = |at: Seconds| i64::try_from(at).ok();
    IssueState {
        title: issue.title.into(),
        state: match issue.state {
            State::Open => OpenState::Open,
            State::Closed => OpenState::Closed,
        },
        labels: issue.labels.into_iter().map(Into::into).collect(),
        assignee: issue.assignee.map(Into::into),
        milestone: issue.milestone.map(Into::into),
        url: issue.url.into(),
        updated_at: issue.updated_at.and_then(time),
        fetched_at: fetched_at.and_then(time),
    }
}
