//! The board of a workspace: all evidence, and whether it still holds.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use stagegate_core::config::Config;
use stagegate_core::gates::{
    Board, ComponentGates, Evidence, FileCoverage, Freshness, GateName, Known, Origin,
};
use stagegate_core::sign_off::Drill;
use stagegate_core::stage::Stage;
use stagegate_core::workspace::Root;

use crate::inputs::{ALWAYS, Definition, Hash, Inputs, Manifest, Snapshot, changed};
use crate::measure::Reports;
use crate::runs::journal::Journal;
use crate::runs::prepare;
use crate::sign_offs::States;
use crate::store::{FOLDER, MeasuredFile, Store, StoreError};

/// Says how a gate of a component (by canonical name) would be run now; `None` where it cannot be run, so that its
/// evidence is out of date.
pub type Definitions<'a> = dyn Fn(&str, &GateName) -> Option<Definition> + 'a;

/// Returns all evidence of the workspace at `folder`, run by us or found in reports, with whether it still holds in
/// `snapshot`; one is taken where there is none.
///
/// # Errors
/// Returns why stored evidence cannot be read.
pub fn load(
    folder: &Path,
    root: &Root,
    snapshot: Option<&Snapshot>,
    definitions: &Definitions<'_>,
) -> Result<Board, StoreError> {
    let mut loader = BoardLoader::new(folder);
    loader.snapshot = snapshot.cloned();
    let board = loader.load_with(root, definitions);
    loader.problem.map_or(Ok(board), Err)
}

/// Returns the files that a board depends on although git may ignore them, relative to the root with `/`: reports, lock
/// files, configuration files of tools, and where evidence is kept. Files that a gate names in `inputs` come on top.
#[must_use]
pub fn places(config: &Config) -> Vec<String> {
    let store = ["evidence.db", "evidence.db-wal"].map(|name| format!("{FOLDER}/{name}"));
    Reports::places(config).chain(ALWAYS.map(str::to_owned)).chain(store).collect()
}

/// Keeps the board of a workspace up to date. It only reads.
#[derive(Debug)]
pub struct BoardLoader {
    folder: PathBuf,
    snapshot: Option<Snapshot>,
    stored: Vec<Kept>,
    files: Vec<MeasuredFile>,
    reports: Reports,
    states: States,
    problem: Option<StoreError>,
}

/// Stored evidence.
#[derive(Debug)]
struct Kept {
    evidence: Arc<Evidence>,
    manifest: Option<Manifest>,
    /// What was different, when the inputs had this hash.
    changes: Option<(Hash, Freshness)>,
}

impl BoardLoader {
    /// For the workspace at `folder`. Nothing is read yet.
    #[must_use]
    pub fn new(folder: &Path) -> BoardLoader {
        BoardLoader {
            folder: folder.to_owned(),
            snapshot: None,
            stored: Vec::new(),
            files: Vec::new(),
            reports: Reports::default(),
            states: States::default(),
            problem: None,
        }
    }

    /// Looks at everything again.
    pub fn load(&mut self, root: &Root, definitions: &Definitions<'_>) -> Board {
        self.snapshot = self.snapshot.take().map(|snapshot| snapshot.again(root));
        self.load_with(root, definitions)
    }

    fn load_with(&mut self, root: &Root, definitions: &Definitions<'_>) -> Board {
        let store = self.read_store();
        self.reports.refresh(&self.folder, root);
        let is_nothing = self.stored.is_empty() && self.files.is_empty() && self.reports.is_empty();
        // Where there is nothing that could be out of date, no file is looked at.
        if self.snapshot.is_none() && !is_nothing {
            let known = store.as_ref().and_then(|store| store.known_files().ok()).unwrap_or_default();
            self.snapshot = Some(Snapshot::scan(&self.folder, root, &known));
        }
        self.board(root, store, definitions)
    }

