//! TODO comments in an editor: where their issues are read, what is known of them, and how to make the missing one.

mod completion;
mod draft;
mod hover;
mod link;
#[cfg(test)]
mod tests;

use text_size::TextRange;

pub use completion::issue_completions;
pub use draft::{Draft, draft, numbered};
pub use hover::todo_hover;
pub use link::{Candidate, candidates};

use super::actions::{Action, ActionKind};
use crate::files::FileKind;
use crate::issues::{Answer, IssueBook, OpenState};
use crate::text::{self, Source};
use crate::todo::{self, IssueId, Reference, ReferenceKind, Todo};
use crate::workspace::Root;

/// Longest line that is looked at for a reference, in bytes.
const MAX_LINE: usize = 10_000;

/// Most issues that are proposed at once as one click each.
const MAX_DIRECT: usize = 3;

/// A reference that leads to the page of its issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueLink {
    /// The reference.
    pub range: TextRange,
    /// The page.
    pub url: String,
    /// What it leads to, in plain text.
    pub tooltip: String,
}

/// What several references can name alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum IssueKey {
    /// An issue of the workspace's tracker; its own ones without a repository.
    Issue(IssueId),
    /// The key of another tracker.
    Key(Box<str>),
    /// An address on another host.
    Url(Box<str>),
}

impl IssueKey {
    /// Returns what a reference names, as far as the workspace's tracker is known.
    #[must_use]
    pub fn of(kind: &ReferenceKind, book: Option<&IssueBook>) -> IssueKey {
        match (kind, book) {
            (ReferenceKind::Key(key), _) => IssueKey::Key(key.clone()),
            (ReferenceKind::Issue(issue), Some(book)) => IssueKey::Issue(book.plain(issue)),
            (ReferenceKind::Issue(issue), None) => IssueKey::Issue(issue.clone()),
            (ReferenceKind::Url { url, .. }, book) => {
                match book.and_then(|book| Some(book.plain(book.issue_of(kind)?))) {
                    Some(issue) => IssueKey::Issue(issue),
                    None => IssueKey::Url(url.clone()),
                }
            }
        }
    }
}

/// Returns the page that a reference leads to, without asking anybody; `None` where the tracker is not known.
#[must_use]
pub fn page_of(kind: &ReferenceKind, book: Option<&IssueBook>) -> Option<String> {
    match kind {
        ReferenceKind::Url { url, .. } => Some(url.to_string()),
        ReferenceKind::Issue(issue) => Some(book?.page(issue)),
        ReferenceKind::Key(_) => None,
    }
}

/// Returns the links of the TODOs of a file.
#[must_use]
pub fn todo_links(todos: &[Todo], root: &Root) -> Vec<IssueLink> {
    let book = root.issues.as_deref();
    let references = todos.iter().flat_map(|todo| &todo.references);
    let links = references.filter_map(|reference| {
        let url = page_of(&reference.kind, book)?;
        let known = match book.and_then(|book| book.of_reference(&reference.kind)) {
            Some(Answer::Found(issue)) => format!(" ({}): {}", issue.state.name(), issue.title),
            Some(Answer::Missing) => " (does not exist)".to_owned(),
            None => String::new(),
        };
        let tooltip = super::markup::one_line(&format!("Issue {}{known}", written(&reference.kind)), 200);
        Some(IssueLink { range: reference.range, url, tooltip })
    });
    links.collect()
}

/// Writes what a reference names as people do.
pub(super) fn written(kind: &ReferenceKind) -> String {
    match kind {
        ReferenceKind::Issue(issue) => {
            format!("{}#{}", issue.repo.as_deref().unwrap_or_default(), issue.number)
        }
        ReferenceKind::Key(key) => key.to_string(),
        ReferenceKind::Url { issue: Some(issue), .. } => {
            format!("{}#{}", issue.repo.as_deref().unwrap_or_default(), issue.number)
        }
        ReferenceKind::Url { url, .. } => url.to_string(),
    }
}

/// Returns the reference at byte `offset`: of a TODO, or in the running text of a Markdown file of ours.
#[must_use]
pub fn reference_at(
    todos: &[Todo],
    source: Source<'_>,
    path: &str,
    root: &Root,
    offset: usize,
) -> Option<Reference> {
    let at = text::offset(super::place(source, offset));
    let of_todos = todos.iter().flat_map(|todo| &todo.references);
    if let Some(found) = of_todos.into_iter().find(|reference| reference.range.contains_inclusive(at)) {
        return Some(found.clone());
    }
    let is_text = match root.analyses(path)? {
        FileKind::Instructions | FileKind::Spec | FileKind::Maturity | FileKind::Markdown => true,
        FileKind::Config | FileKind::Code => false,
    };
    let (start, line) = line_at(source, at.into())?;
    let found = todo::references_in(&line, start, root.config.todo.scanner());
    found.into_iter().find(|reference| is_text && reference.range.contains_inclusive(at))
}

/// Returns the start and text of the line that holds byte `at`; `None` where it is too long to be read.
fn line_at(source: Source<'_>, at: usize) -> Option<(usize, String)> {
    let from = source.floor_char_boundary(at.saturating_sub(MAX_LINE));
    let before = source.slice(from, at);
    let start = match before.rfind('\n') {
        Some(newline) => from + newline + 1,
        None if from == 0 => 0,
        None => return None,
    };
    let to = source.floor_char_boundary((at + MAX_LINE).min(source.len()));
    let after = source.slice(at, to);
    let end = at + after.find('\n').unwrap_or(after.len());
    let line = source.slice(start, end);
    Some((start, line.trim_end_matches('\r').to_owned()))
}

/// Returns the TODO that `range` touches.
#[must_use]
pub fn todo_at(todos: &[Todo], range: TextRange) -> Option<&Todo> {
    todos.iter().find(|todo| todo.range.start() <= range.end() && range.start() <= todo.range.end())
}

/// Whether an issue can be created for a TODO: it names none yet.
#[must_use]
pub fn wants_issue(todo: &Todo) -> bool {
    todo.references.is_empty() && draft::insertion(todo, "", 1).is_some()
}

/// Returns the actions that link the TODO at `range` to one of the open issues that its words are about.
#[must_use]
pub fn todo_actions(todos: &[Todo], source: Source<'_>, root: &Root, range: TextRange) -> Vec<Action> {
    let (Some(todo), Some(book)) = (todo_at(todos, range), root.issues.as_deref()) else { return Vec::new() };
    if !wants_issue(todo) {
        return Vec::new();
    }
    let near = candidates(todo, book, MAX_DIRECT).into_iter().filter(|candidate| candidate.shared > 0);
    let actions = near.filter_map(|candidate| {
        let title = super::markup::one_line(candidate.title, 60);
        Some(Action {
            command: None,
            title: format!("Link to #{}: {title}", candidate.number),
            kind: ActionKind::QuickFix,
            edits: vec![numbered(todo, source, candidate.number)?],
            diagnostics: Vec::new(),
            preferred: false,
        })
    });
    actions.collect()
}

/// Says what is known of an issue in a few words: `open`, `closed`.
fn state_of(answer: Option<&Answer>) -> &'static str {
    match answer {
        Some(Answer::Found(issue)) if issue.state == OpenState::Open => "open",
        Some(Answer::Found(_)) => "closed",
        Some(Answer::Missing) => "does not exist",
        None => "nothing is known of it yet",
    }
}
