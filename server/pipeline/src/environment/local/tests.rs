use std::collections::BTreeMap;

use expect_test::expect;
use stagegate_core::workspace::FileIndex;

use super::*;

/// A workspace with one component, and its releases.
struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Bench {
        Bench::at(tempfile::tempdir().unwrap())
    }

    fn at(dir: tempfile::TempDir) -> Bench {
        let bench = Bench { dir };
        bench.lay("src/calc/__init__.py", "A = 1\n");
        bench.lay("src/calc/deep/data.bin", "1;2");
        bench.lay("specs/calc.md", "# calc\n");
        bench
    }

    fn root(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    fn lay(&self, path: &str, text: &str) {
        let path = self.dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn local(&self) -> Local {
        Local::new(&self.root(), ".stagegate/environments/staging/calc")
    }

    fn source(&self) -> Source {
        let paths = ["src/calc/__init__.py", "src/calc/deep/data.bin", "specs/calc.md", "src/other.py"];
        let index = FileIndex::new(paths.iter().map(|path| Box::from(*path)).collect());
        Source::working_tree(&self.root(), &index, &["specs/calc.md".into(), "src/calc".into()])
    }

    fn write(&self, name: &str) -> Result<ReleaseRecord, StepFailure> {
        let local = self.local();
        let previous = local.current()?;
        let new = New {
            component: "calc",
            stage: "staging",
            version: Some("1.2.0"),
            commit: None,
            name,
            previous: previous.as_deref(),
            now_ms: 1_795_232_700_000,
        };
        local.write(&new, &self.source(), &Cancel::new())
    }

    fn deploy(&self, name: &str) -> Result<(), StepFailure> {
        self.write(name)?;
        self.local().switch(Some(name))
    }

    /// All files of the environment.
    fn files(&self) -> BTreeMap<String, String> {
        fn walk(folder: &Path, base: &Path, files: &mut BTreeMap<String, String>) {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                let metadata = fs::symlink_metadata(&path).unwrap();
                let name = path.strip_prefix(base).unwrap().display().to_string();
                if metadata.is_symlink() {
                    files.insert(name, format!("-> {}", fs::read_link(&path).unwrap().display()));
                } else if metadata.is_dir() {
                    walk(&path, base, files);
                } else {
                    files.insert(name, fs::read_to_string(&path).unwrap_or_default());
                }
            }
        }
        let mut files = BTreeMap::new();
        walk(&self.local().folder(), &self.local().folder(), &mut files);
        files
    }

    fn said(&self, failure: &StepFailure) -> String {
        let root = self.root().display().to_string();
        format!("{}; {}", failure.message, failure.help).replace(&format!("{root}/"), "")
    }
}

