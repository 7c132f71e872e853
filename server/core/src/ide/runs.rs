//! What an editor shows of the runs of a component: what can be asked for, what is under way, what was.

use std::fmt::Write as _;

use super::command::{Cancel, Command, DryRun, OpenReport, Promote, Resume, Rollback};
use super::markup;
use super::maturity::{Actual, View};
use crate::components::Component;
use crate::plan::RunKind;
use crate::run::{ComponentRuns, CurrentRun, RunState};
use crate::stage::Stage;
use crate::workspace::Root;

/// Most runs that a card names.
const MOST: usize = 5;

/// Most characters of the reason why a run failed.
const MAX_REASON: usize = 200;

/// Returns titles of lenses, each with what a click on it runs.
pub(super) fn lenses(view: &View<'_>, root: &Root) -> Vec<(String, Option<Command>)> {
    let (Some(runs), Some(component)) = (root.runs.as_ref(), view.component()) else { return Vec::new() };
    let of = runs.of(&component.canonical);
    let name = Some(component.name.to_string());
    if let Some(current) = of.and_then(|runs| runs.current.as_ref()) {
        let run = Some(current.run.clone());
        let cancel = Command::Cancel(Cancel { run: run.clone(), ..Cancel::default() });
        let mut lenses = vec![(current.in_words(), None)];
        if current.is_interrupted() {
            lenses.push(("Resume".to_owned(), Some(Command::Resume(Resume { run, ..Resume::default() }))));
            // A rollback is not rolled back: what it did so far is taken back.
            let title = if current.kind == RunKind::Rollback { "Cancel" } else { "Roll back" };
            lenses.push((title.to_owned(), Some(cancel)));
        } else {
            lenses.push(("Cancel".to_owned(), Some(cancel)));
        }
        return lenses;
    }
    let mut lenses = Vec::new();
    if let Some(to) = next(view, component) {
        lenses.push((format!("Promote to {to}"), Some(promote(component, to))));
        let (component, to) = (name.clone(), Some(to.name().to_owned()));
        let dry_run = DryRun { component, to, ..DryRun::default() };
        lenses.push(("Dry run".to_owned(), Some(Command::DryRun(dry_run))));
    }
    if let Some(to_undo) = of.and_then(|runs| runs.to_undo.as_ref()) {
        let back = to_undo.from.map_or(String::new(), |from| format!(" to {from}"));
        let rollback = Rollback { component: name, run: Some(to_undo.run.clone()), ..Rollback::default() };
        lenses.push((format!("Roll back{back}"), Some(Command::Rollback(rollback))));
    }
    if let Some(last) = of.and_then(|runs| runs.ended.iter().find(|run| run.report.is_some())) {
        let open = OpenReport { run: Some(last.run.clone()), ..OpenReport::default() };
        lenses.push(("Report".to_owned(), Some(Command::OpenReport(open))));
    }
    lenses
}

/// Returns the stage that a component can be promoted to next, on the way to its target.
pub(super) fn next(view: &View<'_>, component: &Component) -> Option<Stage> {
    if view.actual == Actual::Unknown {
        return None;
    }
    let Some(stage) = component.stage else {
        // The first stage comes before all others.
        return view.aim().filter(|aim| *aim != Stage::Deprecated).map(|_| Stage::Development);
    };
    let climbs =
        |aim: &Stage| stage != Stage::Deprecated && *aim != Stage::Deprecated && aim.rank() > stage.rank();
    view.aim().filter(climbs)
}

/// Promotes a component to a stage.
pub(super) fn promote(component: &Component, to: Stage) -> Command {
    let (component, to) = (Some(component.name.to_string()), Some(to.name().to_owned()));
    Command::Promote(Promote { component, to, ..Promote::default() })
}

/// Returns what is under way, for a hint: `promoting to staging: Deploy, 60 %`.
pub(super) fn under_way(view: &View<'_>, root: &Root) -> Option<String> {
    let runs = root.runs.as_ref()?.of(&view.component()?.canonical)?;
    runs.current.as_ref().map(CurrentRun::in_words)
}

/// Returns the last runs of a component as a list, for its card; empty where there was none.
pub(super) fn history(component: &Component, root: &Root) -> String {
    let mut out = String::new();
    let Some(runs) = &root.runs else { return out };
    let Some(ComponentRuns { current, ended, .. }) = runs.of(&component.canonical) else { return out };
    let mut line = |text: String| {
        let _ = write!(out, "\n- {text}");
    };
    if let Some(current) = current {
        line(format!(
            "**{}**, asked for {}",
            markup::plain(&current.in_words()),
            runs.age(current.started_ms)
        ));
    }
    for run in ended.iter().take(MOST) {
        let mark = match (run.state, run.kind) {
            (RunState::Succeeded, RunKind::Rollback) => "↩",
            (RunState::Succeeded, _) => "✓",
            (RunState::Cancelled, _) => "·",
            _ => "✗",
        };
        let why = match &run.failure {
            Some((_, why)) if run.state != RunState::Cancelled => {
                format!(": {}", markup::plain(&markup::one_line(why, MAX_REASON)))
            }
            _ => String::new(),
        };
        line(format!("{mark} {}, {}{why}", markup::plain(&run.in_words()), runs.age(run.ended_ms)));
    }
    if out.is_empty() { out } else { format!("Runs\n{out}") }
}

#[cfg(test)]
mod tests;
