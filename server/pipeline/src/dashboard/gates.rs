//! How often each gate passed in runs (requirement 003, "Historical pass rates").

use std::collections::BTreeMap;

use stagegate_core::gates::{GateKind, GateName, Verdict};
use stagegate_core::run::{GateRecord, RunRecord};

use super::chart::Meter;
use super::text::{self, Text};

/// How many of the newest verdicts are shown one by one.
const STRIP: usize = 20;
/// How many gates are told apart.
const MAX_GATES: usize = 100;

/// All verdicts, by gate.
#[derive(Debug, Default)]
pub(super) struct GateTable(BTreeMap<GateName, Verdicts>);

#[derive(Debug)]
struct Verdicts {
    /// Pass, fail, inconclusive, error.
    counts: [u64; 4],
    /// Newest first.
    newest: Vec<Verdict>,
    found: Text,
    wanted: Text,
    component: Text,
    at_ms: i64,
    run_ms: Vec<u64>,
}

/// What is shown of one gate.
#[derive(Debug)]
pub(super) struct GateHistory {
    pub(super) title: Text,
    pub(super) passed: u64,
    pub(super) all: u64,
    pub(super) rate: String,
    pub(super) meter: Meter,
    /// Oldest first.
    pub(super) strip: Vec<Verdict>,
    /// Of the newest verdict: the component, what was found, what was wanted.
    pub(super) component: Text,
    pub(super) found: Text,
    pub(super) wanted: Text,
    pub(super) at_ms: i64,
    /// Median of the times that it was run, in milliseconds.
    pub(super) run_ms: Option<u64>,
}

impl GateTable {
    /// Counts the verdicts of a run. Runs come newest first.
    pub(super) fn add(&mut self, run: &RunRecord) {
        for gate in run.gates.iter().rev() {
            if self.0.len() >= MAX_GATES && !self.0.contains_key(&gate.gate) {
                continue;
            }
            self.0.entry(gate.gate.clone()).or_insert_with(|| Verdicts::new(run, gate)).add(gate);
        }
    }

    /// Returns every gate in the order in which gates are run.
    pub(super) fn figures(self) -> Vec<GateHistory> {
        let mut all: Vec<_> = self.0.into_iter().collect();
        let place = |name: &GateName| GateKind::ALL.iter().position(|kind| *kind == name.kind());
        all.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
        all.into_iter().map(|(name, verdicts)| verdicts.figures(&name)).collect()
    }
}

impl Verdicts {
    fn new(run: &RunRecord, gate: &GateRecord) -> Verdicts {
        Verdicts {
            counts: [0; 4],
            newest: Vec::new(),
            found: Text::sentence(&gate.found),
            wanted: Text::phrase(&gate.wanted),
            component: Text::phrase(&run.component),
            at_ms: run.started_ms,
            run_ms: Vec::new(),
        }
    }

    fn add(&mut self, gate: &GateRecord) {
        self.counts[gate.verdict as usize] += 1;
        if self.newest.len() < STRIP {
            self.newest.push(gate.verdict);
        }
        if !gate.cached && gate.duration_ms > 0 && self.run_ms.len() < 20_000 {
            self.run_ms.push(gate.duration_ms);
        }
    }

    fn figures(mut self, name: &GateName) -> GateHistory {
        let (passed, all) = (self.counts[Verdict::Pass as usize], self.counts.iter().sum());
        let share = text::share(passed, all);
        self.newest.reverse();
        GateHistory {
            title: Text::phrase(name.title()),
            passed,
            all,
            rate: text::percent(share),
            meter: Meter::new(share, None),
            strip: self.newest,
            component: self.component,
            found: self.found,
            wanted: self.wanted,
            at_ms: self.at_ms,
            run_ms: text::median_and_p90(&mut self.run_ms).map(|(median, _)| median),
        }
    }
}

impl GateHistory {
    pub(super) fn at(&self) -> String {
        text::date(self.at_ms)
    }

    pub(super) fn run_time(&self) -> String {
        self.run_ms.map(text::duration).unwrap_or_default()
    }

    /// What the strip says, in words.
    pub(super) fn strip_in_words(&self) -> String {
        let passed = self.strip.iter().filter(|verdict| **verdict == Verdict::Pass).count();
        format!("newest {}, oldest first: {passed} passed", self.strip.len())
    }
}
