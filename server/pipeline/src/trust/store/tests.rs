use std::fs;
use std::sync::Barrier;

use super::*;

/// A workspace and a store beside it.
struct Fixture {
    dir: tempfile::TempDir,
    store: TrustStore,
}

fn fixture() -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("w")).unwrap();
    let store = TrustStore::at(dir.path().join("state")).unwrap();
    Fixture { dir, store }
}

impl Fixture {
    fn path(&self, path: &str) -> PathBuf {
        fs::canonicalize(self.dir.path()).unwrap().join(path)
    }

    fn state(&self, path: &str, items: &[Item]) -> State {
        self.store.state(&self.path(path), items).unwrap()
    }

    fn grant(&self, items: &[Item]) {
        self.store.grant(&self.path("w"), items).unwrap();
    }

    /// The one record.
    fn record(&self) -> PathBuf {
        let mut files: Vec<_> =
            fs::read_dir(self.path("state/trust")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        files.remove(0)
    }
}

fn commands(text: &str) -> Vec<Item> {
    vec![Item::new("gate `tests`", text), Item::new("pytest.ini", "[pytest]\n")]
}

const NEVER: State = State::Untrusted { problem: None };

#[test]
fn a_workspace_is_untrusted_until_it_is_trusted_and_after_it_is_revoked() {
    let f = fixture();
    assert_eq!(f.state("w", &commands("pytest")), NEVER);
    assert!(!f.path("state").exists(), "asking writes nothing");
    assert!(!f.store.revoke(&f.path("w")).unwrap());

    let before = SystemTime::now() - Duration::from_secs(1);
    f.grant(&commands("pytest"));
    let State::Trusted { since } = f.state("w", &commands("pytest")) else { panic!() };
    assert!(since >= before && since <= SystemTime::now(), "{since:?}");
    let mut turned = commands("pytest");
    turned.reverse();
    assert!(f.state("w", &turned).is_trusted(), "the order of items means nothing");

    assert!(f.store.revoke(&f.path("w")).unwrap());
    assert_eq!(f.state("w", &commands("pytest")), NEVER);
    assert!(!f.store.revoke(&f.path("w")).unwrap());
}

#[test]
fn trust_lapses_with_any_change_and_comes_back_with_the_old_state() {
    let f = fixture();
    f.grant(&commands("pytest"));
    let State::Lapsed { changes, .. } = f.state("w", &commands("pytest -p evil")) else { panic!() };
    let changed = Change::Changed {
        label: "gate `tests`".to_owned(),
        before: "pytest".to_owned(),
        after: "pytest -p evil".to_owned(),
    };
    assert_eq!(changes, [changed]);
    // A command that is left out is no change; a file of settings that is gone is one.
    assert!(matches!(f.state("w", &[]), State::Lapsed { changes, .. } if changes.len() == 1));
    let more = [commands("pytest"), vec![Item::new("gate `lint`", "ruff")]].concat();
    assert!(
        matches!(f.state("w", &more), State::Lapsed { changes, .. } if matches!(changes[..], [Change::Added(_)]))
    );
    let twice = [commands("pytest"), vec![Item::new("gate `tests`", "evil")]].concat();
    assert!(!f.state("w", &twice).is_trusted(), "one label cannot hide behind another");
    assert!(f.state("w", &commands("pytest")).is_trusted());
}

#[test]
fn trust_is_given_to_a_place() {
    let f = fixture();
    f.grant(&commands("pytest"));
    fs::create_dir(f.path("copy")).unwrap();
    fs::create_dir(f.path("w/inner")).unwrap();
    for path in ["copy", "w/inner", ""] {
        // The folder above holds the store.
        let state = f.store.state(&f.path(path), &commands("pytest"));
        assert!(!matches!(state, Ok(State::Trusted { .. })), "{path}: {state:?}");
    }
    fs::rename(f.path("w"), f.path("moved")).unwrap();
    assert_eq!(f.state("moved", &commands("pytest")), NEVER);
    fs::rename(f.path("copy"), f.path("w")).unwrap();
    assert!(
        matches!(f.state("w", &commands("other")), State::Lapsed { .. }),
        "another folder at the same path"
    );
}

#[cfg(unix)]
#[test]
fn a_link_to_a_workspace_is_that_workspace_for_every_command() {
    let f = fixture();
    std::os::unix::fs::symlink("w", f.path("link")).unwrap();
    f.store.grant(&f.path("link"), &commands("pytest")).unwrap();
    assert!(f.state("w", &commands("pytest")).is_trusted());
    assert!(f.state("link", &commands("pytest")).is_trusted());
    assert!(f.store.revoke(&f.path("link")).unwrap());
    assert_eq!(f.state("w", &commands("pytest")), NEVER);
}

#[test]
fn a_damaged_or_foreign_record_is_no_trust() {
    let f = fixture();
    f.grant(&commands("pytest"));
    let whole = fs::read_to_string(f.record()).unwrap();
    let problem = |f: &Fixture, bytes: &[u8]| {
        fs::write(f.record(), bytes).unwrap();
        match f.state("w", &commands("pytest")) {
            State::Untrusted { problem: Some(problem) } => problem.rsplit(": ").next().unwrap().to_owned(),
            other => panic!("{other:?}"),
        }
    };
    for at in [0, 1, whole.len() / 2, whole.len() - 1] {
        assert_eq!(problem(&f, &whole.as_bytes()[..at]), "it cannot be read", "cut at {at}");
    }
    assert_eq!(problem(&f, b"\xff\xfe\0"), "it cannot be read");
    assert_eq!(problem(&f, "[".repeat(100_000).as_bytes()), "it cannot be read");
    assert_eq!(
        problem(&f, whole.replace("record/1", "record/2").as_bytes()),
        "another version of Stagegate wrote it"
    );
    assert_eq!(problem(&f, whole.replace("[pytest]", "[evil]").as_bytes()), "it was edited");

    // The record of another workspace, under our name.
    fs::write(f.record(), &whole).unwrap();
    fs::create_dir(f.path("x")).unwrap();
    let ours = f.record();
    f.store.revoke(&f.path("w")).unwrap();
    f.store.grant(&f.path("x"), &commands("pytest")).unwrap();
    fs::rename(f.record(), ours).unwrap();
    let foreign = fs::read(f.record()).unwrap();
    assert_eq!(problem(&f, &foreign), "it is about another workspace");

    f.grant(&commands("pytest"));
    assert!(f.state("w", &commands("pytest")).is_trusted(), "a new grant mends it");
}

#[test]
fn a_store_inside_the_workspace_is_refused_before_anything_is_written() {
    let f = fixture();
    let check = |state_dir: PathBuf| {
        let store = TrustStore::at(state_dir).unwrap();
        let error = store.grant(&f.path("w"), &[]).unwrap_err();
        assert!(matches!(error, TrustError::InsideWorkspace { .. }), "{error}");
        assert!(matches!(store.state(&f.path("w"), &[]), Err(TrustError::InsideWorkspace { .. })));
        assert!(matches!(store.revoke(&f.path("w")), Err(TrustError::InsideWorkspace { .. })));
    };
    check(f.path("w/.state"));
    check(f.path("w"));
    check(f.path("w/../w/deep/er"));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("w", f.path("link")).unwrap();
        check(f.path("link/state"));
        fs::create_dir(f.path("own")).unwrap();
        std::os::unix::fs::symlink("../w", f.path("own/trust")).unwrap();
        check(f.path("own"));
    }
    assert_eq!(fs::read_dir(f.path("w")).unwrap().count(), 0);
}

