//! Whose journal it is. It decides what a resumed run does and which promotions were proved, so one that came with a
//! repository, or from another machine or folder, is not believed (DESIGN.md section 8).

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};

use super::{JournalError, schema};
use crate::store;

/// Returns what a journal of this user in this folder is marked with; `None` where there is no secret that could tell.
fn mark(root: &Path, write: bool) -> Option<[u8; 32]> {
    let key = store::key(root, write)?;
    Some(*blake3::keyed_hash(&key, b"stagegate journal").as_bytes())
}

/// Makes sure that the journal is ours, and marks one that is new.
pub(super) fn claim(connection: &Connection, root: &Path) -> Result<(), JournalError> {
    if check(connection, root)? {
        return Ok(());
    }
    let mark = mark(root, true).ok_or(JournalError::Foreign)?;
    let insert = "INSERT INTO owner SELECT 1, ?1 WHERE NOT EXISTS (SELECT 1 FROM runs)";
    connection.execute(insert, [mark]).map_err(|error| schema::KIND.explained(&error))?;
    // Another process may have been quicker.
    if check(connection, root)? { Ok(()) } else { Err(JournalError::Foreign) }
}

/// Returns whether the journal is marked as ours; `false` where nobody marked it, and it is empty.
pub(super) fn check(connection: &Connection, root: &Path) -> Result<bool, JournalError> {
    let found: Option<Vec<u8>> = connection
        .query_row("SELECT mark FROM owner", [], |row| row.get(0))
        .optional()
        .map_err(|error| schema::KIND.explained(&error))?;
    match found {
        Some(found) if mark(root, false).is_some_and(|mark| mark[..] == found[..]) => Ok(true),
        Some(_) => Err(JournalError::Foreign),
        None => {
            let any: bool = connection
                .query_row("SELECT EXISTS (SELECT 1 FROM runs)", [], |row| row.get(0))
                .map_err(|error| schema::KIND.explained(&error))?;
            if any { Err(JournalError::Foreign) } else { Ok(false) }
        }
    }
}
