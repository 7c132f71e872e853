//! Environments: where releases are deployed, tested and taken back (requirement 000, steps 5 and 6; requirement 001,
//! "Rollback Procedures").
//!
//! A local environment is a folder with the releases of each component and a `current` that leads to one of them
//! ([`local`]). Elsewhere commands of the configuration do it ([`commands`]), and the same folder only records which release is
//! there. Steps of runs are in [`crate::runs::steps`].

pub(crate) mod commands;
mod copy;
pub(crate) mod git;
pub(crate) mod health;
pub(crate) mod local;
mod pointer;
mod record;
pub(crate) mod scene;
pub(crate) mod smoke;
mod state;
mod trouble;
mod trust;

pub(crate) use copy::Source;
pub use record::{RELEASE_FILE, ReleaseFile, ReleaseRecord};
pub use state::state;
pub(crate) use trouble::{lasting, transient};
pub(crate) use trust::trust_items;
