//! Analyses many files at once, for `stagegate check`.
//!
//! Three phases. The walk comes first, because the rules ask which files exist. Where a selected file may be about a
//! component, the facts of all of them follow. Then threads take the selected files in small groups: read, analyse, and hand the text with its findings to a closure of the caller, in the same
//! thread, so that rendering is parallel too and no text outlives its file. What the closure returns comes out in
//! order of path, whatever the threads did, while they are still at work.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashSet;
use stagegate_core::config::Config;
use stagegate_core::diagnostic::Diagnostic;
use stagegate_core::files::FileKind;
use stagegate_core::rules::ALL;
use stagegate_core::text::Source;
use stagegate_core::workspace::{FileIndex, Root};

use crate::load::Workspace;
use crate::read::{ReadProblem, Reader, at_start, read};
use crate::todo::files_with_words;
use crate::walk::{Problem, ProblemKind, SPECIAL, Walk, WalkOptions, walk};

/// How many files a thread takes at once: enough that taking them costs nothing, few enough that no thread waits
/// long for another one at the end.
const GROUP: usize = 32;

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

/// Something to check: a file, or something the walk could not look at.
#[derive(Debug)]
enum Item {
    File(Box<str>, FileKind),
    /// Any other file that may hold a TODO comment.
    Source(Box<str>),
    Problem(Problem),
}

impl Item {
    fn path(&self) -> &str {
        match self {
            Item::File(path, _) | Item::Source(path) => path,
            Item::Problem(problem) => &problem.path,
        }
    }

    /// Whether it may say something about a component.
    fn may_state_facts(&self) -> bool {
        matches!(self, Item::File(_, kind) if kind.may_state_facts())
    }
}

impl Problem {
    /// Whether [`Checklist`] reports it: a gap in the walk always; a strange link, file or name only where one of our
    /// files would be.
    #[must_use]
    pub fn matters(&self, root: &Root) -> bool {
        let kind = || root.analyses(&self.path).filter(|kind| !is_ours_by_text(*kind));
        self.kind == ProblemKind::Folder || kind().is_some()
    }
}

/// Whether only its text can tell that a file of this kind is one of ours: Markdown whose metadata makes it a spec,
/// code that declares a stage.
fn is_ours_by_text(kind: FileKind) -> bool {
    matches!(kind, FileKind::Markdown | FileKind::Code)
}

/// What is to be checked, in order of path.
#[derive(Debug)]
pub struct Checklist {
    items: Vec<Item>,
    /// Files that were named but are none of ours, or are excluded; sorted.
    pub not_ours: Vec<Box<str>>,
    /// The folders that were searched, relative to the root.
    pub searched: Vec<Box<str>>,
}

impl Checklist {
    /// Walks the workspace, which also gives it its file index and, where a selected file may be about one, its
    /// components; lists the selected files.
    #[must_use]
    pub fn collect(workspace: &mut Workspace, selection: &Selection, options: &WalkOptions) -> Checklist {
        let problems = workspace.scan(options);
        let Listed { mut items, mut not_ours, hidden } = list(workspace, selection, options, problems);
        if items.iter().any(Item::may_state_facts) {
            let whole =
                selection.files.is_empty() && matches!(&*selection.folders, [folder] if folder.is_empty());
            let listed =
                || items.iter().filter(|item| item.may_state_facts()).map(Item::path).collect::<Vec<_>>();
            if whole {
                workspace.read_components_for_findings(Some(listed()), options);
            } else {
                workspace.read_components(options);
            }
            leave_out_what_is_not_ours(&mut items, &mut not_ours, workspace, selection);
        }
        items.sort_by(|a, b| a.path().cmp(b.path()));
        items.dedup_by(|a, b| a.path() == b.path());
        let sources = sources(workspace, selection, &items, &hidden, options);
        not_ours.retain(|path| sources.binary_search(path).is_err());
        items.extend(sources.into_iter().map(Item::Source));
        items.sort_by(|a, b| a.path().cmp(b.path()));
        not_ours.sort_unstable();
        Checklist { items, not_ours, searched: selection.folders.clone() }
    }

