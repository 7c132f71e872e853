//! Comments by comment marks: what is left when strings are skipped.

use memchr::memmem;

use super::comment::Comment;
use super::syntax::{BlockMark, C_LIKE, CSS, LineMark, Place, Quote, SCRIPT, Syntax, XML};

/// Returns the comments of `text`, in order of place.
pub(super) fn comments(text: &str, syntax: &Syntax) -> Vec<Comment> {
    let mut found = Vec::new();
    Tokens::new(text, syntax).collect(0, text.len(), &mut found);
    found
}

/// Adds the comments `<!-- -->` in `start..end` to `found`.
pub(super) fn of_tags(text: &str, start: usize, end: usize, found: &mut Vec<Comment>) {
    Tokens::new(text, &XML).collect(start, end, found);
}

/// Returns the comments of a page: of its tags, of its scripts, and of its styles.
pub(super) fn of_html(text: &str) -> Vec<Comment> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let Some(tag) = next_tag(text, at) else { break };
        of_tags(text, at, tag.start, &mut found);
        // A tag in a comment is none.
        if let Some(last) = found.last()
            && last.end == tag.start
            && last.close == 0
        {
            found.pop();
            let end =
                memmem::find(&text.as_bytes()[tag.start..], b"-->").map_or(text.len(), |i| tag.start + i);
            let from = text[at..tag.start].rfind("<!--").map_or(at, |i| at + i);
            at = (end + 3).min(text.len());
            of_tags(text, from, at, &mut found);
            continue;
        }
        let syntax = match (tag.name, tag.is_typed) {
            ("style", false) => &CSS,
            ("style", true) => &C_LIKE,
            _ => &SCRIPT,
        };
        Tokens::new(text, syntax).collect(tag.inner, tag.end, &mut found);
        at = tag.end;
    }
    of_tags(text, at, text.len(), &mut found);
    found
}

/// A script or style.
struct InnerTag {
    name: &'static str,
    /// Whether it says which language it is in, such as `lang="scss"`.
    is_typed: bool,
    start: usize,
    inner: usize,
    end: usize,
}

/// Returns the next script or style at or after `at`.
fn next_tag(text: &str, at: usize) -> Option<InnerTag> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'<', &bytes[at..]).find_map(|i| {
        let start = at + i;
        let is = |name: &str| {
            bytes
                .get(start + 1..start + 1 + name.len())
                .is_some_and(|it| it.eq_ignore_ascii_case(name.as_bytes()))
        };
        let name = ["script", "style"].into_iter().find(|name| is(name))?;
        let attributes = start + 1 + name.len();
        if !bytes.get(attributes).is_some_and(|b| b.is_ascii_whitespace() || *b == b'>') {
            return None;
        }
        let inner = attributes + memchr::memchr(b'>', &bytes[attributes..])? + 1;
        let close = memchr::memchr_iter(b'<', &bytes[inner..]).map(|i| inner + i).find(|close| {
            let rest = &bytes[*close + 1..];
            rest.first() == Some(&b'/')
                && rest.get(1..=name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name.as_bytes()))
        });
        let is_typed = text.get(attributes..inner).is_some_and(|attributes| attributes.contains("lang="));
        Some(InnerTag { name, is_typed, start, inner, end: close.unwrap_or(text.len()) })
    })
}

