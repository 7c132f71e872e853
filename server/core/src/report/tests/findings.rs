//! Findings that no sound tool writes, and findings below the folder of the tool.

use expect_test::expect;

use super::super::*;
use super::show::read_all;

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
        -> contradiction: the report (pyright JSON) contradicts itself: its summary says 1 of severity error and it lists 0; run the tool again, and see what it printed

        pyright: {"version": "1", "time": "x", "generalDiagnostics": [], "summary": {"filesAnalyzed": 0, "errorCount": 0, "warningCount": 0, "informationCount": 0}}
        -> pyright 1
        0 found, checked Some(0), succeeded None, columns Utf16

        eslint: [{"filePath": "/work/demo/a.js", "messages": [{"ruleId": null, "severity": 3, "message": "m"}], "errorCount": 0, "warningCount": 0}]
        -> malformed: the report is not eslint JSON: severity 3; expected 1 (warning) or 2 (error); run the tool again, and see what it printed

        eslint: [{"filePath": "/work/demo/a.js", "messages": [{"ruleId": null, "severity": 1, "message": "m"}], "errorCount": 0, "warningCount": 0}]
        -> contradiction: the report (eslint JSON) contradicts itself: a.js has 0 errors and 1 warnings, and counts 0 and 0; run the tool again, and see what it printed

        eslint: []
        -> eslint -
        0 found, checked Some(0), succeeded None, columns Utf16

        bandit: {"errors": [], "metrics": {}, "results": [{"filename": "a.py", "issue_confidence": "UNDEFINED", "issue_severity": "UNDEFINED", "issue_text": "t", "line_number": 1, "col_offset": -1, "test_id": "B1"}]}
        -> bandit -
        1 found, checked Some(0), succeeded None, columns Bytes
        high B1 a.py:1:?-?:? t

        radon: {"a.py": [{"type": "function", "name": "f", "lineno": 1, "rank": "A", "complexity": -1}]}
        -> malformed: the report is not radon cc JSON: line 1, column 86: invalid value: integer `-1`, expected a whole number from 0 to 4294967295; run the tool again, and see what it printed

        radon: {"a.py": {}}
        -> wrong-format: expected radon cc JSON, found something else; `radon cc --json` writes it

        radon: {}
        -> radon -
        0 files

        detect-secrets: {"plugins_used": [], "results": {"a.py": [{"type": "Secret", "hashed_secret": "plain text", "line_number": 1}]}}
        -> malformed: the report is not detect-secrets JSON: `hashed_secret` of an entry for a.py is no SHA-1 of 40 hexadecimal digits; run the tool again, and see what it printed

        sarif: {"version": "2.0.0", "runs": []}
        -> wrong-version: expected SARIF 2.1.0, found 2.0.0; see the tool's options for SARIF 2.1.0

        sarif: {"version": "2.1.0", "runs": []}
        -> - -
        0 found, checked Some(0), succeeded None, columns Utf16

        sarif: {"version": "2.1.0", "runs": null}
        -> malformed: the report is not SARIF: line 1, column 33: invalid type: null, expected a list; run the tool again, and see what it printed

        sarif: {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}}]}
        -> x -
        0 found, checked None, succeeded Some(false), columns Utf16

        sarif: {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"message": {}, "properties": {"security-severity": "high"}}]}]}
        -> malformed: the report is not SARIF: `security-severity` is "high"; expected a score from 0.0 to 10.0; run the tool again, and see what it printed

        cargo: {"reason":"build-finished","success":true}
        running 0 tests

        -> cargo -
        0 found, checked Some(0), succeeded Some(true), columns Chars

        cargo: error: no such command: `clippy`

        -> wrong-format: expected cargo's JSON messages, found something else; `--message-format json` makes cargo write it

        cargo: {"reason":"compiler-artifact"}

        -> truncated: the report ends in the middle, after 31 bytes; expected the rest of cargo's JSON messages; run the tool again: it may have been stopped while it wrote, or the disk is full

        tsc: src/a.ts(1,2): error TS1: m

        -> unreadable: the report cannot be used: it does not say how many files tsc checked, nor that it came to its end; run tsc with `--diagnostics`

        tsc: sh: 1: tsc: not found

        -> wrong-format: expected tsc output, found something else; `tsc --noEmit --pretty false --diagnostics` writes it

        tsc: src/a.ts:1:2 - error TS1: m
        Files:  1
        Total time:  1s

        -> malformed: the report is not tsc output: line 1, column 1: expected `file(line,column): error TS1234: message` or a figure such as `Files: 12`, found `src/a.ts:1:2 - error TS1: m`; run tsc with `--pretty false --diagnostics`; run the tool again, and see what it printed

        metrics: {"response_time_ms": "fast"}
        -> malformed: the report is not metrics JSON: `response_time_ms` is "fast"; expected a number; run the tool again, and see what it printed

        metrics: {"memory_mb": -1}
        -> malformed: the report is not metrics JSON: `memory_mb` is -1; expected 0 or more; run the tool again, and see what it printed

        metrics: {"memory_mb": NaN}
        -> malformed: the report is not metrics JSON: line 1, column 15: expected value; run the tool again, and see what it printed

        metrics: {"memory_mb": 1e999}
        -> malformed: the report is not metrics JSON: line 1, column 19: number out of range; run the tool again, and see what it printed

        metrics: {"memory_mb": 1, "memory_mb": 2}
        -> contradiction: the report (metrics JSON) contradicts itself: `memory_mb` is there twice; run the tool again, and see what it printed

        metrics: {"a": 1, "b": null, "c": "d"}
        -> - -
        response None ms, memory None MB
        a = 1

        ruff:  

        -> empty: the report is empty; expected ruff JSON; see what the tool printed: it may have failed before it wrote anything

        ruff: All checks passed!

        -> wrong-format: expected ruff JSON, found something else; `ruff check --output-format json` writes it

    "#]].assert_eq(&shown);
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

#[test]
fn quoted_passwords_are_left_out() {
    let bandit = "Possible hardcoded password: 'not-a-real-one'";
    assert_eq!(redact("B105", bandit), "Possible hardcoded password");
    assert_eq!(redact("S106", "Possible hardcoded password: \"x\""), "Possible hardcoded password");
    let named = "Possible hardcoded password assigned to argument: \"password\"";
    assert_eq!(redact("S106", named), named);
    assert_eq!(redact("F401", "`os` imported: 'x'"), "`os` imported: 'x'");
}
