use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use stagegate_core::config::Config;
use stagegate_core::plan::RunKind;
use stagegate_core::run::{RunEvent, RunState};
use stagegate_core::stage::Stage;
use stagegate_core::workspace::Root;

use super::*;
use crate::host::{Item, Keeper, NoHost, Request, Run, Trust, Watch};
use crate::progress::Progress;

/// A host whose one run ends when the test says so.
struct Fake {
    cancelled: Mutex<Vec<String>>,
    end: Mutex<Sender<RunState>>,
    ended: Arc<Mutex<Receiver<RunState>>>,
}

struct FakeWatch(String, Arc<Mutex<Receiver<RunState>>>);

fn record(id: &str, state: RunState) -> RunRecord {
    RunRecord {
        id: id.to_owned(),
        kind: RunKind::Promotion,
        component: "calc".to_owned(),
        canonical: "calc".to_owned(),
        from: Some(Stage::Development),
        to: Stage::Staging,
        state,
        reason: None,
        undoes: None,
        undone_by: None,
        by: None,
        started_ms: 0,
        ended_ms: None,
        resumed: 0,
        version: None,
        steps: Vec::new(),
        gates: Vec::new(),
    }
}

impl Watch for FakeWatch {
    fn follow(&self, on_event: &mut dyn FnMut(&RunEvent)) -> Result<RunRecord, Failure> {
        on_event(&RunEvent::Snapshot { run: Box::new(record(&self.0, RunState::Running)) });
        let state = self.1.lock().unwrap().recv().unwrap();
        let record = record(&self.0, state);
        if state.has_ended() {
            let summary = "it is over".to_owned();
            on_event(&RunEvent::Ended { run: Box::new(record.clone()), summary });
        }
        Ok(record)
    }

    fn stop(&self) {}
}

impl Fake {
    fn new() -> Arc<Fake> {
        let (end, ended) = channel();
        Arc::new(Fake {
            cancelled: Mutex::default(),
            end: Mutex::new(end),
            ended: Arc::new(Mutex::new(ended)),
        })
    }

    fn end(&self, state: RunState) {
        self.end.lock().unwrap().send(state).unwrap();
    }

    fn cancelled(&self) -> Vec<String> {
        self.cancelled.lock().unwrap().clone()
    }

    /// Waits until so many runs were asked to stop.
    fn wait_for_cancelled(&self, number: usize) -> Vec<String> {
        let end = Instant::now() + Duration::from_secs(20);
        while self.cancelled().len() < number && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.cancelled()
    }
}

impl Host for Fake {
    fn keeper(&self, folder: &Path) -> Box<dyn Keeper> {
        NoHost.keeper(folder)
    }

    fn places(&self, config: &Config) -> Vec<String> {
        NoHost.places(config)
    }

    fn trust(&self, folder: &Path, root: &Root) -> Result<Trust, Failure> {
        NoHost.trust(folder, root)
    }

    fn grant(&self, folder: &Path, items: &[Item]) -> Result<(), Failure> {
        NoHost.grant(folder, items)
    }

    fn revoke(&self, folder: &Path) -> Result<bool, Failure> {
        NoHost.revoke(folder)
    }

    fn run(&self, folder: &Path, request: &Request) -> Arc<dyn Run> {
        NoHost.run(folder, request)
    }

    fn cancel(&self, _: &Path, run: &str) -> Result<(), Failure> {
        self.cancelled.lock().unwrap().push(run.to_owned());
        Ok(())
    }

    fn watch(&self, _: &Path, run: &str) -> Arc<dyn Watch> {
        Arc::new(FakeWatch(run.to_owned(), Arc::clone(&self.ended)))
    }
}

fn folder() -> Arc<Path> {
    Arc::from(Path::new("/w"))
}

#[test]
fn only_one_question_is_asked_about_a_component() {
    let (runs, _events) = Runs::new(Fake::new());
    let component: Arc<str> = "calc".into();
    let first = runs.reserve(&folder(), &component).unwrap_or_else(|_| panic!("free"));
    let Err(refused) = runs.reserve(&folder(), &component) else { panic!("expected a refusal") };
    assert_eq!(refused.message, "a run of `calc` is asked for already");
    assert!(runs.is_reserved(&folder(), "calc") && !runs.is_reserved(Path::new("/v"), "calc"));
    drop(first);
    assert!(runs.reserve(&folder(), &component).is_ok());
    runs.let_go();
    assert!(runs.reserve(&folder(), &component).is_err(), "the server ends");
}

#[test]
fn everybody_who_waits_hears_how_a_run_ended() {
    let host = Fake::new();
    let (runs, _events) = Runs::new(host.clone());
    let first = runs.follow(&folder(), "r1", |_| Progress::none());
    let second = runs.follow(&folder(), "r1", |_| panic!("it is shown already"));
    assert!(runs.is_followed(&folder(), "r1") && !runs.is_followed(&folder(), "r2"));
    host.end(RunState::Succeeded);
    for waiting in [first, second] {
        let (record, summary) = waiting.blocking_recv().unwrap().unwrap();
        assert_eq!((record.state, summary.as_str()), (RunState::Succeeded, "it is over"));
    }
    assert!(!runs.is_followed(&folder(), "r1"));
    // One that was interrupted says so itself.
    let waiting = runs.follow(&folder(), "r1", |_| Progress::none());
    host.end(RunState::Interrupted);
    let (_, summary) = waiting.blocking_recv().unwrap().unwrap();
    assert_eq!(summary, "promotion of `calc` to staging was interrupted: its process is gone");
}

#[test]
fn a_run_is_stopped_by_its_progress_alone() {
    let host = Fake::new();
    let (runs, _events) = Runs::new(host.clone());
    let token = ProgressToken::String("t".to_owned());
    let shown = token.clone();
    let (sender, begun) = channel();
    let waiting = runs.follow(&folder(), "r1", move |on_token| {
        on_token(&shown);
        sender.send(()).unwrap();
        Progress::none()
    });
    begun.recv().unwrap();
    runs.cancel_shown(&ProgressToken::String("other".to_owned()));
    runs.cancel_shown(&token);
    assert_eq!(host.wait_for_cancelled(1), ["r1"]);
    host.end(RunState::Cancelled);
    assert_eq!(waiting.blocking_recv().unwrap().unwrap().0.state, RunState::Cancelled);
    runs.cancel_shown(&token);
    assert_eq!(host.cancelled().len(), 1, "it is over");
}

#[test]
fn who_cancels_the_request_stops_the_run_and_who_closes_the_editor_does_not() {
    let host = Fake::new();
    let (runs, _events) = Runs::new(host.clone());
    let waiting = Waiting::new(&runs);
    waiting.starter()(&folder(), "r1");
    waiting.end();
    assert!(host.cancelled().is_empty(), "it has ended");

    let waiting = Waiting::new(&runs);
    waiting.starter()(&folder(), "r2");
    drop(waiting);
    assert_eq!(host.wait_for_cancelled(1), ["r2"]);

    // Cancelled while it was being started.
    let waiting = Waiting::new(&runs);
    let starter = waiting.starter();
    drop(waiting);
    starter(&folder(), "r3");
    assert_eq!(host.wait_for_cancelled(2), ["r2", "r3"]);

    let waiting = Waiting::new(&runs);
    waiting.starter()(&folder(), "r4");
    runs.let_go();
    drop(waiting);
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(host.cancelled().len(), 2, "closing the editor leaves runs alone");
}
