//! Gates: checks with a threshold for a stage (DESIGN.md section 1; requirements 000 to 003).
//!
//! What was seen is [`Evidence`]; it says nothing of a stage. [`judge`] holds it against the [`Threshold`] that the
//! [`Policy`] of a stage sets, so that another threshold needs no other run. [`Board`] is all evidence of a workspace.

mod board;
mod evidence;
mod judge;
mod name;
mod observe;
mod policy;
mod reading;

pub use board::{Board, ComponentGates, FileCoverage, Freshness, Known};
pub use evidence::{
    Evidence, Exit, Finding, Gap, MAX_FINDINGS, Observed, Origin, Problem, ProblemKind, VulnerabilityCounts,
};
pub use judge::{Judgement, Verdict, judge};
pub use name::{GateKind, GateName};
pub use observe::{Observation, Scope, observe};
pub use policy::{GateStatus, Need, Policy, Summary, Threshold, status};
pub use reading::observe as read;
