//! How findings look: for people, and for programs.

pub(crate) mod json;
pub(crate) mod plan;
mod snippet;
mod style;
mod table;
pub(crate) mod text;

use stagegate_core::text::{LineIndex, Position, PositionEncoding};

pub(crate) use snippet::escaped;
pub(crate) use style::Style;
pub(crate) use table::{Narrowed, Table};

/// Returns the position of byte `at`, as editors count: a byte order mark is no part of the first line.
fn position(lines: &LineIndex<'_>, at: usize, encoding: PositionEncoding) -> Position {
    let mut position = lines.position(at, encoding);
    if position.line == 0 && encoding != PositionEncoding::Utf8 && lines.line(0).starts_with('\u{feff}') {
        position.character = position.character.saturating_sub(1);
    }
    position
}
