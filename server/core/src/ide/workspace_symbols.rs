//! Finding components, and sections of their specs, by a few letters of their names.

use text_size::TextRange;

use super::maturity::Actual;
use crate::component::{ComponentFile, Standing};
use crate::components::{Component, FileFacts};
use crate::text::Source;
use crate::todo::Todo;
use crate::workspace::Root;

/// Most results of one query. Nobody reads more; a longer query finds less.
pub const MAX_FOUND: usize = 128;

/// Fewest letters by which a component has to be named before its spec is read for sections.
const MIN_LETTERS: usize = 3;

/// Longest name of a TODO, in characters.
const MAX_TODO: usize = 100;

/// Something that a query found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// How well it matches: the less the better.
    rank: u8,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: FoundKind,
    /// What it belongs to: the stage of a component, the component of a section.
    pub container: String,
    /// The file, relative to the root, with `/`.
    pub path: String,
    /// Where in it, in bytes: start and end.
    place: (u32, u32),
}

/// What a [`Found`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FoundKind {
    /// A component.
    Component,
    /// A section of a spec.
    Section,
    /// A TODO comment.
    Todo,
}

impl Found {
    fn new(rank: u8, name: String, kind: FoundKind, container: &str, path: &str, range: TextRange) -> Found {
        let place = (range.start().into(), range.end().into());
        Found { rank, name, kind, container: container.to_owned(), path: path.to_owned(), place }
    }

    /// Where in the file, in bytes.
    #[must_use]
    pub fn range(&self) -> TextRange {
        TextRange::new(self.place.0.into(), self.place.1.into())
    }
}

/// Returns the components that `query` finds, the best first, at most [`MAX_FOUND`].
#[must_use]
pub fn components(root: &Root, query: &str) -> Vec<Found> {
    let Some(components) = root.components.as_deref() else { return Vec::new() };
    let query = Query::new(query);
    let found = components.iter().filter_map(|(_, component)| {
        let rank = query.rank(&component.name)?;
        let file = home(component)?;
        let stage = Actual::of(component).title();
        let kind = FoundKind::Component;
        Some(Found::new(rank, component.name.to_string(), kind, stage, &file.path, file.facts.headline))
    });
    best(found.collect())
}

/// Returns the file that a component is explained in.
fn home(component: &Component) -> Option<&FileFacts> {
    component.files().next()
}

/// Whether `query` names the component well enough to read its spec for [`sections`].
#[must_use]
pub fn may_have_sections(query: &str, component: &str) -> bool {
    let query = Query::new(query);
    let used = query.letters_in(component);
    used == query.letters.len() || used >= MIN_LETTERS
}

/// Returns the sections of a spec, headings of level two and three, that `query` finds as `component: title`, the best
/// first; at most [`MAX_FOUND`].
#[must_use]
pub fn sections(source: Source<'_>, path: &str, root: &Root, query: &str) -> Vec<Found> {
    let Some(file) = ComponentFile::of_path(source, path, root) else { return Vec::new() };
    if file.standing != Standing::Component {
        return Vec::new();
    }
    let query = Query::new(query);
    let found = file.sections.iter().filter(|section| matches!(section.level, 2 | 3)).filter_map(|section| {
        let name = format!("{}: {}", file.component.name, section.title);
        // Who types a section's title means it.
        let rank = query.rank(&section.title).or_else(|| query.rank(&name))?;
        Some(Found::new(rank, name, FoundKind::Section, &file.component.name, path, section.range))
    });
    best(found.collect())
}

/// Returns the TODOs of the file at `path` that `query` finds as `TODO(#12): text`, the best first; at most
/// [`MAX_FOUND`].
#[must_use]
pub fn todos(todos: &[Todo], path: &str, query: &str) -> Vec<Found> {
    let query = Query::new(query);
    let found = todos.iter().filter_map(|todo| {
        let references: Vec<_> = todo.references.iter().map(|it| super::todo::written(&it.kind)).collect();
        let references =
            if references.is_empty() { String::new() } else { format!("({})", references.join(", ")) };
        let name = super::markup::one_line(&format!("{}{references}: {}", todo.word, todo.text), MAX_TODO);
        // A component or section of the same name is looked for more often.
        let rank = query.rank(&name)?.saturating_add(1);
        Some(Found::new(rank, name, FoundKind::Todo, path, path, todo.word_range))
    });
    best(found.collect())
}

/// Sorts by rank, name and place, and keeps the first.
fn best(mut found: Vec<Found>) -> Vec<Found> {
    found.sort();
    found.truncate(MAX_FOUND);
    found
}

/// What was typed, in lowercase, with `_` for `-` and without blanks.
struct Query {
    letters: Vec<char>,
}

/// The form in which letters are compared.
fn folded(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().flat_map(char::to_lowercase).map(|c| if c == '-' { '_' } else { c })
}

impl Query {
    fn new(query: &str) -> Query {
        Query { letters: folded(query).filter(|c| !c.is_whitespace()).collect() }
    }

    /// Returns how many letters of the query, from its start, occur in `text` in this order.
    fn letters_in(&self, text: &str) -> usize {
        let mut used = 0;
        for c in folded(text) {
            used += usize::from(self.letters.get(used) == Some(&c));
        }
        used
    }

    /// Returns how well the query finds `name`: 0 for the whole, 1 for its start, 2 for a part, 3 for letters in this
    /// order; `None` where it does not.
    fn rank(&self, name: &str) -> Option<u8> {
        if self.letters_in(name) < self.letters.len() {
            return None;
        }
        let query: String = self.letters.iter().collect();
        let name: String = folded(name).filter(|c| !c.is_whitespace()).collect();
        Some(match name.find(&query) {
            Some(0) if name.len() == query.len() => 0,
            Some(0) => 1,
            Some(_) => 2,
            None => 3,
        })
    }
}

#[cfg(test)]
mod tests;
