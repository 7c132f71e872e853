//! Which comments of a tree stand near words: only those are looked at.

use tree_sitter::{Tree, TreeCursor};

use super::comment::Comment;
use super::scanner::Hit;

/// How far from a word comments of the same group are looked for, in bytes.
const NEAR: usize = 16 * 1024;

/// Regions that are this near to each other are walked as one, in bytes: starting anew from the root costs more.
const ONE_WALK: usize = 512;

/// First and last byte of a part of a text, and what touches it at either end belongs to it.
pub(super) type Region = (usize, usize);

/// Returns the lines around each of `hits` on which a comment of the same group may stand: those below and above that begin
/// with a comment mark, and one more above, which may have code before the mark. A block is found by any byte of it.
pub(super) fn windows(text: &str, hits: &[Hit]) -> Vec<Region> {
    let bytes = text.as_bytes();
    let is_comment =
        |line: &[u8]| line.trim_ascii_start().starts_with(b"#") || line.trim_ascii_start().starts_with(b"//");
    let line_start = |at: usize| memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |newline| newline + 1);
    let line_end =
        |at: usize| memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |newline| at + newline);
    let mut windows: Vec<Region> = Vec::new();
    for hit in hits {
        if windows.last().is_some_and(|window| window.1 >= hit.1) {
            continue;
        }
        let (mut start, mut end) = (line_start(hit.0), line_end(hit.1));
        while start > 0 && hit.0 - start < NEAR {
            let was_comment = is_comment(&bytes[start..]);
            if !was_comment && start < line_start(hit.0) {
                break;
            }
            start = line_start(start - 1);
        }
        while end < bytes.len() && end - hit.1 < NEAR && is_comment(&bytes[end + 1..line_end(end + 1)]) {
            end = line_end(end + 1);
        }
        windows.push((start, end));
    }
    windows
}

/// Whether one of `regions`, in order of place, touches `start..end`.
pub(super) fn touches(regions: &[Region], start: usize, end: usize) -> bool {
    let first = regions.partition_point(|region| region.1 < start);
    regions.get(first).is_some_and(|region| region.0 <= end)
}

/// Returns the comments of `tree` in `regions` that one of `windows` touches, in order of place; both are in order.
pub(super) fn comments(tree: &Tree, text: &str, regions: &[Region], windows: &[Region]) -> Vec<Comment> {
    let mut found: Vec<Comment> = Vec::new();
    let mut cursor = tree.walk();
    let mut regions = regions.iter().copied().peekable();
    while let Some((start, mut end)) = regions.next() {
        while let Some(next) = regions.next_if(|next| next.0 <= end + ONE_WALK) {
            end = end.max(next.1);
        }
        cursor.reset(tree.root_node());
        walk(&mut cursor, start, end, |start, end| {
            let is_new = found.last().is_none_or(|last| last.start < start);
            if is_new
                && touches(windows, start, end)
                && text.is_char_boundary(start)
                && text.is_char_boundary(end)
            {
                found.push(Comment::of_marks(text, start, end));
            }
        });
    }
    found
}

/// Hands the places of all comments that touch `start..=end` to `each`, in order.
fn walk(cursor: &mut TreeCursor<'_>, start: usize, end: usize, mut each: impl FnMut(usize, usize)) {
    let mut depth = 0;
    loop {
        let node = cursor.node();
        let (from, to) = (node.start_byte(), node.end_byte());
        let is_comment = node.kind() == "comment" || node.kind().ends_with("_comment");
        if to >= start && from <= end {
            if is_comment && from < to {
                each(from, to);
            } else if !is_comment && goto_child_at(cursor, start) {
                depth += 1;
                continue;
            }
        }
        // What follows starts further down.
        while depth > 0 && (cursor.node().start_byte() > end || !cursor.goto_next_sibling()) {
            cursor.goto_parent();
            depth -= 1;
        }
        if depth == 0 {
            return;
        }
    }
}

/// Goes to the first child that does not end before byte `at`, or to one before it.
fn goto_child_at(cursor: &mut TreeCursor<'_>, at: usize) -> bool {
    // It gives up where what stands there is hidden, such as the end of a line.
    cursor.goto_first_child_for_byte(at.saturating_sub(1)).is_some() || cursor.goto_first_child()
}
