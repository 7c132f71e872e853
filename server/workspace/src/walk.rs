//! Finds the files of a workspace, as git sees them.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ignore::{DirEntry, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState};

use crate::read::plain_error;

/// Never entered: the repository's own data, and ours.
const SKIPPED: [&str; 2] = [".git", ".stagegate"];

/// What is said of a pipe, a socket or a device.
pub(crate) const SPECIAL: &str = "it is not a regular file and was not read";

/// How to walk, and how to check what was found.
#[derive(Clone, Debug, Default)]
pub struct WalkOptions {
    /// How many threads; as many as there are processors where `None`.
    pub threads: Option<usize>,
    /// Whether to list the folders as well, for watching them.
    pub folders: bool,
}

impl WalkOptions {
    /// Returns how many threads to use.
    pub(crate) fn threads(&self) -> usize {
        self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, Into::into)).max(1)
    }
}

/// The files of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// Paths relative to the root, with `/`, sorted.
    pub files: Vec<Box<str>>,
    /// The folders that were entered, relative to the root (`""` for itself), sorted; empty unless asked for.
    pub folders: Vec<Box<str>>,
    /// What could not be looked at, sorted by path.
    pub problems: Vec<Problem>,
    /// What is there beside files and folders, sorted: links that are no file of the workspace (to folders, out of it, to
    /// nowhere), pipes, and files whose name is no UTF-8.
    pub others: Vec<PathBuf>,
}

/// Something that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Relative to the root, with `/`; bytes that are no UTF-8 are replaced.
    pub path: Box<str>,
    /// What is wrong, as a sentence without a final dot.
    pub message: String,
    /// Which kind of thing it is.
    pub kind: ProblemKind,
}

/// What could not be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// A folder that cannot be read: whatever it holds is missing from the walk.
    Folder,
    /// A link that leads nowhere, in a circle or out of the workspace.
    Link,
    /// A pipe, a socket or a device.
    Special,
    /// A file whose name is no UTF-8: no protocol of ours can name it.
    Name,
}

/// Finds every file below `root` that git would not ignore.
///
/// `.gitignore` counts with or without a repository, those above `root` only within one; so do `.git/info/exclude` and git's global excludes. Folders with
/// a dot are entered, `.git` and `.stagegate` are not. Links to folders are not followed, so there are no circles;
/// links to files count where the file lies in the workspace.
#[must_use]
pub fn walk(root: &Path, options: &WalkOptions) -> Walk {
    let walker = WalkBuilder::new(root)
        .hidden(false)
        .ignore(false)
        .require_git(false)
        .parents(in_repository(root))
        .follow_links(false)
        .threads(options.threads())
        .filter_entry(|entry| !SKIPPED.iter().any(|name| entry.file_name() == *name))
        .build_parallel();
    let found = Mutex::default();
    walker.visit(&mut Builder { root, folders: options.folders, found: &found });
    let mut walk: Walk = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    walk.files.sort_unstable();
    walk.folders.sort_unstable();
    walk.problems.sort_unstable();
    walk.others.sort_unstable();
    walk
}

/// Whether `root` lies in a repository. Elsewhere the `.gitignore` of a folder above, such as the home folder, is none
/// of its business.
fn in_repository(root: &Path) -> bool {
    root.ancestors().any(|folder| folder.join(".git").exists())
}

/// Returns `path` relative to `root`, with `/`; `None` where it lies elsewhere or is no UTF-8.
#[must_use]
pub fn relative(root: &Path, path: &Path) -> Option<Box<str>> {
    let inner = path.strip_prefix(root).ok()?.to_str()?;
    Some(if std::path::MAIN_SEPARATOR == '/' {
        inner.into()
    } else {
        inner.replace(std::path::MAIN_SEPARATOR, "/").into()
    })
}

struct Builder<'s> {
    root: &'s Path,
    folders: bool,
    found: &'s Mutex<Walk>,
}

