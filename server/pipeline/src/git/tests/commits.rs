use super::*;

fn request(paths: &[&str]) -> CommitRequest {
    CommitRequest {
        message: "Promote calculator to staging\n\nCoverage: 97%\n# no comment\n".to_owned(),
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        trailers: vec![
            (RUN.to_owned(), "20261121-034500-ab12cd".to_owned()),
            (COMPONENT.to_owned(), "calculator".to_owned()),
        ],
    }
}

#[test]
fn exactly_the_files_are_committed() {
    let names = ["a b.md", "-x.md", "*.md", "[c].md", "é.md"];
    let mut files: Vec<_> = names.iter().map(|name| (*name, "1\n")).collect();
    files.extend([("staged.md", "1\n"), ("changed.md", "1\n"), ("gone.md", "1\n")]);
    let test = TestRepository::new(&files);
    test.write("staged.md", "2\n");
    test.run(&["add", "staged.md"]);
    test.write("changed.md", "2\n");
    test.write("unknown.md", "1\n");
    for name in names {
        test.write(name, "2\n");
    }
    test.write("src/new.md", "1\n");
    fs::remove_file(test.root().join("gone.md")).unwrap();
    let before = test.run(&["status", "--porcelain", "staged.md", "changed.md", "unknown.md"]);
    let mut paths = names.to_vec();
    paths.extend(["src/new.md", "gone.md", "never.md"]);
    let commit = test.git.commit(&request(&paths)).unwrap();
    assert_eq!(commit, test.run(&["rev-parse", "HEAD"]));
    let shown = test.run(&[
        "-c",
        "core.quotePath=false",
        "show",
        "--no-renames",
        "--name-status",
        "--format=%B",
        "HEAD",
    ]);
    assert_eq!(
        shown,
        "Promote calculator to staging\n\nCoverage: 97%\n# no comment\n\nStagegate-Run: 20261121-034500-ab12cd\n\
         Stagegate-Component: calculator\n\n\nM\t*.md\nM\t-x.md\nM\t[c].md\nM\ta b.md\nD\tgone.md\nA\tsrc/new.md\nM\té.md"
    );
    assert_eq!(test.run(&["status", "--porcelain", "staged.md", "changed.md", "unknown.md"]), before);
    assert_eq!(test.git.find("20261121-034500-ab12cd").unwrap(), Some(commit));
    assert_eq!(test.git.find("20261121-034500-ab12c").unwrap(), None);
}

#[test]
fn in_a_folder_of_the_repository_and_with_ignored_files() {
    let test = TestRepository::new(&[("deep/specs/a.md", "1\n"), ("a.md", "1\n"), (".gitignore", "*.tmp\n")]);
    let inner = Git::new(&test.root().join("deep"));
    test.write("deep/specs/a.md", "2\n");
    test.write("deep/specs/new.md", "1\n");
    test.write("deep/x.tmp", "1\n");
    test.write("a.md", "2\n");
    inner.commit(&request(&["specs/a.md", "specs/new.md", "x.tmp"])).unwrap();
    assert_eq!(test.run(&["show", "--name-only", "--format=", "HEAD"]), "deep/specs/a.md\ndeep/specs/new.md");
    assert_eq!(test.run(&["status", "--porcelain"]), " M a.md");
}

#[test]
fn the_first_commit_of_a_repository() {
    let test = TestRepository::new(&[]);
    test.write("a.md", "1\n");
    assert_eq!(test.git.find("x").unwrap(), None);
    let commit = test.git.commit(&request(&["a.md"])).unwrap();
    assert_eq!(test.run(&["rev-list", "HEAD"]), commit);
}

#[test]
fn where_nothing_changed_nothing_is_committed() {
    let test = TestRepository::new(&[("a.md", "1\n")]);
    let failure = test.git.commit(&request(&["a.md"])).unwrap_err();
    assert_eq!(failure.message, "nothing can be committed: the files are as in the last commit");
    assert!(!failure.transient);
}

#[cfg(unix)]
#[test]
fn a_hook_that_says_no_leaves_everything_as_it_was() {
    let test = TestRepository::new(&[("a.md", "1\n"), ("b.md", "1\n")]);
    test.program(
        ".git/hooks/pre-commit",
        "echo 'lint: line 3 is too long; token hunter2hunter2' >&2; exit 1",
    );
    test.write("a.md", "2\n");
    test.write("new.md", "1\n");
    test.write("b.md", "2\n");
    test.run(&["add", "b.md"]);
    let before = test.run(&["status", "--porcelain"]);
    let mut git = Git::new(test.root());
    git.redactor = Redactor::from_env([("API_TOKEN".into(), "hunter2hunter2".into())]);
    let failure = git.commit(&request(&["a.md", "new.md"])).unwrap_err();
    assert!(
        failure.message.starts_with("the commit was not made: lint: line 3 is too long; token ")
            && !failure.message.contains("hunter2"),
        "{}",
        failure.message
    );
    assert_eq!(test.run(&["status", "--porcelain"]), before);
    assert_eq!(test.read("a.md"), "2\n");
    // Once the hook is content, the same call goes through.
    test.program(".git/hooks/pre-commit", "exit 0");
    git.commit(&request(&["a.md", "new.md"])).unwrap();
}

#[cfg(unix)]
#[test]
fn hooks_of_the_user_run_and_what_fails_behind_the_commit_does_not_undo_it() {
    let test = TestRepository::new(&[("a.md", "1\n")]);
    test.program(".git/hooks/commit-msg", "echo 'Signed: hook' >> \"$1\"");
    test.program(".git/hooks/post-commit", "exit 1");
    test.write("a.md", "2\n");
    let commit = test.git.commit(&request(&["a.md"])).unwrap();
    assert!(test.run(&["log", "-1", "--format=%B"]).contains("Signed: hook"));
    assert_eq!(test.git.find("20261121-034500-ab12cd").unwrap(), Some(commit));
}

#[test]
fn who_holds_the_index_is_waited_for() {
    let test = TestRepository::new(&[("a.md", "1\n")]);
    test.write("a.md", "2\n");
    let lock = test.root().join(".git/index.lock");
    fs::write(&lock, "").unwrap();
    let other = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(400));
        fs::remove_file(lock).unwrap();
    });
    test.git.commit(&request(&["a.md"])).unwrap();
    other.join().unwrap();
}

#[test]
fn a_cancelled_commit_is_none() {
    let test = TestRepository::new(&[("a.md", "1\n")]);
    test.write("a.md", "2\n");
    let head = test.run(&["rev-parse", "HEAD"]);
    let git = Git::new(test.root());
    git.cancel.cancel();
    git.commit(&request(&["a.md"])).unwrap_err();
    assert_eq!(test.run(&["rev-parse", "HEAD"]), head);
}
