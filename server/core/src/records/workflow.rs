//! The workflow report: `workflow_report_<component>.json` (requirement 002).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::about::{About, output};
use super::gate::{self, GateResult};
use super::{stages, time};
use crate::plan::{RunKind, StepName};
use crate::run::{GateRecord, Person, RunRecord, RunState, StepRecord, StepState};

/// What a run came to. The first nine keys are the incumbent's; the others are ours. Keys that are not known are left out
/// when it is read; missing ones are empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkflowReport {
    /// Whether everything was done.
    pub success: bool,
    /// The component.
    pub component_name: String,
    /// The stage that the run leads to.
    pub target_stage: String,
    /// The stages of the workflow that are done.
    pub stages_completed: Vec<String>,
    /// Those that failed, or were stopped or undone.
    pub stages_failed: Vec<String>,
    /// What each stage came to, in the order in which they were reached.
    #[serde(serialize_with = "write_map", deserialize_with = "read_map")]
    pub stage_results: Vec<(String, StageResult)>,
    /// How long the run took, in milliseconds.
    pub total_execution_time_ms: u64,
    /// The session that AI assistants read.
    pub context_session_id: Option<String>,
    /// The page that shows the metrics.
    pub metrics_dashboard: Option<String>,
    /// The number of the run.
    pub run_id: Option<String>,
    /// `promotion`, `rollback`, `drill`, or `validation` where nothing was to be changed.
    pub kind: String,
    /// How far the run is: `running`, `succeeded`, `failed`, ...
    pub state: String,
    /// The stage before.
    pub from_stage: Option<String>,
    /// The commit that the run made, else the one that it looked at.
    pub commit: Option<String>,
    /// The release that the environment serves afterwards.
    pub release: Option<String>,
    /// Why it was asked for.
    pub reason: Option<String>,
    /// The run that it undoes.
    pub undoes: Option<String>,
    /// The run that undid it.
    pub undone_by: Option<String>,
    /// Who asked for it.
    pub by: Option<Person>,
    /// When it was asked for: UTC, with microseconds.
    pub started_at: Option<String>,
    /// When it ended.
    pub ended_at: Option<String>,
    /// How often it was taken up again after an interruption.
    pub resumed: u32,
    /// The steps, in the order of the plan.
    pub steps: Vec<StepResult>,
}

/// One stage of the workflow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StageResult {
    /// Its name.
    pub stage_name: String,
    /// Whether all of it is done.
    pub success: bool,
    /// What it left behind.
    pub outputs: Map<String, Value>,
    /// What went wrong.
    pub errors: Vec<String>,
    /// What is worth knowing.
    pub warnings: Vec<String>,
    /// How long it took, in milliseconds.
    pub execution_time_ms: u64,
    /// Its gates, in the order in which they were asked.
    #[serde(serialize_with = "write_map", deserialize_with = "read_map")]
    pub quality_gates: Vec<(String, GateResult)>,
}

/// One step of the plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StepResult {
    /// Its name.
    pub name: String,
    /// What people read.
    pub title: String,
    /// How far it is.
    pub state: String,
    /// How many attempts were begun.
    pub attempts: u32,
    /// How long it took with all its attempts, in milliseconds.
    pub execution_time_ms: u64,
    /// What it came to.
    pub summary: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
}

impl WorkflowReport {
    /// Returns the text of the file.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Maps with texts as keys cannot fail.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads the text of a file, also one of the incumbent.
    ///
    /// # Errors
    /// Returns why it is no report.
    pub fn read(text: &str) -> Result<WorkflowReport, serde_json::Error> {
        // A list would be read as well, as its values in order.
        if !text.trim_start().starts_with('{') {
            return Err(serde::de::Error::custom("expected an object"));
        }
        serde_json::from_str(text)
    }

    /// Returns what a stage came to.
    #[must_use]
    pub fn stage(&self, key: &str) -> Option<&StageResult> {
        self.stage_results.iter().find(|(known, _)| known == key).map(|(_, stage)| stage)
    }
}

