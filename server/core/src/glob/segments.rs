//! Splitting `applyTo` at commas that stand outside braces and brackets.

use text_size::TextRange;

use crate::text::range;

/// One glob of a comma-separated list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The glob without blanks around it; may be empty.
    pub text: String,
    /// Where it stands in the split text, without the blanks around it; empty for an empty segment.
    pub range: TextRange,
}

/// Splits `text` at commas outside `{}` and `[]`. There is always at least one segment.
///
/// A bracket that is never closed keeps no comma: only the segment that it stands in is invalid.
#[must_use]
pub fn split(text: &str) -> Vec<Segment> {
    let mut segments = Vec::new();
    let unclosed = unclosed(text);
    let (mut braces, mut brackets, mut start) = (0u32, 0u32, 0);
    let mut chars = text.char_indices();
    while let Some((at, ch)) = chars.next() {
        match ch {
            '\\' => {
                chars.next();
            }
            '{' | '[' if unclosed.binary_search(&at).is_ok() => {}
            '{' => braces += 1,
            '}' => braces = braces.saturating_sub(1),
            '[' => brackets += 1,
            ']' => brackets = brackets.saturating_sub(1),
            ',' if braces == 0 && brackets == 0 => {
                segments.push(segment(text, start, at));
                start = at + 1;
            }
            _ => {}
        }
    }
    segments.push(segment(text, start, text.len()));
    segments
}

/// Returns where brackets stand that are never closed, in order.
fn unclosed(text: &str) -> Vec<usize> {
    let (mut braces, mut brackets) = (Vec::new(), Vec::new());
    let mut chars = text.char_indices();
    while let Some((at, ch)) = chars.next() {
        match ch {
            '\\' => {
                chars.next();
            }
            '{' => braces.push(at),
            '}' => {
                braces.pop();
            }
            '[' => brackets.push(at),
            ']' => {
                brackets.pop();
            }
            _ => {}
        }
    }
    braces.extend(brackets);
    braces.sort_unstable();
    braces
}

fn segment(text: &str, start: usize, end: usize) -> Segment {
    let raw = &text[start..end];
    let trimmed = raw.trim();
    let lead = raw.len() - raw.trim_start().len();
    let from = if trimmed.is_empty() { start } else { start + lead };
    Segment { text: trimmed.to_owned(), range: range(from, from + trimmed.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_braces_and_brackets_do_not_split() {
        let texts = |text: &str| split(text).into_iter().map(|s| s.text).collect::<Vec<_>>();
        assert_eq!(texts("a, b ,c"), ["a", "b", "c"]);
        assert_eq!(texts("**/*.{ts,tsx},x[a,b]"), ["**/*.{ts,tsx}", "x[a,b]"]);
        assert_eq!(texts("a,"), ["a", ""]);
        assert_eq!(texts(""), [""]);
        assert_eq!(texts("a{b,c"), ["a{b", "c"]);
        assert_eq!(texts("a[b,{c,d},e{f,g"), ["a[b", "{c,d}", "e{f", "g"]);
        assert_eq!(texts("{a,[b,c},d"), ["{a,[b,c}", "d"]);
        assert_eq!(texts("[[]id],b"), ["[[]id]", "b"]);
        assert_eq!(texts(r"a\,b"), [r"a\,b"]);
    }

    #[test]
    fn every_segment_has_its_range() {
        let text = " src/** , {a,b}/*.py";
        let found: Vec<_> = split(text).into_iter().map(|s| &text[s.range]).collect();
        assert_eq!(found, ["src/**", "{a,b}/*.py"]);
    }
}
