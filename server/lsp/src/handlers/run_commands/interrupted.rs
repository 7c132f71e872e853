//! An interrupted run is offered: the user decides whether it goes on.

use std::sync::Arc;

use stagegate_core::plan::RunKind;
use stagegate_core::run::CurrentRun;
use tower_lsp::ls_types::MessageType;

use super::super::gate_commands;
use super::subject::Unfinished;
use super::{Tools, launch};
use crate::host::Failure;
use crate::service::blocking;
use crate::state::Folder;

const RESUME: &str = "Resume";
const ROLL_BACK: &str = "Roll back";
const UNDO: &str = "Undo it";
const LATER: &str = "Later";

/// Offers to resume or undo an interrupted run, once.
pub(crate) async fn offer(tools: Tools, folder: Folder, name: String, current: CurrentRun) {
    let at = current.step.map_or(String::new(), |step| format!(" at {}", step.title()));
    let text = format!("The run {} of {name} was interrupted{at}: {}.", current.run, current.in_words());
    let undo = if current.kind == RunKind::Rollback { UNDO } else { ROLL_BACK };
    let answer = tools.ask(MessageType::WARNING, &text, &[RESUME, undo, LATER]).await;
    let resumes = match answer.as_deref() {
        Some(RESUME) => true,
        Some(answer) if answer == undo => false,
        _ => return,
    };
    let found = Unfinished { canonical: canonical(&folder, &name), folder, name, current };
    if let Err(error) = decide(&found, resumes, &tools).await {
        tools.client.show_message(MessageType::ERROR, error.message).await;
    }
}

async fn decide(found: &Unfinished, resumes: bool, tools: &Tools) -> tower_lsp::jsonrpc::Result<()> {
    if !gate_commands::obtain_trust(&found.folder, &tools.of_gates()).await? {
        return Ok(());
    }
    if resumes {
        return launch::resume(found, None, tools).await.map(drop);
    }
    let (host, folder, run) = (tools.host(), Arc::clone(&found.folder.path), found.current.run.clone());
    let cancelled = blocking(move || host.cancel(&folder, &run)).await?;
    cancelled.map_err(|failure: Failure| gate_commands::failed(failure))?;
    launch::say_when_over(found, tools).await
}

fn canonical(folder: &Folder, name: &str) -> Arc<str> {
    let components = folder.root.components.as_deref();
    let known = components.and_then(|all| Some(Arc::clone(&all.get(all.find(name)?).canonical)));
    known.unwrap_or_else(|| name.into())
}
