//! One file by several ways: links, and URIs that are written otherwise. It is one file all the same: its newest text
//! counts, and its findings are shown once.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stagegate_tests::demo::{Demo, with_stage};
use stagegate_tests::lsp::{Server, file_uri};

const SPEC: &str = "specs/reporting.md";
const MATURITY: &str = "src/reporting/MATURITY.md";
const MISMATCH: &str = "maturity/stage-mismatch";

/// The demo with another way that leads to it.
struct Linked {
    demo: Demo,
    link: PathBuf,
    _folder: tempfile::TempDir,
}

impl Linked {
    fn new() -> Linked {
        let (demo, folder) = (Demo::new(), tempfile::tempdir().unwrap());
        let link = folder.path().join("link");
        symlink(demo.root(), &link).unwrap();
        Linked { demo, link, _folder: folder }
    }
}

/// The demo has disagreements about other components.
fn of_interest(uri: &str) -> bool {
    uri.ends_with("reporting.md") || uri.ends_with("reporting/MATURITY.md") || uri.ends_with("%4DATURITY.md")
}

/// What a client shows: by URI, how many disagreements there are. Versions never go back.
#[derive(Default)]
struct Shown {
    mismatches: BTreeMap<String, usize>,
    versions: BTreeMap<String, i64>,
}

impl Shown {
    fn take(&mut self, server: &mut Server) {
        for message in server.drain() {
            let params = &message["params"];
            if message["method"] != "textDocument/publishDiagnostics" {
                continue;
            }
            let uri = params["uri"].as_str().unwrap().to_owned();
            if !of_interest(&uri) {
                continue;
            }
            if let Some(version) = params["version"].as_i64() {
                let before = self.versions.insert(uri.clone(), version);
                assert!(before.is_none_or(|before| before <= version), "{before:?} before {message}");
            }
            let found = params["diagnostics"].as_array().unwrap();
            let found = found.iter().filter(|finding| finding["code"] == MISMATCH).count();
            if found == 0 {
                self.mismatches.remove(&uri)
            } else {
                self.mismatches.insert(uri, found)
            };
        }
    }

    /// Waits until disagreements are shown at exactly these URIs, and stay there.
    fn settle(&mut self, server: &mut Server, expected: &[&str]) {
        let end = Instant::now() + Duration::from_secs(15);
        let mut quiet = 0;
        while quiet < 15 {
            std::thread::sleep(Duration::from_millis(20));
            self.take(server);
            let same = self.mismatches.keys().map(String::as_str).eq(expected.iter().copied());
            quiet = if same { quiet + 1 } else { 0 };
            assert!(Instant::now() < end, "expected at {expected:?}, shown: {:?}", self.mismatches);
        }
    }
}

fn open(server: &mut Server, uri: &str, text: &str) {
    let item = json!({ "uri": uri, "languageId": "markdown", "version": 1, "text": text });
    server.notify("textDocument/didOpen", json!({ "textDocument": item }));
}

fn change(server: &mut Server, uri: &str, version: i32, text: &str) {
    server.notify(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": uri, "version": version }, "contentChanges": [{ "text": text }] }),
    );
}

fn close(server: &mut Server, uri: &str) {
    server.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
}

fn pull_mismatches(server: &mut Server) -> Vec<String> {
    let all = server.request("workspace/diagnostic", json!({ "previousResultIds": [] }));
    let items = all["result"]["items"].as_array().unwrap().iter();
    let with = items.filter(|item| {
        item["items"].as_array().is_some_and(|found| found.iter().any(|found| found["code"] == MISMATCH))
    });
    let uris = with.map(|item| item["uri"].as_str().unwrap().to_owned());
    let mut uris: Vec<_> = uris.filter(|uri| of_interest(uri)).collect();
    uris.sort_unstable();
    uris
}