    /// Lists every file that is about a component, for a workspace whose components were read.
    #[must_use]
    pub fn of_components(workspace: &Workspace) -> Checklist {
        let index = workspace.root.files.as_deref();
        let paths = index.map(FileIndex::paths).unwrap_or_default().iter();
        let kinds = paths.filter_map(|path| Some((path, workspace.root.analyses(path)?)));
        let of_components = kinds.filter(|(_, kind)| kind.may_state_facts());
        let mut items = of_components.map(|(path, kind)| Item::File(path.clone(), kind)).collect();
        leave_out_what_is_not_ours(&mut items, &mut Vec::new(), workspace, &Selection::default());
        Checklist { items, not_ours: Vec::new(), searched: Vec::new() }
    }

    /// Whether the file at `path` is to be checked.
    #[must_use]
    pub fn contains(&self, path: &str) -> bool {
        self.items.binary_search_by(|item| item.path().cmp(path)).is_ok()
    }

    /// Returns how many files there are to check, or to report as unreadable.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is nothing to check.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Reads and analyses every file.
    ///
    /// `each` runs once per file, on any thread, and says what to keep of it. `sink` gets what was kept, in order of
    /// path, as soon as everything before it is done, from one thread at a time.
    pub fn run<T: Send>(
        &self,
        workspace: &Workspace,
        options: &WalkOptions,
        each: impl Fn(&Checked<'_>) -> Option<T> + Sync,
        sink: impl FnMut(T) + Send,
    ) {
        let groups: Vec<&[Item]> = self.items.chunks(GROUP).collect();
        let next = AtomicUsize::new(0);
        let in_order = InOrder { waiting: Mutex::default(), sink: Mutex::new(sink) };
        let work = || {
            let mut worker = Worker { workspace, reader: Reader::default(), path: workspace.path.clone() };
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(group) = groups.get(at) else { break };
                let results = group.iter().filter_map(|item| worker.check(item, &each)).collect();
                in_order.put(at, results);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..options.threads().min(groups.len()) {
                scope.spawn(work);
            }
            work();
        });
    }
}

/// What is selected, in no order.
struct Listed {
    items: Vec<Item>,
    /// What was named but is none of ours.
    not_ours: Vec<Box<str>>,
    /// What lies in folders that git ignores, but that were named.
    hidden: Vec<Box<str>>,
}

/// Returns the selected files beside `items`, which are sorted, that hold a word of a TODO; in order of path.
fn sources(
    workspace: &Workspace,
    selection: &Selection,
    items: &[Item],
    hidden: &[Box<str>],
    options: &WalkOptions,
) -> Vec<Box<str>> {
    if !checks_todos(&workspace.root.config) {
        return Vec::new();
    }
    let is_listed = |path: &str| items.binary_search_by(|item| item.path().cmp(path)).is_ok();
    let is_selected = |path: &str| selection.folders.iter().any(|folder| is_below(path, folder));
    // What was found by the walk is a file; what was named may be a pipe.
    let is_file = |path: &str| workspace.path.join(path).is_file();
    let index = workspace.root.files.as_deref();
    let indexed = index.map(FileIndex::paths).unwrap_or_default().iter().filter(|path| is_selected(path));
    let named = selection.files.iter().filter(|path| is_file(path));
    let paths = indexed.chain(hidden).chain(named).map(AsRef::as_ref);
    let mut paths: Vec<&str> = paths.filter(|path| !is_listed(path)).collect();
    paths.sort_unstable();
    paths.dedup();
    files_with_words(&workspace.path, &workspace.root, &paths, options.threads())
}

/// Whether any rule about TODO comments may report something.
fn checks_todos(config: &Config) -> bool {
    let mut rules = ALL.iter().filter(|rule| rule.family() == "todo");
    !config.overrides.is_empty() || rules.any(|rule| config.severity(rule, "").is_some())
}

