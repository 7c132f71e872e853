//! What a configuration key is: its type, default, meaning, and how two layers of it are merged.
//!
//! The one table of keys is `config/keys.rs`. Checking, the JSON Schema, the reference page, hover and completion
//! all read it, so none of them can disagree with another.

use super::keys::ROOT;

/// One key of the configuration.
#[derive(Debug)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What it means, in Markdown; one or two sentences.
    pub docs: &'static str,
    /// What may stand there.
    pub ty: Type,
    /// What holds where nothing is written.
    pub default: DefaultValue,
    /// How a later layer changes an earlier one.
    pub merge: Merge,
    /// Whether its section means nothing without it.
    pub required: bool,
}

/// What may stand as a value.
#[derive(Debug)]
pub enum Type {
    /// `true` or `false`; plain `yes`, `no`, `on` and `off` are read as YAML 1.1 does, because the incumbent does.
    Bool,
    /// A whole number.
    Integer {
        /// Least value.
        min: i64,
        /// Greatest value.
        max: Option<i64>,
        /// What it counts; may be empty.
        unit: &'static str,
    },
    /// A number.
    Number {
        /// Least value.
        min: f64,
        /// Greatest value.
        max: Option<f64>,
        /// What it counts; may be empty.
        unit: &'static str,
    },
    /// A number of seconds, or text with a unit: `1.5s`, `500ms`, `2m`, `1h`.
    Duration {
        /// Least value, in seconds.
        min: f64,
    },
    /// Any text.
    String,
    /// One of some words.
    Enum(&'static [Choice]),
    /// A glob over paths of the workspace.
    Glob,
    /// A path below the root of the workspace (DESIGN.md section 8).
    Path,
    /// A path with one `<component>` ([`crate::layout::LayoutPattern`]).
    Layout,
    /// A word that begins a TODO comment.
    Word,
    /// A regular expression.
    Pattern,
    /// Commands of an environment: a list of argument lists, or one argument list
    /// ([`crate::config::ENVIRONMENT_PLACES`]).
    Commands,
    /// An address that answers to `GET`: `http` or `https`, with the placeholders of commands.
    Url,
    /// A list.
    List(&'static Type),
    /// A mapping whose keys the user chooses.
    Map {
        /// What a key is.
        keys: Keys,
        /// What a value is.
        values: &'static Type,
    },
    /// A mapping with known keys.
    Section(&'static [Key]),
    /// A mapping with exactly one of these keys.
    OneOf(&'static [Key]),
}

/// A word of a [`Type::Enum`].
#[derive(Debug)]
pub struct Choice {
    /// As it is written.
    pub value: &'static str,
    /// What it means.
    pub docs: &'static str,
}

/// What the keys of a [`Type::Map`] are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Codes of rules, or `family/*`.
    Rule,
    /// Globs.
    Glob,
    /// Names of gates.
    Gate,
    /// Names of environment variables.
    Variable,
}

/// A default, as plain data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DefaultValue {
    /// Nothing.
    None,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(f64),
    /// Text.
    Text(&'static str),
    /// A list of texts.
    List(&'static [&'static str]),
}

/// How a later layer changes an earlier one. Sections are merged key by key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    /// It replaces it.
    Replace,
    /// Its items come behind the earlier ones.
    Append,
    /// Its items come before the earlier ones: where the first match counts.
    Prepend,
    /// Its entries come behind the earlier ones, and a `family/*` forgets the earlier entries of that family.
    Rules,
    /// Its entries come behind the earlier ones; one of the same name takes the place of the earlier one as a whole.
    Entries,
}

/// Returns the key at `path`, such as `["quality_gates", "linting", "max_issues"]`. Items of lists need no
/// element of the path; entries of a map with free keys do, and give nothing of their own.
#[must_use]
pub fn lookup(path: &[&str]) -> Option<&'static Key> {
    let (last, parents) = path.split_last()?;
    lookup_type(parents)?.key(last)
}

/// Returns the type of what stands at `path`; the whole file for an empty one.
#[must_use]
pub fn lookup_type(path: &[&str]) -> Option<&'static Type> {
    path.iter().try_fold(&ROOT, |ty, name| match ty.item() {
        Type::Map { values, .. } => Some(*values),
        ty => ty.key(name).map(|key| &key.ty),
    })
}

