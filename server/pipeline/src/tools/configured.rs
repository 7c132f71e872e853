//! Gates whose commands the configuration names.

use std::path::{Path, PathBuf};
use std::time::Duration;

use stagegate_core::config::GateConfig;
use stagegate_core::gates::{GateKind, GateName, Problem};
use stagegate_core::placeholder::{Piece, pieces};
use stagegate_core::report::{Format, Kind};

use super::parts::{relative, upwards};
use super::python_env::PythonEnv;
use super::surroundings::stamp;
use super::{
    Arg, Check, CheckGate, Context, Invocation, Missing, Proof, ReportPlace, Tool, not_configured, python,
};

/// Returns the gate whose commands are run for `gate`: itself, or that of `from`.
pub(super) fn owner<'a>(cx: &'a Context<'_>, config: &'a GateConfig) -> Result<&'a GateConfig, Problem> {
    let Some(from) = &config.from else { return Ok(config) };
    let wrong = |message: String| Err(misconfigured(&config.name, message));
    if !config.commands.is_empty() {
        return wrong("it has both commands and `from`; only one of them can be meant".to_owned());
    }
    if *from == config.name {
        return wrong("its `from` is the gate itself".to_owned());
    }
    match cx.workspace.config.gate(from) {
        Some(owner) if !owner.enabled => wrong(format!("its `from` is `{from}`, which is switched off")),
        Some(owner) if owner.from.is_some() => {
            wrong(format!("its `from` is `{from}`, which runs nothing itself; name the gate that does"))
        }
        Some(owner) if !owner.commands.is_empty() => Ok(owner),
        _ => wrong(format!("its `from` is `{from}`, which runs nothing")),
    }
}

/// Returns what is run for `gate`, with all gates that the same commands prove.
pub(super) fn check(cx: &Context<'_>, config: &GateConfig) -> Result<Check, Problem> {
    let owner = owner(cx, config)?;
    let folder = owner.folder.clone().unwrap_or_default();
    if !folder.is_empty() && !cx.root.join(&folder).is_dir() {
        return Err(misconfigured(&owner.name, format!("its `folder` is `{folder}`, which does not exist")));
    }
    if owner.has_both_commands {
        let message = "it has both `command` and `commands`; only one of them can be meant";
        return Err(misconfigured(&owner.name, message.to_owned()));
    }
    let mut writer = Writer { cx, owner, folder, env: None, written: Vec::new() };
    let mut commands = Vec::new();
    for list in &owner.commands {
        let at = commands.len();
        commands.push(writer.command(list, at)?);
    }
    let dependents = cx
        .workspace
        .config
        .gates
        .iter()
        .filter(|other| other.enabled && other.from.as_ref() == Some(&owner.name));
    let mut gates = vec![];
    let last = commands.len().saturating_sub(1);
    // One that is wrong hinders no other one.
    for other in std::iter::once(owner).chain(dependents) {
        match proof(other, &owner.name, &writer.written, last) {
            Ok(gate) => gates.push(gate),
            Err(problem) if other.name == config.name => return Err(problem),
            Err(_) => {}
        }
    }
    for (name, _) in &writer.written {
        if !gates.iter().any(|gate| gate.gate == *name) {
            let message = format!(
                "its command has `{{report:{name}}}`, and no gate `{name}` takes its report `from` it"
            );
            return Err(misconfigured(&owner.name, message));
        }
    }
    for command in &mut commands {
        command.exit_codes = exit_codes(owner, owner.format.is_some());
    }
    let tool = writer.tool(&commands);
    let mut check = Check::new(tool, commands, gates);
    check.apply(owner);
    Ok(check)
}

/// Returns the variables that are added to a command which the configuration does not name.
pub(super) fn variables(
    cx: &Context<'_>,
    config: &GateConfig,
    folder: &str,
) -> Result<Vec<(String, Arg)>, Problem> {
    let mut writer = Writer { cx, owner: config, folder: folder.to_owned(), env: None, written: Vec::new() };
    let variables = writer.variables(0)?;
    if writer.written.is_empty() {
        return Ok(variables);
    }
    let message = "its `env` has `{report}`, and no command is configured".to_owned();
    Err(misconfigured(&config.name, message))
}

