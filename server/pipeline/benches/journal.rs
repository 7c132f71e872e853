//! The journal of 10 runs beside one of 10,000: opening, listing, finding and following take as long; and what one
//! transition costs, on the disk.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on fails")]

use std::path::Path;

use stagegate_core::plan::{Backoff, Plan, RunKind, Step, StepName};
use stagegate_core::run::{RunEvent, RunState, StepState};
use stagegate_core::stage::Stage;
use stagegate_pipeline::process::Cancel;
use stagegate_pipeline::runs::journal::{Change, Journal};
use stagegate_pipeline::runs::{Request, watch};

const SIZES: [usize; 2] = [10, 10_000];

fn main() {
    divan::main();
}

fn plan(component: &str) -> Plan {
    let step = |name| Step {
        name,
        effects: Vec::new(),
        backoff: Backoff::NONE,
        timeout_ms: 1000,
        environment: None,
        is_undone: true,
    };
    let names = [
        StepName::Validate,
        StepName::Testing,
        StepName::Refactoring,
        StepName::Metadata,
        StepName::Commit,
        StepName::Deploy,
        StepName::Verify,
        StepName::Reports,
    ];
    Plan {
        kind: RunKind::Promotion,
        component: component.to_owned(),
        canonical: component.to_owned(),
        from: Some(Stage::Development),
        to: Stage::Staging,
        spec: None,
        version: None,
        head: None,
        undoes: None,
        reason: None,
        steps: names.map(step).to_vec(),
        refusals: Vec::new(),
        notes: Vec::new(),
    }
}

/// A journal of so many runs of 100 components, all of which ended.
fn filled(runs: usize) -> tempfile::TempDir {
    // In memory, where there is such a folder: filling it is not what is measured.
    let dir =
        Some(Path::new("/dev/shm")).filter(|shm| shm.is_dir()).and_then(|shm| tempfile::tempdir_in(shm).ok());
    let dir = dir.unwrap_or_else(|| tempfile::tempdir().unwrap());
    let mut journal = Journal::open(dir.path()).unwrap();
    for number in 0..runs {
        let plan = plan(&format!("c{}", number % 100));
        let id = format!("r{number:06}");
        let mut run = journal.create(&id, &plan, &Request::default(), 1000).unwrap().unwrap();
        (run.state, run.ended_ms) = (RunState::Succeeded, Some(2000));
        let event = RunEvent::Ended { run: Box::new(run.clone()), summary: "it succeeded".to_owned() };
        journal.write(&id, Change { run: Some(&run), event: Some(&event), ..Change::default() }).unwrap();
    }
    journal.fold();
    dir
}

#[divan::bench(args = SIZES)]
fn open_and_list_the_newest_20(bencher: divan::Bencher<'_, '_>, runs: usize) {
    let dir = filled(runs);
    bencher.bench_local(|| Journal::open_read(dir.path()).unwrap().unwrap().runs(None, None, 20).unwrap());
}

#[divan::bench(args = SIZES)]
fn open_and_find_what_can_be_undone(bencher: divan::Bencher<'_, '_>, runs: usize) {
    let dir = filled(runs);
    bencher.bench_local(|| Journal::open_read(dir.path()).unwrap().unwrap().to_undo("c7").unwrap());
}

#[divan::bench(args = SIZES)]
fn open_for_writing(bencher: divan::Bencher<'_, '_>, runs: usize) {
    let dir = filled(runs);
    bencher.bench_local(|| Journal::open(dir.path()).unwrap());
}

#[divan::bench(args = SIZES)]
fn attach_and_hear_the_end(bencher: divan::Bencher<'_, '_>, runs: usize) {
    let dir = filled(runs);
    let id = format!("r{:06}", runs - 1);
    bencher.bench_local(|| watch::watch(dir.path(), &id, 0, &mut |_, _| {}, &Cancel::new()).unwrap());
}

/// One step begins: the step and its event, on the disk of the temporary folder.
#[divan::bench(args = SIZES)]
fn transition(bencher: divan::Bencher<'_, '_>, runs: usize) {
    let filled = filled(runs);
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join(".stagegate")).unwrap();
    let file = Path::new(".stagegate/journal.db");
    std::fs::copy(filled.path().join(file), dir.path().join(file)).unwrap();
    let mut journal = Journal::open(dir.path()).unwrap();
    let mut run = journal.create("now", &plan("now"), &Request::default(), 1000).unwrap().unwrap();
    bencher.bench_local(|| {
        let step = &mut run.steps[1];
        (step.state, step.attempts) = (StepState::Started, step.attempts + 1);
        let event = RunEvent::Step { step: Box::new(step.clone()), percent: 12 };
        journal
            .write("now", Change { step: Some((1, step)), event: Some(&event), ..Change::default() })
            .unwrap()
    });
}

/// What the disk itself takes for one page that has to be there: what a transition is held against.
#[divan::bench]
fn disk(bencher: divan::Bencher<'_, '_>) {
    use std::io::Write as _;
    let mut file = tempfile::tempfile().unwrap();
    bencher.bench_local(|| {
        file.write_all(&[1; 4096]).unwrap();
        file.sync_data().unwrap();
    });
}
