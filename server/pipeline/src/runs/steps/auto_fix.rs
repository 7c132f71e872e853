//! What the linter can mend is mended, exactly as the plan shows it, before the gates that it could change (FORMATS.md,
//! fault 5).

use stagegate_core::plan::{Effect, FileChange};
use stagegate_core::run::StepFailure;

use super::metadata::{put, read, stale};
use crate::git;
use crate::runs::{Action, Context, Done};

/// Writes the texts of the plan.
#[derive(Clone, Copy, Debug)]
pub struct AutoFix;

impl Action for AutoFix {
    fn perform(&self, context: &mut Context<'_>) -> Result<Done, StepFailure> {
        let changes = planned(context);
        for change in &changes {
            let now = read(context, &change.path)?;
            if now != change.before && now != change.after {
                return Err(stale(&change.path, now.is_some()));
            }
        }
        for change in &changes {
            put(context, change, change.after.as_deref())?;
        }
        let paths: Vec<_> = changes.iter().map(|change| change.path.clone()).collect();
        let summary = match paths.as_slice() {
            [path] => format!("`{path}` mended"),
            paths => format!("{} files mended", paths.len()),
        };
        let mut done = Done { summary, ..Done::default() };
        done.outputs.insert("changed".to_owned(), paths.into());
        Ok(done)
    }

    fn undo(&self, context: &mut Context<'_>) -> Result<String, StepFailure> {
        let mut back = 0;
        for change in &planned(context) {
            let now = read(context, &change.path)?;
            if now == change.before {
                continue;
            }
            let merged = git::merge(change.before.as_deref(), change.after.as_deref(), now.as_deref())?;
            let Some(text) = merged else {
                return Err(StepFailure {
                    message: format!(
                        "`{}` was changed since in the same lines; it was not put back",
                        change.path
                    ),
                    help: "put it back by hand: the plan of the run shows the lines before".to_owned(),
                    transient: false,
                });
            };
            put(context, change, text.as_deref())?;
            back += 1;
        }
        Ok(match back {
            0 => "the files were as before".to_owned(),
            1 => "1 file put back".to_owned(),
            files => format!("{files} files put back"),
        })
    }
}

fn planned(context: &Context<'_>) -> Vec<FileChange> {
    let edits = context.step.effects.iter().filter_map(|effect| match effect {
        Effect::Edit(change) => Some(change.clone()),
        _ => None,
    });
    edits.collect()
}
