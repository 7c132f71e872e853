//! A line in the promotion history of a MATURITY file, in the style of the lines there.

use super::edits::{Edits, line_end, line_start, line_stop, next_line};
use super::page::{Page, PageHeading, PageItem};
use super::value::day;
use super::{MetadataFile, Promotion};
use crate::stage;
use crate::text::range;

/// The section.
const TITLE: &str = "Promotion History";

pub(super) fn edit(
    file: &MetadataFile,
    page: &Page,
    promotion: &Promotion,
    edits: &mut Edits,
    notes: &mut Vec<String>,
) {
    let text = &*file.text;
    let Some(history) = page.headings.iter().position(|heading| heading.title.eq_ignore_ascii_case(TITLE))
    else {
        return;
    };
    // The headings of the section, by what they are called: the one for our kind of line, else the section itself.
    let falls = promotion.from.is_some_and(|from| from.rank() > promotion.to.rank());
    let end = page.section_end(history, text);
    let title = if falls { "Demotions" } else { "Promotions" };
    let at = page.headings[history + 1..]
        .iter()
        .take_while(|heading| usize::from(heading.range.start()) < end)
        .position(|heading| heading.title.eq_ignore_ascii_case(title))
        .map_or(history, |below| history + 1 + below);
    let items: Vec<&PageItem> =
        page.items.iter().filter(|item| item.heading == Some(at) && item.depth == 0).collect();
    let end =
        page.headings.get(at + 1).map_or(text.len(), |next| line_start(text, next.range.start().into()));
    let heading_stop = heading_stop(text, &page.headings[at]);
    if let [only] = &*items
        && says_none(&only.text)
    {
        return edits.replace(only.range, entry(None, promotion));
    }
    if items.is_empty() {
        return first(file, promotion, heading_stop, end, edits, notes);
    }
    let days: Vec<&str> =
        items.iter().filter_map(|item| day(&item.text).map(|(a, b)| &item.text[a..b])).collect();
    let newest_first = days.first() > days.last();
    let mut dated = items.iter().filter(|item| style(&item.text).is_some());
    let model = if newest_first { dated.next() } else { dated.next_back() };
    let line = entry(model.map(|model| &*model.text), promotion);
    if items.iter().any(|item| item.text == line) {
        return;
    }
    let neighbour = if newest_first { items[0] } else { items[items.len() - 1] };
    let start = line_start(text, neighbour.range.start().into());
    let marker = marker(&text[start..usize::from(neighbour.range.start())], newest_first);
    let eol = line_end(text, start);
    if newest_first {
        edits.insert(start, format!("{marker}{line}{eol}"));
    } else {
        edits.insert(item_stop(text, start, end), format!("{eol}{marker}{line}"));
    }
}

/// Returns where the line of a heading ends; a heading may be underlined.
fn heading_stop(text: &str, heading: &PageHeading) -> usize {
    let stop = line_stop(text, heading.range.end().into());
    let next = next_line(text, stop);
    let is_underlined = !text[line_start(text, heading.range.start().into())..].trim_start().starts_with('#');
    if is_underlined { line_stop(text, next) } else { stop }
}

/// Writes the first line of a history that holds no list.
fn first(
    file: &MetadataFile,
    promotion: &Promotion,
    heading_stop: usize,
    end: usize,
    edits: &mut Edits,
    notes: &mut Vec<String>,
) {
    let text = &*file.text;
    let line = format!("- {}", entry(None, promotion));
    let mut at = next_line(text, heading_stop);
    while at < end {
        let stop = line_stop(text, at);
        let (content, next) = (text[at..stop].trim(), next_line(text, stop));
        let is_comment = content.starts_with("<!--") && content.ends_with("-->");
        if !content.is_empty() && !is_comment {
            let is_alone = next >= end || text[next..line_stop(text, next)].trim().is_empty();
            if is_alone && says_none(content) {
                let lead = text[at..stop].len() - text[at..stop].trim_start().len();
                return edits.replace(range(at + lead, at + lead + content.len()), line);
            }
            if content.starts_with('|') {
                notes.push(format!("The promotion history of `{}` is a table; add a line there", file.path));
                return;
            }
            break;
        }
        at = next;
    }
    let eol = line_end(text, heading_stop);
    // What follows must not become a part of the item.
    let next = next_line(text, heading_stop);
    let is_open = next < text.len() && text[next..line_stop(text, next)].trim().is_empty();
    let behind = if is_open || next >= text.len() { "" } else { eol };
    edits.insert(heading_stop, format!("{eol}{eol}{line}{behind}"));
}

