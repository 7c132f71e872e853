//! Comments, and the lines of text in them.

use ropey::Rope;

use super::scanner::{Hit, is_fence};
use crate::text::Change;

/// Longest text of one TODO, in bytes, and the most lines; what follows is no description any more.
const MAX_TEXT_BYTES: usize = 4096;
const MAX_LINES: usize = 100;

/// Characters that decorate a comment: `////`, `##`, `--- x ---`, `//!`, `/**`.
const MARKS: [char; 9] = ['/', '#', '*', '-', ';', '%', '!', '=', '<'];

/// A comment in a text, with its marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Comment {
    pub(super) start: usize,
    pub(super) end: usize,
    /// How many bytes the opening mark has.
    pub(super) open: usize,
    /// How many the closing mark has; 0 where the comment ends with its line, or is not closed.
    pub(super) close: usize,
    /// Whether it may go on over lines.
    pub(super) block: bool,
}

/// The text of one line of a comment, without marks and blanks around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Comments that belong together: one block, or line comments below each other.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) lines: Vec<Line>,
}

impl Comment {
    /// Returns the comment at `start..end` whose marks are those at its ends, as C, scripts and HTML write them.
    pub(super) fn of_marks(text: &str, start: usize, end: usize) -> Comment {
        let inner = &text[start..end];
        let end = start + inner.trim_end_matches(['\n', '\r']).len();
        let inner = &text[start..end];
        for (open, close) in [("/*", "*/"), ("<!--", "-->")] {
            if inner.starts_with(open) {
                let closed = inner.len() >= open.len() + close.len() && inner.ends_with(close);
                let close = if closed { close.len() } else { 0 };
                return Comment { start, end, open: open.len(), close, block: true };
            }
        }
        let open = if inner.starts_with("//") { 2 } else { usize::from(inner.starts_with('#')) };
        Comment { start, end, open, close: 0, block: false }
    }

    /// Returns the comment whose places were counted from byte `base` on.
    pub(super) fn from(self, base: usize) -> Comment {
        Comment { start: self.start + base, end: self.end + base, ..self }
    }

    /// Returns the comment after a change that does not touch it.
    pub(super) fn moved(self, change: Change) -> Option<Comment> {
        if self.end < change.start {
            return Some(self);
        }
        let moved = |at: usize| at - change.old_end + change.new_end;
        (self.start > change.old_end).then(|| Comment {
            start: moved(self.start),
            end: moved(self.end),
            ..self
        })
    }

    /// Returns the comment after a change inside of it that leaves its ends as they are: `text` was `old` before.
    pub(super) fn edited(self, change: Change, old: &Rope, text: &str) -> Option<Comment> {
        let is_inside = self.start + self.open <= change.start && change.old_end + self.close <= self.end;
        if !is_inside {
            return None;
        }
        let end = self.end - change.old_end + change.new_end;
        let inner = text.as_bytes().get(self.start + self.open..end)?;
        let stays = match self.block {
            true => memchr::memmem::find(inner, b"*/").is_none_or(|at| at + self.close == inner.len()),
            false => {
                let gone = old.byte_slice(change.start..change.old_end);
                let comes = text.as_bytes().get(change.start..change.new_end)?;
                !gone.bytes().any(is_line_end) && !comes.iter().copied().any(is_line_end)
            }
        };
        stays.then_some(Comment { end, ..self })
    }

