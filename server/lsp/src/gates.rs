//! Gates in the server: their evidence, kept in the background ([`board`]), and runs of them in other processes
//! ([`runs`]).

pub(crate) mod board;
pub(crate) mod event;
pub(crate) mod runs;
pub(crate) mod trust;

use std::sync::Arc;

use crate::host::Host;

/// What the server's threads share about gates.
#[derive(Clone)]
pub(crate) struct Gates {
    pub(crate) host: Arc<dyn Host>,
    pub(crate) boards: board::Boards,
    pub(crate) runs: runs::Runs,
}

impl Gates {
    /// Returns them with the receiving end of the thread that keeps the evidence.
    pub(crate) fn new(host: Arc<dyn Host>) -> (Gates, board::Events) {
        let (boards, events) = board::Boards::new();
        (Gates { host, boards, runs: runs::Runs::default() }, events)
    }
}
