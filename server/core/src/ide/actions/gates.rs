//! Actions about gates: running them, ticking what their evidence proves, showing what is not covered.

use text_size::TextRange;

use super::{Action, ActionKind};
use crate::component::{ComponentFile, Criterion, stage_of};
use crate::diagnostic::{Diagnostic, TextEdit};
use crate::gates::{self, GateKind, GateName, GateStatus, Threshold, Verdict};
use crate::ide::command::{Command, ShowUncovered};
use crate::ide::maturity::{View, count};
use crate::ide::runs;
use crate::rules::gate::ready::READY;
use crate::stage::{CLIMB, Stage};
use crate::text::Source;
use crate::workspace::Root;

/// Returns the actions about gates for `range`; `touching` are the findings there.
pub(super) fn actions(
    source: Source<'_>,
    path: &str,
    root: &Root,
    range: TextRange,
    touching: &[&Diagnostic],
    kinds: &[ActionKind],
) -> Vec<Action> {
    let Some(board) = &root.gates else { return Vec::new() };
    let mut actions = Vec::new();
    if board.file(path).is_some_and(|file| !file.missing.is_empty()) {
        let command = Command::ShowUncovered(ShowUncovered { uri: path.to_owned() });
        actions.push(run("Show uncovered lines".to_owned(), command, Vec::new()));
    }
    if root.may_state_facts(path)
        && let Some(file) = ComponentFile::of_path(source, path, root)
        && let Some(view) = View::of_file(&file, path, root)
    {
        of_component(&file, &view, root, range, touching, &mut actions);
    }
    actions.retain(|action| kinds.contains(&action.kind));
    actions
}

fn of_component(
    file: &ComponentFile,
    view: &View<'_>,
    root: &Root,
    range: TextRange,
    touching: &[&Diagnostic],
    actions: &mut Vec<Action>,
) {
    let (Some(component), Some((_, mut gates))) = (view.component(), view.gates()) else { return };
    let touches = |at: TextRange| at.start() <= range.end() && range.start() <= at.end();
    let aim = view.aim();
    let criteria = file.criteria.iter().filter(|criterion| touches(criterion.range));
    let criteria: Vec<_> = criteria.filter(|criterion| !criterion.gates().is_empty()).collect();
    for criterion in &criteria {
        let Some(stage) = criterion.stage.or(aim) else { continue };
        let names =
            criterion.gates().iter().filter(|kind| kind.can_be_run()).map(|kind| GateName::from(*kind));
        let names: Vec<_> = names.collect();
        actions.extend(run_some(&component.name, stage, names, touching));
    }
    // What stands on no criterion of its own.
    let of_gate = touching.iter().filter(|finding| finding.rule.family() == "gate");
    for name in of_gate.filter_map(|finding| GateName::new(finding.field.as_deref()?)) {
        let said = criteria.iter().any(|criterion| criterion.gates().contains(&name.kind()));
        if let Some(aim) = aim.filter(|_| !said && name.kind().can_be_run()) {
            actions.extend(run_some(&component.name, aim, vec![name], touching));
        }
    }
    let ready: Vec<_> = of(touching, |finding| finding.rule.code == READY.code);
    if let Some(to) = runs::next(view, component).filter(|_| !ready.is_empty() && root.runs.is_some()) {
        let title = format!("Promote `{}` to {to}...", component.name);
        actions.push(run(title, runs::promote(component, to), ready));
    }
    let Some(stage) = stage_at(file, &criteria, aim, touches).filter(|stage| CLIMB.contains(stage)) else {
        return;
    };
    if gates.of_stage(stage).iter().any(|gate| gate.name.kind().can_be_run()) {
        let title = format!("Run all gates of {stage}");
        let all = |finding: &Diagnostic| ["no-evidence", "stale-evidence"].contains(&finding.rule.name());
        let command = Command::run_gates(&component.name, stage, Vec::new());
        actions.push(run(title, command, of(touching, all)));
    }
    let edits = tick_from_evidence(file, view.path, root, Some(stage));
    if !edits.is_empty() {
        let title = format!("Tick {} of {stage} from evidence", count(edits.len(), "item"));
        let (kind, diagnostics) = (ActionKind::Gates, Vec::new());
        actions.push(Action { title, kind, edits, command: None, diagnostics, preferred: false });
    }
}

