//! `textDocument/codeLens`.

use stagegate_core::ide::{self, Destination, Lens};
use tower_lsp::ls_types::*;

use super::{Target, execute_command};
use crate::client::ClientInfo;
use crate::state::{Folder, Snapshot, State};
use crate::to_proto;

/// A lens that leads nowhere: VS Code, Sublime Text and LSP4E show its title as plain text, Neovim as it shows any.
const NO_COMMAND: &str = "";

/// Answers the lenses of a document.
pub(crate) fn code_lens(snapshot: &Snapshot, state: &State, client: &ClientInfo) -> Option<Vec<CodeLens>> {
    let target = Target::of(snapshot)?;
    let file = target.component_file();
    let lenses = ide::lenses(target.source(), &target.path, &target.root, file.as_deref());
    let folder = target.folder(snapshot).filter(|_| client.shows_documents);
    let uri = &target.document.uri;
    let lenses = lenses.into_iter().filter_map(|lens| {
        let Lens { range, title, leads_to, command, is_link, page } = lens;
        let runs = command.map(|command| (command.name(), command.argument(uri)));
        let shown = leads_to.and_then(|to| arguments(&target, folder?, snapshot, state, &to));
        if is_link && shown.is_none() {
            return None;
        }
        let opened =
            page.filter(|_| client.shows_documents).map(|page| execute_command::page_argument(&page));
        let (command, argument) = match (runs, shown, opened) {
            (Some((name, argument)), ..) => (name, Some(argument)),
            (None, Some(shown), _) => (execute_command::SHOW, Some(shown)),
            (None, None, Some(opened)) => (execute_command::OPEN_ISSUE, Some(opened)),
            (None, None, None) => (NO_COMMAND, None),
        };
        let (command, arguments) = (command.to_owned(), argument.map(|argument| vec![argument]));
        Some(CodeLens {
            range: to_proto::range(&target.document.rope, range, snapshot.encoding),
            command: Some(Command { title, command, arguments }),
            data: None,
        })
    });
    Some(lenses.collect())
}

/// Returns the argument of the command that shows a place.
fn arguments(
    target: &Target<'_>,
    folder: &Folder,
    snapshot: &Snapshot,
    state: &State,
    to: &Destination,
) -> Option<serde_json::Value> {
    if to.path == target.path {
        let range = to.range.map(|range| to_proto::range(&target.document.rope, range, snapshot.encoding));
        return execute_command::show_argument(&target.document.uri, range);
    }
    let path = folder.path.join(&to.path);
    let range = to.range.and_then(|range| super::range_in_file(state, &path, range, snapshot.encoding));
    execute_command::show_argument(&state.uri_of(&path), range)
}
