//! One run per component at a time, across processes: the lock that a run process holds as long as it lives.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::own;
use crate::store::{self, FOLDER};

fn name(canonical: &str) -> String {
    format!("run-{canonical}.lock")
}

fn path(root: &Path, canonical: &str) -> PathBuf {
    root.join(FOLDER).join("locks").join(name(canonical))
}

/// Takes the lock of a component; `None` where another process holds it.
///
/// # Errors
/// Returns why the file cannot be made or locked.
pub(super) fn take(root: &Path, canonical: &str) -> io::Result<Option<File>> {
    let state = store::create_folder(root).map_err(io::Error::other)?;
    let folder = own::folder(&state, &["locks"])?;
    let file = own::file(&folder.join(name(canonical)))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether somebody works on a run of the component. Nothing is created or changed.
///
/// For a moment the lock is shared with who asks; [`take`] is therefore tried again by who starts a run.
pub(super) fn is_held(root: &Path, canonical: &str) -> bool {
    let Ok(file) = File::open(path(root, canonical)) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// Whether `file` is the lock of the component.
#[cfg(unix)]
pub(super) fn is_of(file: &File, root: &Path, canonical: &str) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), std::fs::metadata(path(root, canonical))) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_changes_nothing_and_is_told_who_works() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!is_held(dir.path(), "calc"));
        assert!(!dir.path().join(FOLDER).exists());
        let held = take(dir.path(), "calc").unwrap().unwrap();
        assert!(is_held(dir.path(), "calc") && !is_held(dir.path(), "other"));
        assert!(take(dir.path(), "calc").unwrap().is_none());
        drop(held);
        assert!(!is_held(dir.path(), "calc"));
        assert!(take(dir.path(), "calc").unwrap().is_some());
    }
}
