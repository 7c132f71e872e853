//! Promotions and rollbacks over the protocol: asked for, followed, cancelled, refused; a run outlives the server, and another
//! one sees it. The one gate is a small script, so no tool has to be there.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::needless_pass_by_value, reason = "`json!({..})` as an argument reads best without a `&`")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stagegate_pipeline::runs::journal::Journal;
use stagegate_pipeline::trust::TrustStore;
use stagegate_tests::binary;
use stagegate_tests::lsp::{Server, file_uri};

const CONFIG: &str = r#"components:
  source: ["src/<component>"]
quality_gates:
  enabled: true
gates:
  tests: {enabled: false}
  coverage: {enabled: false}
  lint: {enabled: false}
  types: {enabled: false}
  secrets: {enabled: false}
  vulnerabilities: {enabled: false}
  flakiness: {enabled: false}
  complexity: {enabled: false}
  slow:
    command: [sh, tools/slow.sh]
    required_for: [staging]
"#;

/// Says that it runs, and takes as long as `.hold` is there. What it prints would be shown.
const SLOW: &str = "echo started > .slow\ni=0\nwhile [ -e .hold ] && [ $i -lt 400 ]; do\n\
    echo \"token $SERVICE_TOKEN\"\nprintf %s \"$SERVICE_TOKEN\" | base64\ni=$((i+1))\nsleep 0.1\ndone\n";

const SPEC: &str = "# calc

**Component Name:** calc
**Status:** Development
**Target Stage:** staging

## Overview

A calculator that adds numbers.

## Requirements

It adds.

## Acceptance Criteria

### Staging

- [x] slow: checked
";

/// A secret of the environment.
const CANARY: &str = "canary-7b1e55d0c3a94f26";

/// The same, in base64.
const CANARY_BASE64: &str = "Y2FuYXJ5LTdiMWU1NWQwYzNhOTRmMjY=";

struct Workspace {
    folder: tempfile::TempDir,
    state: tempfile::TempDir,
    spec: PathBuf,
}

fn workspace() -> Workspace {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |path: &str| folder.path().join(path);
    for inner in ["specs", "src/calc", "tests", "tools"] {
        fs::create_dir_all(path(inner)).unwrap();
    }
    fs::write(path(".gitignore"), ".slow\n.hold\n").unwrap();
    fs::write(path("stagegate.yaml"), CONFIG).unwrap();
    fs::write(path("tools/slow.sh"), SLOW).unwrap();
    fs::write(path("src/calc/__init__.py"), "__maturity__ = \"development\"\n").unwrap();
    fs::write(path("tests/test_calc.py"), "").unwrap();
    fs::write(path("specs/calc.md"), SPEC).unwrap();
    let spec = path("specs/calc.md");
    let w = Workspace { folder, state: tempfile::tempdir().expect("a temporary folder"), spec };
    w.git(&["init", "--quiet", "--initial-branch=main"]);
    w.git(&["config", "user.name", "Mara"]);
    w.git(&["config", "user.email", "mara@abacus.invalid"]);
    w.commit("calc");
    w
}

/// A client that shows progress and documents, asks the user, and refreshes.
fn capable() -> Value {
    json!({
        "window": {
            "workDoneProgress": true, "showMessage": { "messageActionItem": {} }, "showDocument": { "support": true },
        },
        "workspace": { "inlayHint": { "refreshSupport": true }, "codeLens": { "refreshSupport": true } },
        "textDocument": { "publishDiagnostics": { "versionSupport": true } },
        "experimental": { "stagegate/virtualDocuments": true },
    })
}

