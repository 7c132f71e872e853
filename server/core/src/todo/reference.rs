//! The issues that a TODO names, and what looks like one and is none.

use super::comment::Line;
use super::scanner::{Hit, Scanner};
use crate::text::{TextRange, range};

/// Longest text in parentheses that is read, in bytes.
const MAX_PARENTHESES: usize = 400;

/// Most references of one TODO.
const MAX_REFERENCES: usize = 50;

/// Longest `owner/repo`, in bytes.
const MAX_REPO: usize = 200;

/// An issue, by its number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssueId {
    /// `owner/repo`; the repository of the workspace where `None`.
    pub repo: Option<Box<str>>,
    /// From 1 on.
    pub number: u64,
}

/// What a TODO names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What it is.
    pub kind: ReferenceKind,
    /// Where it stands: `#123`, `owner/repo#123`, without parentheses.
    pub range: TextRange,
}

/// What kind of reference there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferenceKind {
    /// `#123`, `GH-123`, `owner/repo#123`.
    Issue(IssueId),
    /// The key of another tracker, by a configured pattern: `PROJ-123`.
    Key(Box<str>),
    /// An address.
    Url {
        /// As written.
        url: Box<str>,
        /// The issue that it leads to, where its path says so: `/owner/repo/issues/123`.
        issue: Option<IssueId>,
    },
}

impl ReferenceKind {
    /// Returns the issue that it names by number.
    #[must_use]
    pub fn issue(&self) -> Option<&IssueId> {
        match self {
            ReferenceKind::Issue(issue) => Some(issue),
            ReferenceKind::Url { issue, .. } => issue.as_ref(),
            ReferenceKind::Key(_) => None,
        }
    }
}

/// Something that was meant for a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// What is wrong with it.
    pub kind: MalformedKind,
    /// The text that is wrong.
    pub range: TextRange,
    /// What is to replace which text, and whether that is certainly meant.
    pub fix: Option<(TextRange, String, bool)>,
}

/// What is wrong with a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MalformedKind {
    /// `TODO()`.
    Empty,
    /// `TODO(#)`.
    NoNumber,
    /// `TODO(#12a)`.
    NotANumber,
    /// `TODO(#0)`.
    Zero,
    /// Beyond 64 bits.
    TooLarge,
    /// `TODO(12)`.
    NoHash,
    /// `TODO(repo#12)`.
    NoOwner,
    /// `TODO(#12`.
    Unclosed,
    /// `TODO #12`, `TODO[#12]`, `TODO (#12)`.
    NoParentheses,
}

/// What was read of one TODO.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) references: Vec<Reference>,
    pub(super) malformed: Vec<Malformed>,
    pub(super) text: String,
    /// Where the text ends.
    pub(super) end: usize,
}

/// One word between the parentheses.
enum Item {
    Reference(ReferenceKind),
    Malformed(MalformedKind, Option<String>),
    /// A name, or text.
    Other,
}

/// Whether a reference without parentheses follows a word: `TODO #12`, `TODO[#12]`.
pub(super) fn is_near(after: &str) -> bool {
    near(after, 0).is_some()
}

/// Reads the TODO whose word stands at `hit`; `parts` are its lines, the first from the end of the word.
pub(super) fn read(scanner: &Scanner, text: &str, hit: Hit, parts: &[Line]) -> Read {
    let mut read = Read { end: hit.1, ..Read::default() };
    let Some((first, others)) = parts.split_first() else { return read };
    let head = &text[first.start..first.end];
    let mut from = first.start;
    if head.starts_with('(') {
        from = parentheses(scanner, text, first, &mut read);
    } else if let Some((length, reference)) = near(head, first.start) {
        from = first.start + length;
        read.malformed.push(Malformed {
            kind: MalformedKind::NoParentheses,
            range: range(first.start + leading_blanks(head), from),
            fix: Some((range(first.start, from), format!("({})", &text[reference.range]), true)),
        });
        read.references.push(reference);
    }
    let rest = text[from..first.end].trim_start_matches(|c: char| {
        c.is_whitespace() || matches!(c, ':' | '-' | '\u{2013}' | '\u{2014}' | ']' | '.' | ',' | '!')
    });
    let start = first.end - rest.len();
    for line in [Line { start, end: first.end }].iter().chain(others) {
        let piece = &text[line.start..line.end];
        in_text(scanner, piece, line.start, &mut read.references);
        if !piece.is_empty() {
            if !read.text.is_empty() {
                read.text.push(' ');
            }
            read.text.push_str(piece);
            read.end = read.end.max(line.start + piece.trim_end().len());
        }
    }
    read.end = read.end.max(from);
    read.references.truncate(MAX_REFERENCES);
    read
}

