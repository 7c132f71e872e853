//! Runs whose process is killed at every transaction of the journal and directly before and after every effect, then taken
//! up again: they end as a run that nobody disturbs, and each effect happened once.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stdout, reason = "it prints what a harness would, and its processes talk by it")]

#[path = "runs/support.rs"]
#[allow(dead_code, reason = "the other test uses it")]
mod support;

use std::path::Path;
use std::process::{Command, ExitStatus, Output};

use stagegate_core::run::{RunEvent, RunState};
use stagegate_core::workspace::Root;
use stagegate_pipeline::process::Cancel;
use stagegate_pipeline::redact::Redactor;
use stagegate_pipeline::runs::engine::{self, Bench};
use stagegate_pipeline::runs::journal::Journal;
use stagegate_pipeline::runs::{Request, SystemClock};
use support::{effects, plan, run_tests};

const ID: &str = "20260101-000000-aaaaaa";

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let [_, mode, folder, kill_at, limit] = args.as_slice()
        && mode == "drive"
    {
        drive(Path::new(folder), kill_at.parse().unwrap(), limit.parse().unwrap());
        return;
    }
    run_tests(&[
        ("a_run_that_succeeds", || every_place(&|_| {})),
        ("a_run_that_fails", || every_place(&|folder| write(folder, "fail-verify", "it is broken"))),
        ("a_run_whose_undoing_begins_in_the_step_that_failed", || {
            every_place(&|folder| write(folder, "fail-deploy", "it is broken"));
        }),
        ("a_run_that_is_cancelled", || {
            every_place(&|folder| write(folder, "cancel-verify", ""));
        }),
        ("a_run_that_is_killed_again_and_again", again_and_again),
        ("a_disk_that_is_full", full_disk),
    ]);
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

/// Carries the run out in this process. Says at how many places it could have been killed.
fn drive(folder: &Path, kill_at: usize, limit: u64) {
    support::kill_at(kill_at);
    let mut journal = Journal::open(folder).unwrap();
    journal.watch(|_| support::place());
    let cancel = support::CANCEL.get_or_init(Cancel::new);
    if limit > 0 {
        limit_files(limit);
    }
    let bench = Bench {
        folder,
        root: &Root::default(),
        cancel,
        redactor: &Redactor::default(),
        clock: &SystemClock,
        actions: &support::action,
        chance: &|| 0.5,
    };
    match engine::execute(&mut journal, ID, &bench) {
        Ok(run) => println!("{} {}", support::passed(), run.state.name()),
        Err(error) => println!("left: {error}"),
    }
}

#[cfg(unix)]
fn limit_files(limit: u64) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    // Else the signal would end this process.
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default()).unwrap();
    setrlimit(Resource::Fsize, Rlimit { current: Some(limit), maximum: None }).unwrap();
}

#[cfg(not(unix))]
fn limit_files(_: u64) {}

fn child(folder: &Path, kill_at: usize, limit: u64) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg("drive").arg(folder).args([kill_at.to_string(), limit.to_string()]);
    command.output().unwrap()
}

#[cfg(unix)]
fn was_killed(status: ExitStatus) -> bool {
    std::os::unix::process::ExitStatusExt::signal(&status) == Some(9)
}

#[cfg(not(unix))]
fn was_killed(status: ExitStatus) -> bool {
    !status.success()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap().trim().to_owned()
}

fn prepare(arrange: &dyn Fn(&Path)) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    Journal::open(dir.path()).unwrap().create(ID, &plan(), &Request::default(), 1).unwrap().unwrap();
    arrange(dir.path());
    dir
}

/// What must be the same whatever happened on the way: effects, states, outputs and what people read. Ended is said once.
fn state(folder: &Path) -> String {
    let journal = Journal::open_read(folder).unwrap().unwrap();
    let run = journal.run(ID).unwrap().unwrap();
    let mut text = format!("{}\n{}: {}\n", effects(folder), run.state.name(), engine::summary(&run));
    for step in &run.steps {
        let outputs = serde_json::to_string(&step.outputs).unwrap();
        text.push_str(&format!("{} {:?} {:?} {outputs}\n", step.name, step.state, step.summary));
        text.push_str(&format!("    {:?}\n", step.failure));
    }
    let events = journal.events_after(ID, 0, 1000).unwrap();
    let ended = events.iter().filter(|(_, event)| matches!(event, RunEvent::Ended { .. })).count();
    assert!(ended == 1 && matches!(events.last(), Some((_, RunEvent::Ended { .. }))), "{events:?}");
    text
}

fn every_place(arrange: &dyn Fn(&Path)) {
    let undisturbed = prepare(arrange);
    let places = said(&child(undisturbed.path(), 0, 0));
    let places: usize = places.split(' ').next().unwrap().parse().unwrap();
    let expected = state(undisturbed.path());
    assert!(places > 30, "{places} places");
    println!("{places} places; undisturbed:\n{expected}");
    for place in 1..=places {
        let dir = prepare(arrange);
        let killed = child(dir.path(), place, 0);
        assert!(was_killed(killed.status), "at {place}: {killed:?}");
        let journal = Journal::open_read(dir.path()).unwrap().unwrap();
        let left = journal.run(ID).unwrap().unwrap().state;
        drop(journal);
        // The last place is after the end.
        assert!(place == places || left == RunState::Interrupted, "at {place}: {left:?}");
        said(&child(dir.path(), 0, 0));
        assert_eq!(state(dir.path()), expected, "killed at {place} of {places}");
    }
}

fn again_and_again() {
    let expected = prepare(&|_| {});
    said(&child(expected.path(), 0, 0));
    // Fewer places than these do not lead from the announcement of a step to its effect.
    for life in 10..=16 {
        let dir = prepare(&|_| {});
        let mut lives = 0;
        while was_killed(child(dir.path(), life, 0).status) {
            lives += 1;
            assert!(lives < 100, "no way forward in {life} places");
        }
        assert_eq!(state(dir.path()), state(expected.path()), "killed at every {life}. place");
    }
}

fn full_disk() {
    let expected = prepare(&|_| {});
    said(&child(expected.path(), 0, 0));
    let mut left = 0;
    // A log of SQLite grows by 4 KiB for each page.
    for limit in (1..=40).map(|number| number * 8192) {
        let dir = prepare(&|_| {});
        let said = said(&child(dir.path(), 0, limit));
        if said.starts_with("left: ") {
            left += 1;
            assert!(
                said.starts_with("left: .stagegate/journal.db cannot be used: ") && said.contains("disk"),
                "{limit}: {said}"
            );
        }
        assert!(child(dir.path(), 0, 0).status.success());
        assert_eq!(state(dir.path()), state(expected.path()), "{limit} bytes: {said}");
    }
    assert!(left > 5, "{left}");
    if cfg!(not(unix)) {
        println!("skipped: no file can be limited here");
    }
}
