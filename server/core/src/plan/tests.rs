//! Plans of promotions, as text.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;
use crate::fixture::Fixture;
use crate::gates::{GateKind, Policy, Problem, ProblemKind};
use crate::run::{Person, RunState};

/// A component in development that nothing hinders, with the evidence of its gates.
const READY: &str = "\
//- specs/calc.md
# Calc
**Component Name:** calc
**Status:** Development
**Target Stage:** staging
## Overview
text
## Requirements
text
## Acceptance Criteria
- [ ] works
//- src/calc/__init__.py
__maturity__ = \"development\"
//- tests/test_calc.py
";

fn evidence(gates: &[(&str, &str)]) -> String {
    let of = |(gate, observed): &(&str, &str)| {
        format!(
            r#"{{"gate": "{gate}", "component": "calc", "origin": "run", "started_ms": 0, "ended_ms": 0, "observed": {observed}}}"#
        )
    };
    let entries: Vec<_> = gates.iter().map(of).collect();
    format!("//- .stagegate/evidence.json\n{{\"evidence\": [{}]}}\n", entries.join(","))
}

const CLEAN: &str = r#"{"Ok": {"kind": "issues", "count": 0, "files": 1}}"#;
const PASSED: &str = r#"{"Ok": {"kind": "tests", "passed": 3, "failed": 0, "errors": 0, "skipped": 0}}"#;
const SAFE: &str = r#"{"Ok": {"kind": "vulnerabilities", "critical": 0, "high": 0, "medium": 0, "low": 0}}"#;
const COVERED: &str = r#"{"Ok": {"kind": "coverage", "covered": 9, "statements": 10, "files": 1}}"#;

fn all_pass() -> Vec<(&'static str, &'static str)> {
    vec![
        ("lint", CLEAN),
        ("types", CLEAN),
        ("secrets", CLEAN),
        ("vulnerabilities", SAFE),
        ("tests", PASSED),
        ("coverage", COVERED),
    ]
}

fn repository() -> GitState {
    GitState::Repository(GitRepository {
        root: "/w".to_owned(),
        head: Some("1".repeat(40)),
        branch: Some("main".to_owned()),
        identity: Some(Person { name: "Mara".to_owned(), email: "mara@example.com".to_owned() }),
        dirty: Vec::new(),
        ignored: Vec::new(),
        busy: None,
    })
}

fn known<'a>(root: &'a crate::workspace::Root, git: &'a GitState) -> Known<'a> {
    let stage_gates = Policy::new(&root.config, None).gates(Stage::Staging).into_iter();
    let command = |name: &crate::gates::GateName| vec![vec![format!("run-{name}")]];
    Known {
        root,
        git,
        wrong_configuration: None,
        untrusted: None,
        gates: stage_gates.map(|(gate, _)| GateCommands { commands: Ok(command(&gate)), gate }).collect(),
        auto_fixes: Vec::new(),
        metadata: vec![FileChange {
            path: "src/calc/__init__.py".to_owned(),
            before: Some("__maturity__ = \"development\"\n".to_owned()),
            after: Some("__maturity__ = \"staging\"\n".to_owned()),
        }],
        sign_offs: Vec::new(),
        obstacles: Vec::new(),
        deploy: vec![Effect::Switch {
            environment: "staging".to_owned(),
            before: None,
            after: Some("<run>".to_owned()),
        }],
        verify: Vec::new(),
        tracking: Vec::new(),
        context: Vec::new(),
        reports: vec![Effect::Write {
            path: ".stagegate/reports/calc.json".to_owned(),
            what: "the report".to_owned(),
        }],
        unfinished: None,
        breaker: None,
        version: None,
        notes: Vec::new(),
    }
}

