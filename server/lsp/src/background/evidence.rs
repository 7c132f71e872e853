//! What changed on disk of what the evidence of gates may depend on: files that git does not ignore, reports and other
//! files that count although it does, and the store of evidence itself.

use std::path::Path;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use stagegate_core::config::Config;

use crate::gates::Gates;
use crate::gates::board::STORE;
use crate::state::Folder;

/// Most paths that are noted; of more, everything is looked at again.
const MOST: usize = 10_000;

/// Paths in folders, each with whether it was known to count.
type Paths = FxHashMap<Arc<Path>, FxHashMap<String, bool>>;

/// What changed since it was told last.
#[derive(Default)]
pub(super) struct Inputs {
    contents: Paths,
    /// What came or went; told once the files of its folder hold it.
    existence: Paths,
    noted: usize,
    places: FxHashMap<Arc<Path>, (Arc<Config>, FxHashSet<String>)>,
}

impl Inputs {
    /// Notes that the file at `path` in a folder changed, or with `existence` came or went.
    pub(super) fn changed(&mut self, gates: &Gates, folder: &Folder, path: &str, existence: bool) {
        if STORE.contains(&path) || path == ".stagegate" {
            return gates.boards.stored(&folder.path);
        }
        if path.split('/').any(|part| part == ".git" || part == ".stagegate") {
            return;
        }
        let counts = self.counts(gates, folder, path);
        if !counts && !existence {
            return;
        }
        self.noted += 1;
        if self.noted > MOST {
            (self.contents, self.existence) = (Paths::default(), Paths::default());
            return;
        }
        let paths = if existence { &mut self.existence } else { &mut self.contents };
        *paths.entry(Arc::clone(&folder.path)).or_default().entry(path.to_owned()).or_default() |= counts;
    }

    /// Tells what changed; what came or went only with `scanned`.
    pub(super) fn tell(&mut self, gates: &Gates, scanned: bool) {
        if self.noted > MOST {
            if scanned {
                self.noted = 0;
                gates.boards.lost();
            }
            return;
        }
        let mut told = std::mem::take(&mut self.contents);
        if scanned {
            for (folder, paths) in std::mem::take(&mut self.existence) {
                let told = told.entry(folder).or_default();
                for (path, counts) in paths {
                    *told.entry(path).or_default() |= counts;
                }
            }
            self.noted = 0;
        }
        for (folder, paths) in told {
            gates.boards.changed(&folder, paths.into_iter().collect());
        }
    }

    /// Whether evidence may depend on the file at `path`, or on something below it.
    fn counts(&mut self, gates: &Gates, folder: &Folder, path: &str) -> bool {
        let files = folder.root.files.as_deref();
        if files.is_some_and(|files| files.contains(path) || !files.below(path).is_empty()) {
            return true;
        }
        let config = &folder.root.config;
        let known = self.places.get(&folder.path).is_some_and(|(of, _)| Arc::ptr_eq(of, config));
        if !known {
            let places = gates.host.places(config).into_iter().collect();
            self.places.insert(Arc::clone(&folder.path), (Arc::clone(config), places));
        }
        let is_below = |place: &String| {
            place.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let is_place = self.places.get(&folder.path).is_some_and(|(_, places)| places.iter().any(is_below));
        is_place || config.gates.iter().flat_map(|gate| &gate.inputs).any(|glob| glob.is_match(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::NoHost;
    use stagegate_core::workspace::{FileIndex, Root};

    #[test]
    fn only_what_may_count_is_noted() {
        let (gates, _events) = Gates::new(Arc::new(NoHost));
        let files = FileIndex::new(vec!["src/a.py".into()]);
        let root = Root { files: Some(Arc::new(files)), ..Root::default() };
        let folder = Folder::new(Path::new("/w"), root);
        let mut inputs = Inputs::default();
        for path in
            ["src/a.py", "target/debug/x", ".git/index", ".stagegate/runs/1/x", ".stagegate/evidence.db"]
        {
            inputs.changed(&gates, &folder, path, false);
        }
        inputs.changed(&gates, &folder, "src/new.py", true);
        inputs.changed(&gates, &folder, "src", true);
        let sorted = |paths: &Paths| {
            let mut paths: Vec<_> =
                paths.values().flatten().map(|(path, counts)| (path.clone(), *counts)).collect();
            paths.sort();
            paths
        };
        assert_eq!(sorted(&inputs.contents), [("src/a.py".to_owned(), true)]);
        assert_eq!(sorted(&inputs.existence), [("src".to_owned(), true), ("src/new.py".to_owned(), false)]);
        inputs.tell(&gates, false);
        assert!(inputs.contents.is_empty() && !inputs.existence.is_empty());
        inputs.tell(&gates, true);
        assert!(inputs.existence.is_empty());
    }

    #[test]
    fn too_much_is_looked_at_as_a_whole() {
        let (gates, _events) = Gates::new(Arc::new(NoHost));
        let folder = Folder::new(Path::new("/w"), Root::default());
        let mut inputs = Inputs::default();
        for number in 0..=MOST {
            inputs.changed(&gates, &folder, &format!("x/{number}"), true);
        }
        assert!(inputs.existence.is_empty());
        inputs.tell(&gates, true);
        assert_eq!(inputs.noted, 0);
    }
}
