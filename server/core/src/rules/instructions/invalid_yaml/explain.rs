//! What is wrong with an entry, in words of its author rather than of the parser, and what would mend it.

use super::mend::{self, Why, reads_well};
use crate::diagnostic::{Fix, TextEdit, apply_edits};
use crate::frontmatter::yaml;
use crate::instructions::{KNOWN_KEYS, near_miss};
use crate::rules::instructions::edit::Quote;
use crate::text::{Source, TextRange, offset, range};

/// Largest entry that is looked at, in bytes; see [`mend`].
const MAX_ENTRY_BYTES: usize = 8 * 1024;

/// What is wrong, where, and how to mend it.
#[derive(Clone, Debug)]
pub(super) struct Explanation {
    /// The offending text.
    pub(super) range: TextRange,
    /// One sentence without a final dot.
    pub(super) message: String,
    /// Offered only where the entry reads well afterwards.
    pub(super) fix: Option<Fix>,
}

/// Says why a value needs quotes; `None` where nothing better than the parser's words is known.
pub(super) fn reason(why: Why) -> Option<String> {
    Some(match why {
        Why::Starts('`') => "text that starts with a backtick needs quotes".to_owned(),
        Why::Starts(first) => format!("text that starts with `{first}` needs quotes"),
        Why::Colon => "`: ` inside the text needs quotes around it".to_owned(),
        Why::Quotes => "quotes inside of the same quotes end the text early".to_owned(),
        Why::Several => "several strings stand where one is expected".to_owned(),
        Why::Escape => "a backslash in double quotes starts an escape, and this one is unknown".to_owned(),
        Why::Other => return None,
    })
}

/// Explains the problem at byte `at` of the entry `text`, which starts at byte `base` of the file.
pub(super) fn explain(text: &str, base: usize, at: usize, line_end: &str) -> Option<Explanation> {
    if text.len() > MAX_ENTRY_BYTES {
        return None;
    }
    let entry = Entry { text, base, line_end };
    let lines: Vec<_> = Source::Str(text).lines_from(0).map(|(at, line)| (at, line.len())).collect();
    let lines = lines.into_iter().map(|(at, len)| (at, text[at..at + len].trim_end_matches(['\n', '\r'])));
    let lines: Vec<(usize, &str)> = lines.filter(|(_, line)| !line.trim().is_empty()).collect();
    entry
        .tabs(&lines)
        .or_else(|| entry.hard_blanks(&lines))
        .or_else(|| entry.missing_blank())
        .or_else(|| lines.iter().find_map(|(at, line)| entry.value(*at, line)))
        .or_else(|| entry.prose(&lines))
        .or_else(|| entry.indentation(&lines, at))
}

struct Entry<'a> {
    text: &'a str,
    base: usize,
    line_end: &'a str,
}

