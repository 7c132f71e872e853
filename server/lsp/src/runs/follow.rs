//! Following a run on a thread of its own: what happens becomes progress, and its end is told to who waits.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stagegate_core::plan::StepName;
use stagegate_core::run::{RunEvent, StepState};
use tokio::sync::oneshot;
use tower_lsp::ls_types::ProgressToken;

use super::{Ending, Followed, Runs, words};
use crate::host::Failure;
use crate::progress::Progress;

/// How often a line of a tool is shown at most.
const SHOW: Duration = Duration::from_millis(200);

/// Most characters of it that are shown.
const MAX_SHOWN: usize = 80;

impl Runs {
    /// Whether a run is followed.
    pub(crate) fn is_followed(&self, folder: &Path, run: &str) -> bool {
        self.lock().followed.iter().any(|followed| *followed.folder == *folder && followed.run == run)
    }

    /// Follows a run on a thread of its own, and says how it ended. `begin` begins its progress, for which it may wait for
    /// the client; it says first as what the run will be shown. A run that is followed already is not followed twice.
    pub(crate) fn follow(
        &self,
        folder: &Arc<Path>,
        run: &str,
        begin: impl FnOnce(&dyn Fn(&ProgressToken)) -> Progress + Send + 'static,
    ) -> oneshot::Receiver<Ending> {
        let (sender, receiver) = oneshot::channel();
        let mut shared = self.lock();
        let known = shared.followed.iter_mut().find(|it| it.folder == *folder && it.run == run);
        if let Some(known) = known {
            known.waiting.push(sender);
            return receiver;
        }
        let (folder, run) = (Arc::clone(folder), run.to_owned());
        shared.followed.push(Followed {
            folder: Arc::clone(&folder),
            run: run.clone(),
            token: None,
            waiting: vec![sender],
        });
        drop(shared);
        let (runs, of) = (self.clone(), (Arc::clone(&folder), run.clone()));
        let follow = move || {
            let ending = runs.follow_here(&folder, &run, begin);
            runs.over(&folder, &run, &ending);
        };
        let started = std::thread::Builder::new().name("run".into()).spawn(follow);
        if let Err(error) = started {
            tracing::error!("a run cannot be followed: {error}");
            let (folder, run) = of;
            self.over(&folder, &run, &Err(Failure::new(format!("the run cannot be followed: {error}"), "")));
        }
        receiver
    }

    fn follow_here(
        &self,
        folder: &Arc<Path>,
        run: &str,
        begin: impl FnOnce(&dyn Fn(&ProgressToken)) -> Progress,
    ) -> Ending {
        let progress = begin(&|token| self.shown_as(folder, run, token));
        let watch = self.host.watch(folder, run);
        let mut follower = Follower { progress, shown: None, percent: 0, summary: None };
        let record = watch.follow(&mut |event| {
            if follower.event(event) {
                self.changed(folder);
            }
        })?;
        let summary = follower.summary.take().unwrap_or_else(|| words::summary(&record));
        Ok((Box::new(record), summary))
    }

    fn shown_as(&self, folder: &Path, run: &str, token: &ProgressToken) {
        let mut shared = self.lock();
        if let Some(followed) = shared.followed.iter_mut().find(|it| *it.folder == *folder && it.run == run) {
            followed.token = Some(token.clone());
        }
    }

    /// Tells everybody who waits how a run ended.
    fn over(&self, folder: &Arc<Path>, run: &str, ending: &Ending) {
        let mut shared = self.lock();
        let at = shared.followed.iter().position(|it| it.folder == *folder && it.run == run);
        let waiting = at.map(|at| shared.followed.swap_remove(at).waiting).unwrap_or_default();
        drop(shared);
        self.changed(folder);
        for sender in waiting {
            // Nobody may wait any more.
            let _ = sender.send(ending.clone());
        }
    }
}

/// Turns what a run says into progress.
struct Follower {
    progress: Progress,
    /// When a line of a tool was shown last.
    shown: Option<Instant>,
    percent: usize,
    summary: Option<String>,
}

impl Follower {
    /// Shows an event; returns whether something else is known of the run now.
    fn event(&mut self, event: &RunEvent) -> bool {
        match event {
            RunEvent::Snapshot { run } => {
                self.percent = run.percent().into();
                let step = run.steps.iter().find(|step| step.state == StepState::Started);
                let text = step.map_or("planned", |step| step.name.title());
                self.report(text);
            }
            RunEvent::Step { step, percent } => {
                self.percent = (*percent).into();
                let title = step.name.title();
                let why = step
                    .failure
                    .as_ref()
                    .map_or(String::new(), |failure| format!(": {}", words::short(&failure.message)));
                self.report(&match step.state {
                    StepState::Pending | StepState::Started => title.to_owned(),
                    StepState::Done => format!("{title}: done"),
                    StepState::Failed => format!("{title}: failed{why}"),
                    StepState::Undoing => format!("{title}: being undone"),
                    StepState::Undone => format!("{title}: undone"),
                    StepState::UndoFailed => format!("{title}: cannot be undone{why}"),
                });
            }
            RunEvent::Gate { gate } => {
                let found = words::short(&gate.found);
                self.report(&format!(
                    "{}: {} {}: {found}",
                    gate.step.title(),
                    gate.gate,
                    gate.verdict.name()
                ));
                return false;
            }
            RunEvent::Output { step, line } => {
                self.line(*step, line);
                return false;
            }
            RunEvent::Retry { step, attempt, of, delay_ms, message } => {
                let (title, wait) = (step.title(), delay_ms.div_ceil(1000));
                let message = words::short(message);
                self.report(&format!("{title}: attempt {attempt} of {of} in {wait} s: {message}"));
                return false;
            }
            RunEvent::Ended { summary, .. } => self.summary = Some(summary.clone()),
        }
        true
    }

    fn line(&mut self, step: StepName, line: &str) {
        if self.shown.is_none_or(|shown| shown.elapsed() >= SHOW) {
            self.shown = Some(Instant::now());
            let line: String = line.chars().filter(|c| !c.is_control()).take(MAX_SHOWN).collect();
            self.report(&format!("{}: {line}", step.title()));
        }
    }

    fn report(&self, message: &str) {
        self.progress.report(self.percent.min(100), 100, message);
    }
}
