//! How long steps take, how often they are tried again, and which one takes longest (requirement 003, "Performance").

use std::collections::HashMap;

use stagegate_core::plan::{RunKind, StepName};
use stagegate_core::run::{RunRecord, RunState, StepRecord, StepState};

use super::chart::{Meter, Stack};
use super::figures::duration_of;
use super::text::{duration, median_and_p90, percent, share};

/// How many of the newest durations an estimate goes by, so that it follows what changes.
const RECENT: usize = 50;
/// How many of the newest durations are kept of a step.
const MOST: usize = 20_000;

/// All steps of one kind of run.
#[derive(Debug, Default)]
pub(super) struct StepTable {
    steps: HashMap<StepName, Steps>,
    /// How long the runs that succeeded took, newest first.
    runs: Vec<u64>,
    ended: usize,
    /// Runs in which a step was tried again.
    retried: usize,
}

#[derive(Debug, Default)]
struct Steps {
    /// Where it stood in the newest run that had it.
    place: usize,
    /// How long it took where it was done, newest first, in milliseconds.
    durations: Vec<u64>,
    executions: usize,
    failed: usize,
    /// New attempts after the first.
    retries: u64,
    /// Executions that needed more than one attempt and were done in the end.
    recovered: usize,
}

/// What is shown of one kind of run.
#[derive(Debug)]
pub(super) struct KindFigures {
    pub(super) kind: RunKind,
    pub(super) ended: usize,
    /// Median and nine in ten, of those that succeeded.
    pub(super) run: Option<(u64, u64)>,
    pub(super) retried: usize,
    /// In the order in which they are run.
    pub(super) steps: Vec<StepFigures>,
    /// The step with the largest share; `None` with fewer than two steps.
    pub(super) bottleneck: Option<usize>,
    pub(super) stack: Option<Stack>,
}

/// What is shown of one step.
#[derive(Debug)]
pub(super) struct StepFigures {
    pub(super) name: StepName,
    pub(super) executions: usize,
    pub(super) median_ms: Option<u64>,
    pub(super) p90_ms: Option<u64>,
    /// Of the time of all steps, in percent.
    pub(super) share: f64,
    pub(super) meter: Meter,
    pub(super) failed: usize,
    pub(super) retries: u64,
    pub(super) recovered: usize,
}

impl StepTable {
    pub(super) fn add(&mut self, run: &RunRecord) {
        for (place, step) in run.steps.iter().enumerate() {
            self.add_step(place, step);
        }
        if run.state.has_ended() {
            self.ended += 1;
            self.retried += usize::from(run.steps.iter().any(|step| step.attempts > 1));
        }
        if run.state == RunState::Succeeded {
            self.runs.extend(duration_of(run).filter(|_| self.runs.len() < MOST));
        }
    }

    fn add_step(&mut self, place: usize, step: &StepRecord) {
        if matches!(step.state, StepState::Pending | StepState::Started) {
            return;
        }
        let steps = self.steps.entry(step.name).or_insert_with(|| Steps { place, ..Steps::default() });
        steps.executions += 1;
        steps.retries += u64::from(step.attempts.saturating_sub(1));
        let was_done = step.failure.is_none() || step.state == StepState::Done;
        steps.failed += usize::from(!was_done);
        steps.recovered += usize::from(was_done && step.attempts > 1);
        if step.state == StepState::Done {
            steps.durations.extend(took(step).filter(|_| steps.durations.len() < MOST));
        }
    }

    /// Returns how long a step usually takes, by the newest times.
    pub(super) fn usual(&self, name: StepName) -> Option<u64> {
        let durations = &self.steps.get(&name)?.durations;
        let mut recent: Vec<u64> = durations.iter().take(RECENT).copied().collect();
        median_and_p90(&mut recent).map(|(median, _)| median)
    }

    /// Returns what is shown; `None` where no run ended.
    pub(super) fn figures(mut self, kind: RunKind) -> Option<KindFigures> {
        if self.ended == 0 {
            return None;
        }
        let total: u64 =
            self.steps.values().flat_map(|steps| &steps.durations).fold(0, |sum, ms| sum.saturating_add(*ms));
        let mut steps: Vec<_> = self.steps.drain().collect();
        steps.sort_by_key(|(name, steps)| (steps.place, *name));
        let steps: Vec<StepFigures> =
            steps.into_iter().map(|(name, steps)| steps.figures(name, total)).collect();
        let longest = (0..steps.len()).max_by(|a, b| steps[*a].share.total_cmp(&steps[*b].share));
        let bottleneck = longest.filter(|at| steps.len() > 1 && steps[*at].share > 0.0);
        let stack = Stack::new(steps.iter().map(|step| (step.name.title(), step.median_ms.unwrap_or(0))));
        Some(KindFigures {
            kind,
            ended: self.ended,
            run: median_and_p90(&mut self.runs),
            retried: self.retried,
            steps,
            bottleneck,
            stack,
        })
    }
}

impl Steps {
    fn figures(mut self, name: StepName, total: u64) -> StepFigures {
        let sum = self.durations.iter().fold(0_u64, |sum, ms| sum.saturating_add(*ms));
        let times = median_and_p90(&mut self.durations);
        let share = share(sum, total);
        let meter = Meter::new(share, None);
        StepFigures {
            name,
            executions: self.executions,
            median_ms: times.map(|(median, _)| median),
            p90_ms: times.map(|(_, p90)| p90),
            share,
            meter,
            failed: self.failed,
            retries: self.retries,
            recovered: self.recovered,
        }
    }
}

impl KindFigures {
    pub(super) fn title(&self) -> &'static str {
        match self.kind {
            RunKind::Promotion => "Promotions",
            RunKind::Rollback => "Rollbacks",
            RunKind::Drill => "Drills",
        }
    }

    /// Says which step takes longest.
    pub(super) fn bottleneck(&self) -> Option<(String, String)> {
        let step = &self.steps[self.bottleneck?];
        let detail = match (step.median_ms, step.p90_ms) {
            (Some(median), Some(p90)) => {
                format!(
                    "of the time of all steps. Median {}, nine in ten within {}.",
                    duration(median),
                    duration(p90)
                )
            }
            _ => "of the time of all steps.".to_owned(),
        };
        Some((format!("{} takes {}", step.name.title(), percent(step.share)), detail))
    }
}

impl StepFigures {
    pub(super) fn median(&self) -> String {
        self.median_ms.map_or_else(|| "–".to_owned(), duration)
    }

    pub(super) fn share(&self) -> String {
        percent(self.share)
    }

    pub(super) fn p90(&self) -> String {
        self.p90_ms.map_or_else(|| "–".to_owned(), duration)
    }

    pub(super) fn retried(&self) -> String {
        match (self.retries, self.recovered) {
            (0, _) => String::new(),
            (retries, recovered) => format!("{retries} ({recovered} recovered)"),
        }
    }
}

/// Returns how long a step took; `None` where the clock went back.
pub(super) fn took(step: &StepRecord) -> Option<u64> {
    u64::try_from(step.ended_ms?.checked_sub(step.started_ms?)?).ok()
}
