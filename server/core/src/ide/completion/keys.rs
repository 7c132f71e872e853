//! Keys that are not there yet.

use super::{Completion, CompletionKind, Line, snippet};
use crate::frontmatter::yaml;
use crate::instructions::{APPLY_TO, DESCRIPTION, KNOWN_KEYS};
use crate::text::Source;
use crate::workspace::Root;

/// Offers keys where the line holds nothing else; `yaml` is where the front matter starts and ends.
pub(super) fn completions(
    source: Source<'_>,
    root: &Root,
    line: &Line<'_>,
    yaml: (usize, usize),
) -> Vec<Completion> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    if !line.before().chars().all(is_word) || line.before().starts_with('-') {
        return Vec::new();
    }
    let end = line.cursor + line.after().find(|c| !is_word(c)).unwrap_or(line.after().len());
    let rest = line.text[end..].trim();
    let present = present(source, yaml, line.start);
    let missing = |name: &str| !present.iter().any(|key| key == name);
    let (required, optional): (Vec<_>, Vec<_>) = KNOWN_KEYS
        .iter()
        .filter(|known| missing(known.name))
        .partition(|known| matches!(known.name, APPLY_TO | DESCRIPTION));
    let known = required.iter().chain(&optional).map(|known| (known.name, Some(known.docs)));
    let own = root.config.instructions.known_keys.iter().map(String::as_str);
    let own = own.filter(|name| missing(name) && !KNOWN_KEYS.iter().any(|known| known.name == *name));
    let mut out = Vec::new();
    for (index, (name, docs)) in known.chain(own.map(|name| (name, None))).enumerate() {
        let required = matches!(name, APPLY_TO | DESCRIPTION);
        let (new_text, snippet) = match rest {
            "" if required => (format!("{}: \"$1\"", snippet::escape(name)), true),
            "" => (format!("{name}: "), false),
            rest if rest.starts_with(':') => (name.to_owned(), false),
            _ => (format!("{name}:"), false),
        };
        out.push(Completion {
            label: name.to_owned(),
            kind: CompletionKind::Key,
            detail: Some(if required { "required" } else { "optional" }.to_owned()),
            documentation: docs.map(str::to_owned),
            edit: line.edit(0, end, new_text),
            sort: format!("{index:03}"),
            filter: None,
            snippet,
        });
    }
    out
}

/// Returns the keys of all lines but the one at `except`.
fn present(source: Source<'_>, (start, end): (usize, usize), except: usize) -> Vec<String> {
    let lines = source.lines_from(start).take_while(|(at, _)| *at < end).filter(|(at, _)| *at != except);
    let unindented = lines.filter(|(_, line)| !line.starts_with([' ', '\t']));
    unindented
        .filter_map(|(_, line)| {
            let len = yaml::key_len(&line)?;
            Some(line[..len].trim_matches(['"', '\'']).to_owned())
        })
        .collect()
}
