//! Which format a report seems to have, by its first bytes and top-level keys.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Format;
use super::xml::root_name;

/// The most keys that are looked at.
const MAX_KEYS: usize = 200;

/// The format that `bytes` seem to have, so that an error can name it; also where they are cut off. `None` for what looks
/// like none of them, or could be several: `[]`.
#[must_use]
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    let bytes = super::without_bom(bytes).trim_ascii_start();
    match bytes.first()? {
        b'<' => match root_name(bytes)? {
            "coverage" => Some(Format::Cobertura),
            "testsuites" | "testsuite" => Some(Format::Junit),
            _ => None,
        },
        b'{' | b'[' => of_keys(&keys(bytes)),
        _ => of_text(bytes),
    }
}

fn of_text(bytes: &[u8]) -> Option<Format> {
    let mut lines = bytes.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).take(50);
    let first = lines.next()?;
    if first.starts_with(b"TN:") || first.starts_with(b"SF:") {
        return Some(Format::Lcov);
    }
    std::iter::once(first)
        .chain(lines)
        .any(|line| memchr::memmem::find(line, b"error TS").is_some() || line.starts_with(b"Files:  "))
        .then_some(Format::Tsc)
}

fn of_keys(keys: &[String]) -> Option<Format> {
    let has = |key: &str| keys.iter().any(|found| found == key);
    let ends = |end: &str| keys.iter().any(|found| found.ends_with(end));
    match () {
        () if has(".meta") && has(".files") => Some(Format::CoveragePy),
        () if has(".runs") && (has(".version") || has(".$schema")) => Some(Format::Sarif),
        () if has(".generalDiagnostics") => Some(Format::Pyright),
        () if has(".plugins_used") => Some(Format::DetectSecrets),
        () if has(".metrics") && (has(".results") || has(".errors")) => Some(Format::Bandit),
        () if has(".reason") => Some(Format::Cargo),
        () if has(".benchmarks") && has(".machine_info") => Some(Format::Metrics),
        () if has("[].filePath") => Some(Format::Eslint),
        () if has("[].filename") && has("[].location") => Some(Format::Ruff),
        () if ends("[].rank") && ends("[].complexity") => Some(Format::Radon),
        () if has(".response_time_ms") || has(".memory_mb") => Some(Format::Metrics),
        () => None,
    }
}

/// The keys of the first levels of `bytes`, up to where it is cut off or broken: `.files`, `[].filePath`, `.a.py[].rank`.
fn keys(bytes: &[u8]) -> Vec<String> {
    let mut keys = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    // An error ends the list of keys, which is what is wanted.
    drop(Keys { keys: &mut keys, path: String::new(), depth: 0 }.deserialize(&mut deserializer));
    keys
}

struct Keys<'k> {
    keys: &'k mut Vec<String>,
    path: String,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Keys<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let path = format!("{}.{key}", self.path);
            if self.depth < 3 && self.keys.len() < MAX_KEYS {
                self.keys.push(path.clone());
                map.next_value_seed(Keys { keys: self.keys, path, depth: self.depth + 1 })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let path = format!("{}[]", self.path);
        if self.depth < 3 {
            seq.next_element_seed(Keys { keys: self.keys, path, depth: self.depth + 1 })?;
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
