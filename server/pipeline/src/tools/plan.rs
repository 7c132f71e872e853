//! Which check each gate of a component needs.

use std::collections::BTreeMap;
use std::path::Path;

use stagegate_core::components::Id;
use stagegate_core::config::GateConfig;
use stagegate_core::gates::{GateKind, GateName, Policy, Problem, ProblemKind};
use stagegate_core::stage::Stage;
use stagegate_core::workspace::{FileIndex, Root};

use super::parts::{Language, Parts};
use super::surroundings::Surroundings;
use super::{Check, Plan, TrustItem, configured, node, python, rust, secrets};

/// What a plan is made from.
pub(super) struct Context<'a> {
    pub(super) root: &'a Path,
    pub(super) workspace: &'a Root,
    pub(super) files: &'a FileIndex,
    pub(super) around: &'a Surroundings,
    pub(super) parts: Parts,
}

/// Returns what is run for `gates` of the component `id` of the repository at `root`. Looks at files only.
#[must_use]
pub fn plan(root: &Path, workspace: &Root, id: Id, gates: &[GateName]) -> Plan {
    plan_in(root, workspace, id, gates, &Surroundings::current())
}

pub(super) fn plan_in(
    root: &Path,
    workspace: &Root,
    id: Id,
    gates: &[GateName],
    around: &Surroundings,
) -> Plan {
    let mut plan = Plan::default();
    let Some(files) = workspace.files.as_deref() else {
        let message = "the files of the repository were not read yet".to_owned();
        plan.problems =
            gates.iter().map(|gate| (gate.clone(), not_configured(gate, message.clone()))).collect();
        return plan;
    };
    let parts = Parts::new(workspace, files, id);
    let cx = Context { root, workspace, files, around, parts };
    let mut seen: Vec<&GateName> = Vec::new();
    for gate in gates {
        if seen.contains(&gate) {
            continue;
        }
        seen.push(gate);
        if gate.kind().needs_no_run() {
            plan.reading.push(gate.clone());
            continue;
        }
        match cx.check(gate) {
            Ok(check) => plan.add(check),
            Err(problem) => plan.problems.push((gate.clone(), problem)),
        }
    }
    plan
}

/// Returns everything that would be executed for any gate of any component, each once; paths of components are written
/// as `{sources}` and `{tests}`.
#[must_use]
pub fn trust_items(root: &Path, workspace: &Root) -> Vec<TrustItem> {
    trust_items_in(root, workspace, &Surroundings::current())
}

pub(super) fn trust_items_in(root: &Path, workspace: &Root, around: &Surroundings) -> Vec<TrustItem> {
    let Some(components) = workspace.components.as_deref() else { return Vec::new() };
    // Every gate, whether a stage asks for it or not: each can be run by its name.
    let mut gates: Vec<GateName> = GateKind::ALL.map(GateName::from).into();
    gates.extend(workspace.config.gates.iter().map(|gate| gate.name.clone()));
    for stage in [Stage::Development, Stage::Staging, Stage::Production] {
        gates.extend(Policy::new(&workspace.config, None).gates(stage).into_iter().map(|(gate, _)| gate));
    }
    let mut items: BTreeMap<String, Vec<GateName>> = BTreeMap::new();
    for (id, _) in components.iter() {
        for check in plan_in(root, workspace, id, &gates, around).checks {
            let alone = check.of_one("", check.timeout);
            for check in std::iter::once(check).chain(alone) {
                let labels = items.entry(check.executed(root)).or_default();
                for gate in check.gates {
                    if !labels.contains(&gate.gate) {
                        labels.push(gate.gate);
                    }
                }
            }
        }
    }
    let label = |gates: Vec<GateName>| gates.iter().map(GateName::as_str).collect::<Vec<_>>().join(", ");
    let mut items: Vec<_> =
        items.into_iter().map(|(text, gates)| TrustItem { label: label(gates), text }).collect();
    items.sort();
    items
}

impl Plan {
    /// Adds a check, or the gates of one that is there already.
    fn add(&mut self, check: Check) {
        let Some(known) = self.checks.iter_mut().find(|known| known.id == check.id) else {
            self.checks.push(check);
            return;
        };
        for gate in check.gates {
            if !known.gates.iter().any(|known| known.gate == gate.gate) {
                known.gates.push(gate);
            }
        }
    }
}

