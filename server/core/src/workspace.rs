//! What an analysis knows about the workspace: one [`Root`] per workspace folder, immutable.

mod file_index;

use std::sync::Arc;

pub use file_index::{FileIndex, Matches};

use crate::components::Components;
use crate::config::Config;
use crate::files::{self, FileKind};
use crate::gates::Board;
use crate::issues::IssueBook;
use crate::run::Runs;

/// One workspace folder, as of one moment.
#[derive(Clone, Debug, Default)]
pub struct Root {
    /// The resolved configuration.
    pub config: Arc<Config>,
    /// The files of the folder; `None` until the first scan has ended. Rules that need it stay silent until then.
    pub files: Option<Arc<FileIndex>>,
    /// The components; `None` until the files that state them were read once. Rules that need them stay silent until
    /// then.
    pub components: Option<Arc<Components>>,
    /// What is known of issues; `None` where nobody asked for it. Rules that need it stay silent then.
    pub issues: Option<Arc<IssueBook>>,
    /// The evidence of gates; `None` until it was read once. Rules that need it stay silent until then.
    pub gates: Option<Board>,
    /// The runs; `None` where nobody looked at them. Rules that need them stay silent then.
    pub runs: Option<Runs>,
}

impl Root {
    /// Returns what the file at `path` (relative, with `/`) is analysed as; `None` where it is none of ours or
    /// excluded.
    #[must_use]
    pub fn analyses(&self, path: &str) -> Option<FileKind> {
        files::kind_of(path, &self.config).filter(|_| !self.config.is_excluded(path))
    }

    /// Whether the file at `path` may say something about a component.
    #[must_use]
    pub fn may_state_facts(&self, path: &str) -> bool {
        self.analyses(path).is_some_and(FileKind::may_state_facts)
    }

    /// Whether TODO comments are looked for in the file at `path`.
    #[must_use]
    pub fn has_todos(&self, path: &str) -> bool {
        !self.config.is_excluded(path) && !self.config.todo.exclude.iter().any(|glob| glob.is_match(path))
    }

    /// Whether the file at `path` is there, as far as is known: true until the first scan has ended.
    #[must_use]
    pub fn may_contain(&self, path: &str) -> bool {
        self.files.as_ref().is_none_or(|files| files.contains(path))
    }
}
