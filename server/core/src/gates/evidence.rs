//! What was seen of a gate, and what produced it (DESIGN.md section 1, invariant 5).

use serde::{Deserialize, Serialize};

use super::GateName;

/// Most findings that evidence keeps: the first, for places to go to.
pub const MAX_FINDINGS: usize = 20;

/// What was seen of one gate of one component. It is stored as JSON, and shown with `--format json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The gate.
    pub gate: GateName,
    /// The canonical name of the component.
    pub component: String,
    /// Where it comes from.
    pub origin: Origin,
    /// When what was seen began, in milliseconds since 1970 UTC.
    pub started_ms: i64,
    /// When it ended, in milliseconds since 1970 UTC. For a report that lay there: when it was written.
    pub ended_ms: i64,
    /// The commit that was checked out, where there is a git repository with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The hash of all inputs, in hexadecimal; empty for a report that lay there, whose inputs nobody saw.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub inputs: String,
    /// The argument lists that were run, in order; secrets are taken out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<Vec<String>>,
    /// How the last of them ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<Exit>,
    /// The tool, such as `pytest`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_version: Option<String>,
    /// The report, relative to the root, with `/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// What was seen; what went wrong where nothing trustworthy was.
    pub observed: Result<Observed, Problem>,
    /// The first findings, worst first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Tests that failed and passed on the same inputs, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flaky: Vec<String>,
    /// The end of what the tool printed, where something went wrong; secrets are taken out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub output: String,
    /// The run whose own edit of the files changed nothing about it, so that it holds for the inputs as they are since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried_by: Option<String>,
}

/// Where evidence comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Stagegate ran the gate.
    Run,
    /// A report lay there, written by hand or by CI.
    Report,
    /// Stagegate read the files of the repository.
    Reading,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// It was stopped after this many milliseconds.
    TimedOut(u64),
    /// Somebody stopped it.
    Cancelled,
}

/// What was seen, in figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Observed {
    /// Statements that were run.
    Coverage {
        /// Of the component's own files.
        covered: u64,
        /// Of the component's own files.
        statements: u64,
        /// How many files of the component the report names.
        files: usize,
        /// Where code was not run, the largest gaps first.
        #[serde(default)]
        gaps: Vec<Gap>,
    },
    /// Tests that were run.
    Tests {
        /// Passed.
        passed: usize,
        /// Failed.
        failed: usize,
        /// Could not be run.
        errors: usize,
        /// Left out.
        skipped: usize,
    },
    /// Findings, such as those of a linter.
    Issues {
        /// How many count: errors for a type checker, everything for a linter.
        count: usize,
        /// How many files were looked at, where the tool says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        files: Option<usize>,
    },
    /// Vulnerabilities by severity.
    Vulnerabilities(VulnerabilityCounts),
    /// Functions and how complex they are.
    Complexity {
        /// How many functions were looked at.
        functions: usize,
        /// How many functions have which complexity, the most complex first.
        counts: Vec<(u32, usize)>,
    },
    /// Time and memory.
    Performance {
        /// Longest response time, in ms.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        response_time_ms: Option<f64>,
        /// Most memory, in MB.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        memory_mb: Option<f64>,
        /// How much slower than the evidence before, in percent; negative where faster.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        regression_percent: Option<f64>,
    },
    /// What is missing or wrong, found by reading: sections, sentences for people.
    Checklist {
        /// How many things were looked for.
        wanted: usize,
        /// Which of them are missing or wrong.
        missing: Vec<String>,
    },
    /// The exit code alone, of a gate without a report.
    ExitCode {
        /// Whether it is one that means success.
        success: bool,
    },
}

/// Vulnerabilities by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VulnerabilityCounts {
    /// Critical.
    pub critical: usize,
    /// High.
    pub high: usize,
    /// Medium.
    pub medium: usize,
    /// Low, which no threshold limits.
    pub low: usize,
}

/// Lines of a file that no test ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Relative to the root, with `/`.
    pub path: String,
    /// First line, from 1.
    pub first: u32,
    /// Last line.
    pub last: u32,
}

/// Why there is nothing trustworthy to judge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What kind.
    pub kind: ProblemKind,
    /// What was found and what was expected, in one sentence without a final dot.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// What kind of problem there is: whether the gate is in `error` or `inconclusive`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// The tool is not there, or cannot be started.
    ToolMissing,
    /// The tool broke: an exit code that says so, a signal.
    ToolFailed,
    /// The tool was stopped because it took too long or printed too much.
    ToolStopped,
    /// Somebody stopped it.
    Cancelled,
    /// There is no report, or an old one.
    ReportMissing,
    /// The report is empty, cut off, of another format, or contradicts itself or the exit code.
    ReportUnreadable,
    /// Inputs changed while the gate ran, or after the report was written.
    InputsChanged,
    /// Nothing was checked: no test, no statement, no file.
    NothingChecked,
    /// Nothing is configured or found that could be run.
    NotConfigured,
    /// The workspace is not trusted.
    NotTrusted,
}

impl ProblemKind {
    /// Whether something broke, so that the verdict is `error`; otherwise nobody knows, and it is `inconclusive`.
    #[must_use]
    pub const fn is_error(self) -> bool {
        matches!(
            self,
            ProblemKind::ToolMissing
                | ProblemKind::ToolFailed
                | ProblemKind::ToolStopped
                | ProblemKind::ReportMissing
                | ProblemKind::ReportUnreadable
        )
    }
}

/// One finding of a tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The file, relative to the root with `/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// First line, from 1; 0 where the tool names none.
    #[serde(default)]
    pub line: u32,
    /// First column in characters, from 1; 0 where the tool names none.
    #[serde(default)]
    pub column: u32,
    /// Last line; 0 where the tool names none.
    #[serde(default)]
    pub end_line: u32,
    /// The column behind the last character; 0 where the tool names none.
    #[serde(default)]
    pub end_column: u32,
    /// The tool's rule, or the name of the test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What is wrong, in at most 500 characters.
    pub message: String,
}
