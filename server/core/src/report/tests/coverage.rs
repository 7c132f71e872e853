//! Coverage that no sound tool writes, and how files are taken together.

use expect_test::expect;

use super::super::*;
use super::show::read_all;

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
        -> malformed: the report is not coverage.py JSON: line 1, column 79: invalid value: integer `-1`, expected a whole number from 0 to 4294967295; run the tool again, and see what it printed

        {"meta": {"version": "7.0"}, "files": {"a.py": {"summary": {"covered_lines": 5000000000, "num_statements": 1, "missing_lines": 0}, "missing_lines": []}}}
        -> malformed: the report is not coverage.py JSON: line 1, column 87: invalid value: integer `5000000000`, expected a whole number from 0 to 4294967295; run the tool again, and see what it printed

        {"meta": {"version": "7.0"}, "files": {"a.py": {"summary": {"covered_lines": NaN, "num_statements": 1, "missing_lines": 0}, "missing_lines": []}}}
        -> malformed: the report is not coverage.py JSON: line 1, column 78: expected value; run the tool again, and see what it printed

        {"meta": {"version": "7.0"}, "files": {"a.py": {"summary": {"covered_lines": 1.5, "num_statements": 2, "missing_lines": 0}, "missing_lines": []}}}
        -> malformed: the report is not coverage.py JSON: line 1, column 80: invalid type: floating point `1.5`, expected a whole number from 0 to 4294967295; run the tool again, and see what it printed

        {"meta": {"version": "7.0"}, "files": {"a.py": {"summary": {"covered_lines": 4294967295, "num_statements": 1, "missing_lines": 2}, "missing_lines": [1,2]}}}
        -> contradiction: the report (coverage.py JSON) contradicts itself: a.py has 4294967295 covered and 2 missing lines, but 1 statements; run the tool again, and see what it printed

        {"meta": {"version": "7.0"}, "files": {"a.py": {"summary": {"covered_lines": 3, "num_statements": 2, "missing_lines": 0}, "missing_lines": []}}}
        -> contradiction: the report (coverage.py JSON) contradicts itself: a.py has 3 covered and 0 missing lines, but 2 statements; run the tool again, and see what it printed

        {"meta": {"version": "7.0"}, "files": {"a.py": {"summary": {"covered_lines": 1, "num_statements": 3, "missing_lines": 2}, "missing_lines": [7,7]}}}
        -> contradiction: the report (coverage.py JSON) contradicts itself: a.py lists 1 missing lines and counts 2; run the tool again, and see what it printed

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
        -> contradiction: the report (coverage.py JSON) contradicts itself: a.py is there twice; run the tool again, and see what it printed

        {"meta": {"version": "7.0"}, "files": {"a.py": {"summary": {"covered_lines": 1, "num_statements": 1, "missing_lines": 0}, "missing_lines": []}, "./a.py": {"summary": {"covered_lines": 1, "num_statements": 1, "missing_lines": 0}, "missing_lines": []}}}
        -> contradiction: the report (coverage.py JSON) contradicts itself: a.py is there twice; run the tool again, and see what it printed

        {"meta": {}, "meta": {}, "files": {}}
        -> malformed: the report is not coverage.py JSON: line 1, column 23: duplicate field `meta`; run the tool again, and see what it printed

        {"meta": {}, "files": []}
        -> malformed: the report is not coverage.py JSON: line 1, column 22: invalid type: sequence, expected an object; run the tool again, and see what it printed

        {"meta": {}, "files": {"a.py": {"summary": {}}}}
        -> malformed: the report is not coverage.py JSON: line 1, column 45: missing field `covered_lines`; run the tool again, and see what it printed

        {"coverage": 100}
        -> wrong-format: expected coverage.py JSON, found something else; `coverage json` writes it

        []
        -> wrong-format: expected coverage.py JSON, found something else; `coverage json` writes it

        100 %
        -> wrong-format: expected coverage.py JSON, found something else; `coverage json` writes it

        {"meta": {"version": "7.0"}, "files": {}}x
        -> malformed: the report is not coverage.py JSON: line 1, column 42: trailing characters; run the tool again, and see what it printed

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

        -> malformed: the report is not LCOV: line 2, column 1: expected `DA:<line>,<times>`, found `DA:1,-1`; run the tool again, and see what it printed

        SF:a.py
        DA:1,nan
        end_of_record

        -> malformed: the report is not LCOV: line 2, column 1: expected `DA:<line>,<times>`, found `DA:1,nan`; run the tool again, and see what it printed

        SF:a.py
        DA:99999999999,1
        end_of_record

        -> malformed: the report is not LCOV: line 2, column 1: expected `DA:<line>,<times>`, found `DA:99999999999,1`; run the tool again, and see what it printed

        SF:a.py
        DA:1073741824,1
        end_of_record

        -> malformed: the report is not LCOV: line 2, column 1: expected `DA:<line>,<times>`, found `DA:1073741824,1`; run the tool again, and see what it printed

        SF:a.py
        DA:1,1e12
        DA:2,=====
        end_of_record

        -> malformed: the report is not LCOV: line 3, column 1: expected `DA:<line>,<times>`, found `DA:2,=====`; run the tool again, and see what it printed

        SF:a.py
        DA:1
        end_of_record

        -> malformed: the report is not LCOV: line 2, column 1: expected `DA:<line>,<times>`, found `DA:1`; run the tool again, and see what it printed

        SF:a.py
        DA:1,1
        SF:b.py
        DA:1,1
        end_of_record

        -> malformed: the report is not LCOV: line 3, column 1: a second `SF:` before `end_of_record`; run the tool again, and see what it printed

        SF:a.py
        LF:3
        LH:3
        end_of_record

        -> unreadable: the report cannot be used: line 4: `LF:3` without a single `DA:` line, so which lines ran is not known; have the tool write the lines, not only the summary

        TN:
        DA:1,1

        -> malformed: the report is not LCOV: line 2, column 1: `DA:` without `SF:` before it; run the tool again, and see what it printed

        TN:
        end_of_record

        -> malformed: the report is not LCOV: line 2, column 1: `end_of_record` without `SF:` before it; run the tool again, and see what it printed

        TN:

        -> truncated: the report ends in the middle, after 4 bytes; expected the rest of LCOV; run the tool again: it may have been stopped while it wrote, or the disk is full

        SF:a.py
        DA:1,1
        hello
        end_of_record

        -> malformed: the report is not LCOV: line 3, column 1: expected a line of LCOV, found `hello`; run the tool again, and see what it printed

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
        -> malformed: the report is not Cobertura XML: line 1, column 47: expected `filename` on `<class>`, found none; run the tool again, and see what it printed

        <coverage><sources></sources><packages><class filename="a.py"><lines><line number="1" hits="-1"/></lines></class></packages></coverage>
        -> malformed: the report is not Cobertura XML: line 1, column 98: expected `number` and `hits` as whole numbers on `<line>`; run the tool again, and see what it printed

        <coverage><sources></sources><packages><class filename="a.py"><lines><line number="x" hits="1"/></lines></class></packages></coverage>
        -> malformed: the report is not Cobertura XML: line 1, column 97: expected `number` and `hits` as whole numbers on `<line>`; run the tool again, and see what it printed

        <coverage><sources></sources><packages><class filename="a.py"><lines><line number="1"/></lines></class></packages></coverage>
        -> malformed: the report is not Cobertura XML: line 1, column 88: expected `number` and `hits` as whole numbers on `<line>`; run the tool again, and see what it printed

        <coverage><sources></sources><packages><line number="1" hits="1"/></packages></coverage>
        -> malformed: the report is not Cobertura XML: line 1, column 67: a `<line>` outside of a `<class>`; run the tool again, and see what it printed

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
        -> malformed: the report is not Cobertura XML: line 1, column 146: a second root element; run the tool again, and see what it printed

        <coverage><sources></sources><packages><class filename="a.py"><lines><line number="1" hits="1"/></lines></class></packages></coverage> text
        -> malformed: the report is not Cobertura XML: line 1, column 140: text outside of the root element; run the tool again, and see what it printed

        <coverage><a></b></coverage>
        -> malformed: the report is not Cobertura XML: line 1, column 14: ill-formed document: expected `</a>`, but `</b>` was found; run the tool again, and see what it printed

        <html><body>502 Bad Gateway</body></html>
        -> wrong-format: expected Cobertura XML, found something else; `coverage xml` writes it

        <coverage><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>
        -> malformed: the report is not Cobertura XML: line 1, column 203: elements nested deeper than 64; run the tool again, and see what it printed
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
fn files_are_taken_together_by_their_statements() {
    // The first file has 7 statements, all covered; an average of files would be 62.5 %.
    let lines = |from: u32, to: u32, ran: u32| -> String {
        (from..=to).map(|line| format!("DA:{line},{ran}\n")).collect()
    };
    let lcov = format!(
        "SF:src/calc/__init__.py\n{}end_of_record\nSF:src/calc/ops.py\n{}{}end_of_record\nSF:src/other.py\n{}end_of_record\n",
        lines(1, 7, 1),
        lines(1, 25, 1),
        lines(26, 100, 0),
        lines(1, 50, 1)
    );
    let report = read(Format::Lcov, lcov.as_bytes(), &ReadContext::new("/work/demo", "")).unwrap();
    let coverage = report.coverage().unwrap();
    let total = coverage.total(|path| path.path.starts_with("src/calc/"));
    assert_eq!(total, Total { files: 2, statements: 107, covered: 32 });
    assert!(!total.reaches(60.0) && total.reaches(29.9));
    assert_eq!(coverage.file("src/calc/ops.py").unwrap().missing.to_string(), "26-100");
    assert_eq!(coverage.file("src/none.py"), None);
}

#[test]
fn percentages_are_not_rounded_up_and_nothing_is_not_all() {
    let total = |covered, statements| Total { files: 1, statements, covered };
    assert!(!total(79_999, 100_000).reaches(80.0));
    assert!(total(80_000, 100_000).reaches(80.0));
    assert!(total(3, 5).reaches(60.0));
    assert!(!total(0, 0).reaches(0.0));
    assert_eq!(total(0, 0).percent(), None);
}
