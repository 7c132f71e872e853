//! From a plan to the end of its run: trust, plan, question, start, and watching.

use std::sync::Arc;

use serde_json::json;
use stagegate_core::plan::{Refusal, RefusalCode, RunKind};
use stagegate_core::run::{CurrentRun, RunRecord};
use stagegate_core::stage::Stage;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::*;

use super::super::gate_commands::{self, failed};
use super::subject::{Subject, Unfinished};
use super::{Tools, ending, plan};
use crate::host::{Ask, Declined, Failure, Planned};
use crate::progress::Progress;
use crate::runs::{Ending, Waiting, words};
use crate::service::blocking;
use crate::state::Folder;

/// How often a plan is shown before the question counts as not answered.
const MAX_SHOWN: usize = 5;

const CANCEL: &str = "Cancel";

/// What the user was shown before.
pub(super) struct Agreed {
    /// The digest of the plan.
    plan: Option<String>,
    /// Whether the user agreed to it.
    confirmed: bool,
}

impl Agreed {
    /// Reads it from arguments.
    pub(super) fn read(command: &str, plan: Option<String>, confirmed: bool) -> Result<Agreed> {
        if confirmed && plan.is_none() {
            return Err(Error::invalid_params(format!(
                "`{command}` was called with `confirmed` and no `plan`; expected the digest of the plan that the user agreed to, \
                 as `stagegate.dryRun` answers it"
            )));
        }
        Ok(Agreed { plan, confirmed })
    }

    pub(super) fn nothing() -> Agreed {
        Agreed { plan: None, confirmed: false }
    }

    /// Whether another plan was shown than the one of now.
    fn stale(&self, planned: &Planned) -> Option<Refusal> {
        let shown = self.plan.as_ref().filter(|shown| **shown != planned.digest)?;
        let now = &planned.digest;
        Some(Refusal::new(
            RefusalCode::StalePlan,
            format!("the plan {shown} was shown, and the one of now is {now}: something changed meanwhile"),
            "look at the plan again",
        ))
    }
}

/// Plans, asks, runs, and answers how it ended.
pub(super) async fn launch(
    subject: &Subject,
    ask: Ask,
    agreed: Agreed,
    token: Option<ProgressToken>,
    tools: &Tools,
) -> Result<LSPAny> {
    if !agreed.confirmed && !tools.asks() {
        return Err(failed(Failure::new(
            "nothing is run without asking, and this client cannot ask (`window.showMessage`)",
            "call it with `confirmed` and the `plan` that `stagegate.dryRun` answers, or run `stagegate promote` in a terminal",
        )));
    }
    let reserved = tools.runs.reserve(&subject.folder.path, &subject.canonical).map_err(failed)?;
    if !gate_commands::obtain_trust(&subject.folder, &tools.of_gates()).await? {
        return Ok(ending::declined(&subject.name, "nothing was run: the workspace is not trusted"));
    }
    let mut planned = plan::plan(&subject.folder, ask.clone(), tools).await?;
    planned.plan.refusals.extend(agreed.stale(&planned));
    plan::tell(subject, &planned, tools);
    if !planned.plan.is_possible() {
        return Ok(refuse(planned, tools));
    }
    if !agreed.confirmed {
        if !confirm(&planned, tools).await {
            return Ok(ending::declined(&subject.name, "nothing was run: it was not agreed to"));
        }
        // The user may have taken a while: what is run is what was shown.
        let shown = Agreed { plan: Some(planned.digest.clone()), confirmed: true };
        planned = plan::plan(&subject.folder, ask, tools).await?;
        planned.plan.refusals.extend(shown.stale(&planned));
        plan::tell(subject, &planned, tools);
        if !planned.plan.is_possible() {
            return Ok(refuse(planned, tools));
        }
    }
    let (kind, to) = (planned.plan.kind, planned.plan.to);
    let waiting = Waiting::new(&tools.runs);
    let started = start(&subject.folder, planned.clone(), &waiting, tools).await?;
    let run = match started {
        Ok(run) => run,
        Err(Declined { refusal: Some(refusal), .. }) => {
            waiting.end();
            planned.plan.refusals.push(*refusal);
            plan::tell(subject, &planned, tools);
            return Ok(refuse(planned, tools));
        }
        Err(Declined { failure, .. }) => {
            waiting.end();
            return Err(failed(failure));
        }
    };
    let what = (run.as_str(), kind, to);
    let following = begin_to_follow(&subject.folder, &subject.name, what, token, tools);
    drop(reserved);
    let ended = following.await;
    waiting.end();
    finish(&subject.folder, known(ended)?, tools)
}

