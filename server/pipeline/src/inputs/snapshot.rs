//! All files of a workspace with their content, as of one moment.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;
use stagegate_core::workspace::Root;
use stagegate_workspace::{ProblemKind, WalkOptions, walk};

use super::caches::{self, ALWAYS, is_written_by_tools};
use super::content::{Content, Contents, now_ns, tagged};
use super::scope::{NO_GROUP, Scopes};
use super::{Definition, Group, Hash, Inputs, KnownFile, KnownFiles, Manifest, asked};

/// How many files a thread takes at once.
const CHUNK: usize = 64;

/// All files of a workspace with their content, as of one moment. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(super) folder: Arc<Path>,
    /// `folder` with its links resolved.
    pub(super) resolved: Arc<Path>,
    /// Sorted by path.
    pub(super) files: Arc<Vec<File>>,
    pub(super) known: Arc<KnownFiles>,
    pub(super) scopes: Arc<Scopes>,
    groups: Arc<Vec<Arc<Group>>>,
    /// What was asked for already; the same for all who share this snapshot.
    answers: Arc<Mutex<Answers>>,
}

/// One file.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) path: Arc<str>,
    pub(super) hash: Hash,
    /// Whether it is a link: what it leads to may change while it stays the same.
    pub(super) is_link: bool,
    pub(super) group: u32,
}

/// Files that count together.
type Groups = Arc<[Arc<Group>]>;

#[derive(Debug, Default)]
struct Answers {
    /// The groups of a component, then those of a tool that follows imports.
    components: FxHashMap<Box<str>, [Option<Groups>; 2]>,
    asked: FxHashMap<String, Arc<Group>>,
}

impl Snapshot {
    /// Looks at every file of the workspace at `folder`. Files whose metadata is as `known` says are not read.
    /// `root.components` decides what belongs to whom; without components every file counts for everybody.
    #[must_use]
    pub fn scan(folder: &Path, root: &Root, known: &KnownFiles) -> Snapshot {
        let resolved = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let contents = Contents { folder, resolved: &resolved, now_ns: now_ns() };
        let (mut files, found) = look_at_all(&contents, root, known);
        let mut scopes = Scopes::new(root);
        for file in &mut files {
            file.group = scopes.group_of(&file.path, root);
        }
        let mut snapshot = Snapshot {
            folder: folder.into(),
            resolved: resolved.as_path().into(),
            files: Arc::new(files),
            known: Arc::new(found),
            scopes: Arc::new(scopes),
            groups: Arc::default(),
            answers: Arc::default(),
        };
        snapshot.regroup(None);
        snapshot
    }

    /// Looks at every file again; what did not change since this snapshot is not read.
    #[must_use]
    pub fn again(&self, root: &Root) -> Snapshot {
        Snapshot::scan(&self.folder, root, &self.known)
    }

    /// Looks again at the files at `paths` (relative, with `/`), and at those below where one is or was a folder. Files
    /// that were not known before count where `root.files` has them, so give it the index that holds the change.
    pub fn update(&mut self, root: &Root, paths: &[&str]) {
        if paths.iter().any(|path| changes_what_git_ignores(path)) {
            *self = self.again(root);
            return;
        }
        if !self.scopes.is_of(root) {
            self.scope_again(root);
        }
        let reports = caches::configured_reports(&root.config);
        let mut touched: Vec<Arc<str>> = Vec::new();
        for path in paths.iter().filter(|path| !is_written_by_tools(path, &reports)) {
            let below = format!("{path}/");
            let start = self.files.partition_point(|file| *file.path < **path);
            let ours = self.files[start..].iter().take_while(|file| file.path.starts_with(path));
            touched.extend(
                ours.filter(|file| &*file.path == *path || file.path.starts_with(&below))
                    .map(|file| Arc::clone(&file.path)),
            );
            let index = root.files.as_deref();
            if ALWAYS.contains(path) || index.is_some_and(|index| index.contains(path)) {
                touched.push(Arc::from(*path));
            }
            let inside = index.map(|index| index.below(path)).unwrap_or_default();
            touched.extend(
                inside
                    .iter()
                    .filter(|path| !is_written_by_tools(path, &reports))
                    .map(|path| Arc::from(&**path)),
            );
        }
        touched.extend(self.files.iter().filter(|file| file.is_link).map(|file| Arc::clone(&file.path)));
        touched.sort_unstable();
        touched.dedup();
        self.look_again(root, &touched);
    }

