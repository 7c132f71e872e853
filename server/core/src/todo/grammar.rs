//! Comments by a grammar of tree-sitter.
//!
//! A grammar is right where comment marks are guesses: here documents, block scalars, template strings, regular
//! expressions. It costs about a hundred times more, so only files with a word are parsed, and only within bounds
//! ([`super::budget`]).

use std::cell::RefCell;
use std::ops::ControlFlow;

use tree_sitter::{Language, ParseOptions, ParseState, Parser, TreeCursor};

use super::budget::Budget;
use super::comment::Comment;

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

/// Returns the comments of `text`, in order of place; `None` where parsing it would cost too much.
pub(super) fn comments(text: &str, grammar: Grammar) -> Option<Vec<Comment>> {
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
        let tree = parser.parse_with_options(&mut read, None, Some(options));
        // A parse that was stopped would go on with the next file.
        parser.reset();
        let mut found = Vec::new();
        collect(tree?.walk(), text, &mut found);
        Some(found)
    })
}

/// Walks the tree in order of place.
fn collect(mut cursor: TreeCursor<'_>, text: &str, found: &mut Vec<Comment>) {
    loop {
        let node = cursor.node();
        let kind = node.kind();
        let is_comment = kind == "comment" || kind.ends_with("_comment");
        if is_comment {
            let (start, end) = (node.start_byte(), node.end_byte());
            if start < end && text.is_char_boundary(start) && text.is_char_boundary(end) {
                found.push(Comment::of_marks(text, start, end));
            }
        }
        if !is_comment && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}
