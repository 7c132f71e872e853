//! A MATURITY file: `Current Stage`, `Last Updated`, `Current Coverage` and the promotion history.

use super::edits::{Edits, line_start, line_stop, next_line};
use super::page::{Page, PageField};
use super::value::{day, redate, repercent, restage};
use super::{MetadataFile, Promotion, history};
use crate::component::{ComponentFile, stage_of};
use crate::frontmatter::FrontMatter;
use crate::frontmatter::yaml::{NodeKind, Style};
use crate::stage;
use crate::status;

/// Keys of the front matter that state the stage.
const STAGE_KEYS: [&str; 3] = ["current_stage", "stage", "maturity"];

/// Keys of the front matter that say when the file was changed.
const UPDATED_KEYS: [&str; 2] = ["last_updated", "lastUpdated"];

pub(super) fn edit(
    file: &MetadataFile,
    document: &ComponentFile,
    page: &Page,
    promotion: &Promotion,
    edits: &mut Edits,
    notes: &mut Vec<String>,
) {
    let text = &*file.text;
    let stages: Vec<&PageField> = current_stages(page, document);
    for field in &stages {
        value(text, field, restage(&field.value, promotion.to), edits);
    }
    if let Some(front_matter) = document.head.front_matter() {
        front_stage(front_matter, &STAGE_KEYS, promotion, edits);
        front_date(front_matter, &UPDATED_KEYS, &promotion.date, edits);
    }
    if document.current.is_none() {
        notes.push(format!("`{}` states no current stage", file.path));
    }
    for field in page.fields.iter().filter(|field| field.is(&["Last Updated"])) {
        // Sections have dates of their own; a footer repeats those of the head.
        if field.in_head || stages.iter().any(|stage| are_together(text, stage, field)) {
            value(text, field, redate(&field.value, &promotion.date), edits);
        }
    }
    coverage(text, page, promotion, edits);
    history::edit(file, page, promotion, edits, notes);
}

/// Returns the lines that state the current stage: the one in the head, and those that repeat it.
fn current_stages<'p>(page: &'p Page, document: &ComponentFile) -> Vec<&'p PageField> {
    let stated = document.current.as_ref();
    let repeats = |field: &&PageField| {
        let is_same = stated.is_some_and(|stated| stage::read(&field.value) == stated.stage);
        !field.in_head && !field.in_list && is_same
    };
    let all = || page.fields.iter().filter(|field| field.is(&["Current Stage"]));
    let first = all().find(|field| field.in_head);
    first.into_iter().chain(all().filter(repeats)).collect()
}

/// Whether two lines stand in one block, without an empty line between them.
fn are_together(text: &str, a: &PageField, b: &PageField) -> bool {
    let (a, b) = (usize::from(a.key_range.start()), usize::from(b.key_range.start()));
    let (first, last) = (a.min(b), a.max(b));
    let mut at = line_start(text, first);
    while at <= last {
        let stop = line_stop(text, at);
        if text[at..stop].trim().is_empty() {
            return false;
        }
        let next = next_line(text, stop);
        if next == at {
            break;
        }
        at = next;
    }
    true
}

fn coverage(text: &str, page: &Page, promotion: &Promotion, edits: &mut Edits) {
    let Some(percent) = promotion.coverage.map(status::percent) else { return };
    for field in page.fields.iter().filter(|field| field.is(&["Current Coverage"])) {
        let leads_here =
            || page.titles(field.heading).find_map(|heading| stage_of(&heading.title)) == Some(promotion.to);
        let fills = field.in_head || leads_here();
        let Some(mut new) = repercent(&field.value, &percent, fills) else { continue };
        // `59.11% (measured 2025-10-13)`
        if let Some((start, end)) = day(&new).filter(|_| new != field.value) {
            let date = redate(&new[start..end], &promotion.date);
            new.replace_range(start..end, &date);
        }
        value(text, field, new, edits);
    }
}

/// Replaces the value of a field.
pub(super) fn value(text: &str, field: &PageField, new: String, edits: &mut Edits) {
    if new == field.value {
        return;
    }
    let before = text[..usize::from(field.value_range.start())].chars().next_back();
    let is_glued = field.value.is_empty() && before.is_some_and(|c| !c.is_whitespace());
    edits.replace(field.value_range, if is_glued { format!(" {new}") } else { new });
}

/// Replaces the stage that the front matter states; what is no single line is left alone.
pub(super) fn front_stage(
    front_matter: &FrontMatter,
    keys: &[&str],
    promotion: &Promotion,
    edits: &mut Edits,
) {
    for key in keys {
        let Some((range, written)) = scalar(front_matter, key) else { continue };
        if stage::read(written).is_some() || written.is_empty() {
            let new = restage(written, promotion.to);
            if new != written {
                edits.replace(range, new);
            }
        }
    }
}

/// Replaces a day of the front matter.
pub(super) fn front_date(front_matter: &FrontMatter, keys: &[&str], date: &str, edits: &mut Edits) {
    for key in keys {
        let Some((range, written)) = scalar(front_matter, key) else { continue };
        let new = redate(written, date);
        if day(written).is_some() && new != written {
            edits.replace(range, new);
        }
    }
}

/// Returns where a value of the front matter stands that is written on one line, and how.
fn scalar<'f>(front_matter: &'f FrontMatter, key: &str) -> Option<(crate::text::TextRange, &'f str)> {
    let value = &front_matter.entry(key)?.value;
    let written = front_matter.slice(value.range);
    let is_line = matches!(value.kind, NodeKind::Scalar { style, .. } if style != Style::Block);
    (is_line && !written.is_empty() && !written.contains(['\n', '\r'])).then_some((value.range, written))
}
