//! Whatever happened before, the server shows what a fresh check of the whole workspace finds.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stagegate_tests::lsp::{Server, file_uri};

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const NAMES: [&str; 7] = ["alpha", "beta", "gamma", "delta", "Gam-ma", "epsilon", "gammma"];
const STAGES: [&str; 6] = ["experimental", "development", "staging", "production", "deprecated", "someday"];

const PATHS: [&str; 18] = [
    "specs/alpha.md",
    "specs/beta.md",
    "specs/gamma.md",
    "specs/more/delta.md",
    "specs/feature.md",
    "specs/epsilon.md",
    "docs/page.md",
    "src/alpha/MATURITY.md",
    "src/beta/MATURITY.md",
    "src/gamma/MATURITY.md",
    "src/alpha/__init__.py",
    "src/beta/__init__.py",
    "src/epsilon/__init__.py",
    "src/delta/package.json",
    "tests/test_alpha.py",
    "coverage.json",
    "junit.xml",
    "stagegate.yaml",
];

/// Writes some text that suits the path, or at times does not.
fn text(numbers: &mut Numbers, path: &str) -> String {
    let (name, other) = (numbers.pick(&NAMES), numbers.pick(&NAMES));
    let (stage, target, listed) = (numbers.pick(&STAGES), numbers.pick(&STAGES), numbers.pick(&STAGES));
    let lead = "\u{feff}".repeat(usize::from(numbers.below(12) == 0));
    let text = match path {
        "stagegate.yaml" => match numbers.below(3) {
            0 => "rules:\n  \"maturity/tests-missing\": off\n".to_owned(),
            1 => "files:\n  exclude: ['docs/**']\n".to_owned(),
            _ => String::new(),
        },
        // What tools write is evidence, until a file that it is about is newer.
        "coverage.json" => {
            let covered = numbers.below(3);
            let file = format!("src/{}/__init__.py", NAMES[numbers.below(2)]);
            return json!({
                "meta": { "format": 3, "version": "7.0.0" },
                "files": { file: {
                    "executed_lines": [], "missing_lines": [],
                    "summary": { "covered_lines": covered, "num_statements": 2, "percent_covered": covered * 50 },
                }},
                "totals": { "covered_lines": covered, "num_statements": 2 },
            })
            .to_string();
        }
        "junit.xml" => {
            let failure = if numbers.below(2) == 0 { "<failure message=\"no\"/>" } else { "" };
            let end = if numbers.below(5) == 0 { "" } else { "</testsuites>" };
            return format!(
                "<testsuites><testsuite name=\"tests.test_{name}\"><testcase classname=\"tests.test_{name}\" name=\"t\" file=\"tests/test_alpha.py\">{failure}</testcase></testsuite>{end}"
            );
        }
        "specs/feature.md" => format!("# F\n\n**Feature ID:** F-1\n**Component:** {name}, {other}\n"),
        "specs/epsilon.md" => {
            "# Epsilon\n\n## Overview\nSee [[alpha]] and [it](../specs/alpha.md#x).\n".to_owned()
        }
        _ if path.ends_with(".py") => format!("__maturity__ = \"{stage}\"\n"),
        _ if path.ends_with(".json") => format!("{{\"stagegate\": {{\"stage\": \"{stage}\"}}}}\n"),
        _ if path.ends_with("MATURITY.md") => {
            format!(
                "# M\n\n**Current Stage**: {stage}\n\n## Dependencies\n\n- {other} (Current Stage: {listed})\n"
            )
        }
        _ => {
            let named = if numbers.below(4) == 0 { "" } else { "**Component Name:** " };
            let ended = if numbers.below(6) == 0 { "\r\n" } else { "\n" };
            format!(
                "# \u{1f680} S\n\n{named}{}\n**Status:** {stage}\n**Target Stage:** {target}\n\n## Overview\n[[beta]] [x](../src/alpha/__init__.py)\n\n## Dependencies\n\n- `{other}` ({listed}) - \u{1f680}\n- `{}` ({target})\n",
                if named.is_empty() { "" } else { name },
                numbers.pick(&NAMES),
            )
            .replace('\n', ended)
        }
    };
    lead + &text
}

/// What is found: by file, sorted.
type Found = BTreeMap<String, Vec<(u64, u64, u64, u64, String, String)>>;

fn entry(range: &Value, code: &Value, message: &str) -> (u64, u64, u64, u64, String, String) {
    let at = |end: &str, key: &str| range[end][key].as_u64().unwrap();
    (
        at("start", "line"),
        at("start", "character"),
        at("end", "line"),
        at("end", "character"),
        code.as_str().unwrap().to_owned(),
        message.to_owned(),
    )
}

fn checked(root: &Path) -> Found {
    let mut command = Command::new(stagegate_tests::binary());
    let output = command.args(["check", "--format", "json"]).arg(root).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut found = Found::new();
    for finding in report["diagnostics"].as_array().unwrap() {
        let path = finding["path"].as_str().unwrap().to_owned();
        let message = finding["message"].as_str().unwrap();
        found.entry(path).or_default().push(entry(&finding["range"], &finding["code"], message));
    }
    found.values_mut().for_each(|list| list.sort());
    found
}

