//! What a command about runs is about: a component, or a run that has not ended.

use std::sync::Arc;

use stagegate_core::run::CurrentRun;
use tower_lsp::jsonrpc::{Error, Result};

use super::super::gate_commands::{self, failed};
use super::Tools;
use crate::host::Failure;
use crate::service::blocking;
use crate::state::{Folder, State};

/// A component.
pub(super) struct Subject {
    pub(super) folder: Folder,
    pub(super) name: String,
    pub(super) canonical: Arc<str>,
}

impl Subject {
    /// Finds the component that arguments name, or whose file they name.
    pub(super) fn find(state: &State, component: Option<&str>, uri: Option<&str>) -> Result<Subject> {
        let (folder, name, canonical) = gate_commands::component(state, component, uri)?;
        Ok(Subject { folder, name, canonical })
    }
}

/// A run that has not ended.
pub(super) struct Unfinished {
    pub(super) folder: Folder,
    pub(super) name: String,
    pub(super) canonical: Arc<str>,
    pub(super) current: CurrentRun,
}

impl Unfinished {
    /// Finds the run with this number, else that of a component.
    pub(super) async fn find(
        run: Option<String>,
        component: Option<String>,
        uri: Option<String>,
        tools: &Tools,
    ) -> Result<Unfinished> {
        let subject = match (&run, &component) {
            (Some(_), None) => None,
            _ => Some(Subject::find(&tools.state, component.as_deref(), uri.as_deref())?),
        };
        let folders = match (&subject, &uri) {
            (Some(subject), _) => vec![subject.folder.clone()],
            (None, Some(uri)) => vec![gate_commands::folder_of(&tools.state.folders(), uri)?],
            (None, None) => tools.state.folders().to_vec(),
        };
        let host = tools.host();
        let canonical = subject.map(|subject| subject.canonical);
        let asked = run.clone();
        let find = move || {
            let mut unread = None;
            for folder in folders {
                let known = match host.runs(&folder.path) {
                    Ok(known) => known.unwrap_or_default(),
                    Err(failure) => {
                        unread.get_or_insert(failure);
                        continue;
                    }
                };
                let found = known.components().find_map(|(name, of)| {
                    let current = of.current.as_ref()?;
                    let is_it = asked.as_ref().is_none_or(|run| current.run == *run)
                        && canonical.as_ref().is_none_or(|canonical| canonical == name);
                    is_it.then(|| (Arc::clone(name), current.clone()))
                });
                if let Some((canonical, current)) = found {
                    let components = folder.root.components.as_deref();
                    let name = components
                        .and_then(|all| Some(all.get(all.find_canonical(&canonical)?).name.to_string()));
                    let name = name.unwrap_or_else(|| canonical.to_string());
                    return Ok(Unfinished { folder, name, canonical, current });
                }
            }
            Err(unread)
        };
        blocking(find).await?.map_err(|unread| match (unread, run, component) {
            (Some(failure), ..) => failed(failure),
            (None, Some(run), _) => Error::invalid_params(format!(
                "there is no unfinished run `{run}`; expected the number of one that is under way or was interrupted"
            )),
            (None, None, component) => {
                let of = component.map_or("the component".to_owned(), |name| format!("`{name}`"));
                failed(Failure::new(
                    format!("no run of {of} is under way or was interrupted"),
                    "`stagegate runs` lists those that have ended",
                ))
            }
        })
    }
}
