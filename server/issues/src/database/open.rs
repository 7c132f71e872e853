//! Opening the file of the cache, and putting a damaged one aside.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::{Notice, is_damage, plain};

/// The folder of our own files in a workspace.
const FOLDER: &str = ".stagegate";
const FILE: &str = "issues.db";
const ASIDE: &str = "issues.db.damaged";
const LOCK: &str = "issues.lock";

/// What SQLite calls the kind of a file: "StgI".
const APPLICATION: i32 = 0x5374_6749;

/// How long another process may hold the file.
const BUSY: Duration = Duration::from_secs(2);

/// What leads from one version to the next. Never changed once released; new ones are added at the end.
const MIGRATIONS: [&str; 1] = ["
    CREATE TABLE issue (
        host TEXT NOT NULL, repository TEXT NOT NULL, number INTEGER NOT NULL,
        known TEXT NOT NULL, title TEXT NOT NULL, labels TEXT NOT NULL, assignee TEXT, milestone TEXT,
        url TEXT NOT NULL, is_pull_request INTEGER NOT NULL, moved_to TEXT, updated_at INTEGER,
        etag TEXT, last_modified TEXT, fetched_at INTEGER NOT NULL, as_of INTEGER NOT NULL,
        PRIMARY KEY (host, repository, number)
    ) WITHOUT ROWID;
    CREATE TABLE list (
        host TEXT NOT NULL, repository TEXT NOT NULL, page INTEGER NOT NULL,
        etag TEXT, last_modified TEXT, numbers TEXT NOT NULL, more INTEGER NOT NULL, fetched_at INTEGER NOT NULL,
        PRIMARY KEY (host, repository, page)
    ) WITHOUT ROWID;
    CREATE TABLE moved (
        host TEXT NOT NULL, repository TEXT NOT NULL, path TEXT NOT NULL,
        PRIMARY KEY (host, repository)
    ) WITHOUT ROWID;
    CREATE TABLE pause (
        host TEXT NOT NULL, anonymous INTEGER NOT NULL, until INTEGER NOT NULL,
        PRIMARY KEY (host, anonymous)
    ) WITHOUT ROWID;
"];

/// Why a file cannot be used.
enum Unusable {
    /// It holds no database of ours, or a damaged one.
    Damaged(String),
    /// Anything else; the file is left alone.
    Other(String),
}

impl From<rusqlite::Error> for Unusable {
    fn from(error: rusqlite::Error) -> Unusable {
        let reason = plain(&error);
        if is_damage(&error) { Unusable::Damaged(reason) } else { Unusable::Other(reason) }
    }
}

/// Which file lies at the place of the cache.
#[cfg(unix)]
pub(super) type Identity = (u64, u64);

/// An open file cannot be moved away there.
#[cfg(not(unix))]
pub(super) type Identity = ();

/// Returns which file is the cache, if there is one.
pub(super) fn identity(root: &Path) -> Option<Identity> {
    let metadata = fs::metadata(root.join(FOLDER).join(FILE)).ok().filter(fs::Metadata::is_file)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Some((metadata.dev(), metadata.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        Some(())
    }
}

/// Opens the cache below `root`, and creates what is missing.
pub(super) fn on_disk(root: &Path) -> Result<(Connection, Option<Notice>), String> {
    let folder = folder(root)?;
    let _lock = locked(&folder)?;
    match connect(&folder.join(FILE)) {
        Ok(connection) => Ok((connection, None)),
        Err(Unusable::Other(reason)) => Err(reason),
        Err(Unusable::Damaged(reason)) => {
            let notice = put_aside(&folder, &reason)?;
            match connect(&folder.join(FILE)) {
                Ok(connection) => Ok((connection, Some(notice))),
                Err(Unusable::Damaged(reason) | Unusable::Other(reason)) => Err(reason),
            }
        }
    }
}

/// Puts the file aside if it is damaged now; another process may have replaced it.
pub(super) fn set_aside(root: &Path, reason: &str) -> Result<Notice, String> {
    let folder = folder(root)?;
    let _lock = locked(&folder)?;
    put_aside(&folder, reason)
}

/// A cache that ends with the program.
pub(super) fn in_memory() -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_in_memory()?;
    let _ = migrate(&mut connection);
    Ok(connection)
}

fn connect(file: &Path) -> Result<Connection, Unusable> {
    if fs::symlink_metadata(file).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(Unusable::Other(format!("`{FOLDER}/{FILE}` is no regular file")));
    }
    private(file).map_err(|error| Unusable::Other(format!("`{FOLDER}/{FILE}`: {}", error.kind())))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let mut connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY)?;
    // A repository may bring a file of its own: it shall hold rows and nothing that acts.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if check != "ok" {
        return Err(Unusable::Damaged(check.lines().next().unwrap_or_default().chars().take(100).collect()));
    }
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let application: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if tables > 0 && application != APPLICATION {
        return Err(Unusable::Damaged("it is a database of something else".to_owned()));
    }
    // Readers go on while somebody writes; where the file system cannot do that, they wait.
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.execute_batch("PRAGMA synchronous = NORMAL")?;
    migrate(&mut connection)?;
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), Unusable> {
    // The usual case needs no lock.
    let version = connection.query_row("SELECT max(number) FROM version", [], |row| row.get::<_, usize>(0));
    if version.is_ok_and(|version| version == MIGRATIONS.len()) {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.execute_batch("CREATE TABLE IF NOT EXISTS version (number INTEGER NOT NULL)")?;
    let version: usize =
        transaction.query_row("SELECT coalesce(max(number), 0) FROM version", [], |row| row.get(0))?;
    let Some(missing) = MIGRATIONS.get(version..) else {
        let known = MIGRATIONS.len();
        return Err(Unusable::Other(format!(
            "`{FOLDER}/{FILE}` was written by a newer Stagegate (version {version}, this one knows {known})"
        )));
    };
    for migration in missing {
        transaction.execute_batch(migration)?;
    }
    if !missing.is_empty() {
        transaction.execute("DELETE FROM version", [])?;
        transaction.execute("INSERT INTO version VALUES (?1)", [MIGRATIONS.len()])?;
    }
    transaction.commit()?;
    Ok(())
}

/// Returns our folder, created where it is missing, with a `.gitignore` of its own.
#[expect(clippy::disallowed_methods, reason = "our own folder, not a file of the repository")]
fn folder(root: &Path) -> Result<PathBuf, String> {
    let failed = |error: io::Error| format!("the folder `{FOLDER}` cannot be used: {}", error.kind());
    let folder = root.canonicalize().map_err(failed)?.join(FOLDER);
    match fs::symlink_metadata(&folder) {
        // A link could lead anywhere.
        Ok(metadata) if !metadata.is_dir() => return Err(format!("`{FOLDER}` is no folder")),
        Ok(_) => {}
        Err(_) => match fs::create_dir(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(error)),
            _ => {}
        },
    }
    match File::create_new(folder.join(".gitignore")) {
        Ok(mut file) => file.write_all(b"*\n").map_err(failed)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(error)),
    }
    Ok(folder)
}

