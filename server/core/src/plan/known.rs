//! What a plan is made from: plain data, gathered by the caller.

use super::{Effect, FileChange, GitState, Refusal};
use crate::components::{Component, Id};
use crate::gates::{GateName, Problem};
use crate::run::RunState;
use crate::stage::Stage;
use crate::workspace::Root;

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanRequest {
    /// The component, by any spelling of its name.
    pub component: String,
    /// The stage to reach; the one that the component works towards where `None`.
    pub to: Option<Stage>,
    /// Why, in the words of who asks.
    pub reason: Option<String>,
}

/// What a promotion is about.
#[derive(Clone, Copy, Debug)]
pub struct Aim<'a> {
    /// The component.
    pub id: Id,
    /// What the files say about it.
    pub component: &'a Component,
    /// The stage to reach.
    pub to: Stage,
}

/// Everything that the plan of a promotion depends on.
pub struct Known<'a> {
    /// The workspace, with its files, components, evidence and issues.
    pub root: &'a Root,
    /// The git repository.
    pub git: &'a GitState,
    /// What is wrong with the configuration, as a sentence; nobody knows then what is meant.
    pub wrong_configuration: Option<String>,
    /// Why nothing may be run here.
    pub untrusted: Option<Problem>,
    /// How each gate of the stage would be answered.
    pub gates: Vec<GateCommands>,
    /// What the linter would mend.
    pub auto_fixes: Vec<FileChange>,
    /// How the files that state the stage would change.
    pub metadata: Vec<FileChange>,
    /// What the sign-offs that are there would be shown as.
    pub sign_offs: Vec<Effect>,
    /// Sign-offs that are missing or out of date, and issues that block the component.
    pub obstacles: Vec<Refusal>,
    /// What would be done to deploy it; none where the stage has no environment.
    pub deploy: Vec<Effect>,
    /// What a release would hold: folders and files, relative to the root; none where nothing is deployed.
    pub release: Vec<String>,
    /// Smoke tests and health checks.
    pub verify: Vec<Effect>,
    /// Files that tracking, session and reports would be written to.
    pub tracking: Vec<Effect>,
    /// The session that AI assistants read.
    pub context: Vec<Effect>,
    /// Reports, metrics and the dashboard.
    pub reports: Vec<Effect>,
    /// A run of the component that has not ended.
    pub unfinished: Option<Unfinished>,
    /// The circuit breaker of the environment, where it lets nothing through.
    pub breaker: Option<OpenBreaker>,
    /// The version that the code states.
    pub version: Option<String>,
    /// What else is worth knowing: sentences.
    pub notes: Vec<String>,
}

/// How a gate would be answered.
#[derive(Clone, Debug, PartialEq)]
pub struct GateCommands {
    /// The gate.
    pub gate: GateName,
    /// Argument lists, none for what is judged by reading; or why nothing answers.
    pub commands: Result<Vec<Vec<String>>, Problem>,
}

/// A run that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// Its number.
    pub id: String,
    /// Whether a process works on it.
    pub state: RunState,
    /// The step that it is at.
    pub step: Option<String>,
    /// The process that works on it.
    pub pid: Option<u32>,
}

/// A circuit breaker that lets nothing through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenBreaker {
    /// Failures in a row.
    pub failures: u32,
    /// For how long it still is, in milliseconds.
    pub left_ms: u64,
}
