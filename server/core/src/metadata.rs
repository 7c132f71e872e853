//! What a promotion writes into the files of its component (requirement 000, "Update Component Metadata" and "Update
//! Documentation"): the words that say stage, date and coverage, and nothing else. Every other byte stays.
//!
//! The functions are pure: from the texts of the files and what is known of the promotion to what would be written.

use crate::components::Id;
use crate::plan::FileChange;
use crate::stage::Stage;
use crate::workspace::Root;

/// What is known of a promotion.
#[derive(Clone, Debug, PartialEq)]
pub struct Promotion {
    /// The component, as it is shown.
    pub component: String,
    /// The stage before.
    pub from: Option<Stage>,
    /// The stage that is written.
    pub to: Stage,
    /// The day, as `2026-11-21` (UTC).
    pub date: String,
    /// The coverage that was measured, in percent.
    pub coverage: Option<f64>,
    /// The version that the code states.
    pub version: Option<String>,
    /// How many integration tests passed.
    pub integration_tests: Option<u64>,
    /// How many end-to-end tests passed.
    pub e2e_tests: Option<u64>,
    /// What was measured of its performance, in a few words: `p95 120 ms`.
    pub performance: Option<String>,
}

/// A file that may be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataFile {
    /// Relative to the root, with `/`.
    pub path: String,
    /// Its text, a byte order mark included.
    pub text: String,
}

/// What a promotion writes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// The files that change, in order of path.
    pub files: Vec<FileChange>,
    /// What is worth knowing: sentences.
    pub notes: Vec<String>,
}

/// Returns the files of a component that a promotion may change, whether or not they are there: those that state its
/// stage, the top files of its Python packages, and its README. In order of path.
#[must_use]
pub fn paths(_root: &Root, _id: Id) -> Vec<String> {
    Vec::new()
}

/// Returns what a promotion changes in `files`, those of [`paths`] that are there, read as UTF-8.
#[must_use]
pub fn changes(_root: &Root, _id: Id, _files: &[MetadataFile], _promotion: &Promotion) -> Changes {
    Changes::default()
}

/// Returns the version that the code states: `__version__` of a top file, else `version` of its manifest.
#[must_use]
pub fn version(_files: &[MetadataFile]) -> Option<String> {
    None
}
