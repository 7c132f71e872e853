//! Where trust is kept: one file for each workspace, in a folder of the user that nobody else may write.

mod secret;

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

use etcetera::BaseStrategy as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Change, Item, State, changes, hex, sorted};

/// Names the folder of the user's state; an absolute path.
pub const STATE_DIR_VARIABLE: &str = "STAGEGATE_STATE_DIR";

/// What a record says it is. Another version is not read: the workspace has to be trusted again.
const SCHEMA: &str = "stagegate.trust-record/1";

/// Largest record that is read, in bytes. Ours are below 7 MiB: some hundred items of at most 64 KiB.
const MAX_RECORD: u64 = 64 * 1024 * 1024;

/// Why trust is neither known nor given. Nothing may be executed then.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// There is no folder for the user's state.
    #[error("cannot tell where your trust is kept: {problem}; set {STATE_DIR_VARIABLE} to a folder of yours")]
    NoPlace {
        /// Why not.
        problem: String,
    },
    /// The store lies in the workspace, which could trust itself then.
    #[error(
        "the folder that keeps your trust, {}, lies inside the workspace {}; set {STATE_DIR_VARIABLE} to a folder \
         outside of it", .store.display(), .root.display()
    )]
    InsideWorkspace {
        /// The folder.
        store: PathBuf,
        /// The workspace.
        root: PathBuf,
    },
    /// Somebody else may write to the store.
    #[error("{} keeps your trust, but {problem}; {help}", .path.display())]
    Unsafe {
        /// The folder or file.
        path: PathBuf,
        /// What was found.
        problem: String,
        /// What to do.
        help: String,
    },
    /// A file decides what is executed, but cannot be read.
    #[error("cannot trust what cannot be read: {}: {problem}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        problem: String,
    },
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried: "find", "write", ...
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The answer.
        #[source]
        source: io::Error,
    },
}

/// What the user trusted, for all workspaces.
#[derive(Clone, Debug)]
pub struct TrustStore {
    /// The user's state folder; absolute, perhaps not there yet.
    state_dir: PathBuf,
}

/// A workspace with its place in the store.
struct Place {
    /// The workspace, without links.
    root: PathBuf,
    /// The folder with the records, without links; perhaps not there yet.
    folder: PathBuf,
    /// The hash of the path of the workspace, and the stem of its record's name.
    key: String,
}

/// A record, as it is written.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    schema: String,
    /// The workspace, for people who look into the store.
    root: String,
    /// The hash of its path; a record under another name is none of ours.
    key: String,
    /// Seconds since 1970.
    since: u64,
    /// SHA-256 over `items`: a record that somebody edited says something that nobody saw.
    digest: String,
    items: Vec<Item>,
}

impl TrustStore {
    /// Returns the store of this user: in `$STAGEGATE_STATE_DIR`, else in the folder of the system for the state of
    /// programs: `$XDG_STATE_HOME/stagegate` or `~/.local/state/stagegate`, on Windows `%LOCALAPPDATA%\stagegate`. Nothing is written yet.
    ///
    /// # Errors
    /// Returns [`TrustError::NoPlace`] where the variable holds no absolute path, or the user has no home.
    pub fn open() -> Result<TrustStore, TrustError> {
        TrustStore::open_with(std::env::var_os(STATE_DIR_VARIABLE))
    }

    fn open_with(variable: Option<OsString>) -> Result<TrustStore, TrustError> {
        let state_dir = match variable.filter(|value| !value.is_empty()) {
            Some(value) => PathBuf::from(value),
            None => {
                let base = etcetera::choose_base_strategy()
                    .map_err(|error| TrustError::NoPlace { problem: error.to_string() })?;
                // Windows has no folder for state; that of caches is the one that stays on this machine.
                base.state_dir().unwrap_or_else(|| base.cache_dir()).join("stagegate")
            }
        };
        TrustStore::at(state_dir)
    }

