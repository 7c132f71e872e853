//! The verdicts for programs: schema `stagegate.gates/1` (`docs/json.md`).

use std::path::Path;

use serde_json::{Value, json};
use stagegate_core::gates::{Need, Threshold};
use stagegate_pipeline::gates::{GateOutcome, Outcome};

use crate::report::json::number;

/// A change that breaks readers gets a new number.
const SCHEMA: &str = "stagegate.gates/1";

pub(super) fn render(outcomes: &[Outcome], root: &Path) -> String {
    let components: Vec<_> = outcomes.iter().map(component).collect();
    let all = json!({ "schema": SCHEMA, "root": root.to_string_lossy(), "components": components });
    format!("{all:#}\n")
}

fn component(outcome: &Outcome) -> Value {
    let gates: Vec<_> = outcome.gates.iter().map(gate).collect();
    json!({
        "component": outcome.component,
        "stage": outcome.stage.name(),
        "passed": outcome.passed(),
        "cancelled": outcome.cancelled,
        "gates": gates,
    })
}

fn gate(gate: &GateOutcome) -> Value {
    json!({
        "gate": gate.gate,
        "need": gate.need.map(Need::name),
        "verdict": gate.judgement.verdict.name(),
        "found": gate.judgement.found,
        "required": gate.judgement.required,
        "help": gate.judgement.help,
        "threshold": threshold(&gate.threshold),
        "cached": gate.cached,
        "evidence": gate.evidence,
    })
}

fn threshold(threshold: &Threshold) -> Value {
    match threshold {
        Threshold::Coverage(percent) => json!({ "min_percent": number(*percent) }),
        Threshold::PassRate(percent) => json!({ "min_pass_percent": number(*percent) }),
        Threshold::MaxIssues(most) => json!({ "max": most }),
        Threshold::MaxVulnerabilities(most) => {
            json!({ "max_critical": most.critical, "max_high": most.high, "max_medium": most.medium })
        }
        Threshold::MaxComplexity(most) => json!({ "max": most }),
        Threshold::Performance { response_time_ms, memory_mb, regression_percent } => json!({
            "max_response_time_ms": number(*response_time_ms),
            "max_memory_mb": number(*memory_mb),
            "max_regression_percent": number(*regression_percent),
        }),
        Threshold::Complete | Threshold::Success => Value::Null,
    }
}
