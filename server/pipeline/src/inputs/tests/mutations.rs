//! Every change of an input changes the hash, and no other one does.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

type Mutation = Box<dyn Fn(&Repository)>;

fn edit(path: &'static str) -> (String, Mutation) {
    let mutate = move |repository: &Repository| {
        let text = fs::read_to_string(repository.at(path)).unwrap();
        repository.lay(path, &format!("{text}# more\n"));
    };
    (format!("edit {path}"), Box::new(mutate))
}

/// The same size and the same time.
fn edit_in_secret(path: &'static str) -> (String, Mutation) {
    let mutate = move |repository: &Repository| {
        let full = repository.at(path);
        let before = filetime::FileTime::from_last_modification_time(&fs::metadata(&full).unwrap());
        let mut bytes = fs::read(&full).unwrap();
        let last = bytes.last_mut().unwrap();
        *last = last.wrapping_add(1);
        fs::write(&full, bytes).unwrap();
        filetime::set_file_mtime(&full, before).unwrap();
    };
    (format!("edit {path} in secret"), Box::new(mutate))
}

fn delete(path: &'static str) -> (String, Mutation) {
    (format!("delete {path}"), Box::new(move |repository| fs::remove_file(repository.at(path)).unwrap()))
}

fn empty(path: &'static str) -> (String, Mutation) {
    (format!("empty {path}"), Box::new(move |repository| repository.lay(path, "")))
}

fn add(path: &'static str, text: &'static str) -> (String, Mutation) {
    (format!("add {path}"), Box::new(move |repository| repository.lay(path, text)))
}

fn rename(from: &'static str, to: &'static str) -> (String, Mutation) {
    let mutate = move |repository: &Repository| {
        fs::create_dir_all(repository.at(to).parent().unwrap()).unwrap();
        fs::rename(repository.at(from), repository.at(to)).unwrap();
    };
    (format!("rename {from} to {to}"), Box::new(mutate))
}

