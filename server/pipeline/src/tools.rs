//! From a repository and its configuration to what is run for each gate of a component (issue 4).
//!
//! [`plan`] looks at files and starts nothing. What it gives holds arguments with places for the folder of the run
//! ([`Arg`]), so that the same plan can be run, hashed ([`Check::definition`]) and shown before it is trusted
//! ([`trust_items`]).

mod arg;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use arg::Arg;
use stagegate_core::components::Id;
use stagegate_core::gates::{GateName, Problem};
use stagegate_core::glob::Glob;
use stagegate_core::report::Format;
use stagegate_core::workspace::Root;

/// What is run once, and the gates that it proves.
#[derive(Clone, Debug)]
pub struct Check {
    /// The same for two checks that run the same; usable as a file name.
    pub id: String,
    /// What proves which gate, by the order of [`stagegate_core::gates::GateKind::ALL`].
    pub gates: Vec<CheckGate>,
    /// What the run folder needs before the first command.
    pub prepare: Vec<Prepare>,
    /// Run in order, up to the first that ends with an exit code that is not in its list.
    pub commands: Vec<Invocation>,
    /// How long all commands may take together.
    pub timeout: Duration,
    /// How often a run that fails is tried again.
    pub retries: usize,
    /// Files beside the usual ones that the verdict depends on (configuration).
    pub inputs: Vec<Arc<Glob>>,
    /// The tool.
    pub tool: Tool,
}

/// What proves one gate.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckGate {
    /// The gate.
    pub gate: GateName,
    /// Which of [`Check::commands`] its exit code, standard output and folder are those of.
    pub command: usize,
    /// What it says is read from.
    pub proof: Proof,
    /// Exit codes of that command with which it can be believed. The report decides; a code only makes it worse.
    pub exit_codes: Vec<i32>,
}

/// What tells whether a gate is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A report.
    Report(ReportPlace, Format),
    /// The lines `test result: ...` on standard output of `cargo test` ([`libtest_counts`]). None of them: it was not
    /// built.
    Libtest,
    /// The exit code alone; only for gates of the user's own.
    ExitCode,
}

/// Where a report is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportPlace {
    /// A file of this name in the folder of the run, which was empty before.
    Fresh(String),
    /// A file of the repository, relative to the root with `/`. It may be older than the run.
    InRepository(String),
    /// Standard output.
    Stdout,
}

/// What is made in the folder of the run before the first command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prepare {
    /// The file `from` of the repository is copied to `to` in the folder of the run.
    Copy {
        /// Relative to the root, with `/`.
        from: String,
        /// A file name.
        to: String,
    },
    /// A file is written.
    Write {
        /// A file name.
        name: String,
        /// Its text; `{run}` stands for the folder of the run in a TOML string.
        text: String,
    },
}

/// One command: never a line for a shell.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The program, absolute and found; or what is missing.
    pub program: Result<PathBuf, Missing>,
    /// Its arguments.
    pub args: Vec<Arg>,
    /// Environment variables that are added.
    pub env: Vec<(String, Arg)>,
    /// Environment variables that are taken away, because they change what the tool does.
    pub env_remove: Vec<String>,
    /// Where it is run, relative to the root with `/`; empty for the root. Paths in its report are relative to it.
    pub folder: String,
    /// Exit codes after which the next command is run.
    pub exit_codes: Vec<i32>,
    /// Modules that it cannot do without, which only Python itself can tell to be there; see [`Invocation::missing`].
    pub modules: Vec<Missing>,
}

/// A tool that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its name.
    pub tool: String,
    /// The command that installs it, for people: `uv add --dev ruff`.
    pub install: String,
}

/// The tool of a check.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Tool {
    /// Its name, such as `ruff`.
    pub name: String,
    /// Its version, where a file says so.
    pub version: Option<String>,
    /// What prints the version, where no file says so; to be run once per fingerprint. No process is started for it
    /// by `plan`.
    pub version_command: Option<(PathBuf, Vec<String>)>,
    /// Changes when the tool, or what it is installed with, changes. Text of no meaning; empty where it is missing.
    pub fingerprint: String,
}

