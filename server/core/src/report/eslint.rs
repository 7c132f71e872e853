//! eslint's JSON: a list of the files that it checked, with what it found in each.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{Json, Text};
use super::{
    Body, ColumnUnit, Finding, Findings, ReadContext, Report, ReportError, Severity, Span, bounded, redact,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    #[serde(borrow)]
    file_path: Text<'a>,
    #[serde(borrow)]
    messages: &'a RawValue,
    error_count: u32,
    warning_count: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    #[serde(borrow)]
    rule_id: Option<Text<'a>>,
    severity: u32,
    #[serde(borrow)]
    message: Text<'a>,
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
}

pub(super) fn read(json: Json<'_>, cx: &ReadContext<'_>) -> Result<Report, ReportError> {
    let list: &RawValue = json.read()?;
    let mut findings = Findings::new(ColumnUnit::Utf16);
    let mut files = 0;
    json.items(list, |file: File<'_>| {
        files += 1;
        let path = cx.path(&file.file_path);
        let (mut errors, mut warnings) = (0, 0);
        json.items(file.messages, |item: Item<'_>| {
            let severity = match item.severity {
                2 => Severity::Error,
                1 => Severity::Warning,
                other => {
                    return Err(
                        json.malformed(format!("severity {other}; expected 1 (warning) or 2 (error)"))
                    );
                }
            };
            errors += u32::from(severity == Severity::Error);
            warnings += u32::from(severity == Severity::Warning);
            let rule = item.rule_id.as_deref();
            findings.push(Finding {
                path: Some(path.clone()),
                span: item.line.map(|line| Span {
                    line,
                    column: item.column,
                    end_line: item.end_line,
                    end_column: item.end_column,
                }),
                rule: rule.map(Box::from),
                severity,
                confidence: None,
                message: bounded(redact(rule.unwrap_or_default(), &item.message)),
                secret_hash: None,
            });
            Ok(())
        })?;
        if (errors, warnings) != (file.error_count, file.warning_count) {
            return Err(json.contradiction(format!(
                "{path} has {errors} errors and {warnings} warnings, and counts {} and {}",
                file.error_count, file.warning_count
            )));
        }
        Ok(())
    })?;
    findings.checked = Some(files);
    Ok(Report {
        format: json.format,
        tool: Some("eslint".into()),
        version: None,
        generated_ms: None,
        unchecked: Vec::new(),
        body: Body::Findings(findings),
    })
}
