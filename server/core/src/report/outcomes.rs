//! How tests ended.

use std::time::Duration;

use super::ReportPath;

/// The most tests of one report.
pub const MAX_CASES: usize = 500_000;

/// The tests of a report, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tests {
    /// Every test that the report names.
    pub cases: Vec<TestCase>,
}

/// One test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestCase {
    /// Its name: `test_adds[1-2]`.
    pub name: Box<str>,
    /// Where it belongs, in the words of the tool: `tests.test_calc.TestAdd`, or a crate for nextest.
    pub class: Option<Box<str>>,
    /// Its file, where the report says so.
    pub file: Option<ReportPath>,
    /// The line of the test, 1-based.
    pub line: Option<u32>,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took.
    pub duration: Option<Duration>,
    /// Why it failed or was skipped; bounded.
    pub message: Option<Box<str>>,
    /// Whether it failed first and then passed when it was tried again (Surefire and nextest say so).
    pub flaky: bool,
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// As it should.
    Passed,
    /// An assertion did not hold; also an expected failure that passed, where the tool is strict about it.
    Failed,
    /// It could not be run to its end: import error, broken fixture, crash.
    Error,
    /// Not run, or a failure that was expected (pytest's xfail).
    Skipped,
}

/// How many tests ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passed, flaky ones included.
    pub passed: usize,
    /// Failed.
    pub failed: usize,
    /// Could not be run to their end.
    pub errors: usize,
    /// Not run, or expected to fail.
    pub skipped: usize,
    /// Passed only when tried again; counted in `passed` too.
    pub flaky: usize,
}

impl Counts {
    /// All tests, skipped ones included.
    #[must_use]
    pub const fn total(self) -> usize {
        self.passed + self.failed + self.errors + self.skipped
    }

    /// Tests that ran: without the skipped ones.
    #[must_use]
    pub const fn ran(self) -> usize {
        self.passed + self.failed + self.errors
    }
}

impl Tests {
    /// Counts the tests, one by one.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for case in &self.cases {
            match case.outcome {
                Outcome::Passed => counts.passed += 1,
                Outcome::Failed => counts.failed += 1,
                Outcome::Error => counts.errors += 1,
                Outcome::Skipped => counts.skipped += 1,
            }
            counts.flaky += usize::from(case.flaky);
        }
        counts
    }

    /// The tests that failed or could not be run to their end.
    pub fn failures(&self) -> impl Iterator<Item = &TestCase> {
        self.cases.iter().filter(|case| matches!(case.outcome, Outcome::Failed | Outcome::Error))
    }
}

impl Outcome {
    /// The name in JSON and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
            Outcome::Error => "error",
            Outcome::Skipped => "skipped",
        }
    }
}

impl TestCase {
    /// Class and name, by which people find it: `tests.test_calc::test_adds`. jest gives both the same text.
    #[must_use]
    pub fn full_name(&self) -> String {
        match &self.class {
            Some(class) if *class != self.name => format!("{class}::{}", self.name),
            _ => self.name.to_string(),
        }
    }
}
