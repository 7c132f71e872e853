//! Metrics: one line of JSON for each thing that took time, in a file a day (requirement 003, "Observability Framework").

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{gate, incumbent_name, stages, time};
use crate::config::Tracked;
use crate::plan::{RunKind, StepName};
use crate::run::{GateRecord, RunRecord, RunState, StepRecord, StepState};

/// Longest line that is read, in bytes.
pub const MAX_LINE: usize = 256 * 1024;

/// One thing that took time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Metric {
    /// What it is: `stage_testing`, `quality_gate_linting`, `workflow_complete`, ...
    pub name: String,
    /// When it began: UTC without an offset, with microseconds.
    pub started_at: String,
    /// When it ended; `None` where it has not.
    pub ended_at: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<f64>,
    /// How it ended.
    pub status: Status,
    /// What else is known. Lines of ours have `run` and `step`, which together stand in one line only.
    pub metadata: Map<String, Value>,
    /// Why it failed.
    pub error: Option<String>,
}

/// How something ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not yet.
    Running,
    /// Well.
    Success,
    /// Not well.
    Failed,
}

/// All metrics of one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// How many.
    pub total_executions: usize,
    /// How many ended well.
    pub successes: usize,
    /// How many did not.
    pub failures: usize,
    /// Share that ended well, from 0 to 1.
    pub success_rate: f64,
    /// Mean of those whose time is known, in milliseconds; 0 where none is.
    pub avg_duration_ms: f64,
    /// The quickest.
    pub min_duration_ms: f64,
    /// The slowest.
    pub max_duration_ms: f64,
}

impl Metric {
    /// Returns the line, with its end.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }

    /// Returns run and step, where the line is one of ours.
    #[must_use]
    pub fn key(&self) -> Option<(&str, &str)> {
        let text = |key: &str| self.metadata.get(key).and_then(Value::as_str);
        Some((text("run")?, text("step")?))
    }

    /// Returns the day in whose file the line stands: that of its beginning.
    #[must_use]
    pub fn day(&self) -> &str {
        self.started_at.get(..10).unwrap_or_default()
    }
}

/// Returns the metrics of a run: one for each step that has ended, one for each gate, and one for the whole where it has
/// ended or only what it leaves behind is missing.
#[must_use]
pub fn of_run(run: &RunRecord, tracked: Tracked, now_ms: i64) -> Vec<Metric> {
    let mut metrics = Vec::new();
    for step in &run.steps {
        if tracked.quality_gate_results {
            let gates: Vec<&GateRecord> = run.gates.iter().filter(|gate| gate.step == step.name).collect();
            metrics.extend(gate::last(&gates).into_iter().map(|gate| of_gate(run, step, gate)));
        }
        if tracked.stage_execution_time {
            metrics.extend(of_step(run, step, tracked));
        }
    }
    if tracked.stage_execution_time || tracked.success_rate {
        metrics.extend(of_whole(run, tracked, now_ms));
    }
    metrics
}

fn of_step(run: &RunRecord, step: &StepRecord, tracked: Tracked) -> Option<Metric> {
    let status = match step.state {
        StepState::Done => Status::Success,
        // What is undone had no lasting effect: a deployment that was taken back is no success.
        StepState::Failed | StepState::Undone | StepState::UndoFailed => Status::Failed,
        StepState::Pending | StepState::Started | StepState::Undoing => return None,
    };
    let (started, ended) = (step.started_ms?, step.ended_ms?);
    let name = match (step.name, run.kind) {
        (StepName::Specification, _) => "stage_specification_parsing".to_owned(),
        (StepName::Deploy, RunKind::Promotion) => {
            format!("stage_{}", stages::of_step(run.kind, run.to, step.name))
        }
        (name, _) => format!("stage_{name}"),
    };
    let mut metadata = metadata(run, step.name.name());
    add_attempts(&mut metadata, step, tracked);
    let error = step.failure.as_ref().filter(|_| status == Status::Failed);
    if matches!(step.state, StepState::Undone | StepState::UndoFailed) {
        metadata.insert("undone".to_owned(), (step.state == StepState::Undone).into());
    }
    if tracked.error_types
        && let Some(failure) = error
    {
        let kind = if failure.transient { "transient" } else { "permanent" };
        metadata.insert("error_type".to_owned(), kind.into());
    }
    let error = error.map(|failure| failure.message.clone());
    let error = error.or_else(|| (step.state == StepState::Undone).then(|| "undone".to_owned()));
    Some(metric(name, started, ended, status, metadata, error))
}

