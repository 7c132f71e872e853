//! Definition, references, highlights, rename, call hierarchy and completion of components, over stdio.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use stagegate_tests::demo;
use stagegate_tests::lsp::{Server, file_uri};

/// A copy of the demo.
struct Demo(demo::Demo);

impl Demo {
    fn new() -> Demo {
        Demo(demo::Demo::new())
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path(path)
    }

    fn text(&self, path: &str) -> String {
        self.0.text(path)
    }

    /// Returns the text of every file by its path.
    fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        collect(self.0.root(), self.0.root(), &mut files);
        files
    }

    fn document(&self, path: &str) -> Value {
        json!({ "uri": file_uri(&self.path(path)) })
    }

    /// Returns the parameters of a request at the first `needle` of a file.
    fn at(&self, path: &str, needle: &str) -> Value {
        let text = self.text(path);
        let offset = text.find(needle).unwrap_or_else(|| panic!("{path} holds no {needle:?}"));
        let line_start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
        let line = text[..offset].matches('\n').count();
        let character = text[line_start..offset].encode_utf16().count();
        json!({ "textDocument": self.document(path), "position": { "line": line, "character": character } })
    }

    /// Starts a server that has read the whole workspace.
    fn server(&self, capabilities: Value) -> Server {
        let (mut server, _) = Server::initialized(self.0.root(), capabilities, json!({}));
        server.request("workspace/diagnostic", json!({ "previousResultIds": [] }));
        server
    }

    fn open(&self, server: &mut Server, path: &str) {
        server.open(&self.path(path), "markdown", 1, &self.text(path));
    }

    /// Renders a location: the path, the place and the text there.
    fn location(&self, location: &Value) -> String {
        let uri = location["uri"].as_str().or_else(|| location["targetUri"].as_str()).unwrap();
        let path = uri.strip_prefix(&file_uri(self.0.root())).unwrap().trim_start_matches('/').to_owned();
        let range = if location["range"].is_null() { &location["targetRange"] } else { &location["range"] };
        let text = self.text(&path);
        let line = text.lines().nth(range["start"]["line"].as_u64().unwrap() as usize).unwrap();
        let units: Vec<u16> = line.encode_utf16().collect();
        let column = |end: &str| range[end]["character"].as_u64().unwrap() as usize;
        let text = String::from_utf16(&units[column("start")..column("end")]).unwrap();
        format!("{path}:{}:{} {text:?}", range["start"]["line"], column("start"))
    }

    fn locations(&self, answer: &Value) -> String {
        let all = answer["result"].as_array().unwrap_or_else(|| panic!("{answer}"));
        all.iter().map(|location| self.location(location) + "\n").collect()
    }
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let relative = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.insert(relative, fs::read_to_string(&path).unwrap());
        }
    }
}

/// A client that renames files and asks before it carries out annotated changes, as VS Code does.
fn careful() -> Value {
    json!({
        "workspace": { "workspaceEdit": {
            "documentChanges": true,
            "resourceOperations": ["create", "rename", "delete"],
            "changeAnnotationSupport": { "groupsOnLabel": true },
        } },
        "textDocument": {
            "rename": { "prepareSupport": true, "honorsChangeAnnotations": true },
            "definition": { "linkSupport": true },
            "completion": { "completionItem": { "snippetSupport": true } },
        },
    })
}

/// Carries out a workspace edit on disk, in its order; annotated changes only where `confirmed`.
fn apply(edit: &Value, confirmed: bool) {
    let path = |uri: &Value| PathBuf::from(uri.as_str().unwrap().strip_prefix("file://").unwrap());
    let wanted = |change: &Value| confirmed || change.get("annotationId").is_none();
    for operation in edit["documentChanges"].as_array().unwrap().iter().filter(|operation| wanted(operation))
    {
        if operation["kind"] == "rename" {
            fs::rename(path(&operation["oldUri"]), path(&operation["newUri"])).unwrap();
            continue;
        }
        let path = path(&operation["textDocument"]["uri"]);
        let text = fs::read_to_string(&path).unwrap();
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        // From the end on, so that the places before stay what they are.
        for edit in operation["edits"].as_array().unwrap().iter().rev().filter(|edit| wanted(edit)) {
            let (start, end) = (&edit["range"]["start"], &edit["range"]["end"]);
            assert_eq!(start["line"], end["line"]);
            let line = &mut lines[start["line"].as_u64().unwrap() as usize];
            let units: Vec<u16> = line.encode_utf16().collect();
            let column = |place: &Value| place["character"].as_u64().unwrap() as usize;
            let before = String::from_utf16(&units[..column(start)]).unwrap();
            let after = String::from_utf16(&units[column(end)..]).unwrap();
            *line = format!("{before}{}{after}", edit["newText"].as_str().unwrap());
        }
        fs::write(&path, lines.join("\n")).unwrap();
    }
}

