//! From a workspace to plans: everything that a plan depends on is looked at here, and nothing is changed or executed
//! (invariant 7). Git is asked, but starts nothing of the repository.

mod left;
mod shown;

use std::path::Path;
use std::sync::Arc;

use stagegate_core::components::{Component, Id};
use stagegate_core::config::{drill_refusal, environment_refusal, undo_refusal};
use stagegate_core::gates::{GateKind, GateName, GateStatus, Policy, Problem, ProblemKind};
use stagegate_core::metadata::{self, MetadataFile, Promotion};
use stagegate_core::plan::deployment::{Deployment, DeploymentState};
use stagegate_core::plan::{
    self, Aim, Effect, FileChange, GateCommands, GitState, Known, KnownDrill, KnownRollback, OpenBreaker,
    Plan, PlanRequest, Refusal, RefusalCode, RollbackRequest, RunKind, StepName, Unfinished,
};
use stagegate_core::records;
use stagegate_core::run::{RunRecord, StepState};
use stagegate_core::sign_off::{self, Drill};
use stagegate_core::stage::Stage;
use stagegate_core::workspace::Root;
use stagegate_core::{gates as core_gates, status};

pub use shown::digest;

use self::left::{planned, tracked};
use self::shown::clean;
use super::journal::Journal;
use super::{BreakerState, Clock as _, Moment, SystemClock, pages};
use crate::environment;
use crate::gates;
use crate::git::Git;
use crate::tools;

/// Largest file that is read for its metadata, in bytes.
const MAX_TEXT: u64 = 4 << 20;

/// How many drills are looked at, the newest first.
const MAX_DRILLS: usize = 50;

/// Where plans are made.
#[derive(Clone, Copy, Debug)]
pub struct Workplace<'a> {
    /// The workspace, absolute and without links.
    pub folder: &'a Path,
    /// The workspace, with its files, components, evidence and issues.
    pub root: &'a Root,
    /// What is wrong with the configuration, as a sentence.
    pub wrong_configuration: Option<&'a str>,
    /// Now, in milliseconds since 1970 UTC.
    pub now_ms: i64,
}

/// What every kind of plan needs of a component.
struct Around {
    unfinished: Option<Unfinished>,
    untrusted: Option<Problem>,
    drill: Option<Drill>,
    /// Why nobody knows what runs did.
    unreadable: Option<Refusal>,
}

