//! Opening the database, and putting a damaged one aside.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::{FOLDER, Notice, StoreError, folder};
use crate::database::{DatabaseError, Kind, PATIENCE, Reading};
pub(super) use crate::database::{has_log, identity};

pub(super) const FILE: &str = "evidence.db";
const LOCK: &str = "evidence.lock";

/// The database of evidence.
const KIND: Kind = Kind {
    shown: ".stagegate/evidence.db",
    // "StgE"
    application: 0x5374_6745,
    migrations: &MIGRATIONS,
    tables: &TABLES,
    check_all: true,
    // Evidence that was inserted just before the power failed is lost; the file stays sound.
    synchronous: "NORMAL",
};

/// What leads from one version to the next. Never changed once released; new ones are added at the end.
const MIGRATIONS: [&str; 1] = ["
    CREATE TABLE evidence (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        component TEXT NOT NULL, gate TEXT NOT NULL, started_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL,
        inputs BLOB, manifest TEXT, evidence TEXT NOT NULL, checksum BLOB NOT NULL
    );
    CREATE INDEX evidence_of_gate ON evidence (component, gate, id);
    CREATE TABLE newest (
        component TEXT NOT NULL, gate TEXT NOT NULL, evidence INTEGER NOT NULL,
        PRIMARY KEY (component, gate)
    ) WITHOUT ROWID;
    CREATE TABLE input_files (hash BLOB PRIMARY KEY NOT NULL, files BLOB NOT NULL);
    CREATE TABLE uses (
        evidence INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (evidence, hash)
    ) WITHOUT ROWID;
    CREATE INDEX uses_of_files ON uses (hash);
    CREATE TABLE measured (
        path TEXT PRIMARY KEY NOT NULL, covered INTEGER NOT NULL, statements INTEGER NOT NULL,
        missing BLOB NOT NULL, content BLOB, measured_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE ran (
        evidence INTEGER PRIMARY KEY, component TEXT NOT NULL, gate TEXT NOT NULL, inputs BLOB NOT NULL,
        failed TEXT NOT NULL, passed BLOB NOT NULL
    );
    CREATE INDEX ran_on_inputs ON ran (component, gate, inputs);
    CREATE TABLE passed (hash BLOB PRIMARY KEY NOT NULL, names BLOB NOT NULL);
    CREATE TABLE known_files (only INTEGER PRIMARY KEY CHECK (only = 1), files BLOB NOT NULL);
"];

/// What the newest version has.
const TABLES: [&str; 8] =
    ["evidence", "newest", "input_files", "uses", "measured", "ran", "passed", "known_files"];

impl From<DatabaseError> for StoreError {
    fn from(error: DatabaseError) -> StoreError {
        match error {
            DatabaseError::Unusable { path, reason, help } => StoreError::Unusable { path, reason, help },
            DatabaseError::Newer { found, known } => StoreError::Newer { found, known },
            DatabaseError::Older | DatabaseError::Empty => StoreError::Older,
            DatabaseError::Busy => StoreError::Busy { seconds: PATIENCE.as_secs() },
            DatabaseError::Damaged { reason } => StoreError::Damaged { reason },
        }
    }
}

/// Opens the database below `root` for writing, and creates what is missing.
pub(super) fn for_writing(root: &Path) -> Result<(Connection, PathBuf, Option<Notice>), StoreError> {
    let folder = folder::create(root)?;
    let path = folder.join(FILE);
    let _lock = folder::lock(&folder, LOCK, PATIENCE)?;
    match KIND.write(&path) {
        Ok(connection) => Ok((connection, path, None)),
        Err(DatabaseError::Damaged { reason }) => {
            let notice = put_aside(&folder, reason)?;
            Ok((KIND.write(&path)?, path, Some(notice)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Opens the database below `root` for reading; `None` where there is none.
///
/// A database that nobody writes to has no write-ahead log; it is opened as one that cannot change, which creates no
/// file. `true` says so: then the caller looks afterwards whether it did change.
pub(super) fn for_reading(root: &Path) -> Result<Option<(Connection, PathBuf, bool)>, StoreError> {
    let path = root.join(FOLDER).join(FILE);
    if !KIND.exists(&path)? {
        return Ok(None);
    }
    let quiet = !has_log(&path);
    let opened = KIND.read(&path, if quiet { Reading::Quiet } else { Reading::Live });
    let opened = match opened {
        // A log that was left behind, where nothing can be written: what it holds is lost to us.
        Err(DatabaseError::Unusable { .. }) if !quiet => KIND.read(&path, Reading::Quiet),
        opened => opened,
    };
    Ok(Some((opened?, path, quiet)))
}

/// Puts the database aside, with its log: nothing is ever deleted.
fn put_aside(folder: &Path, reason: String) -> Result<Notice, StoreError> {
    let now = crate::inputs::now_ms();
    let free = (0..1000).map(|more| folder.join(format!("{FILE}.broken-{}", now + more)));
    let aside = free.into_iter().find(|path| !path.exists());
    let aside = aside.unwrap_or_else(|| folder.join(format!("{FILE}.broken")));
    for rest in ["", "-wal", "-shm"] {
        let mut to = aside.as_os_str().to_owned();
        to.push(rest);
        match fs::rename(folder.join(format!("{FILE}{rest}")), PathBuf::from(to)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(folder::failed(&shown(), &error));
            }
            _ => {}
        }
    }
    Ok(Notice { aside, reason })
}

fn shown() -> String {
    KIND.shown.to_owned()
}

/// Says why the database cannot be used, and what to do.
pub(super) fn explained(error: &rusqlite::Error) -> StoreError {
    KIND.explained(error).into()
}
