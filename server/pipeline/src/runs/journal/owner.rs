//! Whose journal it is. It decides what a resumed run does and which promotions were proved, so one that came with a
//! repository, or from another machine or folder, is not believed (DESIGN.md section 8).

use rusqlite::{Connection, OptionalExtension as _};

use super::{JournalError, schema};

/// Returns the key of the workspace, made where it is missing and this is wanted; `None` where there is none that could tell.
pub(super) type Find<'a> = &'a dyn Fn(bool) -> Option<[u8; 32]>;

fn mark(find: Find<'_>, create: bool) -> Option<[u8; 32]> {
    Some(*blake3::keyed_hash(&find(create)?, b"stagegate journal").as_bytes())
}

/// Makes sure that the journal is ours, and marks one that is new.
pub(super) fn claim(connection: &Connection, find: Find<'_>) -> Result<(), JournalError> {
    if check(connection, find)? {
        return Ok(());
    }
    let mark = mark(find, true).ok_or(JournalError::Foreign)?;
    let insert = "INSERT INTO owner SELECT 1, ?1 WHERE NOT EXISTS (SELECT 1 FROM runs)";
    connection.execute(insert, [mark]).map_err(|error| schema::KIND.explained(&error))?;
    // Another process may have been quicker.
    if check(connection, find)? { Ok(()) } else { Err(JournalError::Foreign) }
}

/// Returns whether the journal is marked as ours; `false` where nobody marked it, and it is empty.
pub(super) fn check(connection: &Connection, find: Find<'_>) -> Result<bool, JournalError> {
    let found: Option<Vec<u8>> = connection
        .query_row("SELECT mark FROM owner", [], |row| row.get(0))
        .optional()
        .map_err(|error| schema::KIND.explained(&error))?;
    match found {
        Some(found) if mark(find, false).is_some_and(|mark| mark[..] == found[..]) => Ok(true),
        Some(_) => Err(JournalError::Foreign),
        None => {
            let any: bool = connection
                .query_row("SELECT EXISTS (SELECT 1 FROM runs)", [], |row| row.get(0))
                .map_err(|error| schema::KIND.explained(&error))?;
            if any { Err(JournalError::Foreign) } else { Ok(false) }
        }
    }
}
