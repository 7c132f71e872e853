//! Who stands in the way: the nearest component below a stage, through the whole chain of what is needed.

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
    /// Every component that has a distance, by distance.
    pub(super) order: Vec<u32>,
}

/// Finds the ways for each stage of the climb: a search from all that is below it, against the direction of required
/// dependencies.
pub(super) fn ways(nodes: &[Component]) -> [Ways; 3] {
    // Who needs whom, in one list; `starts` says where that of each component begins.
    let mut starts = vec![0u32; nodes.len() + 1];
    for to in nodes.iter().flat_map(needs) {
        starts[to + 1] += 1;
    }
    for at in 1..starts.len() {
        starts[at] += starts[at - 1];
    }
    let mut free = starts.clone();
    let mut needed_by = vec![0u32; starts.last().copied().unwrap_or_default() as usize];
    for (from, node) in nodes.iter().enumerate() {
        for to in needs(node) {
            needed_by[free[to] as usize] = to_u32(from);
            free[to] += 1;
        }
    }
    CLIMB.map(|target| {
        let below = |node: &&usize| rank(&nodes[**node]) < target.rank();
        let mut order: Vec<u32> = (0..nodes.len()).filter(|node| below(&node)).map(to_u32).collect();
        let mut distance = vec![NONE; nodes.len()];
        for node in &order {
            distance[*node as usize] = 0;
        }
        let mut at = 0;
        while let Some(node) = order.get(at).map(|node| *node as usize) {
            at += 1;
            for &dependent in &needed_by[starts[node] as usize..starts[node + 1] as usize] {
                if distance[dependent as usize] == NONE {
                    distance[dependent as usize] = distance[node] + 1;
                    order.push(dependent);
                }
            }
        }
        // Of several ways the one that the component lists first.
        let mut next = vec![NONE; nodes.len()];
        for &node in &order {
            let left = distance[node as usize];
            if left > 0 {
                let mut on_way = needs(&nodes[node as usize]).filter(|to| distance[*to] == left - 1);
                next[node as usize] = on_way.next().map_or(NONE, to_u32);
            }
        }
        Ways { distance, next, order }
    })
}

/// Where a chain of dependencies breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeakLink {
    /// From the dependency asked about to the one that is below: each needs the next.
    pub chain: Vec<Id>,
    /// The stage of the last one; `None` where no file states one.
    pub stage: Option<Stage>,
}

impl Components {
    /// Returns how the chain from `dependency` on breaks for something that is to reach `target`: a shortest way to a
    /// component below `target`. `None` where nothing on any way is below.
    ///
    /// Only required dependencies count behind the first link. An experimental target asks for nothing: what is
    /// experimental may stand on anything (DESIGN.md section 3).
    #[must_use]
    pub fn weak_link(&self, dependency: Id, target: Stage) -> Option<WeakLink> {
        let ways = self.ways(target)?;
        let mut node = dependency.index();
        let length = ways.distance.get(node).copied().filter(|distance| *distance != NONE)?;
        let mut chain = Vec::with_capacity(length as usize + 1);
        chain.push(dependency);
        while ways.distance[node] > 0 {
            node = ways.next[node] as usize;
            chain.push(id(node));
        }
        Some(WeakLink { chain, stage: self.nodes[node].stage })
    }

    /// Returns the ways to what is below `target`.
    pub(super) fn ways(&self, target: Stage) -> Option<&Ways> {
        self.weak.get(CLIMB.iter().position(|stage| *stage == target)?)
    }
}