/// Lists what is selected, in no order; and what was named but is none of ours.
fn list(
    workspace: &Workspace,
    selection: &Selection,
    options: &WalkOptions,
    problems: Vec<Problem>,
) -> Listed {
    let root = &workspace.root;
    let item = |path: &str| root.analyses(path).map(|kind| Item::File(path.into(), kind));
    let is_selected = |path: &str| selection.folders.iter().any(|folder| is_below(path, folder));
    let matters = |problem: &Problem| problem.matters(root);
    let index = root.files.as_deref();
    let paths = index.map(FileIndex::paths).unwrap_or_default();
    let mut items: Vec<Item> = Vec::new();
    items.extend(paths.iter().filter(|path| is_selected(path)).filter_map(|path| item(path)));
    items.extend(problems.into_iter().filter(|p| is_selected(&p.path) && matters(p)).map(Item::Problem));
    // A folder called as the configuration is no file that the walk could find.
    let unread = workspace.config_file.as_ref().filter(|file| file.text.is_err() && is_selected(file.path));
    items.extend(unread.map(|file| Item::File(file.path.into(), FileKind::Config)));
    // A folder that git ignores, but that was named, is walked on its own.
    let mut hidden: Vec<Box<str>> = Vec::new();
    for folder in &selection.folders {
        if folder.is_empty() || paths.iter().any(|path| is_below(path, folder)) {
            continue;
        }
        let prefixed = |path: &str| -> Box<str> {
            if path.is_empty() { folder.clone() } else { format!("{folder}/{path}").into() }
        };
        let Walk { files, problems, .. } = walk(&workspace.path.join(&**folder), options);
        let from = hidden.len();
        hidden.extend(files.iter().map(|path| prefixed(path)));
        items.extend(hidden[from..].iter().filter_map(|path| item(path)));
        let problems = problems.into_iter().map(|p| Problem { path: prefixed(&p.path), ..p });
        items.extend(problems.filter(matters).map(Item::Problem));
    }
    let mut not_ours = Vec::new();
    for path in &selection.files {
        let Some(file) = item(path) else {
            not_ours.push(path.clone());
            continue;
        };
        // What was found by the walk is a file; what was named may be a pipe, which nobody must wait for.
        items.push(match std::fs::metadata(workspace.path.join(&**path)) {
            Ok(metadata) if !metadata.is_file() && !metadata.is_dir() => {
                let message = SPECIAL.to_owned();
                Item::Problem(Problem { path: path.clone(), message, kind: ProblemKind::Special })
            }
            _ => file,
        });
    }
    Listed { items, not_ours, hidden }
}

/// Takes out Markdown that turned out to be no spec, and code that declares no stage.
fn leave_out_what_is_not_ours(
    items: &mut Vec<Item>,
    not_ours: &mut Vec<Box<str>>,
    workspace: &Workspace,
    selection: &Selection,
) {
    let known: FxHashSet<&str> = match workspace.root.components.as_deref() {
        Some(components) => {
            let files = components.iter().flat_map(|(_, component)| component.files());
            files.map(|file| &*file.path).collect()
        }
        None => FxHashSet::default(),
    };
    items.retain(|item| {
        let Item::File(path, kind) = item else { return true };
        if !is_ours_by_text(*kind) || known.contains(&**path) {
            return true;
        }
        // What git ignores is not among the components.
        let indexed = workspace.root.files.as_deref().is_some_and(|files| files.contains(path));
        let ours = !indexed
            && read(&workspace.path.join(&**path))
                .is_ok_and(|text| stagegate_core::facts(Source::Str(&text), path, &workspace.root).is_some());
        if !ours && selection.files.contains(path) {
            not_ours.push(path.clone());
        }
        ours
    });
}

/// Whether `path` is `folder` or lies below it.
pub(crate) fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Brings groups that end in any order back into theirs.
struct InOrder<T, S> {
    waiting: Mutex<Waiting<T>>,
    sink: Mutex<S>,
}

/// Groups whose turn has not come.
struct Waiting<T> {
    next: usize,
    groups: BTreeMap<usize, Vec<T>>,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Waiting { next: 0, groups: BTreeMap::new() }
    }
}

impl<T> Waiting<T> {
    /// Takes the next group, if it is there.
    fn take(&mut self) -> Option<Vec<T>> {
        let group = self.groups.remove(&self.next)?;
        self.next += 1;
        Some(group)
    }
}

