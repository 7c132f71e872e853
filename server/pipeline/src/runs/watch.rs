//! Following a run that another process works on.

use std::path::Path;
use std::time::{Duration, Instant};

use stagegate_core::run::{RunEvent, RunRecord, RunState};

use super::journal::{Journal, JournalError};
use super::output::{Follow, Line};
use super::request::is_id;
use super::{Clock as _, SystemClock, engine, lock};
use crate::process::Cancel;

/// Only what happens from now on.
pub const NOW: i64 = i64::MAX;

/// How often is looked for something new.
const LOOK: Duration = Duration::from_millis(40);

/// How often is looked whether the process of the run still lives, while nothing happens.
const ALIVE: Duration = Duration::from_millis(250);

/// Most events that are read at once.
const AT_ONCE: usize = 500;

/// Follows a run: `on_event` gets a [`RunEvent::Snapshot`] first, then every event with a number above `from` (0: all of
/// them; [`NOW`]: only new ones), and the lines that tools print, until [`RunEvent::Ended`]. With each comes the number of
/// the newest event, from which another watcher could go on.
///
/// Where the process of the run has died, a snapshot with [`RunState::Interrupted`] is the last event. Ends early as soon as
/// `cancel` is set. Returns the run as it is then.
///
/// # Errors
/// Returns why the journal cannot be read; [`JournalError::UnknownRun`] where there is no such run.
pub fn watch(
    folder: &Path,
    run: &str,
    from: i64,
    on_event: &mut dyn FnMut(i64, &RunEvent),
    cancel: &Cancel,
) -> Result<RunRecord, JournalError> {
    let unknown = || JournalError::UnknownRun(run.to_owned());
    let mut journal = Journal::open_read(folder)?.filter(|_| is_id(run)).ok_or_else(unknown)?;
    let (mut record, newest) = journal.snapshot(run)?.ok_or_else(unknown)?;
    if record.state == RunState::Running {
        // Closed first: what SQLite keeps in shared memory is shared by all connections of a process, also that it can
        // only be read.
        drop(journal);
        journal = Journal::open_live(folder)?;
    }
    on_event(newest, &RunEvent::Snapshot { run: Box::new(record.clone()) });
    let mut output = Follow::new(folder, run);
    let mut last = from;
    if from == NOW {
        last = newest;
        output.read();
    }
    let mut lines: Vec<Line> = Vec::new();
    let mut heard = Instant::now();
    loop {
        // Before the events: a line comes after the event that it names, which is then stored.
        lines.extend(output.read());
        let events = journal.events_after(run, last, AT_ONCE)?;
        let all = events.len() < AT_ONCE;
        if !events.is_empty() {
            heard = Instant::now();
        }
        let mut rest = lines.into_iter().peekable();
        for (seq, event) in events {
            while let Some(line) = rest.next_if(|line| line.after < seq) {
                on_event(last, &line.into());
            }
            last = seq;
            on_event(seq, &event);
            if let RunEvent::Ended { run, .. } = event {
                return Ok(*run);
            }
        }
        lines = if all {
            rest.for_each(|line| on_event(last, &line.into()));
            Vec::new()
        } else {
            rest.collect()
        };
        if !all {
            continue;
        }
        if record.state.has_ended() {
            // Its events are not kept any more, or were heard by who watched before.
            let summary = engine::summary(&record);
            on_event(last, &RunEvent::Ended { run: Box::new(record.clone()), summary });
            return Ok(record);
        }
        if record.state == RunState::Interrupted || heard.elapsed() >= ALIVE {
            heard = Instant::now();
            if record.state == RunState::Interrupted || !lock::is_held(folder, &record.canonical) {
                let before = record.state;
                record = journal.run(run)?.ok_or_else(unknown)?;
                match record.state {
                    RunState::Interrupted if before == RunState::Interrupted => return Ok(record),
                    RunState::Interrupted => {
                        on_event(last, &RunEvent::Snapshot { run: Box::new(record.clone()) });
                        return Ok(record);
                    }
                    // It ended, or goes on, just now.
                    _ => continue,
                }
            }
        }
        if !SystemClock.wait(LOOK, cancel) {
            return journal.run(run)?.ok_or_else(unknown);
        }
    }
}

impl From<Line> for RunEvent {
    fn from(line: Line) -> RunEvent {
        RunEvent::Output { step: line.step, line: line.line }
    }
}
