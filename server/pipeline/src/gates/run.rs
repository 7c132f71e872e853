//! All gates of one component: what is known is served, the rest is run.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use stagegate_core::components::{Component, Id};
use stagegate_core::gates::{
    self, Board, ComponentGates, Evidence, Freshness, GateKind, GateName, Known, Observed, Policy, Problem,
    ProblemKind, Scope, judge,
};
use stagegate_core::report::SecretsBaseline;
use stagegate_core::stage::Stage;
use stagegate_core::status;
use stagegate_core::workspace::Root;

use super::definitions::{Definitions, definition};
use super::event::{Event, GateOutcome, Outcome, Request};
use super::execute::{self, Bench};
use super::kept::{
    Places, Runs, baseline, compare, concerns_secrets, failed, head, measured, of_problem, of_reading,
    ran_tests,
};
use super::lock::{self, LockError};
use crate::board::BoardLoader;
use crate::inputs::{Definition, Inputs, Snapshot};
use crate::process::Cancel;
use crate::redact::Redactor;
use crate::store::{FOLDER, New, Store, StoreError};
use crate::tools::{self, Check};

/// What gates are run in.
#[derive(Clone, Copy, Debug)]
pub struct Session<'a> {
    /// The workspace, absolute and without links.
    pub folder: &'a Path,
    /// Its configuration, files and components; without files and components nothing can be run.
    pub root: &'a Root,
    /// Why nothing may be executed, where that is so: then what is known is served, and nothing is written.
    pub refused: Option<&'a Problem>,
    /// What keeps secrets out of evidence.
    pub redactor: &'a Redactor,
}

/// Why no gate could be answered.
#[derive(Debug, thiserror::Error)]
pub enum GatesError {
    /// No file names the component.
    #[error("there is no component `{name}`{}", suggestion(.near.as_deref()))]
    UnknownComponent {
        /// As it was asked for.
        name: String,
        /// The component that is called nearly so.
        near: Option<String>,
    },
    /// The component works towards no stage with gates.
    #[error("`{component}` works towards no stage with gates; name one with `--stage`")]
    NoStage {
        /// The component.
        component: String,
    },
    /// The stage has no gates.
    #[error("{stage} has no gates; expected development, staging or production")]
    StageWithoutGates {
        /// The stage.
        stage: Stage,
    },
    /// The configuration knows no such gate.
    #[error("there is no gate `{gate}`; known are {known}")]
    UnknownGate {
        /// As it was asked for.
        gate: GateName,
        /// Those that the stage asks for, and those of the configuration.
        known: String,
    },
    /// Another process runs gates of the component.
    #[error("the gates of `{component}` are being run already{}", by(*.pid))]
    Busy {
        /// The component.
        component: String,
        /// The other process.
        pid: Option<u32>,
    },
    /// The store of evidence cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A folder below `.stagegate` cannot be made.
    #[error("cannot make {}: {error}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

fn suggestion(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

fn by(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" by process {pid}")).unwrap_or_default()
}

/// What is known of a gate so far.
struct Answer {
    evidence: Evidence,
    cached: bool,
}

/// One check with what it depends on.
struct Job<'a> {
    check: &'a Check,
    definition: Definition,
    inputs: Inputs,
}

