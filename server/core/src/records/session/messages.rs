//! What a run says in a session.

use super::Message;
use crate::config::Importance;
use crate::gates::GateKind;
use crate::plan::{RunKind, StepName};
use crate::records::{gate, stages};
use crate::run::{GateRecord, RunRecord, RunState, StepRecord, StepState};
use crate::stage::Stage;

/// Most characters of what was found of a gate.
const MAX_FOUND: usize = 160;

/// Returns the messages of a run, in order: that it began, what each step came to so far, and how the run ended where it
/// has; for one that ends at this moment that is `now_ms`, in milliseconds since 1970 UTC.
#[must_use]
pub fn of_run(run: &RunRecord, importance: &Importance, now_ms: i64) -> Vec<Message> {
    let mut messages = vec![Message {
        step: "begin".to_owned(),
        content: begin(run),
        at_ms: run.started_ms,
        importance: importance.requirements,
    }];
    for step in &run.steps {
        // What the run leaves behind is not worth a message, unless it fails.
        let is_record = stages::is_record(step.name);
        let content = match step.state {
            StepState::Done if !is_record => done(run, step),
            StepState::Failed | StepState::UndoFailed => failed(run, step),
            StepState::Undone if step.failure.is_some() => format!("{} It is undone.", failed(run, step)),
            StepState::Undone => format!("{} was undone.", step.name.title()),
            _ => continue,
        };
        let name = step.name.name();
        messages.push(Message {
            step: if step.state == StepState::Done {
                name.to_owned()
            } else {
                format!("{name}:{}", how(step.state))
            },
            content,
            at_ms: step.ended_ms.or(step.started_ms).unwrap_or(run.started_ms),
            importance: of_step(run, step.name, importance),
        });
    }
    if run.state.has_ended() {
        messages.push(Message {
            step: "end".to_owned(),
            content: end(run),
            at_ms: run.ended_ms.unwrap_or(now_ms),
            importance: match run.to {
                Stage::Production => importance.production_status,
                _ => importance.deployment_status,
            },
        });
    }
    messages
}

const fn how(state: StepState) -> &'static str {
    match state {
        StepState::Failed => "failed",
        StepState::UndoFailed => "undo_failed",
        _ => "undone",
    }
}

fn of_step(run: &RunRecord, step: StepName, importance: &Importance) -> f64 {
    let touches_production = run.to == Stage::Production || run.from == Some(Stage::Production);
    match step {
        StepName::Validate | StepName::Specification | StepName::Criteria => importance.requirements,
        StepName::Testing => importance.test_results,
        StepName::AutoFix | StepName::Refactoring => importance.refactoring_decisions,
        StepName::Metadata | StepName::Commit | StepName::Revert => importance.implementation_completion,
        StepName::Deploy
        | StepName::Undeploy
        | StepName::Verify
        | StepName::Migration
        | StepName::Monitor
        | StepName::Rehearse
        | StepName::Restore => match touches_production {
            true => importance.production_status,
            false => importance.deployment_status,
        },
        StepName::Tracking | StepName::Context | StepName::Reports | StepName::Notify | StepName::Caches => {
            importance.progress_updates
        }
    }
}

fn begin(run: &RunRecord) -> String {
    let (component, to) = (&run.component, run.to);
    let from = run.from.map_or_else(|| "no stage".to_owned(), |from| from.to_string());
    let mut text = match run.kind {
        RunKind::Promotion if stages::is_validation(run) => {
            format!("The gates of {to} were asked for `{component}`.")
        }
        RunKind::Promotion => format!("Promotion of `{component}` from {from} to {to} began."),
        RunKind::Rollback => format!("Rollback of `{component}` from {from} to {to} began."),
        RunKind::Drill => format!("Rollback drill of `{component}` for {to} began."),
    };
    if let Some(by) = &run.by {
        text.push_str(&format!(" Asked for by {}.", by.name));
    }
    if let Some(reason) = &run.reason {
        text.push_str(&format!(" Reason: {}.", reason.trim().trim_end_matches('.')));
    }
    text
}

