use expect_test::{Expect, expect};
use std::fmt::Write as _;

use crate::component::ComponentFile;
use crate::fixture::Fixture;
use crate::ide::testing::{both, quiet};
use crate::ide::{ActionKind, actions, hints, hover, lenses};
use crate::text::{Source, TextRange};

const FILES: &str = "\
//- specs/prices.md
# Prices
**Component Name:** prices
**Status:** Development
**Target Stage:** production
//- specs/done.md
# Done
**Component Name:** done
**Status:** Staging
**Target Stage:** staging
//- specs/new.md
# New
**Component Name:** new
**Target Stage:** staging
//- specs/old.md
# Old
**Component Name:** old
**Status:** Deprecated
//- src/prices/__init__.py
";

fn with(runs: &str) -> Fixture {
    quiet(&format!("{FILES}//- .stagegate/runs.json\n{{\"now_ms\": 600000, \"components\": {runs}}}\n"))
}

/// Lenses about runs, and the hint at the target.
fn render(fixture: &Fixture) -> String {
    let mut out = String::new();
    for (path, text) in &fixture.files {
        let (lenses, hints) = both(text, |source| {
            let file = ComponentFile::of_path(source, path, &fixture.root);
            let all = TextRange::new(0.into(), u32::MAX.into());
            let lenses = lenses(source, path, &fixture.root, file.as_ref());
            (lenses, hints(source, path, &fixture.root, file.as_ref(), all))
        });
        let of_runs = lenses.iter().filter(|lens| lens.leads_to.is_none() && lens.page.is_none());
        for lens in of_runs.skip(1) {
            let command =
                lens.command.as_ref().map(|command| format!(" {} {}", command.name(), command.argument("u")));
            writeln!(out, "{path}: {}{}", lens.title, command.unwrap_or_default()).unwrap();
        }
        for hint in hints {
            writeln!(out, "{path} hint: {}", hint.label).unwrap();
        }
    }
    out
}

fn check(runs: &str, expected: &Expect) {
    expected.assert_eq(&render(&with(runs)));
}

