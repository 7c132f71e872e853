//! Going on after a syntax error: each top-level entry is read on its own.
//!
//! YAML has no recovery of its own: one unquoted `*` makes the whole text unreadable. Front matter is nearly
//! always a block mapping, so its top-level keys are found by their lines, and only the broken ones are lost.

use text_size::TextRange;

use super::{Entry, MAX_NODES, Node, NodeKind, Problem, ProblemKind, Style, Tree, parse};
use crate::text::{Source, range};

/// Most entries that are read one by one. Past it the rest is left out, to bound the time.
const MAX_ENTRIES: usize = 500;

/// Reads what can be read of `text`, which as a whole failed with `first`, or reads as one string.
pub(super) fn by_entry(text: &str, base: usize, first: Option<Problem>) -> Tree {
    let mut entries = Vec::new();
    let mut problems = Vec::new();
    for chunk in chunks(text).into_iter().take(MAX_ENTRIES) {
        let chunk_text = &text[chunk];
        let chunk_base = base + usize::from(chunk.start());
        let entry = range(chunk_base, chunk_base + chunk_text.trim_end().len());
        if let Some(colon) = glued_colon(chunk_text) {
            let line = chunk_text.split(['\n', '\r']).next().unwrap_or_default().trim_end();
            problems.push(Problem {
                kind: ProblemKind::Syntax,
                range: range(chunk_base + colon, chunk_base + line.len()),
                message: "a blank is missing after `:`".to_owned(),
                entry,
            });
            entries.extend(entry_at(chunk_text, chunk_base, colon));
            continue;
        }
        let (tree, error) = match parse(chunk_text, chunk_base) {
            Ok(tree) => (Some(tree), None),
            Err(problem) => (None, Some(problem)),
        };
        let found = tree.and_then(|tree| {
            problems.extend(tree.problems.into_iter().map(|problem| Problem { entry, ..problem }));
            tree.root
        });
        match found.map(|node| node.kind) {
            Some(NodeKind::Mapping { entries: found, .. }) => entries.extend(found),
            Some(_) | None => {
                if let Some(problem) = error {
                    problems.push(Problem { entry, ..problem });
                } else if let Some(problem) = no_mapping(chunk_text, chunk_base, entry) {
                    problems.push(problem);
                }
                entries.extend(key_only(chunk_text, chunk_base));
            }
        }
        if entries.len() > MAX_NODES {
            break;
        }
    }
    if problems.is_empty() {
        problems.extend(first);
    }
    if entries.is_empty() {
        return Tree { root: None, problems };
    }
    let start = entries.first().map_or(range(base, base), |entry| entry.key.range).start();
    let end = entries.last().map_or(start, |entry| entry.value.range.end());
    let root = Node {
        range: TextRange::new(start, end.max(start)),
        kind: NodeKind::Mapping { entries, flow: false },
    };
    Tree { root: Some(root), problems }
}

/// Gives each problem the lines of the top-level entry it stands in.
pub(super) fn locate(text: &str, base: usize, problems: &mut [Problem]) {
    if problems.is_empty() {
        return;
    }
    let chunks = chunks(text);
    for problem in problems {
        let at = problem.range.start();
        let chunk =
            chunks.iter().map(|chunk| *chunk + crate::text::offset(base)).find(|chunk| chunk.contains(at));
        if let Some(chunk) = chunk {
            let len = text[chunk - crate::text::offset(base)].trim_end().len();
            problem.entry = TextRange::at(chunk.start(), crate::text::offset(len));
        }
    }
}

/// Splits `text` before every line that starts with `key:`.
fn chunks(text: &str) -> Vec<TextRange> {
    let mut starts: Vec<usize> = Source::Str(text)
        .lines_from(0)
        .filter(|(_, line)| key_len(line).is_some() || glued_colon(line).is_some())
        .map(|(at, _)| at)
        .collect();
    if starts.first() != Some(&0) && !text.is_empty() {
        starts.insert(0, 0);
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(&start, end)| range(start, end)).collect()
}

/// Returns the length of the key that `line` starts with, quotes included.
pub(crate) fn key_len(line: &str) -> Option<usize> {
    let colon = line.find(':')?;
    let key = line[..colon].trim_end();
    let after = line[colon + 1..].chars().next();
    let bare = key.trim_matches(['"', '\'']);
    let plain = !bare.is_empty() && bare.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    (plain && !line.starts_with('-') && after.is_none_or(char::is_whitespace)).then_some(key.len())
}

/// Returns where the colon stands in a line such as `applyTo:"src/**"`, which has no blank behind it.
pub(crate) fn glued_colon(line: &str) -> Option<usize> {
    let colon = line.find(':')?;
    let plain = line.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && line[..colon].chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    let after = line[colon + 1..].chars().next()?;
    (plain && !after.is_whitespace() && !matches!(after, ':' | '\\') && !line[colon..].starts_with("://"))
        .then_some(colon)
}

/// Whether the text reads as one string because blanks are missing behind its colons.
pub(super) fn is_glued(text: &str, tree: &Tree) -> bool {
    matches!(tree.root.as_ref().map(|node| &node.kind), Some(NodeKind::Scalar { style: Style::Plain, .. }))
        && (glued_colon(text).is_some() || hard_blank(text).is_some())
}

/// Returns where a non-breaking space stands in the place of a blank: behind a key.
fn hard_blank(text: &str) -> Option<usize> {
    let colon = key_len(text)? + text[key_len(text)?..].find(':')?;
    text[colon + 1..].starts_with('\u{a0}').then_some(colon + 1)
}

/// Returns what is wrong with a chunk that reads well, but not as a mapping.
fn no_mapping(chunk: &str, base: usize, entry: TextRange) -> Option<Problem> {
    let at = hard_blank(chunk)?;
    let len = chunk[at..].len() - chunk[at..].trim_start_matches('\u{a0}').len();
    Some(Problem {
        kind: ProblemKind::Syntax,
        range: range(base + at, base + at + len),
        message: "a non-breaking space (U+00A0) stands here; expected a blank".to_owned(),
        entry,
    })
}

/// Returns an entry whose value could not be read.
fn key_only(chunk: &str, base: usize) -> Option<Entry> {
    entry_at(chunk, base, key_len(chunk)?)
}

/// Returns an entry whose key has `len` bytes and whose value could not be read.
fn entry_at(chunk: &str, base: usize, len: usize) -> Option<Entry> {
    let key = chunk[..len].trim_matches(['"', '\'']);
    let value_start = chunk.find(':')? + 1;
    let value = chunk[value_start..].trim_end();
    let lead = value.len() - value.trim_start().len();
    Some(Entry {
        key: Node {
            range: range(base, base + len),
            kind: NodeKind::Scalar { value: key.into(), style: Style::Plain },
        },
        value: Node {
            range: range(base + value_start + lead, base + value_start + value.len()),
            kind: NodeKind::Invalid,
        },
    })
}
