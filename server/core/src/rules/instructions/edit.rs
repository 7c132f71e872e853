//! Edits of front matter values that keep quotes, comments and line ends; shared by the rules of this family.

use text_size::TextSize;

use crate::diagnostic::TextEdit;
use crate::frontmatter::FrontMatter;
use crate::frontmatter::yaml::{Entry, Node, NodeKind, ScalarType, Style};
use crate::instructions::{APPLY_TO, DESCRIPTION, GlobItem};
use crate::rules::RuleContext;
use crate::text::{TextRange, offset};

/// How a new string is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quote {
    /// In `"`, unless it holds `"` or a backslash.
    Double,
    /// In `'`.
    Single,
}

impl Quote {
    /// Returns what the file itself uses: single where every quoted string is in single quotes.
    pub(super) fn of(front_matter: &FrontMatter) -> Quote {
        let mut todo: Vec<&Node> = front_matter.root.iter().collect();
        let mut quote = Quote::Double;
        while let Some(node) = todo.pop() {
            match &node.kind {
                NodeKind::Scalar { style: Style::DoubleQuoted, .. } => return Quote::Double,
                NodeKind::Scalar { style: Style::SingleQuoted, .. } => quote = Quote::Single,
                NodeKind::Sequence { items, .. } => todo.extend(items),
                NodeKind::Mapping { entries, .. } => {
                    todo.extend(entries.iter().flat_map(|entry| [&entry.key, &entry.value]));
                }
                _ => {}
            }
        }
        quote
    }

    /// Returns `text` in quotes.
    pub(super) fn quote(self, text: &str) -> String {
        let double = !text.contains(['"', '\\']);
        let single = self == Quote::Single && !text.contains('\'');
        if double && !single { format!("\"{text}\"") } else { format!("'{}'", text.replace('\'', "''")) }
    }
}

/// Returns `data.field` for a key: the key where it is one of the two required ones, else `frontmatter`.
pub(super) fn field_of(key: &str) -> &'static str {
    match key {
        APPLY_TO => APPLY_TO,
        DESCRIPTION => DESCRIPTION,
        _ => "frontmatter",
    }
}

