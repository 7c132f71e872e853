//! The built server over stdio: what one file says changes the findings of others, at once and in every way in which
//! files change.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stagegate_tests::demo::{Demo, copy, with_stage};
use stagegate_tests::lsp::{Server, file_uri};

const MISMATCH: &str = "maturity/stage-mismatch";

fn mismatches(diagnostics: &Value) -> Vec<&Value> {
    diagnostics.as_array().unwrap().iter().filter(|finding| finding["code"] == MISMATCH).collect()
}

/// Waits until so many disagreements are shown in the file at `path`; returns the list.
fn wait(server: &mut Server, path: &Path, count: usize) -> Value {
    loop {
        let published = server.published(path, None);
        if mismatches(&published["diagnostics"]).len() == count {
            return published;
        }
    }
}

fn change(path: &Path, version: i32, text: &str) -> Value {
    json!({
        "textDocument": { "uri": file_uri(path), "version": version },
        "contentChanges": [{ "text": text }],
    })
}

const SPEC: &str = "specs/reporting.md";
const MATURITY: &str = "src/reporting/MATURITY.md";

/// The open spec is never touched; only the MATURITY file on disk changes.
fn mends_on_disk(capabilities: Value, tell: impl Fn(&mut Server, &Path)) {
    let demo = Demo::new();
    demo.set_stage(MATURITY, "Staging");
    let (mut server, _) = Server::initialized(demo.root(), capabilities, json!({}));
    let (spec, maturity) = (demo.path(SPEC), demo.path(MATURITY));
    server.open(&spec, "markdown", 7, &demo.text(SPEC));
    assert_eq!(wait(&mut server, &spec, 1)["version"], 7);
    demo.set_stage(MATURITY, "Development");
    tell(&mut server, &maturity);
    assert_eq!(wait(&mut server, &spec, 0)["version"], 7);
    // An editor that writes a new file and moves it over the old one.
    fs::write(demo.path("src/reporting/.MATURITY.md.swp"), with_stage(&demo.text(MATURITY), "Production"))
        .unwrap();
    fs::rename(demo.path("src/reporting/.MATURITY.md.swp"), &maturity).unwrap();
    tell(&mut server, &maturity);
    wait(&mut server, &spec, 1);
    // The stage that the code declares counts once there is no MATURITY file.
    fs::remove_file(&maturity).unwrap();
    server.notify(
        "workspace/didChangeWatchedFiles",
        json!({ "changes": [{ "uri": file_uri(&maturity), "type": 3 }] }),
    );
    wait(&mut server, &spec, 0);
    let code = "src/reporting/__init__.py";
    demo.write(code, &demo.text(code).replace("\"development\"", "\"staging\""));
    tell(&mut server, &demo.path(code));
    wait(&mut server, &spec, 1);
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn a_file_on_disk_changes_an_open_one_where_the_client_watches() {
    let capabilities = json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } });
    mends_on_disk(capabilities, |server, path| {
        let changes = json!([{ "uri": file_uri(path), "type": 2 }]);
        server.notify("workspace/didChangeWatchedFiles", json!({ "changes": changes }));
    });
}

#[test]
fn a_file_on_disk_changes_an_open_one_where_the_server_watches() {
    mends_on_disk(json!({}), |_, _| {});
}

