//! One file per request: from the protocol's parameters to a plain function of `core`, and back.

pub(crate) mod call_hierarchy;
pub(crate) mod code_action;
pub(crate) mod code_lens;
pub(crate) mod completion;
pub(crate) mod components;
pub(crate) mod definition;
pub(crate) mod diagnostic;
pub(crate) mod document_highlight;
pub(crate) mod document_link;
pub(crate) mod document_symbol;
pub(crate) mod execute_command;
pub(crate) mod folding_range;
pub(crate) mod gate_commands;
pub(crate) mod hover;
pub(crate) mod initialize;
pub(crate) mod inlay_hint;
pub(crate) mod issue_commands;
pub(crate) mod references;
pub(crate) mod rename;
pub(crate) mod run_commands;
pub(crate) mod settings;
mod texts;
pub(crate) mod workspace_symbol;

use std::sync::Arc;

use stagegate_core::component::ComponentFile;
use stagegate_core::files::{self, FileKind};
use stagegate_core::text::{LineIndex, PositionEncoding, Range, Source, TextRange};
use stagegate_core::todo::Todo;
use stagegate_core::workspace::Root;

use crate::state::{Document, Folder, Snapshot, State};

/// A document of ours that a request is about, with what its analysis needs.
pub(crate) struct Target<'a> {
    pub(crate) document: &'a Document,
    pub(crate) root: Root,
    pub(crate) path: String,
    pub(crate) kind: FileKind,
}

impl<'a> Target<'a> {
    /// Returns the open document of the snapshot; `None` where it is none of ours, whatever language it has.
    pub(crate) fn of(snapshot: &'a Snapshot) -> Option<Target<'a>> {
        let document = snapshot.document.as_ref()?;
        let (root, path) = document.place(&snapshot.folders);
        let kind = root.analyses(&path)?;
        let target = Target { document, root, path, kind };
        let too_large = document.rope.len_bytes() as u64 > files::MAX_FILE_BYTES;
        // Markdown that is no spec is nothing to us.
        let other = kind == FileKind::Markdown && target.component_file().is_none();
        (!too_large && !other).then_some(target)
    }

    /// Returns the workspace folder of the document; `None` where it lies outside of all.
    pub(crate) fn folder<'s>(&self, snapshot: &'s Snapshot) -> Option<&'s Folder> {
        self.document.located(&snapshot.folders).map(|(folder, _)| folder)
    }

    pub(crate) fn source(&self) -> Source<'_> {
        Source::Rope(&self.document.rope)
    }

    /// Returns what the document says as a spec or MATURITY file; `None` where it is neither.
    pub(crate) fn component_file(&self) -> Option<Arc<ComponentFile>> {
        self.document.component_file(&self.path, &self.root)
    }
}

/// A document of any language that a request is about, with its TODO comments.
pub(crate) struct Commented<'a> {
    pub(crate) document: &'a Document,
    pub(crate) root: Root,
    pub(crate) path: String,
    pub(crate) todos: Arc<[Todo]>,
}

impl<'a> Commented<'a> {
    /// Returns the open document of the snapshot.
    pub(crate) fn of(snapshot: &'a Snapshot) -> Option<Commented<'a>> {
        let document = snapshot.document.as_ref()?;
        let (root, path) = document.place(&snapshot.folders);
        let todos = document.todos(&path, &root);
        Some(Commented { document, root, path, todos })
    }

    pub(crate) fn source(&self) -> Source<'_> {
        Source::Rope(&self.document.rope)
    }
}

/// Returns the place of a byte range in the file at `path`: as an editor has it, else as it is on disk. `None` where it
/// cannot be read.
pub(crate) fn range_in_file(
    state: &State,
    path: &std::path::Path,
    range: TextRange,
    encoding: PositionEncoding,
) -> Option<tower_lsp::ls_types::Range> {
    if let Some(document) = state.document_at(path) {
        return Some(crate::to_proto::range(&document.rope, range, encoding));
    }
    let text = stagegate_workspace::read(path).ok()?;
    let Range { start, end } = LineIndex::new(&text).range(range, encoding);
    let position = |p: stagegate_core::text::Position| tower_lsp::ls_types::Position {
        line: p.line,
        character: p.character,
    };
    Some(tower_lsp::ls_types::Range { start: position(start), end: position(end) })
}
