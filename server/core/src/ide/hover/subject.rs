//! The part of a hover that explains what stands at the place: a key, a glob, or a value with a known meaning.

use std::fmt::Write as _;

use text_size::{TextRange, TextSize};

use super::Hover;
use crate::config::Consumer;
use crate::ide::markup;
use crate::instructions::{APPLY_TO, DESCRIPTION, GlobItem, InstructionFile, KNOWN_KEYS};
use crate::workspace::{FileIndex, Root};

/// Returns what stands at `at`.
pub(super) fn at(file: &InstructionFile, path: &str, root: &Root, at: TextSize) -> Option<Hover> {
    let touches = |range: TextRange| range.contains_inclusive(at);
    let entries = file.head.front_matter()?.entries();
    if let Some(entry) = entries.iter().find(|entry| touches(entry.key.range)) {
        let markdown = key(entry.key.as_str()?, path, root)?;
        return Some(Hover { range: entry.key.range, markdown });
    }
    // Globs whose places are lost in escapes all have the range of their string.
    let globs: Vec<_> = file.apply_to.globs.iter().filter(|item| touches(item.range)).collect();
    if let Some(first) = globs.first() {
        let same = globs.iter().filter(|item| item.range == first.range && !item.pattern.is_empty());
        let parts: Vec<_> = same.map(|item| glob(item, path, root)).collect();
        return (!parts.is_empty()).then(|| Hover { range: first.range, markdown: parts.join("\n\n") });
    }
    let entry = entries.iter().find(|entry| touches(entry.value.range))?;
    let (key, value) = (entry.key.as_str()?, entry.value.as_str()?);
    let docs = crate::ide::completion::value_docs(key, value)?;
    Some(Hover { range: entry.value.range, markdown: format!("{}: {docs}", markup::code(value)) })
}

fn key(key: &str, path: &str, root: &Root) -> Option<String> {
    let known = KNOWN_KEYS.iter().find(|known| known.name == key);
    let docs = match known {
        Some(known) => known.docs,
        None if root.config.instructions.known_keys.iter().any(|k| k == key) => {
            "A key of your own, listed under `instructions.known_keys` in the configuration."
        }
        None => return None,
    };
    let mut out = format!("{}: {docs}", markup::code(key));
    if !matches!(key, APPLY_TO | DESCRIPTION) {
        out.push_str(" Optional.");
    }
    let consumers = root.config.consumers(path);
    let readers = readers(key, path, &consumers);
    // That we read our own required fields is no news.
    if readers.iter().any(|reader| *reader != name(Consumer::Stagegate)) {
        let _ = write!(out, "\n\nRead here by {}.", readers.join(" and "));
    }
    Some(out)
}

fn name(consumer: Consumer) -> &'static str {
    match consumer {
        Consumer::Stagegate => "Stagegate",
        Consumer::VsCode => "VS Code with GitHub Copilot",
    }
}

/// Returns who of `consumers` does something with `key` (VS Code, "Custom instructions"; GitHub Docs, "Adding
/// repository custom instructions"; Augment, "Rules & Guidelines").
fn readers(key: &str, path: &str, consumers: &[Consumer]) -> Vec<&'static str> {
    let reads = |consumer: Consumer| match consumer {
        Consumer::Stagegate => matches!(key, APPLY_TO | DESCRIPTION),
        Consumer::VsCode => matches!(key, APPLY_TO | DESCRIPTION | "name" | "excludeAgent"),
    };
    let mut readers: Vec<_> =
        consumers.iter().filter(|consumer| reads(**consumer)).map(|consumer| name(*consumer)).collect();
    let augment = path.starts_with(".augment/rules/") || path.contains("/.augment/rules/");
    if augment && matches!(key, "type" | DESCRIPTION) {
        readers.push("Augment");
    }
    readers
}

/// Returns what a glob matches, in Markdown.
pub(in crate::ide) fn glob(item: &GlobItem, path: &str, root: &Root) -> String {
    let pattern = markup::code(&item.pattern);
    let mut out = match (&item.glob, &root.files) {
        (Err(error), _) => return format!("{pattern} is not a valid glob: {}.", markup::plain(&error.0)),
        (Ok(_), None) => {
            format!(
                "{pattern}: the workspace is still being scanned; which files it matches is not known yet."
            )
        }
        (Ok(glob), Some(files)) => matches(&pattern, glob, files),
    };
    if root.config.consumers(path).contains(&Consumer::VsCode)
        && let Some(note) = vs_code_note(&item.pattern)
    {
        out.push_str("\n\n");
        out.push_str(&note);
    }
    out
}

fn matches(pattern: &str, glob: &crate::glob::Glob, files: &FileIndex) -> String {
    let found = files.matches(glob);
    let mut out = match found.count {
        0 => return format!("{pattern} matches no file of this workspace."),
        1 => format!("{pattern} matches one file of this workspace:\n"),
        count if count > found.first.len() => {
            format!("{pattern} matches {count} files of this workspace; the first {}:\n", found.first.len())
        }
        count => format!("{pattern} matches {count} files of this workspace:\n"),
    };
    for path in &found.first {
        let _ = write!(out, "\n- {}", markup::code(path));
    }
    out
}

/// VS Code puts `**/` before every relative glob and compares the result with the absolute path
/// (`computeAutomaticInstructions.ts`), so a leading `/` means the root of the file system.
fn vs_code_note(pattern: &str) -> Option<String> {
    if matches!(pattern, "*" | "**") || pattern.starts_with("**/") {
        return None;
    }
    if let Some(rest) = pattern.strip_prefix('/').or_else(|| pattern.strip_prefix("./")) {
        let rest = markup::code(rest);
        return Some(format!("VS Code does not read it from the root of the workspace: write {rest}."));
    }
    let read_as = markup::code(&format!("**/{pattern}"));
    Some(format!("VS Code reads it as {read_as}: below any folder, not only at the root of the workspace."))
}
