//! A checked configuration value, and merging two layers of them.

use super::schema::{DefaultValue, Merge, Type};

/// A value that its key allows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Bool(bool),
    /// Durations in seconds.
    Number(f64),
    Text(String),
    List(Vec<Value>),
    /// In the order written; no key twice.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// Returns the defaults of everything below `ty`.
    pub(crate) fn defaults(ty: &'static Type) -> Value {
        let entries = match ty {
            Type::Section(keys) => keys
                .iter()
                .filter_map(|key| {
                    let value = match key.default {
                        DefaultValue::None if matches!(key.ty, Type::Section(_)) => Value::defaults(&key.ty),
                        DefaultValue::None => return None,
                        DefaultValue::Bool(value) => Value::Bool(value),
                        DefaultValue::Number(value) => Value::Number(value),
                        DefaultValue::Text(value) => Value::Text(value.to_owned()),
                        DefaultValue::List(items) => {
                            Value::List(items.iter().map(|item| Value::Text((*item).to_owned())).collect())
                        }
                    };
                    Some((key.name.to_owned(), value))
                })
                .collect(),
            _ => Vec::new(),
        };
        Value::Map(entries)
    }

    /// Returns what stands at `path`, keys separated by dots.
    pub(crate) fn get(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(self, |value, name| {
            value.entries().iter().find(|(key, _)| key == name).map(|(_, value)| value)
        })
    }

    pub(crate) fn number(&self) -> Option<f64> {
        if let Value::Number(value) = self { Some(*value) } else { None }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        if let Value::Text(value) = self { Some(value) } else { None }
    }

    pub(crate) fn items(&self) -> &[Value] {
        if let Value::List(items) = self { items } else { &[] }
    }

    pub(crate) fn entries(&self) -> &[(String, Value)] {
        if let Value::Map(entries) = self { entries } else { &[] }
    }
}

/// Puts the layer `upper` over `lower`, both of the section `ty`.
pub(crate) fn merge(ty: &'static Type, lower: &mut Value, upper: Value) {
    let Value::Map(upper) = upper else { return };
    for (name, value) in upper {
        let Some(key) = ty.keys().iter().find(|key| key.name == name) else { continue };
        let Value::Map(entries) = lower else { return };
        let Some((_, below)) = entries.iter_mut().find(|(known, _)| *known == name) else {
            entries.push((name, value));
            continue;
        };
        match (key.merge, below, value) {
            (Merge::Append, Value::List(below), Value::List(above)) => below.extend(above),
            (Merge::Prepend, Value::Map(below), Value::Map(above)) => {
                below.retain(|(name, _)| !above.iter().any(|(new, _)| new == name));
                below.splice(0..0, above);
            }
            (Merge::Rules, Value::Map(below), Value::Map(above)) => {
                below.retain(|(name, _)| !above.iter().any(|(new, _)| covers(new, name)));
                below.extend(above);
            }
            (Merge::Entries, Value::Map(below), Value::Map(above)) => {
                below.retain(|(name, _)| !above.iter().any(|(new, _)| new == name));
                below.extend(above);
            }
            (Merge::Replace, below @ Value::Map(_), above @ Value::Map(_)) => merge(&key.ty, below, above),
            (_, below, above) => *below = above,
        }
    }
}

/// Whether the rule name `new` of a later layer decides what `name` decided: the same, or its family.
fn covers(new: &str, name: &str) -> bool {
    new == name
        || new
            .strip_suffix("/*")
            .is_some_and(|family| name.strip_prefix(family).is_some_and(|rest| rest.starts_with('/')))
}
