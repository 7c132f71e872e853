//! Why a report cannot be trusted, in words for whoever has to mend it.

use std::fmt;

use super::Format;

/// The largest report that is read, in bytes.
pub const MAX_BYTES: usize = 256 * 1024 * 1024;

/// Why a report was not read. Each is written as one or two sentences: what was found, what was expected, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportError {
    /// There is nothing in it.
    Empty {
        /// What was expected.
        format: Format,
    },
    /// It ends before it should: the tool was stopped, the disk is full, or it is still being written.
    Truncated {
        /// What was expected.
        format: Format,
        /// Where it ends, in bytes.
        offset: usize,
    },
    /// Something in it cannot be.
    Malformed {
        /// What was expected.
        format: Format,
        /// Line, 1-based; 0 where the place is not known.
        line: usize,
        /// Column, 1-based, in bytes; 0 where the place is not known.
        column: usize,
        /// What is wrong, and what was expected, without a final dot.
        why: Box<str>,
    },
    /// It is another report than what was expected.
    WrongFormat {
        /// What was expected.
        expected: Format,
        /// What it looks like; `None` where it looks like none that is known.
        found: Option<Format>,
    },
    /// It is of the format, but of a version that is not read.
    WrongVersion {
        /// What was expected.
        format: Format,
        /// The version, or what stands in its place.
        found: Box<str>,
        /// The version that is read.
        expected: &'static str,
    },
    /// It contradicts itself, so neither part can be believed.
    Contradiction {
        /// What it was read as.
        format: Format,
        /// The two that do not fit, without a final dot.
        why: Box<str>,
    },
    /// The report is sound, but one thing needed to understand it is not in it.
    Unreadable {
        /// What it was read as.
        format: Format,
        /// What is missing and what to do, without a final dot.
        why: Box<str>,
    },
    /// It is larger than is read.
    TooLarge {
        /// What was expected.
        format: Format,
        /// How much was found, with its unit.
        found: Box<str>,
        /// How much is read, with its unit.
        limit: Box<str>,
    },
}

impl ReportError {
    /// A short stable name of the kind of error.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            ReportError::Empty { .. } => "empty",
            ReportError::Truncated { .. } => "truncated",
            ReportError::Malformed { .. } => "malformed",
            ReportError::WrongFormat { .. } => "wrong-format",
            ReportError::WrongVersion { .. } => "wrong-version",
            ReportError::Contradiction { .. } => "contradiction",
            ReportError::Unreadable { .. } => "unreadable",
            ReportError::TooLarge { .. } => "too-large",
        }
    }
}

impl std::error::Error for ReportError {}

impl ReportError {
    /// What was found and what was expected, without a final dot.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            ReportError::Empty { format } => format!("the report is empty; expected {}", format.title()),
            ReportError::Truncated { format, offset } => format!(
                "the report ends in the middle, after {offset} bytes; expected the rest of {}",
                format.title()
            ),
            ReportError::Malformed { format, line: 0, why, .. } => {
                format!("the report is not {}: {why}", format.title())
            }
            ReportError::Malformed { format, line, column, why } => {
                format!("the report is not {}: line {line}, column {column}: {why}", format.title())
            }
            ReportError::WrongFormat { expected, found } => format!(
                "expected {}, found {}",
                expected.title(),
                found.map_or("something else", Format::title)
            ),
            ReportError::WrongVersion { format, found, expected } => {
                format!("expected {} {expected}, found {found}", format.title())
            }
            ReportError::Contradiction { format, why } => {
                format!("the report ({}) contradicts itself: {why}", format.title())
            }
            ReportError::Unreadable { why, .. } => {
                format!("the report cannot be used: {}", why.rsplit_once("; ").map_or(&**why, |(why, _)| why))
            }
            ReportError::TooLarge { format, found, limit } => {
                format!("the report ({}) is too large: {found}; at most {limit} are read", format.title())
            }
        }
    }

    /// What to do, without a final dot.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            ReportError::Empty { .. } => {
                "see what the tool printed: it may have failed before it wrote anything".to_owned()
            }
            ReportError::Truncated { .. } => {
                "run the tool again: it may have been stopped while it wrote, or the disk is full".to_owned()
            }
            ReportError::Malformed { .. } | ReportError::Contradiction { .. } => {
                "run the tool again, and see what it printed".to_owned()
            }
            ReportError::WrongFormat { expected, found: Some(found) } => {
                format!("set the format to `{found}`, or make the tool write `{expected}`")
            }
            ReportError::WrongFormat { expected, found: None } => how(*expected).to_owned(),
            ReportError::WrongVersion { format, .. } => how(*format).to_owned(),
            ReportError::Unreadable { why, .. } => {
                why.rsplit_once("; ").map_or("correct how the tool is run", |(_, help)| help).to_owned()
            }
            ReportError::TooLarge { .. } => "report on a smaller part of the repository".to_owned(),
        }
    }
}

/// Both in one line.
impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message(), self.help())
    }
}

/// How a tool is made to write `format`.
const fn how(format: Format) -> &'static str {
    match format {
        Format::CoveragePy => "`coverage json` writes it",
        Format::Cobertura => "`coverage xml` writes it",
        Format::Lcov => "`coverage lcov` writes it",
        Format::Junit => "`pytest --junit-xml=FILE` writes it",
        Format::Sarif => "see the tool's options for SARIF 2.1.0",
        Format::Ruff => "`ruff check --output-format json` writes it",
        Format::Pyright => "`pyright --outputjson` writes it",
        Format::DetectSecrets => "`detect-secrets scan` writes it",
        Format::Bandit => "`bandit --format json` writes it",
        Format::Radon => "`radon cc --json` writes it",
        Format::Cargo => "`--message-format json` makes cargo write it",
        Format::Eslint => "`eslint --format json` writes it",
        Format::Tsc => "`tsc --noEmit --pretty false --diagnostics` writes it",
        Format::Metrics => "write an object of numbers, such as `{\"response_time_ms\": 120}`",
    }
}
