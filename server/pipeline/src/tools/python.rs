//! What is run for a component in Python.

use stagegate_core::gates::{GateKind, Problem};
use stagegate_core::report::Format;

use super::parts::{Suite, below, name_of, relative, upwards};
use super::python_env::PythonEnv;
use super::surroundings::text;
use super::{Arg, Check, CheckGate, Context, Invocation, Proof, ReportPlace, Tool};
use super::{not_configured, nothing_there};

/// Files that make a folder the one that Python tools are run in.
const MARKS: [&str; 8] = [
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
    "pytest.ini",
    "tox.ini",
    "uv.lock",
    "requirements.txt",
    "requirements-dev.txt",
];

/// A Python project, and the component in it.
pub(super) struct Python<'a> {
    pub(super) cx: &'a Context<'a>,
    pub(super) folder: String,
    pub(super) env: PythonEnv,
}

/// Returns what is run for a gate. `shared` says of tests and coverage whether the other one is run like this too.
pub(super) fn preset(cx: &Context<'_>, kind: GateKind, shared: bool) -> Result<Check, Problem> {
    let folder = folder(cx);
    let python = Python { env: cx.around.python(cx.root, &folder), cx, folder };
    match kind {
        GateKind::Tests | GateKind::Coverage => python.tests(kind, shared),
        GateKind::IntegrationTests => python.suite(kind, Suite::Integration, "integration"),
        GateKind::E2eTests => python.suite(kind, Suite::E2e, "e2e"),
        GateKind::Lint => python.lint(),
        GateKind::Types => python.types(),
        GateKind::Vulnerabilities => python.vulnerabilities(),
        GateKind::Complexity => python.complexity(),
        kind => Err(not_configured(&kind.into(), "no tool is known for it".to_owned())),
    }
}

/// Returns the folder that Python tools are run in: the innermost with a file of a project that holds the component with
/// its tests, else the root.
pub(super) fn folder(cx: &Context<'_>) -> String {
    let inner = cx.parts.folder(cx.root, true);
    let marked = |folder: &&str| MARKS.iter().any(|mark| cx.root.join(folder).join(mark).is_file());
    upwards(&inner).find(marked).unwrap_or_default().to_owned()
}

