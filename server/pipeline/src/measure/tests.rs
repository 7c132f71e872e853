use std::fs;
use std::path::Path;

use expect_test::{Expect, expect};
use filetime::FileTime;
use stagegate_core::gates::{Threshold, Verdict, VulnerabilityCounts, judge};
use stagegate_workspace::{WalkOptions, Workspace};

use super::*;
use crate::inputs::KnownFiles;

fn lay(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Sets the time of a file to so many seconds from a moment in the past.
fn at(root: &Path, path: &str, seconds: i64) {
    filetime::set_file_mtime(root.join(path), FileTime::from_unix_time(1_700_000_000 + seconds, 0)).unwrap();
}

const COVERAGE: &str = r#"{"meta": {"format": 3, "version": "7.6.1"}, "files": {
    "src/components/calc/core.py": {"executed_lines": [1, 2], "summary": {"covered_lines": 2, "num_statements": 4, "missing_lines": 2, "excluded_lines": 0, "percent_covered": 50.0, "percent_covered_display": "50"}, "missing_lines": [3, 4], "excluded_lines": []},
    "src/components/util/core.py": {"executed_lines": [1], "summary": {"covered_lines": 1, "num_statements": 1, "missing_lines": 0, "excluded_lines": 0, "percent_covered": 100.0, "percent_covered_display": "100"}, "missing_lines": [], "excluded_lines": []}},
    "totals": {"covered_lines": 3, "num_statements": 5, "missing_lines": 2, "excluded_lines": 0, "percent_covered": 60.0, "percent_covered_display": "60"}}"#;

fn repository() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in ["calc", "util", "idle"] {
        lay(dir.path(), &format!("specs/{name}.md"), &format!("# {name}\n\n**Component ID:** {name}\n"));
        lay(dir.path(), &format!("src/components/{name}/core.py"), "a = 1\nb = 2\nc = 3\nd = 4\n");
        at(dir.path(), &format!("src/components/{name}/core.py"), 0);
    }
    lay(dir.path(), ".gitignore", "coverage.json\n");
    at(dir.path(), ".gitignore", 0);
    dir
}

fn shown(reports: &Reports, root: &Path) -> String {
    let mut workspace = Workspace::load(root);
    workspace.scan(&WalkOptions::default());
    workspace.read_components(&WalkOptions::default());
    let snapshot = Snapshot::scan(root, &workspace.root, &KnownFiles::default());
    let mut out = String::new();
    for measured in reports.evidence(&workspace.root, &snapshot) {
        let evidence = &measured.evidence;
        let threshold = match evidence.gate.as_str() {
            "tests" => Threshold::PassRate(100.0),
            "vulnerabilities" => Threshold::MaxVulnerabilities(VulnerabilityCounts::default()),
            _ => Threshold::Coverage(70.0),
        };
        let judged = judge(evidence.gate.kind(), evidence.observed.as_ref(), &[], &threshold);
        assert!(judged.verdict != Verdict::Pass || measured.freshness == Freshness::Fresh || !out.is_empty());
        let found = judged.found.chars().take(90).collect::<String>();
        out += &format!("{} {}: {} {found}; ", evidence.component, evidence.gate, judged.verdict.name());
        out += &format!("{} {:?}\n", evidence.report.as_deref().unwrap_or_default(), measured.freshness);
    }
    out
}

fn check(reports: &mut Reports, root: &Path, expected: &Expect) {
    let workspace = Workspace::load(root);
    reports.refresh(root, &workspace.root);
    expected.assert_eq(&shown(reports, root));
}

