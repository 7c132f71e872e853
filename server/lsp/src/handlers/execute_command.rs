//! `workspace/executeCommand`. Every command takes one object, which is checked before anything is done.

use serde::{Deserialize, Serialize};
use tower_lsp::Client;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::*;

use super::issue_commands::{self, CREATE_ISSUE, LINK_ISSUE, Tools};
use crate::state::{State, place};
use crate::uri;

/// Shows a place in a file of the workspace: `{uri, range?}`. Answers `{"shown": bool}`.
pub(crate) const SHOW: &str = "stagegate.show";

/// Opens the page of an issue in a browser: `{url}`. Answers `{"shown": bool}`.
pub(crate) const OPEN_ISSUE: &str = "stagegate.openIssue";

/// Every command that is run here.
const ALL: [&str; 4] = [SHOW, OPEN_ISSUE, CREATE_ISSUE, LINK_ISSUE];

/// Returns every command, for `initialize`.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    ALL.into_iter().chain(super::gate_commands::ALL).chain(super::run_commands::ALL)
}

/// What [`SHOW`] takes.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, expecting = "an object with `uri` and, if need be, `range`")]
struct Show {
    uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

/// Returns the argument of [`SHOW`].
pub(crate) fn show_argument(uri: &str, range: Option<Range>) -> Option<serde_json::Value> {
    serde_json::to_value(Show { uri: uri.to_owned(), range }).ok()
}

/// What [`OPEN_ISSUE`] takes.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, expecting = "an object with `url`")]
struct OpenIssue {
    url: String,
}

/// Returns the argument of [`OPEN_ISSUE`].
pub(crate) fn page_argument(url: &str) -> serde_json::Value {
    serde_json::json!({ "url": url })
}

/// Runs a command and answers how it ended.
///
/// # Errors
/// Returns invalid parameters for a command that is not ours, and for arguments that do not fit.
pub(crate) async fn execute(params: ExecuteCommandParams, tools: &Tools<'_>) -> Result<Option<LSPAny>> {
    let Tools { state, client, .. } = tools;
    match params.command.as_str() {
        SHOW => show(argument(SHOW, params.arguments)?, state, client).await.map(Some),
        OPEN_ISSUE => open_issue(argument(OPEN_ISSUE, params.arguments)?, state, client).await.map(Some),
        CREATE_ISSUE => {
            issue_commands::create(argument(CREATE_ISSUE, params.arguments)?, tools).await.map(Some)
        }
        LINK_ISSUE => issue_commands::link(argument(LINK_ISSUE, params.arguments)?, tools).await.map(Some),
        other => Err(Error::invalid_params(format!(
            "`{other}` is no command of this server; expected one of: {}",
            all().collect::<Vec<_>>().join(", ")
        ))),
    }
}

/// Reads the one argument of a command.
pub(super) fn argument<T: for<'a> Deserialize<'a>>(command: &str, arguments: Vec<LSPAny>) -> Result<T> {
    let found = arguments.len();
    let Ok([argument]) = <[LSPAny; 1]>::try_from(arguments) else {
        return Err(Error::invalid_params(format!(
            "`{command}` was called with {found} arguments; expected one object"
        )));
    };
    serde_json::from_value(argument)
        .map_err(|error| Error::invalid_params(format!("the argument of `{command}` does not fit: {error}")))
}

async fn show(show: Show, state: &State, client: &Client) -> Result<LSPAny> {
    if !state.client().is_some_and(|client| client.shows_documents) {
        return Err(Error::invalid_params(
            "the client shows no documents (`window.showDocument`); open the file in the editor instead",
        ));
    }
    let path = uri::to_path(&show.uri);
    let inside = path.as_deref().is_some_and(|path| {
        // `..` would lead out of a folder that the path begins with.
        let plain = path.components().all(|part| !matches!(part, std::path::Component::ParentDir));
        plain && place(&state.folders(), path).is_some()
    });
    if !inside && state.document(&show.uri).is_none() {
        return Err(Error::invalid_params(format!(
            "`{}` is no file of the workspace; expected the URI of one",
            show.uri
        )));
    }
    let uri = show
        .uri
        .parse::<Uri>()
        .map_err(|error| Error::invalid_params(format!("`{}` is no URI: {error}", show.uri)))?;
    let params = ShowDocumentParams { uri, external: None, take_focus: Some(true), selection: show.range };
    let shown = client.show_document(params).await?;
    Ok(serde_json::json!({ "shown": shown }))
}

async fn open_issue(open: OpenIssue, state: &State, client: &Client) -> Result<LSPAny> {
    if !state.client().is_some_and(|client| client.shows_documents) {
        return Err(Error::invalid_params(
            "the client shows no documents (`window.showDocument`); open the page in a browser instead",
        ));
    }
    let folders = state.folders();
    let mut books = folders.iter().filter_map(|folder| folder.root.issues.as_deref());
    if !books.any(|book| book.is_page(&open.url)) {
        return Err(Error::invalid_params(format!(
            "`{}` is no page of the issue tracker; expected the page of an issue",
            open.url
        )));
    }
    let uri = open
        .url
        .parse::<Uri>()
        .map_err(|error| Error::invalid_params(format!("`{}` is no URI: {error}", open.url)))?;
    let params = ShowDocumentParams { uri, external: Some(true), take_focus: Some(true), selection: None };
    let shown = client.show_document(params).await?;
    Ok(serde_json::json!({ "shown": shown }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn arguments_are_one_object_that_fits() {
        let read = |arguments: Vec<LSPAny>| argument::<Show>(SHOW, arguments);
        let range = json!({ "start": { "line": 1, "character": 2 }, "end": { "line": 1, "character": 3 } });
        assert!(read(vec![json!({ "uri": "file:///a" })]).is_ok());
        assert_eq!(
            read(vec![json!({ "uri": "file:///a", "range": range })]).unwrap().range.unwrap().start.line,
            1
        );
        for bad in [
            vec![],
            vec![json!({ "uri": "a" }), json!(1)],
            vec![json!("file:///a")],
            vec![json!(1)],
            vec![json!({ "uri": 1 })],
            vec![json!({ "uri": "a", "range": { "start": -1 } })],
            vec![json!({ "uri": "a", "shell": "rm" })],
        ] {
            let message = read(bad).unwrap_err().message;
            assert!(message.contains("stagegate.show"), "{message}");
            assert!(!message.contains("struct Show"), "{message}");
        }
        assert_eq!(
            read(vec![json!(1)]).unwrap_err().message,
            "the argument of `stagegate.show` does not fit: invalid type: integer `1`, expected an object with `uri` and, if need be, `range`"
        );
    }
}
