use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use expect_test::expect;
use stagegate_core::plan::{Backoff, Effect, Step};
use stagegate_core::run::{StepFailure, StepState};
use stagegate_core::stage::Stage;

use super::*;

fn plan(component: &str, kind: RunKind) -> Plan {
    let step = |name| Step {
        name,
        effects: vec![Effect::Check { what: "that it is there".to_owned() }],
        backoff: Backoff::NONE,
        timeout_ms: 1000,
        environment: None,
        is_undone: true,
    };
    Plan {
        kind,
        component: component.to_owned(),
        canonical: component.to_owned(),
        from: Some(Stage::Development),
        to: Stage::Staging,
        spec: None,
        version: Some("1.0".to_owned()),
        head: None,
        undoes: None,
        reason: None,
        steps: [StepName::Validate, StepName::Deploy, StepName::Reports].map(step).to_vec(),
        refusals: Vec::new(),
        notes: Vec::new(),
    }
}

fn begin(journal: &mut Journal, id: &str, component: &str, kind: RunKind) -> RunRecord {
    journal.create(id, &plan(component, kind), &Request::default(), 1000).unwrap().unwrap()
}

fn end(journal: &mut Journal, mut run: RunRecord, state: RunState) {
    (run.state, run.ended_ms) = (state, Some(2000));
    let event = RunEvent::Ended { run: Box::new(run.clone()), summary: "done".to_owned() };
    journal.write(&run.id, Change { run: Some(&run), event: Some(&event), ..Change::default() }).unwrap();
}

/// The text of every file below `folder`, and when it was changed.
fn listing(folder: &Path) -> BTreeMap<String, (Vec<u8>, std::time::SystemTime)> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.metadata().unwrap().is_dir() {
            let inner = listing(&entry.path()).into_iter();
            all.extend(inner.map(|(path, file)| (format!("{name}/{path}"), file)));
        } else {
            all.insert(
                name,
                (fs::read(entry.path()).unwrap(), entry.metadata().unwrap().modified().unwrap()),
            );
        }
    }
    all
}

#[test]
fn what_was_written_is_read_and_secrets_are_not() {
    let dir = tempfile::tempdir().unwrap();
    assert!(Journal::open_read(dir.path()).unwrap().is_none());
    assert!(!dir.path().join(FOLDER).exists(), "reading creates nothing");
    let mut journal = Journal::open(dir.path()).unwrap();
    let secret = "canary-of-a-secret";
    journal.redact(&Redactor::from_env([("DEPLOY_TOKEN".into(), secret.into())]));
    let mut run = begin(&mut journal, "20260101-000000-aaaaaa", "calc", RunKind::Promotion);
    run.steps[1].state = StepState::Started;
    run.steps[1].attempts = 2;
    run.steps[1].outputs.insert("folder".to_owned(), format!("at {secret}").into());
    run.steps[1].failure = Some(StepFailure {
        message: format!("said {secret}"),
        help: "Y2FuYXJ5LW9mLWEtc2VjcmV0".to_owned(),
        transient: true,
    });
    let event = RunEvent::Step { step: Box::new(run.steps[1].clone()), percent: 33 };
    let change = Change { step: Some((1, &run.steps[1])), event: Some(&event), ..Change::default() };
    let seq = journal.write(&run.id, change).unwrap().unwrap();

    let read = Journal::open_read(dir.path()).unwrap().unwrap();
    let found = read.run(&run.id).unwrap().unwrap();
    expect![[r#"
        StepRecord {
            name: Deploy,
            state: Started,
            attempts: 2,
            started_ms: None,
            ended_ms: None,
            summary: None,
            failure: Some(
                StepFailure {
                    message: "said [redacted DEPLOY_TOKEN]",
                    help: "[redacted DEPLOY_TOKEN]",
                    transient: true,
                },
            ),
            outputs: {
                "folder": String("at [redacted DEPLOY_TOKEN]"),
            },
        }
    "#]]
    .assert_debug_eq(&found.steps[1]);
    assert_eq!(found.state, RunState::Interrupted, "nobody holds the lock");
    let events = read.events_after(&run.id, 0, 10).unwrap();
    assert_eq!(events.len(), 1);
    assert!(
        matches!(&events[0], (number, RunEvent::Step { step, .. }) if *number == seq && step.attempts == 2)
    );
    assert_eq!(read.events_after(&run.id, seq, 10).unwrap(), []);
    assert_eq!(read.plan(&run.id).unwrap().unwrap(), plan("calc", RunKind::Promotion));
    journal.fold();
    for (path, (bytes, _)) in listing(dir.path()) {
        let found = memchr::memmem::find(&bytes, secret.as_bytes());
        assert_eq!((found, memchr::memmem::find(&bytes, b"Y2FuYXJ5LW9mLWE")), (None, None), "{path}");
    }
}

#[test]
fn one_run_of_a_component_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path()).unwrap();
    let first = begin(&mut journal, "a", "calc", RunKind::Promotion);
    let again = journal.create("b", &plan("calc", RunKind::Rollback), &Request::default(), 1).unwrap();
    assert_eq!(again.unwrap_err(), "a");
    begin(&mut journal, "c", "other", RunKind::Promotion);
    end(&mut journal, first, RunState::Failed);
    begin(&mut journal, "d", "calc", RunKind::Promotion);
    let ids = |runs: Vec<RunRecord>| runs.into_iter().map(|run| run.id).collect::<Vec<_>>();
    assert_eq!(ids(journal.open_runs().unwrap()), ["d", "c"]);
    assert_eq!(ids(journal.runs(None, None, 2).unwrap()), ["d", "c"]);
    assert_eq!(ids(journal.runs(Some("calc"), None, 9).unwrap()), ["d", "a"]);
    assert_eq!(ids(journal.runs(Some("calc"), Some(RunKind::Rollback), 9).unwrap()), [] as [&str; 0]);
    assert_eq!(journal.open_run_of("calc").unwrap().unwrap().id, "d");
}

