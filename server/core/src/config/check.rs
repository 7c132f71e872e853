//! Checking a YAML tree against the schema: what is valid becomes a [`Value`], everything else an [`Issue`].
//!
//! One wrong key never hides another: a bad value is left out, and the layer below counts instead.

use rustc_hash::FxHashMap;
use text_size::TextRange;

use super::schema::{Choice, Key, Keys, Type, one_of};
use super::value::Value;
use crate::diagnostic::{Fix, Severity};
use crate::frontmatter::yaml::{Node, NodeKind, ScalarType, Style};
use crate::gates::{GateKind, GateName};
use crate::glob::{self, Glob};
use crate::layout::LayoutPattern;
use crate::rules;
use crate::todo;

/// Most issues of one file; nobody reads more. Checking stops there, which bounds the work on a hostile file.
const MAX_ISSUES: usize = 500;

/// Longest text that is compared with known words, in bytes; every known word is far shorter.
const MAX_WORD: usize = 64;

/// Something wrong with a value or key.
#[derive(Clone, Debug)]
pub(crate) struct Issue {
    pub(crate) kind: IssueKind,
    /// The offending text; empty for settings, which have no text.
    pub(crate) range: TextRange,
    /// The key it concerns, such as `overrides[0].paths`; empty for the whole file.
    pub(crate) key: String,
    /// What was found and what was expected.
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) fix: Option<Fix>,
    /// Set where it matters less than its rule usually does.
    pub(crate) at_most: Option<Severity>,
}

/// Which rule an [`Issue`] breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IssueKind {
    UnknownKey,
    WrongType,
    BadValue,
}

/// Checks a file or settings.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    pub(crate) issues: Vec<Issue>,
    /// Where the checker stands: `.name` and `[index]` parts, joined.
    path: String,
}

impl Checker {
    /// Checks `node`; returns what is valid of it.
    pub(crate) fn value(&mut self, node: &Node, ty: &'static Type) -> Option<Value> {
        if self.is_full() {
            return None;
        }
        match &node.kind {
            NodeKind::Invalid => return None, // A syntax problem says why.
            NodeKind::Alias => {
                let message =
                    format!("expected {}; aliases of lists and mappings are not followed", ty.expected());
                self.report(IssueKind::WrongType, node.range, message)?.help =
                    Some("write the values out".to_owned());
                return None;
            }
            _ => {}
        }
        match ty {
            Type::Section(keys) => self.section(node, keys, ty),
            Type::OneOf(keys) => {
                let value = self.section(node, keys, ty)?;
                let count = node.entries().map_or(0, <[_]>::len);
                if count != 1 {
                    let message = format!("expected one key, found {count}");
                    let issue = self.report(IssueKind::BadValue, node.range, message)?;
                    issue.help = Some("write each key as an item of its own: `- key: value`".to_owned());
                }
                Some(value)
            }
            Type::Map { keys, values } => self.map(node, *keys, values, ty),
            Type::List(item) => self.list(node, item, ty),
            Type::Commands => self.commands(node),
            _ => self.scalar(node, ty),
        }
    }

    fn section(&mut self, node: &Node, keys: &'static [Key], ty: &'static Type) -> Option<Value> {
        let Some(entries) = node.entries() else { return self.no_collection(node, ty) };
        let mut values = Entries::default();
        // Keys that a fix proposes: two misspellings of one key cannot both become it.
        let mut proposed = Vec::new();
        for entry in entries {
            if self.is_full() {
                break;
            }
            let Some(name) = entry.key.as_str() else {
                self.report(IssueKind::UnknownKey, entry.key.range, "expected a name as key".to_owned());
                continue;
            };
            let Some(key) = keys.iter().find(|key| key.name == name) else {
                self.unknown_key(node, &entry.key, name, keys, &mut proposed);
                continue;
            };
            let before = self.issues.len();
            self.at(&format!(".{name}"), |checker| {
                if let Some(value) = checker.value(&entry.value, &key.ty) {
                    values.insert(name, value);
                }
            });
            // Where nothing is written, there is nothing to underline but the key.
            if entry.value.range.is_empty() {
                self.issues.iter_mut().skip(before).for_each(|issue| issue.range = entry.key.range);
            }
        }
        for key in keys.iter().filter(|key| key.required && node.get(key.name).is_none()) {
            self.report(IssueKind::BadValue, node.range, format!("the key `{}` is missing", key.name));
        }
        Some(Value::Map(values.list))
    }

