//! Open issues after `TODO(#`.

use super::line_at;
use crate::diagnostic::TextEdit;
use crate::ide::completion::{Completion, CompletionKind};
use crate::ide::markup::{one_line, plain};
use crate::issues::{IssueState, OpenState};
use crate::text::{Source, range};
use crate::todo::Todo;
use crate::workspace::Root;

/// Most proposals; who types more finds others.
const MAX_PROPOSALS: usize = 50;

/// Returns the open issues that may be meant at byte `offset`, behind `TODO(#`: those whose number begins with what was
/// typed, or whose title holds its words.
#[must_use]
pub fn issue_completions(todos: &[Todo], source: Source<'_>, root: &Root, offset: usize) -> Vec<Completion> {
    let Some(book) = root.issues.as_deref() else { return Vec::new() };
    let Some(typed) = typed(todos, source, offset) else { return Vec::new() };
    let words = typed.text.trim_start_matches('#').to_lowercase();
    let is_number = !words.is_empty() && words.bytes().all(|b| b.is_ascii_digit());
    let rank = |number: u64, issue: &IssueState| {
        let title = issue.title.to_lowercase();
        let by_number = is_number && number.to_string().starts_with(&words);
        let by_words = words.split_whitespace().all(|word| title.contains(word));
        (by_number || by_words).then_some(!by_number)
    };
    let open = book.own().rev().filter(|(_, issue)| issue.state == OpenState::Open);
    let mut found: Vec<_> =
        open.filter_map(|(number, issue)| Some((rank(number, issue)?, number, issue))).collect();
    found.sort_by_key(|(rank, ..)| *rank);
    found.truncate(MAX_PROPOSALS);
    let proposals = found.into_iter().enumerate().map(|(place, (_, number, issue))| Completion {
        label: format!("#{number}"),
        kind: CompletionKind::Issue,
        detail: Some(one_line(&issue.title, 100)),
        documentation: documentation(issue),
        edit: TextEdit { range: range(typed.start, typed.end), new_text: format!("#{number}") },
        sort: format!("{place:03}"),
        // Clients compare it with what was typed, which may be words of the title.
        filter: Some(typed.text.clone()),
        snippet: false,
    });
    proposals.collect()
}

/// What was typed of a reference.
struct Typed {
    text: String,
    start: usize,
    end: usize,
}

/// Returns what was typed behind the `#` of `TODO(#` or `TODO(#12, #`.
fn typed(todos: &[Todo], source: Source<'_>, offset: usize) -> Option<Typed> {
    let at = crate::ide::place(source, offset);
    let (start, line) = line_at(source, at)?;
    let before = line.get(..at - start)?;
    let hash = before.rfind('#')?;
    let open = before[..hash].rfind('(')?;
    let text = &before[hash..];
    let between = &before[open + 1..hash];
    if text.contains([')', '(', ',', ';']) || between.contains(')') || text.len() > 100 {
        return None;
    }
    let is_list = between.trim_end().is_empty() || between.trim_end().ends_with([',', ';', '&']);
    // It stands in a comment, behind a word.
    let behind_word = todos.iter().any(|todo| usize::from(todo.word_range.end()) == start + open);
    (is_list && behind_word).then(|| Typed { text: text.to_owned(), start: start + hash, end: at })
}

fn documentation(issue: &IssueState) -> Option<String> {
    let mut lines = vec![plain(&issue.title)];
    if !issue.labels.is_empty() {
        lines.push(format!("Labels: {}", plain(&issue.labels.join(", "))));
    }
    lines.extend(issue.assignee.as_deref().map(|name| format!("Assignee: {}", plain(name))));
    (lines.len() > 1 || issue.title.chars().count() > 60).then(|| lines.join("  \n"))
}
