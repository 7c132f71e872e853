//! Stops a step when its time is over, or when somebody cancels.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use crate::process::Cancel;
use crate::runs::Clock;

/// How often is looked.
const LOOK: Duration = Duration::from_millis(20);

/// What a step is stopped by.
pub(super) struct Guard<'a> {
    clock: &'a dyn Clock,
    /// When its time is over, by [`Clock::elapsed`].
    deadline: Duration,
    over: AtomicBool,
    /// What the step sees.
    pub(super) cancel: Cancel,
}

impl<'a> Guard<'a> {
    /// Runs `work`, which is stopped when `time` is over. The first request of `outer` stops it as well where `obeys`; a
    /// second one always does.
    pub(super) fn watch<T>(
        clock: &'a dyn Clock,
        time: Duration,
        outer: &Cancel,
        obeys: bool,
        work: impl FnOnce(&Guard<'a>) -> T,
    ) -> T {
        let deadline = clock.elapsed().saturating_add(time);
        let guard = Guard { clock, deadline, over: AtomicBool::new(false), cancel: Cancel::new() };
        let (ended, end) = channel::<()>();
        let watched = &guard;
        std::thread::scope(|scope| {
            let look = move || {
                while matches!(end.recv_timeout(LOOK), Err(RecvTimeoutError::Timeout)) {
                    if outer.kills() {
                        watched.cancel.kill();
                    } else if obeys && outer.is_cancelled() || watched.left().is_zero() {
                        watched.cancel.cancel();
                    }
                }
            };
            let watching = std::thread::Builder::new().name("guard".to_owned()).spawn_scoped(scope, look);
            // Without a thread nobody could stop it.
            if watching.is_err() {
                watched.cancel.cancel();
            }
            let value = work(watched);
            drop(ended);
            value
        })
    }

    /// Returns how much of its time is left.
    pub(super) fn left(&self) -> Duration {
        let left = self.deadline.saturating_sub(self.clock.elapsed());
        if left.is_zero() {
            self.over.store(true, Ordering::SeqCst);
        }
        left
    }

    /// Whether its time is over.
    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst) || self.left().is_zero()
    }
}
