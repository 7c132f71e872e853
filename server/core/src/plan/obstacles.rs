//! What stands between a component and its next stage.

use super::known::{Aim, Known, PlanRequest};
use super::promotion::holds;
use super::{GitBusy, GitRepository, GitState, Plan, Refusal, RefusalCode, RunKind};
use crate::components::{Component, Components, Id};
use crate::gates::{COMPLETE, GateKind, GateName, GateStatus, Need};
use crate::name;
use crate::run::RunState;
use crate::stage::Stage;
use crate::status;
use crate::workspace::Root;

/// Most paths that a refusal names.
const MAX_NAMED: usize = 3;

/// Returns the component and the stage that a promotion is about.
///
/// # Errors
/// Returns the plan that says why there is none.
pub fn aim<'a>(root: &'a Root, request: &PlanRequest) -> Result<Aim<'a>, Box<Plan>> {
    let (id, component) = find(root, &request.component, RunKind::Promotion)?;
    let stage = component.stage;
    let wanted = request.to.or_else(|| match status::aim(stage, component.target()) {
        // Nothing to climb to: the next stage above, so that the plan says what hinders it.
        Some(aim) if stage.is_some_and(|stage| aim.rank() <= stage.rank()) => stage.and_then(Stage::next),
        other => other,
    });
    let Some(to) = wanted.or(stage) else {
        let refusal = Refusal::new(
            RefusalCode::WrongStage,
            format!("no file states a stage of `{}`, nor one that it is to reach", component.name),
            "name the stage: `--to development`",
        );
        return Err(Box::new(nothing(RunKind::Promotion, component, Stage::Development, refusal)));
    };
    Ok(Aim { id, component, to })
}

/// Returns a component that somebody described.
///
/// # Errors
/// Returns the plan that says that there is none.
pub(super) fn find<'a>(root: &'a Root, asked: &str, kind: RunKind) -> Result<(Id, &'a Component), Box<Plan>> {
    let components = root.components.as_deref();
    let found = components.and_then(|components| Some((components, components.find(asked)?)));
    if let Some((components, id)) = found {
        return Ok((id, components.get(id)));
    }
    let names: Vec<&str> =
        components.into_iter().flat_map(Components::iter).map(|(_, component)| &*component.name).collect();
    let help = match name::similar(asked, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? `stagegate status` lists the components"),
        None => "`stagegate status` lists the components".to_owned(),
    };
    let message = format!("there is no component `{asked}`");
    let refusal = Refusal::new(RefusalCode::UnknownComponent, message, help);
    Err(Box::new(Plan {
        kind,
        component: asked.to_owned(),
        canonical: name::canonical(asked),
        from: None,
        to: Stage::Development,
        spec: None,
        version: None,
        head: None,
        undoes: None,
        reason: None,
        steps: Vec::new(),
        refusals: vec![refusal],
        notes: Vec::new(),
    }))
}

/// Returns a plan of nothing, for this reason.
pub(super) fn nothing(kind: RunKind, component: &Component, to: Stage, refusal: Refusal) -> Plan {
    Plan {
        kind,
        component: component.name.to_string(),
        canonical: component.canonical.to_string(),
        from: component.stage,
        to,
        spec: component.specs.first().map(|spec| spec.path.to_string()),
        version: None,
        head: None,
        undoes: None,
        reason: None,
        steps: Vec::new(),
        refusals: vec![refusal],
        notes: Vec::new(),
    }
}

