//! Evidence outlives the promotion's own edit.
//!
//! The edit of a promotion (`__maturity__`, a status, a date) changes files that evidence depends on, of this component and
//! of others. It changes nothing that a tool would see otherwise, so evidence that held just before it is kept as holding
//! just after it, marked with the run that did so.
//!
//! Whether it held is not taken from anybody's word: from the files as they are now, with exactly the edits of the run
//! taken back, the hash of the inputs is computed again. Only evidence of that very hash is carried, so that any
//! other change of any other file leaves it stale. Only the process of a run calls this, for edits that it made itself.

use std::path::Path;

use stagegate_core::gates::{Evidence, GateName};
use stagegate_core::plan::FileChange;
use stagegate_core::workspace::Root;

use crate::board;
use crate::gates::Definitions;
use crate::inputs::{Inputs, Snapshot};
use crate::store::{CarriedRow, MeasuredFile, Store, StoreError};

/// Carries evidence over `changes`, which `run` made just now; returns how many pieces. That nothing can be carried is no
/// failure: the gates are run again then.
pub(crate) fn carry(folder: &Path, root: &Root, changes: &[FileChange], run: &str) -> usize {
    let definitions = Definitions::new(folder, root);
    let of = |component: &str, gate: &GateName| definitions.of(component, gate);
    carried(folder, root, changes, run, &of).unwrap_or_else(|error| {
        tracing::warn!(%error, "evidence is not carried over the edit of the run");
        0
    })
}

fn carried(
    folder: &Path,
    root: &Root,
    changes: &[FileChange],
    run: &str,
    definitions: &board::Definitions<'_>,
) -> Result<usize, StoreError> {
    let is_empty = changes.iter().all(|change| change.before == change.after);
    if is_empty || Store::open_read(folder)?.is_none() {
        return Ok(0);
    }
    let mut store = Store::open(folder)?;
    let newest = store.newest_all()?;
    if newest.is_empty() {
        return Ok(0);
    }
    let now = Snapshot::scan(folder, root, &store.known_files()?);
    let Some(then) = now.before(root, changes) else { return Ok(0) };
    let mut rows: Vec<(i64, Evidence, Inputs)> = Vec::new();
    for stored in newest {
        let Some(manifest) = stored.manifest else { continue };
        let Some(definition) = definitions(&stored.evidence.component, &stored.evidence.gate) else {
            continue;
        };
        if then.inputs(&stored.evidence.component, &definition).hash != manifest.hash() {
            continue;
        }
        let inputs = now.inputs(&stored.evidence.component, &definition);
        if inputs.hash == manifest.hash() {
            continue;
        }
        let mut evidence = stored.evidence;
        evidence.inputs = inputs.hash.to_string();
        evidence.carried_by = Some(run.to_owned());
        rows.push((stored.id, evidence, inputs));
    }
    let files = measured(&store, &then, &now, changes)?;
    let rows: Vec<CarriedRow<'_>> =
        rows.iter().map(|(of, evidence, inputs)| CarriedRow { of: *of, evidence, inputs }).collect();
    store.carry(&rows, &files)
}

/// Returns the coverage of files that were edited, where their lines are still the same.
fn measured(
    store: &Store,
    then: &Snapshot,
    now: &Snapshot,
    changes: &[FileChange],
) -> Result<Vec<MeasuredFile>, StoreError> {
    let lines = |text: &Option<String>| text.as_ref().map(|text| text.lines().count());
    let same: Vec<&FileChange> =
        changes.iter().filter(|change| lines(&change.before) == lines(&change.after)).collect();
    let files = store.files()?.into_iter().filter_map(|file| {
        same.iter().find(|change| change.path == file.path)?;
        let held = file.content.is_some() && file.content == then.content(&file.path);
        held.then(|| MeasuredFile { content: now.content(&file.path), ..file })
    });
    Ok(files.collect())
}

#[cfg(test)]
mod tests;
