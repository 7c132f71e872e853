//! All gates of one component: what is known is served, the rest is run.

use std::path::Path;

use stagegate_core::gates::{
    self, Board, ComponentGates, Evidence, Freshness, GateKind, GateName, Known, Problem, ProblemKind,
};
use stagegate_core::workspace::Root;

use super::definitions::{Definitions, definition};
use super::event::{Event, Outcome, Request};
use super::failure::GatesError;
use super::instructions;
use super::kept::{Places, baseline, head, of_problem, of_reading};
use super::lock::{self, LockError};
use super::runner::{Job, Runner, has_failures};
use super::subject::{Answers, Subject};
use super::trusted::Trusted;
use crate::board::BoardLoader;
use crate::inputs::Snapshot;
use crate::process::Cancel;
use crate::redact::Redactor;
use crate::store::{FOLDER, New, Store, Stored};
use crate::tools;

/// What gates are run in.
#[derive(Clone, Copy, Debug)]
pub struct Session<'a> {
    /// The workspace, absolute and without links.
    pub folder: &'a Path,
    /// Its configuration, files and components; without files and components nothing can be run.
    pub root: &'a Root,
    /// What may be executed, or why nothing may: then what is known is served, and nothing is written.
    pub permission: Result<&'a Trusted, &'a Problem>,
    /// What keeps secrets out of evidence.
    pub redactor: &'a Redactor,
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
    let mut source = match session.permission {
        Err(refused) => Source::Known(known(session), refused),
        Ok(trusted) => Source::Bench(Box::new(Shared::open(session, cancel)?), trusted),
    };
    let mut outcomes = Vec::new();
    for (subject, request) in subjects.iter().zip(requests) {
        outcomes.push(one(session, subject, request, &mut source, cancel, on_event)?);
    }
    if let Source::Bench(shared, _) = &mut source {
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
    Bench(Box<Shared>, &'a Trusted),
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
        Source::Bench(shared, trusted) => {
            execute_all(session, trusted, subject, request, shared, cancel, &mut answers)?;
        }
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
        let mut evidence = of_reading(gate, component, observed);
        if gate.kind() == GateKind::Flakiness {
            evidence.findings = answers.flaky();
        }
        answers.add(evidence, false);
    }
    let gates = wanted.iter().filter_map(|gate| answers.outcome(gate)).collect();
    Ok(Outcome {
        component: name,
        stage: *stage,
        gates,
        cancelled: cancel.is_cancelled(),
        refused: session.permission.err().cloned(),
    })
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
    trusted: &Trusted,
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
            let is_tried_alone =
                request.isolate && job.check.alone_gate().is_some() && has_failures(&known.evidence);
            let is_served =
                known.evidence.inputs == hash && can_be_served(&known.evidence) && !is_tried_alone;
            is_served.then(|| known.evidence.clone())
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
    let runner = Runner {
        session,
        trusted,
        component,
        cancel,
        before: &shared.snapshot,
        places,
        baseline,
        background: request.background,
        isolate: request.isolate,
    };
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
