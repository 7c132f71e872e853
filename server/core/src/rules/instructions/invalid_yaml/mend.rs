//! Which values of a broken entry need quotes.
//!
//! Every line of the entry is looked at on its own: a value that cannot be read alone is the offending one. Only
//! what reads well as a whole afterwards is returned, so a wrong guess costs a fix, never a wrong edit.

use crate::diagnostic::{TextEdit, apply_edits};
use crate::frontmatter::yaml::{self, Node};
use crate::instructions::{APPLY_TO, near_miss};
use crate::rules::instructions::edit::Quote;
use crate::text::{Source, range};

/// Largest entry that is mended, in bytes. Real ones have a few hundred; the limit bounds what looking at every line
/// of a hostile one costs.
const MAX_ENTRY_BYTES: usize = 8 * 1024;

/// Why a value cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// It starts with a character that means something else.
    Starts(char),
    /// `: ` stands in it.
    Colon,
    /// It stands in quotes that end too early.
    Quotes,
    /// Several strings stand where one is expected.
    Several,
    /// A backslash in `"` starts an escape that there is none of.
    Escape,
    /// Something else.
    Other,
}

/// One value to quote.
#[derive(Clone, Debug)]
pub(super) struct Mend {
    /// The edit, in bytes of the file.
    pub(super) edit: TextEdit,
    /// What is wrong with the value.
    pub(super) why: Why,
    /// Whether the author certainly meant this.
    pub(super) safe: bool,
}

/// Whether `text` reads as a mapping and nothing else.
pub(super) fn reads_well(text: &str) -> bool {
    let tree = yaml::read(text, 0);
    let mapping = tree.root.as_ref().and_then(Node::entries).is_some_and(|entries| !entries.is_empty());
    mapping && tree.problems.is_empty()
}

/// Returns what to quote, in order, in the entry `text` (at byte `base` of the file), and whether the entry is valid
/// afterwards.
pub(super) fn mend(
    text: &str,
    base: usize,
    quote: Quote,
    is_anchor: &dyn Fn(&str) -> bool,
) -> (Vec<Mend>, bool) {
    if text.len() > MAX_ENTRY_BYTES {
        return (Vec::new(), false);
    }
    let mut mends = candidates(text, quote, is_anchor);
    let edits: Vec<_> = mends.iter().map(|mend| mend.edit.clone()).collect();
    let valid = !edits.is_empty() && reads_well(&apply_edits(text, &edits));
    for mend in &mut mends {
        mend.edit.range += crate::text::offset(base);
    }
    (mends, valid)
}

/// Returns the edits for every value that cannot be read alone.
fn candidates(text: &str, quote: Quote, is_anchor: &dyn Fn(&str) -> bool) -> Vec<Mend> {
    let globs = yaml::key_len(text).is_some_and(|len| {
        let key = text[..len].trim_matches(['"', '\'']);
        key == APPLY_TO || near_miss(key, &[]).is_some_and(|near| near.meant == APPLY_TO)
    });
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
            edits.extend(list.into_iter().map(|(from, quoted)| quoted.at(at + value_at + from)));
            continue;
        }
        if is_readable(value, context, is_anchor) {
            continue;
        }
        if let Some(quoted) = requote(value, quote, globs) {
            edits.push(quoted.at(at + value_at));
        }
    }
    edits
}

/// Where a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
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

/// Returns where the value of a line starts, and whether a key stands before it.
pub(super) fn value_of(line: &str) -> Option<(usize, bool)> {
    value_start(line).map(|(at, context)| (at, context == Context::Key))
}