fn of_gate(run: &RunRecord, step: &StepRecord, gate: &GateRecord) -> Metric {
    let evidence = gate.evidence.as_ref();
    let at = |key: &str| evidence.and_then(|evidence| evidence.get(key)).and_then(Value::as_i64);
    // What was served was seen before the run; it took no time in it.
    let (started, ended) = match (at("started_ms"), at("ended_ms")) {
        (Some(started), Some(ended)) if !gate.cached && started >= run.started_ms => (started, ended),
        _ => {
            // Gates of a later step are asked where those before it are shut already.
            let began = step.started_ms.unwrap_or(run.started_ms);
            (began, began.saturating_add_unsigned(gate.duration_ms))
        }
    };
    let is_open = gate::opens(gate);
    let mut metadata = metadata(run, &format!("{}/{}", step.name.name(), gate.gate));
    metadata.insert("gate".to_owned(), gate.gate.as_str().into());
    metadata.insert("verdict".to_owned(), gate.verdict.name().into());
    metadata.insert("cached".to_owned(), gate.cached.into());
    metadata.insert("required".to_owned(), gate::counts(gate).into());
    for (key, number) in [("value", gate.value), ("threshold", gate.threshold)] {
        if let Some(number) = number.filter(|number| number.is_finite()) {
            metadata.insert(key.to_owned(), json!(number));
        }
    }
    let status = if is_open { Status::Success } else { Status::Failed };
    let name = format!("quality_gate_{}", incumbent_name(&gate.gate));
    metric(name, started, ended, status, metadata, (!is_open).then(|| gate::sentence(gate)))
}

fn of_whole(run: &RunRecord, tracked: Tracked, now_ms: i64) -> Option<Metric> {
    // While the run still writes what it leaves behind, nobody knows how it ends.
    if !run.state.has_ended() {
        return None;
    }
    let ended = run.ended_ms.unwrap_or(now_ms);
    let status = if run.state == RunState::Succeeded { Status::Success } else { Status::Failed };
    let name = match run.kind {
        RunKind::Promotion => "workflow_complete",
        RunKind::Rollback => "rollback_complete",
        RunKind::Drill => "drill_complete",
    };
    let mut metadata = metadata(run, "run");
    metadata.insert("state".to_owned(), run.state.name().into());
    if let Some(from) = run.from {
        metadata.insert("from_stage".to_owned(), from.name().into());
    }
    if tracked.retry_count {
        let retries: u32 = run.steps.iter().map(|step| step.attempts.saturating_sub(1)).sum();
        metadata.insert("retries".to_owned(), retries.into());
        metadata.insert("resumed".to_owned(), run.resumed.into());
    }
    let failed = run.steps.iter().find(|step| step.state == StepState::Failed);
    let failed = failed.or_else(|| run.steps.iter().find(|step| step.failure.is_some()));
    let error = failed.filter(|_| status == Status::Failed);
    if let Some(step) = error {
        metadata.insert("failed_step".to_owned(), step.name.name().into());
    }
    let error = error.and_then(|step| Some(step.failure.as_ref()?.message.clone()));
    Some(metric(name.to_owned(), run.started_ms, ended, status, metadata, error))
}

