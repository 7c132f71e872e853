//! What a run needs around its tools, and what is kept of it.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use stagegate_core::components::{Component, Id};
use stagegate_core::gates::{
    Evidence, GateKind, GateName, Observed, Origin, Problem, ProblemKind, Threshold, Verdict, judge,
};
use stagegate_core::layout::Place;
use stagegate_core::report::{Outcome, ReadContext, Report, SecretsBaseline};
use stagegate_core::workspace::Root;

use super::execute::{Shown, millis};
use super::failure::GatesError;
use crate::inputs::Snapshot;
use crate::own;
use crate::process::{self, Cancel, End};
use crate::redact::Redactor;
use crate::store::{MeasuredFile, RanTests, Store, StoreError};
use crate::tools::Check;

/// The file of what people accepted as no secret (detect-secrets).
const BASELINE: &str = ".secrets.baseline";

/// How long git may take to say which commit is checked out.
const GIT_TIMEOUT: Duration = Duration::from_secs(5);

/// Where the sources and tests of a component lie: files and folders, relative to the root.
pub(super) struct Places {
    source: Vec<Box<str>>,
    tests: Vec<Box<str>>,
}

impl Places {
    pub(super) fn of(root: &Root, id: Id) -> Places {
        let components = root.components.as_deref();
        let places: Vec<_> = components.into_iter().flat_map(|components| components.places(id)).collect();
        let all =
            |of: fn(&Place) -> &Vec<Box<str>>| places.iter().flat_map(|place| of(place)).cloned().collect();
        Places { source: all(|place| &place.source), tests: all(|place| &place.tests) }
    }

    /// Tests may stand in the source folder, as Rust's do; they are source then as well.
    pub(super) fn is_source(&self, path: &str) -> bool {
        self.source.iter().any(|place| holds(place, path))
    }

    /// Returns the files of source that are no tests.
    pub(super) fn own_files<'a>(&self, root: &'a Root) -> Vec<&'a str> {
        let all = root.files.iter().flat_map(|files| files.paths()).map(|path| &**path);
        all.filter(|path| self.is_source(path) && !self.is_test(path)).collect()
    }

    pub(super) fn is_test(&self, path: &str) -> bool {
        self.tests.iter().any(|place| holds(place, path))
    }
}

/// Whether `path` is `place`, or lies in it.
fn holds(place: &str, path: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The folders that reports are written to: below one that was not there before, so that no old report can count, and
/// then, for people, at a place that stays the same.
pub(super) struct Runs {
    state: PathBuf,
    folder: PathBuf,
}

impl Runs {
    pub(super) fn new(state: &Path) -> Result<Runs, GatesError> {
        let failed = |error| GatesError::Folder { path: state.join("runs"), error };
        let runs = own::folder(state, &["runs"]).map_err(failed)?;
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(&runs).map_err(failed)?.keep();
        Ok(Runs { state: state.to_owned(), folder })
    }

    /// Makes the folder of one check.
    pub(super) fn folder(&self, component: &str, check: &Check) -> io::Result<PathBuf> {
        let folder = self.folder.join(format!("{component}-{}", slug(check)));
        fs::create_dir(&folder)?;
        Ok(folder)
    }

    /// Makes the folder of one test that is run alone; its report is not kept.
    pub(super) fn alone(&self) -> io::Result<PathBuf> {
        tempfile::Builder::new().prefix("alone-").tempdir_in(&self.folder).map(tempfile::TempDir::keep)
    }

    /// Moves the reports of a check to where people find them, and says so in its evidence. Where that fails they are
    /// gone; the evidence says what they said.
    pub(super) fn keep(
        &self,
        folder: &Path,
        component: &str,
        check: &Check,
        evidence: &mut [Evidence],
        root: &Path,
        redactor: &Redactor,
    ) {
        redact(folder, redactor);
        let reports = self.state.join("reports").join(component);
        let kept = reports.join(slug(check));
        let moved = own::folder(&self.state, &["reports", component])
            .and_then(|_| match fs::symlink_metadata(&kept) {
                Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(&kept),
                Ok(_) => fs::remove_file(&kept),
                Err(_) => Ok(()),
            })
            .and_then(|()| fs::rename(folder, &kept));
        let (from, to) = (super::execute::relative(root, folder), super::execute::relative(root, &kept));
        let (Some(from), Some(to)) = (from, to) else { return };
        for evidence in evidence {
            let inside = evidence.report.as_ref().and_then(|report| report.strip_prefix(&*from));
            if let Some(inside) = inside {
                let is_there = moved.is_ok() && kept.join(inside.trim_start_matches('/')).exists();
                evidence.report = is_there.then(|| format!("{to}{inside}"));
            }
        }
    }
}

/// Takes secrets of the environment out of what tools wrote, as tests print what they compare. What is no text, or too
/// large to be looked through, is not kept; nor are folders, which hold caches and data of tools.
fn redact(folder: &Path, redactor: &Redactor) {
    const MOST: u64 = 32 * 1024 * 1024;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        let is_kept = metadata.is_file() && metadata.len() <= MOST && {
            fs::read_to_string(&path).is_ok_and(|text| match redactor.redact(&text) {
                Cow::Borrowed(_) => true,
                Cow::Owned(clean) => fs::write(&path, clean).is_ok(),
            })
        };
        // What cannot be removed here goes with the folder of the run.
        let _ = match is_kept {
            true => Ok(()),
            false if metadata.is_dir() => fs::remove_dir_all(&path),
            false => fs::remove_file(&path),
        };
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    }
}

