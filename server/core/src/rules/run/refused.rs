//! `run/refused`.

use crate::component::ComponentFile;
use crate::plan::{Refusal, RefusalCode};
use crate::rules::maturity::own::Own;
use crate::rules::{RuleContext, declare_rule};

declare_rule! {
    /// ## What it checks
    /// Whether the last promotion or rollback that somebody asked for in the editor was refused for a reason that no other
    /// rule shows: files with changes that are not committed, no branch that is checked out, a run that is under way, too many
    /// deployments that failed, an issue that blocks the component. It stands at the title of the spec until the component can be
    /// planned again, or a run of it succeeds.
    ///
    /// ## Why it matters
    /// A message disappears; what has to be done does not.
    ///
    /// ## Example
    /// A promotion is asked for while the file that states the stage has changes that are not committed:
    /// ```text
    /// `src/prices/MATURITY.md` has changes that are not committed, and the run would commit it
    /// ```
    ///
    /// ## Fix
    /// None. The message says what to do; then ask for it again.
    ///
    /// ## References
    /// requirement 000, "Validation failures"; requirement 003, "Pipeline".
    REFUSED = {
        code: "run/refused",
        summary: "the last promotion or rollback that was asked for is refused",
        severity: Warning,
        fix: None,
        since: "0.1.0",
    }
}

pub(super) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let Some(runs) = &cx.root.runs else { return };
    let Some(own) = Own::of(cx) else { return };
    let Some(of) = runs.of(&own.component.canonical).filter(|of| !of.refused.is_empty()) else { return };
    let place = cx.file.headline(cx.source);
    let (path, is_main) = (cx.path, own.is_reported_in(cx.path));
    for refusal in of.refused.iter().filter(|refusal| is_shown(refusal)) {
        // A file that no rule looks at, such as a README, is named in the message.
        let named = refusal.path.as_deref().filter(|named| is_document(own, named));
        if named.map_or(is_main, |named| named == path) {
            let report = cx.report(&REFUSED, place, refusal.message.clone());
            report.help(refusal.help.clone()).field(refusal.code.name()).done();
        }
    }
}

/// Whether the file is a spec or MATURITY file of the component, and so read by this rule.
fn is_document(own: Own<'_>, path: &str) -> bool {
    own.component.specs.iter().chain(&own.component.maturity).any(|file| &*file.path == path)
}

/// Whether no other rule shows it, and it is not over at once.
fn is_shown(refusal: &Refusal) -> bool {
    match refusal.code {
        // `maturity/spec-missing`, `maturity/source-missing`, `maturity/dependency-below-target`, `gate/*`,
        // `gate/sign-off-missing`, `config/*`.
        RefusalCode::MissingSpec
        | RefusalCode::MissingSignOff
        | RefusalCode::MissingCode
        | RefusalCode::DependencyBelowTarget
        | RefusalCode::GateNotMet
        | RefusalCode::WrongConfiguration => false,
        // There is nothing to do but to ask again, which also asks for trust, or for something else.
        RefusalCode::UnknownComponent
        | RefusalCode::StalePlan
        | RefusalCode::NothingToUndo
        | RefusalCode::Untrusted => false,
        RefusalCode::WrongStage
        | RefusalCode::SkippedStage
        | RefusalCode::BlockerIssue
        | RefusalCode::DirtyFiles
        | RefusalCode::DetachedHead
        | RefusalCode::NoGit
        | RefusalCode::NoGitIdentity
        | RefusalCode::GitBusy
        | RefusalCode::RunInProgress
        | RefusalCode::BreakerOpen
        | RefusalCode::LinkedFile
        | RefusalCode::JournalUnreadable => true,
    }
}
