//! Findings for programs: schema `stagegate.check/1` (issue 2). Positions are zero-based, in UTF-16 code units.

use std::path::Path;

use serde::Serialize;
use stagegate_core::diagnostic::Diagnostic;
use stagegate_core::text::{LineIndex, Position, PositionEncoding, Source, TextRange, TextSize};
use stagegate_workspace::{Checked, read};

use super::position;

/// The schema of `check`. A change that breaks readers gets a new number.
pub(crate) const CHECK_SCHEMA: &str = "stagegate.check/1";

/// Returns a percentage as JSON: a whole number without `.0`.
pub(crate) fn number(number: f64) -> serde_json::Value {
    #[expect(clippy::cast_possible_truncation, reason = "a whole number of that size fits")]
    if number.fract() == 0.0 && number.abs() < 1e15 { (number as i64).into() } else { number.into() }
}

/// A finding as JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Finding<'a> {
    path: &'a str,
    range: WireRange,
    severity: &'static str,
    code: &'static str,
    message: &'a str,
    data: Data<'a>,
    fix: Option<FixTitle<'a>>,
    related: Vec<Related<'a>>,
}

#[derive(Debug, Serialize)]
struct Data<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct FixTitle<'a> {
    title: &'a str,
    safe: bool,
}

#[derive(Debug, Serialize)]
struct Related<'a> {
    path: &'a str,
    range: WireRange,
    message: &'a str,
}

/// A range as the protocol writes it.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct WireRange {
    start: WirePosition,
    end: WirePosition,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct WirePosition {
    line: u32,
    character: u32,
}

impl std::fmt::Display for WireRange {
    /// Writes the start for people: `line:column`, one-based, padded to line up.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:>6}", format!("{}:{}", self.start.line + 1, self.start.character + 1))
    }
}

impl WireRange {
    /// Converts a range of bytes.
    pub(crate) fn new(lines: &LineIndex<'_>, range: TextRange) -> WireRange {
        let wire = |at: TextSize| {
            let Position { line, character } = position(lines, at.into(), PositionEncoding::Utf16);
            WirePosition { line, character }
        };
        WireRange { start: wire(range.start()), end: wire(range.end()) }
    }
}

impl<'a> Finding<'a> {
    /// Converts a finding of the file at `path`.
    pub(crate) fn new(
        path: &'a str,
        lines: &LineIndex<'_>,
        finding: &'a Diagnostic,
        root: &Path,
    ) -> Finding<'a> {
        let related = finding.related.iter().map(|related| {
            let range = match &related.path {
                None => WireRange::new(lines, related.range),
                Some(other) => {
                    let text = read(&root.join(other)).unwrap_or_default();
                    WireRange::new(&LineIndex::new(&text), related.range_in(Source::Str(&text)))
                }
            };
            Related { path: related.path.as_deref().unwrap_or(path), range, message: &related.message }
        });
        Finding {
            path,
            range: WireRange::new(lines, finding.range),
            severity: finding.severity.name(),
            code: finding.rule.code,
            message: &finding.message,
            data: Data { field: finding.field.as_deref(), help: finding.help.as_deref() },
            fix: finding.fix.as_ref().map(|fix| FixTitle { title: &fix.title, safe: fix.safe }),
            related: related.collect(),
        }
    }
}

/// Renders the findings of one file: one object per line, separated by commas.
pub(crate) fn render(file: &Checked<'_>, root: &Path) -> String {
    let mut out: Vec<u8> = Vec::with_capacity(file.findings.len() * 400);
    let lines = LineIndex::new(file.text.unwrap_or_default());
    for finding in file.findings {
        if !out.is_empty() {
            out.extend_from_slice(b",\n");
        }
        // Writing plain data to memory cannot fail.
        let _ = serde_json::to_writer(&mut out, &Finding::new(file.path, &lines, finding, root));
    }
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use stagegate_core::diagnostic::{LineSpan, Related, Severity};
    use stagegate_core::rules::gate::not_met::TYPES;

    #[test]
    fn places_by_lines_are_looked_up_in_their_file() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.py"), "x\n  \u{1f680}y = f()\n").unwrap();
        let lines = LineSpan { line: 2, column: 4, end_line: 2, end_column: 5 };
        let related = Related {
            path: Some("a.py".to_owned()),
            range: TextRange::default(),
            lines: Some(lines),
            message: "no".to_owned(),
        };
        let finding = Diagnostic {
            rule: &TYPES,
            severity: Severity::Warning,
            range: TextRange::default(),
            message: String::new(),
            help: None,
            field: None,
            fix: None,
            related: vec![related],
            unnecessary: false,
        };
        let index = LineIndex::new("# A\n");
        let json = serde_json::to_value(Finding::new("a.md", &index, &finding, dir.path())).unwrap();
        let range = json["related"][0]["range"].to_string();
        assert_eq!(range, r#"{"end":{"character":5,"line":1},"start":{"character":4,"line":1}}"#);
        let options =
            super::super::text::Options { root: dir.path(), style: super::super::Style::none(), hints: true };
        let checked = Checked { path: "a.md", text: Ok("# A\n"), findings: &[finding] };
        let text = super::super::text::render(&checked, &options);
        assert!(text.contains("a.py:2:4: no"), "{text}");
    }
}
