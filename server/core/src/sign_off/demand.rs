//! What a stage needs to be signed off, held against what the files of the component say.

use std::sync::Arc;

use super::{Item, Signature, StateDigest, key, nearest};
use crate::components::{Component, Id};
use crate::stage::{CLIMB, Stage};
use crate::text::TextRange;
use crate::workspace::Root;

/// What the words of a tested rollback are compared by.
pub(crate) const ROLLBACK: &str = "rollback";

/// A drill that still holds: a deployment was tried, undone, and what was there before was there again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drill {
    /// The run.
    pub run: String,
    /// When it ended, in milliseconds since 1970 UTC.
    pub ended_ms: i64,
}

/// One criterion that a stage needs to be signed off, and what the files say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOff {
    /// The criterion, as the spec writes it, else as the configuration does.
    pub criterion: String,
    /// What it is compared by.
    pub key: String,
    /// The stage that needs it.
    pub stage: Stage,
    /// The keys of the configuration that ask for it; empty where only the spec does.
    pub asked_by: Vec<String>,
    /// Where the file names it; `None` where no file does.
    pub place: Option<Place>,
    /// Who is to sign it off, where a line names somebody.
    pub expected: Option<String>,
    /// What somebody signed.
    pub signature: Option<Signature>,
    /// Whether it counts.
    pub given: Given,
}

/// A place in a file of the component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, relative to the root with `/`.
    pub path: Arc<str>,
    /// The text of the item.
    pub range: TextRange,
}

/// What the files say about a criterion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// Nobody signed it off.
    Missing,
    /// It is ticked, and nobody says who did that and when.
    Unsigned,
    /// Somebody else signed it off than the line names.
    OtherPerson,
    /// It was signed off by hand, and nothing says for which state. That is enough below production.
    Unbound,
    /// It was signed off, and then these parts changed.
    Outdated(Vec<&'static str>),
    /// It was signed off for a state, and the present one is not known.
    Unknown,
    /// It is signed off.
    Holds,
    /// A drill proves it.
    Drill(Drill),
}

impl Given {
    /// The name in JSON.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Given::Missing => "missing",
            Given::Unsigned => "unsigned",
            Given::OtherPerson => "other-person",
            Given::Unbound => "unbound",
            Given::Outdated(_) => "outdated",
            Given::Unknown => "unknown",
            Given::Holds => "signed",
            Given::Drill(_) => "drill",
        }
    }

    /// How good it is: of two lines about one criterion the better one counts.
    const fn rank(&self) -> u8 {
        match self {
            Given::Missing => 0,
            Given::Unsigned => 1,
            Given::OtherPerson => 2,
            Given::Unbound => 3,
            Given::Unknown => 4,
            Given::Outdated(_) => 5,
            Given::Drill(_) => 6,
            Given::Holds => 7,
        }
    }
}

impl SignOff {
    /// Whether the stage may be entered as far as this criterion is concerned.
    #[must_use]
    pub fn holds(&self) -> bool {
        match self.given {
            Given::Holds | Given::Drill(_) => true,
            Given::Unbound => self.stage.rank() < Stage::Production.rank(),
            _ => false,
        }
    }
}

/// Returns every line of the specs of a component that people can sign off, then those of its MATURITY files.
pub fn criteria(component: &Component) -> impl Iterator<Item = (&Arc<str>, &Item)> {
    let files = component.specs.iter().chain(&component.maturity);
    files.flat_map(|file| file.facts.sign_offs.iter().map(|item| (&file.path, item)))
}

/// Returns everything that has to be signed off before a component is promoted to `to`, each criterion once: first what
/// the configuration asks for, then the other approvals of its files. `drill` is one that still holds; where none is given,
/// the one that the evidence of the workspace knows counts.
///
/// Approvals that name no stage are for production. Nothing is asked for where the components are not known yet.
#[must_use]
pub fn of_component(root: &Root, id: Id, to: Stage, drill: Option<&Drill>) -> Vec<SignOff> {
    let Some(components) = root.components.as_deref() else { return Vec::new() };
    let component = components.get(id);
    let configured = root.config.sign_offs.of(to).iter();
    let configured = configured.map(|by| Asked {
        key: key(&by.criterion),
        criterion: by.criterion.to_string(),
        by: vec![by.key.to_string()],
        expected: None,
    });
    let of_stage = |item: &Item| item.is_approval && item.stage.unwrap_or(Stage::Production) == to;
    let approvals = criteria(component).filter(|(_, item)| of_stage(item)).map(|(_, item)| Asked {
        key: item.key.to_string(),
        criterion: item.line.criterion.to_string(),
        by: Vec::new(),
        expected: item.line.expected.as_deref().map(str::to_owned),
    });
    let mut all: Vec<Asked> = Vec::new();
    for asked in configured.chain(approvals) {
        match all.iter_mut().find(|known| known.is_same(&asked)) {
            Some(known) => {
                known.by.extend(asked.by.into_iter().filter(|by| !known.by.contains(by)).collect::<Vec<_>>());
                known.expected = known.expected.take().or(asked.expected);
            }
            None => all.push(asked),
        }
    }
    let now = root.gates.as_ref().and_then(|board| board.state(&component.canonical));
    let drill = drill.or_else(|| root.gates.as_ref()?.drill(&component.canonical, to));
    let judge = |Asked { key, criterion, by, expected }: Asked| {
        let is_of = |item: &Item| {
            let other = item.line.expected.as_deref().zip(expected.as_deref());
            *item.key == *key && other.is_none_or(|(one, other)| is_person(one, other))
        };
        let mut lines: Vec<_> = criteria(component).filter(|(_, item)| is_of(item)).collect();
        // The line of the stage itself counts before others, and approvals before criteria.
        lines.sort_by_key(|(_, item)| (distance(item.stage, to), !item.is_approval));
        let worth = lines.iter().map(|(_, item)| (given(item, expected.as_deref(), now), item));
        let best = worth.reduce(|best, next| if next.0.rank() > best.0.rank() { next } else { best });
        let (mut given, signature) = best.map_or((Given::Missing, None), |(given, item)| {
            (given, item.line.signature.clone().filter(|_| item.ticked))
        });
        if let Some(drill) = drill.filter(|_| key == ROLLBACK && given != Given::Holds) {
            given = Given::Drill(drill.clone());
        }
        let first = lines.first();
        SignOff {
            criterion: first.map_or(criterion, |(_, item)| item.line.criterion.to_string()),
            key,
            stage: to,
            asked_by: by,
            place: first.map(|(path, item)| Place { path: Arc::clone(path), range: item.range }),
            expected,
            signature,
            given,
        }
    };
    all.into_iter().map(judge).collect()
}

