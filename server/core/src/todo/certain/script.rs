//! JavaScript and its relatives: templates, and slashes that divide or open a regular expression.

use super::Lexer;

/// How far a second slash is looked for behind one that may open a regular expression, in bytes.
const MAX_LOOK: usize = 1000;

/// Words behind which a slash opens a regular expression.
const KEYWORDS: [&[u8]; 16] = [
    b"return",
    b"typeof",
    b"case",
    b"in",
    b"of",
    b"delete",
    b"void",
    b"throw",
    b"new",
    b"else",
    b"do",
    b"yield",
    b"await",
    b"instanceof",
    b"default",
    b"extends",
];

impl Lexer<'_> {
    /// Whether text between tags may stand in a script, in which no mark means what it means elsewhere.
    pub(super) fn may_have_tags(&self) -> bool {
        ["</", "/>", "<!--", "-->"]
            .iter()
            .any(|tag| memchr::memmem::find(self.bytes, tag.as_bytes()).is_some())
    }

    /// Steps over a comment, a string, a regular expression, or a brace.
    pub(super) fn script(&mut self) -> Option<()> {
        match self.bytes[self.at] {
            b'/' => {
                if !self.slash_comment(false)? {
                    self.at = self.after_slash()?;
                }
            }
            b'`' => self.template(self.at + 1)?,
            b'{' => {
                if let Some(depth) = self.templates.last_mut() {
                    *depth += 1;
                }
                self.at += 1;
            }
            b'}' => match self.templates.pop() {
                Some(0) => self.template(self.at + 1)?,
                Some(depth) => {
                    self.templates.push(depth - 1);
                    self.at += 1;
                }
                None => self.at += 1,
            },
            quote => self.at = self.short_end(self.at, quote, true)?,
        }
        Some(())
    }

    /// Goes to the end of the template whose text starts at `at`, or into the code in it.
    fn template(&mut self, mut at: usize) -> Option<()> {
        loop {
            at += memchr::memchr3(b'`', b'\\', b'$', self.bytes.get(at..)?)?;
            match self.bytes[at] {
                b'`' => {
                    self.at = at + 1;
                    return Some(());
                }
                b'$' if self.bytes.get(at + 1) == Some(&b'{') => {
                    self.templates.push(0);
                    self.at = at + 2;
                    return Some(());
                }
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
    }

    /// Returns where the regular expression ends that starts here, or the sign of a division.
    fn after_slash(&self) -> Option<usize> {
        let before = self.bytes[..self.at].trim_ascii_end();
        let Some(last) = before.last() else { return self.expression_end() };
        match last {
            b'(' | b',' | b'=' | b':' | b'[' | b'!' | b'&' | b'|' | b'?' | b'{' | b';' | b'*' | b'%'
            | b'~' | b'^' | b'<' | b'>' => self.expression_end(),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$' => {
                let length =
                    before.iter().rev().take(16).take_while(|byte| byte.is_ascii_lowercase()).count();
                let (rest, word) = before.split_at(before.len() - length);
                // `a.in / b`, `_of / b`.
                let is_name =
                    rest.last().is_some_and(|byte| super::is_in_word(*byte) || b"$.".contains(byte));
                match !is_name && KEYWORDS.contains(&word) {
                    true => self.expression_end(),
                    false => Some(self.at + 1),
                }
            }
            b']' | b'"' | b'\'' | b'`' => Some(self.at + 1),
            _ => {
                let rest = &self.bytes[self.at + 1..];
                let rest = &rest[..rest.len().min(MAX_LOOK)];
                let line = &rest[..memchr::memchr(b'\n', rest)?];
                (!line.contains(&b'/')).then_some(self.at + 1)
            }
        }
    }

    /// Returns where the regular expression ends that starts here.
    fn expression_end(&self) -> Option<usize> {
        let mut in_class = false;
        let mut at = self.at + 1;
        loop {
            match self.bytes.get(at)? {
                b'\n' => return None,
                b'\\' => at += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => return Some(at + 1),
                _ => {}
            }
            at += 1;
        }
    }
}