#[test]
fn a_release_holds_the_files_of_the_component() {
    let bench = Bench::new();
    bench.deploy("1").unwrap();
    let files: String =
        bench.files().iter().map(|(path, text)| format!("{path}: {}\n", text.trim_end())).collect();
    expect![[r#"
        current: -> releases/1
        releases/1/release.json: {
          "component": "calc",
          "stage": "staging",
          "version": "1.2.0",
          "commit": null,
          "run": "1",
          "created": "2026-11-21T03:45:00.000Z",
          "previous": null,
          "digest": "4211b6e44b7dbd544263f08cb998fb5c7733570175bcd4a303bfbf1fa6bf1509",
          "files": [
            {
              "path": "specs/calc.md",
              "size": 7,
              "blake3": "161ac9d7797c84b43756c764671f4fabceeb1039d9abbb3f99f26a4f5fadc3e0"
            },
            {
              "path": "src/calc/__init__.py",
              "size": 6,
              "blake3": "5421d8c15f6d8d8a8218883ecc6e8ff48066fb6e3c34b237d7e76e729ea744b6"
            },
            {
              "path": "src/calc/deep/data.bin",
              "size": 3,
              "blake3": "9758c24cb0a08753cc630a0b6136c3b43b703e05f8e8069f191894febfcbc118"
            }
          ]
        }
        releases/1/specs/calc.md: # calc
        releases/1/src/calc/__init__.py: A = 1
        releases/1/src/calc/deep/data.bin: 1;2
    "#]]
    .assert_eq(&files);
    assert_eq!(fs::read_to_string(bench.root().join(".stagegate/.gitignore")).unwrap(), "*\n");
    bench.local().verify("1", None).unwrap();
}

#[test]
fn the_release_before_is_known_and_served_again() {
    let bench = Bench::new();
    let local = bench.local();
    assert_eq!((local.current().unwrap(), local.previous().unwrap()), (None, None));
    bench.deploy("1").unwrap();
    bench.lay("src/calc/__init__.py", "A = 2\n");
    bench.deploy("2").unwrap();
    assert_eq!(
        (local.current().unwrap().as_deref(), local.previous().unwrap().as_deref()),
        (Some("2"), Some("1"))
    );
    let text = |local: &Local| fs::read_to_string(local.folder().join("current/src/calc/__init__.py"));
    assert_eq!(text(&local).unwrap(), "A = 2\n");
    local.switch(Some("1")).unwrap();
    assert_eq!(text(&local).unwrap(), "A = 1\n");
    assert_eq!(local.previous().unwrap(), None, "nothing was served before the first");
    local.switch(None).unwrap();
    local.switch(None).unwrap();
    assert_eq!(local.current().unwrap(), None);
    assert!(local.record("1").unwrap().is_some());
}

#[test]
fn what_was_changed_by_hand_is_no_release() {
    let bench = Bench::new();
    bench.deploy("1").unwrap();
    let local = bench.local();
    let digest = local.record("1").unwrap().unwrap().digest;
    let file = local.release_folder("1").join("src/calc/__init__.py");
    let mut lines = String::new();
    let mut note = |failure: StepFailure| lines += &format!("{}\n", bench.said(&failure));
    fs::write(&file, "A = 3\n").unwrap();
    note(local.verify("1", Some(&digest)).unwrap_err());
    fs::remove_file(&file).unwrap();
    note(local.verify("1", Some(&digest)).unwrap_err());
    fs::write(&file, "A = 1\n").unwrap();
    local.verify("1", Some(&digest)).unwrap();
    note(local.verify("1", Some("0")).unwrap_err());
    note(local.verify("2", None).unwrap_err());
    let record = local.release_folder("1").join(RELEASE_FILE);
    let text = fs::read_to_string(&record).unwrap();
    fs::write(&record, text.replace("src/calc/__init__.py", "../../../x")).unwrap();
    note(local.verify("1", None).unwrap_err());
    fs::write(&record, "{").unwrap();
    note(local.verify("1", None).unwrap_err());
    expect![[r#"
        `src/calc/__init__.py` of the release 1 was changed; deploy again: what was changed there by hand is not in the repository
        `src/calc/__init__.py` of the release 1 is missing; deploy again: what was changed there by hand is not in the repository
        the release 1 is another one than was written; deploy again: what was changed there by hand is not in the repository
        there is no release 2 in .stagegate/environments/staging/calc; deploy again: what was changed there by hand is not in the repository
        the release 1 is damaged: .stagegate/environments/staging/calc/releases/1/release.json: what it says does not fit together; deploy again, or remove the folder of the release
        the release 1 is damaged: .stagegate/environments/staging/calc/releases/1/release.json: EOF while parsing an object at line 1 column 1; deploy again, or remove the folder of the release
    "#]].assert_eq(&lines);
    // A program that is served may leave its caches.
    fs::write(&record, text).unwrap();
    fs::create_dir(local.release_folder("1").join("src/calc/__pycache__")).unwrap();
    local.verify("1", None).unwrap();
}

#[test]
fn what_is_interrupted_leaves_the_release_before() {
    let bench = Bench::new();
    bench.deploy("1").unwrap();
    let local = bench.local();
    // Killed while it was written.
    fs::create_dir_all(local.folder().join("releases/.new-abc/src")).unwrap();
    fs::write(local.folder().join("releases/.new-abc/src/x"), "x").unwrap();
    // Killed after it was renamed, and then damaged.
    let first = bench.write("2").unwrap();
    assert_eq!(local.current().unwrap().as_deref(), Some("1"));
    fs::write(local.release_folder("2").join("src/calc/__init__.py"), "half").unwrap();
    assert_eq!(bench.write("2").unwrap(), first);
    local.verify("2", Some(&first.digest)).unwrap();
    assert!(!bench.files().keys().any(|path| path.contains(".new-")), "{:?}", bench.files().keys());
    // One that is whole is taken as it is, also when the working tree changed meanwhile.
    bench.lay("src/calc/__init__.py", "A = 9\n");
    assert_eq!(bench.write("2").unwrap(), first);
    // Killed between the new link and its renaming.
    #[cfg(unix)]
    std::os::unix::fs::symlink("releases/2", local.folder().join(".current.new")).unwrap();
    assert_eq!(local.current().unwrap().as_deref(), Some("1"));
    local.switch(Some("2")).unwrap();
    assert_eq!(local.current().unwrap().as_deref(), Some("2"));
    // Cancelled.
    let cancel = Cancel::new();
    cancel.cancel();
    let new = New {
        component: "calc",
        stage: "staging",
        version: None,
        commit: None,
        name: "3",
        previous: None,
        now_ms: 0,
    };
    assert!(local.write(&new, &bench.source(), &cancel).is_err());
    assert!(local.record("3").unwrap().is_none());
    assert!(!bench.files().keys().any(|path| path.contains(".new-")));
}

#[test]
fn a_few_releases_are_kept() {
    let bench = Bench::new();
    let names: Vec<String> = (1..=10).map(|n| format!("2026-{n:02}")).collect();
    for name in &names {
        bench.deploy(name).unwrap();
    }
    let local = bench.local();
    local.switch(Some("2026-01")).unwrap();
    local.tidy(&["2026-02"]);
    let mut left: Vec<String> = fs::read_dir(local.folder().join(RELEASES))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["2026-01", "2026-02", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10"]);
}

#[cfg(unix)]
#[test]
fn links_do_not_lead_out() {
    use std::os::unix::fs::symlink;
    let bench = Bench::new();
    let out = tempfile::tempdir().unwrap();
    fs::write(out.path().join("secret"), "secret").unwrap();
    let link = bench.root().join("src/calc/deep/data.bin");
    let mut lines = String::new();
    let targets = [out.path().join("secret"), "nowhere".into(), "..".into(), "../../../.git/config".into()];
    bench.lay(".git/config", "x");
    for target in &targets {
        fs::remove_file(&link).unwrap();
        symlink(target, &link).unwrap();
        lines += &format!("{}\n", bench.said(&bench.write("1").unwrap_err()));
    }
    // One that stays inside is a file like any other.
    fs::remove_file(&link).unwrap();
    symlink("../__init__.py", &link).unwrap();
    bench.write("1").unwrap();
    let copied = bench.local().release_folder("1").join("src/calc/deep/data.bin");
    assert!(fs::symlink_metadata(&copied).unwrap().is_file());
    // The folders of the environment are no links either.
    fs::remove_dir_all(bench.root().join(".stagegate/environments")).unwrap();
    symlink(out.path(), bench.root().join(".stagegate/environments")).unwrap();
    lines += &format!("{}\n", bench.said(&bench.write("1").unwrap_err()));
    fs::remove_file(bench.root().join(".stagegate/environments")).unwrap();
    bench.deploy("1").unwrap();
    let current = bench.local().folder().join("current");
    for target in ["/etc", "../../x", "releases/../x", "releases/.new-a"] {
        fs::remove_file(&current).unwrap();
        symlink(target, &current).unwrap();
        lines += &format!("{}\n", bench.said(&bench.local().current().unwrap_err()));
    }
    fs::remove_file(&current).unwrap();
    fs::create_dir(&current).unwrap();
    lines += &format!("{}\n", bench.said(&bench.local().current().unwrap_err()));
    assert!(bench.local().switch(Some("1")).is_err());
    expect![[r#"
        `src/calc/deep/data.bin` is a link that leads out of the workspace, so no release can hold it; replace the link by the file itself, or by one to a file of the workspace
        `src/calc/deep/data.bin` is a link that leads nowhere (no such file or directory); replace the link by the file itself, or by one to a file of the workspace
        `src/calc/deep/data.bin` is no regular file, so no release can hold it; let git ignore it, or move it out of the component
        `src/calc/deep/data.bin` is a link that leads out of the workspace, so no release can hold it; replace the link by the file itself, or by one to a file of the workspace
        .stagegate/environments is no folder, so nothing is served from there; move it away
        nobody knows which release is served: .stagegate/environments/staging/calc/current: it leads to no release of this folder; remove it, or let it lead to a folder below `releases`
        nobody knows which release is served: .stagegate/environments/staging/calc/current: it leads to no release of this folder; remove it, or let it lead to a folder below `releases`
        nobody knows which release is served: .stagegate/environments/staging/calc/current: it leads to no release of this folder; remove it, or let it lead to a folder below `releases`
        nobody knows which release is served: .stagegate/environments/staging/calc/current: it leads to no release of this folder; remove it, or let it lead to a folder below `releases`
        nobody knows which release is served: .stagegate/environments/staging/calc/current: it is neither a link to a release nor a file that names one; remove it, or let it lead to a folder below `releases`
    "#]].assert_eq(&lines);
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_leaves_the_release_before() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new();
    bench.deploy("1").unwrap();
    let local = bench.local();
    let folder = local.folder().join(RELEASES);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(folder.join("x"), "").is_ok() {
        fs::remove_file(folder.join("x")).unwrap();
        println!("skipped: root may write everywhere");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        return;
    }
    let failure = bench.write("2").unwrap_err();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(failure.help.contains("writable") && !failure.transient, "{failure:?}");
    assert_eq!(local.current().unwrap().as_deref(), Some("1"));
    local.verify("1", None).unwrap();
}

#[cfg(unix)]
#[test]
fn programs_stay_programs() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new();
    let file = bench.root().join("src/calc/deep/data.bin");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o750)).unwrap();
    bench.write("1").unwrap();
    let copied = bench.local().release_folder("1").join("src/calc/deep/data.bin");
    assert!(fs::metadata(&copied).unwrap().permissions().mode() & 0o100 != 0);
    fs::set_permissions(&copied, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(bench.local().verify("1", None).is_err());
}

/// A disk that is full: a limit on how long a file may become, which only another process can be given.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_release_before() {
    const VARIABLE: &str = "STAGEGATE_TEST_FULL_DISK";
    let Some(place) = std::env::var_os(VARIABLE) else {
        let script = "trap '' XFSZ; ulimit -f 64; exec \"$0\" --exact \"$1\" --nocapture";
        let own = "environment::local::tests::a_full_disk_leaves_the_release_before";
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("long"), "x".repeat(1 << 20)).unwrap();
        let mut command = std::process::Command::new("sh");
        command
            .args(["-c", script])
            .arg(std::env::current_exe().unwrap())
            .arg(own)
            .env(VARIABLE, place.path());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    };
    let bench = Bench::at(tempfile::tempdir_in(&place).unwrap());
    bench.deploy("1").unwrap();
    // It was there before there was a limit.
    fs::rename(Path::new(&place).join("long"), bench.root().join("src/calc/deep/data.bin")).unwrap();
    let failure = bench.write("3").unwrap_err();
    assert!(failure.message.starts_with("cannot write "), "{failure:?}");
    let local = bench.local();
    assert_eq!(local.current().unwrap().as_deref(), Some("1"));
    assert!(local.record("3").unwrap().is_none());
    local.verify("1", None).unwrap();
    assert!(!bench.files().keys().any(|path| path.contains(".new-")));
    let failure = of_io("write", Path::new("x"), &io::Error::from(io::ErrorKind::StorageFull));
    assert_eq!(failure.help, "free some space on the disk");
}

#[test]
fn a_file_in_place_of_the_link_works_as_well() {
    // As it is written where the system has no links.
    let bench = Bench::new();
    bench.deploy("1").unwrap();
    let current = bench.local().folder().join("current");
    fs::remove_file(&current).unwrap();
    fs::write(&current, "releases/1\n").unwrap();
    assert_eq!(bench.local().current().unwrap().as_deref(), Some("1"));
    bench.local().switch(None).unwrap();
    assert_eq!(bench.local().current().unwrap(), None);
}
