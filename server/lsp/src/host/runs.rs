//! What the server needs of runs, as plain data.

use stagegate_core::plan::{Plan, PlanRequest, Refusal, RollbackRequest};
use stagegate_core::run::{RunEvent, RunRecord};

use super::{Failure, NoHost};

/// The files of a folder that change when a run does something.
pub const JOURNAL: [&str; 2] = [".stagegate/journal.db", ".stagegate/journal.db-wal"];

/// What is to be planned.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// To bring a component to a stage.
    Promotion(PlanRequest),
    /// To undo a promotion.
    Rollback(RollbackRequest),
}

/// A plan, and what it stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The same for two plans that would do the same.
    pub digest: String,
}

/// Why no run was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declined {
    /// In words.
    pub failure: Failure,
    /// The same as a plan would have said it, where it could have.
    pub refusal: Option<Box<Refusal>>,
}

impl From<Failure> for Declined {
    fn from(failure: Failure) -> Declined {
        Declined { failure, refusal: None }
    }
}

/// A run that is watched.
pub trait Watch: Send + Sync {
    /// Passes on what happens, and returns the run when it has ended or was interrupted, or soon after [`Watch::stop`].
    ///
    /// # Errors
    /// Returns why nothing is known of it.
    fn follow(&self, on_event: &mut dyn FnMut(&RunEvent)) -> Result<RunRecord, Failure>;

    /// Lets [`Watch::follow`] return, from any thread. The run goes on.
    fn stop(&self);
}

impl Watch for NoHost {
    fn follow(&self, _: &mut dyn FnMut(&RunEvent)) -> Result<RunRecord, Failure> {
        Err(NoHost::no_runs())
    }

    fn stop(&self) {}
}
