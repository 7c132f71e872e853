//! Verdicts without a plan: the gates of a stage are answered, nothing is changed, and what came of it is recorded like a
//! run, so that it is reported like one (requirement 001, "Run workflow to validate").

use stagegate_core::gates::{GateName, Need, Policy};
use stagegate_core::plan::{Refusal, RunKind, StepName, step_of};
use stagegate_core::run::{Outputs, RunRecord, RunState, StepFailure, StepRecord, StepState};
use stagegate_core::stage::Stage;

use super::request::new_id;
use super::steps::gates::record;
use super::{Clock, RunId};
use crate::gates::{self, Event, Request, Session};
use crate::process::Cancel;

/// The steps that answer gates, in order.
const STEPS: [StepName; 3] = [StepName::Specification, StepName::Testing, StepName::Refactoring];

/// Answers every gate of a stage, and records it under the number `id`. Where `problem` is what keeps the component from
/// being looked at at all, nothing is run. A gate that is shut keeps no other from being answered.
pub fn verdicts(
    session: &Session<'_>,
    asked: &Asked,
    clock: &dyn Clock,
    cancel: &Cancel,
    on_event: &mut dyn FnMut(&Event),
) -> RunRecord {
    let components = session.root.components.as_deref();
    let component = components.and_then(|all| Some(all.get(all.find(&asked.component)?)));
    let name = component.map_or_else(|| asked.component.clone(), |component| component.name.to_string());
    let mut run = RunRecord {
        id: asked.id.clone(),
        kind: RunKind::Promotion,
        canonical: stagegate_core::name::canonical(&name),
        component: name,
        from: component.and_then(|component| component.stage),
        to: asked.stage,
        state: RunState::Running,
        reason: None,
        undoes: None,
        undone_by: None,
        by: None,
        started_ms: clock.now_ms(),
        ended_ms: None,
        resumed: 0,
        version: None,
        steps: STEPS.iter().map(|step| pending(*step)).collect(),
        gates: Vec::new(),
    };
    let policy = Policy::new(&session.root.config, component);
    let wanted: Vec<GateName> = policy.gates(asked.stage).into_iter().map(|(gate, _)| gate).collect();
    for (at, name) in STEPS.into_iter().enumerate() {
        run.steps[at].state = StepState::Started;
        run.steps[at].attempts = 1;
        run.steps[at].started_ms = Some(clock.now_ms());
        let failure = match &asked.problem {
            Some(problem) => Some(problem.clone()),
            None => {
                let only = wanted.iter().filter(|gate| step_of(gate) == name).cloned().collect();
                answer(session, &mut run, name, only, cancel, on_event)
            }
        };
        let step = &mut run.steps[at];
        step.ended_ms = Some(clock.now_ms());
        step.state = if failure.is_some() { StepState::Failed } else { StepState::Done };
        step.failure = failure;
        if asked.problem.is_some() || cancel.is_cancelled() {
            break;
        }
    }
    run.ended_ms = Some(clock.now_ms());
    run.state = match run.steps.iter().all(|step| step.state == StepState::Done) {
        true => RunState::Succeeded,
        false if cancel.is_cancelled() => RunState::Cancelled,
        false => RunState::Failed,
    };
    run
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The number under which it is recorded.
    pub id: String,
    /// The component, in any spelling.
    pub component: String,
    /// The stage whose gates are meant.
    pub stage: Stage,
    /// What keeps the component from being looked at at all.
    pub problem: Option<StepFailure>,
}

/// Notes that a promotion was refused after the verdicts.
pub fn refuse(run: &mut RunRecord, refusals: &[Refusal], clock: &dyn Clock) {
    let Some(first) = refusals.first() else { return };
    let messages: Vec<&str> = refusals.iter().map(|refusal| refusal.message.as_str()).collect();
    let now = clock.now_ms();
    run.steps.push(StepRecord {
        state: StepState::Failed,
        attempts: 1,
        started_ms: Some(now),
        ended_ms: Some(now),
        failure: Some(StepFailure {
            message: messages.join("; "),
            help: first.help.clone(),
            transient: false,
        }),
        ..pending(StepName::Criteria)
    });
    run.state = RunState::Failed;
    run.ended_ms = Some(now);
}

fn pending(name: StepName) -> StepRecord {
    StepRecord {
        name,
        state: StepState::Pending,
        attempts: 0,
        started_ms: None,
        ended_ms: None,
        summary: None,
        failure: None,
        outputs: Outputs::new(),
    }
}

/// Answers the gates of one step; returns why it failed.
fn answer(
    session: &Session<'_>,
    run: &mut RunRecord,
    step: StepName,
    only: Vec<GateName>,
    cancel: &Cancel,
    on_event: &mut dyn FnMut(&Event),
) -> Option<StepFailure> {
    let failure =
        |message: String, help: &str| Some(StepFailure { message, help: help.to_owned(), transient: false });
    if only.is_empty() {
        return None;
    }
    let request =
        Request { component: run.component.clone(), stage: Some(run.to), only, ..Request::default() };
    let outcome = match gates::run(session, &[request], cancel, on_event) {
        Ok(outcomes) => outcomes.into_iter().next()?,
        Err(error) => return failure(error.to_string(), "`stagegate gates` says more"),
    };
    run.gates.extend(outcome.gates.iter().map(|gate| record(gate, step)));
    if cancel.is_cancelled() {
        return failure("it was stopped".to_owned(), "run it again");
    }
    let required: Vec<_> = outcome.gates.iter().filter(|gate| gate.need == Some(Need::Required)).collect();
    let shut = required.iter().filter(|gate| !gate.opens()).count();
    match &outcome.refused {
        _ if shut == 0 => None,
        Some(refused) => failure(refused.message.clone(), &refused.help),
        None => failure(
            format!("{shut} of {} required gates are shut", required.len()),
            "mend what the gates name; `stagegate gates` shows where",
        ),
    }
}

/// Returns a number for what begins at `now_ms`, in milliseconds since 1970 UTC, as runs have one.
///
/// # Errors
/// Returns why the system has nothing random.
pub fn number(now_ms: i64) -> std::io::Result<RunId> {
    new_id(now_ms)
}