/// What is run for some gates of a component.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What is run. Each may prove more gates than were asked for.
    pub checks: Vec<Check>,
    /// Gates for which nothing can be run, and why.
    pub problems: Vec<(GateName, Problem)>,
    /// Gates that are judged by reading.
    pub reading: Vec<GateName>,
}

/// Something that would be executed, as it is shown before it is trusted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrustItem {
    /// Which gates, and where: `tests, coverage`.
    pub label: String,
    /// What is executed.
    pub text: String,
}

/// Returns what is run for `gates` of the component `id` of the repository at `root`. Looks at files only.
#[must_use]
pub fn plan(root: &Path, workspace: &Root, id: Id, gates: &[GateName]) -> Plan {
    let _ = (root, workspace, id, gates);
    Plan::default()
}

/// Returns everything that would be executed for any gate of any component, each once; paths of components are written
/// as `{sources}` and `{tests}`.
#[must_use]
pub fn trust_items(root: &Path, workspace: &Root) -> Vec<TrustItem> {
    let _ = (root, workspace);
    Vec::new()
}

/// Returns the folders in which commands of gates are started, relative to the root with `/`, each once.
#[must_use]
pub fn folders(root: &Path, workspace: &Root) -> Vec<String> {
    let components = workspace.components.as_deref();
    let ids = components.into_iter().flat_map(|components| components.iter()).map(|(id, _)| id);
    let gates: Vec<GateName> = stagegate_core::gates::GateKind::ALL.into_iter().map(GateName::from).collect();
    let plans = ids.map(|id| plan(root, workspace, id, &gates));
    let mut folders: Vec<String> = plans
        .flat_map(|plan| {
            plan.checks.into_iter().flat_map(|check| check.commands).map(|command| command.folder)
        })
        .collect();
    folders.sort();
    folders.dedup();
    folders
}

/// Returns what the lines `test result: ...` of `cargo test` add up to: passed, failed, ignored. `None` where there is no
/// such line, because nothing was built.
#[must_use]
pub fn libtest_counts(stdout: &str) -> Option<[usize; 3]> {
    let _ = stdout;
    None
}

impl Check {
    /// Returns what is run, as text: the same text, the same run. It is hashed into the inputs; the tool itself is in
    /// [`Tool::fingerprint`].
    #[must_use]
    pub fn definition(&self) -> String {
        String::new()
    }

    /// Returns what is missing, so that nothing needs to be started.
    #[must_use]
    pub fn missing(&self) -> Option<&Missing> {
        self.commands.iter().find_map(|command| command.program.as_ref().err())
    }
}

impl Invocation {
    /// Returns what is missing where `output` (both streams) says that a module was not found.
    #[must_use]
    pub fn missing(&self, output: &str) -> Option<&Missing> {
        let _ = output;
        self.modules.first()
    }
}

impl Missing {
    /// Returns the problem of a gate whose tool is missing.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem {
            kind: stagegate_core::gates::ProblemKind::ToolMissing,
            message: format!("`{}` is not installed", self.tool),
            help: format!("install it with `{}`", self.install),
        }
    }
}

impl Prepare {
    /// Makes it in `run`, the folder of the run, for the repository at `root`.
    ///
    /// # Errors
    /// Returns why a file could not be read or written.
    pub fn apply(&self, root: &Path, run: &Path) -> std::io::Result<()> {
        match self {
            Prepare::Copy { from, to } => {
                let bytes = std::fs::read(root.join(from))?;
                std::fs::write(run.join(to), bytes)
            }
            Prepare::Write { name, text } => {
                let folder = run.to_str().ok_or_else(|| {
                    std::io::Error::new(std::io::ErrorKind::InvalidInput, "the path of the run is not UTF-8")
                })?;
                let escaped = folder.replace('\\', "\\\\").replace('"', "\\\"");
                std::fs::write(run.join(name), text.replace("{run}", &escaped))
            }
        }
    }
}
