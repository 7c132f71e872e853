use std::fs;

use expect_test::expect;

use super::*;

fn lay(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn labels(dir: &tempfile::TempDir, folder: &str) -> Vec<String> {
    files(dir.path(), Path::new(folder)).unwrap().into_iter().map(|item| item.label).collect()
}

#[test]
fn an_empty_workspace_decides_nothing() {
    assert!(labels(&lay(&[("README.md", "x"), ("conftest.py", "x"), ("ruff.toml", "x")]), "").is_empty());
}

#[test]
fn settings_that_name_programs_and_plugins_count() {
    let dir = lay(&[
        ("pyproject.toml", "[project]\nversion = '1'\n[tool.pytest.ini_options]\naddopts = '-p x'\n"),
        (
            "package.json",
            r#"{"version": "1", "stagegate": {"stage": "staging"}, "scripts": {"test": "node x"}}"#,
        ),
        (
            ".secrets.baseline",
            r#"{"generated_at": "x", "plugins_used": [{"path": "file://x.py"}], "results": {}}"#,
        ),
        ("Cargo.toml", "[package]\nversion = '1'\n[patch.crates-io]\na = { path = 'x' }\n"),
        (".cargo/config.toml", "[build]\nrustc-wrapper = 'x'\n"),
        (".config/nextest.toml", "[scripts.setup.x]\ncommand = 'x'\n"),
        ("eslint.config.mjs", "export default [];\n"),
        ("stagegate.yaml", "rules: {}\nquality_gates: {}\n"),
        ("scripts/workflow/workflow_config.yaml", "logging: {}\n"),
    ]);
    let all = files(dir.path(), Path::new("")).unwrap();
    let text: String = all.iter().map(|item| format!("--- {}\n{}", item.label, item.text)).collect();
    expect![[r#"
        --- pyproject.toml
        tool.pytest.ini_options.addopts = "-p x"
        --- .secrets.baseline
        plugins_used[] = {path = "file://x.py"}
        --- .cargo/config.toml
        build.rustc-wrapper = "x"
        --- Cargo.toml
        patch.crates-io.a.path = "x"
        --- .config/nextest.toml
        scripts.setup.x.command = "x"
        --- package.json
        scripts.test = "node x"
        --- eslint.config.mjs
        export default [];
        --- stagegate.yaml
        quality_gates: {}
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_release_and_a_promotion_do_not_lapse_trust() {
    let dir = |version: &str, stage: &str| {
        let text = [
            format!(
                "[project]\nversion = '{version}'\ndependencies = ['a=={version}']\n[tool.x]\na = 1\n[tool.ruff]\nx = '{version}'\n"
            ),
            format!(
                r#"{{"version": "{version}", "stagegate": "{stage}", "dependencies": {{"a": "{version}"}}, "scripts": {{}}}}"#
            ),
            format!(
                "[package]\nversion = '{version}'\n[package.metadata.stagegate]\nstage = '{stage}'\n[patch.a]\nb = 'c'\n"
            ),
            format!("[metadata]\nversion = {version}\n[flake8]\nx = 1\n"),
        ];
        lay(&[
            ("pyproject.toml", &text[0]),
            ("package.json", &text[1]),
            ("Cargo.toml", &text[2]),
            ("setup.cfg", &text[3]),
        ])
    };
    let (old, new) = (dir("1", "development"), dir("2", "staging"));
    let items = |dir: &tempfile::TempDir| files(dir.path(), Path::new("")).unwrap();
    assert_eq!(items(&old), items(&new));
    assert_eq!(items(&old).len(), 4);
}

#[test]
fn the_folder_that_tools_are_started_in_is_looked_at() {
    let dir = lay(&[
        ("packages/a/package.json", "{\"scripts\": {\"test\": \"x\"}}"),
        ("packages/a/stagegate.yaml", "stages: {}"),
        (".cargo/config.toml", "build.rustc = 'x'"),
    ]);
    assert_eq!(labels(&dir, ""), [".cargo/config.toml"]);
    assert_eq!(labels(&dir, "packages/a"), ["packages/a/package.json"]);
    let gates = [Item::new("gate `tests`", "npm test")];
    let all = crate::trust::items(dir.path(), &[Path::new("packages/a")], &gates).unwrap();
    assert_eq!(
        all.iter().map(|item| &*item.label).collect::<Vec<_>>(),
        [".cargo/config.toml", "gate `tests`", "packages/a/package.json"]
    );
}

#[test]
fn what_cannot_be_read_is_not_trusted() {
    let dir = lay(&[]);
    let file = fs::File::create(dir.path().join("pytest.ini")).unwrap();
    file.set_len(MAX_FILE + 1).unwrap();
    let error = files(dir.path(), Path::new("")).unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot trust what cannot be read: pytest.ini: it is larger than 16 MiB; make it smaller"
    );
    file.set_len(MAX_FILE).unwrap();
    assert!(files(dir.path(), Path::new("")).unwrap()[0].text.starts_with("16777216 bytes, SHA-256 "));
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_devices_are_not_read() {
    use std::os::unix::fs::symlink;
    let dir = lay(&[("shared.ini", "[pytest]\n")]);
    symlink("shared.ini", dir.path().join("pytest.ini")).unwrap();
    symlink("nowhere", dir.path().join("tox.ini")).unwrap();
    fs::create_dir(dir.path().join(".bandit")).unwrap();
    assert_eq!(labels(&dir, ""), ["pytest.ini"]);
    symlink("/dev/zero", dir.path().join(".coveragerc")).unwrap();
    let error = files(dir.path(), Path::new("")).unwrap_err().to_string();
    assert!(error.contains(".coveragerc: it is no regular file"), "{error}");
}
