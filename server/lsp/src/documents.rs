//! Document synchronisation: opening, changing, saving and closing, in the order in which it arrives.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use stagegate_core::text::{ContentChange, Position, Range, apply_change};

use crate::analysis::News;
use crate::background::{Background, Event};
use crate::diagnostics::Publisher;
use crate::state::{Document, State};

/// Methods handled here rather than by the framework, which would run them concurrently.
pub(crate) fn is_document_sync(method: &str) -> bool {
    matches!(
        method,
        "textDocument/didOpen" | "textDocument/didChange" | "textDocument/didSave" | "textDocument/didClose"
    )
}

/// Handles one notification of [`is_document_sync`]. What cannot be understood is logged and left out: a
/// notification has no answer.
pub(crate) fn handle(
    method: &str,
    params: Option<&RawValue>,
    state: &State,
    publisher: &Publisher,
    background: &Background,
) {
    let Some(params) = params.map(RawValue::get) else {
        tracing::warn!("{method} came without parameters; left out");
        return;
    };
    let result = match method {
        "textDocument/didOpen" => {
            parse(params).map(|params: DidOpen<'_>| open(&params, state, publisher, background))
        }
        "textDocument/didChange" => {
            parse(params).map(|params: DidChange<'_>| change(params, state, publisher, background))
        }
        "textDocument/didSave" => parse(params)
            .map(|params: OnlyDocument<'_>| save(&params.text_document.uri, state, publisher, background)),
        _ => parse(params).map(|params: OnlyDocument<'_>| {
            close(&params.text_document.uri, state, publisher, background);
        }),
    };
    if let Err(error) = result {
        tracing::warn!("{method} is not understood and left out: {error}");
    }
}

fn parse<'a, T: Deserialize<'a>>(params: &'a str) -> serde_json::Result<T> {
    serde_json::from_str(params)
}

fn open(params: &DidOpen<'_>, state: &State, publisher: &Publisher, background: &Background) {
    let item = &params.text_document;
    let document = Document::new(&item.uri, item.version, &item.text, &state.folders());
    store(document, state, publisher, background);
}

/// Stores a document that was opened or changed. It counts for its file from here on: what another URI of the file
/// shows, or the scan is about to show there, is taken back.
fn store(document: Document, state: &State, publisher: &Publisher, background: &Background) {
    let uri = Arc::clone(&document.uri);
    if let Some(before) = state.put(document) {
        publisher.update(&before);
        look_again(&uri, state, background);
    }
    publisher.update(&uri);
}

/// The file on disk is another one now, whether or not anybody watches it.
fn save(uri: &str, state: &State, publisher: &Publisher, background: &Background) {
    publisher.update(uri);
    if let Some(home) = state.home_of(uri) {
        background.send(Event::Saved(home.to_path_buf()));
    }
}

/// Says that another text counts for the file of this URI.
fn look_again(uri: &str, state: &State, background: &Background) {
    if let Some(home) = state.home_of(uri) {
        background.send(Event::Facts { path: home.to_path_buf(), news: News::Other });
    }
}

fn change(params: DidChange<'_>, state: &State, publisher: &Publisher, background: &Background) {
    let uri = &params.text_document.uri;
    let Some(mut document) = state.document(uri) else {
        tracing::warn!("textDocument/didChange of {uri}, which is not open; left out");
        return;
    };
    let version = params.text_document.version.unwrap_or(document.version);
    if version < document.version {
        tracing::warn!(
            "{uri}: version {version} follows {}; applied in the order received",
            document.version
        );
    }
    for change in params.content_changes {
        let change =
            ContentChange { range: change.range.map(WireRange::range), text: change.text.into_owned() };
        if let Err(problem) = apply_change(&mut document.rope, &change, state.encoding()) {
            tracing::warn!("{uri}: {problem}");
        }
    }
    document.changed(version);
    store(document, state, publisher, background);
}

fn close(uri: &str, state: &State, publisher: &Publisher, background: &Background) {
    let Some(document) = state.take(uri) else {
        tracing::warn!("textDocument/didClose of {uri}, which is not open; left out");
        return;
    };
    publisher.update(uri);
    // What lies on disk counts again, or another document of the same file.
    if let Some(home) = document.home() {
        publisher.update(&state.uri_of(home));
        look_again(uri, state, background);
    }
}

// The framework's types would copy every string; these borrow from the frame.

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DidOpen<'a> {
    #[serde(borrow)]
    text_document: Item<'a>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    uri: Cow<'a, str>,
    #[serde(default)]
    version: i32,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DidChange<'a> {
    #[serde(borrow)]
    text_document: Versioned<'a>,
    #[serde(borrow)]
    content_changes: Vec<Change<'a>>,
}

#[derive(Deserialize)]
struct Versioned<'a> {
    #[serde(borrow)]
    uri: Cow<'a, str>,
    version: Option<i32>,
}

#[derive(Deserialize)]
struct Change<'a> {
    range: Option<WireRange>,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OnlyDocument<'a> {
    #[serde(borrow)]
    text_document: Identifier<'a>,
}

#[derive(Deserialize)]
struct Identifier<'a> {
    #[serde(borrow)]
    uri: Cow<'a, str>,
}

/// A range on the wire. Wider than the protocol's 32 bits, so that an overflow is clamped like any other place
/// past the end.
#[derive(Deserialize)]
struct WireRange {
    start: WirePosition,
    end: WirePosition,
}

#[derive(Deserialize)]
struct WirePosition {
    line: u64,
    character: u64,
}

impl WireRange {
    fn range(self) -> Range {
        Range { start: self.start.position(), end: self.end.position() }
    }
}

impl WirePosition {
    fn position(self) -> Position {
        let narrow = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        Position { line: narrow(self.line), character: narrow(self.character) }
    }
}
