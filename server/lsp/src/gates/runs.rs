//! Runs of gates: one for each component at a time, each followed by a thread of its own, so that nobody waits for it but
//! who asked. A run is another process; it ends with the server.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tower_lsp::ls_types::ProgressToken;

use super::Gates;
use super::event::{Done, Said, read};
use crate::host::{Failure, Run};
use crate::progress::Progress;

/// How often a line of a tool is shown at most.
const SHOW: Duration = Duration::from_millis(200);

/// Most characters of it that are shown.
const MAX_SHOWN: usize = 80;

/// Most runs at once: each starts tools of its own.
const MAX_RUNS: usize = 4;

/// The runs of this server.
#[derive(Clone, Default)]
pub(crate) struct Runs(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    running: Vec<Running>,
    next: u64,
    /// Whether the server ends.
    is_over: bool,
}

struct Running {
    id: u64,
    folder: Arc<Path>,
    component: Box<str>,
    what: String,
    since: Instant,
    run: Option<Arc<dyn Run>>,
    token: Option<ProgressToken>,
    stopped: bool,
}

/// The right to run gates of a component; given back when dropped.
pub(crate) struct Reserved {
    runs: Runs,
    id: u64,
}

/// Stops a run that nobody waits for any more. Dropped without [`Waiting::end`], it does.
pub(crate) struct Waiting(Option<Arc<dyn Run>>);

impl Waiting {
    /// Waits for `run`.
    pub(crate) fn new(run: Arc<dyn Run>) -> Waiting {
        Waiting(Some(run))
    }

    /// The run has ended.
    pub(crate) fn end(mut self) {
        self.0 = None;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(run) = &self.0 {
            run.stop();
        }
    }
}

impl Runs {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reserves the component with this canonical name; `what` says which gates are to be run.
    ///
    /// # Errors
    /// Returns which run is in the way.
    pub(crate) fn reserve(
        &self,
        folder: &Arc<Path>,
        component: &str,
        what: String,
    ) -> Result<Reserved, Failure> {
        let mut inner = self.lock();
        if inner.is_over {
            return Err(Failure::new("the server ends", ""));
        }
        let first = inner
            .running
            .iter()
            .find(|running| running.folder == *folder && *running.component == *component);
        if let Some(first) = first {
            let since = first.since.elapsed().as_secs();
            if first.run.is_none() {
                let message = format!(
                    "gates of `{component}` are to be run already: {}, asked for {since} s ago",
                    first.what
                );
                return Err(Failure::new(message, "answer whether the workspace is trusted"));
            }
            let message =
                format!("gates of `{component}` are being run already: {}, since {since} s", first.what);
            return Err(Failure::new(message, "wait until they have ended, or cancel them"));
        }
        if inner.running.len() >= MAX_RUNS {
            let all: Vec<_> =
                inner.running.iter().map(|running| format!("`{}`", running.component)).collect();
            let message = format!("gates of {} components are being run: {}", all.len(), all.join(", "));
            return Err(Failure::new(message, "wait until one of them has ended, or cancel it"));
        }
        let id = inner.next;
        inner.next += 1;
        inner.running.push(Running {
            id,
            folder: Arc::clone(folder),
            component: component.into(),
            what,
            since: Instant::now(),
            run: None,
            token: None,
            stopped: false,
        });
        Ok(Reserved { runs: self.clone(), id })
    }

    /// Stops the run that is shown as this progress.
    pub(crate) fn cancel(&self, token: &ProgressToken) {
        let mut inner = self.lock();
        for running in inner.running.iter_mut().filter(|running| running.token.as_ref() == Some(token)) {
            running.stop();
        }
    }

    /// Stops all runs, for the server ends.
    pub(crate) fn stop_all(&self) {
        let mut inner = self.lock();
        inner.is_over = true;
        inner.running.iter_mut().for_each(Running::stop);
    }
}

impl Running {
    fn stop(&mut self) {
        self.stopped = true;
        if let Some(run) = &self.run {
            run.stop();
        }
    }
}

impl Reserved {
    fn with(&self, change: impl FnOnce(&mut Running)) {
        let mut inner = self.runs.lock();
        if let Some(running) = inner.running.iter_mut().find(|running| running.id == self.id) {
            change(running);
        }
    }

    /// Says what is run; a run that was stopped already is told so.
    pub(crate) fn set(&self, run: &Arc<dyn Run>) {
        self.with(|running| {
            if running.stopped {
                run.stop();
            }
            running.run = Some(Arc::clone(run));
        });
    }

    /// Says as which progress it is shown.
    fn shown_as(&self, token: &ProgressToken) {
        self.with(|running| running.token = Some(token.clone()));
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.runs.lock().running.retain(|running| running.id != self.id);
    }
}

/// Starts a run and follows it on a thread of its own. `begin` begins its progress, for which it may wait for the client;
/// it says first as what the run will be shown.
pub(crate) fn start(
    gates: &Gates,
    folder: &Arc<Path>,
    reserved: Reserved,
    run: Arc<dyn Run>,
    begin: impl FnOnce(&dyn Fn(&ProgressToken)) -> Progress + Send + 'static,
) -> oneshot::Receiver<Result<Done, Failure>> {
    let (sender, receiver) = oneshot::channel();
    let (boards, folder) = (gates.boards.clone(), Arc::clone(folder));
    reserved.set(&run);
    let follow = move || {
        let progress = begin(&|token| reserved.shown_as(token));
        let mut follower = Follower { progress, shown: None, ended: None, percent: 0 };
        let ended = run.follow(&mut |line| follower.line(line));
        // What was seen is kept, however it ended.
        boards.ran(&folder);
        let answer = match (follower.ended.take(), ended) {
            (Some(answer), _) => answer,
            (None, Err(failure)) => Err(failure),
            (None, Ok(())) => Err(Failure::new(
                "the run of gates ended without saying how",
                "run `stagegate gates` in a terminal to see what happens",
            )),
        };
        drop(follower);
        drop(reserved);
        // Nobody may wait any more.
        let _ = sender.send(answer);
    };
    let started = std::thread::Builder::new().name("gates run".into()).spawn(follow);
    if let Err(error) = started {
        // The sender went with the thread; whoever waits is told that.
        tracing::error!("a run of gates cannot be followed: {error}");
    }
    receiver
}

