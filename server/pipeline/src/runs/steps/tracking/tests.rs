use std::fs;
use std::time::Duration;

use stagegate_core::plan::{Backoff, Plan, Step, StepName};
use stagegate_core::run::{RunEvent, RunRecord, RunState};
use stagegate_core::stage::Stage;
use stagegate_workspace::{WalkOptions, Workspace};

use super::*;
use crate::process::Cancel;
use crate::redact::Redactor;
use crate::runs::{Clock, Journalled};

struct Silent;

impl Journalled for Silent {
    fn remember(&mut self, _: &Outputs) -> Result<(), StepFailure> {
        Ok(())
    }

    fn event(&mut self, _: RunEvent) -> Result<(), StepFailure> {
        Ok(())
    }
}

struct Fixed;

impl Clock for Fixed {
    fn now_ms(&self) -> i64 {
        1_795_222_979_000
    }

    fn wait(&self, _: Duration, _: &Cancel) -> bool {
        true
    }
}

fn plan(kind: RunKind) -> Plan {
    let effect = Effect::SignOff {
        criterion: "QA".to_owned(),
        by: "token s3cr3t-value-of-env, 2026-11-18".to_owned(),
    };
    let step = |name, effects| Step {
        name,
        effects,
        backoff: Backoff::NONE,
        timeout_ms: 1000,
        environment: None,
        is_undone: true,
    };
    Plan {
        kind,
        component: "calc".to_owned(),
        canonical: "calc".to_owned(),
        from: Some(Stage::Development),
        to: Stage::Staging,
        spec: Some("specs/calc.md".to_owned()),
        version: None,
        head: None,
        undoes: None,
        reason: None,
        steps: vec![step(StepName::Criteria, vec![effect]), step(StepName::Tracking, Vec::new())],
        refusals: Vec::new(),
        notes: Vec::new(),
    }
}

fn with_context<T>(
    folder: &std::path::Path,
    plan: &Plan,
    act: impl FnOnce(&mut Context<'_>) -> Result<T, StepFailure>,
) -> T {
    let mut workspace = Workspace::load(folder);
    workspace.scan(&WalkOptions::default());
    workspace.read_components(&WalkOptions::default());
    let run = RunRecord {
        id: "20261121-034500-ab12cd".to_owned(),
        kind: plan.kind,
        component: plan.component.clone(),
        canonical: plan.canonical.clone(),
        from: plan.from,
        to: plan.to,
        state: RunState::Running,
        reason: None,
        undoes: None,
        undone_by: None,
        by: None,
        started_ms: 1_795_222_979_000,
        ended_ms: None,
        resumed: 0,
        version: None,
        steps: Vec::new(),
        gates: Vec::new(),
    };
    let redactor = Redactor::from_env([("API_TOKEN".into(), "s3cr3t-value-of-env".into())]);
    let cancel = Cancel::new();
    act(&mut Context {
        folder,
        root: &workspace.root,
        plan,
        step: &plan.steps[1],
        run: &run,
        cancel: &cancel,
        redactor: &redactor,
        clock: &Fixed,
        attempt: 1,
        remembered: Outputs::new(),
        journal: &mut Silent,
    })
    .unwrap()
}

#[test]
fn the_issue_is_written_once_withdrawn_and_written_again() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("specs")).unwrap();
    let spec = "# calc\n\n**Component Name:** calc\n\n## Rollback Procedure\n1. Restore it.\n";
    fs::write(dir.path().join("specs/calc.md"), spec).unwrap();
    let plan = plan(RunKind::Promotion);
    let already = || with_context(dir.path(), &plan, |context| Tracking.already_done(context));
    assert_eq!(already(), None);
    let done = with_context(dir.path(), &plan, |context| Tracking.perform(context));
    let path = ".stagegate/tracking/calc/20261121-034500-ab12cd-promotion.md";
    assert_eq!(done.outputs["issue"], path);
    let written = fs::read_to_string(dir.path().join(path)).unwrap();
    assert!(written.contains("### Rollback Plan\n1. Restore it.\n"), "{written}");
    assert!(written.contains("- [x] QA (token ") && !written.contains("s3cr3t-value-of-env"), "{written}");
    assert_eq!(already().unwrap(), done);
    assert_eq!(with_context(dir.path(), &plan, |context| Tracking.perform(context)), done);
    assert_eq!(fs::read_to_string(dir.path().join(path)).unwrap(), written);

    let undone = || with_context(dir.path(), &plan, |context| Tracking.undo(context));
    assert_eq!(undone(), format!("the issue {path} is withdrawn"));
    assert_eq!(undone(), format!("the issue {path} is withdrawn"));
    assert_eq!(already(), None);
    assert!(fs::read_to_string(dir.path().join(path)).unwrap().contains("state: withdrawn"));
    with_context(dir.path(), &plan, |context| Tracking.perform(context));
    assert!(already().is_some());
}

#[test]
fn a_drill_has_no_issue() {
    let dir = tempfile::tempdir().unwrap();
    let plan = plan(RunKind::Drill);
    assert_eq!(with_context(dir.path(), &plan, |context| Tracking.perform(context)), Done::default());
    assert_eq!(with_context(dir.path(), &plan, |context| Tracking.undo(context)), "");
    assert!(!dir.path().join(".stagegate").exists());
}
