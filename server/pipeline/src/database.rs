//! Opening databases of ours below `.stagegate`: never through a link, never one of something else, and for reading
//! without changing a byte.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

/// How long another process may hold a database.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// One kind of database.
pub(crate) struct Kind {
    /// Its path relative to the root, for messages.
    pub(crate) shown: &'static str,
    /// What SQLite calls the kind of a file.
    pub(crate) application: i32,
    /// What leads from one version to the next. Never changed once released; new ones are added at the end.
    pub(crate) migrations: &'static [&'static str],
    /// What the newest version has.
    pub(crate) tables: &'static [&'static str],
    /// Whether all of it is checked before it is written to; that takes longer the more there is.
    pub(crate) check_all: bool,
    /// What a power failure may take: see <https://sqlite.org/pragma.html#pragma_synchronous>.
    pub(crate) synchronous: &'static str,
}

/// Why a database cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DatabaseError {
    /// The file cannot be created, opened or written.
    Unusable { path: String, reason: String, help: &'static str },
    /// A newer Stagegate wrote it.
    Newer { found: i64, known: i64 },
    /// An older Stagegate wrote it, and this process only reads.
    Older,
    /// Another process is creating it at this moment.
    Empty,
    /// Another process holds it.
    Busy,
    /// It is damaged, or none of ours.
    Damaged { reason: String },
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Failed {
        Failed::Sqlite(error)
    }
}

impl From<DatabaseError> for Failed {
    fn from(error: DatabaseError) -> Failed {
        Failed::Known(error)
    }
}

/// An error on the way.
enum Failed {
    Sqlite(rusqlite::Error),
    Known(DatabaseError),
}

/// How a database is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As a file that cannot change, which creates no other file.
    Quiet,
    /// With its log, which others may write to; what SQLite keeps in shared memory is only read.
    Still,
    /// With its log, as SQLite usually does it.
    Live,
}

impl Kind {
    fn failed(&self, failed: Failed) -> DatabaseError {
        match failed {
            Failed::Sqlite(error) => self.explained(&error),
            Failed::Known(error) => error,
        }
    }

    /// Opens the database at `path` for writing, and creates what is missing.
    pub(crate) fn write(&self, path: &Path) -> Result<Connection, DatabaseError> {
        self.connect(path).map_err(|failed| self.failed(failed))
    }

    fn connect(&self, path: &Path) -> Result<Connection, Failed> {
        self.files_only(path)?;
        private(path).map_err(|error| self.system(&error))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        harden(&connection)?;
        self.check_kind(&connection)?;
        self.newer(version(&connection)?)?;
        if self.check_all {
            let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            if check != "ok" {
                let reason = check.lines().next().unwrap_or_default().chars().take(100).collect();
                return Err(DatabaseError::Damaged { reason }.into());
            }
        }
        // Readers go on while somebody writes; where the file system cannot do that, they wait.
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", self.synchronous)?;
        self.migrate(&mut connection)?;
        for table in self.tables {
            connection.prepare(&format!("SELECT 1 FROM {table}"))?;
        }
        Ok(connection)
    }

