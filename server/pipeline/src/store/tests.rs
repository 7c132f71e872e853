use std::fs;
use std::path::Path;

use stagegate_core::gates::{Exit, GateKind, Observed, Origin, Problem, ProblemKind};

use super::*;
use crate::inputs::{Definition, Snapshot};

fn evidence(component: &str, gate: GateKind, ended_ms: i64) -> Evidence {
    Evidence {
        gate: gate.into(),
        component: component.to_owned(),
        origin: Origin::Run,
        started_ms: ended_ms - 10,
        ended_ms,
        commit: Some("abc".to_owned()),
        inputs: String::new(),
        commands: vec![vec!["pytest".to_owned(), "-q".to_owned()]],
        exit: Some(Exit::Code(0)),
        tool: Some("pytest".to_owned()),
        tool_version: None,
        report: None,
        observed: Ok(Observed::Issues { count: 0, files: Some(3) }),
        findings: Vec::new(),
        flaky: Vec::new(),
        output: String::new(),
        carried_by: None,
    }
}

fn inputs(text: &str) -> Inputs {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.py"), text).unwrap();
    let root = stagegate_core::workspace::Root::default();
    Snapshot::scan(dir.path(), &root, &KnownFiles::default()).inputs("calc", &Definition::default())
}

fn put(store: &mut Store, evidence: &Evidence) -> i64 {
    store.insert(New { evidence, inputs: None, files: &[], tests: None }).unwrap()
}

fn database(root: &Path) -> PathBuf {
    root.join(FOLDER).join(open::FILE)
}

/// What is below our folder, without what SQLite keeps beside a database.
fn files(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(root.join(FOLDER)).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn the_newest_is_what_was_inserted_last_whatever_the_clock_says() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(Store::open_read(dir.path()).unwrap().map(|_| ()), None);
    assert!(!dir.path().join(FOLDER).exists(), "reading creates nothing");
    let mut store = Store::open(dir.path()).unwrap();
    assert_eq!(fs::read_to_string(dir.path().join(".stagegate/.gitignore")).unwrap(), "*\n");
    put(&mut store, &evidence("calc", GateKind::Lint, 2000));
    let mut broken = evidence("calc", GateKind::Lint, 1000);
    broken.observed = Err(Problem {
        kind: ProblemKind::ToolMissing,
        message: "no ruff".to_owned(),
        help: "install it".to_owned(),
    });
    put(&mut store, &broken);
    put(&mut store, &evidence("calc", GateKind::Tests, 1));
    put(&mut store, &evidence("a'; DROP TABLE evidence; --", GateKind::Tests, 1));
    let newest = store.newest("calc").unwrap();
    assert_eq!(
        newest.iter().map(|stored| &stored.evidence).collect::<Vec<_>>(),
        [&broken, &evidence("calc", GateKind::Tests, 1)]
    );
    assert_eq!(store.newest_all().unwrap().len(), 3);
    let history = store.history("calc", &GateKind::Lint.into(), 10).unwrap();
    assert_eq!(history.iter().map(|stored| stored.evidence.ended_ms).collect::<Vec<_>>(), [1000, 2000]);
    assert_eq!(store.history("calc", &GateKind::Lint.into(), 1).unwrap().len(), 1);
    drop(store);
    assert_eq!(files(dir.path()), [".gitignore", "evidence.db", "evidence.lock"]);
    let store = Store::open_read(dir.path()).unwrap().unwrap();
    assert_eq!(store.newest_all().unwrap().len(), 3);
    assert_eq!(files(dir.path()), [".gitignore", "evidence.db", "evidence.lock"], "reading creates nothing");
}

