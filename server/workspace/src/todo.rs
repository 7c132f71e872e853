//! Searches a workspace for TODO comments.
//!
//! Nearly every file holds none, so a file costs its reading and one literal search; only what has a hit is decoded
//! and read further. Memory is in proportion to the hits.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use stagegate_core::todo::{self, Todo, is_binary};
use stagegate_core::workspace::{FileIndex, Root};

use crate::check::{Selection, is_below};
use crate::load::Workspace;
use crate::read::Reader;
use crate::walk::WalkOptions;

/// How many files a thread takes at once.
const GROUP: usize = 64;

/// The TODOs of a workspace.
#[derive(Clone, Debug, Default)]
pub struct TodoIndex {
    /// The files that hold one, in order of path.
    pub files: Vec<TodoEntry>,
}

/// The TODOs of one file.
#[derive(Clone, Debug)]
pub struct TodoEntry {
    /// Relative to the root, with `/`.
    pub path: Box<str>,
    /// In order of place; never empty.
    pub todos: Vec<Todo>,
}

impl TodoIndex {
    /// Searches the files of a workspace that was scanned: those below the selected folders, and those that were named,
    /// even where `.gitignore` hides them.
    #[must_use]
    pub fn read(workspace: &Workspace, selection: &Selection, options: &WalkOptions) -> TodoIndex {
        let Workspace { path: folder, root, .. } = workspace;
        let index = root.files.as_deref();
        let paths = index.map(FileIndex::paths).unwrap_or_default();
        let is_selected = |path: &str| selection.folders.iter().any(|folder| is_below(path, folder));
        let below = paths.iter().filter(|path| is_selected(path));
        let named = selection.files.iter().filter(|path| folder.join(&***path).is_file());
        let mut paths: Vec<&str> = below.chain(named).map(AsRef::as_ref).collect();
        paths.sort_unstable();
        paths.dedup();
        TodoIndex { files: read_todos(folder, root, &paths, options.threads()) }
    }

    /// Iterates over all TODOs with their paths, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Todo)> {
        self.files.iter().flat_map(|file| file.todos.iter().map(|todo| (&*file.path, todo)))
    }
}

/// Returns the TODOs of those of `paths` that hold one, in the same order.
#[must_use]
pub fn read_todos(folder: &Path, root: &Root, paths: &[&str], threads: usize) -> Vec<TodoEntry> {
    let read = |path: &str, bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).ok()?;
        let todos = todo::read(text, path, root.config.todo.scanner());
        (!todos.is_empty()).then(|| TodoEntry { path: path.into(), todos })
    };
    search(folder, root, paths, threads, read)
}

/// Returns those of `paths` that are text with a word of a TODO, in a comment or not, in the same order.
#[must_use]
pub(crate) fn files_with_words(folder: &Path, root: &Root, paths: &[&str], threads: usize) -> Vec<Box<str>> {
    search(folder, root, paths, threads, |path, bytes| std::str::from_utf8(bytes).ok().map(|_| path.into()))
}

/// Reads those of `paths` that may hold a TODO, and hands what holds a word to `read`, on any thread; what it returns
/// comes out in the order of `paths`. What cannot be read, is too large or no text is left out.
fn search<T: Send>(
    folder: &Path,
    root: &Root,
    paths: &[&str],
    threads: usize,
    read: impl Fn(&str, &[u8]) -> Option<T> + Sync,
) -> Vec<T> {
    let scanner = root.config.todo.scanner();
    let limit = root.config.todo.max_bytes;
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    let groups: Vec<_> = paths.chunks(GROUP).collect();
    let work = || {
        let mut reader = Reader::default();
        let mut full = folder.to_owned();
        let mut mine: Vec<(usize, T)> = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(group) = groups.get(at) else { break };
            for path in group.iter().filter(|path| todo::may_know(path)) {
                full.as_mut_os_string().clear();
                full.push(folder);
                full.push(path);
                let Ok(bytes) = reader.read_bytes(&full, limit) else { continue };
                if scanner.has_word(bytes) && !is_binary(bytes) && root.has_todos(path) {
                    mine.extend(read(path, bytes).map(|found| (at, found)));
                }
            }
        }
        found.lock().unwrap_or_else(PoisonError::into_inner).append(&mut mine);
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(groups.len()) {
            scope.spawn(work);
        }
        work();
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Stable: one thread found all of a group, in order.
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, found)| found).collect()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests lay their own files")]
mod tests {
    use super::*;
    use std::fs;

    fn index(files: &[(&str, &[u8])]) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        for (path, bytes) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let mut workspace = Workspace::load(dir.path());
        let options = WalkOptions::default();
        let _ = workspace.scan(&options);
        // Between the walk and the search.
        let _ = fs::remove_file(dir.path().join("gone.py"));
        let index = TodoIndex::read(&workspace, &Selection::all(), &options);
        index.iter().map(|(path, todo)| format!("{path}:{} {}", todo.line + 1, todo.text)).collect()
    }

    #[test]
    fn every_language_is_searched_and_gitignore_counts() {
        let files: &[(&str, &[u8])] = &[
            (".gitignore", b"build\n# TODO(#1): ignore more\n"),
            ("build/a.py", b"# TODO(#2): no\n"),
            ("src/a.py", b"x = 'TODO(#3)'\n# TODO(#4): a\n"),
            ("src/b.rs", b"\n\n// FIXME: b\n"),
            ("gone.py", b"# TODO(#5): gone\n"),
            ("notes.txt", b"# TODO(#6): no language\n"),
            ("run", b"#!/bin/bash\n# TODO(#7): c\n"),
        ];
        assert_eq!(index(files), [".gitignore:2 ignore more", "run:2 c", "src/a.py:2 a", "src/b.rs:3 b"]);
    }

    #[test]
    fn what_is_no_text_or_too_large_is_left_out() {
        let utf16: Vec<u8> = "# TODO(#1): a\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let large = format!("# TODO(#2): b\n{}", "#".repeat(1024 * 1024));
        let just = format!("# TODO(#3): c\n{}", "x".repeat(1024 * 1024 - 14));
        let files: &[(&str, &[u8])] = &[
            ("a.py", b"# TODO(#1): a \xff\n"),
            ("b.py", &utf16),
            ("c.py", b"\0# TODO(#1): a\n"),
            ("d.py", large.as_bytes()),
            ("e.py", just.as_bytes()),
        ];
        assert_eq!(index(files), ["e.py:1 c"]);
    }

    #[test]
    fn configuration_excludes_and_adds_words() {
        let files: &[(&str, &[u8])] = &[
            (
                "stagegate.yaml",
                b"files:\n  exclude: [a]\ntodo:\n  words: [TBD]\n  exclude: ['b/**']\n  max_bytes: 40\n",
            ),
            ("a", b"#!/bin/sh\n# TBD: a\n"),
            ("b/a.py", b"# TBD: b\n"),
            ("c.py", b"# TBD: c\n# TODO: d\n"),
            ("d.py", b"# TBD: e                                                              \n"),
        ];
        assert_eq!(index(files), ["c.py:1 c TODO: d"]);
    }
}
