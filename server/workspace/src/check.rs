//! Analyses many files at once: `stagegate check`, and `workspace/diagnostic`.
//!
//! Two phases. The walk comes first, because the rules ask which files exist. Then threads take the selected files
//! in small groups: read, analyse, and hand the text with its findings to a closure of the caller, in the same
//! thread, so that rendering is parallel too and no text outlives its file. Results come back in order of path,
//! whatever the threads did.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use stagegate_core::diagnostic::Diagnostic;
use stagegate_core::files::kind_of;
use stagegate_core::text::Source;
use stagegate_core::workspace::FileIndex;

use crate::load::Workspace;
use crate::read::{ReadProblem, Reader, at_start};
use crate::walk::{Problem, ProblemKind, Walk, WalkOptions, walk};

/// How many files a thread takes at once: enough that taking them costs nothing, few enough that no thread waits
/// long for another one at the end.
const GROUP: usize = 32;

/// How to check.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// How many threads; as many as there are processors where `None`.
    pub threads: Option<usize>,
}

/// Which files to check.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Files by path relative to the root: checked even where `.gitignore` hides them.
    pub files: Vec<Box<str>>,
    /// Folders by path relative to the root (`""` for the root): every file below that is one of ours.
    pub folders: Vec<Box<str>>,
}

impl Selection {
    /// Selects the whole workspace.
    #[must_use]
    pub fn all() -> Selection {
        Selection { files: Vec::new(), folders: vec!["".into()] }
    }
}

/// One file, read and analysed.
#[derive(Debug)]
pub struct Checked<'a> {
    /// Relative to the root, with `/`.
    pub path: &'a str,
    /// Its text, or why there is none (a finding says so as well).
    pub text: Result<&'a str, &'a ReadProblem>,
    /// What was found, in order of place.
    pub findings: &'a [Diagnostic],
}

/// The outcome of [`check`].
#[derive(Clone, Debug, Default)]
pub struct Report<T> {
    /// How many files were analysed, or could not be.
    pub files_checked: usize,
    /// What the closure made of each file, in order of path.
    pub results: Vec<T>,
}

/// Something to check: a file, or something the walk could not look at.
enum Item {
    File(Box<str>),
    Problem(Problem),
}

impl Item {
    fn path(&self) -> &str {
        match self {
            Item::File(path) => path,
            Item::Problem(problem) => &problem.path,
        }
    }
}

/// Walks the workspace, then checks the selected files.
///
/// `each` runs once per checked file, on any thread; it says what to keep of it.
pub fn check<T: Send>(
    workspace: &mut Workspace,
    selection: &Selection,
    options: &CheckOptions,
    each: impl Fn(&Checked<'_>) -> Option<T> + Sync,
) -> Report<T> {
    let walk_options = WalkOptions { threads: options.threads };
    let problems = workspace.scan(&walk_options);
    let items = select(workspace, selection, problems, &walk_options);
    run(workspace, &items, options, each)
}

/// Lists what to check, in order of path.
fn select(
    workspace: &Workspace,
    selection: &Selection,
    problems: Vec<Problem>,
    options: &WalkOptions,
) -> Vec<Item> {
    let config = &workspace.root.config;
    let ours = |path: &str| kind_of(path, config).is_some() && !config.is_excluded(path);
    let is_selected = |path: &str| selection.folders.iter().any(|folder| is_below(path, folder));
    // A gap in the walk is always reported; a strange link or name only where one of our files would be.
    let matters = |problem: &Problem| problem.kind == ProblemKind::Folder || ours(&problem.path);
    let index = workspace.root.files.as_deref();
    let paths = index.map(FileIndex::paths).unwrap_or_default();
    let mut items: Vec<Item> = Vec::new();
    items.extend(paths.iter().filter(|path| is_selected(path) && ours(path)).cloned().map(Item::File));
    items.extend(problems.into_iter().filter(|p| is_selected(&p.path) && matters(p)).map(Item::Problem));
    // A folder that git ignores, but that was named, is walked on its own.
    for folder in &selection.folders {
        if folder.is_empty() || paths.iter().any(|path| is_below(path, folder)) {
            continue;
        }
        let prefixed = |path: &str| -> Box<str> {
            if path.is_empty() { folder.clone() } else { format!("{folder}/{path}").into() }
        };
        let Walk { files, problems } = walk(&workspace.path.join(&**folder), options);
        items.extend(files.iter().map(|path| prefixed(path)).filter(|path| ours(path)).map(Item::File));
        let problems = problems.into_iter().map(|p| Problem { path: prefixed(&p.path), ..p });
        items.extend(problems.filter(matters).map(Item::Problem));
    }
    items.extend(selection.files.iter().cloned().map(Item::File));
    items.sort_by(|a, b| a.path().cmp(b.path()));
    items.dedup_by(|a, b| a.path() == b.path());
    items
}

/// Whether `path` is `folder` or lies below it.
fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Checks `items` on several threads and returns the results in their order.
fn run<T: Send>(
    workspace: &Workspace,
    items: &[Item],
    options: &CheckOptions,
    each: impl Fn(&Checked<'_>) -> Option<T> + Sync,
) -> Report<T> {
    let groups: Vec<&[Item]> = items.chunks(GROUP).collect();
    let threads = options
        .threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, Into::into))
        .clamp(1, groups.len().max(1));
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Vec<T>)>> = Mutex::default();
    let work = || {
        let mut worker = Worker { workspace, reader: Reader::default(), path: workspace.path.clone() };
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(group) = groups.get(at) else { break };
            let results = group.iter().filter_map(|item| worker.check(item, &each)).collect();
            done.lock().unwrap_or_else(PoisonError::into_inner).push((at, results));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(at, _)| *at);
    Report {
        files_checked: items.len(),
        results: done.into_iter().flat_map(|(_, results)| results).collect(),
    }
}

/// What one thread keeps from file to file.
struct Worker<'w> {
    workspace: &'w Workspace,
    reader: Reader,
    path: PathBuf,
}

impl Worker<'_> {
    fn check<T>(&mut self, item: &Item, each: impl Fn(&Checked<'_>) -> Option<T>) -> Option<T> {
        let Workspace { path: root, root: knowledge, .. } = self.workspace;
        match item {
            Item::Problem(problem) => {
                let unreadable = ReadProblem::Unreadable { message: problem.message.clone() };
                let help = match problem.kind {
                    ProblemKind::Folder => "whatever it holds was not checked; check its permissions",
                    ProblemKind::Link => "let the link lead to a file in the workspace, or remove it",
                    ProblemKind::Name => "rename the file",
                };
                let message = problem.message.clone();
                let finding = at_start(unreadable.rule(), &problem.path, &knowledge.config, message, help);
                let findings: Vec<_> = finding.into_iter().collect();
                each(&Checked { path: &problem.path, text: Err(&unreadable), findings: &findings })
            }
            Item::File(path) => {
                self.path.as_mut_os_string().clear();
                self.path.push(root);
                self.path.push(&**path);
                match self.reader.read(&self.path) {
                    Ok(text) => {
                        let findings = stagegate_core::diagnostics(Source::Str(text), path, knowledge);
                        each(&Checked { path, text: Ok(text), findings: &findings })
                    }
                    Err(problem) => {
                        let findings: Vec<_> =
                            problem.diagnostic(path, &knowledge.config).into_iter().collect();
                        each(&Checked { path, text: Err(&problem), findings: &findings })
                    }
                }
            }
        }
    }
}
