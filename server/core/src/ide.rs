//! What an editor asks about a place in a file: plain functions over (text, path, root, byte offset).
//!
//! Answers are plain data in our words: byte ranges, Markdown, edits. `lsp` turns them into its wire form. Nothing
//! here fails: broken text gives a smaller answer (DESIGN.md section 6). A large document is never copied; only
//! [`document_symbols`] and [`folding`] walk it, once.

mod actions;
mod command;
mod completion;
mod coverage;
mod definition;
mod document_links;
mod folding;
mod gates;
mod hints;
mod hover;
mod lens;
mod markup;
mod maturity;
mod mentions;
mod rename;
mod runs;
mod symbols;
#[cfg(test)]
mod testing;
mod todo;
mod workspace_symbols;

pub use crate::links::LinkTarget;
pub use actions::{Action, ActionKind, actions, tick_from_evidence};
pub use command::{
    Cancel, Command, DryRun, OpenDashboard, OpenReport, Promote, Resume, Rollback, RunGates, ShowUncovered,
    SignOff, TickFromEvidence,
};
pub use completion::{Completion, CompletionKind, TRIGGER_CHARACTERS, completion};
pub use coverage::{Uncovered, uncovered};
pub use definition::{Subject, SubjectKind, definition_in, definition_paths, subject_at};
pub use document_links::{DocumentLink, document_links};
pub use folding::{Fold, FoldKind, folding};
pub use hints::{Hint, hints};
pub use hover::{Hover, hover, hover_in};
pub use lens::{Destination, Lens, lenses};
pub use mentions::{Mention, MentionKind, manifest, may_mention, mention_at, mentions, mentions_in};
pub use rename::{CanRename, PathRename, Rename, RenameEdit, rename, rename_placeholder};
pub use symbols::{Symbol, SymbolKind, document_symbols};
pub use todo::{
    Candidate, Draft, IssueKey, IssueLink, candidates, draft, issue_completions, numbered, page_of,
    reference_at, todo_actions, todo_at, todo_hover, todo_links, wants_issue,
};
pub use workspace_symbols::{Found, FoundKind, MAX_FOUND, components, may_have_sections, sections, todos};

use crate::text::Source;

/// Returns the nearest place at or before `offset` that a position can name: inside the text, at the start of a
/// character, not between `\r` and `\n`.
fn place(source: Source<'_>, offset: usize) -> usize {
    let at = source.floor_char_boundary(offset);
    if at > 0 && source.slice(at - 1, at + 1) == "\r\n" { at - 1 } else { at }
}
