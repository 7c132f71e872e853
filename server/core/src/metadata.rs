//! What a promotion writes into the files of its component (requirement 000, "Update Component Metadata" and "Update
//! Documentation"): the words that say stage, date and coverage, and nothing else. Every other byte stays.
//!
//! The functions are pure: from the texts of the files and what is known of the promotion to what would be written.

mod edits;
mod history;
mod manifest;
mod maturity;
mod page;
mod python;
mod readme;
mod spec;
#[cfg(test)]
mod tests;
mod value;

use crate::component::{ComponentFile, DocumentKind, Standing};
use crate::components::{Component, Id};
use crate::declared;
use crate::files;
use crate::plan::FileChange;
use crate::stage::Stage;
use crate::text::Source;
use crate::workspace::Root;
use edits::Edits;
use page::Page;

/// The name of the files that Python runs when a package is imported.
const PACKAGE_FILE: &str = "__init__.py";

/// What is known of a promotion.
#[derive(Clone, Debug, PartialEq)]
pub struct Promotion {
    /// The component, as it is shown.
    pub component: String,
    /// The stage before.
    pub from: Option<Stage>,
    /// The stage that is written.
    pub to: Stage,
    /// The day, as `2026-11-21` (UTC).
    pub date: String,
    /// The coverage that was measured, in percent.
    pub coverage: Option<f64>,
    /// The version that the code states.
    pub version: Option<String>,
    /// How many integration tests passed.
    pub integration_tests: Option<u64>,
    /// How many end-to-end tests passed.
    pub e2e_tests: Option<u64>,
    /// What was measured of its performance, in a few words: `p95 120 ms`.
    pub performance: Option<String>,
}

/// A file that may be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataFile {
    /// Relative to the root, with `/`.
    pub path: String,
    /// Its text, a byte order mark included.
    pub text: String,
}

/// What a promotion writes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// The files that change, in order of path.
    pub files: Vec<FileChange>,
    /// What is worth knowing: sentences.
    pub notes: Vec<String>,
}

/// Returns the files of a component that a promotion may change: those that say something about it, the top files of its
/// Python packages, and its README. In order of path.
#[must_use]
pub fn paths(root: &Root, id: Id) -> Vec<String> {
    let Some(components) = root.components.as_deref() else { return Vec::new() };
    let stated = components.get(id).files().map(|file| file.path.to_string());
    let mut paths: Vec<String> = stated.collect();
    for place in components.places(id) {
        for folder in place.source.iter().chain(&place.docs_only) {
            paths.extend(beside(root, folder));
        }
    }
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// Returns the package file and the README in `folder`, where they are there.
fn beside(root: &Root, folder: &str) -> Vec<String> {
    let Some(index) = &root.files else { return Vec::new() };
    let is_here = |path: &str| {
        let name = path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
        name.is_some_and(|name| name == PACKAGE_FILE || name.eq_ignore_ascii_case(readme::NAME))
    };
    let there = index.below(folder).iter().filter(|path| is_here(path) && !root.config.is_excluded(path));
    there.map(ToString::to_string).collect()
}

/// Returns what a promotion changes in `files`: those of [`paths`] that are there, read as UTF-8.
///
/// A file in which nothing is to be changed is none of them; nor is one that we could not read back afterwards, which a
/// note names.
#[must_use]
pub fn changes(root: &Root, id: Id, files: &[MetadataFile], promotion: &Promotion) -> Changes {
    let Some(components) = root.components.as_deref() else { return Changes::default() };
    let component = components.get(id);
    let mut changes = Changes::default();
    let declares_in = where_to_declare(component, files);
    let mut files: Vec<&MetadataFile> = files.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    for file in files {
        let mut edits = Edits::default();
        let is_ours = component.files().any(|known| *known.path == *file.path);
        edit(
            root,
            file,
            promotion,
            is_ours,
            declares_in == Some(&*file.path),
            &mut edits,
            &mut changes.notes,
        );
        let after = edits.apply(&file.text);
        if !reads_back(root, file, &after, promotion.to) {
            changes.notes.push(format!(
                "`{}` says its stage in a way that is not understood well enough to change it; write {} there",
                file.path, promotion.to
            ));
            continue;
        }
        if after != file.text {
            let (path, before) = (file.path.clone(), Some(file.text.clone()));
            changes.files.push(FileChange { path, before, after: Some(after) });
        }
    }
    changes
}

/// Returns the package file that `__maturity__` is added to: the first one, where no code declares the stage.
fn where_to_declare<'a>(component: &Component, files: &'a [MetadataFile]) -> Option<&'a str> {
    if !component.code.is_empty() {
        return None;
    }
    let packages = files.iter().map(|file| &*file.path).filter(|path| name_of(path) == PACKAGE_FILE);
    packages.min_by_key(|path| (path.matches('/').count(), *path))
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Collects what changes in one file. `is_ours`: whether it says something about the component.
fn edit(
    root: &Root,
    file: &MetadataFile,
    promotion: &Promotion,
    is_ours: bool,
    declares: bool,
    edits: &mut Edits,
    notes: &mut Vec<String>,
) {
    let name = name_of(&file.path);
    if name == PACKAGE_FILE {
        return python::edit(file, promotion, declares, edits, notes);
    }
    if let Some(read) = declared::reader(name) {
        return manifest::edit(&file.text, read, promotion, edits);
    }
    if !files::is_markdown(&file.path) {
        return;
    }
    if is_ours && let Some(document) = ComponentFile::of_path(Source::Str(&file.text), &file.path, root) {
        if document.standing != Standing::Component {
            return;
        }
        let page = Page::of(&file.text, &document.body);
        match document.kind {
            DocumentKind::Maturity => maturity::edit(file, &document, &page, promotion, edits, notes),
            DocumentKind::Spec => spec::edit(file, &document, &page, promotion, edits, notes),
        }
    }
    if name.eq_ignore_ascii_case(readme::NAME) {
        readme::edit(&file.text, promotion, edits);
    }
}

/// Whether the file says `to` once it is changed, where it said any stage before.
fn reads_back(root: &Root, file: &MetadataFile, after: &str, to: Stage) -> bool {
    let stated = |text: &str| {
        let facts = crate::facts(Source::Str(text), &file.path, root);
        facts.and_then(|facts| facts.stage).filter(|stated| !stated.placeholder)
    };
    match (stated(&file.text), stated(after)) {
        (_, Some(stated)) => stated.stage == Some(to),
        (before, None) => before.is_none(),
    }
}

/// Returns the version that the code states: `__version__` of a package file, else `version` of a manifest.
#[must_use]
pub fn version(files: &[MetadataFile]) -> Option<String> {
    let of_python = files.iter().filter(|file| name_of(&file.path) == PACKAGE_FILE);
    of_python.filter_map(|file| python::version(&file.text)).next().or_else(|| {
        files.iter().find_map(|file| match name_of(&file.path) {
            "Cargo.toml" => manifest::cargo_version(&file.text),
            "package.json" => manifest::node_version(&file.text),
            _ => None,
        })
    })
}
