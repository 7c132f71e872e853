//! Reads what the files of a workspace say about its components.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use stagegate_core::components::{Components, FileFacts};
use stagegate_core::layout::Layout;
use stagegate_core::text::Source;
use stagegate_core::workspace::{FileIndex, Root};

use crate::held::Holder;
use crate::load::Workspace;
use crate::read::Reader;
use crate::walk::WalkOptions;

/// How many files a thread takes at once.
const GROUP: usize = 32;

/// Returns the facts of every file of the index of `root` that says something about a component, in order of path.
/// What cannot be read says nothing; reporting that is the check's.
fn read_facts(folder: &Path, root: &Root, threads: usize) -> Vec<FileFacts> {
    read_facts_of(folder, root, &stating(root), threads)
}

/// Returns the files of the index that may state facts.
fn stating(root: &Root) -> Vec<&str> {
    let paths = root.files.as_deref().map(FileIndex::paths).unwrap_or_default();
    paths.iter().map(AsRef::as_ref).filter(|path| root.may_state_facts(path)).collect()
}

/// Returns what the files at `paths` say about components, in order of path. What cannot be read says nothing; reporting
/// that is the check's.
#[must_use]
pub fn read_facts_of(folder: &Path, root: &Root, paths: &[&str], threads: usize) -> Vec<FileFacts> {
    read(folder, root, paths, threads, None)
}

/// Reads files for their facts; keeps what their findings need, if there is somebody who does.
fn read(
    folder: &Path,
    root: &Root,
    paths: &[&str],
    threads: usize,
    holder: Option<&Holder>,
) -> Vec<FileFacts> {
    let groups: Vec<_> = paths.chunks(GROUP).collect();
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    let work = || {
        let mut reader = Reader::default();
        while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
            let facts = group.iter().filter_map(|path| {
                let text = reader.read(&folder.join(path)).ok()?;
                let source = Source::Str(text);
                let facts = match holder.filter(|holder| holder.has_room(text)) {
                    Some(holder) => {
                        let (facts, held) = stagegate_core::facts_and_held(source, path, root);
                        if let Some(held) = held {
                            holder.put(path, text, held);
                        }
                        facts?
                    }
                    None => stagegate_core::facts(source, path, root)?,
                };
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

fn layout(root: &Root) -> Arc<Layout> {
    let layout = root.files.as_deref().map(|files| Layout::new(files, &root.config.components));
    Arc::new(layout.unwrap_or_default())
}

impl Workspace {
    /// Reads the components, for a workspace that was scanned.
    pub fn read_components(&mut self, options: &WalkOptions) {
        let facts = read_facts(&self.path, &self.root, options.threads());
        self.root.components = Some(Arc::new(Components::build(facts, layout(&self.root))));
    }

    /// Like [`Workspace::read_components`], for who wants the findings of all files afterwards: what they need is kept.
    /// `paths` are the files of the index that may state facts, where the caller has looked for them already.
    pub fn read_components_for_findings(&mut self, paths: Option<Vec<&str>>, options: &WalkOptions) {
        let Workspace { path, root, .. } = &*self;
        let holder = Holder::default();
        let paths = paths.unwrap_or_else(|| stating(root));
        let facts = read(path, root, &paths, options.threads(), Some(&holder));
        self.root.components = Some(Arc::new(Components::build(facts, layout(root))));
        self.held = Arc::new(holder.finish());
    }
}
