//! Runs: a plan carried out by one process, with a journal that survives it (DESIGN.md section 7, invariant 4).
//!
//! Each step is an [`Action`]. Before it does anything the journal says that it began, and after it that it is done, so that
//! whoever takes up an interrupted run knows which steps to look at again.

mod action;
mod breaker;
mod clean;
mod clock;
pub mod engine;
mod hold;
pub mod journal;
pub mod launch;
mod lock;
mod output;
pub mod pages;
pub mod prepare;
mod request;
pub mod steps;
pub mod verdicts;
pub mod watch;

pub use action::{Action, Context, Done, Journalled};
pub use breaker::{BreakerState, Circuit, Moment};
pub use clock::{Clock, SystemClock};
pub use request::{Request, RunId};
