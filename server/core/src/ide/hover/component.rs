//! The card of a component: who it is, how far it is, and what it needs.

use std::fmt::Write as _;

use crate::components::{Component, Components, FileFacts, Id};
use crate::gates::{self, Summary};
use crate::ide::maturity::{Actual, percent};
use crate::ide::{gates as words, markup, runs};
use crate::status;
use crate::workspace::Root;

/// Most entries of one list.
const MOST: usize = 10;

/// Returns the card of a component, in Markdown.
pub(in crate::ide) fn component_card(components: &Components, id: Id, root: &Root) -> String {
    let component = components.get(id);
    let mut out = format!("Component {}\n", markup::code(&component.name));
    let mut line = |text: String| {
        let _ = write!(out, "\n- {text}");
    };
    line(format!("stage: {}", stage(component)));
    if let Some(target) = component.target() {
        line(format!("target: {target}"));
    }
    let paths = |files: &[FileFacts]| join(files.iter().map(|file| &*file.path));
    if !component.specs.is_empty() {
        line(format!("spec: {}", paths(&component.specs)));
    }
    if let Some(place) = components.place(id) {
        for (what, paths) in [("source", &place.source), ("tests", &place.tests)] {
            if !paths.is_empty() {
                line(format!("{what}: {}", join(paths.iter().map(AsRef::as_ref))));
            }
        }
    }
    if !component.dependencies.is_empty() {
        line(format!("depends on: {}", dependencies(components, component)));
    }
    if !component.dependents.is_empty() {
        line(format!(
            "needed by: {}",
            join(component.dependents.iter().map(|id| &*components.get(*id).name))
        ));
    }
    let documents = || component.specs.iter().chain(&component.maturity);
    for file in documents() {
        if let Some(reported) = file.facts.reported_coverage {
            line(format!("coverage: {}, reported in {}", percent(reported), markup::code(&file.path)));
        }
    }
    for file in documents() {
        let counts = file.facts.criteria.iter().map(|(stage, ticked, all)| match stage {
            Some(stage) => format!("{stage} {ticked}/{all}"),
            None => format!("of no stage {ticked}/{all}"),
        });
        let counts: Vec<_> = counts.collect();
        if !counts.is_empty() {
            line(format!("criteria in {}: {}", markup::code(&file.path), counts.join(", ")));
        }
    }
    let blocking = root.issues.as_deref().map(|book| book.blockers(&component.name)).unwrap_or_default();
    if !blocking.is_empty() {
        let issues =
            blocking.iter().map(|(number, issue)| format!("\\#{number} {}", markup::plain(&issue.title)));
        line(format!("blocked by {}", limited(issues)));
    }
    if let Some(board) = &root.gates {
        if let Some(measured) = gates::measured(board, &component.canonical) {
            line(format!("coverage: {}", words::measured(&measured, board)));
        }
        let aim = status::aim(component.stage, component.target());
        if let Some(aim) = aim {
            let gates = gates::status(root, id, aim);
            let Summary { met, required } = Summary::of(&gates);
            if required > 0 {
                line(format!("gates: {met} of {required} required ones are open"));
                out += &format!("\n\n{}", words::table(&gates, aim, board));
            }
        }
    }
    let history = runs::history(component, root);
    if !history.is_empty() {
        out += &format!("\n\n{history}");
    }
    out
}

/// Returns the stage and who states it, and who says otherwise.
fn stage(component: &Component) -> String {
    let actual = Actual::of(component).name();
    let Some(stage) = component.stage else {
        return match component.counting() {
            Some(stated) => {
                format!("{actual}; {} in {} names none", markup::code(stated.text), markup::code(stated.path))
            }
            None => format!("{actual}; no file states one"),
        };
    };
    let mut out = actual.to_owned();
    let stated = component.statements().filter(|statement| statement.stage.is_some());
    let (agree, other): (Vec<_>, Vec<_>) = stated.partition(|statement| statement.stage == Some(stage));
    let _ = write!(out, ", stated in {}", join(agree.iter().map(|statement| statement.path)));
    for statement in other.iter().take(MOST) {
        let says = statement.stage.map_or("nothing", |stage| stage.name());
        let _ = write!(out, "; {} says {says}", markup::code(statement.path));
    }
    out
}

fn dependencies(components: &Components, component: &Component) -> String {
    let edges = component.dependencies.iter().map(|edge| {
        let optional = if edge.required { "" } else { ", optional" };
        match edge.to.map(|to| components.get(to)) {
            Some(to) => format!("{} ({}{optional})", markup::code(&to.name), Actual::of(to).name()),
            None => format!("{} (unknown{optional})", markup::code(&edge.name)),
        }
    });
    limited(edges)
}

fn join<'a>(names: impl Iterator<Item = &'a str>) -> String {
    limited(names.map(markup::code))
}

fn limited(entries: impl Iterator<Item = String>) -> String {
    let mut entries = entries.fuse();
    let mut out = entries.by_ref().take(MOST).collect::<Vec<_>>().join(", ");
    let rest = entries.count();
    if rest > 0 {
        let _ = write!(out, " and {rest} more");
    }
    out
}
