//! Effects: everything in Stagegate that writes to a repository or starts a process lives here (DESIGN.md section 2).
//!
//! For now that is [`write`](mod@write): fixes and new configuration files. Plans, runs and gates follow.

pub mod provision;
pub mod write;
