//! What reports say beside the record of the run.

use serde_json::Value;

use crate::plan::{Plan, StepName};
use crate::run::RunRecord;

/// What reports say beside the record of the run; paths are relative to the root, with `/`.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The spec.
    pub spec_file: Option<String>,
    /// How many characters it has.
    pub content_length: Option<usize>,
    /// Where the source of the component lies.
    pub component_path: Option<String>,
    /// The instruction files that concern the component.
    pub instructions: Vec<String>,
    /// The stage as it was asked for; that of the run where `None`.
    pub target: Option<String>,
    /// The commit that the run made, else the one that it looked at.
    pub commit: Option<String>,
    /// The release that the environment serves afterwards.
    pub release: Option<String>,
    /// The session that AI assistants read.
    pub session: Option<String>,
    /// The page that shows the metrics.
    pub dashboard: Option<String>,
    /// What time it is, in milliseconds since 1970 UTC: how long what has not ended took so far.
    pub now_ms: i64,
}

impl About {
    /// Returns what the plan and the outputs of the steps say.
    #[must_use]
    pub fn of(run: &RunRecord, plan: Option<&Plan>, now_ms: i64) -> About {
        About {
            spec_file: plan.and_then(|plan| plan.spec.clone()),
            commit: output(run, &[StepName::Commit, StepName::Revert], "commit")
                .or_else(|| plan.and_then(|plan| plan.head.clone())),
            release: output(run, &[StepName::Deploy, StepName::Undeploy], "release"),
            session: output(run, &[StepName::Context], "session"),
            dashboard: output(run, &[StepName::Reports], "dashboard"),
            now_ms,
            ..About::default()
        }
    }
}

/// Returns a text that one of these steps left behind.
pub(super) fn output(run: &RunRecord, steps: &[StepName], key: &str) -> Option<String> {
    let of = |name: &StepName| run.steps.iter().find(|step| step.name == *name);
    let value = steps.iter().filter_map(of).find_map(|step| step.outputs.get(key))?;
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
