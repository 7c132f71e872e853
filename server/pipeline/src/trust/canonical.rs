//! The part of a settings file that decides what is executed, written so that the rest can change without changing it.
//!
//! Leaving something out must be right for every parser that tools use: where a file cannot be read beyond doubt, all
//! of it counts.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use stagegate_core::frontmatter::yaml;

use super::{fingerprint, hex};

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 100;

/// How a file is read. `only` and `except` name keys from the top, with `.` between; an empty `only` is everything.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// All of it counts.
    Whole,
    /// TOML.
    Toml { only: &'static [&'static str], except: &'static [&'static str] },
    /// JSON.
    Json { only: &'static [&'static str], except: &'static [&'static str] },
    /// YAML; `except` names keys of the top.
    Yaml { except: &'static [&'static str] },
    /// `setup.cfg`, without what describes a package.
    SetupCfg,
    /// `.npmrc`, without what proves who one is.
    Npmrc,
}

/// Returns what counts of a file with these `bytes`; `None` where nothing does.
pub(super) fn canonical(form: Form, bytes: &[u8]) -> Option<String> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Some(fingerprint(bytes)) };
    let selected = match form {
        Form::Whole => None,
        Form::Toml { only, except } => toml(text).map(|value| lines(&select(value, only, except))),
        Form::Json { only, except } => {
            let value = serde_json::from_str(text).ok().filter(Value::is_object);
            value.map(|value| lines(&select(value, only, except)))
        }
        Form::Yaml { except } => yaml_without(text, except),
        Form::SetupCfg => Some(setup_cfg(text)),
        Form::Npmrc => Some(npmrc(text)),
    };
    match selected {
        Some(selected) => Some(selected).filter(|selected| !selected.is_empty()),
        None => Some(text.to_owned()),
    }
}

/// Reads TOML as JSON; `None` where it is none.
fn toml(text: &str) -> Option<Value> {
    let document: toml_edit::DocumentMut = text.parse().ok()?;
    of_table(document.as_table(), 0)
}

fn of_table(table: &dyn toml_edit::TableLike, depth: usize) -> Option<Value> {
    let mut map = Map::new();
    for (key, item) in table.iter() {
        map.insert(key.to_owned(), of_item(item, depth + 1)?);
    }
    Some(Value::Object(map))
}

fn of_item(item: &toml_edit::Item, depth: usize) -> Option<Value> {
    match item {
        toml_edit::Item::None => Some(Value::Null),
        toml_edit::Item::Value(value) => of_value(value, depth),
        toml_edit::Item::Table(table) => (depth < MAX_DEPTH).then(|| of_table(table, depth))?,
        toml_edit::Item::ArrayOfTables(tables) => {
            (depth < MAX_DEPTH).then(|| tables.iter().map(|table| of_table(table, depth + 1)).collect())?
        }
    }
}

fn of_value(value: &toml_edit::Value, depth: usize) -> Option<Value> {
    use toml_edit::Value as Toml;
    // What JSON has no word for is told apart from text by a key that no tool reads.
    let tagged = |text: String| Value::Object(Map::from_iter([("(toml)".to_owned(), Value::String(text))]));
    Some(match value {
        Toml::String(text) => Value::String(text.value().clone()),
        Toml::Integer(number) => Value::from(*number.value()),
        Toml::Boolean(value) => Value::Bool(*value.value()),
        Toml::Float(number) => serde_json::Number::from_f64(*number.value())
            .map_or_else(|| tagged(number.value().to_string()), Value::Number),
        Toml::Datetime(time) => tagged(time.value().to_string()),
        Toml::Array(items) if depth < MAX_DEPTH => {
            return items.iter().map(|item| of_value(item, depth + 1)).collect();
        }
        Toml::InlineTable(table) if depth < MAX_DEPTH => return of_table(table, depth),
        Toml::Array(_) | Toml::InlineTable(_) => return None,
    })
}

/// Returns of `value` what lies at the paths `only`, without what lies at the paths `except`.
fn select(value: Value, only: &[&str], except: &[&str]) -> Value {
    let mut selected = if only.is_empty() { value } else { pick(&value, only) };
    for path in except {
        let (folder, name) = path.rsplit_once('.').unwrap_or(("", path));
        let mut keys = folder.split('.').filter(|key| !key.is_empty());
        let at = keys.try_fold(&mut selected, |at, key| at.get_mut(key));
        if let Some(Value::Object(map)) = at {
            map.remove(name);
        }
    }
    selected
}

fn pick(value: &Value, paths: &[&str]) -> Value {
    let mut picked = Value::Object(Map::new());
    for path in paths {
        let Some(found) = path.split('.').try_fold(value, |at, key| at.get(key)) else { continue };
        let (folder, name) = path.rsplit_once('.').unwrap_or(("", path));
        let mut at = &mut picked;
        for key in folder.split('.').filter(|key| !key.is_empty()) {
            at = &mut at[key];
        }
        at[name] = found.clone();
    }
    picked
}

