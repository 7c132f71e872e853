//! Evidence, kept in SQLite below the root: `.stagegate/evidence.db`.
//!
//! What was seen is inserted and never changed. The newest evidence of a gate is the one that was inserted last: the
//! clock may be set back. A damaged file is put aside, never deleted, and a new one is begun. Each row carries a hash
//! with a key of this user and this workspace: a file that came with the repository says nothing.

mod error;
mod flaky;
mod folder;
mod key;
mod open;
mod rows;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use stagegate_core::gates::{Evidence, GateName};

pub use error::{Notice, StoreError};
pub use folder::create as create_folder;
pub(crate) use key::find as key;

use crate::inputs::{Group, Hash, Inputs, KnownFiles, Manifest, Stamp};

/// The folder of our own files in a workspace; it carries its own `.gitignore`.
pub const FOLDER: &str = ".stagegate";

/// The store of one workspace.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    /// What marks evidence as ours; without one, none is.
    key: Option<key::Key>,
    root: PathBuf,
    path: PathBuf,
    /// Which file the connection is to.
    identity: Option<(u64, u64)>,
    access: Access,
    notice: Option<Notice>,
}

/// What a store was opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Write,
    /// For reading, and it may change meanwhile.
    Read,
    /// For reading as a file that cannot change; its metadata at that time.
    ReadQuiet(Option<Stamp>),
}

/// Evidence to be kept.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    /// What was seen.
    pub evidence: &'a Evidence,
    /// What it depends on; `None` where nobody saw that (a report that lay there).
    pub inputs: Option<&'a Inputs>,
    /// The coverage of files that it measured.
    pub files: &'a [MeasuredFile],
    /// The tests that it ran.
    pub tests: Option<&'a RanTests>,
}

/// Evidence that is kept once more, with other inputs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CarriedRow<'a> {
    /// The number of the evidence that it repeats.
    pub(crate) of: i64,
    /// What was seen, with what it depends on now.
    pub(crate) evidence: &'a Evidence,
    /// What it depends on now.
    pub(crate) inputs: &'a Inputs,
}

/// The coverage of one file, as it was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasuredFile {
    /// Relative to the root, with `/`.
    pub path: String,
    /// Statements that were run.
    pub covered: u32,
    /// Statements.
    pub statements: u32,
    /// First and last lines, from 1, of what was not run; in order.
    pub missing: Vec<(u32, u32)>,
    /// The content of the file that was measured ([`crate::inputs::Snapshot::content`]); `None` where nobody saw it.
    pub content: Option<Hash>,
    /// When it was measured, in milliseconds since 1970 UTC.
    pub measured_ms: i64,
}

/// Tests that were run, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RanTests {
    /// Failed, or could not be run to their end.
    pub failed: Vec<String>,
    /// Passed.
    pub passed: Vec<String>,
}

/// Evidence that was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Its number, which grows.
    pub id: i64,
    /// What was seen.
    pub evidence: Evidence,
    /// What it depends on.
    pub manifest: Option<Manifest>,
}

impl Store {
    /// Opens the store of the workspace at `root` for writing, and creates what is missing.
    ///
    /// # Errors
    /// Returns why it cannot be used, and what to do.
    pub fn open(root: &Path) -> Result<Store, StoreError> {
        let (connection, path, notice) = open::for_writing(root)?;
        let identity = open::identity(&path);
        let key = key::find(root, true);
        Ok(Store { connection, key, root: root.to_owned(), path, identity, access: Access::Write, notice })
    }

    /// Opens the store for reading; `None` where there is none yet. Nothing is created or written, so it also works where
    /// that is impossible.
    ///
    /// # Errors
    /// Returns why it cannot be read, and what to do.
    pub fn open_read(root: &Path) -> Result<Option<Store>, StoreError> {
        let before = stamp(&root.join(FOLDER).join(open::FILE));
        let Some((connection, path, quiet)) = open::for_reading(root)? else { return Ok(None) };
        let identity = open::identity(&path);
        let access = if quiet { Access::ReadQuiet(before) } else { Access::Read };
        let key = key::find(root, false);
        Ok(Some(Store { connection, key, root: root.to_owned(), path, identity, access, notice: None }))
    }

    /// What the user should know: that a damaged file was put aside.
    #[must_use]
    pub fn notice(&self) -> Option<&Notice> {
        self.notice.as_ref()
    }

    /// Keeps evidence, all of it or nothing, and returns its number.
    ///
    /// # Errors
    /// Returns why nothing was kept.
    pub fn insert(&mut self, new: New<'_>) -> Result<i64, StoreError> {
        let Some(key) = self.key else {
            return Err(StoreError::Unusable {
                path: format!("{FOLDER}/{}", open::FILE),
                reason: "there is no key that would mark evidence as yours".to_owned(),
                help: "set STAGEGATE_STATE_DIR to a folder of yours",
            });
        };
        self.write(|transaction| rows::insert(transaction, &new, &key))
    }

    /// Keeps evidence once more with other inputs, all of it or nothing; returns how many pieces. Where another process kept
    /// newer evidence meanwhile, that stays the newest.
    ///
    /// # Errors
    /// Returns why nothing was kept.
    pub(crate) fn carry(
        &mut self,
        carried: &[CarriedRow<'_>],
        files: &[MeasuredFile],
    ) -> Result<usize, StoreError> {
        let Some(key) = self.key else { return Ok(0) };
        self.write(|transaction| rows::carry(transaction, carried, files, &key))
    }

    /// Returns the newest evidence of every gate of the component with this canonical name, in order of gate.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn newest(&self, component: &str) -> Result<Vec<Stored>, StoreError> {
        self.read(|connection| rows::newest(connection, Some(component), self.key.as_ref())).map(ours)
    }

