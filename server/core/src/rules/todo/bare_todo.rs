//! `todo/bare-todo`.

use crate::rules::{RuleContext, declare_rule};
use crate::todo::TodoFile;

/// How much behind the word is looked at for the key of another tracker, in bytes.
const LOOKED_AT: usize = 64;

declare_rule! {
    /// ## What it checks
    /// A TODO comment (also FIXME, HACK, XXX; see `todo.words`) names an issue: `TODO(#123)`, `TODO(owner/repo#123)`,
    /// `TODO(GH-123)`, a key by `todo.patterns`, or the address of an issue, also in its text. Looked at are comments
    /// alone, in every language that is known.
    ///
    /// ## Why it matters
    /// A promise without an issue is in no list, has no owner, and nobody learns when it is due.
    ///
    /// ## Example
    /// ```python
    /// # TODO: raise the coverage
    /// ```
    ///
    /// ## Fix
    /// None. Name the issue, or silence the line with `# stagegate: ignore[bare-todo]`.
    ///
    /// ## References
    /// requirement 001, "TODO Comments".
    BARE_TODO = {
        code: "todo/bare-todo",
        summary: "a TODO comment that names no issue",
        severity: Hint,
        fix: None,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, TodoFile>) {
    for todo in &cx.file.todos {
        if !todo.references.is_empty() || !todo.malformed.is_empty() {
            continue;
        }
        let word = &todo.word;
        let end = usize::from(todo.word_range.end());
        let after = cx.source.slice(end, end + LOOKED_AT);
        let help = match key(&after) {
            Some(key) => {
                format!("if `{key}` is the key of an issue, say so in `todo.patterns` of stagegate.yaml")
            }
            None => format!("write `{word}(#123)` with the number of the issue that it belongs to"),
        };
        cx.report(&BARE_TODO, todo.word_range, format!("this {word} names no issue")).help(help).done();
    }
}

/// Returns what stands between the parentheses at the start of `text` where it looks like `PROJ-123`.
fn key(text: &str) -> Option<&str> {
    let (inner, _) = text.strip_prefix('(')?.split_once(')')?;
    let (project, number) = inner.rsplit_once('-')?;
    let is_project =
        !project.is_empty() && project.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    (is_project && is_number).then_some(inner)
}
