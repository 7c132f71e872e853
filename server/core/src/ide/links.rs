//! Where a link of a file leads: another file of the workspace, or a heading.

use crate::frontmatter;
use crate::markdown::{Body, ElementKind};
use crate::text::{Source, TextRange};
use crate::workspace::Root;

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkTarget {
    /// The file or folder, relative to the root, with `/`.
    pub path: String,
    /// What stands behind the `#`, decoded.
    pub anchor: Option<String>,
}

/// Returns where a link in the file at `from` leads; `None` for other sites and for what lies outside of the root.
/// Whether the file is there is not asked.
#[must_use]
pub(super) fn resolve(destination: &str, from: &str) -> Option<LinkTarget> {
    let (path, anchor) = split(destination);
    if has_scheme(path) {
        return None;
    }
    let anchor = anchor.map(decode);
    if path.is_empty() {
        return Some(LinkTarget { path: from.to_owned(), anchor });
    }
    let path = decode(path);
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let base = if path.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(LinkTarget { path: parts.join("/"), anchor })
}

/// Returns the page that a wikilink leads to: the file with that name, the nearest to the root first.
pub(super) fn resolve_wiki(destination: &str, root: &Root) -> Option<LinkTarget> {
    let (page, anchor) = split(destination);
    let page = page.trim();
    let page = page.strip_suffix(".md").unwrap_or(page);
    let files = root.files.as_deref()?;
    let is_page = |path: &&str| {
        let stem = path.strip_suffix(".md").unwrap_or_default();
        let rest = stem.get(stem.len().saturating_sub(page.len())..).unwrap_or_default();
        let whole = stem.len() == page.len() || stem[..stem.len() - rest.len()].ends_with('/');
        !page.is_empty() && whole && rest.eq_ignore_ascii_case(page)
    };
    let pages = files.paths().iter().map(AsRef::as_ref).filter(is_page);
    let path = pages.min_by_key(|path| path.bytes().filter(|b| *b == b'/').count())?;
    Some(LinkTarget { path: path.to_owned(), anchor: anchor.map(str::to_owned) })
}

/// Returns the heading of `source` that `anchor` names.
pub(super) fn heading(source: Source<'_>, anchor: &str) -> Option<TextRange> {
    let wanted = slug(anchor);
    let body = Body::read(source, frontmatter::read(source).body_start(source));
    let mut seen: Vec<String> = Vec::new();
    for placed in body.elements() {
        let ElementKind::Heading { text, .. } = &placed.element.kind else { continue };
        let slug = slug(text);
        // The second heading of a name has `-1` behind it.
        let before = seen.iter().filter(|known| **known == slug).count();
        if (before == 0 && slug == wanted) || format!("{slug}-{before}") == wanted {
            return Some(placed.range());
        }
        seen.push(slug);
    }
    None
}

/// Returns the anchor that GitHub gives a heading.
fn slug(text: &str) -> String {
    let kept = text.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).flat_map(char::to_lowercase).collect()
}

/// Splits off what stands behind the `#`.
pub(super) fn split(destination: &str) -> (&str, Option<&str>) {
    match destination.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (destination, None),
    }
}

fn has_scheme(path: &str) -> bool {
    let scheme = path.split_once(':').map(|(scheme, _)| scheme);
    path.starts_with("//") || scheme.is_some_and(|scheme| scheme.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Resolves `%20` and the like; what is no UTF-8 afterwards stays as it is.
pub(super) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = text.get(at + 1..at + 3).filter(|_| byte == b'%');
        if let Some(code) = code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            out.push(code);
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn links_are_relative_to_their_file() {
        let resolved = |destination: &str| resolve(destination, "specs/a.md").map(|t| (t.path, t.anchor));
        let path = |path: &str| Some((path.to_owned(), None));
        assert_eq!(resolved("b.md"), path("specs/b.md"));
        assert_eq!(resolved("../src/a%20b/x.py"), path("src/a b/x.py"));
        assert_eq!(resolved("/docs/./x.md"), path("docs/x.md"));
        assert_eq!(resolved("#over-view"), Some(("specs/a.md".to_owned(), Some("over-view".to_owned()))));
        assert_eq!(resolved("../../x.md"), None);
        for elsewhere in ["https://x.y/z", "mailto:a@b.c", "//x.y/z"] {
            assert_eq!(resolved(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn anchors_are_those_of_the_headings() {
        let text = "---\nx: y\n---\n# A `b`: C!\n\n## Twice\n\n## Twice\n";
        let found = |anchor: &str| heading(Source::Str(text), anchor).map(|at| &text[at]);
        assert_eq!(found("a-b-c"), Some("A `b`: C!"));
        assert_eq!(found("twice"), Some("Twice"));
        assert_eq!(heading(Source::Str(text), "twice-1").map(|at| at.start().into()), text.rfind("Twice"));
        assert_eq!(found("thrice"), None);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,30}|[%a-f0-9/.#]{0,20}") {
            let _ = resolve(&text, "a/b.md");
            let _ = resolve_wiki(&text, &Root::default());
            let _ = heading(Source::Str(&text), &text);
        }
    }
}
