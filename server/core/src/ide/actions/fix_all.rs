//! All safe fixes of a file, until none is left.

use ropey::Rope;

use super::diff::diff;
use crate::diagnostic::{Diagnostic, TextEdit, merge_fixes};
use crate::text::Source;
use crate::workspace::Root;

/// Most rounds. One fix can make room for the next; more than three have not been seen.
const MAX_ROUNDS: usize = 10;

/// Returns the edits that lead from `source`, whose findings are given, to the text with all safe fixes applied.
pub(super) fn edits(source: Source<'_>, path: &str, root: &Root, findings: &[Diagnostic]) -> Vec<TextEdit> {
    let first = safe_edits(findings);
    if first.is_empty() {
        return Vec::new();
    }
    let mut rope = applied(source, &first);
    for _ in 1..MAX_ROUNDS {
        let next = safe_edits(&crate::diagnostics(Source::Rope(&rope), path, root));
        if next.is_empty() {
            break;
        }
        apply(&mut rope, &next);
    }
    diff(source, Source::Rope(&rope))
}

fn safe_edits(findings: &[Diagnostic]) -> Vec<TextEdit> {
    merge_fixes(findings.iter().filter_map(|finding| finding.fix.as_ref()).filter(|fix| fix.safe))
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