    /// Adds the lines of its text to `lines`.
    fn lines(&self, text: &str, lines: &mut Vec<Line>) {
        let (start, end) = (self.start + self.open, self.end - self.close);
        let Some(inner) = text.get(start..end.max(start)) else { return };
        let mut at = start;
        for piece in inner.split('\n') {
            lines.push(trimmed(text, at, at + piece.len(), self.block));
            at += piece.len() + 1;
        }
    }
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Cuts blanks and decoration off a line.
fn trimmed(text: &str, start: usize, end: usize, block: bool) -> Line {
    let piece = text[start..end].trim_end();
    let piece = if block { piece.trim_end_matches('*').trim_end() } else { piece };
    let end = start + piece.len();
    let rest = piece.trim_start();
    let undecorated = rest.trim_start_matches(MARKS);
    // `- item` and `#12` are text; `//!` and ` * ` are not.
    let decorated = undecorated.len() < rest.len()
        && (undecorated.is_empty() || undecorated.starts_with(char::is_whitespace))
        && !rest.starts_with("- ");
    let rest = if decorated { undecorated.trim_start() } else { rest };
    Line { start: end - rest.len(), end }
}

/// Returns the groups of `comments` (in order of place) that hold one of `hits`.
pub(super) fn groups(text: &str, comments: &[Comment], hits: &[Hit]) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut rest = comments;
    while let [first, ..] = rest {
        let mut count = 1;
        while let (Some(last), Some(next)) = (rest.get(count - 1), rest.get(count))
            && continues(text, first, last, next)
        {
            count += 1;
        }
        let (members, others) = rest.split_at(count);
        rest = others;
        let end = members.last().map_or(first.end, |last| last.end);
        let hit = hits.partition_point(|hit| hit.0 < first.start);
        if hits.get(hit).is_some_and(|hit| hit.1 <= end) {
            let mut lines = Vec::new();
            members.iter().for_each(|comment| comment.lines(text, &mut lines));
            groups.push(Group { lines });
        }
    }
    groups
}

/// Whether `next` goes on what `first` to `last` say: a line comment alone on the next line, below the first one.
fn continues(text: &str, first: &Comment, last: &Comment, next: &Comment) -> bool {
    if last.block || next.block {
        return false;
    }
    let Some(between) = text.get(last.end..next.start) else { return false };
    let between = between.strip_prefix('\r').unwrap_or(between);
    let Some(indent) = between.strip_prefix('\n') else { return false };
    indent.len() < 1000
        && indent.chars().all(|c| c == ' ' || c == '\t')
        && column(text, first) == indent.len()
}

/// Returns how many bytes stand before `comment` on its line, as far as that matters here.
fn column(text: &str, comment: &Comment) -> usize {
    let from = comment.start.saturating_sub(1000);
    let before = &text.as_bytes()[from..comment.start];
    memchr::memrchr(b'\n', before).map_or(before.len(), |at| before.len() - at - 1)
}

impl Group {
    /// Returns the pieces of text of a TODO whose word ends at byte `from` of line `at`: up to an empty line, a new
    /// list item or tag, or `next`, the line and place of the next word.
    pub(super) fn parts(
        &self,
        text: &str,
        at: usize,
        from: usize,
        next: Option<(usize, usize)>,
    ) -> Vec<Line> {
        let mut parts = Vec::new();
        let mut room = MAX_TEXT_BYTES;
        for (number, line) in self.lines.iter().enumerate().skip(at).take(MAX_LINES) {
            let start = if number == at { from } else { line.start };
            let end = match next {
                Some((of, place)) if of == number => before_word(text, start, place),
                _ => line.end,
            };
            let piece = &text[start..end.max(start)];
            if number > at && (piece.is_empty() || is_fence(piece) || is_new_item(piece)) {
                break;
            }
            let mut length = piece.len().min(room);
            while !piece.is_char_boundary(length) {
                length -= 1;
            }
            parts.push(Line { start, end: start + length });
            room -= length;
            if room == 0 || next.is_some_and(|(of, _)| of == number) {
                break;
            }
        }
        parts
    }
}

/// Returns where the text before the next word ends: without what leads to that word.
fn before_word(text: &str, start: usize, word: usize) -> usize {
    let lead = |c: char| c.is_whitespace() || matches!(c, '@' | '[' | '(' | ';' | '|');
    start + text[start..word.max(start)].trim_end_matches(lead).len()
}

/// Whether a line begins something else: a list item, a tag of a documentation comment, a mark of ours.
fn is_new_item(line: &str) -> bool {
    line.starts_with("- ")
        || line.starts_with('@')
        || line.starts_with("\\param")
        || line.starts_with("stagegate:")
}
