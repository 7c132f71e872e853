//! The commit of a promotion.

use std::time::Duration;

use serde_json::json;
use stagegate_core::plan::{Effect, FileChange, GitState};
use stagegate_core::run::{Outputs, StepFailure};

use super::metadata::{of_run, read, stale};
use crate::carry;
use crate::git::{COMPONENT, CommitRequest, Git, RUN, UndoRequest};
use crate::runs::{Action, Context, Done, hold};

/// Under which key the files are remembered that git did not know before.
const NEW: &str = "new";

/// Commits what the run changed, and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Commit;

impl Action for Commit {
    fn already_done(&self, context: &mut Context<'_>) -> Result<Option<Done>, StepFailure> {
        let git = git(context);
        let (_, paths) = planned(context);
        let Some(commit) = git.find(&context.run.id)? else { return Ok(None) };
        exact(&git, &commit, &edits(context, &paths))?;
        Ok(Some(done(&git, &commit, &paths)))
    }

    fn perform(&self, context: &mut Context<'_>) -> Result<Done, StepFailure> {
        let git = git(context);
        let (message, paths) = planned(context);
        let all: Vec<&str> = paths.iter().map(String::as_str).collect();
        fit(&git.state(&all))?;
        let edits = edits(context, &paths);
        for edit in &edits {
            let now = read(context, &edit.path)?;
            if now != edit.after {
                return Err(stale(&edit.path, now.is_some()));
            }
        }
        hold::gates(context)?;
        let new = git.unknown_files(&all)?;
        context.remember(NEW, new)?;
        let trailers = vec![
            (RUN.to_owned(), context.run.id.clone()),
            (COMPONENT.to_owned(), context.plan.component.clone()),
        ];
        let commit = git.commit(&CommitRequest { message, paths: paths.clone(), trailers })?;
        exact(&git, &commit, &edits)?;
        Ok(done(&git, &commit, &paths))
    }

    fn undo(&self, context: &mut Context<'_>) -> Result<String, StepFailure> {
        let git = git(context);
        let known = context.remembered.get("commit").and_then(|commit| commit.as_str()).map(str::to_owned);
        let Some(commit) = known.map_or_else(|| git.find(&context.run.id), |commit| Ok(Some(commit)))? else {
            // It was only begun: files that git did not know are not staged by us any more.
            let new = context.remembered.get(NEW).and_then(|new| new.as_array());
            let new = new.into_iter().flatten().filter_map(|path| path.as_str()).map(str::to_owned);
            git.unstage(&new.collect::<Vec<_>>());
            return Ok("nothing was committed".to_owned());
        };
        // Whatever else the commit holds is somebody's work, and stays.
        let (_, paths) = planned(context);
        let undone = git.undo(&UndoRequest {
            commit,
            edits: Some(edits(context, &paths)),
            component: context.plan.component.clone(),
            undoes: context.run.id.clone(),
            run: None,
            message: None,
            reason: Some(format!("the run {} did not end well", context.run.id)),
        })?;
        carry::carry(context.folder, context.root, &undone.changes, &context.run.id);
        Ok(match undone.commit {
            Some(commit) => format!("undone by the commit {}", short(&commit)),
            None => "the files were as before already".to_owned(),
        })
    }
}

/// Returns what the run made of the files that are committed.
fn edits(context: &Context<'_>, paths: &[String]) -> Vec<FileChange> {
    let mut edits = of_run(context);
    edits.retain(|edit| paths.contains(&edit.path));
    edits
}

/// Makes sure that the commit holds the edits of the run and nothing else.
fn exact(git: &Git, commit: &str, edits: &[FileChange]) -> Result<(), StepFailure> {
    match git.differs(commit, edits)? {
        None => Ok(()),
        Some(path) => Err(StepFailure {
            message: format!(
                "the commit {} does not hold `{path}` as the plan shows it: a hook or somebody changed it meanwhile",
                short(commit)
            ),
            help:
                "let hooks leave that file as it is (`git log -p` shows what was committed), then run again"
                    .to_owned(),
            transient: false,
        }),
    }
}

/// Returns git in the workspace, as a step runs it.
pub(super) fn git(context: &Context<'_>) -> Git {
    let mut git = Git::new(context.folder);
    git.redactor = context.redactor.clone();
    git.cancel = context.cancel.clone();
    git.timeout = Duration::from_millis(context.step.timeout_ms);
    git
}

/// Returns the message and the files of the commit that the plan shows.
pub(super) fn planned(context: &Context<'_>) -> (String, Vec<String>) {
    let commit = context.step.effects.iter().find_map(|effect| match effect {
        Effect::Commit { message, paths } => Some((message.clone(), paths.clone())),
        _ => None,
    });
    commit.unwrap_or_default()
}

/// Looks whether the repository takes a commit now.
pub(super) fn fit(state: &GitState) -> Result<(), StepFailure> {
    let failed =
        |message: String, help: &str| Err(StepFailure { message, help: help.to_owned(), transient: false });
    match state {
        GitState::NoGit { why } => {
            failed(format!("nothing can be committed: {why}"), "put the repository in order, then run again")
        }
        GitState::Repository(repository) => match (repository.busy, &repository.branch) {
            (Some(busy), _) => {
                let help =
                    format!("end it (`git {} --abort` or as git says), then run again", busy.command());
                failed(format!("nothing can be committed: `git {}` is under way", busy.command()), &help)
            }
            (None, None) => failed(
                "nothing can be committed: no branch is checked out".to_owned(),
                "check out a branch, then run again",
            ),
            (None, Some(_)) => Ok(()),
        },
    }
}

fn done(git: &Git, commit: &str, paths: &[String]) -> Done {
    let mut outputs = Outputs::new();
    outputs.insert("commit".to_owned(), json!(commit));
    outputs.insert("paths".to_owned(), json!(paths));
    let branch = match git.state(&[]) {
        GitState::Repository(repository) => repository.branch,
        GitState::NoGit { .. } => None,
    };
    let on = branch.as_ref().map(|branch| format!(" on `{branch}`")).unwrap_or_default();
    if let Some(branch) = branch {
        outputs.insert("branch".to_owned(), json!(branch));
    }
    Done { summary: format!("{}{on}", short(commit)), outputs }
}

pub(super) fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}
