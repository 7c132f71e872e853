//! Running one check: its commands in a fresh folder, and what its reports say about each of its gates.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use stagegate_core::gates::{
    Evidence, Exit, Finding, GateName, Observation, Observed, Origin, Problem, ProblemKind, Scope, observe,
};
use stagegate_core::report::{self, ReadContext, Report};

use super::aside::{self, Reports};
use super::problem;
use super::trusted::Trusted;
use crate::process::{self, Cancel, End, Stream};
use crate::redact::Redactor;
use crate::tools::{Check, CheckGate, Proof, ReportPlace, Tool};

/// What a check is run with.
pub(super) struct Bench<'a> {
    /// The workspace, absolute and without links.
    pub(super) root: &'a Path,
    /// What may be executed.
    pub(super) trusted: &'a Trusted,
    /// A folder that was not there before, for the reports of this run.
    pub(super) folder: &'a Path,
    pub(super) cancel: &'a Cancel,
    pub(super) redactor: &'a Redactor,
    /// Whether tools give way to everything else.
    pub(super) background: bool,
    pub(super) scope: &'a Scope<'a>,
}

/// What one check showed: evidence of each of its gates, without what only the caller knows (component, commit, inputs).
pub(super) struct Shown {
    pub(super) evidence: Vec<Evidence>,
    /// The report of each gate, read, where it could be; beside `evidence`.
    pub(super) reports: Vec<Option<Report>>,
}

impl Shown {
    /// Returns what is known of the gate at this place, which there has to be, and of the others.
    pub(super) fn divide(mut self, at: usize) -> (Shown, Shown) {
        let one = Shown { evidence: vec![self.evidence.remove(at)], reports: vec![self.reports.remove(at)] };
        (one, self)
    }
}

/// How the commands of a check ended.
struct Ran {
    started: SystemTime,
    ended: SystemTime,
    /// Those that were started, as evidence keeps them.
    commands: Vec<Vec<String>>,
    /// How each of them ended.
    ends: Vec<End>,
    /// Why the last one was the last.
    problem: Option<Problem>,
    output: String,
}

/// Runs the commands of `check` in order, until one ends in a way that is not expected, and reads the reports.
pub(super) fn execute(check: &Check, bench: &Bench<'_>, on_line: &mut dyn FnMut(&str)) -> Shown {
    // Held until the reports were read.
    let (reports, ran) = match Reports::take(check, bench.root, bench.cancel) {
        Ok(reports) => (Some(reports), commands(check, bench, on_line)),
        Err(problem) => (None, Ran { problem: Some(problem), ..Ran::nothing() }),
    };
    let mut shown = Shown { evidence: Vec::new(), reports: Vec::new() };
    for gate in &check.gates {
        let (mut observation, report, path) = look(check, gate, reports.as_ref(), &ran, bench);
        if let Err(problem) = &mut observation.observed {
            problem.help = problem::with_output(&problem.help, &ran.output);
        }
        redact(&mut observation, bench.redactor);
        let failed = observation.observed.is_err();
        let tool = report.as_ref().and_then(|report| report.tool.as_deref()).map(str::to_owned);
        shown.evidence.push(Evidence {
            gate: gate.gate.clone(),
            component: String::new(),
            origin: Origin::Run,
            started_ms: millis(ran.started),
            ended_ms: millis(ran.ended),
            commit: None,
            inputs: String::new(),
            commands: ran.commands.clone(),
            exit: ran.end(gate).and_then(problem::exit),
            tool: tool.or_else(|| Some(check.tool.name.clone())),
            tool_version: version(&check.tool, report.as_ref()),
            report: path.and_then(|path| relative(bench.root, &path)),
            observed: observation.observed,
            findings: observation.findings,
            flaky: Vec::new(),
            output: if failed { ran.output.clone() } else { String::new() },
            carried_by: None,
        });
        shown.reports.push(report);
    }
    shown
}

/// Returns the version of the tool that evidence names: pytest runs coverage.py, whose version is another one.
fn version(tool: &Tool, report: Option<&Report>) -> Option<String> {
    let named = report.and_then(|report| report.tool.as_deref());
    let said = report.and_then(|report| report.version.as_deref()).map(str::to_owned);
    match named {
        Some(named) if !named.eq_ignore_ascii_case(&tool.name) => said,
        _ => tool.version.clone().or(said),
    }
}

impl Ran {
    /// Before anything was run.
    fn nothing() -> Ran {
        let now = SystemTime::now();
        let (commands, ends) = (Vec::new(), Vec::new());
        Ran { started: now, ended: now, commands, ends, problem: None, output: String::new() }
    }

    /// How the command ended that writes the report of a gate.
    fn end(&self, gate: &CheckGate) -> Option<&End> {
        self.ends.get(gate.command)
    }
}

