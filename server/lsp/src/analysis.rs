//! What was last read of an open document, so that a keystroke reads only what it touched again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ropey::Rope;
use stagegate_core::component::ComponentFile;
use stagegate_core::components::Facts;
use stagegate_core::config::Config;
use stagegate_core::frontmatter::{self, Head};
use stagegate_core::markdown::Body;
use stagegate_core::text::{Change, Source};
use stagegate_core::todo::{self, Effort, Memory, Reread, Todo};
use stagegate_core::workspace::Root;

/// Shared by all versions of one open document; gone when it is closed.
#[derive(Debug, Default)]
pub(crate) struct Analysis {
    last: Mutex<Option<Reading>>,
    /// What the background thread was told last that the document says about its component, if it was told.
    told: Mutex<Option<Told>>,
    /// The TODOs of the version that was read last.
    todos: Mutex<TodoReader>,
    /// Held while certainty about the TODOs is sought, so that nobody else does the same meanwhile.
    certain: Mutex<()>,
    /// Whether it was told that something moved, and has not looked yet.
    moved: AtomicBool,
    /// Whether the lines that no test ran are shown.
    shows_uncovered: AtomicBool,
}

/// What was told of one version.
#[derive(Debug)]
struct Told {
    facts: Option<Facts>,
    rope: Rope,
}

/// One version, read.
#[derive(Debug)]
struct Reading {
    revision: u64,
    rope: Rope,
    path: Box<str>,
    config: Arc<Config>,
    head: Arc<Head>,
    body: Arc<Body>,
    file: Option<Arc<ComponentFile>>,
}

/// Reads the TODOs of one version after the other.
#[derive(Debug, Default)]
struct TodoReader {
    last: Option<ReadTodos>,
    memory: Memory,
    /// Whose words the memory is about.
    config: Option<Arc<Config>>,
}

/// The TODOs of one version.
#[derive(Debug)]
struct ReadTodos {
    revision: u64,
    path: Box<str>,
    config: Arc<Config>,
    todos: Arc<[Todo]>,
    is_guess: bool,
}

/// How what a document says differs from what was told of it before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// Not at all.
    None,
    /// It stands elsewhere now.
    Moved,
    /// It says something else.
    Other,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Analysis {
    /// Returns what the text `rope` at `path` says as a spec or MATURITY file. Who asks for a revision that is being
    /// read waits for it; nothing is read twice.
    pub(crate) fn component_file(
        &self,
        revision: u64,
        rope: &Rope,
        path: &str,
        root: &Root,
    ) -> Option<Arc<ComponentFile>> {
        let source = Source::Rope(rope);
        if !ComponentFile::may_be_at(source, path, root) {
            return None;
        }
        let mut last = lock(&self.last);
        if let Some(last) = last.as_ref().filter(|last| last.is_of(revision, path, root)) {
            return last.file.clone();
        }
        let (head, body) = match last.as_ref() {
            Some(last) => last.reread(rope),
            None => {
                let head = frontmatter::read(source);
                let body = Body::read(source, head.body_start(source));
                (Arc::new(head), Arc::new(body))
            }
        };
        let file = ComponentFile::of_body(source, path, root, Arc::clone(&head), Arc::clone(&body));
        let file = file.map(Arc::new);
        // A request may still ask for a version that has been overtaken.
        if last.as_ref().is_none_or(|last| last.revision <= revision) {
            *last = Some(Reading {
                revision,
                rope: rope.clone(),
                path: path.into(),
                config: Arc::clone(&root.config),
                head,
                body,
                file: file.clone(),
            });
        }
        file
    }

    /// Returns the TODOs of the text `rope` at `path`, as far as a keystroke may take to know them. Who asks for a revision
    /// that is being read waits for it; nothing is read twice.
    pub(crate) fn todos(&self, revision: u64, rope: &Rope, path: &str, root: &Root) -> Arc<[Todo]> {
        if !todo::are_looked_for(rope.len_bytes(), path, root) {
            return Arc::default();
        }
        let mut reader = lock(&self.todos);
        if let Some(read) = reader.read_of(revision, path, root) {
            return Arc::clone(&read.todos);
        }
        reader.adopt(root);
        let scanner = root.config.todo.scanner();
        let read = todo::reread(rope, path, scanner, &mut reader.memory, Effort::Keystroke);
        reader.note(revision, path, root, read)
    }

    /// Whether what [`Analysis::todos`] knows of this revision is a guess, which [`Analysis::certain_todos`] can better.
    pub(crate) fn guesses_todos(&self, revision: u64, path: &str, root: &Root) -> bool {
        lock(&self.todos).read_of(revision, path, root).is_some_and(|read| read.is_guess)
    }

    /// Returns the TODOs of the text `rope` at `path`, whatever it takes; `None` where `goes_on` said that it takes too long.
    /// [`Analysis::todos`] does not wait for it.
    pub(crate) fn certain_todos(
        &self,
        (revision, rope): (u64, &Rope),
        path: &str,
        root: &Root,
        goes_on: &dyn Fn() -> bool,
    ) -> Option<Arc<[Todo]>> {
        let known = self.todos(revision, rope, path, root);
        if !self.guesses_todos(revision, path, root) {
            return Some(known);
        }
        let _one = lock(&self.certain);
        let mut memory = {
            let reader = lock(&self.todos);
            match reader.read_of(revision, path, root) {
                // Somebody else asked as well.
                Some(read) if !read.is_guess => return Some(Arc::clone(&read.todos)),
                _ => reader.memory.clone(),
            }
        };
        let scanner = root.config.todo.scanner();
        let read = todo::reread(rope, path, scanner, &mut memory, Effort::While(goes_on));
        if read.is_guess {
            return None;
        }
        let mut reader = lock(&self.todos);
        if reader.read_of(revision, path, root).is_none() {
            return Some(read.todos.into());
        }
        reader.memory = memory;
        Some(reader.note(revision, path, root, read))
    }

    /// Whether the lines that no test ran are shown in the document.
    pub(crate) fn shows_uncovered(&self) -> bool {
        self.shows_uncovered.load(Ordering::Relaxed)
    }

    /// Shows the lines that no test ran, or hides them; what was not asked for is the other way round. Returns whether they
    /// are shown now.
    pub(crate) fn show_uncovered(&self, on: Option<bool>) -> bool {
        let on = on.unwrap_or(!self.shows_uncovered());
        self.shows_uncovered.store(on, Ordering::Relaxed);
        on
    }

    /// Notes what the document says now, in the text `rope`, to be passed on to the background thread.
    pub(crate) fn tell(&self, facts: Option<Facts>, rope: &Rope) -> News {
        let mut told = lock(&self.told);
        let news = match (told.as_ref().map(|told| (told, told.facts.as_ref())), &facts) {
            (Some((old, Some(said))), Some(new)) if said == new => {
                if stands_where_it_stood(new, &old.rope, rope) { News::None } else { News::Moved }
            }
            (Some((_, Some(old))), Some(new)) if old.says_the_same(new) => News::Moved,
            (Some((_, None)), None) => News::None,
            _ => News::Other,
        };
        *told = Some(Told { facts, rope: rope.clone() });
        if news == News::Moved && self.moved.swap(true, Ordering::Relaxed) {
            return News::None;
        }
        news
    }

    /// Says that the background thread looks at the document now.
    pub(crate) fn looked_at(&self) {
        self.moved.store(false, Ordering::Relaxed);
    }
}

