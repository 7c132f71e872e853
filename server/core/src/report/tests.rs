//! Reports of real tools (`tests/reports`), whole, cut off, damaged and hostile.

mod coverage;
mod findings;
mod hostile;
mod outcomes;
mod show;

use expect_test::expect_file;
use proptest::prelude::*;

use super::*;

/// A report that a real tool wrote, or one after a real one, and where its tool ran.
struct Sample {
    name: &'static str,
    format: Format,
    bytes: &'static [u8],
    root: &'static str,
}

macro_rules! samples {
    ($($name:literal: $format:ident in $root:literal,)*) => {
        const SAMPLES: &[Sample] = &[$(Sample {
            name: $name,
            format: Format::$format,
            bytes: include_bytes!(concat!("../../tests/reports/", $name)),
            root: $root,
        }),*];
    };
}

samples! {
    "coverage.py.json": CoveragePy in "/work/demo",
    "coverage.py.xml": Cobertura in "/work/demo",
    "merged.xml": Cobertura in "/work/demo",
    "coverage.py.lcov": Lcov in "/work/demo",
    "merged.lcov": Lcov in "C:\\work\\demo",
    "pytest.xml": Junit in "/work/demo",
    "nextest.xml": Junit in "/work/demo",
    "jest.xml": Junit in "/work/demo",
    "surefire.xml": Junit in "/work/demo",
    "ruff.sarif": Sarif in "/work/demo",
    "eslint.sarif": Sarif in "/work/demo",
    "scanner.sarif": Sarif in "/work/demo",
    "ruff.json": Ruff in "/work/demo",
    "pyright.json": Pyright in "/work/demo",
    "detect-secrets.json": DetectSecrets in "/work/demo",
    "bandit.json": Bandit in "/work/demo",
    "radon.json": Radon in "/work/demo",
    "clippy.jsonl": Cargo in "/work/demo",
    "eslint.json": Eslint in "/work/demo",
    "tsc.txt": Tsc in "/work/demo",
    "metrics.json": Metrics in "/work/demo",
    "benchmark.json": Metrics in "/work/demo",
}

impl Sample {
    fn read(&self, bytes: &[u8]) -> Result<Report, ReportError> {
        read(self.format, bytes, &ReadContext::new(self.root, ""))
    }
}

#[test]
fn every_format_has_a_sample() {
    for format in Format::ALL {
        assert!(SAMPLES.iter().any(|sample| sample.format == format), "{format}");
    }
}

#[test]
fn reports_of_real_tools_are_read() {
    let mut shown = String::new();
    for sample in SAMPLES {
        shown.push_str(&format!("== {}\n{}\n", sample.name, show::outcome(&sample.read(sample.bytes))));
    }
    expect_file!["../../tests/reports/as-read.txt"].assert_eq(&shown);
}

#[test]
fn each_format_is_recognised() {
    for sample in SAMPLES {
        assert_eq!(sniff(sample.bytes), Some(sample.format), "{}", sample.name);
    }
}

#[test]
fn a_report_of_another_format_is_named() {
    for sample in SAMPLES {
        for format in Format::ALL.into_iter().filter(|&format| format != sample.format) {
            let read = read(format, sample.bytes, &ReadContext::new(sample.root, ""));
            let expected = ReportError::WrongFormat { expected: format, found: Some(sample.format) };
            // A plain object of numbers is any object of which some values are numbers.
            if format != Format::Metrics {
                assert_eq!(read, Err(expected), "{} as {format}", sample.name);
            }
        }
    }
}

#[test]
fn line_ends_and_byte_order_marks_change_nothing() {
    for sample in SAMPLES {
        let text = std::str::from_utf8(sample.bytes).unwrap().replace('\r', "");
        let plain = sample.read(text.as_bytes());
        assert_eq!(sample.read(format!("\u{feff}{text}").as_bytes()), plain, "{}", sample.name);
        // A line end in the text of a failure is part of its message.
        if sample.format != Format::Junit {
            assert_eq!(sample.read(text.replace('\n', "\r\n").as_bytes()), plain, "{}", sample.name);
        }
    }
}