impl Workspace {
    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git").args(args).current_dir(self.folder.path()).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    fn state(&self) -> String {
        self.state.path().join("state").to_str().expect("temporary folders are UTF-8").to_owned()
    }

    fn server(&self, capabilities: Value) -> Server {
        let variables = [("STAGEGATE_STATE_DIR", self.state()), ("SERVICE_TOKEN", CANARY.to_owned())];
        let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
        let mut server = Server::start_with(self.folder.path(), &variables);
        server.initialize(self.folder.path(), capabilities, json!({ "diagnostics": "push" }));
        server.open(&self.spec, "markdown", 1, SPEC);
        server
    }

    /// A server in a workspace that the user trusts.
    fn trusted(&self) -> Server {
        let trust = Command::new(binary())
            .args(["trust", "--yes"])
            .current_dir(self.folder.path())
            .env("STAGEGATE_STATE_DIR", self.state())
            .env("SERVICE_TOKEN", CANARY)
            .output()
            .unwrap();
        assert!(trust.status.success(), "{}", String::from_utf8_lossy(&trust.stderr));
        self.server(capable())
    }

    fn hold(&self) {
        fs::write(self.path(".hold"), "").unwrap();
    }

    fn let_go(&self) {
        fs::remove_file(self.path(".hold")).unwrap();
    }

    fn wait_until_slow(&self) {
        wait_until("the slow gate runs", || self.path(".slow").exists());
    }

    /// The journal, as the user of the server reads it.
    fn journal(&self) -> Option<Journal> {
        let trust = TrustStore::at(self.state().into()).ok()?;
        Journal::open_read_by(self.folder.path(), &trust).ok()?
    }

    /// How far the newest run is, as its journal says.
    fn newest(&self) -> Option<(String, String)> {
        let run = self.journal()?.runs(None, None, 1).ok()?.pop()?;
        Some((run.id, run.state.name().to_owned()))
    }

    fn wait_for_state(&self, state: &str) {
        wait_until(state, || self.newest().is_some_and(|(_, now)| now == state));
    }

    /// Kills the process of the newest run.
    fn kill_run(&self) {
        let (run, _) = self.newest().unwrap();
        let (pid, _) = self.journal().unwrap().process(&run).unwrap();
        let killed = Command::new("kill").args(["-9", &pid.unwrap().to_string()]).status().unwrap();
        assert!(killed.success());
    }
}

fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn start(server: &mut Server, command: &str, argument: Value) -> i64 {
    server.start_request("workspace/executeCommand", json!({ "command": command, "arguments": [argument] }))
}

fn execute(server: &mut Server, command: &str, argument: Value) -> Value {
    let id = start(server, command, argument);
    server.response(id)
}

/// Starts a promotion that is held up in its gate; returns its request and the token of its progress.
fn promote_slowly(server: &mut Server, w: &Workspace) -> (i64, Value) {
    server.choose("Promote");
    w.hold();
    let id = start(server, "stagegate.promote", calc());
    let token = begun(server, "Promoting calc to staging");
    w.wait_until_slow();
    (id, token)
}

fn calc() -> Value {
    json!({ "component": "calc" })
}

