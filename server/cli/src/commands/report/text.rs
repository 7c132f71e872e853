//! A report for people.

use std::fmt::Write as _;

use stagegate_core::records::{StepResult, WorkflowReport};

use super::find::Found;
use crate::report::{Style, Table, escaped};

/// Most columns of what a step came to; the lines below the table say all of it.
const MAX_SUMMARY: usize = 80;

pub(super) fn render(report: &WorkflowReport, found: &Found, style: &Style) -> String {
    let Style { bold, reset, .. } = style;
    let mut out = String::new();
    let kind = if report.kind.is_empty() { "run" } else { &report.kind };
    let from = report.from_stage.as_ref().map(|from| format!("{from} → ")).unwrap_or_default();
    let title = format!("{kind} of {}: {from}{}", report.component_name, report.target_stage);
    let _ = writeln!(out, "{bold}{}{reset}", escaped(&title));
    let (colour, how) = if report.success { (style.good, "success") } else { (style.error, "no success") };
    let state = match report.state.as_str() {
        "" | "succeeded" => String::new(),
        state => format!(" ({})", escaped(state)),
    };
    let took = time(report.total_execution_time_ms);
    let _ = writeln!(out, "{colour}{how}{}{state} in {took}\n", if colour.is_empty() { "" } else { reset });
    if !report.steps.is_empty() {
        out.push_str(&steps(&report.steps, style));
        out.push('\n');
    }
    gates(&mut out, report, style);
    errors(&mut out, report, style);
    facts(&mut out, report, found);
    out
}

/// Writes milliseconds as people do.
fn time(ms: u64) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} min {:02} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

fn steps(steps: &[StepResult], style: &Style) -> String {
    let mut table = Table::new(["", "Step", "Time", "Result"]).at_most([1, 40, 20, MAX_SUMMARY]);
    // The report is written by a step of its own, which had begun and not ended then.
    let is_writing = |step: &&StepResult| step.name == "reports" && step.state == "started";
    for step in steps.iter().filter(|step| !is_writing(step)) {
        let (mark, colour) = match step.state.as_str() {
            "done" => ("✓", style.good),
            "failed" | "undo_failed" => ("✗", style.error),
            "undone" => ("↩", style.warning),
            _ => ("·", ""),
        };
        let again = if step.attempts > 1 { format!("attempt {}: ", step.attempts) } else { String::new() };
        let result = step.error.as_ref().filter(|_| step.state != "done").or(step.summary.as_ref());
        let result = result.cloned().unwrap_or_else(|| step.state.replace('_', " "));
        let took = if step.state == "pending" { "-".to_owned() } else { time(step.execution_time_ms) };
        table.row(colour, [mark.to_owned(), step.title.clone(), took, format!("{again}{result}")]);
    }
    table.render(style)
}

fn gates(out: &mut String, report: &WorkflowReport, style: &Style) {
    let mut table = Table::new(["", "Gate", "Time", "Found"]).at_most([1, 40, 20, MAX_SUMMARY]);
    let mut is_empty = true;
    for (name, gate) in report.stage_results.iter().flat_map(|(_, stage)| &stage.quality_gates) {
        // It is what its two parts say.
        if name == "security" && !gate.details.contains_key("found") && !gate.verdict.is_empty() {
            continue;
        }
        is_empty = false;
        let optional = if gate.need.as_deref() == Some("optional") { " (optional)" } else { "" };
        let found = gate.details.get("found").and_then(|found| found.as_str().map(str::to_owned));
        let found = found.unwrap_or_else(|| gate.errors.join("; "));
        let took = if gate.cached { "same inputs".to_owned() } else { time(gate.execution_time_ms) };
        let mark = match gate.verdict.as_str() {
            _ if gate.passed => "✓",
            "inconclusive" | "pass" => "?",
            "error" => "!",
            _ => "✗",
        };
        let colour = match (gate.passed, optional.is_empty()) {
            (true, _) => style.good,
            (false, true) => style.error,
            (false, false) => style.warning,
        };
        table.row(colour, [mark.to_owned(), format!("{name}{optional}"), took, found]);
    }
    if !is_empty {
        out.push_str(&table.render(style));
        out.push('\n');
    }
}

fn errors(out: &mut String, report: &WorkflowReport, style: &Style) {
    let Style { bold, reset, gutter, .. } = style;
    for (key, stage) in report.stage_results.iter().filter(|(_, stage)| !stage.success) {
        let _ = writeln!(out, "{bold}{}{reset}", escaped(key));
        for error in &stage.errors {
            let _ = writeln!(out, "  {gutter}={reset} {}", escaped(error));
        }
        out.push('\n');
    }
}

/// What it was about, and where the files lie.
fn facts(out: &mut String, report: &WorkflowReport, found: &Found) {
    let by = report.by.as_ref().map(|by| format!("{} <{}>", by.name, by.email));
    let begun =
        report.started_at.as_ref().map(|at| format!("{} UTC", at.get(..16).unwrap_or(at).replace('T', " ")));
    let lines = [
        ("Run", report.run_id.clone()),
        ("Begun", begun),
        ("By", by),
        ("Reason", report.reason.clone()),
        ("Undoes", report.undoes.clone()),
        ("Undone by", report.undone_by.clone()),
        ("Commit", report.commit.clone()),
        ("Release", report.release.clone()),
        ("Session", report.context_session_id.clone()),
        ("Report", Some(found.path.clone())),
        ("Dashboard", report.metrics_dashboard.clone()),
    ];
    let also = found.beside.iter().map(|path| ("Also", Some(path.clone())));
    let shown = lines.into_iter().chain(also).filter_map(|(what, text)| Some((what, text?)));
    let mut paths: Vec<String> = Vec::new();
    for (what, text) in shown {
        if paths.contains(&text) {
            continue;
        }
        let _ = writeln!(out, "{what:<10} {}", escaped(&text));
        paths.push(text);
    }
}
