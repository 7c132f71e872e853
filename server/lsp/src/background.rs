//! What happens behind the editor's back: scanning the workspace, watching its files, reloading configuration.
//!
//! One thread. It starts after the first answer, so that opening a file never waits for a scan; everything that
//! reaches it is coalesced.

mod watch;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use stagegate_core::config::Config;
use stagegate_core::files;
use stagegate_core::workspace::{FileIndex, Root};
use stagegate_workspace::{WalkOptions, Workspace, walk};
use tokio::sync::watch as signal;
use tower_lsp::Client;

use crate::diagnostics::Publisher;
use crate::progress::Progress;
use crate::state::{Folder, State, place};
use crate::transport::Output;
use crate::uri;
use watch::Watcher;

/// How long the first scan waits for a first answer. A client that opens nothing gets its scan all the same.
const FIRST_ANSWER: Duration = Duration::from_millis(250);

/// How long changes on disk are collected before they are looked at: a checkout touches thousands of files.
const COLLECT: Duration = Duration::from_millis(30);

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
            .spawn(move || Worker { cx, events, done, settings: None, watcher: None }.run(&receiver))
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
    settings: Option<serde_json::Value>,
    watcher: Option<Watcher>,
}

/// What a batch of events amounts to.
#[derive(Default)]
struct Batch {
    reload: bool,
    rescan: bool,
    changed: Vec<PathBuf>,
}

impl Worker {
    fn run(mut self, events: &Receiver<Event>) {
        self.settings = self.cx.state.client().and_then(|client| client.settings.clone());
        while let Ok(event) = events.recv() {
            let mut batch = Batch::default();
            self.take(event, &mut batch);
            while let Ok(event) = events.recv_timeout(COLLECT) {
                self.take(event, &mut batch);
            }
            let handled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.handle(&batch)));
            if handled.is_err() {
                tracing::error!("looking at the workspace panicked; restart the server. Please report this");
            }
        }
    }

    fn take(&mut self, event: Event, batch: &mut Batch) {
        match event {
            Event::Ready => {
                self.cx.publisher.wait_for_first(FIRST_ANSWER);
                batch.rescan = true;
            }
            Event::Settings(settings) => {
                self.settings = Some(settings);
                batch.reload = true;
            }
            Event::Folders { added, removed } => {
                let old = self.cx.state.folders();
                let mut folders: Vec<_> =
                    old.iter().filter(|f| !removed.contains(&f.path.to_path_buf())).cloned().collect();
                let new = added
                    .iter()
                    .filter(|path| !folders.iter().any(|f| *f.path == **path))
                    .cloned()
                    .collect::<Vec<_>>();
                folders.extend(load_folders(&new, self.settings.as_ref()));
                self.cx.state.set_folders(folders);
                self.take_back(&removed);
                batch.rescan = true;
            }
            Event::File { path, existence } => {
                let folders = self.cx.state.folders();
                let Some((_, relative)) = place(&folders, &path) else { return };
                if relative.split('/').any(|part| part == ".git" || part == ".stagegate") {
                    return;
                }
                batch.reload |= files::CONFIG_FILES.contains(&relative.as_str());
                batch.rescan |= existence || relative.ends_with(".gitignore");
                batch.changed.push(path);
            }
            Event::Lost => {
                batch.reload = true;
                batch.rescan = true;
            }
        }
    }

    fn handle(&mut self, batch: &Batch) {
        let mut everything = false;
        if batch.reload {
            self.reload();
            everything = true;
        }
        if batch.rescan {
            everything |= self.rescan();
        }
        if everything {
            self.publish_all();
        }
        // Removed files are no longer in the index, so they are named one by one.
        for path in &batch.changed {
            if self.cx.state.document_at(path).is_none() {
                self.cx.publisher.update_later(&uri::from_path(path));
            }
        }
        if everything || !batch.changed.is_empty() {
            self.refresh();
        }
        if batch.rescan {
            self.done.send_replace(true);
        }
    }

    /// Reads the configuration of every folder again.
    fn reload(&self) {
        let folders = self.cx.state.folders();
        let folders = folders.iter().map(|folder| {
            let loaded = load_folder(&folder.path, self.settings.as_ref());
            Folder::new(&folder.path, Root { files: folder.root.files.clone(), ..loaded.root })
        });
        self.cx.state.set_folders(folders.collect());
    }

    /// Looks for the files of every folder; returns whether anything changed.
    fn rescan(&mut self) -> bool {
        let progress = Progress::begin(&self.cx, "Stagegate", "looking for files");
        let folders = self.cx.state.folders();
        let mut changed = false;
        let mut scanned = Vec::with_capacity(folders.len());
        for (i, folder) in folders.iter().enumerate() {
            progress.report(i, folders.len(), &folder.path.to_string_lossy());
            // One thread: the editor's keystrokes need the other core more than a scan does.
            let found = walk(&folder.path, &WalkOptions { threads: Some(1) });
            for problem in found.problems.iter().take(10) {
                tracing::warn!("{}: {}", problem.path, problem.message);
            }
            let same = folder.root.files.as_ref().is_some_and(|index| index.paths() == found.files);
            if same {
                scanned.push(folder.clone());
                continue;
            }
            changed = true;
            let files = Some(Arc::new(FileIndex::new(found.files)));
            scanned.push(Folder::new(&folder.path, Root { files, ..folder.root.clone() }));
        }
        if changed {
            self.watch(&scanned);
            self.cx.state.set_folders(scanned);
        }
        progress.end();
        changed
    }

    /// Watches the folders that hold files, where the client does not do it.
    fn watch(&mut self, folders: &[Folder]) {
        if self.cx.state.client().is_none_or(|client| client.watches_files) {
            return;
        }
        if self.watcher.is_none() {
            self.watcher = Watcher::start(self.events.clone());
        }
        if let Some(watcher) = &mut self.watcher {
            watcher.watch(folders);
        }
    }

    /// Publishes the findings of open documents first, then those of all other files.
    fn publish_all(&self) {
        let open = self.cx.state.documents();
        for document in &open {
            self.cx.publisher.update(&document.uri);
        }
        if !self.cx.state.client().is_some_and(|client| client.push) {
            return;
        }
        for folder in self.cx.state.folders().iter() {
            for path in analysed(folder) {
                let path = folder.path.join(path);
                if !open.iter().any(|document| document.path.as_deref() == Some(&path)) {
                    self.cx.publisher.update_later(&uri::from_path(&path));
                }
            }
        }
    }

    /// Takes back the findings of files in folders that went.
    fn take_back(&self, removed: &[PathBuf]) {
        for uri in self.cx.publisher.shown() {
            if uri::to_path(&uri).is_some_and(|path| removed.iter().any(|folder| path.starts_with(folder))) {
                self.cx.publisher.update(&uri);
            }
        }
    }

    /// Asks a client that pulls to pull again.
    fn refresh(&self) {
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

/// Returns the paths of `folder` that are analysed.
pub(crate) fn analysed(folder: &Folder) -> impl Iterator<Item = &str> {
    let config: &Config = &folder.root.config;
    let paths = folder.root.files.as_ref().map(|files| files.paths()).unwrap_or_default();
    paths.iter().map(AsRef::as_ref).filter(move |path| files::kind_of(path, config).is_some())
}
