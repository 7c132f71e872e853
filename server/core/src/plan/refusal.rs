//! Why nothing is run.

use serde::{Deserialize, Serialize};

use crate::gates::GateName;

/// One reason why nothing is run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Which reason.
    pub code: RefusalCode,
    /// What was found and what was expected, in one sentence without a final dot.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The file that says so, relative to the root with `/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The gate that is shut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateName>,
}

impl Refusal {
    /// Returns a refusal that no file and no gate is named in.
    pub fn new(code: RefusalCode, message: impl Into<String>, help: impl Into<String>) -> Refusal {
        Refusal { code, message: message.into(), help: help.into(), path: None, gate: None }
    }
}

/// Which reason it is. Public: scripts read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalCode {
    /// There is no such component.
    UnknownComponent,
    /// It has no spec.
    MissingSpec,
    /// It has no source, or no tests.
    MissingCode,
    /// It is not in the stage that it would have to be in: already there, above, deprecated, or files disagree.
    WrongStage,
    /// A stage would be skipped.
    SkippedStage,
    /// What it needs is below the target.
    DependencyBelowTarget,
    /// A gate is known not to be met.
    GateNotMet,
    /// A sign-off is missing, or is older than what it was given for.
    MissingSignOff,
    /// An open issue blocks the component.
    BlockerIssue,
    /// A file that would be changed has changes that are not committed.
    DirtyFiles,
    /// No branch is checked out.
    DetachedHead,
    /// The folder is in no git repository, or git is missing.
    NoGit,
    /// Git does not know who commits.
    NoGitIdentity,
    /// A merge, rebase or the like is under way.
    GitBusy,
    /// The user did not trust the workspace.
    Untrusted,
    /// The plan that was shown is not the one that would be run now.
    StalePlan,
    /// A run of the component is under way, or was interrupted.
    RunInProgress,
    /// The circuit breaker of the environment is open.
    BreakerOpen,
    /// There is nothing that a rollback could undo.
    NothingToUndo,
    /// The configuration has errors, so nobody knows what is meant.
    WrongConfiguration,
    /// A file that would be changed is a link: what it leads to would be changed unseen.
    LinkedFile,
    /// The journal of runs cannot be read, so nobody knows what was done.
    JournalUnreadable,
}

impl RefusalCode {
    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            RefusalCode::UnknownComponent => "unknown-component",
            RefusalCode::MissingSpec => "missing-spec",
            RefusalCode::MissingCode => "missing-code",
            RefusalCode::WrongStage => "wrong-stage",
            RefusalCode::SkippedStage => "skipped-stage",
            RefusalCode::DependencyBelowTarget => "dependency-below-target",
            RefusalCode::GateNotMet => "gate-not-met",
            RefusalCode::MissingSignOff => "missing-sign-off",
            RefusalCode::BlockerIssue => "blocker-issue",
            RefusalCode::DirtyFiles => "dirty-files",
            RefusalCode::DetachedHead => "detached-head",
            RefusalCode::NoGit => "no-git",
            RefusalCode::NoGitIdentity => "no-git-identity",
            RefusalCode::GitBusy => "git-busy",
            RefusalCode::Untrusted => "untrusted",
            RefusalCode::StalePlan => "stale-plan",
            RefusalCode::RunInProgress => "run-in-progress",
            RefusalCode::BreakerOpen => "breaker-open",
            RefusalCode::NothingToUndo => "nothing-to-undo",
            RefusalCode::WrongConfiguration => "wrong-configuration",
            RefusalCode::LinkedFile => "linked-file",
            RefusalCode::JournalUnreadable => "journal-unreadable",
        }
    }
}
