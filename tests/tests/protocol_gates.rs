//! Gates over the protocol: run by a code action, with progress and cancel; evidence that appears, turns stale, and comes
//! from reports. The gates are small scripts, so no tool has to be there.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::needless_pass_by_value, reason = "`json!({..})` as an argument reads best without a `&`")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stagegate_tests::lsp::{Server, file_uri};

const CONFIG: &str = r#"components:
  source: ["src/<component>"]
gates:
  coverage:
    command: [sh, tools/measure.sh, "{report}"]
    format: lcov
  licences:
    command: [sh, tools/licences.sh]
    required_for: [staging]
  slow:
    command: [sh, tools/slow.sh]
    required_for: [staging]
"#;

/// Two of four lines.
const MEASURE: &str =
    "printf 'SF:src/calc/__init__.py\\nDA:1,1\\nDA:2,1\\nDA:3,0\\nDA:4,0\\nend_of_record\\n' > \"$1\"\n";

/// Says who it is, and takes its time.
const SLOW: &str = "echo $$ > .slow\nfor i in 1 2 3 4 5 6 7 8 9 10; do echo \"round $i\"; sleep 1; done\n";

const SPEC: &str = "# calc

**Component Name:** calc
**Status:** Development
**Target Stage:** Staging

## Overview

A calculator that adds numbers.

## Acceptance Criteria

### Staging

- [ ] Test coverage ≥70%
- [ ] licences: checked
";

struct Workspace {
    folder: tempfile::TempDir,
    state: tempfile::TempDir,
    spec: PathBuf,
    source: PathBuf,
}

fn workspace() -> Workspace {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |path: &str| folder.path().join(path);
    for inner in ["specs", "src/calc", "tools"] {
        fs::create_dir_all(path(inner)).unwrap();
    }
    fs::write(path(".gitignore"), "coverage.json\n/reports/\n.slow\n.licences-ran\n").unwrap();
    fs::write(path("stagegate.yaml"), CONFIG).unwrap();
    fs::write(path("tools/measure.sh"), MEASURE).unwrap();
    fs::write(path("tools/licences.sh"), "echo checked > .licences-ran\n").unwrap();
    fs::write(path("tools/slow.sh"), SLOW).unwrap();
    fs::write(path("src/calc/__init__.py"), "a = 1\nb = 2\nc = 3\nd = 4\n").unwrap();
    fs::write(path("specs/calc.md"), SPEC).unwrap();
    let (spec, source) = (path("specs/calc.md"), path("src/calc/__init__.py"));
    Workspace { folder, state: tempfile::tempdir().expect("a temporary folder"), spec, source }
}

/// A client that shows progress, asks the user, and refreshes.
fn capable() -> Value {
    json!({
        "window": { "workDoneProgress": true, "showMessage": { "messageActionItem": {} } },
        "workspace": {
            "inlayHint": { "refreshSupport": true }, "codeLens": { "refreshSupport": true },
            "workspaceEdit": { "documentChanges": true },
        },
        "textDocument": {
            "codeAction": { "codeActionLiteralSupport": { "codeActionKind": { "valueSet": ["quickfix"] } } },
            "publishDiagnostics": { "versionSupport": true, "relatedInformation": true, "tagSupport": { "valueSet": [1] } },
        },
    })
}

impl Workspace {
    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn server(&self, capabilities: Value) -> Server {
        let state = self.state.path().join("state");
        let state = state.to_str().expect("temporary folders are UTF-8");
        let mut server = Server::start_with(self.path(), &[("STAGEGATE_STATE_DIR", state)]);
        server.initialize(self.path(), capabilities, json!({ "diagnostics": "push" }));
        server
    }

    /// A server with the spec open, in a workspace that the user trusts.
    fn trusted(&self) -> Server {
        let mut server = self.server(capable());
        server.choose("Trust");
        let answer = execute(&mut server, "stagegate.trust", json!({ "action": "grant" }));
        assert_eq!(answer["result"]["state"], "trusted", "{answer}");
        server.open(&self.spec, "markdown", 1, SPEC);
        server
    }

    fn run(&self, only: &[&str]) -> Value {
        json!({ "component": "calc", "stage": "staging", "only": only, "uri": file_uri(&self.spec) })
    }

    fn ran_licences(&self) -> bool {
        self.path().join(".licences-ran").exists()
    }
}

fn execute(server: &mut Server, command: &str, argument: Value) -> Value {
    let id = start(server, command, argument);
    server.response(id)
}

