//! detect-secrets' JSON: what it found, and the baseline of a project, which is of the same form.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{Json, Text};
use super::{
    Body, ColumnUnit, Finding, Findings, ReadContext, Report, ReportError, ReportPath, Severity, Span,
};

#[derive(Deserialize)]
struct Top<'a> {
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow)]
    generated_at: Option<Text<'a>>,
    /// Not used, and there in every report and baseline.
    #[serde(borrow, rename = "plugins_used")]
    _plugins: &'a RawValue,
    #[serde(borrow)]
    results: &'a RawValue,
}

/// A secret that was found; only its hash is taken.
#[derive(Deserialize)]
pub(super) struct Entry<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Text<'a>,
    #[serde(borrow)]
    pub(super) hashed_secret: Text<'a>,
    line_number: Option<u32>,
    pub(super) is_secret: Option<bool>,
}

/// Reads every entry, with its path.
pub(super) fn entries<'a>(
    json: Json<'a>,
    cx: &ReadContext<'_>,
    mut each: impl FnMut(&ReportPath, &Entry<'a>),
) -> Result<(Option<Box<str>>, Option<i64>), ReportError> {
    let top: Top<'_> = json.read()?;
    json.entries(top.results, |(path, list): (Text<'_>, &RawValue)| {
        let path = cx.path(&path);
        json.items(list, |entry: Entry<'_>| {
            // A SHA-1. Anything else might be a secret, and would be carried on into evidence.
            let hash = &*entry.hashed_secret;
            if hash.len() != 40 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(json.malformed(format!(
                    "`hashed_secret` of an entry for {path} is no SHA-1 of 40 hexadecimal digits"
                )));
            }
            each(&path, &entry);
            Ok(())
        })
    })?;
    let generated_ms = top.generated_at.and_then(|time| super::unix_ms(&time));
    Ok((top.version.as_deref().map(Box::from), generated_ms))
}

pub(super) fn read(json: Json<'_>, cx: &ReadContext<'_>) -> Result<Report, ReportError> {
    let mut findings = Findings::new(ColumnUnit::Chars);
    let (version, generated_ms) = entries(json, cx, |path, entry| {
        findings.push(Finding {
            path: Some(path.clone()),
            span: entry.line_number.map(|line| Span { line, column: None, end_line: None, end_column: None }),
            rule: Some((*entry.kind).into()),
            severity: Severity::Error,
            confidence: None,
            message: format!("possible secret ({})", super::bounded(&entry.kind)).into(),
            secret_hash: Some((*entry.hashed_secret).into()),
        });
    })?;
    Ok(Report {
        format: json.format,
        tool: Some("detect-secrets".into()),
        version,
        generated_ms,
        unchecked: Vec::new(),
        body: Body::Findings(findings),
    })
}
