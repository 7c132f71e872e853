//! The text of `tsc --pretty false --diagnostics`: errors, and then figures, of which the total time is the last.

use super::{
    Body, ColumnUnit, Finding, Findings, Format, ReadContext, Report, ReportError, Severity, Span, bounded,
};

pub(super) fn read(bytes: &[u8], cx: &ReadContext<'_>) -> Result<Report, ReportError> {
    let format = Format::Tsc;
    let text = super::utf8(format, bytes)?;
    let mut findings = Findings::new(ColumnUnit::Utf16);
    let mut ended = false;
    for (at, line) in text.lines().enumerate() {
        // A long message goes on in indented lines; npm repeats the command after `>`.
        if line.trim().is_empty() || line.starts_with([' ', '\t', '>']) {
            continue;
        }
        if let Some((name, value)) = figure(line) {
            if name == "Files" {
                findings.checked = Some(findings.checked.unwrap_or(0) + value.parse().unwrap_or(0));
            }
            ended = name == "Total time" && value.ends_with('s');
        } else if let Some(found) = finding(line, cx) {
            ended = false;
            findings.push(found);
        } else {
            if at + 1 == text.lines().count() && !text.ends_with('\n') {
                return Err(ReportError::Truncated { format, offset: bytes.len() });
            }
            let why = format!(
                "expected `file(line,column): error TS1234: message` or a figure such as `Files: 12`, found `{}`; run tsc with `--pretty false --diagnostics`",
                bounded(line)
            );
            return Err(ReportError::Malformed { format, line: at + 1, column: 1, why: why.into() });
        }
    }
    if !ended || findings.checked.is_none() {
        let refused = findings.held.iter().find(|finding| finding.path.is_none());
        return Err(match refused {
            // Settings that it cannot read, options that it does not know: it checks nothing then.
            Some(refused) if findings.checked.is_none() => ReportError::Unreadable {
                format,
                why: format!(
                    "tsc checked nothing: {} {}; correct how it is run",
                    refused.rule.as_deref().unwrap_or_default(),
                    refused.message
                )
                .into(),
            },
            _ if !text.contains("\nFiles:") && !text.starts_with("Files:") => ReportError::Unreadable {
                format,
                why: "it does not say how many files tsc checked, nor that it came to its end; run tsc with `--diagnostics`".into(),
            },
            _ => ReportError::Truncated { format, offset: bytes.len() },
        });
    }
    Ok(Report {
        format,
        tool: Some("tsc".into()),
        version: None,
        generated_ms: None,
        unchecked: Vec::new(),
        body: Body::Findings(findings),
    })
}

/// Name and value of `Parse time:     0.045s`.
fn figure(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let value = value.trim();
    let is_name = name.starts_with(|c: char| c.is_ascii_uppercase()) && !name.contains(['(', '.', '\\']);
    let digits = value.trim_end_matches(['s', 'K', 'M', 'B']);
    (is_name && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
        .then_some((name, value))
}

/// The finding of `src/a.ts(3,5): error TS2322: message`, or of one about no file.
fn finding(line: &str, cx: &ReadContext<'_>) -> Option<Finding> {
    let (place, rest) = match line.find("): ").map(|at| line.split_at(at)) {
        Some((place, rest)) if category(&rest[3..]).is_some() => (Some(place), &rest[3..]),
        _ => (None, line),
    };
    let (severity, rest) = category(rest)?;
    let (code, message) = rest.split_once(": ")?;
    code.strip_prefix("TS").filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let (path, span) = match place {
        None => (None, None),
        Some(place) => {
            let (path, place) = place.rsplit_once('(')?;
            let (line, column) = place.split_once(',')?;
            let span = Span {
                line: line.parse().ok()?,
                column: column.parse().ok(),
                end_line: None,
                end_column: None,
            };
            (Some(cx.path(path)), Some(span))
        }
    };
    Some(Finding {
        path,
        span,
        rule: Some(code.into()),
        severity,
        confidence: None,
        message: bounded(message),
        secret_hash: None,
    })
}

fn category(text: &str) -> Option<(Severity, &str)> {
    let (word, rest) = text.split_once(' ')?;
    let severity = match word {
        "error" => Severity::Error,
        "warning" => Severity::Warning,
        "message" | "suggestion" => Severity::Note,
        _ => return None,
    };
    rest.starts_with("TS").then_some((severity, rest))
}
