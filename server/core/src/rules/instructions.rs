//! `instructions/*`: requirement 002, "Instruction Validation Gates", and what the consumers of these files accept.

pub mod duplicate_key;
mod edit;
pub mod empty_field;
pub mod invalid_glob;
pub mod invalid_yaml;
pub mod long_content;
pub mod missing_field;
pub mod missing_frontmatter;
pub mod no_headings;
pub mod not_portable;
pub mod redundant_glob;
pub mod short_content;
pub mod unclosed_frontmatter;
pub mod unknown_key;
pub mod unmatched_glob;
pub mod wrong_type;

use super::RuleContext;

/// Every check, in the order in which they run. One check may report only its own rule.
pub(crate) static CHECKS: &[fn(&mut RuleContext<'_>)] = &[
    missing_frontmatter::check,
    unclosed_frontmatter::check,
    invalid_yaml::check,
    missing_field::check,
    wrong_type::check,
    empty_field::check,
    duplicate_key::check,
    invalid_glob::check,
    unmatched_glob::check,
    unknown_key::check,
    not_portable::check,
    redundant_glob::check,
    no_headings::check,
    short_content::check,
    long_content::check,
];

#[cfg(test)]
pub(crate) mod testing;
