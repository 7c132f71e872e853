//! The step "Tracking": the issue of a promotion or rollback, from its template, with labels and column.

use stagegate_core::component::ComponentFile;
use stagegate_core::plan::{Effect, RunKind};
use stagegate_core::run::{Outputs, StepFailure};
use stagegate_core::text::Source;
use stagegate_core::tracking::{self, Details, Issue, key_of};

use crate::runs::{Action, Context, Done};
use crate::tracking::{Closing, FileTracker, Reference, Tracker, Update};

/// Keeps the issue of the run. It leaves behind `key`, `issue` (where people read it), `path` and `url`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tracking;

impl Action for Tracking {
    fn already_done(&self, context: &mut Context<'_>) -> Result<Option<Done>, StepFailure> {
        let Some(key) = key_of(&context.run.id, context.plan.kind) else { return Ok(Some(Done::default())) };
        let known = tracker(context).find(&context.plan.canonical, &key)?.filter(|known| known.is_open);
        Ok(known.map(|known| done(&key, &known.reference)))
    }

    fn perform(&self, context: &mut Context<'_>) -> Result<Done, StepFailure> {
        let Some(issue) = issue(context) else { return Ok(Done::default()) };
        let issue = redacted(issue, context);
        let tracker = tracker(context);
        let reference = tracker.create(&issue)?;
        // One that an earlier attempt made, and that was withdrawn, is open again.
        let update = Update { reopen: true, body: Some(issue.body), ..Update::default() };
        tracker.update(&reference, &update)?;
        Ok(done(&issue.key, &reference))
    }

    fn undo(&self, context: &mut Context<'_>) -> Result<String, StepFailure> {
        let Some(key) = key_of(&context.run.id, context.plan.kind) else { return Ok(String::new()) };
        let tracker = tracker(context);
        let Some(known) = tracker.find(&context.plan.canonical, &key)? else { return Ok(String::new()) };
        tracker.close(&known.reference, Closing::Withdrawn)?;
        Ok(format!("the issue {} is withdrawn", known.reference.place()))
    }
}

/// Returns where issues are kept.
fn tracker<'a>(context: &Context<'a>) -> FileTracker<'a> {
    FileTracker::new(context.folder, context.clock.now_ms())
}

fn done(key: &str, reference: &Reference) -> Done {
    let mut outputs = Outputs::new();
    outputs.insert("key".to_owned(), key.into());
    outputs.insert("issue".to_owned(), reference.place().into());
    outputs.insert("path".to_owned(), reference.path.clone().into());
    outputs.insert("url".to_owned(), reference.url.clone().into());
    Done { summary: format!("the issue is {}", reference.place()), outputs }
}

/// Returns the issue of the run; `None` for a drill, which has none.
fn issue(context: &Context<'_>) -> Option<Issue> {
    let (plan, run, root) = (context.plan, context.run, context.root);
    // What a rollback is about is the stage that the component leaves.
    let stage = if plan.kind == RunKind::Rollback { plan.from.unwrap_or(plan.to) } else { plan.to };
    let id = root.components.as_deref().and_then(|components| components.find_canonical(&plan.canonical));
    let mut details = id.map(|id| Details::of(root, id, stage, None)).unwrap_or_default();
    // The plan knows of drills, too; with one sign-off missing there would be none.
    let signed = plan.steps.iter().flat_map(|step| &step.effects).filter_map(|effect| match effect {
        Effect::SignOff { criterion, by } => Some((format!("{criterion} ({by})"), true)),
        _ => None,
    });
    details.approvals = signed.collect();
    details.rollback_plan = plan.spec.as_deref().and_then(|path| {
        let text = stagegate_workspace::read(&context.folder.join(path)).ok()?;
        let file = ComponentFile::of_path(Source::Str(&text), path, root)?;
        tracking::rollback_plan(&file, Source::Str(&text), stage)
    });
    match plan.kind {
        RunKind::Promotion => Some(tracking::promotion(plan, run, &details)),
        RunKind::Rollback => Some(tracking::rollback(plan, run, &details)),
        RunKind::Drill => None,
    }
}

fn redacted(issue: Issue, context: &Context<'_>) -> Issue {
    let clean = |text: &str| context.redactor.redact(text).into_owned();
    Issue { title: clean(&issue.title), body: clean(&issue.body), ..issue }
}

#[cfg(test)]
mod tests;
