//! Gates: checks with a threshold for a stage (DESIGN.md section 1; requirements 000 to 003).
//!
//! What was seen is [`Evidence`]; it says nothing of a stage. [`judge`] holds it against the [`Threshold`] that the
//! [`Policy`] of a stage sets, so that another threshold needs no other run. [`Board`] is all evidence of a workspace.

mod board;
mod claim;
mod evidence;
mod json;
mod judge;
mod name;
mod observe;
mod own_files;
mod policy;
mod reading;
mod status;
mod when;

pub(crate) use board::age;
pub use board::{Board, ComponentGates, FileCoverage, Freshness, Known, affected};
pub use claim::{of_criterion, own_target, stated};
pub use evidence::{
    Evidence, Exit, Finding, Gap, MAX_FINDINGS, Observed, Origin, Problem, ProblemKind, VulnerabilityCounts,
};
pub use json::FIXTURE_PATH;
pub use judge::{COMPLETE, Judgement, Verdict, judge};
pub use name::{GateKind, GateName};
pub use observe::{Observation, Scope, observe};
pub use own_files::OwnFiles;
pub use policy::{Need, Policy, Threshold};
pub use reading::{flaky, instructions_observed, observe as read};
pub use status::{GateStatus, Gates, Measured, Summary, measured, status};
pub use when::utc;
