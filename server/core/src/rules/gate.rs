//! `gate/*`: what the evidence of gates says about a component, on the lines that state the gates (DESIGN.md sections 3
//! and 5; requirements 000 to 003).

pub mod claim_not_supported;
pub mod no_evidence;
pub mod not_met;
pub mod ready;
pub mod stale_evidence;
mod view;

use super::RuleContext;
use crate::component::ComponentFile;
use view::View;

/// The one check of the family: what stands where is found out once for all of its rules.
pub(crate) static CHECKS: &[fn(&mut RuleContext<'_, ComponentFile>)] = &[check];

fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let Some(mut view) = View::of(cx) else { return };
    // A claim stands where somebody made it, whichever file that is.
    let claimed = claim_not_supported::check(cx, &mut view);
    // All else is said once, in the file that counts.
    if !view.own.is_reported_in(cx.path) {
        return;
    }
    let Some(aim) = view.aim else { return };
    let gates = view.gates.of_stage(aim).to_vec();
    not_met::check(cx, &view, aim, &gates, &claimed);
    no_evidence::check(cx, &view, aim, &gates);
    stale_evidence::check(cx, &view, aim, &gates);
    ready::check(cx, &view, aim, &gates);
}

#[cfg(test)]
mod tests;
