//! The verdict of a gate as the workflow report has it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::About;
use crate::gates::{COMPLETE, Evidence, Exit, Finding, GateKind, GateName, Need, Observed, Origin, Verdict};
use crate::run::GateRecord;

/// Most findings in the details of a gate.
const MAX_FINDINGS: usize = 10;

/// Most characters of `scan_output`.
const MAX_SCAN_OUTPUT: usize = 500;

/// Most lines of `output_summary`.
const MAX_SUMMARY_LINES: usize = 5;

/// One gate of a stage. Keys that are not known are left out when it is read; missing ones are empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GateResult {
    /// Whether it is open.
    pub passed: bool,
    /// Its name.
    pub gate_name: String,
    /// Figures and findings.
    pub details: Map<String, Value>,
    /// Why it is shut.
    pub errors: Vec<String>,
    /// What to do, and what blocks nothing.
    pub warnings: Vec<String>,
    /// How long it took; what was known took none.
    pub execution_time_ms: u64,
    /// `pass`, `fail`, `inconclusive` or `error`.
    pub verdict: String,
    /// `required` or `optional`; missing for a gate that was only named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub need: Option<String>,
    /// Whether it is known from a run on the same inputs.
    pub cached: bool,
}

/// Returns the name of a gate in the files of the incumbent; ours where it has none.
#[must_use]
pub fn incumbent_name(gate: &GateName) -> &str {
    match gate.kind() {
        GateKind::Coverage => "test_coverage",
        GateKind::Tests => "test_pass_rate",
        GateKind::Lint => "linting",
        GateKind::Types => "type_checking",
        GateKind::Instructions => "instructions_validation",
        _ => gate.as_str(),
    }
}

/// Whether the gate is open. A report that somebody laid there opens none: nobody saw what was run, and on what.
pub(super) fn opens(gate: &GateRecord) -> bool {
    let origin = gate.evidence.as_ref().and_then(|evidence| evidence.get("origin"));
    gate.verdict == Verdict::Pass && origin.and_then(Value::as_str) != Some("report")
}

/// Whether the run waits for the gate.
pub(super) fn counts(gate: &GateRecord) -> bool {
    gate.need != Some(Need::Optional)
}

/// Returns the gates of a stage by their names, in order; of a gate that was asked several times its last verdict. Secrets
/// and vulnerabilities are also one gate `security`, as the incumbent has it.
pub(super) fn results(gates: &[&GateRecord], about: &About) -> Vec<(String, GateResult)> {
    let last: Vec<&GateRecord> = last(gates);
    let mut results: Vec<(String, GateResult)> = Vec::new();
    for gate in &last {
        let is_security =
            |gate: &GateRecord| matches!(gate.gate.kind(), GateKind::Secrets | GateKind::Vulnerabilities);
        if is_security(gate) && !results.iter().any(|(name, _)| name == "security") {
            let both: Vec<_> = last.iter().copied().filter(|gate| is_security(gate)).collect();
            results.push(("security".to_owned(), security(&both)));
        }
        let name = incumbent_name(&gate.gate);
        results.push((name.to_owned(), result(name, gate, about)));
    }
    results
}

/// Returns the last verdict of each gate, in the order in which they came first.
pub(super) fn last<'a>(gates: &[&'a GateRecord]) -> Vec<&'a GateRecord> {
    let mut last: Vec<&GateRecord> = Vec::new();
    for gate in gates {
        match last.iter_mut().find(|known| known.gate == gate.gate) {
            Some(known) => *known = gate,
            None => last.push(gate),
        }
    }
    last
}

fn result(name: &str, gate: &GateRecord, about: &About) -> GateResult {
    let evidence = gate.evidence.clone().and_then(|json| serde_json::from_value::<Evidence>(json).ok());
    let mut result = empty(name, &[gate]);
    result.details = details(gate, evidence.as_ref(), about);
    result
}

