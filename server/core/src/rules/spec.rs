//! `spec/*`: what a spec says by itself (DESIGN.md sections 4 and 5; requirement 003, "Specification completeness
//! check").

pub mod broken_link;
pub mod conflicting_requirements;
pub mod duplicate_component;
pub mod impossible_coverage;
mod insert;
pub mod invalid_component;
pub mod missing_metadata;
pub mod missing_section;
pub mod placeholder_left;
pub mod stage_skipped;
pub mod target_below_stage;
pub mod threshold_below_policy;
pub mod unknown_component;
pub mod unknown_stage;
pub mod unread_dependency;

use super::RuleContext;
use crate::component::ComponentFile;

/// The checks that look at what stands in the body. They need no other file but the index, so that they can run before
/// the components of all files are known.
pub(crate) static BODY_CHECKS: &[fn(&mut RuleContext<'_, ComponentFile>)] =
    &[conflicting_requirements::check, broken_link::check];

/// The checks whose findings keep a spec from being complete (requirement 003). They need no other file.
pub(crate) static COMPLETENESS_CHECKS: &[fn(&mut RuleContext<'_, ComponentFile>)] =
    &[unknown_stage::check, placeholder_left::check, conflicting_requirements::check];

/// Every other check, in the order in which they run. One check may report only its own rule.
pub(crate) static CHECKS: &[fn(&mut RuleContext<'_, ComponentFile>)] = &[
    missing_section::check,
    missing_metadata::check,
    unknown_stage::check,
    placeholder_left::check,
    stage_skipped::check,
    target_below_stage::check,
    threshold_below_policy::check,
    impossible_coverage::check,
    duplicate_component::check,
    unknown_component::check,
    invalid_component::check,
    unread_dependency::check,
];
