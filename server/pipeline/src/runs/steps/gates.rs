//! The steps that answer gates (DESIGN.md section 7: specification, testing, refactoring).

use stagegate_core::gates::{GateName, Need, Observed, Threshold, Verdict};
use stagegate_core::plan::{Effect, StepName};
use stagegate_core::run::{GateRecord, StepFailure};

use crate::gates::{self, Event, GateOutcome, Request, Session};
use crate::runs::{Action, Context, Done};

/// Most shut gates that a sentence names.
const MAX_NAMED: usize = 5;

/// Answers the gates of its step; which of the three it is, the plan says.
#[derive(Clone, Copy, Debug)]
pub struct Gates;

impl Action for Gates {
    fn perform(&self, context: &mut Context<'_>) -> Result<Done, StepFailure> {
        let wanted: Vec<GateName> = gates_of(&context.step.effects);
        let outcomes = answer(context, context.step.name, &wanted)?;
        let shut: Vec<&GateOutcome> =
            outcomes.iter().filter(|gate| is_required(gate) && !gate.opens()).collect();
        let open = outcomes.iter().filter(|gate| gate.opens()).count();
        if shut.is_empty() {
            let summary = format!("{open} of {} gates are open", outcomes.len());
            return Ok(Done { summary, ..Done::default() });
        }
        let transient = shut.iter().all(|gate| may_pass(gate));
        let mut message = sentence(&shut);
        // Who is stopped here wants to know of everything that is left to do.
        if context.step.name == StepName::Testing && !transient && !context.cancel.is_cancelled() {
            let others = context.plan.step(StepName::Refactoring).map(|step| gates_of(&step.effects));
            let others = answer(context, StepName::Refactoring, &others.unwrap_or_default())?;
            let also: Vec<&GateOutcome> =
                others.iter().filter(|gate| is_required(gate) && !gate.opens()).collect();
            if !also.is_empty() {
                message = format!("{message}; then {}", sentence(&also));
            }
        }
        let help = shut.iter().map(|gate| gate.judgement.help.as_str()).find(|help| !help.is_empty());
        let help = help.unwrap_or("`stagegate gates` shows what was found").to_owned();
        Err(StepFailure { message, help, transient })
    }
}

fn is_required(gate: &GateOutcome) -> bool {
    gate.need == Some(Need::Required)
}

/// Whether what went wrong may pass by itself: the tool broke or was stopped; nothing was found that a person has to mend.
fn may_pass(gate: &GateOutcome) -> bool {
    use stagegate_core::gates::ProblemKind::{InputsChanged, ToolFailed, ToolStopped};
    let problem = gate.evidence.observed.as_ref().err();
    problem.is_some_and(|problem| matches!(problem.kind, ToolFailed | ToolStopped | InputsChanged))
}

