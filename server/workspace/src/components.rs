//! Reads what the files of a workspace say about its components.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use stagegate_core::components::{Components, FileFacts};
use stagegate_core::layout::Layout;
use stagegate_core::text::Source;
use stagegate_core::workspace::{FileIndex, Root};

use crate::read::Reader;

/// How many files a thread takes at once.
const GROUP: usize = 32;

/// Returns the facts of every file of the index of `root` that says something about a component, in order of path.
/// What cannot be read says nothing; reporting that is the check's.
#[must_use]
pub fn read_facts(folder: &Path, root: &Root, threads: usize) -> Vec<FileFacts> {
    let index = root.files.as_deref();
    let paths = index.map(FileIndex::paths).unwrap_or_default();
    let paths: Vec<&str> =
        paths.iter().map(AsRef::as_ref).filter(|path| root.may_state_facts(path)).collect();
    read_facts_of(folder, root, &paths, threads)
}

/// Like [`read_facts`], of the files at `paths` only.
#[must_use]
pub fn read_facts_of(folder: &Path, root: &Root, paths: &[&str], threads: usize) -> Vec<FileFacts> {
    let groups: Vec<_> = paths.chunks(GROUP).collect();
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    let work = || {
        let mut reader = Reader::default();
        loop {
            let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
            let facts = group.iter().filter_map(|path| {
                let text = reader.read(&folder.join(path)).ok()?;
                let facts = stagegate_core::facts(Source::Str(text), path, root)?;
                Some(FileFacts { path: Arc::from(*path), facts: Arc::new(facts) })
            });
            let facts: Vec<_> = facts.collect();
            found.lock().unwrap_or_else(PoisonError::into_inner).extend(facts);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(groups.len()) {
            scope.spawn(work);
        }
        work();
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_unstable_by(|a: &FileFacts, b: &FileFacts| a.path.cmp(&b.path));
    found
}

/// Returns the components of the workspace at `folder`, whose files `root` knows.
#[must_use]
pub fn read_components(folder: &Path, root: &Root, threads: usize) -> Components {
    let layout = match root.files.as_deref() {
        Some(files) => Layout::new(files, &root.config.components),
        None => Layout::default(),
    };
    Components::build(read_facts(folder, root, threads), Arc::new(layout))
}
