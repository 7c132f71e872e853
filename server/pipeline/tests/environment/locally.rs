//! The environment that is a folder.

use std::fs;
use std::process::Command;

use expect_test::expect;
use stagegate_core::plan::{RunKind, StepName};
use stagegate_pipeline::process::Cancel;
use stagegate_pipeline::provision::{cache_folder, provision};
use stagegate_pipeline::runs::steps::deploy::Deploy;
use stagegate_pipeline::runs::steps::undeploy::Undeploy;
use stagegate_pipeline::runs::steps::verify::Verify;

use super::bench::{Bench, is_apart, output, shown};

/// The same as [`is_apart`], with the real pytest; `false` also where there is none.
#[expect(clippy::print_stdout, reason = "a test that is left out says so")]
pub(crate) fn is_apart_with_pytest(name: &str) -> bool {
    const READY: &str = "STAGEGATE_TEST_PYTEST";
    if std::env::var_os(READY).is_some() {
        return is_apart(name);
    }
    let venv = cache_folder().and_then(|cache| provision(&cache, &Cancel::new(), &mut |_| {}));
    let venv = match venv {
        Ok(venv) => venv,
        Err(error) if error.is_without_python() => {
            println!("left out: {error}");
            return false;
        }
        Err(error) => panic!("{error}"),
    };
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture"]).env("VIRTUAL_ENV", venv.folder()).env(READY, "1");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    false
}

