//! Inlay hints: what the workspace knows, beside what the author wrote.

use text_size::{TextRange, TextSize};

use super::hover::{component_card, coverage_policy, glob_markdown};
use super::maturity::{Actual, View, count, percent};
use super::{coverage, gates, markup, runs};
use crate::component::{ComponentFile, Criterion, Dependency, DocumentKind};
use crate::files::FileKind;
use crate::gates::{GateKind, of_criterion};
use crate::instructions::InstructionFile;
use crate::stage::Stage;
use crate::text::{Source, offset};
use crate::workspace::Root;

/// Text that an editor shows within the text of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Behind which byte it stands.
    pub at: TextSize,
    /// What it says.
    pub label: String,
    /// More about it, in Markdown.
    pub tooltip: Option<String>,
}

/// How far behind a stage its closing parenthesis is looked for, in bytes.
const PARENTHESIS_WITHIN: usize = 200;

/// Most open criteria that a tooltip names.
const OPEN_CRITERIA: usize = 10;

/// Returns the hints of the file at `path` that stand in `within`, in order; `file` is what it says as a spec or
/// MATURITY file.
#[must_use]
pub fn hints(
    source: Source<'_>,
    path: &str,
    root: &Root,
    file: Option<&ComponentFile>,
    within: TextRange,
) -> Vec<Hint> {
    let mut hints = match (root.analyses(path), file) {
        (Some(FileKind::Instructions), _) => globs(&InstructionFile::read(source), path, root, within),
        (Some(_), Some(file)) => match View::of_file(file, path, root) {
            Some(view) => of_component(source, file, &view, root, within),
            None => Vec::new(),
        },
        (None | Some(FileKind::Code), None) => coverage::hint(source, path, root).into_iter().collect(),
        _ => Vec::new(),
    };
    hints.retain(|hint| within.contains_inclusive(hint.at));
    hints.sort_by_key(|hint| hint.at);
    hints
}

fn of_component(
    source: Source<'_>,
    file: &ComponentFile,
    view: &View<'_>,
    root: &Root,
    within: TextRange,
) -> Vec<Hint> {
    let mut hints: Vec<Hint> = Vec::new();
    hints.extend(target(file, view, root));
    let touches = |at: TextRange| within.intersect(at).is_some();
    for dependency in &file.dependencies {
        // The hint stands behind the parenthesis, and so may lie within where nothing else does.
        let written = dependency.stage.as_ref().map_or(dependency.name_range, |stage| stage.range);
        let most = written.end() + offset(PARENTHESIS_WITHIN);
        if touches(TextRange::new(dependency.name_range.start().min(written.start()), most)) {
            hints.extend(of_dependency(source, dependency, view, root));
        }
    }
    sections(file, within, &mut hints);
    let judged = criteria(file, view, within, &mut hints);
    for asked in file.coverage_targets.iter().filter(|asked| touches(asked.range)) {
        // A criterion says it already.
        let said = judged.iter().any(|criterion| criterion.contains_range(asked.range));
        if let Some((board, measured)) = view.measured().filter(|_| !said) {
            let label = gates::measured(&measured, board);
            hints.push(Hint { at: asked.range.end(), label, tooltip: measured_tooltip(view, asked.stage) });
        }
        if let Some(policy) =
            root.config.quality_gates.coverage.of(asked.stage).filter(|policy| *policy != asked.percent)
        {
            hints.push(Hint {
                at: asked.range.end(),
                label: format!("policy: {}", percent(policy)),
                tooltip: Some(coverage_policy(&root.config, asked)),
            });
        }
    }
    hints
}

/// `✓ 12 passed, 3 min ago`, beside each criterion that gates prove. Returns where these criteria stand.
fn criteria(
    file: &ComponentFile,
    view: &View<'_>,
    within: TextRange,
    hints: &mut Vec<Hint>,
) -> Vec<TextRange> {
    let Some((board, mut gates)) = view.gates() else { return Vec::new() };
    let aim = view.aim();
    let mut judged = Vec::new();
    for criterion in file.criteria.iter().filter(|criterion| within.intersect(criterion.range).is_some()) {
        let of_criterion = of_criterion(criterion, &mut gates, aim);
        let Some(stage) = criterion.stage.or(aim).filter(|_| !of_criterion.is_empty()) else { continue };
        judged.push(criterion.range);
        let tooltip = of_criterion.iter().map(|gate| gates::evidence(gate, stage, board));
        hints.push(Hint {
            at: criterion.range.end(),
            label: gates::label(&of_criterion, board),
            tooltip: Some(tooltip.collect::<Vec<_>>().join("\n\n")),
        });
    }
    judged
}

fn measured_tooltip(view: &View<'_>, stage: Stage) -> Option<String> {
    let (board, mut gates) = view.gates()?;
    Some(gates::evidence(&gates.gate(GateKind::Coverage, stage), stage, board))
}