fn leading_blanks(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// Reads what stands in parentheses at the start of `line`; returns where the rest begins.
fn parentheses(scanner: &Scanner, text: &str, line: &Line, read: &mut Read) -> usize {
    let open = line.start;
    let mut limit = line.end.min(open + MAX_PARENTHESES);
    while !text.is_char_boundary(limit) {
        limit -= 1;
    }
    let inner = open + 1;
    let Some(length) = text[inner..limit].find(')') else {
        return unclosed(scanner, text, inner, limit, read);
    };
    let close = inner + length;
    let content = &text[inner..close];
    if content.trim().is_empty() {
        let range = range(open, close + 1);
        read.malformed.push(Malformed { kind: MalformedKind::Empty, range, fix: None });
    }
    let mut at = inner;
    for word in content.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '&')) {
        item(scanner, word, at, read);
        at += word.len() + content[at - inner + word.len()..].chars().next().map_or(0, char::len_utf8);
    }
    close + 1
}

/// Reads `TODO(#12 text` whose parenthesis is never closed; returns where the rest begins.
fn unclosed(scanner: &Scanner, text: &str, inner: usize, limit: usize, read: &mut Read) -> usize {
    let length = text[inner..limit].find(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | ';'));
    let end = length.map_or(limit, |length| inner + length);
    let word = &text[inner..end];
    let Item::Reference(kind) = classify(scanner, word) else { return inner - 1 };
    let place = range(inner, end);
    read.references.push(Reference { kind, range: place });
    let fix = Some((range(end, end), ")".to_owned(), true));
    read.malformed.push(Malformed { kind: MalformedKind::Unclosed, range: range(inner - 1, end), fix });
    end
}

/// Adds one word of the parentheses, which starts at byte `at`.
fn item(scanner: &Scanner, word: &str, at: usize, read: &mut Read) {
    let place = range(at, at + word.len());
    match classify(scanner, word) {
        Item::Reference(kind) => read.references.push(Reference { kind, range: place }),
        Item::Malformed(kind, new) => {
            let fix = new.map(|new| (place, new, false));
            read.malformed.push(Malformed { kind, range: place, fix });
        }
        Item::Other => {}
    }
}

/// Says what one word between parentheses is.
fn classify(scanner: &Scanner, word: &str) -> Item {
    if word.is_empty() {
        return Item::Other;
    }
    if let Some(kind) = url(word) {
        return Item::Reference(kind);
    }
    if let Some((repo, number)) = word.split_once('#') {
        // `GH#12` is another way to write `GH-12`.
        let repo = if repo.eq_ignore_ascii_case("gh") { "" } else { repo };
        return match (repo_of(repo), parse(number)) {
            (Ok(repo), Ok(number)) => Item::Reference(ReferenceKind::Issue(IssueId { repo, number })),
            (Ok(_), Err(kind)) => Item::Malformed(kind, None),
            (Err(()), _) if is_name(repo) => Item::Malformed(MalformedKind::NoOwner, None),
            (Err(()), _) => Item::Other,
        };
    }
    if let Some(number) = strip_gh(word) {
        return match parse(number) {
            Ok(number) => Item::Reference(ReferenceKind::Issue(IssueId { repo: None, number })),
            Err(kind) => Item::Malformed(kind, None),
        };
    }
    let whole = |found: regex::Match<'_>| found.start() == 0 && found.end() == word.len();
    if scanner.patterns().iter().any(|pattern| pattern.find(word).is_some_and(whole)) {
        return Item::Reference(ReferenceKind::Key(word.into()));
    }
    let digits = ["issue", "issues", "bug", "pr"].iter().find_map(|prefix| {
        let (start, rest) = word.split_at_checked(prefix.len())?;
        start.eq_ignore_ascii_case(prefix).then(|| rest.trim_start_matches(['-', '_', ':', '/']))
    });
    match parse(digits.unwrap_or(word)) {
        Ok(number) => Item::Malformed(MalformedKind::NoHash, Some(format!("#{number}"))),
        Err(MalformedKind::TooLarge) => Item::Malformed(MalformedKind::TooLarge, None),
        Err(_) => Item::Other,
    }
}

/// Reads the number of an issue.
fn parse(digits: &str) -> Result<u64, MalformedKind> {
    if digits.is_empty() {
        return Err(MalformedKind::NoNumber);
    }
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(MalformedKind::NotANumber);
    }
    match digits.parse() {
        Ok(0) => Err(MalformedKind::Zero),
        Ok(number) => Ok(number),
        Err(_) => Err(MalformedKind::TooLarge),
    }
}

/// Reads `owner/repo`, or a longer path of groups; nothing is the repository of the workspace.
fn repo_of(text: &str) -> Result<Option<Box<str>>, ()> {
    if text.is_empty() {
        return Ok(None);
    }
    let valid = text.len() <= MAX_REPO && text.contains('/') && text.split('/').all(is_name);
    if valid { Ok(Some(text.into())) } else { Err(()) }
}

fn is_name(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(is_name_byte)
}

fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')
}

/// Returns what follows `GH-`, in any case.
fn strip_gh(word: &str) -> Option<&str> {
    let (start, rest) = word.split_at_checked(3)?;
    start.eq_ignore_ascii_case("gh-").then_some(rest)
}

