//! Publishing findings: one thread, the newest version of each document, no debounce.
//!
//! Changes only mark a document; the thread takes whatever is newest when it gets to it. Fifty keystrokes in a
//! burst cost one analysis or a few, and a list computed from an older version never follows a newer one
//! (DESIGN.md, invariant 2), because one thread computes and sends them all.

mod disk;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(crate) use disk::{read as read_disk, read_in};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;
use stagegate_core::files::{self, FileKind};
use stagegate_core::ide;
use stagegate_core::text::Source;
use tower_lsp::ls_types;

use crate::analysis::News;
use crate::background::{Background, Event};
use crate::client::ClientInfo;
use crate::state::{Document, Folder, State};
use crate::to_proto::{self, Elsewhere};
use crate::transport::Output;

/// Hands documents to the publishing thread.
#[derive(Clone)]
pub(crate) struct Publisher {
    queue: Arc<Queue>,
}

#[derive(Default)]
struct Queue {
    inner: Mutex<Waiting>,
    wake: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// Documents in an editor.
    urgent: VecDeque<Arc<str>>,
    /// Everything else; taken when nothing is urgent.
    later: VecDeque<Arc<str>>,
    /// Documents in an editor of which something was guessed, to be looked at when nobody types.
    guessed: Vec<Arc<str>>,
    marked: FxHashSet<(Arc<str>, bool)>,
    /// Files whose findings the client shows, each with the other files that they point to.
    shown: FxHashMap<Arc<str>, Box<[PathBuf]>>,
    /// Set once something was published: what can wait for the first answer waits for this.
    answered: bool,
}

/// How long nobody has typed when guesses are looked at.
const QUIET: Duration = Duration::from_millis(50);

/// What to do about a document.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Task {
    /// Its findings are to be computed and sent.
    Publish,
    /// The same, where what was guessed of it is wrong.
    MakeSure,
}

/// Parameters of `textDocument/publishDiagnostics`, without copies.
#[derive(Serialize)]
struct Publish<'a> {
    uri: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
    diagnostics: Vec<ls_types::Diagnostic>,
}

impl Publisher {
    /// Starts the thread.
    pub(crate) fn start(state: Arc<State>, output: Output, background: Background) -> Publisher {
        let publisher = Publisher { queue: Arc::default() };
        let queue = Arc::clone(&publisher.queue);
        let work = move || {
            loop {
                let (task, uri) = queue.next();
                let caught = catch_unwind(AssertUnwindSafe(|| {
                    if task == Task::MakeSure && !make_sure(&uri, &state, &queue) {
                        return;
                    }
                    publish(&uri, &state, &output, &queue);
                    tell(&uri, &state, &background);
                }));
                if caught.is_err() {
                    tracing::error!(
                        "the analysis of {uri} panicked; its findings are not shown. Please report this"
                    );
                }
                queue.lock().answered = true;
                queue.wake.notify_all();
            }
        };
        std::thread::Builder::new()
            .name("diagnostics".into())
            .spawn(work)
            .expect("a thread can be started while the server starts");
        publisher
    }

    /// Marks a document of an editor whose findings have to be computed anew.
    pub(crate) fn update(&self, uri: &str) {
        self.mark(uri, true);
    }

    /// Marks a file whose findings have to be computed anew when nothing is urgent.
    pub(crate) fn update_later(&self, uri: &str) {
        self.mark(uri, false);
    }

    fn mark(&self, uri: &str, urgent: bool) {
        let mut waiting = self.queue.lock();
        let uri: Arc<str> = Arc::from(uri);
        if waiting.marked.insert((Arc::clone(&uri), urgent)) {
            if urgent {
                waiting.urgent.push_back(uri);
            } else {
                waiting.later.push_back(uri);
            }
            drop(waiting);
            self.queue.wake.notify_all();
        }
    }

    /// Returns the files whose findings the client shows.
    pub(crate) fn shown(&self) -> Vec<Arc<str>> {
        self.queue.lock().shown.keys().cloned().collect()
    }

    /// Returns those whose findings point to one of these files.
    pub(crate) fn pointing_to(&self, wanted: impl Fn(&Path) -> bool) -> Vec<Arc<str>> {
        let queue = self.queue.lock();
        let points = queue.shown.iter().filter(|(_, files)| files.iter().any(|file| wanted(file)));
        points.map(|(uri, _)| Arc::clone(uri)).collect()
    }

