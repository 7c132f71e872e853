//! Loads one workspace root: its configuration and its files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use stagegate_core::config::{Resolved, SettingsProblem, resolve};
use stagegate_core::diagnostic::Diagnostic;
use stagegate_core::files::CONFIG_FILES;
use stagegate_core::text::Source;
use stagegate_core::workspace::{FileIndex, Root};

use crate::held::HeldFiles;
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
    /// What is wrong with the settings of the editor.
    pub settings_problems: Vec<SettingsProblem>,
    /// What was kept of files that were read for the components.
    pub(crate) held: Arc<HeldFiles>,
}

/// A configuration file that was found.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    /// Relative to the root; one of [`CONFIG_FILES`].
    pub path: &'static str,
    /// Its text, or why there is none.
    pub text: Result<String, ReadProblem>,
}

impl Workspace {
    /// Reads the configuration of the workspace at `path`; nothing else, so it is quick.
    #[must_use]
    pub fn load(path: &Path) -> Workspace {
        Workspace::load_with(path, None)
    }

    /// Like [`Workspace::load`], with the settings of an editor on top of the file.
    #[must_use]
    pub fn load_with(path: &Path, settings: Option<&serde_json::Value>) -> Workspace {
        let is = |there: fn(&Path) -> bool| CONFIG_FILES.iter().find(move |file| there(&path.join(file)));
        // A folder of that name is none, but nobody meant it to count for nothing.
        let config_file = is(Path::is_file)
            .or_else(|| is(Path::is_dir))
            .map(|file| ConfigFile { path: file, text: read(&path.join(file)) });
        let file = config_file.as_ref().and_then(|file| Some((file.path, file.text.as_deref().ok()?)));
        let Resolved { config, problems } =
            resolve(file.map(|(path, text)| (path, Source::Str(text))), settings);
        let root = Root { config: Arc::new(config), ..Root::default() };
        Workspace {
            path: path.to_owned(),
            root,
            config_file,
            settings_problems: problems,
            held: Arc::default(),
        }
    }

    /// Walks the folder, keeps the file index for the rules (`root.files`), and returns what could not be looked at.
    pub fn scan(&mut self, options: &WalkOptions) -> Vec<Problem> {
        let Walk { files, problems, .. } = walk(&self.path, options);
        self.root.files = Some(Arc::new(FileIndex::new(files)));
        problems
    }

    /// Returns what is wrong with the configuration file in effect.
    #[must_use]
    pub fn config_findings(&self) -> Vec<Diagnostic> {
        let Some(file) = &self.config_file else { return Vec::new() };
        match &file.text {
            Ok(text) => stagegate_core::diagnostics(Source::Str(text), file.path, &self.root),
            Err(problem) => problem.diagnostic(file.path, &self.root.config).into_iter().collect(),
        }
    }
}
