//! Opening the database, and putting a damaged one aside.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::{FOLDER, Notice, StoreError, folder};

pub(super) const FILE: &str = "evidence.db";
const LOCK: &str = "evidence.lock";

/// What SQLite calls the kind of a file: "StgE".
const APPLICATION: i32 = 0x5374_6745;

/// How long another process may hold the database.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

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

/// Why a database cannot be used.
pub(super) enum Unusable {
    /// It is damaged, or none of ours.
    Damaged(String),
    /// Anything else; the file is left alone.
    Other(StoreError),
}

impl From<rusqlite::Error> for Unusable {
    fn from(error: rusqlite::Error) -> Unusable {
        if is_damage(&error) { Unusable::Damaged(plain(&error)) } else { Unusable::Other(other(&error)) }
    }
}

/// Which file lies at the place of the database.
#[cfg(unix)]
pub(super) fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// An open file cannot be moved away there.
#[cfg(not(unix))]
pub(super) fn identity(path: &Path) -> Option<(u64, u64)> {
    path.is_file().then_some((0, 0))
}

/// Opens the database below `root` for writing, and creates what is missing.
pub(super) fn for_writing(root: &Path) -> Result<(Connection, PathBuf, Option<Notice>), StoreError> {
    let folder = folder::create(root)?;
    let path = folder.join(FILE);
    let _lock = folder::lock(&folder, LOCK, PATIENCE)?;
    match connect(&path) {
        Ok(connection) => Ok((connection, path, None)),
        Err(Unusable::Other(error)) => Err(error),
        Err(Unusable::Damaged(reason)) => {
            let notice = put_aside(&folder, reason)?;
            match connect(&path) {
                Ok(connection) => Ok((connection, path, Some(notice))),
                Err(Unusable::Other(error)) => Err(error),
                Err(Unusable::Damaged(reason)) => Err(StoreError::Damaged { reason }),
            }
        }
    }
}

/// Opens the database below `root` for reading; `None` where there is none.
///
/// A database that nobody writes to has no write-ahead log; it is opened as one that cannot change, which creates no
/// file. `true` says so: then the caller looks afterwards whether it did change.
pub(super) fn for_reading(root: &Path) -> Result<Option<(Connection, PathBuf, bool)>, StoreError> {
    let path = root.join(FOLDER).join(FILE);
    match fs::symlink_metadata(&path) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(folder::failed(&shown(), &error)),
        Ok(metadata) if !metadata.is_file() => return Err(no_file("")),
        // Another process is creating it at this moment.
        Ok(metadata) if metadata.len() == 0 => return Ok(None),
        Ok(_) => files_only(&path)?,
    }
    // SQLite says no more than that it cannot open the file.
    File::open(&path).map_err(|error| folder::failed(&shown(), &error))?;
    let quiet = !has_log(&path);
    let opened = if quiet { read_only(&path, true) } else { read_only(&path, false) };
    let opened = match opened {
        // A log that was left behind, where nothing can be written: what it holds is lost to us.
        Err(Unusable::Other(StoreError::Unusable { .. })) if !quiet => read_only(&path, true),
        opened => opened,
    };
    match opened {
        Ok(connection) => Ok(Some((connection, path, quiet))),
        Err(Unusable::Damaged(reason)) => Err(StoreError::Damaged { reason }),
        Err(Unusable::Other(error)) => Err(error),
    }
}

/// Whether somebody writes, or ended without tidying up.
pub(super) fn has_log(path: &Path) -> bool {
    fs::metadata(log(path)).is_ok_and(|metadata| metadata.len() > 0)
}

fn log(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

fn read_only(path: &Path, immutable: bool) -> Result<Connection, Unusable> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_URI;
    let path = fs::canonicalize(path).map_err(|error| Unusable::Other(folder::failed(&shown(), &error)))?;
    let connection = if immutable {
        let uri = format!("file:{}?immutable=1", escaped(&path.to_string_lossy()));
        Connection::open_with_flags(uri, flags)?
    } else {
        Connection::open_with_flags(&path, flags - OpenFlags::SQLITE_OPEN_URI)?
    };
    connection.busy_timeout(PATIENCE)?;
    harden(&connection)?;
    check_kind(&connection)?;
    let found = version(&connection)?;
    let known = MIGRATIONS.len();
    if found == 0 || usize::try_from(found).is_ok_and(|found| found < known) {
        // An older one is brought up to date by whoever writes next.
        return Err(Unusable::Other(StoreError::Older));
    }
    newer(found)?;
    Ok(connection)
}

