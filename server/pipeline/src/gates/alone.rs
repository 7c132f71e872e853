//! Tests that failed are run again, each alone in a process of its own (requirement 003, "Retry with isolated test
//! execution"). One that passes then depends on other tests or on chance: it is flaky.

use std::collections::BTreeMap;
use std::time::Duration;

use stagegate_core::gates::{Evidence, Exit, Observed};
use stagegate_core::report::{Body, Outcome, Report, TestCase, Tests};

use super::execute::Shown;
use crate::tools::Check;

/// Most failed tests that are run alone: more are no flake, but a broken state.
pub(super) const MOST: usize = 20;

/// Longest message of a finding, in characters.
const MAX_MESSAGE: usize = 500;

/// What the tests are run again with.
pub(super) trait Bench {
    /// Runs a check that holds one test; `None` where it cannot be begun.
    fn run(&mut self, check: &Check) -> Option<Shown>;
    /// How much is left of the time of the whole check; nothing where somebody stopped it.
    fn left(&self) -> Duration;
    /// Whether there is a file at this path, relative to the repository.
    fn is_file(&self, path: &str) -> bool;
    /// Says what happens, to whoever watches.
    fn say(&mut self, line: &str);
}

/// What came of failed tests that were run alone.
pub(super) struct Alone {
    /// What is known of the gate now. It is enough only where every failed test passed alone; else it is what the whole
    /// run showed.
    pub(super) evidence: Evidence,
    /// The tests of which a run alone proved something.
    pub(super) report: Report,
}

/// What became of one test.
enum Came {
    Passed,
    Failed,
    /// Why nothing is known.
    Unknown(String),
}

/// Runs the tests again that failed by `evidence` and `report`, which are those of [`Check::alone_gate`]. `None` where
/// nothing was run.
pub(super) fn again(
    check: &Check,
    evidence: &Evidence,
    report: &Report,
    bench: &mut dyn Bench,
) -> Option<Alone> {
    let Ok(Observed::Tests { passed, failed, errors, skipped }) = evidence.observed else { return None };
    let cases = &report.tests()?.cases;
    let failures: Vec<&TestCase> = report.tests()?.failures().collect();
    // What the gate counted is what the report names.
    if failures.is_empty() || failures.len() != failed + errors {
        return None;
    }
    if failures.len() > MOST {
        let number = failures.len();
        bench.say(&format!("{number} tests failed, more than {MOST}: none of them is run again alone"));
        return None;
    }
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases {
        *names.entry(case.full_name()).or_default() += 1;
    }
    let mut next = Evidence { flaky: Vec::new(), ..evidence.clone() };
    let mut proved = Vec::new();
    let mut came = Vec::new();
    let mut has_run = false;
    for case in &failures {
        let name = case.full_name();
        // Several tests of one name: nobody knows which one it was.
        let test = Some(()).filter(|()| names.get(&name) == Some(&1));
        let test = test.and_then(|()| check.test_name(case, &|path| bench.is_file(path)));
        let left = bench.left();
        let one = test.as_deref().filter(|_| !left.is_zero()).and_then(|test| check.of_one(test, left));
        let result = match (&test, one) {
            (None, _) => Came::Unknown("its report does not tell which test exactly it is".to_owned()),
            (_, None) => Came::Unknown("no time was left".to_owned()),
            (Some(test), Some(one)) => {
                bench.say(&format!("alone: {test}"));
                match bench.run(&one) {
                    None => Came::Unknown("no folder could be made for its report".to_owned()),
                    Some(shown) => {
                        has_run = true;
                        seen(case, &shown, &mut next)
                    }
                }
            }
        };
        let outcome = match &result {
            Came::Passed => Some(Outcome::Passed),
            Came::Failed => Some(case.outcome),
            Came::Unknown(_) => None,
        };
        proved.extend(outcome.map(|outcome| TestCase { outcome, ..(*case).clone() }));
        bench.say(&format!("{name}: {}", in_words(&result)));
        came.push(result);
    }
    if !has_run {
        return None;
    }
    // The first findings are those of the failed tests, in the same order.
    for (finding, came) in next.findings.iter_mut().zip(&came) {
        let message = format!("{}: {}", in_words(came), finding.message);
        finding.message = message.chars().take(MAX_MESSAGE).collect();
    }
    if came.iter().all(|came| matches!(came, Came::Passed)) {
        let passed = passed + came.len();
        next.observed = Ok(Observed::Tests { passed, failed: 0, errors: 0, skipped });
        next.exit = Some(Exit::Code(0));
    }
    let report = Report { body: Body::Tests(Tests { cases: proved }), ..report.clone() };
    Some(Alone { evidence: next, report })
}

/// Says what the run of one test proves. Only a report of exactly this test, and an exit code that agrees, is a proof.
fn seen(case: &TestCase, shown: &Shown, next: &mut Evidence) -> Came {
    let (Some(evidence), report) = (shown.evidence.first(), shown.reports.first()) else {
        return Came::Unknown("nothing was seen of it".to_owned());
    };
    next.commands.extend(evidence.commands.iter().cloned());
    next.ended_ms = next.ended_ms.max(evidence.ended_ms);
    if let Err(problem) = &evidence.observed {
        return Came::Unknown(problem.message.clone());
    }
    let cases = report.and_then(Option::as_ref).and_then(Report::tests).map(|tests| tests.cases.as_slice());
    let [one] = cases.unwrap_or_default() else {
        return Came::Unknown("its report names another number of tests than one".to_owned());
    };
    let is_same =
        one.name == case.name && one.class == case.class && one.file == case.file && one.line == case.line;
    if !is_same {
        return Came::Unknown("its report names another test".to_owned());
    }
    match (one.outcome, evidence.exit) {
        (Outcome::Passed, Some(Exit::Code(0))) if !one.flaky => Came::Passed,
        (Outcome::Failed | Outcome::Error, _) => Came::Failed,
        (Outcome::Skipped, _) => Came::Unknown("it was skipped".to_owned()),
        (Outcome::Passed, _) => {
            Came::Unknown("its report and its exit code contradict each other".to_owned())
        }
    }
}

fn in_words(came: &Came) -> String {
    match came {
        Came::Passed => "alone it passes: it depends on other tests or on chance".to_owned(),
        Came::Failed => "alone it fails as well".to_owned(),
        Came::Unknown(why) => format!("whether it passes alone is unknown: {why}"),
    }
}

#[cfg(test)]
mod tests;
