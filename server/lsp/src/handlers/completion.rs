//! `textDocument/completion`.

use ropey::Rope;
use stagegate_core::files::FileKind;
use stagegate_core::ide::{self, CompletionKind};
use tower_lsp::ls_types::*;

use super::{Commented, Target};
use crate::client::{ClientInfo, SUGGEST_AGAIN};
use crate::state::Snapshot;
use crate::{from_proto, to_proto};

/// Answers what could be typed at a position.
pub(crate) fn completion(
    snapshot: &Snapshot,
    client: &ClientInfo,
    params: &CompletionParams,
) -> Option<CompletionResponse> {
    let commented = Commented::of(snapshot)?;
    let rope = &commented.document.rope;
    let at = from_proto::offset(rope, params.text_document_position.position, snapshot.encoding);
    let issues = ide::issue_completions(&commented.todos, commented.source(), &commented.root, at);
    if !issues.is_empty() {
        let items = issues.iter().map(|completion| item(rope, snapshot, client, completion)).collect();
        return Some(CompletionResponse::List(CompletionList { is_incomplete: true, items }));
    }
    let target = Target::of(snapshot)?;
    let found = ide::completion(target.source(), &target.path, &target.root, at);
    // Most Markdown files are none of ours; nobody waits for a list there.
    if found.is_empty() && target.kind != FileKind::Instructions {
        return None;
    }
    let items = found.iter().map(|completion| item(rope, snapshot, client, completion)).collect();
    // The next folder of a glob has proposals of its own, so the list is never the last word.
    Some(CompletionResponse::List(CompletionList { is_incomplete: true, items }))
}

fn item(
    rope: &Rope,
    snapshot: &Snapshot,
    client: &ClientInfo,
    completion: &ide::Completion,
) -> CompletionItem {
    let snippet = completion.snippet && client.snippets;
    let new_text =
        if snippet { completion.edit.new_text.clone() } else { completion.plain_text().into_owned() };
    let edit = TextEdit { range: to_proto::range(rope, completion.edit.range, snapshot.encoding), new_text };
    let markup = if client.markdown_completion { MarkupKind::Markdown } else { MarkupKind::PlainText };
    let again =
        client.suggests_again && matches!(completion.kind, CompletionKind::Folder | CompletionKind::Key);
    CompletionItem {
        label: completion.label.clone(),
        kind: Some(match completion.kind {
            CompletionKind::Key => CompletionItemKind::PROPERTY,
            CompletionKind::Value => CompletionItemKind::ENUM_MEMBER,
            CompletionKind::Glob => CompletionItemKind::FILE,
            CompletionKind::Folder => CompletionItemKind::FOLDER,
            CompletionKind::Snippet => CompletionItemKind::SNIPPET,
            CompletionKind::Component => CompletionItemKind::MODULE,
            CompletionKind::Issue => CompletionItemKind::REFERENCE,
        }),
        detail: completion.detail.clone(),
        documentation: completion
            .documentation
            .clone()
            .map(|value| Documentation::MarkupContent(MarkupContent { kind: markup, value })),
        sort_text: Some(completion.sort.clone()),
        filter_text: completion.filter.clone(),
        insert_text_format: Some(if snippet {
            InsertTextFormat::SNIPPET
        } else {
            InsertTextFormat::PLAIN_TEXT
        }),
        text_edit: Some(CompletionTextEdit::Edit(edit)),
        command: again.then(|| Command {
            title: "Suggest".to_owned(),
            command: SUGGEST_AGAIN.to_owned(),
            arguments: None,
        }),
        ..CompletionItem::default()
    }
}
