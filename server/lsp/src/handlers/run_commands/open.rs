//! Showing reports and the dashboard.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use stagegate_core::ide::{OpenDashboard, OpenReport};
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::{LSPAny, ShowDocumentParams};

use super::super::gate_commands::{self, failed};
use super::Tools;
use super::subject::Subject;
use crate::host::Failure;
use crate::service::blocking;
use crate::state::Folder;
use crate::uri;

/// Most folders whose journal is asked for a run without a folder.
const MAX_FOLDERS: usize = 32;

/// Runs `stagegate.openReport`.
pub(super) async fn report(args: OpenReport, tools: &Tools) -> Result<LSPAny> {
    let OpenReport { run, component, uri } = args;
    if let (Some(run), None) = (&run, &component) {
        let folders = match &uri {
            Some(uri) => vec![gate_commands::folder_of(&tools.state.folders(), uri)?],
            None => tools.state.folders().to_vec(),
        };
        let mut last = None;
        for folder in folders.iter().take(MAX_FOLDERS) {
            match open_report(folder, run, tools).await {
                Ok(shown) => return Ok(shown),
                Err(error) => last = Some(error),
            }
        }
        return Err(last.unwrap_or_else(Error::internal_error));
    }
    let subject = Subject::find(&tools.state, component.as_deref(), uri.as_deref())?;
    let run = match run {
        Some(run) => run,
        None => last_run(&subject, tools).await?,
    };
    open_report(&subject.folder, &run, tools).await
}

/// Returns the number of the last run of a component that left a report.
async fn last_run(subject: &Subject, tools: &Tools) -> Result<String> {
    let (host, folder) = (tools.host(), Arc::clone(&subject.folder.path));
    let known = blocking(move || host.runs(&folder)).await?.map_err(failed)?.unwrap_or_default();
    let ended = known.of(&subject.canonical).into_iter().flat_map(|of| &of.ended);
    let mut ended = ended.clone().filter(|run| run.report.is_some()).chain(ended);
    ended.next().map(|run| run.run.clone()).ok_or_else(|| {
        failed(Failure::new(
            format!("no run of `{}` has ended yet, so there is no report", subject.name),
            "promote it first",
        ))
    })
}

/// Runs `stagegate.openDashboard`.
pub(super) async fn dashboard(args: OpenDashboard, tools: &Tools) -> Result<LSPAny> {
    let folders = tools.state.folders();
    let folder = match (args.uri.as_deref(), folders.as_slice()) {
        (Some(uri), _) => gate_commands::folder_of(&folders, uri)?,
        (None, [folder]) => folder.clone(),
        (None, folders) => {
            return Err(Error::invalid_params(format!(
                "the workspace has {} folders; expected the URI of the one that is meant",
                folders.len()
            )));
        }
    };
    open_dashboard(&folder, tools).await
}

/// Shows the report of a run.
pub(super) async fn open_report(folder: &Folder, run: &str, tools: &Tools) -> Result<LSPAny> {
    let (host, folder, run) = (tools.host(), Arc::clone(&folder.path), run.to_owned());
    let path = blocking(move || host.report(&folder, &run)).await?.map_err(failed)?;
    show(path, tools).await
}

/// Shows the dashboard of a folder, as it is now.
pub(super) async fn open_dashboard(folder: &Folder, tools: &Tools) -> Result<LSPAny> {
    let (host, folder) = (tools.host(), Arc::clone(&folder.path));
    let path = blocking(move || host.dashboard(&folder)).await?.map_err(failed)?;
    show(path, tools).await
}

/// Shows a file of ours: a page in a browser, a report in the editor.
async fn show(path: PathBuf, tools: &Tools) -> Result<LSPAny> {
    let is_page = path.extension().is_some_and(|extension| extension == "html");
    let shown_as = uri::from_path(&path);
    let mut shown = false;
    if tools.state.client().is_some_and(|client| client.shows_documents) {
        let uri = shown_as.parse().map_err(|_| Error::internal_error())?;
        let external = is_page.then_some(true);
        let params = ShowDocumentParams { uri, external, take_focus: Some(true), selection: None };
        shown = tools.client.show_document(params).await.unwrap_or_else(|error| {
            tracing::debug!("the client did not show {shown_as}: {error}");
            false
        });
    }
    Ok(json!({ "shown": shown, "uri": shown_as }))
}
