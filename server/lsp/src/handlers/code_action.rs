//! `textDocument/codeAction`: quick fixes, and `source.fixAll`.

use stagegate_core::ide::{self, Action, ActionKind};
use tower_lsp::ls_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse,
    CodeActionTriggerKind, DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier, TextDocumentEdit,
    Uri, WorkspaceEdit,
};

use super::Target;
use crate::client::ClientInfo;
use crate::state::Snapshot;
use crate::{from_proto, to_proto};

/// Answers the actions for a range, restricted to the kinds that the client asks for.
pub(crate) fn code_action(
    snapshot: &Snapshot,
    client: &ClientInfo,
    params: &CodeActionParams,
) -> Option<CodeActionResponse> {
    let target = Target::of(snapshot)?;
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
    let actions = ide::actions(target.source(), &target.path, &target.root, range, &kinds);
    let uri = &params.text_document.uri;
    // Commands that change something are not offered yet.
    let actions = actions.into_iter().filter(|action| action.command.is_none());
    let actions = actions.map(|a| CodeActionOrCommand::CodeAction(action(&target, client, uri, a)));
    Some(actions.collect())
}

fn action(target: &Target<'_>, client: &ClientInfo, uri: &Uri, action: Action) -> CodeAction {
    let rope = &target.document.rope;
    let findings = to_proto::diagnostics(&action.diagnostics, rope, uri.as_str(), client);
    let edits: Vec<_> =
        action.edits.iter().map(|edit| to_proto::text_edit(rope, edit, client.encoding)).collect();
    CodeAction {
        title: action.title,
        kind: Some(CodeActionKind::from(action.kind.name())),
        diagnostics: (!findings.is_empty()).then_some(findings),
        edit: Some(edit(target, client, uri, edits)),
        is_preferred: action.preferred.then_some(true),
        ..CodeAction::default()
    }
}

/// Returns the edit of one document; with its version where the client takes it, so that it is refused when the
/// text has changed since.
fn edit(
    target: &Target<'_>,
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
