//! Telling the client that what it shows of components may have changed.

use tokio::runtime::Handle;
use tower_lsp::Client;

use crate::client::ClientInfo;

/// Asks a client that pulls to pull again, and for lenses and hints. Waits for nothing.
pub(crate) fn refresh_all(client: &Client, info: &ClientInfo, runtime: &Handle) {
    refresh_views(client, info, runtime);
    if info.refreshes_diagnostics && !info.push {
        let client = client.clone();
        runtime.spawn(async move {
            if let Err(error) = client.workspace_diagnostic_refresh().await {
                tracing::debug!("the client refused to refresh: {error}");
            }
        });
    }
}

/// Asks the client to ask for code lenses and inlay hints again, as far as it can. Waits for nothing.
fn refresh_views(client: &Client, info: &ClientInfo, runtime: &Handle) {
    let (lenses, hints) = (info.refreshes_lenses, info.refreshes_hints);
    if !lenses && !hints {
        return;
    }
    let client = client.clone();
    runtime.spawn(async move {
        if lenses && let Err(error) = client.code_lens_refresh().await {
            tracing::debug!("the client refused to refresh code lenses: {error}");
        }
        if hints && let Err(error) = client.inlay_hint_refresh().await {
            tracing::debug!("the client refused to refresh inlay hints: {error}");
        }
    });
}
