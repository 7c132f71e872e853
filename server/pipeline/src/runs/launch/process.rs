//! The process of a run: how it is started, and what it does.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use stagegate_core::plan::StepName;
use stagegate_core::run::{RunState, StepFailure};

use super::{LaunchError, load};
use crate::gates;
use crate::process::Cancel;
use crate::redact::Redactor;
use crate::runs::engine::{self, Bench};
use crate::runs::journal::Journal;
use crate::runs::request::is_id;
use crate::runs::{Action, Request, SystemClock, lock, output, steps};

/// The command of the command line that is a run process. Not for people.
const COMMAND: &str = "__run";

/// What the process in between adds, so that the run process knows that it is the one.
const DETACHED: &str = "--detached";

/// How often is looked whether somebody wants the run to stop.
const LOOK: Duration = Duration::from_millis(100);

/// The largest log of a run process, in bytes.
const LARGEST_LOG: u64 = 256 << 10;

/// What a tool that is started by us would be known by, and killed for: a run process outlives who started it.
const MARKER: &str = "STAGEGATE_RUN";

/// Starts the process of a run, which gets the lock.
pub(super) fn spawn(folder: &Path, id: &str, lock: File, request: &Request) -> Result<(), LaunchError> {
    let failed = |error: &io::Error| LaunchError::system("start the process of the run", error);
    let program = request.program.clone().or_else(this_program);
    let program = program.ok_or_else(|| failed(&io::ErrorKind::NotFound.into()))?;
    let log = log(folder, id).map_err(|error| LaunchError::system("write the log of the run", &error))?;
    let mut command = Command::new(program);
    command.args(arguments(folder, id)).current_dir(folder).env_remove(MARKER);
    command.stdin(Stdio::from(lock)).stdout(Stdio::piped()).stderr(Stdio::from(log));
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        command.arg0("stagegate").process_group(0);
    }
    let mut child = command.spawn().map_err(|error| failed(&error))?;
    // With it goes our end of the lock.
    drop(command);
    let pid = said(&mut child);
    let ended = child.wait().map_err(|error| failed(&error))?;
    match pid {
        Some(pid) if ended.success() => {
            reap(pid);
            Ok(())
        }
        _ => {
            let why = format!("it ended at once ({ended}); see .stagegate/runs/{id}/run.log");
            Err(failed(&io::Error::other(why)))
        }
    }
}

/// Returns the arguments of a run process.
fn arguments(folder: &Path, id: &str) -> [OsString; 3] {
    [COMMAND.into(), folder.into(), id.into()]
}

/// Returns this very program, also where a newer one was installed in its place.
fn this_program() -> Option<PathBuf> {
    let this = PathBuf::from("/proc/self/exe");
    if this.exists() { Some(this) } else { std::env::current_exe().ok() }
}

/// Reads the number of the process that the one in between started.
fn said(child: &mut Child) -> Option<u32> {
    let mut text = String::new();
    child.stdout.take()?.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// Waits for the run process where it became our child: who adopts orphans has to. Else it would stay in the system's list
/// as long as we live.
fn reap(pid: u32) {
    #[cfg(unix)]
    if let Some(pid) = rustix::process::Pid::from_raw(pid.cast_signed()) {
        let wait = move || {
            while let Err(rustix::io::Errno::INTR) =
                rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty())
            {}
        };
        // Without a thread it is reaped when we end.
        let _ = std::thread::Builder::new().name("run".to_owned()).spawn(wait);
    }
    #[cfg(not(unix))]
    let _ = pid;
}

/// Opens the log of a run process; what an earlier one wrote stays, within bounds.
fn log(folder: &Path, id: &str) -> io::Result<File> {
    let path = output::folder(folder, id)?.join("run.log");
    let file = crate::own::file(&path)?;
    if file.metadata()?.len() > LARGEST_LOG {
        file.set_len(0)?;
    }
    drop(file);
    File::options().append(true).open(path)
}

/// Works as a run process, as `stagegate __run FOLDER ID` is one, and returns its exit code.
pub fn main(args: &[OsString]) -> u8 {
    run_process(args, &|name| steps::action(name))
}

/// Works as a run process with these steps, and returns its exit code.
pub fn run_process(args: &[OsString], actions: &dyn Fn(StepName) -> &'static dyn Action) -> u8 {
    let (folder, id) = match args {
        [folder, id] | [folder, id, _] if is_id(&id.to_string_lossy()) => (Path::new(folder), id),
        _ => {
            say("usage: stagegate __run FOLDER RUN; people want `stagegate resume RUN`");
            return 2;
        }
    };
    let id = id.to_string_lossy();
    let done = if args.get(2).map(OsString::as_os_str) == Some(OsStr::new(DETACHED)) {
        work(folder, &id, actions)
    } else {
        detach(folder, &id)
    };
    match done {
        Ok(code) => code,
        Err(why) => {
            say(&Redactor::from_env(std::env::vars_os()).redact(&why));
            2
        }
    }
}

fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Starts the run process as the child of nobody, and says its number.
fn detach(folder: &Path, id: &str) -> Result<u8, String> {
    let program = this_program().ok_or("this program is not found")?;
    let mut command = Command::new(program);
    command.args(arguments(folder, id)).arg(DETACHED).stdout(Stdio::null());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        command.arg0("stagegate");
    }
    let child = command.spawn().map_err(|error| format!("the run process cannot be started: {error}"))?;
    let mut stdout = io::stdout().lock();
    let said = writeln!(stdout, "{}", child.id()).and_then(|()| stdout.flush());
    said.map_err(|error| format!("nobody listens: {error}"))?;
    Ok(0)
}

fn work(folder: &Path, id: &str, actions: &dyn Fn(StepName) -> &'static dyn Action) -> Result<u8, String> {
    // Away from the terminal: neither its Ctrl-C nor its end is for us.
    #[cfg(unix)]
    let _ = rustix::process::setsid();
    let mut journal = Journal::open(folder).map_err(|error| error.to_string())?;
    let run = journal.run(id).map_err(|error| error.to_string())?;
    let run = run.ok_or_else(|| format!("there is no run `{id}`"))?;
    let _lock = held(folder, &run.canonical)?;
    journal.set_process(id, std::process::id()).map_err(|error| error.to_string())?;
    let redactor = Redactor::from_env(std::env::vars_os());
    journal.redact(&redactor);
    quiet_panics(&redactor);
    let done = carry_out(folder, id, &mut journal, &redactor, actions);
    if let Err(why) = &done {
        let _ = journal.set_halted(id, why);
    }
    journal.fold();
    done
}

fn carry_out(
    folder: &Path,
    id: &str,
    journal: &mut Journal,
    redactor: &Redactor,
    actions: &dyn Fn(StepName) -> &'static dyn Action,
) -> Result<u8, String> {
    let cancel = Cancel::on_signals().map_err(|error| format!("signals cannot be received: {error}"))?;
    let workspace = load(folder);
    if let Err(problem) = gates::permission(&workspace.path, &workspace.root) {
        let why = StepFailure { message: problem.message, help: problem.help, transient: false };
        let message = format!("{}; {}", why.message, why.help);
        return match engine::refuse(journal, id, why, &SystemClock).map_err(|error| error.to_string())? {
            true => Ok(1),
            // What was begun waits until the user trusts the workspace again.
            false => Err(message),
        };
    }
    listen(folder, id, &cancel)?;
    let bench = Bench {
        folder: &workspace.path,
        root: &workspace.root,
        cancel: &cancel,
        redactor,
        clock: &SystemClock,
        actions,
        chance: &chance,
    };
    let run = engine::execute(journal, id, &bench).map_err(|error| error.to_string())?;
    Ok(if run.state == RunState::Succeeded { 0 } else { 1 })
}

/// Returns the lock of the component: the one that was handed over, else one that is free.
fn held(folder: &Path, canonical: &str) -> Result<File, String> {
    #[cfg(unix)]
    if let Some(handed) = handed(folder, canonical) {
        return Ok(handed);
    }
    let taken =
        lock::take(folder, canonical).map_err(|error| format!("cannot lock `{canonical}`: {error}"))?;
    taken.ok_or_else(|| format!("another process works on a run of `{canonical}`"))
}

/// Takes the lock from the standard input, so that nothing that we start inherits it.
#[cfg(unix)]
fn handed(folder: &Path, canonical: &str) -> Option<File> {
    use std::os::fd::AsFd as _;
    let file = File::from(io::stdin().as_fd().try_clone_to_owned().ok()?);
    let null = File::open("/dev/null").ok()?;
    rustix::stdio::dup2_stdin(&null).ok()?;
    (lock::is_of(&file, folder, canonical) && file.try_lock().is_ok()).then_some(file)
}

/// Looks in a thread of its own whether somebody wants the run to stop.
fn listen(folder: &Path, id: &str, cancel: &Cancel) -> Result<(), String> {
    let (folder, id, cancel) = (folder.to_owned(), id.to_owned(), cancel.clone());
    let mut journal = Journal::open_live(&folder).map_err(|error| error.to_string())?;
    if journal.is_unwanted(&id).map_err(|error| error.to_string())? {
        cancel.cancel();
        return Ok(());
    }
    let look = move || {
        loop {
            match journal.is_unwanted(&id) {
                Ok(true) => cancel.cancel(),
                Ok(false) => {}
                Err(_) => {
                    if let Ok(again) = Journal::open_live(&folder) {
                        journal = again;
                    }
                }
            }
            std::thread::sleep(LOOK);
        }
    };
    let spawned = std::thread::Builder::new().name("wishes".to_owned()).spawn(look);
    spawned.map(drop).map_err(|error| format!("no thread can be started: {error}"))
}

/// Lets the message of a panic go to the log without secrets.
fn quiet_panics(redactor: &Redactor) {
    let redactor = redactor.clone();
    std::panic::set_hook(Box::new(move |panic| say(&redactor.redact(&panic.to_string()))));
}

/// Returns a number between 0 and 1.
fn chance() -> f64 {
    getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX))
}
