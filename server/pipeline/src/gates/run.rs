//! All gates of one component: what is known is served, the rest is run.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use stagegate_core::components::{Component, Id};
use stagegate_core::gates::{
    self, Board, ComponentGates, Evidence, Freshness, GateKind, GateName, Known, Observed, OwnFiles, Policy,
    Problem, ProblemKind, Scope, judge,
};
use stagegate_core::report::SecretsBaseline;
use stagegate_core::stage::Stage;
use stagegate_core::status;
use stagegate_core::workspace::Root;

use super::definitions::{Definitions, definition};
use super::event::{Event, GateOutcome, Outcome, Request};
use super::execute::{self, Bench};
use super::instructions;
use super::kept::{
    Places, Runs, baseline, compare, concerns_secrets, failed, head, measured, of_problem, of_reading,
    ran_tests,
};
use super::lock::{self, LockError};
use crate::board::BoardLoader;
use crate::inputs::{Definition, Inputs, Snapshot};
use crate::process::Cancel;
use crate::redact::Redactor;
use crate::store::{FOLDER, New, Store, StoreError, Stored};
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
    /// With the files as they were then, and whether there is no other attempt.
    Ended(&'a Job<'a>, execute::Shown, Option<Snapshot>, bool),
}

/// Answers the gates that each request names, in the order of the stage. One after another; what all of them share is
/// looked at once.
///
/// # Errors
/// Returns why no gate could be answered at all. What goes wrong with one gate is its verdict.
pub fn run(
    session: &Session<'_>,
    requests: &[Request],
    cancel: &Cancel,
    on_event: &mut dyn FnMut(&Event),
) -> Result<Vec<Outcome>, GatesError> {
    // A wrong request among many is said before anything is run.
    let subjects: Vec<Subject<'_>> =
        requests.iter().map(|request| Subject::of(session.root, request)).collect::<Result<_, _>>()?;
    let mut source = match session.refused {
        Some(refused) => Source::Known(known(session), refused),
        None => Source::Bench(Box::new(Shared::open(session, cancel)?)),
    };
    let mut outcomes = Vec::new();
    for (subject, request) in subjects.iter().zip(requests) {
        outcomes.push(one(session, subject, request, &mut source, cancel, on_event)?);
    }
    if let Source::Bench(shared) = &mut source {
        // It only costs time where it is not kept.
        let _ = shared.store.keep_known_files(&shared.snapshot.known());
    }
    Ok(outcomes)
}

/// What answers come from.
enum Source<'a> {
    /// What is known already, for nothing may be run.
    Known(Board, &'a Problem),
    /// The tools.
    Bench(Box<Shared>),
}

/// What all requests share.
struct Shared {
    store: Store,
    snapshot: Snapshot,
    head: Option<String>,
}

impl Shared {
    fn open(session: &Session<'_>, cancel: &Cancel) -> Result<Shared, GatesError> {
        let store = Store::open(session.folder)?;
        let snapshot = Snapshot::scan(session.folder, session.root, &store.known_files()?);
        Ok(Shared { store, snapshot, head: head(session.folder, cancel) })
    }
}

fn known(session: &Session<'_>) -> Board {
    let definitions = Definitions::new(session.folder, session.root);
    BoardLoader::new(session.folder).load(session.root, &|component, gate| definitions.of(component, gate))
}

/// What one request is about.
struct Subject<'a> {
    id: Id,
    component: &'a Component,
    stage: Stage,
    policy: Policy<'a>,
    wanted: Vec<GateName>,
}

