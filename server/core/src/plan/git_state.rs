//! What git says about the workspace, as plain data that a plan is made from.

use serde::{Deserialize, Serialize};

use crate::run::Person;

/// Whether a promotion can be committed here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "git", rename_all = "snake_case")]
pub enum GitState {
    /// Nothing can be committed: the folder is in no repository, git is missing, or it refuses to read the repository.
    NoGit {
        /// Why, as a sentence without a final dot.
        why: String,
    },
    /// The workspace lies in a repository.
    Repository(GitRepository),
}

/// A repository, as far as a promotion has to know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitRepository {
    /// The folder of its work tree, absolute; the workspace may be a folder in it.
    pub root: String,
    /// The commit that is checked out, in full; `None` before the first one.
    pub head: Option<String>,
    /// The branch that is checked out; `None` where none is (a detached HEAD).
    pub branch: Option<String>,
    /// Who commits; `None` where git does not know.
    pub identity: Option<Person>,
    /// The paths among those asked for that have changes which are not committed: staged, not staged, or files that git
    /// does not know. Sorted, relative to the workspace with `/`.
    pub dirty: Vec<String>,
    /// The paths among those asked for that git ignores, so that they are in no commit. Sorted, as `dirty`.
    pub ignored: Vec<String>,
    /// What is under way, so that nothing else may be committed.
    pub busy: Option<GitBusy>,
}

/// What git is in the middle of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GitBusy {
    /// `git merge`.
    Merge,
    /// `git rebase`.
    Rebase,
    /// `git am`.
    Am,
    /// `git cherry-pick`.
    CherryPick,
    /// `git revert`.
    Revert,
    /// `git bisect`.
    Bisect,
}

impl GitBusy {
    /// The command that is under way, without `git`.
    #[must_use]
    pub const fn command(self) -> &'static str {
        match self {
            GitBusy::Merge => "merge",
            GitBusy::Rebase => "rebase",
            GitBusy::Am => "am",
            GitBusy::CherryPick => "cherry-pick",
            GitBusy::Revert => "revert",
            GitBusy::Bisect => "bisect",
        }
    }
}
