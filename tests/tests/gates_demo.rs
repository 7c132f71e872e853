//! The gates of the demo with the real Python tools: true verdicts, nothing stale, nothing left behind (issue 4).
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use stagegate_pipeline::provision::Venv;
use stagegate_tests::binary;
use stagegate_tests::demo::Demo;
use stagegate_tests::tools::python_tools;

/// What AWS uses in its documentation; written in two parts, so that no scanner of this repository finds it.
const KEY: &str = concat!("AKIA", "IOSFODNN7EXAMPLF");

/// A copy of the demo in git that is trusted, and the tools.
struct Bench {
    demo: Demo,
    state: tempfile::TempDir,
    tools: PathBuf,
    _venv: Venv,
}

impl Bench {
    /// `None` where there are no tools.
    fn new() -> Option<Bench> {
        let venv = python_tools()?;
        let tools = venv.folder().to_owned();
        let bench = Bench { demo: Demo::new(), state: tempfile::tempdir().unwrap(), tools, _venv: venv };
        bench.git(&["init", "--quiet"]);
        bench.commit();
        Some(bench)
    }

    fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git").args(args).current_dir(self.demo.root()).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        let author = ["-c", "user.name=Mara", "-c", "user.email=mara@abacus.invalid"];
        self.git(&[&author[..], &["commit", "--quiet", "--allow-empty", "--message", "abacus"]].concat());
    }

    fn stagegate(&self, args: &[&str]) -> std::process::Output {
        let mut command = Command::new(binary());
        command.args(args).current_dir(self.demo.root()).env("STAGEGATE_STATE_DIR", self.state.path());
        command.env("VIRTUAL_ENV", &self.tools).env("NO_COLOR", "1").output().unwrap()
    }

    /// Trusts the demo as it is now, and runs gates for staging; none named: all.
    fn gates(&self, component: &str, only: &str) -> Vec<Value> {
        let trust = self.stagegate(&["trust", "--yes"]);
        assert!(trust.status.success(), "{trust:?}");
        let mut args = vec!["gates", component, "--stage", "staging", "--format", "json"];
        if !only.is_empty() {
            args.extend(["--only", only]);
        }
        let out = self.stagegate(&args);
        let text = String::from_utf8(out.stdout).unwrap();
        let answer: Value = serde_json::from_str(&text)
            .unwrap_or_else(|_| panic!("no JSON: {text}{}", String::from_utf8_lossy(&out.stderr)));
        answer["components"][0]["gates"].as_array().unwrap().clone()
    }

    /// Runs one gate, and returns `VERDICT: FOUND; HELP`.
    fn gate(&self, component: &str, gate: &str) -> String {
        let gates = self.gates(component, gate);
        let text = |key: &str| gates[0][key].as_str().unwrap().to_owned();
        format!("{}: {}; {}", text("verdict"), text("found"), text("help"))
    }

    /// Asserts that one gate is not passed, and says all of `words`.
    #[track_caller]
    fn expect(&self, component: &str, gate: &str, words: &[&str]) {
        let said = self.gate(component, gate);
        assert!(!said.starts_with("pass"), "{said}");
        let missing: Vec<_> = words.iter().filter(|word| !said.contains(**word)).collect();
        assert!(missing.is_empty(), "{said}\ndoes not say {missing:?}");
    }

    /// Whether the gate is answered without running anything, and passes.
    fn is_served(&self, component: &str, gate: &str) -> bool {
        let gates = self.gates(component, gate);
        assert_eq!(gates[0]["verdict"], "pass", "{:#}", gates[0]);
        gates[0]["cached"] == true
    }
}

