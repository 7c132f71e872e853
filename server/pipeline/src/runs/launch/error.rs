//! Why no run was started, in words.

use std::io;

use stagegate_core::gates::Problem;
use stagegate_core::plan::{Refusal, RefusalCode, StepName};
use stagegate_core::run::RunState;

use crate::runs::RunId;
use crate::runs::journal::JournalError;

/// Why no run was started, or taken up again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaunchError {
    /// The plan says why.
    #[error("{}", .0.first().map_or("the plan cannot be run", |refusal| refusal.message.as_str()))]
    Refused(Vec<Refusal>),
    /// A run of the component is under way.
    #[error("run `{run}` of `{component}` is under way{}", at(*.step, *.pid))]
    InProgress {
        /// The run.
        run: RunId,
        /// The component, as it is shown.
        component: String,
        /// The step that it works on, once it does.
        step: Option<StepName>,
        /// Its process, once it said so.
        pid: Option<u32>,
    },
    /// A run of the component was interrupted.
    #[error("run `{run}` of `{component}` was interrupted, and has not ended")]
    Interrupted {
        /// The run.
        run: RunId,
        /// The component, as it is shown.
        component: String,
    },
    /// Another run of the component began and ended since the plan was made.
    #[error("run `{run}` of the same component ended since the plan was made")]
    Overtaken {
        /// That run.
        run: RunId,
    },
    /// The lock of the component is held, and no run says why.
    #[error("another process is about to start a run of `{component}`")]
    Held {
        /// Its canonical name.
        component: String,
    },
    /// There is no such run.
    #[error("there is no run `{0}`")]
    UnknownRun(String),
    /// The run has ended.
    #[error("run `{run}` has ended: it {}", ended(*.state))]
    Ended {
        /// The run.
        run: RunId,
        /// How.
        state: RunState,
    },
    /// The user did not trust the workspace.
    #[error("{}", .0.message)]
    Untrusted(Problem),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The system does not let us.
    #[error("cannot {action}: {reason}")]
    System {
        /// What was tried.
        action: &'static str,
        /// What the system says.
        reason: String,
    },
}

fn at(step: Option<StepName>, pid: Option<u32>) -> String {
    let step = step.map(|step| format!(", at step `{step}`")).unwrap_or_default();
    let pid = pid.map(|pid| format!(", as process {pid}")).unwrap_or_default();
    format!("{step}{pid}")
}

fn ended(state: RunState) -> &'static str {
    match state {
        RunState::Succeeded => "succeeded",
        RunState::Failed => "failed, and what it had done is undone",
        RunState::Stuck => "failed, and not all that it had done could be undone",
        RunState::Cancelled => "was cancelled",
        RunState::Running | RunState::Interrupted => "has not",
    }
}

impl LaunchError {
    pub(super) fn system(action: &'static str, error: &io::Error) -> LaunchError {
        LaunchError::System { action, reason: error.to_string() }
    }

    /// Returns what to do; empty where the message says it all.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            LaunchError::Refused(refusals) => {
                refusals.first().map(|refusal| refusal.help.clone()).unwrap_or_default()
            }
            LaunchError::InProgress { run, .. } => {
                format!("follow it with `stagegate watch {run}`, or stop it with `stagegate cancel {run}`")
            }
            LaunchError::Interrupted { run, .. } => {
                format!(
                    "let it go on with `stagegate resume {run}`, or undo it with `stagegate cancel {run}`"
                )
            }
            LaunchError::Overtaken { run } => {
                format!("see what it did with `stagegate watch {run}`, then ask for a new plan")
            }
            LaunchError::Held { .. } => "try again in a moment".to_owned(),
            LaunchError::UnknownRun(_) => "`stagegate runs` lists them".to_owned(),
            LaunchError::Ended { state: RunState::Succeeded, .. } => {
                "`stagegate rollback` undoes a promotion".to_owned()
            }
            LaunchError::Ended { .. } => "ask for a new one".to_owned(),
            LaunchError::Untrusted(problem) => problem.help.clone(),
            LaunchError::Journal(_) => String::new(),
            LaunchError::System { .. } => {
                "see who may write to `.stagegate`, and whether the disk is full".to_owned()
            }
        }
    }

    /// Returns it as a refusal, where it is one that a plan could have had.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        let code = match self {
            LaunchError::InProgress { .. } | LaunchError::Interrupted { .. } | LaunchError::Held { .. } => {
                RefusalCode::RunInProgress
            }
            LaunchError::Overtaken { .. } => RefusalCode::StalePlan,
            LaunchError::Untrusted(_) => RefusalCode::Untrusted,
            LaunchError::Refused(refusals) => return refusals.first().cloned(),
            _ => return None,
        };
        Some(Refusal { code, message: self.to_string(), help: self.help(), path: None, gate: None })
    }
}
