//! Runs the command line in a folder of its own and shows everything it said.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::binary;

/// A temporary workspace.
#[derive(Debug)]
pub struct Sandbox {
    dir: tempfile::TempDir,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Its exit code; -1 where a signal ended it.
    pub code: i32,
    /// What it wrote to stdout, with `[ROOT]` for the workspace and `[PROGRAM]` for the binary.
    pub stdout: String,
    /// What it wrote to stderr, likewise.
    pub stderr: String,
}

impl Sandbox {
    /// Lays `files` (path and text) in a new folder.
    ///
    /// # Panics
    /// Panics where they cannot be written.
    #[must_use]
    pub fn new(files: &[(&str, &str)]) -> Sandbox {
        let sandbox = Sandbox { dir: tempfile::tempdir().expect("a temporary folder can be made") };
        for (path, text) in files {
            sandbox.write(path, text);
        }
        sandbox
    }

    /// Returns the absolute path of `path`, without links.
    ///
    /// # Panics
    /// Panics where the folder is gone.
    #[must_use]
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        fs::canonicalize(self.dir.path()).expect("the folder exists").join(path)
    }

    /// Writes a file and the folders above it.
    ///
    /// # Panics
    /// Panics where it cannot be written.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("folders can be made");
        fs::write(path, bytes).expect("files can be written");
    }

    /// Reads a file.
    ///
    /// # Panics
    /// Panics where it cannot be read.
    #[must_use]
    pub fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.path(path)).expect("the file can be read")
    }

    /// Returns a command that runs `stagegate` in this folder, away from the settings of the person who tests.
    #[must_use]
    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).current_dir(self.path(""));
        command.env("NO_COLOR", "1").env_remove("CLICOLOR_FORCE");
        command.env("HOME", self.dir.path()).env("XDG_CONFIG_HOME", self.dir.path().join(".config"));
        command
    }

    /// Runs `stagegate` in this folder.
    ///
    /// # Panics
    /// Panics where it cannot be started.
    #[must_use]
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Outcome {
        self.outcome(&mut self.command(arguments))
    }

    /// Runs a command made by [`Sandbox::command`].
    ///
    /// # Panics
    /// Panics where it cannot be started.
    pub fn outcome(&self, command: &mut Command) -> Outcome {
        let output = command.output().expect("the binary can be started");
        let root = self.path("");
        let root = root.to_string_lossy();
        let root = root.trim_end_matches('/');
        let program = binary().to_string_lossy();
        let text = |bytes: &[u8]| {
            String::from_utf8_lossy(bytes).replace(root, "[ROOT]").replace(&*program, "[PROGRAM]")
        };
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

impl Outcome {
    /// Returns all of it as one text, for `expect!`.
    #[must_use]
    pub fn all(&self) -> String {
        let mut text = format!("exit {}\n", self.code);
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !stream.is_empty() {
                let _ = write!(text, "--- {name}\n{stream}");
            }
        }
        text
    }
}
