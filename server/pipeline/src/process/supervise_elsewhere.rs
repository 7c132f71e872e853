//! Starts a tool, watches it, and stops it, where there are no process groups: what it leaves behind stays.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::End;
use super::job::{Ended, Job, Order, Report};
use super::program;

/// Which children belong to the tool. Not known here.
pub(super) enum Scope {
    /// Those of this run.
    Marked(#[expect(dead_code, reason = "nothing can be looked for by it here")] String),
}

/// Runs `job` with the streams that `streams` gives to its command.
pub(super) fn supervise(
    job: &Job,
    _: Scope,
    streams: impl FnOnce(&mut std::process::Command),
    orders: &Receiver<Order>,
    sender: Sender<Order>,
    report: &mut dyn FnMut(Report),
) -> Ended {
    let mut command = job.command();
    streams(&mut command);
    let started = command.spawn();
    drop(command);
    drop(sender);
    let mut child = match started {
        Ok(child) => child,
        Err(error) => return Ended::without_start(program::refused(job, &error)),
    };
    report(Report::Started { pid: child.id() });
    let deadline = Instant::now().checked_add(job.timeout);
    let cause = loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                break status.code().map_or(End::Lost { why: status.to_string() }, End::Exited);
            }
            Ok(None) => {}
            Err(error) => break End::Lost { why: error.to_string() },
        }
        let stop = match orders.recv_timeout(Duration::from_millis(10)) {
            Ok(_) => Some(End::Cancelled),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                std::thread::sleep(Duration::from_millis(10));
                None
            }
        };
        let late =
            deadline.is_some_and(|at| Instant::now() >= at).then_some(End::TimedOut { after: job.timeout });
        if let Some(cause) = stop.or(late) {
            let _ = child.kill();
            let _ = child.wait();
            break cause;
        }
    };
    Ended { end: cause, stray: 0, survivors: 0 }
}
