//! What the server knows: open documents and workspace roots. One lock, held only to swap cheap values.
//!
//! The reader thread is the only one that changes documents, in the order in which the changes arrive
//! (DESIGN.md, invariant 2). Everybody else works on a [`Snapshot`].

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use ropey::Rope;
use rustc_hash::FxHashMap;
use stagegate_core::component::ComponentFile;
use stagegate_core::components::{Components, Facts};
use stagegate_core::diagnostic::Diagnostic;
use stagegate_core::files::{FileKind, MAX_FILE_BYTES};
use stagegate_core::text::{PositionEncoding, Source};
use stagegate_core::workspace::Root;
use stagegate_workspace::ReadProblem;

use crate::analysis::Analysis;
use crate::client::ClientInfo;
use crate::uri;

/// An open document, as of one version. Cloning is cheap: a rope shares its text.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// As the client wrote it.
    pub(crate) uri: Arc<str>,
    /// Where it lies on disk, if it is a file.
    pub(crate) path: Option<Arc<Path>>,
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
    /// How the client writes the URI of a file that it has opened before; ours may be written otherwise.
    spellings: FxHashMap<Arc<Path>, Arc<str>>,
    folders: Arc<Vec<Folder>>,
    touched: Arc<FxHashMap<Arc<str>, u64>>,
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

    /// Stores a document that was opened or changed.
    pub(crate) fn put(&self, document: Document) {
        let mut inner = self.lock();
        if let Some(path) = &document.path
            && !inner.spellings.contains_key(path)
        {
            inner.spellings.insert(Arc::clone(path), Arc::clone(&document.uri));
        }
        inner.documents.insert(Arc::clone(&document.uri), document);
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

    /// Returns the open document at `path`.
    pub(crate) fn document_at(&self, path: &Path) -> Option<Document> {
        self.lock().documents.values().find(|document| document.path.as_deref() == Some(path)).cloned()
    }

    /// Returns the text of the file at `path`: as an editor has it, else as it is on disk.
    pub(crate) fn rope_at(&self, path: &Path) -> Option<Rope> {
        let open = self.document_at(path).map(|document| document.rope);
        open.or_else(|| Some(Rope::from_str(&stagegate_workspace::read(path).ok()?)))
    }

    /// Returns the URI of a file: as the client writes it, if it has named the file before.
    pub(crate) fn uri_of(&self, path: &Path) -> Arc<str> {
        let known = self.lock().spellings.get(path).cloned();
        known.unwrap_or_else(|| Arc::from(uri::from_path(path)))
    }

    /// Returns the workspace folders.
    pub(crate) fn folders(&self) -> Arc<Vec<Folder>> {
        Arc::clone(&self.lock().folders)
    }

    /// Replaces the workspace folders.
    pub(crate) fn set_folders(&self, folders: Vec<Folder>) {
        self.lock().folders = Arc::new(folders);
    }

    /// Says that the findings of these files may be others, because of what was said in another file.
    pub(crate) fn touch(&self, uris: impl Iterator<Item = Arc<str>>) {
        let now = next_number();
        Arc::make_mut(&mut self.lock().touched).extend(uris.map(|uri| (uri, now)));
    }

    /// Returns when files were touched. To be asked before [`State::folders`]: who sees a number also sees the
    /// components that brought it.
    pub(crate) fn touched(&self) -> Arc<FxHashMap<Arc<str>, u64>> {
        Arc::clone(&self.lock().touched)
    }

    /// Takes a snapshot for a request about `uri`.
    pub(crate) fn snapshot(&self, uri: Option<&str>) -> Snapshot {
        let inner = self.lock();
        Snapshot {
            folders: Arc::clone(&inner.folders),
            encoding: self.encoding(),
            document: uri.and_then(|uri| inner.documents.get(uri)).cloned(),
        }
    }
}

/// Largest open document that is searched for TODO comments, in bytes. Where they stand depends on the whole text, so
/// each keystroke reads it anew.
const MAX_TODO_BYTES: usize = 128 * 1024;

impl Document {
    /// Returns an opened document.
    pub(crate) fn new(uri: &str, version: i32, text: &str) -> Document {
        let path = uri::to_path(uri).map(Arc::from);
        Document {
            uri: Arc::from(uri),
            path,
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

    /// Returns the root the document belongs to and its path in it. Outside of every folder that is a root without
    /// configuration and index, and the whole path.
    pub(crate) fn place(&self, folders: &[Folder]) -> (Root, String) {
        let found = self.path.as_deref().and_then(|path| place(folders, path));
        if let Some((folder, relative)) = found {
            return (folder.root.clone(), relative);
        }
        let path = self.path.as_deref().map_or_else(|| PathBuf::from(&*self.uri), Path::to_path_buf);
        (Root::default(), path.to_string_lossy().trim_start_matches('/').replace('\\', "/"))
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
        if self.rope.len_bytes() <= MAX_TODO_BYTES {
            stagegate_core::add_todos(&mut findings, source, &path, &root);
        }
        findings
    }

    /// Returns what the document says as a spec or MATURITY file, read once for each version.
    pub(crate) fn component_file(&self, path: &str, root: &Root) -> Option<Arc<ComponentFile>> {
        if self.rope.len_bytes() as u64 > MAX_FILE_BYTES {
            return None;
        }
        self.analysis.component_file(self.revision, &self.rope, path, root)
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
mod tests {
    use super::*;

    #[test]
    fn large_documents_are_not_searched_for_todo_comments() {
        let found = |lines: usize, name: &str| {
            let text = format!("{}# TODO: x\n", "x = 1\n".repeat(lines));
            let document = Document::new(&format!("file:///work/{name}"), 1, &text);
            document.diagnostics(&[]).iter().filter(|finding| finding.rule.family() == "todo").count()
        };
        assert_eq!(found(10, "a.py"), 1);
        assert_eq!(found(MAX_TODO_BYTES / 6 - 2, "a.py"), 1);
        assert_eq!(found(MAX_TODO_BYTES / 6, "a.py"), 0);
        let spec = "# Cart\n\n<!-- TODO: x -->\n";
        let document = Document::new("file:///work/specs/cart.md", 1, spec);
        assert!(document.diagnostics(&[]).iter().any(|finding| finding.rule.code == "todo/bare-todo"));
    }
}
