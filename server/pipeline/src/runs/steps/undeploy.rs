//! Rollback: the release before is brought back (requirement 001, "Rollback Procedures").

use serde_json::{Value, json};
use stagegate_core::config::Target;
use stagegate_core::plan::Effect;
use stagegate_core::run::StepFailure;

use crate::environment::commands;
use crate::environment::lasting;
use crate::environment::scene::Scene;
use crate::runs::{Action, Context, Done};

/// Serves the release before again, or runs the commands that undo. A rollback is never rolled back, so this is not undone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Undeploy;

/// What is remembered: the release that is taken back.
const UNDONE: &str = "undone";
/// The one that is served afterwards.
const RELEASE: &str = "release";
/// That the commands that undo succeeded.
const APPLIED: &str = "applied";

impl Action for Undeploy {
    fn already_done(&self, cx: &mut Context<'_>) -> Result<Option<Done>, StepFailure> {
        let scene = Scene::of(cx)?;
        let Some(wanted) = cx.remembered.get(RELEASE).cloned() else { return Ok(None) };
        let is_there = scene.local.current()?.as_deref() == wanted.as_str();
        // Another release may have taken its place; what is remembered says which one it was.
        let moved = cx.remembered.get(UNDONE).and_then(Value::as_str) != wanted.as_str();
        Ok((is_there && moved).then(|| done(cx, &scene)))
    }

    fn perform(&self, cx: &mut Context<'_>) -> Result<Done, StepFailure> {
        let scene = Scene::of(cx)?;
        remember(cx, &scene)?;
        let previous = cx.remembered.get(RELEASE).and_then(Value::as_str).map(str::to_owned);
        let previous = previous.as_deref();
        if let Target::Commands { undo, wait, verify, .. } = &scene.environment.target {
            if undo.is_empty() {
                return Err(lasting(
                    format!("nothing says how a deployment to {} is undone", scene.stage.name()),
                    format!("write `environments.{}.undo`", scene.stage.name()),
                ));
            }
            let filling = scene.filling(cx, previous);
            let is_back = cx.remembered.get(APPLIED) == Some(&json!(true))
                // It was begun before, and nobody knows how it ended.
                || cx.attempt > 1
                    && previous.is_some()
                    && !verify.is_empty()
                    && commands::run_all(cx, &scene, "verify", verify, &filling).is_ok();
            if !is_back {
                commands::run_all(cx, &scene, "undo", undo, &filling)?;
                cx.remember(APPLIED, true)?;
            }
            commands::run_all(cx, &scene, "wait", wait, &filling)?;
            if previous.is_some() {
                commands::run_all(cx, &scene, "verify", verify, &filling)?;
            }
        } else if let Some(previous) = previous {
            // Before the switch: a damaged release is never served.
            scene.local.verify(previous, None)?;
        }
        scene.local.switch(previous)?;
        if scene.local.current()?.as_deref() != previous {
            return Err(lasting(
                "another release is served than the one that was switched to",
                "see who changes it",
            ));
        }
        Ok(done(cx, &scene))
    }
}

/// Remembers which release is taken back and which one is served afterwards, before anything changes.
fn remember(cx: &mut Context<'_>, scene: &Scene<'_>) -> Result<(), StepFailure> {
    if cx.remembered.contains_key(RELEASE) {
        return Ok(());
    }
    let current = scene.local.current()?;
    let previous = scene.local.previous()?;
    let planned = cx.step.effects.iter().find_map(|effect| match effect {
        Effect::Switch { before, after, .. } => Some((before.clone(), after.clone())),
        _ => None,
    });
    if let Some((before, after)) = planned
        && (before != current || after != previous)
    {
        let named = |release: &Option<String>| release.clone().unwrap_or_else(|| "nothing".to_owned());
        return Err(lasting(
            format!(
                "{} serves {} and would go back to {}; the plan says {} and {}",
                scene.stage.name(),
                named(&current),
                named(&previous),
                named(&before),
                named(&after)
            ),
            "make the plan of the rollback again",
        ));
    }
    if let (Some(run), Some(current)) = (&cx.plan.undoes, &current)
        && run != current
    {
        return Err(lasting(
            format!(
                "{} serves the release {current}; expected {run}, which is rolled back",
                scene.stage.name()
            ),
            "roll back the newest promotion first",
        ));
    }
    if current.is_none() && scene.environment.is_local() {
        return Err(lasting(
            format!(
                "{} serves no release of `{}`, so none can be taken back",
                scene.stage.name(),
                scene.component
            ),
            "there is nothing to do in this environment",
        ));
    }
    cx.remembered.insert(UNDONE.to_owned(), json!(current));
    cx.remember(RELEASE, previous.map_or(Value::Null, Value::from))
}

fn done(cx: &Context<'_>, scene: &Scene<'_>) -> Done {
    let mut outputs = cx.remembered.clone();
    let stage = scene.stage.name();
    outputs.insert("environment".to_owned(), json!(stage));
    let summary = match outputs.get(RELEASE).and_then(Value::as_str) {
        Some(release) => format!("{stage} serves the release {release} again"),
        None if scene.environment.is_local() => format!("{stage} serves no release, as before the promotion"),
        None => format!("the deployment to {stage} is undone"),
    };
    Done { summary, outputs }
}
