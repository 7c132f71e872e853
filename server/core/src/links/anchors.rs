//! What links call the places of a file: headings as GitHub names them, and what HTML names.

use std::borrow::Cow;
use std::cell::OnceCell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{decode, split};
use crate::markdown::{Body, ElementKind};
use crate::text::{Source, TextRange, range};

/// Most endings `-1` of one anchor that are taken for the number of a heading.
const MAX_NUMBERS: usize = 4;

/// The anchors of one file that links lead to, and the place of each.
///
/// It is asked at every keystroke, and only a few of thousands of headings are ever linked: for the others nothing is
/// kept, and their text is not looked up in the file (a keystroke among 10,000 headings: 0.24 of the time).
pub(crate) struct Anchors {
    of_headings: FxHashMap<String, TextRange>,
    /// What HTML names; read only when a heading does not do.
    of_html: OnceCell<FxHashMap<String, TextRange>>,
}

impl Anchors {
    /// Looks for the anchors that the links of the file itself name.
    pub(crate) fn linked(source: Source<'_>, body: &Body) -> Anchors {
        let destinations = body.elements().filter_map(|placed| match &placed.element.kind {
            ElementKind::Link { destination, .. } => split(destination).1,
            _ => None,
        });
        Anchors::of(source, body, destinations.map(decode))
    }

    /// Looks for the anchors `wanted` (decoded) among the headings.
    pub(crate) fn of<'a>(
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
        let mut of_headings = FxHashMap::default();
        let mut keep = |slug: &str, at: TextRange| {
            let new = asked.contains(slug) && !of_headings.contains_key(slug);
            if new {
                of_headings.insert(slug.to_owned(), at);
            }
            new
        };
        let mut counts: FxHashMap<String, usize> = FxHashMap::default();
        let mut slug = String::new();
        for placed in body.elements() {
            let ElementKind::Heading { text, .. } = &placed.element.kind else { continue };
            let at = placed.range();
            // `## Title {#name}` names itself.
            let named = if text.as_bytes().last() == Some(&b'}') { text.strip_suffix('}') } else { None };
            if let Some((title, name)) = named.and_then(|text| text.rsplit_once("{#")) {
                for named in [name, title] {
                    write_slug(&mut slug, named);
                    keep(&slug, at);
                }
            }
            write_slug(&mut slug, text);
            if !keep(&slug, at) && asked.contains(&slug) {
                let count = counts.entry(slug.clone()).or_default();
                *count += 1;
                keep(&format!("{slug}-{count}"), at);
            }
            // Emphasis with `_` is no part of the title for everybody; without marks the title is what is written.
            if usize::from(at.len()) != text.len() {
                let written = source.slice(at.start().into(), at.end().into());
                if written.contains('_') {
                    write_slug(&mut slug, &written);
                    keep(&slug, at);
                }
            }
        }
        Anchors { of_headings, of_html: OnceCell::new() }
    }

    /// Returns the place of the file that `anchor` (decoded), one of those that were wanted, leads to.
    pub(crate) fn find(&self, source: Source<'_>, anchor: &str) -> Option<TextRange> {
        let anchor = without_prefix(anchor);
        let slug = slug(anchor);
        let of_html = || self.of_html.get_or_init(|| of_html(&source.slice(0, source.len())));
        let found = self.of_headings.get(&slug).or_else(|| of_html().get(&slug)).copied();
        found.or_else(|| anchor.eq_ignore_ascii_case("top").then(|| range(0, 0)))
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

/// Returns what GitHub calls a heading in links: lowercase, without what is no letter, digit, `-` or `_`, blanks as `-`.
pub(crate) fn slug(title: &str) -> String {
    let mut out = String::with_capacity(title.len());
    write_slug(&mut out, title);
    out
}

/// Makes `out` the [`slug`] of `title`.
fn write_slug(out: &mut String, title: &str) {
    out.clear();
    for c in title.trim().chars() {
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
        let body = Body::read(source, frontmatter::read(source).body_start(source));
        let found =
            |anchor: &str| Anchors::of(source, &body, [anchor.into()].into_iter()).find(source, anchor);
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
