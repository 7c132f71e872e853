//! Who stands in the way: the nearest component below a stage, through the whole chain of what is needed.

use std::cell::OnceCell;
use std::sync::Arc;

use super::graph::{NONE, to_u32};
use super::{Component, Components, Id, id};
use crate::stage::{CLIMB, Stage};

/// Rank of a component whose stage no file states: what nobody started is below development.
const UNKNOWN_RANK: u8 = 0;

fn rank(component: &Component) -> u8 {
    component.stage.map_or(UNKNOWN_RANK, Stage::rank)
}

/// Returns what a component cannot do without.
fn needs(component: &Component) -> impl Iterator<Item = usize> {
    component.dependencies.iter().filter(|edge| edge.required).filter_map(|edge| Some(edge.to?.index()))
}

/// The ways to what is below one stage.
#[derive(Debug, Default)]
pub(super) struct Ways {
    /// By component: how many links away the nearest one below is. 0 where it is the component itself, [`NONE`]
    /// where nothing it needs is below.
    pub(super) distance: Vec<u32>,
    /// By component: the next one on the way. [`NONE`] where there is none.
    pub(super) next: Vec<u32>,
    /// By component: where the way ends. [`NONE`] where there is none.
    end: Vec<u32>,
    /// Every component that has a distance, by distance.
    pub(super) order: Vec<u32>,
}

/// Finds the ways for each stage of the climb.
pub(super) fn ways(nodes: &[Arc<Component>]) -> [Ways; 3] {
    let needed_by = NeededBy::of(nodes);
    CLIMB.map(|target| needed_by.ways(nodes, target, None))
}

/// Who needs whom, in one list.
struct NeededBy {
    list: Vec<u32>,
    /// By component: where in the list those begin that need it.
    starts: Vec<u32>,
}

impl NeededBy {
    fn of(nodes: &[Arc<Component>]) -> NeededBy {
        let mut starts = vec![0u32; nodes.len() + 1];
        for to in nodes.iter().flat_map(|node| needs(node)) {
            starts[to + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut free = starts.clone();
        let mut list = vec![0u32; starts.last().copied().unwrap_or_default() as usize];
        for (from, node) in nodes.iter().enumerate() {
            for to in needs(node) {
                list[free[to] as usize] = to_u32(from);
                free[to] += 1;
            }
        }
        NeededBy { list, starts }
    }

    /// Finds the ways for one stage: a search from all that is below it, against the direction of required
    /// dependencies. None leads to or through `without`.
    fn ways(&self, nodes: &[Arc<Component>], target: Stage, without: Option<usize>) -> Ways {
        let below = |node: &usize| rank(&nodes[*node]) < target.rank() && Some(*node) != without;
        let mut order: Vec<u32> = (0..nodes.len()).filter(below).map(to_u32).collect();
        let mut distance = vec![NONE; nodes.len()];
        for node in &order {
            distance[*node as usize] = 0;
        }
        let mut at = 0;
        while let Some(node) = order.get(at).map(|node| *node as usize) {
            at += 1;
            for &dependent in &self.list[self.starts[node] as usize..self.starts[node + 1] as usize] {
                if distance[dependent as usize] == NONE && Some(dependent as usize) != without {
                    distance[dependent as usize] = distance[node] + 1;
                    order.push(dependent);
                }
            }
        }
        // Of several ways the one that the component lists first.
        let mut next = vec![NONE; nodes.len()];
        let mut end = vec![NONE; nodes.len()];
        for &node in &order {
            let (node, left) = (node as usize, distance[node as usize]);
            if left == 0 {
                end[node] = to_u32(node);
            } else if let Some(to) = needs(&nodes[node]).find(|to| distance[*to] == left - 1) {
                next[node] = to_u32(to);
                end[node] = end[to];
            }
        }
        Ways { distance, next, end, order }
    }
}

/// Where a chain of dependencies breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeakLink {
    /// From the dependency asked about to the one that is below: each needs the next.
    pub chain: Vec<Id>,
    /// The stage of the last one; `None` where no file states one.
    pub stage: Option<Stage>,
}

/// What is weak behind the dependencies of one component, as that component sees it: what leads back to the component
/// itself is a circle, and says nothing of the dependency.
#[derive(Debug)]
pub struct Behind<'a> {
    components: &'a Components,
    own: Id,
    target: Stage,
    ways: &'a Ways,
    /// The ways around the component; looked for when the first one leads through it.
    around: OnceCell<Ways>,
}

impl Components {
    /// Returns how the chain from `dependency` on breaks for something that is to reach `target`: a shortest way to a
    /// component below `target`. `None` where nothing on any way is below.
    ///
    /// Only required dependencies count behind the first link. An experimental target asks for nothing: what is
    /// experimental may stand on anything (DESIGN.md section 3).
    #[must_use]
    pub fn weak_link(&self, dependency: Id, target: Stage) -> Option<WeakLink> {
        self.ways(target)?.link(self, dependency)
    }

    /// Returns what is weak behind the dependencies of `own`, which is to reach `target`; `None` where that asks for
    /// nothing.
    #[must_use]
    pub fn behind(&self, own: Id, target: Stage) -> Option<Behind<'_>> {
        let ways = self.ways(target)?;
        Some(Behind { components: self, own, target, ways, around: OnceCell::new() })
    }

    /// Returns the ways to what is below `target`.
    pub(super) fn ways(&self, target: Stage) -> Option<&Ways> {
        self.weak.get(CLIMB.iter().position(|stage| *stage == target)?)
    }
}

impl Behind<'_> {
    /// Returns how the chain from `dependency` on breaks, as [`Components::weak_link`] does, on a shortest way that does
    /// not lead through the component itself.
    #[must_use]
    pub fn weak_link(&self, dependency: Id) -> Option<WeakLink> {
        self.ways(dependency).link(self.components, dependency)
    }

    /// Returns the component in which the chain ends that [`Behind::weak_link`] returns.
    #[must_use]
    pub fn weakest(&self, dependency: Id) -> Option<Id> {
        let end = *self.ways(dependency).end.get(dependency.index())?;
        (end != NONE).then_some(Id(end))
    }

    fn ways(&self, dependency: Id) -> &Ways {
        if !self.leads_back(dependency) {
            return self.ways;
        }
        let nodes = &self.components.nodes;
        self.around.get_or_init(|| NeededBy::of(nodes).ways(nodes, self.target, Some(self.own.index())))
    }

    /// Whether the shortest way from `dependency` on leads through the component.
    pub(super) fn leads_back(&self, dependency: Id) -> bool {
        let (own, mut node) = (self.own.index(), dependency.index());
        let Ways { distance, next, .. } = self.ways;
        if distance[own] == NONE
            || distance[node] == NONE
            || !self.components.in_one_circle(self.own, dependency)
        {
            return false;
        }
        while distance[node] > distance[own] {
            node = next[node] as usize;
        }
        node == own
    }
}

impl Ways {
    fn link(&self, components: &Components, dependency: Id) -> Option<WeakLink> {
        let mut node = dependency.index();
        let length = self.distance.get(node).copied().filter(|distance| *distance != NONE)?;
        let mut chain = Vec::with_capacity(length as usize + 1);
        chain.push(dependency);
        while self.distance[node] > 0 {
            node = self.next[node] as usize;
            chain.push(id(node));
        }
        Some(WeakLink { chain, stage: components.nodes[node].stage })
    }
}
