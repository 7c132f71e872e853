//! Real specs and MATURITY files: what a careful reader finds in each (`expectations/specs.json`, written from reading),
//! and how many findings of each rule there are (issue 3, "Acceptance").
//!
//! The corpus is not part of the repository. Where it is absent there is nothing to test.

#![allow(clippy::disallowed_methods, reason = "a test reads its input; the crate itself does no IO")]
#![allow(clippy::print_stdout, reason = "a test that has nothing to compare says so")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use common::Repository;
use expect_test::expect;
use serde_json::{Value, json};
use stagegate_core::component::{ComponentFile, DocumentKind, Gate, SectionKind, Standing, Stated};
use stagegate_core::stage::{CLIMB, Stage};
use stagegate_core::text::{LineIndex, PositionEncoding, Source, TextRange};

/// Returns the folder with the repositories; `None` where the corpus is absent.
fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/files");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("no corpus: nothing to compare");
    None
}

#[test]
fn every_spec_and_maturity_file_says_what_a_careful_reader_finds() {
    let Some(corpus) = corpus() else { return };
    let expectations: Vec<Value> = serde_json::from_str(include_str!("expectations/specs.json")).unwrap();
    let mut repositories: BTreeMap<&str, Repository> = BTreeMap::new();
    let mut wrong = String::new();
    for expected in &expectations {
        let (name, path) = expected["path"].as_str().unwrap().split_once('/').unwrap();
        let repository = repositories.entry(name).or_insert_with(|| Repository::read(&corpus.join(name)));
        let text = repository.text(path);
        match ComponentFile::of_path(Source::Str(text), path, &repository.root) {
            Some(file) => compare(&mut wrong, path, text, &file, expected),
            None => writeln!(wrong, "{path}: taken for no spec and no MATURITY file").unwrap(),
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn compare(wrong: &mut String, path: &str, text: &str, file: &ComponentFile, expected: &Value) {
    let lines = LineIndex::new(text);
    let line = |range: TextRange| lines.range(range, PositionEncoding::Utf16).start.line;
    let line_of = |stated: Option<&Stated>| stated.map_or(Value::Null, |stated| json!(line(stated.range)));
    let mut equal = |what: &str, ours: Value| {
        let expected = &expected[what];
        if ours != *expected {
            writeln!(wrong, "{path}: {what}: ours {ours}, expected {expected}").unwrap();
        }
    };
    let stage = |stated: Option<&Stated>| {
        stated.and_then(|stated| stated.stage).map_or(Value::Null, |stage| json!(stage.name()))
    };
    let current = file.current.as_ref().filter(|stated| stated.stage.is_some());
    let target = file.target.as_ref().filter(|stated| stated.stage.is_some());
    // A placeholder is no status.
    let status = file.status.as_ref().filter(|status| !status.placeholder);
    let is_spec = file.kind == DocumentKind::Spec;
    equal("kind", json!(if is_spec { "spec" } else { "maturity" }));
    equal("moved", json!(file.standing == Standing::Moved));
    if file.standing != Standing::Moved {
        equal("template", json!(file.standing == Standing::Template));
    }
    // What has been set aside has no dialect, and a MATURITY file is always about one component.
    let judged = matches!(file.standing, Standing::Component | Standing::Other);
    if is_spec && judged {
        equal("dialect", json!(if file.standing == Standing::Component { "component" } else { "other" }));
    }
    equal("component", json!(&*file.component.name));
    equal("component_source", json!(file.component.source.name()));
    equal("component_line", file.component.range.map_or(Value::Null, |range| json!(line(range))));
    equal("current_stage", stage(current));
    equal("current_stage_line", line_of(current));
    equal("target_stage", stage(target));
    equal("target_stage_line", line_of(target));
    equal("status_line", line_of(status));
    if let Some(status) = status {
        // A parenthesis at its end is left away.
        let expected = expected["status"].as_str().unwrap_or_default();
        assert_eq!(&*status.text, &*stagegate_core::stage::plain(expected), "{path}: status");
    }
    let dependencies = file.dependencies.iter().map(|dependency| {
        json!({
            "component": stagegate_core::name::canonical(&dependency.name),
            "stage": dependency.stage.as_ref().map(|stage| &*stage.text),
            "kind": if dependency.required { "required" } else { "optional" },
            "line": line(dependency.name_range),
        })
    });
    equal("dependencies", dependencies.collect());
    let targets = CLIMB.iter().map(|stage| {
        let percent = file.coverage_target(*stage).map(|target| number(target.percent));
        (stage.name().to_owned(), percent.unwrap_or(Value::Null))
    });
    equal("coverage_targets", targets.collect());
    let reported = file.reported_coverage.as_ref();
    equal("reported_coverage", reported.map_or(Value::Null, |reported| number(reported.percent)));
    equal("reported_coverage_line", reported.map_or(Value::Null, |reported| json!(line(reported.range))));
    let approved = file.approvals.iter().filter(|approval| approval.checked).count();
    equal("approvals", json!({ "total": file.approvals.len(), "checked": approved }));
    equal("criteria_total", json!(file.criteria.len()));
    equal("criteria_checked", json!(file.criteria.iter().filter(|criterion| criterion.checked).count()));
    if is_spec && file.standing == Standing::Component {
        let missing = |kind: &SectionKind| kind.is_required() && file.section(*kind).is_none();
        let missing = SectionKind::ALL.into_iter().filter(missing).map(SectionKind::title);
        equal("required_sections_missing", missing.collect());
    }
    for expected in expected["criteria"].as_array().unwrap() {
        let at = expected["line"].as_u64().unwrap();
        let ours = file.criteria.iter().find(|criterion| u64::from(line(criterion.range)) == at);
        let ours = ours.map(|criterion| {
            json!({
                "line": at,
                "checked": criterion.checked,
                "gate": criterion.gate.map(Gate::name),
                "stage": criterion.stage.map(Stage::name),
            })
        });
        let mut expected = expected.clone();
        // The first gate that an item names is the one that it is tied to.
        expected.as_object_mut().unwrap().remove("also");
        if ours.as_ref() != Some(&expected) {
            writeln!(wrong, "{path}: criterion: ours {ours:?}, expected {expected}").unwrap();
        }
    }
}

/// A number as the expectations write it: without a fraction where it has none.
#[allow(clippy::float_cmp, clippy::cast_possible_truncation, reason = "whole numbers below 101")]
fn number(percent: f64) -> Value {
    if percent == percent.trunc() { json!(percent as i64) } else { json!(percent) }
}

/// Every one of these a careful reader accepts.
#[test]
fn findings_are_those_that_a_careful_reader_accepts() {
    let Some(corpus) = corpus() else { return };
    let mut out = String::new();
    let mut by_rule: BTreeMap<&str, usize> = BTreeMap::new();
    for name in ["TTA", "TTA.dev"] {
        let repository = Repository::read(&corpus.join(name));
        for (path, text) in &repository.files {
            let findings = stagegate_core::diagnostics(Source::Str(text), path, &repository.root);
            let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
            for finding in &findings {
                *counts.entry((finding.rule.code, finding.severity.name())).or_default() += 1;
                *by_rule.entry(finding.rule.code).or_default() += 1;
                if std::env::var_os("STAGEGATE_SHOW").is_some() {
                    let at = LineIndex::new(text).range(finding.range, PositionEncoding::Utf16).start.line;
                    println!("{name}/{path}:{at} {} {}", finding.rule.code, finding.message);
                }
            }
            for ((code, severity), count) in counts {
                writeln!(out, "{name}/{path}: {severity} {code} {count}").unwrap();
            }
        }
    }
    for (code, count) in by_rule {
        writeln!(out, "{code}: {count}").unwrap();
    }
    expect![[r#"
        TTA/.augment/instructions/memory-capture.instructions.md: error instructions/missing-field 1
        TTA/.augment/instructions/player-experience.instructions.md: warning instructions/unmatched-glob 1
        TTA/.augment/instructions/templates/instruction.template.md: error instructions/missing-field 1
        TTA/.augment/instructions/templates/instruction.template.md: warning instructions/unmatched-glob 2
        TTA/.augment/kb/TTA___Components___.Augment Instructions Component Maturity.Instructions.md: error instructions/missing-field 2
        TTA/.augment/rules/avoid-long-files.md: error instructions/missing-field 1
        TTA/.github/instructions/api-security.instructions.md: warning instructions/not-portable 1
        TTA/.github/instructions/api-security.instructions.md: error instructions/wrong-type 1
        TTA/.github/instructions/docker-improvements.md: error instructions/missing-field 1
        TTA/.github/instructions/docker-improvements.md: warning instructions/not-portable 1
        TTA/.github/instructions/docker-improvements.md: warning instructions/unmatched-glob 4
        TTA/.github/instructions/graph-db.instructions.md: warning instructions/not-portable 1
        TTA/.github/instructions/graph-db.instructions.md: warning instructions/unmatched-glob 4
        TTA/scripts/workflow/workflow_config.yaml: hint config/conflicts-with-policy 1
        TTA/specs/example_component.md: hint spec/missing-section 2
        TTA/src/components/carbon/MATURITY.md: warning maturity/source-missing 1
        TTA/src/components/carbon/MATURITY.md: warning maturity/spec-missing 1
        TTA/src/components/narrative_arc_orchestrator/MATURITY.md: warning maturity/source-missing 1
        TTA/src/components/narrative_arc_orchestrator/MATURITY.md: warning maturity/spec-missing 1
        TTA/src/components/neo4j/MATURITY.md: warning maturity/source-missing 1
        TTA/src/components/neo4j/MATURITY.md: warning maturity/spec-missing 1
        TTA/src/components/neo4j/MATURITY.md: warning spec/broken-link 3
        TTA.dev/.archive/platform/agent-context/.github/instructions/package-management.md: error instructions/invalid-yaml 1
        TTA.dev/.archive/platform/agent-context/.github/instructions/package-management.md: warning instructions/not-portable 1
        TTA.dev/.archive/platform/agent-context/.github/instructions/package-management.md: warning instructions/unmatched-glob 4
        TTA.dev/.augment/rules/documentation.instructions.md: error instructions/missing-field 1
        TTA.dev/.cline/rules/tests.instructions.md: error instructions/missing-frontmatter 1
        TTA.dev/.github/instructions/python.instructions.md: warning instructions/unmatched-glob 1
        TTA.dev/docs/reference/specs/primitives/retry-primitive.spec.md: warning spec/broken-link 4
        config/conflicts-with-policy: 1
        instructions/invalid-yaml: 1
        instructions/missing-field: 7
        instructions/missing-frontmatter: 1
        instructions/not-portable: 4
        instructions/unmatched-glob: 16
        instructions/wrong-type: 1
        maturity/source-missing: 3
        maturity/spec-missing: 3
        spec/broken-link: 7
        spec/missing-section: 2
    "#]].assert_eq(&out);
}