/// The problem of a gate whose configuration cannot be meant so.
fn misconfigured(gate: &GateName, message: String) -> Problem {
    let help = format!("correct `gates.{gate}` in stagegate.yaml");
    Problem { help, ..not_configured(gate, message) }
}

/// Returns the exit codes that can be believed.
fn exit_codes(config: &GateConfig, has_report: bool) -> Vec<i32> {
    match config.exit_codes.as_slice() {
        [] if has_report => vec![0, 1],
        [] => vec![0],
        codes => codes.to_vec(),
    }
}

/// Returns what proves `config` with what is run for `owner`; `written` are the gates whose fresh reports the commands have places for.
pub(super) fn proof(
    config: &GateConfig,
    owner: &GateName,
    written: &[(GateName, usize)],
    last: usize,
) -> Result<CheckGate, Problem> {
    let missing = |message: String| Err(not_configured(&config.name, message));
    let wrong = |message: String| Err(misconfigured(&config.name, message));
    let place_of = written.iter().rev().find(|(name, _)| *name == config.name).map(|(_, command)| *command);
    let format = match &config.format {
        Some(name) => match Format::of(name) {
            Some(format) => Some(format),
            None => return wrong(format!("its `format` is `{name}`, which is not known")),
        },
        None => None,
    };
    let kind = config.name.kind();
    if let Some(format) = format.filter(|format| !fits(kind, *format)) {
        return wrong(format!(
            "its `format` is `{format}`, which the gate `{}` cannot be judged by",
            config.name
        ));
    }
    let gate = |proof: Proof, command: usize| {
        let exit_codes = exit_codes(config, !matches!(proof, Proof::ExitCode));
        Ok(CheckGate { gate: config.name.clone(), command, proof, exit_codes })
    };
    match (format, config.report.as_deref(), place_of) {
        (Some(format), Some("-"), None) => gate(Proof::Report(ReportPlace::Stdout, format), last),
        (Some(format), Some(path), None) => {
            let place = ReportPlace::InRepository(path.trim_start_matches("./").to_owned());
            gate(Proof::Report(place, format), last)
        }
        (Some(format), None, Some(command)) => {
            gate(Proof::Report(ReportPlace::Fresh(file_of(&config.name)), format), command)
        }
        (_, Some(report), Some(_)) => wrong(format!(
            "it has both `report: {report}` and a command with `{{report}}`; only one of them can be meant"
        )),
        (Some(format), None, None) if config.name == *owner => missing(format!(
            "nothing says where its {} is; expected `{{report}}` in its command, or `report`",
            format.title()
        )),
        (Some(format), None, None) => missing(format!(
            "nothing says where its {} is; expected `{{report:{}}}` in the command of `{}`, or `report`",
            format.title(),
            config.name,
            owner
        )),
        (None, report, place) if report.is_some() || place.is_some() => {
            wrong("nothing says what its report is written in; expected `format`".to_owned())
        }
        (None, _, _) if kind == GateKind::Custom && config.name == *owner => gate(Proof::ExitCode, last),
        (None, _, _) => missing(format!(
            "it has no report, and an exit code alone proves nothing for the gate `{}`; expected `report` and `format`",
            config.name
        )),
    }
}

/// Whether a report can tell whether a gate is open: linters know nothing of secrets.
fn fits(gate: GateKind, format: Format) -> bool {
    match gate {
        GateKind::Tests | GateKind::IntegrationTests | GateKind::E2eTests => format.kind() == Kind::Tests,
        GateKind::Coverage => format.kind() == Kind::Coverage,
        GateKind::Lint => {
            format.kind() == Kind::Findings && !matches!(format, Format::DetectSecrets | Format::Bandit)
        }
        GateKind::Types => {
            matches!(format, Format::Sarif | Format::Pyright | Format::Tsc | Format::Cargo)
        }
        GateKind::Secrets => matches!(format, Format::Sarif | Format::DetectSecrets),
        GateKind::Vulnerabilities => matches!(format, Format::Sarif | Format::Bandit),
        GateKind::Complexity => format.kind() == Kind::Complexity,
        GateKind::Performance => format.kind() == Kind::Metrics,
        _ => true,
    }
}

/// The name of the fresh report of a gate.
fn file_of(gate: &GateName) -> String {
    format!("{gate}.report")
}

