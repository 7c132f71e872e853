use std::fs;
use std::time::Duration;

use stagegate_core::plan::{GitBusy, GitRepository, GitState};

use super::testing::{TestRepository, git};
use super::*;

mod commits;
mod hostile;
mod undoing;

fn repository(state: GitState) -> GitRepository {
    match state {
        GitState::Repository(repository) => repository,
        GitState::NoGit { why } => panic!("{why}"),
    }
}

fn why(state: GitState) -> String {
    match state {
        GitState::NoGit { why } => why,
        GitState::Repository(repository) => panic!("{repository:?}"),
    }
}

#[test]
fn a_repository_says_where_it_is_and_who_commits() {
    let test = TestRepository::new(&[("a.md", "a\n")]);
    let state = repository(test.git.state(&["a.md"]));
    assert_eq!(state.root, test.root().to_str().unwrap());
    assert_eq!(state.head.as_deref(), Some(&*test.run(&["rev-parse", "HEAD"])));
    assert_eq!(state.branch.as_deref(), Some("main"));
    let person = state.identity.unwrap();
    assert_eq!((&*person.name, &*person.email), ("Mara", "mara@example.org"));
    assert_eq!((state.dirty.len(), state.ignored.len(), state.busy), (0, 0, None));

    test.run(&["checkout", "--quiet", "--detach"]);
    assert_eq!(repository(test.git.state(&[])).branch, None);

    let empty = TestRepository::new(&[]);
    let state = repository(empty.git.state(&[]));
    assert_eq!((state.head, state.branch.as_deref()), (None, Some("main")));
}

#[test]
fn only_the_paths_that_are_asked_for_are_dirty() {
    let names = ["a b.md", "\"q\".md", "é🎉.md", "-x.md", "[a].md", "*.md", "src/c/:(x).md", "a\tb.md"];
    let files: Vec<_> = names.iter().map(|name| (*name, "1\n")).collect();
    let test = TestRepository::new(&files);
    assert_eq!(repository(test.git.state(&names)).dirty, [""; 0]);
    test.write("other.md", "new\n");
    test.write("a b.md", "2\n");
    for name in &names[1..] {
        let before = repository(test.git.state(&[name]));
        assert_eq!(before.dirty, [""; 0], "{name}");
        test.write(name, "2\n");
        assert_eq!(repository(test.git.state(&[name])).dirty, [*name]);
    }
    // Staged, unknown to git, gone.
    test.run(&["add", "--all"]);
    test.write("new/n.md", "new\n");
    fs::remove_file(test.root().join("a b.md")).unwrap();
    let mut expected = ["a b.md", "-x.md", "new/n.md", "other.md"];
    expected.sort_unstable();
    assert_eq!(
        repository(test.git.state(&["a b.md", "-x.md", "new/n.md", "other.md", "none.md"])).dirty,
        expected
    );
}

#[test]
fn what_git_ignores_is_told() {
    let test = TestRepository::new(&[(".gitignore", "gen/\n*.tmp\n")]);
    test.write("gen/x.md", "1\n");
    test.write("a.tmp", "1\n");
    let state = repository(test.git.state(&["gen/x.md", "a.tmp"]));
    assert_eq!(state.ignored, ["a.tmp", "gen/x.md"]);
    assert_eq!(state.dirty, [""; 0]);
}

#[test]
fn a_workspace_may_be_a_folder_of_the_repository_or_a_worktree() {
    let test = TestRepository::new(&[("deep/er/specs/a.md", "1\n"), ("top.md", "1\n")]);
    let inner = Git::new(&test.root().join("deep/er"));
    test.write("deep/er/specs/a.md", "2\n");
    test.write("top.md", "2\n");
    let state = repository(inner.state(&["specs/a.md"]));
    assert_eq!(
        (state.dirty, state.root),
        (vec!["specs/a.md".to_owned()], test.root().to_str().unwrap().to_owned())
    );

    let other = tempfile::tempdir().unwrap();
    let tree = fs::canonicalize(other.path()).unwrap().join("tree");
    test.run(&["worktree", "add", "--quiet", "-b", "side", tree.to_str().unwrap()]);
    let worktree = Git::new(&tree);
    let state = repository(worktree.state(&["top.md"]));
    assert_eq!((state.branch.as_deref(), state.root.as_str()), (Some("side"), tree.to_str().unwrap()));
    assert_eq!(state.dirty, [""; 0]);
}