#[test]
fn the_newest_promotion_that_no_rollback_undid_can_be_undone() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path()).unwrap();
    let undo = |journal: &mut Journal| journal.to_undo("calc").unwrap().map(|run| run.id);
    for (id, state) in [("a", RunState::Succeeded), ("b", RunState::Succeeded), ("c", RunState::Failed)] {
        let run = begin(&mut journal, id, "calc", RunKind::Promotion);
        end(&mut journal, run, state);
    }
    assert_eq!(undo(&mut journal).as_deref(), Some("b"));
    let rollback = Plan { undoes: Some("b".to_owned()), ..plan("calc", RunKind::Rollback) };
    let run = journal.create("d", &rollback, &Request::default(), 1).unwrap().unwrap();
    assert_eq!(undo(&mut journal).as_deref(), Some("b"));
    end(&mut journal, run, RunState::Succeeded);
    assert_eq!(undo(&mut journal).as_deref(), Some("a"), "a rollback is never undone");
    assert_eq!(journal.run("b").unwrap().unwrap().undone_by.as_deref(), Some("d"));
}

#[test]
fn reading_changes_no_byte() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path()).unwrap();
    let run = begin(&mut journal, "a", "calc", RunKind::Promotion);
    end(&mut journal, run, RunState::Succeeded);
    drop(journal);
    let before = listing(dir.path());
    assert_eq!(before.keys().collect::<Vec<_>>(), [".stagegate/.gitignore", ".stagegate/journal.db"]);
    let look = || {
        let journal = Journal::open_read(dir.path()).unwrap().unwrap();
        assert_eq!(journal.runs(None, None, 10).unwrap().len(), 1);
        assert!(journal.to_undo("calc").unwrap().is_some());
        journal.circuit("staging").unwrap();
    };
    look();
    assert_eq!(listing(dir.path()), before);
}