    fn map(&mut self, node: &Node, keys: Keys, values: &'static Type, ty: &'static Type) -> Option<Value> {
        let Some(entries) = node.entries() else { return self.no_collection(node, ty) };
        let mut checked = Entries::default();
        for entry in entries {
            if self.is_full() {
                break;
            }
            let name = entry.key.as_str().unwrap_or_default();
            self.at(&format!(".{}", shorten(name)), |checker| {
                let valid = match keys {
                    Keys::Rule => checker.rule_name(&entry.key, name),
                    Keys::Glob => checker.glob(&entry.key, name).is_some(),
                    Keys::Gate => checker.gate_name(&entry.key, name),
                    Keys::Variable => checker.variable(&entry.key, name),
                };
                let value = checker.value(&entry.value, values);
                if let Some(value) = value.filter(|_| valid) {
                    checked.insert(name, value);
                }
            });
        }
        Some(Value::Map(checked.list))
    }

    fn list(&mut self, node: &Node, item: &'static Type, ty: &'static Type) -> Option<Value> {
        let Some(items) = node.items() else {
            let fix = as_list(node, item);
            self.no_collection(node, ty);
            if let (Some(fix), Some(issue)) = (fix, self.issues.last_mut())
                && issue.range == node.range
            {
                issue.fix = Some(fix);
            }
            return None;
        };
        let mut values = Vec::new();
        for (index, node) in items.iter().enumerate() {
            self.at(&format!("[{index}]"), |checker| values.extend(checker.value(node, item)));
        }
        Some(Value::List(values))
    }

    /// Reports what stands where a list or mapping should; nothing at all counts as an empty one.
    fn no_collection(&mut self, node: &Node, ty: &'static Type) -> Option<Value> {
        if node.scalar_type() != Some(ScalarType::Null) {
            let message = format!("expected {}, found {}", ty.expected(), found(node));
            self.report(IssueKind::WrongType, node.range, message);
        }
        None
    }