/// Returns every reason why a promotion is refused, what it is about first.
pub(super) fn of_promotion(
    aim: &Aim<'_>,
    known: &Known<'_>,
    gates: &[GateStatus],
    committed: &[&str],
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if let Some(wrong) = &known.wrong_configuration {
        let help = "`stagegate check` shows the lines";
        refusals.push(Refusal::new(RefusalCode::WrongConfiguration, wrong.clone(), help));
    }
    refusals.extend(stage(aim));
    refusals.extend(files(aim, known.root));
    if refusals.is_empty() && known.metadata.is_empty() {
        let name = &aim.component.name;
        refusals.push(Refusal {
            path: aim.component.specs.first().map(|spec| spec.path.to_string()),
            ..Refusal::new(
                RefusalCode::WrongStage,
                format!("no file says which stage `{name}` is in, so none could say {} afterwards", aim.to),
                "write `**Status:** Draft` below the title of its spec, or a MATURITY.md; the promotion fills it in",
            )
        });
    }
    if let Some(unfinished) = &known.unfinished {
        refusals.push(busy(&aim.component.name, unfinished));
    }
    refusals.extend(git(known.git, committed));
    if let Some(problem) = &known.untrusted {
        let refusal = Refusal::new(RefusalCode::Untrusted, problem.message.clone(), problem.help.clone());
        refusals.push(refusal);
    }
    let is_about_stage = |code| matches!(code, RefusalCode::WrongStage | RefusalCode::SkippedStage);
    // What a stage asks for that is not the next one is of no use.
    if !refusals.iter().any(|refusal| is_about_stage(refusal.code)) {
        refusals.extend(dependencies(aim, known.root));
        let is_named =
            |gate: &GateStatus| gate.name.kind() == GateKind::Specification && aim.component.specs.is_empty();
        refusals.extend(gates.iter().filter(|gate| !is_named(gate)).filter_map(|gate| shut(gate, known)));
        refusals.extend(known.obstacles.iter().cloned());
    }
    if let Some(breaker) = known.breaker {
        refusals.push(Refusal::new(
            RefusalCode::BreakerOpen,
            format!(
                "deployments to {} failed {} times in a row, so none is tried for another {} s",
                aim.to,
                breaker.failures,
                breaker.left_ms.div_ceil(1000)
            ),
            "find out why they failed (`stagegate history` names the runs), and try again later",
        ));
    }
    refusals
}

/// The stage that it is in, and the one that it is to reach.
fn stage(aim: &Aim<'_>) -> Option<Refusal> {
    let Aim { component, to, .. } = *aim;
    let name = &component.name;
    let refusal = |code, message: String, help: String| {
        let path = component.counting().map(|statement| statement.path.to_owned());
        Some(Refusal { path, ..Refusal::new(code, message, help) })
    };
    let wrong = RefusalCode::WrongStage;
    let Some(at) = component.stage else {
        if to == Stage::Development || to == Stage::Experimental {
            return None;
        }
        return refusal(
            RefusalCode::SkippedStage,
            format!("no file states a stage of `{name}`, and {to} comes after development"),
            "promote it to development first: `--to development`".to_owned(),
        );
    };
    if at == Stage::Deprecated || to == Stage::Deprecated {
        let message = format!(
            "`{name}` is {}, and a promotion leads to development, staging or production",
            at.in_words()
        );
        return refusal(wrong, message, "write the stage by hand where it is to be another".to_owned());
    }
    if at == to {
        let help = match at.next() {
            Some(next) => format!("its next stage is {next}: `--to {next}`"),
            None => "there is no stage above".to_owned(),
        };
        return refusal(wrong, format!("`{name}` is {} already", at.in_words()), help);
    }
    if to.rank() < at.rank() {
        return refusal(
            wrong,
            format!("`{name}` is {}, which is above {to}", at.in_words()),
            format!("to go back, undo its last promotion: `stagegate rollback {name}`"),
        );
    }
    match at.next() {
        Some(next) if next != to => refusal(
            RefusalCode::SkippedStage,
            format!("`{name}` is {}, and {next} comes before {to}", at.in_words()),
            format!("promote it to {next} first: `--to {next}`"),
        ),
        _ => None,
    }
}

