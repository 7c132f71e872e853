//! A small process between us and the tool: the reaper of everything that the tool leaves behind.
//!
//! Both ends talk over a socket that is the supervisor's standard input, in lines of JSON: first the [`Job`], then
//! orders; back come reports. When the socket closes, we are gone, and the supervisor stops the tool.
//!
//! [`Job`]: super::job::Job

use std::path::PathBuf;
use std::sync::OnceLock;

/// The argument that makes this program a supervisor. Not for people.
const ARGUMENT: &str = "__supervise";

/// The program that supervises, and the argument that makes it do so.
static SUPERVISOR: OnceLock<PathBuf> = OnceLock::new();

/// To be called first in `main`: where this process was started as a supervisor, it works as one and ends; else it is
/// noted that this program can be one.
pub fn supervisor_main() {
    let mut args = std::env::args_os().skip(1);
    if args.next().as_deref() == Some(ARGUMENT.as_ref()) && args.next().is_none() {
        #[cfg(unix)]
        std::process::exit(unix::main());
    }
    // The link still leads to this very program when a newer one was installed in its place.
    let this = PathBuf::from("/proc/self/exe");
    match if this.exists() { Ok(this) } else { std::env::current_exe() } {
        Ok(this) => use_supervisor(this),
        Err(error) => drop(error),
    }
}

/// Notes which program supervises: one that calls [`supervisor_main`] first. The first call counts.
pub fn use_supervisor(program: impl Into<PathBuf>) {
    let _ = SUPERVISOR.set(program.into());
}

/// Returns the command that starts a supervisor, where there is one.
#[cfg(unix)]
pub(super) fn command() -> Option<(PathBuf, &'static str)> {
    SUPERVISOR.get().map(|program| (program.clone(), ARGUMENT))
}

#[cfg(unix)]
pub(super) use unix::Supervisor;

#[cfg(unix)]
mod unix {
    use std::io::{self, BufRead as _, BufReader, Write as _};
    use std::os::fd::{AsFd as _, OwnedFd};
    use std::os::unix::net::UnixStream;
    use std::os::unix::process::CommandExt as _;
    use std::process::{Child, Stdio};
    use std::sync::mpsc::{Sender, channel};

    use super::super::family::{Scope, adopt};
    use super::super::job::{Job, Order, Report};
    use super::super::supervise::supervise;

    /// Our end of a supervisor.
    pub(in super::super) struct Supervisor {
        child: Child,
        socket: UnixStream,
    }

    impl Supervisor {
        /// Starts a supervisor for `job`, with these streams for the tool.
        pub(in super::super) fn start(
            job: &Job,
            stdout: io::PipeWriter,
            stderr: io::PipeWriter,
        ) -> io::Result<Self> {
            let (program, argument) = super::command().ok_or(io::ErrorKind::NotFound)?;
            let (socket, theirs) = UnixStream::pair()?;
            let mut child = std::process::Command::new(program)
                .arg0("stagegate")
                .arg(argument)
                .stdin(Stdio::from(OwnedFd::from(theirs)))
                .stdout(stdout)
                .stderr(stderr)
                .spawn()?;
            let mut line = serde_json::to_vec(job)?;
            line.push(b'\n');
            if let Err(error) = (&socket).write_all(&line) {
                let _ = child.kill();
                let _ = child.wait();
                return Err(error);
            }
            Ok(Self { child, socket })
        }

        /// Passes an order on. Where nobody is there any more, that is seen by the reports.
        pub(in super::super) fn order(&self, order: Order) {
            let _ = send(&self.socket, &order);
        }

        /// Calls `report` with each report until there is none any more, in a thread of its own, and then `gone`.
        pub(in super::super) fn listen(
            &self,
            mut report: impl FnMut(Report) + Send + 'static,
            gone: impl FnOnce() + Send + 'static,
        ) -> io::Result<()> {
            let socket = self.socket.try_clone()?;
            let listen = move || {
                for line in BufReader::new(socket).lines().map_while(Result::ok) {
                    match serde_json::from_str(&line) {
                        Ok(said) => report(said),
                        Err(_) => break,
                    }
                }
                gone();
            };
            std::thread::Builder::new().name("supervisor".to_owned()).spawn(listen).map(drop)
        }

        /// Kills the supervisor, which does not do its work.
        pub(in super::super) fn kill(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }

        /// Ends the supervisor, which has nothing to do any more.
        pub(in super::super) fn end(mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    fn send(mut socket: &UnixStream, what: &impl serde::Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(what)?;
        line.push(b'\n');
        socket.write_all(&line)
    }

    /// Works as a supervisor. Returns its exit code, which nobody looks at but a person who started it by hand.
    pub(super) fn main() -> i32 {
        match supervisor() {
            Ok(()) => 0,
            Err(_) => 2,
        }
    }

    fn supervisor() -> io::Result<()> {
        // Away from the terminal: its Ctrl-C is for who started us, and a tool that asks for a password there fails
        // at once instead of waiting for ever.
        let _ = rustix::process::setsid();
        let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
        let mut reader = BufReader::new(socket.try_clone()?);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let job: Job = serde_json::from_str(&line)?;
        drop(line);
        let scope = if adopt() { Scope::Own } else { Scope::Marked(job.run.clone()) };
        if job.background {
            let _ = rustix::process::nice(10);
        }
        let (sender, orders) = channel();
        obey_signals(sender.clone())?;
        let from_socket = sender.clone();
        std::thread::Builder::new().name("orders".to_owned()).spawn(move || {
            for line in reader.lines().map_while(Result::ok) {
                if let Ok(order) = serde_json::from_str(&line) {
                    let _ = from_socket.send(order);
                }
            }
            // Who started us is gone.
            let _ = from_socket.send(Order::Stop);
        })?;
        let mut report = |what: Report| {
            let _ = send(&socket, &what);
        };
        let ended = supervise(&job, scope, |_| {}, &orders, sender, &mut report);
        report(Report::Ended(ended));
        Ok(())
    }

    /// Lets the signals that ask this process to end stop the tool instead; then it ends by itself.
    fn obey_signals(sender: Sender<Order>) -> io::Result<()> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let wait = move || {
            for _ in signals.forever() {
                let _ = sender.send(Order::Stop);
            }
        };
        std::thread::Builder::new().name("signals".to_owned()).spawn(wait).map(drop)
    }
}