    fn scalar(&mut self, node: &Node, ty: &'static Type) -> Option<Value> {
        let (NodeKind::Scalar { value, style }, Some(scalar_type)) = (&node.kind, node.scalar_type()) else {
            return self.wrong_type(node, ty, None);
        };
        if scalar_type == ScalarType::Null {
            return self.wrong_type(node, ty, None);
        }
        let plain = *style == Style::Plain;
        match ty {
            Type::Bool => match boolean(value) {
                Some(value) if plain => Some(Value::Bool(value)),
                Some(meant) => self.wrong_type(node, ty, Some(meant.to_string())),
                None => self.wrong_type(node, ty, None),
            },
            Type::Integer { .. } | Type::Number { .. } => {
                let whole = matches!(ty, Type::Integer { .. });
                let Some(number) = number(value).filter(|_| scalar_type == ScalarType::Number) else {
                    let percent = ty.bounds().ends_with('%');
                    let bare = if percent { value.trim_end_matches('%').trim_end() } else { value };
                    let meant = number(bare.trim()).filter(|n| !whole || n.fract() == 0.0);
                    return self.wrong_type(node, ty, meant.map(|n| n.to_string()));
                };
                if whole && number.fract() != 0.0 {
                    return self.wrong_type(node, ty, None);
                }
                self.in_range(node, number, ty)
            }
            Type::Duration { .. } => match (scalar_type, number(value)) {
                (ScalarType::Number, Some(seconds)) => self.in_range(node, seconds, ty),
                (ScalarType::String, _) => match duration(value) {
                    Some(seconds) => self.in_range(node, seconds, ty),
                    None => self.wrong_type(node, ty, number(value).map(|n| n.to_string())),
                },
                _ => self.wrong_type(node, ty, None),
            },
            _ if scalar_type != ScalarType::String => {
                let meant = matches!(
                    ty,
                    Type::String
                        | Type::Url
                        | Type::Path
                        | Type::Layout
                        | Type::Glob
                        | Type::Word
                        | Type::Pattern
                )
                .then(|| quoted(value));
                self.wrong_type(node, ty, meant)
            }
            Type::Enum(choices) => self.choice(node, value, choices),
            Type::Glob => self.glob(node, value),
            Type::Layout => self.layout(node, value),
            Type::Pattern => self.pattern(node, value),
            Type::Url => self.url(node, value),
            Type::Word if !todo::is_word(value) => {
                let message = format!(
                    "`{}` is no word; expected letters or digits at both ends, and no blanks",
                    shorten(value)
                );
                self.report(IssueKind::BadValue, node.range, message);
                None
            }
            Type::Path if !stays_inside(value) => {
                let message =
                    format!("`{}` leaves the workspace; expected a path below its root", shorten(value));
                self.report(IssueKind::BadValue, node.range, message);
                None
            }
            _ => Some(Value::Text(value.to_string())),
        }
    }

    fn in_range(&mut self, node: &Node, number: f64, ty: &'static Type) -> Option<Value> {
        let (min, max) = match ty {
            #[allow(clippy::cast_precision_loss, reason = "bounds are small")]
            Type::Integer { min, max, .. } => (*min as f64, max.map(|max| max as f64)),
            Type::Number { min, max, .. } => (*min, *max),
            Type::Duration { min } => (*min, None),
            _ => return Some(Value::Number(number)),
        };
        if number.is_finite() && number >= min && max.is_none_or(|max| number <= max) {
            return Some(Value::Number(number));
        }
        let written = shorten(node.as_str().unwrap_or_default());
        let message = format!("`{written}` is out of range; expected {}", ty.bounds());
        self.report(IssueKind::BadValue, node.range, message);
        None
    }

    fn choice(&mut self, node: &Node, value: &str, choices: &'static [Choice]) -> Option<Value> {
        if choices.iter().any(|choice| choice.value == value) {
            return Some(Value::Text(value.to_owned()));
        }
        let words = || choices.iter().map(|choice| choice.value);
        let near = synonym(value).filter(|word| words().any(|choice| choice == *word));
        let near = near.or_else(|| nearest(value, words()));
        let words = one_of(choices.iter().map(|choice| choice.value));
        let message = format!("unknown value `{}`; expected {words}", shorten(value));
        let issue = self.report(IssueKind::BadValue, node.range, message)?;
        if let Some(near) = near {
            let fix = Fix::safe(format!("Write `{near}`"), node.range, requoted(node, near));
            // Another case is the same word; another letter may be another word.
            issue.fix = Some(if near.eq_ignore_ascii_case(value) { fix } else { fix.needs_review() });
            issue.help = Some(format!("did you mean `{near}`?"));
        }
        None
    }

    fn glob(&mut self, node: &Node, pattern: &str) -> Option<Value> {
        let message = match Glob::new(pattern) {
            _ if pattern.trim().is_empty() => {
                "an empty glob matches nothing; expected a pattern such as `src/**`".to_owned()
            }
            Ok(_) => return Some(Value::Text(pattern.to_owned())),
            Err(error) => format!("`{}` is not a valid glob: {error}", shorten(pattern)),
        };
        self.report(IssueKind::BadValue, node.range, message);
        None
    }

