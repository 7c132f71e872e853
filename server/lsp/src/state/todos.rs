//! The TODO comments of the files on disk, and what is known of their issues. Both belong to folders by their paths, so
//! that they outlive other states of a folder.

use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use stagegate_core::issues::IssueBook;
use stagegate_core::todo::Todo;

use super::State;

/// The TODOs of the files of one folder, by path in it; no file without one.
pub(crate) type TodosOfFolder = FxHashMap<Arc<str>, Arc<[Todo]>>;

impl State {
    /// Replaces what is known of the files of a folder.
    pub(crate) fn set_todos(&self, folder: &Arc<Path>, todos: TodosOfFolder) {
        self.lock().todos.insert(Arc::clone(folder), todos);
    }

    /// Notes the TODOs of one file.
    pub(crate) fn put_todos(&self, folder: &Path, path: &str, todos: Vec<Todo>) {
        let mut inner = self.lock();
        let Some(files) = inner.todos.get_mut(folder) else { return };
        if todos.is_empty() {
            files.remove(path);
        } else {
            files.insert(Arc::from(path), todos.into());
        }
    }

    /// Whether the files of a folder were searched.
    pub(crate) fn has_todos_of(&self, folder: &Path) -> bool {
        self.lock().todos.contains_key(folder)
    }

    /// Returns the files of a folder that have a TODO which `wanted` picks, in order of path.
    pub(crate) fn files_with_todos(
        &self,
        folder: &Path,
        wanted: impl Fn(&Todo) -> bool,
    ) -> Vec<(Arc<str>, Arc<[Todo]>)> {
        let inner = self.lock();
        let files = inner.todos.get(folder).into_iter().flatten();
        let mut found: Vec<_> = files
            .filter(|(_, todos)| todos.iter().any(&wanted))
            .map(|(path, todos)| (Arc::clone(path), Arc::clone(todos)))
            .collect();
        drop(inner);
        found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        found
    }

    /// Keeps only the folders of the workspace.
    pub(crate) fn forget_other_todos(&self) {
        let mut inner = self.lock();
        let inner = &mut *inner;
        let is_folder = |path: &Arc<Path>| inner.folders.iter().any(|folder| folder.path == *path);
        inner.todos.retain(|path, _| is_folder(path));
        inner.books.retain(|path, _| is_folder(path));
    }

    /// Returns what is known of the issues of a folder.
    pub(crate) fn book(&self, folder: &Path) -> Option<Arc<IssueBook>> {
        self.lock().books.get(folder).cloned()
    }

    /// Replaces what is known of the issues of a folder. Its state stays the same: only the findings of the files that
    /// [`State::touch`] is told of may be others.
    pub(crate) fn set_book(&self, folder: &Arc<Path>, book: Option<&Arc<IssueBook>>) {
        let mut inner = self.lock();
        let inner = &mut *inner;
        match book {
            Some(book) => inner.books.insert(Arc::clone(folder), Arc::clone(book)),
            None => inner.books.remove(folder),
        };
        for known in Arc::make_mut(&mut inner.folders) {
            if known.path == *folder {
                known.root.issues = book.cloned();
            }
        }
    }
}