/// Fills the places in commands.
struct Writer<'a> {
    cx: &'a Context<'a>,
    owner: &'a GateConfig,
    folder: String,
    env: Option<PythonEnv>,
    /// The gates whose fresh reports have a place, and in which command.
    written: Vec<(GateName, usize)>,
}

impl Writer<'_> {
    fn command(&mut self, list: &[String], at: usize) -> Result<Invocation, Problem> {
        let wrong = |message: String| misconfigured(&self.owner.name, message);
        let mut name = PathBuf::from(list.first().map_or("", |name| name));
        let (program, mut args) = match list.split_first() {
            Some((program, rest)) if program == "{python}" => {
                let env = self.python();
                name = env.program.clone().unwrap_or_else(|| "python3".into());
                (env.program(&[]), (env.before.iter().map(Arg::text).collect::<Vec<_>>(), rest))
            }
            Some((program, rest)) if !program.trim().is_empty() => {
                (self.program(program)?, (Vec::new(), rest))
            }
            _ => return Err(wrong("its command is empty; expected a program and its arguments".to_owned())),
        };
        for argument in args.1 {
            let filled = self.fill(argument, at)?;
            args.0.extend(filled);
        }
        let env = self.variables(at)?;
        let folder = self.folder.clone();
        Ok(Invocation {
            program,
            name,
            args: args.0,
            env,
            env_remove: Vec::new(),
            folder,
            exit_codes: vec![0],
            lists_files: false,
            modules: Vec::new(),
        })
    }

    fn variables(&mut self, at: usize) -> Result<Vec<(String, Arg)>, Problem> {
        let mut env = Vec::new();
        for (name, value) in &self.owner.env {
            match <[Arg; 1]>::try_from(self.fill(value, at)?) {
                Ok([value]) => env.push((name.clone(), value)),
                Err(_) => {
                    let message =
                        format!("its variable `{name}` holds `{value}`, which stands for several arguments");
                    return Err(misconfigured(&self.owner.name, message));
                }
            }
        }
        Ok(env)
    }

    fn python(&mut self) -> PythonEnv {
        let (cx, folder) = (self.cx, &self.folder);
        self.env
            .get_or_insert_with(|| {
                let folder = if folder.is_empty() { python::folder(cx) } else { folder.clone() };
                cx.around.python(cx.root, &folder)
            })
            .clone()
    }

    /// A program with a `/` lies in the folder that it is run in, or at the root; another one on `PATH`, and never in the
    /// current folder.
    fn program(&self, name: &str) -> Result<Result<PathBuf, Missing>, Problem> {
        let missing = || Missing { tool: name.to_owned(), install: String::new() };
        let path = Path::new(name);
        if path.is_absolute() {
            return Ok(self.at(path).ok_or_else(missing));
        }
        let has_folder = name.contains('/') || (cfg!(windows) && name.contains('\\'));
        if !has_folder {
            return Ok(self.cx.around.find(name).ok_or_else(missing));
        }
        if path.components().any(|part| matches!(part, std::path::Component::ParentDir)) {
            let message = format!(
                "its program `{name}` lies outside the repository; write its whole path, or its name"
            );
            return Err(misconfigured(&self.owner.name, message));
        }
        let folders = upwards(&self.folder).filter(|folder| folder.is_empty() || *folder == self.folder);
        let found =
            folders.map(|folder| self.cx.root.join(folder).join(path)).find_map(|path| self.at(&path));
        Ok(found.ok_or_else(missing))
    }

    /// What is there and cannot be executed is said when it is started: it is not missing.
    fn at(&self, path: &Path) -> Option<PathBuf> {
        let path: PathBuf = path.components().collect();
        self.cx.around.at(&path).or_else(|| path.exists().then_some(path))
    }

    fn fill(&mut self, argument: &str, at: usize) -> Result<Vec<Arg>, Problem> {
        let gate = self.owner.name.clone();
        let wrong = |message: String| Err(misconfigured(&gate, message));
        let parts = &self.cx.parts;
        let paths = |what: &'static str, paths: Vec<&str>, folder: &str| -> Vec<Arg> {
            let arg = |path| Arg::Paths { before: String::new(), what, paths: vec![relative(path, folder)] };
            paths.into_iter().map(arg).collect()
        };
        match argument {
            "{sources}" if parts.sources.is_empty() => {
                return wrong(format!(
                    "its command has `{{sources}}`, and no source of `{}` is known",
                    parts.name
                ));
            }
            "{sources}" => {
                return Ok(paths(
                    "sources",
                    parts.sources.iter().map(|path| &**path).collect(),
                    &self.folder,
                ));
            }
            "{tests}" if parts.tests.is_empty() => {
                return wrong(format!("its command has `{{tests}}`, and `{}` has no tests", parts.name));
            }
            "{tests}" => return Ok(paths("tests", parts.all_tests(), &self.folder)),
            "{python}" => {
                let env = self.python();
                return match env.program(&[]) {
                    Ok(program) => {
                        let before = env.before.iter().map(Arg::text);
                        Ok(std::iter::once(Arg::Text(program.display().to_string())).chain(before).collect())
                    }
                    Err(_) => wrong("its command has `{python}`, and no Python was found".to_owned()),
                };
            }
            _ => {}
        }
        let (mut before, mut filled): (String, Option<Arg>) = (String::new(), None);
        for piece in pieces(argument) {
            let name = match piece {
                Piece::Text(text) => {
                    match &mut filled {
                        None => before.push_str(&text),
                        Some(Arg::Run { after, .. } | Arg::Root { after, .. } | Arg::Name { after, .. }) => {
                            after.push_str(&text);
                        }
                        Some(_) => {}
                    }
                    continue;
                }
                Piece::Place(name) => name,
            };
            if filled.is_some() {
                return wrong(format!(
                    "its argument `{argument}` has several placeholders; expected one in an argument"
                ));
            }
            let (before, after) = (std::mem::take(&mut before), String::new());
            filled = Some(match name {
                "root" => Arg::Root { before, after },
                "component" => Arg::Name { before, what: "component", name: parts.name.clone(), after },
                "report" => {
                    self.written.push((gate.clone(), at));
                    Arg::Run { before, name: file_of(&gate), after }
                }
                "sources" | "tests" | "python" => {
                    return wrong(format!(
                        "its argument `{argument}` holds `{{{name}}}`, which has to stand alone"
                    ));
                }
                other => match other.strip_prefix("report:").and_then(GateName::new) {
                    Some(other) => {
                        let arg = Arg::Run { before, name: file_of(&other), after };
                        self.written.push((other, at));
                        arg
                    }
                    None => {
                        return wrong(format!(
                            "its argument `{argument}` has the placeholder `{{{other}}}`, which is not known; expected \
                             `{{sources}}`, `{{tests}}`, `{{component}}`, `{{report}}`, `{{root}}` or `{{python}}`, and \
                             `{{{{{other}}}}}` for the text itself"
                        ));
                    }
                },
            });
        }
        Ok(vec![filled.unwrap_or(Arg::Text(before))])
    }

    fn tool(&self, commands: &[Invocation]) -> Tool {
        let programs: Vec<&PathBuf> =
            commands.iter().filter_map(|command| command.program.as_ref().ok()).collect();
        let mut fingerprint: String = programs.iter().map(|program| stamp(program)).collect();
        if let Some(env) = &self.env {
            fingerprint.push_str(&env.fingerprint);
        }
        let named = self.owner.commands.first().and_then(|list| list.first()).map_or("", |name| name);
        let name = match named {
            "{python}" => "python",
            name => Path::new(name).file_stem().and_then(|name| name.to_str()).unwrap_or(name),
        };
        Tool { name: name.to_owned(), version: None, version_command: None, fingerprint }
    }
}

impl Check {
    /// Lets the configuration say how long it takes, how often it is tried, and what else it depends on.
    pub(super) fn apply(&mut self, config: &GateConfig) {
        if let Some(seconds) = config.timeout {
            let timeout = Duration::try_from_secs_f64(seconds).unwrap_or(super::TIMEOUT);
            self.timeout = if self.timeout == super::TIMEOUT { timeout } else { self.timeout.max(timeout) };
        }
        self.retries = self.retries.max(config.retries);
        for glob in &config.inputs {
            if !self.inputs.iter().any(|known| known.pattern() == glob.pattern()) {
                self.inputs.push(std::sync::Arc::clone(glob));
            }
        }
    }
}
