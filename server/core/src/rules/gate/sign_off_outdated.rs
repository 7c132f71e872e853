//! `gate/sign-off-outdated`.

use crate::component::ComponentFile;
use crate::rules::maturity::own::Own;
use crate::rules::{MAX_FINDINGS_PER_RULE, RuleContext, declare_rule};
use crate::sign_off::{self, Given, Place, SignOff};
use crate::stage::Stage;
use crate::text::TextRange;

declare_rule! {
    /// ## What it checks
    /// A sign-off still is about the component as it is: source, tests and spec are those that it was given for. Checklists,
    /// approvals, prose beside the source and what a promotion writes itself do not count. Only sign-offs for a stage that
    /// the component has not reached are looked at.
    ///
    /// ## Why it matters
    /// Somebody looked at other files than those that would go to production. The promotion is refused.
    ///
    /// ## Example
    /// ```markdown
    /// - [x] Security review complete — Mara Lindqvist <mara@example.com>, 2026-11-20 <!-- stagegate: state=1a2b3c4d-5e6f7a8b-9c0d1e2f -->
    /// ```
    /// and `src/prices/rates.py` was edited since.
    ///
    /// ## Fix
    /// None. Look at what changed, then sign it off again, as a code action offers, or with `stagegate sign-off COMPONENT
    /// CRITERION`.
    ///
    /// ## References
    /// requirement 000, "Approval"; requirement 001, "Production Stage".
    SIGN_OFF_OUTDATED = {
        code: "gate/sign-off-outdated",
        summary: "a sign-off that was given for other files",
        severity: Warning,
        fix: None,
        since: "0.1.0",
    }
}

pub(super) fn check(cx: &mut RuleContext<'_, ComponentFile>, own: &Own<'_>) {
    let component = own.component;
    let Some(now) = cx.root.gates.as_ref().and_then(|board| board.state(&component.canonical)) else {
        return;
    };
    let is_ahead = |stage: Stage| component.stage.is_none_or(|current| stage.rank() > current.rank());
    let signed = sign_off::items(cx.file).into_iter().filter_map(|item| {
        let stage = item.stage.unwrap_or(Stage::Production);
        let signature = item.line.signature.clone().filter(|_| item.ticked && is_ahead(stage))?;
        let then = signature.state.filter(|then| *then != now)?;
        // A drill proves it whatever the files say.
        let is_drilled = &*item.key == sign_off::ROLLBACK
            && cx.root.gates.as_ref()?.drill(&component.canonical, stage).is_some();
        if is_drilled {
            return None;
        }
        Some(SignOff {
            criterion: item.line.criterion.to_string(),
            key: item.key.to_string(),
            stage,
            asked_by: Vec::new(),
            place: Some(Place { path: cx.path.into(), range: item.range }),
            expected: None,
            signature: Some(signature),
            given: Given::Outdated(now.changed_since(&then)),
        })
    });
    for sign_off in signed.take(MAX_FINDINGS_PER_RULE + 1).collect::<Vec<_>>() {
        let Some(place) = &sign_off.place else { continue };
        let range = visible(cx, place.range);
        cx.report(&SIGN_OFF_OUTDATED, range, sign_off.in_words()).help(sign_off.help(&component.name)).done();
    }
}

/// Returns where a line stands without the comments at its end.
pub(super) fn visible(cx: &RuleContext<'_, ComponentFile>, range: TextRange) -> TextRange {
    let (start, end) = (usize::from(range.start()), usize::from(range.end()));
    crate::text::range(start, start + sign_off::visible(&cx.source.slice(start, end)).len())
}
