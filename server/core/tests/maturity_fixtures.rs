//! `fixtures/rules/<rule>/`, for rules about several files: `bad/` is a workspace that breaks the rule, `fixed/` holds its
//! files that safe fixes change, `good/` does not break it. Evidence of gates lies in `.stagegate/evidence.json`, runs in
//! `.stagegate/runs.json`.

#![allow(clippy::disallowed_methods, reason = "a test reads its fixtures; the crate itself does no IO")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use expect_test::expect;
use stagegate_core::components::{Components, FileFacts};
use stagegate_core::config;
use stagegate_core::diagnostic::{Diagnostic, apply_edits, merge_fixes};
use stagegate_core::files::CONFIG_FILES;
use stagegate_core::gates::{Board, FIXTURE_PATH};
use stagegate_core::layout::Layout;
use stagegate_core::rules::{self, FixKind, Rule};
use stagegate_core::run::{RUNS_FIXTURE, Runs};
use stagegate_core::text::{LineIndex, PositionEncoding, Source};
use stagegate_core::workspace::{FileIndex, Root};

/// Texts by path.
type Files = BTreeMap<String, String>;

fn read(folder: &Path) -> Files {
    read_below(folder, folder)
}

/// Reads all texts below `folder`, but not what tools write there; paths are relative to `root`.
fn read_below(root: &Path, folder: &Path) -> Files {
    let mut files = Files::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            if path.is_dir() {
                let ignored = ["node_modules", "dist", "target"].iter().any(|end| path.ends_with(end));
                open.extend((!ignored).then_some(path));
            } else {
                // A checkout may have turned the line ends.
                files.insert(name, std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n"));
            }
        }
    }
    files
}

fn findings(files: &Files) -> Vec<(String, Diagnostic)> {
    let mut files = files.clone();
    let evidence = files.remove(FIXTURE_PATH);
    let runs = files.remove(RUNS_FIXTURE);
    let files = &files;
    let index = FileIndex::new(files.keys().map(|path| Box::from(path.as_str())).collect());
    let (gates, runs) =
        (evidence.map(|json| Board::from_json(&json)), runs.map(|json| Runs::from_json(&json)));
    let mut root =
        Root { gates: gates.map(Result::unwrap), runs: runs.map(Result::unwrap), ..Root::default() };
    if let Some(path) = CONFIG_FILES.into_iter().find(|path| files.contains_key(*path)) {
        root.config = config::resolve(Some((path, Source::Str(&files[path]))), None).config.into();
    }
    let layout = Arc::new(Layout::new(&index, &root.config.components));
    root.files = Some(index.into());
    let facts = files.iter().filter_map(|(path, text)| {
        let facts = stagegate_core::facts(Source::Str(text), path, &root)?;
        Some(FileFacts { path: path.as_str().into(), facts: facts.into() })
    });
    let components = Components::build(facts.collect::<Vec<_>>(), layout);
    root.components = Some(components.into());
    let of = |(path, text): (&String, &String)| {
        let found = stagegate_core::diagnostics(Source::Str(text), path, &root);
        found.into_iter().map(|finding| (path.clone(), finding)).collect::<Vec<_>>()
    };
    files.iter().flat_map(of).collect()
}

fn breaks(files: &Files, rule: &Rule) -> bool {
    findings(files).iter().any(|(_, finding)| finding.rule == rule)
}

/// Applies the safe fixes of one rule until none is left.
fn fixed(mut files: Files, rule: &Rule) -> Files {
    for _ in 0..10 {
        let found = findings(&files);
        let before = files.clone();
        for (path, text) in &mut files {
            let of_file = found.iter().filter(|(of, finding)| of == path && finding.rule == rule);
            let fixes = of_file.filter_map(|(_, finding)| finding.fix.as_ref()).filter(|fix| fix.safe);
            *text = apply_edits(text, &merge_fixes(fixes));
        }
        if files == before {
            return files;
        }
    }
    panic!("safe fixes never end: {}", rule.code);
}

#[test]
fn every_maturity_gate_and_run_rule_keeps_its_fixtures() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/rules");
    for rule in rules::ALL.iter().filter(|rule| ["maturity", "gate", "run"].contains(&rule.family())) {
        // Another family has a rule of the same name.
        let folder = if rule.name() == "unknown-stage" { "maturity-unknown-stage" } else { rule.name() };
        let [bad, good, expected] = ["bad", "good", "fixed"].map(|name| read(&root.join(folder).join(name)));
        assert!(!bad.is_empty() && !good.is_empty(), "{} has no bad/ or no good/", rule.code);
        assert!(breaks(&bad, rule), "{}: bad/ does not break it", rule.code);
        assert!(!breaks(&good, rule), "{}: good/ breaks it", rule.code);
        let after = fixed(bad.clone(), rule);
        let changed: Files = after.into_iter().filter(|(path, text)| bad.get(path) != Some(text)).collect();
        assert_eq!(changed, expected, "{}: fixed/", rule.code);
        assert_eq!(rule.fix == FixKind::Safe, !expected.is_empty(), "{}", rule.code);
    }
}

fn render(files: &Files) -> String {
    let mut out = String::new();
    for (path, finding) in findings(files).iter().filter(|(_, finding)| finding.rule.family() == "maturity") {
        let at = LineIndex::new(&files[path]).position(finding.range.start().into(), PositionEncoding::Utf16);
        out += &format!("{path}:{} {}: {}\n", at.line + 1, finding.rule.name(), finding.message);
    }
    out
}

#[test]
fn the_demo_has_the_faults_that_were_planted_and_no_others() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/demo");
    expect![[r#"
        specs/forecast.md:37 unknown-dependency: no component is called `calcualtor`
        specs/reporting.md:48 dependency-below-target: `reporting` is to reach staging, but `notifications` is in development
        specs/reporting.md:49 dependency-stage-outdated: `pricing` is in staging; this list says development
        src/notifications/MATURITY.md:3 stage-mismatch: `notifications` is in development here, but `src/notifications/__init__.py` says experimental, and `specs/notifications.md` says development as well
        src/notifications/__init__.py:6 stage-mismatch: `notifications` is experimental here, but `src/notifications/MATURITY.md` and `specs/notifications.md` say development
    "#]].assert_eq(&render(&read(&root)));
}

#[test]
fn our_own_repository_is_clean() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Files::new();
    for folder in ["server", "editors", "specs", "tests"] {
        files.extend(read_below(&root, &root.join(folder)));
    }
    files.insert("stagegate.yaml".to_owned(), std::fs::read_to_string(root.join("stagegate.yaml")).unwrap());
    expect![""].assert_eq(&render(&files));
}
