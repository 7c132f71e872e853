//! From our words to the protocol's. Only here do byte ranges become positions.

use ropey::Rope;
use stagegate_core::diagnostic::{Diagnostic, Severity, TextEdit};
use stagegate_core::text::{PositionEncoding, TextRange, range_in_rope};
use tower_lsp::ls_types::{self, DiagnosticRelatedInformation, DiagnosticTag, Location, NumberOrString, Uri};

use crate::client::ClientInfo;

/// Shown beside every finding.
pub(crate) const SOURCE: &str = "stagegate";

pub(crate) fn range(rope: &Rope, range: TextRange, encoding: PositionEncoding) -> ls_types::Range {
    let range = range_in_rope(rope, range, encoding);
    let position =
        |p: stagegate_core::text::Position| ls_types::Position { line: p.line, character: p.character };
    ls_types::Range { start: position(range.start), end: position(range.end) }
}

pub(crate) fn severity(severity: Severity) -> ls_types::DiagnosticSeverity {
    match severity {
        Severity::Error => ls_types::DiagnosticSeverity::ERROR,
        Severity::Warning => ls_types::DiagnosticSeverity::WARNING,
        Severity::Information => ls_types::DiagnosticSeverity::INFORMATION,
        Severity::Hint => ls_types::DiagnosticSeverity::HINT,
    }
}

pub(crate) fn diagnostics(
    findings: &[Diagnostic],
    rope: &Rope,
    uri: &str,
    client: &ClientInfo,
) -> Vec<ls_types::Diagnostic> {
    findings.iter().map(|finding| diagnostic(finding, rope, uri, client)).collect()
}

pub(crate) fn diagnostic(
    finding: &Diagnostic,
    rope: &Rope,
    uri: &str,
    client: &ClientInfo,
) -> ls_types::Diagnostic {
    let message = match &finding.help {
        Some(help) => format!("{}\nhelp: {help}", finding.message),
        None => finding.message.clone(),
    };
    let data = (client.diagnostic_data && finding.field.is_some())
        .then(|| serde_json::json!({ "field": finding.field }));
    let tags = (client.diagnostic_tags && finding.unnecessary).then(|| vec![DiagnosticTag::UNNECESSARY]);
    ls_types::Diagnostic {
        range: range(rope, finding.range, client.encoding),
        severity: Some(severity(finding.severity)),
        code: Some(NumberOrString::String(finding.rule.code.to_owned())),
        code_description: None,
        source: Some(SOURCE.to_owned()),
        message,
        related_information: related(finding, rope, uri, client),
        tags,
        data,
    }
}

fn related(
    finding: &Diagnostic,
    rope: &Rope,
    uri: &str,
    client: &ClientInfo,
) -> Option<Vec<DiagnosticRelatedInformation>> {
    if !client.related_information || finding.related.is_empty() {
        return None;
    }
    let uri: Uri = uri.parse().ok()?;
    // Places in other files need those files' text; no rule names any yet.
    let here = finding.related.iter().filter(|related| related.path.is_none());
    let related = here.map(|related| DiagnosticRelatedInformation {
        location: Location { uri: uri.clone(), range: range(rope, related.range, client.encoding) },
        message: related.message.clone(),
    });
    Some(related.collect())
}

pub(crate) fn text_edit(rope: &Rope, edit: &TextEdit, encoding: PositionEncoding) -> ls_types::TextEdit {
    ls_types::TextEdit { range: range(rope, edit.range, encoding), new_text: edit.new_text.clone() }
}
