//! Our own file watching, for clients that do not register `workspace/didChangeWatchedFiles`.
//!
//! Each folder that the walk enters is watched by itself: a recursive watch would also hold every folder that
//! `.gitignore` hides.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use notify::event::{EventKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use super::{Background, Event};

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

    /// Watches these folders and no other; returns those that are new. What happened in them before is not known.
    pub(super) fn watch(&mut self, wanted: BTreeSet<PathBuf>) -> Vec<PathBuf> {
        for gone in self.watched.difference(&wanted) {
            // A folder that was removed is no longer watched anyway.
            let _ = self.inner.unwatch(gone);
        }
        self.watched.retain(|path| wanted.contains(path));
        let mut new = Vec::new();
        for path in wanted {
            if self.watched.contains(&path) || self.full {
                continue;
            }
            match self.inner.watch(&path, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    new.push(path.clone());
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
        new
    }

    /// Forgets a folder that went or was replaced, and those below it; the next scan watches what is there.
    pub(super) fn forget(&mut self, path: &Path) {
        let gone: Vec<_> = self.watched.iter().filter(|watched| watched.starts_with(path)).cloned().collect();
        for folder in gone {
            let _ = self.inner.unwatch(&folder);
            self.watched.remove(&folder);
        }
    }
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
