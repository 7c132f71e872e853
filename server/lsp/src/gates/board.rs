//! The evidence of each folder, kept as files change.
//!
//! One thread, which gives way to everything else: to read evidence means to hash what it depends on. What an editor has
//! not saved changes none of it, since tools read files on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rustc_hash::FxHashMap;
use stagegate_core::components::Components;
use stagegate_core::config::Config;
use stagegate_core::gates::{self, Board};
use stagegate_core::workspace::{FileIndex, Root};
use stagegate_workspace::Workspace;
use tokio::runtime::Handle;
use tower_lsp::Client;

use crate::diagnostics::Publisher;
use crate::host::{Host, Keeper};
use crate::refresh::refresh_all;
use crate::state::{Folder, State};

/// How long it has to be quiet before changes are looked at.
const QUIET: Duration = Duration::from_millis(40);

/// How long it has to be quiet before other components are looked at: who writes a spec is not waited for by anybody.
const QUIET_COMPONENTS: Duration = Duration::from_millis(250);

/// How long changes are collected at most.
const QUIET_AT_MOST: Duration = Duration::from_millis(400);

/// From how many changed paths on everything is looked at again.
const MANY: usize = 2_000;

/// Where evidence is kept, in a folder; see `stagegate_pipeline::store`.
pub(crate) const STORE: [&str; 2] = [".stagegate/evidence.db", ".stagegate/evidence.db-wal"];

/// Something that the thread has to know.
#[derive(Debug)]
enum Event {
    /// Folders, their files, components or configuration may be others.
    Folders,
    /// These paths in a folder changed on disk, each with whether the folder's files held it, or something below it.
    Changed(Arc<Path>, Vec<(String, bool)>),
    /// Evidence may have been stored in a folder.
    Stored(Arc<Path>),
    /// A run of ours stored evidence in a folder.
    Ran(Arc<Path>),
    /// Anything may have changed.
    Lost,
}

/// Sends events to the thread.
#[derive(Clone)]
pub(crate) struct Boards {
    sender: Arc<Mutex<Sender<Event>>>,
}

/// The receiving end, for [`Boards::start`].
pub(crate) struct Events(Receiver<Event>);

/// What the thread needs.
pub(crate) struct Context {
    pub(crate) state: Arc<State>,
    pub(crate) publisher: Publisher,
    pub(crate) client: Client,
    pub(crate) runtime: Handle,
    pub(crate) host: Arc<dyn Host>,
}

impl Boards {
    /// Returns both ends.
    pub(super) fn new() -> (Boards, Events) {
        let (sender, receiver) = channel();
        (Boards { sender: Arc::new(Mutex::new(sender)) }, Events(receiver))
    }

    /// Starts the thread.
    pub(crate) fn start(cx: Context, events: Events) {
        let worker = Worker { cx, kept: FxHashMap::default(), changed: BTreeMap::new() };
        std::thread::Builder::new()
            .name("gates".into())
            .spawn(move || worker.run(&events.0))
            .expect("a thread can be started while the server starts");
    }

    /// Says that folders, their files, components or configuration may be others.
    pub(crate) fn folders_changed(&self) {
        self.send(Event::Folders);
    }

    /// Says which paths in a folder changed on disk, each with whether the folder's files held it, or something below it.
    pub(crate) fn changed(&self, folder: &Arc<Path>, paths: Vec<(String, bool)>) {
        self.send(Event::Changed(Arc::clone(folder), paths));
    }

    /// Says that evidence may have been stored in a folder.
    pub(crate) fn stored(&self, folder: &Arc<Path>) {
        self.send(Event::Stored(Arc::clone(folder)));
    }

    /// Says that a run of ours stored evidence in a folder.
    pub(super) fn ran(&self, folder: &Arc<Path>) {
        self.send(Event::Ran(Arc::clone(folder)));
    }

    /// Says that anything may have changed.
    pub(crate) fn lost(&self) {
        self.send(Event::Lost);
    }

