//! One piece of a Markdown body and what stands in it, in order.
//!
//! `pulldown-cmark` says what is a heading, a list item, code or a link; lines outside of code are then searched for
//! what no Markdown parser knows: `**Key:** value` and `≥ 70 %`. Ranges count from the start of the piece, so that a
//! piece that an edit only moved stays as it is.

use std::sync::Arc;

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};

use super::coverage::is_test_coverage;
use crate::stage;
use crate::text::{TextRange, range};

/// Something that a reader of specs looks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// Where it stands, from the start of its piece.
    pub range: TextRange,
    /// What it is.
    pub kind: ElementKind,
}

/// What an [`Element`] is.
#[derive(Clone, Debug, PartialEq)]
pub enum ElementKind {
    /// A heading. The range is its text without the marks.
    Heading {
        /// 1 to 6.
        level: u8,
        /// The text, without Markdown marks.
        text: Arc<str>,
    },
    /// A list item. The range is its first line without marker and box.
    Item {
        /// 0 for an item of a list that is in no other list.
        depth: u8,
        /// Where the `x` or blank of its box stands, and whether it is ticked.
        check: Option<(TextRange, bool)>,
        /// The first line as written, without marker and box.
        text: Box<str>,
    },
    /// `**Key:** value`, `**Key**: value`, `**Label**` alone on its line, or a plain `Test Coverage: 85%`. The range is
    /// the line from the key on.
    Field {
        /// The key, without marks and colon.
        key: Arc<str>,
        /// Where it stands.
        key_range: TextRange,
        /// The value as written, without the blanks around it.
        value: Box<str>,
        /// Where it stands; empty where there is none.
        value_range: TextRange,
    },
    /// `≥ 70 %` or `>= 70%`. The range is from the sign to the `%`.
    AtLeast {
        /// The number, in percent.
        percent: f64,
        /// Where the number stands.
        number: TextRange,
        /// Whether it asks for test coverage; of several numbers on a line the first that does.
        coverage: bool,
    },
    /// A link or image. The range is that of the destination where it stands in the text, else of the whole.
    Link {
        /// Where it leads, as written.
        destination: Box<str>,
        /// Whether it is a `[[wikilink]]`.
        wiki: bool,
    },
    /// A code span. The range is its content.
    Code {
        /// The content.
        text: Box<str>,
    },
}

/// One piece of a body.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Piece {
    /// What stands in it, in order of place.
    pub elements: Vec<Element>,
}

/// Longest code span that is kept: longer ones name nothing.
const MAX_CODE: usize = 120;

/// Deepest list that is told apart.
const MAX_DEPTH: usize = 200;

impl Piece {
    /// Reads `text`.
    pub(super) fn read(text: &str) -> Piece {
        let mut reader = Reader { text, elements: Vec::new(), hidden: Vec::new() };
        reader.blocks();
        reader.lines();
        let mut elements = reader.elements;
        elements.sort_by_key(|element| element.range.start());
        Piece { elements }
    }
}

struct Reader<'a> {
    text: &'a str,
    elements: Vec<Element>,
    /// Code blocks and raw HTML, in order.
    hidden: Vec<std::ops::Range<usize>>,
}