impl Python<'_> {
    pub(super) fn sources(&self) -> Vec<Arg> {
        self.paths("sources", self.cx.parts.sources.iter().map(|path| &**path))
    }

    pub(super) fn all_tests(&self) -> Vec<Arg> {
        self.paths("tests", self.cx.parts.all_tests().into_iter())
    }

    fn paths<'p>(&self, what: &'static str, paths: impl Iterator<Item = &'p str>) -> Vec<Arg> {
        let path =
            |path| Arg::Paths { before: String::new(), what, paths: vec![relative(path, &self.folder)] };
        paths.map(path).collect()
    }

    /// Returns `python -m MODULE`, without arguments yet, so that nothing is imported from the folder that it is run in:
    /// a `ruff.py` of the workspace is not ruff.
    pub(super) fn module(&self, packages: &[&str], module: &str) -> Invocation {
        let mut command = self.module_here(packages, module);
        command.env.push(("PYTHONSAFEPATH".to_owned(), Arg::text("1")));
        if !self.env.knows_safe_path {
            let at = self.env.before.len();
            command.args.splice(at..=at, [Arg::text("-c"), Arg::text(BOOT)]);
        }
        command
    }

    /// Returns `python -m MODULE` for what runs the code of the project, which may lie in the folder that it is run in.
    fn module_here(&self, packages: &[&str], module: &str) -> Invocation {
        let mut args: Vec<Arg> = self.env.before.iter().map(Arg::text).collect();
        args.extend([Arg::text("-m"), Arg::text(module)]);
        Invocation {
            program: self.env.program(packages),
            name: self.env.program.clone().unwrap_or_else(|| "python3".into()),
            args,
            modules: packages.iter().map(|package| self.env.missing(package)).collect(),
            // Nothing is left behind, and the order of sets is the same each time.
            env: [("PYTHONDONTWRITEBYTECODE", "1"), ("PYTHONHASHSEED", "0"), ("NO_COLOR", "1")]
                .map(|(name, value)| (name.to_owned(), Arg::text(value)))
                .into(),
            env_remove: REMOVED.map(str::to_owned).into(),
            folder: self.folder.clone(),
            exit_codes: vec![0],
            lists_files: false,
        }
    }

    pub(super) fn tool(&self, package: &str, packages: &[&str]) -> Tool {
        let mut fingerprint = self.env.fingerprint.clone();
        for package in std::iter::once(&package).chain(packages) {
            if let Some(version) = self.env.version(package) {
                fingerprint.push_str(&format!("{package} {version}\n"));
            }
        }
        let version = self.env.version(package).map(str::to_owned);
        let ask = || {
            let python = self.env.python.clone()?;
            let module = package.replace('-', "_");
            Some((python, vec!["-c".to_owned(), BOOT.to_owned(), module, "--version".to_owned()]))
        };
        let version_command = if version.is_none() { ask() } else { None };
        Tool { name: package.to_owned(), version, version_command, fingerprint }
    }

    /// Tests and coverage in one run.
    fn tests(&self, kind: GateKind, shared: bool) -> Result<Check, Problem> {
        let tests = self.test_paths(kind, Suite::Unit, "tests")?;
        if kind == GateKind::Tests && self.env.lacks("coverage") {
            return Ok(self.pytest(kind, tests));
        }
        // Tests need not wait for what only coverage lacks.
        let shared = shared && !self.env.lacks("coverage");
        let mut run = self.module_here(&["coverage", "pytest"], "coverage");
        run.args.extend([Arg::text("run"), Arg::run("--data-file=", "coverage.data"), self.measured()?]);
        run.args.extend(["-m", "pytest"].map(Arg::text));
        run.args.extend(pytest_args());
        run.args.extend(tests);
        run.exit_codes = vec![0, 1];
        let mut commands = vec![run];
        if self.writes_several() {
            let mut combine = self.module_here(&["coverage"], "coverage");
            combine.args.extend([Arg::text("combine"), Arg::run("--data-file=", "coverage.data")]);
            // 1: there was nothing to combine.
            combine.exit_codes = vec![0, 1];
            commands.push(combine);
        }
        let mut json = self.module_here(&["coverage"], "coverage");
        json.args.extend([Arg::text("json"), Arg::run("--data-file=", "coverage.data")]);
        json.args.extend(["--fail-under=0", "-q", "-o"].map(Arg::text));
        json.args.push(Arg::run("", "coverage.json"));
        commands.push(json);
        let mut gates = Vec::new();
        if shared || kind == GateKind::Tests {
            gates.push(gate(GateKind::Tests, 0, fresh("junit.xml", Format::Junit), &PYTEST_CODES));
        }
        if shared || kind == GateKind::Coverage {
            let proof = fresh("coverage.json", Format::CoveragePy);
            gates.push(gate(GateKind::Coverage, commands.len() - 1, proof, &[0]));
        }
        let check = Check::new(self.tool("pytest", &["coverage"]), commands, gates);
        Ok(Check { alone: Some(self.pytest_command()), ..check })
    }

    fn suite(&self, kind: GateKind, suite: Suite, folder: &str) -> Result<Check, Problem> {
        let tests = self.test_paths(kind, suite, &format!("tests/{folder}"))?;
        Ok(self.pytest(kind, tests))
    }

    fn pytest(&self, kind: GateKind, tests: Vec<Arg>) -> Check {
        let alone = self.pytest_command();
        let mut command = alone.clone();
        command.args.extend(tests);
        let gates = vec![gate(kind, 0, fresh("junit.xml", Format::Junit), &PYTEST_CODES)];
        Check { alone: Some(alone), ..Check::new(self.tool("pytest", &[]), vec![command], gates) }
    }

    /// Returns the command that runs pytest, without what it is to run.
    fn pytest_command(&self) -> Invocation {
        let mut command = self.module_here(&["pytest"], "pytest");
        command.args.extend(pytest_args());
        command
    }

    /// Returns the arguments that name the tests of one kind and leave out what lies among them and is of another.
    fn test_paths(&self, kind: GateKind, suite: Suite, expected: &str) -> Result<Vec<Arg>, Problem> {
        let parts = &self.cx.parts;
        let left_out = parts.not_in(suite);
        let is_left_out = |path: &str| {
            left_out.iter().any(|folder| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
        };
        let is_test =
            |path: &str| path.ends_with(".py") && name_of(path) != "conftest.py" && !is_left_out(path);
        let mut paths = parts.tests(suite);
        paths.retain(|path| below(self.cx.files, path).any(is_test));
        if paths.is_empty() {
            return Err(nothing_there(kind, &parts.name, expected, &format!("test_{}.py", parts.name)));
        }
        let mut args: Vec<Arg> = left_out
            .iter()
            .map(|path| Arg::Paths {
                before: "--ignore=".to_owned(),
                what: "tests",
                paths: vec![relative(path, &self.folder)],
            })
            .collect();
        args.extend(self.paths("tests", paths.into_iter()));
        Ok(args)
    }

    /// Returns what coverage.py measures: folders, so that files which are never imported count. Below a folder it leaves
    /// out those without `__init__.py`, which are therefore named as well; and a file cannot be named, but its folder.
    fn measured(&self) -> Result<Arg, Problem> {
        let files = self.cx.files;
        let mut folders: Vec<&str> = Vec::new();
        for source in &self.cx.parts.sources {
            if files.contains(source) {
                folders.push(source.rsplit_once('/').map_or("", |(folder, _)| folder));
                continue;
            }
            folders.push(source);
            for path in files.below(source).iter().filter(|path| path.ends_with(".py")) {
                let inner = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                let between = upwards(inner).take_while(|folder| folder.len() > source.len());
                folders.extend(between.filter(|folder| !files.contains(&format!("{folder}/__init__.py"))));
            }
        }
        folders.sort_unstable();
        folders.dedup();
        if let Some(folder) = folders.iter().find(|folder| folder.contains(',')) {
            let message = format!("coverage.py cannot be told to measure `{folder}`, whose name has a comma");
            return Err(not_configured(&GateKind::Coverage.into(), message));
        }
        let paths = folders.into_iter().map(|folder| relative(folder, &self.folder)).collect();
        Ok(Arg::Paths { before: "--source=".to_owned(), what: "sources", paths })
    }

    /// Whether the configuration of coverage.py may make it write a file per process.
    fn writes_several(&self) -> bool {
        let files = [".coveragerc", "setup.cfg", "tox.ini", "pyproject.toml"];
        files.into_iter().any(|name| {
            let text = text(&self.cx.root.join(&self.folder).join(name));
            let keys = text.lines().filter_map(|line| Some(line.split_once('=')?.0.trim()));
            (name == ".coveragerc" || text.contains("coverage:") || text.contains("[tool.coverage"))
                && keys.into_iter().any(|key| key == "parallel" || key == "patch")
        })
    }

    fn lint(&self) -> Result<Check, Problem> {
        // A report without findings is the same whether everything was looked at, or nothing.
        let mut list = self.module(&["ruff"], "ruff");
        list.args.extend(["check", "--no-cache", "--show-files"].map(Arg::text));
        list.lists_files = true;
        let mut command = self.module(&["ruff"], "ruff");
        command.args.extend(["check", "--no-cache", "--no-fix", "--output-format=json"].map(Arg::text));
        command.args.push(Arg::run("--output-file=", "ruff.json"));
        // A file that is named is looked at whatever the configuration leaves out, as tests often are.
        list.args.extend(self.sources());
        command.args.extend(self.sources());
        command.args.extend(self.all_tests());
        let gates = vec![gate(GateKind::Lint, 1, fresh("ruff.json", Format::Ruff), &[0, 1])];
        Ok(Check::new(self.tool("ruff", &[]), vec![list, command], gates))
    }

    fn types(&self) -> Result<Check, Problem> {
        let mut command = self.module(&["pyright"], "pyright");
        command.args.push(Arg::text("--outputjson"));
        // Else it takes the packages of the Python that is first on `PATH`.
        if let Some(python) = &self.env.python {
            let name = python.display().to_string();
            let (before, after) = (String::new(), String::new());
            command
                .args
                .extend([Arg::text("--pythonpath"), Arg::Name { before, what: "python", name, after }]);
        }
        command.args.extend(self.sources());
        command.args.extend(self.all_tests());
        // 3: the configuration cannot be read, and it went on without it.
        let proof = Proof::Report(ReportPlace::Stdout, Format::Pyright);
        Ok(Check::new(
            self.tool("pyright", &[]),
            vec![command],
            vec![gate(GateKind::Types, 0, proof, &[0, 1])],
        ))
    }

    fn vulnerabilities(&self) -> Result<Check, Problem> {
        let mut command = self.module(&["bandit"], "bandit");
        command.args.extend(["-q", "-r", "-f", "json", "-o"].map(Arg::text));
        command.args.push(Arg::run("", "bandit.json"));
        let here = self.cx.root.join(&self.folder);
        if text(&here.join("pyproject.toml")).contains("[tool.bandit") {
            command.args.extend(["-c", "pyproject.toml"].map(Arg::text));
        } else if here.join(".bandit").is_file() {
            command.args.extend(["--ini", ".bandit"].map(Arg::text));
        }
        command.args.extend(self.sources());
        let gates = vec![gate(GateKind::Vulnerabilities, 0, fresh("bandit.json", Format::Bandit), &[0, 1])];
        Ok(Check::new(self.tool("bandit", &[]), vec![command], gates))
    }

    fn complexity(&self) -> Result<Check, Problem> {
        let mut command = self.module(&["radon"], "radon");
        command.args.extend(["cc", "-j", "-n", "A"].map(Arg::text));
        command.args.extend(self.sources());
        let proof = Proof::Report(ReportPlace::Stdout, Format::Radon);
        let gates = vec![gate(GateKind::Complexity, 0, proof, &[0])];
        Ok(Check::new(self.tool("radon", &[]), vec![command], gates))
    }
}

