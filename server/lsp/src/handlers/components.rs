//! `stagegate/components` and `stagegate/plan`: what clients of ours ask for to draw their own views.

use serde::{Deserialize, Serialize};
use stagegate_core::run::RunState;
use stagegate_core::stage::Stage;
use stagegate_core::{plan::RunKind, status};
use tower_lsp::jsonrpc::Result;

use super::gate_commands;
use crate::state::State;

/// What `stagegate/plan` takes.
#[derive(Debug, Deserialize)]
pub(crate) struct PlanParams {
    /// The URI of a document that the server had shown.
    pub(crate) uri: String,
}

/// What `stagegate/components` takes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ComponentsParams {
    /// A file of the folder that is meant; all folders where absent.
    pub(crate) uri: Option<String>,
}

/// A component.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    /// As it is shown.
    name: String,
    /// The stage it is in.
    stage: Option<&'static str>,
    /// The stage that its files say it is to reach.
    target: Option<&'static str>,
    /// The stage that it works towards.
    next: Option<&'static str>,
    /// Its first file.
    uri: String,
    /// The run that has not ended.
    run: Option<Run>,
    /// Whether a promotion can be undone.
    undoable: bool,
    /// Whether a run of it has ended.
    has_report: bool,
}

/// A run that has not ended.
#[derive(Debug, Serialize)]
struct Run {
    id: String,
    kind: RunKind,
    state: RunState,
    percent: u8,
    /// What it does, in words.
    text: String,
}

/// Answers the components of the workspace, in order of folder and name.
pub(crate) fn components(state: &State, params: &ComponentsParams) -> Result<Vec<Listed>> {
    let folders = state.folders();
    let folders = match &params.uri {
        Some(uri) => vec![gate_commands::folder_of(&folders, uri)?],
        None => folders.to_vec(),
    };
    let mut all = Vec::new();
    for folder in &folders {
        let Some(components) = folder.root.components.as_deref() else { continue };
        let runs = folder.root.runs.as_ref();
        for (_, component) in components.iter() {
            let Some(first) = component.files().next() else { continue };
            let of = runs.and_then(|runs| runs.of(&component.canonical));
            let target = component.target();
            all.push(Listed {
                name: component.name.to_string(),
                stage: component.stage.map(Stage::name),
                target: target.map(Stage::name),
                next: status::aim(component.stage, target).map(Stage::name),
                uri: state.uri_of(&folder.path.join(&*first.path)).to_string(),
                run: of.and_then(|of| of.current.as_ref()).map(|current| Run {
                    id: current.run.clone(),
                    kind: current.kind,
                    state: current.state,
                    percent: current.percent,
                    text: current.in_words(),
                }),
                undoable: of.is_some_and(|of| of.to_undo.is_some()),
                has_report: of.is_some_and(|of| !of.ended.is_empty()),
            });
        }
    }
    Ok(all)
}
