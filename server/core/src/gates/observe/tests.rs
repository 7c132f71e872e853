use expect_test::{Expect, expect};

use super::*;
use crate::gates::{Threshold, judge};
use crate::report::{Format, Lines};

fn path(path: &str) -> ReportPath {
    ReportPath { path: path.into(), outside: path.starts_with('/') }
}

fn report(body: Body) -> Report {
    Report {
        format: Format::Sarif,
        tool: None,
        version: None,
        generated_ms: None,
        unchecked: Vec::new(),
        body,
    }
}

fn check(
    kind: GateKind,
    report: &Report,
    is_alone: bool,
    exit: Option<Exit>,
    threshold: &Threshold,
    expected: &Expect,
) {
    let scope = Scope {
        component: "calc",
        is_source: &|path| path.starts_with("src/calc/"),
        is_test: &|path| path.starts_with("tests/calc/"),
        is_alone,
        baseline: None,
        files: OwnFiles {
            paths: &["src/calc/__init__.py", "src/calc/core.py", "src/calc/page.ts"],
            read: &|path| Some(if path.ends_with("core.py") { "a = 1" } else { "" }.to_owned()),
        },
    };
    let seen = observe(kind, report, &scope, exit);
    let judged = judge(kind, seen.observed.as_ref(), &[], threshold);
    let mut out = format!("{}: {}\n", judged.verdict.name(), judged.found);
    for finding in &seen.findings {
        let at = finding.path.as_deref().unwrap_or("-");
        out += &format!("{at}:{}:{} {:?} {}\n", finding.line, finding.column, finding.rule, finding.message);
    }
    if let Ok(Observed::Coverage { gaps, .. }) = &seen.observed {
        out += &format!("{gaps:?}\n");
    }
    expected.assert_eq(&out);
}

fn covered(file: &str, statements: u32, covered: u32, missing: &[u32]) -> report::FileCoverage {
    report::FileCoverage {
        path: path(file),
        statements,
        covered,
        missing: Lines::from_ascending(missing.iter().copied()),
    }
}

