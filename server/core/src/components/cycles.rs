//! Circles of dependencies.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::graph::{NONE, to_u32};
use super::{Component, Id, id};

/// The components that depend on each other in circles.
#[derive(Debug, Default)]
pub(super) struct Cycles {
    /// A shortest circle of each group of components that all depend on each other, in order: the first component (by
    /// name) of the group, what it depends on, and so on; the last one depends on the first.
    pub(super) paths: Vec<Vec<Id>>,
    /// By component: which group it is in, as a number that stands for nothing else; [`NONE`] where it is in none.
    pub(super) groups: Vec<u32>,
}

/// Finds the circles.
///
/// The groups are the strongly connected components (Tarjan 1972, with a stack of our own).
pub(super) fn find(nodes: &[Arc<Component>]) -> Cycles {
    let mut cycles = Cycles { paths: Vec::new(), groups: vec![NONE; nodes.len()] };
    let mut number = vec![NONE; nodes.len()];
    let mut low = vec![0u32; nodes.len()];
    let mut on_stack = vec![false; nodes.len()];
    let mut stack: Vec<usize> = Vec::new();
    let mut calls: Vec<(usize, usize)> = Vec::new();
    let mut next = 0u32;
    for root in 0..nodes.len() {
        if number[root] == NONE {
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
            let Some(target) = nodes[node].dependencies.get(edge) else {
                if low[node] == number[node] {
                    let from = stack.iter().rposition(|member| *member == node).unwrap_or(0);
                    for member in &stack[from..] {
                        on_stack[*member] = false;
                    }
                    if let Some(path) = circle(nodes, &stack[from..]) {
                        for member in &stack[from..] {
                            cycles.groups[*member] = to_u32(cycles.paths.len());
                        }
                        cycles.paths.push(path);
                    }
                    stack.truncate(from);
                }
                if let Some((parent, _)) = calls.last() {
                    low[*parent] = low[*parent].min(low[node]);
                }
                continue;
            };
            calls.push((node, edge + 1));
            match target.to.map(Id::index) {
                Some(to) if number[to] == NONE => calls.push((to, 0)),
                Some(to) if on_stack[to] => low[node] = low[node].min(number[to]),
                _ => {}
            }
        }
    }
    cycles.paths.sort_unstable();
    cycles
}

/// Returns a shortest circle through the first component of a group; `None` where that is alone and in no circle.
fn circle(nodes: &[Arc<Component>], group: &[usize]) -> Option<Vec<Id>> {
    let start = group.iter().copied().min()?;
    if let [alone] = group {
        let itself = nodes[*alone].dependencies.iter().any(|edge| edge.to == Some(id(*alone)));
        return itself.then(|| vec![id(*alone)]);
    }
    let members: FxHashSet<usize> = group.iter().copied().collect();
    let mut came_from: FxHashMap<usize, usize> = FxHashMap::default();
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for to in nodes[node].dependencies.iter().filter_map(|edge| Some(edge.to?.index())) {
            if to == start {
                let mut path = vec![node];
                while let Some(previous) = path.last().and_then(|last| came_from.get(last)) {
                    path.push(*previous);
                }
                path.reverse();
                return Some(path.into_iter().map(id).collect());
            }
            if members.contains(&to) && !came_from.contains_key(&to) {
                came_from.insert(to, node);
                queue.push_back(to);
            }
        }
    }
    None
}
