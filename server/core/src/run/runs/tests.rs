use super::*;
use crate::fixture::Fixture;
use crate::run::{Outputs, StepFailure, StepRecord};

fn run(state: RunState, steps: &[(StepName, StepState)]) -> RunRecord {
    let steps = steps.iter().map(|(name, state)| StepRecord {
        name: *name,
        state: *state,
        attempts: 1,
        started_ms: Some(1),
        ended_ms: None,
        summary: None,
        failure: matches!(state, StepState::Failed).then(|| StepFailure {
            message: "exit code 1".to_owned(),
            help: String::new(),
            transient: false,
        }),
        outputs: Outputs::default(),
    });
    RunRecord {
        id: "20261121-034500-ab12cd".to_owned(),
        kind: RunKind::Promotion,
        component: "Prices".to_owned(),
        canonical: "prices".to_owned(),
        from: Some(Stage::Development),
        to: Stage::Staging,
        state,
        reason: None,
        undoes: None,
        undone_by: None,
        by: None,
        started_ms: 1_000,
        ended_ms: state.has_ended().then_some(2_000),
        resumed: 0,
        version: None,
        steps: steps.collect(),
        gates: Vec::new(),
    }
}

#[test]
fn what_a_run_does_is_said_in_words() {
    use StepName::{Commit, Deploy, Testing, Validate};
    use StepState::{Done, Failed, Pending, Started, UndoFailed, Undoing, Undone};
    let words = |state, steps: &[_]| {
        let run = run(state, steps);
        match (CurrentRun::of(&run), EndedRun::of(&run)) {
            (Some(current), None) => current.in_words(),
            (None, Some(ended)) => ended.in_words(),
            other => panic!("{other:?}"),
        }
    };
    let running = RunState::Running;
    assert_eq!(words(running, &[]), "promoting to staging: 0 %");
    let begun = [(Validate, Done), (Testing, Started), (Commit, Pending), (Deploy, Pending)];
    assert_eq!(words(running, &begun), "promoting to staging: Testing, 25 %");
    assert_eq!(words(RunState::Interrupted, &begun), "promotion to staging, interrupted at Testing");
    let undoing = [(Validate, Done), (Commit, Undoing), (Deploy, Failed)];
    assert_eq!(words(running, &undoing), "undoing the promotion to staging: Commit, 66 %");
    assert_eq!(
        words(RunState::Failed, &[(Validate, Done), (Commit, Undone), (Deploy, Failed)]),
        "promotion to staging: failed at Deploy"
    );
    assert_eq!(words(RunState::Succeeded, &[(Validate, Done)]), "promotion to staging: succeeded");
    let stuck = [(Commit, UndoFailed), (Deploy, Failed)];
    assert_eq!(
        words(RunState::Stuck, &stuck),
        "promotion to staging: failed, and not everything could be undone at Deploy"
    );
    let mut undone = run(RunState::Succeeded, &[]);
    undone.undone_by = Some("x".to_owned());
    assert_eq!(EndedRun::of(&undone).unwrap().in_words(), "promotion to staging: succeeded, undone later");
}

fn refusal(code: RefusalCode) -> Refusal {
    Refusal::new(code, "found", "help")
}

#[test]
fn refusals_are_kept_until_a_run_succeeds() {
    let of = |records: &[&RunRecord]| {
        let runs = ComponentRuns {
            current: records.iter().find_map(|run| CurrentRun::of(run)),
            ended: records.iter().filter_map(|run| EndedRun::of(run)).collect(),
            ..ComponentRuns::default()
        };
        Runs::new([(Arc::from("prices"), runs)])
    };
    let refused = |runs: &Runs| runs.of("prices").map_or(0, |runs| runs.refused.len());
    let none = Runs::default();
    let busy = vec![refusal(RefusalCode::RunInProgress), refusal(RefusalCode::DirtyFiles)];
    let known = none.refused("prices", busy);
    assert_eq!(refused(&known), 2);

    let running = run(RunState::Running, &[]);
    let meanwhile = of(&[&running]).after(Some(&known));
    assert_eq!(refused(&meanwhile), 2);
    assert!(meanwhile.unfinished(&running.id).is_some() && meanwhile.unfinished("other").is_none());
    let failed = of(&[&run(RunState::Failed, &[])]).after(Some(&meanwhile));
    assert_eq!(refused(&failed), 1, "no run is under way any more");
    let succeeded = of(&[&run(RunState::Succeeded, &[])]).after(Some(&meanwhile));
    assert_eq!(refused(&succeeded), 0);
    // What succeeded before the plan was refused decides nothing.
    let again = succeeded.refused("prices", vec![refusal(RefusalCode::DirtyFiles)]);
    assert_eq!(refused(&of(&[&run(RunState::Succeeded, &[])]).after(Some(&again))), 1);
    assert_eq!(refused(&again.refused("prices", Vec::new())), 0);
    assert_eq!(refused(&of(&[]).after(None)), 0);
}

#[test]
fn only_files_of_components_that_were_refused_are_looked_at_again() {
    let fixture = Fixture::new(
        "//- specs/a.md\n# A\n**Component Name:** a\n//- specs/b.md\n# B\n**Component Name:** b\n//- src/b/MATURITY.md\n# B\n**Current Stage**: Development\n",
    );
    let components = fixture.root.components.as_deref().unwrap();
    let affected = |old: Option<&Runs>, new: &Runs| affected_by_runs(old, new, components).join(" ");
    let none = Runs::default();
    let refused = none.refused("b", vec![refusal(RefusalCode::DirtyFiles)]);
    assert_eq!(affected(None, &none), "");
    assert_eq!(affected(None, &refused), "specs/b.md src/b/MATURITY.md");
    assert_eq!(affected(Some(&refused), &refused.at(7)), "");
    assert_eq!(affected(Some(&refused), &none), "specs/b.md src/b/MATURITY.md");
    assert!(
        same_runs(Some(&none), &none.at(3)) && !same_runs(None, &none) && !same_runs(Some(&none), &refused)
    );
}
