mod hardened;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use expect_test::{Expect, expect};
use stagegate_core::components::{Components, FileFacts};
use stagegate_core::config;
use stagegate_core::layout::Layout;
use stagegate_core::text::Source;
use stagegate_core::workspace::{FileIndex, Root};

use super::plan::{plan_in, trust_items_in};
use super::surroundings::Surroundings;
use super::*;

/// A repository in a temporary folder, with a folder of programs beside it.
struct Repository {
    folder: tempfile::TempDir,
    around: Surroundings,
}

impl Repository {
    fn new(files: &[&str]) -> Repository {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("repo")).unwrap();
        std::fs::create_dir_all(folder.path().join("bin")).unwrap();
        let around = Surroundings { path: folder.path().join("bin").into(), ..Surroundings::default() };
        let repository = Repository { folder, around };
        files.iter().for_each(|path| repository.write(path, ""));
        repository
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("repo")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn program(&self, path: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "").unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// A virtual environment with these packages.
    fn venv(&self, path: &str, packages: &[&str]) {
        self.program(&format!("{path}/bin/python"));
        std::fs::create_dir_all(self.folder.path().join(path).join("lib/python3.12/site-packages")).unwrap();
        for package in packages {
            let folder = format!("{path}/lib/python3.12/site-packages/{package}.dist-info");
            std::fs::create_dir_all(self.folder.path().join(folder)).unwrap();
        }
    }

    fn files(root: &Path) -> Vec<Box<str>> {
        fn walk(root: &Path, folder: &Path, found: &mut Vec<Box<str>>) {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                let name = entry.file_name();
                let path = entry.path();
                match () {
                    () if name == ".venv" || name == "node_modules" || name == "target" || name == ".git" => {
                    }
                    () if path.is_dir() => walk(root, &path, found),
                    () => found.push(path.strip_prefix(root).unwrap().to_str().unwrap().into()),
                }
            }
        }
        let mut found = Vec::new();
        walk(root, root, &mut found);
        found
    }

    fn workspace(&self) -> Root {
        Repository::workspace_at(&self.root())
    }

    fn workspace_at(root: &Path) -> Root {
        let yaml = text(&root.join("stagegate.yaml"));
        let config = config::resolve(Some(("stagegate.yaml", Source::Str(&yaml))), None).config;
        let files = Arc::new(FileIndex::new(Repository::files(root)));
        let layout = Arc::new(Layout::new(&files, &config.components));
        let mut root = Root { config: Arc::new(config), files: Some(files), ..Root::default() };
        let spec = |name: &str| {
            let path = format!("specs/{name}.md");
            let text = format!("# {name}\n\n**Component ID**: {name}\n");
            let facts = stagegate_core::facts(Source::Str(&text), &path, &root)?;
            Some(FileFacts { path: path.into(), facts: Arc::new(facts) })
        };
        let specs: Vec<_> = layout.iter().filter_map(|place| spec(&place.name)).collect();
        root.components = Some(Arc::new(Components::build(specs, layout)));
        root
    }

    fn plan(&self, component: &str, gates: &[&str]) -> Plan {
        let workspace = self.workspace();
        let id = workspace.components.as_ref().unwrap().find(component).unwrap();
        let gates: Vec<_> = gates.iter().map(|gate| GateName::new(gate).unwrap()).collect();
        plan_in(&self.root(), &workspace, id, &gates, &self.around)
    }

    fn shown(&self, component: &str, gates: &[&str]) -> String {
        let plan = self.plan(component, gates);
        let mut out = String::new();
        for check in &plan.checks {
            let version = check.tool.version.as_deref().unwrap_or("?");
            let ids: Vec<_> = check.gates.iter().map(|gate| gate.gate.as_str()).collect();
            writeln!(out, "{} by {} {version}", ids.join(" + "), check.tool.name).unwrap();
            for command in &check.commands {
                let program = match &command.program {
                    Ok(program) => program.display().to_string(),
                    Err(missing) => format!("MISSING {}: {} |", missing.tool, missing.install),
                };
                let args: Vec<_> = command.args.iter().map(Arg::definition).collect();
                writeln!(out, "  {program} {}", args.join(" ")).unwrap();
                if !command.folder.is_empty() {
                    writeln!(out, "    in {}", command.folder).unwrap();
                }
            }
            for gate in &check.gates {
                writeln!(out, "  {}: {:?} of {} {:?}", gate.gate, gate.proof, gate.command, gate.exit_codes)
                    .unwrap();
            }
            for prepare in &check.prepare {
                writeln!(out, "  {prepare:?}").unwrap();
            }
        }
        for (gate, problem) in &plan.problems {
            writeln!(out, "{gate}: {:?}: {}; {}", problem.kind, problem.message, problem.help).unwrap();
        }
        for gate in &plan.reading {
            writeln!(out, "{gate}: by reading").unwrap();
        }
        out.replace(self.folder.path().to_str().unwrap(), "TMP")
    }

    fn check(&self, component: &str, gates: &[&str], expected: &Expect) {
        expected.assert_eq(&self.shown(component, gates));
    }

    fn check_configured(&self, yaml: &str, gates: &[&str], expected: &Expect) {
        self.write("stagegate.yaml", yaml);
        self.check("calc", gates, expected);
    }
}

use super::surroundings::text;

const ALL: [&str; 11] = [
    "lint",
    "types",
    "secrets",
    "vulnerabilities",
    "complexity",
    "tests",
    "coverage",
    "integration_tests",
    "e2e_tests",
    "performance",
    "specification",
];

const PACKAGES: [&str; 7] = [
    "pytest-9.2.0",
    "coverage-7.17.3",
    "ruff-0.17.5",
    "pyright-1.1.414",
    "detect_secrets-1.5.0",
    "bandit-1.9.4",
    "radon-6.0.1",
];

fn python() -> Repository {
    let repository = Repository::new(&[
        "pyproject.toml",
        "src/calc/__init__.py",
        "src/calc/core.py",
        "tests/test_calc.py",
    ]);
    repository.venv("repo/.venv", &PACKAGES);
    repository
}

