//! What the files of each folder say about its components, kept as they change.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;
use stagegate_core::components::{Components, Facts, FileFacts};
use stagegate_core::config::Config;
use stagegate_core::layout::Layout;
use stagegate_core::text::Source;
use stagegate_core::workspace::FileIndex;
use stagegate_workspace::read_facts_of;

use crate::state::{Folder, State, place};

/// How often, and how long each time, to wait for the rest of a file that is empty all of a sudden: whoever writes a
/// file empties it first.
const BEING_WRITTEN: (u32, Duration) = (10, Duration::from_millis(1));

/// What the files of one folder say: as an editor has them, else as they lie on disk.
pub(super) struct Known {
    config: Arc<Config>,
    files: Arc<FileIndex>,
    layout: Arc<Layout>,
    /// In the order in which the graph is built: by name of the component, then by path.
    sorted: Vec<FileFacts>,
    by_path: FxHashMap<Arc<str>, Arc<Facts>>,
    /// What changed since the components were joined last.
    news: News,
}

/// What changed.
enum News {
    /// These files say something else about the components that they were about.
    Files(Vec<FileFacts>),
    /// Anything.
    Anything,
}

/// From how many changed files on the components are built anew.
const MANY: usize = 8;

/// A folder of the workspace, among the others.
#[derive(Clone, Copy)]
pub(super) struct In<'a> {
    pub(super) folders: &'a [Folder],
    pub(super) folder: &'a Folder,
}

impl In<'_> {
    /// Whether the file at `path` is the folder's own, and not that of a folder inside of it.
    fn owns(&self, path: &Path) -> bool {
        place(self.folders, path).is_some_and(|(innermost, _)| innermost.path == self.folder.path)
    }

    /// Whether another folder of the workspace lies inside.
    fn holds_others(&self) -> bool {
        self.folders.iter().any(|other| self.folder.holds(other))
    }
}

impl Known {
    /// Reads what all files of a folder say.
    pub(super) fn read(here: In<'_>, files: &Arc<FileIndex>, state: &State) -> Known {
        let config = Arc::clone(&here.folder.root.config);
        let layout = layout(here, files);
        let mut known = Known {
            config,
            files: Arc::clone(files),
            layout,
            sorted: Vec::new(),
            by_path: FxHashMap::default(),
            news: News::Anything,
        };
        let paths = known.paths(here, |_| true);
        known.sorted = read_facts_of(&here.folder.path, &here.folder.root, &paths, 1);
        known.sorted.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
        known.by_path =
            known.sorted.iter().map(|file| (Arc::clone(&file.path), Arc::clone(&file.facts))).collect();
        for path in state.owners().keys().filter(|path| here.owns(path)) {
            known.update(here, path, state);
        }
        known
    }

    /// Whether this is what files of the folder say under its configuration.
    pub(super) fn is_of(&self, folder: &Folder) -> bool {
        Arc::ptr_eq(&self.config, &folder.root.config)
    }

    /// Follows the files that came and went; returns whether there are any.
    pub(super) fn follow(&mut self, here: In<'_>, files: &Arc<FileIndex>, state: &State) -> bool {
        if Arc::ptr_eq(&self.files, files) {
            return false;
        }
        let old = std::mem::replace(&mut self.files, Arc::clone(files));
        self.layout = layout(here, files);
        self.news = News::Anything;
        let gone: Vec<_> = self.by_path.keys().filter(|path| !files.contains(path)).cloned().collect();
        let paths = self.paths(here, |path| !old.contains(path));
        for path in gone.iter().map(AsRef::as_ref).chain(paths.iter().map(AsRef::as_ref)) {
            self.update(here, &here.folder.path.join(path), state);
        }
        true
    }

