//! Commands of the configuration: run in order, each within its time, nothing of them left behind.

use std::time::Duration;

use stagegate_core::config::Commands;
use stagegate_core::plan::Filling;
use stagegate_core::run::StepFailure;

use super::scene::Scene;
use super::trust::in_words;
use super::{lasting, transient};
use crate::gates;
use crate::process::{self, End, Outcome};
use crate::runs::Context;
use crate::tools::SmokeRun;

/// Most characters of what a command printed that are quoted.
const MAX_QUOTED: usize = 200;

/// How the commands of a list went so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// One is about to start.
    Before,
    /// One ended, and said so.
    Succeeded,
    /// One ended with another exit code than 0: it had its answer.
    Failed,
    /// One was started, and nobody knows what it did.
    Unknown,
}

/// Looks whether something may be executed in the workspace of `cx`.
pub(crate) fn permit(cx: &Context<'_>) -> Result<gates::Trusted, StepFailure> {
    gates::permission(cx.folder, cx.root).map_err(|problem| lasting(problem.message, problem.help))
}

/// Runs the commands that stand under `key` of the environment, up to the first that fails; `each` hears of every one.
pub(crate) fn run(
    cx: &mut Context<'_>,
    scene: &Scene<'_>,
    key: &str,
    commands: &Commands,
    filling: &Filling,
    each: &mut dyn FnMut(&mut Context<'_>, Moment) -> Result<(), StepFailure>,
) -> Result<(), StepFailure> {
    if commands.is_empty() {
        return Ok(());
    }
    let place = format!("environments.{}.{key}", scene.stage.name());
    // All of them are filled in before the first is run.
    let filled = commands.iter().map(|command| filling.command(command)).collect::<Result<Vec<_>, String>>();
    let filled =
        filled.map_err(|message| lasting(message, format!("correct `{place}` in stagegate.yaml")))?;
    for command in filled {
        permit(cx)?;
        each(cx, Moment::Before)?;
        let outcome = one(cx, scene, &command, filling.release.as_deref());
        match failure(&command, &outcome, &place, cx) {
            None => each(cx, Moment::Succeeded)?,
            Some(failure) => {
                let moment = match outcome.end {
                    End::Exited(_) => Moment::Failed,
                    // It never began.
                    End::NotFound { .. } | End::NotExecutable { .. } | End::NotStarted { .. } => {
                        Moment::Failed
                    }
                    _ => Moment::Unknown,
                };
                each(cx, moment)?;
                return Err(failure);
            }
        }
    }
    Ok(())
}

/// For lists whose single commands nobody has to hear of.
pub(crate) fn run_all(
    cx: &mut Context<'_>,
    scene: &Scene<'_>,
    key: &str,
    commands: &Commands,
    filling: &Filling,
) -> Result<(), StepFailure> {
    run(cx, scene, key, commands, filling, &mut |_, _| Ok(()))
}

fn one(cx: &mut Context<'_>, scene: &Scene<'_>, words: &[String], release: Option<&str>) -> Outcome {
    let (program, args) = words.split_first().map_or(("", &[] as &[String]), |(first, rest)| (first, rest));
    let mut command = process::Command::new(program, cx.folder).args(args);
    let folder =
        release.filter(|_| scene.environment.is_local()).map(|name| scene.local.release_folder(name));
    let variables = SmokeRun {
        environment: scene.stage.name().to_owned(),
        stage: scene.stage.name().to_owned(),
        run: cx.run.id.clone(),
        release: folder.filter(|folder| folder.is_dir()),
        ..SmokeRun::default()
    };
    let ours = variables.variables(scene.component).into_iter().map(|(name, _, value)| (name, value));
    let all = ours.chain(scene.environment.env.iter().cloned());
    command.env = all.map(|(name, value)| (name.into(), value.into())).collect();
    command.timeout = timeout(cx, scene);
    command.redactor = cx.redactor.clone();
    let cancel = cx.cancel;
    cx.output(&format!("$ {}", in_words(words)));
    process::run(&command, cancel, &mut |_, line| cx.output(line))
}

/// Returns how long one command may take.
pub(crate) fn timeout(cx: &Context<'_>, scene: &Scene<'_>) -> Duration {
    let own = Duration::try_from_secs_f64(scene.environment.timeout).unwrap_or(crate::tools::TIMEOUT);
    match cx.step.timeout_ms {
        0 => own,
        whole => own.min(Duration::from_millis(whole)),
    }
}

/// Returns why a command did not succeed.
fn failure(words: &[String], outcome: &Outcome, place: &str, cx: &Context<'_>) -> Option<StepFailure> {
    let shown = cx.redactor.redact(&in_words(words)).chars().take(MAX_QUOTED).collect::<String>();
    let message = format!("`{shown}` {}", outcome.end);
    let printed = last_line(outcome).map(|line| format!("; it printed: {line}")).unwrap_or_default();
    Some(match &outcome.end {
        End::Exited(0) => return None,
        End::NotFound { .. } | End::NotExecutable { .. } => {
            lasting(message, format!("install it, or correct `{place}` in stagegate.yaml"))
        }
        End::NotStarted { .. } => lasting(message, format!("correct that, or `{place}` in stagegate.yaml")),
        End::Cancelled => lasting(message, "start the run again"),
        End::TimedOut { .. } => transient(
            format!("{message}{printed}"),
            format!(
                "find out why it hangs, or raise `environments.{}.timeout` in stagegate.yaml",
                place.split('.').nth(1).unwrap_or_default()
            ),
        ),
        _ if printed.is_empty() => {
            transient(message, format!("it printed nothing; run it by hand; `{place}` names the command"))
        }
        _ => transient(
            format!("{message}{printed}"),
            format!("mend that, or correct `{place}` in stagegate.yaml"),
        ),
    })
}

/// Returns the line of the output that tells most: the last one of the errors, else of the rest.
fn last_line(outcome: &Outcome) -> Option<String> {
    let last = |text: String| {
        let line = text.lines().map(str::trim).rfind(|line| line.chars().any(char::is_alphanumeric))?;
        let plain = line.chars().map(|c| if c.is_control() { ' ' } else { c });
        Some(plain.take(MAX_QUOTED).collect::<String>())
    };
    last(outcome.stderr.to_string()).or_else(|| last(outcome.stdout.to_string()))
}
