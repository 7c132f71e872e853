//! The processes that descend from a tool, wherever they went.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions};

use super::job::MARKER;

/// How long killed processes may take to end before they count as survivors.
const PATIENCE: Duration = Duration::from_secs(5);

/// A process at one moment. The number alone may be given to another one later; the pair is unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Id {
    pid: i32,
    /// When it started, in ticks since the machine did.
    start: u64,
}

#[derive(Debug, Clone, Copy)]
struct Process {
    id: Id,
    parent: i32,
    group: i32,
    session: i32,
    zombie: bool,
}

/// Which children of this process belong to the family.
#[derive(Debug, Clone)]
pub(super) enum Scope {
    /// All of them: this process exists for the one tool.
    Own,
    /// Those that carry this value of [`MARKER`]; the others belong to somebody else. One that has ended carries nothing
    /// any more; it is reaped where it left our session, which no child does that we started ourselves.
    Marked(String),
    /// Those that carry this value of [`MARKER`], and nothing else: children of ours may be in sessions of their own.
    OnlyMarked(String),
}

/// The tool and its descendants. Its orphans become our children, see [`adopt`].
pub(super) struct Family {
    scope: Scope,
    /// The tool. Only who started it waits for it.
    main: i32,
    /// A tool whose parent is gone, so that nobody else waits for it.
    orphan: i32,
    /// Those that were seen before: an orphan that has cleared its environment is known by that.
    known: HashSet<Id>,
    strays: HashSet<Id>,
}

/// Makes this process the parent of all orphans among its descendants. Returns whether that is so now.
pub(super) fn adopt() -> bool {
    #[cfg(target_os = "linux")]
    return rustix::process::set_child_subreaper(Some(rustix::process::getpid())).is_ok();
    #[cfg(not(target_os = "linux"))]
    false
}

impl Family {
    pub(super) fn new(scope: Scope, main: u32) -> Self {
        let main = i32::try_from(main).unwrap_or_default();
        Self { scope, main, orphan: 0, known: HashSet::new(), strays: HashSet::new() }
    }

    /// Returns the family of a tool whose supervisor is gone: its processes are orphans, and ours.
    pub(super) fn orphans(run: String, tool: Option<u32>) -> Self {
        let orphan = tool.and_then(|tool| i32::try_from(tool).ok()).unwrap_or_default();
        Self { orphan, ..Self::new(Scope::OnlyMarked(run), 0) }
    }

    /// Asks every member to stop, also those that left the group of the tool.
    pub(super) fn ask(&mut self) {
        // Looked at before: who ends at once is nobody's child any more.
        let members = self.members();
        self.signal_group(Signal::TERM);
        for process in members.into_iter().filter(|process| process.group != self.main) {
            signal(process, Signal::TERM);
            signal(process, Signal::CONT);
        }
        // What is suspended hears nothing else.
        self.signal_group(Signal::CONT);
    }

    /// Sends `signal` to the group of the tool. The tool must not have been waited for yet: its number keeps the group's.
    pub(super) fn signal_group(&self, signal: Signal) {
        if let Some(group) = Pid::from_raw(self.main).filter(|group| group.as_raw_nonzero().get() > 1) {
            let _ = rustix::process::kill_process_group(group, signal);
        }
    }

    /// Reaps members that ended, and returns whether others still live; these count as strays from now on, if `count`.
    pub(super) fn lives(&mut self, count: bool) -> bool {
        let mut alive = false;
        for process in self.members() {
            if process.id.pid != self.main && !reaped(process) {
                alive = true;
                if count && !process.zombie {
                    self.strays.insert(process.id);
                }
            }
        }
        alive
    }

