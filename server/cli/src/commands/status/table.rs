//! The board as a table: aligned for a terminal, or in Markdown for an issue.

use std::fmt::Write as _;

use stagegate_core::stage::Stage;

use super::text::{nothing, summary, without_spec};
use super::{Board, Row, missing, percent};
use crate::report::text::count;
use crate::report::{Narrowed, Style, Table, escaped};

const HEAD: [&str; 8] =
    ["Component", "Stage", "Target", "Coverage", "Gates", "Criteria", "Findings", "Missing and below target"];

/// The columns that are cut on a narrow terminal, first to last.
const CUT: [usize; 3] = [7, 0, 6];

/// Returns the cells of a row, as plain text.
fn cells(row: &Row<'_>) -> [String; 8] {
    let status = &row.status;
    let none = || "-".to_owned();
    let stage = |stage: Option<Stage>| stage.map_or_else(none, |stage| stage.name().to_owned());
    let coverage = status.coverage().map_or_else(none, |coverage| {
        let required = coverage.required.map_or(String::new(), |required| format!("/{}", percent(required)));
        format!("{}{required} % {}", percent(coverage.percent), coverage.source.name())
    });
    let gates = status.gates.map_or_else(none, |gates| {
        let stale = match row.stale() {
            0 => String::new(),
            stale => format!(", {stale} stale"),
        };
        format!("{}/{}{stale}", gates.met, gates.required)
    });
    let criteria = status.criteria.map_or_else(none, |c| format!("{}/{}", c.checked, c.total));
    let parts = [(row.blockers.errors.len(), "error"), (row.blockers.warnings, "warning")];
    let findings: Vec<_> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| count(*n, word)).collect();
    let findings = if findings.is_empty() { none() } else { findings.join(", ") };
    let below = status.below.iter().map(|below| {
        let stage = below.stage.map_or("backlog", Stage::name);
        format!("{} ({stage})", below.weakest)
    });
    let missing = missing(row).into_iter().map(|what| format!("no {what}"));
    let issues = row.issues.iter().map(|(number, _)| format!("issue #{number}"));
    let last: Vec<_> = missing.chain(below).chain(issues).collect();
    let last = if last.is_empty() { none() } else { last.join(", ") };
    [
        status.component.name.to_string(),
        status.column.name().to_owned(),
        stage(status.target),
        coverage,
        gates,
        criteria,
        findings,
        last,
    ]
}

/// Renders the table for a terminal.
pub(super) fn render(board: &Board<'_>, style: &Style) -> String {
    if board.is_empty() {
        return nothing(board);
    }
    let mut table = Table::new(HEAD).narrowed(Narrowed::InOrder(&CUT));
    for row in &board.rows {
        let colour = match (row.blockers.errors.is_empty(), row.blockers.warnings) {
            (false, _) => style.error,
            (true, 0) => "",
            (true, _) => style.warning,
        };
        table.row(colour, cells(row));
    }
    let mut out = table.render(style);
    out.push('\n');
    out.push_str(&without_spec(board));
    out.push_str(&summary(board, style));
    out
}

/// Renders a table that GitHub shows.
pub(super) fn markdown(board: &Board<'_>) -> String {
    if board.is_empty() {
        return nothing(board);
    }
    let mut out = format!("| {} |\n|{}\n", HEAD.join(" | "), " --- |".repeat(HEAD.len()));
    for row in &board.rows {
        let [name, rest @ ..] = cells(row);
        let rest = rest.map(|cell| plain(&cell)).join(" | ");
        let _ = writeln!(out, "| `{}` | {rest} |", escaped(&name).replace('`', "'").replace('|', "\\|"));
    }
    out.push('\n');
    out.push_str(&summary(board, &Style::none()));
    out
}

/// Escapes what Markdown would take for marks; `@` is kept from calling anybody.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '#' | '~' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("@\u{200b}"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_user_is_no_markdown() {
        assert_eq!(plain("a|b <img> @all\n*x*"), "a\\|b &lt;img> @\u{200b}all \\*x\\*");
    }
}
