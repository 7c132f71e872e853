//! What the tests of this folder share.

#![allow(dead_code, reason = "each test file uses some of it")]
#![allow(clippy::disallowed_methods, reason = "a test reads its input; the crate itself does no IO")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::path::Path;
use std::sync::Arc;

use stagegate_core::components::{Components, FileFacts};
use stagegate_core::config::{self, Config};
use stagegate_core::diagnostic::{Diagnostic, Fix, apply_edits, merge_fixes};
use stagegate_core::files::CONFIG_FILES;
use stagegate_core::layout::Layout;
use stagegate_core::text::Source;
use stagegate_core::workspace::{FileIndex, Root};

/// A path that only our own workflow reads.
pub(crate) const PLAIN: &str = ".augment/instructions/x.instructions.md";

/// A path that VS Code and Copilot read, too.
pub(crate) const PORTABLE: &str = ".github/instructions/x.instructions.md";

/// The path of a spec.
pub(crate) const SPEC: &str = "specs/calculator.md";

/// The spec of another component.
const NOTIFICATIONS: &str = "specs/notifications.md";

/// Most rounds until no safe fix is left; each round makes all that do not touch each other.
const MAX_ROUNDS: usize = 200;

/// A root with a few files, and with the components `calculator` and `notifications`; the second one has a spec.
pub(crate) fn root() -> Root {
    let paths = [
        "src/a.py",
        "src/x/b.py",
        "src/calculator/sums.py",
        "tests/t.py",
        "docs/c.md",
        "docs/design.md",
        ".github/d.yml",
        NOTIFICATIONS,
    ];
    let files = FileIndex::new(paths.iter().map(|path| Box::from(*path)).collect());
    let mut root = Root::default();
    let layout = Layout::new(&files, &root.config.components);
    root.files = Some(files.into());
    let spec = Source::Str("# Notifications\n\n**Component Name:** notifications\n**Status:** Development\n");
    let facts = stagegate_core::facts(spec, NOTIFICATIONS, &root);
    let facts = facts.map(|facts| FileFacts { path: NOTIFICATIONS.into(), facts: facts.into() });
    root.components = Some(Arc::new(Components::build(facts, Arc::new(layout))));
    root
}

/// Every finding of `text` at `path`.
pub(crate) fn findings(text: &str, path: &str) -> Vec<Diagnostic> {
    stagegate_core::diagnostics(Source::Str(text), path, &root())
}

/// Applies all safe fixes until none is left.
pub(crate) fn fixpoint(text: &str, path: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..MAX_ROUNDS {
        let findings = findings(&text, path);
        let fixes: Vec<&Fix> =
            findings.iter().filter_map(|d| d.fix.as_ref()).filter(|fix| fix.safe).collect();
        if fixes.is_empty() {
            return text;
        }
        let fixed = apply_edits(&text, &merge_fixes(fixes.iter().copied()));
        assert_ne!(fixed, text, "safe fixes that change nothing: {fixes:?}");
        text = fixed;
    }
    panic!("safe fixes never end: {text:?}");
}

/// A repository as it lies on disk.
pub(crate) struct Repository {
    /// Path, and text where the file is one.
    pub(crate) files: Vec<(String, String)>,
    pub(crate) root: Root,
}

fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            read_folder(&entry.path(), &format!("{path}/"), files);
        } else {
            files.push((path, std::fs::read_to_string(entry.path()).unwrap_or_default()));
        }
    }
}

impl Repository {
    /// Reads every file below `folder`.
    pub(crate) fn read(folder: &Path) -> Repository {
        let mut files = Vec::new();
        read_folder(folder, "", &mut files);
        files.sort();
        Repository::of(files)
    }

    /// Returns the repository with these files, in order of path.
    pub(crate) fn of(files: Vec<(String, String)>) -> Repository {
        let config = files.iter().find(|(path, _)| CONFIG_FILES.contains(&path.as_str()));
        let config = config.map(|(path, text)| (path.as_str(), Source::Str(text)));
        let config: Arc<Config> = Arc::new(config::resolve(config, None).config);
        let index = FileIndex::new(files.iter().map(|(path, _)| path.as_str().into()).collect());
        let layout = Arc::new(Layout::new(&index, &config.components));
        let mut root = Root { config, files: Some(index.into()), ..Root::default() };
        let facts = files.iter().filter_map(|(path, text)| {
            let facts = stagegate_core::facts(Source::Str(text), path, &root)?;
            Some(FileFacts { path: path.as_str().into(), facts: facts.into() })
        });
        root.components = Some(Arc::new(Components::build(facts, layout)));
        Repository { files, root }
    }

    /// Returns the text of a file.
    pub(crate) fn text(&self, path: &str) -> &str {
        &self.files.iter().find(|(known, _)| known == path).unwrap().1
    }
}
