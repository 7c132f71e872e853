use std::collections::VecDeque;
use std::fmt::Write as _;
use std::path::Path;

use expect_test::expect;
use stagegate_core::gates::{GateKind, Origin, Problem, ProblemKind};
use stagegate_core::report::{Format, ReadContext, ReportPath, read};

use super::*;
use crate::tools::{Arg, CheckGate, Invocation, Proof, ReportPlace, TIMEOUT, Tool};

/// A check that runs pytest in `folder` on `tests`.
fn check(folder: &str, tests: &[&str]) -> Check {
    let command = Invocation {
        program: Ok("/bin/python".into()),
        name: "python".into(),
        args: vec![Arg::Text("-m".to_owned()), Arg::Text("pytest".to_owned())],
        env: Vec::new(),
        env_remove: Vec::new(),
        folder: folder.to_owned(),
        exit_codes: vec![0, 1],
        lists_files: false,
        modules: Vec::new(),
    };
    let mut whole = command.clone();
    whole.args.extend(tests.iter().map(|test| Arg::Paths {
        before: String::new(),
        what: "tests",
        paths: vec![(*test).to_owned()],
    }));
    let proof = Proof::Report(ReportPlace::Fresh("junit.xml".to_owned()), Format::Junit);
    Check {
        id: String::new(),
        gates: vec![CheckGate { gate: GateKind::Tests.into(), command: 0, proof, exit_codes: vec![0, 1, 5] }],
        prepare: Vec::new(),
        commands: vec![whole],
        timeout: TIMEOUT,
        retries: 0,
        alone: Some(command),
        inputs: Vec::new(),
        tool: Tool::default(),
        notes: Vec::new(),
    }
}

fn evidence(observed: Result<Observed, Problem>, code: i32) -> Evidence {
    Evidence {
        gate: GateKind::Tests.into(),
        component: String::new(),
        origin: Origin::Run,
        started_ms: 0,
        ended_ms: 0,
        commit: None,
        inputs: String::new(),
        commands: vec![vec!["pytest".to_owned()]],
        exit: Some(Exit::Code(code)),
        tool: None,
        tool_version: None,
        report: Some("kept/junit.xml".to_owned()),
        observed,
        findings: Vec::new(),
        flaky: Vec::new(),
        output: String::new(),
        carried_by: None,
    }
}

/// Reads a report; each of `cases` is `name` or `name!` for one that failed.
fn report(cases: &[&str]) -> Report {
    let mut xml = "<testsuites><testsuite name=\"pytest\">".to_owned();
    for case in cases {
        let name = case.trim_end_matches('!');
        let failure = if case.ends_with('!') { "<failure message=\"no\"/>" } else { "" };
        let _ = write!(
            xml,
            "<testcase classname=\"tests.test_a\" name=\"{name}\" file=\"tests/test_a.py\" line=\"1\">{failure}</testcase>"
        );
    }
    xml.push_str("</testsuite></testsuites>");
    read(Format::Junit, xml.as_bytes(), &ReadContext::new("/r", "")).unwrap()
}

fn shown(cases: &[&str], code: i32) -> Shown {
    let report = report(cases);
    let counts = report.tests().unwrap().counts();
    let observed = Observed::Tests {
        passed: counts.passed,
        failed: counts.failed,
        errors: counts.errors,
        skipped: counts.skipped,
    };
    Shown { evidence: vec![evidence(Ok(observed), code)], reports: vec![Some(report)] }
}

/// Tools that show what they are told to, and are stopped after as many runs as `time` allows.
struct Fake {
    shows: VecDeque<Shown>,
    time: usize,
    said: String,
}

impl Bench for Fake {
    fn run(&mut self, check: &Check) -> Option<Shown> {
        self.time -= 1;
        let args = check.commands[0].args.iter().map(|arg| arg.resolve(Path::new("/r"), Path::new("/run")));
        let _ = writeln!(self.said, "$ {:?}", args.collect::<Vec<_>>());
        self.shows.pop_front()
    }

    fn left(&self) -> Duration {
        Duration::from_secs(self.time as u64)
    }

    fn is_file(&self, path: &str) -> bool {
        path == "tests/test_a.py"
    }

    fn say(&mut self, line: &str) {
        let _ = writeln!(self.said, "{line}");
    }
}

