//! What the server knows: open documents and workspace roots. One lock, held only to swap cheap values.
//!
//! The reader thread is the only one that changes documents, in the order in which the changes arrive
//! (DESIGN.md, invariant 2). Everybody else works on a [`Snapshot`].

mod boards;
mod names;
mod todos;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};

use ropey::Rope;
use rustc_hash::FxHashMap;
use stagegate_core::component::ComponentFile;
use stagegate_core::components::{Components, Facts};
use stagegate_core::diagnostic::Diagnostic;
use stagegate_core::files::{FileKind, MAX_FILE_BYTES};
use stagegate_core::gates::Board;
use stagegate_core::issues::IssueBook;
use stagegate_core::run::Runs;
use stagegate_core::text::{PositionEncoding, Source};
use stagegate_core::todo::Todo;
use stagegate_core::workspace::Root;
use stagegate_workspace::ReadProblem;

use crate::analysis::Analysis;
use crate::client::ClientInfo;
use crate::uri;
use names::{Names, home};

pub(crate) use todos::TodosOfFolder;

/// What is known outside of every folder; always the same, so that what was read with it can be kept.
static NO_ROOT: LazyLock<Root> = LazyLock::new(Root::default);

/// An open document, as of one version. Cloning is cheap: a rope shares its text.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// As the client wrote it.
    pub(crate) uri: Arc<str>,
    /// Where it lies on disk, if it is a file.
    pub(crate) path: Option<Arc<Path>>,
    /// Where it really lies, where `path` leads into no folder of the workspace.
    real: Option<Arc<Path>>,
    /// The one path that stands for the file, whichever way leads to it.
    home: Option<Arc<Path>>,
    /// The client's version.
    pub(crate) version: i32,
    /// The text.
    pub(crate) rope: Rope,
    /// Grows with every change of any document; the client's version may not.
    pub(crate) revision: u64,
    /// What was last read of the text, of this version or another one.
    pub(crate) analysis: Arc<Analysis>,
}

/// One workspace folder with what analyses of its files need.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    pub(crate) path: Arc<Path>,
    /// Where the folder really lies, if that is elsewhere: a document may be opened by either path.
    real: Option<Arc<Path>>,
    pub(crate) root: Root,
    /// Differs from every other state of any folder; see [`Folder::with_components`].
    pub(crate) generation: u64,
}

impl Folder {
    /// Returns a folder in a new state.
    pub(crate) fn new(path: &Path, root: Root) -> Folder {
        let real = std::fs::canonicalize(path).ok().filter(|real| real != path).map(Arc::from);
        Folder { path: Arc::from(path), real, root, generation: next_number() }
    }

    /// Returns the folder with other components. Where it had some, it stays in the same state: only the findings of
    /// the files that [`State::touch`] is told of may be others.
    pub(crate) fn with_components(&self, components: Arc<Components>) -> Folder {
        let generation = if self.root.components.is_some() { self.generation } else { next_number() };
        let root = Root { components: Some(components), ..self.root.clone() };
        Folder { root, generation, ..self.clone() }
    }

    /// Returns `path` relative to the folder, with `/`; `None` where it lies elsewhere.
    fn relative(&self, path: &Path) -> Option<String> {
        uri::relative(&self.path, path).or_else(|| uri::relative(self.real.as_deref()?, path))
    }

    /// Whether `other` lies inside, whichever way leads to it.
    pub(crate) fn holds(&self, other: &Folder) -> bool {
        let inside = |path: &Path| self.relative(path).is_some_and(|relative| !relative.is_empty());
        inside(&other.path) || other.real.as_deref().is_some_and(inside)
    }
}

/// Returns a number greater than every one before.
fn next_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Everything an answer is computed from, as of the moment its request arrived.
#[derive(Clone)]
pub(crate) struct Snapshot {
    pub(crate) folders: Arc<Vec<Folder>>,
    pub(crate) encoding: PositionEncoding,
    /// The document the request names, if it is open.
    pub(crate) document: Option<Document>,
}

