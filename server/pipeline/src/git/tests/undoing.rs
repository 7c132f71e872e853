use super::*;

const RUN_ID: &str = "20261121-034500-ab12cd";

/// A repository with a promotion in it.
fn promoted(files: &[(&str, &str, &str)]) -> (TestRepository, String) {
    let before: Vec<_> = files.iter().map(|(path, before, _)| (*path, *before)).collect();
    let test = TestRepository::new(&before);
    for (path, _, after) in files {
        test.write(path, after);
    }
    let commit = test
        .git
        .commit(&CommitRequest {
            message: "Promote a to staging".to_owned(),
            paths: files.iter().map(|(path, ..)| (*path).to_owned()).collect(),
            trailers: vec![(RUN.to_owned(), RUN_ID.to_owned())],
        })
        .unwrap();
    (test, commit)
}

fn request(commit: &str) -> UndoRequest {
    UndoRequest {
        commit: commit.to_owned(),
        edits: None,
        component: "a".to_owned(),
        undoes: RUN_ID.to_owned(),
        run: Some("20261122-000000-ffffff".to_owned()),
        message: None,
        reason: Some("latency".to_owned()),
    }
}

const LONG: &str = "# A\n\nStage: dev\n\none\ntwo\nthree\nfour\nfive\n";

#[test]
fn texts_come_back_byte_for_byte() {
    let (test, commit) = promoted(&[
        ("a.md", "\u{feff}Stage: dev 🎉  \r\nno end", "\u{feff}Stage: staging 🎉  \r\nno end"),
        ("b.md", LONG, &LONG.replace("dev", "staging")),
    ]);
    let planned = test.git.plan_undo(&commit).unwrap();
    assert_eq!(planned.iter().map(|change| &*change.path).collect::<Vec<_>>(), ["a.md", "b.md"]);
    test.write("other.md", "dirty\n");
    let undone = test.git.undo(&request(&commit)).unwrap();
    assert_eq!(undone.changes, planned);
    assert_eq!(test.read("a.md"), "\u{feff}Stage: dev 🎉  \r\nno end");
    assert_eq!(test.read("b.md"), LONG);
    assert_eq!(test.run(&["status", "--porcelain"]), "?? other.md");
    assert_eq!(
        test.run(&["log", "-1", "--format=%B"]),
        format!(
            "Revert \"Promote a to staging\"\n\nThis reverts commit {commit}.\n\nReason: latency\n\n\
             Stagegate-Undoes: {RUN_ID}\nStagegate-Run: 20261122-000000-ffffff\nStagegate-Component: a"
        )
    );
    // A second time there is nothing to do, and the promotion is still found.
    assert_eq!(
        test.git.undo(&request(&commit)).unwrap(),
        Undone { commit: undone.commit, changes: Vec::new() }
    );
    assert_eq!(test.git.find(RUN_ID).unwrap(), Some(commit));
    assert_eq!(test.run(&["rev-list", "--count", "HEAD"]), "3");
}

#[test]
fn what_was_changed_since_stays() {
    let (test, commit) = promoted(&[("a.md", LONG, &LONG.replace("dev", "staging"))]);
    test.write("a.md", &LONG.replace("dev", "staging").replace("five", "FIVE\nsix"));
    test.write("b.md", "new\n");
    test.run(&["add", "--all"]);
    test.run(&["commit", "--quiet", "-m", "later"]);
    test.git.undo(&request(&commit)).unwrap();
    assert_eq!(test.read("a.md"), LONG.replace("five", "FIVE\nsix"));
    assert_eq!(test.run(&["status", "--porcelain"]), "");
}

#[test]
fn a_conflict_changes_nothing_and_says_what_to_do() {
    let (test, commit) = promoted(&[
        ("a.md", LONG, &LONG.replace("dev", "staging")),
        ("b.md", "Stage: dev\n", "Stage: staging\n"),
    ]);
    test.write("b.md", "Stage: production\n");
    test.run(&["commit", "--quiet", "-am", "later"]);
    let head = test.run(&["rev-parse", "HEAD"]);
    let failure = test.git.undo(&request(&commit)).unwrap_err();
    assert_eq!(
        failure.message,
        "`b.md` was changed since the promotion in the same lines; nothing was undone"
    );
    let short = &commit[..12];
    assert_eq!(
        failure.help,
        format!(
            "write the lines as they were before (`git show {short}^:./b.md`), or undo it by hand: `git revert {short}`"
        )
    );
    assert_eq!(test.git.plan_undo(&commit).unwrap_err(), failure);
    assert_eq!(test.run(&["rev-parse", "HEAD"]), head);
    assert_eq!(test.run(&["status", "--porcelain"]), "");
}

