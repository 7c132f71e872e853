//! The parts of SARIF that are read.

use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::report::json::Text;

#[derive(Deserialize)]
pub(super) struct Top<'a> {
    #[serde(borrow)]
    pub(super) version: Text<'a>,
    #[serde(borrow)]
    pub(super) runs: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run<'a> {
    #[serde(borrow)]
    pub(super) tool: Tool<'a>,
    #[serde(borrow)]
    pub(super) results: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) invocations: Vec<Invocation<'a>>,
    #[serde(borrow, default)]
    pub(super) original_uri_base_ids: FxHashMap<Text<'a>, Artifact<'a>>,
    #[serde(borrow, default)]
    pub(super) artifacts: Vec<ArtifactEntry<'a>>,
    #[serde(borrow)]
    pub(super) column_kind: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Tool<'a> {
    #[serde(borrow)]
    pub(super) driver: Component<'a>,
    #[serde(borrow, default)]
    pub(super) extensions: Vec<Component<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Component<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) version: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) semantic_version: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) rules: Vec<Rule<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    #[serde(borrow)]
    pub(super) default_configuration: Option<Configuration<'a>>,
    #[serde(borrow)]
    pub(super) properties: Option<Properties<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Configuration<'a> {
    #[serde(borrow)]
    pub(super) level: Option<Text<'a>>,
}

/// What GitHub reads too: <https://docs.github.com/en/code-security/reference/code-scanning/sarif-support>.
#[derive(Deserialize)]
pub(super) struct Properties<'a> {
    /// CVSS, 0.0 to 10.0; as text, though some tools write a number.
    #[serde(borrow, rename = "security-severity")]
    pub(super) security_severity: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation<'a> {
    pub(super) execution_successful: Option<bool>,
    #[serde(borrow)]
    pub(super) end_time_utc: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) tool_execution_notifications: Vec<Notification<'a>>,
    #[serde(borrow, default)]
    pub(super) tool_configuration_notifications: Vec<Notification<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Notification<'a> {
    #[serde(borrow)]
    pub(super) level: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) message: Option<Message<'a>>,
    #[serde(borrow, default)]
    pub(super) locations: Vec<Location<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) markdown: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item<'a> {
    #[serde(borrow)]
    pub(super) rule_id: Option<Text<'a>>,
    pub(super) rule_index: Option<i64>,
    #[serde(borrow)]
    pub(super) rule: Option<RuleReference<'a>>,
    #[serde(borrow)]
    pub(super) level: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) kind: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) message: Message<'a>,
    #[serde(borrow, default)]
    pub(super) locations: Vec<Location<'a>>,
    #[serde(borrow)]
    pub(super) suppressions: Option<Vec<Suppression<'a>>>,
    #[serde(borrow)]
    pub(super) baseline_state: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) properties: Option<Properties<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RuleReference<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    pub(super) index: Option<i64>,
    #[serde(borrow)]
    pub(super) tool_component: Option<ComponentReference<'a>>,
}

#[derive(Deserialize)]
pub(super) struct ComponentReference<'a> {
    pub(super) index: Option<i64>,
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Suppression<'a> {
    #[serde(borrow)]
    pub(super) status: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location<'a> {
    #[serde(borrow)]
    pub(super) physical_location: Option<PhysicalLocation<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhysicalLocation<'a> {
    #[serde(borrow)]
    pub(super) artifact_location: Option<Artifact<'a>>,
    pub(super) region: Option<Region>,
}

#[derive(Deserialize)]
pub(super) struct ArtifactEntry<'a> {
    #[serde(borrow)]
    pub(super) location: Option<Artifact<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Artifact<'a> {
    #[serde(borrow)]
    pub(super) uri: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) uri_base_id: Option<Text<'a>>,
    pub(super) index: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Region {
    pub(super) start_line: Option<u32>,
    pub(super) start_column: Option<u32>,
    pub(super) end_line: Option<u32>,
    pub(super) end_column: Option<u32>,
}
