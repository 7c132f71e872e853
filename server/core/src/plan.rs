//! Plans: every effect that a promotion, a rollback or a drill would have, in order, before any of them happens
//! (DESIGN.md sections 1 and 7, invariant 7).
//!
//! A plan is plain data. It is made from what is known ([`promotion`]), shown by `--dry-run` and the editors, stored in the
//! journal, and executed as it is: a run writes what its plan shows, and nothing else.

mod blocker_issues;
pub mod deployment;
mod drill;
mod effect;
mod filling;
mod git_state;
mod known;
mod markdown;
mod obstacles;
mod promotion;
mod refusal;
mod retry;
mod rollback;
mod step;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use blocker_issues::blocker_issues;
pub use drill::{KnownDrill, drill};
pub use effect::{Effect, FileChange};
pub use filling::{Filling, shown_url};
pub use git_state::{GitBusy, GitRepository, GitState};
pub use known::{Aim, GateCommands, Known, OpenBreaker, PlanRequest, Unfinished};
pub use obstacles::{aim, unknown_gates};
pub use promotion::{promotion, step_of};
pub use refusal::{Refusal, RefusalCode};
pub use retry::{Backoff, BreakerPolicy};
pub use rollback::{KnownRollback, RollbackRequest, component, rollback};
pub use step::{Step, StepName};

use crate::stage::Stage;

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// To bring a component to its next stage.
    Promotion,
    /// To undo a promotion.
    Rollback,
    /// To prove that a rollback would work, in an environment that is thrown away afterwards.
    Drill,
}

impl RunKind {
    /// The name in JSON and in sentences.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            RunKind::Promotion => "promotion",
            RunKind::Rollback => "rollback",
            RunKind::Drill => "drill",
        }
    }
}

/// Everything that a run would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What it is for.
    pub kind: RunKind,
    /// The component, as it is shown.
    pub component: String,
    /// Its canonical name.
    pub canonical: String,
    /// The stage that it is in; `None` where no file states one.
    pub from: Option<Stage>,
    /// The stage that it would be in afterwards. For a drill the stage whose deployment is tried.
    pub to: Stage,
    /// The spec, relative to the root with `/`.
    pub spec: Option<String>,
    /// The version that the code states, where it states one.
    pub version: Option<String>,
    /// The commit that was checked out when the plan was made.
    pub head: Option<String>,
    /// The run that a rollback undoes.
    pub undoes: Option<String>,
    /// Why, in the words of who asked for it; a rollback needs one.
    pub reason: Option<String>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// What stands between the component and its next stage. With one of them nothing is run.
    pub refusals: Vec<Refusal>,
    /// What is worth knowing, and hinders nothing: sentences.
    pub notes: Vec<String>,
}

impl Plan {
    /// Whether it may be run.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        self.refusals.is_empty()
    }

    /// Returns the step of that name.
    #[must_use]
    pub fn step(&self, name: StepName) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == name)
    }

    /// Returns the files of the repository that a commit of the plan would hold, each once, in order.
    #[must_use]
    pub fn committed(&self) -> Vec<&str> {
        let effects = self.steps.iter().flat_map(|step| &step.effects);
        let mut paths: Vec<&str> = effects
            .flat_map(|effect| match effect {
                Effect::Commit { paths, .. } => paths.as_slice(),
                _ => &[],
            })
            .map(String::as_str)
            .collect();
        paths.sort_unstable();
        paths.dedup();
        paths
    }
}
