//! What a dashboard shows, counted: plain data for the templates.

use stagegate_core::gates::{Need, Verdict};
use stagegate_core::plan::RunKind;
use stagegate_core::run::{RunRecord, RunState};
use stagegate_core::stage::Stage;
use stagegate_core::status::{CoverageSource, percent};

use super::PageOf;
use super::chart::{Bars, Meter};
use super::component::{ComponentState, GateState};
use super::coverage::CoverageHistory;
use super::estimate::UnderWay;
use super::failures::Reason;
use super::gates::GateHistory;
use super::steps::KindFigures;
use super::text::{self, Text};

/// Everything that a dashboard shows.
#[derive(Debug)]
pub(super) struct Figures {
    pub(super) project: Text,
    pub(super) version: Text,
    pub(super) now_ms: i64,
    /// The one component that the page is about.
    pub(super) only: Option<Text>,
    /// In the order of the sources, as many as are listed.
    pub(super) components: Vec<ComponentRow>,
    /// How many there are.
    pub(super) all_components: usize,
    /// How many there are in each stage; stages without any are left out.
    pub(super) stages: Vec<(&'static str, usize)>,
    pub(super) ready: usize,
    pub(super) blocked: usize,
    /// Runs that have not ended, newest first.
    pub(super) under_way: Vec<UnderWay>,
    /// The newest runs.
    pub(super) recent: Vec<RunRow>,
    /// How many runs there are.
    pub(super) runs: usize,
    /// Of the runs that ended in the last 30 days, those that succeeded, and all.
    pub(super) thirty_days: (u64, u64),
    pub(super) gates: Vec<GateHistory>,
    pub(super) reasons: Vec<Reason>,
    pub(super) coverage: Vec<CoverageHistory>,
    pub(super) kinds: Vec<KindFigures>,
    pub(super) durations: Option<Bars>,
    pub(super) days: Option<Bars>,
    pub(super) metrics: Option<Bars>,
}

/// How a component stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing stands between it and the stage that it works towards.
    Ready,
    /// Something was seen that keeps it where it is.
    Blocked,
    /// Not everything that the stage asks for was seen.
    Open,
    /// There is no stage to climb to.
    Arrived,
}

/// A component.
#[derive(Debug)]
pub(super) struct ComponentRow {
    pub(super) name: Text,
    pub(super) stage: Option<Stage>,
    pub(super) aim: Option<Stage>,
    pub(super) standing: Standing,
    pub(super) coverage: Option<CoverageCell>,
    /// Required gates that are open, and all required ones.
    pub(super) met: (usize, usize),
    pub(super) gates: Vec<GateCell>,
    pub(super) blockers: Vec<Text>,
    pub(super) last: Option<RunRow>,
}

/// The coverage of a component.
#[derive(Debug)]
pub(super) struct CoverageCell {
    pub(super) percent: String,
    pub(super) required: Option<String>,
    /// `reported`, `stale`; `None` where it was measured.
    pub(super) source: Option<&'static str>,
    pub(super) meter: Meter,
}

/// A gate of a component.
#[derive(Debug)]
pub(super) struct GateCell {
    pub(super) name: Text,
    pub(super) title: Text,
    pub(super) mark: Mark,
    pub(super) is_required: bool,
    pub(super) found: Text,
    pub(super) wanted: Text,
    pub(super) next: Option<Text>,
}

/// What a gate is shown as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Verdict(Verdict),
    Stale,
    /// A report says that it passed; a report opens nothing.
    Claimed,
    Unknown,
}

impl Mark {
    fn of(gate: &GateState) -> Mark {
        match gate.verdict {
            None => Mark::Unknown,
            Some(_) if gate.is_stale => Mark::Stale,
            Some(Verdict::Pass) if !gate.opens => Mark::Claimed,
            Some(verdict) => Mark::Verdict(verdict),
        }
    }

    /// One letter for the style sheet.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Mark::Verdict(Verdict::Pass) => "p",
            Mark::Verdict(Verdict::Fail) => "f",
            Mark::Verdict(Verdict::Error) => "e",
            Mark::Verdict(Verdict::Inconclusive) => "i",
            Mark::Stale => "s",
            Mark::Claimed => "r",
            Mark::Unknown => "u",
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Mark::Verdict(verdict) => verdict.name(),
            Mark::Stale => "stale",
            Mark::Claimed => "report only",
            Mark::Unknown => "no evidence",
        }
    }
}

/// A run in a list.
#[derive(Clone, Debug)]
pub(super) struct RunRow {
    pub(super) id: Text,
    pub(super) page: Option<String>,
    pub(super) component: Text,
    pub(super) kind: RunKind,
    pub(super) from: Option<Stage>,
    pub(super) to: Stage,
    pub(super) state: RunState,
    pub(super) started_ms: i64,
    pub(super) duration_ms: Option<u64>,
    pub(super) by: Option<Text>,
    /// Why it failed, or what became of it.
    pub(super) note: Option<Text>,
}

impl RunRow {
    pub(super) fn of(run: &RunRecord, page_of: Option<PageOf<'_>>) -> RunRow {
        RunRow {
            id: Text::phrase(&run.id),
            page: page_of.and_then(|page_of| page_of(&run.id)).filter(|page| is_relative(page)),
            component: Text::phrase(&run.component),
            kind: run.kind,
            from: run.from,
            to: run.to,
            state: run.state,
            started_ms: run.started_ms,
            duration_ms: duration_of(run),
            by: run.by.as_ref().map(|by| Text::phrase(&by.name)).filter(|by| !by.is_empty()),
            note: note(run),
        }
    }

