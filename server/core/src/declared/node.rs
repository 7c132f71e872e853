//! `"stagegate": {"stage": "staging"}` at the top level of a `package.json`.

use std::borrow::Cow;
use std::fmt;

use memchr::memmem;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use text_size::TextRange;

use super::{Declared, split_bom};
use crate::text::range;

/// Returns the stage that the manifest `text` declares: the key `stage` (or `maturity`) of `stagegate`, which may
/// also be the stage itself.
///
/// Of a key that is written twice the last one counts, as npm has it.
#[must_use]
pub fn read(text: &str) -> Option<Declared> {
    memmem::find(text.as_bytes(), b"stagegate")?;
    let (_, body) = split_bom(text);
    let (key, value) = serde_json::from_str::<Entries<'_>>(body).ok()?.get("stagegate")?;
    if let Some(range) = string(text, value) {
        return Some(declared(text, range, key, None));
    }
    let ours = serde_json::from_str::<Entries<'_>>(value.get()).ok()?;
    let (key, value) = ours.get("stage").or_else(|| ours.get("maturity"))?;
    let component = ours.get("component").and_then(|(_, component)| string(text, component));
    Some(declared(text, string(text, value)?, key, component))
}

fn declared(text: &str, range: TextRange, key: &RawValue, component: Option<TextRange>) -> Declared {
    Declared {
        stage: text[range].to_owned(),
        range,
        key_range: string(text, key).unwrap_or_default(),
        component: component.map(|range| (text[range].to_owned(), range)),
    }
}

/// Returns the range of a string without its quotes; `raw` borrows from `text`.
fn string(text: &str, raw: &RawValue) -> Option<TextRange> {
    let inner = raw.get().strip_prefix('"')?.strip_suffix('"')?;
    let start = inner.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    Some(range(start, start + inner.len()))
}

/// The entries of an object that concern us, as they stand in the text.
struct Entries<'a>(Vec<(Cow<'a, str>, &'a RawValue, &'a RawValue)>);

impl<'a> Entries<'a> {
    /// Returns the last entry at `key`.
    fn get(&self, key: &str) -> Option<(&'a RawValue, &'a RawValue)> {
        self.0.iter().rev().find(|(name, ..)| name == key).map(|(_, key, value)| (*key, *value))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Entries(Vec::new());
                while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                    let Some(name) = name(key) else { continue };
                    if matches!(&*name, "stagegate" | "stage" | "maturity" | "component") {
                        entries.0.push((name, key, value));
                    }
                }
                Ok(entries)
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// Resolves the escapes of a key.
fn name(key: &RawValue) -> Option<Cow<'_, str>> {
    let inner = key.get().strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return serde_json::from_str::<String>(key.get()).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner))
}
