//! The files of a workspace as they were before known edits.

use std::sync::Arc;

use stagegate_core::plan::FileChange;
use stagegate_core::workspace::Root;

use super::Snapshot;
use super::content::of_text;
use super::snapshot::File;

impl Snapshot {
    /// Returns this snapshot with `changes` taken back: everything else as it is now. `None` where a file that was changed
    /// is no longer what the change left, or is a link.
    #[must_use]
    pub(crate) fn before(&self, root: &Root, changes: &[FileChange]) -> Option<Snapshot> {
        let mut past = self.clone();
        let files = Arc::make_mut(&mut past.files);
        let scopes = Arc::make_mut(&mut past.scopes);
        for change in changes {
            let path = &*change.path;
            let mode = self.known_file(path).map(|file| file.stamp);
            let hash = |text: &str| of_text(text, mode.as_ref());
            let at = files.binary_search_by(|file| (*file.path).cmp(path));
            if at.map_or(None, |at| Some(files[at].hash)) != change.after.as_deref().map(hash) {
                return None;
            }
            match (at, change.before.as_deref().map(hash)) {
                (Ok(at), _) if files[at].is_link => return None,
                (Ok(at), Some(hash)) => files[at].hash = hash,
                (Ok(at), None) => drop(files.remove(at)),
                (Err(at), Some(hash)) => {
                    let group = scopes.group_of(path, root);
                    files.insert(at, File { path: path.into(), hash, is_link: false, group });
                }
                (Err(_), None) => {}
            }
        }
        past.regroup(None);
        Some(past)
    }
}
