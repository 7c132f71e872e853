//! Where the source and the tests of each component lie, by the patterns of the configuration.

mod pattern;

use std::cmp::Reverse;
use std::collections::BTreeMap;

pub use pattern::{LayoutPattern, LayoutPatternError, PLACEHOLDER};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::config::ComponentsConfig;
use crate::files;
use crate::name;
use crate::workspace::FileIndex;

/// Where the components of one workspace folder lie.
#[derive(Debug, Default)]
pub struct Layout {
    /// By canonical name.
    places: BTreeMap<Box<str>, Place>,
    /// The canonical name of the component that each source folder or file is of.
    owners: FxHashMap<Box<str>, Box<str>>,
}

/// Where one component lies. All paths are sorted, and folders have no trailing `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Its name as on disk, with `_` for blanks; of several spellings that of the first pattern.
    pub name: String,
    /// The folders and files with its source.
    pub source: Vec<Box<str>>,
    /// Folders that would be source, but hold nothing but Markdown.
    pub docs_only: Vec<Box<str>>,
    /// The folders and files with its tests.
    pub tests: Vec<Box<str>>,
    /// Whether its source holds code: anything besides Markdown, YAML and JSON.
    pub has_code: bool,
}

impl Layout {
    /// Finds the components among `files`.
    ///
    /// - A source pattern names a component for each folder that it matches and that holds a file. One that ends with
    ///   `<component>` also does for `<component>.py` and `<component>_component.py`.
    /// - A pattern of tests, or one with a `*` behind `<component>`, names none: what it matches goes to the
    ///   component that is known otherwise, of several to that with the longest name.
    /// - A folder that another pattern looks into is no component: `src/components` beside
    ///   `src/components/<component>`.
    #[must_use]
    pub fn new(files: &FileIndex, config: &ComponentsConfig) -> Layout {
        let containers = containers(config.source.iter().chain(&config.tests));
        let (starred, naming): (Vec<_>, Vec<_>) =
            config.source.iter().partition(|pattern| pattern.suffix().literal().is_none());
        let mut places: BTreeMap<Box<str>, Place> = BTreeMap::new();
        // The places that name a component belong to no other one.
        let mut named = FxHashSet::default();
        for pattern in naming {
            each(files, pattern, &containers, |path, is_folder, name| {
                let Some(name) = own_name(pattern, is_folder, name).filter(|name| is_name(name)) else {
                    return;
                };
                let place = places
                    .entry(Box::from(&*name::canonical(name)))
                    .or_insert_with(|| Place { name: name.replace(' ', "_"), ..Place::default() });
                add_source(files, place, path);
                if !starred.is_empty() {
                    named.insert(path);
                }
            });
        }
        for (path, name) in known(files, &starred, &containers, &places) {
            if let Some(place) = places.get_mut(&*name).filter(|_| !named.contains(path)) {
                add_source(files, place, path);
            }
        }
        let tests: Vec<_> = config.tests.iter().collect();
        for (path, name) in known(files, &tests, &containers, &places) {
            if let Some(place) = places.get_mut(&*name) {
                place.tests.push(path.into());
            }
        }
        let mut owners = FxHashMap::default();
        for (name, place) in &mut places {
            for paths in [&mut place.source, &mut place.docs_only, &mut place.tests] {
                paths.sort_unstable();
                paths.dedup();
            }
            for path in place.source.iter().chain(&place.docs_only) {
                owners.entry(path.clone()).or_insert_with(|| name.clone());
            }
        }
        Layout { places, owners }
    }

    /// Returns the component with the canonical name `canonical`: lowercase, with `_` for `-` and blanks.
    #[must_use]
    pub fn get(&self, canonical: &str) -> Option<&Place> {
        self.places.get(canonical)
    }

    /// Iterates over all components, in order of their canonical names.
    pub fn iter(&self) -> impl Iterator<Item = &Place> {
        self.places.values()
    }

    /// Returns the component whose source `path` is or lies in; of several the innermost.
    #[must_use]
    pub fn component_of(&self, path: &str) -> Option<&Place> {
        let parents = std::iter::successors(Some(path), |path| Some(path.rsplit_once('/')?.0));
        let owner = parents.filter_map(|path| self.owners.get(path)).next()?;
        self.get(owner)
    }
}

