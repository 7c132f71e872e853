//! Building the graph, and what follows from it: who the weakest dependency is, and which circles there are.
//!
//! Everything here is a loop over indices: a chain of 5,000 components must not reach the end of the stack.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use super::{Component, Components, Edge, FactsKind, FileFacts, Id, Weakest};
use crate::layout::Layout;
use crate::name;
use crate::stage::Stage;

/// Rank of a component whose stage no file states: what nobody started is below development.
const UNKNOWN_RANK: u8 = 0;

/// Most dependencies that are compared one by one.
const FEW: usize = 16;

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
    let mut index: FxHashMap<Box<str>, Id> = FxHashMap::with_capacity_and_hasher(files.len(), FxBuildHasher);
    for file in files {
        // Files of one component follow each other.
        let last = nodes.last().and_then(|node| node.files().next());
        if last.is_none_or(|last| last.facts.canonical != file.facts.canonical) {
            index.insert(file.facts.canonical.clone(), id(nodes.len()));
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
        }
        let Some(node) = nodes.last_mut() else { continue };
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
    // A few are looked through faster than a map is made.
    let mut known: FxHashMap<Box<str>, usize> = FxHashMap::default();
    let is_long = node.files().map(|file| file.facts.dependencies.len()).sum::<usize>() > FEW;
    for dependency in node.specs.iter().chain(&node.maturity).flat_map(|file| &file.facts.dependencies) {
        let name = name::canonical(&dependency.name);
        let at = if is_long {
            known.get(&*name).copied()
        } else {
            edges.iter().position(|edge| *edge.name == *name)
        };
        if let Some(at) = at {
            edges[at].required |= dependency.required;
            continue;
        }
        let name: Box<str> = name.into();
        if is_long {
            known.insert(name.clone(), edges.len());
        }
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
    for &node in group {
        let mut weakest = Weakest { rank: rank(&components.nodes[node]), next: None };
        let edges = components.nodes[node].dependencies.iter();
        for to in edges.filter(|edge| edge.required).filter_map(|edge| edge.to) {
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
