//! `stagegate status`: where every component stands (requirement 001, "GitHub Projects").

mod json;
mod table;
mod text;

use std::collections::HashMap;
use std::path::Path;

use stagegate_core::components::Components;
use stagegate_core::diagnostic::Severity;
use stagegate_core::gates::{self, GateStatus, Judgement, Need};
use stagegate_core::issues::IssueState;
use stagegate_core::layout::Place;
use stagegate_core::status::{self, ComponentStatus, percent};
use stagegate_core::text::{LineIndex, PositionEncoding};
use stagegate_workspace::{Checked, Checklist, WalkOptions, Workspace};

use super::print;
use crate::args::{Status, StatusFormat};
use crate::exit_code;
use crate::failure::{Failure, note};
use crate::report::Style;
use crate::report::text::count;
use crate::target;

pub(super) fn run(args: &Status) -> Result<u8, Failure> {
    let target = target::find(args.path.as_slice())?;
    super::tell_misnamed(&target.root);
    let mut workspace = Workspace::load(&target.root);
    let options = WalkOptions::default();
    let mut unread = workspace.scan(&options);
    unread.retain(|problem| problem.matters(&workspace.root));
    if !unread.is_empty() {
        let paths = count(unread.len(), "path");
        note(format_args!("{paths} could not be looked at; `stagegate check` names them"));
    }
    workspace.read_components_for_findings(None, &options);
    crate::issues::know_from_cache(&mut workspace);
    crate::evidence::know(&mut workspace);
    let Some(components) = workspace.root.components.clone() else { return Ok(exit_code::SUCCESS) };
    let board = Board::new(&workspace, &components, &options);
    let text = match args.format {
        StatusFormat::Text => text::render(&board, &Style::stdout()),
        StatusFormat::Table => table::render(&board, &Style::stdout()),
        StatusFormat::Markdown => table::markdown(&board),
        StatusFormat::Json => json::render(&board),
    };
    print(&text)?;
    Ok(exit_code::SUCCESS)
}

/// Everything that is shown.
struct Board<'a> {
    root: &'a Path,
    components: &'a Components,
    rows: Vec<Row<'a>>,
    /// Source that no spec describes.
    without_spec: Vec<&'a Place>,
    /// Errors in files of which it is not known which component they are about: nothing could be read.
    elsewhere: Vec<Blocker>,
}

/// One component.
struct Row<'a> {
    status: ComponentStatus<'a>,
    blockers: Blockers,
    /// Where the gates of the stage that it works towards stand.
    gates: Vec<GateStatus>,
    /// The open issues that block it, as far as the cache knows them.
    issues: Vec<(u64, &'a IssueState)>,
}

/// What was found in the files of a component.
#[derive(Debug, Default)]
struct Blockers {
    /// In order of path and place.
    errors: Vec<Blocker>,
    warnings: usize,
}

/// An error.
#[derive(Clone, Debug)]
struct Blocker {
    path: String,
    /// Zero-based.
    line: u32,
    code: &'static str,
    message: String,
}

impl<'a> Board<'a> {
    fn new(workspace: &'a Workspace, components: &'a Components, options: &WalkOptions) -> Board<'a> {
        let mut found = findings(workspace, options);
        let statuses = status::status_of_root(&workspace.root);
        let rows = statuses.into_iter().map(|status| {
            let mut blockers = Blockers::default();
            for file in status.component.files() {
                if let Some(of_file) = found.remove(&*file.path) {
                    blockers.errors.extend(of_file.errors);
                    blockers.warnings += of_file.warnings;
                }
            }
            let book = workspace.root.issues.as_deref();
            let issues = book.map(|book| book.blockers(&status.component.name)).unwrap_or_default();
            let of_aim = |aim| gates::status(&workspace.root, status.id, aim);
            let gates = status.gates.and(status.aim).map(of_aim).unwrap_or_default();
            Row { status, blockers, gates, issues }
        });
        let rows = rows.collect();
        let mut elsewhere: Vec<_> = found.into_values().flat_map(|blockers| blockers.errors).collect();
        elsewhere.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        let without_spec = status::without_spec(components);
        Board { root: &workspace.path, components, rows, without_spec, elsewhere }
    }

    /// Whether there is nothing to show.
    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.elsewhere.is_empty()
    }
}

impl Row<'_> {
    /// Returns the required gates whose evidence is out of date.
    fn stale(&self) -> usize {
        self.gates.iter().filter(|gate| gate.need == Need::Required && gate.is_stale()).count()
    }

    /// Returns the required gates that evidence keeps shut, with what it says. What is seen by reading is said elsewhere:
    /// by the rules, and by what is below the target.
    fn shut(&self) -> impl Iterator<Item = (&GateStatus, &Judgement)> {
        let of_evidence = |gate: &&GateStatus| gate.need == Need::Required && gate.known.is_some();
        let shut = self.gates.iter().filter(of_evidence).filter(|gate| !gate.opens() && !gate.is_stale());
        shut.filter_map(|gate| Some((gate, gate.judgement.as_ref()?)))
    }
}

/// Checks every file that is about a component; returns what was found, by path.
fn findings(workspace: &Workspace, options: &WalkOptions) -> HashMap<String, Blockers> {
    let mut found = HashMap::new();
    let each = |file: &Checked<'_>| {
        let lines = LineIndex::new(file.text.unwrap_or_default());
        let mut blockers = Blockers::default();
        for finding in file.findings {
            match finding.severity {
                Severity::Error => blockers.errors.push(Blocker {
                    path: file.path.to_owned(),
                    line: lines.position(finding.range.start().into(), PositionEncoding::Utf8).line,
                    code: finding.rule.code,
                    message: finding.message.clone(),
                }),
                Severity::Warning => blockers.warnings += 1,
                Severity::Information | Severity::Hint => {}
            }
        }
        (!blockers.errors.is_empty() || blockers.warnings > 0).then(|| (file.path.to_owned(), blockers))
    };
    Checklist::of_components(workspace).run(workspace, options, each, |(path, blockers)| {
        found.insert(path, blockers);
    });
    found
}

/// Returns what a component has no file of.
fn missing(row: &Row<'_>) -> Vec<&'static str> {
    let component = row.status.component;
    let ComponentStatus { has_source, has_tests, .. } = row.status;
    let parts = [
        (component.specs.is_empty(), "spec"),
        (!has_source, "source"),
        (has_source && !has_tests, "tests"),
        (component.maturity.is_empty(), "MATURITY.md"),
    ];
    parts.into_iter().filter(|(missing, _)| *missing).map(|(_, name)| name).collect()
}
