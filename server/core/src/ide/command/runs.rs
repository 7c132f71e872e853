//! What the commands about runs take.

use serde::{Deserialize, Serialize};

/// What `stagegate.promote` takes: plans a promotion, asks, and runs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "an object with `component` or `uri` and, if need be, `to`, `reason`, `plan` and `confirmed`"
)]
pub struct Promote {
    /// The component, by any spelling of its name; that of `uri` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// The stage to reach, by [`crate::stage::Stage::name`]; what the component works towards where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Why, in the words of who asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// A file of the component, or of the workspace folder that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// The digest of the plan that was shown; with another plan nothing is run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Whether the user agreed to `plan`, so that nobody is asked again.
    #[serde(skip_serializing_if = "is_false")]
    pub confirmed: bool,
}

/// What `stagegate.dryRun` takes: shows a plan, and changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "an object with `component` or `uri` and, if need be, `to`, `rollback` and `run`"
)]
pub struct DryRun {
    /// The component, by any spelling of its name; that of `uri` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// The stage to reach; what the component works towards where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Whether a rollback is meant, and no promotion.
    #[serde(skip_serializing_if = "is_false")]
    pub rollback: bool,
    /// The run that a rollback would undo; the last promotion where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// A file of the component, or of the workspace folder that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

/// What `stagegate.rollback` takes: plans to undo a promotion, asks, and runs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "an object with `component` or `uri` and, if need be, `run`, `reason`, `plan` and `confirmed`"
)]
pub struct Rollback {
    /// The component, by any spelling of its name; that of `uri` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// The run to undo; the last promotion where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Why, in the words of who asks; `asked for in the editor` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// A file of the component, or of the workspace folder that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// The digest of the plan that was shown; with another plan nothing is run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Whether the user agreed to `plan`, so that nobody is asked again.
    #[serde(skip_serializing_if = "is_false")]
    pub confirmed: bool,
}

/// What `stagegate.resume` takes: lets an interrupted run go on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "an object with `run`, `component` or `uri`")]
pub struct Resume {
    /// The number of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The component whose run is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// A file of the component, or of the workspace folder that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

/// What `stagegate.cancel` takes: stops a run, and has undone what it did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "an object with `run`, `component` or `uri`")]
pub struct Cancel {
    /// The number of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The component whose run is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// A file of the component, or of the workspace folder that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

/// What `stagegate.openReport` takes: shows the report of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "an object with `run`, `component` or `uri`")]
pub struct OpenReport {
    /// The number of the run; the last one of the component where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The component whose last run is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// A file of the component, or of the workspace folder that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

/// What `stagegate.openDashboard` takes: shows the dashboard of a workspace folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "an object with, if need be, `uri`")]
pub struct OpenDashboard {
    /// A file of the workspace folder, or the folder; needed where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::Command;
    use serde::de::DeserializeOwned;

    #[test]
    fn arguments_are_read_as_they_are_written() {
        let promote = Promote {
            component: Some("calculator".to_owned()),
            to: Some("staging".to_owned()),
            ..Promote::default()
        };
        let argument = Command::Promote(promote).argument("file:///w/a.md");
        assert_eq!(
            argument.to_string(),
            r#"{"component":"calculator","to":"staging","uri":"file:///w/a.md"}"#
        );
        let read: Promote = serde_json::from_value(argument).unwrap();
        assert_eq!((read.to.as_deref(), read.confirmed), (Some("staging"), false));
        for (command, name) in [
            (Command::DryRun(DryRun::default()), "stagegate.dryRun"),
            (Command::Rollback(Rollback::default()), "stagegate.rollback"),
            (Command::Resume(Resume::default()), "stagegate.resume"),
            (Command::Cancel(Cancel::default()), "stagegate.cancel"),
            (Command::OpenReport(OpenReport::default()), "stagegate.openReport"),
            (Command::OpenDashboard(OpenDashboard::default()), "stagegate.openDashboard"),
        ] {
            assert_eq!(command.name(), name);
            assert_eq!(command.argument("file:///a").to_string(), r#"{"uri":"file:///a"}"#);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        fn refused<T: DeserializeOwned>(text: &str) -> String {
            serde_json::from_str::<T>(text).map(drop).unwrap_err().to_string()
        }
        assert!(refused::<Promote>(r#"{"component": "a", "shell": "rm"}"#).contains("unknown field"));
        assert!(refused::<Promote>("7").contains("an object with `component` or `uri`"));
        assert!(refused::<Rollback>(r#"{"confirmed": "yes"}"#).contains("expected a boolean"));
        assert!(refused::<Resume>(r#"{"run": 1}"#).contains("expected a string"));
        assert!(refused::<DryRun>(r#"{"to": []}"#).contains("expected a string"));
        assert!(refused::<OpenDashboard>(r#"{"component": "a"}"#).contains("unknown field"));
    }
}
