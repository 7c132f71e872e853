//! The headings and code blocks of a Markdown body, found line by line without building a tree.
//!
//! A keystroke in a large file must not parse all of it, so this reads only as far as it is asked to. It knows
//! what changes whether a line is a heading: code fences and indented code, HTML comments, setext underlines
//! (CommonMark 0.31, sections 4.2 to 4.5). `pulldown-cmark` is the oracle in the tests.

mod body;
pub(crate) mod coverage;
mod cut;
mod piece;

use std::borrow::Cow;

use text_size::TextRange;

pub use body::{Body, Placed};
pub(crate) use body::{read_pieces, reread_pieces};
pub use piece::{Element, ElementKind, Piece};

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
    Headings { blocks: blocks(source, start) }
}

/// Iterates over headings.
pub struct Headings<'a> {
    blocks: Blocks<'a>,
}

impl Iterator for Headings<'_> {
    type Item = Heading;

    fn next(&mut self) -> Option<Heading> {
        self.blocks.by_ref().find_map(|block| match block {
            Block::Heading { heading, .. } => Some(heading),
            Block::Code { .. } => None,
        })
    }
}

/// A part of a body that shows in an outline or folds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Heading {
        /// The heading itself.
        heading: Heading,
        /// Where the last line with text before it ends.
        text_before: usize,
    },
    /// A fenced code block.
    Code {
        /// Its first line.
        opening: TextRange,
        /// From there to its closing fence, or to the last line with text.
        range: TextRange,
    },
}

/// Returns headings and code blocks from byte `start` on, lazily, in the order in which they end.
#[must_use]
pub fn blocks(source: Source<'_>, start: usize) -> Blocks<'_> {
    let nothing = range(start, start);
    Blocks {
        lines: source.lines_from(start),
        text_end: start,
        fence: None,
        opening: nothing,
        code: nothing,
        comment: false,
        paragraph: None,
    }
}

/// Iterates over headings and code blocks.
pub struct Blocks<'a> {
    lines: Lines<'a>,
    /// Where the last line with text so far ends.
    text_end: usize,
    /// The mark of the open code fence, and how often it stands there.
    fence: Option<(char, usize)>,
    /// The first line of the open code block, and what has been seen of it.
    opening: TextRange,
    code: TextRange,
    comment: bool,
    /// A one-line paragraph just before, which an underline would make a heading; and where the text before it ends.
    paragraph: Option<(usize, Cow<'a, str>, usize)>,
}

impl Blocks<'_> {
    /// Returns where the last line with text that has been read ends.
    #[must_use]
    pub fn text_end(&self) -> usize {
        self.text_end
    }
}

impl Iterator for Blocks<'_> {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        loop {
            let Some((at, line)) = self.lines.next() else {
                return self.fence.take().map(|_| Block::Code { opening: self.opening, range: self.code });
            };
            let text = line.trim_end();
            let indent = text.len() - text.trim_start_matches(' ').len();
            let content = &text[indent..];
            let text_before = self.text_end;
            if !content.is_empty() {
                self.text_end = at + text.len();
            }
            if let Some((mark, count)) = self.fence {
                self.code = TextRange::new(self.code.start(), crate::text::offset(self.text_end));
                let closing = content.chars().take_while(|c| *c == mark).count();
                if indent < 4 && closing >= count && content.len() == closing {
                    self.fence = None;
                    return Some(Block::Code { opening: self.opening, range: self.code });
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
                self.opening = range(at, at + text.len());
                self.code = self.opening;
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
                let heading = Heading { level, text: title.to_owned(), range: whole };
                return Some(Block::Heading { heading, text_before });
            }
            if let Some((start, title, text_before)) = self.paragraph.take() {
                if let Some(level) = underline(content) {
                    let lead = title.len() - title.trim_start().len();
                    let whole = range(start + lead, at + text.len());
                    let text = title.trim().to_owned();
                    let heading = Heading { level, text, range: whole };
                    return Some(Block::Heading { heading, text_before });
                }
                continue; // A paragraph of more than one line; its heading form is too rare to follow.
            }
            if !content.starts_with(['>', '-', '*', '+', '|', '<'])
                && !content.starts_with(|c: char| c.is_ascii_digit())
            {
                self.paragraph = Some((at, line, text_before));
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
