//! Runs of gates around their tools: attempts, lanes, locks, stops, and a state folder that cannot be used.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use stagegate_tests::binary;
use stagegate_tests::cli::Sandbox;

const PASSED: &str =
    r#"<testsuites><testsuite name="t"><testcase classname="t" name="a"/></testsuite></testsuites>"#;
const FAILED: &str = r#"<testsuites><testsuite name="t"><testcase classname="t" name="a"><failure message="no"/></testcase></testsuite></testsuites>"#;

/// How long something that has to happen may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A trusted workspace whose gates are scripts.
struct Bench {
    sandbox: Sandbox,
    state: tempfile::TempDir,
}

impl Bench {
    /// `gates` is the section of the configuration; each of `tools` is a script of this name.
    fn new(gates: &str, tools: &[(&str, &str)]) -> Bench {
        let sandbox = Sandbox::new(&[
            ("stagegate.yaml", &format!("gates:\n{gates}")),
            (
                "specs/calc.md",
                "**Component Name:** calc\n**Status:** Development\n**Target Stage:** staging\n",
            ),
            ("src/calc/core.py", "A = 1\n"),
            ("tests/test_calc.py", "def test_a():\n    assert True\n"),
            ("passed.txt", PASSED),
            ("failed.txt", FAILED),
        ]);
        for (name, body) in tools {
            sandbox.write(name, format!("#!/bin/sh\n{body}\n"));
            fs::set_permissions(sandbox.path(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        let bench = Bench { sandbox, state: tempfile::tempdir().unwrap() };
        let trust = bench.command(&["trust", "--yes"]).output().unwrap();
        assert!(trust.status.success(), "{trust:?}");
        bench
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(args).current_dir(self.sandbox.path("")).env("STAGEGATE_STATE_DIR", self.state.path());
        command
    }

    fn gates(&self, only: &str) -> Command {
        let only: &[&str] = if only.is_empty() { &[] } else { &["--only", only] };
        self.command(&[&["gates", "calc", "--stage", "staging", "--format", "json"], only].concat())
    }

    fn answers(&self, only: &str) -> Vec<Value> {
        answers(&self.gates(only).output().unwrap())
    }

    fn start(&self, only: &str) -> Child {
        let mut command = self.gates(only);
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Waits until a tool wrote this file.
    fn await_file(&self, name: &str) {
        self.until(name, || self.sandbox.path(name).exists());
    }

    fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let start = Instant::now();
        while !holds() {
            assert!(start.elapsed() < PATIENCE, "{what}: waited in vain");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until nothing works in the workspace any more.
    fn until_alone(&self) {
        self.until("the end of all tools", || self.workers() == 0);
    }

    fn workers(&self) -> usize {
        let root = self.sandbox.path("");
        let works = |entry: &fs::DirEntry| {
            fs::read_link(entry.path().join("cwd")).is_ok_and(|folder| folder.starts_with(&root))
        };
        fs::read_dir("/proc").unwrap().flatten().filter(works).count()
    }
}

fn answers(out: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&out.stdout);
    let answer: Value = serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("no JSON: {text}{}", String::from_utf8_lossy(&out.stderr)));
    answer["components"][0]["gates"].as_array().unwrap().clone()
}

fn signal(child: &Child, name: &str) {
    let kill = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
}

const TESTS: &str = "  tests:\n    command: [./tests.sh, \"{report}\"]\n    format: junit\n";

#[test]
fn a_test_that_fails_first_and_passes_then_is_flaky() {
    let tool = "n=.stagegate/attempt; if [ -e $n ]; then cp passed.txt $1; else touch $n; cp failed.txt $1; exit 1; fi";
    let bench = Bench::new(&format!("{TESTS}    retries: 2\n"), &[("tests.sh", tool)]);
    let gates = bench.answers("tests,flakiness");
    let of = |name: &str| gates.iter().find(|gate| gate["gate"] == name).unwrap();
    let tests = of("tests");
    assert_eq!(
        (&tests["verdict"], &tests["found"]),
        (&"pass".into(), &"1 passed; 1 flaky test on the same inputs".into())
    );
    assert_eq!(tests["evidence"]["flaky"], Value::from(vec!["t::a"]), "{tests:#}");
    assert_eq!(of("flakiness")["verdict"], "fail", "{:#}", of("flakiness"));
}

#[test]
fn what_only_reads_runs_beside_what_executes_code() {
    // Each waits for the other one.
    let wait = |mine: &str, other: &str| {
        format!("touch .stagegate/{mine}; while ! [ -e .stagegate/{other} ]; do sleep 0.05; done")
    };
    let gates = format!("{TESTS}  lint:\n    command: [./lint.sh, \"{{report}}\"]\n    format: ruff\n");
    let tools = [
        ("tests.sh", format!("{}; cp passed.txt $1", wait("a", "b"))),
        ("lint.sh", format!("{}; echo '[]' > $1", wait("b", "a"))),
    ];
    let tools: Vec<(&str, &str)> = tools.iter().map(|(name, body)| (*name, &**body)).collect();
    let bench = Bench::new(&gates, &tools);
    for gate in bench.answers("tests,lint") {
        assert_eq!(gate["verdict"], "pass", "{gate:#}");
    }
}

#[test]
fn a_second_run_is_told_who_runs() {
    let tool =
        "touch .stagegate/runs/begun; while ! [ -e .stagegate/go ]; do sleep 0.05; done; cp passed.txt $1";
    let bench = Bench::new(TESTS, &[("tests.sh", tool)]);
    let first = bench.start("tests");
    bench.await_file(".stagegate/runs/begun");
    let second = bench.gates("tests").output().unwrap();
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(!second.status.success() && said.contains(&format!("by process {}", first.id())), "{said}");
    bench.sandbox.write(".stagegate/go", "");
    assert_eq!(answers(&first.wait_with_output().unwrap())[0]["verdict"], "pass");
}

#[test]
fn a_run_that_is_interrupted_leaves_nothing_and_proves_nothing() {
    let tool =
        "cp passed.txt $1; (setsid sleep 300) & touch .stagegate/begun; [ -e .stagegate/go ] || sleep 300";
    let bench = Bench::new(TESTS, &[("tests.sh", tool)]);
    let child = bench.start("tests");
    bench.await_file(".stagegate/begun");
    signal(&child, "-INT");
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(130));
    let gate = &answers(&out)[0];
    assert_eq!(
        (&gate["verdict"], &gate["evidence"]["observed"]["Err"]["kind"]),
        (&"inconclusive".into(), &"cancelled".into()),
        "{gate:#}"
    );
    bench.until_alone();
    bench.sandbox.write(".stagegate/go", "");
    let gate = &bench.answers("tests")[0];
    assert_eq!((&gate["verdict"], &gate["cached"]), (&"pass".into(), &false.into()), "{gate:#}");
}

#[test]
fn a_stagegate_that_is_killed_takes_its_tools_with_it() {
    let tool = "trap '' TERM; (setsid sleep 300) & touch .stagegate/begun; [ -e .stagegate/go ] || sleep 300; cp passed.txt $1";
    let bench = Bench::new(TESTS, &[("tests.sh", tool)]);
    let mut child = bench.start("tests");
    bench.await_file(".stagegate/begun");
    signal(&child, "-KILL");
    child.wait().unwrap();
    bench.until_alone();
    // Its lock died with it.
    bench.sandbox.write(".stagegate/go", "");
    assert_eq!(bench.answers("tests")[0]["verdict"], "pass");
}

#[test]
fn inputs_that_change_meanwhile_are_named_and_the_gate_is_run_again() {
    let tool =
        "[ -e .stagegate/once ] || echo 'B = 2' >> src/calc/core.py; touch .stagegate/once; cp passed.txt $1";
    let bench = Bench::new(TESTS, &[("tests.sh", tool)]);
    let gate = &bench.answers("tests")[0];
    assert_eq!(gate["verdict"], "inconclusive");
    assert_eq!(gate["found"], "src/calc/core.py changed while the gate ran");
    let gate = &bench.answers("tests")[0];
    assert_eq!((&gate["verdict"], &gate["cached"]), (&"pass".into(), &false.into()), "{gate:#}");
}

#[test]
fn one_gate_of_a_check_that_proves_two() {
    let gates = "  tests:\n    command: [./tests.sh, \"{report}\", \"{report:e2e_tests}\"]\n    format: junit\n  \
        e2e_tests:\n    from: tests\n    format: junit\n";
    let bench = Bench::new(
        gates,
        &[("tests.sh", "cp passed.txt $1; cp passed.txt $2; echo run >> .stagegate/count")],
    );
    let only = |gate: &str| {
        let gates = bench.answers(gate);
        assert_eq!(gates.len(), 1, "{gates:#?}");
        assert_eq!(
            (&gates[0]["gate"], &gates[0]["verdict"]),
            (&gate.into(), &"pass".into()),
            "{:#}",
            gates[0]
        );
        gates[0]["cached"] == true
    };
    // The second is known from the run for the first, and nothing is run for it. No stage need ask for it.
    assert!(!only("e2e_tests") && only("tests") && only("e2e_tests"));
    assert_eq!(bench.sandbox.read(".stagegate/count"), b"run\n");
}

#[test]
fn a_state_folder_that_cannot_be_used_is_said() {
    let bench = Bench::new(TESTS, &[("tests.sh", "cp passed.txt $1")]);
    let said = || {
        let out = bench.gates("tests").output().unwrap();
        (out.status.success(), String::from_utf8_lossy(&out.stderr).into_owned())
    };
    // A file in its place.
    bench.sandbox.write(".stagegate", "");
    let (success, text) = said();
    assert!(!success && text.contains(".stagegate"), "{text}");
    fs::remove_file(bench.sandbox.path(".stagegate")).unwrap();
    // A store that is none: it is set aside, or said; never a panic, and never an old verdict.
    assert_eq!(bench.answers("tests")[0]["verdict"], "pass");
    for name in ["evidence.db-wal", "evidence.db-shm"] {
        let _ = fs::remove_file(bench.sandbox.path(".stagegate").join(name));
    }
    bench.sandbox.write(".stagegate/evidence.db", [b'x'; 9000]);
    let out = bench.gates("tests").output().unwrap();
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(!text.contains("panicked"), "{text}");
    if out.status.success() {
        assert_eq!(answers(&out)[0]["cached"], false);
    } else {
        assert!(text.contains("evidence.db"), "{text}");
    }
}

#[test]
fn secrets_of_the_environment_reach_neither_answers_nor_evidence() {
    const SECRET: &str = "canary/81+53f0=zz";
    // In base64, as a header of HTTP has it.
    const ENCODED: &str = "Y2FuYXJ5LzgxKzUzZjA9eno";
    let tool = "echo \"token $API_TOKEN\" >&2; printf %s \"$API_TOKEN\" | base64 >&2\n\
        e=$(printf %s \"$API_TOKEN\" | base64)\n\
        echo \"<testsuites><testsuite name='t'><testcase classname='t' name='a[$API_TOKEN]'><failure message='$API_TOKEN $e'/></testcase></testsuite></testsuites>\" > $1; exit $(cat code)";
    let gates = "  tests:\n    command: [./tests.sh, \"{report}\"]\n    format: junit\n  custom_gate:\n    command: [./own.sh]\n";
    let bench = Bench::new(gates, &[("tests.sh", tool), ("own.sh", "echo \"$API_TOKEN\"; exit 1")]);
    for code in ["1", "3"] {
        bench.sandbox.write("code", code);
        let mut command = bench.gates("tests,custom_gate");
        let mut child =
            command.env("API_TOKEN", SECRET).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        child.stdout.take().unwrap().read_to_end(&mut out).unwrap();
        child.stderr.take().unwrap().read_to_end(&mut err).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(1));
        let mut places = vec![("answer".to_owned(), out.clone()), ("progress".to_owned(), err)];
        for entry in fs::read_dir(bench.sandbox.path(".stagegate")).unwrap().flatten() {
            if entry.file_name().to_string_lossy().starts_with("evidence.db") {
                places.push((
                    entry.file_name().to_string_lossy().into_owned(),
                    fs::read(entry.path()).unwrap(),
                ));
            }
        }
        assert!(String::from_utf8_lossy(&out).contains("[redacted API_TOKEN]"));
        for (place, bytes) in places {
            for secret in [SECRET, ENCODED] {
                let holds = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!holds, "{place} holds the secret ({secret}), exit code {code}");
            }
        }
    }
}
