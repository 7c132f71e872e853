//! Running one check outside of the gates: smoke tests of a deployment.

use std::path::Path;

use stagegate_core::components::Id;
use stagegate_core::gates::{Evidence, OwnFiles, Scope};
use stagegate_core::workspace::Root;

use super::execute::{self, Bench};
use super::failure::GatesError;
use super::kept::{Places, Runs};
use super::trusted::Trusted;
use crate::process::Cancel;
use crate::redact::Redactor;
use crate::store;
use crate::tools::Check;

/// Where smoke tests are run.
pub(crate) struct SmokeBench<'a> {
    /// The workspace, absolute and without links.
    pub(crate) folder: &'a Path,
    pub(crate) root: &'a Root,
    pub(crate) id: Id,
    pub(crate) trusted: &'a Trusted,
    pub(crate) cancel: &'a Cancel,
    pub(crate) redactor: &'a Redactor,
}

/// Runs `check` as gates are run, and returns what it showed; its report is kept where those of gates are.
///
/// # Errors
/// Returns which folder cannot be made.
pub(crate) fn smoke(
    check: &Check,
    bench: &SmokeBench<'_>,
    on_line: &mut dyn FnMut(&str),
) -> Result<Option<Evidence>, GatesError> {
    let Some(components) = bench.root.components.as_deref() else { return Ok(None) };
    let component = components.get(bench.id);
    let state = store::create_folder(bench.folder)?;
    let runs = Runs::new(&state)?;
    let folder = runs
        .folder(&component.canonical, check)
        .map_err(|error| GatesError::Folder { path: state.join("runs"), error })?;
    let places = Places::of(bench.root, bench.id);
    let (is_source, is_test) = (|path: &str| places.is_source(path), |path: &str| places.is_test(path));
    let scope = Scope {
        component: &component.name,
        is_source: &is_source,
        is_test: &is_test,
        is_alone: true,
        baseline: None,
        files: OwnFiles::NONE,
    };
    let mut shown = execute::execute(
        check,
        &Bench {
            root: bench.folder,
            trusted: bench.trusted,
            folder: &folder,
            cancel: bench.cancel,
            redactor: bench.redactor,
            background: false,
            scope: &scope,
        },
        on_line,
    );
    runs.keep(&folder, &component.canonical, check, &mut shown.evidence, bench.folder, bench.redactor);
    let mut evidence = shown.evidence.into_iter().next();
    if let Some(evidence) = &mut evidence {
        evidence.component = component.canonical.to_string();
    }
    Ok(evidence)
}
