//! The evidence of the gates of each folder, and its runs. They belong to folders by their paths, so that they outlive other
//! states of a folder.

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use stagegate_core::gates::Board;
use stagegate_core::run::Runs;

use super::{Folder, State};

/// Returns the time, in milliseconds since 1970 UTC: what ages are counted from.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Returns the folders as they are to be looked at now: ages of evidence count from this moment.
pub(super) fn at_present(folders: &Arc<Vec<Folder>>) -> Arc<Vec<Folder>> {
    if folders.iter().all(|folder| folder.root.gates.is_none() && folder.root.runs.is_none()) {
        return Arc::clone(folders);
    }
    let now = now_ms();
    let mut folders = folders.to_vec();
    for folder in &mut folders {
        folder.root.gates = folder.root.gates.as_ref().map(|board| board.at(now));
        folder.root.runs = folder.root.runs.as_ref().map(|runs| runs.at(now));
    }
    Arc::new(folders)
}

impl State {
    /// Returns the evidence of a folder; `None` until it was read once.
    pub(crate) fn board(&self, folder: &Path) -> Option<Board> {
        self.lock().boards.get(folder).cloned()
    }

    /// Replaces the evidence of a folder. Its state stays the same: only the findings of the files that
    /// [`State::touch`] is told of may be others.
    pub(crate) fn set_board(&self, folder: &Arc<Path>, board: Board) {
        let mut inner = self.lock();
        let inner = &mut *inner;
        for known in Arc::make_mut(&mut inner.folders) {
            if known.path == *folder {
                known.root.gates = Some(board.clone());
            }
        }
        inner.boards.insert(Arc::clone(folder), board);
    }

    /// Returns the runs of a folder; `None` where nobody looked at them.
    pub(crate) fn runs(&self, folder: &Path) -> Option<Runs> {
        self.lock().runs.get(folder).cloned()
    }

    /// Replaces the runs of a folder. Its state stays the same, as with [`State::set_board`].
    pub(crate) fn set_runs(&self, folder: &Arc<Path>, runs: Runs) {
        let mut inner = self.lock();
        let inner = &mut *inner;
        for known in Arc::make_mut(&mut inner.folders) {
            if known.path == *folder {
                known.root.runs = Some(runs.clone());
            }
        }
        inner.runs.insert(Arc::clone(folder), runs);
    }

    /// Keeps only the runs of the folders of the workspace.
    pub(crate) fn forget_other_runs(&self) {
        let mut inner = self.lock();
        let inner = &mut *inner;
        inner.runs.retain(|path, _| inner.folders.iter().any(|folder| folder.path == *path));
    }

    /// Keeps only the evidence of the folders of the workspace.
    pub(crate) fn forget_other_boards(&self) {
        let mut inner = self.lock();
        let inner = &mut *inner;
        inner.boards.retain(|path, _| inner.folders.iter().any(|folder| folder.path == *path));
    }
}
