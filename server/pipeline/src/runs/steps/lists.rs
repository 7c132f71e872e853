//! Rollback: what the procedure of production does beside the deployment (requirement 001, "Rollback Procedures").

use stagegate_core::config::{Commands, EnvironmentConfig};
use stagegate_core::run::{Outputs, StepFailure};

use crate::environment::commands::{self, Moment};
use crate::environment::scene::Scene;
use crate::runs::{Action, Context, Done};

/// Tells who has to know.
#[derive(Clone, Copy, Debug, Default)]
pub struct Notify;

/// Undoes the migration of the database.
#[derive(Clone, Copy, Debug, Default)]
pub struct Migration;

/// Clears caches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Caches;

/// Looks at the component once more.
#[derive(Clone, Copy, Debug, Default)]
pub struct Monitor;

impl Action for Notify {
    fn perform(&self, cx: &mut Context<'_>) -> Result<Done, StepFailure> {
        perform(cx, "notify", |environment| &environment.notify, "told who has to know")
    }
}

impl Action for Migration {
    fn perform(&self, cx: &mut Context<'_>) -> Result<Done, StepFailure> {
        perform(cx, "migration", |environment| &environment.migration, "the migration is undone")
    }
}

impl Action for Caches {
    fn perform(&self, cx: &mut Context<'_>) -> Result<Done, StepFailure> {
        perform(cx, "caches", |environment| &environment.caches, "the caches are cleared")
    }
}

impl Action for Monitor {
    fn perform(&self, cx: &mut Context<'_>) -> Result<Done, StepFailure> {
        perform(cx, "monitor", |environment| &environment.monitor, "the component was looked at again")
    }
}

/// How many commands of the list succeeded in an earlier attempt: they are not run again.
const APPLIED: &str = "applied";

fn perform(
    cx: &mut Context<'_>,
    key: &str,
    list: impl Fn(&EnvironmentConfig) -> &Commands,
    summary: &str,
) -> Result<Done, StepFailure> {
    let scene = Scene::of(cx)?;
    let all = list(scene.environment);
    let applied = |cx: &Context<'_>| {
        let count = cx.remembered.get(APPLIED).and_then(serde_json::Value::as_u64).unwrap_or_default();
        usize::try_from(count).unwrap_or(usize::MAX)
    };
    let rest: Commands = all.iter().skip(applied(cx)).cloned().collect();
    let release = scene.local.current().ok().flatten();
    let filling = scene.filling(cx, release.as_deref());
    commands::run(cx, &scene, key, &rest, &filling, &mut |cx, moment| match moment {
        Moment::Succeeded => cx.remember(APPLIED, applied(cx) as u64 + 1),
        _ => Ok(()),
    })?;
    let summary = if all.is_empty() { "nothing is configured".to_owned() } else { summary.to_owned() };
    Ok(Done { summary, outputs: Outputs::clone(&cx.remembered) })
}
