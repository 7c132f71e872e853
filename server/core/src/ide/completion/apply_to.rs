//! Which glob of an `applyTo` is being typed, read from the text before the cursor alone.
//!
//! The YAML reader cannot tell: a value that is being typed has an open quote, an open bracket or a leading `*`.

/// The glob being typed, in bytes of the text that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Typed {
    /// Where the scalar starts, its quote included.
    pub(super) scalar: usize,
    /// Where the glob starts: after a quote, or after a comma and blanks.
    pub(super) glob: usize,
    /// Whether the scalar starts with a quote.
    pub(super) quoted: bool,
    /// Whether the list is written in brackets.
    pub(super) flow: bool,
}

/// Reads `value`, the text from behind the `:` up to the cursor. `None` where no glob can stand there.
pub(super) fn locate(value: &str) -> Option<Typed> {
    let bytes = value.as_bytes();
    let (mut at, mut flow) = (0, false);
    // Whether a scalar may start here, and whether only blanks stood on this line so far.
    let (mut ready, mut fresh) = (true, false);
    loop {
        let Some(&byte) = bytes.get(at) else {
            return ready.then_some(Typed { scalar: at, glob: at, quoted: false, flow });
        };
        let line_start = std::mem::take(&mut fresh);
        match byte {
            b'\n' | b'\r' => {
                fresh = true;
                at += 1;
            }
            b' ' | b'\t' => {
                fresh = line_start;
                at += 1;
            }
            b'#' => at = line_end(value, at)?,
            b'-' if line_start && !flow && bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace) => {
                ready = true;
                at += 1;
            }
            b'[' if ready && !flow => {
                flow = true;
                at += 1;
            }
            b',' if flow => {
                ready = true;
                at += 1;
            }
            b']' if flow => return None,
            b'|' | b'>' if ready => return None,
            _ if !ready => at = line_end(value, at)?,
            quote => {
                let quoted = matches!(quote, b'"' | b'\'');
                let end = if quoted {
                    quoted_scalar(value, at, char::from(quote))
                } else {
                    plain_scalar(value, at, flow)
                };
                match end? {
                    Scalar::Open { glob } => return Some(Typed { scalar: at, glob, quoted, flow }),
                    Scalar::Ends(end) => at = end,
                }
                ready = false;
            }
        }
    }
}

enum Scalar {
    /// The cursor stands in it; the last of its globs starts here.
    Open { glob: usize },
    /// It ends before this byte.
    Ends(usize),
}

/// Reads a scalar that starts with `quote` at `start`. A line end closes it: a glob never holds one, so the
/// closing quote has not been typed yet.
fn quoted_scalar(value: &str, start: usize, quote: char) -> Option<Scalar> {
    let mut globs = Globs::from(start + 1);
    let mut chars = value[start + 1..].char_indices().map(|(at, c)| (start + 1 + at, c)).peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\n' | '\r' => return Some(Scalar::Ends(at)),
            '\\' if quote == '"' => {
                chars.next();
            }
            c if c == quote => match chars.next_if(|(_, next)| *next == quote && quote == '\'') {
                Some(_) => {}
                None => return Some(Scalar::Ends(at + 1)),
            },
            c => globs.see(at, c),
        }
    }
    Some(Scalar::Open { glob: globs.start })
}

/// Reads a scalar without quotes. `None` where it is a mapping.
fn plain_scalar(value: &str, start: usize, flow: bool) -> Option<Scalar> {
    let mut globs = Globs::from(start);
    let mut last = ' ';
    for (at, c) in value[start..].char_indices().map(|(at, c)| (start + at, c)) {
        match c {
            '\n' | '\r' => return Some(Scalar::Ends(at)),
            '#' if last == ' ' => return Some(Scalar::Ends(at)),
            ' ' if last == ':' => return None,
            ',' | ']' if flow && globs.depth == 0 => return Some(Scalar::Ends(at)),
            c => globs.see(at, c),
        }
        last = c;
    }
    (last != ' ' || globs.blank).then_some(Scalar::Open { glob: globs.start })
}

/// Follows the globs of one scalar: they are separated by commas outside braces and brackets.
struct Globs {
    start: usize,
    depth: u32,
    /// Whether nothing but blanks stood since `start`.
    blank: bool,
}

impl Globs {
    fn from(start: usize) -> Globs {
        Globs { start, depth: 0, blank: true }
    }

    fn see(&mut self, at: usize, c: char) {
        match c {
            ',' if self.depth == 0 => *self = Globs::from(at + 1),
            ' ' if self.blank => self.start = at + 1,
            '{' | '[' => self.depth += 1,
            '}' | ']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if !matches!(c, ' ' | ',') {
            self.blank = false;
        }
    }
}

/// Returns where the line that holds `at` ends; `None` where the text ends first.
fn line_end(value: &str, at: usize) -> Option<usize> {
    value[at..].find(['\n', '\r']).map(|len| at + len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_glob_is_what_stands_before_the_cursor() {
        let glob = |value: &'static str| locate(value).map(|typed| &value[typed.glob..]);
        let cases = [
            ("", Some("")),
            (" src", Some("src")),
            (" \"src/", Some("src/")),
            (" 'a''b, c", Some("c")),
            (" \"a, {b,c", Some("{b,c")),
            (" a, ", Some("")),
            (" *.", Some("*.")),
            ("\n  - a\n  - \"b", Some("b")),
            ("\r\n- ", Some("")),
            ("\n  -", Some("")),
            (" [\"a\", b", Some("b")),
            (" [\n  a,\n  'b", Some("b")),
            // An earlier line without its closing quote.
            ("\n  - \"a\n  - \"b", Some("b")),
            // Where nothing can stand:
            (" \"a\" ", None),
            (" \"a\" b", None),
            (" src ", None),
            (" # a", None),
            (" src # a", None),
            (" [a] ", None),
            (" a\n  b", None),
            (" |\n  a", None),
            ("\n  - pattern: x", None),
        ];
        for (value, expected) in cases {
            assert_eq!(glob(value), expected, "{value:?}");
        }
    }
}
