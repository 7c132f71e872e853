//! The part of a hover that explains what stands at the place in a spec, a MATURITY file, or code that declares a
//! stage.

use text_size::{TextRange, TextSize};

use super::component::component_card;
use super::{Hover, gate, stage};
use crate::component::{ComponentFile, Standing, Stated, stage_of};
use crate::declared;
use crate::gates::{GateKind, of_criterion};
use crate::ide::gates as words;
use crate::ide::maturity::{View, percent};
use crate::markdown::ElementKind;
use crate::stage::{CLIMB, Stage};
use crate::text::Source;
use crate::workspace::Root;

/// Returns what stands at `at` in a spec or MATURITY file.
pub(super) fn at(file: &ComponentFile, path: &str, root: &Root, at: TextSize) -> Option<Hover> {
    if matches!(file.standing, Standing::Template | Standing::Moved) {
        return None;
    }
    coverage(file, path, root, at)
        .or_else(|| component(file, path, root, at))
        .or_else(|| stage_word(file, root, at))
        .or_else(|| criterion(file, path, root, at))
}

/// Returns what stands at `at` in code.
pub(super) fn in_code(source: Source<'_>, path: &str, root: &Root, at: TextSize) -> Option<Hover> {
    let read = declared::reader(path.rsplit('/').next()?)?;
    let declared = read(&source.slice(0, source.len()))?;
    if declared.range.contains_inclusive(at) {
        let markdown = stage::markdown(crate::stage::read(&declared.stage)?, &root.config);
        return Some(Hover { range: declared.range, markdown });
    }
    let (components, id) = View::of_code(source, path, root)?.node?;
    let named = declared.component.map(|(_, range)| range);
    let range = named.into_iter().chain([declared.key_range]).find(|range| range.contains_inclusive(at))?;
    Some(Hover { range, markdown: component_card(components, id, root) })
}

/// A coverage that a stage asks for, or that is reported.
fn coverage(file: &ComponentFile, path: &str, root: &Root, at: TextSize) -> Option<Hover> {
    let asked = file.coverage_targets.iter().find(|asked| asked.range.contains_inclusive(at));
    if let Some(asked) = asked {
        let mut markdown = gate::coverage_policy(&root.config, asked);
        let view = View::of_file(file, path, root);
        if let Some((board, mut gates)) = view.as_ref().and_then(View::gates) {
            let coverage = gates.gate(GateKind::Coverage, asked.stage);
            markdown += &format!("\n\n{}", words::evidence(&coverage, asked.stage, board));
        }
        return Some(Hover { range: asked.range, markdown });
    }
    let reported =
        file.reported_coverage.as_ref().filter(|reported| reported.range.contains_inclusive(at))?;
    let view = View::of_file(file, path, root)?;
    let mut markdown = format!(
        "Reported coverage {}: what somebody measured. It opens no gate.\n",
        percent(reported.percent)
    );
    for stage in CLIMB {
        if let Some(least) = view.threshold(stage) {
            let verdict = if reported.percent < least { "not reached" } else { "reached" };
            markdown += &format!("\n- {stage}: at least {}, {verdict}", percent(least));
        }
    }
    if let Some((board, measured)) = view.measured() {
        markdown += &format!("\n\nStagegate {}.", words::measured(&measured, board));
    }
    Some(Hover { range: reported.range, markdown })
}

/// The name of a component: of the file's own, of a dependency, or in a code span or wikilink that is nothing else.
fn component(file: &ComponentFile, path: &str, root: &Root, at: TextSize) -> Option<Hover> {
    let components = root.components.as_deref()?;
    let card = |name: &str, range: TextRange| {
        let id = components.find(name)?;
        Some(Hover { range, markdown: component_card(components, id, root) })
    };
    let own = file.component.range.filter(|range| range.contains_inclusive(at));
    let own =
        own.or_else(|| file.title.as_ref().map(|t| t.range).filter(|range| range.contains_inclusive(at)));
    if let Some(range) = own {
        let (_, id) = View::of_file(file, path, root)?.node?;
        return Some(Hover { range, markdown: component_card(components, id, root) });
    }
    let dependency = file.dependencies.iter().find(|dependency| dependency.name_range.contains_inclusive(at));
    if let Some(dependency) = dependency {
        return card(&dependency.name, dependency.name_range);
    }
    file.body.elements().find_map(|placed| match &placed.element.kind {
        ElementKind::Code { text } if placed.range().contains_inclusive(at) => card(text, placed.range()),
        ElementKind::Link { destination, wiki: true } if placed.range().contains_inclusive(at) => {
            card(destination, placed.range())
        }
        _ => None,
    })
}

/// A stage: stated by the file, of a dependency, or in a heading.
fn stage_word(file: &ComponentFile, root: &Root, at: TextSize) -> Option<Hover> {
    let touches = |range: &TextRange| range.contains_inclusive(at);
    let stated = |stated: &Option<Stated>| {
        let stated = stated.as_ref().filter(|stated| touches(&stated.range))?;
        Some((stated.stage?, stated.range))
    };
    let declared = || {
        let stages = file.dependencies.iter().filter_map(|dependency| dependency.stage.as_ref());
        stages.into_iter().find_map(|stage| Some((stage.stage?, Some(stage.range).filter(&touches)?)))
    };
    let heading = || {
        let section = file.sections.iter().find(|section| touches(&section.range))?;
        Some((stage_of(&section.title)?, section.range))
    };
    // The target of `Development → Staging` stands inside the current stage.
    let found: Option<(Stage, TextRange)> =
        stated(&file.target).or_else(|| stated(&file.current)).or_else(declared).or_else(heading);
    let (stage, range) = found?;
    Some(Hover { range, markdown: stage::markdown(stage, &root.config) })
}

/// A criterion that names a gate.
fn criterion(file: &ComponentFile, path: &str, root: &Root, at: TextSize) -> Option<Hover> {
    let criterion = file.criteria.iter().find(|criterion| criterion.range.contains_inclusive(at))?;
    let mut markdown = gate::markdown(criterion, criterion.gate?, &root.config);
    let view = View::of_file(file, path, root)?;
    if let (Some((board, mut gates)), Some(stage)) = (view.gates(), criterion.stage.or_else(|| view.aim())) {
        for gate in of_criterion(criterion, &mut gates, view.aim()) {
            markdown += &format!("\n\n{}", words::evidence(&gate, stage, board));
        }
    }
    Some(Hover { range: criterion.range, markdown })
}