#[cfg(unix)]
#[test]
fn reading_what_a_killed_process_left_changes_no_byte() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path()).unwrap();
    begin(&mut journal, "a", "calc", RunKind::Promotion);
    // As after SIGKILL: the log is not folded in.
    let (other, state) = (tempfile::tempdir().unwrap(), dir.path().join(FOLDER));
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        fs::copy(state.join(name), other.path().join(name)).unwrap();
    }
    drop(journal);
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        fs::copy(other.path().join(name), state.join(name)).unwrap();
    }
    let other = dir;
    let before = listing(other.path());
    let journal = Journal::open_read(other.path()).unwrap().unwrap();
    assert_eq!(journal.run("a").unwrap().unwrap().state, RunState::Interrupted);
    drop(journal);
    assert_eq!(listing(other.path()), before);
    // Who writes next has all of it.
    let mut journal = Journal::open(other.path()).unwrap();
    let run = journal.run("a").unwrap().unwrap();
    end(&mut journal, run, RunState::Cancelled);
    assert_eq!(journal.run("a").unwrap().unwrap().state, RunState::Cancelled);
}

#[test]
fn a_reader_sees_what_is_written_after_it_began() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path()).unwrap();
    begin(&mut journal, "a", "calc", RunKind::Promotion);
    drop(journal);
    let reader = Journal::open_read(dir.path()).unwrap().unwrap();
    assert_eq!(reader.runs(None, None, 9).unwrap().len(), 1);
    let mut journal = Journal::open(dir.path()).unwrap();
    begin(&mut journal, "b", "other", RunKind::Promotion);
    assert_eq!(reader.runs(None, None, 9).unwrap().len(), 2);
    begin(&mut journal, "c", "third", RunKind::Promotion);
    assert_eq!(reader.runs(None, None, 9).unwrap().len(), 3);
    drop(journal);
    assert_eq!(reader.runs(None, None, 9).unwrap().len(), 3);
}

#[test]
fn no_query_walks_through_all_runs() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let connection = journal.connection.borrow();
    let mut plans = String::new();
    let rest = [
        rows::OF_COMPONENT,
        rows::OF_COMPONENT_AND_KIND,
        rows::OF_KIND,
        rows::ALL,
        rows::OPEN,
        rows::OPEN_OF,
        rows::TO_UNDO,
        rows::BY_ID,
    ];
    let steps = "SELECT 1 FROM steps WHERE run = ?1 ORDER BY position";
    let gates = "SELECT 1 FROM gates WHERE run = ?1 ORDER BY number";
    let others =
        [rows::EVENTS, steps, gates, "SELECT max(seq) FROM events", "DELETE FROM events WHERE run = ?1"];
    let all = rest.map(rows::statement).into_iter().chain(others.map(str::to_owned));
    for statement in all {
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
        let count = explain.parameter_count();
        let rows =
            explain.query_map(rusqlite::params_from_iter(vec![1; count]), |row| row.get::<_, String>(3));
        let plan: Vec<_> = rows.unwrap().map(Result::unwrap).collect();
        let rest = statement.split_once(" FROM ").map_or(&*statement, |(_, rest)| rest);
        plans.push_str(&format!("{rest}\n    {}\n", plan.join("; ")));
        // Those that are open are few, and in an index of their own.
        let sorted = plan.iter().any(|step| step.contains("TEMP B-TREE"));
        assert!(!sorted || statement.contains("runs_open"), "{statement}: {plan:?}");
    }
    expect![[r#"
        runs WHERE canonical = ?1 ORDER BY seq DESC LIMIT ?2
            SEARCH runs USING INDEX runs_of_component (canonical=?)
        runs WHERE canonical = ?1 AND kind = ?3 ORDER BY seq DESC LIMIT ?2
            SEARCH runs USING INDEX runs_of_component_and_kind (canonical=? AND kind=?)
        runs WHERE kind = ?1 ORDER BY seq DESC LIMIT ?2
            SEARCH runs USING INDEX runs_of_kind (kind=?)
        runs ORDER BY seq DESC LIMIT ?1
            SCAN runs
        runs INDEXED BY runs_open WHERE state = 'running' ORDER BY seq DESC
            SCAN runs USING INDEX runs_open; USE TEMP B-TREE FOR ORDER BY
        runs INDEXED BY runs_open WHERE state = 'running' AND canonical = ?1 ORDER BY seq DESC LIMIT 1
            SEARCH runs USING INDEX runs_open (canonical=?)
        runs INDEXED BY runs_to_undo WHERE kind = 'promotion' AND state = 'succeeded' AND undone_by IS NULL AND canonical = ?1 ORDER BY seq DESC LIMIT 1
            SEARCH runs USING INDEX runs_to_undo (canonical=?)
        runs WHERE id = ?1
            SEARCH runs USING INDEX sqlite_autoindex_runs_1 (id=?)
        events WHERE run = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3
            SEARCH events USING INDEX events_of_run (run=? AND seq>?)
        steps WHERE run = ?1 ORDER BY position
            SEARCH steps USING PRIMARY KEY (run=?)
        gates WHERE run = ?1 ORDER BY number
            SEARCH gates USING PRIMARY KEY (run=?)
        events
            SEARCH events
        events WHERE run = ?1
            SEARCH events USING INDEX events_of_run (run=?)
    "#]].assert_eq(&plans);
}

#[test]
fn events_of_old_runs_go() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path()).unwrap();
    journal.connection.get_mut().execute_batch("PRAGMA synchronous = OFF").unwrap();
    for number in 0..205 {
        let run = begin(&mut journal, &format!("r{number}"), "calc", RunKind::Promotion);
        end(&mut journal, run, RunState::Succeeded);
    }
    let kept = |id: &str| journal.events_after(id, 0, 9).unwrap().len();
    assert_eq!([kept("r0"), kept("r4"), kept("r5"), kept("r204")], [0, 0, 1, 1]);
    assert_eq!(journal.run("r0").unwrap().unwrap().state, RunState::Succeeded);
}

