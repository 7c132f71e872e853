//! Whose findings differ between two states of the graph.

use std::sync::Arc;

use super::{Component, Components, Edge, Facts, FileFacts, Id};
use crate::component::Stated;

/// Returns the paths of all files whose findings may differ between two states of the graph, in order.
///
/// A finding about a component depends on its own files, on the stages of its dependencies and what is weak behind
/// them, and on circles through it.
#[must_use]
pub fn affected(old: &Components, new: &Components) -> Vec<Arc<str>> {
    let mut paths: Vec<Arc<str>> = Vec::new();
    // Mostly no component came or went: then each has the same place in both.
    let same = has_same_names(old, new);
    let same_circles = same && old.cycles == new.cycles;
    for (one, other) in [(new, old), (old, new)] {
        let there = |at: usize, component: &Component| match same {
            true => other.nodes.get(at),
            false => other.find(&component.name).map(|id| other.get(id)),
        };
        let mut changed: Vec<bool> = Vec::with_capacity(one.len());
        changed.extend(one.nodes.iter().enumerate().map(|(at, component)| {
            there(at, component).is_none_or(|there| {
                differs(component, one, there, other)
                    || !(same_circles || circle(component, one) == circle(there, other))
            })
        }));
        let own = changed.clone();
        spread(one, &mut changed);
        for (at, component) in one.nodes.iter().enumerate() {
            // Who names a component that came or went is its dependent in one of the two states only.
            let known = |edge: &Edge| edge.to.is_some() == other.index.contains_key(&edge.name);
            if own[at] || !(same || component.dependencies.iter().all(known)) {
                add(component, &mut paths);
            }
            if changed[at] {
                component.dependents.iter().for_each(|dependent| add(one.get(*dependent), &mut paths));
            }
        }
    }
    paths.sort_unstable();
    paths.dedup();
    paths
}

fn add(component: &Component, paths: &mut Vec<Arc<str>>) {
    paths.extend(component.files().map(|file| Arc::clone(&file.path)));
}

/// Whether both hold the same components. They stand in the order of their names.
fn has_same_names(a: &Components, b: &Components) -> bool {
    fn facts(component: &Component) -> Option<&Arc<Facts>> {
        component.files().next().map(|file| &file.facts)
    }
    a.len() == b.len()
        && a.nodes.iter().zip(&b.nodes).all(|(a, b)| match (facts(a), facts(b)) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a.canonical == b.canonical,
            _ => false,
        })
}

/// Says of every component whether anything changed on the way to the weakest that it needs: a finding names that way.
fn spread(components: &Components, changed: &mut [bool]) {
    let mut known = changed.to_vec();
    let mut way = Vec::new();
    for start in 0..changed.len() {
        let mut at = start;
        while !known[at] {
            known[at] = true;
            way.push(at);
            let next = components.nodes[at].weakest.and_then(|weakest| weakest.next);
            let Some(Id(next)) = next else { break };
            at = next as usize;
        }
        // Either the way ended, or what follows is settled.
        let found = changed[at];
        for step in way.drain(..) {
            changed[step] = found;
        }
    }
}

/// Whether anything about a component differs that a finding in another file could depend on.
fn differs(a: &Component, of_a: &Components, b: &Component, of_b: &Components) -> bool {
    fn next<'c>(component: &Component, of: &'c Components) -> Option<&'c str> {
        Some(&of.get(component.weakest?.next?).name)
    }
    let rank = |component: &Component| component.weakest.map(|weakest| weakest.rank);
    a.stage != b.stage
        || a.name != b.name
        || a.dependencies.len() != b.dependencies.len()
        || rank(a) != rank(b)
        || next(a, of_a) != next(b, of_b)
        || !same_files(a, b)
}

/// Returns the circle that a component is part of, by name.
fn circle<'c>(component: &Component, of: &'c Components) -> Option<Vec<&'c str>> {
    let circle = of.cycle_of(of.find(&component.name)?)?;
    Some(circle.iter().map(|id| &*of.get(*id).name).collect())
}

fn same_files(a: &Component, b: &Component) -> bool {
    let count = |component: &Component| component.files().count();
    count(a) == count(b) && a.files().zip(b.files()).all(|(a, b)| says_the_same(a, b))
}

/// Whether two files say the same as far as other files' findings depend on it.
fn says_the_same(a: &FileFacts, b: &FileFacts) -> bool {
    let same = |a: &Option<Stated>, b: &Option<Stated>| match (a, b) {
        (Some(a), Some(b)) => a.stage == b.stage && a.text == b.text,
        (a, b) => a.is_none() && b.is_none(),
    };
    a.path == b.path
        && (Arc::ptr_eq(&a.facts, &b.facts)
            || (same(&a.facts.stage, &b.facts.stage) && same(&a.facts.target, &b.facts.target)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;
    use crate::stage::Stage;
    use proptest::prelude::*;
    use std::fmt::Write as _;

    const STAGES: [&str; 4] = ["Experimental", "Development", "Staging", "Production"];

    /// A component: whether it is there, its stage, and what it depends on.
    type Made = (bool, usize, Vec<usize>);

    fn components(made: &[Made]) -> Fixture {
        let mut text = "//- README.md\n".to_owned();
        for (i, (_, stage, needs)) in made.iter().enumerate().filter(|(_, (there, ..))| *there) {
            let status = STAGES[*stage];
            write!(text, "//- specs/c{i}.md\n# C\n\n**Component Name:** c{i}\n**Status:** {status}\n**Target Stage:** production\n\n## Required Components\n\n").unwrap();
            for other in needs {
                writeln!(text, "- c{other}").unwrap();
            }
        }
        Fixture::new(&text)
    }

    /// Everything that a finding in the spec of a component could say about others.
    fn picture(components: &Components, name: &str) -> Option<String> {
        let component = components.get(components.find(name)?);
        let mut out = format!(
            "{:?}",
            components.cycle_of(components.find(name)?).map(|circle| {
                circle.iter().map(|id| components.get(*id).name.clone()).collect::<Vec<_>>()
            })
        );
        for edge in &component.dependencies {
            let stage = edge.to.map(|to| components.get(to).stage);
            write!(out, "{}: {stage:?}", edge.name).unwrap();
            for target in [Stage::Development, Stage::Staging, Stage::Production] {
                let link = edge.to.and_then(|to| components.weak_link(to, target));
                let chain = link.map(|link| {
                    let names = link.chain.iter().map(|id| components.get(*id).name.clone());
                    (names.collect::<Vec<_>>(), link.stage)
                });
                write!(out, " {chain:?}").unwrap();
            }
        }
        Some(out)
    }

    fn made() -> impl Strategy<Value = Made> {
        (prop::bool::weighted(0.9), 0usize..4, prop::collection::vec(0usize..8, 0..3))
    }

    proptest! {
        /// Whose findings differ is among those that are affected.
        #[test]
        fn nobody_is_forgotten(old in prop::collection::vec(made(), 8), at in 0usize..8, other in made()) {
            let mut new = old.clone();
            new[at] = other;
            let (before, after) = (components(&old), components(&new));
            let affected = affected(before.components(), after.components());
            for i in 0..8 {
                let name = format!("c{i}");
                let (a, b) = (picture(before.components(), &name), picture(after.components(), &name));
                let path = format!("specs/{name}.md");
                prop_assert!(a == b || affected.iter().any(|known| **known == *path), "{}: {:?} {:?}", name, a, b);
            }
        }

        #[test]
        fn nobody_is_affected_by_nothing(made in prop::collection::vec(made(), 8)) {
            prop_assert!(affected(components(&made).components(), components(&made).components()).is_empty());
        }
    }
}
