//! What is known of issues, and fetching it: in the background, in batches, never in the way of an answer.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustc_hash::{FxHashMap, FxHashSet};
use stagegate_core::config::Config;
use stagegate_core::ide::IssueKey;
use stagegate_core::issues::IssueBook;
use stagegate_core::todo::{IssueId, Todo};
use tower_lsp::Client;

use crate::diagnostics::Publisher;
use crate::issues::{Issues, Tracker};
use crate::refresh::refresh_all;
use crate::state::{Folder, State};

/// How long nothing new has to be named before the tracker is asked: who types `#123` types `#1` first.
const QUIET: Duration = Duration::from_millis(700);

/// How long that is waited for at most.
const QUIET_AT_MOST: Duration = Duration::from_secs(5);

/// How often it is looked whether anything that is known has become old.
const AGAIN: Duration = Duration::from_secs(10 * 60);

/// Most batches in a row; the rest is fetched the next time.
const MAX_BATCHES: usize = 100;

/// Something that the thread has to know.
#[derive(Debug)]
enum Event {
    /// Folders or their configuration may be others.
    Folders,
    /// A folder was searched.
    Searched(Arc<Path>),
    /// Something may be named that is not known.
    Wake,
}

/// The trackers of all folders.
#[derive(Clone)]
pub(crate) struct Trackers {
    shared: Arc<Shared>,
    sender: Arc<Mutex<Sender<Event>>>,
}

struct Shared {
    tracker: Box<dyn Tracker>,
    open: Mutex<FxHashMap<Arc<Path>, Opened>>,
    /// The comments whose issues are being created.
    creating: Mutex<FxHashSet<String>>,
}

/// Held while the issue of a comment is being created.
pub(crate) struct Creation {
    shared: Arc<Shared>,
    key: String,
}

impl Drop for Creation {
    fn drop(&mut self) {
        self.shared.creating.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

struct Opened {
    config: Arc<Config>,
    issues: Arc<dyn Issues>,
}

/// The receiving end, for [`Trackers::start`].
pub(crate) struct Events(Receiver<Event>);

/// What the thread needs.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) state: Arc<State>,
    pub(crate) publisher: Publisher,
    pub(crate) client: Client,
    pub(crate) runtime: tokio::runtime::Handle,
}

impl Trackers {
    /// Returns both ends.
    pub(crate) fn new(tracker: Box<dyn Tracker>) -> (Trackers, Events) {
        let (sender, receiver) = channel();
        let shared = Arc::new(Shared { tracker, open: Mutex::default(), creating: Mutex::default() });
        (Trackers { shared, sender: Arc::new(Mutex::new(sender)) }, Events(receiver))
    }

    /// Starts the thread.
    pub(crate) fn start(&self, cx: Context, events: Events) {
        let worker = Worker { cx, trackers: self.clone(), told: FxHashSet::default() };
        std::thread::Builder::new()
            .name("issues".into())
            .spawn(move || worker.run(&events.0))
            .expect("a thread can be started while the server starts");
    }

    /// Says that folders or their configuration may be others.
    pub(crate) fn folders_changed(&self) {
        self.send(Event::Folders);
    }

    /// Says that a folder was searched for TODO comments.
    pub(crate) fn searched(&self, folder: &Arc<Path>) {
        self.send(Event::Searched(Arc::clone(folder)));
    }

    /// Says that something may be named that is not known.
    pub(crate) fn wake(&self) {
        self.send(Event::Wake);
    }

    fn send(&self, event: Event) {
        // The thread ends only with the process.
        let _ = self.sender.lock().unwrap_or_else(PoisonError::into_inner).send(event);
    }

    /// Returns the issues of a folder, once they were opened.
    pub(crate) fn issues_of(&self, folder: &Path) -> Option<Arc<dyn Issues>> {
        let open = self.shared.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(folder).map(|opened| Arc::clone(&opened.issues))
    }

    /// Says that the issue of a comment is being created; `None` where it is already.
    pub(crate) fn begin_creation(&self, folder: &Path, path: &str, text: &str) -> Option<Creation> {
        let key = format!("{}\n{path}\n{text}", folder.display());
        let mut creating = self.shared.creating.lock().unwrap_or_else(PoisonError::into_inner);
        creating.insert(key.clone()).then(|| Creation { shared: Arc::clone(&self.shared), key })
    }

    /// Opens the issues of a folder, unless they are.
    fn open(&self, folder: &Folder) -> Arc<dyn Issues> {
        let mut open = self.shared.open.lock().unwrap_or_else(PoisonError::into_inner);
        let config = &folder.root.config;
        if let Some(opened) = open.get(&folder.path).filter(|opened| Arc::ptr_eq(&opened.config, config)) {
            return Arc::clone(&opened.issues);
        }
        let issues = self.shared.tracker.open(&folder.path, &config.issues);
        let opened = Opened { config: Arc::clone(config), issues: Arc::clone(&issues) };
        open.insert(Arc::clone(&folder.path), opened);
        issues
    }

