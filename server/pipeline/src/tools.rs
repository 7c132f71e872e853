//! From a repository and its configuration to what is run for each gate of a component (issue 4).
//!
//! [`plan`] looks at files and starts nothing. What it gives holds arguments with places for the folder of the run
//! ([`Arg`]), so that the same plan can be run, hashed ([`Check::definition`]) and shown before it is trusted
//! ([`trust_items`]).

mod alone;
mod arg;
mod auto_fix;
mod configured;
mod libtest;
mod node;
mod parts;
mod plan;
mod python;
mod python_env;
mod rust;
mod secrets;
mod smoke;
mod surroundings;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use arg::Arg;
pub use auto_fix::auto_fixes;
pub use libtest::libtest_counts;
use plan::{Context, not_configured, nothing_there};
pub use plan::{plan, trust_items};
pub(crate) use smoke::{SmokeRun, smoke_check, smoke_tests};
use stagegate_core::gates::{GateName, Problem, ProblemKind};
use stagegate_core::glob::Glob;
use stagegate_core::report::Format;
use stagegate_core::workspace::Root;

/// How long a gate may take where the configuration says nothing.
pub const TIMEOUT: Duration = Duration::from_secs(600);

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
    /// How one test that failed is run in a process of its own, without its name, which is put last; `None` where nobody
    /// knows. See [`Check::of_one`].
    pub alone: Option<Invocation>,
    /// Files beside the usual ones that the verdict depends on (configuration).
    pub inputs: Vec<Arc<Glob>>,
    /// The tool.
    pub tool: Tool,
    /// What the commands run in their turn, for [`Check::definition`]: the scripts of a `package.json`.
    pub notes: Vec<String>,
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
    /// The program as it is shown, found or not, so that trust does not lapse when it is installed.
    pub name: PathBuf,
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
    /// Whether it prints the files that the tool looks at, one a line: none of them, and the gates prove nothing.
    pub lists_files: bool,
    /// Modules that it cannot do without, which only Python itself can tell to be there; see [`Invocation::missing`].
    pub modules: Vec<Missing>,
}

/// A tool that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its name.
    pub tool: String,
    /// The command that installs it, for people: `uv add --dev ruff`; empty where nobody knows.
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

/// Returns the folders in which commands of gates are started, relative to the root with `/`, each once.
#[must_use]
pub fn folders(root: &Path, workspace: &Root) -> Vec<String> {
    let components = workspace.components.as_deref();
    let ids = components.into_iter().flat_map(stagegate_core::components::Components::iter).map(|(id, _)| id);
    let gates: Vec<GateName> = stagegate_core::gates::GateKind::ALL.into_iter().map(GateName::from).collect();
    let around = surroundings::Surroundings::current();
    let plans = ids.map(|id| plan::plan_in(root, workspace, id, &gates, &around));
    let mut folders: Vec<String> = plans
        .flat_map(|plan| {
            plan.checks.into_iter().flat_map(|check| check.commands).map(|command| command.folder)
        })
        .collect();
    folders.sort();
    folders.dedup();
    folders
}

impl Check {
    fn new(tool: Tool, commands: Vec<Invocation>, gates: Vec<CheckGate>) -> Check {
        Check {
            id: String::new(),
            gates,
            prepare: Vec::new(),
            commands,
            timeout: TIMEOUT,
            retries: 0,
            alone: None,
            inputs: Vec::new(),
            tool,
            notes: Vec::new(),
        }
    }

    /// Returns what is run, as text: the same text, the same run. It is hashed into the inputs; the tool itself is in
    /// [`Tool::fingerprint`].
    #[must_use]
    pub fn definition(&self, root: &Path) -> String {
        self.text(root, Arg::definition)
    }

    fn identity(&self, root: &Path) -> String {
        let mut hasher = DefaultHasher::new();
        self.text(root, Arg::definition).hash(&mut hasher);
        let name: String = self.gates.first().map(|gate| gate.gate.to_string()).unwrap_or_default();
        format!("{name}-{:016x}", hasher.finish())
    }

    fn text(&self, root: &Path, arg: fn(&Arg) -> String) -> String {
        let mut out = String::new();
        let mut line = |key: &str, value: &str| {
            out.push_str(key);
            out.push_str(": ");
            out.push_str(&value.replace('\\', "\\\\").replace('\n', "\\n"));
            out.push('\n');
        };
        for prepare in &self.prepare {
            match prepare {
                Prepare::Copy { from, to } => line("copy", &format!("{from} {{run}}/{to}")),
                Prepare::Write { name, text } => line("write", &format!("{{run}}/{name} {text}")),
            }
        }
        for command in &self.commands {
            line("run", &shown_program(&command.name, root));
            let mut args: Vec<String> = command.args.iter().map(arg).collect();
            // Of several paths the names of all are left out.
            args.dedup_by(|a, b| {
                a == b && a.ends_with('}') && (a.contains("{sources}") || a.contains("{tests}"))
            });
            args.iter().for_each(|argument| line("  argument", argument));
            command
                .env
                .iter()
                .for_each(|(name, value)| line("  variable", &format!("{name}={}", arg(value))));
            if command.lists_files {
                line("  lists", "the files that are looked at");
            }
            if !command.env_remove.is_empty() {
                line("  without variables", &command.env_remove.join(" "));
            }
            line("  in", if command.folder.is_empty() { "." } else { &command.folder });
            line("  goes on after", &format!("{:?}", command.exit_codes));
        }
        for gate in &self.gates {
            let proof = match &gate.proof {
                Proof::Report(ReportPlace::Fresh(name), format) => format!("{format} in {{run}}/{name}"),
                Proof::Report(ReportPlace::InRepository(path), format) => format!("{format} in {path}"),
                Proof::Report(ReportPlace::Stdout, format) => format!("{format} on standard output"),
                Proof::Libtest => "lines of cargo test on standard output".to_owned(),
                Proof::ExitCode => "exit code".to_owned(),
            };
            line(
                "gate",
                &format!(
                    "{} by {proof} of command {} after {:?}",
                    gate.gate,
                    gate.command + 1,
                    gate.exit_codes
                ),
            );
        }
        self.notes.iter().for_each(|note| line("note", note));
        out
    }

