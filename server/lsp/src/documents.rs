//! Document synchronisation: opening, changing, saving and closing, in the order in which it arrives.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use stagegate_core::text::{ContentChange, Position, Range, apply_change};

use crate::analysis::News;
use crate::background::{Background, Event};
use crate::diagnostics::Publisher;
use crate::state::{Document, State};
use crate::uri;

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
        "textDocument/didOpen" => parse(params).map(|params: DidOpen<'_>| open(&params, state, publisher)),
        "textDocument/didChange" => {
            parse(params).map(|params: DidChange<'_>| change(params, state, publisher))
        }
        "textDocument/didSave" => {
            parse(params).map(|params: OnlyDocument<'_>| publisher.update(&params.text_document.uri))
        }
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

fn open(params: &DidOpen<'_>, state: &State, publisher: &Publisher) {
    let item = &params.text_document;
    let document = Document::new(&item.uri, item.version, &item.text);
    let ours = document.path.as_deref().map(uri::from_path);
    state.put(document);
    // The scan may have named the file, or may be about to, by a URI that is written otherwise: it is taken back
    // now that the document is known.
    if let Some(ours) = ours.filter(|ours| **ours != *item.uri) {
        publisher.update(&ours);
    }
    publisher.update(&item.uri);
}

fn change(params: DidChange<'_>, state: &State, publisher: &Publisher) {
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
    state.put(document);
    publisher.update(uri);
}

fn close(uri: &str, state: &State, publisher: &Publisher, background: &Background) {
    let Some(document) = state.take(uri) else {
        tracing::warn!("textDocument/didClose of {uri}, which is not open; left out");
        return;
    };
    publisher.update(uri);
    // What lies on disk counts again.
    if let Some(path) = &document.path {
        background.send(Event::Facts { path: path.to_path_buf(), news: News::Other });
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
