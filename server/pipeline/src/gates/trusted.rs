//! Whether gates may be run here (DESIGN.md section 8).

use std::path::{Path, PathBuf};

use stagegate_core::gates::{Problem, ProblemKind};
use stagegate_core::workspace::Root;

use crate::tools;
use crate::trust::{self, COMMAND, Item, State, TrustError, TrustStore};

/// Returns all that decides what is executed in the workspace at `folder`: the commands of every gate of every component,
/// and the settings of their tools. What asks for trust, and what needs it, both go by these.
///
/// # Errors
/// Returns which file cannot be read; nothing may be executed then.
pub fn trust_items(folder: &Path, root: &Root) -> Result<Vec<Item>, TrustError> {
    let gates = tools::trust_items(folder, root);
    let mut folders: Vec<PathBuf> = vec![PathBuf::new()];
    folders.extend(tools::folders(folder, root).into_iter().map(PathBuf::from));
    folders.sort();
    folders.dedup();
    let items: Vec<Item> =
        gates.into_iter().map(|item| Item::new(format!("{COMMAND}{}", item.label), item.text)).collect();
    let folders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
    trust::items(folder, &folders, &items)
}

/// Returns why nothing may be executed in the workspace at `folder`; `None` where the user trusted it as it is.
#[must_use]
pub fn refusal(folder: &Path, root: &Root) -> Option<Problem> {
    let state = TrustStore::open().and_then(|store| store.state(folder, &trust_items(folder, root)?));
    let (message, help) = match state {
        Ok(State::Trusted { .. }) => return None,
        Ok(State::Untrusted { .. }) => (
            "the workspace is not trusted, so nothing is run".to_owned(),
            "see what would be run, and trust it, with `stagegate trust`".to_owned(),
        ),
        Ok(State::Lapsed { changes, .. }) => {
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
    Some(Problem { kind: ProblemKind::NotTrusted, message, help })
}
