//! Runs for programs: schema `stagegate.runs/1` (`docs/json.md`).

use std::path::Path;

use serde_json::json;
use stagegate_core::run::RunRecord;
use stagegate_pipeline::runs::engine;

/// A change that breaks readers gets a new number.
const SCHEMA: &str = "stagegate.runs/1";

pub(super) fn render(runs: &[RunRecord], root: &Path) -> String {
    let runs = runs.iter().map(|run| {
        let mut value = serde_json::to_value(run).unwrap_or_default();
        value["summary"] = engine::summary(run).into();
        value
    });
    let runs: Vec<_> = runs.collect();
    let all = json!({ "schema": SCHEMA, "root": root.to_string_lossy(), "runs": runs });
    format!("{all:#}\n")
}
