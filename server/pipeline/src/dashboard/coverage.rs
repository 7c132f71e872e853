//! The coverage of components over time, as runs measured it.

use std::collections::HashMap;

use stagegate_core::gates::GateKind;
use stagegate_core::run::RunRecord;
use stagegate_core::status::percent;

use super::chart::Line;
use super::text::{self, Text};

/// How many measurements of a component are shown.
const POINTS: usize = 40;
/// How many components are shown: those measured last.
const SHOWN: usize = 24;
/// How many components are told apart.
const MAX_COMPONENTS: usize = 1000;

/// The measurements, by component.
#[derive(Debug, Default)]
pub(super) struct CoverageTable {
    components: HashMap<String, Measured>,
    /// How many came, so that components stay in the order of their newest run.
    seen: usize,
}

#[derive(Debug)]
struct Measured {
    order: usize,
    name: Text,
    wanted: Option<f64>,
    /// Newest first: time and percent.
    points: Vec<(i64, f64)>,
}

/// What is shown of one component.
#[derive(Debug)]
pub(super) struct CoverageHistory {
    pub(super) name: Text,
    pub(super) line: Line,
    /// Oldest first: date and percent.
    pub(super) points: Vec<(String, String)>,
    pub(super) now: String,
    pub(super) wanted: Option<String>,
    pub(super) is_enough: bool,
}

impl CoverageTable {
    /// Notes what a run measured. Runs come newest first.
    pub(super) fn add(&mut self, run: &RunRecord) {
        let measured = run.gates.iter().rev().find(|gate| gate.gate.kind() == GateKind::Coverage);
        let Some((gate, value)) = measured.and_then(|gate| Some((gate, gate.value?))) else { return };
        if !value.is_finite()
            || (self.components.len() >= MAX_COMPONENTS && !self.components.contains_key(&run.canonical))
        {
            return;
        }
        self.seen += 1;
        let order = self.seen;
        let measured = self.components.entry(run.canonical.clone()).or_insert_with(|| Measured {
            order,
            name: Text::phrase(&run.component),
            wanted: gate.threshold.filter(|wanted| wanted.is_finite()),
            points: Vec::new(),
        });
        if measured.points.len() < POINTS {
            measured.points.push((run.started_ms, value.clamp(0.0, 100.0)));
        }
    }

    pub(super) fn figures(self) -> Vec<CoverageHistory> {
        let mut all: Vec<_> = self.components.into_values().collect();
        all.sort_by_key(|measured| measured.order);
        all.truncate(SHOWN);
        all.into_iter().filter_map(Measured::figures).collect()
    }
}

impl Measured {
    fn figures(mut self) -> Option<CoverageHistory> {
        self.points.reverse();
        let (_, now) = *self.points.last()?;
        Some(CoverageHistory {
            line: Line::new(self.points.iter().map(|(_, value)| *value), self.wanted),
            points: self.points.iter().map(|(at, value)| (text::date(*at), percent(*value))).collect(),
            now: percent(now),
            is_enough: self.wanted.is_none_or(|wanted| now >= wanted),
            wanted: self.wanted.map(percent),
            name: self.name,
        })
    }
}

impl CoverageHistory {
    pub(super) fn in_words(&self) -> String {
        let wanted = self.wanted.as_deref().map(|wanted| format!("; {wanted} % wanted")).unwrap_or_default();
        match self.points.as_slice() {
            [first, .., last] => {
                format!("From {} % on {} to {} % on {}{wanted}.", first.1, first.0, last.1, last.0)
            }
            [only] => format!("{} % on {}{wanted}.", only.1, only.0),
            [] => String::new(),
        }
    }
}
