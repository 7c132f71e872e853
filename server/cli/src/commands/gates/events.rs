//! What happens, one JSON object on each line: how the language server follows a run in another process.

use std::io::{self, Write as _};

use serde_json::{Value, json};
use stagegate_core::gates::Verdict;
use stagegate_pipeline::gates::{Event, Outcome};

use super::summary;
use crate::failure::Failure;

/// A reader that went away does not stop the run: what it shows is kept in the store.
fn line(value: &Value) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{value}").and_then(|()| stdout.flush());
}

pub(super) fn event(event: &Event) {
    if let Ok(value) = serde_json::to_value(event) {
        line(&value);
    }
}

/// The last line of a run that came to its end.
pub(super) fn done(outcomes: &[Outcome]) {
    for outcome in outcomes {
        let gates = outcome.gates.iter().map(|gate| {
            json!({
                "gate": gate.gate,
                "need": gate.need.map(stagegate_core::gates::Need::name),
                "verdict": gate.judgement.verdict.name(),
                "found": gate.judgement.found,
                "required": gate.judgement.required,
                "help": gate.judgement.help,
                "cached": gate.cached,
            })
        });
        let gates: Vec<_> = gates.collect();
        line(&json!({
            "event": "done",
            "component": outcome.component,
            "stage": outcome.stage.name(),
            "passed": outcome.passed(),
            "cancelled": outcome.cancelled,
            "summary": summary(outcome),
            "first_problem": outcome.gates.iter().find(|gate| gate.judgement.verdict != Verdict::Pass).map(|gate| {
                format!("{}: {}", gate.gate.title(), gate.judgement.found)
            }),
            "gates": gates,
        }));
    }
}

/// The last line of one that did not.
pub(super) fn failed(failure: &Failure) {
    line(&json!({ "event": "failed", "message": failure.message(), "help": failure.help_text() }));
}
