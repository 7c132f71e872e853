//! What git says about the workspace.

use std::fs;
use std::path::Path;

use stagegate_core::plan::{GitBusy, GitRepository, GitState};
use stagegate_core::run::Person;

use super::{Git, literal};
use crate::process::End;

impl Git {
    /// Returns the state of the repository, and which of `paths` (relative to the workspace, with `/`) have changes that are
    /// not committed. Only reads, and starts nothing that the repository is configured to run.
    #[must_use]
    pub fn state(&self, paths: &[&str]) -> GitState {
        match self.repository(paths) {
            Ok(repository) => GitState::Repository(repository),
            Err(why) => GitState::NoGit { why },
        }
    }

    fn repository(&self, paths: &[&str]) -> Result<GitRepository, String> {
        let place = self.place()?;
        if let Some((path, other)) =
            paths.iter().find_map(|path| Some((path, other_repository(&self.folder, path)?)))
        {
            return Err(format!(
                "`{path}` lies in another repository, `{other}`; its commits are made there"
            ));
        }
        let identities = || {
            let author = self.identity("GIT_AUTHOR_IDENT");
            author.filter(|_| self.identity("GIT_COMMITTER_IDENT").is_some())
        };
        let (status, identity) = std::thread::scope(|scope| {
            let status = scope.spawn(|| self.status(paths));
            (status.join(), identities())
        });
        let status = status.map_err(|_| "git was not understood".to_owned())??;
        let (mut dirty, mut ignored) = (Vec::new(), Vec::new());
        for (path, is_ignored) in status.entries {
            if let Some(path) = path.strip_prefix(&place.prefix) {
                if is_ignored { &mut ignored } else { &mut dirty }.push(path.to_owned());
            }
        }
        for list in [&mut dirty, &mut ignored] {
            list.sort_unstable();
            list.dedup();
        }
        Ok(GitRepository {
            root: place.root,
            head: status.head,
            branch: status.branch,
            identity,
            dirty,
            ignored,
            busy: busy(Path::new(&place.git)),
        })
    }

    /// Returns where the repository lies.
    pub(super) fn place(&self) -> Result<Place, String> {
        let args = ["rev-parse", "--absolute-git-dir", "--show-prefix", "--show-toplevel"];
        let answer = self.read(args);
        if let End::NotFound { .. } = answer.end {
            return Err("git is not installed, or not in `PATH`".to_owned());
        }
        if !answer.is_good() {
            return Err(match answer.why() {
                why if why.starts_with("not a git repository") => {
                    "the folder lies in no git repository".to_owned()
                }
                why if why.starts_with("this operation must be run in a work tree") => {
                    "the folder lies in a repository without files (bare, or inside of `.git`)".to_owned()
                }
                why => why,
            });
        }
        let text = answer.stdout.strip_suffix('\n').unwrap_or(&answer.stdout);
        match *text.split('\n').collect::<Vec<_>>() {
            [git, prefix, root] => {
                Ok(Place { git: git.to_owned(), prefix: prefix.to_owned(), root: root.to_owned() })
            }
            _ => Err("the name of the folder holds a line break".to_owned()),
        }
    }

    /// Returns a person as git would write them into a commit.
    fn identity(&self, variable: &str) -> Option<Person> {
        let answer = self.read(["var", variable]);
        let (name, rest) = answer.stdout.split_once(" <").filter(|_| answer.is_good())?;
        let (email, _) = rest.split_once('>')?;
        Some(Person { name: name.to_owned(), email: email.to_owned() })
    }

    fn status(&self, paths: &[&str]) -> Result<Status, String> {
        let untracked = if paths.is_empty() { "--untracked-files=no" } else { "--untracked-files=all" };
        let args = [
            "status",
            "--porcelain=v2",
            "--branch",
            "-z",
            "--no-renames",
            "--ignore-submodules=all",
            untracked,
        ];
        let ignored = if paths.is_empty() { "--ignored=no" } else { "--ignored=traditional" };
        let paths = paths.iter().map(|path| literal(path));
        let args = args.into_iter().chain([ignored, "--"]).map(str::to_owned).chain(paths);
        let answer = self.read(args);
        if !answer.is_good() {
            return Err(answer.why());
        }
        Ok(Status::read(&answer.stdout))
    }

