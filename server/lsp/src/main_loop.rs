//! The ordering layer: one thread reads every message, in order, and never computes.
//!
//! Document changes are applied here, before the next message is read; requests go to the framework together
//! with a snapshot taken at this very place in the order (DESIGN.md, invariants 2 and 3). A cancel is therefore
//! always seen, whatever runs.

use std::io::{BufReader, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::value::RawValue;
use tower_lsp::jsonrpc::{Error, ErrorCode, Id, Response};
use tower_lsp::ls_types::{InitializeParams, WorkDoneProgressCancelParams};

use crate::background::{Background, load_folders};
use crate::client::ClientInfo;
use crate::diagnostics::Publisher;
use crate::documents;
use crate::gates::Gates;
use crate::host::Host;
use crate::issues::Tracker;
use crate::runs::Runs;
use crate::service::{Forward, Service};
use crate::state::State;
use crate::tracker::Trackers;
use crate::transport::{Frame, FrameReader, Message, Output, Rejected, parse, to_request};

/// Size of the reading buffer: as much as a pipe holds on Linux.
const READ_BUFFER: usize = 64 * 1024;

/// How long `exit` waits for answers that are nearly ready. The process has to be gone within 100 ms.
const LAST_ANSWERS: Duration = Duration::from_millis(50);

/// How long `exit` waits for the client to read what was posted.
const LAST_WRITES: Duration = Duration::from_millis(30);

/// The user cancels what a progress shows.
const CANCEL_PROGRESS: &str = "window/workDoneProgress/cancel";

/// Exit code after `shutdown` and `exit`.
pub const EXIT_OK: i32 = 0;

/// Exit code after `exit` without `shutdown`, or when the client went away (LSP 3.17, "Exit Notification").
pub const EXIT_WITHOUT_SHUTDOWN: i32 = 1;

/// Serves one client until it says `exit` or closes its end; returns the exit code of the process.
///
/// Threads that are still at work are left to the end of the process.
pub fn run(
    input: impl Read,
    output: impl Write + Send + 'static,
    tracker: Box<dyn Tracker>,
    host: Arc<dyn Host>,
) -> i32 {
    let output = Output::new(output);
    crate::logging::to_client(&output);
    let state = Arc::new(State::default());
    let (background, events) = Background::new();
    let publisher = Publisher::start(Arc::clone(&state), output.clone(), background.clone());
    let (runs, run_events) = Runs::new(Arc::clone(&host));
    let (gates, gate_events) = Gates::new(host);
    let service = Service::start(
        Arc::clone(&state),
        publisher.clone(),
        output.clone(),
        background.clone(),
        events,
        Trackers::new(tracker),
        ((gates.clone(), gate_events), (runs.clone(), run_events)),
    );
    let mut server = Server { state, publisher, background, output, service, gates, runs, shut_down: false };
    let mut frames = FrameReader::new(BufReader::with_capacity(READ_BUFFER, input));
    loop {
        match frames.next() {
            Ok(Some(Frame::Body(body))) => {
                if server.message(&body).is_break() {
                    break;
                }
            }
            Ok(Some(Frame::Malformed(found))) => {
                tracing::warn!("a malformed frame was left out: {found}");
                let error = Error { code: ErrorCode::ParseError, message: found.into(), data: None };
                server.output.post(&Response::from_error(Id::Null, error));
            }
            Ok(None) => break,
            Err(error) => {
                tracing::error!("reading from the client failed: {error}");
                break;
            }
        }
    }
    // They end with the server: whoever started them no longer sees them.
    server.gates.runs.stop_all();
    // These do not.
    server.runs.let_go();
    server.service.wait_for_answers(LAST_ANSWERS);
    server.output.flush(LAST_WRITES);
    if server.shut_down { EXIT_OK } else { EXIT_WITHOUT_SHUTDOWN }
}

struct Server {
    state: Arc<State>,
    publisher: Publisher,
    background: Background,
    output: Output,
    service: Service,
    gates: Gates,
    runs: Runs,
    shut_down: bool,
}

impl Server {
    /// Handles one message; breaks on `exit`.
    fn message(&mut self, body: &[u8]) -> std::ops::ControlFlow<()> {
        match parse(body) {
            Ok(Message::Notification { method, .. }) if method == "exit" => {
                return std::ops::ControlFlow::Break(());
            }
            Ok(Message::Notification { method, params }) if documents::is_document_sync(&method) => {
                // Before `initialize` and after `shutdown` notifications are dropped (LSP 3.17).
                if self.state.client().is_some() && !self.shut_down {
                    documents::handle(&method, params, &self.state, &self.publisher, &self.background);
                }
            }
            Ok(Message::Notification { method, params }) if method == CANCEL_PROGRESS => {
                let params = params.map(|params| serde_json::from_str(params.get()));
                if let Some(Ok(WorkDoneProgressCancelParams { token })) = params {
                    self.gates.runs.cancel(&token);
                    self.runs.cancel_shown(&token);
                }
            }
            Ok(Message::Notification { method, params }) => match to_request(method, None, params) {
                Ok(request) => {
                    self.service.forward(Forward::Message { request, snapshot: self.state.snapshot(None) });
                }
                Err(_) => tracing::warn!("a notification whose parameters cannot be read was left out"),
            },
            Ok(Message::Request { id, method, .. }) if method == "exit" => {
                // The framework would stop serving; `exit` is a notification.
                let message = "`exit` is a notification; expected it without an id".into();
                let error = Error { code: ErrorCode::InvalidRequest, message, data: None };
                self.output.post(&Response::from_error(id, error));
            }
            Ok(Message::Request { id, method, params }) => {
                if method == "initialize" {
                    self.initialize(params);
                }
                let uri = params.and_then(document_of);
                let snapshot = self.state.snapshot(uri.as_deref());
                let shutdown = method == "shutdown" && self.state.client().is_some();
                match to_request(method, Some(id), params) {
                    Ok(request) => self.service.forward(Forward::Message { request, snapshot }),
                    Err(Some(Rejected(response))) => self.output.post(&response),
                    Err(None) => {}
                }
                self.shut_down |= shutdown;
            }
            Ok(Message::Response(response)) => self.service.forward(Forward::Response(response)),
            Err(Rejected(response)) => {
                if let Some(error) = response.error() {
                    tracing::warn!("a malformed message was answered with an error: {}", error.message);
                }
                self.output.post(&response);
            }
        }
        std::ops::ControlFlow::Continue(())
    }

    /// Learns what the client can do before anything else is read, so that a document opened right behind the
    /// request is already handled with its encoding and configuration.
    fn initialize(&self, params: Option<&RawValue>) {
        let parsed = params.and_then(|params| serde_json::from_str::<InitializeParams>(params.get()).ok());
        // The framework answers what cannot be read.
        let Some(params) = parsed else { return };
        let client = ClientInfo::new(&params);
        let folders = load_folders(&client.folders, client.settings.as_ref());
        if self.state.set_client(client) {
            self.state.set_folders(folders);
        }
    }
}

/// Returns the URI of the document that a request names.
fn document_of(params: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Named {
        text_document: Document,
    }
    #[derive(Deserialize)]
    struct Document {
        uri: String,
    }
    serde_json::from_str::<Named>(params.get()).ok().map(|named| named.text_document.uri)
}

/// Counts requests that have no answer yet.
#[derive(Clone, Default)]
pub(crate) struct InFlight(Arc<AtomicUsize>);

impl InFlight {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn done(&self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }

    pub(crate) fn wait(&self, limit: Duration) {
        let end = Instant::now() + limit;
        while self.0.load(Ordering::SeqCst) > 0 && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
