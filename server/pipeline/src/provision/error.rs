//! Why the tools cannot be used.

use std::io;
use std::path::PathBuf;

use super::python::{OLDEST, Version};

/// What is missing. Whatever was begun is made anew the next time.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// There is no folder for the cache.
    #[error("there is no folder for the Python tools: {0}")]
    NoCache(String),
    /// No interpreter could be started.
    #[error("Python was not found (looked for {tried}); install Python {OLDEST} or later")]
    NoPython {
        /// The programs that were looked for.
        tried: String,
    },
    /// The interpreter is too old for the tools.
    #[error("{} is Python {found}; the tools need {OLDEST} or later", .program.display())]
    OldPython {
        /// The interpreter.
        program: PathBuf,
        /// Its version.
        found: Version,
    },
    /// The environment could not be made: Debian and Ubuntu have the module in a package of its own.
    #[error("`{} -m venv` failed: {said}\non Debian and Ubuntu, install the package python3-venv", .program.display())]
    NoVenv {
        /// The interpreter.
        program: PathBuf,
        /// The end of what it said.
        said: String,
    },
    /// pip failed.
    #[error(
        "pip could not install {missing}: {said}\ncheck that the package index is reachable (pip's own configuration \
         says which one), then try again"
    )]
    Install {
        /// What could not be installed.
        missing: String,
        /// What pip said.
        said: String,
    },
    /// Somebody stopped it.
    #[error("the installation of the Python tools was cancelled")]
    Cancelled,
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried: "write", ...
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The answer.
        #[source]
        source: io::Error,
    },
}

impl ProvisionError {
    /// Whether this machine lacks what no network could bring: Python itself.
    #[must_use]
    pub fn is_without_python(&self) -> bool {
        matches!(
            self,
            ProvisionError::NoPython { .. }
                | ProvisionError::OldPython { .. }
                | ProvisionError::NoVenv { .. }
        )
    }
}
