//! A copy of `fixtures/demo`, to be changed at will.

use std::fs;
use std::path::{Path, PathBuf};

/// A copy of the demo in a folder of its own, which goes with it.
#[derive(Debug)]
pub struct Demo(tempfile::TempDir);

impl Demo {
    /// Copies the demo.
    ///
    /// # Panics
    /// Panics where that is not possible; nothing can be tested then.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "a default writes no files")]
    pub fn new() -> Demo {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/demo"), folder.path());
        Demo(folder)
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.0.path()
    }

    /// Returns where a file lies.
    #[must_use]
    pub fn path(&self, file: &str) -> PathBuf {
        self.root().join(file)
    }

    /// Returns the text of a file.
    ///
    /// # Panics
    /// Panics where it cannot be read.
    #[must_use]
    pub fn text(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// Writes a file, and the folders around it.
    ///
    /// # Panics
    /// Panics where it cannot be written.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Writes the stage into a MATURITY file.
    pub fn set_stage(&self, file: &str, stage: &str) {
        self.write(file, &with_stage(&self.text(file), stage));
    }
}

/// Copies a folder with all that is in it.
///
/// # Panics
/// Panics where that is not possible.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder that can be read") {
        let entry = entry.expect("a folder that can be read");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).expect("a file that can be copied");
        }
    }
}

/// Replaces what stands behind `Current Stage`.
#[must_use]
pub fn with_stage(maturity: &str, stage: &str) -> String {
    let line = |line: &str| match line.strip_prefix("**Current Stage**: ") {
        Some(_) => format!("**Current Stage**: {stage}\n"),
        None => format!("{line}\n"),
    };
    maturity.lines().map(line).collect()
}
