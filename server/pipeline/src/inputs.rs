//! What a verdict depends on: every file that a tool may read, the definition of the gate and the tool itself, as one
//! hash, so that evidence is served only as long as nothing of it changed.
//!
//! A [`Snapshot`] is taken once for all components: it walks the folder as git sees it and reads only what changed by
//! its metadata since it was read before. What counts for a component ([`Snapshot::inputs`]):
//!
//! - every file that git does not ignore, tracked or not, and the lock files and configuration files of the root that
//!   count even where git ignores them;
//! - for a tool that looks at files alone, such as a linter, without the source and the tests of other components, except
//!   of those that it depends on, directly or through others. Where no file says what a component depends on, and for
//!   a tool that follows imports ([`Definition::follows_imports`]), every component counts;
//! - without Markdown, except in its own folders; specs, MATURITY files, instruction files and our configuration do not
//!   count, for hardly a tool reads them ([`Definition::inputs`] adds them, and files that git ignores, for one that
//!   does: the search for secrets asks for everything below the folders of the component);
//! - without reports and caches that tools write.
//!
//! Name, content and the executable bit of a file count; of a link what it leads to where that is a file of the
//! workspace, else where it leads. What cannot be read counts by its error.

mod asked;
mod caches;
mod changed;
mod content;
mod group;
mod past;
mod scope;
mod snapshot;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use stagegate_core::glob::Glob;

pub(crate) use caches::{ALWAYS, configured_reports as reports_of, is_written_by_tools, made_below};
pub use changed::changed;
pub(crate) use content::now_ns;
pub use content::{KnownFile, KnownFiles, Stamp};
pub use group::Group;
pub use snapshot::Snapshot;

/// A hash of content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub(crate) [u8; 32]);

impl Hash {
    /// Reads a hash from 64 hexadecimal digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Hash> {
        blake3::Hash::from_hex(text).ok().map(|hash| Hash(*hash.as_bytes()))
    }

    /// Returns the bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// In hexadecimal.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex()[..12])
    }
}

/// What decides how a gate is run, beside files.
#[derive(Clone, Debug, Default)]
pub struct Definition {
    /// Everything that decides what is run: argument lists, folder, environment, format, exit codes. Thresholds are no
    /// part of it.
    pub text: String,
    /// The tools, one a line: the name, a blank, and what tells one version from another: `ruff 0.14.5`. Only the name
    /// is shown to people (`the version of ruff`).
    pub tool: String,
    /// Files that count beside the usual ones, also where git ignores them.
    pub inputs: Vec<Arc<Glob>>,
    /// Whether the source and tests of every component count, as for a tool that follows imports: code may use what no
    /// spec names.
    pub follows_imports: bool,
}

/// What one gate of one component depends on, as of one moment.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The hash of everything.
    pub hash: Hash,
    /// What it is made of, without the files.
    pub manifest: Manifest,
    /// The files, in the order of [`Manifest::groups`].
    pub groups: Vec<Arc<Group>>,
}

/// What a hash of inputs is made of. It is stored beside the evidence, so that what changed can be named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The hash of [`Definition::text`] and the patterns of [`Definition::inputs`].
    pub definition: Hash,
    /// [`Definition::tool`].
    pub tool: String,
    /// The hashes of the groups of files, sorted.
    pub groups: Vec<Hash>,
}

impl Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        let text = String::deserialize(deserializer)?;
        Hash::from_hex(&text).ok_or_else(|| serde::de::Error::custom("expected 64 hexadecimal digits"))
    }
}

/// The time now, in milliseconds since 1970 UTC.
pub(crate) fn now_ms() -> i64 {
    now_ns() / 1_000_000
}