/// What a component cannot do without.
fn files(aim: &Aim<'_>, root: &Root) -> Vec<Refusal> {
    let Aim { id, component, .. } = *aim;
    let name = &component.name;
    let mut refusals = Vec::new();
    if component.specs.is_empty() {
        refusals.push(Refusal::new(
            RefusalCode::MissingSpec,
            format!("no spec describes `{name}`"),
            format!("write one: `stagegate new spec {name}`"),
        ));
    }
    let components = root.components.as_deref();
    if components.is_some_and(|components| !components.has_source(id)) {
        let places = root.config.components.source.iter();
        let places: Vec<_> = places
            .map(|place| format!("`{}`", place.pattern().replace("<component>", &component.canonical)))
            .collect();
        refusals.push(Refusal::new(
            RefusalCode::MissingCode,
            format!("`{name}` has no source: expected {}", places.join(" or ")),
            "write it, or say where it lies with `components.source` in stagegate.yaml",
        ));
    }
    refusals
}

pub(super) fn busy(component: &str, unfinished: &super::Unfinished) -> Refusal {
    let super::Unfinished { id, state, step, pid } = unfinished;
    let at = step.as_ref().map_or(String::new(), |step| format!(" at the step {step}"));
    let (message, help) = if *state == RunState::Interrupted {
        (
            format!("the run {id} of `{component}` was interrupted{at}"),
            format!("take it up again with `stagegate resume {id}`, or undo it with `stagegate cancel {id}`"),
        )
    } else {
        let by = pid.map_or(String::new(), |pid| format!(", by the process {pid}"));
        (
            format!("the run {id} of `{component}` is under way{at}{by}"),
            format!("follow it with `stagegate watch {id}`, or stop it with `stagegate cancel {id}`"),
        )
    };
    Refusal::new(RefusalCode::RunInProgress, message, help)
}

/// What has to be so before anything is committed.
pub(super) fn git(git: &GitState, committed: &[&str]) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let repository = match git {
        GitState::NoGit { why } => {
            let help = "make it a repository with `git init` and a first commit";
            return vec![Refusal::new(RefusalCode::NoGit, why.clone(), help)];
        }
        GitState::Repository(repository) => repository,
    };
    let GitRepository { branch, identity, dirty, busy, .. } = repository;
    if let Some(operation) = busy.map(GitBusy::command) {
        refusals.push(Refusal::new(
            RefusalCode::GitBusy,
            format!("a {operation} is under way in the git repository"),
            format!("finish it, or stop it with `git {operation} --abort`"),
        ));
    } else if branch.is_none() {
        refusals.push(Refusal::new(
            RefusalCode::DetachedHead,
            "no branch is checked out (detached HEAD), so the commit would belong to none",
            "check out a branch: `git switch main`",
        ));
    }
    if identity.is_none() {
        refusals.push(Refusal::new(
            RefusalCode::NoGitIdentity,
            "git does not know who commits",
            "tell it with `git config user.name` and `git config user.email`",
        ));
    }
    let touched: Vec<&String> = dirty.iter().filter(|path| committed.contains(&path.as_str())).collect();
    if let Some(first) = touched.first() {
        let named: Vec<_> = touched.iter().take(MAX_NAMED).map(|path| format!("`{path}`")).collect();
        let more = match touched.len().saturating_sub(MAX_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (has, them) = if touched.len() == 1 { ("has", "it") } else { ("have", "them") };
        let message = format!(
            "{}{more} {has} changes that are not committed, and the run would commit {them}",
            named.join(", ")
        );
        let help = "commit them, or put them aside with `git stash`";
        refusals.push(Refusal {
            path: Some((*first).clone()),
            ..Refusal::new(RefusalCode::DirtyFiles, message, help)
        });
    }
    refusals
}