fn metadata(run: &RunRecord, step: &str) -> Map<String, Value> {
    let mut metadata = Map::new();
    for (key, value) in [
        ("run", run.id.as_str()),
        ("step", step),
        ("component", run.component.as_str()),
        ("kind", stages::kind(run)),
        ("target_stage", run.to.name()),
    ] {
        metadata.insert(key.to_owned(), value.into());
    }
    metadata
}

fn add_attempts(metadata: &mut Map<String, Value>, step: &StepRecord, tracked: Tracked) {
    if tracked.retry_count {
        metadata.insert("retries".to_owned(), step.attempts.saturating_sub(1).into());
    }
}

fn metric(
    name: String,
    started_ms: i64,
    ended_ms: i64,
    status: Status,
    metadata: Map<String, Value>,
    error: Option<String>,
) -> Metric {
    // A clock that jumped back makes nothing end before it began.
    let ended_ms = ended_ms.max(started_ms);
    #[allow(clippy::cast_precision_loss, reason = "durations are far below 2^53")]
    let duration = ended_ms.saturating_sub(started_ms) as f64;
    Metric {
        name,
        started_at: time::naive(started_ms),
        ended_at: Some(time::naive(ended_ms)),
        duration_ms: Some(duration),
        status,
        metadata,
        error,
    }
}

/// Reads the lines of a file, whoever wrote them. What is torn, too long, or has no name is left out; what is missing or of
/// another kind is empty.
#[must_use]
pub fn read(text: &str) -> Vec<Metric> {
    text.lines().filter(|line| line.len() <= MAX_LINE).filter_map(read_line).collect()
}

fn read_line(line: &str) -> Option<Metric> {
    let Ok(Value::Object(mut object)) = serde_json::from_str(line.trim_start_matches('\u{feff}')) else {
        return None;
    };
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let name = text(object.get("name")).filter(|name| !name.is_empty())?;
    let started_at = text(object.get("started_at")).unwrap_or_default();
    let ended_at = text(object.get("ended_at"));
    let status = match text(object.get("status")).as_deref() {
        Some("success") => Status::Success,
        Some("failed") => Status::Failed,
        _ => Status::Running,
    };
    let metadata = match object.remove("metadata") {
        Some(Value::Object(metadata)) => metadata,
        _ => Map::new(),
    };
    let duration_ms = object.get("duration_ms").and_then(Value::as_f64);
    let duration_ms = duration_ms.filter(|duration| duration.is_finite() && *duration >= 0.0);
    let error = text(object.get("error"));
    Some(Metric { name, started_at, ended_at, duration_ms, status, metadata, error })
}

/// Returns what the metrics come to, by name.
#[must_use]
pub fn summary(metrics: &[Metric]) -> BTreeMap<String, Summary> {
    let mut all: BTreeMap<String, (Summary, usize)> = BTreeMap::new();
    for metric in metrics {
        let (of, timed) = all.entry(metric.name.clone()).or_default();
        of.total_executions += 1;
        of.successes += usize::from(metric.status == Status::Success);
        of.failures += usize::from(metric.status == Status::Failed);
        if let Some(duration) = metric.duration_ms {
            of.min_duration_ms = if *timed == 0 { duration } else { of.min_duration_ms.min(duration) };
            of.max_duration_ms = of.max_duration_ms.max(duration);
            // The sum, until all are known.
            of.avg_duration_ms += duration;
            *timed += 1;
        }
    }
    let finish = |(name, (mut of, timed)): (String, (Summary, usize))| {
        #[allow(clippy::cast_precision_loss, reason = "lines are far below 2^53")]
        let share = |of: f64, number: usize| if number == 0 { 0.0 } else { of / number as f64 };
        of.avg_duration_ms = share(of.avg_duration_ms, timed);
        #[allow(clippy::cast_precision_loss, reason = "lines are far below 2^53")]
        let successes = of.successes as f64;
        of.success_rate = share(successes, of.total_executions);
        (name, of)
    };
    all.into_iter().map(finish).collect()
}

#[cfg(test)]
mod tests;