fn commands(check: &Check, bench: &Bench<'_>, on_line: &mut dyn FnMut(&str)) -> Ran {
    let mut ran = Ran::nothing();
    if let Some(missing) = check.missing() {
        ran.problem = Some(missing.problem());
        return ran;
    }
    ran.problem = bench.trusted.lapsed(check);
    if ran.problem.is_some() {
        return ran;
    }
    for prepare in &check.prepare {
        if let Err(error) = prepare.apply(bench.root, bench.folder) {
            ran.problem = Some(Problem {
                kind: ProblemKind::ToolFailed,
                message: format!("the run of `{}` cannot be prepared: {error}", check.tool.name),
                help: "see who may read the files of the repository, and whether the disk is full".to_owned(),
            });
            return ran;
        }
    }
    let mut left = check.timeout;
    for (at, invocation) in check.commands.iter().enumerate() {
        let Ok(program) = &invocation.program else { break };
        // What ran before may have changed what runs now.
        if at > 0 {
            ran.problem = bench.trusted.lapsed(check);
            if ran.problem.is_some() {
                break;
            }
        }
        let Some(folder) = aside::inside(bench.root, &invocation.folder) else {
            ran.problem = Some(aside::leads_out("folder", &invocation.folder));
            break;
        };
        let args: Vec<_> = invocation.args.iter().map(|arg| arg.resolve(bench.root, bench.folder)).collect();
        ran.commands.push(shown(program, &args, bench));
        let mut command = process::Command::new(program.as_os_str(), folder).args(args);
        let variables = invocation.env.iter();
        command.env =
            variables.map(|(name, value)| (name.into(), value.resolve(bench.root, bench.folder))).collect();
        command.env_remove = invocation.env_remove.iter().map(Into::into).collect();
        command.timeout = left;
        command.background = bench.background;
        command.redactor = bench.redactor.clone();
        let prints = |gate: &CheckGate| {
            let proof = matches!(gate.proof, Proof::Libtest | Proof::Report(ReportPlace::Stdout, _));
            prints_at(gate, at) && proof
        };
        command.stdout_file = check.gates.iter().any(prints).then(|| stdout(bench.folder, at));
        // A report is for programs.
        let is_report = |gate: &CheckGate| {
            prints_at(gate, at) && matches!(gate.proof, Proof::Report(ReportPlace::Stdout, _))
        };
        let prints_report = check.gates.iter().any(is_report);
        let outcome = process::run(&command, bench.cancel, &mut |stream, line| {
            if stream != Stream::Stdout || !prints_report {
                on_line(line);
            }
        });
        let took = outcome.ended.duration_since(outcome.started).unwrap_or_default();
        left = left.saturating_sub(took).max(LEAST_TIME);
        ran.ended = outcome.ended;
        ran.ends.push(outcome.end.clone());
        let both = format!("{}\n{}", outcome.stdout, outcome.stderr);
        let output = problem::output(&outcome);
        let ended = problem::of_end(&outcome.end, &check.tool.name, &invocation.exit_codes);
        if let Some(problem) = ended {
            // Python says in words that a module is not there, and with a code that says something else.
            let missing = invocation.missing(&both).filter(|_| matches!(outcome.end, End::Exited(_)));
            ran.problem = Some(missing.map_or(problem, crate::tools::Missing::problem));
            ran.output = output;
            break;
        }
        if let Some(missing) = invocation.missing(&both).filter(|_| outcome.end != End::Exited(0)) {
            ran.problem = Some(missing.problem());
            ran.output = output;
            break;
        }
        if invocation.lists_files && outcome.stdout.to_string().trim().is_empty() {
            ran.problem = Some(problem::no_file(&check.tool.name));
            ran.output = output;
            break;
        }
        // What was said where something was found helps where the report cannot be read.
        if outcome.end != End::Exited(0) || ran.output.is_empty() {
            ran.output = output;
        }
    }
    ran
}

/// What is left of the time for a command after another one took nearly all of it.
const LEAST_TIME: Duration = Duration::from_millis(100);

fn prints_at(gate: &CheckGate, command: usize) -> bool {
    gate.command == command
}

/// The file that the standard output of a command goes to.
fn stdout(folder: &Path, command: usize) -> PathBuf {
    folder.join(format!("stdout-{command}"))
}

/// Returns a command as evidence keeps it, and as people can run it again: the folder of the run by its placeholder.
fn shown(program: &Path, args: &[OsString], bench: &Bench<'_>) -> Vec<String> {
    let run = bench.folder.to_string_lossy();
    let plain =
        |text: &OsString| bench.redactor.redact(&text.to_string_lossy().replace(&*run, "{run}")).into_owned();
    let program = relative(bench.root, program).unwrap_or_else(|| program.to_string_lossy().into_owned());
    std::iter::once(program).chain(args.iter().map(plain)).collect()
}