    /// Groups the files anew, after other components came to be known.
    fn scope_again(&mut self, root: &Root) {
        let mut scopes = Scopes::new(root);
        for file in Arc::make_mut(&mut self.files) {
            file.group = scopes.group_of(&file.path, root);
        }
        self.scopes = Arc::new(scopes);
        self.regroup(None);
    }

    fn look_again(&mut self, root: &Root, paths: &[Arc<str>]) {
        let (folder, resolved) = (Arc::clone(&self.folder), Arc::clone(&self.resolved));
        let contents = Contents { folder: &folder, resolved: &resolved, now_ns: now_ns() };
        let files = Arc::make_mut(&mut self.files);
        let known = Arc::make_mut(&mut self.known);
        let scopes = Arc::make_mut(&mut self.scopes);
        let mut changed = vec![false; scopes.len()];
        let mut change = |group: u32| {
            if group != NO_GROUP {
                let at = group as usize;
                changed.resize(changed.len().max(at + 1), false);
                changed[at] = true;
            }
        };
        for path in paths {
            let content = contents.of(Path::new(&**path), known.get(path));
            match content.and_then(|content| content.known) {
                Some(file) => known.insert(Arc::clone(path), file),
                None => known.remove(path),
            };
            match (files.binary_search_by(|file| file.path.cmp(path)), content) {
                (Ok(at), Some(content)) => {
                    if files[at].hash != content.hash {
                        files[at].hash = content.hash;
                        change(files[at].group);
                    }
                    files[at].is_link = content.is_link;
                }
                (Ok(at), None) => change(files.remove(at).group),
                (Err(at), Some(content)) => {
                    let group = scopes.group_of(path, root);
                    files.insert(at, File::new(Arc::clone(path), &content, group));
                    change(group);
                }
                (Err(_), None) => {}
            }
        }
        self.regroup(Some(&changed));
    }

    /// Joins the files anew; only the groups that changed, where that is known.
    pub(super) fn regroup(&mut self, changed: Option<&[bool]>) {
        let is_changed =
            |at: usize| changed.is_none_or(|changed| changed.get(at).copied().unwrap_or_default());
        let mut members: Vec<Vec<(Arc<str>, Hash)>> = vec![Vec::new(); self.scopes.len()];
        for file in self.files.iter().filter(|file| file.group != NO_GROUP) {
            if is_changed(file.group as usize) {
                members[file.group as usize].push((Arc::clone(&file.path), file.hash));
            }
        }
        let before = std::mem::take(&mut self.groups);
        let groups = members.into_iter().enumerate().map(|(at, files)| match before.get(at) {
            Some(group) if !is_changed(at) => Arc::clone(group),
            _ => Arc::new(Group::new(files)),
        });
        self.groups = Arc::new(groups.collect());
        self.answers = Arc::default();
    }

