//! A workspace, and single steps of a run in it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use stagegate_core::plan::deployment::{Deployment, DeploymentState};
use stagegate_core::plan::{Backoff, Effect, Plan, RunKind, Step, StepName};
use stagegate_core::run::{Outputs, RunEvent, RunRecord, RunState, StepFailure, StepRecord, StepState};
use stagegate_core::stage::Stage;
use stagegate_pipeline::environment;
use stagegate_pipeline::gates;
use stagegate_pipeline::process::Cancel;
use stagegate_pipeline::redact::Redactor;
use stagegate_pipeline::runs::{Action, Clock, Context, Done, Journalled};
use stagegate_pipeline::trust::TrustStore;
use stagegate_workspace::{WalkOptions, Workspace};

/// Where trust is kept: not where the user keeps theirs.
const STATE: &str = "STAGEGATE_STATE_DIR";

/// Whether this process keeps trust in a place of its own. Where it does not, the test `name` is run in one that does.
pub(crate) fn is_apart(name: &str) -> bool {
    if std::env::var_os(STATE).is_some() {
        return true;
    }
    let state = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", name, "--nocapture"])
        .env(STATE, state.path())
        .env("DEPLOY_TOKEN", "canary-4711-canary");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("1 passed"), "{said}");
    false
}

/// Time that tests make pass.
#[derive(Debug, Default)]
struct FakeClock(AtomicI64);

impl Clock for FakeClock {
    fn now_ms(&self) -> i64 {
        1_795_232_700_000 + self.0.load(Ordering::SeqCst)
    }

    fn wait(&self, time: Duration, cancel: &Cancel) -> bool {
        self.0.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
        !cancel.is_cancelled()
    }
}

/// A journal in memory; what was remembered last is what an interrupted run would know.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub(crate) remembered: Outputs,
    pub(crate) lines: Vec<String>,
    /// After how many writes it refuses, as if the process were killed there.
    pub(crate) killed_after: Option<usize>,
    writes: usize,
}

impl Journalled for Journal {
    fn remember(&mut self, outputs: &Outputs) -> Result<(), StepFailure> {
        if self.killed_after.is_some_and(|most| self.writes >= most) {
            return Err(StepFailure { message: "killed".into(), help: String::new(), transient: false });
        }
        self.writes += 1;
        self.remembered = outputs.clone();
        Ok(())
    }

    fn event(&mut self, event: RunEvent) -> Result<(), StepFailure> {
        if let RunEvent::Output { line, .. } = event {
            self.lines.push(line);
        }
        Ok(())
    }
}

/// A workspace with the component `calc`, and the run whose steps are done.
pub(crate) struct Bench {
    dir: tempfile::TempDir,
    inner: PathBuf,
    pub(crate) run: RunRecord,
    pub(crate) journal: Journal,
    pub(crate) cancel: Cancel,
    pub(crate) attempt: u32,
    clock: FakeClock,
    redactor: Redactor,
}

impl Bench {
    pub(crate) fn new(config: &str) -> Bench {
        let bench = Bench {
            dir: tempfile::tempdir().unwrap(),
            inner: PathBuf::new(),
            run: run("20261121-034500-aaaaaa", RunKind::Promotion),
            journal: Journal::default(),
            cancel: Cancel::new(),
            attempt: 1,
            clock: FakeClock::default(),
            redactor: Redactor::from_env(std::env::vars_os()),
        };
        bench.lay("stagegate.yaml", config);
        bench.lay("specs/calc.md", "# calc\n\n**Component ID:** calc\n**Target Stage:** staging\n");
        bench.lay("src/calc/__init__.py", "VALUE = 1\n__version__ = \"1.2.0\"\n");
        bench.lay("src/calc/MATURITY.md", "# calc\n\n**Current Stage:** Development\n");
        bench.lay(".gitignore", "*.log\n__pycache__/\n.stagegate/\n");
        bench.lay("src/calc/debug.log", "not deployed");
        bench
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(&self.inner)
    }

    /// From here on the workspace is that folder.
    pub(crate) fn enter(&mut self, inner: &str) {
        self.inner = inner.into();
    }

