//! Tools that break, hang, lie and leave things behind: none of it is ever a pass, and nothing survives (DESIGN.md,
//! invariant 5; FORMATS.md, faults 1 to 8).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![cfg(target_os = "linux")]

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use expect_test::{Expect, expect};
use serde_json::Value;
use stagegate_tests::binary;
use stagegate_tests::cli::Sandbox;

/// One tool that does something wrong.
struct Case {
    name: &'static str,
    gate: &'static str,
    /// What stands in the configuration of the gate, beside its command.
    config: &'static str,
    /// The body of the tool, for `sh`; its first argument is the path of the report.
    tool: &'static str,
}

const fn case(name: &'static str, gate: &'static str, config: &'static str, tool: &'static str) -> Case {
    Case { name, gate, config, tool }
}

/// A report of ten tests that pass.
const JUNIT: &str = r#"<testsuites><testsuite name="t" tests="1"><testcase classname="t" name="a"/></testsuite></testsuites>"#;

/// A coverage of everything.
const COVERAGE: &str = r#"{"meta":{"format":3,"version":"7.0.0"},"files":{"src/calc/core.py":{"executed_lines":[1,2],"summary":{"covered_lines":2,"num_statements":2,"percent_covered":100.0,"missing_lines":0,"excluded_lines":0},"missing_lines":[],"excluded_lines":[]}},"totals":{"covered_lines":2,"num_statements":2,"percent_covered":100.0,"missing_lines":0,"excluded_lines":0}}"#;

/// Lays out the workspace and runs the gate; returns verdict, what was found and what to do.
fn run(case: &Case) -> (Sandbox, Value) {
    let config = if case.config.contains("command") {
        case.config.to_owned()
    } else {
        format!("command: [./tool.sh, \"{{report}}\", \"{{sources}}\"]\n    {}", case.config)
    };
    let sandbox = Sandbox::new(&[
        ("stagegate.yaml", &format!("gates:\n  {}:\n    {config}\n    required_for: [staging]\n", case.gate)),
        ("specs/calc.md", "**Component Name:** calc\n**Status:** Development\n**Target Stage:** staging\n"),
        ("src/calc/__init__.py", ""),
        ("src/calc/core.py", "A = 1\nB = 2\n"),
        ("tests/test_calc.py", "def test_a():\n    assert True\n"),
        ("junit.txt", JUNIT),
        ("coverage.txt", COVERAGE),
        ("tool.sh", &format!("#!/bin/sh\n{}\n", case.tool)),
        ("odd", "#!/no/such/interpreter\n"),
    ]);
    let tool = sandbox.path("tool.sh");
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(sandbox.path("odd"), fs::Permissions::from_mode(0o755)).unwrap();
    if case.name == "a program that may not be executed" {
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o644)).unwrap();
    }
    if case.name == "a baseline that cannot be read" {
        sandbox.write(".secrets.baseline", "{\"results\": [");
    }
    let answer = gates(&sandbox, case.gate, true);
    (sandbox, answer)
}

/// Runs one gate of `calc`, in a workspace that is trusted first where `trusted` says so.
fn gates(sandbox: &Sandbox, gate: &str, trusted: bool) -> Value {
    let state = tempfile::tempdir().unwrap();
    let stagegate = |args: &[&str]| {
        let mut command = Command::new(binary());
        command.args(args).current_dir(sandbox.path("")).env("STAGEGATE_STATE_DIR", state.path());
        command.output().unwrap()
    };
    if trusted {
        let trust = stagegate(&["trust", "--yes"]);
        assert!(trust.status.success(), "{trust:?}");
    }
    let out = stagegate(&["gates", "calc", "--stage", "staging", "--only", gate, "--format", "json"]);
    let text = String::from_utf8(out.stdout).unwrap();
    match serde_json::from_str::<Value>(&text) {
        Ok(all) => all["components"][0]["gates"][0].clone(),
        Err(_) => panic!("{}: no JSON: {text}{}", gate, String::from_utf8_lossy(&out.stderr)),
    }
}

