//! What is said between the one who wants a command run and the one who watches it.

use std::ffi::OsString;
use std::time::Duration;

use super::End;

/// The environment variable by which processes that left their group are known again.
pub(super) const MARKER: &str = "STAGEGATE_PROCESS";

/// What to start. Everything in it was looked at by `program::resolve`.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Job {
    /// As it was asked for, for messages.
    pub(super) asked: String,
    /// An absolute path.
    pub(super) program: OsString,
    pub(super) args: Vec<OsString>,
    pub(super) folder: OsString,
    pub(super) env: Vec<(OsString, OsString)>,
    pub(super) env_remove: Vec<OsString>,
    pub(super) timeout: Duration,
    pub(super) grace: Duration,
    pub(super) background: bool,
    /// The value of [`MARKER`].
    pub(super) run: String,
}

impl Job {
    /// Returns the command of the standard library, with nothing on its standard input.
    pub(super) fn command(&self) -> std::process::Command {
        let mut command = std::process::Command::new(&self.program);
        command.args(&self.args).current_dir(&self.folder).stdin(std::process::Stdio::null());
        for name in &self.env_remove {
            command.env_remove(name);
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value))).env(MARKER, &self.run);
        command
    }
}

/// What the watching side is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Order {
    /// Stop, with the grace.
    Stop,
    /// Kill at once.
    Kill,
    /// The tool itself has ended. Comes from within.
    Ended,
}

/// What the watching side says.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) enum Report {
    /// The tool runs.
    Started {
        /// Its process and its group.
        pid: u32,
    },
    /// The tool and all that it left behind has ended.
    Ended(Ended),
}

/// How the tool and all that it left behind has ended.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Ended {
    pub(super) end: End,
    pub(super) stray: usize,
    pub(super) survivors: usize,
}

impl Ended {
    /// Nothing was started.
    pub(super) fn without_start(end: End) -> Self {
        Self { end, stray: 0, survivors: 0 }
    }
}
