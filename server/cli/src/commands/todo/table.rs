//! The list as a table: aligned for a terminal, or in Markdown for an issue.

use super::{List, Row, references, states};
use crate::report::{Narrowed, Style, Table, escaped};

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
        // A place that is cut leads nowhere.
        let mut table = Table::new(HEAD).at_most(MOST).narrowed(Narrowed::Never);
        list.rows.iter().for_each(|row| table.row("", cells(list, row)));
        out.push_str(&table.render(style));
        out.push('\n');
    }
    out.push_str(&list.summary());
    out
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
