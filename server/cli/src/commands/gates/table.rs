//! The verdicts as a table, and below it what to do about those that are not a pass.

use std::fmt::Write as _;

use jiff::Timestamp;
use stagegate_core::gates::{Board, Evidence, Need, Observed, Origin, Problem, ProblemKind, Verdict};
use stagegate_pipeline::gates::{GateOutcome, Outcome};

use super::summary;
use crate::report::{Style, Table, escaped};

/// Most columns of what was found; the lines below the table say all of it.
const MAX_FOUND: usize = 80;

/// Most findings that are shown of a gate.
const MAX_FINDINGS: usize = 5;

/// Most lines of a tool's output that are shown of a gate.
const MAX_OUTPUT: usize = 8;

pub(super) fn render(outcomes: &[Outcome], verbose: bool, style: &Style) -> String {
    let mut out = String::new();
    for outcome in outcomes {
        if !out.is_empty() {
            out.push('\n');
        }
        let Style { bold, reset, .. } = style;
        let _ = writeln!(out, "{bold}{} → {}{reset}\n", escaped(&outcome.component), outcome.stage);
        out.push_str(&table(outcome, style));
        // What keeps many gates from being run is said once.
        let mut said: Vec<&Problem> = Vec::new();
        for gate in &outcome.gates {
            let passed = gate.judgement.verdict == Verdict::Pass;
            let problem = gate.evidence.observed.as_ref().err();
            let is_known = problem.is_some_and(|problem| said.contains(&problem));
            if verbose || (!passed && !is_known && !is_left_out(gate)) {
                details(&mut out, gate, verbose, style);
                said.extend(problem);
            }
        }
        let colour = if outcome.passed() { style.good } else { style.warning };
        let end = if colour.is_empty() { "" } else { style.reset };
        let _ = writeln!(out, "\n{colour}{}{end}", summary(outcome));
    }
    out
}

/// Whether the gate is one that nobody waits for and that nothing says how to run.
fn is_left_out(gate: &GateOutcome) -> bool {
    let kind = gate.evidence.observed.as_ref().err().map(|problem| problem.kind);
    gate.need == Some(Need::Optional) && kind == Some(ProblemKind::NotConfigured)
}

fn table(outcome: &Outcome, style: &Style) -> String {
    let now = Board::default().at(Timestamp::now().as_millisecond());
    let mut table = Table::new(["", "Gate", "Found", "Required", "Seen"]).at_most([1, 40, MAX_FOUND, 40, 40]);
    for gate in &outcome.gates {
        let optional = if gate.need == Some(Need::Optional) { " (optional)" } else { "" };
        let required =
            if gate.judgement.required.is_empty() { "-".to_owned() } else { gate.judgement.required.clone() };
        let seen = match (gate.evidence.origin, gate.cached) {
            (Origin::Reading, _) if gate.evidence.observed.is_err() => "-".to_owned(),
            (Origin::Reading, _) => "now, by reading".to_owned(),
            (Origin::Report, _) => format!("{}, in a report", now.age(gate.evidence.ended_ms)),
            (Origin::Run, true) => format!("{}, same inputs", now.age(gate.evidence.ended_ms)),
            (Origin::Run, false) => "now".to_owned(),
        };
        let verdict = gate.judgement.verdict;
        table.row(
            colour(verdict, style),
            [
                verdict.mark().to_owned(),
                format!("{}{optional}", gate.gate),
                gate.judgement.found.clone(),
                required,
                seen,
            ],
        );
    }
    table.render(style)
}

fn colour(verdict: Verdict, style: &Style) -> &'static str {
    match verdict {
        Verdict::Pass => style.good,
        Verdict::Fail | Verdict::Error => style.error,
        Verdict::Inconclusive => style.warning,
    }
}

fn details(out: &mut String, gate: &GateOutcome, verbose: bool, style: &Style) {
    let Style { bold, reset, gutter, .. } = style;
    let GateOutcome { evidence, judgement, .. } = gate;
    let title = format!("{}: {}", gate.gate, judgement.verdict.name());
    // Of a list each thing gets a line of its own.
    let listed: &[String] = match &evidence.observed {
        Ok(Observed::Checklist { missing, .. }) if missing.len() > 1 => missing,
        _ => &[],
    };
    let found = match listed.len() {
        0 => judgement.found.clone(),
        number => format!("{number} things"),
    };
    let _ = writeln!(out, "\n{bold}{title}{reset}: {}", escaped(&found));
    let mut line = |what: &str, text: &str| {
        let _ = writeln!(out, "  {gutter}={reset} {what}: {}", escaped(text));
    };
    if !judgement.help.is_empty() {
        line("help", &judgement.help);
    }
    for missing in listed {
        line("wrong", missing);
    }
    for place in places(evidence) {
        line("at", &place);
    }
    for test in evidence.flaky.iter().take(MAX_FINDINGS) {
        line("flaky", test);
    }
    if let Some(report) = &evidence.report {
        line("report", report);
    }
    if verbose {
        for command in &evidence.commands {
            line("run", &command.join(" "));
        }
        if let (Some(tool), version) = (&evidence.tool, evidence.tool_version.as_deref().unwrap_or_default())
        {
            line("tool", format!("{tool} {version}").trim_end());
        }
        if let Some(run) = &evidence.carried_by {
            line("carried", &format!("over what the run {run} wrote itself"));
        }
    }
    if evidence.observed.is_err() {
        let lines: Vec<_> = evidence.output.lines().filter(|line| !line.trim().is_empty()).collect();
        for printed in lines.iter().skip(lines.len().saturating_sub(MAX_OUTPUT)) {
            let _ = writeln!(out, "  {gutter}|{reset} {}", escaped(printed));
        }
    }
}

/// Returns the first places of findings and gaps, as editors open them.
fn places(evidence: &Evidence) -> Vec<String> {
    let mut places: Vec<String> = Vec::new();
    if let Ok(Observed::Coverage { gaps, .. }) = &evidence.observed {
        let lines = |gap: &stagegate_core::gates::Gap| match gap.first == gap.last {
            true => format!("{}:{} is not covered", gap.path, gap.first),
            false => format!("{}:{} to {} are not covered", gap.path, gap.first, gap.last),
        };
        places.extend(gaps.iter().take(MAX_FINDINGS).map(lines));
    }
    if evidence.observed.as_ref().is_ok_and(|observed| matches!(observed, Observed::Complexity { .. })) {
        return evidence.findings.iter().take(1).map(place).collect();
    }
    places.extend(evidence.findings.iter().take(MAX_FINDINGS).map(place));
    if evidence.findings.len() > MAX_FINDINGS {
        places.push(format!("and {} more", evidence.findings.len() - MAX_FINDINGS));
    }
    places
}

fn place(finding: &stagegate_core::gates::Finding) -> String {
    let mut text = finding.path.clone().unwrap_or_default();
    for number in [finding.line, finding.column] {
        if number > 0 && !text.is_empty() {
            let _ = write!(text, ":{number}");
        }
    }
    let first = finding.message.lines().next().unwrap_or_default();
    for part in [finding.rule.as_deref().unwrap_or_default(), first] {
        if !part.is_empty() {
            text.push_str(if text.is_empty() { "" } else { " " });
            text.push_str(part);
        }
    }
    text
}
