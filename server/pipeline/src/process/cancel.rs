//! Asking a running command to stop, from anywhere.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU8, Ordering};

/// Stops the commands that were given it. Clones are one and the same.
///
/// It is seen within a few hundredths of a second.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<State>);

#[derive(Debug, Default)]
struct State {
    urgency: AtomicU8,
    signal: AtomicI32,
}

/// How urgent a cancel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Urgency {
    /// Nobody asked for anything.
    None,
    /// Stop, with the usual grace.
    Stop,
    /// Kill at once.
    Kill,
}

impl Cancel {
    /// Returns one that nobody has set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for everything to stop: running commands are asked, given their grace, and killed.
    pub fn cancel(&self) {
        self.0.urgency.fetch_max(1, Ordering::SeqCst);
    }

    /// Asks for everything to be killed at once, without a grace.
    pub fn kill(&self) {
        self.0.urgency.fetch_max(2, Ordering::SeqCst);
    }

    /// Returns whether somebody asked.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.urgency() != Urgency::None
    }

    /// Returns whether somebody asked for everything to be killed at once.
    #[must_use]
    pub fn kills(&self) -> bool {
        self.urgency() == Urgency::Kill
    }

    /// Returns the signal that asked first, where it was one: a program that ends because of it exits with 128 + this.
    #[must_use]
    pub fn signal(&self) -> Option<i32> {
        Some(self.0.signal.load(Ordering::SeqCst)).filter(|signal| *signal != 0)
    }

    pub(super) fn urgency(&self) -> Urgency {
        match self.0.urgency.load(Ordering::SeqCst) {
            0 => Urgency::None,
            1 => Urgency::Stop,
            _ => Urgency::Kill,
        }
    }

    /// Returns one that is set by the signals that ask this process to end: Ctrl-C, SIGTERM and SIGHUP, unless SIGHUP was
    /// ignored when the process started (`nohup`). The second signal kills at once. The process itself does not end by
    /// these signals any more; the caller ends it when its commands have stopped. Call it once.
    ///
    /// Where there are no such signals, nothing is set, and Ctrl-C ends the process as usual.
    ///
    /// # Errors
    /// Returns why the signals cannot be received.
    pub fn on_signals() -> io::Result<Self> {
        let cancel = Self::new();
        cancel.listen()?;
        Ok(cancel)
    }

    #[cfg(unix)]
    fn listen(&self) -> io::Result<()> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let wanted: &[i32] = if hangup_ignored() { &[SIGINT, SIGTERM] } else { &[SIGINT, SIGTERM, SIGHUP] };
        let mut signals = signal_hook::iterator::Signals::new(wanted)?;
        let cancel = self.clone();
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for signal in signals.forever() {
                let first =
                    cancel.0.signal.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst).is_ok();
                if first { cancel.cancel() } else { cancel.kill() }
            }
        })?;
        Ok(())
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
    fn listen(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns whether SIGHUP was ignored when we started. Known on Linux only.
#[cfg(unix)]
fn hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_urgent_wins_and_clones_are_one() {
        let cancel = Cancel::new();
        let other = cancel.clone();
        assert!(!other.is_cancelled());
        cancel.kill();
        cancel.cancel();
        assert_eq!(other.urgency(), Urgency::Kill);
        assert_eq!(other.signal(), None);
    }
}