#[test]
fn inputs_and_coverage_are_kept_as_long_as_they_are_needed() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let (first, second) = (inputs("1"), inputs("2"));
    let measured = |covered| MeasuredFile {
        path: "src/a.py".to_owned(),
        covered,
        statements: 10,
        missing: vec![(3, 5), (9, 9)],
        content: Some(first.hash),
        measured_ms: 5,
    };
    for (inputs, covered) in [(&first, 1), (&second, 2)] {
        let evidence = evidence("calc", GateKind::Coverage, 1);
        let files = [measured(covered)];
        store.insert(New { evidence: &evidence, inputs: Some(inputs), files: &files, tests: None }).unwrap();
    }
    let newest = store.newest("calc").unwrap();
    assert_eq!(newest[0].manifest.as_ref(), Some(&second.manifest));
    assert_eq!(newest[0].manifest.as_ref().unwrap().hash(), second.hash);
    assert_eq!(store.group(second.groups[0].hash()).unwrap().as_ref(), Some(&*second.groups[0]));
    assert_eq!(store.group(first.groups[0].hash()).unwrap(), None, "nobody needs it any more");
    assert_eq!(store.files().unwrap(), [measured(2)]);
    for at in 0..120 {
        put(&mut store, &evidence("calc", GateKind::Coverage, at));
    }
    assert_eq!(store.history("calc", &GateKind::Coverage.into(), 1000).unwrap().len(), 100);
    assert_eq!(store.prune(0).unwrap(), 99);
    assert_eq!(store.newest("calc").unwrap()[0].evidence.ended_ms, 119);
    assert_eq!(store.group(second.groups[0].hash()).unwrap(), None);
}

#[test]
fn what_was_read_of_files_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("ä b.py"), "x").unwrap();
    let root = stagegate_core::workspace::Root::default();
    let known = Snapshot::scan(dir.path(), &root, &KnownFiles::default()).known();
    assert_eq!(known.len(), 1);
    let mut store = Store::open(dir.path()).unwrap();
    assert_eq!(store.known_files().unwrap(), KnownFiles::default());
    store.keep_known_files(&known).unwrap();
    assert_eq!(store.known_files().unwrap(), *known);
    store.connection.execute("UPDATE known_files SET files = substr(files, 2)", []).unwrap();
    assert_eq!(store.known_files().unwrap(), KnownFiles::default(), "damage costs time and nothing else");
}

#[test]
fn a_test_that_failed_and_passed_on_the_same_inputs_is_flaky() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let (same, other) = (inputs("1"), inputs("2"));
    let mut run = |inputs: &Inputs, failed: &[&str], passed: &[&str]| {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let tests = RanTests { failed: names(failed), passed: names(passed) };
        let evidence = evidence("calc", GateKind::Tests, 1);
        let new = New { evidence: &evidence, inputs: Some(inputs), files: &[], tests: Some(&tests) };
        store.insert(new).unwrap();
        store.flaky("calc", &GateKind::Tests.into(), inputs.hash).unwrap()
    };
    assert_eq!(run(&same, &["a", "b"], &["c", "twice"]), [""; 0]);
    assert_eq!(run(&same, &["a"], &["b", "c"]), ["b"]);
    assert_eq!(run(&other, &["c"], &["a"]), [""; 0], "other inputs");
    assert_eq!(run(&same, &["twice"], &["twice", "a", "b"]), ["a", "b", "twice"]);
    assert_eq!(run(&other, &["two"], &["two", "c"]), ["c"], "two tests of one name in one run");
    assert_eq!(store.flaky("util", &GateKind::Tests.into(), same.hash).unwrap(), [""; 0]);
}

