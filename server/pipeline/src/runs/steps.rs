//! The steps of runs, one file each (DESIGN.md section 7).

use stagegate_core::plan::StepName;
use stagegate_core::run::StepFailure;

use super::{Action, Context, Done};

/// Returns what a step does.
#[must_use]
pub fn action(_: StepName) -> &'static dyn Action {
    &Missing
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
