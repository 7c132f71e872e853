//! `textDocument/references`: every mention of a component in specs, MATURITY files and manifests.

use stagegate_core::ide::{self, MentionKind};
use tower_lsp::ls_types::{Location, ReferenceParams};

use super::Target;
use super::definition::mention;
use super::texts::Texts;
use crate::state::{Snapshot, State};

/// Answers where the component at a position is mentioned. Its declarations are the places that say which component
/// a file is about.
pub(crate) fn references(
    snapshot: &Snapshot,
    state: &State,
    params: &ReferenceParams,
) -> Option<Vec<Location>> {
    let target = Target::of(snapshot)?;
    let asked = mention(&target, snapshot, &params.text_document_position)?;
    let texts = Texts::around(snapshot, state, target.document.home()?)?;
    let mut found = Vec::new();
    for path in texts.paths(false) {
        let Some(text) = texts.read(path).filter(|text| text.may_mention(&asked.written)) else { continue };
        let mentions = ide::mentions(text.source(), path, texts.root(), &asked.written);
        let wanted = mentions.iter().filter(|mention| {
            params.context.include_declaration
                || !matches!(mention.kind, MentionKind::Name | MentionKind::Title)
        });
        let Ok(uri) = text.uri.parse::<tower_lsp::ls_types::Uri>() else { continue };
        let ranges = text.ranges(wanted.map(|mention| mention.range));
        found.extend(ranges.into_iter().map(|range| Location { uri: uri.clone(), range }));
    }
    Some(found)
}
