//! The steps of a plan.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Backoff, Effect};

/// Which step it is (DESIGN.md section 7; for rollbacks the procedures of requirement 001).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// The component, its stage and what it depends on are still as the plan says.
    Validate,
    /// The spec is complete.
    Specification,
    /// The linter mends what it can.
    AutoFix,
    /// Tests and coverage.
    Testing,
    /// Linter, types, secrets, vulnerabilities, complexity and the other gates.
    Refactoring,
    /// Criteria that gates prove, and sign-offs.
    Criteria,
    /// The issue of the promotion or rollback.
    Tracking,
    /// The files that state the stage.
    Metadata,
    /// The commit that holds them.
    Commit,
    /// The release is brought to its environment.
    Deploy,
    /// Smoke tests and health checks.
    Verify,
    /// The session that AI assistants read.
    Context,
    /// Reports, metrics and the dashboard.
    Reports,
    /// Rollback: who has to know is told.
    Notify,
    /// Rollback: the release before is brought back.
    Undeploy,
    /// Rollback: the migration of the database is undone.
    Migration,
    /// Rollback: caches are cleared.
    Caches,
    /// Rollback: the commit of the promotion is undone by another one.
    Revert,
    /// Rollback: the component is looked at again.
    Monitor,
    /// Drill: a release is brought to the scratch environment, then the next one.
    Rehearse,
    /// Drill: the second release is undone, and the first is there again.
    Restore,
}

impl StepName {
    /// The name in JSON and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            StepName::Validate => "validate",
            StepName::Specification => "specification",
            StepName::AutoFix => "auto_fix",
            StepName::Testing => "testing",
            StepName::Refactoring => "refactoring",
            StepName::Criteria => "criteria",
            StepName::Tracking => "tracking",
            StepName::Metadata => "metadata",
            StepName::Commit => "commit",
            StepName::Deploy => "deploy",
            StepName::Verify => "verify",
            StepName::Context => "context",
            StepName::Reports => "reports",
            StepName::Notify => "notify",
            StepName::Undeploy => "undeploy",
            StepName::Migration => "migration",
            StepName::Caches => "caches",
            StepName::Revert => "revert",
            StepName::Monitor => "monitor",
            StepName::Rehearse => "rehearse",
            StepName::Restore => "restore",
        }
    }

    /// What people read.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            StepName::Validate => "Validate",
            StepName::Specification => "Specification",
            StepName::AutoFix => "Auto-fix",
            StepName::Testing => "Testing",
            StepName::Refactoring => "Refactoring",
            StepName::Criteria => "Criteria and sign-offs",
            StepName::Tracking => "Tracking",
            StepName::Metadata => "Metadata",
            StepName::Commit => "Commit",
            StepName::Deploy => "Deploy",
            StepName::Verify => "Verify",
            StepName::Context => "AI context",
            StepName::Reports => "Reports",
            StepName::Notify => "Notify",
            StepName::Undeploy => "Undo the deployment",
            StepName::Migration => "Undo the migration",
            StepName::Caches => "Clear caches",
            StepName::Revert => "Revert",
            StepName::Monitor => "Monitor",
            StepName::Rehearse => "Rehearse",
            StepName::Restore => "Restore",
        }
    }
}

impl fmt::Display for StepName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One step of a plan. It is done as a whole: begun, done and undone are written to the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Which step; each is in a plan at most once.
    pub name: StepName,
    /// What it would do, in order.
    pub effects: Vec<Effect>,
    /// How it is tried again where it fails for a reason that may pass.
    pub backoff: Backoff,
    /// How long all attempts together may take, in milliseconds.
    pub timeout_ms: u64,
    /// The environment whose circuit breaker counts its failures.
    pub environment: Option<String>,
    /// Whether it changes something outside of `.stagegate/`, so that it is undone when a later step fails.
    pub is_undone: bool,
}
