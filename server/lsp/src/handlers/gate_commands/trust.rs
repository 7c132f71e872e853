//! `stagegate.trust`, and asking for trust before something is run.

use std::sync::Arc;

use serde::Deserialize;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::*;

use super::{PATIENCE, Tools, failed, subject};
use crate::gates::board::{as_run, config_of};
use crate::gates::trust::{listing, question};
use crate::host::{Failure, Trust, TrustState};
use crate::service::blocking;
use crate::state::Folder;

/// How often the list is shown before the question counts as not answered.
const MAX_SHOWN: usize = 5;

const SHOW: &str = "Show";
const NOT_NOW: &str = "Not now";

/// What the command takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `action` and, if need be, `uri`")]
pub(super) struct Arguments {
    action: Action,
    /// A file of the folder that is meant, or the folder.
    #[serde(default)]
    uri: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    /// Says what would be run.
    Show,
    /// Asks, and trusts it.
    Grant,
    /// Trusts it no longer.
    Revoke,
}

/// Runs the command.
pub(super) async fn execute(args: Arguments, tools: &Tools<'_>) -> Result<LSPAny> {
    tools.background.scanned().await;
    let folders = tools.state.folders();
    let folder = match (args.uri.as_deref(), folders.as_slice()) {
        (Some(uri), _) => subject::locate(&folders, uri)?.0.clone(),
        (None, [folder]) => folder.clone(),
        (None, folders) => {
            return Err(Error::invalid_params(format!(
                "the workspace has {} folders; expected the URI of the one that is meant",
                folders.len()
            )));
        }
    };
    match args.action {
        Action::Show => Ok(shown(&folder, &look(&folder, tools).await?)),
        Action::Grant => {
            let trust = look(&folder, tools).await?;
            let granted = trust.state == TrustState::Trusted || ask(&folder, &trust, "Trust", tools).await?;
            let trust = if granted { Trust { state: TrustState::Trusted, ..trust } } else { trust };
            Ok(shown(&folder, &trust))
        }
        Action::Revoke => {
            let (host, path) = (Arc::clone(&tools.gates.host), Arc::clone(&folder.path));
            let was_trusted = blocking(move || host.revoke(&path)).await?.map_err(failed)?;
            Ok(serde_json::json!({ "state": "untrusted", "was_trusted": was_trusted }))
        }
    }
}

/// Makes sure that the folder is trusted: asks where it is not. Returns whether it is.
pub(in crate::handlers) async fn obtain(folder: &Folder, tools: &Tools<'_>) -> Result<bool> {
    let trust = look(folder, tools).await?;
    if trust.state == TrustState::Trusted {
        return Ok(true);
    }
    ask(folder, &trust, "Trust and run", tools).await
}

/// Returns whether a folder is trusted, and what would be run.
async fn look(folder: &Folder, tools: &Tools<'_>) -> Result<Trust> {
    let (host, folder) = (Arc::clone(&tools.gates.host), folder.clone());
    let look = move || host.trust(&folder.path, &as_run(&folder, &config_of(&folder)));
    blocking(look).await?.map_err(failed)
}

/// Asks whether the folder is to be trusted with exactly what is shown, and notes that. Returns whether it is.
async fn ask(folder: &Folder, trust: &Trust, yes: &str, tools: &Tools<'_>) -> Result<bool> {
    if !tools.state.client().is_some_and(|client| client.asks) {
        return Err(failed(Failure::new(
            "the workspace is not trusted, so nothing is run, and this client cannot ask (`window.showMessage`)",
            "see what would be run, and trust it, with `stagegate trust`",
        )));
    }
    let mut text = question(&folder.path, trust);
    for _ in 0..MAX_SHOWN {
        let item = |title: &str| MessageActionItem {
            title: title.to_owned(),
            properties: std::collections::HashMap::default(),
        };
        let actions = Some([yes, SHOW, NOT_NOW].map(item).to_vec());
        let asked = tools.client.show_message_request(MessageType::WARNING, &text, actions);
        let answer = tokio::time::timeout(PATIENCE, asked).await;
        let answer = answer.ok().and_then(std::result::Result::ok).flatten().map(|item| item.title);
        match answer.as_deref() {
            Some(answer) if answer == yes => {
                let (host, path) = (Arc::clone(&tools.gates.host), Arc::clone(&folder.path));
                // The very items that were shown, and not what they may have become meanwhile.
                let items = trust.items.clone();
                blocking(move || host.grant(&path, &items)).await?.map_err(failed)?;
                return Ok(true);
            }
            Some(SHOW) => {
                tools.client.log_message(MessageType::INFO, listing(&folder.path, trust)).await;
                text = format!("{}\nAll of it is in the log of Stagegate.", question(&folder.path, trust));
            }
            _ => return Ok(false),
        }
    }
    Ok(false)
}

fn shown(folder: &Folder, trust: &Trust) -> LSPAny {
    let (state, problem, changes) = match &trust.state {
        TrustState::Trusted => ("trusted", None, [].as_slice()),
        TrustState::Untrusted { problem } => ("untrusted", problem.as_deref(), [].as_slice()),
        TrustState::Lapsed { changes } => ("lapsed", None, changes.as_slice()),
    };
    let changes: Vec<_> = changes
        .iter()
        .map(|change| serde_json::json!({ "label": change.label, "diff": change.diff }))
        .collect();
    let items: Vec<_> = trust
        .items
        .iter()
        .map(|item| serde_json::json!({ "label": item.label, "text": item.text }))
        .collect();
    serde_json::json!({
        "state": state, "problem": problem, "changes": changes, "items": items,
        "text": listing(&folder.path, trust),
    })
}