/// Runs some gates; nothing for none.
fn run_some(component: &str, stage: Stage, names: Vec<GateName>, touching: &[&Diagnostic]) -> Option<Action> {
    let title = match names.as_slice() {
        [] => return None,
        [name] => format!("Run gate `{name}`"),
        [first, rest @ ..] => {
            let rest: Vec<_> = rest.iter().map(|name| format!("`{name}`")).collect();
            format!("Run gates `{first}` and {}", rest.join(" and "))
        }
    };
    let concerns = |finding: &Diagnostic| {
        let field = finding.field.as_deref();
        finding.rule.family() == "gate" && names.iter().any(|name| field == Some(name.as_str()))
    };
    let diagnostics = of(touching, concerns);
    Some(run(title, Command::run_gates(component, stage, names), diagnostics))
}

fn of(touching: &[&Diagnostic], wanted: impl Fn(&Diagnostic) -> bool) -> Vec<Diagnostic> {
    touching.iter().filter(|finding| wanted(finding)).map(|finding| (*finding).clone()).collect()
}

/// An action that only runs a command: a quick fix where it answers a finding.
fn run(title: String, command: Command, diagnostics: Vec<Diagnostic>) -> Action {
    let kind = if diagnostics.is_empty() { ActionKind::Gates } else { ActionKind::QuickFix };
    Action { title, kind, edits: Vec::new(), command: Some(command), diagnostics, preferred: false }
}

/// Returns the stage that a place is about: that of a criterion or a heading; the one that the component works towards
/// for its title, name and stages.
fn stage_at(
    file: &ComponentFile,
    criteria: &[&Criterion],
    aim: Option<Stage>,
    touches: impl Fn(TextRange) -> bool,
) -> Option<Stage> {
    if let Some(criterion) = criteria.first() {
        return criterion.stage.or(aim);
    }
    let heading = file.sections.iter().filter(|section| section.level > 1 && touches(section.range));
    if let Some(stage) = heading.filter_map(|section| stage_of(&section.title)).next() {
        return Some(stage);
    }
    let title = file.title.as_ref().map(|title| title.range);
    let stated = file.target.iter().chain(&file.current).map(|stated| stated.range);
    let mut places = title.into_iter().chain(file.component.range).chain(stated);
    places.any(touches).then_some(aim).flatten()
}

/// Returns the edits that tick the criteria of `stage` (of every stage where `None`) that are not ticked, and whose gates
/// all passed by evidence that still holds. What people decide, and what is judged by reading alone, is left to people.
#[must_use]
pub fn tick_from_evidence(
    file: &ComponentFile,
    path: &str,
    root: &Root,
    stage: Option<Stage>,
) -> Vec<TextEdit> {
    let Some(view) = View::of_file(file, path, root) else { return Vec::new() };
    let Some((_, mut gates)) = view.gates() else { return Vec::new() };
    let aim = view.aim();
    let wanted = |criterion: &&Criterion| {
        let of = criterion.stage.or(aim);
        !criterion.checked && criterion.is_proved_by_gates() && (stage.is_none() || of == stage)
    };
    let mut edits = Vec::new();
    for criterion in file.criteria.iter().filter(wanted) {
        let Some(check) = criterion.check else { continue };
        let own = gates::own_target(file, criterion).map(|target| Threshold::Coverage(target.percent));
        let proves = |gate: &GateStatus| {
            let own = own.as_ref().filter(|_| gate.name.kind() == GateKind::Coverage);
            let enough = |own| gate.judged_by(own).is_some_and(|judged| judged.verdict == Verdict::Pass);
            gate.known.is_some() && gate.opens() && own.is_none_or(enough)
        };
        let of_criterion = gates::of_criterion(criterion, &mut gates, aim);
        if !of_criterion.is_empty() && of_criterion.iter().all(proves) {
            edits.push(TextEdit { range: check, new_text: "x".to_owned() });
        }
    }
    edits
}

#[cfg(test)]
mod tests;