/// Returns every finding of a workspace: rule and message, without paths.
fn findings(demo: &Demo) -> BTreeMap<String, Vec<String>> {
    let (mut server, _) = Server::initialized(
        demo.0.root(),
        json!({ "textDocument": { "diagnostic": {} } }),
        json!({ "diagnostics": "pull" }),
    );
    let answer = server.request("workspace/diagnostic", json!({ "previousResultIds": [] }));
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in answer["result"]["items"].as_array().unwrap() {
        for finding in file["items"].as_array().into_iter().flatten() {
            let at = file["uri"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
            found.entry(at).or_default().push(finding["code"].as_str().unwrap().to_owned());
        }
    }
    found
}

/// Renders every line in which two states of the files differ; a file that moved is compared with itself.
fn difference(
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
    moved: &dyn Fn(&str) -> String,
) -> String {
    let mut out = String::new();
    for (path, text) in old {
        let to = moved(path);
        let after = new.get(&to).unwrap_or_else(|| panic!("{to} is missing"));
        if to != *path {
            out.push_str(&format!("{path} -> {to}\n"));
        }
        assert_eq!(text.lines().count(), after.lines().count(), "{path}");
        for (a, b) in text.lines().zip(after.lines()).filter(|(a, b)| a != b) {
            out.push_str(&format!("{path}\n  - {a}\n  + {b}\n"));
        }
    }
    assert_eq!(old.len(), new.len());
    out
}

/// Instructions that name the folder go with it.
#[test]
fn a_rename_of_another_component_makes_no_new_finding_either() {
    let demo = Demo::new();
    let before = findings(&demo);
    let mut server = demo.server(careful());
    demo.open(&mut server, "specs/calculator.md");
    let mut params = demo.at("specs/calculator.md", "calculator\n");
    params["newName"] = json!("arithmetic");
    let answer = server.request("textDocument/rename", params);
    apply(&answer["result"], true);
    let renamed: BTreeMap<String, Vec<String>> = before
        .into_iter()
        .map(|(path, found)| (path.replace("calculator.md", "arithmetic.md"), found))
        .collect();
    assert_eq!(findings(&demo), renamed);
    assert!(demo.text(".github/instructions/calculator.instructions.md").contains("src/arithmetic/**/*.py"));
}

fn check_rename(confirmed: bool, expected: &Expect) {
    let demo = Demo::new();
    let before = (demo.files(), findings(&demo));
    let mut server = demo.server(careful());
    // One file is open, the others are not.
    demo.open(&mut server, "specs/reporting.md");
    let at = demo.at("specs/reporting.md", "pricing` (dev");
    let prepared = server.request("textDocument/prepareRename", at.clone());
    assert_eq!(prepared["result"]["placeholder"], "pricing", "{prepared}");
    let mut params = at;
    params["newName"] = json!("price_list");
    let answer = server.request("textDocument/rename", params);
    let edit = &answer["result"];
    let version = |path: &str| {
        let uri = file_uri(&demo.path(path));
        let operations = edit["documentChanges"].as_array().unwrap_or_else(|| panic!("{answer}"));
        let of = operations.iter().find(|operation| operation["textDocument"]["uri"] == uri).unwrap();
        of["textDocument"]["version"].clone()
    };
    assert_eq!(version("specs/reporting.md"), 1, "an open file is changed in the version that was read");
    assert_eq!(version("specs/pricing.md"), Value::Null);
    let annotation = &edit["changeAnnotations"]["stagegate/folders"];
    assert_eq!(annotation["needsConfirmation"], true);
    apply(edit, confirmed);
    let moved = |path: &str| {
        let path = path.replace("specs/pricing.md", "specs/price_list.md");
        if !confirmed {
            return path;
        }
        path.replace("src/pricing/", "src/price_list/")
            .replace("tests/test_pricing.py", "tests/test_price_list.py")
    };
    expected.assert_eq(&difference(&before.0, &demo.files(), &moved));
    if confirmed {
        let renamed = |findings: BTreeMap<String, Vec<String>>| {
            findings.into_iter().map(|(path, found)| (path.replace("pricing", "price_list"), found)).collect()
        };
        let expected: BTreeMap<String, Vec<String>> = renamed(before.1);
        assert_eq!(findings(&demo), expected, "a rename makes no new finding");
    }
}

#[test]
fn a_rename_changes_every_mention_and_nothing_else() {
    check_rename(
        true,
        &expect![[r#"
            specs/forecast.md
              - - `pricing` (staging) - the prices that a scenario starts from
              + - `price_list` (staging) - the prices that a scenario starts from
            specs/pricing.md -> specs/price_list.md
            specs/pricing.md
              - # Component Specification: Pricing
              + # Component Specification: Price List
            specs/pricing.md
              - **Component Name:** pricing
              + **Component Name:** price_list
            specs/pricing.md
              - Unit tests in `tests/test_pricing.py` compare whole error messages, and sums to the cent. In staging the
              + Unit tests in `tests/test_price_list.py` compare whole error messages, and sums to the cent. In staging the
            specs/reporting.md
              - - `pricing` (development) - the prices of the Monday list
              + - `price_list` (development) - the prices of the Monday list
            specs/totals.md
              - Totals adds up a column of numbers and rounds to the cent. Since `pricing` is in staging nothing new is built on
              + Totals adds up a column of numbers and rounds to the cent. Since `price_list` is in staging nothing new is built on
            specs/totals.md
              - it; it goes when `pricing` is in production.
              + it; it goes when `price_list` is in production.
            specs/totals.md
              - - [ ] Delete `src/totals`, its test and this file once `pricing` is in production
              + - [ ] Delete `src/totals`, its test and this file once `price_list` is in production
            src/pricing/MATURITY.md -> src/price_list/MATURITY.md
            src/pricing/MATURITY.md
              - # Pricing Maturity Status
              + # Price List Maturity Status
            src/pricing/__init__.py -> src/price_list/__init__.py
            src/pricing/price_list.py -> src/price_list/price_list.py
            src/reporting/MATURITY.md
              - - Pricing (Current Stage: Staging)
              + - Price List (Current Stage: Staging)
            src/totals/MATURITY.md
              - **Purpose**: Added up columns of numbers. `pricing` took its place.
              + **Purpose**: Added up columns of numbers. `price_list` took its place.
            src/totals/MATURITY.md
              - - **2026-10-30**: Deprecated in favour of `pricing`
              + - **2026-10-30**: Deprecated in favour of `price_list`
            tests/test_pricing.py -> tests/test_price_list.py
        "#]],
    );
}

#[test]
fn what_the_user_declines_stays() {
    check_rename(
        false,
        &expect![[r#"
            specs/forecast.md
              - - `pricing` (staging) - the prices that a scenario starts from
              + - `price_list` (staging) - the prices that a scenario starts from
            specs/pricing.md -> specs/price_list.md
            specs/pricing.md
              - # Component Specification: Pricing
              + # Component Specification: Price List
            specs/pricing.md
              - **Component Name:** pricing
              + **Component Name:** price_list
            specs/reporting.md
              - - `pricing` (development) - the prices of the Monday list
              + - `price_list` (development) - the prices of the Monday list
            specs/totals.md
              - Totals adds up a column of numbers and rounds to the cent. Since `pricing` is in staging nothing new is built on
              + Totals adds up a column of numbers and rounds to the cent. Since `price_list` is in staging nothing new is built on
            specs/totals.md
              - it; it goes when `pricing` is in production.
              + it; it goes when `price_list` is in production.
            specs/totals.md
              - - [ ] Delete `src/totals`, its test and this file once `pricing` is in production
              + - [ ] Delete `src/totals`, its test and this file once `price_list` is in production
            src/pricing/MATURITY.md
              - # Pricing Maturity Status
              + # Price List Maturity Status
            src/reporting/MATURITY.md
              - - Pricing (Current Stage: Staging)
              + - Price List (Current Stage: Staging)
            src/totals/MATURITY.md
              - **Purpose**: Added up columns of numbers. `pricing` took its place.
              + **Purpose**: Added up columns of numbers. `price_list` took its place.
            src/totals/MATURITY.md
              - - **2026-10-30**: Deprecated in favour of `pricing`
              + - **2026-10-30**: Deprecated in favour of `price_list`
        "#]],
    );
}

#[test]
fn a_client_that_cannot_ask_is_told_what_is_left() {
    let demo = Demo::new();
    let mut server = demo.server(json!({}));
    demo.open(&mut server, "specs/totals.md");
    let mut params = demo.at("specs/totals.md", "pricing` is in s");
    params["newName"] = json!("prices");
    let answer = server.request("textDocument/rename", params);
    let mut changed: Vec<_> = answer["result"]["changes"].as_object().unwrap().keys().cloned().collect();
    changed.sort();
    let names: Vec<_> = changed.iter().map(|uri| uri.rsplit('/').next().unwrap()).collect();
    assert!(names.contains(&"pricing.md") && names.contains(&"totals.md"), "{names:?}");
    let note = server.wait_for("the note", |m| m["method"] == "window/showMessage");
    expect!["`pricing` becomes `prices` wherever specs, MATURITY files and manifests name the component; sentences stay as they are. These paths keep the old name: `specs/pricing.md`, `src/pricing`, `tests/test_pricing.py`. Rename them too: until then, the source and tests of `prices` may count as missing."].assert_eq(note["params"]["message"].as_str().unwrap());
}

#[test]
fn a_rename_that_cannot_be_says_why() {
    let demo = Demo::new();
    let mut server = demo.server(careful());
    demo.open(&mut server, "specs/reporting.md");
    let mut refusal = |needle: &str, new: &str| {
        let mut params = demo.at("specs/reporting.md", needle);
        params["newName"] = json!(new);
        let answer = server.request("textDocument/rename", params);
        format!("{} {}\n", answer["error"]["code"], answer["error"]["message"].as_str().unwrap())
    };
    let all =
        [refusal("pricing` (dev", "totals"), refusal("pricing` (dev", "../../etc"), refusal("Overview", "x")];
    expect![[r#"
        -32803 `totals` (specs/totals.md) is another component. Choose a name that is free.
        -32803 `../../etc` cannot be the name of a component: it consists of letters, digits, `_` and `-`, at most 100 of them.
        -32803 No component is mentioned here, so there is nothing to rename.
    "#]].assert_eq(&all.concat());
    let mut closed = demo.at("specs/totals.md", "pricing` is in s");
    closed["newName"] = json!("prices");
    let answer = server.request("textDocument/rename", closed);
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("The document is not open"), "{message}");
    let nothing = server.request("textDocument/prepareRename", demo.at("specs/reporting.md", "Overview"));
    assert_eq!(nothing["result"], Value::Null);
    // The same name again changes nothing.
    let mut params = demo.at("specs/reporting.md", "pricing` (dev");
    params["newName"] = json!("pricing");
    let answer = server.request("textDocument/rename", params);
    assert_eq!(answer["result"], json!({}));
}

#[test]
fn names_and_stages_lead_to_where_they_are_defined() {
    let demo = Demo::new();
    let mut server = demo.server(careful());
    demo.open(&mut server, "specs/reporting.md");
    let mut go = |needle: &str| {
        let answer = server.request("textDocument/definition", demo.at("specs/reporting.md", needle));
        let links = answer["result"].as_array().unwrap_or_else(|| panic!("{answer}"));
        assert!(links[0]["originSelectionRange"].is_object());
        format!("{needle}: {}\n", demo.location(&links[0]))
    };
    let all = [go("pricing` (dev"), go("development) - the prices"), go("notifications` (dev")];
    expect![[r#"
        pricing` (dev: specs/pricing.md:2:20 "pricing"
        development) - the prices: src/pricing/MATURITY.md:2:19 "Staging"
        notifications` (dev: specs/notifications.md:2:20 "notifications"
    "#]]
    .assert_eq(&all.concat());
    // A client that knows no links gets one place.
    let mut server = demo.server(json!({}));
    demo.open(&mut server, "specs/pricing.md");
    let answer = server.request("textDocument/definition", demo.at("specs/pricing.md", "../data/prices.csv"));
    assert_eq!(answer["result"]["uri"], file_uri(&demo.path("data/prices.csv")));
}

#[test]
fn references_and_highlights_are_the_mentions() {
    let demo = Demo::new();
    let mut server = demo.server(careful());
    demo.open(&mut server, "specs/totals.md");
    let mut params = demo.at("specs/totals.md", "pricing` is in s");
    params["context"] = json!({ "includeDeclaration": true });
    let answer = server.request("textDocument/references", params.clone());
    expect![[r#"
        specs/forecast.md:37:3 "pricing"
        specs/pricing.md:0:27 "Pricing"
        specs/pricing.md:2:20 "pricing"
        specs/reporting.md:48:3 "pricing"
        specs/totals.md:12:66 "pricing"
        specs/totals.md:13:18 "pricing"
        specs/totals.md:44:56 "pricing"
        src/pricing/MATURITY.md:0:2 "Pricing"
        src/reporting/MATURITY.md:15:2 "Pricing"
        src/totals/MATURITY.md:10:43 "pricing"
        src/totals/MATURITY.md:17:43 "pricing"
    "#]]
    .assert_eq(&demo.locations(&answer));
    let all = answer["result"].as_array().unwrap().len();
    params["context"] = json!({ "includeDeclaration": false });
    let answer = server.request("textDocument/references", params.clone());
    // Its name, and the titles of its own two files.
    assert_eq!(answer["result"].as_array().unwrap().len(), all - 3);
    let answer = server.request("textDocument/documentHighlight", params);
    assert_eq!(answer["result"].as_array().unwrap().len(), 3, "{answer}");
}

#[test]
fn the_call_hierarchy_is_that_of_dependencies() {
    let demo = Demo::new();
    let mut server = demo.server(careful());
    demo.open(&mut server, "specs/reporting.md");
    let prepared =
        server.request("textDocument/prepareCallHierarchy", demo.at("specs/reporting.md", "reporting\n"));
    let item = prepared["result"][0].clone();
    let mut out = String::new();
    let mut add = |what: &str, calls: &Value, end: &str| {
        for call in calls["result"].as_array().unwrap_or_else(|| panic!("{calls}")) {
            let item = &call[end];
            out.push_str(&format!("{what} {} ({}) at {}", item["name"], item["detail"], demo.location(item)));
            out.push_str(&format!(", {} places\n", call["fromRanges"].as_array().unwrap().len()));
        }
    };
    let outgoing = server.request("callHierarchy/outgoingCalls", json!({ "item": item }));
    add("needs", &outgoing, "to");
    let pricing =
        outgoing["result"].as_array().unwrap().iter().find(|c| c["to"]["name"] == "pricing").unwrap();
    let incoming = server.request("callHierarchy/incomingCalls", json!({ "item": pricing["to"] }));
    add("needed by", &incoming, "from");
    expect![[r#"
        needs "notifications" ("development") at specs/notifications.md:2:20 "notifications", 1 places
        needs "pricing" ("staging") at specs/pricing.md:2:20 "pricing", 1 places
        needed by "forecast" ("no stage stated") at specs/forecast.md:2:20 "forecast", 1 places
        needed by "reporting" ("development") at specs/reporting.md:2:20 "reporting", 1 places
    "#]]
    .assert_eq(&out);
}

#[test]
fn what_can_be_typed_in_a_spec() {
    let demo = Demo::new();
    let mut server = demo.server(careful());
    let text = demo
        .text("specs/reporting.md")
        .replace("- `pricing` (development) - the prices of the Monday list", "- `pri");
    server.open(&demo.path("specs/reporting.md"), "markdown", 1, &text);
    let line = text.lines().position(|line| line == "- `pri").unwrap();
    let answer = server.request(
        "textDocument/completion",
        json!({ "textDocument": demo.document("specs/reporting.md"), "position": { "line": line, "character": 6 } }),
    );
    let items = answer["result"]["items"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let item = items.iter().find(|item| item["label"] == "pricing").unwrap();
    assert_eq!(item["detail"], "staging");
    assert_eq!(item["textEdit"]["newText"], "pricing` (staging) - ");
    assert_eq!(item["textEdit"]["range"]["start"]["character"], 3);
}

/// What is asked at the edges of a file is answered, and the server lives on.
#[test]
fn odd_places_are_answered() {
    let demo = Demo::new();
    let mut server = demo.server(careful());
    let text = "---\r\ncomponent: \"odd\"\r\n---\r\n# \u{1f680} Odd\r\n\r\n**Target Stage:** dev\r\n\r\n\u{1f680} `odd` and \u{1f680} `pricing`";
    let path = demo.path("specs/odd.md");
    server.open(&path, "markdown", 1, text);
    server.published(&path, Some(1));
    for (line, character) in [(0, 0), (1, 0), (1, 13), (7, 4), (7, 99), (99, 0), (4, 5)] {
        for method in [
            "definition",
            "references",
            "documentHighlight",
            "prepareRename",
            "rename",
            "prepareCallHierarchy",
            "completion",
        ] {
            let answer = server.request(
                &format!("textDocument/{method}"),
                json!({
                    "textDocument": demo.document("specs/odd.md"),
                    "position": { "line": line, "character": character },
                    "newName": "even",
                    "context": { "includeDeclaration": true, "triggerKind": 1 },
                }),
            );
            assert!(
                answer.get("result").is_some() || answer["error"]["code"] == -32803,
                "{method}: {answer}"
            );
        }
    }
    // Behind two characters outside of the first plane.
    let answer = server.request(
        "textDocument/documentHighlight",
        json!({ "textDocument": demo.document("specs/odd.md"), "position": { "line": 7, "character": 20 } }),
    );
    let range = &answer["result"][0]["range"];
    assert_eq!(
        (&range["start"]["character"], &range["end"]["character"]),
        (&json!(17), &json!(24)),
        "{answer}"
    );
}
