//! pyright's JSON, which basedpyright writes too.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{Json, Text};
use super::{Body, ColumnUnit, Finding, Findings, ReadContext, Report, ReportError, Severity, Span, bounded};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Top<'a> {
    #[serde(borrow)]
    version: Option<Text<'a>>,
    /// Unix milliseconds.
    #[serde(borrow)]
    time: Option<Text<'a>>,
    #[serde(borrow)]
    general_diagnostics: &'a RawValue,
    summary: Summary,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    files_analyzed: u32,
    error_count: u32,
    warning_count: u32,
    information_count: u32,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    file: Option<Text<'a>>,
    #[serde(borrow)]
    uri: Option<Text<'a>>,
    #[serde(borrow)]
    severity: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
    #[serde(borrow)]
    rule: Option<Text<'a>>,
    range: Option<Range>,
}

#[derive(Deserialize)]
struct Range {
    start: Position,
    end: Position,
}

/// 0-based.
#[derive(Deserialize)]
struct Position {
    line: u32,
    character: u32,
}

pub(super) fn read(json: Json<'_>, cx: &ReadContext<'_>) -> Result<Report, ReportError> {
    let top: Top<'_> = json.read()?;
    let mut findings = Findings::new(ColumnUnit::Utf16);
    json.items(top.general_diagnostics, |item: Item<'_>| {
        let severity = match &*item.severity {
            "error" => Severity::Error,
            "warning" => Severity::Warning,
            "information" => Severity::Note,
            // Hints of unused code and the like are no findings.
            "unusedcode" | "unreachablecode" | "deprecated" | "hint" => return Ok(()),
            other => {
                return Err(json.malformed(format!(
                    "severity `{}`; expected error, warning or information",
                    bounded(other)
                )));
            }
        };
        let file = item.file.as_deref().map(|path| cx.path(path));
        findings.push(Finding {
            path: file.or_else(|| item.uri.as_deref().map(|uri| cx.uri(uri))),
            span: item.range.map(|range| Span {
                line: range.start.line.saturating_add(1),
                column: Some(range.start.character.saturating_add(1)),
                end_line: Some(range.end.line.saturating_add(1)),
                end_column: Some(range.end.character.saturating_add(1)),
            }),
            rule: item.rule.as_deref().map(Box::from),
            severity,
            confidence: None,
            message: bounded(&item.message),
            secret_hash: None,
        });
        Ok(())
    })?;
    let Summary { files_analyzed, error_count, warning_count, information_count } = top.summary;
    for (stated, severity) in [
        (error_count, Severity::Error),
        (warning_count, Severity::Warning),
        (information_count, Severity::Note),
    ] {
        let found = findings.count(severity);
        if found != stated as usize {
            return Err(json.contradiction(format!(
                "its summary says {stated} of severity {} and it lists {found}",
                severity.name()
            )));
        }
    }
    findings.checked = Some(files_analyzed as usize);
    Ok(Report {
        format: json.format,
        tool: Some("pyright".into()),
        version: top.version.as_deref().map(Box::from),
        generated_ms: top.time.and_then(|time| time.parse().ok()),
        unchecked: Vec::new(),
        body: Body::Findings(findings),
    })
}
