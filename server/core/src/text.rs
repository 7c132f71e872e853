//! Text as the analysis sees it: byte ranges over a string or a rope.
//!
//! Everything inside `core` speaks in byte ranges. Lines and columns exist only at the edges, where
//! [`position`] converts them in the encoding that the client negotiated (LSP 3.17, `PositionEncodingKind`).

mod change;
mod edit;
mod position;
mod source;

pub use change::Change;
pub use edit::{ContentChange, EditError, apply_change};
pub use position::{
    LineIndex, Position, PositionEncoding, Range, offset_in_rope, position_in_rope, range_in_rope,
};
pub use source::{Lines, Source};
pub use text_size::{TextRange, TextSize};

/// Returns the range `start..end`, in bytes.
///
/// Documents are far below 4 GiB ([`crate::files::MAX_FILE_BYTES`]), so the narrowing never loses anything;
/// an offset beyond it would be clamped.
#[must_use]
pub fn range(start: usize, end: usize) -> TextRange {
    TextRange::new(offset(start), offset(end.max(start)))
}

/// Returns `at` as a [`TextSize`].
#[must_use]
pub fn offset(at: usize) -> TextSize {
    TextSize::new(u32::try_from(at).unwrap_or(u32::MAX))
}