#[test]
fn what_can_be_asked_for_stands_at_the_title() {
    check(
        "{}",
        &expect![[r#"
        specs/prices.md: Promote to staging stagegate.promote {"component":"prices","to":"staging","uri":"u"}
        specs/prices.md: Dry run stagegate.dryRun {"component":"prices","to":"staging","uri":"u"}
        specs/prices.md hint: now: development
        specs/done.md hint: now: staging
        specs/new.md: Promote to development stagegate.promote {"component":"new","to":"development","uri":"u"}
        specs/new.md: Dry run stagegate.dryRun {"component":"new","to":"development","uri":"u"}
        specs/new.md hint: now: backlog
        src/prices/__init__.py: Promote to staging stagegate.promote {"component":"prices","to":"staging","uri":"u"}
        src/prices/__init__.py: Dry run stagegate.dryRun {"component":"prices","to":"staging","uri":"u"}
    "#]],
    );
    assert!(!render(&quiet(FILES)).contains("stagegate.promote"), "nobody looked at runs");
}

#[test]
fn a_promotion_can_be_undone_and_its_report_read() {
    check(
        r#"{"done": {
            "ended": [{"run": "r2", "kind": "promotion", "to": "staging", "state": "succeeded", "ended_ms": 1000, "report": ".stagegate/reports/x.json"}],
            "to_undo": {"run": "r2", "from": "development", "to": "staging"}
        }}"#,
        &expect![[r#"
            specs/prices.md: Promote to staging stagegate.promote {"component":"prices","to":"staging","uri":"u"}
            specs/prices.md: Dry run stagegate.dryRun {"component":"prices","to":"staging","uri":"u"}
            specs/prices.md hint: now: development
            specs/done.md: Roll back to development stagegate.rollback {"component":"done","run":"r2","uri":"u"}
            specs/done.md: Report stagegate.openReport {"run":"r2","uri":"u"}
            specs/done.md hint: now: staging
            specs/new.md: Promote to development stagegate.promote {"component":"new","to":"development","uri":"u"}
            specs/new.md: Dry run stagegate.dryRun {"component":"new","to":"development","uri":"u"}
            specs/new.md hint: now: backlog
            src/prices/__init__.py: Promote to staging stagegate.promote {"component":"prices","to":"staging","uri":"u"}
            src/prices/__init__.py: Dry run stagegate.dryRun {"component":"prices","to":"staging","uri":"u"}
        "#]],
    );
}

#[test]
fn a_run_is_followed_and_can_be_cancelled_resumed_or_rolled_back() {
    check(
        r#"{
            "prices": {"current": {"run": "r3", "kind": "promotion", "to": "staging", "state": "running", "step": "deploy", "percent": 60}},
            "done": {"current": {"run": "r4", "kind": "rollback", "to": "development", "state": "interrupted", "step": "undeploy", "percent": 20}}
        }"#,
        &expect![[r#"
            specs/prices.md: promoting to staging: Deploy, 60 %
            specs/prices.md: Cancel stagegate.cancel {"run":"r3","uri":"u"}
            specs/prices.md hint: now: development, promoting to staging: Deploy, 60 %
            specs/done.md: rollback to development, interrupted at Undo the deployment
            specs/done.md: Resume stagegate.resume {"run":"r4","uri":"u"}
            specs/done.md: Cancel stagegate.cancel {"run":"r4","uri":"u"}
            specs/done.md hint: now: staging, rollback to development, interrupted at Undo the deployment
            specs/new.md: Promote to development stagegate.promote {"component":"new","to":"development","uri":"u"}
            specs/new.md: Dry run stagegate.dryRun {"component":"new","to":"development","uri":"u"}
            specs/new.md hint: now: backlog
            src/prices/__init__.py: promoting to staging: Deploy, 60 %
            src/prices/__init__.py: Cancel stagegate.cancel {"run":"r3","uri":"u"}
        "#]],
    );
}

#[test]
fn the_card_of_a_component_names_its_last_runs() {
    let fixture = with(
        r#"{"prices": {
            "current": {"run": "r5", "kind": "drill", "to": "staging", "state": "running", "started_ms": 599000},
            "ended": [
                {"run": "r4", "kind": "rollback", "to": "development", "state": "succeeded", "ended_ms": 540000},
                {"run": "r3", "kind": "promotion", "to": "staging", "state": "succeeded", "ended_ms": 300000, "undone_by": "r4"},
                {"run": "r2", "kind": "promotion", "to": "staging", "state": "cancelled", "ended_ms": 240000, "failure": ["testing", "stopped"]},
                {"run": "r1", "kind": "promotion", "to": "staging", "state": "failed", "ended_ms": 0, "failure": ["deploy", "exit code `1`"]}
            ]
        }}"#,
    );
    let text = fixture.text("specs/prices.md");
    let at = text.find("prices").unwrap();
    let card = hover(Source::Str(text), "specs/prices.md", &fixture.root, at).unwrap().markdown;
    let (_, runs) = card.split_once("\n\nRuns\n").unwrap_or_else(|| panic!("{card}"));
    expect![[r#"

        - **rollback drill for staging: 0 \%**, asked for just now
        - ↩ rollback to development: succeeded, 1 min ago
        - ✓ promotion to staging: succeeded, undone later, 5 min ago
        - · promotion to staging: cancelled, 6 min ago
        - ✗ promotion to staging: failed at Deploy, 10 min ago: exit code \`1\`"#]]
    .assert_eq(runs);
}

#[test]
fn a_component_that_is_ready_is_promoted_by_an_action() {
    let of = |(gate, observed): (&str, &str)| {
        format!(
            r#"{{"gate": "{gate}", "component": "prices", "origin": "run", "started_ms": 0, "ended_ms": 0, "observed": {{"Ok": {observed}}}}}"#
        )
    };
    const CLEAN: &str = r#"{"kind": "issues", "count": 0, "files": 1}"#;
    let evidence = [
        ("lint", CLEAN),
        ("types", CLEAN),
        ("secrets", CLEAN),
        (
            "vulnerabilities",
            r#"{"kind": "vulnerabilities", "critical": 0, "high": 0, "medium": 0, "low": 0}"#,
        ),
        ("tests", r#"{"kind": "tests", "passed": 3, "failed": 0, "errors": 0, "skipped": 0}"#),
        ("coverage", r#"{"kind": "coverage", "covered": 9, "statements": 10, "files": 1}"#),
    ];
    let evidence = evidence.map(of).join(",");
    let offered = |runs: &str| {
        let spec = "//- specs/prices.md\n# Prices\n**Component Name:** prices\n**Status:** Development\n**Target Stage:** staging\n## Overview\ntext\n\
            ## Requirements\ntext\n## Acceptance Criteria\n- [ ] works\n//- src/prices/__init__.py\n//- src/prices/README.md\n//- tests/test_prices.py\n";
        let fixture =
            quiet(&format!("{spec}//- .stagegate/evidence.json\n{{\"evidence\": [{evidence}]}}\n{runs}"));
        let text = fixture.text("specs/prices.md");
        let at = crate::text::offset(text.find("staging").unwrap());
        let range = TextRange::empty(at);
        let found = actions(Source::Str(text), "specs/prices.md", &fixture.root, range, &ActionKind::ALL);
        let found = found.iter().filter(|action| action.title.starts_with("Promote"));
        found
            .map(|action| {
                let command = action.command.as_ref().unwrap();
                let codes: Vec<_> = action.diagnostics.iter().map(|finding| finding.rule.code).collect();
                format!("{}: {} {} for {codes:?}", action.title, command.name(), command.argument("u"))
            })
            .collect::<Vec<_>>()
    };
    assert!(offered("").is_empty(), "nobody looked at runs");
    expect![[r#"
        [
            "Promote `prices` to staging...: stagegate.promote {\"component\":\"prices\",\"to\":\"staging\",\"uri\":\"u\"} for [\"gate/ready\"]",
        ]
    "#]].assert_debug_eq(&offered("//- .stagegate/runs.json\n{\"components\": {}}\n"));
}
