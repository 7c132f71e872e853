//! What a repository can bring, or do while gates run, that must not lead out of it or round trust.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use stagegate_tests::binary;
use stagegate_tests::cli::Sandbox;

const PASSED: &str =
    r#"<testsuites><testsuite name="t"><testcase classname="t" name="a"/></testsuite></testsuites>"#;

struct Bench {
    sandbox: Sandbox,
    state: tempfile::TempDir,
    other: tempfile::TempDir,
}

impl Bench {
    /// A trusted workspace with the components `calc` and `pricing`, whose gates are the script `tool.sh`.
    fn new(gates: &str, tool: &str) -> Bench {
        let spec = |name: &str| {
            format!("**Component Name:** {name}\n**Status:** Development\n**Target Stage:** staging\n")
        };
        let sandbox = Sandbox::new(&[
            ("stagegate.yaml", &format!("gates:\n{gates}")),
            ("specs/calc.md", &spec("calc")),
            ("specs/pricing.md", &spec("pricing")),
            ("src/calc/core.py", "A = 1\n"),
            ("src/pricing/core.py", "A = 1\n"),
            ("pytest.ini", "[pytest]\n"),
            ("passed.txt", PASSED),
            ("tool.sh", &format!("#!/bin/sh\n{tool}\n")),
        ]);
        fs::set_permissions(sandbox.path("tool.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        let bench =
            Bench { sandbox, state: tempfile::tempdir().unwrap(), other: tempfile::tempdir().unwrap() };
        bench.trust();
        bench
    }

    fn trust(&self) {
        let trust = self.command(&["trust", "--yes"]).output().unwrap();
        assert!(trust.status.success(), "{trust:?}");
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(args).current_dir(self.sandbox.path("")).env("STAGEGATE_STATE_DIR", self.state.path());
        command
    }

    fn gates(&self, components: &[&str]) -> Command {
        let rest = ["--stage", "staging", "--only", "tests", "--format", "json", "--no-cache"];
        self.command(&[&["gates"], components, &rest].concat())
    }
}

/// Verdict and what was found, of the only gate of each component.
fn answers(out: &Output) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(&out.stdout);
    let answer: Value = serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("no JSON: {text}{}", String::from_utf8_lossy(&out.stderr)));
    let of = |component: &Value| {
        let gate = &component["gates"][0];
        (gate["verdict"].as_str().unwrap().to_owned(), gate["found"].as_str().unwrap().to_owned())
    };
    answer["components"].as_array().unwrap().iter().map(of).collect()
}

fn pair(verdict: &str, found: &str) -> (String, String) {
    (verdict.to_owned(), found.to_owned())
}

const FRESH: &str = "  tests:\n    command: [./tool.sh, \"{report}\", \"{component}\"]\n    format: junit\n";

#[test]
fn settings_that_change_during_a_run_are_not_trusted() {
    let tool = "echo $2 >> .stagegate/ran; cp passed.txt $1; [ $2 = calc ] && echo 'addopts = -p evil' >> pytest.ini; exit 0";
    let bench = Bench::new(FRESH, tool);
    let found = answers(&bench.gates(&["calc", "pricing"]).output().unwrap());
    assert_eq!(found[1].0, "inconclusive", "{found:?}");
    assert!(found[1].1.contains("`pytest.ini` changed since the run began"), "{found:?}");
    assert_eq!(bench.sandbox.read(".stagegate/ran"), b"calc\n");
    // Trusted again, it runs.
    bench.trust();
    assert_eq!(answers(&bench.gates(&["pricing"]).output().unwrap()), [pair("pass", "1 passed")]);
}

#[test]
fn the_second_command_of_a_check_is_asked_for_too() {
    let gates = "  tests:\n    commands:\n      - [sh, -c, \"echo 'addopts = -p evil' >> pytest.ini\"]\n      - \
        [./tool.sh, \"{report}\"]\n    format: junit\n";
    let bench = Bench::new(gates, "touch .stagegate/ran; cp passed.txt $1");
    let found = answers(&bench.gates(&["calc"]).output().unwrap());
    assert_eq!(found[0].0, "inconclusive", "{found:?}");
    assert!(!bench.sandbox.path(".stagegate/ran").exists());
}

#[test]
fn trust_that_is_withdrawn_during_a_run_ends_it() {
    let tool = format!(
        "echo $2 >> .stagegate/ran; cp passed.txt $1; [ $2 = calc ] && {} trust --revoke >&2; exit 0",
        binary().display()
    );
    let bench = Bench::new(FRESH, &tool);
    let found = answers(&bench.gates(&["calc", "pricing"]).output().unwrap());
    assert_eq!(found[1], pair("inconclusive", "the workspace is not trusted any more"));
    assert_eq!(bench.sandbox.read(".stagegate/ran"), b"calc\n");
}

