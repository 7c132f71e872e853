//! From the bytes of a tool's report to what it says: coverage, tests, findings, complexity or measurements.
//!
//! [`read`] takes the bytes of one report and where the tool ran, and gives a [`Report`] or a [`ReportError`] that says
//! what was found, what was expected and what to do. It judges nothing: that a report says that nothing was checked is
//! visible in its counts, and the gate that asked for it decides. It is pure, one file per format; nothing that is not
//! needed is kept, so that a report of 50 MB is read in half a second within twice its size.

mod complexity;
mod coverage;
mod error;
mod findings;
mod format;
mod lines;
mod metrics;
mod outcomes;
mod paths;
mod secrets_baseline;

pub use complexity::{Block, BlockKind, Complexity};
pub use coverage::{Coverage, FileCoverage, Total};
pub use error::{MAX_BYTES, ReportError};
pub use findings::{ColumnUnit, Confidence, Finding, Findings, MAX_HELD, Severity, Span};
pub use format::{Format, Kind};
pub use lines::{Lines, Ranges};
pub use metrics::{Benchmark, Metrics};
pub use outcomes::{Counts, MAX_CASES, Outcome, TestCase, Tests};
pub use paths::{IsFile, ReadContext, ReportPath};
pub use secrets_baseline::SecretsBaseline;

/// What one report says.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The format it was read as.
    pub format: Format,
    /// The tool that wrote it, where the report or its format says so: `coverage.py`, `clippy`, `CodeQL`.
    pub tool: Option<Box<str>>,
    /// The version of that tool, where the report says so.
    pub version: Option<Box<str>>,
    /// When it was written, in Unix milliseconds, where the report says so with a time zone. `None` for coverage.py
    /// JSON: its `meta.timestamp` is the local time of the machine that wrote it, without its zone, so it can be hours
    /// off; the time of the file has to serve.
    pub generated_ms: Option<i64>,
    /// What the tool was asked to check and says that it could not: files with syntax errors, crashed checks. Where
    /// there is one, the rest of the report is not the whole truth. At most [`MAX_HELD`] are held.
    pub unchecked: Vec<Unchecked>,
    /// What it says.
    pub body: Body,
}

/// Something that the tool says it could not check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unchecked {
    /// The file, where it is about one.
    pub path: Option<ReportPath>,
    /// Why, in the words of the tool; bounded as [`bounded`] does.
    pub reason: Box<str>,
}

/// What a report is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Which lines ran.
    Coverage(Coverage),
    /// Which tests passed.
    Tests(Tests),
    /// What a linter, type checker or scanner found.
    Findings(Findings),
    /// How complex functions are.
    Complexity(Complexity),
    /// What was measured.
    Metrics(Metrics),
}

impl Report {
    /// The coverage, if that is what it is about.
    #[must_use]
    pub fn coverage(&self) -> Option<&Coverage> {
        if let Body::Coverage(body) = &self.body { Some(body) } else { None }
    }

    /// The tests, if that is what it is about.
    #[must_use]
    pub fn tests(&self) -> Option<&Tests> {
        if let Body::Tests(body) = &self.body { Some(body) } else { None }
    }

    /// The findings, if that is what it is about.
    #[must_use]
    pub fn findings(&self) -> Option<&Findings> {
        if let Body::Findings(body) = &self.body { Some(body) } else { None }
    }

    /// The complexity, if that is what it is about.
    #[must_use]
    pub fn complexity(&self) -> Option<&Complexity> {
        if let Body::Complexity(body) = &self.body { Some(body) } else { None }
    }

    /// The measurements, if that is what it is about.
    #[must_use]
    pub fn metrics(&self) -> Option<&Metrics> {
        if let Body::Metrics(body) = &self.body { Some(body) } else { None }
    }
}

/// The longest message that is kept, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 1000;

/// `text` without white space around it, and cut with `…` where it is longer than [`MAX_MESSAGE_BYTES`].
#[must_use]
pub fn bounded(text: &str) -> Box<str> {
    let text = text.trim();
    if text.len() <= MAX_MESSAGE_BYTES {
        return text.into();
    }
    let mut end = MAX_MESSAGE_BYTES - '…'.len_utf8();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end]).into()
}

/// Reads the report `bytes`, which should be in `format`.
///
/// # Errors
/// Returns why it cannot be trusted: empty, cut off, of another format, contradicting itself; see [`ReportError`].
pub fn read(format: Format, bytes: &[u8], cx: &ReadContext<'_>) -> Result<Report, ReportError> {
    let _ = cx;
    if bytes.is_empty() {
        Err(ReportError::Empty { format })
    } else {
        Err(ReportError::Unreadable { format, why: "not yet".into() })
    }
}