#[test]
fn a_report_counts_until_an_input_is_newer() {
    let dir = repository();
    let root = dir.path();
    let mut reports = Reports::default();
    check(&mut reports, root, &expect![[""]]);
    lay(root, "coverage.json", COVERAGE);
    at(root, "coverage.json", 10);
    check(
        &mut reports,
        root,
        &expect![[r#"
        calc coverage: fail 50 % (2 of 4 statements in 1 file); coverage.json Fresh
        util coverage: pass 100 % (1 of 1 statements in 1 file); coverage.json Fresh
    "#]],
    );
    assert_eq!(reports.measured()[0].missing, [(3, 4)]);
    // A newer report of the same gate counts, also of another format.
    lay(root, "lcov.info", "SF:src/components/calc/core.py\nDA:1,1\nDA:2,1\nDA:3,1\nDA:4,1\nend_of_record\n");
    at(root, "lcov.info", 20);
    check(
        &mut reports,
        root,
        &expect![[r#"
        calc coverage: pass 100 % (4 of 4 statements in 1 file); lcov.info Fresh
        util coverage: pass 100 % (1 of 1 statements in 1 file); coverage.json Fresh
    "#]],
    );
    fs::remove_file(root.join("lcov.info")).unwrap();
    at(root, "src/components/calc/core.py", 11);
    check(
        &mut reports,
        root,
        &expect![[r#"
        calc coverage: fail 50 % (2 of 4 statements in 1 file); coverage.json Stale(["src/components/calc/core.py"])
        util coverage: pass 100 % (1 of 1 statements in 1 file); coverage.json Fresh
    "#]],
    );
    at(root, "src/components/calc/core.py", 5);
    fs::remove_file(root.join("src/components/util/core.py")).unwrap();
    lay(root, "src/components/util/other.py", "");
    at(root, "src/components/util/other.py", 5);
    check(
        &mut reports,
        root,
        &expect![[r#"
        calc coverage: fail 50 % (2 of 4 statements in 1 file); coverage.json Fresh
        util coverage: pass 100 % (1 of 1 statements in 1 file); coverage.json Stale(["src/components/util/core.py (gone)"])
    "#]],
    );
}

#[test]
fn a_report_that_leaves_out_source_is_no_proof() {
    let dir = repository();
    let root = dir.path();
    lay(root, "src/components/calc/__init__.py", "# nothing\n");
    lay(root, "src/components/calc/more.py", "a = 1\n");
    at(root, "src/components/calc/__init__.py", 0);
    at(root, "src/components/calc/more.py", 0);
    lay(root, "coverage.json", COVERAGE);
    at(root, "coverage.json", 10);
    let mut reports = Reports::default();
    check(
        &mut reports,
        root,
        &expect![[r#"
        calc coverage: inconclusive the report leaves out `src/components/calc/more.py` of `calc`; coverage.json Fresh
        util coverage: pass 100 % (1 of 1 statements in 1 file); coverage.json Fresh
    "#]],
    );
}

#[test]
fn a_report_that_cannot_be_trusted_is_an_error() {
    let dir = repository();
    let root = dir.path();
    let mut reports = Reports::default();
    for (text, expected) in [
        (
            "",
            expect![[r#"
            calc coverage: error `coverage.json`: the report is empty; expected coverage.py JSON. The tool may have failed ; coverage.json Fresh
            idle coverage: error `coverage.json`: the report is empty; expected coverage.py JSON. The tool may have failed ; coverage.json Fresh
            util coverage: error `coverage.json`: the report is empty; expected coverage.py JSON. The tool may have failed ; coverage.json Fresh
        "#]],
        ),
        (
            &COVERAGE[..300],
            expect![[r#"
            calc coverage: error `coverage.json`: the report ends in the middle, after 300 bytes; expected the rest of cove; coverage.json Fresh
            idle coverage: error `coverage.json`: the report ends in the middle, after 300 bytes; expected the rest of cove; coverage.json Fresh
            util coverage: error `coverage.json`: the report ends in the middle, after 300 bytes; expected the rest of cove; coverage.json Fresh
        "#]],
        ),
        (
            "[1, 2]",
            expect![[r#"
            calc coverage: error `coverage.json`: expected coverage.py JSON, found something else; `coverage json` writes i; coverage.json Fresh
            idle coverage: error `coverage.json`: expected coverage.py JSON, found something else; `coverage json` writes i; coverage.json Fresh
            util coverage: error `coverage.json`: expected coverage.py JSON, found something else; `coverage json` writes i; coverage.json Fresh
        "#]],
        ),
        (
            "\u{0}\u{1}",
            expect![[r#"
            calc coverage: error `coverage.json`: expected coverage.py JSON, found something else; `coverage json` writes i; coverage.json Fresh
            idle coverage: error `coverage.json`: expected coverage.py JSON, found something else; `coverage json` writes i; coverage.json Fresh
            util coverage: error `coverage.json`: expected coverage.py JSON, found something else; `coverage json` writes i; coverage.json Fresh
        "#]],
        ),
    ] {
        lay(root, "coverage.json", text);
        check(&mut reports, root, &expected);
    }
    fs::remove_file(root.join("coverage.json")).unwrap();
    fs::File::create(root.join("coverage.xml")).unwrap().set_len(300 * 1024 * 1024).unwrap();
    check(
        &mut reports,
        root,
        &expect![[r#"
        calc coverage: error `coverage.xml` has 314572800 bytes; at most 268435456 are read; coverage.xml Fresh
        idle coverage: error `coverage.xml` has 314572800 bytes; at most 268435456 are read; coverage.xml Fresh
        util coverage: error `coverage.xml` has 314572800 bytes; at most 268435456 are read; coverage.xml Fresh
    "#]],
    );
    fs::remove_file(root.join("coverage.xml")).unwrap();
    fs::create_dir(root.join("coverage.xml")).unwrap();
    check(&mut reports, root, &expect![[""]]);
}

#[test]
fn a_report_is_read_again_only_when_its_metadata_differs() {
    let dir = repository();
    let root = dir.path();
    lay(root, "coverage.json", COVERAGE);
    let mut reports = Reports::default();
    let workspace = Workspace::load(root);
    reports.refresh(root, &workspace.root);
    assert!(!reports.read[0].pretend_old(), "it was just written");
    let first = reports.read[0].read_at();
    std::thread::sleep(std::time::Duration::from_millis(5));
    reports.refresh(root, &workspace.root);
    assert_eq!(reports.read[0].read_at(), first, "it was not read again");
    lay(root, "coverage.json", &COVERAGE.replace("7.6.1", "7.6.2"));
    reports.refresh(root, &workspace.root);
    assert_ne!(reports.read[0].read_at(), first);
}

#[test]
fn reports_that_the_configuration_names_are_found() {
    let dir = repository();
    let root = dir.path();
    lay(
        root,
        "stagegate.yaml",
        "gates:\n  tests:\n    command: [make, test]\n    report: out/result.xml\n    format: junit\n  secret:\n    command: [x]\n    report: '{report}'\n    format: sarif\n",
    );
    lay(
        root,
        "out/result.xml",
        "<testsuites><testsuite name='s' tests='2' failures='1'><testcase name='a' classname='c' file='src/components/calc/core.py'/><testcase name='b' classname='c' file='src/components/calc/core.py'><failure message='no'/></testcase></testsuite></testsuites>",
    );
    let mut reports = Reports::default();
    check(
        &mut reports,
        root,
        &expect![[r#"
        calc tests: fail 1 passed, 1 failed; out/result.xml Fresh
    "#]],
    );
    let workspace = Workspace::load(root);
    assert!(Reports::is_report("out/result.xml", &workspace.root));
    assert!(Reports::is_report("coverage/lcov.info", &workspace.root));
    assert!(Reports::is_report("coverage", &workspace.root), "the folder went or came");
    assert!(!Reports::is_report("src/components/calc/core.py", &workspace.root));
}