#[test]
fn files_of_another_repository_are_committed_there() {
    let inner = TestRepository::new(&[("a.md", "1\n")]);
    let test = TestRepository::new(&[("b.md", "1\n")]);
    let from = inner.root().to_str().unwrap();
    test.run(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", from, "src/sub"]);
    assert_eq!(
        why(test.git.state(&["b.md", "src/sub/a.md"])),
        "`src/sub/a.md` lies in another repository, `src/sub`; its commits are made there"
    );
    let state = repository(Git::new(&test.root().join("src/sub")).state(&["a.md"]));
    assert_eq!(state.root, test.root().join("src/sub").to_str().unwrap());
}

#[test]
fn without_git_it_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let mut plain = Git::new(dir.path());
    assert_eq!(why(plain.state(&[])), "the folder lies in no git repository");
    plain.program = "no-such-git".into();
    assert_eq!(why(plain.state(&[])), "git is not installed, or not in `PATH`");
    git(dir.path(), &["init", "--quiet", "--bare"]);
    let bare = Git::new(dir.path());
    assert_eq!(
        why(bare.state(&[])),
        "the folder lies in a repository without files (bare, or inside of `.git`)"
    );
    let broken = TestRepository::new(&[("a.md", "1\n")]);
    broken.write(".git/config", "[core\n");
    assert!(why(broken.git.state(&[])).contains("config"), "{}", why(broken.git.state(&[])));
}

#[test]
fn nobody_commits_without_a_name() {
    let test = TestRepository::new(&[("a.md", "1\n")]);
    test.run(&["config", "--unset", "user.name"]);
    test.run(&["config", "--unset", "user.email"]);
    test.run(&["config", "user.useConfigOnly", "true"]);
    let state = repository(test.git.state(&[]));
    // Whoever runs the tests may have a name of their own.
    if git(test.root(), &["config", "--default", "", "--get", "user.name"]).is_empty() {
        assert_eq!(state.identity, None);
    }
}

#[test]
fn what_is_under_way_is_told() {
    let test = TestRepository::new(&[("a.md", "1\n")]);
    test.run(&["checkout", "--quiet", "-b", "side"]);
    test.write("a.md", "2\n");
    test.run(&["commit", "--quiet", "-am", "two"]);
    test.run(&["checkout", "--quiet", "main"]);
    test.write("a.md", "3\n");
    test.run(&["commit", "--quiet", "-am", "three"]);
    let busy = || repository(test.git.state(&[])).busy;
    let fails = |args: &[&str]| {
        let status =
            std::process::Command::new("git").args(args).current_dir(test.root()).output().unwrap().status;
        assert!(!status.success(), "{args:?}");
    };
    assert_eq!(busy(), None);
    for (start, abort, expected) in [
        (["merge", "side"], ["merge", "--abort"], GitBusy::Merge),
        (["cherry-pick", "side"], ["cherry-pick", "--abort"], GitBusy::CherryPick),
        (["rebase", "side"], ["rebase", "--abort"], GitBusy::Rebase),
        (["revert", "HEAD~1"], ["revert", "--abort"], GitBusy::Revert),
    ] {
        fails(&start);
        assert_eq!(busy(), Some(expected));
        test.run(&abort);
        assert_eq!(busy(), None);
    }
    test.run(&["bisect", "start"]);
    assert_eq!(busy(), Some(GitBusy::Bisect));
}

#[test]
fn a_hanging_git_is_stopped() {
    let test = TestRepository::new(&[("a.md", "1\n")]);
    #[cfg(unix)]
    {
        let mut slow = Git::new(test.root());
        slow.timeout = Duration::from_millis(300);
        test.program(".git/hooks/pre-commit", "sleep 30");
        test.write("a.md", "2\n");
        let request =
            CommitRequest { message: "x".to_owned(), paths: vec!["a.md".to_owned()], trailers: Vec::new() };
        let failure = slow.commit(&request).unwrap_err();
        assert!(failure.message.contains("ran longer than 300ms"), "{}", failure.message);
        assert!(failure.transient);
    }
}
