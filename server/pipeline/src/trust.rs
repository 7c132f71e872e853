//! What the user allowed to be executed (DESIGN.md section 8): as direnv does, trust is given to one folder and to
//! what was seen in it, and lapses when that changes.
//!
//! Trust in a workspace is trust in its code: its tests run with all the rights of the user, whatever they say tomorrow.
//! What lapses it is a change of *which programs are started*: with which arguments, from where, and with which
//! plug-ins. That is the gates' commands, which the caller gives as [`Item`]s, and the settings of tools in
//! [`files`]. [`items`] joins both.
//!
//! The [`TrustStore`] lies with the user, never in a workspace, and nothing in a workspace says where.

mod canonical;
mod diff;
mod files;
mod store;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

pub use diff::{diff, shown};
pub use files::files;
pub use store::{STATE_DIR_VARIABLE, TrustError, TrustStore};

/// Longest [`Item::text`] that is kept to be shown; of a longer one only its hash is.
pub const MAX_TEXT: usize = 64 * 1024;

/// One thing that decides what is executed, as a person can read it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Item {
    /// What it is: ``gate `coverage` ``, `pyproject.toml`. Names it among the items of a workspace.
    pub label: String,
    /// What it says, one thing on each line: argument lists, timeouts, environment, the settings of a file. It is stored
    /// and shown, so it must hold no secret.
    pub text: String,
}

impl Item {
    /// Returns an item; of a `text` above [`MAX_TEXT`] only length and hash.
    pub fn new(label: impl Into<String>, text: impl Into<String>) -> Item {
        let (label, text) = (label.into(), text.into());
        let text = if text.len() > MAX_TEXT { fingerprint(text.as_bytes()) } else { text };
        Item { label, text }
    }
}

/// How far a workspace is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody trusted this folder.
    Untrusted {
        /// What is wrong with the record of an earlier trust, where there is one that cannot be read.
        problem: Option<String>,
    },
    /// It is trusted as it is. The only state in which something may be executed.
    Trusted {
        /// Since when.
        since: SystemTime,
    },
    /// It was trusted, and then changed.
    Lapsed {
        /// When it was trusted.
        since: SystemTime,
        /// What changed; never empty.
        changes: Vec<Change>,
    },
}

impl State {
    /// Whether something may be executed.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        matches!(self, State::Trusted { .. })
    }
}

/// What is different from when the workspace was trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not there.
    Added(Item),
    /// It is no longer there.
    Removed(Item),
    /// It said something else.
    Changed {
        /// The label of both.
        label: String,
        /// What was trusted.
        before: String,
        /// What is there now.
        after: String,
    },
}

impl Change {
    /// Returns what it concerns.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Change::Added(item) | Change::Removed(item) => &item.label,
            Change::Changed { label, .. } => label,
        }
    }

    /// Returns the texts before and after; empty where there was, or is, none.
    #[must_use]
    pub fn texts(&self) -> (&str, &str) {
        match self {
            Change::Added(item) => ("", &item.text),
            Change::Removed(item) => (&item.text, ""),
            Change::Changed { before, after, .. } => (before, after),
        }
    }
}

/// Returns all that decides what is executed in the workspace at `root`: the `gates`, as the configuration and the
/// presets resolve them, and the settings in the `folders` that tools are started in, relative to `root` (`""` is the
/// root itself), and in those above them up to the root, where tools look as well. By label, each once.
///
/// What is then executed must be what these items were made from: either do not read the configuration a second time,
/// or compare again before every start, as gates do.
///
/// # Errors
/// Returns which file cannot be read; nothing may be executed then.
pub fn items(root: &Path, folders: &[&Path], gates: &[Item]) -> Result<Vec<Item>, TrustError> {
    let mut all = gates.to_vec();
    for folder in folders.iter().flat_map(|folder| folder.ancestors()).collect::<BTreeSet<_>>() {
        all.extend(files(root, folder)?);
    }
    Ok(sorted(&all))
}

