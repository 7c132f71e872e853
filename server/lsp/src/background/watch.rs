//! Our own file watching, for clients that do not register `workspace/didChangeWatchedFiles`.
//!
//! Each folder that holds a file of the index is watched by itself: a recursive watch would also hold every
//! folder that `.gitignore` hides.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use notify::event::{EventKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use super::{Background, Event};
use crate::state::Folder;

pub(super) struct Watcher {
    inner: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
    full: bool,
}

impl Watcher {
    /// Starts watching nothing; `None` where the system does not let us, which is logged.
    pub(super) fn start(events: Background) -> Option<Watcher> {
        let inner = notify::recommended_watcher(move |event| forward(event, &events));
        match inner {
            Ok(inner) => Some(Watcher { inner, watched: BTreeSet::new(), full: false }),
            Err(error) => {
                tracing::warn!("files changed outside of the editor will not be noticed: {error}");
                None
            }
        }
    }

    /// Watches every folder below `folders` that holds files, and no other.
    pub(super) fn watch(&mut self, folders: &[Folder]) {
        let wanted: BTreeSet<PathBuf> = folders.iter().flat_map(folders_of).collect();
        for gone in self.watched.difference(&wanted) {
            // A folder that was removed is no longer watched anyway.
            let _ = self.inner.unwatch(gone);
        }
        self.watched.retain(|path| wanted.contains(path));
        for path in wanted {
            if self.watched.contains(&path) || self.full {
                continue;
            }
            match self.inner.watch(&path, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.watched.insert(path);
                }
                Err(error) if matches!(error.kind, notify::ErrorKind::MaxFilesWatch) => {
                    self.full = true;
                    tracing::warn!(
                        "the limit of watched folders is reached after {}: changes in others will not be noticed; \
                         raise fs.inotify.max_user_watches",
                        self.watched.len()
                    );
                }
                Err(error) => tracing::debug!("{} cannot be watched: {error}", path.display()),
            }
        }
    }
}

/// Returns the folder itself and every folder below it that holds an indexed file.
fn folders_of(folder: &Folder) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::from([folder.path.to_path_buf()]);
    for path in folder.root.files.as_ref().map(|files| files.paths()).unwrap_or_default() {
        let mut parent = Path::new(&**path).parent();
        while let Some(inner) = parent.filter(|inner| !inner.as_os_str().is_empty()) {
            if !found.insert(folder.path.join(inner)) {
                break; // And with it every folder above.
            }
            parent = inner.parent();
        }
    }
    found
}

fn forward(event: notify::Result<notify::Event>, events: &Background) {
    let event = match event {
        Ok(event) => event,
        Err(error) => {
            tracing::debug!("file watching: {error}");
            return events.send(Event::Lost);
        }
    };
    if event.need_rescan() {
        return events.send(Event::Lost);
    }
    let existence = match event.kind {
        EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)) => true,
        EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Any) | EventKind::Any => false,
        _ => return,
    };
    for path in event.paths {
        events.send(Event::File { path, existence });
    }
}
