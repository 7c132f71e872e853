//! Pages of components and runs: what they say, that they are valid HTML, and that nothing in them can act.

#[path = "dashboard/fixture.rs"]
mod fixture;
#[path = "dashboard/html.rs"]
mod html;

use std::fs;

use expect_test::expect;
use stagegate_core::plan::RunKind;
use stagegate_core::run::{RunRecord, RunState};
use stagegate_pipeline::dashboard::{
    ComponentState, Dashboard, FOLDER, Sources, render, render_run, write, write_run,
};

use fixture::{MADE, components, metrics, plan, run, runs};
use html::Page;

fn sources(components: Vec<ComponentState>) -> Sources<'static> {
    Sources { made: MADE, only: None, components, metrics: Vec::new(), page_of: None }
}

fn dashboard(components: Vec<ComponentState>, runs: &[RunRecord]) -> Page {
    Page::read(&render(&Dashboard::new(sources(components), runs)))
}

/// Every page that is made here, by name.
fn pages() -> Vec<(&'static str, String)> {
    let all = runs(400, 12);
    let of = |state| all.iter().find(|run| run.state == state).expect("there is one of each state");
    let report = |run: &RunRecord| render_run(run, &plan(run), &MADE);
    let full = Sources {
        metrics: metrics(30),
        page_of: Some(&|id| Some(format!("runs/{id}.html"))),
        ..sources(components(12))
    };
    vec![
        ("nothing", render(&Dashboard::new(sources(Vec::new()), &[] as &[RunRecord]))),
        ("no run", render(&Dashboard::new(sources(components(5)), &[] as &[RunRecord]))),
        ("one run", render(&Dashboard::new(sources(components(5)), &runs(2, 5)[1..]))),
        ("many runs", render(&Dashboard::new(full, &all))),
        ("succeeded", report(of(RunState::Succeeded))),
        ("failed", report(of(RunState::Failed))),
        ("stuck", report(of(RunState::Stuck))),
        ("running", report(of(RunState::Running))),
        ("interrupted", report(of(RunState::Interrupted))),
        ("cancelled", report(of(RunState::Cancelled))),
    ]
}

#[test]
fn pages_are_valid_html_with_landmarks_and_names() {
    for (name, text) in pages() {
        let page = Page::read(&text);
        assert_eq!(page.errors, Vec::<String>::new(), "{name}");
        assert_eq!(page.unclosed(), Vec::<String>::new(), "{name}");
        assert_eq!(page.duplicate_ids(), Vec::<String>::new(), "{name}");
        assert_eq!(page.dangling_references(), Vec::<String>::new(), "{name}");
        for landmark in ["header", "nav", "main", "footer", "h1", "title"] {
            assert!(page.count(landmark) >= 1, "{name}: no {landmark}");
        }
        assert_eq!(page.count("main"), 1, "{name}");
        assert_eq!(page.unnamed_pictures(), 0, "{name}: a picture without words");
    }
}

#[test]
fn pages_fetch_nothing_run_nothing_and_allow_nothing() {
    for (name, text) in pages() {
        for forbidden in [
            "<script",
            "javascript:",
            "http:",
            "https:",
            "src=",
            "url(",
            "@import",
            "<link",
            "<iframe",
            " style=",
        ] {
            assert!(!text.contains(forbidden), "{name} has {forbidden}");
        }
        let page = Page::read(&text);
        assert_eq!(page.handlers(), Vec::<String>::new(), "{name}");
        let policy = page.policy();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{name}: {policy}");
        assert!(policy.contains(&page.hash_of_style()), "{name}: the policy is about another style sheet");
    }
}

