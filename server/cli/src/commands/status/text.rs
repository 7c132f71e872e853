//! The board for people: a group for each stage, and below each component what is missing.

use std::fmt::Write as _;

use stagegate_core::stage::Stage;
use stagegate_core::status::{Below, Column, CoverageSource};

use super::{Blocker, Board, Row, missing, percent};
use crate::report::text::count;
use crate::report::{Style, escaped};

/// Most errors that are shown of one component, and of files that belong to none.
const SHOWN: usize = 3;

/// Most components without a spec that are named.
const NAMED: usize = 8;

/// Columns of the word before a blocker.
const WORD: usize = 6;

/// The rule that reports what is shown as `needs`.
const BELOW_TARGET: &str = "maturity/dependency-below-target";

pub(super) fn render(board: &Board<'_>, style: &Style) -> String {
    if board.is_empty() {
        return nothing(board);
    }
    let Style { bold, reset, .. } = style;
    let mut out = String::new();
    let width =
        board.rows.iter().map(|row| row.status.component.name.chars().count()).max().unwrap_or_default();
    for column in Column::ALL {
        let rows: Vec<_> = board.rows.iter().filter(|row| row.status.column == column).collect();
        // The columns of the climb are there even when nobody stands in them; the others would only be noise.
        let always = !matches!(column, Column::Stage(Stage::Experimental | Stage::Deprecated));
        if rows.is_empty() && !always {
            continue;
        }
        let _ = writeln!(out, "{bold}{}{reset} ({})", column.title(), rows.len());
        for row in rows {
            render_row(&mut out, row, width, style);
        }
        out.push('\n');
    }
    for blocker in board.elsewhere.iter().take(SHOWN) {
        render_blocker(&mut out, blocker, 0, style);
    }
    if board.elsewhere.len() > SHOWN {
        let more = count(board.elsewhere.len() - SHOWN, "more error");
        let _ = writeln!(out, "{more} in files that could not be read; see `stagegate check`");
    }
    if !board.elsewhere.is_empty() {
        out.push('\n');
    }
    out.push_str(&without_spec(board));
    out.push_str(&summary(board, style));
    out
}

fn render_row(out: &mut String, row: &Row<'_>, width: usize, style: &Style) {
    let Style { gutter, good, error, warning, reset, .. } = style;
    let status = &row.status;
    let mut facts = Vec::new();
    match status.aim {
        Some(aim) if status.component.stage == Some(aim) => facts.push(format!("target {aim}")),
        Some(aim) if status.target.is_some_and(|target| target != aim) => {
            facts.push(format!("to {aim}, then {}", status.target.map_or("", Stage::name)));
        }
        Some(aim) => facts.push(format!("to {aim}")),
        None => {}
    }
    if let Some(coverage) = &status.coverage() {
        let colour = match coverage.source {
            CoverageSource::Stale => warning,
            _ if coverage.is_enough() => good,
            _ => error,
        };
        let of = coverage.required.map_or(String::new(), |required| format!(" of {}", percent(required)));
        let source = coverage.source.name();
        facts.push(format!("{colour}coverage {}{of} %{reset} ({source})", percent(coverage.percent)));
    }
    if let Some(gates) = &status.gates {
        let colour = if gates.met == gates.required { good } else { "" };
        let reset = if colour.is_empty() { "" } else { reset };
        let stale = match row.stale() {
            0 => String::new(),
            stale => format!(", {stale} stale"),
        };
        facts.push(format!("{colour}gates {}/{}{reset}{stale}", gates.met, gates.required));
    }
    if let Some(criteria) = &status.criteria {
        let colour = if criteria.checked == criteria.total { good } else { "" };
        let (checked, total) = (criteria.checked, criteria.total);
        let reset = if colour.is_empty() { "" } else { reset };
        facts.push(format!("{colour}criteria {checked}/{total}{reset}"));
    }
    let missing = missing(row);
    if !missing.is_empty() {
        facts.push(format!("no {}", missing.join(", no ")));
    }
    let name = escaped(&status.component.name);
    let facts = facts.join(" · ");
    let width = if facts.is_empty() { 0 } else { width };
    let _ = write!(out, "  {gutter}{name:width$}{reset}  {facts}");
    out.truncate(out.trim_end_matches(' ').len());
    out.push('\n');
    for below in &status.below {
        let (word, colour) = if below.required { ("needs", error) } else { ("uses", &style.warning) };
        let stage = below.stage.map_or("in the backlog", Stage::in_words);
        let (name, weakest) = (escaped(below.name), escaped(below.weakest));
        let through = if weakest == name { String::new() } else { format!(", which needs {weakest}") };
        let _ = writeln!(
            out,
            "      {colour}{word:WORD$}{reset} {name} in {}{through}: that is {stage}",
            below.needed
        );
    }
    // What a line above says of a dependency is not said again.
    let is_said = |blocker: &&Blocker| {
        let names = |below: &Below<'_>| blocker.message.contains(&format!("`{}`", below.name));
        blocker.code == BELOW_TARGET && status.below.iter().any(names)
    };
    let errors: Vec<_> = row.blockers.errors.iter().filter(|blocker| !is_said(blocker)).collect();
    for blocker in errors.iter().take(SHOWN) {
        render_blocker(out, blocker, 6, style);
    }
    for (number, issue) in row.issues.iter().take(SHOWN) {
        let title = escaped(&issue.title);
        let _ = writeln!(out, "      {error}{:WORD$}{reset} #{number} blocks it: {title}", "issue");
    }
    let parts = [(row.issues.len().saturating_sub(SHOWN), "more blocking issue")];
    for (more, word) in parts.into_iter().filter(|(more, _)| *more > 0) {
        let _ = writeln!(out, "      {}", count(more, word));
    }
    // What an error says of a gate is not said again.
    let is_news = |found: &str| !row.blockers.errors.iter().any(|blocker| blocker.message.contains(found));
    let shut: Vec<_> = row.shut().filter(|(_, judgement)| is_news(&judgement.found)).collect();
    for (gate, judgement) in shut.iter().take(SHOWN) {
        let required = match judgement.required.as_str() {
            "" => String::new(),
            required => format!("; expected: {required}"),
        };
        let found = escaped(&format!("{}: {}{required}", gate.name, judgement.found));
        let _ = writeln!(out, "      {error}{:WORD$}{reset} {found}", "gate");
    }
    if shut.len() > SHOWN {
        let _ = writeln!(out, "      {}", count(shut.len() - SHOWN, "more shut gate"));
    }
    let parts = [(errors.len().saturating_sub(SHOWN), "more error"), (row.blockers.warnings, "warning")];
    let rest: Vec<_> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| count(*n, word)).collect();
    if !rest.is_empty() {
        let _ = writeln!(out, "      {}", rest.join(", "));
    }
}

