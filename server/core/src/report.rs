//! From the bytes of a tool's report to what it says: coverage, tests, findings, complexity or measurements.
//!
//! [`read`] takes the bytes of one report and where the tool ran, and gives a [`Report`] or a [`ReportError`] that says
//! what was found, what was expected and what to do. It judges nothing: that a report says that nothing was checked is
//! visible in its counts, and the gate that asked for it decides. It is pure, one file per format; nothing that is not
//! needed is kept, so that a report of 50 MB is read in half a second within twice its size.

mod bandit;
mod cargo;
mod cobertura;
mod complexity;
mod coverage;
mod coverage_py;
mod detect_secrets;
mod error;
mod eslint;
mod findings;
mod format;
mod json;
mod junit;
mod lcov;
mod line_table;
mod lines;
mod measured;
mod metrics;
mod outcomes;
mod paths;
mod pyright;
mod radon;
mod ruff;
mod sarif;
mod secrets_baseline;
mod sniff;
#[cfg(test)]
mod tests;
mod tsc;
mod xml;

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
pub use sniff::sniff;

use json::Json;

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
    if bytes.len() > MAX_BYTES {
        return Err(ReportError::TooLarge {
            format,
            found: format!("{} bytes", bytes.len()).into(),
            limit: format!("{MAX_BYTES} bytes").into(),
        });
    }
    let bytes = without_bom(bytes);
    if bytes.trim_ascii().is_empty() {
        return Err(ReportError::Empty { format });
    }
    read_as(format, bytes, cx).map_err(|error| refined(error, bytes))
}

fn read_as(format: Format, bytes: &[u8], cx: &ReadContext<'_>) -> Result<Report, ReportError> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        utf8(format, bytes)?;
    }
    match format {
        Format::Cobertura => cobertura::read(bytes, cx),
        Format::Junit => junit::read(bytes, cx),
        Format::Lcov => lcov::read(bytes, cx),
        Format::Cargo => cargo::read(bytes, cx),
        Format::Tsc => tsc::read(bytes, cx),
        Format::CoveragePy => coverage_py::read(Json { format, bytes }, cx),
        Format::Sarif => sarif::read(Json { format, bytes }, cx),
        Format::Ruff => ruff::read(Json { format, bytes }, cx),
        Format::Pyright => pyright::read(Json { format, bytes }, cx),
        Format::DetectSecrets => detect_secrets::read(Json { format, bytes }, cx),
        Format::Bandit => bandit::read(Json { format, bytes }, cx),
        Format::Radon => radon::read(Json { format, bytes }, cx),
        Format::Eslint => eslint::read(Json { format, bytes }, cx),
        Format::Metrics => measured::read(Json { format, bytes }, cx),
    }
}

/// `error`, or that the report is of another format, where it looks so.
fn refined(error: ReportError, bytes: &[u8]) -> ReportError {
    let (ReportError::Malformed { format: expected, .. }
    | ReportError::Truncated { format: expected, .. }
    | ReportError::Unreadable { format: expected, .. }
    | ReportError::WrongFormat { expected, .. }) = error
    else {
        return error;
    };
    let is_utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let starts: &[u8] = match expected {
        Format::Cobertura | Format::Junit => b"<",
        Format::Lcov | Format::Tsc | Format::Cargo => b"",
        _ => b"{[",
    };
    match sniff(bytes) {
        _ if is_utf16 => error,
        Some(found) if found != expected => ReportError::WrongFormat { expected, found: Some(found) },
        None if bytes.trim_ascii_start().first().is_none_or(|first| !starts.contains(first)) => {
            ReportError::WrongFormat { expected, found: None }
        }
        _ => error,
    }
}

fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// The report as text.
fn utf8(format: Format, bytes: &[u8]) -> Result<&str, ReportError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        if error.error_len().is_none() && sniff(before) == Some(format) {
            return ReportError::Truncated { format, offset: bytes.len() };
        }
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        let column = before.len() - memchr::memrchr(b'\n', before).map_or(0, |at| at + 1) + 1;
        let why = if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            "it is UTF-16; expected UTF-8. A shell that redirects output may have converted it"
        } else {
            "a byte that is not UTF-8"
        };
        ReportError::Malformed { format, line, column, why: why.into() }
    })
}

/// The Unix time in milliseconds of an ISO 8601 time with a zone; `None` without one.
fn unix_ms(time: &str) -> Option<i64> {
    time.trim().parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}

/// `message` without the password that rules about passwords quote: bandit's B105 to B107, and the same of older
/// versions of ruff. Newer ones name what it is assigned to.
fn redact<'m>(rule: &str, message: &'m str) -> &'m str {
    if !matches!(rule, "B105" | "B106" | "B107" | "S105" | "S106" | "S107")
        || message.starts_with("Possible hardcoded password assigned to")
    {
        return message;
    }
    message.split([':', '\'', '"', '`']).next().unwrap_or_default().trim_end()
}
