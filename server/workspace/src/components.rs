//! Reads what the files of a workspace say about its components.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use stagegate_core::components::{Components, FileFacts};
use stagegate_core::layout::Layout;
use stagegate_core::text::Source;
use stagegate_core::workspace::{FileIndex, Root};

use crate::load::Workspace;
use crate::read::Reader;
use crate::walk::WalkOptions;

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
        while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
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
    Components::build(read_facts(folder, root, threads), layout(root))
}

fn layout(root: &Root) -> Arc<Layout> {
    let layout = root.files.as_deref().map(|files| Layout::new(files, &root.config.components));
    Arc::new(layout.unwrap_or_default())
}

impl Workspace {
    /// Reads the components, for a workspace that was scanned. `paths` are the files of its index that may state facts,
    /// where the caller has looked for them already.
    pub fn read_components(&mut self, paths: Option<Vec<&str>>, options: &WalkOptions) {
        let Workspace { path, root, .. } = &*self;
        let threads = options.threads();
        let facts = match paths {
            Some(paths) => read_facts_of(path, root, &paths, threads),
            None => read_facts(path, root, threads),
        };
        self.root.components = Some(Arc::new(Components::build(facts, layout(root))));
    }
}
