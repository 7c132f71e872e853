use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::super::ProblemKind;
use super::*;
use crate::gates::VulnerabilityCounts;

fn check(kind: GateKind, threshold: &Threshold, observed: &[Observed], expected: &Expect) {
    let mut out = String::new();
    for observed in observed {
        let Judgement { verdict, found, required, help } = judge(kind, Ok(observed), &[], threshold);
        let _ = writeln!(out, "{}: {found} | {required} | {help}", verdict.name());
    }
    expected.assert_eq(&out);
}

fn coverage(covered: u64, statements: u64, files: usize) -> Observed {
    Observed::Coverage { covered, statements, files, gaps: Vec::new() }
}

#[test]
fn coverage_counts_statements_and_is_rounded_down() {
    check(
        GateKind::Coverage,
        &Threshold::Coverage(70.0),
        &[coverage(70, 100, 3), coverage(6996, 10_000, 1), coverage(0, 0, 0), coverage(101, 100, 1)],
        &expect![[r#"
            pass: 70 % (70 of 100 statements in 3 files) | at least 70 % | 
            fail: 69.9 % (6996 of 10000 statements in 1 file) | at least 70 % | test what is not covered yet
            inconclusive: the report holds no statement of the component | at least 70 % | check that the tests import the component from its folder
            error: the report says that 101 of 100 statements were run | at least 70 % | measure the coverage anew
        "#]],
    );
}

#[test]
fn no_test_proves_nothing() {
    let tests = |passed, failed, errors, skipped| Observed::Tests { passed, failed, errors, skipped };
    check(
        GateKind::Tests,
        &Threshold::PassRate(100.0),
        &[tests(3, 0, 0, 1), tests(9, 1, 0, 0), tests(0, 0, 0, 0), tests(0, 0, 0, 4), tests(0, 0, 1, 0)],
        &expect![[r#"
            pass: 3 passed, 1 skipped | every test passes | 
            fail: 9 passed, 1 failed | every test passes | mend the tests, or what they test
            inconclusive: no test ran | every test passes | write tests where the tool looks for them
            inconclusive: no test ran; 4 skipped | every test passes | write tests where the tool looks for them
            fail: 0 passed, 1 with errors | every test passes | mend the tests, or what they test
        "#]],
    );
    check(
        GateKind::Tests,
        &Threshold::PassRate(90.0),
        &[tests(9, 1, 0, 0), tests(8, 2, 0, 0)],
        &expect![[r#"
        pass: 9 passed, 1 failed | at least 90 % of the tests pass | 
        fail: 8 passed, 2 failed | at least 90 % of the tests pass | mend the tests, or what they test
    "#]],
    );
}

#[test]
fn findings_are_held_against_the_most() {
    let issues = |count, files| Observed::Issues { count, files };
    check(
        GateKind::Types,
        &Threshold::MaxIssues(0),
        &[issues(0, Some(4)), issues(1, Some(4)), issues(0, Some(0)), issues(0, None)],
        &expect![[r#"
            pass: no type error | no type error | 
            fail: 1 type error | no type error | mend the types
            inconclusive: no file was checked | no type error | check the paths that the tool was given
            pass: no type error | no type error | 
        "#]],
    );
    let found = |critical, high, medium, low| {
        Observed::Vulnerabilities(VulnerabilityCounts { critical, high, medium, low })
    };
    let most = VulnerabilityCounts { critical: 0, high: 0, medium: 5, low: usize::MAX };
    check(
        GateKind::Vulnerabilities,
        &Threshold::MaxVulnerabilities(most),
        &[found(0, 0, 5, 90), found(0, 0, 6, 0), found(1, 0, 0, 0)],
        &expect![[r#"
            pass: 0 critical, 0 high, 5 medium, 90 low | at most 0 critical, 0 high, 5 medium | 
            fail: 0 critical, 0 high, 6 medium, 0 low | at most 0 critical, 0 high, 5 medium | mend the vulnerabilities, the worst first
            fail: 1 critical, 0 high, 0 medium, 0 low | at most 0 critical, 0 high, 5 medium | mend the vulnerabilities, the worst first
        "#]],
    );
    let complexity =
        |functions, counts: &[(u32, usize)]| Observed::Complexity { functions, counts: counts.to_vec() };
    check(
        GateKind::Complexity,
        &Threshold::MaxComplexity(10),
        &[complexity(5, &[(10, 1), (2, 4)]), complexity(5, &[(12, 2), (2, 3)]), complexity(0, &[])],
        &expect![[r#"
            pass: at most 10 in 5 functions | at most 10 in every function | 
            fail: 2 functions above it; the most complex has 12 | at most 10 in every function | divide the functions that are named
            inconclusive: no function was found | at most 10 in every function | check the paths that the tool was given
        "#]],
    );
}

#[test]
fn time_and_memory_have_limits() {
    let measured = |response_time_ms, memory_mb, regression_percent| Observed::Performance {
        response_time_ms,
        memory_mb,
        regression_percent,
    };
    check(
        GateKind::Performance,
        &Threshold::Performance { response_time_ms: 100.0, memory_mb: 512.0, regression_percent: 20.0 },
        &[
            measured(Some(99.5), Some(12.0), Some(-3.0)),
            measured(Some(99.5), None, Some(30.0)),
            measured(Some(f64::NAN), None, None),
            measured(None, None, None),
        ],
        &expect![[r#"
            pass: 99.5 ms, 12 MB, 3 % faster than before | at most 100 ms, 512 MB, 20 % slower than before | 
            fail: 99.5 ms, 30 % slower than before | at most 100 ms, 512 MB, 20 % slower than before | find what became slow, or larger
            fail: NaN ms | at most 100 ms, 512 MB, 20 % slower than before | find what became slow, or larger
            inconclusive: nothing was measured | at most 100 ms, 512 MB, 20 % slower than before | write `response_time_ms` or `memory_mb` into the report
        "#]],
    );
}

#[test]
fn what_does_not_fit_the_gate_is_an_error() {
    check(
        GateKind::Coverage,
        &Threshold::Coverage(70.0),
        &[Observed::ExitCode { success: true }, Observed::Issues { count: 0, files: None }],
        &expect![[r#"
            error: the report does not hold what this gate needs |  | correct `format` of the gate in stagegate.yaml
            error: the report does not hold what this gate needs |  | correct `format` of the gate in stagegate.yaml
        "#]],
    );
    check(
        GateKind::Specification,
        &Threshold::Complete,
        &[
            Observed::Checklist { wanted: 0, missing: Vec::new() },
            Observed::Checklist { wanted: 1, missing: Vec::new() },
        ],
        &expect![[r#"
            error: the report does not hold what this gate needs |  | correct `format` of the gate in stagegate.yaml
            pass: nothing is missing | nothing missing | 
        "#]],
    );
}

#[test]
fn a_problem_never_passes() {
    use ProblemKind as K;
    let kinds = [
        (K::ToolMissing, Verdict::Error),
        (K::ToolFailed, Verdict::Error),
        (K::ToolStopped, Verdict::Error),
        (K::ReportMissing, Verdict::Error),
        (K::ReportUnreadable, Verdict::Error),
        (K::Cancelled, Verdict::Inconclusive),
        (K::InputsChanged, Verdict::Inconclusive),
        (K::NothingChecked, Verdict::Inconclusive),
        (K::NotConfigured, Verdict::Inconclusive),
        (K::NotTrusted, Verdict::Inconclusive),
    ];
    for (kind, expected) in kinds {
        let problem = Problem { kind, message: "what".to_owned(), help: "do".to_owned() };
        let judgement = judge(GateKind::Tests, Err(&problem), &[], &Threshold::PassRate(0.0));
        assert_eq!(judgement.verdict, expected, "{kind:?}");
        assert_eq!((&*judgement.found, &*judgement.help), ("what", "do"));
    }
}