    /// Returns the store in `state_dir`, an absolute path.
    ///
    /// # Errors
    /// Returns [`TrustError::NoPlace`] where it is not absolute, so that a workspace could choose it.
    pub fn at(state_dir: PathBuf) -> Result<TrustStore, TrustError> {
        if state_dir.is_absolute() {
            return Ok(TrustStore { state_dir });
        }
        let problem = format!("{} is not an absolute path", state_dir.display());
        Err(TrustError::NoPlace { problem })
    }

    /// Returns how far the workspace at `root` is trusted, if `items` ([`super::items`]) decide what is executed in it.
    ///
    /// # Errors
    /// Returns why that cannot be known.
    pub fn state(&self, root: &Path, items: &[Item]) -> Result<State, TrustError> {
        let place = self.place(root)?;
        if !place.folder.exists() {
            return Ok(State::Untrusted { problem: None });
        }
        self.check(&place)?;
        let file = place.file();
        let Some(bytes) = read(&file)? else { return Ok(State::Untrusted { problem: None }) };
        let record = match Record::parse(&bytes, &place.key) {
            Ok(record) => record,
            Err(problem) => {
                let problem = format!("{} is not what was written to it: {problem}", file.display());
                return Ok(State::Untrusted { problem: Some(problem) });
            }
        };
        let since = SystemTime::UNIX_EPOCH + Duration::from_secs(record.since);
        let changes: Vec<Change> = changes(&record.items, &sorted(items));
        Ok(if changes.is_empty() { State::Trusted { since } } else { State::Lapsed { since, changes } })
    }

    /// Trusts the workspace at `root` as long as `items` decide what is executed in it. They should be the very ones
    /// that the user saw.
    ///
    /// # Errors
    /// Returns why nothing was written; what was trusted before still is.
    pub fn grant(&self, root: &Path, items: &[Item]) -> Result<(), TrustError> {
        let place = self.place(root)?;
        create_folder(&place.folder)?;
        // Once more: what did not exist may have been a link by now.
        let place = self.place(root)?;
        self.check(&place)?;
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let record = Record::new(&place, since, sorted(items));
        let bytes = serde_json::to_vec_pretty(&record)
            .map_err(|error| io_error("write", &place.file())(error.into()))?;
        write(&place, &bytes)
    }

    /// Trusts the workspace at `root` no longer. Returns whether there was a record of it.
    ///
    /// # Errors
    /// Returns why the record is still there.
    pub fn revoke(&self, root: &Path) -> Result<bool, TrustError> {
        let place = self.place(root)?;
        if !place.folder.exists() {
            return Ok(false);
        }
        self.check(&place)?;
        match std::fs::remove_file(place.file()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(io_error("remove", &place.file())(error)),
        }
    }

    /// Finds the record of `root`, and refuses a store that lies inside of it.
    fn place(&self, root: &Path) -> Result<Place, TrustError> {
        let root = std::fs::canonicalize(root).map_err(io_error("find", root))?;
        let folder = resolve(&self.state_dir.join("trust"))?;
        if folder.starts_with(&root) {
            return Err(TrustError::InsideWorkspace { store: folder, root });
        }
        let key = hex(&Sha256::digest(root.as_os_str().as_encoded_bytes()));
        Ok(Place { root, folder, key })
    }

    /// Refuses a store that others may write.
    fn check(&self, place: &Place) -> Result<(), TrustError> {
        for folder in [resolve(&self.state_dir)?, place.folder.clone()] {
            let metadata = std::fs::metadata(&folder).map_err(io_error("look at", &folder))?;
            private(&folder, &metadata, "700")?;
        }
        Ok(())
    }
}

impl Place {
    fn file(&self) -> PathBuf {
        self.folder.join(format!("{}.json", self.key))
    }
}

impl Record {
    fn new(place: &Place, since: u64, items: Vec<Item>) -> Record {
        Record {
            schema: SCHEMA.to_owned(),
            root: place.root.display().to_string(),
            key: place.key.clone(),
            since,
            digest: digest(&items),
            items,
        }
    }

    /// Reads the record of the workspace with this `key`, or says what is wrong with it.
    fn parse(bytes: &[u8], key: &str) -> Result<Record, &'static str> {
        let record: Record = serde_json::from_slice(bytes).map_err(|_| "it cannot be read")?;
        if record.schema != SCHEMA {
            return Err("another version of Stagegate wrote it");
        }
        if record.key != key {
            return Err("it is about another workspace");
        }
        if record.digest != digest(&record.items) {
            return Err("it was edited");
        }
        Ok(record)
    }
}

