//! Starts a tool, watches it, and stops it and all that it leaves behind.

use std::io;
use std::process::Child;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};

use super::End;
use super::family::{Family, Scope};
use super::job::{Ended, Job, Order, Report};
use super::program;

/// How long processes that outlive a tool may take to end by themselves before they count as left behind.
const SETTLE: Duration = Duration::from_millis(100);
/// How often orphans that ended are reaped while the tool runs.
const REAP: Duration = Duration::from_secs(2);
/// How long the tool itself may take to end after it was killed; longer, and it hangs inside the system.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs `job` with the streams that `streams` gives to its command. Ends when everything has ended, bounded in time.
///
/// `orders` come from `sender` too: a thread of ours tells the end of the tool by it.
pub(super) fn supervise(
    job: &Job,
    scope: Scope,
    streams: impl FnOnce(&mut std::process::Command),
    orders: &Receiver<Order>,
    sender: Sender<Order>,
    report: &mut dyn FnMut(Report),
) -> Ended {
    let mut command = job.command();
    streams(&mut command);
    command.process_group(0);
    let started = start(&mut command);
    // The command holds our ends of the streams; while it lives, their readers see no end.
    drop(command);
    let child = match started {
        Ok(child) => child,
        Err(error) => return Ended::without_start(program::refused(job, &error)),
    };
    report(Report::Started { pid: child.id() });
    if job.background && matches!(scope, Scope::Marked(_)) {
        let _ = rustix::process::setpriority_process(Pid::from_raw(child.id().cast_signed()), 10);
    }
    let mut watch = Watch {
        family: Family::new(scope, child.id()),
        deadline: Instant::now().checked_add(job.timeout),
        grace: job.grace,
        cause: None,
        kill_at: None,
    };
    let waiting = tell_end(&child, sender);
    let ended = watch.until_end(orders, waiting, job.timeout);
    watch.strays(orders);
    let (stray, survivors) = watch.family.end();
    let end = status(child, ended);
    Ended { end: watch.cause.unwrap_or(end), stray, survivors }
}

/// Starts the command. A program that was written a moment ago can be busy until all who inherited it let go.
fn start(command: &mut std::process::Command) -> io::Result<Child> {
    let mut tries = 0;
    loop {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && tries < 10 => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(20));
            }
            result => return result,
        }
    }
}

/// Sends [`Order::Ended`] when the tool has ended, without reaping it: so its number stays that of its group.
/// Returns whether a thread waits for that.
fn tell_end(child: &Child, sender: Sender<Order>) -> bool {
    let Some(pid) = Pid::from_raw(child.id().cast_signed()) else { return false };
    let wait = move || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while matches!(rustix::process::waitid(WaitId::Pid(pid), options), Err(rustix::io::Errno::INTR)) {}
        let _ = sender.send(Order::Ended);
    };
    std::thread::Builder::new().name("wait".to_owned()).spawn(wait).is_ok()
}

/// Reaps the tool, if it has ended.
fn status(mut child: Child, ended: bool) -> End {
    let result = if ended { child.wait().map(Some) } else { child.try_wait() };
    match result {
        Ok(Some(status)) => match (status.code(), status.signal()) {
            (Some(code), _) => End::Exited(code),
            (None, Some(signal)) => End::Signalled(signal),
            (None, None) => End::Lost { why: format!("the system says `{status}` of its end") },
        },
        Ok(None) => End::Lost { why: "it does not end although it was killed".to_owned() },
        Err(error) => End::Lost { why: format!("the system does not tell how it ended: {error}") },
    }
}

struct Watch {
    family: Family,
    deadline: Option<Instant>,
    grace: Duration,
    /// Why it was asked to stop.
    cause: Option<End>,
    kill_at: Option<Instant>,
}

impl Watch {
    /// Waits until the tool has ended, and makes it end when its time is over or somebody asks. Returns whether it did.
    fn until_end(&mut self, orders: &Receiver<Order>, waiting: bool, timeout: Duration) -> bool {
        if !waiting {
            // No thread could be started: then nothing tells the end. Very rare, and never a pass.
            self.stop(End::Lost { why: "the system lets us start no thread to wait for it".to_owned() });
            self.kill_at = Some(Instant::now());
        }
        let mut give_up = None;
        let mut next_reap = Instant::now() + REAP;
        loop {
            let now = Instant::now();
            if self.cause.is_none() && self.deadline.is_some_and(|deadline| now >= deadline) {
                self.stop(End::TimedOut { after: timeout });
            }
            if give_up.is_none() && self.kill_at.is_some_and(|at| now >= at) {
                self.family.signal_group(Signal::KILL);
                give_up = now.checked_add(PATIENCE);
            }
            if give_up.is_some_and(|at| now >= at) {
                return false;
            }
            if now >= next_reap {
                self.family.lives(false);
                next_reap = now + REAP;
            }
            let deadline = self.deadline.filter(|_| self.cause.is_none());
            let kill_at = self.kill_at.filter(|_| give_up.is_none());
            let wake = [deadline, kill_at, give_up].into_iter().flatten().fold(next_reap, Instant::min);
            match orders.recv_timeout(wake.saturating_duration_since(Instant::now())) {
                Ok(Order::Ended) => return true,
                Ok(order) => self.obey(order),
                Err(RecvTimeoutError::Timeout) => {}
                // Whoever gives orders is gone; the thread that waits holds a sender, so this is not met.
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }

    /// Gives what outlived the tool the time to end by itself, then asks it, and waits for the rest of the grace.
    fn strays(&mut self, orders: &Receiver<Order>) {
        let settled = Instant::now() + SETTLE;
        while self.cause.is_none() && Instant::now() < settled {
            if !self.family.lives(false) {
                return;
            }
            self.pause(orders, Duration::from_millis(5));
        }
        if !self.family.lives(true) {
            return;
        }
        if self.kill_at.is_none() {
            self.family.ask();
            self.kill_at = Instant::now().checked_add(self.grace);
        }
        while self.kill_at.is_none_or(|at| Instant::now() < at) && self.family.lives(true) {
            self.pause(orders, Duration::from_millis(10));
        }
    }

    fn pause(&mut self, orders: &Receiver<Order>, length: Duration) {
        match orders.recv_timeout(length) {
            // The tool has ended by itself; an order now only hastens the end of what it left behind.
            Ok(Order::Kill) => self.kill_at = Some(Instant::now()),
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(length),
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Stop => self.stop(End::Cancelled),
            Order::Kill => {
                self.stop(End::Cancelled);
                self.kill_at = Some(Instant::now());
            }
            Order::Ended => {}
        }
    }

    fn stop(&mut self, cause: End) {
        if self.cause.is_none() {
            self.cause = Some(cause);
            self.kill_at = Instant::now().checked_add(self.grace);
            self.family.ask();
        }
    }
}
