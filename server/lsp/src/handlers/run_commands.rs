//! Commands about promotions and rollbacks. Whatever changes the world is planned and shown first, and asked for
//! (DESIGN.md section 6); the run itself is another process, which is only watched here.

mod ending;
pub(crate) mod interrupted;
mod launch;
mod open;
mod plan;
mod subject;

use std::sync::Arc;

use serde_json::json;
use stagegate_core::ide::{self, Cancel, Promote, Resume, Rollback};
use stagegate_core::plan::{PlanRequest, RollbackRequest};
use tower_lsp::Client;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::*;

use super::execute_command::argument;
use super::gate_commands::{self, failed};
use crate::background::Background;
use crate::diagnostics::Publisher;
use crate::gates::Gates;
use crate::host::{Ask, Failure, Host};
use crate::progress::Asking;
use crate::runs::Runs;
use crate::service::blocking;
use crate::state::State;
use launch::Agreed;
use subject::{Subject, Unfinished};

/// Plans a promotion, asks, and runs it. Answers how it ended; see [`ending::answer`].
pub(crate) const PROMOTE: &str = "stagegate.promote";

/// Shows what a promotion or rollback would do: `{title, markdown, digest, possible, refusals, uri}`.
pub(crate) const DRY_RUN: &str = "stagegate.dryRun";

/// Plans to undo a promotion, asks, and runs it. Answers as [`PROMOTE`] does.
pub(crate) const ROLLBACK: &str = "stagegate.rollback";

/// Lets an interrupted run go on, and answers how it ended.
pub(crate) const RESUME: &str = "stagegate.resume";

/// Stops a run, has undone what it did, and answers how it ended.
pub(crate) const CANCEL: &str = "stagegate.cancel";

/// Shows the report of a run: `{shown, uri}`.
pub(crate) const OPEN_REPORT: &str = "stagegate.openReport";

/// Shows the dashboard of a folder: `{shown, uri}`.
pub(crate) const OPEN_DASHBOARD: &str = "stagegate.openDashboard";

/// Every command of this module.
pub(crate) const ALL: [&str; 7] = [PROMOTE, DRY_RUN, ROLLBACK, RESUME, CANCEL, OPEN_REPORT, OPEN_DASHBOARD];

/// Whether a command is one of these.
pub(crate) fn is_one(command: &str) -> bool {
    ALL.contains(&command)
}

/// What the commands work with. Cloning it is cheap.
#[derive(Clone)]
pub(crate) struct Tools {
    pub(crate) state: Arc<State>,
    pub(crate) client: Client,
    pub(crate) publisher: Publisher,
    pub(crate) background: Background,
    pub(crate) gates: Gates,
    pub(crate) asking: Asking,
    pub(crate) runs: Runs,
}

impl Tools {
    fn of_gates(&self) -> gate_commands::Tools<'_> {
        let Tools { state, client, publisher, background, gates, asking, .. } = self;
        gate_commands::Tools { state, client, publisher, background, gates, asking }
    }

    fn host(&self) -> Arc<dyn Host> {
        Arc::clone(&self.runs.host)
    }

    fn asks(&self) -> bool {
        self.state.client().is_some_and(|client| client.asks)
    }

    /// Asks the user; `None` where the question was closed, or nobody can be asked.
    async fn ask(&self, kind: MessageType, text: &str, answers: &[&str]) -> Option<String> {
        if !self.asks() {
            return None;
        }
        let item = |title: &&str| MessageActionItem {
            title: (*title).to_owned(),
            properties: std::collections::HashMap::default(),
        };
        let actions = Some(answers.iter().map(item).collect());
        let asked = self.client.show_message_request(kind, text, actions);
        let answer = tokio::time::timeout(gate_commands::PATIENCE, asked).await;
        answer.ok().and_then(std::result::Result::ok).flatten().map(|item| item.title)
    }
}

/// Runs a command and answers how it ended.
///
/// # Errors
/// Returns invalid parameters for arguments that do not fit, and why a command failed.
pub(crate) async fn execute(params: ExecuteCommandParams, tools: &Tools) -> Result<Option<LSPAny>> {
    let token = params.work_done_progress_params.work_done_token;
    let arguments = params.arguments;
    tools.background.scanned().await;
    match params.command.as_str() {
        PROMOTE => promote(argument(PROMOTE, arguments)?, token, tools).await.map(Some),
        DRY_RUN => dry_run(argument(DRY_RUN, arguments)?, tools).await.map(Some),
        ROLLBACK => rollback(argument(ROLLBACK, arguments)?, token, tools).await.map(Some),
        RESUME => resume(argument(RESUME, arguments)?, token, tools).await.map(Some),
        CANCEL => cancel(argument(CANCEL, arguments)?, tools).await.map(Some),
        OPEN_REPORT => open::report(argument(OPEN_REPORT, arguments)?, tools).await.map(Some),
        OPEN_DASHBOARD => open::dashboard(argument(OPEN_DASHBOARD, arguments)?, tools).await.map(Some),
        other => Err(Error::invalid_params(format!("`{other}` is no command about runs"))),
    }
}