/// Makes the report of a run, whether it has ended or is about to: while only what it leaves behind is missing, it counts
/// as done.
#[must_use]
pub fn workflow_report(run: &RunRecord, about: &About) -> WorkflowReport {
    let stage_results: Vec<(String, StageResult)> = stages::of_run(run)
        .into_iter()
        .map(|(key, steps)| (key.to_owned(), stage(key, &steps, run, about)))
        .collect();
    let with = |success: bool| {
        let some = stage_results.iter().filter(move |(_, stage)| stage.success == success);
        some.map(|(key, _)| key.clone()).collect::<Vec<String>>()
    };
    let (stages_completed, stages_failed) = (with(true), with(false));
    let ended_ms = run.ended_ms.filter(|_| run.state.has_ended());
    let total = ended_ms.unwrap_or(about.now_ms).saturating_sub(run.started_ms);
    WorkflowReport {
        success: has_succeeded(run) && stages_failed.is_empty() && !stages_completed.is_empty(),
        component_name: run.component.clone(),
        target_stage: about.target.clone().unwrap_or_else(|| run.to.name().to_owned()),
        stages_completed,
        stages_failed,
        stage_results,
        total_execution_time_ms: u64::try_from(total).unwrap_or(0),
        context_session_id: about.session.clone(),
        metrics_dashboard: about.dashboard.clone(),
        run_id: (!run.id.is_empty()).then(|| run.id.clone()),
        kind: stages::kind(run).to_owned(),
        state: run.state.name().to_owned(),
        from_stage: run.from.map(|stage| stage.name().to_owned()),
        commit: about.commit.clone(),
        release: about.release.clone(),
        reason: run.reason.clone(),
        undoes: run.undoes.clone(),
        undone_by: run.undone_by.clone(),
        by: run.by.clone(),
        started_at: Some(time::naive(run.started_ms)),
        ended_at: ended_ms.map(time::naive),
        resumed: run.resumed,
        steps: run.steps.iter().map(|step| step_result(step, about.now_ms)).collect(),
    }
}

/// Whether everything is done, or will be when what the run leaves behind is written.
pub(super) fn has_succeeded(run: &RunRecord) -> bool {
    let is_done = |step: &StepRecord| step.state == StepState::Done || stages::is_record(step.name);
    matches!(run.state, RunState::Succeeded | RunState::Running) && run.steps.iter().all(is_done)
}

fn stage(key: &str, steps: &[&StepRecord], run: &RunRecord, about: &About) -> StageResult {
    let of_stage = |gate: &&GateRecord| stages::of_step(run.kind, run.to, gate.step) == key;
    let gates: Vec<&GateRecord> = run.gates.iter().filter(of_stage).collect();
    let quality_gates = gate::results(&gates, about);
    let last = gate::last(&gates);
    let mut errors = Vec::new();
    let mut warnings = Vec::new();
    let say = |list: &mut Vec<String>, text: String| {
        if !text.is_empty() && !list.contains(&text) {
            list.push(text);
        }
    };
    for gate in last.iter().filter(|gate| !gate::opens(gate)) {
        let list = if gate::counts(gate) { &mut errors } else { &mut warnings };
        say(list, gate::sentence(gate));
    }
    // The cause comes first: what could not be undone, and what was undone, follow from it.
    for step in steps.iter().filter(|step| step.state != StepState::UndoFailed) {
        if let Some(failure) = &step.failure {
            // A step that succeeded in the end failed before.
            match step.state {
                StepState::Done => say(&mut warnings, format!("tried again: {}", failure.message)),
                _ => say(&mut errors, failure.message.clone()),
            }
        }
    }
    for step in steps {
        if let Some(failure) = step.failure.as_ref().filter(|_| step.state == StepState::UndoFailed) {
            say(&mut errors, failure.message.clone());
        }
        match step.state {
            StepState::Undone => say(&mut errors, format!("{}: undone", step.name.title())),
            StepState::UndoFailed => say(&mut errors, format!("{}: could not be undone", step.name.title())),
            StepState::Pending | StepState::Started | StepState::Undoing
                if run.state != RunState::Running =>
            {
                say(
                    &mut errors,
                    format!("{}: not done, the run was {}", step.name.title(), run.state.name()),
                );
            }
            _ => {}
        }
    }
    let is_open = last.iter().all(|gate| gate::opens(gate) || !gate::counts(gate));
    let success = is_open && steps.iter().all(|step| step.state == StepState::Done);
    StageResult {
        stage_name: stages::title(key).to_owned(),
        success,
        outputs: outputs(key, steps, success, &quality_gates, run, about),
        errors,
        warnings,
        execution_time_ms: steps
            .iter()
            .fold(0, |sum: u64, step| sum.saturating_add(stages::duration(step, about.now_ms))),
        quality_gates,
    }
}

