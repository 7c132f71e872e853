//! Where a Markdown body can be cut so that each piece parses as it does in the whole.
//!
//! A piece starts where no container is open: at a heading, or, once a piece is long, after a blank line at a line
//! without indent. Code fences, comments and raw HTML blocks are followed so that no cut falls into one (CommonMark
//! 0.31, sections 4.5, 4.6 and 5). Each cut depends only on the text since the last one, so cutting again after an
//! edit gives the same pieces further down.

use crate::text::{Lines, Source};

/// Length from which a piece is also cut between blocks, in bytes.
const LONG: usize = 8 * 1024;

/// Length from which a piece is cut before any line outside of code, in bytes: a paragraph or list of this length is
/// no prose, and cutting it changes nothing that is read from it.
const TOO_LONG: usize = 64 * 1024;

/// Iterates over the ends of the pieces from a start on; the last one is the end of the text.
pub(super) struct Cuts<'a> {
    lines: Lines<'a>,
    end: usize,
    start: usize,
    done: bool,
    state: State,
}

#[derive(Default)]
struct State {
    /// Columns at which the contents of the open list items start.
    items: Vec<usize>,
    open: Open,
    after_blank: bool,
    /// Whether the last line was text of a paragraph, which the next one may go on with whatever its indent
    /// (CommonMark 5.2, "laziness").
    paragraph: bool,
}

/// What hides the lines that follow.
#[derive(Default)]
enum Open {
    #[default]
    Nothing,
    /// A code fence: its mark, how often it stands there, and the column of its container.
    Fence(u8, usize, usize),
    /// A comment or raw HTML, up to a line that holds this.
    Html(&'static str),
}

/// Returns the cuts of `source` from byte `start` on.
pub(super) fn cuts(source: Source<'_>, start: usize) -> Cuts<'_> {
    Cuts { lines: source.lines_from(start), end: source.len(), start, done: false, state: State::default() }
}

impl Iterator for Cuts<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        for (at, line) in self.lines.by_ref() {
            let cut = self.state.take(line.trim_end(), at - self.start);
            if cut && at > self.start {
                self.start = at;
                return Some(at);
            }
        }
        let last = !self.done && self.end > self.start;
        self.done = true;
        last.then_some(self.end)
    }
}

impl State {
    /// Takes a line that lies `distance` bytes into the piece; returns whether a new piece starts with it.
    fn take(&mut self, line: &str, distance: usize) -> bool {
        let content = line.trim_start_matches([' ', '\t']);
        let indent: usize = line.bytes().take_while(|b| matches!(b, b' ' | b'\t')).map(width).sum();
        match self.open {
            Open::Fence(mark, count, column) => {
                let closing = content.bytes().take_while(|b| *b == mark).count();
                let closed = closing >= count && closing == content.len() && indent < column + 4;
                let left = column > 0 && !content.is_empty() && indent < column;
                if closed || left {
                    self.open = Open::Nothing;
                }
                if !left {
                    return false;
                }
            }
            Open::Html(end) => {
                if contains_ignoring_case(content, end) {
                    self.open = Open::Nothing;
                }
                return false;
            }
            Open::Nothing => {}
        }
        if content.is_empty() {
            self.after_blank = true;
            self.paragraph = false;
            return false;
        }
        let after_blank = std::mem::take(&mut self.after_blank);
        if self.paragraph && distance < TOO_LONG && is_text(content) {
            return false;
        }
        while self.items.last().is_some_and(|column| indent < *column) {
            self.items.pop();
        }
        let outside = self.items.is_empty();
        let heading = outside && indent < 4 && is_atx(content);
        let cut = heading
            || (outside && distance >= LONG && indent == 0 && (after_blank || is_item(content)))
            || distance >= TOO_LONG;
        // Nothing of the piece before is open in the next one, whoever reads it.
        if cut {
            self.items.clear();
        }
        let column = self.items.last().copied().unwrap_or(0);
        self.paragraph = false;
        if indent < column + 4 && !heading {
            self.open_blocks(content, indent);
        }
        cut
    }

