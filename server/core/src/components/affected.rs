//! Which files have to be looked at again after a change.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::graph::{NONE, to_u32};
use super::weak::Ways;
use super::{Component, Components, FileFacts, Id, id};
use crate::stage::{CLIMB, Stage};
use crate::status;
use crate::text::TextRange;

/// Returns the paths of all files whose findings may differ between two states of the graph, in order.
///
/// A finding about a component depends on its own files and place, on what the files of its dependencies state, on what
/// is weak behind them, on circles that start with it, and for unknown names on all names. A file whose text changed
/// need not be among them, if what it says about components is the same.
#[must_use]
pub fn affected(old: &Components, new: &Components) -> Vec<Arc<str>> {
    let change = Change::between(old, new);
    let mut paths: Vec<Arc<str>> = Vec::new();
    let mut add = |component: &Component| paths.extend(component.files().map(|file| Arc::clone(&file.path)));
    for (at, component) in new.nodes.iter().enumerate() {
        if !change.same[at] || change.reaches(id(at), component) {
            add(component);
            if let Some(before) = change.before(at) {
                add(before);
            }
        }
    }
    let gone = old.nodes.iter().enumerate().filter(|(at, _)| change.to_new[*at] == NONE);
    for (_, component) in gone {
        add(component);
    }
    for first in change.circles() {
        add(first);
    }
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// Whether findings of files that say nothing about a component may differ between two states of the graph: a feature
/// names a component that may exist or not, and a spec without metadata may be that of a component without one.
#[must_use]
pub fn affects_others(old: &Components, new: &Components) -> bool {
    let alike = |(a, b): (&Arc<Component>, &Arc<Component>)| {
        Arc::ptr_eq(a, b) || (a.name == b.name && a.specs.is_empty() == b.specs.is_empty())
    };
    let same = old.nodes.len() == new.nodes.len() && old.nodes.iter().zip(&new.nodes).all(alike);
    let places = |components: &Components| {
        let places = components.layout.iter().map(|place| (place.name.clone(), place.source.is_empty()));
        places.collect::<Vec<_>>()
    };
    !same || (!Arc::ptr_eq(&old.layout, &new.layout) && places(old) != places(new))
}

/// What differs between two states.
struct Change<'a> {
    old: &'a Components,
    new: &'a Components,
    /// By component of the new state: which one of the old state it was.
    to_old: Vec<u32>,
    /// The other way round.
    to_new: Vec<u32>,
    /// By component of the new state: whether its own files say the same, and its sources lie where they lay.
    same: Vec<bool>,
    /// By component: whether what findings about others show of it is the same.
    seen_same: Vec<bool>,
    /// By stage of the climb and component: whether the way to what is below that stage is the same.
    way_same: [Vec<bool>; 3],
    /// By stage of the climb and group of components that depend on each other: whether every way through it and out of
    /// it is the same.
    group_same: [Vec<bool>; 3],
    /// Whether the same names are known, and written alike.
    names_same: bool,
}

