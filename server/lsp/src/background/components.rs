//! Building the graph of components anew, and saying whose findings it changes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashSet;
use stagegate_core::components::{self, affects_others};
use stagegate_core::files::FileKind;

use super::Worker;
use super::facts::{In, Known};
use crate::state::{Folder, place};

/// How much an update changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Update {
    /// No findings.
    Nothing,
    /// Those of the files that were marked.
    Marked,
    /// Possibly all: there were no components before. Nothing is marked.
    Everything,
}

impl Worker {
    /// Looks again at what these files say, follows the folders' files and configuration, and builds the components
    /// of each folder in which anything is new. Marks the files whose findings may be others.
    pub(super) fn update(&mut self, changed: &[PathBuf]) -> Update {
        let folders = self.cx.state.folders();
        let mut built: Vec<Folder> = folders.to_vec();
        let mut affected: Vec<(Arc<Path>, Arc<str>)> = Vec::new();
        let (mut new, mut everything) = (false, false);
        for (folder, built) in folders.iter().zip(&mut built) {
            let here = In { folders: &folders, folder };
            if !self.look_again(here, changed) {
                continue;
            }
            let Some(known) = self.known.get_mut(&folder.path) else { continue };
            let components = known.components(folder.root.components.as_ref());
            let mut paths = match &folder.root.components {
                Some(old) => components::affected(old, &components),
                None => Vec::new(),
            };
            if folder.root.components.as_ref().is_some_and(|old| affects_others(old, &components)) {
                paths.extend(self.stating_nothing(here));
            }
            new = true;
            everything |= folder.root.components.is_none();
            *built = folder.with_components(components);
            affected.extend(paths.into_iter().map(|path| (Arc::clone(&folder.path), path)));
        }
        if new {
            self.cx.state.set_folders(built);
        }
        match (everything, affected.is_empty()) {
            (true, _) => Update::Everything,
            (false, true) => Update::Nothing,
            (false, false) => {
                self.mark(&affected);
                Update::Marked
            }
        }
    }

    /// Returns the specs of a folder that say nothing about a component, also those that only an editor has.
    fn stating_nothing(&self, here: In<'_>) -> Vec<Arc<str>> {
        let Some(known) = self.known.get(&here.folder.path) else { return Vec::new() };
        let documents = self.cx.state.owners();
        let open = documents.keys().filter_map(|home| {
            let (folder, relative) = place(here.folders, home)?;
            (folder.path == here.folder.path).then_some(relative)
        });
        let is_spec = |path: &str| here.folder.root.analyses(path) == Some(FileKind::Spec);
        let mut paths: Vec<Arc<str>> = known.silent(here, is_spec);
        paths.extend(open.filter(|path| is_spec(path) && !known.states(path)).map(Arc::from));
        paths.sort_unstable();
        paths.dedup();
        paths
    }

    /// Brings what is known of one folder up to date; returns whether anything is new.
    fn look_again(&mut self, here: In<'_>, changed: &[PathBuf]) -> bool {
        // Before the first scan nobody knows which files there are.
        let Some(files) = &here.folder.root.files else { return false };
        let state = &self.cx.state;
        let Some(known) = self.known.get_mut(&here.folder.path).filter(|known| known.is_of(here.folder))
        else {
            let known = Known::read(here, files, state);
            self.known.insert(Arc::clone(&here.folder.path), known);
            return true;
        };
        let mut new = known.follow(here, files, state);
        for path in changed {
            let Some((innermost, _)) = place(here.folders, path) else { continue };
            if innermost.path == here.folder.path {
                new |= known.update(here, path, state);
            }
        }
        new
    }

    /// Marks the files whose findings may differ: those in an editor first.
    fn mark(&self, affected: &[(Arc<Path>, Arc<str>)]) {
        let (state, publisher) = (&self.cx.state, &self.cx.publisher);
        let homes = affected.iter().map(|(folder, path)| Arc::<Path>::from(folder.join(&**path)));
        let (open, closed): (Vec<_>, Vec<_>) = {
            let owners = state.owners();
            homes.partition(|home| owners.contains_key(home))
        };
        for home in &open {
            publisher.update(&state.uri_of(home));
        }
        for home in &closed {
            publisher.update_later(&state.uri_of(home));
        }
        // Also of those in an editor: they may be closed by the time somebody asks.
        state.touch(open.into_iter().chain(closed));
    }

    /// Returns the files below these folders that say something.
    pub(super) fn known_below(&self, wanted: &FxHashSet<PathBuf>) -> Vec<PathBuf> {
        let folders = self.cx.state.folders();
        let mut found = Vec::new();
        for (folder, relative) in wanted.iter().filter_map(|path| place(&folders, path)) {
            let Some(known) = self.known.get(&folder.path) else { continue };
            if relative.is_empty() {
                continue; // Its own files are known one by one.
            }
            found.extend(known.below(&relative).iter().map(|file| folder.path.join(&**file)));
        }
        found
    }
}
