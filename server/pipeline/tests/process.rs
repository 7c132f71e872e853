//! Real processes, watched by a thread of this process. `tests/tests/process.rs` has the same cases with the supervisor.

#![cfg(unix)]

#[cfg(test)]
#[path = "process/cases.rs"]
mod cases;

/// Whether a process of its own watches each tool.
const SUPERVISED: bool = false;

fn before() {}
