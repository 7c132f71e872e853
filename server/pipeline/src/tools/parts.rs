//! The files of a component, by what they are for.

use std::collections::BTreeSet;
use std::path::Path;

use stagegate_core::components::Id;
use stagegate_core::workspace::{FileIndex, Root};

/// What the source of a component is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Language {
    Python,
    Rust,
    Node,
}

/// Which tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Suite {
    Unit,
    Integration,
    E2e,
    Smoke,
}

/// Where the files of one component lie; relative to the root, with `/`.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    /// Its name, which starts with no `-`.
    pub(super) name: String,
    /// Folders and files.
    pub(super) sources: Vec<String>,
    /// Folders and files of tests, and which they are.
    pub(super) tests: BTreeSet<(Suite, String)>,
    /// What most of its code is written in, best first.
    pub(super) languages: Vec<Language>,
    /// The endings of its files, most frequent first; for messages.
    pub(super) endings: Vec<String>,
}

impl Parts {
    /// Collects them.
    pub(super) fn new(workspace: &Root, files: &FileIndex, id: Id) -> Parts {
        let Some(components) = workspace.components.as_deref() else { return Parts::default() };
        let mut parts = Parts {
            name: components.get(id).canonical.trim_start_matches('-').to_owned(),
            ..Parts::default()
        };
        for place in components.places(id) {
            parts.sources.extend(place.source.iter().map(ToString::to_string));
            for path in &place.tests {
                parts.add_tests(files, path);
            }
        }
        parts.sources.sort();
        parts.sources.dedup();
        parts.count(files);
        parts
    }

    fn add_tests(&mut self, files: &FileIndex, path: &str) {
        let (suite, _) = suite_of(path);
        self.tests.insert((suite, path.to_owned()));
        if suite == Suite::Unit {
            for file in files.below(path) {
                if let (suite @ (Suite::Integration | Suite::E2e | Suite::Smoke), folder) = suite_of(file) {
                    self.tests.insert((suite, folder.to_owned()));
                }
            }
        }
    }

    fn count(&mut self, files: &FileIndex) {
        let mut counts: Vec<(usize, Language)> =
            [Language::Python, Language::Rust, Language::Node].map(|language| (0, language)).into();
        let mut endings: Vec<(usize, String)> = Vec::new();
        for path in self.sources.iter().flat_map(|path| below(files, path)) {
            let Some((_, ending)) = name_of(path).rsplit_once('.') else { continue };
            match endings.iter_mut().find(|(_, known)| known == ending) {
                Some((count, _)) => *count += 1,
                None => endings.push((1, ending.to_owned())),
            }
            if let Some(language) = language(ending) {
                counts[language as usize].0 += 1;
            }
        }
        counts.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        endings.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        self.languages = counts.into_iter().filter(|(count, _)| *count > 0).map(|(_, l)| l).collect();
        self.endings = endings.into_iter().map(|(_, ending)| format!(".{ending}")).collect();
    }

    /// Returns the folders and files of the tests of one kind.
    pub(super) fn tests(&self, suite: Suite) -> Vec<&str> {
        self.tests.iter().filter(|(of, _)| *of == suite).map(|(_, path)| &**path).collect()
    }

    /// Returns every folder and file of tests that lies in no other one.
    pub(super) fn all_tests(&self) -> Vec<&str> {
        let all: BTreeSet<&str> = self.tests.iter().map(|(_, path)| &**path).collect();
        all.iter().copied().filter(|path| !all.iter().any(|outer| is_below(path, outer))).collect()
    }

    /// Returns every folder and file of sources and tests.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(|path| &**path).chain(self.all_tests())
    }

    /// Returns what lies in tests of one kind and is of another one.
    pub(super) fn not_in(&self, suite: Suite) -> Vec<&str> {
        let own = self.tests(suite);
        let others = self.tests.iter().filter(|(of, _)| *of != suite).map(|(_, path)| &**path);
        others.filter(|path| own.iter().any(|outer| is_below(path, outer))).collect()
    }

    /// Returns the innermost folder that holds all sources, and all tests where `tests`.
    pub(super) fn folder(&self, root: &Path, tests: bool) -> String {
        let tests = self.tests.iter().map(|(_, path)| path).filter(|_| tests);
        let folders = self.sources.iter().chain(tests).map(|path| {
            if root.join(path).is_dir() {
                path
            } else {
                path.rsplit_once('/').map_or("", |(folder, _)| folder)
            }
        });
        let common = |a: &str, b: &str| {
            let names = a.split('/').zip(b.split('/')).take_while(|(a, b)| a == b).map(|(a, _)| a);
            names.collect::<Vec<_>>().join("/")
        };
        folders.map(str::to_owned).reduce(|a, b| common(&a, &b)).unwrap_or_default()
    }
}

/// Returns the files below `path`, or the file that it is.
pub(super) fn below<'a>(files: &'a FileIndex, path: &str) -> impl Iterator<Item = &'a str> {
    let at = files.paths().binary_search_by(|known| (**known).cmp(path)).ok();
    let file = at.and_then(|at| files.paths().get(at));
    file.into_iter().chain(files.below(path)).map(AsRef::as_ref)
}

/// Returns `folder` and those around it, up to the root.
pub(super) fn upwards(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| {
        (!folder.is_empty()).then(|| folder.rsplit_once('/').map_or("", |(parent, _)| parent))
    })
}

/// Returns `path` relative to `folder`, which holds it, so that it is never taken for an option.
pub(super) fn relative(path: &str, folder: &str) -> String {
    let rest = match path.strip_prefix(folder) {
        _ if folder.is_empty() => path,
        Some("") => ".",
        Some(rest) => rest.strip_prefix('/').unwrap_or(path),
        None => path,
    };
    if rest.is_empty() {
        return ".".to_owned();
    }
    if rest.starts_with(['-', '@']) { format!("./{rest}") } else { rest.to_owned() }
}

/// Returns the last name of a path.
pub(super) fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn language(ending: &str) -> Option<Language> {
    Some(match ending {
        "py" | "pyi" => Language::Python,
        "rs" => Language::Rust,
        "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" => Language::Node,
        _ => return None,
    })
}

/// Returns which tests lie at `path`, by the first folder below one of tests that says so, and that folder.
fn suite_of(path: &str) -> (Suite, &str) {
    let mut in_tests = false;
    let mut end = 0;
    for name in path.split('/') {
        end += name.len();
        let suite = match name {
            "integration" => Suite::Integration,
            "e2e" => Suite::E2e,
            "smoke" => Suite::Smoke,
            _ => Suite::Unit,
        };
        if in_tests && suite != Suite::Unit {
            return (suite, &path[..end]);
        }
        in_tests |= matches!(name, "tests" | "test" | "__tests__");
        end += 1;
    }
    (Suite::Unit, path)
}