#[test]
fn a_damaged_file_is_put_aside_and_said() {
    type Damage = fn(&Path);
    let cases: [(&str, Damage); 6] = [
        ("text", |path| fs::write(path, "this is no database at all, whatever its name says").unwrap()),
        ("zeros", |path| fs::write(path, vec![0; 8192]).unwrap()),
        ("cut off", |path| fs::File::options().write(true).open(path).unwrap().set_len(5000).unwrap()),
        ("garbage in the middle", |path| {
            let mut bytes = fs::read(path).unwrap();
            let from = bytes.len() / 3;
            bytes[from..from + 9000].fill(0xa5);
            fs::write(path, bytes).unwrap();
        }),
        ("another program's", |path| {
            fs::remove_file(path).unwrap();
            Connection::open(path)
                .unwrap()
                .execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
                .unwrap();
        }),
        ("no tables of ours", |path| {
            let connection = Connection::open(path).unwrap();
            connection.execute_batch("DROP TABLE newest; DROP TABLE evidence").unwrap();
        }),
    ];
    for (what, damage) in cases {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path()).unwrap();
        for at in 0..200 {
            put(&mut store, &evidence(&format!("calc{at}"), GateKind::Lint, at));
        }
        drop(store);
        damage(&database(dir.path()));
        let damaged = fs::read(database(dir.path())).unwrap();
        // What is read is what was written, or nothing.
        let read = Store::open_read(dir.path()).ok().flatten().and_then(|store| store.newest_all().ok());
        for stored in read.into_iter().flatten() {
            let at = stored.evidence.ended_ms;
            assert_eq!(stored.evidence, evidence(&format!("calc{at}"), GateKind::Lint, at), "{what}");
        }
        assert_eq!(fs::read(database(dir.path())).unwrap(), damaged, "{what}: reading changes nothing");
        let mut store = Store::open(dir.path()).unwrap();
        put(&mut store, &evidence("calc", GateKind::Lint, 7));
        assert_eq!(store.newest_all().unwrap().len(), 1, "{what}");
        let notice = store.notice().expect(what);
        assert!(notice.to_string().contains("run the gates again"), "{notice}");
        assert_eq!(fs::read(&notice.aside).unwrap(), damaged, "{what}: nothing is deleted");
        let name = notice.aside.file_name().unwrap().to_string_lossy().into_owned();
        assert!(name.starts_with("evidence.db.broken-"), "{name}");
    }
}

#[test]
fn a_row_that_was_changed_is_no_evidence() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    put(&mut store, &evidence("calc", GateKind::Lint, 1));
    store
        .connection
        .execute("UPDATE evidence SET evidence = replace(evidence, '\"count\":0', '\"count\":1')", [])
        .unwrap();
    assert_eq!(store.newest("calc").unwrap(), []);
    put(&mut store, &evidence("calc", GateKind::Tests, 2));
    assert_eq!(store.newest_all().unwrap().len(), 1, "one wrong row hides no other");
    put(&mut store, &evidence("calc", GateKind::Lint, 3));
    assert_eq!(store.newest_all().unwrap().len(), 2, "new evidence takes its place");
}

#[test]
fn evidence_of_another_workspace_is_nobodys() {
    let (here, clone) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    put(&mut Store::open(here.path()).unwrap(), &evidence("calc", GateKind::Lint, 1));
    // The file came with the repository.
    fs::create_dir(clone.path().join(FOLDER)).unwrap();
    fs::copy(database(here.path()), database(clone.path())).unwrap();
    let store = Store::open_read(clone.path()).unwrap().unwrap();
    assert_eq!(store.newest("calc").unwrap(), []);
    assert_eq!(store.history("calc", &GateKind::Lint.into(), 9).unwrap(), []);
    assert_eq!(Store::open_read(here.path()).unwrap().unwrap().newest("calc").unwrap().len(), 1);
}

#[test]
fn a_newer_file_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path()).unwrap());
    Connection::open(database(dir.path())).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let expected = StoreError::Newer { found: 99, known: 1 };
    assert_eq!(Store::open(dir.path()).err(), Some(expected.clone()));
    assert_eq!(Store::open_read(dir.path()).err(), Some(expected));
    assert!(!files(dir.path()).iter().any(|name| name.contains("broken")));
}

#[test]
fn a_file_that_is_held_is_said_to_be() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    put(&mut store, &evidence("calc", GateKind::Lint, 1));
    let other = Connection::open(database(dir.path())).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    store.connection.busy_timeout(std::time::Duration::from_millis(20)).unwrap();
    let evidence = evidence("calc", GateKind::Lint, 2);
    let error = store.insert(New { evidence: &evidence, inputs: None, files: &[], tests: None }).unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error}");
    // Who reads does not wait.
    let reader = Store::open_read(dir.path()).unwrap().unwrap();
    assert_eq!(reader.newest("calc").unwrap().len(), 1);
    drop(other);
    put(&mut store, &evidence);
    assert_eq!(reader.newest("calc").unwrap()[0].evidence.ended_ms, 2);
}

