//! `textDocument/documentLink`.

use stagegate_core::ide;
use stagegate_core::text::TextRange;
use tower_lsp::ls_types::*;

use super::{Commented, Target};
use crate::state::{Folder, Snapshot, State};
use crate::{to_proto, uri};

/// Answers the links of a document.
pub(crate) fn document_link(snapshot: &Snapshot, state: &State) -> Option<Vec<DocumentLink>> {
    let mut links = of_todos(snapshot)?;
    if let Some(others) = of_ours(snapshot, state) {
        links.extend(others);
    }
    Some(links)
}

/// Returns the links of the issues that TODO comments name.
fn of_todos(snapshot: &Snapshot) -> Option<Vec<DocumentLink>> {
    // Editors keep the links of a version until the next edit.
    snapshot.document.as_ref()?.make_sure_of_todos(&snapshot.folders, &|| true);
    let Commented { document, root, todos, .. } = Commented::of(snapshot)?;
    let links = ide::todo_links(&todos, &root).into_iter().filter_map(|link| {
        Some(DocumentLink {
            range: to_proto::range(&document.rope, link.range, snapshot.encoding),
            target: Some(link.url.parse().ok()?),
            tooltip: Some(link.tooltip),
            data: None,
        })
    });
    Some(links.collect())
}

fn of_ours(snapshot: &Snapshot, state: &State) -> Option<Vec<DocumentLink>> {
    let target = Target::of(snapshot)?;
    let folder = target.folder(snapshot)?;
    let file = target.component_file();
    let links = ide::document_links(target.source(), &target.path, &target.root, file.as_deref());
    let links = links.into_iter().filter_map(|link| {
        Some(DocumentLink {
            range: to_proto::range(&target.document.rope, link.range, snapshot.encoding),
            target: Some(address(&target, folder, snapshot, state, &link)?),
            tooltip: Some(link.tooltip),
            data: None,
        })
    });
    Some(links.collect())
}

/// Returns the URI that a link leads to. A line of the same document is `#L12`, which editors understand.
fn address(
    target: &Target<'_>,
    folder: &Folder,
    snapshot: &Snapshot,
    state: &State,
    link: &ide::DocumentLink,
) -> Option<Uri> {
    if let Some(here) = link.here {
        let place = to_proto::range(&target.document.rope, TextRange::empty(here), snapshot.encoding);
        return format!("{}#L{}", target.document.uri, place.start.line + 1).parse().ok();
    }
    let file = state.uri_of(&folder.path.join(&link.path));
    match &link.fragment {
        Some(fragment) => uri::with_fragment(&file, fragment).parse().ok(),
        None => file.parse().ok(),
    }
}
