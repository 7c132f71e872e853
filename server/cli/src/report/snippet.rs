//! Source lines with underlines, as rustc shows them.
//!
//! `annotate-snippets` draws these too, at 4 µs each; two findings in each of 10,000 files would take 80 ms of the
//! 60 ms that the whole check may take. This draws one in a tenth of that.

use std::fmt::Write as _;

use stagegate_core::text::{LineIndex, TextRange};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::Style;

/// Columns shown of one line; the rest of a longer one is cut off around the underlined text.
const MAX_COLUMNS: usize = 140;

/// Columns kept before an underlined text that starts past [`MAX_COLUMNS`].
const CONTEXT_COLUMNS: usize = 20;

/// A tab moves this far, whatever its column: places in text are counted in characters, not in tab stops.
const TAB: &str = "    ";

/// Text to underline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark<'a> {
    /// Where it stands.
    pub(super) range: TextRange,
    /// `^` for the finding itself, `-` for other places.
    pub(super) sign: char,
    /// Its colour.
    pub(super) colour: &'a str,
    /// What to say beside it.
    pub(super) label: &'a str,
}

/// Draws the lines that `marks` stand in, each line once, in order. `width` is that of the line numbers.
pub(super) fn draw(out: &mut String, lines: &LineIndex<'_>, marks: &[Mark<'_>], width: usize, style: &Style) {
    let line_of = |mark: &Mark<'_>| line_number(lines, mark.range);
    let mut order: Vec<&Mark<'_>> = marks.iter().collect();
    order.sort_by_key(|mark| line_of(mark));
    let Style { gutter, reset, .. } = style;
    let mut shown = None;
    for mark in order {
        let line = line_of(mark);
        let text = lines.line(line);
        let start = usize::from(mark.range.start()).saturating_sub(lines.line_start(line));
        let end = usize::from(mark.range.end()).saturating_sub(lines.line_start(line));
        let window = Window::around(text, start.min(text.len()), end.min(text.len()));
        if shown != Some(line) {
            match shown {
                Some(before) if before + 2 == line => number(out, line, width, lines.line(line - 1), style),
                Some(before) if before + 1 < line => {
                    let _ = writeln!(out, "{gutter}...{reset}");
                }
                _ => {}
            }
            let _ = write!(out, "{gutter}{:>width$} |{reset} ", line + 1);
            window.write(out, text);
            shown = Some(line);
        }
        let (before, wide) = window.columns(text, start.min(text.len()), end.min(text.len()));
        let _ = write!(out, "{gutter}{:width$} |{reset} {:before$}{}", "", "", mark.colour);
        out.extend(std::iter::repeat_n(mark.sign, wide.max(1)));
        if end > text.len() {
            out.push_str("..."); // The text goes on in the next line.
        }
        if !mark.label.is_empty() {
            out.push(' ');
            escape(out, mark.label);
        }
        let _ = writeln!(out, "{reset}");
    }
}

/// Returns the zero-based line in which `range` starts.
pub(super) fn line_number(lines: &LineIndex<'_>, range: TextRange) -> u32 {
    lines.position(range.start().into(), stagegate_core::text::PositionEncoding::Utf8).line
}

/// Draws a line between two marked ones.
fn number(out: &mut String, line: u32, width: usize, text: &str, style: &Style) {
    let _ = write!(out, "{}{line:>width$} |{} ", style.gutter, style.reset);
    Window::around(text, 0, 0).write(out, text);
}

/// The part of a line that is shown, in bytes.
#[derive(Clone, Copy, Debug)]
struct Window {
    start: usize,
    end: usize,
}

impl Window {
    /// Shows the whole line where it is short, else the part that holds the start of the marked text.
    fn around(text: &str, start: usize, end: usize) -> Window {
        if text.len() <= MAX_COLUMNS {
            return Window { start: 0, end: text.len() };
        }
        let fits = text[..end].width() <= MAX_COLUMNS;
        let first = if fits {
            0
        } else {
            let (mut at, mut columns) = (start, 0);
            for (i, c) in text[..start].char_indices().rev() {
                columns += c.width().unwrap_or(1);
                if columns > CONTEXT_COLUMNS {
                    break;
                }
                at = i;
            }
            at
        };
        let mut columns = 0;
        let last = text[first..].char_indices().find_map(|(i, c)| {
            columns += c.width().unwrap_or(1);
            (columns > MAX_COLUMNS).then_some(first + i)
        });
        Window { start: first, end: last.unwrap_or(text.len()) }
    }

