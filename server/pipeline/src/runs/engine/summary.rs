//! How a run ended, in a sentence for people.

use stagegate_core::run::{RunRecord, RunState, StepRecord, StepState};

use super::runs_always;

/// Returns how `run` ended, or how far it is.
#[must_use]
pub fn of(run: &RunRecord) -> String {
    let what = format!("{} of `{}` to {}", run.kind.name(), run.component, run.to);
    let failed = |step: &&StepRecord| step.failure.is_some() && !runs_always(step.name);
    let first = run.steps.iter().find(|step| step.state != StepState::UndoFailed && failed(step));
    let first = first.or_else(|| run.steps.iter().rev().find(failed));
    let why = first.and_then(|step| Some((step, step.failure.as_ref()?)));
    let why = why.map(|(step, failure)| format!(" at step `{}`: {}", step.name, failure.message));
    let why = why.unwrap_or_default();
    let mut text = match run.state {
        RunState::Running => format!("{what} is under way"),
        RunState::Interrupted => format!("{what} was interrupted"),
        RunState::Succeeded => format!("{what} succeeded"),
        RunState::Failed => format!("{what} failed{why}"),
        RunState::Cancelled => format!("{what} was cancelled"),
        RunState::Stuck => format!("{what} failed{why}"),
    };
    let undone: Vec<_> = undone(run).map(|step| format!("`{}`", step.name)).collect();
    if !undone.is_empty() {
        text.push_str(&format!("; undone: {}", undone.join(", ")));
    }
    for step in run.steps.iter().filter(|step| step.state == StepState::UndoFailed) {
        let Some(failure) = &step.failure else { continue };
        text.push_str(&format!("; `{}` could not be undone: {}", step.name, failure.message));
        if !failure.help.is_empty() {
            text.push_str(&format!(" ({})", failure.help));
        }
    }
    let late = run.steps.iter().filter(|step| runs_always(step.name) && step.state == StepState::Failed);
    for (step, failure) in late.filter_map(|step| Some((step, step.failure.as_ref()?))) {
        text.push_str(&format!("; note: the step `{}` failed: {}", step.name, failure.message));
    }
    text
}

/// The steps that were undone, the last one first.
fn undone(run: &RunRecord) -> impl Iterator<Item = &StepRecord> {
    run.steps.iter().rev().filter(|step| step.state == StepState::Undone)
}