/// What the threads that run tools say.
enum Said<'a> {
    Started(&'a Check),
    Line(&'a Check, String),
    Ended(&'a Job<'a>, execute::Shown, Option<Snapshot>),
}

/// Answers the gates that `request` names, in the order of the stage.
///
/// # Errors
/// Returns why no gate could be answered at all. What goes wrong with one gate is its verdict.
pub fn run(
    session: &Session<'_>,
    request: &Request,
    cancel: &Cancel,
    on_event: &mut dyn FnMut(&Event),
) -> Result<Outcome, GatesError> {
    let (id, component, stage) = subject(session.root, request)?;
    let policy = Policy::new(&session.root.config, Some(component));
    let wanted = wanted(session.root, &policy, request, stage)?;
    on_event(&Event::Planned {
        component: component.name.to_string(),
        stage: stage.name().to_owned(),
        gates: wanted.clone(),
    });
    let mut answers = Answers { all: Vec::new(), wanted: wanted.len(), policy, stage, on_event };
    if let Some(refused) = session.refused {
        known(session, component, &wanted, refused, &mut answers);
    } else {
        execute_all(session, id, component, &wanted, request, cancel, &mut answers)?;
    }
    // What is judged by reading may look at the evidence of the others.
    let known = answers
        .all
        .iter()
        .map(|answer| Known { evidence: answer.evidence.clone().into(), freshness: Freshness::Fresh });
    let board = Board::new([(component.canonical.clone(), ComponentGates { known: known.collect() })], []);
    let root = Root { gates: Some(board), ..session.root.clone() };
    for gate in &wanted {
        if answers.has(gate) {
            continue;
        }
        let observed = match gates::read(gate.kind(), &root, id, stage) {
            Some(observed) => Ok(observed),
            None => Err(Problem {
                kind: if cancel.is_cancelled() { ProblemKind::Cancelled } else { ProblemKind::NotConfigured },
                message: format!("the gate `{gate}` was not run"),
                help: "run it again".to_owned(),
            }),
        };
        let evidence = of_reading(gate, component, observed);
        answers.add(evidence, false);
    }
    let gates = wanted.iter().filter_map(|gate| answers.outcome(gate)).collect();
    Ok(Outcome { component: component.name.to_string(), stage, gates, cancelled: cancel.is_cancelled() })
}

/// Returns the component and the stage that a request is about.
fn subject<'a>(root: &'a Root, request: &Request) -> Result<(Id, &'a Component, Stage), GatesError> {
    let components = root.components.as_deref();
    let id = components.and_then(|components| components.find(&request.component));
    let (Some(components), Some(id)) = (components, id) else {
        let names = components.into_iter().flat_map(|components| components.iter()).map(|(_, c)| &*c.name);
        let close = |name: &&str| strsim::damerau_levenshtein(name, &request.component) <= name.len() / 3;
        let near =
            names.filter(close).min_by_key(|name| strsim::damerau_levenshtein(name, &request.component));
        let near = near.map(str::to_owned);
        return Err(GatesError::UnknownComponent { name: request.component.clone(), near });
    };
    let component = components.get(id);
    let stage = match request.stage {
        Some(stage) => stage,
        None => status::aim(component.stage, component.target())
            .or(component.stage)
            .ok_or_else(|| GatesError::NoStage { component: component.name.to_string() })?,
    };
    if root.config.stage_gates.of(stage).is_none() {
        return Err(GatesError::StageWithoutGates { stage });
    }
    Ok((id, component, stage))
}

/// Returns the gates to answer, in the order of the stage; those that were named and that the stage does not ask for
/// come last.
fn wanted(
    root: &Root,
    policy: &Policy<'_>,
    request: &Request,
    stage: Stage,
) -> Result<Vec<GateName>, GatesError> {
    let asked: Vec<GateName> = policy.gates(stage).into_iter().map(|(name, _)| name).collect();
    if request.only.is_empty() {
        return Ok(asked);
    }
    for gate in &request.only {
        if gate.kind() == GateKind::Custom && root.config.gate(gate).is_none() {
            let own = root.config.gates.iter().map(|gate| &gate.name).filter(|name| !asked.contains(name));
            let known: Vec<_> = asked.iter().chain(own).map(|name| format!("`{name}`")).collect();
            return Err(GatesError::UnknownGate { gate: gate.clone(), known: known.join(", ") });
        }
    }
    let mut wanted: Vec<GateName> = asked.into_iter().filter(|gate| request.only.contains(gate)).collect();
    for gate in &request.only {
        if !wanted.contains(gate) {
            wanted.push(gate.clone());
        }
    }
    Ok(wanted)
}

/// The answers so far, and who hears of them.
struct Answers<'a> {
    all: Vec<Answer>,
    wanted: usize,
    policy: Policy<'a>,
    stage: Stage,
    on_event: &'a mut dyn FnMut(&Event),
}

impl Answers<'_> {
    fn has(&self, gate: &GateName) -> bool {
        self.all.iter().any(|answer| answer.evidence.gate == *gate)
    }

    fn add(&mut self, evidence: Evidence, cached: bool) {
        let gate = evidence.gate.clone();
        self.all.push(Answer { evidence, cached });
        let Some(outcome) = self.outcome(&gate) else { return };
        (self.on_event)(&Event::Finished {
            gate,
            verdict: outcome.judgement.verdict.name().to_owned(),
            found: outcome.judgement.found,
            cached,
            done: self.all.len(),
            of: self.wanted,
        });
    }

    fn outcome(&self, gate: &GateName) -> Option<GateOutcome> {
        let answer = self.all.iter().find(|answer| answer.evidence.gate == *gate)?;
        let threshold = self.policy.threshold(gate, self.stage);
        let evidence = answer.evidence.clone();
        let judgement = judge(gate.kind(), evidence.observed.as_ref(), &evidence.flaky, &threshold);
        let need = self.policy.need(gate, self.stage);
        Some(GateOutcome { gate: gate.clone(), need, threshold, evidence, judgement, cached: answer.cached })
    }
}

