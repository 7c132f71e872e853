//! Effects: everything in Stagegate that writes to a repository or starts a process lives here (DESIGN.md section 2).
//!
//! [`gates`] runs the gates of a component: [`tools`] says which tools answer, [`process`] runs one so that nothing of it
//! survives, [`inputs`] is what the verdict depends on, [`store`] keeps what was seen, and [`board`] is all of it for an
//! editor. [`redact`] keeps secrets out of it, and [`trust`] knows what the user allowed to be executed.
//! [`runs`] makes plans and carries them out: [`git`] commits, [`environment`] deploys, [`sign_offs`] and [`tracking`] are
//! about people, [`records`] and [`dashboard`] are what a run leaves behind. [`write`](mod@write) writes fixes and new
//! configuration files.

pub mod board;
pub mod carry;
pub mod dashboard;
mod database;
pub mod environment;
pub mod gates;
pub mod git;
pub mod inputs;
pub mod measure;
mod own;
pub mod process;
pub mod provision;
pub mod records;
pub mod redact;
pub mod runs;
pub mod sign_offs;
pub mod store;
pub mod tools;
pub mod tracking;
pub mod trust;
pub mod write;
