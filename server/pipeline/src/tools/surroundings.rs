//! What a plan sees of the machine: where programs are, and what changes when one is replaced. Metadata only.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use rustc_hash::FxHashMap;

use super::python_env::PythonEnv;

/// The part of the environment that decides which program is meant.
#[derive(Clone, Debug, Default)]
pub(super) struct Surroundings {
    /// `PATH`.
    pub(super) path: OsString,
    /// `VIRTUAL_ENV`.
    pub(super) virtual_env: Option<PathBuf>,
    /// The home folder.
    pub(super) home: Option<PathBuf>,
    /// Variables that choose a version: `RUSTUP_TOOLCHAIN`, `PYENV_VERSION`.
    pub(super) versions: Vec<(&'static str, OsString)>,
    /// What was looked up already: many gates of many components ask for the same. Without it everything is looked up
    /// each time.
    pub(super) seen: Option<Arc<Seen>>,
}

/// What was looked up.
#[derive(Debug, Default)]
pub(super) struct Seen {
    programs: Mutex<FxHashMap<String, Option<PathBuf>>>,
    pythons: Mutex<FxHashMap<(PathBuf, String), PythonEnv>>,
}

impl Surroundings {
    /// Returns those of this process.
    pub(super) fn current() -> Surroundings {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let versions = ["RUSTUP_TOOLCHAIN", "PYENV_VERSION"];
        Surroundings {
            path: variable("PATH").unwrap_or_default(),
            virtual_env: variable("VIRTUAL_ENV").map(PathBuf::from),
            home: variable("HOME").or_else(|| variable("USERPROFILE")).map(PathBuf::from),
            versions: versions.into_iter().filter_map(|name| Some((name, variable(name)?))).collect(),
            seen: Some(Arc::default()),
        }
    }

    /// Returns the program `name` of `PATH`. Relative and empty entries of it are passed over, and so is the current
    /// folder: anybody may have written there.
    pub(super) fn find(&self, name: &str) -> Option<PathBuf> {
        let Some(seen) = &self.seen else { return self.search(name) };
        if let Some(found) = lock(&seen.programs).get(name) {
            return found.clone();
        }
        let found = self.search(name);
        lock(&seen.programs).insert(name.to_owned(), found.clone());
        found
    }

    /// Returns how Python is started for the project in `folder`.
    pub(super) fn python(&self, root: &Path, folder: &str) -> PythonEnv {
        let Some(seen) = &self.seen else { return PythonEnv::find(root, folder, self) };
        let key = (root.to_owned(), folder.to_owned());
        if let Some(found) = lock(&seen.pythons).get(&key) {
            return found.clone();
        }
        let found = PythonEnv::find(root, folder, self);
        lock(&seen.pythons).insert(key, found.clone());
        found
    }

    fn search(&self, name: &str) -> Option<PathBuf> {
        let places = std::env::split_paths(&self.path).filter(|entry| entry.is_absolute());
        let searched = std::env::join_paths(places).ok()?;
        // A name with a separator would be taken relative to the folder.
        let is_name = !name.contains(['/', '\\']) && !name.is_empty();
        // No such folder, so that nothing is found by way of it.
        let nowhere = Path::new("/nonexistent");
        if searched.is_empty() || !is_name {
            return None;
        }
        which::which_in(name, Some(searched), nowhere).ok().filter(|path| path.is_absolute())
    }

    /// Returns the program at `path`; on Windows also with one of the usual endings.
    pub(super) fn at(&self, path: &Path) -> Option<PathBuf> {
        which::which_in(path, None::<&OsStr>, path.parent()?).ok()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns a line that changes when the file or folder does: path, size and time of the last change. Links are followed.
pub(super) fn stamp(path: &Path) -> String {
    let mut line = path.display().to_string();
    match std::fs::metadata(path) {
        Ok(metadata) => {
            // The size of a folder says nothing, and differs between file systems.
            let size = if metadata.is_file() { metadata.len() } else { 0 };
            let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            let nanos = changed.map(|time| time.as_nanos()).unwrap_or_default();
            let _ = write!(line, " {size} {nanos}");
        }
        Err(_) => line.push_str(" missing"),
    }
    line.push('\n');
    line
}

/// Returns the text of a small file; empty where it cannot be read.
pub(super) fn text(path: &Path) -> String {
    use std::io::Read as _;
    const MOST: u64 = 16 << 20;
    let mut bytes = Vec::new();
    if let Ok(file) = std::fs::File::open(path) {
        let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
        if !is_file || file.take(MOST).read_to_end(&mut bytes).is_err() {
            return String::new();
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