/// Returns the first heading with a text, as a quoted value for `description`.
pub(super) fn proposed_description(cx: &RuleContext<'_>) -> Option<String> {
    let heading = crate::markdown::headings(cx.source, cx.file.body_start).find(|h| !h.text.is_empty())?;
    Some(format!("\"{}\"", heading.text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// Whether `text` can stand without quotes and still be the same string; `flow` says that it stands in `[]`.
fn stays_plain(text: &str, flow: bool) -> bool {
    let kind = NodeKind::Scalar { value: text.into(), style: Style::Plain };
    let node = Node { range: TextRange::default(), kind };
    let indicator = |c: char| "-?:,[]{}#&*!|>'\"%@`.".contains(c) || c.is_whitespace();
    let breaks = text.starts_with(indicator)
        || text.ends_with(|c: char| c == ':' || c.is_whitespace())
        || text.contains(['\t', '\n', '\r'])
        || text.contains(": ")
        || text.contains(" #")
        || (flow && text.contains([',', '[', ']', '{', '}']));
    !breaks && node.scalar_type() == Some(ScalarType::String)
}

/// Whether the value of `entry` is a list in brackets.
pub(super) fn is_flow(entry: &Entry) -> bool {
    matches!(entry.value.kind, NodeKind::Sequence { flow: true, .. })
}

/// Replaces `range`, which lies in the scalar of `item`, by `new_text`; the scalar gets quotes where it would not
/// be the same string without them.
pub(super) fn in_scalar(
    front_matter: &FrontMatter,
    item: &GlobItem,
    range: TextRange,
    new_text: &str,
) -> Option<TextEdit> {
    if !item.traceable {
        return None;
    }
    let raw = front_matter.slice(item.scalar);
    let edit = TextEdit { range, new_text: new_text.to_owned() };
    if raw.starts_with(['"', '\'']) {
        return Some(edit);
    }
    let inner = range - item.scalar.start();
    let whole = [raw.get(..inner.start().into())?, new_text, raw.get(inner.end().into()..)?].concat();
    if whole.trim().is_empty() {
        return None;
    }
    let flow = front_matter.entry(APPLY_TO).is_some_and(is_flow);
    if stays_plain(&whole, flow) {
        return Some(edit);
    }
    Some(TextEdit { range: item.scalar, new_text: Quote::of(front_matter).quote(whole.trim()) })
}

/// Returns the range of a glob together with the comma that separates it; `None` where it is the only one of its
/// scalar.
pub(super) fn with_comma(front_matter: &FrontMatter, globs: &[GlobItem], at: usize) -> Option<TextRange> {
    let item = &globs[at];
    if !item.traceable {
        return None;
    }
    let beside = |at: Option<usize>| globs.get(at?).filter(|other| other.scalar == item.scalar);
    match (beside(at.checked_sub(1)), beside(Some(at + 1))) {
        (Some(previous), Some(next)) => {
            let gap = front_matter.slice(TextRange::new(item.range.end(), next.range.start()));
            let comma = item.range.end() + offset(gap.find(',')?);
            Some(TextRange::new(previous.range.end(), comma))
        }
        (Some(previous), None) => {
            let quoted = front_matter.slice(item.scalar).starts_with(['"', '\'']);
            let end = item.scalar.end() - TextSize::from(u32::from(quoted));
            Some(TextRange::new(previous.range.end(), end))
        }
        (None, Some(next)) => Some(TextRange::new(item.range.start(), next.range.start())),
        (None, None) => None,
    }
}

/// What is removed with an item of a list.
pub(super) struct Removal {
    /// The item with its line or its comma.
    pub(super) range: TextRange,
    /// Whether a comment goes with it.
    pub(super) comment: bool,
}

/// Returns what to remove so that the item at `scalar` is gone and the rest of the list stays as it is; `None`
/// where it is the only one or something unusual stands beside it.
pub(super) fn list_item(front_matter: &FrontMatter, list: &Node, scalar: TextRange) -> Option<Removal> {
    let NodeKind::Sequence { items, flow } = &list.kind else { return None };
    let at = items.binary_search_by_key(&scalar.start(), |item| item.range.start()).ok()?;
    if items.len() < 2 {
        return None;
    }
    if *flow {
        let before = TextRange::new(list.range.start(), items[0].range.start());
        let (range, gap) = if at > 0 {
            let previous = items[at - 1].range.end();
            (TextRange::new(previous, scalar.end()), TextRange::new(previous, scalar.start()))
        } else if front_matter.slice(before).trim() == "[" {
            let next = items[1].range.start();
            (TextRange::new(scalar.start(), next), TextRange::new(scalar.end(), next))
        } else {
            return None;
        };
        let gap = front_matter.slice(gap).trim();
        let comment = gap.contains('#');
        return (gap == "," || comment).then_some(Removal { range, comment });
    }
    let line = front_matter.line_range(scalar.start().into());
    if scalar.end() > line.end()
        || front_matter.slice(TextRange::new(line.start(), scalar.start())).trim() != "-"
    {
        return None;
    }
    let rest = front_matter.slice(TextRange::new(scalar.end(), line.end())).trim();
    if !rest.is_empty() && !rest.starts_with('#') {
        return None;
    }
    let after = front_matter.slice(TextRange::new(line.end(), front_matter.fences.yaml.end()));
    let line_end = if after.starts_with("\r\n") { 2 } else { usize::from(!after.is_empty()) };
    let range = TextRange::new(line.start(), line.end() + offset(line_end));
    Some(Removal { range, comment: !rest.is_empty() })
}

/// Whether `range` holds nothing but blanks and the characters of `allowed`: no comment, anchor or tag.
pub(super) fn holds_only(front_matter: &FrontMatter, range: TextRange, allowed: &[char]) -> bool {
    front_matter.slice(range).chars().all(|c| c.is_whitespace() || allowed.contains(&c))
}