/// Writes `error  path:line  message`.
fn render_blocker(out: &mut String, blocker: &Blocker, indent: usize, style: &Style) {
    let Style { error, reset, .. } = style;
    let (path, message) = (escaped(&blocker.path), escaped(&blocker.message));
    let line = blocker.line + 1;
    let _ = writeln!(
        out,
        "{:indent$}{error}{:WORD$}{reset} {path}:{line}: {message} [{}]",
        "", "error", blocker.code
    );
}

/// Names source that no spec describes, in one line.
pub(super) fn without_spec(board: &Board<'_>) -> String {
    let places = &board.without_spec;
    let Some(first) = places.first() else { return String::new() };
    let names: Vec<_> = places.iter().take(NAMED).map(|place| place.name.as_str()).collect();
    let more = places.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let (names, first) = (names.join(", "), &first.name);
    format!("Source without a spec: {names}{more}. `stagegate new spec {first}` writes one.\n")
}

/// The last line: how many components there are, and how many are blocked.
pub(super) fn summary(board: &Board<'_>, style: &Style) -> String {
    let Style { error, good, reset, .. } = style;
    let is_blocked = |row: &&Row<'_>| {
        !row.blockers.errors.is_empty()
            || !row.issues.is_empty()
            || row.status.below.iter().any(|below| below.required)
    };
    let blocked = board.rows.iter().filter(is_blocked).count();
    let warnings: usize = board.rows.iter().map(|row| row.blockers.warnings).sum();
    let mut out = format!("{}: ", count(board.rows.len(), "component"));
    match blocked {
        0 => out.push_str(&format!("{good}none is blocked{reset}")),
        1 => out.push_str(&format!("{error}1 is blocked{reset}")),
        _ => out.push_str(&format!("{error}{blocked} are blocked{reset}")),
    }
    if warnings > 0 {
        let _ = write!(out, "; {}", count(warnings, "warning"));
    }
    let see = if blocked > 0 || warnings > 0 { " `stagegate check` shows each on its line." } else { "" };
    let _ = writeln!(out, ".{see}");
    out
}

/// Says what was looked for.
pub(super) fn nothing(board: &Board<'_>) -> String {
    let mut out = format!("Found no components in {}.\n", escaped(&board.root.to_string_lossy()));
    out.push_str(
        "A component has a spec: a Markdown file below specs/, or one with a line `**Component Name:** NAME`;\n\
         or its source folder, such as src/NAME, has a MATURITY.md or declares `__maturity__`.\n",
    );
    match without_spec(board) {
        text if text.is_empty() => out.push_str("`stagegate new spec NAME` writes the first one.\n"),
        text => out.push_str(&text),
    }
    out
}