fn start(server: &mut Server, command: &str, argument: Value) -> i64 {
    server.start_request("workspace/executeCommand", json!({ "command": command, "arguments": [argument] }))
}

fn everything() -> Value {
    json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } })
}

fn hints(server: &mut Server, path: &Path) -> Vec<String> {
    let params = json!({ "textDocument": { "uri": file_uri(path) }, "range": everything() });
    let answer = server.request("textDocument/inlayHint", params);
    let hints = answer["result"].as_array().unwrap_or_else(|| panic!("{answer}"));
    hints.iter().map(|hint| hint["label"].as_str().unwrap().to_owned()).collect()
}

fn codes(published: &Value) -> Vec<String> {
    let found = published["params"]["diagnostics"].as_array().unwrap();
    found.iter().map(|it| it["code"].as_str().unwrap().to_owned()).collect()
}

/// Waits for findings of a file that have this code, or have it no more.
fn wait_for_code(server: &mut Server, path: &Path, code: &str, there: bool) -> Value {
    let uri = file_uri(path);
    server.wait_for(&format!("{code} to be {there} in {uri}"), |m| {
        m["method"] == "textDocument/publishDiagnostics"
            && m["params"]["uri"] == uri
            && codes(m).iter().any(|it| it == code) == there
    })
}

/// Waits until the findings of the spec hold this text in a message of this code.
fn wait_for_message(server: &mut Server, path: &Path, code: &str, text: &str) -> Value {
    let uri = file_uri(path);
    server.wait_for(&format!("{code} with `{text}`"), |m| {
        let found = || m["params"]["diagnostics"].as_array().into_iter().flatten();
        m["method"] == "textDocument/publishDiagnostics"
            && m["params"]["uri"] == uri
            && found().any(|it| it["code"] == code && it["message"].as_str().unwrap().contains(text))
    })
}

