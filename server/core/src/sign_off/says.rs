//! Sign-offs in the words of a plan.

use super::{Given, SignOff, Signature, criteria, of_component};
use crate::components::Id;
use crate::gates::utc;
use crate::plan::{Effect, Refusal, RefusalCode};
use crate::stage::Stage;
use crate::workspace::Root;

impl SignOff {
    /// Says what the files say, as a sentence without a final dot.
    #[must_use]
    pub fn in_words(&self) -> String {
        let SignOff { criterion, stage, .. } = self;
        let by = self.signature.as_ref().map(by).unwrap_or_default();
        match &self.given {
            Given::Missing => {
                let who = self.expected.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
                format!(
                    "`{criterion}` is not signed off; expected before {stage}{}: a sign-off{who}",
                    self.asked()
                )
            }
            Given::Unsigned => {
                format!(
                    "`{criterion}` is ticked, but not signed; expected before {stage}: who did that, and when"
                )
            }
            Given::OtherPerson => {
                let expected = self.expected.as_deref().unwrap_or_default();
                format!("`{criterion}` is signed off by {by}; expected: by {expected}")
            }
            Given::Unbound if self.holds() => {
                format!("`{criterion}` is signed off by {by}, for no certain state")
            }
            Given::Unbound => format!(
                "`{criterion}` is signed off by {by}, and nothing says for which state; {stage} needs one for the files as they are"
            ),
            Given::Outdated(parts) => {
                format!("`{criterion}` was signed off by {by}; since then {} changed", list(parts))
            }
            Given::Unknown => format!(
                "`{criterion}` was signed off by {by}, and what that was for cannot be read now; expected: files that can be read"
            ),
            Given::Holds => format!("`{criterion}` is signed off by {by}"),
            Given::Drill(drill) => {
                format!("`{criterion}` is proved by the drill {} of {}", drill.run, utc(drill.ended_ms))
            }
        }
    }

    /// Says what to do, for the component as it is shown.
    #[must_use]
    pub fn help(&self, component: &str) -> String {
        let command = format!("`stagegate sign-off {component} {}`", quoted(&self.criterion));
        let sign = match self.given {
            Given::Outdated(_) | Given::Unbound => {
                format!("look at it again, then {command} signs it off anew")
            }
            Given::OtherPerson => {
                format!(
                    "let {} sign it off, or change whom the file names",
                    self.expected.as_deref().unwrap_or("the right person")
                )
            }
            Given::Unknown => "see why the files cannot be read, with `stagegate check`".to_owned(),
            _ => format!("{command} signs it off"),
        };
        if self.key == "rollback" {
            format!("{sign}; `stagegate drill {component}` proves it, too")
        } else {
            sign
        }
    }

    fn asked(&self) -> String {
        match self.asked_by.first() {
            Some(key) => format!(" (`{key}`)"),
            None => String::new(),
        }
    }
}

/// Writes who signed, and when: `Mara Lindqvist <mara@example.com>, 2026-11-21`.
fn by(signature: &Signature) -> String {
    super::written(&Signature { state: None, note: None, ..signature.clone() })
}

/// Writes an argument as a shell reads it.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || " _-.,:/()".contains(c);
    if text.chars().all(plain) { format!("\"{text}\"") } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

fn list(parts: &[&str]) -> String {
    match parts {
        [] => "something".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Returns a reason for each sign-off that keeps `component` (as it is shown) from its next stage.
#[must_use]
pub fn refusals(sign_offs: &[SignOff], component: &str) -> Vec<Refusal> {
    let open = sign_offs.iter().filter(|sign_off| !sign_off.holds());
    let refusal = |sign_off: &SignOff| Refusal {
        code: RefusalCode::MissingSignOff,
        message: sign_off.in_words(),
        help: sign_off.help(component),
        path: sign_off.place.as_ref().map(|place| place.path.to_string()),
        gate: None,
    };
    open.map(refusal).collect()
}

/// Returns what the step "Criteria" shows: who signed off what.
#[must_use]
pub fn effects(sign_offs: &[SignOff]) -> Vec<Effect> {
    let given = sign_offs.iter().filter(|sign_off| sign_off.holds());
    let effect = |sign_off: &SignOff| {
        let by = match (&sign_off.given, &sign_off.signature) {
            (Given::Drill(drill), _) => format!("drill {}, {}", drill.run, utc(drill.ended_ms)),
            (_, Some(signature)) => by(signature),
            (_, None) => String::new(),
        };
        Effect::SignOff { criterion: sign_off.criterion.clone(), by }
    };
    given.map(effect).collect()
}

/// Says which criteria of `to` nobody ticked that no gate proves, and that need no sign-off: worth knowing, and no
/// hindrance.
#[must_use]
pub fn notes(root: &Root, id: Id, to: Stage) -> Vec<String> {
    let Some(components) = root.components.as_deref() else { return Vec::new() };
    let needed = of_component(root, id, to, None);
    let open = criteria(components.get(id)).filter(|(_, item)| {
        let is_needed = || needed.iter().any(|needed| needed.key == *item.key);
        !item.ticked && !item.is_approval && !item.has_gate && item.stage == Some(to) && !is_needed()
    });
    open.map(|(path, item)| format!("`{}` is not ticked in `{path}`", item.line.criterion)).collect()
}
