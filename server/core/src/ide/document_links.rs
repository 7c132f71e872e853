//! Document links: what a reader can follow from a spec, a MATURITY file or an instruction file.

mod target;

use text_size::{TextRange, TextSize};

use crate::component::ComponentFile;
use crate::files::FileKind;
use crate::frontmatter;
use crate::markdown::{Body, ElementKind};
use crate::text::Source;
use crate::workspace::Root;
use target::Resolver;

/// A text that leads somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentLink {
    /// The text.
    pub range: TextRange,
    /// The file that it leads to, relative to the root, with `/`.
    pub path: String,
    /// The place in the same file that it leads to.
    pub here: Option<TextSize>,
    /// The fragment of the address as written, for another file.
    pub fragment: Option<String>,
    /// What it leads to, in plain text.
    pub tooltip: String,
}

/// Most links of one file. Nobody follows more, and a hostile file could have one for every few bytes.
const MAX_LINKS: usize = 5000;

/// Returns the links of the file at `path` that lead to something in the workspace; `file` is what it says as a spec
/// or MATURITY file.
#[must_use]
pub fn document_links(
    source: Source<'_>,
    path: &str,
    root: &Root,
    file: Option<&ComponentFile>,
) -> Vec<DocumentLink> {
    let read;
    let body = match (root.analyses(path), file) {
        (Some(FileKind::Instructions), _) => {
            read = Body::read(source, frontmatter::read(source).body_start(source));
            &read
        }
        (Some(_), Some(file)) => &*file.body,
        _ => return Vec::new(),
    };
    let mut resolver = Resolver::new(source, path, root, body);
    let links = body.elements().filter_map(|placed| {
        let range = placed.range();
        match &placed.element.kind {
            ElementKind::Link { destination, wiki: false } => resolver.link(destination, range),
            ElementKind::Link { destination, wiki: true } => resolver.page(destination, range),
            ElementKind::Code { text } => resolver.code(text, range),
            _ => None,
        }
    });
    links.take(MAX_LINKS).collect()
}

#[cfg(test)]
mod tests;
