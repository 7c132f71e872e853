//! The git repository of a workspace, as far as a plan needs it.

use serde::{Deserialize, Serialize};

use crate::run::Person;

/// What git says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "git", rename_all = "snake_case")]
pub enum GitState {
    /// There is no repository, or no git.
    NoGit {
        /// Which of the two, as a sentence without a final dot.
        why: String,
    },
    /// There is one.
    Repository {
        /// The commit that is checked out; `None` before the first.
        head: Option<String>,
        /// The branch; `None` where none is checked out.
        branch: Option<String>,
        /// Who would commit.
        identity: Option<Person>,
        /// Which of the files that were asked for have changes that are not committed, relative to the workspace.
        dirty: Vec<String>,
        /// What is under way: `merge`, `rebase`, `cherry-pick`, `revert`, `bisect`.
        busy: Option<String>,
    },
}
