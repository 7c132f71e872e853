//! What is shown of a plan, and by which number.

use stagegate_core::plan::{Effect, Plan};

use crate::redact::Redactor;

/// Takes secrets of the environment out of what a plan shows: steps that run commands take them from the configuration.
pub(super) fn clean(mut plan: Plan) -> Plan {
    let redactor = Redactor::from_env(std::env::vars_os());
    let words = |words: &mut Vec<String>| {
        words.iter_mut().for_each(|word| *word = redactor.redact(word).into_owned());
    };
    for effect in plan.steps.iter_mut().flat_map(|step| &mut step.effects) {
        match effect {
            Effect::Command { command, .. } => words(command),
            Effect::Gate { commands, .. } => commands.iter_mut().for_each(words),
            Effect::Request { url, .. } => *url = redactor.redact(url).into_owned(),
            _ => {}
        }
    }
    plan
}

/// Returns what a plan stands for, so that a run can be held against the plan that was shown: what it would do, and not
/// what is known meanwhile.
#[must_use]
pub fn digest(plan: &Plan) -> String {
    let mut plan = plan.clone();
    (plan.head, plan.notes) = (None, Vec::new());
    for effect in plan.steps.iter_mut().flat_map(|step| &mut step.effects) {
        if let Effect::Gate { known, .. } = effect {
            *known = None;
        }
    }
    let text = serde_json::to_vec(&plan).unwrap_or_default();
    blake3::hash(&text).to_hex().as_str()[..16].to_owned()
}