impl Reader<'_> {
    fn push(&mut self, start: usize, end: usize, kind: ElementKind) {
        self.elements.push(Element { range: range(start, end), kind });
    }

    fn blocks(&mut self) {
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_WIKILINKS;
        let mut lists = 0usize;
        let mut heading: Option<(u8, usize, usize, String)> = None;
        for (event, at) in Parser::new_ext(self.text, options).into_offset_iter() {
            match event {
                Event::Start(Tag::Heading { level, .. }) => {
                    heading = Some((level as u8, usize::MAX, 0, String::new()));
                }
                Event::End(TagEnd::Heading(_)) => {
                    if let Some((level, start, end, text)) = heading.take() {
                        let (start, end) =
                            if start == usize::MAX { (at.start, at.start) } else { (start, end) };
                        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                        self.push(start, end, ElementKind::Heading { level, text: text.into() });
                    }
                }
                Event::Start(Tag::List(_)) => lists += 1,
                Event::End(TagEnd::List(_)) => lists = lists.saturating_sub(1),
                Event::Start(Tag::Item) => self.item(at.start, lists.saturating_sub(1).min(MAX_DEPTH)),
                Event::TaskListMarker(checked) => self.check(&at, checked),
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented)) => {
                    self.hidden.push(at);
                }
                Event::Html(_) => self.hide(at),
                // `**Owner:** <b>x</b>` has a value; a comment behind it is none of it.
                Event::InlineHtml(html) if html.starts_with("<!--") || html.contains('\n') => self.hide(at),
                Event::Start(
                    Tag::Link { link_type, dest_url, .. } | Tag::Image { link_type, dest_url, .. },
                ) => {
                    self.link(&at, link_type, &dest_url);
                    if let Some((_, start, end, _)) = &mut heading {
                        (*start, *end) = ((*start).min(at.start), (*end).max(at.end));
                    }
                }
                Event::Text(text) | Event::Code(text) if heading.is_some() => {
                    if let Some((_, start, end, title)) = &mut heading {
                        (*start, *end) = ((*start).min(at.start), (*end).max(at.end));
                        title.push_str(&text);
                    }
                }
                Event::Code(code) if code.len() <= MAX_CODE => {
                    // Where the content is not written as it is read (blanks, line ends), the whole span stands.
                    let inner = self.text[at.clone()].find(&*code).map_or(at.start, |i| at.start + i);
                    self.push(
                        inner,
                        (inner + code.len()).min(at.end),
                        ElementKind::Code { text: (&*code).into() },
                    );
                }
                _ => {}
            }
        }
    }

    fn hide(&mut self, at: std::ops::Range<usize>) {
        match self.hidden.last_mut() {
            Some(last) if last.end >= at.start => last.end = last.end.max(at.end),
            _ => self.hidden.push(at),
        }
    }

    /// Takes the item that starts at `start`, without its box, which comes as an event of its own.
    fn item(&mut self, start: usize, depth: usize) {
        let line = line(self.text, start);
        let lead = line.len() - line.trim_start_matches([' ', '\t']).len();
        let digits = line[lead..].bytes().take_while(u8::is_ascii_digit).count();
        let marker = lead + digits + 1;
        let rest = line.get(marker..).unwrap_or_default();
        let blanks = rest.len() - rest.trim_start().len();
        let text = rest.trim();
        let at = start + marker + blanks;
        let depth = u8::try_from(depth).unwrap_or(u8::MAX);
        self.push(at, at + text.len(), ElementKind::Item { depth, check: None, text: text.into() });
    }

    fn check(&mut self, at: &std::ops::Range<usize>, checked: bool) {
        let items = self.elements.iter_mut().rev();
        let mut items = items.filter(|element| matches!(element.kind, ElementKind::Item { .. }));
        let Some(Element { range: place, kind: ElementKind::Item { check, text, .. } }) = items.next() else {
            return;
        };
        // Between the brackets.
        *check = Some((range(at.start + 1, at.end.saturating_sub(1)), checked));
        let rest = &self.text[at.end..usize::from(place.end()).max(at.end)];
        let blanks = rest.len() - rest.trim_start().len();
        *place = range(at.end + blanks, at.end + rest.len());
        *text = rest.trim().into();
    }

    fn link(&mut self, at: &std::ops::Range<usize>, link_type: LinkType, destination: &str) {
        let whole = &self.text[at.clone()];
        let wiki = matches!(link_type, LinkType::WikiLink { .. });
        // The destination comes last, so the last occurrence is its place; the first in a wikilink.
        let inner = if wiki { whole.find(destination) } else { whole.rfind(destination) };
        let (start, end) = match inner {
            Some(i) if !destination.is_empty() => (at.start + i, at.start + i + destination.len()),
            _ => (at.start, at.end),
        };
        self.push(start, end, ElementKind::Link { destination: destination.into(), wiki });
    }

    fn lines(&mut self) {
        let mut hidden = std::mem::take(&mut self.hidden).into_iter().peekable();
        let mut start = 0;
        while start < self.text.len() {
            let line = line(self.text, start);
            let end = start + line.len();
            while hidden.peek().is_some_and(|code| code.end <= start) {
                hidden.next();
            }
            if hidden.peek().is_none_or(|code| code.start > start) {
                // What follows hidden text on a line is not worth the trouble.
                let visible = hidden.peek().map_or(end, |code| code.start.min(end));
                let line = &self.text[start..visible];
                if let Some(field) = field(line, start) {
                    self.elements.push(field);
                }
                self.at_least(line, start);
            }
            start = end + line_end(self.text, end);
        }
    }

    /// Finds every `≥ N %` of a line.
    fn at_least(&mut self, line: &str, start: usize) {
        if !line.contains('%') {
            return;
        }
        let mut coverage_left = line.to_lowercase().contains("coverage");
        let mut from = 0;
        while let Some((sign, len)) = next_sign(line, from) {
            let rest = &line[sign + len..];
            from = sign + len;
            let number_at = rest.len() - rest.trim_start_matches([' ', '=', '*']).len();
            let digits = rest[number_at..].bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
            let number = &rest[number_at..number_at + digits];
            let behind = &rest[number_at + digits..];
            let blanks = behind.len() - behind.trim_start_matches([' ', '*']).len();
            let Ok(percent) = number.trim_end_matches('.').parse::<f64>() else { continue };
            if !behind[blanks..].starts_with('%') {
                continue;
            }
            let behind_percent = line.len() - behind.len() + blanks + 1;
            let coverage = coverage_left && is_test_coverage(line, sign, behind_percent);
            coverage_left &= !coverage;
            let at = start + sign + len + number_at;
            self.elements.push(Element {
                range: range(start + sign, at + digits + blanks + 1),
                kind: ElementKind::AtLeast { percent, number: range(at, at + digits), coverage },
            });
        }
    }
}