/// Secrets and vulnerabilities as one.
fn security(gates: &[&GateRecord]) -> GateResult {
    let mut output = String::new();
    for gate in gates {
        output.push_str(&format!("{}: {}\n", gate.gate.title(), gate.found));
        let findings = gate.evidence.as_ref().and_then(|evidence| evidence.get("findings"));
        let findings: Vec<Finding> =
            findings.and_then(|list| serde_json::from_value(list.clone()).ok()).unwrap_or_default();
        for finding in findings {
            let path = finding.path.unwrap_or_default();
            output.push_str(&format!("{path}:{} {}\n", finding.line, finding.message));
        }
    }
    let mut result = empty("security", gates);
    let output: String = output.trim_end().chars().take(MAX_SCAN_OUTPUT).collect();
    result.details.insert("scan_output".to_owned(), output.into());
    result
}

/// What gates come to together, without details. One that the run does not wait for shuts nothing, unless it is asked
/// for alone.
fn empty(name: &str, gates: &[&GateRecord]) -> GateResult {
    let has_some = gates.iter().any(|gate| counts(gate));
    let counted = |gate: &&&GateRecord| !has_some || counts(gate);
    let shut = |gate: &&&GateRecord| !opens(gate);
    let worst = gates.iter().filter(counted).max_by_key(|gate| gate.verdict);
    let is_required = gates.iter().any(|gate| gate.need == Some(Need::Required));
    let is_optional = gates.iter().any(|gate| gate.need == Some(Need::Optional));
    let mut warnings: Vec<String> =
        gates.iter().filter(|gate| !counted(gate)).filter(shut).map(|gate| sentence(gate)).collect();
    warnings.extend(gates.iter().filter(shut).filter_map(|gate| gate.next.clone()));
    GateResult {
        passed: !gates.is_empty() && gates.iter().filter(counted).all(|gate| opens(gate)),
        gate_name: name.to_owned(),
        details: Map::new(),
        errors: gates.iter().filter(counted).filter(shut).map(|gate| sentence(gate)).collect(),
        warnings,
        execution_time_ms: gates.iter().fold(0, |sum: u64, gate| sum.saturating_add(gate.duration_ms)),
        verdict: worst.map_or(Verdict::Inconclusive, |gate| gate.verdict).name().to_owned(),
        need: match (is_required, is_optional) {
            (true, _) => Some(Need::Required.name().to_owned()),
            (false, true) => Some(Need::Optional.name().to_owned()),
            (false, false) => None,
        },
        cached: gates.iter().all(|gate| gate.cached),
    }
}

/// What was found and what was expected.
pub(super) fn sentence(gate: &GateRecord) -> String {
    let found = match (gate.verdict, opens(gate)) {
        (Verdict::Pass, false) => format!("{} in a report that Stagegate did not see being made", gate.found),
        _ => gate.found.clone(),
    };
    match gate.wanted.as_str() {
        // What is found names what is missing.
        "" | COMPLETE => format!("{}: {found}", gate.gate.title()),
        wanted => format!("{}: {found}; expected {wanted}", gate.gate.title()),
    }
}