/// Reads an address, if `word` is one.
fn url(word: &str) -> Option<ReferenceKind> {
    let rest = word.strip_prefix("https://").or_else(|| word.strip_prefix("http://"))?;
    let (_host, path) = rest.split_once('/').filter(|(host, _)| !host.is_empty())?;
    Some(ReferenceKind::Url { url: word.into(), issue: issue_of_path(path) })
}

/// Reads `owner/repo/issues/123`, as GitHub and GitLab write it.
fn issue_of_path(path: &str) -> Option<IssueId> {
    let path = path.split(['?', '#']).next()?.trim_end_matches('/');
    let (path, number) = path.rsplit_once('/')?;
    let (repo, kind) = path.rsplit_once('/')?;
    let repo = repo.strip_suffix("/-").unwrap_or(repo);
    let is_issue = matches!(kind, "issues" | "pull" | "merge_requests" | "work_items");
    let repo = repo_of(repo).ok().flatten().filter(|_| is_issue)?;
    Some(IssueId { repo: Some(repo), number: parse(number).ok()? })
}

/// Reads a reference without parentheses, or with others, behind a word; `after` starts at byte `base`. Returns how
/// long it is, with the blanks before it.
fn near(after: &str, base: usize) -> Option<(usize, Reference)> {
    let blanks = leading_blanks(after);
    let rest = &after[blanks..];
    let bracket = ["()", "[]", "{}", "<>"].iter().find(|pair| rest.starts_with(&pair[..1]));
    let inner = rest.get(usize::from(bracket.is_some())..)?;
    if blanks == 0 && bracket == Some(&"()") {
        return None;
    }
    let number = inner.strip_prefix('#').or_else(|| strip_gh(inner))?;
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let length = inner.len() - number.len() + digits;
    let end = number[digits..].chars().next();
    let number = parse(&number[..digits]).ok()?;
    let kind = ReferenceKind::Issue(IssueId { repo: None, number });
    let start = blanks + usize::from(bracket.is_some());
    let reference = Reference { kind, range: range(base + start, base + start + length) };
    match bracket {
        Some(pair) => end.filter(|c| pair.ends_with(*c)).map(|_| (start + length + 1, reference)),
        None if end.is_some_and(|c| c.is_alphanumeric() || c == '_') => None,
        None => Some((start + length, reference)),
    }
}

/// Finds the references in running text, which starts at byte `base`.
pub(super) fn in_text(scanner: &Scanner, text: &str, base: usize, found: &mut Vec<Reference>) {
    let before = found.len();
    let mut add = |start: usize, end: usize, kind: ReferenceKind| {
        let place = range(base + start, base + end);
        if found.iter().all(|other: &Reference| other.range.intersect(place).is_none_or(TextRange::is_empty))
        {
            found.push(Reference { kind, range: place });
        }
        found.len() < MAX_REFERENCES
    };
    for (at, _) in text.match_indices("http") {
        let word = text[at..].split(|c: char| c.is_whitespace() || "()<>[]{}\"'`|".contains(c)).next();
        let word = word.unwrap_or_default().trim_end_matches(['.', ',', ';', ':', '!', '?', '*']);
        if let Some(kind @ ReferenceKind::Url { issue: Some(_), .. }) = url(word)
            && !add(at, at + word.len(), kind)
        {
            return;
        }
    }
    let bytes = text.as_bytes();
    for hash in memchr::memchr_iter(b'#', bytes) {
        let name = bytes[..hash].iter().rev().take(MAX_REPO).take_while(|b| is_name_byte(**b) || **b == b'/');
        let start = hash - name.count();
        let boundary = text[..start].chars().next_back();
        let digits = bytes[hash + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
        let end = hash + 1 + digits;
        let goes_on = text[end..].chars().next().is_some_and(|c| c.is_alphanumeric() || c == '_');
        if goes_on || boundary.is_some_and(|c| c.is_alphanumeric() || matches!(c, '&' | '#' | ':')) {
            continue;
        }
        let (Ok(repo), Ok(number)) = (repo_of(&text[start..hash]), parse(&text[hash + 1..end])) else {
            continue;
        };
        if !add(start, end, ReferenceKind::Issue(IssueId { repo, number })) {
            return;
        }
    }
    for (at, _) in text.match_indices("GH-") {
        let digits = bytes[at + 3..].iter().take_while(|b| b.is_ascii_digit()).count();
        let end = at + 3 + digits;
        let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
        if inside(text[..at].chars().next_back()) || inside(text[end..].chars().next()) {
            continue;
        }
        if let Ok(number) = parse(&text[at + 3..end])
            && !add(at, end, ReferenceKind::Issue(IssueId { repo: None, number }))
        {
            return;
        }
    }
    for pattern in scanner.patterns() {
        for key in pattern.find_iter(text) {
            let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
            if inside(text[..key.start()].chars().next_back()) || inside(text[key.end()..].chars().next()) {
                continue;
            }
            if !add(key.start(), key.end(), ReferenceKind::Key(key.as_str().into())) {
                return;
            }
        }
    }
    found[before..].sort_by_key(|reference| reference.range.start());
}
