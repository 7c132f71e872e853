//! All evidence of a workspace root, as of one moment.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Evidence, GateName};
use crate::components::Components;
use crate::sign_off::{Drill, StateDigest};
use crate::stage::Stage;

/// All evidence of a root. Cloning it is cheap.
#[derive(Clone, Debug, Default)]
pub struct Board {
    components: Arc<FxHashMap<Arc<str>, Arc<ComponentGates>>>,
    files: Arc<FxHashMap<Arc<str>, Arc<FileCoverage>>>,
    states: Arc<FxHashMap<Arc<str>, StateDigest>>,
    drills: Arc<FxHashMap<(Arc<str>, Stage), Drill>>,
    now_ms: i64,
}

/// The evidence of one component.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComponentGates {
    /// The newest evidence of each gate, in order of name.
    pub known: Vec<Known>,
}

/// Evidence, and whether it still holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// What was seen.
    pub evidence: Arc<Evidence>,
    /// Whether it still holds.
    pub freshness: Freshness,
}

/// Whether evidence still holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// No input changed.
    Fresh,
    /// Inputs changed since: the first of them, as paths relative to the root or as words (`the version of ruff`).
    Stale(Arc<[String]>),
}

/// The coverage of one file of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCoverage {
    /// Statements that were run.
    pub covered: u32,
    /// Statements.
    pub statements: u32,
    /// First and last lines, from 1, of what was not run; in order.
    pub missing: Box<[(u32, u32)]>,
    /// When it was measured, in milliseconds since 1970 UTC.
    pub measured_ms: i64,
    /// Whether the file changed since.
    pub is_stale: bool,
}

impl Board {
    /// Joins the evidence of components (by canonical name) and the coverage of files (by path).
    #[must_use]
    pub fn new(
        components: impl IntoIterator<Item = (Arc<str>, ComponentGates)>,
        files: impl IntoIterator<Item = (Arc<str>, FileCoverage)>,
    ) -> Board {
        let components = components.into_iter().map(|(name, mut gates)| {
            gates.known.sort_by(|a, b| a.evidence.gate.cmp(&b.evidence.gate));
            (name, Arc::new(gates))
        });
        let files = files.into_iter().map(|(path, coverage)| (path, Arc::new(coverage)));
        let (components, files) = (Arc::new(components.collect()), Arc::new(files.collect()));
        Board { components, files, ..Board::default() }
    }

    /// The same evidence, with the states that components (by canonical name) are in: what sign-offs are held against.
    #[must_use]
    pub fn with_states(self, states: impl IntoIterator<Item = (Arc<str>, StateDigest)>) -> Board {
        Board { states: Arc::new(states.into_iter().collect()), ..self }
    }

    /// Returns the state that the component with this canonical name is in; `None` where nobody asked, for no line of it
    /// is signed off for one, or where it cannot be read.
    #[must_use]
    pub fn state(&self, component: &str) -> Option<StateDigest> {
        self.states.get(component).copied()
    }

    /// The same evidence, with the drills that still hold, of components (by canonical name) and the stages that they were
    /// held for.
    #[must_use]
    pub fn with_drills(self, drills: impl IntoIterator<Item = ((Arc<str>, Stage), Drill)>) -> Board {
        Board { drills: Arc::new(drills.into_iter().collect()), ..self }
    }

    /// Returns the drill that shows that a release of the component with this canonical name can be taken back from `stage`.
    #[must_use]
    pub fn drill(&self, component: &str, stage: Stage) -> Option<&Drill> {
        if self.drills.is_empty() { None } else { self.drills.get(&(Arc::from(component), stage)) }
    }

    /// Whether something is signed off for a state.
    #[must_use]
    pub fn has_states(&self) -> bool {
        !self.states.is_empty()
    }

    /// The same evidence, looked at from `now_ms` (milliseconds since 1970 UTC): what ages are counted from.
    #[must_use]
    pub fn at(&self, now_ms: i64) -> Board {
        Board { now_ms, ..self.clone() }
    }

    /// Returns the newest evidence of a gate of the component with this canonical name.
    #[must_use]
    pub fn known(&self, component: &str, gate: &GateName) -> Option<&Known> {
        let known = &self.components.get(component)?.known;
        known.binary_search_by(|known| known.evidence.gate.cmp(gate)).ok().map(|at| &known[at])
    }

    /// Returns all evidence of the component with this canonical name.
    #[must_use]
    pub fn of(&self, component: &str) -> &[Known] {
        self.components.get(component).map_or(&[], |gates| &gates.known)
    }

    /// Returns the canonical names of the components that have evidence.
    pub fn components(&self) -> impl Iterator<Item = &Arc<str>> {
        self.components.keys()
    }

    /// Whether nothing at all is known: no gate of any component was ever run here, and no report lies here. Rules are
    /// silent then, for nobody counts on evidence.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.components.values().all(|gates| gates.known.is_empty())
    }

    /// Returns the coverage of the file at `path`.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&FileCoverage> {
        self.files.get(path).map(|file| &**file)
    }

    /// Returns every file whose coverage is known, in no order.
    pub fn files(&self) -> impl Iterator<Item = (&Arc<str>, &FileCoverage)> {
        self.files.iter().map(|(path, file)| (path, &**file))
    }

    /// Says how long ago `then_ms` was: `just now`, `5 min ago`, `3 h ago`, `12 days ago`. A time that has not come yet
    /// was just now.
    #[must_use]
    pub fn age(&self, then_ms: i64) -> String {
        age(self.now_ms, then_ms)
    }
}

