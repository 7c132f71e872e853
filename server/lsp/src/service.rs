//! The framework's side: `tower-lsp-server` routes requests to handlers; our loop feeds it and writes its answers.
//!
//! Its transport is not used (see [`crate::transport`]), its service is: routing, parameter types, `-32002`
//! before `initialize`, `$/cancelRequest`.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt, SinkExt, StreamExt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tower::{Service as _, ServiceExt};
use tower_lsp::LspService;
use tower_lsp::jsonrpc::{Error, ErrorCode, Id, Request, Response};

use crate::backend::Backend;
use crate::background::{Background, Context, Events};
use crate::diagnostics::Publisher;
use crate::gates::board::Boards;
use crate::gates::{self, Gates};
use crate::main_loop::InFlight;
use crate::progress::Asking;
use crate::runs::{self, Runs};
use crate::state::{Snapshot, State};
use crate::todos::Todos;
use crate::tracker::{self, Trackers};
use crate::transport::Output;

/// Answers the text of an open document as the server has it: for bug reports, and for tests of synchronisation.
const VIEW_TEXT: &str = "stagegate/viewText";

/// Answers the text of a document with the scheme `stagegate`.
const PLAN: &str = "stagegate/plan";

/// Answers the components of the workspace.
const COMPONENTS: &str = "stagegate/components";

/// What the reader passes on.
pub(crate) enum Forward {
    /// A request or notification with the state of the moment it was read.
    Message { request: Request, snapshot: Snapshot },
    /// An answer to a request of ours.
    Response(Response),
}

/// The sending end of the framework's thread.
pub(crate) struct Service {
    sender: UnboundedSender<Forward>,
    in_flight: InFlight,
}

tokio::task_local! {
    /// The state that the running handler works on.
    static SNAPSHOT: Snapshot;
}

/// Returns the snapshot of the running handler.
pub(crate) fn snapshot() -> Snapshot {
    SNAPSHOT.with(Clone::clone)
}

impl Service {
    /// Starts the framework on a thread of its own. It computes nothing; see [`blocking`].
    pub(crate) fn start(
        state: Arc<State>,
        publisher: Publisher,
        output: Output,
        background: Background,
        events: Events,
        trackers: (Trackers, tracker::Events),
        (gates, runs): (GateHelpers, RunHelpers),
    ) -> Service {
        let (sender, receiver) = unbounded_channel();
        let in_flight = InFlight::default();
        let counter = in_flight.clone();
        let serve = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .max_blocking_threads(4)
                .thread_name("analysis")
                .build()
                .expect("a timer is all the runtime needs");
            let background = (background, events);
            let helpers = (trackers, gates, runs);
            runtime.block_on(serve(receiver, state, publisher, output, background, helpers, counter));
        };
        std::thread::Builder::new()
            .name("service".into())
            .spawn(serve)
            .expect("a thread can be started while the server starts");
        Service { sender, in_flight }
    }

    /// Passes a message on. Never blocks.
    pub(crate) fn forward(&self, forward: Forward) {
        if matches!(&forward, Forward::Message { request, .. } if request.id().is_some()) {
            self.in_flight.add();
        }
        // The receiver lives as long as the process.
        let _ = self.sender.send(forward);
    }

    /// Waits until every request has its answer, at most for `limit`.
    pub(crate) fn wait_for_answers(&self, limit: Duration) {
        self.in_flight.wait(limit);
    }
}

/// What works beside the framework, each with the receiving end of its thread.
type Helpers = ((Trackers, tracker::Events), GateHelpers, RunHelpers);

/// Gates, with the receiving end of their thread.
type GateHelpers = (Gates, gates::board::Events);

/// Runs, with the receiving end of their thread.
type RunHelpers = (Runs, runs::keeper::Events);

