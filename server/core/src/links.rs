//! Where the links of a Markdown file lead: other files of the workspace, pages by their name, headings.
//!
//! Rules, document links, definition and rename all read links here, so that they agree on what leads where.

mod anchors;

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

pub(crate) use anchors::{Anchors, slug};

use crate::files::folder_of;
use crate::name;
use crate::workspace::FileIndex;

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkTarget {
    /// The file or folder, relative to the root, with `/`.
    pub path: String,
    /// What stands behind the `#`, decoded; never empty.
    pub anchor: Option<String>,
}

/// Returns where a link in the file at `from` leads; `None` for other sites and for what lies outside of the root.
/// Whether the file is there is not asked.
#[must_use]
pub(crate) fn resolve(destination: &str, from: &str) -> Option<LinkTarget> {
    let destination = destination.trim();
    let (path, anchor) = split(destination);
    if has_scheme(path) || path.starts_with('?') {
        return None;
    }
    let anchor = anchor.filter(|anchor| !anchor.is_empty()).map(|anchor| decode(anchor).into_owned());
    if path.is_empty() {
        return Some(LinkTarget { path: from.to_owned(), anchor });
    }
    let path = path.split('?').next().unwrap_or(path);
    Some(LinkTarget { path: join(folder_of(from), &decode(path))?, anchor })
}

/// Returns `path` as seen from `folder`, without `.` and `..`; from the root where it starts with `/`. `None` where it
/// leaves the workspace.
#[must_use]
pub(crate) fn join(folder: &str, path: &str) -> Option<String> {
    let from = if path.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    for part in from.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Splits off what stands behind the `#`.
#[must_use]
pub(crate) fn split(destination: &str) -> (&str, Option<&str>) {
    match destination.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (destination, None),
    }
}

/// Resolves `%20` and the like; what is no UTF-8 afterwards stays as it is.
#[must_use]
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8().unwrap_or(Cow::Borrowed(text))
}

/// `https:`, `mailto:` and `//host` are others'; so is `guide.md:12`, which editors write.
fn has_scheme(path: &str) -> bool {
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-');
    let scheme = path.split_once(':').is_some_and(|(scheme, _)| scheme.chars().all(is_scheme));
    scheme || path.starts_with("//")
}

/// A wikilink: `[[Page#Heading]]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WikiLink<'a> {
    /// The page as written, without `.md`; empty for the page that the link stands in.
    pub(crate) page: &'a str,
    /// What stands behind the `#`.
    pub(crate) anchor: Option<&'a str>,
}

impl<'a> WikiLink<'a> {
    /// Reads what stands between the brackets, up to a `|`.
    pub(crate) fn read(destination: &'a str) -> WikiLink<'a> {
        let (page, anchor) = split(destination.split('|').next().unwrap_or_default());
        let page = page.trim();
        let anchor = anchor.map(str::trim).filter(|anchor| !anchor.is_empty());
        WikiLink { page: page.strip_suffix(".md").unwrap_or(page), anchor }
    }

    /// Whether some page may be meant: a page `a/b` is a file `b.md` in a folder `a`, or `a___b.md`.
    pub(crate) fn may_lead_somewhere(&self, files: &FileIndex) -> bool {
        files.pages(&name::canonical(last(self.page))).next().is_some()
    }

    /// Returns the file that the link names by its path: from the folder of `from`, else from the root.
    pub(crate) fn by_path(&self, from: &str, files: &FileIndex) -> Option<String> {
        if self.page.is_empty() {
            return None;
        }
        [folder_of(from), ""].into_iter().find_map(|folder| {
            let path = join(folder, self.page)?;
            [format!("{path}.md"), path].into_iter().find(|path| files.contains(path))
        })
    }

    /// Returns the file whose page has the name of the link; of several the nearest to the root.
    pub(crate) fn by_name(&self, files: &'a FileIndex) -> Option<&'a str> {
        if self.page.is_empty() {
            return None;
        }
        let wanted = name::canonical(self.page);
        let has_name = |path: &&str| {
            let stem = path.get(..path.len().saturating_sub(3)).unwrap_or_default();
            let whole = name::canonical(&stem.replace("___", "/"));
            let before = whole.strip_suffix(&*wanted);
            before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
        };
        let pages = files.pages(&name::canonical(last(self.page))).filter(has_name);
        pages.min_by_key(|path| path.bytes().filter(|b| *b == b'/').count())
    }

    /// Returns the page that the link in the file at `from` leads to.
    pub(crate) fn resolve(&self, from: &str, files: &FileIndex) -> Option<LinkTarget> {
        let path = match self.page {
            "" => Some(from.to_owned()),
            _ => self.by_path(from, files).or_else(|| self.by_name(files).map(str::to_owned)),
        };
        Some(LinkTarget { path: path?, anchor: self.anchor.map(str::to_owned) })
    }
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontmatter;
    use crate::markdown::Body;
    use crate::text::Source;
    use proptest::prelude::*;

    #[test]
    fn links_are_relative_to_their_file() {
        let resolved = |destination: &str| resolve(destination, "specs/a.md").map(|t| (t.path, t.anchor));
        let path = |path: &str| Some((path.to_owned(), None));
        assert_eq!(resolved("b.md"), path("specs/b.md"));
        assert_eq!(resolved("b.md?raw=1#"), path("specs/b.md"));
        assert_eq!(resolved("../src/a%20b/x.py"), path("src/a b/x.py"));
        assert_eq!(resolved("/docs/./x.md"), path("docs/x.md"));
        assert_eq!(resolved("#over-view"), Some(("specs/a.md".to_owned(), Some("over-view".to_owned()))));
        assert_eq!(resolved("../../x.md"), None);
        for elsewhere in ["https://x.y/z", "mailto:a@b.c", "//x.y/z", "git+ssh://x", "guide.md:12", "?a#b"] {
            assert_eq!(resolved(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn pages_are_found_by_path_and_by_name() {
        let paths = [
            "docs/deep/guide.md",
            "docs/Guide.md",
            "pages/TTA___Start Page.md",
            "specs/a/b.md",
            "specs/x.md",
        ];
        let files = FileIndex::new(paths.iter().map(|path| Box::from(*path)).collect());
        let leads = |link: &str| WikiLink::read(link).resolve("specs/x.md", &files);
        let path = |link: &str| leads(link).map(|target| target.path);
        assert_eq!(path("guide").as_deref(), Some("docs/Guide.md"), "the nearest to the root");
        assert_eq!(path("deep/Guide.md|the guide").as_deref(), Some("docs/deep/guide.md"));
        assert_eq!(path("tta/start page").as_deref(), Some("pages/TTA___Start Page.md"));
        assert_eq!(path("start-page").as_deref(), Some("pages/TTA___Start Page.md"));
        assert_eq!(path("a/b").as_deref(), Some("specs/a/b.md"));
        assert_eq!(path("c/b"), None);
        assert!(WikiLink::read("c/b").may_lead_somewhere(&files));
        assert_eq!(leads("#Part").unwrap().anchor.as_deref(), Some("Part"));
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,30}|[%a-f0-9/.#|_]{0,20}") {
            let files = FileIndex::new(vec!["a/b.md".into(), "é.md".into(), text.clone().into()]);
            let _ = resolve(&text, "a/b.md");
            let _ = WikiLink::read(&text).resolve("a/b.md", &files);
            let source = Source::Str(&text);
            let body = Body::read(source, frontmatter::read(source).body_start(source));
            let _ = Anchors::linked(source, &body).find(source, &text);
        }
    }
}