/// An environment that is the one in `venv` without a package, made of links.
fn without(venv: &Path, package: &str, to: &Path) {
    for entry in fs::read_dir(venv).unwrap().flatten() {
        if entry.file_name() != "lib" && entry.file_name() != "lib64" {
            symlink(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
    let python = fs::read_dir(venv.join("lib")).unwrap().flatten().next().unwrap();
    let from = python.path().join("site-packages");
    let to = to.join("lib").join(python.file_name()).join("site-packages");
    fs::create_dir_all(&to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let name = entry.file_name();
        let is_package = name
            .to_string_lossy()
            .strip_prefix(package)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        if !is_package {
            symlink(entry.path(), to.join(name)).unwrap();
        }
    }
}

#[test]
fn calculator_is_ready_for_staging_and_reporting_is_not() {
    let Some(bench) = Bench::new() else { return };
    // Also without any rule of git, nothing is left behind that it sees.
    fs::remove_file(bench.demo.path(".gitignore")).unwrap();
    bench.commit();

    let first = bench.gates("calculator", "");
    assert!(first.len() > 5, "{first:#?}");
    for gate in &first {
        let is_open = gate["verdict"] == "pass" && gate["cached"] == false;
        assert!(is_open || gate["need"] == "optional", "{gate:#}");
    }
    assert_eq!(bench.git(&["status", "--porcelain"]), "");

    // Nothing changed: nothing is run, and it says so.
    let second = bench.gates("calculator", "");
    for (gate, before) in second.iter().zip(&first) {
        let was_run =
            before["evidence"]["origin"] == "run" && before["evidence"]["observed"]["Ok"].is_object();
        assert!(!was_run || gate["cached"] == true, "{gate:#}");
        assert_eq!((&gate["gate"], &gate["verdict"]), (&before["gate"], &before["verdict"]));
    }
    let table = bench.stagegate(&["gates", "calculator", "--stage", "staging"]);
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("same inputs"), "{table}");

    bench.expect(
        "reporting",
        "coverage",
        &["fail: 64.1 %", "59 of 92 statements", "test what is not covered"],
    );
    assert_eq!(bench.git(&["status", "--porcelain"]), "");
}

#[test]
fn what_is_broken_says_what_to_do() {
    let Some(bench) = Bench::new() else { return };
    let (calculator, tests) = ("src/calculator/evaluator.py", "tests/test_calculator.py");
    let (source, pyproject) = (bench.demo.text(calculator), bench.demo.text("pyproject.toml"));

    // A key in a file that git tracks, and in one that it does not.
    bench.demo.write(calculator, &format!("{source}\nAWS_KEY = \"{KEY}\"\n"));
    bench.expect("calculator", "secrets", &["fail: 1 secret", "revoke it", "detect-secrets audit"]);
    bench.demo.write(calculator, &source);
    assert!(bench.gate("calculator", "secrets").starts_with("pass"));
    bench.demo.write("src/calculator/keys.py", &format!("AWS_KEY = \"{KEY}\"\n"));
    bench.expect("calculator", "secrets", &["fail: 1 secret"]);
    assert!(!bench.demo.path(".secrets.baseline").exists());
    // Those that a person accepted are none, and the file where they are noted stays as it is.
    let scan = ["-m", "detect_secrets", "scan", "--all-files", "src/calculator"];
    let python = bench.tools.join("bin/python");
    let scan = Command::new(python).args(scan).current_dir(bench.demo.root()).output().unwrap();
    fs::write(bench.demo.path(".secrets.baseline"), &scan.stdout).unwrap();
    assert!(
        bench.gate("calculator", "secrets").starts_with("pass"),
        "{}",
        bench.gate("calculator", "secrets")
    );
    bench.demo.write("src/calculator/more.py", &format!("OTHER = \"{}\"\n", KEY.replace('F', "G")));
    bench.expect("calculator", "secrets", &["fail: 1 secret"]);
    assert_eq!(fs::read(bench.demo.path(".secrets.baseline")).unwrap(), scan.stdout);
    for file in ["src/calculator/more.py", "src/calculator/keys.py", ".secrets.baseline"] {
        fs::remove_file(bench.demo.path(file)).unwrap();
    }

    // pytest cannot start, and an old report lies there.
    bench.demo.write("coverage.json", "{}");
    bench.demo.write(
        "pyproject.toml",
        &pyproject
            .replace("[tool.pytest.ini_options]\n", "[tool.pytest.ini_options]\naddopts = \"--no-such\"\n"),
    );
    bench.expect("calculator", "coverage", &["error: ", "see what the tool printed"]);
    bench.expect("calculator", "tests", &["error: ", "see what the tool printed"]);
    bench.demo.write("pyproject.toml", &pyproject);
    fs::remove_file(bench.demo.path("coverage.json")).unwrap();

    // No Python.
    bench.demo.write(calculator, &format!("{source}\ndef broken(:\n"));
    bench.expect("calculator", "tests", &["error: ", "exit code 2", "mend "]);
    for gate in ["coverage", "lint", "types", "vulnerabilities", "complexity"] {
        bench.expect("calculator", gate, &[]);
    }
    bench.demo.write(calculator, &source);

    // No tests.
    for entry in fs::read_dir(bench.demo.path("tests")).unwrap().flatten() {
        if entry.file_name().to_string_lossy().starts_with("test_calculator") {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    for gate in ["tests", "coverage"] {
        bench.expect("calculator", gate, &["inconclusive: ", "has no ", "write `tests/"]);
    }
    assert!(!bench.demo.path(tests).exists());
}

#[test]
fn a_tool_that_is_not_there_says_how_to_install_it() {
    let Some(mut bench) = Bench::new() else { return };
    let venv = tempfile::tempdir().unwrap();
    without(&bench.tools, "pyright", venv.path());
    bench.tools = venv.path().to_owned();
    bench.expect("calculator", "types", &["error: `pyright` is not there", "pip install pyright"]);
    assert!(bench.gate("calculator", "lint").starts_with("pass"));
}

#[test]
fn no_input_changes_unseen() {
    let Some(mut bench) = Bench::new() else { return };
    let dependency = bench.demo.path("src/pricing/price_list.py");
    assert!(dependency.exists());
    assert!(!bench.is_served("reporting", "tests") && bench.is_served("reporting", "tests"));
    let append = |file: &str, text: &str| bench.demo.write(file, &format!("{}{text}", bench.demo.text(file)));
    let seen = |what: &str| {
        assert!(!bench.is_served("reporting", "tests"), "{what} changed, and old evidence was served");
        assert!(bench.is_served("reporting", "tests"), "{what} stayed, and no evidence was served");
    };
    append("src/reporting/__init__.py", "\n# changed\n");
    seen("its source");
    let tests = fs::read_dir(bench.demo.path("tests")).unwrap().flatten();
    let test = tests.map(|entry| entry.file_name().into_string().unwrap());
    let test = test.into_iter().find(|name| name.starts_with("test_reporting")).unwrap();
    append(&format!("tests/{test}"), "\n# changed\n");
    seen("a test");
    append("pyproject.toml", "\n# changed\n");
    seen("pyproject.toml");
    append("src/pricing/price_list.py", "\n# changed\n");
    seen("the source of what it depends on");
    bench.demo.write("data/new.csv", "a,b\n");
    seen("a file that git does not track");
    bench.demo.write("stagegate.yaml", "gates:\n  tests:\n    env:\n      ABACUS: \"1\"\n");
    seen("the definition of the gate");
    // Another environment, with another version of the tool.
    let venv = tempfile::tempdir().unwrap();
    without(&bench.tools, "radon", venv.path());
    bench.tools = venv.path().to_owned();
    assert!(!bench.is_served("reporting", "tests"), "the tools changed, and old evidence was served");
}
