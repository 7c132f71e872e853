//! Effects: everything in Stagegate that writes to a repository or starts a process lives here (DESIGN.md section 2).
//!
//! [`process`] runs one command so that nothing of it survives, [`provision`] installs the demo's Python tools,
//! [`redact`] keeps secrets out of what commands printed, [`trust`] knows what the user allowed to be executed, and
//! [`write`](mod@write) writes fixes and new configuration files.
//! Plans and deployments follow.

pub mod process;
pub mod provision;
pub mod redact;
pub mod trust;
pub mod write;
