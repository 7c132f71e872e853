//! Bytes that are no report at all, too deep or too many.

use expect_test::expect;

use super::super::*;
use super::show;

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
        malformed: the report is not LCOV: line 1, column 4: a byte that is not UTF-8; run the tool again, and see what it printed
        malformed: the report is not JUnit XML: line 1, column 18: a byte that is not UTF-8; run the tool again, and see what it printed
        malformed: the report is not ruff JSON: line 1, column 12: invalid unicode code point; run the tool again, and see what it printed
        malformed: the report is not JUnit XML: line 1, column 1: it is UTF-16; expected UTF-8. A shell that redirects output may have converted it; run the tool again, and see what it printed
        malformed: the report is not coverage.py JSON: line 1, column 1: it is UTF-16; expected UTF-8. A shell that redirects output may have converted it; run the tool again, and see what it printed
        empty: the report is empty; expected ruff JSON; see what the tool printed: it may have failed before it wrote anything
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
    expect!["the report (LCOV) is too large: 268435457 bytes; at most 268435456 bytes are read; report on a smaller part of the repository"]
        .assert_eq(&error.to_string());
}
