//! What an analysis finds, in plain data: byte ranges, messages, edits. Wire forms belong to `lsp` and `cli`.

use text_size::TextRange;

use crate::rules::Rule;
use crate::text::Source;

/// How much a finding matters. Ordered: the more severe is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A suggestion that editors show faintly.
    Hint,
    /// Worth knowing; nothing is wrong.
    Information,
    /// Probably a mistake; `stagegate check` still succeeds unless `--deny warnings`.
    Warning,
    /// Wrong: `stagegate check` fails.
    Error,
}

impl Severity {
    /// The name in configuration, JSON and text output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Hint => "hint",
            Severity::Information => "information",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }

    /// Reads a name as [`Severity::name`] writes it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Severity> {
        [Severity::Hint, Severity::Information, Severity::Warning, Severity::Error]
            .into_iter()
            .find(|severity| severity.name() == name)
    }
}

/// One finding.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The rule that was broken; its code is public.
    pub rule: &'static Rule,
    /// After configuration.
    pub severity: Severity,
    /// The offending text itself, in bytes.
    pub range: TextRange,
    /// What was found and what was expected, in one sentence without a final dot.
    pub message: String,
    /// What to do, where the message alone does not say it.
    pub help: Option<String>,
    /// The field it concerns: `applyTo`, `description`, `frontmatter`, or a configuration key. `data.field` in JSON.
    pub field: Option<String>,
    /// The change that mends it.
    pub fix: Option<Fix>,
    /// Other places that belong to it.
    pub related: Vec<Related>,
    /// Whether the text is without effect, so that editors may fade it.
    pub unnecessary: bool,
}

/// A change that mends a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as a command: "Rename `applyto` to `applyTo`".
    pub title: String,
    /// Whether it only states what the author certainly meant. `--fix` and `source.fixAll` apply safe fixes only.
    pub safe: bool,
    /// Disjoint, in order of their place.
    pub edits: Vec<TextEdit>,
}

/// Replaces a range by text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEdit {
    /// What is replaced, in bytes; empty to insert.
    pub range: TextRange,
    /// What stands there afterwards.
    pub new_text: String,
}

/// Another place that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The file, relative to the workspace root with `/`; the same file where `None`.
    pub path: Option<String>,
    /// Where, in bytes of that file.
    pub range: TextRange,
    /// Where, by lines and columns, as a tool reported it: it counts before `range`, and is looked up in the text.
    pub lines: Option<LineSpan>,
    /// What is there.
    pub message: String,
}

/// A place by lines and columns, both from 1, columns in characters; 0 where a tool names none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct LineSpan {
    /// First line.
    pub line: u32,
    /// Its first column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// The column behind the last character.
    pub end_column: u32,
}

impl Related {
    /// Returns where it is in the text of its file: a place by lines is looked up, and clamped to the text, which may be
    /// another one than the tool saw.
    #[must_use]
    pub fn range_in(&self, text: Source<'_>) -> TextRange {
        self.lines.map_or(self.range, |lines| lines.range_in(text))
    }
}

impl LineSpan {
    /// Returns the place in a text. Without columns it is the text of the lines, without the blanks around it; without an
    /// end it is one line. What lies past the end of the text is its end.
    #[must_use]
    pub fn range_in(self, text: Source<'_>) -> TextRange {
        let first = self.line.max(1);
        let last = self.end_line.max(first);
        let mut lines = text.lines_from(0).zip(1u32..).skip_while(|(_, number)| *number < first);
        let Some(((start, line), _)) = lines.next() else {
            return TextRange::empty(crate::text::offset(text.len()));
        };
        let from = match self.column {
            0 => start + line.trim_end().len() - line.trim().len(),
            column => start + column_in(&line, column),
        };
        let behind = lines.take_while(|(_, number)| *number <= last).last();
        let ((start, line), reached) = behind.unwrap_or(((start, line), first));
        let to = match self.end_column {
            0 if self.column > 0 && self.end_line == 0 => from,
            column @ 1.. if reached == last => start + column_in(&line, column),
            _ => start + line.trim_end().len(),
        };
        crate::text::range(from, to.max(from))
    }
}

/// Returns how many bytes of a line stand before a column, counted in characters from 1.
fn column_in(line: &str, column: u32) -> usize {
    let line = line.trim_end_matches(['\r', '\n']);
    let before = usize::try_from(column - 1).unwrap_or(usize::MAX);
    line.char_indices().nth(before).map_or(line.len(), |(at, _)| at)
}