#[test]
fn a_damaged_journal_is_refused_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path()).unwrap();
    for number in 0..50 {
        begin(&mut journal, &format!("r{number}"), &format!("c{number}"), RunKind::Promotion);
    }
    journal.fold();
    drop(journal);
    let path = dir.path().join(FOLDER).join(schema::FILE);
    let whole = fs::read(&path).unwrap();
    let mut said = String::new();
    let mut damaged = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let write = Journal::open(dir.path()).and_then(|mut journal| {
            journal.create("x", &plan("x", RunKind::Promotion), &Request::default(), 1).map(drop)
        });
        let read = Journal::open_read(dir.path()).and_then(|journal| match journal {
            Some(journal) => journal.runs(None, None, 100).map(drop),
            None => Ok(()),
        });
        said.push_str(&format!("{}\n{}\n", write.unwrap_err(), read.unwrap_err()));
        assert_eq!(fs::read(&path).unwrap(), bytes, "it is kept as it is");
    };
    damaged(&whole[..whole.len() / 2]);
    damaged(&whole[..5000]);
    damaged(b"no database at all, and longer than its header is, by which it would be known to be one....");
    let mut newer = whole.clone();
    newer[60..64].copy_from_slice(&99_u32.to_be_bytes());
    damaged(&newer);
    let mut other = whole.clone();
    other[68..72].copy_from_slice(&1_u32.to_be_bytes());
    damaged(&other);
    expect![[r#"
        .stagegate/journal.db is damaged (database disk image is malformed), so nobody knows what runs did; restore it from a backup, or look at the repository and the environments yourself and move the file away to begin a new one
        .stagegate/journal.db is damaged (database disk image is malformed), so nobody knows what runs did; restore it from a backup, or look at the repository and the environments yourself and move the file away to begin a new one
        .stagegate/journal.db is damaged (database disk image is malformed), so nobody knows what runs did; restore it from a backup, or look at the repository and the environments yourself and move the file away to begin a new one
        .stagegate/journal.db is damaged (database disk image is malformed), so nobody knows what runs did; restore it from a backup, or look at the repository and the environments yourself and move the file away to begin a new one
        .stagegate/journal.db is damaged (file is not a database), so nobody knows what runs did; restore it from a backup, or look at the repository and the environments yourself and move the file away to begin a new one
        .stagegate/journal.db is damaged (file is not a database), so nobody knows what runs did; restore it from a backup, or look at the repository and the environments yourself and move the file away to begin a new one
        .stagegate/journal.db was written by a newer Stagegate (version 99; this one reads up to 1); update Stagegate
        .stagegate/journal.db was written by a newer Stagegate (version 99; this one reads up to 1); update Stagegate
        .stagegate/journal.db is damaged (it is a database of something else), so nobody knows what runs did; restore it from a backup, or look at the repository and the environments yourself and move the file away to begin a new one
        .stagegate/journal.db is damaged (it is a database of something else), so nobody knows what runs did; restore it from a backup, or look at the repository and the environments yourself and move the file away to begin a new one
    "#]].assert_eq(&said);
}

#[test]
fn a_journal_that_another_process_holds_is_waited_for_and_then_said() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path()).unwrap();
    let path = dir.path().join(FOLDER).join(schema::FILE);
    let (ready, begin_now) = channel();
    let (done, over) = channel::<()>();
    let holder = std::thread::spawn(move || {
        let connection = Connection::open(path).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        ready.send(()).unwrap();
        let _ = over.recv();
    });
    begin_now.recv().unwrap();
    let began = Instant::now();
    let error = journal.create("x", &plan("x", RunKind::Promotion), &Request::default(), 1).unwrap_err();
    assert!(began.elapsed() >= Duration::from_secs(4), "{:?}", began.elapsed());
    expect![
        ".stagegate/journal.db is held by another process for longer than 5 s; try again when it has ended"
    ]
    .assert_eq(&error.to_string());
    drop(done);
    holder.join().unwrap();
    begin(&mut journal, "x", "x", RunKind::Promotion);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_read_and_said() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path()).unwrap();
    begin(&mut journal, "a", "calc", RunKind::Promotion);
    drop(journal);
    let folder = dir.path().join(FOLDER);
    let mode = |folder_mode, file_mode| {
        fs::set_permissions(folder.join(schema::FILE), fs::Permissions::from_mode(file_mode)).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(folder_mode)).unwrap();
    };
    mode(0o555, 0o444);
    let probe = fs::File::create(folder.join("probe"));
    let read = Journal::open_read(dir.path()).unwrap().unwrap().runs(None, None, 9).map(|runs| runs.len());
    let written = Journal::open(dir.path()).map(drop);
    mode(0o755, 0o600);
    assert_eq!(read, Ok(1));
    if probe.is_ok() {
        println!("skipped: this user may write everywhere");
        return;
    }
    expect!["x"].assert_eq(&written.unwrap_err().to_string());
}

