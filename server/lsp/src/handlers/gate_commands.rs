//! Commands about gates: run them, trust what they run, tick what their evidence proves, show what no test ran.
//!
//! Nothing of a workspace is executed before the user trusted it, and that is asked here, with what would be run.

mod sign_off;
mod subject;
mod trust;
mod uncovered;

pub(super) use subject::{component, folder_of, stage};
pub(super) use trust::obtain as obtain_trust;

use std::sync::Arc;

use serde::Deserialize;
use stagegate_core::gates::GateName;
use stagegate_core::ide::{self, TickFromEvidence};
use tower_lsp::Client;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::*;

use std::time::Duration;

use super::execute_command::argument;
use crate::background::Background;
use crate::diagnostics::Publisher;
use crate::gates::Gates;
use crate::gates::event::Done;
use crate::gates::runs::{self, Waiting};
use crate::host::{Failure, Request};
use crate::progress::{Asking, Progress};
use crate::state::State;
use crate::to_proto;
use subject::Subject;

/// Runs gates of a component, and answers how they ended: `{component, stage, passed, cancelled, summary, gates}`.
pub(crate) const RUN_GATES: &str = "stagegate.runGates";

/// Says whether gates may be run in a folder, and what would be; grants that after asking, or takes it back.
pub(crate) const TRUST: &str = "stagegate.trust";

/// Ticks the criteria of a document that evidence proves: `{ticked, applied}`.
pub(crate) const TICK: &str = "stagegate.tickFromEvidence";

/// Shows the lines of a document that no test ran, or hides them: `{shown, stale, summary, ranges}`.
pub(crate) const SHOW_UNCOVERED: &str = "stagegate.showUncovered";

/// Signs a criterion off, after asking: `{signed, criterion, component, stage, by}`.
pub(crate) const SIGN_OFF: &str = "stagegate.signOff";

/// Every command of this module.
pub(crate) const ALL: [&str; 5] = [RUN_GATES, TRUST, TICK, SHOW_UNCOVERED, SIGN_OFF];

/// How long an answer to a question is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// LSP 3.17, `RequestFailed`: the request was understood, and why it fails is for the user.
const REQUEST_FAILED: i64 = -32803;

/// Whether a command is one of these.
pub(crate) fn is_one(command: &str) -> bool {
    ALL.contains(&command)
}

/// What the commands work with.
pub(crate) struct Tools<'a> {
    pub(crate) state: &'a Arc<State>,
    pub(crate) client: &'a Client,
    pub(crate) publisher: &'a Publisher,
    pub(crate) background: &'a Background,
    pub(crate) gates: &'a Gates,
    pub(crate) asking: &'a Asking,
}

/// What [`RUN_GATES`] takes: what [`ide::RunGates`] gives, or a document alone.
#[derive(Debug, Default, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "an object with `component` or `uri` and, if need be, `stage`, `only` and `no_cache`"
)]
struct RunGates {
    component: Option<String>,
    uri: Option<String>,
    stage: Option<String>,
    only: Vec<GateName>,
    no_cache: bool,
}

/// Runs a command and answers how it ended.
///
/// # Errors
/// Returns invalid parameters for arguments that do not fit, and why a command failed.
pub(crate) async fn execute(params: ExecuteCommandParams, tools: &Tools<'_>) -> Result<Option<LSPAny>> {
    let token = params.work_done_progress_params.work_done_token;
    let arguments = params.arguments;
    match params.command.as_str() {
        RUN_GATES => run_gates(argument(RUN_GATES, arguments)?, token, tools).await.map(Some),
        TRUST => trust::execute(argument(TRUST, arguments)?, tools).await.map(Some),
        TICK => tick(argument(TICK, arguments)?, tools).await.map(Some),
        SHOW_UNCOVERED => uncovered::execute(&argument(SHOW_UNCOVERED, arguments)?, tools).map(Some),
        SIGN_OFF => sign_off::execute(argument(SIGN_OFF, arguments)?, tools).await.map(Some),
        other => Err(Error::invalid_params(format!("`{other}` is no command about gates"))),
    }
}

/// Returns the error of a request that failed; `help` belongs to the sentence.
pub(super) fn failed(failure: impl std::fmt::Display) -> Error {
    let message = failure.to_string().into();
    Error { code: ErrorCode::ServerError(REQUEST_FAILED), message, data: None }
}

