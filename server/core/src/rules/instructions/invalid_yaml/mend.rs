//! Which values of a broken entry need quotes.
//!
//! Every line of the entry is looked at on its own: a value that cannot be read alone is the offending one. Only
//! what reads well as a whole afterwards is returned, so a wrong guess costs a fix, never a wrong edit.

use crate::diagnostic::{TextEdit, apply_edits};
use crate::frontmatter::yaml::{self, Node};
use crate::rules::instructions::edit::Quote;
use crate::text::{Source, range};

/// Largest entry that is mended, in bytes. Real ones have a few hundred; the limit bounds what looking at every line
/// of a hostile one costs.
const MAX_ENTRY_BYTES: usize = 8 * 1024;

/// Returns the edits, in order, that make the entry `text` (at byte `base` of the file) valid by quoting values.
pub(super) fn mend(
    text: &str,
    base: usize,
    quote: Quote,
    is_anchor: &dyn Fn(&str) -> bool,
) -> Option<Vec<TextEdit>> {
    if text.len() > MAX_ENTRY_BYTES {
        return None;
    }
    let edits = candidates(text, quote, is_anchor);
    if edits.is_empty() {
        return None;
    }
    let tree = yaml::read(&apply_edits(text, &edits), 0);
    let mapping = tree.root.as_ref().and_then(Node::entries).is_some_and(|entries| !entries.is_empty());
    if !mapping || !tree.problems.is_empty() {
        return None;
    }
    let offset = crate::text::offset(base);
    Some(edits.into_iter().map(|edit| TextEdit { range: edit.range + offset, ..edit }).collect())
}

/// Returns the edits for every value that cannot be read alone.
fn candidates(text: &str, quote: Quote, is_anchor: &dyn Fn(&str) -> bool) -> Vec<TextEdit> {
    let mut edits = Vec::new();
    let mut block_scalar: Option<usize> = None;
    let mut skip_to = 0;
    for (at, line) in Source::Str(text).lines_from(0) {
        let line = line.trim_end();
        let indent = line.len() - line.trim_start().len();
        if at < skip_to || line.is_empty() || line[indent..].starts_with('#') {
            continue;
        }
        if block_scalar.is_some_and(|parent| indent > parent) {
            continue;
        }
        block_scalar = None;
        let Some((value_at, context)) = value_start(line) else { continue };
        let value = &line[value_at..];
        if value.starts_with(['|', '>']) {
            block_scalar = Some(indent);
            continue;
        }
        if value.starts_with('[')
            && let Some((list, end)) = flow_list(&text[at + value_at..], quote, is_anchor)
        {
            skip_to = at + value_at + end;
            edits.extend(list.into_iter().map(|(from, to, new_text)| TextEdit {
                range: range(at + value_at + from, at + value_at + to),
                new_text,
            }));
            continue;
        }
        if is_readable(value, context, is_anchor) {
            continue;
        }
        if let Some((len, new_text)) = requote(value, quote) {
            edits.push(TextEdit { range: range(at + value_at, at + value_at + len), new_text });
        }
    }
    edits
}

/// Where a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    /// Behind `key: `.
    Key,
    /// Behind `- `.
    Item,
    /// Between the commas of a list in brackets.
    Flow,
}

/// Returns where the value of a line starts: behind `- ` marks and one key. `None` for a line that continues
/// another one, or has no value.
fn value_start(line: &str) -> Option<(usize, Context)> {
    let mut at = line.len() - line.trim_start().len();
    let mut context = None;
    while let Some(rest) = line[at..].strip_prefix("- ") {
        at = line.len() - rest.trim_start().len();
        context = Some(Context::Item);
    }
    let rest = &line[at..];
    if let Some((key, value)) = rest.split_once(':')
        && value.starts_with([' ', '\t'])
        && is_key(key.trim_end())
    {
        at = line.len() - value.trim_start().len();
        context = Some(Context::Key);
    }
    context.filter(|_| at < line.len()).map(|context| (at, context))
}

