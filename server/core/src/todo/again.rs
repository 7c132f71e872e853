//! The comments of a text that changes, by its last version: what an edit did not touch is neither parsed nor looked at
//! again.

use ropey::Rope;
use tree_sitter::{InputEdit, Point, Tree};

use super::budget::Effort;
use super::comment::Comment;
use super::grammar::{Grammar, Outcome, parse};
use super::near::{self, Region, touches};
use super::scanner::Hit;
use crate::text::Change;

/// What is kept of a text that has a grammar.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    grammar: Grammar,
    /// The version that was parsed last.
    parsed: Option<(Rope, Tree)>,
    /// The version that was asked for last, with its comments around its words.
    rope: Rope,
    comments: Vec<Comment>,
    windows: Vec<Region>,
    /// Whether that version was not parsed, so that its comments are those of the one before, moved.
    is_guess: bool,
}

/// Returns the comments of `text`, which is that of `rope`, around `hits`, in order of place; where it cannot be parsed,
/// those of `otherwise`. What would take more than `effort` is taken over from the version before.
pub(super) fn comments(
    text: &str,
    rope: &Rope,
    grammar: Grammar,
    hits: &[Hit],
    (kept, effort): (&mut Option<Kept>, Effort<'_>),
    otherwise: impl FnOnce() -> Vec<Comment>,
) -> Vec<Comment> {
    let old = kept.take().filter(|old| old.grammar == grammar);
    // The first version is all there is to show, so it is worth the wait.
    let effort = if old.is_some() { effort } else { effort.at_least_whole() };
    let windows = near::windows(text, hits);
    let is_hopeless = matches!(effort, Effort::Keystroke) && old.as_ref().is_some_and(|old| old.is_guess);
    let (outcome, edited) = match is_hopeless {
        // Where the last keystroke was too much, this one is as well.
        true => (Outcome::Stopped, None),
        false => {
            let edited = old.as_ref().and_then(|old| old.parsed.as_ref()).map(|old| edited(old, text, rope));
            (parse(text, grammar, edited.as_ref(), effort), edited)
        }
    };
    let is_guess = matches!(outcome, Outcome::Stopped);
    let (comments, parsed) = match (outcome, old) {
        (Outcome::TooCostly, _) => (otherwise(), None),
        (Outcome::Stopped, Some(old)) => (old.guessed(text, rope), old.parsed),
        (Outcome::Stopped, None) => (Vec::new(), None),
        (Outcome::Parsed(tree), old) => {
            let comments = match (old.filter(|old| !old.is_guess), &edited) {
                (Some(old), Some(edited)) => old.with_changed(edited, &tree, text, rope, &windows),
                _ => near::comments(&tree, text, &windows, &windows),
            };
            (comments, Some((rope.clone(), tree)))
        }
    };
    let copy = comments.clone();
    *kept = Some(Kept { grammar, parsed, rope: rope.clone(), comments: copy, windows, is_guess });
    comments
}

impl Kept {
    /// Whether the comments of `rope` were guessed.
    pub(super) fn is_guess_of(&self, rope: &Rope) -> bool {
        self.is_guess && self.rope.is_instance(rope)
    }

    /// Returns the comments of `tree`, the one of `rope`, which was parsed with the help of `edited`, our own.
    fn with_changed(
        &self,
        edited: &Tree,
        tree: &Tree,
        text: &str,
        rope: &Rope,
        windows: &[Region],
    ) -> Vec<Comment> {
        let change = Change::between(&self.rope, rope);
        let mut regions: Vec<Region> =
            edited.changed_ranges(tree).map(|range| (range.start_byte, range.end_byte)).collect();
        regions.push((change.start, change.new_end));
        regions.sort_unstable();
        let dirty = merged(&regions);
        let was_looked_at = |window: &Region| {
            let old = |at: usize| if at < change.start { at } else { at - change.new_end + change.old_end };
            !touches(&dirty, window.0, window.1)
                && self.windows.binary_search(&(old(window.0), old(window.1))).is_ok()
        };
        regions.extend(windows.iter().filter(|window| !was_looked_at(window)));
        regions.sort_unstable();
        let looked_at = merged(&regions);
        let mut fresh = near::comments(tree, text, &looked_at, windows).into_iter().peekable();
        let mut all: Vec<Comment> = Vec::with_capacity(self.comments.len() + 1);
        for comment in &self.comments {
            let Some(comment) = comment.moved(change) else { continue };
            if touches(&looked_at, comment.start, comment.end)
                || !touches(windows, comment.start, comment.end)
            {
                continue;
            }
            while let Some(next) = fresh.next_if(|next| next.start <= comment.start) {
                all.push(next);
            }
            if all.last().is_none_or(|last| last.start < comment.start) {
                all.push(comment);
            }
        }
        all.extend(fresh);
        all
    }

    /// Returns what the comments of `rope` are where the edit opened and closed none: those that were there, moved, and
    /// those that were edited inside.
    fn guessed(&self, text: &str, rope: &Rope) -> Vec<Comment> {
        let change = Change::between(&self.rope, rope);
        let fits =
            |comment: &Comment| text.is_char_boundary(comment.start) && text.is_char_boundary(comment.end);
        let guess = |comment: &Comment| {
            comment.moved(change).or_else(|| comment.edited(change, &self.rope, text)).filter(fits)
        };
        self.comments.iter().filter_map(guess).collect()
    }
}

/// Returns regions that do not touch each other, with all bytes of `regions`, which are in order.
fn merged(regions: &[Region]) -> Vec<Region> {
    let mut merged: Vec<Region> = Vec::new();
    for region in regions {
        match merged.last_mut() {
            Some(last) if region.0 <= last.1 => last.1 = last.1.max(region.1),
            _ => merged.push(*region),
        }
    }
    merged
}

/// Returns the tree of `old` as that of the text that is now `text`, with the change marked in it.
fn edited((old, tree): &(Rope, Tree), text: &str, rope: &Rope) -> Tree {
    let Change { mut start, mut old_end, mut new_end } = Change::between(old, rope);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(new_end) {
        (old_end, new_end) = (old_end + 1, new_end + 1);
    }
    let start_position = moved(Point { row: 0, column: 0 }, &text.as_bytes()[..start]);
    let gone = old.byte_slice(start..old_end);
    let mut tree = tree.clone();
    tree.edit(&InputEdit {
        start_byte: start,
        old_end_byte: old_end,
        new_end_byte: new_end,
        start_position,
        old_end_position: gone.chunks().fold(start_position, |at, chunk| moved(at, chunk.as_bytes())),
        new_end_position: moved(start_position, &text.as_bytes()[start..new_end]),
    });
    tree
}

/// Returns where `bytes` end that begin at `at`.
fn moved(at: Point, bytes: &[u8]) -> Point {
    match memchr::memrchr(b'\n', bytes) {
        Some(last) => {
            Point { row: at.row + memchr::memchr_iter(b'\n', bytes).count(), column: bytes.len() - last - 1 }
        }
        None => Point { row: at.row, column: at.column + bytes.len() },
    }
}
