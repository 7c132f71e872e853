//! Smoke tests and health checks where the release runs (requirement 000, step 6).

use serde_json::{Value, json};
use stagegate_core::plan::{RunKind, StepName};
use stagegate_core::run::{Outputs, StepFailure};

use crate::environment::scene::Scene;
use crate::environment::smoke::{self, Tested};
use crate::environment::{health, lasting};
use crate::runs::{Action, Context, Done};

/// Compares the release that is served with what was written, runs its smoke tests, and asks for its health. It changes
/// nothing, so it is neither looked for nor undone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Verify;

impl Action for Verify {
    fn perform(&self, cx: &mut Context<'_>) -> Result<Done, StepFailure> {
        let scene = Scene::of(cx)?;
        let deployed = cx.outputs_of(match cx.plan.kind {
            RunKind::Rollback => StepName::Undeploy,
            RunKind::Promotion | RunKind::Drill => StepName::Deploy,
        });
        let release = deployed.get("release").and_then(Value::as_str).map(str::to_owned);
        let stage = scene.stage.name();
        let mut folder = None;
        if scene.environment.is_local() {
            let served = scene.local.current()?;
            if served != release {
                return Err(lasting(
                    format!(
                        "{stage} serves {}; expected {}",
                        served.as_deref().unwrap_or("nothing"),
                        release.as_deref().unwrap_or("nothing")
                    ),
                    "see who changed it, then run it again",
                ));
            }
            let Some(release) = &release else {
                let summary = format!("{stage} serves no release of `{}`", scene.component);
                return Ok(Done { summary, outputs: nothing() });
            };
            scene.local.verify(release, deployed.get("digest").and_then(Value::as_str))?;
            folder = Some(scene.local.release_folder(release));
        }
        let tested = Tested { environment: stage, release: release.as_deref(), folder };
        let mut outputs = smoke::run(cx, &scene, &tested)?;
        outputs.insert("health_checks".to_owned(), json!("none"));
        if let Some(health) = &scene.environment.health {
            let url = scene.filling(cx, release.as_deref()).url(&health.url);
            let url = url.map_err(|message| {
                lasting(message, format!("correct `environments.{stage}.health.url` in stagegate.yaml"))
            })?;
            let took = health::wait(health, &url, cx.cancel, cx.clock)?;
            outputs.insert("health_checks".to_owned(), json!("passed"));
            outputs
                .insert("health_ms".to_owned(), json!(u64::try_from(took.as_millis()).unwrap_or(u64::MAX)));
        }
        Ok(Done { summary: summary(&outputs), outputs })
    }
}

fn nothing() -> Outputs {
    let words = [("smoke_tests", "none"), ("health_checks", "none")];
    words.into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect()
}

fn summary(outputs: &Outputs) -> String {
    let is_passed = |key: &str| outputs.get(key).and_then(Value::as_str) == Some("passed");
    let smoke = match (is_passed("smoke_tests"), outputs.get("tests_passed").and_then(Value::as_u64)) {
        (true, Some(1)) => "1 smoke test passed".to_owned(),
        (true, Some(count)) => format!("{count} smoke tests passed"),
        (true, None) => "smoke tests passed".to_owned(),
        (false, _) => "no smoke tests".to_owned(),
    };
    if is_passed("health_checks") { format!("{smoke}, healthy") } else { smoke }
}