impl<'s> ParallelVisitorBuilder<'s> for Builder<'s> {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 's> {
        Box::new(Visitor { root: self.root, folders: self.folders, found: self.found, mine: Walk::default() })
    }
}

/// What one thread found; handed over when it ends.
struct Visitor<'s> {
    root: &'s Path,
    folders: bool,
    found: &'s Mutex<Walk>,
    mine: Walk,
}

impl Drop for Visitor<'_> {
    fn drop(&mut self) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.files.append(&mut self.mine.files);
        found.folders.append(&mut self.mine.folders);
        found.problems.append(&mut self.mine.problems);
        found.others.append(&mut self.mine.others);
    }
}

impl ParallelVisitor for Visitor<'_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        match entry {
            Ok(entry) => {
                if let Some(error) = entry.error() {
                    tracing::debug!(path = %entry.path().display(), %error, "ignore file");
                }
                let Some(kind) = entry.file_type() else { return WalkState::Continue };
                if kind.is_file() {
                    self.file(entry.path());
                } else if kind.is_symlink() {
                    self.link(entry.path());
                } else if kind.is_dir() && self.folders {
                    self.mine.folders.extend(relative(self.root, entry.path()));
                } else if !kind.is_dir() {
                    self.special(entry.path());
                }
            }
            Err(error) => self.error(&error),
        }
        WalkState::Continue
    }
}

impl Visitor<'_> {
    fn file(&mut self, path: &Path) {
        match relative(self.root, path) {
            Some(path) => self.mine.files.push(path),
            None => self.problem(ProblemKind::Name, path, "the name is not UTF-8".to_owned()),
        }
    }

    fn link(&mut self, path: &Path) {
        match std::fs::canonicalize(path) {
            Err(error) => {
                self.problem(
                    ProblemKind::Link,
                    path,
                    format!("the link cannot be followed: {}", plain_error(&error)),
                );
            }
            // Folders are not followed, so that there are no circles.
            Ok(target) if target.is_dir() => self.other(path),
            Ok(target) if !target.is_file() => self.special(path),
            Ok(target) => {
                let inside = std::fs::canonicalize(self.root).is_ok_and(|root| target.starts_with(root));
                if inside {
                    self.file(path);
                } else {
                    let message = "the link leads out of the workspace and was not followed".to_owned();
                    self.problem(ProblemKind::Link, path, message);
                }
            }
        }
    }

    /// Nothing is read from a pipe or a device: whoever does may wait for ever.
    fn special(&mut self, path: &Path) {
        self.problem(ProblemKind::Special, path, SPECIAL.to_owned());
    }

    fn error(&mut self, error: &ignore::Error) {
        let (path, error) = with_path(error);
        let Some(path) = path else {
            tracing::debug!(%error, "walk");
            return;
        };
        match error.io_error() {
            Some(io) => {
                self.problem(
                    ProblemKind::Folder,
                    path,
                    format!("the folder cannot be read: {}", plain_error(io)),
                );
            }
            None => tracing::debug!(path = %path.display(), %error, "walk"),
        }
    }

    fn other(&mut self, path: &Path) {
        self.mine.others.extend(path.strip_prefix(self.root).ok().map(Path::to_owned));
    }

    fn problem(&mut self, kind: ProblemKind, path: &Path, message: String) {
        if kind != ProblemKind::Folder {
            self.other(path);
        }
        let inner = path.strip_prefix(self.root).unwrap_or(path).to_string_lossy();
        let inner = if inner.is_empty() { ".".into() } else { inner };
        let path = inner.replace(std::path::MAIN_SEPARATOR, "/").into();
        self.mine.problems.push(Problem { path, message, kind });
    }
}