/// Shared by all threads.
#[derive(Default)]
pub(crate) struct State {
    client: OnceLock<ClientInfo>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    documents: FxHashMap<Arc<str>, Document>,
    names: Names,
    folders: Arc<Vec<Folder>>,
    touched: Arc<FxHashMap<Arc<Path>, u64>>,
    todos: FxHashMap<Arc<Path>, TodosOfFolder>,
    books: FxHashMap<Arc<Path>, Arc<IssueBook>>,
    boards: FxHashMap<Arc<Path>, Board>,
    runs: FxHashMap<Arc<Path>, Runs>,
}

impl Inner {
    /// Returns the document that counts for the file with this home: of several the one that was changed last.
    fn owner(&self, home: &Path) -> Option<&Document> {
        let same = |document: &&Document| {
            document.home.as_deref().is_some_and(|known| known.as_os_str() == home.as_os_str())
        };
        self.documents.values().filter(same).max_by_key(|document| document.revision)
    }

    /// Returns the URI under which the file with this home is shown.
    fn shown_as(&self, home: &Path) -> Arc<str> {
        let open = self.owner(home).map(|document| Arc::clone(&document.uri));
        open.or_else(|| self.names.first(home)).unwrap_or_else(|| Arc::from(uri::from_path(home)))
    }

    /// Returns the home of the file that a URI names.
    fn home_of(&self, uri: &str) -> Option<Arc<Path>> {
        self.names.home(uri).or_else(|| Some(home(&self.folders, &uri::to_path(uri)?, None)))
    }
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets what is known of the client; the first `initialize` counts.
    pub(crate) fn set_client(&self, client: ClientInfo) -> bool {
        self.client.set(client).is_ok()
    }

    /// Returns what is known of the client; `None` before `initialize`.
    pub(crate) fn client(&self) -> Option<&ClientInfo> {
        self.client.get()
    }

    /// Returns the negotiated encoding.
    pub(crate) fn encoding(&self) -> PositionEncoding {
        self.client.get().map(|client| client.encoding).unwrap_or_default()
    }

    /// Stores a document that was opened or changed. Returns the URI under which its file was shown before, if that was
    /// another one: the file is no longer shown there.
    pub(crate) fn put(&self, mut document: Document) -> Option<Arc<str>> {
        let mut inner = self.lock();
        let inner = &mut *inner;
        let mut before = None;
        if let Some(path) = &document.path {
            let real = document.real.as_ref();
            let known = inner.names.known(&document.uri, real);
            let home = known.unwrap_or_else(|| home(&inner.folders, path, real.map(AsRef::as_ref)));
            before = Some(inner.shown_as(&home)).filter(|before| *before != document.uri);
            inner.names.learn(&document.uri, path, real, &home);
            document.home = Some(home);
        }
        inner.documents.insert(Arc::clone(&document.uri), document);
        before
    }

    /// Forgets a document; returns it if it was open.
    pub(crate) fn take(&self, uri: &str) -> Option<Document> {
        self.lock().documents.remove(uri)
    }

    /// Returns an open document.
    pub(crate) fn document(&self, uri: &str) -> Option<Document> {
        self.lock().documents.get(uri).cloned()
    }

    /// Returns every open document.
    pub(crate) fn documents(&self) -> Vec<Document> {
        self.lock().documents.values().cloned().collect()
    }

    /// Returns the open documents that count for their files, by home; see [`State::document_at`].
    pub(crate) fn owners(&self) -> FxHashMap<Arc<Path>, Document> {
        let mut owners: FxHashMap<Arc<Path>, Document> = FxHashMap::default();
        for document in self.lock().documents.values() {
            let Some(home) = &document.home else { continue };
            if owners.get(home).is_none_or(|known| known.revision < document.revision) {
                owners.insert(Arc::clone(home), document.clone());
            }
        }
        owners
    }

    /// Returns the open document of the file at `path`, whichever way it was opened. Where several are, the one that
    /// was changed last counts.
    pub(crate) fn document_at(&self, path: &Path) -> Option<Document> {
        let inner = self.lock();
        inner.owner(&home(&inner.folders, path, None)).cloned()
    }

    /// Returns the one path that stands for the file that a URI names.
    pub(crate) fn home_of(&self, uri: &str) -> Option<Arc<Path>> {
        self.lock().home_of(uri)
    }