impl<T, S: FnMut(T)> InOrder<T, S> {
    /// Adds a group, then hands on whatever can be handed on. No thread waits for another one that is writing: who
    /// holds the sink looks again after letting it go, so nothing is left behind.
    fn put(&self, at: usize, group: Vec<T>) {
        let waiting = || self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting().groups.insert(at, group);
        loop {
            let Ok(mut sink) = self.sink.try_lock() else { return };
            loop {
                let group = waiting().take();
                let Some(group) = group else { break };
                group.into_iter().for_each(&mut *sink);
            }
            drop(sink);
            let waiting = waiting();
            if !waiting.groups.contains_key(&waiting.next) {
                return;
            }
        }
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
        let Workspace { path: root, root: knowledge, held, .. } = self.workspace;
        match item {
            Item::Problem(problem) => {
                let unreadable = ReadProblem::Unreadable { message: problem.message.clone() };
                let help = match problem.kind {
                    ProblemKind::Folder => "whatever it holds was not checked; check its permissions",
                    ProblemKind::Special => "put a file in its place, or remove it",
                    ProblemKind::Link => "let the link lead to a file in the workspace, or remove it",
                    ProblemKind::Name => "rename the file",
                };
                let message = problem.message.clone();
                let finding = at_start(unreadable.rule(), &problem.path, &knowledge.config, message, help);
                let findings: Vec<_> = finding.into_iter().collect();
                each(&Checked { path: &problem.path, text: Err(&unreadable), findings: &findings })
            }
            Item::File(path, _) | Item::Source(path) => {
                let is_ours = matches!(item, Item::File(..));
                self.path.as_mut_os_string().clear();
                self.path.push(root);
                self.path.push(&**path);
                match self.reader.read(&self.path) {
                    Ok(text) => {
                        let source = Source::Str(text);
                        let mut findings = match held.get(path, text) {
                            Some(held) => held.diagnostics(source, path, knowledge),
                            None => stagegate_core::own_diagnostics(source, path, knowledge),
                        };
                        stagegate_core::add_todos(&mut findings, source, path, knowledge);
                        each(&Checked { path, text: Ok(text), findings: &findings })
                    }
                    // It went away, or is no text after all.
                    Err(_) if !is_ours => None,
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

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests lay their own files")]
mod tests {
    use super::*;
    use std::fs;

    fn lay(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        dir
    }

    /// Returns what was checked and what was not ours.
    fn checked(dir: &tempfile::TempDir, files: &[&str], folders: &[&str]) -> (Vec<String>, Vec<Box<str>>) {
        let mut workspace = Workspace::load(dir.path());
        let boxed = |paths: &[&str]| paths.iter().map(|path| Box::from(*path)).collect();
        let selection = Selection { files: boxed(files), folders: boxed(folders) };
        let options = WalkOptions::default();
        let list = Checklist::collect(&mut workspace, &selection, &options);
        let mut results = Vec::new();
        list.run(&workspace, &options, |file| Some(file.path.to_owned()), |path| results.push(path));
        assert_eq!(results.len(), list.len());
        (results, list.not_ours)
    }

    #[test]
    fn the_selection_is_kept() {
        let dir = lay(&[
            (".gitignore", "build\nhidden.instructions.md\n"),
            ("a.instructions.md", ""),
            ("hidden.instructions.md", ""),
            ("build/b.instructions.md", ""),
            ("sub/c.instructions.md", ""),
            ("sub-2/d.instructions.md", ""),
            ("README.md", ""),
        ]);
        let all = ["a.instructions.md", "sub-2/d.instructions.md", "sub/c.instructions.md"];
        assert_eq!(checked(&dir, &[], &[""]).0, all);
        assert_eq!(checked(&dir, &[], &["sub"]).0, ["sub/c.instructions.md"]);
        assert_eq!(checked(&dir, &["a.instructions.md"], &["sub", ""]).0, all, "nothing twice");
        assert_eq!(checked(&dir, &["hidden.instructions.md"], &[]).0, ["hidden.instructions.md"]);
        assert_eq!(checked(&dir, &[], &["build"]).0, ["build/b.instructions.md"], "named although ignored");
        let (files, not_ours) = checked(&dir, &["README.md"], &[]);
        assert!(files.is_empty());
        assert_eq!(not_ours, ["README.md".into()]);
    }

    #[test]
    fn results_come_in_order_of_path() {
        let files: Vec<_> = (0..1000).map(|i| format!("{:03}.instructions.md", (i * 7919) % 1000)).collect();
        let files: Vec<_> = files.iter().map(|path| (path.as_str(), "# T\n")).collect();
        let dir = lay(&files);
        let (found, _) = checked(&dir, &[], &[""]);
        assert_eq!(found.len(), 1000);
        assert!(found.is_sorted());
    }
}
