//! Values of keys that have known ones.

use super::{Completion, CompletionKind, Line};
use crate::instructions::KNOWN_KEYS;

/// Offers the known values of `key`, whose value starts at byte `from` of the line.
pub(super) fn completions(line: &Line<'_>, key: &str, from: usize) -> Vec<Completion> {
    let Some(known) = KNOWN_KEYS.iter().find(|known| known.name == key) else { return Vec::new() };
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let Some(before) = line.text.get(from..line.cursor) else { return Vec::new() };
    let typed = before.trim_start();
    let typed = typed.strip_prefix(['"', '\'']).unwrap_or(typed);
    if !typed.chars().all(is_word) {
        return Vec::new();
    }
    let start = line.cursor - typed.len();
    let end = line.cursor + line.after().find(|c| !is_word(c)).unwrap_or(line.after().len());
    let blank = if before.is_empty() { " " } else { "" };
    let values = known.values.iter().enumerate();
    values
        .map(|(index, value)| Completion {
            label: (*value).to_owned(),
            kind: CompletionKind::Value,
            detail: None,
            documentation: docs(key, value).map(str::to_owned),
            edit: line.edit(start, end, format!("{blank}{value}")),
            sort: format!("{index:03}"),
            filter: None,
            snippet: false,
        })
        .collect()
}

/// Returns what a known value means, in Markdown (GitHub Docs, "Adding repository custom instructions"; Augment,
/// "Rules & Guidelines"); `None` where its name says all.
pub(crate) fn docs(key: &str, value: &str) -> Option<&'static str> {
    Some(match (key, value) {
        ("type", "always_apply") => "Augment attaches the file to every message.",
        ("type", "agent_requested") => {
            "Augment's agent attaches the file where its `description` fits the request."
        }
        ("type", "manual") => "Augment attaches the file only where somebody names it with `@`.",
        ("excludeAgent", "code-review") => "Copilot code review does not read the file.",
        ("excludeAgent", "cloud-agent") => "Copilot's cloud agent does not read the file.",
        ("auto_trigger", "true") => "The file is attached without being asked for.",
        ("auto_trigger", "false") => "The file is attached only where somebody asks for it.",
        ("mode", "ask") => "Written for questions: nothing is changed.",
        ("mode", "edit") => "Written for edits of chosen files.",
        ("mode", "agent") => "Written for an agent that chooses files and runs tools by itself.",
        _ => return None,
    })
}
