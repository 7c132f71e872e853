//! Reading a configuration: text or settings to a tree and its checked values.

use text_size::TextRange;

use super::check::{Checker, Issue};
use super::keys::ROOT;
use super::value::Value;
use crate::frontmatter::yaml::{self, Entry, Node, NodeKind, ProblemKind, Style};
use crate::text::{Source, range};

/// Largest configuration that is read, in bytes. Real ones have a few KiB; the limit bounds what a hostile one
/// can cost.
pub const MAX_CONFIG_BYTES: usize = 256 * 1024;

/// How often a broken line is put aside to read the rest. Each time costs as much as reading the file.
const MAX_ROUNDS: usize = 8;

/// Deepest nesting of settings that is looked at; the schema has four levels.
const MAX_SETTINGS_DEPTH: usize = 16;

/// A configuration file, read once.
#[derive(Debug)]
pub struct ConfigFile {
    /// The tree, as far as it could be read. Ranges count from the start of the file.
    pub root: Option<Node>,
    /// What is wrong with the YAML, in order.
    pub problems: Vec<yaml::Problem>,
    /// What is valid.
    pub(crate) value: Value,
    /// What is not.
    pub(crate) issues: Vec<Issue>,
}

impl ConfigFile {
    /// Reads `source`.
    #[must_use]
    pub fn read(source: Source<'_>) -> ConfigFile {
        if source.len() > MAX_CONFIG_BYTES {
            let problem = too_large(source);
            return ConfigFile {
                root: None,
                problems: vec![problem],
                value: Value::Map(Vec::new()),
                issues: Vec::new(),
            };
        }
        let text = source.slice(0, source.len());
        let body = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let (root, problems) = read_tree(body, text.len() - body.len());
        let mut checker = Checker::default();
        let value = root.as_ref().and_then(|root| checker.value(root, &ROOT));
        let value = value.unwrap_or_else(|| Value::Map(Vec::new()));
        if let Some(root) = &root {
            checker.environments(root, &value);
        }
        ConfigFile { root, problems, value, issues: checker.issues }
    }

    /// Returns the entry at `path`, keys separated by dots; of several the one that counts.
    pub(crate) fn entry(&self, path: &str) -> Option<&Entry> {
        let mut node = self.root.as_ref()?;
        let mut found = None;
        for name in path.split('.') {
            let entry = node.entries()?.iter().rev().find(|entry| entry.key.as_str() == Some(name))?;
            node = &entry.value;
            found = Some(entry);
        }
        found
    }
}

/// Checks settings of an editor; they have no text, so every range is empty.
pub(crate) fn read_settings(settings: &serde_json::Value) -> (Value, Vec<Issue>) {
    // Editors send either the section or the object that it stands in.
    let settings = settings.get("stagegate").filter(|section| section.is_object()).unwrap_or(settings);
    let mut checker = Checker::default();
    let value = checker.value(&node(settings, 0), &ROOT);
    (value.unwrap_or_else(|| Value::Map(Vec::new())), checker.issues)
}

/// Reads `text`, which starts at byte `base`. Where a line is broken, it and what is nested below it are put
/// aside and the rest is read, so that a syntax error costs one key and not its whole section.
///
/// Only the problems of the text as it stands are returned: what is found after putting a line aside may be its
/// consequence.
fn read_tree(text: &str, base: usize) -> (Option<Node>, Vec<yaml::Problem>) {
    let first = yaml::read(text, base);
    let is_syntax = |problem: &&yaml::Problem| problem.kind == ProblemKind::Syntax;
    let mut blanked = text.to_owned();
    let mut last = None;
    for _ in 0..MAX_ROUNDS {
        let problems = last.as_ref().map_or(&first.problems, |tree: &yaml::Tree| &tree.problems);
        let places: Vec<_> = problems
            .iter()
            .filter(is_syntax)
            .map(|problem| usize::from(problem.range.start()) - base)
            .collect();
        if places.is_empty() {
            break;
        }
        for place in places {
            blank(&mut blanked, place);
        }
        last = Some(yaml::read(&blanked, base));
    }
    let root = match last {
        Some(tree) if tree.problems.iter().all(|problem| !is_syntax(&problem)) => tree.root,
        _ => first.root,
    };
    (root, first.problems)
}

/// Overwrites the line at byte `at`, and the deeper indented ones below it, with blanks.
fn blank(text: &mut String, at: usize) {
    let (start, _) = Source::Str(text).line_at(at);
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let mut end = start;
    let mut own = 0;
    for (offset, line) in Source::Str(text).lines_from(start) {
        if offset == start {
            own = indent(&line);
        } else if !line.trim().is_empty() && indent(&line) <= own {
            break;
        }
        end = offset + line.len();
    }
    let blanks: String = text[start..end]
        .bytes()
        .map(|b| if matches!(b, b'\n' | b'\r') { char::from(b) } else { ' ' })
        .collect();
    text.replace_range(start..end, &blanks);
}

fn too_large(source: Source<'_>) -> yaml::Problem {
    let (_, line) = source.line_at(0);
    let len = line.len().min(MAX_CONFIG_BYTES);
    let found = source.len() / 1024;
    yaml::Problem {
        kind: ProblemKind::Syntax,
        range: range(0, source.floor_char_boundary(len)),
        message: format!("the file has {found} KiB; expected at most {} KiB", MAX_CONFIG_BYTES / 1024),
        entry: range(0, source.len()),
    }
}

/// Turns settings into a tree without places.
fn node(value: &serde_json::Value, depth: usize) -> Node {
    use serde_json::Value as Json;
    let scalar = |text: String, style| NodeKind::Scalar { value: text.into(), style };
    let kind = match value {
        Json::Array(_) | Json::Object(_) if depth > MAX_SETTINGS_DEPTH => NodeKind::Invalid,
        Json::Null => scalar(String::new(), Style::Plain),
        Json::Bool(value) => scalar(value.to_string(), Style::Plain),
        Json::Number(value) => scalar(value.to_string(), Style::Plain),
        Json::String(value) => scalar(value.clone(), Style::DoubleQuoted),
        Json::Array(items) => {
            NodeKind::Sequence { items: items.iter().map(|item| node(item, depth + 1)).collect(), flow: true }
        }
        Json::Object(object) => {
            let entry = |(name, value): (&String, _)| Entry {
                key: Node { range: TextRange::default(), kind: scalar(name.clone(), Style::DoubleQuoted) },
                value: node(value, depth + 1),
            };
            NodeKind::Mapping { entries: object.iter().map(entry).collect(), flow: true }
        }
    };
    Node { range: TextRange::default(), kind }
}
