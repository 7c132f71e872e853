//! Deploying, testing and taking back releases with real commands: those that fail, hang, lie, print secrets and leave things
//! behind (issue 5, "Bad input and faults").
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "environment/bench.rs"]
mod bench;
#[path = "environment/by_commands.rs"]
mod by_commands;
#[path = "environment/drills.rs"]
mod drills;
#[path = "environment/locally.rs"]
mod locally;
