//! TODO comments in an editor, with a tracker on this machine: links, states, references, and creating what is missing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stagegate_tests::cli::Sandbox;
use stagegate_tests::lsp::{Server, file_uri};
use stagegate_tests::tracker::{Reply, Tracker};

const PRICE: &str = "src/cart/price.py";
const TEXT: &str =
    "def price():\n    # TODO(#2): test prices\n    return 1  # TODO: round half prices to even\n";

/// The token of the tracker's host, and one of another host.
const CANARY: &str = "ghp_canary0123456789";
const OTHER: &str = "ghp_other0123456789";

/// A workspace and its tracker.
struct World {
    sandbox: Sandbox,
    tracker: Tracker,
}

/// Issue 1 is open and blocks the component, 2 is closed; a new one gets the number 41.
fn github(path: &str) -> Reply {
    let issue = |number: u64, title: &str, state: &str, labels: &[&str]| {
        let labels: Vec<_> = labels.iter().map(|name| json!({ "name": name })).collect();
        json!({
            "number": number, "title": title, "state": state, "labels": labels, "assignee": { "login": "mara" },
            "milestone": { "title": "June" }, "updated_at": "2024-05-06T07:08:09Z",
        })
    };
    let found = |body: Value| (200, "ETag: \"a\"\r\n".to_owned(), body.to_string());
    let rounding = || issue(1, "Prices round half to even", "open", &["blocker:tests", "component:cart"]);
    match path {
        "/repos/acme/shop/issues/1" => found(rounding()),
        "/repos/acme/shop/issues/2" => found(issue(2, "Test prices", "closed", &[])),
        "POST /repos/acme/shop/issues" => {
            let body = issue(41, "Round half prices to even", "open", &["component:cart"]);
            (201, String::new(), body.to_string())
        }
        "/repos/acme/shop/labels/component%3Acart" => found(json!({ "name": "component:cart" })),
        "/repos/acme/shop" => found(json!({ "id": 1 })),
        path if path.starts_with("/repos/acme/shop/issues?") => found(json!([rounding()])),
        _ => (404, String::new(), "{\"message\":\"Not Found\"}".to_owned()),
    }
}

impl World {
    fn new(config: &str) -> World {
        let tracker = Tracker::start(github);
        let config = format!("issues:\n  api_url: {}\n  repository: acme/shop\n{config}", tracker.url);
        let sandbox = Sandbox::new(&[
            ("stagegate.yaml", &config),
            (PRICE, TEXT),
            ("src/cart/cart.rs", "// TODO(acme/shop#2): the same\nfn main() {}\n"),
            (
                "specs/cart.md",
                "# Cart\n\n**Component Name:** cart\n**Status:** development\n**Target Stage:** staging\n\nWaits for #2.\n",
            ),
        ]);
        World { sandbox, tracker }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.sandbox.path(path)
    }

    /// Starts a server and opens the file.
    fn open(&self, capabilities: Value) -> Server {
        self.open_with(capabilities, &[])
    }

    /// The same, with these variables.
    fn open_with(&self, capabilities: Value, variables: &[(&str, &str)]) -> Server {
        let folder = self.sandbox.path("");
        let mut server = Server::start_with(&folder, variables);
        server.initialize(&folder, capabilities, json!({}));
        server.open(&self.path(PRICE), "python", 1, TEXT);
        server
    }
}

fn rules(published: &Value) -> Vec<&str> {
    published["diagnostics"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap()).collect()
}

/// Waits until the findings of a file have, or do not have, a rule.
fn wait_for_rule(server: &mut Server, path: &Path, rule: &str, wanted: bool) -> Value {
    let uri = file_uri(path);
    server.wait_for(&format!("{rule} in {uri}: {wanted}"), |m| {
        m["method"] == "textDocument/publishDiagnostics"
            && m["params"]["uri"] == uri
            && rules(&m["params"]).contains(&rule) == wanted
    })
}

