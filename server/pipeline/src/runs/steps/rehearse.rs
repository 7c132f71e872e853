//! Drill: a release is brought to a place that is thrown away afterwards, then the next one (requirement 000, "Rollback
//! procedure tested").

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use stagegate_core::config::Target;
use stagegate_core::plan::deployment::{component_folder, release_sources, scratch};
use stagegate_core::run::StepFailure;

use crate::environment::local::Local;
use crate::environment::scene::Scene;
use crate::environment::{RELEASE_FILE, Source, commands, git, lasting};
use crate::runs::{Action, Context, Done};

/// Deploys the release that is served, else the component before its last commit, and then the working tree.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rehearse;

/// The first of the two releases.
pub(super) const BEFORE: &str = "before";
/// The second one.
pub(super) const AFTER: &str = "after";
/// What the first one holds.
pub(super) const DIGEST: &str = "digest";

impl Action for Rehearse {
    fn perform(&self, cx: &mut Context<'_>) -> Result<Done, StepFailure> {
        let scene = Scene::of(cx)?;
        if let Some(refusal) = stagegate_core::config::drill_refusal(&cx.root.config, scene.stage) {
            return Err(lasting(refusal.message, refusal.help));
        }
        let served = scene.local.current()?;
        let before = served.clone().unwrap_or_else(|| "before".to_owned());
        let after = cx.run.id.clone();
        cx.remembered.insert(AFTER.to_owned(), json!(after));
        cx.remember(BEFORE, before.clone())?;
        let from = match &scene.environment.target {
            Target::Local { .. } => rehearse_locally(cx, &scene, served.as_deref(), &before, &after)?,
            Target::Commands { .. } => {
                let deploy =
                    scene.environment.drill.as_ref().map(|drill| drill.deploy.clone()).unwrap_or_default();
                for release in [&before, &after] {
                    let filling = scene.filling(cx, Some(release));
                    commands::run_all(cx, &scene, "drill.deploy", &deploy, &filling)?;
                }
                String::new()
            }
        };
        let summary = format!("{before}{from}, then {after}, deployed to the scratch environment");
        Ok(Done { summary, outputs: cx.remembered.clone() })
    }

    fn undo(&self, cx: &mut Context<'_>) -> Result<String, StepFailure> {
        let scene = Scene::of(cx)?;
        clean(cx, &scene)
    }
}

/// Returns the releases of the scratch environment.
pub(super) fn place(cx: &Context<'_>, scene: &Scene<'_>) -> Local {
    Local::new(cx.folder, component_folder(&scratch(&cx.run.id), scene.component))
}

/// Removes the scratch environment.
pub(super) fn clean(cx: &mut Context<'_>, scene: &Scene<'_>) -> Result<String, StepFailure> {
    let drill = scene.environment.drill.clone().unwrap_or_default();
    if !scene.environment.is_local() {
        let before = cx.remembered.get(BEFORE).and_then(Value::as_str).map(str::to_owned);
        let before = before.unwrap_or_else(|| "before".to_owned());
        let filling = scene.filling(cx, Some(&before));
        commands::run_all(cx, scene, "drill.clean", &drill.clean, &filling)?;
    }
    let folder = cx.folder.join(scratch(&cx.run.id));
    match fs::symlink_metadata(&folder) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(&folder)
            .map_err(|error| lasting(format!("cannot remove {}: {error}", folder.display()), "remove it"))?,
        _ => {}
    }
    Ok("the scratch environment is removed".to_owned())
}

fn rehearse_locally(
    cx: &mut Context<'_>,
    scene: &Scene<'_>,
    served: Option<&str>,
    before: &str,
    after: &str,
) -> Result<String, StepFailure> {
    let local = place(cx, scene);
    let sources = release_sources(cx.root, scene.id);
    let index = cx.root.files.clone().unwrap_or_default();
    let tree = Source::working_tree(cx.folder, &index, &sources);
    if tree.files.is_empty() {
        let message = format!("`{}` has no file that a release could hold", cx.plan.component);
        return Err(lasting(message, "see whether git ignores its source"));
    }
    let (first, from) = match served {
        Some(served) => {
            let record = scene.local.verify(served, None)?;
            let files =
                record.files.into_iter().map(|file| file.path).filter(|path| path != RELEASE_FILE).collect();
            let folder = scene.local.release_folder(served);
            (Source { folder, files }, String::new())
        }
        None => before_last_commit(cx, &sources, &tree)?,
    };
    let new = scene.new_release(cx, before, None, None);
    let record = local.write(&new, &first, cx.cancel)?;
    local.switch(Some(before))?;
    local.verify(before, Some(&record.digest))?;
    cx.remember(DIGEST, record.digest)?;
    let new = scene.new_release(cx, after, Some(before), cx.plan.head.as_deref());
    let record = local.write(&new, &tree, cx.cancel)?;
    local.switch(Some(after))?;
    local.verify(after, Some(&record.digest))?;
    Ok(from)
}

/// Returns the component as it was before the last commit, else as it is: also then two releases are exchanged.
fn before_last_commit(
    cx: &Context<'_>,
    sources: &[String],
    tree: &Source,
) -> Result<(Source, String), StepFailure> {
    for revision in ["HEAD~1", "HEAD"] {
        let to: PathBuf = cx.folder.join(scratch(&cx.run.id)).join("checkout");
        let failed = |error: std::io::Error| {
            lasting(format!("cannot make {}: {error}", to.display()), "see what stands in the way there")
        };
        crate::store::create_folder(cx.folder)
            .map_err(|error| lasting(error.to_string(), "see what stands in the way there"))?;
        if to.exists() {
            fs::remove_dir_all(&to).map_err(failed)?;
        }
        fs::create_dir_all(&to).map_err(failed)?;
        if let Some(source) = git::checkout(cx.folder, revision, sources, &to, cx.cancel)? {
            return Ok((source, format!(" (the files of {revision})")));
        }
    }
    Ok((tree.clone(), " (the working tree, for there is no commit with it)".to_owned()))
}
