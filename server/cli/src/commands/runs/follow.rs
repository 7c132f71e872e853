//! Following a run on a terminal, as plain lines, or as JSON for an editor.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use stagegate_core::plan::StepName;
use stagegate_core::run::{RunEvent, RunRecord, RunState, StepRecord, StepState};
use stagegate_pipeline::process::Cancel;
use stagegate_pipeline::runs::{launch, watch};

use super::{failure, request, unreadable};
use crate::failure::{Failure, note};
use crate::report::escaped;

/// How often the line is drawn anew.
const TICK: Duration = Duration::from_millis(120);

/// Most characters of a tool's own line that are shown.
const MAX_LINE: usize = 60;

/// What a shell reports for a program that a signal ended: this and the number of the signal.
const SIGNALLED: i32 = 128;

/// How watching ended.
pub(super) struct Watched {
    pub(super) run: RunRecord,
    /// The exit code, where a signal ended it.
    pub(super) signal: Option<u8>,
}

/// Watches a run, and nothing else.
pub(super) fn watch(folder: &Path, run: &str, from: i64, events: bool) -> Result<Watched, Failure> {
    let cancel = signals()?;
    let run = show(folder, run, from, events, &cancel)?;
    let signal = cancel.signal().filter(|_| !run.state.has_ended());
    let signal = signal.and_then(|signal| u8::try_from(SIGNALLED + signal).ok());
    if signal.is_none() && run.state == RunState::Interrupted && !events {
        interrupted(&run);
    }
    Ok(Watched { run, signal })
}

/// Watches a run that was started by this command; Ctrl-C asks it to stop.
pub(super) fn own(folder: &Path, run: &str, events: bool) -> Result<RunRecord, Failure> {
    let cancel = signals()?;
    let record = show(folder, run, 0, events, &cancel)?;
    if !cancel.is_cancelled() || record.state.has_ended() {
        if record.state == RunState::Interrupted && !events {
            interrupted(&record);
        }
        return Ok(record);
    }
    if !events {
        note("stopping it, and undoing what it did");
    }
    launch::cancel(folder, run, &request()).map_err(|error| failure(&error))?;
    // From now on until it has ended; who presses Ctrl-C once more leaves it alone, and it goes on undoing.
    let again = Cancel::new();
    let waiting = (again.clone(), cancel.clone());
    let spawned = std::thread::Builder::new().name("again".to_owned()).spawn(move || {
        while !waiting.1.kills() {
            std::thread::sleep(Duration::from_millis(50));
        }
        waiting.0.cancel();
    });
    drop(spawned);
    show(folder, run, watch::NOW, events, &again)
}

fn signals() -> Result<Cancel, Failure> {
    Cancel::on_signals().map_err(|error| Failure::new(format_args!("cannot listen for Ctrl-C: {error}")))
}

fn interrupted(run: &RunRecord) {
    let id = &run.id;
    note(format_args!(
        "it was interrupted; `stagegate resume {id}` lets it go on, `stagegate cancel {id}` undoes what it did"
    ));
}

fn show(folder: &Path, run: &str, from: i64, events: bool, cancel: &Cancel) -> Result<RunRecord, Failure> {
    if events {
        // A reader that went away does not stop the run.
        let mut line = |seq: i64, event: &RunEvent| {
            if let Ok(mut value) = serde_json::to_value(event) {
                value["seq"] = seq.into();
                let mut stdout = io::stdout().lock();
                let _ = writeln!(stdout, "{value}").and_then(|()| stdout.flush());
            }
        };
        return watch::watch(folder, run, from, &mut line, cancel).map_err(unreadable);
    }
    let mut progress = Progress::new();
    let watched = watch::watch(folder, run, from, &mut |_, event| progress.event(event), cancel);
    progress.end();
    watched.map_err(unreadable)
}

/// Shows what happens: a line that moves on a terminal, plain lines elsewhere. All of it on stderr, but the end.
struct Progress {
    bar: Option<ProgressBar>,
    /// What is being done.
    step: Option<StepName>,
}