async fn run_gates(args: RunGates, token: Option<ProgressToken>, tools: &Tools<'_>) -> Result<LSPAny> {
    tools.background.scanned().await;
    let subject = Subject::find(tools.state, &args)?;
    let what = match args.only.as_slice() {
        [] => "all gates".to_owned(),
        only => only.iter().map(GateName::as_str).collect::<Vec<_>>().join(", "),
    };
    let Gates { host, runs, .. } = tools.gates;
    let reserved = runs.reserve(&subject.folder.path, &subject.canonical, what.clone()).map_err(failed)?;
    if !trust::obtain(&subject.folder, tools).await? {
        let done = Done {
            component: subject.name,
            stage: subject.stage.map(|stage| stage.name().to_owned()).unwrap_or_default(),
            passed: false,
            cancelled: true,
            summary: "nothing was run: the workspace is not trusted".to_owned(),
            gates: Vec::new(),
        };
        return answer(&done);
    }
    let Subject { folder, name, stage, .. } = subject;
    let title = format!("Gates of {name}");
    let request = Request { component: name, stage, only: args.only, no_cache: args.no_cache };
    let run = host.run(&folder.path, &request);
    // Who cancels the request wants nothing to go on.
    let waiting = Waiting::new(Arc::clone(&run));
    let (state, asking) = (Arc::clone(tools.state), tools.asking.clone());
    let begin = move |on_token: &dyn Fn(&ProgressToken)| match token {
        Some(token) => {
            on_token(&token);
            Progress::of_request(&asking.output, token, &title, &what)
        }
        None => asking.begin(&state, (&title, &what), true, on_token),
    };
    let ended = runs::start(tools.gates, &folder.path, reserved, run, begin).await;
    waiting.end();
    let lost = || Failure::new("the run of gates could not be followed", "try again");
    let done = ended.unwrap_or_else(|_| Err(lost())).map_err(failed)?;
    let kind = if done.passed || done.cancelled { MessageType::INFO } else { MessageType::WARNING };
    tools.client.show_message(kind, done.sentence()).await;
    answer(&done)
}

fn answer(done: &Done) -> Result<LSPAny> {
    serde_json::to_value(done).map_err(|_| Error::internal_error())
}

/// Runs [`TICK`]: the editor changes the document, so that it can be undone there.
async fn tick(args: TickFromEvidence, tools: &Tools<'_>) -> Result<LSPAny> {
    let stage = args.stage.as_deref().map(stage).transpose()?;
    let state = tools.state;
    let document = subject::document(state, &args.uri)?;
    let (root, path) = document.place(&state.folders());
    let client = state.client().ok_or_else(Error::internal_error)?;
    let file = document.component_file(&path, &root);
    let edits = file.map(|file| ide::tick_from_evidence(&file, &path, &root, stage)).unwrap_or_default();
    let ticked = edits.len();
    if ticked == 0 {
        let message = "No criterion can be ticked: none that is open is proved by evidence that still holds.";
        tools.client.show_message(MessageType::INFO, message).await;
        return Ok(serde_json::json!({ "ticked": 0, "applied": false }));
    }
    let edits: Vec<_> =
        edits.iter().map(|edit| to_proto::text_edit(&document.rope, edit, client.encoding)).collect();
    let uri: Uri = document.uri.parse().map_err(|_| Error::internal_error())?;
    let edit = if client.document_changes {
        // With the version that was read: a text that changed meanwhile is not touched.
        let text_document = OptionalVersionedTextDocumentIdentifier { uri, version: Some(document.version) };
        let edits = edits.into_iter().map(OneOf::Left).collect();
        let changes = DocumentChanges::Edits(vec![TextDocumentEdit { text_document, edits }]);
        WorkspaceEdit { document_changes: Some(changes), ..WorkspaceEdit::default() }
    } else {
        WorkspaceEdit { changes: Some([(uri, edits)].into()), ..WorkspaceEdit::default() }
    };
    let applied = tools.client.apply_edit(edit).await?;
    if !applied.applied {
        let why = applied.failure_reason.unwrap_or_else(|| "the document may have changed".to_owned());
        return Err(failed(format!("the editor did not tick the criteria: {why}; try again")));
    }
    Ok(serde_json::json!({ "ticked": ticked, "applied": true }))
}