    /// Kills and reaps all members but the tool itself, until none is left or it takes too long.
    /// Returns how many outlived the tool, and how many of them still live.
    pub(super) fn end(&mut self) -> (usize, usize) {
        let deadline = Instant::now() + PATIENCE;
        let mut pause = Duration::from_millis(1);
        loop {
            self.signal_group(Signal::KILL);
            let members = self.members();
            let mut left = 0;
            for process in members {
                if process.id.pid == self.main && process.zombie || reaped(process) {
                    continue;
                }
                left += 1;
                if !process.zombie && process.id.pid != self.main {
                    self.strays.insert(process.id);
                }
                signal(process, Signal::KILL);
            }
            if left == 0 || Instant::now() >= deadline {
                return (self.strays.len(), left);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }

    /// Returns the members, parents before their children.
    fn members(&mut self) -> Vec<Process> {
        let all = list();
        let this = std::process::id().cast_signed();
        let session = all.iter().find(|process| process.id.pid == this).map(|process| process.session);
        let is_known = |process: &Process| {
            [self.main, self.orphan].contains(&process.id.pid)
                || process.group == self.main
                || self.known.contains(&process.id)
        };
        let is_root = |process: &Process| {
            process.parent == this
                && match &self.scope {
                    Scope::Own => true,
                    Scope::Marked(_) if process.zombie => {
                        is_known(process) || Some(process.session) != session
                    }
                    Scope::Marked(run) | Scope::OnlyMarked(run) => {
                        is_known(process) || is_marked(process.id.pid, run)
                    }
                }
        };
        let mut members: Vec<Process> = all.iter().copied().filter(is_root).collect();
        let mut at = 0;
        while at < members.len() {
            let parent = members[at].id.pid;
            members.extend(all.iter().copied().filter(|process| process.parent == parent));
            at += 1;
        }
        self.known.extend(members.iter().map(|process| process.id));
        members
    }
}

/// Takes a child of ours that has ended from the system's list. Returns whether it is gone.
/// The tool itself is left to the one who started it.
fn reaped(process: Process) -> bool {
    if !process.zombie || process.parent != std::process::id().cast_signed() {
        return false;
    }
    let Some(pid) = Pid::from_raw(process.id.pid) else { return true };
    match rustix::process::waitpid(Some(pid), WaitOptions::NOHANG) {
        Ok(found) => found.is_some(),
        Err(_) => true,
    }
}

/// Sends a signal to exactly this process, even when its number was given to another one meanwhile.
#[cfg(target_os = "linux")]
fn signal(process: Process, signal: Signal) {
    use rustix::process::{PidfdFlags, kill_process, pidfd_open, pidfd_send_signal};
    let Some(pid) = Pid::from_raw(process.id.pid) else { return };
    let handle = pidfd_open(pid, PidfdFlags::empty());
    if read(process.id.pid).is_none_or(|now| now.id != process.id) {
        return;
    }
    // Kernels before 5.3 have no such handles.
    let _ = match handle {
        Ok(handle) => pidfd_send_signal(handle, signal),
        Err(_) => kill_process(pid, signal),
    };
}

#[cfg(not(target_os = "linux"))]
fn signal(_: Process, _: Signal) {}

/// Returns all processes that can be seen.
#[cfg(target_os = "linux")]
fn list() -> Vec<Process> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(read).collect()
}

#[cfg(not(target_os = "linux"))]
fn list() -> Vec<Process> {
    Vec::new()
}

#[cfg(target_os = "linux")]
fn read(pid: i32) -> Option<Process> {
    parse(&std::fs::read(format!("/proc/{pid}/stat")).ok()?)
}

/// Reads `/proc/PID/stat`. The name stands in parentheses and may hold anything, parentheses and line breaks too.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux has such files"))]
fn parse(stat: &[u8]) -> Option<Process> {
    let open = stat.iter().position(|byte| *byte == b'(')?;
    let close = stat.iter().rposition(|byte| *byte == b')')?;
    let pid = std::str::from_utf8(&stat[..open]).ok()?.trim().parse().ok()?;
    let rest = std::str::from_utf8(stat.get(close + 1..)?).ok()?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    Some(Process {
        id: Id { pid, start: fields.get(19)?.parse().ok()? },
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        session: fields.get(3)?.parse().ok()?,
        zombie: matches!(*fields.first()?, "Z" | "X"),
    })
}

/// Returns whether the process was started with this value of [`MARKER`] in its environment.
fn is_marked(pid: i32, run: &str) -> bool {
    let wanted = format!("{MARKER}={run}");
    std::fs::read(format!("/proc/{pid}/environ"))
        .is_ok_and(|environ| environ.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_processes_may_hold_anything() {
        let stat = b"42 (a) b (c\n) R) S 7 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 12345 0 0\n";
        let process = parse(stat).unwrap();
        assert_eq!((process.id, process.parent, process.zombie), (Id { pid: 42, start: 12345 }, 7, false));
        for broken in [&b""[..], b"42", b"42 (a", b"42 (a)", b"x (a) S 1 2", b"42 (a) S 7 42"] {
            assert!(parse(broken).is_none());
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn we_are_among_the_processes() {
        let this = std::process::id().cast_signed();
        assert!(list().iter().any(|process| process.id.pid == this && !process.zombie));
    }
}