    /// Waits until something was published, at most for `limit`.
    pub(crate) fn wait_for_first(&self, limit: Duration) {
        let waiting = self.queue.lock();
        let result = self.queue.wake.wait_timeout_while(waiting, limit, |waiting| !waiting.answered);
        drop(result.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> (Task, Arc<str>) {
        let mut waiting = self.lock();
        let mut is_quiet = false;
        loop {
            let urgent = waiting.urgent.pop_front().map(|uri| (uri, true));
            if let Some(next) = urgent.or_else(|| waiting.later.pop_front().map(|uri| (uri, false))) {
                waiting.marked.remove(&next);
                return (Task::Publish, next.0);
            }
            if waiting.guessed.is_empty() {
                waiting = self.wake.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            } else if is_quiet && let Some(uri) = waiting.guessed.pop() {
                return (Task::MakeSure, uri);
            } else {
                let result = self.wake.wait_timeout(waiting, QUIET);
                let (locked, result) = result.unwrap_or_else(PoisonError::into_inner);
                (waiting, is_quiet) = (locked, result.timed_out());
            }
        }
    }

    /// Whether a document in an editor waits for its findings.
    fn is_urgent(&self) -> bool {
        !self.lock().urgent.is_empty()
    }

    /// Notes that something was guessed of a document.
    fn guessed(&self, uri: &Arc<str>) {
        let guessed = &mut self.lock().guessed;
        if !guessed.contains(uri) {
            guessed.push(Arc::clone(uri));
        }
    }
}

/// Tells the background thread where an open document says something else about its component than before. The text
/// was read for its findings, or is read now for a client that pulls them.
fn tell(uri: &str, state: &State, background: &Background) {
    let Some(document) = state.document(uri).filter(|_| state.is_shown_as(uri)) else { return };
    let Some(home) = document.home() else { return };
    let folders = state.folders();
    let Some((folder, relative)) = document.located(&folders) else { return };
    if let Some(book) = folder.root.issues.as_deref() {
        let todos = document.todos(&relative, &folder.root);
        let mut references = todos.iter().flat_map(|todo| &todo.references);
        if references.any(|it| book.issue_of(&it.kind).is_some_and(|issue| book.get(issue).is_none())) {
            background.send(Event::UnknownIssue);
        }
    }
    if !files::kind_of(&relative, &folder.root.config).is_some_and(FileKind::may_state_facts) {
        return;
    }
    let news = document.analysis.tell(document.facts(&relative, &folder.root), &document.rope);
    if news != News::None {
        background.send(Event::Facts { path: home.to_path_buf(), news });
    }
}

/// Returns a hint for every run of lines that no test ran, where the user wants to see them.
pub(crate) fn uncovered(
    document: &Document,
    folders: &[Folder],
    client: &ClientInfo,
) -> Vec<ls_types::Diagnostic> {
    if !document.analysis.shows_uncovered() {
        return Vec::new();
    }
    let (root, path) = document.place(folders);
    let Some(uncovered) = ide::uncovered(Source::Rope(&document.rope), &path, &root) else {
        return Vec::new();
    };
    let message = match uncovered.is_stale {
        true => "No test ran this, when coverage was measured; the file changed since.",
        false => "No test ran this.",
    };
    let hint = |range| ls_types::Diagnostic {
        range: to_proto::range(&document.rope, range, client.encoding),
        severity: Some(ls_types::DiagnosticSeverity::HINT),
        code: Some(ls_types::NumberOrString::String("uncovered".to_owned())),
        source: Some(to_proto::SOURCE.to_owned()),
        message: message.to_owned(),
        tags: client.diagnostic_tags.then(|| vec![ls_types::DiagnosticTag::UNNECESSARY]),
        ..ls_types::Diagnostic::default()
    };
    uncovered.ranges.into_iter().map(hint).collect()
}

/// Reads what was only guessed of a document, unless another one becomes urgent. Returns whether the guess was wrong.
fn make_sure(uri: &Arc<str>, state: &State, queue: &Queue) -> bool {
    let Some(document) = state.document(uri) else { return false };
    match document.make_sure_of_todos(&state.folders(), &|| !queue.is_urgent()) {
        Some(is_other) => is_other,
        None => {
            queue.guessed(uri);
            false
        }
    }
}

/// Computes and sends the findings of one document.
fn publish(uri: &Arc<str>, state: &State, output: &Output, queue: &Queue) {
    let Some(client) = state.client().filter(|client| client.push) else { return };
    let folders = state.folders();
    let elsewhere = Elsewhere::new(state, &folders, uri);
    let shown = state.is_shown_as(uri);
    let (version, diagnostics) = match state.document(uri) {
        Some(document) if shown => {
            let findings = document.diagnostics(&folders);
            let mut findings = to_proto::diagnostics_in(&findings, &document.rope, uri, client, &elsewhere);
            findings.extend(uncovered(&document, &folders, client));
            if document.guesses_todos(&folders) {
                queue.guessed(uri);
            }
            (client.publish_versions.then_some(document.version), findings)
        }
        // The file has another URI as well: its findings are shown there.
        Some(document) => (client.publish_versions.then_some(document.version), Vec::new()),
        None if !shown => (None, Vec::new()),
        None => {
            let file = read_disk(uri, state, &folders);
            (None, file.map(|file| file.to_proto(uri, client, &elsewhere)).unwrap_or_default())
        }
    };
    let was_shown = {
        let shown = &mut queue.lock().shown;
        if diagnostics.is_empty() {
            shown.remove(uri).is_some()
        } else {
            shown.insert(Arc::clone(uri), elsewhere.files()).is_some()
        }
    };
    // An open document gets every list, even an empty one: it says that this version was looked at. A closed file
    // without findings is mentioned only to take back what was shown before.
    if version.is_some() || !diagnostics.is_empty() || was_shown || state.document(uri).is_some() {
        output.notify("textDocument/publishDiagnostics", Publish { uri, version, diagnostics });
    }
}
