//! The headings of a Markdown body, found line by line without building a tree.
//!
//! A keystroke in a large file must not parse all of it, so this reads only as far as it is asked to. It knows
//! what changes whether a line is a heading: code fences and indented code, HTML comments, setext underlines
//! (CommonMark 0.31, sections 4.2 to 4.5). `pulldown-cmark` is the oracle in the tests.

use std::borrow::Cow;

use text_size::TextRange;

use crate::text::{Lines, Source, range};

/// A heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Its text, without the marks.
    pub text: String,
    /// The line or lines of the heading, without the last line end.
    pub range: TextRange,
}

/// Returns the headings from byte `start` on, lazily.
#[must_use]
pub fn headings(source: Source<'_>, start: usize) -> Headings<'_> {
    Headings { lines: source.lines_from(start), fence: None, comment: false, paragraph: None }
}

/// Iterates over headings.
pub struct Headings<'a> {
    lines: Lines<'a>,
    /// The mark of the open code fence, and how often it stands there.
    fence: Option<(char, usize)>,
    comment: bool,
    /// A one-line paragraph just before, which an underline would make a heading.
    paragraph: Option<(usize, Cow<'a, str>)>,
}

impl Iterator for Headings<'_> {
    type Item = Heading;

    fn next(&mut self) -> Option<Heading> {
        loop {
            let (at, line) = self.lines.next()?;
            let text = line.trim_end();
            let indent = text.len() - text.trim_start_matches(' ').len();
            let content = &text[indent..];
            if let Some((mark, count)) = self.fence {
                let closing = content.chars().take_while(|c| *c == mark).count();
                if indent < 4 && closing >= count && content.len() == closing {
                    self.fence = None;
                }
                continue;
            }
            if self.comment {
                self.comment = !content.contains("-->");
                continue;
            }
            if content.is_empty() {
                self.paragraph = None;
                continue;
            }
            if indent >= 4 || content.starts_with('\t') {
                if self.paragraph.is_none() {
                    continue; // Indented code.
                }
                self.paragraph = None;
                continue;
            }
            if let Some(fence) = opening_fence(content) {
                self.fence = Some(fence);
                self.paragraph = None;
                continue;
            }
            if let Some(rest) = content.strip_prefix("<!--") {
                self.comment = !rest.contains("-->");
                self.paragraph = None;
                continue;
            }
            if let Some((level, title)) = atx(content) {
                self.paragraph = None;
                let whole = range(at + indent, at + text.len());
                return Some(Heading { level, text: title.to_owned(), range: whole });
            }
            if let Some((start, title)) = self.paragraph.take() {
                if let Some(level) = underline(content) {
                    let lead = title.len() - title.trim_start().len();
                    let whole = range(start + lead, at + text.len());
                    return Some(Heading { level, text: title.trim().to_owned(), range: whole });
                }
                continue; // A paragraph of more than one line; its heading form is too rare to follow.
            }
            if !content.starts_with(['>', '-', '*', '+', '|', '<'])
                && !content.starts_with(|c: char| c.is_ascii_digit())
            {
                self.paragraph = Some((at, line));
            }
        }
    }
}

/// Returns mark and length of an opening code fence.
fn opening_fence(content: &str) -> Option<(char, usize)> {
    let mark = content.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let count = content.chars().take_while(|c| *c == mark).count();
    let info = &content[count..];
    (count >= 3 && !(mark == '`' && info.contains('`'))).then_some((mark, count))
}

/// Reads an ATX heading: one to six `#`, then a blank or the end.
fn atx(content: &str) -> Option<(u8, &str)> {
    let level = content.bytes().take_while(|b| *b == b'#').count();
    let rest = &content[level..];
    if !(1..=6).contains(&level) || !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    let title = rest.trim();
    let without_closing = title.trim_end_matches('#');
    let closed = without_closing.len() < title.len()
        && (without_closing.is_empty() || without_closing.ends_with([' ', '\t']));
    let title = if closed { without_closing.trim_end() } else { title };
    Some((u8::try_from(level).unwrap_or(6), title))
}

/// Returns the level that a setext underline gives.
fn underline(content: &str) -> Option<u8> {
    let all = |mark: char| content.chars().all(|c| c == mark);
    if all('=') {
        Some(1)
    } else if all('-') {
        Some(2)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Parser, Tag};

    fn ours(text: &str) -> Vec<(u8, usize)> {
        headings(Source::Str(text), 0).map(|h| (h.level, h.range.start().into())).collect()
    }

    fn oracle(text: &str) -> Vec<(u8, usize)> {
        Parser::new(text)
            .into_offset_iter()
            .filter_map(|(event, at)| match event {
                Event::Start(Tag::Heading { level, .. }) => Some((level as u8, at.start)),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn headings_are_found_where_they_are() {
        let text = "# One #\n\ntext\n## Two\n```sh\n# not\n```\n    # code\n<!-- \n# no -->\nThree\n---\n#no\n####### no\n###\n";
        let found: Vec<_> = headings(Source::Str(text), 0).map(|h| (h.level, h.text)).collect();
        let found: Vec<_> = found.iter().map(|(level, text)| (*level, text.as_str())).collect();
        assert_eq!(found, [(1, "One"), (2, "Two"), (2, "Three"), (3, "")]);
    }

    proptest! {
        /// Without lists, quotes, HTML and paragraphs of several lines, which it does not follow.
        #[test]
        fn agrees_with_pulldown_cmark(lines in prop::collection::vec("(#{1,7}|#{1,3} [a-c]{1,3}( #)?|  ## b|```|~~~|    # c|\n|Title\n===|Word\n---|\nplain\n)", 0..12)) {
            let text = lines.join("\n\n") + "\n";
            prop_assert_eq!(ours(&text), oracle(&text), "{:?}", text);
        }
    }
}
