//! Naming what changed between two moments.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::{Group, Hash, Inputs, Manifest};

/// Most changes that are named.
const MAX_NAMED: usize = 20;

/// Returns what is different between the inputs of evidence and those of now, in words for people: `the definition of the
/// gate`, `the version of ruff`, and paths; with `(new)` or `(gone)` behind those that did not count then, or do not now.
/// Empty where nothing is. At most 20, the rest as `and 5 more`.
///
/// `group` looks up a group of files of the evidence; where one is lost, `files that are not known any more` is said.
#[must_use]
pub fn changed(then: &Manifest, now: &Inputs, mut group: impl FnMut(Hash) -> Option<Group>) -> Vec<String> {
    let mut named = Vec::new();
    if then.definition != now.manifest.definition {
        named.push("the definition of the gate".to_owned());
    }
    named.extend(tools(&then.tool, &now.manifest.tool));
    let old: FxHashSet<Hash> = then.groups.iter().copied().collect();
    let new: FxHashSet<Hash> = now.groups.iter().map(|group| group.hash).collect();
    let mut files: BTreeMap<String, (Option<Hash>, Option<Hash>)> = BTreeMap::new();
    let mut lost = false;
    for hash in old.difference(&new) {
        match group(*hash) {
            Some(group) => group.files.iter().for_each(|(path, hash)| {
                files.entry(path.to_string()).or_default().0 = Some(*hash);
            }),
            None => lost = true,
        }
    }
    for group in now.groups.iter().filter(|group| !old.contains(&group.hash)) {
        for (path, hash) in &group.files {
            files.entry(path.to_string()).or_default().1 = Some(*hash);
        }
    }
    if lost {
        named.push("files that are not known any more".to_owned());
    } else {
        named.extend(files.into_iter().filter_map(|(path, (then, now))| match (then, now) {
            (Some(then), Some(now)) if then == now => None,
            (Some(_), Some(_)) => Some(path),
            (None, _) => Some(format!("{path} (new)")),
            (_, None) => Some(format!("{path} (gone)")),
        }));
    }
    if named.is_empty() && then != &now.manifest {
        named.push("which files count".to_owned());
    }
    if named.len() > MAX_NAMED {
        let more = named.len() - MAX_NAMED;
        named.truncate(MAX_NAMED);
        named.push(format!("and {more} more"));
    }
    named
}

/// Names the tools whose lines differ.
fn tools(then: &str, now: &str) -> Vec<String> {
    let differ = |a: &str, b: &str| -> Vec<String> {
        let lines = a.lines().filter(|line| !b.lines().any(|other| other == *line));
        let name = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
        lines.map(|line| format!("the version of {}", name(line))).collect()
    };
    let mut named = differ(now, then);
    for words in differ(then, now) {
        if !named.contains(&words) {
            named.push(words);
        }
    }
    if named.is_empty() && then != now {
        named.push("the tools".to_owned());
    }
    named
}
