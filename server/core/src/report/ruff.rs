//! ruff's JSON: a list of findings. It names neither the files that were checked nor its version.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{Json, Text};
use super::{
    Body, ColumnUnit, Finding, Findings, ReadContext, Report, ReportError, Severity, Span, bounded, redact,
};

#[derive(Deserialize)]
struct Item<'a> {
    /// `null` in older versions, and `invalid-syntax` in newer ones, for a syntax error.
    #[serde(borrow)]
    code: Option<Text<'a>>,
    #[serde(borrow)]
    filename: Option<Text<'a>>,
    location: Option<Location>,
    end_location: Option<Location>,
    #[serde(borrow)]
    message: Text<'a>,
    #[serde(borrow, default)]
    severity: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Location {
    row: u32,
    column: u32,
}

pub(super) fn read(json: Json<'_>, cx: &ReadContext<'_>) -> Result<Report, ReportError> {
    let list: &RawValue = json.read()?;
    let mut findings = Findings::new(ColumnUnit::Chars);
    json.items(list, |item: Item<'_>| {
        let rule = item.code.as_deref().unwrap_or("invalid-syntax");
        findings.push(Finding {
            path: item.filename.as_deref().map(|path| cx.path(path)),
            span: item.location.map(|start| Span {
                line: start.row,
                column: Some(start.column),
                end_line: item.end_location.as_ref().map(|end| end.row),
                end_column: item.end_location.as_ref().map(|end| end.column),
            }),
            severity: match item.severity.as_deref() {
                Some("warning") => Severity::Warning,
                Some("info" | "help") => Severity::Note,
                _ => Severity::Error,
            },
            confidence: None,
            message: bounded(redact(rule, &item.message)),
            secret_hash: None,
            rule: Some(rule.into()),
        });
        Ok(())
    })?;
    Ok(Report {
        format: json.format,
        tool: Some("ruff".into()),
        version: None,
        generated_ms: None,
        unchecked: Vec::new(),
        body: Body::Findings(findings),
    })
}