/// Starts a run; `waiting` hears of it even where nobody waits any more.
async fn start(
    folder: &Folder,
    planned: Planned,
    waiting: &Waiting,
    tools: &Tools,
) -> Result<std::result::Result<String, Declined>> {
    let (host, path, started) = (tools.host(), Arc::clone(&folder.path), waiting.starter());
    blocking(move || {
        let run = host.start(&path, &planned.plan);
        if let Ok(run) = &run {
            started(&path, run);
        }
        run
    })
    .await
}

/// Lets an interrupted run go on, and answers how it ended.
pub(super) async fn resume(
    found: &Unfinished,
    token: Option<ProgressToken>,
    tools: &Tools,
) -> Result<LSPAny> {
    let reserved = tools.runs.reserve(&found.folder.path, &found.canonical).map_err(failed)?;
    let waiting = Waiting::new(&tools.runs);
    let started = waiting.starter();
    let (host, path, run) = (tools.host(), Arc::clone(&found.folder.path), found.current.run.clone());
    let resumed = blocking(move || {
        let resumed = host.resume(&path, &run);
        if resumed.is_ok() {
            started(&path, &run);
        }
        resumed
    });
    if let Err(declined) = resumed.await? {
        waiting.end();
        return Err(failed(declined.failure));
    }
    let following = follow(&found.folder, &found.name, &found.current, token, tools);
    drop(reserved);
    let ended = following.await;
    waiting.end();
    finish(&found.folder, known(ended)?, tools)
}

/// Tells the user how a run ended that is being undone.
pub(super) async fn say_when_over(found: &Unfinished, tools: &Tools) -> Result<()> {
    let ended = follow(&found.folder, &found.name, &found.current, None, tools).await;
    finish(&found.folder, known(ended)?, tools).map(drop)
}

/// Follows a run that was under way before.
pub(super) fn follow(
    folder: &Folder,
    name: &str,
    current: &CurrentRun,
    token: Option<ProgressToken>,
    tools: &Tools,
) -> tokio::sync::oneshot::Receiver<Ending> {
    begin_to_follow(folder, name, (&current.run, current.kind, current.to), token, tools)
}

fn begin_to_follow(
    folder: &Folder,
    name: &str,
    (run, kind, to): (&str, RunKind, Stage),
    token: Option<ProgressToken>,
    tools: &Tools,
) -> tokio::sync::oneshot::Receiver<Ending> {
    let (state, asking) = (Arc::clone(&tools.state), tools.asking.clone());
    let title = words::title(kind, name, to);
    tools.runs.follow(&folder.path, run, move |on_token| match token {
        Some(token) => {
            on_token(&token);
            Progress::of_request(&asking.output, token, &title, "starting")
        }
        None => asking.begin(&state, (&title, "starting"), true, on_token),
    })
}

/// Returns the run and how it ended.
pub(super) fn known(
    ended: std::result::Result<Ending, tokio::sync::oneshot::error::RecvError>,
) -> Result<(Box<RunRecord>, String)> {
    let lost = || {
        Failure::new(
            "the run cannot be followed any more; it may go on",
            "`stagegate runs` says how far it is",
        )
    };
    ended.unwrap_or_else(|_| Err(lost())).map_err(failed)
}

/// Tells the user how a run ended, and answers that.
fn finish(folder: &Folder, (record, summary): (Box<RunRecord>, String), tools: &Tools) -> Result<LSPAny> {
    let answer = ending::answer(&record, &summary);
    ending::say(folder.clone(), *record, summary, tools);
    Ok(answer)
}

/// Answers that nothing was run, and why.
fn refuse(planned: Planned, tools: &Tools) -> LSPAny {
    let plan = &planned.plan;
    let answer = json!({
        "refused": true,
        "component": plan.component,
        "title": plan.title(),
        "summary": words::refused(plan),
        "refusals": plan.refusals,
        "plan": planned.digest,
    });
    plan::say_refused(planned, tools);
    answer
}

/// Asks whether the plan is to be run; shows it as often as that is wanted.
async fn confirm(planned: &Planned, tools: &Tools) -> bool {
    let text = words::question(&planned.plan);
    let yes = words::yes(planned.plan.kind);
    for _ in 0..MAX_SHOWN {
        let answer = tools.ask(MessageType::INFO, &text, &[yes, plan::SHOW_PLAN, CANCEL]).await;
        match answer.as_deref() {
            Some(answer) if answer == yes => return true,
            Some(plan::SHOW_PLAN) => {
                plan::show(planned, tools).await;
            }
            _ => return false,
        }
    }
    false
}