    /// Looks at what changed on disk: files of the workspace, reports, our own store (give any path below
    /// `.stagegate`). `root.files` and `root.components` are those that hold the change.
    pub fn update(&mut self, root: &Root, paths: &[&str], definitions: &Definitions<'_>) -> Board {
        let Some(snapshot) = &mut self.snapshot else { return self.load(root, definitions) };
        snapshot.update(root, paths);
        if paths.iter().any(|path| Reports::is_report(path, root)) {
            self.reports.refresh(&self.folder, root);
        }
        let ours = |path: &&str| {
            path.strip_prefix(FOLDER).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let store = if paths.iter().any(ours) { self.read_store() } else { None };
        self.board(root, store, definitions)
    }

    /// Why stored evidence could not be read the last time.
    #[must_use]
    pub fn problem(&self) -> Option<&StoreError> {
        self.problem.as_ref()
    }

    /// The files as they were looked at last; `None` where there was no evidence to compare them with.
    #[must_use]
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    /// Reads what is stored. What cannot be read is no evidence.
    fn read_store(&mut self) -> Option<Store> {
        (self.problem, self.stored, self.files) = (None, Vec::new(), Vec::new());
        let store = match Store::open_read(&self.folder) {
            Ok(store) => store?,
            Err(problem) => {
                self.problem = Some(problem);
                return None;
            }
        };
        match store.newest_all().and_then(|stored| Ok((stored, store.files()?))) {
            Ok((stored, files)) => {
                self.stored = stored.into_iter().map(Kept::new).collect();
                self.files = files;
                Some(store)
            }
            Err(problem) => {
                self.problem = Some(problem);
                None
            }
        }
    }

    fn board(&mut self, root: &Root, store: Option<Store>, definitions: &Definitions<'_>) -> Board {
        let states = self.states.of_signed(&self.folder, root);
        let drills = drills(&self.folder, root);
        let Some(snapshot) = &self.snapshot else {
            return Board::default().with_states(states).with_drills(drills);
        };
        let mut groups = Groups { folder: &self.folder, store, is_open: false };
        groups.is_open = groups.store.is_some();
        let mut found: FxHashMap<Arc<str>, FxHashMap<GateName, Known>> = FxHashMap::default();
        for kept in &mut self.stored {
            let freshness = kept.freshness(snapshot, definitions, &mut groups);
            let known = Known { evidence: Arc::clone(&kept.evidence), freshness };
            add(&mut found, known);
        }
        for measured in self.reports.evidence(root, snapshot) {
            add(&mut found, Known { evidence: measured.evidence, freshness: measured.freshness });
        }
        let components = found
            .into_iter()
            .map(|(component, gates)| (component, ComponentGates { known: gates.into_values().collect() }));
        let files = coverage(&self.files, &self.reports, snapshot);
        Board::new(components, files).with_states(states).with_drills(drills)
    }
}

impl Kept {
    fn new(stored: crate::store::Stored) -> Kept {
        Kept { evidence: Arc::new(stored.evidence), manifest: stored.manifest, changes: None }
    }

    fn freshness(
        &mut self,
        snapshot: &Snapshot,
        definitions: &Definitions<'_>,
        groups: &mut Groups<'_>,
    ) -> Freshness {
        let stale = |words: &str| Freshness::Stale(Arc::from([words.to_owned()]));
        let Some(manifest) = &self.manifest else { return stale("inputs that nobody saw") };
        let Some(definition) = definitions(&self.evidence.component, &self.evidence.gate) else {
            return stale("the definition of the gate");
        };
        let now: Inputs = snapshot.inputs(&self.evidence.component, &definition);
        if now.hash == manifest.hash() {
            return Freshness::Fresh;
        }
        match &self.changes {
            Some((hash, freshness)) if *hash == now.hash => freshness.clone(),
            _ => {
                let names = changed(manifest, &now, |hash| groups.get(hash));
                let freshness = Freshness::Stale(names.into());
                self.changes = Some((now.hash, freshness.clone()));
                freshness
            }
        }
    }
}

/// Returns the drills that still hold. What cannot be read shows none.
fn drills(folder: &Path, root: &Root) -> Vec<((Arc<str>, Stage), Drill)> {
    match Journal::open_read(folder) {
        Ok(Some(journal)) => prepare::held_drills(&journal, root),
        _ => Vec::new(),
    }
}

/// The groups of files of stored evidence: read only where something changed.
struct Groups<'a> {
    folder: &'a Path,
    store: Option<Store>,
    is_open: bool,
}

impl Groups<'_> {
    fn get(&mut self, hash: Hash) -> Option<crate::inputs::Group> {
        if !self.is_open {
            self.is_open = true;
            self.store = Store::open_read(self.folder).ok().flatten();
        }
        self.store.as_ref()?.group(hash).ok().flatten()
    }
}

/// Adds evidence of a gate. Of two, the one that still holds counts, otherwise the newer one; a report that cannot be read
/// says nothing against what we saw.
fn add(found: &mut FxHashMap<Arc<str>, FxHashMap<GateName, Known>>, known: Known) {
    let gates = found.entry(Arc::from(&*known.evidence.component)).or_default();
    let rank = |known: &Known| {
        let evidence = &known.evidence;
        let says_nothing = evidence.origin == Origin::Report && evidence.observed.is_err();
        (known.freshness == Freshness::Fresh && !says_nothing, evidence.ended_ms)
    };
    match gates.get(&known.evidence.gate) {
        Some(other) if rank(other) >= rank(&known) => {}
        _ => {
            gates.insert(known.evidence.gate.clone(), known);
        }
    }
}

/// Joins the coverage of files that we measured and that of reports; the newer counts.
fn coverage(
    stored: &[MeasuredFile],
    reports: &Reports,
    snapshot: &Snapshot,
) -> Vec<(Arc<str>, FileCoverage)> {
    let mut files: FxHashMap<&str, &MeasuredFile> = FxHashMap::default();
    let reported = reports.measured();
    for file in stored.iter().chain(&*reported) {
        match files.get(&*file.path) {
            Some(other) if other.measured_ms >= file.measured_ms => {}
            _ => {
                files.insert(&file.path, file);
            }
        }
    }
    let there = files.into_values().filter_map(|file| {
        let now = snapshot.content(&file.path)?;
        let is_stale = match file.content {
            Some(then) => then != now,
            None => snapshot.is_newer(&file.path, file.measured_ms),
        };
        let coverage = FileCoverage {
            covered: file.covered,
            statements: file.statements,
            missing: file.missing.clone().into(),
            measured_ms: file.measured_ms,
            is_stale,
        };
        Some((Arc::from(&*file.path), coverage))
    });
    there.collect()
}

#[cfg(test)]
mod tests;