async fn serve(
    mut receiver: UnboundedReceiver<Forward>,
    state: Arc<State>,
    publisher: Publisher,
    output: Output,
    (background, events): (Background, Events),
    ((trackers, tracker_events), (gates, gate_events), (runs, run_events)): Helpers,
    in_flight: InFlight,
) {
    let runtime = tokio::runtime::Handle::current();
    let to_backend = output.clone();
    let (mut service, socket) = LspService::build(|client| {
        let cx = tracker::Context {
            state: Arc::clone(&state),
            publisher: publisher.clone(),
            client: client.clone(),
            runtime: runtime.clone(),
        };
        trackers.start(cx.clone(), tracker_events);
        let tracker = cx;
        let cx = gates::board::Context {
            state: Arc::clone(&state),
            publisher: publisher.clone(),
            client: client.clone(),
            runtime: runtime.clone(),
            host: Arc::clone(&gates.host),
        };
        Boards::start(cx, gate_events);
        let cx = Context {
            state: Arc::clone(&state),
            publisher: publisher.clone(),
            output: output.clone(),
            client: client.clone(),
            runtime: runtime.clone(),
            todos: Todos::start(Arc::clone(&state), trackers.clone()),
            trackers: trackers.clone(),
            gates: gates.clone(),
            runs: runs.clone(),
        };
        background.start(cx, events);
        let asking = Asking { client, output: to_backend, runtime: runtime.clone() };
        let backend = Backend::new(state, asking, publisher, background, (trackers, tracker), (gates, runs));
        runs::keeper::start(backend.run_tools(), run_events);
        backend
    })
    .custom_method(VIEW_TEXT, Backend::view_text)
    .custom_method(PLAN, Backend::plan)
    .custom_method(COMPONENTS, Backend::components)
    .finish();
    let (mut requests, mut responses) = socket.split();
    let to_client = output.clone();
    tokio::spawn(async move {
        while let Some(request) = requests.next().await {
            to_client.send(&request);
        }
    });
    while let Some(forward) = receiver.recv().await {
        let (request, snapshot) = match forward {
            Forward::Message { request, snapshot } => (request, snapshot),
            Forward::Response(response) => {
                // Only an answer that came too late fails here.
                let _ = responses.send(response).await;
                continue;
            }
        };
        let id = request.id().cloned();
        let initialize = request.method() == "initialize";
        let Ok(ready) = service.ready().await else { return };
        let future = SNAPSHOT.scope(snapshot, ready.call(request));
        let output = output.clone();
        let in_flight = in_flight.clone();
        let answered = async move {
            let response = guarded(id.clone(), future).await;
            let Some(id) = id else { return };
            // The framework leaves requests of an unknown `$/` method without an answer.
            let unanswered = || Response::from_error(id, Error::method_not_found());
            output.send(&response.unwrap_or_else(unanswered));
            in_flight.done();
        };
        // What follows `initialize` may count on its answer; everything else runs side by side, started in order.
        if initialize { answered.await } else { drop(tokio::spawn(answered)) }
    }
}

/// Awaits a handler; a panic in it becomes an error answer, and the server lives on.
async fn guarded<E>(
    id: Option<Id>,
    future: impl Future<Output = Result<Option<Response>, E>>,
) -> Option<Response> {
    match AssertUnwindSafe(future).catch_unwind().await {
        Ok(answer) => answer.ok().flatten(),
        Err(_) => {
            tracing::error!("a handler panicked. Please report this");
            let message = "the server met a bug while answering; it goes on. Please report this".into();
            id.map(|id| {
                Response::from_error(id, Error { code: ErrorCode::InternalError, message, data: None })
            })
        }
    }
}

/// Work whose request may be cancelled: dropped before it started, it never starts.
struct Cancelled<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Cancelled<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs CPU work off the reading path.
///
/// # Errors
/// Returns an internal error where `work` panics.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> tower_lsp::jsonrpc::Result<T> {
    let mut task = Cancelled(tokio::task::spawn_blocking(work));
    (&mut task.0).await.map_err(|error| {
        tracing::error!("an analysis panicked: {error}. Please report this");
        let message = "the server met a bug while answering; it goes on. Please report this".into();
        Error { code: ErrorCode::InternalError, message, data: None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().build().unwrap()
    }

    #[test]
    fn a_panicking_handler_is_answered_with_an_error() {
        let future = async { panic!("a test panics here") };
        let answer = runtime().block_on(guarded::<()>(Some(Id::Number(3)), future)).unwrap();
        assert_eq!(answer.id(), &Id::Number(3));
        assert_eq!(answer.error().unwrap().code, ErrorCode::InternalError);
        let future = async { panic!("a test panics here") };
        assert!(runtime().block_on(guarded::<()>(None, future)).is_none(), "a notification has no answer");
    }

    #[test]
    fn panicking_work_is_an_internal_error() {
        let result = runtime().block_on(blocking(|| -> i32 { panic!("a test panics here") }));
        assert_eq!(result.unwrap_err().code, ErrorCode::InternalError);
    }
}
