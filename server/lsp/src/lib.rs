//! The Stagegate language server: documents in, findings out, over stdio.
//!
//! Threads: one reads and keeps the order ([`main_loop`]), one publishes findings ([`diagnostics`]), one runs the
//! framework ([`service`]), a few compute answers, one looks after the workspace ([`background`]), and one after the evidence
//! of gates ([`gates`]). All of them share [`state`]; only the reader changes documents.

mod analysis;
mod backend;
mod background;
mod client;
mod diagnostics;
mod documents;
mod from_proto;
mod gates;
mod handlers;
pub mod host;
pub mod issues;
pub mod logging;
mod main_loop;
mod progress;
mod refresh;
mod runs;
mod service;
mod state;
mod to_proto;
mod todos;
mod tracker;
mod transport;
mod uri;

pub use main_loop::{EXIT_OK, EXIT_WITHOUT_SHUTDOWN, run};

/// Serves the client at stdin and stdout, with what `tracker` knows of issues and `host` of gates; returns the exit code of
/// the process.
#[must_use]
pub fn run_stdio(tracker: Box<dyn issues::Tracker>, host: std::sync::Arc<dyn host::Host>) -> i32 {
    logging::init();
    run(std::io::stdin().lock(), std::io::stdout(), tracker, host)
}