    pub(crate) fn lay(&self, path: &str, text: &str) {
        let path = self.dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Lays a script that can be executed.
    pub(crate) fn script(&self, path: &str, body: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        self.lay(path, &format!("#!/bin/sh\n{body}\n"));
        fs::set_permissions(self.dir.path().join(path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn text(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap_or_else(|error| format!("({})", error.kind()))
    }

    pub(crate) fn git(&self, args: &[&str]) {
        let config = [
            "-c",
            "user.name=Mara",
            "-c",
            "user.email=mara@example.invalid",
            "-c",
            "init.defaultBranch=main",
        ];
        let mut command = Command::new("git");
        command.args(config).args(args).current_dir(self.root()).env("GIT_CONFIG_GLOBAL", "/dev/null");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    pub(crate) fn workspace(&self) -> Workspace {
        let mut workspace = Workspace::load(&self.root());
        workspace.scan(&WalkOptions::default());
        workspace.read_components(&WalkOptions::default());
        workspace
    }

    /// Trusts the workspace as it is.
    pub(crate) fn trust(&self) {
        let workspace = self.workspace();
        let items = gates::trust_items(&self.root(), &workspace.root).unwrap();
        TrustStore::open().unwrap().grant(&self.root(), &items).unwrap();
    }

    pub(crate) fn state(&self) -> DeploymentState {
        environment::state(&self.root(), &self.workspace().root, "calc", Stage::Staging)
    }

    /// Begins another run.
    pub(crate) fn begin(&mut self, id: &str, kind: RunKind) {
        self.run = run(id, kind);
        self.journal = Journal::default();
        self.attempt = 1;
    }

    /// Returns what a plan shows for a step.
    pub(crate) fn effects(&self, name: StepName) -> Vec<Effect> {
        let (workspace, state) = (self.workspace(), self.state());
        let config = &workspace.root.config;
        let version = Some("1.2.0");
        let deployment =
            Deployment { config, stage: Stage::Staging, component: "calc", version, state: &state };
        match name {
            StepName::Deploy => deployment.deploy(),
            StepName::Verify if self.run.kind == RunKind::Rollback => deployment.verify_before(),
            StepName::Verify => deployment.verify(),
            StepName::Undeploy => deployment.undeploy(),
            StepName::Notify => deployment.notify(),
            StepName::Rehearse => deployment.rehearse(),
            StepName::Restore => deployment.restore(),
            name => panic!("{name}"),
        }
    }

    /// Does something with a step as it stands in a plan that is made now.
    fn with<T>(&mut self, name: StepName, act: impl FnOnce(&mut Context<'_>) -> T) -> T {
        let workspace = self.workspace();
        let step = Step {
            name,
            effects: self.effects(name),
            backoff: Backoff::NONE,
            timeout_ms: 20_000,
            environment: Some("staging".into()),
            is_undone: true,
        };
        let plan = Plan {
            kind: self.run.kind,
            component: "calc".into(),
            canonical: "calc".into(),
            from: Some(Stage::Development),
            to: Stage::Staging,
            spec: None,
            version: Some("1.2.0".into()),
            head: Some("0123456789abcdef".into()),
            undoes: self.run.undoes.clone(),
            reason: None,
            steps: vec![step.clone()],
            refusals: Vec::new(),
            notes: Vec::new(),
        };
        let folder = self.root();
        act(&mut Context {
            folder: &folder,
            root: &workspace.root,
            plan: &plan,
            step: &step,
            run: &self.run,
            cancel: &self.cancel,
            redactor: &self.redactor,
            clock: &self.clock,
            attempt: self.attempt,
            remembered: self.journal.remembered.clone(),
            journal: &mut self.journal,
        })
    }

    /// Does a step, and keeps what it leaves behind for later ones.
    pub(crate) fn perform(&mut self, name: StepName, action: &dyn Action) -> Result<Done, StepFailure> {
        let done = self.with(name, |cx| action.perform(cx));
        if let Ok(done) = &done {
            self.note(name, done.outputs.clone());
        }
        done
    }

    pub(crate) fn already_done(
        &mut self,
        name: StepName,
        action: &dyn Action,
    ) -> Result<Option<Done>, StepFailure> {
        self.with(name, |cx| action.already_done(cx))
    }

    pub(crate) fn undo(&mut self, name: StepName, action: &dyn Action) -> Result<String, StepFailure> {
        self.with(name, |cx| action.undo(cx))
    }

    pub(crate) fn note(&mut self, name: StepName, outputs: Outputs) {
        self.run.steps.retain(|step| step.name != name);
        self.run.steps.push(StepRecord {
            name,
            state: StepState::Done,
            attempts: 1,
            started_ms: None,
            ended_ms: None,
            summary: None,
            failure: None,
            outputs,
        });
    }

    /// Begins the next step: what the one before remembered is not its.
    pub(crate) fn next_step(&mut self) {
        self.journal.remembered = Outputs::new();
        self.attempt = 1;
    }

    /// Returns a failure in a line, the same on every machine.
    pub(crate) fn said(&self, failure: &StepFailure) -> String {
        let kind = if failure.transient { "transient" } else { "lasting" };
        let text = format!("{kind}: {}; {}", failure.message, failure.help);
        text.replace(&*self.root().to_string_lossy(), "ROOT")
    }

    /// Returns what `current` of the local environment leads to.
    pub(crate) fn current(&self) -> String {
        let link = self.root().join(".stagegate/environments/staging/calc/current");
        fs::read_link(link).map_or_else(|_| "nothing".into(), |to| to.display().to_string())
    }
}

fn run(id: &str, kind: RunKind) -> RunRecord {
    RunRecord {
        id: id.into(),
        kind,
        component: "calc".into(),
        canonical: "calc".into(),
        from: Some(Stage::Development),
        to: Stage::Staging,
        state: RunState::Running,
        reason: None,
        undoes: None,
        undone_by: None,
        by: None,
        started_ms: 0,
        ended_ms: None,
        resumed: 0,
        version: Some("1.2.0".into()),
        steps: Vec::new(),
        gates: Vec::new(),
    }
}

/// Waits until `path` is there.
pub(crate) fn wait_for(path: &Path) {
    let began = Instant::now();
    while !path.exists() {
        assert!(began.elapsed() < Duration::from_secs(10), "{} never came", path.display());
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// `PATH` with a folder before it.
pub(crate) fn path_with(folder: &Path) -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path))).unwrap()
}

/// Returns effects as lines.
pub(crate) fn shown(effects: &[Effect]) -> String {
    effects
        .iter()
        .map(|effect| {
            let line = match effect {
                Effect::Check { what } => format!("check {what}"),
                Effect::Command { command, what, .. } => format!("{what}: {}", command.join(" ")),
                Effect::Request { method, url, expect } => format!("{method} {url}: {expect}"),
                Effect::Release { environment, folder, sources } => {
                    format!("{environment}: {folder} of {}", sources.join(", "))
                }
                Effect::Switch { environment, before, after } => {
                    format!("{environment}: {before:?} to {after:?}")
                }
                other => format!("{other:?}"),
            };
            line + "\n"
        })
        .collect()
}

/// Returns an output as text.
pub(crate) fn output<'a>(done: &'a Done, key: &str) -> &'a str {
    done.outputs.get(key).and_then(Value::as_str).unwrap_or("-")
}
