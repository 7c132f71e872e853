//! What people sign off before a component is promoted, and what its files say about that (DESIGN.md sections 1 and 3;
//! requirements 000, "Approval", and 001, "Production Stage").
//!
//! A sign-off is a line of a checklist: who, when, and the state of the component that it was given for. When the
//! component changes, it is out of date. What is asked for comes from the approvals of the spec and from the
//! configuration; what names the same criterion counts once.

mod demand;
mod line;
mod says;
mod state;
mod words;
mod write;

pub(crate) use demand::ROLLBACK;
pub use demand::{Drill, Given, Place, SignOff, candidates, choose, criteria, is_person, of_component};
pub use line::{Line, Signature, criterion_of, visible, written};
pub use says::{effects, notes, refusals};
pub use state::{ContentHash, Part, StateDigest, content, state};
pub use words::{key, nearest};
pub use write::{sign, withdraw};

use crate::component::{ComponentFile, Gate};
use crate::stage::Stage;
use crate::text::TextRange;

/// What a list of approvals is called.
pub const LISTS: [&str; 6] = ["approval", "approvals", "sign-off", "sign-offs", "signoff", "sign off"];

/// A line that people can sign off, as a file of the component has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What the line says.
    pub line: Line,
    /// What it is about, for comparison: see [`key`].
    pub key: Box<str>,
    /// The stage that it is for: of the line itself, else of the heading above.
    pub stage: Option<Stage>,
    /// Where the text stands.
    pub range: TextRange,
    /// Whether it is ticked.
    pub ticked: bool,
    /// Whether it stands in a list of approvals, and so is asked for.
    pub is_approval: bool,
    /// Whether a gate proves it, so that nobody needs to.
    pub has_gate: bool,
}

impl Item {
    /// Whether both say the same, wherever they stand.
    #[must_use]
    pub fn says_the_same(&self, other: &Item) -> bool {
        (&self.line, self.stage, self.ticked, self.is_approval, self.has_gate)
            == (&other.line, other.stage, other.ticked, other.is_approval, other.has_gate)
    }
}

/// Returns the lines of a file that people can sign off, approvals first.
#[must_use]
pub fn items(file: &ComponentFile) -> Vec<Item> {
    let item = |text: &str, range, ticked, stage: Option<Stage>, gate: Option<bool>| {
        let line = Line::read(text, gate.is_none());
        let (key, stage) = (key(&line.criterion).into(), line.stage.or(stage));
        Item { line, key, stage, range, ticked, is_approval: gate.is_none(), has_gate: gate == Some(true) }
    };
    let approvals = file
        .approvals
        .iter()
        .map(|approval| item(&approval.text, approval.range, approval.checked, None, None));
    // The documentation may be signed off although a gate looks at it as well.
    let by_hand = |gate: Option<Gate>| matches!(gate, None | Some(Gate::Documentation));
    let criteria =
        file.criteria.iter().filter(|criterion| by_hand(criterion.gate) || !criterion.is_proved_by_gates());
    let criteria = criteria.map(|criterion| {
        let has_gate = criterion.gate.is_some() && criterion.is_proved_by_gates();
        item(&criterion.text, criterion.range, criterion.checked, criterion.stage, Some(has_gate))
    });
    approvals.chain(criteria).filter(|item| !item.key.is_empty()).collect()
}

#[cfg(test)]
mod tests;
