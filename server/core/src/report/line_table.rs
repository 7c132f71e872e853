//! Lines of many files as they come, until it is known which of them ran.

use rustc_hash::FxHashMap;

use super::lines::{push_number, read_number};
use super::{Coverage, FileCoverage, Lines, ReportPath};

/// Lines of files in any order, files and lines more than once: a line ran if one of its entries says so. Held in about
/// one byte an entry.
#[derive(Default)]
pub(super) struct LineTable {
    files: Vec<FileLines>,
    by_path: FxHashMap<Box<str>, usize>,
}

/// The lines of one file.
pub(super) struct FileLines {
    path: ReportPath,
    /// For each entry the difference to the line before it (zigzag) and whether it ran, as LEB128.
    bytes: Vec<u8>,
    before: u32,
}

/// The greatest line number that is taken; no file has a billion lines.
pub(super) const MAX_LINE: u32 = (1 << 30) - 1;

impl LineTable {
    /// The file at `path`, new or known; by its number.
    pub(super) fn file(&mut self, path: ReportPath) -> usize {
        if let Some(&at) = self.by_path.get(&path.path) {
            return at;
        }
        let at = self.files.len();
        self.by_path.insert(path.path.clone(), at);
        self.files.push(FileLines { path, bytes: Vec::new(), before: 0 });
        at
    }

    /// Whether there is no file.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Adds a line, at most [`MAX_LINE`], to the file with that number.
    pub(super) fn add(&mut self, file: usize, line: u32, ran: bool) {
        if let Some(file) = self.files.get_mut(file) {
            file.add(line.min(MAX_LINE), ran);
        }
    }

    pub(super) fn into_coverage(self) -> Coverage {
        let mut lines = Vec::new();
        let mut files: Vec<FileCoverage> =
            self.files.into_iter().map(|file| file.into_coverage(&mut lines)).collect();
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Coverage { files }
    }
}

impl FileLines {
    fn add(&mut self, line: u32, ran: bool) {
        let difference =
            if line >= self.before { (line - self.before) << 1 } else { ((self.before - line) << 1) - 1 };
        push_number(&mut self.bytes, (difference << 1) | u32::from(ran));
        self.before = line;
    }

    /// `lines` is room to sort in, shared by all files.
    fn into_coverage(self, lines: &mut Vec<u32>) -> FileCoverage {
        lines.clear();
        let (mut bytes, mut line) = (&self.bytes[..], 0);
        while let Some(number) = read_number(&mut bytes) {
            let difference = number >> 1;
            line =
                if difference & 1 == 0 { line + (difference >> 1) } else { line - (difference.div_ceil(2)) };
            lines.push((line << 1) | (number & 1));
        }
        if !lines.is_sorted() {
            lines.sort_unstable();
        }
        let (mut statements, mut covered) = (0, 0);
        let missing = lines.chunk_by(|a, b| a >> 1 == b >> 1).filter_map(|entries| {
            statements += 1;
            // Those that ran come last.
            let &last = entries.last()?;
            covered += last & 1;
            (last & 1 == 0).then_some(last >> 1)
        });
        let missing = Lines::from_ascending(missing);
        FileCoverage { path: self.path, statements, covered, missing }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_line_ran_if_one_entry_says_so(entries in proptest::collection::vec((0..2u8, 0..40u32, any::<bool>(), any::<bool>()), 0..200)) {
            let mut table = LineTable::default();
            let mut expected = BTreeMap::<(String, u32), bool>::new();
            for (file, line, ran, high) in entries {
                let line = if high { MAX_LINE - line } else { line };
                let path = format!("{file}.py");
                *expected.entry((path.clone(), line)).or_default() |= ran;
                let at = table.file(ReportPath { path: path.into(), outside: false });
                table.add(at, line, ran);
            }
            let coverage = table.into_coverage();
            for file in &coverage.files {
                let lines = || expected.iter().filter(|((path, _), _)| **path == *file.path.path);
                prop_assert_eq!(file.statements as usize, lines().count());
                prop_assert_eq!(file.covered as usize, lines().filter(|(_, ran)| **ran).count());
                prop_assert!(file.missing.iter().eq(lines().filter(|(_, ran)| !**ran).map(|((_, line), _)| *line)));
            }
        }
    }
}