    fn write(self, out: &mut String, text: &str) {
        if self.start > 0 {
            out.push_str("...");
        }
        escape(out, text[self.start..self.end].trim_end());
        if self.end < text.len() {
            out.push_str("...");
        }
        out.push('\n');
    }

    /// Returns how many columns stand before `start..end` as shown, and how many it takes itself.
    fn columns(self, text: &str, start: usize, end: usize) -> (usize, usize) {
        let clamp = |at: usize| at.clamp(self.start, self.end);
        let lead = if self.start > 0 { 3 } else { 0 };
        let before = lead + shown_width(&text[self.start..clamp(start)]);
        (before, shown_width(&text[clamp(start)..clamp(end)]))
    }
}

/// Returns the columns that [`escape`]d text takes.
fn shown_width(text: &str) -> usize {
    if text.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
        return text.len();
    }
    let mut shown = String::with_capacity(text.len());
    escape(&mut shown, text);
    shown.width()
}

/// Writes text of a user so that it cannot steer the terminal: tabs as blanks, other control characters and those
/// that reorder text as pictures or `\u{...}`.
pub(super) fn escape(out: &mut String, text: &str) {
    if text.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
        return out.push_str(text);
    }
    for c in text.chars() {
        match c {
            '\t' => out.push_str(TAB),
            '\0'..='\x1f' => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}')),
            '\x7f' => out.push('\u{2421}'),
            '\u{feff}' => {}
            '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                let _ = write!(out, "\\u{{{:x}}}", c as u32);
            }
            _ => out.push(c),
        }
    }
}

/// Returns text of a user as [`escape`] writes it.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(&mut out, text);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use stagegate_core::text::range;

    fn drawn(text: &str, marks: &[(&str, char, &str)]) -> String {
        let marks: Vec<_> = marks
            .iter()
            .map(|(marked, sign, label)| {
                let at = text.find(marked).unwrap();
                Mark { range: range(at, at + marked.len()), sign: *sign, colour: "", label }
            })
            .collect();
        let mut out = String::new();
        draw(&mut out, &LineIndex::new(text), &marks, 2, &Style::none());
        out
    }

    #[test]
    fn underlines_stand_below_wide_characters_and_tabs() {
        let text = "\u{feff}a\tb: \u{4f60}\u{597d}: \u{1f680} x\r\n";
        let wide =
            format!(" 1 | a    b: \u{4f60}\u{597d}: \u{1f680} x\n   | {:8}^^^^\n   | {:17}- here\n", "", "");
        assert_eq!(drawn(text, &[("\u{4f60}\u{597d}", '^', ""), ("x", '-', "here")]), wide);
    }

    #[test]
    fn lines_between_are_shown_or_left_out() {
        let text = "one\ntwo\nthree\nfour\nfive\nsix\n";
        assert_eq!(
            drawn(text, &[("three", '^', "this"), ("one", '-', ""), ("six", '-', "")]),
            " 1 | one\n   | ---\n 2 | two\n 3 | three\n   | ^^^^^ this\n...\n 6 | six\n   | ---\n"
        );
        assert_eq!(drawn(text, &[("two\nth", '^', "")]), " 2 | two\n   | ^^^...\n");
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let text = format!("{}MARK{}", "a".repeat(1000), "b".repeat(1000));
        let out = drawn(&text, &[("MARK", '^', "")]);
        let lines: Vec<_> = out.lines().collect();
        assert_eq!(lines[0].len(), " 1 | ".len() + 3 + MAX_COLUMNS + 3);
        let at = lines[1].find('^').unwrap();
        assert_eq!(&lines[0][at..at + 4], "MARK");
    }

    #[test]
    fn control_characters_cannot_steer_the_terminal() {
        let mut out = String::new();
        escape(&mut out, "a\x1b[31m\u{202e}b\u{9b}");
        assert_eq!(out, "a\u{241b}[31m\\u{202e}b\\u{9b}");
    }

    proptest! {
        /// Whatever the text and the place: no panic, no control character, and the mark is there.
        #[test]
        fn any_place_in_any_text_can_be_drawn(
            text in "[a-c \t\r\n\u{e9}\u{4f60}\u{1f680}\u{feff}\u{1b}\u{202e}]{0,400}",
            at in 0usize..400,
            length in 0usize..300,
        ) {
            let boundary = |at: usize| (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap();
            let mark = Mark { range: range(boundary(at), boundary(at + length)), sign: '^', colour: "", label: "" };
            let mut out = String::new();
            draw(&mut out, &LineIndex::new(&text), &[mark], 2, &Style::none());
            prop_assert!(out.contains('^'));
            prop_assert!(!out.chars().any(|c| c.is_control() && c != '\n'));
        }
    }
}