/// Returns the SHA-256 of `items`; lengths keep one item from looking like two.
fn digest(items: &[Item]) -> String {
    let mut hash = Sha256::new();
    for part in items.iter().flat_map(|item| [&item.label, &item.text]) {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}

/// Returns `path` without links, also where its last parts do not exist yet.
fn resolve(path: &Path) -> Result<PathBuf, TrustError> {
    let mut missing = Vec::new();
    let mut at = path;
    loop {
        match std::fs::canonicalize(at) {
            Ok(found) => return Ok(missing.iter().rev().fold(found, |path, part| path.join(part))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(io_error("find", at)(error)),
        }
        let is_link = std::fs::symlink_metadata(at).is_ok();
        match (at.components().next_back(), at.parent()) {
            (Some(Component::Normal(name)), Some(parent)) if !is_link => {
                missing.push(name);
                at = parent;
            }
            _ => return Err(io_error("find", at)(io::ErrorKind::NotFound.into())),
        }
    }
}

/// Reads a record; `None` where there is none.
fn read(file: &Path) -> Result<Option<Vec<u8>>, TrustError> {
    match std::fs::symlink_metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error("look at", file)(error)),
        Ok(metadata) if !metadata.is_file() => {
            return Err(TrustError::Unsafe {
                path: file.to_owned(),
                problem: "it is no regular file".to_owned(),
                help: "remove it, and trust the workspace again".to_owned(),
            });
        }
        Ok(_) => {}
    }
    let open = std::fs::File::open(file).map_err(io_error("read", file))?;
    private(file, &open.metadata().map_err(io_error("look at", file))?, "600")?;
    let mut bytes = Vec::new();
    // One that is too large is cut, so that it is no JSON.
    open.take(MAX_RECORD).read_to_end(&mut bytes).map_err(io_error("read", file))?;
    Ok(Some(bytes))
}

/// Writes a record: readers see the old one or the new one, whoever else writes at the same time.
fn write(place: &Place, bytes: &[u8]) -> Result<(), TrustError> {
    let failed = || io_error("write", &place.folder);
    // The library creates it with mode 0600.
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        .suffix(".tmp")
        .tempfile_in(&place.folder)
        .map_err(|error| failed()(error.kind().into()))?;
    file.write_all(bytes).map_err(failed())?;
    file.as_file().sync_all().map_err(failed())?;
    file.persist(place.file()).map_err(|error| failed()(error.error))?;
    if let Ok(folder) = std::fs::File::open(&place.folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Creates a folder, and those above it, that only the user may enter.
fn create_folder(folder: &Path) -> Result<(), TrustError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(io_error("create", folder))
}

/// Makes sure that only the user may write to a file or folder of the store.
#[cfg(unix)]
fn private(path: &Path, metadata: &std::fs::Metadata, mode: &str) -> Result<(), TrustError> {
    use std::os::unix::fs::MetadataExt as _;
    let refuse =
        |problem: String, help: String| Err(TrustError::Unsafe { path: path.to_owned(), problem, help });
    let me = rustix::process::geteuid().as_raw();
    if metadata.uid() != me {
        return refuse(
            format!("it belongs to another user ({}; you are {me})", metadata.uid()),
            format!("set {STATE_DIR_VARIABLE} to a folder of yours"),
        );
    }
    if metadata.mode() & 0o022 != 0 {
        return refuse(
            format!("others may write to it (mode {:o})", metadata.mode() & 0o7777),
            format!("make sure that its content is yours, then run: chmod {mode} {}", path.display()),
        );
    }
    Ok(())
}

/// Elsewhere the folder of a user is private by inheritance.
#[cfg(not(unix))]
fn private(_: &Path, _: &std::fs::Metadata, _: &str) -> Result<(), TrustError> {
    Ok(())
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> TrustError {
    let path = path.to_owned();
    move |source| TrustError::Io { action, path, source }
}

#[cfg(test)]
mod tests;
