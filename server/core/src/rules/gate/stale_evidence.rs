//! `gate/stale-evidence`.

use super::view::{View, can_be_run, names};
use crate::component::ComponentFile;
use crate::gates::{Freshness, GateStatus};
use crate::rules::{RuleContext, declare_rule};
use crate::stage::Stage;
use crate::text::TextRange;

declare_rule! {
    /// ## What it checks
    /// No input of a gate changed since its evidence: sources, tests, settings, lock file, the gate's own definition, the
    /// version of the tool. One hint names all gates whose evidence is out of date, and the first inputs that changed.
    ///
    /// ## Why it matters
    /// What was true of other files proves nothing about these; such a gate is not open.
    ///
    /// ## Example
    /// The tests passed, and then `src/prices/rates.py` was edited.
    ///
    /// ## Fix
    /// None. Run the gates again, as a code action offers, or with `stagegate gates COMPONENT`.
    ///
    /// ## References
    /// requirement 003, "Quality gates".
    STALE_EVIDENCE = {
        code: "gate/stale-evidence",
        summary: "evidence that is older than what it is about",
        severity: Hint,
        fix: None,
        since: "0.1.0",
    }
}

/// Most inputs that are named.
const MAX_INPUTS: usize = 3;

pub(super) fn check(
    cx: &mut RuleContext<'_, ComponentFile>,
    view: &View<'_>,
    aim: Stage,
    gates: &[GateStatus],
) {
    let stale: Vec<_> = gates.iter().filter(|gate| gate.is_stale()).collect();
    let mut changed: Vec<&str> = Vec::new();
    for known in stale.iter().filter_map(|gate| gate.known.as_ref()) {
        let Freshness::Stale(inputs) = &known.freshness else { continue };
        for input in inputs.iter().filter(|input| !changed.contains(&&***input)).collect::<Vec<_>>() {
            changed.push(input);
        }
    }
    if stale.is_empty() {
        return;
    }
    let files = cx.root.files.as_deref();
    let is_file = |input: &str| files.is_some_and(|files| files.contains(input));
    let mut shown: Vec<_> = changed
        .iter()
        .take(MAX_INPUTS)
        .map(|input| match is_file(input) {
            true => format!("`{input}`"),
            false => (*input).to_owned(),
        })
        .collect();
    if changed.len() > MAX_INPUTS {
        shown.push(format!("{} more", changed.len() - MAX_INPUTS));
    }
    let since =
        if shown.is_empty() { String::new() } else { format!("; changed since: {}", shown.join(", ")) };
    let message = format!(
        "the evidence of {} of {} gates of {aim} is out of date: {}{since}",
        stale.len(),
        gates.len(),
        names(stale.iter().copied())
    );
    let only: Vec<_> = stale.iter().filter(|gate| can_be_run(gate)).map(|gate| &gate.name).collect();
    let mut report =
        cx.report(&STALE_EVIDENCE, view.target, message).help(format!("{} looks again", view.command(&only)));
    for input in changed.into_iter().take(MAX_INPUTS).filter(|input| is_file(input)) {
        report = report.related_in(input, TextRange::default(), "changed since");
    }
    report.done();
}
