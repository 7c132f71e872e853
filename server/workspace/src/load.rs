//! Loads one workspace root: its configuration and its files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use stagegate_core::config::Config;
use stagegate_core::diagnostic::Diagnostic;
use stagegate_core::files::CONFIG_FILES;
use stagegate_core::workspace::{FileIndex, Root};

use crate::read::{ReadProblem, read};
use crate::walk::{Problem, Walk, WalkOptions, walk};

/// A workspace on disk: where it is, and what the analysis knows about it.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The folder, as it was given.
    pub path: PathBuf,
    /// What the rules read. `files` is `None` until [`Workspace::scan`].
    pub root: Root,
    /// The configuration file in effect.
    pub config_file: Option<ConfigFile>,
}

/// A configuration file that was found.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    /// Relative to the root; one of [`CONFIG_FILES`].
    pub path: &'static str,
    /// Its text, or why there is none.
    pub text: Result<String, ReadProblem>,
    /// What is wrong with it.
    pub findings: Vec<Diagnostic>,
}

impl Workspace {
    /// Reads the configuration of the workspace at `path`; nothing else, so it is quick.
    #[must_use]
    pub fn load(path: &Path) -> Workspace {
        let config_file = CONFIG_FILES.iter().find(|file| path.join(file).is_file()).map(|file| {
            // TODO(#2): resolve the text with `config::resolve` once it is merged.
            ConfigFile { path: file, text: read(&path.join(file)), findings: Vec::new() }
        });
        let root = Root { config: Arc::new(Config::default()), files: None };
        Workspace { path: path.to_owned(), root, config_file }
    }

    /// Walks the folder, keeps the file index for the rules (`root.files`), and returns what could not be looked at.
    pub fn scan(&mut self, options: &WalkOptions) -> Vec<Problem> {
        let Walk { files, problems } = walk(&self.path, options);
        self.root.files = Some(Arc::new(FileIndex::new(files)));
        problems
    }
}
