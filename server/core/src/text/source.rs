//! One view of text that is either a string (a file just read) or a rope (a document being edited).

use std::borrow::Cow;

use ropey::{Rope, RopeSlice};

/// The text of one file.
///
/// A rope is never flattened: an edit at the end of a large document costs what the edit costs.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// Contiguous text.
    Str(&'a str),
    /// The text of an open document.
    Rope(&'a Rope),
}

impl<'a> Source<'a> {
    /// Returns the length in bytes.
    #[must_use]
    pub fn len(self) -> usize {
        match self {
            Source::Str(text) => text.len(),
            Source::Rope(rope) => rope.len_bytes(),
        }
    }

    /// Whether there is no text at all.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Returns the text in `start..end` (bytes), clamped to the text and to character boundaries.
    ///
    /// Borrows where the text is contiguous.
    #[must_use]
    pub fn slice(self, start: usize, end: usize) -> Cow<'a, str> {
        let end = self.floor_char_boundary(end);
        let start = self.floor_char_boundary(start).min(end);
        match self {
            Source::Str(text) => Cow::Borrowed(&text[start..end]),
            Source::Rope(rope) => cow(rope.byte_slice(start..end)),
        }
    }

    /// Returns the lines from byte `start` on, each with its offset and its line end.
    #[must_use]
    pub fn lines_from(self, start: usize) -> Lines<'a> {
        let start = self.floor_char_boundary(start);
        let inner = match self {
            Source::Str(text) => LinesInner::Str(&text[start..]),
            Source::Rope(rope) => LinesInner::Rope { chunks: rope.byte_slice(start..).chunks(), rest: "" },
        };
        Lines { inner, offset: start }
    }

    /// Returns the largest character boundary that is not past `at`.
    #[must_use]
    pub fn floor_char_boundary(self, at: usize) -> usize {
        let at = at.min(self.len());
        match self {
            Source::Str(text) => (0..=at).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0),
            Source::Rope(rope) => rope.char_to_byte(rope.byte_to_char(at)),
        }
    }

    /// Returns the text of the line that holds byte `at`, without its line end, and where it starts.
    #[must_use]
    pub fn line_at(self, at: usize) -> (usize, Cow<'a, str>) {
        let at = self.floor_char_boundary(at);
        match self {
            Source::Str(text) => {
                // Between `\r` and `\n` the line has not ended yet.
                let inside =
                    at > 0 && text.as_bytes()[at - 1] == b'\r' && text.as_bytes().get(at) == Some(&b'\n');
                let at = at - usize::from(inside);
                let start = text[..at].rfind(['\n', '\r']).map_or(0, |i| i + 1);
                let end = text[at..].find(['\n', '\r']).map_or(text.len(), |i| at + i);
                (start, Cow::Borrowed(&text[start..end]))
            }
            Source::Rope(rope) => {
                let line = rope.byte_to_line(at);
                let start = rope.line_to_byte(line);
                let end = rope.line_to_byte((line + 1).min(rope.len_lines()));
                let text = match cow(rope.byte_slice(start..end.max(start))) {
                    Cow::Borrowed(text) => Cow::Borrowed(trim_line_end(text)),
                    Cow::Owned(text) => Cow::Owned(trim_line_end(&text).to_owned()),
                };
                (start, text)
            }
        }
    }

    /// Counts characters (Unicode scalar values) from byte `start` on, stopping at `limit`.
    #[must_use]
    pub fn count_chars_from(self, start: usize, limit: usize) -> usize {
        match self {
            Source::Str(text) => text[self.floor_char_boundary(start)..].chars().take(limit).count(),
            Source::Rope(rope) => {
                let before = rope.byte_to_char(start.min(rope.len_bytes()));
                (rope.len_chars() - before).min(limit)
            }
        }
    }
}

/// Returns `text` without one trailing `\n`, `\r\n` or `\r`.
pub(crate) fn trim_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

