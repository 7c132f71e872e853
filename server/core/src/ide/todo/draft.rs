//! The issue that a TODO is to become, and its number in the comment.

use crate::diagnostic::TextEdit;
use crate::issues::COMPONENT_LABEL;
use crate::text::{Source, range};
use crate::todo::{MalformedKind, Todo};
use crate::workspace::Root;

/// Longest title, in characters; what follows stands in the body.
const MAX_TITLE: usize = 80;

/// How far behind the word is looked for parentheses, in bytes.
const LOOKED_AT: usize = 400;

/// An issue to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// One line.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// `component:<name>`, where the file belongs to a component.
    pub labels: Vec<String>,
}

/// Returns the issue that a TODO of the file at `path` asks for.
#[must_use]
pub fn draft(todo: &Todo, path: &str, root: &Root) -> Draft {
    let text = todo.text.trim();
    let place = format!("`{}`, line {}", path.replace('`', "'"), todo.line + 1);
    let title = match title(text) {
        title if title.is_empty() => format!("{} in {path}:{}", todo.word, todo.line + 1),
        title => title,
    };
    let mut body = format!("From a {} comment in {place}.\n", todo.word);
    if !text.is_empty() {
        body.push_str("\n> ");
        body.push_str(&quoted(text));
        body.push('\n');
    }
    let labels = component_of(path, root).map(|name| format!("{COMPONENT_LABEL}{name}"));
    Draft { title, body, labels: labels.into_iter().collect() }
}

/// Returns the component that the file at `path` belongs to; by its folders alone until the components are known.
fn component_of<'a>(path: &'a str, root: &'a Root) -> Option<&'a str> {
    match root.components.as_deref() {
        Some(components) => components.layout().component_of(path).map(|place| place.name.as_str()),
        None => {
            let folders = std::iter::successors(Some(path), |path| Some(path.rsplit_once('/')?.0)).skip(1);
            folders.filter_map(|folder| root.config.components.component_at(folder)).next()
        }
    }
}

/// Returns the first sentence of `text`, cut between words where it is too long.
fn title(text: &str) -> String {
    let end = [". ", "! ", "? ", "; "].iter().filter_map(|end| text.find(end)).min();
    let sentence = end.map_or(text, |end| &text[..end]).trim_end_matches(['.', ';', ',']).trim();
    if sentence.chars().count() <= MAX_TITLE {
        return capitalised(sentence);
    }
    let mut title = String::new();
    for word in sentence.split_whitespace() {
        if title.chars().count() + word.chars().count() + 2 > MAX_TITLE {
            break;
        }
        if !title.is_empty() {
            title.push(' ');
        }
        title.push_str(word);
    }
    if title.is_empty() {
        title = sentence.chars().take(MAX_TITLE - 1).collect();
    }
    capitalised(&format!("{title}\u{2026}"))
}

fn capitalised(text: &str) -> String {
    let first = text.split_whitespace().next().unwrap_or_default();
    // `useCart() is slow` begins with a name.
    if !first.chars().all(|c| c.is_lowercase() || matches!(c, ',' | '\'')) {
        return text.to_owned();
    }
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Writes `text` so that a mention in a comment calls nobody (`@name`), and tags nothing.
fn quoted(text: &str) -> String {
    text.replace('<', "&lt;").replace('@', "@<!-- -->").replace('\n', "\n> ")
}

/// Returns the change that writes the number of an issue into a TODO that names none.
#[must_use]
pub fn numbered(todo: &Todo, source: Source<'_>, number: u64) -> Option<TextEdit> {
    let end = usize::from(todo.word_range.end());
    let after = source.slice(end, (end + LOOKED_AT).min(source.len()));
    insertion(todo, &after, number)
}

/// Returns the same; `after` is what follows the word.
pub(super) fn insertion(todo: &Todo, after: &str, number: u64) -> Option<TextEdit> {
    let end = usize::from(todo.word_range.end());
    let insert = |at: usize, new_text: String| Some(TextEdit { range: range(at, at), new_text });
    match todo.malformed.as_slice() {
        [] => {
            let line = after.split('\n').next().unwrap_or_default();
            // `TODO(alice): x` keeps its name.
            match line.strip_prefix('(').filter(|rest| rest.contains(')')) {
                Some(rest) if rest.trim_start().starts_with(')') => insert(end + 1, format!("#{number}")),
                Some(_) => insert(end + 1, format!("#{number}, ")),
                None => insert(end, format!("(#{number})")),
            }
        }
        [malformed] => match malformed.kind {
            MalformedKind::Empty => {
                Some(TextEdit { range: malformed.range, new_text: format!("(#{number})") })
            }
            MalformedKind::NoNumber | MalformedKind::Zero => {
                Some(TextEdit { range: malformed.range, new_text: format!("#{number}") })
            }
            _ => None,
        },
        _ => None,
    }
}
