//! `__maturity__ = "staging"` at the top level of a Python module (requirement 000, "Metadata Update").
//!
//! The module's docstring also has a line "Maturity Stage: ...", which declares nothing.

use memchr::memmem;
use text_size::TextRange;

use super::{Declared, split_bom};
use crate::text::range;

/// The name that holds the stage.
pub const NAME: &str = "__maturity__";

/// Returns the stage that the Python module `text` declares: what the last assignment at its top level assigns, if
/// that is one string.
///
/// A value that has to be computed (a call, a concatenation, an f-string) declares nothing that can be read here.
#[must_use]
pub fn read(text: &str) -> Option<Declared> {
    memmem::find(text.as_bytes(), NAME.as_bytes())?;
    let (start, _) = split_bom(text);
    let mut lexer = Lexer { text, at: start, depth: 0 };
    let mut found = None;
    let mut state = State::Start;
    let mut key_range = TextRange::default();
    loop {
        let (token, from, to) = lexer.next();
        let ends = matches!(token, Token::Newline | Token::End | Token::Other(b';')) && lexer.depth == 0;
        state = match (state, token) {
            (State::Assigned(value), _) if ends => {
                found = Some((key_range, value));
                State::Ignored
            }
            (State::Value, Token::Text(Some(value))) => State::Assigned(value),
            // An operator, a call, a second string: the value is not one string.
            (State::Value | State::Assigned(_), _) => {
                found = None;
                State::Ignored
            }
            (State::Start, Token::Name)
                if &text[from..to] == NAME && (from == start || text[..from].ends_with(['\n', '\r'])) =>
            {
                key_range = range(from, to);
                State::Named
            }
            (State::Named, Token::Other(b'=')) => State::Value,
            (State::Named, Token::Other(b':')) => State::Annotation,
            (State::Annotation, Token::Other(b'=')) if lexer.depth == 0 => State::Value,
            (State::Annotation, _) if !ends => State::Annotation,
            _ => State::Ignored,
        };
        match token {
            Token::End => break,
            Token::Newline => state = State::Start,
            _ => {}
        }
    }
    let (key_range, value) = found?;
    Some(Declared { stage: text[value].to_owned(), range: value, key_range, component: None })
}

/// How far an assignment to [`NAME`] has been read.
enum State {
    /// A statement starts.
    Start,
    /// Behind the name.
    Named,
    /// Behind `:`, in a type.
    Annotation,
    /// Behind `=`.
    Value,
    /// Behind the one string, whose range is given.
    Assigned(TextRange),
    /// In a statement that is none of ours.
    Ignored,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// A string: its range without the quotes, if that is all there is to it (closed, no `f`, no `b`).
    Text(Option<TextRange>),
    /// A name, a keyword or a number.
    Name,
    /// Any other character; `=` is never a part of `==`.
    Other(u8),
    /// The end of a logical line.
    Newline,
    /// The end of the text.
    End,
}

/// Cuts Python into as much as is needed here: strings, names, brackets, logical lines.
struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// How many brackets are open: within them, a line end is a blank.
    depth: usize,
}

impl Lexer<'_> {
    /// Returns the next token with its start and end.
    fn next(&mut self) -> (Token, usize, usize) {
        let bytes = self.text.as_bytes();
        loop {
            let start = self.at;
            let Some(&byte) = bytes.get(start) else { return (Token::End, start, start) };
            self.at += 1;
            let token = match byte {
                b' ' | b'\t' | b'\x0c' => continue,
                b'#' => {
                    self.at =
                        memchr::memchr2(b'\n', b'\r', &bytes[start..]).map_or(bytes.len(), |i| start + i);
                    continue;
                }
                b'\\' => {
                    // A line that goes on.
                    self.at += line_end_len(&bytes[self.at..]);
                    continue;
                }
                b'\n' | b'\r' => {
                    self.at = start + line_end_len(&bytes[start..]);
                    if self.depth > 0 {
                        continue;
                    }
                    Token::Newline
                }
                b'"' | b'\'' => Token::Text(self.string(start)),
                b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | 0x80.. => {
                    let word = |b: &u8| *b == b'_' || b.is_ascii_alphanumeric() || *b >= 0x80;
                    self.at +=
                        bytes[self.at..].iter().position(|b| !word(b)).unwrap_or(bytes.len() - self.at);
                    let is_prefix = self.at - start <= 2;
                    match bytes.get(self.at) {
                        Some(b'"' | b'\'') if is_prefix => {
                            let plain = matches!(&bytes[start..self.at], b"r" | b"R" | b"u" | b"U");
                            let value = self.string(self.at);
                            Token::Text(value.filter(|_| plain))
                        }
                        _ => Token::Name,
                    }
                }
                b'=' if bytes.get(self.at) == Some(&b'=') => {
                    self.at += 1;
                    Token::Other(b'!')
                }
                b'(' | b'[' | b'{' => {
                    self.depth += 1;
                    Token::Other(byte)
                }
                b')' | b']' | b'}' => {
                    self.depth = self.depth.saturating_sub(1);
                    Token::Other(byte)
                }
                _ => Token::Other(byte),
            };
            return (token, start, self.at);
        }
    }

    /// Goes past the string whose quote stands at `quote`; returns its range without the quotes. One
    /// that is never closed has none; it ends with its line, or with the text if it has three quotes.
    fn string(&mut self, quote: usize) -> Option<TextRange> {
        let bytes = self.text.as_bytes();
        let mark = bytes[quote];
        let triple = bytes[quote..].starts_with(&[mark; 3]);
        let width = if triple { 3 } else { 1 };
        let start = quote + width;
        let mut at = start;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                // An escaped line end goes past both of its characters.
                b'\\' => at += 1 + line_end_len(&bytes[at + 1..]).max(1),
                b'\n' | b'\r' if !triple => break,
                _ if byte == mark && (!triple || bytes[at..].starts_with(&[mark; 3])) => {
                    self.at = at + width;
                    return Some(range(start, at));
                }
                _ => at += 1,
            }
        }
        // The last character may be half of an escape.
        self.at = at.min(bytes.len());
        None
    }
}

/// Returns the length of the line end that `bytes` start with; 0 where they start with none.
fn line_end_len(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}
