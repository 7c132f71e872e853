//! From a report, and how the tool ended, to what was seen of a gate.
//!
//! Exit codes prove nothing: tools end with 0 after a syntax error, for a path that is not there, and with 1 where they
//! are not installed. So the report has to say that something was looked at, and the exit code may only make it worse.

use super::{
    Exit, Finding, Gap, GateKind, MAX_FINDINGS, Observed, OwnFiles, Problem, ProblemKind, VulnerabilityCounts,
};
use crate::report::{self, Body, Findings, Report, ReportPath, SecretsBaseline, Severity};

/// Longest message that a finding keeps, in characters.
const MAX_MESSAGE: usize = 500;

/// Whose files are meant.
pub struct Scope<'a> {
    /// The name of the component, for messages.
    pub component: &'a str,
    /// Whether a path of the workspace is source of the component.
    pub is_source: &'a dyn Fn(&str) -> bool,
    /// Whether a path of the workspace is a test of the component.
    pub is_test: &'a dyn Fn(&str) -> bool,
    /// Whether the report is about this component alone, for its tool was given nothing else; otherwise what names no
    /// file belongs to nobody.
    pub is_alone: bool,
    /// What a person accepted as no secret.
    pub baseline: Option<&'a SecretsBaseline>,
    /// Its source files: a coverage report that leaves one out is no proof.
    pub files: OwnFiles<'a>,
}

/// What was seen, and the first findings, worst first.
#[derive(Debug)]
pub struct Observation {
    /// What was seen, or why nothing trustworthy was.
    pub observed: Result<Observed, Problem>,
    /// The first findings.
    pub findings: Vec<Finding>,
}

/// Returns what `report` says about the gate; `exit` is how the tool ended, where it was run.
#[must_use]
pub fn observe(kind: GateKind, report: &Report, scope: &Scope<'_>, exit: Option<Exit>) -> Observation {
    let mut observation = match &report.body {
        Body::Coverage(coverage) => of_coverage(coverage, report.format, scope),
        Body::Tests(tests) => of_tests(tests, scope, exit),
        Body::Findings(findings) => of_findings(kind, findings, scope, exit),
        Body::Complexity(complexity) => of_complexity(complexity, scope),
        Body::Metrics(metrics) => Observation {
            observed: Ok(Observed::Performance {
                response_time_ms: metrics.response_time_ms(),
                memory_mb: metrics.memory_mb(),
                regression_percent: None,
            }),
            findings: Vec::new(),
        },
    };
    let concerns = |path: &ReportPath| scope.is_alone || scope.holds(path);
    let left_out = report.unchecked.iter().find(|left| left.path.as_ref().is_none_or(concerns));
    if let Some(left) = left_out {
        let what = left.path.as_ref().map_or_else(|| "something".to_owned(), |path| format!("`{path}`"));
        let message = format!("the tool could not check {what}: {}", left.reason);
        observation.observed =
            Err(problem(ProblemKind::ToolFailed, message, "mend what it names, then run the gate again"));
    }
    observation
}

impl Scope<'_> {
    /// Whether the path is source or a test of the component.
    fn holds(&self, path: &ReportPath) -> bool {
        !path.outside && ((self.is_source)(&path.path) || (self.is_test)(&path.path))
    }
}

fn problem(kind: ProblemKind, message: impl Into<String>, help: impl Into<String>) -> Problem {
    Problem { kind, message: message.into(), help: help.into() }
}