fn one(
    session: &Session<'_>,
    subject: &Subject<'_>,
    request: &Request,
    source: &mut Source<'_>,
    cancel: &Cancel,
    on_event: &mut dyn FnMut(&Event),
) -> Result<Outcome, GatesError> {
    let Subject { id, component, stage, wanted, .. } = subject;
    let name = component.name.to_string();
    on_event(&Event::Planned {
        component: name.clone(),
        stage: stage.name().to_owned(),
        gates: wanted.clone(),
    });
    let mut answers = Answers { all: Vec::new(), subject, on_event };
    match source {
        Source::Known(board, refused) => serve_known(board, refused, &mut answers),
        Source::Bench(shared) => execute_all(session, subject, request, shared, cancel, &mut answers)?,
    }
    // What is judged by reading may look at the evidence of the others.
    let known = answers
        .all
        .iter()
        .map(|answer| Known { evidence: answer.evidence.clone().into(), freshness: Freshness::Fresh });
    let board = Board::new([(component.canonical.clone(), ComponentGates { known: known.collect() })], []);
    let root = Root { gates: Some(board), ..session.root.clone() };
    for gate in wanted {
        if answers.has(gate) {
            continue;
        }
        let read = match gate.kind() {
            GateKind::Instructions => {
                Some(instructions::observe(session.folder, session.root, &Places::of(session.root, *id)))
            }
            kind => gates::read(kind, &root, *id, *stage),
        };
        let flaky = || {
            let is_meant = gate.kind() == GateKind::Flakiness;
            let board = root.gates.as_ref().filter(|_| is_meant)?;
            gates::flaky(board, &component.canonical).map(|(_, observed)| observed.map_err(Clone::clone))
        };
        let observed = match read.map(Ok).or_else(flaky) {
            Some(observed) => observed,
            None => Err(Problem {
                kind: if cancel.is_cancelled() { ProblemKind::Cancelled } else { ProblemKind::NotConfigured },
                message: format!("the gate `{gate}` was not run"),
                help: "run it again".to_owned(),
            }),
        };
        answers.add(of_reading(gate, component, observed), false);
    }
    let gates = wanted.iter().filter_map(|gate| answers.outcome(gate)).collect();
    Ok(Outcome {
        component: name,
        stage: *stage,
        gates,
        cancelled: cancel.is_cancelled(),
        refused: session.refused.cloned(),
    })
}

impl<'a> Subject<'a> {
    fn of(root: &'a Root, request: &Request) -> Result<Subject<'a>, GatesError> {
        let (id, component, stage) = subject(root, request)?;
        let policy = Policy::new(&root.config, Some(component));
        let wanted = wanted(root, &policy, request, stage)?;
        Ok(Subject { id, component, stage, policy, wanted })
    }
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
    subject: &'a Subject<'a>,
    on_event: &'a mut dyn FnMut(&Event),
}

impl Answers<'_> {
    fn has(&self, gate: &GateName) -> bool {
        self.all.iter().any(|answer| answer.evidence.gate == *gate)
    }

    fn add(&mut self, evidence: Evidence, cached: bool) {
        let gate = evidence.gate.clone();
        self.all.push(Answer { evidence, cached });
        if !self.subject.wanted.contains(&gate) {
            return;
        }
        let Some(outcome) = self.outcome(&gate) else { return };
        (self.on_event)(&Event::Finished {
            component: self.subject.component.name.to_string(),
            gate,
            verdict: outcome.judgement.verdict.name().to_owned(),
            found: outcome.judgement.found,
            cached,
            done: self.all.len(),
            of: self.subject.wanted.len(),
        });
    }

    fn outcome(&self, gate: &GateName) -> Option<GateOutcome> {
        let Subject { policy, stage, .. } = self.subject;
        let answer = self.all.iter().find(|answer| answer.evidence.gate == *gate)?;
        let threshold = policy.threshold(gate, *stage);
        let evidence = answer.evidence.clone();
        let judgement = judge(gate.kind(), evidence.observed.as_ref(), &evidence.flaky, &threshold);
        let need = policy.need(gate, *stage);
        Some(GateOutcome { gate: gate.clone(), need, threshold, evidence, judgement, cached: answer.cached })
    }
}

