//! Commands that code actions and lenses offer: a name and one argument, as `workspace/executeCommand` carries them.

mod runs;

use serde::{Deserialize, Serialize};

pub use self::runs::{Cancel, DryRun, OpenDashboard, OpenReport, Promote, Resume, Rollback};

use crate::gates::GateName;
use crate::stage::Stage;

/// A command that an editor offers, as plain data: whoever speaks the protocol names the workspace folder and runs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `stagegate.runGates`.
    RunGates(RunGates),
    /// `stagegate.tickFromEvidence`.
    TickFromEvidence(TickFromEvidence),
    /// `stagegate.showUncovered`.
    ShowUncovered(ShowUncovered),
    /// `stagegate.signOff`.
    SignOff(SignOff),
    /// `stagegate.promote`.
    Promote(Promote),
    /// `stagegate.dryRun`.
    DryRun(DryRun),
    /// `stagegate.rollback`.
    Rollback(Rollback),
    /// `stagegate.resume`.
    Resume(Resume),
    /// `stagegate.cancel`.
    Cancel(Cancel),
    /// `stagegate.openReport`.
    OpenReport(OpenReport),
    /// `stagegate.openDashboard`.
    OpenDashboard(OpenDashboard),
}

/// What `stagegate.runGates` takes: runs gates of one component, and answers how they ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with `component` and, if need be, `stage`, `only` and `uri`"
)]
pub struct RunGates {
    /// The component, by any spelling of its name.
    pub component: String,
    /// The stage whose gates are run, by [`Stage::name`]; what the component works towards where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Only these gates; every gate of the stage where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<GateName>,
    /// A file of the workspace folder that the component is in. Set by whoever speaks the protocol; of several folders
    /// the first that knows the component where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

/// What `stagegate.tickFromEvidence` takes: ticks the criteria of a document that fresh evidence proves, see
/// [`super::tick_from_evidence`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `uri` and, if need be, `stage`")]
pub struct TickFromEvidence {
    /// The document. Actions give its path relative to the root; whoever speaks the protocol makes it a URI.
    pub uri: String,
    /// The stage whose criteria are meant, by [`Stage::name`]; those of every stage where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
}

/// What `stagegate.showUncovered` takes: shows the lines of a source file that no test ran, or hides them again; see
/// [`super::uncovered`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `uri`")]
pub struct ShowUncovered {
    /// The document. Actions give its path relative to the root; whoever speaks the protocol makes it a URI.
    pub uri: String,
}

/// What `stagegate.signOff` takes: signs a criterion of a component off, after asking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `component`, `criterion` and, if need be, `uri`")]
pub struct SignOff {
    /// The component, by any spelling of its name.
    pub component: String,
    /// The criterion, by any spelling of its words.
    pub criterion: String,
    /// A file of the workspace folder that the component is in. Set by whoever speaks the protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

impl Command {
    /// The names of all commands.
    pub const NAMES: [&'static str; 11] = [
        "stagegate.runGates",
        "stagegate.tickFromEvidence",
        "stagegate.showUncovered",
        "stagegate.promote",
        "stagegate.dryRun",
        "stagegate.rollback",
        "stagegate.resume",
        "stagegate.cancel",
        "stagegate.openReport",
        "stagegate.openDashboard",
        "stagegate.signOff",
    ];

    /// The name in the protocol.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Command::RunGates(_) => Command::NAMES[0],
            Command::TickFromEvidence(_) => Command::NAMES[1],
            Command::ShowUncovered(_) => Command::NAMES[2],
            Command::SignOff(_) => Command::NAMES[10],
            Command::Promote(_) => Command::NAMES[3],
            Command::DryRun(_) => Command::NAMES[4],
            Command::Rollback(_) => Command::NAMES[5],
            Command::Resume(_) => Command::NAMES[6],
            Command::Cancel(_) => Command::NAMES[7],
            Command::OpenReport(_) => Command::NAMES[8],
            Command::OpenDashboard(_) => Command::NAMES[9],
        }
    }

    /// Returns the one argument. `uri` is that of the document in which the command is offered.
    #[must_use]
    pub fn argument(&self, uri: &str) -> serde_json::Value {
        let uri = uri.to_owned();
        let value = match self.clone() {
            Command::RunGates(run) => serde_json::to_value(RunGates { uri: Some(uri), ..run }),
            Command::TickFromEvidence(tick) => serde_json::to_value(TickFromEvidence { uri, ..tick }),
            Command::ShowUncovered(_) => serde_json::to_value(ShowUncovered { uri }),
            Command::SignOff(sign) => serde_json::to_value(SignOff { uri: Some(uri), ..sign }),
            Command::Promote(promote) => serde_json::to_value(Promote { uri: Some(uri), ..promote }),
            Command::DryRun(dry_run) => serde_json::to_value(DryRun { uri: Some(uri), ..dry_run }),
            Command::Rollback(rollback) => serde_json::to_value(Rollback { uri: Some(uri), ..rollback }),
            Command::Resume(resume) => serde_json::to_value(Resume { uri: Some(uri), ..resume }),
            Command::Cancel(cancel) => serde_json::to_value(Cancel { uri: Some(uri), ..cancel }),
            Command::OpenReport(open) => serde_json::to_value(OpenReport { uri: Some(uri), ..open }),
            Command::OpenDashboard(_) => serde_json::to_value(OpenDashboard { uri: Some(uri) }),
        };
        // Writing plain data cannot fail.
        value.unwrap_or_default()
    }

    /// Runs gates of a component: all of `stage`, or those in `only`.
    pub(super) fn run_gates(component: &str, stage: Stage, only: Vec<GateName>) -> Command {
        let (component, stage) = (component.to_owned(), Some(stage.name().to_owned()));
        Command::RunGates(RunGates { component, stage, only, uri: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates::GateKind;

    #[test]
    fn arguments_are_read_as_they_are_written() {
        let run = Command::run_gates("calculator", Stage::Staging, vec![GateKind::Types.into()]);
        let argument = run.argument("file:///w/specs/calculator.md");
        assert_eq!(
            argument.to_string(),
            r#"{"component":"calculator","only":["types"],"stage":"staging","uri":"file:///w/specs/calculator.md"}"#
        );
        let read: RunGates = serde_json::from_value(argument).unwrap();
        assert_eq!(read.only, [GateKind::Types.into()]);
        assert_eq!(run.name(), "stagegate.runGates");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let read = |text: &str| serde_json::from_str::<RunGates>(text).map_err(|error| error.to_string());
        assert!(read(r#"{"component": "a"}"#).is_ok());
        assert!(read(r#"{"component": "a", "only": ["A B"]}"#).unwrap_err().contains("is no name of a gate"));
        assert!(read(r#"{"component": "a", "shell": "rm"}"#).unwrap_err().contains("unknown field"));
        assert!(read(r#"[]"#).is_err());
    }
}
