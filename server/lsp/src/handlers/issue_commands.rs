//! Commands about the issues of TODO comments. Both ask before they do anything.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use stagegate_core::ide;
use stagegate_core::text::{Source, range};
use stagegate_core::todo::Todo;
use tower_lsp::Client;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::*;

use crate::issues::{Created, NewIssue};
use crate::service::blocking;
use crate::state::{Document, Folder, State};
use crate::tracker::{self, Trackers};
use crate::{from_proto, to_proto};

/// Creates the issue of a TODO comment that names none, and writes its number: `{uri, position}`. Answers
/// `{"number": n, "url": .., "written": bool}`, or `{"number": null}` where the user did not want it.
pub(crate) const CREATE_ISSUE: &str = "stagegate.createIssue";

/// Lets the user choose an open issue for a TODO comment that names none, and writes its number: `{uri, position}`.
/// Answers `{"number": n, "written": bool}`, or `{"number": null}`.
pub(crate) const LINK_ISSUE: &str = "stagegate.linkIssue";

/// LSP 3.17, `RequestFailed`: the request was understood, and why it fails is for the user.
const REQUEST_FAILED: i64 = -32803;

/// Most issues that are offered for choosing.
const MOST: usize = 8;

/// Longest title in a question, in characters.
const MAX_TITLE: usize = 60;

/// How long an answer to a question is waited for.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

const CREATE: &str = "Create issue";
const CANCEL: &str = "Cancel";

/// What both commands take: a TODO comment, by the place of its word.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, expecting = "an object with `uri` and `position`")]
pub(crate) struct At {
    uri: String,
    position: Position,
}

/// Returns the argument of both commands.
pub(super) fn argument(uri: &str, position: Position) -> Option<serde_json::Value> {
    serde_json::to_value(At { uri: uri.to_owned(), position }).ok()
}

/// What the commands work with.
pub(crate) struct Tools<'a> {
    pub(crate) state: &'a Arc<State>,
    pub(crate) client: &'a Client,
    pub(crate) trackers: &'a Trackers,
    pub(crate) cx: &'a tracker::Context,
}

/// The TODO that a command is about.
struct Subject {
    document: Document,
    folder: Folder,
    path: String,
    todo: Todo,
}

impl Subject {
    fn find(state: &State, at: &At) -> Result<Subject> {
        let document = state.document(&at.uri);
        let document = document.ok_or_else(|| failed(format!("`{}` is not open; open it first", at.uri)))?;
        let folders = state.folders();
        let located = document.located(&folders);
        let (folder, path) = located.ok_or_else(|| {
            failed("The file lies in no folder of the workspace, so it has no issue tracker.".to_owned())
        })?;
        let offset = from_proto::offset(&document.rope, at.position, state.encoding());
        document.make_sure_of_todos(&folders, &|| true);
        let todos = document.todos(&path, &folder.root);
        let todo = ide::todo_at(&todos, range(offset, offset)).filter(|todo| ide::wants_issue(todo)).cloned();
        let todo = todo.ok_or_else(|| {
            failed("There is no TODO comment without an issue here; place the cursor on its word.".to_owned())
        })?;
        Ok(Subject { folder: folder.clone(), document: document.clone(), path, todo })
    }

    /// Returns the change that writes a number into the comment: as it is now, wherever it has moved to; `None` where it
    /// is gone, or names an issue by now.
    fn edit(&self, state: &State, number: u64) -> Option<WorkspaceEdit> {
        let document = state.document(&self.document.uri)?;
        let todos = document.todos(&self.path, &self.folder.root);
        let same = |todo: &&Todo| {
            todo.word == self.todo.word && todo.text == self.todo.text && ide::wants_issue(todo)
        };
        let todo = todos.iter().filter(same).min_by_key(|todo| todo.line.abs_diff(self.todo.line))?;
        let edit = ide::numbered(todo, Source::Rope(&document.rope), number)?;
        let client = state.client()?;
        let edit = to_proto::text_edit(&document.rope, &edit, client.encoding);
        let uri: Uri = document.uri.parse().ok()?;
        if !client.document_changes {
            return Some(WorkspaceEdit {
                changes: Some([(uri, vec![edit])].into()),
                ..WorkspaceEdit::default()
            });
        }
        let version = Some(document.version);
        let text_document = OptionalVersionedTextDocumentIdentifier { uri, version };
        let edits = vec![TextDocumentEdit { text_document, edits: vec![OneOf::Left(edit)] }];
        Some(WorkspaceEdit {
            document_changes: Some(DocumentChanges::Edits(edits)),
            ..WorkspaceEdit::default()
        })
    }

    /// Writes a number into the comment; says whether that was done. A document that is typed into meanwhile is tried
    /// again.
    async fn write(&self, tools: &Tools<'_>, number: u64) -> bool {
        for _ in 0..3 {
            let Some(edit) = self.edit(tools.state, number) else { return false };
            let answer = tools.client.apply_edit(edit).await;
            if answer.is_ok_and(|answer| answer.applied) {
                return true;
            }
        }
        false
    }
}

