//! How gates would be run now: what stored evidence is compared with.

use std::path::Path;
use std::sync::Mutex;

use rustc_hash::FxHashMap;
use stagegate_core::gates::{GateKind, GateName};
use stagegate_core::stage::CLIMB;
use stagegate_core::workspace::Root;

use super::instructions;
use crate::inputs::Definition;
use crate::tools::{self, Check};

/// How the gates of all components would be run. Each component is looked at once.
#[derive(Debug)]
pub struct Definitions<'a> {
    folder: &'a Path,
    root: &'a Root,
    known: Mutex<FxHashMap<Box<str>, FxHashMap<GateName, Definition>>>,
}

impl<'a> Definitions<'a> {
    /// For the workspace at `folder`. Nothing is looked at yet.
    #[must_use]
    pub fn new(folder: &'a Path, root: &'a Root) -> Definitions<'a> {
        Definitions { folder, root, known: Mutex::default() }
    }

    /// Returns how a gate of the component with this canonical name would be run; `None` where it cannot be.
    #[must_use]
    pub fn of(&self, component: &str, gate: &GateName) -> Option<Definition> {
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !known.contains_key(component) {
            let definitions = self.component(component).unwrap_or_default();
            known.insert(component.into(), definitions);
        }
        known.get(component)?.get(gate).cloned()
    }

    fn component(&self, component: &str) -> Option<FxHashMap<GateName, Definition>> {
        let id = self.root.components.as_deref()?.find_canonical(component)?;
        let config = &self.root.config;
        let listed = CLIMB.iter().filter_map(|stage| config.stage_gates.of(*stage));
        let listed = listed.flat_map(|list| list.required.iter().chain(&list.optional)).cloned();
        let built_in = GateKind::ALL.into_iter().map(GateName::from);
        let own = config.gates.iter().map(|gate| gate.name.clone());
        let mut gates: Vec<GateName> = listed.chain(built_in).chain(own).collect();
        gates.sort();
        gates.dedup();
        let plan = tools::plan(self.folder, self.root, id, &gates);
        let of = |check: &Check| {
            let definition = definition(check, self.folder);
            check.gates.iter().map(|gate| (gate.gate.clone(), definition.clone())).collect::<Vec<_>>()
        };
        let read = (GateName::from(GateKind::Instructions), instructions::definition(self.root));
        Some(plan.checks.iter().flat_map(of).chain([read]).collect())
    }
}

/// Returns what decides how a check is run, for the hash of its inputs.
pub(super) fn definition(check: &Check, folder: &Path) -> Definition {
    let tool = &check.tool;
    let tool = format!("{} {}", tool.name, tool.fingerprint);
    let looks_at_files_alone =
        |kind| matches!(kind, GateKind::Secrets | GateKind::Vulnerabilities | GateKind::Complexity);
    let alone =
        check.tool.name == "ruff" || check.gates.iter().all(|gate| looks_at_files_alone(gate.gate.kind()));
    Definition { text: check.definition(folder), tool, inputs: check.inputs.clone(), follows_imports: !alone }
}
