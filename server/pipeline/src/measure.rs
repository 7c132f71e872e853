//! Reports that lie in a workspace, written by hand or by CI, as evidence.

use std::path::Path;

use stagegate_core::gates::{Evidence, Freshness};
use stagegate_core::workspace::Root;

use crate::inputs::Snapshot;
use crate::store::MeasuredFile;

/// What the reports of a workspace say. A report is read once and again when its metadata changes.
#[derive(Debug, Default)]
pub struct Reports {}

/// Evidence from a report.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// What the report says of one component.
    pub evidence: Evidence,
    /// Whether inputs of the component are newer than the report.
    pub freshness: Freshness,
}

impl Reports {
    /// Looks for reports in the workspace at `folder` and reads those that are new.
    pub fn refresh(&mut self, folder: &Path, root: &Root) {
        let _ = (folder, root);
        todo!()
    }

    /// Returns what the reports say of the components, in order of component and gate; the newest report of a gate.
    #[must_use]
    pub fn evidence(&self, root: &Root, snapshot: &Snapshot) -> Vec<Measured> {
        let _ = (root, snapshot);
        todo!()
    }

    /// Returns the coverage of files in the newest reports, in order of path.
    #[must_use]
    pub fn files(&self) -> Vec<MeasuredFile> {
        todo!()
    }

    /// Whether the file at `path` (relative, with `/`) is, or would be, such a report.
    #[must_use]
    pub fn is_report(path: &str, root: &Root) -> bool {
        let _ = (path, root);
        todo!()
    }
}