impl Workplace<'_> {
    /// Returns what a promotion would do, and what stands in its way.
    #[must_use]
    pub fn promotion(&self, request: &PlanRequest) -> Plan {
        let aim = match plan::aim(self.root, request) {
            Ok(aim) => aim,
            Err(plan) => return *plan,
        };
        let Aim { id, component, to } = aim;
        let journal = Journal::open_read(self.folder);
        let Around { unfinished, untrusted, drill, unreadable } =
            self.around(component, to, journal.as_ref());
        let mut notes = Vec::new();
        let files = self.texts(id);
        let version = metadata::version(&files);
        let changes =
            metadata::changes(self.root, id, &files, &self.facts(id, component, to, version.clone()));
        notes.extend(changes.notes);
        let auto_fixes = self.auto_fixes(id, to, untrusted.is_none(), &mut notes);
        let deployment = environment::state(self.folder, self.root, &component.canonical, to);
        let deployed = self.deployment(component, to, version.as_deref(), &deployment);
        let is_enabled = self.root.config.runs.deployment(to).enabled;
        let deploy = if is_enabled { deployed.deploy() } else { Vec::new() };
        let release = if deploy.is_empty() { Vec::new() } else { deployment.sources.clone() };
        let touched = auto_fixes.iter().chain(&changes.files).map(|change| &change.path).chain(&release);
        let git = Git::new(self.folder).state(&touched.map(String::as_str).collect::<Vec<_>>());
        if !is_enabled {
            notes.push(format!("deployments to {to} are switched off (`stages.{to}_deployment.enabled`)"));
        }
        notes.extend(deployed.notes());
        let signed = sign_off::of_component(self.root, id, to, drill.as_ref());
        notes.extend(sign_off::notes(self.root, id, to));
        let mut obstacles = sign_off::refusals(&signed, &component.name);
        let book = self.root.issues.as_deref();
        obstacles
            .extend(book.map(|book| plan::blocker_issues(book, &component.canonical)).unwrap_or_default());
        obstacles.extend(environment_refusal(&self.root.config, to));
        obstacles.extend(unreadable);
        obstacles.extend(self.linked(id));
        let left = planned(&self.root.config.records, &component.canonical, self.now_ms);
        let known = Known {
            root: self.root,
            git: &git,
            wrong_configuration: self.wrong_configuration.map(str::to_owned),
            untrusted,
            gates: self.gates(id, component, to),
            auto_fixes,
            metadata: changes.files,
            sign_offs: sign_off::effects(&signed),
            obstacles,
            deploy,
            release,
            verify: if is_enabled { deployed.verify() } else { Vec::new() },
            tracking: vec![tracked(&component.canonical, "promotion")],
            context: left.context,
            reports: left.reports,
            unfinished,
            breaker: self.breaker(to, journal.as_ref()),
            version,
            notes,
        };
        clean(plan::promotion(&aim, request, &known))
    }

    /// Returns the gates that have to be run before all that stands in the way of a promotion is known.
    #[must_use]
    pub fn unknown_gates(&self, request: &PlanRequest) -> Vec<GateName> {
        plan::aim(self.root, request).map_or_else(|_| Vec::new(), |aim| plan::unknown_gates(self.root, &aim))
    }

    /// Returns what a rollback would do, and what stands in its way.
    #[must_use]
    pub fn rollback(&self, request: &RollbackRequest) -> Plan {
        let component = match plan::component(self.root, &request.component, RunKind::Rollback) {
            Ok(component) => component,
            Err(plan) => return *plan,
        };
        let journal = Journal::open_read(self.folder);
        let newest = journal.as_ref().ok().and_then(Option::as_ref);
        let newest = newest.and_then(|journal| journal.to_undo(&component.canonical).ok().flatten());
        let named = request.run.as_ref().map(|id| {
            let journal = journal.as_ref().ok().and_then(Option::as_ref)?;
            journal.run(id).ok().flatten()
        });
        let undone = named.unwrap_or_else(|| newest.clone());
        let left_stage = undone.as_ref().map_or(Stage::Development, |run| run.to);
        let Around { unfinished, untrusted, unreadable, .. } =
            self.around(component, left_stage, journal.as_ref());
        let mut notes = Vec::new();
        let commit = undone.as_ref().and_then(commit_of);
        let git = Git::new(self.folder);
        let files = match &commit {
            Some(commit) => git.plan_undo(commit).map_err(|failure| Problem {
                kind: ProblemKind::InputsChanged,
                message: failure.message,
                help: failure.help,
            }),
            None => Ok(Vec::new()),
        };
        let touched = files.iter().flatten().map(|change| change.path.as_str());
        let state = git.state(&touched.collect::<Vec<_>>());
        let was_deployed = undone.as_ref().is_some_and(has_deployed);
        let deployment = environment::state(self.folder, self.root, &component.canonical, left_stage);
        let undo = self.deployment(component, left_stage, None, &deployment);
        let of_deployment = |effects: Vec<Effect>| if was_deployed { effects } else { Vec::new() };
        if let Some(refusal) = undo_refusal(&self.root.config, left_stage).filter(|_| was_deployed) {
            notes.push(format!("{}; {}", refusal.message, refusal.help));
        }
        let left = planned(&self.root.config.records, &component.canonical, self.now_ms);
        let known = KnownRollback {
            root: self.root,
            git: &state,
            undone: undone.as_ref(),
            newest: newest.as_ref().map(|run| run.id.as_str()),
            commit: commit.as_deref(),
            files,
            wrong_configuration: self.wrong_configuration.map(str::to_owned),
            untrusted,
            notify: undo.notify(),
            undeploy: of_deployment(undo.undeploy()),
            migration: undo.migration(),
            caches: undo.caches(),
            verify: of_deployment(undo.verify_before()),
            monitor: undo.monitor(),
            tracking: vec![tracked(&component.canonical, "rollback")],
            context: left.context,
            reports: left.reports,
            unfinished,
            version: None,
            notes,
        };
        let mut plan = plan::rollback(component, request, &known);
        if let Some(refusal) = unreadable {
            // That nothing is known to undo says nothing then.
            plan.refusals = vec![refusal];
        }
        clean(plan)
    }

    /// Returns what a drill would do, and what stands in its way. The stage is the one that the component works towards
    /// where none is named.
    #[must_use]
    pub fn drill(&self, asked: &str, stage: Option<Stage>) -> Plan {
        let component = match plan::component(self.root, asked, RunKind::Drill) {
            Ok(component) => component,
            Err(plan) => return *plan,
        };
        let to = stage.or_else(|| component.stage.and_then(Stage::next)).or(component.stage);
        let to = to.unwrap_or(Stage::Staging);
        let journal = Journal::open_read(self.folder);
        let Around { unfinished, untrusted, unreadable, .. } = self.around(component, to, journal.as_ref());
        let mut notes = Vec::new();
        let components = self.root.components.as_deref();
        let id = components.and_then(|components| components.find_canonical(&component.canonical));
        let version = id.and_then(|id| metadata::version(&self.texts(id)));
        let deployment = environment::state(self.folder, self.root, &component.canonical, to);
        let deployed = self.deployment(component, to, version.as_deref(), &deployment);
        notes.extend(deployed.notes());
        let left = planned(&self.root.config.records, &component.canonical, self.now_ms);
        let head = match Git::new(self.folder).state(&[]) {
            GitState::Repository(repository) => repository.head,
            GitState::NoGit { .. } => None,
        };
        let known = KnownDrill {
            root: self.root,
            to,
            rehearse: deployed.rehearse(),
            restore: deployed.restore(),
            reports: left.reports,
            refusal: drill_refusal(&self.root.config, to),
            wrong_configuration: self.wrong_configuration.map(str::to_owned),
            untrusted,
            unfinished,
            head,
            version: version.clone(),
            notes,
        };
        let mut plan = plan::drill(component, &known);
        plan.refusals.extend(unreadable);
        clean(plan)
    }

    fn around(
        &self,
        component: &Component,
        to: Stage,
        journal: Result<&Option<Journal>, &super::journal::JournalError>,
    ) -> Around {
        let unreadable = journal.err().map(|error| {
            let help = "put `.stagegate/journal.db` right, or move it away to begin a new one";
            Refusal::new(RefusalCode::JournalUnreadable, error.to_string(), help)
        });
        let journal = journal.ok().and_then(Option::as_ref);
        let open = journal.and_then(|journal| journal.open_runs().ok()).unwrap_or_default();
        let unfinished = open.into_iter().find(|run| run.canonical == *component.canonical);
        let unfinished = unfinished.map(|run| Unfinished {
            step: run
                .steps
                .iter()
                .find(|step| matches!(step.state, StepState::Started | StepState::Undoing))
                .map(|step| step.name.to_string()),
            pid: None,
            state: run.state,
            id: run.id,
        });
        Around {
            unfinished,
            untrusted: gates::refusal(self.folder, self.root),
            drill: journal.and_then(|journal| held_drill(journal, self.root, &component.canonical, to)),
            unreadable,
        }
    }

    fn breaker(
        &self,
        to: Stage,
        journal: Result<&Option<Journal>, &super::journal::JournalError>,
    ) -> Option<OpenBreaker> {
        let journal = journal.ok()?.as_ref()?;
        let policy = &self.root.config.runs.breaker;
        let circuit = journal.circuit(to.name()).ok()?;
        match circuit.state(policy, &Moment::now(&SystemClock)) {
            BreakerState::Open { left } => Some(OpenBreaker {
                failures: circuit.failures,
                left_ms: u64::try_from(left.as_millis()).unwrap_or(u64::MAX),
            }),
            BreakerState::Closed | BreakerState::Probing => None,
        }
    }

    fn deployment<'b>(
        &'b self,
        component: &'b Component,
        stage: Stage,
        version: Option<&'b str>,
        state: &'b DeploymentState,
    ) -> Deployment<'b> {
        Deployment { config: &self.root.config, stage, component: &component.canonical, version, state }
    }

    /// Files of the component that are links: what they lead to would be changed, and no plan would show that.
    fn linked(&self, id: Id) -> Vec<Refusal> {
        let is_link = |path: &String| {
            self.folder.join(path).symlink_metadata().is_ok_and(|metadata| metadata.is_symlink())
        };
        let of = |path: String| Refusal {
            path: Some(path.clone()),
            ..Refusal::new(
                RefusalCode::LinkedFile,
                format!("`{path}` says the stage, and is a link: what it leads to would be changed unseen"),
                "put the file itself there, or remove the link",
            )
        };
        metadata::paths(self.root, id).into_iter().filter(is_link).map(of).collect()
    }

    /// The files that state something about a component, as they are.
    fn texts(&self, id: Id) -> Vec<MetadataFile> {
        let paths = metadata::paths(self.root, id).into_iter();
        paths.filter_map(|path| Some(MetadataFile { text: read(&self.folder.join(&path))?, path })).collect()
    }

    fn facts(&self, id: Id, component: &Component, to: Stage, version: Option<String>) -> Promotion {
        let board = self.root.gates.as_ref();
        let measured = board.and_then(|board| core_gates::measured(board, &component.canonical));
        let _ = id;
        Promotion {
            component: component.name.to_string(),
            from: component.stage,
            to,
            date: records::time::date(self.now_ms),
            coverage: measured.filter(core_gates::Measured::is_fresh).map(|measured| measured.percent),
            version,
            integration_tests: None,
            e2e_tests: None,
            performance: None,
        }
    }

    fn gates(&self, id: Id, component: &Component, to: Stage) -> Vec<GateCommands> {
        let wanted: Vec<GateName> = Policy::new(&self.root.config, Some(component))
            .gates(to)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        let answers = tools::plan(self.folder, self.root, id, &wanted);
        let of = |gate: GateName| {
            let problem = answers.problems.iter().find(|(name, _)| *name == gate);
            let check = answers.checks.iter().find(|check| check.gates.iter().any(|of| of.gate == gate));
            let missing = check.and_then(|check| check.missing()).map(tools::Missing::problem);
            let commands = match (problem, missing) {
                (Some((_, problem)), _) => Err(problem.clone()),
                (None, Some(missing)) => Err(missing),
                (None, None) => {
                    let commands = check.into_iter().flat_map(|check| &check.commands);
                    Ok(commands.map(|command| command.shown(self.folder)).collect())
                }
            };
            GateCommands { gate, commands }
        };
        wanted.into_iter().map(of).collect()
    }

    /// What the linter would mend, where it may be asked, and is not known to find nothing.
    fn auto_fixes(&self, id: Id, to: Stage, may_run: bool, notes: &mut Vec<String>) -> Vec<FileChange> {
        if !may_run || !self.root.config.runs.auto_fix {
            return Vec::new();
        }
        let gates = core_gates::status(self.root, id, to);
        let lint = gates.iter().find(|gate| gate.name.kind() == GateKind::Lint);
        if lint.is_none_or(GateStatus::opens) {
            return Vec::new();
        }
        tools::auto_fixes(self.folder, self.root, id).unwrap_or_else(|why| {
            notes.push(why);
            Vec::new()
        })
    }
}

