//! Effects: everything in Stagegate that writes to a repository or starts a process lives here (DESIGN.md section 2).
//!
//! [`write`](mod@write): fixes and new configuration files. [`trust`]: what the user allowed to be executed.

pub mod trust;
pub mod write;
