//! Running the gates of one component, with progress, and keeping what was seen.
//!
//! [`run`] asks which tools answer for which gate ([`crate::tools`]), serves what is known of unchanged inputs from the
//! store, runs the rest, and judges all of it for one stage. It never writes anything but below `.stagegate/`.

mod aside;
mod definitions;
mod event;
mod execute;
mod failure;
mod instructions;
mod kept;
mod lock;
mod problem;
mod run;
mod runner;
mod smoke;
mod subject;
mod trusted;

pub use definitions::Definitions;
pub use event::{Event, GateOutcome, Outcome, Request};
pub use failure::GatesError;
pub use run::{Session, run};
pub(crate) use smoke::{SmokeBench, smoke};
pub use trusted::{Trusted, permission, refusal, trust_items};
