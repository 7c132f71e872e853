//! Where strings end.

use super::{Lexer, is_in_word};

/// Longest character literal of Rust behind its backslash, in bytes: `'\u{10ffff}'`.
const MAX_CHARACTER: usize = 12;

/// Most characters of the delimiter of a raw string in C++.
const MAX_DELIMITER: usize = 16;

impl Lexer<'_> {
    /// Returns where the string ends that starts at `at` with one `quote` and must end on its line.
    pub(super) fn short_end(&self, mut at: usize, quote: u8, escapes: bool) -> Option<usize> {
        at += 1;
        loop {
            at += memchr::memchr3(quote, b'\\', b'\n', self.bytes.get(at..)?)?;
            match self.bytes[at] {
                b'\n' => return None,
                b'\\' if escapes => at += 2,
                byte if byte == quote => return Some(at + 1),
                _ => at += 1,
            }
        }
    }

    /// Returns where the string ends whose text starts at `at`, and that `close` closes.
    pub(super) fn long_end(&self, close: &[u8], mut at: usize, escapes: bool) -> Option<usize> {
        loop {
            at += memchr::memchr2(close[0], b'\\', self.bytes.get(at..)?)?;
            if self.bytes[at] == b'\\' && escapes {
                at += 2;
            } else if self.bytes[at..].starts_with(close) {
                return Some(at + close.len());
            } else {
                at += 1;
            }
        }
    }

    /// Steps over a comment or string of Python.
    pub(super) fn python(&mut self) -> Option<()> {
        let quote = self.bytes[self.at];
        if quote == b'#' {
            self.line_comment();
            return Some(());
        }
        let word = self.word_before();
        let is_format = word.len() <= 2 && word.iter().any(|byte| matches!(byte, b'f' | b'F' | b't' | b'T'));
        let start = self.at;
        self.at = if self.starts_with(&[quote; 3]) {
            self.long_end(&[quote; 3], self.at + 3, true)?
        } else {
            self.short_end(self.at, quote, true)?
        };
        // What ends within braces does not end: `f"{a["b"]}"`.
        (!is_format || are_balanced(&self.bytes[start..self.at], b"{")).then_some(())
    }

    /// Returns how many `#` the raw string has whose quote is here; `None` where it is none: `r#"`, `br"`.
    pub(super) fn raw_hashes(&self) -> Option<usize> {
        let before = &self.bytes[..self.at];
        let hashes = before.iter().rev().take_while(|byte| **byte == b'#').count();
        let before = before[..before.len() - hashes].strip_suffix(b"r")?;
        let before = before.strip_suffix(b"b").or_else(|| before.strip_suffix(b"c")).unwrap_or(before);
        (!before.last().is_some_and(|byte| is_in_word(*byte))).then_some(hashes)
    }

    /// Returns where the raw string ends whose quote is here.
    pub(super) fn raw_end(&self, hashes: usize) -> Option<usize> {
        let mut at = self.at + 1;
        loop {
            at += memchr::memchr(b'"', self.bytes.get(at..)?)? + 1;
            if self.bytes[at..].iter().take(hashes).filter(|byte| **byte == b'#').count() == hashes {
                return Some(at + hashes);
            }
        }
    }

    /// Returns where the character of Rust ends that starts here, or the tick of a lifetime.
    pub(super) fn after_tick(&self) -> Option<usize> {
        let inner = self.text.get(self.at + 1..)?;
        match inner.chars().next()? {
            '\\' => {
                let rest = &inner.as_bytes()[..inner.len().min(MAX_CHARACTER)];
                let length = rest.iter().skip(2).position(|byte| *byte == b'\'')?;
                Some(self.at + 1 + 2 + length + 1)
            }
            '\'' | '\n' | '\r' => None,
            c if inner.as_bytes().get(c.len_utf8()) == Some(&b'\'') => Some(self.at + c.len_utf8() + 2),
            _ => Some(self.at + 1),
        }
    }

    /// Returns where the raw string of C++ ends whose quote is here: `R"delimiter(text)delimiter"`.
    pub(super) fn delimited_end(&self) -> Option<usize> {
        let inner = &self.bytes[self.at + 1..];
        let length = inner.iter().take(MAX_DELIMITER + 1).position(|byte| *byte == b'(')?;
        let close = [b")", &inner[..length], b"\""].concat();
        let end = memchr::memmem::find(&inner[length..], &close)?;
        Some(self.at + 1 + length + end + close.len())
    }
}

/// Whether every brace that `open` opens is closed in `bytes`; two braces stand for one that opens nothing.
pub(super) fn are_balanced(bytes: &[u8], open: &[u8]) -> bool {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < bytes.len() {
        if open == b"{" && depth == 0 && bytes[at..].starts_with(b"{{") {
            at += 2;
        } else if bytes[at..].starts_with(open) {
            depth += 1;
            at += open.len();
        } else {
            depth = depth.saturating_sub(usize::from(bytes[at] == b'}'));
            at += 1;
        }
    }
    depth == 0
}