/// Answers from what is known, where nothing may be run.
fn serve_known(board: &Board, refused: &Problem, answers: &mut Answers<'_>) {
    let component = answers.subject.component;
    for gate in answers.subject.wanted.iter().filter(|gate| !gate.kind().needs_no_run()) {
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
    subject: &Subject<'_>,
    request: &Request,
    shared: &mut Shared,
    cancel: &Cancel,
    answers: &mut Answers<'_>,
) -> Result<(), GatesError> {
    let Subject { id, component, wanted, .. } = subject;
    let state = session.folder.join(FOLDER);
    let _lock = lock::take(&state, &component.canonical).map_err(|error| match error {
        LockError::Held { pid } => GatesError::Busy { component: component.name.to_string(), pid },
        LockError::Io(error) => GatesError::Folder { path: state.join("locks"), error },
    })?;
    let mut asked = wanted.clone();
    if wanted.contains(&GateKind::Flakiness.into()) && !wanted.contains(&GateKind::Tests.into()) {
        // What is flaky shows in the evidence of the tests.
        asked.push(GateKind::Tests.into());
    }
    let plan = tools::plan(session.folder, session.root, *id, &asked);
    for (gate, problem) in plan.problems {
        answers.add(of_problem(&gate, component, problem), false);
    }
    let newest = shared.store.newest(&component.canonical)?;
    let jobs: Vec<Job<'_>> = plan
        .checks
        .iter()
        .map(|check| {
            let definition = definition(check, session.folder);
            let inputs = shared.snapshot.inputs(&component.canonical, &definition);
            Job { check, definition, inputs }
        })
        .collect();
    let mut to_run = Vec::new();
    for job in &jobs {
        let hash = job.inputs.hash.to_string();
        let of_gate = |gate: &tools::CheckGate| {
            let known = newest.iter().find(|stored| stored.evidence.gate == gate.gate)?;
            (known.evidence.inputs == hash && can_be_served(&known.evidence)).then(|| known.evidence.clone())
        };
        // All gates of a check, or none: its commands are run for all of them.
        let gates = job.check.gates.iter().filter(|gate| asked.contains(&gate.gate));
        let served: Option<Vec<Evidence>> = gates.map(of_gate).collect();
        match served.filter(|_| !request.no_cache) {
            Some(served) => served.into_iter().for_each(|evidence| answers.add(evidence, true)),
            None => to_run.push(job),
        }
    }
    let places = &Places::of(session.root, *id);
    let instructions = GateName::from(GateKind::Instructions);
    if wanted.contains(&instructions) {
        let inputs = shared.snapshot.inputs(&component.canonical, &instructions::definition(session.root));
        let observed = instructions::observe(session.folder, session.root, places);
        let mut evidence = of_reading(&instructions, component, Ok(observed));
        evidence.inputs = inputs.hash.to_string();
        let is_kept = |stored: &Stored| {
            stored.evidence.gate == instructions && stored.evidence.inputs == evidence.inputs
        };
        if !newest.iter().any(is_kept) {
            shared.store.insert(New {
                evidence: &evidence,
                inputs: Some(&inputs),
                files: &[],
                tests: None,
            })?;
        }
        answers.add(evidence, false);
    }
    if to_run.is_empty() {
        return Ok(());
    }
    let baseline = &baseline(session.folder);
    let (before, background) = (&shared.snapshot, request.background);
    let runner = Runner { session, component, cancel, before, places, baseline, background };
    let last = runner.run_all(&to_run, &mut shared.store, shared.head.as_deref(), answers)?;
    shared.snapshot = last.unwrap_or_else(|| shared.snapshot.clone());
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

/// Returns the first command of a check as people write it.
fn in_words(check: &Check, folder: &Path) -> String {
    let Some(command) = check.commands.first() else { return check.tool.name.clone() };
    let args = command.args.iter().map(|arg| arg.resolve(folder, Path::new("{run}")));
    let words = std::iter::once(command.name.clone().into_os_string()).chain(args);
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// Whether tests failed, so that another attempt tells whether they are flaky.
fn has_failures(evidence: &Evidence) -> bool {
    matches!(&evidence.observed, Ok(Observed::Tests { failed, errors, .. }) if failed + errors > 0)
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
        answers: &mut Answers<'_>,
    ) -> Result<Option<Snapshot>, GatesError> {
        let mut last = None;
        let component = || self.component.name.to_string();
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
                        let command =
                            self.session.redactor.redact(&in_words(check, self.session.folder)).into_owned();
                        (answers.on_event)(&Event::Started {
                            component: component(),
                            gates: execute::names(check),
                            command,
                        });
                    }
                    Said::Line(check, line) => {
                        (answers.on_event)(&Event::Output {
                            component: component(),
                            gates: execute::names(check),
                            line,
                        });
                    }
                    Said::Ended(job, shown, after, is_last) => {
                        self.keep(job, shown, after.as_ref(), store, head, is_last, answers)?;
                        last = after.or(last.take());
                    }
                }
            }
            Ok(last)
        })
    }

    fn run_one<'j>(&self, job: &'j Job<'j>, runs: &Runs, says: &mpsc::Sender<Said<'j>>) {
        if self.cancel.is_cancelled() {
            return;
        }
        let check = job.check;
        let _ = says.send(Said::Started(check));
        for attempt in 0..=check.retries {
            let shown = self.attempt(check, runs, says);
            // Whoever changes an input meanwhile has not been checked.
            let after = self.before.again(self.session.root);
            let again = attempt < check.retries
                && !self.cancel.is_cancelled()
                && shown.evidence.iter().any(has_failures);
            let _ = says.send(Said::Ended(job, shown, Some(after), !again));
            if !again {
                return;
            }
        }
    }

    fn attempt<'j>(&self, check: &'j Check, runs: &Runs, says: &mpsc::Sender<Said<'j>>) -> execute::Shown {
        let folder = match runs.folder(&self.component.canonical, check) {
            Ok(folder) => folder,
            Err(error) => {
                let problem = Problem {
                    kind: ProblemKind::ToolFailed,
                    message: format!("cannot make a folder for the reports: {error}"),
                    help: "see who may write below `.stagegate`, and whether the disk is full".to_owned(),
                };
                return failed(check, &problem);
            }
        };
        if let (Err(problem), true) = (self.baseline, concerns_secrets(check)) {
            return failed(check, problem);
        }
        let (is_source, is_test) =
            (|path: &str| self.places.is_source(path), |path: &str| self.places.is_test(path));
        let own = self.places.own_files(self.session.root);
        let scope = Scope {
            component: &self.component.name,
            is_source: &is_source,
            is_test: &is_test,
            is_alone: true,
            baseline: self.baseline.as_ref().ok().and_then(Option::as_ref),
            files: OwnFiles {
                paths: &own,
                read: &|path| stagegate_workspace::read(&self.session.folder.join(path)).ok(),
            },
        };
        let bench = Bench {
            root: self.session.folder,
            folder: &folder,
            cancel: self.cancel,
            redactor: self.session.redactor,
            background: self.background,
            scope: &scope,
        };
        let mut shown = execute::execute(check, &bench, &mut |line| {
            let _ = says.send(Said::Line(check, line.to_owned()));
        });
        let Session { folder: root, redactor, .. } = *self.session;
        runs.keep(&folder, &self.component.canonical, check, &mut shown.evidence, root, redactor);
        shown
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
        is_last: bool,
        answers: &mut Answers<'_>,
    ) -> Result<(), GatesError> {
        let changed = after.is_some_and(|after| {
            after.inputs(&self.component.canonical, &job.definition).hash != job.inputs.hash
        });
        for (mut evidence, report) in shown.evidence.into_iter().zip(shown.reports) {
            evidence.component = self.component.canonical.to_string();
            evidence.commit = head.map(str::to_owned);
            evidence.inputs = job.inputs.hash.to_string();
            // Of which inputs a test passed or failed is not known where they changed meanwhile.
            let tests = report.as_ref().filter(|_| !changed).and_then(ran_tests);
            if let Some(tests) = &tests {
                evidence.flaky =
                    store.flaky_with(&evidence.component, &evidence.gate, job.inputs.hash, tests)?;
            }
            let Subject { policy, stage, .. } = answers.subject;
            let threshold = policy.threshold(&evidence.gate, *stage);
            compare(&mut evidence, store, &threshold)?;
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
            if is_last {
                answers.add(evidence, false);
            }
        }
        Ok(())
    }
}