/// Returns the sign-offs of a component that are missing or out of date, as its files are now.
#[must_use]
pub fn obstacles(folder: &Path, component: &str, to: Stage) -> Vec<Refusal> {
    // The state that sign-offs were given for is read with the evidence.
    let workspace = pages::fresh(folder, now_ms());
    let root = &workspace.root;
    let components = root.components.as_deref();
    let Some((components, id)) = components.and_then(|all| Some((all, all.find(component)?))) else {
        return Vec::new();
    };
    let component = components.get(id);
    let journal = Journal::open_read(folder).ok().flatten();
    let drill = journal.and_then(|journal| held_drill(&journal, root, &component.canonical, to));
    let signed = sign_off::of_component(root, id, to, drill.as_ref());
    sign_off::refusals(&signed, &component.name)
}

/// Returns the drill that shows that a release of the component can be taken back from the environment of `to`, as that is
/// defined now.
#[must_use]
pub fn held_drill(journal: &Journal, root: &Root, canonical: &str, to: Stage) -> Option<Drill> {
    let drills = journal.runs(Some(canonical), Some(RunKind::Drill), MAX_DRILLS).ok()?;
    let held = drills.into_iter().find(|run| run.to == to && has_held(run, root))?;
    Some(Drill { ended_ms: held.ended_ms?, run: held.id })
}

