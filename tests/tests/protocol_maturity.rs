//! Maturity in the editor over stdio: lenses, hints, hover, links, symbols, and the command behind a lens.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use stagegate_tests::lsp::{Server, file_uri};

const SPEC: &str = "# \u{1f680} Reporting\n\n**Component Name:** reporting\n**Status:** Development\n**Target Stage:** staging\n**Test Coverage:** 59%\n\n## Overview\nSee \u{1f680} [the code](../src/a%20b.py), [below](#dependencies) and `src/digest.py`.\n\n## Dependencies\n\n- `outbox` (staging) - \u{1f680}\n\n## Acceptance Criteria\n\n### Staging Stage\n- [x] \u{1f680} Linting clean\n- [ ] Test coverage \u{2265}75%\n";

const OUTBOX: &str = "# The \u{1f680} outbox\n\n**Component Name:** outbox\n**Status:** Development\n\n## Overview\nKeeps what waits.\n";

struct Workspace {
    folder: tempfile::TempDir,
    spec: PathBuf,
}

fn workspace() -> Workspace {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for dir in ["specs", "src", ".github/instructions"] {
        fs::create_dir_all(root.join(dir)).unwrap();
    }
    fs::write(root.join("src/a b.py"), "").unwrap();
    fs::write(root.join("src/digest.py"), "").unwrap();
    fs::write(root.join("specs/outbox.md"), OUTBOX).unwrap();
    // Findings are not what this is about.
    fs::write(root.join("stagegate.yaml"), "rules:\n  \"spec/*\": off\n  \"maturity/*\": off\n").unwrap();
    let spec = root.join("specs/reporting.md");
    fs::write(&spec, SPEC).unwrap();
    Workspace { folder, spec }
}

impl Workspace {
    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts a server, opens the spec and waits until the components of the workspace are known.
    fn open(&self, mut capabilities: Value) -> Server {
        capabilities["workspace"] =
            json!({ "codeLens": { "refreshSupport": true }, "inlayHint": { "refreshSupport": true } });
        let (mut server, _) = Server::initialized(self.path(), capabilities, json!({}));
        server.open(&self.spec, "markdown", 1, SPEC);
        while server.request("workspace/symbol", json!({ "query": "" }))["result"] == json!([]) {
            server.wait_for("codeLens/refresh", |m| m["method"] == "workspace/codeLens/refresh");
        }
        server
    }

    fn document(&self) -> Value {
        json!({ "textDocument": { "uri": file_uri(&self.spec) } })
    }
}

fn utf16() -> Value {
    json!({ "general": { "positionEncodings": ["utf-16"] } })
}

fn position(line: u32, character: u32) -> Value {
    json!({ "line": line, "character": character })
}

fn titles(lenses: &Value) -> Vec<&str> {
    lenses["result"]
        .as_array()
        .unwrap()
        .iter()
        .map(|lens| lens["command"]["title"].as_str().unwrap())
        .collect()
}

