//! Completion of metadata: the keys that are missing, and the stages that some of them take.

use super::{Completion, CompletionKind, Line};
use crate::components::Component;
use crate::files::FileKind;
use crate::frontmatter::yaml;
use crate::stage::{self, Stage};
use crate::text::Source;
use crate::workspace::Root;

/// Keys of a spec in the order of the template, each with those that stand for it.
const SPEC_KEYS: [&[&str]; 5] = [
    &["Component Name", "Component ID", "Component"],
    &["Status"],
    &["Target Stage"],
    &["Owner"],
    &["Last Updated"],
];

/// Keys of a MATURITY file.
const MATURITY_KEYS: [&[&str]; 3] = [&["Current Stage"], &["Last Updated"], &["Owner"]];

/// Keys of the front matter whose value is a stage.
const FRONT_MATTER: [&str; 2] = ["target_stage", "current_stage"];

/// Offers keys and values on a line `**Key:** value` of the header; `above` is the header up to the line.
pub(super) fn completions(
    source: Source<'_>,
    above: &str,
    path: &str,
    root: &Root,
    kind: FileKind,
    line: &Line<'_>,
) -> Vec<Completion> {
    let before = line.before();
    let Some(open) = before.find("**") else { return Vec::new() };
    let key_at = open + 2;
    if let Some(value_at) = value_start(before, key_at) {
        let key = stage::plain(before[key_at..value_at].trim_end_matches([':', '*', ' ']))
            .trim_end_matches(':')
            .to_owned();
        return match (&*key.to_ascii_lowercase(), kind) {
            ("status" | "target stage", FileKind::Spec | FileKind::Markdown)
            | ("current stage" | "target stage", _) => {
                let lowercase = key.eq_ignore_ascii_case("target stage");
                values(path, root, line, value_at, lowercase, key.eq_ignore_ascii_case("target stage"))
            }
            _ => Vec::new(),
        };
    }
    let typed = &before[key_at..];
    if !typed.chars().all(|c| c.is_alphanumeric() || c == ' ') {
        return Vec::new();
    }
    let after = line.after();
    let word = after.find(|c: char| !(c.is_alphanumeric() || c == ' ')).unwrap_or(after.len());
    // Marks that the editor closed by itself.
    let marks = after[word..].len() - after[word..].trim_start_matches(['*', ':', ' ']).len();
    if !after[word + marks..].is_empty() {
        return Vec::new();
    }
    let end = line.text.len();
    let below = source.slice(line.end(), line.end() + 4096);
    let header = below.split("\n## ").next().unwrap_or_default();
    let has = |key: &str| above.lines().chain(header.lines()).any(|line| is_key(line, key));
    let keys: &[&[&str]] = if kind == FileKind::Maturity { &MATURITY_KEYS } else { &SPEC_KEYS };
    let missing = keys.iter().enumerate().filter(|(_, names)| !names.iter().any(|name| has(name)));
    missing
        .map(|(index, names)| {
            let label = if kind == FileKind::Maturity {
                format!("**{}**:", names[0])
            } else {
                format!("**{}:**", names[0])
            };
            Completion {
                edit: line.edit(open, end, format!("{label} ")),
                label,
                kind: CompletionKind::Key,
                detail: None,
                documentation: None,
                sort: format!("{index}"),
                filter: None,
                snippet: false,
            }
        })
        .collect()
}

/// Returns where the value of a line starts, if its key is closed before the cursor.
fn value_start(before: &str, key_at: usize) -> Option<usize> {
    let close = key_at + before[key_at..].find("**")?;
    let behind = close + 2;
    if before[..close].ends_with(':') {
        return Some(behind);
    }
    let colon = before[behind..].find(|c| c != ' ')? + behind;
    before[colon..].starts_with(':').then_some(colon + 1)
}

/// Whether a line has this key.
fn is_key(line: &str, key: &str) -> bool {
    let text = line.trim_start_matches([' ', '-', '*', '+']);
    let rest = text.get(key.len()..).filter(|_| text[..key.len()].eq_ignore_ascii_case(key));
    rest.is_some_and(|rest| rest.trim_start().starts_with(['*', ':']))
}

/// Offers the stages of a value that starts at byte `from` of the line.
fn values(
    path: &str,
    root: &Root,
    line: &Line<'_>,
    from: usize,
    lowercase: bool,
    is_target: bool,
) -> Vec<Completion> {
    let before = &line.text[from..line.cursor];
    let typed = before.trim_start_matches([' ', '\t', '`', '*', '"', '\'']);
    if !typed.chars().all(|c| c.is_ascii_alphabetic()) {
        return Vec::new();
    }
    let after = line.after();
    let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
    let blank = if before.is_empty() { " " } else { "" };
    let component = component_of(path, root);
    let next = component.filter(|_| is_target).and_then(|component| match component.stage {
        Some(stage) => stage.next(),
        None => Some(Stage::Development),
    });
    let stages = Stage::ALL.into_iter().enumerate();
    stages
        .map(|(index, stage)| Completion {
            label: if lowercase { stage.name() } else { stage.title() }.to_owned(),
            kind: CompletionKind::Value,
            detail: (next == Some(stage)).then(|| "the next stage".to_owned()),
            documentation: None,
            edit: line.edit(
                line.cursor - typed.len(),
                line.cursor + letters,
                format!("{blank}{}", if lowercase { stage.name() } else { stage.title() }),
            ),
            sort: format!("{}{index}", u8::from(next != Some(stage))),
            filter: None,
            snippet: false,
        })
        .collect()
}

/// Returns the component that the file at `path` is about.
fn component_of<'a>(path: &str, root: &'a Root) -> Option<&'a Component> {
    let mut components = root.components.as_deref()?.iter().map(|(_, component)| component);
    components.find(|component| component.files().any(|file| &*file.path == path))
}

/// Offers values in the front matter.
pub(super) fn front_matter(path: &str, root: &Root, line: &Line<'_>) -> Vec<Completion> {
    let Some(key_len) = yaml::key_len(&line.text) else { return Vec::new() };
    let key = line.text[..key_len].trim_matches(['"', '\'']);
    let Some(colon) = line.text[key_len..].find(':').map(|at| key_len + at) else { return Vec::new() };
    if line.cursor <= colon || !FRONT_MATTER.contains(&key) {
        return Vec::new();
    }
    values(path, root, line, colon + 1, true, key == "target_stage")
}