    /// Lets everybody see what is known now.
    pub(crate) fn show(&self, cx: &Context, folder: &Folder, issues: &dyn Issues) {
        let new = issues.book().map(Arc::new);
        let old = cx.state.book(&folder.path);
        let changed = match (&old, &new) {
            (None, None) => return,
            (Some(old), Some(new)) => new.news(old),
            _ => None,
        };
        cx.state.set_book(&folder.path, new.as_ref());
        // Ages alone change no finding; who asks for one gets the present one.
        if changed.as_ref().is_some_and(BTreeSet::is_empty) {
            return;
        }
        let book = new.as_deref();
        let names = |todo: &Todo| {
            todo.references.iter().any(|reference| match (&changed, IssueKey::of(&reference.kind, book)) {
                (Some(changed), IssueKey::Issue(issue)) => changed.contains(&issue),
                (None, _) => true,
                _ => false,
            })
        };
        mark(cx, folder, names);
        if let Some(info) = cx.state.client() {
            refresh_all(&cx.client, info, &cx.runtime);
        }
    }
}

/// Marks the files whose findings depend on the issues that their TODOs name.
fn mark(cx: &Context, folder: &Folder, names: impl Fn(&Todo) -> bool) {
    let (state, publisher) = (&cx.state, &cx.publisher);
    let folders = state.folders();
    let mut homes: Vec<Arc<Path>> = Vec::new();
    let owners = state.owners();
    for (home, document) in &owners {
        let Some((of, relative)) = document.located(&folders) else { continue };
        if of.path == folder.path && document.todos(&relative, &of.root).iter().any(&names) {
            publisher.update(&document.uri);
            homes.push(Arc::clone(home));
        }
    }
    for (path, _) in state.files_with_todos(&folder.path, &names) {
        let home: Arc<Path> = Arc::from(folder.path.join(&*path));
        if folder.root.analyses(&path).is_some() && !owners.contains_key(&home) {
            publisher.update_later(&state.uri_of(&home));
            homes.push(home);
        }
    }
    state.touch(homes.into_iter());
}

struct Worker {
    cx: Context,
    trackers: Trackers,
    /// What went wrong and was said.
    told: FxHashSet<String>,
}

impl Worker {
    fn run(mut self, events: &Receiver<Event>) {
        let (mut due, mut latest) = (Instant::now() + AGAIN, None);
        loop {
            match events.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Ok(event) => {
                    self.guarded(|worker| worker.take(&event));
                    let now = Instant::now();
                    let end = *latest.get_or_insert(now + QUIET_AT_MOST);
                    due = end.min(now + QUIET);
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.guarded(Worker::refresh);
                    (due, latest) = (Instant::now() + AGAIN, None);
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn guarded(&mut self, work: impl FnOnce(&mut Worker)) {
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(self))).is_err() {
            tracing::error!("looking at issues panicked; their states may be old. Please report this");
        }
    }

    fn take(&mut self, event: &Event) {
        match event {
            Event::Folders => {
                for folder in self.cx.state.folders().iter() {
                    let issues = self.trackers.open(folder);
                    self.trackers.show(&self.cx, folder, &*issues);
                }
            }
            Event::Searched(path) => {
                // What was published before was published without knowing which files to mark.
                let folders = self.cx.state.folders();
                let folder = folders.iter().find(|folder| folder.path == *path);
                if let Some(folder) = folder.filter(|folder| folder.root.issues.is_some()) {
                    mark(&self.cx, folder, |todo| !todo.references.is_empty());
                }
            }
            Event::Wake => {}
        }
    }

    /// Fetches what is named and not known, or old.
    fn refresh(&mut self) {
        for folder in self.cx.state.folders().iter() {
            let Some(issues) = self.trackers.issues_of(&folder.path) else { continue };
            if !issues.may_fetch() {
                continue;
            }
            for _ in 0..MAX_BATCHES {
                let Some(book) = self.cx.state.book(&folder.path) else { break };
                let refreshed = issues.refresh(&self.named(folder, &book));
                self.trackers.show(&self.cx, folder, &*issues);
                if let Some(failure) = refreshed.failure
                    && self.told.insert(failure.clone())
                {
                    tracing::info!("states of issues: {failure}");
                }
                if !refreshed.more {
                    break;
                }
            }
        }
    }

    /// Returns the issues that the TODOs of a folder name: as an editor has them, and on disk.
    fn named(&self, folder: &Folder, book: &IssueBook) -> Vec<IssueId> {
        let state = &self.cx.state;
        let folders = state.folders();
        let mut named: FxHashSet<IssueId> = FxHashSet::default();
        let mut add = |todos: &[Todo]| {
            let references = todos.iter().flat_map(|todo| &todo.references);
            named.extend(references.filter_map(|it| Some(book.plain(book.issue_of(&it.kind)?))));
        };
        for document in state.documents() {
            if let Some((of, relative)) = document.located(&folders)
                && of.path == folder.path
            {
                add(&document.todos(&relative, &of.root));
            }
        }
        for (_, todos) in state.files_with_todos(&folder.path, |todo| !todo.references.is_empty()) {
            add(&todos);
        }
        let mut named: Vec<_> = named.into_iter().collect();
        named.sort_unstable();
        named
    }
}
