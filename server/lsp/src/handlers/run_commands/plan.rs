//! Making plans and showing them.

use std::path::Path;
use std::sync::Arc;

use stagegate_core::plan::{Effect, Plan, Refusal, RefusalCode};
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::*;

use super::super::gate_commands::failed;
use super::Tools;
use super::subject::Subject;
use crate::host::{Ask, Planned};
use crate::runs::words;
use crate::service::blocking;
use crate::state::{Folder, State};
use crate::uri;

/// What the button says that shows a plan.
pub(super) const SHOW_PLAN: &str = "Show plan";

/// Returns what a promotion or rollback would do, from what lies on disk; what an editor has not saved stands in its way.
pub(super) async fn plan(folder: &Folder, ask: Ask, tools: &Tools) -> Result<Planned> {
    let (host, path) = (tools.host(), Arc::clone(&folder.path));
    let mut planned = blocking(move || host.plan(&path, &ask)).await?.map_err(failed)?;
    let unsaved = unsaved(&tools.state, &folder.path, &planned.plan);
    planned.plan.refusals.extend(unsaved);
    Ok(planned)
}

/// Files that would be changed, and of which an editor has another text.
fn unsaved(state: &State, folder: &Path, plan: &Plan) -> Vec<Refusal> {
    let edits = plan.steps.iter().flat_map(|step| &step.effects).filter_map(|effect| match effect {
        Effect::Edit(change) => Some(change),
        _ => None,
    });
    let is_unsaved = |path: &str, on_disk: &str| {
        let document = state.document_at(&folder.join(path));
        document.is_some_and(|document| document.rope != on_disk.trim_start_matches('\u{feff}'))
    };
    let unsaved =
        edits.filter(|change| is_unsaved(&change.path, change.before.as_deref().unwrap_or_default()));
    let refusal = |path: &str| Refusal {
        path: Some(path.to_owned()),
        ..Refusal::new(
            RefusalCode::DirtyFiles,
            format!("`{path}` has changes that are not saved, and the run would change it"),
            "save it, or take the changes back",
        )
    };
    let mut refusals: Vec<_> = unsaved.map(|change| refusal(&change.path)).collect();
    refusals.dedup();
    refusals
}

/// Keeps why a plan was refused as findings, or takes back what was.
pub(super) fn tell(subject: &Subject, planned: &Planned, tools: &Tools) {
    tools.runs.refused(&subject.folder.path, &subject.canonical, planned.plan.refusals.clone());
}

/// Shows a plan as a document, where the client can; returns its URI.
pub(super) async fn show(planned: &Planned, tools: &Tools) -> Option<String> {
    let client = tools.state.client()?;
    let Planned { plan, digest } = planned;
    let name = format!("{}-{}-{}", plan.canonical, plan.kind.name(), plan.to.name());
    // A component that nobody knows may be called anything.
    let name: String =
        name.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).take(80).collect();
    let text = plan.markdown();
    let shown = if client.virtual_documents {
        tools.runs.plans.keep(&name, digest, &text)
    } else if client.shows_documents {
        let host = tools.host();
        match blocking(move || host.page(&format!("{name}.md"), &text)).await.ok()? {
            Ok(path) => uri::from_path(&path),
            Err(failure) => {
                tracing::warn!("the plan cannot be shown: {failure}");
                return None;
            }
        }
    } else {
        return None;
    };
    if client.shows_documents {
        let params = ShowDocumentParams {
            uri: shown.parse().ok()?,
            external: None,
            take_focus: Some(true),
            selection: None,
        };
        if let Err(error) = tools.client.show_document(params).await {
            tracing::debug!("the client did not show the plan: {error}");
        }
    }
    Some(shown)
}

/// Tells the user that a plan is refused, and shows it where that is wanted. Waits for nobody.
pub(super) fn say_refused(planned: Planned, tools: &Tools) {
    let tools = tools.clone();
    let runtime = tools.asking.runtime.clone();
    runtime.spawn(async move {
        let text = words::refused(&planned.plan);
        if !tools.asks() {
            return tools.client.show_message(MessageType::WARNING, text).await;
        }
        let answer = tools.ask(MessageType::WARNING, &text, &[SHOW_PLAN]).await;
        if answer.as_deref() == Some(SHOW_PLAN) {
            show(&planned, &tools).await;
        }
    });
}
