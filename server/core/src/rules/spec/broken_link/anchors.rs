//! The anchors of a Markdown file, as GitHub forms them.

use std::cell::OnceCell;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::markdown::{Body, ElementKind};
use crate::text::Source;

/// The anchors of one file.
pub(super) struct Anchors {
    of_headings: FxHashSet<String>,
    /// What HTML names; read only when a heading does not do.
    of_html: OnceCell<FxHashSet<String>>,
}

impl Anchors {
    pub(super) fn of(source: Source<'_>, body: &Body) -> Anchors {
        let mut of_headings = FxHashSet::default();
        let mut counts: FxHashMap<String, usize> = FxHashMap::default();
        for placed in body.elements() {
            let ElementKind::Heading { text, .. } = &placed.element.kind else { continue };
            // `## Title {#name}` names itself.
            if let Some((title, name)) = text.strip_suffix('}').and_then(|text| text.rsplit_once("{#")) {
                of_headings.insert(slug(name));
                of_headings.insert(slug(title.trim_end()));
            }
            let written = source.slice(placed.range().start().into(), placed.range().end().into());
            let slug = slug(text);
            if of_headings.contains(&slug) {
                let count = counts.entry(slug.clone()).or_default();
                *count += 1;
                of_headings.insert(format!("{slug}-{count}"));
            } else {
                of_headings.insert(slug);
            }
            // Emphasis with `_` is no part of the title for everybody.
            if written.contains('_') {
                of_headings.insert(self::slug(&written));
            }
        }
        Anchors { of_headings, of_html: OnceCell::new() }
    }

    /// Whether `anchor` (decoded) leads to a place of the file.
    pub(super) fn contains(&self, source: Source<'_>, anchor: &str) -> bool {
        let anchor = anchor.strip_prefix("user-content-").unwrap_or(anchor);
        let slug = slug(anchor);
        anchor.eq_ignore_ascii_case("top")
            || self.of_headings.contains(&slug)
            || self.of_html.get_or_init(|| of_html(&source.slice(0, source.len()))).contains(&slug)
    }
}

/// Returns what a heading is called in links: lowercase, without what is no letter, digit, `-` or `_`, blanks as `-`.
fn slug(title: &str) -> String {
    let mut out = String::with_capacity(title.len());
    for c in title.chars() {
        match c {
            ' ' => out.push('-'),
            '-' | '_' => out.push(c),
            c if c.is_alphanumeric() => out.extend(c.to_lowercase()),
            _ => {}
        }
    }
    out
}

/// Returns the start of `text`: tags and titles are short.
fn near(text: &str) -> &str {
    const MOST: usize = 400;
    let end = (0..=MOST.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}

/// Returns every `id` and `name` of an element, and the titles of headings in HTML.
fn of_html(text: &str) -> FxHashSet<String> {
    let mut found = FxHashSet::default();
    for (at, _) in text.match_indices('<') {
        let tag = near(&text[at + 1..]);
        let Some((tag, behind)) = tag.split_once('>') else { continue };
        for key in ["id=", "name="] {
            let Some((_, value)) = tag.split_once(key) else { continue };
            let quoted = value.trim_start_matches(['"', '\'']);
            found.insert(slug(quoted.split(['"', '\'', ' ']).next().unwrap_or_default()));
        }
        let is_heading = matches!(tag.as_bytes(), [b'h' | b'H', b'1'..=b'6', ..]);
        if let Some((title, _)) = behind.split_once("</").filter(|_| is_heading) {
            found.insert(slug(title.trim()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_anchors_as_on_github() {
        for (title, expected) in [
            ("Which files", "which-files"),
            ("A & B", "a--b"),
            ("1.2 `code`_x: done?", "12-code_x-done"),
            ("✅ Über uns", "-über-uns"),
            ("Current Stage → next", "current-stage--next"),
        ] {
            assert_eq!(slug(title), expected);
        }
    }

    #[test]
    fn html_names_places_too() {
        let found =
            of_html("<a name='x'></a> <div class=c id=\"Main Part\"> <h2 align=\"center\">Set up</h2> 1 < 2");
        for name in ["x", "main", "set-up"] {
            assert!(found.contains(name), "{name}");
        }
    }
}