impl Context<'_> {
    fn check(&self, gate: &GateName) -> Result<Check, Problem> {
        let config = self.workspace.config.gate(gate);
        let mut check = match config {
            Some(config) if !config.enabled => {
                return Err(not_configured(gate, "it is switched off in stagegate.yaml".to_owned()));
            }
            Some(config)
                if config.commands.is_empty() && config.from.as_ref().is_some_and(|from| self.runs(from)) =>
            {
                self.through_preset(config)?
            }
            Some(config) if !config.commands.is_empty() || config.from.is_some() => {
                configured::check(self, config)?
            }
            Some(config) if config.report.is_some() || config.format.is_some() || config.folder.is_some() => {
                return Err(no_command(config));
            }
            _ => self.preset(gate)?,
        };
        check.id = check.identity(self.root);
        Ok(check)
    }

    /// Whether something is run for a gate although no command is configured for it.
    fn runs(&self, gate: &GateName) -> bool {
        let kind = gate.kind();
        let is_plain = self.workspace.config.gate(gate).is_none_or(|config| {
            config.report.is_none() && config.format.is_none() && config.folder.is_none()
        });
        is_plain && self.is_preset(kind) && kind != GateKind::Custom && !kind.needs_no_run()
    }

    /// A gate that is judged by a report which the tools of another gate write beside their own.
    fn through_preset(&self, config: &GateConfig) -> Result<Check, Problem> {
        let Some(from) = &config.from else { return self.preset(&config.name) };
        configured::proof(config, from, &[], 0)?;
        self.preset(from)
    }

    /// Whether nothing but how long it takes and the like is configured.
    fn is_preset(&self, gate: GateKind) -> bool {
        let config = self.workspace.config.gate(&gate.into());
        config.is_none_or(|config| config.enabled && config.commands.is_empty() && config.from.is_none())
    }

    fn preset(&self, gate: &GateName) -> Result<Check, Problem> {
        let kind = gate.kind();
        if kind == GateKind::Custom || kind == GateKind::Performance {
            return Err(not_configured(gate, "nothing says how it is run".to_owned()));
        }
        if self.parts.sources.is_empty() {
            let patterns: Vec<_> = self
                .workspace
                .config
                .components
                .source
                .iter()
                .map(|pattern| format!("`{}`", pattern.pattern()))
                .collect();
            let message =
                format!("no source of `{}` was found; looked for {}", self.parts.name, patterns.join(", "));
            let mut problem = not_configured(gate, message);
            problem.help = "write the source, or correct `components.source` in stagegate.yaml".to_owned();
            return Err(problem);
        }
        let others = [GateKind::Tests, GateKind::Coverage].map(|kind| self.is_preset(kind));
        let mut check = if kind == GateKind::Secrets {
            secrets::check(self)?
        } else {
            let usable = |language: &&Language| match language {
                Language::Python => true,
                Language::Rust => rust::has_package(self),
                Language::Node => node::has_package(self),
            };
            match self.parts.languages.iter().find(usable) {
                Some(Language::Python) => python::preset(self, kind, others == [true, true])?,
                Some(Language::Rust) => rust::preset(self, kind)?,
                Some(Language::Node) => node::preset(self, kind)?,
                None => {
                    let endings = self.parts.endings.join(", ");
                    let message =
                        format!("no tool is known for the files of `{}` ({endings})", self.parts.name);
                    return Err(not_configured(gate, message));
                }
            }
        };
        for at in 0..check.gates.len() {
            let (from, command) = (check.gates[at].gate.clone(), check.gates[at].command);
            let others = self.workspace.config.gates.iter();
            let others = others.filter(|other| {
                other.enabled && other.commands.is_empty() && other.from.as_ref() == Some(&from)
            });
            check.gates.extend(others.filter_map(|other| configured::proof(other, &from, &[], command).ok()));
        }
        let gates: Vec<GateName> = check.gates.iter().map(|gate| gate.gate.clone()).collect();
        for config in gates.iter().filter_map(|gate| self.workspace.config.gate(gate)) {
            check.apply(config);
            for command in check.commands.iter_mut().chain(&mut check.alone) {
                let added = configured::variables(self, config, &command.folder)?;
                command.env.retain(|(name, _)| !added.iter().any(|(other, _)| other == name));
                command.env.extend(added);
            }
            if let Some(gate) = check.gates.iter_mut().find(|gate| gate.gate == config.name)
                && !config.exit_codes.is_empty()
            {
                gate.exit_codes.clone_from(&config.exit_codes);
            }
        }
        Ok(check)
    }
}

/// The problem of a gate for which nothing can be run.
pub(super) fn not_configured(gate: &GateName, message: String) -> Problem {
    let help = match gate.kind() {
        GateKind::Coverage => {
            "write `from`, `report` and `format` (`lcov`, `cobertura` or `coverage.py`), or `command`,"
        }
        GateKind::Tests | GateKind::IntegrationTests | GateKind::E2eTests => {
            "write `command`, with `{report}` for where its JUnit XML belongs, and `format: junit`"
        }
        GateKind::Custom => "write `command`",
        _ => "write `command`, with `{report}` for where its report belongs, and `format`",
    };
    let help = format!("{help} under `gates.{gate}` in stagegate.yaml");
    Problem { kind: ProblemKind::NotConfigured, message, help }
}

/// The problem of a gate that says where its report is, and not who writes it.
fn no_command(config: &GateConfig) -> Problem {
    let gate = &config.name;
    let message = match &config.report {
        Some(report) => format!("nothing is run that writes its report `{report}`"),
        None => "it has `format` or `folder`, and no command".to_owned(),
    };
    let mut problem = not_configured(gate, message);
    problem.help = format!(
        "write `command`, or the gate whose tools write the report as `from`, under `gates.{gate}` in stagegate.yaml; \
         what others wrote there is shown, and opens no gate"
    );
    problem
}

/// The problem of a component without tests of a kind.
pub(super) fn nothing_there(kind: GateKind, component: &str, folder: &str, file: &str) -> Problem {
    Problem {
        kind: ProblemKind::NothingChecked,
        message: format!("`{component}` has no {}; looked for files below `{folder}`", kind.title()),
        help: format!("write `{folder}/{file}`, or correct `components.tests` in stagegate.yaml"),
    }
}
