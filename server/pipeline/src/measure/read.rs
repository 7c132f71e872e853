//! Reading the reports, and what they say of each component.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use stagegate_core::components::{Components, Id};
use stagegate_core::gates::{
    Evidence, GateName, Observed, Origin, OwnFiles, Problem, ProblemKind, Scope, observe,
};
use stagegate_core::report::{self, MAX_BYTES, ReadContext, Report};
use stagegate_core::workspace::FileIndex;

use super::OfReport;
use super::known::Candidate;
use crate::inputs::{Stamp, now_ms};
use crate::store::MeasuredFile;

/// A report whose time is younger than this when it is read may be written again without another time, in
/// milliseconds; it is read again.
const RACY_MS: i64 = 2000;

/// A report that was read.
#[derive(Debug)]
pub(super) struct Read {
    candidate: Candidate,
    stamp: Stamp,
    read_ms: i64,
    /// What it says, or why it cannot be trusted.
    report: Result<Report, String>,
}

/// Returns the metadata of a report that is there: a file of the workspace.
pub(super) fn look(folder: &Path, candidate: &Candidate) -> Option<Stamp> {
    let path = folder.join(&candidate.path);
    let metadata = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
    let inside = fs::canonicalize(&path).ok()?.starts_with(fs::canonicalize(folder).ok()?);
    inside.then(|| Stamp::of(&metadata))
}

impl Read {
    /// Reads a report.
    pub(super) fn new(folder: &Path, candidate: Candidate, stamp: Stamp) -> Read {
        let read_ms = now_ms();
        let report = read(folder, &candidate, &stamp);
        Read { candidate, stamp, read_ms, report }
    }

    /// Whether it is the report that was read, unchanged.
    pub(super) fn is_still(&self, candidate: &Candidate, stamp: &Stamp) -> bool {
        let last_ms = stamp.modified_ns.max(stamp.changed_ns) / 1_000_000;
        self.candidate == *candidate && self.stamp == *stamp && last_ms + RACY_MS < self.read_ms
    }

    #[cfg(test)]
    pub(super) fn read_at(&self) -> i64 {
        self.read_ms
    }

    /// Makes it one that was read long after it was written; returns whether it was one before.
    #[cfg(test)]
    pub(super) fn pretend_old(&mut self) -> bool {
        let (candidate, stamp) = (self.candidate.clone(), self.stamp);
        let was = self.is_still(&candidate, &stamp);
        self.read_ms += RACY_MS * 2;
        was
    }

    fn modified_ms(&self) -> i64 {
        self.stamp.modified_ns / 1_000_000
    }
}

fn read(folder: &Path, candidate: &Candidate, stamp: &Stamp) -> Result<Report, String> {
    let path = &candidate.path;
    let most = MAX_BYTES as u64;
    if stamp.size > most {
        return Err(format!("`{path}` has {} bytes; at most {most} are read", stamp.size));
    }
    let explain = |error: &io::Error| format!("`{path}`: {}", stagegate_workspace::plain_error(error));
    let bytes = fs::read(folder.join(path)).map_err(|error| explain(&error))?;
    let root = fs::canonicalize(folder).map_err(|error| explain(&error))?;
    let is_file = |path: &str| folder.join(path).is_file();
    let root = root.to_string_lossy();
    let cx = ReadContext { is_file: Some(&is_file), ..ReadContext::new(&root, &candidate.folder) };
    report::read(candidate.format, &bytes, &cx).map_err(|error| format!("`{path}`: {error}"))
}

/// Returns the coverage of files, in order of path; of several reports the newest.
pub(super) fn measured(read: &[Read]) -> Vec<MeasuredFile> {
    let mut found: FxHashMap<&str, MeasuredFile> = FxHashMap::default();
    for read in read {
        let Some(coverage) = read.report.as_ref().ok().and_then(Report::coverage) else { continue };
        for file in coverage.files.iter().filter(|file| !file.path.outside) {
            let measured_ms = read.modified_ms();
            if found.get(&*file.path.path).is_some_and(|known| known.measured_ms >= measured_ms) {
                continue;
            }
            let measured = MeasuredFile {
                path: file.path.path.to_string(),
                covered: file.covered,
                statements: file.statements,
                missing: file.missing.ranges().map(|lines| (*lines.start(), *lines.end())).collect(),
                content: None,
                measured_ms,
            };
            found.insert(&file.path.path, measured);
        }
    }
    let mut files: Vec<_> = found.into_values().collect();
    files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Returns what the reports say of each component, in order of component and gate; the newest report of a gate.
pub(super) fn evidence(
    read: &[Read],
    folder: &Path,
    components: &Components,
    files: &FileIndex,
) -> Vec<OfReport> {
    let mut found: Vec<OfReport> = Vec::new();
    for (id, component) in components.iter() {
        let place = Place::of(components, id, folder, files);
        let mut of: Vec<OfReport> = Vec::new();
        for read in read {
            let Some(new) = of_component(read, &component.canonical, &place, components.len() == 1) else {
                continue;
            };
            match of.iter_mut().find(|known| known.evidence.gate == new.evidence.gate) {
                Some(known) if known.evidence.ended_ms >= new.evidence.ended_ms => {}
                Some(known) => *known = new,
                None => of.push(new),
            }
        }
        of.sort_by(|a, b| a.evidence.gate.cmp(&b.evidence.gate));
        found.append(&mut of);
    }
    found
}

/// Where a component lies.
struct Place<'a> {
    source: Vec<&'a str>,
    tests: Vec<&'a str>,
    /// The files of source that are no tests.
    files: Vec<&'a str>,
    folder: &'a Path,
}

