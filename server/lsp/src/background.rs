//! What happens behind the editor's back: scanning the workspace, watching its files, reloading configuration, and
//! keeping the graph of components.
//!
//! One thread. It starts after the first answer, so that opening a file never waits for a scan. What a known file says
//! is looked at as soon as it changes; everything that makes files come or go is collected first.

mod components;
mod evidence;
mod facts;
mod publish;
mod scan;
mod watch;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustc_hash::{FxHashMap, FxHashSet};
use stagegate_core::{files, todo};
use tokio::sync::watch as signal;
use tower_lsp::Client;

use crate::analysis::News;
use crate::diagnostics::Publisher;
use crate::gates::Gates;
use crate::host::JOURNAL;
use crate::runs::Runs;
use crate::state::{Folder, State, place};
use crate::todos::Todos;
use crate::tracker::Trackers;
use crate::transport::Output;
use crate::uri;
use components::Update;
use evidence::Inputs;
use facts::Known;
pub(crate) use publish::analysed;
pub(crate) use scan::load_folders;
use watch::Watcher;

/// How long the first scan waits for a first answer. A client that opens nothing gets its scan all the same.
const FIRST_ANSWER: Duration = Duration::from_millis(250);

/// How long it has to be quiet before changes on disk are looked at: a checkout touches thousands of files.
const COLLECT: Duration = Duration::from_millis(30);

/// How long changes are collected at most: a file that is written all the time holds nothing up.
const COLLECT_AT_MOST: Duration = Duration::from_millis(250);

/// How long after a scan the next one starts at the earliest. A build may create files all the time.
const BETWEEN_SCANS: Duration = Duration::from_millis(500);

/// How long it takes until what only moved in a document is noted: nothing but places in other files' findings depends
/// on it, and every keystroke moves something.
const MOVED: Duration = Duration::from_millis(500);

/// Something that the background thread has to know.
#[derive(Debug)]
pub(crate) enum Event {
    /// The client is ready: the first scan may start.
    Ready,
    /// The settings of the editor changed; in the shape of `stagegate.yaml`.
    Settings(serde_json::Value),
    /// Workspace folders came or went.
    Folders { added: Vec<PathBuf>, removed: Vec<PathBuf> },
    /// A file came, changed or went.
    File { path: PathBuf, existence: bool },
    /// What a document of an editor says about its component may have changed, or it was closed.
    Facts { path: PathBuf, news: News },
    /// A document names an issue of which nothing is known.
    UnknownIssue,
    /// The editor saved a file.
    Saved(PathBuf),
    /// Changes were lost: everything has to be looked at again.
    Lost,
}

/// Sends events to the background thread.
#[derive(Clone)]
pub(crate) struct Background {
    sender: Arc<Mutex<Sender<Event>>>,
    scanned: signal::Receiver<bool>,
}

/// The receiving end, for [`Background::start`].
pub(crate) struct Events {
    receiver: Receiver<Event>,
    done: signal::Sender<bool>,
}

/// What the thread needs.
pub(crate) struct Context {
    pub(crate) state: Arc<State>,
    pub(crate) publisher: Publisher,
    pub(crate) output: Output,
    pub(crate) client: Client,
    pub(crate) runtime: tokio::runtime::Handle,
    pub(crate) todos: Todos,
    pub(crate) trackers: Trackers,
    pub(crate) gates: Gates,
    pub(crate) runs: Runs,
}

impl Background {
    /// Returns both ends.
    pub(crate) fn new() -> (Background, Events) {
        let (sender, receiver) = channel();
        let (done, scanned) = signal::channel(false);
        (Background { sender: Arc::new(Mutex::new(sender)), scanned }, Events { receiver, done })
    }

    /// Starts the thread.
    pub(crate) fn start(&self, cx: Context, events: Events) {
        let Events { receiver, done } = events;
        let events = self.clone();
        std::thread::Builder::new()
            .name("background".into())
            .spawn(move || {
                let worker = Worker {
                    cx,
                    events,
                    done,
                    settings: None,
                    watcher: None,
                    last_scan: None,
                    scan_due: None,
                    known: FxHashMap::default(),
                    moved: FxHashSet::default(),
                    moved_due: None,
                    inputs: Inputs::default(),
                };
                worker.run(&receiver);
            })
            .expect("a thread can be started while the server starts");
    }

    /// Hands over an event.
    pub(crate) fn send(&self, event: Event) {
        // The thread ends only with the process.
        let _ = self.sender.lock().unwrap_or_else(PoisonError::into_inner).send(event);
    }

    /// Waits until every folder was scanned once.
    pub(crate) async fn scanned(&self) {
        let _ = self.scanned.clone().wait_for(|scanned| *scanned).await;
    }
}

