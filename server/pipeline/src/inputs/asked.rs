//! The files that a gate asks for beside the usual ones.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use stagegate_core::glob::Glob;

use super::caches::made_below;
use super::content::{Contents, now_ns, tagged};
use super::{Hash, Snapshot};

/// Most files of one folder that git ignores. With more of them the evidence is never served again: nobody looked at
/// all of them.
const MAX_IGNORED: usize = 100_000;

/// Returns the files that one of `globs` matches, sorted: those of the snapshot, and those that git ignores where the
/// pattern begins with the folder they lie in, or is their path. Caches, packages and what was built in a folder further
/// down are left out ([`made_below`]).
pub(super) fn files(snapshot: &Snapshot, globs: &[Arc<Glob>]) -> Vec<(Arc<str>, Hash)> {
    let is_match = |path: &str| globs.iter().any(|glob| glob.is_match(path));
    let mut found: Vec<(Arc<str>, Hash)> = snapshot
        .files
        .iter()
        .filter(|file| is_match(&file.path))
        .map(|file| (Arc::clone(&file.path), file.hash))
        .collect();
    let contents = Contents { folder: &snapshot.folder, resolved: &snapshot.resolved, now_ns: now_ns() };
    let mut ignored: Vec<String> = Vec::new();
    for glob in globs {
        match start(glob.pattern()) {
            Some((path, true)) => ignored.push(path.to_owned()),
            Some((folder, false)) => {
                let made = made_below(folder, found.iter().map(|(path, _)| &**path));
                below(&snapshot.folder, folder, &made, &mut ignored);
            }
            None => {}
        }
    }
    if ignored.len() > MAX_IGNORED {
        let hash = tagged(b"too many", &contents.now_ns.to_le_bytes());
        found.push((Arc::from("more files than can be looked at"), hash));
        ignored.clear();
    }
    for path in ignored {
        let is_new = snapshot.content(&path).is_none();
        if is_new
            && is_match(&path)
            && let Some(content) = contents.of(Path::new(&path), snapshot.known.get(&*path))
        {
            found.push((path.into(), content.hash));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Returns what a pattern starts with: a path (`true`), or the folder that all its files lie in. `None` where they may
/// lie anywhere, or outside.
fn start(pattern: &str) -> Option<(&str, bool)> {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern).trim_start_matches('/');
    let found = match pattern.find(['*', '?', '[', '{', '\\']) {
        None => (pattern, true),
        Some(at) => (pattern[..at].rsplit_once('/')?.0, false),
    };
    let inside = !found.0.is_empty() && found.0.split('/').all(|part| !matches!(part, ".." | "." | ""));
    inside.then_some(found)
}

/// Adds the files below `folder`, also those that git ignores, without folders named in `made`; links to folders are not
/// followed.
fn below(root: &Path, folder: &str, made: &[&str], files: &mut Vec<String>) {
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(root.join(&folder)) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let path = format!("{folder}/{name}");
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && made.contains(&&*name) => {}
                Ok(kind) if kind.is_dir() => open.push(path),
                _ => files.push(path),
            }
            if files.len() > MAX_IGNORED {
                return;
            }
        }
    }
}
