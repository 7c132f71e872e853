//! `textDocument/hover`.

use std::time::{SystemTime, UNIX_EPOCH};

use stagegate_core::ide;
use tower_lsp::ls_types::*;

use super::{Commented, Target};
use crate::state::Snapshot;
use crate::{from_proto, to_proto};

/// Returns the time, in seconds since 1970 in UTC.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Answers what stands at a position.
pub(crate) fn hover(snapshot: &Snapshot, markdown: bool, params: &HoverParams) -> Option<Hover> {
    let commented = Commented::of(snapshot)?;
    let rope = &commented.document.rope;
    let at = from_proto::offset(rope, params.text_document_position_params.position, snapshot.encoding);
    let of_todo = || {
        let Commented { todos, path, root, .. } = &commented;
        ide::todo_hover(todos, commented.source(), path, root, at, now())
    };
    let of_others = || {
        let target = Target::of(snapshot)?;
        let file = target.component_file();
        ide::hover_in(target.source(), &target.path, &target.root, file.as_deref(), at)
    };
    let hover = of_todo().or_else(of_others)?;
    let kind = if markdown { MarkupKind::Markdown } else { MarkupKind::PlainText };
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent { kind, value: hover.markdown }),
        range: Some(to_proto::range(rope, hover.range, snapshot.encoding)),
    })
}