/// Returns every drill of which [`held_drill`] would tell, of all components (by canonical name) and stages.
#[must_use]
pub fn held_drills(journal: &Journal, root: &Root) -> Vec<((Arc<str>, Stage), Drill)> {
    let drills = journal.runs(None, Some(RunKind::Drill), MAX_DRILLS).unwrap_or_default();
    // The newest last, which is the one that stays.
    let held = drills.into_iter().rev().filter(|run| has_held(run, root));
    held.filter_map(|run| {
        Some(((Arc::from(run.canonical), run.to), Drill { ended_ms: run.ended_ms?, run: run.id }))
    })
    .collect()
}

/// Whether a drill succeeded with the deployment as it is defined now.
fn has_held(run: &RunRecord, root: &Root) -> bool {
    let restore = run.steps.iter().find(|step| step.name == StepName::Restore);
    let of = restore.and_then(|step| step.outputs.get("definition")?.as_str());
    run.state == stagegate_core::run::RunState::Succeeded
        && of == Some(&stagegate_core::config::deployment_definition(&root.config, run.to))
}

/// Returns the commit that a promotion made.
fn commit_of(run: &RunRecord) -> Option<String> {
    let step = run.steps.iter().find(|step| step.name == StepName::Commit)?;
    Some(step.outputs.get("commit")?.as_str()?.to_owned())
}

fn has_deployed(run: &RunRecord) -> bool {
    let deploy = run.steps.iter().find(|step| step.name == StepName::Deploy);
    deploy.is_some_and(|step| {
        matches!(step.state, StepState::Done | StepState::Undoing | StepState::UndoFailed)
    })
}

/// Reads a text file of bounded size; `None` where it is not there, or no text.
fn read(path: &Path) -> Option<String> {
    let size = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?.len();
    if size > MAX_TEXT {
        return None;
    }
    String::from_utf8(std::fs::read(path).ok()?).ok()
}

/// Returns the time of the system.
#[must_use]
pub fn now_ms() -> i64 {
    SystemClock.now_ms()
}

/// Returns the stage that a component works towards.
#[must_use]
pub fn works_towards(component: &Component) -> Option<Stage> {
    status::aim(component.stage, component.target())
}