/// The actual stage, and the run that is under way, beside the target.
fn target(file: &ComponentFile, view: &View<'_>, root: &Root) -> Option<Hint> {
    let target = file.target.as_ref().filter(|target| !target.placeholder)?;
    // A Current Stage says it already.
    let stated = file.current.as_ref().and_then(|current| current.stage);
    let said = file.kind == DocumentKind::Maturity && stated.is_some() && stated == view.actual.stage();
    let under_way = runs::under_way(view, root);
    if view.actual == Actual::Unknown || (said && under_way.is_none()) {
        return None;
    }
    let now = (!said).then(|| format!("now: {}", view.actual.name()));
    let label = now.into_iter().chain(under_way).collect::<Vec<_>>().join(", ");
    let tooltip = view.node.map(|(components, id)| component_card(components, id, root));
    Some(Hint { at: target.range.end(), label, tooltip })
}

/// `now: staging, below production`.
fn of_dependency(source: Source<'_>, dependency: &Dependency, view: &View<'_>, root: &Root) -> Option<Hint> {
    let (components, own) = view.node?;
    let id = components.find(&dependency.name).filter(|id| *id != own)?;
    let component = components.get(id);
    let declared = dependency.stage.as_ref().and_then(|declared| declared.stage);
    let mut parts = Vec::new();
    if declared.is_none() || declared != component.stage {
        parts.push(format!("now: {}", Actual::of(component).name()));
    }
    if let Some(target) = view.target
        && let Some(weak) = components.behind(own, target).and_then(|behind| behind.weak_link(id))
    {
        let through = match weak.chain.as_slice() {
            [_, .., last] => format!(" through {}", components.get(*last).name),
            _ => String::new(),
        };
        parts.push(format!("below {target}{through}"));
    }
    (!parts.is_empty()).then(|| Hint {
        at: end_of(source, dependency),
        label: parts.join(", "),
        tooltip: Some(component_card(components, id, root)),
    })
}

/// Returns where name and stage of a dependency end: behind the parenthesis, or behind the marks around the name.
fn end_of(source: Source<'_>, dependency: &Dependency) -> TextSize {
    let place = dependency.stage.as_ref().map_or(dependency.name_range, |stage| stage.range);
    let end = usize::from(place.end());
    let behind = source.slice(end, end + PARENTHESIS_WITHIN);
    let line = behind.lines().next().unwrap_or_default();
    let len = match &dependency.stage {
        Some(_) => line.find(')').map_or(0, |at| at + 1),
        None => line.len() - line.trim_start_matches(['`', '*', '_']).len(),
    };
    offset(end + len)
}

/// `7/9`, beside each heading with criteria below it.
fn sections(file: &ComponentFile, within: TextRange, hints: &mut Vec<Hint>) {
    let criteria = file.criteria.as_slice();
    if criteria.is_empty() {
        return;
    }
    for (i, section) in file.sections.iter().enumerate() {
        // The title stands above all that there is.
        if section.level == 1 || !within.contains_inclusive(section.range.end()) {
            continue;
        }
        let next = file.sections[i + 1..].iter().find(|next| next.level <= section.level);
        let from = criteria.partition_point(|criterion| criterion.range.start() < section.range.end());
        let to = next.map_or(criteria.len(), |next| {
            criteria.partition_point(|criterion| criterion.range.start() < next.range.start())
        });
        let Some(below) = criteria.get(from..to).filter(|below| !below.is_empty()) else { continue };
        let ticked = below.iter().filter(|criterion| criterion.checked).count();
        hints.push(Hint {
            at: section.range.end(),
            label: format!("{ticked}/{}", below.len()),
            tooltip: Some(progress(below, ticked)),
        });
    }
}

fn progress(below: &[Criterion], ticked: usize) -> String {
    let mut out = format!("{ticked} of {} ticked", below.len());
    let open: Vec<_> = below.iter().filter(|criterion| !criterion.checked).collect();
    if open.is_empty() {
        return out;
    }
    out.push_str("; open:\n");
    for criterion in open.iter().take(OPEN_CRITERIA) {
        out.push_str("\n- ");
        out.push_str(&markup::code(&criterion.text));
    }
    if open.len() > OPEN_CRITERIA {
        out.push_str(&format!("\n- and {} more", open.len() - OPEN_CRITERIA));
    }
    out
}

/// `12 files`, beside each glob.
fn globs(file: &InstructionFile, path: &str, root: &Root, within: TextRange) -> Vec<Hint> {
    let Some(files) = root.files.as_deref() else { return Vec::new() };
    let globs = &file.apply_to.globs;
    let mut hints = Vec::new();
    for item in globs.iter().filter(|item| within.intersect(item.scalar).is_some()) {
        let Ok(glob) = &item.glob else { continue };
        let alone = globs.iter().filter(|other| other.scalar == item.scalar).take(2).count() == 1;
        // Where escapes hide which part of the text is which glob, a number would stand beside all of them.
        if !alone && !item.traceable {
            continue;
        }
        let number = files.matches(glob).count;
        let label = if number == 0 { "no files".to_owned() } else { count(number, "file") };
        let at = if alone { item.scalar.end() } else { item.range.end() };
        hints.push(Hint { at, label, tooltip: Some(glob_markdown(item, path, root)) });
    }
    hints
}

#[cfg(test)]
mod tests;
