//! All files of a workspace with their content, as of one moment.

use std::path::Path;
use std::sync::Arc;

use stagegate_core::workspace::Root;

use super::{Definition, Hash, Inputs, KnownFiles};

/// All files of a workspace with their content, as of one moment. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Snapshot {}

impl Snapshot {
    /// Looks at every file of the workspace at `folder`. Files whose metadata is as `known` says are not read.
    /// `root.components` decides what belongs to whom; without components every file counts for everybody.
    #[must_use]
    pub fn scan(folder: &Path, root: &Root, known: &KnownFiles) -> Snapshot {
        let _ = (folder, root, known);
        todo!()
    }

    /// Looks at every file again; what did not change since this snapshot is not read.
    #[must_use]
    pub fn again(&self, root: &Root) -> Snapshot {
        let _ = root;
        todo!()
    }

    /// Looks again at the files at `paths` (relative, with `/`), and at those below where one is or was a folder. Files
    /// that were not known before count where `root.files` has them, so give it the index that holds the change.
    pub fn update(&mut self, root: &Root, paths: &[&str]) {
        let _ = (root, paths);
        todo!()
    }

    /// Returns what a gate of the component with this canonical name depends on.
    #[must_use]
    pub fn inputs(&self, component: &str, definition: &Definition) -> Inputs {
        let _ = (component, definition);
        todo!()
    }

    /// Returns the hash of the file at `path`; `None` where there is none.
    #[must_use]
    pub fn content(&self, path: &str) -> Option<Hash> {
        let _ = path;
        todo!()
    }

    /// Returns what to know for the next [`Snapshot::scan`].
    #[must_use]
    pub fn known(&self) -> Arc<KnownFiles> {
        todo!()
    }
}