/// Runs [`CREATE_ISSUE`].
pub(crate) async fn create(at: At, tools: &Tools<'_>) -> Result<LSPAny> {
    let subject = Subject::find(tools.state, &at)?;
    let issues = tools.trackers.issues_of(&subject.folder.path);
    let repo = tools.state.book(&subject.folder.path).map(|book| book.repo().to_owned());
    let (Some(issues), Some(repo)) = (issues, repo) else {
        return Err(failed(
            "It is not known where the issues of this folder are: it has no git remote on GitHub. Set `issues.repository` \
             in stagegate.yaml."
                .to_owned(),
        ));
    };
    if !issues.may_fetch() {
        return Err(failed("`issues.fetch` is off in stagegate.yaml, so no issue is created.".to_owned()));
    }
    let draft = ide::draft(&subject.todo, &subject.path, &subject.folder.root);
    let labels = match draft.labels.as_slice() {
        [] => String::new(),
        labels => format!(" with the label `{}`", labels.join("`, `")),
    };
    let question = format!("Create the issue \"{}\" in {repo}{labels}?", draft.title);
    if ask(tools.client, question, &[CREATE, CANCEL]).await?.as_deref() != Some(CREATE) {
        return Ok(serde_json::json!({ "number": null }));
    }
    // Asked twice about one comment, it still becomes one issue.
    let Some(_guard) = tools.trackers.begin_creation(&subject.folder.path, &subject.path, &subject.todo.text)
    else {
        return Err(failed("The issue of this comment is being created.".to_owned()));
    };
    if subject.edit(tools.state, 1).is_none() {
        return Err(failed("The comment changed meanwhile; no issue was created.".to_owned()));
    }
    let new = NewIssue { title: draft.title, body: draft.body, labels: draft.labels };
    let (asked, folder) = (Arc::clone(&issues), subject.folder.clone());
    let (trackers, cx) = (tools.trackers.clone(), tools.cx.clone());
    let created = blocking(move || {
        let created = asked.create(&new);
        // The number is known before it stands in the comment, so nothing is said to be missing.
        trackers.show(&cx, &folder, &*asked);
        created
    })
    .await?;
    let Created { number, url, without_labels } = created.map_err(failed)?;
    let written = subject.write(tools, number).await;
    let mut said = format!("Created #{number} in {repo}.");
    if !written {
        said.push_str(&format!(" Its number could not be written into the comment; write `(#{number})`."));
    }
    if !without_labels.is_empty() {
        said.push_str(&format!(" It did not get the label `{}`.", without_labels.join("`, `")));
    }
    let kind = if written && without_labels.is_empty() { MessageType::INFO } else { MessageType::WARNING };
    tools.client.show_message(kind, said).await;
    Ok(serde_json::json!({ "number": number, "url": url, "written": written }))
}

/// Runs [`LINK_ISSUE`].
pub(crate) async fn link(at: At, tools: &Tools<'_>) -> Result<LSPAny> {
    let subject = Subject::find(tools.state, &at)?;
    let book = tools.state.book(&subject.folder.path);
    let found = book.as_deref().map(|book| ide::candidates(&subject.todo, book, MOST)).unwrap_or_default();
    if found.is_empty() {
        return Err(failed("No open issue is known; `stagegate todo --fetch` says why.".to_owned()));
    }
    let title = |text: &str| -> String {
        let mut chars = text.chars().map(|c| if c.is_control() { ' ' } else { c });
        let mut title: String = chars.by_ref().take(MAX_TITLE).collect();
        title.extend(chars.next().map(|_| '\u{2026}'));
        title
    };
    let choices: Vec<_> =
        found.iter().map(|issue| format!("#{} {}", issue.number, title(issue.title))).collect();
    let offered: Vec<&str> = choices.iter().map(String::as_str).collect();
    let question = format!("Which issue is \"{}\" about?", title(&subject.todo.text));
    let answer = ask(tools.client, question, &offered).await?;
    let chosen = choices.iter().position(|choice| Some(choice.as_str()) == answer.as_deref());
    let Some(number) = chosen.and_then(|at| found.get(at)).map(|issue| issue.number) else {
        return Ok(serde_json::json!({ "number": null }));
    };
    let written = subject.write(tools, number).await;
    if !written {
        return Err(failed(format!("The comment changed meanwhile; write `(#{number})` into it.")));
    }
    Ok(serde_json::json!({ "number": number, "written": written }))
}

/// Asks the user; `None` where no answer was chosen.
async fn ask(client: &Client, question: String, answers: &[&str]) -> Result<Option<String>> {
    let item = |title: &&str| MessageActionItem {
        title: (*title).to_owned(),
        properties: std::collections::HashMap::default(),
    };
    let actions = Some(answers.iter().map(item).collect());
    let asked = client.show_message_request(MessageType::INFO, question, actions);
    let answer = tokio::time::timeout(PATIENCE, asked).await;
    Ok(answer.ok().and_then(std::result::Result::ok).flatten().map(|item| item.title))
}

fn failed(message: String) -> Error {
    Error { code: ErrorCode::ServerError(REQUEST_FAILED), message: message.into(), data: None }
}
