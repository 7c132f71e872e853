//! The three steps that change files of the repository, together, in repositories made by git.

use std::time::Duration;

use stagegate_core::gates::{GateName, Verdict};
use stagegate_core::plan::{Backoff, Plan, RunKind, Step};
use stagegate_core::run::{RunEvent, RunRecord, RunState, StepRecord};
use stagegate_core::stage::Stage;
use stagegate_workspace::{WalkOptions, Workspace};

use super::*;
use crate::git::Git;
use crate::git::testing::TestRepository;
use crate::process::Cancel;
use crate::redact::Redactor;
use crate::runs::steps::action;
use crate::runs::{Clock, Journalled};

const RUN: &str = "20261121-034500-ab12cd";
const ROLLBACK: &str = "20261122-034500-ffffff";
const SPEC: &str = "specs/calc.md";
const MATURITY: &str = "src/calc/MATURITY.md";
const PACKAGE: &str = "src/calc/__init__.py";

struct Kept(Outputs);

impl Journalled for Kept {
    fn remember(&mut self, outputs: &Outputs) -> Result<(), StepFailure> {
        self.0 = outputs.clone();
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

/// A repository, a plan and how far its run is.
struct Bench {
    repository: TestRepository,
    plan: Plan,
    run: RunRecord,
}

fn workspace(folder: &std::path::Path) -> Workspace {
    let mut workspace = Workspace::load(folder);
    workspace.scan(&WalkOptions::default());
    workspace.read_components(&WalkOptions::default());
    workspace
}

fn repository() -> TestRepository {
    TestRepository::new(&[
        (SPEC, "# Calc\n\n**Component Name:** calc\n**Status:** Development\n\n## Overview\nOne.\n"),
        (
            MATURITY,
            "# Calc\r\n\r\n**Current Stage**: **Development** 🎉\r\n**Last Updated**: 2026-01-01\r\n\r\n\
             **Current Coverage**: 10%\r\n\r\n## Notes\r\nsome\r\nmore\r\nwords",
        ),
        (PACKAGE, "\"\"\"Calc.\"\"\"\n\n__maturity__ = \"development\"\n"),
        ("other.md", "other\n"),
    ])
}

fn step(name: StepName, effects: Vec<Effect>) -> Step {
    Step { name, effects, backoff: Backoff::NONE, timeout_ms: 60_000, environment: None, is_undone: true }
}

fn bench(repository: TestRepository) -> Bench {
    let workspace = workspace(repository.root());
    let components = workspace.root.components.as_deref().unwrap();
    let id = components.find("calc").unwrap();
    let files: Vec<_> = metadata::paths(&workspace.root, id)
        .into_iter()
        .map(|path| MetadataFile { text: repository.read(&path), path })
        .collect();
    let promotion = Promotion {
        component: "calc".to_owned(),
        from: Some(Stage::Development),
        to: Stage::Staging,
        date: "2026-11-21".to_owned(),
        coverage: Some(10.0),
        version: None,
        integration_tests: None,
        e2e_tests: None,
        performance: None,
    };
    let edits = metadata::changes(&workspace.root, id, &files, &promotion).files;
    let paths = edits.iter().map(|change| change.path.clone()).collect();
    let message = "Promote calc to staging".to_owned();
    let steps = vec![
        step(StepName::Metadata, edits.into_iter().map(Effect::Edit).collect()),
        step(StepName::Commit, vec![Effect::Commit { message, paths }]),
    ];
    of(repository, RunKind::Promotion, RUN, steps)
}

fn of(repository: TestRepository, kind: RunKind, id: &str, steps: Vec<Step>) -> Bench {
    let records = steps.iter().map(|step| StepRecord {
        name: step.name,
        state: StepState::Pending,
        attempts: 0,
        started_ms: None,
        ended_ms: None,
        summary: None,
        failure: None,
        outputs: Outputs::new(),
    });
    let gate = GateRecord {
        gate: GateName::from(GateKind::Coverage),
        step: StepName::Testing,
        need: None,
        verdict: Verdict::Pass,
        found: String::new(),
        wanted: String::new(),
        next: None,
        value: Some(91.25),
        threshold: Some(70.0),
        cached: false,
        duration_ms: 1,
        evidence: None,
    };
    let run = RunRecord {
        id: id.to_owned(),
        kind,
        component: "calc".to_owned(),
        canonical: "calc".to_owned(),
        from: Some(Stage::Development),
        to: Stage::Staging,
        state: RunState::Running,
        reason: None,
        undoes: None,
        undone_by: None,
        by: None,
        started_ms: 1_795_222_979_000,
        ended_ms: None,
        resumed: 0,
        version: None,
        steps: records.collect(),
        gates: vec![gate],
    };
    let plan = Plan {
        kind,
        component: "calc".to_owned(),
        canonical: "calc".to_owned(),
        from: Some(Stage::Development),
        to: Stage::Staging,
        spec: None,
        version: None,
        head: None,
        undoes: (kind == RunKind::Rollback).then(|| RUN.to_owned()),
        reason: (kind == RunKind::Rollback).then(|| "latency".to_owned()),
        steps,
        refusals: Vec::new(),
        notes: Vec::new(),
    };
    Bench { repository, plan, run }
}

impl Bench {
    /// Calls a step as the engine does; what it remembers is kept, whatever becomes of it.
    fn call<T>(
        &mut self,
        name: StepName,
        call: impl FnOnce(&dyn Action, &mut Context<'_>) -> Result<T, StepFailure>,
    ) -> Result<T, StepFailure> {
        let workspace = workspace(self.repository.root());
        let at = self.plan.steps.iter().position(|step| step.name == name).unwrap();
        let mut kept = Kept(self.run.steps[at].outputs.clone());
        let mut context = Context {
            folder: self.repository.root(),
            root: &workspace.root,
            plan: &self.plan,
            step: &self.plan.steps[at],
            run: &self.run,
            cancel: &Cancel::new(),
            redactor: &Redactor::from_env([("DB_PASSWORD".into(), "staging-is-secret".into())]),
            clock: &Fixed,
            attempt: 1,
            remembered: self.run.steps[at].outputs.clone(),
            journal: &mut kept,
        };
        let result = call(action(name), &mut context);
        self.run.steps[at].outputs = kept.0;
        result
    }

    fn perform(&mut self, name: StepName) -> Result<String, StepFailure> {
        let done = self.call(name, |action, context| action.perform(context))?;
        let at = self.plan.steps.iter().position(|step| step.name == name).unwrap();
        self.run.steps[at].state = StepState::Done;
        self.run.steps[at].outputs.extend(done.outputs);
        Ok(done.summary)
    }

    fn undo(&mut self, name: StepName) -> Result<String, StepFailure> {
        self.call(name, |action, context| action.undo(context))
    }

    fn is_done(&mut self, name: StepName) -> bool {
        self.call(name, |action, context| action.already_done(context)).unwrap().is_some()
    }

    fn texts(&self) -> Vec<String> {
        [SPEC, MATURITY, PACKAGE].map(|path| self.repository.read(path)).to_vec()
    }

    fn status(&self) -> String {
        self.repository.run(&["status", "--porcelain"])
    }
}

#[test]
fn a_promotion_is_written_committed_and_undone_without_a_trace() {
    let mut bench = bench(repository());
    let before = bench.texts();
    bench.repository.write("other.md", "dirty\n");
    assert!(!bench.is_done(StepName::Metadata));
    assert_eq!(bench.perform(StepName::Metadata).unwrap(), "3 files say staging");
    assert!(bench.is_done(StepName::Metadata));
    let written = bench.texts();
    assert!(written[0].contains("**Status:** Staging\n**Last Promoted:** 2026-11-2"), "{}", written[0]);
    assert!(written[1].contains("**Current Stage**: **Staging**\r\n"), "{}", written[1]);
    assert!(written[1].contains("**Current Coverage**: 91.2%\r\n"), "the figure that the run measured");
    assert_eq!(written[2], "\"\"\"Calc.\"\"\"\n\n__maturity__ = \"staging\"\n");
    assert_eq!(bench.run.steps[0].outputs["coverage"], json!(91.25));

    assert!(!bench.is_done(StepName::Commit));
    bench.perform(StepName::Commit).unwrap();
    assert!(bench.is_done(StepName::Commit));
    let head = bench.repository.run(&["rev-parse", "HEAD"]);
    assert_eq!(bench.run.steps[1].outputs["commit"], json!(head));
    assert_eq!(bench.run.steps[1].outputs["branch"], json!("main"));
    assert_eq!(bench.status(), " M other.md");

    assert!(bench.undo(StepName::Commit).unwrap().starts_with("undone by the commit "));
    assert_eq!(bench.undo(StepName::Metadata).unwrap(), "the files were as before");
    assert_eq!(bench.texts(), before);
    assert_eq!(bench.status(), " M other.md");
    // Once more, as after an interruption.
    bench.undo(StepName::Commit).unwrap();
    bench.undo(StepName::Metadata).unwrap();
    assert_eq!(bench.texts(), before);
    assert_eq!(bench.repository.run(&["rev-list", "--count", "HEAD"]), "3");
}

#[test]
fn a_stale_plan_writes_nothing() {
    let mut bench = bench(repository());
    bench.repository.write(PACKAGE, "__maturity__ = \"development\"\nnew = 1\n");
    let before = bench.texts();
    let failure = bench.perform(StepName::Metadata).unwrap_err();
    assert_eq!(
        failure.message,
        format!("the plan is stale: `{PACKAGE}` was changed since the plan was made")
    );
    assert_eq!(bench.texts(), before);
    fs::remove_file(bench.repository.root().join(PACKAGE)).unwrap();
    let failure = bench.perform(StepName::Metadata).unwrap_err();
    assert_eq!(failure.message, format!("the plan is stale: `{PACKAGE}` is gone since the plan was made"));
}

/// Killed between two files, and again between the files and the journal.
#[test]
fn an_interrupted_write_goes_on_or_is_undone() {
    let mut undisturbed = bench(repository());
    undisturbed.perform(StepName::Metadata).unwrap();
    let (after, before) = (undisturbed.texts(), bench(repository()).texts());
    for goes_on in [true, false] {
        let mut bench = bench(repository());
        bench.perform(StepName::Metadata).unwrap();
        bench.repository.write(MATURITY, &before[1]);
        assert!(!bench.is_done(StepName::Metadata));
        if goes_on {
            bench.perform(StepName::Metadata).unwrap();
            assert_eq!(bench.texts(), after);
        } else {
            assert_eq!(bench.undo(StepName::Metadata).unwrap(), "2 files put back");
            assert_eq!(bench.texts(), before);
            assert_eq!(bench.status(), "");
        }
    }
}

#[test]
fn undoing_keeps_what_was_changed_since() {
    let mut bench = bench(repository());
    let before = bench.texts();
    bench.perform(StepName::Metadata).unwrap();
    let changed = bench.repository.read(MATURITY).replace("words", "WORDS");
    bench.repository.write(MATURITY, &changed);
    assert_eq!(bench.undo(StepName::Metadata).unwrap(), "3 files put back");
    assert_eq!(bench.texts()[1], before[1].replace("words", "WORDS"));

    bench.perform(StepName::Metadata).unwrap_err();
    bench.repository.write(MATURITY, &before[1]);
    bench.perform(StepName::Metadata).unwrap();
    bench.repository.write(PACKAGE, "__maturity__ = \"production\"\n");
    let failure = bench.undo(StepName::Metadata).unwrap_err();
    assert!(failure.message.starts_with(&format!("`{PACKAGE}` was changed since")), "{}", failure.message);
    assert_eq!(bench.repository.read(PACKAGE), "__maturity__ = \"production\"\n");
}

#[test]
fn what_was_only_begun_is_undone() {
    let mut bench = bench(repository());
    assert_eq!(bench.undo(StepName::Metadata).unwrap(), "");
    assert_eq!(bench.undo(StepName::Commit).unwrap(), "nothing was committed");
    assert_eq!(bench.status(), "");
    // Killed between adding a new file and committing it.
    bench.repository.write("new.md", "1\n");
    bench.run.steps[1].outputs.insert("new".to_owned(), json!(["new.md"]));
    bench.repository.run(&["add", "new.md"]);
    assert_eq!(bench.undo(StepName::Commit).unwrap(), "nothing was committed");
    assert_eq!(bench.status(), "?? new.md");
}

#[test]
fn a_repository_that_takes_no_commit_says_so() {
    let mut bench = bench(repository());
    bench.perform(StepName::Metadata).unwrap();
    bench.repository.run(&["checkout", "--quiet", "--detach"]);
    let failure = bench.perform(StepName::Commit).unwrap_err();
    assert_eq!(failure.message, "nothing can be committed: no branch is checked out");
    bench.repository.run(&["checkout", "--quiet", "main"]);
    let head = bench.repository.run(&["rev-parse", "HEAD"]);
    bench.repository.write(".git/MERGE_HEAD", &format!("{head}\n"));
    let failure = bench.perform(StepName::Commit).unwrap_err();
    assert_eq!(failure.message, "nothing can be committed: `git merge` is under way");
}

#[test]
fn what_somebody_changed_before_the_commit_is_not_committed() {
    let mut bench = bench(repository());
    bench.perform(StepName::Metadata).unwrap();
    let changed = bench.repository.read(MATURITY) + "\r\nprivate";
    bench.repository.write(MATURITY, &changed);
    let failure = bench.perform(StepName::Commit).unwrap_err();
    assert_eq!(
        failure.message,
        format!("the plan is stale: `{MATURITY}` was changed since the plan was made")
    );
    assert_eq!(bench.undo(StepName::Commit).unwrap(), "nothing was committed");
    bench.undo(StepName::Metadata).unwrap();
    assert!(bench.repository.read(MATURITY).ends_with("words\r\nprivate"));
    assert_eq!(bench.repository.run(&["rev-list", "--count", "HEAD"]), "1");
}

/// A hook stands for anybody who writes while the commit is made.
#[cfg(unix)]
#[test]
fn a_commit_that_holds_more_than_the_plan_fails_and_undoing_it_keeps_the_rest() {
    for (script, path) in [
        (format!("echo private >> {SPEC}; git add {SPEC}"), SPEC),
        ("echo 1 > extra.py; git add extra.py".to_owned(), "extra.py"),
        (format!("git reset --quiet {SPEC}"), SPEC),
    ] {
        let mut bench = bench(repository());
        let before = bench.texts();
        bench.perform(StepName::Metadata).unwrap();
        bench.repository.program(".git/hooks/pre-commit", &script);
        let failure = bench.perform(StepName::Commit).unwrap_err();
        let commit = bench.repository.run(&["rev-parse", "--short=12", "HEAD"]);
        assert_eq!(
            failure.message,
            format!(
                "the commit {commit} does not hold `{path}` as the plan shows it: a hook or somebody changed it \
                 meanwhile"
            )
        );
        // Who takes the run up comes to the same.
        bench.call(StepName::Commit, |action, context| action.already_done(context)).unwrap_err();
        fs::remove_file(bench.repository.root().join(".git/hooks/pre-commit")).unwrap();
        bench.undo(StepName::Commit).unwrap();
        bench.undo(StepName::Metadata).unwrap();
        let mut expected = before.clone();
        if script.contains("private") {
            expected[0] += "private\n";
        }
        assert_eq!(bench.texts(), expected, "{script}");
    }
}

/// Whoever takes a run up again asks anew whether the gates are open.
#[test]
fn nothing_is_committed_while_a_gate_is_not_open_for_the_files_as_they_are() {
    let mut bench = bench(repository());
    let gate = Effect::Gate {
        gate: GateName::from(GateKind::Tests),
        need: stagegate_core::gates::Need::Required,
        known: None,
        commands: Vec::new(),
    };
    bench.plan.steps.push(step(StepName::Testing, vec![gate]));
    bench.perform(StepName::Metadata).unwrap();
    let failure = bench.perform(StepName::Commit).unwrap_err();
    assert_eq!(failure.message, "the plan is stale: these gates are not open any more: `tests`");
    assert_eq!(bench.repository.run(&["rev-list", "--count", "HEAD"]), "1");
}

#[test]
fn a_lint_fix_before_it_is_what_it_finds() {
    let mut bench = bench(repository());
    let fixed = "\"\"\"Calc.\"\"\"\n\n__maturity__ = \"development\"\nx = 1\n";
    let fix = FileChange {
        path: PACKAGE.to_owned(),
        before: Some(bench.repository.read(PACKAGE)),
        after: Some(fixed.to_owned()),
    };
    bench.plan.steps.insert(0, step(StepName::AutoFix, vec![Effect::Edit(fix)]));
    let record = bench.run.steps[0].clone();
    bench.run.steps.insert(0, StepRecord { name: StepName::AutoFix, ..record });
    bench.repository.write(PACKAGE, fixed);
    bench.perform(StepName::Metadata).unwrap();
    assert_eq!(bench.repository.read(PACKAGE), fixed.replace("development", "staging"));
    bench.undo(StepName::Metadata).unwrap();
    assert_eq!(bench.repository.read(PACKAGE), fixed);
}

/// The rollback of a promotion that ended well.
fn rollback() -> (Bench, Vec<String>) {
    let mut promoted = bench(repository());
    let before = promoted.texts();
    promoted.perform(StepName::Metadata).unwrap();
    promoted.perform(StepName::Commit).unwrap();
    let commit = promoted.repository.run(&["rev-parse", "HEAD"]);
    let edits = Git::new(promoted.repository.root()).plan_undo(&commit).unwrap();
    let paths = edits.iter().map(|change| change.path.clone()).collect();
    let commit = Effect::Commit { message: "Roll calc back to development".to_owned(), paths };
    let effects = edits.into_iter().map(Effect::Edit).chain([commit]).collect();
    let steps = vec![step(StepName::Revert, effects)];
    (of(promoted.repository, RunKind::Rollback, ROLLBACK, steps), before)
}

#[test]
fn a_rollback_restores_the_files_by_a_commit() {
    let (mut bench, before) = rollback();
    assert!(!bench.is_done(StepName::Revert));
    bench.perform(StepName::Revert).unwrap();
    assert_eq!(bench.texts(), before);
    assert_eq!(bench.status(), "");
    assert!(bench.is_done(StepName::Revert));
    let commit = bench.run.steps[0].outputs["undoes_commit"].as_str().unwrap().to_owned();
    assert_eq!(
        bench.repository.run(&["log", "-1", "--format=%B"]),
        format!(
            "Roll calc back to development\n\nThis reverts commit {commit}.\n\nReason: latency\n\n\
             Stagegate-Undoes: {RUN}\nStagegate-Run: {ROLLBACK}\nStagegate-Component: calc"
        )
    );
}

#[test]
fn a_rollback_whose_plan_is_stale_changes_nothing() {
    let (mut bench, _) = rollback();
    let changed = bench.repository.read(MATURITY).replace("words", "WORDS");
    bench.repository.write(MATURITY, &changed);
    bench.repository.run(&["commit", "--quiet", "-am", "later"]);
    let failure = bench.perform(StepName::Revert).unwrap_err();
    assert_eq!(failure.message, format!("the plan is stale: `{MATURITY}` was changed since it was made"));
    assert_eq!(bench.repository.read(MATURITY), changed);
    assert_eq!(bench.status(), "");
}

#[test]
fn a_promotion_that_is_not_in_the_branch_is_not_rolled_back() {
    let (mut bench, _) = rollback();
    bench.repository.run(&["checkout", "--quiet", "-b", "old", "HEAD~1"]);
    let failure = bench.perform(StepName::Revert).unwrap_err();
    assert_eq!(
        failure.message,
        format!("the commit of the run {RUN} is not in the branch that is checked out")
    );
}