impl Progress {
    fn new() -> Progress {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(100), ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {pos:>3} % {wide_msg} ({elapsed})") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(TICK);
            bar
        });
        Progress { bar, step: None }
    }

    fn event(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Snapshot { run } => {
                let what = format!("{} of {} to {}", run.kind.name(), run.component, run.to);
                match run.state {
                    RunState::Running => self.say(&format!("run {}: {what}", run.id)),
                    RunState::Interrupted => self.say(&format!("run {}: {what}: interrupted", run.id)),
                    _ => {}
                }
            }
            RunEvent::Step { step, percent } => {
                if let Some(bar) = &self.bar {
                    bar.set_position(u64::from(*percent));
                }
                self.step =
                    matches!(step.state, StepState::Started | StepState::Undoing).then_some(step.name);
                // A step that failed is said once, when it is settled.
                if step.state != StepState::Started || step.failure.is_none() {
                    self.say(&said(step));
                }
                self.show("");
            }
            RunEvent::Gate { gate } => {
                let known = if gate.cached { " (known)" } else { "" };
                self.say(&format!("  {}: {}{known}: {}", gate.gate, gate.verdict.name(), gate.found));
            }
            RunEvent::Output { line, .. } => self.show(line),
            RunEvent::Retry { step, attempt, of, delay_ms, message } => {
                let wait = Duration::from_millis(*delay_ms);
                self.say(&format!("{step}: {message}; attempt {attempt} of {of} in {wait:.1?}"));
            }
            RunEvent::Ended { summary, .. } => {
                self.end();
                let _ = writeln!(io::stdout().lock(), "{}", escaped(&format!("{}.", upper(summary))));
            }
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn show(&self, line: &str) {
        let (Some(bar), Some(step)) = (&self.bar, self.step) else { return };
        let line: String = escaped(&shortened(line)).chars().take(MAX_LINE).collect();
        let gap = if line.is_empty() { "" } else { ": " };
        bar.set_message(format!("{}{gap}{line}", step.title()));
    }

    /// Says something that stays: above the moving line on a terminal.
    fn say(&self, line: &str) {
        let line = escaped(line);
        match &self.bar {
            Some(bar) => bar.println(line),
            None => drop(writeln!(io::stderr().lock(), "{line}")),
        }
    }
}

/// Returns the line of a command, as `$ PROGRAM ARGUMENTS`, with the name of the program alone; other lines as they are.
fn shortened(line: &str) -> String {
    let Some(command) = line.strip_prefix("$ ") else { return line.to_owned() };
    let (program, arguments) = command.split_once(' ').unwrap_or((command, ""));
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    format!("$ {name} {arguments}").trim_end().to_owned()
}

/// What became of a step, in a line.
fn said(step: &StepRecord) -> String {
    let what = match step.state {
        StepState::Pending => "not begun",
        StepState::Started if step.attempts > 1 => "begun again",
        StepState::Started => "begun",
        StepState::Done => "done",
        StepState::Failed => "failed",
        StepState::Undoing => "is being undone",
        StepState::Undone => "undone",
        StepState::UndoFailed => "could not be undone",
    };
    let failure = step.failure.as_ref().map(|failure| failure.message.as_str());
    let summary = step.summary.as_deref().filter(|_| step.state == StepState::Done || failure.is_none());
    let more = match step.state {
        StepState::Failed | StepState::UndoFailed => failure,
        StepState::Done | StepState::Undone => summary,
        _ => None,
    };
    let more = more.map(|more| format!(": {more}")).unwrap_or_default();
    format!("{} {what}{more}", step.name)
}

fn upper(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn a_command_is_shown_by_the_name_of_its_program() {
        assert_eq!(shortened("$ /a/long/cache/bin/python -m pyright src"), "$ python -m pyright src");
        assert_eq!(shortened("$ ./run.sh"), "$ run.sh");
        assert_eq!(shortened("12 passed in 0.3 s"), "12 passed in 0.3 s");
    }
}