#[test]
fn a_reader_sees_what_was_written_after_it_was_opened() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    put(&mut store, &evidence("calc", GateKind::Lint, 1));
    drop(store);
    let reader = Store::open_read(dir.path()).unwrap().unwrap();
    assert!(matches!(reader.access, Access::ReadQuiet(_)));
    let mut store = Store::open(dir.path()).unwrap();
    put(&mut store, &evidence("calc", GateKind::Lint, 2));
    assert_eq!(reader.newest("calc").unwrap()[0].evidence.ended_ms, 2, "it is in the log");
    drop(store);
    assert_eq!(reader.newest("calc").unwrap()[0].evidence.ended_ms, 2, "it is in the file");
    let mut reader = reader;
    let evidence = evidence("calc", GateKind::Lint, 3);
    let error =
        reader.insert(New { evidence: &evidence, inputs: None, files: &[], tests: None }).unwrap_err();
    assert!(matches!(error, StoreError::Unusable { .. }));
}

#[test]
fn many_write_at_once_and_nothing_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let root = dir.path();
            scope.spawn(move || {
                for at in 0..10 {
                    let mut store = Store::open(root).unwrap();
                    put(&mut store, &evidence(&format!("c{thread}"), GateKind::Lint, at));
                }
            });
        }
    });
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.notice(), None);
    for thread in 0..4 {
        let history = store.history(&format!("c{thread}"), &GateKind::Lint.into(), 100).unwrap();
        assert_eq!(history.len(), 10);
    }
}

#[test]
fn a_store_that_was_put_aside_or_removed_by_another_process_is_opened_anew() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    put(&mut store, &evidence("calc", GateKind::Lint, 1));
    fs::remove_dir_all(dir.path().join(FOLDER)).unwrap();
    put(&mut store, &evidence("calc", GateKind::Tests, 2));
    let found = Store::open_read(dir.path()).unwrap().unwrap().newest("calc").unwrap();
    assert_eq!(found.len(), 1);
}

#[cfg(unix)]
#[test]
fn links_and_other_things_in_our_place_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), dir.path().join(FOLDER)).unwrap();
    let error = Store::open(dir.path()).unwrap_err();
    expect_test::expect![
        ".stagegate cannot be used: it is no folder; move it away; Stagegate keeps a folder of its own there"
    ]
    .assert_eq(&error.to_string());
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);

    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(database(dir.path())).unwrap();
    expect_test::expect![
        ".stagegate/evidence.db cannot be used: it is no regular file; move it away; a new one is begun"
    ]
    .assert_eq(&Store::open(dir.path()).unwrap_err().to_string());
    expect_test::expect![
        ".stagegate/evidence.db cannot be used: it is no regular file; move it away; a new one is begun"
    ]
    .assert_eq(&Store::open_read(dir.path()).unwrap_err().to_string());
}

#[cfg(unix)]
#[test]
fn what_cannot_be_written_is_read_and_said() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    put(&mut store, &evidence("calc", GateKind::Lint, 1));
    drop(store);
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(&database(dir.path()), 0o400);
    mode(&dir.path().join(FOLDER), 0o500);
    let read = Store::open_read(dir.path()).unwrap().unwrap().newest("calc").unwrap();
    let is_refused = fs::File::create(dir.path().join(FOLDER).join("probe")).is_err();
    let written = Store::open(dir.path());
    mode(&dir.path().join(FOLDER), 0o700);
    assert_eq!(read.len(), 1);
    // Root may write everything.
    if is_refused {
        let error = written.unwrap_err().to_string();
        assert!(error.contains("writable"), "{error}");
    }
}

#[test]
fn a_full_disk_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let pages: i64 = store.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    store.connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
    let mut large = evidence("calc", GateKind::Lint, 1);
    large.output = "x".repeat(100_000);
    let error = store.insert(New { evidence: &large, inputs: None, files: &[], tests: None }).unwrap_err();
    expect_test::expect![
        ".stagegate/evidence.db cannot be used: database or disk is full; free some space on the disk"
    ]
    .assert_eq(&error.to_string());
    assert_eq!(store.newest_all().unwrap(), []);
}