/// Answers from what is known, where nothing may be run.
fn known(
    session: &Session<'_>,
    component: &Component,
    wanted: &[GateName],
    refused: &Problem,
    answers: &mut Answers<'_>,
) {
    let mut loader = BoardLoader::new(session.folder);
    let definitions = Definitions::new(session.folder, session.root);
    let board = loader.load(session.root, &|component, gate| definitions.of(component, gate));
    for gate in wanted.iter().filter(|gate| !gate.kind().needs_no_run()) {
        let known =
            board.known(&component.canonical, gate).filter(|known| known.freshness == Freshness::Fresh);
        match known {
            Some(known) => answers.add((*known.evidence).clone(), true),
            None => answers.add(of_problem(gate, component, refused.clone()), false),
        }
    }
}

fn execute_all(
    session: &Session<'_>,
    id: Id,
    component: &Component,
    wanted: &[GateName],
    request: &Request,
    cancel: &Cancel,
    answers: &mut Answers<'_>,
) -> Result<(), GatesError> {
    let state = session.folder.join(FOLDER);
    let mut store = Store::open(session.folder)?;
    let _lock = lock::take(&state, &component.canonical).map_err(|error| match error {
        LockError::Held { pid } => GatesError::Busy { component: component.name.to_string(), pid },
        LockError::Io(error) => GatesError::Folder { path: state.join("locks"), error },
    })?;
    let plan = tools::plan(session.folder, session.root, id, wanted);
    for (gate, problem) in plan.problems {
        answers.add(of_problem(&gate, component, problem), false);
    }
    let before = Snapshot::scan(session.folder, session.root, &store.known_files()?);
    let jobs: Vec<Job<'_>> = plan
        .checks
        .iter()
        .map(|check| {
            let definition = definition(check);
            let inputs = before.inputs(&component.canonical, &definition);
            Job { check, definition, inputs }
        })
        .collect();
    let newest = store.newest(&component.canonical)?;
    let mut to_run = Vec::new();
    for job in &jobs {
        let hash = job.inputs.hash.to_string();
        let served: Option<Vec<Evidence>> = job
            .check
            .gates
            .iter()
            .map(|gate| {
                let known = newest.iter().find(|stored| stored.evidence.gate == gate.gate)?;
                (known.evidence.inputs == hash && can_be_served(&known.evidence))
                    .then(|| known.evidence.clone())
            })
            .collect();
        match served.filter(|_| !request.no_cache) {
            Some(served) => {
                served.into_iter().filter(|e| wanted.contains(&e.gate)).for_each(|e| answers.add(e, true))
            }
            None => to_run.push(job),
        }
    }
    if !to_run.is_empty() {
        let head = head(session.folder, cancel);
        let places = Places::of(session.root, id);
        let baseline = baseline(session.folder);
        let background = request.background;
        let (places, baseline) = (&places, &baseline);
        let runner = Runner { session, component, cancel, before: &before, places, baseline, background };
        runner.run_all(&to_run, &mut store, head.as_deref(), wanted, answers)?;
    }
    // It only costs time where it is not kept.
    let _ = store.keep_known_files(&before.known());
    Ok(())
}

/// Whether evidence of the same inputs answers: what broke is tried again.
fn can_be_served(evidence: &Evidence) -> bool {
    match &evidence.observed {
        Ok(_) => true,
        Err(problem) => problem.kind == ProblemKind::NothingChecked,
    }
}

/// Whether the tool executes the code of the repository, so that two such tools may disturb each other.
fn executes_code(check: &Check) -> bool {
    check.gates.iter().any(|gate| {
        use GateKind as K;
        matches!(
            gate.gate.kind(),
            K::Tests | K::Coverage | K::IntegrationTests | K::E2eTests | K::Performance | K::Custom
        )
    })
}

/// Runs checks.
struct Runner<'a> {
    session: &'a Session<'a>,
    component: &'a Component,
    cancel: &'a Cancel,
    before: &'a Snapshot,
    places: &'a Places,
    baseline: &'a Result<Option<SecretsBaseline>, Problem>,
    background: bool,
}

