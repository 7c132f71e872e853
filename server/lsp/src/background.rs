//! What happens behind the editor's back: scanning the workspace, watching its files, reloading configuration.
//!
//! One thread. It starts after the first answer, so that opening a file never waits for a scan; everything that
//! reaches it is coalesced.

mod watch;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustc_hash::FxHashSet;
use stagegate_core::files;
use stagegate_core::workspace::{FileIndex, Root};
use stagegate_workspace::{WalkOptions, Workspace, walk};
use tokio::sync::watch as signal;
use tower_lsp::Client;

use crate::diagnostics::Publisher;
use crate::progress::Progress;
use crate::refresh::refresh_views;
use crate::state::{Folder, State, place};
use crate::transport::Output;
use watch::Watcher;

/// How long the first scan waits for a first answer. A client that opens nothing gets its scan all the same.
const FIRST_ANSWER: Duration = Duration::from_millis(250);

/// How long it has to be quiet before changes on disk are looked at: a checkout touches thousands of files.
const COLLECT: Duration = Duration::from_millis(30);

/// How long changes are collected at most: a file that is written all the time holds nothing up.
const COLLECT_AT_MOST: Duration = Duration::from_millis(250);

/// How long after a scan the next one starts at the earliest. A build may create files all the time.
const BETWEEN_SCANS: Duration = Duration::from_millis(500);

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
    /// Changes were lost: everything has to be looked at again.
    Lost,
}

/// Sends events to the background thread.
#[derive(Clone)]
pub(crate) struct Background {
    sender: Arc<Mutex<Sender<Event>>>,
    scanned: signal::Receiver<bool>,
}

/// What the thread needs.
pub(crate) struct Context {
    pub(crate) state: Arc<State>,
    pub(crate) publisher: Publisher,
    pub(crate) output: Output,
    pub(crate) client: Client,
    pub(crate) runtime: tokio::runtime::Handle,
}

