//! The release is brought to its environment (requirement 000, step 5).

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use stagegate_core::config::{Commands, Target};
use stagegate_core::plan::Effect;
use stagegate_core::plan::deployment::{release_sources, scratch};
use stagegate_core::run::{Outputs, StepFailure};

use crate::environment::commands::{self, Moment};
use crate::environment::scene::{self, Scene};
use crate::environment::{ReleaseRecord, Source, git, lasting};
use crate::runs::{Action, Context, Done, hold};

/// Writes the release and serves it, or runs the commands that deploy; undoing it serves the release before.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deploy;

/// What is remembered: the release that was served before.
const PREVIOUS: &str = "previous";
/// That a command was started whose answer is not known.
const UNANSWERED: &str = "unanswered";
/// How many commands that deploy succeeded.
const APPLIED: &str = "applied";
/// That the commands that undo were begun.
const UNDOING: &str = "undoing";
/// That everything is back as it was.
const UNDONE: &str = "undone";

impl Action for Deploy {
    fn already_done(&self, cx: &mut Context<'_>) -> Result<Option<Done>, StepFailure> {
        let scene = Scene::of(cx)?;
        let name = cx.run.id.clone();
        if scene.local.current()?.as_deref() == Some(&*name) {
            // The folder was switched, so it is whole; whether it still is shows here.
            let record = scene.local.verify(&name, None)?;
            return Ok(Some(done(cx, &scene, &record, "was there already")));
        }
        let Target::Commands { verify, .. } = &scene.environment.target else { return Ok(None) };
        // A command may have been answered after we were killed.
        if !is_begun(&cx.remembered) || verify.is_empty() || !is_served(cx, &scene, verify, &name) {
            return Ok(None);
        }
        let record = record(cx, &scene)?;
        Ok(Some(done(cx, &scene, &record, "had been deployed already")))
    }

    fn perform(&self, cx: &mut Context<'_>) -> Result<Done, StepFailure> {
        let scene = Scene::of(cx)?;
        let name = cx.run.id.clone();
        held(cx, &scene)?;
        remember_previous(cx, &scene)?;
        let record = match &scene.environment.target {
            Target::Local { .. } => write(cx, &scene)?,
            Target::Commands { deploy, wait, verify, .. } => {
                let filling = scene.filling(cx, Some(&name));
                commands::run(cx, &scene, "deploy", deploy, &filling, &mut note)?;
                commands::run_all(cx, &scene, "wait", wait, &filling)?;
                commands::run_all(cx, &scene, "verify", verify, &filling)?;
                record(cx, &scene)?
            }
        };
        Ok(done(cx, &scene, &record, "deployed"))
    }

    fn undo(&self, cx: &mut Context<'_>) -> Result<String, StepFailure> {
        let scene = Scene::of(cx)?;
        let name = cx.run.id.clone();
        // Nothing was remembered, so nothing was begun.
        let Some(previous) = cx.remembered.get(PREVIOUS).cloned() else { return Ok(String::new()) };
        let previous = previous.as_str().map(str::to_owned);
        let stage = scene.stage.name();
        if let Target::Commands { undo, wait, verify, .. } = &scene.environment.target {
            undo_by_commands(cx, &scene, [undo, wait, verify], previous.as_deref())?;
        }
        let current = scene.local.current()?;
        if current.as_deref() != Some(&*name) {
            if current == previous {
                return Ok(served_again(stage, previous.as_deref()));
            }
            return Err(lasting(
                format!(
                    "{stage} serves {}, which this run did not deploy; it is left as it is",
                    current.as_deref().unwrap_or("nothing")
                ),
                "see who changed it; `stagegate rollback` brings back the release before",
            ));
        }
        back_to(&scene, previous.as_deref())?;
        Ok(served_again(stage, previous.as_deref()))
    }
}

/// Serves the release before, and makes sure that it is what was written.
fn back_to(scene: &Scene<'_>, previous: Option<&str>) -> Result<(), StepFailure> {
    if let Some(previous) = previous {
        // Before the switch: a damaged release is never served.
        scene.local.verify(previous, None)?;
    }
    scene.local.switch(previous)?;
    let now = scene.local.current()?;
    if now.as_deref() != previous {
        return Err(lasting(
            "another release is served than the one that was switched to",
            "see who changes it",
        ));
    }
    Ok(())
}