    /// Returns what a gate of the component with this canonical name depends on.
    #[must_use]
    pub fn inputs(&self, component: &str, definition: &Definition) -> Inputs {
        let mut groups = self.groups_of(component, definition.follows_imports).to_vec();
        if !definition.inputs.is_empty() {
            groups.push(self.asked(definition));
        }
        groups.retain(|group| !group.files.is_empty());
        groups.sort_by_key(|group| group.hash);
        let patterns = definition.inputs.iter().map(|glob| glob.pattern());
        let mut text = blake3::Hasher::new();
        for part in std::iter::once(&*definition.text).chain(patterns) {
            text.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        let manifest = Manifest {
            definition: Hash(*text.finalize().as_bytes()),
            tool: definition.tool.clone(),
            groups: groups.iter().map(|group| group.hash).collect(),
        };
        Inputs { hash: manifest.hash(), manifest, groups }
    }

    /// Returns the files that count for every gate of a component; with `all` those of every component.
    pub(crate) fn groups_of(&self, component: &str, all: bool) -> Arc<[Arc<Group>]> {
        let lock = || self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |answers: &Answers| {
            answers.components.get(component).and_then(|known| known[usize::from(all)].clone())
        };
        if let Some(known) = known(&lock()) {
            return known;
        }
        let groups = self.scopes.groups_for(component, all).into_iter();
        let groups: Arc<[_]> = groups.filter_map(|at| self.groups.get(at)).map(Arc::clone).collect();
        lock().components.entry(component.into()).or_default()[usize::from(all)] = Some(Arc::clone(&groups));
        groups
    }

    fn asked(&self, definition: &Definition) -> Arc<Group> {
        let lock = || self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let patterns: Vec<&str> = definition.inputs.iter().map(|glob| glob.pattern()).collect();
        let key = patterns.join("\n");
        if let Some(known) = lock().asked.get(&key) {
            return Arc::clone(known);
        }
        let group = Arc::new(Group::new(asked::files(self, &definition.inputs)));
        lock().asked.insert(key, Arc::clone(&group));
        group
    }

    /// Returns the hash of the file at `path`; `None` where there is none.
    #[must_use]
    pub fn content(&self, path: &str) -> Option<Hash> {
        let at = self.files.binary_search_by(|file| (*file.path).cmp(path)).ok()?;
        Some(self.files[at].hash)
    }

    /// Returns what is known of the file at `path` without reading it.
    pub(crate) fn known_file(&self, path: &str) -> Option<&KnownFile> {
        self.known.get(path)
    }

    /// Whether the content of the file at `path` was changed after `then_ms` (milliseconds since 1970).
    pub(crate) fn is_newer(&self, path: &str, then_ms: i64) -> bool {
        self.known_file(path).is_some_and(|file| file.stamp.modified_ns / 1_000_000 > then_ms)
    }

    /// Returns what to know for the next [`Snapshot::scan`].
    #[must_use]
    pub fn known(&self) -> Arc<KnownFiles> {
        Arc::clone(&self.known)
    }

    /// How many files there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

impl File {
    fn new(path: Arc<str>, content: &Content, group: u32) -> File {
        File { path, hash: content.hash, is_link: content.is_link, group }
    }
}

impl Manifest {
    /// The hash of everything.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"stagegate inputs 1").update(&self.definition.0);
        hasher.update(&(self.tool.len() as u64).to_le_bytes()).update(self.tool.as_bytes());
        self.groups.iter().for_each(|group| {
            hasher.update(&group.0);
        });
        Hash(*hasher.finalize().as_bytes())
    }
}

/// Whether a change of the file at `path` makes other files count, or count no more.
fn changes_what_git_ignores(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == ".gitignore" || path == ".git/info/exclude"
}

/// Walks the folder and looks at every file, on all processors.
fn look_at_all(contents: &Contents<'_>, root: &Root, known: &KnownFiles) -> (Vec<File>, KnownFiles) {
    let walked = walk(contents.folder, &WalkOptions::default());
    let reports = caches::configured_reports(&root.config);
    let targets = cargo_targets(&walked.files);
    let mut paths: Vec<Box<str>> = walked.files;
    paths.retain(|path| {
        !is_written_by_tools(path, &reports) && !targets.iter().any(|folder| path.starts_with(&**folder))
    });
    let extra =
        ALWAYS.into_iter().filter(|path| paths.binary_search_by(|known| (**known).cmp(path)).is_err());
    let extra: Vec<Box<str>> = extra.map(Box::from).collect();
    paths.extend(extra);
    let next = AtomicUsize::new(0);
    let all = Mutex::new((Vec::with_capacity(paths.len()), KnownFiles::default()));
    let work = || {
        let mut mine = Vec::new();
        while let Some(chunk) = paths.chunks(CHUNK).nth(next.fetch_add(1, Ordering::Relaxed)) {
            for path in chunk {
                let (path, before) = match known.get_key_value(&**path) {
                    Some((path, before)) => (Arc::clone(path), Some(before)),
                    None => (Arc::from(&**path), None),
                };
                if let Some(content) = contents.of(Path::new(&*path), before) {
                    mine.push((path, content));
                }
            }
        }
        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
        for (path, content) in mine {
            if let Some(file) = content.known {
                all.1.insert(Arc::clone(&path), file);
            }
            all.0.push(File::new(path, &content, NO_GROUP));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, Into::into).min(paths.len() / CHUNK);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let (mut files, found) = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    for other in &walked.others {
        let path = other.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
        if let Some(content) = contents.of(other, None) {
            files.push(File::new(path.into(), &content, NO_GROUP));
        }
    }
    for problem in walked.problems.iter().filter(|problem| problem.kind == ProblemKind::Folder) {
        let hash = tagged(b"unreadable", problem.message.as_bytes());
        files.push(File { path: (*problem.path).into(), hash, is_link: false, group: NO_GROUP });
    }
    files.sort_unstable_by(|a, b| (&a.path, a.hash).cmp(&(&b.path, b.hash)));
    (files, found)
}

/// Returns the folders, with `/`, that cargo marked as its caches.
fn cargo_targets(files: &[Box<str>]) -> Vec<Box<str>> {
    let marked = files.iter().filter_map(|path| path.strip_suffix("CACHEDIR.TAG"));
    marked.filter(|folder| *folder == "target/" || folder.ends_with("/target/")).map(Box::from).collect()
}
