//! The built server over stdio: one whole session per encoding, the flood, and everything malformed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::needless_pass_by_value, reason = "`json!({..})` as an argument reads best without a `&`")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use stagegate_tests::lsp::{Server, file_uri, frame};

/// A workspace with one Python file and one instruction file.
struct Workspace {
    folder: tempfile::TempDir,
    file: PathBuf,
}

const FAULTY: &str = "---\napplyTo: \"src/**/*.py\"\ndescripton: \"\u{1f680} rules\"\n---\n# Rules\n\nEvery function has a docstring. Every module has a test. Every test has a name that says what it wants.\n";

fn workspace() -> Workspace {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir_all(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/a.py"), "x = 1\n").unwrap();
    let file = folder.path().join("rules.instructions.md");
    fs::write(&file, FAULTY).unwrap();
    Workspace { folder, file }
}

impl Workspace {
    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn uri(&self) -> String {
        file_uri(&self.file)
    }
}

/// The capabilities of a client that pulls findings, and can be told to pull again.
fn pulling() -> Value {
    json!({ "textDocument": { "diagnostic": {} }, "workspace": { "diagnostics": { "refreshSupport": true } } })
}

fn codes(diagnostics: &Value) -> Vec<&str> {
    diagnostics.as_array().unwrap().iter().map(|d| d["code"].as_str().unwrap()).collect()
}

fn change(uri: &str, version: i32, range: Value, text: &str) -> Value {
    json!({
        "textDocument": { "uri": uri, "version": version },
        "contentChanges": [{ "range": range, "text": text }],
    })
}

fn range(a: (u32, u32), b: (u32, u32)) -> Value {
    json!({ "start": { "line": a.0, "character": a.1 }, "end": { "line": b.0, "character": b.1 } })
}

fn text_of(server: &mut Server, uri: &str) -> String {
    let answer = server.request("stagegate/viewText", json!({ "textDocument": { "uri": uri } }));
    answer["result"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// Everything that an editor does with one file, in one session.
fn session(encoding: &str) {
    let w = workspace();
    let capabilities = json!({
        "general": { "positionEncodings": [encoding] },
        "workspace": { "workspaceEdit": { "documentChanges": true } },
        "textDocument": {
            "codeAction": { "codeActionLiteralSupport": { "codeActionKind": { "valueSet": ["quickfix", "source.fixAll"] } } },
            "publishDiagnostics": { "versionSupport": true, "relatedInformation": true },
        },
    });
    let (mut server, result) = Server::initialized(w.path(), capabilities, json!({ "diagnostics": "both" }));
    assert_eq!(result["capabilities"]["positionEncoding"], encoding);
    let uri = w.uri();

    server.open(&w.file, "instructions", 1, FAULTY);
    let published = server.published(&w.file, Some(1));
    assert_eq!(codes(&published["diagnostics"]), ["instructions/missing-field", "instructions/unknown-key"]);
    assert_eq!(published["diagnostics"][1]["range"], range((2, 0), (2, 10)));

    // A thousand edits behind the rocket, whose width differs in every encoding: letters come, then go again.
    let column = match encoding {
        "utf-8" => 13 + 4,
        "utf-16" => 13 + 2,
        _ => 13 + 1,
    };
    let mut version = 1;
    for i in 0..500 {
        version += 1;
        server.notify(
            "textDocument/didChange",
            change(&uri, version, range((2, column + i), (2, column + i)), "x"),
        );
    }
    let long = FAULTY.replace(" rules\"", &format!("{} rules\"", "x".repeat(500)));
    assert_eq!(text_of(&mut server, &uri), long);
    for i in (0..500).rev() {
        version += 1;
        server.notify(
            "textDocument/didChange",
            change(&uri, version, range((2, column + i), (2, column + i + 1)), ""),
        );
    }
    assert_eq!(text_of(&mut server, &uri), FAULTY);
    server.published(&w.file, Some(version));

    let document = json!({ "textDocument": { "uri": uri } });
    let pulled = server.request("textDocument/diagnostic", document.clone());
    assert_eq!(pulled["result"]["kind"], "full");
    assert_eq!(pulled["result"]["items"].as_array().unwrap().len(), 2);
    let id = pulled["result"]["resultId"].clone();
    let again = server.request(
        "textDocument/diagnostic",
        json!({ "textDocument": { "uri": uri }, "previousResultId": id }),
    );
    assert_eq!(again["result"]["kind"], "unchanged");

    let diagnostic = &published["diagnostics"][1];
    let actions = server.request(
        "textDocument/codeAction",
        json!({ "textDocument": { "uri": uri }, "range": diagnostic["range"], "context": { "diagnostics": [diagnostic] } }),
    );
    let actions = actions["result"].as_array().unwrap_or_else(|| panic!("{actions}")).clone();
    let rename = actions.iter().find(|a| a["title"] == "Rename `descripton` to `description`");
    let change_ = &rename.unwrap_or_else(|| panic!("{actions:?}"))["edit"]["documentChanges"][0];
    assert_eq!(
        change_["textDocument"]["version"], version,
        "an edit carries the version it was computed from"
    );
    let edit = &change_["edits"][0];
    version += 1;
    server.notify(
        "textDocument/didChange",
        change(&uri, version, edit["range"].clone(), edit["newText"].as_str().unwrap()),
    );
    let published = server.published(&w.file, Some(version));
    assert_eq!(published["diagnostics"], json!([]));

    let fixed = text_of(&mut server, &uri);
    assert_eq!(fixed, FAULTY.replace("descripton", "description"));
    fs::write(&w.file, &fixed).unwrap();
    server.notify("textDocument/didSave", document.clone());
    server.published(&w.file, Some(version));

    // Closed, the file on disk counts; a change there is seen, by the client's watching or ours.
    server.notify("textDocument/didClose", document);
    fs::write(&w.file, FAULTY).unwrap();
    server.notify("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri, "type": 2 }] }));
    let published = server.published(&w.file, None);
    let published =
        if published["diagnostics"] == json!([]) { server.published(&w.file, None) } else { published };
    assert_eq!(codes(&published["diagnostics"]), ["instructions/missing-field", "instructions/unknown-key"]);
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn a_whole_session_in_utf_8() {
    session("utf-8");
}

#[test]
fn a_whole_session_in_utf_16() {
    session("utf-16");
}

#[test]
fn a_whole_session_in_utf_32() {
    session("utf-32");
}

/// DESIGN.md, invariant 2: 10,000 edits with hovers and cancels in between.
#[test]
fn a_flood_of_edits_is_applied_in_order_while_requests_run() {
    let w = workspace();
    let (mut server, _) = Server::initialized(w.path(), json!({}), json!({}));
    let uri = w.uri();
    server.open(&w.file, "markdown", 0, FAULTY);
    let mut text: Vec<char> = FAULTY.chars().collect();
    let body = FAULTY.find("# Rules").unwrap();
    let start = FAULTY[..body].chars().count() + "# Rules\n\n".chars().count();
    let mut bytes = Vec::new();
    let mut requests = Vec::new();
    for version in 1..=10_000 {
        // A place that depends on every edit before it: one edit out of order, and the texts differ.
        let column = (version * 7919) % 90;
        let letter = char::from(b'a' + u8::try_from(version % 26).unwrap());
        let (delete, insert) = if version % 3 == 0 { (2, String::new()) } else { (0, letter.to_string()) };
        let at = start + column;
        text.splice(at..at + delete, insert.chars());
        let (line, from, to) = (6, u32::try_from(column).unwrap(), u32::try_from(column + delete).unwrap());
        let message = json!({
            "jsonrpc": "2.0", "method": "textDocument/didChange",
            "params": change(&uri, i32::try_from(version).unwrap(), range((line, from), (line, to)), &insert),
        });
        bytes.extend(frame(&message));
        if version % 10 == 0 {
            let id = 100_000 + version;
            requests.push(id);
            let params = json!({ "textDocument": { "uri": uri }, "position": { "line": 1, "character": 3 } });
            bytes.extend(frame(
                &json!({ "jsonrpc": "2.0", "id": id, "method": "textDocument/hover", "params": params }),
            ));
            if version % 20 == 0 {
                bytes.extend(frame(
                    &json!({ "jsonrpc": "2.0", "method": "$/cancelRequest", "params": { "id": id } }),
                ));
            }
        }
    }
    server.raw(&bytes);
    let text: String = text.into_iter().collect();
    assert_eq!(text_of(&mut server, &uri), text);
    for id in requests {
        let answer = server.response(i64::try_from(id).unwrap());
        let cancelled = answer["error"]["code"] == -32800;
        assert!(cancelled || answer.get("result").is_some(), "{answer}");
    }
    // The last list may still be on its way; whatever came is looked at in the order in which it came.
    let mut seen = Vec::new();
    let versions = |seen: &[Value]| -> Vec<i64> {
        let published = seen.iter().filter(|m| m["method"] == "textDocument/publishDiagnostics");
        published.filter_map(|m| m["params"]["version"].as_i64()).collect()
    };
    while versions(&seen).last() != Some(&10_000) {
        let alive = server.start_request("stagegate/viewText", json!({ "textDocument": { "uri": uri } }));
        server.response(alive);
        seen.extend(server.drain());
    }
    assert!(versions(&seen).is_sorted(), "{:?}", versions(&seen));
    let answers = seen.iter().filter(|m| m.get("id").is_some() && m.get("method").is_none()).count();
    assert_eq!(answers, 0, "an answer too many");
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn ten_thousand_documents_opened_at_once_are_all_answered() {
    let w = workspace();
    let (mut server, _) = Server::initialized(w.path(), json!({}), json!({}));
    let mut bytes = Vec::new();
    for i in 0..10_000 {
        let uri = file_uri(&w.path().join(format!("n{i}.instructions.md")));
        let item = json!({ "uri": uri, "languageId": "markdown", "version": 1, "text": FAULTY });
        let params = json!({ "textDocument": item });
        bytes.extend(frame(&json!({ "jsonrpc": "2.0", "method": "textDocument/didOpen", "params": params })));
    }
    server.raw(&bytes);
    for i in 0..10_000 {
        server.published(&w.path().join(format!("n{i}.instructions.md")), Some(1));
    }
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn malformed_input_is_answered_and_the_next_request_too() {
    let w = workspace();
    let (mut server, _) = Server::initialized(w.path(), json!({}), json!({}));
    let framed = |body: &[u8]| [format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat();
    let deep = format!(
        r#"{{"jsonrpc":"2.0","id":901,"method":"x","params":{}{}}}"#,
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    let cases: Vec<(&str, Vec<u8>, Value, i64)> = vec![
        ("garbage header", b"GARBAGE: xyz\r\n\r\n".to_vec(), Value::Null, -32700),
        ("negative length", b"Content-Length: -5\r\n\r\n{}".to_vec(), Value::Null, -32700),
        ("huge length", b"Content-Length: 3000000000\r\n\r\n{}".to_vec(), Value::Null, -32700),
        ("invalid JSON", framed(br#"{"jsonrpc":"2.0","id":900,"method":"#), Value::Null, -32700),
        ("invalid UTF-8", framed(b"{\"id\":1,\"method\":\"\xff\xfe\"}"), Value::Null, -32700),
        ("batch", framed(br#"[{"jsonrpc":"2.0","id":900,"method":"x"}]"#), Value::Null, -32600),
        ("no method", framed(br#"{"jsonrpc":"2.0","id":900}"#), json!(900), -32600),
        ("deep nesting", framed(deep.as_bytes()), json!(901), -32700),
        ("unknown method", framed(br#"{"jsonrpc":"2.0","id":902,"method":"no/such"}"#), json!(902), -32601),
        (
            "wrong parameters",
            framed(br#"{"jsonrpc":"2.0","id":903,"method":"textDocument/hover","params":[1]}"#),
            json!(903),
            -32602,
        ),
        (
            "second initialize",
            framed(br#"{"jsonrpc":"2.0","id":904,"method":"initialize","params":{"capabilities":{}}}"#),
            json!(904),
            -32600,
        ),
    ];
    for (what, bytes, id, code) in cases {
        server.raw(&bytes);
        // A frame behind it lets the guard find its way again where a header was bad.
        let alive =
            server.start_request("textDocument/diagnostic", json!({ "textDocument": { "uri": w.uri() } }));
        let answer = server.wait_for(what, |m| m.get("error").is_some() && m["id"] == id);
        assert_eq!(answer["error"]["code"], code, "{what}: {answer}");
        assert!(server.response(alive).get("result").is_some(), "{what}");
    }
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn requests_before_initialize_and_after_shutdown_are_refused() {
    let w = workspace();
    let mut server = Server::start(w.path());
    let answer = server.request(
        "textDocument/hover",
        json!({ "textDocument": { "uri": w.uri() }, "position": { "line": 0, "character": 0 } }),
    );
    assert_eq!(answer["error"]["code"], -32002);
    server.request("initialize", json!({ "capabilities": {} }));
    server.request("shutdown", Value::Null);
    let answer = server.request(
        "textDocument/hover",
        json!({ "textDocument": { "uri": w.uri() }, "position": { "line": 0, "character": 0 } }),
    );
    assert_eq!(answer["error"]["code"], -32600);
    server.send(&json!({ "jsonrpc": "2.0", "method": "exit" }));
    assert_eq!(server.exit_code(), 0);
}

#[test]
fn exit_without_shutdown_and_a_lost_client_end_with_one() {
    let w = workspace();
    let (mut server, _) = Server::initialized(w.path(), json!({}), json!({}));
    server.send(&json!({ "jsonrpc": "2.0", "method": "exit" }));
    assert_eq!(server.exit_code(), 1);
    let (mut server, _) = Server::initialized(w.path(), json!({}), json!({}));
    server.close_input();
    assert_eq!(server.exit_code(), 1);
}

/// A client without watching of its own: the server watches the disk.
#[test]
fn files_that_come_and_go_change_what_a_glob_matches() {
    let w = workspace();
    let (mut server, _) = Server::initialized(w.path(), json!({}), json!({}));
    let text = FAULTY.replace("descripton", "description").replace("*.py", "*.rs");
    server.open(&w.file, "markdown", 1, &text);
    let wait = |server: &mut Server, wanted: &[&str]| {
        while codes(&server.published(&w.file, Some(1))["diagnostics"]) != wanted {}
    };
    wait(&mut server, &["instructions/unmatched-glob"]);
    fs::write(w.path().join("src/lib.rs"), "").unwrap();
    wait(&mut server, &[]);
    fs::remove_file(w.path().join("src/lib.rs")).unwrap();
    wait(&mut server, &["instructions/unmatched-glob"]);
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn configuration_counts_from_its_file_and_from_the_editor() {
    let w = workspace();
    fs::write(w.path().join("stagegate.yaml"), "rules:\n  instructions/unknown-key: off\n").unwrap();
    let (mut server, _) = Server::initialized(w.path(), json!({}), json!({}));
    server.open(&w.file, "markdown", 1, FAULTY);
    let wait = |server: &mut Server, wanted: &[&str]| {
        while codes(&server.published(&w.file, Some(1))["diagnostics"]) != wanted {}
    };
    wait(&mut server, &["instructions/missing-field"]);
    let settings = json!({ "stagegate": { "rules": { "instructions/missing-field": "off" } } });
    server.notify("workspace/didChangeConfiguration", json!({ "settings": settings }));
    wait(&mut server, &[]);
    // Settings of somebody else say nothing of ours.
    server.notify("workspace/didChangeConfiguration", json!({ "settings": { "python": { "x": 1 } } }));
    fs::write(w.path().join("stagegate.yaml"), "rules: {}\n").unwrap();
    wait(&mut server, &["instructions/unknown-key"]);
    assert_eq!(server.shutdown(), 0);
}

/// Waits until the findings shown of each file are these, whatever is shown in between.
fn wait_for_all(server: &mut Server, wanted: &[(&Path, usize)]) {
    let mut shown = std::collections::HashMap::new();
    while wanted.iter().any(|(path, count)| shown.get(&file_uri(path)) != Some(count)) {
        let message = server.wait_for(&format!("{wanted:?}, shown: {shown:?}"), |m| {
            m["method"] == "textDocument/publishDiagnostics"
        });
        let params = &message["params"];
        let count = params["diagnostics"].as_array().unwrap().len();
        shown.insert(params["uri"].as_str().unwrap().to_owned(), count);
    }
}

#[test]
fn folders_that_come_go_and_move_are_followed() {
    let w = workspace();
    let file = |folder: &str| w.path().join(folder).join("a.instructions.md");
    fs::create_dir(w.path().join("old")).unwrap();
    fs::write(file("old"), FAULTY).unwrap();
    let (mut server, _) = Server::initialized(w.path(), json!({}), json!({}));
    wait_for_all(&mut server, &[(&file("old"), 2)]);
    fs::rename(w.path().join("old"), w.path().join("new")).unwrap();
    wait_for_all(&mut server, &[(&file("old"), 0), (&file("new"), 2)]);
    // A folder that is empty at first, and one that is replaced by another one of its name.
    fs::create_dir(w.path().join("later")).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    fs::write(file("later"), FAULTY).unwrap();
    wait_for_all(&mut server, &[(&file("later"), 2)]);
    fs::remove_dir_all(w.path().join("later")).unwrap();
    fs::create_dir(w.path().join("later")).unwrap();
    fs::write(file("later"), FAULTY.replace("descripton", "description")).unwrap();
    wait_for_all(&mut server, &[(&file("later"), 0)]);
    fs::write(file("later"), FAULTY).unwrap();
    wait_for_all(&mut server, &[(&file("later"), 2)]);
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn a_file_that_is_written_all_the_time_holds_nothing_up() {
    let w = workspace();
    let (mut server, _) = Server::initialized(w.path(), json!({}), json!({}));
    wait_for_all(&mut server, &[(&w.file, 2)]);
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                fs::write(w.path().join("x.log"), "x").unwrap();
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        });
        fs::write(&w.file, FAULTY.replace("descripton", "description")).unwrap();
        wait_for_all(&mut server, &[(&w.file, 0)]);
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn a_file_has_one_list_however_its_uri_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("a+b");
    fs::create_dir(&inner).unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/a.py"), "").unwrap();
    let file = inner.join("x.instructions.md");
    fs::write(&file, FAULTY).unwrap();
    let (mut server, _) = Server::initialized(folder.path(), json!({}), json!({}));
    let ours = PathBuf::from(file.to_str().unwrap().replace('+', "%2B"));
    wait_for_all(&mut server, &[(&ours, 2)]);
    server.open(&file, "markdown", 1, FAULTY);
    wait_for_all(&mut server, &[(&ours, 0), (&file, 2)]);
    server.notify("textDocument/didClose", json!({ "textDocument": { "uri": file_uri(&file) } }));
    fs::write(&file, FAULTY.replace("descripton", "description")).unwrap();
    wait_for_all(&mut server, &[(&file, 0)]);
    assert_eq!(server.shutdown(), 0);
}

#[cfg(unix)]
#[test]
fn a_root_that_is_a_link_is_the_folder_it_leads_to() {
    let w = workspace();
    fs::write(w.path().join("stagegate.yaml"), "rules:\n  instructions/*: off\n").unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("link");
    std::os::unix::fs::symlink(w.path(), &link).unwrap();
    let (mut server, _) = Server::initialized(&link, json!({}), json!({}));
    for file in [w.path().canonicalize().unwrap(), link].map(|folder| folder.join("rules.instructions.md")) {
        server.open(&file, "markdown", 1, FAULTY);
        assert_eq!(server.published(&file, Some(1))["diagnostics"], json!([]), "{}", file.display());
    }
    assert_eq!(server.shutdown(), 0);
}

/// Both sides would wait for each other if the reader wrote: ours for the client to read, the client for ours.
#[test]
fn a_client_that_writes_much_before_it_reads_is_no_deadlock() {
    let w = workspace();
    let (mut server, _) = Server::initialized(w.path(), json!({}), json!({}));
    server.stop_reading();
    let uri = file_uri(&w.path().join("never-opened.md"));
    let message = json!({
        "jsonrpc": "2.0", "method": "textDocument/didChange",
        "params": change(&uri, 1, range((0, 0), (0, 0)), "x"),
    });
    let bytes = frame(&message).repeat(20_000);
    server.raw(&bytes);
    server.go_on_reading();
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn a_wrong_configuration_is_reported_in_its_own_file() {
    let w = workspace();
    let config = w.path().join("stagegate.yaml");
    fs::write(&config, "rulez: {}\nrules:\n  instructions/unknown-key: loud\n").unwrap();
    let (mut server, _) = Server::initialized(w.path(), json!({}), json!({}));
    let published = server.published(&config, None);
    assert_eq!(codes(&published["diagnostics"]), ["config/unknown-key", "config/bad-value"]);
    fs::write(&config, "rules: {}\n").unwrap();
    assert_eq!(server.published(&config, None)["diagnostics"], json!([]), "taken back once it is mended");
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn each_folder_of_a_workspace_has_its_own_configuration() {
    let (a, b) = (workspace(), workspace());
    fs::write(b.path().join("stagegate.yaml"), "rules:\n  instructions/*: off\n").unwrap();
    let mut server = Server::start(a.path());
    let folder = |w: &Workspace| json!({ "uri": file_uri(w.path()), "name": "w" });
    server.request("initialize", json!({ "capabilities": {}, "workspaceFolders": [folder(&a), folder(&b)] }));
    server.notify("initialized", json!({}));
    server.open(&b.file, "markdown", 1, FAULTY);
    assert_eq!(server.published(&b.file, Some(1))["diagnostics"], json!([]));
    // Nobody opened the file of the other folder; its findings are shown all the same, until the folder goes.
    assert_eq!(server.published(&a.file, None)["diagnostics"].as_array().unwrap().len(), 2);
    let event = json!({ "added": [], "removed": [folder(&a)] });
    server.notify("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
    assert_eq!(server.published(&a.file, None)["diagnostics"], json!([]));
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn an_edit_of_a_place_that_does_not_exist_is_applied_and_logged() {
    let w = workspace();
    let (mut server, _) = Server::initialized(w.path(), json!({}), json!({}));
    server.open(&w.file, "markdown", 1, "abc\n");
    let uri = w.uri();
    server.notify("textDocument/didChange", change(&uri, 2, range((0, 2), (0, 1)), "X"));
    let log = server.wait_for("a message in the log", |m| m["method"] == "window/logMessage");
    assert_eq!(log["params"]["type"], 2);
    assert!(log["params"]["message"].as_str().unwrap().contains("ends before it starts"), "{log}");
    assert_eq!(text_of(&mut server, &uri), "aXc\n");
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn hover_completion_outline_and_folding_answer_in_a_file_of_ours_and_nowhere_else() {
    let w = workspace();
    let capabilities =
        json!({ "textDocument": { "documentSymbol": { "hierarchicalDocumentSymbolSupport": true } } });
    let (mut server, _) = Server::initialized(w.path(), capabilities, json!({}));
    let other = w.path().join("README.md");
    server.open(&w.file, "plaintext", 1, FAULTY);
    server.open(&other, "markdown", 1, FAULTY);
    let ask = |server: &mut Server, method: &str, path: &Path| {
        let position = json!({ "line": 1, "character": 3 });
        let params = json!({ "textDocument": { "uri": file_uri(path) }, "position": position });
        server.request(method, params)["result"].clone()
    };
    let hover = ask(&mut server, "textDocument/hover", &w.file);
    assert_eq!(hover["range"], range((1, 0), (1, 7)));
    let symbols = ask(&mut server, "textDocument/documentSymbol", &w.file);
    let names: Vec<_> = symbols.as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["front matter", "Rules"]);
    let folds = ask(&mut server, "textDocument/foldingRange", &w.file);
    assert_eq!((&folds[0]["startLine"], &folds[0]["endLine"]), (&json!(0), &json!(3)));
    for method in ["hover", "documentSymbol", "foldingRange", "completion"] {
        let answer = ask(&mut server, &format!("textDocument/{method}"), &other);
        assert_eq!(answer, Value::Null, "{method}");
    }
    // Still typing: the fence is open, and so is the quote. The folders are known once the scan is done.
    server.request("workspace/diagnostic", json!({ "previousResultIds": [] }));
    let text = "---\ndescription: x\napplyTo: \"s";
    server.notify(
        "textDocument/didChange",
        json!({
            "textDocument": { "uri": w.uri(), "version": 2 }, "contentChanges": [{ "text": text }],
        }),
    );
    let position = json!({ "line": 2, "character": 11 });
    let params = json!({ "textDocument": { "uri": w.uri() }, "position": position });
    let answer = server.request("textDocument/completion", params);
    let items = answer["result"]["items"].as_array().unwrap_or_else(|| panic!("{answer}"));
    assert!(items.iter().any(|item| item["label"] == "src/"), "{items:?}");
    assert_eq!(server.shutdown(), 0);
}

/// A client that renders no Markdown gets none.
#[test]
fn the_documentation_of_a_completion_is_in_a_format_of_the_client() {
    let formats = [
        (json!(null), "markdown"),
        (json!(["plaintext", "markdown"]), "markdown"),
        (json!(["plaintext"]), "plaintext"),
    ];
    for (formats, expected) in formats {
        let w = workspace();
        let item = json!({ "documentationFormat": formats });
        let capabilities = json!({ "textDocument": { "completion": { "completionItem": item } } });
        let (mut server, _) = Server::initialized(w.path(), capabilities, json!({}));
        server.open(&w.file, "markdown", 1, "---\n\n---\n\n# Rules\n");
        let params = json!({ "textDocument": { "uri": w.uri() }, "position": { "line": 1, "character": 0 } });
        let answer = server.request("textDocument/completion", params);
        let items = answer["result"]["items"].as_array().unwrap_or_else(|| panic!("{answer}"));
        let kinds: Vec<_> = items.iter().filter_map(|item| item["documentation"]["kind"].as_str()).collect();
        assert!(!kinds.is_empty() && kinds.iter().all(|kind| *kind == expected), "{formats}: {items:?}");
        assert_eq!(server.shutdown(), 0);
    }
}

#[test]
fn settings_of_the_start_count_until_others_come() {
    let w = workspace();
    let options = json!({ "config": { "rules": { "instructions/missing-field": "off" } } });
    let (mut server, _) = Server::initialized(w.path(), json!({}), options);
    wait_for_all(&mut server, &[(&w.file, 1)]);
    let wait = |server: &mut Server, wanted: &[&str]| {
        while codes(&server.published(&w.file, None)["diagnostics"]) != wanted {}
    };
    // The file is read again; what the editor said still stands above it.
    fs::write(w.path().join("stagegate.yaml"), "rules:\n  instructions/*: hint\n").unwrap();
    server.open(&w.file, "markdown", 1, FAULTY.replace("# Rules", "Rules").as_str());
    wait(&mut server, &["instructions/unknown-key", "instructions/no-headings"]);
    fs::write(w.path().join("stagegate.yaml"), "rules:\n  instructions/no-headings: off\n").unwrap();
    wait(&mut server, &["instructions/unknown-key"]);
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn the_whole_workspace_can_be_pulled_with_result_ids() {
    let w = workspace();
    let (mut server, _) = Server::initialized(w.path(), pulling(), json!({}));
    let answer = server.request("workspace/diagnostic", json!({ "previousResultIds": [] }));
    let items = answer["result"]["items"].as_array().unwrap_or_else(|| panic!("{answer}")).clone();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["uri"], w.uri());
    let previous = json!({ "previousResultIds": [{ "uri": w.uri(), "value": items[0]["resultId"] }] });
    let answer = server.request("workspace/diagnostic", previous.clone());
    assert_eq!(answer["result"]["items"][0]["kind"], "unchanged");
    fs::remove_file(&w.file).unwrap();
    server.notify("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": w.uri(), "type": 3 }] }));
    // The file is gone from disk at once; the client takes its findings back with the next pull.
    let answer = server.request("workspace/diagnostic", previous);
    assert_eq!(answer["result"]["items"][0]["items"], json!([]), "{answer}");
    assert_eq!(server.shutdown(), 0);
}

/// Neovim 0.11 pulls, but cannot be told to pull again: it is pushed to, and never sees a finding twice.
#[test]
fn a_client_that_cannot_refresh_is_pushed_to() {
    let w = workspace();
    let capabilities = json!({ "textDocument": { "diagnostic": {} } });
    let (mut server, result) = Server::initialized(w.path(), capabilities, json!({}));
    assert_eq!(result["capabilities"].get("diagnosticProvider"), None);
    server.open(&w.file, "markdown", 1, FAULTY);
    assert_eq!(server.published(&w.file, Some(1))["diagnostics"].as_array().unwrap().len(), 2);
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn a_large_workspace_is_pulled_bit_by_bit_where_the_client_takes_parts() {
    let w = workspace();
    for i in 0..250 {
        fs::write(w.path().join(format!("n{i}.instructions.md")), FAULTY).unwrap();
    }
    let (mut server, result) = Server::initialized(w.path(), pulling(), json!({}));
    assert_eq!(result["capabilities"]["diagnosticProvider"]["workspaceDiagnostics"], true);
    let params = json!({ "previousResultIds": [], "partialResultToken": "part" });
    let answer = server.request("workspace/diagnostic", params);
    assert_eq!(answer["result"]["items"], json!([]), "everything came in parts");
    let parts = server.drain();
    let parts = parts.iter().filter(|m| m["method"] == "$/progress" && m["params"]["token"] == "part");
    let sizes: Vec<_> = parts.map(|m| m["params"]["value"]["items"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [100, 100, 51]);
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn what_is_too_large_is_refused_with_one_finding() {
    let w = workspace();
    let (mut server, _) = Server::initialized(w.path(), json!({}), json!({}));
    let text = format!("{FAULTY}{}", "x".repeat(11 * 1024 * 1024));
    server.open(&w.file, "markdown", 1, &text);
    assert_eq!(codes(&server.published(&w.file, Some(1))["diagnostics"]), ["file/too-large"]);
    assert_eq!(server.shutdown(), 0);
}