    /// Whether the findings of a file are shown under this URI, and not under another one of the same file.
    pub(crate) fn is_shown_as(&self, uri: &str) -> bool {
        let inner = self.lock();
        inner.home_of(uri).is_none_or(|home| *inner.shown_as(&home) == *uri)
    }

    /// Returns the open document at `path` for the background thread. What is said of the document from here on is said
    /// to it again.
    pub(crate) fn look_at(&self, path: &Path) -> Option<Document> {
        // Whoever finds the mark still set wrote the text that is taken below, or an older one.
        self.document_at(path)?.analysis.looked_at();
        self.document_at(path)
    }

    /// Returns the text of the file at `path`: as an editor has it, else as it is on disk.
    pub(crate) fn rope_at(&self, path: &Path) -> Option<Rope> {
        let open = self.document_at(path).map(|document| document.rope);
        open.or_else(|| Some(Rope::from_str(&stagegate_workspace::read(path).ok()?)))
    }

    /// Returns the URI under which the file at `path` is shown: that of the document that counts, else as the client
    /// has written it before.
    pub(crate) fn uri_of(&self, path: &Path) -> Arc<str> {
        let inner = self.lock();
        inner.shown_as(&home(&inner.folders, path, None))
    }

    /// Returns the workspace folders.
    pub(crate) fn folders(&self) -> Arc<Vec<Folder>> {
        Arc::clone(&self.lock().folders)
    }

    /// Replaces the workspace folders.
    pub(crate) fn set_folders(&self, mut folders: Vec<Folder>) {
        let mut inner = self.lock();
        let inner = &mut *inner;
        for folder in &mut folders {
            folder.root.issues = inner.books.get(&folder.path).cloned();
            folder.root.gates = inner.boards.get(&folder.path).cloned();
            folder.root.runs = inner.runs.get(&folder.path).cloned();
        }
        let places = |folders: &[Folder]| -> Vec<_> {
            folders.iter().map(|folder| (Arc::clone(&folder.path), folder.real.clone())).collect()
        };
        let moved = places(&inner.folders) != places(&folders);
        inner.folders = Arc::new(folders);
        if moved {
            inner.names.moved(&inner.folders);
            for document in inner.documents.values_mut() {
                document.home = inner.names.home(&document.uri);
            }
        }
    }

    /// Says that the findings of these files may be others, because of what was said in another file.
    pub(crate) fn touch(&self, homes: impl Iterator<Item = Arc<Path>>) {
        let now = next_number();
        Arc::make_mut(&mut self.lock().touched).extend(homes.map(|home| (home, now)));
    }

    /// Returns when files were touched, by home. To be asked before [`State::folders`]: who sees a number also sees the
    /// components that brought it.
    pub(crate) fn touched(&self) -> Arc<FxHashMap<Arc<Path>, u64>> {
        Arc::clone(&self.lock().touched)
    }

    /// Takes a snapshot for a request about `uri`.
    pub(crate) fn snapshot(&self, uri: Option<&str>) -> Snapshot {
        let inner = self.lock();
        Snapshot {
            folders: boards::at_present(&inner.folders),
            encoding: self.encoding(),
            document: uri.and_then(|uri| inner.documents.get(uri)).cloned(),
        }
    }
}

impl Document {
    /// Returns an opened document.
    pub(crate) fn new(uri: &str, version: i32, text: &str, folders: &[Folder]) -> Document {
        let path: Option<Arc<Path>> = uri::to_path(uri).map(Arc::from);
        let outside = path.as_deref().filter(|path| place(folders, path).is_none());
        Document {
            uri: Arc::from(uri),
            real: outside.and_then(uri::real).map(Arc::from),
            path,
            home: None,
            version,
            rope: Rope::from_str(text),
            revision: next_number(),
            analysis: Arc::default(),
        }
    }

    /// Says that the text is another one from here on.
    pub(crate) fn changed(&mut self, version: i32) {
        self.version = version;
        self.revision = next_number();
    }

