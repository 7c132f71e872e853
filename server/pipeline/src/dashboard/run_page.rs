//! The report of one run, for people.

mod diff;
mod parts;

use askama::Template;
use stagegate_core::plan::{Plan, RunKind, StepName};
use stagegate_core::run::{Outputs, RunRecord, RunState, StepState};
use stagegate_core::stage::Stage;

use self::diff::File;
use self::parts::{GateLine, StepLine};
use super::Made;
use super::figures::RunRow;
use super::style::Style;
use super::text::{Text, count, duration, machine, time};

/// Writes the report of a run: one page of HTML that needs nothing else.
#[must_use]
pub fn render_run(run: &RunRecord, plan: &Plan, made: &Made<'_>) -> String {
    let row = RunRow::of(run, None);
    let files = diff::files(run, plan);
    let (verdict, say, command) = verdict(run);
    let (undo, undo_command) = undo(run);
    let page = Page {
        style: Style::new(std::iter::empty()),
        project: Text::phrase(made.project),
        version: Text::phrase(made.version),
        made: time(made.now_ms),
        made_machine: machine(made.now_ms),
        title: title(run),
        facts: facts(run, plan, &row, made.now_ms),
        steps: parts::steps(run, made.now_ms),
        gates: run.gates.iter().map(GateLine::of).collect(),
        files_title: files_title(run),
        notes: plan.notes.iter().map(|note| Text::sentence(note)).collect(),
        files,
        row,
        verdict,
        say,
        command,
        undo,
        undo_command,
    };
    page.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "dashboard/run.html")]
struct Page {
    style: Style,
    project: Text,
    version: Text,
    made: String,
    made_machine: String,
    row: RunRow,
    title: String,
    /// How it ended, in one sentence.
    verdict: String,
    /// Why, and what to do.
    say: Vec<Text>,
    command: Option<Text>,
    facts: Vec<(&'static str, Text)>,
    steps: Vec<StepLine>,
    gates: Vec<GateLine>,
    files_title: &'static str,
    files: Vec<File>,
    notes: Vec<Text>,
    undo: Vec<Text>,
    undo_command: Option<Text>,
}

fn title(run: &RunRecord) -> String {
    let component = Text::phrase(&run.component);
    match (run.kind, run.from) {
        (RunKind::Promotion, _) => format!("Promotion of {component} to {}", run.to),
        (RunKind::Rollback, Some(from)) => format!("Rollback of {component} from {from} to {}", run.to),
        (RunKind::Rollback, None) => format!("Rollback of {component} to {}", run.to),
        (RunKind::Drill, _) => format!("Drill of {component} for {}", run.to),
    }
}

/// Says how the run ended, why, and what to do next.
fn verdict(run: &RunRecord) -> (String, Vec<Text>, Option<Text>) {
    let component = Text::phrase(&run.component);
    let failures = run.steps.iter().filter_map(|step| Some((step, step.failure.as_ref()?)));
    let failures = failures.filter(|(step, _)| step.state != StepState::Done);
    let mut why: Vec<Text> = Vec::new();
    for (step, failure) in failures {
        why.push(Text::sentence(&format!("{}: {}", step.name.title(), failure.message)));
        if !failure.help.is_empty() {
            why.push(Text::sentence(&format!("What helps: {}", failure.help)));
        }
    }
    let id = &run.id;
    match run.state {
        RunState::Running => {
            let words = format!("The {} is under way.", run.kind.name());
            (words, why, Some(Text::phrase(&format!("stagegate watch {id}"))))
        }
        RunState::Interrupted => {
            let words = "The run was interrupted: no process works on it. It can be resumed.".to_owned();
            (words, why, Some(Text::phrase(&format!("stagegate resume {id}"))))
        }
        RunState::Succeeded => {
            let words = match run.kind {
                RunKind::Promotion => format!("{component} is {}.", run.to.in_words()),
                RunKind::Rollback => format!("{component} is {} again.", run.to.in_words()),
                RunKind::Drill => format!("The rollback of {component} in {} was tried, and works.", run.to),
            };
            (words, Vec::new(), None)
        }
        RunState::Failed => ("It failed; what had been done is undone.".to_owned(), why, None),
        RunState::Cancelled => ("It was stopped; what had been done is undone.".to_owned(), why, None),
        RunState::Stuck => {
            let words = "It failed, and not everything could be undone: somebody has to look.".to_owned();
            (words, why, None)
        }
    }
}

fn files_title(run: &RunRecord) -> &'static str {
    let edits = [StepName::Metadata, StepName::Revert, StepName::AutoFix];
    let states: Vec<_> =
        run.steps.iter().filter(|step| edits.contains(&step.name)).map(|step| step.state).collect();
    match () {
        () if states.contains(&StepState::Undone) => "Files that were changed and restored",
        () if states.contains(&StepState::Done) => "Files changed",
        () if !run.state.has_ended() => "Files that are to be changed",
        () => "Files that would have been changed",
    }
}

