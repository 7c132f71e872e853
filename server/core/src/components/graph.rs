//! Building the graph from the facts of all files.
//!
//! It is built anew after many a change, so it looks each name up once and compares no strings twice. Everything in these
//! modules is a loop over indices: a chain of 5,000 components must not reach the end of the stack.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Component, Components, Edge, Facts, FactsKind, FileFacts, cycles, id, weak};
use crate::layout::Layout;
use crate::name;

/// No node.
pub(super) const NONE: u32 = u32::MAX;

/// From how many dependencies on a map finds out which were there before.
const MANY: usize = 32;

pub(super) fn build(files: impl IntoIterator<Item = FileFacts>, layout: Arc<Layout>) -> Components {
    // What cannot be the name of a component (`../../etc`) never becomes one.
    let valid = |file: &FileFacts| name::is_valid(&file.facts.component);
    let files: Vec<FileFacts> = files.into_iter().filter(valid).collect();
    let Names { names, of_file, of_dependency } = Names::read(&files, &layout);
    let order = sorted(&names);
    let mut position = vec![0u32; names.len()];
    for (at, name) in order.iter().enumerate() {
        position[*name as usize] = to_u32(at);
    }
    let mut nodes: Vec<Component> = order.iter().map(|name| empty(&names[*name as usize])).collect();
    for (file, name) in files.into_iter().zip(of_file) {
        let node = &mut nodes[position[name as usize] as usize];
        let list = list(node, file.facts.kind);
        if list.is_empty() {
            list.reserve_exact(1);
        }
        list.push(file);
    }
    let known = |name: &Arc<str>| of_dependency.get(name).map(|name| id(position[*name as usize] as usize));
    for node in &mut nodes {
        for list in [&mut node.specs, &mut node.maturity, &mut node.code] {
            list.sort_by(|a, b| a.path.cmp(&b.path));
        }
        name_and_stage(node, &layout);
        node.dependencies = edges(node, known);
    }
    let mut counts = vec![0usize; nodes.len()];
    for to in nodes.iter().flat_map(|node| &node.dependencies).filter_map(|edge| edge.to) {
        counts[to.index()] += 1;
    }
    for (node, count) in nodes.iter_mut().zip(counts) {
        node.dependents.reserve_exact(count);
    }
    for from in 0..nodes.len() {
        for edge in 0..nodes[from].dependencies.len() {
            if let Some(to) = nodes[from].dependencies[edge].to {
                nodes[to.index()].dependents.push(id(from));
            }
        }
    }
    let nodes: Vec<Arc<Component>> = nodes.into_iter().map(Arc::new).collect();
    let weak = Arc::new(weak::ways(&nodes));
    let cycles = Arc::new(cycles::find(&nodes));
    Components { nodes, layout, weak, cycles }
}

/// See [`Components::with`].
pub(super) fn with(old: &Components, file: &FileFacts) -> Option<Components> {
    let at = old.find_canonical(&file.facts.canonical)?.index();
    let before = &old.nodes[at];
    let mut node = Component::clone(before);
    let known = list(&mut node, file.facts.kind).iter_mut().find(|known| known.path == file.path)?;
    let needs = |facts: &Facts| -> Vec<_> {
        facts.dependencies.iter().map(|d| (Arc::clone(&d.canonical), d.required)).collect()
    };
    if needs(&known.facts) != needs(&file.facts) {
        return None;
    }
    *known = file.clone();
    name_and_stage(&mut node, &old.layout);
    let same_stage = node.stage == before.stage;
    let mut nodes = old.nodes.clone();
    nodes[at] = Arc::new(node);
    let weak = if same_stage { Arc::clone(&old.weak) } else { Arc::new(weak::ways(&nodes)) };
    Some(Components { nodes, layout: Arc::clone(&old.layout), weak, cycles: Arc::clone(&old.cycles) })
}

/// The files of one kind.
fn list(node: &mut Component, kind: FactsKind) -> &mut Vec<FileFacts> {
    match kind {
        FactsKind::Spec => &mut node.specs,
        FactsKind::Maturity => &mut node.maturity,
        FactsKind::Code => &mut node.code,
    }
}

