//! `textDocument/foldingRange`.

use stagegate_core::ide::{self, FoldKind};
use tower_lsp::ls_types::*;

use super::Target;
use crate::state::Snapshot;
use crate::to_proto;

/// Answers what folds. Whole lines only, which every client can show.
pub(crate) fn folding_range(snapshot: &Snapshot) -> Option<Vec<FoldingRange>> {
    let target = Target::of(snapshot).filter(|target| target.kind.has_outline())?;
    let folds = ide::folding(target.source());
    let folds = folds.into_iter().map(|fold| {
        let range = to_proto::range(&target.document.rope, fold.range, snapshot.encoding);
        FoldingRange {
            start_line: range.start.line,
            end_line: range.end.line,
            kind: match fold.kind {
                FoldKind::FrontMatter | FoldKind::Section => Some(FoldingRangeKind::Region),
                FoldKind::Code => None,
            },
            ..FoldingRange::default()
        }
    });
    Some(folds.collect())
}
