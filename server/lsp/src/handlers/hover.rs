//! `textDocument/hover`.

use stagegate_core::ide;
use tower_lsp::ls_types::*;

use super::Target;
use crate::state::Snapshot;
use crate::{from_proto, to_proto};

/// Answers what stands at a position.
pub(crate) fn hover(snapshot: &Snapshot, markdown: bool, params: &HoverParams) -> Option<Hover> {
    let target = Target::of(snapshot)?;
    let rope = &target.document.rope;
    let at = from_proto::offset(rope, params.text_document_position_params.position, snapshot.encoding);
    let file = target.component_file();
    let hover = ide::hover_in(target.source(), &target.path, &target.root, file.as_deref(), at)?;
    let kind = if markdown { MarkupKind::Markdown } else { MarkupKind::PlainText };
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent { kind, value: hover.markdown }),
        range: Some(to_proto::range(rope, hover.range, snapshot.encoding)),
    })
}