impl Fix {
    /// Returns a safe fix of one edit.
    #[must_use]
    pub fn safe(title: impl Into<String>, range: TextRange, new_text: impl Into<String>) -> Fix {
        Fix { title: title.into(), safe: true, edits: vec![TextEdit { range, new_text: new_text.into() }] }
    }

    /// The same fix, to be chosen by a person and never applied on its own.
    #[must_use]
    pub fn needs_review(mut self) -> Fix {
        self.safe = false;
        self
    }
}

/// Picks the edits of `fixes` that can be applied together: in order, leaving out every fix that touches text
/// which an earlier one changes. The same edit asked for twice is made once.
#[must_use]
pub fn merge_fixes<'a>(fixes: impl IntoIterator<Item = &'a Fix>) -> Vec<TextEdit> {
    let mut accepted: Vec<TextEdit> = Vec::new();
    for fix in fixes {
        let new: Vec<_> = fix.edits.iter().filter(|edit| !accepted.contains(edit)).cloned().collect();
        if new.iter().all(|edit| accepted.iter().all(|other| !conflict(edit.range, other.range))) {
            accepted.extend(new);
        }
    }
    accepted.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
    accepted
}

/// Whether two edits cannot both be made: they overlap, or both insert at one place.
fn conflict(a: TextRange, b: TextRange) -> bool {
    if a.is_empty() || b.is_empty() {
        // Two inserts at one place have no order; an insert at the edge of a replacement has.
        return a == b
            || (a.start() > b.start() && a.end() < b.end())
            || (b.start() > a.start() && b.end() < a.end());
    }
    a.start() < b.end() && b.start() < a.end()
}

/// Applies disjoint, sorted edits to `text`.
///
/// # Panics
/// Never on edits from [`merge_fixes`] over diagnostics of the same text; an edit that does not fit the text is
/// left out.
#[must_use]
pub fn apply_edits(text: &str, edits: &[TextEdit]) -> String {
    let mut out =
        String::with_capacity(text.len() + edits.iter().map(|edit| edit.new_text.len()).sum::<usize>());
    let mut at = 0;
    for edit in edits {
        let (start, end) = (usize::from(edit.range.start()), usize::from(edit.range.end()));
        let Some(between) = text.get(at..start) else { continue };
        if !text.is_char_boundary(end) || end > text.len() {
            continue;
        }
        out.push_str(between);
        out.push_str(&edit.new_text);
        at = end;
    }
    out.push_str(&text[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::range;

    #[test]
    fn places_by_lines_are_looked_up_and_clamped() {
        let text = "def f():\r\n    \u{e9}\u{1f680} = g(x)  \n\n  end";
        let rope = ropey::Rope::from_str(text);
        for (span, expected) in [
            ((2, 5, 2, 7), "\u{e9}\u{1f680}"),
            ((2, 0, 0, 0), "\u{e9}\u{1f680} = g(x)"),
            ((2, 6, 0, 0), ""),
            ((1, 0, 4, 0), text),
            ((1, 5, 2, 6), "f():\r\n    \u{e9}"),
            ((1, 99, 1, 120), ""),
            ((3, 0, 0, 0), ""),
            ((4, 3, 90, 1), "end"),
            ((2, 7, 1, 1), ""),
            ((70, 1, 71, 1), ""),
            ((0, 0, 0, 0), "def f():"),
            ((u32::MAX, u32::MAX, u32::MAX, u32::MAX), ""),
        ] {
            let (line, column, end_line, end_column) = span;
            let lines = LineSpan { line, column, end_line, end_column };
            let found = lines.range_in(Source::Str(text));
            assert_eq!(&text[found], expected, "{span:?}");
            assert_eq!(lines.range_in(Source::Rope(&rope)), found, "{span:?}");
        }
    }

    #[test]
    fn conflicting_fixes_are_left_for_the_next_round_and_equal_edits_are_made_once() {
        let rename = Fix::safe("a", range(0, 3), "xyz");
        let same = Fix::safe("b", range(0, 3), "xyz");
        let overlapping = Fix::safe("c", range(2, 5), "-");
        let insert = Fix::safe("d", range(3, 3), "!");
        let edits = merge_fixes([&rename, &same, &overlapping, &insert]);
        assert_eq!(apply_edits("abcdef", &edits), "xyz!def");
    }
}
