//! `[package.metadata.stagegate]` of a `Cargo.toml`.

use memchr::memmem;
use text_size::TextRange;
use toml_edit::{Document, TableLike};

use super::Declared;
use crate::text::range;

/// Largest manifest that is read, in bytes; real ones have a few KiB.
pub const MAX_MANIFEST_BYTES: usize = 1024 * 1024;

/// Returns the stage that the manifest `text` declares: the key `stage` (or `maturity`) of
/// `package.metadata.stagegate`, which may also be the stage itself.
#[must_use]
pub fn read(text: &str) -> Option<Declared> {
    if text.len() > MAX_MANIFEST_BYTES {
        return None;
    }
    // Nearly every manifest says nothing; a search is a thousand times cheaper than reading it.
    memmem::find(text.as_bytes(), b"stagegate")?;
    let document = Document::parse(text).ok()?;
    let metadata = document.get("package")?.as_table_like()?.get("metadata")?.as_table_like()?;
    if let Some((range, key_range)) = entry(text, metadata, "stagegate") {
        return Some(declared(text, range, key_range, None));
    }
    let ours = metadata.get("stagegate")?.as_table_like()?;
    let (range, key_range) = entry(text, ours, "stage").or_else(|| entry(text, ours, "maturity"))?;
    let component = entry(text, ours, "component").map(|(range, _)| range);
    Some(declared(text, range, key_range, component))
}

fn declared(text: &str, range: TextRange, key_range: TextRange, component: Option<TextRange>) -> Declared {
    Declared {
        stage: text[range].to_owned(),
        range,
        key_range,
        component: component.map(|range| (text[range].to_owned(), range)),
    }
}

/// Returns the range of the string at `key`, without the quotes, and that of the key.
fn entry(text: &str, table: &dyn TableLike, key: &str) -> Option<(TextRange, TextRange)> {
    let (key, item) = table.get_key_value(key)?;
    item.as_str()?;
    let (key, span) = (key.span()?, item.span()?);
    let raw = text.get(span.clone())?;
    let width = if raw.starts_with("\"\"\"") || raw.starts_with("'''") { 3 } else { 1 };
    let inner = raw.get(width..raw.len().checked_sub(width)?)?;
    // The line end behind three quotes does not belong to the value.
    let first = if inner.starts_with("\r\n") { 2 } else { usize::from(inner.starts_with('\n')) };
    let start = span.start + width;
    Some((range(start + first, start + inner.len()), range(key.start, key.end)))
}