/// Returns what is said while what failed of `cases` is run alone, and what is known then.
fn tried(cases: &[&str], shows: Vec<Shown>, time: usize) -> String {
    let whole = shown(cases, 1);
    let mut fake = Fake { shows: shows.into(), time, said: String::new() };
    let report = whole.reports[0].as_ref().unwrap();
    let alone = again(&check("", &["tests"]), &whole.evidence[0], report, &mut fake);
    let mut said = fake.said;
    match alone {
        None => said.push_str("nothing more is known\n"),
        Some(alone) => {
            let _ =
                writeln!(said, "{:?} {:?}", alone.evidence.observed.unwrap(), alone.evidence.exit.unwrap());
            for case in &alone.report.tests().unwrap().cases {
                let _ = writeln!(said, "{} {}", case.name, case.outcome.name());
            }
        }
    }
    said
}

#[test]
fn only_where_every_failed_test_passes_alone_it_is_enough() {
    let said = tried(&["a", "b!", "c!"], vec![shown(&["b"], 0), shown(&["c"], 0)], 9);
    expect![[r#"
        alone: tests/test_a.py::b
        $ ["-m", "pytest", "tests/test_a.py::b"]
        tests.test_a::b: alone it passes: it depends on other tests or on chance
        alone: tests/test_a.py::c
        $ ["-m", "pytest", "tests/test_a.py::c"]
        tests.test_a::c: alone it passes: it depends on other tests or on chance
        Tests { passed: 3, failed: 0, errors: 0, skipped: 0 } Code(0)
        b passed
        c passed
    "#]]
    .assert_eq(&said);
    let said = tried(&["a", "b!", "c!"], vec![shown(&["b"], 0), shown(&["c!"], 1)], 9);
    expect![[r#"
        alone: tests/test_a.py::b
        $ ["-m", "pytest", "tests/test_a.py::b"]
        tests.test_a::b: alone it passes: it depends on other tests or on chance
        alone: tests/test_a.py::c
        $ ["-m", "pytest", "tests/test_a.py::c"]
        tests.test_a::c: alone it fails as well
        Tests { passed: 1, failed: 2, errors: 0, skipped: 0 } Code(1)
        b passed
        c failed
    "#]]
    .assert_eq(&said);
}

#[test]
fn what_proves_nothing_changes_nothing() {
    let problem = Problem {
        kind: ProblemKind::ReportMissing,
        message: "the tool wrote no report".to_owned(),
        help: String::new(),
    };
    let missing = Shown { evidence: vec![evidence(Err(problem), 0)], reports: vec![None] };
    // No report; another test; several; none; a code that contradicts; no folder; two that bear one name.
    let shows = vec![missing, shown(&["other"], 0), shown(&["c", "d"], 0), shown(&[], 5), shown(&["e"], 1)];
    let said = tried(&["a!", "b!", "c!", "d!", "e!", "f!", "g!", "g!"], shows, 99);
    expect![[r#"
        alone: tests/test_a.py::a
        $ ["-m", "pytest", "tests/test_a.py::a"]
        tests.test_a::a: whether it passes alone is unknown: the tool wrote no report
        alone: tests/test_a.py::b
        $ ["-m", "pytest", "tests/test_a.py::b"]
        tests.test_a::b: whether it passes alone is unknown: its report names another test
        alone: tests/test_a.py::c
        $ ["-m", "pytest", "tests/test_a.py::c"]
        tests.test_a::c: whether it passes alone is unknown: its report names another number of tests than one
        alone: tests/test_a.py::d
        $ ["-m", "pytest", "tests/test_a.py::d"]
        tests.test_a::d: whether it passes alone is unknown: its report names another number of tests than one
        alone: tests/test_a.py::e
        $ ["-m", "pytest", "tests/test_a.py::e"]
        tests.test_a::e: whether it passes alone is unknown: its report and its exit code contradict each other
        alone: tests/test_a.py::f
        $ ["-m", "pytest", "tests/test_a.py::f"]
        tests.test_a::f: whether it passes alone is unknown: no folder could be made for its report
        tests.test_a::g: whether it passes alone is unknown: its report does not tell which test exactly it is
        tests.test_a::g: whether it passes alone is unknown: its report does not tell which test exactly it is
        Tests { passed: 0, failed: 8, errors: 0, skipped: 0 } Code(1)
    "#]].assert_eq(&said);
}

#[test]
fn time_that_is_used_up_and_too_many_failures() {
    let said = tried(&["a!", "b!"], vec![shown(&["a"], 0)], 1);
    expect![[r#"
        alone: tests/test_a.py::a
        $ ["-m", "pytest", "tests/test_a.py::a"]
        tests.test_a::a: alone it passes: it depends on other tests or on chance
        tests.test_a::b: whether it passes alone is unknown: no time was left
        Tests { passed: 0, failed: 2, errors: 0, skipped: 0 } Code(1)
        a passed
    "#]]
    .assert_eq(&said);
    assert_eq!(
        tried(&["a!"], Vec::new(), 0),
        "tests.test_a::a: whether it passes alone is unknown: no time was left\nnothing more is known\n"
    );
    let many: Vec<String> = (0..=MOST).map(|number| format!("t{number}!")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    expect![[r#"
        21 tests failed, more than 20: none of them is run again alone
        nothing more is known
    "#]]
    .assert_eq(&tried(&many, Vec::new(), 99));
}

#[test]
fn a_test_is_named_exactly_or_not_at_all() {
    let name = |folder: &str, tests: &[&str], files: &[&str], [class, name, file]: [&str; 3]| {
        let case = TestCase {
            name: name.into(),
            class: (!class.is_empty()).then(|| class.into()),
            file: Some(ReportPath { path: file.into(), outside: file.starts_with('/') }),
            line: None,
            outcome: Outcome::Failed,
            duration: None,
            message: None,
            flaky: false,
        };
        check(folder, tests).test_name(&case, &|path| files.contains(&path)).unwrap_or_else(|| "-".to_owned())
    };
    let plain = |case| name("", &["tests"], &["tests/test_a.py", "tests/base.py", "tests/-b.py"], case);
    let a = "tests/test_a.py";
    assert_eq!(plain(["tests.test_a", "test_x", a]), "tests/test_a.py::test_x");
    assert_eq!(
        plain(["tests.test_a.A.B", "test_x[1-[ä::b] c]", a]),
        "tests/test_a.py::A::B::test_x[1-[ä::b] c]"
    );
    assert_eq!(plain(["tests.test_a.More", "test_x", "tests/base.py"]), "tests/test_a.py::More::test_x");
    // A file that cannot be loaded has no class; one that is not there, or not among the tests; names of two tests.
    for case in [
        ["", "tests.test_a", a],
        ["tests.test_b", "test_x", "tests/test_b.py"],
        ["other.test_a", "test_x", "other/test_a.py"],
        ["tests.test_a", "test_x::test_y", a],
        ["tests.test_a..A", "test_x", a],
        ["tests.test_a", "", a],
        ["tests.test_a", "test_x[\u{7}]", a],
    ] {
        assert_eq!(plain(case), "-", "{case:?}");
    }
    // pytest took the folder of the tests, or one above that of the project, for the root.
    let files = ["p/calc/tests/unit/test_a.py"];
    for (class, file) in [
        ("tests.unit.test_a", "p/calc/tests/unit/test_a.py"),
        ("unit.test_a", "p/calc/unit/test_a.py"),
        ("p.calc.tests.unit.test_a", "p/calc/p/calc/tests/unit/test_a.py"),
    ] {
        let found = name("p/calc", &["tests"], &files, [class, "test_x", file]);
        assert_eq!(found, "tests/unit/test_a.py::test_x", "{class}");
    }
    // Two files that may be meant.
    let files = ["tests/test_a.py", "tests/unit/test_a.py"];
    assert_eq!(name("", &["tests", "tests/unit"], &files, ["test_a", "test_x", "test_a.py"]), "-");
    // Options and files of arguments.
    for file in ["-a.py", "@a.py", "a[1].py"] {
        let class = file.trim_end_matches(".py");
        assert_eq!(name("", &[file], &[file], [class, "test_x", file]), "-");
    }
}

#[test]
fn every_test_is_covered_by_what_was_trusted_and_nothing_else() {
    let check = check("p", &["tests"]);
    let executed = |test: &str| check.of_one(test, TIMEOUT).unwrap().executed(Path::new("/r"));
    assert_eq!(executed("tests/test_a.py::test_x"), executed(""));
    assert_ne!(executed(""), check.executed(Path::new("/r")));
    assert!(Check { alone: None, ..check.clone() }.of_one("a", TIMEOUT).is_none());
}
