//! What the cache knows of issues, for commands.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use stagegate_core::config::IssuesConfig;
use stagegate_core::todo::IssueId;
use stagegate_issues::{Failure, IssueStore, Limits, Settings};
use stagegate_pipeline::gates::refusal;
use stagegate_workspace::{WalkOptions, Workspace};

use crate::failure::note;
use crate::report::text::count;

/// How long a command asks the tracker, all in all.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether a host that only the configuration of the workspace at `root` names gets a token: where the user trusts the
/// workspace as it is. `issues.api_url` and `issues.token_env` are among what trust is given to, as all of the
/// configuration that decides anything is, so that a change of either lets trust lapse.
pub(crate) fn may_have_token(root: &Path, config: &IssuesConfig) -> bool {
    // Else there is no such host, and nothing needs to be looked at.
    if config.api_url.is_none() {
        return false;
    }
    let mut workspace = Workspace::load(root);
    let options = WalkOptions::default();
    workspace.scan(&options);
    workspace.read_components(&options);
    refusal(&workspace.path, &workspace.root).is_none()
}

/// Opens the issues of a workspace; no connection is made. `asks` says that it will be asked to fetch.
pub(crate) fn open(workspace: &Workspace, asks: bool) -> IssueStore {
    // Somebody waits at the prompt.
    let limits = Limits {
        connect: Duration::from_secs(5),
        request: Duration::from_secs(10),
        tries: 2,
        ..Limits::default()
    };
    let config = &workspace.root.config.issues;
    let trusted = asks && may_have_token(&workspace.path, config);
    let settings = Settings { ask_gh: asks, limits, trusted, ..Settings::from(config) };
    IssueStore::open(&workspace.path, settings)
}

/// Lets rules and reports see what the cache knows.
pub(crate) fn know_from_cache(workspace: &mut Workspace) {
    let store = open(workspace, false);
    know(workspace, &store);
}

/// Lets rules and reports see what `store` knows.
pub(crate) fn know(workspace: &mut Workspace, store: &IssueStore) {
    let book = store.book().ok().filter(|book| !book.is_empty());
    workspace.root.issues = book.map(Arc::new);
    for notice in store.notices() {
        note(notice);
    }
}

/// Fetches what is not known of `issues`, or old. Returns what went wrong, in one sentence with what it means.
pub(crate) fn fetch(store: &Arc<IssueStore>, issues: &[IssueId]) -> Option<String> {
    let (sender, receiver) = channel();
    let (asked, named) = (Arc::clone(store), issues.to_vec());
    // The thread is not waited for: it ends with its request, or with the program.
    let work = move || {
        let _ = sender.send(asked.fetch(&named));
    };
    let started = thread::Builder::new().name("issues".into()).spawn(work);
    let reason = match (started, receiver.recv_timeout(PATIENCE)) {
        (Err(error), _) => format!("cannot start a thread: {error}"),
        (_, Ok(Ok(()))) => return None,
        // Asked for on purpose.
        (_, Ok(Err(Failure::Off))) => return Some(Failure::Off.to_string()),
        (_, Ok(Err(failure))) => failure.to_string(),
        (_, Err(RecvTimeoutError::Timeout)) => {
            store.stop();
            let seconds = PATIENCE.as_secs();
            format!("not everything was answered within {seconds} seconds; run it again to go on")
        }
        (_, Err(RecvTimeoutError::Disconnected)) => "asking the tracker failed inside".to_owned(),
    };
    Some(match store.left(issues) {
        0 => reason,
        1 => format!("{reason}; 1 issue was not looked up"),
        left => format!("{reason}; {left} issues were not looked up"),
    })
}

/// Says how long ago something was.
pub(crate) fn ago(seconds: i64) -> String {
    let ago = |number: i64, unit: &str| format!("{} ago", count(usize::try_from(number).unwrap_or(0), unit));
    match seconds {
        ..60 => "just now".to_owned(),
        60..3600 => ago(seconds / 60, "minute"),
        3600..86_400 => ago(seconds / 3600, "hour"),
        _ => ago(seconds / 86_400, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::ago;

    #[test]
    fn ages() {
        let table: Vec<_> = [-5, 0, 59, 60, 7_199, 7_200, 86_399, 86_400, 200_000].map(ago).to_vec();
        assert_eq!(
            table,
            [
                "just now",
                "just now",
                "just now",
                "1 minute ago",
                "1 hour ago",
                "2 hours ago",
                "23 hours ago",
                "1 day ago",
                "2 days ago"
            ]
        );
    }
}
