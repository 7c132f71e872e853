//! Time, so that tests can make it pass.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::process::Cancel;

/// Tells the time, and waits.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970 UTC. It may jump back.
    fn now_ms(&self) -> i64;

    /// Waits, or returns `false` as soon as somebody cancels.
    fn wait(&self, time: Duration, cancel: &Cancel) -> bool;

    /// Returns how long ago some moment was, the same as long as this process lives. It never jumps.
    fn elapsed(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }

    /// Returns which start of the machine this is, and how many milliseconds ago it was; `None` where nobody tells.
    fn since_boot(&self) -> Option<(String, i64)> {
        None
    }
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
        let until = Instant::now() + time;
        loop {
            if cancel.is_cancelled() {
                return false;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            std::thread::sleep(left.min(LOOK));
        }
    }

    #[cfg(target_os = "linux")]
    fn since_boot(&self) -> Option<(String, i64)> {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let uptime = std::fs::read_to_string("/proc/uptime").ok()?;
        let (seconds, hundredths) = uptime.split_whitespace().next()?.split_once('.')?;
        let ms = seconds.parse::<i64>().ok()?.checked_mul(1000)? + hundredths.parse::<i64>().ok()? * 10;
        Some((boot.trim().to_owned(), ms))
    }
}