fn served_again(stage: &str, previous: Option<&str>) -> String {
    match previous {
        Some(previous) => format!("{stage} serves the release {previous} again"),
        None => format!("{stage} serves no release, as before"),
    }
}

/// Undoes what commands deployed, where they may have deployed anything.
fn undo_by_commands(
    cx: &mut Context<'_>,
    scene: &Scene<'_>,
    [undo, wait, verify]: [&Commands; 3],
    previous: Option<&str>,
) -> Result<(), StepFailure> {
    let applied = cx.remembered.get(APPLIED).and_then(Value::as_u64).unwrap_or_default();
    let is_unanswered = cx.remembered.get(UNANSWERED) == Some(&json!(true));
    let is_undone = cx.remembered.get(UNDONE) == Some(&json!(true));
    // A command that failed had its answer: what undoes a deployment would undo the one before.
    if is_undone || applied == 0 && !is_unanswered {
        return Ok(());
    }
    // Where nobody knows, the environment is asked.
    let is_known = !is_unanswered && !cx.remembered.contains_key(UNDOING);
    if !is_known
        && previous.is_some_and(|previous| !verify.is_empty() && is_served(cx, scene, verify, previous))
    {
        return Ok(());
    }
    if undo.is_empty() {
        return Err(lasting(
            format!(
                "nothing says how a deployment to {} is undone, so the new release stays",
                scene.stage.name()
            ),
            format!(
                "bring the release before back by hand, and write `environments.{}.undo`",
                scene.stage.name()
            ),
        ));
    }
    let filling = scene.filling(cx, previous);
    cx.remember(UNDOING, true)?;
    commands::run_all(cx, scene, "undo", undo, &filling)?;
    cx.remember(UNDONE, true)?;
    commands::run_all(cx, scene, "wait", wait, &filling)?;
    if previous.is_some() {
        commands::run_all(cx, scene, "verify", verify, &filling)?;
    }
    Ok(())
}

/// Whether the commands of `verify` say that `release` is what runs there.
fn is_served(cx: &mut Context<'_>, scene: &Scene<'_>, verify: &Commands, release: &str) -> bool {
    let filling = scene.filling(cx, Some(release));
    commands::run_all(cx, scene, "verify", verify, &filling).is_ok()
}

fn is_begun(remembered: &Outputs) -> bool {
    remembered.contains_key(PREVIOUS)
        && (remembered.contains_key(APPLIED) || remembered.contains_key(UNANSWERED))
}

/// Remembers how the commands that deploy went.
fn note(cx: &mut Context<'_>, moment: Moment) -> Result<(), StepFailure> {
    match moment {
        Moment::Before => cx.remember(UNANSWERED, true),
        Moment::Unknown => Ok(()),
        Moment::Failed => cx.remember(UNANSWERED, false),
        Moment::Succeeded => {
            let applied = cx.remembered.get(APPLIED).and_then(Value::as_u64).unwrap_or_default();
            cx.remembered.insert(UNANSWERED.to_owned(), json!(false));
            cx.remember(APPLIED, applied + 1)
        }
    }
}

/// Remembers which release was served before this run, before anything changes. An earlier attempt knew it better.
fn remember_previous(cx: &mut Context<'_>, scene: &Scene<'_>) -> Result<(), StepFailure> {
    if cx.remembered.contains_key(PREVIOUS) {
        return Ok(());
    }
    let current = scene.local.current()?;
    let previous = match current {
        Some(current) if current == cx.run.id => {
            scene.local.record(&current)?.and_then(|record| record.previous)
        }
        current => current,
    };
    cx.remember(PREVIOUS, previous.map_or(Value::Null, Value::from))
}