    pub(super) fn stages(&self) -> String {
        stages(self.kind, self.from, self.to)
    }

    pub(super) fn started(&self) -> String {
        text::time(self.started_ms)
    }

    pub(super) fn machine(&self) -> String {
        text::machine(self.started_ms)
    }

    pub(super) fn duration(&self) -> String {
        self.duration_ms.map(text::duration).unwrap_or_default()
    }

    pub(super) const fn state_class(&self) -> &'static str {
        state_class(self.state)
    }
}

/// One letter for the style sheet.
pub(super) const fn state_class(state: RunState) -> &'static str {
    match state {
        RunState::Succeeded => "p",
        RunState::Failed => "f",
        RunState::Stuck => "e",
        RunState::Running => "n",
        RunState::Interrupted | RunState::Cancelled => "i",
    }
}

/// Says where a run leads: `development → staging`.
pub(super) fn stages(kind: RunKind, from: Option<Stage>, to: Stage) -> String {
    match (kind, from) {
        (RunKind::Drill, _) | (_, None) => to.name().to_owned(),
        (_, Some(from)) => format!("{from} → {to}"),
    }
}

/// Returns how long a run took; `None` while it has not ended, and where the clock went back.
pub(super) fn duration_of(run: &RunRecord) -> Option<u64> {
    let ended = run.ended_ms.filter(|_| run.state.has_ended())?;
    u64::try_from(ended.checked_sub(run.started_ms)?).ok()
}

fn note(run: &RunRecord) -> Option<Text> {
    match (run.state, &run.undone_by) {
        (RunState::Succeeded, Some(by)) => Some(Text::sentence(&format!("undone by {by}"))),
        (RunState::Succeeded, None) => None,
        _ => {
            let failure = run.steps.iter().rev().find_map(|step| Some((step, step.failure.as_ref()?)));
            let words = failure.map(|(step, failure)| format!("{}: {}", step.name.title(), failure.message));
            words.or_else(|| run.reason.clone()).map(|words| Text::sentence(&words))
        }
    }
}

/// Whether a link leads to a file beside the page, and to nothing else.
fn is_relative(page: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'_' | b'-');
    !page.is_empty() && !page.starts_with('/') && page.bytes().all(plain)
}

impl ComponentRow {
    pub(super) fn of(state: &ComponentState, last: Option<RunRow>) -> ComponentRow {
        let required = || state.gates.iter().filter(|gate| gate.need == Need::Required);
        let met = (required().filter(|gate| gate.opens).count(), required().count());
        let shut = required().any(|gate| {
            matches!(gate.verdict, Some(Verdict::Fail | Verdict::Error)) && !gate.opens && !gate.is_stale
        });
        let standing = match state.aim {
            None => Standing::Arrived,
            Some(aim) if state.stage == Some(aim) => Standing::Arrived,
            Some(_) if shut || !state.blockers.is_empty() => Standing::Blocked,
            Some(_) if met.0 == met.1 && met.1 > 0 => Standing::Ready,
            Some(_) => Standing::Open,
        };
        let coverage = state.coverage.map(|coverage| CoverageCell {
            percent: percent(coverage.percent),
            required: coverage.required.map(percent),
            source: (coverage.source != CoverageSource::Measured).then(|| coverage.source.name()),
            meter: Meter::new(coverage.percent, coverage.required),
        });
        ComponentRow {
            name: Text::phrase(&state.name),
            stage: state.stage,
            aim: state.aim.filter(|_| standing != Standing::Arrived),
            standing,
            coverage,
            met,
            gates: state.gates.iter().map(GateCell::of).collect(),
            blockers: state.blockers.iter().map(|blocker| Text::sentence(blocker)).collect(),
            last,
        }
    }

    /// How it stands, in words.
    pub(super) fn words(&self) -> String {
        match (self.standing, self.aim) {
            (Standing::Ready, Some(aim)) => format!("ready for {aim}"),
            (Standing::Blocked, _) => "blocked".to_owned(),
            (Standing::Open, Some(aim)) => format!("towards {aim}"),
            _ => "nothing to climb".to_owned(),
        }
    }

    pub(super) const fn class(&self) -> &'static str {
        match self.standing {
            Standing::Ready => "p",
            Standing::Blocked => "f",
            Standing::Open => "n",
            Standing::Arrived => "u",
        }
    }

    pub(super) fn stage_title(&self) -> &'static str {
        self.stage.map_or("No stage", Stage::title)
    }

    /// How many steps of the climb are behind it, from 0 to 3.
    pub(super) fn height(&self) -> u8 {
        self.stage.map_or(0, |stage| stage.rank().saturating_sub(1))
    }

    /// The required gates that are not open.
    pub(super) fn shut(&self) -> impl Iterator<Item = &GateCell> {
        self.gates.iter().filter(|gate| gate.is_required && gate.mark != Mark::Verdict(Verdict::Pass))
    }
}

impl GateCell {
    fn of(gate: &GateState) -> GateCell {
        GateCell {
            name: Text::phrase(gate.name.as_str()),
            title: Text::phrase(gate.name.title()),
            mark: Mark::of(gate),
            is_required: gate.need == Need::Required,
            found: Text::sentence(&gate.found),
            wanted: Text::phrase(&gate.wanted),
            next: gate.next.as_deref().map(Text::sentence),
        }
    }
}