    fn send(&self, event: Event) {
        // The thread ends only with the process.
        let _ = self.sender.lock().unwrap_or_else(PoisonError::into_inner).send(event);
    }
}

/// Returns the root of a folder as a run of gates in a terminal sees it: settings of the editor decide nothing of what is
/// run, and so nothing of what evidence depends on.
pub(crate) fn as_run(folder: &Folder, config: &Arc<Config>) -> Root {
    Root { config: Arc::clone(config), ..folder.root.clone() }
}

/// Returns the configuration of a folder without the settings of the editor.
pub(crate) fn config_of(folder: &Folder) -> Arc<Config> {
    Workspace::load(&folder.path).root.config
}

struct Worker {
    cx: Context,
    kept: FxHashMap<Arc<Path>, Kept>,
    /// What changed in each folder since it was looked at last.
    changed: BTreeMap<Arc<Path>, Changed>,
}

#[derive(Default)]
struct Changed {
    paths: BTreeSet<String>,
    is_stored: bool,
}

/// The evidence of one folder.
struct Kept {
    keeper: Box<dyn Keeper>,
    /// The folder's configuration, and the same without the settings of the editor.
    config: Arc<Config>,
    plain: Arc<Config>,
    files: Arc<FileIndex>,
    components: Arc<Components>,
    /// The state of [`STORE`] when it was read last.
    store: [Option<(SystemTime, u64)>; 2],
    problem: Option<String>,
}