/// The folder of the workspace and the documents are reached by different ways.
fn one_file_by_two_ways(folder: &Path, documents: &Path, demo: &Demo) {
    let (mut server, _) = Server::initialized(folder, json!({}), json!({}));
    let mut shown = Shown::default();
    let uri = |root: &Path, file: &str| file_uri(&root.join(file));
    let (spec, maturity) = (uri(documents, SPEC), uri(documents, MATURITY));
    let text = demo.text(MATURITY);
    open(&mut server, &maturity, &text);
    shown.settle(&mut server, &[]);
    // What the editor has counts, for the closed spec as well.
    change(&mut server, &maturity, 2, &with_stage(&text, "Staging"));
    let closed = uri(folder, SPEC);
    let mut expected = [closed.as_str(), maturity.as_str()];
    expected.sort_unstable();
    shown.settle(&mut server, &expected);
    // The file on disk is written by somebody else: it still does.
    demo.write(MATURITY, &format!("{text}\n"));
    let changed = json!({ "changes": [{ "uri": uri(folder, MATURITY), "type": 2 }] });
    server.notify("workspace/didChangeWatchedFiles", changed.clone());
    shown.settle(&mut server, &expected);
    // A file that comes makes all files be looked at.
    demo.write("docs/other.md", "# Other\n");
    shown.settle(&mut server, &expected);
    // The spec is opened as well, and shown there only.
    open(&mut server, &spec, &demo.text(SPEC));
    let mut expected = [spec.as_str(), maturity.as_str()];
    expected.sort_unstable();
    shown.settle(&mut server, &expected);
    assert_eq!(pull_mismatches(&mut server), expected);
    close(&mut server, &spec);
    shown.settle(&mut server, &expected);
    close(&mut server, &maturity);
    shown.settle(&mut server, &[]);
    assert_eq!(pull_mismatches(&mut server), [""; 0]);
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn a_folder_that_is_opened_by_a_link_holds_the_documents_that_are_not() {
    let linked = Linked::new();
    one_file_by_two_ways(&linked.link, linked.demo.root(), &linked.demo);
}

#[test]
fn a_document_that_is_opened_by_a_link_is_that_of_the_folder() {
    let linked = Linked::new();
    one_file_by_two_ways(linked.demo.root(), &linked.link, &linked.demo);
}

#[test]
fn the_newest_of_two_documents_of_one_file_counts() {
    let demo = Demo::new();
    let (mut server, _) = Server::initialized(demo.root(), json!({}), json!({}));
    let mut shown = Shown::default();
    let (spec, plain) = (file_uri(&demo.path(SPEC)), file_uri(&demo.path(MATURITY)));
    let other = plain.replace("MATURITY", "%4DATURITY");
    let text = demo.text(MATURITY);
    let (fits, staging) = (text.clone(), with_stage(&text, "Staging"));
    open(&mut server, &plain, &staging);
    let both = |a: &str| {
        let mut both = [a.to_owned(), spec.clone()];
        both.sort_unstable();
        both
    };
    let settle = |shown: &mut Shown, server: &mut Server, uri: &str| {
        let both = both(uri);
        shown.settle(server, &[&both[0], &both[1]]);
    };
    settle(&mut shown, &mut server, &plain);
    open(&mut server, &other, &fits);
    shown.settle(&mut server, &[]);
    change(&mut server, &plain, 2, &format!("{staging}\n"));
    settle(&mut shown, &mut server, &plain);
    // What it says is what it said when it was opened; another one has counted since.
    change(&mut server, &other, 2, &fits);
    shown.settle(&mut server, &[]);
    change(&mut server, &other, 3, &staging);
    settle(&mut shown, &mut server, &other);
    assert_eq!(pull_mismatches(&mut server), both(&other));
    let ask = |server: &mut Server, uri: &str| {
        let answer = server.request("textDocument/diagnostic", json!({ "textDocument": { "uri": uri } }));
        answer["result"]["items"].as_array().unwrap().iter().any(|found: &Value| found["code"] == MISMATCH)
    };
    assert!(ask(&mut server, &other) && !ask(&mut server, &plain));
    close(&mut server, &other);
    settle(&mut shown, &mut server, &plain);
    close(&mut server, &plain);
    shown.settle(&mut server, &[]);
    // On disk it is as it was.
    demo.write(MATURITY, &staging);
    settle(&mut shown, &mut server, &plain);
    assert_eq!(server.shutdown(), 0);
}
