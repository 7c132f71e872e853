//! Which language a file is written in, by its name, else by its first line.

use std::cell::RefCell;

use ropey::Rope;
use rustc_hash::FxHashMap;

use super::budget::Effort;
use super::comment::Comment;
use super::grammar::Grammar;
use super::scanner::Hit;
use super::syntax::{self, Syntax};
use super::{again, certain, grammar, markdown, tokens};

/// Longest first line that is read for an interpreter.
const MAX_FIRST_LINE: usize = 200;

/// How the comments of a file are found.
#[derive(Clone, Copy, Debug)]
pub(super) enum Language {
    /// By a grammar; where that is too slow, by comment marks.
    Grammar(Grammar, &'static Syntax),
    /// By comment marks.
    Tokens(&'static Syntax),
    /// By the blocks of Markdown.
    Markdown,
    /// By tags, with scripts and styles between them.
    Html,
}

/// A rope that changes, and what its next version may cost.
pub(super) struct Again<'a> {
    pub(super) rope: &'a Rope,
    /// What was kept of the version before.
    pub(super) parsed: &'a mut Option<again::Kept>,
    pub(super) pieces: &'a mut Option<markdown::Kept>,
    pub(super) effort: Effort<'a>,
}

impl Language {
    /// Whether the word at `hit` may stand in a comment: a mark stands before it, on its line or, for a block, anywhere.
    /// Nearly free, where reading the comments is not.
    pub(super) fn may_comment(self, text: &str, hit: Hit) -> bool {
        let (Language::Grammar(_, syntax) | Language::Tokens(syntax)) = self else { return true };
        let before = &text.as_bytes()[..hit.0];
        let line = &before[memchr::memrchr(b'\n', before).map_or(0, |at| at + 1)..];
        let has = |bytes: &[u8], mark: &str| memchr::memmem::find(bytes, mark.as_bytes()).is_some();
        syntax.line.iter().any(|mark| has(line, mark.open))
            || syntax.block.iter().any(|mark| has(before, mark.open))
    }

    /// Returns the comments of `text` around `hits`, and maybe others, in order of place. Where the text is that of a rope
    /// that changes, only what changed is parsed again.
    pub(super) fn comments(self, text: &str, hits: &[Hit], again: Option<Again<'_>>) -> Vec<Comment> {
        match self {
            Language::Grammar(grammar, syntax) => {
                if let Some(certain) = certain::comments(text, grammar, hits) {
                    return certain;
                }
                let otherwise = || tokens::comments(text, syntax);
                match again {
                    Some(Again { rope, parsed, effort, .. }) => {
                        again::comments(text, rope, grammar, hits, (parsed, effort), otherwise)
                    }
                    None => grammar::comments(text, grammar, hits).unwrap_or_else(otherwise),
                }
            }
            Language::Tokens(syntax) => tokens::comments(text, syntax),
            Language::Markdown => match again {
                Some(Again { rope, pieces, .. }) => markdown::comments_again(text, rope, pieces),
                None => markdown::comments(text),
            },
            Language::Html => tokens::of_html(text),
        }
    }
}

/// Returns the language of the file at `path`.
pub(super) fn of(path: &str, text: &str) -> Option<Language> {
    of_name(path).or_else(|| {
        let name = path.rsplit('/').next().unwrap_or(path);
        if name.contains('.') { None } else { of_first_line(text) }
    })
}

/// Returns the language that the name of the file at `path` tells.
pub(super) fn of_name(path: &str) -> Option<Language> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    extension.and_then(remembered).or_else(|| by_name(name))
}

thread_local! {
    /// What the endings that were asked for mean: a workspace has many files and few endings.
    static KNOWN: RefCell<FxHashMap<Box<str>, Option<Language>>> = RefCell::default();
}

/// Most endings that are remembered.
const MAX_REMEMBERED: usize = 1024;

/// Returns the language of an ending, in any case.
fn remembered(extension: &str) -> Option<Language> {
    KNOWN.with_borrow_mut(|known| {
        if let Some(language) = known.get(extension) {
            return *language;
        }
        let language = by_extension(extension).or_else(|| by_extension(&extension.to_ascii_lowercase()));
        if known.len() < MAX_REMEMBERED {
            known.insert(extension.into(), language);
        }
        language
    })
}

