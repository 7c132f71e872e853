//! What a large report costs to read, in time and memory: `cargo bench -p stagegate-core --bench reports`.
//!
//! The greatest memory that is shown is that of reading, the bytes of the report not included.

use std::fmt::Write;

use divan::{AllocProfiler, Bencher, black_box};
use stagegate_core::report::{Format, ReadContext, read};

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

/// The size that issue 4 names.
const SIZE: usize = 50_000_000;

fn main() {
    divan::main();
}

/// A report of coverage.py with functions and classes, as its newest version writes it; every fourth line is missing.
fn coverage_json() -> String {
    let mut text = String::with_capacity(SIZE + 100_000);
    text.push_str(r#"{"meta": {"format": 3, "version": "7.10.0", "timestamp": "2026-01-01T00:00:00", "branch_coverage": false, "show_contexts": false}, "files": {"#);
    let list = |lines: &[usize]| format!("{lines:?}");
    let executed: Vec<usize> = (1..=600).filter(|line| line % 4 != 0).collect();
    let missing: Vec<usize> = (1..=600).filter(|line| line % 4 == 0).collect();
    let summary = r#"{"covered_lines": 450, "num_statements": 600, "percent_covered": 75.0, "percent_covered_display": "75", "missing_lines": 150, "excluded_lines": 0}"#;
    let region = format!(
        r#"{{"executed_lines": {}, "summary": {summary}, "missing_lines": {}, "excluded_lines": []}}"#,
        list(&executed),
        list(&missing)
    );
    let mut number = 0;
    while text.len() < SIZE {
        let comma = if number > 0 { ", " } else { "" };
        let head = region.trim_end_matches('}');
        write!(text, r#"{comma}"src/package{number}/module.py": {head}, "functions": {{"f": {region}, "": {region}}}, "classes": {{"": {region}}}}}"#)
            .unwrap_or_default();
        number += 1;
    }
    text.push_str(r#"}, "totals": {}}"#);
    text
}

fn lcov() -> String {
    let mut text = String::with_capacity(SIZE + 100_000);
    let mut number = 0;
    while text.len() < SIZE {
        writeln!(text, "TN:\nSF:/work/demo/src/package{number}/module.py").unwrap_or_default();
        for line in 1..=600 {
            writeln!(text, "DA:{line},{}", line % 4).unwrap_or_default();
        }
        text.push_str("LF:600\nLH:450\nend_of_record\n");
        number += 1;
    }
    text
}

/// One file, of which every other line is missing: the worst for the table of lines.
fn lcov_of_one_file() -> String {
    let mut text = String::with_capacity(SIZE + 100_000);
    text.push_str("SF:a.py\n");
    let mut line = 1;
    while text.len() < SIZE {
        writeln!(text, "DA:{line},{}", line % 2).unwrap_or_default();
        line += 1;
    }
    text.push_str("end_of_record\n");
    text
}

fn cobertura() -> String {
    let mut text = String::with_capacity(SIZE + 100_000);
    text.push_str("<coverage><sources><source>/work/demo/src</source></sources><packages>");
    let mut number = 0;
    while text.len() < SIZE {
        writeln!(text, r#"<class name="C" filename="package{number}/module.py"><lines>"#).unwrap_or_default();
        for line in 1..=600 {
            writeln!(text, r#"<line number="{line}" hits="{}"/>"#, line % 4).unwrap_or_default();
        }
        text.push_str("</lines></class>");
        number += 1;
    }
    text.push_str("</packages></coverage>");
    text
}

fn junit() -> String {
    let mut text = String::with_capacity(SIZE + 100_000);
    text.push_str("<testsuites><testsuite>");
    let mut number = 0;
    while text.len() < SIZE {
        writeln!(
            text,
            r#"<testcase classname="tests.test_module" name="test_{number}" time="0.001"><system-out>{}</system-out></testcase>"#,
            "output &lt;".repeat(20)
        )
        .unwrap_or_default();
        number += 1;
    }
    text.push_str("</testsuite></testsuites>");
    text
}

fn ruff() -> String {
    let mut text = String::with_capacity(SIZE + 100_000);
    text.push('[');
    let item = r#"{"cell": null, "code": "F401", "end_location": {"column": 10, "row": 2}, "filename": "/work/demo/src/calc/ops.py", "fix": {"applicability": "safe", "edits": [{"content": "", "end_location": {"column": 1, "row": 3}, "location": {"column": 1, "row": 2}}], "message": "Remove unused import"}, "location": {"column": 8, "row": 2}, "message": "`os` imported but unused", "noqa_row": 2, "url": "https://docs.astral.sh/ruff/rules/unused-import"}"#;
    while text.len() < SIZE {
        text.push_str(item);
        text.push(',');
    }
    text.push_str(item);
    text.push(']');
    text
}

#[divan::bench(args = ["coverage.py", "lcov", "lcov of one file", "cobertura", "junit", "ruff"], sample_count = 5, sample_size = 1)]
fn report_of_50_mb(bencher: Bencher<'_, '_>, name: &str) {
    let (format, text) = match name {
        "coverage.py" => (Format::CoveragePy, coverage_json()),
        "lcov" => (Format::Lcov, lcov()),
        "lcov of one file" => (Format::Lcov, lcov_of_one_file()),
        "cobertura" => (Format::Cobertura, cobertura()),
        "junit" => (Format::Junit, junit()),
        _ => (Format::Ruff, ruff()),
    };
    let cx = ReadContext::new("/work/demo", "");
    bencher.bench_local(|| {
        let report = read(format, black_box(text.as_bytes()), &cx);
        assert!(report.is_ok(), "{report:?}");
        report
    });
}
