//! What no sound tool writes, and what each says in the end.

use expect_test::expect;

use super::super::*;
use super::show;

/// Each report and what becomes of it, one after the other.
fn read_all(format: Format, reports: &[&str]) -> String {
    let cx = ReadContext::new("/work/demo", "");
    let read =
        |report: &&str| format!("{report}\n-> {}", show::outcome(&read(format, report.as_bytes(), &cx)));
    reports.iter().map(read).collect::<Vec<_>>().join("\n")
}

fn coverage_json(file: &str) -> String {
    format!(r#"{{"meta": {{"version": "7.0"}}, "files": {{{file}}}}}"#)
}

#[test]
fn counts_that_cannot_be() {
    let with = |covered: &str, statements: &str, missing: &str, lines: &str| {
        coverage_json(&format!(
            r#""a.py": {{"summary": {{"covered_lines": {covered}, "num_statements": {statements}, "missing_lines": {missing}}}, "missing_lines": [{lines}]}}"#
        ))
    };
    let reports = [
        with("-1", "1", "2", "1,2"),
        with("5000000000", "1", "0", ""),
        with("NaN", "1", "0", ""),
        with("1.5", "2", "0", ""),
        with("4294967295", "1", "2", "1,2"),
        with("3", "2", "0", ""),
        with("1", "3", "2", "7,7"),
        with("1", "3", "2", "4294967295,4294967294"),
    ];
    expect![[r#"
        {"meta": {"version": "7.0"}, "files": {"a.py": {"summary": {"covered_lines": -1, "num_statements": 1, "missing_lines": 2}, "missing_lines": [1,2]}}}
        -> malformed: the report is not coverage.py JSON: line 1, column 79: invalid value: integer `-1`, expected a whole number from 0 to 4294967295. Run the tool again

        {"meta": {"version": "7.0"}, "files": {"a.py": {"summary": {"covered_lines": 5000000000, "num_statements": 1, "missing_lines": 0}, "missing_lines": []}}}
        -> malformed: the report is not coverage.py JSON: line 1, column 87: invalid value: integer `5000000000`, expected a whole number from 0 to 4294967295. Run the tool again

        {"meta": {"version": "7.0"}, "files": {"a.py": {"summary": {"covered_lines": NaN, "num_statements": 1, "missing_lines": 0}, "missing_lines": []}}}
        -> malformed: the report is not coverage.py JSON: line 1, column 78: expected value. Run the tool again

        {"meta": {"version": "7.0"}, "files": {"a.py": {"summary": {"covered_lines": 1.5, "num_statements": 2, "missing_lines": 0}, "missing_lines": []}}}
        -> malformed: the report is not coverage.py JSON: line 1, column 80: invalid type: floating point `1.5`, expected a whole number from 0 to 4294967295. Run the tool again

        {"meta": {"version": "7.0"}, "files": {"a.py": {"summary": {"covered_lines": 4294967295, "num_statements": 1, "missing_lines": 2}, "missing_lines": [1,2]}}}
        -> contradiction: the report (coverage.py JSON) contradicts itself: a.py has 4294967295 covered and 2 missing lines, but 1 statements. Run the tool again

        {"meta": {"version": "7.0"}, "files": {"a.py": {"summary": {"covered_lines": 3, "num_statements": 2, "missing_lines": 0}, "missing_lines": []}}}
        -> contradiction: the report (coverage.py JSON) contradicts itself: a.py has 3 covered and 0 missing lines, but 2 statements. Run the tool again

        {"meta": {"version": "7.0"}, "files": {"a.py": {"summary": {"covered_lines": 1, "num_statements": 3, "missing_lines": 2}, "missing_lines": [7,7]}}}
        -> contradiction: the report (coverage.py JSON) contradicts itself: a.py lists 1 missing lines and counts 2. Run the tool again

        {"meta": {"version": "7.0"}, "files": {"a.py": {"summary": {"covered_lines": 1, "num_statements": 3, "missing_lines": 2}, "missing_lines": [4294967295,4294967294]}}}
        -> coverage.py 7.0
        1 files inside: 1/3, Some(33.333333333333336)
        a.py 1/3 without 4294967294-4294967295
    "#]].assert_eq(&read_all(Format::CoveragePy, &reports.each_ref().map(String::as_str)));
}

#[test]
fn coverage_json_of_another_shape() {
    let file = r#""a.py": {"summary": {"covered_lines": 1, "num_statements": 1, "missing_lines": 0}, "missing_lines": []}"#;
    let reports = [
        coverage_json(""),
        coverage_json(&format!("{file}, {file}")),
        coverage_json(&format!("{file}, {}", file.replace("a.py", "./a.py"))),
        r#"{"meta": {}, "meta": {}, "files": {}}"#.to_owned(),
        r#"{"meta": {}, "files": []}"#.to_owned(),
        r#"{"meta": {}, "files": {"a.py": {"summary": {}}}}"#.to_owned(),
        r#"{"coverage": 100}"#.to_owned(),
        "[]".to_owned(),
        "100 %".to_owned(),
        format!("{}{}", coverage_json(""), "x"),
        "\u{fffd}".to_owned(),
    ];
    expect![[r#"
        {"meta": {"version": "7.0"}, "files": {}}
        -> coverage.py 7.0
        0 files inside: 0/0, None

        {"meta": {"version": "7.0"}, "files": {"a.py": {"summary": {"covered_lines": 1, "num_statements": 1, "missing_lines": 0}, "missing_lines": []}, "a.py": {"summary": {"covered_lines": 1, "num_statements": 1, "missing_lines": 0}, "missing_lines": []}}}
        -> contradiction: the report (coverage.py JSON) contradicts itself: a.py is there twice. Run the tool again

        {"meta": {"version": "7.0"}, "files": {"a.py": {"summary": {"covered_lines": 1, "num_statements": 1, "missing_lines": 0}, "missing_lines": []}, "./a.py": {"summary": {"covered_lines": 1, "num_statements": 1, "missing_lines": 0}, "missing_lines": []}}}
        -> contradiction: the report (coverage.py JSON) contradicts itself: a.py is there twice. Run the tool again

        {"meta": {}, "meta": {}, "files": {}}
        -> malformed: the report is not coverage.py JSON: line 1, column 23: duplicate field `meta`. Run the tool again

        {"meta": {}, "files": []}
        -> malformed: the report is not coverage.py JSON: line 1, column 22: invalid type: sequence, expected an object. Run the tool again

        {"meta": {}, "files": {"a.py": {"summary": {}}}}
        -> malformed: the report is not coverage.py JSON: line 1, column 45: missing field `covered_lines`. Run the tool again

        {"coverage": 100}
        -> wrong-format: expected coverage.py JSON, found something else; `coverage json` writes it

        []
        -> wrong-format: expected coverage.py JSON, found something else; `coverage json` writes it

        100 %
        -> wrong-format: expected coverage.py JSON, found something else; `coverage json` writes it

        {"meta": {"version": "7.0"}, "files": {}}x
        -> malformed: the report is not coverage.py JSON: line 1, column 42: trailing characters. Run the tool again

        �
        -> wrong-format: expected coverage.py JSON, found something else; `coverage json` writes it
    "#]].assert_eq(&read_all(Format::CoveragePy, &reports.each_ref().map(String::as_str)));
}

#[test]
fn lcov_that_cannot_be() {
    let reports = [
        "SF:a.py\nDA:1,-1\nend_of_record\n",
        "SF:a.py\nDA:1,nan\nend_of_record\n",
        "SF:a.py\nDA:99999999999,1\nend_of_record\n",
        "SF:a.py\nDA:1073741824,1\nend_of_record\n",
        "SF:a.py\nDA:1,1e12\nDA:2,=====\nend_of_record\n",
        "SF:a.py\nDA:1\nend_of_record\n",
        "SF:a.py\nDA:1,1\nSF:b.py\nDA:1,1\nend_of_record\n",
        "SF:a.py\nLF:3\nLH:3\nend_of_record\n",
        "TN:\nDA:1,1\n",
        "TN:\nend_of_record\n",
        "TN:\n",
        "SF:a.py\nDA:1,1\nhello\nend_of_record\n",
        "SF:a.py\nend_of_record\n",
        "SF:a.py\nDA:2,0\nDA:1,0\nDA:2,3\nend_of_record",
        "nothing was measured\n",
    ];
    expect![[r#"
        SF:a.py
        DA:1,-1
        end_of_record

        -> malformed: the report is not LCOV: line 2, column 1: expected `DA:<line>,<times>`, found `DA:1,-1`. Run the tool again

        SF:a.py
        DA:1,nan
        end_of_record

        -> malformed: the report is not LCOV: line 2, column 1: expected `DA:<line>,<times>`, found `DA:1,nan`. Run the tool again

        SF:a.py
        DA:99999999999,1
        end_of_record

        -> malformed: the report is not LCOV: line 2, column 1: expected `DA:<line>,<times>`, found `DA:99999999999,1`. Run the tool again

        SF:a.py
        DA:1073741824,1
        end_of_record

        -> malformed: the report is not LCOV: line 2, column 1: expected `DA:<line>,<times>`, found `DA:1073741824,1`. Run the tool again

        SF:a.py
        DA:1,1e12
        DA:2,=====
        end_of_record

        -> malformed: the report is not LCOV: line 3, column 1: expected `DA:<line>,<times>`, found `DA:2,=====`. Run the tool again

        SF:a.py
        DA:1
        end_of_record

        -> malformed: the report is not LCOV: line 2, column 1: expected `DA:<line>,<times>`, found `DA:1`. Run the tool again

        SF:a.py
        DA:1,1
        SF:b.py
        DA:1,1
        end_of_record

        -> malformed: the report is not LCOV: line 3, column 1: a second `SF:` before `end_of_record`. Run the tool again

        SF:a.py
        LF:3
        LH:3
        end_of_record

        -> unreadable: the report cannot be used: line 4: `LF:3` without a single `DA:` line, so which lines ran is not known; have the tool write the lines, not only the summary

        TN:
        DA:1,1

        -> malformed: the report is not LCOV: line 2, column 1: `DA:` without `SF:` before it. Run the tool again

        TN:
        end_of_record

        -> malformed: the report is not LCOV: line 2, column 1: `end_of_record` without `SF:` before it. Run the tool again

        TN:

        -> truncated: the report ends in the middle, after 4 bytes; expected the rest of LCOV. The tool may have been stopped while it wrote: run it again

        SF:a.py
        DA:1,1
        hello
        end_of_record

        -> malformed: the report is not LCOV: line 3, column 1: expected a line of LCOV, found `hello`. Run the tool again

        SF:a.py
        end_of_record

        -> - -
        1 files inside: 0/0, None
        a.py 0/0 without 

        SF:a.py
        DA:2,0
        DA:1,0
        DA:2,3
        end_of_record
        -> - -
        1 files inside: 1/2, Some(50.0)
        a.py 1/2 without 1

        nothing was measured

        -> wrong-format: expected LCOV, found something else; `coverage lcov` writes it
    "#]].assert_eq(&read_all(Format::Lcov, &reports));
}

#[test]
fn cobertura_that_cannot_be() {
    let with = |sources: &str, inner: &str| {
        format!("<coverage><sources>{sources}</sources><packages>{inner}</packages></coverage>")
    };
    let class = r#"<class filename="a.py"><lines><line number="1" hits="1"/></lines></class>"#;
    let reports = [
        with("", ""),
        with("", r#"<class><lines/></class>"#),
        with("", r#"<class filename="a.py"><lines><line number="1" hits="-1"/></lines></class>"#),
        with("", r#"<class filename="a.py"><lines><line number="x" hits="1"/></lines></class>"#),
        with("", r#"<class filename="a.py"><lines><line number="1"/></lines></class>"#),
        with("", r#"<line number="1" hits="1"/>"#),
        with("<source>/work/demo/a</source><source>/work/demo/b</source>", class),
        with("<source>/elsewhere</source>", class),
        with("<source>.</source>", class),
        format!("{}<coverage/>", with("", class)),
        format!("{} text", with("", class)),
        "<coverage><a></b></coverage>".to_owned(),
        "<html><body>502 Bad Gateway</body></html>".to_owned(),
        format!("<coverage>{}", "<a>".repeat(70)),
    ];
    expect![[r#"
        <coverage><sources></sources><packages></packages></coverage>
        -> - -
        0 files inside: 0/0, None

        <coverage><sources></sources><packages><class><lines/></class></packages></coverage>
        -> malformed: the report is not Cobertura XML: line 1, column 47: expected `filename` on `<class>`, found none. Run the tool again

        <coverage><sources></sources><packages><class filename="a.py"><lines><line number="1" hits="-1"/></lines></class></packages></coverage>
        -> malformed: the report is not Cobertura XML: line 1, column 98: expected `number` and `hits` as whole numbers on `<line>`. Run the tool again

        <coverage><sources></sources><packages><class filename="a.py"><lines><line number="x" hits="1"/></lines></class></packages></coverage>
        -> malformed: the report is not Cobertura XML: line 1, column 97: expected `number` and `hits` as whole numbers on `<line>`. Run the tool again

        <coverage><sources></sources><packages><class filename="a.py"><lines><line number="1"/></lines></class></packages></coverage>
        -> malformed: the report is not Cobertura XML: line 1, column 88: expected `number` and `hits` as whole numbers on `<line>`. Run the tool again

        <coverage><sources></sources><packages><line number="1" hits="1"/></packages></coverage>
        -> malformed: the report is not Cobertura XML: line 1, column 67: a `<line>` outside of a `<class>`. Run the tool again

        <coverage><sources><source>/work/demo/a</source><source>/work/demo/b</source></sources><packages><class filename="a.py"><lines><line number="1" hits="1"/></lines></class></packages></coverage>
        -> unreadable: the report cannot be used: it names 2 source folders and not in which of them `a.py` is; use coverage.py JSON or LCOV, or write one report for each folder

        <coverage><sources><source>/elsewhere</source></sources><packages><class filename="a.py"><lines><line number="1" hits="1"/></lines></class></packages></coverage>
        -> - -
        0 files inside: 0/0, None
        /elsewhere/a.py (outside) 1/1 without 

        <coverage><sources><source>.</source></sources><packages><class filename="a.py"><lines><line number="1" hits="1"/></lines></class></packages></coverage>
        -> - -
        1 files inside: 1/1, Some(100.0)
        a.py 1/1 without 

        <coverage><sources></sources><packages><class filename="a.py"><lines><line number="1" hits="1"/></lines></class></packages></coverage><coverage/>
        -> malformed: the report is not Cobertura XML: line 1, column 146: a second root element. Run the tool again

        <coverage><sources></sources><packages><class filename="a.py"><lines><line number="1" hits="1"/></lines></class></packages></coverage> text
        -> malformed: the report is not Cobertura XML: line 1, column 140: text outside of the root element. Run the tool again

        <coverage><a></b></coverage>
        -> malformed: the report is not Cobertura XML: line 1, column 14: ill-formed document: expected `</a>`, but `</b>` was found. Run the tool again

        <html><body>502 Bad Gateway</body></html>
        -> wrong-format: expected Cobertura XML, found something else; `coverage xml` writes it

        <coverage><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>
        -> malformed: the report is not Cobertura XML: line 1, column 203: elements nested deeper than 64. Run the tool again
    "#]].assert_eq(&read_all(Format::Cobertura, &reports.each_ref().map(String::as_str)));
}

#[test]
fn a_source_folder_is_found_by_its_files() {
    let xml = r#"<coverage><sources><source>/work/demo/a</source><source>/work/demo/b</source></sources><class filename="x.py"><line number="1" hits="1"/></class></coverage>"#;
    let is_file = |path: &str| path == "b/x.py";
    let cx = ReadContext { is_file: Some(&is_file), ..ReadContext::new("/work/demo", "") };
    let report = read(Format::Cobertura, xml.as_bytes(), &cx).unwrap();
    assert_eq!(report.coverage().unwrap().file("b/x.py").map(|file| file.covered), Some(1));
}

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
        -> contradiction: the report (JUnit XML) contradicts itself: a suite says 3 tests and has 1. Run the tool again

        <testsuite tests="1" failures="1"><testcase name="a"/></testsuite>
        -> contradiction: the report (JUnit XML) contradicts itself: a suite says 1 failures and errors and has 0. Run the tool again

        <testsuite tests="0" errors="1"/>
        -> contradiction: the report (JUnit XML) contradicts itself: a suite says 1 failures and errors and has 0. Run the tool again

        <testsuite tests="1" failures="0" errors="0"><testcase name="a"><failure/></testcase></testsuite>
        -> contradiction: the report (JUnit XML) contradicts itself: a suite says that nothing failed and has 1 failed tests. Run the tool again

        <testsuite tests="-1"/>
        -> malformed: the report is not JUnit XML: line 1, column 24: `tests="-1"` on `<testsuite>`; expected a whole number. Run the tool again

        <testsuite tests="2"><testcase name="a"><error message="failed on teardown"/></testcase></testsuite>
        -> - -
        Counts { passed: 0, failed: 0, errors: 1, skipped: 0, flaky: 0 }
        error a failed on teardown

        <testsuites tests="1"><testsuite name="o" tests="1"><testsuite name="i" tests="1"><testcase name="a" time="NaN"/></testsuite></testsuite></testsuites>
        -> - -
        Counts { passed: 1, failed: 0, errors: 0, skipped: 0, flaky: 0 }
        passed a 

        <testsuite><testcase/></testsuite>
        -> malformed: the report is not JUnit XML: line 1, column 23: expected `name` on `<testcase>`, found none. Run the tool again

        <testsuite><testcase name="a"><testcase name="b"/></testcase></testsuite>
        -> malformed: the report is not JUnit XML: line 1, column 51: `<testcase>` in a `<testcase>`. Run the tool again

        <testsuite><testcase name="a" name="b"/></testsuite>
        -> malformed: the report is not JUnit XML: line 1, column 41: `<testcase>` has a broken attribute: position 18: duplicated attribute, previous declaration at position 9. Run the tool again

        <testsuite><testcase name="a" time="-1" status="notrun"/><testcase name="b" time="1e400" status="failed"/></testsuite>
        -> - -
        Counts { passed: 0, failed: 1, errors: 0, skipped: 1, flaky: 0 }
        skipped a 
        failed b 

        <testcase name="a"/>
        -> wrong-format: expected JUnit XML, found something else; `pytest --junit-xml=FILE` writes it

        <!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&e;"><failure>&e;&#0;&lt;</failure></testcase></testsuite>
        -> - -
        Counts { passed: 0, failed: 1, errors: 0, skipped: 0, flaky: 0 }
        failed &e; &e;&#0;<
    "#]].assert_eq(&read_all(Format::Junit, &reports));
}

#[test]
fn findings_that_cannot_be() {
    let pyright = r#"{"version": "1", "time": "x", "generalDiagnostics": [], "summary": {"filesAnalyzed": 0, "errorCount": 1, "warningCount": 0, "informationCount": 0}}"#;
    let eslint = r#"[{"filePath": "/work/demo/a.js", "messages": [{"ruleId": null, "severity": 3, "message": "m"}], "errorCount": 0, "warningCount": 0}]"#;
    let bandit = r#"{"errors": [], "metrics": {}, "results": [{"filename": "a.py", "issue_confidence": "UNDEFINED", "issue_severity": "UNDEFINED", "issue_text": "t", "line_number": 1, "col_offset": -1, "test_id": "B1"}]}"#;
    let radon =
        r#"{"a.py": [{"type": "function", "name": "f", "lineno": 1, "rank": "A", "complexity": -1}]}"#;
    let secrets = r#"{"plugins_used": [], "results": {"a.py": [{"type": "Secret", "hashed_secret": "plain text", "line_number": 1}]}}"#;
    let sarif = |runs: &str, version: &str| format!(r#"{{"version": "{version}", "runs": {runs}}}"#);
    let run = r#"[{"tool": {"driver": {"name": "x"}}}]"#;
    let score = r#"[{"tool": {"driver": {"name": "x"}}, "results": [{"message": {}, "properties": {"security-severity": "high"}}]}]"#;
    let mut shown = String::new();
    for (format, report) in [
        (Format::Pyright, pyright),
        (Format::Pyright, &pyright.replace("\"errorCount\": 1", "\"errorCount\": 0")),
        (Format::Eslint, eslint),
        (Format::Eslint, &eslint.replace("\"severity\": 3", "\"severity\": 1")),
        (Format::Eslint, "[]"),
        (Format::Bandit, bandit),
        (Format::Radon, radon),
        (Format::Radon, r#"{"a.py": {}}"#),
        (Format::Radon, "{}"),
        (Format::DetectSecrets, secrets),
        (Format::Sarif, &sarif("[]", "2.0.0")),
        (Format::Sarif, &sarif("[]", "2.1.0")),
        (Format::Sarif, &sarif("null", "2.1.0")),
        (Format::Sarif, &sarif(run, "2.1.0")),
        (Format::Sarif, &sarif(score, "2.1.0")),
        (Format::Cargo, "{\"reason\":\"build-finished\",\"success\":true}\nrunning 0 tests\n"),
        (Format::Cargo, "error: no such command: `clippy`\n"),
        (Format::Cargo, "{\"reason\":\"compiler-artifact\"}\n"),
        (Format::Tsc, "src/a.ts(1,2): error TS1: m\n"),
        (Format::Tsc, "sh: 1: tsc: not found\n"),
        (Format::Tsc, "src/a.ts:1:2 - error TS1: m\nFiles:  1\nTotal time:  1s\n"),
        (Format::Metrics, r#"{"response_time_ms": "fast"}"#),
        (Format::Metrics, r#"{"memory_mb": -1}"#),
        (Format::Metrics, r#"{"memory_mb": NaN}"#),
        (Format::Metrics, r#"{"memory_mb": 1e999}"#),
        (Format::Metrics, r#"{"memory_mb": 1, "memory_mb": 2}"#),
        (Format::Metrics, r#"{"a": 1, "b": null, "c": "d"}"#),
        (Format::Ruff, " \n"),
        (Format::Ruff, "All checks passed!\n"),
    ] {
        shown.push_str(&format!("{format}: {}\n", read_all(format, &[report])));
    }
    expect![[r#"
        pyright: {"version": "1", "time": "x", "generalDiagnostics": [], "summary": {"filesAnalyzed": 0, "errorCount": 1, "warningCount": 0, "informationCount": 0}}
        -> contradiction: the report (pyright JSON) contradicts itself: its summary says 1 of severity error and it lists 0. Run the tool again

        pyright: {"version": "1", "time": "x", "generalDiagnostics": [], "summary": {"filesAnalyzed": 0, "errorCount": 0, "warningCount": 0, "informationCount": 0}}
        -> pyright 1
        0 found, checked Some(0), succeeded None, columns Utf16

        eslint: [{"filePath": "/work/demo/a.js", "messages": [{"ruleId": null, "severity": 3, "message": "m"}], "errorCount": 0, "warningCount": 0}]
        -> malformed: the report is not eslint JSON: severity 3; expected 1 (warning) or 2 (error). Run the tool again

        eslint: [{"filePath": "/work/demo/a.js", "messages": [{"ruleId": null, "severity": 1, "message": "m"}], "errorCount": 0, "warningCount": 0}]
        -> contradiction: the report (eslint JSON) contradicts itself: a.js has 0 errors and 1 warnings, and counts 0 and 0. Run the tool again

        eslint: []
        -> eslint -
        0 found, checked Some(0), succeeded None, columns Utf16

        bandit: {"errors": [], "metrics": {}, "results": [{"filename": "a.py", "issue_confidence": "UNDEFINED", "issue_severity": "UNDEFINED", "issue_text": "t", "line_number": 1, "col_offset": -1, "test_id": "B1"}]}
        -> bandit -
        1 found, checked Some(0), succeeded None, columns Bytes
        high B1 a.py:1:?-?:? t

        radon: {"a.py": [{"type": "function", "name": "f", "lineno": 1, "rank": "A", "complexity": -1}]}
        -> malformed: the report is not radon cc JSON: line 1, column 86: invalid value: integer `-1`, expected a whole number from 0 to 4294967295. Run the tool again

        radon: {"a.py": {}}
        -> wrong-format: expected radon cc JSON, found something else; `radon cc --json` writes it

        radon: {}
        -> radon -
        0 files

        detect-secrets: {"plugins_used": [], "results": {"a.py": [{"type": "Secret", "hashed_secret": "plain text", "line_number": 1}]}}
        -> malformed: the report is not detect-secrets JSON: `hashed_secret` of an entry for a.py is no SHA-1 of 40 hexadecimal digits. Run the tool again

        sarif: {"version": "2.0.0", "runs": []}
        -> wrong-version: expected SARIF 2.1.0, found 2.0.0

        sarif: {"version": "2.1.0", "runs": []}
        -> - -
        0 found, checked Some(0), succeeded None, columns Utf16

        sarif: {"version": "2.1.0", "runs": null}
        -> malformed: the report is not SARIF: line 1, column 33: invalid type: null, expected a list. Run the tool again

        sarif: {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}}]}
        -> x -
        0 found, checked None, succeeded Some(false), columns Utf16

        sarif: {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"message": {}, "properties": {"security-severity": "high"}}]}]}
        -> malformed: the report is not SARIF: `security-severity` is "high"; expected a score from 0.0 to 10.0. Run the tool again

        cargo: {"reason":"build-finished","success":true}
        running 0 tests

        -> cargo -
        0 found, checked Some(0), succeeded Some(true), columns Chars

        cargo: error: no such command: `clippy`

        -> wrong-format: expected cargo's JSON messages, found something else; `--message-format json` makes cargo write it

        cargo: {"reason":"compiler-artifact"}

        -> truncated: the report ends in the middle, after 31 bytes; expected the rest of cargo's JSON messages. The tool may have been stopped while it wrote: run it again

        tsc: src/a.ts(1,2): error TS1: m

        -> unreadable: the report cannot be used: it does not say how many files tsc checked, nor that it came to its end; run tsc with `--diagnostics`

        tsc: sh: 1: tsc: not found

        -> wrong-format: expected tsc output, found something else; `tsc --noEmit --pretty false --diagnostics` writes it

        tsc: src/a.ts:1:2 - error TS1: m
        Files:  1
        Total time:  1s

        -> malformed: the report is not tsc output: line 1, column 1: expected `file(line,column): error TS1234: message` or a figure such as `Files: 12`, found `src/a.ts:1:2 - error TS1: m`; run tsc with `--pretty false --diagnostics`. Run the tool again

        metrics: {"response_time_ms": "fast"}
        -> malformed: the report is not metrics JSON: `response_time_ms` is "fast"; expected a number. Run the tool again

        metrics: {"memory_mb": -1}
        -> malformed: the report is not metrics JSON: `memory_mb` is -1; expected 0 or more. Run the tool again

        metrics: {"memory_mb": NaN}
        -> malformed: the report is not metrics JSON: line 1, column 15: expected value. Run the tool again

        metrics: {"memory_mb": 1e999}
        -> malformed: the report is not metrics JSON: line 1, column 19: number out of range. Run the tool again

        metrics: {"memory_mb": 1, "memory_mb": 2}
        -> contradiction: the report (metrics JSON) contradicts itself: `memory_mb` is there twice. Run the tool again

        metrics: {"a": 1, "b": null, "c": "d"}
        -> - -
        response None ms, memory None MB
        a = 1

        ruff:  

        -> empty: the report is empty; expected ruff JSON. The tool may have failed before it wrote anything: see its output

        ruff: All checks passed!

        -> wrong-format: expected ruff JSON, found something else; `ruff check --output-format json` writes it

    "#]].assert_eq(&shown);
}

#[test]
fn bytes_that_are_no_text() {
    let cx = ReadContext::new("/work/demo", "");
    let mut shown = String::new();
    for (format, bytes) in [
        (Format::Lcov, &b"SF:\xff.py\nend_of_record\n"[..]),
        (Format::Junit, b"<testsuite name=\"\xff\"/>"),
        (Format::Ruff, b"[{\"code\": \"\xff\", \"filename\": \"a\", \"location\": null, \"message\": \"\"}]"),
        (Format::Junit, b"\xff\xfe<\0t\0e\0s\0t\0"),
        (Format::CoveragePy, b"\xff\xfe{\0"),
        (Format::Ruff, b"\xef\xbb\xbf"),
        (Format::Tsc, b"\0\0\0"),
    ] {
        shown.push_str(&show::outcome(&read(format, bytes, &cx)));
    }
    expect![[r#"
        malformed: the report is not LCOV: line 1, column 4: a byte that is not UTF-8. Run the tool again
        malformed: the report is not JUnit XML: line 1, column 18: a byte that is not UTF-8. Run the tool again
        malformed: the report is not ruff JSON: line 1, column 12: invalid unicode code point. Run the tool again
        malformed: the report is not JUnit XML: line 1, column 1: it is UTF-16; expected UTF-8. A shell that redirects output may have converted it. Run the tool again
        malformed: the report is not coverage.py JSON: line 1, column 1: it is UTF-16; expected UTF-8. A shell that redirects output may have converted it. Run the tool again
        empty: the report is empty; expected ruff JSON. The tool may have failed before it wrote anything: see its output
        wrong-format: expected tsc output, found something else; `tsc --noEmit --pretty false --diagnostics` writes it
    "#]].assert_eq(&shown);
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    let cx = ReadContext::new("/work/demo", "");
    for format in Format::ALL {
        for unit in ["[", "{\"a\":", "<a>", "<testsuite>", "<coverage>", "[{\"x\":"] {
            assert!(read(format, unit.repeat(200_000).as_bytes(), &cx).is_err(), "{format}");
        }
    }
    let deep =
        format!(r#"{{"meta": {{"x": {}1{}}}, "files": {{}}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    // What is skipped may be as deep as it likes.
    assert!(read(Format::CoveragePy, deep.as_bytes(), &cx).is_ok());
}

#[test]
fn what_is_too_much_is_counted_or_refused() {
    let cx = ReadContext::new("/work/demo", "");
    let item = r#"{"code": "F401", "filename": "a.py", "location": {"row": 1, "column": 1}, "message": "m"}"#;
    let many = format!("[{}]", vec![item; MAX_HELD + 5].join(","));
    let report = read(Format::Ruff, many.as_bytes(), &cx).unwrap();
    let findings = report.findings().unwrap();
    assert_eq!((findings.held.len(), findings.total()), (MAX_HELD, MAX_HELD + 5));
    assert_eq!(findings.filtered(|_| false).total(), 5);
    assert_eq!(findings.filtered(|_| false).count(Severity::Error), 5);

    let cases = format!("<testsuite>{}</testsuite>", r#"<testcase name="a"/>"#.repeat(MAX_CASES + 1));
    assert_eq!(read(Format::Junit, cases.as_bytes(), &cx).unwrap_err().name(), "too-large");

    let long =
        format!(r#"[{{"code": "X", "filename": "a", "location": null, "message": "{}"}}]"#, "é".repeat(5000));
    let report = read(Format::Ruff, long.as_bytes(), &cx).unwrap();
    assert!(report.findings().unwrap().held[0].message.len() <= MAX_MESSAGE_BYTES);

    let large = vec![b' '; MAX_BYTES + 1];
    let error = read(Format::Lcov, &large, &cx).unwrap_err();
    expect!["the report (LCOV) is too large: 268435457 bytes; at most 268435456 bytes are read. Report on a smaller part of the repository"]
        .assert_eq(&error.to_string());
}

#[test]
fn a_member_of_a_cargo_workspace_is_found_from_its_folder() {
    let message = |file: &str| {
        format!(
            "{}\n{}\n",
            format_args!(
                r#"{{"reason":"compiler-message","manifest_path":"/work/demo/rust/member/Cargo.toml","message":{{"message":"m","code":null,"level":"error","spans":[{{"file_name":"{file}","line_start":1,"line_end":1,"column_start":1,"column_end":2,"is_primary":true}}]}}}}"#
            ),
            r#"{"reason":"build-finished","success":false}"#
        )
    };
    let mut shown = String::new();
    for folder in ["", "rust", "rust/member"] {
        for file in ["member/src/lib.rs", "src/lib.rs", "rust/member/src/lib.rs", "/rustc/1/core.rs"] {
            let report =
                read(Format::Cargo, message(file).as_bytes(), &ReadContext::new("/work/demo", folder))
                    .unwrap();
            let path = report.findings().unwrap().held[0].path.clone().unwrap();
            shown.push_str(&format!("{folder}: {file} -> {path}\n"));
        }
    }
    expect![[r#"
        : member/src/lib.rs -> rust/member/src/lib.rs
        : src/lib.rs -> rust/member/src/lib.rs
        : rust/member/src/lib.rs -> rust/member/src/lib.rs
        : /rustc/1/core.rs -> /rustc/1/core.rs
        rust: member/src/lib.rs -> rust/member/src/lib.rs
        rust: src/lib.rs -> rust/member/src/lib.rs
        rust: rust/member/src/lib.rs -> rust/member/src/lib.rs
        rust: /rustc/1/core.rs -> /rustc/1/core.rs
        rust/member: member/src/lib.rs -> rust/member/src/lib.rs
        rust/member: src/lib.rs -> rust/member/src/lib.rs
        rust/member: rust/member/src/lib.rs -> rust/member/src/lib.rs
        rust/member: /rustc/1/core.rs -> /rustc/1/core.rs
    "#]]
    .assert_eq(&shown);
}
