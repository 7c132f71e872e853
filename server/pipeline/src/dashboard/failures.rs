//! Why runs fail, counted (requirement 003, "Common failure reasons").

use std::collections::HashMap;

use stagegate_core::gates::{Need, Verdict};
use stagegate_core::run::{RunRecord, RunState, StepState};

use super::chart::Meter;
use super::text::{self, Text};

/// How many reasons are told apart; a reason with figures that always differ must not fill the memory.
const MAX_REASONS: usize = 2000;
/// How many are shown.
const SHOWN: usize = 10;

/// Reasons, by what they have in common.
#[derive(Debug, Default)]
pub(super) struct Reasons {
    known: HashMap<String, Reason>,
}

/// A reason.
#[derive(Debug)]
pub(super) struct Reason {
    /// The gate or the step.
    pub(super) place: Text,
    /// In words: of the newest time.
    pub(super) words: Text,
    pub(super) help: Option<Text>,
    pub(super) count: usize,
    pub(super) last_ms: i64,
    pub(super) meter: Meter,
}

impl Reasons {
    /// Counts why a run failed: the gates that were not met, else the steps that failed. Runs come newest first.
    pub(super) fn add(&mut self, run: &RunRecord) {
        if matches!(run.state, RunState::Succeeded | RunState::Running) {
            return;
        }
        let mut by_gate = Vec::new();
        for gate in
            run.gates.iter().filter(|gate| gate.verdict != Verdict::Pass && gate.need != Some(Need::Optional))
        {
            by_gate.push(gate.step);
            let words = match gate.verdict {
                Verdict::Fail if !gate.wanted.is_empty() => format!("not met; wanted: {}", gate.wanted),
                Verdict::Fail => "not met".to_owned(),
                _ => gate.found.clone(),
            };
            let place = format!("Gate {}", gate.gate.title());
            self.count(&place, &words, gate.next.as_deref(), run.started_ms);
        }
        for step in &run.steps {
            let Some(failure) = step.failure.as_ref().filter(|_| !by_gate.contains(&step.name)) else {
                continue;
            };
            if step.state == StepState::Done {
                continue;
            }
            self.count(step.name.title(), &failure.message, Some(&failure.help), run.started_ms);
        }
    }

    fn count(&mut self, place: &str, words: &str, help: Option<&str>, at_ms: i64) {
        let key = format!("{place}\n{}", alike(words));
        if let Some(reason) = self.known.get_mut(&key) {
            reason.count += 1;
            return;
        }
        if self.known.len() >= MAX_REASONS {
            return;
        }
        let help = help.filter(|help| !help.is_empty()).map(Text::sentence);
        let (place, words) = (Text::phrase(place), Text::sentence(words));
        let reason = Reason { place, words, help, count: 1, last_ms: at_ms, meter: Meter::new(0.0, None) };
        self.known.insert(key, reason);
    }

    /// Returns the most common ones.
    pub(super) fn figures(self) -> Vec<Reason> {
        let mut all: Vec<_> = self.known.into_values().collect();
        all.sort_by(|a, b| {
            (b.count, b.last_ms)
                .cmp(&(a.count, a.last_ms))
                .then_with(|| (&a.place, &a.words).cmp(&(&b.place, &b.words)))
        });
        all.truncate(SHOWN);
        let most = all.first().map_or(1, |reason| reason.count);
        for reason in &mut all {
            #[allow(clippy::cast_precision_loss, reason = "a number of runs")]
            let percent = reason.count as f64 * 100.0 / most as f64;
            reason.meter = Meter::new(percent, None);
        }
        all
    }
}

impl Reason {
    pub(super) fn last(&self) -> String {
        text::date(self.last_ms)
    }
}

/// Writes what reasons have in common: without figures, and without what a figure stands in, such as the name of a release.
fn alike(words: &str) -> String {
    let mut out = String::new();
    for word in words.split_whitespace().take(40) {
        let is_figure = word.bytes().any(|b| b.is_ascii_digit());
        out.push_str(if is_figure { "#" } else { word });
        out.push(' ');
    }
    out
}
