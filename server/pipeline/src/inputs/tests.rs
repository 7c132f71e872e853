#![cfg(unix)]

mod mutations;
mod names;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stagegate_core::glob::Glob;
use stagegate_workspace::{WalkOptions, Workspace};

use super::*;

/// A repository with the components `calc` (needs `util`, which needs `base`), `other` and `lonely` (of which no file
/// says what it needs).
pub(super) struct Repository {
    pub(super) dir: tempfile::TempDir,
}

impl Repository {
    pub(super) fn new() -> Repository {
        let repository = Repository { dir: tempfile::tempdir().unwrap() };
        for (name, needs) in [("calc", "util"), ("util", "base"), ("base", ""), ("other", "")] {
            let needs = if needs.is_empty() {
                String::new()
            } else {
                format!("\n## Dependencies\n\n- `{needs}` (staging) - needed\n")
            };
            repository.lay(
                &format!("specs/{name}.md"),
                &format!("# {name}\n\n**Component ID:** {name}\n**Target Stage:** staging\n{needs}"),
            );
        }
        for name in ["calc", "util", "base", "other", "lonely"] {
            repository.lay(&format!("src/components/{name}/__init__.py"), "");
            repository.lay(&format!("src/components/{name}/core.py"), &format!("NAME = '{name}'\n"));
            repository.lay(&format!("src/components/{name}/data.json"), "{}\n");
            repository.lay(&format!("src/components/{name}/NOTES.md"), "# Notes\n");
            repository.lay(&format!("src/components/{name}/MATURITY.md"), "");
            repository.lay(&format!("tests/{name}/test_core.py"), "def test_core(): pass\n");
            fs::remove_file(repository.at(&format!("src/components/{name}/MATURITY.md"))).unwrap();
        }
        repository.lay("src/components/lonely/__init__.py", "__maturity__ = 'development'\n");
        for (path, text) in [
            (".gitignore", "build/\n*.log\n.env\nlocal/\n"),
            ("README.md", "# Read me\n"),
            ("docs/guide.md", "# Guide\n"),
            ("conftest.py", "import os\n"),
            ("tests/conftest.py", ""),
            ("tests/helpers.py", "X = 1\n"),
            ("pyproject.toml", "[project]\nname = 'x'\n"),
            ("setup.cfg", "[flake8]\n"),
            ("tox.ini", "[tox]\n"),
            ("pytest.ini", "[pytest]\n"),
            (".coveragerc", "[run]\n"),
            ("uv.lock", "version = 1\n"),
            ("poetry.lock", "x\n"),
            ("requirements.txt", "a==1\n"),
            ("package.json", "{}\n"),
            ("package-lock.json", "{}\n"),
            ("Cargo.toml", "[workspace]\n"),
            ("Cargo.lock", "version = 4\n"),
            (".secrets.baseline", "{}\n"),
            (".python-version", "3.13\n"),
            (".env", "A=1\n"),
            ("stagegate.yaml", "quality_gates:\n  test_coverage:\n    staging_threshold: 70\n"),
            ("scripts/run.sh", "echo\n"),
            ("src/shared/tools.py", "Y = 1\n"),
            ("local/data.csv", "1\n"),
            ("build/out.txt", "1\n"),
            ("vendor/sub/.git", "gitdir: ../../.git/modules/sub\n"),
            ("vendor/sub/lib.py", "Z = 1\n"),
            ("reports/junit.xml", "<testsuites/>\n"),
            (".stagegate/evidence.db", "x"),
            (".metrics/2026-01-01.jsonl", "{}\n"),
            ("coverage.json", "{}\n"),
        ] {
            repository.lay(path, text);
        }
        symlink("core.py", repository.at("src/components/calc/link.py")).unwrap();
        symlink("/nowhere/a", repository.at("src/components/calc/outside")).unwrap();
        symlink("../../shared", repository.at("src/components/calc/shared")).unwrap();
        repository
    }