impl<'a> Change<'a> {
    fn between(old: &'a Components, new: &'a Components) -> Change<'a> {
        let mut to_old = vec![NONE; new.nodes.len()];
        let mut to_new = vec![NONE; old.nodes.len()];
        let (mut a, mut b, mut renamed) = (0, 0, false);
        while let (Some(before), Some(now)) = (old.nodes.get(a), new.nodes.get(b)) {
            let (x, y) = (&before.canonical, &now.canonical);
            let order = if Arc::ptr_eq(before, now) || Arc::ptr_eq(x, y) {
                std::cmp::Ordering::Equal
            } else {
                x.cmp(y)
            };
            if order.is_eq() {
                to_new[a] = to_u32(b);
                to_old[b] = to_u32(a);
                renamed |= before.name != now.name;
            }
            a += usize::from(order.is_le());
            b += usize::from(order.is_ge());
        }
        let layout_same = Arc::ptr_eq(&old.layout, &new.layout);
        let mut names_same = !renamed && !to_old.contains(&NONE) && !to_new.contains(&NONE);
        if !layout_same {
            names_same &=
                old.layout.iter().map(|place| &place.name).eq(new.layout.iter().map(|place| &place.name));
        }
        let place_same = |a: usize, b: usize| layout_same || old.places(id(a)).eq(new.places(id(b)));
        let mut same = vec![false; new.nodes.len()];
        let mut seen_same = vec![false; new.nodes.len()];
        for (b, a) in to_old.iter().enumerate().filter(|(_, a)| **a != NONE) {
            let (before, now) = (&old.nodes[*a as usize], &new.nodes[b]);
            if layout_same && Arc::ptr_eq(before, now) {
                (same[b], seen_same[b]) = (true, true);
                continue;
            }
            same[b] = before.files().eq_by_arc(now.files()) && place_same(*a as usize, b);
            seen_same[b] = same[b] || (before.name == now.name && seen(before).eq(seen(now)));
        }
        let (way_same, group_same) = Default::default();
        let mut change =
            Change { old, new, to_old, to_new, same, seen_same, way_same, group_same, names_same };
        change.way_same = [0, 1, 2].map(|at| change.ways_same(&old.weak[at], &new.weak[at]));
        change.group_same = [0, 1, 2].map(|at| change.groups_same(&change.way_same[at]));
        change
    }

    fn groups_same(&self, way_same: &[bool]) -> Vec<bool> {
        let mut same = vec![true; self.new.cycles().len()];
        let groups = self.new.cycles.groups.iter().enumerate();
        for (at, group) in groups.filter(|(_, group)| **group != NONE) {
            let same = &mut same[*group as usize];
            *same = *same && self.edges_same(at, way_same);
        }
        same
    }

    /// Whether a component needs what it needed, and the ways from there are the same.
    fn edges_same(&self, at: usize, way_same: &[bool]) -> bool {
        let before = |to: Id| Id(self.to_old[to.index()]);
        let edges = |component: &'a Component| component.dependencies.iter().filter(|edge| edge.required);
        let now = edges(&self.new.nodes[at]);
        self.before(at)
            .is_some_and(|old| edges(old).map(|edge| edge.to).eq(now.clone().map(|edge| edge.to.map(before))))
            && self.seen_same[at]
            && now.filter_map(|edge| edge.to).all(|to| way_same[to.index()])
    }

    fn ways_same(&self, old: &Ways, new: &Ways) -> Vec<bool> {
        let mut same = vec![true; self.to_old.len()];
        for (at, before) in self.to_old.iter().enumerate() {
            let before = old.distance.get(*before as usize).copied();
            same[at] = before == Some(new.distance[at]);
        }
        // The nearest come first, so the rest of each way is known.
        for &at in &new.order {
            let at = at as usize;
            if !same[at] {
                continue;
            }
            same[at] = self.seen_same[at];
            if new.distance[at] > 0 {
                let next = new.next[at] as usize;
                let before = old.next[self.to_old[at] as usize];
                same[at] &= same[next] && self.to_old[next] == before;
            }
        }
        same
    }

    fn before(&self, at: usize) -> Option<&'a Component> {
        self.old.nodes.get(self.to_old[at] as usize).map(|node| &**node)
    }

    /// Whether something that a component depends on differs, as far as findings about the component show it.
    fn reaches(&self, own: Id, component: &Component) -> bool {
        let files = || component.specs.iter().chain(&component.maturity);
        // Rules about dependencies look at targets, those about gates at the next stage on the way there.
        let mut targets = [false; 3];
        let mut look = |stage: Option<Stage>| {
            for (at, climbed) in CLIMB.into_iter().enumerate() {
                targets[at] |= stage == Some(climbed);
            }
        };
        let own_target = component.target();
        look(status::aim(component.stage, own_target));
        for target in files().filter_map(|file| file.facts.target.as_ref()?.stage) {
            look(Some(target));
            look(status::aim(component.stage, Some(target)));
        }
        // What is not read is reported where it names a component.
        if !self.names_same && files().any(|file| !file.facts.unread.is_empty()) {
            return true;
        }
        component.dependencies.iter().any(|edge| match edge.to.map(Id::index) {
            Some(to) => {
                let way =
                    |at: usize| targets[at] && !(self.way_same[at][to] && self.way_around_same(at, own, to));
                self.to_old[to] == NONE || !self.seen_same[to] || (0..3).any(way)
            }
            None => !self.names_same,
        })
    }

    /// Whether the way from `to` on around `own` is the same, if there has to be one.
    fn way_around_same(&self, stage: usize, own: Id, to: usize) -> bool {
        let Some(group) = self.new.cycles.groups.get(own.index()).filter(|group| **group != NONE) else {
            return true;
        };
        self.group_same[stage][*group as usize]
            || !self.new.behind(own, CLIMB[stage]).is_some_and(|behind| behind.leads_back(id(to)))
    }

    /// Returns the first components of circles that came, went, or have a member that looks different.
    fn circles(&self) -> Vec<&'a Component> {
        if self.old.cycles().is_empty() && self.new.cycles().is_empty() {
            return Vec::new();
        }
        let translated =
            |cycle: &[Id]| -> Vec<u32> { cycle.iter().map(|id| self.to_new[id.index()]).collect() };
        let indices = |cycle: &[Id]| -> Vec<u32> { cycle.iter().map(|id| id.0).collect() };
        let before: FxHashSet<Vec<u32>> = self.old.cycles().iter().map(|cycle| translated(cycle)).collect();
        let now: FxHashSet<Vec<u32>> = self.new.cycles().iter().map(|cycle| indices(cycle)).collect();
        let mut first = Vec::new();
        for cycle in self.new.cycles() {
            let seen_same = cycle.iter().all(|id| self.seen_same[id.index()]);
            if !seen_same || !before.contains(&indices(cycle)) {
                first.push(self.new.get(cycle[0]));
            }
        }
        for cycle in self.old.cycles() {
            if !now.contains(&translated(cycle)) {
                first.push(self.old.get(cycle[0]));
                let still = self.to_new[cycle[0].index()];
                first.extend(self.new.nodes.get(still as usize).map(|node| &**node));
            }
        }
        first
    }
}

/// What findings about other components show of one: its stage and where that stands, and where it lists what it needs.
fn seen(component: &Component) -> impl Iterator<Item = (&str, TextRange, &str, bool)> {
    let stated =
        component.counting().map(|statement| (statement.path, statement.range, statement.text, true));
    let lists = component.specs.iter().chain(&component.maturity);
    let listed = lists.flat_map(|file| {
        file.facts.dependencies.iter().map(|d| (&*file.path, d.name_range, &*d.canonical, d.required))
    });
    stated.into_iter().chain(listed)
}

/// Compares facts, most of which are the very same ones.
trait EqByArc<'a>: Iterator<Item = &'a FileFacts> + Sized {
    fn eq_by_arc(mut self, mut other: impl Iterator<Item = &'a FileFacts>) -> bool {
        loop {
            match (self.next(), other.next()) {
                (None, None) => return true,
                (Some(a), Some(b)) => {
                    let path = Arc::ptr_eq(&a.path, &b.path) || a.path == b.path;
                    if !path || !(Arc::ptr_eq(&a.facts, &b.facts) || a.facts == b.facts) {
                        return false;
                    }
                }
                _ => return false,
            }
        }
    }
}

impl<'a, I: Iterator<Item = &'a FileFacts>> EqByArc<'a> for I {}
