//! From our words to the protocol's. Only here do byte ranges become positions.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use ropey::Rope;
use rustc_hash::FxHashMap;
use stagegate_core::diagnostic::{Diagnostic, Related, Severity, TextEdit};
use stagegate_core::text::{PositionEncoding, Source, TextRange, range_in_rope};
use tower_lsp::ls_types::{self, DiagnosticRelatedInformation, DiagnosticTag, Location, NumberOrString, Uri};

use crate::client::ClientInfo;
use crate::state::{Folder, State, place};

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

/// Other files than the one that findings are in: places in them belong to findings, and their text says where.
#[derive(Default)]
pub(crate) struct Elsewhere<'a> {
    /// The folder that paths count from.
    folder: Option<(&'a State, &'a Path)>,
    /// Texts that were asked for: many findings may point to one file.
    known: RefCell<FxHashMap<String, Option<(Uri, Rope)>>>,
}

impl<'a> Elsewhere<'a> {
    /// What lies around the file at `uri`.
    pub(crate) fn new(state: &'a State, folders: &'a [Folder], uri: &str) -> Elsewhere<'a> {
        let path = state.home_of(uri);
        match path.as_deref().and_then(|path| place(folders, path)) {
            Some((folder, _)) => Elsewhere::of(state, folder),
            None => Elsewhere::default(),
        }
    }

    /// What lies in `folder`.
    pub(crate) fn of(state: &'a State, folder: &'a Folder) -> Elsewhere<'a> {
        Elsewhere { folder: Some((state, &folder.path)), ..Elsewhere::default() }
    }

    /// Returns the files that were pointed to.
    pub(crate) fn files(&self) -> Box<[PathBuf]> {
        let Some((_, folder)) = self.folder else { return Box::default() };
        self.known.borrow().keys().map(|path| folder.join(path)).collect()
    }

    /// Returns a place in the file at `path`, relative to the folder; `None` where the file is gone.
    fn location(&self, path: &str, place: &Related, encoding: PositionEncoding) -> Option<Location> {
        let (state, folder) = self.folder?;
        let mut known = self.known.borrow_mut();
        let file = known.entry(path.to_owned()).or_insert_with(|| {
            let whole = folder.join(path);
            Some((state.uri_of(&whole).parse().ok()?, state.rope_at(&whole)?))
        });
        let (uri, rope) = file.as_ref()?;
        // The text may be newer than what was found in it; what lies past its end is clamped.
        let place = place.range_in(Source::Rope(rope));
        Some(Location { uri: uri.clone(), range: range(rope, place, encoding) })
    }
}

/// Converts findings; of the places that belong to them only those in the same file.
pub(crate) fn diagnostics(
    findings: &[Diagnostic],
    rope: &Rope,
    uri: &str,
    client: &ClientInfo,
) -> Vec<ls_types::Diagnostic> {
    diagnostics_in(findings, rope, uri, client, &Elsewhere::default())
}

/// Converts findings, with the places in other files that belong to them.
pub(crate) fn diagnostics_in(
    findings: &[Diagnostic],
    rope: &Rope,
    uri: &str,
    client: &ClientInfo,
    elsewhere: &Elsewhere<'_>,
) -> Vec<ls_types::Diagnostic> {
    findings.iter().map(|finding| diagnostic(finding, rope, uri, client, elsewhere)).collect()
}

fn diagnostic(
    finding: &Diagnostic,
    rope: &Rope,
    uri: &str,
    client: &ClientInfo,
    elsewhere: &Elsewhere<'_>,
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
        related_information: related(finding, rope, uri, client, elsewhere),
        tags,
        data,
    }
}

fn related(
    finding: &Diagnostic,
    rope: &Rope,
    uri: &str,
    client: &ClientInfo,
    elsewhere: &Elsewhere<'_>,
) -> Option<Vec<DiagnosticRelatedInformation>> {
    if !client.related_information || finding.related.is_empty() {
        return None;
    }
    let uri: Uri = uri.parse().ok()?;
    let related = finding.related.iter().filter_map(|related| {
        let location = match &related.path {
            Some(path) => elsewhere.location(path, related, client.encoding)?,
            None => {
                let place = related.range_in(Source::Rope(rope));
                Location { uri: uri.clone(), range: range(rope, place, client.encoding) }
            }
        };
        Some(DiagnosticRelatedInformation { location, message: related.message.clone() })
    });
    Some(related.collect())
}

pub(crate) fn text_edit(rope: &Rope, edit: &TextEdit, encoding: PositionEncoding) -> ls_types::TextEdit {
    ls_types::TextEdit { range: range(rope, edit.range, encoding), new_text: edit.new_text.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stagegate_core::diagnostic::LineSpan;
    use stagegate_core::rules::gate::not_met::TYPES;

    #[test]
    fn places_by_lines_are_looked_up_in_the_text() {
        let rope = Rope::from_str("# A\n  \u{1f680}y = f()\n");
        let lines = LineSpan { line: 2, column: 4, end_line: 2, end_column: 5 };
        let place = TextRange::default();
        let related = Related { path: None, range: place, lines: Some(lines), message: "no".to_owned() };
        let finding = Diagnostic {
            rule: &TYPES,
            severity: Severity::Warning,
            range: place,
            message: String::new(),
            help: None,
            field: None,
            fix: None,
            related: vec![related],
            unnecessary: false,
        };
        let client = ClientInfo { related_information: true, ..ClientInfo::default() };
        let found = diagnostics(&[finding], &rope, "file:///a.md", &client);
        let range = found[0].related_information.as_ref().unwrap()[0].location.range;
        let (start, end) = (range.start, range.end);
        assert_eq!((start.line, start.character, end.line, end.character), (1, 4, 1, 5), "in UTF-16");
    }
}