    /// Opens what starts with `content`: list items, then a fence or raw HTML in the innermost.
    fn open_blocks(&mut self, mut content: &str, mut indent: usize) {
        while let Some(after) = item_content(content) {
            let rest = &content[after..];
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            // Five blanks or more start indented code one column behind the marker (CommonMark 5.2).
            let blanks = if rest.len() == blanks || blanks > 4 { blanks.min(1) } else { blanks };
            indent += after + blanks;
            self.items.push(indent);
            content = rest.get(blanks..).unwrap_or_default();
            if content.is_empty() {
                self.paragraph = false;
                return;
            }
        }
        self.paragraph = is_text(content);
        let column = self.items.last().copied().unwrap_or(0);
        if let Some((mark, count)) = fence(content) {
            self.open = Open::Fence(mark, count, column);
        } else if let Some(end) = html_end(content) {
            let opened = &content[content.find(['!', '?', ' ', '>']).unwrap_or(content.len())..];
            if !contains_ignoring_case(opened, end) {
                self.open = Open::Html(end);
            }
        }
    }
}

/// How many columns a blank takes; a tab is rare and read as four.
fn width(blank: u8) -> usize {
    if blank == b'\t' { 4 } else { 1 }
}

/// Whether a line starts an ATX heading.
fn is_atx(content: &str) -> bool {
    let level = content.bytes().take_while(|b| *b == b'#').count();
    (1..=6).contains(&level) && matches!(content.as_bytes().get(level), None | Some(b' ' | b'\t'))
}

/// Whether a line is text of a paragraph, if one is open.
fn is_text(content: &str) -> bool {
    let breaks = |mark: u8| content.bytes().all(|b| b == mark || b == b' ');
    !(is_atx(content)
        || is_item(content)
        || fence(content).is_some()
        || content.starts_with(['>', '<'])
        || [b'-', b'*', b'_', b'='].into_iter().any(breaks))
}

/// Whether a line starts a list item with something in it.
fn is_item(content: &str) -> bool {
    item_content(content).is_some_and(|after| !content[after..].trim().is_empty())
}

/// Returns how long the marker is, if a line starts a list item.
fn item_content(content: &str) -> Option<usize> {
    let bytes = content.as_bytes();
    let marker = match bytes.first()? {
        b'-' | b'*' | b'+' => 1,
        b'0'..=b'9' => {
            let digits = bytes.iter().take(9).take_while(|b| b.is_ascii_digit()).count();
            matches!(bytes.get(digits), Some(b'.' | b')')).then_some(digits + 1)?
        }
        _ => return None,
    };
    // A thematic break is no list item.
    if marker == 1 && content.bytes().all(|b| b == bytes[0] || b == b' ') && content.len() > 2 {
        return None;
    }
    matches!(bytes.get(marker), None | Some(b' ' | b'\t')).then_some(marker)
}

/// Returns mark and length of an opening code fence.
fn fence(content: &str) -> Option<(u8, usize)> {
    let mark = content.bytes().next().filter(|b| matches!(b, b'`' | b'~'))?;
    let count = content.bytes().take_while(|b| *b == mark).count();
    (count >= 3 && !(mark == b'`' && content[count..].contains('`'))).then_some((mark, count))
}

/// Returns what ends the raw HTML that starts with `content` and may span blank lines (CommonMark 4.6, 1 to 5).
fn html_end(content: &str) -> Option<&'static str> {
    let rest = content.strip_prefix('<')?;
    if rest.starts_with("!--") {
        return Some("-->");
    }
    if rest.starts_with('?') {
        return Some("?>");
    }
    if rest.starts_with("![CDATA[") {
        return Some("]]>");
    }
    [("pre", "</pre>"), ("script", "</script>"), ("style", "</style>"), ("textarea", "</textarea>")]
        .into_iter()
        .find(|(name, _)| {
            let tag = rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
            tag && matches!(rest.as_bytes().get(name.len()), None | Some(b' ' | b'\t' | b'>'))
        })
        .map(|(_, end)| end)
}

fn contains_ignoring_case(text: &str, ascii: &str) -> bool {
    text.as_bytes().windows(ascii.len()).any(|window| window.eq_ignore_ascii_case(ascii.as_bytes()))
}
