//! How far a run is, and when it may end (requirement 003, "Estimated completion time").

use stagegate_core::run::{RunRecord, RunState, StepState};

use super::chart::Meter;
use super::figures::RunRow;
use super::steps::StepTable;
use super::text::{count, date, duration, time};

/// A run that has not ended.
#[derive(Debug)]
pub(super) struct UnderWay {
    pub(super) row: RunRow,
    /// The step that is being done, or where it stopped.
    pub(super) step: &'static str,
    pub(super) done: usize,
    pub(super) of: usize,
    pub(super) meter: Meter,
    /// In words: when it may end, or what to do.
    pub(super) outlook: String,
    /// The command that goes on with it.
    pub(super) command: Option<String>,
    /// Whether a process works on it.
    pub(super) is_running: bool,
}

impl UnderWay {
    pub(super) fn of(run: &RunRecord, row: RunRow, history: &StepTable, now_ms: i64) -> UnderWay {
        let is_done = |state| matches!(state, StepState::Done | StepState::Undone);
        let done = run.steps.iter().filter(|step| is_done(step.state)).count();
        let undoing = run.steps.iter().find(|step| step.state == StepState::Undoing);
        let current = run.steps.iter().find(|step| !is_done(step.state));
        let of = run.steps.len();
        #[allow(clippy::cast_precision_loss, reason = "a number of steps")]
        let percent = if of == 0 { 0.0 } else { done as f64 * 100.0 / of as f64 };
        let is_running = run.state == RunState::Running;
        let outlook = match (is_running, undoing) {
            (false, _) => "interrupted: no process works on it".to_owned(),
            (true, Some(_)) => "what was done is being undone".to_owned(),
            (true, None) => outlook(run, history, now_ms),
        };
        UnderWay {
            step: undoing.or(current).map_or("about to end", |step| step.name.title()),
            done,
            of,
            meter: Meter::new(percent, None),
            outlook,
            command: (!is_running).then(|| format!("stagegate resume {}", row.id)),
            is_running,
            row,
        }
    }

    pub(super) fn steps(&self) -> String {
        format!("{} of {} done", self.done, count(self.of, "step"))
    }
}

/// Adds up what the steps that are left usually take.
fn outlook(run: &RunRecord, history: &StepTable, now_ms: i64) -> String {
    let mut left = 0_u64;
    let mut unknown = 0;
    for step in run.steps.iter().filter(|step| matches!(step.state, StepState::Pending | StepState::Started))
    {
        match history.usual(step.name) {
            Some(usual) => {
                let begun = step.started_ms.filter(|_| step.state == StepState::Started);
                let gone = begun.and_then(|begun| u64::try_from(now_ms.saturating_sub(begun)).ok());
                left = left.saturating_add(usual.saturating_sub(gone.unwrap_or(0)));
            }
            None => unknown += 1,
        }
    }
    match (left, unknown) {
        (0, 0) => "about to end, by earlier runs".to_owned(),
        (0, _) => "no earlier run to estimate the end by".to_owned(),
        (left, 0) => {
            let at = now_ms.saturating_add(i64::try_from(left).unwrap_or(i64::MAX));
            let until = time(at);
            // The day is said where it is another one.
            let until = until.strip_prefix(&format!("{} ", date(now_ms))).unwrap_or(&until);
            format!("about {} left, until about {until} UTC", duration(left))
        }
        (left, _) => format!("at least {} left; some steps were never run before", duration(left)),
    }
}
