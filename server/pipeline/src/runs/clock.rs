//! Time, so that tests can make it pass.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::process::Cancel;

/// Tells the time, and waits.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970 UTC. It may jump back.
    fn now_ms(&self) -> i64;

    /// Waits, or returns `false` as soon as somebody cancels.
    fn wait(&self, time: Duration, cancel: &Cancel) -> bool;
}

/// The clock of the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn wait(&self, time: Duration, cancel: &Cancel) -> bool {
        const LOOK: Duration = Duration::from_millis(25);
        let until = std::time::Instant::now() + time;
        loop {
            if cancel.is_cancelled() {
                return false;
            }
            let left = until.saturating_duration_since(std::time::Instant::now());
            if left.is_zero() {
                return true;
            }
            std::thread::sleep(left.min(LOOK));
        }
    }
}