/// Says how long before `now_ms` the moment `then_ms` was; see [`Board::age`].
pub(crate) fn age(now_ms: i64, then_ms: i64) -> String {
    const MINUTE: i64 = 60_000;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    match now_ms.saturating_sub(then_ms) {
        ..MINUTE => "just now".to_owned(),
        age @ ..HOUR => format!("{} min ago", age / MINUTE),
        age @ ..DAY => format!("{} h ago", age / HOUR),
        age if age < 2 * DAY => "1 day ago".to_owned(),
        age => format!("{} days ago", age / DAY),
    }
}

/// Returns the paths of the specs and MATURITY files whose findings may differ between two states of the evidence, in
/// order; `None` stands for evidence that was not read yet. Ages and the coverage of single files concern no finding.
#[must_use]
pub fn affected(old: Option<&Board>, new: Option<&Board>, components: &Components) -> Vec<Arc<str>> {
    // The first evidence of a repository concerns every component: rules are silent before.
    let state = |board: Option<&Board>, canonical: &str| board.and_then(|board| board.state(canonical));
    let has_states = |board: Option<&Board>| board.is_some_and(Board::has_states);
    // The first sign-off does, too.
    let is_first = has_states(old) != has_states(new);
    let same_state = |canonical: &str| !is_first && state(old, canonical) == state(new, canonical);
    let (old, new) = (old.filter(|board| !board.is_empty()), new.filter(|board| !board.is_empty()));
    let same = |canonical: &str| {
        same_state(canonical)
            && match (old, new) {
                (None, None) => true,
                (Some(old), Some(new)) => {
                    let (before, now) = (old.components.get(canonical), new.components.get(canonical));
                    match (before, now) {
                        (Some(before), Some(now)) => Arc::ptr_eq(before, now) || before == now,
                        (None, None) => true,
                        (Some(one), None) | (None, Some(one)) => one.known.is_empty(),
                    }
                }
                _ => false,
            }
    };
    let changed = components.iter().filter(|(_, component)| !same(&component.canonical));
    let files = changed.flat_map(|(_, component)| component.specs.iter().chain(&component.maturity));
    let mut paths: Vec<_> = files.map(|file| Arc::clone(&file.path)).collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn ages_are_said_in_the_largest_unit() {
        let board = Board::default().at(1_000_000_000_000);
        for (ago, expected) in [
            (-5, "just now"),
            (59_999, "just now"),
            (60_000, "1 min ago"),
            (3_599_999, "59 min ago"),
            (3_600_000, "1 h ago"),
            (86_400_000, "1 day ago"),
            (2 * 86_400_000, "2 days ago"),
        ] {
            assert_eq!(board.age(1_000_000_000_000 - ago), expected);
        }
        assert_eq!(Board::default().age(i64::MIN), "106751991167 days ago");
    }

    #[test]
    fn only_the_files_of_components_with_other_evidence_are_looked_at_again() {
        let text = "//- specs/a.md\n# A\n**Component Name:** a\n//- specs/b.md\n# B\n**Component Name:** b\n\
            //- src/b/MATURITY.md\n# B\n**Current Stage**: Development\n//- .stagegate/evidence.json\n";
        let with = |json: &str| Fixture::new(&format!("{text}{json}")).root;
        let tests = |passed: usize, stale: &str| {
            format!(
                r#"{{"now_ms": {passed}, "evidence": [{{"gate": "tests", "component": "b", "origin": "run", "started_ms": 0, "ended_ms": 0,
                "observed": {{"Ok": {{"kind": "tests", "passed": {passed}, "failed": 0, "errors": 0, "skipped": 0}}}}, "stale": [{stale}]}}]}}"#
            )
        };
        let (one, same, stale, none) =
            (with(&tests(1, "")), with(&tests(1, "")), with(&tests(1, "\"src/b.py\"")), with("{}"));
        let components = one.components.as_deref().unwrap();
        let affected = |old: Option<&Board>, new: Option<&Board>| affected(old, new, components).join(" ");
        let later = same.gates.as_ref().unwrap().at(99);
        assert_eq!(affected(one.gates.as_ref(), Some(&later)), "");
        let files_of_b = "specs/b.md src/b/MATURITY.md";
        assert_eq!(affected(one.gates.as_ref(), stale.gates.as_ref()), files_of_b);
        // Without any evidence rules are silent, as before it was read.
        assert_eq!(affected(one.gates.as_ref(), none.gates.as_ref()), format!("specs/a.md {files_of_b}"));
        assert_eq!(affected(None, none.gates.as_ref()), "");
        assert_eq!(affected(None, one.gates.as_ref()), format!("specs/a.md {files_of_b}"));
        assert_eq!(affected(None, None), "");
    }
}