/// Returns `items` by label, long texts as their hash. Of equal ones one is left; different ones of the same label are
/// numbered.
fn sorted(items: &[Item]) -> Vec<Item> {
    let mut items: Vec<_> = items.iter().map(|item| Item::new(&*item.label, &*item.text)).collect();
    items.sort();
    items.dedup();
    let labels: Vec<_> = items.iter().map(|item| item.label.clone()).collect();
    let mut number = 1;
    for (at, item) in items.iter_mut().enumerate().skip(1) {
        number = if labels[at] == labels[at - 1] { number + 1 } else { 1 };
        if number > 1 {
            item.label.push_str(&format!(" ({number})"));
        }
    }
    items.sort();
    items
}

/// How the labels of commands begin; all others are settings.
pub const COMMAND: &str = "gate ";

/// Returns what changed from `before` to `after`, both [`sorted`], by label. A command that is no longer run is no change:
/// what was trusted may be left out, as where a component has no tests for a while.
fn changes(before: &[Item], after: &[Item]) -> Vec<Change> {
    let is_command = |item: &Item| item.label.starts_with(COMMAND);
    let is_trusted =
        |item: &Item| is_command(item) && before.iter().any(|old| is_command(old) && old.text == item.text);
    let find = |items: &[Item], label: &str| items.iter().find(|item| item.label == label).cloned();
    let new = after.iter().filter(|item| !is_trusted(item));
    let gone = before.iter().filter(|old| !is_command(old) && find(after, &old.label).is_none());
    let changed = new.filter_map(|new| match find(before, &new.label) {
        None => Some(Change::Added(new.clone())),
        Some(old) if old.text == new.text => None,
        Some(old) => Some(Change::Changed { label: old.label, before: old.text, after: new.text.clone() }),
    });
    let mut changes: Vec<_> = changed.chain(gone.cloned().map(Change::Removed)).collect();
    changes.sort_by(|a, b| a.label().cmp(b.label()));
    changes
}

/// Returns a line with length and SHA-256 of `bytes`, which stands for what is too long or no text.
fn fingerprint(bytes: &[u8]) -> String {
    format!("{} bytes, SHA-256 {}", bytes.len(), hex(&Sha256::digest(bytes)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_its_hash_and_stays_comparable() {
        let long = |last: &str| Item::new("x", "a".repeat(MAX_TEXT) + last);
        assert_eq!(
            long("b").text,
            "65537 bytes, SHA-256 935bf57d7f52181f095c3a3484b68e542037e287f7cde4ffe8a32896d428a1b1"
        );
        assert_ne!(long("b"), long("c"));
        assert_eq!(Item::new("x", "a".repeat(MAX_TEXT)).text.len(), MAX_TEXT);
    }

    #[test]
    fn two_items_of_one_label_are_both_kept() {
        let item = Item::new;
        let all = sorted(&[item("b", "2"), item("a", "x"), item("b", "1"), item("b", "2")]);
        assert_eq!(all, [item("a", "x"), item("b", "1"), item("b (2)", "2")]);
    }

    #[test]
    fn a_command_that_is_left_out_or_moves_is_no_change() {
        let item = Item::new;
        let before = [item("gate lint", "ruff"), item("gate tests", "pytest"), item("pytest.ini", "")];
        let fewer = [item("gate lint, types", "ruff"), item("pytest.ini", "")];
        assert_eq!(changes(&before, &fewer), []);
        let other = [item("gate lint", "ruff --fix"), item("pytest.ini", "")];
        let changed =
            Change::Changed { label: "gate lint".into(), before: "ruff".into(), after: "ruff --fix".into() };
        assert_eq!(changes(&before, &other), [changed]);
        // A file that said something stands for a command that cannot be said to be a command.
        assert_eq!(changes(&before, &before[..2]), [Change::Removed(item("pytest.ini", ""))]);
    }

    #[test]
    fn changes_are_named_by_label() {
        let item = Item::new;
        let before = [item("gone", "1"), item("kept", "2"), item("other", "3")];
        let after = [item("kept", "2"), item("new", "4"), item("other", "5")];
        assert_eq!(changes(&before, &before), []);
        assert_eq!(
            changes(&before, &after),
            [
                Change::Removed(item("gone", "1")),
                Change::Added(item("new", "4")),
                Change::Changed { label: "other".into(), before: "3".into(), after: "5".into() },
            ]
        );
    }
}