#[test]
fn python_with_a_venv() {
    python().check("calc", &ALL, &expect![[r#"
        lint by ruff 0.17.5
          TMP/repo/.venv/bin/python -m ruff check --no-cache --show-files src/calc
          TMP/repo/.venv/bin/python -m ruff check --no-cache --no-fix --output-format=json --output-file={run}/ruff.json src/calc tests/test_calc.py
          lint: Report(Fresh("ruff.json"), Ruff) of 1 [0, 1]
        types by pyright 1.1.414
          TMP/repo/.venv/bin/python -m pyright --outputjson --pythonpath TMP/repo/.venv/bin/python src/calc tests/test_calc.py
          types: Report(Stdout, Pyright) of 0 [0, 1]
        secrets by detect-secrets 1.5.0
          TMP/repo/.venv/bin/python -m detect_secrets scan --no-verify --all-files --exclude-files ^(\.[/\\])?src[/\\]calc[/\\](.*[/\\])?(\.git|node_modules|target|__pycache__|\.pytest_cache|\.ruff_cache|\.mypy_cache|\.hypothesis|\.tox|\.nox|\.nyc_output|\.cache|htmlcov|lcov\-report|\.benchmarks|\.ipynb_checkpoints)[/\\]|^(\.[/\\])?tests[/\\]test_calc\.py[/\\](.*[/\\])?(\.git|node_modules|target|__pycache__|\.pytest_cache|\.ruff_cache|\.mypy_cache|\.hypothesis|\.tox|\.nox|\.nyc_output|\.cache|htmlcov|lcov\-report|\.benchmarks|\.ipynb_checkpoints)[/\\] src/calc tests/test_calc.py
          secrets: Report(Stdout, DetectSecrets) of 0 [0]
        vulnerabilities by bandit 1.9.4
          TMP/repo/.venv/bin/python -m bandit -q -r -f json -o {run}/bandit.json src/calc
          vulnerabilities: Report(Fresh("bandit.json"), Bandit) of 0 [0, 1]
        complexity by radon 6.0.1
          TMP/repo/.venv/bin/python -m radon cc -j -n A src/calc
          complexity: Report(Stdout, Radon) of 0 [0]
        tests + coverage by pytest 9.2.0
          TMP/repo/.venv/bin/python -m coverage run --data-file={run}/coverage.data --source=src/calc -m pytest -q -o cache_dir={run}/cache -o junit_family=xunit1 --maxfail=0 --junitxml={run}/junit.xml tests/test_calc.py
          TMP/repo/.venv/bin/python -m coverage json --data-file={run}/coverage.data --fail-under=0 -q -o {run}/coverage.json
          tests: Report(Fresh("junit.xml"), Junit) of 0 [0, 1, 5]
          coverage: Report(Fresh("coverage.json"), CoveragePy) of 1 [0]
        integration_tests: NothingChecked: `calc` has no integration tests; looked for files below `tests/integration`; write `tests/integration/test_calc.py`, or correct `components.tests` in stagegate.yaml
        e2e_tests: NothingChecked: `calc` has no end-to-end tests; looked for files below `tests/e2e`; write `tests/e2e/test_calc.py`, or correct `components.tests` in stagegate.yaml
        performance: NotConfigured: nothing says how it is run; write `command`, with `{report}` for where its report belongs, and `format` under `gates.performance` in stagegate.yaml
        specification: by reading
    "#]]);
}

#[test]
fn the_runner_is_uv_then_the_venv_then_python() {
    let lines = |repository: &Repository| repository.shown("calc", &["lint"]);
    let repository = python();
    let mut shown = lines(&repository);
    repository.write("uv.lock", "[[package]]\nname = \"ruff\"\nversion = \"0.1.2\"\n");
    shown.push_str(&lines(&repository));
    repository.program("bin/uv");
    shown.push_str(&lines(&repository));
    std::fs::remove_dir_all(repository.root().join(".venv")).unwrap();
    shown.push_str(&lines(&repository));
    repository.write("uv.lock", "[[package]]\nname = \"pytest\"\nversion = \"0.1.2\"\n");
    shown.push_str(&lines(&repository));
    std::fs::remove_file(repository.root().join("uv.lock")).unwrap();
    shown.push_str(&lines(&repository));
    repository.program("bin/python3");
    shown.push_str(&lines(&repository));
    let mut repository = repository;
    repository.venv("other", &["ruff-1"]);
    repository.around.virtual_env = Some(repository.folder.path().join("other"));
    shown.push_str(&lines(&repository));
    repository.venv("repo/venv", &["ruff-2"]);
    shown.push_str(&lines(&repository));
    expect![[r#"
        lint by ruff 0.17.5
          TMP/repo/.venv/bin/python -m ruff check --no-cache --show-files src/calc
          TMP/repo/.venv/bin/python -m ruff check --no-cache --no-fix --output-format=json --output-file={run}/ruff.json src/calc tests/test_calc.py
          lint: Report(Fresh("ruff.json"), Ruff) of 1 [0, 1]
        lint by ruff 0.17.5
          TMP/repo/.venv/bin/python -m ruff check --no-cache --show-files src/calc
          TMP/repo/.venv/bin/python -m ruff check --no-cache --no-fix --output-format=json --output-file={run}/ruff.json src/calc tests/test_calc.py
          lint: Report(Fresh("ruff.json"), Ruff) of 1 [0, 1]
        lint by ruff 0.17.5
          TMP/bin/uv run --frozen --no-sync python -m ruff check --no-cache --show-files src/calc
          TMP/bin/uv run --frozen --no-sync python -m ruff check --no-cache --no-fix --output-format=json --output-file={run}/ruff.json src/calc tests/test_calc.py
          lint: Report(Fresh("ruff.json"), Ruff) of 1 [0, 1]
        lint by ruff 0.1.2
          TMP/bin/uv run --frozen python -c import sys; sys.path = [path for path in sys.path if path]; import runpy; del sys.argv[0]; runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True) ruff check --no-cache --show-files src/calc
          TMP/bin/uv run --frozen python -c import sys; sys.path = [path for path in sys.path if path]; import runpy; del sys.argv[0]; runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True) ruff check --no-cache --no-fix --output-format=json --output-file={run}/ruff.json src/calc tests/test_calc.py
          lint: Report(Fresh("ruff.json"), Ruff) of 1 [0, 1]
        lint by ruff ?
          MISSING ruff: uv add --dev ruff | run --frozen python -c import sys; sys.path = [path for path in sys.path if path]; import runpy; del sys.argv[0]; runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True) ruff check --no-cache --show-files src/calc
          MISSING ruff: uv add --dev ruff | run --frozen python -c import sys; sys.path = [path for path in sys.path if path]; import runpy; del sys.argv[0]; runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True) ruff check --no-cache --no-fix --output-format=json --output-file={run}/ruff.json src/calc tests/test_calc.py
          lint: Report(Fresh("ruff.json"), Ruff) of 1 [0, 1]
        lint by ruff ?
          MISSING python3:  | -c import sys; sys.path = [path for path in sys.path if path]; import runpy; del sys.argv[0]; runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True) ruff check --no-cache --show-files src/calc
          MISSING python3:  | -c import sys; sys.path = [path for path in sys.path if path]; import runpy; del sys.argv[0]; runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True) ruff check --no-cache --no-fix --output-format=json --output-file={run}/ruff.json src/calc tests/test_calc.py
          lint: Report(Fresh("ruff.json"), Ruff) of 1 [0, 1]
        lint by ruff ?
          TMP/bin/python3 -c import sys; sys.path = [path for path in sys.path if path]; import runpy; del sys.argv[0]; runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True) ruff check --no-cache --show-files src/calc
          TMP/bin/python3 -c import sys; sys.path = [path for path in sys.path if path]; import runpy; del sys.argv[0]; runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True) ruff check --no-cache --no-fix --output-format=json --output-file={run}/ruff.json src/calc tests/test_calc.py
          lint: Report(Fresh("ruff.json"), Ruff) of 1 [0, 1]
        lint by ruff 1
          TMP/other/bin/python -m ruff check --no-cache --show-files src/calc
          TMP/other/bin/python -m ruff check --no-cache --no-fix --output-format=json --output-file={run}/ruff.json src/calc tests/test_calc.py
          lint: Report(Fresh("ruff.json"), Ruff) of 1 [0, 1]
        lint by ruff 2
          TMP/repo/venv/bin/python -m ruff check --no-cache --show-files src/calc
          TMP/repo/venv/bin/python -m ruff check --no-cache --no-fix --output-format=json --output-file={run}/ruff.json src/calc tests/test_calc.py
          lint: Report(Fresh("ruff.json"), Ruff) of 1 [0, 1]
    "#]].assert_eq(&shown);
}