    /// Returns what is executed, for trust: the same for every component, and in every virtual environment of the user,
    /// for which of them is active is no change of the workspace. A line for each command.
    pub(crate) fn executed(&self, root: &Path) -> String {
        let mut out = String::new();
        for command in &self.commands {
            let mut words: Vec<String> = vec![shown_program(&command.name, root)];
            words.extend(
                command
                    .args
                    .iter()
                    .map(Arg::shown)
                    .map(|arg| arg.replace("{sources}", "{paths}").replace("{tests}", "{paths}")),
            );
            words.dedup_by(|a, b| a == b && a.ends_with("{paths}"));
            through_python(&mut words);
            if let Some(at) = words.windows(2).position(|two| two == ["--pythonpath", "{python}"]) {
                words.drain(at..at + 2);
            }
            // Another way to say the same, for versions of Python that cannot be told.
            if let Some(at) = words.windows(2).position(|two| two[0] == "-c" && two[1] == python::BOOT) {
                words.splice(at..at + 2, ["-m".to_owned()]);
            }
            let quoted = words.iter().map(|word| match word.contains([' ', '\n', '"']) || word.is_empty() {
                true => format!("{word:?}"),
                false => word.clone(),
            });
            out.push_str(&quoted.collect::<Vec<_>>().join(" "));
            for (name, value) in &command.env {
                out.push_str(&format!("\n  with {name}={}", value.shown().escape_default()));
            }
            if !command.folder.is_empty() {
                out.push_str(&format!("\n  in {}", command.folder));
            }
            out.push('\n');
        }
        self.notes.iter().for_each(|note| out.push_str(&format!("  which runs {}\n", note.escape_default())));
        out
    }

    /// Returns what is missing, so that nothing needs to be started.
    #[must_use]
    pub fn missing(&self) -> Option<&Missing> {
        self.commands.iter().find_map(|command| command.program.as_ref().err())
    }
}

/// Writes `{python}` for Python, whichever it is: that of the project, of an active environment, of the system, or the
/// one that `uv run` chooses.
fn through_python(words: &mut Vec<String>) {
    let is_python = |word: &str| {
        let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
        let name = name.strip_suffix(".exe").unwrap_or(name);
        name == "py"
            || name
                .strip_prefix("python")
                .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
    };
    let uv = words.first().is_some_and(|word| word == "uv") && words.get(1).is_some_and(|word| word == "run");
    let end = if uv { words.iter().position(|word| is_python(word)) } else { Some(0) };
    if let Some(end) = end.filter(|end| words.get(*end).is_some_and(|word| is_python(word))) {
        words.splice(..=end, ["{python}".to_owned()]);
    }
}

/// Returns a program of the repository by its path in it, and another one by its name: where it lies is in the fingerprint.
fn shown_program(program: &Path, root: &Path) -> String {
    match program.strip_prefix(root) {
        Ok(inside) => inside.display().to_string(),
        // As it is configured.
        _ if program.is_relative() => program.display().to_string(),
        _ => program.file_name().map(|name| name.display().to_string()).unwrap_or_default(),
    }
}

impl Invocation {
    /// Returns program and arguments as a plan shows them: `{run}` stands for the folder of the run.
    #[must_use]
    pub fn shown(&self, root: &Path) -> Vec<String> {
        let program = shown_program(&self.name, root);
        std::iter::once(program).chain(self.args.iter().map(Arg::definition)).collect()
    }

    /// Returns what is missing where `output` (both streams) says that a module was not found.
    #[must_use]
    pub fn missing(&self, output: &str) -> Option<&Missing> {
        self.modules.iter().find(|missing| {
            let module = missing.tool.replace('-', "_");
            // Python has the name without quotes where `-m` names it, and with them in a program.
            let says = |text: &str| {
                let rest = output.split(text).skip(1);
                rest.map(|rest| rest.trim_start_matches('\'')).any(|rest| {
                    rest.strip_prefix(&*module).is_some_and(|rest| {
                        !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.'))
                    })
                })
            };
            says("No module named ")
        })
    }
}

impl Missing {
    /// Returns the problem of a gate whose tool is missing.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem {
            kind: ProblemKind::ToolMissing,
            message: format!("`{}` is not there", self.tool),
            help: match &*self.install {
                install if self.tool.ends_with(".lock") => format!("make it with `{install}`"),
                "" => "install it, or correct the command in stagegate.yaml".to_owned(),
                install => format!("install it with `{install}`"),
            },
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

#[cfg(test)]
mod tests;