impl Background {
    /// Starts the thread.
    pub(crate) fn start(cx: Context) -> Background {
        let (sender, receiver) = channel();
        let (done, scanned) = signal::channel(false);
        let background = Background { sender: Arc::new(Mutex::new(sender)), scanned };
        let events = background.clone();
        std::thread::Builder::new()
            .name("background".into())
            .spawn(move || {
                Worker { cx, events, done, settings: None, watcher: None, last_scan: None, scan_due: None }
                    .run(&receiver);
            })
            .expect("a thread can be started while the server starts");
        background
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

/// Reads the configuration of the folders: quick enough to be done before the first answer.
pub(crate) fn load_folders(paths: &[PathBuf], settings: Option<&serde_json::Value>) -> Vec<Folder> {
    paths.iter().map(|path| load_folder(path, settings)).collect()
}

fn load_folder(path: &Path, settings: Option<&serde_json::Value>) -> Folder {
    let workspace = Workspace::load_with(path, settings);
    for problem in &workspace.settings_problems {
        tracing::warn!("settings of the editor: {}: {}", problem.key, problem.message);
    }
    Folder::new(path, workspace.root)
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
    /// Files of ours that changed.
    changed: FxHashSet<PathBuf>,
}

impl Worker {
    fn run(mut self, events: &Receiver<Event>) {
        loop {
            let mut batch = Batch::default();
            match self.next(events) {
                Ok(event) => self.take(event, &mut batch),
                Err(RecvTimeoutError::Timeout) => batch.rescan = true,
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let end = Instant::now() + COLLECT_AT_MOST;
            while let Some(left) = end.checked_duration_since(Instant::now()) {
                let Ok(event) = events.recv_timeout(COLLECT.min(left)) else { break };
                self.take(event, &mut batch);
            }
            let handled = catch_unwind(AssertUnwindSafe(|| self.handle(&mut batch)));
            if handled.is_err() {
                tracing::error!("looking at the workspace panicked; restart the server. Please report this");
                // Whoever waits for the scan gets what there is.
                self.done.send_replace(true);
            }
        }
    }

    /// Waits for an event, at most until a scan is due.
    fn next(&self, events: &Receiver<Event>) -> Result<Event, RecvTimeoutError> {
        match self.scan_due {
            Some(due) => events.recv_timeout(due.saturating_duration_since(Instant::now())),
            None => events.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    fn take(&mut self, event: Event, batch: &mut Batch) {
        match event {
            Event::Ready => {
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
                batch.rescan = true;
                batch.at_once = true;
                batch.everything = true;
            }
            Event::File { path, existence } => self.take_file(path, existence, batch),
            Event::Lost => {
                batch.reload = true;
                batch.rescan = true;
            }
        }
    }

    fn take_file(&mut self, path: PathBuf, existence: bool, batch: &mut Batch) {
        let folders = self.cx.state.folders();
        let Some((folder, relative)) = place(&folders, &path) else { return };
        if relative.split('/').any(|part| part == ".git" || part == ".stagegate") {
            return;
        }
        if existence && let Some(watcher) = &mut self.watcher {
            // A folder that went takes its watch with it, also if one of the same name comes at once.
            watcher.forget(&path);
        }
        let below = |file: &&str| file.strip_prefix(&*relative).is_some_and(|rest| rest.starts_with('/'));
        let config = files::CONFIG_FILES.iter().any(|file| *file == relative || (existence && below(file)));
        batch.reload |= config;
        batch.rescan |= existence || relative.ends_with(".gitignore");
        if folder.root.analyses(&relative).is_some() {
            batch.changed.insert(path);
        }
    }

    fn handle(&mut self, batch: &mut Batch) {
        if batch.reload {
            self.reload();
            batch.everything = true;
        }
        let due = self.last_scan.map(|last| last + BETWEEN_SCANS).filter(|due| *due > Instant::now());
        if batch.rescan && !batch.at_once && due.is_some() {
            self.scan_due = due;
        } else if batch.rescan {
            self.scan_due = None;
            batch.everything |= self.rescan();
            self.last_scan = Some(Instant::now());
            self.done.send_replace(true);
        }
        if batch.everything {
            self.publish_all();
        }
        for path in &batch.changed {
            if self.cx.state.document_at(path).is_none() {
                self.cx.publisher.update_later(&self.cx.state.uri_of(path));
            }
        }
        if batch.everything || !batch.changed.is_empty() {
            self.refresh();
        }
    }

    /// Returns the settings of the editor: the last ones it sent, else those it started with.
    fn settings(&self) -> Option<&serde_json::Value> {
        self.settings.as_ref().or_else(|| self.cx.state.client()?.settings.as_ref())
    }

    /// Reads the configuration of every folder again.
    fn reload(&self) {
        let folders = self.cx.state.folders();
        let folders = folders.iter().map(|folder| {
            let loaded = load_folder(&folder.path, self.settings());
            Folder::new(&folder.path, Root { files: folder.root.files.clone(), ..loaded.root })
        });
        self.cx.state.set_folders(folders.collect());
    }

    /// Looks for the files of every folder; returns whether anything changed.
    fn rescan(&mut self) -> bool {
        // Later scans are short and nobody asked for them.
        let progress = match self.last_scan {
            None => Progress::begin(&self.cx, "Stagegate", "looking for files"),
            Some(_) => Progress::none(),
        };
        let folders = self.cx.state.folders();
        let watches = self.cx.state.client().is_some_and(|client| !client.watches_files);
        let mut changed = false;
        let mut scanned = Vec::with_capacity(folders.len());
        let mut entered = BTreeSet::new();
        for (i, folder) in folders.iter().enumerate() {
            progress.report(i, folders.len(), &folder.path.to_string_lossy());
            // One thread: the editor's keystrokes need the other core more than a scan does.
            let found = walk(&folder.path, &WalkOptions { threads: Some(1), folders: watches });
            entered.extend(found.folders.iter().map(|inner| folder.path.join(&**inner)));
            if folder.root.files.is_none() {
                for problem in found.problems.iter().take(10) {
                    tracing::warn!("{}: {}", problem.path, problem.message);
                }
            }
            if folder.root.files.as_ref().is_some_and(|index| index.paths() == found.files) {
                scanned.push(folder.clone());
                continue;
            }
            changed = true;
            let files = Some(Arc::new(FileIndex::new(found.files)));
            scanned.push(Folder::new(&folder.path, Root { files, ..folder.root.clone() }));
        }
        if watches {
            changed |= self.watch(entered);
        }
        if changed {
            self.cx.state.set_folders(scanned);
        }
        progress.end();
        changed
    }

    /// Watches the folders that git does not ignore, where the client does not do it; returns whether one is new.
    fn watch(&mut self, folders: BTreeSet<PathBuf>) -> bool {
        if self.watcher.is_none() {
            self.watcher = Watcher::start(self.events.clone());
        }
        self.watcher.as_mut().is_some_and(|watcher| watcher.watch(folders))
    }

    /// Publishes the findings of open documents first, then those of all other files, and takes back what is
    /// shown of files that are no longer there.
    fn publish_all(&self) {
        for document in &self.cx.state.documents() {
            self.cx.publisher.update(&document.uri);
        }
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
    fn refresh(&self) {
        if let Some(info) = self.cx.state.client() {
            refresh_views(&self.cx.client, info, &self.cx.runtime);
        }
        if self.cx.state.client().is_some_and(|client| client.refreshes_diagnostics && !client.push) {
            let client = self.cx.client.clone();
            self.cx.runtime.spawn(async move {
                if let Err(error) = client.workspace_diagnostic_refresh().await {
                    tracing::debug!("the client refused to refresh: {error}");
                }
            });
        }
    }
}

/// Returns the files that are analysed, each with the path relative to its innermost folder and the whole path.
pub(crate) fn analysed(folders: &[Folder]) -> impl Iterator<Item = ((&Folder, &str), PathBuf)> {
    folders.iter().flat_map(move |folder| {
        let paths = folder.root.files.as_ref().map(|files| files.paths()).unwrap_or_default();
        let ours = paths.iter().map(AsRef::as_ref).filter(|path| folder.root.analyses(path).is_some());
        let whole = ours.map(move |path: &str| ((folder, path), folder.path.join(path)));
        // A folder inside of another one has its own configuration.
        whole.filter(move |(_, path)| {
            place(folders, path).is_some_and(|(innermost, _)| innermost.path == folder.path)
        })
    })
}