#[test]
fn the_server_says_what_it_offers() {
    let w = workspace();
    let (server, result) = Server::initialized(w.path(), json!({}), json!({}));
    let offered = &result["capabilities"];
    assert_eq!(offered["codeLensProvider"], json!({ "resolveProvider": false }));
    assert_eq!(offered["inlayHintProvider"], true);
    assert_eq!(offered["documentLinkProvider"], json!({ "resolveProvider": false }));
    assert_eq!(offered["workspaceSymbolProvider"], true);
    let commands = offered["executeCommandProvider"]["commands"].as_array().unwrap();
    assert!(commands.contains(&json!("stagegate.show")), "{commands:?}");
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn a_spec_has_lenses_at_its_title() {
    let w = workspace();
    let mut server = w.open(utf16());
    let lenses = server.request("textDocument/codeLens", w.document());
    let expected = ["Development \u{2192} Staging", "criteria 1/2", "coverage 59 % of 75 %", "1 blocker"];
    assert_eq!(titles(&lenses), expected);
    let first = &lenses["result"][0];
    assert_eq!(first["range"], json!({ "start": position(0, 2), "end": position(0, 14) }));
    // Shown as plain text: there is nothing to click.
    assert_eq!(first["command"]["command"], "");
    // A file that is none of ours has none.
    let other = w.path().join("src/digest.py");
    server.open(&other, "python", 1, "");
    let lenses =
        server.request("textDocument/codeLens", json!({ "textDocument": { "uri": file_uri(&other) } }));
    assert_eq!(lenses["result"], Value::Null);
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn hints_stand_in_the_range_asked_for() {
    let w = workspace();
    let mut server = w.open(utf16());
    let hints = |server: &mut Server, start, end| {
        let range = json!({ "start": start, "end": end });
        let params = json!({ "textDocument": { "uri": file_uri(&w.spec) }, "range": range });
        let answer = server.request("textDocument/inlayHint", params);
        answer["result"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
    };
    let all = hints(&mut server, position(0, 0), position(99, 0));
    let shown: Vec<_> = all.iter().map(|hint| (&hint["label"], &hint["position"])).collect();
    let expected = [
        (&json!("now: development"), &position(4, 25)),
        (&json!("now: development, below staging"), &position(12, 20)),
        (&json!("1/2"), &position(14, 22)),
        (&json!("1/2"), &position(16, 17)),
        (&json!("policy: 70 %"), &position(18, 24)),
    ];
    assert_eq!(shown, expected);
    assert_eq!(all[0]["tooltip"]["kind"], "markdown");
    assert_eq!(hints(&mut server, position(15, 0), position(17, 0)).len(), 1);

    let file = w.path().join(".github/instructions/x.instructions.md");
    server.open(&file, "instructions", 1, "---\napplyTo: \"src/*.py\"\n---\n# X\n");
    let range = json!({ "start": position(0, 0), "end": position(9, 0) });
    let params = json!({ "textDocument": { "uri": file_uri(&file) }, "range": range });
    let answer = server.request("textDocument/inlayHint", params);
    assert_eq!(answer["result"][0]["label"], "2 files");
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn hover_explains_stages_and_gates() {
    let w = workspace();
    let mut server = w.open(utf16());
    let mut hover = |line, character| {
        let mut params = w.document();
        params["position"] = position(line, character);
        let answer = server.request("textDocument/hover", params);
        answer["result"]["contents"]["value"].as_str().unwrap_or_default().to_owned()
    };
    assert!(
        hover(12, 4).starts_with("Component `outbox`\n\n- stage: development, stated in `specs/outbox.md`")
    );
    assert!(hover(4, 20).starts_with("Stage **staging**"));
    assert!(hover(17, 12).starts_with("Gate **lint**"));
    assert!(hover(18, 22).contains("This document asks for 75 %"));
    assert_eq!(hover(9, 0), "");
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn links_lead_to_files_and_lines() {
    let w = workspace();
    let mut server = w.open(utf16());
    let answer = server.request("textDocument/documentLink", w.document());
    let links = answer["result"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let targets: Vec<_> = links.iter().map(|link| link["target"].as_str().unwrap()).collect();
    let root = file_uri(w.path());
    let expected = [
        format!("{root}/src/a%20b.py"),
        format!("{root}/specs/reporting.md#L11"),
        format!("{root}/src/digest.py"),
    ];
    assert_eq!(targets, expected);
    // Behind the rocket, in UTF-16.
    assert_eq!(links[0]["range"], json!({ "start": position(8, 18), "end": position(8, 33) }));
    assert_eq!(links[0]["tooltip"], "Open src/a b.py");
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn components_and_sections_are_found() {
    let w = workspace();
    let mut server = w.open(utf16());
    let mut find = |query: &str| {
        let answer = server.request("workspace/symbol", json!({ "query": query }));
        answer["result"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
    };
    let found = find("ACCEPT");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["name"], "reporting: Acceptance Criteria");
    assert_eq!(found[0]["location"]["range"]["start"], position(14, 3));
    assert_eq!(found[0]["location"]["uri"], file_uri(&w.spec));
    let found = find("OBX");
    assert_eq!((&found[0]["name"], &found[0]["containerName"]), (&json!("outbox"), &json!("Development")));
    assert_eq!(found[0]["kind"], 2);
    // A spec that is not open is read for its sections once the query names its component.
    let found = find("outbox");
    let names: Vec<_> = found.iter().map(|found| found["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["outbox", "outbox: Overview"]);
    assert_eq!(found[1]["location"]["range"]["start"], position(5, 3));
    assert!(find("qqq").is_empty());
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn the_outline_of_a_spec_is_a_tree_that_folds() {
    let w = workspace();
    let capabilities =
        json!({ "textDocument": { "documentSymbol": { "hierarchicalDocumentSymbolSupport": true } } });
    let mut server = w.open(capabilities);
    let file = w.path().join("src/reporting/MATURITY.md");
    let text = "---\ncurrent_stage: staging\n---\n# Reporting\n\n## Maturity Criteria\n- [x] done\n";
    server.open(&file, "markdown", 1, text);
    let document = json!({ "textDocument": { "uri": file_uri(&file) } });
    let symbols = server.request("textDocument/documentSymbol", document.clone());
    let names: Vec<_> = symbols["result"].as_array().unwrap().iter().map(|symbol| &symbol["name"]).collect();
    assert_eq!(names, ["front matter", "Reporting"]);
    assert_eq!(symbols["result"][0]["children"][0]["name"], "current_stage");
    assert_eq!(symbols["result"][1]["children"][0]["name"], "Maturity Criteria");
    let folds = server.request("textDocument/foldingRange", document);
    assert_eq!(folds["result"].as_array().unwrap().len(), 3);
    let symbols = server.request("textDocument/documentSymbol", w.document());
    assert_eq!(symbols["result"][0]["children"].as_array().unwrap().len(), 3);
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn the_command_of_a_lens_shows_a_place_and_refuses_what_does_not_fit() {
    let w = workspace();
    let uri = file_uri(&w.spec);
    let range = json!({ "start": position(12, 3), "end": position(12, 9) });
    let mut server = w.open(json!({ "window": { "showDocument": { "support": true } } }));
    let call = json!({ "command": "stagegate.show", "arguments": [{ "uri": uri, "range": range }] });
    let id = server.start_request("workspace/executeCommand", call.clone());
    let shown = server.wait_for("window/showDocument", |m| m["method"] == "window/showDocument");
    assert_eq!(shown["params"]["uri"], uri);
    assert_eq!(shown["params"]["selection"], range);
    // The test's client answers `null`, which is no answer to this request: the command says so and ends.
    server.response(id);

    let refused = |server: &mut Server, command: &str, arguments: Value, why: &str| {
        let call = json!({ "command": command, "arguments": arguments });
        let answer = server.request("workspace/executeCommand", call);
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(why), "{message}");
    };
    refused(&mut server, "stagegate.nothing", json!([]), "no command");
    refused(&mut server, "stagegate.show", json!([]), "0 arguments");
    refused(&mut server, "stagegate.show", json!([{ "uri": 5 }]), "does not fit");
    refused(
        &mut server,
        "stagegate.show",
        json!([{ "uri": "file:///etc/passwd" }]),
        "no file of the workspace",
    );
    let outside = format!("{}/../x.md", file_uri(w.path()));
    refused(&mut server, "stagegate.show", json!([{ "uri": outside }]), "no file of the workspace");
    refused(&mut server, "stagegate.show", json!([{ "uri": "https://x.test" }]), "no file of the workspace");
    assert_eq!(server.shutdown(), 0);

    let mut server = w.open(json!({}));
    let answer = server.request("workspace/executeCommand", call);
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn the_blockers_lens_leads_to_the_first_and_goes_when_it_is_mended_on_disk() {
    let w = workspace();
    let mut server = w.open(json!({ "window": { "showDocument": { "support": true } } }));
    let lenses = server.request("textDocument/codeLens", w.document());
    let blockers = &lenses["result"][3]["command"];
    assert_eq!(blockers["title"], "1 blocker");
    assert_eq!(blockers["command"], "stagegate.show");
    let range = json!({ "start": position(12, 3), "end": position(12, 9) });
    assert_eq!(blockers["arguments"], json!([{ "uri": file_uri(&w.spec), "range": range }]));
    server.drain();

    fs::write(w.path().join("specs/outbox.md"), OUTBOX.replace("Development", "Staging")).unwrap();
    server.wait_for("codeLens/refresh", |m| m["method"] == "workspace/codeLens/refresh");
    server.wait_for("inlayHint/refresh", |m| m["method"] == "workspace/inlayHint/refresh");
    let lenses = server.request("textDocument/codeLens", w.document());
    assert!(!titles(&lenses).contains(&"1 blocker"), "{lenses}");
    assert_eq!(server.shutdown(), 0);
}
