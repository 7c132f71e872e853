//! bandit's JSON.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::json::{Json, Text};
use super::{
    Body, ColumnUnit, Confidence, Finding, Findings, MAX_HELD, ReadContext, Report, ReportError, Severity,
    Span, Unchecked, bounded, redact,
};

#[derive(Deserialize)]
struct Top<'a> {
    #[serde(borrow)]
    errors: &'a RawValue,
    #[serde(borrow)]
    generated_at: Option<Text<'a>>,
    #[serde(borrow)]
    metrics: &'a RawValue,
    #[serde(borrow)]
    results: &'a RawValue,
}

#[derive(Deserialize)]
struct Failure<'a> {
    #[serde(borrow)]
    filename: Text<'a>,
    #[serde(borrow)]
    reason: Text<'a>,
}

/// A finding. Its `code` is not taken: it may show a secret.
#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    filename: Text<'a>,
    #[serde(borrow)]
    issue_confidence: Text<'a>,
    #[serde(borrow)]
    issue_severity: Text<'a>,
    #[serde(borrow)]
    issue_text: Text<'a>,
    line_number: u32,
    /// 0-based, in bytes.
    col_offset: Option<i64>,
    end_col_offset: Option<i64>,
    #[serde(default)]
    line_range: Vec<u32>,
    #[serde(borrow)]
    test_id: Text<'a>,
}

pub(super) fn read(json: Json<'_>, cx: &ReadContext<'_>) -> Result<Report, ReportError> {
    let top: Top<'_> = json.read()?;
    let mut unchecked = Vec::new();
    let mut failures = 0;
    json.items(top.errors, |failure: Failure<'_>| {
        failures += 1;
        if unchecked.len() < MAX_HELD {
            unchecked
                .push(Unchecked { path: Some(cx.path(&failure.filename)), reason: bounded(&failure.reason) });
        }
        Ok(())
    })?;
    let mut files = 0_usize;
    json.entries(top.metrics, |(path, _): (Text<'_>, IgnoredAny)| {
        files += usize::from(&*path != "_totals");
        Ok(())
    })?;
    let mut findings = Findings::new(ColumnUnit::Bytes);
    json.items(top.results, |item: Item<'_>| {
        findings.push(finding(&item, json, cx)?);
        Ok(())
    })?;
    findings.checked = Some(files.saturating_sub(failures));
    Ok(Report {
        format: json.format,
        tool: Some("bandit".into()),
        version: None,
        generated_ms: top.generated_at.and_then(|time| super::unix_ms(&time)),
        unchecked,
        body: Body::Findings(findings),
    })
}

fn finding(item: &Item<'_>, json: Json<'_>, cx: &ReadContext<'_>) -> Result<Finding, ReportError> {
    let expected = |name: &str, found: &str| {
        json.malformed(format!("`{name}` is `{}`; expected HIGH, MEDIUM, LOW or UNDEFINED", bounded(found)))
    };
    let severity = match &*item.issue_severity {
        // What was not rated may be anything.
        "HIGH" | "UNDEFINED" => Severity::High,
        "MEDIUM" => Severity::Medium,
        "LOW" => Severity::Low,
        other => return Err(expected("issue_severity", other)),
    };
    let confidence = match &*item.issue_confidence {
        "HIGH" => Some(Confidence::High),
        "MEDIUM" => Some(Confidence::Medium),
        "LOW" => Some(Confidence::Low),
        "UNDEFINED" => None,
        other => return Err(expected("issue_confidence", other)),
    };
    let column =
        |offset: Option<i64>| u32::try_from(offset?.checked_add(1)?).ok().filter(|column| *column > 0);
    let end_column = column(item.end_col_offset);
    Ok(Finding {
        path: Some(cx.path(&item.filename)),
        span: Some(Span {
            line: item.line_number,
            column: column(item.col_offset),
            // The offset of the end is that of the node's last line, which is not always the last of the range.
            end_line: item.line_range.iter().copied().max().filter(|_| item.line_range.len() == 1),
            end_column: end_column.filter(|_| item.line_range.len() == 1),
        }),
        rule: Some((*item.test_id).into()),
        severity,
        confidence,
        message: bounded(redact(&item.test_id, &item.issue_text)),
        secret_hash: None,
    })
}