fn facts(run: &RunRecord, plan: &Plan, row: &RunRow, now_ms: i64) -> Vec<(&'static str, Text)> {
    let mut facts: Vec<(&'static str, Text)> = Vec::new();
    let mut add = |name, value: Option<String>| {
        facts.extend(value.filter(|value| !value.is_empty()).map(|value| (name, Text::sentence(&value))));
    };
    add("Component", Some(run.component.clone()));
    add("Stages", Some(row.stages()));
    add("Asked for by", run.by.as_ref().map(|by| format!("{} <{}>", by.name, by.email)));
    add("Reason", run.reason.clone());
    add("Started", Some(row.started()));
    add("Ended", run.ended_ms.map(time));
    let gone =
        u64::try_from(now_ms.saturating_sub(run.started_ms)).ok().filter(|_| run.state == RunState::Running);
    add("Took", row.duration_ms.map(duration).or(gone.map(|gone| format!("{} so far", duration(gone)))));
    add("Taken up again", (run.resumed > 0).then(|| count(run.resumed as usize, "time")));
    add("Version", run.version.clone());
    add("Spec", plan.spec.clone());
    add("Started from commit", plan.head.as_deref().map(short));
    let commit = output(run, StepName::Commit, "commit").or_else(|| output(run, StepName::Revert, "commit"));
    add("Commit", commit.as_deref().map(short));
    add("Branch", output(run, StepName::Commit, "branch"));
    let deployed = |name| {
        let (environment, release) = (output(run, name, "environment"), output(run, name, "release"));
        let words = [environment, release].into_iter().flatten().collect::<Vec<_>>();
        (!words.is_empty()).then(|| words.join(": "))
    };
    add("Release", deployed(StepName::Deploy).or_else(|| deployed(StepName::Undeploy)));
    add("Issue", output(run, StepName::Tracking, "path").or_else(|| output(run, StepName::Tracking, "url")));
    add("Undoes", run.undoes.clone());
    add("Undone by", run.undone_by.clone());
    facts
}

/// Shortens a commit to what people compare.
fn short(commit: &str) -> String {
    commit.chars().take(12).collect()
}

/// Returns a text that a step left behind.
fn output(run: &RunRecord, step: StepName, key: &str) -> Option<String> {
    let outputs: &Outputs = &run.steps.iter().find(|known| known.name == step)?.outputs;
    outputs.get(key)?.as_str().map(str::to_owned)
}

/// Says how the run is undone.
fn undo(run: &RunRecord) -> (Vec<Text>, Option<Text>) {
    let say = |words: String| vec![Text::sentence(&words)];
    let back = run.from.map_or("where it was", Stage::in_words);
    match (run.kind, run.state, &run.undone_by) {
        (RunKind::Promotion, RunState::Succeeded, Some(by)) => {
            (say(format!("It was undone by the run {by}.")), None)
        }
        (RunKind::Promotion, RunState::Succeeded, None) => {
            let words = say(format!(
                "One command undoes it: the release, the files and the declared stage; {} is {back} afterwards. With --dry-run it \
                 only shows what it would do.",
                run.component
            ));
            let command = format!("stagegate rollback {} --run {} --reason TEXT", run.component, run.id);
            (words, Some(Text::sentence(&command)))
        }
        (_, RunState::Failed | RunState::Cancelled, _) => {
            (say("There is nothing to roll back: what had been done is undone.".to_owned()), None)
        }
        (_, RunState::Stuck, _) => {
            let left = run.steps.iter().filter(|step| step.state == StepState::UndoFailed);
            let mut words: Vec<Text> = left
                .map(|step| {
                    let failure =
                        step.failure.as_ref().map(|failure| format!("{}; {}", failure.message, failure.help));
                    let failure = failure.unwrap_or_else(|| "it could not be undone".to_owned());
                    Text::sentence(&format!("{}: {failure}", step.name.title()))
                })
                .collect();
            words.insert(0, Text::sentence("These steps could not be undone; put them right by hand:"));
            (words, None)
        }
        (RunKind::Promotion, _, _) => {
            let words = say("It has not ended. Cancelling it undoes what was done.".to_owned());
            (words, Some(Text::phrase(&format!("stagegate cancel {}", run.id))))
        }
        (RunKind::Rollback, _, _) => {
            (say("A rollback is not rolled back. Promote the component again.".to_owned()), None)
        }
        (RunKind::Drill, _, _) => (say("A drill leaves nothing behind.".to_owned()), None),
    }
}
