//! Labels of issues (FORMATS.md, "GitHub").

use crate::gates::GateKind;
use crate::issues::COMPONENT_LABEL;
use crate::run::RunState;
use crate::stage::Stage;

/// What the label of how far a promotion is begins with.
pub(super) const PROMOTION: &str = "promotion:";

/// Returns the label of a component.
pub(super) fn component(name: &str) -> String {
    format!("{COMPONENT_LABEL}{name}")
}

/// Returns the label of the stage that is to be reached.
pub(super) fn target(stage: Stage) -> String {
    format!("target:{stage}")
}

/// Returns what kind of blocker a gate is.
pub(super) const fn of_gate(kind: GateKind) -> Option<&'static str> {
    match kind {
        GateKind::Tests | GateKind::Coverage | GateKind::E2eTests | GateKind::Flakiness => {
            Some("blocker:tests")
        }
        GateKind::IntegrationTests => Some("blocker:integration"),
        GateKind::Secrets | GateKind::Vulnerabilities => Some("blocker:security"),
        GateKind::Documentation | GateKind::Specification | GateKind::Instructions => {
            Some("blocker:documentation")
        }
        GateKind::Performance => Some("blocker:performance"),
        GateKind::Dependencies => Some("blocker:dependencies"),
        GateKind::Lint | GateKind::Types | GateKind::Complexity | GateKind::Custom => None,
    }
}

/// Returns the labels of an issue whose run has ended: `labels` with what became of the promotion.
#[must_use]
pub fn ended(labels: &[String], state: RunState) -> Vec<String> {
    let is_promotion = labels.iter().any(|label| label.starts_with(PROMOTION));
    let now = match state {
        _ if !is_promotion => None,
        RunState::Succeeded => Some("promotion:completed"),
        RunState::Failed | RunState::Stuck => Some("promotion:blocked"),
        // Nobody asks for it any more.
        RunState::Cancelled => None,
        RunState::Running | RunState::Interrupted => return labels.to_vec(),
    };
    let kept = labels.iter().filter(|label| !label.starts_with(PROMOTION)).cloned();
    kept.chain(now.map(str::to_owned)).collect()
}