#[test]
fn coverage_is_that_of_all_own_files_together() {
    // The incumbent said 100 %: that of `__init__.py` alone.
    let files = vec![
        covered("src/calc/__init__.py", 7, 7, &[]),
        covered("src/calc/core.py", 93, 20, &[3, 4, 5, 9, 20, 21]),
        covered("src/other/x.py", 1000, 1000, &[]),
    ];
    let threshold = Threshold::Coverage(70.0);
    check(
        GateKind::Coverage,
        &report(Body::Coverage(report::Coverage { files })),
        true,
        Some(Exit::Code(0)),
        &threshold,
        &expect![[r#"
            fail: 27 % (27 of 100 statements in 2 files)
            [Gap { path: "src/calc/core.py", first: 3, last: 5 }, Gap { path: "src/calc/core.py", first: 20, last: 21 }, Gap { path: "src/calc/core.py", first: 9, last: 9 }]
        "#]],
    );
    let files = vec![covered("src/other/x.py", 10, 10, &[])];
    let other = report(Body::Coverage(report::Coverage { files }));
    check(
        GateKind::Coverage,
        &other,
        true,
        Some(Exit::Code(0)),
        &threshold,
        &expect![[r#"
        inconclusive: the report names no file of `calc`
    "#]],
    );
}

#[test]
fn a_coverage_report_that_leaves_out_source_is_no_proof() {
    // What no test imports is in no report of a tool that was not told where the source is.
    let files = vec![covered("src/calc/__init__.py", 1, 1, &[])];
    let mut partial = report(Body::Coverage(report::Coverage { files }));
    partial.format = Format::CoveragePy;
    check(
        GateKind::Coverage,
        &partial,
        true,
        Some(Exit::Code(0)),
        &Threshold::Coverage(70.0),
        &expect![[r#"
            inconclusive: the report leaves out `src/calc/core.py` of `calc`
        "#]],
    );
}

fn case(name: &str, file: Option<&str>, outcome: report::Outcome) -> report::TestCase {
    report::TestCase {
        name: name.into(),
        class: None,
        file: file.map(path),
        line: Some(4),
        outcome,
        duration: None,
        message: None,
        flaky: false,
    }
}

#[test]
fn a_report_of_many_components_counts_only_own_tests() {
    use report::Outcome::{Failed, Passed, Skipped};
    let cases = vec![
        case("a", Some("tests/calc/test_a.py"), Passed),
        case("b", Some("tests/calc/test_a.py"), Failed),
        case("c", Some("tests/other/test_c.py"), Failed),
        case("d", None, Passed),
    ];
    let tests = report(Body::Tests(report::Tests { cases }));
    let threshold = Threshold::PassRate(100.0);
    check(
        GateKind::Tests,
        &tests,
        false,
        None,
        &threshold,
        &expect![[r#"
        fail: 1 passed, 1 failed
        tests/calc/test_a.py:4:0 Some("b") failed
    "#]],
    );
    check(
        GateKind::Tests,
        &tests,
        true,
        Some(Exit::Code(1)),
        &threshold,
        &expect![[r#"
        fail: 2 passed, 2 failed
        tests/calc/test_a.py:4:0 Some("b") failed
        tests/other/test_c.py:4:0 Some("c") failed
    "#]],
    );
    let nameless = report(Body::Tests(report::Tests { cases: vec![case("d", None, Passed)] }));
    check(
        GateKind::Tests,
        &nameless,
        false,
        None,
        &threshold,
        &expect![[r#"
        inconclusive: the report names no test of `calc` by its file
    "#]],
    );
    // The exit code may only make it worse.
    check(
        GateKind::Tests,
        &nameless,
        true,
        Some(Exit::Code(1)),
        &threshold,
        &expect![[r#"
        error: the tool ended with 1, but its report names no test that failed
    "#]],
    );
    let skipped = report(Body::Tests(report::Tests { cases: vec![case("d", None, Skipped)] }));
    check(
        GateKind::Tests,
        &skipped,
        true,
        Some(Exit::Code(0)),
        &threshold,
        &expect![[r#"
        inconclusive: no test ran; 1 skipped
    "#]],
    );
    let failed = report(Body::Tests(report::Tests { cases: vec![case("d", None, Failed)] }));
    check(
        GateKind::Tests,
        &failed,
        true,
        Some(Exit::Code(0)),
        &threshold,
        &expect![[r#"
        fail: 0 passed, 1 failed
        -:4:0 Some("d") failed
    "#]],
    );
}

fn finding(file: Option<&str>, severity: Severity, rule: &str) -> report::Finding {
    report::Finding {
        path: file.map(path),
        span: Some(report::Span { line: 3, column: Some(2), end_line: None, end_column: None }),
        rule: Some(rule.into()),
        severity,
        confidence: None,
        message: "wrong".into(),
        secret_hash: None,
    }
}

fn findings(all: Vec<report::Finding>, checked: Option<usize>) -> Report {
    let mut findings = Findings { checked, ..Findings::default() };
    all.into_iter().for_each(|finding| findings.push(finding));
    report(Body::Findings(findings))
}

#[test]
fn what_counts_depends_on_the_gate() {
    let all = || {
        vec![
            finding(Some("src/calc/a.py"), Severity::Warning, "W1"),
            finding(Some("src/calc/a.py"), Severity::Error, "E1"),
            finding(Some("tests/calc/t.py"), Severity::Note, "N1"),
            finding(Some("src/other/b.py"), Severity::Error, "E2"),
            finding(None, Severity::Error, "E3"),
        ]
    };
    let none = Threshold::MaxIssues(0);
    let exit = Some(Exit::Code(1));
    check(
        GateKind::Lint,
        &findings(all(), None),
        true,
        exit,
        &none,
        &expect![[r#"
        fail: 3 issues
        src/calc/a.py:3:2 Some("E1") wrong
        -:3:2 Some("E3") wrong
        src/calc/a.py:3:2 Some("W1") wrong
    "#]],
    );
    check(
        GateKind::Types,
        &findings(all(), Some(3)),
        true,
        exit,
        &none,
        &expect![[r#"
        fail: 2 type errors
        src/calc/a.py:3:2 Some("E1") wrong
        -:3:2 Some("E3") wrong
    "#]],
    );
    let most = VulnerabilityCounts { critical: 0, high: 0, medium: 5, low: usize::MAX };
    let most = Threshold::MaxVulnerabilities(most);
    check(
        GateKind::Vulnerabilities,
        &findings(all(), Some(3)),
        true,
        exit,
        &most,
        &expect![[r#"
        fail: 0 critical, 2 high, 1 medium, 1 low
        src/calc/a.py:3:2 Some("E1") wrong
        -:3:2 Some("E3") wrong
        src/calc/a.py:3:2 Some("W1") wrong
    "#]],
    );
    check(
        GateKind::Vulnerabilities,
        &findings(Vec::new(), Some(0)),
        true,
        Some(Exit::Code(0)),
        &most,
        &expect![[r#"
            inconclusive: the tool looked at no file
        "#]],
    );
    check(
        GateKind::Lint,
        &findings(Vec::new(), None),
        true,
        exit,
        &none,
        &expect![[r#"
        error: the tool ended with 1, but its report names no finding
    "#]],
    );
    check(
        GateKind::Types,
        &findings(Vec::new(), Some(0)),
        true,
        Some(Exit::Code(0)),
        &none,
        &expect![[r#"
        inconclusive: no file was checked
    "#]],
    );
}

#[test]
fn what_the_tool_could_not_check_is_never_a_pass() {
    let mut report = findings(Vec::new(), Some(3));
    report
        .unchecked
        .push(report::Unchecked { path: Some(path("src/calc/a.py")), reason: "syntax error".into() });
    let none = Threshold::MaxIssues(0);
    check(
        GateKind::Lint,
        &report,
        true,
        Some(Exit::Code(0)),
        &none,
        &expect![[r#"
        error: the tool could not check `src/calc/a.py`: syntax error
    "#]],
    );
}

#[test]
fn functions_are_counted_and_classes_are_not() {
    let block = |name: &str, kind, complexity| report::Block {
        path: path("src/calc/a.py"),
        name: name.into(),
        kind,
        line: 1,
        end_line: None,
        complexity,
    };
    let blocks = vec![
        block("f", report::BlockKind::Function, 3),
        block("C", report::BlockKind::Class, 40),
        block("C.m", report::BlockKind::Method, 12),
    ];
    let report = report(Body::Complexity(report::Complexity { blocks, files: 1 }));
    check(
        GateKind::Complexity,
        &report,
        true,
        None,
        &Threshold::MaxComplexity(10),
        &expect![[r#"
        fail: 1 function above it; the most complex has 12
        src/calc/a.py:1:0 Some("C.m") `C.m` has a complexity of 12
        src/calc/a.py:1:0 Some("f") `f` has a complexity of 3
    "#]],
    );
}