/// Returns everything of a component that can be signed off: what the stages above its own need, the next one first, then
/// the other criteria of its files that no gate proves.
#[must_use]
pub fn candidates(root: &Root, id: Id, drill: Option<&Drill>) -> Vec<SignOff> {
    let Some(components) = root.components.as_deref() else { return Vec::new() };
    let component = components.get(id);
    let now = root.gates.as_ref().and_then(|board| board.state(&component.canonical));
    let is_above = |stage: &Stage| component.stage.is_none_or(|current| stage.rank() > current.rank());
    let stages: Vec<Stage> = CLIMB.into_iter().filter(is_above).collect();
    let mut all: Vec<SignOff> =
        stages.iter().flat_map(|stage| of_component(root, id, *stage, drill)).collect();
    for (path, item) in criteria(component).filter(|(_, item)| !item.is_approval && !item.has_gate) {
        if all.iter().any(|known| known.key == *item.key) {
            continue;
        }
        all.push(SignOff {
            criterion: item.line.criterion.to_string(),
            key: item.key.to_string(),
            stage: item.stage.or(stages.first().copied()).unwrap_or(Stage::Production),
            asked_by: Vec::new(),
            place: Some(Place { path: Arc::clone(path), range: item.range }),
            expected: None,
            signature: item.line.signature.clone().filter(|_| item.ticked),
            given: given(item, None, now),
        });
    }
    all
}

/// Returns the one of `candidates` that a text names; of several the one that waits for `name`, then one that nobody
/// signed.
///
/// # Errors
/// Returns the criteria that are nearest, best first.
pub fn choose<'a>(
    candidates: &'a [SignOff],
    wanted: &str,
    name: Option<&str>,
) -> Result<&'a SignOff, Vec<&'a str>> {
    let wanted_key = key(wanted);
    let named = candidates.iter().filter(|candidate| !wanted_key.is_empty() && candidate.key == wanted_key);
    let is_theirs = |candidate: &SignOff| {
        candidate.expected.as_deref().zip(name).is_some_and(|(expected, name)| is_person(name, expected))
    };
    let best = named.min_by_key(|candidate| (!is_theirs(candidate), candidate.holds()));
    best.ok_or_else(|| nearest(wanted, candidates.iter().map(|candidate| &*candidate.criterion)))
}

/// Something that is asked for.
struct Asked {
    key: String,
    criterion: String,
    by: Vec<String>,
    expected: Option<String>,
}

impl Asked {
    /// Whether both ask for the same. Two people who are to approve the same thing are asked both.
    fn is_same(&self, other: &Asked) -> bool {
        let both = self.expected.as_deref().zip(other.expected.as_deref());
        self.key == other.key && both.is_none_or(|(one, other)| is_person(one, other))
    }
}

/// How far a line about `stage` is from one about `to`.
fn distance(stage: Option<Stage>, to: Stage) -> u8 {
    match stage {
        Some(stage) if stage == to => 0,
        None => 1,
        Some(_) => 2,
    }
}

/// Says what one line is worth.
fn given(item: &Item, expected: Option<&str>, now: Option<StateDigest>) -> Given {
    let signature = match &item.line.signature {
        _ if !item.ticked => return Given::Missing,
        None => return Given::Unsigned,
        Some(signature) => signature,
    };
    if expected.is_some_and(|expected| !is_person(&signature.name, expected)) {
        return Given::OtherPerson;
    }
    match (signature.state, now) {
        (None, _) => Given::Unbound,
        (Some(_), None) => Given::Unknown,
        (Some(then), Some(now)) if then == now => Given::Holds,
        (Some(then), Some(now)) => Given::Outdated(now.changed_since(&then)),
    }
}

/// Whether a name is that of the person whom a line names. Handles (`@mara`) say nothing about names.
#[must_use]
pub fn is_person(name: &str, expected: &str) -> bool {
    let words = |text: &str| text.to_lowercase().split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    expected.starts_with('@') || name.starts_with('@') || words(name) == words(expected)
}