struct Worker {
    cx: Context,
    events: Background,
    done: signal::Sender<bool>,
    /// The settings that the editor sent last, if it sent any after `initialize`.
    settings: Option<serde_json::Value>,
    watcher: Option<Watcher>,
    last_scan: Option<Instant>,
    /// When a scan that had to wait is due.
    scan_due: Option<Instant>,
    /// What the files of each folder say, by the folder's path; nothing before the first scan.
    known: FxHashMap<Arc<Path>, Known>,
    /// Documents in which something only moved.
    moved: FxHashSet<PathBuf>,
    /// When they are looked at.
    moved_due: Option<Instant>,
    /// What changed of what evidence may depend on.
    inputs: Inputs,
}

/// What a batch of events amounts to.
#[derive(Default)]
struct Batch {
    /// The configuration has to be read again.
    reload: bool,
    /// Files may have come or gone.
    rescan: bool,
    /// The scan must not wait: somebody does.
    at_once: bool,
    /// Findings everywhere may have changed.
    everything: bool,
    /// Files on disk that changed, or may have.
    changed: FxHashSet<PathBuf>,
    /// Documents that say something else, or were closed.
    documents: FxHashSet<PathBuf>,
    /// Folders below which anything may have changed.
    folders: FxHashSet<PathBuf>,
}

impl Batch {
    /// Whether more of the kind is to be waited for: a checkout touches thousands of files.
    fn collects(&self) -> bool {
        self.reload || self.rescan || self.everything || !self.folders.is_empty()
    }
}

impl Worker {
    fn run(mut self, events: &Receiver<Event>) {
        loop {
            let mut batch = Batch::default();
            match self.next(events) {
                Ok(event) => self.take(event, &mut batch),
                Err(RecvTimeoutError::Timeout) => self.take_due(&mut batch),
                Err(RecvTimeoutError::Disconnected) => return,
            }
            while let Ok(event) = events.try_recv() {
                self.take(event, &mut batch);
            }
            self.guarded(|worker| worker.handle_contents(&mut batch));
            if !batch.collects() {
                self.inputs.tell(&self.cx.gates, false);
                continue;
            }
            let end = Instant::now() + COLLECT_AT_MOST;
            while let Some(left) = end.checked_duration_since(Instant::now()) {
                let Ok(event) = events.recv_timeout(COLLECT.min(left)) else { break };
                self.take(event, &mut batch);
            }
            self.guarded(|worker| worker.handle(&mut batch));
        }
    }

    fn guarded(&mut self, work: impl FnOnce(&mut Worker)) {
        let handled = catch_unwind(AssertUnwindSafe(|| work(self)));
        if handled.is_err() {
            tracing::error!("looking at the workspace panicked; restart the server. Please report this");
            // Whoever waits for the scan gets what there is.
            self.done.send_replace(true);
        }
    }