    /// Returns the files of the folder that may say something and that `wanted` picks.
    fn paths<'a>(&self, here: In<'a>, wanted: impl Fn(&str) -> bool) -> Vec<&'a str> {
        let nested = here.holds_others();
        let files = here.folder.root.files.as_deref().map(FileIndex::paths).unwrap_or_default();
        let files = files.iter().map(AsRef::as_ref);
        files
            .filter(|path| wanted(path) && here.folder.root.may_state_facts(path))
            .filter(|path| !nested || here.owns(&here.folder.path.join(path)))
            .collect()
    }

    /// Whether the file at `path` says something about a component.
    pub(super) fn states(&self, path: &str) -> bool {
        self.by_path.contains_key(path)
    }

    /// Returns the files of the folder that say nothing, and that `wanted` picks.
    pub(super) fn silent(&self, here: In<'_>, wanted: impl Fn(&str) -> bool) -> Vec<Arc<str>> {
        self.paths(here, |path| !self.states(path) && wanted(path)).into_iter().map(Arc::from).collect()
    }

    /// Returns the files below the folder `path` that say something.
    pub(super) fn below(&self, path: &str) -> Vec<Arc<str>> {
        let is_below = |file: &&Arc<str>| file.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        self.by_path.keys().filter(is_below).cloned().collect()
    }

    /// Looks again at what the file at `path` says; returns whether that is something else.
    pub(super) fn update(&mut self, here: In<'_>, path: &Path, state: &State) -> bool {
        let Some((_, relative)) = place(std::slice::from_ref(here.folder), path) else { return false };
        let facts = self.current(here, path, &relative, state);
        self.put(&relative, facts)
    }

    fn current(&self, here: In<'_>, path: &Path, relative: &str, state: &State) -> Option<Facts> {
        let root = &here.folder.root;
        if !root.may_state_facts(relative) {
            return None;
        }
        let listed = self.files.contains(relative);
        // What git ignores says nothing, also in an editor; a file that was never saved does.
        if let Some(document) = state.look_at(path).filter(|_| listed || !path.exists()) {
            return document.facts(relative, root);
        }
        if !listed {
            return None;
        }
        let mut text = stagegate_workspace::read(path).ok()?;
        for _ in 0..BEING_WRITTEN.0 {
            if !text.is_empty() || !self.by_path.contains_key(relative) {
                break;
            }
            std::thread::sleep(BEING_WRITTEN.1);
            text = stagegate_workspace::read(path).ok()?;
        }
        stagegate_core::facts(Source::Str(&text), relative, root)
    }

    fn put(&mut self, path: &str, facts: Option<Facts>) -> bool {
        let old = self.by_path.get(path);
        if old.map(AsRef::as_ref) == facts.as_ref() {
            return false;
        }
        let about_the_same = old.zip(facts.as_ref()).is_some_and(|(a, b)| a.canonical == b.canonical);
        if let Some(old) = old {
            let found = self.sorted.binary_search_by(|file| key(file).cmp(&(&*old.canonical, path)));
            if let Ok(at) = found {
                self.sorted.remove(at);
            }
            self.by_path.remove(path);
        }
        if let Some(facts) = facts {
            let file = FileFacts { path: Arc::from(path), facts: Arc::new(facts) };
            let at =
                self.sorted.binary_search_by(|known| key(known).cmp(&key(&file))).unwrap_or_else(|at| at);
            self.by_path.insert(Arc::clone(&file.path), Arc::clone(&file.facts));
            match &mut self.news {
                News::Files(files) if about_the_same && files.len() < MANY => files.push(file.clone()),
                news => *news = News::Anything,
            }
            self.sorted.insert(at, file);
        } else {
            self.news = News::Anything;
        }
        true
    }

    /// Joins what is known; `old` are the components that were joined last, if there are any.
    pub(super) fn components(&mut self, old: Option<&Arc<Components>>) -> Arc<Components> {
        let news = std::mem::replace(&mut self.news, News::Files(Vec::new()));
        if let (News::Files(files), Some(old)) = (news, old) {
            let joined = files.iter().try_fold(Arc::clone(old), |old, file| Some(Arc::new(old.with(file)?)));
            if let Some(joined) = joined {
                return joined;
            }
        }
        Arc::new(Components::build(self.sorted.iter().cloned(), Arc::clone(&self.layout)))
    }
}

fn key(file: &FileFacts) -> (&str, &str) {
    (&file.facts.canonical, &file.path)
}

fn layout(here: In<'_>, files: &Arc<FileIndex>) -> Arc<Layout> {
    let config = &here.folder.root.config.components;
    if !here.holds_others() {
        return Arc::new(Layout::new(files, config));
    }
    let own = files.paths().iter().filter(|path| here.owns(&here.folder.path.join(&***path)));
    Arc::new(Layout::new(&FileIndex::new(own.cloned().collect()), config))
}