impl Runner<'_> {
    /// What executes code runs in one lane, what only reads it in another one beside it.
    fn run_all(
        &self,
        jobs: &[&Job<'_>],
        store: &mut Store,
        head: Option<&str>,
        wanted: &[GateName],
        answers: &mut Answers<'_>,
    ) -> Result<(), GatesError> {
        let runs = Runs::new(&self.session.folder.join(FOLDER))?;
        let (says, said) = mpsc::channel();
        std::thread::scope(|scope| {
            for lane in [true, false] {
                let (says, runs) = (says.clone(), &runs);
                let jobs: Vec<_> =
                    jobs.iter().copied().filter(|job| executes_code(job.check) == lane).collect();
                scope.spawn(move || {
                    for job in jobs {
                        self.run_one(job, runs, &says);
                    }
                });
            }
            drop(says);
            for said in said {
                match said {
                    Said::Started(check) => {
                        let command = self.session.redactor.redact(&check.definition()).into_owned();
                        (answers.on_event)(&Event::Started { gates: execute::names(check), command });
                    }
                    Said::Line(check, line) => {
                        (answers.on_event)(&Event::Output { gates: execute::names(check), line });
                    }
                    Said::Ended(job, shown, after) => {
                        self.keep(job, shown, after.as_ref(), store, head, wanted, answers)?;
                    }
                }
            }
            Ok(())
        })
    }

    fn run_one<'j>(&self, job: &'j Job<'j>, runs: &Runs, says: &mpsc::Sender<Said<'j>>) {
        if self.cancel.is_cancelled() {
            return;
        }
        let check = job.check;
        let _ = says.send(Said::Started(check));
        let folder = match runs.folder(&self.component.canonical, check) {
            Ok(folder) => folder,
            Err(error) => {
                let problem = Problem {
                    kind: ProblemKind::ToolFailed,
                    message: format!("cannot make a folder for the reports: {error}"),
                    help: "see who may write below `.stagegate`, and whether the disk is full".to_owned(),
                };
                let _ = says.send(Said::Ended(job, failed(check, &problem), None));
                return;
            }
        };
        let (is_source, is_test) =
            (|path: &str| self.places.is_source(path), |path: &str| self.places.is_test(path));
        let scope = Scope {
            component: &self.component.name,
            is_source: &is_source,
            is_test: &is_test,
            is_alone: true,
            baseline: self.baseline.as_ref().ok().and_then(Option::as_ref),
        };
        let bench = Bench {
            root: self.session.folder,
            folder: &folder,
            cancel: self.cancel,
            redactor: self.session.redactor,
            background: self.background,
            scope: &scope,
        };
        let line = |line: &str| {
            let _ = says.send(Said::Line(check, line.to_owned()));
        };
        let mut shown = match (self.baseline, concerns_secrets(check)) {
            (Err(problem), true) => failed(check, problem),
            _ => execute::execute(check, &bench, &mut { line }),
        };
        runs.keep(&folder, &self.component.canonical, check, &mut shown.evidence, self.session.folder);
        // Whoever changes an input meanwhile has not been checked.
        let after = self.before.again(self.session.root);
        let _ = says.send(Said::Ended(job, shown, Some(after)));
    }

    /// Keeps what a check showed.
    #[expect(clippy::too_many_arguments, reason = "what is kept comes from as many places")]
    fn keep(
        &self,
        job: &Job<'_>,
        shown: execute::Shown,
        after: Option<&Snapshot>,
        store: &mut Store,
        head: Option<&str>,
        wanted: &[GateName],
        answers: &mut Answers<'_>,
    ) -> Result<(), GatesError> {
        let changed = after.is_some_and(|after| {
            after.inputs(&self.component.canonical, &job.definition).hash != job.inputs.hash
        });
        for (mut evidence, report) in shown.evidence.into_iter().zip(shown.reports) {
            evidence.component = self.component.canonical.to_string();
            evidence.commit = head.map(str::to_owned);
            evidence.inputs = job.inputs.hash.to_string();
            let tests = report.as_ref().and_then(ran_tests);
            if let Some(tests) = &tests {
                evidence.flaky =
                    store.flaky_with(&evidence.component, &evidence.gate, job.inputs.hash, tests)?;
            }
            compare(&mut evidence, store)?;
            if changed && evidence.observed.is_ok() {
                evidence.observed = Err(Problem {
                    kind: ProblemKind::InputsChanged,
                    message: "files changed while the gate ran".to_owned(),
                    help: "run the gate again".to_owned(),
                });
            }
            let files = match (&evidence.observed, &report) {
                (Ok(Observed::Coverage { .. }), Some(report)) => {
                    measured(report, after, evidence.ended_ms, self.places)
                }
                _ => Vec::new(),
            };
            let new =
                New { evidence: &evidence, inputs: Some(&job.inputs), files: &files, tests: tests.as_ref() };
            store.insert(new)?;
            if wanted.contains(&evidence.gate) {
                answers.add(evidence, false);
            }
        }
        Ok(())
    }
}
