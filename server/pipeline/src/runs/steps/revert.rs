//! Rollback: the commit of the promotion is undone by another one (requirement 001, "Rollback Procedures").

use serde_json::json;
use stagegate_core::plan::{Effect, FileChange};
use stagegate_core::run::{Outputs, StepFailure};

use super::commit::{fit, git, planned, short};
use crate::carry;
use crate::git::{Git, UndoRequest};
use crate::runs::{Action, Context, Done};

/// Undoes the commit.
#[derive(Clone, Copy, Debug)]
pub struct Revert;

/// Under which key the commit is remembered that is undone.
const UNDOES: &str = "undoes_commit";

impl Action for Revert {
    fn already_done(&self, context: &mut Context<'_>) -> Result<Option<Done>, StepFailure> {
        let git = git(context);
        let undone = git.find_undo(&promotion(context)?)?;
        Ok(undone.map(|commit| done(context, Some(commit))))
    }

    fn perform(&self, context: &mut Context<'_>) -> Result<Done, StepFailure> {
        let git = git(context);
        let undoes = promotion(context)?;
        let (message, paths) = planned(context);
        fit(&git.state(&[]))?;
        let commit = commit_of(&git, &undoes)?;
        let changes = git.plan_undo(&commit)?;
        for change in &changes {
            let known = edits(context).find(|known| known.path == change.path);
            // What is undone already is none of the changes.
            if known.is_none_or(|known| known.before != change.before || known.after != change.after) {
                return Err(StepFailure {
                    message: format!("the plan is stale: `{}` was changed since it was made", change.path),
                    help: "look at the plan again (`--dry-run`), and start anew".to_owned(),
                    transient: false,
                });
            }
        }
        context.remember(UNDOES, commit.clone())?;
        if paths.is_empty() && changes.is_empty() {
            return Ok(done(context, None));
        }
        let undone = git.undo(&UndoRequest {
            commit,
            edits: None,
            component: context.plan.component.clone(),
            undoes,
            run: Some(context.run.id.clone()),
            message: Some(message).filter(|message| !message.is_empty()),
            reason: context.plan.reason.clone(),
        })?;
        Ok(done(context, undone.commit))
    }
}

/// Returns the run whose commit is undone.
fn promotion(context: &Context<'_>) -> Result<String, StepFailure> {
    context.plan.undoes.clone().ok_or_else(|| StepFailure {
        message: "the plan does not say which run is undone".to_owned(),
        help: "make a new plan with `stagegate rollback`".to_owned(),
        transient: false,
    })
}

fn commit_of(git: &Git, run: &str) -> Result<String, StepFailure> {
    git.find(run)?.ok_or_else(|| StepFailure {
        message: format!("the commit of the run {run} is not in the branch that is checked out"),
        help: "check out the branch that it is in, then run again".to_owned(),
        transient: false,
    })
}

fn edits<'c>(context: &'c Context<'_>) -> impl Iterator<Item = &'c FileChange> + use<'c> {
    context.step.effects.iter().filter_map(|effect| match effect {
        Effect::Edit(change) => Some(change),
        _ => None,
    })
}

fn done(context: &Context<'_>, commit: Option<String>) -> Done {
    let changes: Vec<FileChange> = edits(context).cloned().collect();
    let carried = carry::carry(context.folder, context.root, &changes, &context.run.id);
    let mut outputs = Outputs::new();
    outputs.insert("commit".to_owned(), json!(commit));
    outputs.insert("files".to_owned(), changes.iter().map(|change| json!(change.path)).collect());
    outputs.insert("carried".to_owned(), json!(carried));
    let summary = match commit {
        Some(commit) => format!("undone by {}", short(&commit)),
        None => "the files were as before already".to_owned(),
    };
    Done { summary, outputs }
}
