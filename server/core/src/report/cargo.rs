//! cargo's JSON messages, one a line: <https://doc.rust-lang.org/cargo/reference/external-tools.html>.

use rustc_hash::FxHashSet;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{Json, Text};
use super::{
    Body, ColumnUnit, Finding, Findings, Format, ReadContext, Report, ReportError, ReportPath, Severity,
    Span, bounded,
};

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    reason: Text<'a>,
    #[serde(borrow)]
    manifest_path: Option<Text<'a>>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    success: Option<bool>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    message: Text<'a>,
    #[serde(borrow)]
    code: Option<Code<'a>>,
    #[serde(borrow)]
    level: Text<'a>,
    #[serde(borrow)]
    spans: Vec<CargoSpan<'a>>,
}

#[derive(Deserialize)]
struct Code<'a> {
    #[serde(borrow)]
    code: Text<'a>,
}

#[derive(Deserialize)]
struct CargoSpan<'a> {
    #[serde(borrow)]
    file_name: Text<'a>,
    line_start: u32,
    line_end: u32,
    column_start: u32,
    column_end: u32,
    is_primary: bool,
}

pub(super) fn read(bytes: &[u8], cx: &ReadContext<'_>) -> Result<Report, ReportError> {
    let format = Format::Cargo;
    let mut findings = Findings::new(ColumnUnit::Chars);
    // A library is compiled once more for its tests, and warns again.
    let mut seen = FxHashSet::default();
    let mut targets = 0;
    for (number, line) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
        let line = line.trim_ascii();
        // What macros and tests print comes between; cargo's own lines start with a brace.
        if !line.starts_with(b"{") {
            continue;
        }
        let json = Json { format, bytes: line };
        let read: Line<'_> = json.read().map_err(|error| at_line(error, number, bytes))?;
        match &*read.reason {
            "compiler-message" => {
                let raw = read.message.ok_or_else(|| {
                    at_line(json.malformed("a `compiler-message` without `message`"), number, bytes)
                })?;
                let message = json.part(raw).map_err(|error| at_line(error, number, bytes))?;
                if let Some(found) = finding(&message, read.manifest_path.as_deref(), cx)
                    && seen.insert((
                        found.path.clone(),
                        found.span,
                        found.rule.clone(),
                        found.message.clone(),
                    ))
                {
                    findings.push(found);
                }
            }
            "compiler-artifact" => {
                let manifest = read.manifest_path.as_deref().map(|path| cx.path(path));
                targets += usize::from(manifest.is_some_and(|path| !path.outside));
            }
            "build-finished" => {
                let success = read.success.ok_or_else(|| {
                    at_line(json.malformed("`build-finished` without `success`"), number, bytes)
                })?;
                findings.succeeded = Some(findings.succeeded.unwrap_or(true) && success);
            }
            _ => {}
        }
    }
    if findings.succeeded.is_none() {
        return Err(ReportError::Truncated { format, offset: bytes.len() });
    }
    findings.checked = Some(targets);
    Ok(Report {
        format,
        tool: Some("cargo".into()),
        version: None,
        generated_ms: None,
        unchecked: Vec::new(),
        body: Body::Findings(findings),
    })
}

/// An error of one line, as one of the report.
fn at_line(error: ReportError, number: usize, bytes: &[u8]) -> ReportError {
    match error {
        ReportError::Malformed { format, column, why, .. } => {
            ReportError::Malformed { format, line: number, column, why }
        }
        ReportError::Truncated { format, .. } => ReportError::Truncated { format, offset: bytes.len() },
        ReportError::WrongFormat { expected: format, .. } => {
            let why = "expected a message of cargo".into();
            ReportError::Malformed { format, line: number, column: 1, why }
        }
        error => error,
    }
}

/// The finding of a message; `None` for notes, and for the line that only counts the others.
fn finding(message: &Message<'_>, manifest: Option<&str>, cx: &ReadContext<'_>) -> Option<Finding> {
    let severity = match &*message.level {
        "error" | "error: internal compiler error" => Severity::Error,
        "warning" => Severity::Warning,
        _ => return None,
    };
    let is_count = message.message.starts_with("aborting due to ")
        || message.message.ends_with(" warning emitted")
        || message.message.ends_with(" warnings emitted");
    if is_count && message.spans.is_empty() && message.code.is_none() {
        return None;
    }
    let primary = message.spans.iter().find(|span| span.is_primary).or(message.spans.first());
    Some(Finding {
        path: primary.map(|span| path(&span.file_name, manifest, cx)),
        span: primary.map(|span| Span {
            line: span.line_start,
            column: Some(span.column_start),
            end_line: Some(span.line_end),
            end_column: Some(span.column_end),
        }),
        rule: message.code.as_ref().map(|code| (*code.code).into()),
        severity,
        confidence: None,
        message: bounded(&message.message),
        secret_hash: None,
    })
}

/// The file `name` of a message. It is relative to the cargo workspace, which the message does not name, and which may be
/// above the folder in which cargo ran: the outermost folder is taken from which the file is in its package.
fn path(name: &str, manifest: Option<&str>, cx: &ReadContext<'_>) -> ReportPath {
    let plain = cx.path(name);
    let Some(manifest) = manifest.map(|path| cx.path(path)).filter(|path| !path.outside) else {
        return plain;
    };
    let package = manifest.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_in_package = |path: &ReportPath| {
        package.is_empty()
            || path.path.strip_prefix(package).is_some_and(|rest| rest.starts_with('/')) && !path.outside
    };
    let ends = std::iter::once(0)
        .chain(package.match_indices('/').map(|(at, _)| at))
        .chain(std::iter::once(package.len()));
    ends.map(|end| cx.path_in(&package[..end], name)).find(is_in_package).unwrap_or(plain)
}
