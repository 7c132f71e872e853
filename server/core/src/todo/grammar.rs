//! Comments by a grammar of tree-sitter.
//!
//! A grammar is right where comment marks are guesses: here documents, block scalars, template strings, regular
//! expressions. It costs about a hundred times more, so only files with a word are parsed, where marks leave a doubt
//! ([`super::certain`]), and only within bounds ([`super::budget`]).

use std::cell::RefCell;
use std::ops::ControlFlow;

use tree_sitter::{Language, ParseOptions, ParseState, Parser, Tree};

use super::budget::{Budget, Effort};
use super::comment::Comment;
use super::near;
use super::scanner::Hit;

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

/// How a parse ended.
#[derive(Debug)]
pub(super) enum Outcome {
    Parsed(Tree),
    /// It would cost too much, however long one waits.
    TooCostly,
    /// It was stopped before.
    Stopped,
}

/// Returns the comments of `text` around `hits`, in order of place; `None` where parsing it would cost too much.
pub(super) fn comments(text: &str, grammar: Grammar, hits: &[Hit]) -> Option<Vec<Comment>> {
    let Outcome::Parsed(tree) = parse(text, grammar, None, Effort::WHOLE) else { return None };
    let windows = near::windows(text, hits);
    Some(near::comments(&tree, text, &windows, &windows))
}

/// Parses `text`; what stands in `old`, in which the change is marked, is not parsed again.
pub(super) fn parse(text: &str, grammar: Grammar, old: Option<&Tree>, effort: Effort<'_>) -> Outcome {
    let Some(mut budget) = Budget::of(text) else { return Outcome::TooCostly };
    let mut reports = 0;
    let mut stopped = false;
    let tree = PARSER.with_borrow_mut(|parser| {
        parser.set_language(&grammar.language()).ok()?;
        let bytes = text.as_bytes();
        let mut progress = |_: &ParseState| {
            reports += 1;
            stopped = !effort.goes_on(reports);
            match !stopped && budget.spend() {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        };
        let options = ParseOptions::new().progress_callback(&mut progress);
        let mut read = |at: usize, _| bytes.get(at..).unwrap_or_default();
        let tree = parser.parse_with_options(&mut read, old, Some(options));
        // A parse that was stopped would go on with the next file.
        parser.reset();
        tree
    });
    match tree {
        Some(tree) => Outcome::Parsed(tree),
        None if stopped => Outcome::Stopped,
        None => Outcome::TooCostly,
    }
}
