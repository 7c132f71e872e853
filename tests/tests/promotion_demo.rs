//! Promotions and rollbacks of the demo with the real Python tools (issue 5, "Acceptance").
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use stagegate_pipeline::provision::Venv;
use stagegate_tests::binary;
use stagegate_tests::demo::Demo;
use stagegate_tests::tools::python_tools;

/// A secret of the environment, which has to be nowhere afterwards.
const CANARY: &str = "canary-3f9d1c77e0b24a5f";

/// A copy of the demo in git that is trusted, and the tools.
struct Bench {
    demo: Demo,
    state: tempfile::TempDir,
    tools: PathBuf,
    _venv: Venv,
}

impl Bench {
    /// With `config` as its stagegate.yaml, where that is not empty. `None` where there are no tools.
    fn new(config: &str) -> Option<Bench> {
        let venv = python_tools()?;
        let tools = venv.folder().to_owned();
        let bench = Bench { demo: Demo::new(), state: tempfile::tempdir().unwrap(), tools, _venv: venv };
        if !config.is_empty() {
            fs::write(bench.path("stagegate.yaml"), config).unwrap();
        }
        bench.git(&["init", "--quiet", "--initial-branch=main"]);
        bench.git(&["config", "user.name", "Mara"]);
        bench.git(&["config", "user.email", "mara@abacus.invalid"]);
        bench.git(&["add", "--all"]);
        bench.git(&["commit", "--quiet", "--message", "abacus"]);
        let trust = bench.stagegate(&["trust", "--yes"]);
        assert!(trust.status.success(), "{}", said(&trust));
        Some(bench)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.demo.root().join(path)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git").args(args).current_dir(self.demo.root()).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn stagegate(&self, args: &[&str]) -> Output {
        let mut command = Command::new(binary());
        command.args(args).current_dir(self.demo.root()).env("STAGEGATE_STATE_DIR", self.state.path());
        command.env("SERVICE_TOKEN", CANARY);
        command.env("VIRTUAL_ENV", &self.tools).env("NO_COLOR", "1").output().unwrap()
    }

