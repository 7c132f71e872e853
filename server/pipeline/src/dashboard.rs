//! Pages for people, in HTML (requirement 003, "Dashboard Views"; requirement 002, "Development Observability"): the dashboard
//! of a workspace, and the report of one run.
//!
//! Each page is one file that needs nothing else: no script, no font, no picture, and a policy in it that forbids browsers
//! to fetch any. [`Dashboard::new`] counts, [`render`] and [`render_run`] write text; both are pure. [`write`](mod@write)
//! puts the text where people find it.
//!
//! Everything that comes from a repository or a tool passes through [`text::Text`] and is escaped by the templates
//! (`templates/dashboard`).

mod chart;
mod collect;
mod component;
mod coverage;
mod estimate;
mod failures;
mod figures;
mod gates;
mod page;
mod run_page;
mod steps;
mod style;
mod text;
mod trend;
mod write;

use std::borrow::Borrow;

use stagegate_core::run::RunRecord;

pub use component::{ComponentState, GateState, components};
pub use page::render;
pub use run_page::render_run;
pub use write::{FOLDER, write, write_run};

/// By what and when a page is made.
#[derive(Clone, Copy, Debug)]
pub struct Made<'a> {
    /// What the workspace is called: the name of its folder.
    pub project: &'a str,
    /// The version of the program.
    pub version: &'a str,
    /// The time, in milliseconds since 1970 UTC.
    pub now_ms: i64,
}

/// One day of the metrics files (`observability.metrics`), which may go back further than the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricsDay {
    /// The date in UTC: `2026-11-21`.
    pub date: String,
    /// How many executions ended.
    pub executions: u32,
    /// How many of them succeeded.
    pub successes: u32,
    /// How long they took together, in milliseconds.
    pub duration_ms: u64,
}

/// Returns the page of the run with this number.
pub type PageOf<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What a dashboard is made from, beside the runs.
pub struct Sources<'a> {
    /// By what and when.
    pub made: Made<'a>,
    /// The canonical name of the one component that the page is about; `None` for all.
    pub only: Option<&'a str>,
    /// The components, in the order in which they are shown.
    pub components: Vec<ComponentState>,
    /// What the metrics files say, oldest day first; empty where there are none.
    pub metrics: Vec<MetricsDay>,
    /// Returns the page of a run, relative to the dashboard; `None` where it has none.
    pub page_of: Option<PageOf<'a>>,
}

/// Everything that a dashboard shows, counted.
#[derive(Debug)]
pub struct Dashboard(figures::Figures);

impl Dashboard {
    /// Counts the runs, newest first. Of each only figures are kept, and of the newest what is listed: the size of the
    /// dashboard does not grow with their number.
    pub fn new(sources: Sources<'_>, runs: impl IntoIterator<Item: Borrow<RunRecord>>) -> Dashboard {
        let mut collector = collect::Collector::new(sources);
        for run in runs {
            collector.add(run.borrow());
        }
        Dashboard(collector.finish())
    }
}
