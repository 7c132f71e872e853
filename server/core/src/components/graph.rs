//! Building the graph, and what follows from it: who the weakest dependency is, and which circles there are.
//!
//! Everything here is a loop over indices: a chain of 5,000 components must not reach the end of the stack.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Component, Components, Edge, FactsKind, FileFacts, Id, Weakest};
use crate::layout::Layout;
use crate::name;
use crate::stage::Stage;

/// Rank of a component whose stage no file states: what nobody started is below development.
const UNKNOWN_RANK: u8 = 0;

fn id(node: usize) -> Id {
    Id(u32::try_from(node).unwrap_or(u32::MAX))
}

fn rank(component: &Component) -> u8 {
    component.stage.map_or(UNKNOWN_RANK, Stage::rank)
}

pub(super) fn build(files: impl IntoIterator<Item = FileFacts>, layout: Arc<Layout>) -> Components {
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_unstable_by(|a, b| (&a.facts.canonical, &a.path).cmp(&(&b.facts.canonical, &b.path)));
    let mut nodes: Vec<Component> = Vec::new();
    let mut index: FxHashMap<Box<str>, Id> = FxHashMap::default();
    for file in files {
        let node = *index.entry(file.facts.canonical.clone()).or_insert_with(|| {
            nodes.push(Component {
                name: file.facts.component.clone(),
                specs: Vec::new(),
                maturity: Vec::new(),
                code: Vec::new(),
                stage: None,
                dependencies: Vec::new(),
                dependents: Vec::new(),
                weakest: None,
            });
            id(nodes.len() - 1)
        });
        let node = &mut nodes[node.0 as usize];
        match file.facts.kind {
            FactsKind::Spec => node.specs.push(file),
            FactsKind::Maturity => node.maturity.push(file),
            FactsKind::Code => node.code.push(file),
        }
    }
    for node in &mut nodes {
        if let Some(first) = node.specs.first() {
            node.name = first.facts.component.clone();
        }
        let stage = node.statements().find_map(|statement| statement.stage);
        node.stage = stage;
        node.dependencies = edges(node, &index);
    }
    for from in 0..nodes.len() {
        for edge in 0..nodes[from].dependencies.len() {
            if let Some(to) = nodes[from].dependencies[edge].to {
                nodes[to.0 as usize].dependents.push(id(from));
            }
        }
    }
    let mut components = Components { nodes, index, layout, cycles: Vec::new() };
    walk(&mut components);
    components
}

/// Joins the dependencies that the files of a component state: each component once, required if any file says so.
fn edges(node: &Component, index: &FxHashMap<Box<str>, Id>) -> Vec<Edge> {
    let mut edges: Vec<Edge> = Vec::new();
    let mut known: FxHashMap<Box<str>, usize> = FxHashMap::default();
    for dependency in node.specs.iter().chain(&node.maturity).flat_map(|file| &file.facts.dependencies) {
        let name: Box<str> = name::canonical(&dependency.name).into();
        if let Some(at) = known.get(&name) {
            edges[*at].required |= dependency.required;
            continue;
        }
        known.insert(name.clone(), edges.len());
        edges.push(Edge { to: index.get(&name).copied(), name, required: dependency.required });
    }
    edges
}

/// Finds the strongly connected components (Tarjan 1972, with a stack of our own), which come out dependencies first;
/// so the weakest of what each needs is known when its dependents ask for it.
fn walk(components: &mut Components) {
    const NEW: u32 = u32::MAX;
    let count = components.nodes.len();
    let mut number = vec![NEW; count];
    let mut low = vec![0u32; count];
    let mut on_stack = vec![false; count];
    let mut stack: Vec<usize> = Vec::new();
    let mut calls: Vec<(usize, usize)> = Vec::new();
    let mut next = 0u32;
    for root in 0..count {
        if number[root] == NEW {
            calls.push((root, 0));
        }
        while let Some((node, edge)) = calls.pop() {
            if edge == 0 {
                number[node] = next;
                low[node] = next;
                next += 1;
                stack.push(node);
                on_stack[node] = true;
            }
            let Some(target) = components.nodes[node].dependencies.get(edge) else {
                if low[node] == number[node] {
                    let from = stack.iter().rposition(|member| *member == node).unwrap_or(0);
                    let group = stack.split_off(from);
                    for member in &group {
                        on_stack[*member] = false;
                    }
                    close(components, &group);
                }
                if let Some((parent, _)) = calls.last() {
                    low[*parent] = low[*parent].min(low[node]);
                }
                continue;
            };
            calls.push((node, edge + 1));
            match target.to.map(|to| to.0 as usize) {
                Some(to) if number[to] == NEW => calls.push((to, 0)),
                Some(to) if on_stack[to] => low[node] = low[node].min(number[to]),
                _ => {}
            }
        }
    }
    components.cycles.sort_unstable();
}

/// Takes a group of components that all need each other, mostly one alone.
fn close(components: &mut Components, group: &[usize]) {
    let required = |components: &Components, node: usize| -> Vec<Id> {
        let edges = components.nodes[node].dependencies.iter();
        edges.filter(|edge| edge.required).filter_map(|edge| edge.to).collect()
    };
    for &node in group {
        let mut weakest = Weakest { rank: rank(&components.nodes[node]), next: None };
        for to in required(components, node) {
            // Members of the group that come later are not known yet.
            let reached = components.nodes[to.0 as usize].weakest;
            if let Some(reached) = reached.filter(|reached| reached.rank < weakest.rank) {
                weakest = Weakest { rank: reached.rank, next: Some(to) };
            }
        }
        components.nodes[node].weakest = Some(weakest);
    }
    let in_circle =
        |node: usize| components.nodes[node].dependencies.iter().any(|edge| edge.to == Some(id(node)));
    if group.len() == 1 && !in_circle(group[0]) {
        return;
    }
    let members: FxHashSet<usize> = group.iter().copied().collect();
    spread(components, group, &members);
    let cycle = shortest_cycle(components, group, &members);
    components.cycles.push(cycle);
}

