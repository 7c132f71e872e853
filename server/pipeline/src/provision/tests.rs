use std::sync::atomic::{AtomicUsize, Ordering};

use expect_test::{Expect, expect};

use super::*;

/// A Python that writes down what it is asked for. `broken` in its folder names the step that fails; an environment that it
/// makes holds a copy of it.
const PYTHON: &str = r#"#!/bin/sh
home=HOME
shift # -I
case "$1 $2" in
  "-c "*) echo "$(cat $home/version)" ;;
  "-m venv")
    echo "venv" >> $home/log
    if grep -q venv $home/broken; then echo "ensurepip is not available" >&2; exit 1; fi
    mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip")
    echo "pip" >> $home/log
    sleep 0.2
    if grep -q pip $home/broken; then
      echo "WARNING: Retrying" >&2
      echo "ERROR: Could not find a version that satisfies the requirement ruff==0.17.5 (from versions: none)" >&2
      echo "ERROR: No matching distribution found for ruff==0.17.5" >&2
      exit 1
    fi ;;
esac
"#;

struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new(version: &str) -> World {
        let world = World { folder: tempfile::tempdir().unwrap() };
        world.program("python3", &PYTHON.replace("HOME", world.folder.path().to_str().unwrap()));
        world.write("version", version);
        world.write("broken", "");
        world.write("log", "");
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn program(&self, name: &str, text: &str) {
        // Another process writes it: a process that starts meanwhile would hold the file open, and it could not be run.
        self.write("text", text);
        let mut install = std::process::Command::new("install");
        assert!(
            install
                .args(["-m", "755"])
                .args([self.path("text"), self.path(name)])
                .status()
                .unwrap()
                .success()
        );
    }

    fn provision(&self) -> Result<(Venv, Vec<String>), ProvisionError> {
        let programs =
            Programs { pythons: vec![self.path("none"), self.path("python3")], node: self.path("node") };
        let mut lines = Vec::new();
        let venv = provision_with(&programs, &self.path("cache"), &Cancel::new(), &mut |line| {
            lines.push(line.to_owned());
        })?;
        Ok((venv, lines))
    }

    /// Shows what happened, and what the programs were asked for since the last time.
    fn check(&self, expected: &Expect) {
        let mut text = match self.provision() {
            Ok((venv, lines)) => format!("{}\n{}\n", lines.join("\n"), venv.folder.display()),
            Err(error) => format!("error: {error}\n"),
        };
        text += &fs::read_to_string(self.path("log")).unwrap();
        self.write("log", "");
        let names = tools::names(&tools::requirements(false));
        let text = text.replace(self.folder.path().to_str().unwrap(), "/home").replace(&names, "[TOOLS]");
        let text = text.lines().map(|line| match line.split_once("python-tools-") {
            Some((before, _)) => format!("{before}python-tools-[KEY]\n"),
            None => format!("{line}\n"),
        });
        expected.assert_eq(&text.collect::<String>());
    }
}

