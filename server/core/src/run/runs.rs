//! What is known of the runs of a workspace root, as of one moment: what editors show of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{RunRecord, RunState, StepState};
use crate::components::Components;
use crate::gates::age;
use crate::plan::{Refusal, RefusalCode, RunKind, StepName};
use crate::stage::Stage;

/// The file of a fixture that holds runs.
pub const RUNS_FIXTURE: &str = ".stagegate/runs.json";

/// The runs of a root. Cloning it is cheap.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    components: Arc<FxHashMap<Arc<str>, Arc<ComponentRuns>>>,
    now_ms: i64,
}

/// The runs of one component.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ComponentRuns {
    /// The run that has not ended; there is at most one.
    pub current: Option<CurrentRun>,
    /// The last ones that have, the newest first.
    pub ended: Vec<EndedRun>,
    /// The promotion that a rollback would undo.
    pub to_undo: Option<Undoable>,
    /// Why the last plan was refused.
    pub refused: Vec<Refusal>,
}

/// A run that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurrentRun {
    /// Its number.
    pub run: String,
    /// What it is for.
    pub kind: RunKind,
    /// The stage that it leads to.
    pub to: Stage,
    /// Whether a process works on it, or it was interrupted.
    pub state: RunState,
    /// The step that it is at; `None` before the first.
    #[serde(default)]
    pub step: Option<StepName>,
    /// Whether what was done is being undone.
    #[serde(default)]
    pub is_undoing: bool,
    /// How much of it is done, in percent.
    #[serde(default)]
    pub percent: u8,
    /// When it was asked for, in milliseconds since 1970 UTC.
    #[serde(default)]
    pub started_ms: i64,
}

/// A run that has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndedRun {
    /// Its number.
    pub run: String,
    /// What it was for.
    pub kind: RunKind,
    /// The stage before.
    #[serde(default)]
    pub from: Option<Stage>,
    /// The stage that it leads to.
    pub to: Stage,
    /// How it ended.
    pub state: RunState,
    /// When, in milliseconds since 1970 UTC.
    pub ended_ms: i64,
    /// The run that undid it.
    #[serde(default)]
    pub undone_by: Option<String>,
    /// The step that failed, and why.
    #[serde(default)]
    pub failure: Option<(StepName, String)>,
    /// Its report, relative to the root with `/`.
    #[serde(default)]
    pub report: Option<String>,
}

/// A promotion that can be undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undoable {
    /// The run.
    pub run: String,
    /// The stage that it came from.
    #[serde(default)]
    pub from: Option<Stage>,
    /// The stage that it led to.
    pub to: Stage,
}

/// A fixture.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    now_ms: i64,
    components: BTreeMap<String, ComponentRuns>,
}

impl Runs {
    /// Joins the runs of components, by canonical name.
    #[must_use]
    pub fn new(components: impl IntoIterator<Item = (Arc<str>, ComponentRuns)>) -> Runs {
        let components = components.into_iter().map(|(name, runs)| (name, Arc::new(runs)));
        Runs { components: Arc::new(components.collect()), now_ms: 0 }
    }

    /// Reads `{"now_ms": .., "components": {"<canonical name>": ..}}`, how fixtures hold runs.
    ///
    /// # Errors
    /// Returns what does not fit, and where.
    pub fn from_json(text: &str) -> Result<Runs, serde_json::Error> {
        let Document { now_ms, components } = serde_json::from_str(text)?;
        let components = components.into_iter().map(|(name, runs)| (Arc::from(name), runs));
        Ok(Runs { now_ms, ..Runs::new(components) })
    }

    /// The same runs, looked at from `now_ms` (milliseconds since 1970 UTC): what ages are counted from.
    #[must_use]
    pub fn at(&self, now_ms: i64) -> Runs {
        Runs { now_ms, ..self.clone() }
    }

    /// Returns the runs of the component with this canonical name.
    #[must_use]
    pub fn of(&self, component: &str) -> Option<&ComponentRuns> {
        self.components.get(component).map(|runs| &**runs)
    }

    /// Returns canonical names and runs, in order of name.
    pub fn components(&self) -> impl Iterator<Item = (&Arc<str>, &ComponentRuns)> {
        let mut all: Vec<_> = self.components.iter().map(|(name, runs)| (name, &**runs)).collect();
        all.sort_unstable_by_key(|(name, _)| *name);
        all.into_iter()
    }

    /// Returns the unfinished run with this number, and the canonical name of its component.
    #[must_use]
    pub fn unfinished(&self, run: &str) -> Option<(&Arc<str>, &CurrentRun)> {
        self.components.iter().find_map(|(name, runs)| {
            let current = runs.current.as_ref().filter(|current| current.run == run)?;
            Some((name, current))
        })
    }

    /// The same runs, with what the last plan of a component was refused for; nothing where it was possible.
    #[must_use]
    pub fn refused(&self, component: &str, refusals: Vec<Refusal>) -> Runs {
        let mut components = (*self.components).clone();
        let known = components.get(component).map(|runs| ComponentRuns::clone(runs)).unwrap_or_default();
        components.insert(component.into(), Arc::new(ComponentRuns { refused: refusals, ..known }));
        Runs { components: Arc::new(components), ..*self }
    }

