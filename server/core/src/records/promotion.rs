//! The promotion report (requirement 000, "Output/Deliverables").

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::about::{About, output};
use super::gate;
use super::workflow::{has_succeeded, state_name};
use super::{incumbent_name, time};
use crate::gates::{GateKind, Verdict};
use crate::plan::StepName;
use crate::run::{GateRecord, RunRecord, StepState};
use crate::stage::Stage;

/// In the order of requirement 000.
#[derive(Serialize)]
struct PromotionReport<'a> {
    component: &'a str,
    from_stage: Option<&'a str>,
    to_stage: &'a str,
    date: String,
    quality_gates: Map<String, Value>,
    promotion_criteria: Criteria,
    deployment: Value,
    validation: Value,
    success: bool,
    kind: &'a str,
    state: &'a str,
    run_id: &'a str,
    commit: Option<&'a str>,
    reason: Option<&'a str>,
    undoes: Option<&'a str>,
}

#[derive(Serialize)]
struct Criteria {
    all_met: bool,
    details: Vec<Value>,
}

/// Makes the promotion report of a run, as the text of the file. What was not looked at is `unknown`, and never good.
#[must_use]
pub fn promotion_report(run: &RunRecord, about: &About) -> String {
    let all: Vec<&GateRecord> = run.gates.iter().collect();
    let gates = gate::last(&all);
    let report = PromotionReport {
        component: &run.component,
        from_stage: run.from.map(Stage::name),
        to_stage: run.to.name(),
        date: time::date(run.ended_ms.unwrap_or(about.now_ms)),
        quality_gates: quality_gates(&gates),
        promotion_criteria: criteria(run, &gates),
        deployment: deployment(run, about),
        validation: validation(run),
        success: has_succeeded(run) && !gates.iter().any(|gate| gate::counts(gate) && !gate::opens(gate)),
        kind: run.kind.name(),
        state: run.state.name(),
        run_id: &run.id,
        commit: about.commit.as_deref(),
        reason: run.reason.as_deref(),
        undoes: run.undoes.as_deref(),
    };
    serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
}

/// The five gates of requirement 000 in its words, and all others by what was found.
fn quality_gates(gates: &[&GateRecord]) -> Map<String, Value> {
    let mut all = Map::new();
    let of = |kind: GateKind| gates.iter().find(|gate| gate.gate.kind() == kind);
    let clean = |gates: &[Option<&&GateRecord>]| match gates {
        gates if gates.iter().all(Option::is_none) => "unknown",
        gates if gates.iter().flatten().all(|gate| gate::opens(gate)) => "clean",
        gates if gates.iter().flatten().any(|gate| gate.verdict == Verdict::Fail) => "issues",
        _ => "unknown",
    };
    let coverage = of(GateKind::Coverage).and_then(|gate| gate.value).filter(|value| value.is_finite());
    let coverage = coverage.map(|percent| format!("{}%", (percent * 10.0).floor() / 10.0));
    all.insert("coverage".to_owned(), coverage.unwrap_or_else(|| "unknown".to_owned()).into());
    let tests = [GateKind::Tests, GateKind::IntegrationTests, GateKind::E2eTests];
    let counted = |kind: GateKind| of(kind).filter(|gate| kind == GateKind::Tests || gate::counts(gate));
    let run: Vec<_> = tests.into_iter().filter_map(counted).collect();
    all.insert(
        "tests_passing".to_owned(),
        (!run.is_empty() && run.iter().all(|gate| gate::opens(gate))).into(),
    );
    all.insert("linting".to_owned(), clean(&[of(GateKind::Lint)]).into());
    all.insert("type_checking".to_owned(), clean(&[of(GateKind::Types)]).into());
    let security = [of(GateKind::Secrets), of(GateKind::Vulnerabilities)];
    all.insert("security".to_owned(), clean(&security).into());
    for gate in gates {
        let name = incumbent_name(&gate.gate);
        if !all.contains_key(name) {
            all.insert(name.to_owned(), format!("{}: {}", gate.verdict.name(), gate.found).into());
        }
    }
    all
}

/// The gates that the stage waits for, and what the step of criteria and sign-offs left behind.
fn criteria(run: &RunRecord, gates: &[&GateRecord]) -> Criteria {
    let counted = gates.iter().filter(|gate| gate::counts(gate));
    let mut details: Vec<Value> = counted
        .clone()
        .map(|gate| {
            json!({ "criterion": gate.gate.title(), "met": gate::opens(gate), "found": gate.found, "expected": gate.wanted })
        })
        .collect();
    let step = run.steps.iter().find(|step| step.name == StepName::Criteria);
    let more = step.and_then(|step| step.outputs.get("details")).and_then(Value::as_array);
    details.extend(more.into_iter().flatten().cloned());
    let is_met = step.is_none_or(|step| step.state == StepState::Done);
    let said = |detail: &Value| detail.get("met").and_then(Value::as_bool) != Some(false);
    let all_met = is_met && !details.is_empty() && details.iter().all(said);
    Criteria { all_met, details }
}

fn deployment(run: &RunRecord, about: &About) -> Value {
    let deploys = [StepName::Deploy, StepName::Undeploy, StepName::Rehearse];
    let step = run.steps.iter().find(|step| deploys.contains(&step.name));
    let environment = output(run, &deploys, "environment");
    json!({
        "success": step.is_some_and(|step| step.state == StepState::Done),
        "environment": environment.unwrap_or_else(|| run.to.name().to_owned()),
        "version": run.version,
        "release": about.release,
        "state": step.map_or("none", |step| state_name(step.state)),
    })
}

/// What smoke tests, health checks and monitoring said; `unknown` where nobody looked.
fn validation(run: &RunRecord) -> Value {
    let of = |step: StepName, key: &str| output(run, &[step], key).unwrap_or_else(|| "unknown".to_owned());
    json!({
        "smoke_tests": of(StepName::Verify, "smoke_tests"),
        "health_checks": of(StepName::Verify, "health_checks"),
        "monitoring": of(StepName::Monitor, "monitoring"),
    })
}
