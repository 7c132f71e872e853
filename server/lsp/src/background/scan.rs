//! Looking for the files of the folders, and reading their configuration.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use stagegate_core::workspace::{FileIndex, Root};
use stagegate_workspace::{WalkOptions, Workspace, walk};

use super::watch::Watcher;
use super::{BETWEEN_SCANS, Batch, Worker};
use crate::progress::Progress;
use crate::state::Folder;

/// Reads the configuration of the folders: quick enough to be done before the first answer.
pub(crate) fn load_folders(paths: &[PathBuf], settings: Option<&serde_json::Value>) -> Vec<Folder> {
    paths.iter().map(|path| Folder::new(path, load_root(path, settings))).collect()
}

fn load_root(path: &Path, settings: Option<&serde_json::Value>) -> Root {
    let workspace = Workspace::load_with(path, settings);
    for problem in &workspace.settings_problems {
        tracing::warn!("settings of the editor: {}: {}", problem.key, problem.message);
    }
    workspace.root
}

impl Worker {
    /// Reads the configuration of every folder again.
    pub(super) fn reload(&self) {
        let folders = self.cx.state.folders();
        let folders = folders.iter().map(|folder| {
            let loaded = load_root(&folder.path, self.settings());
            // The components are built anew in a moment.
            let (files, components) = (folder.root.files.clone(), folder.root.components.clone());
            Folder::new(&folder.path, Root { files, components, ..loaded })
        });
        self.cx.state.set_folders(folders.collect());
    }

    /// Looks for the files of every folder; returns whether anything changed.
    pub(super) fn rescan(&mut self, batch: &mut Batch) -> bool {
        // Later scans are short and nobody asked for them.
        let progress = match self.last_scan {
            None => Progress::begin(&self.cx, "Stagegate", "looking for files"),
            Some(_) => Progress::none(),
        };
        let folders = self.cx.state.folders();
        let watches = self.cx.state.client().is_some_and(|client| !client.watches_files);
        let mut changed = false;
        let mut scanned = Vec::with_capacity(folders.len());
        let mut entered = BTreeSet::new();
        for (i, folder) in folders.iter().enumerate() {
            progress.report(i, folders.len(), &folder.path.to_string_lossy());
            // One thread: the editor's keystrokes need the other core more than a scan does.
            let found = walk(&folder.path, &WalkOptions { threads: Some(1), folders: watches });
            entered.extend(found.folders.iter().map(|inner| folder.path.join(&**inner)));
            if watches {
                entered.extend(self.folders_of_places(folder));
            }
            if folder.root.files.is_none() {
                for problem in found.problems.iter().take(10) {
                    tracing::warn!("{}: {}", problem.path, problem.message);
                }
            }
            if folder.root.files.as_ref().is_some_and(|index| index.paths() == found.files) {
                scanned.push(folder.clone());
                continue;
            }
            changed = true;
            let files = Some(Arc::new(FileIndex::new(found.files)));
            scanned.push(Folder::new(&folder.path, Root { files, ..folder.root.clone() }));
        }
        if watches {
            let new = self.watch(entered);
            changed |= !new.is_empty();
            if !new.is_empty() {
                // What came between the scan and the watch is found by another scan.
                self.scan_due = Some(Instant::now() + BETWEEN_SCANS);
            }
            // What happened in a folder before it was watched is not known.
            batch.folders.extend(new.into_iter().filter(|_| self.last_scan.is_some()));
        }
        if changed {
            self.cx.state.set_folders(scanned);
        }
        if self.last_scan.is_none() {
            // The configuration may have changed since the server started; nobody watched it.
            self.reload();
        }
        progress.end();
        changed
    }

    /// Returns the folders of files that count although git may ignore them, as far as they are there.
    fn folders_of_places(&self, folder: &Folder) -> Vec<PathBuf> {
        let places = self.cx.gates.host.places(&folder.root.config);
        let folders: BTreeSet<&Path> =
            places.iter().flat_map(|place| Path::new(place).ancestors().skip(1)).collect();
        folders.into_iter().map(|inner| folder.path.join(inner)).filter(|path| path.is_dir()).collect()
    }

    /// Watches the folders that git does not ignore, where the client does not do it; returns those that are new.
    fn watch(&mut self, folders: BTreeSet<PathBuf>) -> Vec<PathBuf> {
        if self.watcher.is_none() {
            self.watcher = Watcher::start(self.events.clone());
        }
        self.watcher.as_mut().map(|watcher| watcher.watch(folders)).unwrap_or_default()
    }
}
