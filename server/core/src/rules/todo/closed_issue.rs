//! `todo/closed-issue`.

use crate::issues::{Answer, OpenState};
use crate::rules::{RuleContext, declare_rule};
use crate::todo::TodoFile;

declare_rule! {
    /// ## What it checks
    /// The issue that a TODO comment names is open, as far as the tracker was asked. Where it was not, nothing is
    /// reported.
    ///
    /// ## Why it matters
    /// Either the work is done and the comment misleads, or the issue was closed too early.
    ///
    /// ## Example
    /// `# TODO(#123): raise the coverage`, a year after #123 was closed.
    ///
    /// ## Fix
    /// None. Remove the comment, open the issue again, or name another one.
    ///
    /// ## References
    /// requirement 001, "TODO Comments".
    CLOSED_ISSUE = {
        code: "todo/closed-issue",
        summary: "a TODO comment that names a closed issue",
        severity: Warning,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, TodoFile>) {
    let Some(book) = cx.root.issues.as_deref() else { return };
    for reference in cx.file.todos.iter().flat_map(|todo| &todo.references) {
        let (Some(Answer::Found(state)), Some(issue)) =
            (book.of_reference(&reference.kind), reference.kind.issue())
        else {
            continue;
        };
        if state.state == OpenState::Open {
            continue;
        }
        let repo = issue.repo.as_deref().unwrap_or_default();
        let message = format!("issue {repo}#{} is closed: {}", issue.number, state.title);
        cx.report(&CLOSED_ISSUE, reference.range, message)
            .help("remove the comment if the work is done; else open the issue again, or name another one")
            .done();
    }
}
