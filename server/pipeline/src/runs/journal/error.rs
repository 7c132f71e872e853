//! Why the journal cannot be used, in words.

use crate::database::{DatabaseError, PATIENCE};
use crate::store::StoreError;

/// Why the journal cannot be used, with what to do. The file is never replaced: it alone says what was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// The folder or the file cannot be created, opened or written.
    #[error("{path} cannot be used: {reason}; {help}")]
    Unusable {
        /// What it is about, relative to the root.
        path: String,
        /// What was found.
        reason: String,
        /// What to do.
        help: String,
    },
    /// A newer Stagegate wrote it.
    #[error(
        ".stagegate/journal.db was written by a newer Stagegate (version {found}; this one reads up to {known}); update Stagegate"
    )]
    Newer {
        /// Its version.
        found: i64,
        /// The newest version that is known.
        known: i64,
    },
    /// An older Stagegate wrote it, and this process only reads.
    #[error(
        ".stagegate/journal.db was written by an older Stagegate; the next promotion or rollback brings it up to date"
    )]
    Older,
    /// Another process holds it.
    #[error(
        ".stagegate/journal.db is held by another process for longer than {seconds} s; try again when it has ended"
    )]
    Busy {
        /// How long was waited.
        seconds: u64,
    },
    /// The file is damaged.
    #[error(
        ".stagegate/journal.db is damaged ({reason}), so nobody knows what runs did; restore it from a backup, or look at the repository and the environments yourself and move the file away to begin a new one"
    )]
    Damaged {
        /// What was found.
        reason: String,
    },
    /// Another user, machine or folder wrote it.
    #[error(
        ".stagegate/journal.db was not written here by you: it came with the repository, or the folder was moved; move the file away to begin a new one"
    )]
    Foreign,
    /// There is no such run.
    #[error("there is no run `{0}`; `stagegate runs` lists them")]
    UnknownRun(String),
}

impl From<DatabaseError> for JournalError {
    fn from(error: DatabaseError) -> JournalError {
        match error {
            DatabaseError::Unusable { path, reason, help } => {
                JournalError::Unusable { path, reason, help: help.to_owned() }
            }
            DatabaseError::Newer { found, known } => JournalError::Newer { found, known },
            DatabaseError::Older | DatabaseError::Empty => JournalError::Older,
            DatabaseError::Busy => JournalError::Busy { seconds: PATIENCE.as_secs() },
            DatabaseError::Damaged { reason } => JournalError::Damaged { reason },
        }
    }
}

impl From<StoreError> for JournalError {
    fn from(error: StoreError) -> JournalError {
        match error {
            StoreError::Unusable { path, reason, help } => {
                JournalError::Unusable { path, reason, help: help.to_owned() }
            }
            other => JournalError::Unusable {
                path: crate::store::FOLDER.to_owned(),
                reason: other.to_string(),
                help: "check the folder".to_owned(),
            },
        }
    }
}