impl Type {
    /// The type of the items, for a list (of lists); otherwise the type itself.
    #[must_use]
    pub fn item(&'static self) -> &'static Type {
        match self {
            Type::List(item) => item.item(),
            ty => ty,
        }
    }

    /// The keys that may stand in it: those of a section, or of the sections of a list.
    #[must_use]
    pub fn keys(&'static self) -> &'static [Key] {
        match self.item() {
            Type::Section(keys) | Type::OneOf(keys) => keys,
            _ => &[],
        }
    }

    /// The words that may stand there, for completion; `true` and `false` for a boolean.
    #[must_use]
    pub fn choices(&'static self) -> &'static [Choice] {
        match self.item() {
            Type::Enum(choices) => choices,
            Type::Bool => &BOOLEANS,
            _ => &[],
        }
    }

    fn key(&'static self, name: &str) -> Option<&'static Key> {
        self.keys().iter().find(|key| key.name == name)
    }

    /// Says what is expected, for messages: "an integer", "a list of globs".
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            Type::Bool => "`true` or `false`".to_owned(),
            Type::Integer { .. } => "an integer".to_owned(),
            Type::Number { .. } => "a number".to_owned(),
            Type::Duration { .. } => "a number of seconds, or text such as `1.5s`".to_owned(),
            Type::String => "a string".to_owned(),
            Type::Enum(choices) => one_of(choices.iter().map(|choice| choice.value)),
            Type::Glob => "a glob".to_owned(),
            Type::Path => "a path".to_owned(),
            Type::Layout => "a path with `<component>`".to_owned(),
            Type::Word => "a word".to_owned(),
            Type::Pattern => "a regular expression".to_owned(),
            Type::Commands => "a list of argument lists".to_owned(),
            Type::Url => "an address such as `https://example.com/health`".to_owned(),
            Type::List(item) => format!("a list of {}", item.plural()),
            Type::Map { .. } | Type::Section(_) => "a mapping".to_owned(),
            Type::OneOf(_) => "a mapping of one key".to_owned(),
        }
    }

    /// Names several of it: "globs", "mappings".
    fn plural(&self) -> String {
        match self {
            Type::Bool => "booleans".to_owned(),
            Type::Integer { .. } => "integers".to_owned(),
            Type::Number { .. } => "numbers".to_owned(),
            Type::Duration { .. } => "durations".to_owned(),
            Type::String => "strings".to_owned(),
            Type::Enum(choices) => {
                let words: Vec<_> = choices.iter().map(|choice| format!("`{}`", choice.value)).collect();
                words.join(", ")
            }
            Type::Glob => "globs".to_owned(),
            Type::Path => "paths".to_owned(),
            Type::Layout => "paths with `<component>`".to_owned(),
            Type::Word => "words".to_owned(),
            Type::Pattern => "regular expressions".to_owned(),
            Type::Commands => "lists of argument lists".to_owned(),
            Type::Url => "addresses".to_owned(),
            Type::List(item) => format!("lists of {}", item.plural()),
            Type::Map { .. } | Type::Section(_) => "mappings".to_owned(),
            Type::OneOf(_) => "mappings of one key".to_owned(),
        }
    }

    /// Says which values are in range: "0 to 100 %"; empty where every one is.
    #[must_use]
    pub fn bounds(&self) -> String {
        let (min, max, unit) = match self {
            #[allow(clippy::cast_precision_loss, reason = "bounds are small")]
            Type::Integer { min, max, unit } => (*min as f64, max.map(|max| max as f64), *unit),
            Type::Number { min, max, unit } => (*min, *max, *unit),
            Type::Duration { min } => (*min, None, "s"),
            _ => return String::new(),
        };
        let range = match max {
            Some(max) => format!("{min} to {max}"),
            None => format!("at least {min}"),
        };
        if unit.is_empty() { range } else { format!("{range} {unit}") }
    }
}

impl Key {
    /// Describes the key for a hover: what it means, type, range, default.
    #[must_use]
    pub fn hover_markdown(&'static self) -> String {
        let bounds = self.ty.bounds();
        let bounds = if bounds.is_empty() { bounds } else { format!(" ({bounds})") };
        let mut out = format!("**`{}`**: {}{bounds}\n\n{}\n", self.name, self.ty.expected(), self.docs);
        for choice in self.ty.choices().iter().filter(|choice| !choice.docs.is_empty()) {
            out += &format!("\n- `{}`: {}", choice.value, choice.docs);
        }
        if self.default != DefaultValue::None {
            out += &format!("\n\nDefault: `{}`\n", self.default);
        }
        out
    }
}

impl std::fmt::Display for DefaultValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DefaultValue::None => Ok(()),
            DefaultValue::Bool(value) => write!(f, "{value}"),
            DefaultValue::Number(value) => write!(f, "{value}"),
            DefaultValue::Text(value) => f.write_str(value),
            DefaultValue::List(items) => {
                let items: Vec<_> = items
                    .iter()
                    // A plain `*` would be an alias.
                    .map(|item| if item.contains('*') { format!("\"{item}\"") } else { (*item).to_owned() })
                    .collect();
                write!(f, "[{}]", items.join(", "))
            }
        }
    }
}

static BOOLEANS: [Choice; 2] = [Choice { value: "true", docs: "" }, Choice { value: "false", docs: "" }];

/// Enumerates words: "`a`, `b` or `c`".
pub(crate) fn one_of<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<_> = words.map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_through_sections_lists_and_maps() {
        assert_eq!(lookup(&["quality_gates", "linting", "max_issues"]).unwrap().name, "max_issues");
        assert_eq!(lookup(&["overrides", "paths"]).unwrap().name, "paths");
        assert!(lookup(&["rules", "config/unknown-key"]).is_none());
        assert!(lookup(&[]).is_none() && lookup(&["nothing"]).is_none());
        let severity = lookup_type(&["rules", "config/unknown-key"]).unwrap();
        assert_eq!(severity.choices()[0].value, "off");
        assert!(lookup_type(&["rules", "a", "b"]).is_none());
    }

    #[test]
    fn defaults_are_valid_and_keys_documented() {
        fn walk(keys: &'static [Key], path: &str) {
            let mut names: Vec<_> = keys.iter().map(|key| key.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), keys.len(), "{path}");
            for key in keys {
                assert!(key.docs.ends_with('.'), "{path}{}: {:?}", key.name, key.docs);
                let text = format!("{}", key.default);
                if !text.is_empty() {
                    let mut checker = super::super::check::Checker::default();
                    let tree = crate::frontmatter::yaml::read(&text, 0);
                    checker.value(&tree.root.unwrap(), &key.ty);
                    assert!(checker.issues.is_empty(), "{path}{}: {:?}", key.name, checker.issues);
                }
                walk(key.ty.keys(), &format!("{path}{}.", key.name));
            }
        }
        walk(ROOT.keys(), "");
    }
}
