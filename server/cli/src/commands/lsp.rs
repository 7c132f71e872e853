//! `stagegate lsp`.

use stagegate_pipeline::runs::journal;

use crate::args::Lsp;

/// Runs the language server until the client ends it; the protocol says with which code.
pub(super) fn run(_args: &Lsp) -> u8 {
    journal::share_memory();
    u8::try_from(stagegate_lsp::run_stdio(
        Box::new(crate::tracker::Trackers),
        std::sync::Arc::new(crate::host::Gates),
    ))
    .unwrap_or(crate::exit_code::FAILURE)
}
