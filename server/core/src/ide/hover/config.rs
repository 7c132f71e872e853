//! The part of a hover that explains what stands at the place in a configuration file: a key, or a rule code.

use text_size::{TextRange, TextSize};

use super::{Hover, rules};
use crate::config::ConfigFile;
use crate::config::schema::lookup;
use crate::text::Source;

/// Returns what stands at `at`.
pub(super) fn at(source: Source<'_>, at: TextSize) -> Option<Hover> {
    let touches = |range: TextRange| range.contains_inclusive(at);
    let file = ConfigFile::read(source);
    let mut path = Vec::new();
    let mut node = file.root.as_ref()?;
    loop {
        if let Some(items) = node.items() {
            node = items.iter().find(|item| touches(item.range))?;
            continue;
        }
        let entries = node.entries()?;
        if let Some(entry) = entries.iter().find(|entry| touches(entry.key.range)) {
            let key = entry.key.as_str()?;
            path.push(key);
            let known = lookup(&path).map(|key| key.hover_markdown().trim_end().to_owned());
            let markdown = known.or_else(|| crate::rules::find(key).map(rules::section))?;
            return Some(Hover { range: entry.key.range, markdown });
        }
        let entry = entries.iter().find(|entry| touches(entry.value.range))?;
        path.push(entry.key.as_str()?);
        node = &entry.value;
    }
}
