//! Marking what has to be published anew.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashSet;
use stagegate_core::files::FileKind;

use super::Worker;
use crate::refresh::refresh_all;
use crate::state::{Folder, place};

impl Worker {
    /// Marks files that changed on disk; an editor's text counts before it.
    pub(super) fn publish_changed(&self, changed: &FxHashSet<PathBuf>) {
        for path in changed {
            if self.cx.state.document_at(path).is_none() {
                self.cx.publisher.update_later(&self.cx.state.uri_of(path));
            }
        }
    }

    /// Marks files whose findings point to places in these ones: the text around a place may have moved it to another
    /// line, even where what it says, and at which byte, is the same.
    pub(super) fn publish_pointing_to(&self, looked_at: &[PathBuf]) {
        if looked_at.is_empty() {
            return;
        }
        let state = &self.cx.state;
        let wanted: FxHashSet<&Path> = looked_at.iter().map(AsRef::as_ref).collect();
        state.touch(wanted.iter().map(|path| Arc::from(*path)));
        for uri in self.cx.publisher.pointing_to(|path| wanted.contains(path)) {
            if state.document(&uri).is_some() {
                self.cx.publisher.update(&uri);
            } else {
                self.cx.publisher.update_later(&uri);
            }
        }
    }

    /// Marks the documents of the editor.
    pub(super) fn publish_open(&self) {
        for document in &self.cx.state.documents() {
            self.cx.publisher.update(&document.uri);
        }
    }

    /// Publishes the findings of open documents first, then those of all other files, and takes back what is
    /// shown of files that are no longer there.
    pub(super) fn publish_all(&self) {
        self.publish_open();
        if !self.cx.state.client().is_some_and(|client| client.push) {
            return;
        }
        for uri in self.cx.publisher.shown() {
            self.cx.publisher.update_later(&uri);
        }
        let folders = self.cx.state.folders();
        for (_, path) in analysed(&folders) {
            self.cx.publisher.update_later(&self.cx.state.uri_of(&path));
        }
    }

    /// Asks a client that pulls to pull again, and for lenses and hints.
    pub(super) fn refresh(&self) {
        if let Some(info) = self.cx.state.client() {
            refresh_all(&self.cx.client, info, &self.cx.runtime);
        }
    }
}

/// Returns the files that are analysed, each with the path relative to its innermost folder and the whole path. Of
/// Markdown that may be anything only those that say something about a component.
pub(crate) fn analysed(folders: &[Folder]) -> impl Iterator<Item = ((&Folder, &str), PathBuf)> {
    folders.iter().flat_map(move |folder| {
        let paths = folder.root.files.as_ref().map(|files| files.paths()).unwrap_or_default();
        let components = folder.root.components.iter().flat_map(|components| components.iter());
        let files = components.flat_map(|(_, component)| component.files());
        let stating: FxHashSet<&str> = files.map(|file| &*file.path).collect();
        let ours = move |path: &&str| match folder.root.analyses(path) {
            Some(FileKind::Markdown) => stating.contains(path),
            kind => kind.is_some(),
        };
        let ours = paths.iter().map(AsRef::as_ref).filter(ours);
        let whole = ours.map(move |path: &str| ((folder, path), folder.path.join(path)));
        // A folder inside of another one has its own configuration.
        whole.filter(move |(_, path)| {
            place(folders, path).is_some_and(|(innermost, _)| innermost.path == folder.path)
        })
    })
}
