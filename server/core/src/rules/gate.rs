//! `gate/*`: what the evidence of gates says about a component, on the lines that state the gates (DESIGN.md sections 3
//! and 5; requirements 000 to 003).

pub mod claim_not_supported;
pub mod no_evidence;
pub mod not_met;
pub mod ready;
pub mod sign_off_missing;
pub mod sign_off_outdated;
pub mod stale_evidence;
mod view;

use super::RuleContext;
use super::maturity::own::Own;
use crate::component::ComponentFile;
use crate::gates::Board;
use crate::status;
use view::View;

/// The one check of the family: what stands where is found out once for all of its rules.
pub(crate) static CHECKS: &[fn(&mut RuleContext<'_, ComponentFile>)] = &[check];

fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    sign_offs(cx);
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

/// Sign-offs are looked at where gates were run, or something was signed off.
fn sign_offs(cx: &mut RuleContext<'_, ComponentFile>) {
    let is_used = |board: &&Board| board.has_states() || !board.is_empty();
    if cx.root.gates.as_ref().filter(is_used).is_none() {
        return;
    }
    let Some(own) = Own::of(cx) else { return };
    sign_off_outdated::check(cx, &own);
    let stated = cx.file.target.as_ref().filter(|target| !target.placeholder);
    let target = stated.and_then(|target| target.stage).or_else(|| own.component.target());
    if let Some(aim) = status::aim(own.component.stage, target) {
        let place = stated.map_or(own.place, |stated| stated.range);
        sign_off_missing::check(cx, &own, place, aim);
    }
}

#[cfg(test)]
mod sign_off_tests;
#[cfg(test)]
mod tests;
