//! Drill: the second release is undone, and the first is there again.

use serde_json::{Value, json};
use stagegate_core::config::{Target, deployment_definition};
use stagegate_core::plan::StepName;
use stagegate_core::run::StepFailure;

use super::rehearse::{AFTER, BEFORE, DIGEST, clean, place};
use crate::environment::scene::Scene;
use crate::environment::smoke::{self, Tested};
use crate::environment::{commands, lasting};
use crate::runs::{Action, Context, Done};

/// Undoes the second release of the drill, and compares and tests the first. What it leaves behind proves "rollback procedure
/// tested" for as long as the deployment is defined as it is now ([`deployment_definition`]).
#[derive(Clone, Copy, Debug, Default)]
pub struct Restore;

/// What the deployment was when the drill succeeded.
const DEFINITION: &str = "definition";

fn done(cx: &Context<'_>, before: &str, after: &str) -> Done {
    Done {
        summary: format!("{after} was undone, and {before} is there again"),
        outputs: cx.remembered.clone(),
    }
}

impl Action for Restore {
    fn perform(&self, cx: &mut Context<'_>) -> Result<Done, StepFailure> {
        let scene = Scene::of(cx)?;
        let rehearsed = cx.outputs_of(StepName::Rehearse);
        let text = |key: &str| rehearsed.get(key).and_then(Value::as_str).map(str::to_owned);
        let (Some(before), Some(after)) = (text(BEFORE), text(AFTER)) else {
            return Err(lasting(
                "nothing was rehearsed, so nothing can be restored",
                "start the drill again",
            ));
        };
        // Everything was proved, and only the place was left to be removed.
        if cx.remembered.contains_key(DEFINITION) {
            clean(cx, &scene)?;
            return Ok(done(cx, &before, &after));
        }
        let outputs = match &scene.environment.target {
            Target::Local { .. } => {
                let local = place(cx, &scene);
                let digest = text(DIGEST);
                local.verify(&before, digest.as_deref())?;
                local.switch(Some(&before))?;
                if local.current()?.as_deref() != Some(&*before) {
                    return Err(lasting(
                        "the release before is not served again",
                        "see who changes the folder",
                    ));
                }
                local.verify(&before, digest.as_deref())?;
                let folder = local.release_folder(&before);
                let tested = Tested { environment: "drill", release: Some(&before), folder: Some(folder) };
                smoke::run(cx, &scene, &tested)?
            }
            Target::Commands { .. } => {
                let drill = scene.environment.drill.clone().unwrap_or_default();
                let filling = scene.filling(cx, Some(&before));
                commands::run_all(cx, &scene, "drill.undo", &drill.undo, &filling)?;
                commands::run_all(cx, &scene, "drill.verify", &drill.verify, &filling)?;
                stagegate_core::run::Outputs::new()
            }
        };
        cx.remembered.extend(outputs);
        for (key, value) in [(BEFORE, &*before), (AFTER, &*after), ("stage", scene.stage.name())] {
            cx.remembered.insert(key.to_owned(), json!(value));
        }
        cx.remembered.insert("tested_ms".to_owned(), json!(cx.clock.now_ms()));
        cx.remember(DEFINITION, deployment_definition(&cx.root.config, scene.stage))?;
        clean(cx, &scene)?;
        Ok(done(cx, &before, &after))
    }
}
