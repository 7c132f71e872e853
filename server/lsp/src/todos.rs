//! The index of TODO comments in the files of the workspace, kept current as files change.
//!
//! One thread, so that a first search of a large workspace holds up nothing else. What an editor has open is read from
//! there by whoever asks; the index is about files on disk.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;
use stagegate_core::config::Config;
use stagegate_core::todo::Todo;
use stagegate_core::workspace::FileIndex;
use stagegate_workspace::{TodoEntry, read_todos};

use crate::state::{Folder, State, TodosOfFolder, place};
use crate::tracker::Trackers;

/// Something that the thread has to know.
#[derive(Debug)]
enum Event {
    /// Folders, their files or their configuration may be others.
    Folders,
    /// The contents of a file may be others.
    File(PathBuf),
}

/// Sends events to the thread.
#[derive(Clone)]
pub(crate) struct Todos {
    sender: Arc<Mutex<Sender<Event>>>,
}

/// Of which files the index of one folder is.
struct Searched {
    config: Arc<Config>,
    files: Arc<FileIndex>,
    /// Folders of the workspace inside of it, whose files are not its own.
    inner: usize,
}

struct Worker {
    state: Arc<State>,
    trackers: Trackers,
    searched: FxHashMap<Arc<Path>, Searched>,
}

impl Todos {
    /// Starts the thread.
    pub(crate) fn start(state: Arc<State>, trackers: Trackers) -> Todos {
        let (sender, receiver) = channel();
        let worker = Worker { state, trackers, searched: FxHashMap::default() };
        std::thread::Builder::new()
            .name("todos".into())
            .spawn(move || worker.run(&receiver))
            .expect("a thread can be started while the server starts");
        Todos { sender: Arc::new(Mutex::new(sender)) }
    }

    /// Says that folders, their files or their configuration may be others.
    pub(crate) fn folders_changed(&self) {
        self.send(Event::Folders);
    }

    /// Says that the contents of a file may be others.
    pub(crate) fn file_changed(&self, path: PathBuf) {
        self.send(Event::File(path));
    }

    fn send(&self, event: Event) {
        // The thread ends only with the process.
        let _ = self.sender.lock().unwrap_or_else(PoisonError::into_inner).send(event);
    }
}

impl Worker {
    fn run(mut self, events: &Receiver<Event>) {
        while let Ok(event) = events.recv() {
            let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| match event {
                Event::Folders => self.follow(),
                Event::File(path) => self.look_again(&path),
            }));
            if caught.is_err() {
                tracing::error!("looking for TODO comments panicked; some are not known. Please report this");
            }
        }
    }

    /// Searches what is new.
    fn follow(&mut self) {
        let folders = self.state.folders();
        self.searched.retain(|path, _| folders.iter().any(|folder| folder.path == *path));
        for folder in folders.iter() {
            let Some(files) = &folder.root.files else { continue };
            let inner = folders.iter().filter(|other| folder.holds(other)).count();
            let now = Searched { config: Arc::clone(&folder.root.config), files: Arc::clone(files), inner };
            let known = self.searched.insert(Arc::clone(&folder.path), now);
            let known = known.filter(|known| {
                Arc::ptr_eq(&known.config, &folder.root.config)
                    && known.inner == inner
                    && self.state.has_todos_of(&folder.path)
            });
            match known {
                Some(known) if Arc::ptr_eq(&known.files, files) => continue,
                Some(known) => self.search_new(&folders, folder, &known.files, files),
                None => {
                    let found: TodosOfFolder =
                        search(&folders, folder, files.paths().iter().map(AsRef::as_ref)).collect();
                    self.state.set_todos(&folder.path, found);
                }
            }
            self.trackers.searched(&folder.path);
        }
        self.state.forget_other_todos();
    }

    /// Searches the files that came, and forgets those that went.
    fn search_new(&self, folders: &[Folder], folder: &Folder, old: &FileIndex, new: &FileIndex) {
        for (path, _) in self.state.files_with_todos(&folder.path, |_| true) {
            if !new.contains(&path) {
                self.state.put_todos(&folder.path, &path, Vec::new());
            }
        }
        let came = new.paths().iter().map(AsRef::as_ref).filter(|path| !old.contains(path));
        for (path, todos) in search(folders, folder, came) {
            self.state.put_todos(&folder.path, &path, todos.to_vec());
        }
    }

    fn look_again(&self, path: &Path) {
        let folders = self.state.folders();
        let Some((folder, relative)) = place(&folders, path) else { return };
        // What git ignores is not searched, and what came is searched when the walk has found it.
        if !folder.root.files.as_ref().is_some_and(|files| files.contains(&relative)) {
            return;
        }
        let todos = read_todos(&folder.path, &folder.root, &[&relative], 1).pop();
        let todos = todos.map(|entry| entry.todos).unwrap_or_default();
        let has_any = !todos.is_empty();
        self.state.put_todos(&folder.path, &relative, todos);
        if has_any {
            self.trackers.wake();
        }
    }
}

/// Searches those of `paths` that are the folder's own.
fn search<'a, P: Iterator<Item = &'a str>>(
    folders: &[Folder],
    folder: &Folder,
    paths: P,
) -> impl Iterator<Item = (Arc<str>, Arc<[Todo]>)> + use<'a, P> {
    let nested = folders.iter().any(|other| folder.holds(other));
    let owns = |path: &&str| {
        !nested || place(folders, &folder.path.join(path)).is_some_and(|(inner, _)| inner.path == folder.path)
    };
    let paths: Vec<&str> = paths.filter(owns).collect();
    // One thread: the editor's keystrokes need the other core more.
    let found = read_todos(&folder.path, &folder.root, &paths, 1);
    found.into_iter().map(|TodoEntry { path, todos }| (Arc::from(path), todos.into()))
}
