//! The front matter of a Markdown file: fences, YAML with a span for every node, and what is wrong with it.
//!
//! Reading never fails: it returns what could be understood together with the problems
//! (DESIGN.md section 4 and 5; requirement 002, "YAML Frontmatter Validation").
//! `gray_matter` is the oracle in the tests; it reports no positions, so it cannot be the reader.

mod fence;
pub mod yaml;

pub use fence::{Fences, MAX_FRONT_MATTER_BYTES, find_fences};
pub(crate) use fence::{bom_len, is_almost_fence, unclosed_end};
use text_size::TextRange;

use crate::text::{Source, range};
use yaml::{Node, Problem, ProblemKind};

/// The front matter of one file.
#[derive(Clone, Debug)]
pub struct FrontMatter {
    /// Where the fences and the text between them are.
    pub fences: Fences,
    /// The text between the fences (or up to where reading stopped, without a closing fence).
    pub text: String,
    /// The tree; a mapping in every well-formed file. Spans count from the start of the file.
    pub root: Option<Node>,
    /// What is wrong with the YAML, in order.
    pub problems: Vec<Problem>,
}

/// How a file starts.
#[derive(Clone, Debug)]
pub enum Head {
    /// The first line is no fence: there is no front matter.
    Missing,
    /// The file starts with a fence that is never closed. The tree holds what could be read all the same.
    Unclosed(FrontMatter),
    /// Both fences are there.
    Closed(FrontMatter),
}

impl Head {
    /// Returns the front matter, closed or not.
    #[must_use]
    pub fn front_matter(&self) -> Option<&FrontMatter> {
        match self {
            Head::Missing => None,
            Head::Unclosed(front_matter) | Head::Closed(front_matter) => Some(front_matter),
        }
    }

    /// Returns where the body starts, in bytes: after the closing fence, or after a byte order mark.
    #[must_use]
    pub fn body_start(&self, source: Source<'_>) -> usize {
        match self {
            Head::Missing => bom_len(source),
            Head::Unclosed(front_matter) => front_matter.fences.yaml.end().into(),
            Head::Closed(front_matter) => front_matter.fences.body_start,
        }
    }
}

/// Reads the front matter of `source`.
#[must_use]
pub fn read(source: Source<'_>) -> Head {
    let Some(mut fences) = find_fences(source) else { return Head::Missing };
    let start = usize::from(fences.yaml.start());
    let mut text = source.slice(start, fences.yaml.end().into()).into_owned();
    let mut tree = yaml::read(&text, start);
    // What is no mapping as a whole, but is one up to the first heading, was never closed: the fence further down is
    // a thematic break of the body.
    if fences.closing.is_some()
        && !is_mapping(&tree)
        && let Some(end) = fence::end_before_heading(&text)
    {
        let head = yaml::read(&text[..end], start);
        if is_mapping(&head) {
            text.truncate(end);
            tree = head;
            fences.yaml = range(start, start + end);
            fences.body_start = start + end;
            fences.stray = fences.closing.take();
        }
    }
    let closed = fences.closing.is_some();
    let front_matter = FrontMatter { fences, text, root: tree.root, problems: tree.problems };
    if closed { Head::Closed(front_matter) } else { Head::Unclosed(front_matter) }
}

/// Whether a text reads as a mapping; a key that stands there twice makes it none the less one.
fn is_mapping(tree: &yaml::Tree) -> bool {
    tree.root.as_ref().is_some_and(|root| root.entries().is_some())
        && tree.problems.iter().all(|problem| problem.kind != ProblemKind::Syntax)
}

impl FrontMatter {
    /// Returns the entries of the top-level mapping, in order; duplicates included.
    #[must_use]
    pub fn entries(&self) -> &[yaml::Entry] {
        self.root.as_ref().and_then(Node::entries).unwrap_or_default()
    }

    /// Returns the first entry with exactly this key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&yaml::Entry> {
        self.entries().iter().find(|entry| entry.key.as_str() == Some(key))
    }

    /// Returns the source text of `range`, which lies in the front matter.
    #[must_use]
    pub fn slice(&self, range: TextRange) -> &str {
        let base = usize::from(self.fences.yaml.start());
        let (start, end) = (usize::from(range.start()), usize::from(range.end()));
        self.text.get(start.saturating_sub(base)..end.saturating_sub(base)).unwrap_or_default()
    }

    /// Returns the line end the file uses: that of its opening fence.
    #[must_use]
    pub fn line_end(&self) -> &'static str {
        self.fences.line_end
    }

    /// Returns the range of the line that holds byte `at` of the file, without its line end.
    #[must_use]
    pub fn line_range(&self, at: usize) -> TextRange {
        let base = usize::from(self.fences.yaml.start());
        let inner = at.saturating_sub(base).min(self.text.len());
        let (start, line) = Source::Str(&self.text).line_at(inner);
        range(base + start, base + start + line.len())
    }
}
