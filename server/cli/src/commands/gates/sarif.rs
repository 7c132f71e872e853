//! The verdicts that are not a pass, as SARIF 2.1.0: one result for each finding, or one for the gate.

use serde_json::{Value, json};
use stagegate_core::gates::{Finding, Need, Verdict};
use stagegate_pipeline::gates::{GateOutcome, Outcome};

pub(super) fn render(outcomes: &[Outcome]) -> String {
    let mut rules: Vec<Value> = Vec::new();
    let mut results = Vec::new();
    for outcome in outcomes {
        for gate in outcome.gates.iter().filter(|gate| gate.judgement.verdict != Verdict::Pass) {
            let id = format!("gate/{}", gate.gate);
            if !rules.iter().any(|rule| rule["id"] == *id) {
                let rationale = gate.gate.kind().rationale();
                rules.push(json!({ "id": id, "shortDescription": { "text": rationale } }));
            }
            of_gate(outcome, gate, &id, &mut results);
        }
    }
    let driver = json!({
        "name": "stagegate",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    let runs =
        json!([{ "tool": { "driver": driver }, "results": results, "columnKind": "unicodeCodePoints" }]);
    let all = json!({ "version": "2.1.0", "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "runs": runs });
    format!("{all:#}\n")
}

fn of_gate(outcome: &Outcome, gate: &GateOutcome, id: &str, results: &mut Vec<Value>) {
    let level = if gate.need == Some(Need::Optional) { "note" } else { "error" };
    let judgement = &gate.judgement;
    let mut text = format!(
        "{} of `{}` for {}: {}: {}",
        gate.gate.title(),
        outcome.component,
        outcome.stage,
        judgement.verdict.name(),
        judgement.found
    );
    for (before, part) in [("; expected ", &judgement.required), ("; ", &judgement.help)] {
        if !part.is_empty() {
            text.push_str(before);
            text.push_str(part);
        }
    }
    let placed: Vec<_> = gate.evidence.findings.iter().filter(|finding| finding.path.is_some()).collect();
    let fails = judgement.verdict == Verdict::Fail && !placed.is_empty();
    if !fails {
        results.push(json!({ "ruleId": id, "level": level, "message": { "text": text } }));
        return;
    }
    for finding in placed {
        let message = match &finding.rule {
            Some(rule) => format!("{rule}: {} ({text})", finding.message),
            None => format!("{} ({text})", finding.message),
        };
        results.push(json!({
            "ruleId": id,
            "level": level,
            "message": { "text": message },
            "locations": [{ "physicalLocation": location(finding) }],
        }));
    }
}

fn location(finding: &Finding) -> Value {
    let mut region = serde_json::Map::new();
    let numbers = [
        ("startLine", finding.line),
        ("startColumn", finding.column),
        ("endLine", finding.end_line),
        ("endColumn", finding.end_column),
    ];
    // A region begins with its line.
    if finding.line > 0 {
        region.extend(numbers.iter().filter(|(_, n)| *n > 0).map(|(key, n)| ((*key).to_owned(), json!(n))));
    }
    let path = finding.path.as_deref().unwrap_or_default();
    let uri = percent_encoding::utf8_percent_encode(path, PATH).to_string();
    let mut location = json!({ "artifactLocation": { "uri": uri, "uriBaseId": "%SRCROOT%" } });
    if !region.is_empty() {
        location["region"] = region.into();
    }
    location
}

/// What a path keeps in a URI (RFC 3986).
const PATH: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');
