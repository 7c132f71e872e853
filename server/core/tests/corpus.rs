//! Real instruction files with the verdict that a person gave each (issue 2, "Acceptance").
//!
//! The corpus is not part of the repository. Where it is absent there is nothing to test.

#![allow(clippy::disallowed_methods, reason = "a test reads its input; the crate itself does no IO")]
#![allow(clippy::print_stdout, reason = "what is beyond the verdicts is for a person to judge")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use stagegate_core::config::Config;
use stagegate_core::diagnostic::{Diagnostic, Severity};
use stagegate_core::frontmatter::yaml::ProblemKind;
use stagegate_core::frontmatter::{FrontMatter, Head};
use stagegate_core::instructions::InstructionFile;
use stagegate_core::text::{LineIndex, PositionEncoding, Source};
use stagegate_core::workspace::Root;

/// An error as the manifest names it: rule, field, line.
type Finding = (String, String, u64);

#[test]
fn verdicts_agree_with_the_manifest() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let Ok(manifest) = std::fs::read_to_string(corpus.join("manifest.json")) else {
        println!("no corpus: nothing to compare");
        return;
    };
    let manifest: Vec<Value> = serde_json::from_str(&manifest).unwrap();
    let judged: Vec<_> = manifest.iter().filter(|entry| entry["instruction_verdict"].is_object()).collect();
    assert!(!judged.is_empty());
    let mut wrong = Vec::new();
    for entry in judged {
        let file = entry["file"].as_str().unwrap();
        let text = std::fs::read_to_string(corpus.join("files").join(file)).unwrap();
        let path = entry["path"].as_str().unwrap();
        wrong.extend(
            compare(&text, path, &entry["instruction_verdict"]).map_err(|e| format!("{file}: {e}")).err(),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Compares our findings with one verdict, and prints what is beyond it.
fn compare(text: &str, path: &str, verdict: &Value) -> Result<(), String> {
    if !Config::default().is_instructions(path) {
        return Err("not taken for an instruction file".to_owned());
    }
    let lines = LineIndex::new(text);
    let line_of = |at: usize| u64::from(lines.position(at, PositionEncoding::Utf16).line);
    let findings = stagegate_core::diagnostics(Source::Str(text), path, &Root::default());
    let file = InstructionFile::read(Source::Str(text));

    equal("front matter", &Value::from(state(&file.head)), &verdict["frontmatter"])?;
    let closing = file.head.front_matter().and_then(|f| f.fences.closing);
    equal("closing line", &closing.map(|c| line_of(c.start().into())).into(), &verdict["closing_line"])?;

    let is_error = |d: &&Diagnostic| d.severity == Severity::Error;
    let mut errors: Vec<Finding> = findings
        .iter()
        .filter(is_error)
        .map(|d| {
            (d.rule.name().to_owned(), d.field.clone().unwrap_or_default(), line_of(d.range.start().into()))
        })
        .collect();
    errors.sort();
    let mut expected: Vec<_> = verdict["errors"].as_array().unwrap().iter().map(expected_error).collect();
    expected.sort();
    equal("errors", &errors, &expected)?;
    equal("valid", &Value::from(errors.is_empty()), &verdict["valid"])?;

    if state(&file.head) == "ok" {
        let entries = file.head.front_matter().map(FrontMatter::entries).unwrap_or_default();
        let keys: BTreeMap<_, _> = entries
            .iter()
            .map(|entry| (entry.key.as_str().unwrap().to_owned(), line_of(entry.key.range.start().into())))
            .collect();
        let expected: BTreeMap<_, _> = verdict["keys"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, line)| (key.clone(), line.as_u64().unwrap()))
            .collect();
        equal("keys", &keys, &expected)?;
    }
    for d in findings.iter().filter(|d| d.severity != Severity::Error) {
        let (line, severity, code) = (line_of(d.range.start().into()), d.severity.name(), d.rule.code);
        println!("{path}:{line}: {severity} {code}: {}", d.message);
    }
    let structure =
        findings.iter().filter(|d| matches!(d.rule.name(), "short-content" | "no-headings")).count();
    equal("warnings", &structure, &verdict["warnings"].as_array().unwrap().len())
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, ours: &T, expected: &T) -> Result<(), String> {
    if ours == expected { Ok(()) } else { Err(format!("{what}: ours {ours:?}, expected {expected:?}")) }
}

fn state(head: &Head) -> &'static str {
    match head {
        Head::Missing => "missing",
        Head::Unclosed(_) => "unclosed",
        Head::Closed(f) if f.problems.iter().any(|p| p.kind == ProblemKind::Syntax) => "invalid_yaml",
        Head::Closed(_) => "ok",
    }
}

/// Returns the finding of ours that stands for an error of the manifest.
fn expected_error(error: &Value) -> Finding {
    let field = error["field"].as_str().unwrap();
    let line = error["line"].as_u64().unwrap();
    let (rule, line) = match error["code"].as_str().unwrap() {
        "missing" if field == "frontmatter" => ("missing-frontmatter", line),
        "missing" => ("missing-field", line),
        "item_type" => ("wrong-type", line),
        "invalid_yaml" => ("invalid-yaml", error["yaml_problem_line"].as_u64().unwrap()),
        other => panic!("unknown code {other}"),
    };
    (rule.to_owned(), field.to_owned(), line)
}