fn sentence(shut: &[&GateOutcome]) -> String {
    let named = shut.iter().take(MAX_NAMED).map(|gate| {
        let required = &gate.judgement.required;
        let expected = if required.is_empty() { String::new() } else { format!(", expected {required}") };
        format!("`{}`: {}{expected}", gate.gate, gate.judgement.found)
    });
    let named: Vec<_> = named.collect();
    let more = match shut.len().saturating_sub(MAX_NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let what =
        if shut.len() == 1 { "1 gate is shut".to_owned() } else { format!("{} gates are shut", shut.len()) };
    format!("{what}: {}{more}", named.join("; "))
}

fn gates_of(effects: &[Effect]) -> Vec<GateName> {
    let gates = effects.iter().filter_map(|effect| match effect {
        Effect::Gate { gate, .. } => Some(gate.clone()),
        _ => None,
    });
    gates.collect()
}

/// Answers gates from what is known, or by running them, and notes the verdicts.
fn answer(
    context: &mut Context<'_>,
    step: StepName,
    wanted: &[GateName],
) -> Result<Vec<GateOutcome>, StepFailure> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let failure =
        |message: String, help: &str, transient| StepFailure { message, help: help.to_owned(), transient };
    let (folder, root, redactor, cancel) = (context.folder, context.root, context.redactor, context.cancel);
    let trusted =
        gates::permission(folder, root).map_err(|problem| failure(problem.message, &problem.help, false))?;
    let session = Session { folder, root, permission: Ok(&trusted), redactor };
    let request = Request {
        component: context.plan.component.clone(),
        stage: Some(context.plan.to),
        only: wanted.to_vec(),
        no_cache: false,
        background: false,
        // What fails is tried once more where nothing else is in its way.
        isolate: step == StepName::Testing,
    };
    let mut on_event = |event: &Event| match event {
        Event::Started { command, .. } => context.output(&format!("$ {command}")),
        Event::Output { line, .. } => context.output(line),
        Event::Planned { .. } | Event::Finished { .. } => {}
    };
    let outcomes = gates::run(&session, &[request], cancel, &mut on_event)
        .map_err(|error| failure(error.to_string(), "see `stagegate gates`", true))?;
    let outcome = outcomes.into_iter().next();
    let gates = outcome.map(|outcome| outcome.gates).unwrap_or_default();
    for gate in &gates {
        context.gate(record(gate, step))?;
    }
    if cancel.is_cancelled() {
        return Err(failure("it was stopped".to_owned(), "", false));
    }
    Ok(gates)
}

/// Returns the verdict of a gate as the journal keeps it.
pub(crate) fn record(gate: &GateOutcome, step: StepName) -> GateRecord {
    let GateOutcome { gate: name, need, threshold, evidence, judgement, cached } = gate;
    let took = u64::try_from(evidence.ended_ms.saturating_sub(evidence.started_ms)).unwrap_or_default();
    let (value, limit) = figures(evidence.observed.as_ref().ok(), threshold);
    let verdict = match judgement.verdict {
        // A report that somebody laid there opens nothing.
        Verdict::Pass if !gate.opens() => Verdict::Inconclusive,
        verdict => verdict,
    };
    GateRecord {
        gate: name.clone(),
        step,
        need: *need,
        verdict,
        found: judgement.found.clone(),
        wanted: judgement.required.clone(),
        next: (verdict != Verdict::Pass && !judgement.help.is_empty()).then(|| judgement.help.clone()),
        value,
        threshold: limit,
        cached: *cached,
        duration_ms: if *cached { 0 } else { took },
        evidence: serde_json::to_value(evidence).ok(),
    }
}

/// Returns the figure of a gate that has one, and what it is held against.
#[allow(clippy::cast_precision_loss, reason = "figures are far below 2^53")]
fn figures(observed: Option<&Observed>, threshold: &Threshold) -> (Option<f64>, Option<f64>) {
    let value = match observed {
        Some(Observed::Coverage { covered, statements, .. }) if *statements > 0 => {
            Some(*covered as f64 * 100.0 / *statements as f64)
        }
        Some(Observed::Tests { passed, failed, errors, .. }) if passed + failed + errors > 0 => {
            Some(*passed as f64 * 100.0 / (passed + failed + errors) as f64)
        }
        Some(Observed::Issues { count, .. }) => Some(*count as f64),
        Some(Observed::Complexity { counts, .. }) => counts.first().map(|(most, _)| f64::from(*most)),
        Some(Observed::Checklist { missing, .. }) => Some(missing.len() as f64),
        Some(Observed::Vulnerabilities(found)) => Some((found.critical + found.high + found.medium) as f64),
        _ => None,
    };
    let limit = match threshold {
        Threshold::Coverage(percent) | Threshold::PassRate(percent) => Some(*percent),
        Threshold::MaxIssues(most) => Some(*most as f64),
        Threshold::MaxComplexity(most) => Some(f64::from(*most)),
        Threshold::Complete => Some(0.0),
        _ => None,
    };
    (value, limit)
}