fn at(path: &Path, line: u32, character: u32) -> Value {
    json!({ "textDocument": { "uri": file_uri(path) }, "position": { "line": line, "character": character } })
}

fn actions(server: &mut Server, path: &Path, line: u32, character: u32) -> Vec<Value> {
    let place = json!({ "line": line, "character": character });
    let answer = server.request(
        "textDocument/codeAction",
        json!({
            "textDocument": { "uri": file_uri(path) },
            "range": { "start": place, "end": place },
            "context": { "diagnostics": [] },
        }),
    );
    answer["result"].as_array().unwrap().clone()
}

fn capabilities() -> Value {
    json!({
        "general": { "positionEncodings": ["utf-8"] },
        "textDocument": { "codeAction": { "codeActionLiteralSupport": { "codeActionKind": { "valueSet": [] } } } },
        "workspace": { "workspaceEdit": { "documentChanges": true } },
    })
}

#[test]
fn from_the_cache_to_an_issue_that_is_created() {
    let world = World::new("");
    // What an earlier session has fetched.
    let fetched = world.sandbox.run(&["todo", "--fetch"]);
    assert!(fetched.stdout.contains("closed"), "{}", fetched.all());
    let started = Instant::now();
    // The user says whose token it is, so that the host is believed.
    let variables =
        [("GH_HOST", world.tracker.host()), ("GH_ENTERPRISE_TOKEN", CANARY), ("GITHUB_TOKEN", OTHER)];
    let mut server = world.open_with(capabilities(), &variables);
    let price = world.path(PRICE);
    let published = wait_for_rule(&mut server, &price, "todo/closed-issue", true);
    let links =
        server.request("textDocument/documentLink", json!({ "textDocument": { "uri": file_uri(&price) } }));
    let hover = server.request("textDocument/hover", at(&price, 1, 13));
    assert!(started.elapsed() < Duration::from_secs(if cfg!(debug_assertions) { 5 } else { 1 }));
    assert_eq!(rules(&published["params"]), ["todo/closed-issue", "todo/bare-todo"]);

    let link = &links["result"][0];
    assert_eq!(link["target"], format!("{}/acme/shop/issues/2", world.tracker.url));
    assert_eq!(
        link["range"],
        json!({ "start": { "line": 1, "character": 11 }, "end": { "line": 1, "character": 13 } })
    );
    assert_eq!(link["tooltip"], "Issue #2 (closed): Test prices");
    let shown = hover["result"]["contents"]["value"].as_str().unwrap();
    for part in ["Test prices", "closed", "mara", "June", "As of", "todo/closed-issue"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }

    // Cancelled: nothing is sent.
    let found = actions(&mut server, &price, 2, 18);
    let create = found.iter().find(|it| it["title"] == "Create issue in acme/shop...").unwrap();
    let command = &create["command"];
    let run = json!({ "command": command["command"], "arguments": command["arguments"] });
    let answer = server.request("workspace/executeCommand", run.clone());
    assert_eq!(answer["result"], json!({ "number": null }));
    let posts = |world: &World| {
        world.tracker.requests().into_iter().filter(|it| !it.body.is_empty()).collect::<Vec<_>>()
    };
    assert!(posts(&world).is_empty());

    server.choose("Create issue");
    let id = server.start_request("workspace/executeCommand", run);
    let question = server.wait_for("the question", |m| {
        m["method"] == "window/showMessageRequest"
            && m["params"]["message"].as_str().unwrap().contains("acme/shop")
    });
    assert_eq!(
        question["params"]["message"],
        "Create the issue \"Round half prices to even\" in acme/shop with the label `component:cart`?"
    );
    let edit = server.wait_for("the edit", |m| m["method"] == "workspace/applyEdit");
    let change = &edit["params"]["edit"]["documentChanges"][0];
    let place = json!({ "line": 2, "character": 20 });
    assert_eq!(change["edits"], json!([{ "range": { "start": place, "end": place }, "newText": "(#41)" }]));
    assert_eq!(change["textDocument"]["version"], 1);
    let answer = server.response(id);
    assert_eq!(answer["result"]["number"], 41, "{answer}");
    assert_eq!(answer["result"]["written"], true);
    let sent = posts(&world);
    assert_eq!(sent.len(), 1);
    let headers = sent[0].headers.to_lowercase();
    assert!(
        headers.contains(&CANARY.to_lowercase()) && !headers.contains(&OTHER.to_lowercase()),
        "{headers}"
    );
    let body: Value = serde_json::from_str(&sent[0].body).unwrap();
    assert_eq!(body["title"], "Round half prices to even");
    assert_eq!(body["labels"], json!(["component:cart"]));
    assert_eq!(
        body["body"],
        "From a TODO comment in `src/cart/price.py`, line 3.\n\n> round half prices to even\n"
    );

    // The client applies it: the finding goes, and the new issue is known.
    server.notify(
        "textDocument/didChange",
        json!({
            "textDocument": { "uri": file_uri(&price), "version": 2 },
            "contentChanges": [{ "range": { "start": place, "end": place }, "text": "(#41)" }],
        }),
    );
    let published = wait_for_rule(&mut server, &price, "todo/bare-todo", false);
    assert_eq!(rules(&published["params"]), ["todo/closed-issue"]);
    let hover = server.request("textDocument/hover", at(&price, 2, 23));
    let shown = hover["result"]["contents"]["value"].as_str().unwrap();
    assert!(shown.contains("Round half prices to even") && shown.contains("open"), "{shown}");
    let all: Vec<_> = server.drain().iter().map(Value::to_string).collect();
    assert!(all.iter().all(|message| !message.contains(CANARY) && !message.contains(OTHER)));
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn links_need_no_network_and_nothing_is_fetched_where_that_is_off() {
    let world = World::new("  fetch: false\n");
    let mut server = world.open(capabilities());
    let price = world.path(PRICE);
    let end = Instant::now() + Duration::from_secs(10);
    let target = loop {
        let links = server
            .request("textDocument/documentLink", json!({ "textDocument": { "uri": file_uri(&price) } }));
        if let Some(target) = links["result"][0]["target"].as_str() {
            break target.to_owned();
        }
        assert!(Instant::now() < end, "no link: {links}");
    };
    assert_eq!(target, format!("{}/acme/shop/issues/2", world.tracker.url));
    let found = actions(&mut server, &price, 2, 18);
    assert!(found.iter().all(|it| !it["title"].as_str().unwrap().starts_with("Create issue")), "{found:?}");
    let place = json!({ "line": 2, "character": 18 });
    let arguments = json!([{ "uri": file_uri(&price), "position": place }]);
    let run = json!({ "command": "stagegate.createIssue", "arguments": arguments });
    let answer = server.request("workspace/executeCommand", run);
    assert!(answer["error"]["message"].as_str().unwrap().contains("issues.fetch"), "{answer}");
    std::thread::sleep(Duration::from_millis(1500));
    assert!(world.tracker.requests().is_empty());
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn states_are_fetched_in_the_background_and_shown_when_they_come() {
    let world = World::new("");
    let mut server = world.open(capabilities());
    let price = world.path(PRICE);
    wait_for_rule(&mut server, &price, "todo/closed-issue", true);
    // Nobody but the tracker's host was sent anything, and it got no token before the workspace is trusted.
    for request in world.tracker.requests() {
        assert!(!request.headers.to_lowercase().contains("authorization"), "{request:?}");
    }
    // The open issue that blocks the component.
    let spec = world.path("specs/cart.md");
    server.open(&spec, "markdown", 1, &std::fs::read_to_string(&spec).unwrap());
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        let lenses =
            server.request("textDocument/codeLens", json!({ "textDocument": { "uri": file_uri(&spec) } }));
        let titles: Vec<_> = lenses["result"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|it| it["command"]["title"].as_str())
            .collect();
        if titles.contains(&"blocked by #1") {
            break;
        }
        assert!(Instant::now() < end, "{titles:?}");
    }
    let status = world.sandbox.run(&["status", "--format", "json"]);
    let status: Value = serde_json::from_str(&status.stdout).unwrap();
    let cart = status["components"].as_array().unwrap().iter().find(|it| it["name"] == "cart").unwrap();
    assert_eq!(cart["blockers"]["issues"][0]["number"], 1, "{cart}");

    // By number and by words.
    let text = "# TODO(#hal\n# TODO(#1\n# TODO(#9\n";
    let new = world.path("src/cart/new.py");
    server.open(&new, "python", 1, text);
    let mut complete = |line: u32, character: u32| {
        let answer = server.request("textDocument/completion", at(&new, line, character));
        let items = answer["result"]["items"].as_array().cloned().unwrap_or_default();
        items.into_iter().map(|it| it["textEdit"]["newText"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(complete(0, 11), ["#1"]);
    assert_eq!(complete(1, 9), ["#1"]);
    assert!(complete(2, 9).is_empty());

    // By one click, and by a question.
    let found = actions(&mut server, &price, 2, 18);
    let titles: Vec<_> = found.iter().map(|it| it["title"].as_str().unwrap()).collect();
    assert_eq!(
        titles,
        ["Link to #1: Prices round half to even", "Create issue in acme/shop...", "Link to issue..."]
    );
    server.choose("#1 ");
    let command = &found[2]["command"];
    let run = json!({ "command": command["command"], "arguments": command["arguments"] });
    let answer = server.request("workspace/executeCommand", run);
    assert_eq!(answer["result"], json!({ "number": 1, "written": true }));
    assert_eq!(server.shutdown(), 0);
}

/// Asks until the answer is as wanted: the index follows files in the background.
fn settle(
    server: &mut Server,
    method: &str,
    params: &Value,
    wanted: &[&str],
    read: impl Fn(&Value) -> Vec<String>,
) {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = server.request(method, params.clone());
        let found = read(&answer["result"]);
        if found == wanted {
            return;
        }
        assert!(Instant::now() < end, "{method}: {found:?}, expected {wanted:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn references_and_symbols_follow_edits_and_files() {
    let world = World::new("  fetch: false\n");
    let mut server = world.open(capabilities());
    let spec = world.path("specs/cart.md");
    server.open(&spec, "markdown", 1, &std::fs::read_to_string(&spec).unwrap());
    let mut asked = at(&spec, 6, 11);
    asked["context"] = json!({ "includeDeclaration": true });
    let places = |result: &Value| -> Vec<String> {
        let found = result.as_array().into_iter().flatten();
        found
            .map(|it| {
                let path = it["uri"].as_str().unwrap().rsplit('/').next().unwrap();
                format!("{path}:{}", it["range"]["start"]["line"])
            })
            .collect()
    };
    let references = "textDocument/references";
    settle(&mut server, references, &asked, &["cart.rs:0", "price.py:1"], places);
    // As an editor has it.
    let place = json!({ "line": 0, "character": 0 });
    server.notify(
        "textDocument/didChange",
        json!({
            "textDocument": { "uri": file_uri(&world.path(PRICE)), "version": 2 },
            "contentChanges": [{ "range": { "start": place, "end": place }, "text": "# FIXME(#2): x\n" }],
        }),
    );
    settle(&mut server, references, &asked, &["cart.rs:0", "price.py:0", "price.py:2"], places);
    server
        .notify("textDocument/didClose", json!({ "textDocument": { "uri": file_uri(&world.path(PRICE)) } }));
    settle(&mut server, references, &asked, &["cart.rs:0", "price.py:1"], places);
    // On disk: another file, other contents, and none.
    std::fs::write(world.path("src/new.go"), "package x\n// TODO(#2): y\n").unwrap();
    settle(&mut server, references, &asked, &["cart.rs:0", "price.py:1", "new.go:1"], places);
    std::fs::write(world.path("src/cart/cart.rs"), "fn main() {}\n").unwrap();
    settle(&mut server, references, &asked, &["price.py:1", "new.go:1"], places);
    std::fs::write(world.path("src/cart/cart.rs"), "fn main() {}\n// HACK(#2): z\n").unwrap();
    settle(&mut server, references, &asked, &["cart.rs:1", "price.py:1", "new.go:1"], places);
    std::fs::remove_file(world.path("src/new.go")).unwrap();
    let names = |result: &Value| -> Vec<String> {
        let found = result.as_array().into_iter().flatten();
        found.map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    let query = json!({ "query": "(#2)" });
    settle(&mut server, "workspace/symbol", &query, &["HACK(#2): z", "TODO(#2): test prices"], names);
    assert_eq!(server.shutdown(), 0);
}

/// A client that watches files tells of every language.
#[test]
fn a_client_that_watches_is_believed() {
    let world = World::new("  fetch: false\n");
    let mut capabilities = capabilities();
    capabilities["workspace"]["didChangeWatchedFiles"] = json!({ "dynamicRegistration": true });
    let mut server = world.open(capabilities);
    let registered = server.wait_for("the registration", |m| m["method"] == "client/registerCapability");
    assert!(registered.to_string().contains("\"**/*\""), "{registered}");
    let query = json!({ "query": "HACK" });
    let seen = Arc::new(AtomicBool::new(false));
    let mark = Arc::clone(&seen);
    let names = move |result: &Value| -> Vec<String> {
        mark.store(true, Ordering::Relaxed);
        let found = result.as_array().into_iter().flatten();
        found.map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    std::fs::write(world.path("src/cart/cart.rs"), "// HACK: z\n").unwrap();
    let changed = json!({ "uri": file_uri(&world.path("src/cart/cart.rs")), "type": 2 });
    server.notify("workspace/didChangeWatchedFiles", json!({ "changes": [changed] }));
    settle(&mut server, "workspace/symbol", &query, &["HACK: z"], names);
    assert!(seen.load(Ordering::Relaxed));
    assert_eq!(server.shutdown(), 0);
}

/// Where an edit breaks all of a large file, its findings come at once, and once more when they are known to be others.
#[test]
fn findings_that_take_long_come_later() {
    let world = World::new("  fetch: false\n");
    let mut server = world.open(capabilities());
    let path = world.path("src/large.rs");
    let code = "fn f(a: u32) -> u32 {\n    a + 1\n}\n\n".repeat(1000);
    // A character that nothing but a parse is certain of.
    let code = format!("const C: char = '\\u{{0_0_0_0_4_1}}';\n{code}");
    let text = format!("{code}// TODO: a\n{code}const S: &str = r#\"\"#;\n{code}// TODO: b\n{code}");
    server.open(&path, "rust", 1, &text);
    let lines = |published: &Value| -> Vec<u64> {
        let found = published["diagnostics"].as_array().into_iter().flatten();
        found.map(|it| it["range"]["start"]["line"].as_u64().unwrap()).collect()
    };
    assert_eq!(lines(&server.published(&path, Some(1))), [4001, 12_005]);
    let place = json!({ "line": 0, "character": 0 });
    let uri = file_uri(&path);
    for (version, text) in [(2, "x"), (3, "r#\"")] {
        server.notify(
            "textDocument/didChange",
            json!({
                "textDocument": { "uri": uri, "version": version },
                "contentChanges": [{ "range": { "start": place, "end": place }, "text": text }],
            }),
        );
    }
    server.wait_for("the findings of version 3, when they are known", |message| {
        let params = &message["params"];
        params["uri"] == *uri && params["version"] == 3 && lines(params) == [12_005]
    });
    assert_eq!(server.shutdown(), 0);
}
