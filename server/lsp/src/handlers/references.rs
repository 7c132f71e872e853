//! `textDocument/references`: every mention of a component in specs, MATURITY files and manifests; every TODO comment
//! that names an issue.

use stagegate_core::ide::{self, IssueKey, MentionKind};
use stagegate_core::todo::{self, Todo};
use tower_lsp::ls_types::{Location, ReferenceParams};

use super::definition::mention;
use super::texts::Texts;
use super::{Commented, Target};
use crate::from_proto;
use crate::state::{Snapshot, State};

/// Answers where the component at a position is mentioned. Its declarations are the places that say which component
/// a file is about.
pub(crate) fn references(
    snapshot: &Snapshot,
    state: &State,
    params: &ReferenceParams,
) -> Option<Vec<Location>> {
    if let Some(found) = of_issue(snapshot, state, params) {
        return Some(found);
    }
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

/// Returns the TODO comments of the folder that name the issue at a position; `None` where none is named there.
fn of_issue(snapshot: &Snapshot, state: &State, params: &ReferenceParams) -> Option<Vec<Location>> {
    let here = Commented::of(snapshot)?;
    let position = params.text_document_position.position;
    let at = from_proto::offset(&here.document.rope, position, snapshot.encoding);
    let asked = ide::reference_at(&here.todos, here.source(), &here.path, &here.root, at)?;
    let book = here.root.issues.as_deref();
    let asked = IssueKey::of(&asked.kind, book);
    let names = |todo: &Todo| todo.references.iter().any(|it| IssueKey::of(&it.kind, book) == asked);
    let texts = Texts::around(snapshot, state, here.document.home()?)?;
    let (folder, _) = here.document.located(&snapshot.folders)?;
    let mut paths: Vec<String> =
        state.files_with_todos(&folder.path, names).into_iter().map(|(path, _)| path.to_string()).collect();
    paths.extend(texts.open_paths().map(str::to_owned));
    paths.sort_unstable();
    paths.dedup();
    let mut found = Vec::new();
    for path in paths {
        let Some(text) = texts.read(&path) else { continue };
        let source = text.source();
        if !todo::may_have(source, &path, texts.root()) {
            continue;
        }
        let todos = todo::read(&source.slice(0, source.len()), &path, texts.root().config.todo.scanner());
        let Ok(uri) = text.uri.parse::<tower_lsp::ls_types::Uri>() else { continue };
        let references = todos.iter().flat_map(|todo| &todo.references);
        let named = references.filter(|it| IssueKey::of(&it.kind, book) == asked).map(|it| it.range);
        found.extend(text.ranges(named).into_iter().map(|range| Location { uri: uri.clone(), range }));
    }
    Some(found)
}