impl Entry<'_> {
    fn explanation(&self, from: usize, to: usize, message: impl Into<String>) -> Explanation {
        Explanation { range: range(self.base + from, self.base + to), message: message.into(), fix: None }
    }

    /// Returns the fix of these edits (in bytes of the entry), if the entry reads well afterwards.
    fn fix(&self, title: &str, safe: bool, edits: Vec<TextEdit>) -> Option<Fix> {
        if edits.is_empty() || !reads_well(&apply_edits(self.text, &edits)) {
            return None;
        }
        let moved = edits.into_iter().map(|edit| TextEdit { range: edit.range + offset(self.base), ..edit });
        Some(Fix { title: title.to_owned(), safe, edits: moved.collect() })
    }

    fn tabs(&self, lines: &[(usize, &str)]) -> Option<Explanation> {
        let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
        let tabbed = || lines.iter().filter(|(_, line)| line[..indent(line)].contains('\t'));
        let (at, line) = tabbed().next()?;
        let pure = tabbed().all(|(_, line)| !line[..indent(line)].contains(' '));
        let edits = tabbed().map(|(at, line)| {
            let len = indent(line);
            TextEdit { range: range(*at, at + len), new_text: line[..len].replace('\t', "  ") }
        });
        let fix = self.fix("Indent with blanks", pure, edits.collect());
        let message = "the line is indented with a tab; YAML takes blanks only";
        fix.as_ref()?;
        Some(Explanation { fix, ..self.explanation(*at, at + indent(line), message) })
    }

    fn hard_blanks(&self, lines: &[(usize, &str)]) -> Option<Explanation> {
        let is_blank = |c: char| matches!(c, ' ' | '\t' | '\u{a0}');
        let mut edits = Vec::new();
        let mut places = |at: usize, blanks: &str| {
            edits.extend(blanks.match_indices('\u{a0}').map(|(i, mark)| TextEdit {
                range: range(at + i, at + i + mark.len()),
                new_text: " ".to_owned(),
            }));
        };
        for (at, line) in lines {
            let mut inner = line.len() - line.trim_start_matches(is_blank).len();
            places(*at, &line[..inner]);
            if let Some(rest) = line[inner..].strip_prefix('-') {
                let blanks = rest.len() - rest.trim_start_matches(is_blank).len();
                places(at + inner + 1, &rest[..blanks]);
                inner += 1 + blanks;
            }
            let rest = &line[inner..];
            if let Some(len) = yaml::key_len(rest)
                && let Some(colon) = rest[len..].find(':')
            {
                let value = &rest[len + colon + 1..];
                places(
                    at + inner + len + colon + 1,
                    &value[..value.len() - value.trim_start_matches(is_blank).len()],
                );
            }
        }
        let first = edits.first()?.range;
        let message = "a non-breaking space (U+00A0) stands here; expected a blank";
        let fix = self.fix("Replace it by a blank", true, edits);
        Some(Explanation { fix, ..self.explanation(first.start().into(), first.end().into(), message) })
    }

    fn missing_blank(&self) -> Option<Explanation> {
        let colon = yaml::glued_colon(self.text)?;
        let line = self.text.split(['\n', '\r']).next().unwrap_or_default().trim_end();
        let key = &self.text[..colon];
        let known = KNOWN_KEYS.iter().any(|known| known.name == key) || near_miss(key, &[]).is_some();
        let blank = TextEdit { range: range(colon + 1, colon + 1), new_text: " ".to_owned() };
        let title = "Add the blank";
        let fix = self.fix(title, known, vec![blank.clone()]).or_else(|| {
            let spaced = apply_edits(self.text, &[blank]);
            let (mends, valid) = mend::mend(&spaced, 0, Quote::Double, &|_| false);
            let [mend] = &mends[..] else { return None };
            let end = usize::from(mend.edit.range.end()).checked_sub(1).filter(|_| valid)?;
            let edit =
                TextEdit { range: range(colon + 1, end), new_text: format!(" {}", mend.edit.new_text) };
            self.fix("Add the blank and quotes", known && mend.safe, vec![edit])
        });
        let message = format!("a blank is missing after `{key}:`");
        Some(Explanation { fix, ..self.explanation(0, line.len(), message) })
    }

    /// Looks at the value of one line.
    fn value(&self, at: usize, line: &str) -> Option<Explanation> {
        let line = line.trim_end();
        let (value_at, of_key) = mend::value_of(line)?;
        let value = &line[value_at..];
        let from = at + value_at;
        if mend::is_readable(value, mend::Context::Key, &|_| false) {
            return None;
        }
        let text = value[..mend::comment_start(value, true)].trim_end();
        let end = from + text.len();
        let insert = |at, text: &str| TextEdit { range: range(at, at), new_text: text.to_owned() };
        let first = value.chars().next()?;
        if of_key && value.starts_with("- ") {
            let colon = line[..value_at].trim_end().len();
            let indent = line.len() - line.trim_start().len();
            let next = self.text[at + line.len()..].trim_start_matches(['\n', '\r']);
            let below = next.len() - next.trim_start_matches(' ').len();
            let depth = if next[below..].starts_with("- ") { below } else { indent + 2 };
            let new_text = format!("{}{}", self.line_end, " ".repeat(depth));
            let edit = TextEdit { range: range(at + colon, from), new_text };
            let fix = self.fix("Start the list on a new line", false, vec![edit]);
            return Some(Explanation { fix, ..self.explanation(from, end, "a list starts on a new line") });
        }
        if matches!(first, '"' | '\'') {
            let rest = &self.text[from + 1..];
            if !rest.contains(first) {
                let fix = self.fix("Close the quote", false, vec![insert(end, &first.to_string())]);
                return Some(Explanation { fix, ..self.explanation(from, end, "the quote is never closed") });
            }
            let close = from + 1 + rest.find(first)?;
            let behind = self.text.get(close + 1..end)?.trim();
            let behind_at = end - behind.len();
            if behind == "," {
                let edit = TextEdit { range: range(close + 1, end), new_text: String::new() };
                let fix = self.fix("Remove the comma", false, vec![edit]);
                let message = "a comma stands behind the closing quote";
                return Some(Explanation { fix, ..self.explanation(behind_at, end, message) });
            }
            if behind.starts_with([',', '"', '\'']) {
                let message = "several strings stand where one is expected";
                return Some(self.explanation(behind_at, end, message));
            }
            let message = "text stands behind the closing quote";
            return (!behind.is_empty()).then(|| self.explanation(behind_at, end, message));
        }
        if let '[' | '{' = first {
            let close = if first == '[' { ']' } else { '}' };
            let rest = &self.text[from..];
            if rest.matches(first).count() > rest.matches(close).count() {
                let fix = self.fix("Close the bracket", false, vec![insert(end, &close.to_string())]);
                let message = format!("`{first}` is never closed");
                return Some(Explanation { fix, ..self.explanation(from, end, message) });
            }
        }
        None
    }

    /// Whether the first line is text without a key.
    fn prose(&self, lines: &[(usize, &str)]) -> Option<Explanation> {
        let (at, line) = lines.iter().find(|(_, line)| !line.starts_with('#'))?;
        let prose = line.starts_with(char::is_alphanumeric) && yaml::key_len(line).is_none();
        prose.then(|| self.explanation(*at, at + line.trim_end().len(), "expected `key: value` on this line"))
    }

    /// Whether the line of the problem is indented unlike the one above.
    fn indentation(&self, lines: &[(usize, &str)], problem: usize) -> Option<Explanation> {
        let index = lines.iter().rposition(|(at, _)| *at <= problem)?;
        let (at, line) = lines[index];
        let (_, above) = lines[index.checked_sub(1)?];
        let indent = |line: &str| line.len() - line.trim_start().len();
        if indent(line) == indent(above) || line.trim_start().starts_with("---") {
            return None;
        }
        let message = "the indentation differs from that of the line above; expected the same";
        Some(self.explanation(at + indent(line), at + line.trim_end().len(), message))
    }
}
