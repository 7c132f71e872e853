//! What links call the places of a file: headings as GitHub names them, and what HTML names.

use std::cell::OnceCell;

use rustc_hash::FxHashMap;

use crate::markdown::{Body, ElementKind};
use crate::text::{Source, TextRange, range};

/// The anchors of one file, and where each leads.
pub(crate) struct Anchors {
    of_headings: FxHashMap<String, TextRange>,
    /// What HTML names; read only when a heading does not do.
    of_html: OnceCell<FxHashMap<String, TextRange>>,
}

impl Anchors {
    /// Reads the headings of a file.
    pub(crate) fn of(source: Source<'_>, body: &Body) -> Anchors {
        let mut of_headings: FxHashMap<String, TextRange> = FxHashMap::default();
        let mut counts: FxHashMap<String, usize> = FxHashMap::default();
        for placed in body.elements() {
            let ElementKind::Heading { text, .. } = &placed.element.kind else { continue };
            let at = placed.range();
            // `## Title {#name}` names itself.
            if let Some((title, name)) = text.strip_suffix('}').and_then(|text| text.rsplit_once("{#")) {
                of_headings.insert(slug(name), at);
                of_headings.insert(slug(title), at);
            }
            let written = source.slice(at.start().into(), at.end().into());
            let slug = slug(text);
            if of_headings.contains_key(&slug) {
                let count = counts.entry(slug.clone()).or_default();
                *count += 1;
                of_headings.insert(format!("{slug}-{count}"), at);
            } else {
                of_headings.insert(slug, at);
            }
            // Emphasis with `_` is no part of the title for everybody.
            if written.contains('_') {
                of_headings.entry(self::slug(&written)).or_insert(at);
            }
        }
        Anchors { of_headings, of_html: OnceCell::new() }
    }

    /// Returns the place of the file that `anchor` (decoded) leads to.
    pub(crate) fn find(&self, source: Source<'_>, anchor: &str) -> Option<TextRange> {
        let anchor = anchor.strip_prefix("user-content-").unwrap_or(anchor);
        let slug = slug(anchor);
        let of_html = || self.of_html.get_or_init(|| of_html(&source.slice(0, source.len())));
        let found = self.of_headings.get(&slug).or_else(|| of_html().get(&slug)).copied();
        found.or_else(|| anchor.eq_ignore_ascii_case("top").then(|| range(0, 0)))
    }
}

/// Returns what GitHub calls a heading in links: lowercase, without what is no letter, digit, `-` or `_`, blanks as `-`.
pub(crate) fn slug(title: &str) -> String {
    let mut out = String::with_capacity(title.len());
    for c in title.trim().chars() {
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

/// Returns every `id` and `name` of an element, and the titles of headings in HTML, each with its tag.
fn of_html(text: &str) -> FxHashMap<String, TextRange> {
    let mut found = FxHashMap::default();
    for (at, _) in text.match_indices('<') {
        let tag = near(&text[at + 1..]);
        let Some((tag, behind)) = tag.split_once('>') else { continue };
        let place = range(at, at + 1 + tag.len() + 1);
        for key in ["id=", "name="] {
            let Some((_, value)) = tag.split_once(key) else { continue };
            let quoted = value.trim_start_matches(['"', '\'']);
            let name = quoted.split(['"', '\'', ' ']).next().unwrap_or_default();
            found.entry(slug(name)).or_insert(place);
        }
        let is_heading = matches!(tag.as_bytes(), [b'h' | b'H', b'1'..=b'6', ..]);
        if let Some((title, _)) = behind.split_once("</").filter(|_| is_heading) {
            found.entry(slug(title)).or_insert(place);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontmatter;

    #[test]
    fn anchors_lead_to_their_headings() {
        let text =
            "---\nx: y\n---\n# A `b`: C!\n\n## Twice\n\n## Twice\n\n## Own {#mine}\n<a id=\"here\"></a>\n";
        let source = Source::Str(text);
        let anchors = Anchors::of(source, &Body::read(source, frontmatter::read(source).body_start(source)));
        let found = |anchor: &str| anchors.find(source, anchor);
        let named = |anchor: &str| found(anchor).map(|at| &text[at]);
        assert_eq!(named("a-b-c"), Some("A `b`: C!"));
        assert_eq!(named("Twice"), Some("Twice"));
        assert_eq!(found("twice-1").map(|at| at.start().into()), text.rfind("Twice"));
        assert_eq!(named("mine"), Some("Own {#mine}"));
        assert_eq!(named("user-content-here"), Some("<a id=\"here\">"));
        assert_eq!(named("top"), Some(""));
        assert_eq!(named("thrice"), None);
    }

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
            assert!(found.contains_key(name), "{name}");
        }
    }
}
