//! What a request is about, and the answers to it.

use stagegate_core::components::{Component, Id};
use stagegate_core::gates::{Evidence, Finding, GateKind, GateName, MAX_FINDINGS, Policy, judge};
use stagegate_core::stage::Stage;
use stagegate_core::status;
use stagegate_core::workspace::Root;

use super::event::{Event, GateOutcome, Request};
use super::failure::GatesError;

/// What one request is about.
pub(super) struct Subject<'a> {
    pub(super) id: Id,
    pub(super) component: &'a Component,
    pub(super) stage: Stage,
    pub(super) policy: Policy<'a>,
    pub(super) wanted: Vec<GateName>,
}

impl<'a> Subject<'a> {
    pub(super) fn of(root: &'a Root, request: &Request) -> Result<Subject<'a>, GatesError> {
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
        let names = components
            .into_iter()
            .flat_map(stagegate_core::components::Components::iter)
            .map(|(_, c)| &*c.name);
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

/// What is known of a gate so far.
pub(super) struct Answer {
    pub(super) evidence: Evidence,
    pub(super) cached: bool,
}

/// The answers so far, and who hears of them.
pub(super) struct Answers<'a> {
    pub(super) all: Vec<Answer>,
    pub(super) subject: &'a Subject<'a>,
    pub(super) on_event: &'a mut dyn FnMut(&Event),
}

impl Answers<'_> {
    pub(super) fn has(&self, gate: &GateName) -> bool {
        self.all.iter().any(|answer| answer.evidence.gate == *gate)
    }

    /// Returns what is known of where and how flaky tests failed.
    pub(super) fn flaky(&self) -> Vec<Finding> {
        let all = self.all.iter().map(|answer| &answer.evidence);
        let of = |evidence: &Evidence| {
            let is_flaky = |rule: &String| evidence.flaky.contains(rule);
            let findings =
                evidence.findings.iter().filter(|finding| finding.rule.as_ref().is_some_and(is_flaky));
            findings.cloned().collect::<Vec<_>>()
        };
        all.flat_map(of).take(MAX_FINDINGS).collect()
    }

    pub(super) fn add(&mut self, evidence: Evidence, cached: bool) {
        let gate = evidence.gate.clone();
        self.all.push(Answer { evidence, cached });
        if !self.subject.wanted.contains(&gate) {
            return;
        }
        let Some(outcome) = self.outcome(&gate) else { return };
        // Answers to gates that nobody asked for come with those of others.
        let done = self.subject.wanted.iter().filter(|gate| self.has(gate)).count();
        (self.on_event)(&Event::Finished {
            component: self.subject.component.name.to_string(),
            gate,
            verdict: outcome.judgement.verdict.name().to_owned(),
            found: outcome.judgement.found,
            cached,
            done,
            of: self.subject.wanted.len(),
        });
    }

    pub(super) fn outcome(&self, gate: &GateName) -> Option<GateOutcome> {
        let Subject { policy, stage, .. } = self.subject;
        let answer = self.all.iter().find(|answer| answer.evidence.gate == *gate)?;
        let threshold = policy.threshold(gate, *stage);
        let evidence = answer.evidence.clone();
        let judgement = judge(gate.kind(), evidence.observed.as_ref(), &evidence.flaky, &threshold);
        let need = policy.need(gate, *stage);
        Some(GateOutcome { gate: gate.clone(), need, threshold, evidence, judgement, cached: answer.cached })
    }
}
