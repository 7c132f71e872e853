//! `todo/malformed-reference`.

use crate::diagnostic::{Fix, TextEdit};
use crate::rules::{RuleContext, declare_rule};
use crate::todo::{MalformedKind, TodoFile};

declare_rule! {
    /// ## What it checks
    /// What stands in the place of an issue behind a TODO is one: not `TODO()`, `TODO(#)`, `TODO(#12a)`, `TODO(#0)`,
    /// a number beyond 64 bits, `TODO(12)`, `TODO(repo#12)` without its owner, `TODO(#12` without its end. And it is
    /// written in parentheses: not `TODO #12`, `TODO[#12]`, `TODO (#12)`.
    ///
    /// ## Why it matters
    /// No tool finds the issue, so nobody learns that it was closed. A search for `TODO\(#\d+\)` misses it.
    ///
    /// ## Example
    /// ```python
    /// # TODO #12: raise the coverage
    /// ```
    ///
    /// ## Fix
    /// Writes the parentheses where the number is certain. Offers `#12` for `12`.
    ///
    /// ## References
    /// requirement 001, "TODO Comments".
    MALFORMED_REFERENCE = {
        code: "todo/malformed-reference",
        summary: "a TODO comment whose reference to an issue cannot be read",
        severity: Warning,
        fix: Safe,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, TodoFile>) {
    for todo in &cx.file.todos {
        let word = &todo.word;
        for malformed in &todo.malformed {
            let place = malformed.range;
            let found = cx.source.slice(place.start().into(), place.end().into());
            let found = crate::config::shorten(&found);
            let message = match malformed.kind {
                MalformedKind::Empty => format!("the parentheses behind {word} are empty; expected an issue"),
                MalformedKind::NoNumber => format!("`{found}` has no number; expected one, such as `#123`"),
                MalformedKind::NotANumber => {
                    format!("`{found}` is not the number of an issue; expected digits, such as `#123`")
                }
                MalformedKind::Zero => format!("`{found}` is no issue; numbers start at 1"),
                MalformedKind::TooLarge => {
                    format!("the number of `{found}` is too large; expected at most {}", u64::MAX)
                }
                MalformedKind::NoHash => {
                    format!("`{found}` is not marked as an issue; expected `#` before the number")
                }
                MalformedKind::NoOwner => {
                    format!("`{found}` names a repository without its owner; expected `owner/repo#123`")
                }
                MalformedKind::Unclosed => {
                    format!("`{found}` has no closing parenthesis; expected `)` behind it")
                }
                MalformedKind::NoParentheses => {
                    format!("`{found}` is not in parentheses behind {word}; expected `{word}(#123)`")
                }
            };
            let fix = malformed.fix.as_ref().map(|(range, new, safe)| {
                let title = match malformed.kind {
                    MalformedKind::Unclosed => "Close the parenthesis".to_owned(),
                    MalformedKind::NoParentheses => format!("Write `{word}{new}`"),
                    _ => format!("Write `{new}`"),
                };
                let edit = TextEdit { range: *range, new_text: new.clone() };
                Fix { title, safe: *safe, edits: vec![edit] }
            });
            let help = fix.is_none().then(|| format!("write `{word}(#123)` with the number of the issue"));
            let finding = cx.report(&MALFORMED_REFERENCE, place, message).fix(fix);
            match help {
                Some(help) => finding.help(help).done(),
                None => finding.done(),
            }
        }
    }
}