fn chmod(path: &'static str, mode: u32) -> (String, Mutation) {
    let mutate = move |repository: &Repository| {
        fs::set_permissions(repository.at(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    (format!("chmod {mode:o} {path}"), Box::new(mutate))
}

fn link(path: &'static str, to: &'static str) -> (String, Mutation) {
    let mutate = move |repository: &Repository| {
        let _ = fs::remove_file(repository.at(path));
        symlink(to, repository.at(path)).unwrap();
    };
    (format!("link {path} to {to}"), Box::new(mutate))
}

fn touch(path: &'static str) -> (String, Mutation) {
    let mutate = move |repository: &Repository| {
        filetime::set_file_mtime(repository.at(path), filetime::FileTime::from_unix_time(5, 0)).unwrap();
    };
    (format!("touch {path}"), Box::new(mutate))
}

/// What `calc` depends on.
const FILES: [&str; 32] = [
    ".gitignore",
    ".coveragerc",
    ".env",
    ".python-version",
    ".secrets.baseline",
    "Cargo.lock",
    "Cargo.toml",
    "conftest.py",
    "local/data.csv",
    "package-lock.json",
    "package.json",
    "poetry.lock",
    "pyproject.toml",
    "pytest.ini",
    "requirements.txt",
    "scripts/run.sh",
    "setup.cfg",
    "src/components/base/core.py",
    "src/components/base/data.json",
    "src/components/calc/NOTES.md",
    "src/components/calc/core.py",
    "src/components/calc/data.json",
    "src/components/util/core.py",
    "src/components/util/data.json",
    "src/shared/tools.py",
    "tests/base/test_core.py",
    "tests/calc/test_core.py",
    "tests/helpers.py",
    "tests/util/test_core.py",
    "tox.ini",
    "uv.lock",
    "vendor/sub/lib.py",
];

fn changing() -> Vec<(String, Mutation)> {
    let mut all: Vec<(String, Mutation)> = Vec::new();
    for path in FILES {
        all.push(edit(path));
        all.push(delete(path));
        all.push(edit_in_secret(path));
    }
    all.extend([
        empty("src/components/calc/core.py"),
        empty("tests/calc/test_core.py"),
        empty("conftest.py"),
        add("src/components/calc/empty.py", ""),
        add("src/components/util/empty.py", ""),
        add("src/components/calc/deep/er/x.py", "x"),
        add("tests/calc/test_new.py", "x"),
        add("tests/calc/conftest.py", ""),
        add("tests/test_all.py", ""),
        add("sitecustomize.py", ""),
        add("ruff.toml", ""),
        add(".ruff.toml", ""),
        add("mypy.ini", ""),
        add("pyrightconfig.json", ""),
        add("pnpm-lock.yaml", ""),
        add("local/more.csv", ""),
        add("src/components/calc/.gitignore", "data.json\n"),
        add(".gitignore", "build/\nlocal/\n.env\nsrc/components/calc/data.json\n"),
        add(".gitignore", "*.log\n.env\nlocal/\n"),
        add(".git/info/exclude", "tests/helpers.py\n"),
        add("reports/make.py", ""),
        add("coverage/deep/data.json", ""),
        add("vendor/sub/new.py", ""),
        add("vendor/more/.git/HEAD", ""),
        rename("src/components/calc/core.py", "src/components/calc/Core.py"),
        rename("src/components/calc/core.py", "src/components/calc/kernel.py"),
        rename("src/components/calc/core.py", "src/components/util/calc.py"),
        rename("tests/calc/test_core.py", "tests/calc/old_core.py"),
        rename("conftest.py", "tests/calc/conftest.py"),
        rename("uv.lock", "uv.lock.old"),
        rename("src/components/util", "src/components/utils"),
        chmod("src/components/calc/core.py", 0o755),
        chmod("scripts/run.sh", 0o755),
        chmod("tests/helpers.py", 0o711),
        link("src/components/calc/link.py", "data.json"),
        link("src/components/calc/link.py", "nowhere.py"),
        link("src/components/calc/link.py", "/etc/hosts"),
        link("src/components/calc/outside", "/nowhere/b"),
        link("src/components/calc/shared", "../util"),
        link("src/components/calc/new", "../../shared"),
        link("src/components/calc/core.py", "data.json"),
        link("tests/helpers.py", "../src/shared/tools.py"),
        delete("src/components/calc/link.py"),
        delete("src/components/calc/outside"),
        delete("src/components/calc/shared"),
    ]);
    // The `.git` of a folder is none of ours; what it holds is.
    all.retain(|(name, _)| name != "add vendor/more/.git/HEAD");
    all
}

/// What `calc` does not depend on.
fn others() -> Vec<(String, Mutation)> {
    vec![
        edit("README.md"),
        edit("docs/guide.md"),
        edit("specs/other.md"),
        edit("src/components/other/core.py"),
        edit("src/components/other/NOTES.md"),
        edit("src/components/util/NOTES.md"),
        edit("src/components/lonely/core.py"),
        edit("tests/other/test_core.py"),
        edit("stagegate.yaml"),
        edit("build/out.txt"),
        edit("reports/junit.xml"),
        edit("coverage.json"),
        edit(".stagegate/evidence.db"),
        edit(".metrics/2026-01-01.jsonl"),
        delete("src/components/other/core.py"),
        delete("README.md"),
        add("src/components/other/new.py", ""),
        add("src/components/calc/MATURITY.md", "# calc\n\n**Current Stage:** Development\n"),
        add("src/components/calc/x.log", ""),
        add("src/components/calc/__pycache__/core.cpython-313.pyc", "x"),
        add(".coverage", "x"),
        add(".coverage.host.1.x", "x"),
        add(".pytest_cache/v/cache/nodeids", "[]"),
        add(".ruff_cache/x", "x"),
        add(".mypy_cache/x", "x"),
        add("htmlcov/index.html", "x"),
        add("lcov.info", "x"),
        add(".stagegate/runs/1/junit.xml", "x"),
        add("workflow_report_calc.json", "{}"),
        add(".git/index", "x"),
        add("CHANGELOG.md", "x"),
        chmod("src/components/other/core.py", 0o755),
        chmod("src/components/calc/core.py", 0o600),
        touch("src/components/calc/core.py"),
        touch("uv.lock"),
        touch("tests/helpers.py"),
    ]
}

/// What is found by reading everything, by looking at metadata first, and with a cache from a moment ago.
fn hashes(repository: &Repository, before: &KnownFiles) -> Vec<Hash> {
    let root = repository.load().root;
    let scan = |known: &KnownFiles| {
        Snapshot::scan(repository.dir.path(), &root, known).inputs("calc", &definition()).hash
    };
    vec![scan(&KnownFiles::default()), scan(before)]
}

#[test]
fn a_change_of_an_input_changes_the_hash_and_no_other_change_does() {
    let changing = changing();
    assert!(changing.len() >= 130, "{}", changing.len());
    let all = changing.iter().map(|mutation| (true, mutation));
    let mut wrong = Vec::new();
    for (expected, (name, mutate)) in all.chain(others().iter().map(|mutation| (false, mutation))) {
        let repository = Repository::new();
        let root = repository.load().root;
        let before = Snapshot::scan(repository.dir.path(), &root, &KnownFiles::default());
        // As if it had been read long ago: only the metadata says that it must be read again.
        let mut known = (*before.known()).clone();
        known.values_mut().for_each(|file| file.read_ns += 10_000_000_000);
        let hash = before.inputs("calc", &definition()).hash;
        // Longer than the tick of the clock of the file system.
        std::thread::sleep(std::time::Duration::from_millis(10));
        mutate(&repository);
        for (how, now) in ["anew", "metadata"].iter().zip(hashes(&repository, &known)) {
            if (now != hash) != expected {
                wrong.push(format!("{name} ({how})"));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn a_change_of_the_gate_or_its_tools_changes_the_hash() {
    let repository = Repository::new();
    let mut seen = vec![repository.inputs("calc", &definition()).hash];
    let mut all: Vec<Definition> = Vec::new();
    for text in [
        "",
        "pytest\n--cov",
        "pytest --cov\n",
        "pytest\n--cov\n\n",
        "pytest\n--cov\nA=1\n",
        "Pytest\n--cov\n",
    ] {
        all.push(Definition { text: text.to_owned(), ..definition() });
    }
    for tool in ["", "pytest 8.4", "pytest 8.5\ncoverage 7.6", "pytest 8.4\ncoverage 7.6 abc"] {
        all.push(Definition { tool: tool.to_owned(), ..definition() });
    }
    for globs in
        [&[][..], &["./local/*.tsv"], &["README.md"], &["local/*.csv", "README.md"], &["local/data.csv"]]
    {
        let inputs = globs.iter().map(|glob| Arc::new(Glob::new(glob).unwrap())).collect();
        all.push(Definition { inputs, ..definition() });
    }
    // What moves from one part to the other is another thing.
    all.push(Definition {
        text: "pytest\n--cov\npytest 8.4".to_owned(),
        tool: "coverage 7.6".to_owned(),
        ..definition()
    });
    for definition in &all {
        let hash = repository.inputs("calc", definition).hash;
        assert!(!seen.contains(&hash), "{definition:?}");
        seen.push(hash);
    }
    // Markdown counts where a gate asks for it.
    let asks = Definition { inputs: vec![Arc::new(Glob::new("**/*.md").unwrap())], ..Definition::default() };
    let before = repository.inputs("calc", &asks).hash;
    repository.lay("docs/guide.md", "# Other\n");
    assert_ne!(repository.inputs("calc", &asks).hash, before);
}

/// A search for secrets reads every file of the component's folders.
#[test]
fn what_is_searched_for_secrets_is_what_counts() {
    let inputs = ["src/components/calc/**", "tests/calc/**"].map(|glob| Arc::new(Glob::new(glob).unwrap()));
    let secrets =
        Definition { text: "detect-secrets".to_owned(), inputs: inputs.into(), ..Definition::default() };
    let changing = [
        edit("src/components/calc/NOTES.md"),
        edit("src/components/calc/core.py"),
        add("src/components/calc/MATURITY.md", "key"),
        add("src/components/calc/x.log", "key"),
        add("src/components/calc/build/x.py", "key"),
        add("src/components/calc/calc.instructions.md", "key"),
        add("tests/calc/README.md", "key"),
        add("tests/calc/.env", "key"),
        edit(".secrets.baseline"),
    ];
    let others = [
        add("src/components/calc/__pycache__/core.cpython-313.pyc", "x"),
        add("src/components/calc/deep/.cache/x.py", "x"),
        add("src/components/calc/build/node_modules/x.js", "x"),
        add("src/components/calc/build/target/x.rs", "x"),
        add("src/components/util/MATURITY.md", "x"),
        add("src/components/util/x.log", "x"),
        edit("README.md"),
    ];
    let mut wrong = Vec::new();
    let all = changing.iter().map(|mutation| (true, mutation));
    for (expected, (name, mutate)) in all.chain(others.iter().map(|mutation| (false, mutation))) {
        let repository = Repository::new();
        let before = repository.inputs("calc", &secrets).hash;
        mutate(&repository);
        if (repository.inputs("calc", &secrets).hash != before) != expected {
            wrong.push(name);
        }
    }
    assert_eq!(wrong, [""; 0]);
    // A folder with files of the repository is theirs, whatever it is named.
    let repository = Repository::new();
    repository.lay("src/components/calc/target/a.py", "");
    let before = repository.inputs("calc", &secrets).hash;
    repository.lay("src/components/calc/target/b.log", "key");
    assert_ne!(repository.inputs("calc", &secrets).hash, before);
}
