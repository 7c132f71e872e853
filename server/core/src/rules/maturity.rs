//! `maturity/*`: what specs, MATURITY files and code say about components, taken together (DESIGN.md sections 3
//! and 5; requirement 001, "Promotion Constraints").

pub mod dependency_below_target;
pub mod dependency_cycle;
pub mod dependency_stage_outdated;
pub mod missing_stage;
pub(super) mod own;
pub mod source_missing;
pub mod spec_missing;
pub mod stage_mismatch;
pub mod tests_missing;
pub mod unknown_dependency;
pub mod unknown_stage;
mod write;

use super::RuleContext;
use crate::component::ComponentFile;
use crate::components::Facts;

/// Every check of specs and MATURITY files, in the order in which they run. One check may report only its own rule.
pub(crate) static CHECKS: &[fn(&mut RuleContext<'_, ComponentFile>)] = &[
    stage_mismatch::check,
    missing_stage::check,
    dependency_below_target::check,
    unknown_dependency::check,
    dependency_cycle::check,
    dependency_stage_outdated::check,
    source_missing::check,
    tests_missing::check,
    spec_missing::check,
];

/// Every check of files of code that declare a stage.
pub(crate) static CODE_CHECKS: &[fn(&mut RuleContext<'_, Facts>)] = &[
    super::spec::invalid_component::check_code,
    stage_mismatch::check_code,
    unknown_stage::check_code,
    tests_missing::check_code,
    spec_missing::check_code,
];

#[cfg(test)]
mod tests;
