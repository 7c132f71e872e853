#![cfg(unix)]

use super::*;

/// Everything by which a repository can make git start something while it only reads.
#[test]
fn reading_starts_nothing_of_the_repository() {
    let test = TestRepository::new(&[
        ("a.md", "1\n"),
        ("b.md", "1\n"),
        (".gitattributes", "*.md filter=evil diff=evil merge=evil\n"),
    ]);
    test.write("a.md", "2\n");
    test.run(&["commit", "--quiet", "-am", "two"]);
    let commit = test.run(&["rev-parse", "HEAD"]);
    let canary = test.root().join("canary");
    let evil = test.program("evil.sh", &format!("echo \"$0 $*\" >> '{}'; cat", canary.display()));
    let evil = evil.to_str().unwrap();
    for key in [
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "core.gitProxy",
        "core.askPass",
        "credential.helper",
        "diff.external",
        "diff.evil.command",
        "diff.evil.textconv",
        "merge.evil.driver",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "filter.a=b.clean",
        "gpg.program",
        "pager.status",
        "pager.log",
        "sequence.editor",
        "interactive.diffFilter",
    ] {
        test.run(&["config", key, evil]);
    }
    test.run(&["config", "filter.evil.required", "true"]);
    test.run(&["config", "log.showSignature", "true"]);
    test.run(&["config", "alias.status", &format!("!{evil}")]);
    test.run(&["config", "core.hooksPath", test.root().to_str().unwrap()]);
    for hook in ["post-index-change", "reference-transaction", "post-checkout", "fsmonitor-watchman"] {
        test.program(hook, &format!("echo hook >> '{}'", canary.display()));
    }
    // Git looks into files whose times changed.
    test.write("b.md", "changed\n");
    test.write("a.md", "2\n");
    fs::remove_file(&canary).ok();

    let state = repository(test.git.state(&["a.md", "b.md", "new.md"]));
    assert_eq!(state.dirty, ["b.md"]);
    assert_eq!(test.git.find("20261121-034500-ab12cd").unwrap(), None);
    assert_eq!(test.git.plan_undo(&commit).unwrap().len(), 1);
    assert_eq!(test.git.subject(&commit).unwrap(), "two");
    assert!(!canary.exists(), "{}", fs::read_to_string(&canary).unwrap());

    // The same with nothing switched off, so that the test would see it.
    std::process::Command::new("git")
        .args(["status", "--porcelain"])
        .current_dir(test.root())
        .output()
        .unwrap();
    assert!(canary.exists());
}

#[test]
fn reading_changes_no_byte() {
    let test = TestRepository::new(&[("a.md", "1\n")]);
    test.write("a.md", "1\n");
    let list = || {
        let mut all = Vec::new();
        let mut folders = vec![test.root().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().flatten() {
                match entry.metadata().unwrap() {
                    metadata if metadata.is_dir() => folders.push(entry.path()),
                    metadata => all.push((
                        entry.path(),
                        metadata.modified().unwrap(),
                        fs::read(entry.path()).unwrap(),
                    )),
                }
            }
        }
        all.sort();
        all
    };
    let before = list();
    repository(test.git.state(&["a.md"]));
    test.git.find("x").unwrap();
    assert!(before == list());
}
