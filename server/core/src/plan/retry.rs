//! How a step is tried again, and when to stop trying (requirement 003, "Error Recovery Strategy").

use serde::{Deserialize, Serialize};

/// How long to wait between attempts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Backoff {
    /// How often to try again after the first attempt.
    pub retries: u32,
    /// The wait before the first new attempt, in milliseconds.
    pub base_ms: u64,
    /// By what the wait grows with each attempt.
    pub factor: f64,
    /// Longest wait, in milliseconds; chance never exceeds it.
    pub max_ms: u64,
    /// Whether the wait is varied by chance.
    pub jitter: bool,
}

impl Backoff {
    /// One attempt, and no other.
    pub const NONE: Backoff = Backoff { retries: 0, base_ms: 0, factor: 1.0, max_ms: 0, jitter: false };
}

/// When an environment that keeps failing is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BreakerPolicy {
    /// How many failures in a row open the circuit.
    pub threshold: u32,
    /// How long it stays open before attempts are let through, in milliseconds.
    pub recovery_ms: u64,
    /// How many attempts are let through then.
    pub probes: u32,
}
