//! The wire: frames in, frames out, and the guard that keeps what is malformed away from the framework.
//!
//! `tower-lsp-server`'s own transport ends on a bad frame and dead-locks when its queue of 100 fills while a
//! handler waits for the client. So only its service is used; reading, ordering and writing are ours
//! (DESIGN.md, invariants 2 and 3).

mod frame;
mod message;
mod output;

pub(crate) use frame::{Frame, FrameReader};
pub(crate) use message::{Message, Rejected, parse, to_request};
pub(crate) use output::Output;