fn outputs(
    key: &str,
    steps: &[&StepRecord],
    success: bool,
    gates: &[(String, GateResult)],
    run: &RunRecord,
    about: &About,
) -> Map<String, Value> {
    let mut outputs = Map::new();
    let mut put = |key: &str, value: Value| {
        outputs.insert(key.to_owned(), value);
    };
    let ended = steps.iter().filter_map(|step| step.ended_ms).max();
    match key {
        "specification" => {
            put("spec_file", json!(about.spec_file));
            put("content_length", json!(about.content_length));
            put("parsed_at", json!(ended.map(time::naive)));
        }
        "testing" | "refactoring" => {
            let names = |wanted: fn(&GateResult) -> bool| {
                let some = gates.iter().filter(move |(_, gate)| wanted(gate));
                some.map(|(name, _)| name.as_str()).collect::<Vec<_>>()
            };
            let is_optional = |gate: &GateResult| gate.need.as_deref() == Some("optional");
            put("component_path", json!(about.component_path));
            put("gates_run", json!(names(|_| true)));
            put("gates_passed", json!(names(|gate| gate.passed)));
            put(
                "gates_failed",
                json!(names(|gate| !gate.passed && gate.need.as_deref() != Some("optional"))),
            );
            let optional: Vec<_> =
                gates.iter().filter(|(_, gate)| !gate.passed && is_optional(gate)).collect();
            put("gates_not_required", optional.iter().map(|(name, _)| name.as_str()).collect());
            if key == "refactoring" {
                put("auto_fix_applied", json!(was_fixed(run)));
            }
        }
        _ => {
            let deploys = [StepName::Deploy, StepName::Undeploy, StepName::Rehearse];
            let deployed = steps.iter().find(|step| deploys.contains(&step.name));
            put("success", json!(success));
            let when = deployed.filter(|step| step.state == StepState::Done).and_then(|step| step.ended_ms);
            put("deployment_time", json!(when.map(time::naive)));
            let stage = if run.kind == RunKind::Rollback { run.from.unwrap_or(run.to) } else { run.to };
            let environment = output(run, &deploys, "environment");
            put("environment", json!(environment.unwrap_or_else(|| stage.name().to_owned())));
            put("component", json!(run.component));
            put("release", json!(about.release));
            put("version", json!(run.version));
            put("commit", json!(about.commit));
        }
    }
    outputs
}

/// Whether the linter mended anything.
fn was_fixed(run: &RunRecord) -> bool {
    let step = run.steps.iter().find(|step| step.name == StepName::AutoFix);
    let changed =
        step.filter(|step| step.state == StepState::Done).and_then(|step| step.outputs.get("changed"));
    changed.is_some_and(|changed| match changed {
        Value::Array(paths) => !paths.is_empty(),
        Value::Bool(changed) => *changed,
        _ => false,
    })
}

fn step_result(step: &StepRecord, now_ms: i64) -> StepResult {
    let failure = step.failure.as_ref();
    StepResult {
        name: step.name.name().to_owned(),
        title: step.name.title().to_owned(),
        state: state_name(step.state).to_owned(),
        attempts: step.attempts,
        execution_time_ms: stages::duration(step, now_ms),
        summary: step.summary.clone(),
        error: failure.map(|failure| failure.message.clone()),
        help: failure.map(|failure| failure.help.clone()),
    }
}

/// The name of a state in JSON.
pub(super) const fn state_name(state: StepState) -> &'static str {
    match state {
        StepState::Pending => "pending",
        StepState::Started => "started",
        StepState::Done => "done",
        StepState::Failed => "failed",
        StepState::Undoing => "undoing",
        StepState::Undone => "undone",
        StepState::UndoFailed => "undo_failed",
    }
}

/// Writes pairs as an object, in their order.
fn write_map<T: Serialize, S: Serializer>(pairs: &[(String, T)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(pairs.iter().map(|(key, value)| (key, value)))
}

/// Reads an object as pairs, in its order.
fn read_map<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Vec<(String, T)>, D::Error> {
    struct Pairs<T>(std::marker::PhantomData<T>);
    impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for Pairs<T> {
        type Value = Vec<(String, T)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some(pair) = map.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }
    }
    from.deserialize_map(Pairs(std::marker::PhantomData))
}
