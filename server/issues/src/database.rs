//! What was fetched, kept in `.stagegate/issues.db`.
//!
//! The file is a cache: losing it costs requests and nothing else. Whatever is wrong with it (it is damaged, the
//! folder cannot be written, a newer version wrote it) is said once, and the store goes on without it.

mod open;
mod rows;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

pub(crate) use rows::{Key, ListRow, Row, Subject, of_host, pause, put_pause};

/// Something that the user should know about the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The file was damaged. It was put aside, and a new one begun.
    Rebuilt {
        /// Where the old one is now.
        aside: PathBuf,
        /// What was wrong with it.
        reason: String,
    },
    /// Nothing is kept when the program ends.
    NotKept {
        /// Why.
        reason: String,
    },
}

impl std::fmt::Display for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Notice::Rebuilt { aside, reason } => {
                write!(
                    f,
                    "the cache of issues was damaged ({reason}); it is now {}, and a new one was begun",
                    aside.display()
                )
            }
            Notice::NotKept { reason } => {
                write!(f, "fetched issues are not kept when this program ends: {reason}")
            }
        }
    }
}

/// The cache. Readers have a connection of their own, so that they never wait for a writer.
#[derive(Debug)]
pub(crate) struct Database {
    /// The root, as long as there is a file to be used below it.
    root: Mutex<Option<PathBuf>>,
    writer: Mutex<Option<Connected>>,
    reader: Mutex<Option<Connected>>,
    notices: Mutex<Vec<Notice>>,
}

/// A connection, and the file that it was opened for.
#[derive(Debug)]
struct Connected {
    connection: Connection,
    /// None in memory.
    file: Option<open::Identity>,
}

impl Connected {
    /// Whether the file at its place is still the same: it may have been removed, or put aside by another process.
    fn is_current(&self, root: &Path) -> bool {
        self.file == open::identity(root)
    }
}

impl Database {
    /// The cache of the workspace at `root`. Nothing is opened or created yet: a folder in which nobody fetches
    /// stays as it is.
    pub(crate) fn new(root: &Path) -> Database {
        Database {
            root: Mutex::new(Some(root.to_owned())),
            writer: Mutex::default(),
            reader: Mutex::default(),
            notices: Mutex::default(),
        }
    }

    /// Takes what there is to say.
    pub(crate) fn notices(&self) -> Vec<Notice> {
        std::mem::take(&mut *lock(&self.notices))
    }

    fn notice(&self, notice: Notice) {
        tracing::info!("{notice}");
        lock(&self.notices).push(notice);
    }

    /// Reads; none where there is nothing or it cannot be read.
    pub(crate) fn read<T>(&self, read: impl Fn(&Connection) -> rusqlite::Result<T>) -> Option<T> {
        let root = lock(&self.root).clone();
        let result = match &root {
            None => lock(&self.writer).as_ref().map(|connected| read(&connected.connection)),
            Some(root) => {
                let mut reader = lock(&self.reader);
                reader.take_if(|connected| !connected.is_current(root));
                if reader.is_none() && open::identity(root).is_some() {
                    *reader = self.connect(root);
                }
                reader.as_ref().map(|connected| read(&connected.connection))
            }
        };
        match result? {
            Ok(value) => Some(value),
            Err(error) => {
                tracing::debug!(%error, "the cache cannot be read");
                if is_damage(&error)
                    && let Some(root) = root
                {
                    self.rebuild(&root, &error);
                }
                None
            }
        }
    }

    /// Writes, all or nothing; none where that failed.
    pub(crate) fn write<T>(&self, write: impl Fn(&Transaction<'_>) -> rusqlite::Result<T>) -> Option<T> {
        for _ in 0..3 {
            let root = lock(&self.root).clone();
            let result = {
                let mut writer = lock(&self.writer);
                if let Some(root) = &root {
                    writer.take_if(|connected| !connected.is_current(root));
                }
                if writer.is_none() {
                    *writer = match &root {
                        Some(root) => self.connect(root),
                        None => open::in_memory().ok().map(|connection| Connected { connection, file: None }),
                    };
                }
                match writer.as_mut() {
                    Some(connected) => commit(&mut connected.connection, &write),
                    // The file cannot be used: from now on in memory.
                    None if root.is_some() => continue,
                    None => return None,
                }
            };
            let Err(error) = result else { return result.ok() };
            tracing::debug!(%error, "the cache cannot be written");
            match root {
                Some(root) if is_damage(&error) => self.rebuild(&root, &error),
                Some(_) if !is_busy(&error) => self.give_up(plain(&error)),
                _ => return None,
            }
        }
        None
    }

    /// Opens the file; where that is impossible, gives it up.
    fn connect(&self, root: &Path) -> Option<Connected> {
        match open::on_disk(root) {
            Ok((connection, notice)) => {
                notice.into_iter().for_each(|notice| self.notice(notice));
                Some(Connected { connection, file: open::identity(root) })
            }
            Err(reason) => {
                *lock(&self.root) = None;
                self.notice(Notice::NotKept { reason });
                None
            }
        }
    }

    fn give_up(&self, reason: String) {
        *lock(&self.writer) = None;
        *lock(&self.reader) = None;
        *lock(&self.root) = None;
        self.notice(Notice::NotKept { reason });
    }

    /// Puts a damaged file aside. Opening looks at it again: another process may have done so already.
    fn rebuild(&self, root: &Path, error: &rusqlite::Error) {
        *lock(&self.writer) = None;
        *lock(&self.reader) = None;
        match open::set_aside(root, &plain(error)) {
            Ok(notice) => self.notice(notice),
            Err(reason) => self.give_up(reason),
        }
    }
}

fn commit<T>(
    connection: &mut Connection,
    write: impl Fn(&Transaction<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = write(&transaction)?;
    transaction.commit()?;
    Ok(value)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn code(error: &rusqlite::Error) -> Option<ErrorCode> {
    error.sqlite_error_code()
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(code(error), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
        // Tables or columns of another shape.
        || matches!(error, rusqlite::Error::InvalidColumnType(..) | rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::IntegralValueOutOfRange(..))
        || matches!(code(error), Some(ErrorCode::Unknown))
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(code(error), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn plain(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => failure.to_string(),
        other => other.to_string(),
    }
}
