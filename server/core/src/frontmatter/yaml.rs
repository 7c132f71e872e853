//! A YAML reader that keeps a byte span for every key, value and list item, and goes on after an error.
//!
//! The events come from `granit-parser`, the parser under `serde-saphyr`. What is added here: a tree with spans,
//! duplicate keys, recovery (one broken key never hides the others), and bounds (DESIGN.md section 5:
//! "alias bombs, 10,000-deep nesting, 1 MB scalars"): aliases are never expanded into collections, nesting is
//! limited by the parser, and the number of nodes by [`MAX_NODES`].

mod recover;

pub(crate) use recover::{glued_colon, key_len};

use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, Span, StrInput, StructureStyle};
use text_size::{TextRange, TextSize};

use crate::text::{offset, range};

/// Most nodes in one tree. A configuration file has hundreds; the limit bounds memory.
pub const MAX_NODES: usize = 50_000;

/// Deepest nesting of collections. Real files stay below ten.
const MAX_DEPTH: usize = 64;

/// What reading gave.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The root node; `None` for an empty text.
    pub root: Option<Node>,
    /// What is wrong, in order of place.
    pub problems: Vec<Problem>,
}

/// One value with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The source text of the value: quotes and brackets included, comments and blanks around it not.
    pub range: TextRange,
    /// What it is.
    pub kind: NodeKind,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A single value.
    Scalar {
        /// After unescaping.
        value: Arc<str>,
        /// How it is written.
        style: Style,
    },
    /// A list; `flow` says whether it is written in brackets.
    Sequence {
        /// In order.
        items: Vec<Node>,
        /// `[a, b]` rather than `- a`.
        flow: bool,
    },
    /// A mapping; `flow` says whether it is written in braces.
    Mapping {
        /// In order, duplicates included.
        entries: Vec<Entry>,
        /// `{a: b}` rather than lines.
        flow: bool,
    },
    /// A reference to a collection elsewhere; not followed.
    Alias,
    /// Text that is no YAML; a [`Problem`] says why.
    Invalid,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In `'`.
    SingleQuoted,
    /// In `"`.
    DoubleQuoted,
    /// After `|` or `>`.
    Block,
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Node,
    /// The value; a null scalar with an empty range where nothing is written.
    pub value: Node,
}

/// What a scalar means (YAML 1.2 core schema).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarType {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// Everything else, and everything in quotes.
    String,
}

/// Something wrong with the YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it is.
    pub kind: ProblemKind,
    /// The offending text.
    pub range: TextRange,
    /// One sentence without a final dot.
    pub message: String,
    /// The lines of the top-level entry it stands in; the whole text where that is unknown.
    pub entry: TextRange,
}

/// Kinds of [`Problem`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// Not YAML.
    Syntax,
    /// A key for the second time.
    DuplicateKey {
        /// The same key, where it stood first.
        first: TextRange,
    },
}

impl Node {
    /// Returns the text of a scalar.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar { value, .. } => Some(value),
            _ => None,
        }
    }

    /// Returns the entries of a mapping.
    #[must_use]
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.kind {
            NodeKind::Mapping { entries, .. } => Some(entries),
            _ => None,
        }
    }

    /// Returns the items of a sequence.
    #[must_use]
    pub fn items(&self) -> Option<&[Node]> {
        match &self.kind {
            NodeKind::Sequence { items, .. } => Some(items),
            _ => None,
        }
    }

    /// Returns the value of the first entry with this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()?.iter().find(|entry| entry.key.as_str() == Some(key)).map(|entry| &entry.value)
    }

    /// Returns what a scalar means; `None` for everything else.
    #[must_use]
    pub fn scalar_type(&self) -> Option<ScalarType> {
        let NodeKind::Scalar { value, style } = &self.kind else { return None };
        Some(if *style == Style::Plain { plain_type(value) } else { ScalarType::String })
    }

    /// Names what the node is, for messages: "a list", "a number", ...
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            NodeKind::Sequence { .. } => "a list",
            NodeKind::Mapping { .. } => "a mapping",
            NodeKind::Alias => "an alias",
            NodeKind::Invalid => "invalid YAML",
            NodeKind::Scalar { .. } => match self.scalar_type() {
                Some(ScalarType::Null) => "nothing",
                Some(ScalarType::Bool) => "a boolean",
                Some(ScalarType::Number) => "a number",
                _ => "a string",
            },
        }
    }
}

