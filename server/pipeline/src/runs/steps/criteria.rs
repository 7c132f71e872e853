//! Criteria and sign-offs: everything that the stage waits for is there.

use stagegate_core::gates::{GateName, Need, Verdict};
use stagegate_core::plan::{Effect, RefusalCode};
use stagegate_core::run::{GateRecord, StepFailure};

use crate::runs::{Action, Context, Done, prepare};

/// Holds the verdicts of this run against what the stage waits for, and looks at the sign-offs again.
#[derive(Clone, Copy, Debug)]
pub struct Criteria;

impl Action for Criteria {
    fn perform(&self, context: &mut Context<'_>) -> Result<Done, StepFailure> {
        let planned = context.plan.steps.iter().flat_map(|step| &step.effects);
        let required: Vec<&GateName> = planned
            .filter_map(|effect| match effect {
                Effect::Gate { gate, need: Need::Required, .. } => Some(gate),
                _ => None,
            })
            .collect();
        let verdict = |gate| newest(&context.run.gates, gate).map(|record| record.verdict);
        let shut = required.iter().filter(|gate| verdict(**gate) != Some(Verdict::Pass));
        let shut: Vec<_> = shut.map(|gate| format!("`{gate}`")).collect();
        if !shut.is_empty() {
            return Err(StepFailure {
                message: format!(
                    "the stage waits for gates that did not pass in this run: {}",
                    shut.join(", ")
                ),
                help: "`stagegate gates` shows what was found".to_owned(),
                transient: false,
            });
        }
        let plan = context.plan;
        let mut missing = prepare::obstacles(context.folder, &plan.component, plan.to).into_iter();
        if let Some(refusal) = missing.find(|refusal| refusal.code == RefusalCode::MissingSignOff) {
            return Err(StepFailure { message: refusal.message, help: refusal.help, transient: false });
        }
        let signed = context.step.effects.iter().filter_map(|effect| match effect {
            Effect::SignOff { criterion, by } => Some(format!("{criterion}: {by}")),
            _ => None,
        });
        let signed: Vec<String> = signed.collect();
        let of_gates = format!("{} gates passed", required.len());
        let summary = match signed.len() {
            0 => of_gates,
            1 => format!("{of_gates}, 1 sign-off"),
            number => format!("{of_gates}, {number} sign-offs"),
        };
        let mut done = Done { summary, ..Done::default() };
        done.outputs.insert("details".to_owned(), signed.into());
        Ok(done)
    }
}

/// The last verdict of a gate: it may have been answered more than once.
fn newest<'a>(gates: &'a [GateRecord], name: &GateName) -> Option<&'a GateRecord> {
    gates.iter().rev().find(|record| record.gate == *name)
}