    /// Returns the innermost folder that holds the document, and its path in it.
    pub(crate) fn located<'a>(&self, folders: &'a [Folder]) -> Option<(&'a Folder, String)> {
        let path = self.path.as_deref()?;
        place(folders, path).or_else(|| place(folders, self.real.as_deref()?))
    }

    /// Returns the one path that stands for the file; `None` for a document that is none.
    pub(crate) fn home(&self) -> Option<&Arc<Path>> {
        self.home.as_ref()
    }

    /// Returns the root the document belongs to and its path in it. Outside of every folder that is a root without
    /// configuration and index, and the whole path.
    pub(crate) fn place(&self, folders: &[Folder]) -> (Root, String) {
        if let Some((folder, relative)) = self.located(folders) {
            return (folder.root.clone(), relative);
        }
        let path = self.path.as_deref().map_or_else(|| PathBuf::from(&*self.uri), Path::to_path_buf);
        (NO_ROOT.clone(), path.to_string_lossy().trim_start_matches('/').replace('\\', "/"))
    }

    /// Returns the findings.
    pub(crate) fn diagnostics(&self, folders: &[Folder]) -> Vec<Diagnostic> {
        let (root, path) = self.place(folders);
        if self.rope.len_bytes() as u64 > MAX_FILE_BYTES {
            if root.analyses(&path).is_none() {
                return Vec::new();
            }
            let problem = ReadProblem::TooLarge { bytes: self.rope.len_bytes() as u64 };
            return problem.diagnostic(&path, &root.config).into_iter().collect();
        }
        let source = Source::Rope(&self.rope);
        let mut findings = match root.analyses(&path) {
            Some(FileKind::Spec | FileKind::Maturity | FileKind::Markdown) => {
                let file = self.component_file(&path, &root);
                file.map(|file| file.diagnostics(source, &path, &root)).unwrap_or_default()
            }
            _ => stagegate_core::own_diagnostics(source, &path, &root),
        };
        let todos = self.todos(&path, &root);
        stagegate_core::add_findings_of(&mut findings, &todos, source, &path, &root);
        findings
    }

    /// Returns what the document says as a spec or MATURITY file, read once for each version.
    pub(crate) fn component_file(&self, path: &str, root: &Root) -> Option<Arc<ComponentFile>> {
        if self.rope.len_bytes() as u64 > MAX_FILE_BYTES {
            return None;
        }
        self.analysis.component_file(self.revision, &self.rope, path, root)
    }

    /// Returns the TODO comments of the document, as far as a keystroke may take to know them.
    pub(crate) fn todos(&self, path: &str, root: &Root) -> Arc<[Todo]> {
        self.analysis.todos(self.revision, &self.rope, path, root)
    }

    /// Whether the TODO comments that the document is said to have are a guess.
    pub(crate) fn guesses_todos(&self, folders: &[Folder]) -> bool {
        let (root, path) = self.place(folders);
        self.analysis.guesses_todos(self.revision, &path, &root)
    }

    /// Makes sure of the TODO comments, as long as `goes_on` says so. Returns whether they are others than was guessed; `None`
    /// where that is not known yet.
    pub(crate) fn make_sure_of_todos(&self, folders: &[Folder], goes_on: &dyn Fn() -> bool) -> Option<bool> {
        let (root, path) = self.place(folders);
        let guess = self.todos(&path, &root);
        let certain = self.analysis.certain_todos((self.revision, &self.rope), &path, &root, goes_on)?;
        Some(guess != certain)
    }

    /// Returns what the document says about a component; see [`stagegate_core::facts`].
    pub(crate) fn facts(&self, path: &str, root: &Root) -> Option<Facts> {
        let source = Source::Rope(&self.rope);
        match root.analyses(path)? {
            FileKind::Spec | FileKind::Maturity | FileKind::Markdown => {
                stagegate_core::component_facts(&*self.component_file(path, root)?, source, path, root)
            }
            FileKind::Code if self.rope.len_bytes() as u64 > MAX_FILE_BYTES => None,
            _ => stagegate_core::facts(source, path, root),
        }
    }
}

/// Returns the innermost folder that holds `path`, and the path in it.
pub(crate) fn place<'a>(folders: &'a [Folder], path: &Path) -> Option<(&'a Folder, String)> {
    folders
        .iter()
        .filter_map(|folder| Some((folder, folder.relative(path)?)))
        .min_by_key(|(_, relative)| relative.len())
}

#[cfg(test)]
mod tests;
