//! Where every component stands, and what is missing for its next step: what `stagegate status` shows
//! (requirement 001, "GitHub Projects").

use rustc_hash::FxHashSet;

use crate::components::{Component, Components, Id};
use crate::config::QualityGates;
use crate::gates::{self, Summary};
use crate::layout::Place;
use crate::stage::Stage;
use crate::workspace::Root;

/// A column of the board that a component stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// No file states a stage.
    Backlog,
    /// The stage of that name.
    Stage(Stage),
}

impl Column {
    /// Every column, in the order of the board.
    pub const ALL: [Column; 6] = [
        Column::Backlog,
        Column::Stage(Stage::Experimental),
        Column::Stage(Stage::Development),
        Column::Stage(Stage::Staging),
        Column::Stage(Stage::Production),
        Column::Stage(Stage::Deprecated),
    ];

    /// The title of the column.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Column::Backlog => "Backlog",
            Column::Stage(stage) => stage.title(),
        }
    }

    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Column::Backlog => "backlog",
            Column::Stage(stage) => stage.name(),
        }
    }
}

/// Where one component stands.
#[derive(Debug)]
pub struct ComponentStatus<'a> {
    /// The component.
    pub id: Id,
    /// What the files say about it.
    pub component: &'a Component,
    /// Its column.
    pub column: Column,
    /// The stage that it is to reach.
    pub target: Option<Stage>,
    /// The stage that it works towards: the target, or the next step on the way there, for no stage is skipped.
    pub aim: Option<Stage>,
    /// The coverage that its files report, in percent.
    pub reported: Option<f64>,
    /// The coverage that was measured, where evidence was read; it counts before the reported one.
    pub measured: Option<MeasuredCoverage>,
    /// The coverage that the aim asks for, in percent: by the configuration, or by the spec where that asks for more.
    pub required: Option<f64>,
    /// How many required gates of the aim are open, where evidence was read.
    pub gates: Option<Summary>,
    /// The criteria of the aim.
    pub criteria: Option<Criteria>,
    /// What it depends on and is below its target, in the order of its files.
    pub below: Vec<Below<'a>>,
    /// Where its sources and tests lie: the place of its name, and those that its files lie in.
    pub places: Vec<&'a Place>,
    /// Whether it has source, as the rules see it.
    pub has_source: bool,
    /// Whether it has tests, as the rules see it.
    pub has_tests: bool,
}

/// The coverage to go by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coverage {
    /// In percent.
    pub percent: f64,
    /// What the aim asks for, in percent.
    pub required: Option<f64>,
    /// Who says so.
    pub source: CoverageSource,
}

/// Who says what the coverage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoverageSource {
    /// A gate, on the files as they are.
    Measured,
    /// A gate, and inputs changed since.
    Stale,
    /// A file of the component: a claim.
    Reported,
}

impl CoverageSource {
    /// The word for people and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            CoverageSource::Measured => "measured",
            CoverageSource::Stale => "stale",
            CoverageSource::Reported => "reported",
        }
    }
}

/// A coverage that a gate measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeasuredCoverage {
    /// In percent.
    pub percent: f64,
    /// When, in milliseconds since 1970 UTC.
    pub measured_ms: i64,
    /// Whether inputs changed since.
    pub is_stale: bool,
}

impl Coverage {
    /// Whether it is enough, as far as is known.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.required.is_none_or(|required| self.percent >= required)
    }
}

impl ComponentStatus<'_> {
    /// Returns the coverage to go by: what was measured, also where that is out of date, else what is reported.
    #[must_use]
    pub fn coverage(&self) -> Option<Coverage> {
        let of_gate = self.measured.map(|measured| {
            let source = if measured.is_stale { CoverageSource::Stale } else { CoverageSource::Measured };
            (measured.percent, source)
        });
        let (percent, source) =
            of_gate.or(self.reported.map(|percent| (percent, CoverageSource::Reported)))?;
        Some(Coverage { percent, required: self.required, source })
    }
}

/// How many criteria are met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Criteria {
    /// Ticked.
    pub checked: usize,
    /// In all.
    pub total: usize,
}

/// A dependency below the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Below<'a> {
    /// The component that is needed.
    pub name: &'a str,
    /// Whether the component cannot do without it.
    pub required: bool,
    /// The component that is below: the dependency itself, or one that it needs.
    pub weakest: &'a str,
    /// The stage of that one; `None` where no file states one.
    pub stage: Option<Stage>,
    /// What it has to reach.
    pub needed: Stage,
}

/// Returns where every component stands, by column and then by name. Source that no file says anything about stands
/// nowhere, also where others depend on it; [`without_spec`] names it.
#[must_use]
pub fn status<'a>(components: &'a Components, gates: &QualityGates) -> Vec<ComponentStatus<'a>> {
    let known = components.iter().filter(|(_, component)| component.files().next().is_some());
    let mut all: Vec<_> = known.map(|(id, _)| of(components, id, gates)).collect();
    all.sort_by_key(|status| status.column);
    all
}