/// Reads one text.
struct Tokens<'a> {
    bytes: &'a [u8],
    syntax: &'a Syntax,
    /// Bytes that a mark or quote starts with.
    starts: [bool; 256],
    /// For each quote, up to where there is none that closes it; asking again would cost the line once more.
    open_until: Vec<usize>,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str, syntax: &'a Syntax) -> Tokens<'a> {
        let mut starts = [false; 256];
        let lines = syntax.line.iter().map(|mark| mark.open);
        let blocks = syntax.block.iter().map(|mark| mark.open);
        let quotes = syntax.quotes.iter().map(|quote| quote.open);
        for open in lines.chain(blocks).chain(quotes) {
            starts[usize::from(open.as_bytes()[0])] = true;
        }
        Tokens { bytes: text.as_bytes(), syntax, starts, open_until: vec![0; syntax.quotes.len()] }
    }

    /// Adds the comments in `start..end` to `found`.
    fn collect(&mut self, start: usize, end: usize, found: &mut Vec<Comment>) {
        let mut at = start;
        while at < end {
            let Some(next) = self.bytes[at..end].iter().position(|b| self.starts[usize::from(*b)]) else {
                return;
            };
            at += next;
            if let Some(mark) = self.syntax.block.iter().find(|mark| self.is_at(mark.open, at, end)) {
                let comment = self.block(mark, at, end);
                at = comment.end;
                found.push(comment);
            } else if let Some(mark) = self.syntax.line.iter().find(|mark| self.opens(mark, at, end)) {
                let line_end = memchr::memchr(b'\n', &self.bytes[at..end]).map_or(end, |i| at + i);
                let until = if self.bytes[at..line_end].ends_with(b"\r") { line_end - 1 } else { line_end };
                found.push(Comment { start: at, end: until, open: mark.open.len(), close: 0, block: false });
                // Not past the line end, which a mark may start with.
                at = line_end.max(at + 1);
            } else {
                at = self.after_quote(at, end).unwrap_or(at + 1);
            }
        }
    }

    fn is_at(&self, mark: &str, at: usize, end: usize) -> bool {
        self.bytes[at..end].starts_with(mark.as_bytes())
    }

    fn opens(&self, mark: &LineMark, at: usize, end: usize) -> bool {
        if !self.is_at(mark.open, at, end) {
            return false;
        }
        let before = at.checked_sub(1).map(|i| self.bytes[i]);
        match mark.place {
            Place::Any => true,
            Place::NotAfter(byte) => before != Some(byte),
            Place::Spaced => {
                before.is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b';' | b')' | b'}'))
            }
            Place::LineStart => {
                let blanks =
                    self.bytes[..at].iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).take(200).count();
                let first = at - blanks;
                first == 0
                    || self.bytes[first - 1] == b'\n'
                    || self.bytes[..first].ends_with("\u{feff}".as_bytes())
            }
        }
    }

    /// Returns the block comment that starts at `at`; one that is not closed goes to the end.
    fn block(&self, mark: &BlockMark, at: usize, end: usize) -> Comment {
        let (open, close) = (mark.open.as_bytes(), mark.close.as_bytes());
        let closed = |end, close| Comment { start: at, end, open: open.len(), close, block: true };
        let mut from = at + open.len();
        let mut depth = 1;
        while let Some(i) = memmem::find(&self.bytes[from..end], close) {
            let here = from + i;
            if mark.nested {
                depth += memmem::find_iter(&self.bytes[from..here], open).count();
            }
            depth -= 1;
            from = here + close.len();
            if depth == 0 {
                return closed(from, close.len());
            }
        }
        closed(end, 0)
    }

    /// Returns where the string that starts at `at` ends; `None` where there is none.
    fn after_quote(&mut self, at: usize, end: usize) -> Option<usize> {
        let quotes = self.syntax.quotes;
        let (index, quote) = quotes
            .iter()
            .enumerate()
            .find(|(_, quote)| self.bytes[at..end].starts_with(quote.open.as_bytes()))?;
        if at < self.open_until[index] {
            return None;
        }
        match close_of(self.bytes, quote, at + quote.open.len(), end) {
            Ok(after) => Some(after),
            Err(until) => {
                self.open_until[index] = until;
                None
            }
        }
    }
}

/// Returns where the string ends whose text starts at `from`, or up to where it does not.
fn close_of(bytes: &[u8], quote: &Quote, from: usize, end: usize) -> Result<usize, usize> {
    let close = quote.close.as_bytes();
    let mut at = from;
    while at < end {
        let byte = bytes[at];
        if Some(byte) == quote.escape {
            at += 2;
        } else if byte == b'\n' && !quote.lines {
            return Err(at);
        } else if byte == close[0] && bytes[at..end].starts_with(close) {
            return Ok(at + close.len());
        } else {
            at += 1;
        }
    }
    Err(end)
}
