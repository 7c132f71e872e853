//! The list as a table: aligned for a terminal, or in Markdown for an issue.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::{List, Row, references, states};
use crate::report::{Style, escaped};

const HEAD: [&str; 6] = ["Component", "Place", "Word", "Issues", "State", "Text"];

/// Most columns of each column; what is longer is cut.
const MOST: [usize; 6] = [24, 60, 12, 32, 32, 80];

fn cells(list: &List<'_>, row: &Row<'_>) -> [String; 6] {
    let or_none = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    [
        row.component.unwrap_or("-").to_owned(),
        format!("{}:{}", row.path, row.todo.line + 1),
        row.todo.word.to_string(),
        or_none(references(row)),
        or_none(states(list, row)),
        row.todo.text.to_string(),
    ]
}

/// Renders the table for a terminal.
pub(super) fn render(list: &List<'_>, style: &Style) -> String {
    let mut out = String::new();
    if !list.rows.is_empty() {
        let rows: Vec<_> = list.rows.iter().map(|row| cells(list, row).map(|cell| escaped(&cell))).collect();
        let mut widths = HEAD.map(str::len);
        for row in &rows {
            for ((width, cell), most) in widths.iter_mut().zip(row).zip(MOST) {
                *width = (*width).max(cell.width().min(most));
            }
        }
        out.push_str(style.bold);
        line(&mut out, &HEAD.map(str::to_owned), &widths);
        out.push_str(style.reset);
        rows.iter().for_each(|row| line(&mut out, row, &widths));
        out.push('\n');
    }
    out.push_str(&list.summary());
    out
}

fn line(out: &mut String, cells: &[String; 6], widths: &[usize; 6]) {
    let mut blanks = 0;
    for (cell, width) in cells.iter().zip(widths) {
        let cell = cut(cell, *width);
        if !cell.is_empty() {
            out.extend(std::iter::repeat_n(' ', blanks));
            blanks = 0;
        }
        out.push_str(&cell);
        blanks += width.saturating_sub(cell.width()) + 2;
    }
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

/// Renders the table in Markdown.
pub(super) fn markdown(list: &List<'_>) -> String {
    let mut out = String::new();
    if !list.rows.is_empty() {
        let row = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        out.push_str(&row(&HEAD.map(str::to_owned)));
        out.push_str("| --- | --- | --- | --- | --- | --- |\n");
        for todo in &list.rows {
            out.push_str(&row(&cells(list, todo).map(|cell| cell_text(&cell))));
        }
        out.push('\n');
    }
    out.push_str(&cell_text(list.summary().trim_end()));
    out.push('\n');
    out
}

/// Takes the meaning from what Markdown would read in a cell.
fn cell_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in escaped(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '~' | '@' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}