/// Returns the processes that work in `folder`, or below.
fn survivors(folder: &Path) -> Vec<String> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let of = |entry: fs::DirEntry| {
        let number: u32 = entry.file_name().to_str()?.parse().ok()?;
        let works_in = fs::read_link(entry.path().join("cwd")).ok()?;
        let command = fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
        works_in.starts_with(folder).then(|| format!("{number} {}", command.replace('\0', " ")))
    };
    processes.flatten().filter_map(of).collect()
}

fn check(cases: &[Case], expected: &Expect) {
    let next = AtomicUsize::new(0);
    let shown = Mutex::new(vec![String::new(); cases.len()]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let at = cases.iter().position(|other| std::ptr::eq(other, case)).unwrap();
                    let (sandbox, answer) = run(case);
                    let left = survivors(&fs::canonicalize(sandbox.path("")).unwrap());
                    assert!(left.is_empty(), "{}: {left:?} survived", case.name);
                    let text = |key: &str| answer[key].as_str().unwrap_or("?").to_owned();
                    assert_ne!(text("verdict"), "pass", "{}: {answer:#}", case.name);
                    assert!(!text("help").is_empty(), "{}: {answer:#}", case.name);
                    let root = sandbox.path("").canonicalize().unwrap();
                    let line = format!(
                        "{}\n  {}: {}\n  help: {}\n",
                        case.name,
                        text("verdict"),
                        text("found"),
                        text("help")
                    );
                    shown.lock().unwrap()[at] = line.replace(root.to_str().unwrap(), "[ROOT]");
                }
            });
        }
    });
    let mut out = String::new();
    for line in shown.into_inner().unwrap() {
        let _ = write!(out, "{line}");
    }
    expected.assert_eq(&out);
}

