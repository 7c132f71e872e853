//! Smoke tests: which there are for a component, and how they are run against a release and not against the working tree
//! (requirement 000, step 6).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use regex::Regex;
use stagegate_core::components::Id;
use stagegate_core::gates::{GateName, Problem, ProblemKind};
use stagegate_core::name;
use stagegate_core::report::Format;
use stagegate_core::workspace::Root;

use super::parts::{Language, Parts, name_of, relative};
use super::python::{Python, fresh, pytest_args};
use super::surroundings::{Surroundings, text};
use super::{Arg, Check, CheckGate, Context, Prepare, python};

/// The folder of smoke tests.
const FOLDER: &str = "tests/smoke";

/// The name of what proves that they pass.
const GATE: &str = "smoke_tests";

/// The plugin of pytest that makes sure that the release was tested.
const PLUGIN: &str = "stagegate_release";

/// What smoke tests are run against.
#[derive(Clone, Debug, Default)]
pub(crate) struct SmokeRun {
    /// The name of the environment.
    pub(crate) environment: String,
    /// The stage of the environment.
    pub(crate) stage: String,
    /// The number of the run.
    pub(crate) run: String,
    /// The folder of the release, absolute; `None` where it is not in a folder.
    pub(crate) release: Option<PathBuf>,
    /// The folders of the releases of other components there, which it may import.
    pub(crate) others: Vec<PathBuf>,
    /// Variables of the configuration.
    pub(crate) env: Vec<(String, String)>,
    /// How long they may take.
    pub(crate) timeout: Duration,
}

impl SmokeRun {
    /// Returns the variables that smoke tests and commands are given, with what stands for their values in a text that is
    /// the same for every run.
    pub(crate) fn variables(&self, component: &str) -> Vec<(String, &'static str, String)> {
        let mut variables = vec![
            ("STAGEGATE_ENVIRONMENT".to_owned(), "environment", self.environment.clone()),
            ("STAGEGATE_COMPONENT".to_owned(), "component", component.to_owned()),
            ("STAGEGATE_STAGE".to_owned(), "stage", self.stage.clone()),
            ("STAGEGATE_RUN".to_owned(), "run", self.run.clone()),
        ];
        if let Some(release) = &self.release {
            variables.push(("STAGEGATE_RELEASE".to_owned(), "release", release.display().to_string()));
        }
        variables
    }
}

/// Returns the smoke tests of a component: those in a folder of its own, else in files of its own, else all of them, where it
/// is written in Python. Empty where there are none.
pub(crate) fn smoke_tests(workspace: &Root, id: Id) -> Vec<String> {
    let (Some(files), Some(components)) = (workspace.files.as_deref(), workspace.components.as_deref())
    else {
        return Vec::new();
    };
    let own = &*components.get(id).canonical;
    let is_test =
        |path: &str| path.ends_with(".py") && !matches!(name_of(path), "conftest.py" | "__init__.py");
    let below = |folder: &str| files.below(folder).iter().any(|path| is_test(path));
    let folders = files.folders_in(FOLDER).into_iter().filter(|folder| name::canonical(folder) == own);
    let folders: Vec<String> =
        folders.map(|folder| format!("{FOLDER}/{folder}")).filter(|folder| below(folder)).collect();
    if !folders.is_empty() {
        return folders;
    }
    // Also of those that no spec describes.
    let places = components.layout().iter().map(|place| name::canonical(&place.name).to_string());
    let named = components.iter().map(|(_, component)| component.canonical.to_string());
    let names: Vec<String> = places.chain(named).collect();
    let of_component = |path: &str| {
        let stem = path.strip_prefix(FOLDER)?.strip_prefix("/test_")?.strip_suffix(".py")?;
        let stem = name::canonical(stem).to_string();
        let is_of =
            |name: &str| stem.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
        let longest =
            names.iter().map(String::as_str).filter(|name| is_of(name)).max_by_key(|name| name.len());
        Some(longest == Some(own))
    };
    let named: Vec<String> = files
        .below(FOLDER)
        .iter()
        .filter(|path| of_component(path) == Some(true))
        .map(ToString::to_string)
        .collect();
    if !named.is_empty() {
        return named;
    }
    let parts = Parts::new(workspace, files, id);
    let is_python = parts.languages.first() == Some(&Language::Python);
    if is_python && below(FOLDER) { vec![FOLDER.to_owned()] } else { Vec::new() }
}

/// Returns how `tests` are run against a release.
///
/// # Errors
/// Returns why they cannot be run.
pub(crate) fn smoke_check(
    root: &Path,
    workspace: &Root,
    id: Id,
    tests: &[String],
    run: &SmokeRun,
) -> Result<Check, Problem> {
    smoke_check_in(root, workspace, id, tests, run, &Surroundings::current())
}

