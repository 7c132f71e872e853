//! What a run leaves behind, made from its record alone: reports, metrics, the session that AI assistants read, and the
//! summary that is printed (requirements 000, 002 and 003).
//!
//! The formats are those of the workflow that teams use today, so that whatever reads its files goes on working. Keys of
//! ours are added to theirs. Nothing here knows a clock or a file: times come with the record, or as `now_ms`.

mod about;
mod gate;
pub mod metrics;
mod promotion;
pub mod session;
mod stages;
mod summary;
pub mod time;
mod workflow;

pub use about::About;
pub use gate::{GateResult, incumbent_name};
pub use promotion::promotion_report;
pub use summary::summary_block;
pub use workflow::{StageResult, StepResult, WorkflowReport, workflow_report};

/// Whether gates were answered and nothing was to be changed: such a run promotes nothing.
#[must_use]
pub fn is_validation(run: &crate::run::RunRecord) -> bool {
    stages::is_validation(run)
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