/// Reads what the commands left for one gate.
fn look(
    check: &Check,
    gate: &CheckGate,
    reports: Option<&Reports>,
    ran: &Ran,
    bench: &Bench<'_>,
) -> (Observation, Option<Report>, Option<PathBuf>) {
    let nothing = |problem: Problem| Observation { observed: Err(problem), findings: Vec::new() };
    // A command that was never reached wrote nothing; what kept it is the problem.
    let end = ran.end(gate);
    let kept = end.is_none().then(|| ran.problem.clone().unwrap_or_else(|| not_run(check)));
    let unexpected = end.and_then(|end| problem::of_end(end, &check.tool.name, &gate.exit_codes));
    let stopped = kept.or(match (&ran.problem, end) {
        // The last command that was started is the one with the problem.
        (Some(problem), Some(_)) if gate.command + 1 == ran.ends.len() => {
            unexpected.as_ref().map(|_| problem.clone())
        }
        _ => unexpected,
    });
    let exit = end.and_then(problem::exit);
    let (place, format) = match &gate.proof {
        Proof::ExitCode => {
            let observed = match (&stopped, exit) {
                (Some(problem), Some(Exit::Code(_))) if problem.kind == ProblemKind::ToolFailed => {
                    Ok(Observed::ExitCode { success: false })
                }
                (Some(problem), _) => Err(problem.clone()),
                (None, _) => Ok(Observed::ExitCode { success: true }),
            };
            return (Observation { observed, findings: Vec::new() }, None, None);
        }
        Proof::Libtest => {
            let observation = stopped.map_or_else(|| libtest(gate, exit, bench), nothing);
            return (observation, None, None);
        }
        Proof::Report(place, format) => (place, *format),
    };
    let path = match place {
        ReportPlace::Fresh(name) => bench.folder.join(name),
        ReportPlace::InRepository(path) => bench.root.join(path),
        ReportPlace::Stdout => stdout(bench.folder, gate.command),
    };
    let folder = check.commands.get(gate.command).map_or("", |command| &command.folder);
    let read = read_report(format, &path, reports, gate, folder, bench);
    let observation = match (stopped, &read) {
        (None, Ok(report)) => observe(gate.gate.kind(), report, bench.scope, exit),
        (None, Err(problem)) => nothing(problem.clone()),
        // The places that it names help, the verdict stands.
        (Some(problem), Ok(report)) => {
            let seen = observe(gate.gate.kind(), report, bench.scope, exit);
            let help = seen.findings.first().filter(|_| problem.kind == ProblemKind::ToolFailed).map(mend);
            let problem = Problem { help: help.unwrap_or(problem.help), ..problem };
            Observation { observed: Err(problem), findings: seen.findings }
        }
        (Some(problem), Err(_)) => nothing(problem),
    };
    let path = fs::exists(&path).unwrap_or_default().then_some(path);
    (observation, read.ok(), path)
}

/// What to do about the first of what the report of a tool names that broke: `mend src/a.py: invalid syntax`.
fn mend(finding: &Finding) -> String {
    let line = if finding.line > 0 { format!(":{}", finding.line) } else { String::new() };
    let place = finding.path.as_ref().map(|path| format!("{path}{line}"));
    let place = place.or_else(|| finding.rule.clone()).unwrap_or_else(|| "what its report names".to_owned());
    format!("mend {place}: {}", finding.message.lines().next().unwrap_or_default())
}

/// What `cargo test` printed at its end. Nothing of it: it was not built.
fn libtest(gate: &CheckGate, exit: Option<Exit>, bench: &Bench<'_>) -> Observation {
    let text = fs::read(stdout(bench.folder, gate.command)).unwrap_or_default();
    let counts = crate::tools::libtest_counts(&String::from_utf8_lossy(&text));
    let problem = |message: &str, help: &str| {
        Err(Problem { kind: ProblemKind::ToolFailed, message: message.to_owned(), help: help.to_owned() })
    };
    let observed = match (counts, exit) {
        (None, _) => problem(
            "`cargo test` printed no result: the tests were not built",
            "build them with `cargo test --no-run`",
        ),
        (Some([_, 0, _]), Some(Exit::Code(code))) if code != 0 => {
            problem("`cargo test` failed, but names no test that did", "see what it printed")
        }
        (Some([passed, failed, skipped]), _) => Ok(Observed::Tests { passed, failed, errors: 0, skipped }),
    };
    Observation { observed, findings: Vec::new() }
}

fn not_run(check: &Check) -> Problem {
    Problem {
        kind: ProblemKind::ToolFailed,
        message: format!("`{}` was not run to its end", check.tool.name),
        help: "run the gate again".to_owned(),
    }
}

