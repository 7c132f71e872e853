//! What documents claim of gates, and where they say so.

use super::{GateKind, GateName, GateStatus, Gates};
use crate::component::{ComponentFile, CoverageTarget, Criterion, Gate};
use crate::stage::Stage;
use crate::text::TextRange;

impl Gate {
    /// Returns the gates that prove what the words name.
    #[must_use]
    pub const fn kinds(self) -> &'static [GateKind] {
        match self {
            Gate::Tests => &[GateKind::Tests],
            Gate::Coverage => &[GateKind::Coverage],
            Gate::IntegrationTests => &[GateKind::IntegrationTests],
            Gate::E2eTests => &[GateKind::E2eTests],
            Gate::Lint => &[GateKind::Lint],
            Gate::Types => &[GateKind::Types],
            Gate::Security => &[GateKind::Secrets, GateKind::Vulnerabilities],
            Gate::Documentation => &[GateKind::Documentation],
            Gate::Performance => &[GateKind::Performance],
        }
    }
}

impl Criterion {
    /// Returns the gates that prove it; none where it names none. `Unit tests passing (≥70% coverage)` needs both.
    #[must_use]
    pub fn gates(&self) -> &'static [GateKind] {
        match self.gate {
            Some(Gate::Coverage) if Gate::of(&without_percent(&self.text)) == Some(Gate::Tests) => {
                &[GateKind::Tests, GateKind::Coverage]
            }
            Some(gate) => gate.kinds(),
            None => &[],
        }
    }

    /// Whether its gates prove all that it says: not that somebody reviewed or approved something.
    #[must_use]
    pub fn is_proved_by_gates(&self) -> bool {
        let text = self.text.to_lowercase();
        !["review", "approv", "sign-off", "signed", "audit", "manual"].iter().any(|word| text.contains(word))
    }
}

fn without_percent(text: &str) -> String {
    text.replace('%', "")
}

/// Returns where a file states the gate for `stage`: the criterion that names it; for coverage also the target.
#[must_use]
pub fn stated(file: &ComponentFile, gate: &GateName, stage: Stage) -> Option<TextRange> {
    let kind = gate.kind();
    let names = |criterion: &&Criterion| criterion.gates().contains(&kind);
    let of = |stage: Option<Stage>| file.criteria.iter().filter(move |criterion| criterion.stage == stage);
    let criterion = of(Some(stage)).find(names).or_else(|| of(None).find(names));
    let target = || file.coverage_target(stage).filter(|_| kind == GateKind::Coverage);
    criterion.map(|criterion| criterion.range).or_else(|| target().map(|target| target.range))
}

/// Returns the coverage that the words of a criterion themselves ask for.
#[must_use]
pub fn own_target<'a>(file: &'a ComponentFile, criterion: &Criterion) -> Option<&'a CoverageTarget> {
    file.coverage_targets.iter().find(|target| criterion.range.contains_range(target.range))
}

/// Returns where the gates of a criterion stand, for the stage that it leads to, or for `aim` where it names none; none
/// where it names no gate.
#[must_use]
pub fn of_criterion(criterion: &Criterion, gates: &mut Gates<'_>, aim: Option<Stage>) -> Vec<GateStatus> {
    let Some(stage) = criterion.stage.or(aim) else { return Vec::new() };
    criterion.gates().iter().map(|kind| gates.gate(*kind, stage)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn criterion(text: &str) -> Criterion {
        let range = TextRange::default();
        Criterion { text: text.into(), range, check: None, checked: false, stage: None, gate: Gate::of(text) }
    }

    #[test]
    fn criteria_name_the_gates_that_prove_them() {
        use GateKind as K;
        for (text, expected) in [
            ("Test coverage ≥70%", &[K::Coverage][..]),
            ("Unit tests passing (≥70% coverage)", &[K::Tests, K::Coverage]),
            ("All unit tests pass", &[K::Tests]),
            ("No security issues (detect-secrets)", &[K::Secrets, K::Vulnerabilities]),
            ("Reviewed by sales", &[]),
        ] {
            assert_eq!(criterion(text).gates(), expected, "{text:?}");
        }
    }

    #[test]
    fn what_a_person_does_no_gate_proves() {
        assert!(criterion("No security issues (detect-secrets)").is_proved_by_gates());
        for text in
            ["Security review completed, no critical vulnerabilities", "All tests pass, approved by QA"]
        {
            assert!(!criterion(text).is_proved_by_gates(), "{text:?}");
        }
    }
}
