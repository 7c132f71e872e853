//! The files of a folder as they are at the moment of a request: as the editor has them, else as they are on disk.
//!
//! What the graph of components knows of a closed file may be older than its text. So a place in it is always read
//! from the text anew, never taken from the graph.

use std::path::Path;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use stagegate_core::files::{FileKind, MAX_FILE_BYTES};
use stagegate_core::ide::{self, SubjectKind};
use stagegate_core::text::{LineIndex, PositionEncoding, Source, TextRange};
use stagegate_core::workspace::Root;
use tower_lsp::ls_types::{self, Location, Position, Uri};

use crate::state::{Document, Folder, Snapshot, State, place};
use crate::to_proto;

/// The files of one folder.
pub(super) struct Texts<'a> {
    state: &'a State,
    folder: &'a Folder,
    encoding: PositionEncoding,
    /// Open documents by their path in the folder.
    open: FxHashMap<String, Document>,
}

/// One file.
pub(super) struct Text {
    pub(super) uri: Arc<str>,
    content: Content,
    encoding: PositionEncoding,
}

enum Content {
    Open(Document),
    Closed(String),
}

impl<'a> Texts<'a> {
    /// Returns the folder that holds the file at `path`; `None` outside of every folder.
    pub(super) fn around(snapshot: &'a Snapshot, state: &'a State, path: &Path) -> Option<Texts<'a>> {
        let (folder, _) = place(&snapshot.folders, path)?;
        let mut open = FxHashMap::default();
        // The document of the request as of the request; the others as of now.
        for document in state.owners().into_values().chain(snapshot.document.clone()) {
            let placed = document.located(&snapshot.folders);
            if let Some((_, relative)) = placed.filter(|(other, _)| other.path == folder.path) {
                open.insert(relative, document);
            }
        }
        Some(Texts { state, folder, encoding: snapshot.encoding, open })
    }

    pub(super) fn root(&self) -> &Root {
        &self.folder.root
    }

    /// Returns the file at `path`, relative to the folder; `None` where it cannot be read.
    pub(super) fn read(&self, path: &str) -> Option<Text> {
        let encoding = self.encoding;
        if let Some(document) = self.open.get(path) {
            let small = document.rope.len_bytes() as u64 <= MAX_FILE_BYTES;
            let uri = Arc::clone(&document.uri);
            return small.then(|| Text { uri, content: Content::Open(document.clone()), encoding });
        }
        let path = self.folder.path.join(path);
        let content = Content::Closed(stagegate_workspace::read(&path).ok()?);
        Some(Text { uri: self.state.uri_of(&path), content, encoding })
    }

    /// Returns the paths of the files that an editor has open.
    pub(super) fn open_paths(&self) -> impl Iterator<Item = &str> {
        self.open.keys().map(String::as_str)
    }

    /// Returns the URI of a path in the folder, which need not be there.
    pub(super) fn uri(&self, path: &str) -> Option<Uri> {
        let known = self.open.get(path).map(|document| Arc::clone(&document.uri));
        known.unwrap_or_else(|| self.state.uri_of(&self.folder.path.join(path))).parse().ok()
    }

    /// Returns the files that may name a component, and with `instructions` those that may name its paths.
    pub(super) fn paths(&self, instructions: bool) -> Vec<&str> {
        let root = self.root();
        let components = root.components.iter().flat_map(|components| components.iter());
        let stating: FxHashSet<&str> =
            components.flat_map(|(_, component)| component.files()).map(|file| &*file.path).collect();
        let listed = root.files.iter().flat_map(|files| files.paths()).map(AsRef::as_ref);
        let mut paths: Vec<&str> = listed
            .filter(|path| match root.analyses(path) {
                Some(FileKind::Spec | FileKind::Maturity) => true,
                // Of the many that are nothing to us only those that are.
                Some(FileKind::Markdown | FileKind::Code) => stating.contains(path),
                Some(FileKind::Instructions) => instructions,
                Some(FileKind::Config) | None => false,
            })
            .chain(self.open.keys().map(String::as_str).filter(|path| root.analyses(path).is_some()))
            .collect();
        paths.sort_unstable();
        paths.dedup();
        paths
    }

    /// Returns where a subject is defined: the path, the text and the place in it.
    pub(super) fn find(&self, kind: &SubjectKind) -> Option<(String, Text, TextRange)> {
        ide::definition_paths(self.root(), kind).into_iter().find_map(|path| {
            let text = self.read(&path)?;
            let at = ide::definition_in(text.source(), &path, self.root(), kind)?;
            Some((path, text, at))
        })
    }
}

impl Text {
    pub(super) fn source(&self) -> Source<'_> {
        match &self.content {
            Content::Open(document) => Source::Rope(&document.rope),
            Content::Closed(text) => Source::Str(text),
        }
    }

    /// The version, of an open document.
    pub(super) fn version(&self) -> Option<i32> {
        match &self.content {
            Content::Open(document) => Some(document.version),
            Content::Closed(_) => None,
        }
    }

    /// Whether the file may mention the component `name`.
    pub(super) fn may_mention(&self, name: &str) -> bool {
        let source = self.source();
        ide::may_mention(&source.slice(0, source.len()), name)
    }

    /// Converts places; the lines of a closed file are counted once for all of them.
    pub(super) fn ranges(&self, ranges: impl IntoIterator<Item = TextRange>) -> Vec<ls_types::Range> {
        let position = |p: stagegate_core::text::Position| Position { line: p.line, character: p.character };
        match &self.content {
            Content::Open(document) => {
                let convert = |range| to_proto::range(&document.rope, range, self.encoding);
                ranges.into_iter().map(convert).collect()
            }
            Content::Closed(text) => {
                let lines = LineIndex::new(text);
                let convert = |range| {
                    let range = lines.range(range, self.encoding);
                    ls_types::Range { start: position(range.start), end: position(range.end) }
                };
                ranges.into_iter().map(convert).collect()
            }
        }
    }

    pub(super) fn range(&self, range: TextRange) -> ls_types::Range {
        self.ranges([range]).pop().unwrap_or_default()
    }

    pub(super) fn location(&self, range: TextRange) -> Option<Location> {
        Some(Location { uri: self.uri.parse().ok()?, range: self.range(range) })
    }
}
