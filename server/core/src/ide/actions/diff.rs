//! The edits that lead from one text to another, small enough to keep the cursor where it is.

use std::borrow::Cow;

use crate::diagnostic::TextEdit;
use crate::text::{Source, range};

/// Most cells of the table that finds common lines; a larger change becomes one edit.
const MAX_CELLS: usize = 1_000_000;

type Line<'a> = (usize, Cow<'a, str>);

/// Returns disjoint edits in order of place. Lines are compared; a changed line is narrowed to what differs.
pub(super) fn diff(before: Source<'_>, after: Source<'_>) -> Vec<TextEdit> {
    let (old, new): (Vec<Line<'_>>, Vec<Line<'_>>) =
        (before.lines_from(0).collect(), after.lines_from(0).collect());
    let same = |pair: &(&Line<'_>, &Line<'_>)| pair.0.1 == pair.1.1;
    let prefix = old.iter().zip(&new).take_while(same).count();
    let (rest_old, rest_new) = (&old[prefix..], &new[prefix..]);
    let suffix = rest_old.iter().rev().zip(rest_new.iter().rev()).take_while(same).count();
    let (middle_old, middle_new) =
        (&rest_old[..rest_old.len() - suffix], &rest_new[..rest_new.len() - suffix]);

    let start_of = |lines: &[Line<'_>], index: usize, len: usize| lines.get(index).map_or(len, |(at, _)| *at);
    let mut edits = Vec::new();
    for (from, to) in hunks(middle_old, middle_new) {
        let start = start_of(&old, prefix + from.start, before.len());
        let end = start_of(&old, prefix + from.end, before.len());
        let new_start = start_of(&new, prefix + to.start, after.len());
        let new_end = start_of(&new, prefix + to.end, after.len());
        edits.push(narrow(&before.slice(start, end), start, &after.slice(new_start, new_end)));
    }
    edits
}

type Hunk = (std::ops::Range<usize>, std::ops::Range<usize>);

/// Finds the runs of lines that differ, by the longest common subsequence.
fn hunks(old: &[Line<'_>], new: &[Line<'_>]) -> Vec<Hunk> {
    if old.is_empty() && new.is_empty() {
        return Vec::new();
    }
    if old.len().saturating_mul(new.len()) > MAX_CELLS {
        return vec![(0..old.len(), 0..new.len())];
    }
    let width = new.len() + 1;
    let mut table = vec![0u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            table[i * width + j] = if old[i].1 == new[j].1 {
                table[(i + 1) * width + j + 1] + 1
            } else {
                table[(i + 1) * width + j].max(table[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut hunks: Vec<Hunk> = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i].1 == new[j].1 {
            if let Some((a, b)) = open.take() {
                hunks.push((a..i, b..j));
            }
            (i, j) = (i + 1, j + 1);
            continue;
        }
        open.get_or_insert((i, j));
        if j == new.len() || (i < old.len() && table[(i + 1) * width + j] >= table[i * width + j + 1]) {
            i += 1;
        } else {
            j += 1;
        }
    }
    if let Some((a, b)) = open {
        hunks.push((a..i, b..j));
    }
    hunks
}

/// Returns the edit of `old`, which starts at byte `base`, without what both have in common at their ends.
fn narrow(old: &str, base: usize, new: &str) -> TextEdit {
    let pairs = old.char_indices().zip(new.chars());
    let mut prefix =
        pairs.take_while(|((_, a), b)| a == b).last().map_or(0, |((at, c), _)| at + c.len_utf8());
    // No position lies between `\r` and `\n`.
    if old[..prefix].ends_with('\r') {
        prefix -= 1;
    }
    let (rest_old, rest_new) = (&old[prefix..], &new[prefix..]);
    let pairs = rest_old.chars().rev().zip(rest_new.chars().rev());
    let mut suffix: usize = pairs.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    if rest_old[..rest_old.len() - suffix].ends_with('\r')
        && rest_old[rest_old.len() - suffix..].starts_with('\n')
    {
        suffix -= 1;
    }
    TextEdit {
        range: range(base + prefix, base + old.len() - suffix),
        new_text: rest_new[..rest_new.len() - suffix].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::apply_edits;
    use proptest::prelude::*;

    fn check(before: &str, after: &str, expected: &[(&str, &str)]) {
        let edits = diff(Source::Str(before), Source::Str(after));
        let found: Vec<_> = edits.iter().map(|edit| (&before[edit.range], edit.new_text.as_str())).collect();
        assert_eq!(found, expected);
        assert_eq!(apply_edits(before, &edits), after);
    }

    #[test]
    fn only_what_differs_is_replaced() {
        check("a: b\nc: d\ne\n", "a: x\nc: d\ne\nf\n", &[("b", "x"), ("", "f\n")]);
        check("same\n", "same\n", &[]);
        check("", "x", &[("", "x")]);
        check("a\nb\nc\n", "a\nc\n", &[("b\n", "")]);
        check("a\r\n", "a\n", &[("\r\n", "\n")]);
        check("a\n", "a\r\n", &[("", "\r")]);
    }

    proptest! {
        #[test]
        fn the_edits_lead_to_the_new_text(
            before in prop::collection::vec("(a|b|ab|\u{e9}|\u{1f680}|\r|\n|\r\n){0,3}\n?", 0..8),
            after in prop::collection::vec("(a|b|ab|\u{e9}|\u{1f680}|\r|\n|\r\n){0,3}\n?", 0..8),
        ) {
            let (before, after) = (before.concat(), after.concat());
            let edits = diff(Source::Str(&before), Source::Str(&after));
            prop_assert_eq!(apply_edits(&before, &edits), after);
            for edit in &edits {
                for at in [usize::from(edit.range.start()), edit.range.end().into()] {
                    let between = before[..at].ends_with('\r') && before[at..].starts_with('\n');
                    prop_assert!(!between, "{:?} in {:?}", edit, before);
                }
            }
        }
    }
}