fn cow(slice: RopeSlice<'_>) -> Cow<'_, str> {
    slice.into()
}

/// Iterates over lines: `(offset in bytes, text with its line end)`.
///
/// A line ends at `\n`, `\r\n` or `\r` and nowhere else (LSP 3.17, "Text Documents").
pub struct Lines<'a> {
    inner: LinesInner<'a>,
    offset: usize,
}

enum LinesInner<'a> {
    Str(&'a str),
    /// Ropey's own lines cost a tree walk each; these cost a search in the chunk at hand.
    Rope {
        chunks: ropey::iter::Chunks<'a>,
        rest: &'a str,
    },
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        let line = match &mut self.inner {
            LinesInner::Str(rest) => {
                if rest.is_empty() {
                    return None;
                }
                Cow::Borrowed(take_line(rest).0)
            }
            LinesInner::Rope { chunks, rest } => {
                let mut line = Cow::Borrowed("");
                loop {
                    if rest.is_empty() {
                        let Some(chunk) = chunks.next() else { break };
                        *rest = chunk;
                    }
                    // A `\r` at the end of a chunk is a line end of its own: ropey never splits `\r\n`.
                    let (part, ended) = take_line(rest);
                    if line.is_empty() {
                        line = Cow::Borrowed(part);
                    } else {
                        line.to_mut().push_str(part);
                    }
                    if ended {
                        break;
                    }
                }
                if line.is_empty() {
                    return None;
                }
                line
            }
        };
        let at = self.offset;
        self.offset += line.len();
        Some((at, line))
    }
}

/// Takes the first line off `rest`, with its line end; says whether it has one.
fn take_line<'a>(rest: &mut &'a str) -> (&'a str, bool) {
    let bytes = rest.as_bytes();
    let (end, ended) = match memchr::memchr2(b'\n', b'\r', bytes) {
        Some(i) if bytes[i] == b'\r' && bytes.get(i + 1) == Some(&b'\n') => (i + 2, true),
        Some(i) => (i + 1, true),
        None => (bytes.len(), false),
    };
    let (line, after) = rest.split_at(end);
    *rest = after;
    (line, ended)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_end_at_lf_crlf_and_cr_only() {
        let text = "a\r\nb\rc\u{2028}d\n\ne";
        let expected = vec![(0, "a\r\n"), (3, "b\r"), (5, "c\u{2028}d\n"), (11, "\n"), (12, "e")];
        for source in [Source::Str(text), Source::Rope(&Rope::from_str(text))] {
            let lines: Vec<_> = source.lines_from(0).map(|(at, line)| (at, line.into_owned())).collect();
            assert_eq!(lines.iter().map(|(at, line)| (*at, line.as_str())).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn line_ends_at_the_edges_of_chunks_stay_whole() {
        for shift in 0..8 {
            let text = "x".repeat(shift) + &"abcdefg\r\n\rh\n".repeat(5000);
            let rope = Rope::from_str(&text);
            assert!(rope.chunks().count() > 10);
            assert!(Source::Str(&text).lines_from(0).eq(Source::Rope(&rope).lines_from(0)));
        }
    }

    proptest! {
        #[test]
        fn a_rope_and_a_string_agree(text in "[a-c \r\n\u{e9}\u{1f680}]{0,60}", at in 0usize..80) {
            let rope = Rope::from_str(&text);
            let (a, b) = (Source::Str(&text), Source::Rope(&rope));
            prop_assert_eq!(a.lines_from(at).collect::<Vec<_>>(), b.lines_from(at).collect::<Vec<_>>());
            prop_assert_eq!(a.slice(at / 2, at), b.slice(at / 2, at));
            prop_assert_eq!(a.line_at(at), b.line_at(at));
            prop_assert_eq!(a.count_chars_from(a.floor_char_boundary(at), 10), b.count_chars_from(b.floor_char_boundary(at), 10));
            // Between `\r` and `\n` is no place a diagnostic can start at.
            if !text.as_bytes().get(..at.min(text.len())).is_some_and(|t| t.ends_with(b"\r")) {
                prop_assert_eq!(a.line_at(at), b.line_at(at));
            }
        }
    }
}
