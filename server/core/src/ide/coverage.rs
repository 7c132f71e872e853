//! The coverage of one source file: how much of it the tests ran, and which lines they did not.

use text_size::TextRange;

use super::Hint;
use super::maturity::percent;
use crate::gates::Board;
use crate::text::{Source, offset, range};
use crate::workspace::Root;

/// The lines of a source file that no test ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncovered {
    /// From the first character that is no blank of the first line to the end of the last one; in order. What lies past the
    /// end of the text is left out.
    pub ranges: Vec<TextRange>,
    /// Whether the file changed since it was measured, so that other lines may be meant.
    pub is_stale: bool,
    /// How much is covered: `covered 43 of 50 statements (86 %), 5 min ago`.
    pub summary: String,
}

/// Returns the lines of the file at `path` that no test ran; `None` where its coverage was not measured.
#[must_use]
pub fn uncovered(source: Source<'_>, path: &str, root: &Root) -> Option<Uncovered> {
    let board = root.gates.as_ref()?;
    let file = board.file(path)?;
    let mut missing = file.missing.iter().copied().peekable();
    let mut ranges: Vec<TextRange> = Vec::new();
    // The run of lines at hand, as far as it has text.
    let mut open: Option<(usize, usize)> = None;
    for ((at, line), number) in source.lines_from(0).zip(1u32..) {
        while missing.next_if(|(_, last)| *last < number).is_some() {
            ranges.extend(open.take().map(|(from, to)| range(from, to)));
        }
        let Some((first, _)) = missing.peek() else { break };
        let text = line.trim_end();
        if number >= *first && !text.is_empty() {
            let from = at + text.len() - text.trim_start().len();
            open = Some((open.map_or(from, |(from, _)| from), at + text.len()));
        }
    }
    ranges.extend(open.map(|(from, to)| range(from, to)));
    Some(Uncovered { ranges, is_stale: file.is_stale, summary: summary(path, board)? })
}

/// Returns `covered 43 of 50 statements (86 %), 5 min ago`.
fn summary(path: &str, board: &Board) -> Option<String> {
    let file = board.file(path).filter(|file| file.statements > 0)?;
    let share = f64::from(file.covered.min(file.statements)) * 100.0 / f64::from(file.statements);
    let age = if file.is_stale { "stale".to_owned() } else { board.age(file.measured_ms) };
    Some(format!("covered {} of {} statements ({}), {age}", file.covered, file.statements, percent(share)))
}

/// Returns the hint behind the first line of a source file whose coverage was measured.
pub(super) fn hint(source: Source<'_>, path: &str, root: &Root) -> Option<Hint> {
    let label = summary(path, root.gates.as_ref()?)?;
    let (start, line) = source.line_at(0);
    let at = offset(start + line.trim_end().len());
    let tooltip =
        "Of the last run of the tests, or the last report. `Show uncovered lines` marks what was not run.";
    Some(Hint { at, label, tooltip: Some(tooltip.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::testing::both;
    use expect_test::expect;

    fn root(file: &str) -> Root {
        let json = format!("{{\"now_ms\": 600000, \"files\": {{\"src/a.py\": {file}}}}}");
        Root { gates: Some(Board::from_json(&json).unwrap()), ..Root::default() }
    }

    fn render(text: &str, file: &str) -> String {
        let root = root(file);
        let found = both(text, |source| uncovered(source, "src/a.py", &root)).unwrap();
        let lines = found.ranges.iter().map(|range| format!("{:?}\n", &text[*range]));
        let stale = if found.is_stale { "stale\n" } else { "" };
        format!("{}\n{stale}{}", found.summary, lines.collect::<String>())
    }

    const TEXT: &str = "def f():\n    if x:\n        a\n\n        b\n\n    c\r\n    \u{1f680}";

    #[test]
    fn runs_of_lines_become_ranges_of_text() {
        let file = r#"{"covered": 2, "statements": 6, "missing": [[1, 1], [3, 5], [6, 6], [8, 9], [30, 40]], "measured_ms": 300000}"#;
        expect![[r#"
            covered 2 of 6 statements (33.3 %), 5 min ago
            "def f():"
            "a\n\n        b"
            "🚀"
        "#]]
        .assert_eq(&render(TEXT, file));
    }

    #[test]
    fn whatever_a_report_says_the_ranges_lie_in_the_text() {
        for missing in
            ["[[0, 0]]", "[[5, 2], [1, 1]]", "[[0, 4294967295]]", "[[4, 4]]", "[]", "[[2, 3], [3, 4]]"]
        {
            let file =
                format!("{{\"covered\": 9, \"statements\": 6, \"missing\": {missing}, \"is_stale\": true}}");
            assert!(render(TEXT, &file).starts_with("covered 9 of 6 statements (100 %), stale\nstale\n"));
            assert!(render("", &file).ends_with("stale\n"));
        }
    }

    #[test]
    fn what_was_not_measured_is_not_known() {
        let root = root(r#"{"covered": 0, "statements": 0}"#);
        assert_eq!(uncovered(Source::Str("x"), "src/a.py", &root), None);
        assert_eq!(uncovered(Source::Str("x"), "src/b.py", &root), None);
        assert_eq!(uncovered(Source::Str("x"), "src/a.py", &Root::default()), None);
    }
}
