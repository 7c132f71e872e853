//! Completion of an item of a list of dependencies: `` - `name` (stage) - purpose ``.

use super::{Completion, CompletionKind, Line};
use rustc_hash::FxHashSet;

use crate::components::{Component, Components};
use crate::files::FileKind;
use crate::name;
use crate::stage::Stage;
use crate::workspace::Root;

/// Most names that are offered at once. A client asks again with every letter, so the others are not lost.
const MAX_NAMES: usize = 200;

/// Offers names and stages in the item whose text starts at byte `start` of the line.
pub(super) fn completions(
    path: &str,
    root: &Root,
    kind: FileKind,
    line: &Line<'_>,
    start: usize,
) -> Vec<Completion> {
    let Some(components) = root.components.as_deref() else { return Vec::new() };
    let typed = &line.text[start..line.cursor];
    match typed.rfind('(') {
        Some(open) if !typed[open..].contains(')') => stages(components, kind, line, start, open),
        Some(_) => Vec::new(),
        None => names(components, path, kind, line, start),
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ')
}

fn names(
    components: &Components,
    path: &str,
    kind: FileKind,
    line: &Line<'_>,
    start: usize,
) -> Vec<Completion> {
    let typed = &line.text[start..line.cursor];
    let name = typed.trim_start_matches(['`', '*']);
    let marks = &typed[..typed.len() - name.len()];
    // Behind ` - ` the purpose stands.
    if !name.chars().all(is_name)
        || name.contains(" - ")
        || name.ends_with(" -")
        || !matches!(marks, "" | "`" | "**")
    {
        return Vec::new();
    }
    let after = line.after();
    let word = after.find(|c: char| !is_name(c) || c == ' ').unwrap_or(after.len());
    let closed = !marks.is_empty() && after[word..].starts_with(marks);
    let end = line.cursor + word + if closed { marks.len() } else { 0 };
    let rest = line.text[end..].trim();
    let as_maturity = kind == FileKind::Maturity && marks != "`";
    let (open, close) = match marks {
        "" if as_maturity => ("", ""),
        "" => ("`", "`"),
        marks => ("", marks),
    };
    let from = line.cursor - name.len();
    let here = |component: &&Component| component.files().any(|file| &*file.path == path);
    let all = || components.iter().map(|(_, component)| component);
    let own = all().find(here);
    let stated = own.iter().flat_map(|component| component.files()).filter(|file| &*file.path == path);
    let listed: FxHashSet<String> =
        stated.flat_map(|file| &file.facts.dependencies).map(|known| name::canonical(&known.name)).collect();
    let wanted = name::canonical(name);
    let few = components.len() <= MAX_NAMES;
    let offered = all().filter(|component| own.is_none_or(|own| own.name != component.name));
    offered
        .filter(|component| few || name::canonical(&component.name).contains(&wanted))
        .take(MAX_NAMES)
        .map(|component| {
            let shown = if as_maturity { title(&component.name) } else { component.name.to_string() };
            let stage = component.stage.map(|stage| match as_maturity {
                true => format!(" (Current Stage: {})", stage.title()),
                false => format!(" ({stage})"),
            });
            let stage = stage.unwrap_or_default();
            let behind = match rest {
                rest if rest.starts_with('(') => String::new(),
                "" if as_maturity => stage,
                "" => format!("{stage} - "),
                _ => stage,
            };
            Completion {
                label: component.name.to_string(),
                kind: CompletionKind::Component,
                detail: Some(
                    component
                        .stage
                        .map_or_else(|| "no stage stated".to_owned(), |stage| stage.name().to_owned()),
                ),
                documentation: None,
                edit: line.edit(from, end, format!("{open}{shown}{close}{behind}")),
                // What the list holds already is rarely meant.
                sort: format!(
                    "{}{}",
                    u8::from(listed.contains(&name::canonical(&component.name))),
                    component.name
                ),
                filter: None,
                snippet: false,
            }
        })
        .collect()
}

/// Returns a name as MATURITY files write it: `Price List`.
fn title(name: &str) -> String {
    let words = name.split(['_', '-']).filter(|word| !word.is_empty()).map(|word| {
        let mut chars = word.chars();
        let first = chars.next().map(char::to_uppercase);
        first.into_iter().flatten().chain(chars).collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Offers stages in the parenthesis that opens at byte `open` of the item.
fn stages(
    components: &Components,
    kind: FileKind,
    line: &Line<'_>,
    start: usize,
    open: usize,
) -> Vec<Completion> {
    let typed = &line.text[start..line.cursor];
    let named = typed[..open].trim_matches(['`', '*', '_', ' ']);
    let (key, word) = match typed[open + 1..].split_once(':') {
        Some((key, word)) => (Some(key), word),
        None => (None, &typed[open + 1..]),
    };
    let word = word.trim_start();
    if named.is_empty() || named.contains(" - ") || !word.chars().all(|c| c.is_ascii_alphabetic()) {
        return Vec::new();
    }
    if key.is_some_and(|key| !key.trim().to_ascii_lowercase().ends_with("stage")) {
        return Vec::new();
    }
    let after = line.after();
    let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
    let closing = if after[letters..].trim_start().starts_with(')') { "" } else { ")" };
    let blank = if key.is_some() && typed.ends_with(':') { " " } else { "" };
    let actual = components.find(named).and_then(|id| components.get(id).stage);
    let written = |stage: Stage| match (key, kind) {
        (Some(_), _) => stage.title().to_owned(),
        (None, FileKind::Maturity) => format!("Current Stage: {}", stage.title()),
        _ => stage.name().to_owned(),
    };
    let stages = Stage::ALL.into_iter().enumerate();
    stages
        .map(|(index, stage)| {
            let is_actual = actual == Some(stage);
            Completion {
                label: if key.is_some() { stage.title().to_owned() } else { stage.name().to_owned() },
                kind: CompletionKind::Value,
                detail: is_actual.then(|| format!("the stage that {named} is in")),
                documentation: None,
                edit: line.edit(
                    line.cursor - word.len(),
                    line.cursor + letters,
                    format!("{blank}{}{closing}", written(stage)),
                ),
                sort: format!("{}{index}", u8::from(!is_actual)),
                filter: None,
                snippet: false,
            }
        })
        .collect()
}