    /// Returns the newest evidence of every gate of every component, in order of component and gate.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn newest_all(&self) -> Result<Vec<Stored>, StoreError> {
        self.read(|connection| rows::newest(connection, None, self.key.as_ref())).map(ours)
    }

    /// Returns the last `limit` pieces of evidence of a gate, the newest first.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn history(&self, component: &str, gate: &GateName, limit: usize) -> Result<Vec<Stored>, StoreError> {
        self.read(|connection| rows::history(connection, component, gate, limit, self.key.as_ref()))
    }

    /// Returns a group of files of a manifest; `None` where it is lost.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn group(&self, hash: Hash) -> Result<Option<Group>, StoreError> {
        self.read(|connection| rows::group(connection, hash))
    }

    /// Returns the newest coverage of every file, in order of path.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn files(&self) -> Result<Vec<MeasuredFile>, StoreError> {
        self.read(rows::measured)
    }

    /// Returns the tests of a gate that failed in one run and passed in another one on the same inputs, sorted.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn flaky(&self, component: &str, gate: &GateName, inputs: Hash) -> Result<Vec<String>, StoreError> {
        self.read(|connection| flaky::find(connection, component, gate, inputs, None))
    }

    /// Returns [`Store::flaky`] as it will be once `ran` is kept as well.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn flaky_with(
        &self,
        component: &str,
        gate: &GateName,
        inputs: Hash,
        ran: &RanTests,
    ) -> Result<Vec<String>, StoreError> {
        self.read(|connection| flaky::find(connection, component, gate, inputs, Some(ran)))
    }

    /// Keeps the last `keep` pieces of evidence of every gate (at least one), and nothing that only older ones need;
    /// returns how many were removed. Inserting keeps the last 100 by itself.
    ///
    /// # Errors
    /// Returns why nothing was removed.
    pub fn prune(&mut self, keep: usize) -> Result<usize, StoreError> {
        self.write(|transaction| {
            let gates: Vec<(String, String)> = {
                let mut statement = transaction.prepare("SELECT component, gate FROM newest")?;
                let gates = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
                gates.collect::<rusqlite::Result<_>>()?
            };
            let trim = |(component, gate): &(String, String)| rows::trim(transaction, component, gate, keep);
            gates.iter().map(trim).sum()
        })
    }

    /// Returns what was read of files before, for [`crate::inputs::Snapshot::scan`].
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn known_files(&self) -> Result<KnownFiles, StoreError> {
        self.read(rows::known_files)
    }

    /// Keeps what was read of files. Nothing is written where it is what is kept already.
    ///
    /// # Errors
    /// Returns why it was not kept; that costs nothing but time.
    pub fn keep_known_files(&mut self, known: &KnownFiles) -> Result<(), StoreError> {
        if self.known_files().is_ok_and(|kept| kept == *known) {
            return Ok(());
        }
        self.write(|transaction| rows::put_known_files(transaction, known))
    }

    /// Reads; once more where the file changed meanwhile, which a connection to a file that cannot change does not see.
    fn read<T>(&self, read: impl Fn(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let result = read(&self.connection).map_err(|error| open::explained(&error));
        match self.access {
            Access::ReadQuiet(before) if before != stamp(&self.path) || open::has_log(&self.path) => {
                match open::for_reading(&self.root)? {
                    Some((connection, _, _)) => read(&connection).map_err(|error| open::explained(&error)),
                    None => result,
                }
            }
            _ => result,
        }
    }

    /// Writes, all or nothing. Another process may have put a damaged file aside, and this one finds one now: then it is
    /// written to the new one.
    fn write<T>(&mut self, write: impl Fn(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        if self.access != Access::Write {
            return Err(StoreError::Unusable {
                path: format!("{FOLDER}/{}", open::FILE),
                reason: "it was opened for reading".to_owned(),
                help: "open it for writing",
            });
        }
        if open::identity(&self.path) != self.identity {
            self.open_again()?;
        }
        match commit(&mut self.connection, &write) {
            Err(error) if matches!(open::explained(&error), StoreError::Damaged { .. }) => {
                self.open_again()?;
                commit(&mut self.connection, &write).map_err(|error| open::explained(&error))
            }
            result => result.map_err(|error| open::explained(&error)),
        }
    }

    fn open_again(&mut self) -> Result<(), StoreError> {
        let notice = self.notice.take();
        *self = Store::open(&self.root)?;
        self.notice = self.notice.take().or(notice);
        Ok(())
    }
}

/// Leaves out what nobody wrote here, and says so.
fn ours(rows: Vec<Option<Stored>>) -> Vec<Stored> {
    let strange = rows.iter().filter(|row| row.is_none()).count();
    if strange > 0 {
        tracing::warn!(
            "{strange} gates have evidence in .stagegate/evidence.db that was not written by you in this workspace; \
             it counts for nothing: run the gates"
        );
    }
    rows.into_iter().flatten().collect()
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

fn stamp(path: &Path) -> Option<Stamp> {
    std::fs::metadata(path).ok().map(|metadata| Stamp::of(&metadata))
}
