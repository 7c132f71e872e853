//! What a tool may do, and what must come of it.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use stagegate_pipeline::process::{Cancel, Capture, Command, End, Outcome, Stream, run};

/// Longer than anything here takes, also on a busy machine; a test that meets it has failed.
const LONG: Duration = Duration::from_secs(120);

fn command(program: &str, args: &[&str]) -> Command {
    crate::before();
    let mut command = Command::new(program, std::env::temp_dir()).args(args.iter().copied());
    command.timeout = LONG;
    command.grace = Duration::from_millis(200);
    command
}

fn sh(script: &str) -> Command {
    command("sh", &["-c", script])
}

fn go(command: &Command) -> Outcome {
    run(command, &Cancel::new(), &mut |_, _| {})
}

/// Returns whether a process lives; a zombie is none of the living, but must not be left either.
fn exists(pid: &str) -> bool {
    Path::new("/proc").join(pid.trim()).exists()
}

/// Returns the zombies among our children.
fn zombies_of(parent: u32) -> Vec<String> {
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok())
        .filter(|stat| stat.rsplit(')').next().unwrap().starts_with(&format!(" Z {parent} ")))
        .collect()
}

#[test]
fn an_exit_code_and_both_streams() {
    let outcome = go(&sh("echo out; echo err >&2; exit 3"));
    assert_eq!(outcome.end, End::Exited(3));
    assert_eq!(
        (outcome.stdout.to_string().as_str(), outcome.stderr.to_string().as_str()),
        ("out\n", "err\n")
    );
    assert_eq!((outcome.stray, outcome.survivors), (0, 0));
    assert!(outcome.started <= outcome.ended);
}
