//! One run of gates per component at a time, across processes.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

use crate::own;

/// Held while the gates of a component are run; given up when dropped, also by a process that dies.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Why there is no lock.
#[derive(Debug)]
pub(super) enum LockError {
    /// Another process holds it.
    Held {
        /// Its number, where it could be read.
        pid: Option<u32>,
    },
    /// The file cannot be made or locked.
    Io(io::Error),
}

/// Takes the lock of a component below the folder of the state.
pub(super) fn take(state: &Path, component: &str) -> Result<Lock, LockError> {
    let folder = own::folder(state, &["locks"]).map_err(LockError::Io)?;
    let mut file = own::file(&folder.join(format!("{component}.lock"))).map_err(LockError::Io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let _ = file.take(32).read_to_string(&mut text);
            return Err(LockError::Held { pid: text.trim().parse().ok() });
        }
        Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
    }
    // Who finds it taken can say by whom. That it cannot be written takes nothing from the lock.
    let _ = file.set_len(0);
    let _ = file.rewind();
    let _ = writeln!(file, "{}", std::process::id());
    Ok(Lock { _file: file })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_one_is_told_who_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = take(folder.path(), "calc").unwrap();
        assert!(take(folder.path(), "other").is_ok());
        let Err(LockError::Held { pid }) = take(folder.path(), "calc") else { panic!("expected a refusal") };
        assert_eq!(pid, Some(std::process::id()));
        drop(first);
        assert!(take(folder.path(), "calc").is_ok());
    }
}
