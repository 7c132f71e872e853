//! `textDocument/documentSymbol`.

use stagegate_core::ide::{self, Symbol, SymbolKind as Kind};
use tower_lsp::ls_types::*;

use super::Target;
use crate::state::Snapshot;
use crate::to_proto;

/// Answers the outline: as a tree, or flat for a client that knows no tree.
pub(crate) fn document_symbol(
    snapshot: &Snapshot,
    tree: bool,
    params: &DocumentSymbolParams,
) -> Option<DocumentSymbolResponse> {
    let target = Target::of(snapshot).filter(|target| target.kind.has_outline())?;
    let symbols = ide::document_symbols(target.source());
    if tree {
        let symbols = symbols.into_iter().map(|symbol| nested(&target, snapshot, symbol)).collect();
        return Some(DocumentSymbolResponse::Nested(symbols));
    }
    let mut flat = Vec::new();
    for symbol in symbols {
        flatten(&target, snapshot, &params.text_document.uri, symbol, None, &mut flat);
    }
    Some(DocumentSymbolResponse::Flat(flat))
}

fn kind(kind: Kind) -> SymbolKind {
    match kind {
        Kind::FrontMatter => SymbolKind::NAMESPACE,
        Kind::Key => SymbolKind::PROPERTY,
        Kind::Heading(_) => SymbolKind::STRING,
    }
}

#[expect(deprecated, reason = "the type has a deprecated field that has to be filled")]
fn nested(target: &Target<'_>, snapshot: &Snapshot, symbol: Symbol) -> DocumentSymbol {
    let range = |range| to_proto::range(&target.document.rope, range, snapshot.encoding);
    DocumentSymbol {
        name: symbol.name,
        detail: symbol.detail,
        kind: kind(symbol.kind),
        tags: None,
        deprecated: None,
        range: range(symbol.range),
        selection_range: range(symbol.selection_range),
        children: (!symbol.children.is_empty())
            .then(|| symbol.children.into_iter().map(|child| nested(target, snapshot, child)).collect()),
    }
}

#[expect(deprecated, reason = "the type has a deprecated field that has to be filled")]
fn flatten(
    target: &Target<'_>,
    snapshot: &Snapshot,
    uri: &Uri,
    symbol: Symbol,
    container: Option<&str>,
    flat: &mut Vec<SymbolInformation>,
) {
    let range = to_proto::range(&target.document.rope, symbol.range, snapshot.encoding);
    flat.push(SymbolInformation {
        name: symbol.name.clone(),
        kind: kind(symbol.kind),
        tags: None,
        deprecated: None,
        location: Location { uri: uri.clone(), range },
        container_name: container.map(str::to_owned),
    });
    for child in symbol.children {
        flatten(target, snapshot, uri, child, Some(&symbol.name), flat);
    }
}
