//! Comments by a grammar of tree-sitter.
//!
//! A grammar is right where comment marks are guesses: here documents, block scalars, template strings, regular
//! expressions. It costs about a hundred times more, so only files with a word are parsed, and only within bounds
//! ([`super::budget`]).

use std::cell::RefCell;
use std::ops::ControlFlow;

use ropey::Rope;
use tree_sitter::{InputEdit, Language, ParseOptions, ParseState, Parser, Point, Tree};

use super::budget::Budget;
use super::comment::Comment;
use super::scanner::Hit;
use crate::text::Change;

/// How far from a word comments of the same group are looked for, in bytes.
const NEAR: usize = 16 * 1024;

/// The grammars that are built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grammar {
    Python,
    Rust,
    JavaScript,
    TypeScript,
    Tsx,
    Go,
    Java,
    C,
    Cpp,
    Bash,
    Yaml,
    Toml,
}

thread_local! {
    /// Setting up a parser costs more than parsing a small file.
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}

impl Grammar {
    fn language(self) -> Language {
        match self {
            Grammar::Python => tree_sitter_python::LANGUAGE,
            Grammar::Rust => tree_sitter_rust::LANGUAGE,
            Grammar::JavaScript => tree_sitter_javascript::LANGUAGE,
            Grammar::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
            Grammar::Tsx => tree_sitter_typescript::LANGUAGE_TSX,
            Grammar::Go => tree_sitter_go::LANGUAGE,
            Grammar::Java => tree_sitter_java::LANGUAGE,
            Grammar::C => tree_sitter_c::LANGUAGE,
            Grammar::Cpp => tree_sitter_cpp::LANGUAGE,
            Grammar::Bash => tree_sitter_bash::LANGUAGE,
            Grammar::Yaml => tree_sitter_yaml::LANGUAGE,
            Grammar::Toml => tree_sitter_toml_ng::LANGUAGE,
        }
        .into()
    }
}

/// Returns the comments of `text` around `hits`, in order of place; `None` where parsing it would cost too much.
pub(super) fn comments(text: &str, grammar: Grammar, hits: &[Hit]) -> Option<Vec<Comment>> {
    Some(collect(&parse(text, grammar, None)?, text, hits))
}

/// One version of a text, parsed.
#[derive(Debug)]
pub(super) struct Parsed {
    grammar: Grammar,
    rope: Rope,
    tree: Tree,
}

/// Like [`comments`], of `text`, which is that of `rope`; what did not change since `parsed` is not parsed again.
pub(super) fn comments_again(
    text: &str,
    rope: &Rope,
    grammar: Grammar,
    hits: &[Hit],
    parsed: &mut Option<Parsed>,
) -> Option<Vec<Comment>> {
    let old = parsed.take().filter(|old| old.grammar == grammar).map(|old| edited(old, text, rope));
    let tree = parse(text, grammar, old.as_ref())?;
    let found = collect(&tree, text, hits);
    *parsed = Some(Parsed { grammar, rope: rope.clone(), tree });
    Some(found)
}

/// Returns the tree of `old` as that of the text that is now `text`, with the change marked in it.
fn edited(old: Parsed, text: &str, rope: &Rope) -> Tree {
    let Change { mut start, mut old_end, mut new_end } = Change::between(&old.rope, rope);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(new_end) {
        (old_end, new_end) = (old_end + 1, new_end + 1);
    }
    let start_position = moved(Point { row: 0, column: 0 }, &text.as_bytes()[..start]);
    let gone = old.rope.byte_slice(start..old_end);
    let mut tree = old.tree;
    tree.edit(&InputEdit {
        start_byte: start,
        old_end_byte: old_end,
        new_end_byte: new_end,
        start_position,
        old_end_position: gone.chunks().fold(start_position, |at, chunk| moved(at, chunk.as_bytes())),
        new_end_position: moved(start_position, &text.as_bytes()[start..new_end]),
    });
    tree
}

/// Returns where `bytes` end that begin at `at`.
fn moved(at: Point, bytes: &[u8]) -> Point {
    match memchr::memrchr(b'\n', bytes) {
        Some(last) => {
            Point { row: at.row + memchr::memchr_iter(b'\n', bytes).count(), column: bytes.len() - last - 1 }
        }
        None => Point { row: at.row, column: at.column + bytes.len() },
    }
}

fn parse(text: &str, grammar: Grammar, old: Option<&Tree>) -> Option<Tree> {
    let mut budget = Budget::of(text)?;
    PARSER.with_borrow_mut(|parser| {
        parser.set_language(&grammar.language()).ok()?;
        let bytes = text.as_bytes();
        let mut progress = |_: &ParseState| match budget.spend() {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        };
        let options = ParseOptions::new().progress_callback(&mut progress);
        let mut read = |at: usize, _| bytes.get(at..).unwrap_or_default();
        let tree = parser.parse_with_options(&mut read, old, Some(options));
        // A parse that was stopped would go on with the next file.
        parser.reset();
        tree
    })
}

/// Returns the lines around each of `hits` on which a comment of the same group may stand: those below and above that begin
/// with a comment mark, and one more above, which may have code before the mark. A block is found by any byte of it.
fn windows(text: &str, hits: &[Hit]) -> Vec<Hit> {
    let bytes = text.as_bytes();
    let is_comment =
        |line: &[u8]| line.trim_ascii_start().starts_with(b"#") || line.trim_ascii_start().starts_with(b"//");
    let line_start = |at: usize| memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |newline| newline + 1);
    let line_end =
        |at: usize| memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |newline| at + newline);
    let mut windows: Vec<Hit> = Vec::new();
    for hit in hits {
        if windows.last().is_some_and(|window| window.1 >= hit.1) {
            continue;
        }
        let (mut start, mut end) = (line_start(hit.0), line_end(hit.1));
        while start > 0 && hit.0 - start < NEAR {
            let was_comment = is_comment(&bytes[start..]);
            if !was_comment && start < line_start(hit.0) {
                break;
            }
            start = line_start(start - 1);
        }
        while end < bytes.len() && end - hit.1 < NEAR && is_comment(&bytes[end + 1..line_end(end + 1)]) {
            end = line_end(end + 1);
        }
        windows.push((start, end));
    }
    windows
}

/// Returns the comments near `hits`, in order of place.
fn collect(tree: &Tree, text: &str, hits: &[Hit]) -> Vec<Comment> {
    let mut found = Vec::new();
    let mut cursor = tree.walk();
    let windows = windows(text, hits);
    let is_near = |start: usize, end: usize| {
        let first = windows.partition_point(|window| window.1 < start);
        windows.get(first).is_some_and(|window| window.0 <= end)
    };
    loop {
        let node = cursor.node();
        let (start, end) = (node.start_byte(), node.end_byte());
        let near = is_near(start, end);
        let is_comment = near && (node.kind() == "comment" || node.kind().ends_with("_comment"));
        if is_comment && start < end && text.is_char_boundary(start) && text.is_char_boundary(end) {
            found.push(Comment::of_marks(text, start, end));
        }
        if near && !is_comment && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return found;
            }
        }
    }
}
