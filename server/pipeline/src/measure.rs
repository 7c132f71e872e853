//! Reports that lie in a workspace, written by hand or by CI, as evidence.
//!
//! Nobody saw their inputs, so time decides: a report is out of date once an input of the component is newer, or a file
//! that it names is gone. It is no proof of more: what was run, and on what, is not known.

mod known;
mod read;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;
use stagegate_core::components::Components;
use stagegate_core::config::Config;
use stagegate_core::gates::{Evidence, Freshness};
use stagegate_core::workspace::{FileIndex, Root};

use self::known::Candidate;
use self::read::Read;
use crate::inputs::{Group, Hash, Snapshot, Stamp};
use crate::store::MeasuredFile;

/// Most files that are named as newer than a report.
const MAX_NAMED: usize = 20;

/// What the reports of a workspace say. A report is read once, and again when its metadata changes.
#[derive(Debug, Default)]
pub struct Reports {
    folder: PathBuf,
    read: Vec<Read>,
    measured: Arc<Vec<MeasuredFile>>,
    answers: Mutex<Answers>,
}

/// The evidence of every component, for these components and files.
type Answered = (Arc<Components>, Arc<FileIndex>, Arc<Vec<OfReport>>);

#[derive(Debug, Default)]
struct Answers {
    /// The evidence of every component, for these components and files.
    evidence: Option<Answered>,
    /// The files of a group that are newer than the report of that time.
    newer: FxHashMap<(Hash, i64, i64), Arc<[String]>>,
}

/// Evidence of a report.
#[derive(Debug)]
struct OfReport {
    evidence: Arc<Evidence>,
    stamp: Stamp,
    /// Files of the component that it names.
    named: Vec<Arc<str>>,
}

/// Evidence from a report.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// What the report says of one component.
    pub evidence: Arc<Evidence>,
    /// Whether inputs of the component are newer than the report.
    pub freshness: Freshness,
}

impl Reports {
    /// Looks for reports in the workspace at `folder` and reads those that are new. Git may ignore them, so they are
    /// looked for by their names.
    pub fn refresh(&mut self, folder: &Path, root: &Root) {
        self.folder = folder.to_owned();
        let mut before = std::mem::take(&mut self.read);
        for candidate in known::candidates(&root.config) {
            let Some(stamp) = read::look(folder, &candidate) else { continue };
            let same = before.iter().position(|read| read.is_still(&candidate, &stamp));
            self.read.push(match same {
                Some(at) => before.swap_remove(at),
                None => Read::new(folder, candidate, stamp),
            });
        }
        self.measured = Arc::new(read::measured(&self.read));
        self.answers = Mutex::default();
    }

    /// Whether no report was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.read.is_empty()
    }

    /// Returns what the reports say of the components, in order of component and gate; the newest report of a gate.
    #[must_use]
    pub fn evidence(&self, root: &Root, snapshot: &Snapshot) -> Vec<Measured> {
        let Some(components) = &root.components else { return Vec::new() };
        let files = root.files.clone().unwrap_or_default();
        // A file that was written again with the same text has the same hash, but another time.
        self.lock().newer.clear();
        let is_same = |(of, among, _): &(Arc<Components>, Arc<FileIndex>, _)| {
            Arc::ptr_eq(of, components) && Arc::ptr_eq(among, &files)
        };
        let known = self.lock().evidence.clone().filter(is_same);
        let evidence = match known {
            Some((_, _, evidence)) => evidence,
            None => {
                let evidence = Arc::new(read::evidence(&self.read, &self.folder, components, &files));
                self.lock().evidence = Some((Arc::clone(components), files, Arc::clone(&evidence)));
                evidence
            }
        };
        let measured = evidence.iter().map(|of| Measured {
            evidence: Arc::clone(&of.evidence),
            freshness: self.freshness(of, snapshot),
        });
        measured.collect()
    }

    fn freshness(&self, of: &OfReport, snapshot: &Snapshot) -> Freshness {
        let gone = of.named.iter().filter(|path| snapshot.content(path).is_none());
        let mut names: Vec<String> = gone.take(MAX_NAMED).map(|path| format!("{path} (gone)")).collect();
        for group in snapshot.groups_of(&of.evidence.component, true).iter() {
            names.extend(self.newer(group, &of.stamp, snapshot).iter().cloned());
        }
        if names.is_empty() {
            return Freshness::Fresh;
        }
        names.sort_unstable();
        names.truncate(MAX_NAMED);
        Freshness::Stale(names.into())
    }

    /// Returns the files of a group that are newer than a report. Components share groups, so it is remembered for
    /// one look at all of them.
    fn newer(&self, group: &Group, report: &Stamp, snapshot: &Snapshot) -> Arc<[String]> {
        let key = (group.hash(), report.modified_ns, report.changed_ns);
        if let Some(known) = self.lock().newer.get(&key) {
            return Arc::clone(known);
        }
        let newer = group.files().iter().filter(|(path, _)| {
            snapshot.known_file(path).is_some_and(|file| file.stamp.is_newer_than(report))
        });
        let newer: Arc<[String]> = newer.take(MAX_NAMED).map(|(path, _)| path.to_string()).collect();
        self.lock().newer.insert(key, Arc::clone(&newer));
        newer
    }

    /// Returns the coverage of files in the newest reports, in order of path.
    #[must_use]
    pub fn measured(&self) -> Arc<Vec<MeasuredFile>> {
        Arc::clone(&self.measured)
    }

    /// Returns where reports may lie, relative to the root with `/`.
    pub(crate) fn places(config: &Config) -> impl Iterator<Item = String> + use<> {
        known::candidates(config).into_iter().map(|candidate| candidate.path)
    }

    /// Whether the file at `path` (relative, with `/`) is, or would be, such a report.
    #[must_use]
    pub fn is_report(path: &str, root: &Root) -> bool {
        known::candidates(&root.config).iter().any(|candidate| is_at(candidate, path))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the candidate lies at `path`, or in a folder that changed as a whole.
fn is_at(candidate: &Candidate, path: &str) -> bool {
    candidate.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