#[test]
fn it_is_made_once() {
    let world = World::new("3.12");
    world.check(&expect![[r#"
        Making a Python 3.12 environment in /home/cache/python-tools-[KEY]
        Installing [TOOLS] (once; kept for the next time)
        The Python tools are ready (0 s)
        /home/cache/python-tools-[KEY]
        venv
        pip
    "#]]);
    world.check(&expect![[r#"

        /home/cache/python-tools-[KEY]
    "#]]);
}

#[test]
fn what_is_installed_decides_where_it_lies() {
    let world = World::new("3.12");
    let first = world.provision().unwrap().0;
    world.write("version", "3.13");
    let second = world.provision().unwrap().0;
    assert_ne!(first, second, "another Python");
    world.program("node", "#!/bin/sh\necho v20.1.0\n");
    let third = world.provision().unwrap().0;
    assert_ne!(second, third, "node is there, and need not be installed");
    world.program("node", "#!/bin/sh\necho v12.22.9\n");
    assert_eq!(world.provision().unwrap().0, second, "that node is too old");
}

#[test]
fn one_that_was_not_finished_is_made_anew() {
    let world = World::new("3.12");
    world.write("broken", "pip");
    world.check(&expect![[r#"
        error: pip could not install ruff==0.17.5: ERROR: Could not find a version that satisfies the requirement ruff==0.17.5 (from versions: none)
        ERROR: No matching distribution found for ruff==0.17.5
        check that the package index is reachable (pip's own configuration says which one), then try again
        venv
        pip
    "#]]);
    let left = fs::read_dir(world.path("cache")).unwrap().map(|entry| entry.unwrap().path());
    assert!(left.into_iter().all(|path| path.is_file()), "nothing but the lock is left");
    world.write("broken", "");
    let (venv, _) = world.provision().unwrap();
    world.write("log", "");

    fs::remove_file(venv.folder().join(STAMP)).unwrap();
    fs::write(venv.folder().join("half"), "").unwrap();
    world.check(&expect![[r#"
        Making a Python 3.12 environment in /home/cache/python-tools-[KEY]
        Installing [TOOLS] (once; kept for the next time)
        The Python tools are ready (0 s)
        /home/cache/python-tools-[KEY]
        venv
        pip
    "#]]);
    assert!(!venv.folder().join("half").exists());

    fs::remove_file(venv.python()).unwrap();
    world.check(&expect![[r#"
        Making a Python 3.12 environment in /home/cache/python-tools-[KEY]
        Installing [TOOLS] (once; kept for the next time)
        The Python tools are ready (0 s)
        /home/cache/python-tools-[KEY]
        venv
        pip
    "#]]);

    // The interpreter it was made with became another one.
    let python = venv.python();
    world.program(
        python.strip_prefix(world.folder.path()).unwrap().to_str().unwrap(),
        "#!/bin/sh\necho 3.9\n",
    );
    world.check(&expect![[r#"
        Making a Python 3.12 environment in /home/cache/python-tools-[KEY]
        Installing [TOOLS] (once; kept for the next time)
        The Python tools are ready (0 s)
        /home/cache/python-tools-[KEY]
        venv
        pip
    "#]]);
}

#[test]
fn what_is_missing_is_named() {
    let world = World::new("3.8");
    world.check(&expect![[r#"
        error: /home/python3 is Python 3.8; the tools need 3.10 or later
    "#]]);
    world.write("version", "no number");
    world.check(&expect![[r#"
        error: Python was not found (looked for /home/none, /home/python3); install Python 3.10 or later
    "#]]);
    world.write("version", "3.12");
    world.write("broken", "venv");
    world.check(&expect![[r#"
        error: `/home/python3 -m venv` failed: ensurepip is not available
        on Debian and Ubuntu, install the package python3-venv
        venv
    "#]]);
    assert!(world.provision().unwrap_err().is_without_python());
    world.write("broken", "pip");
    assert!(!world.provision().unwrap_err().is_without_python());
}

#[test]
fn it_can_be_cancelled() {
    let world = World::new("3.12");
    let cancel = Cancel::new();
    let programs = Programs { pythons: vec![world.path("python3")], node: world.path("node") };
    let ended = provision_with(&programs, &world.path("cache"), &cancel, &mut |line| {
        if line.starts_with("Installing") {
            cancel.cancel();
        }
    });
    assert!(matches!(ended, Err(ProvisionError::Cancelled)), "{ended:?}");
    world.provision().unwrap();
}

#[test]
fn a_cache_that_cannot_be_written_is_named() {
    let world = World::new("3.12");
    world.write("cache", "a file stands here");
    world.check(&expect![[r#"
        error: cannot make /home/cache: File exists (os error 17)
    "#]]);
}

#[test]
fn only_one_makes_it_while_others_wait() {
    let world = World::new("3.12");
    let waited = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let (_, lines) = world.provision().unwrap();
                waited.fetch_add(
                    usize::from(lines.iter().any(|line| line.contains("Waiting"))),
                    Ordering::Relaxed,
                );
            });
        }
    });
    let log = fs::read_to_string(world.path("log")).unwrap();
    assert_eq!(log, "venv\npip\n");
    assert!(waited.into_inner() <= 3);
}

#[test]
fn the_cache_lies_where_the_user_wants_it() {
    let folder =
        |value: &str| cache::cache_folder_with(Some(value.into())).map_err(|error| error.to_string());
    assert_eq!(folder("/tmp/here").unwrap(), Path::new("/tmp/here"));
    assert!(folder("").unwrap().ends_with("stagegate"));
    expect![
        "there is no folder for the Python tools: STAGEGATE_CACHE_DIR is here; expected an absolute path"
    ]
    .assert_eq(&folder("here").unwrap_err());
}