#[test]
fn a_release_is_served_and_taken_back() {
    if !is_apart("locally::a_release_is_served_and_taken_back") {
        return;
    }
    let mut bench = Bench::new("");
    let mut story = String::new();
    for (run, value) in [("20261121-034500-aaaaaa", 1), ("20261122-034500-bbbbbb", 2)] {
        bench.begin(run, RunKind::Promotion);
        bench.lay("src/calc/__init__.py", &format!("VALUE = {value}\n"));
        story += &shown(&[bench.effects(StepName::Deploy), bench.effects(StepName::Verify)].concat());
        assert!(bench.already_done(StepName::Deploy, &Deploy).unwrap().is_none());
        let done = bench.perform(StepName::Deploy, &Deploy).unwrap();
        assert_eq!(output(&done, "release"), run);
        story += &format!("  {} ({})\n", done.summary, output(&done, "folder"));
        let known = bench.already_done(StepName::Deploy, &Deploy).unwrap().unwrap();
        assert_eq!(known.outputs, done.outputs);
        // Done again, it is the same.
        assert_eq!(bench.perform(StepName::Deploy, &Deploy).unwrap().outputs, done.outputs);
        bench.next_step();
        story += &format!("  {}\n", bench.perform(StepName::Verify, &Verify).unwrap().summary);
    }
    let release = bench.root().join(".stagegate/environments/staging/calc/current");
    assert_eq!(fs::read_to_string(release.join("src/calc/__init__.py")).unwrap(), "VALUE = 2\n");
    for path in ["src/calc/MATURITY.md", "specs/calc.md", "release.json"] {
        assert!(release.join(path).is_file(), "{path}");
    }
    assert!(!release.join("src/calc/debug.log").exists(), "git ignores it");

    bench.begin("20261123-034500-cccccc", RunKind::Rollback);
    bench.run.undoes = Some("20261122-034500-bbbbbb".into());
    story += &shown(&[bench.effects(StepName::Undeploy), bench.effects(StepName::Verify)].concat());
    let done = bench.perform(StepName::Undeploy, &Undeploy).unwrap();
    assert_eq!(bench.already_done(StepName::Undeploy, &Undeploy).unwrap(), Some(done.clone()));
    assert_eq!(bench.perform(StepName::Undeploy, &Undeploy).unwrap(), done);
    bench.next_step();
    story +=
        &format!("  {}\n  {}\n", done.summary, bench.perform(StepName::Verify, &Verify).unwrap().summary);
    assert_eq!(bench.current(), "releases/20261121-034500-aaaaaa");

    // The first one, too; then nothing is served.
    bench.begin("20261124-034500-dddddd", RunKind::Rollback);
    bench.run.undoes = Some("20261121-034500-aaaaaa".into());
    story += &shown(&[bench.effects(StepName::Undeploy), bench.effects(StepName::Verify)].concat());
    let done = bench.perform(StepName::Undeploy, &Undeploy).unwrap();
    bench.next_step();
    story +=
        &format!("  {}\n  {}\n", done.summary, bench.perform(StepName::Verify, &Verify).unwrap().summary);
    assert_eq!(bench.current(), "nothing");
    let failure = {
        bench.begin("20261125-034500-eeeeee", RunKind::Rollback);
        bench.perform(StepName::Undeploy, &Undeploy).unwrap_err()
    };
    story += &format!("  {}\n", bench.said(&failure));
    expect![[r#"
        staging: .stagegate/environments/staging/calc/releases/<run> of specs/calc.md, src/calc
        staging: None to Some("<run>")
        check staging serves the release <run> as it was written
          staging serves the release 20261121-034500-aaaaaa with 3 files (.stagegate/environments/staging/calc/releases/20261121-034500-aaaaaa)
          no smoke tests
        staging: .stagegate/environments/staging/calc/releases/<run> of specs/calc.md, src/calc
        staging: Some("20261121-034500-aaaaaa") to Some("<run>")
        check staging serves the release <run> as it was written
          staging serves the release 20261122-034500-bbbbbb with 3 files (.stagegate/environments/staging/calc/releases/20261122-034500-bbbbbb)
          no smoke tests
        staging: Some("20261122-034500-bbbbbb") to Some("20261121-034500-aaaaaa")
        check staging serves the release 20261121-034500-aaaaaa as it was written
          staging serves the release 20261121-034500-aaaaaa again
          no smoke tests
        staging: Some("20261121-034500-aaaaaa") to None
        check staging serves no release of `calc`
          staging serves no release, as before the promotion
          staging serves no release of `calc`
          lasting: staging serves no release of `calc`, so none can be taken back; there is nothing to do in this environment
    "#]].assert_eq(&story);
}

#[test]
fn a_release_is_made_from_its_commit_and_only_where_that_is_what_was_tested() {
    if !is_apart("locally::a_release_is_made_from_its_commit_and_only_where_that_is_what_was_tested") {
        return;
    }
    let mut bench = Bench::new("");
    bench.git(&["init", "--quiet"]);
    bench.git(&["add", "--all"]);
    bench.git(&["commit", "--quiet", "-m", "first"]);
    bench.git(&["tag", "made"]);
    let outputs = [("commit".to_owned(), "made".into())].into_iter().collect();
    bench.note(StepName::Commit, outputs);
    let text = bench.text("src/calc/__init__.py");

    bench.lay("src/calc/__init__.py", "VALUE = 666\n");
    bench.lay("src/calc/unknown.py", "");
    let failure = bench.perform(StepName::Deploy, &Deploy).unwrap_err();
    expect!["lasting: the plan is stale: `src/calc/__init__.py`, `src/calc/unknown.py` were changed since the commit made; look at the plan again (`--dry-run`), and start anew"].assert_eq(&bench.said(&failure));
    assert_eq!(bench.current(), "nothing");
    assert_eq!(bench.undo(StepName::Deploy, &Deploy).unwrap(), "");
    fs::remove_file(bench.root().join("src/calc/unknown.py")).unwrap();

    // Git does not look at this file, so what is copied shows where it comes from.
    bench.git(&["update-index", "--assume-unchanged", "src/calc/__init__.py"]);
    let done = bench.perform(StepName::Deploy, &Deploy).unwrap();
    let file = format!("{}/src/calc/__init__.py", output(&done, "folder"));
    assert_eq!(bench.text(&file), text);
    assert_eq!(bench.text(&format!("{}/src/calc/debug.log", output(&done, "folder"))), "(entity not found)");
    let scratch = bench.root().join(".stagegate/runs").join(&bench.run.id).join("scratch/checkout");
    assert!(!scratch.exists());
}

/// As a workspace is that is a folder of a repository, and with a link.
#[cfg(unix)]
#[test]
fn a_release_of_a_folder_of_a_repository_holds_what_links_lead_to() {
    if !is_apart("locally::a_release_of_a_folder_of_a_repository_holds_what_links_lead_to") {
        return;
    }
    let mut bench = Bench::new("");
    bench.lay("inner/stagegate.yaml", "");
    for path in ["specs/calc.md", "src/calc/__init__.py", "src/calc/MATURITY.md"] {
        bench.lay(&format!("inner/{path}"), &bench.text(path));
    }
    bench.lay("inner/shared.txt", "shared");
    std::os::unix::fs::symlink("../../shared.txt", bench.root().join("inner/src/calc/link.txt")).unwrap();
    bench.git(&["init", "--quiet"]);
    bench.git(&["add", "--all"]);
    bench.git(&["commit", "--quiet", "-m", "first"]);
    bench.enter("inner");
    let outputs = [("commit".to_owned(), "HEAD".into())].into_iter().collect();
    bench.note(StepName::Commit, outputs);
    let done = bench.perform(StepName::Deploy, &Deploy).unwrap();
    assert_eq!(bench.text(&format!("{}/src/calc/link.txt", output(&done, "folder"))), "shared");
}

#[test]
fn undoing_serves_what_was_served_before() {
    if !is_apart("locally::undoing_serves_what_was_served_before") {
        return;
    }
    let mut bench = Bench::new("");
    assert_eq!(bench.undo(StepName::Deploy, &Deploy).unwrap(), "", "nothing was begun");
    bench.perform(StepName::Deploy, &Deploy).unwrap();
    let first = bench.undo(StepName::Deploy, &Deploy).unwrap();
    assert_eq!(first, "staging serves no release, as before");
    assert_eq!(bench.undo(StepName::Deploy, &Deploy).unwrap(), first);
    assert_eq!(bench.current(), "nothing");
    bench.perform(StepName::Deploy, &Deploy).unwrap();

    bench.begin("20261122-034500-bbbbbb", RunKind::Promotion);
    bench.lay("src/calc/__init__.py", "VALUE = 2\n");
    bench.perform(StepName::Deploy, &Deploy).unwrap();
    assert_eq!(bench.current(), "releases/20261122-034500-bbbbbb");
    let back = bench.undo(StepName::Deploy, &Deploy).unwrap();
    assert_eq!(back, "staging serves the release 20261121-034500-aaaaaa again");
    assert_eq!(bench.undo(StepName::Deploy, &Deploy).unwrap(), back);
    assert_eq!(bench.current(), "releases/20261121-034500-aaaaaa");

    // A release that is damaged is not served again, and one of somebody else is left.
    bench.perform(StepName::Deploy, &Deploy).unwrap();
    bench.lay(
        ".stagegate/environments/staging/calc/releases/20261121-034500-aaaaaa/src/calc/__init__.py",
        "VALUE = 3\n",
    );
    let mut lines = bench.undo(StepName::Deploy, &Deploy).unwrap_err().message + "\n";
    assert_eq!(bench.current(), "releases/20261122-034500-bbbbbb");
    let link = bench.root().join(".stagegate/environments/staging/calc/current");
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink("releases/20261125-034500-eeeeee", &link).unwrap();
    lines += &(bench.undo(StepName::Deploy, &Deploy).unwrap_err().message + "\n");
    expect![[r#"
        `src/calc/__init__.py` of the release 20261121-034500-aaaaaa was changed
        staging serves 20261125-034500-eeeeee, which this run did not deploy; it is left as it is
    "#]]
    .assert_eq(&lines);
}

#[test]
fn smoke_tests_see_the_release_and_not_the_working_tree() {
    if !is_apart_with_pytest("locally::smoke_tests_see_the_release_and_not_the_working_tree") {
        return;
    }
    let mut bench = Bench::new("");
    // The settings of the project would find the working tree first, and so would a `conftest.py` at the root.
    bench.lay("pyproject.toml", "[project]\nname = 'x'\n[tool.pytest.ini_options]\npythonpath = ['src']\n");
    bench
        .lay("conftest.py", "def pytest_addoption(parser):\n    parser.addoption('--env', default='none')\n");
    bench.lay("specs/util.md", "# util\n\n**Component ID:** util\n");
    bench.lay("src/util/__init__.py", "NAME = 'working tree'\n");
    bench.lay(
        "tests/smoke/test_calc.py",
        "import os, pathlib\n\nimport calc\nimport src.calc\nimport util\n\n\ndef test_value(request):\n    release = pathlib.Path(os.environ['STAGEGATE_RELEASE'])\n    \
         assert calc.VALUE == 1 and src.calc.VALUE == 1\n    assert pathlib.Path(calc.__file__).is_relative_to(release)\n    \
         assert request.config.getoption('--env') == 'staging'\n    assert util.NAME == 'working tree'\n    names = ['ENVIRONMENT', 'COMPONENT', 'STAGE', 'RUN']\n    \
         assert [os.environ['STAGEGATE_' + name] for name in names] == ['staging', 'calc', 'staging', '20261121-034500-aaaaaa']\n",
    );
    bench.lay("src/__init__.py", "");
    bench.trust();
    let plan = shown(&bench.effects(StepName::Verify));
    expect![[r#"
        check staging serves the release <run> as it was written
        smoke tests: python -m pytest -q -o cache_dir=<report folder>/cache -o junit_family=xunit1 --maxfail=0 --junitxml=<report folder>/junit.xml -p stagegate_release -o pythonpath=<release> --import-mode=append --env=staging tests/smoke/test_calc.py
    "#]].assert_eq(&plan);
    let done = bench.perform(StepName::Deploy, &Deploy).unwrap();
    assert_eq!(output(&done, "release"), "20261121-034500-aaaaaa");
    bench.next_step();
    bench.lay("src/calc/__init__.py", "VALUE = 2\n");
    let done = bench
        .perform(StepName::Verify, &Verify)
        .unwrap_or_else(|failure| panic!("{}\n{}", bench.said(&failure), bench.journal.lines.join("\n")));
    assert_eq!((done.summary.as_str(), output(&done, "smoke_tests")), ("1 smoke test passed", "passed"));
    assert!(bench.root().join(output(&done, "report")).is_file());
    // The release is as it was: nothing was left in it.
    bench.perform(StepName::Verify, &Verify).unwrap();

    // A test that imports the working tree proves nothing.
    bench.lay(
        "tests/smoke/test_calc.py",
        "import pathlib, sys\n\nsys.path.insert(0, str(pathlib.Path(__file__).parents[2] / 'src'))\n\nimport calc\n\n\ndef test_value():\n    assert calc.VALUE == 2\n",
    );
    let failure = bench.perform(StepName::Verify, &Verify).unwrap_err();
    let mut lines = format!("{}\n", bench.said(&failure));
    for (name, text) in [
        ("none collected", "VALUE = 1\n"),
        ("all left out", "import pytest\n\n\n@pytest.mark.skip\ndef test_a():\n    pass\n"),
        ("one fails", "def test_a():\n    pass\n\n\ndef test_b():\n    assert 1 == 2, 'canary'\n"),
        ("cannot be read", "def test_a(:\n"),
        ("asks for nothing there", "import no_such_module\n"),
    ] {
        bench.lay("tests/smoke/test_calc.py", text);
        let failure = bench.perform(StepName::Verify, &Verify).unwrap_err();
        lines += &format!("{name}: {}\n", bench.said(&failure));
    }
    expect![[r#"
        lasting: the smoke tests say nothing: `pytest` ended with exit code 3; expected 0; see what the tool printed: error: `calc` was imported from the working tree and not from the release
        none collected: lasting: no smoke test ran: none was collected in tests/smoke/test_calc.py; see why, or remove them; without smoke tests the release is only compared with what was written
        all left out: lasting: no smoke test ran: all 1 were left out in tests/smoke/test_calc.py; see why, or remove them; without smoke tests the release is only compared with what was written
        one fails: transient: 1 of 2 smoke tests failed: tests.smoke.test_calc::test_b: AssertionError: canary; mend the component or the test; the report is `.stagegate/reports/calc/smoke_tests/junit.xml`
        cannot be read: lasting: the smoke tests say nothing: `pytest` ended with exit code 2; expected 0; mend tests/smoke/test_calc.py: it cannot be loaded: SyntaxError: invalid syntax
        asks for nothing there: lasting: the smoke tests say nothing: `pytest` ended with exit code 2; expected 0; mend tests/smoke/test_calc.py: it cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'
    "#]].assert_eq(&lines);
}

#[test]
fn smoke_tests_of_a_component_are_found() {
    if !is_apart("locally::smoke_tests_of_a_component_are_found") {
        return;
    }
    let bench = Bench::new("");
    bench.lay("src/calc_tape/__init__.py", "");
    let mut lines = String::new();
    let mut note = |bench: &Bench| {
        let smoke = bench.state().smoke;
        lines += &format!("{:?} {}\n", smoke.tests, smoke.commands.len());
    };
    note(&bench);
    bench.lay("tests/smoke/conftest.py", "");
    note(&bench);
    bench.lay("tests/smoke/test_all.py", "");
    note(&bench);
    bench.lay("tests/smoke/test_calc_tape.py", "");
    note(&bench);
    bench.lay("tests/smoke/test_calc_more.py", "");
    note(&bench);
    bench.lay("tests/smoke/Calc/test_a.py", "");
    note(&bench);
    bench.lay("stagegate.yaml", "environments: {staging: {smoke: [./smoke.sh, '{release}']}}");
    note(&bench);
    expect![[r#"
        [] 0
        [] 0
        ["tests/smoke"] 1
        ["tests/smoke"] 1
        ["tests/smoke/test_calc_more.py"] 1
        ["tests/smoke/Calc"] 1
        [] 1
    "#]]
    .assert_eq(&lines);
}

#[test]
fn health_is_asked_for_where_it_is_configured() {
    if !is_apart("locally::health_is_asked_for_where_it_is_configured") {
        return;
    }
    use std::io::{BufRead as _, BufReader, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        while !lines.next().unwrap().unwrap().is_empty() {}
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        first
    });
    let mut bench = Bench::new(&format!(
        "environments:\n  staging:\n    health:\n      url: http://me:canary-4711@127.0.0.1:{port}/{{component}}?release={{release}}\n      status: 204\n"
    ));
    bench.trust();
    bench.perform(StepName::Deploy, &Deploy).unwrap();
    bench.next_step();
    let plan = shown(&bench.effects(StepName::Verify)).replace(&port.to_string(), "PORT");
    let done = bench.perform(StepName::Verify, &Verify).unwrap();
    assert_eq!(
        (done.summary.as_str(), output(&done, "health_checks")),
        ("no smoke tests, healthy", "passed")
    );
    assert_eq!(asked.join().unwrap(), "GET /calc?release=20261121-034500-aaaaaa HTTP/1.1");
    expect![[r#"
        check staging serves the release <run> as it was written
        GET http://127.0.0.1:PORT/calc?...: status 204 within 60 s
    "#]]
    .assert_eq(&plan);
}
