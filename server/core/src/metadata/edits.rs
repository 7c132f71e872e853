//! Edits of one text, collected in any order.

use crate::diagnostic::{TextEdit, apply_edits};
use crate::text::{TextRange, range};

/// Edits of one text. Of two that touch the same place the first counts.
#[derive(Debug, Default)]
pub(super) struct Edits {
    edits: Vec<TextEdit>,
}

impl Edits {
    /// Replaces what stands at `place`.
    pub(super) fn replace(&mut self, place: TextRange, new_text: impl Into<String>) {
        let touches = |other: &TextEdit| {
            let both = place.intersect(other.range);
            both.is_some_and(|both| !both.is_empty() || place == other.range)
        };
        if !self.edits.iter().any(touches) {
            self.edits.push(TextEdit { range: place, new_text: new_text.into() });
        }
    }

    /// Inserts at byte `at`.
    pub(super) fn insert(&mut self, at: usize, new_text: impl Into<String>) {
        self.replace(range(at, at), new_text);
    }

    /// Returns the text with all edits.
    pub(super) fn apply(mut self, text: &str) -> String {
        self.edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
        apply_edits(text, &self.edits)
    }
}

/// Returns the line end that `text` uses at byte `at`: that of this line, else of the line before, else of the first.
pub(super) fn line_end(text: &str, at: usize) -> &'static str {
    let from = |rest: &str| {
        let end = memchr::memchr2(b'\n', b'\r', rest.as_bytes())?;
        Some(match &rest.as_bytes()[end..] {
            [b'\r', b'\n', ..] => "\r\n",
            [b'\r', ..] => "\r",
            _ => "\n",
        })
    };
    from(&text[at..]).or_else(|| from(text)).unwrap_or("\n")
}

/// Returns where the line that holds byte `at` starts.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    memchr::memrchr2(b'\n', b'\r', &text.as_bytes()[..at]).map_or(0, |end| end + 1)
}

/// Returns where the line that holds byte `at` ends, without its line end.
pub(super) fn line_stop(text: &str, at: usize) -> usize {
    memchr::memchr2(b'\n', b'\r', &text.as_bytes()[at..]).map_or(text.len(), |end| at + end)
}

/// Returns where the line after the one that ends at `stop` starts; the end of the text where there is none.
pub(super) fn next_line(text: &str, stop: usize) -> usize {
    match text.as_bytes().get(stop..) {
        Some([b'\r', b'\n', ..]) => stop + 2,
        Some([_, ..]) => stop + 1,
        _ => text.len(),
    }
}
