//! The README of a component: its metadata and quality metrics, where it has them (requirement 000, "Update
//! Documentation").

use super::Promotion;
use super::edits::Edits;
use super::maturity::value;
use super::page::{Page, PageField};
use super::value::{is_gap, recount, redate, repercent, restage};
use crate::frontmatter;
use crate::markdown::Body;
use crate::stage;
use crate::status;
use crate::text::{Source, range};

/// The name of the file, in any case.
pub(super) const NAME: &str = "README.md";

/// The section that holds figures.
const METRICS: &str = "Quality Metrics";

pub(super) fn edit(text: &str, promotion: &Promotion, edits: &mut Edits) {
    let source = Source::Str(text);
    let head = frontmatter::read(source);
    let page = Page::of(text, &Body::read(source, head.body_start(source)));
    let percent = promotion.coverage.map(status::percent);
    for field in page.fields.iter().filter(|field| field.in_head) {
        let written = &*field.value;
        let new = if field.is(&["Status", "Stage", "Current Stage", "Maturity", "Maturity Stage"]) {
            let is_stage = stage::read(written).is_some() || is_gap(written);
            is_stage.then(|| restage(written, promotion.to))
        } else if field.is(&["Coverage", "Test Coverage", "Current Coverage"]) {
            percent.as_ref().and_then(|percent| repercent(written, percent, true))
        } else if field.is(&["Last Promoted"]) {
            Some(redate(written, &promotion.date))
        } else {
            None
        };
        if let Some(new) = new {
            value(text, field, new, edits);
        }
    }
    metrics(text, &page, promotion, percent.as_deref(), edits);
}

fn metrics(text: &str, page: &Page, promotion: &Promotion, percent: Option<&str>, edits: &mut Edits) {
    let is_metric =
        |at: Option<usize>| page.titles(at).any(|heading| heading.title.eq_ignore_ascii_case(METRICS));
    for item in page.items.iter().filter(|item| is_metric(item.heading)) {
        let Some((key, behind)) = item.text.split_once(':') else { continue };
        let marks = behind.len() - behind.trim_start_matches(['*', '_', ' ', '\t']).len();
        // `**Key:** value` closes its marks behind the colon; those of a value are its own.
        let marks = match &behind[..marks] {
            marks if key.starts_with("**") && !key.ends_with("**") => {
                marks.find("**").map_or(marks.len(), |at| at + 2)
            }
            marks => marks.len() - marks.trim_start().len(),
        };
        let rest = &behind[marks..];
        let written = rest.trim();
        let start =
            usize::from(item.range.start()) + key.len() + 1 + marks + (rest.len() - rest.trim_start().len());
        let field = PageField {
            key: stage::plain(key),
            key_range: item.range,
            value: written.to_owned(),
            value_range: range(start, start + written.len()),
            heading: item.heading,
            in_head: false,
            in_list: true,
        };
        let new = if field.is(&["Test Coverage", "Coverage", "Current Coverage"]) {
            percent.and_then(|percent| repercent(written, percent, true))
        } else if field.is(&["Integration Tests"]) {
            promotion.integration_tests.and_then(|count| recount(written, count))
        } else if field.is(&["E2E Tests", "End-to-End Tests"]) {
            promotion.e2e_tests.and_then(|count| recount(written, count))
        } else if field.is(&["Performance"]) {
            promotion.performance.clone()
        } else {
            None
        };
        if let Some(new) = new {
            value(text, &field, new, edits);
        }
    }
}
