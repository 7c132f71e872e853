//! `gate/ready`.

use super::view::{View, names};
use crate::component::ComponentFile;
use crate::gates::{GateStatus, Need};
use crate::rules::{RuleContext, declare_rule};
use crate::stage::Stage;

declare_rule! {
    /// ## What it checks
    /// Whether every required gate of the next stage is open, by evidence that still holds. Then the component can be
    /// promoted, but for what people have to sign off; the message names what is not ticked yet.
    ///
    /// ## Why it matters
    /// Nobody has to find out by hand that a component is done.
    ///
    /// ## Example
    /// ```markdown
    /// **Target Stage:** staging
    /// ```
    /// of a component in development, whose tests, coverage, linter, types and all else that staging asks for passed.
    ///
    /// ## Fix
    /// None. Nothing is wrong.
    ///
    /// ## References
    /// requirement 003, "Quality gates".
    READY = {
        code: "gate/ready",
        summary: "every required gate of the next stage is open",
        severity: Information,
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
    let is_climb = view.own.component.stage.is_none_or(|stage| stage.rank() < aim.rank());
    let mut required = gates.iter().filter(|gate| gate.need == Need::Required);
    let number = required.clone().count();
    if !is_climb || number == 0 || !required.all(GateStatus::opens) {
        return;
    }
    let name = &view.own.component.name;
    let optional: Vec<_> = gates.iter().filter(|gate| !gate.opens()).collect();
    let mut message = format!("`{name}` is ready for {aim}: all {number} required gates are open");
    if !optional.is_empty() {
        message += &format!("; optional ones that are not: {}", names(optional.iter().copied()));
    }
    let file = view.file;
    let concerns = |stage: Option<Stage>| stage.is_none_or(|stage| stage == aim);
    let open =
        file.criteria.iter().filter(|criterion| !criterion.checked && concerns(criterion.stage)).count();
    let waiting = file.approvals.iter().filter(|approval| !approval.checked).count();
    let mut report = cx.report(&READY, view.target, message);
    let left: Vec<_> = [(open, "criteria of the stage"), (waiting, "approvals")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    if !left.is_empty() {
        report = report.help(format!("not ticked yet: {}", left.join(" and ")));
    }
    report.done();
}