impl Drop for Runs {
    fn drop(&mut self) {
        // What is left lies below `.stagegate/runs` and harms nobody.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The gates of a check, as the name of a folder.
fn slug(check: &Check) -> String {
    let names: Vec<_> = check.gates.iter().map(|gate| gate.gate.as_str()).collect();
    names.join("+")
}

pub(super) fn concerns_secrets(check: &Check) -> bool {
    check.gates.iter().any(|gate| gate.gate.kind() == GateKind::Secrets)
}

/// Returns the commit that is checked out.
pub(super) fn head(root: &Path, cancel: &Cancel) -> Option<String> {
    let mut git = process::Command::new("git", root).args(["rev-parse", "--verify", "--quiet", "HEAD"]);
    git.timeout = GIT_TIMEOUT;
    let outcome = process::run(&git, cancel, &mut |_, _| {});
    let text = outcome.stdout.to_string();
    let text = text.trim();
    let is_hash = text.len() >= 40 && text.bytes().all(|b| b.is_ascii_hexdigit());
    (outcome.end == End::Exited(0) && is_hash).then(|| text.to_owned())
}

/// Reads what people accepted as no secret. One that cannot be read accepts nothing, so there is no verdict then.
pub(super) fn baseline(root: &Path) -> Result<Option<SecretsBaseline>, Problem> {
    let problem = |why: String| Problem {
        kind: ProblemKind::ReportUnreadable,
        message: format!("`{BASELINE}` cannot be read: {why}"),
        help: "mend it, or have detect-secrets write it anew and look through it with `detect-secrets audit`"
            .to_owned(),
    };
    let bytes = match fs::read(root.join(BASELINE)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(problem(error.to_string())),
    };
    let root = root.to_string_lossy();
    SecretsBaseline::read(&bytes, &ReadContext::new(&root, ""))
        .map(Some)
        .map_err(|error| problem(error.message()))
}

/// Returns the tests that a report names, where it is one of tests.
pub(super) fn ran_tests(report: &Report, redactor: &Redactor) -> Option<RanTests> {
    let tests = report.tests()?;
    let mut ran = RanTests::default();
    for case in &tests.cases {
        let name = || redactor.redact(&case.full_name()).into_owned();
        match case.outcome {
            // One that passed only when its tool tried again has done both.
            Outcome::Passed if case.flaky => {
                ran.failed.push(name());
                ran.passed.push(name());
            }
            Outcome::Passed => ran.passed.push(name()),
            Outcome::Failed | Outcome::Error => ran.failed.push(name()),
            Outcome::Skipped => {}
        }
    }
    Some(ran)
}

/// Says how much slower it became since the last measurement of other inputs that was good enough: one that failed does
/// not become what later ones are compared with.
pub(super) fn compare(
    evidence: &mut Evidence,
    store: &Store,
    threshold: &Threshold,
) -> Result<(), StoreError> {
    let Ok(Observed::Performance { response_time_ms: Some(time), regression_percent, .. }) =
        &mut evidence.observed
    else {
        return Ok(());
    };
    let history = store.history(&evidence.component, &evidence.gate, 100)?;
    let passed = |seen: &Evidence| {
        judge(GateKind::Performance, seen.observed.as_ref(), &[], threshold).verdict == Verdict::Pass
    };
    let before = history.iter().map(|stored| &stored.evidence).find_map(|seen| match &seen.observed {
        Ok(Observed::Performance { response_time_ms, .. })
            if seen.inputs != evidence.inputs && passed(seen) =>
        {
            response_time_ms.filter(|before| *before > 0.0)
        }
        _ => None,
    });
    *regression_percent = before.map(|before| (*time - before) * 100.0 / before);
    Ok(())
}

/// Returns the coverage of each file of the component.
pub(super) fn measured(
    report: &Report,
    after: Option<&Snapshot>,
    measured_ms: i64,
    places: &Places,
) -> Vec<MeasuredFile> {
    let files = report.coverage().map(|coverage| coverage.files.as_slice()).unwrap_or_default();
    let own = files.iter().filter(|file| !file.path.outside && places.is_source(&file.path.path));
    let of = |file: &stagegate_core::report::FileCoverage| MeasuredFile {
        path: file.path.path.to_string(),
        covered: file.covered,
        statements: file.statements,
        missing: file.missing.ranges().map(|lines| (*lines.start(), *lines.end())).collect(),
        content: after.and_then(|after| after.content(&file.path.path)),
        measured_ms,
    };
    own.map(of).collect()
}

/// Evidence of a gate that could not be run.
pub(super) fn of_problem(gate: &GateName, component: &Component, problem: Problem) -> Evidence {
    of_reading(gate, component, Err(problem))
}

/// Evidence of what is seen at this moment by reading.
pub(super) fn of_reading(
    gate: &GateName,
    component: &Component,
    observed: Result<Observed, Problem>,
) -> Evidence {
    let now = millis(SystemTime::now());
    Evidence {
        gate: gate.clone(),
        component: component.canonical.to_string(),
        origin: Origin::Reading,
        started_ms: now,
        ended_ms: now,
        commit: None,
        inputs: String::new(),
        commands: Vec::new(),
        exit: None,
        tool: None,
        tool_version: None,
        report: None,
        observed,
        findings: Vec::new(),
        flaky: Vec::new(),
        output: String::new(),
        carried_by: None,
    }
}

/// What a check showed that could not be begun.
pub(super) fn failed(check: &Check, problem: &Problem) -> Shown {
    let now = millis(SystemTime::now());
    let of = |gate: &crate::tools::CheckGate| Evidence {
        gate: gate.gate.clone(),
        component: String::new(),
        origin: Origin::Run,
        started_ms: now,
        ended_ms: now,
        commit: None,
        inputs: String::new(),
        commands: Vec::new(),
        exit: None,
        tool: Some(check.tool.name.clone()),
        tool_version: check.tool.version.clone(),
        report: None,
        observed: Err(problem.clone()),
        findings: Vec::new(),
        flaky: Vec::new(),
        output: String::new(),
        carried_by: None,
    };
    Shown {
        evidence: check.gates.iter().map(of).collect(),
        reports: check.gates.iter().map(|_| None).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_that_are_kept_hold_no_secret() {
        let dir = tempfile::tempdir().unwrap();
        let redactor = Redactor::from_env([("MY_TOKEN".into(), "canary-4711-canary".into())]);
        let file = |name: &str| dir.path().join(name);
        fs::write(file("junit.xml"), "<failure message='canary-4711-canary'/>").unwrap();
        fs::write(file("coverage.data"), b"\xff\x00canary-4711-canary").unwrap();
        fs::create_dir(file("cache")).unwrap();
        fs::write(file("cache/x"), "canary-4711-canary").unwrap();
        redact(dir.path(), &redactor);
        assert!(!fs::read_to_string(file("junit.xml")).unwrap().contains("4711"));
        assert!(!file("coverage.data").exists() && !file("cache").exists());
    }
}
