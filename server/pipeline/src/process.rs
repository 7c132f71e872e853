//! Runs one command so that nothing of it survives and nothing blocks (DESIGN.md section 7, "timeouts are hard").
//!
//! The tool runs in a process group of its own, with nothing on its standard input. Where the program said at its start
//! that it can supervise ([`supervisor_main`]), a small process of the same binary stands between us and the tool: it is
//! the reaper of every process that the tool leaves behind, whatever that did to get away, and when *we* are killed, it
//! sees its connection close and stops the tool. Elsewhere a thread does the same work; then a process that left its
//! group and changed its environment as well is not found, and a tool goes on when we are killed.
//!
//! On Linux descendants are found in `/proc`; on other Unix systems only the process group is stopped; elsewhere only the
//! tool itself.

mod cancel;
mod capture;
#[cfg(unix)]
mod family;
mod job;
mod lines;
mod priority;
mod program;
mod run;
mod stream;
#[cfg(unix)]
mod supervise;
#[cfg(not(unix))]
#[path = "process/supervise_elsewhere.rs"]
mod supervise;
mod supervisor;

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

pub use cancel::Cancel;
pub use capture::{Capture, Captured};
pub use priority::give_way;
pub use run::run;
pub use supervisor::{supervisor_main, use_supervisor};

use crate::redact::Redactor;

/// What to run, and within which bounds. Never a shell string: `args` reach the program as they are.
#[derive(Debug, Clone)]
pub struct Command {
    /// The program: a name that is searched in `PATH`, or a path; a relative path starts at `folder`.
    pub program: OsString,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// The folder it works in.
    pub folder: PathBuf,
    /// Environment variables to set, on top of ours. A `PATH` given here is also where `program` is searched.
    pub env: Vec<(OsString, OsString)>,
    /// Environment variables to take away.
    pub env_remove: Vec<OsString>,
    /// How long it may run before it is stopped. With zero nothing is started.
    pub timeout: Duration,
    /// How long it may go on after it was asked to stop, before it is killed.
    pub grace: Duration,
    /// How much of its output is kept.
    pub capture: Capture,
    /// Where its standard output also goes, byte for byte: a file that must not exist yet, in a folder that does. The
    /// file is kept only where the tool ended by itself ([`End::Exited`]); else it is removed.
    pub stdout_file: Option<PathBuf>,
    /// How many bytes `stdout_file` may have; a tool that prints more is stopped.
    pub stdout_limit: u64,
    /// Whether it gives way to everything else (nice 10, where the system has that).
    pub background: bool,
    /// What is taken out of its output before anybody sees it: lines and [`Captured`], not `stdout_file`.
    pub redactor: Redactor,
}

impl Command {
    /// Returns the command that runs `program` in `folder` for at most ten minutes, with the usual bounds.
    pub fn new(program: impl Into<OsString>, folder: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            folder: folder.into(),
            env: Vec::new(),
            env_remove: Vec::new(),
            timeout: Duration::from_secs(600),
            grace: Duration::from_secs(5),
            capture: Capture::default(),
            stdout_file: None,
            stdout_limit: 256 << 20,
            background: false,
            redactor: Redactor::default(),
        }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }
}

/// How a command ended. Only [`End::Exited`] says anything about what the tool found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum End {
    /// It ended by itself with this code.
    Exited(i32),
    /// A signal that we did not send ended it.
    Signalled(i32),
    /// It was stopped because it ran longer than allowed.
    TimedOut {
        /// How long it was allowed to run.
        after: Duration,
    },
    /// It was stopped because somebody asked for that.
    Cancelled,
    /// There is no such program.
    NotFound {
        /// As it was asked for.
        program: String,
    },
    /// There is something of that name, which cannot be executed.
    NotExecutable {
        /// As it was asked for.
        program: String,
        /// What hinders it.
        why: String,
    },
    /// It was not started for another reason.
    NotStarted {
        /// The reason: a folder that is missing, arguments that are too long, ...
        why: String,
    },
    /// It printed more than the file of its report may hold, and was stopped.
    OutputTooLarge {
        /// How many bytes are allowed.
        limit: u64,
    },
    /// It ran, but we lost sight of it, so that what it left says nothing: the disk is full, its supervisor was killed.
    Lost {
        /// What happened.
        why: String,
    },
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "ended with exit code {code}"),
            Self::Signalled(signal) => match signal_name(*signal) {
                Some(name) => write!(f, "was ended by the signal {signal} ({name})"),
                None => write!(f, "was ended by the signal {signal}"),
            },
            Self::TimedOut { after } => write!(f, "was stopped because it ran longer than {after:?}"),
            Self::Cancelled => f.write_str("was cancelled"),
            Self::NotFound { program } => write!(f, "was not started: there is no program `{program}`"),
            Self::NotExecutable { program, why } => {
                write!(f, "was not started: `{program}` cannot be executed: {why}")
            }
            Self::NotStarted { why } => write!(f, "was not started: {why}"),
            Self::OutputTooLarge { limit } => {
                write!(f, "was stopped because it printed more than {} MiB", limit >> 20)
            }
            Self::Lost { why } => write!(f, "was lost sight of: {why}"),
        }
    }
}

/// Returns what the signals are called that people meet; their numbers are the same wherever we run.
fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL: an instruction that this machine does not know",
        6 => "SIGABRT: it gave up by itself",
        8 => "SIGFPE",
        9 => "SIGKILL: killed from outside, perhaps for want of memory",
        11 => "SIGSEGV: it crashed",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        _ => return None,
    })
}

/// What came of a command.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// When it was started.
    pub started: SystemTime,
    /// When it and everything that it left behind had ended.
    pub ended: SystemTime,
    /// What it printed on standard output.
    pub stdout: Captured,
    /// What it printed on standard error.
    pub stderr: Captured,
    /// How many processes outlived it and were stopped.
    pub stray: usize,
    /// How many of them could not be stopped: they belong to another user, or hang inside the system.
    pub survivors: usize,
}

/// Where a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}