fn write(cx: &mut Context<'_>, scene: &Scene<'_>) -> Result<ReleaseRecord, StepFailure> {
    let sources = sources(cx, scene);
    let checkout = cx.folder.join(scratch(&cx.run.id)).join("checkout");
    let committed = match scene::commit(cx) {
        Some(commit) => committed(cx, &commit, &sources, &checkout)?,
        None => None,
    };
    let is_committed = committed.is_some();
    let source = committed.unwrap_or_else(|| {
        Source::working_tree(cx.folder, &cx.root.files.clone().unwrap_or_default(), &sources)
    });
    if source.files.is_empty() {
        return Err(lasting(
            format!("`{}` has no file that a release could hold", cx.plan.component),
            "see whether git ignores its source, and `components.source` in stagegate.yaml",
        ));
    }
    let name = cx.run.id.clone();
    let record = make(cx, scene, &source);
    let _ = fs::remove_dir_all(&checkout);
    let record = record?;
    if !is_committed {
        // It was copied while anybody could write.
        held(cx, scene)?;
    }
    scene.local.switch(Some(&name))?;
    let served = scene.local.current()?;
    if served.as_deref() != Some(&*name) {
        return Err(lasting(
            "another release is served than the one that was switched to",
            "see who changes it",
        ));
    }
    let record = scene.local.verify(&name, Some(&record.digest))?;
    scene.local.tidy(&[]);
    Ok(record)
}

/// Makes sure that what would be deployed is what passed the gates, and what the commit holds.
fn held(cx: &Context<'_>, scene: &Scene<'_>) -> Result<(), StepFailure> {
    hold::gates(cx)?;
    hold::tree(cx, scene::commit(cx).as_deref(), &sources(cx, scene))
}

/// Returns what the release holds, as the plan shows it.
fn sources(cx: &Context<'_>, scene: &Scene<'_>) -> Vec<String> {
    let planned = cx.step.effects.iter().find_map(|effect| match effect {
        Effect::Release { sources, .. } => Some(sources.clone()),
        _ => None,
    });
    planned.unwrap_or_else(|| release_sources(cx.root, scene.id))
}

/// Returns the files as the commit has them, written to the folder `to`; `None` where the commit cannot give them.
fn committed(
    cx: &Context<'_>,
    commit: &str,
    sources: &[String],
    to: &Path,
) -> Result<Option<Source>, StepFailure> {
    let failed = |error: std::io::Error| {
        lasting(format!("cannot make {}: {error}", to.display()), "see what stands in the way there")
    };
    crate::store::create_folder(cx.folder)
        .map_err(|error| lasting(error.to_string(), "see what stands in the way there"))?;
    if to.exists() {
        fs::remove_dir_all(to).map_err(failed)?;
    }
    fs::create_dir_all(to).map_err(failed)?;
    git::checkout(cx.folder, commit, sources, to, cx.cancel)
}

fn make(cx: &Context<'_>, scene: &Scene<'_>, source: &Source) -> Result<ReleaseRecord, StepFailure> {
    let previous = cx.remembered.get(PREVIOUS).and_then(Value::as_str);
    let commit = scene::commit(cx);
    let new = scene.new_release(cx, &cx.run.id, previous, commit.as_deref());
    scene.local.write(&new, source, cx.cancel)
}

/// Notes which release is there, where commands deployed it.
fn record(cx: &Context<'_>, scene: &Scene<'_>) -> Result<ReleaseRecord, StepFailure> {
    let nothing = Source { folder: cx.folder.to_owned(), files: Vec::new() };
    let record = make(cx, scene, &nothing)?;
    scene.local.switch(Some(&cx.run.id))?;
    scene.local.tidy(&[]);
    Ok(record)
}

fn done(cx: &Context<'_>, scene: &Scene<'_>, record: &ReleaseRecord, how: &str) -> Done {
    let stage = scene.stage.name();
    let mut outputs = cx.remembered.clone();
    outputs.insert("release".to_owned(), json!(record.run));
    outputs.insert(PREVIOUS.to_owned(), json!(record.previous));
    outputs.insert("environment".to_owned(), json!(stage));
    outputs.insert("deployed_ms".to_owned(), json!(cx.clock.now_ms()));
    let mut summary = format!("the release {} {how} to {stage}", record.run);
    if scene.environment.is_local() {
        let folder = scene.local.release_folder(&record.run);
        let shown = fs::canonicalize(&folder).unwrap_or(folder);
        let shown = shown.strip_prefix(cx.folder).unwrap_or(&shown).to_string_lossy().replace('\\', "/");
        outputs.insert("digest".to_owned(), json!(record.digest));
        outputs.insert("files".to_owned(), json!(record.files.len()));
        outputs.insert("folder".to_owned(), json!(shown));
        let count = record.files.len();
        summary = format!("the release {} with {count} files {how} in {stage}", record.run);
        if how == "deployed" {
            summary = format!("{stage} serves the release {} with {count} files", record.run);
        }
    }
    Done { summary, outputs }
}
