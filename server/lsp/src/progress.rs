//! Work-done progress (LSP 3.17, `$/progress`): begun where the client shows it, always ended.

use std::time::Duration;

use serde_json::json;
use tower_lsp::ls_types::request::WorkDoneProgressCreate;
use tower_lsp::ls_types::{ProgressToken, WorkDoneProgressCreateParams};

use crate::background::Context;
use crate::transport::Output;

/// How long a client may take to agree to a progress; then the work goes on without.
const AGREE: Duration = Duration::from_secs(2);

/// A progress that the client shows, or none. Ends when dropped.
pub(crate) struct Progress {
    shown: Option<(Output, String)>,
}

impl Progress {
    /// Asks the client for a progress and begins it.
    pub(crate) fn begin(cx: &Context, title: &str, message: &str) -> Progress {
        if !cx.state.client().is_some_and(|client| client.progress) {
            return Progress { shown: None };
        }
        let token = format!("stagegate/{}", cx.client.next_request_id());
        let params = WorkDoneProgressCreateParams { token: ProgressToken::String(token.clone()) };
        let create = cx.client.send_request::<WorkDoneProgressCreate>(params);
        let agreed = cx.runtime.block_on(async { tokio::time::timeout(AGREE, create).await });
        if !matches!(agreed, Ok(Ok(()))) {
            return Progress { shown: None };
        }
        let progress = Progress { shown: Some((cx.output.clone(), token)) };
        progress.send(&json!({ "kind": "begin", "title": title, "message": message, "percentage": 0, "cancellable": false }));
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

    fn send(&self, value: &serde_json::Value) {
        if let Some((output, token)) = &self.shown {
            output.notify("$/progress", json!({ "token": token, "value": value }));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.send(&json!({ "kind": "end" }));
    }
}
