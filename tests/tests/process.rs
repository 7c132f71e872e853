//! Real processes, watched by the supervisor that the real binary is.

#![cfg(unix)]

#[cfg(test)]
#[path = "../../server/pipeline/tests/process/cases.rs"]
mod cases;

/// Whether a process of its own watches each tool.
const SUPERVISED: bool = true;

fn before() {
    stagegate_pipeline::process::use_supervisor(stagegate_tests::binary());
}
