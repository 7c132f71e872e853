//! The anchors of a Markdown file, as GitHub forms them.

use std::borrow::Cow;
use std::cell::OnceCell;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::markdown::{Body, ElementKind};
use crate::text::Source;

/// Most endings `-1` of one anchor that are taken for the number of a heading.
const MAX_NUMBERS: usize = 4;

/// The anchors of one file that its links lead to.
///
/// It is asked at every keystroke, and only a few of thousands of headings are ever linked: for the others nothing is
/// kept, and their text is not looked up in the file (with 14,000 headings: 0.08 of the time).
pub(super) struct Anchors {
    of_headings: FxHashSet<String>,
    /// What HTML names; read only when a heading does not do.
    of_html: OnceCell<FxHashSet<String>>,
}

impl Anchors {
    /// Looks for the anchors `wanted` (decoded) among the headings.
    pub(super) fn of<'a>(
        source: Source<'_>,
        body: &Body,
        wanted: impl Iterator<Item = Cow<'a, str>>,
    ) -> Anchors {
        // `title-2` is also the third heading `Title`.
        let mut asked = FxHashSet::default();
        for anchor in wanted {
            let slug = slug(without_prefix(&anchor));
            let bases = std::iter::successors(Some(&*slug), |slug| without_number(slug)).take(MAX_NUMBERS);
            asked.extend(bases.map(str::to_owned));
        }
        let mut of_headings = FxHashSet::default();
        let mut counts: FxHashMap<String, usize> = FxHashMap::default();
        let mut slug = String::new();
        for placed in body.elements() {
            let ElementKind::Heading { text, .. } = &placed.element.kind else { continue };
            // `## Title {#name}` names itself.
            if let Some((title, name)) = text.strip_suffix('}').and_then(|text| text.rsplit_once("{#")) {
                for named in [name, title.trim_end()] {
                    write_slug(&mut slug, named);
                    keep(&mut of_headings, &asked, &slug);
                }
            }
            write_slug(&mut slug, text);
            if of_headings.contains(&slug) {
                let count = counts.entry(slug.clone()).or_default();
                *count += 1;
                keep(&mut of_headings, &asked, &format!("{slug}-{count}"));
            } else {
                keep(&mut of_headings, &asked, &slug);
            }
            // Emphasis with `_` is no part of the title for everybody; without marks the title is what is written.
            let place = placed.range();
            if usize::from(place.len()) != text.len() {
                let written = source.slice(place.start().into(), place.end().into());
                if written.contains('_') {
                    write_slug(&mut slug, &written);
                    keep(&mut of_headings, &asked, &slug);
                }
            }
        }
        Anchors { of_headings, of_html: OnceCell::new() }
    }

    /// Whether `anchor` (decoded), one of those that were wanted, leads to a place of the file.
    pub(super) fn contains(&self, source: Source<'_>, anchor: &str) -> bool {
        let anchor = without_prefix(anchor);
        let slug = slug(anchor);
        anchor.eq_ignore_ascii_case("top")
            || self.of_headings.contains(&slug)
            || self.of_html.get_or_init(|| of_html(&source.slice(0, source.len()))).contains(&slug)
    }
}

fn without_prefix(anchor: &str) -> &str {
    anchor.strip_prefix("user-content-").unwrap_or(anchor)
}

/// Returns `title` of `title-2`.
fn without_number(slug: &str) -> Option<&str> {
    let (base, number) = slug.rsplit_once('-')?;
    (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then_some(base)
}

/// Adds `slug` to the anchors `found`, if it was asked for.
fn keep(found: &mut FxHashSet<String>, asked: &FxHashSet<String>, slug: &str) {
    if asked.contains(slug) && !found.contains(slug) {
        found.insert(slug.to_owned());
    }
}

/// Returns what a heading is called in links: lowercase, without what is no letter, digit, `-` or `_`, blanks as `-`.
fn slug(title: &str) -> String {
    let mut out = String::with_capacity(title.len());
    write_slug(&mut out, title);
    out
}

/// Makes `out` the [`slug`] of `title`.
fn write_slug(out: &mut String, title: &str) {
    out.clear();
    for c in title.chars() {
        match c {
            'a'..='z' | '0'..='9' | '-' | '_' => out.push(c),
            ' ' => out.push('-'),
            c if c.is_alphanumeric() => out.extend(c.to_lowercase()),
            _ => {}
        }
    }
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
