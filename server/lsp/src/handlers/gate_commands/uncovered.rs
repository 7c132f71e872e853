//! `stagegate.showUncovered`: the lines that no test ran, as hints in the document, and as ranges for whoever draws them.

use serde::Deserialize;
use stagegate_core::ide;
use stagegate_core::text::Source;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::*;

use super::{Tools, failed, subject};
use crate::refresh::refresh_all;
use crate::to_proto;

/// What the command takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `uri` and, if need be, `on`")]
pub(super) struct Arguments {
    uri: String,
    /// Whether to show them; the other way round than now where absent.
    #[serde(default)]
    on: Option<bool>,
}

/// Runs the command.
pub(super) fn execute(args: &Arguments, tools: &Tools<'_>) -> Result<LSPAny> {
    let state = tools.state;
    let document = subject::document(state, &args.uri)?;
    let client = state.client().ok_or_else(Error::internal_error)?;
    let snapshot = state.snapshot(Some(&args.uri));
    let (root, path) = document.place(&snapshot.folders);
    let uncovered = ide::uncovered(Source::Rope(&document.rope), &path, &root);
    let wants = args.on.unwrap_or(!document.analysis.shows_uncovered());
    if wants && uncovered.is_none() {
        return Err(failed(format!(
            "the coverage of `{path}` was not measured; run the gate `coverage` of its component, or write a report \
             such as coverage.json"
        )));
    }
    let shown = document.analysis.show_uncovered(Some(wants));
    tools.publisher.update(&document.uri);
    refresh_all(tools.client, client, &tools.asking.runtime);
    let ranges = uncovered.iter().flat_map(|uncovered| &uncovered.ranges);
    let ranges: Vec<_> =
        ranges.map(|range| to_proto::range(&document.rope, *range, client.encoding)).collect();
    Ok(serde_json::json!({
        "shown": shown,
        "stale": uncovered.as_ref().is_some_and(|uncovered| uncovered.is_stale),
        "summary": uncovered.map(|uncovered| uncovered.summary),
        "ranges": ranges,
    }))
}
