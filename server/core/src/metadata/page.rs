//! A Markdown body as metadata needs it: lines of metadata and items, with the headings that they stand below.

use crate::component::bare;
use crate::markdown::{Body, ElementKind};
use crate::text::{TextRange, range};

/// A body.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Every `**Key:** value`, in order.
    pub(super) fields: Vec<PageField>,
    /// Every item of a list, in order.
    pub(super) items: Vec<PageItem>,
    /// Every heading, in order.
    pub(super) headings: Vec<PageHeading>,
}

/// A line of metadata.
#[derive(Debug)]
pub(super) struct PageField {
    pub(super) key: String,
    pub(super) key_range: TextRange,
    pub(super) value: String,
    pub(super) value_range: TextRange,
    /// Which heading it stands below; `None` before the first one.
    pub(super) heading: Option<usize>,
    /// Whether it stands before the first heading of level 2, where metadata has its place.
    pub(super) in_head: bool,
    /// Whether it is an item of a list.
    pub(super) in_list: bool,
}

/// An item of a list.
#[derive(Debug)]
pub(super) struct PageItem {
    /// 0 where its list is in no other.
    pub(super) depth: u8,
    /// Its first line without marker and box.
    pub(super) text: String,
    pub(super) range: TextRange,
    /// Which heading it stands below.
    pub(super) heading: Option<usize>,
}

/// A heading.
#[derive(Debug)]
pub(super) struct PageHeading {
    pub(super) level: u8,
    /// Without decoration.
    pub(super) title: String,
    /// Its text.
    pub(super) range: TextRange,
}

impl PageField {
    /// Whether it has this key, in any case.
    pub(super) fn is(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.key.eq_ignore_ascii_case(key))
    }
}

impl Page {
    /// Reads `body`, which is that of `text`.
    pub(super) fn of(text: &str, body: &Body) -> Page {
        let mut page = Page::default();
        let mut in_head = true;
        for placed in body.elements() {
            let heading = page.headings.len().checked_sub(1);
            match &placed.element.kind {
                ElementKind::Heading { level, text } => {
                    in_head &= *level < 2;
                    let title = bare(text).to_owned();
                    page.headings.push(PageHeading { level: *level, title, range: placed.range() });
                }
                ElementKind::Field { key, key_range, value, value_range } => {
                    let key_range = placed.place(*key_range);
                    let start = super::edits::line_start(text, key_range.start().into());
                    let lead = text[range(start, key_range.start().into())].trim_start();
                    page.fields.push(PageField {
                        key: key.to_string(),
                        key_range,
                        value: value.to_string(),
                        value_range: placed.place(*value_range),
                        heading,
                        in_head,
                        in_list: lead.starts_with(['-', '+']) || lead.starts_with("* "),
                    });
                }
                ElementKind::Item { depth, text, .. } => {
                    let (text, range) = (text.to_string(), placed.range());
                    page.items.push(PageItem { depth: *depth, text, range, heading });
                }
                ElementKind::AtLeast { .. } | ElementKind::Link { .. } | ElementKind::Code { .. } => {}
            }
        }
        page
    }

    /// Returns the titles of the heading at `at` and those around it, innermost first.
    pub(super) fn titles(&self, at: Option<usize>) -> impl Iterator<Item = &PageHeading> {
        let mut level = u8::MAX;
        let before = at.map_or(&[][..], |at| &self.headings[..=at]);
        before.iter().rev().filter(move |heading| {
            let is_around = heading.level < level;
            level = level.min(heading.level);
            is_around
        })
    }

    /// Returns where the section of the heading at `at` ends: at the next one that is not below it.
    pub(super) fn section_end(&self, at: usize, text: &str) -> usize {
        let level = self.headings[at].level;
        let next = self.headings[at + 1..].iter().find(|next| next.level <= level);
        next.map_or(text.len(), |next| super::edits::line_start(text, next.range.start().into()))
    }
}
