//! Comments that marks and quotes alone show beyond doubt, so that nothing has to be parsed.
//!
//! Reads a text from its start to the comments behind its last word. Whatever may mean two things (a slash that may open a
//! regular expression, a here document, a string that does not end on its line) is a doubt, and ends it: then the grammar
//! decides. That is one real file in a hundred, of shells and YAML every second one, and this costs about a hundredth of a parse.

mod lines;
mod script;
mod strings;

use super::comment::Comment;
use super::grammar::Grammar;
use super::scanner::Hit;

/// Returns the comments of `text` up to those behind the last of `hits`, in order of place; `None` in doubt.
pub(super) fn comments(text: &str, grammar: Grammar, hits: &[Hit]) -> Option<Vec<Comment>> {
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: 0,
        found: Vec::new(),
        enough: hits.last()?.1,
        templates: Vec::new(),
    };
    let marks: &[u8] = match grammar {
        Grammar::Yaml => {
            lexer.yaml()?;
            return Some(lexer.found);
        }
        Grammar::JavaScript | Grammar::Tsx if lexer.may_have_tags() => return None,
        Grammar::JavaScript | Grammar::TypeScript | Grammar::Tsx => b"/\"'`{}",
        Grammar::Python | Grammar::Toml => b"#\"'",
        Grammar::Bash => b"#\"'`<\\",
        Grammar::Go => b"/\"'`",
        Grammar::Rust | Grammar::Java | Grammar::C | Grammar::Cpp => b"/\"'",
    };
    // `#![` opens an attribute of Rust.
    if lexer.starts_with(b"#!") && !lexer.starts_with(b"#![") && marks[0] == b'/' {
        lexer.at = lexer.line_end();
    }
    let mut is_mark = [false; 256];
    marks.iter().for_each(|mark| is_mark[usize::from(*mark)] = true);
    loop {
        let from = lexer.at;
        let next = lexer.bytes[from..].iter().position(|byte| is_mark[usize::from(*byte)]);
        let next = next.map_or(lexer.bytes.len(), |next| from + next);
        // A comment goes on only where nothing but blanks stands before the next one.
        let is_done = from >= lexer.enough && !lexer.bytes[from..next].trim_ascii().is_empty();
        if next == lexer.bytes.len() || (is_done && lexer.templates.is_empty()) {
            return lexer.templates.is_empty().then_some(lexer.found);
        }
        lexer.at = next;
        lexer.step(grammar)?;
    }
}

/// Reads one text. Its steps return `None` in doubt, else they go on behind what they read.
struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    found: Vec<Comment>,
    /// Where the last word ends.
    enough: usize,
    /// The template strings around, each with the braces that are open in its innermost piece of code.
    templates: Vec<usize>,
}

