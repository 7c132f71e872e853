//! Package manifests that declare a stage: the stage alone.

use toml_edit::Document;

use super::Promotion;
use super::edits::Edits;
use super::value::restage;
use crate::declared::Declared;

/// Largest manifest whose version is read, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

pub(super) fn edit(text: &str, read: fn(&str) -> Option<Declared>, promotion: &Promotion, edits: &mut Edits) {
    let Some(declared) = read(text) else { return };
    if crate::stage::read(&declared.stage) == Some(promotion.to) {
        return;
    }
    // An empty value, or one in a stage's place that is none, is written as a name.
    let new = match crate::stage::read(&declared.stage) {
        Some(_) => restage(&declared.stage, promotion.to),
        None => promotion.to.name().to_owned(),
    };
    edits.replace(declared.range, new);
}

/// Returns the version of a Cargo package, where it stands there.
pub(super) fn cargo_version(text: &str) -> Option<String> {
    let document = (text.len() <= MAX_BYTES).then(|| Document::parse(text).ok())??;
    Some(document.get("package")?.as_table_like()?.get("version")?.as_str()?.to_owned())
}

/// Returns the version of a Node package.
pub(super) fn node_version(text: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Package {
        version: Option<String>,
    }
    let text = (text.len() <= MAX_BYTES).then_some(text)?.trim_start_matches('\u{feff}');
    serde_json::from_str::<Package>(text).ok()?.version
}