fn done(run: &RunRecord, step: &StepRecord) -> String {
    let mut text = format!("{}: done", step.name.title());
    if let Some(summary) = step.summary.as_deref().filter(|summary| !summary.is_empty()) {
        text = format!("{}: {summary}", step.name.title());
    }
    text.push_str(&gates(run, step));
    if step.attempts > 1 {
        text.push_str(&format!(" (attempt {})", step.attempts));
    }
    text + "."
}

/// The verdicts that a step asked for: `. Gates: tests pass, ...`; empty where it asked for none.
fn gates(run: &RunRecord, step: &StepRecord) -> String {
    let gates: Vec<&GateRecord> = run.gates.iter().filter(|gate| gate.step == step.name).collect();
    let of = |gate: &&GateRecord| format!("{} {}", gate.gate.title(), short(gate));
    match gate::last(&gates).iter().map(of).collect::<Vec<_>>().join(", ") {
        said if said.is_empty() => said,
        said => format!(". Gates: {said}"),
    }
}

fn short(gate: &GateRecord) -> String {
    match (gate.gate.kind(), gate.value) {
        (GateKind::Coverage, Some(value)) if gate::opens(gate) => {
            format!("{:.1} %", (value * 10.0).floor() / 10.0)
        }
        _ if gate::opens(gate) => "pass".to_owned(),
        _ if !gate::counts(gate) => format!("{}, not required", gate.verdict.name()),
        _ => format!("{} ({})", gate.verdict.name(), shortened(&gate.found)),
    }
}

/// What was found, in few tokens: the report says all of it.
fn shortened(found: &str) -> String {
    match found.char_indices().nth(MAX_FOUND) {
        Some((at, _)) => format!("{}…", found[..at].trim_end()),
        None => found.to_owned(),
    }
}

fn failed(run: &RunRecord, step: &StepRecord) -> String {
    let (title, gates) = (step.name.title(), gates(run, step));
    match &step.failure {
        Some(failure) if failure.help.is_empty() => format!("{title} failed: {}{gates}.", failure.message),
        Some(failure) => format!("{title} failed: {}{gates}. What to do: {}.", failure.message, failure.help),
        None => format!("{title} failed{gates}."),
    }
}

fn end(run: &RunRecord) -> String {
    let (component, to) = (&run.component, run.to);
    match (run.kind, run.state) {
        (RunKind::Promotion, RunState::Succeeded) if stages::is_validation(run) => {
            format!("Every gate of {to} that `{component}` needs is open.")
        }
        (RunKind::Promotion, RunState::Failed) if is_refused(run) => {
            format!("`{component}` was not promoted to {to}.")
        }
        (RunKind::Promotion, RunState::Failed) if stages::is_validation(run) => {
            format!("Not every gate of {to} that `{component}` needs is open.")
        }
        (RunKind::Promotion, RunState::Succeeded) => format!("`{component}` is {} now.", to.in_words()),
        (RunKind::Rollback, RunState::Succeeded) => {
            format!("`{component}` was rolled back and is {} now.", to.in_words())
        }
        (RunKind::Drill, RunState::Succeeded) => format!("The rollback of `{component}` from {to} works."),
        (kind, RunState::Failed) => {
            format!("The {} of `{component}` failed; what it had done is undone.", kind.name())
        }
        (kind, RunState::Cancelled) => {
            format!("The {} of `{component}` was stopped; what it had done is undone.", kind.name())
        }
        (kind, state) => {
            format!("The {} of `{component}` is {}: a person has to look at it.", kind.name(), state.name())
        }
    }
}

/// Whether gates were answered, and the promotion was refused then.
fn is_refused(run: &RunRecord) -> bool {
    stages::is_validation(run) && run.steps.iter().any(|step| step.name == StepName::Criteria)
}
