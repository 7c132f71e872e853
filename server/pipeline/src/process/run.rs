//! The side that wants a command run: reads what it prints, and decides when to stop it.

use std::fs::File;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant, SystemTime};

use super::cancel::Urgency;
#[cfg(unix)]
use super::family::{Family, Scope};
use super::job::{Ended, Job, Order, Report};
use super::program;
use super::stream::Reading;
#[cfg(not(unix))]
use super::supervise::Scope;
use super::supervise::supervise;
#[cfg(unix)]
use super::supervisor::{self, Supervisor};
use super::{Cancel, Command, End, Outcome, Stream};

/// How often we look whether somebody cancels.
const LOOK: Duration = Duration::from_millis(25);
/// How long we wait for the last bytes after everything ended: something we could not stop may hold the pipe open.
const LAST_BYTES: Duration = Duration::from_secs(2);
/// How much longer than its bounds a supervisor may take before we do its work ourselves.
const SLACK: Duration = Duration::from_secs(30);

/// What comes in while a command runs.
enum Event {
    Bytes(Stream, Vec<u8>),
    Closed,
    Report(Report),
    /// There is no supervisor any more.
    #[cfg_attr(not(unix), expect(dead_code, reason = "there are supervisors on Unix only"))]
    Gone,
}

/// Runs `command` until it and everything that it left behind has ended, or `cancel` stops it.
///
/// `on_line` gets what it prints, line by line, for showing that something happens: long lines come in parts, and where it
/// prints faster than anybody reads, lines are passed over. It should not take long, since the tool waits for it.
pub fn run(command: &Command, cancel: &Cancel, on_line: &mut dyn FnMut(Stream, &str)) -> Outcome {
    let started = SystemTime::now();
    let [mut stdout, mut stderr] = [(); 2].map(|()| Reading::new(&command.redactor, command.capture));
    let mut take = |stream, bytes: &[u8]| match stream {
        Stream::Stdout => stdout.push(bytes, &mut |line| on_line(stream, line)),
        Stream::Stderr => stderr.push(bytes, &mut |line| on_line(stream, line)),
    };
    let ended = prepare(command, cancel).and_then(|(job, file)| {
        let running = Running::start(&job, file).map_err(|error| End::NotStarted {
            why: format!("the system does not let us start it: {error}"),
        })?;
        Ok(running.watch(&job, cancel, &mut take))
    });
    let ended = ended.unwrap_or_else(Ended::without_start);
    Outcome {
        end: ended.end,
        started,
        stdout: stdout.finish(&mut |line| on_line(Stream::Stdout, line)),
        stderr: stderr.finish(&mut |line| on_line(Stream::Stderr, line)),
        stray: ended.stray,
        survivors: ended.survivors,
        ended: SystemTime::now(),
    }
}

/// Looks at everything that can be wrong before something is started.
fn prepare(command: &Command, cancel: &Cancel) -> Result<(Job, Option<ReportFile>), End> {
    if cancel.is_cancelled() {
        return Err(End::Cancelled);
    }
    if command.timeout.is_zero() {
        return Err(End::TimedOut { after: command.timeout });
    }
    let job = program::resolve(command, name_of_run())?;
    let file = command.stdout_file.as_ref().map(|path| ReportFile::create(path, command.stdout_limit));
    let file = file.transpose().map_err(|why| End::NotStarted { why })?;
    Ok((job, file))
}

/// Returns a name that no other run has.
fn name_of_run() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

/// A command that runs.
struct Running {
    watcher: Watcher,
    events: Receiver<Event>,
    file: Option<ReportFile>,
    /// The tool, once it runs.
    pid: Option<u32>,
    /// Why *we* stopped it, which the watcher does not know.
    cause: Option<End>,
}

/// Who watches the tool.
enum Watcher {
    Thread(Sender<Order>),
    #[cfg(unix)]
    Process(Supervisor),
}

impl Watcher {
    fn order(&self, order: Order) {
        match self {
            Self::Thread(orders) => drop(orders.send(order)),
            #[cfg(unix)]
            Self::Process(supervisor) => supervisor.order(order),
        }
    }
}

impl Running {
    fn start(job: &Job, file: Option<ReportFile>) -> io::Result<Self> {
        let (sender, events) = sync_channel(16);
        let (stdout, stdout_writer) = io::pipe()?;
        let (stderr, stderr_writer) = io::pipe()?;
        read(Stream::Stdout, stdout, sender.clone())?;
        read(Stream::Stderr, stderr, sender.clone())?;
        let watcher = watcher(job, stdout_writer, stderr_writer, sender)?;
        Ok(Self { watcher, events, file, pid: None, cause: None })
    }