    pub(super) fn at(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    pub(super) fn lay(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(super) fn load(&self) -> Workspace {
        load(self.dir.path())
    }

    /// What counts now; everything is read.
    pub(super) fn inputs(&self, component: &str, definition: &Definition) -> Inputs {
        let root = self.load().root;
        Snapshot::scan(self.dir.path(), &root, &KnownFiles::default()).inputs(component, definition)
    }
}

pub(super) fn load(path: &Path) -> Workspace {
    let mut workspace = Workspace::load(path);
    workspace.scan(&WalkOptions::default());
    workspace.read_components(&WalkOptions::default());
    workspace
}

pub(super) fn definition() -> Definition {
    Definition {
        text: "pytest\n--cov\n".to_owned(),
        tool: "pytest 8.4\ncoverage 7.6".to_owned(),
        inputs: vec![Arc::new(Glob::new("./local/*.csv").unwrap())],
        follows_imports: false,
    }
}

fn paths(repository: &Repository, component: &str, definition: &Definition) -> Vec<String> {
    let inputs = repository.inputs(component, definition);
    let files = inputs.groups.iter().flat_map(|group| &group.files);
    let mut paths: Vec<_> = files.map(|(path, _)| path.to_string()).collect();
    paths.sort();
    paths
}

#[test]
fn what_counts_for_a_component() {
    let repository = Repository::new();
    expect_test::expect![[r#"
        .coveragerc
        .env
        .gitignore
        .python-version
        .secrets.baseline
        Cargo.lock
        Cargo.toml
        conftest.py
        local/data.csv
        package-lock.json
        package.json
        poetry.lock
        pyproject.toml
        pytest.ini
        requirements.txt
        scripts/run.sh
        setup.cfg
        src/components/base/__init__.py
        src/components/base/core.py
        src/components/base/data.json
        src/components/calc/NOTES.md
        src/components/calc/__init__.py
        src/components/calc/core.py
        src/components/calc/data.json
        src/components/calc/link.py
        src/components/calc/outside
        src/components/calc/shared
        src/components/util/__init__.py
        src/components/util/core.py
        src/components/util/data.json
        src/shared/tools.py
        tests/base/test_core.py
        tests/calc/test_core.py
        tests/conftest.py
        tests/helpers.py
        tests/util/test_core.py
        tox.ini
        uv.lock
        vendor/sub/lib.py"#]]
    .assert_eq(&paths(&repository, "calc", &definition()).join("\n"));
    let of = |component: &str, start: &str| {
        let all = paths(&repository, component, &Definition::default());
        all.into_iter().filter(|path| path.contains(start)).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(of("base", "core.py"), "src/components/base/core.py tests/base/test_core.py");
    assert!(of("lonely", "core.py").contains("other/core.py"), "nobody said what it needs");
    assert!(of("unknown", "core.py").contains("other/core.py"), "nobody knows it");
}

#[test]
fn a_file_is_not_read_again_unless_its_metadata_differs() {
    let repository = Repository::new();
    let old = filetime::FileTime::from_unix_time(1_000_000_000, 0);
    let root = repository.load().root;
    let path = "src/components/calc/core.py";
    filetime::set_file_mtime(repository.at(path), old).unwrap();
    let first = Snapshot::scan(repository.dir.path(), &root, &KnownFiles::default());
    // Read long after it was changed, as far as anybody knows.
    let mut known = (*first.known()).clone();
    let lie = content::tagged(b"file", b"a lie");
    let file = known.get_mut(path).unwrap();
    file.read_ns += 10_000_000_000;
    file.hash = lie;
    let again = Snapshot::scan(repository.dir.path(), &root, &known);
    assert_eq!(again.content(path), Some(lie), "it was not read");
    // Read within two seconds of its last change: it may have been changed once more.
    known.get_mut(path).unwrap().read_ns -= 10_000_000_000;
    let again = Snapshot::scan(repository.dir.path(), &root, &known);
    assert_eq!(again.content(path), first.content(path), "it was read");
    // Another content of the same size, its time set back: only the time that nobody can set says so.
    known.get_mut(path).unwrap().read_ns += 10_000_000_000;
    std::thread::sleep(std::time::Duration::from_millis(20));
    repository.lay(path, "NAME = 'cald'\n");
    filetime::set_file_mtime(repository.at(path), old).unwrap();
    let again = Snapshot::scan(repository.dir.path(), &root, &known);
    assert_ne!(again.content(path), Some(lie));
    assert_ne!(again.content(path), first.content(path));
}

#[test]
fn what_cannot_be_read_counts_by_its_error() {
    use std::os::unix::fs::PermissionsExt as _;
    let repository = Repository::new();
    let before = repository.inputs("calc", &definition()).hash;
    let folder = repository.at("src/shared");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o000)).unwrap();
    let is_refused = fs::read_dir(&folder).is_err();
    let after = repository.inputs("calc", &definition());
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    // Root may read everything.
    if is_refused {
        assert_ne!(before, after.hash);
        assert!(after.groups.iter().any(|group| group.files.iter().any(|(path, _)| &**path == "src/shared")));
    }
    // A link to itself cannot be followed; a pipe is never opened.
    fs::remove_file(repository.at("src/components/calc/link.py")).unwrap();
    symlink("link.py", repository.at("src/components/calc/link.py")).unwrap();
    let circle = repository.inputs("calc", &definition()).hash;
    assert_ne!(before, circle);
    fs::remove_file(repository.at("src/components/calc/link.py")).unwrap();
    std::process::Command::new("mkfifo").arg(repository.at("src/components/calc/link.py")).status().unwrap();
    assert_ne!(repository.inputs("calc", &definition()).hash, circle);
}

#[test]
fn an_update_gives_what_a_scan_gives() {
    let repository = Repository::new();
    let mut workspace = repository.load();
    let mut snapshot = Snapshot::scan(repository.dir.path(), &workspace.root, &KnownFiles::default());
    let mut check = |workspace: &Workspace, paths: &[&str], what: &str| {
        snapshot.update(&workspace.root, paths);
        for component in ["calc", "util", "base", "other", "lonely"] {
            let definition = definition();
            let updated = snapshot.inputs(component, &definition);
            assert_eq!(updated.hash, repository.inputs(component, &definition).hash, "{what}: {component}");
        }
    };
    repository.lay("src/components/calc/core.py", "NAME = 'x'\n");
    check(&workspace, &["src/components/calc/core.py"], "edited");
    repository.lay("src/components/calc/more/new.py", "");
    workspace.scan(&WalkOptions::default());
    check(&workspace, &["src/components/calc/more"], "a new folder");
    fs::remove_dir_all(repository.at("src/components/calc/more")).unwrap();
    workspace.scan(&WalkOptions::default());
    check(&workspace, &["src/components/calc/more"], "a folder that went");
    repository.lay("src/components/util/core.py.log", "");
    repository.lay("build/x.py", "");
    check(&workspace, &["src/components/util/core.py.log", "build/x.py"], "ignored");
    repository.lay("src/shared/tools.py", "Y = 2\n");
    check(&workspace, &["src/shared/tools.py"], "shared");
    repository.lay(".env", "A=2\n");
    check(&workspace, &[".env"], "ignored, but always counts");
    repository.lay(".gitignore", "build/\nlocal/\nsrc/shared/\n");
    workspace.scan(&WalkOptions::default());
    check(&workspace, &[".gitignore"], "what git ignores");
    repository.lay("specs/calc.md", "# calc\n\n**Component ID:** calc\n");
    let workspace = repository.load();
    check(&workspace, &["specs/calc.md"], "it needs nothing any more");
}

#[test]
fn a_group_is_read_back() {
    let repository = Repository::new();
    for group in repository.inputs("calc", &definition()).groups {
        let bytes = group.to_bytes();
        assert_eq!(Group::from_bytes(&bytes).unwrap(), *group);
        assert_eq!(Group::from_bytes(&bytes[..bytes.len() - 1]), None);
    }
    assert_eq!(Group::from_bytes(&[255; 40]), None);
}