impl Worker {
    fn run(mut self, events: &Receiver<Event>) {
        self.cx.host.give_way();
        while let Ok(event) = events.recv() {
            let mut is_urgent = self.take(event);
            let end = Instant::now() + QUIET_AT_MOST;
            while let Some(left) = end.checked_duration_since(Instant::now()) {
                let quiet = if is_urgent { QUIET } else { QUIET_COMPONENTS };
                match events.recv_timeout(quiet.min(left)) {
                    Ok(event) => is_urgent |= self.take(event),
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
            if catch_unwind(AssertUnwindSafe(|| self.follow())).is_err() {
                tracing::error!(
                    "looking at the evidence of gates panicked; it may be old. Please report this"
                );
                // What it left behind may be half of something.
                self.kept.clear();
            }
        }
    }

    /// Notes an event; returns whether it is about files on disk.
    fn take(&mut self, event: Event) -> bool {
        match event {
            Event::Folders => return false,
            Event::Changed(folder, paths) => {
                let folders = self.cx.state.folders();
                let Some(of) = folders.iter().find(|known| known.path == folder) else { return false };
                let changed = self.changed.entry(folder).or_default();
                let files = of.root.files.as_deref();
                let is_known = |path: &str| {
                    files.is_some_and(|files| files.contains(path) || !files.below(path).is_empty())
                };
                let paths = paths.into_iter().filter(|(path, was_known)| *was_known || is_known(path));
                changed.paths.extend(paths.map(|(path, _)| path));
            }
            Event::Stored(folder) => {
                let is_new = self.kept.get(&folder).is_none_or(|kept| kept.store != store_of(&folder));
                if is_new {
                    self.changed.entry(folder).or_default().is_stored = true;
                }
            }
            Event::Lost => self.kept.clear(),
            Event::Ran(folder) => self.changed.entry(folder).or_default().is_stored = true,
        }
        true
    }

    /// Looks at the folders in which something changed.
    fn follow(&mut self) {
        let folders = self.cx.state.folders();
        self.kept.retain(|path, _| folders.iter().any(|folder| folder.path == *path));
        self.cx.state.forget_other_boards();
        let mut changed = std::mem::take(&mut self.changed);
        for folder in folders.iter() {
            let changed = changed.remove(&folder.path).unwrap_or_default();
            // Before the first scan nobody knows which files there are; it is said when that is known.
            let (Some(files), Some(components)) = (&folder.root.files, &folder.root.components) else {
                continue;
            };
            let Some(board) = self.look(folder, files, components, &changed) else { continue };
            self.show(folder, components, board);
        }
    }

    /// Returns the evidence of a folder, where it may be another one.
    fn look(
        &mut self,
        folder: &Folder,
        files: &Arc<FileIndex>,
        components: &Arc<Components>,
        changed: &Changed,
    ) -> Option<Board> {
        let store = store_of(&folder.path);
        let known = self.kept.get_mut(&folder.path);
        let board = match known.filter(|kept| Arc::ptr_eq(&kept.config, &folder.root.config)) {
            None => {
                let mut kept = Kept {
                    keeper: self.cx.host.keeper(&folder.path),
                    config: Arc::clone(&folder.root.config),
                    plain: config_of(folder),
                    files: Arc::clone(files),
                    components: Arc::clone(components),
                    store,
                    problem: None,
                };
                let board = kept.keeper.load(&as_run(folder, &kept.plain));
                self.kept.insert(Arc::clone(&folder.path), kept);
                board
            }
            Some(kept) => {
                let has_same_files = Arc::ptr_eq(&kept.files, files);
                let has_same_components = Arc::ptr_eq(&kept.components, components);
                let is_same = has_same_files && has_same_components;
                if is_same && changed.paths.is_empty() && !changed.is_stored {
                    return None;
                }
                (kept.files, kept.components) = (Arc::clone(files), Arc::clone(components));
                kept.store = store;
                let root = as_run(folder, &kept.plain);
                let mut paths: Vec<&str> = changed.paths.iter().map(String::as_str).collect();
                if paths.len() > MANY || (paths.is_empty() && !has_same_files) {
                    kept.keeper.load(&root)
                } else {
                    paths.extend(changed.is_stored.then_some(STORE[0]));
                    kept.keeper.update(&root, &paths)
                }
            }
        };
        let kept = self.kept.get_mut(&folder.path)?;
        let problem = kept.keeper.problem();
        if let Some(problem) = problem.as_ref().filter(|problem| kept.problem.as_ref() != Some(*problem)) {
            tracing::warn!("{}: the evidence of gates: {problem}", folder.path.display());
        }
        kept.problem = problem;
        Some(board)
    }

    /// Lets everybody see the evidence of a folder.
    fn show(&self, folder: &Folder, components: &Components, board: Board) {
        let Context { state, publisher, client, runtime, .. } = &self.cx;
        let old = state.board(&folder.path);
        let affected = gates::affected(old.as_ref(), Some(&board), components);
        let files = changed_files(old.as_ref(), &board);
        let is_news = old.is_none() || !affected.is_empty() || !files.is_empty();
        state.set_board(&folder.path, board);
        if !is_news {
            return;
        }
        let homes: Vec<Arc<Path>> =
            affected.iter().map(|path| Arc::from(folder.path.join(&**path))).collect();
        let owners = state.owners();
        for home in &homes {
            if owners.contains_key(home) {
                publisher.update(&state.uri_of(home));
            } else {
                publisher.update_later(&state.uri_of(home));
            }
        }
        state.touch(homes.into_iter());
        // Uncovered lines are shown only in documents.
        for path in &files {
            let shows = owners.get(&*folder.path.join(path)).filter(|it| it.analysis.shows_uncovered());
            if let Some(document) = shows {
                publisher.update(&document.uri);
            }
        }
        if let Some(info) = state.client() {
            refresh_all(client, info, runtime);
        }
    }
}

/// Returns the files whose coverage is another one.
fn changed_files(old: Option<&Board>, new: &Board) -> Vec<String> {
    let before = |path: &str| old.and_then(|old| old.file(path));
    let came =
        new.files().filter(|(path, file)| before(path) != Some(file)).map(|(path, _)| path.to_string());
    let old = old.into_iter().flat_map(Board::files);
    let went = old.filter(|(path, _)| new.file(path).is_none()).map(|(path, _)| path.to_string());
    came.chain(went).collect()
}

/// Returns when the files of the store were written, and how large they are.
fn store_of(folder: &Path) -> [Option<(SystemTime, u64)>; 2] {
    STORE.map(|path| {
        let metadata = std::fs::metadata(folder.join(path)).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    })
}
