//! A spec: `Status` where it names a stage, `Last Promoted`, and the coverage that its metadata reports.

use super::edits::{Edits, line_end, line_start, line_stop};
use super::maturity::{front_date, front_stage, value};
use super::page::{Page, PageField};
use super::value::{redate, repercent, restage};
use super::{MetadataFile, Promotion};
use crate::component::ComponentFile;
use crate::stage;
use crate::status;

/// What is written below the status.
const LAST_PROMOTED: &str = "Last Promoted";

/// Keys of the front matter that may state the stage.
const STAGE_KEYS: [&str; 4] = ["status", "current_stage", "stage", "maturity"];

pub(super) fn edit(
    file: &MetadataFile,
    document: &ComponentFile,
    page: &Page,
    promotion: &Promotion,
    edits: &mut Edits,
    notes: &mut Vec<String>,
) {
    let text = &*file.text;
    let head = || page.fields.iter().filter(|field| field.in_head);
    let mut stated = None;
    for field in head().filter(|field| field.is(&["Status", "Current Stage"])) {
        // `Draft` and `Approved` are about the document.
        if stage::read(&field.value).is_some() {
            value(text, field, restage(&field.value, promotion.to), edits);
            stated = stated.or(Some(field));
        }
    }
    // The first stage of a component has to stand somewhere: where no file stated any, the status is it.
    if promotion.from.is_none()
        && stated.is_none()
        && let Some(field) = head().find(|field| field.is(&["Status"]))
    {
        value(text, field, promotion.to.title().to_owned(), edits);
        stated = Some(field);
    }
    match head().find(|field| field.is(&[LAST_PROMOTED])) {
        Some(field) => value(text, field, redate(&field.value, &promotion.date), edits),
        None => {
            if let Some(status) = stated {
                add_below(text, status, &promotion.date, edits);
            }
        }
    }
    if let Some(front_matter) = document.head.front_matter() {
        front_stage(front_matter, &STAGE_KEYS, promotion, edits);
        front_date(front_matter, &["last_promoted", "lastPromoted"], &promotion.date, edits);
    }
    if let Some(percent) = promotion.coverage.map(status::percent) {
        for field in head().filter(|field| field.is(&["Coverage", "Test Coverage", "Current Coverage"])) {
            if let Some(new) = repercent(&field.value, &percent, true) {
                value(text, field, new, edits);
            }
        }
    }
    if document.target.as_ref().is_some_and(|target| target.stage == Some(promotion.to)) {
        notes.push(format!(
            "The target stage of `{}` is reached; name the next one there when there is one",
            file.path
        ));
    }
}

/// Writes a line of the same look below the status.
fn add_below(text: &str, status: &PageField, date: &str, edits: &mut Edits) {
    let (key, value) = (status.key_range, status.value_range);
    let start = line_start(text, key.start().into());
    let stop = line_stop(text, start);
    let before = &text[start..usize::from(key.start())];
    let between = &text[usize::from(key.end())..usize::from(value.start())];
    let behind = &text[usize::from(value.end())..stop];
    // Two blanks at the end of a line are a line break; a comment there is about the status.
    let blanks = if behind.trim().is_empty() { behind } else { "" };
    let line = format!("{}{before}{LAST_PROMOTED}{between}{date}{blanks}", line_end(text, stop));
    edits.insert(stop, line);
}