/// Required components below the target; of optional ones [`notes`] tells.
fn dependencies(aim: &Aim<'_>, root: &Root) -> Vec<Refusal> {
    let Some(components) = root.components.as_deref() else { return Vec::new() };
    let spec = aim.component.specs.first().map(|spec| spec.path.to_string());
    let unknown = aim.component.dependencies.iter().filter(|edge| edge.required && edge.to.is_none());
    let unknown = unknown.map(|edge| Refusal {
        path: spec.clone(),
        ..Refusal::new(
            RefusalCode::DependencyBelowTarget,
            format!("`{}` needs `{}`, which is no component", aim.component.name, edge.name),
            "correct its name in the spec, or write its spec",
        )
    });
    let below = status::below(components, aim.id, aim.to).into_iter().filter(|below| below.required);
    let below = below.map(|below| Refusal {
        path: spec.clone(),
        ..Refusal::new(
            RefusalCode::DependencyBelowTarget,
            below_target(&aim.component.name, &below),
            format!("promote `{}` to {} first", below.weakest, below.needed),
        )
    });
    unknown.chain(below).collect()
}

fn below_target(component: &str, below: &status::Below<'_>) -> String {
    let at = below.stage.map_or("in no stage", Stage::in_words);
    let through = if below.weakest == below.name {
        String::new()
    } else {
        format!(", which needs `{}`", below.weakest)
    };
    format!(
        "`{component}` needs `{}`{through}: that is {at}, and has to be at least {}",
        below.name,
        below.needed.in_words()
    )
}

/// A gate that is known to be shut, or that nothing can answer.
fn shut(gate: &GateStatus, known: &Known<'_>) -> Option<Refusal> {
    // What it depends on is named one by one.
    if gate.need != Need::Required || gate.name.kind() == GateKind::Dependencies || gate.opens() {
        return None;
    }
    if gate.name.kind() == GateKind::Lint && !known.auto_fixes.is_empty() {
        return None;
    }
    let refusal = |message: String, help: String| Refusal {
        gate: Some(gate.name.clone()),
        ..Refusal::new(RefusalCode::GateNotMet, message, help)
    };
    if let (true, Some(judgement)) = (holds(gate), &gate.judgement) {
        let required = match judgement.required.as_str() {
            // What is found names what is missing.
            "" | COMPLETE => String::new(),
            required => format!(", expected {required}"),
        };
        let message = format!("the gate `{}` is shut: {}{required}", gate.name, judgement.found);
        return Some(refusal(message, judgement.help.clone()));
    }
    let answer = known.gates.iter().find(|answer| answer.gate == gate.name)?;
    let problem = answer.commands.as_ref().err()?;
    Some(refusal(
        format!("the gate `{}` cannot be answered: {}", gate.name, problem.message),
        problem.help.clone(),
    ))
}

/// What is worth knowing, and hinders nothing.
pub(super) fn notes(aim: &Aim<'_>, known: &Known<'_>, gates: &[GateStatus], notes: &mut Vec<String>) {
    let Aim { id, component, to } = *aim;
    if let Some(components) = known.root.components.as_deref() {
        let optional = status::below(components, id, to).into_iter().filter(|below| !below.required);
        notes.extend(optional.map(|below| below_target(&component.name, &below)));
    }
    let other = component.statements().find(|statement| statement.stage != component.stage);
    if let (Some(other), Some(at)) = (other, component.stage) {
        notes.push(format!("`{}` says `{}`; what counts is {at}", other.path, other.text));
    }
    let shut = gates.iter().filter(|gate| gate.need == Need::Optional && holds(gate) && !gate.opens());
    let shut: Vec<_> = shut.map(|gate| format!("`{}`", gate.name)).collect();
    if !shut.is_empty() {
        let what =
            if shut.len() == 1 { "optional gate that is shut" } else { "optional gates that are shut" };
        notes.push(format!("{what}: {}; `stagegate gates {}` says why", shut.join(", "), component.name));
    }
}

/// Returns the gates that have to be run before everything that stands in the way is known.
#[must_use]
pub fn unknown_gates(root: &Root, aim: &Aim<'_>) -> Vec<GateName> {
    let gates = crate::gates::status(root, aim.id, aim.to).into_iter();
    let open =
        gates.filter(|gate| gate.need == Need::Required && !holds(gate) && !gate.name.kind().needs_no_run());
    open.map(|gate| gate.name).collect()
}