impl ComponentsConfig {
    /// Returns the name of the component whose source folder is exactly `folder`, as the patterns name it; whether
    /// there is such a folder is not asked.
    #[must_use]
    pub fn component_at<'a>(&self, folder: &'a str) -> Option<&'a str> {
        if self.is_container(folder) {
            return None;
        }
        // Patterns are matched against a file in the folder.
        self.source.iter().find_map(|pattern| {
            let below = folder.strip_prefix(&pattern.folder())?;
            if !pattern.folder().is_empty() && !below.starts_with('/') {
                return None;
            }
            let here = pattern.find(folder).filter(|here| here.path == folder)?;
            let name = here.name.strip_suffix(pattern.suffix().literal()?)?;
            is_name(name).then_some(name)
        })
    }

    /// Whether a pattern looks into `folder`, so that it holds components and is none.
    #[must_use]
    pub fn is_container(&self, folder: &str) -> bool {
        let patterns = self.source.iter().chain(&self.tests);
        let looks_into = |inner: &str| inner == folder || is_below(inner, folder);
        patterns.map(LayoutPattern::folder).any(|inner| looks_into(&inner))
    }
}

/// Whether `name` can be that of a component (DESIGN.md section 8), with blanks for `_`; `__pycache__` and `.git` are
/// none.
fn is_name(name: &str) -> bool {
    let valid = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b' ');
    !name.is_empty() && !name.starts_with(['_', ' ']) && !name.ends_with(' ') && name.bytes().all(valid)
}

/// Returns the folders that a pattern looks into, and those around them.
fn containers<'a>(patterns: impl Iterator<Item = &'a LayoutPattern>) -> FxHashSet<String> {
    let mut found = FxHashSet::default();
    for pattern in patterns {
        let mut folder = pattern.folder();
        while !folder.is_empty() {
            let parent = folder.rsplit_once('/').map_or(String::new(), |(parent, _)| parent.to_owned());
            found.insert(std::mem::replace(&mut folder, parent));
        }
    }
    found
}

/// Calls `found` with each folder or file that `pattern` matches but for its suffix: its path, whether it is a folder,
/// and what stands from the placeholder on in its name.
fn each<'a>(
    files: &'a FileIndex,
    pattern: &LayoutPattern,
    containers: &FxHashSet<String>,
    mut found: impl FnMut(&'a str, bool, &'a str),
) {
    let mut rest = files.below(&pattern.folder());
    while let Some((path, others)) = rest.split_first() {
        rest = others;
        let Some(here) = pattern.find(path) else { continue };
        if here.is_folder {
            // All of a folder lies together.
            let below = rest.partition_point(|path| is_below(path, here.path));
            rest = &rest[below..];
            if containers.contains(here.path) {
                continue;
            }
        }
        found(here.path, here.is_folder, here.name);
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Returns the component that a source pattern names; `name` stands from the placeholder on.
fn own_name<'a>(pattern: &LayoutPattern, is_folder: bool, name: &'a str) -> Option<&'a str> {
    if pattern.ends_with_name() && !is_folder {
        return name.strip_suffix("_component.py").or_else(|| name.strip_suffix(".py"));
    }
    name.strip_suffix(pattern.suffix().literal()?)
}

fn add_source(files: &FileIndex, place: &mut Place, path: &str) {
    let below = files.below(path);
    let is_data = |path: &str| has_ending(path, &[".md", ".yaml", ".yml", ".json"]);
    place.has_code |= below.is_empty() || !below.iter().all(|path| is_data(path));
    let docs_only = !below.is_empty() && below.iter().all(|path| files::is_markdown(path));
    if docs_only { &mut place.docs_only } else { &mut place.source }.push(path.into());
}

/// Whether `path` ends with one of `endings`, in any case of letters.
fn has_ending(path: &str, endings: &[&str]) -> bool {
    let end = |ending: &str| path.get(path.len().checked_sub(ending.len())?..);
    endings.iter().any(|ending| end(ending).is_some_and(|end| end.eq_ignore_ascii_case(ending)))
}

/// Returns what `patterns` match for a component that is among `places`: the path, and the component's canonical name.
/// What matches for several is of that with the longest name.
fn known<'a>(
    files: &'a FileIndex,
    patterns: &[&LayoutPattern],
    containers: &FxHashSet<String>,
    places: &BTreeMap<Box<str>, Place>,
) -> Vec<(&'a str, Box<str>)> {
    let longest = places.keys().map(|name| name.len()).max().unwrap_or_default();
    let mut found: Vec<(&str, Box<str>)> = Vec::new();
    for pattern in patterns {
        each(files, pattern, containers, |path, is_folder, rest| {
            if pattern.ends_with_name() && !is_folder {
                return;
            }
            for at in pattern.suffix().splits(rest).filter(|at| *at <= longest) {
                if let Some((name, _)) = places.get_key_value(&*name::canonical(&rest[..at])) {
                    found.push((path, name.clone()));
                    return;
                }
            }
        });
    }
    found.sort_unstable_by(|a, b| (a.0, Reverse(a.1.len()), &a.1).cmp(&(b.0, Reverse(b.1.len()), &b.1)));
    found.dedup_by(|next, kept| next.0 == kept.0 && (next.1.len() < kept.1.len() || next.1 == kept.1));
    found
}

#[cfg(test)]
mod tests;