    fn layout(&mut self, node: &Node, pattern: &str) -> Option<Value> {
        let Err(error) = LayoutPattern::new(pattern) else { return Some(Value::Text(pattern.to_owned())) };
        let message = format!("`{}` is not a place of components: {error}", shorten(pattern));
        self.report(IssueKind::BadValue, node.range, message)?.help =
            Some("write a path such as `src/<component>`".to_owned());
        None
    }

    fn pattern(&mut self, node: &Node, pattern: &str) -> Option<Value> {
        let Err(error) = todo::pattern(pattern) else { return Some(Value::Text(pattern.to_owned())) };
        let message = format!("`{}` is not a regular expression that finds keys: {error}", shorten(pattern));
        self.report(IssueKind::BadValue, node.range, message)?.help =
            Some("write a pattern such as `[A-Z]+-[0-9]+`".to_owned());
        None
    }

    /// Checks the key of a map from rules to severities. A rule that this version does not know is no error, so
    /// that a file may name the rules of a newer one.
    fn rule_name(&mut self, node: &Node, name: &str) -> bool {
        let family = name.strip_suffix("/*");
        let known = match family {
            Some(family) => rules::ALL.iter().any(|rule| rule.family() == family),
            None => rules::find(name).is_some(),
        };
        if known {
            return true;
        }
        let near: Vec<String> = match family {
            _ if name.len() > MAX_WORD => Vec::new(),
            Some(family) => {
                let near = nearest(family, rules::ALL.iter().map(|rule| rule.family()));
                near.map(|family| format!("{family}/*")).into_iter().collect()
            }
            None if rules::ALL.iter().any(|rule| rule.family() == name) => vec![format!("{name}/*")],
            None => rules::suggest(name).into_iter().map(str::to_owned).collect(),
        };
        let message = format!(
            "unknown rule `{}`; expected a code such as `config/bad-value`, or `family/*`",
            shorten(name)
        );
        let Some(issue) = self.report(IssueKind::BadValue, node.range, message) else { return false };
        issue.at_most = Some(Severity::Warning);
        if let [first, ..] = near.as_slice() {
            issue.help = Some(format!("did you mean {}?", one_of(near.iter().map(String::as_str))));
            let fix = Fix::safe(format!("Write `{first}`"), node.range, requoted(node, first));
            issue.fix = Some(fix.needs_review());
        }
        false
    }

    /// Checks the name of a gate; one of our own is nearly always meant where it is nearly written.
    fn gate_name(&mut self, node: &Node, name: &str) -> bool {
        let Some(gate) = GateName::new(name) else {
            let message = format!(
                "`{}` is no name of a gate; expected lowercase letters, digits, `_` and `-`",
                shorten(name)
            );
            self.report(IssueKind::BadValue, node.range, message);
            return false;
        };
        let known = GateKind::ALL.into_iter().map(GateKind::name);
        if gate.kind() == GateKind::Custom
            && let Some(near) = nearest(name, known)
            && let Some(issue) = self.report(
                IssueKind::BadValue,
                node.range,
                format!("`{}` is a gate of your own; was `{near}` meant?", shorten(name)),
            )
        {
            issue.at_most = Some(Severity::Hint);
        }
        true
    }

    fn variable(&mut self, node: &Node, name: &str) -> bool {
        let valid = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !valid {
            let message = format!("`{}` is no name of an environment variable", shorten(name));
            self.report(IssueKind::BadValue, node.range, message);
        }
        valid
    }