fn plan_with(fixture: &Fixture, to: Option<Stage>, change: impl FnOnce(&mut Known<'_>)) -> Plan {
    let request = PlanRequest { component: "calc".to_owned(), to, reason: None };
    let git = repository();
    let mut known = known(&fixture.root, &git);
    change(&mut known);
    match aim(&fixture.root, &request) {
        Ok(aim) => promotion(&aim, &request, &known),
        Err(plan) => *plan,
    }
}

fn refusals(plan: &Plan) -> String {
    let mut out = String::new();
    for refusal in &plan.refusals {
        let path = refusal.path.as_ref().map_or(String::new(), |path| format!(" [{path}]"));
        let _ = writeln!(out, "{}: {}{path}\n  {}", refusal.code.name(), refusal.message, refusal.help);
    }
    for note in &plan.notes {
        let _ = writeln!(out, "note: {note}");
    }
    out
}

fn check(fixture: &str, to: Option<Stage>, expected: &Expect) {
    let fixture = Fixture::new(fixture);
    expected.assert_eq(&refusals(&plan_with(&fixture, to, |_| {})));
}

#[test]
fn a_component_that_nothing_hinders_is_promoted_in_order() {
    let fixture = Fixture::new(&format!("{READY}{}", evidence(&all_pass())));
    let plan = plan_with(&fixture, None, |_| {});
    expect![[r##"
        # Promotion of calc from development to staging

        Nothing was done yet: this is what would be done, in this order.

        Worth knowing:

        - optional gate that is shut: `documentation`; `stagegate gates calc` says why

        ## 1. Validate

        - check: `calc` is in development
        - check: the branch `main` is checked out, and nothing is changed in the files that would be committed

        ## 2. Specification

        - gate `specification`: pass by evidence that holds
        - gate `instructions` (optional): run `run-instructions`

        ## 3. Testing

        - gate `tests`: pass by evidence that holds
        - gate `coverage`: pass by evidence that holds
        - gate `integration_tests` (optional): run `run-integration_tests`
        - gate `flakiness`: pass by evidence that holds

        Tried again up to 3 times where it fails for a reason that may pass.

        ## 4. Refactoring

        - gate `dependencies`: pass by evidence that holds
        - gate `documentation` (optional): fail by evidence that holds
        - gate `lint`: pass by evidence that holds
        - gate `types`: pass by evidence that holds
        - gate `secrets`: pass by evidence that holds
        - gate `vulnerabilities`: pass by evidence that holds
        - gate `complexity` (optional): run `run-complexity`
        - gate `performance` (optional): run `run-performance`

        ## 5. Criteria and sign-offs

        - check: every gate that staging waits for is open

        ## 6. Metadata

        - change `src/calc/__init__.py`

        ```diff
        --- a/src/calc/__init__.py
        +++ b/src/calc/__init__.py
        @@ -1 +1 @@
        -__maturity__ = "development"
        +__maturity__ = "staging"
        ```

        Undone where a later step fails.

        ## 7. Commit

        - commit `src/calc/__init__.py` as “Promote calc from development to staging”

        Undone where a later step fails.

        ## 8. Deploy

        - staging serves `<run>` instead of nothing

        Tried again up to 5 times where it fails for a reason that may pass.

        Undone where a later step fails.

        ## 9. Reports

        - write `.stagegate/reports/calc.json`: the report
    "##]]
    .assert_eq(&plan.markdown());
    assert!(plan.is_possible());
    assert_eq!(plan.committed(), ["src/calc/__init__.py"]);
    // It comes back from the journal as it was.
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
}

#[test]
fn stages_that_a_promotion_does_not_lead_to() {
    let text = format!("{READY}{}", evidence(&all_pass()));
    check(
        &text,
        Some(Stage::Development),
        &expect![[r#"
        wrong-stage: `calc` is in development already [src/calc/__init__.py]
          its next stage is staging: `--to staging`
    "#]],
    );
    check(
        &text,
        Some(Stage::Production),
        &expect![[r#"
            skipped-stage: `calc` is in development, and staging comes before production [src/calc/__init__.py]
              promote it to staging first: `--to staging`
        "#]],
    );
    check(
        &text,
        Some(Stage::Deprecated),
        &expect![[r#"
        wrong-stage: `calc` is in development, and a promotion leads to development, staging or production [src/calc/__init__.py]
          write the stage by hand where it is to be another
    "#]],
    );
    let above = text
        .replace("development\"", "production\"")
        .replace("**Status:** Development", "**Status:** Production");
    check(
        &above,
        Some(Stage::Staging),
        &expect![[r#"
            wrong-stage: `calc` is in production, which is above staging [src/calc/__init__.py]
              to go back, undo its last promotion: `stagegate rollback calc`
            note: optional gate that is shut: `documentation`; `stagegate gates calc` says why
        "#]],
    );
    check(
        &above,
        None,
        &expect![[r#"
            wrong-stage: `calc` is in production already [src/calc/__init__.py]
              there is no stage above
        "#]],
    );
    let backlog = text
        .replace("__maturity__ = \"development\"", "")
        .replace("**Status:** Development", "**Status:** Draft");
    check(
        &backlog,
        None,
        &expect![[r#"
            skipped-stage: no file states a stage of `calc`, and staging comes after development
              promote it to development first: `--to development`
            note: optional gate that is shut: `documentation`; `stagegate gates calc` says why
        "#]],
    );
    check(&backlog, Some(Stage::Development), &expect![[r#""#]]);
    let none = backlog.replace("**Target Stage:** staging", "");
    check(&none, None, &expect![[r#""#]]);
}

#[test]
fn what_is_missing() {
    check(
        "//- specs/other.md\n# Other\n**Component Name:** calk\n",
        None,
        &expect![[r#"
        unknown-component: there is no component `calc`
          did you mean `calk`? `stagegate status` lists the components
    "#]],
    );
    check(
        "//- src/calc/__init__.py\n__maturity__ = \"development\"\n",
        None,
        &expect![[r#"
            missing-spec: no spec describes `calc`
              write one: `stagegate new spec calc`
            note: optional gate that is shut: `documentation`; `stagegate gates calc` says why
        "#]],
    );
    check(
        "//- specs/calc.md\n# C\n**Component Name:** calc\n**Status:** Development\n",
        None,
        &expect![[r#"
            missing-code: `calc` has no source: expected `src/calc` or `src/components/calc`
              write it, or say where it lies with `components.source` in stagegate.yaml
            gate-not-met: the gate `specification` is shut: the section `Overview` is missing; the section `Requirements` is missing; the section `Acceptance Criteria` is missing
              complete the spec; `stagegate check` shows the lines
            note: optional gate that is shut: `documentation`; `stagegate gates calc` says why
        "#]],
    );
}

#[test]
fn gates_that_are_known_to_be_shut_are_named_and_those_not_known_are_run() {
    let mut gates = all_pass();
    gates[5].1 = r#"{"Ok": {"kind": "coverage", "covered": 641, "statements": 1000, "files": 1}}"#;
    gates.remove(1);
    let text = format!("{READY}{}", evidence(&gates));
    check(
        &text,
        None,
        &expect![[r#"
            gate-not-met: the gate `coverage` is shut: 64.1 % (641 of 1000 statements in 1 file), expected at least 70 %
              test what is not covered yet
            note: optional gate that is shut: `documentation`; `stagegate gates calc` says why
        "#]],
    );
    let fixture = Fixture::new(&text);
    let request = PlanRequest { component: "calc".to_owned(), ..PlanRequest::default() };
    assert_eq!(
        unknown_gates(&fixture.root, &aim(&fixture.root, &request).unwrap()),
        [GateKind::Types.into()]
    );
    // Nothing can answer it.
    let plan = plan_with(&fixture, None, |known| {
        let types = known.gates.iter_mut().find(|gate| gate.gate.kind() == GateKind::Types).unwrap();
        types.commands = Err(Problem {
            kind: ProblemKind::NotConfigured,
            message: "no type checker was found".to_owned(),
            help: "configure `gates.types`".to_owned(),
        });
    });
    expect![[r#"
        gate-not-met: the gate `types` cannot be answered: no type checker was found
          configure `gates.types`
        gate-not-met: the gate `coverage` is shut: 64.1 % (641 of 1000 statements in 1 file), expected at least 70 %
          test what is not covered yet
        note: optional gate that is shut: `documentation`; `stagegate gates calc` says why
    "#]].assert_eq(&refusals(&plan));
}

#[test]
fn a_linter_that_can_mend_it_does_not_stand_in_the_way() {
    let mut gates = all_pass();
    gates[0].1 = r#"{"Ok": {"kind": "issues", "count": 2, "files": 1}}"#;
    let fixture = Fixture::new(&format!("{READY}{}", evidence(&gates)));
    assert!(!plan_with(&fixture, None, |_| {}).is_possible());
    let plan = plan_with(&fixture, None, |known| {
        known.auto_fixes = vec![FileChange {
            path: "src/calc/a.py".to_owned(),
            before: Some("import os\n".to_owned()),
            after: Some(String::new()),
        }];
    });
    assert!(plan.is_possible(), "{}", refusals(&plan));
    assert_eq!(plan.committed(), ["src/calc/__init__.py", "src/calc/a.py"]);
    let names: Vec<_> = plan.steps.iter().map(|step| step.name).collect();
    assert!(
        names.iter().position(|name| *name == StepName::AutoFix)
            < names.iter().position(|name| *name == StepName::Testing)
    );
}

#[test]
fn a_dependency_below_the_target_is_one_refusal_and_an_optional_one_a_note() {
    let text = format!(
        "{}//- specs/money.md\n# M\n**Component Name:** money\n**Status:** Development\n//- specs/ui.md\n# U\n**Component Name:** ui\n**Status:** Development\n{}",
        READY.replace(
            "## Acceptance",
            "## Dependencies\n### Required Components\n- `money` (staging)\n- `gone` (staging)\n### Optional Components\n- `ui` (staging)\n## Acceptance"
        ),
        evidence(&all_pass())
    );
    check(
        &text,
        None,
        &expect![[r#"
            dependency-below-target: `calc` needs `gone`, which is no component [specs/calc.md]
              correct its name in the spec, or write its spec
            dependency-below-target: `calc` needs `money`: that is in development, and has to be at least in staging [specs/calc.md]
              promote `money` to staging first
            note: `calc` needs `ui`: that is in development, and has to be at least in staging
            note: optional gate that is shut: `documentation`; `stagegate gates calc` says why
        "#]],
    );
}

#[test]
fn a_promotion_that_no_file_could_say_is_refused() {
    let fixture = Fixture::new(&format!("{READY}{}", evidence(&all_pass())));
    let plan = plan_with(&fixture, None, |known| known.metadata.clear());
    expect![[r#"
        wrong-stage: no file says which stage `calc` is in, so none could say staging afterwards [specs/calc.md]
          write `**Status:** Draft` below the title of its spec, or a MATURITY.md; the promotion fills it in
        note: optional gate that is shut: `documentation`; `stagegate gates calc` says why
    "#]].assert_eq(&refusals(&plan));
}

#[test]
fn what_git_has_to_say() {
    let fixture = Fixture::new(&format!("{READY}{}", evidence(&all_pass())));
    let mut out = String::new();
    let no_git = GitState::NoGit { why: "the folder is in no git repository".to_owned() };
    let with = |change: &dyn Fn(&mut GitRepository)| {
        let mut git = repository();
        if let GitState::Repository(repository) = &mut git {
            change(repository);
        }
        git
    };
    let touched = ["README.md", "src/calc/__init__.py"].map(str::to_owned);
    let cases = [
        no_git,
        with(&|git| git.branch = None),
        with(&|git| git.identity = None),
        with(&|git| git.dirty = touched.to_vec()),
        with(&|git| (git.branch, git.busy) = (None, Some(GitBusy::CherryPick))),
    ];
    for git in &cases {
        let request = PlanRequest { component: "calc".to_owned(), ..PlanRequest::default() };
        let aim = aim(&fixture.root, &request).unwrap();
        out += &refusals(&promotion(&aim, &request, &known(&fixture.root, git)));
    }
    expect![[r#"
        no-git: the folder is in no git repository
          make it a repository with `git init` and a first commit
        note: optional gate that is shut: `documentation`; `stagegate gates calc` says why
        detached-head: no branch is checked out (detached HEAD), so the commit would belong to none
          check out a branch: `git switch main`
        note: optional gate that is shut: `documentation`; `stagegate gates calc` says why
        no-git-identity: git does not know who commits
          tell it with `git config user.name` and `git config user.email`
        note: optional gate that is shut: `documentation`; `stagegate gates calc` says why
        dirty-files: `src/calc/__init__.py` has changes that are not committed, and the run would commit it [src/calc/__init__.py]
          commit them, or put them aside with `git stash`
        note: optional gate that is shut: `documentation`; `stagegate gates calc` says why
        git-busy: a cherry-pick is under way in the git repository
          finish it, or stop it with `git cherry-pick --abort`
        note: optional gate that is shut: `documentation`; `stagegate gates calc` says why
    "#]].assert_eq(&out);
}

#[test]
fn runs_breakers_trust_and_configuration() {
    let fixture = Fixture::new(&format!("{READY}{}", evidence(&all_pass())));
    let run = |state, pid| Unfinished {
        id: "20261121-040000-abcdef".to_owned(),
        state,
        step: Some("deploy".to_owned()),
        pid,
    };
    let mut out = String::new();
    out += &refusals(&plan_with(&fixture, None, |known| {
        known.unfinished = Some(run(RunState::Running, Some(42)));
    }));
    out += &refusals(&plan_with(&fixture, None, |known| {
        known.unfinished = Some(run(RunState::Interrupted, None));
    }));
    out += &refusals(&plan_with(&fixture, None, |known| {
        known.breaker = Some(OpenBreaker { failures: 5, left_ms: 41_200 });
        known.untrusted = Some(Problem {
            kind: ProblemKind::NotTrusted,
            message: "the workspace is not trusted, so nothing is run".to_owned(),
            help: "see what would be run, and trust it, with `stagegate trust`".to_owned(),
        });
        known.wrong_configuration = Some("stagegate.yaml is wrong: `gates` is no mapping".to_owned());
    }));
    expect![[r#"
        run-in-progress: the run 20261121-040000-abcdef of `calc` is under way at the step deploy, by the process 42
          follow it with `stagegate watch 20261121-040000-abcdef`, or stop it with `stagegate cancel 20261121-040000-abcdef`
        note: optional gate that is shut: `documentation`; `stagegate gates calc` says why
        run-in-progress: the run 20261121-040000-abcdef of `calc` was interrupted at the step deploy
          take it up again with `stagegate resume 20261121-040000-abcdef`, or undo it with `stagegate cancel 20261121-040000-abcdef`
        note: optional gate that is shut: `documentation`; `stagegate gates calc` says why
        wrong-configuration: stagegate.yaml is wrong: `gates` is no mapping
          `stagegate check` shows the lines
        untrusted: the workspace is not trusted, so nothing is run
          see what would be run, and trust it, with `stagegate trust`
        breaker-open: deployments to staging failed 5 times in a row, so none is tried for another 42 s
          find out why they failed (`stagegate history` names the runs), and try again later
        note: optional gate that is shut: `documentation`; `stagegate gates calc` says why
    "#]].assert_eq(&out);
}

#[test]
fn hostile_names_stay_code() {
    let change = FileChange { path: "a``b\n# c".to_owned(), before: None, after: Some("```\n".to_owned()) };
    assert_eq!(Effect::Edit(change).sentence(), "write ``` a``b # c ```");
}