pub(super) fn smoke_check_in(
    root: &Path,
    workspace: &Root,
    id: Id,
    tests: &[String],
    run: &SmokeRun,
    around: &Surroundings,
) -> Result<Check, Problem> {
    let Some(files) = workspace.files.as_deref() else {
        return Err(Problem {
            kind: ProblemKind::NothingChecked,
            message: "the files of the repository were not read yet".to_owned(),
            help: "try again".to_owned(),
        });
    };
    let parts = Parts::new(workspace, files, id);
    let cx = Context { root, workspace, files, around, parts };
    let inner = python::folder(&cx);
    let holds = |path: &String| path.strip_prefix(&*inner).is_some_and(|rest| rest.starts_with('/'));
    let folder = if tests.iter().all(holds) { inner } else { String::new() };
    let python = Python { env: around.python(root, &folder), cx: &cx, folder };
    Ok(python.smoke(tests, run))
}

impl Python<'_> {
    fn smoke(&self, tests: &[String], run: &SmokeRun) -> Check {
        let mut command = self.module(&["pytest"], "pytest");
        command.args.extend(pytest_args());
        let settings = Settings::read(&self.cx.root.join(&self.folder));
        if let Some(release) = &run.release {
            command.args.extend(["-p", PLUGIN, "-o"].map(Arg::text));
            command.args.push(self.python_path(release, &run.others, &settings));
            // What lies beside the tests comes behind the release, and their helpers are still found.
            if !settings.has_import_mode {
                command.args.push(Arg::text("--import-mode=append"));
            }
            command.env.push(("PYTHONPATH".to_owned(), Arg::run("", "")));
            command.env.push(("STAGEGATE_SOURCES".to_owned(), self.working_sources()));
        }
        for (name, what, value) in run.variables(&self.cx.parts.name) {
            command.env.push((name, named("", what, value)));
        }
        let added = run.env.iter().map(|(name, value)| (name.clone(), Arg::text(value)));
        command.env.retain(|(name, _)| !run.env.iter().any(|(other, _)| other == name));
        command.env.extend(added);
        if has_environment_option(self.cx.root, tests) {
            command.args.push(named("--env=", "stage", run.stage.clone()));
        }
        command.args.extend(tests.iter().map(|path| Arg::Paths {
            before: String::new(),
            what: "tests",
            paths: vec![relative(path, &self.folder)],
        }));
        let gates = GateName::new(GATE).into_iter().map(|gate| CheckGate {
            gate,
            command: 0,
            proof: fresh("junit.xml", Format::Junit),
            exit_codes: vec![0, 1, 5],
        });
        let mut check = Check::new(self.tool("pytest", &[]), vec![command], gates.collect());
        check.timeout = run.timeout;
        if run.release.is_some() {
            check.prepare.push(Prepare::Write { name: format!("{PLUGIN}.py"), text: PLUGIN_TEXT.to_owned() });
        }
        check.id = check.identity(self.cx.root);
        check
    }

    /// Returns where Python looks first: in the release, in those of other components, and last in the working tree, for
    /// components that are not deployed there. It takes the place of `pythonpath` in the settings of the project, which would
    /// come before anything else.
    fn python_path(&self, release: &Path, others: &[PathBuf], settings: &Settings) -> Arg {
        let mut places: Vec<String> = Vec::new();
        for source in &self.cx.parts.sources {
            // The folder that a package is imported from: the first around it that is none itself.
            let mut folder = source.rsplit_once('/').map_or("", |(folder, _)| folder);
            while !folder.is_empty() && self.cx.files.contains(&format!("{folder}/__init__.py")) {
                folder = folder.rsplit_once('/').map_or("", |(outer, _)| outer);
            }
            places.push(folder.to_owned());
        }
        let inside = |path: &str| match (&*self.folder, path.trim_matches('/')) {
            ("", path) => path.to_owned(),
            (folder, "" | ".") => folder.to_owned(),
            (folder, path) => format!("{folder}/{path}"),
        };
        places.extend(settings.python_path.iter().map(|path| inside(path.trim_start_matches("./"))));
        places.push(self.folder.clone());
        let mut seen: Vec<String> = Vec::new();
        places.retain(|place| {
            let new = !seen.contains(place);
            seen.push(place.clone());
            new
        });
        let mut value = String::new();
        let roots = std::iter::once(release).chain(others.iter().map(PathBuf::as_path)).chain([self.cx.root]);
        for root in roots {
            for place in &places {
                let path = if place.is_empty() { root.to_owned() } else { root.join(place) };
                let space = if value.is_empty() { "" } else { " " };
                let _ = write!(value, "{space}{}", quoted(&path.display().to_string()));
            }
        }
        named("pythonpath=", "release", value)
    }

    /// Returns the sources of the component in the working tree, which no test may have imported.
    fn working_sources(&self) -> Arg {
        let paths = self.cx.parts.sources.iter().map(|source| self.cx.root.join(source));
        let joined = std::env::join_paths(paths).unwrap_or_default();
        named("", "sources", joined.to_string_lossy().into_owned())
    }
}

