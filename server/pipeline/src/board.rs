//! The board of a workspace: all evidence, and whether it still holds.

use std::path::{Path, PathBuf};

use stagegate_core::gates::{Board, GateName};
use stagegate_core::workspace::Root;

use crate::inputs::{Definition, Snapshot};
use crate::store::StoreError;

/// Says how a gate of a component (by canonical name) would be run now; `None` where it cannot be run, so that its
/// evidence is out of date.
pub type Definitions<'a> = dyn Fn(&str, &GateName) -> Option<Definition> + 'a;

/// Returns all evidence of the workspace at `folder`, run by us or found in reports, with whether it still holds in
/// `snapshot`; one is taken where there is none.
///
/// # Errors
/// Returns why stored evidence cannot be read.
pub fn load(
    folder: &Path,
    root: &Root,
    snapshot: Option<&Snapshot>,
    definitions: &Definitions<'_>,
) -> Result<Board, StoreError> {
    let _ = (folder, root, snapshot, definitions);
    todo!()
}

/// Keeps the board of a workspace up to date. It only reads.
#[derive(Debug)]
pub struct BoardLoader {
    folder: PathBuf,
}

impl BoardLoader {
    /// For the workspace at `folder`. Nothing is read yet.
    #[must_use]
    pub fn new(folder: &Path) -> BoardLoader {
        BoardLoader { folder: folder.to_owned() }
    }

    /// Looks at everything again.
    pub fn load(&mut self, root: &Root, definitions: &Definitions<'_>) -> Board {
        let _ = (root, definitions, &self.folder);
        todo!()
    }

    /// Looks at what changed on disk: files of the workspace, reports, our own store (give any path below
    /// `.stagegate`). `root.files` and `root.components` are those that hold the change.
    pub fn update(&mut self, root: &Root, paths: &[&str], definitions: &Definitions<'_>) -> Board {
        let _ = (root, paths, definitions);
        todo!()
    }

    /// Why stored evidence could not be read the last time.
    #[must_use]
    pub fn problem(&self) -> Option<&StoreError> {
        todo!()
    }

    /// The files as they were looked at last.
    #[must_use]
    pub fn snapshot(&self) -> Option<&Snapshot> {
        todo!()
    }
}
