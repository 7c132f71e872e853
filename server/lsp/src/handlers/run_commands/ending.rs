//! How a run ended: the answer of the command, and what the user is told.

use serde_json::{Value, json};
use stagegate_core::plan::{RollbackRequest, RunKind, StepName};
use stagegate_core::run::{RunRecord, RunState};
use tower_lsp::ls_types::{LSPAny, MessageType};

use super::launch::{self, Agreed};
use super::subject::Subject;
use super::{Tools, open};
use crate::host::Ask;
use crate::runs::words;
use crate::state::Folder;

const OPEN_REPORT: &str = "Open report";
const OPEN_DASHBOARD: &str = "Open dashboard";
const ROLL_BACK: &str = "Roll back";

/// Returns the answer of a command that ran something: `{run, kind, component, to, state, summary, commit, release, report,
/// dashboard}`; what a run did not come to is null. Paths are relative to the folder.
pub(super) fn answer(record: &RunRecord, summary: &str) -> LSPAny {
    let output = |steps: &[StepName], key: &str| {
        let found = steps.iter().find_map(|step| record.output(*step, key));
        found.map_or(Value::Null, |text| Value::String(text.to_owned()))
    };
    json!({
        "run": record.id,
        "kind": record.kind.name(),
        "component": record.component,
        "to": record.to.name(),
        "state": record.state.name(),
        "succeeded": record.state == RunState::Succeeded,
        "summary": summary,
        "commit": output(&[StepName::Commit, StepName::Revert], "commit"),
        "release": output(&[StepName::Deploy, StepName::Undeploy], "release"),
        "report": output(&[StepName::Reports], "report"),
        "dashboard": output(&[StepName::Reports], "dashboard"),
        "refused": false,
    })
}

/// Returns the answer of a command that ran nothing, for the user did not want it.
pub(super) fn declined(component: &str, summary: &str) -> LSPAny {
    json!({ "run": null, "component": component, "state": "declined", "summary": summary, "refused": false })
}

/// Tells the user how a run ended, with what can be done next. Waits for nobody.
pub(super) fn say(folder: Folder, record: RunRecord, summary: String, tools: &Tools) {
    let tools = tools.clone();
    let runtime = tools.asking.runtime.clone();
    runtime.spawn(async move {
        let kind = match record.state {
            RunState::Succeeded | RunState::Cancelled => MessageType::INFO,
            RunState::Stuck => MessageType::ERROR,
            RunState::Failed | RunState::Interrupted | RunState::Running => MessageType::WARNING,
        };
        let text = words::sentence(&words::short(&summary));
        if !tools.asks() {
            return tools.client.show_message(kind, text).await;
        }
        if record.state == RunState::Interrupted {
            return; // It is offered anyway.
        }
        let mut answers = vec![OPEN_REPORT, OPEN_DASHBOARD];
        let can_be_undone = record.kind == RunKind::Promotion && record.state == RunState::Succeeded;
        answers.extend(can_be_undone.then_some(ROLL_BACK));
        let answer = tools.ask(kind, &text, &answers).await;
        let done = match answer.as_deref() {
            Some(OPEN_REPORT) => open::open_report(&folder, &record.id, &tools).await.map(drop),
            Some(OPEN_DASHBOARD) => open::open_dashboard(&folder, &tools).await.map(drop),
            Some(ROLL_BACK) => roll_back(folder, &record, &tools).await,
            _ => Ok(()),
        };
        if let Err(error) = done {
            tools.client.show_message(MessageType::ERROR, error.message).await;
        }
    });
}

/// Undoes a promotion, after asking.
fn roll_back<'a>(
    folder: Folder,
    record: &'a RunRecord,
    tools: &'a Tools,
) -> std::pin::Pin<Box<dyn Future<Output = tower_lsp::jsonrpc::Result<()>> + Send + 'a>> {
    let subject =
        Subject { folder, name: record.component.clone(), canonical: record.canonical.as_str().into() };
    let ask = Ask::Rollback(RollbackRequest {
        component: record.component.clone(),
        run: Some(record.id.clone()),
        reason: "asked for in the editor".to_owned(),
    });
    Box::pin(async move { launch::launch(&subject, ask, Agreed::nothing(), None, tools).await.map(drop) })
}