fn read_report(
    format: report::Format,
    path: &Path,
    reports: Option<&Reports>,
    gate: &CheckGate,
    folder: &str,
    bench: &Bench<'_>,
) -> Result<Report, Problem> {
    let missing = |message: String, help: &str| Problem {
        kind: ProblemKind::ReportMissing,
        message,
        help: help.to_owned(),
    };
    // A fresh one lies where nobody finds it later.
    let place = match &gate.proof {
        Proof::Report(ReportPlace::InRepository(path), _) => format!("`{path}`"),
        Proof::Report(ReportPlace::Stdout, _) => "the standard output".to_owned(),
        _ => "what the tool left in place of its report".to_owned(),
    };
    let mut is_old = false;
    if let Proof::Report(ReportPlace::InRepository(path), _) = &gate.proof {
        if aside::inside(bench.root, path).is_none() {
            return Err(aside::leads_out("report", path));
        }
        is_old = reports.is_some_and(|reports| reports.was_there(bench.root, path));
    }
    let length = match fs::metadata(path) {
        // A pipe would be waited for, and a device has no end.
        Ok(metadata) if !metadata.is_file() => {
            return Err(missing(
                format!("{place} is no file; expected {}", format.title()),
                "see what the tool writes there",
            ));
        }
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound && is_old => {
            let message = format!("{place} is older than the run: the tool wrote no new report");
            return Err(missing(message, "see what the tool printed; an old report proves nothing"));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(missing(
                format!("the tool wrote no report for the gate `{}`; expected {}", gate.gate, format.title()),
                "see what the tool printed",
            ));
        }
        Err(error) => {
            return Err(missing(format!("the report cannot be read: {error}"), "see who may read it"));
        }
    };
    let unreadable = |error: report::ReportError| Problem {
        kind: ProblemKind::ReportUnreadable,
        message: error.message(),
        help: error.help(),
    };
    if length > report::MAX_BYTES as u64 {
        let mib = |bytes: u64| format!("{} MiB", bytes >> 20).into_boxed_str();
        let (found, limit) = (mib(length), mib(report::MAX_BYTES as u64));
        return Err(unreadable(report::ReportError::TooLarge { format, found, limit }));
    }
    let bytes = fs::read(path)
        .map_err(|error| missing(format!("the report cannot be read: {error}"), "see who may read it"))?;
    let root = bench.root.to_string_lossy();
    let is_file = |path: &str| bench.root.join(path).is_file();
    let cx = ReadContext { root: &root, folder, is_file: Some(&is_file) };
    report::read(format, &bytes, &cx).map_err(unreadable)
}

/// Returns `path` relative to the workspace, with `/`; `None` where it lies elsewhere.
pub(super) fn relative(root: &Path, path: &Path) -> Option<String> {
    let relative = path.strip_prefix(root).ok()?;
    let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    Some(parts.join("/"))
}

/// Takes secrets out of what a report says: it holds what the tool saw, and evidence is shown and stored.
fn redact(observation: &mut Observation, redactor: &Redactor) {
    let clean = |text: &mut String| *text = redactor.redact(text).into_owned();
    if let Ok(Observed::Coverage { gaps, .. }) = &mut observation.observed {
        gaps.iter_mut().for_each(|gap| clean(&mut gap.path));
    }
    for finding in &mut observation.findings {
        finding.path.iter_mut().for_each(clean);
        finding.message = redactor.redact(&finding.message).into_owned();
        finding.rule = finding.rule.take().map(|rule| redactor.redact(&rule).into_owned());
    }
    if let Err(problem) = &mut observation.observed {
        clean(&mut problem.message);
        clean(&mut problem.help);
    }
}

/// Milliseconds since 1970; a clock that stands before counts as 0.
pub(super) fn millis(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Names of gates of a check, for events.
pub(super) fn names(check: &Check) -> Vec<GateName> {
    check.gates.iter().map(|gate| gate.gate.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_tool_that_is_named() {
        let tool = Tool {
            name: "pytest".to_owned(),
            version: Some("9.2.0".to_owned()),
            version_command: None,
            fingerprint: String::new(),
        };
        assert_eq!(version(&tool, None).as_deref(), Some("9.2.0"));
        let mut report = Report {
            format: report::Format::CoveragePy,
            tool: Some("coverage.py".into()),
            version: Some("7.17.3".into()),
            generated_ms: None,
            unchecked: Vec::new(),
            body: report::Body::Tests(report::Tests::default()),
        };
        assert_eq!(version(&tool, Some(&report)).as_deref(), Some("7.17.3"));
        report.version = None;
        assert_eq!(version(&tool, Some(&report)), None, "not that of another tool");
        report.tool = Some("Pytest".into());
        assert_eq!(version(&tool, Some(&report)).as_deref(), Some("9.2.0"));
    }
}
