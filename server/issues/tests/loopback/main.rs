//! The store against a server that plays GitHub.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "tests"
)]

mod cache;
mod create;
mod damage;
mod example;
mod failures;
mod processes;
mod server;
mod shapes;
mod statuses;
mod trust;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use expect_test::Expect;
use server::{Reply, Request, Server, json};
use shapes::issue;
use stagegate_issues::{Clock, Environment, IssueStore, Known, Limits, Settings, State};

pub(crate) const CANARY: &str = "ghp_canary0123456789";

/// A clock that tests turn.
#[derive(Clone)]
pub(crate) struct Hand(Arc<AtomicU64>);

impl Hand {
    pub(crate) fn new() -> Hand {
        Hand(Arc::new(AtomicU64::new(1_714_979_289)))
    }

    pub(crate) fn turn(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Settings of a trusted workspace whose host is `server`, with a token.
pub(crate) fn settings(server: &Server, hand: &Hand) -> Settings {
    let clock = hand.clone();
    Settings {
        api_url: Some(server.url.clone()),
        repository: Some("acme/shop".to_owned()),
        trusted: true,
        environment: Environment::new(|name| (name == "GH_ENTERPRISE_TOKEN").then(|| CANARY.to_owned())),
        limits: Limits {
            request: Duration::from_secs(5),
            first_wait: Duration::from_millis(5),
            ..Limits::default()
        },
        clock: Clock::new(move || clock.now()),
        ..Settings::default()
    }
}

pub(crate) fn open(root: &Path, server: &Server, hand: &Hand) -> IssueStore {
    IssueStore::open(root, settings(server, hand))
}

/// What is known about `numbers`, a line each.
pub(crate) fn shown(store: &IssueStore, numbers: &[u64]) -> String {
    let line = |state: stagegate_issues::IssueState| {
        let stale = if state.stale { " (old)" } else { "" };
        let known = match state.known {
            Known::Nothing => "nothing".to_owned(),
            Known::Missing => "missing".to_owned(),
            Known::Deleted => "deleted".to_owned(),
            Known::Issue(issue) => {
                let word = if issue.state == State::Open { "open" } else { "closed" };
                let pull = if issue.is_pull_request { " pull request" } else { "" };
                let moved = issue.moved_to.map(|to| format!(" -> {to}")).unwrap_or_default();
                format!("{word}{pull}: {}{moved}", issue.title)
            }
        };
        format!("#{} {known}{stale}\n", state.number)
    };
    store.states(numbers).into_iter().map(line).collect()
}

/// Refreshes #1 and #2 against `answer`, and shows what is known, what the refresh says, and what was asked.
pub(crate) fn check(
    answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    expected: &Expect,
) -> Server {
    let server = Server::start(answer);
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let store = open(folder.path(), &server, &hand);
    let report = store.refresh(&[1, 2]);
    let mut text = shown(&store, &[1, 2]);
    for (number, failure) in &report.failed {
        text.push_str(&format!("#{number}: {failure}\n"));
    }
    if let Some(failure) = &report.failure {
        text.push_str(&format!("ended: {failure}\n"));
    }
    text.push_str(&format!("changed {:?}, left {:?}\n", report.changed, report.left));
    for asked in server.asked() {
        text.push_str(&format!("{asked}\n"));
    }
    expected.assert_eq(&text.replace(server.url.trim_start_matches("http://"), "HOST"));
    server
}

pub(crate) fn good(request: &Request) -> Reply {
    let number = request.path.rsplit('/').next().unwrap().parse().unwrap_or(1);
    json(200, &issue("https://github.com", number, if number == 1 { "open" } else { "closed" }))
}
