//! All safe fixes of a file, until none is left.

use ropey::Rope;

use super::diff::diff;
use crate::diagnostic::{Diagnostic, TextEdit};
use crate::fix::fix;
use crate::text::Source;
use crate::workspace::Root;

/// Returns the edits that lead from `source`, whose findings are given, to the text with all safe fixes applied.
pub(super) fn edits(source: Source<'_>, path: &str, root: &Root, findings: &[Diagnostic]) -> Vec<TextEdit> {
    if !findings.iter().any(|finding| finding.fix.as_ref().is_some_and(|fix| fix.safe)) {
        return Vec::new(); // The text of a large document is not copied for nothing.
    }
    let text = source.slice(0, source.len());
    let fixed = fix(&text, path, root, findings);
    fixed.map(|fixed| diff(source, Source::Str(&fixed.text))).unwrap_or_default()
}

/// Returns the text after `edits`. Cloning a rope copies nothing.
pub(super) fn applied(source: Source<'_>, edits: &[TextEdit]) -> Rope {
    let mut rope = match source {
        Source::Str(text) => Rope::from_str(text),
        Source::Rope(rope) => rope.clone(),
    };
    apply(&mut rope, edits);
    rope
}

/// Applies disjoint, sorted edits, the last first, so that the places of the others stay.
fn apply(rope: &mut Rope, edits: &[TextEdit]) {
    for edit in edits.iter().rev() {
        let (start, end) = (usize::from(edit.range.start()), usize::from(edit.range.end()));
        if end > rope.len_bytes() {
            continue;
        }
        let (start, end) = (rope.byte_to_char(start), rope.byte_to_char(end));
        rope.remove(start..end);
        rope.insert(start, &edit.new_text);
    }
}