/// Unwraps an error to the path it carries.
fn with_path(mut error: &ignore::Error) -> (Option<&Path>, &ignore::Error) {
    loop {
        match error {
            ignore::Error::WithPath { path, err } => return (Some(path), err),
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => error = err,
            _ => return (None, error),
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

    fn files(walk: &Walk) -> Vec<&str> {
        walk.files.iter().map(|path| &**path).collect()
    }

    #[test]
    fn gitignore_counts_without_a_repository_and_dot_folders_are_entered() {
        let dir = lay(&[
            (".gitignore", "build/\n*.log\n"),
            (".git/config", ""),
            (".git/info/exclude", "secret.md\n"),
            (".stagegate/runs.db", ""),
            (".github/instructions/a.instructions.md", ""),
            ("build/b.md", ""),
            ("src/x.log", ""),
            ("src/.gitignore", "!x.log\ny.py\n"),
            ("src/y.py", ""),
            ("src/z.py", ""),
            ("secret.md", ""),
        ]);
        let expected = [
            ".github/instructions/a.instructions.md",
            ".gitignore",
            "src/.gitignore",
            "src/x.log",
            "src/z.py",
        ];
        let found = walk(dir.path(), &WalkOptions::default());
        assert_eq!(files(&found), expected);
        assert_eq!(found.problems, []);
        fs::remove_dir_all(dir.path().join(".git")).unwrap();
        let found = walk(dir.path(), &WalkOptions { threads: Some(1), folders: true });
        assert_eq!(files(&found).len(), expected.len() + 1, "only the repository's own exclude is gone");
        let folders: Vec<_> = found.folders.iter().map(AsRef::as_ref).collect();
        assert_eq!(folders, ["", ".github", ".github/instructions", "src"], "not what git ignores");
    }

    #[test]
    fn what_a_folder_above_ignores_counts_within_a_repository() {
        let dir = lay(&[(".gitignore", "*.md\n"), ("inner/a.md", ""), ("inner/b.py", "")]);
        let root = dir.path().join("inner");
        assert_eq!(files(&walk(&root, &WalkOptions::default())), ["a.md", "b.py"]);
        fs::create_dir(dir.path().join(".git")).unwrap();
        assert_eq!(files(&walk(&root, &WalkOptions::default())), ["b.py"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_to_files_inside_are_read_and_circles_are_problems() {
        use std::os::unix::fs::symlink;
        let outside = lay(&[("o.md", "")]);
        let dir = lay(&[("a/x.md", "")]);
        let at = |path: &str| dir.path().join(path);
        symlink(at("a/x.md"), at("inside.md")).unwrap();
        symlink(outside.path().join("o.md"), at("outside.md")).unwrap();
        symlink("loop.md", at("loop.md")).unwrap();
        symlink("nowhere", at("broken.md")).unwrap();
        symlink(dir.path(), at("a/up")).unwrap();
        let found = walk(dir.path(), &WalkOptions::default());
        assert_eq!(files(&found), ["a/x.md", "inside.md"]);
        assert_eq!(found.others, ["a/up", "broken.md", "loop.md", "outside.md"].map(PathBuf::from));
        let problems: Vec<_> = found.problems.iter().map(|p| format!("{}: {}", p.path, p.message)).collect();
        assert_eq!(
            problems,
            [
                "broken.md: the link cannot be followed: no such file or directory",
                "loop.md: the link cannot be followed: too many levels of symbolic links",
                "outside.md: the link leads out of the workspace and was not followed",
            ]
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_no_utf8_is_a_problem() {
        use std::os::unix::ffi::OsStrExt as _;
        let dir = lay(&[("a.md", "")]);
        fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"b\xff.md")), "").unwrap();
        let found = walk(dir.path(), &WalkOptions::default());
        assert_eq!(files(&found), ["a.md"]);
        assert_eq!(found.problems.len(), 1);
        assert_eq!((&*found.problems[0].path, found.problems[0].kind), ("b\u{fffd}.md", ProblemKind::Name));
    }

    #[test]
    fn a_root_that_does_not_exist_is_a_problem() {
        let dir = tempfile::tempdir().unwrap();
        let found = walk(&dir.path().join("no"), &WalkOptions::default());
        let problem = &found.problems[0];
        assert_eq!(&*problem.path, ".");
        assert_eq!(problem.message, "the folder cannot be read: no such file or directory");
    }
}
