//! Issue states for Stagegate: what `TODO(#123)` points to.
//!
//! [`IssueStore`] answers from a cache and never waits; [`IssueStore::refresh`] asks the tracker and is called from a
//! thread of its own. The links to issues need neither.
//!
//! ```no_run
//! use std::path::Path;
//! use stagegate_issues::{IssueStore, Known, Settings, State};
//!
//! let store = IssueStore::open(Path::new("."), Settings::default());
//! // At once: what is known, with its age.
//! for state in store.states(&[7, 8]) {
//!     match state.known {
//!         Known::Issue(issue) if issue.state == State::Closed => println!("#{} is closed", state.number),
//!         Known::Issue(issue) => println!("#{}: {}", state.number, issue.title),
//!         Known::Missing => println!("there is no #{}", state.number),
//!         Known::Deleted => println!("#{} was deleted", state.number),
//!         Known::Nothing => println!("#{} was never fetched", state.number),
//!     }
//! }
//! // In the background: only what is not known or old; `changed` says what to show anew.
//! let report = store.refresh(&[7, 8]);
//! println!("{:?} changed; {:?}", report.changed, report.failure.map(|failure| failure.to_string()));
//! ```
//!
//! What it keeps to:
//!
//! - Nothing is sent where `issues.fetch` is off, nor to a host that is not known to be GitHub's ([`Settings`]).
//! - A token goes to the host it belongs to and to no other, redirects included; a host that only the workspace names
//!   gets none before trust. [`Secret`] keeps it out of logs and errors.
//! - Answers are bounded in time and size; passing failures are tried again; a host that asks for a pause gets it,
//!   across restarts and processes.
//! - The cache lies in `.stagegate/issues.db`. Where that cannot be, everything works without, and [`Notice`] says so.

mod book;
mod database;
mod endpoint;
mod failure;
mod gh;
mod git;
mod github;
mod line;
mod provider;
mod remote;
mod secret;
mod settings;
mod store;
mod time;
mod token;

pub use database::Notice;
pub use endpoint::Endpoint;
pub use failure::Failure;
pub use git::remote as git_remote;
pub use github::GitHub;
pub use provider::{Answer, Created, Issue, NewIssue, Page, Place, Provider, Query, State, Validators};
pub use remote::{Remote, Repository};
pub use secret::Secret;
pub use settings::{Environment, Limits, Settings};
pub use store::{IssueState, IssueStore, Known, Refreshed};
pub use time::{Clock, Seconds};