#[test]
fn the_variable_must_hold_an_absolute_path() {
    let open = |value: &str| TrustStore::open_with(Some(value.into()));
    let error = open("relative/state").unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot tell where your trust is kept: relative/state is not an absolute path; set STAGEGATE_STATE_DIR to a \
         folder of yours"
    );
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(open(dir.path().to_str().unwrap()).unwrap().state_dir, dir.path());
    assert!(open("").unwrap().state_dir.ends_with("stagegate"), "an empty variable is none");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn only_the_user_may_look_at_it() {
        let f = fixture();
        f.grant(&commands("pytest"));
        assert_eq!(mode(&f.path("state")), 0o700);
        assert_eq!(mode(&f.path("state/trust")), 0o700);
        assert_eq!(mode(&f.record()), 0o600);
    }

    #[test]
    fn a_store_that_others_may_write_is_refused() {
        let f = fixture();
        f.grant(&commands("pytest"));
        let record = f.record();
        for path in [f.path("state"), f.path("state/trust"), record.clone()] {
            let good = mode(&path);
            for bad in [0o770, 0o702, 0o666] {
                set_mode(&path, bad | 0o100);
                let error = f.store.state(&f.path("w"), &commands("pytest")).unwrap_err();
                assert!(matches!(error, TrustError::Unsafe { .. }), "{error}");
                assert!(
                    error.to_string().contains("; make sure that its content is yours, then run: chmod "),
                    "{error}"
                );
                if path != record {
                    assert!(f.store.grant(&f.path("w"), &commands("pytest")).is_err());
                    assert!(f.store.revoke(&f.path("w")).is_err());
                }
            }
            set_mode(&path, good);
        }
        assert!(f.state("w", &commands("pytest")).is_trusted());
    }

    #[test]
    fn a_store_of_another_user_is_refused() {
        let f = fixture();
        f.grant(&commands("pytest"));
        let me = rustix::process::geteuid().as_raw();
        for path in [f.record(), f.path("state/trust"), f.path("state")] {
            if chown(&path, Some(me + 1234), None).is_err() {
                println!("skipped: only root can give a file to somebody else");
                return;
            }
            let error = f.store.state(&f.path("w"), &commands("pytest")).unwrap_err().to_string();
            assert!(error.contains("it belongs to another user"), "{error}");
            chown(&path, Some(me), None).unwrap();
        }
        assert!(f.state("w", &commands("pytest")).is_trusted());
    }

    #[test]
    fn a_record_that_is_a_link_or_a_pipe_is_refused() {
        let f = fixture();
        f.grant(&commands("pytest"));
        let record = f.record();
        fs::rename(&record, f.path("elsewhere.json")).unwrap();
        symlink(f.path("elsewhere.json"), &record).unwrap();
        let error = f.store.state(&f.path("w"), &commands("pytest")).unwrap_err().to_string();
        assert!(error.contains("no regular file"), "{error}");
        assert!(f.store.revoke(&f.path("w")).unwrap(), "the link can be removed");
        assert!(f.path("elsewhere.json").exists());
        fs::create_dir(&record).unwrap();
        assert!(f.store.state(&f.path("w"), &commands("pytest")).is_err());
        assert!(f.store.grant(&f.path("w"), &commands("pytest")).is_err(), "nothing was written");
    }

    #[test]
    fn a_state_folder_that_is_a_dangling_link_is_an_error() {
        let f = fixture();
        symlink("nowhere", f.path("state")).unwrap();
        assert!(matches!(f.store.grant(&f.path("w"), &[]), Err(TrustError::Io { .. })));
        assert!(!f.path("nowhere").exists());
    }

    #[test]
    fn a_root_that_is_no_utf8_is_told_apart_from_others() {
        use std::os::unix::ffi::OsStrExt as _;
        let f = fixture();
        let roots = [b"a\xff", b"a\xfe"].map(|name| f.path("").join(std::ffi::OsStr::from_bytes(name)));
        for root in &roots {
            if fs::create_dir(root).is_err() {
                println!("skipped: this file system has no such names");
                return;
            }
        }
        f.store.grant(&roots[0], &[]).unwrap();
        assert!(f.store.state(&roots[0], &[]).unwrap().is_trusted());
        assert_eq!(f.store.state(&roots[1], &[]).unwrap(), NEVER);
    }
}

#[test]
fn many_grants_at_once_leave_one_whole_record() {
    let f = fixture();
    let threads = 8;
    let barrier = Barrier::new(threads);
    std::thread::scope(|scope| {
        for number in 0..threads {
            let (f, barrier) = (&f, &barrier);
            scope.spawn(move || {
                barrier.wait();
                for _ in 0..10 {
                    f.grant(&commands(&format!("pytest {number}").repeat(500)));
                    let state = f.state("w", &commands("pytest"));
                    assert!(matches!(state, State::Lapsed { .. }), "{state:?}");
                }
            });
        }
    });
    assert!(f.record().exists());
}
