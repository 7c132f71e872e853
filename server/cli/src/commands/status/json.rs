//! The board for programs: schema `stagegate.status/1` (`docs/json.md`). Lines are zero-based.

use jiff::Timestamp;
use serde_json::{Value, json};
use stagegate_core::components::FileFacts;
use stagegate_core::gates::Verdict;
use stagegate_core::stage::Stage;
use stagegate_core::status::ComponentStatus;

use super::{Blocker, Board, Row};
use crate::report::json::number;

/// A change that breaks readers gets a new number.
const SCHEMA: &str = "stagegate.status/1";

/// Most errors that are named of one component; `blockers.errors` counts all.
const FIRST: usize = 10;

pub(super) fn render(board: &Board<'_>) -> String {
    let mut out = format!(
        "{{\"schema\":{},\"root\":{},\"components\":[",
        json!(SCHEMA),
        json!(board.root.to_string_lossy())
    );
    for (i, row) in board.rows.iter().enumerate() {
        out.push_str(if i == 0 { "\n" } else { ",\n" });
        out.push_str(&component(board, row).to_string());
    }
    let without: Vec<_> = board
        .without_spec
        .iter()
        .map(|place| json!({ "name": place.name, "source": place.source }))
        .collect();
    let problems: Vec<_> = board.elsewhere.iter().map(blocker).collect();
    let end = if board.rows.is_empty() { "]" } else { "\n]" };
    out.push_str(&format!("{end},\"without_spec\":{},\"problems\":{}}}\n", json!(without), json!(problems)));
    out
}

fn component(board: &Board<'_>, row: &Row<'_>) -> Value {
    let status = &row.status;
    let component = status.component;
    let stage = |stage: Option<Stage>| stage.map(Stage::name);
    let paths = |files: &[FileFacts]| files.iter().map(|file| file.path.to_string()).collect::<Vec<_>>();
    let places = || status.places.iter();
    let approvals = component.specs.first().map_or((0, 0), |file| file.facts.approvals);
    let below = status.below.iter().map(|below| {
        json!({
            "component": below.name,
            "required": below.required,
            "weakest": below.weakest,
            "stage": stage(below.stage),
            "needed": below.needed.name(),
        })
    });
    let dependencies = component.dependencies.iter().map(|edge| {
        let known = edge.to.map(|to| board.components.get(to));
        json!({
            "component": known.map_or(&*edge.name, |known| &known.name),
            "required": edge.required,
            "known": known.is_some(),
            "stage": stage(known.and_then(|known| known.stage)),
        })
    });
    json!({
        "name": &*component.name,
        "column": status.column.name(),
        "stage": stage(component.stage),
        "target": stage(status.target),
        "next": stage(status.aim),
        "coverage": coverage(status),
        "gates": gates(row),
        "criteria": status.criteria.map(|c| json!({ "checked": c.checked, "total": c.total })),
        "approvals": { "checked": approvals.0, "total": approvals.1 },
        "dependencies": dependencies.collect::<Vec<_>>(),
        "below_target": below.collect::<Vec<_>>(),
        "blockers": {
            "errors": row.blockers.errors.len(),
            "warnings": row.blockers.warnings,
            "first": row.blockers.errors.iter().take(FIRST).map(blocker).collect::<Vec<_>>(),
            "issues": row.issues.iter().map(|(number, issue)| json!({
                "number": number,
                "title": issue.title,
                "url": issue.url,
                "fetched_at": issue.fetched_at,
            })).collect::<Vec<_>>(),
        },
        "specs": paths(&component.specs),
        "maturity": paths(&component.maturity),
        "code": paths(&component.code),
        "source": places().flat_map(|place| &place.source).collect::<Vec<_>>(),
        "tests": places().flat_map(|place| &place.tests).collect::<Vec<_>>(),
    })
}

fn coverage(status: &ComponentStatus<'_>) -> Option<Value> {
    let shown = status.coverage()?;
    Some(json!({
        "percent": number(shown.percent),
        "source": shown.source.name(),
        "required": shown.required.map(number),
        "reported": status.reported.map(number),
        "measured": status.measured.map(|measured| json!({
            "percent": number(measured.percent),
            "at": time(measured.measured_ms),
            "stale": measured.is_stale,
        })),
    }))
}

fn gates(row: &Row<'_>) -> Option<Value> {
    let summary = row.status.gates?;
    let list = row.gates.iter().map(|gate| {
        let judgement = gate.judgement.as_ref();
        json!({
            "gate": gate.name,
            "need": gate.need.name(),
            "verdict": gate.verdict().map(Verdict::name),
            "stale": gate.is_stale(),
            "found": judgement.map(|judgement| &judgement.found),
            "expected": judgement.map(|judgement| &judgement.required),
            "at": gate.evidence().map(|evidence| time(evidence.ended_ms)),
        })
    });
    Some(json!({ "met": summary.met, "required": summary.required, "list": list.collect::<Vec<_>>() }))
}

/// Returns a time in milliseconds since 1970 as RFC 3339, in UTC.
fn time(ms: i64) -> Option<String> {
    Timestamp::from_millisecond(ms).ok().map(|time| time.to_string())
}

fn blocker(blocker: &Blocker) -> Value {
    json!({ "path": blocker.path, "line": blocker.line, "code": blocker.code, "message": blocker.message })
}
