//! What is known of the issue that a TODO names.

use super::{page_of, reference_at, state_of, todo_at, written};
use crate::ide::hover::{Hover, SEPARATOR, rules};
use crate::ide::markup::{code, plain};
use crate::issues::{Answer, IssueState};
use crate::text::{self, Source, range};
use crate::todo::{self, ReferenceKind, Todo};
use crate::workspace::Root;

/// Returns what there is to say about the TODO, or the reference to an issue, at byte `offset`; `now` is the time, in
/// seconds since 1970 in UTC, that ages are counted to.
#[must_use]
pub fn todo_hover(
    todos: &[Todo],
    source: Source<'_>,
    path: &str,
    root: &Root,
    offset: usize,
    now: i64,
) -> Option<Hover> {
    let at = text::offset(crate::ide::place(source, offset));
    let reference = reference_at(todos, source, path, root, offset);
    let mut findings = todo::diagnostics_of(todos, source, path, root);
    findings.retain(|finding| finding.range.contains_inclusive(at));
    let place = match (&reference, todo_at(todos, range(at.into(), at.into()))) {
        (Some(reference), _) => reference.range,
        // Beside the references only the word says something, and what is wrong.
        (None, Some(todo)) if todo.word_range.contains_inclusive(at) => todo.word_range,
        (None, _) => findings.first()?.range,
    };
    let mut parts: Vec<String> = Vec::new();
    if let Some(reference) = &reference {
        parts.extend(card(&reference.kind, root, now));
    } else if let Some(todo) = todo_at(todos, place) {
        parts.extend(todo.references.iter().filter_map(|reference| card(&reference.kind, root, now)));
    }
    parts.extend(rules::sections(&findings));
    (!parts.is_empty()).then(|| Hover { range: place, markdown: parts.join(SEPARATOR) })
}

/// Returns what is known of one issue.
fn card(kind: &ReferenceKind, root: &Root, now: i64) -> Option<String> {
    let book = root.issues.as_deref();
    let page = page_of(kind, book)?;
    let name = plain(&written(kind));
    let answer = book.and_then(|book| book.of_reference(kind));
    let link = link(&page);
    let of_book = book.is_some_and(|book| book.issue_of(kind).is_some());
    Some(match answer {
        Some(Answer::Found(issue)) => found(&name, issue, &link, now),
        _ if !of_book => format!("**{name}**{link}"),
        answer => format!("**{name}**: {}{link}", state_of(answer)),
    })
}

fn found(name: &str, issue: &IssueState, link: &str, now: i64) -> String {
    let mut lines = vec![format!("**{name}** {} \u{2014} {}", plain(&issue.title), issue.state.name())];
    let mut facts: Vec<String> = Vec::new();
    if !issue.labels.is_empty() {
        let labels: Vec<_> = issue.labels.iter().map(|label| code(label)).collect();
        facts.push(format!("Labels: {}", labels.join(", ")));
    }
    facts.extend(issue.assignee.as_deref().map(|name| format!("Assignee: {}", plain(name))));
    facts.extend(issue.milestone.as_deref().map(|title| format!("Milestone: {}", plain(title))));
    if !facts.is_empty() {
        lines.push(facts.join("  \n"));
    }
    let age = match issue.fetched_at {
        Some(at) => format!("As of {}.", ago(now.saturating_sub(at))),
        None => "It is not known how old this is.".to_owned(),
    };
    lines.push(format!("{age}{link}"));
    lines.join("\n\n")
}

/// Returns a link to a page, unless something in the address could end it early.
fn link(page: &str) -> String {
    let safe = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | '(' | ')' | '\\');
    if page.chars().all(safe) { format!(" [Open]({page})") } else { String::new() }
}

/// Says how long ago something was.
fn ago(seconds: i64) -> String {
    let ago = |number: i64, unit: &str| format!("{number} {unit}{} ago", if number == 1 { "" } else { "s" });
    match seconds {
        ..60 => "just now".to_owned(),
        60..3600 => ago(seconds / 60, "minute"),
        3600..86_400 => ago(seconds / 3600, "hour"),
        _ => ago(seconds / 86_400, "day"),
    }
}
