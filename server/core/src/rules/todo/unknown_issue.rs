//! `todo/unknown-issue`.

use crate::issues::Answer;
use crate::rules::{RuleContext, declare_rule};
use crate::todo::TodoFile;

declare_rule! {
    /// ## What it checks
    /// The issue that a TODO comment names exists, as far as the tracker was asked. Where it was not, nothing is
    /// reported.
    ///
    /// ## Why it matters
    /// A number that leads nowhere is a slip, or the issue was deleted: the promise is in no list.
    ///
    /// ## Example
    /// `# TODO(#99999): retry` in a repository with 200 issues.
    ///
    /// ## Fix
    /// None. Correct the number.
    ///
    /// ## References
    /// requirement 001, "TODO Comments".
    UNKNOWN_ISSUE = {
        code: "todo/unknown-issue",
        summary: "a TODO comment that names an issue that does not exist",
        severity: Warning,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, TodoFile>) {
    let Some(book) = cx.root.issues.as_deref() else { return };
    for reference in cx.file.todos.iter().flat_map(|todo| &todo.references) {
        let (Some(Answer::Missing), Some(issue)) =
            (book.of_reference(&reference.kind), reference.kind.issue())
        else {
            continue;
        };
        let repo = issue.repo.as_deref().unwrap_or(book.repo());
        let message = format!("{repo} has no issue #{}", issue.number);
        cx.report(&UNKNOWN_ISSUE, reference.range, message)
            .help("correct the number, or create the issue")
            .done();
    }
}