#[test]
fn tools_that_do_not_start() {
    check(
        &[
            case(
                "a program that is not there",
                "tests",
                "command: [no-such-tool-anywhere, \"{report}\"]\n    format: junit",
                "",
            ),
            case(
                "a path that is not there",
                "tests",
                "command: [./nowhere.sh, \"{report}\"]\n    format: junit",
                "",
            ),
            case("a program that may not be executed", "tests", "format: junit", "cp junit.txt $1"),
            case("a folder as program", "tests", "command: [./src, \"{report}\"]\n    format: junit", ""),
            case(
                "an interpreter that is not there",
                "lint",
                "command: [./odd, \"{report}\"]\n    format: ruff",
                "",
            ),
            case("a folder to work in that is not there", "tests", "folder: nowhere\n    format: junit", ""),
            case(
                "a placeholder that nobody knows",
                "tests",
                "command: [./tool.sh, \"{nothing}\"]\n    format: junit",
                "",
            ),
            case(
                "a report that no argument names",
                "tests",
                "command: [./tool.sh]\n    format: junit",
                "cp junit.txt $1",
            ),
            case(
                "the commands of a gate that has none",
                "coverage",
                "from: nothing\n    format: coverage.py\n    # command",
                "",
            ),
        ],
        &expect![[r#"
            a program that is not there
              error: `no-such-tool-anywhere` is not there
              help: install it, or correct the command in stagegate.yaml
            a path that is not there
              error: `./nowhere.sh` is not there
              help: install it, or correct the command in stagegate.yaml
            a program that may not be executed
              error: `tool` cannot be executed: [ROOT]/tool.sh may not be executed by this user; `chmod +x` allows it
              help: mend that, or name another command in `gates` of stagegate.yaml
            a folder as program
              error: `src` cannot be executed: [ROOT]/src is a folder
              help: mend that, or name another command in `gates` of stagegate.yaml
            an interpreter that is not there
              error: `odd` cannot be executed: what its first line names does not exist: `#!/no/such/interpreter`
              help: mend that, or name another command in `gates` of stagegate.yaml
            a folder to work in that is not there
              inconclusive: its `folder` is `nowhere`, which does not exist
              help: correct `gates.tests` in stagegate.yaml
            a placeholder that nobody knows
              inconclusive: its argument `{nothing}` has the placeholder `{nothing}`, which is not known; expected `{sources}`, `{tests}`, `{component}`, `{report}`, `{root}` or `{python}`, and `{{nothing}}` for the text itself
              help: correct `gates.tests` in stagegate.yaml
            a report that no argument names
              inconclusive: nothing says where its JUnit XML is; expected `{report}` in its command, or `report`
              help: write `command`, with `{report}` for where its JUnit XML belongs, and `format: junit` under `gates.tests` in stagegate.yaml
            the commands of a gate that has none
              inconclusive: its `from` is `nothing`, which runs nothing
              help: correct `gates.coverage` in stagegate.yaml
        "#]],
    );
}

#[test]
fn tools_that_do_not_end_well() {
    check(
        &[
            case("killed", "tests", "format: junit", "cp junit.txt $1; kill -9 $$"),
            case("a crash", "tests", "format: junit", "cp junit.txt $1; kill -11 $$"),
            case("stopped from outside", "tests", "format: junit", "cp junit.txt $1; kill -15 $$"),
            case("it hangs", "tests", "format: junit\n    timeout: 0.5", "cp junit.txt $1; sleep 60"),
            case(
                "it hangs and ignores the stop signal",
                "tests",
                "format: junit\n    timeout: 0.5",
                "trap '' TERM; cp junit.txt $1; while :; do sleep 1; done",
            ),
            case(
                "its children left the group",
                "tests",
                "format: junit\n    timeout: 0.5",
                "cp junit.txt $1; setsid sleep 60 & setsid sh -c 'trap \"\" TERM HUP; sleep 61' & sleep 62",
            ),
            case(
                "its children left it, and hold its output",
                "tests",
                "format: junit",
                "(sleep 60; cp junit.txt $1) & (setsid sleep 60) & exit 0",
            ),
            case(
                "fifty children",
                "tests",
                "format: junit",
                "for i in $(seq 50); do sleep 60 & done; exit 3",
            ),
            case("an exit code that nobody expects", "tests", "format: junit", "cp junit.txt $1; exit 2"),
            case(
                "the exit code of a missing command",
                "tests",
                "format: junit",
                "cp junit.txt $1; no-such-command-anywhere",
            ),
            case(
                "it failed, and its report names nothing",
                "tests",
                "format: junit",
                "cp junit.txt $1; exit 1",
            ),
            case("it failed, and found nothing", "lint", "format: ruff", "echo '[]' > $1; exit 1"),
            case(
                "it prints 200 MB and no report",
                "tests",
                "format: junit",
                "head -c 200000000 /dev/zero; exit 0",
            ),
            case(
                "its report has 300 MB",
                "types",
                "command: [./tool.sh]\n    report: \"-\"\n    format: pyright",
                "yes '{}' | head -c 300000000",
            ),
            case(
                "what it prints is no text",
                "tests",
                "format: junit",
                "printf '\\377\\376\\000\\001' >&2; exit 1",
            ),
            case("no report, and no word", "custom_gate", "format: sarif", "exit 0"),
            case(
                "a gate of one's own fails",
                "custom_gate",
                "command: [./tool.sh]",
                "echo what is wrong; exit 1",
            ),
            case("a gate of one's own is killed", "custom_gate", "command: [./tool.sh]", "kill -9 $$"),
        ],
        &expect![[r#"
            killed
              error: `tool` was ended by the signal 9 (SIGKILL: killed from outside, perhaps for want of memory)
              help: run its command by hand: it printed nothing
            a crash
              error: `tool` was ended by the signal 11 (SIGSEGV: it crashed)
              help: run its command by hand: it printed nothing
            stopped from outside
              error: `tool` was ended by the signal 15 (SIGTERM)
              help: run its command by hand: it printed nothing
            it hangs
              error: `tool` was stopped because it ran longer than 500ms
              help: find out why it hangs, or raise `timeout` of the gate in stagegate.yaml
            it hangs and ignores the stop signal
              error: `tool` was stopped because it ran longer than 500ms
              help: find out why it hangs, or raise `timeout` of the gate in stagegate.yaml
            its children left the group
              error: `tool` was stopped because it ran longer than 500ms
              help: find out why it hangs, or raise `timeout` of the gate in stagegate.yaml
            its children left it, and hold its output
              error: the tool wrote no report for the gate `tests`; expected JUnit XML
              help: run its command by hand: it printed nothing
            fifty children
              error: `tool` ended with exit code 3; expected 0 or 1
              help: run its command by hand: it printed nothing
            an exit code that nobody expects
              error: `tool` ended with exit code 2; expected 0 or 1
              help: run its command by hand: it printed nothing
            the exit code of a missing command
              error: `tool` ended with exit code 127; expected 0 or 1
              help: see what the tool printed; 127 is what a shell says where it finds no such command
            it failed, and its report names nothing
              error: the tool ended with 1, but its report names no test that failed
              help: run its command by hand: it printed nothing
            it failed, and found nothing
              error: the tool ended with 1, but its report names no finding
              help: run its command by hand: it printed nothing
            it prints 200 MB and no report
              error: the tool wrote no report for the gate `tests`; expected JUnit XML
              help: run its command by hand: it printed nothing
            its report has 300 MB
              error: `tool` was stopped because it printed more than 256 MiB
              help: let it print less, or write its report to `{report}`
            what it prints is no text
              error: the tool wrote no report for the gate `tests`; expected JUnit XML
              help: run its command by hand: it printed nothing
            no report, and no word
              error: the tool wrote no report for the gate `custom_gate`; expected SARIF
              help: run its command by hand: it printed nothing
            a gate of one's own fails
              fail: the command failed
              help: see what the command printed
            a gate of one's own is killed
              error: `tool` was ended by the signal 9 (SIGKILL: killed from outside, perhaps for want of memory)
              help: run its command by hand: it printed nothing
        "#]],
    );
}

#[test]
fn reports_that_prove_nothing() {
    check(
        &[
            case("none", "tests", "format: junit", "exit 0"),
            case("an empty one", "tests", "format: junit", ": > $1"),
            case("blanks", "coverage", "format: coverage.py", "echo '   ' > $1"),
            case("half a coverage.json", "coverage", "format: coverage.py", "head -c 150 coverage.txt > $1"),
            case("half a JUnit file", "tests", "format: junit", "head -c 60 junit.txt > $1"),
            case("a folder", "tests", "format: junit", "mkdir $1"),
            case("a pipe", "tests", "format: junit", "mkfifo $1"),
            case("a link to nothing", "tests", "format: junit", "ln -s nowhere $1"),
            case("a link to zeros without end", "tests", "format: junit", "ln -s /dev/zero $1"),
            case(
                "an old one in the repository",
                "coverage",
                "command: [./tool.sh]\n    report: coverage.txt\n    format: coverage.py",
                "exit 0",
            ),
            case(
                "an old one, and a tool that cannot start",
                "coverage",
                "command: [no-such-tool-anywhere]\n    report: coverage.txt\n    format: coverage.py",
                "",
            ),
            case("one of another format", "coverage", "format: coverage.py", "cp junit.txt $1"),
            case("a list", "coverage", "format: coverage.py", "echo '[]' > $1"),
            case(
                "numbers that are none",
                "coverage",
                "format: coverage.py",
                "sed 's/\"num_statements\":2/\"num_statements\":NaN/g' coverage.txt > $1",
            ),
            case(
                "negative numbers",
                "coverage",
                "format: coverage.py",
                "sed 's/\"num_statements\":2/\"num_statements\":-2/g' coverage.txt > $1",
            ),
            case(
                "more covered than there is",
                "coverage",
                "format: coverage.py",
                "sed 's/\"covered_lines\":2/\"covered_lines\":9/g' coverage.txt > $1",
            ),
            case(
                "no statement",
                "coverage",
                "format: coverage.py",
                "sed 's/_lines\":2/_lines\":0/g;s/statements\":2/statements\":0/g;s/\\[1,2\\]/[]/' coverage.txt > $1",
            ),
            case(
                "the coverage of others",
                "coverage",
                "format: coverage.py",
                "sed 's#src/calc/core#src/other/core#' coverage.txt > $1",
            ),
            case(
                "a page of HTML",
                "tests",
                "format: junit",
                "echo '<!DOCTYPE html><html><body>500</body></html>' > $1",
            ),
            case("no text at all", "tests", "format: junit", "head -c 5000 /dev/urandom > $1"),
            case("a sparse file of 300 MB", "coverage", "format: coverage.py", "truncate -s 300M $1"),
            case(
                "deeply nested",
                "coverage",
                "format: coverage.py",
                "head -c 200000 /dev/zero | tr '\\000' '[' > $1",
            ),
            case(
                "a billion laughs",
                "tests",
                "format: junit",
                "printf '<!DOCTYPE a [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;\">]><testsuites><testsuite><testcase name=\"&c;\"/></testsuite></testsuites>' > $1",
            ),
            case(
                "LCOV without its end",
                "coverage",
                "format: lcov",
                "printf 'SF:src/calc/core.py\\nDA:1,1\\n' > $1",
            ),
            case("LCOV of no file", "coverage", "format: lcov", "printf 'TN:\\n' > $1"),
            case(
                "half of Cobertura",
                "coverage",
                "format: cobertura",
                "printf '<coverage line-rate=\"1\"><packages><package><classes><class filename=\"src/calc/core.py\">' > $1",
            ),
        ],
        &expect![[r#"
            none
              error: the tool wrote no report for the gate `tests`; expected JUnit XML
              help: run its command by hand: it printed nothing
            an empty one
              error: the report is empty; expected JUnit XML
              help: see what the tool printed: it may have failed before it wrote anything
            blanks
              error: the report is empty; expected coverage.py JSON
              help: see what the tool printed: it may have failed before it wrote anything
            half a coverage.json
              error: the report ends in the middle, after 150 bytes; expected the rest of coverage.py JSON
              help: run the tool again: it may have been stopped while it wrote, or the disk is full
            half a JUnit file
              error: the report ends in the middle, after 60 bytes; expected the rest of JUnit XML
              help: run the tool again: it may have been stopped while it wrote, or the disk is full
            a folder
              error: what the tool left in place of its report is no file; expected JUnit XML
              help: see what the tool writes there
            a pipe
              error: what the tool left in place of its report is no file; expected JUnit XML
              help: see what the tool writes there
            a link to nothing
              error: the tool wrote no report for the gate `tests`; expected JUnit XML
              help: run its command by hand: it printed nothing
            a link to zeros without end
              error: what the tool left in place of its report is no file; expected JUnit XML
              help: see what the tool writes there
            an old one in the repository
              error: `coverage.txt` is older than the run: the tool wrote no new report
              help: see what the tool printed; an old report proves nothing
            an old one, and a tool that cannot start
              error: `no-such-tool-anywhere` is not there
              help: install it, or correct the command in stagegate.yaml
            one of another format
              error: expected coverage.py JSON, found JUnit XML
              help: set the format to `junit`, or make the tool write `coverage.py`
            a list
              error: expected coverage.py JSON, found something else
              help: `coverage json` writes it
            numbers that are none
              error: the report is not coverage.py JSON: line 1, column 138: expected value
              help: run the tool again, and see what it printed
            negative numbers
              error: the report is not coverage.py JSON: line 1, column 139: invalid value: integer `-2`, expected a whole number from 0 to 4294967295
              help: run the tool again, and see what it printed
            more covered than there is
              error: the report (coverage.py JSON) contradicts itself: src/calc/core.py has 9 covered and 0 missing lines, but 2 statements
              help: run the tool again, and see what it printed
            no statement
              inconclusive: the report holds no statement of the component
              help: check that the tests import the component from its folder
            the coverage of others
              inconclusive: the report names no file of `calc`
              help: check that the tests import the component, and that the coverage tool does not leave it out
            a page of HTML
              error: expected JUnit XML, found something else
              help: `pytest --junit-xml=FILE` writes it
            no text at all
              error: expected JUnit XML, found something else
              help: `pytest --junit-xml=FILE` writes it
            a sparse file of 300 MB
              error: the report (coverage.py JSON) is too large: 300 MiB; at most 256 MiB are read
              help: report on a smaller part of the repository
            deeply nested
              error: expected coverage.py JSON, found something else
              help: `coverage json` writes it
            a billion laughs
              error: the report is not JUnit XML: line 1, column 81: a document type that declares entities; expected none
              help: run the tool again, and see what it printed
            LCOV without its end
              error: the report ends in the middle, after 27 bytes; expected the rest of LCOV
              help: run the tool again: it may have been stopped while it wrote, or the disk is full
            LCOV of no file
              error: the report ends in the middle, after 4 bytes; expected the rest of LCOV
              help: run the tool again: it may have been stopped while it wrote, or the disk is full
            half of Cobertura
              error: the report ends in the middle, after 87 bytes; expected the rest of Cobertura XML
              help: run the tool again: it may have been stopped while it wrote, or the disk is full
        "#]],
    );
}

#[test]
fn reports_that_say_that_something_is_wrong() {
    check(
        &[
            case(
                "no test",
                "tests",
                "format: junit",
                "echo '<testsuites><testsuite name=\"t\" tests=\"0\"/></testsuites>' > $1",
            ),
            case(
                "tests that were all left out",
                "tests",
                "format: junit",
                "echo '<testsuites><testsuite name=\"t\"><testcase classname=\"t\" name=\"a\"><skipped/></testcase></testsuite></testsuites>' > $1",
            ),
            case(
                "a failure, and exit code 0",
                "tests",
                "format: junit",
                "echo '<testsuites><testsuite name=\"t\"><testcase classname=\"t\" name=\"a\"><failure message=\"no\"/></testcase></testsuite></testsuites>' > $1",
            ),
            case(
                "a test that could not start",
                "tests",
                "format: junit",
                "echo '<testsuites><testsuite name=\"t\"><testcase classname=\"\" name=\"tests.test_calc\"><error message=\"collection failure\"/></testcase></testsuite></testsuites>' > $1; exit 1",
            ),
            case(
                "numbers that contradict each other",
                "tests",
                "format: junit",
                "echo '<testsuites><testsuite name=\"t\" tests=\"9\" failures=\"3\"><testcase classname=\"t\" name=\"a\"/></testsuite></testsuites>' > $1",
            ),
            case(
                "findings, and exit code 0",
                "lint",
                "format: ruff",
                "echo '[{\"code\":\"F401\",\"filename\":\"src/calc/core.py\",\"location\":{\"row\":1,\"column\":1},\"end_location\":{\"row\":1,\"column\":2},\"message\":\"unused\"}]' > $1",
            ),
            case(
                "a file that is no Python",
                "lint",
                "format: ruff",
                "echo '[{\"code\":\"invalid-syntax\",\"filename\":\"src/calc/core.py\",\"location\":{\"row\":1,\"column\":1},\"end_location\":{\"row\":1,\"column\":2},\"message\":\"SyntaxError\"}]' > $1; exit 1",
            ),
            case(
                "a type checker that looked at nothing",
                "types",
                "format: pyright",
                "echo '{\"version\":\"1\",\"generalDiagnostics\":[],\"summary\":{\"filesAnalyzed\":0,\"errorCount\":0,\"warningCount\":0,\"informationCount\":0,\"timeInSec\":0}}' > $1",
            ),
            case(
                "a type checker without its settings",
                "types",
                "format: pyright",
                "echo '{\"version\":\"1\",\"generalDiagnostics\":[],\"summary\":{\"filesAnalyzed\":4,\"errorCount\":0,\"warningCount\":0,\"informationCount\":0,\"timeInSec\":0}}' > $1; exit 3",
            ),
            case(
                "a secret that nobody accepted",
                "secrets",
                "format: detect-secrets",
                "echo '{\"version\":\"1.5.0\",\"plugins_used\":[],\"filters_used\":[],\"results\":{\"src/calc/core.py\":[{\"type\":\"AWS Access Key\",\"filename\":\"src/calc/core.py\",\"hashed_secret\":\"25910f981e85ca04baf359199dd0bd4a3ae738b6\",\"is_verified\":false,\"line_number\":1}]},\"generated_at\":\"2026-01-01T00:00:00Z\"}' > $1",
            ),
            case(
                "a baseline that cannot be read",
                "secrets",
                "format: detect-secrets",
                "echo '{\"version\":\"1.5.0\",\"plugins_used\":[],\"filters_used\":[],\"results\":{},\"generated_at\":\"2026-01-01T00:00:00Z\"}' > $1",
            ),
            case(
                "a scanner that could not read a file",
                "vulnerabilities",
                "format: bandit",
                "echo '{\"errors\":[{\"filename\":\"src/calc/core.py\",\"reason\":\"syntax error while parsing AST from file\"}],\"metrics\":{\"_totals\":{\"loc\":0}},\"results\":[]}' > $1",
            ),
            case(
                "a weak point",
                "vulnerabilities",
                "format: bandit",
                "echo '{\"errors\":[],\"metrics\":{\"_totals\":{\"loc\":2},\"src/calc/core.py\":{\"loc\":2}},\"results\":[{\"filename\":\"src/calc/core.py\",\"line_number\":1,\"col_offset\":0,\"issue_severity\":\"HIGH\",\"issue_confidence\":\"HIGH\",\"test_id\":\"B602\",\"issue_text\":\"shell\"}]}' > $1; exit 1",
            ),
            case(
                "functions that could not be read",
                "complexity",
                "format: radon",
                "echo '{\"src/calc/core.py\":{\"error\":\"invalid syntax\"}}' > $1",
            ),
            case("no function", "complexity", "format: radon", "echo '{}' > $1"),
            case(
                "a build that did not finish",
                "lint",
                "format: cargo",
                "echo '{\"reason\":\"compiler-artifact\",\"target\":{\"name\":\"x\"}}' > $1",
            ),
            case(
                "a build that failed",
                "lint",
                "format: cargo",
                "echo '{\"reason\":\"build-finished\",\"success\":false}' > $1; exit 1",
            ),
            case(
                "a fatal message",
                "lint",
                "format: eslint",
                "echo '[{\"filePath\":\"src/calc/core.py\",\"messages\":[{\"fatal\":true,\"ruleId\":null,\"severity\":2,\"message\":\"Parsing error\",\"line\":1,\"column\":1}],\"errorCount\":1,\"fatalErrorCount\":1,\"warningCount\":0}]' > $1; exit 1",
            ),
            case(
                "a compiler without its settings",
                "types",
                "format: tsc",
                "echo 'error TS5058: The specified path does not exist' > $1; exit 1",
            ),
            case(
                "SARIF of another version",
                "custom_gate",
                "format: sarif",
                "echo '{\"version\":\"1.0.0\",\"runs\":[]}' > $1",
            ),
            case(
                "SARIF without a run",
                "custom_gate",
                "format: sarif",
                "echo '{\"version\":\"2.1.0\",\"runs\":[]}' > $1",
            ),
            case(
                "SARIF of a run that failed",
                "custom_gate",
                "format: sarif",
                "echo '{\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{\"name\":\"x\"}},\"invocations\":[{\"executionSuccessful\":false}],\"results\":[]}]}' > $1",
            ),
            case("nothing measured", "performance", "format: metrics", "echo '{}' > $1"),
            case("too slow", "performance", "format: metrics", "echo '{\"response_time_ms\": 90000}' > $1"),
            case(
                "a time that is none",
                "performance",
                "format: metrics",
                "echo '{\"response_time_ms\": \"fast\"}' > $1",
            ),
            case(
                "it changes what it checks",
                "tests",
                "format: junit",
                "cp junit.txt $1; echo 'C = 3' >> src/calc/core.py",
            ),
        ],
        &expect![[r#"
            no test
              inconclusive: no test ran
              help: write tests where the tool looks for them
            tests that were all left out
              inconclusive: no test ran; 1 skipped
              help: write tests where the tool looks for them
            a failure, and exit code 0
              fail: 0 passed, 1 failed
              help: mend the tests, or what they test
            a test that could not start
              fail: 0 passed, 1 with errors
              help: mend the tests, or what they test
            numbers that contradict each other
              error: the report (JUnit XML) contradicts itself: suite `t` says 9 tests and has 1
              help: run the tool again, and see what it printed
            findings, and exit code 0
              fail: 1 issue
              help: mend what the linter finds
            a file that is no Python
              fail: 1 issue
              help: mend what the linter finds
            a type checker that looked at nothing
              inconclusive: no file was checked
              help: check the paths that the tool was given
            a type checker without its settings
              error: `tool` ended with exit code 3; expected 0 or 1
              help: run its command by hand: it printed nothing
            a secret that nobody accepted
              fail: 1 secret
              help: take the secret out and revoke it; a false alarm is noted in the baseline by a person, with `detect-secrets audit`
            a baseline that cannot be read
              error: `.secrets.baseline` cannot be read: the report ends in the middle, after 13 bytes; expected the rest of detect-secrets JSON
              help: mend it, or have detect-secrets write it anew and look through it with `detect-secrets audit`
            a scanner that could not read a file
              error: the tool could not check `src/calc/core.py`: syntax error while parsing AST from file
              help: mend what it names, then run the gate again
            a weak point
              fail: 0 critical, 1 high, 0 medium, 0 low
              help: mend the vulnerabilities, the worst first
            functions that could not be read
              error: the tool could not check `src/calc/core.py`: invalid syntax
              help: mend what it names, then run the gate again
            no function
              inconclusive: no function was found
              help: check the paths that the tool was given
            a build that did not finish
              error: the report ends in the middle, after 53 bytes; expected the rest of cargo's JSON messages
              help: run the tool again: it may have been stopped while it wrote, or the disk is full
            a build that failed
              error: the tool ended with 1 and says that it failed, but its report names no error
              help: run its command by hand: it printed nothing
            a fatal message
              fail: 1 issue
              help: mend what the linter finds
            a compiler without its settings
              error: the report cannot be used: tsc checked nothing: TS5058 The specified path does not exist
              help: correct how it is run
            SARIF of another version
              error: expected SARIF 2.1.0, found 1.0.0
              help: see the tool's options for SARIF 2.1.0
            SARIF without a run
              inconclusive: no file was checked
              help: check the paths that the tool was given
            SARIF of a run that failed
              error: the tool says that it did not come to a good end, but its report names no finding here
              help: run its command by hand: it printed nothing
            nothing measured
              inconclusive: nothing was measured
              help: write `response_time_ms` or `memory_mb` into the report
            too slow
              fail: 90000 ms
              help: find what became slow, or larger
            a time that is none
              error: the report is not metrics JSON: `response_time_ms` is "fast"; expected a number
              help: run the tool again, and see what it printed
            it changes what it checks
              inconclusive: src/calc/core.py changed while the gate ran
              help: run the gate again; where its own command writes there, have git ignore it
        "#]],
    );
}

/// Nothing of a workspace is executed before it is trusted, nor after what is executed changed.
#[test]
fn nothing_is_run_without_trust() {
    let config = |tool: &str| {
        format!("gates:\n  tests:\n    command: [./tool.sh, \"{{report}}\"{tool}]\n    format: junit\n")
    };
    let sandbox = Sandbox::new(&[
        ("stagegate.yaml", &config("")),
        ("specs/calc.md", "**Component Name:** calc\n**Status:** Development\n**Target Stage:** staging\n"),
        ("src/calc/core.py", "A = 1\n"),
        ("tests/test_calc.py", "def test_a():\n    assert True\n"),
        ("junit.txt", JUNIT),
        ("tool.sh", "#!/bin/sh\ntouch .stagegate/ran\ncp junit.txt $1\n"),
    ]);
    fs::set_permissions(sandbox.path("tool.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    let answer = gates(&sandbox, "tests", false);
    assert_eq!(
        (&answer["verdict"], &answer["evidence"]["observed"]["Err"]["kind"]),
        (&"inconclusive".into(), &"not_trusted".into())
    );
    assert!(!sandbox.path(".stagegate/ran").exists() && !sandbox.path(".stagegate").exists());
    let state = tempfile::tempdir().unwrap();
    let stagegate = |args: &[&str]| {
        let mut command = Command::new(binary());
        command.args(args).current_dir(sandbox.path("")).env("STAGEGATE_STATE_DIR", state.path());
        command.output().unwrap()
    };
    assert!(stagegate(&["trust", "--yes"]).status.success());
    sandbox.write("stagegate.yaml", config(", changed"));
    let out = stagegate(&["gates", "calc", "--stage", "staging", "--only", "tests"]);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said.contains("changed since the workspace was trusted"), "{said}");
    assert!(!sandbox.path(".stagegate/ran").exists());
    sandbox.write("stagegate.yaml", config(""));
    let out = stagegate(&["gates", "calc", "--stage", "staging", "--only", "tests"]);
    assert!(out.status.success(), "{out:?}");
    assert!(sandbox.path(".stagegate/ran").exists());
}