/// Writes a path for a URI.
fn escaped(path: &str) -> String {
    let path = path.replace('\\', "/").replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    if path.starts_with('/') { path } else { format!("/{path}") }
}

/// A repository may bring a file of its own: it shall hold rows and nothing that acts.
fn harden(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    Ok(())
}

fn connect(path: &Path) -> Result<Connection, Unusable> {
    files_only(path).map_err(Unusable::Other)?;
    private(path).map_err(|error| Unusable::Other(folder::failed(&shown(), &error)))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    harden(&connection)?;
    check_kind(&connection)?;
    newer(version(&connection)?)?;
    let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if check != "ok" {
        let reason = check.lines().next().unwrap_or_default().chars().take(100).collect();
        return Err(Unusable::Damaged(reason));
    }
    // Readers go on while somebody writes; where the file system cannot do that, they wait.
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    // Evidence that was inserted just before the power failed is lost; the file stays sound.
    connection.execute_batch("PRAGMA synchronous = NORMAL")?;
    migrate(&mut connection)?;
    for table in TABLES {
        connection.prepare(&format!("SELECT 1 FROM {table}"))?;
    }
    Ok(connection)
}

fn check_kind(connection: &Connection) -> Result<(), Unusable> {
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let application: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if tables > 0 && application != APPLICATION {
        return Err(Unusable::Damaged("it is a database of something else".to_owned()));
    }
    Ok(())
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn newer(found: i64) -> Result<(), Unusable> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(Unusable::Other(StoreError::Newer { found, known }));
    }
    Ok(())
}

fn migrate(connection: &mut Connection) -> Result<(), Unusable> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if version(connection)? == known {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    newer(found)?;
    let Some(missing) = usize::try_from(found).ok().and_then(|found| MIGRATIONS.get(found..)) else {
        return Err(Unusable::Damaged(format!("its version is {found}")));
    };
    for migration in missing {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

/// Makes sure that the file exists and that only its owner reads it: it holds what tools printed.
fn private(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
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
    format!("{FOLDER}/{FILE}")
}

/// Refuses links, which could lead anywhere, in place of the database and of what SQLite writes beside it.
fn files_only(path: &Path) -> Result<(), StoreError> {
    for rest in ["", "-wal", "-shm", "-journal"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(rest);
        if fs::symlink_metadata(&beside).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(no_file(rest));
        }
    }
    Ok(())
}

fn no_file(rest: &str) -> StoreError {
    let (reason, help) = ("it is no regular file".to_owned(), "move it away; a new store is begun");
    StoreError::Unusable { path: format!("{}{rest}", shown()), reason, help }
}

/// Whether the file is at fault.
fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::Error as E;
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => true,
        // Tables or columns of another shape.
        Some(ErrorCode::Unknown) => true,
        _ => matches!(
            error,
            E::InvalidColumnType(..)
                | E::FromSqlConversionFailure(..)
                | E::IntegralValueOutOfRange(..)
                | E::QueryReturnedNoRows
        ),
    }
}

/// Says why the database cannot be used, and what to do.
pub(super) fn explained(error: &rusqlite::Error) -> StoreError {
    if is_damage(error) { StoreError::Damaged { reason: plain(error) } } else { other(error) }
}

fn other(error: &rusqlite::Error) -> StoreError {
    let help = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            return StoreError::Busy { seconds: PATIENCE.as_secs() };
        }
        Some(ErrorCode::DiskFull) => "free some space on the disk",
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "make the folder and the file writable for you, or work on a copy of the repository"
        }
        Some(ErrorCode::SystemIoFailure) => "check the disk, and that there is space on it",
        _ => "move the file away to begin anew",
    };
    StoreError::Unusable { path: shown(), reason: plain(error), help }
}

/// What SQLite says, without its numbers.
fn plain(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqliteFailure(failure, None) => failure.to_string(),
        other => other.to_string(),
    }
}
