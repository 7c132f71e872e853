//! `spec/*`: what a spec says by itself (DESIGN.md sections 4 and 5; requirement 003, "Specification completeness
//! check").

pub mod broken_link;
pub mod conflicting_requirements;
pub mod duplicate_component;
mod insert;
pub mod invalid_component;
pub mod missing_metadata;
pub mod missing_section;
pub mod placeholder_left;
pub mod stage_skipped;
pub mod threshold_below_policy;
pub mod unknown_component;
pub mod unknown_stage;

use super::RuleContext;
use crate::component::ComponentFile;

/// Every check, in the order in which they run. One check may report only its own rule.
pub(crate) static CHECKS: &[fn(&mut RuleContext<'_, ComponentFile>)] = &[
    missing_section::check,
    missing_metadata::check,
    unknown_stage::check,
    placeholder_left::check,
    stage_skipped::check,
    threshold_below_policy::check,
    conflicting_requirements::check,
    duplicate_component::check,
    broken_link::check,
    unknown_component::check,
    invalid_component::check,
];