impl Lexer<'_> {
    /// Returns the byte that lies so far from here.
    fn ahead(&self, distance: usize) -> Option<u8> {
        self.bytes.get(self.at + distance).copied()
    }

    /// Returns the byte before this one.
    fn before(&self) -> Option<u8> {
        self.at.checked_sub(1).map(|at| self.bytes[at])
    }

    /// Returns the last letters, digits and underscores before here.
    fn word_before(&self) -> &[u8] {
        let before = &self.bytes[..self.at];
        let length = before.iter().rev().take_while(|byte| is_in_word(**byte)).take(16).count();
        &before[before.len() - length..]
    }

    fn starts_with(&self, mark: &[u8]) -> bool {
        self.bytes[self.at..].starts_with(mark)
    }

    /// Adds a comment from here on to the end of the line.
    fn line_comment(&mut self) {
        let start = self.at;
        self.at = self.line_end();
        self.found.push(Comment::of_marks(self.text, start, self.at));
    }

    fn line_end(&self) -> usize {
        memchr::memchr(b'\n', &self.bytes[self.at..]).map_or(self.bytes.len(), |length| self.at + length)
    }

    /// Reads what a slash opens, where that is a comment; `Some(false)` where it is not.
    fn slash_comment(&mut self, nested: bool) -> Option<bool> {
        match self.ahead(1) {
            Some(b'/') => self.line_comment(),
            Some(b'*') => {
                let start = self.at;
                self.at = self.block_end(nested)?;
                self.found.push(Comment::of_marks(self.text, start, self.at));
            }
            _ => return Some(false),
        }
        Some(true)
    }

    /// Returns where the block comment ends that starts here.
    fn block_end(&self, nested: bool) -> Option<usize> {
        let mut at = self.at + 2;
        let mut depth = 1;
        loop {
            at += memchr::memchr2(b'*', b'/', self.bytes.get(at..)?)?;
            let pair = self.bytes.get(at..at + 2)?;
            at += 1;
            if pair == b"*/" {
                depth -= 1;
                at += 1;
                if depth == 0 {
                    return Some(at);
                }
            } else if pair == b"/*" && nested {
                depth += 1;
                at += 1;
            }
        }
    }

    /// Steps over what the mark opens that stands here, or over the mark.
    fn step(&mut self, grammar: Grammar) -> Option<()> {
        match grammar {
            Grammar::Python => self.python(),
            Grammar::Rust => self.rust(),
            Grammar::JavaScript | Grammar::TypeScript | Grammar::Tsx => self.script(),
            Grammar::Go => self.go(),
            Grammar::Java => self.java(),
            Grammar::C => self.c(),
            Grammar::Cpp => self.cpp(),
            Grammar::Bash => self.bash(),
            Grammar::Toml => self.toml(),
            Grammar::Yaml => None,
        }
    }

    fn toml(&mut self) -> Option<()> {
        match self.bytes[self.at] {
            b'#' => self.line_comment(),
            quote => {
                let escapes = quote == b'"';
                self.at = if self.starts_with(&[quote; 3]) {
                    self.long_end(&[quote; 3], self.at + 3, escapes)?
                } else {
                    self.short_end(self.at, quote, escapes)?
                };
            }
        }
        Some(())
    }

    fn go(&mut self) -> Option<()> {
        match self.bytes[self.at] {
            b'/' => self.at += usize::from(!self.slash_comment(false)?),
            b'`' => self.at = self.long_end(b"`", self.at + 1, false)?,
            quote => self.at = self.short_end(self.at, quote, true)?,
        }
        Some(())
    }

    fn java(&mut self) -> Option<()> {
        match self.bytes[self.at] {
            b'/' => self.at += usize::from(!self.slash_comment(false)?),
            b'"' if self.starts_with(b"\"\"\"") => self.at = self.long_end(b"\"\"\"", self.at + 3, true)?,
            quote => self.at = self.short_end(self.at, quote, true)?,
        }
        Some(())
    }

    fn c(&mut self) -> Option<()> {
        match self.bytes[self.at] {
            b'/' => {
                let start = self.at;
                if !self.slash_comment(false)? {
                    self.at += 1;
                } else if self.bytes[start + 1] == b'/'
                    && self.bytes[start..self.at].trim_ascii_end().ends_with(b"\\")
                {
                    return None; // It goes on on the next line.
                }
            }
            quote => self.at = self.short_end(self.at, quote, true)?,
        }
        Some(())
    }

    fn cpp(&mut self) -> Option<()> {
        match (self.bytes[self.at], self.word_before()) {
            (b'"', [.., b'R']) => self.at = self.delimited_end()?,
            // `1'000`.
            (b'\'', [b'0'..=b'9', ..]) => self.at += 1,
            (b'\'', word) if !matches!(word, b"" | b"L" | b"u" | b"U" | b"u8") => return None,
            _ => return self.c(),
        }
        Some(())
    }

    fn rust(&mut self) -> Option<()> {
        match self.bytes[self.at] {
            b'/' => self.at += usize::from(!self.slash_comment(true)?),
            b'"' => {
                self.at = match self.raw_hashes() {
                    Some(hashes) => self.raw_end(hashes)?,
                    None => self.long_end(b"\"", self.at + 1, true)?,
                }
            }
            _ => self.at = self.after_tick()?,
        }
        Some(())
    }
}

/// Whether a name may hold this byte.
fn is_in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests;
