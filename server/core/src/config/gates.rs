//! What the configuration says about gates.

use std::sync::Arc;

use super::value::Value;
use crate::gates::GateName;
use crate::glob::Glob;
use crate::stage::Stage;

/// Which gates the stages ask for (`maturity_workflow`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageGates {
    /// For development.
    pub development: GateList,
    /// For staging.
    pub staging: GateList,
    /// For production.
    pub production: GateList,
}

/// The gates of one stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GateList {
    /// Those that the promotion waits for.
    pub required: Vec<GateName>,
    /// Those that are run and reported, and block nothing.
    pub optional: Vec<GateName>,
}

/// How one gate is run.
#[derive(Clone, Debug)]
pub struct GateConfig {
    /// Its name.
    pub name: GateName,
    /// Whether there is the gate at all.
    pub enabled: bool,
    /// Argument lists, in the order in which they are run; empty where the gate is found from the repository.
    pub commands: Vec<Vec<String>>,
    /// Whether both `command` and `commands` are written, of which only one can be meant.
    pub has_both_commands: bool,
    /// The report, relative to the root; `-` for what the command prints.
    pub report: Option<String>,
    /// The name of its format.
    pub format: Option<String>,
    /// The gate whose commands also write the report of this one.
    pub from: Option<GateName>,
    /// Where it is run, relative to the root; the root where `None`.
    pub folder: Option<String>,
    /// Environment variables that are added.
    pub env: Vec<(String, String)>,
    /// Exit codes with which the report can be believed; the default of the format where empty.
    pub exit_codes: Vec<i32>,
    /// How long it may take, in seconds.
    pub timeout: Option<f64>,
    /// How often a run that fails is tried again.
    pub retries: usize,
    /// Files beside the usual ones that the verdict depends on.
    pub inputs: Vec<Arc<Glob>>,
    /// Most findings, for a gate of the user's own.
    pub max_findings: Option<usize>,
    /// Stages that wait for it.
    pub required_for: Vec<Stage>,
    /// Stages that run it and do not wait for it.
    pub optional_for: Vec<Stage>,
}

impl StageGates {
    /// Returns the gates of `stage`; `None` for a stage without gates.
    #[must_use]
    pub const fn of(&self, stage: Stage) -> Option<&GateList> {
        match stage {
            Stage::Development => Some(&self.development),
            Stage::Staging => Some(&self.staging),
            Stage::Production => Some(&self.production),
            Stage::Experimental | Stage::Deprecated => None,
        }
    }
}

/// Reads `maturity_workflow`.
pub(super) fn stages(merged: &Value) -> StageGates {
    let list = |stage: &str, key: &str| {
        let names = merged.get(&format!("maturity_workflow.{stage}.{key}")).map(Value::items);
        names.unwrap_or_default().iter().filter_map(Value::text).flat_map(named).collect()
    };
    let of =
        |stage| GateList { required: list(stage, "required_gates"), optional: list(stage, "optional_gates") };
    StageGates { development: of("development"), staging: of("staging"), production: of("production") }
}

/// The incumbent's `security` is two gates of ours.
fn named(name: &str) -> Vec<GateName> {
    let names: &[&str] = if name == "security" { &["secrets", "vulnerabilities"] } else { &[name] };
    names.iter().filter_map(|name| GateName::new(name)).collect()
}

/// Reads `gates`.
pub(super) fn definitions(merged: &Value) -> Vec<GateConfig> {
    let entries = merged.get("gates").map(Value::entries).unwrap_or_default();
    entries.iter().filter_map(|(name, value)| definition(GateName::new(name)?, value)).collect()
}

fn definition(name: GateName, value: &Value) -> Option<GateConfig> {
    let Value::Map(_) = value else { return None };
    let text = |key: &str| value.get(key).and_then(Value::text).map(str::to_owned);
    let items = |key: &str| value.get(key).map(Value::items).unwrap_or_default();
    let arguments = |list: &[Value]| -> Vec<String> {
        list.iter().filter_map(|argument| argument.text().map(str::to_owned)).collect()
    };
    let one = arguments(items("command"));
    let several = items("commands").iter().map(|list| arguments(list.items()));
    let has_both_commands = !one.is_empty() && !items("commands").is_empty();
    let commands = std::iter::once(one).chain(several).filter(|list| !list.is_empty()).collect();
    let stages = |key: &str| items(key).iter().filter_map(|stage| Stage::from_word(stage.text()?)).collect();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` clamps; checked before")]
    let whole = |value: &Value| value.number().map(|number| number as usize);
    #[allow(clippy::cast_possible_truncation, reason = "checked to be 0 to 255")]
    let code = |value: &Value| value.number().map(|number| number as i32);
    let variables = value.get("env").map(Value::entries).unwrap_or_default();
    Some(GateConfig {
        name,
        enabled: !matches!(value.get("enabled"), Some(Value::Bool(false))),
        commands,
        has_both_commands,
        report: text("report"),
        format: text("format"),
        from: text("from").and_then(|name| GateName::new(&name)),
        folder: text("folder"),
        env: variables
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.text()?.to_owned())))
            .collect(),
        exit_codes: items("exit_codes").iter().filter_map(code).collect(),
        timeout: value.get("timeout").and_then(Value::number),
        retries: value.get("retries").and_then(whole).unwrap_or_default(),
        inputs: items("inputs")
            .iter()
            .filter_map(|glob| Glob::new(glob.text()?).ok().map(Arc::new))
            .collect(),
        max_findings: value.get("max_findings").and_then(whole),
        required_for: stages("required_for"),
        optional_for: stages("optional_for"),
    })
}