/// Carries the lowest rank of a group against the direction of its required edges, lowest first, so that each member
/// is settled once.
fn spread(components: &mut Components, group: &[usize], members: &FxHashSet<usize>) {
    let mut needed_by: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    for &node in group {
        for edge in components.nodes[node].dependencies.iter().filter(|edge| edge.required) {
            if let Some(to) = edge.to.map(|to| to.0 as usize).filter(|to| members.contains(to)) {
                needed_by.entry(to).or_default().push(node);
            }
        }
    }
    let rank_of = |components: &Components, node: usize| components.nodes[node].weakest.map_or(0, |w| w.rank);
    let mut order = group.to_vec();
    order.sort_by_key(|node| (rank_of(components, *node), *node));
    for start in order {
        let rank = rank_of(components, start);
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            for &dependent in needed_by.get(&node).map_or(&[][..], Vec::as_slice) {
                if rank_of(components, dependent) > rank {
                    components.nodes[dependent].weakest = Some(Weakest { rank, next: Some(id(node)) });
                    queue.push_back(dependent);
                }
            }
        }
    }
}

/// Returns a shortest circle through the first component (by name) of a group, starting with it.
fn shortest_cycle(components: &Components, group: &[usize], members: &FxHashSet<usize>) -> Vec<Id> {
    let start = group.iter().copied().min().unwrap_or_default();
    let mut came_from: FxHashMap<usize, usize> = FxHashMap::default();
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for to in components.nodes[node].dependencies.iter().filter_map(|edge| edge.to) {
            let to = to.0 as usize;
            if to == start {
                let mut path = vec![node];
                while let Some(previous) = path.last().and_then(|last| came_from.get(last)).copied() {
                    path.push(previous);
                }
                path.reverse();
                return path.into_iter().map(id).collect();
            }
            if members.contains(&to) && !came_from.contains_key(&to) {
                came_from.insert(to, node);
                queue.push_back(to);
            }
        }
    }
    vec![id(start)]
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
    /// Returns how the chain from `dependency` on breaks for something that is to reach `target`: the way to the
    /// first component below `target`, on the way to the lowest. `None` where nothing on any way is below.
    ///
    /// Only required dependencies count behind the first link. An experimental target asks for nothing: what is
    /// experimental may stand on anything (DESIGN.md section 3).
    #[must_use]
    pub fn weak_link(&self, dependency: Id, target: Stage) -> Option<WeakLink> {
        if target.rank() <= Stage::Experimental.rank() {
            return None;
        }
        let mut node = self.get(dependency);
        if node.weakest?.rank >= target.rank() {
            return None;
        }
        let mut chain = vec![dependency];
        while rank(node) >= target.rank() && chain.len() <= self.nodes.len() {
            let next = node.weakest?.next?;
            chain.push(next);
            node = self.get(next);
        }
        Some(WeakLink { chain, stage: node.stage })
    }
}

/// Returns the paths of all files whose findings may differ between two states of the graph, in order.
///
/// A finding about a component depends on its own files, on the stages of its dependencies and what is weak behind
/// them, and on circles through it.
#[must_use]
pub fn affected(old: &Components, new: &Components) -> Vec<Arc<str>> {
    let mut paths: Vec<Arc<str>> = Vec::new();
    let files = |component: &Component, paths: &mut Vec<Arc<str>>| {
        paths.extend(component.files().map(|file| Arc::clone(&file.path)));
    };
    for (one, other) in [(new, old), (old, new)] {
        for (_, component) in one.iter() {
            let there = other.find(&component.name).map(|id| other.get(id));
            if there.is_none_or(|there| differs(component, one, there, other)) {
                files(component, &mut paths);
                for dependent in &component.dependents {
                    files(one.get(*dependent), &mut paths);
                }
            }
            // Who names a component that came or went is its dependent in one of the two states only.
            let known = |edge: &Edge| edge.to.is_some() == other.index.contains_key(&edge.name);
            if !component.dependencies.iter().all(known) {
                files(component, &mut paths);
            }
        }
    }
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// Whether anything about a component differs that a finding in another file could depend on.
fn differs(a: &Component, of_a: &Components, b: &Component, of_b: &Components) -> bool {
    let weakest = |component: &Component, of: &Components| {
        let weakest = component.weakest?;
        Some((weakest.rank, weakest.next.map(|next| of.get(next).name.clone())))
    };
    let circle = |component: &Component, of: &Components| {
        let circle = of.cycle_of(of.find(&component.name)?)?;
        Some(circle.iter().map(|id| of.get(*id).name.clone()).collect::<Vec<_>>())
    };
    let says = |file: &FileFacts| {
        let stated =
            |stated: &Option<crate::component::Stated>| stated.as_ref().map(|s| (s.stage, s.text.clone()));
        (Arc::clone(&file.path), stated(&file.facts.stage), stated(&file.facts.target))
    };
    a.stage != b.stage
        || a.name != b.name
        || a.dependencies.len() != b.dependencies.len()
        || weakest(a, of_a) != weakest(b, of_b)
        || !a.files().map(says).eq(b.files().map(says))
        || circle(a, of_a) != circle(b, of_b)
}
