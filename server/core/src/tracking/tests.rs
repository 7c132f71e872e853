use expect_test::{Expect, expect};

use super::*;
use crate::component::ComponentFile;
use crate::fixture::Fixture;
use crate::gates::{GateKind, GateName, Need, Verdict};
use crate::plan::{Plan, Refusal, RefusalCode, StepName};
use crate::run::{GateRecord, Person, RunRecord, RunState};
use crate::stage::Stage;
use crate::text::Source;

const TEXT: &str = "\
//- specs/prices.md
# Prices

**Component Name:** prices
**Status:** Development
**Target Stage:** staging

## Acceptance Criteria

### Staging Stage
- [ ] Test coverage ≥70%
- [x] The shop's price list is read without an error
- [ ] Sales <b>agreed</b>

## Rollback Procedure
Say who decides.

### Staging
1. Deploy the version before.
#### Data
2. Take migrations back.

### Production
1. Tell the shop.

---

**Approval:**
- [x] QA: Mara, 2026-11-18 (for staging)
- [ ] Lead (for production)
//- specs/sums.md
# Sums

**Component Name:** sums

## Dependencies
- `prices` (staging)
//- src/prices/prices.py
//- .stagegate/evidence.json
{\"evidence\": [{\"gate\": \"coverage\", \"component\": \"prices\", \"origin\": \"run\", \"started_ms\": 0, \"ended_ms\": 1795222979000,
\"observed\": {\"Ok\": {\"kind\": \"coverage\", \"covered\": 130, \"statements\": 200, \"files\": 1,
\"gaps\": [{\"path\": \"src/prices/prices.py\", \"first\": 3, \"last\": 9}, {\"path\": \"src/prices/prices.py\", \"first\": 20, \"last\": 20}]}}}]}
";

fn plan(kind: RunKind, from: Stage, to: Stage) -> Plan {
    Plan {
        kind,
        component: "prices".to_owned(),
        canonical: "prices".to_owned(),
        from: Some(from),
        to,
        spec: Some("specs/prices.md".to_owned()),
        version: None,
        head: None,
        undoes: (kind == RunKind::Rollback).then(|| "20261120-010203-aaaaaa".to_owned()),
        reason: (kind == RunKind::Rollback).then(|| "totals were\nwrong".to_owned()),
        steps: Vec::new(),
        refusals: Vec::new(),
        notes: Vec::new(),
    }
}

fn run(plan: &Plan) -> RunRecord {
    let gate = |gate: GateName, need, verdict, found: &str, wanted: &str| GateRecord {
        gate,
        step: StepName::Testing,
        need: Some(need),
        verdict,
        found: found.to_owned(),
        wanted: wanted.to_owned(),
        next: None,
        value: None,
        threshold: None,
        cached: false,
        duration_ms: 0,
        evidence: None,
    };
    RunRecord {
        id: "20261121-034500-ab12cd".to_owned(),
        kind: plan.kind,
        component: plan.component.clone(),
        canonical: plan.canonical.clone(),
        from: plan.from,
        to: plan.to,
        state: RunState::Running,
        reason: plan.reason.clone(),
        undoes: plan.undoes.clone(),
        undone_by: None,
        by: Some(Person { name: "Mara Lindqvist".to_owned(), email: "mara@example.com".to_owned() }),
        started_ms: 1_795_222_979_000,
        ended_ms: None,
        resumed: 0,
        version: None,
        steps: Vec::new(),
        gates: vec![
            gate(
                GateKind::Tests.into(),
                Need::Required,
                Verdict::Fail,
                "9 passed, 1 failed",
                "every test passes",
            ),
            gate(
                GateKind::Coverage.into(),
                Need::Required,
                Verdict::Pass,
                "81 % (81 of 100)",
                "at least 70 %",
            ),
            gate(GateKind::Complexity.into(), Need::Optional, Verdict::Fail, "14", "at most 10"),
            gate(GateKind::Tests.into(), Need::Required, Verdict::Pass, "10 passed", "every test passes"),
        ],
    }
}

fn details(to: Stage) -> (Fixture, Details) {
    let fixture = Fixture::new(TEXT);
    let id = fixture.components().find("prices").unwrap();
    let text = fixture.text("specs/prices.md");
    let file = ComponentFile::of_path(Source::Str(text), "specs/prices.md", &fixture.root).unwrap();
    let rollback_plan = rollback_plan(&file, Source::Str(text), to);
    let details = Details { rollback_plan, ..Details::of(&fixture.root, id, to, None) };
    (fixture, details)
}

fn check(issue: &Issue, expected: &Expect) {
    let Issue { key, title, labels, column, body, .. } = issue;
    expected.assert_eq(&format!("{key}\n{title}\n{}\n{column}\n\n{body}", labels.join(", ")));
}

#[test]
fn the_issue_of_a_promotion_is_the_template_filled_in() {
    let plan = plan(RunKind::Promotion, Stage::Development, Stage::Staging);
    check(
        &promotion(&plan, &run(&plan), &details(Stage::Staging).1),
        &expect![[r#"
        20261121-034500-ab12cd-promotion
        Promote prices to staging
        component:prices, target:staging, promotion:approved
        Development

        ## Component Promotion: prices

        **Current Stage:** Development
        **Target Stage:** Staging
        **Date:** 2026-11-21
        **Requested By:** Mara Lindqvist
        **Run:** `20261121-034500-ab12cd`

        ### Quality Gates
        - [x] Tests: 10 passed
        - [x] Test coverage: 81 % (81 of 100)
        - [ ] Complexity (optional): 14; expected: at most 10

        ### Promotion Criteria
        - [x] The shop's price list is read without an error
        - [ ] Sales &lt;b>agreed&lt;/b>

        ### Blockers
        None.

        ### Approval
        - [x] QA (Mara, 2026-11-18)

        ### Rollback Plan
        1. Deploy the version before.
        **Data**
        2. Take migrations back.
    "#]],
    );
}

#[test]
fn what_nobody_wrote_is_said_to_be_missing() {
    let plan = plan(RunKind::Promotion, Stage::Development, Stage::Staging);
    let run = RunRecord { gates: Vec::new(), by: None, ..run(&plan) };
    check(
        &promotion(&plan, &run, &Details::default()),
        &expect![[r#"
        20261121-034500-ab12cd-promotion
        Promote prices to staging
        component:prices, target:staging, promotion:approved
        Development

        ## Component Promotion: prices

        **Current Stage:** Development
        **Target Stage:** Staging
        **Date:** 2026-11-21
        **Run:** `20261121-034500-ab12cd`

        ### Quality Gates
        No gate was run.

        ### Promotion Criteria
        The spec lists none for this stage.

        ### Blockers
        None.

        ### Approval
        None is needed for this stage.

        ### Rollback Plan
        The spec describes none. `stagegate rollback` undoes the steps of the run in reverse.
    "#]],
    );
}

#[test]
fn a_rollback_says_reason_time_and_impact() {
    let plan = plan(RunKind::Rollback, Stage::Production, Stage::Staging);
    check(
        &rollback(&plan, &run(&plan), &details(Stage::Production).1),
        &expect![[r#"
        20261121-034500-ab12cd-rollback
        Production rollback: prices
        component:prices, rollback, incident
        Production

        Rollback reason: totals were wrong
        Rollback time: 2026-11-21 01:02 UTC
        Impact: prices is back in Staging; these depend on it: sums

        **Component:** prices
        **From:** Production
        **To:** Staging
        **Requested By:** Mara Lindqvist
        **Run:** `20261121-034500-ab12cd`
        **Undoes:** `20261120-010203-aaaaaa`

        ### Rollback Plan
        1. Tell the shop.

        ### Action Items
        - [ ] Find the cause
        - [ ] Mend it, with a test that fails without the mend
        - [ ] Promote prices again: `stagegate promote prices --to production`
    "#]],
    );
    let staging = Plan { from: Some(Stage::Staging), to: Stage::Development, reason: None, ..plan };
    let issue = rollback(&staging, &RunRecord { reason: None, ..run(&staging) }, &Details::default());
    assert_eq!(issue.title, "Rollback prices from staging");
    assert_eq!(issue.labels, ["component:prices", "rollback"]);
    assert!(issue.body.starts_with("Rollback reason: not stated\n"), "{}", issue.body);
}

#[test]
fn each_blocker_of_a_refused_plan_becomes_an_issue() {
    let refusal = |code, message: &str, gate: Option<GateKind>| Refusal {
        code,
        message: message.to_owned(),
        help: "test what is not covered yet".to_owned(),
        path: gate.map(|_| "specs/prices.md".to_owned()),
        gate: gate.map(GateName::from),
    };
    let plan = Plan {
        refusals: vec![
            refusal(
                RefusalCode::GateNotMet,
                "test coverage is 65 %; expected: at least 70 %",
                Some(GateKind::Coverage),
            ),
            refusal(
                RefusalCode::DependencyBelowTarget,
                "`prices` needs `sums`, which is in development; expected: at least staging",
                None,
            ),
            refusal(RefusalCode::MissingSignOff, "`Security review complete` is not signed off", None),
            refusal(RefusalCode::DirtyFiles, "1 file is changed", None),
            refusal(RefusalCode::BlockerIssue, "issue #7 blocks `prices`", None),
            refusal(RefusalCode::GateNotMet, "again", Some(GateKind::Coverage)),
        ],
        ..plan(RunKind::Promotion, Stage::Development, Stage::Staging)
    };
    let issues = blockers(&plan, &details(Stage::Staging).0.root);
    check(
        &issues[0],
        &expect![[r#"
        blocker-staging-coverage
        [prices] Staging Promotion Blocker: Low Test Coverage
        component:prices, target:staging, blocker, blocker:tests, quality-gate-failure, promotion:blocked
        Development

        Component: prices
        Target Stage: staging
        Current Coverage: 65 % (130 of 200 statements in 1 file)
        Required Coverage: at least 70 %

        Blocker Details:
        - test coverage is 65 %; expected: at least 70 %
        - Stated in `specs/prices.md`
        - `src/prices/prices.py`: lines 3 to 9 are not covered
        - `src/prices/prices.py`: line 20 is not covered
        - Seen: 2026-11-21 01:02 UTC

        Action Items:
        - [ ] Test what is not covered yet
        - [ ] Look again: `stagegate gates prices --stage staging`
        - [ ] Promote: `stagegate promote prices --to staging`
    "#]],
    );
    let rest: Vec<_> = issues[1..]
        .iter()
        .map(|issue| format!("{} | {} | {}", issue.key, issue.title, issue.labels.join(", ")))
        .collect();
    expect![[r#"
        blocker-staging-dependency-sums-below-target | [prices] Staging Promotion Blocker: Dependency sums Below Target | component:prices, target:staging, blocker, blocker:dependencies, promotion:blocked
        blocker-staging-missing-sign-off-security-review-complete | [prices] Staging Promotion Blocker: Missing Sign-off: Security review complete | component:prices, target:staging, blocker, blocker:security, promotion:blocked"#]].assert_eq(&rest.join("\n"));
}

#[test]
fn labels_say_how_a_promotion_ended() {
    let labels = ["component:a".to_owned(), "promotion:approved".to_owned()];
    assert_eq!(ended(&labels, RunState::Succeeded), ["component:a", "promotion:completed"]);
    assert_eq!(ended(&labels, RunState::Failed), ["component:a", "promotion:blocked"]);
    assert_eq!(ended(&labels, RunState::Cancelled), ["component:a"], "nobody asks for it any more");
    assert_eq!(ended(&labels, RunState::Running), labels);
    assert_eq!(ended(&["rollback".to_owned()], RunState::Succeeded), ["rollback"]);
}

#[test]
fn plans_show_the_file_of_the_issue() {
    expect![[r#"
        [
            Write {
                path: ".stagegate/tracking/prices/<run>-promotion.md",
                what: "the issue of the promotion: gates, criteria, approvals, how it is taken back",
            },
        ]
    "#]]
    .assert_debug_eq(&effects("prices", RunKind::Promotion));
    assert!(effects("prices", RunKind::Drill).is_empty());
}
