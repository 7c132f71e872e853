//! `textDocument/documentHighlight`: the mentions of a component in one file.

use stagegate_core::ide::{self, MentionKind};
use tower_lsp::ls_types::{DocumentHighlight, DocumentHighlightKind, DocumentHighlightParams};

use super::Target;
use super::definition::mention;
use crate::state::Snapshot;
use crate::to_proto;

/// Answers where the component at a position is mentioned in the same file.
pub(crate) fn document_highlight(
    snapshot: &Snapshot,
    params: &DocumentHighlightParams,
) -> Option<Vec<DocumentHighlight>> {
    let target = Target::of(snapshot)?;
    let asked = mention(&target, snapshot, &params.text_document_position_params)?;
    let mentions = match target.component_file() {
        Some(file) => ide::mentions_in(&file, target.source(), &target.root, &asked.written),
        None => vec![asked],
    };
    let highlight = |mention: &ide::Mention| DocumentHighlight {
        range: to_proto::range(&target.document.rope, mention.range, snapshot.encoding),
        kind: Some(match mention.kind {
            MentionKind::Name | MentionKind::Title => DocumentHighlightKind::WRITE,
            _ => DocumentHighlightKind::READ,
        }),
    };
    Some(mentions.iter().map(highlight).collect())
}
