//! What has to be signed off, for people and for programs.

use serde::Serialize;
use stagegate_core::sign_off::{Given, SignOff, Signature};
use stagegate_core::stage::Stage;

use crate::report::{Narrowed, Style, Table, escaped};

/// Renders a table, and what to do about each criterion that is not signed off.
pub(super) fn text(component: &str, stage: Stage, sign_offs: &[SignOff], style: Style) -> String {
    let Style { bold, gutter, reset, .. } = style;
    let component = escaped(component);
    if sign_offs.is_empty() {
        return format!("Nothing has to be signed off before {component} is promoted to {stage}.\n");
    }
    let given = sign_offs.iter().filter(|sign_off| sign_off.holds()).count();
    let mut out =
        format!("{bold}{component}{reset}: {given} of {} sign-offs for {stage}\n\n", sign_offs.len());
    let mut table = Table::new(["", "CRITERION", "STATE", "BY", "DATE"]).narrowed(Narrowed::InOrder(&[1, 3]));
    for sign_off in sign_offs {
        let (mark, colour) = match (&sign_off.given, sign_off.holds()) {
            (_, true) => ("✓", style.good),
            (Given::Missing, _) => ("·", ""),
            _ => ("✗", style.warning),
        };
        let by = sign_off.signature.as_ref().map(|signature| signature.name.to_string());
        let waits = sign_off.expected.as_ref().map(|name| format!("({name})"));
        let date = sign_off.signature.as_ref().map(|signature| signature.date.to_string());
        table.row(
            colour,
            [
                mark.to_owned(),
                sign_off.criterion.clone(),
                state(sign_off),
                by.or(waits).unwrap_or_default(),
                date.unwrap_or_default(),
            ],
        );
    }
    out += &table.render(&style);
    let open: Vec<_> = sign_offs.iter().filter(|sign_off| !sign_off.holds()).collect();
    if !open.is_empty() {
        out.push('\n');
    }
    for sign_off in open {
        let help = escaped(&sign_off.help(&component));
        out += &format!("{}\n  {gutter}={reset} help: {help}\n", escaped(&sign_off.in_words()));
    }
    out
}

fn state(sign_off: &SignOff) -> String {
    match &sign_off.given {
        Given::Missing => "not signed off".to_owned(),
        Given::Unsigned => "ticked, not signed".to_owned(),
        Given::OtherPerson => "by somebody else".to_owned(),
        Given::Unbound if sign_off.holds() => "signed by hand".to_owned(),
        Given::Unbound => "for no certain state".to_owned(),
        Given::Outdated(parts) => format!("outdated: {}", parts.join(", ")),
        Given::Unknown => "state not known".to_owned(),
        Given::Holds => "signed off".to_owned(),
        Given::Drill(_) => "proved by a drill".to_owned(),
    }
}

/// Renders one object.
pub(super) fn json(component: &str, stage: Stage, sign_offs: &[SignOff], action: &str) -> String {
    let object = Listed {
        schema: "stagegate.sign-offs/1",
        action,
        component,
        stage: stage.name(),
        given: sign_offs.iter().filter(|sign_off| sign_off.holds()).count(),
        total: sign_offs.len(),
        sign_offs: sign_offs.iter().map(Entry::new).collect(),
    };
    serde_json::to_string(&object).unwrap_or_default() + "\n"
}

#[derive(Serialize)]
struct Listed<'a> {
    schema: &'static str,
    action: &'a str,
    component: &'a str,
    stage: &'static str,
    given: usize,
    total: usize,
    sign_offs: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    criterion: &'a str,
    holds: bool,
    state: &'static str,
    says: String,
    expected: Option<&'a str>,
    by: Option<By<'a>>,
    changed: &'a [&'static str],
    drill: Option<&'a str>,
    asked_by: &'a [String],
    path: Option<&'a str>,
}

#[derive(Serialize)]
struct By<'a> {
    name: &'a str,
    email: Option<&'a str>,
    date: &'a str,
    note: Option<&'a str>,
    state: Option<String>,
}

impl<'a> Entry<'a> {
    fn new(sign_off: &'a SignOff) -> Entry<'a> {
        let by = sign_off.signature.as_ref().map(|Signature { name, email, date, note, state }| By {
            name,
            email: email.as_deref(),
            date,
            note: note.as_deref(),
            state: state.map(|state| state.to_string()),
        });
        Entry {
            criterion: &sign_off.criterion,
            holds: sign_off.holds(),
            state: sign_off.given.name(),
            says: sign_off.in_words(),
            expected: sign_off.expected.as_deref(),
            by,
            changed: match &sign_off.given {
                Given::Outdated(parts) => parts,
                _ => &[],
            },
            drill: match &sign_off.given {
                Given::Drill(drill) => Some(&drill.run),
                _ => None,
            },
            asked_by: &sign_off.asked_by,
            path: sign_off.place.as_ref().map(|place| &*place.path),
        }
    }
}
