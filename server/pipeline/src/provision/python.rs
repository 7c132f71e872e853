//! Interpreters, and what they are told to do.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Output;

use super::{ProvisionError, command};

/// The oldest version that the tools run on.
pub(super) const OLDEST: Version = Version { major: 3, minor: 10 };

/// The oldest node that pyright is known to run on.
const OLDEST_NODE: u32 = 18;

/// Most of what a program said that an error repeats, in lines.
const LINES: usize = 5;

/// A version of Python, as far as it decides whether an environment fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u32,
    minor: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// An interpreter.
pub(super) struct Python {
    program: PathBuf,
    pub(super) version: Version,
}

impl Python {
    /// Returns the first of `programs` that is new enough.
    pub(super) fn find(programs: &[PathBuf]) -> Result<Python, ProvisionError> {
        let found: Vec<Python> = programs.iter().filter_map(|program| Python::look_at(program)).collect();
        let old = found.first().map(|python| (python.program.clone(), python.version));
        found.into_iter().find(|python| python.version >= OLDEST).ok_or_else(|| match old {
            Some((program, found)) => ProvisionError::OldPython { program, found },
            None => {
                let tried: Vec<_> = programs.iter().map(|program| program.display().to_string()).collect();
                ProvisionError::NoPython { tried: tried.join(", ") }
            }
        })
    }

    /// Asks a program for its version; `None` where it is no Python.
    pub(super) fn look_at(program: &Path) -> Option<Python> {
        let print = "import sys; print('%d.%d' % sys.version_info[:2])";
        let output = command(program).args(["-c", print]).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let (major, minor) = text.trim().split_once('.')?;
        let version = Version { major: major.parse().ok()?, minor: minor.parse().ok()? };
        output.status.success().then(|| Python { program: program.to_path_buf(), version })
    }

    /// Makes an environment in `folder`, with pip and nothing else.
    pub(super) fn make_venv(&self, folder: &Path) -> Result<(), ProvisionError> {
        let no_venv = |said| ProvisionError::NoVenv { program: self.program.clone(), said };
        let output = command(&self.program).args(["-m", "venv"]).arg(folder).output();
        let output = output.map_err(|error| no_venv(error.to_string()))?;
        if output.status.success() { Ok(()) } else { Err(no_venv(end(&output, |_| true))) }
    }
}

/// Installs `requirements` into the environment of `python`.
pub(super) fn install(python: &Path, requirements: &[&str]) -> Result<(), ProvisionError> {
    let all = || super::tools::names(requirements);
    let output = command(python)
        .args(["-m", "pip", "install", "--no-user", "--retries", "2"])
        .args(["--quiet", "--no-input", "--no-color", "--disable-pip-version-check"])
        .args(requirements)
        .output()
        .map_err(|error| ProvisionError::Install { missing: all(), said: error.to_string() })?;
    if output.status.success() {
        return Ok(());
    }
    let said = end(&output, |line| line.starts_with("ERROR:"));
    let missing = said.lines().find_map(|line| line.split_once("No matching distribution found for "));
    let missing = missing.map_or_else(all, |(_, missing)| missing.trim().to_owned());
    Err(ProvisionError::Install { missing, said })
}

/// Whether pyright can run on the node that is there.
pub(super) fn has_node(node: &Path) -> bool {
    let Ok(output) = command(node).arg("--version").output() else { return false };
    let text = String::from_utf8_lossy(&output.stdout);
    let major =
        text.trim().strip_prefix('v').and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    output.status.success() && major.is_some_and(|major| major >= OLDEST_NODE)
}

/// Returns the last lines that a program printed, those that `matter` where there are any.
fn end(output: &Output, matter: impl Fn(&str) -> bool) -> String {
    let (stderr, stdout) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    let lines: Vec<&str> =
        stdout.lines().chain(stderr.lines()).map(str::trim).filter(|line| !line.is_empty()).collect();
    let chosen: Vec<&str> = lines.iter().copied().filter(|line| matter(line)).collect();
    let chosen = if chosen.is_empty() { lines } else { chosen };
    if chosen.is_empty() {
        return format!("it ended with {}", output.status);
    }
    chosen[chosen.len().saturating_sub(LINES)..].join("\n")
}