/// Makes sure that the file exists and that only its owner reads it: it may hold titles of a private repository.
#[expect(clippy::disallowed_methods, reason = "our own database")]
fn private(file: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    match options.open(file) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Waits until no other process opens the cache or puts it aside.
#[expect(clippy::disallowed_methods, reason = "our own lock")]
fn locked(folder: &Path) -> Result<File, String> {
    let path = folder.join(LOCK);
    if fs::symlink_metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(format!("`{FOLDER}/{LOCK}` is no regular file"));
    }
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| format!("`{FOLDER}/{LOCK}`: {}", error.kind()))?;
    let deadline = Instant::now() + BUSY;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::WouldBlock) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(fs::TryLockError::WouldBlock) => return Err("another process holds the cache".to_owned()),
            // A file system without locks: go on without.
            Err(fs::TryLockError::Error(_)) => return Ok(file),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "our own database")]
fn put_aside(folder: &Path, reason: &str) -> Result<Notice, String> {
    let failed =
        |error: io::Error| format!("the damaged `{FOLDER}/{FILE}` cannot be put aside: {}", error.kind());
    let aside = folder.join(ASIDE);
    match fs::rename(folder.join(FILE), &aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    for rest in ["-wal", "-shm"] {
        match fs::remove_file(folder.join(format!("{FILE}{rest}"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
    }
    Ok(Notice::Rebuilt { aside, reason: reason.to_owned() })
}
