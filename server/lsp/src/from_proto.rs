//! From the protocol's words to ours.

use ropey::Rope;
use stagegate_core::text::{self, Position, PositionEncoding, TextRange, offset_in_rope};
use tower_lsp::ls_types;

/// Returns the byte offset of a position, clamped to the text.
pub(crate) fn offset(rope: &Rope, position: ls_types::Position, encoding: PositionEncoding) -> usize {
    offset_in_rope(rope, Position { line: position.line, character: position.character }, encoding)
}

/// Returns the byte range of a range; a reversed one is empty at its start.
pub(crate) fn range(rope: &Rope, range: ls_types::Range, encoding: PositionEncoding) -> TextRange {
    let (start, end) = (offset(rope, range.start, encoding), offset(rope, range.end, encoding));
    text::range(start, end.max(start))
}
