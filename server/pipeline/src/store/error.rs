//! Why the store cannot be used, in words.

use std::path::PathBuf;

/// Why the store cannot be used, with what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The folder or the file cannot be created, opened or written.
    #[error("{path} cannot be used: {reason}; {help}")]
    Unusable {
        /// What it is about, relative to the root.
        path: String,
        /// What was found.
        reason: String,
        /// What to do.
        help: &'static str,
    },
    /// A newer Stagegate wrote it.
    #[error(
        ".stagegate/evidence.db was written by a newer Stagegate (version {found}; this one reads up to {known}); update Stagegate, or move the file away to begin anew"
    )]
    Newer {
        /// Its version.
        found: i64,
        /// The newest version that is known.
        known: i64,
    },
    /// An older Stagegate wrote it, and this process only reads.
    #[error(
        ".stagegate/evidence.db was written by an older Stagegate; run `stagegate gates` once to bring it up to date"
    )]
    Older,
    /// Another process holds it.
    #[error(
        ".stagegate/evidence.db is held by another process for longer than {seconds} s; try again when it has ended"
    )]
    Busy {
        /// How long was waited.
        seconds: u64,
    },
    /// The file is damaged, and this process only reads.
    #[error(
        ".stagegate/evidence.db is damaged ({reason}); run `stagegate gates` once: it puts the file aside and begins a new one"
    )]
    Damaged {
        /// What was found.
        reason: String,
    },
}

/// Something that the user should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Where the damaged file is now.
    pub aside: PathBuf,
    /// What was wrong with it.
    pub reason: String,
}

impl std::fmt::Display for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the stored evidence was damaged ({}); it is now {}, and a new store was begun: run the gates again",
            self.reason,
            self.aside.display()
        )
    }
}