#[test]
fn links_below_the_state_folder_lead_nowhere() {
    for name in [
        "locks",
        "locks/calc.lock",
        "runs",
        "reports",
        "reports/calc",
        "evidence.db",
        "evidence.db-wal",
        "evidence.db-shm",
    ] {
        let bench = Bench::new(FRESH, "cp passed.txt $1");
        let (link, other) = (bench.sandbox.path(".stagegate").join(name), bench.other.path());
        for precious in ["precious", "calc/tests/precious", "tests/precious"] {
            fs::create_dir_all(other.join(precious).parent().unwrap()).unwrap();
            fs::write(other.join(precious), "precious").unwrap();
        }
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        let is_file = Path::new(name).extension().is_some();
        symlink(if is_file { other.join("precious") } else { other.to_owned() }, &link).unwrap();
        let out = bench.gates(&["calc"]).output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        if name.starts_with("reports") {
            // Reports are not kept; the verdict stands.
            assert_eq!(answers(&out), [pair("pass", "1 passed")], "{name}: {said}");
        } else {
            assert!(!out.status.success() && said.contains(".stagegate"), "{name}: {said}");
        }
        for precious in ["precious", "calc/tests/precious", "tests/precious"] {
            assert_eq!(fs::read(other.join(precious)).unwrap(), b"precious", "{name}: {precious}");
        }
        assert_eq!(fs::read_dir(other).unwrap().count(), 3, "{name}");
    }
}

const SHARED: &str =
    "  tests:\n    command: [./tool.sh, \"{component}\"]\n    report: out/junit.xml\n    format: junit\n";

#[test]
fn a_report_of_another_run_is_no_proof() {
    // `pricing` writes a report, and only then ends; `calc` writes none.
    let tool = "if [ $1 = pricing ]; then cp passed.txt out/junit.xml; touch .stagegate/begun; sleep 2; fi";
    let bench = Bench::new(SHARED, tool);
    fs::create_dir(bench.sandbox.path("out")).unwrap();
    let first = bench.gates(&["pricing"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    while !bench.sandbox.path(".stagegate/begun").exists() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let second = answers(&bench.gates(&["calc"]).output().unwrap());
    assert_eq!(answers(&first.wait_with_output().unwrap()), [pair("pass", "1 passed")]);
    let old = "`out/junit.xml` is older than the run: the tool wrote no new report";
    assert_eq!(second, [pair("error", old)]);
    // What was there is there.
    assert_eq!(bench.sandbox.read("out/junit.xml"), PASSED.as_bytes());
}

#[test]
fn touching_an_old_report_makes_no_new_one_and_writing_the_same_again_does() {
    let bench = Bench::new(SHARED, "[ -e again ] && cp passed.txt out/junit.xml || touch out/junit.xml");
    fs::create_dir(bench.sandbox.path("out")).unwrap();
    bench.sandbox.write("out/junit.xml", PASSED);
    let touched = answers(&bench.gates(&["calc"]).output().unwrap());
    assert_ne!(touched[0].0, "pass", "{touched:?}");
    bench.sandbox.write("out/junit.xml", PASSED);
    bench.sandbox.write("again", "");
    assert_eq!(answers(&bench.gates(&["calc"]).output().unwrap()), [pair("pass", "1 passed")]);
}

#[test]
fn folders_and_reports_that_links_lead_out_are_refused() {
    let bench = Bench::new(SHARED, "cp passed.txt out/junit.xml");
    symlink(bench.other.path(), bench.sandbox.path("out")).unwrap();
    fs::write(bench.other.path().join("junit.xml"), PASSED).unwrap();
    let found = answers(&bench.gates(&["calc"]).output().unwrap());
    assert!(found[0].0 == "inconclusive" && found[0].1.contains("leads out of the workspace"), "{found:?}");

    let gates = "  tests:\n    command: [sh, -c, \"touch ran; echo\", \"{report}\"]\n    format: junit\n    folder: out\n";
    let bench = Bench::new(&gates.replace("out", "there"), "");
    symlink(bench.other.path(), bench.sandbox.path("there")).unwrap();
    bench.trust();
    let found = answers(&bench.gates(&["calc"]).output().unwrap());
    assert!(found[0].0 == "inconclusive" && found[0].1.contains("leads out of the workspace"), "{found:?}");
    assert!(!bench.other.path().join("ran").exists());
}

#[test]
fn progress_counts_what_was_asked_for() {
    let bench = Bench::new(FRESH, "cp passed.txt $1");
    let mut command =
        bench.command(&["gates", "calc", "--stage", "staging", "--only", "flakiness", "--events"]);
    let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let counts: Vec<(u64, u64)> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter_map(|event| Some((event["done"].as_u64()?, event["of"].as_u64()?)))
        .collect();
    assert_eq!(counts, [(1, 1)], "{text}");
}
