//! Which files are analysed, and as what. By path only: editors give one file different language ids.

use crate::config::Config;
use crate::declared;

/// Largest file that is analysed, in bytes: 10 MiB, ten times the largest document that editors handle well.
/// A larger one gives one `file/too-large`.
pub const MAX_FILE_BYTES: u64 = 10 * 1024 * 1024;

/// Configuration files, in the order of precedence; the first that exists counts.
pub const CONFIG_FILES: [&str; 2] = ["stagegate.yaml", "scripts/workflow/workflow_config.yaml"];

/// The file that states a component's maturity, in the component's folder; compared without case.
pub const MATURITY_FILE: &str = "MATURITY.md";

/// What [`MATURITY_FILE`] is written from; no Markdown file by its ending.
const MATURITY_TEMPLATE: &str = "MATURITY.md.template";

/// What a file is to us, by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// An instruction file for AI assistants (requirement 002).
    Instructions,
    /// Our configuration, or the incumbent's.
    Config,
    /// A spec, or a template of one.
    Spec,
    /// A MATURITY.md.
    Maturity,
    /// Another Markdown file: a spec if its metadata says so (DESIGN.md section 4), else nothing to us.
    Markdown,
    /// A file at the top of a component's folder that may declare its stage: `__init__.py`, `Cargo.toml`,
    /// `package.json`.
    Code,
}

impl FileKind {
    /// Whether such a file may say something about a component.
    #[must_use]
    pub const fn may_state_facts(self) -> bool {
        matches!(self, FileKind::Spec | FileKind::Maturity | FileKind::Markdown | FileKind::Code)
    }

    /// Whether we show the outline of such a file. Other Markdown is shown by the editor itself.
    #[must_use]
    pub const fn has_outline(self) -> bool {
        matches!(self, FileKind::Instructions | FileKind::Spec | FileKind::Maturity)
    }
}

/// Returns what the file at `path` (relative to the root, with `/`) is.
#[must_use]
pub fn kind_of(path: &str, config: &Config) -> Option<FileKind> {
    let name = path.rsplit('/').next().unwrap_or(path);
    // Nearly every file of a workspace ends here; the globs below would cost a hundred times as much.
    if !is_markdown(path) {
        if CONFIG_FILES.contains(&path) {
            return Some(FileKind::Config);
        }
        if is_maturity_template(path) {
            return Some(FileKind::Maturity);
        }
        let declares = declared::reader(name).is_some() && config.component_of_top_file(path).is_some();
        return declares.then_some(FileKind::Code);
    }
    if config.is_instructions(path) {
        Some(FileKind::Instructions)
    } else if name.eq_ignore_ascii_case(MATURITY_FILE) {
        Some(FileKind::Maturity)
    } else if config.is_spec_path(path) {
        Some(FileKind::Spec)
    } else {
        Some(FileKind::Markdown)
    }
}

/// Whether the file at `path` is Markdown, by its ending.
#[must_use]
pub(crate) fn is_markdown(path: &str) -> bool {
    path.get(path.len().saturating_sub(3)..).is_some_and(|end| end.eq_ignore_ascii_case(".md"))
}

/// Returns the folder that the file at `path` lies in; empty for the root.
#[must_use]
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether MATURITY files are written from the file at `path`.
#[must_use]
pub(crate) fn is_maturity_template(path: &str) -> bool {
    path.rsplit('/').next().unwrap_or(path).eq_ignore_ascii_case(MATURITY_TEMPLATE)
}
