//! `gate/no-evidence`.

use super::view::{View, can_be_run, names};
use crate::component::ComponentFile;
use crate::gates::{GateKind, GateStatus};
use crate::rules::{RuleContext, declare_rule};
use crate::stage::Stage;

declare_rule! {
    /// ## What it checks
    /// There is evidence for every gate of the stage that the component works towards. One hint names all gates without.
    /// A repository without any evidence at all is left alone.
    ///
    /// ## Why it matters
    /// What nobody looked at has not passed: the promotion would stop there.
    ///
    /// ## Example
    /// A component whose gates were never run, beside one whose gates were.
    ///
    /// ## Fix
    /// None. Run the gates, as a code action offers, or with `stagegate gates COMPONENT`.
    ///
    /// ## References
    /// requirement 003, "Quality gates".
    NO_EVIDENCE = {
        code: "gate/no-evidence",
        summary: "gates of the next stage that nothing is known of",
        severity: Hint,
        fix: None,
        since: "0.1.0",
    }
}

pub(super) fn check(
    cx: &mut RuleContext<'_, ComponentFile>,
    view: &View<'_>,
    aim: Stage,
    gates: &[GateStatus],
) {
    // What is flaky is seen where the tests are run.
    let is_run = |gate: &&GateStatus| gate.name.kind() != GateKind::Flakiness;
    let without: Vec<_> = gates.iter().filter(|gate| gate.judgement.is_none()).filter(is_run).collect();
    if without.is_empty() {
        return;
    }
    let runnable: Vec<_> = gates.iter().filter(|gate| can_be_run(gate)).collect();
    let all = runnable.iter().all(|gate| gate.judgement.is_none());
    let only: Vec<_> = without.iter().filter(|gate| can_be_run(gate)).map(|gate| &gate.name).collect();
    let message = format!(
        "no evidence for {} of {} gates of {aim}: {}",
        without.len(),
        gates.len(),
        names(without.iter().copied())
    );
    cx.report(&NO_EVIDENCE, view.target, message)
        .help(format!("{} runs them", view.command(if all { &[] } else { &only })))
        .done();
}