fn is_key(text: &str) -> bool {
    let bare = text.trim_matches(['"', '\'']);
    !bare.is_empty() && bare.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// Whether a value can be read alone.
fn is_readable(value: &str, context: Context, is_anchor: &dyn Fn(&str) -> bool) -> bool {
    let name = value.strip_prefix('*').map(|rest| rest.split([' ', '\t']).next().unwrap_or_default());
    if name.is_some_and(is_anchor) {
        return true;
    }
    let alone = match context {
        Context::Key => format!("k: {value}"),
        Context::Item => format!("- {value}"),
        Context::Flow => format!("[{value}]"),
    };
    let tree = yaml::read(&alone, 0);
    let one_item = || tree.root.as_ref().and_then(Node::items).is_some_and(|items| items.len() == 1);
    tree.problems.is_empty() && (context != Context::Flow || one_item())
}

/// Returns how much of `value` to replace by the same text in other or new quotes; a comment behind it stays.
/// `None` where quotes are not what is missing.
fn requote(value: &str, quote: Quote) -> Option<(usize, String)> {
    let first = value.chars().next()?;
    if matches!(first, '"' | '\'') {
        // `"a", "b"` and `"a",` are several strings, or one with a comma too many: no quotes mend that.
        let behind = value[1..].split_once(first).map_or("", |(_, behind)| behind.trim_start());
        if behind.starts_with([',', '"', '\'']) {
            return None;
        }
        if let Some(end) = closing_quote(value, first) {
            return Some((end + 1, swap_quotes(&value[1..end], first)?));
        }
        if value.matches(first).count() % 2 == 1 {
            return None; // A quote that is not closed: where it should end, only the author knows.
        }
    }
    if value.starts_with("- ") || value.starts_with("? ") || matches!(first, '|' | '>' | '#') {
        return None;
    }
    let comment = value.match_indices('#').map(|(at, _)| at).find(|&at| value[..at].ends_with([' ', '\t']));
    let text = value[..comment.unwrap_or(value.len())].trim_end();
    if matches!(first, '[' | '{') && closing_bracket(text).is_none_or(|end| end + 1 == text.len()) {
        return None; // A list or mapping, broken inside.
    }
    Some((text.len(), quote.quote(text)))
}

/// Returns where a quoted value ends: at the first quote with nothing but blanks or a comment behind it.
fn closing_quote(value: &str, mark: char) -> Option<usize> {
    value.match_indices(mark).map(|(at, _)| at).skip(1).find(|at| {
        let rest = &value[at + 1..];
        let text = rest.trim_start();
        text.is_empty() || (text.starts_with('#') && text.len() < rest.len())
    })
}

/// Returns `inner`, which stood in quotes that it breaks, in quotes that hold it.
fn swap_quotes(inner: &str, mark: char) -> Option<String> {
    if mark == '\'' {
        let certain = !inner.contains("''");
        return certain.then(|| Quote::Double.quote(inner));
    }
    // Beside bare quotes a backslash may be meant either way; alone it is a separator, as in `"src\**"`.
    let certain = !inner.contains('\\') || !(inner.contains('"') || inner.contains("\\\\"));
    certain.then(|| format!("'{}'", inner.replace('\'', "''")))
}

/// Returns where the bracket that `text` starts with is closed.
fn closing_bracket(text: &str) -> Option<usize> {
    let mut depth = 0u32;
    for (at, ch) in text.char_indices() {
        match ch {
            '[' | '{' => depth += 1,
            ']' | '}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// An edit in the text at hand: from, to, new text.
type Replacement = (usize, usize, String);

/// Reads a list in brackets, over several lines if need be: what to replace in it, and where it ends. `None` where
/// it is no list, or has a comment inside.
fn flow_list(
    text: &str,
    quote: Quote,
    is_anchor: &dyn Fn(&str) -> bool,
) -> Option<(Vec<Replacement>, usize)> {
    let mut items = Vec::new();
    let (mut depth, mut open, mut start, mut end) = (0u32, None, 1, None);
    for (at, ch) in text.char_indices().skip(1) {
        if let Some(mark) = open {
            if ch == mark {
                open = None;
            }
            continue;
        }
        match ch {
            '"' | '\'' if text[start..at].trim().is_empty() => open = Some(ch),
            '#' if text[..at].ends_with(char::is_whitespace) => return None,
            '[' | '{' => depth += 1,
            ']' if depth == 0 => {
                items.push((start, at));
                end = Some(at + 1);
                break;
            }
            ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                items.push((start, at));
                start = at + 1;
            }
            _ => {}
        }
    }
    let end = end?;
    let rest = text[end..].split(['\n', '\r']).next().unwrap_or_default().trim();
    if !rest.is_empty() && !rest.starts_with('#') {
        return None;
    }
    let last = items.len() - 1;
    let mut edits = Vec::new();
    for (i, (from, to)) in items.into_iter().enumerate() {
        let item = text[from..to].trim();
        if item.is_empty() && i == last {
            continue; // A comma before the bracket is allowed.
        }
        if is_readable(item, Context::Flow, is_anchor) {
            continue;
        }
        let from = to - text[from..to].trim_start().len();
        let (len, new_text) = requote(item, quote)?;
        edits.push((from, from + len, new_text));
    }
    Some((edits, end))
}
