//! What a command about gates is about: a component of a folder, or a document.

use std::sync::Arc;

use stagegate_core::components::Components;
use stagegate_core::stage::Stage;
use tower_lsp::jsonrpc::{Error, Result};

use super::{RunGates, failed};
use crate::state::{Document, Folder, State, place};
use crate::uri;

/// Most components that an error names.
const MAX_NAMED: usize = 10;

/// A component, and the stage that is asked for.
pub(super) struct Subject {
    pub(super) folder: Folder,
    pub(super) name: String,
    pub(super) canonical: Arc<str>,
    pub(super) stage: Option<Stage>,
}

impl Subject {
    /// Finds the component that arguments name, or whose file they name.
    pub(super) fn find(state: &State, args: &RunGates) -> Result<Subject> {
        let stage = args.stage.as_deref().map(stage).transpose()?;
        let (folder, name, canonical) = component(state, args.component.as_deref(), args.uri.as_deref())?;
        Ok(Subject { folder, name, canonical, stage })
    }
}

/// Finds the component that is named, or whose file is: its folder, its name, and its canonical name.
pub(in crate::handlers) fn component(
    state: &State,
    component: Option<&str>,
    uri: Option<&str>,
) -> Result<(Folder, String, Arc<str>)> {
    let folders = state.folders();
    let located = uri.map(|uri| locate(&folders, uri)).transpose()?;
    let candidates: Vec<&Folder> = match &located {
        Some((folder, _)) => vec![folder],
        None => folders.iter().collect(),
    };
    match (component, &located) {
        (Some(wanted), _) => {
            let known = candidates.iter().find_map(|folder| {
                let components = folder.root.components.as_deref()?;
                let component = components.get(components.find(wanted)?);
                Some(((*folder).clone(), component.name.to_string(), Arc::clone(&component.canonical)))
            });
            known.ok_or_else(|| unknown(wanted, &candidates))
        }
        (None, Some((folder, path))) => {
            let components = folder.root.components.as_deref();
            let found = components.and_then(|components| component_of(components, path));
            found.map(|(name, canonical)| ((*folder).clone(), name, canonical)).ok_or_else(|| {
                Error::invalid_params(format!(
                    "`{path}` belongs to no component; expected `component`, or the URI of its spec, source or tests"
                ))
            })
        }
        (None, None) => Err(Error::invalid_params(
            "neither a component nor a document was named; expected `component` or `uri`",
        )),
    }
}

/// Returns name and canonical name of the component that the file at `path` says something about, or is part of.
fn component_of(components: &Components, path: &str) -> Option<(String, Arc<str>)> {
    let is_in =
        |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let states = components.iter().find(|(_, component)| component.files().any(|file| &*file.path == path));
    let is_source = || {
        let place = components.layout().component_of(path)?;
        let id = components.find(&place.name)?;
        Some((id, components.get(id)))
    };
    let is_test = || {
        components.iter().find(|(id, _)| {
            components.places(*id).any(|place| place.tests.iter().any(|folder| is_in(folder)))
        })
    };
    let (_, component) = states.or_else(is_source).or_else(is_test)?;
    Some((component.name.to_string(), Arc::clone(&component.canonical)))
}

fn unknown(wanted: &str, folders: &[&Folder]) -> Error {
    if folders.iter().all(|folder| folder.root.components.is_none()) {
        return failed("the components of the workspace are not known yet; try again in a moment");
    }
    let components = folders.iter().flat_map(|folder| folder.root.components.iter());
    let mut names: Vec<_> = components
        .flat_map(|components| components.iter())
        .map(|(_, component)| format!("`{}`", component.name))
        .collect();
    let more = names.len().saturating_sub(MAX_NAMED);
    names.truncate(MAX_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Error::invalid_params(format!("there is no component `{wanted}`; known are {}{more}", names.join(", ")))
}

/// Reads a stage that has gates.
pub(in crate::handlers) fn stage(word: &str) -> Result<Stage> {
    Stage::from_word(word).ok_or_else(|| {
        Error::invalid_params(format!("`{word}` is no stage; expected development, staging or production"))
    })
}

/// Returns the folder of a URI, and the path in it.
pub(super) fn locate<'a>(folders: &'a [Folder], uri: &str) -> Result<(&'a Folder, String)> {
    let path = uri::to_path(uri);
    let located =
        path.as_deref().and_then(|path| place(folders, path).or_else(|| place(folders, &uri::real(path)?)));
    located.ok_or_else(|| {
        Error::invalid_params(format!("`{uri}` is no file of the workspace; expected the URI of one"))
    })
}

/// Returns the folder of a URI.
pub(in crate::handlers) fn folder_of(folders: &[Folder], uri: &str) -> Result<Folder> {
    locate(folders, uri).map(|(folder, _)| folder.clone())
}

/// Returns the open document of a URI.
pub(super) fn document(state: &State, uri: &str) -> Result<Document> {
    state.document(uri).ok_or_else(|| failed(format!("`{uri}` is not open; open it first")))
}