/// Of what a component's tests run through, only its own files count (requirement 002; the incumbent counted the first
/// file of the folder).
fn of_coverage(coverage: &report::Coverage, format: report::Format, scope: &Scope<'_>) -> Observation {
    let own = |path: &ReportPath| !path.outside && (scope.is_source)(&path.path);
    let total = coverage.total(own);
    if total.files == 0 {
        let message = format!("the report names no file of `{}`", scope.component);
        let help =
            "check that the tests import the component, and that the coverage tool does not leave it out";
        return Observation {
            observed: Err(problem(ProblemKind::NothingChecked, message, help)),
            findings: Vec::new(),
        };
    }
    if let [first, rest @ ..] = scope.files.left_out(coverage, format).as_slice() {
        let more = match rest.len() {
            0 => format!(" of `{}`", scope.component),
            1 => format!(" and 1 more file of `{}`", scope.component),
            more => format!(" and {more} more files of `{}`", scope.component),
        };
        let message = format!("the report leaves out `{first}`{more}");
        let help = "let the coverage tool measure every source file of the component, also those that no test \
                    imports";
        return Observation {
            observed: Err(problem(ProblemKind::NothingChecked, message, help)),
            findings: Vec::new(),
        };
    }
    let files = coverage.files.iter().filter(|file| own(&file.path));
    let mut gaps: Vec<Gap> = files
        .flat_map(|file| {
            let path = &file.path.path;
            let gap = move |lines: std::ops::RangeInclusive<u32>| Gap {
                path: path.to_string(),
                first: *lines.start(),
                last: *lines.end(),
            };
            file.missing.ranges().map(gap)
        })
        .collect();
    gaps.sort_by(|a, b| {
        (b.last - b.first).cmp(&(a.last - a.first)).then_with(|| (&a.path, a.first).cmp(&(&b.path, b.first)))
    });
    gaps.truncate(MAX_FINDINGS);
    let (covered, statements, files) = (total.covered, total.statements, total.files);
    Observation {
        observed: Ok(Observed::Coverage { covered, statements, files, gaps }),
        findings: Vec::new(),
    }
}

fn of_tests(tests: &report::Tests, scope: &Scope<'_>, exit: Option<Exit>) -> Observation {
    let belongs = |case: &&report::TestCase| match &case.file {
        _ if scope.is_alone => true,
        Some(file) => scope.holds(file),
        None => false,
    };
    let mut counts = [0usize; 4];
    let mut findings = Vec::new();
    for case in tests.cases.iter().filter(belongs) {
        let at = match case.outcome {
            report::Outcome::Passed => 0,
            report::Outcome::Failed => 1,
            report::Outcome::Error => 2,
            report::Outcome::Skipped => 3,
        };
        counts[at] += 1;
        if matches!(at, 1 | 2) && findings.len() < MAX_FINDINGS {
            let message = case.message.as_deref().unwrap_or("failed");
            findings.push(Finding {
                path: case.file.as_ref().filter(|file| !file.outside).map(|file| file.path.to_string()),
                line: case.line.unwrap_or_default(),
                column: 0,
                end_line: 0,
                end_column: 0,
                rule: Some(case.full_name()),
                message: shortened(message),
            });
        }
    }
    let [passed, failed, errors, skipped] = counts;
    if !scope.is_alone && passed + failed + errors + skipped == 0 {
        let message = format!("the report names no test of `{}` by its file", scope.component);
        let help = "write file names into the report, or run the gate with Stagegate";
        return Observation { observed: Err(problem(ProblemKind::NothingChecked, message, help)), findings };
    }
    let observed = match exit {
        Some(Exit::Code(code)) if code != 0 && passed > 0 && failed + errors == 0 => {
            let message = format!("the tool ended with {code}, but its report names no test that failed");
            Err(problem(ProblemKind::ToolFailed, message, "see what the tool printed"))
        }
        _ => Ok(Observed::Tests { passed, failed, errors, skipped }),
    };
    Observation { observed, findings }
}

