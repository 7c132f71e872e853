//! Signing a criterion off in a document, and taking that back: edits that change nothing else.

use super::demand::is_person;
use super::{LISTS, Line, SignOff, Signature, key};
use crate::component::{ComponentFile, bare};
use crate::diagnostic::TextEdit;
use crate::stage::Stage;
use crate::text::{Source, TextRange, range};

/// A line of a file that can be signed.
struct Item<'a> {
    text: &'a str,
    range: TextRange,
    check: Option<TextRange>,
    stage: Option<Stage>,
    is_approval: bool,
    line: Line,
}

/// Returns the edits that sign `sign_off` off in `file`: an item that names it is ticked and signed in place, other items
/// about it are ticked; where there is none, one is added to the list of approvals, which is made where there is none.
/// What was signed before is replaced.
#[must_use]
pub fn sign(
    file: &ComponentFile,
    source: Source<'_>,
    sign_off: &SignOff,
    signature: &Signature,
) -> Vec<TextEdit> {
    let signature = clean(signature);
    let mut items = items_of(file, sign_off);
    items.retain(|item| item.stage.is_none_or(|stage| stage == sign_off.stage));
    items.sort_by_key(|item| !item.is_approval);
    let mut edits = Vec::new();
    for (at, item) in items.iter().enumerate() {
        if let Some(check) = item.check {
            edits.push(TextEdit { range: check, new_text: "x".to_owned() });
        }
        let is_signed = item.line.signature.is_some();
        if at == 0 || is_signed {
            let text = item.line.signed(item.text, &signature);
            edits.push(TextEdit { range: item.range, new_text: text });
        }
    }
    if items.is_empty() {
        edits.push(added(file, source, sign_off, &signature));
    }
    finished(edits, source)
}

/// Returns the edits that take a sign-off back: every item about it is neither ticked nor signed; none where nobody signed
/// it off.
#[must_use]
pub fn withdraw(file: &ComponentFile, source: Source<'_>, sign_off: &SignOff) -> Vec<TextEdit> {
    let mut edits = Vec::new();
    for item in items_of(file, sign_off) {
        if let Some(check) = item.check {
            edits.push(TextEdit { range: check, new_text: " ".to_owned() });
        }
        if item.line.signature.is_some() {
            edits.push(TextEdit { range: item.range, new_text: item.line.unsigned(item.text) });
        }
    }
    finished(edits, source)
}

/// Leaves out what changes nothing, in order of place.
fn finished(mut edits: Vec<TextEdit>, source: Source<'_>) -> Vec<TextEdit> {
    edits.retain(|edit| source.slice(edit.range.start().into(), edit.range.end().into()) != edit.new_text);
    edits.sort_by_key(|edit| edit.range.start());
    edits
}

fn items_of<'a>(file: &'a ComponentFile, sign_off: &SignOff) -> Vec<Item<'a>> {
    let approvals = file.approvals.iter().map(|item| (&item.text, item.range, Some(item.check), None, true));
    let criteria = file.criteria.iter();
    let criteria = criteria.map(|item| (&item.text, item.range, item.check, item.stage, false));
    let items = approvals.chain(criteria).filter_map(|(text, range, check, stage, is_approval)| {
        let line = Line::read(text, is_approval);
        let both = line.expected.as_deref().zip(sign_off.expected.as_deref());
        let is_it =
            key(&line.criterion) == sign_off.key && both.is_none_or(|(one, other)| is_person(one, other));
        is_it.then(|| Item { text, range, check, stage: line.stage.or(stage), is_approval, line })
    });
    items.collect()
}

/// Adds an item to the list of approvals.
fn added(file: &ComponentFile, source: Source<'_>, sign_off: &SignOff, signature: &Signature) -> TextEdit {
    let stage = match sign_off.stage {
        // What names no stage is for production.
        Stage::Production => String::new(),
        stage => format!(" (for {stage})"),
    };
    let criterion = one_line(&sign_off.criterion);
    let item = format!("- [x] {criterion}{stage} — {}", super::written(signature));
    let line_end = if source.slice(0, 4096).contains("\r\n") { "\r\n" } else { "\n" };
    let end_of_line = |at: usize| {
        let (start, line) = source.line_at(at);
        let line = line.trim_end_matches(['\r', '\n']);
        start + line.len()
    };
    let is_list = |title: &str| LISTS.iter().any(|known| bare(title).eq_ignore_ascii_case(known));
    let heading = file.sections.iter().rfind(|section| is_list(&section.title));
    let last = file.approvals.last().map(|approval| approval.range.end());
    if let Some(at) = last.or(heading.map(|heading| heading.range.end())) {
        let at = end_of_line(at.into());
        let gap =
            if last.is_none() && heading.is_some_and(|heading| heading.level < 7) { line_end } else { "" };
        return TextEdit { range: range(at, at), new_text: format!("{line_end}{gap}{item}") };
    }
    let text = source.slice(source.len().saturating_sub(8), source.len());
    let gap = match () {
        () if source.is_empty() => String::new(),
        () if text.ends_with('\n') => line_end.to_owned(),
        () => line_end.repeat(2),
    };
    let new_text = format!("{gap}---{line_end}{line_end}**Approval:**{line_end}{item}{line_end}");
    TextEdit { range: range(source.len(), source.len()), new_text }
}

/// Returns a signature that stays on its line and in its place, whatever a name or note holds.
fn clean(signature: &Signature) -> Signature {
    let name = |text: &str| {
        one_line(text).replace(['<', '>', ','], " ").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    Signature {
        name: name(&signature.name).into(),
        email: signature.email.as_ref().map(|email| name(email).replace(' ', "").into()),
        note: signature.note.as_ref().map(|note| one_line(note).into()),
        ..signature.clone()
    }
}

/// Returns a text on one line that opens and ends no comment.
fn one_line(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = text.replace("<!--", " ").replace("-->", " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