    /// Every file of the workspace with its content, without what git keeps.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.demo.root().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap().flatten() {
                let (path, kind) = (entry.path(), entry.file_type().unwrap());
                if kind.is_dir() && entry.file_name() != ".git" {
                    folders.push(path);
                } else if kind.is_file() {
                    files.insert(path.clone(), fs::read(path).unwrap());
                }
            }
        }
        files
    }

    fn stage(&self, component: &str) -> String {
        let out = self.stagegate(&["status", "--format", "json"]);
        let status: Value = serde_json::from_slice(&out.stdout).unwrap();
        let components = status["components"].as_array().unwrap();
        let known = components.iter().find(|known| known["name"] == component).unwrap();
        known["stage"].as_str().unwrap().to_owned()
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn a_promotion_ends_in_a_commit_and_a_release_and_a_rollback_restores_everything() {
    let Some(bench) = Bench::new("") else { return };
    let first = bench.git(&["rev-parse", "HEAD"]);

    // A dry run changes no byte.
    let before = bench.files();
    let dry = bench.stagegate(&["promote", "calculator", "--to", "staging", "--dry-run"]);
    assert!(dry.status.success(), "{}", said(&dry));
    assert!(said(&dry).contains("+**Current Stage**: Staging"), "{}", said(&dry));
    assert_eq!(bench.files(), before);

    let promoted = bench.stagegate(&["promote", "calculator", "--to", "staging"]);
    assert!(promoted.status.success(), "{}", said(&promoted));
    assert_eq!(bench.stage("calculator"), "staging");
    let changed = bench.git(&["show", "--name-only", "--format=%B", "HEAD"]);
    assert!(changed.contains("Promote calculator from development to staging"), "{changed}");
    assert!(changed.contains("Stagegate-Run: "), "{changed}");
    let files: Vec<&str> =
        changed.lines().filter(|line| line.starts_with("s") && line.contains('/')).collect();
    let expected = [
        "specs/calculator.md",
        "src/calculator/MATURITY.md",
        "src/calculator/README.md",
        "src/calculator/__init__.py",
    ];
    assert_eq!(files, expected);
    assert_eq!(bench.git(&["status", "--porcelain", "--untracked-files=no"]), "");

    // What it left behind.
    let release = bench.path(".stagegate/environments/staging/calculator/current");
    let code = fs::read_to_string(release.join("src/calculator/__init__.py")).unwrap();
    assert!(code.contains("__maturity__ = \"staging\""), "{code}");
    let report = json(&bench.path(".stagegate/reports/calculator/workflow_report_calculator.json"));
    assert_eq!((&report["success"], &report["target_stage"]), (&true.into(), &"staging".into()));
    let stages = ["specification", "testing", "refactoring", "staging_deployment"];
    assert_eq!(report["stages_completed"], serde_json::json!(stages));
    let promotion = json(&bench.path(".stagegate/reports/calculator/promotion_report_calculator.json"));
    assert_eq!(
        (&promotion["from_stage"], &promotion["to_stage"]),
        (&"development".into(), &"staging".into())
    );
    assert_eq!(promotion["validation"]["smoke_tests"], "passed", "{promotion:#}");
    let metrics = fs::read_dir(bench.path(".metrics")).unwrap().count();
    let sessions = fs::read_dir(bench.path(".augment/context/sessions")).unwrap().count();
    assert!(metrics >= 1 && sessions >= 1);
    let page = bench.read(".stagegate/reports/dashboard.html");
    assert!(page.contains("calculator") && page.contains("Content-Security-Policy"));

    // The run's own edit makes nothing stale: every gate is served.
    let gates = bench.stagegate(&["gates", "calculator", "--stage", "staging", "--format", "json"]);
    let gates: Value = serde_json::from_slice(&gates.stdout).unwrap();
    for gate in gates["components"][0]["gates"].as_array().unwrap() {
        let runs = !gate["evidence"]["commands"].as_array().is_none_or(Vec::is_empty);
        assert!(!runs || gate["cached"] == true, "{} was run again", gate["gate"]);
    }

    // Back again: everything but the history.
    let rolled = bench.stagegate(&["rollback", "calculator", "--reason", "only a test"]);
    assert!(rolled.status.success(), "{}", said(&rolled));
    assert_eq!(bench.stage("calculator"), "development");
    assert_eq!(bench.git(&["diff", "--stat", first.trim(), "HEAD"]), "");
    assert_eq!(bench.git(&["rev-list", "--count", "HEAD"]).trim(), "3");
    assert!(!release.exists(), "nothing was served before");
    let again = bench.stagegate(&["rollback", "calculator", "--reason", "once more"]);
    assert_eq!(again.status.code(), Some(1), "{}", said(&again));
    assert!(said(&again).contains("nothing-to-undo"), "{}", said(&again));

    // No secret of the environment anywhere, not even in base64.
    let encoded =
        ["Y2FuYXJ5LTNmOWQxYzc3ZTBiMjRhNW", "NhbmFyeS0zZjlkMWM3N2UwYjI0YTVm", "hbmFyeS0zZjlkMWM3N2UwYjI0YTVm"];
    for (path, content) in bench.files() {
        let text = String::from_utf8_lossy(&content);
        let has = std::iter::once(CANARY).chain(encoded).find(|secret| text.contains(secret));
        assert!(has.is_none(), "{} holds the secret", path.display());
    }
}

#[test]
fn reporting_is_refused_with_exactly_its_two_blockers() {
    let Some(bench) = Bench::new("") else { return };
    let refused = bench.stagegate(&["promote", "reporting", "--format", "json"]);
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    let plan: Value = serde_json::from_slice(&refused.stdout).unwrap();
    let refusals: Vec<(&str, &str)> = plan["plan"]["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|refusal| (refusal["code"].as_str().unwrap(), refusal["message"].as_str().unwrap()))
        .collect();
    let [dependency, coverage] = refusals.as_slice() else { panic!("{refusals:#?}") };
    assert!(
        dependency.0 == "dependency-below-target" && dependency.1.contains("`notifications`"),
        "{dependency:?}"
    );
    assert!(coverage.0 == "gate-not-met" && coverage.1.contains("64.1 %"), "{coverage:?}");
    assert_eq!(bench.git(&["rev-list", "--count", "HEAD"]).trim(), "1");
}

#[test]
fn what_nobody_tested_is_not_deployed() {
    let Some(bench) = Bench::new("") else { return };
    let evaluator = "src/calculator/evaluator.py";
    let text = bench.read(evaluator);

    // Not committed: the release would be made without it.
    fs::write(bench.path(evaluator), format!("{text}# changed\n")).unwrap();
    let refused = bench.stagegate(&["promote", "calculator", "--to", "staging"]);
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    assert!(said(&refused).contains("dirty-files"), "{}", said(&refused));
    fs::write(bench.path(evaluator), &text).unwrap();

    // Changed while the commit is made, by a hook in the place of a person.
    let hook = bench.path(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, format!("#!/bin/sh\necho 'x = 666' >> {evaluator}\nrm \"$0\"\n")).unwrap();
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let failed = bench.stagegate(&["promote", "calculator", "--to", "staging"]);
    assert_eq!(failed.status.code(), Some(1), "{}", said(&failed));
    assert!(said(&failed).contains("the plan is stale"), "{}", said(&failed));
    assert!(said(&failed).contains(evaluator), "{}", said(&failed));
    assert_eq!(bench.stage("calculator"), "development");
    assert!(!bench.path(".stagegate/environments/staging/calculator/current").exists());
    assert_eq!(bench.read(evaluator), format!("{text}x = 666\n"));
}

#[test]
fn a_deployment_that_always_fails_is_tried_again_then_undone_and_the_breaker_opens() {
    let config = "\
environments:
  staging:
    deploy: [[git, rev-parse, --verify, no-such-commit]]
error_recovery:
  staging_deployment: {max_retries: 2, base_delay: 0.01, max_delay: 0.05}
  circuit_breaker: {failure_threshold: 3, recovery_timeout: 60}
";
    let Some(bench) = Bench::new(config) else { return };
    let first = bench.git(&["rev-parse", "HEAD"]);
    let failed = bench.stagegate(&["promote", "calculator"]);
    assert_eq!(failed.status.code(), Some(1), "{}", said(&failed));
    assert_eq!(bench.stage("calculator"), "development");
    assert_eq!(bench.git(&["diff", "--stat", first.trim(), "HEAD"]), "");
    assert_eq!(bench.git(&["status", "--porcelain", "--untracked-files=no"]), "");
    let runs = bench.stagegate(&["runs", "calculator", "--format", "json"]);
    let runs: Value = serde_json::from_slice(&runs.stdout).unwrap();
    let run = &runs["runs"][0];
    assert_eq!(run["state"], "failed", "{run:#}");
    let steps = run["steps"].as_array().unwrap();
    let deploy = steps.iter().find(|step| step["name"] == "deploy").unwrap();
    assert_eq!(deploy["attempts"], 3, "{deploy:#}");
    // The failed run has a report, too.
    let report = json(&bench.path(".stagegate/reports/calculator/workflow_report_calculator.json"));
    assert_eq!(report["success"], false);
    assert_eq!(report["stages_failed"], serde_json::json!(["staging_deployment"]));
    let refused = bench.stagegate(&["promote", "calculator"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("breaker-open"), "{}", said(&refused));
}
