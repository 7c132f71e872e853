//! Runs over time: how long they took, how many succeeded.

use std::collections::BTreeMap;

use stagegate_core::run::{RunRecord, RunState};

use super::MetricsDay;
use super::chart::{Bar, Bars, Unit};
use super::figures::duration_of;
use super::text::{DAY_MS, Text, date};

/// How many days are shown.
pub(super) const DAYS: i64 = 30;
/// How many runs are shown.
const RUNS: usize = 60;

/// Runs over time.
#[derive(Debug)]
pub(super) struct Trend {
    today: i64,
    /// By day: how many succeeded, and how many did not.
    days: BTreeMap<i64, (u64, u64)>,
    /// Newest first.
    runs: Vec<Bar>,
}

impl Trend {
    pub(super) fn new(now_ms: i64) -> Trend {
        Trend { today: now_ms.div_euclid(DAY_MS), days: BTreeMap::new(), runs: Vec::new() }
    }

    /// Counts a run. Runs come newest first.
    pub(super) fn add(&mut self, run: &RunRecord) {
        if !run.state.has_ended() {
            return;
        }
        let succeeded = run.state == RunState::Succeeded;
        let day = run.ended_ms.unwrap_or(run.started_ms).div_euclid(DAY_MS);
        if day > self.today - DAYS && day <= self.today {
            let counted = self.days.entry(day).or_default();
            if succeeded { counted.0 += 1 } else { counted.1 += 1 }
        }
        if let Some(took) = duration_of(run).filter(|_| self.runs.len() < RUNS) {
            let (full, hollow) = if succeeded { (took, 0) } else { (0, took) };
            let label = format!(
                "{} {}, {}, {}",
                date(run.started_ms),
                run.component,
                run.kind.name(),
                run.state.name()
            );
            self.runs.push(Bar { label: Text::phrase(&label), full, hollow });
        }
    }

    /// Returns how many runs of the days succeeded, and how many there were.
    pub(super) fn rate(&self) -> (u64, u64) {
        self.days.values().fold((0, 0), |sum, day| (sum.0 + day.0, sum.1 + day.0 + day.1))
    }

    /// Returns how long the newest runs took, and how runs ended day by day.
    pub(super) fn figures(mut self) -> (Option<Bars>, Option<Bars>) {
        self.runs.reverse();
        let durations =
            Bars::new("runs", "Duration of runs", Unit::Time, ["succeeded", "did not succeed"], self.runs);
        let all = (self.today - DAYS + 1..=self.today).map(|day| {
            let (full, hollow) = self.days.get(&day).copied().unwrap_or_default();
            Bar { label: Text::phrase(&date(day.saturating_mul(DAY_MS))), full, hollow }
        });
        let days = if self.days.is_empty() { Vec::new() } else { all.collect() };
        (durations, Bars::new("days", "Runs by day", Unit::Count, ["succeeded", "did not succeed"], days))
    }
}

/// Returns what the metrics files say, day by day.
pub(super) fn metrics(days: &[MetricsDay]) -> Option<Bars> {
    #[allow(clippy::cast_possible_truncation, reason = "a number of days")]
    let newest = days.len().saturating_sub(DAYS as usize);
    let bars = days[newest..].iter().map(|day| Bar {
        label: Text::phrase(&day.date),
        full: day.successes.min(day.executions).into(),
        hollow: day.executions.saturating_sub(day.successes).into(),
    });
    Bars::new("metrics", "Executions by day", Unit::Count, ["succeeded", "failed"], bars.collect())
}
