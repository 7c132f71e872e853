//! Languages whose marks depend on what stands before them on the line: shells and YAML.

use super::Lexer;
use super::strings::are_balanced;

impl Lexer<'_> {
    /// Steps over a comment or string of a shell.
    pub(super) fn bash(&mut self) -> Option<()> {
        match self.bytes[self.at] {
            b'#' => match self.before() {
                None | Some(b' ' | b'\t' | b'\n') => self.line_comment(),
                Some(b';' | b'&' | b'|' | b'(' | b')' | b'`' | b'\r') => return None,
                _ => self.at += 1,
            },
            b'"' => {
                let end = self.long_end(b"\"", self.at + 1, true)?;
                let inner = &self.bytes[self.at..end];
                let has_command = inner.contains(&b'`') || memchr::memmem::find(inner, b"$(").is_some();
                if has_command || !are_balanced(inner, b"${") {
                    return None;
                }
                self.at = end;
            }
            b'\'' if self.before() == Some(b'$') => return None,
            b'\'' => self.at = self.long_end(b"'", self.at + 1, false)?,
            b'<' if self.starts_with(b"<<<") => self.at += 3,
            // Here documents, and shifts that look like them.
            b'<' if self.starts_with(b"<<") => return None,
            b'<' => self.at += 1,
            b'\\' => self.at = (self.at + 2).min(self.bytes.len()),
            _ => return None,
        }
        Some(())
    }

    /// Reads lines of YAML until nothing more is asked for.
    pub(super) fn yaml(&mut self) -> Option<()> {
        while self.at < self.bytes.len() {
            let end = self.line_end();
            let mark = self.yaml_comment(end)?;
            let line = &self.bytes[self.at..mark.unwrap_or(end)];
            if opens_block_scalar(line) {
                return None;
            }
            // Behind the last word, comments go on only on lines of their own.
            if self.at > self.enough && !line.trim_ascii().is_empty() {
                return Some(());
            }
            if let Some(mark) = mark {
                self.at = mark;
                self.line_comment();
            }
            self.at = end + 1;
        }
        Some(())
    }

    /// Returns where the comment of the line starts that begins here and ends at `end`, if it has one.
    fn yaml_comment(&self, end: usize) -> Option<Option<usize>> {
        let line = &self.bytes[self.at..end];
        let mut at = 0;
        loop {
            let Some(next) = line[at..].iter().position(|byte| matches!(byte, b'#' | b'"' | b'\'')) else {
                return Some(None);
            };
            at += next;
            let before = line[..at].trim_ascii_end();
            let is_spaced = at == 0 || matches!(line[at - 1], b' ' | b'\t');
            match line[at] {
                b'#' if is_spaced => return Some(Some(self.at + at)),
                b'#' => at += 1,
                quote => match before.last() {
                    // A quote in the middle of text is a character as any other.
                    Some(last) if !b":-?,[{".contains(last) => at += 1,
                    _ => {
                        let is_alone = before.iter().all(|byte| b" \t-".contains(byte));
                        let is_value = before.ends_with(b":") && !before[..before.len() - 1].contains(&b':');
                        let close = self.short_end(self.at + at, quote, quote == b'"')? - self.at;
                        // Where it may be text as well, what follows must not matter.
                        if !is_alone && !is_value && line.contains(&b'#') {
                            return None;
                        }
                        at = close;
                    }
                },
            }
        }
    }
}

/// Whether what follows a line of YAML is text: it ends with `|` or `>`, and maybe with signs of how to read it.
fn opens_block_scalar(line: &[u8]) -> bool {
    let mut rest = line.trim_ascii_end();
    while let [before @ .., b'+' | b'-' | b'0'..=b'9'] = rest {
        rest = before;
    }
    rest.ends_with(b"|") || rest.ends_with(b">")
}
