//! Where front matter starts and ends.
//!
//! A fence is `---` alone on its line; trailing blanks are allowed, as in every consumer. The opening fence is
//! the first line of the file, after an optional byte order mark. An indented `---` (inside a block scalar) and
//! `-----` are no fences.

use text_size::TextRange;

use crate::instructions::{KNOWN_KEYS, near_miss};
use crate::text::{Source, range};

/// Most bytes of front matter that are read. Real front matter is below 2 KiB; the limit bounds what a hostile
/// file can cost at each keystroke. A closing fence past it counts as missing.
pub const MAX_FRONT_MATTER_BYTES: usize = 64 * 1024;

/// Most files close their front matter in this much; it saves copying the rest of a rope.
const FIRST_LOOK_BYTES: usize = 4 * 1024;

/// The places of the fences, in bytes of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fences {
    /// The opening `---`.
    pub opening: TextRange,
    /// The text between the fence lines: from the line after the opening one to the start of the closing one.
    pub yaml: TextRange,
    /// The closing `---`.
    pub closing: Option<TextRange>,
    /// Where the line after the closing fence starts.
    pub body_start: usize,
    /// The line end of the opening fence: `\n`, `\r\n` or `\r`.
    pub line_end: &'static str,
    /// Whether the search stopped at [`MAX_FRONT_MATTER_BYTES`].
    pub truncated: bool,
    /// A `---` further down that closes nothing, because body text stands between it and the front matter.
    pub stray: Option<TextRange>,
}

/// Returns the length of a byte order mark at the start, in bytes.
pub(crate) fn bom_len(source: Source<'_>) -> usize {
    if source.slice(0, 3) == "\u{feff}" { 3 } else { 0 }
}

/// Finds the fences of a file that starts with one.
#[must_use]
pub fn find_fences(source: Source<'_>) -> Option<Fences> {
    let bom = bom_len(source);
    let limit = bom + MAX_FRONT_MATTER_BYTES;
    let first = source.slice(0, FIRST_LOOK_BYTES);
    let mut lines = Source::Str(&first).lines_from(bom);
    let (opening_start, opening) = lines.next()?;
    if !is_fence(&opening) {
        return None;
    }
    let yaml_start = opening_start + opening.len();
    let found = closing(&first, yaml_start, first.len() == source.len());
    let (found, searched) = match found {
        None if first.len() < source.len() => {
            let more = source.slice(0, limit);
            (closing(&more, yaml_start, more.len() == source.len()), more.len())
        }
        found => (found, first.len()),
    };
    let opening = range(opening_start, opening_start + 3);
    let line_end = match &first[opening_start + 3..yaml_start] {
        rest if rest.ends_with("\r\n") => "\r\n",
        rest if rest.ends_with('\r') => "\r",
        _ => "\n",
    };
    Some(match found {
        Some((start, body_start)) => Fences {
            opening,
            yaml: range(yaml_start, start),
            closing: Some(range(start, start + 3)),
            body_start,
            line_end,
            truncated: false,
            stray: None,
        },
        None => Fences {
            opening,
            yaml: range(yaml_start, unclosed_end(&source.slice(0, searched), yaml_start)),
            closing: None,
            body_start: searched,
            line_end,
            truncated: searched < source.len(),
            stray: None,
        },
    })
}

/// Finds the closing fence: where it starts and where the next line starts. `whole` says that `text` is not
/// cut off, so that its last line counts.
fn closing(text: &str, from: usize, whole: bool) -> Option<(usize, usize)> {
    Source::Str(text)
        .lines_from(from)
        .find(|(at, line)| is_fence(line) && (whole || at + line.len() < text.len()))
        .map(|(at, line)| (at, at + line.len()))
}

/// Whether `line` stands where a closing fence belongs, and is none: too short, too long, indented, or `...`.
pub(crate) fn is_almost_fence(line: &str) -> bool {
    let marks = line.trim_ascii();
    let dashes = marks.len() >= 2 && marks.bytes().all(|b| b == b'-');
    (dashes && !is_fence(line)) || line.trim_ascii_end() == "..."
}

/// Whether `line` is `---` with nothing but blanks behind it.
fn is_fence(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| rest.trim_end_matches([' ', '\t', '\r', '\n']).is_empty())
}

/// Whether a key is one that instruction files have, or a misspelling of it.
fn is_known(key: &str) -> bool {
    KNOWN_KEYS.iter().any(|known| known.name == key) || near_miss(key, &[]).is_some()
}

/// Where the front matter `text` ends if body text follows it, although a fence further down closes both: before the
/// blank line in front of the first heading.
pub(super) fn end_before_heading(text: &str) -> Option<usize> {
    let end = unclosed_end(text, 0);
    let mut lines = Source::Str(text).lines_from(end);
    let (_, blank) = lines.next()?;
    let (_, heading) = lines.find(|(_, line)| !line.trim().is_empty())?;
    let level = heading.len() - heading.trim_start_matches('#').len();
    let is_heading = (1..=6).contains(&level) && heading[level..].starts_with(' ');
    if end == 0 || !blank.trim().is_empty() || !is_heading {
        return None;
    }
    // A comment may stand between entries: text has to follow, and no entry.
    let mut prose = false;
    for (_, line) in lines {
        let key = line.split_once(':').map(|(key, _)| key);
        if key.is_some_and(is_known) {
            return None;
        }
        prose |= !line.trim().is_empty()
            && !line.starts_with(['#', ' ', '\t'])
            && super::yaml::key_len(&line).is_none();
    }
    prose.then_some(end)
}

