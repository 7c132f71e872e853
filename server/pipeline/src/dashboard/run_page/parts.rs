//! The rows of the report: steps and gates.

use stagegate_core::gates::{Need, Verdict};
use stagegate_core::run::{GateRecord, RunRecord, StepRecord, StepState};

use crate::dashboard::steps::took;
use crate::dashboard::text::{Text, duration, time};

/// One step.
pub(super) struct StepLine {
    pub(super) title: &'static str,
    pub(super) class: &'static str,
    pub(super) state: &'static str,
    /// Where it begins in the time of the run, and how long it is, of 1000.
    pub(super) bar: Option<(String, String)>,
    pub(super) is_bad: bool,
    pub(super) when: String,
    pub(super) took: String,
    pub(super) attempts: String,
    pub(super) summary: Text,
    pub(super) failure: Option<(Text, Text)>,
}

/// One gate.
pub(super) struct GateLine {
    pub(super) title: Text,
    pub(super) is_optional: bool,
    pub(super) class: &'static str,
    pub(super) verdict: &'static str,
    pub(super) found: Text,
    pub(super) wanted: Text,
    pub(super) evidence: Text,
    pub(super) next: Option<Text>,
}

/// Returns the steps, each with its place in the time that all of them took.
pub(super) fn steps(run: &RunRecord, now_ms: i64) -> Vec<StepLine> {
    let begun = || run.steps.iter().filter_map(|step| step.started_ms);
    let first = begun().min().unwrap_or(run.started_ms);
    let ended = run.steps.iter().filter_map(|step| step.ended_ms);
    let now = (!run.state.has_ended()).then_some(now_ms);
    let last = ended.chain(now).chain(begun()).max().unwrap_or(first);
    run.steps.iter().map(|step| StepLine::of(step, first, last)).collect()
}

impl StepLine {
    fn of(step: &StepRecord, first: i64, last: i64) -> StepLine {
        let (class, state) = match step.state {
            StepState::Pending => ("u", "not begun"),
            StepState::Started => ("n", "under way"),
            StepState::Done => ("p", "done"),
            StepState::Failed => ("f", "failed"),
            StepState::Undoing => ("i", "being undone"),
            StepState::Undone => ("s", "undone"),
            StepState::UndoFailed => ("e", "could not be undone"),
        };
        let took = took(step).map(duration).unwrap_or_default();
        let when = match (step.started_ms, took.as_str()) {
            (Some(at), "") => format!("from {}", time(at)),
            (Some(at), took) => format!("from {}, {took}", time(at)),
            (None, _) => String::new(),
        };
        let failure = step.failure.as_ref().filter(|_| step.state != StepState::Done);
        StepLine {
            title: step.name.title(),
            class,
            state,
            bar: bar(step, first, last),
            is_bad: matches!(step.state, StepState::Failed | StepState::UndoFailed),
            when,
            took,
            attempts: if step.attempts == 0 { String::new() } else { step.attempts.to_string() },
            summary: Text::sentence(step.summary.as_deref().unwrap_or_default()),
            failure: failure.map(|failure| (Text::sentence(&failure.message), Text::sentence(&failure.help))),
        }
    }
}

fn bar(step: &StepRecord, first: i64, last: i64) -> Option<(String, String)> {
    let from = step.started_ms?;
    let to = step.ended_ms.unwrap_or(last).max(from);
    #[allow(clippy::cast_precision_loss, reason = "what is drawn")]
    let all = (last.saturating_sub(first)).max(1) as f64;
    #[allow(clippy::cast_precision_loss, reason = "what is drawn")]
    let part = |ms: i64| (ms.saturating_sub(first) as f64 * 1000.0 / all).clamp(0.0, 1000.0);
    // What took next to no time is seen, too.
    let x = part(from).min(996.0);
    let width = (part(to) - x).clamp(4.0, 1000.0);
    Some((format!("{x:.1}"), format!("{width:.1}")))
}

impl GateLine {
    pub(super) fn of(gate: &GateRecord) -> GateLine {
        let class = match gate.verdict {
            Verdict::Pass => "p",
            Verdict::Fail => "f",
            Verdict::Inconclusive => "i",
            Verdict::Error => "e",
        };
        GateLine {
            title: Text::phrase(gate.gate.title()),
            is_optional: gate.need == Some(Need::Optional),
            class,
            verdict: gate.verdict.name(),
            found: Text::sentence(&gate.found),
            wanted: Text::phrase(&gate.wanted),
            evidence: evidence(gate),
            next: gate.next.as_deref().map(Text::sentence),
        }
    }
}

/// Says by what a verdict was reached.
fn evidence(gate: &GateRecord) -> Text {
    let text = |key: &str| {
        gate.evidence.as_ref().and_then(|evidence| evidence.get(key)?.as_str().map(str::to_owned))
    };
    let tool = match (text("tool"), text("tool_version")) {
        (Some(tool), Some(version)) => Some(format!("{tool} {version}")),
        (tool, _) => tool,
    };
    let how = match (gate.cached, gate.duration_ms) {
        (true, _) => Some("known from the same inputs".to_owned()),
        (false, 0) => None,
        (false, ms) => Some(format!("run in {}", duration(ms))),
    };
    let words: Vec<_> = [tool, how, text("report")].into_iter().flatten().collect();
    Text::sentence(&words.join(", "))
}