    fn unknown_key(
        &mut self,
        section: &Node,
        node: &Node,
        name: &str,
        keys: &'static [Key],
        proposed: &mut Vec<&'static str>,
    ) {
        let place =
            if self.path.is_empty() { "the file".to_owned() } else { format!("`{}`", &self.path[1..]) };
        let near = nearest(name, keys.iter().map(|key| key.name));
        let near = near.filter(|near| section.get(near).is_none() && !proposed.contains(near));
        proposed.extend(near);
        self.at(&format!(".{}", shorten(name)), |checker| {
            let message = match near {
                Some(near) => format!("unknown key `{}`; expected `{near}`", shorten(name)),
                None if name == "<<" => "merge keys are not read".to_owned(),
                None => format!("unknown key `{}` in {place}; nothing reads it", shorten(name)),
            };
            let Some(issue) = checker.report(IssueKind::UnknownKey, node.range, message) else { return };
            if let Some(near) = near {
                let title = format!("Rename `{name}` to `{near}`");
                issue.fix = Some(Fix::safe(title, node.range, requoted(node, near)));
            } else if name == "<<" {
                issue.help = Some("write the keys out".to_owned());
            } else {
                issue.at_most = Some(Severity::Hint);
                issue.help = elsewhere(name).map(|place| format!("`{name}` is a key of `{place}`"));
            }
        });
    }

    /// Reports a value of another type; `meant` is the text that says the same in the right type.
    pub(super) fn wrong_type(
        &mut self,
        node: &Node,
        ty: &'static Type,
        meant: Option<String>,
    ) -> Option<Value> {
        let message = format!("expected {}, found {}", ty.expected(), found(node));
        let issue = self.report(IssueKind::WrongType, node.range, message)?;
        issue.fix = meant.map(|meant| Fix::safe(format!("Write `{meant}`"), node.range, meant));
        None
    }

    pub(super) fn report(
        &mut self,
        kind: IssueKind,
        range: TextRange,
        message: String,
    ) -> Option<&mut Issue> {
        if self.is_full() {
            return None;
        }
        let key = self.path.trim_start_matches('.').to_owned();
        self.issues.push(Issue { kind, range, key, message, help: None, fix: None, at_most: None });
        self.issues.last_mut()
    }

    /// Whether so much is wrong that the rest is left unread.
    fn is_full(&self) -> bool {
        self.issues.len() >= MAX_ISSUES
    }

    /// Does something one step further down.
    pub(super) fn at(&mut self, step: &str, check: impl FnOnce(&mut Checker)) {
        let len = self.path.len();
        self.path.push_str(step);
        check(self);
        self.path.truncate(len);
    }
}

/// Returns a fix that writes the scalar `node` as a list of `item`.
fn as_list(node: &Node, item: &'static Type) -> Option<Fix> {
    let NodeKind::Scalar { value, style } = &node.kind else { return None };
    let parts = glob::split(value);
    let mut one = Checker::default();
    let valid = parts.len() > 1 || (one.value(node, item).is_some() && one.issues.is_empty());
    if *style == Style::Block || node.scalar_type() == Some(ScalarType::Null) || !valid {
        return None;
    }
    let write = |text: &str| {
        // Quoted, unless it is a plain word: brackets and commas have a meaning inside of brackets.
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        if node.scalar_type() != Some(ScalarType::String) || text.bytes().all(word) {
            text.to_owned()
        } else {
            quoted(text)
        }
    };
    let items: Vec<_> = parts.iter().map(|part| write(&part.text)).collect();
    let fix = Fix::safe("Write it as a list", node.range, format!("[{}]", items.join(", ")));
    // A comma probably separates, but a glob may hold one.
    Some(if parts.len() > 1 { fix.needs_review() } else { fix })
}

/// The entries of a map in the making; of two with the same key the last one counts, as for the incumbent.
#[derive(Default)]
struct Entries {
    list: Vec<(String, Value)>,
    places: FxHashMap<String, usize>,
}

impl Entries {
    fn insert(&mut self, name: &str, value: Value) {
        if let Some(&place) = self.places.get(name) {
            self.list[place].1 = value;
            return;
        }
        self.places.insert(name.to_owned(), self.list.len());
        self.list.push((name.to_owned(), value));
    }
}

/// Names what was found: a short scalar by its text, everything else by its type.
fn found(node: &Node) -> String {
    match node.as_str() {
        Some(text) if !text.is_empty() && text.len() <= 40 && !text.contains(['\n', '`']) => {
            format!("{} (`{text}`)", node.type_name())
        }
        _ => node.type_name().to_owned(),
    }
}