/// Where unclosed front matter ends as far as one can tell: before the first line that cannot belong to it,
/// namely a heading (a `# ` line after a blank one or at the start, unless it is a suppression), a code fence, or text that is neither `key: value`, a list
/// item, a comment nor an indented continuation. Behind a blank line only a known key belongs: `Note: text` is prose.
pub(crate) fn unclosed_end(text: &str, from: usize) -> usize {
    let mut end = from;
    let mut blank_before = false;
    for (at, line) in Source::Str(text).lines_from(from) {
        let content = line.trim_end();
        if content.is_empty() {
            blank_before = true;
            continue;
        }
        if is_almost_fence(content) {
            break;
        }
        let suppression = content.starts_with('#') && content.contains(crate::rules::suppress::MARK);
        let comment = content.starts_with('#') && !blank_before && (end > from || suppression);
        let key = content.split_once(':').is_some_and(|(key, rest)| {
            !key.is_empty()
                && (!blank_before || is_known(key))
                && key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
                && (rest.is_empty() || rest.starts_with(' '))
        });
        let continuation = content.starts_with([' ', '\t']) || content.starts_with("- ");
        let belongs = key || comment || (continuation && (!blank_before || content.starts_with([' ', '\t'])));
        if !belongs || (blank_before && !key) {
            break;
        }
        blank_before = false;
        if !comment || suppression {
            end = at + line.len(); // A comment counts once a key follows: the last one may be the title.
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fences(text: &str) -> Option<(String, Option<String>)> {
        let fences = find_fences(Source::Str(text))?;
        let yaml = text[fences.yaml].to_owned();
        let body = fences.closing.map(|_| text[fences.body_start..].to_owned());
        Some((yaml, body))
    }

    fn closed(yaml: &str, body: &str) -> Option<(String, Option<String>)> {
        Some((yaml.to_owned(), Some(body.to_owned())))
    }

    #[test]
    fn exact_fences_only() {
        assert_eq!(fences("---\na: 1\n---\nbody\n"), closed("a: 1\n", "body\n"));
        assert_eq!(fences("---\n---\n"), closed("", ""));
        assert_eq!(fences("---  \na: 1\n--- \t\nb"), closed("a: 1\n", "b"), "blanks behind a fence");
        assert_eq!(fences("---\na: 1\n---"), closed("a: 1\n", ""), "no line end behind the last fence");
        assert_eq!(fences("-----\na: 1\n---\n"), None, "five dashes are a thematic break");
        assert_eq!(fences("\n---\na: 1\n---\n"), None, "not on the first line");
        assert_eq!(fences(" ---\na: 1\n---\n"), None, "indented");
        assert_eq!(fences(""), None);
    }

    #[test]
    fn dashes_inside_do_not_close() {
        assert_eq!(fences("---\na: |\n  ---\n  b\n-----\n---\nc"), closed("a: |\n  ---\n  b\n-----\n", "c"));
        assert_eq!(fences("---\na: 1\n--- b\n---\n"), closed("a: 1\n--- b\n", ""));
    }

    #[test]
    fn line_ends_and_byte_order_marks_are_transparent() {
        assert_eq!(fences("\u{feff}---\r\na: 1\r\n---\r\nb"), closed("a: 1\r\n", "b"));
        assert_eq!(fences("---\ra: 1\r---\rb"), closed("a: 1\r", "b"));
    }

    #[test]
    fn unclosed_front_matter_ends_where_the_body_seems_to_start() {
        let unclosed = |yaml: &str| Some((yaml.to_owned(), None));
        assert_eq!(fences("---\na: 1\nb:\n  - x\n\n# Title\n\ntext: no\n"), unclosed("a: 1\nb:\n  - x\n"));
        assert_eq!(fences("---\na: 1\nSome prose.\n"), unclosed("a: 1\n"));
        assert_eq!(fences("---\na: 1\n# Title\nText.\n"), unclosed("a: 1\n"));
        assert_eq!(fences("---\na: 1\n# about b\nb: 2\n"), unclosed("a: 1\n# about b\nb: 2\n"));
        let text = "# stagegate: ignore[unclosed-frontmatter]\na: 1\n";
        assert_eq!(fences(&format!("---\n{text}\n# Title\n")), unclosed(text));
        assert_eq!(fences("---\na: 1\n\nNote: b\n"), unclosed("a: 1\n"), "prose behind a blank line");
        assert_eq!(fences("---\na: 1\n\ndescription: b\n"), unclosed("a: 1\n\ndescription: b\n"));
        assert_eq!(fences("---\na: 1\n-----\nb: 2\n"), unclosed("a: 1\n"), "too many dashes");
        assert_eq!(fences("---\n"), unclosed(""));
        assert_eq!(fences("---"), unclosed(""));
    }

    #[test]
    fn a_fence_past_the_limit_is_not_looked_for() {
        let text = format!("---\na: {}\n---\n", "x".repeat(MAX_FRONT_MATTER_BYTES));
        let found = find_fences(Source::Str(&text)).unwrap();
        assert!(found.truncated && found.closing.is_none());
        let text = format!("---\na: {}\n---\nbody", "x".repeat(MAX_FRONT_MATTER_BYTES - 1000));
        let found = find_fences(Source::Str(&text)).unwrap();
        assert_eq!(&text[found.body_start..], "body");
    }
}
