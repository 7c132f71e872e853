//! Gates in words: for hints, lenses and hovers.

use std::fmt::Write as _;

use super::markup;
use super::maturity::percent;
use crate::gates::{Board, Exit, Freshness, GateStatus, Known, Measured, Need, Origin, Verdict, utc};
use crate::stage::Stage;

/// Most characters of what was found that a hint shows.
const MAX_FOUND: usize = 60;

/// Most findings that a hover names.
const MAX_FINDINGS: usize = 5;

/// Returns how old evidence is: `5 min ago`, or `stale`.
pub(super) fn age(known: &Known, board: &Board) -> String {
    match known.freshness {
        Freshness::Fresh => board.age(known.evidence.ended_ms),
        Freshness::Stale(_) => "stale".to_owned(),
    }
}

/// Returns `measured 72.4 %, 5 min ago`.
pub(super) fn measured(measured: &Measured<'_>, board: &Board) -> String {
    format!("measured {}, {}", percent(measured.percent), age(measured.known, board))
}

/// Returns what the gates of a criterion say: `✓ 12 passed, 3 min ago`, `✗ 59 %, 1 h ago`, `stale: ✓ no issue`,
/// `no evidence`.
pub(super) fn label(gates: &[GateStatus], board: &Board) -> String {
    let parts: Vec<_> = gates.iter().map(short).collect();
    let oldest =
        gates.iter().filter_map(|gate| gate.known.as_ref()).min_by_key(|known| known.evidence.ended_ms);
    let said = parts.join(" · ");
    match oldest {
        _ if gates.iter().any(GateStatus::is_stale) => format!("stale: {said}"),
        Some(known) => format!("{said}, {}", board.age(known.evidence.ended_ms)),
        None if gates.iter().all(|gate| gate.judgement.is_none()) => "no evidence".to_owned(),
        None => said,
    }
}

/// Returns what one gate says, without its age.
fn short(gate: &GateStatus) -> String {
    let Some(judgement) = &gate.judgement else { return format!("no evidence for {}", gate.name.title()) };
    // How many statements there are stands in the tooltip.
    let found = judgement.found.split(" (").next().unwrap_or_default();
    format!("{} {}", judgement.verdict.mark(), markup::one_line(found, MAX_FOUND))
}

/// Returns the verdict in one word; what is out of date says so.
fn verdict(gate: &GateStatus) -> &'static str {
    match gate.verdict() {
        None => "no evidence",
        Some(_) if gate.is_stale() => "out of date",
        Some(verdict) => verdict.name(),
    }
}

fn mark(gate: &GateStatus) -> &'static str {
    gate.verdict().map_or("·", Verdict::mark)
}

/// Returns all there is to say about what is known of a gate, in Markdown.
pub(super) fn evidence(gate: &GateStatus, stage: Stage, board: &Board) -> String {
    let title = gate.name.title();
    let Some(judgement) = &gate.judgement else {
        return format!("No evidence for {title}: nothing was run, and no report was found.");
    };
    let mut out = format!("{} {title} for {stage}: **{}**\n", mark(gate), verdict(gate));
    let mut line = |text: String| {
        let _ = write!(out, "\n- {text}");
    };
    line(format!("found: {}", markup::plain(&judgement.found)));
    if !judgement.required.is_empty() {
        line(format!("asked for: {}", markup::plain(&judgement.required)));
    }
    if !judgement.help.is_empty() {
        line(format!("what to do: {}", markup::plain(&judgement.help)));
    }
    let Some(known) = &gate.known else {
        line("judged by reading, at this moment".to_owned());
        return out;
    };
    let evidence = &*known.evidence;
    let at = format!("{}, {}", board.age(evidence.ended_ms), utc(evidence.ended_ms));
    let origin = match evidence.origin {
        Origin::Run => "run",
        Origin::Report => "report, written",
        Origin::Reading => "read",
    };
    line(format!("{origin} {at}"));
    if let Freshness::Stale(inputs) = &known.freshness {
        let changed = inputs.iter().take(MAX_FINDINGS).map(|input| markup::code(input));
        line(format!("out of date: {} changed since", changed.collect::<Vec<_>>().join(", ")));
    }
    if let Some(tool) = evidence.tool_in_words() {
        line(format!("tool: {}", markup::plain(&tool)));
    }
    for command in evidence.commands.iter().take(MAX_FINDINGS) {
        line(format!("command: {}", markup::code(&command.join(" "))));
    }
    match evidence.exit {
        None | Some(Exit::Code(0)) => {}
        Some(Exit::Code(code)) => line(format!("exit code: {code}")),
        Some(Exit::Signal(signal)) => line(format!("ended by signal {signal}")),
        Some(Exit::TimedOut(ms)) => line(format!("stopped after {} s", ms / 1000)),
        Some(Exit::Cancelled) => line("stopped by somebody".to_owned()),
    }
    if let Some(commit) = &evidence.commit {
        line(format!("commit: {}", markup::code(commit.get(..12).unwrap_or(commit))));
    }
    if let Some(report) = &evidence.report {
        line(format!("report: {}", markup::code(report)));
    }
    for finding in evidence.findings.iter().take(MAX_FINDINGS) {
        let place = match &finding.path {
            Some(path) if finding.line > 0 => {
                format!("{} ", markup::code(&format!("{path}:{}", finding.line)))
            }
            Some(path) => format!("{} ", markup::code(path)),
            None => String::new(),
        };
        let rule =
            finding.rule.as_deref().map(|rule| format!("{}: ", markup::plain(rule))).unwrap_or_default();
        line(format!("{place}{rule}{}", markup::plain(&finding.message)));
    }
    if let Some(more @ 1..) = evidence.findings.len().checked_sub(MAX_FINDINGS) {
        line(format!("and {more} more"));
    }
    if !evidence.flaky.is_empty() {
        let names = evidence.flaky.iter().take(MAX_FINDINGS).map(|name| markup::code(name));
        line(format!("flaky: {}", names.collect::<Vec<_>>().join(", ")));
    }
    out
}

/// Returns a table of the gates of a stage, in Markdown.
pub(super) fn table(gates: &[GateStatus], stage: Stage, board: &Board) -> String {
    let mut out = format!("| | gate for {stage} | found | asked for | |\n| --- | --- | --- | --- | --- |\n");
    for gate in gates {
        let optional = if gate.need == Need::Optional { ", optional" } else { "" };
        let (found, required) = match &gate.judgement {
            Some(judgement) => (cell(&judgement.found), cell(&judgement.required)),
            None => ("no evidence".to_owned(), String::new()),
        };
        let age = gate.known.as_ref().map(|known| age(known, board)).unwrap_or_default();
        let (mark, name) = (mark(gate), gate.name.as_str());
        let _ = writeln!(out, "| {mark} | {}{optional} | {found} | {required} | {age} |", markup::code(name));
    }
    out.trim_end().to_owned()
}

/// Text in a table: `plain` escapes what would end the cell.
fn cell(text: &str) -> String {
    markup::plain(text)
}

#[cfg(test)]
mod tests;