fn of_findings(kind: GateKind, all: &Findings, scope: &Scope<'_>, exit: Option<Exit>) -> Observation {
    let mut own = all.filtered(|finding| match &finding.path {
        // What is said of no file is said of the run.
        None => true,
        Some(path) => scope.holds(path) || (scope.is_alone && kind == GateKind::Secrets),
    });
    if let (GateKind::Secrets, Some(baseline)) = (kind, scope.baseline) {
        own = own.not_in(baseline);
    }
    let counts = |severity: Severity| match kind {
        GateKind::Types => matches!(severity, Severity::Error | Severity::Critical | Severity::High),
        _ => severity != Severity::Note,
    };
    let mut kept: Vec<_> = own.held.iter().filter(|finding| counts(finding.severity)).collect();
    kept.sort_by_key(|finding| finding.severity as usize);
    let findings = kept.iter().take(MAX_FINDINGS).map(|finding| of_finding(finding)).collect();
    let number = |severity: Severity| own.count(severity);
    let count = Severity::ALL.into_iter().filter(|severity| counts(*severity)).map(number).sum::<usize>();
    let bad_end = match exit {
        Some(Exit::Code(code)) if code != 0 && all.total() == 0 && all.succeeded == Some(false) => {
            Some(format!("the tool ended with {code} and says that it failed, but its report names no error"))
        }
        Some(Exit::Code(code)) if code != 0 && all.total() == 0 => {
            Some(format!("the tool ended with {code}, but its report names no finding"))
        }
        _ if all.succeeded == Some(false) && count == 0 => Some(
            "the tool says that it did not come to a good end, but its report names no finding here"
                .to_owned(),
        ),
        _ => None,
    };
    let observed = match bad_end {
        Some(message) => Err(problem(ProblemKind::ToolFailed, message, "see what the tool printed")),
        None if kind == GateKind::Vulnerabilities => {
            let (critical, low) =
                (number(Severity::Critical), number(Severity::Low) + number(Severity::Note));
            let high = number(Severity::High) + number(Severity::Error);
            let medium = number(Severity::Medium) + number(Severity::Warning);
            match all.checked {
                Some(0) if own.total() == 0 => Err(problem(
                    ProblemKind::NothingChecked,
                    "the tool looked at no file",
                    "check the paths that it was given",
                )),
                _ => Ok(Observed::Vulnerabilities(VulnerabilityCounts { critical, high, medium, low })),
            }
        }
        None => Ok(Observed::Issues { count, files: all.checked }),
    };
    Observation { observed, findings }
}

fn of_finding(finding: &report::Finding) -> Finding {
    let span = finding.span;
    Finding {
        path: finding.path.as_ref().filter(|path| !path.outside).map(|path| path.path.to_string()),
        line: span.map_or(0, |span| span.line),
        column: span.and_then(|span| span.column).unwrap_or_default(),
        end_line: span.and_then(|span| span.end_line).unwrap_or_default(),
        end_column: span.and_then(|span| span.end_column).unwrap_or_default(),
        rule: finding.rule.as_deref().map(str::to_owned),
        message: shortened(&finding.message),
    }
}

fn of_complexity(complexity: &report::Complexity, scope: &Scope<'_>) -> Observation {
    // A class has the average of its methods, which are counted themselves.
    let own = complexity.blocks.iter().filter(|block| {
        block.kind != report::BlockKind::Class && !block.path.outside && (scope.is_source)(&block.path.path)
    });
    let mut blocks: Vec<_> = own.collect();
    blocks.sort_by_key(|block| std::cmp::Reverse(block.complexity));
    let mut counts: Vec<(u32, usize)> = Vec::new();
    for block in &blocks {
        match counts.last_mut() {
            Some((complexity, number)) if *complexity == block.complexity => *number += 1,
            _ => counts.push((block.complexity, 1)),
        }
    }
    let findings = blocks.iter().take(MAX_FINDINGS).map(|block| Finding {
        path: Some(block.path.path.to_string()),
        line: block.line,
        column: 0,
        end_line: 0,
        end_column: 0,
        rule: Some(block.name.to_string()),
        message: format!("`{}` has a complexity of {}", block.name, block.complexity),
    });
    let findings = findings.collect();
    Observation { observed: Ok(Observed::Complexity { functions: blocks.len(), counts }), findings }
}

/// Cuts a message to one that a list can show, at the end of a character.
fn shortened(message: &str) -> String {
    let message = message.trim();
    match message.char_indices().nth(MAX_MESSAGE) {
        Some((at, _)) => format!("{}…", &message[..at]),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests;
