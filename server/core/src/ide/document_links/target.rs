//! Where a destination leads.

use text_size::TextRange;

use super::DocumentLink;
use crate::files::folder_of;
use crate::ide::markup::one_line;
use crate::ide::maturity::Actual;
use crate::links::{self, Anchors, LinkTarget, WikiLink, slug};
use crate::markdown::Body;
use crate::text::Source;
use crate::workspace::{FileIndex, Root};

/// Most characters of a path in a tooltip.
const MAX_CHARS: usize = 200;

/// Finds what destinations in one file lead to.
pub(super) struct Resolver<'a> {
    /// The file that they stand in.
    path: &'a str,
    root: &'a Root,
    body: &'a Body,
    source: Source<'a>,
    /// The anchors of the file, once one was asked for.
    anchors: Option<Anchors>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(source: Source<'a>, path: &'a str, root: &'a Root, body: &'a Body) -> Resolver<'a> {
        Resolver { path, root, body, source, anchors: None }
    }

    fn files(&self) -> Option<&'a FileIndex> {
        self.root.files.as_deref()
    }

    /// Resolves the destination of a Markdown link: a relative path, an anchor, or both.
    pub(super) fn link(&mut self, destination: &str, range: TextRange) -> Option<DocumentLink> {
        let LinkTarget { path: target, anchor } = links::resolve(destination, self.path)?;
        let (path, fragment) = links::split(destination);
        if path.is_empty() {
            return self.anchor(&anchor?, fragment?, range);
        }
        let files = self.files()?;
        let is_file = files.contains(&target);
        if target.is_empty() || (!is_file && files.below(&target).is_empty()) {
            return None;
        }
        let tooltip = format!("Open {}", one_line(&target, MAX_CHARS));
        let fragment = fragment.filter(|fragment| !fragment.is_empty()).map(str::to_owned);
        Some(DocumentLink { range, path: target, here: None, fragment, tooltip })
    }

    /// Resolves an anchor of the file itself.
    fn anchor(&mut self, anchor: &str, written: &str, range: TextRange) -> Option<DocumentLink> {
        let (source, body) = (self.source, self.body);
        let anchors = self.anchors.get_or_insert_with(|| Anchors::linked(source, body));
        let at = anchors.find(source, anchor)?.start();
        let tooltip = format!("Go to {}", one_line(&format!("#{written}"), MAX_CHARS));
        Some(DocumentLink { range, path: self.path.to_owned(), here: Some(at), fragment: None, tooltip })
    }

    /// Resolves a wikilink: a path, a component, which its spec explains, or the name of a page.
    pub(super) fn page(&mut self, destination: &str, range: TextRange) -> Option<DocumentLink> {
        let link = WikiLink::read(destination);
        let fragment = link.anchor.map(slug);
        if link.page.is_empty() {
            let anchor = fragment?;
            return self.anchor(&anchor, &anchor, range);
        }
        let files = self.files()?;
        let target = match link.by_path(self.path, files) {
            Some(path) => path,
            None => match self.component(link.page) {
                Some(link) => return Some(DocumentLink { range, ..link }),
                None => link.by_name(files)?.to_owned(),
            },
        };
        let tooltip = format!("Open {}", one_line(&target, MAX_CHARS));
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
        let found = ["", folder_of(self.path)].into_iter().find_map(|folder| {
            links::join(folder, path.strip_prefix('/').unwrap_or(path)).filter(|path| files.contains(path))
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
}