fn details(gate: &GateRecord, evidence: Option<&Evidence>, about: &About) -> Map<String, Value> {
    let observed = evidence.and_then(|evidence| evidence.observed.as_ref().ok());
    let findings = evidence.map(|evidence| evidence.findings.as_slice()).unwrap_or_default();
    let mut details = Map::new();
    let mut put = |key: &str, value: Value| {
        details.insert(key.to_owned(), value);
    };
    match gate.gate.kind() {
        GateKind::Coverage => {
            put_number(&mut put, "threshold", gate.threshold);
            if let Some(Observed::Coverage { covered, statements, files, .. }) = observed {
                put("lines_covered", json!(covered));
                put("lines_total", json!(statements));
                put("files", json!(files));
            }
            put_number(&mut put, "coverage", gate.value.or_else(|| observed.and_then(percent)));
        }
        GateKind::Tests | GateKind::IntegrationTests | GateKind::E2eTests => {
            if let Some(Exit::Code(code)) = evidence.and_then(|evidence| evidence.exit) {
                put("exit_code", json!(code));
            }
            let output = evidence.map(|evidence| evidence.output.as_str()).unwrap_or_default();
            let mut lines: Vec<&str> = output.lines().filter(|line| !line.trim().is_empty()).collect();
            lines.drain(..lines.len().saturating_sub(MAX_SUMMARY_LINES));
            put("output_summary", if lines.is_empty() { json!([gate.found]) } else { json!(lines) });
            if let Some(Observed::Tests { passed, failed, errors, skipped }) = observed {
                for (key, number) in
                    [("passed", passed), ("failed", failed), ("errors", errors), ("skipped", skipped)]
                {
                    put(key, json!(number));
                }
            }
        }
        GateKind::Lint => {
            if let Some(Observed::Issues { count, .. }) = observed {
                put("issue_count", json!(count));
                put("issues", findings.iter().take(MAX_FINDINGS).map(ruff).collect());
            }
        }
        GateKind::Types => {
            if let Some(Observed::Issues { count, .. }) = observed {
                put("error_count", json!(count));
                put("errors", findings.iter().take(MAX_FINDINGS).map(pyright).collect());
            }
        }
        GateKind::Instructions => {
            if let Some(Observed::Checklist { wanted, missing }) = observed {
                put("file_count", json!(wanted));
                put("validated_files", json!(about.instructions));
                put("missing", json!(missing));
            }
        }
        _ => {
            put_number(&mut put, "value", gate.value);
            put_number(&mut put, "threshold", gate.threshold);
            if !findings.is_empty() {
                put("findings", json!(&findings[..findings.len().min(MAX_FINDINGS)]));
            }
            if let Some(Observed::Checklist { missing, .. }) = observed {
                put("missing", json!(missing));
            }
        }
    }
    put("found", json!(gate.found));
    if let Some(evidence) = evidence {
        put("seen", json!(evidence.seen()));
        if !evidence.flaky.is_empty() {
            put("flaky", json!(evidence.flaky));
        }
        if let Some(report) = &evidence.report {
            put("report", json!(report));
        }
        if evidence.origin == Origin::Run && !evidence.commands.is_empty() {
            put("commands", json!(evidence.commands));
        }
    }
    details
}

/// Puts a number where there is one: JSON knows no NaN.
fn put_number(put: &mut dyn FnMut(&str, Value), key: &str, number: Option<f64>) {
    if let Some(number) = number.filter(|number| number.is_finite()) {
        put(key, json!(number));
    }
}

#[allow(clippy::cast_precision_loss, reason = "statements are far below 2^53")]
fn percent(observed: &Observed) -> Option<f64> {
    match observed {
        Observed::Coverage { covered, statements, .. } if *statements > 0 => {
            Some(*covered as f64 * 100.0 / *statements as f64)
        }
        _ => None,
    }
}

/// A finding as ruff's JSON has it.
fn ruff(finding: &Finding) -> Value {
    let place = |line: u32, column: u32| json!({ "row": line, "column": column });
    json!({
        "code": finding.rule,
        "message": finding.message,
        "filename": finding.path,
        "location": place(finding.line, finding.column),
        "end_location": place(finding.end_line, finding.end_column),
    })
}

/// A finding as pyright's JSON has it: lines and characters from 0.
fn pyright(finding: &Finding) -> Value {
    let place = |line: u32, column: u32| json!({ "line": line.saturating_sub(1), "character": column.saturating_sub(1) });
    json!({
        "file": finding.path,
        "severity": "error",
        "message": finding.message,
        "range": {
            "start": place(finding.line, finding.column),
            "end": place(finding.end_line, finding.end_column),
        },
        "rule": finding.rule,
    })
}
