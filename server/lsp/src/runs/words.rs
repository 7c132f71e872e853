//! What the user is asked and told about plans and runs.

use stagegate_core::plan::{Effect, Plan, RunKind, StepName};
use stagegate_core::run::{RunRecord, RunState};

/// Most reasons in one message.
const MOST: usize = 3;

/// Most characters of one reason.
const MAX_REASON: usize = 240;

/// Returns the question whether a plan is to be run: `Promote calculator from development to staging? ...`.
pub(crate) fn question(plan: &Plan) -> String {
    let Plan { component, to, .. } = plan;
    let ask = match plan.kind {
        RunKind::Promotion => {
            let from = plan.from.map_or(String::new(), |from| format!(" from {from}"));
            format!("Promote {component}{from} to {to}?")
        }
        RunKind::Rollback => format!("Roll back {component} to {to}?"),
        RunKind::Drill => format!("Try a rollback of {component} for {to}?"),
    };
    let effects = || plan.steps.iter().flat_map(|step| &step.effects);
    let number = |wanted: fn(&Effect) -> bool| effects().filter(|effect| wanted(effect)).count();
    let mut parts = vec![count(plan.steps.len(), "step")];
    let gates =
        number(|effect| matches!(effect, Effect::Gate { known: None, commands, .. } if !commands.is_empty()));
    if gates > 0 {
        parts.push(format!("{} to run", count(gates, "gate")));
    }
    match number(|effect| matches!(effect, Effect::Edit(_))) {
        0 => {}
        1 => parts.push("1 file changes".to_owned()),
        files => parts.push(format!("{files} files change")),
    }
    let commits = number(|effect| matches!(effect, Effect::Commit { .. }));
    if commits > 0 {
        parts.push(count(commits, "commit"));
    }
    if let Some(environment) = plan.step(StepName::Deploy).and_then(|step| step.environment.as_ref()) {
        parts.push(format!("deployed to {environment}"));
    }
    if plan.step(StepName::Undeploy).is_some() {
        parts.push("the release before is brought back".to_owned());
    }
    format!("{ask} {}.", parts.join(", "))
}

/// What the button says that starts it.
pub(crate) fn yes(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Promotion => "Promote",
        RunKind::Rollback => "Roll back",
        RunKind::Drill => "Try it",
    }
}

/// Returns what the user is told where a plan is refused.
pub(crate) fn refused(plan: &Plan) -> String {
    let mut reasons: Vec<String> = plan
        .refusals
        .iter()
        .take(MOST)
        .map(|refusal| match refusal.help.as_str() {
            "" => short(&refusal.message),
            help => format!("{} ({})", short(&refusal.message), short(help)),
        })
        .collect();
    if let Some(more @ 1..) = plan.refusals.len().checked_sub(MOST) {
        reasons.push(format!("and {more} more"));
    }
    format!("{} is refused: {}", plan.title(), reasons.join("; "))
}

/// Returns the title of a progress.
pub(crate) fn title(kind: RunKind, component: &str, to: stagegate_core::stage::Stage) -> String {
    match kind {
        RunKind::Promotion => format!("Promoting {component} to {to}"),
        RunKind::Rollback => format!("Rolling back {component} to {to}"),
        RunKind::Drill => format!("Rollback drill of {component} for {to}"),
    }
}

/// Returns how far a run is, where nothing else says how it ended.
pub(crate) fn summary(run: &RunRecord) -> String {
    let what = format!("{} of `{}` to {}", run.kind.name(), run.component, run.to);
    match run.state {
        RunState::Interrupted => format!("{what} was interrupted: its process is gone"),
        RunState::Running => format!("{what} is under way"),
        state => format!("{what}: {}", state.name()),
    }
}

/// Returns a sentence with a capital letter at its start.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// Returns text on one line that is no longer than a message may be, and that steers nothing.
pub(crate) fn short(text: &str) -> String {
    let mut chars = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut out: String = chars.by_ref().take(MAX_REASON).collect();
    out.extend(chars.next().map(|_| '\u{2026}'));
    out
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stagegate_core::gates::{GateKind, Need};
    use stagegate_core::plan::{Backoff, FileChange, Refusal, RefusalCode, Step};
    use stagegate_core::stage::Stage;

    fn plan(kind: RunKind) -> Plan {
        let step = |name, effects| Step {
            name,
            effects,
            backoff: Backoff::NONE,
            timeout_ms: 1,
            environment: Some("staging".to_owned()),
            is_undone: false,
        };
        let edit = |path: &str| {
            Effect::Edit(FileChange { path: path.to_owned(), before: None, after: Some(String::new()) })
        };
        let gate = |known| Effect::Gate {
            gate: GateKind::Tests.into(),
            need: Need::Required,
            known,
            commands: vec![vec!["pytest".to_owned()]],
        };
        Plan {
            kind,
            component: "calculator".to_owned(),
            canonical: "calculator".to_owned(),
            from: Some(Stage::Development),
            to: Stage::Staging,
            spec: None,
            version: None,
            head: None,
            undoes: None,
            reason: None,
            steps: vec![
                step(StepName::Testing, vec![gate(None), gate(Some(stagegate_core::gates::Verdict::Pass))]),
                step(StepName::Metadata, vec![edit("a"), edit("b")]),
                step(StepName::Commit, vec![Effect::Commit { message: String::new(), paths: Vec::new() }]),
                step(StepName::Deploy, Vec::new()),
            ],
            refusals: Vec::new(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn the_question_says_what_would_happen() {
        assert_eq!(
            question(&plan(RunKind::Promotion)),
            "Promote calculator from development to staging? 4 steps, 1 gate to run, 2 files change, 1 commit, deployed to staging."
        );
        let mut rollback = plan(RunKind::Rollback);
        rollback.steps.truncate(1);
        rollback.steps[0].name = StepName::Undeploy;
        rollback.steps[0].effects.clear();
        rollback.to = Stage::Development;
        assert_eq!(
            question(&rollback),
            "Roll back calculator to development? 1 step, the release before is brought back."
        );
    }

    #[test]
    fn a_refusal_names_the_first_reasons() {
        let mut plan = plan(RunKind::Promotion);
        for reason in ["one\u{1b}[2J", "two", "three", "four"] {
            plan.refusals.push(Refusal::new(RefusalCode::WrongStage, reason, "mend it"));
        }
        assert_eq!(
            refused(&plan),
            "Promotion of calculator from development to staging is refused: one [2J (mend it); two (mend it); three (mend it); and 1 more"
        );
        assert_eq!(sentence("promotion"), "Promotion");
        assert_eq!(short(&"x".repeat(500)).chars().count(), MAX_REASON + 1);
    }
}
