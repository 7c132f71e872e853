//! The files of a component say its new stage (requirement 000, "Update Component Metadata" and "Update Documentation").
//!
//! What is written is what the plan shows, with the figures that the run measured. Every text is a function of the plan
//! and the journal, so that whoever takes the run up again writes the same.

use std::fs;
use std::io;

use serde_json::{Map, Value, json};
use stagegate_core::gates::{Evidence, GateKind, Observed};
use stagegate_core::metadata::{self, MetadataFile, Promotion};
use stagegate_core::plan::{Effect, FileChange, StepName};
use stagegate_core::records;
use stagegate_core::run::{GateRecord, Outputs, StepFailure, StepState};

use crate::carry;
use crate::git;
use crate::runs::{Action, Context, Done};
use crate::write;

/// Under which key the hashes of the texts that are written are remembered, by path.
const WRITTEN: &str = "written";

/// Writes the metadata.
#[derive(Clone, Copy, Debug)]
pub struct Metadata;

impl Action for Metadata {
    fn already_done(&self, context: &mut Context<'_>) -> Result<Option<Done>, StepFailure> {
        if !context.remembered.contains_key(WRITTEN) {
            return Ok(None);
        }
        let changes = intended(context);
        for change in &changes {
            if read(context, &change.path)? != change.after {
                return Ok(None);
            }
        }
        Ok(Some(done(context, &changes)))
    }

    fn perform(&self, context: &mut Context<'_>) -> Result<Done, StepFailure> {
        let changes = intended(context);
        for change in &changes {
            let now = read(context, &change.path)?;
            if now != change.before && now != change.after {
                return Err(stale(&change.path, now.is_some()));
            }
        }
        context.remember(WRITTEN, hashes(&changes))?;
        for change in &changes {
            put(context, change, change.after.as_deref())?;
        }
        for change in &changes {
            if read(context, &change.path)? != change.after {
                return Err(stale(&change.path, true));
            }
        }
        Ok(done(context, &changes))
    }

    fn undo(&self, context: &mut Context<'_>) -> Result<String, StepFailure> {
        let commit = context.run.steps.iter().find(|step| step.name == StepName::Commit);
        if let Some(step) = commit
            && matches!(step.state, StepState::UndoFailed)
        {
            return Err(StepFailure {
                message: "the files were left as the commit has them, which could not be undone".to_owned(),
                help: "undo the commit by hand (`git revert`); the files come back with it".to_owned(),
                transient: false,
            });
        }
        if !context.remembered.contains_key(WRITTEN) {
            return Ok(String::new());
        }
        let changes = intended(context);
        let (mut back, mut undone) = (Vec::new(), Vec::new());
        for change in &changes {
            let now = read(context, &change.path)?;
            if now == change.before {
                // The commit brought it back, or an attempt before this one did.
                let (path, before) = (change.path.clone(), change.after.clone());
                undone.push(FileChange { path, before, after: now });
                continue;
            }
            let (before, after) = (change.before.as_deref(), change.after.as_deref());
            match git::merge(before, after, now.as_deref())? {
                Some(text) => back.push(FileChange { path: change.path.clone(), before: now, after: text }),
                None => {
                    return Err(StepFailure {
                        message: format!(
                            "`{}` was changed since in the same lines; it was not put back",
                            change.path
                        ),
                        help: "put the stage back by hand: the plan of the run shows the lines before"
                            .to_owned(),
                        transient: false,
                    });
                }
            }
        }
        for change in &back {
            put(context, change, change.after.as_deref())?;
        }
        undone.extend(back.iter().cloned());
        carry::carry(context.folder, context.root, &undone, &context.run.id);
        Ok(match back.len() {
            0 => "the files were as before".to_owned(),
            1 => "1 file put back".to_owned(),
            files => format!("{files} files put back"),
        })
    }
}

/// Returns what is written: what the plan shows, with the figures that the run measured.
fn intended(context: &Context<'_>) -> Vec<FileChange> {
    let planned: Vec<FileChange> = edits(context, StepName::Metadata)
        .map(|change| FileChange { before: found(context, change), ..change.clone() })
        .collect();
    let files: Vec<MetadataFile> = planned
        .iter()
        .filter_map(|change| Some(MetadataFile { path: change.path.clone(), text: change.before.clone()? }))
        .collect();
    let components = context.root.components.as_deref();
    let Some(id) = components.and_then(|components| components.find_canonical(&context.plan.canonical))
    else {
        return planned;
    };
    let changes = metadata::changes(context.root, id, &files, &promotion(context));
    let meant = |change: &FileChange| planned.iter().any(|known| known.path == change.path);
    changes.files.into_iter().filter(meant).collect()
}