/// Returns the next `≥` or `>=` of `line`, and its length. A line may hold very many of one of them.
fn next_sign(line: &str, from: usize) -> Option<(usize, usize)> {
    // One search for both, so that a long line of one kind is not searched for the other again and again.
    let starts = memchr::memchr2_iter("≥".as_bytes()[0], b'>', &line.as_bytes()[from..]);
    starts.map(|i| from + i).find_map(|at| {
        let sign = ["≥", ">="].into_iter().find(|sign| line.as_bytes()[at..].starts_with(sign.as_bytes()))?;
        Some((at, sign.len()))
    })
}

/// Reads a line as `**Key:** value`, bulleted or not.
fn field(line: &str, start: usize) -> Option<Element> {
    let mut at = line.len() - line.trim_start().len();
    let marker = line[at..].strip_prefix(['-', '*', '+']).filter(|rest| rest.starts_with([' ', '\t']));
    if let Some(rest) = marker {
        at = line.len() - rest.trim_start().len();
    }
    let content = &line[at..];
    let (key_at, key_len, value_at) = match content.strip_prefix("**").or_else(|| content.strip_prefix("__"))
    {
        Some(inner) => {
            let mark = &content[..2];
            let close = inner.find(mark)?;
            let key = &inner[..close];
            let after = 2 + close + 2;
            match key.strip_suffix(':') {
                Some(key) => (2, key.len(), after),
                None if content[after..].trim().is_empty() => (2, key.len(), content.len()),
                None => {
                    let blanks = content[after..].len() - content[after..].trim_start_matches(' ').len();
                    content[after + blanks..].strip_prefix(':')?;
                    (2, key.len(), after + blanks + 1)
                }
            }
        }
        None => {
            // Without marks only what is certain: a measured coverage.
            let colon = content.find(':').filter(|colon| *colon <= 24)?;
            let key = content[..colon].trim_end();
            let known =
                ["test coverage", "current coverage", "current stage"].contains(&&*key.to_lowercase());
            known.then_some((0, key.len(), colon + 1))?
        }
    };
    let key = content[key_at..key_at + key_len].trim();
    if key.is_empty() || key.len() > 80 {
        return None;
    }
    let key_start = start + at + key_at + (content[key_at..].len() - content[key_at..].trim_start().len());
    let rest = &content[value_at..];
    let value = rest.trim();
    let value_start =
        start + at + value_at + if value.is_empty() { 0 } else { rest.len() - rest.trim_start().len() };
    Some(Element {
        range: range(key_start, value_start + value.len()),
        kind: ElementKind::Field {
            key: stage::plain(key).into(),
            key_range: range(key_start, key_start + key.len()),
            value: value.into(),
            value_range: range(value_start, value_start + value.len()),
        },
    })
}

/// Returns the rest of the line from byte `start` on, without its line end.
fn line(text: &str, start: usize) -> &str {
    let rest = &text[start..];
    let end = memchr::memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len());
    &rest[..end]
}

/// Returns how long the line end at byte `at` is.
fn line_end(text: &str, at: usize) -> usize {
    match text.as_bytes().get(at..) {
        Some([b'\r', b'\n', ..]) => 2,
        Some([]) | None => 0,
        Some(_) => 1,
    }
}
