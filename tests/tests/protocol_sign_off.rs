//! Signing off in an editor: the code action, the question, the edit, and the finding when the source changes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stagegate_tests::lsp::{Server, file_uri};

const SPEC: &str = "# calc

**Component Name:** calc
**Status:** Staging
**Target Stage:** production

## Acceptance Criteria

### Production

- [ ] Security review complete
";

struct Workspace {
    folder: tempfile::TempDir,
    spec: PathBuf,
}

fn workspace() -> Workspace {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |path: &str| folder.path().join(path);
    for inner in ["specs", "src/calc"] {
        fs::create_dir_all(path(inner)).unwrap();
    }
    fs::write(path("stagegate.yaml"), "rules: {\"spec/*\": off, \"maturity/*\": off}\n").unwrap();
    fs::write(path("src/calc/core.py"), "a = 1\n").unwrap();
    fs::write(path("specs/calc.md"), SPEC).unwrap();
    let spec = path("specs/calc.md");
    Workspace { folder, spec }
}

fn capable() -> Value {
    json!({
        "window": { "showMessage": { "messageActionItem": {} } },
        "workspace": { "workspaceEdit": { "documentChanges": true } },
        "textDocument": {
            "codeAction": { "codeActionLiteralSupport": { "codeActionKind": { "valueSet": ["quickfix"] } } },
            "publishDiagnostics": { "versionSupport": true },
        },
    })
}

impl Workspace {
    fn server(&self, capabilities: Value, name: &str) -> Server {
        let nobody = self.folder.path().join("nobody");
        let nobody = nobody.to_str().unwrap();
        let mut variables = vec![("GIT_CONFIG_GLOBAL", nobody), ("GIT_CONFIG_SYSTEM", nobody)];
        if !name.is_empty() {
            variables.extend([
                ("GIT_CONFIG_COUNT", "2"),
                ("GIT_CONFIG_KEY_0", "user.name"),
                ("GIT_CONFIG_VALUE_0", name),
                ("GIT_CONFIG_KEY_1", "user.email"),
                ("GIT_CONFIG_VALUE_1", "mara@example.com"),
            ]);
        }
        let mut server = Server::start_with(self.folder.path(), &variables);
        server.initialize(self.folder.path(), capabilities, json!({ "diagnostics": "push" }));
        server.open(&self.spec, "markdown", 1, SPEC);
        server
    }

    fn sign(&self, server: &mut Server, criterion: &str) -> Value {
        let argument = json!({ "component": "calc", "criterion": criterion, "uri": file_uri(&self.spec) });
        let params = json!({ "command": "stagegate.signOff", "arguments": [argument] });
        server.request("workspace/executeCommand", params)
    }
}

fn wait_for_code(server: &mut Server, path: &Path, code: &str) {
    let uri = file_uri(path);
    server.wait_for(code, |m| {
        let mut found = m["params"]["diagnostics"].as_array().into_iter().flatten();
        m["method"] == "textDocument/publishDiagnostics"
            && m["params"]["uri"] == uri
            && found.any(|it| it["code"] == code)
    });
}

#[test]
fn a_criterion_is_signed_off_after_asking_and_is_out_of_date_when_the_source_changes() {
    let w = workspace();
    let mut server = w.server(capable(), "Mara Lindqvist");
    server.published(&w.spec, Some(1));
    let place = json!({ "line": 10, "character": 10 });
    let params = json!({
        "textDocument": { "uri": file_uri(&w.spec) }, "range": { "start": place, "end": place }, "context": { "diagnostics": [] },
    });
    let end = Instant::now() + Duration::from_secs(20);
    let command = loop {
        let actions = server.request("textDocument/codeAction", params.clone());
        let actions = actions["result"].as_array().cloned().unwrap_or_default();
        let sign = actions.iter().find(|action| action["command"]["command"] == "stagegate.signOff");
        if let Some(action) = sign {
            assert_eq!(action["title"], "Sign off \"Security review complete\" of calc...");
            break action["command"].clone();
        }
        assert!(Instant::now() < end, "{actions:?}");
    };
    server.choose("Not now");
    let run = json!({ "command": command["command"], "arguments": command["arguments"] });
    let answer = server.request("workspace/executeCommand", run.clone());
    assert_eq!(answer["result"]["signed"], false, "{answer}");

    server.choose("Sign off");
    let answer = server.request("workspace/executeCommand", run);
    assert_eq!(
        answer["result"],
        json!({
            "signed": true, "criterion": "Security review complete", "component": "calc", "stage": "production",
            "by": "Mara Lindqvist <mara@example.com>",
        }),
        "{answer}"
    );
    let question = server.wait_for("the question", |m| m["method"] == "window/showMessageRequest");
    assert_eq!(
        question["params"]["message"],
        "Sign off \"Security review complete\" of calc for production as Mara Lindqvist <mara@example.com>?"
    );
    let edit = server.wait_for("the edit", |m| m["method"] == "workspace/applyEdit");
    let edit = &edit["params"]["edit"]["documentChanges"][0];
    assert_eq!(edit["textDocument"], json!({ "uri": file_uri(&w.spec), "version": 1 }));
    let texts: Vec<_> =
        edit["edits"].as_array().unwrap().iter().map(|edit| edit["newText"].as_str().unwrap()).collect();
    assert_eq!(texts[0], "x");
    assert!(
        texts[1].starts_with("Security review complete — Mara Lindqvist <mara@example.com>, "),
        "{texts:?}"
    );

    let signed = SPEC.replace("[ ] Security review complete", &format!("[x] {}", texts[1]));
    fs::write(&w.spec, &signed).unwrap();
    let changes = json!({
        "textDocument": { "uri": file_uri(&w.spec), "version": 2 }, "contentChanges": [{ "text": signed }],
    });
    server.notify("textDocument/didChange", changes);
    server.notify("textDocument/didSave", json!({ "textDocument": { "uri": file_uri(&w.spec) } }));
    let source = w.folder.path().join("src/calc/core.py");
    fs::write(&source, "a = 2\n").unwrap();
    let watched = json!({ "changes": [{ "uri": file_uri(&source), "type": 2 }, { "uri": file_uri(&w.spec), "type": 2 }] });
    server.notify("workspace/didChangeWatchedFiles", watched);
    wait_for_code(&mut server, &w.spec, "gate/sign-off-outdated");
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn nobody_in_particular_and_who_cannot_be_asked_sign_nothing() {
    let w = workspace();
    let mut server = w.server(capable(), "");
    server.published(&w.spec, Some(1));
    let refused = |server: &mut Server, criterion: &str, why: &str| {
        let answer = w.sign(server, criterion);
        let message = answer["error"]["message"].as_str().unwrap_or_default().to_owned();
        assert!(message.contains(why), "{answer}");
    };
    refused(&mut server, "security review", "git does not know who you are: `user.name` is not set");
    assert_eq!(server.shutdown(), 0);

    let mut server = w.server(json!({}), "Mara");
    refused(&mut server, "security review", "cannot ask");
    refused(&mut server, "securty", "did you mean `Security review complete`?");
    let params =
        json!({ "command": "stagegate.signOff", "arguments": [{ "component": "calc", "shell": "rm" }] });
    let answer = server.request("workspace/executeCommand", params);
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
    assert_eq!(server.shutdown(), 0);
    assert_eq!(fs::read_to_string(&w.spec).unwrap(), SPEC);
}