/// Returns the language of a script by its `#!` line.
fn of_first_line(text: &str) -> Option<Language> {
    let line =
        text.strip_prefix("#!")?.split(['\n', '\r']).next().filter(|line| line.len() < MAX_FIRST_LINE)?;
    let mut words = line.split_whitespace();
    let mut program = words.next()?.rsplit('/').next()?;
    if program == "env" {
        program = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
    }
    let program = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    by_extension(match program {
        "python" | "pypy" => "py",
        "sh" | "bash" | "dash" | "ash" => "sh",
        "zsh" | "ksh" | "fish" => "fish",
        "node" | "deno" | "bun" => "js",
        "ruby" => "rb",
        "perl" => "pl",
        "Rscript" => "r",
        "lua" | "luajit" => "lua",
        "php" => "php",
        "awk" | "gawk" | "sed" | "make" | "tclsh" => "awk",
        _ => return None,
    })
}

/// Files that are known by their whole name.
fn by_name(name: &str) -> Option<Language> {
    Some(match name {
        "BUILD" | "WORKSPACE" | "SConstruct" | "SConscript" => {
            Language::Grammar(Grammar::Python, &syntax::PYTHON)
        }
        ".bashrc" | ".bash_profile" | ".profile" | ".bash_aliases" | "PKGBUILD" => {
            Language::Grammar(Grammar::Bash, &syntax::HASH)
        }
        ".clang-format" | ".clang-tidy" => Language::Grammar(Grammar::Yaml, &syntax::HASH),
        "Cargo.lock" | "poetry.lock" | "uv.lock" | "Pipfile" => {
            Language::Grammar(Grammar::Toml, &syntax::HASH)
        }
        "Jenkinsfile" => Language::Tokens(&syntax::C_LIKE),
        ".vimrc" | "vimrc" => Language::Tokens(&syntax::VIM),
        "Makefile" | "makefile" | "GNUmakefile" | "Dockerfile" | "Containerfile" | "CMakeLists.txt"
        | "Vagrantfile" | "Rakefile" | "Gemfile" | "Procfile" | "Justfile" | "justfile" | "CODEOWNERS"
        | "Brewfile" | "Podfile" | "Fastfile" | "Caddyfile" | ".gitignore" | ".gitattributes"
        | ".dockerignore" | ".npmrc" | ".env" | ".editorconfig" | ".gitmodules" | "requirements.txt"
        | "Tiltfile" | ".zshrc" | "crontab" | ".flake8" | ".coveragerc" | ".pylintrc" => {
            Language::Tokens(&syntax::HASH)
        }
        name if name.starts_with("Dockerfile.")
            || name.starts_with("Makefile.")
            || name.starts_with(".env.") =>
        {
            Language::Tokens(&syntax::HASH)
        }
        _ => return None,
    })
}

/// The table of file endings.
fn by_extension(extension: &str) -> Option<Language> {
    use Grammar as G;
    let by_grammar = |grammar, syntax| Some(Language::Grammar(grammar, syntax));
    match extension {
        "py" | "pyi" | "pyw" | "bzl" => return by_grammar(G::Python, &syntax::PYTHON),
        "rs" => return by_grammar(G::Rust, &syntax::RUST),
        "js" | "mjs" | "cjs" | "jsx" => return by_grammar(G::JavaScript, &syntax::SCRIPT),
        "ts" | "mts" | "cts" => return by_grammar(G::TypeScript, &syntax::SCRIPT),
        "tsx" => return by_grammar(G::Tsx, &syntax::SCRIPT),
        "go" => return by_grammar(G::Go, &syntax::SCRIPT),
        "java" => return by_grammar(G::Java, &syntax::C_LIKE),
        "c" | "h" => return by_grammar(G::C, &syntax::C_LIKE),
        "cpp" | "cc" | "cxx" | "c++" | "hpp" | "hh" | "hxx" | "h++" | "ipp" | "tpp" | "ino" | "cu"
        | "cuh" => {
            return by_grammar(G::Cpp, &syntax::C_LIKE);
        }
        "sh" | "bash" | "bats" => return by_grammar(G::Bash, &syntax::HASH),
        "yaml" | "yml" => return by_grammar(G::Yaml, &syntax::HASH),
        "toml" => return by_grammar(G::Toml, &syntax::HASH),
        "md" | "markdown" | "mdx" | "qmd" | "rmd" => return Some(Language::Markdown),
        "html" | "htm" | "xhtml" | "vue" | "svelte" | "astro" => return Some(Language::Html),
        _ => {}
    }
    syntax::by_extension(extension).map(Language::Tokens)
}
