//! Evidence, kept in SQLite below the root: `.stagegate/evidence.db`.
//!
//! What was seen is inserted and never changed. The newest evidence of a gate is the one that was inserted last: the
//! clock may be set back. A damaged file is put aside, never deleted, and a new one is begun.

mod error;
mod flaky;
mod folder;
mod open;
mod rows;
#[cfg(test)]
mod tests;

use std::path::Path;

use stagegate_core::gates::{Evidence, GateName};

pub use error::{Notice, StoreError};

use crate::inputs::{Group, Hash, Inputs, KnownFiles, Manifest};

/// The folder of our own files in a workspace; it carries its own `.gitignore`.
pub const FOLDER: &str = ".stagegate";

/// The store of one workspace.
#[derive(Debug)]
pub struct Store {}

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
        let _ = root;
        todo!()
    }

    /// Opens the store for reading; `None` where there is none. Nothing is created or written, so it also works where
    /// that is impossible.
    ///
    /// # Errors
    /// Returns why it cannot be read, and what to do.
    pub fn open_read(root: &Path) -> Result<Option<Store>, StoreError> {
        let _ = root;
        todo!()
    }

    /// What the user should know: that a damaged file was put aside.
    #[must_use]
    pub fn notice(&self) -> Option<&Notice> {
        todo!()
    }

    /// Keeps evidence, all of it or nothing, and returns its number.
    ///
    /// # Errors
    /// Returns why nothing was kept.
    pub fn insert(&mut self, new: New<'_>) -> Result<i64, StoreError> {
        let _ = new;
        todo!()
    }

    /// Returns the newest evidence of every gate of the component with this canonical name, in order of gate.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn newest(&self, component: &str) -> Result<Vec<Stored>, StoreError> {
        let _ = component;
        todo!()
    }

    /// Returns the newest evidence of every gate of every component, in order of component and gate.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn newest_all(&self) -> Result<Vec<Stored>, StoreError> {
        todo!()
    }

    /// Returns the last `limit` pieces of evidence of a gate, the newest first.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn history(&self, component: &str, gate: &GateName, limit: usize) -> Result<Vec<Stored>, StoreError> {
        let _ = (component, gate, limit);
        todo!()
    }

    /// Returns a group of files of a manifest; `None` where it is lost.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn group(&self, hash: Hash) -> Result<Option<Group>, StoreError> {
        let _ = hash;
        todo!()
    }

    /// Returns the newest coverage of every file, in order of path.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn files(&self) -> Result<Vec<MeasuredFile>, StoreError> {
        todo!()
    }

    /// Returns the tests of a gate that failed in one run and passed in another one on the same inputs, sorted.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn flaky(&self, component: &str, gate: &GateName, inputs: Hash) -> Result<Vec<String>, StoreError> {
        let _ = (component, gate, inputs);
        todo!()
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
        let _ = (component, gate, inputs, ran);
        todo!()
    }

    /// Keeps the last `keep` pieces of evidence of every gate, and nothing that only older ones need.
    ///
    /// # Errors
    /// Returns why nothing was removed.
    pub fn prune(&mut self, keep: usize) -> Result<usize, StoreError> {
        let _ = keep;
        todo!()
    }

    /// Returns what was read of files before, for [`crate::inputs::Snapshot::scan`].
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn known_files(&self) -> Result<KnownFiles, StoreError> {
        todo!()
    }

    /// Keeps what was read of files.
    ///
    /// # Errors
    /// Returns why it was not kept; it only costs time.
    pub fn keep_known_files(&mut self, known: &KnownFiles) -> Result<(), StoreError> {
        let _ = known;
        todo!()
    }
}