#[test]
fn the_first_page_says_what_to_do() {
    let none = dashboard(Vec::new(), &[]);
    assert!(none.text().contains("No component was found"), "{}", none.text());
    let text = dashboard(components(2), &[]);
    expect![[r#"
        No run yet
        See what a promotion would do; it changes nothing:
        stagegate promote calculator --dry-run
        Then run it without --dry-run , or by the command “Promote” of the editor. What it did appears here."#]]
    .assert_eq(&text.section("First steps"));
}

#[test]
fn the_overview_says_where_everything_stands() {
    let page = dashboard(components(3), &runs(40, 3));
    expect![[r#"
        Overview
        Components
        3
        1 ready for the next stage
        Blocked
        2
        see “In the way”
        Under way
        2
        1 interrupted
        Success rate
        68 %
        26 of 38 runs in 30 days
        Usual promotion
        1 min 37 s
        nine in ten within 1 min 50 s
        Under way
        calculator running promotion, development → staging, since 2026-11-21 03:44 , Grace Hopper
        Refactoring 3 of 11 steps done
        about 35 s left, until about 03:45 UTC
        ledger interrupted rollback, staging → development, since 2026-11-20 07:38 , Grace Hopper
        Undo the deployment 2 of 6 steps done
        interrupted: no process works on it stagegate resume 20261120-073800-ae8f8b
        Components
        2 development, 1 staging
        Component | Stage | Coverage | Gates of the next stage | In the way | Last run
        calculator ready for staging | Development → staging | 73 % of 70 % | 10 of 10 met | nothing | promotion running 2026-11-21 03:44
        reporting blocked | Development → staging | 62.4 % of 70 % | 6 of 10 met | ledger is in development; needed is staging not met: documentation, linter, type checker, test coverage | promotion succeeded 2026-11-20 13:01
        ledger blocked | Staging → production | 76.4 % of 80 % | 6 of 10 met | not met: dependencies, linter, secrets, test coverage | rollback interrupted 2026-11-20 07:38
        Recent runs
        40 runs
        Run | State | What | Started | Took | What happened
        calculator 20261121-034400-e6788c | running | promotion development → staging | 2026-11-21 03:44 Grace Hopper
        calculator 20261120-181600-70870c | succeeded | promotion development → staging | 2026-11-20 18:16 Ada Lovelace | 1 min 34 s
        reporting 20261120-130100-b5dcaf | succeeded | promotion staging → production | 2026-11-20 13:01 Grace Hopper | 1 min 39 s
        ledger 20261120-073800-ae8f8b | interrupted | rollback staging → development | 2026-11-20 07:38 Grace Hopper | | latency doubled after the release
        calculator 20261120-014800-e30f24 | succeeded | rollback staging → development | 2026-11-20 01:48 Lin Wei | 14 s
        reporting 20261119-192000-4fbabb | succeeded | promotion development → staging | 2026-11-19 19:20 Ada Lovelace | 1 min 41 s
        ledger 20261119-111500-517ac8 | succeeded | promotion development → staging | 2026-11-19 11:15 Lin Wei | 1 min 45 s
        calculator 20261119-045800-d216a2 | succeeded | promotion staging → production | 2026-11-19 04:58 Grace Hopper | 1 min 13 s
        reporting 20261118-225600-64ce50 | failed | promotion staging → production | 2026-11-18 22:56 Ada Lovelace | 46 s | Testing: 1 of 11 gates are not met
        reporting 20261118-200600-780007 | succeeded | promotion development → staging | 2026-11-18 20:06 Lin Wei | 1 min 27 s
        calculator 20261118-122400-d40fd1 | succeeded | promotion development → staging | 2026-11-18 12:24 Ada Lovelace | 1 min 35 s
        reporting 20261118-045800-dba7bc | succeeded | promotion development → staging | 2026-11-18 04:58 Ada Lovelace | 1 min 33 s
        28 older runs
        Run | State | What | Started | Took | What happened
        calculator 20261118-014300-7ad26a | succeeded | drill production | 2026-11-18 01:43 Grace Hopper | 1 min 25 s
        ledger 20261117-172500-ae8887 | failed | promotion development → staging | 2026-11-17 17:25 Ada Lovelace | 50 s | Testing: 1 of 11 gates are not met
        reporting 20261117-105000-3e0837 | succeeded | drill staging | 2026-11-17 10:50 Ada Lovelace | 1 min 28 s
        calculator 20261117-051800-60c9f4 | succeeded | promotion staging → production | 2026-11-17 05:18 Ada Lovelace | 1 min 45 s
        calculator 20261117-023100-0501fe | succeeded | promotion development → staging | 2026-11-17 02:31 Grace Hopper | 1 min 20 s
        calculator 20261116-201100-cfd2ce | succeeded | promotion development → staging | 2026-11-16 20:11 Grace Hopper | 1 min 26 s
        calculator 20261116-124900-fe09c6 | succeeded | rollback staging → development | 2026-11-16 12:49 Ada Lovelace | 15 s
        reporting 20261116-080700-7beb8b | stuck | promotion staging → production | 2026-11-16 08:07 Lin Wei | 2 min 39 s | Deploy: `./deploy.sh --release r177` ended with exit code 2 after 3 attempts
        calculator 20261115-230900-8519ca | failed | promotion development → staging | 2026-11-15 23:09 Grace Hopper | 1 min 23 s | Refactoring: 1 of 11 gates are not met
        reporting 20261115-201400-2f854f | failed | promotion development → staging | 2026-11-15 20:14 Ada Lovelace | 3 min 02 s | Refactoring: 1 of 11 gates are not met
        calculator 20261115-121200-7e25cd | failed | promotion development → staging | 2026-11-15 12:12 Ada Lovelace | 1 min 11 s | Refactoring: 1 of 11 gates are not met
        calculator 20261115-063500-3851a7 | failed | promotion development → staging | 2026-11-15 06:35 Lin Wei | 1 min 19 s | Deploy: `./deploy.sh --release r169` ended with exit code 2 after 3 attempts
        ledger 20261115-012200-a31bf2 | succeeded | promotion staging → production | 2026-11-15 01:22 Lin Wei | 1 min 43 s
        reporting 20261114-181500-746d40 | succeeded | promotion development → staging | 2026-11-14 18:15 Ada Lovelace | 1 min 32 s
        reporting 20261114-125000-6fc1ea | succeeded | promotion development → staging | 2026-11-14 12:50 Ada Lovelace | 1 min 29 s
        reporting 20261114-044500-ae7682 | succeeded | promotion development → staging | 2026-11-14 04:45 Grace Hopper | 1 min 51 s
        reporting 20261113-231100-26f927 | failed | promotion development → staging | 2026-11-13 23:11 Lin Wei | 37 s | Testing: 1 of 11 gates are not met
        calculator 20261113-184800-428f93 | stuck | promotion staging → production | 2026-11-13 18:48 Ada Lovelace | 1 min 26 s | Deploy: `./deploy.sh --release r224` ended with exit code 1 after 3 attempts
        calculator 20261113-135500-aeea89 | succeeded | promotion development → staging | 2026-11-13 13:55 Grace Hopper | 1 min 26 s
        calculator 20261113-083000-9dafa6 | succeeded | promotion staging → production | 2026-11-13 08:30 Lin Wei | 1 min 41 s
        ledger 20261112-232300-94fe8b | succeeded | promotion development → staging | 2026-11-12 23:23 Lin Wei | 1 min 43 s
        reporting 20261112-171100-61a687 | succeeded | promotion staging → production | 2026-11-12 17:11 Grace Hopper | 1 min 46 s
        ledger 20261112-143700-e885fd | succeeded | promotion development → staging | 2026-11-12 14:37 Ada Lovelace | 1 min 50 s
        ledger 20261112-081400-769859 | failed | promotion development → staging | 2026-11-12 08:14 Grace Hopper | 1 min 08 s | Refactoring: 1 of 11 gates are not met
        calculator 20261112-012000-02e5a5 | succeeded | promotion development → staging | 2026-11-12 01:20 Lin Wei | 1 min 29 s
        ledger 20261111-184500-d8963d | cancelled | promotion development → staging | 2026-11-11 18:45 Grace Hopper | 1 min 27 s | Deploy: it was cancelled
        ledger 20261111-105800-202397 | failed | promotion development → staging | 2026-11-11 10:58 Lin Wei | 35 s | Testing: 1 of 11 gates are not met
        calculator 20261111-070600-bd2179 | succeeded | promotion development → staging | 2026-11-11 07:06 Grace Hopper | 2 min 08 s"#]].assert_eq(&page.section("overview"));
}

#[test]
fn the_gates_say_what_is_not_met_and_why_runs_fail() {
    let page = dashboard(components(3), &runs(40, 3));
    expect![[r#"
        Quality gates
        Gates of the next stage
        22 of 30 required gates are met
        Component | specification | dependencies | documentation | linter | type checker | secrets | vulnerabilities | complexity | tests | test coverage | flaky tests
        calculator | pass | pass | pass | pass | pass | pass | pass | pass | pass | pass | pass
        reporting | pass | pass | no evidence | no evidence | no evidence | pass | pass | pass | pass | fail | pass
        ledger | pass | stale | pass | fail | pass | no evidence | pass | fail | pass | fail | pass
        pass
        fail
        error of the tool
        inconclusive
        stale: inputs changed
        a report says so, no run saw it
        no evidence
        empty: not asked for
        What is not met
        8 gates
        Component | Gate | Found | Wanted | Next step
        reporting | documentation no evidence | no evidence | nothing missing | run the gate
        reporting | linter no evidence | no evidence | none | run the gate
        reporting | type checker no evidence | no evidence | none | run the gate
        reporting | test coverage fail | 62.4 % (773 of 1240 statements in 14 files) | at least 70 % | test what is not run through: src/ledger/postings.py lines 88-131 first
        ledger | dependencies stale | 1 of 6 missing: examples | nothing missing | run the gate again: its inputs changed
        ledger | linter fail | 7 issues in 3 files | none | run `ruff check --fix src/ledger`
        ledger | secrets no evidence | no evidence | nothing missing | run the gate
        ledger | test coverage fail | 76.4 % (947 of 1240 statements in 14 files) | at least 80 % | test what is not run through: src/ledger/postings.py lines 88-131 first
        Pass rates
        every verdict of every run
        Gate | Passed | Newest 20 | Last found | Wanted | Usual time
        specification | 100 % 35 of 35 | | nothing missing calculator, 2026-11-21 | nothing missing
        dependencies | 100 % 35 of 35 | | nothing missing calculator, 2026-11-21 | nothing missing
        documentation | 100 % 35 of 35 | | nothing missing calculator, 2026-11-21 | nothing missing
        linter | 100 % 35 of 35 | | none in 14 files calculator, 2026-11-21 | none | 13 s
        type checker | 91 % 32 of 35 | | none in 14 files calculator, 2026-11-21 | none | 14 s
        secrets | 100 % 35 of 35 | | nothing missing calculator, 2026-11-21 | nothing missing | 10 s
        vulnerabilities | 97 % 34 of 35 | | 0 critical, 0 high, 1 medium, 2 low calculator, 2026-11-21 | at most 0 critical, 0 high, 5 medium | 8.7 s
        complexity | 100 % 35 of 35 | | nothing missing calculator, 2026-11-21 | nothing missing | 12 s
        tests | 91 % 32 of 35 | | 212 passed calculator, 2026-11-21 | at least 100 % pass | 8.1 s
        test coverage | 97 % 34 of 35 | | 94.8 % (1175 of 1240 statements in 14 files) calculator, 2026-11-21 | at least 70 % | 12 s
        flaky tests | 100 % 35 of 35 | | nothing missing calculator, 2026-11-21 | nothing missing
        Why runs fail
        the 8 most common reasons; alike but for their figures counts as one
        Where | Times | Share of the most common | What was found | What helps | Last
        Deploy | 3 | | `./deploy.sh --release r177` ended with exit code 2 after 3 attempts | read its output in the log of the run, then promote again | 2026-11-16
        Gate tests | 2 | | not met; wanted: at least 100 % pass | mend tests/test_postings.py::test_rounding first | 2026-11-17
        Gate type checker | 2 | | not met; wanted: none | mend src/ledger/postings.py:41 first | 2026-11-15
        Gate test coverage | 1 | | the tool did not start: no module named `mypy` | install it, and run the gate again | 2026-11-18
        Gate vulnerabilities | 1 | | the tool did not start: no module named `mypy` | install it, and run the gate again | 2026-11-15
        Gate type checker | 1 | | the tool did not start: no module named `mypy` | install it, and run the gate again | 2026-11-15
        Gate tests | 1 | | the tool did not start: no module named `mypy` | install it, and run the gate again | 2026-11-13
        Deploy | 1 | | it was cancelled | promote it again | 2026-11-11
        Coverage over time
        as runs measured it; dashed: what the stage asks for
        calculator 94.8 % of 70 %
        100 %
        60 %
        2026-11-11 2026-11-21
        reporting 91.9 % of 80 %
        100 %
        70 %
        2026-11-12 2026-11-20
        ledger 86.1 % of 70 %
        100 %
        60 %
        2026-11-11 2026-11-19
        Figures
        Component | Coverage, oldest first
        calculator | 2026-11-11: 80.2 %; 2026-11-12: 79.2 %; 2026-11-13: 81 %; 2026-11-13: 83.9 %; 2026-11-13: 81.2 %; 2026-11-15: 83.5 %; 2026-11-15: 85.6 %; 2026-11-15: 85.3 %; 2026-11-16: 86.7 %; 2026-11-17: 88.4 %; 2026-11-17: 86.7 %; 2026-11-18: 88 %; 2026-11-19: 89.3 %; 2026-11-20: 91.6 %; 2026-11-21: 94.8 %
        reporting | 2026-11-12: 81.8 %; 2026-11-13: 81.9 %; 2026-11-14: 83.3 %; 2026-11-14: 82.4 %; 2026-11-14: 84.5 %; 2026-11-15: 83.2 %; 2026-11-16: 85.4 %; 2026-11-18: 88.1 %; 2026-11-18: 88.6 %; 2026-11-18: 75.5 %; 2026-11-19: 90.9 %; 2026-11-20: 91.9 %
        ledger | 2026-11-11: 74 %; 2026-11-11: 76.2 %; 2026-11-12: 75.3 %; 2026-11-12: 77.1 %; 2026-11-12: 78.3 %; 2026-11-15: 80.1 %; 2026-11-17: 83.3 %; 2026-11-19: 86.1 %"#]].assert_eq(&page.section("gates"));
}

#[test]
fn the_performance_names_the_step_that_takes_longest() {
    let page = dashboard(components(3), &runs(40, 3));
    expect![[r#"
        Performance
        Duration of runs
        succeeded
        did not succeed
        4 min
        2 min
        0
        2026-11-11 2026-11-20
        Figures
        Duration of runs | succeeded | did not succeed
        2026-11-20 calculator, promotion, succeeded | 1 min 34 s | –
        2026-11-20 reporting, promotion, succeeded | 1 min 39 s | –
        2026-11-20 calculator, rollback, succeeded | 14 s | –
        2026-11-19 reporting, promotion, succeeded | 1 min 41 s | –
        2026-11-19 ledger, promotion, succeeded | 1 min 45 s | –
        2026-11-19 calculator, promotion, succeeded | 1 min 13 s | –
        2026-11-18 reporting, promotion, failed | – | 46 s
        2026-11-18 reporting, promotion, succeeded | 1 min 27 s | –
        2026-11-18 calculator, promotion, succeeded | 1 min 35 s | –
        2026-11-18 reporting, promotion, succeeded | 1 min 33 s | –
        2026-11-18 calculator, drill, succeeded | 1 min 25 s | –
        2026-11-17 ledger, promotion, failed | – | 50 s
        2026-11-17 reporting, drill, succeeded | 1 min 28 s | –
        2026-11-17 calculator, promotion, succeeded | 1 min 45 s | –
        2026-11-17 calculator, promotion, succeeded | 1 min 20 s | –
        2026-11-16 calculator, promotion, succeeded | 1 min 26 s | –
        2026-11-16 calculator, rollback, succeeded | 15 s | –
        2026-11-16 reporting, promotion, stuck | – | 2 min 39 s
        2026-11-15 calculator, promotion, failed | – | 1 min 23 s
        2026-11-15 reporting, promotion, failed | – | 3 min 02 s
        2026-11-15 calculator, promotion, failed | – | 1 min 11 s
        2026-11-15 calculator, promotion, failed | – | 1 min 19 s
        2026-11-15 ledger, promotion, succeeded | 1 min 43 s | –
        2026-11-14 reporting, promotion, succeeded | 1 min 32 s | –
        2026-11-14 reporting, promotion, succeeded | 1 min 29 s | –
        2026-11-14 reporting, promotion, succeeded | 1 min 51 s | –
        2026-11-13 reporting, promotion, failed | – | 37 s
        2026-11-13 calculator, promotion, stuck | – | 1 min 26 s
        2026-11-13 calculator, promotion, succeeded | 1 min 26 s | –
        2026-11-13 calculator, promotion, succeeded | 1 min 41 s | –
        2026-11-12 ledger, promotion, succeeded | 1 min 43 s | –
        2026-11-12 reporting, promotion, succeeded | 1 min 46 s | –
        2026-11-12 ledger, promotion, succeeded | 1 min 50 s | –
        2026-11-12 ledger, promotion, failed | – | 1 min 08 s
        2026-11-12 calculator, promotion, succeeded | 1 min 29 s | –
        2026-11-11 ledger, promotion, cancelled | – | 1 min 27 s
        2026-11-11 ledger, promotion, failed | – | 35 s
        2026-11-11 calculator, promotion, succeeded | 2 min 08 s | –
        Runs by day
        succeeded
        did not succeed
        10
        5
        0
        2026-10-23 2026-11-21
        Figures
        Runs by day | succeeded | did not succeed
        2026-11-20 | 3 | –
        2026-11-19 | 3 | –
        2026-11-18 | 4 | 1
        2026-11-17 | 3 | 1
        2026-11-16 | 2 | 1
        2026-11-15 | 1 | 4
        2026-11-14 | 3 | –
        2026-11-13 | 2 | 2
        2026-11-12 | 4 | 1
        2026-11-11 | 1 | 2
        Promotions
        34 runs ended; median 1 min 37 s, nine in ten within 1 min 50 s; in 3 of them something was tried again
        Testing takes 60 % of the time of all steps. Median 55 s, nine in ten within 1 min 04 s.
        A usual run, by the median of each step:
        3 Testing 55 %
        4 Refactoring 21 %
        9 Deploy 14 %
        10 Verify 8 %
        Step | Median | Nine in ten within | Share of all time | Times run | Failed | Tried again
        1 Validate | 43 ms | 51 ms | < 1 % | 35
        2 Specification | 129 ms | 151 ms | < 1 % | 35
        3 Testing | 55 s | 1 min 04 s | 60 % | 35 | 4
        4 Refactoring | 21 s | 26 s | 21 % | 30 | 4 | 1 (0 recovered)
        5 Criteria and sign-offs | 14 ms | 18 ms | < 1 % | 26
        6 Tracking | 29 ms | 37 ms | < 1 % | 26
        7 Metadata | 62 ms | 73 ms | < 1 % | 26
        8 Commit | 170 ms | 207 ms | < 1 % | 26
        9 Deploy | 14 s | 16 s | 11 % | 26 | 4 | 2 (1 recovered)
        10 Verify | 8.1 s | 9.3 s | 6 % | 22
        11 Reports | 83 ms | 104 ms | < 1 % | 22
        Rollbacks
        2 runs ended; median 14 s, nine in ten within 15 s; nothing was tried again
        Verify takes 51 % of the time of all steps. Median 7.7 s, nine in ten within 8.6 s.
        A usual run, by the median of each step:
        3 Undo the deployment 42 %
        5 Verify 52 %
        Step | Median | Nine in ten within | Share of all time | Times run | Failed | Tried again
        1 Validate | 38 ms | 40 ms | < 1 % | 3
        2 Notify | 300 ms | 444 ms | 3 % | 3
        3 Undo the deployment | 6.2 s | 6.2 s | 41 % | 2
        4 Revert | 215 ms | 235 ms | 1 % | 2
        5 Verify | 7.7 s | 8.6 s | 51 % | 2
        6 Reports | 153 ms | 246 ms | 1 % | 2
        Drills
        2 runs ended; median 1 min 27 s, nine in ten within 1 min 28 s; in 1 of them something was tried again
        Testing takes 57 % of the time of all steps. Median 49 s, nine in ten within 50 s.
        A usual run, by the median of each step:
        3 Testing 57 %
        4 Refactoring 23 %
        9 Deploy 12 %
        10 Verify 6 %
        Step | Median | Nine in ten within | Share of all time | Times run | Failed | Tried again
        1 Validate | 35 ms | 38 ms | < 1 % | 2
        2 Specification | 105 ms | 118 ms | < 1 % | 2
        3 Testing | 49 s | 50 s | 57 % | 2
        4 Refactoring | 20 s | 21 s | 23 % | 2
        5 Criteria and sign-offs | 13 ms | 16 ms | < 1 % | 2
        6 Tracking | 31 ms | 34 ms | < 1 % | 2
        7 Metadata | 56 ms | 66 ms | < 1 % | 2
        8 Commit | 180 ms | 192 ms | < 1 % | 2
        9 Deploy | 11 s | 11 s | 12 % | 2 | | 1 (1 recovered)
        10 Verify | 5.5 s | 5.8 s | 6 % | 2
        11 Reports | 83 ms | 88 ms | < 1 % | 2"#]].assert_eq(&page.section("performance"));
}

#[test]
fn the_report_of_a_run_says_what_it_did_and_how_to_undo_it() {
    let all = runs(40, 3);
    let of = |state| all.iter().find(|run| run.state == state && run.kind == RunKind::Promotion).unwrap();
    let run = of(RunState::Succeeded);
    expect![[r#"
        Promotion of calculator to staging succeeded
        calculator is in staging.
        Component
        calculator
        Stages
        development → staging
        Asked for by
        Ada Lovelace <ada@example.org>
        Started
        2026-11-20 18:16
        Ended
        2026-11-20 18:17
        Took
        1 min 34 s
        Version
        1.4.2
        Spec
        specs/calculator.md
        Started from commit
        9b1f0e2c3d4a
        Commit
        4f1c2d9b7a3e
        Branch
        main
        Release
        staging: 20261120-181600-70870c
        Issue
        .stagegate/tracking/calculator/promotion.md
        Steps
        Step | State | When | Took | Attempts | What it came to
        1 Validate | done | | 47 ms | 1 | the plan still holds
        2 Specification | done | | 336 ms | 1 | the spec is complete
        3 Testing | done | | 43 s | 1 | 212 tests passed, coverage 84.2 %
        4 Refactoring | done | | 25 s | 1 | 7 gates passed
        5 Criteria and sign-offs | done | | 16 ms | 1 | 6 criteria, 2 sign-offs
        6 Tracking | done | | 26 ms | 1 | an issue was written to a file
        7 Metadata | done | | 52 ms | 1 | 4 files state the new stage
        8 Commit | done | | 194 ms | 1 | commit 4f1c2d9
        9 Deploy | done | | 15 s | 1 | staging serves 20261121-034500-ab12cd
        10 Verify | done | | 9.1 s | 1 | 12 smoke tests passed, /health answered 200
        11 Reports | done | | 74 ms | 1 | done
        Gates
        Gate | Verdict | Found | Wanted | Evidence | Next step
        specification | pass | nothing missing | nothing missing | ruff 0.14.1
        dependencies | pass | nothing missing | nothing missing | ruff 0.14.1, known from the same inputs
        documentation | pass | nothing missing | nothing missing | ruff 0.14.1
        linter | pass | none in 14 files | none | ruff 0.14.1, known from the same inputs
        type checker | pass | none in 14 files | none | ruff 0.14.1, run in 20 s
        secrets | pass | nothing missing | nothing missing | ruff 0.14.1, run in 7.9 s
        vulnerabilities | pass | 0 critical, 0 high, 1 medium, 2 low | at most 0 critical, 0 high, 5 medium | ruff 0.14.1, known from the same inputs
        complexity optional | pass | nothing missing | nothing missing | ruff 0.14.1, run in 20 s
        tests | pass | 212 passed | at least 100 % pass | ruff 0.14.1, run in 19 s
        test coverage | pass | 91.6 % (1135 of 1240 statements in 14 files) | at least 70 % | ruff 0.14.1, known from the same inputs
        flaky tests | pass | nothing missing | nothing missing | ruff 0.14.1
        Files changed
        src/calculator/__init__.py
        +4 −4
          """Sums, products and powers.   - Maturity Stage: Development - Coverage: 71% - Last Updated: 2026-10-02 + Maturity Stage: Staging + Coverage: 84% + Last Updated: 2026-11-21   """   - __maturity__ = "development" + __maturity__ = "staging"   __version__ = "1.4.2"     from .core import add
        src/calculator/MATURITY.md
        +3 −2
          # Maturity   - - **Current Stage**: Development - - **Last Updated**: 2026-10-02 + - **Current Stage**: Staging + - **Last Updated**: 2026-11-21 + - **Last Promoted**: 2026-11-21
        docs/calculator.md
        new, 5 lines
        + # Quality + + | gate | value | + | --- | --- | + | coverage | 84 %
        Notes
        The optional dependency exporter is in development
        How to roll back
        One command undoes it: the release, the files and the declared stage; calculator is in development afterwards. With --dry-run it only shows what it would do.
        stagegate rollback calculator --run 20261120-181600-70870c --reason TEXT"#]].assert_eq(&Page::read(&render_run(run, &plan(run), &MADE)).section("main"));
    let page = Page::read(&render_run(&all[0], &plan(&all[0]), &MADE));
    assert!(page.section("main").contains("Files that are to be changed"), "it is under way");
    let run = of(RunState::Failed);
    let page = Page::read(&render_run(run, &plan(run), &MADE));
    expect![[r#"
        Promotion of reporting to production failed
        It failed; what had been done is undone.
        Testing: 1 of 11 gates are not met
        What helps: see the gates
        Component
        reporting
        Stages
        staging → production
        Asked for by
        Ada Lovelace <ada@example.org>
        Started
        2026-11-18 22:56
        Ended
        2026-11-18 22:57
        Took
        46 s
        Version
        1.4.2
        Spec
        specs/reporting.md
        Started from commit
        9b1f0e2c3d4a"#]]
    .assert_eq(&page.section("h-run"));
    expect![[r#"
        How to roll back
        There is nothing to roll back: what had been done is undone."#]]
    .assert_eq(&page.section("undo"));
}

#[test]
fn hostile_texts_are_only_text() {
    let evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u{202e}txt.\u{0}\u{1b}[2J</style></title>{{ 7 * 7 }}";
    let mut record = run(1, 9, 3);
    record.state = RunState::Failed;
    record.id = evil.to_owned();
    record.component = evil.to_owned();
    record.reason = Some(evil.to_owned());
    record.undone_by = Some(evil.to_owned());
    record.version = Some(evil.to_owned());
    record.by.as_mut().unwrap().name = evil.to_owned();
    record.gates[0].found = evil.to_owned();
    record.gates[0].wanted = evil.to_owned();
    record.gates[0].next = Some(evil.to_owned());
    record.gates[0].verdict = stagegate_core::gates::Verdict::Fail;
    record.steps[0].summary = Some(evil.to_owned());
    record.steps[1].failure = Some(stagegate_core::run::StepFailure {
        message: evil.to_owned(),
        help: evil.to_owned(),
        transient: false,
    });
    record.steps[1].state = stagegate_core::run::StepState::Failed;
    let mut component = components(2).remove(1);
    component.name = evil.to_owned();
    component.canonical = record.canonical.clone();
    component.blockers = vec![evil.to_owned()];
    for gate in &mut component.gates {
        gate.found = evil.to_owned();
        gate.next = Some(evil.to_owned());
        gate.wanted = evil.to_owned();
    }
    let mut days = metrics(2);
    days[0].date = evil.to_owned();
    let made = stagegate_pipeline::dashboard::Made { project: evil, version: evil, ..MADE };
    let sources = Sources {
        made,
        only: None,
        components: vec![component],
        metrics: days,
        page_of: Some(&|_| Some("javascript:alert(1)".to_owned())),
    };
    let mut plan = plan(&record);
    plan.notes = vec![evil.to_owned()];
    plan.spec = Some(evil.to_owned());
    for step in &mut plan.steps {
        step.effects = vec![stagegate_core::plan::Effect::Edit(stagegate_core::plan::FileChange {
            path: evil.to_owned(),
            before: Some(evil.to_owned()),
            after: Some(format!("{evil}\n{evil}")),
        })];
    }
    for text in [render(&Dashboard::new(sources, [&record])), render_run(&record, &plan, &made)] {
        let page = Page::read(&text);
        assert_eq!(page.errors, Vec::<String>::new());
        assert_eq!((page.count("script"), page.count("img"), page.count("style")), (0, 0, 1));
        assert_eq!(page.handlers(), Vec::<String>::new());
        assert!(!text.contains(['\u{202e}', '\u{0}', '\u{1b}']), "what hides is written as its number");
        assert!(!text.contains("href=\"javascript"), "a link leads beside the page, or nowhere");
        assert!(
            page.text().contains("<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\\u{202e}txt.")
        );
        assert!(page.text().contains("{{ 7 * 7 }}"));
    }
}

#[test]
fn ten_thousand_runs_of_two_hundred_components_are_a_page_of_bounded_size() {
    let all = runs(10_000, 200);
    let text = render(&Dashboard::new(sources(components(200)), &all));
    assert!(text.len() < 500_000, "{} bytes", text.len());
    let page = Page::read(&text);
    assert_eq!(page.errors, Vec::<String>::new());
    assert!(page.text().contains("the newest 50 of 10\u{202f}000 runs"));
    // All are listed, and each is in the matrix at most once.
    assert!(page.text().contains("user_profile_15"));
}

#[test]
fn the_longest_names_leave_a_page_of_bounded_size_that_says_what_is_left_out() {
    let mut many = components(300);
    for (at, component) in many.iter_mut().enumerate() {
        component.name = format!("{at}{}", "<&\">".repeat(400));
        component.blockers = vec!["<".repeat(5000); 9];
        for gate in &mut component.gates {
            gate.found = "\"".repeat(5000);
        }
    }
    let text = render(&Dashboard::new(sources(many), runs(10, 10)));
    assert!(text.len() < 500_000, "{} bytes", text.len());
    let page = Page::read(&text);
    assert_eq!(page.errors, Vec::<String>::new());
    assert!(page.text().contains("more components are not listed; stagegate status lists all."));
}

#[test]
fn clocks_that_jump_and_runs_without_steps_are_shown_all_the_same() {
    let mut all = runs(30, 3);
    for (at, run) in all.iter_mut().enumerate() {
        match at % 5 {
            0 => run.ended_ms = Some(run.started_ms - 5_000_000),
            1 => run.steps.clear(),
            2 => (run.started_ms, run.ended_ms) = (i64::MIN, Some(i64::MAX)),
            3 => run.steps.iter_mut().for_each(|step| step.ended_ms = Some(i64::MIN)),
            _ => run.steps.iter_mut().for_each(|step| step.started_ms = Some(i64::MAX)),
        }
    }
    let page = dashboard(components(3), &all);
    assert_eq!(page.errors, Vec::<String>::new());
    for run in &all {
        let page = Page::read(&render_run(run, &plan(run), &MADE));
        assert_eq!(page.errors, Vec::<String>::new());
        assert!(!page.text().contains("NaN"));
    }
}

#[test]
fn a_page_about_one_component_counts_its_runs_only() {
    let all = runs(60, 3);
    let own = all.iter().filter(|run| run.canonical == "ledger").count();
    let sources = Sources { only: Some("ledger"), ..sources(components(3)) };
    let page = Page::read(&render(&Dashboard::new(sources, &all)));
    assert!(page.text().contains(&format!("{own} runs")), "{own}");
    assert!(!page.text().contains("calculator"));
}

#[test]
fn pages_are_written_whole_and_never_through_a_link() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let all = runs(5, 3);
    let of_all = Dashboard::new(sources(components(3)), &all);
    let path = write(root, FOLDER, &of_all).unwrap();
    assert_eq!(path, root.join(".stagegate/reports/dashboard.html"));
    assert_eq!(fs::read_to_string(&path).unwrap(), render(&of_all));
    assert_eq!(fs::read_to_string(root.join(".stagegate/.gitignore")).unwrap(), "*\n");
    let of_one = Dashboard::new(Sources { only: Some("ledger"), ..sources(components(3)) }, &all);
    assert!(
        write(root, "workflow_dashboards", &of_one)
            .unwrap()
            .ends_with("workflow_dashboards/workflow_dashboard_ledger.html")
    );
    let mut record = all[1].clone();
    let path = write_run(root, FOLDER, &record, &plan(&record), &MADE).unwrap();
    assert_eq!(path, root.join(format!(".stagegate/reports/runs/{}.html", record.id)));
    record.id = "../../../x".to_owned();
    let path = write_run(root, FOLDER, &record, &plan(&record), &MADE).unwrap();
    assert!(path.ends_with(".stagegate/reports/runs/_________x.html"), "{}", path.display());
    for outside in ["../x", ".stagegate/../../x", "/tmp/x/../../x"] {
        let failure = write(root, outside, &of_all);
        assert!(failure.is_err() || failure.unwrap().starts_with(root), "{outside}");
    }

    #[cfg(unix)]
    {
        fs::write(root.join("precious"), "text").unwrap();
        fs::remove_file(root.join(".stagegate/reports/dashboard.html")).unwrap();
        std::os::unix::fs::symlink(root.join("precious"), root.join(".stagegate/reports/dashboard.html"))
            .unwrap();
        let failure = write(root, FOLDER, &of_all).unwrap_err();
        expect![".stagegate/reports/dashboard.html is no file; expected a page of ours"]
            .assert_eq(&failure.message);
        assert_eq!(fs::read_to_string(root.join("precious")).unwrap(), "text");
    }
}
