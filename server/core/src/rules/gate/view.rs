//! What the rules about gates share: whose gates they are, where they are stated, and how evidence is put into words.

use crate::component::ComponentFile;
use crate::diagnostic::LineSpan;
use crate::gates::{
    self, COMPLETE, Evidence, Finding, Gap, GateName, GateStatus, Gates, Judgement, Observed,
};
use crate::rules::RuleContext;
use crate::rules::context::Finding as Report;
use crate::rules::maturity::own::Own;
use crate::stage::Stage;
use crate::status;
use crate::text::TextRange;

/// Most places in the code that one finding points to.
const MAX_RELATED: usize = 10;

/// Most characters of what was found that a message shows; a checklist may be long.
const MAX_FOUND: usize = 300;

/// Most names that a message lists.
const MAX_NAMES: usize = 8;

/// The gates of the component that a file is about.
pub(super) struct View<'a> {
    pub(super) own: Own<'a>,
    /// The stage that the component works towards.
    pub(super) aim: Option<Stage>,
    pub(super) gates: Gates<'a>,
    /// Where the target stage stands, else where the component is named.
    pub(super) target: TextRange,
    /// The file.
    pub(super) file: &'a ComponentFile,
}

impl<'a> View<'a> {
    /// Returns what a file is about; `None` where no evidence was read yet or there is none at all, or nothing is known
    /// of the component.
    pub(super) fn of(cx: &RuleContext<'a, ComponentFile>) -> Option<View<'a>> {
        cx.root.gates.as_ref().filter(|board| !board.is_empty())?;
        let own = Own::of(cx)?;
        let stated = cx.file.target.as_ref().filter(|target| !target.placeholder);
        let target = stated.and_then(|target| target.stage).or_else(|| own.component.target());
        Some(View {
            own,
            aim: status::aim(own.component.stage, target),
            gates: Gates::new(cx.root, own.id)?,
            target: stated.map_or(own.place, |stated| stated.range),
            file: cx.file,
        })
    }

    /// Returns where the file states a gate, else where it states its target.
    pub(super) fn place(&self, gate: &GateName, stage: Stage) -> TextRange {
        gates::stated(self.file, gate, stage).unwrap_or(self.target)
    }

    /// Returns the command that runs gates of the component.
    pub(super) fn command(&self, only: &[&GateName]) -> String {
        let component = &self.own.component.name;
        match only {
            [] => format!("`stagegate gates {component}`"),
            only => {
                let names: Vec<_> = only.iter().map(|name| name.as_str()).collect();
                format!("`stagegate gates {component} --only {}`", names.join(","))
            }
        }
    }
}

/// Whether running the gate shows something new: what is read at every moment always is.
pub(super) fn can_be_run(gate: &GateStatus) -> bool {
    gate.name.kind().can_be_run()
}

/// Writes what was found and what was expected: `59 % (59 of 100 statements in 3 files); expected: at least 70 %`.
pub(super) fn in_words(judgement: &Judgement) -> String {
    let found = shortened(&judgement.found);
    match judgement.required.as_str() {
        "" | COMPLETE => found,
        required => format!("{found}; expected: {required}"),
    }
}

fn shortened(text: &str) -> String {
    let mut chars = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut out: String = chars.by_ref().take(MAX_FOUND).collect();
    if chars.next().is_some() {
        out.push('…');
    }
    out
}

/// Writes a list of names: `` `lint`, `types` and 3 more ``.
pub(super) fn names<'n>(gates: impl Iterator<Item = &'n GateStatus>) -> String {
    let names: Vec<_> = gates.map(|gate| format!("`{}`", gate.name)).collect();
    match names.len().checked_sub(MAX_NAMES) {
        Some(more @ 1..) => format!("{} and {more} more", names[..MAX_NAMES].join(", ")),
        _ => names.join(", "),
    }
}

/// Adds the places in the code that evidence names: findings of the tool, and the largest gaps of the coverage.
pub(super) fn with_places<'r>(mut report: Report<'r>, evidence: &Evidence) -> Report<'r> {
    let mut left = MAX_RELATED;
    for (finding, path) in
        evidence.findings.iter().filter_map(|finding| Some((finding, finding.path.as_ref()?)))
    {
        if left == 0 {
            return report;
        }
        left -= 1;
        let Finding { line, column, end_line, end_column, .. } = *finding;
        let message = match &finding.rule {
            Some(rule) => format!("{rule}: {}", shortened(&finding.message)),
            None => shortened(&finding.message),
        };
        let lines = LineSpan { line: line.max(1), column, end_line, end_column };
        report = report.related_lines(path, lines, message);
    }
    let Ok(Observed::Coverage { gaps, .. }) = &evidence.observed else { return report };
    for Gap { path, first, last } in gaps.iter().take(left) {
        let message = match last.saturating_sub(*first) {
            0 => format!("line {first} is not covered"),
            _ => format!("lines {first} to {last} are not covered"),
        };
        let lines = LineSpan { line: *first, column: 0, end_line: *last, end_column: 0 };
        report = report.related_lines(path, lines, message);
    }
    report
}
