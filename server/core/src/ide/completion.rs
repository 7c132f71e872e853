//! Completion in front matter: keys, known values, and globs from the folders that exist; in specs and MATURITY files
//! components, stages, sections and metadata; keys and values of the configuration.
//!
//! It works on the text of the line first: where one types, the YAML is nearly always broken. Every edit stays on
//! one line and holds the cursor, and every label starts with the text that it replaces, so that VS Code and
//! Neovim filter alike (LSP 3.17, `CompletionItem.textEdit` and `filterText`).

mod apply_to;
mod component;
mod config;
mod dependency;
mod globs;
mod keys;
mod metadata;
mod sections;
mod snippet;
mod values;

pub(super) use values::docs as value_docs;

use std::borrow::Cow;

use crate::diagnostic::TextEdit;
use crate::files::FileKind;
use crate::frontmatter::{MAX_FRONT_MATTER_BYTES, bom_len, find_fences, unclosed_end, yaml};
use crate::instructions::APPLY_TO;
use crate::text::{Source, range};
use crate::workspace::Root;

/// Characters after which a client should ask again without being told to.
pub const TRIGGER_CHARACTERS: [&str; 13] = ["-", ":", " ", "/", ",", "\"", "'", "[", "*", ".", "`", "(", "#"];

/// One proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What is shown, and what the typed text is compared with.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// A few words beside the label.
    pub detail: Option<String>,
    /// More about it, in Markdown.
    pub documentation: Option<String>,
    /// What it does: replaces the text being typed.
    pub edit: TextEdit,
    /// Orders the proposals.
    pub sort: String,
    /// What the typed text is compared with, where that is not the label.
    pub filter: Option<String>,
    /// Whether the new text is a snippet (LSP 3.17, "Snippet Syntax"). [`Completion::plain_text`] is for clients
    /// without.
    pub snippet: bool,
}

/// What a [`Completion`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionKind {
    /// A front matter key.
    Key,
    /// A value of a key.
    Value,
    /// A whole glob.
    Glob,
    /// The next folder of a glob; a client should ask again after it.
    Folder,
    /// A piece of text with places to fill.
    Snippet,
    /// A component.
    Component,
    /// An issue.
    Issue,
}

impl Completion {
    /// Returns the new text for a client that knows no snippets: with the defaults of its places.
    #[must_use]
    pub fn plain_text(&self) -> Cow<'_, str> {
        if self.snippet {
            snippet::to_plain(&self.edit.new_text).into()
        } else {
            (&*self.edit.new_text).into()
        }
    }
}

/// Returns what could be typed at byte `offset`.
#[must_use]
pub fn completion(source: Source<'_>, path: &str, root: &Root, offset: usize) -> Vec<Completion> {
    match root.analyses(path) {
        Some(FileKind::Instructions) if offset <= MAX_FRONT_MATTER_BYTES => {}
        Some(kind @ (FileKind::Spec | FileKind::Maturity | FileKind::Markdown)) => {
            return component::completions(source, path, root, kind, offset);
        }
        Some(FileKind::Config) => {
            let at = super::place(source, offset);
            return if at < bom_len(source) {
                Vec::new()
            } else {
                config::completions(source, &Line::at(source, at))
            };
        }
        _ => return Vec::new(),
    }
    let at = super::place(source, offset);
    if at < bom_len(source) {
        return Vec::new();
    }
    let line = Line::at(source, at);
    let Some(fences) = find_fences(source) else { return snippet::front_matter(source, &line) };
    let yaml_start = usize::from(fences.yaml.start());
    if line.start < yaml_start {
        let nothing_else = source.lines_from(yaml_start).take(100).all(|(_, line)| line.trim().is_empty());
        return if nothing_else { snippet::front_matter(source, &line) } else { Vec::new() };
    }
    let inside = match fences.closing {
        Some(closing) => line.start < closing.start().into(),
        None => {
            // Comments just above may belong to the key being typed; a heading stands apart.
            let before = source.slice(0, line.start);
            let rest = &before[unclosed_end(&before, yaml_start)..];
            rest.trim().is_empty() || rest.lines().all(|line| line.starts_with('#'))
        }
    };
    if !inside {
        return Vec::new();
    }
    if let Some(key_len) = yaml::key_len(&line.text) {
        return of_entry(source, root, &line, key_len);
    }
    if line.text.starts_with([' ', '\t', '-']) {
        return match owner(source, yaml_start, line.start) {
            Some((key, value)) if key == APPLY_TO => globs::completions(source, root, &line, value),
            _ => Vec::new(),
        };
    }
    let yaml_end = usize::from(fences.yaml.end()).max(line.end());
    keys::completions(source, root, &line, (yaml_start, yaml_end))
}

/// Completes on a line `key: value`.
fn of_entry(source: Source<'_>, root: &Root, line: &Line<'_>, key_len: usize) -> Vec<Completion> {
    let Some(colon) = line.text[key_len..].find(':').map(|at| key_len + at) else { return Vec::new() };
    if line.cursor <= key_len {
        let fences = find_fences(source);
        let yaml = fences.map_or(range(line.start, line.end()), |fences| fences.yaml);
        let yaml_end = usize::from(yaml.end()).max(line.end());
        return keys::completions(source, root, line, (yaml.start().into(), yaml_end));
    }
    if line.cursor <= colon {
        return Vec::new();
    }
    match line.text[..key_len].trim_matches(['"', '\'']) {
        APPLY_TO => globs::completions(source, root, line, line.start + colon + 1),
        key => values::completions(line, key, colon + 1),
    }
}

/// Returns the top-level key that the line at `line_start` belongs to, and where its value starts.
fn owner(source: Source<'_>, yaml_start: usize, line_start: usize) -> Option<(String, usize)> {
    let lines = source.lines_from(yaml_start).take_while(|(at, _)| *at < line_start);
    let (at, line) =
        lines.filter(|(_, line)| !line.starts_with([' ', '\t']) && yaml::key_len(line).is_some()).last()?;
    let len = yaml::key_len(&line)?;
    let colon = len + line[len..].find(':')?;
    Some((line[..len].trim_matches(['"', '\'']).to_owned(), at + colon + 1))
}

/// The line being typed on.
struct Line<'a> {
    /// Where it starts in the file; after a byte order mark.
    start: usize,
    /// Its text, without the line end.
    text: Cow<'a, str>,
    /// The cursor, in bytes of `text`.
    cursor: usize,
}

impl<'a> Line<'a> {
    fn at(source: Source<'a>, at: usize) -> Line<'a> {
        let (start, text) = source.line_at(at);
        let bom = if start == 0 { bom_len(source) } else { 0 };
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[bom..]),
            Cow::Owned(text) => Cow::Owned(text[bom..].to_owned()),
        };
        let start = start + bom;
        Line { start, cursor: at.saturating_sub(start).min(text.len()), text }
    }

    /// Where it ends in the file, before its line end.
    fn end(&self) -> usize {
        self.start + self.text.len()
    }

    fn before(&self) -> &str {
        &self.text[..self.cursor]
    }

    fn after(&self) -> &str {
        &self.text[self.cursor..]
    }

    /// Returns an edit of `start..end`, in bytes of this line.
    fn edit(&self, start: usize, end: usize, new_text: impl Into<String>) -> TextEdit {
        TextEdit { range: range(self.start + start, self.start + end), new_text: new_text.into() }
    }
}

#[cfg(test)]
mod component_tests;
#[cfg(test)]
mod tests;