#[cfg(unix)]
#[test]
fn links_lead_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    drop(Journal::open(other.path()).unwrap());
    let before = listing(other.path());
    fs::create_dir(dir.path().join(FOLDER)).unwrap();
    let target = other.path().join(FOLDER).join(schema::FILE);
    std::os::unix::fs::symlink(target, dir.path().join(FOLDER).join(schema::FILE)).unwrap();
    let said = "cannot be used: it is no regular file; move it away; a new one is begun";
    assert!(Journal::open(dir.path()).unwrap_err().to_string().contains(said));
    assert!(Journal::open_read(dir.path()).unwrap_err().to_string().contains(said));
    assert_eq!(listing(other.path()), before);
}

#[test]
fn a_journal_from_elsewhere_is_not_believed() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut journal = Journal::open(dir.path()).unwrap();
    begin(&mut journal, "20261121-034500-aaaaaa", "calc", RunKind::Promotion);
    drop(journal);
    let place = |root: &Path| root.join(".stagegate/journal.db");
    Journal::open(other.path()).map(drop).unwrap();
    std::fs::copy(place(dir.path()), place(other.path())).unwrap();
    // Another folder has another key, as another user has.
    assert_eq!(Journal::open_read(other.path()).map(drop), Err(JournalError::Foreign));
    assert_eq!(Journal::open(other.path()).map(drop), Err(JournalError::Foreign));
    assert!(place(other.path()).exists(), "it is left as it is");
    // One that somebody made without a mark neither.
    let connection = rusqlite::Connection::open(place(other.path())).unwrap();
    connection.execute("DELETE FROM owner", []).unwrap();
    drop(connection);
    assert_eq!(Journal::open(other.path()).map(drop), Err(JournalError::Foreign));
    assert!(Journal::open_read(dir.path()).unwrap().is_some());
}
