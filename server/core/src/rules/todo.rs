//! `todo/*`: the promises in comments and the issues that they name (requirement 001, "TODO Comments").

pub mod bare_todo;
pub mod closed_issue;
pub mod malformed_reference;
pub mod unknown_issue;

use super::RuleContext;
use crate::todo::TodoFile;

/// Every check, in the order in which they run. One check may report only its own rule.
pub(crate) static CHECKS: &[fn(&mut RuleContext<'_, TodoFile>)] =
    &[bare_todo::check, malformed_reference::check, unknown_issue::check, closed_issue::check];

#[cfg(test)]
mod tests;