fn lenses(server: &mut Server, path: &Path) -> Vec<Value> {
    let answer =
        server.request("textDocument/codeLens", json!({ "textDocument": { "uri": file_uri(path) } }));
    answer["result"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
}

/// Waits until a lens of the spec begins so, and returns its command.
fn lens(server: &mut Server, w: &Workspace, begins: &str) -> Value {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let found = lenses(server, &w.spec);
        let title = |lens: &Value| lens["command"]["title"].as_str().unwrap_or_default().to_owned();
        if let Some(lens) = found.iter().find(|lens| title(lens).starts_with(begins)) {
            return lens["command"].clone();
        }
        let titles: Vec<_> = found.iter().map(title).collect();
        assert!(Instant::now() < end, "no lens begins with `{begins}`: {titles:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn asked(server: &mut Server, begins: &str) -> Value {
    server.wait_for(&format!("a question that begins with `{begins}`"), |m| {
        m["method"] == "window/showMessageRequest"
            && m["params"]["message"].as_str().unwrap().starts_with(begins)
    })
}

fn titles(asked: &Value) -> Vec<&str> {
    let actions = asked["params"]["actions"].as_array().unwrap();
    actions.iter().map(|action| action["title"].as_str().unwrap()).collect()
}

fn begun(server: &mut Server, title: &str) -> Value {
    let begun = server.wait_for("the progress of the run", |m| {
        m["method"] == "$/progress" && m["params"]["value"]["title"] == title
    });
    assert_eq!(begun["params"]["value"]["cancellable"], true);
    begun["params"]["token"].clone()
}

/// Waits until the findings of the spec hold this text in `run/refused`, or no such finding.
fn wait_for_refusal(server: &mut Server, w: &Workspace, text: Option<&str>) {
    let uri = file_uri(&w.spec);
    server.wait_for(&format!("run/refused: {text:?}"), |m| {
        if m["method"] != "textDocument/publishDiagnostics" || m["params"]["uri"] != uri {
            return false;
        }
        let found = m["params"]["diagnostics"].as_array().unwrap();
        let refused = found.iter().find(|it| it["code"] == "run/refused");
        match text {
            Some(text) => refused.is_some_and(|it| it["message"].as_str().unwrap().contains(text)),
            None => refused.is_none(),
        }
    });
}

#[test]
fn a_promotion_is_asked_for_followed_and_rolled_back() {
    let w = workspace();
    let mut server = w.trusted();
    let promote = lens(&mut server, &w, "Promote to staging");
    lens(&mut server, &w, "Dry run");
    let before = w.head();
    server.choose("Promote");
    let params =
        json!({ "command": promote["command"], "arguments": promote["arguments"], "workDoneToken": "mine" });
    let id = server.start_request("workspace/executeCommand", params);
    let question = asked(&mut server, "Promote calc from development to staging? ");
    assert_eq!(titles(&question), ["Promote", "Show plan", "Cancel"]);
    let text = question["params"]["message"].as_str().unwrap();
    assert!(text.contains(" 1 commit, deployed to staging."), "{text}");
    let mut percentages = Vec::new();
    let mut messages = Vec::new();
    loop {
        let step =
            server.wait_for("progress", |m| m["method"] == "$/progress" && m["params"]["token"] == "mine");
        let value = &step["params"]["value"];
        if value["kind"] == "end" {
            break;
        }
        percentages.push(value["percentage"].as_u64().unwrap());
        messages.push(value["message"].as_str().unwrap().to_owned());
    }
    assert!(
        percentages.is_sorted() && percentages[0] == 0 && percentages.ends_with(&[100]),
        "{percentages:?}"
    );
    assert!(messages.iter().any(|message| message == "Deploy"), "{messages:?}");
    let answer = server.response(id)["result"].clone();
    assert_eq!((&answer["state"], &answer["refused"]), (&json!("succeeded"), &json!(false)), "{answer}");
    assert_eq!(answer["commit"], json!(w.head()), "{answer}");
    assert_ne!(w.head(), before);
    assert!(answer["release"].is_string() && answer["report"].is_string(), "{answer}");
    assert!(fs::read_to_string(&w.spec).unwrap().to_lowercase().contains("**status:** staging"));
    let told = asked(&mut server, "Promotion of `calc` to staging succeeded");
    assert_eq!(titles(&told), ["Open report", "Open dashboard", "Roll back"]);

    // What was done is offered to be undone, and shown.
    let text = fs::read_to_string(&w.spec).unwrap();
    let change = json!({ "textDocument": { "uri": file_uri(&w.spec), "version": 2 }, "contentChanges": [{ "text": text }] });
    server.notify("textDocument/didChange", change);
    let rollback = lens(&mut server, &w, "Roll back to development");
    let report = lens(&mut server, &w, "Report");
    let shown = execute(&mut server, report["command"].as_str().unwrap(), report["arguments"][0].clone());
    let page = shown["result"]["uri"].as_str().unwrap_or_else(|| panic!("{shown}"));
    assert!(page.ends_with(&format!("/runs/{}.html", answer["run"].as_str().unwrap())), "{shown}");
    let shown = execute(&mut server, "stagegate.openDashboard", json!({}));
    let page = shown["result"]["uri"].as_str().unwrap_or_else(|| panic!("{shown}"));
    assert!(page.ends_with("/dashboard.html"), "{shown}");
    let hover = server.request(
        "textDocument/hover",
        json!({ "textDocument": { "uri": file_uri(&w.spec) }, "position": { "line": 2, "character": 22 } }),
    );
    let card = hover["result"]["contents"]["value"].as_str().unwrap_or_else(|| panic!("{hover}"));
    assert!(card.contains("✓ promotion to staging: succeeded, just now"), "{card}");

    server.choose("Roll back");
    let rolled = execute(&mut server, "stagegate.rollback", rollback["arguments"][0].clone());
    assert_eq!(rolled["result"]["state"], "succeeded", "{rolled}");
    assert_eq!(fs::read_to_string(&w.spec).unwrap(), SPEC);
    server.choose("nothing");
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn a_run_is_cancelled_by_its_progress_and_by_another_client() {
    let w = workspace();
    let before = w.head();
    let mut server = w.trusted();
    let (id, token) = promote_slowly(&mut server, &w);
    lens(&mut server, &w, "promoting to staging: ");

    // A second one is refused, naming the first.
    let refused = execute(&mut server, "stagegate.promote", calc());
    assert_eq!(refused["result"]["refusals"][0]["code"], "run-in-progress", "{refused}");
    wait_for_refusal(&mut server, &w, Some("is under way"));
    server.notify("window/workDoneProgress/cancel", json!({ "token": token }));
    let answer = server.response(id);
    assert_eq!(answer["result"]["state"], "cancelled", "{answer}");
    assert_eq!(w.head(), before);
    wait_for_refusal(&mut server, &w, None);

    // Another client sees it, and cancels it.
    fs::remove_file(w.path(".slow")).unwrap();
    let (id, _) = promote_slowly(&mut server, &w);
    let mut second = w.server(capable());
    begun(&mut second, "Promoting calc to staging");
    let cancel = lens(&mut second, &w, "Cancel");
    let cancelled = execute(&mut second, "stagegate.cancel", cancel["arguments"][0].clone());
    assert_eq!(cancelled["result"]["state"], "cancelled", "{cancelled}");
    assert_eq!(server.response(id)["result"]["run"], cancelled["result"]["run"]);
    lens(&mut second, &w, "Promote to staging");

    // Who cancels the request stops the run as well.
    fs::remove_file(w.path(".slow")).unwrap();
    let (id, _) = promote_slowly(&mut server, &w);
    server.notify("$/cancelRequest", json!({ "id": id }));
    assert_eq!(server.response(id)["error"]["code"], -32800);
    w.wait_for_state("cancelled");
    assert_eq!(w.head(), before);
    assert_eq!((server.shutdown(), second.shutdown()), (0, 0));
}

#[test]
fn a_run_outlives_the_server() {
    let w = workspace();
    let mut server = w.trusted();
    promote_slowly(&mut server, &w);
    // Dropping it kills it.
    drop(server);
    let (run, state) = w.newest().unwrap();
    assert_eq!(state, "running");
    let mut second = w.server(capable());
    begun(&mut second, "Promoting calc to staging");
    assert_eq!(second.shutdown(), 0);
    w.let_go();
    w.wait_for_state("succeeded");
    assert_eq!(w.newest().unwrap().0, run);
    assert!(w.git(&["log", "-1", "--format=%B"]).contains(&run));
}

#[test]
fn closing_the_editor_leaves_a_run_going() {
    let w = workspace();
    let mut server = w.trusted();
    promote_slowly(&mut server, &w);
    assert_eq!(server.shutdown(), 0);
    w.let_go();
    w.wait_for_state("succeeded");
}

#[test]
fn an_interrupted_run_is_offered_and_resumed() {
    let w = workspace();
    let mut server = w.trusted();
    let (id, _) = promote_slowly(&mut server, &w);
    server.choose("Later");
    w.kill_run();
    let answer = server.response(id);
    assert_eq!(answer["result"]["state"], "interrupted", "{answer}");
    let run = answer["result"]["run"].as_str().unwrap().to_owned();
    let offered = asked(&mut server, &format!("The run {run} of calc was interrupted at "));
    assert_eq!(titles(&offered), ["Resume", "Roll back", "Later"]);
    lens(&mut server, &w, "promotion to staging, interrupted at");
    lens(&mut server, &w, "Resume");
    assert_eq!(server.shutdown(), 0);

    // The next session offers it once more.
    w.let_go();
    let mut server = Server::start_with(w.folder.path(), &[("STAGEGATE_STATE_DIR", &w.state())]);
    server.choose("Resume");
    server.initialize(w.folder.path(), capable(), json!({}));
    asked(&mut server, "The run ");
    asked(&mut server, "Promotion of `calc` to staging succeeded");
    assert_eq!(w.newest(), Some((run, "succeeded".to_owned())));
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn an_interrupted_run_is_undone() {
    let w = workspace();
    let before = w.head();
    let mut server = w.trusted();
    let (id, _) = promote_slowly(&mut server, &w);
    server.choose("Later");
    w.kill_run();
    server.response(id);
    w.let_go();
    let back = lens(&mut server, &w, "Roll back");
    assert_eq!(back["command"], "stagegate.cancel");
    let answer = execute(&mut server, "stagegate.cancel", back["arguments"][0].clone());
    assert_eq!(answer["result"]["state"], "cancelled", "{answer}");
    assert_eq!(w.head(), before);
    lens(&mut server, &w, "Promote to staging");
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn a_refusal_becomes_findings_until_it_can_be_planned_again() {
    let w = workspace();
    let mut server = w.trusted();
    let other = format!("{SPEC}\nMore.\n");
    fs::write(&w.spec, &other).unwrap();
    let answer = execute(&mut server, "stagegate.promote", calc());
    let result = &answer["result"];
    assert_eq!((&result["refused"], &result["run"]), (&json!(true), &Value::Null), "{answer}");
    let codes: Vec<_> = result["refusals"].as_array().unwrap().iter().map(|it| &it["code"]).collect();
    // On disk and in the editor.
    assert_eq!(codes, ["dirty-files", "dirty-files"]);
    let told = asked(
        &mut server,
        "Promotion of calc from development to staging is refused: `specs/calc.md` has changes",
    );
    assert_eq!(titles(&told), ["Show plan"]);
    wait_for_refusal(&mut server, &w, Some("`specs/calc.md` has changes"));

    // Declined, it changes nothing, and is no finding any more.
    w.commit("more");
    let change = json!({ "textDocument": { "uri": file_uri(&w.spec), "version": 2 }, "contentChanges": [{ "text": other }] });
    server.notify("textDocument/didChange", change);
    let (before, status) = (w.head(), w.git(&["status", "--porcelain", "--ignored"]));
    server.choose("Cancel");
    let answer = execute(&mut server, "stagegate.promote", calc());
    assert_eq!(answer["result"]["state"], "declined", "{answer}");
    wait_for_refusal(&mut server, &w, None);
    assert_eq!((w.head(), w.git(&["status", "--porcelain", "--ignored"])), (before, status));
    assert!(!w.path(".stagegate").exists());

    // Rolling back what was never promoted.
    let answer = execute(&mut server, "stagegate.rollback", calc());
    assert_eq!(answer["result"]["refusals"][0]["code"], "nothing-to-undo", "{answer}");
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn a_dry_run_shows_the_plan_and_changes_nothing() {
    let w = workspace();
    // Nobody has to trust anything.
    let mut server = w.server(capable());
    let dry_run = lens(&mut server, &w, "Dry run");
    let answer = execute(&mut server, "stagegate.dryRun", dry_run["arguments"][0].clone());
    let result = &answer["result"];
    let markdown = result["markdown"].as_str().unwrap_or_else(|| panic!("{answer}"));
    assert!(markdown.starts_with("# Promotion of calc from development to staging\n"), "{markdown}");
    let shown = server.wait_for("the plan", |m| m["method"] == "window/showDocument");
    assert_eq!(shown["params"]["uri"], result["uri"]);
    assert!(result["uri"].as_str().unwrap().starts_with("stagegate:/plan/"), "{answer}");
    let text = server.request("stagegate/plan", json!({ "uri": result["uri"] }));
    assert_eq!(text["result"], result["markdown"]);
    assert_eq!(server.request("stagegate/plan", json!({ "uri": "stagegate:/x" }))["result"], Value::Null);
    assert!(!w.path(".stagegate").exists());
    assert_eq!(server.shutdown(), 0);

    // Another client is shown a file outside of the workspace; one that cannot show anything gets the text.
    let mut server = w.server(json!({ "window": { "showDocument": { "support": true } } }));
    let answer = execute(&mut server, "stagegate.dryRun", calc());
    let uri = answer["result"]["uri"].as_str().unwrap_or_else(|| panic!("{answer}"));
    let path = PathBuf::from(uri.strip_prefix("file://").unwrap());
    assert!(!path.starts_with(w.folder.path()) && fs::read_to_string(path).unwrap() == markdown);
    assert_eq!(server.shutdown(), 0);
    let mut server = w.server(json!({}));
    let answer = execute(&mut server, "stagegate.dryRun", calc());
    assert_eq!((&answer["result"]["uri"], &answer["result"]["markdown"]), (&Value::Null, &json!(markdown)));

    // Such a client agrees by the digest of what it showed.
    let refused = execute(&mut server, "stagegate.promote", calc());
    assert!(refused["error"]["message"].as_str().unwrap().contains("cannot ask"), "{refused}");
    assert_eq!(server.shutdown(), 0);
    drop(w.trusted());
    let mut server = w.server(json!({}));
    let digest = answer["result"]["digest"].clone();
    let stale = json!({ "component": "calc", "confirmed": true, "plan": "0123456789abcdef" });
    let answer = execute(&mut server, "stagegate.promote", stale);
    assert_eq!(answer["result"]["refusals"][0]["code"], "stale-plan", "{answer}");
    let dry = execute(&mut server, "stagegate.dryRun", calc());
    let now = dry["result"]["digest"].clone();
    assert!(now.is_string() && digest.is_string());
    let agreed = json!({ "component": "calc", "confirmed": true, "plan": now });
    let answer = execute(&mut server, "stagegate.promote", agreed);
    assert_eq!(answer["result"]["state"], "succeeded", "{answer}");
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn a_secret_of_the_environment_is_in_no_message() {
    let w = workspace();
    let mut server = w.trusted();
    server.choose("Promote");
    w.hold();
    let id = start(&mut server, "stagegate.promote", calc());
    let mut seen: Vec<String> = Vec::new();
    let mut held = true;
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let messages = server.drain();
        seen.extend(messages.iter().map(ToString::to_string));
        if held && w.path(".slow").exists() {
            std::thread::sleep(Duration::from_millis(600));
            w.let_go();
            held = false;
        }
        if let Some(answer) = messages.iter().find(|m| m["id"] == id && m.get("method").is_none()) {
            assert_eq!(answer["result"]["state"], "succeeded", "{answer}");
            break;
        }
        assert!(Instant::now() < end, "no answer; seen: {seen:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(seen.iter().any(|message| message.contains("token ")), "the output of the tool was shown");
    for secret in [CANARY, CANARY_BASE64, &CANARY_BASE64[..20]] {
        let leaked = seen.iter().find(|message| message.contains(secret));
        assert!(leaked.is_none(), "{leaked:?}");
    }
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn arguments_that_do_not_fit_say_what_was_expected() {
    let w = workspace();
    let mut server = w.server(capable());
    let refused = |server: &mut Server, command: &str, argument: Value, why: &str| {
        let answer = execute(server, command, argument);
        let message = answer["error"]["message"].as_str().unwrap_or_else(|| panic!("{answer}"));
        assert!(message.contains(why), "{message}");
    };
    let promote = "stagegate.promote";
    refused(&mut server, promote, json!({}), "expected `component` or `uri`");
    refused(&mut server, promote, json!({ "component": "clac" }), "known are `calc`");
    refused(&mut server, promote, json!({ "component": "calc", "to": "moon" }), "`moon` is no stage");
    refused(&mut server, promote, json!({ "component": "calc", "shell": "rm" }), "unknown field");
    refused(&mut server, promote, json!({ "component": "calc", "confirmed": true }), "expected the digest");
    refused(
        &mut server,
        "stagegate.rollback",
        json!({ "uri": "file:///etc/passwd" }),
        "no file of the workspace",
    );
    refused(&mut server, "stagegate.dryRun", json!({ "component": "calc", "run": "x" }), "`rollback: true`");
    refused(&mut server, "stagegate.resume", json!({ "run": "20200101-000000-abcdef" }), "no unfinished run");
    refused(&mut server, "stagegate.resume", calc(), "no run of `calc` is under way or was interrupted");
    refused(&mut server, "stagegate.cancel", json!({ "run": 7 }), "expected a string");
    refused(&mut server, "stagegate.openReport", calc(), "no run of `calc` has ended yet");
    refused(&mut server, "stagegate.openReport", json!({ "run": "../../etc" }), "there is no run");
    let listed = server.request("stagegate/components", json!({}));
    assert_eq!(
        (&listed["result"][0]["name"], &listed["result"][0]["next"], &listed["result"][0]["undoable"]),
        (&json!("calc"), &json!("staging"), &json!(false)),
        "{listed}"
    );
    assert!(!w.path(".stagegate").exists());
    assert_eq!(server.shutdown(), 0);
}
