//! Pure analysis for Stagegate: from text to findings, fixes and editor features.
//!
//! Nothing here reads a file, a clock or the environment; the crate's `clippy.toml` bans it. An analysis is a
//! function of text, [`workspace::Root`] (configuration and file index) and a path (DESIGN.md, invariant 1).

pub mod component;
pub mod components;
pub mod config;
pub mod declared;
pub mod diagnostic;
pub mod files;
pub mod fix;
#[cfg(test)]
mod fixture;
pub mod frontmatter;
pub mod gates;
pub mod glob;
pub mod ide;
pub mod instructions;
pub mod issues;
pub mod layout;
mod links;
pub mod markdown;
pub mod metadata;
pub mod name;
pub mod placeholder;
pub mod plan;
pub mod records;
pub mod report;
pub mod rules;
pub mod run;
pub mod sign_off;
pub mod stage;
pub mod status;
pub mod text;
pub mod todo;
pub mod tracking;
pub mod workspace;

use component::{ComponentFile, DocumentKind, Held};
use components::Facts;
use diagnostic::Diagnostic;
use files::FileKind;
use text::Source;
use workspace::Root;

/// Returns every finding of the file at `path` (relative to the root, with `/`), in order of place. In a
/// file that is none of ours only `todo/*` looks for something.
#[must_use]
pub fn diagnostics(source: Source<'_>, path: &str, root: &Root) -> Vec<Diagnostic> {
    let mut findings = own_diagnostics(source, path, root);
    add_todos(&mut findings, source, path, root);
    findings
}

/// Returns the findings of [`diagnostics`] without those about TODO comments.
#[must_use]
pub fn own_diagnostics(source: Source<'_>, path: &str, root: &Root) -> Vec<Diagnostic> {
    match root.analyses(path) {
        Some(FileKind::Instructions) => instructions::diagnostics(source, path, root),
        Some(FileKind::Config) => config::diagnostics(source, path, root),
        Some(FileKind::Spec | FileKind::Maturity | FileKind::Markdown) => {
            component::diagnostics(source, path, root)
        }
        Some(FileKind::Code) => declared::diagnostics(source, path, root),
        None => Vec::new(),
    }
}

/// Adds what is found about TODO comments, in order of place.
pub fn add_todos(findings: &mut Vec<Diagnostic>, source: Source<'_>, path: &str, root: &Root) {
    add(findings, todo::diagnostics(source, path, root));
}

/// Adds what is found about TODO comments that were read before, in order of place.
pub fn add_findings_of(
    findings: &mut Vec<Diagnostic>,
    todos: &[todo::Todo],
    source: Source<'_>,
    path: &str,
    root: &Root,
) {
    add(findings, todo::diagnostics_of(todos, source, path, root));
}

fn add(findings: &mut Vec<Diagnostic>, todos: Vec<Diagnostic>) {
    if !todos.is_empty() {
        findings.extend(todos);
        findings.sort_by_key(|finding| (finding.range.start(), finding.range.end(), finding.rule.code));
    }
}

/// Returns what the file at `path` says about a component, if it says anything.
#[must_use]
pub fn facts(source: Source<'_>, path: &str, root: &Root) -> Option<Facts> {
    match root.analyses(path)? {
        FileKind::Spec | FileKind::Maturity | FileKind::Markdown => {
            component_facts(&ComponentFile::of_path(source, path, root)?, source, path, root)
        }
        FileKind::Code => {
            let component = root.config.component_of_top_file(path)?;
            let read = declared::reader(path.rsplit('/').next()?)?;
            Some(Facts::of_code(component, read(&source.slice(0, source.len()))?))
        }
        FileKind::Instructions | FileKind::Config => None,
    }
}

/// Returns [`facts`], and what the findings of a spec or MATURITY file need, so that it is read only once. `root` must
/// have its file index.
#[must_use]
pub fn facts_and_held(source: Source<'_>, path: &str, root: &Root) -> (Option<Facts>, Option<Held>) {
    match root.analyses(path) {
        Some(FileKind::Spec | FileKind::Maturity | FileKind::Markdown) => {
            let Some(file) = ComponentFile::of_path(source, path, root) else { return (None, None) };
            (component_facts(&file, source, path, root), Some(file.hold(source, path, root)))
        }
        _ => (facts(source, path, root), None),
    }
}

/// Returns what a spec or MATURITY file, read before, says about its component; see [`facts`].
#[must_use]
pub fn component_facts(file: &ComponentFile, source: Source<'_>, path: &str, root: &Root) -> Option<Facts> {
    // `src/components/MATURITY.md` is about several components, or none.
    if file.kind == DocumentKind::Maturity && root.config.components.is_container(files::folder_of(path)) {
        return None;
    }
    Facts::of_document(file, source, path, root)
}
