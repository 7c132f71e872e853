//! What changed, for a person at a terminal that the workspace must not steer.

use std::fmt::Write as _;
use std::time::Duration;

use similar::{ChangeTag, TextDiff};

/// Unchanged lines around a change.
const CONTEXT: usize = 2;

/// Longest line that is shown, in characters.
const MAX_LINE: usize = 200;

/// How long two texts are compared; after that the difference is coarser.
const MAX_TIME: Duration = Duration::from_millis(200);

/// Returns what changed from `before` to `after` as a unified diff of at most `max_lines` lines, each ready to be shown:
/// the first character of a line (`@`, `+`, `-`, blank) is ours, the rest is [`shown`]. Empty where nothing changed.
#[must_use]
pub fn diff(before: &str, after: &str, max_lines: usize) -> String {
    let (before, after) = (split(before), split(after));
    let diff = TextDiff::configure().timeout(MAX_TIME).diff_slices(&before, &after);
    let mut out = String::new();
    let (mut lines, mut left) = (0, 0);
    let mut push = |line: &str| {
        if lines < max_lines {
            let _ = writeln!(out, "{line}");
            lines += 1;
        } else {
            left += 1;
        }
    };
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        push(&hunk.header().to_string());
        for change in hunk.iter_changes() {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            push(&format!("{sign}{}", clipped(change.value())));
        }
    }
    if left > 0 {
        let _ = writeln!(out, "... {left} more lines");
    }
    out
}

/// Returns the lines of `text`; a carriage return is part of a line, to be seen.
fn split(text: &str) -> Vec<&str> {
    if text.is_empty() { Vec::new() } else { text.strip_suffix('\n').unwrap_or(text).split('\n').collect() }
}

/// Returns a line as it is [`shown`], at most [`MAX_LINE`] characters of it and how many more there are.
fn clipped(line: &str) -> String {
    match line.char_indices().nth(MAX_LINE) {
        None => shown(line),
        Some((at, _)) => format!("{} ... {} more characters", shown(&line[..at]), line[at..].chars().count()),
    }
}

/// Returns text of a workspace on one line that cannot steer a terminal: characters that move the cursor, end a line,
/// reorder text or are not seen are written as `\u{...}`, a tab as blanks.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let hidden = c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}');
        match c {
            '\t' => out.push_str("    "),
            c if hidden => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