    /// Returns which of `paths` have changes that are not committed.
    pub(super) fn dirty(&self, paths: &[&str]) -> Result<Vec<String>, String> {
        let place = self.place()?;
        let entries = self.status(paths)?.entries.into_iter().filter(|(_, is_ignored)| !is_ignored);
        Ok(entries.filter_map(|(path, _)| Some(path.strip_prefix(&place.prefix)?.to_owned())).collect())
    }

    /// Returns the paths among `paths` that git does not know, and does not ignore.
    pub(super) fn unknown(&self, paths: &[&str]) -> Result<Vec<String>, String> {
        let args = ["ls-files", "-z", "--others", "--exclude-standard", "--"].map(str::to_owned);
        let answer = self.read(args.into_iter().chain(paths.iter().map(|path| literal(path))));
        if !answer.is_good() {
            return Err(answer.why());
        }
        Ok(answer.stdout.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
    }
}

/// Where a repository lies.
#[derive(Debug)]
pub(super) struct Place {
    /// The folder of git itself.
    git: String,
    /// The workspace in the repository: empty, or with `/` at its end.
    pub(super) prefix: String,
    /// The work tree.
    root: String,
}

/// What `git status --porcelain=v2 -z` says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Status {
    head: Option<String>,
    branch: Option<String>,
    /// Paths from the root of the repository on, and whether they are ignored.
    entries: Vec<(String, bool)>,
}

impl Status {
    fn read(text: &str) -> Status {
        let mut status = Status::default();
        let mut parts = text.split('\0');
        while let Some(part) = parts.next() {
            if let Some(oid) = part.strip_prefix("# branch.oid ") {
                status.head = (oid != "(initial)").then(|| oid.to_owned());
            } else if let Some(branch) = part.strip_prefix("# branch.head ") {
                status.branch = (branch != "(detached)").then(|| branch.to_owned());
            } else if let Some((kind, rest)) = part.split_once(' ') {
                // How many fields stand before the path.
                let fields = match kind {
                    "1" => 8,
                    "2" => 9,
                    "u" => 10,
                    "?" | "!" => 1,
                    _ => continue,
                };
                if kind == "2" {
                    // The name before, which cannot be with `--no-renames`.
                    parts.next();
                }
                if let Some(path) = rest.splitn(fields, ' ').nth(fields - 1) {
                    status.entries.push((path.to_owned(), kind == "!"));
                }
            }
        }
        status
    }
}

/// Returns the folder, between the workspace and the file at `path`, that is a repository of its own.
fn other_repository<'p>(folder: &Path, path: &'p str) -> Option<&'p str> {
    let parents = path.match_indices('/').map(|(at, _)| &path[..at]);
    parents.into_iter().find(|parent| fs::symlink_metadata(folder.join(parent).join(".git")).is_ok())
}

/// Returns what is under way, by the files that git leaves in its folder.
fn busy(git: &Path) -> Option<GitBusy> {
    let has = |name: &str| fs::symlink_metadata(git.join(name)).is_ok();
    if has("rebase-apply/applying") {
        return Some(GitBusy::Am);
    }
    if has("rebase-merge") || has("rebase-apply") {
        return Some(GitBusy::Rebase);
    }
    // Between two of several commits only the list of what is left says so.
    let next = fs::read_to_string(git.join("sequencer/todo")).unwrap_or_default();
    let is_next = |word: &str| next.starts_with(word);
    [
        (has("MERGE_HEAD"), GitBusy::Merge),
        (has("CHERRY_PICK_HEAD") || is_next("pick"), GitBusy::CherryPick),
        (has("REVERT_HEAD") || is_next("revert"), GitBusy::Revert),
        (has("BISECT_LOG"), GitBusy::Bisect),
    ]
    .into_iter()
    .find_map(|(is, busy)| is.then_some(busy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_is_read_with_any_name() {
        let text = "# branch.oid abc\0# branch.head ma in\0# branch.ab +1 -2\0\
            1 .M N... 100644 100644 100644 aa bb a b\nc\0u UU N... 1 1 1 1 a b c d e\0? new \"x\"\0! -i\0";
        let expected = Status {
            head: Some("abc".to_owned()),
            branch: Some("ma in".to_owned()),
            entries: ["a b\nc", "d e", "new \"x\""]
                .map(|path| (path.to_owned(), false))
                .into_iter()
                .chain([("-i".to_owned(), true)])
                .collect(),
        };
        assert_eq!(Status::read(text), expected);
        assert_eq!(Status::read("# branch.oid (initial)\0# branch.head main\0").head, None);
        assert_eq!(Status::read("1 x\0\0?\0"), Status::default());
    }
}
