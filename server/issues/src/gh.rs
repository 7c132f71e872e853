//! Asks the program `gh` for the token that the user logged in with.

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::secret::Secret;

/// How long `gh` may take. It reads a file or the keyring of the system.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);

/// Most bytes of its answer that are read.
const MAX_OUTPUT: u64 = 8 * 1024;

/// Variables that would make `gh` repeat what we read ourselves, for a host it may not belong to.
const TOKENS: [&str; 4] = ["GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"];

/// Runs `gh auth token --hostname <host>`, found in `path`; nothing below `root` is ever started.
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a program of the user's, as `find` makes sure"
)]
pub(crate) fn token(host: &str, path: &OsStr, root: &Path, timeout: Duration) -> Option<Secret> {
    let program = find(path, root)?;
    let deadline = Instant::now() + timeout;
    let mut command = std::process::Command::new(&program);
    command.args(["auth", "token", "--hostname", host]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    // Not in the workspace, whose files could matter to it.
    command.current_dir(program.parent()?);
    for name in TOKENS {
        command.env_remove(name);
    }
    let mut child = command.spawn().ok()?;
    let output = child.stdout.take()?;
    let (send, receive) = mpsc::channel();
    // A grandchild may hold the pipe open for longer than we wait, so this thread is left to itself.
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = output.take(MAX_OUTPUT).read_to_end(&mut bytes);
        let _ = send.send(read.map(|_| bytes));
    });
    let answer = receive.recv_timeout(timeout);
    let succeeded = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status.success(),
            Ok(None) if Instant::now() < deadline && answer.is_ok() => {
                std::thread::sleep(Duration::from_millis(5));
            }
            _ => {
                tracing::debug!("`gh auth token` did not end in time");
                let _ = child.kill();
                let _ = child.wait();
                break false;
            }
        }
    };
    let bytes = answer.ok()?.ok().filter(|_| succeeded)?;
    Secret::new(&String::from_utf8(bytes).ok()?)
}

/// Returns `gh` in the first folder of `path` that has it. Relative folders, and those of the workspace, do not
/// count: a repository could bring a `gh` of its own.
fn find(path: &OsStr, root: &Path) -> Option<PathBuf> {
    let name = if cfg!(windows) { "gh.exe" } else { "gh" };
    let root = root.canonicalize().ok()?;
    std::env::split_paths(path).filter(|folder| folder.is_absolute()).find_map(|folder| {
        let program = folder.join(name);
        let real = program.canonicalize().ok()?;
        let ours =
            real.starts_with(&root) || folder.canonicalize().is_ok_and(|folder| folder.starts_with(&root));
        (real.is_file() && !ours).then_some(program)
    })
}

#[cfg(all(test, unix))]
#[allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "the tests write programs to start")]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn program(folder: &Path, script: &str) {
        std::fs::create_dir_all(folder).unwrap();
        let file = folder.join("gh");
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// What a `gh` that does `script` answers.
    fn answer(script: &str) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let (bin, root) = (folder.path().join("bin"), folder.path().join("root"));
        program(&bin, script);
        std::fs::create_dir(&root).unwrap();
        token("github.com", bin.as_ref(), &root, Duration::from_secs(2))
            .map(|token| token.expose().to_owned())
    }

    #[test]
    fn the_answer_is_the_token() {
        assert_eq!(
            answer(r#"[ "$*" = "auth token --hostname github.com" ] && echo ghp_canary"#).as_deref(),
            Some("ghp_canary")
        );
    }

    #[test]
    fn whatever_goes_wrong_is_no_token() {
        for script in ["exit 0", "echo ghp_canary; exit 1", "echo 'no token'", "yes | head -c 100000"] {
            assert_eq!(answer(script), None, "{script}");
        }
        let start = Instant::now();
        assert_eq!(answer("echo ghp_canary; exec sleep 60"), None);
        assert_eq!(answer("exec sleep 60"), None);
        assert!(start.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn a_program_of_the_workspace_is_not_started() {
        let folder = tempfile::tempdir().unwrap();
        let (bin, root) = (folder.path().join("bin"), folder.path().join("root"));
        program(&root.join("bin"), "echo ghp_evil");
        program(&root.join("tools"), "echo ghp_evil");
        std::fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink(root.join("tools/gh"), bin.join("gh")).unwrap();
        let path = std::env::join_paths([Path::new("bin"), Path::new(""), &root.join("bin"), &bin]).unwrap();
        assert_eq!(find(&path, &root), None);
        assert_eq!(token("github.com", &path, &root, TIMEOUT), None);
    }
}
