//! The words that begin a TODO, and where they count.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use regex::Regex;
use ropey::Rope;

use super::Todo;
use super::absent::{self, Absent};
use super::comment::Group;
use super::reference;
use crate::text::{Source, range};

/// How much of a file is looked at to tell that it is no text, in bytes; as git does.
const BINARY_BYTES: usize = 8 * 1024;

/// Largest compiled pattern, in bytes: what a hostile configuration may cost.
const PATTERN_LIMIT: usize = 256 * 1024;

/// How far before a word a backtick is looked for, in bytes; a minified line may hold many words.
const MAX_CODE_BYTES: usize = 256;

/// Characters after which, and before which, a word is quoted: talked about, not meant.
const QUOTES: [char; 3] = ['"', '\'', '`'];

/// Looks for the words of one configuration.
#[derive(Debug)]
pub struct Scanner {
    /// `None` where no word is configured.
    words: Option<AhoCorasick>,
    /// The length of the longest word.
    longest: usize,
    patterns: Vec<Regex>,
}

/// A word in a text: its first byte, and the one after its last.
pub(super) type Hit = (usize, usize);

/// Whether a file that starts with `bytes` is no text: it has a NUL in its first 8 KiB.
#[must_use]
pub fn is_binary(bytes: &[u8]) -> bool {
    memchr::memchr(0, &bytes[..bytes.len().min(BINARY_BYTES)]).is_some()
}

/// Reads the pattern of a key, such as `[A-Z]+-\d+`.
///
/// # Errors
/// Returns what is wrong with it.
pub(crate) fn pattern(text: &str) -> Result<Regex, String> {
    let regex = regex::RegexBuilder::new(text).size_limit(PATTERN_LIMIT).build().map_err(|error| {
        if matches!(error, regex::Error::CompiledTooBig(_)) {
            return "it is too large".to_owned();
        }
        let text = error.to_string();
        text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
    })?;
    if regex.is_match("") {
        return Err("it matches text of no length".to_owned());
    }
    Ok(regex)
}

/// Whether `word` can be configured: it has no blanks, and begins and ends with a letter or digit.
pub(crate) fn is_word(word: &str) -> bool {
    let end = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    end(word.chars().next()) && end(word.chars().next_back()) && !word.contains(char::is_whitespace)
}

impl Scanner {
    /// Returns a scanner for `words`, and for keys of other trackers by `patterns`; what is not valid of either is
    /// left out.
    #[must_use]
    pub fn new(words: &[Box<str>], patterns: &[Box<str>]) -> Scanner {
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).filter(|word| is_word(word)).collect();
        let build = || AhoCorasickBuilder::new().match_kind(MatchKind::LeftmostLongest).build(&words);
        Scanner {
            words: if words.is_empty() { None } else { build().ok() },
            longest: words.iter().map(|word| word.len()).max().unwrap_or_default(),
            patterns: patterns.iter().filter_map(|text| pattern(text).ok()).collect(),
        }
    }

    /// Whether a word stands anywhere in `bytes`, in a comment or not.
    #[must_use]
    pub fn has_word(&self, bytes: &[u8]) -> bool {
        self.words.as_ref().is_some_and(|words| words.is_match(bytes))
    }

    /// Like [`Scanner::has_word`]; a rope is not flattened.
    pub(super) fn is_in(&self, source: Source<'_>) -> bool {
        match source {
            Source::Str(text) => self.has_word(text.as_bytes()),
            Source::Rope(rope) => {
                absent::is_within(rope, 0, rope.len_bytes(), self.longest, |bytes| self.has_word(bytes))
            }
        }
    }

    /// Like [`Scanner::is_in`], of a text whose earlier versions were asked for with the same `words`.
    pub(super) fn is_in_again(&self, rope: &Rope, words: &mut Absent) -> bool {
        words.holds(rope, self.longest, |bytes| self.has_word(bytes))
    }

    /// Returns every word of `bytes` that is not part of a longer one.
    pub(super) fn hits(&self, bytes: &[u8]) -> Vec<Hit> {
        let Some(words) = &self.words else { return Vec::new() };
        let inner = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        let whole = |(start, end): &Hit| {
            !inner(start.checked_sub(1).and_then(|before| bytes.get(before))) && !inner(bytes.get(*end))
        };
        words.find_iter(bytes).map(|found| (found.start(), found.end())).filter(whole).collect()
    }

    /// The patterns of keys.
    pub(super) fn patterns(&self) -> &[Regex] {
        &self.patterns
    }

    /// Returns the TODOs in `group`; their lines are not counted yet.
    pub(super) fn in_group(&self, text: &str, group: &Group, hits: &[Hit]) -> Vec<Todo> {
        let mut found: Vec<(usize, Hit)> = Vec::new();
        let mut fenced = false;
        for (at, line) in group.lines.iter().enumerate() {
            // A documentation comment is Markdown: what stands in a fence is an example.
            if is_fence(&text[line.start..line.end]) {
                fenced = !fenced;
            }
            if fenced {
                continue;
            }
            let from = hits.partition_point(|hit| hit.0 < line.start);
            let here = hits[from..].iter().take_while(|hit| hit.1 <= line.end);
            found.extend(here.filter(|hit| begins(text, line.start, line.end, **hit)).map(|hit| (at, *hit)));
        }
        let ends = found.iter().skip(1).copied().map(Some).chain([None]);
        let todos = found.iter().zip(ends).map(|(&(at, hit), next)| {
            let parts = group.parts(text, at, hit.1, next.map(|(line, hit)| (line, hit.0)));
            let read = reference::read(self, text, hit, &parts);
            Todo {
                word: text[hit.0..hit.1].into(),
                word_range: range(hit.0, hit.1),
                text: read.text.into(),
                references: read.references,
                malformed: read.malformed,
                range: range(hit.0, read.end),
                line: 0,
            }
        });
        todos.collect()
    }
}

/// Whether a line of a comment opens or closes a fence.
pub(super) fn is_fence(line: &str) -> bool {
    line.starts_with("```") || line.starts_with("~~~")
}

/// Whether the word at `hit` begins a promise: it stands first in its line, or a colon, parenthesis or issue follows. In
/// running text (`see the TODO below`), in quotes, and as part of a name (`TODO.md`, `TODO-list`), it does not.
fn begins(text: &str, start: usize, end: usize, (from, to): Hit) -> bool {
    let (before, after) = (&text[start..from], &text[to..end]);
    if let Some(c) = before.chars().next_back()
        && (c.is_alphanumeric()
            || QUOTES.contains(&c)
            || matches!(c, '_' | '-' | '.' | '/' | '\\' | '$' | '<'))
    {
        return false;
    }
    let mut rest = after.chars();
    match (rest.next(), rest.next()) {
        (Some(c), _) if c.is_alphanumeric() || c == '_' || QUOTES.contains(&c) => return false,
        (Some('-' | '.' | '/' | '\\'), Some(c)) if c.is_alphanumeric() => return false,
        _ => {}
    }
    let near =
        &before[Source::Str(before).floor_char_boundary(before.len().saturating_sub(MAX_CODE_BYTES))..];
    if memchr::memchr_iter(b'`', near.as_bytes()).count() % 2 == 1 {
        return false; // In code.
    }
    if !before.contains(char::is_alphabetic) {
        return true;
    }
    after.starts_with(['(', ':']) || reference::is_near(after)
}
