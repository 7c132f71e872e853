//! The list for programs: schema `stagegate.todo/1` (`docs/json.md`). Positions are zero-based, in UTF-16 code units.

use serde_json::{Value, json};
use stagegate_core::issues::Answer;
use stagegate_core::text::LineIndex;
use stagegate_core::todo::{Reference, ReferenceKind};
use stagegate_workspace::read;

use super::{List, Row};
use crate::report::json::WireRange;

/// A change that breaks readers gets a new number.
const SCHEMA: &str = "stagegate.todo/1";

pub(super) fn render(list: &List<'_>) -> String {
    let mut out =
        format!("{{\"schema\":{},\"root\":{},\"todos\":[", json!(SCHEMA), json!(list.root.to_string_lossy()));
    let mut first = true;
    for rows in list.rows.chunk_by(|a, b| a.path == b.path) {
        // The index keeps no text; few files hold a TODO.
        let text = rows.first().and_then(|row| read(&list.root.join(row.path)).ok()).unwrap_or_default();
        let lines = LineIndex::new(&text);
        for row in rows {
            out.push_str(if first { "\n" } else { ",\n" });
            first = false;
            out.push_str(&todo(list, row, &lines).to_string());
        }
    }
    out.push_str(if first { "]}\n" } else { "\n]}\n" });
    out
}

fn todo(list: &List<'_>, row: &Row<'_>, lines: &LineIndex<'_>) -> Value {
    let todo = row.todo;
    let references: Vec<_> = todo.references.iter().map(|it| reference(list, it, lines)).collect();
    json!({
        "path": row.path,
        "range": WireRange::new(lines, todo.range),
        "word": todo.word,
        "text": todo.text,
        "component": row.component,
        "references": references,
        "malformed": !todo.malformed.is_empty(),
    })
}

fn reference(list: &List<'_>, reference: &Reference, lines: &LineIndex<'_>) -> Value {
    let kind = match &reference.kind {
        ReferenceKind::Issue(_) => "issue",
        ReferenceKind::Key(_) => "key",
        ReferenceKind::Url { .. } => "url",
    };
    let issue = reference.kind.issue();
    let (state, found) = match list.answer(reference) {
        Some(Answer::Found(issue)) => (issue.state.name(), Some(issue)),
        Some(Answer::Missing) => ("missing", None),
        None => ("unknown", None),
    };
    let time = |at: i64| jiff::Timestamp::from_second(at).ok().map(|at| at.to_string());
    json!({
        "kind": kind,
        "text": super::written(reference),
        "range": WireRange::new(lines, reference.range),
        "repo": issue.and_then(|issue| issue.repo.as_deref()),
        "number": issue.map(|issue| issue.number),
        "state": state,
        "title": found.map(|issue| &*issue.title),
        "url": found.map(|issue| &*issue.url),
        "labels": found.map(|issue| &*issue.labels),
        "assignee": found.and_then(|issue| issue.assignee.as_deref()),
        "milestone": found.and_then(|issue| issue.milestone.as_deref()),
        "fetched_at": found.and_then(|issue| time(issue.fetched_at?)),
    })
}