#[test]
fn unsaved_text_changes_other_files_until_it_is_closed() {
    let demo = Demo::new();
    let (mut server, _) = Server::initialized(demo.root(), json!({}), json!({}));
    let (spec, maturity) = (demo.path(SPEC), demo.path(MATURITY));
    // The spec is closed, the MATURITY file is not.
    server.open(&maturity, "markdown", 1, &demo.text(MATURITY));
    wait(&mut server, &maturity, 0);
    server
        .notify("textDocument/didChange", change(&maturity, 2, &with_stage(&demo.text(MATURITY), "Staging")));
    assert!(wait(&mut server, &spec, 1).get("version").is_none());
    // Both are open.
    server.open(&spec, "markdown", 1, &demo.text(SPEC));
    wait(&mut server, &spec, 1);
    server.notify("textDocument/didChange", change(&maturity, 3, &demo.text(MATURITY)));
    wait(&mut server, &spec, 0);
    server.notify(
        "textDocument/didChange",
        change(&maturity, 4, &with_stage(&demo.text(MATURITY), "Production")),
    );
    wait(&mut server, &spec, 1);
    server.notify("textDocument/didClose", json!({ "textDocument": { "uri": file_uri(&maturity) } }));
    assert_eq!(wait(&mut server, &spec, 0)["version"], 1);
    // Opened again with a text that was never saved.
    server.open(&maturity, "markdown", 1, "# This document has moved\n");
    server
        .notify("textDocument/didChange", change(&maturity, 2, &with_stage(&demo.text(MATURITY), "Staging")));
    wait(&mut server, &spec, 1);
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn a_spec_that_comes_and_goes_is_part_of_the_picture_while_it_is_there() {
    let demo = Demo::new();
    let (mut server, _) = Server::initialized(demo.root(), json!({}), json!({}));
    let maturity = demo.path("src/pricing/MATURITY.md");
    server.open(&maturity, "markdown", 1, &demo.text("src/pricing/MATURITY.md"));
    wait(&mut server, &maturity, 0);
    server.request("workspace/diagnostic", json!({ "previousResultIds": [] }));
    let text =
        "# Prices\n\n**Component Name:** pricing\n**Status:** Production\n**Target Stage:** production\n";
    demo.write("docs/more/prices.md", text);
    wait(&mut server, &maturity, 1);
    fs::remove_dir_all(demo.path("docs/more")).unwrap();
    wait(&mut server, &maturity, 0);
    // Not on disk at all yet.
    let new = demo.path("specs/never-saved.md");
    server.open(&new, "markdown", 1, text);
    wait(&mut server, &maturity, 1);
    server.notify("textDocument/didClose", json!({ "textDocument": { "uri": file_uri(&new) } }));
    wait(&mut server, &maturity, 0);
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn a_configuration_that_hides_a_file_hides_what_it_says() {
    let demo = Demo::new();
    demo.set_stage(MATURITY, "Staging");
    let (mut server, _) = Server::initialized(demo.root(), json!({}), json!({}));
    let spec = demo.path(SPEC);
    server.open(&spec, "markdown", 1, &demo.text(SPEC));
    wait(&mut server, &spec, 1);
    demo.write("stagegate.yaml", "files:\n  exclude: ['**/MATURITY.md']\n");
    wait(&mut server, &spec, 0);
    fs::remove_file(demo.path("stagegate.yaml")).unwrap();
    wait(&mut server, &spec, 1);
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn an_inner_folder_of_the_workspace_has_components_of_its_own() {
    let demo = Demo::new();
    // The same component once more, in another stage, in a folder that is opened as well.
    copy(&demo.path("specs"), &demo.path("inner/specs"));
    copy(&demo.path("src"), &demo.path("inner/src"));
    let inner = "inner/src/reporting/MATURITY.md";
    demo.set_stage(inner, "Staging");
    let folder = |path: &Path| json!({ "uri": file_uri(path), "name": "w" });
    let folders = [folder(demo.root()), folder(&demo.path("inner"))];
    let mut server = Server::start(demo.root());
    server.request("initialize", json!({ "capabilities": {}, "workspaceFolders": folders }));
    server.notify("initialized", json!({}));
    server.open(&demo.path(SPEC), "markdown", 1, &demo.text(SPEC));
    server.request("workspace/diagnostic", json!({ "previousResultIds": [] }));
    server.notify("textDocument/didSave", json!({ "textDocument": { "uri": file_uri(&demo.path(SPEC)) } }));
    wait(&mut server, &demo.path("inner/specs/reporting.md"), 1);
    let outer = server
        .request("textDocument/diagnostic", json!({ "textDocument": { "uri": file_uri(&demo.path(SPEC)) } }));
    assert_eq!(mismatches(&outer["result"]["items"]).len(), 0, "{outer}");
    demo.set_stage(inner, "Development");
    wait(&mut server, &demo.path("inner/specs/reporting.md"), 0);
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn a_client_that_pulls_is_told_to_pull_again() {
    let demo = Demo::new();
    let capabilities = json!({
        "textDocument": { "diagnostic": {} },
        "workspace": { "diagnostics": { "refreshSupport": true } },
    });
    let (mut server, _) = Server::initialized(demo.root(), capabilities, json!({}));
    let (spec, maturity) = (demo.path(SPEC), demo.path(MATURITY));
    server.open(&maturity, "markdown", 1, &demo.text(MATURITY));
    let all = server.request("workspace/diagnostic", json!({ "previousResultIds": [] }));
    let items = all["result"]["items"].as_array().unwrap();
    let previous: Vec<_> =
        items.iter().map(|item| json!({ "uri": item["uri"], "value": item["resultId"] })).collect();
    let named = |path: &Path| items.iter().any(|item| item["uri"] == file_uri(path));
    assert!(!named(&demo.path("README.md")) && !named(&demo.path("docs/architecture.md")), "{items:?}");
    server.drain();
    server
        .notify("textDocument/didChange", change(&maturity, 2, &with_stage(&demo.text(MATURITY), "Staging")));
    server.wait_for("a refresh", |message| message["method"] == "workspace/diagnostic/refresh");
    let pulled =
        server.request("textDocument/diagnostic", json!({ "textDocument": { "uri": file_uri(&spec) } }));
    assert_eq!(mismatches(&pulled["result"]["items"]).len(), 1, "{pulled}");
    let all = server.request("workspace/diagnostic", json!({ "previousResultIds": previous }));
    let items = all["result"]["items"].as_array().unwrap();
    let spec = items.iter().find(|item| item["uri"] == file_uri(&spec)).unwrap();
    assert_eq!(mismatches(&spec["items"]).len(), 1, "{spec}");
    assert_eq!(server.shutdown(), 0);
}

/// The place in the other file counts in the client's units, whether that file is open or not.
#[test]
fn related_places_in_other_files_are_where_they_are() {
    for (encoding, rocket) in [("utf-16", 2), ("utf-8", 4), ("utf-32", 1)] {
        let demo = Demo::new();
        let text = with_stage(&demo.text(MATURITY), "\u{1f680} Staging");
        demo.write(MATURITY, &text);
        let capabilities = json!({
            "general": { "positionEncodings": [encoding] },
            "textDocument": { "publishDiagnostics": { "relatedInformation": true } },
        });
        let (mut server, _) = Server::initialized(demo.root(), capabilities, json!({}));
        let (spec, maturity) = (demo.path(SPEC), demo.path(MATURITY));
        server.open(&spec, "markdown", 1, &demo.text(SPEC));
        let place = |published: &Value| {
            let found = mismatches(&published["diagnostics"])[0].clone();
            let related = found["relatedInformation"].as_array().unwrap_or_else(|| panic!("{found}"));
            let there = related.iter().find(|there| there["location"]["uri"] == file_uri(&maturity));
            there.unwrap_or_else(|| panic!("{found}"))["location"]["range"].clone()
        };
        let start = "**Current Stage**: ".len();
        let end = start + rocket + " Staging".len();
        let on = |line: u32| json!({ "start": { "line": line, "character": start }, "end": { "line": line, "character": end } });
        assert_eq!(place(&wait(&mut server, &spec, 1)), on(2), "{encoding}");
        // In the editor it stands further down; the finding is another one, so it is shown anew.
        let moved = format!("\n\n{}", text.replace("Staging", "Product"));
        server.open(&maturity, "markdown", 1, &format!("\n\n{text}"));
        server
            .notify("textDocument/didChange", change(&maturity, 2, &moved.replace("Product", "Production")));
        let published = loop {
            let published = wait(&mut server, &spec, 1);
            if published.to_string().contains("production") {
                break published;
            }
        };
        assert_eq!(place(&published)["start"], json!({ "line": 4, "character": start }), "{encoding}");
        assert_eq!(server.shutdown(), 0);
    }
}

/// A break instead of a blank moves all that follows to another line, and not by a byte.
#[test]
fn a_related_place_follows_the_lines_above_it() {
    let demo = Demo::new();
    let with = |words: &str| format!("# Reporting\n\n{words}\n\n**Current Stage**: Staging\n");
    let text = with("Puts reports together.");
    demo.write(MATURITY, &text);
    let capabilities = json!({ "textDocument": { "publishDiagnostics": { "relatedInformation": true } } });
    let (mut server, _) = Server::initialized(demo.root(), capabilities, json!({}));
    let (spec, maturity) = (demo.path(SPEC), demo.path(MATURITY));
    let line = |finding: &Value| {
        let related = finding["relatedInformation"].as_array().unwrap_or_else(|| panic!("{finding}"));
        let there = related.iter().find(|there| there["location"]["uri"] == file_uri(&maturity)).unwrap();
        there["location"]["range"]["start"].clone()
    };
    let wait_at = |server: &mut Server, expected: (usize, usize)| {
        let expected = json!({ "line": expected.0, "character": expected.1 });
        while line(mismatches(&wait(server, &spec, 1)["diagnostics"])[0]) != expected {}
    };
    let column = "**Current Stage**: ".len();
    wait_at(&mut server, (4, column));
    // On disk, while all is closed.
    demo.write(MATURITY, &with("Puts reports\ntogether."));
    wait_at(&mut server, (5, column));
    // In an editor.
    server.open(&maturity, "markdown", 1, &text);
    wait_at(&mut server, (4, column));
    let broken = with("Puts\nreports\ntogether.");
    server.notify("textDocument/didChange", change(&maturity, 2, &broken));
    wait_at(&mut server, (6, column));
    // Who pulls is told so as well.
    let pull = |server: &mut Server, previous: Value| {
        let all = server.request("workspace/diagnostic", json!({ "previousResultIds": previous }));
        let items = all["result"]["items"].as_array().unwrap().clone();
        items.into_iter().find(|item| item["uri"] == file_uri(&spec)).unwrap()
    };
    let pulled = pull(&mut server, json!([]));
    assert_eq!(line(mismatches(&pulled["items"])[0])["line"], 6);
    server.notify("textDocument/didChange", change(&maturity, 3, &text));
    wait_at(&mut server, (4, column));
    let previous = json!([{ "uri": file_uri(&spec), "value": pulled["resultId"] }]);
    let pulled = pull(&mut server, previous);
    assert_eq!(line(mismatches(&pulled["items"])[0])["line"], 4, "{pulled}");
    assert_eq!(server.shutdown(), 0);
}

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }
}

/// Edits everywhere in a spec while another file changes on disk: in the end it is as if nothing had been before.
#[test]
fn a_flood_of_edits_ends_where_a_fresh_server_begins() {
    let demo = Demo::new();
    let (mut server, _) = Server::initialized(demo.root(), json!({}), json!({}));
    let spec = demo.path(SPEC);
    // Columns are bytes in it.
    let mut text = demo.text(SPEC).replace(|c: char| !c.is_ascii(), "");
    server.open(&spec, "markdown", 0, &text);
    let mut numbers = Numbers(17);
    let pieces = [
        "a",
        "\n",
        "#",
        "# ",
        "\n## ",
        "**",
        "- [x] ",
        "```\n",
        "---\n",
        "<!--",
        "-->",
        "`pricing` (staging)",
    ];
    for version in 1..=2_000 {
        let at = numbers.below(text.len());
        let removed = if numbers.below(2) == 0 { numbers.below(12).min(text.len() - at) } else { 0 };
        let inserted = if removed == 0 { pieces[numbers.below(pieces.len())] } else { "" };
        let position = |at: usize| {
            let line_start = text[..at].rfind('\n').map_or(0, |i| i + 1);
            json!({ "line": text[..at].matches('\n').count(), "character": at - line_start })
        };
        let range = json!({ "start": position(at), "end": position(at + removed) });
        server.notify(
            "textDocument/didChange",
            json!({
                "textDocument": { "uri": file_uri(&spec), "version": version },
                "contentChanges": [{ "range": range, "text": inserted }],
            }),
        );
        text.replace_range(at..at + removed, inserted);
        if version % 100 == 0 {
            demo.set_stage(MATURITY, if version % 200 == 0 { "Staging" } else { "Development" });
        }
    }
    // The metadata is whole again at the end, so that something is found.
    let end = demo.text(SPEC) + &text;
    server.notify("textDocument/didChange", change(&spec, 2_001, &end));
    let fresh = {
        let (mut fresh, _) = Server::initialized(demo.root(), json!({}), json!({}));
        fresh.open(&spec, "markdown", 1, &end);
        wait(&mut fresh, &spec, 1)["diagnostics"].clone()
    };
    loop {
        let published = server.published(&spec, Some(2_001));
        if published["diagnostics"] == fresh {
            break;
        }
    }
    // Nothing older follows, and nothing else.
    std::thread::sleep(Duration::from_millis(300));
    let mut last = (0, fresh.clone());
    for message in server.drain() {
        let params = &message["params"];
        if message["method"] == "textDocument/publishDiagnostics" && params["uri"] == file_uri(&spec) {
            let version = params["version"].as_i64().unwrap();
            assert!(version >= last.0, "{version} follows {}", last.0);
            last = (version, params["diagnostics"].clone());
        }
    }
    assert!(last.0 < 2_001 || last.1 == fresh, "{last:?}");
    assert_eq!(server.shutdown(), 0);
}

/// Longest time that a hostile file may take to be answered, on a machine that is busy with other tests.
const GENEROUS: Duration = Duration::from_secs(20);

#[test]
fn hostile_specs_are_answered_in_time() {
    let head = "# T\n\n**Component Name:** x\n**Target Stage:** staging\n\n";
    let mut headings = head.to_owned();
    for i in 0..10_000 {
        write!(headings, "## Section {i}\n\n{}\n\n", "words ".repeat(14)).unwrap();
    }
    let table = "- item\n\n  | a | b |\n  | --- | --- |\n  | ≥70% | `x` |\n".repeat(20_000);
    let nested: String =
        (0..2_000).map(|depth| format!("{}- item {depth}\n", "  ".repeat(depth % 500))).collect();
    let cases = [
        ("headings", headings),
        ("an unclosed fence", format!("{head}```\n{}", "# no\n".repeat(200_000))),
        ("tables in lists", format!("{head}## Dependencies\n\n{table}")),
        ("deep lists", format!("{head}## Acceptance Criteria\n\n{nested}")),
        ("one line", format!("{head}{}", "[[x]] ≥ 1% ".repeat(80_000))),
        ("marks", format!("{head}{}", "*_`[(<!".repeat(100_000))),
        ("front matter that never ends", format!("---\n{}", "a: [\n".repeat(200_000))),
    ];
    let folder = tempfile::tempdir().unwrap();
    let (mut server, _) = Server::initialized(folder.path(), json!({}), json!({}));
    for (i, (what, text)) in cases.iter().enumerate() {
        let file = folder.path().join(format!("specs/s{i}.md"));
        let started = Instant::now();
        server.open(&file, "markdown", 1, text);
        server.published(&file, Some(1));
        for version in 2..12 {
            let line = (version * 7_919) % 9_000;
            let at = json!({ "line": line, "character": 0 });
            server.notify(
                "textDocument/didChange",
                json!({
                    "textDocument": { "uri": file_uri(&file), "version": version },
                    "contentChanges": [{ "range": { "start": at, "end": at }, "text": "x" }],
                }),
            );
            server.published(&file, Some(version));
        }
        assert!(started.elapsed() < GENEROUS, "{what}: {:?}", started.elapsed());
        server.notify("textDocument/didClose", json!({ "textDocument": { "uri": file_uri(&file) } }));
    }
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn a_chain_of_five_thousand_components_is_followed_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("specs")).unwrap();
    for i in 0..5_000 {
        let text = format!(
            "# C\n\n**Component Name:** c{i}\n**Status:** staging\n**Target Stage:** staging\n\n## Dependencies\n\n- `c{}` (staging)\n",
            (i + 1) % 5_000
        );
        fs::write(root.join(format!("specs/c{i}.md")), text).unwrap();
    }
    let started = Instant::now();
    let (mut server, _) = Server::initialized(root, json!({}), json!({}));
    server.request("workspace/diagnostic", json!({ "previousResultIds": [] }));
    let last = root.join("src/c4999/MATURITY.md");
    server.open(&last, "markdown", 1, "# C\n\n**Current Stage**: Development\n");
    wait(&mut server, &root.join("specs/c4999.md"), 1);
    assert!(started.elapsed() < GENEROUS * 3, "{:?}", started.elapsed());
    assert_eq!(server.shutdown(), 0);
}