/// Turns what a run says into progress.
struct Follower {
    progress: Progress,
    /// When a line of a tool was shown last.
    shown: Option<Instant>,
    percent: usize,
    ended: Option<Result<Done, Failure>>,
}

impl Follower {
    fn line(&mut self, line: &str) {
        match read(line) {
            None | Some(Said::Unknown) => {}
            Some(Said::Planned { gates }) => self.report(&format!("0 of {} answered", gates.len())),
            Some(Said::Started { gates }) => self.report(&format!("running {}", gates.join(", "))),
            Some(Said::Output { gates, line }) => {
                if self.shown.is_none_or(|shown| shown.elapsed() >= SHOW) {
                    self.shown = Some(Instant::now());
                    let line: String = line.chars().filter(|c| !c.is_control()).take(MAX_SHOWN).collect();
                    self.report(&format!("running {}: {line}", gates.join(", ")));
                }
            }
            Some(Said::Finished { gate, verdict, found, done, of }) => {
                self.percent = (done * 100).checked_div(of).unwrap_or(100).min(100);
                self.report(&format!("{gate}: {verdict}: {found} ({done} of {of})"));
            }
            Some(Said::Done(done)) => self.ended = Some(Ok(done)),
            Some(Said::Failed { message, help }) => {
                self.ended = Some(Err(Failure::new(message, help.unwrap_or_default())));
            }
        }
    }

    fn report(&self, message: &str) {
        self.progress.report(self.percent, 100, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Default)]
    struct Counts(AtomicUsize);

    impl Run for Counts {
        fn follow(&self, on_line: &mut dyn FnMut(&str)) -> Result<(), Failure> {
            on_line("noise");
            on_line(
                r#"{"event":"finished","component":"a","gate":"lint","verdict":"pass","found":"0","cached":false,"done":1,"of":2}"#,
            );
            Ok(())
        }

        fn stop(&self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn folder(path: &str) -> Arc<Path> {
        Arc::from(Path::new(path))
    }

    #[test]
    fn a_component_is_run_once_at_a_time() {
        let runs = Runs::default();
        let first = runs.reserve(&folder("/w"), "calc", "lint".to_owned()).unwrap_or_else(|_| panic!("free"));
        let Err(refused) = runs.reserve(&folder("/w"), "calc", "types".to_owned()) else {
            panic!("expected a refusal")
        };
        assert_eq!(refused.message, "gates of `calc` are to be run already: lint, asked for 0 s ago");
        let run: Arc<dyn Run> = Arc::new(Counts::default());
        first.set(&run);
        let Err(refused) = runs.reserve(&folder("/w"), "calc", "types".to_owned()) else {
            panic!("expected a refusal")
        };
        assert_eq!(refused.message, "gates of `calc` are being run already: lint, since 0 s");
        assert!(runs.reserve(&folder("/v"), "calc", String::new()).is_ok(), "of another folder");
        drop(first);
        assert!(runs.reserve(&folder("/w"), "calc", String::new()).is_ok());
        let all: Vec<_> =
            (0..MAX_RUNS).map(|at| runs.reserve(&folder("/w"), &format!("c{at}"), String::new())).collect();
        assert!(all.iter().all(Result::is_ok));
        assert!(runs.reserve(&folder("/w"), "one_more", String::new()).is_err());
    }

    #[test]
    fn a_run_is_stopped_by_its_progress_by_who_waits_and_by_the_end() {
        let runs = Runs::default();
        let run = Arc::new(Counts::default());
        let count = || run.0.load(Ordering::SeqCst);
        let reserved = runs.reserve(&folder("/w"), "calc", String::new()).unwrap_or_else(|_| panic!("free"));
        let token = ProgressToken::String("t".to_owned());
        reserved.shown_as(&token);
        runs.cancel(&ProgressToken::String("other".to_owned()));
        let as_run: Arc<dyn Run> = run.clone();
        reserved.set(&as_run);
        assert_eq!(count(), 0);
        runs.cancel(&token);
        assert_eq!(count(), 1);
        reserved.set(&as_run);
        assert_eq!(count(), 2, "cancelled before it was known what is run");
        drop(Waiting::new(as_run.clone()));
        assert_eq!(count(), 3);
        Waiting::new(as_run).end();
        assert_eq!(count(), 3);
        runs.stop_all();
        assert_eq!(count(), 4);
        drop(reserved);
        assert!(runs.reserve(&folder("/w"), "calc", String::new()).is_err(), "the server ends");
    }

    #[test]
    fn a_run_that_says_nothing_of_its_end_is_a_failure() {
        let (gates, _events) = Gates::new(Arc::new(crate::host::NoHost));
        let folder = folder("/w");
        let reserved = gates.runs.reserve(&folder, "calc", String::new()).unwrap_or_else(|_| panic!("free"));
        let answer = start(&gates, &folder, reserved, Arc::new(Counts::default()), |_| Progress::none());
        let failure = answer.blocking_recv().unwrap().unwrap_err();
        assert!(failure.message.contains("without saying how"), "{failure}");
        assert!(gates.runs.reserve(&folder, "calc", String::new()).is_ok());
    }
}
