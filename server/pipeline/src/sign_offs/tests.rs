use std::fs;

use stagegate_workspace::{WalkOptions, Workspace};

use super::*;

fn lay(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn workspace(root: &Path) -> Workspace {
    let mut workspace = Workspace::load(root);
    workspace.scan(&WalkOptions::default());
    workspace.read_components(&WalkOptions::default());
    workspace
}

fn repository() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    lay(
        dir.path(),
        "specs/calc.md",
        "# calc\n\n**Component Name:** calc\n\n## Overview\nsums\n\n**Approval:**\n- [ ] Lead\n",
    );
    lay(dir.path(), "src/calc/__init__.py", "__maturity__ = \"development\"\n");
    lay(dir.path(), "src/calc/core.py", "a = 1\n");
    lay(dir.path(), "src/calc/README.md", "calc\n");
    lay(dir.path(), "src/calc/__pycache__/core.pyc", "1");
    lay(dir.path(), "src/other/core.py", "a = 1\n");
    lay(dir.path(), "tests/test_calc.py", "a = 1\n");
    dir
}

fn state_of(root: &Path, overlay: &[(&str, &str)]) -> StateDigest {
    let workspace = workspace(root);
    let id = workspace.root.components.as_ref().unwrap().find("calc").unwrap();
    state(root, &workspace.root, id, overlay).unwrap()
}

#[test]
fn the_state_follows_source_tests_and_spec_and_nothing_else() {
    let dir = repository();
    let root = dir.path();
    let before = state_of(root, &[]);
    let check = |path: &str, text: &str, expected: &[&str]| {
        let old = fs::read_to_string(root.join(path)).unwrap_or_default();
        lay(root, path, text);
        assert_eq!(state_of(root, &[]).changed_since(&before), expected, "{path}");
        lay(root, path, &old);
    };
    check("src/calc/core.py", "a = 2\n", &["the source"]);
    check("tests/test_calc.py", "a = 2\n", &["the tests"]);
    check("specs/calc.md", "# calc\n\n**Component Name:** calc\n\n## Overview\nproducts\n", &["the spec"]);
    check(
        "specs/calc.md",
        "# calc\n\n**Component Name:** calc\n**Status:** Staging\n\n## Overview\nsums\n",
        &[],
    );
    check("src/calc/__init__.py", "__maturity__ = \"staging\"\n", &[]);
    check("src/calc/README.md", "more\n", &[]);
    check("src/calc/__pycache__/core.pyc", "2", &[]);
    check("src/other/core.py", "a = 2\n", &[]);
    check("stagegate.yaml", "{}\n", &[]);
    let unsaved = state_of(root, &[("src/calc/core.py", "a = 3\n")]);
    assert_eq!(unsaved.changed_since(&before), ["the source"]);
    lay(root, "src/calc/more.py", "");
    assert_eq!(state_of(root, &[]).changed_since(&before), ["the source"]);
}

#[test]
fn only_what_is_signed_for_a_state_is_looked_at() {
    let dir = repository();
    let root = dir.path();
    let mut states = States::default();
    assert!(states.of_signed(root, &workspace(root).root).is_empty());
    let before = state_of(root, &[]);
    let signed = format!("- [x] Lead — Mara <m@x>, 2026-11-21 <!-- stagegate: state={before} -->");
    let spec = fs::read_to_string(root.join("specs/calc.md")).unwrap().replace("- [ ] Lead", &signed);
    lay(root, "specs/calc.md", &spec);
    assert_eq!(states.of_signed(root, &workspace(root).root), [(Arc::from("calc"), before)]);
    lay(root, "src/calc/core.py", "a = 2\n");
    assert_ne!(states.of_signed(root, &workspace(root).root)[0].1, before);
    lay(root, "specs/calc.md", &spec.replace("[x]", "[ ]"));
    assert!(states.of_signed(root, &workspace(root).root).is_empty());
}

#[cfg(unix)]
#[test]
fn links_count_and_what_cannot_be_read_is_no_state() {
    let dir = repository();
    let root = dir.path();
    lay(root, "data/a.txt", "1");
    std::os::unix::fs::symlink("../../data/a.txt", root.join("src/calc/a.txt")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", root.join("src/calc/b.txt")).unwrap();
    let before = state_of(root, &[]);
    lay(root, "data/a.txt", "2");
    assert_eq!(state_of(root, &[]).changed_since(&before), ["the source"]);
    let workspace = workspace(root);
    let id = workspace.root.components.as_ref().unwrap().find("calc").unwrap();
    fs::remove_file(root.join("src/calc/core.py")).unwrap();
    let error = state(root, &workspace.root, id, &[]).unwrap_err();
    assert_eq!(error, "cannot read src/calc/core.py: no such file or directory");
}