/// Writes an object with one line for each setting, sorted. Different objects give different lines.
fn lines(value: &Value) -> String {
    let mut out = String::new();
    if let Value::Object(map) = value {
        for (key, value) in in_order(map) {
            line(&mut out, &name(key), key, value);
        }
    }
    out
}

/// Writes the lines of the setting `path`, whose last part is `key`.
fn line(out: &mut String, path: &str, key: &str, value: &Value) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in in_order(map) {
                line(out, &format!("{path}.{}", name(key)), key, value);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                out.push_str(&format!("{path}[] = {}\n", inline(key, item)));
            }
        }
        value => out.push_str(&format!("{path} = {}\n", inline(key, value))),
    }
}

/// Writes a value on one line.
fn inline(key: &str, value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entries: Vec<_> = in_order(map)
                .into_iter()
                .map(|(key, value)| format!("{} = {}", name(key), inline(key, value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| inline(key, item)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(text) if is_secret(key) => {
            format!("(hidden, SHA-256 {})", hex(&Sha256::digest(text.as_bytes())))
        }
        other => other.to_string(),
    }
}

fn in_order(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    entries
}

/// Writes a key: bare where no other text could be meant, else quoted.
fn name(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '@' | '/' | ':');
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { Value::from(key).to_string() }
}

/// Whether the value of this key is a secret, not to be stored or shown. Only whole words: `credential-provider` names
/// a program.
fn is_secret(key: &str) -> bool {
    const SECRET: [&str; 8] =
        ["token", "password", "passwd", "secret", "api-key", "api_key", "_auth", "_authToken"];
    SECRET.iter().any(|secret| key.eq_ignore_ascii_case(secret))
}

/// Returns the entries of a YAML mapping that are not in `except`, as they are written; `None` where it is no mapping
/// beyond doubt, or where one that is left out could hold what another one refers to.
fn yaml_without(text: &str, except: &[&str]) -> Option<String> {
    let tree = yaml::read(text, 0);
    let entries = tree.root.as_ref().and_then(yaml::Node::entries).filter(|_| tree.problems.is_empty())?;
    let mut kept = Vec::new();
    for entry in entries {
        let key = entry.key.as_str()?;
        let start = usize::from(entry.key.range.start());
        let end = usize::from(entry.value.range.end().max(entry.key.range.end()));
        let written = text.get(start..end)?;
        if !except.contains(&key) {
            kept.push((key, written));
        } else if written.contains('&') {
            return None;
        }
    }
    kept.sort_unstable();
    Some(kept.into_iter().map(|(_, written)| format!("{}\n", written.trim_end())).collect())
}

/// Returns `setup.cfg` without the sections that describe a package.
fn setup_cfg(text: &str) -> String {
    let mut out = String::new();
    let mut dropped = false;
    for line in python_lines(text) {
        // A section that counts may be indented for one parser and not for the other; one that does not may not.
        if line.trim_start().starts_with('[') {
            dropped = describes_package(line);
        }
        if !dropped {
            out.push_str(line);
            out.push('\n');
        }
    }
    if out.trim().is_empty() { String::new() } else { out }
}

fn describes_package(header: &str) -> bool {
    let section = header.trim_end().strip_prefix('[').and_then(|section| section.strip_suffix(']'));
    section.is_some_and(|section| {
        let plugins = section == "options.entry_points";
        let package = matches!(section, "metadata" | "options" | "bumpversion")
            || section.starts_with("options.")
            || section.starts_with("bumpversion:");
        package && !plugins
    })
}

/// Splits `text` at everything that ends a line for any parser of Python, also for pytest's (`str.splitlines`).
fn python_lines(text: &str) -> impl Iterator<Item = &str> {
    const ENDS: [char; 10] =
        ['\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}'];
    text.split(ENDS)
}

/// Returns `.npmrc` without the values of what proves who one is: they may change, and are not ours to keep.
fn npmrc(text: &str) -> String {
    const SECRET: [&str; 6] = ["_authToken", "_auth", "_password", "username", "email", "otp"];
    let mut out = String::new();
    for line in text.split(['\n', '\r']).filter(|line| !line.trim().is_empty()) {
        let key = line.split_once('=').map(|(key, _)| key.trim().trim_matches(['"', '\'']));
        match key {
            Some(key) if SECRET.contains(&key.rsplit(':').next().unwrap_or(key)) => {
                out.push_str(&format!("{key} = (hidden)\n"));
            }
            _ => out.push_str(&format!("{line}\n")),
        }
    }
    out
}

#[cfg(test)]
mod tests;
