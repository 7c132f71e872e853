//! The paths of a workspace folder that `.gitignore` does not hide.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustc_hash::FxHashMap;

use crate::files;
use crate::glob::Glob;
use crate::name;

/// Most paths that [`Matches`] names.
const FIRST_MATCHES: usize = 5;

/// Most globs whose matches are remembered; a limit on memory, far above what a workspace has.
const CACHE_LIMIT: usize = 4096;

/// A sorted list of paths, relative to the root, with `/`.
///
/// Immutable; matches are remembered, which no caller can observe but for the time.
#[derive(Debug, Default)]
pub struct FileIndex {
    paths: Vec<Box<str>>,
    /// Which paths are Markdown pages, by canonical name; read once somebody asks.
    pages: OnceLock<FxHashMap<String, Vec<u32>>>,
    cache: Mutex<FxHashMap<Box<str>, Arc<Matches>>>,
}

/// The files that one glob matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matches {
    /// How many there are.
    pub count: usize,
    /// The first few, in order.
    pub first: Vec<Box<str>>,
}

impl FileIndex {
    /// Returns an index of `paths`.
    #[must_use]
    pub fn new(mut paths: Vec<Box<str>>) -> FileIndex {
        paths.sort_unstable();
        paths.dedup();
        FileIndex { paths, ..FileIndex::default() }
    }

    /// Returns every path, sorted.
    #[must_use]
    pub fn paths(&self) -> &[Box<str>] {
        &self.paths
    }

    /// Whether a file has exactly this path.
    #[must_use]
    pub fn contains(&self, path: &str) -> bool {
        self.paths.binary_search_by(|known| (**known).cmp(path)).is_ok()
    }

    /// Returns the files that `glob` matches: relative to the root, or anywhere below it as VS Code reads it.
    #[must_use]
    pub fn matches(&self, glob: &Glob) -> Arc<Matches> {
        let lock = || self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(glob.pattern()) {
            return Arc::clone(known);
        }
        let mut found = Matches::default();
        for path in self.paths.iter().filter(|path| glob.is_match(path)) {
            if found.first.len() < FIRST_MATCHES {
                found.first.push(path.clone());
            }
            found.count += 1;
        }
        let found = Arc::new(found);
        let mut cache = lock();
        if cache.len() >= CACHE_LIMIT {
            cache.clear();
        }
        cache.insert(glob.pattern().into(), Arc::clone(&found));
        found
    }

    /// Returns the Markdown files whose page has this canonical name, in order: `guide` is any `guide.md`, and also
    /// `docs___guide.md`, as some editors of wikis write folders.
    pub fn pages(&self, canonical: &str) -> impl Iterator<Item = &str> + use<'_> {
        let pages = self.pages.get_or_init(|| {
            let mut pages: FxHashMap<String, Vec<u32>> = FxHashMap::default();
            for (path, at) in self.paths.iter().zip(0..).filter(|(path, _)| files::is_markdown(path)) {
                let name = path.rsplit('/').next().unwrap_or(path);
                let stem = &name[..name.len().saturating_sub(3)];
                let page = stem.rsplit("___").next().unwrap_or(stem);
                pages.entry(name::canonical(page)).or_default().push(at);
            }
            pages
        });
        let found = pages.get(canonical).map(Vec::as_slice).unwrap_or_default();
        found.iter().filter_map(|at| self.paths.get(*at as usize)).map(AsRef::as_ref)
    }

    /// Returns the folders directly below `folder` (`""` for the root), sorted.
    #[must_use]
    pub fn folders_in(&self, folder: &str) -> Vec<&str> {
        let below = self.below(folder).iter();
        let names: BTreeSet<_> =
            below.filter_map(|path| Some(below_prefix(path, folder).split_once('/')?.0)).collect();
        names.into_iter().collect()
    }

    /// Returns how often each file extension occurs below `folder`, most frequent first.
    #[must_use]
    pub fn extensions_in(&self, folder: &str) -> Vec<(&str, usize)> {
        count_extensions(self.below(folder).iter().map(|path| &**path))
    }

    /// Returns how often each file extension occurs directly in `folder`, most frequent first.
    #[must_use]
    pub fn extensions_directly_in(&self, folder: &str) -> Vec<(&str, usize)> {
        let files = self.below(folder).iter().filter(|path| !below_prefix(path, folder).contains('/'));
        count_extensions(files.map(|path| &**path))
    }

    /// Returns the files below `folder` (`""` for the root), sorted.
    #[must_use]
    pub fn below(&self, folder: &str) -> &[Box<str>] {
        if folder.is_empty() {
            return &self.paths;
        }
        let prefix = format!("{folder}/");
        let start = self.paths.partition_point(|path| **path < *prefix);
        let len = self.paths[start..].partition_point(|path| path.starts_with(&prefix));
        &self.paths[start..start + len]
    }
}

/// Returns the part of `path` below `folder`, which it lies in.
fn below_prefix<'a>(path: &'a str, folder: &str) -> &'a str {
    let len = if folder.is_empty() { 0 } else { folder.len() + 1 };
    path.get(len..).unwrap_or_default()
}

fn count_extensions<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<(&'a str, usize)> {
    let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
    for path in paths {
        let name = path.rsplit('/').next().unwrap_or(path);
        if let Some((stem, extension)) = name.rsplit_once('.')
            && !stem.is_empty()
        {
            *counts.entry(extension).or_default() += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(paths: &[&str]) -> FileIndex {
        FileIndex::new(paths.iter().map(|path| Box::from(*path)).collect())
    }

    #[test]
    fn matches_are_counted_and_the_first_are_named() {
        let index = index(&["src/a.py", "src/x/b.py", "README.md", ".github/w.yml"]);
        let found = index.matches(&Glob::new("src/**/*.py").unwrap());
        assert_eq!((found.count, found.first.len()), (2, 2));
        assert_eq!(index.matches(&Glob::new("**/*.yml").unwrap()).count, 1, "folders with a dot are folders");
        assert_eq!(index.matches(&Glob::new("*.py").unwrap()).count, 2, "anywhere, as VS Code reads it");
    }

    #[test]
    fn folders_and_extensions_come_from_the_files() {
        let index = index(&["src/a.py", "src/x/b.py", "src/x/c.rs", "tests/t.py", ".gitignore"]);
        assert_eq!(index.folders_in(""), ["src", "tests"]);
        assert_eq!(index.folders_in("src"), ["x"]);
        assert_eq!(index.extensions_in("src"), [("py", 2), ("rs", 1)]);
        assert_eq!(index.extensions_in("")[0], ("py", 3));
        assert_eq!(index.extensions_directly_in("src"), [("py", 1)]);
        assert_eq!(index.below("src/x").len(), 2);
        assert!(index.below("sr").is_empty());
    }
}