#[test]
fn a_tool_that_is_not_installed_is_missing_and_pytest_runs_without_coverage() {
    let repository = Repository::new(&["src/calc/__init__.py", "tests/test_calc.py"]);
    repository.venv("repo/.venv", &["pytest-9.2.0"]);
    repository.check("calc", &ALL[..7], &expect![[r#"
        lint by ruff ?
          MISSING ruff: .venv/bin/python -m pip install ruff | -m ruff check --no-cache --show-files src/calc
          MISSING ruff: .venv/bin/python -m pip install ruff | -m ruff check --no-cache --no-fix --output-format=json --output-file={run}/ruff.json src/calc tests/test_calc.py
          lint: Report(Fresh("ruff.json"), Ruff) of 1 [0, 1]
        types by pyright ?
          MISSING pyright: .venv/bin/python -m pip install pyright | -m pyright --outputjson --pythonpath TMP/repo/.venv/bin/python src/calc tests/test_calc.py
          types: Report(Stdout, Pyright) of 0 [0, 1]
        secrets by detect-secrets ?
          MISSING detect-secrets: .venv/bin/python -m pip install detect-secrets | -m detect_secrets scan --no-verify --all-files --exclude-files ^(\.[/\\])?src[/\\]calc[/\\](.*[/\\])?(\.git|node_modules|target|__pycache__|\.pytest_cache|\.ruff_cache|\.mypy_cache|\.hypothesis|\.tox|\.nox|\.nyc_output|\.cache|htmlcov|lcov\-report|\.benchmarks|\.ipynb_checkpoints)[/\\]|^(\.[/\\])?tests[/\\]test_calc\.py[/\\](.*[/\\])?(\.git|node_modules|target|__pycache__|\.pytest_cache|\.ruff_cache|\.mypy_cache|\.hypothesis|\.tox|\.nox|\.nyc_output|\.cache|htmlcov|lcov\-report|\.benchmarks|\.ipynb_checkpoints)[/\\] src/calc tests/test_calc.py
          secrets: Report(Stdout, DetectSecrets) of 0 [0]
        vulnerabilities by bandit ?
          MISSING bandit: .venv/bin/python -m pip install bandit | -m bandit -q -r -f json -o {run}/bandit.json src/calc
          vulnerabilities: Report(Fresh("bandit.json"), Bandit) of 0 [0, 1]
        complexity by radon ?
          MISSING radon: .venv/bin/python -m pip install radon | -m radon cc -j -n A src/calc
          complexity: Report(Stdout, Radon) of 0 [0]
        tests by pytest 9.2.0
          TMP/repo/.venv/bin/python -m pytest -q -o cache_dir={run}/cache -o junit_family=xunit1 --maxfail=0 --junitxml={run}/junit.xml tests/test_calc.py
          tests: Report(Fresh("junit.xml"), Junit) of 0 [0, 1, 5]
        coverage by pytest 9.2.0
          MISSING coverage: .venv/bin/python -m pip install coverage | -m coverage run --data-file={run}/coverage.data --source=src/calc -m pytest -q -o cache_dir={run}/cache -o junit_family=xunit1 --maxfail=0 --junitxml={run}/junit.xml tests/test_calc.py
          MISSING coverage: .venv/bin/python -m pip install coverage | -m coverage json --data-file={run}/coverage.data --fail-under=0 -q -o {run}/coverage.json
          coverage: Report(Fresh("coverage.json"), CoveragePy) of 1 [0]
    "#]]);
    // What is seen through to the system may be there.
    repository.write(".venv/pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = true\n");
    let plan = repository.plan("calc", &["types"]);
    let command = &plan.checks[0].commands[0];
    assert!(command.program.is_ok());
    let missing = |output| command.missing(output).map(|missing| &*missing.tool);
    assert_eq!(missing("/x/python: No module named pyright\n"), Some("pyright"));
    assert_eq!(missing("ModuleNotFoundError: No module named 'pyright'"), Some("pyright"));
    assert_eq!(missing("ModuleNotFoundError: No module named 'pyright_tools'"), None);
    assert_eq!(missing("No module named yaml"), None);
}

#[test]
fn without_python_python_is_missing() {
    Repository::new(&["src/calc/__init__.py"]).check("calc", &["lint"], &expect![[r#"
        lint by ruff ?
          MISSING python3:  | -c import sys; sys.path = [path for path in sys.path if path]; import runpy; del sys.argv[0]; runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True) ruff check --no-cache --show-files src/calc
          MISSING python3:  | -c import sys; sys.path = [path for path in sys.path if path]; import runpy; del sys.argv[0]; runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True) ruff check --no-cache --no-fix --output-format=json --output-file={run}/ruff.json src/calc
          lint: Report(Fresh("ruff.json"), Ruff) of 1 [0, 1]
    "#]]);
}

#[test]
fn tests_are_divided_by_their_folders() {
    let repository = Repository::new(&[
        "src/calc/__init__.py",
        "tests/calc/test_a.py",
        "tests/calc/integration/test_b.py",
        "tests/calc/smoke/test_s.py",
        "tests/integration/test_calc.py",
        "tests/e2e/calc/test_c.py",
    ]);
    repository.venv("repo/.venv", &PACKAGES);
    repository.check("calc", &["tests", "integration_tests", "e2e_tests"], &expect![[r#"
        tests + coverage by pytest 9.2.0
          TMP/repo/.venv/bin/python -m coverage run --data-file={run}/coverage.data --source=src/calc -m pytest -q -o cache_dir={run}/cache -o junit_family=xunit1 --maxfail=0 --junitxml={run}/junit.xml --ignore=tests/calc/integration --ignore=tests/calc/smoke tests/calc
          TMP/repo/.venv/bin/python -m coverage json --data-file={run}/coverage.data --fail-under=0 -q -o {run}/coverage.json
          tests: Report(Fresh("junit.xml"), Junit) of 0 [0, 1, 5]
          coverage: Report(Fresh("coverage.json"), CoveragePy) of 1 [0]
        integration_tests by pytest 9.2.0
          TMP/repo/.venv/bin/python -m pytest -q -o cache_dir={run}/cache -o junit_family=xunit1 --maxfail=0 --junitxml={run}/junit.xml tests/calc/integration tests/integration/test_calc.py
          integration_tests: Report(Fresh("junit.xml"), Junit) of 0 [0, 1, 5]
        e2e_tests by pytest 9.2.0
          TMP/repo/.venv/bin/python -m pytest -q -o cache_dir={run}/cache -o junit_family=xunit1 --maxfail=0 --junitxml={run}/junit.xml tests/e2e/calc
          e2e_tests: Report(Fresh("junit.xml"), Junit) of 0 [0, 1, 5]
    "#]]);
}

#[test]
fn every_file_of_a_component_is_measured() {
    let repository = Repository::new(&[
        "src/calc/__init__.py",
        "src/calc/a/deep/x.py",
        "src/calc/b/__init__.py",
        "src/calc/c/data.json",
        "src/calc_component.py",
        "src/single.py",
        "tests/test_calc.py",
        "tests/test_single.py",
    ]);
    repository.venv("repo/.venv", &PACKAGES);
    let sources = |component: &str| {
        let plan = repository.plan(component, &["coverage"]);
        let args = plan.checks[0].commands[0].args.iter().map(Arg::definition);
        args.filter(|arg| arg.starts_with("--source")).collect::<String>()
    };
    assert_eq!(sources("calc"), "--source=src,src/calc,src/calc/a,src/calc/a/deep");
    assert_eq!(sources("single"), "--source=src");
}

#[test]
fn coverage_of_several_processes_is_combined() {
    let repository = python();
    repository.write("pyproject.toml", "[tool.coverage.run]\nparallel = true\n");
    let plan = repository.plan("calc", &["coverage"]);
    let subcommands: Vec<_> =
        plan.checks[0].commands.iter().map(|command| command.args[2].definition()).collect();
    assert_eq!(subcommands, ["run", "combine", "json"]);
    assert_eq!(plan.checks[0].gates.last().unwrap().command, 2);
}

#[test]
fn tests_and_coverage_are_one_run() {
    let repository = python();
    let plan = repository.plan("calc", &["coverage", "tests", "coverage"]);
    assert_eq!(plan.checks.len(), 1);
    let alone = |gate| repository.plan("calc", &[gate]).checks[0].id.clone();
    assert_eq!(alone("tests"), alone("coverage"));
    assert_ne!(alone("tests"), alone("lint"));
}

#[test]
fn what_the_tools_read_of_the_repository_is_passed_on() {
    let repository = python();
    repository.write("pyproject.toml", "[tool.bandit]\n");
    repository.write(".secrets.baseline", "{}");
    repository.check("calc", &["vulnerabilities", "secrets"], &expect![[r#"
        vulnerabilities by bandit 1.9.4
          TMP/repo/.venv/bin/python -m bandit -q -r -f json -o {run}/bandit.json -c pyproject.toml src/calc
          vulnerabilities: Report(Fresh("bandit.json"), Bandit) of 0 [0, 1]
        secrets by detect-secrets 1.5.0
          TMP/repo/.venv/bin/python -m detect_secrets scan --no-verify --all-files --exclude-files ^(\.[/\\])?src[/\\]calc[/\\](.*[/\\])?(\.git|node_modules|target|__pycache__|\.pytest_cache|\.ruff_cache|\.mypy_cache|\.hypothesis|\.tox|\.nox|\.nyc_output|\.cache|htmlcov|lcov\-report|\.benchmarks|\.ipynb_checkpoints)[/\\]|^(\.[/\\])?tests[/\\]test_calc\.py[/\\](.*[/\\])?(\.git|node_modules|target|__pycache__|\.pytest_cache|\.ruff_cache|\.mypy_cache|\.hypothesis|\.tox|\.nox|\.nyc_output|\.cache|htmlcov|lcov\-report|\.benchmarks|\.ipynb_checkpoints)[/\\]|(^|[/\\])\.secrets\.baseline$ --baseline {run}/secrets.json src/calc tests/test_calc.py
          secrets: Report(Fresh("secrets.json"), DetectSecrets) of 0 [0]
          Copy { from: ".secrets.baseline", to: "secrets.json" }
    "#]]);
    let run = tempfile::tempdir().unwrap();
    let plan = repository.plan("calc", &["secrets"]);
    plan.checks[0].prepare[0].apply(&repository.root(), run.path()).unwrap();
    assert_eq!(std::fs::read_to_string(run.path().join("secrets.json")).unwrap(), "{}");
}

/// What is looked at for secrets counts as input, and what does not count is not looked at.
#[test]
fn secrets_are_searched_in_what_counts() {
    let repository = Repository::new(&["src/a_b/__init__.py", "src/a_b/target/x.py", "tests/a_b/test_x.py"]);
    repository.venv("repo/.venv", &PACKAGES);
    let check = repository.plan("a_b", &["secrets"]).checks.remove(0);
    let globs: Vec<_> = check.inputs.iter().map(|glob| glob.pattern()).collect();
    assert_eq!(globs, ["src/a_b", "src/a_b/**", "tests/a_b", "tests/a_b/**"]);
    let left_out =
        check.commands[0].args.iter().map(Arg::definition).find(|arg| arg.contains("node_modules"));
    expect![[r#"
        ^(\.[/\\])?src[/\\]a_b[/\\](.*[/\\])?(\.git
        |node_modules
        |target
        |__pycache__
        |\.pytest_cache
        |\.ruff_cache
        |\.mypy_cache
        |\.hypothesis
        |\.tox
        |\.nox
        |\.nyc_output
        |\.cache
        |htmlcov
        |lcov\-report
        |\.benchmarks
        |\.ipynb_checkpoints)[/\\]
        |^(\.[/\\])?tests[/\\]a_b[/\\](.*[/\\])?(\.git
        |node_modules
        |target
        |__pycache__
        |\.pytest_cache
        |\.ruff_cache
        |\.mypy_cache
        |\.hypothesis
        |\.tox
        |\.nox
        |\.nyc_output
        |\.cache
        |htmlcov
        |lcov\-report
        |\.benchmarks
        |\.ipynb_checkpoints)[/\\]"#]]
    .assert_eq(&left_out.unwrap().replace('|', "\n|"));
    assert!(check.executed(&repository.root()).contains("--exclude-files {caches}"));
}

#[test]
fn a_fingerprint_changes_with_what_is_installed() {
    let repository = python();
    let fingerprint = || repository.plan("calc", &["lint"]).checks[0].tool.fingerprint.clone();
    let mut seen = BTreeSet::from([fingerprint()]);
    assert!(!seen.insert(fingerprint()), "the same twice");
    let site = repository.root().join(".venv/lib/python3.12/site-packages");
    std::fs::rename(site.join("ruff-0.17.5.dist-info"), site.join("ruff-0.18.0.dist-info")).unwrap();
    assert!(seen.insert(fingerprint()), "another version");
    std::fs::write(repository.root().join(".venv/bin/python"), "other").unwrap();
    assert!(seen.insert(fingerprint()), "another interpreter");
}

#[test]
fn a_project_in_a_folder_is_run_there() {
    let repository = Repository::new(&[
        "services/a/pyproject.toml",
        "services/a/src/calc/__init__.py",
        "services/a/tests/test_calc.py",
        "pyproject.toml",
        "stagegate.yaml",
    ]);
    repository.venv("repo/services/a/.venv", &PACKAGES);
    let yaml = "components:\n  source: [services/a/src/<component>]\n  tests: [\"services/a/tests/test_<component>.py\"]\n";
    repository.check_configured(yaml, &["lint", "coverage", "secrets"], &expect![[r#"
        lint by ruff 0.17.5
          TMP/repo/services/a/.venv/bin/python -m ruff check --no-cache --show-files src/calc
            in services/a
          TMP/repo/services/a/.venv/bin/python -m ruff check --no-cache --no-fix --output-format=json --output-file={run}/ruff.json src/calc tests/test_calc.py
            in services/a
          lint: Report(Fresh("ruff.json"), Ruff) of 1 [0, 1]
        tests + coverage by pytest 9.2.0
          TMP/repo/services/a/.venv/bin/python -m coverage run --data-file={run}/coverage.data --source=src/calc -m pytest -q -o cache_dir={run}/cache -o junit_family=xunit1 --maxfail=0 --junitxml={run}/junit.xml tests/test_calc.py
            in services/a
          TMP/repo/services/a/.venv/bin/python -m coverage json --data-file={run}/coverage.data --fail-under=0 -q -o {run}/coverage.json
            in services/a
          tests: Report(Fresh("junit.xml"), Junit) of 0 [0, 1, 5]
          coverage: Report(Fresh("coverage.json"), CoveragePy) of 1 [0]
        secrets by detect-secrets 1.5.0
          TMP/repo/services/a/.venv/bin/python -m detect_secrets scan --no-verify --all-files --exclude-files ^(\.[/\\])?services[/\\]a[/\\]src[/\\]calc[/\\](.*[/\\])?(\.git|node_modules|target|__pycache__|\.pytest_cache|\.ruff_cache|\.mypy_cache|\.hypothesis|\.tox|\.nox|\.nyc_output|\.cache|htmlcov|lcov\-report|\.benchmarks|\.ipynb_checkpoints)[/\\]|^(\.[/\\])?services[/\\]a[/\\]tests[/\\]test_calc\.py[/\\](.*[/\\])?(\.git|node_modules|target|__pycache__|\.pytest_cache|\.ruff_cache|\.mypy_cache|\.hypothesis|\.tox|\.nox|\.nyc_output|\.cache|htmlcov|lcov\-report|\.benchmarks|\.ipynb_checkpoints)[/\\] services/a/src/calc services/a/tests/test_calc.py
          secrets: Report(Stdout, DetectSecrets) of 0 [0]
    "#]]);
}

#[test]
fn rust_without_and_with_other_tools() {
    let repository = Repository::new(&["src/calc/src/lib.rs", "src/calc/tests/integration.rs", "Cargo.lock"]);
    repository.write("Cargo.toml", "[workspace]\nmembers = [\"src/*\"]\n");
    repository.write("src/calc/Cargo.toml", "[package]\nname = \"abacus-calc\"\n");
    let mut shown = repository.shown("calc", &["types"]);
    repository.program("bin/cargo");
    shown.push_str(&repository.shown("calc", &ALL));
    for program in ["cargo-clippy", "cargo-nextest", "cargo-tarpaulin"] {
        repository.program(&format!("bin/{program}"));
    }
    shown.push_str("---\n");
    let gates = ["lint", "tests", "coverage", "integration_tests"];
    shown.push_str(&repository.shown("calc", &gates));
    repository.program("bin/cargo-llvm-cov");
    shown.push_str(&repository.shown("calc", &["coverage"]));
    expect![[r#"
        types by cargo check ?
          MISSING cargo: rustup default stable | check --message-format=json --all-targets -p abacus-calc --locked
          types: Report(Stdout, Cargo) of 0 [0, 101]
        lint by clippy ?
          MISSING cargo-clippy: rustup component add clippy | clippy --message-format=json --all-targets -p abacus-calc --locked --no-deps
          lint: Report(Stdout, Cargo) of 0 [0, 101]
        types by cargo check ?
          TMP/bin/cargo check --message-format=json --all-targets -p abacus-calc --locked
          types: Report(Stdout, Cargo) of 0 [0, 101]
        secrets by detect-secrets ?
          MISSING python3:  | -c import sys; sys.path = [path for path in sys.path if path]; import runpy; del sys.argv[0]; runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True) detect_secrets scan --no-verify --all-files --exclude-files ^(\.[/\\])?src[/\\]calc[/\\](.*[/\\])?(\.git|node_modules|target|__pycache__|\.pytest_cache|\.ruff_cache|\.mypy_cache|\.hypothesis|\.tox|\.nox|\.nyc_output|\.cache|htmlcov|lcov\-report|\.benchmarks|\.ipynb_checkpoints)[/\\] src/calc
          secrets: Report(Stdout, DetectSecrets) of 0 [0]
        tests by cargo test ?
          TMP/bin/cargo test --no-fail-fast -p abacus-calc --locked
          tests: Libtest of 0 [0, 101]
        coverage by cargo-llvm-cov ?
          MISSING cargo-llvm-cov: cargo install cargo-llvm-cov | llvm-cov --lcov -p abacus-calc --locked --output-path {run}/lcov.info
          coverage: Report(Fresh("lcov.info"), Lcov) of 0 [0]
        integration_tests by cargo test ?
          TMP/bin/cargo test --no-fail-fast -p abacus-calc --locked --test integration
          integration_tests: Libtest of 0 [0, 101]
        vulnerabilities: NotConfigured: nothing is known that judges the vulnerabilities of Rust by itself; write `command`, with `{report}` for where its report belongs, and `format` under `gates.vulnerabilities` in stagegate.yaml
        complexity: NotConfigured: nothing is known that judges the complexity of Rust by itself; write `command`, with `{report}` for where its report belongs, and `format` under `gates.complexity` in stagegate.yaml
        e2e_tests: NothingChecked: `calc` has no end-to-end tests; looked for files below `src/calc/tests`; write `src/calc/tests/e2e.rs`, or correct `components.tests` in stagegate.yaml
        performance: NotConfigured: nothing says how it is run; write `command`, with `{report}` for where its report belongs, and `format` under `gates.performance` in stagegate.yaml
        specification: by reading
        ---
        lint by clippy ?
          TMP/bin/cargo clippy --message-format=json --all-targets -p abacus-calc --locked --no-deps
          lint: Report(Stdout, Cargo) of 0 [0, 101]
        tests by cargo-nextest ?
          TMP/bin/cargo nextest run --profile stagegate --tool-config-file stagegate:{run}/nextest.toml -p abacus-calc --locked
          tests: Report(Fresh("junit.xml"), Junit) of 0 [0, 4, 100]
          Write { name: "nextest.toml", text: "[profile.stagegate]\nfail-fast = false\n\n[profile.stagegate.junit]\npath = \"{run}/junit.xml\"\n" }
        coverage by cargo-tarpaulin ?
          TMP/bin/cargo tarpaulin --skip-clean --out Lcov -p abacus-calc --locked --output-dir {run}
          coverage: Report(Fresh("lcov.info"), Lcov) of 0 [0]
        integration_tests by cargo-nextest ?
          TMP/bin/cargo nextest run --profile stagegate --tool-config-file stagegate:{run}/nextest.toml -p abacus-calc --locked --test integration
          integration_tests: Report(Fresh("junit.xml"), Junit) of 0 [0, 4, 100]
          Write { name: "nextest.toml", text: "[profile.stagegate]\nfail-fast = false\n\n[profile.stagegate.junit]\npath = \"{run}/junit.xml\"\n" }
        coverage by cargo-llvm-cov ?
          TMP/bin/cargo llvm-cov --lcov -p abacus-calc --locked --output-path {run}/lcov.info
          coverage: Report(Fresh("lcov.info"), Lcov) of 0 [0]
    "#]].assert_eq(&shown);
}

#[test]
fn llvm_cov_never_downloads_its_tools() {
    let mut repository = Repository::new(&["src/calc/src/lib.rs"]);
    repository.write("src/calc/Cargo.toml", "[package]\nname = \"calc\"\n");
    repository.write("src/calc/Cargo.lock", "");
    repository.around.home = Some(repository.folder.path().to_owned());
    for program in ["cargo", "cargo-llvm-cov"] {
        repository.program(&format!(".cargo/bin/{program}"));
    }
    let target = ".rustup/toolchains/stable/lib/rustlib/x86";
    repository.program(&format!("{target}/bin/rust-lld"));
    let missing =
        |repository: &Repository| repository.plan("calc", &["coverage"]).checks[0].missing().cloned();
    assert_eq!(missing(&repository).unwrap().install, "rustup component add llvm-tools");
    repository.program(&format!("{target}/bin/llvm-cov"));
    assert_eq!(missing(&repository), None);
}

#[test]
fn nextest_is_told_where_its_report_belongs() {
    let run = tempfile::tempdir().unwrap();
    let write = Prepare::Write { name: "n.toml".into(), text: "path = \"{run}/junit.xml\"".into() };
    write.apply(Path::new("/"), run.path()).unwrap();
    let text = std::fs::read_to_string(run.path().join("n.toml")).unwrap();
    assert_eq!(text, format!("path = \"{}/junit.xml\"", run.path().display()));
}

#[test]
fn a_package_whose_name_is_an_option_is_none() {
    let repository = Repository::new(&["src/calc/src/lib.rs"]);
    repository.write("src/calc/Cargo.toml", "[package]\nname = \"--config=x\"\n");
    repository.program("bin/cargo");
    repository.check("calc", &["types"], &expect![[r#"
        types: NotConfigured: no tool is known for the files of `calc` (.rs, .toml); write `command`, with `{report}` for where its report belongs, and `format` under `gates.types` in stagegate.yaml
    "#]]);
}

fn node(script: &str) -> Repository {
    let repository = Repository::new(&["src/calc/index.ts", "tests/calc/a.test.ts", "tsconfig.json"]);
    repository.write("package.json", &format!("{{\"scripts\": {{\"test\": \"{script}\"}}}}"));
    repository.program("bin/npm");
    repository.program("bin/node");
    repository
}

#[test]
fn node_with_and_without_its_tools() {
    let repository = node("node --test");
    let mut shown = repository.shown("calc", &ALL);
    for tool in ["eslint", "tsc"] {
        repository.program(&format!("repo/node_modules/.bin/{tool}"));
    }
    repository.write("node_modules/eslint/package.json", "{\"version\": \"10.15.0\"}");
    repository.write("tsconfig.json", "{\"compilerOptions\": {\"composite\": true}}");
    shown.push_str("---\n");
    shown.push_str(&repository.shown("calc", &["lint", "types"]));
    expect![[r#"
        lint by eslint ?
          MISSING eslint: npm install --save-dev eslint | -f json -o {run}/eslint.json src/calc tests/calc
          lint: Report(Fresh("eslint.json"), Eslint) of 0 [0, 1]
        types by typescript ?
          MISSING typescript: npm install --save-dev typescript | --noEmit --pretty false --diagnostics --incremental false -p tsconfig.json
          types: Report(Stdout, Tsc) of 0 [0, 1, 2]
        secrets by detect-secrets ?
          MISSING python3:  | -c import sys; sys.path = [path for path in sys.path if path]; import runpy; del sys.argv[0]; runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True) detect_secrets scan --no-verify --all-files --exclude-files ^(\.[/\\])?src[/\\]calc[/\\](.*[/\\])?(\.git|node_modules|target|__pycache__|\.pytest_cache|\.ruff_cache|\.mypy_cache|\.hypothesis|\.tox|\.nox|\.nyc_output|\.cache|htmlcov|lcov\-report|\.benchmarks|\.ipynb_checkpoints)[/\\]|^(\.[/\\])?tests[/\\]calc[/\\](.*[/\\])?(\.git|node_modules|target|__pycache__|\.pytest_cache|\.ruff_cache|\.mypy_cache|\.hypothesis|\.tox|\.nox|\.nyc_output|\.cache|htmlcov|lcov\-report|\.benchmarks|\.ipynb_checkpoints)[/\\] src/calc tests/calc
          secrets: Report(Stdout, DetectSecrets) of 0 [0]
        tests by node ?
          TMP/bin/npm test --silent -- --test-reporter=junit --test-reporter-destination={run}/junit.xml
          tests: Report(Fresh("junit.xml"), Junit) of 0 [0, 1]
        vulnerabilities: NotConfigured: nothing is known that judges the vulnerabilities of JavaScript by itself; write `command`, with `{report}` for where its report belongs, and `format` under `gates.vulnerabilities` in stagegate.yaml
        complexity: NotConfigured: nothing is known that judges the complexity of JavaScript by itself; write `command`, with `{report}` for where its report belongs, and `format` under `gates.complexity` in stagegate.yaml
        coverage: NotConfigured: nothing is known that judges the test coverage of JavaScript by itself; write `from`, `report` and `format` (`lcov`, `cobertura` or `coverage.py`), or `command`, under `gates.coverage` in stagegate.yaml
        integration_tests: NotConfigured: nothing is known that judges the integration tests of JavaScript by itself; write `command`, with `{report}` for where its JUnit XML belongs, and `format: junit` under `gates.integration_tests` in stagegate.yaml
        e2e_tests: NotConfigured: nothing is known that judges the end-to-end tests of JavaScript by itself; write `command`, with `{report}` for where its JUnit XML belongs, and `format: junit` under `gates.e2e_tests` in stagegate.yaml
        performance: NotConfigured: nothing says how it is run; write `command`, with `{report}` for where its report belongs, and `format` under `gates.performance` in stagegate.yaml
        specification: by reading
        ---
        lint by eslint 10.15.0
          TMP/repo/node_modules/.bin/eslint -f json -o {run}/eslint.json src/calc tests/calc
          lint: Report(Fresh("eslint.json"), Eslint) of 0 [0, 1]
        types by typescript ?
          TMP/repo/node_modules/.bin/tsc --noEmit --pretty false --diagnostics --tsBuildInfoFile {run}/tsc.tsbuildinfo -p tsconfig.json
          types: Report(Stdout, Tsc) of 0 [0, 1, 2]
    "#]].assert_eq(&shown);
}

#[test]
fn only_a_test_script_that_writes_a_report_proves_anything() {
    let scripts = [
        "vitest run",
        "jest --ci",
        "mocha",
        "tap",
        "tsc && node --test",
        "node --test src",
        "node --test src/*.test.js",
        "",
        "echo Error: no test specified && exit 1",
    ];
    let shown: String = scripts
        .iter()
        .map(|script| format!("== {script}\n{}", node(script).shown("calc", &["tests"])))
        .collect();
    let repository = node("vitest");
    repository.write("pnpm-lock.yaml", "");
    repository.program("bin/pnpm");
    repository.write("node_modules/vitest/package.json", "{\"version\": \"4.0.0\"}");
    expect![[r#"
        == vitest run
        tests by vitest ?
          MISSING vitest: npm install --save-dev vitest | test --silent -- --run --reporter=junit --outputFile={run}/junit.xml
          tests: Report(Fresh("junit.xml"), Junit) of 0 [0, 1]
        == jest --ci
        tests by jest-junit ?
          MISSING jest-junit: npm install --save-dev jest-junit | test --silent -- --reporters=jest-junit
          tests: Report(Fresh("junit.xml"), Junit) of 0 [0, 1]
        == mocha
        tests by mocha ?
          MISSING mocha: npm install --save-dev mocha | test --silent -- --reporter xunit --reporter-option output={run}/junit.xml
          tests: Report(Fresh("junit.xml"), Junit) of 0 [0, 1]
        == tap
        tests: NotConfigured: the script `test` of package.json (`tap`) is none that is known to write a JUnit report; write `command`, with `{report}` for where its JUnit XML belongs, and `format: junit` under `gates.tests` in stagegate.yaml
        == tsc && node --test
        tests: NotConfigured: the script `test` of package.json (`tsc && node --test`) is none that is known to write a JUnit report; write `command`, with `{report}` for where its JUnit XML belongs, and `format: junit` under `gates.tests` in stagegate.yaml
        == node --test src
        tests by node ?
          TMP/bin/node --test-reporter=junit --test-reporter-destination={run}/junit.xml --test src
          tests: Report(Fresh("junit.xml"), Junit) of 0 [0, 1]
        == node --test src/*.test.js
        tests: NotConfigured: the script `test` of package.json (`node --test src/*.test.js`) cannot be told to write a JUnit report; a plain `node --test` can; write `command`, with `{report}` for where its JUnit XML belongs, and `format: junit` under `gates.tests` in stagegate.yaml
        == 
        tests: NotConfigured: package.json has no script `test`; write `command`, with `{report}` for where its JUnit XML belongs, and `format: junit` under `gates.tests` in stagegate.yaml
        == echo Error: no test specified && exit 1
        tests: NotConfigured: package.json has no script `test`; write `command`, with `{report}` for where its JUnit XML belongs, and `format: junit` under `gates.tests` in stagegate.yaml
        == pnpm
        tests by vitest 4.0.0
          TMP/bin/pnpm --silent test --run --reporter=junit --outputFile={run}/junit.xml
          tests: Report(Fresh("junit.xml"), Junit) of 0 [0, 1]
    "#]].assert_eq(&(shown + "== pnpm\n" + &repository.shown("calc", &["tests"])));
    let definition = repository.plan("calc", &["tests"]).checks[0].definition(&repository.root());
    assert!(definition.contains("note: package.json: test: vitest\n"), "{definition}");
}

#[test]
fn another_language_has_to_be_configured() {
    Repository::new(&["src/calc/main.go", "src/calc/a.go"]).check(
        "calc",
        &["lint", "tests", "mine"],
        &expect![[r#"
            lint: NotConfigured: no tool is known for the files of `calc` (.go); write `command`, with `{report}` for where its report belongs, and `format` under `gates.lint` in stagegate.yaml
            tests: NotConfigured: no tool is known for the files of `calc` (.go); write `command`, with `{report}` for where its JUnit XML belongs, and `format: junit` under `gates.tests` in stagegate.yaml
            mine: NotConfigured: nothing says how it is run; write `command` under `gates.mine` in stagegate.yaml
        "#]],
    );
    let repository = Repository::new(&["tests/test_calc.py", "src/calc/README.md"]);
    repository.check("calc", &["lint"], &expect![[r#"
        lint: NotConfigured: no source of `calc` was found; looked for `src/<component>`, `src/components/<component>`; write the source, or correct `components.source` in stagegate.yaml
    "#]]);
}

#[test]
fn commands_of_the_configuration() {
    let repository = python();
    repository.program("bin/ruff");
    repository.program("repo/tools/run");
    let yaml = "gates:
  lint:
    command: [ruff, check, '--output-file={report}', '{{x}}', '{sources}', '{tests}']
    format: ruff
    timeout: 30
    retries: 2
    env: {CACHE: '{root}/cache', NAME: '{component}'}
  tests:
    commands: [[tools/run, '{report}', '{report:coverage}'], ['{python}', -c, pass]]
    format: junit
    exit_codes: [0, 3]
  coverage: {from: tests, format: lcov}
  types: {command: [ruff], report: '-', format: sarif}
  secrets: {command: [ruff], report: out/secrets.sarif, format: sarif}
  mine: {command: [ruff, '{component}'], inputs: ['data/*.csv'], required_for: [staging]}
";
    repository.check_configured(
        yaml,
        &["lint", "coverage", "tests", "types", "secrets", "mine"],
        &expect![[r#"
            lint by ruff ?
              TMP/bin/ruff check --output-file={run}/lint.report {x} src/calc tests/test_calc.py
              lint: Report(Fresh("lint.report"), Ruff) of 0 [0, 1]
            tests + coverage by run ?
              TMP/repo/tools/run {run}/tests.report {run}/coverage.report
              TMP/repo/.venv/bin/python -c pass
              tests: Report(Fresh("tests.report"), Junit) of 0 [0, 3]
              coverage: Report(Fresh("coverage.report"), Lcov) of 0 [0, 1]
            types by ruff ?
              TMP/bin/ruff 
              types: Report(Stdout, Sarif) of 0 [0, 1]
            secrets by ruff ?
              TMP/bin/ruff 
              secrets: Report(InRepository("out/secrets.sarif"), Sarif) of 0 [0, 1]
            mine by ruff ?
              TMP/bin/ruff calc
              mine: ExitCode of 0 [0]
        "#]],
    );
    let plan = repository.plan("calc", &["lint", "mine"]);
    assert_eq!((plan.checks[0].timeout, plan.checks[0].retries), (Duration::from_secs(30), 2));
    assert_eq!(plan.checks[1].inputs[0].pattern(), "data/*.csv");
    let env = &plan.checks[0].commands[0].env;
    assert_eq!(env[0].1.resolve(Path::new("/r"), Path::new("/run")), "/r/cache");
    let report = &plan.checks[0].commands[0].args[1];
    assert_eq!(report.resolve(Path::new("/r"), Path::new("/run")), "--output-file=/run/lint.report");
}

#[test]
fn commands_that_cannot_be_meant() {
    let repository = python();
    repository.program("bin/x");
    let mut shown = String::new();
    for gate in [
        "lint: {command: [x, '{reprot}'], format: ruff}",
        "lint: {command: [x], format: ruff}",
        "lint: {command: [x]}",
        "lint: {command: [x, '{report}']}",
        "lint: {command: [x, '{report}'], format: junit}",
        "lint: {command: [x, '{report}'], report: r.json, format: ruff}",
        "lint: {command: [x], commands: [[x]], report: r.json, format: ruff}",
        "lint: {command: [x, '--in={sources}'], report: r.json, format: ruff}",
        "lint: {command: [x, '{root}{component}'], report: r.json, format: ruff}",
        "lint: {command: [x, '{report}', '{report:types}'], format: ruff}",
        "lint: {command: [../x], report: r.json, format: ruff}",
        "lint: {command: [x], report: r.json, format: ruff, folder: nowhere}",
        "lint: {command: [x], env: {A: '{tests}'}, report: r.json, format: ruff, folder: src}",
        "lint: {report: r.json, format: ruff}",
        "lint: {from: lint}",
        "lint: {from: nothing, format: ruff, report: r.json}",
        "lint: {from: types, command: [x]}",
        "lint: {from: types}\n  types: {from: lint}",
        "lint: {from: types}\n  types: {command: [x], enabled: false}",
        "lint: {enabled: false}",
        "lint: {command: [nowhere/x], report: r.json, format: ruff}",
        "lint: {command: [absent], report: r.json, format: ruff}",
    ] {
        repository.write("stagegate.yaml", &format!("gates:\n  {gate}\n"));
        writeln!(shown, "== {gate}\n{}", repository.shown("calc", &["lint"]).trim_end()).unwrap();
    }
    expect![[r#"
        == lint: {command: [x, '{reprot}'], format: ruff}
        lint: NotConfigured: its argument `{reprot}` has the placeholder `{reprot}`, which is not known; expected `{sources}`, `{tests}`, `{component}`, `{report}`, `{root}` or `{python}`, and `{{reprot}}` for the text itself; correct `gates.lint` in stagegate.yaml
        == lint: {command: [x], format: ruff}
        lint: NotConfigured: nothing says where its ruff JSON is; expected `{report}` in its command, or `report`; write `command`, with `{report}` for where its report belongs, and `format` under `gates.lint` in stagegate.yaml
        == lint: {command: [x]}
        lint: NotConfigured: it has no report, and an exit code alone proves nothing for the gate `lint`; expected `report` and `format`; write `command`, with `{report}` for where its report belongs, and `format` under `gates.lint` in stagegate.yaml
        == lint: {command: [x, '{report}']}
        lint: NotConfigured: nothing says what its report is written in; expected `format`; correct `gates.lint` in stagegate.yaml
        == lint: {command: [x, '{report}'], format: junit}
        lint: NotConfigured: its `format` is `junit`, which the gate `lint` cannot be judged by; correct `gates.lint` in stagegate.yaml
        == lint: {command: [x, '{report}'], report: r.json, format: ruff}
        lint: NotConfigured: it has both `report: r.json` and a command with `{report}`; only one of them can be meant; correct `gates.lint` in stagegate.yaml
        == lint: {command: [x], commands: [[x]], report: r.json, format: ruff}
        lint: NotConfigured: it has both `command` and `commands`; only one of them can be meant; correct `gates.lint` in stagegate.yaml
        == lint: {command: [x, '--in={sources}'], report: r.json, format: ruff}
        lint: NotConfigured: its argument `--in={sources}` holds `{sources}`, which has to stand alone; correct `gates.lint` in stagegate.yaml
        == lint: {command: [x, '{root}{component}'], report: r.json, format: ruff}
        lint: NotConfigured: its argument `{root}{component}` has several placeholders; expected one in an argument; correct `gates.lint` in stagegate.yaml
        == lint: {command: [x, '{report}', '{report:types}'], format: ruff}
        lint: NotConfigured: its command has `{report:types}`, and no gate `types` takes its report `from` it; correct `gates.lint` in stagegate.yaml
        == lint: {command: [../x], report: r.json, format: ruff}
        lint: NotConfigured: its program `../x` lies outside the repository; write its whole path, or its name; correct `gates.lint` in stagegate.yaml
        == lint: {command: [x], report: r.json, format: ruff, folder: nowhere}
        lint: NotConfigured: its `folder` is `nowhere`, which does not exist; correct `gates.lint` in stagegate.yaml
        == lint: {command: [x], env: {A: '{tests}'}, report: r.json, format: ruff, folder: src}
        lint by x ?
          TMP/bin/x 
            in src
          lint: Report(InRepository("r.json"), Ruff) of 0 [0, 1]
        == lint: {report: r.json, format: ruff}
        lint: NotConfigured: nothing is run that writes its report `r.json`; write `command`, or the gate whose tools write the report as `from`, under `gates.lint` in stagegate.yaml; what others wrote there is shown, and opens no gate
        == lint: {from: lint}
        lint: NotConfigured: its `from` is the gate itself; correct `gates.lint` in stagegate.yaml
        == lint: {from: nothing, format: ruff, report: r.json}
        lint: NotConfigured: its `from` is `nothing`, which runs nothing; correct `gates.lint` in stagegate.yaml
        == lint: {from: types, command: [x]}
        lint: NotConfigured: it has both commands and `from`; only one of them can be meant; correct `gates.lint` in stagegate.yaml
        == lint: {from: types}
          types: {from: lint}
        lint: NotConfigured: its `from` is `types`, which runs nothing itself; name the gate that does; correct `gates.lint` in stagegate.yaml
        == lint: {from: types}
          types: {command: [x], enabled: false}
        lint: NotConfigured: its `from` is `types`, which is switched off; correct `gates.lint` in stagegate.yaml
        == lint: {enabled: false}
        lint: NotConfigured: it is switched off in stagegate.yaml; write `command`, with `{report}` for where its report belongs, and `format` under `gates.lint` in stagegate.yaml
        == lint: {command: [nowhere/x], report: r.json, format: ruff}
        lint by x ?
          MISSING nowhere/x:  | 
          lint: Report(InRepository("r.json"), Ruff) of 0 [0, 1]
        == lint: {command: [absent], report: r.json, format: ruff}
        lint by absent ?
          MISSING absent:  | 
          lint: Report(InRepository("r.json"), Ruff) of 0 [0, 1]
    "#]].assert_eq(&shown);
}

#[test]
fn a_program_is_never_picked_from_the_current_folder() {
    let mut repository = python();
    repository.program("repo/x");
    repository.program("bin/sub/x");
    repository.write("stagegate.yaml", "gates:\n  mine: {command: [x]}\n  other: {command: [./x]}\n");
    for path in ["", ".", ":.", "bin"] {
        repository.around.path = path.into();
        let plan = repository.plan("calc", &["mine", "other"]);
        assert_eq!(plan.checks[0].missing().unwrap().tool, "x", "{path:?}");
        assert_eq!(plan.checks[1].missing(), None);
    }
}

#[test]
fn settings_without_a_command_hold_for_what_is_found() {
    let repository = python();
    repository.write(
        "stagegate.yaml",
        "gates:\n  coverage: {timeout: 20, retries: 1, env: {PYTHONHASHSEED: '7', A: '{root}/b'}}\n",
    );
    let plan = repository.plan("calc", &["tests"]);
    let check = &plan.checks[0];
    assert_eq!((check.timeout, check.retries), (Duration::from_secs(20), 1));
    let env: Vec<_> =
        check.commands[0].env.iter().map(|(name, value)| format!("{name}={}", value.definition())).collect();
    assert_eq!(env, ["PYTHONDONTWRITEBYTECODE=1", "NO_COLOR=1", "PYTHONHASHSEED=7", "A={root}/b"]);
}

#[test]
fn a_path_is_never_an_option() {
    let repository = Repository::new(&["-x/calc/__init__.py", "-x/test_calc.py"]);
    repository.venv("repo/.venv", &PACKAGES);
    let yaml = "components:\n  source: ['-x/<component>']\n  tests: ['-x/test_<component>.py']\n";
    repository.check_configured(yaml, &["lint", "coverage"], &expect![[r#"
        lint by ruff 0.17.5
          TMP/repo/.venv/bin/python -m ruff check --no-cache --show-files ./-x/calc
          TMP/repo/.venv/bin/python -m ruff check --no-cache --no-fix --output-format=json --output-file={run}/ruff.json ./-x/calc ./-x/test_calc.py
          lint: Report(Fresh("ruff.json"), Ruff) of 1 [0, 1]
        tests + coverage by pytest 9.2.0
          TMP/repo/.venv/bin/python -m coverage run --data-file={run}/coverage.data --source=./-x/calc -m pytest -q -o cache_dir={run}/cache -o junit_family=xunit1 --maxfail=0 --junitxml={run}/junit.xml ./-x/test_calc.py
          TMP/repo/.venv/bin/python -m coverage json --data-file={run}/coverage.data --fail-under=0 -q -o {run}/coverage.json
          tests: Report(Fresh("junit.xml"), Junit) of 0 [0, 1, 5]
          coverage: Report(Fresh("coverage.json"), CoveragePy) of 1 [0]
    "#]]);
}

#[test]
fn what_is_trusted_names_no_component() {
    let repository = Repository::new(&[
        "src/calc/__init__.py",
        "tests/test_calc.py",
        "tests/test_calc_more.py",
        "src/other/__init__.py",
        "tests/test_other.py",
    ]);
    repository.venv("repo/.venv", &["pytest-1", "coverage-1", "ruff-1"]);
    let items = trust_items_in(&repository.root(), &repository.workspace(), &repository.around);
    let shown: String = items.iter().map(|item| format!("[{}]\n{}\n", item.label, item.text)).collect();
    assert!(
        !shown.contains("calc") && !shown.contains(repository.folder.path().to_str().unwrap()),
        "{shown}"
    );
    repository.venv("repo/.venv", &["radon-6.0.1"]);
    assert_eq!(trust_items_in(&repository.root(), &repository.workspace(), &repository.around), items);
    expect![[r#"
        [complexity]
        {python} -m radon cc -j -n A {paths}
          with PYTHONDONTWRITEBYTECODE=1
          with PYTHONHASHSEED=0
          with NO_COLOR=1
          with PYTHONSAFEPATH=1

        [lint]
        {python} -m ruff check --no-cache --show-files {paths}
          with PYTHONDONTWRITEBYTECODE=1
          with PYTHONHASHSEED=0
          with NO_COLOR=1
          with PYTHONSAFEPATH=1
        {python} -m ruff check --no-cache --no-fix --output-format=json --output-file={run}/ruff.json {paths}
          with PYTHONDONTWRITEBYTECODE=1
          with PYTHONHASHSEED=0
          with NO_COLOR=1
          with PYTHONSAFEPATH=1

        [secrets]
        {python} -m detect_secrets scan --no-verify --all-files --exclude-files {caches} {paths}
          with PYTHONDONTWRITEBYTECODE=1
          with PYTHONHASHSEED=0
          with NO_COLOR=1
          with PYTHONSAFEPATH=1

        [tests]
        {python} -m pytest -q -o cache_dir={run}/cache -o junit_family=xunit1 --maxfail=0 --junitxml={run}/junit.xml {test}
          with PYTHONDONTWRITEBYTECODE=1
          with PYTHONHASHSEED=0
          with NO_COLOR=1

        [tests, coverage]
        {python} -m coverage run --data-file={run}/coverage.data --source={paths} -m pytest -q -o cache_dir={run}/cache -o junit_family=xunit1 --maxfail=0 --junitxml={run}/junit.xml {paths}
          with PYTHONDONTWRITEBYTECODE=1
          with PYTHONHASHSEED=0
          with NO_COLOR=1
        {python} -m coverage json --data-file={run}/coverage.data --fail-under=0 -q -o {run}/coverage.json
          with PYTHONDONTWRITEBYTECODE=1
          with PYTHONHASHSEED=0
          with NO_COLOR=1

        [types]
        {python} -m pyright --outputjson {paths}
          with PYTHONDONTWRITEBYTECODE=1
          with PYTHONHASHSEED=0
          with NO_COLOR=1
          with PYTHONSAFEPATH=1

        [vulnerabilities]
        {python} -m bandit -q -r -f json -o {run}/bandit.json {paths}
          with PYTHONDONTWRITEBYTECODE=1
          with PYTHONHASHSEED=0
          with NO_COLOR=1
          with PYTHONSAFEPATH=1

    "#]].assert_eq(&shown);
}

#[test]
fn text_of_the_configuration_cannot_pass_for_another_line() {
    let repository = python();
    repository.program("bin/x");
    repository.write("stagegate.yaml", "gates:\n  mine: {command: [x, \"a\\nrun: y\"]}\n");
    let definition = repository.plan("calc", &["mine"]).checks[0].definition(&repository.root());
    assert!(definition.contains("  argument: a\\nrun: y\n"), "{definition}");
}

/// Runs a plan with the real tools; for people, with `REPO`, `COMPONENT` and `OUT`.
#[test]
#[ignore = "needs the real tools"]
fn by_hand() {
    let root = PathBuf::from(std::env::var_os("REPO").unwrap());
    let out = PathBuf::from(std::env::var_os("OUT").unwrap());
    let component = std::env::var("COMPONENT").unwrap();
    let repository = Repository { folder: tempfile::tempdir().unwrap(), around: Surroundings::current() };
    let (workspace, around) = (Repository::workspace_at(&root), &repository.around);
    let id = workspace.components.as_ref().unwrap().find(&component).unwrap();
    let gates = ALL.map(|gate| GateName::new(gate).unwrap());
    for check in plan_in(&root, &workspace, id, &gates, around).checks {
        let run = out.join(&check.id);
        std::fs::create_dir_all(&run).unwrap();
        check.prepare.iter().for_each(|prepare| prepare.apply(&root, &run).unwrap());
        println!("== {:?} {:?}", check.tool.name, check.tool.version);
        for command in &check.commands {
            let Ok(program) = &command.program else {
                println!("missing: {:?}", command.program);
                break;
            };
            let mut process = std::process::Command::new(program);
            process
                .args(command.args.iter().map(|arg| arg.resolve(&root, &run)))
                .current_dir(root.join(&command.folder));
            process.envs(command.env.iter().map(|(name, value)| (name, value.resolve(&root, &run))));
            let output = process.output().unwrap();
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().take(300).collect::<String>();
            println!(
                "exit {:?}\n  {}\n  {}",
                output.status.code(),
                text(&output.stdout),
                text(&output.stderr)
            );
        }
        for gate in &check.gates {
            if let Proof::Report(ReportPlace::Fresh(name), _) = &gate.proof {
                println!(
                    "{}: {name} {:?}",
                    gate.gate,
                    std::fs::metadata(run.join(name)).map(|file| file.len())
                );
            }
        }
    }
}
