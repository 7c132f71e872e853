//! Our own folder in a workspace.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{FOLDER, StoreError};

/// Returns our folder below `root`, created where it is missing, with a `.gitignore` of its own that hides all of it.
///
/// # Errors
/// Returns why it cannot be used.
pub fn create(root: &Path) -> Result<PathBuf, StoreError> {
    let folder = root.canonicalize().map_err(|error| failed(FOLDER, &error))?.join(FOLDER);
    match fs::symlink_metadata(&folder) {
        // A link could lead anywhere.
        Ok(metadata) if !metadata.is_dir() => {
            let help = "move it away; Stagegate keeps a folder of its own there";
            return Err(StoreError::Unusable {
                path: FOLDER.to_owned(),
                reason: "it is no folder".to_owned(),
                help,
            });
        }
        Ok(_) => {}
        Err(_) => match fs::create_dir(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(FOLDER, &error)),
            _ => {}
        },
    }
    match File::create_new(folder.join(".gitignore")) {
        Ok(mut file) => file.write_all(b"*\n").map_err(|error| failed(FOLDER, &error))?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(FOLDER, &error)),
    }
    Ok(folder)
}

/// Says why a file or folder of ours cannot be used, and what to do.
pub(super) fn failed(path: &str, error: &io::Error) -> StoreError {
    let help = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "make the folder writable for you, or work on a copy of the repository"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space on the disk",
        _ => "check the folder",
    };
    let reason = stagegate_workspace::plain_error(error);
    StoreError::Unusable { path: path.to_owned(), reason, help }
}

/// Waits until no other process opens the database or puts it aside, and returns what keeps others waiting.
pub(super) fn lock(folder: &Path, name: &str, patience: Duration) -> Result<Option<File>, StoreError> {
    let (path, shown) = (folder.join(name), format!("{FOLDER}/{name}"));
    if fs::symlink_metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
        let (reason, help) = ("it is no regular file".to_owned(), "remove it");
        return Err(StoreError::Unusable { path: shown, reason, help });
    }
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| failed(&shown, &error))?;
    let deadline = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(fs::TryLockError::WouldBlock) => {
                return Err(StoreError::Busy { seconds: patience.as_secs() });
            }
            // A file system without locks: go on without.
            Err(fs::TryLockError::Error(_)) => return Ok(None),
        }
    }
}
