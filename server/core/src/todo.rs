//! Which promises the comments of a file make, and which issues they name (requirement 001,
//! "TODO Comments").
//!
//! Three steps, each cheaper than the next: a literal search for the words ([`Scanner::has_word`]), which ends the
//! work on nearly every file; the comments of the file, by its comment marks where these leave no doubt, else by the grammar of
//! its language, and by marks where it has none; the words and references in them. Strings, identifiers and Markdown fences hold no comments, so they hold no TODO.

mod absent;
mod again;
mod budget;
mod certain;
mod comment;
mod grammar;
mod language;
mod markdown;
mod near;
mod reference;
mod scanner;
mod syntax;
mod tokens;

use std::borrow::Cow;

use ropey::Rope;

pub use budget::Effort;
pub use reference::{IssueId, Malformed, MalformedKind, Reference, ReferenceKind};
pub use scanner::{Scanner, is_binary};
pub(crate) use scanner::{is_word, pattern};

use crate::diagnostic::Diagnostic;
use crate::frontmatter;
use crate::rules::{self, RuleContext};
use crate::text::{Source, TextRange};
use crate::workspace::Root;
use language::{Again, Language};

/// Words that begin a TODO.
pub const DEFAULT_WORDS: [&str; 4] = ["TODO", "FIXME", "HACK", "XXX"];

/// Largest file that is searched, in bytes, unless configured: what is larger is generated, vendored or data.
pub const DEFAULT_MAX_BYTES: u64 = 1024 * 1024;

/// Most TODOs of one file; a limit on memory, far above what people write.
const MAX_TODOS: usize = 10_000;

/// Most words of one file that are looked at one by one before its comments are read.
const MAX_ASKED: usize = 20;

/// One promise in a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Todo {
    /// The word, such as `TODO`.
    pub word: Box<str>,
    /// Where it stands.
    pub word_range: TextRange,
    /// What is promised: the lines joined, without comment marks and without the parentheses behind the word.
    pub text: Box<str>,
    /// The issues that it names, in order of place.
    pub references: Vec<Reference>,
    /// What was meant for a reference and is none, or not written as one.
    pub malformed: Vec<Malformed>,
    /// From the word to the end of its text.
    pub range: TextRange,
    /// The zero-based line of the word.
    pub line: u32,
}

/// The TODOs of one file, as the rules see them.
#[derive(Debug)]
pub struct TodoFile {
    /// In order of place.
    pub todos: Vec<Todo>,
}

/// Returns the TODOs of `text`, the file at `path`, in order of place; none where its language is not known.
#[must_use]
pub fn read(text: &str, path: &str, scanner: &Scanner) -> Vec<Todo> {
    read_with(text, path, scanner, None)
}

/// What is kept of one version of a text, so that the next one costs only what changed. It belongs to one configuration.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The last version without a word.
    words: absent::Absent,
    /// The last version without a comment of Markdown.
    tags: absent::Absent,
    parsed: Option<again::Kept>,
    pieces: Option<markdown::Kept>,
}

/// What was read of a text with the help of an earlier version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reread {
    /// In order of place.
    pub todos: Vec<Todo>,
    /// Whether that is what was there before the last edits, moved: the effort did not suffice to know better.
    pub is_guess: bool,
}

impl Reread {
    fn certain(todos: Vec<Todo>) -> Reread {
        Reread { todos, is_guess: false }
    }
}

/// Returns [`read`] of a rope, with what was kept of an earlier version of it, as far as `effort` goes.
#[must_use]
pub fn reread(rope: &Rope, path: &str, scanner: &Scanner, memory: &mut Memory, effort: Effort<'_>) -> Reread {
    if !scanner.is_in_again(rope, &mut memory.words) {
        return Reread::certain(Vec::new());
    }
    let source = Source::Rope(rope);
    if matches!(language::of_name(path), Some(Language::Markdown))
        && !markdown::has_tags(rope, &mut memory.tags)
    {
        // In the body is no comment, whatever its words.
        let head = source.slice(0, frontmatter::read(source).body_start(source));
        return Reread::certain(read(&head, path, scanner));
    }
    let text: Cow<'_, str> = source.slice(0, source.len());
    let Memory { parsed, pieces, .. } = memory;
    let todos = read_with(&text, path, scanner, Some(Again { rope, parsed, pieces, effort }));
    Reread { todos, is_guess: memory.parsed.as_ref().is_some_and(|kept| kept.is_guess_of(rope)) }
}

