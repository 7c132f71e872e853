//! The verdicts as JUnit XML: one suite for each component, one test case for each gate.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use stagegate_core::gates::{Need, Verdict};
use stagegate_pipeline::gates::{GateOutcome, Outcome};

use crate::failure::Failure;

pub(super) fn render(outcomes: &[Outcome]) -> Result<String, Failure> {
    let mut report = Report::new("stagegate gates");
    for outcome in outcomes {
        let mut suite = TestSuite::new(format!("{} → {}", outcome.component, outcome.stage));
        suite.add_test_cases(outcome.gates.iter().map(|gate| case(outcome, gate)));
        report.add_test_suite(suite);
    }
    report.to_string().map_err(|error| Failure::new(format_args!("cannot write JUnit XML: {error}")))
}

fn case(outcome: &Outcome, gate: &GateOutcome) -> TestCase {
    let judgement = &gate.judgement;
    let optional = gate.need == Some(Need::Optional);
    let mut status = match judgement.verdict {
        Verdict::Pass => TestCaseStatus::success(),
        // It blocks nothing.
        _ if optional => TestCaseStatus::skipped(),
        Verdict::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Inconclusive | Verdict::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    if judgement.verdict != Verdict::Pass {
        let mut text = judgement.found.clone();
        if !judgement.required.is_empty() {
            text = format!("{text}; expected {}", judgement.required);
        }
        status.set_type(judgement.verdict.name()).set_message(text);
        status.set_description(&*judgement.help);
    }
    let mut case = TestCase::new(gate.gate.as_str(), status);
    case.set_classname(&*outcome.component);
    let took = gate.evidence.ended_ms.saturating_sub(gate.evidence.started_ms);
    case.set_time(std::time::Duration::from_millis(u64::try_from(took).unwrap_or_default()));
    case
}