async fn promote(args: Promote, token: Option<ProgressToken>, tools: &Tools) -> Result<LSPAny> {
    let subject = Subject::find(&tools.state, args.component.as_deref(), args.uri.as_deref())?;
    let to = args.to.as_deref().map(gate_commands::stage).transpose()?;
    let agreed = Agreed::read(PROMOTE, args.plan, args.confirmed)?;
    let ask = Ask::Promotion(PlanRequest { component: subject.name.clone(), to, reason: args.reason });
    launch::launch(&subject, ask, agreed, token, tools).await
}

async fn rollback(args: Rollback, token: Option<ProgressToken>, tools: &Tools) -> Result<LSPAny> {
    let subject = Subject::find(&tools.state, args.component.as_deref(), args.uri.as_deref())?;
    let agreed = Agreed::read(ROLLBACK, args.plan, args.confirmed)?;
    let reason = args.reason.filter(|reason| !reason.trim().is_empty());
    let reason = reason.unwrap_or_else(|| "asked for in the editor".to_owned());
    let ask = Ask::Rollback(RollbackRequest { component: subject.name.clone(), run: args.run, reason });
    launch::launch(&subject, ask, agreed, token, tools).await
}

/// Runs [`DRY_RUN`]: nothing is trusted for it, since nothing is executed, and nothing is written.
async fn dry_run(args: ide::DryRun, tools: &Tools) -> Result<LSPAny> {
    let subject = Subject::find(&tools.state, args.component.as_deref(), args.uri.as_deref())?;
    let to = args.to.as_deref().map(gate_commands::stage).transpose()?;
    let component = subject.name.clone();
    let ask = if args.rollback {
        let reason = "asked for in the editor".to_owned();
        Ask::Rollback(RollbackRequest { component, run: args.run, reason })
    } else if args.run.is_some() {
        let message = format!("`{DRY_RUN}` was called with `run`; expected that with `rollback: true` only");
        return Err(Error::invalid_params(message));
    } else {
        Ask::Promotion(PlanRequest { component, to, reason: None })
    };
    let planned = plan::plan(&subject.folder, ask, tools).await?;
    plan::tell(&subject, &planned, tools);
    let uri = plan::show(&planned, tools).await;
    let plan = &planned.plan;
    Ok(json!({
        "component": plan.component,
        "to": plan.to.name(),
        "title": plan.title(),
        "markdown": plan.markdown(),
        "digest": planned.digest,
        "possible": plan.is_possible(),
        "refusals": plan.refusals,
        "uri": uri,
    }))
}

async fn resume(args: Resume, token: Option<ProgressToken>, tools: &Tools) -> Result<LSPAny> {
    let Resume { run, component, uri } = args;
    let found = Unfinished::find(run, component, uri, tools).await?;
    if !found.current.is_interrupted() {
        let message = format!("the run {} is under way: {}", found.current.run, found.current.in_words());
        return Err(failed(Failure::new(message, "there is nothing to resume")));
    }
    if !gate_commands::obtain_trust(&found.folder, &tools.of_gates()).await? {
        return Ok(ending::declined(&found.name, "nothing was run: the workspace is not trusted"));
    }
    launch::resume(&found, token, tools).await
}

async fn cancel(args: Cancel, tools: &Tools) -> Result<LSPAny> {
    let Cancel { run, component, uri } = args;
    let found = Unfinished::find(run, component, uri, tools).await?;
    if found.current.is_interrupted()
        && !gate_commands::obtain_trust(&found.folder, &tools.of_gates()).await?
    {
        return Ok(ending::declined(&found.name, "nothing was run: the workspace is not trusted"));
    }
    let (host, folder, run) = (tools.host(), Arc::clone(&found.folder.path), found.current.run.clone());
    blocking(move || host.cancel(&folder, &run)).await?.map_err(failed)?;
    // Whoever cancels this request stops nothing that was not to be stopped anyway.
    let ended = launch::follow(&found.folder, &found.name, &found.current, None, tools).await;
    let (record, summary) = launch::known(ended)?;
    Ok(ending::answer(&record, &summary))
}