fn read_with(text: &str, path: &str, scanner: &Scanner, again: Option<Again<'_>>) -> Vec<Todo> {
    let hits = scanner.hits(text.as_bytes());
    if hits.is_empty() {
        return Vec::new();
    }
    let Some(language) = language::of(path, text) else { return Vec::new() };
    // One that may is enough: asking for each would cost a minified line once more for every word on it.
    if !hits.iter().take(MAX_ASKED).any(|hit| language.may_comment(text, *hit)) && hits.len() <= MAX_ASKED {
        return Vec::new();
    }
    let comments = language.comments(text, &hits, again);
    let mut lines = LineCounter { text, at: 0, line: 0 };
    let mut todos = Vec::new();
    for group in comment::groups(text, &comments, &hits) {
        for found in scanner.in_group(text, &group, &hits) {
            let line = lines.line_of(found.word_range.start().into());
            todos.push(Todo { line, ..found });
            if todos.len() == MAX_TODOS {
                return todos;
            }
        }
    }
    todos
}

/// Returns the findings of `todo/*` in the file at `path`, in order of place; none where TODOs are not looked for.
#[must_use]
pub fn diagnostics(source: Source<'_>, path: &str, root: &Root) -> Vec<Diagnostic> {
    if !may_have(source, path, root) {
        return Vec::new();
    }
    let text: Cow<'_, str> = source.slice(0, source.len());
    diagnostics_of(read(&text, path, root.config.todo.scanner()), source, path, root)
}

/// Returns [`diagnostics`] of TODOs that were read before.
#[must_use]
pub fn diagnostics_of(
    todos: impl Into<Vec<Todo>>,
    source: Source<'_>,
    path: &str,
    root: &Root,
) -> Vec<Diagnostic> {
    let file = TodoFile { todos: todos.into() };
    if file.todos.is_empty() {
        return Vec::new();
    }
    let mut cx = RuleContext::new(source, path, root, &file);
    for check in rules::todo::CHECKS {
        check(&mut cx);
    }
    let mut findings = cx.finish();
    if !findings.is_empty() {
        rules::suppress::apply_in_code(source, &mut findings);
        findings.sort_by_key(|finding| (finding.range.start(), finding.range.end(), finding.rule.code));
    }
    findings
}

/// Returns the references in a line of running text, in order of place; the first byte of `text` counts as byte `base`.
#[must_use]
pub fn references_in(text: &str, base: usize, scanner: &Scanner) -> Vec<Reference> {
    let mut found = Vec::new();
    reference::in_text(scanner, text, base, &mut found);
    found
}

/// Whether TODOs are looked for in this text of the file at `path`, and it holds a word of one.
#[must_use]
pub fn may_have(source: Source<'_>, path: &str, root: &Root) -> bool {
    are_looked_for(source.len(), path, root) && root.config.todo.scanner().is_in(source)
}

/// Whether TODOs are looked for in a text of this many bytes, in the file at `path`.
#[must_use]
pub fn are_looked_for(bytes: usize, path: &str, root: &Root) -> bool {
    bytes as u64 <= root.config.todo.max_bytes && root.has_todos(path)
}

/// Whether the language of the file at `path` is known by its name.
#[must_use]
pub fn knows(path: &str) -> bool {
    language::of_name(path).is_some()
}

/// Whether the language of the file at `path` may be known: by its name, or by a first line that only its text tells.
#[must_use]
pub fn may_know(path: &str) -> bool {
    !path.rsplit('/').next().unwrap_or(path).contains('.') || knows(path)
}

/// Counts lines from TODO to TODO, so that a file is counted once.
struct LineCounter<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl LineCounter<'_> {
    /// Returns the zero-based line of byte `at`, which is not before the last one asked for.
    fn line_of(&mut self, at: usize) -> u32 {
        let bytes = self.text.as_bytes();
        for i in memchr::memchr2_iter(b'\n', b'\r', &bytes[self.at..at]) {
            let i = self.at + i;
            if bytes[i] == b'\n' || bytes.get(i + 1) != Some(&b'\n') {
                self.line += 1;
            }
        }
        self.at = at;
        self.line
    }
}

#[cfg(test)]
mod tests;