/// Resolves a plain scalar by the core schema (YAML 1.2.2, section 10.3.2).
fn plain_type(value: &str) -> ScalarType {
    match value {
        "" | "~" | "null" | "Null" | "NULL" => return ScalarType::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => return ScalarType::Bool,
        ".nan" | ".NaN" | ".NAN" => return ScalarType::Number,
        _ => {}
    }
    let unsigned = value.strip_prefix(['+', '-']).unwrap_or(value);
    let special = matches!(unsigned, ".inf" | ".Inf" | ".INF");
    let radix = unsigned
        .strip_prefix("0x")
        .is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()) && !hex.is_empty())
        || unsigned
            .strip_prefix("0o")
            .is_some_and(|oct| oct.bytes().all(|b| (b'0'..=b'7').contains(&b)) && !oct.is_empty());
    let decimal = unsigned.bytes().any(|b| b.is_ascii_digit())
        && unsigned.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'))
        && value.parse::<f64>().is_ok();
    if special || radix || decimal { ScalarType::Number } else { ScalarType::String }
}

/// Reads `text`, which starts at byte `base` of its file.
#[must_use]
pub fn read(text: &str, base: usize) -> Tree {
    let mut tree = match parse(text, base) {
        Ok(tree) if recover::is_glued(text, &tree) => recover::by_entry(text, base, None),
        Ok(mut tree) => {
            recover::locate(text, base, &mut tree.problems);
            tree
        }
        Err(problem) => recover::by_entry(text, base, Some(problem)),
    };
    find_duplicates(tree.root.as_ref(), &mut tree.problems, range(base, base + text.len()));
    tree.problems.sort_by_key(|problem| (problem.range.start(), problem.range.end()));
    tree
}

/// Parses one text from start to end.
///
/// # Errors
/// Returns the first syntax error. Unknown aliases are no such error: they become problems of the tree.
fn parse(text: &str, base: usize) -> Result<Tree, Problem> {
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut parser: Parser<'_, StrInput<'_>> = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder { text, base, ..Builder::default() };
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => builder.event(&event, span)?,
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(0).min(text.len());
                return Err(builder.syntax(at, at, error.info()));
            }
        }
    }
    Ok(Tree { root: builder.root, problems: builder.problems })
}

/// Builds a tree from events, without recursion.
#[derive(Default)]
struct Builder<'a> {
    text: &'a str,
    base: usize,
    root: Option<Node>,
    stack: Vec<Open>,
    anchors: Vec<(usize, NodeKind)>,
    problems: Vec<Problem>,
    nodes: usize,
    documents: usize,
}

/// A collection whose end has not come yet.
struct Open {
    start: usize,
    flow: bool,
    anchor: usize,
    children: Children,
}

enum Children {
    Items(Vec<Node>),
    Entries { entries: Vec<Entry>, key: Option<Node> },
}