/// Reads a boolean as YAML 1.1 does (yaml.org/type/bool.html, as PyYAML has it): the incumbent reads with it.
fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Reads a number of the core schema.
fn number(text: &str) -> Option<f64> {
    let radix = |digits: &str, radix| i64::from_str_radix(digits, radix).ok();
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    #[allow(clippy::cast_precision_loss, reason = "a number this large is out of every range anyway")]
    let value = match unsigned.as_bytes() {
        [b'0', b'x', ..] => radix(&unsigned[2..], 16)? as f64,
        [b'0', b'o', ..] => radix(&unsigned[2..], 8)? as f64,
        b".inf" | b".Inf" | b".INF" => f64::INFINITY,
        b".nan" | b".NaN" | b".NAN" => f64::NAN,
        [b'0'..=b'9' | b'.', ..] => unsigned.parse().ok()?,
        _ => return None,
    };
    Some(if negative { -value } else { value })
}

/// Reads a duration with a unit, in seconds.
fn duration(text: &str) -> Option<f64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    Some(number(digits)? * factor)
}

/// Whether a path stays below the root, as far as its text tells.
pub(crate) fn stays_inside(path: &str) -> bool {
    let drive = path.as_bytes().get(1) == Some(&b':');
    !path.is_empty()
        && !drive
        && !path.starts_with(['/', '\\', '~'])
        && path.split(['/', '\\']).all(|part| part != "..")
}

/// Returns the word that `text` was certainly meant to be: equal but for case, `_`, `-` and blanks, or a letter
/// or two away.
pub(super) fn nearest<'a>(text: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if text.len() > MAX_WORD {
        return None;
    }
    let plain = |word: &str| {
        word.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).collect::<String>().to_lowercase()
    };
    let wanted = plain(text);
    let distance = |word: &'a str| {
        let target = plain(word);
        let allowed = if target.len() >= 8 { 2 } else { usize::from(target.len() >= 4) };
        let distance = strsim::damerau_levenshtein(&wanted, &target);
        (distance <= allowed).then_some((distance, word))
    };
    words.filter_map(distance).min().map(|(_, word)| word)
}

/// Returns our word for a severity that other tools call `text`.
fn synonym(text: &str) -> Option<&'static str> {
    Some(match text.to_ascii_lowercase().as_str() {
        "warn" => "warning",
        "info" => "information",
        "err" | "fatal" => "error",
        "of" | "no" | "none" | "disabled" | "ignore" => "off",
        _ => return None,
    })
}

/// Returns the section that `name` is a key of, if there is exactly one.
fn elsewhere(name: &str) -> Option<String> {
    fn walk(keys: &'static [Key], path: &str, name: &str, places: &mut Vec<String>) {
        for key in keys {
            let below = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
            if key.name == name && !path.is_empty() {
                places.push(path.to_owned());
            }
            walk(key.ty.keys(), &below, name, places);
        }
    }
    let mut places = Vec::new();
    walk(super::keys::ROOT.keys(), "", name, &mut places);
    if let [place] = places.as_slice() { Some(place.clone()) } else { None }
}

/// Writes `text` as `node` is written: with its quotes.
pub(super) fn requoted(node: &Node, text: &str) -> String {
    match &node.kind {
        NodeKind::Scalar { style: Style::SingleQuoted, .. } => format!("'{text}'"),
        NodeKind::Scalar { style: Style::DoubleQuoted, .. } => format!("\"{text}\""),
        _ => text.to_owned(),
    }
}

/// Writes `text` in double quotes. JSON's escapes are YAML's.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Cuts a long text for a message, and hides what would break it.
pub(crate) fn shorten(text: &str) -> String {
    let short: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if short.len() < text.len() { format!("{short}...") } else { short }
}