impl Check {
    /// Returns its commands as a plan shows them: argument lists without what only a run knows.
    pub(crate) fn in_words(&self, root: &Path) -> Vec<Vec<String>> {
        let words = |command: &super::Invocation| {
            let program = super::shown_program(&command.name, root);
            let mut words: Vec<String> =
                std::iter::once(program).chain(command.args.iter().map(in_plan)).collect();
            // Another way to say the same.
            if let Some(at) = words.windows(2).position(|two| two[0] == "-c" && two[1] == python::BOOT) {
                words.splice(at..at + 2, ["-m".to_owned()]);
            }
            words
        };
        self.commands.iter().map(words).collect()
    }
}

/// Returns an argument with the paths of the tests, and `<release>` for what only a run knows.
fn in_plan(arg: &Arg) -> String {
    match arg {
        Arg::Name { before, what, after, .. } if *what != "stage" => format!("{before}<{what}>{after}"),
        Arg::Run { before, name, after } => format!("{before}<report folder>/{name}{after}"),
        arg => arg.definition(),
    }
}

fn named(before: &str, what: &'static str, name: String) -> Arg {
    Arg::Name { before: before.to_owned(), what, name, after: String::new() }
}

/// Writes a path so that `shlex` of Python reads it as one.
fn quoted(path: &str) -> String {
    format!("'{}'", path.replace('\'', "'\"'\"'"))
}

/// Fails the session where a component was imported from the working tree.
const PLUGIN_TEXT: &str = r#"import os
import sys


def pytest_sessionfinish(session):
    sources = [os.path.realpath(path) for path in os.environ.get("STAGEGATE_SOURCES", "").split(os.pathsep) if path]
    for name, module in sorted(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str):
            continue
        real = os.path.realpath(file)
        if any(real == source or real.startswith(source + os.sep) for source in sources):
            sys.stderr.write("error: `%s` was imported from the working tree and not from the release\n" % name)
            session.exitstatus = 3
            return
"#;

/// What the settings of pytest say about importing.
#[derive(Debug, Default, PartialEq, Eq)]
struct Settings {
    python_path: Vec<String>,
    has_import_mode: bool,
}

impl Settings {
    /// Reads those of the project in `folder`. That of several files pytest reads only the first does not matter: a folder
    /// more is looked into, behind the others.
    fn read(folder: &Path) -> Settings {
        let mut settings = Settings::default();
        for name in ["pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg"] {
            let text = text(&folder.join(name));
            if text.is_empty() {
                continue;
            }
            // Only `importlib` needs it: two test files of the same name.
            settings.has_import_mode |=
                text.contains("import-mode=importlib") || text.contains("import_mode=importlib");
            let paths = if name == "pyproject.toml" { of_toml(&text) } else { of_ini(&text) };
            settings.python_path.extend(paths.into_iter().filter(|path| !Path::new(path).is_absolute()));
        }
        settings
    }
}

fn of_toml(text: &str) -> Vec<String> {
    let Ok(document) = text.parse::<toml_edit::DocumentMut>() else { return Vec::new() };
    let options = document.get("tool").and_then(|tool| tool.get("pytest"));
    let options = options.and_then(|pytest| pytest.get("ini_options").or(Some(pytest)));
    let Some(value) = options.and_then(|options| options.get("pythonpath")) else { return Vec::new() };
    match (value.as_array(), value.as_str()) {
        (Some(items), _) => items.iter().filter_map(|item| Some(item.as_str()?.to_owned())).collect(),
        (_, Some(text)) => text.split_whitespace().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// Reads `pythonpath` of an INI file, with the indented lines below it.
fn of_ini(text: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut is_within = false;
    for line in text.lines() {
        let value = match line.split_once(['=', ':']) {
            Some((key, value)) if key.trim() == "pythonpath" => {
                is_within = true;
                value
            }
            _ if is_within && line.starts_with([' ', '\t']) => line,
            _ => {
                is_within = false;
                continue;
            }
        };
        paths.extend(value.split_whitespace().map(str::to_owned));
    }
    paths
}

/// Whether a `conftest.py` that pytest reads at its start defines `--env`.
fn has_environment_option(root: &Path, tests: &[String]) -> bool {
    let Ok(defines) = Regex::new(r#"addoption\(\s*["']--env["']"#) else { return false };
    let mut folders = vec!["", "tests", FOLDER];
    folders.extend(tests.iter().map(|path| &**path).filter(|path| !path.ends_with(".py")));
    folders.iter().any(|folder| defines.is_match(&text(&root.join(folder).join("conftest.py"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_pytest_are_read() {
        assert_eq!(of_toml("[tool.pytest.ini_options]\npythonpath = [\"src\", 'lib']\n"), ["src", "lib"]);
        assert_eq!(of_toml("[tool.pytest.ini_options]\npythonpath = \"src lib\"\n"), ["src", "lib"]);
        assert!(of_toml("[tool").is_empty() && of_toml("[tool.pytest]\nx = 1\n").is_empty());
        assert_eq!(of_ini("[pytest]\npythonpath = src\n  lib\ntestpaths = tests\n"), ["src", "lib"]);
        assert!(of_ini("[pytest]\ntestpaths = tests\n").is_empty());
    }

    #[test]
    fn paths_are_one_word_for_python() {
        assert_eq!(quoted("/a b/it's"), r#"'/a b/it'"'"'s'"#);
    }
}