/// Whether facts that have the same bytes as before are also on the same lines, and in the same columns of them.
fn stands_where_it_stood(facts: &Facts, old: &Rope, new: &Rope) -> bool {
    let change = Change::between(old, new);
    let (line, old_line) = (new.byte_to_line(change.new_end), old.byte_to_line(change.old_end));
    // Behind the line in which the change ends a place can only have more lines before it, or fewer.
    let behind = if line < new.len_lines() { new.line_to_byte(line + 1) } else { new.len_bytes() };
    // In each encoding.
    let columns = |rope: &Rope, at: usize| {
        let at = rope.byte_to_char(at.min(rope.len_bytes()));
        let line = rope.char_to_line(at);
        let start = rope.line_to_char(line);
        let bytes = rope.char_to_byte(at) - rope.char_to_byte(start);
        (line, bytes, at - start, rope.char_to_utf16_cu(at) - rope.char_to_utf16_cu(start))
    };
    let stays = |at: usize| {
        at <= change.start
            || (at >= behind && (line, change.new_end) == (old_line, change.old_end))
            || columns(old, at) == columns(new, at)
    };
    facts.places().all(|place| stays(place.start().into()) && stays(place.end().into()))
}

impl TodoReader {
    /// Returns what was read last where that is this version.
    fn read_of(&self, revision: u64, path: &str, root: &Root) -> Option<&ReadTodos> {
        self.last.as_ref().filter(|read| {
            read.revision == revision && *read.path == *path && Arc::ptr_eq(&read.config, &root.config)
        })
    }

    /// Forgets what was kept for the sake of another configuration.
    fn adopt(&mut self, root: &Root) {
        if self.config.as_ref().is_none_or(|config| !Arc::ptr_eq(config, &root.config)) {
            self.memory = Memory::default();
            self.config = Some(Arc::clone(&root.config));
        }
    }

    /// Keeps what was read, unless it was read for a request about a version that has been overtaken.
    fn note(&mut self, revision: u64, path: &str, root: &Root, read: Reread) -> Arc<[Todo]> {
        let todos: Arc<[Todo]> = read.todos.into();
        if self.last.as_ref().is_none_or(|last| last.revision <= revision) {
            let (config, todos) = (Arc::clone(&root.config), Arc::clone(&todos));
            let is_guess = read.is_guess;
            self.last = Some(ReadTodos { revision, path: path.into(), config, todos, is_guess });
        }
        todos
    }
}

impl Reading {
    fn is_of(&self, revision: u64, path: &str, root: &Root) -> bool {
        self.revision == revision && *self.path == *path && Arc::ptr_eq(&self.config, &root.config)
    }

    /// Reads front matter and body of `rope`, taking over what did not change.
    fn reread(&self, rope: &Rope) -> (Arc<Head>, Arc<Body>) {
        let source = Source::Rope(rope);
        let change = Change::between(&self.rope, rope);
        let head = match &*self.head {
            // What follows the closing fence is nothing to the front matter.
            Head::Closed(front_matter) if change.start >= front_matter.fences.body_start => {
                Arc::clone(&self.head)
            }
            _ => Arc::new(frontmatter::read(source)),
        };
        let start = head.body_start(source);
        let body = Arc::new(self.body.reread_change(change, rope, start));
        (head, body)
    }
}