    /// Whether there is a database at `path` that could be read.
    pub(crate) fn exists(&self, path: &Path) -> Result<bool, DatabaseError> {
        match fs::symlink_metadata(path) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(false);
            }
            Err(error) => return Err(self.system(&error)),
            Ok(metadata) if !metadata.is_file() => return Err(self.no_file("")),
            // Another process is creating it at this moment.
            Ok(metadata) if metadata.len() == 0 => return Ok(false),
            Ok(_) => self.files_only(path)?,
        }
        // SQLite says no more than that it cannot open the file.
        File::open(path).map_err(|error| self.system(&error))?;
        Ok(true)
    }

    /// Opens the existing database at `path` for reading.
    pub(crate) fn read(&self, path: &Path, how: Reading) -> Result<Connection, DatabaseError> {
        self.read_only(path, how).map_err(|failed| self.failed(failed))
    }

    fn read_only(&self, path: &Path, how: Reading) -> Result<Connection, Failed> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW
            | OpenFlags::SQLITE_OPEN_URI;
        let path = fs::canonicalize(path).map_err(|error| self.system(&error))?;
        let query = match how {
            Reading::Quiet => "immutable=1",
            Reading::Still => "readonly_shm=1",
            Reading::Live => "mode=ro",
        };
        let uri = format!("file:{}?{query}", escaped(&path.to_string_lossy()));
        let connection = Connection::open_with_flags(uri, flags)?;
        connection.busy_timeout(PATIENCE)?;
        harden(&connection)?;
        self.check_kind(&connection)?;
        let found = version(&connection)?;
        if found == 0
            && connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?
                == 0
        {
            return Err(DatabaseError::Empty.into());
        }
        let known = self.migrations.len();
        if found == 0 || usize::try_from(found).is_ok_and(|found| found < known) {
            // An older one is brought up to date by whoever writes next.
            return Err(DatabaseError::Older.into());
        }
        self.newer(found)?;
        Ok(connection)
    }

    fn check_kind(&self, connection: &Connection) -> Result<(), Failed> {
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let application: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
        if tables > 0 && application != self.application {
            return Err(
                DatabaseError::Damaged { reason: "it is a database of something else".to_owned() }.into()
            );
        }
        Ok(())
    }

    fn newer(&self, found: i64) -> Result<(), DatabaseError> {
        let known = i64::try_from(self.migrations.len()).unwrap_or(i64::MAX);
        if found > known { Err(DatabaseError::Newer { found, known }) } else { Ok(()) }
    }

    fn migrate(&self, connection: &mut Connection) -> Result<(), Failed> {
        let known = i64::try_from(self.migrations.len()).unwrap_or(i64::MAX);
        if version(connection)? == known {
            return Ok(());
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found = version(&transaction)?;
        self.newer(found)?;
        let Some(missing) = usize::try_from(found).ok().and_then(|found| self.migrations.get(found..)) else {
            return Err(DatabaseError::Damaged { reason: format!("its version is {found}") }.into());
        };
        for migration in missing {
            transaction.execute_batch(migration)?;
        }
        transaction.pragma_update(None, "application_id", self.application)?;
        transaction.pragma_update(None, "user_version", known)?;
        transaction.commit()?;
        Ok(())
    }

    /// Refuses links, which could lead anywhere, in place of the database and of what SQLite writes beside it.
    fn files_only(&self, path: &Path) -> Result<(), DatabaseError> {
        for rest in ["", "-wal", "-shm", "-journal"] {
            let mut beside = path.as_os_str().to_owned();
            beside.push(rest);
            if fs::symlink_metadata(&beside).is_ok_and(|metadata| !metadata.is_file()) {
                return Err(self.no_file(rest));
            }
        }
        Ok(())
    }

    fn no_file(&self, rest: &str) -> DatabaseError {
        let (reason, help) = ("it is no regular file".to_owned(), "move it away; a new one is begun");
        DatabaseError::Unusable { path: format!("{}{rest}", self.shown), reason, help }
    }

    /// Says what the system says about the file, and what to do.
    pub(crate) fn system(&self, error: &io::Error) -> DatabaseError {
        let help = match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                "make the folder writable for you, or work on a copy of the repository"
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space on the disk",
            _ => "check the folder",
        };
        let reason = stagegate_workspace::plain_error(error);
        DatabaseError::Unusable { path: self.shown.to_owned(), reason, help }
    }

    /// Says why the database cannot be used, and what to do.
    pub(crate) fn explained(&self, error: &rusqlite::Error) -> DatabaseError {
        if is_damage(error) {
            return DatabaseError::Damaged { reason: plain(error) };
        }
        let help = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => return DatabaseError::Busy,
            Some(ErrorCode::DiskFull) => "free some space on the disk",
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                "make the folder and the file writable for you, or work on a copy of the repository"
            }
            Some(ErrorCode::SystemIoFailure) => "check the disk, and that there is space on it",
            _ => "move the file away to begin anew",
        };
        DatabaseError::Unusable { path: self.shown.to_owned(), reason: plain(error), help }
    }
}

/// Whether somebody writes, or ended without tidying up.
pub(crate) fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    fs::metadata(PathBuf::from(log)).is_ok_and(|metadata| metadata.len() > 0)
}

/// Which file lies at the place of the database.
#[cfg(unix)]
pub(crate) fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// An open file cannot be moved away there.
#[cfg(not(unix))]
pub(crate) fn identity(path: &Path) -> Option<(u64, u64)> {
    path.is_file().then_some((0, 0))
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

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
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

/// Whether the file is at fault.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
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

/// What SQLite says, without its numbers.
fn plain(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqliteFailure(failure, None) => failure.to_string(),
        other => other.to_string(),
    }
}
