//! Pure analysis for Stagegate: from text to findings, fixes and editor features.
//!
//! Nothing here reads a file, a clock or the environment; the crate's `clippy.toml` bans it. An analysis is a
//! function of text, [`workspace::Root`] (configuration and file index) and a path (DESIGN.md, invariant 1).

pub mod component;
pub mod config;
pub mod declared;
pub mod diagnostic;
pub mod files;
pub mod fix;
pub mod frontmatter;
pub mod glob;
pub mod ide;
pub mod instructions;
pub mod layout;
pub mod markdown;
pub mod name;
pub mod rules;
pub mod stage;
pub mod text;
pub mod workspace;

use diagnostic::Diagnostic;
use files::FileKind;
use text::Source;
use workspace::Root;

/// Returns every finding of the file at `path` (relative to the root, with `/`), in order of place; none where
/// the file is none of ours.
#[must_use]
pub fn diagnostics(source: Source<'_>, path: &str, root: &Root) -> Vec<Diagnostic> {
    match root.analyses(path) {
        Some(FileKind::Instructions) => instructions::diagnostics(source, path, root),
        Some(FileKind::Config) => config::diagnostics(source, path, root),
        None => Vec::new(),
    }
}