/// Returns what [`status`] does, with what the evidence of the root says; nothing before the components are known.
#[must_use]
pub fn status_of_root(root: &Root) -> Vec<ComponentStatus<'_>> {
    let Some(components) = root.components.as_deref() else { return Vec::new() };
    let mut all = status(components, &root.config.quality_gates);
    let Some(board) = &root.gates else { return all };
    for status in &mut all {
        let measured = gates::measured(board, &status.component.canonical);
        status.measured = measured.map(|measured| MeasuredCoverage {
            percent: measured.percent,
            measured_ms: measured.known.evidence.ended_ms,
            is_stale: !measured.is_fresh(),
        });
        let summary = status.aim.map(|aim| Summary::of(&gates::status(root, status.id, aim)));
        status.gates = summary.filter(|summary| summary.required > 0);
    }
    all
}

/// Returns the places of code that no spec describes, in order of name.
#[must_use]
pub fn without_spec(components: &Components) -> Vec<&Place> {
    let with_spec = components.iter().filter(|(_, component)| !component.specs.is_empty());
    let described: FxHashSet<&str> =
        with_spec.flat_map(|(id, _)| components.places(id)).map(|place| &*place.name).collect();
    components.layout().iter().filter(|place| place.has_code && !described.contains(&*place.name)).collect()
}

/// Returns every place of a component, each once.
fn places(components: &Components, id: Id) -> Vec<&Place> {
    let mut places: Vec<&Place> = Vec::new();
    for place in components.places(id) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

/// Writes a percentage with at most one decimal, rounded down: 69.96 % is not the 70 % that a gate asks for.
#[must_use]
pub fn percent(value: f64) -> String {
    // What is written with one decimal must not lose it to binary fractions.
    ((value * 10.0 + 1e-6).floor() / 10.0).to_string()
}

/// Returns the stage that a component works towards: its target, or the next step on the way there, for no stage is
/// skipped (DESIGN.md section 3).
#[must_use]
pub fn aim(stage: Option<Stage>, target: Option<Stage>) -> Option<Stage> {
    match (stage, target) {
        (None, None) => Some(Stage::Development),
        (None, target) => target,
        (Some(Stage::Deprecated), Some(Stage::Deprecated)) => None,
        (Some(stage), None) => stage.next(),
        (Some(stage), Some(target)) => match stage.next() {
            Some(next) if next.rank() < target.rank() => Some(next),
            _ => Some(target),
        },
    }
}

fn of<'a>(components: &'a Components, id: Id, gates: &QualityGates) -> ComponentStatus<'a> {
    let component = components.get(id);
    let target = component.target();
    let aim = aim(component.stage, target);
    ComponentStatus {
        id,
        component,
        column: component.stage.map_or(Column::Backlog, Column::Stage),
        target,
        aim,
        reported: reported(component),
        measured: None,
        required: aim.and_then(|aim| required(component, aim, gates)),
        gates: None,
        criteria: aim.and_then(|aim| criteria(component, aim)),
        below: target.or(component.stage).map_or_else(Vec::new, |needed| below(components, id, needed)),
        places: places(components, id),
        has_source: components.has_source(id),
        has_tests: components.has_tests(id),
    }
}

/// What the MATURITY file reports, before what the spec does.
fn reported(component: &Component) -> Option<f64> {
    component.maturity.iter().chain(&component.specs).find_map(|file| file.facts.reported_coverage)
}

fn required(component: &Component, aim: Stage, gates: &QualityGates) -> Option<f64> {
    let of_specs = component.specs.iter().flat_map(|file| &file.facts.coverage_targets);
    let asked = of_specs.filter(|(stage, _)| *stage == aim).map(|(_, percent)| *percent);
    asked.chain(gates.coverage.of(aim)).reduce(f64::max)
}

/// The criteria for `aim` of the spec, else of the MATURITY file. Those of a spec that stand below no stage count for
/// any.
fn criteria(component: &Component, aim: Stage) -> Option<Criteria> {
    component.specs.iter().chain(&component.maturity).find_map(|file| {
        let counted = file.facts.criteria.iter().filter(|(stage, ..)| stage.is_none_or(|stage| stage == aim));
        let (checked, total) = counted.fold((0, 0), |sum, (_, checked, all)| (sum.0 + checked, sum.1 + all));
        (total > 0).then_some(Criteria { checked, total })
    })
}

/// Returns what a component depends on and is below `needed`, in the order of its files.
#[must_use]
pub fn below<'a>(components: &'a Components, id: Id, needed: Stage) -> Vec<Below<'a>> {
    let Some(behind) = components.behind(id, needed) else { return Vec::new() };
    let known = components.get(id).dependencies.iter().filter_map(|edge| Some((edge, edge.to?)));
    let weak = known.filter_map(|(edge, to)| {
        let weakest = components.get(behind.weakest(to)?);
        let (name, required) = (&*components.get(to).name, edge.required);
        Some(Below { name, required, weakest: &weakest.name, stage: weakest.stage, needed })
    });
    weak.collect()
}

#[cfg(test)]
mod tests;
