//! Positions: zero-based lines, and columns in code units of the negotiated encoding.
//!
//! Protocol: LSP 3.17, "Position" and `PositionEncodingKind`. A column past the end of a line means the end
//! of that line; a line past the end means the end of the text.

use ropey::Rope;
use text_size::TextRange;

/// What a column counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PositionEncoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units: the default of the protocol.
    #[default]
    Utf16,
    /// Unicode scalar values.
    Utf32,
}

/// A place in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Zero-based line.
    pub line: u32,
    /// Zero-based column, in code units of the encoding in use.
    pub character: u32,
}

/// A half-open range of positions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    /// First position inside.
    pub start: Position,
    /// First position after.
    pub end: Position,
}

impl PositionEncoding {
    /// Returns the length of `text` in code units.
    #[must_use]
    pub fn len_of(self, text: &str) -> usize {
        match self {
            PositionEncoding::Utf8 => text.len(),
            PositionEncoding::Utf16 => text.encode_utf16().count(),
            PositionEncoding::Utf32 => text.chars().count(),
        }
    }
}

/// Returns the byte offset of `position`, clamped to the text; inside a character it is that character's start.
#[must_use]
pub fn offset_in_rope(rope: &Rope, position: Position, encoding: PositionEncoding) -> usize {
    let line = position.line as usize;
    if line >= rope.len_lines() {
        return rope.len_bytes();
    }
    let start = rope.line_to_char(line);
    let end = line_end(rope, line);
    let column = position.character as usize;
    let at = match encoding {
        PositionEncoding::Utf8 => {
            let byte = (rope.char_to_byte(start) + column).min(rope.len_bytes());
            rope.byte_to_char(byte)
        }
        PositionEncoding::Utf16 => {
            let unit = (rope.char_to_utf16_cu(start) + column).min(rope.len_utf16_cu());
            rope.utf16_cu_to_char(unit)
        }
        PositionEncoding::Utf32 => start + column,
    };
    rope.char_to_byte(at.min(end))
}

/// Returns the character index of the end of `line`, before its line end.
fn line_end(rope: &Rope, line: usize) -> usize {
    let start = rope.line_to_char(line);
    let mut end = rope.line_to_char((line + 1).min(rope.len_lines()));
    for line_end in ['\n', '\r'] {
        if end > start && rope.char(end - 1) == line_end {
            end -= 1;
        }
    }
    end
}

/// Returns the position of byte `offset`, clamped to the text.
#[must_use]
pub fn position_in_rope(rope: &Rope, offset: usize, encoding: PositionEncoding) -> Position {
    let offset = offset.min(rope.len_bytes());
    let line = rope.byte_to_line(offset);
    let start = rope.line_to_byte(line);
    let before = rope.byte_slice(start..rope.char_to_byte(rope.byte_to_char(offset)));
    let character = match encoding {
        PositionEncoding::Utf8 => before.len_bytes(),
        PositionEncoding::Utf16 => before.len_utf16_cu(),
        PositionEncoding::Utf32 => before.len_chars(),
    };
    Position { line: narrow(line), character: narrow(character) }
}

/// Returns both ends of `range` as positions.
#[must_use]
pub fn range_in_rope(rope: &Rope, range: TextRange, encoding: PositionEncoding) -> Range {
    Range {
        start: position_in_rope(rope, range.start().into(), encoding),
        end: position_in_rope(rope, range.end().into(), encoding),
    }
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Where the lines of a string start. Built once for a file that has something to report.
#[derive(Clone, Debug)]
pub struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    /// Finds the lines of `text`.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        let mut starts = vec![0];
        let bytes = text.as_bytes();
        for i in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[i] == b'\r' && bytes.get(i + 1) == Some(&b'\n') {
                continue; // The `\n` that follows ends the line.
            }
            starts.push(i + 1);
        }
        LineIndex { text, starts }
    }

    /// Returns the position of byte `offset`, clamped to the text.
    #[must_use]
    pub fn position(&self, offset: usize, encoding: PositionEncoding) -> Position {
        let offset = crate::text::Source::Str(self.text).floor_char_boundary(offset);
        let line = self.starts.partition_point(|&start| start <= offset) - 1;
        let character = encoding.len_of(&self.text[self.starts[line]..offset]);
        Position { line: narrow(line), character: narrow(character) }
    }

    /// Returns both ends of `range` as positions.
    #[must_use]
    pub fn range(&self, range: TextRange, encoding: PositionEncoding) -> Range {
        Range {
            start: self.position(range.start().into(), encoding),
            end: self.position(range.end().into(), encoding),
        }
    }

    /// Returns the text of a zero-based line without its line end; empty past the end.
    #[must_use]
    pub fn line(&self, line: u32) -> &'a str {
        let line = line as usize;
        let Some(&start) = self.starts.get(line) else { return "" };
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        crate::text::source::trim_line_end(&self.text[start..end])
    }

    /// Returns the byte offset at which a zero-based line starts; the length of the text past the end.
    #[must_use]
    pub fn line_start(&self, line: u32) -> usize {
        self.starts.get(line as usize).copied().unwrap_or(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [PositionEncoding; 3] =
        [PositionEncoding::Utf8, PositionEncoding::Utf16, PositionEncoding::Utf32];

    #[test]
    fn columns_count_the_units_of_the_encoding() {
        let rope = Rope::from_str("x\na\u{1f680}\u{e9}z\n");
        let at = "x\na\u{1f680}\u{e9}".len();
        let columns = ALL.map(|encoding| position_in_rope(&rope, at, encoding).character);
        assert_eq!(columns, [7, 4, 3]);
    }

    #[test]
    fn positions_outside_the_text_are_clamped() {
        let rope = Rope::from_str("ab\r\ncd");
        let at =
            |line, character| offset_in_rope(&rope, Position { line, character }, PositionEncoding::Utf16);
        assert_eq!(at(0, 99), 2, "a column past the end is the end of the line, before its line end");
        assert_eq!(at(9, 0), 6, "a line past the end is the end of the text");
        assert_eq!(at(u32::MAX, u32::MAX), 6);
    }

    #[test]
    fn a_column_inside_a_surrogate_pair_is_the_start_of_the_character() {
        let rope = Rope::from_str("\u{1f680}x");
        assert_eq!(offset_in_rope(&rope, Position { line: 0, character: 1 }, PositionEncoding::Utf16), 0);
    }

    proptest! {
        #[test]
        fn offset_and_position_are_inverse(text in "[ab\r\n\u{e9}\u{1f680}]{0,40}") {
            let rope = Rope::from_str(&text);
            let index = LineIndex::new(&text);
            for (at, _) in text.char_indices() {
                // The place between `\r` and `\n` has no position of its own.
                if text[..at].ends_with('\r') && text[at..].starts_with('\n') {
                    continue;
                }
                for encoding in ALL {
                    let position = position_in_rope(&rope, at, encoding);
                    prop_assert_eq!(offset_in_rope(&rope, position, encoding), at);
                    prop_assert_eq!(index.position(at, encoding), position);
                }
            }
        }
    }
}
