//! `textDocument/inlayHint`.

use stagegate_core::ide;
use stagegate_core::text::{Source, TextRange};
use tower_lsp::ls_types::*;

use super::Target;
use crate::state::Snapshot;
use crate::{from_proto, to_proto};

/// Answers the hints of a part of a document.
pub(crate) fn inlay_hint(
    snapshot: &Snapshot,
    markdown: bool,
    params: &InlayHintParams,
) -> Option<Vec<InlayHint>> {
    let document = snapshot.document.as_ref()?;
    let rope = &document.rope;
    let within = from_proto::range(rope, params.range, snapshot.encoding);
    let hints = match Target::of(snapshot) {
        Some(target) => {
            let file = target.component_file();
            ide::hints(target.source(), &target.path, &target.root, file.as_deref(), within)
        }
        // Of code in any language the coverage is known.
        None => {
            let (root, path) = document.place(&snapshot.folders);
            let is_code = root.analyses(&path).is_none();
            if is_code { ide::hints(Source::Rope(rope), &path, &root, None, within) } else { Vec::new() }
        }
    };
    let kind = if markdown { MarkupKind::Markdown } else { MarkupKind::PlainText };
    let hints = hints.into_iter().map(|hint| InlayHint {
        position: to_proto::range(rope, TextRange::empty(hint.at), snapshot.encoding).start,
        label: InlayHintLabel::String(hint.label),
        kind: None,
        text_edits: None,
        tooltip: hint
            .tooltip
            .map(|value| InlayHintTooltip::MarkupContent(MarkupContent { kind: kind.clone(), value })),
        padding_left: Some(true),
        padding_right: None,
        data: None,
    });
    Some(hints.collect())
}