impl<'a> Place<'a> {
    fn of(components: &'a Components, id: Id, folder: &'a Path, files: &'a FileIndex) -> Place<'a> {
        let code = components.get(id).code.iter().map(|file| &*file.path);
        let places = || components.places(id);
        let mut place = Place {
            source: places().flat_map(|place| &place.source).map(AsRef::as_ref).chain(code).collect(),
            tests: places().flat_map(|place| &place.tests).map(AsRef::as_ref).collect(),
            files: Vec::new(),
            folder,
        };
        let all = files.paths().iter().map(|path| &**path);
        place.files = all.filter(|path| place.is_source(path)).collect();
        place
    }

    fn is_source(&self, path: &str) -> bool {
        self.source.iter().any(|place| is_in(path, place)) && !self.is_test(path)
    }

    fn is_test(&self, path: &str) -> bool {
        self.tests.iter().any(|place| is_in(path, place))
    }
}

fn is_in(path: &str, place: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Returns what a report says of a component; `None` where it says nothing.
fn of_component(read: &Read, component: &str, place: &Place<'_>, is_alone: bool) -> Option<OfReport> {
    let gate = &read.candidate.gate;
    let report = match &read.report {
        Ok(report) => report,
        // Nobody knows which components it would have named: each that has source.
        Err(_) if place.source.is_empty() => return None,
        Err(message) => {
            let problem = Problem {
                kind: ProblemKind::ReportUnreadable,
                message: message.clone(),
                help: "write the report again, remove it, or run the gate with Stagegate".to_owned(),
            };
            let evidence = evidence_of(read, gate, component, Err(problem));
            return Some(OfReport { evidence: Arc::new(evidence), stamp: read.stamp, named: Vec::new() });
        }
    };
    let scope = Scope {
        component,
        is_source: &|path| place.is_source(path),
        is_test: &|path| place.is_test(path),
        is_alone,
        baseline: None,
        files: OwnFiles {
            paths: &place.files,
            read: &|path| stagegate_workspace::read(&place.folder.join(path)).ok(),
        },
    };
    let seen = observe(gate.kind(), report, &scope, None);
    let seen_problem = seen.observed.as_ref().err().map(|problem| problem.kind);
    let mut evidence = evidence_of(read, gate, component, seen.observed);
    evidence.findings = seen.findings;
    evidence.tool = report.tool.as_deref().map(str::to_owned);
    evidence.tool_version = report.version.as_deref().map(str::to_owned);
    let own = |path: &str| place.is_source(path) || place.is_test(path);
    let coverage = report.coverage().into_iter().flat_map(|coverage| &coverage.files).map(|file| &file.path);
    let cases = report.tests().into_iter().flat_map(|tests| &tests.cases);
    let tests = cases.clone().filter_map(|case| case.file.as_ref());
    let mut named: Vec<Arc<str>> = coverage
        .chain(tests)
        .filter(|path| !path.outside && own(&path.path))
        .map(|path| Arc::from(&*path.path))
        .collect();
    named.sort_unstable();
    named.dedup();
    // A report that leaves out files of the component is one of it nevertheless.
    if named.is_empty() && matches!(&seen_problem, Some(ProblemKind::NothingChecked)) {
        return None;
    }
    let is_own = |case: &&report::TestCase| {
        is_alone || case.file.as_ref().is_some_and(|file| !file.outside && own(&file.path))
    };
    evidence.flaky =
        cases.filter(is_own).filter(|case| case.flaky).map(report::TestCase::full_name).collect();
    Some(OfReport { evidence: Arc::new(evidence), stamp: read.stamp, named })
}

fn evidence_of(
    read: &Read,
    gate: &GateName,
    component: &str,
    observed: Result<Observed, Problem>,
) -> Evidence {
    Evidence {
        gate: gate.clone(),
        component: component.to_owned(),
        origin: Origin::Report,
        started_ms: read.modified_ms(),
        ended_ms: read.modified_ms(),
        commit: None,
        inputs: String::new(),
        commands: Vec::new(),
        exit: None,
        tool: None,
        tool_version: None,
        report: Some(read.candidate.path.clone()),
        observed,
        findings: Vec::new(),
        flaky: Vec::new(),
        output: String::new(),
        carried_by: None,
    }
}
