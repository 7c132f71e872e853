//! The Python tools of the demo's gates, in a virtual environment of their own: installed once into the user's cache,
//! and found there the next time. Neither the demo nor any other repository is written to.

mod cache;
mod error;
mod python;
mod tools;

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

pub use cache::{CACHE_DIR_VARIABLE, cache_folder};
pub use error::ProvisionError;
pub use python::Version;
use python::{Place, Python};

use crate::process::Cancel;

/// Written last: an environment without it is not finished, and is made anew.
const STAMP: &str = "stagegate-complete";

/// A virtual environment that holds every tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Venv {
    folder: PathBuf,
}

impl Venv {
    /// The folder of the environment.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns its interpreter: `python -m TOOL` runs every tool.
    #[must_use]
    pub fn python(&self) -> PathBuf {
        self.program("python")
    }

    /// Returns where the program `name` lies in it, whether or not there is one.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        let folder = self.folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
        folder.join(name).with_extension(std::env::consts::EXE_EXTENSION)
    }
}

/// Returns an environment with all tools below `cache` ([`cache_folder`]): the one that is there, else a new one, which
/// takes 120 MB (330 MB where node is missing) and, with a good connection, 15 s. `progress` is told a line for every
/// step of the latter, and `cancel` ends it.
///
/// Only one process makes it while others wait. One that was not finished, or whose interpreter is gone, is made anew. The
/// tools come from the package index that pip is configured for.
///
/// # Errors
/// Returns what is missing. What was begun is not used.
pub fn provision(
    cache: &Path,
    cancel: &Cancel,
    progress: &mut dyn FnMut(&str),
) -> Result<Venv, ProvisionError> {
    provision_with(&Programs::default(), cache, cancel, progress)
}

/// The programs that have to be there already.
struct Programs {
    pythons: Vec<PathBuf>,
    node: PathBuf,
}

impl Default for Programs {
    fn default() -> Programs {
        let pythons: &[&str] = if cfg!(windows) { &["python", "python3"] } else { &["python3", "python"] };
        Programs { pythons: pythons.iter().map(PathBuf::from).collect(), node: "node".into() }
    }
}

fn provision_with(
    programs: &Programs,
    cache: &Path,
    cancel: &Cancel,
    progress: &mut dyn FnMut(&str),
) -> Result<Venv, ProvisionError> {
    let failed = |action, path: &Path| {
        let path = path.to_path_buf();
        move |source| ProvisionError::Io { action, path, source }
    };
    fs::create_dir_all(cache).map_err(failed("make", cache))?;
    let place = Place { folder: cache, cancel };
    let python = Python::find(&programs.pythons, place)?;
    let requirements = tools::requirements(python::has_node(&programs.node, place));
    let name = format!("python-tools-{}", key(&python, &requirements));
    let venv = Venv { folder: cache.join(&name) };
    if is_complete(&venv, &python, place) {
        return Ok(venv);
    }
    let lock_path = cache.join(format!("{name}.lock"));
    let lock = File::create(&lock_path).map_err(failed("write", &lock_path))?;
    wait_for(&lock, cancel, progress).map_err(failed("lock", &lock_path))?;
    if cancel.is_cancelled() {
        return Err(ProvisionError::Cancelled);
    }
    if is_complete(&venv, &python, place) {
        return Ok(venv);
    }
    let start = Instant::now();
    match fs::remove_dir_all(&venv.folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(failed("remove", &venv.folder)(error));
        }
        _ => {}
    }
    if let Err(error) = make(&venv, &python, &requirements, place, progress) {
        // What is left of it takes room, and is of no use to anybody.
        let _ = fs::remove_dir_all(&venv.folder);
        return Err(error);
    }
    progress(&format!("The Python tools are ready ({} s)", start.elapsed().as_secs()));
    Ok(venv)
}

/// Makes the environment, where nothing stands yet.
fn make(
    venv: &Venv,
    python: &Python,
    requirements: &[&str],
    place: Place<'_>,
    progress: &mut dyn FnMut(&str),
) -> Result<(), ProvisionError> {
    progress(&format!("Making a Python {} environment in {}", python.version, venv.folder.display()));
    python.make_venv(&venv.folder, place)?;
    progress(&format!("Installing {} (once; kept for the next time)", tools::names(requirements)));
    python::install(&venv.python(), requirements, place)?;
    let stamp = venv.folder.join(STAMP);
    fs::write(&stamp, python.version.to_string()).map_err(|source| ProvisionError::Io {
        action: "write",
        path: stamp,
        source,
    })
}

/// Waits until no other process holds the lock, or somebody cancels.
fn wait_for(lock: &File, cancel: &Cancel, progress: &mut dyn FnMut(&str)) -> io::Result<()> {
    let mut said = false;
    while !cancel.is_cancelled() {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) if !said => {
                progress("Waiting for another process that installs the Python tools");
                said = true;
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(100)),
            Err(TryLockError::Error(error)) => return Err(error),
            Ok(()) => break,
        }
    }
    Ok(())
}

/// Whether the environment was finished, and its interpreter still is what it was.
fn is_complete(venv: &Venv, python: &Python, place: Place<'_>) -> bool {
    let Ok(stamp) = fs::read_to_string(venv.folder.join(STAMP)) else { return false };
    let version = python.version.to_string();
    stamp == version
        && Python::look_at(&venv.python(), place).is_some_and(|inner| inner.version == python.version)
}

/// Returns what tells one environment from another: everything that decides what is in it.
fn key(python: &Python, requirements: &[&str]) -> String {
    let mut hash = Sha256::new();
    let system = [std::env::consts::OS, std::env::consts::ARCH, &python.version.to_string()];
    for part in system.iter().chain(requirements) {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
