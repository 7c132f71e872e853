//! Incremental edits of an open document (LSP 3.17, `TextDocumentContentChangeEvent`).

use ropey::Rope;

use super::position::{Position, PositionEncoding, Range, offset_in_rope};

/// One change of a `textDocument/didChange` notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentChange {
    /// What is replaced; the whole text where absent.
    pub range: Option<Range>,
    /// What stands there afterwards.
    pub text: String,
}

/// An edit that names a place which does not exist. The edit is applied all the same, as the reference
/// client library does it; the error tells the log what was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditError {
    /// The end lies before the start; the two were swapped.
    Reversed(Range),
    /// The range lies past the end of the text; it was clamped.
    OutOfBounds(Range),
}

impl std::fmt::Display for EditError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (what, range, done) = match self {
            EditError::Reversed(range) => ("ends before it starts", range, "its ends were swapped"),
            EditError::OutOfBounds(range) => ("lies past the end of the text", range, "it was clamped"),
        };
        let Position { line: a, character: b } = range.start;
        let Position { line: c, character: d } = range.end;
        write!(f, "the range {a}:{b}-{c}:{d} of an edit {what}; {done}")
    }
}

/// Applies `change` to `rope`.
///
/// Invalid ranges never panic and never leave the text half changed: reversed ends are swapped and places past
/// the end are clamped (as `vscode-languageserver-textdocument` does, so that both sides stay equal).
///
/// # Errors
/// Returns what was wrong with the range, after applying the change.
pub fn apply_change(
    rope: &mut Rope,
    change: &ContentChange,
    encoding: PositionEncoding,
) -> Result<(), EditError> {
    let Some(mut range) = change.range else {
        *rope = Rope::from_str(&change.text);
        return Ok(());
    };
    let mut problem = Ok(());
    if range.end < range.start {
        problem = Err(EditError::Reversed(range));
        std::mem::swap(&mut range.start, &mut range.end);
    } else if range.end.line as usize >= rope.len_lines() {
        problem = Err(EditError::OutOfBounds(range));
    }
    let start = rope.byte_to_char(offset_in_rope(rope, range.start, encoding));
    let end = rope.byte_to_char(offset_in_rope(rope, range.end, encoding));
    if start < end {
        rope.remove(start..end);
    }
    if !change.text.is_empty() {
        rope.insert(start, &change.text);
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn change(a: (u32, u32), b: (u32, u32), text: &str) -> ContentChange {
        let position = |(line, character)| Position { line, character };
        ContentChange { range: Some(Range { start: position(a), end: position(b) }), text: text.to_owned() }
    }

    fn edited(before: &str, change: &ContentChange) -> (String, Result<(), EditError>) {
        let mut rope = Rope::from_str(before);
        let result = apply_change(&mut rope, change, PositionEncoding::Utf16);
        (rope.to_string(), result)
    }

    #[test]
    fn replaces_inserts_and_deletes() {
        assert_eq!(edited("ab\r\ncd\r\n", &change((1, 0), (1, 1), "X")).0, "ab\r\nXd\r\n");
        assert_eq!(edited("ab", &change((0, 1), (0, 1), "\u{1f680}")).0, "a\u{1f680}b");
        assert_eq!(edited("a\u{1f680}b", &change((0, 1), (0, 3), "")).0, "ab");
        assert_eq!(edited("old", &ContentChange { range: None, text: "new".into() }).0, "new");
    }

    #[test]
    fn invalid_ranges_are_applied_where_they_can_only_mean_one_thing_and_reported() {
        let (text, result) = edited("abc\n", &change((0, 2), (0, 1), "X"));
        assert_eq!((text.as_str(), result.is_err()), ("aXc\n", true));
        let (text, result) = edited("abc\n", &change((90, 5), (91, 9), "X"));
        assert_eq!((text.as_str(), result.is_err()), ("abc\nX", true));
        let (text, result) = edited("abc\n", &change((0, 100), (0, 101), "X"));
        assert_eq!((text.as_str(), result), ("abcX\n", Ok(())), "a column past the end is legal (LSP 3.17)");
    }

    /// The plain way to do it, on a `String`: what the rope is compared with.
    fn naive(text: &mut String, change: &ContentChange, encoding: PositionEncoding) {
        let Some(range) = change.range else {
            *text = change.text.clone();
            return;
        };
        let offset = |position: Position| {
            let mut line_start = 0;
            let mut line = 0;
            let bytes = text.as_bytes();
            let mut i = 0;
            while line < position.line {
                match bytes.get(i) {
                    None => return text.len(),
                    Some(b'\r') if bytes.get(i + 1) != Some(&b'\n') => line += 1,
                    Some(b'\n') => line += 1,
                    Some(_) => {}
                }
                i += 1;
                line_start = i;
            }
            let mut units = 0;
            let mut at = line_start;
            for ch in text[line_start..].chars() {
                let width = encoding.len_of(ch.encode_utf8(&mut [0; 4]));
                if ch == '\n' || ch == '\r' || units + width > position.character as usize {
                    break;
                }
                units += width;
                at += ch.len_utf8();
            }
            at
        };
        let (a, b) = (offset(range.start), offset(range.end));
        let (a, b) = if range.end < range.start { (b, a) } else { (a, b) };
        text.replace_range(a..b.max(a), &change.text);
    }

    fn arbitrary_change() -> impl Strategy<Value = ContentChange> {
        let position = || (0u32..6, 0u32..12).prop_map(|(line, character)| Position { line, character });
        let range = prop::option::weighted(
            0.95,
            (position(), position()).prop_map(|(start, end)| Range { start, end }),
        );
        (range, "[ab\r\n\u{e9}\u{1f680}]{0,4}").prop_map(|(range, text)| ContentChange { range, text })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]
        /// The fuzz target for incremental sync: edits on a rope against the same edits on a plain string.
        #[test]
        fn a_rope_follows_a_string(
            start in "[ab\r\n\u{e9}\u{1f680}]{0,30}",
            changes in prop::collection::vec(arbitrary_change(), 0..30),
            which in 0usize..3,
        ) {
            let encoding = [PositionEncoding::Utf8, PositionEncoding::Utf16, PositionEncoding::Utf32][which];
            let mut rope = Rope::from_str(&start);
            let mut text = start;
            for change in &changes {
                let _ = apply_change(&mut rope, change, encoding);
                naive(&mut text, change, encoding);
                prop_assert_eq!(rope.to_string(), text.as_str());
            }
        }
    }
}
