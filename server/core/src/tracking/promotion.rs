//! The issue of a promotion (requirement 000, "GitHub Issue Template").

use std::fmt::Write as _;

use super::{Details, Issue, IssueKind, key_of, labels, one_line};
use crate::gates::{Need, Verdict, utc};
use crate::plan::{Plan, RunKind};
use crate::run::{GateRecord, RunRecord};
use crate::stage::Stage;
use crate::status::Column;

/// Returns the issue of a promotion, as far as its run got.
#[must_use]
pub fn promotion(plan: &Plan, run: &RunRecord, details: &Details) -> Issue {
    let (name, to) = (&plan.component, plan.to);
    Issue {
        key: key_of(&run.id, RunKind::Promotion).unwrap_or_default(),
        kind: IssueKind::Promotion,
        component: name.clone(),
        canonical: plan.canonical.clone(),
        run: Some(run.id.clone()),
        title: format!("Promote {name} to {to}"),
        labels: vec![labels::component(name), labels::target(to), format!("{}approved", labels::PROMOTION)],
        column: plan.from.map_or(Column::Backlog, Column::Stage).title().to_owned(),
        body: body(plan, run, details),
    }
}

fn body(plan: &Plan, run: &RunRecord, details: &Details) -> String {
    let mut out = String::new();
    let from = plan.from.map_or("none", Stage::title);
    let date = utc(run.started_ms);
    let _ = write!(
        out,
        "## Component Promotion: {}\n\n**Current Stage:** {from}\n**Target Stage:** {}\n**Date:** {}\n",
        plan.component,
        plan.to.title(),
        date.get(..10).unwrap_or(&date)
    );
    if let Some(by) = &run.by {
        let _ = writeln!(out, "**Requested By:** {}", one_line(&by.name));
    }
    let _ = writeln!(out, "**Run:** `{}`", run.id);
    section(&mut out, "Quality Gates", "No gate was run.", newest(&run.gates).into_iter().map(gate));
    section(&mut out, "Promotion Criteria", "The spec lists none for this stage.", boxes(&details.criteria));
    let blockers = plan.refusals.iter().map(|refusal| format!("- {}", one_line(&refusal.message)));
    section(&mut out, "Blockers", "None.", blockers);
    section(&mut out, "Approval", "None is needed for this stage.", boxes(&details.approvals));
    let plan = details.rollback_plan.as_deref();
    let text = plan
        .unwrap_or("The spec describes none. `stagegate rollback` undoes the steps of the run in reverse.");
    section(&mut out, "Rollback Plan", "", std::iter::once(text.to_owned()));
    out
}

/// Adds a section; `none` stands in an empty one.
fn section(out: &mut String, title: &str, none: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    let text = if lines.is_empty() { none.to_owned() } else { lines.join("\n") };
    let _ = write!(out, "\n### {title}\n{text}\n");
}

fn boxes(items: &[(String, bool)]) -> impl Iterator<Item = String> {
    items.iter().map(|(text, ticked)| format!("- [{}] {}", if *ticked { 'x' } else { ' ' }, one_line(text)))
}

/// Returns the last verdict of each gate, in the order in which the first ones came.
fn newest(gates: &[GateRecord]) -> Vec<&GateRecord> {
    let mut newest: Vec<&GateRecord> = Vec::new();
    for gate in gates {
        match newest.iter_mut().find(|known| known.gate == gate.gate) {
            Some(known) => *known = gate,
            None => newest.push(gate),
        }
    }
    newest
}

fn gate(gate: &GateRecord) -> String {
    let tick = if gate.verdict == Verdict::Pass { 'x' } else { ' ' };
    let mut title = gate.gate.title().to_owned();
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let optional = if gate.need == Some(Need::Optional) { " (optional)" } else { "" };
    let wanted = if gate.wanted.is_empty() || gate.verdict == Verdict::Pass {
        String::new()
    } else {
        format!("; expected: {}", one_line(&gate.wanted))
    };
    format!("- [{tick}] {title}{optional}: {}{wanted}", one_line(&gate.found))
}
