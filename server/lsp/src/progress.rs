//! Work-done progress (LSP 3.17, `$/progress`): begun where the client shows it, always ended.

use std::time::Duration;

use serde_json::json;
use tokio::runtime::Handle;
use tower_lsp::Client;
use tower_lsp::ls_types::request::WorkDoneProgressCreate;
use tower_lsp::ls_types::{ProgressToken, WorkDoneProgressCreateParams};

use crate::background::Context;
use crate::state::State;
use crate::transport::Output;

/// How long a client may take to agree to a progress; then the work goes on without.
const AGREE: Duration = Duration::from_secs(2);

/// A progress that the client shows, or none. Ends when dropped.
pub(crate) struct Progress {
    shown: Option<(Output, ProgressToken)>,
}

/// What a progress is asked for with. Not for the thread of the runtime.
#[derive(Clone)]
pub(crate) struct Asking {
    pub(crate) client: Client,
    pub(crate) output: Output,
    pub(crate) runtime: Handle,
}

impl Progress {
    /// Asks the client for a progress and begins it.
    pub(crate) fn begin(cx: &Context, title: &str, message: &str) -> Progress {
        let Context { client, output, runtime, .. } = cx;
        let asking = Asking { client: client.clone(), output: output.clone(), runtime: runtime.clone() };
        asking.begin(&cx.state, (title, message), false, &|_| {})
    }

    /// Begins the progress of a request for which the client named a token, and which it can cancel.
    pub(crate) fn of_request(output: &Output, token: ProgressToken, title: &str, message: &str) -> Progress {
        let progress = Progress { shown: Some((output.clone(), token)) };
        progress.send_begin(title, message, true);
        progress
    }

    /// Returns a progress that nobody sees.
    pub(crate) fn none() -> Progress {
        Progress { shown: None }
    }

    /// Says that `done` of `all` parts are done.
    pub(crate) fn report(&self, done: usize, all: usize, message: &str) {
        let percentage = (done * 100).checked_div(all).unwrap_or(100);
        self.send(&json!({ "kind": "report", "message": message, "percentage": percentage }));
    }

    /// Ends the progress.
    pub(crate) fn end(self) {}

    fn send_begin(&self, title: &str, message: &str, cancellable: bool) {
        self.send(&json!({
            "kind": "begin", "title": title, "message": message, "percentage": 0, "cancellable": cancellable,
        }));
    }

    fn send(&self, value: &serde_json::Value) {
        if let Some((output, token)) = &self.shown {
            output.notify("$/progress", json!({ "token": token, "value": value }));
        }
    }
}

impl Asking {
    /// Asks the client for a progress and begins it with a title and a message. `on_token` is told first as what it will be
    /// shown.
    pub(crate) fn begin(
        &self,
        state: &State,
        (title, message): (&str, &str),
        cancellable: bool,
        on_token: &dyn Fn(&ProgressToken),
    ) -> Progress {
        if !state.client().is_some_and(|client| client.progress) {
            return Progress::none();
        }
        let token = ProgressToken::String(format!("stagegate/{}", self.client.next_request_id()));
        let params = WorkDoneProgressCreateParams { token: token.clone() };
        let create = self.client.send_request::<WorkDoneProgressCreate>(params);
        let agreed = self.runtime.block_on(async { tokio::time::timeout(AGREE, create).await });
        if !matches!(agreed, Ok(Ok(()))) {
            return Progress::none();
        }
        on_token(&token);
        let progress = Progress { shown: Some((self.output.clone(), token)) };
        progress.send_begin(title, message, cancellable);
        progress
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.send(&json!({ "kind": "end" }));
    }
}
