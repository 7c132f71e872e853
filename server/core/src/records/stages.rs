//! Which stage of the incumbent's workflow a step belongs to (requirement 002, "Workflow Stages").

use super::gate;
use crate::plan::{RunKind, StepName};
use crate::run::{GateRecord, RunRecord, StepRecord, StepState};
use crate::stage::Stage;

/// Returns the key of the stage in `stage_results`. What the incumbent has no stage for has one of ours:
/// `rollback`, `drill`, and `records` for what a run leaves behind.
pub(super) const fn of_step(kind: RunKind, to: Stage, step: StepName) -> &'static str {
    match (step, kind) {
        (StepName::Context | StepName::Reports, _) => "records",
        (StepName::Testing, _) => "testing",
        (StepName::AutoFix | StepName::Refactoring, _) => "refactoring",
        (StepName::Specification, _) | (StepName::Validate, RunKind::Promotion) => "specification",
        (_, RunKind::Promotion) => match to {
            Stage::Experimental | Stage::Deprecated => "deployment",
            Stage::Development => "development_deployment",
            Stage::Staging => "staging_deployment",
            Stage::Production => "production_deployment",
        },
        (_, RunKind::Rollback) => "rollback",
        (_, RunKind::Drill) => "drill",
    }
}

/// Returns `stage_name`, which for the specification is another word than the key.
pub(super) fn title(key: &str) -> &str {
    if key == "specification" { "specification_parsing" } else { key }
}

/// Returns the stages of a run in the order in which they are reached, each with its steps. A stage that was not reached
/// is not there, nor is what a run leaves behind: that is being written, and its failure is none of the run.
pub(super) fn of_run(run: &RunRecord) -> Vec<(&'static str, Vec<&StepRecord>)> {
    let mut stages: Vec<(&'static str, Vec<&StepRecord>)> = Vec::new();
    for step in run.steps.iter().filter(|step| !is_record(step.name) && step.name != StepName::AutoFix) {
        let key = of_step(run.kind, run.to, step.name);
        match stages.iter_mut().find(|(known, _)| *known == key) {
            Some((_, steps)) => steps.push(step),
            None => stages.push((key, vec![step])),
        }
    }
    let asked = |key: &str| {
        let of_stage = |gate: &&GateRecord| of_step(run.kind, run.to, gate.step) == key;
        run.gates.iter().filter(of_stage).any(|gate| gate::counts(gate) && !gate::opens(gate))
    };
    // What the linter mends comes before the tests, and is part of a stage after them: alone it does not reach that stage,
    // unless it fails.
    let failed = |step: &StepRecord| matches!(step.state, StepState::Failed | StepState::UndoFailed);
    let was_reached = |step: &&&StepRecord| step.state != StepState::Pending;
    // Gates of a later stage are asked where those before it are shut already: those that are shut as well count.
    stages.retain(|(key, steps)| steps.iter().any(|step| was_reached(&step)) || asked(key));
    if let Some(fix) = run.steps.iter().find(|step| step.name == StepName::AutoFix) {
        match stages.iter_mut().find(|(key, _)| *key == "refactoring") {
            Some((_, steps)) => steps.insert(0, fix),
            None if failed(fix) => stages.push(("refactoring", vec![fix])),
            None => {}
        }
    }
    stages
}

/// What a report calls the run: `promotion`, `rollback`, `drill`, and `validation` where gates were answered and nothing was
/// to be changed.
pub(super) fn kind(run: &RunRecord) -> &'static str {
    let changes = [StepName::Metadata, StepName::Commit, StepName::Deploy];
    match run.kind {
        RunKind::Promotion if !run.steps.iter().any(|step| changes.contains(&step.name)) => "validation",
        kind => kind.name(),
    }
}

/// Whether gates were answered and nothing was to be changed.
pub(super) fn is_validation(run: &RunRecord) -> bool {
    kind(run) == "validation"
}

/// Whether the step writes what the run leaves behind.
pub(super) const fn is_record(step: StepName) -> bool {
    matches!(step, StepName::Context | StepName::Reports)
}

/// Returns how long a step took with all its attempts, in milliseconds; for one that has not ended, until `now_ms`. A
/// clock that jumped back makes it 0.
pub(super) fn duration(step: &StepRecord, now_ms: i64) -> u64 {
    let Some(started) = step.started_ms else { return 0 };
    u64::try_from(step.ended_ms.unwrap_or(now_ms).saturating_sub(started)).unwrap_or(0)
}