impl Builder<'_> {
    fn event(&mut self, event: &Event<'_>, span: Span) -> Result<(), Problem> {
        let (start, end) = self.bytes(span);
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(self.syntax(
                        start,
                        end,
                        "a second document starts here; expected one".to_owned(),
                    ));
                }
            }
            Event::Scalar(value, style, anchor, tag) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted => Style::SingleQuoted,
                    ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                };
                // The parser reports an absent value as `~` without a place of its own.
                let absent = start == end && style == Style::Plain;
                let value = if absent { "" } else { value.as_ref() };
                let kind = NodeKind::Scalar { value: Arc::from(value), style };
                self.anchor(*anchor, &kind);
                let at = start;
                let (start, end) = self.trim(start, end, absent);
                if (*anchor > 0 || tag.is_some())
                    && let Some(from) = self.text_like_property(at, style == Style::Plain && !absent)
                {
                    let mark = &self.text[from..=from];
                    let message = format!("text that starts with `{mark}` needs quotes");
                    let problem = self.syntax(from, end.max(from + 1), message);
                    self.problems.push(problem);
                    let range = range(self.base + from, self.base + end.max(from + 1));
                    return self.node(Node { range, kind: NodeKind::Invalid });
                }
                self.node(Node { range: range(self.base + start, self.base + end), kind })?;
            }
            Event::Alias(id) => {
                let kind = self.anchors.iter().rev().find(|(anchor, _)| anchor == id);
                let kind = kind.map_or(NodeKind::Alias, |(_, kind)| kind.clone());
                self.node(Node { range: range(self.base + start, self.base + end), kind })?;
            }
            Event::UnresolvedAlias(_) => {
                let message = "text that starts with `*` needs quotes".to_owned();
                let problem = self.syntax(start, end, message);
                self.problems.push(problem);
                self.node(Node {
                    range: range(self.base + start, self.base + end),
                    kind: NodeKind::Invalid,
                })?;
            }
            Event::SequenceStart(style, anchor, _) => {
                self.open(start, *style, *anchor, Children::Items(Vec::new()));
            }
            Event::MappingStart(style, anchor, _) => {
                self.open(start, *style, *anchor, Children::Entries { entries: Vec::new(), key: None });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.stack.pop() else { return Ok(()) };
                let node = self.close(open, end);
                self.node(node)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn bytes(&self, span: Span) -> (usize, usize) {
        let bytes = span.byte_range().unwrap_or(0..0);
        let end = bytes.end.min(self.text.len());
        (bytes.start.min(end), end)
    }

    /// Cuts blanks and line ends behind a scalar; an absent value stands right behind its `:` or `-`.
    fn trim(&self, start: usize, end: usize, absent: bool) -> (usize, usize) {
        if absent {
            let before = self.text[..start].trim_ascii_end();
            return (before.len(), before.len());
        }
        // A non-breaking space belongs to the value.
        (start, start + self.text[start..end].trim_ascii_end().len())
    }

    /// Returns where the tag (`!tag`) or anchor (`&name`) in front of the scalar at `start` begins, if it is text that
    /// somebody forgot to quote: `!src/**`, `&src/**`, `!important use it`. `words` says that a plain scalar follows.
    fn text_like_property(&self, start: usize, words: bool) -> Option<usize> {
        let blanks = [' ', '\t', '\n', '\r'];
        let before = self.text[..start].trim_end_matches(blanks);
        let from = before.rfind(blanks).map_or(0, |at| at + 1);
        let token = before[from..].trim_start_matches(['[', '{', ',']);
        let from = before.len() - token.len();
        let named = !token.starts_with("!!") && !token.starts_with("!<");
        let tag = token.starts_with('!') && named;
        if !tag && !token.starts_with('&') {
            return None;
        }
        (token.contains(['*', '?', '/', '[', '{']) || (tag && words)).then_some(from)
    }

    fn anchor(&mut self, anchor: usize, kind: &NodeKind) {
        if anchor > 0 {
            self.anchors.push((anchor, kind.clone()));
        }
    }

    fn open(&mut self, start: usize, style: StructureStyle, anchor: usize, children: Children) {
        self.stack.push(Open { start, flow: style == StructureStyle::Flow, anchor, children });
    }

    fn close(&mut self, open: Open, end: usize) -> Node {
        self.anchor(open.anchor, &NodeKind::Alias);
        let (kind, first, last) = match open.children {
            Children::Items(items) => {
                let last = items.last().map(|item| item.range.end());
                let dash = items.first().filter(|_| !open.flow);
                let dash = dash.and_then(|item| self.dash(open.start, usize::from(item.range.start())));
                (NodeKind::Sequence { items, flow: open.flow }, dash, last)
            }
            Children::Entries { entries, .. } => {
                let first = entries.first().map(|entry| entry.key.range.start());
                let last = entries.last().map(|entry| entry.value.range.end().max(entry.key.range.end()));
                (NodeKind::Mapping { entries, flow: open.flow }, first, last)
            }
        };
        // A block collection ends with its last child; the parser reports the start of the next token.
        let start = first.map_or(self.base + open.start, |at| usize::from(at).min(self.base + open.start));
        let end = if open.flow { self.base + end } else { last.map_or(start, usize::from) };
        Node { range: range(start, end.max(start)), kind }
    }

    /// Returns the place of the first dash of a block list, in bytes of the file: the parser reports a list without
    /// indentation behind it. `start` counts from the start of the text, `item` is the first item.
    fn dash(&self, start: usize, item: usize) -> Option<TextSize> {
        let first = start.min(item - self.base);
        if start < item - self.base && self.text[start..].starts_with('-') {
            return None;
        }
        let before = self.text[..first].trim_ascii_end();
        let dash = before.len().checked_sub(1).filter(|_| before.ends_with('-'))?;
        Some(offset(self.base + dash))
    }

    fn node(&mut self, node: Node) -> Result<(), Problem> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let at = usize::from(node.range.start()) - self.base;
            return Err(self.syntax(at, at, format!("more than {MAX_NODES} values; expected far fewer")));
        }
        match self.stack.last_mut().map(|open| &mut open.children) {
            None => self.root = Some(node),
            Some(Children::Items(items)) => items.push(node),
            Some(Children::Entries { entries, key }) => match key.take() {
                None => *key = Some(node),
                Some(key) => entries.push(Entry { key, value: node }),
            },
        }
        Ok(())
    }

    fn syntax(&self, start: usize, end: usize, message: String) -> Problem {
        Problem {
            kind: ProblemKind::Syntax,
            range: self.visible(start, end),
            message,
            entry: range(self.base, self.base + self.text.len()),
        }
    }

    /// Widens an empty range to the rest of its line, so that there is something to underline. An error at the
    /// end of a line, or of the text, is shown on the last character before it.
    fn visible(&self, start: usize, end: usize) -> TextRange {
        if start < end {
            return range(self.base + start, self.base + end);
        }
        let line_end = self.text[start..].find(['\n', '\r']).map_or(self.text.len(), |i| start + i);
        let rest = self.text[start..line_end].trim_end();
        if !rest.is_empty() {
            return range(self.base + start, self.base + start + rest.len());
        }
        let before = self.text[..start].trim_end();
        let last = before.char_indices().next_back().map_or(0, |(at, _)| at);
        range(self.base + last, self.base + before.len())
    }
}

/// Reports keys that stand twice in one mapping.
fn find_duplicates(root: Option<&Node>, problems: &mut Vec<Problem>, whole: TextRange) {
    let mut todo: Vec<&Node> = root.into_iter().collect();
    while let Some(node) = todo.pop() {
        todo.extend(node.items().unwrap_or_default());
        let mut seen = rustc_hash::FxHashMap::default();
        for entry in node.entries().unwrap_or_default() {
            todo.push(&entry.value);
            let Some(key) = entry.key.as_str() else { continue };
            if let Some(first) = seen.get(key) {
                problems.push(Problem {
                    kind: ProblemKind::DuplicateKey { first: *first },
                    range: entry.key.range,
                    message: format!(
                        "the key `{key}` stands here for the second time; only one of the two counts"
                    ),
                    entry: whole,
                });
            } else {
                seen.insert(key, entry.key.range);
            }
        }
    }
}

#[cfg(test)]
mod tests;