/// Sets what the files of a component say of it together.
fn name_and_stage(node: &mut Component, layout: &Layout) {
    let first = node.files().next().map(|first| Arc::clone(&first.facts.component));
    // What no file is about is known by the layout.
    let of_folder = || Some(name::displayed(&layout.get(&node.canonical)?.name).into());
    if let Some(name) = first.or_else(of_folder) {
        node.name = name;
    }
    let stage = node.counting().and_then(|statement| statement.stage);
    node.stage = stage;
}

pub(super) fn to_u32(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Returns the order of `names`. Most share a start, and strings lie all over the memory: eight bytes behind the start
/// decide nearly every comparison.
fn sorted(names: &[Arc<str>]) -> Vec<u32> {
    let Some(first) = names.first() else { return Vec::new() };
    let common = |name: &Arc<str>| name.bytes().zip(first.bytes()).take_while(|(a, b)| a == b).count();
    let start = names.iter().map(common).min().unwrap_or_default();
    let key = |name: &Arc<str>| {
        let mut key = [0; 8];
        for (to, byte) in key.iter_mut().zip(&name.as_bytes()[start..]) {
            *to = *byte;
        }
        u64::from_be_bytes(key)
    };
    let mut keyed: Vec<(u64, u32)> = names.iter().map(key).zip(0..).collect();
    keyed.sort_unstable_by(|(a, x), (b, y)| {
        a.cmp(b).then_with(|| names[*x as usize].cmp(&names[*y as usize]))
    });
    keyed.into_iter().map(|(_, at)| at).collect()
}

fn empty(canonical: &Arc<str>) -> Component {
    Component {
        name: Arc::clone(canonical),
        canonical: Arc::clone(canonical),
        specs: Vec::new(),
        maturity: Vec::new(),
        code: Vec::new(),
        stage: None,
        dependencies: Vec::new(),
        dependents: Vec::new(),
    }
}

/// The names that files are about, and those among their dependencies that are known.
struct Names {
    /// Canonical, in the order in which they come up.
    names: Vec<Arc<str>>,
    /// Which one each file is about.
    of_file: Vec<u32>,
    /// Every name.
    of_dependency: FxHashMap<Arc<str>, u32>,
}

impl Names {
    /// A component is known by a file, or by a source folder that a dependency names.
    fn read(files: &[FileFacts], layout: &Layout) -> Names {
        let mut names: Vec<Arc<str>> = Vec::new();
        let mut known: FxHashMap<Arc<str>, u32> = FxHashMap::default();
        known.reserve(files.len() / 2);
        let mut of_file = Vec::with_capacity(files.len());
        for file in files {
            let name = &file.facts.canonical;
            let at = match known.get(name) {
                Some(at) => *at,
                None => {
                    names.push(Arc::clone(name));
                    known.insert(Arc::clone(name), to_u32(names.len() - 1));
                    to_u32(names.len() - 1)
                }
            };
            of_file.push(at);
        }
        for dependency in files.iter().flat_map(|file| &file.facts.dependencies) {
            let name = &dependency.canonical;
            if !known.contains_key(name) && layout.get(name).is_some() {
                known.insert(Arc::clone(name), to_u32(names.len()));
                names.push(Arc::clone(name));
            }
        }
        Names { names, of_file, of_dependency: known }
    }
}

/// Joins the dependencies that the files of a component state: each component once, required if any file says so.
fn edges(node: &Component, known: impl Fn(&Arc<str>) -> Option<super::Id>) -> Vec<Edge> {
    let lists = || node.specs.iter().chain(&node.maturity).map(|file| &file.facts.dependencies);
    let count = lists().map(Vec::len).sum();
    let mut edges: Vec<Edge> = Vec::with_capacity(count);
    let mut before: FxHashMap<Arc<str>, usize> = FxHashMap::default();
    for dependency in lists().flatten() {
        let name = &dependency.canonical;
        let there = match count {
            MANY.. => before.get(name).copied(),
            _ => edges.iter().position(|edge| edge.name == *name),
        };
        if let Some(at) = there {
            edges[at].required |= dependency.required;
            continue;
        }
        if count >= MANY {
            before.insert(Arc::clone(name), edges.len());
        }
        edges.push(Edge { to: known(name), name: Arc::clone(name), required: dependency.required });
    }
    edges
}
