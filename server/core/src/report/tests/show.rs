//! Reports as text, for tests.

use std::fmt::Write;

use super::super::*;

pub(super) fn outcome(read: &Result<Report, ReportError>) -> String {
    match read {
        Ok(report) => shown(report),
        Err(error) => format!("{}: {error}\n", error.name()),
    }
}

/// Each report and what becomes of it, one after the other.
pub(super) fn read_all(format: Format, reports: &[&str]) -> String {
    let cx = ReadContext::new("/work/demo", "");
    let read = |report: &&str| format!("{report}\n-> {}", outcome(&read(format, report.as_bytes(), &cx)));
    reports.iter().map(read).collect::<Vec<_>>().join("\n")
}

fn mark(path: &ReportPath) -> String {
    if path.outside { format!("{path} (outside)") } else { path.to_string() }
}

fn shown(report: &Report) -> String {
    let mut text = String::new();
    let or_none = |text: &Option<Box<str>>| text.as_deref().unwrap_or("-").to_owned();
    write!(text, "{} {}", or_none(&report.tool), or_none(&report.version)).unwrap();
    match report.generated_ms {
        Some(ms) => writeln!(text, " at {}", jiff::Timestamp::from_millisecond(ms).unwrap()).unwrap(),
        None => writeln!(text).unwrap(),
    }
    for unchecked in &report.unchecked {
        let path = unchecked.path.as_ref().map(mark).unwrap_or_default();
        writeln!(text, "unchecked {path}: {}", unchecked.reason).unwrap();
    }
    match &report.body {
        Body::Coverage(body) => coverage(&mut text, body),
        Body::Tests(body) => tests(&mut text, body),
        Body::Findings(body) => findings(&mut text, body),
        Body::Complexity(body) => {
            writeln!(text, "{} files", body.files).unwrap();
            for block in &body.blocks {
                let Block { path, name, kind, line, end_line, complexity } = block;
                let end = end_line.map(|end| format!("-{end}")).unwrap_or_default();
                writeln!(text, "{complexity} {} {name} {}:{line}{end}", kind.name(), mark(path)).unwrap();
            }
        }
        Body::Metrics(body) => {
            writeln!(text, "response {:?} ms, memory {:?} MB", body.response_time_ms(), body.memory_mb())
                .unwrap();
            for (name, value) in &body.values {
                writeln!(text, "{name} = {value}").unwrap();
            }
            for benchmark in &body.benchmarks {
                writeln!(text, "{} in {} rounds", benchmark.name, benchmark.rounds).unwrap();
            }
        }
    }
    text
}

fn coverage(text: &mut String, body: &Coverage) {
    let total = body.total(|path| !path.outside);
    writeln!(
        text,
        "{} files inside: {}/{}, {:?}",
        total.files,
        total.covered,
        total.statements,
        total.percent()
    )
    .unwrap();
    for file in &body.files {
        writeln!(text, "{} {}/{} without {}", mark(&file.path), file.covered, file.statements, file.missing)
            .unwrap();
    }
}

fn tests(text: &mut String, body: &Tests) {
    writeln!(text, "{:?}", body.counts()).unwrap();
    for case in &body.cases {
        write!(text, "{} {}", case.outcome.name(), case.full_name()).unwrap();
        if let Some(file) = &case.file {
            write!(text, " in {}", mark(file)).unwrap();
        }
        if let Some(duration) = case.duration {
            write!(text, " {duration:?}").unwrap();
        }
        if case.flaky {
            write!(text, " flaky").unwrap();
        }
        let message = case.message.as_deref().unwrap_or_default().lines().next().unwrap_or_default();
        writeln!(text, " {message}").unwrap();
    }
}

fn findings(text: &mut String, body: &Findings) {
    writeln!(
        text,
        "{} found, checked {:?}, succeeded {:?}, columns {:?}",
        body.total(),
        body.checked,
        body.succeeded,
        body.columns
    )
    .unwrap();
    for finding in &body.held {
        let path = finding.path.as_ref().map_or("-".to_owned(), mark);
        write!(text, "{} {} {path}", finding.severity.name(), finding.rule.as_deref().unwrap_or("-"))
            .unwrap();
        if let Some(span) = finding.span {
            let number = |number: Option<u32>| number.map_or("?".to_owned(), |number| number.to_string());
            let (column, end_line, end) =
                (number(span.column), number(span.end_line), number(span.end_column));
            write!(text, ":{}:{column}-{end_line}:{end}", span.line).unwrap();
        }
        if let Some(confidence) = finding.confidence {
            write!(text, " ({confidence:?} confidence)").unwrap();
        }
        writeln!(text, " {}", finding.message.lines().next().unwrap_or_default()).unwrap();
    }
}
