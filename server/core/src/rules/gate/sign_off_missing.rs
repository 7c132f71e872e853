//! `gate/sign-off-missing`.

use super::sign_off_outdated::{SIGN_OFF_OUTDATED, visible};
use crate::component::ComponentFile;
use crate::rules::maturity::own::Own;
use crate::rules::{RuleContext, declare_rule};
use crate::sign_off::{self, Given, SignOff};
use crate::stage::Stage;
use crate::text::TextRange;

declare_rule! {
    /// ## What it checks
    /// What the next stage of a component needs to be signed off is: the approvals that its spec lists, and what the
    /// configuration asks for (`sign_offs`). A line that is only ticked, that somebody else signed than it names, or that
    /// was signed by hand for no certain state before production, counts as missing.
    ///
    /// Nothing is said in a repository in which no gate was ever run and nothing was ever signed off.
    ///
    /// ## Why it matters
    /// The promotion is refused until it is there, and people take longer than tools.
    ///
    /// ## Example
    /// ```markdown
    /// **Approval:**
    /// - [ ] Security Review: Tomasz Bielak (for production)
    /// ```
    /// of a component in staging.
    ///
    /// ## Fix
    /// None. Who is asked signs it off, as a code action offers, or with `stagegate sign-off COMPONENT CRITERION`.
    ///
    /// ## References
    /// requirement 000, "Approval"; requirement 001, "Production Stage".
    SIGN_OFF_MISSING = {
        code: "gate/sign-off-missing",
        summary: "what the next stage needs, and nobody signed off",
        severity: Hint,
        fix: None,
        since: "0.1.0",
    }
}

pub(super) fn check(cx: &mut RuleContext<'_, ComponentFile>, own: &Own<'_>, target: TextRange, aim: Stage) {
    let component = own.component;
    // In the other order of events nobody could sign it: a stage is not skipped.
    if component.stage.is_some_and(|stage| stage.rank() >= aim.rank()) {
        return;
    }
    let open = sign_off::of_component(cx.root, own.id, aim, None);
    let is_outdated_said = cx.root.config.severity(&SIGN_OFF_OUTDATED, cx.path).is_some();
    let open = open.into_iter().filter(|sign_off| {
        let is_said = is_outdated_said && matches!(sign_off.given, Given::Outdated(_));
        !sign_off.holds() && !is_said
    });
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        open.partition(|sign_off| sign_off.place.as_ref().is_some_and(|place| *place.path == *cx.path));
    for sign_off in here {
        let Some(place) = &sign_off.place else { continue };
        let range = visible(cx, place.range);
        cx.report(&SIGN_OFF_MISSING, range, sign_off.in_words()).help(sign_off.help(&component.name)).done();
    }
    // What no file names, or another one does, is said once, in the file that counts.
    if elsewhere.is_empty() || !own.is_reported_in(cx.path) {
        return;
    }
    let is_unnamed = |sign_off: &&SignOff| sign_off.place.is_none();
    let names: Vec<_> =
        elsewhere.iter().filter(is_unnamed).map(|sign_off| format!("`{}`", sign_off.criterion)).collect();
    if names.is_empty() {
        return;
    }
    let message = format!("not signed off for {aim}: {}", names.join(", "));
    let help = format!("`stagegate sign-off {}` shows what has to be", component.name);
    cx.report(&SIGN_OFF_MISSING, target, message).help(help).done();
}
