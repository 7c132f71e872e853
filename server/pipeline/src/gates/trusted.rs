//! Whether gates may be run here (DESIGN.md section 8).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use stagegate_core::gates::{Problem, ProblemKind};
use stagegate_core::workspace::Root;

use crate::environment;
use crate::tools::{self, Check};
use crate::trust::{self, COMMAND, Item, State, TrustError, TrustStore};

/// What the user trusted, as it was found when a run began; by it every command is asked about again just before it is
/// started ([`Trusted::lapsed`]).
#[derive(Clone, Debug)]
pub struct Trusted {
    folder: PathBuf,
    seen: Seen,
}

/// What decides what is executed.
#[derive(Clone, Debug)]
struct Seen {
    /// The commands of gates.
    commands: Vec<Item>,
    /// The settings in each folder in which a command is started, and in those above it, relative to the root.
    settings: BTreeMap<PathBuf, Vec<Item>>,
}

impl Seen {
    fn of(folder: &Path, root: &Root) -> Result<Seen, TrustError> {
        let commands = tools::trust_items(folder, root).into_iter();
        let commands = commands.chain(environment::trust_items(folder, root));
        let commands =
            commands.map(|item| Item::new(format!("{COMMAND}{}", item.label), item.text)).collect();
        let started_in = tools::folders(folder, root);
        let folders: BTreeSet<&Path> =
            started_in.iter().map(Path::new).chain([Path::new("")]).flat_map(Path::ancestors).collect();
        let mut settings = BTreeMap::new();
        for below in folders {
            settings.insert(below.to_owned(), trust::files(folder, below)?);
        }
        Ok(Seen { commands, settings })
    }

    fn items(&self, folder: &Path) -> Result<Vec<Item>, TrustError> {
        let all: Vec<Item> = self.commands.iter().chain(self.settings.values().flatten()).cloned().collect();
        trust::items(folder, &[], &all)
    }
}

impl Trusted {
    /// Returns why `check` may not be executed now: it is none of the commands that were trusted, or settings in the
    /// folders that it is started in say something else than when they were trusted, or trust was withdrawn. Some
    /// milliseconds. What changes between this and the start of the command is not seen; nor is code of the repository,
    /// for trust in a workspace is trust in its code.
    pub(super) fn lapsed(&self, check: &Check) -> Option<Problem> {
        let problem = |message: String, help: &str| {
            Some(Problem { kind: ProblemKind::NotTrusted, message, help: help.to_owned() })
        };
        let help = "see the difference, and trust it again, with `stagegate trust`";
        let text = Item::new("", check.executed(&self.folder)).text;
        if !self.seen.commands.iter().any(|command| command.text == text) {
            let message =
                format!("the command of `{}` is another one than when the run began", check.tool.name);
            return problem(message, help);
        }
        let started_in = check.commands.iter().map(|command| Path::new(&command.folder));
        for below in started_in.chain([Path::new("")]).flat_map(Path::ancestors).collect::<BTreeSet<_>>() {
            let now = match trust::files(&self.folder, below) {
                Ok(now) => now,
                Err(error) => return problem(error.to_string(), help),
            };
            let before = self.seen.settings.get(below).map(Vec::as_slice).unwrap_or_default();
            let differs = now.iter().find(|item| !before.contains(item));
            let gone = || before.iter().find(|old| !now.iter().any(|item| item.label == old.label));
            if let Some(item) = differs.or_else(gone) {
                let message = format!("`{}` changed since the run began, so nothing more is run", item.label);
                return problem(message, help);
            }
        }
        let state =
            TrustStore::open().and_then(|store| store.state(&self.folder, &self.seen.items(&self.folder)?));
        match state {
            Ok(State::Trusted { .. }) => None,
            Ok(_) => problem("the workspace is not trusted any more".to_owned(), help),
            Err(error) => problem(format!("cannot tell whether the workspace is trusted: {error}"), help),
        }
    }
}

/// Returns all that decides what is executed in the workspace at `folder`: the commands of every gate of every component,
/// and the settings of their tools. What asks for trust, and what needs it, both go by these.
///
/// # Errors
/// Returns which file cannot be read; nothing may be executed then.
pub fn trust_items(folder: &Path, root: &Root) -> Result<Vec<Item>, TrustError> {
    Seen::of(folder, root)?.items(folder)
}

/// Returns why nothing may be executed in the workspace at `folder`; `None` where the user trusted it as it is.
#[must_use]
pub fn refusal(folder: &Path, root: &Root) -> Option<Problem> {
    permission(folder, root).err()
}

/// Returns what the user trusted in the workspace at `folder`, where that is all that would be executed.
///
/// # Errors
/// Returns why nothing may be executed.
pub fn permission(folder: &Path, root: &Root) -> Result<Trusted, Problem> {
    let state = Seen::of(folder, root).and_then(|seen| {
        let state = TrustStore::open()?.state(folder, &seen.items(folder)?)?;
        Ok((state, seen))
    });
    let (message, help) = match state {
        Ok((State::Trusted { .. }, seen)) => return Ok(Trusted { folder: folder.to_owned(), seen }),
        Ok((State::Untrusted { .. }, _)) => (
            "the workspace is not trusted, so nothing is run".to_owned(),
            "see what would be run, and trust it, with `stagegate trust`".to_owned(),
        ),
        Ok((State::Lapsed { changes, .. }, _)) => {
            let labels: Vec<_> = changes.iter().take(3).map(|change| change.label().to_owned()).collect();
            let more = if changes.len() > 3 { " and more" } else { "" };
            (
                format!(
                    "what would be run changed since the workspace was trusted ({}{more})",
                    labels.join(", ")
                ),
                "see the difference, and trust it again, with `stagegate trust`".to_owned(),
            )
        }
        Err(error) => (
            format!("cannot tell whether the workspace is trusted: {error}"),
            "see `stagegate trust --show`".to_owned(),
        ),
    };
    Err(Problem { kind: ProblemKind::NotTrusted, message, help })
}
