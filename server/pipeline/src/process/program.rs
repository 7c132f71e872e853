//! Finds the program that a command names, and says what hinders it.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use super::job::Job;
use super::{Command, End};

/// Returns what to start for `command`, or how it ended before it began.
///
/// Names are searched in `PATH` as the tool will see it. Its relative and empty entries are passed over: what they find
/// would depend on the folder, which anybody may have written to.
pub(super) fn resolve(command: &Command, run: String) -> Result<Job, End> {
    let not_started = |why: String| End::NotStarted { why };
    for (name, _) in &command.env {
        if name.is_empty() || name.as_encoded_bytes().iter().any(|byte| matches!(byte, b'=' | 0)) {
            return Err(not_started(format!(
                "`{}` cannot be the name of an environment variable",
                name.display()
            )));
        }
    }
    match std::fs::metadata(&command.folder) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => {
            return Err(not_started(format!("its working folder {} is no folder", command.folder.display())));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(not_started(format!(
                "its working folder {} does not exist",
                command.folder.display()
            )));
        }
        Err(error) => {
            return Err(not_started(format!("its working folder {}: {error}", command.folder.display())));
        }
    }
    let folder = std::path::absolute(&command.folder).map_err(|error| not_started(error.to_string()))?;
    let program = find(command, &folder)?;
    Ok(Job {
        asked: command.program.to_string_lossy().into_owned(),
        program: program.into_os_string(),
        args: command.args.clone(),
        folder: folder.into_os_string(),
        env: command.env.clone(),
        env_remove: command.env_remove.clone(),
        timeout: command.timeout,
        grace: command.grace,
        background: command.background,
        run,
    })
}

fn find(command: &Command, folder: &Path) -> Result<PathBuf, End> {
    let program = Path::new(&command.program);
    let asked = || command.program.to_string_lossy().into_owned();
    if command.program.is_empty() {
        return Err(End::NotFound { program: asked() });
    }
    if program.components().count() > 1 || program.is_absolute() {
        let path = folder.join(program);
        // Extensions that Windows leaves out are found too.
        return which::which_in(&path, None::<&OsStr>, folder)
            .map_err(|_| obstacle(&path, asked()).unwrap_or_else(|| End::NotFound { program: asked() }));
    }
    let places: Vec<PathBuf> = path_variable(command)
        .map(|path| std::env::split_paths(&path).filter(|entry| entry.is_absolute()).collect())
        .unwrap_or_default();
    if places.is_empty() {
        // An empty `PATH` would mean the working folder.
        return Err(End::NotFound { program: asked() });
    }
    let searched = std::env::join_paths(&places).unwrap_or_default();
    which::which_in(&command.program, Some(searched), folder).map_err(|_| {
        places
            .iter()
            .find_map(|place| obstacle(&place.join(program), asked()))
            .unwrap_or_else(|| End::NotFound { program: asked() })
    })
}

/// Returns `PATH` as the tool will see it.
fn path_variable(command: &Command) -> Option<OsString> {
    let set = command.env.iter().rev().find(|(name, _)| name == "PATH").map(|(_, value)| value.clone());
    let kept = || std::env::var_os("PATH").filter(|_| !command.env_remove.iter().any(|name| name == "PATH"));
    set.or_else(kept)
}

/// Returns what is wrong with the thing at `path`, which is there but cannot be executed.
fn obstacle(path: &Path, program: String) -> Option<End> {
    let why = match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => format!("{} is a folder", path.display()),
        Ok(metadata) if metadata.is_file() => {
            format!("{} may not be executed by this user; `chmod +x` allows it", path.display())
        }
        Ok(_) => format!("{} is no file", path.display()),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            std::fs::symlink_metadata(path).ok()?;
            format!("{} is a link that leads nowhere", path.display())
        }
        Err(error) => format!("{}: {error}", path.display()),
    };
    Some(End::NotExecutable { program, why })
}

/// Returns what it means that the system did not start `job`.
pub(super) fn refused(job: &Job, error: &io::Error) -> End {
    let path = Path::new(&job.program);
    let not_executable = |why| End::NotExecutable { program: job.asked.clone(), why };
    match error.kind() {
        // It was there a moment ago, so it is what it needs that is missing.
        io::ErrorKind::NotFound if path.exists() => not_executable(match interpreter(path) {
            Some(line) => format!("what its first line names does not exist: `{line}`"),
            None => "a program or library that it needs to start does not exist".to_owned(),
        }),
        io::ErrorKind::NotFound => End::NotFound { program: job.asked.clone() },
        io::ErrorKind::PermissionDenied => not_executable(error.to_string()),
        io::ErrorKind::ArgumentListTooLong => End::NotStarted {
            why: format!(
                "its arguments and environment are longer than this system allows ({} arguments, {} bytes)",
                job.args.len(),
                job.args.iter().map(|arg| arg.len()).sum::<usize>()
            ),
        },
        io::ErrorKind::InvalidInput => End::NotStarted {
            why: "a NUL byte stands in its arguments or its environment, where none can be passed".to_owned(),
        },
        #[cfg(unix)]
        _ if error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error()) => not_executable(
            "it is neither a program of this machine nor a script that begins with `#!`".to_owned(),
        ),
        _ => End::NotStarted { why: error.to_string() },
    }
}

/// Returns the first line of a script.
fn interpreter(path: &Path) -> Option<String> {
    use std::io::Read as _;
    let mut start = Vec::new();
    std::fs::File::open(path).ok()?.take(200).read_to_end(&mut start).ok()?;
    let line = start.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    Some(format!("#!{}", String::from_utf8_lossy(line).trim_end()))
}