    /// These runs, with what `before` knows of refused plans. That a run is under way is forgotten when it has ended, and
    /// everything when one succeeded since.
    #[must_use]
    pub fn after(self, before: Option<&Runs>) -> Runs {
        let Some(before) = before else { return self };
        let mut components = (*self.components).clone();
        for (name, old) in before.components.iter().filter(|(_, old)| !old.refused.is_empty()) {
            let new = components.get(name).map(|runs| ComponentRuns::clone(runs)).unwrap_or_default();
            let succeeded = |run: &&EndedRun| run.state == RunState::Succeeded && run.kind != RunKind::Drill;
            let newest = |runs: &ComponentRuns| runs.ended.iter().find(succeeded).map(|run| run.run.clone());
            if newest(&new) != newest(old) {
                continue;
            }
            let still =
                |refusal: &&Refusal| refusal.code != RefusalCode::RunInProgress || new.current.is_some();
            let refused: Vec<_> = old.refused.iter().filter(still).cloned().collect();
            components.insert(Arc::clone(name), Arc::new(ComponentRuns { refused, ..new }));
        }
        Runs { components: Arc::new(components), now_ms: self.now_ms }
    }

    /// Says how long ago `then_ms` was: `just now`, `5 min ago`.
    #[must_use]
    pub fn age(&self, then_ms: i64) -> String {
        age(self.now_ms, then_ms)
    }
}

/// Returns the paths of the specs and MATURITY files whose findings may differ between two states of the runs, in order.
#[must_use]
pub fn affected_by_runs(old: Option<&Runs>, new: &Runs, components: &Components) -> Vec<Arc<str>> {
    let refused = |runs: Option<&Runs>, canonical: &str| {
        runs.and_then(|runs| runs.of(canonical)).map_or_else(Vec::new, |runs| runs.refused.clone())
    };
    let changed = components.iter().filter(|(_, component)| {
        refused(old, &component.canonical) != refused(Some(new), &component.canonical)
    });
    let files = changed.flat_map(|(_, component)| component.specs.iter().chain(&component.maturity));
    let mut paths: Vec<_> = files.map(|file| Arc::clone(&file.path)).collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// Whether two states of the runs show the same.
#[must_use]
pub fn same_runs(old: Option<&Runs>, new: &Runs) -> bool {
    old.is_some_and(|old| old.components == new.components)
}

impl CurrentRun {
    /// Returns what is shown of a run that has not ended; `None` for one that has.
    #[must_use]
    pub fn of(run: &RunRecord) -> Option<CurrentRun> {
        if run.state.has_ended() {
            return None;
        }
        let at = |state: StepState| run.steps.iter().find(|step| step.state == state);
        let undoing = at(StepState::Undoing);
        let begun = || run.steps.iter().rev().find(|step| step.state != StepState::Pending);
        let step = undoing.or_else(|| at(StepState::Started)).or_else(begun);
        let is_undone = |state| matches!(state, StepState::Undoing | StepState::Undone | StepState::Failed);
        Some(CurrentRun {
            run: run.id.clone(),
            kind: run.kind,
            to: run.to,
            state: run.state,
            step: step.map(|step| step.name),
            is_undoing: run.steps.iter().any(|step| is_undone(step.state)),
            percent: run.percent(),
            started_ms: run.started_ms,
        })
    }

    /// Whether no process works on it.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.state == RunState::Interrupted
    }

    /// Says what it does: `promoting to staging: Deploy, 60 %`, `promotion to staging, interrupted at Deploy`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let to = match self.kind {
            RunKind::Drill => format!("for {}", self.to),
            RunKind::Promotion | RunKind::Rollback => format!("to {}", self.to),
        };
        let step = self.step.map(StepName::title);
        if self.is_interrupted() {
            let at = step.map_or(String::new(), |step| format!(" at {step}"));
            return format!("{} {to}, interrupted{at}", self.kind.name());
        }
        let doing = match (self.is_undoing, self.kind) {
            (true, kind) => format!("undoing the {}", kind.name()),
            (false, RunKind::Promotion) => "promoting".to_owned(),
            (false, RunKind::Rollback) => "rolling back".to_owned(),
            (false, RunKind::Drill) => "rollback drill".to_owned(),
        };
        let step = step.map_or(String::new(), |step| format!("{step}, "));
        format!("{doing} {to}: {step}{} %", self.percent)
    }
}

impl EndedRun {
    /// Returns what is shown of a run that has ended; `None` for one that has not.
    #[must_use]
    pub fn of(run: &RunRecord) -> Option<EndedRun> {
        if !run.state.has_ended() {
            return None;
        }
        let failed = run.steps.iter().find(|step| step.failure.is_some() && step.state != StepState::Done);
        let failure = failed.and_then(|step| Some((step.name, step.failure.as_ref()?.message.clone())));
        Some(EndedRun {
            run: run.id.clone(),
            kind: run.kind,
            from: run.from,
            to: run.to,
            state: run.state,
            ended_ms: run.ended_ms.unwrap_or(run.started_ms),
            undone_by: run.undone_by.clone(),
            failure: failure.filter(|_| run.state != RunState::Succeeded),
            report: run.output(StepName::Reports, "report").map(str::to_owned),
        })
    }

    /// Says what it was and how it ended: `promotion to staging: succeeded, undone later`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let to = match self.kind {
            RunKind::Drill => format!("for {}", self.to),
            RunKind::Promotion | RunKind::Rollback => format!("to {}", self.to),
        };
        let at = match &self.failure {
            Some((step, _)) if self.state != RunState::Cancelled => format!(" at {}", step.title()),
            _ => String::new(),
        };
        let state = match self.state {
            RunState::Stuck => "failed, and not everything could be undone",
            state => state.name(),
        };
        let undone = if self.undone_by.is_some() { ", undone later" } else { "" };
        format!("{} {to}: {state}{at}{undone}", self.kind.name())
    }
}

#[cfg(test)]
mod tests;
