//! `workspace/symbol`.

use std::path::PathBuf;

use rustc_hash::FxHashSet;
use stagegate_core::files::{FileKind, MAX_FILE_BYTES};
use stagegate_core::ide::{self, Found, FoundKind, MAX_FOUND};
use stagegate_core::text::Source;
use tower_lsp::ls_types::*;

use crate::state::{Folder, Snapshot, State, place};

/// Most specs that one query reads from disk for their sections.
const MAX_READ: usize = 32;

/// Answers the components, and the sections of specs, that a query finds. Sections are looked for in open specs and in
/// those of components that the query names.
pub(crate) fn workspace_symbol(snapshot: &Snapshot, state: &State, query: &str) -> WorkspaceSymbolResponse {
    let mut found: Vec<(Found, &Folder)> = Vec::new();
    for folder in snapshot.folders.iter() {
        found.extend(ide::components(&folder.root, query).into_iter().map(|found| (found, folder)));
    }
    // Everybody's sections say nothing.
    if !query.trim().is_empty() {
        found.extend(sections(snapshot, state, query));
        found.extend(todos(snapshot, state, query));
    }
    found.sort_by(|a, b| (&a.0, &a.1.path).cmp(&(&b.0, &b.1.path)));
    found.truncate(MAX_FOUND);
    let found = found.into_iter().filter_map(|(found, folder)| symbol(&found, folder, snapshot, state));
    WorkspaceSymbolResponse::Flat(found.collect())
}

/// Returns the TODO comments: as an editor has them, else as they were found on disk.
fn todos<'a>(snapshot: &'a Snapshot, state: &State, query: &str) -> Vec<(Found, &'a Folder)> {
    let folders = &*snapshot.folders;
    let mut found = Vec::new();
    let owners = state.owners();
    for document in owners.values() {
        let Some((folder, relative)) = document.located(folders) else { continue };
        let todos = document.todos(&relative, &folder.root);
        found.extend(ide::todos(&todos, &relative, query).into_iter().map(|found| (found, folder)));
    }
    for folder in folders {
        for (path, todos) in state.files_with_todos(&folder.path, |_| true) {
            if !owners.contains_key(&*folder.path.join(&*path)) {
                found.extend(ide::todos(&todos, &path, query).into_iter().map(|found| (found, folder)));
            }
        }
    }
    found
}

fn sections<'a>(snapshot: &'a Snapshot, state: &State, query: &str) -> Vec<(Found, &'a Folder)> {
    let folders = &*snapshot.folders;
    let mut found = Vec::new();
    let mut seen: FxHashSet<PathBuf> = FxHashSet::default();
    for (path, document) in &state.owners() {
        let Some((folder, relative)) = place(folders, path) else { continue };
        let is_spec = matches!(folder.root.analyses(&relative), Some(FileKind::Spec | FileKind::Markdown));
        if is_spec && document.rope.len_bytes() as u64 <= MAX_FILE_BYTES && seen.insert(path.to_path_buf()) {
            let sections = ide::sections(Source::Rope(&document.rope), &relative, &folder.root, query);
            found.extend(sections.into_iter().map(|found| (found, folder)));
        }
    }
    let components = folders.iter().filter_map(|folder| Some((folder, folder.root.components.as_deref()?)));
    let named = components.flat_map(|(folder, components)| {
        let named = components.iter().filter(|(_, c)| ide::may_have_sections(query, &c.name));
        named.flat_map(move |(_, component)| component.specs.iter().map(move |file| (folder, file)))
    });
    let unread = named.filter(|(folder, file)| !seen.contains(&folder.path.join(&*file.path)));
    for (folder, file) in unread.take(MAX_READ) {
        let Ok(text) = stagegate_workspace::read(&folder.path.join(&*file.path)) else { continue };
        let sections = ide::sections(Source::Str(&text), &file.path, &folder.root, query);
        found.extend(sections.into_iter().map(|found| (found, folder)));
    }
    found
}

#[expect(deprecated, reason = "the type has a deprecated field that has to be filled")]
fn symbol(found: &Found, folder: &Folder, snapshot: &Snapshot, state: &State) -> Option<SymbolInformation> {
    let path = folder.path.join(&found.path);
    let range = super::range_in_file(state, &path, found.range(), snapshot.encoding)?;
    Some(SymbolInformation {
        name: found.name.clone(),
        kind: match found.kind {
            FoundKind::Component => SymbolKind::MODULE,
            FoundKind::Section => SymbolKind::STRING,
            FoundKind::Todo => SymbolKind::EVENT,
        },
        tags: None,
        deprecated: None,
        location: Location { uri: state.uri_of(&path).parse().ok()?, range },
        container_name: Some(found.container.clone()),
    })
}
