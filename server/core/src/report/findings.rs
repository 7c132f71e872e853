//! What linters, type checkers and scanners found.

use super::{Report, ReportPath};

/// The most findings of one report that are held one by one; the others are counted.
pub const MAX_HELD: usize = 100_000;

/// The findings of a report, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// The first [`MAX_HELD`] of them.
    pub held: Vec<Finding>,
    /// How many more there are.
    pub not_held: usize,
    /// How many there are of each severity, in the order of [`Severity::ALL`]; those not held included.
    pub by_severity: [usize; Severity::ALL.len()],
    /// How many files the tool says that it checked; for cargo, how many targets it compiled. `None` where it does not
    /// say so (ruff, LCOV). 0 means that nothing was checked.
    pub checked: Option<usize>,
    /// Whether the tool says that it came to a good end: cargo's `build-finished`, `executionSuccessful` of SARIF.
    /// `None` where it does not say so.
    pub succeeded: Option<bool>,
    /// What the columns count.
    pub columns: ColumnUnit,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file; `None` where it is about no file.
    pub path: Option<ReportPath>,
    /// The place in the file; `None` where it is about the file as a whole.
    pub span: Option<Span>,
    /// The code of the rule: `F401`, `reportMissingImports`, `clippy::unwrap_used`.
    pub rule: Option<Box<str>>,
    /// How bad the tool says it is.
    pub severity: Severity,
    /// How sure the tool is, where it says so (bandit).
    pub confidence: Option<Confidence>,
    /// What is wrong; bounded. It never holds a secret: the values that bandit and ruff quote are left out.
    pub message: Box<str>,
    /// The SHA-1 of a secret as detect-secrets gives it, in hexadecimal; `None` for other tools.
    pub secret_hash: Option<Box<str>>,
}

/// A place in a file. Lines and columns start at 1; columns count [`Findings::columns`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first line.
    pub line: u32,
    /// The first column.
    pub column: Option<u32>,
    /// The last line.
    pub end_line: Option<u32>,
    /// The column after the last one.
    pub end_column: Option<u32>,
}

/// What a column counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColumnUnit {
    /// Bytes of UTF-8.
    Bytes,
    /// Code units of UTF-16.
    Utf16,
    /// Unicode scalar values.
    #[default]
    Chars,
}

/// How bad a finding is, in the tool's words: scanners rate from critical to low, linters say error, warning or note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// CVSS 9.0 and up.
    Critical,
    /// CVSS 7.0 and up; bandit's HIGH, and what bandit leaves `UNDEFINED`.
    High,
    /// CVSS 4.0 and up.
    Medium,
    /// CVSS below 4.0.
    Low,
    /// An error.
    Error,
    /// A warning.
    Warning,
    /// A note, or information.
    Note,
}

/// How sure a tool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Confidence {
    /// Sure.
    High,
    /// Likely.
    Medium,
    /// Maybe.
    Low,
}

impl Severity {
    /// Every severity, worst first.
    pub const ALL: [Severity; 7] = [
        Severity::Critical,
        Severity::High,
        Severity::Medium,
        Severity::Low,
        Severity::Error,
        Severity::Warning,
        Severity::Note,
    ];

    /// The name in JSON and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

impl Findings {
    /// No finding yet, with columns counted in `columns`.
    #[must_use]
    pub fn new(columns: ColumnUnit) -> Findings {
        Findings { columns, ..Findings::default() }
    }

    /// Adds one, which is only counted where too many are held already.
    pub fn push(&mut self, finding: Finding) {
        self.by_severity[finding.severity as usize] += 1;
        if self.held.len() < MAX_HELD {
            self.held.push(finding);
        } else {
            self.not_held += 1;
        }
    }

    /// How many there are in all.
    #[must_use]
    pub fn total(&self) -> usize {
        self.held.len() + self.not_held
    }

    /// How many there are of that severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.by_severity[severity as usize]
    }

    /// Those that `accepts` takes. What is not held cannot be asked about and stays counted: rather a finding too many
    /// than one too few.
    #[must_use]
    pub fn filtered(&self, mut accepts: impl FnMut(&Finding) -> bool) -> Findings {
        let mut by_severity = self.by_severity;
        let mut held = Vec::new();
        for finding in &self.held {
            if accepts(finding) {
                held.push(finding.clone());
            } else {
                by_severity[finding.severity as usize] -= 1;
            }
        }
        Findings { held, by_severity, ..*self }
    }
}

impl Report {
    /// The findings, where the report is about findings, that `accepts` takes; see [`Findings::filtered`].
    #[must_use]
    pub fn filtered_findings(&self, accepts: impl FnMut(&Finding) -> bool) -> Option<Findings> {
        self.findings().map(|findings| findings.filtered(accepts))
    }
}
