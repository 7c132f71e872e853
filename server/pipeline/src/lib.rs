//! Effects: everything in Stagegate that writes to a repository or starts a process lives here (DESIGN.md section 2).
//!
//! For now that is [`write`](mod@write): fixes and new configuration files. Plans, runs and gates follow.

pub mod board;
pub mod inputs;
pub mod measure;
pub mod store;
pub mod write;
