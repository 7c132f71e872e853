//! The steps of runs, one file each (DESIGN.md section 7).

pub mod auto_fix;
pub mod commit;
pub mod context;
pub mod criteria;
pub mod deploy;
pub mod gates;
pub mod lists;
pub mod metadata;
pub mod rehearse;
pub mod reports;
pub mod restore;
pub mod revert;
pub mod tracking;
pub mod undeploy;
pub mod validate;
pub mod verify;

use stagegate_core::plan::StepName;

use super::Action;

/// Returns what a step does.
#[must_use]
pub fn action(name: StepName) -> &'static dyn Action {
    match name {
        StepName::Validate => &validate::Validate,
        StepName::Specification | StepName::Testing | StepName::Refactoring => &gates::Gates,
        StepName::AutoFix => &auto_fix::AutoFix,
        StepName::Criteria => &criteria::Criteria,
        StepName::Tracking => &tracking::Tracking,
        StepName::Metadata => &metadata::Metadata,
        StepName::Commit => &commit::Commit,
        StepName::Deploy => &deploy::Deploy,
        StepName::Verify => &verify::Verify,
        StepName::Context => &context::Context,
        StepName::Reports => &reports::Reports,
        StepName::Notify => &lists::Notify,
        StepName::Undeploy => &undeploy::Undeploy,
        StepName::Migration => &lists::Migration,
        StepName::Caches => &lists::Caches,
        StepName::Revert => &revert::Revert,
        StepName::Monitor => &lists::Monitor,
        StepName::Rehearse => &rehearse::Rehearse,
        StepName::Restore => &restore::Restore,
    }
}
