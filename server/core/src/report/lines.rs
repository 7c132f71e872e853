//! Sets of line numbers, held in about two bytes a run of lines.

use std::fmt;
use std::ops::RangeInclusive;

/// Line numbers, 1-based, as the runs that they form. A large report has millions of lines, so the runs are held as
/// differences: for each run the gap before it and its length, both as LEB128.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Lines {
    bytes: Box<[u8]>,
}

impl Lines {
    /// From lines in ascending order; one that is not above the one before is skipped.
    #[must_use]
    pub fn from_ascending(lines: impl IntoIterator<Item = u32>) -> Lines {
        let mut bytes = Vec::new();
        let mut lines = lines.into_iter();
        let Some(first) = lines.next() else { return Lines::default() };
        let (mut before, mut start, mut end) = (0, first, first);
        for line in lines {
            if line <= end {
                continue;
            }
            if line - end > 1 {
                push_run(&mut bytes, before, start, end);
                (before, start) = (end, line);
            }
            end = line;
        }
        push_run(&mut bytes, before, start, end);
        Lines { bytes: bytes.into() }
    }

    /// From lines in any order, which are sorted in place.
    #[must_use]
    pub fn from_unsorted(lines: &mut [u32]) -> Lines {
        if !lines.is_sorted() {
            lines.sort_unstable();
        }
        Lines::from_ascending(lines.iter().copied())
    }

    /// The runs, in ascending order; no two of them touch.
    #[must_use]
    pub fn ranges(&self) -> Ranges<'_> {
        Ranges { bytes: &self.bytes, end: 0 }
    }

    /// The lines one by one, in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.ranges().flatten()
    }

    /// How many lines there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.ranges().map(|run| run.end() - run.start() + 1).sum()
    }

    /// Whether there is no line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// `4-6, 9`: as people read it.
impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, run) in self.ranges().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            if run.start() == run.end() {
                write!(f, "{comma}{}", run.start())?;
            } else {
                write!(f, "{comma}{}-{}", run.start(), run.end())?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{self}]")
    }
}

/// The runs of [`Lines`].
#[derive(Clone, Debug)]
pub struct Ranges<'a> {
    bytes: &'a [u8],
    end: u32,
}

impl Iterator for Ranges<'_> {
    type Item = RangeInclusive<u32>;

    fn next(&mut self) -> Option<RangeInclusive<u32>> {
        let start = self.end + read_number(&mut self.bytes)?;
        self.end = start + read_number(&mut self.bytes)?;
        Some(start..=self.end)
    }
}

fn push_run(bytes: &mut Vec<u8>, before: u32, start: u32, end: u32) {
    push_number(bytes, start - before);
    push_number(bytes, end - start);
}

/// Appends `number` as LEB128.
pub(super) fn push_number(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Takes a number, written by [`push_number`], off the front of `bytes`.
pub(super) fn read_number(bytes: &mut &[u8]) -> Option<u32> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u32::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_shown_as_runs() {
        assert_eq!(Lines::from_ascending([3]).to_string(), "3");
        assert_eq!(Lines::from_ascending([1, 2, 3, 7, 9, 10]).to_string(), "1-3, 7, 9-10");
        assert_eq!(Lines::default().to_string(), "");
    }

    #[test]
    fn the_greatest_lines_are_held() {
        let lines = Lines::from_ascending([0, u32::MAX - 1, u32::MAX]);
        assert_eq!(lines.iter().collect::<Vec<_>>(), [0, u32::MAX - 1, u32::MAX]);
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(mut lines in proptest::collection::vec(any::<u16>().prop_map(u32::from), 0..300)) {
            let expected: BTreeSet<u32> = lines.iter().copied().collect();
            let held = Lines::from_unsorted(&mut lines);
            prop_assert!(held.iter().eq(expected.iter().copied()));
            prop_assert_eq!(held.count() as usize, expected.len());
            prop_assert_eq!(held.is_empty(), expected.is_empty());
        }
    }
}
