//! `gate/*-not-met`: one rule for each gate.

mod code;
mod documents;
mod tools;

use super::view::{View, can_be_run, in_words, with_places};
use crate::component::ComponentFile;
use crate::diagnostic::Severity;
use crate::gates::{Freshness, GateKind, GateName, GateStatus, Need, ProblemKind, Verdict};
use crate::rules::{Rule, RuleContext};
use crate::stage::Stage;

pub use code::{COVERAGE, E2E_TESTS, FLAKINESS, INTEGRATION_TESTS, PERFORMANCE, TESTS};
pub use documents::{DEPENDENCIES, DOCUMENTATION, INSTRUCTIONS, SPECIFICATION};
pub use tools::{COMPLEXITY, CUSTOM, LINT, SECRETS, TYPES, VULNERABILITIES};

/// Declares the rule of one gate: what its documentation says beside what all of them say.
macro_rules! not_met {
    ($name:ident = $code:literal, $severity:ident, $summary:literal,
     checks: $checks:literal, matters: $matters:literal, example: $example:literal, fix: $fix:literal, references: $references:literal $(,)?) => {
        #[doc = concat!("`", $code, "`.")]
        pub static $name: $crate::rules::Rule = $crate::rules::Rule {
            code: $code,
            summary: $summary,
            severity: $crate::diagnostic::Severity::$severity,
            fix: $crate::rules::FixKind::None,
            since: "0.1.0",
            docs: concat!(
                "## What it checks\n", $checks, "\n\n",
                "It is reported for the stage that the component works towards, on the criterion that names the gate, else on \
                 the target stage; in the spec, or in the MATURITY file where there is none. A gate that the stage does not \
                 wait for gives a hint only, and so does evidence that is out of date. Without evidence nothing is said here: \
                 see [gate/no-evidence](#gateno-evidence).\n\n",
                "## Why it matters\n", $matters, "\n\n",
                "## Example\n", $example, "\n\n",
                "## Fix\n", "None. ", $fix, "\n\n",
                "## References\n", $references, "\n",
            ),
        };
    };
}
use not_met;

/// Returns the rule of a gate.
pub(super) fn rule_of(kind: GateKind) -> &'static Rule {
    match kind {
        GateKind::Tests => &TESTS,
        GateKind::Coverage => &COVERAGE,
        GateKind::IntegrationTests => &INTEGRATION_TESTS,
        GateKind::E2eTests => &E2E_TESTS,
        GateKind::Lint => &LINT,
        GateKind::Types => &TYPES,
        GateKind::Secrets => &SECRETS,
        GateKind::Vulnerabilities => &VULNERABILITIES,
        GateKind::Complexity => &COMPLEXITY,
        GateKind::Instructions => &INSTRUCTIONS,
        GateKind::Specification => &SPECIFICATION,
        GateKind::Documentation => &DOCUMENTATION,
        GateKind::Performance => &PERFORMANCE,
        GateKind::Dependencies => &DEPENDENCIES,
        GateKind::Flakiness => &FLAKINESS,
        GateKind::Custom => &CUSTOM,
    }
}

/// Reports the gates that are judged and not open. What a false claim says already is not said twice.
pub(super) fn check(
    cx: &mut RuleContext<'_, ComponentFile>,
    view: &View<'_>,
    aim: Stage,
    gates: &[GateStatus],
    claimed: &[GateName],
) {
    for gate in gates.iter().filter(|gate| !claimed.contains(&gate.name)) {
        let Some(judgement) = gate.judgement.as_ref().filter(|judged| judged.verdict != Verdict::Pass) else {
            continue;
        };
        let evidence = gate.evidence();
        let problem =
            evidence.and_then(|evidence| evidence.observed.as_ref().err()).map(|problem| problem.kind);
        // Nobody looked, and that is no fault of the component.
        let not_looked = matches!(problem, Some(ProblemKind::NotTrusted | ProblemKind::Cancelled));
        let is_mild = gate.need == Need::Optional || gate.is_stale() || not_looked;
        let mut message = format!("{} for {aim}: {}", gate.name.title(), in_words(judgement));
        if let Some(evidence) = evidence {
            message += &format!(" ({})", evidence.seen());
        }
        if let Some(Freshness::Stale(inputs)) = gate.known.as_ref().map(|known| &known.freshness) {
            let first = inputs.first().map_or("something", |input| &**input);
            message += &format!("; since then, {first} changed");
        }
        let again = match gate.name.kind() {
            _ if can_be_run(gate) => Some(gate.name.clone()),
            GateKind::Flakiness => Some(GateKind::Tests.into()),
            _ => None,
        };
        let again = again.map(|name| format!("{} looks again", view.command(&[&name])));
        let help: Vec<_> =
            [judgement.help.clone()].into_iter().chain(again).filter(|part| !part.is_empty()).collect();
        let mut report = cx
            .report(rule_of(gate.name.kind()), view.place(&gate.name, aim), message)
            .field(gate.name.as_str())
            .help(help.join("; "));
        if is_mild {
            report = report.at_most(Severity::Hint);
        }
        if let Some(evidence) = evidence {
            report = with_places(report, evidence);
        }
        report.done();
    }
}