fn says_none(text: &str) -> bool {
    let bare = text
        .trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_' | '.' | '(' | ')'))
        .to_lowercase();
    ["none", "none yet", "n/a", "no promotions yet", "no promotions", "never", "never promoted"]
        .contains(&&*bare)
}

/// How a line of a history is written.
struct Style<'a> {
    /// What stands before the date: marks.
    before: &'a str,
    /// The date of the line.
    date: &'a str,
    /// What stands behind it, up to the words.
    between: &'a str,
    /// The words.
    words: &'a str,
}

/// Reads how `text` is written; `None` where it does not begin with a date.
fn style(text: &str) -> Option<Style<'_>> {
    let (start, end) = day(text)?;
    let before = &text[..start];
    if !before.chars().all(|c| matches!(c, '*' | '_' | '`' | '[' | '(')) {
        return None;
    }
    let behind = &text[end..];
    let mut rest = behind.trim_start_matches(['*', '_', '`', ']', ')']);
    if let Some(after) = rest.strip_prefix(':') {
        rest = after.trim_start_matches(['*', '_', '`']);
    }
    rest = rest.trim_start();
    if let Some(after) = rest.strip_prefix(['-', '–', '—', ':']) {
        rest = after.trim_start();
    }
    let between = &behind[..behind.len() - rest.len()];
    (!between.is_empty()).then_some(Style { before, date: &text[start..end], between, words: rest })
}

/// Returns the text of a line like `model`.
fn entry(model: Option<&str>, promotion: &Promotion) -> String {
    let falls = promotion.from.is_some_and(|from| from.rank() > promotion.to.rank());
    let to = promotion.to.title();
    let plain = if falls { format!("Demoted to {to}") } else { format!("Promoted to {to}") };
    let Some(style) = model.and_then(style) else { return format!("**{}**: {plain}", promotion.date) };
    let marks = &style.words[..style.words.len() - style.words.trim_start_matches(['*', '_']).len()];
    let inner = &style.words[marks.len()..];
    let arrow = [" → ", " -> ", " ➜ "].into_iter().find(|arrow| {
        let mut sides = inner.splitn(2, arrow);
        let stages = sides.next().and_then(stage::read).is_some();
        stages && sides.next().is_some_and(|right| stage::Stage::from_word(first_word(right)).is_some())
    });
    let words = match (arrow, promotion.from) {
        (Some(arrow), Some(from)) => format!("{marks}{}{arrow}{to}{marks}", from.title()),
        _ => plain,
    };
    let date = super::value::redate(style.date, &promotion.date);
    format!("{}{date}{}{words}", style.before, style.between)
}

fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    &text[..end]
}

/// Returns the marker of a new item beside one with `marker`; the numbers of an ordered list go on.
fn marker(marker: &str, newest_first: bool) -> String {
    let lead = marker.len() - marker.trim_start().len();
    let digits = marker[lead..].bytes().take_while(u8::is_ascii_digit).count();
    let number = marker[lead..lead + digits].parse::<u32>().ok().filter(|_| !newest_first);
    match number.and_then(|number| number.checked_add(1)) {
        Some(next) => format!("{}{next}{}", &marker[..lead], &marker[lead + digits..]),
        None if marker.ends_with([' ', '\t']) => marker.to_owned(),
        // An item without text.
        None => format!("{marker} "),
    }
}

/// Returns where the item whose first line starts at `start` ends, with what is indented below it.
fn item_stop(text: &str, start: usize, end: usize) -> usize {
    let mut stop = line_stop(text, start);
    let mut at = next_line(text, stop);
    let mut after_blank = false;
    while at < end {
        let line_end = line_stop(text, at);
        let line = &text[at..line_end];
        let is_indented = line.starts_with([' ', '\t']);
        if line.trim().is_empty() {
            after_blank = true;
        } else if is_indented || !(after_blank || ends_paragraph(line)) {
            stop = line_end;
            after_blank = false;
        } else {
            break;
        }
        let next = next_line(text, line_end);
        if next == at {
            break;
        }
        at = next;
    }
    stop
}

/// Whether a line that is not indented starts something else than the rest of an item's paragraph.
fn ends_paragraph(line: &str) -> bool {
    line.starts_with(['#', '<', '>', '|', '`', '~']) || line.starts_with("---") || line.starts_with("***")
}
