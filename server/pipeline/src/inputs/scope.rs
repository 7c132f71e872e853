//! Which files count for which component.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use stagegate_core::components::Components;
use stagegate_core::workspace::Root;

use super::caches::{Counts, counts};

/// The group of files that count for nobody by themselves.
pub(super) const NO_GROUP: u32 = u32::MAX;

/// Which files count together, and for whom.
#[derive(Clone, Debug, Default)]
pub(super) struct Scopes {
    components: Option<Arc<Components>>,
    /// Who owns each group, and whether it counts for them alone.
    keys: Vec<Key>,
    known: FxHashMap<Key, u32>,
    /// The components whose places a folder or file is.
    places: FxHashMap<Box<str>, Vec<u32>>,
}

/// What files of one group have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Key {
    /// The components in whose places they lie, sorted; none for files that everybody shares.
    owners: Vec<u32>,
    /// Whether they are Markdown, which counts for the owners only.
    markdown: bool,
}

impl Scopes {
    /// Reads where the components of `root` lie.
    pub(super) fn new(root: &Root) -> Scopes {
        let components = root.components.clone();
        let mut places: FxHashMap<Box<str>, Vec<u32>> = FxHashMap::default();
        let all = components.iter().flat_map(|components| components.iter());
        for ((id, component), at) in all.zip(0u32..) {
            let Some(components) = &components else { break };
            for place in components.places(id) {
                let paths = place.source.iter().chain(&place.docs_only).chain(&place.tests);
                paths.for_each(|path| places.entry(path.clone()).or_default().push(at));
            }
            // Code that declares a stage is source, wherever it lies.
            for file in &component.code {
                places.entry(Box::from(&*file.path)).or_default().push(at);
            }
        }
        Scopes { components, keys: Vec::new(), known: FxHashMap::default(), places }
    }

    /// Whether the components are still those of `root`.
    pub(super) fn is_of(&self, root: &Root) -> bool {
        match (&self.components, &root.components) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        }
    }

    /// How many groups there are.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Returns the group of the file at `path`.
    pub(super) fn group_of(&mut self, path: &str, root: &Root) -> u32 {
        let counts = counts(path, &root.config);
        if counts == Counts::WhereAsked {
            return NO_GROUP;
        }
        let owners = self.owners(path);
        let markdown = counts == Counts::ForOwners;
        if markdown && owners.is_empty() {
            return NO_GROUP;
        }
        let key = Key { owners, markdown };
        if let Some(group) = self.known.get(&key) {
            return *group;
        }
        let group = u32::try_from(self.keys.len()).unwrap_or(NO_GROUP);
        self.keys.push(key.clone());
        self.known.insert(key, group);
        group
    }

    /// Components may lie within each other: a file is of each whose folder it lies in.
    fn owners(&self, path: &str) -> Vec<u32> {
        let around = std::iter::successors(Some(path), |path| Some(path.rsplit_once('/')?.0));
        let mut owners: Vec<u32> =
            around.filter_map(|path| self.places.get(path)).flatten().copied().collect();
        owners.sort_unstable();
        owners.dedup();
        owners
    }

    /// Returns which groups count for the component with this canonical name; those of every component with `all`, but
    /// for Markdown.
    pub(super) fn groups_for(&self, component: &str, all: bool) -> Vec<usize> {
        let scope = self.needed(component);
        let named = self.components.iter().flat_map(|components| components.iter()).zip(0u32..);
        let own = named.into_iter().find(|((_, known), _)| *known.canonical == *component).map(|(_, at)| at);
        let counts = |key: &Key| match &scope {
            _ if key.owners.is_empty() => true,
            _ if all && !key.markdown => true,
            _ if all => own.is_none_or(|own| key.owners.contains(&own)),
            None => true,
            Some((own, _)) if key.markdown => key.owners.contains(own),
            Some((_, needed)) => key.owners.iter().any(|owner| needed[*owner as usize]),
        };
        (0..self.keys.len()).filter(|at| counts(&self.keys[*at])).collect()
    }

    /// Returns the component and what it needs, directly and through others, itself included; `None` where nobody said
    /// what it needs, so that it may be everything.
    fn needed(&self, component: &str) -> Option<(u32, Vec<bool>)> {
        let components = self.components.as_deref()?;
        let start = components.find_canonical(component)?;
        let said = |id| {
            let component = components.get(id);
            !component.specs.is_empty() || !component.maturity.is_empty()
        };
        let positions: FxHashMap<_, _> = components.iter().map(|(id, _)| id).zip(0u32..).collect();
        let mut needed = vec![false; components.len()];
        let mut open = vec![start];
        while let Some(id) = open.pop() {
            let at = *positions.get(&id)? as usize;
            if std::mem::replace(&mut needed[at], true) {
                continue;
            }
            if !said(id) {
                return None;
            }
            open.extend(components.get(id).dependencies.iter().filter_map(|edge| edge.to));
        }
        Some((*positions.get(&start)?, needed))
    }
}
