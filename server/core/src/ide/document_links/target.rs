//! Where a destination leads.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use text_size::{TextRange, TextSize};

use super::DocumentLink;
use crate::ide::markup::one_line;
use crate::ide::maturity::Actual;
use crate::markdown::{Body, ElementKind};
use crate::name;
use crate::workspace::{FileIndex, Root};

/// Most characters of a path in a tooltip.
const MAX_CHARS: usize = 200;

/// Finds what destinations in one file lead to.
pub(super) struct Resolver<'a> {
    /// The file that they stand in.
    path: &'a str,
    root: &'a Root,
    body: &'a Body,
    /// The headings of the file by anchor, once one was asked for.
    anchors: Option<FxHashMap<String, TextSize>>,
    /// The Markdown files of the workspace by canonical stem, once one was asked for.
    pages: Option<FxHashMap<String, &'a str>>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(path: &'a str, root: &'a Root, body: &'a Body) -> Resolver<'a> {
        Resolver { path, root, body, anchors: None, pages: None }
    }

    fn files(&self) -> Option<&'a FileIndex> {
        self.root.files.as_deref()
    }

    /// Resolves the destination of a Markdown link: a relative path, an anchor, or both.
    pub(super) fn link(&mut self, destination: &str, range: TextRange) -> Option<DocumentLink> {
        let (path, fragment) = match destination.split_once('#') {
            Some((path, fragment)) => (path, Some(fragment)),
            None => (destination, None),
        };
        if path.is_empty() {
            return self.anchor(fragment?, range);
        }
        // `https:`, `mailto:` and `//host` are the editor's.
        if path.contains(':') || path.starts_with("//") {
            return None;
        }
        let path = path.split('?').next().unwrap_or(path);
        let target = join(self.folder(), &decoded(path))?;
        let files = self.files()?;
        let is_file = files.contains(&target);
        if target.is_empty() || (!is_file && files.below(&target).is_empty()) {
            return None;
        }
        let tooltip = format!("Open {}", one_line(&target, MAX_CHARS));
        let fragment = fragment.filter(|fragment| !fragment.is_empty()).map(str::to_owned);
        Some(DocumentLink { range, path: target, here: None, fragment, tooltip })
    }

    /// Resolves `#anchor`, as GitHub names headings.
    fn anchor(&mut self, anchor: &str, range: TextRange) -> Option<DocumentLink> {
        let body = self.body;
        let anchors = self.anchors.get_or_insert_with(|| anchors(body));
        let at = *anchors.get(&*decoded(anchor).to_lowercase())?;
        let tooltip = format!("Go to {}", one_line(&format!("#{anchor}"), MAX_CHARS));
        Some(DocumentLink { range, path: self.path.to_owned(), here: Some(at), fragment: None, tooltip })
    }

    /// Resolves a wikilink: a path, the name of a page, or a component, which its spec explains.
    pub(super) fn page(&mut self, destination: &str, range: TextRange) -> Option<DocumentLink> {
        let (page, fragment) = match destination.split_once('#') {
            Some((page, fragment)) => (page.trim(), Some(fragment)),
            None => (destination.trim(), None),
        };
        if page.is_empty() {
            return self.anchor(&slug(fragment?), range);
        }
        let files = self.files()?;
        let by_path = [self.folder(), ""].into_iter().find_map(|folder| {
            let path = join(folder, page)?;
            let candidates = [format!("{path}.md"), path];
            candidates.into_iter().find(|path| files.contains(path))
        });
        let target = match by_path {
            Some(path) => path,
            None => match self.component(page) {
                Some(link) => return Some(DocumentLink { range, ..link }),
                None => {
                    let pages = self.pages.get_or_insert_with(|| pages(files));
                    (*pages.get(&name::canonical(page))?).to_owned()
                }
            },
        };
        let tooltip = format!("Open {}", one_line(&target, MAX_CHARS));
        let fragment = fragment.map(slug);
        Some(DocumentLink { range, path: target, here: None, fragment, tooltip })
    }

    /// Returns the link to the spec of a component.
    fn component(&self, name: &str) -> Option<DocumentLink> {
        let components = self.root.components.as_deref()?;
        let component = components.get(components.find(name)?);
        let spec = component.specs.first()?;
        let tooltip = format!("Open the spec of {} ({})", component.name, Actual::of(component).name());
        let range = TextRange::default();
        Some(DocumentLink { range, path: spec.path.to_string(), here: None, fragment: None, tooltip })
    }

    /// Resolves a code span: the path of a file, from the root or from the folder of the document; a line behind it
    /// counts as well (`src/a.py:12`).
    pub(super) fn code(&mut self, text: &str, range: TextRange) -> Option<DocumentLink> {
        let (path, line) = match text.rsplit_once(':') {
            Some((path, line)) if !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit()) => {
                (path, Some(line))
            }
            _ => (text, None),
        };
        // Words are no paths, even where a file of that name lies about.
        if !path.contains(['/', '.']) || path.contains(char::is_whitespace) {
            return None;
        }
        let files = self.files()?;
        let found = ["", self.folder()].into_iter().find_map(|folder| {
            join(folder, path.strip_prefix('/').unwrap_or(path)).filter(|path| files.contains(path))
        });
        let target = found.filter(|target| target != self.path)?;
        let tooltip = format!("Open {}", one_line(&target, MAX_CHARS));
        Some(DocumentLink {
            range,
            path: target,
            here: None,
            fragment: line.map(|line| format!("L{line}")),
            tooltip,
        })
    }

    fn folder(&self) -> &'a str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// Returns `path` as seen from `folder`, without `.` and `..`; from the root where it starts with `/`. `None` where it
/// leaves the workspace.
fn join(folder: &str, path: &str) -> Option<String> {
    let from = if path.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    for part in from.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Resolves `%20` and the like; what is no UTF-8 afterwards stays as written.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        let hex = |i: usize| others.get(i).and_then(|b| char::from(*b).to_digit(16));
        match (first, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or_default());
                rest = &others[2..];
            }
            _ => {
                out.push(*first);
                rest = others;
            }
        }
    }
    String::from_utf8(out).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Returns where each heading stands by its anchor; of equal ones the second ends with `-1`.
fn anchors(body: &Body) -> FxHashMap<String, TextSize> {
    let mut seen: FxHashMap<String, usize> = FxHashMap::default();
    let mut anchors = FxHashMap::default();
    for placed in body.elements() {
        let ElementKind::Heading { text, .. } = &placed.element.kind else { continue };
        let slug = slug(text);
        let count = seen.entry(slug.clone()).or_default();
        let anchor = if *count == 0 { slug } else { format!("{slug}-{count}") };
        *count += 1;
        anchors.entry(anchor).or_insert_with(|| placed.range().start());
    }
    anchors
}

/// Returns the anchor of a heading: lowercase, `-` for blanks, without what is neither letter, digit, `-` nor `_`.
fn slug(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' '));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Returns every Markdown file by its stem; of equal ones the first.
fn pages(files: &FileIndex) -> FxHashMap<String, &str> {
    let mut pages = FxHashMap::default();
    for path in files.paths() {
        let name = path.rsplit('/').next().unwrap_or(path);
        if let Some(stem) = name.strip_suffix(".md") {
            pages.entry(name::canonical(stem)).or_insert(&**path);
        }
    }
    pages
}
