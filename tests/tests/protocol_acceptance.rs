//! What a developer sees who opens the spec of `reporting` in the demo, while somebody else promotes what it needs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;

use serde_json::{Value, json};
use stagegate_tests::demo::Demo;
use stagegate_tests::lsp::{Server, file_uri};

const SPEC: &str = "specs/reporting.md";
const NEEDED: &str = "src/notifications/MATURITY.md";
const RULE: &str = "maturity/dependency-below-target";

fn of_rule<'a>(published: &'a Value, rule: &str) -> Vec<&'a Value> {
    published["diagnostics"].as_array().unwrap().iter().filter(|finding| finding["code"] == rule).collect()
}

/// Returns the text of a file at a range within one line, in UTF-16.
fn text_at(text: &str, range: &Value) -> String {
    let at = |end: &str, key: &str| usize::try_from(range[end][key].as_u64().unwrap()).unwrap();
    assert_eq!(at("start", "line"), at("end", "line"), "{range}");
    let line: Vec<u16> = text.lines().nth(at("start", "line")).unwrap().encode_utf16().collect();
    String::from_utf16(&line[at("start", "character")..at("end", "character")]).unwrap()
}

fn document(path: &Path) -> Value {
    json!({ "textDocument": { "uri": file_uri(path) } })
}

fn lenses(server: &mut Server, spec: &Path) -> Vec<String> {
    let answer = server.request("textDocument/codeLens", document(spec));
    let lenses = answer["result"].as_array().unwrap_or_else(|| panic!("{answer}"));
    lenses.iter().map(|lens| lens["command"]["title"].as_str().unwrap().to_owned()).collect()
}

/// Returns the hint behind the dependency on `name`.
fn hint(server: &mut Server, spec: &Path, text: &str, name: &str) -> String {
    let line = text.lines().position(|line| line.starts_with(&format!("- `{name}`"))).unwrap();
    let mut params = document(spec);
    let at = |line: usize| json!({ "line": line, "character": 0 });
    params["range"] = json!({ "start": at(line), "end": at(line + 1) });
    let answer = server.request("textDocument/inlayHint", params);
    let hints = answer["result"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let labels: Vec<_> = hints.iter().map(|hint| hint["label"].as_str().unwrap()).collect();
    labels.join(" | ")
}

fn promoted_elsewhere(mut capabilities: Value, tell: impl Fn(&mut Server, &Path)) {
    let demo = Demo::new();
    let (spec, needed) = (demo.path(SPEC), demo.path(NEEDED));
    let text = demo.text(SPEC);
    capabilities["textDocument"] = json!({ "publishDiagnostics": { "relatedInformation": true } });
    for view in ["codeLens", "inlayHint"] {
        capabilities["workspace"][view] = json!({ "refreshSupport": true });
    }
    let (mut server, _) = Server::initialized(demo.root(), capabilities, json!({}));
    server.open(&spec, "markdown", 3, &text);

    // The error stands on the dependency, and leads to the line in the other file that makes it one.
    let published = loop {
        let published = server.published(&spec, Some(3));
        if !of_rule(&published, RULE).is_empty() {
            break published;
        }
    };
    let found = of_rule(&published, RULE);
    assert_eq!(found.len(), 1, "pricing is in staging: {published}");
    assert_eq!(found[0]["severity"], 1);
    assert_eq!(text_at(&text, &found[0]["range"]), "`notifications` (development)");
    let related = found[0]["relatedInformation"].as_array().unwrap();
    assert_eq!(related[0]["location"]["uri"], file_uri(&needed));
    assert_eq!(text_at(&demo.text(NEEDED), &related[0]["location"]["range"]), "Development");
    // What the list says of pricing is out of date, and known to be.
    let outdated = of_rule(&published, "maturity/dependency-stage-outdated");
    assert_eq!(outdated.len(), 1, "{published}");

    let before = lenses(&mut server, &spec);
    assert_eq!(before[0], "Development \u{2192} Staging");
    assert!(before.contains(&"1 blocker".to_owned()), "{before:?}");
    assert_eq!(hint(&mut server, &spec, &text, "notifications"), "below staging");
    assert_eq!(hint(&mut server, &spec, &text, "pricing"), "now: staging");
    server.drain();

    // Somebody promotes what it needs; nobody touches the spec.
    demo.set_stage(NEEDED, "Staging");
    tell(&mut server, &needed);
    let published = loop {
        let published = server.published(&spec, None);
        if of_rule(&published, RULE).is_empty() {
            break published;
        }
    };
    assert_eq!(published["version"], 3);
    assert_eq!(of_rule(&published, "maturity/dependency-stage-outdated").len(), 2, "{published}");
    server.wait_for("codeLens/refresh", |m| m["method"] == "workspace/codeLens/refresh");
    server.wait_for("inlayHint/refresh", |m| m["method"] == "workspace/inlayHint/refresh");
    let after = lenses(&mut server, &spec);
    assert!(!after.iter().any(|title| title.contains("blocker")), "{after:?}");
    assert_eq!(hint(&mut server, &spec, &text, "notifications"), "now: staging");
    assert_eq!(server.shutdown(), 0);
}

#[test]
fn a_promotion_on_disk_takes_the_error_away_where_the_client_watches() {
    let watches = json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } });
    promoted_elsewhere(watches, |server, path| {
        let changes = json!([{ "uri": file_uri(path), "type": 2 }]);
        server.notify("workspace/didChangeWatchedFiles", json!({ "changes": changes }));
    });
}

#[test]
fn a_promotion_on_disk_takes_the_error_away_where_the_server_watches() {
    promoted_elsewhere(json!({}), |_, _| {});
}
