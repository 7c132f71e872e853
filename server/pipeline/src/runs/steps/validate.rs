//! The first step: what the plan was made from is still so.

use stagegate_core::plan::{self, Effect, PlanRequest, RunKind};
use stagegate_core::run::StepFailure;
use stagegate_core::stage::Stage;

use crate::runs::{Action, Context, Done};

/// Looks again at what the plan says of the component. Files that would be changed are compared when they are.
#[derive(Clone, Copy, Debug)]
pub struct Validate;

impl Action for Validate {
    fn perform(&self, context: &mut Context<'_>) -> Result<Done, StepFailure> {
        let plan = context.plan;
        let stale = |message: String| StepFailure {
            message,
            help: "look at the plan again (`--dry-run`), and start anew".to_owned(),
            transient: false,
        };
        let request = PlanRequest { component: plan.component.clone(), to: Some(plan.to), reason: None };
        let has_begun = context.run.resumed > 0;
        if plan.kind == RunKind::Promotion && !has_begun {
            let aim = plan::aim(context.root, &request)
                .map_err(|_| stale(format!("there is no component `{}` any more", plan.component)))?;
            if aim.component.stage != plan.from {
                let words = |stage: Option<Stage>| stage.map_or("in no stage", Stage::in_words);
                let (is, was) = (words(aim.component.stage), words(plan.from));
                return Err(stale(format!(
                    "`{}` is {is}, and was {was} when the plan was made",
                    plan.component
                )));
            }
        }
        let planned = plan.steps.iter().flat_map(|step| &step.effects);
        let edits = planned.filter(|effect| matches!(effect, Effect::Edit(_))).count();
        let files = if edits == 1 { "1 file".to_owned() } else { format!("{edits} files") };
        Ok(Done { summary: format!("as the plan says; {files} to change"), ..Done::default() })
    }
}