/// Waits until a hint of the file begins so: what changed on disk is looked at a moment later.
fn wait_for_hint(server: &mut Server, path: &Path, start: &str) -> Vec<String> {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let found = hints(server, path);
        if found.iter().any(|hint| hint.starts_with(start)) {
            return found;
        }
        assert!(Instant::now() < end, "no hint began with `{start}`: {found:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Returns the action with this title, once it is offered: the evidence is read a moment after the file was opened.
fn offered(server: &mut Server, path: &Path, line: u32, title: &str) -> Value {
    let at = json!({ "line": line, "character": 8 });
    let params = json!({
        "textDocument": { "uri": file_uri(path) }, "range": { "start": at, "end": at }, "context": { "diagnostics": [] },
    });
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let answer = server.request("textDocument/codeAction", params.clone());
        let actions = answer["result"].as_array().unwrap_or_else(|| panic!("{answer}"));
        if let Some(action) = actions.iter().find(|action| action["title"] == title) {
            return action.clone();
        }
        assert!(Instant::now() < end, "`{title}` was not offered: {answer}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn verdicts(answer: &Value) -> Vec<(&str, &str)> {
    let gates = answer["result"]["gates"].as_array().unwrap_or_else(|| panic!("{answer}"));
    gates.iter().map(|gate| (gate["gate"].as_str().unwrap(), gate["verdict"].as_str().unwrap())).collect()
}

fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < end, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The process that the slow gate runs in, once it does.
fn slow_process(w: &Workspace) -> PathBuf {
    let file = w.path().join(".slow");
    wait_until("the slow gate runs", || fs::read_to_string(&file).is_ok_and(|text| text.ends_with('\n')));
    PathBuf::from(format!("/proc/{}", fs::read_to_string(&file).unwrap().trim()))
}

fn begun(server: &mut Server) -> Value {
    let begun = server.wait_for("the progress of the run", |m| {
        m["method"] == "$/progress" && m["params"]["value"]["title"] == "Gates of calc"
    });
    assert_eq!(begun["params"]["value"]["cancellable"], true);
    begun["params"]["token"].clone()
}

#[test]
fn a_gate_is_run_by_a_code_action_and_its_evidence_turns_stale_on_disk() {
    let w = workspace();
    let mut server = w.trusted();
    wait_for_hint(&mut server, &w.spec, "now: development");
    let run = offered(&mut server, &w.spec, 14, "Run gate `coverage`");
    let command = &run["command"];
    assert_eq!(command["command"], "stagegate.runGates");
    server.drain();

    let params =
        json!({ "command": command["command"], "arguments": command["arguments"], "workDoneToken": "mine" });
    let id = server.start_request("workspace/executeCommand", params);
    let percentages: Vec<Value> = std::iter::from_fn(|| {
        let step =
            server.wait_for("progress", |m| m["method"] == "$/progress" && m["params"]["token"] == "mine");
        let value = step["params"]["value"].clone();
        (value["kind"] != "end").then(|| value["percentage"].clone())
    })
    .collect();
    assert_eq!((percentages.first(), percentages.last()), (Some(&json!(0)), Some(&json!(100))));
    let answer = server.response(id);
    assert_eq!(verdicts(&answer), [("coverage", "fail")]);
    let result = &answer["result"];
    assert_eq!(
        (&result["component"], &result["stage"], &result["passed"]),
        (&json!("calc"), &json!("staging"), &json!(false))
    );
    let said = server.wait_for("the message at the end", |m| m["method"] == "window/showMessage");
    assert_eq!(said["params"]["type"], 2);
    assert_eq!(
        said["params"]["message"],
        "calc: 0 of 1 gates of staging are open; coverage: 50 % (2 of 4 statements in 1 file), expected at least 70 %"
    );

    // The finding stands on the line that states the gate, and leads to what is not covered.
    let found = wait_for_code(&mut server, &w.spec, "gate/coverage-not-met", true);
    let found = found["params"]["diagnostics"].as_array().unwrap().clone();
    let not_met = found.iter().find(|it| it["code"] == "gate/coverage-not-met").unwrap();
    assert_eq!((&not_met["range"]["start"]["line"], &not_met["severity"]), (&json!(14), &json!(2)));
    let related = &not_met["relatedInformation"][0]["location"];
    assert_eq!(
        (&related["uri"], &related["range"]["start"]["line"]),
        (&json!(file_uri(&w.source)), &json!(2))
    );
    server.wait_for("inlayHint/refresh", |m| m["method"] == "workspace/inlayHint/refresh");
    wait_for_hint(&mut server, &w.spec, "✗ 50 %");

    // The source has its own coverage, in any language, and its uncovered lines on request.
    let source = fs::read_to_string(&w.source).unwrap();
    server.open(&w.source, "python", 1, &source);
    assert_eq!(hints(&mut server, &w.source), ["covered 2 of 4 statements (50 %), just now"]);

    // Text that is not saved is nothing to the tools; what lies on disk is.
    let change = json!({
        "textDocument": { "uri": file_uri(&w.source), "version": 2 }, "contentChanges": [{ "text": "a = 2\n" }],
    });
    server.notify("textDocument/didChange", change);
    std::thread::sleep(Duration::from_millis(700));
    assert!(hints(&mut server, &w.spec).iter().any(|hint| hint.starts_with("✗ 50 %")));
    fs::write(&w.source, "a = 2\n").unwrap();
    wait_for_message(&mut server, &w.spec, "gate/stale-evidence", "`src/calc/__init__.py`");
    wait_for_hint(&mut server, &w.spec, "stale: ");
    fs::write(&w.source, &source).unwrap();
    wait_for_hint(&mut server, &w.spec, "✗ 50 %");
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn a_report_written_by_hand_is_picked_up_also_where_git_ignores_it() {
    let w = workspace();
    let mut server = w.server(capable());
    server.open(&w.spec, "markdown", 1, SPEC);
    wait_for_hint(&mut server, &w.spec, "now: development");
    let report = |covered: usize| {
        let lines = |from: usize, to: usize| (from..=to).collect::<Vec<_>>();
        json!({
            "meta": { "format": 3, "version": "7.6.0" },
            "files": { "src/calc/__init__.py": {
                "executed_lines": lines(1, covered), "missing_lines": lines(covered + 1, 4), "excluded_lines": [],
                "summary": { "covered_lines": covered, "num_statements": 4, "missing_lines": 4 - covered,
                    "percent_covered": covered as f64 * 25.0, "percent_covered_display": "x", "excluded_lines": 0 },
            } },
            "totals": { "covered_lines": covered, "num_statements": 4, "missing_lines": 4 - covered,
                "percent_covered": covered as f64 * 25.0, "percent_covered_display": "x", "excluded_lines": 0 },
        })
        .to_string()
    };
    fs::write(w.path().join("coverage.json"), report(4)).unwrap();
    wait_for_hint(&mut server, &w.spec, "✓ 100 %");
    fs::write(w.path().join("coverage.json"), report(1)).unwrap();
    wait_for_hint(&mut server, &w.spec, "✗ 25 %");
    // In a folder that git ignores and that was not there.
    fs::remove_file(w.path().join("coverage.json")).unwrap();
    fs::create_dir(w.path().join("reports")).unwrap();
    fs::write(w.path().join("reports/coverage.json"), report(3)).unwrap();
    wait_for_hint(&mut server, &w.spec, "✓ 75 %");
    fs::write(w.path().join("reports/coverage.json"), report(2)).unwrap();
    wait_for_hint(&mut server, &w.spec, "✗ 50 %");
    assert!(!w.path().join(".stagegate").exists(), "looking at evidence writes nothing");
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn a_client_that_watches_files_is_asked_for_reports_and_evidence_as_well() {
    let w = workspace();
    let mut capabilities = capable();
    capabilities["workspace"]["didChangeWatchedFiles"] = json!({ "dynamicRegistration": true });
    let mut server = w.server(capabilities);
    server.open(&w.spec, "markdown", 1, SPEC);
    let registered = server.wait_for("the registration", |m| m["method"] == "client/registerCapability");
    let watchers = &registered["params"]["registrations"][0]["registerOptions"]["watchers"];
    assert_eq!(watchers[0], json!({ "globPattern": "**/*", "kind": 7 }), "{watchers}");
    // Offered once the evidence was read.
    offered(&mut server, &w.spec, 14, "Run gate `coverage`");
    let report = "TN:\nSF:src/calc/__init__.py\nDA:1,1\nDA:2,1\nend_of_record\n";
    fs::write(w.path().join("lcov.info"), report).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    assert!(
        !hints(&mut server, &w.spec).iter().any(|hint| hint.starts_with("✓ 100 %")),
        "nobody said anything"
    );
    let came = json!({ "changes": [{ "uri": file_uri(&w.path().join("lcov.info")), "type": 1 }] });
    server.notify("workspace/didChangeWatchedFiles", came);
    wait_for_hint(&mut server, &w.spec, "✓ 100 %");
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn nothing_runs_before_the_user_trusts_it() {
    let w = workspace();
    let mut server = w.server(capable());
    server.open(&w.spec, "markdown", 1, SPEC);
    server.choose("Not now");
    let answer = execute(&mut server, "stagegate.runGates", w.run(&["licences"]));
    assert_eq!((&answer["result"]["cancelled"], &answer["result"]["passed"]), (&json!(true), &json!(false)));
    let asked = server.wait_for("the question", |m| m["method"] == "window/showMessageRequest");
    let titles: Vec<_> =
        asked["params"]["actions"].as_array().unwrap().iter().map(|it| &it["title"]).collect();
    assert_eq!(titles, ["Trust and run", "Show", "Not now"]);
    assert!(
        asked["params"]["message"].as_str().unwrap().contains("\n\u{2022} licences: sh tools/licences.sh\n"),
        "{asked}"
    );
    assert!(!w.ran_licences() && !w.path().join(".stagegate").exists());

    // The list, as often as wanted; that is no yes.
    server.choose("Show");
    let answer = execute(&mut server, "stagegate.runGates", w.run(&["licences"]));
    assert_eq!(answer["result"]["cancelled"], true);
    let logged = server.wait_for("the list", |m| {
        m["method"] == "window/logMessage"
            && m["params"]["message"].as_str().unwrap().starts_with("Not trusted: ")
    });
    assert!(logged["params"]["message"].as_str().unwrap().contains("  sh tools/licences.sh"), "{logged}");
    assert!(!w.ran_licences());

    let shown = execute(&mut server, "stagegate.trust", json!({ "action": "show" }));
    assert_eq!(shown["result"]["state"], "untrusted");
    server.choose("Trust and run");
    let answer = execute(&mut server, "stagegate.runGates", w.run(&["licences"]));
    assert_eq!(verdicts(&answer), [("licences", "pass")]);
    assert!(w.ran_licences());
    assert_eq!(
        execute(&mut server, "stagegate.trust", json!({ "action": "show" }))["result"]["state"],
        "trusted"
    );

    // Another command is another question, which says what changed.
    fs::write(w.path().join("stagegate.yaml"), CONFIG.replace("tools/licences.sh]", "tools/other.sh]"))
        .unwrap();
    server.choose("Not now");
    wait_until("the change is seen", || w.path().join("stagegate.yaml").exists());
    let answer = execute(&mut server, "stagegate.runGates", w.run(&["licences"]));
    assert_eq!(answer["result"]["cancelled"], true, "{answer}");
    server.drain();
    let shown = execute(&mut server, "stagegate.trust", json!({ "action": "show" }));
    assert_eq!(shown["result"]["state"], "lapsed");
    let changes = shown["result"]["changes"].as_array().unwrap();
    let gate = changes.iter().find(|change| change["label"] == "gate licences");
    assert!(
        gate.unwrap_or_else(|| panic!("{shown}"))["diff"].as_str().unwrap().contains("sh tools/other.sh"),
        "{shown}"
    );
    let revoked = execute(&mut server, "stagegate.trust", json!({ "action": "revoke" }));
    assert_eq!(revoked["result"], json!({ "state": "untrusted", "was_trusted": true }));
    assert_eq!(server.shutdown(), 0);

    // A client that cannot ask is told where to.
    let mut server = w.server(json!({}));
    let answer = execute(&mut server, "stagegate.runGates", json!({ "component": "calc" }));
    assert!(answer["error"]["message"].as_str().unwrap().contains("`stagegate trust`"), "{answer}");
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn a_run_is_cancelled_by_its_progress_by_its_request_and_by_the_end_of_the_server() {
    let w = workspace();
    let mut server = w.trusted();
    let id = start(&mut server, "stagegate.runGates", w.run(&["slow"]));
    let token = begun(&mut server);
    let process = slow_process(&w);

    // Nothing waits for it, and it is the only one of its component.
    let asked = Instant::now();
    assert!(!hints(&mut server, &w.spec).is_empty());
    assert!(asked.elapsed() < Duration::from_secs(2));
    let refused = execute(&mut server, "stagegate.runGates", w.run(&["licences"]));
    let message = refused["error"]["message"].as_str().unwrap_or_else(|| panic!("{refused}"));
    assert!(message.starts_with("gates of `calc` are being run already: slow, since "), "{message}");

    server.notify("window/workDoneProgress/cancel", json!({ "token": token }));
    let answer = server.response(id);
    assert_eq!(
        (&answer["result"]["cancelled"], &answer["result"]["passed"]),
        (&json!(true), &json!(false)),
        "{answer}"
    );
    if cfg!(target_os = "linux") {
        assert!(!process.exists(), "the tool is gone once it is answered");
    }

    fs::remove_file(w.path().join(".slow")).unwrap();
    let id = start(&mut server, "stagegate.runGates", w.run(&["slow"]));
    let process = slow_process(&w);
    server.notify("$/cancelRequest", json!({ "id": id }));
    assert_eq!(server.response(id)["error"]["code"], -32800);
    if cfg!(target_os = "linux") {
        wait_until("the tool is gone", || !process.exists());
    }
    // What was cancelled makes room for the next one.
    server.wait_for("the end of the progress", |m| {
        m["method"] == "$/progress" && m["params"]["value"]["kind"] == "end" && m["params"]["token"] != token
    });

    fs::remove_file(w.path().join(".slow")).unwrap();
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let id = start(&mut server, "stagegate.runGates", w.run(&["slow"]));
        std::thread::sleep(Duration::from_millis(300));
        let refused = server.drain().into_iter().any(|m| m["id"] == id && m.get("error").is_some());
        if !refused {
            break;
        }
        assert!(Instant::now() < end, "the component stays taken");
    }
    let process = slow_process(&w);
    assert_eq!(server.shutdown(), 0);
    if cfg!(target_os = "linux") {
        wait_until("the tool is gone with the server", || !process.exists());
    }
}

#[test]
fn a_second_editor_sees_what_the_first_one_ran() {
    let w = workspace();
    let mut first = w.trusted();
    let mut second = w.server(capable());
    second.open(&w.spec, "markdown", 1, SPEC);
    wait_for_hint(&mut second, &w.spec, "now: development");
    let answer = execute(&mut first, "stagegate.runGates", w.run(&["coverage"]));
    assert_eq!(verdicts(&answer), [("coverage", "fail")]);
    wait_for_code(&mut second, &w.spec, "gate/coverage-not-met", true);
    wait_for_hint(&mut second, &w.spec, "✗ 50 %");
    // Neither of them runs it anew for nothing.
    let again = execute(&mut second, "stagegate.runGates", w.run(&["coverage"]));
    assert_eq!(again["result"]["gates"][0]["cached"], true, "{again}");
    assert_eq!((first.shutdown(), second.shutdown()), (0, 0));
}

#[test]
fn uncovered_lines_come_and_go_and_criteria_are_ticked() {
    let w = workspace();
    let mut server = w.trusted();
    let source = fs::read_to_string(&w.source).unwrap();
    server.open(&w.source, "python", 1, &source);
    let uri = file_uri(&w.source);
    let nothing = execute(&mut server, "stagegate.showUncovered", json!({ "uri": uri }));
    assert!(nothing["error"]["message"].as_str().unwrap().contains("was not measured"), "{nothing}");
    fs::write(w.path().join("tools/measure.sh"), MEASURE.replace("DA:3,0", "DA:3,1")).unwrap();
    let answer = execute(&mut server, "stagegate.runGates", json!({ "uri": uri, "only": ["coverage"] }));
    assert_eq!(verdicts(&answer), [("coverage", "pass")]);
    wait_for_hint(&mut server, &w.spec, "✓ 75 %");
    wait_for_hint(&mut server, &w.source, "covered 3 of 4");

    let show = offered(&mut server, &w.source, 0, "Show uncovered lines");
    let command = &show["command"];
    let shown = execute(&mut server, command["command"].as_str().unwrap(), command["arguments"][0].clone());
    let result = &shown["result"];
    assert_eq!(
        (&result["shown"], &result["ranges"][0]["start"]["line"]),
        (&json!(true), &json!(3)),
        "{shown}"
    );
    let found = wait_for_code(&mut server, &w.source, "uncovered", true);
    let hint = &found["params"]["diagnostics"][0];
    assert_eq!((&hint["severity"], &hint["range"]["start"]["line"]), (&json!(4), &json!(3)));
    let hidden = execute(&mut server, "stagegate.showUncovered", json!({ "uri": uri, "on": false }));
    assert_eq!(hidden["result"]["shown"], false);
    wait_for_code(&mut server, &w.source, "uncovered", false);

    let ticked = execute(&mut server, "stagegate.tickFromEvidence", json!({ "uri": file_uri(&w.spec) }));
    assert_eq!(ticked["result"], json!({ "ticked": 1, "applied": true }), "{ticked}");
    let edit = server.wait_for("the edit", |m| m["method"] == "workspace/applyEdit");
    let edit = &edit["params"]["edit"]["documentChanges"][0];
    assert_eq!(edit["textDocument"], json!({ "uri": file_uri(&w.spec), "version": 1 }));
    assert_eq!(
        (&edit["edits"][0]["newText"], &edit["edits"][0]["range"]["start"]["line"]),
        (&json!("x"), &json!(14))
    );
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn arguments_that_do_not_fit_say_what_was_expected() {
    let w = workspace();
    let mut server = w.trusted();
    let refused = |server: &mut Server, command: &str, argument: Value, why: &str| {
        let answer = execute(server, command, argument);
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(why), "{message}");
    };
    let run = "stagegate.runGates";
    refused(&mut server, run, json!({}), "expected `component` or `uri`");
    refused(
        &mut server,
        run,
        json!({ "component": "clac" }),
        "there is no component `clac`; known are `calc`",
    );
    refused(
        &mut server,
        run,
        json!({ "component": "calc", "stage": "moon" }),
        "expected development, staging or production",
    );
    refused(&mut server, run, json!({ "component": "calc", "only": ["Rm -rf"] }), "is no name of a gate");
    refused(&mut server, run, json!({ "component": "calc", "shell": "rm" }), "unknown field");
    refused(&mut server, run, json!({ "uri": "file:///etc/passwd" }), "no file of the workspace");
    refused(
        &mut server,
        run,
        json!({ "uri": file_uri(&w.path().join("stagegate.yaml")) }),
        "belongs to no component",
    );
    refused(&mut server, "stagegate.trust", json!({ "action": "always" }), "unknown variant");
    refused(&mut server, "stagegate.tickFromEvidence", json!({ "uri": 1 }), "does not fit");
    // What only the configuration knows is said by the run itself.
    let answer = execute(&mut server, run, w.run(&["nonsense"]));
    assert!(answer["error"]["message"].as_str().unwrap().contains("there is no gate `nonsense`"), "{answer}");
    assert_eq!(server.shutdown(), 0);
}
