//! Smoke tests of a release, where it runs.

use std::path::PathBuf;

use serde_json::json;
use stagegate_core::config::EnvironmentConfig;
use stagegate_core::gates::{Evidence, Observed, ProblemKind};
use stagegate_core::run::{Outputs, StepFailure};
use stagegate_core::stage::Stage;

use super::local::Local;
use super::scene::{Scene, place};
use super::{commands, lasting, transient};
use crate::gates::{self, SmokeBench};
use crate::runs::Context;
use crate::tools::{SmokeRun, smoke_check, smoke_tests};

/// What smoke tests are run against.
pub(crate) struct Tested<'a> {
    /// The name of the environment.
    pub(crate) environment: &'a str,
    /// The number of the release.
    pub(crate) release: Option<&'a str>,
    /// Its folder, absolute; `None` where it is not in a folder.
    pub(crate) folder: Option<PathBuf>,
}

/// Runs the smoke tests of the component; returns what a report says about them.
pub(crate) fn run(
    cx: &mut Context<'_>,
    scene: &Scene<'_>,
    tested: &Tested<'_>,
) -> Result<Outputs, StepFailure> {
    let mut outputs = Outputs::new();
    if !scene.environment.smoke.is_empty() {
        let filling = scene.filling(cx, tested.release);
        commands::run_all(cx, scene, "smoke", &scene.environment.smoke, &filling)?;
        outputs.insert("smoke_tests".to_owned(), json!("passed"));
        return Ok(outputs);
    }
    let tests = smoke_tests(cx.root, scene.id);
    if tests.is_empty() {
        outputs.insert("smoke_tests".to_owned(), json!("none"));
        return Ok(outputs);
    }
    let trusted = commands::permit(cx)?;
    let run = SmokeRun {
        environment: tested.environment.to_owned(),
        stage: scene.stage.name().to_owned(),
        run: cx.run.id.clone(),
        release: tested.folder.clone(),
        others: others(cx, scene),
        env: scene.environment.env.clone(),
        timeout: commands::timeout(cx, scene),
    };
    let check = smoke_check(cx.folder, cx.root, scene.id, &tests, &run)
        .map_err(|problem| lasting(problem.message, problem.help))?;
    let (folder, root, cancel, redactor) = (cx.folder, cx.root, cx.cancel, cx.redactor);
    let bench = SmokeBench { folder, root, id: scene.id, trusted: &trusted, cancel, redactor };
    let evidence = gates::smoke(&check, &bench, &mut |line| cx.output(line)).map_err(|error| {
        lasting(format!("smoke tests cannot be run: {error}"), "see what stands in the way there")
    })?;
    let Some(evidence) = evidence else {
        return Err(lasting(
            "smoke tests cannot be run: the components were not read",
            "start the run again",
        ));
    };
    let passed = judge(&evidence, &tests)?;
    outputs.insert("smoke_tests".to_owned(), json!("passed"));
    outputs.insert("tests_passed".to_owned(), json!(passed));
    outputs.insert("tests".to_owned(), json!(tests));
    if let Some(report) = evidence.report {
        outputs.insert("report".to_owned(), json!(report));
    }
    Ok(outputs)
}

/// Returns how many tests passed, where at least one did and none failed.
fn judge(evidence: &Evidence, tests: &[String]) -> Result<usize, StepFailure> {
    let place = tests.join(", ");
    let (passed, bad, skipped) = match &evidence.observed {
        Ok(Observed::Tests { passed, failed, errors, skipped }) => (*passed, failed + errors, *skipped),
        Ok(_) => {
            return Err(lasting("the report of the smoke tests is no report of tests", "see what wrote it"));
        }
        Err(problem) => {
            let message = format!("the smoke tests say nothing: {}", problem.message);
            let may_pass = matches!(problem.kind, ProblemKind::ToolStopped);
            return Err(StepFailure { message, help: problem.help.clone(), transient: may_pass });
        }
    };
    if bad > 0 {
        let first = evidence.findings.first();
        let named = first.and_then(|finding| finding.rule.as_deref()).unwrap_or("see its report");
        let why = first.map(|finding| finding.message.lines().next().unwrap_or_default().to_owned());
        let why = why.filter(|why| !why.is_empty()).map(|why| format!(": {why}")).unwrap_or_default();
        let report =
            evidence.report.as_ref().map(|report| format!("; the report is `{report}`")).unwrap_or_default();
        return Err(transient(
            format!("{bad} of {} smoke tests failed: {named}{why}", passed + bad + skipped),
            format!("mend the component or the test{report}"),
        ));
    }
    if passed == 0 {
        let found = if skipped > 0 {
            format!("all {skipped} were left out")
        } else {
            "none was collected".to_owned()
        };
        return Err(lasting(
            format!("no smoke test ran: {found} in {place}"),
            "see why, or remove them; without smoke tests the release is only compared with what was written",
        ));
    }
    Ok(passed)
}

/// Returns the folders of the releases that the component depends on in the same environment.
fn others(cx: &Context<'_>, scene: &Scene<'_>) -> Vec<PathBuf> {
    let Some(components) = cx.root.components.as_deref() else { return Vec::new() };
    if !scene.environment.is_local() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut seen = vec![scene.id];
    let mut next = vec![scene.id];
    while let Some(id) = next.pop() {
        for to in components.get(id).dependencies.iter().filter_map(|edge| edge.to) {
            if seen.contains(&to) {
                continue;
            }
            seen.push(to);
            next.push(to);
            let name = &components.get(to).canonical;
            let local = Local::new(cx.folder, place(scene.environment, scene.stage, name));
            if let Ok(Some(current)) = local.current() {
                found.push(local.release_folder(&current));
            }
        }
    }
    found
}

/// What stands for a run where none is under way: for plans and for trust.
pub(super) fn trial(environment: &EnvironmentConfig, stage: Stage) -> SmokeRun {
    SmokeRun {
        environment: stage.name().to_owned(),
        stage: stage.name().to_owned(),
        run: "<run>".to_owned(),
        release: environment.is_local().then(|| PathBuf::from("<release>")),
        others: Vec::new(),
        env: environment.env.clone(),
        timeout: crate::tools::TIMEOUT,
    }
}