    /// Waits for the end, and gives all that is printed to `take`.
    fn watch(mut self, job: &Job, cancel: &Cancel, take: &mut dyn FnMut(Stream, &[u8])) -> Ended {
        let mut urgency = Urgency::None;
        let mut give_up =
            Instant::now().checked_add(job.timeout.saturating_add(job.grace).saturating_add(SLACK));
        let mut open = 2;
        let mut ended = None;
        let mut heard = Instant::now();
        let mut silent_by = None;
        while ended.is_none() || open > 0 {
            if ended.is_none() && cancel.urgency() > urgency {
                urgency = cancel.urgency();
                self.watcher.order(if urgency == Urgency::Kill { Order::Kill } else { Order::Stop });
                let new = Instant::now().checked_add(job.grace.saturating_add(SLACK));
                give_up = give_up.into_iter().chain(new).min();
            }
            match self.events.recv_timeout(LOOK) {
                Ok(Event::Bytes(stream, bytes)) => {
                    heard = Instant::now();
                    if stream == Stream::Stdout {
                        self.save(&bytes);
                    }
                    take(stream, &bytes);
                }
                Ok(Event::Closed) => open -= 1,
                Ok(Event::Report(Report::Started { pid })) => self.pid = Some(pid),
                Ok(Event::Report(Report::Ended(how))) => ended = Some(how),
                Ok(Event::Gone) if ended.is_none() => {
                    ended = Some(self.take_over(job, urgency, "the process that watched it was ended"));
                }
                Ok(Event::Gone) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) if ended.is_none() => {
                    ended = Some(self.take_over(job, urgency, "the thread that watched it was ended"));
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
            let now = Instant::now();
            if ended.is_none() && give_up.is_some_and(|at| now >= at) {
                ended = Some(self.take_over(job, urgency, "the process that watched it does not answer"));
            }
            if ended.is_some() {
                // Something that we could not stop may hold the streams open, or even go on printing.
                let last = *silent_by.get_or_insert(now + LAST_BYTES * 5);
                if now >= last || now.duration_since(heard) >= LAST_BYTES && now + LAST_BYTES * 4 >= last {
                    break;
                }
            }
        }
        self.finish(ended)
    }

    fn finish(mut self, ended: Option<Ended>) -> Ended {
        let lost = || Ended::without_start(End::Lost { why: "nothing is known of its end".to_owned() });
        let mut ended = ended.unwrap_or_else(lost);
        if let Some(cause) = self.cause.take() {
            ended.end = cause;
        }
        if let (Some(file), End::Exited(_)) = (&mut self.file, &ended.end) {
            file.keep();
        }
        #[cfg(unix)]
        if let Watcher::Process(supervisor) = self.watcher {
            supervisor.end();
        }
        ended
    }

    /// Writes to the file of the report, and stops the tool where that fails.
    fn save(&mut self, bytes: &[u8]) {
        if let (Some(file), None) = (&mut self.file, &self.cause)
            && let Err(cause) = file.write(bytes)
        {
            self.cause = Some(cause);
            self.watcher.order(Order::Stop);
        }
    }

    /// Ends everything ourselves: nobody else does.
    #[cfg(unix)]
    fn take_over(&mut self, job: &Job, urgency: Urgency, why: &str) -> Ended {
        let end = match urgency {
            Urgency::None => End::Lost { why: why.to_owned() },
            _ => End::Cancelled,
        };
        if let Watcher::Process(supervisor) = &mut self.watcher {
            supervisor.kill();
        }
        let (stray, survivors) = Family::orphans(job.run.clone(), self.pid).end();
        Ended { end, stray, survivors }
    }

    #[cfg(not(unix))]
    fn take_over(&mut self, _: &Job, urgency: Urgency, why: &str) -> Ended {
        Ended::without_start(match urgency {
            Urgency::None => End::Lost { why: why.to_owned() },
            _ => End::Cancelled,
        })
    }
}

/// Starts who watches the tool: a supervisor where there is one, else a thread.
fn watcher(
    job: &Job,
    stdout: io::PipeWriter,
    stderr: io::PipeWriter,
    events: SyncSender<Event>,
) -> io::Result<Watcher> {
    #[cfg(unix)]
    {
        super::family::adopt();
        if supervisor::command().is_some() {
            let supervisor = Supervisor::start(job, stdout, stderr)?;
            let gone = events.clone();
            let listening = supervisor.listen(
                move |report| drop(events.send(Event::Report(report))),
                move || drop(gone.send(Event::Gone)),
            );
            return match listening {
                Ok(()) => Ok(Watcher::Process(supervisor)),
                // Closing the connection stops the tool.
                Err(error) => Err(error),
            };
        }
    }
    let (sender, orders) = channel();
    let job = job.clone();
    let from_us = sender.clone();
    let watch = move || {
        let streams = |command: &mut std::process::Command| {
            command.stdout(stdout).stderr(stderr);
        };
        let mut report = |report| drop(events.send(Event::Report(report)));
        let scope = Scope::Marked(job.run.clone());
        let ended = supervise(&job, scope, streams, &orders, sender, &mut report);
        report(Report::Ended(ended));
    };
    thread("watch", watch)?;
    Ok(Watcher::Thread(from_us))
}

/// Reads a stream to its end in a thread of its own, so that the tool never waits for long. The thread ends with the
/// stream, or when nobody wants to know any more.
fn read(stream: Stream, mut pipe: io::PipeReader, events: SyncSender<Event>) -> io::Result<()> {
    thread("read", move || {
        let mut buffer = vec![0; 64 << 10];
        loop {
            match pipe.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => {
                    if events.send(Event::Bytes(stream, buffer[..length].to_vec())).is_err() {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let _ = events.send(Event::Closed);
    })
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

/// The file that a report goes to. It goes away again unless it is kept: half a report must never be taken for a whole.
struct ReportFile {
    file: File,
    path: PathBuf,
    limit: u64,
    left: u64,
    keep: bool,
}

impl ReportFile {
    fn create(path: &Path, limit: u64) -> Result<Self, String> {
        let file = File::create_new(path).map_err(|error| {
            format!("the file for its report, {}, cannot be created: {error}", path.display())
        })?;
        Ok(Self { file, path: path.to_owned(), limit, left: limit, keep: false })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), End> {
        self.left =
            self.left.checked_sub(bytes.len() as u64).ok_or(End::OutputTooLarge { limit: self.limit })?;
        self.file.write_all(bytes).map_err(|error| End::Lost {
            why: format!("its report cannot be written to {}: {error}", self.path.display()),
        })
    }

    fn keep(&mut self) {
        self.keep = true;
    }
}

impl Drop for ReportFile {
    fn drop(&mut self) {
        if !self.keep {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
