//! `textDocument/codeAction`: quick fixes, the issues of TODO comments, and `source.fixAll`.

use stagegate_core::ide::{self, Action, ActionKind};
use stagegate_core::todo::Todo;
use tower_lsp::ls_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse,
    CodeActionTriggerKind, Command, DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier,
    TextDocumentEdit, Uri, WorkspaceEdit,
};

use super::{Commented, Target, issue_commands};
use crate::client::ClientInfo;
use crate::state::Snapshot;
use crate::{from_proto, to_proto};

/// Answers the actions for a range, restricted to the kinds that the client asks for.
pub(crate) fn code_action(
    snapshot: &Snapshot,
    client: &ClientInfo,
    may_create: bool,
    params: &CodeActionParams,
) -> Option<CodeActionResponse> {
    let target = Commented::of(snapshot)?;
    // Markdown that is none of ours has the actions of its TODO comments alone.
    let is_ours = Target::of(snapshot).is_some();
    if !client.code_action_literals {
        return None; // Such a client knows commands only.
    }
    let kinds: Vec<ActionKind> = match &params.context.only {
        Some(only) => {
            let asked = |kind: &ActionKind| only.iter().any(|wanted| kind.is_within(wanted.as_str()));
            ActionKind::ALL.into_iter().filter(asked).collect()
        }
        // Asked at every move of the cursor: mending the whole file is offered when somebody asks for it.
        None if params.context.trigger_kind == Some(CodeActionTriggerKind::AUTOMATIC) => {
            vec![ActionKind::QuickFix]
        }
        None => ActionKind::ALL.to_vec(),
    };
    let range = from_proto::range(&target.document.rope, params.range, snapshot.encoding);
    let is_measured = target.root.gates.as_ref().is_some_and(|board| board.file(&target.path).is_some());
    let mut actions = match is_ours || is_measured || !target.todos.is_empty() {
        true => ide::actions(target.source(), &target.path, &target.root, range, &kinds),
        false => Vec::new(),
    };
    let uri = &params.text_document.uri;
    let offers = kinds.contains(&ActionKind::QuickFix);
    if offers {
        actions.extend(ide::todo_actions(&target.todos, target.source(), &target.root, range));
    }
    let actions =
        actions.into_iter().map(|a| CodeActionOrCommand::CodeAction(action(&target, client, uri, a)));
    let mut actions: Vec<_> = actions.collect();
    if let Some(todo) = ide::todo_at(&target.todos, range).filter(|todo| offers && ide::wants_issue(todo)) {
        actions.extend(on_issues(&target, snapshot, uri, todo, may_create));
    }
    Some(actions)
}

/// Returns the actions that ask before they do something: create the issue of a TODO, or choose one.
fn on_issues(
    target: &Commented<'_>,
    snapshot: &Snapshot,
    uri: &Uri,
    todo: &Todo,
    may_create: bool,
) -> Vec<CodeActionOrCommand> {
    let Some(book) = target.root.issues.as_deref() else { return Vec::new() };
    let place = to_proto::range(&target.document.rope, todo.word_range, snapshot.encoding);
    let action = |title: String, command: &str| {
        let arguments = issue_commands::argument(uri.as_str(), place.start).map(|argument| vec![argument]);
        let command = Command { title: title.clone(), command: command.to_owned(), arguments };
        CodeActionOrCommand::CodeAction(CodeAction {
            title,
            kind: Some(CodeActionKind::QUICKFIX),
            command: Some(command),
            ..CodeAction::default()
        })
    };
    let mut actions = Vec::new();
    if may_create {
        let title = format!("Create issue in {}...", book.repo());
        actions.push(action(title, issue_commands::CREATE_ISSUE));
    }
    if !ide::candidates(todo, book, 1).is_empty() {
        actions.push(action("Link to issue...".to_owned(), issue_commands::LINK_ISSUE));
    }
    actions
}

fn action(target: &Commented<'_>, client: &ClientInfo, uri: &Uri, action: Action) -> CodeAction {
    let command = action.command.as_ref().map(|command| Command {
        title: action.title.clone(),
        command: command.name().to_owned(),
        arguments: Some(vec![command.argument(uri.as_str())]),
    });
    let rope = &target.document.rope;
    let findings = to_proto::diagnostics(&action.diagnostics, rope, uri.as_str(), client);
    let edits: Vec<_> =
        action.edits.iter().map(|edit| to_proto::text_edit(rope, edit, client.encoding)).collect();
    CodeAction {
        title: action.title,
        kind: Some(CodeActionKind::from(action.kind.name())),
        diagnostics: (!findings.is_empty()).then_some(findings),
        edit: (command.is_none() || !edits.is_empty()).then(|| edit(target, client, uri, edits)),
        command,
        is_preferred: action.preferred.then_some(true),
        ..CodeAction::default()
    }
}

/// Returns the edit of one document; with its version where the client takes it, so that it is refused when the
/// text has changed since.
fn edit(
    target: &Commented<'_>,
    client: &ClientInfo,
    uri: &Uri,
    edits: Vec<tower_lsp::ls_types::TextEdit>,
) -> WorkspaceEdit {
    if !client.document_changes {
        return WorkspaceEdit { changes: Some([(uri.clone(), edits)].into()), ..WorkspaceEdit::default() };
    }
    let text_document =
        OptionalVersionedTextDocumentIdentifier { uri: uri.clone(), version: Some(target.document.version) };
    let edit = TextDocumentEdit { text_document, edits: edits.into_iter().map(OneOf::Left).collect() };
    WorkspaceEdit { document_changes: Some(DocumentChanges::Edits(vec![edit])), ..WorkspaceEdit::default() }
}