/// 5: no test was collected, and the report says so.
const PYTEST_CODES: [i32; 3] = [0, 1, 5];

/// Starts a module as `-m` does, for versions of Python before 3.11: nothing but `sys` is imported before the folder that
/// it is run in is taken from the path.
pub(super) const BOOT: &str = "import sys; sys.path = [path for path in sys.path if path]; import runpy; del sys.argv[0]; \
                               runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)";

/// Variables that change what the tools do, or which are found, without a trace in the repository. `env` of the gate
/// adds them again where the project needs one.
const REMOVED: [&str; 26] = [
    "BANDIT_CONFIG",
    "COVERAGE_FILE",
    "COVERAGE_PROCESS_START",
    "COVERAGE_RCFILE",
    "FORCE_COLOR",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PYRIGHT_PYTHON_FORCE_VERSION",
    "PYRIGHT_PYTHON_PYLANCE_VERSION",
    "PYTEST_ADDOPTS",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD",
    "PYTEST_PLUGINS",
    "PYTHONBREAKPOINT",
    "PYTHONHOME",
    "PYTHONINSPECT",
    "PYTHONOPTIMIZE",
    "PYTHONPATH",
    "PYTHONPLATLIBDIR",
    "PYTHONSAFEPATH",
    "PYTHONSTARTUP",
    "PYTHONWARNINGS",
    "RADONCFG",
    "RUFF_CONFIG",
    "RUFF_OUTPUT_FILE",
    "RUFF_OUTPUT_FORMAT",
    "RUFF_PREVIEW",
];

/// `cache_dir` and not `-p no:cacheprovider`, with which `--lf` in the options of a project is an error. `xunit1` has the
/// file and line of each test. `--maxfail=0` undoes `-x` in the options of a project: what was not run after a failure
/// proves nothing.
pub(super) fn pytest_args() -> [Arg; 7] {
    [
        Arg::text("-q"),
        Arg::text("-o"),
        Arg::run("cache_dir=", "cache"),
        Arg::text("-o"),
        Arg::text("junit_family=xunit1"),
        Arg::text("--maxfail=0"),
        Arg::run("--junitxml=", "junit.xml"),
    ]
}

/// A report in the folder of the run.
pub(super) fn fresh(name: &str, format: Format) -> Proof {
    Proof::Report(ReportPlace::Fresh(name.to_owned()), format)
}

/// What proves a gate.
pub(super) fn gate(kind: GateKind, command: usize, proof: Proof, exit_codes: &[i32]) -> CheckGate {
    CheckGate { gate: kind.into(), command, proof, exit_codes: exit_codes.to_vec() }
}
