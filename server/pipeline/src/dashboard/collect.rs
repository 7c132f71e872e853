//! Counts runs, one after the other, into what the dashboard shows.

use std::collections::HashMap;

use stagegate_core::plan::RunKind;
use stagegate_core::run::RunRecord;
use stagegate_core::status::Column;

use super::Sources;
use super::component::ComponentState;
use super::coverage::CoverageTable;
use super::estimate::UnderWay;
use super::failures::Reasons;
use super::figures::{ComponentRow, Figures, RunRow, Standing};
use super::gates::GateTable;
use super::steps::StepTable;
use super::text::Text;
use super::trend::{self, Trend};

/// How many of the newest runs are listed.
const RECENT: usize = 50;
/// How many runs that have not ended are listed.
const UNDER_WAY: usize = 20;
/// How many components are listed.
const COMPONENTS: usize = 250;
/// How many components the newest run is remembered of.
const LAST_RUNS: usize = 10_000;

/// What was counted so far.
pub(super) struct Collector<'a> {
    sources: Sources<'a>,
    runs: usize,
    recent: Vec<RunRow>,
    under_way: Vec<RunRecord>,
    last: HashMap<String, RunRow>,
    steps: [StepTable; 3],
    gates: GateTable,
    reasons: Reasons,
    coverage: CoverageTable,
    trend: Trend,
}

impl<'a> Collector<'a> {
    pub(super) fn new(sources: Sources<'a>) -> Collector<'a> {
        Collector {
            runs: 0,
            recent: Vec::new(),
            under_way: Vec::new(),
            last: HashMap::new(),
            steps: Default::default(),
            gates: GateTable::default(),
            reasons: Reasons::default(),
            coverage: CoverageTable::default(),
            trend: Trend::new(sources.made.now_ms),
            sources,
        }
    }

    /// Counts a run. Runs come newest first.
    pub(super) fn add(&mut self, run: &RunRecord) {
        if self.sources.only.is_some_and(|only| only != run.canonical) {
            return;
        }
        self.runs += 1;
        if self.recent.len() < RECENT {
            self.recent.push(RunRow::of(run, self.sources.page_of));
        }
        if self.last.len() < LAST_RUNS && !self.last.contains_key(&run.canonical) {
            self.last.insert(run.canonical.clone(), RunRow::of(run, self.sources.page_of));
        }
        if !run.state.has_ended() && self.under_way.len() < UNDER_WAY {
            self.under_way.push(run.clone());
        }
        self.steps[slot(run.kind)].add(run);
        self.gates.add(run);
        self.reasons.add(run);
        self.coverage.add(run);
        self.trend.add(run);
    }

    /// Returns what is shown.
    pub(super) fn finish(mut self) -> Figures {
        let Sources { made, only, page_of, .. } = self.sources;
        let under_way = self
            .under_way
            .iter()
            .map(|run| UnderWay::of(run, RunRow::of(run, page_of), &self.steps[slot(run.kind)], made.now_ms));
        let under_way = under_way.collect();
        let mut states = std::mem::take(&mut self.sources.components);
        states.retain(|state| only.is_none_or(|only| only == state.canonical));
        let stages = stages(&states);
        let rows = states.iter().map(|state| {
            let last = self.last.remove(&state.canonical);
            ComponentRow::of(state, last)
        });
        let mut components: Vec<ComponentRow> = rows.collect();
        let standing = |standing| components.iter().filter(|row| row.standing == standing).count();
        let (ready, blocked) = (standing(Standing::Ready), standing(Standing::Blocked));
        let all_components = components.len();
        components.truncate(COMPONENTS);
        let name_of = |only: &str| {
            components
                .iter()
                .find(|_| components.len() == 1)
                .map_or(Text::phrase(only), |row| row.name.clone())
        };
        let only = only.map(name_of);
        let thirty_days = self.trend.rate();
        let (durations, days) = self.trend.figures();
        let kinds = [RunKind::Promotion, RunKind::Rollback, RunKind::Drill].into_iter().zip(self.steps);
        Figures {
            project: Text::phrase(made.project),
            version: Text::phrase(made.version),
            now_ms: made.now_ms,
            only,
            components,
            all_components,
            stages,
            ready,
            blocked,
            under_way,
            recent: self.recent,
            runs: self.runs,
            thirty_days,
            gates: self.gates.figures(),
            reasons: self.reasons.figures(),
            coverage: self.coverage.figures(),
            kinds: kinds.filter_map(|(kind, table)| table.figures(kind)).collect(),
            durations,
            days,
            metrics: trend::metrics(&self.sources.metrics),
        }
    }
}

const fn slot(kind: RunKind) -> usize {
    match kind {
        RunKind::Promotion => 0,
        RunKind::Rollback => 1,
        RunKind::Drill => 2,
    }
}

fn stages(states: &[ComponentState]) -> Vec<(&'static str, usize)> {
    let column = |state: &ComponentState| state.stage.map_or(Column::Backlog, Column::Stage);
    let counted =
        Column::ALL.map(|of| (of.title(), states.iter().filter(|state| column(state) == of).count()));
    counted.into_iter().filter(|(_, count)| *count > 0).collect()
}
