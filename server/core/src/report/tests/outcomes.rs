//! Tests that contradict their suites, and tests that no sound tool writes.

use expect_test::expect;

use super::super::*;
use super::show::read_all;

#[test]
fn tests_that_contradict_their_suite() {
    let reports = [
        r#"<testsuites/>"#,
        r#"<testsuite tests="0"/>"#,
        r#"<testsuite tests="3"><testcase name="a"/></testsuite>"#,
        r#"<testsuite tests="1" failures="1"><testcase name="a"/></testsuite>"#,
        r#"<testsuite tests="0" errors="1"/>"#,
        r#"<testsuite tests="1" failures="0" errors="0"><testcase name="a"><failure/></testcase></testsuite>"#,
        r#"<testsuite tests="-1"/>"#,
        r#"<testsuite tests="2"><testcase name="a"><error message="failed on teardown"/></testcase></testsuite>"#,
        r#"<testsuites tests="1"><testsuite name="o" tests="1"><testsuite name="i" tests="1"><testcase name="a" time="NaN"/></testsuite></testsuite></testsuites>"#,
        r#"<testsuite><testcase/></testsuite>"#,
        r#"<testsuite><testcase name="a"><testcase name="b"/></testcase></testsuite>"#,
        r#"<testsuite><testcase name="a" name="b"/></testsuite>"#,
        r#"<testsuite><testcase name="a" time="-1" status="notrun"/><testcase name="b" time="1e400" status="failed"/></testsuite>"#,
        r#"<testcase name="a"/>"#,
        r#"<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&e;"><failure>&e;&#0;&lt;</failure></testcase></testsuite>"#,
    ];
    expect![[r#"
        <testsuites/>
        -> - -
        Counts { passed: 0, failed: 0, errors: 0, skipped: 0, flaky: 0 }

        <testsuite tests="0"/>
        -> - -
        Counts { passed: 0, failed: 0, errors: 0, skipped: 0, flaky: 0 }

        <testsuite tests="3"><testcase name="a"/></testsuite>
        -> contradiction: the report (JUnit XML) contradicts itself: a suite says 3 tests and has 1; run the tool again, and see what it printed

        <testsuite tests="1" failures="1"><testcase name="a"/></testsuite>
        -> contradiction: the report (JUnit XML) contradicts itself: a suite says 1 failures and errors and has 0; run the tool again, and see what it printed

        <testsuite tests="0" errors="1"/>
        -> contradiction: the report (JUnit XML) contradicts itself: a suite says 1 failures and errors and has 0; run the tool again, and see what it printed

        <testsuite tests="1" failures="0" errors="0"><testcase name="a"><failure/></testcase></testsuite>
        -> contradiction: the report (JUnit XML) contradicts itself: a suite says that nothing failed and has 1 failed tests; run the tool again, and see what it printed

        <testsuite tests="-1"/>
        -> malformed: the report is not JUnit XML: line 1, column 24: `tests="-1"` on `<testsuite>`; expected a whole number; run the tool again, and see what it printed

        <testsuite tests="2"><testcase name="a"><error message="failed on teardown"/></testcase></testsuite>
        -> - -
        Counts { passed: 0, failed: 0, errors: 1, skipped: 0, flaky: 0 }
        error a failed on teardown

        <testsuites tests="1"><testsuite name="o" tests="1"><testsuite name="i" tests="1"><testcase name="a" time="NaN"/></testsuite></testsuite></testsuites>
        -> - -
        Counts { passed: 1, failed: 0, errors: 0, skipped: 0, flaky: 0 }
        passed a 

        <testsuite><testcase/></testsuite>
        -> malformed: the report is not JUnit XML: line 1, column 23: expected `name` on `<testcase>`, found none; run the tool again, and see what it printed

        <testsuite><testcase name="a"><testcase name="b"/></testcase></testsuite>
        -> malformed: the report is not JUnit XML: line 1, column 51: `<testcase>` in a `<testcase>`; run the tool again, and see what it printed

        <testsuite><testcase name="a" name="b"/></testsuite>
        -> malformed: the report is not JUnit XML: line 1, column 41: `<testcase>` has a broken attribute: position 18: duplicated attribute, previous declaration at position 9; run the tool again, and see what it printed

        <testsuite><testcase name="a" time="-1" status="notrun"/><testcase name="b" time="1e400" status="failed"/></testsuite>
        -> - -
        Counts { passed: 0, failed: 1, errors: 0, skipped: 1, flaky: 0 }
        skipped a 
        failed b 

        <testcase name="a"/>
        -> wrong-format: expected JUnit XML, found something else; `pytest --junit-xml=FILE` writes it

        <!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&e;"><failure>&e;&#0;&lt;</failure></testcase></testsuite>
        -> malformed: the report is not JUnit XML: line 1, column 55: a document type that declares entities; expected none; run the tool again, and see what it printed
    "#]].assert_eq(&read_all(Format::Junit, &reports));
}

#[test]
fn a_test_is_named_by_class_and_name() {
    let xml = r#"<testsuite file="t.js"><testcase classname="a" name="b"/><testcase classname=" c" name=" c" file="u.js"/></testsuite>"#;
    let report = read(Format::Junit, xml.as_bytes(), &ReadContext::new("/work/demo", "web")).unwrap();
    let named = |case: &TestCase| format!("{} {}", case.full_name(), case.file.as_ref().unwrap());
    let names: Vec<String> = report.tests().unwrap().cases.iter().map(named).collect();
    assert_eq!(names, ["a::b web/t.js", "c web/u.js"]);
}

/// pytest 9 counts each subtest that passed, and writes only the test around them.
#[test]
fn pytest_counts_subtests_that_it_does_not_write() {
    let cases = r#"<testcase name="a"/><testcase name="b"/><testcase name="c"/>"#;
    let reports = [
        format!(
            r#"<testsuites><testsuite name="pytest" tests="7" failures="0">{cases}</testsuite></testsuites>"#
        ),
        format!(r#"<testsuites><testsuite name="pytest" tests="2">{cases}</testsuite></testsuites>"#),
        format!(r#"<testsuites><testsuite name="other" tests="7">{cases}</testsuite></testsuites>"#),
    ];
    let reports: Vec<&str> = reports.iter().map(String::as_str).collect();
    expect![[r#"
        <testsuites><testsuite name="pytest" tests="7" failures="0"><testcase name="a"/><testcase name="b"/><testcase name="c"/></testsuite></testsuites>
        -> pytest -
        Counts { passed: 3, failed: 0, errors: 0, skipped: 0, flaky: 0 }
        passed a 
        passed b 
        passed c 

        <testsuites><testsuite name="pytest" tests="2"><testcase name="a"/><testcase name="b"/><testcase name="c"/></testsuite></testsuites>
        -> contradiction: the report (JUnit XML) contradicts itself: suite `pytest` says 2 tests and has 3; run the tool again, and see what it printed

        <testsuites><testsuite name="other" tests="7"><testcase name="a"/><testcase name="b"/><testcase name="c"/></testsuite></testsuites>
        -> contradiction: the report (JUnit XML) contradicts itself: suite `other` says 7 tests and has 3; run the tool again, and see what it printed
    "#]].assert_eq(&read_all(Format::Junit, &reports));
}
