//! Which file a URI names. Links and spellings give one file several; the server shows each file under one of them.

use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Folder, place};

/// The files that the client has named.
#[derive(Default)]
pub(super) struct Names {
    by_uri: FxHashMap<Arc<str>, Name>,
    /// How the client wrote the URI of a file first; ours may be written otherwise.
    first: FxHashMap<Arc<Path>, Arc<str>>,
}

struct Name {
    path: Arc<Path>,
    real: Option<Arc<Path>>,
    home: Arc<Path>,
    /// How many were learnt before.
    number: usize,
}

impl Names {
    /// Learns that `uri` names the file at `path`, which really lies at `real`, and whose home is `home`.
    pub(super) fn learn(
        &mut self,
        uri: &Arc<str>,
        path: &Arc<Path>,
        real: Option<&Arc<Path>>,
        home: &Arc<Path>,
    ) {
        if self.known(uri, real).is_some() {
            return;
        }
        let name = Name {
            path: Arc::clone(path),
            real: real.cloned(),
            home: Arc::clone(home),
            number: self.by_uri.len(),
        };
        if let Some(old) = self.by_uri.insert(Arc::clone(uri), name)
            && self.first.get(&old.home) == Some(uri)
        {
            self.first.remove(&old.home);
        }
        self.first.entry(Arc::clone(home)).or_insert_with(|| Arc::clone(uri));
    }

    /// Returns the home of the file that the client has named so, if it still lies where it lay.
    pub(super) fn known(&self, uri: &str, real: Option<&Arc<Path>>) -> Option<Arc<Path>> {
        self.by_uri.get(uri).filter(|known| known.real.as_ref() == real).map(|known| Arc::clone(&known.home))
    }

    /// Returns the home of the file that the client has named so.
    pub(super) fn home(&self, uri: &str) -> Option<Arc<Path>> {
        Some(Arc::clone(&self.by_uri.get(uri)?.home))
    }

    /// Returns how the client wrote the URI of a file first.
    pub(super) fn first(&self, home: &Path) -> Option<Arc<str>> {
        self.first.get(home).cloned()
    }

    /// Follows other folders.
    pub(super) fn moved(&mut self, folders: &[Folder]) {
        self.first.clear();
        let mut names: Vec<_> = self.by_uri.iter_mut().collect();
        names.sort_unstable_by_key(|(_, name)| name.number);
        for (uri, name) in names {
            name.home = home(folders, &name.path, name.real.as_deref());
            self.first.entry(Arc::clone(&name.home)).or_insert_with(|| Arc::clone(uri));
        }
    }
}

/// Returns the one path that stands for a file, whichever way leads to it: in the innermost folder of the workspace
/// that holds it, as that folder is written.
pub(super) fn home(folders: &[Folder], path: &Path, real: Option<&Path>) -> Arc<Path> {
    let placed = place(folders, path).or_else(|| place(folders, real?));
    match placed {
        Some((folder, relative)) => Arc::from(folder.path.join(relative)),
        None => Arc::from(real.unwrap_or(path)),
    }
}
