//! Findings for people: as rustc and ruff print them.

use std::fmt::Write as _;
use std::path::Path;

use stagegate_core::diagnostic::{Diagnostic, Severity};
use stagegate_core::text::{LineIndex, PositionEncoding, Source, TextRange};
use stagegate_workspace::{Checked, read};

use super::snippet::{Mark, draw, escape, line_number};
use super::{Style, position};

/// What to show, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options<'a> {
    /// The workspace root: where related places in other files are looked up.
    pub(crate) root: &'a Path,
    /// Colours.
    pub(crate) style: Style,
    /// Whether to show hints.
    pub(crate) hints: bool,
}

/// How many findings there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
    pub(crate) infos: usize,
    pub(crate) hints: usize,
    /// With a safe fix.
    pub(crate) fixable: usize,
    /// Files with at least one finding that is shown.
    pub(crate) files: usize,
}

impl Counts {
    /// Counts the findings of one file.
    pub(crate) fn of(findings: &[Diagnostic], hints: bool) -> Counts {
        let mut counts = Counts::default();
        for finding in findings {
            match finding.severity {
                Severity::Error => counts.errors += 1,
                Severity::Warning => counts.warnings += 1,
                Severity::Information => counts.infos += 1,
                Severity::Hint => counts.hints += 1,
            }
            counts.fixable += usize::from(finding.fix.as_ref().is_some_and(|fix| fix.safe));
        }
        let shown = findings.iter().any(|finding| hints || finding.severity > Severity::Hint);
        counts.files = usize::from(shown);
        counts
    }

    /// Adds the findings of another file.
    pub(crate) fn add(&mut self, other: Counts) {
        self.errors += other.errors;
        self.warnings += other.warnings;
        self.infos += other.infos;
        self.hints += other.hints;
        self.fixable += other.fixable;
        self.files += other.files;
    }
}

/// Renders the findings of one file.
pub(crate) fn render(file: &Checked<'_>, options: &Options<'_>) -> String {
    let shown = |finding: &&Diagnostic| options.hints || finding.severity > Severity::Hint;
    let mut out = String::with_capacity(file.findings.len() * 400);
    let text = file.text.unwrap_or_default();
    let lines = LineIndex::new(text);
    for finding in file.findings.iter().filter(shown) {
        render_one(&mut out, file.path, file.text.is_ok().then_some(&lines), finding, options);
    }
    out
}

/// Renders one finding: title, place, source, help. Without `lines` there is no source to show.
fn render_one(
    out: &mut String,
    path: &str,
    lines: Option<&LineIndex<'_>>,
    finding: &Diagnostic,
    options: &Options<'_>,
) {
    let Style { bold, gutter, reset, .. } = options.style;
    let colour = options.style.of_severity(finding.severity);
    let _ = write!(out, "{colour}{}[{}]{reset}{bold}: ", label(finding.severity), finding.rule.code);
    escape(out, &finding.message);
    let here = finding.related.iter().filter(|related| related.path.is_none());
    let last =
        here.clone().map(|related| related.range).chain([finding.range]).max_by_key(|range| range.start());
    let width = match (lines, last) {
        (Some(lines), Some(last)) => digits(line_number(lines, last) + 1),
        _ => 1,
    };
    let _ = write!(out, "{reset}\n{:width$}{gutter}-->{reset} ", "");
    escape(out, path);
    if let Some(lines) = lines {
        place(out, lines, finding.range);
        let _ = writeln!(out, "\n{gutter}{:width$} |{reset}", "");
        let primary = Mark { range: finding.range, sign: '^', colour, label: "" };
        let others = here.map(|r| Mark { range: r.range, sign: '-', colour: gutter, label: &r.message });
        let marks: Vec<_> = [primary].into_iter().chain(others).collect();
        draw(out, lines, &marks, width, &options.style);
        let _ = writeln!(out, "{gutter}{:width$} |{reset}", "");
    } else {
        out.push('\n');
    }
    for related in &finding.related {
        let Some(other) = &related.path else { continue };
        let _ = write!(out, "{:width$}{gutter}:::{reset} ", "");
        escape(out, other);
        if let Ok(text) = read(&options.root.join(other)) {
            place(out, &LineIndex::new(&text), related.range_in(Source::Str(&text)));
        }
        out.push_str(": ");
        escape(out, &related.message);
        out.push('\n');
    }
    if let Some(help) = &finding.help {
        note(out, width, "help", help, &options.style);
    }
    if let Some(fix) = &finding.fix {
        note(out, width, if fix.safe { "fix" } else { "fix, for review" }, &fix.title, &options.style);
    }
    out.push('\n');
}

/// Writes `  = word: text`; further lines of the text are indented below it.
fn note(out: &mut String, width: usize, word: &str, text: &str, style: &Style) {
    let Style { bold, gutter, reset, .. } = style;
    let _ = write!(out, "{:width$} {gutter}={reset} {bold}{word}{reset}: ", "");
    for (i, line) in text.lines().enumerate() {
        if i > 0 {
            let _ = write!(out, "\n{:1$}", "", width + word.len() + 5);
        }
        escape(out, line);
    }
    out.push('\n');
}

/// Writes `:line:column`, one-based, in characters.
fn place(out: &mut String, lines: &LineIndex<'_>, range: TextRange) {
    let at = position(lines, range.start().into(), PositionEncoding::Utf32);
    let _ = write!(out, ":{}:{}", at.line + 1, at.character + 1);
}

fn label(severity: Severity) -> &'static str {
    match severity {
        Severity::Information => "info",
        other => other.name(),
    }
}

fn digits(mut number: u32) -> usize {
    let mut digits = 1;
    while number >= 10 {
        number /= 10;
        digits += 1;
    }
    digits
}

/// Writes the last lines: how many findings there are, and what to do next.
pub(crate) fn summary(counts: &Counts, files_checked: usize, options: &Options<'_>) -> String {
    let Counts { errors, warnings, infos, hints, fixable, files } = *counts;
    let Style { error, warning, good, bold, reset, .. } = options.style;
    let parts = [
        (errors, "error"),
        (warnings, "warning"),
        (infos, "info"),
        (if options.hints { hints } else { 0 }, "hint"),
    ];
    let parts: Vec<_> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| count(*n, word)).collect();
    let mut out = if parts.is_empty() {
        format!("{good}No problems found{reset} in {}.", count(files_checked, "file"))
    } else {
        let colour = if errors > 0 {
            error
        } else if warnings > 0 {
            warning
        } else {
            bold
        };
        let found = parts.join(", ");
        format!("{colour}Found {found}{reset} in {files} of {}.", count(files_checked, "file"))
    };
    if fixable > 0 {
        let _ = write!(out, " {fixable} fixable with --fix.");
    }
    if hints > 0 && !options.hints {
        let verb = if hints == 1 { "is" } else { "are" };
        let _ = write!(out, " {} {verb} not shown; see --verbose.", count(hints, "hint"));
    }
    out.push('\n');
    out
}

/// Writes a number with its word in singular or plural.
pub(crate) fn count(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}
