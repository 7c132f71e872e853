//! Runs for people.

use std::fmt::Write as _;

use stagegate_core::run::{RunRecord, RunState, StepRecord, StepState};
use stagegate_core::stage::Stage;
use stagegate_pipeline::runs::engine;

use crate::report::{Narrowed, Style, Table, escaped};

/// Most characters of why a run ended: `stagegate history` shows all of it.
const MAX_WHY: usize = 120;

/// One line for each run.
pub(super) fn runs(runs: &[RunRecord], style: &Style) -> String {
    let head = ["Run", "Component", "What", "State", "Took", "By", "Where it is, or why it ended"];
    let mut table =
        Table::new(head).at_most([40, 40, 40, 12, 16, 30, MAX_WHY]).narrowed(Narrowed::InOrder(&[6, 5, 1]));
    for run in runs {
        let by = run.by.as_ref().map_or("-", |by| by.name.as_str());
        let colour = colour(run.state, style);
        table.row(
            colour,
            [
                run.id.clone(),
                run.component.clone(),
                what(run),
                run.state.name().to_owned(),
                took(Some(run.started_ms), run.ended_ms),
                by.to_owned(),
                why(run),
            ],
        );
    }
    table.render(style)
}

fn what(run: &RunRecord) -> String {
    let from = run.from.map(Stage::name).unwrap_or("?");
    match run.kind {
        stagegate_core::plan::RunKind::Drill => format!("drill for {}", run.to),
        kind => format!("{}: {from} -> {}", kind.name(), run.to),
    }
}

/// Where an open run is, or why one did not succeed.
fn why(run: &RunRecord) -> String {
    let reached = || run.steps.iter().rev().find(|step| step.state != StepState::Pending);
    let failed = || run.steps.iter().find(|step| step.failure.is_some());
    match run.state {
        RunState::Running | RunState::Interrupted => {
            reached().map_or_else(|| "-".to_owned(), |step| format!("at step `{}`", step.name))
        }
        RunState::Succeeded => match &run.undone_by {
            Some(by) => format!("undone by {by}"),
            None => run.reason.clone().unwrap_or_else(|| "-".to_owned()),
        },
        _ => failed()
            .and_then(|step| Some(format!("{}: {}", step.name, step.failure.as_ref()?.message)))
            .unwrap_or_else(|| "-".to_owned()),
    }
}

/// Each run with its steps and the gates that were shut.
pub(super) fn history(runs: &[RunRecord], style: &Style) -> String {
    let mut text = String::new();
    for (at, run) in runs.iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        let colour = colour(run.state, style);
        let by = run.by.as_ref().map(|by| format!(", by {}", by.name)).unwrap_or_default();
        let resumed = match run.resumed {
            0 => String::new(),
            1 => ", taken up again once".to_owned(),
            times => format!(", taken up again {times} times"),
        };
        let time = run.ended_ms.map(|ended| format!(", {}", took(Some(run.started_ms), Some(ended))));
        let time = time.unwrap_or_default();
        let head = format!("{}  {}: {}{time}{by}{resumed}", run.id, what(run), run.state.name());
        let _ = writeln!(text, "{colour}{}{}", escaped(&head), style.reset);
        let _ = writeln!(text, "  {}", escaped(&engine::summary(run)));
        if let Some(reason) = &run.reason {
            let _ = writeln!(text, "  because: {}", escaped(reason));
        }
        let mut table = Table::new(["", "Step", "State", "Took", "Tries", "What it came to"])
            .narrowed(Narrowed::InOrder(&[5]));
        for step in run.steps.iter().filter(|step| step.state != StepState::Pending) {
            table.row(of_step(step, style), cells(step));
        }
        text.push_str(&table.render(style));
        for gate in run.gates.iter().filter(|gate| gate.verdict != stagegate_core::gates::Verdict::Pass) {
            let line =
                format!("{}: {}: {}, expected {}", gate.gate, gate.verdict.name(), gate.found, gate.wanted);
            let _ = writeln!(text, "  {}", escaped(&line));
        }
    }
    text
}

fn cells(step: &StepRecord) -> [String; 6] {
    let failure = step.failure.as_ref().map(|failure| failure.message.clone());
    let came = failure.or_else(|| step.summary.clone()).unwrap_or_else(|| "-".to_owned());
    let state = match step.state {
        StepState::Pending => "pending",
        StepState::Started => "begun",
        StepState::Done => "done",
        StepState::Failed => "failed",
        StepState::Undoing => "being undone",
        StepState::Undone => "undone",
        StepState::UndoFailed => "not undone",
    };
    [
        String::new(),
        step.name.name().to_owned(),
        state.to_owned(),
        took(step.started_ms, step.ended_ms),
        step.attempts.to_string(),
        came,
    ]
}

fn of_step(step: &StepRecord, style: &Style) -> &'static str {
    match step.state {
        StepState::Failed | StepState::UndoFailed => style.error,
        StepState::Done => style.good,
        _ => "",
    }
}

fn colour(state: RunState, style: &Style) -> &'static str {
    match state {
        RunState::Succeeded => style.good,
        RunState::Failed | RunState::Stuck => style.error,
        RunState::Cancelled | RunState::Interrupted => style.warning,
        RunState::Running => style.info,
    }
}

/// How long something took, as far as it is known; a clock that was set back tells nothing.
fn took(started_ms: Option<i64>, ended_ms: Option<i64>) -> String {
    let ms = started_ms.zip(ended_ms).and_then(|(started, ended)| u64::try_from(ended - started).ok());
    match ms {
        Some(ms) if ms >= 60_000 => format!("{} min {:02} s", ms / 60_000, ms / 1000 % 60),
        Some(ms @ 0..1000) => format!("{ms} ms"),
        Some(ms) => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        None => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::took;

    #[test]
    fn times_are_written_as_in_a_report() {
        let of = |ms: i64| took(Some(1000), Some(1000 + ms));
        assert_eq!([of(4), of(1500), of(65_000)], ["4 ms", "1.5 s", "1 min 05 s"]);
        assert_eq!((took(Some(2000), Some(1000)), took(None, Some(1))), ("-".to_owned(), "-".to_owned()));
    }
}
