//! Which files are analysed, and as what. By path only: editors give one file different language ids.

use crate::config::Config;

/// Largest file that is analysed, in bytes: 10 MiB, ten times the largest document that editors handle well.
/// A larger one gives one `file/too-large`.
pub const MAX_FILE_BYTES: u64 = 10 * 1024 * 1024;

/// Configuration files, in the order of precedence; the first that exists counts.
pub const CONFIG_FILES: [&str; 2] = ["stagegate.yaml", "scripts/workflow/workflow_config.yaml"];

/// What a file is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// An instruction file for AI assistants (requirement 002).
    Instructions,
    /// Our configuration, or the incumbent's.
    Config,
}

/// Returns what the file at `path` (relative to the root, with `/`) is.
#[must_use]
pub fn kind_of(path: &str, config: &Config) -> Option<FileKind> {
    if CONFIG_FILES.contains(&path) {
        return Some(FileKind::Config);
    }
    // Nearly every file of a workspace ends here; the globs below would cost a hundred times as much.
    if !path.get(path.len().saturating_sub(3)..).is_some_and(|end| end.eq_ignore_ascii_case(".md")) {
        return None;
    }
    config.is_instructions(path).then_some(FileKind::Instructions)
}
