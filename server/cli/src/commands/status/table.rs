//! The board as a table: aligned for a terminal, or in Markdown for an issue.
//!
//! `comfy-table` and `tabled` draw such tables too. Neither cuts one column only, nor knows our colours; aligning
//! takes less code than telling them.

use std::fmt::Write as _;

use stagegate_core::stage::Stage;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::text::{nothing, summary, without_spec};
use super::{Board, Row, missing, percent};
use crate::report::text::count;
use crate::report::{Style, escaped};

const HEAD: [&str; 7] =
    ["Component", "Stage", "Target", "Coverage", "Criteria", "Findings", "Missing and below target"];

/// Columns between two columns.
const GAP: usize = 2;

/// Least width of a column that is cut.
const LEAST: usize = 12;

/// Returns the cells of a row, as plain text.
fn cells(row: &Row<'_>) -> [String; 7] {
    let status = &row.status;
    let none = || "-".to_owned();
    let stage = |stage: Option<Stage>| stage.map_or_else(none, |stage| stage.name().to_owned());
    let coverage = status.coverage.map_or_else(none, |coverage| {
        let required = coverage.required.map_or(String::new(), |required| format!("/{}", percent(required)));
        format!("{}{required} %", percent(coverage.reported))
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
    let rows: Vec<_> = board.rows.iter().map(|row| cells(row).map(|cell| escaped(&cell))).collect();
    let mut widths = HEAD.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    if let Some((terminal, _)) = terminal_size::terminal_size_of(std::io::stdout()) {
        fit(&mut widths, terminal.0.into());
    }
    let mut out = String::new();
    let Style { bold, reset, error, warning, .. } = style;
    line(&mut out, &HEAD.map(str::to_owned), &widths, bold, reset);
    for (row, cells) in board.rows.iter().zip(&rows) {
        let colour = match (row.blockers.errors.is_empty(), row.blockers.warnings) {
            (false, _) => error,
            (true, 0) => "",
            (true, _) => warning,
        };
        line(&mut out, cells, &widths, colour, if colour.is_empty() { "" } else { reset });
    }
    out.push('\n');
    out.push_str(&without_spec(board));
    out.push_str(&summary(board, style));
    out
}

/// Narrows the last column, then the first, until the line fits `terminal`.
fn fit(widths: &mut [usize; 7], terminal: usize) {
    for column in [6, 0, 5] {
        let total: usize = widths.iter().sum::<usize>() + GAP * (widths.len() - 1);
        let over = total.saturating_sub(terminal);
        widths[column] = widths[column].saturating_sub(over).max(LEAST.min(widths[column]));
    }
}

fn line(out: &mut String, cells: &[String; 7], widths: &[usize; 7], colour: &str, reset: &str) {
    out.push_str(colour);
    for (i, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let cell = cut(cell, *width);
        out.push_str(&cell);
        if i + 1 < cells.len() {
            out.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + GAP));
        }
    }
    out.push_str(reset);
    out.push('\n');
}

/// Cuts `text` to `width` columns.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut columns = 1;
    let fits = |c: &char| {
        columns += c.width().unwrap_or(0);
        columns <= width
    };
    text.chars().take_while(fits).chain(['…']).collect()
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
    fn a_narrow_terminal_cuts_the_last_column_first() {
        let mut widths = [20, 11, 10, 8, 8, 19, 60];
        fit(&mut widths, 120);
        assert_eq!(widths.iter().sum::<usize>() + GAP * 6, 120);
        assert_eq!(widths[6], 32);
        fit(&mut widths, 80);
        assert_eq!((widths[6], widths[0]), (LEAST, LEAST));
        assert_eq!(cut("notifications", 6), "notif…");
        assert_eq!(cut("\u{4f60}\u{597d}\u{4f60}", 4), "\u{4f60}…");
    }

    #[test]
    fn text_of_a_user_is_no_markdown() {
        assert_eq!(plain("a|b <img> @all\n*x*"), "a\\|b &lt;img> @\u{200b}all \\*x\\*");
    }
}
