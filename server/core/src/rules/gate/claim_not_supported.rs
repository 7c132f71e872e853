//! `gate/claim-not-supported`.

use super::view::{View, in_words, with_places};
use crate::component::{ComponentFile, Criterion, ReportedCoverage};
use crate::diagnostic::{Fix, Severity};
use crate::gates::{self, GateKind, GateName, GateStatus, Judgement, Threshold, Verdict};
use crate::rules::{MAX_FINDINGS_PER_RULE, RuleContext, declare_rule};
use crate::status::percent;
use crate::text::{TextRange, range};

declare_rule! {
    /// ## What it checks
    /// A ticked criterion that names a gate ("Test coverage ≥70%", "Linting clean", "All unit tests pass") agrees with the
    /// evidence of that gate, for the stage whose heading it stands below. A coverage is held against the number in the
    /// criterion itself. A reported coverage (`**Test Coverage:** 81%`) is at most 0.5 points off the measured one.
    /// Specs and MATURITY files are looked at.
    ///
    /// A tick that fresh evidence contradicts is an error; where inputs changed since, or the gate is judged by reading alone,
    /// and for a reported coverage, it is a warning. Where there is no evidence, or the tool itself broke, nothing is
    /// contradicted.
    ///
    /// ## Why it matters
    /// Ticks are what reviewers and promotions go by. One that is wrong is worse than none.
    ///
    /// ## Example
    /// ```markdown
    /// ## Acceptance Criteria
    ///
    /// ### Development Stage
    /// - [x] All unit tests pass
    /// ```
    /// while the last run says: 9 passed, 1 failed.
    ///
    /// ## Fix
    /// Takes the tick away, or writes the measured coverage; for you to choose, for mending the code is the other way.
    ///
    /// ## References
    /// requirement 003, "Quality gates".
    CLAIM_NOT_SUPPORTED = {
        code: "gate/claim-not-supported",
        summary: "a ticked criterion or a reported coverage that the evidence contradicts",
        severity: Error,
        fix: Review,
        since: "0.1.0",
    }
}

/// From how many points on a reported coverage differs from the measured one.
const TOLERANCE: f64 = 0.5;

/// Reports the claims of the file that do not hold, and returns the gates of the stage that the component works towards
/// about which that was said.
pub(super) fn check(cx: &mut RuleContext<'_, ComponentFile>, view: &mut View<'_>) -> Vec<GateName> {
    let mut claimed = Vec::new();
    let is_on = cx.root.config.severity(&CLAIM_NOT_SUPPORTED, cx.path).is_some();
    let file = view.file;
    let ticked = file.criteria.iter().filter(|criterion| criterion.checked && is_on);
    for criterion in ticked.filter(|criterion| !criterion.gates().is_empty()).take(MAX_FINDINGS_PER_RULE + 1)
    {
        let contradicting = contradicting(criterion, view);
        if contradicting.is_empty() {
            continue;
        }
        if criterion.stage.is_none_or(|stage| Some(stage) == view.aim) {
            claimed.extend(contradicting.iter().map(|(gate, _)| gate.name.clone()));
        }
        report_tick(cx, view, criterion, &contradicting);
    }
    if let Some(reported) = file.reported_coverage.as_ref().filter(|_| is_on) {
        report_coverage(cx, view, reported);
    }
    claimed
}

/// Returns the gates that say otherwise, with what they say.
fn contradicting(criterion: &Criterion, view: &mut View<'_>) -> Vec<(GateStatus, Judgement)> {
    let own = gates::own_target(view.file, criterion).map(|target| Threshold::Coverage(target.percent));
    let gates = gates::of_criterion(criterion, &mut view.gates, view.aim).into_iter();
    let judged = gates.filter_map(|gate| {
        let by_own = || own.as_ref().filter(|_| gate.name.kind() == GateKind::Coverage);
        let judgement = by_own().and_then(|own| gate.judged_by(own)).or_else(|| gate.judgement.clone())?;
        (judgement.verdict == Verdict::Fail).then_some((gate, judgement))
    });
    judged.collect()
}

fn report_tick(
    cx: &mut RuleContext<'_, ComponentFile>,
    view: &View<'_>,
    criterion: &Criterion,
    contradicting: &[(GateStatus, Judgement)],
) {
    let is_proved = |gate: &GateStatus| gate.known.is_some() && !gate.is_stale();
    let severity = match contradicting.iter().any(|(gate, _)| is_proved(gate)) {
        true => Severity::Error,
        false => Severity::Warning,
    };
    let said = contradicting.iter().map(|(gate, judgement)| {
        let seen = gate.evidence().map(|evidence| format!(" ({})", evidence.seen())).unwrap_or_default();
        format!("{}: {}{seen}", gate.name.title(), in_words(judgement))
    });
    let message = format!("ticked, but the evidence says otherwise; {}", said.collect::<Vec<_>>().join("; "));
    let help = contradicting.first().map(|(_, judgement)| judgement.help.as_str()).unwrap_or_default();
    let out_of_date =
        if severity == Severity::Error || contradicting.iter().all(|(gate, _)| gate.known.is_none()) {
            String::new()
        } else {
            let only: Vec<_> = contradicting.iter().map(|(gate, _)| &gate.name).collect();
            format!("; inputs changed since, {} looks again", view.command(&only))
        };
    let fix =
        criterion.check.map(|at| Fix::safe("Untick: the evidence says otherwise", at, " ").needs_review());
    let field = contradicting.first().map(|(gate, _)| gate.name.to_string()).unwrap_or_default();
    let mut report = cx
        .report(&CLAIM_NOT_SUPPORTED, criterion.range, message)
        .field(field)
        .help(format!("{help}, or take the tick away{out_of_date}"))
        .fix(fix)
        .at_most(severity);
    if let Some(evidence) = contradicting.iter().find_map(|(gate, _)| gate.evidence()) {
        report = with_places(report, evidence);
    }
    report.done();
}

/// Reports a coverage that was measured otherwise since.
fn report_coverage(cx: &mut RuleContext<'_, ComponentFile>, view: &View<'_>, reported: &ReportedCoverage) {
    let Some(board) = &cx.root.gates else { return };
    let Some(measured) = gates::measured(board, &view.own.component.canonical) else { return };
    if !measured.is_fresh() || (measured.percent - reported.percent).abs() <= TOLERANCE {
        return;
    }
    let (says, is) = (percent(reported.percent), percent(measured.percent));
    let value = cx.source.slice(reported.range.start().into(), reported.range.end().into());
    let fix = number_in(&value, reported.range)
        .map(|at| Fix::safe(format!("Write the measured {is} %"), at, is.clone()).needs_review());
    let seen = measured.known.evidence.seen();
    cx.report(
        &CLAIM_NOT_SUPPORTED,
        reported.range,
        format!("{says} % is reported, but {is} % was measured ({seen})"),
    )
    .field(GateKind::Coverage.name())
    .help("write what was measured, or leave the line out: the editor shows it")
    .fix(fix)
    .at_most(Severity::Warning)
    .done();
}

/// Returns where the first number of a value stands.
fn number_in(value: &str, at: TextRange) -> Option<TextRange> {
    let start = value.find(|c: char| c.is_ascii_digit())?;
    let len = value[start..].bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let from = usize::from(at.start()) + start;
    Some(range(from, from + len))
}