fn is_key(text: &str) -> bool {
    let bare = text.trim_matches(['"', '\'']);
    !bare.is_empty() && bare.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// Whether a value can be read alone.
pub(super) fn is_readable(value: &str, context: Context, is_anchor: &dyn Fn(&str) -> bool) -> bool {
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

/// A value in other or new quotes.
struct Quoted {
    /// How much of the value is replaced; a comment behind it stays.
    len: usize,
    new_text: String,
    why: Why,
    safe: bool,
}

impl Quoted {
    fn at(self, at: usize) -> Mend {
        let edit = TextEdit { range: range(at, at + self.len), new_text: self.new_text };
        Mend { edit, why: self.why, safe: self.safe }
    }
}

/// Returns how much of `value` to replace by the same text in other or new quotes. `globs` says that commas separate
/// globs in it. `None` where quotes are not what is missing.
fn requote(value: &str, quote: Quote, globs: bool) -> Option<Quoted> {
    let first = value.chars().next()?;
    if matches!(first, '"' | '\'') {
        // `"a", "b"` and `"a",` are several strings, or one with a comma too many: no quotes mend that.
        let behind = value[1..].split_once(first).map_or("", |(_, behind)| behind.trim_start());
        if behind.starts_with([',', '"', '\'']) {
            return several(value, quote).filter(|_| globs);
        }
        if let Some(end) = closing_quote(value, first) {
            return in_quotes(&value[..=end], first, quote);
        }
        if value.matches(first).count() % 2 == 1 {
            return None; // A quote that is not closed: where it should end, only the author knows.
        }
    }
    if value.starts_with("- ") || value.starts_with("? ") || matches!(first, '|' | '>' | '#') {
        return None;
    }
    let text = value[..comment_start(value, globs)].trim_end();
    if matches!(first, '[' | '{') && closing_bracket(text).is_none_or(|end| end + 1 == text.len()) {
        return None; // A list or mapping, broken inside.
    }
    let why = match first {
        '"' | '\'' => Why::Quotes,
        '*' | '&' | '!' | '%' | '@' | '`' | '[' | '{' | ']' | '}' | ',' => Why::Starts(first),
        _ if text.contains(": ") || text.ends_with(':') => Why::Colon,
        _ => Why::Other,
    };
    if globs && text.contains(['"', '\'']) {
        let (bare, safe) = bare_segments(text);
        return Some(Quoted { len: text.len(), new_text: quote.quote(&bare), why, safe });
    }
    Some(Quoted { len: text.len(), new_text: quote.quote(text), why, safe: true })
}

/// Returns where the comment behind `value` starts. `#12` in prose is no comment, although YAML takes it for one;
/// among globs it is.
pub(super) fn comment_start(value: &str, globs: bool) -> usize {
    let marks = value.match_indices('#').map(|(at, _)| at);
    let mut comments = marks.filter(|&at| value[..at].ends_with([' ', '\t']));
    comments.find(|&at| globs || is_comment(&value[at..])).unwrap_or(value.len())
}

/// Whether text that starts with `#` was meant as a comment.
fn is_comment(text: &str) -> bool {
    let rest = text.trim_start_matches('#');
    rest.is_empty() || rest.starts_with([' ', '\t']) || rest.starts_with(crate::rules::suppress::MARK)
}

/// Returns the fix for a value that stands in quotes and breaks them.
fn in_quotes(value: &str, mark: char, quote: Quote) -> Option<Quoted> {
    let len = value.len();
    let inner = &value[1..len - 1];
    let quoted = |new_text, why, safe| Some(Quoted { len, new_text, why, safe });
    let list = inner.starts_with('[') && inner.ends_with(']') && inner.contains(mark);
    if list && reads_well(&format!("k: {inner}")) {
        return quoted(inner.to_owned(), Why::Quotes, false);
    }
    let why = if inner.contains(mark) { Why::Quotes } else { Why::Escape };
    match balance(inner, mark) {
        // What looks like a list is not certainly meant as text.
        Balance::Pairs => quoted(swap_quotes(inner, mark)?, why, !inner.starts_with('[')),
        // The first quote of `"Foo" rules and "Bar"` belongs to `Foo`.
        Balance::ClosesEarly if !value.contains('\\') => {
            let other = if mark == '"' { Quote::Single } else { Quote::Double };
            let certain = balance(value, mark) == Balance::Pairs;
            let quote = if value.contains(mark) { other } else { quote };
            quoted(quote.quote(value), why, certain)
        }
        _ => quoted(swap_quotes(inner, mark)?, why, false),
    }
}

/// How quotes stand in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Balance {
    /// Every one that opens is closed; an apostrophe counts for nothing.
    Pairs,
    /// The first one closes what was not opened in the text.
    ClosesEarly,
    /// Neither.
    Unclear,
}

fn balance(text: &str, mark: char) -> Balance {
    let (mut open, mut first, mut clear) = (false, true, true);
    for (at, _) in text.match_indices(mark) {
        let before = text[..at].chars().next_back();
        let after = text[at + 1..].chars().next();
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if mark == '\'' && word(before) && word(after) {
            continue;
        }
        let opens = before.is_none_or(|c| c.is_whitespace() || "([{,:=/-".contains(c))
            && after.is_some_and(|c| !c.is_whitespace());
        let closes = before.is_some_and(|c| !c.is_whitespace())
            && after.is_none_or(|c| c.is_whitespace() || ")]},.;:!?/-".contains(c));
        if first && closes && !opens {
            return Balance::ClosesEarly;
        }
        first = false;
        clear &= if open { closes } else { opens };
        open = !open;
    }
    if clear && !open { Balance::Pairs } else { Balance::Unclear }
}

/// Returns `"a", "b"` as one string of globs.
fn several(value: &str, quote: Quote) -> Option<Quoted> {
    let text = value[..comment_start(value, true)].trim_end();
    let (bare, clean) = bare_segments(text);
    let last = text.rsplit(',').next().unwrap_or_default().trim();
    (clean && text.contains(',') && !last.is_empty()).then(|| Quoted {
        len: text.len(),
        new_text: quote.quote(&bare),
        why: Why::Several,
        safe: false,
    })
}

/// Returns globs separated by commas without the quotes around each, and whether no quote is left.
fn bare_segments(text: &str) -> (String, bool) {
    let mut bare = String::with_capacity(text.len());
    let mut at = 0;
    for segment in crate::glob::split(text) {
        let (start, end) = (usize::from(segment.range.start()), usize::from(segment.range.end()));
        let Some(part) = text.get(start..end) else { continue };
        let inner = ['"', '\''].iter().find_map(|&mark| part.strip_prefix(mark)?.strip_suffix(mark));
        bare.push_str(text.get(at..start).unwrap_or_default());
        bare.push_str(inner.unwrap_or(part));
        at = end;
    }
    bare.push_str(&text[at..]);
    let clean = !bare.contains(['"', '\'']);
    (bare, clean)
}

/// Returns where a quoted value ends: at the first quote with nothing but blanks or a comment behind it.
fn closing_quote(value: &str, mark: char) -> Option<usize> {
    value.match_indices(mark).map(|(at, _)| at).skip(1).find(|at| {
        let rest = &value[at + 1..];
        let text = rest.trim_start();
        text.is_empty() || (text.starts_with('#') && text.len() < rest.len() && is_comment(text))
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

/// A value in the text at hand, and where it stands.
type Replacement = (usize, Quoted);

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
        edits.push((from, requote(item, quote, false)?));
    }
    Some((edits, end))
}
