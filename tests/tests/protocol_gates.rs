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
    fs::write(path(".gitignore"), "coverage.json\n/reports/\n.slow\n").unwrap();
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
        let server = Server::start_with(self.path(), &[("STAGEGATE_STATE_DIR", &state)]);
        server.shake_hands(self.path(), capabilities, json!({ "diagnostics": "push" })).0
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

#[test]
fn probe() {
    let w = workspace();
    let mut server = w.trusted();
    let id = start(&mut server, "stagegate.runGates", w.run(&["coverage"]));
    let answer = server.response(id);
    println!("{answer:#}");
    std::thread::sleep(Duration::from_secs(2));
    println!("{:?}", hints(&mut server, &w.spec));
    server.open(&w.source, "python", 1, &fs::read_to_string(&w.source).unwrap());
    println!("{:?}", hints(&mut server, &w.source));
    let params = json!({ "textDocument": { "uri": file_uri(&w.spec) }, "range": everything(), "context": { "diagnostics": [] } });
    println!("{:#}", server.request("textDocument/codeAction", params));
    let params = json!({ "textDocument": { "uri": file_uri(&w.spec) } });
    println!("{:#}", server.request("textDocument/codeLens", params));
    fs::write(&w.source, "a = 1\nb = 2\nc = 3\nd = 5\n").unwrap();
    std::thread::sleep(Duration::from_secs(2));
    println!("{:?}", hints(&mut server, &w.spec));
    let answer = execute(&mut server, "stagegate.showUncovered", json!({ "uri": file_uri(&w.source) }));
    println!("{answer:#}");
    std::thread::sleep(Duration::from_secs(1));
    for message in server.drain() {
        println!("{message}");
    }
}