#[test]
fn a_report_that_is_cut_off_anywhere_is_an_error() {
    for sample in SAMPLES {
        let whole = sample.bytes.trim_ascii_end();
        for end in 0..whole.len() {
            let part = &whole[..end];
            // LCOV is a sequence of records; that whole ones are missing cannot be seen.
            let is_records =
                sample.format == Format::Lcov && part.trim_ascii_end().ends_with(b"end_of_record");
            let read = sample.read(part);
            assert_eq!(read.is_ok(), is_records, "{} cut at {end}: {read:?}", sample.name);
            if let Err(error) = read
                && end > 60
            {
                let is_said = matches!(error, ReportError::Truncated { .. })
                    || (sample.format == Format::Tsc && matches!(error, ReportError::Unreadable { .. }));
                assert!(is_said, "{} cut at {end}: {error}", sample.name);
            }
        }
    }
}

#[test]
fn no_secret_is_carried() {
    for sample in SAMPLES {
        let report = sample.read(sample.bytes).unwrap();
        assert!(!format!("{report:?}").contains("not-a-real-one"), "{}", sample.name);
    }
}

#[test]
fn the_corpus_is_read_where_it_is_there() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus/files/TTA/coverage.trimmed.json");
    #[expect(clippy::disallowed_methods, reason = "a test of real files")]
    let Ok(bytes) = std::fs::read(path) else {
        println!("skipped: no corpus beside the repository");
        return;
    };
    let report = read(Format::CoveragePy, &bytes, &ReadContext::new("/work/demo", "")).unwrap();
    let total = report.coverage().unwrap().total(|path| path.path.starts_with("src/"));
    assert!(total.files > 0 && total.covered <= total.statements);
}

/// A change to the bytes of a report.
#[derive(Clone, Debug)]
enum Damage {
    Set(usize, u8),
    Remove(usize, usize),
    Repeat(usize, usize),
    Insert(usize, &'static str),
}

fn damage() -> impl Strategy<Value = Damage> {
    const WORDS: [&str; 16] = [
        "-1",
        "1e999",
        "NaN",
        "null",
        "{",
        "}",
        "[",
        "]",
        "<",
        "</",
        "&x;",
        "\"",
        "\u{0}",
        "99999999999",
        ",",
        "end_of_record\n",
    ];
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        (any::<usize>(), 1..200_usize).prop_map(|(at, len)| Damage::Remove(at, len)),
        (any::<usize>(), 1..200_usize).prop_map(|(at, len)| Damage::Repeat(at, len)),
        (any::<usize>(), proptest::sample::select(&WORDS[..]))
            .prop_map(|(at, word)| Damage::Insert(at, word)),
    ]
}

fn damaged(bytes: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for damage in damages {
        if bytes.is_empty() {
            break;
        }
        let len = bytes.len();
        match *damage {
            Damage::Set(at, byte) => bytes[at % len] = byte,
            Damage::Remove(at, count) => drop(bytes.drain(at % len..(at % len + count).min(len))),
            Damage::Repeat(at, count) => {
                let part = bytes[at % len..(at % len + count).min(len)].to_vec();
                bytes.splice(at % len..at % len, part);
            }
            Damage::Insert(at, word) => drop(bytes.splice(at % len..at % len, word.bytes())),
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn damage_never_panics(at in 0..SAMPLES.len(), damages in proptest::collection::vec(damage(), 1..5)) {
        let sample = &SAMPLES[at];
        let bytes = damaged(sample.bytes, &damages);
        match sample.read(&bytes) {
            Ok(report) => {
                if let Some(coverage) = report.coverage() {
                    for file in &coverage.files {
                        prop_assert!(file.covered <= file.statements);
                        prop_assert_eq!(file.covered + file.missing.count(), file.statements);
                    }
                }
                if let Some(findings) = report.findings() {
                    prop_assert_eq!(findings.total(), findings.by_severity.iter().sum::<usize>());
                }
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
