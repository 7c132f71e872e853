//! Repositories for tests, made by git itself.

use std::fs;
use std::path::{Path, PathBuf};

use super::Git;

/// A repository in a folder of its own, with who commits.
pub(crate) struct TestRepository {
    _dir: tempfile::TempDir,
    pub(crate) git: Git,
}

/// Runs git as a user would, without the settings of whoever runs the tests.
pub(crate) fn git(folder: &Path, args: &[&str]) -> String {
    let output = std::process::Command::new("git")
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("LC_ALL", "C")
        .output()
        .expect("git is installed");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "git {args:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
    text.trim_end().to_owned()
}

impl TestRepository {
    /// Makes one with these files, committed.
    pub(crate) fn new(files: &[(&str, &str)]) -> TestRepository {
        let dir = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        git(&root, &["init", "--quiet", "--initial-branch=main"]);
        for (key, value) in
            [("user.name", "Mara"), ("user.email", "mara@example.org"), ("commit.gpgsign", "false")]
        {
            git(&root, &["config", key, value]);
        }
        let repository = TestRepository { git: Git::new(&root), _dir: dir };
        if !files.is_empty() {
            for (path, text) in files {
                repository.write(path, text);
            }
            repository.run(&["add", "--all"]);
            repository.run(&["commit", "--quiet", "-m", "Begin"]);
        }
        repository
    }

    pub(crate) fn root(&self) -> &Path {
        &self.git.folder
    }

    pub(crate) fn run(&self, args: &[&str]) -> String {
        git(self.root(), args)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let file = self.root().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap()
    }

    /// Writes a program.
    #[cfg(unix)]
    pub(crate) fn program(&self, path: &str, script: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        self.write(path, &format!("#!/bin/sh\n{script}\n"));
        let file = self.root().join(path);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        file
    }
}