/// What the client shows, as the server told it.
#[derive(Default)]
struct Shown(Found);

impl Shown {
    fn take(&mut self, server: &mut Server, root: &Path) {
        let prefix = file_uri(root) + "/";
        for message in server.drain() {
            if message["method"] != "textDocument/publishDiagnostics" {
                continue;
            }
            let path = message["params"]["uri"].as_str().unwrap().strip_prefix(&prefix).unwrap().to_owned();
            let list = message["params"]["diagnostics"].as_array().unwrap().iter().map(|finding| {
                let message = finding["message"].as_str().unwrap();
                let message = message.split("\nhelp: ").next().unwrap();
                entry(&finding["range"], &finding["code"], message)
            });
            let mut list: Vec<_> = list.collect();
            list.sort();
            if list.is_empty() {
                self.0.remove(&path);
            } else {
                self.0.insert(path, list);
            }
        }
    }
}

/// Longest time until everything is shown that is found, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(20);

/// Returns how many findings of gates there were.
fn run(seed: u64, steps: usize) -> usize {
    let mut of_gates = 0;
    let mut numbers = Numbers(seed);
    let folder = tempfile::tempdir().unwrap();
    // Where the folder really lies, as the check says it.
    let root = fs::canonicalize(folder.path()).unwrap();
    let write = |path: &str, text: &str| {
        fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs::write(root.join(path), text).unwrap();
    };
    write("README.md", "# R\n");
    for path in PATHS {
        if numbers.below(3) > 0 {
            write(path, &text(&mut numbers, path));
        }
    }
    let (mut server, _) = Server::initialized(&root, json!({}), json!({}));
    let mut open: BTreeMap<&str, (i32, String)> = BTreeMap::new();
    let mut shown = Shown::default();
    let mut log = Vec::new();
    for round in 0..steps {
        let path = numbers.pick(&PATHS);
        let whole = root.join(path);
        let document = json!({ "uri": file_uri(&whole) });
        match (numbers.below(6), open.contains_key(path)) {
            (0, false) if path.ends_with(".md") && whole.exists() => {
                let text = fs::read_to_string(&whole).unwrap();
                // An editor shows no byte order mark.
                let text = text.trim_start_matches('\u{feff}').to_owned();
                server.open(&whole, "markdown", 1, &text);
                log.push(format!("open {path}"));
                open.insert(path, (1, text));
            }
            (0..=3, true) => {
                let text = text(&mut numbers, path).trim_start_matches('\u{feff}').to_owned();
                let known = open.get_mut(path).unwrap();
                *known = (known.0 + 1, text.clone());
                let change = json!({
                    "textDocument": { "uri": file_uri(&whole), "version": known.0 },
                    "contentChanges": [{ "text": text }],
                });
                server.notify("textDocument/didChange", change);
                log.push(format!("change {path}"));
            }
            (4, true) => {
                open.remove(path);
                server.notify("textDocument/didClose", json!({ "textDocument": document }));
                log.push(format!("close {path}"));
            }
            (5, _) if whole.exists() && !open.contains_key(path) => {
                fs::remove_file(&whole).unwrap();
                log.push(format!("remove {path}"));
            }
            _ => {
                write(path, &text(&mut numbers, path));
                log.push(format!("write {path}"));
            }
        }
        if numbers.below(4) > 0 && round + 1 < steps {
            continue;
        }
        // What the editor has is what counts: it is saved before the check.
        for (path, (_, text)) in &open {
            write(path, text);
        }
        let end = Instant::now() + PATIENCE;
        let expected = checked(&root);
        of_gates += expected.values().flatten().filter(|finding| finding.4.starts_with("gate/")).count();
        loop {
            std::thread::sleep(Duration::from_millis(20));
            shown.take(&mut server, &root);
            if shown.0 == expected {
                break;
            }
            assert!(
                Instant::now() < end,
                "seed {seed}, after:\n{}\nshown but not found: {:#?}\nfound but not shown: {:#?}",
                log.join("\n"),
                difference(&shown.0, &expected),
                difference(&expected, &shown.0)
            );
        }
    }
    assert_eq!(server.shutdown(), 0);
    of_gates
}

fn difference<'a>(a: &'a Found, b: &Found) -> Vec<(&'a str, String)> {
    let lists = a.iter().flat_map(|(path, list)| list.iter().map(move |entry| (path, entry)));
    let only = lists.filter(|(path, entry)| !b.get(*path).is_some_and(|list| list.contains(entry)));
    only.map(|(path, entry)| (path.as_str(), format!("{entry:?}"))).collect()
}

#[test]
fn the_server_shows_what_a_fresh_check_finds() {
    let of_gates: usize = (1..=8).map(|seed| run(seed, 20)).sum();
    assert!(of_gates > 0, "the evidence of gates is compared, too");
}
