//! Tables aligned for a terminal.
//!
//! `comfy-table` and `tabled` draw such tables too. Neither cuts one column only, nor knows our colours; aligning takes
//! less code than telling them.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::{Style, escaped};

/// Columns between two columns.
const GAP: usize = 2;

/// Least width of a column that is cut.
const LEAST: usize = 12;

/// A table of `N` columns.
pub(crate) struct Table<const N: usize> {
    head: [String; N],
    rows: Vec<(&'static str, [String; N])>,
    most: [usize; N],
    narrowed: Narrowed,
}

/// Which columns are cut where the terminal is narrower than the table.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Narrowed {
    /// The widest one, whichever it is.
    Widest,
    /// These, one after another.
    InOrder(&'static [usize]),
    /// None: the terminal wraps the lines.
    Never,
}

impl<const N: usize> Table<N> {
    /// A table with this head and no row.
    pub(crate) fn new(head: [&str; N]) -> Table<N> {
        Table {
            head: head.map(str::to_owned),
            rows: Vec::new(),
            most: [usize::MAX; N],
            narrowed: Narrowed::Widest,
        }
    }

    /// Cuts cells of each column to so many terminal columns at the most, on every terminal.
    pub(crate) fn at_most(mut self, most: [usize; N]) -> Table<N> {
        self.most = most;
        self
    }

    /// Says which columns are cut on a narrow terminal.
    pub(crate) fn narrowed(mut self, narrowed: Narrowed) -> Table<N> {
        self.narrowed = narrowed;
        self
    }

    /// Adds a row in a colour of [`Style`]; empty for none. What would move the cursor is escaped.
    pub(crate) fn row(&mut self, colour: &'static str, cells: [String; N]) {
        self.rows.push((colour, cells.map(|cell| escaped(&cell))));
    }

    /// Returns the lines.
    pub(crate) fn render(&self, style: &Style) -> String {
        let mut widths = [0; N];
        for cells in std::iter::once(&self.head).chain(self.rows.iter().map(|(_, cells)| cells)) {
            for ((width, cell), most) in widths.iter_mut().zip(cells).zip(self.most) {
                *width = (*width).max(cell.width().min(most));
            }
        }
        if let Some((terminal, _)) = terminal_size::terminal_size_of(std::io::stdout()) {
            let terminal = terminal.0.into();
            match self.narrowed {
                Narrowed::Widest => fit(&mut widths, terminal),
                Narrowed::InOrder(columns) => fit_in_order(&mut widths, columns, terminal),
                Narrowed::Never => {}
            }
        }
        let mut out = String::new();
        line(&mut out, &self.head, &widths, style.bold, style.reset);
        for (colour, cells) in &self.rows {
            line(&mut out, cells, &widths, colour, style.reset);
        }
        out
    }
}

/// Narrows the widest column until the line fits.
fn fit<const N: usize>(widths: &mut [usize; N], terminal: usize) {
    loop {
        let total = widths.iter().sum::<usize>() + GAP * (N - 1);
        let Some(widest) = (0..N).max_by_key(|at| widths[*at]) else { return };
        if total <= terminal || widths[widest] <= LEAST {
            return;
        }
        widths[widest] -= 1;
    }
}

/// Narrows these columns, one after another, until the line fits.
fn fit_in_order<const N: usize>(widths: &mut [usize; N], columns: &[usize], terminal: usize) {
    for column in columns {
        let over = (widths.iter().sum::<usize>() + GAP * (N - 1)).saturating_sub(terminal);
        let width = &mut widths[*column];
        *width = width.saturating_sub(over).max(LEAST.min(*width));
    }
}

fn line<const N: usize>(
    out: &mut String,
    cells: &[String; N],
    widths: &[usize; N],
    colour: &str,
    reset: &str,
) {
    out.push_str(colour);
    let mut blanks = 0;
    for (cell, width) in cells.iter().zip(widths) {
        let cell = cut(cell, *width);
        // Nothing stands behind the last cell that holds something.
        if !cell.is_empty() {
            out.extend(std::iter::repeat_n(' ', blanks));
            blanks = 0;
        }
        out.push_str(&cell);
        blanks += width.saturating_sub(cell.width()) + GAP;
    }
    out.push_str(if colour.is_empty() { "" } else { reset });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_the_widest_is_cut() {
        let mut table = Table::new(["", "Gate", "Found"]);
        table.row("", ["✓".to_owned(), "lint".to_owned(), "no issue".to_owned()]);
        table.row("", ["✗".to_owned(), "coverage".to_owned(), String::new()]);
        assert_eq!(table.render(&Style::none()), "   Gate      Found\n✓  lint      no issue\n✗  coverage\n");
        let mut widths = [1, 30, 90];
        fit(&mut widths, 60);
        assert_eq!(widths, [1, 28, 27]);
    }

    #[test]
    fn columns_can_be_cut_in_an_order_and_everywhere() {
        let mut widths = [20, 11, 10, 8, 8, 19, 60];
        fit_in_order(&mut widths, &[6, 0, 5], 120);
        assert_eq!(widths.iter().sum::<usize>() + GAP * 6, 120);
        assert_eq!(widths[6], 32);
        fit_in_order(&mut widths, &[6, 0, 5], 80);
        assert_eq!((widths[6], widths[0]), (LEAST, LEAST));
        assert_eq!(cut("notifications", 6), "notif…");
        assert_eq!(cut("\u{4f60}\u{597d}\u{4f60}", 4), "\u{4f60}…");
        let mut table = Table::new(["Gate", "Found"]).at_most([4, 80]).narrowed(Narrowed::Never);
        table.row("", ["coverage".to_owned(), "59 %".to_owned()]);
        assert_eq!(table.render(&Style::none()), "Gate  Found\ncov…  59 %\n");
    }
}
