//! One file per request: from the protocol's parameters to a plain function of `core`, and back.

pub(crate) mod call_hierarchy;
pub(crate) mod code_action;
pub(crate) mod completion;
pub(crate) mod definition;
pub(crate) mod diagnostic;
pub(crate) mod document_highlight;
pub(crate) mod document_symbol;
pub(crate) mod folding_range;
pub(crate) mod hover;
pub(crate) mod initialize;
pub(crate) mod references;
pub(crate) mod rename;
pub(crate) mod settings;
mod texts;

use std::sync::Arc;

use stagegate_core::component::ComponentFile;
use stagegate_core::files::{self, FileKind};
use stagegate_core::text::Source;
use stagegate_core::workspace::Root;

use crate::state::{Document, Snapshot};

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

    pub(crate) fn source(&self) -> Source<'_> {
        Source::Rope(&self.document.rope)
    }

    /// Returns what the document says as a spec or MATURITY file; `None` where it is neither.
    pub(crate) fn component_file(&self) -> Option<Arc<ComponentFile>> {
        self.document.component_file(&self.path, &self.root)
    }
}