    /// Waits for an event, at most until something is due.
    fn next(&self, events: &Receiver<Event>) -> Result<Event, RecvTimeoutError> {
        match self.scan_due.into_iter().chain(self.moved_due).min() {
            Some(due) => events.recv_timeout(due.saturating_duration_since(Instant::now())),
            None => events.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    fn take_due(&mut self, batch: &mut Batch) {
        let now = Instant::now();
        if self.moved_due.is_some_and(|due| due <= now) {
            self.moved_due = None;
            batch.documents.extend(self.moved.drain());
        }
        batch.rescan |= self.scan_due.is_some_and(|due| due <= now);
    }

    fn take(&mut self, event: Event, batch: &mut Batch) {
        match event {
            Event::Ready => {
                self.cx.trackers.folders_changed();
                self.cx.publisher.wait_for_first(FIRST_ANSWER);
                batch.rescan = true;
                batch.at_once = true;
            }
            Event::Settings(settings) => {
                self.settings = Some(settings);
                batch.reload = true;
            }
            Event::Folders { added, removed } => {
                let old = self.cx.state.folders();
                let stays = |folder: &&Folder| !removed.iter().any(|path| **path == *folder.path);
                let mut folders: Vec<_> = old.iter().filter(stays).cloned().collect();
                let known = |path: &PathBuf| folders.iter().any(|folder| *folder.path == **path);
                let new: Vec<_> = added.into_iter().filter(|path| !known(path)).collect();
                folders.extend(load_folders(&new, self.settings()));
                self.cx.state.set_folders(folders);
                // Which folder a file belongs to may be another one now.
                self.known.clear();
                batch.rescan = true;
                batch.at_once = true;
                batch.everything = true;
            }
            Event::File { path, existence } => self.take_file(&path, existence, batch),
            Event::Facts { path, news: News::Moved } => {
                self.moved.insert(path);
                self.moved_due.get_or_insert(Instant::now() + MOVED);
            }
            Event::Facts { path, .. } => {
                batch.documents.insert(path);
            }
            Event::UnknownIssue => self.cx.trackers.wake(),
            Event::Saved(path) => {
                let folders = self.cx.state.folders();
                if let Some((folder, relative)) = place(&folders, &path) {
                    self.inputs.changed(&self.cx.gates, folder, &relative, false);
                }
            }
            Event::Lost => {
                self.known.clear();
                batch.reload = true;
                batch.rescan = true;
            }
        }
    }

    fn take_file(&mut self, path: &Path, existence: bool, batch: &mut Batch) {
        let folders = self.cx.state.folders();
        let real = || uri::real(path);
        let placed = place(&folders, path).or_else(|| place(&folders, &real()?));
        let Some((folder, relative)) = placed else { return };
        // However the client writes it.
        let path = folder.path.join(&relative);
        self.inputs.changed(&self.cx.gates, folder, &relative, existence);
        if relative == ".stagegate" || JOURNAL.contains(&&*relative) {
            self.cx.runs.changed(&folder.path);
        }
        if relative.split('/').any(|part| part == ".git" || part == ".stagegate") {
            // Our folder came, and has to be watched.
            batch.rescan |= existence && relative == ".stagegate";
            return;
        }
        if existence && let Some(watcher) = &mut self.watcher {
            // A folder that went takes its watch with it, also if one of the same name comes at once.
            watcher.forget(&path);
        }
        let below = |file: &&str| file.strip_prefix(&*relative).is_some_and(|rest| rest.starts_with('/'));
        let config = files::CONFIG_FILES.iter().any(|file| *file == relative || (existence && below(file)));
        if todo::may_know(&relative) && folder.root.has_todos(&relative) {
            self.cx.todos.file_changed(path.clone());
        }
        batch.reload |= config;
        batch.rescan |= existence || relative.ends_with(".gitignore");
        if folder.root.analyses(&relative).is_some() {
            batch.changed.insert(path);
        } else if existence
            && folder.root.files.as_ref().is_some_and(|files| !files.below(&relative).is_empty())
        {
            // A folder that came or went says nothing of the files in it.
            batch.folders.insert(path);
        }
    }

    /// Handles what needs no scan: other contents of known files, and of documents.
    fn handle_contents(&mut self, batch: &mut Batch) {
        if batch.reload || batch.everything {
            return; // Everything is read again in a moment.
        }
        let mut paths: Vec<_> = batch.documents.drain().collect();
        if batch.collects() {
            // A file that came is known only after the scan, and one that went may come back until then.
            paths.extend(batch.changed.iter().filter(|path| path.exists()).cloned());
        } else {
            paths.extend(batch.changed.iter().cloned());
        }
        let news = self.update(&paths);
        if !batch.collects() {
            self.publish_changed(&batch.changed);
        }
        self.publish_pointing_to(&paths);
        if news == Update::Everything {
            self.publish_all();
        }
        if !paths.is_empty() {
            self.cx.gates.boards.folders_changed();
        }
        if news != Update::Nothing || !paths.is_empty() {
            self.refresh();
        }
    }

    fn handle(&mut self, batch: &mut Batch) {
        if batch.reload {
            self.reload();
            batch.everything = true;
        }
        let due = self.last_scan.map(|last| last + BETWEEN_SCANS).filter(|due| *due > Instant::now());
        let scans = batch.rescan && (batch.at_once || due.is_none());
        if scans {
            self.scan_due = None;
            batch.everything |= self.rescan(batch);
        } else if batch.rescan {
            self.scan_due = due;
        }
        self.cx.todos.folders_changed();
        self.cx.trackers.folders_changed();
        if batch.everything {
            // Reading what all files say may take a while, and most findings do not depend on it.
            self.publish_open();
        }
        let mut paths: Vec<_> = batch.changed.iter().cloned().chain(batch.documents.drain()).collect();
        paths.extend(self.known_below(&batch.folders));
        batch.everything |= self.update(&paths) == Update::Everything;
        if scans {
            self.last_scan = Some(Instant::now());
            self.done.send_replace(true);
        }
        if batch.everything {
            self.publish_all();
        }
        self.publish_changed(&batch.changed);
        self.publish_pointing_to(&paths);
        if batch.everything || !paths.is_empty() {
            self.refresh();
        }
        self.cx.gates.boards.folders_changed();
        self.cx.runs.folders_changed();
        self.inputs.tell(&self.cx.gates, scans || self.scan_due.is_none());
    }

    /// Returns the settings of the editor: the last ones it sent, else those it started with.
    fn settings(&self) -> Option<&serde_json::Value> {
        self.settings.as_ref().or_else(|| self.cx.state.client()?.settings.as_ref())
    }
}