#[test]
fn what_is_not_committed_is_not_committed_by_us() {
    let (test, commit) = promoted(&[("a.md", LONG, &LONG.replace("dev", "staging"))]);
    let dirty = LONG.replace("dev", "staging").replace("five", "mine");
    test.write("a.md", &dirty);
    let failure = test.git.undo(&request(&commit)).unwrap_err();
    assert_eq!(failure.message, "`a.md` has changes that are not committed, which the commit would hold");
    assert_eq!(test.read("a.md"), dirty);
}

/// Killed between writing and committing: the next attempt goes on.
#[test]
fn an_interrupted_undo_goes_on() {
    let (test, commit) =
        promoted(&[("a.md", LONG, &LONG.replace("dev", "staging")), ("b.md", "dev\n", "staging\n")]);
    test.write("a.md", LONG);
    let undone = test.git.undo(&request(&commit)).unwrap();
    assert!(undone.commit.is_some());
    assert_eq!((test.read("a.md"), test.read("b.md")), (LONG.to_owned(), "dev\n".to_owned()));
    assert_eq!(test.run(&["status", "--porcelain"]), "");
}

#[test]
fn files_that_the_promotion_made_or_removed() {
    let test = TestRepository::new(&[("old.md", "old\n")]);
    test.write("new/n.md", "new\n");
    fs::remove_file(test.root().join("old.md")).unwrap();
    let paths = vec!["new/n.md".to_owned(), "old.md".to_owned()];
    let trailers = vec![(RUN.to_owned(), RUN_ID.to_owned())];
    let commit = test.git.commit(&CommitRequest { message: "x".to_owned(), paths, trailers }).unwrap();
    test.git.undo(&request(&commit)).unwrap();
    assert_eq!(test.read("old.md"), "old\n");
    assert!(!test.root().join("new/n.md").exists());
    assert_eq!(test.run(&["status", "--porcelain"]), "");
}

#[test]
fn what_somebody_undid_by_hand_needs_no_commit() {
    let (test, commit) = promoted(&[("a.md", LONG, &LONG.replace("dev", "staging"))]);
    test.run(&["revert", "--no-edit", "HEAD"]);
    assert_eq!(test.git.undo(&request(&commit)).unwrap(), Undone { commit: None, changes: Vec::new() });
}

#[cfg(unix)]
#[test]
fn a_hook_that_says_no_leaves_the_promotion() {
    let (test, commit) = promoted(&[("a.md", LONG, &LONG.replace("dev", "staging"))]);
    test.program(".git/hooks/pre-commit", "echo no >&2; exit 1");
    assert_eq!(test.git.undo(&request(&commit)).unwrap_err().message, "the commit was not made: no");
    assert_eq!(test.read("a.md"), LONG.replace("dev", "staging"));
    assert_eq!(test.run(&["status", "--porcelain"]), "");
}

#[test]
fn line_ends_that_git_converts_are_no_change() {
    let test =
        TestRepository::new(&[(".gitattributes", "*.md text eol=crlf\n"), ("a.md", "Stage: dev\r\nx\r\n")]);
    test.write("a.md", "Stage: staging\r\nx\r\n");
    let trailers = vec![(RUN.to_owned(), RUN_ID.to_owned())];
    let paths = vec!["a.md".to_owned()];
    let commit = test.git.commit(&CommitRequest { message: "x".to_owned(), paths, trailers }).unwrap();
    assert_eq!(test.run(&["cat-file", "blob", "HEAD:a.md"]), "Stage: staging\nx");
    test.git.undo(&request(&commit)).unwrap();
    assert_eq!(test.read("a.md"), "Stage: dev\r\nx\r\n");
    assert_eq!(test.run(&["status", "--porcelain"]), "");
}

#[test]
fn a_commit_that_is_gone_is_named() {
    let test = TestRepository::new(&[("a.md", "1\n")]);
    let failure = test.git.plan_undo(&"ab".repeat(20)).unwrap_err();
    assert!(failure.message.starts_with("the commit abababababab cannot be read: "), "{}", failure.message);
    let outside = Git::new(&{
        fs::create_dir(test.root().join("in")).unwrap();
        test.root().join("in")
    });
    let failure = outside.plan_undo(&test.run(&["rev-parse", "HEAD"])).unwrap_err();
    assert!(
        failure.message.ends_with("changed `a.md` as well, outside of the workspace"),
        "{}",
        failure.message
    );
}
