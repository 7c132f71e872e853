//! What passed the gates is what is committed and released: the files as they are now are held against the evidence, and
//! against the commit, again and again (invariant 7: nothing that was not tested is deployed).

use stagegate_core::gates::{self, Freshness, GateName, Need};
use stagegate_core::plan::{Effect, Plan};
use stagegate_core::run::StepFailure;

use super::{Context, pages};
use crate::git::Git;

/// Most files that a message names.
const MAX_NAMED: usize = 3;

/// Returns the gates that the stage waits for, as the plan shows them.
pub(super) fn required(plan: &Plan) -> Vec<&GateName> {
    let planned = plan.steps.iter().flat_map(|step| &step.effects);
    planned
        .filter_map(|effect| match effect {
            Effect::Gate { gate, need: Need::Required, .. } => Some(gate),
            _ => None,
        })
        .collect()
}

/// Makes sure that every gate that the stage waits for is open by evidence about the files as they are now. Evidence is
/// carried over the edits of the run itself, so that these are no matter.
///
/// # Errors
/// Returns which files were changed since, or which gate is shut.
pub(super) fn gates(context: &Context<'_>) -> Result<(), StepFailure> {
    let required = required(context.plan);
    if required.is_empty() {
        return Ok(());
    }
    let workspace = pages::fresh(context.folder, context.clock.now_ms());
    let root = &workspace.root;
    let components = root.components.as_deref();
    let Some(id) = components.and_then(|components| components.find_canonical(&context.plan.canonical))
    else {
        return Err(stale(&format!("there is no component `{}` any more", context.plan.component)));
    };
    let known = gates::status(root, id, context.plan.to);
    let (mut changed, mut shut) = (Vec::new(), Vec::new());
    for name in required {
        let status = known.iter().find(|status| status.name == *name);
        if status.is_some_and(gates::GateStatus::opens) {
            continue;
        }
        shut.push(format!("`{name}`"));
        if let Some(Freshness::Stale(files)) =
            status.and_then(|status| Some(&status.known.as_ref()?.freshness))
        {
            changed.extend(files.iter().map(ToString::to_string));
        }
    }
    match (changed.is_empty(), shut.is_empty()) {
        (_, true) => Ok(()),
        (true, false) => Err(stale(&format!("these gates are not open any more: {}", shut.join(", ")))),
        (false, false) => Err(stale(&format!("{} after the gates had passed", were_changed(changed)))),
    }
}

/// Makes sure that the files below `sources` are those of the commit: what was tested is what the release names.
///
/// # Errors
/// Returns which files differ.
pub(super) fn tree(
    context: &Context<'_>,
    commit: Option<&str>,
    sources: &[String],
) -> Result<(), StepFailure> {
    let mut git = Git::new(context.folder);
    git.redactor = context.redactor.clone();
    git.cancel = context.cancel.clone();
    let Some(commit) = commit.filter(|_| !sources.is_empty() && git.is_repository()) else { return Ok(()) };
    let changed = git.changed_since(commit, sources)?;
    if changed.is_empty() {
        return Ok(());
    }
    let short = commit.get(..12).unwrap_or(commit);
    Err(stale(&format!("{} since the commit {short}", were_changed(changed))))
}

fn were_changed(mut files: Vec<String>) -> String {
    files.sort();
    files.dedup();
    let named: Vec<_> = files.iter().take(MAX_NAMED).map(|path| format!("`{path}`")).collect();
    match files.len() {
        1 => format!("{} was changed", named[0]),
        all if all > MAX_NAMED => format!("{} and {} more were changed", named.join(", "), all - MAX_NAMED),
        _ => format!("{} were changed", named.join(", ")),
    }
}

fn stale(what: &str) -> StepFailure {
    StepFailure {
        message: format!("the plan is stale: {what}"),
        help: "look at the plan again (`--dry-run`), and start anew".to_owned(),
        transient: false,
    }
}
