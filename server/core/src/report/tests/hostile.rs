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
    expect![].assert_eq(&read_all(Format::CoveragePy, &reports.each_ref().map(String::as_str)));
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
    expect![].assert_eq(&read_all(Format::CoveragePy, &reports.each_ref().map(String::as_str)));
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
    expect![].assert_eq(&read_all(Format::Lcov, &reports));
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
    expect![].assert_eq(&read_all(Format::Cobertura, &reports.each_ref().map(String::as_str)));
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
    expect![].assert_eq(&read_all(Format::Junit, &reports));
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
    expect![].assert_eq(&shown);
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
    expect![].assert_eq(&shown);
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
    expect![].assert_eq(&shown);
}
