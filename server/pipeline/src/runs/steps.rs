//! The steps of runs, one file each (DESIGN.md section 7).

use stagegate_core::plan::StepName;
use stagegate_core::run::StepFailure;

use super::{Action, Context, Done};

/// Returns what a step does.
#[must_use]
pub fn action(name: StepName) -> &'static dyn Action {
    match name {
        // One arm for each file of this folder.
        _ => &Missing,
    }
}

/// A step that this program does not know.
struct Missing;

impl Action for Missing {
    fn perform(&self, context: &mut Context<'_>) -> Result<Done, StepFailure> {
        Err(StepFailure {
            message: format!("this Stagegate does not know how to do the step `{}`", context.step.name),
            help: "update Stagegate".to_owned(),
            transient: false,
        })
    }
}
mod deploy;
mod lists;
mod rehearse;
mod restore;
mod undeploy;
mod verify;

pub use deploy::Deploy;
pub use lists::{Caches, Migration, Monitor, Notify};
pub use rehearse::Rehearse;
pub use restore::Restore;
pub use undeploy::Undeploy;
pub use verify::Verify;
mod context;
mod reports;

pub use context::Context;
pub use reports::Reports;
