//! What deployments execute, for trust.

use std::collections::BTreeMap;
use std::path::Path;

use stagegate_core::components::Components;
use stagegate_core::plan::shown_url;
use stagegate_core::stage::CLIMB;
use stagegate_core::workspace::Root;

use super::smoke::trial;
use crate::tools::{TrustItem, smoke_check, smoke_tests};

/// Returns everything that would be executed for the deployment of any component to any environment, each once.
pub(crate) fn trust_items(folder: &Path, root: &Root) -> Vec<TrustItem> {
    let mut items = Vec::new();
    for stage in CLIMB {
        let Some(environment) = root.config.environments.of(stage) else { continue };
        let variables: String = environment
            .env
            .iter()
            .map(|(name, value)| format!("\n  with {name}={}", value.escape_default()))
            .collect();
        for (key, commands) in environment.lists() {
            if commands.is_empty() {
                continue;
            }
            let lines: String =
                commands.iter().map(|command| format!("{}{variables}\n", in_words(command))).collect();
            items.push(TrustItem { label: format!("environments.{}.{key}", stage.name()), text: lines });
        }
        if let Some(health) = &environment.health {
            items.push(TrustItem {
                label: format!("environments.{}.health", stage.name()),
                text: format!("GET {}\n", shown_url(&health.url)),
            });
        }
    }
    items.extend(smoke(folder, root));
    items
}

fn smoke(folder: &Path, root: &Root) -> Vec<TrustItem> {
    let ids = root.components.as_deref().into_iter().flat_map(Components::iter).map(|(id, _)| id);
    let ids: Vec<_> =
        ids.map(|id| (id, smoke_tests(root, id))).filter(|(_, tests)| !tests.is_empty()).collect();
    let mut texts: BTreeMap<String, ()> = BTreeMap::new();
    for stage in CLIMB {
        let Some(environment) = root.config.environments.of(stage) else { continue };
        if !environment.smoke.is_empty() {
            continue;
        }
        for (id, tests) in &ids {
            if let Ok(check) = smoke_check(folder, root, *id, tests, &trial(environment, stage)) {
                texts.insert(check.executed(folder), ());
            }
        }
    }
    texts.into_keys().map(|text| TrustItem { label: "smoke tests".to_owned(), text }).collect()
}

/// Writes a command in a line, so that two different ones never look the same.
pub(super) fn in_words(command: &[String]) -> String {
    let quoted = command.iter().map(|word| {
        let is_plain =
            !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || c.is_control() || c == '"');
        if is_plain { word.clone() } else { format!("{word:?}") }
    });
    quoted.collect::<Vec<_>>().join(" ")
}
