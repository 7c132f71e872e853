//! Interpreters, and what they are told to do.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::ProvisionError;
use crate::process::{Cancel, Command, End, Outcome, run};
use crate::redact::Redactor;

/// The oldest version that the tools run on.
pub(super) const OLDEST: Version = Version { major: 3, minor: 10 };

/// The oldest node that pyright is known to run on.
const OLDEST_NODE: u32 = 18;

/// Most of what a program said that an error repeats, in lines.
const LINES: usize = 5;

/// How long a program may take to say its version.
const A_MOMENT: Duration = Duration::from_secs(30);

/// How long pip may take, on a slow connection.
const AN_INSTALLATION: Duration = Duration::from_secs(20 * 60);

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

/// Where programs run, and who can stop them. The folder is ours: Python would take modules from one of somebody else.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) folder: &'a Path,
    pub(super) cancel: &'a Cancel,
}

impl Place<'_> {
    fn run<A: Into<OsString>>(
        self,
        program: &Path,
        args: impl IntoIterator<Item = A>,
        timeout: Duration,
    ) -> Outcome {
        let mut command = Command::new(program, self.folder).args(args);
        command.timeout = timeout;
        command.redactor = Redactor::from_env(std::env::vars_os());
        // They would send what is installed elsewhere.
        for variable in ["PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIREMENT", "PIP_DRY_RUN"] {
            command.env_remove.push(variable.into());
        }
        run(&command, self.cancel, &mut |_, _| {})
    }
}

/// An interpreter.
pub(super) struct Python {
    program: PathBuf,
    pub(super) version: Version,
}

impl Python {
    /// Returns the first of `programs` that is new enough.
    pub(super) fn find(programs: &[PathBuf], place: Place<'_>) -> Result<Python, ProvisionError> {
        let mut old = None;
        for program in programs {
            match Python::look_at(program, place) {
                Some(python) if python.version >= OLDEST => return Ok(python),
                Some(python) if old.is_none() => old = Some(python),
                _ => {}
            }
        }
        Err(match old {
            _ if place.cancel.is_cancelled() => ProvisionError::Cancelled,
            Some(Python { program, version }) => ProvisionError::OldPython { program, found: version },
            None => {
                let tried: Vec<_> = programs.iter().map(|program| program.display().to_string()).collect();
                ProvisionError::NoPython { tried: tried.join(", ") }
            }
        })
    }

    /// Asks a program for its version; `None` where it is no Python.
    pub(super) fn look_at(program: &Path, place: Place<'_>) -> Option<Python> {
        let print = "import sys; print('%d.%d' % sys.version_info[:2])";
        let outcome = place.run(program, ["-I", "-c", print], A_MOMENT);
        let (major, minor) = outcome.stdout.head.trim().split_once('.')?;
        let version = Version { major: major.parse().ok()?, minor: minor.parse().ok()? };
        (outcome.end == End::Exited(0)).then(|| Python { program: program.to_path_buf(), version })
    }

    /// Makes an environment in `folder`, with pip and nothing else.
    pub(super) fn make_venv(&self, folder: &Path, place: Place<'_>) -> Result<(), ProvisionError> {
        let args = ["-I".as_ref(), "-m".as_ref(), "venv".as_ref(), folder.as_os_str()];
        let outcome = place.run(&self.program, args, AN_INSTALLATION);
        match outcome.end {
            End::Exited(0) => Ok(()),
            End::Cancelled => Err(ProvisionError::Cancelled),
            _ => {
                Err(ProvisionError::NoVenv { program: self.program.clone(), said: said(&outcome, |_| true) })
            }
        }
    }
}

/// Installs `requirements` into the environment of `python`.
pub(super) fn install(python: &Path, requirements: &[&str], place: Place<'_>) -> Result<(), ProvisionError> {
    let pip = ["-I", "-m", "pip", "install", "--no-user", "--retries", "2"];
    let quietly = ["--quiet", "--no-input", "--no-color", "--disable-pip-version-check"];
    let args = pip.iter().chain(&quietly).chain(requirements);
    let outcome = place.run(python, args, AN_INSTALLATION);
    match outcome.end {
        End::Exited(0) => return Ok(()),
        End::Cancelled => return Err(ProvisionError::Cancelled),
        _ => {}
    }
    let said = said(&outcome, |line| line.starts_with("ERROR:"));
    let missing = said.lines().find_map(|line| line.split_once("No matching distribution found for "));
    let missing = match missing {
        Some((_, missing)) => missing.trim().to_owned(),
        None => super::tools::names(requirements),
    };
    Err(ProvisionError::Install { missing, said })
}

/// Whether pyright can run on the node that is there.
pub(super) fn has_node(node: &Path, place: Place<'_>) -> bool {
    let outcome = place.run(node, ["--version"], A_MOMENT);
    let version = outcome.stdout.head.trim().strip_prefix('v');
    let major = version.and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    outcome.end == End::Exited(0) && major.is_some_and(|major| major >= OLDEST_NODE)
}

/// Returns the last lines that a program printed, those that `matter` where there are any; how it ended, where it printed
/// none or did not end by itself.
fn said(outcome: &Outcome, matter: impl Fn(&str) -> bool) -> String {
    let how = format!("it {}", outcome.end);
    if !matches!(outcome.end, End::Exited(_)) {
        return how;
    }
    let text = format!("{}\n{}", outcome.stdout, outcome.stderr);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let chosen: Vec<&str> = lines.iter().copied().filter(|line| matter(line)).collect();
    let chosen = if chosen.is_empty() { lines } else { chosen };
    if chosen.is_empty() { how } else { chosen[chosen.len().saturating_sub(LINES)..].join("\n") }
}