/// Returns everything that the run makes of files, each from the text before the run on, in order of path.
pub(super) fn of_run(context: &Context<'_>) -> Vec<FileChange> {
    let mut all: Vec<FileChange> = edits(context, StepName::AutoFix).cloned().collect();
    for change in intended(context) {
        match all.iter_mut().find(|known| known.path == change.path) {
            Some(known) => known.after = change.after,
            None => all.push(change),
        }
    }
    all.sort_by(|a, b| a.path.cmp(&b.path));
    all
}

/// Returns the text that a planned change finds: what an earlier step made of the file, where one did.
fn found(context: &Context<'_>, change: &FileChange) -> Option<String> {
    let fixed = edits(context, StepName::AutoFix).find(|fixed| fixed.path == change.path);
    fixed.map_or_else(|| change.before.clone(), |fixed| fixed.after.clone())
}

fn edits<'c>(context: &'c Context<'_>, name: StepName) -> impl Iterator<Item = &'c FileChange> + use<'c> {
    let step = context.plan.steps.iter().find(move |step| step.name == name);
    step.into_iter().flat_map(|step| &step.effects).filter_map(|effect| match effect {
        Effect::Edit(change) => Some(change),
        _ => None,
    })
}

/// Returns what the run knows of the promotion.
fn promotion(context: &Context<'_>) -> Promotion {
    let of = |kind: GateKind| context.run.gates.iter().rev().find(move |gate| gate.gate.kind() == kind);
    let evidence = |kind| of(kind).and_then(|gate: &GateRecord| gate.evidence.clone());
    let observed = |kind| {
        let evidence: Evidence = serde_json::from_value(evidence(kind)?).ok()?;
        evidence.observed.ok()
    };
    let passed = |kind| match observed(kind)? {
        Observed::Tests { passed, .. } => u64::try_from(passed).ok(),
        _ => None,
    };
    let performance = match observed(GateKind::Performance) {
        Some(Observed::Performance { response_time_ms, memory_mb, .. }) => {
            let time = response_time_ms.map(|time| format!("{time} ms"));
            let memory = memory_mb.map(|memory| format!("{memory} MB"));
            let both: Vec<String> = time.into_iter().chain(memory).collect();
            (!both.is_empty()).then(|| both.join(", "))
        }
        _ => None,
    };
    Promotion {
        component: context.plan.component.clone(),
        from: context.plan.from,
        to: context.plan.to,
        date: records::time::date(context.run.started_ms),
        coverage: of(GateKind::Coverage).and_then(|gate| gate.value),
        version: context.plan.version.clone(),
        integration_tests: passed(GateKind::IntegrationTests),
        e2e_tests: passed(GateKind::E2eTests),
        performance,
    }
}

fn done(context: &Context<'_>, changes: &[FileChange]) -> Done {
    let carried = carry::carry(context.folder, context.root, changes, &context.run.id);
    let mut outputs = Outputs::new();
    outputs.insert("files".to_owned(), changes.iter().map(|change| json!(change.path)).collect());
    outputs.insert("carried".to_owned(), json!(carried));
    if let Some(coverage) = promotion(context).coverage {
        outputs.insert("coverage".to_owned(), json!(coverage));
    }
    let summary = match changes {
        [] => "every file says so already".to_owned(),
        [only] => format!("`{}` says {}", only.path, context.plan.to),
        all => format!("{} files say {}", all.len(), context.plan.to),
    };
    Done { summary, outputs }
}

/// The hashes of the texts that are written: enough to know them again, whatever stands in them.
fn hashes(changes: &[FileChange]) -> Value {
    let of = |change: &FileChange| {
        let hash = change.after.as_ref().map(|text| blake3::hash(text.as_bytes()).to_hex().to_string());
        (change.path.clone(), json!(hash))
    };
    Value::Object(changes.iter().map(of).collect::<Map<_, _>>())
}

pub(super) fn read(context: &Context<'_>, path: &str) -> Result<Option<String>, StepFailure> {
    match fs::read_to_string(context.folder.join(path)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StepFailure {
            message: format!("`{path}` cannot be read: {error}"),
            help: "make it a readable file of UTF-8, then run again".to_owned(),
            transient: false,
        }),
    }
}

pub(super) fn put(context: &Context<'_>, change: &FileChange, text: Option<&str>) -> Result<(), StepFailure> {
    write::put(context.folder, &change.path, text).map_err(|error| StepFailure {
        message: error.to_string(),
        help: "make room and see to it that the file can be written, then run again".to_owned(),
        transient: false,
    })
}

pub(super) fn stale(path: &str, is_there: bool) -> StepFailure {
    let what =
        if is_there { "was changed since the plan was made" } else { "is gone since the plan was made" };
    StepFailure {
        message: format!("the plan is stale: `{path}` {what}"),
        help: "look at the plan again (`--dry-run`), and start anew".to_owned(),
        transient: false,
    }
}

#[cfg(test)]
mod tests;
